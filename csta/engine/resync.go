package engine

import (
	"time"

	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/switching"
)

// comparison is that of the picture with the switch's own list of legs.
type comparison struct {
	*switchboard
	*clockwork
	// rules are the rules, for what was missed.
	rules    applier
	settler  *legs.Settler
	strays   *strays
	arrivals *arrivals
	// restores is told what a comparison has brought.
	restores restores
	compared
}

// restores is whoever goes on when the picture is that of the switch.
type restores interface {
	// restoreConsultation makes the two calls of a consulting device.
	restoreConsultation(l, held *leg)
	// begin: there is a picture, or none is to be had.
	begin()
}

// compared is how far a comparison is, and what the last ones found.
type compared struct {
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
func (cp *comparison) eventsLost(n uint64) {
	cp.log.Warn("switch events were lost; comparing with the switch", "events", n)
	cp.counters.Repairs++
	cp.counters.EventsLost += n
	cp.resync("events lost")
}

// resync compares the model with the switch's list of legs and mends it, soon.
func (cp *comparison) resync(why string) {
	cp.compare(why, false)
}

// audit looks for calls whose legs are gone. It should find none.
func (cp *comparison) audit() {
	switch {
	case cp.running:
	case len(cp.legs) == 0:
		cp.suspects = nil
	default:
		cp.compare("audit", true)
	}
}

func (cp *comparison) compare(why string, audit bool) {
	if cp.running {
		cp.again = cp.again || !audit
		return
	}
	if wait := cp.last.Add(waits[forResync].atMost).Sub(cp.now); wait > 0 && !cp.last.IsZero() {
		if !cp.again {
			cp.again = true
			cp.expectFor(forResync, wait, comparing{cp, why, audit})
		}
		return
	}
	cp.running, cp.again = true, false
	cp.last = cp.now
	cp.begun = cp.counters.SwitchEvents
	cp.gone = map[string]bool{}
	if !audit {
		cp.counters.Resyncs++
		cp.log.Debug("taking a snapshot of the switch", "why", why)
	}
	cp.ops.start(switching.ListLegs{}, func(out switching.Outcome, err error) {
		cp.running = false
		defer cp.restores.begin()
		if err != nil {
			cp.gone = nil
			cp.log.Warn("no snapshot of the switch", "why", why, "error", err)
			cp.expect(forList, comparing{cp, why, audit})
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

// examine is an audit's use of the list: what is wrong twice, with no event in
// between, is mended and counted.
func (cp *comparison) examine(list []switching.LegState) {
	wrong, before := cp.wrong(list), cp.suspects
	cp.suspects = nil
	if before == nil {
		if len(wrong) > 0 {
			cp.suspects = wrong
			cp.expect(forSecondLook, cp)
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
	cp.counters.AuditFindings += uint64(len(wrong))
	cp.log.Warn("audit: the picture of the calls was wrong", "legs", len(wrong))
	cp.explain(list, wrong)
	cp.mend(list, wrong)
}

// explain logs what an audit found, for those who look for the cause.
func (cp *comparison) explain(list []switching.LegState, wrong map[string]uint64) {
	listed := make(map[string]switching.LegState, len(list))
	for _, s := range list {
		listed[s.Leg] = s
	}
	for id := range wrong {
		s, isListed := listed[id]
		l := cp.legs[id]
		if !isListed || l == nil {
			cp.log.Debug("audit: a leg", "leg", id, "known to the switch", isListed, "known here", l != nil)
			continue
		}
		state := "none"
		if l.conn != nil {
			state = string(l.conn.State())
		}
		cp.log.Debug("audit: a leg", "leg", id, "device", l.device.Number, "connection", state,
			"ringing", s.Ringing, "answered", s.Answered, "answered here", l.Answered(),
			"held", s.Held, "queue", s.Queue, "partner", s.Partner, "partner here", l.Bridge.Partner)
	}
}

// wrong finds the legs that the list shows otherwise than we do, each with the
// count of the last event about it. Legs that had events since the list was asked
// for are newer than the list.
func (cp *comparison) wrong(list []switching.LegState) map[string]uint64 {
	found := map[string]uint64{}
	listed := make(map[string]bool, len(list))
	for i := range list {
		s := &list[i]
		listed[s.Leg] = true
		switch l := cp.legs[s.Leg]; {
		case cp.gone[s.Leg]:
		case l == nil:
			found[s.Leg] = 0
		case l.Seen <= cp.begun && (l.differs(s) || cp.bridgeUnheard(l, s) || cp.strayed(l) || l.lost(s) || cp.apart(l, s)):
			found[s.Leg] = l.Seen
		}
	}
	for id, l := range cp.legs {
		if !listed[id] && l.Seen <= cp.begun && !(l.Gone() && cp.within(forBurial, l.HungUpAt)) {
			found[id] = l.Seen
		}
	}
	return found
}

// apart: it shares its call with others who talk to each other without it, while it
// waits, or talks to somebody else.
func (cp *comparison) apart(l *leg, s *switching.LegState) bool {
	return s.Answered && l.Bridge.Partner == s.Partner && cp.strays.isStray(l) && l.takesPart()
}
