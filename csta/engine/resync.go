package engine

import (
	"maps"
	"slices"
	"sort"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// comparison is that of the picture with the switch's own list of legs.
type comparison struct {
	c       *core
	running bool
	again   bool
	last    time.Time
	// begun is the count of switch events when the running one began.
	begun uint64
	// gone holds the legs that ended while one is running: the list may still
	// show them.
	gone map[string]bool
	// suspects are the legs that an audit found wrong at its first look, each
	// with the count of the last event about it; nil: there was no first look.
	suspects map[string]uint64
}

func (cp *comparison) created(id string) {
	if cp.running {
		delete(cp.gone, id)
	}
}

func (cp *comparison) destroyed(id string) {
	if cp.running {
		cp.gone[id] = true
	}
}

func (cp *comparison) isDestroyed(id string) bool { return cp.gone[id] }

// eventsLost mends what a gap in the switch's events left.
func (c *core) eventsLost(n uint64) {
	c.log.Warn("switch events were lost; comparing with the switch", "events", n)
	c.counters.Repairs++
	c.counters.EventsLost += n
	c.resync("events lost")
}

// resync compares the model with the switch's list of legs and mends it, soon.
func (c *core) resync(why string) {
	c.comparison.compare(why, false)
}

// audit looks for calls whose legs are gone. It should find none.
func (cp *comparison) audit() {
	switch {
	case cp.running:
	case len(cp.c.legs) == 0:
		cp.suspects = nil
	default:
		cp.compare("audit", true)
	}
}

func (cp *comparison) compare(why string, audit bool) {
	c := cp.c
	if cp.running {
		cp.again = cp.again || !audit
		return
	}
	if wait := cp.last.Add(waits[forResync].atMost).Sub(c.now); wait > 0 && !cp.last.IsZero() {
		if !cp.again {
			cp.again = true
			c.expectFor(forResync, wait, comparing{cp, why, audit})
		}
		return
	}
	cp.running, cp.again = true, false
	cp.last = c.now
	cp.begun = c.counters.SwitchEvents
	cp.gone = map[string]bool{}
	if !audit {
		c.counters.Resyncs++
		c.log.Debug("taking a snapshot of the switch", "why", why)
	}
	c.ops.start(switching.ListLegs{}, func(out switching.Outcome, err error) {
		cp.running = false
		defer c.begin()
		if err != nil {
			cp.gone = nil
			c.log.Warn("no snapshot of the switch", "why", why, "error", err)
			c.expect(forList, comparing{cp, why, audit})
			return
		}
		if audit {
			cp.examine(out.Legs)
		} else {
			cp.mend(out.Legs, cp.wrong(out.Legs))
		}
		cp.gone = nil
		if cp.again {
			cp.again = false
			cp.compare("again", false)
		}
	})
}

// comparing is a comparison that is to be made.
type comparing struct {
	*comparison
	why   string
	audit bool
}

func (cp comparing) late(w wait) bool {
	if w == forResync {
		cp.again = false
	}
	cp.compare(cp.why, cp.audit)
	return true
}

// late: an audit's second look is due.
func (cp *comparison) late(wait) bool {
	cp.audit()
	return true
}

// begin lets the requests in that came before the first list of legs.
func (c *core) begin() {
	if !c.starting {
		return
	}
	c.starting = false
	for _, r := range c.early {
		c.request(r)
	}
	c.early = nil
}

// examine is an audit's use of the list: what is wrong twice, with no event in
// between, is mended and counted.
func (cp *comparison) examine(list []switching.LegState) {
	c := cp.c
	wrong, before := cp.wrong(list), cp.suspects
	cp.suspects = nil
	if before == nil {
		if len(wrong) > 0 {
			cp.suspects = wrong
			c.expect(forSecondLook, cp)
		}
		return
	}
	for id, seen := range wrong {
		if last, suspect := before[id]; !suspect || last != seen {
			delete(wrong, id)
		}
	}
	if len(wrong) == 0 {
		return
	}
	c.counters.AuditFindings += uint64(len(wrong))
	c.log.Warn("audit: the picture of the calls was wrong", "legs", len(wrong))
	cp.explain(list, wrong)
	cp.mend(list, wrong)
}

// explain logs what an audit found, for those who look for the cause.
func (cp *comparison) explain(list []switching.LegState, wrong map[string]uint64) {
	c := cp.c
	listed := make(map[string]switching.LegState, len(list))
	for _, s := range list {
		listed[s.Leg] = s
	}
	for id := range wrong {
		s, isListed := listed[id]
		l := c.legs[id]
		if !isListed || l == nil {
			c.log.Debug("audit: a leg", "leg", id, "known to the switch", isListed, "known here", l != nil)
			continue
		}
		state := "none"
		if l.conn != nil {
			state = string(l.conn.State())
		}
		c.log.Debug("audit: a leg", "leg", id, "device", l.device.Number, "connection", state,
			"ringing", s.Ringing, "answered", s.Answered, "answered here", l.Answered(),
			"held", s.Held, "queue", s.Queue, "partner", s.Partner, "partner here", l.Bridge.Partner)
	}
}

// wrong finds the legs that the list shows otherwise than we do, each with the
// count of the last event about it. Legs that had events since the list was asked
// for are newer than the list.
func (cp *comparison) wrong(list []switching.LegState) map[string]uint64 {
	c := cp.c
	found := map[string]uint64{}
	listed := make(map[string]bool, len(list))
	for i := range list {
		s := &list[i]
		listed[s.Leg] = true
		switch l := c.legs[s.Leg]; {
		case cp.gone[s.Leg]:
		case l == nil:
			found[s.Leg] = 0
		case l.Seen <= cp.begun && (l.differs(s) || cp.bridgeUnheard(l, s) || c.strayed(l) || l.lost(s) || cp.apart(l, s)):
			found[s.Leg] = l.Seen
		}
	}
	for id, l := range c.legs {
		if !listed[id] && l.Seen <= cp.begun && !(l.Gone() && c.within(forBurial, l.HungUpAt)) {
			found[id] = l.Seen
		}
	}
	return found
}

// differs tells whether the switch's list shows more of a leg than its events
// did.
func (l *leg) differs(s *switching.LegState) bool {
	if l.Gone() || l.call == nil {
		return false
	}
	return s.Answered && !l.Answered() && !(l.Confirming() && s.Partner == "") || l.ringsUnheard(s) || l.queueUnheard(s) || l.ownQueueUnheard(s) || l.trunkUnheard(s) ||
		l.holdUnheard(s) || l.retrieveUnheard(s)
}

func (l *leg) ringsUnheard(s *switching.LegState) bool {
	return s.Ringing && !s.Answered && !l.Rings() && l.Info.Direction == switching.Outbound && l.conn == nil &&
		!l.calling && !l.left && !l.Info.Glue && !l.device.IsZero()
}

// queueUnheard: a switch may name the queue that a leg was in last, for as long
// as nobody has taken the call; so only a queue that we never heard of is news.
func (l *leg) queueUnheard(s *switching.LegState) bool {
	return s.Queue != "" && s.Queue != l.queue.name && s.Partner == "" && l.order.making == nil
}

// ownQueueUnheard: the same of a queue of the switch's own, which the list names
// only while the leg is in it.
func (l *leg) ownQueueUnheard(s *switching.LegState) bool {
	return s.OwnQueue != "" && (l.queue.own == nil || l.queue.own.name != s.OwnQueue) && s.Partner == "" && l.order.making == nil
}

func (l *leg) trunkUnheard(s *switching.LegState) bool {
	return s.TrunkIn != "" && l.conn == nil && l.device.IsZero() && !l.left && l.Info.Direction == switching.Inbound
}

// bridgeUnheard: it talks with a leg that we have in another call.
func (cp *comparison) bridgeUnheard(l *leg, s *switching.LegState) bool {
	o := cp.c.legs[s.Partner]
	return o != nil && l.conn != nil && o.conn != nil && l.call != nil && o.call != nil && l.call != o.call && !l.Info.Glue && !o.Info.Glue &&
		l.consult == nil && o.consult == nil && !l.duo.busy() && !o.duo.busy() && l.Answered() && o.Answered()
}

// strayed: it was called on behalf of a leg that we did not know then, and so has
// a call of its own. One that was answered is joined with its bridge.
func (c *core) strayed(l *leg) bool {
	origin := c.legs[l.Info.Originator]
	return origin != nil && origin.call != nil && l.call != nil && l.call != origin.call && l.call.ID == l.ID &&
		!l.Answered() && !l.Info.Glue && l.order.predicted == nil && l.order.making == nil
}

// lost: its device has no part in any call any more, and yet it talks or waits.
func (l *leg) lost(s *switching.LegState) bool {
	return s.Answered && l.Answered() && (l.conn == nil || l.conn.State() == ecma.StateNull) && l.call != nil && !l.Gone() && !l.Info.Glue && !l.device.IsZero() &&
		l.order.making == nil && l.order.predicted == nil && l.consult == nil && l.call.conference == "" && l.routing == nil
}

// apart: it shares its call with others who talk to each other without it, while it
// waits, or talks to somebody else.
func (cp *comparison) apart(l *leg, s *switching.LegState) bool {
	return s.Answered && l.Bridge.Partner == s.Partner && cp.c.isStray(l) && l.takesPart()
}

// settledHold tells whether nothing is under way that holds or retrieves, and
// the connection is the leg's alone: of a device that calls itself one leg may be
// held and the other not.
func (l *leg) settledHold() bool {
	return l.conn != nil && l.consult == nil && !l.duo.busy() && !l.duo.awaitsHold(l) && sharing(l) == nil && l.hold.holding == nil && l.hold.retrieving == nil && l.hold.unheld == nil
}

func (l *leg) holdUnheard(s *switching.LegState) bool {
	return s.Held && l.settledHold() && l.conn.State() == ecma.StateConnected
}

func (l *leg) retrieveUnheard(s *switching.LegState) bool {
	return !s.Held && l.settledHold() && l.conn.State() == ecma.StateHold
}

// mend applies, to the legs named, the difference between the switch's list and
// ours as the events that were missed.
func (cp *comparison) mend(list []switching.LegState, wrong map[string]uint64) {
	c := cp.c
	sort.SliceStable(list, func(i, j int) bool { return list[i].Created < list[j].Created })
	listed := make(map[string]*switching.LegState, len(list))
	for i := range list {
		listed[list[i].Leg] = &list[i]
	}
	var gone []string
	for id := range wrong {
		if listed[id] == nil && c.legs[id] != nil {
			gone = append(gone, id)
		}
	}
	sort.Strings(gone)
	for _, id := range gone {
		c.forget(id)
	}
	a := newAdoption(c, list, listed)
	a.adoptAll(list, wrong)
	cp.rejoin(list, wrong)
	a.restore()
	for i := range list {
		s := &list[i]
		l := c.legs[s.Leg]
		if _, is := wrong[s.Leg]; !is || l == nil {
			continue
		}
		if l.holdUnheard(s) {
			c.switchEvent(&switching.Event{Kind: switching.LegHeld, Leg: s.Leg})
		} else if l.retrieveUnheard(s) {
			c.switchEvent(&switching.Event{Kind: switching.LegUnheld, Leg: s.Leg})
		}
	}
}

// rejoin makes the pairs of the list those of the model. Pairs of one call come
// first, so that it shows who is left behind in a call, and is taken out of it
// before it is joined with somebody of another one: to make one call of two is
// right only if all in it have to do with each other.
func (cp *comparison) rejoin(list []switching.LegState, wrong map[string]uint64) {
	c := cp.c
	for _, sameCall := range [...]bool{true, false} {
		for i := range list {
			s := &list[i]
			l, o := c.legs[s.Leg], c.legs[s.Partner]
			if l == nil || o == nil || (l.call == o.call) != sameCall {
				continue
			}
			_, is := wrong[s.Leg]
			if is || cp.bridgeUnheard(l, s) || sameCall && l.Bridge.Partner != s.Partner && l.Seen <= cp.begun {
				c.switchEvent(&switching.Event{Kind: switching.LegsBridged, Leg: s.Leg, Other: s.Partner})
			}
		}
	}
	for i := range list {
		l := c.legs[list[i].Leg]
		if _, is := wrong[list[i].Leg]; is && l != nil && c.isStray(l) {
			c.ownCall(l)
		}
	}
}

// forget ends a leg as if it had hung up.
func (c *core) forget(id string) {
	c.switchEvent(&switching.Event{Kind: switching.LegHungUp, Leg: id, Cause: switching.CauseNormalClearing})
	c.switchEvent(&switching.Event{Kind: switching.LegDestroyed, Leg: id})
}

// rebuild forgets all calls, without telling anybody, and takes them from the
// switch again: the way out of a panic. Monitors stay. Nothing that was under way
// acts on what comes after: who waits for an answer is refused.
func (c *core) rebuild() {
	defer func() {
		if r := recover(); r != nil {
			c.log.Error("engine: panic while rebuilding", "panic", r)
		}
	}()
	// In an order of their own: the same inputs are to bring the same outputs.
	for _, id := range slices.Sorted(maps.Keys(c.calls)) {
		cl := c.calls[id]
		for len(cl.Monitors) > 0 {
			c.monitoring.end(cl.Monitors[0])
		}
		c.model.RemoveCall(cl.Call)
	}
	c.ops.waiting.forget()
	c.asks.waiting.forget()
	c.clockwork.forget()
	for _, r := range c.waitingRequests() {
		if !services[r.Message.Element()].aboutDevices {
			c.refuse(r, ecma.ErrOperationGeneric)
		}
	}
	c.legs = map[string]*leg{}
	c.calls = map[string]*call{}
	c.settler.Forget()
	c.facts, c.found = nil, nil
	c.making = map[string]*makeService{}
	c.picking = map[string]*pickup{}
	c.predicting = map[string]*predictService{}
	c.comparison = comparison{c: c}
	for _, h := range c.handsets.byID {
		h.legs, h.calls, h.dialing, h.listing = nil, nil, nil, false
	}
	c.resync("panic")
}
