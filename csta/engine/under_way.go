package engine

import "slices"

// onLeg is who waits for something about a leg, in the words of the table of waits.
type onLeg interface{ of() *leg }

func (a queueArrival) of() *leg    { return a.l }
func (p pickedElsewhere) of() *leg { return p.l }
func (s strandedParty) of() *leg   { return s.l }
func (f forsaken) of() *leg        { return f.l }
func (e lineEnds) of() *leg        { return e.l }
func (s mayBeStray) of() *leg      { return s.l }

// status takes a picture for operators: it shows what goes on about each call.
func (c *core) status() Status {
	st := c.registrations.status(c.counters)
	for i := range st.Calls {
		shown := &st.Calls[i]
		if cl := c.model.Calls.Named(shown.CallID); cl != nil && c.calls[cl.ID] != nil {
			shown.UnderWay = c.doings(c.calls[cl.ID])
		}
	}
	return st
}

// doings is what goes on about a call.
func (c *core) doings(cl *call) []Doing {
	var list []Doing
	add := func(device string, d Doing) {
		d.Device = device
		if !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	if cl.leaving != nil {
		add("", cl.leaving.doing())
	}
	if mc := c.making[cl.ID]; mc != nil {
		add(mc.calling.Number, mc.doing())
	}
	if pc := c.predicting[cl.ID]; pc != nil {
		add(pc.calling.Number, pc.doing())
	}
	for _, pk := range c.picking {
		if pk.state != pickupOver && pk.conn.Call == cl.Call {
			add(pk.device.Number, pk.doing())
		}
	}
	for _, l := range cl.legs {
		for _, p := range l.procedures() {
			add(l.device.Number, p.doing())
		}
	}
	for _, t := range c.timers.heap {
		who, is := t.who.(onLeg)
		if !is {
			continue
		}
		if l := who.of(); l != nil && l.call == cl {
			add(l.device.Number, Doing{What: "a wait", State: waits[t.wait].name, WaitsFor: waits[t.wait].evidence})
		}
	}
	return list
}

// procedures are those that have to do with the leg.
func (l *leg) procedures() []procedure {
	var list []procedure
	if l.consult != nil {
		list = append(list, l.consult)
	}
	if l.duo != nil {
		list = append(list, l.duo)
	}
	if l.hold.holding != nil {
		list = append(list, l.hold.holding)
	}
	if l.hold.retrieving != nil {
		list = append(list, l.hold.retrieving)
	}
	if l.answering != nil {
		list = append(list, l.answering)
	}
	if l.order.predicted.waitsForParty() {
		list = append(list, l.order.predicted)
	}
	if l.routing != nil {
		list = append(list, l.routing.by)
	}
	if l.voice.playing != nil {
		list = append(list, l.voice.playing)
	}
	if l.voice.recording != nil {
		list = append(list, l.voice.recording)
	}
	if l.handset != nil && l.handset.asked != nil {
		list = append(list, l.handset.asked)
	}
	return list
}
