package legs

import "mod_csta_socket/csta/switching"

// lateHangUp is a hang-up that waits for that of the leg which hung up before.
type lateHangUp struct {
	ev switching.Event
	of *Leg
}

// hungUp settles a hang-up: who hung up first is told of first. The switch fires the
// events of the two ends of a bridge from two threads.
func (s *Settler) hungUp(l *Leg, ev *switching.Event, facts []Fact) []Fact {
	if !l.Gone() {
		s.Known(l)
	}
	if l.Gone() || l.late != nil && ev.Follows || s.holdBack(l, ev) {
		return facts
	}
	// The event may be that of a leg whose hang-up waits: it waits no longer.
	l.late = nil
	s.step(l, l.Leave())
	waiting := l.before
	l.before = nil
	if waiting != nil && ev.Follows {
		facts = s.release(waiting, facts)
		waiting = nil
	}
	facts = append(facts, Fact{Kind: HungUp, Leg: l, Event: ev})
	if waiting != nil {
		// This one was first, though its event comes second.
		facts = s.release(waiting, facts)
	}
	return facts
}

// holdBack puts off the hang-up of a leg whose partner had hung up before it, but has
// not been reported: the partner is released first then, as it happened.
func (s *Settler) holdBack(l *Leg, ev *switching.Event) bool {
	if !ev.Follows || l.late != nil {
		return false
	}
	partner := s.owner.Leg(l.Bridge.Partner)
	if partner == nil {
		partner = s.owner.Leg(l.Bridge.Former)
	}
	if partner == nil || partner.Phase() >= Leaving || partner.before != nil || !s.owner.Together(l, partner) {
		return false
	}
	partner.before = l
	l.late = &lateHangUp{*ev, partner}
	s.step(l, l.Leave())
	s.owner.Await(PartnersHangUp, l.ID)
	return true
}

// release settles a hang-up that waited.
func (s *Settler) release(l *Leg, facts []Fact) []Fact {
	late := l.late
	if late == nil {
		return facts
	}
	if late.of.before == l {
		late.of.before = nil
	}
	l.late, late.ev.Follows = nil, false
	return s.hungUp(l, &late.ev, facts)
}

// destroyed is the net under everything missed.
func (s *Settler) destroyed(l *Leg, ev *switching.Event, facts []Fact) []Fact {
	facts = s.release(l, facts)
	if l.Phase() < Leaving {
		s.owner.Repaired(l, "a leg was destroyed without having hung up")
		facts = s.HangUp(l, facts)
	}
	delete(s.births.forerunners, l.Info.Originator)
	return append(facts, Fact{Kind: Destroyed, Leg: l, Event: ev})
}

// HangUp settles that a leg has hung up without the switch's having said so.
func (s *Settler) HangUp(l *Leg, facts []Fact) []Fact {
	return s.hungUp(l, &switching.Event{Kind: switching.LegHungUp, Leg: l.ID, Cause: switching.CauseNormalClearing}, facts)
}
