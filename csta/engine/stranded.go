package engine

import (
	"time"

	"mod_csta_socket/csta/switching"
)

// comesAstray: services took the leg out of its dialplan and join it with another.
func (l *leg) comesAstray() { l.plan.left = ledAstray }

// letEnd lets a leg end with its partner again.
func (c *core) letEnd(l *leg) {
	if l.Gone() {
		return
	}
	l.plan.letGo = c.now
	c.ops.start(switching.KeepAfterBridge{Leg: l.ID, On: false}, nil)
}

// goesOn tells whether the leg's dialplan, or the application that it is in, goes
// on with it when its partner has gone (a survey after the call, an agent who waits
// for the next caller): a leg that calls or runs its bridge, unless a service took
// it out of that. One that was called, and nothing else, has none; the switch may
// forget it while the hold music for it is being ended.
func (c *core) goesOn(l *leg) bool {
	if l.plan.left == ledAstray {
		return false
	}
	return l.Bridge.Runs || l.calling || l.Info.Direction == switching.Inbound || !c.within(forMusic, l.Bridge.MusicEnded)
}

// justLetGo tells whether the switch may still keep a leg when its partner goes,
// although it was told a moment ago to keep it no longer.
func (c *core) justLetGo(l *leg) bool { return c.within(forLetGo, l.plan.letGo) }

// stranded looks after the party that is left of a call whose parties a service
// had joined, or of a consultation that has just ended: it is hung up unless it goes
// on to somewhere.
func (c *core) stranded(cl *call) {
	var left *leg
	for _, l := range cl.legs {
		if l.Gone() || l.Info.Glue || left != nil || l.plan.left == untouched && !c.justLetGo(l) || l.consult != nil || l.queue.conn != nil {
			return
		}
		left = l
	}
	if left == nil {
		return
	}
	// It was kept from ending with the other one until a moment ago. Which came
	// first in the switch is not known: it may be parked for that alone.
	s := strandedParty{c, left, cl, left.Changed, c.justLetGo(left), c.goesOn(left)}
	if !s.goesOn || s.kept {
		c.expect(forDialplan, s)
	}
}

// strandedParty is a party without a partner, as it was when that went.
type strandedParty struct {
	c            *core
	l            *leg
	call         *call
	changed      time.Time
	kept, goesOn bool
}

func (s strandedParty) late(wait) bool {
	l := s.l
	if l.Gone() || l.call != s.call || len(s.call.legs) > 1 || l.Changed != s.changed || l.plan.sentOn || l.Parked() && !s.kept ||
		s.goesOn && !l.Parked() || l.queue.conn != nil || l.routing != nil {
		return false
	}
	s.c.log.Debug("the switch left a party alone", "call", s.call.ID, "leg", l.ID)
	s.c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing, Forsaken: true}, nil)
	return true
}
