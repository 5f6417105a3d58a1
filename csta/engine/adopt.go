package engine

import (
	"cmp"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// adoption takes the legs of a list into the model: those that the engine does
// not know, because it was loaded after them or because it missed their
// events.
type adoption struct {
	cp     *comparison
	listed map[string]*switching.LegState
	// new are the legs that it made, in the order in which they were made.
	new []*switching.LegState
	// notes are those of the listed legs that have one, read.
	notes map[string]note
	// heldIn is the call of a leg that another one's note says is held.
	heldIn map[string]string
	// parts are, for each call that a note names, the answered legs that the list places
	// in it: the one that it is named after, those whose notes name it, and those called
	// on behalf of the first.
	parts map[string]map[string]bool
}

func newAdoption(cp *comparison, list []switching.LegState, listed map[string]*switching.LegState) *adoption {
	a := &adoption{cp: cp, listed: listed, notes: map[string]note{}, heldIn: map[string]string{}, parts: map[string]map[string]bool{}}
	for i := range list {
		if list[i].Note == "" {
			continue
		}
		n := readNote(list[i].Note)
		if n.held != "" && n.held == list[i].Partner {
			n = n.takenUp(&list[i], list)
		}
		a.notes[list[i].Leg] = n
		if n.held != "" {
			a.heldIn[n.held] = n.heldCall
		}
		if n.call != "" {
			a.parts[n.call] = map[string]bool{}
		}
	}
	for i := range list {
		s := &list[i]
		for _, call := range [...]string{s.Leg, a.notes[s.Leg].call, s.Info.Originator} {
			if parts := a.parts[call]; s.Answered && parts != nil {
				parts[s.Leg] = true
			}
		}
	}
	return a
}

// takenUp is the note of a leg that talks to the party which its note says it holds: the
// device has alternated, or reconnected, and nobody lived to note it down. Whom it had
// active then, it holds now, if that one is still there.
func (n note) takenUp(s *switching.LegState, list []switching.LegState) note {
	active := cmp.Or(n.call, s.Leg)
	n.call = n.heldCall
	for i := range list {
		o := &list[i]
		if !o.Answered || o.Partner != "" || o.Info.Glue || o.Leg == s.Leg {
			continue
		}
		if o.Leg == active || readNote(o.Note).call == active || o.Info.Originator == s.Leg || s.Info.Originator == o.Leg {
			n.held, n.heldCall = o.Leg, active
			break
		}
	}
	return n
}

// adoptAll brings the model up to date with a list of legs, sorted by age, about
// those that are wrong.
func (a *adoption) adoptAll(list []switching.LegState, wrong map[string]uint64) {
	cp := a.cp
	// Legs called on behalf of others come after these, and behind the glue
	// that leads to them.
	rank := func(s *switching.LegState) int {
		switch {
		case s.Info.Originator == "" && s.Info.Direction == switching.Inbound:
			return 0
		case s.Info.Originator == "":
			// One that was recovered after a crash of the switch has lost its
			// originator.
			return 1
		case s.Info.Glue:
			return 2
		}
		return 3
	}
	for pass := 0; pass <= 3; pass++ {
		for i := range list {
			s := &list[i]
			if rank(s) != pass {
				continue
			}
			_, is := wrong[s.Leg]
			switch l := cp.legs[s.Leg]; {
			case l == nil:
			case cp.strayed(l):
				cp.forget(s.Leg)
				is = true
			case is && l.lost(s) && l.left:
				// What its device was in goes on without it.
				cp.strays.ownCall(l)
			case is && l.lost(s):
				cp.forget(s.Leg)
			}
			if is {
				a.adopt(s)
			}
		}
	}
}

// adopt brings one listed leg up to date.
func (a *adoption) adopt(s *switching.LegState) {
	cp := a.cp
	if cp.legs[s.Leg] == nil {
		a.take(s)
	}
	l := cp.legs[s.Leg]
	if l == nil || l.call == nil {
		return
	}
	tell := func(kind switching.Kind, name string) {
		cp.rules.switchEvent(&switching.Event{Kind: kind, Leg: s.Leg, Name: name})
	}
	if l.trunkUnheard(s) {
		tell(switching.TrunkEntered, s.TrunkIn)
	}
	if l.ringsUnheard(s) {
		tell(switching.LegProgress, "")
	}
	answered := func() {
		if s.Answered && !l.Answered() {
			tell(switching.LegAnswered, "")
		}
	}
	if l.queueUnheard(s) {
		tell(switching.QueueEntered, s.Queue)
		// The answer is that of the queue which the dialplan named, be it that one of
		// the switch's own serves it: that one would not be taken to have answered.
		answered()
	}
	if l.ownQueueUnheard(s) {
		tell(switching.OwnQueueEntered, s.OwnQueue)
	}
	answered()
}

// take makes a leg that is not known, in the call it belongs to.
func (a *adoption) take(s *switching.LegState) {
	cp := a.cp
	a.new = append(a.new, s)
	cp.settler.Listed(s.Leg)
	info := s.Info
	info.Answered = false
	to := a.home(s)
	if natural := cp.callOf(&info); natural != nil && natural.ID == to {
		to = ""
	} else if to == "" && natural == nil && cp.calls[s.Leg] != nil {
		// Another leg's note named this one's call before.
		to = s.Leg
	}
	if to != "" && cp.calls[to] == nil {
		cp.newCall(to)
	}
	n := a.notes[s.Leg]
	trunk := cmp.Or(cp.canonical(s.TrunkOut), n.trunk)
	if trunk != "" {
		trunk = strings.TrimPrefix(ecma.NetworkInterface(trunk).Party(n.party).Number, ecma.NetworkInterfacePrefix)
	}
	cp.arrivals.createLeg(s.Leg, &info, trunk, cp.calls[to])
	// It may not have come into being: it has hung up already, unannounced.
	cp.endIfEmpty(cp.calls[to])
	if l := cp.legs[s.Leg]; l != nil {
		l.outside.number = n.party
		defer cp.arrivals.ordered(l)
		if l.call != nil {
			cp.log.Debug("found a leg", "leg", s.Leg, "device", l.device.Number, "call", l.call.ID, "partner", s.Partner, "originator", info.Originator, "note", s.Note)
		}
		l.noted.text = s.Note
		if l.call != nil && l.call.ID == l.ID && info.Direction == switching.Outbound && s.Answered && callsAs(&info) {
			// A leg that shows its own number as the caller's calls somebody:
			// its phone was called first (Make Call), or it was sent on.
			l.calling = true
		}
	}
}

// home is the call that a listed leg belongs to, where that is not as for a new
// one: the call of the leg on whose behalf it was called, or its own.
func (a *adoption) home(s *switching.LegState) string {
	if n := a.notes[s.Leg]; n.call != "" && !a.outOfDate(s, n) {
		return n.call
	}
	if id := a.heldIn[s.Leg]; id != "" {
		return id
	}
	if !s.Answered || s.Info.Glue {
		return ""
	}
	if partner := a.cp.legs[s.Partner]; partner != nil && partner.call != nil {
		if a.talkWithout(partner) {
			// It has left the call where it was known to be, for this one.
			return s.Leg
		}
		return partner.call.ID
	}
	origin := a.listed[s.Info.Originator]
	if origin != nil && origin.Partner != "" && origin.Partner != s.Leg && !origin.Info.Glue {
		// They talked to each other once; now that one talks to somebody
		// else.
		return s.Leg
	}
	return ""
}

// outOfDate tells whether a leg's note names a call whose parties talk to each other
// without it: it was there once.
func (a *adoption) outOfDate(s *switching.LegState, n note) bool {
	if !s.Answered || n.room != "" || a.heldIn[s.Leg] != "" {
		return false
	}
	parts := a.parts[n.call]
	if parts[s.Partner] {
		return false
	}
	for id := range parts {
		if o := a.listed[id]; id != s.Leg && o.Partner != s.Leg && parts[o.Partner] {
			return true
		}
	}
	return false
}

// talkWithout tells whether, by the list, others in the leg's call talk to each
// other.
func (a *adoption) talkWithout(l *leg) bool {
	if l.call.conference != "" || l.consult != nil || l.duo.busy() {
		return false
	}
	for _, o := range l.call.legs {
		s := a.listed[o.ID]
		if o == l || s == nil || !s.Answered || s.Info.Glue || s.Partner == l.ID {
			continue
		}
		if p := a.listed[s.Partner]; p != nil && p.Answered && !p.Info.Glue && p.Leg != l.ID {
			return true
		}
	}
	return false
}

// restore brings back what the new legs' notes tell beside their calls.
func (a *adoption) restore() {
	for _, s := range a.new {
		l, n := a.cp.legs[s.Leg], a.notes[s.Leg]
		if l == nil || l.Gone() || l.call == nil || l.conn == nil {
			continue
		}
		if n.room != "" && s.Partner == "" {
			l.call.conference = n.room
		}
		l.hold.bySwitch = n.bySwitch && s.Held
		if n.astray {
			l.comesAstray()
		}
		if n.held != "" {
			a.cp.restores.restoreConsultation(l, a.cp.legs[n.held])
		}
	}
}

// restoreConsultation makes the two calls of a consulting device of what the
// list tells: its leg is in the active one, the held party's in the other.
func (c *core) restoreConsultation(l, held *leg) {
	con := c.consultation(l, consultThere)
	con.number, con.active = numberIn(domainOfLeg(l), l.call.Called), con.held
	if held == nil || held.Gone() || held.call == nil || held.call == l.call {
		// It hung up while nobody looked: the device has an ordinary call.
		l.consult = con
		con.unprotect()
		return
	}
	l.calling, l.call.Calling = true, l.device
	cl := held.call
	con.held = side{cl, c.model.Connect(cl.Call, l.device, ecma.StateHold, l.ID)}
	cl.legs = append(cl.legs, l)
	l.consult = con
	l.call.cause = ecma.CauseConsultation
	c.heldParties(cl.Call, l, held)
}

// heldParties says who called whom in a held call.
func (c *core) heldParties(cl *model.Call, l, held *leg) {
	if held.Info.Direction == switching.Outbound {
		cl.Calling, cl.Called = l.device, held.calledIn(domainOfLeg(l))
	} else {
		cl.Calling, cl.Called = held.device, l.device
	}
}

// forget ends a leg as if it had hung up.
func (cp *comparison) forget(id string) {
	cp.rules.switchEvent(&switching.Event{Kind: switching.LegHungUp, Leg: id, Cause: switching.CauseNormalClearing})
	cp.rules.switchEvent(&switching.Event{Kind: switching.LegDestroyed, Leg: id})
}
