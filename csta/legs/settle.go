package legs

import "mod_csta_socket/csta/switching"

// Settle adds to the facts what an event about a leg makes true. The facts are good
// until the event changes.
func (s *Settler) Settle(ev *switching.Event, facts []Fact) []Fact {
	if ev.Kind == switching.LegCreated {
		return s.created(ev, facts)
	}
	id := ev.Leg
	if ev.Kind == switching.LegRenamed {
		id = ev.Other
	}
	l := s.owner.Leg(id)
	if l == nil {
		return s.early(ev, facts)
	}
	l.Seen = s.seen
	switch ev.Kind {
	case switching.LegDestroyed:
		return s.destroyed(l, ev, facts)
	case switching.LegHungUp:
		l.HungUpAt = s.now
		return s.hungUp(l, ev, facts)
	case switching.LegsUnbridged:
		if o := s.owner.Leg(ev.Other); o != nil {
			o.part(l.ID)
		}
		l.part(ev.Other)
		return append(facts, Fact{Kind: Parted, Leg: l, Event: ev})
	}
	if l.Gone() {
		return facts
	}
	return s.living(l, ev, facts)
}

// living settles what a leg does before it hangs up.
func (s *Settler) living(l *Leg, ev *switching.Event, facts []Fact) []Fact {
	kind := Told
	switch ev.Kind {
	case switching.LegRenamed:
		kind = Renamed
		if l.unheld != nil {
			l.unheld.Cancel()
			l.unheld = s.owner.Await(HangUpBehindUnhold, ev.Leg)
		}
		if l.late != nil {
			s.owner.Await(PartnersHangUp, ev.Leg)
		}
	case switching.LegProgress, switching.LegEarlyMedia:
		s.step(l, l.Ring())
		kind = Rang
	case switching.LegAnswered:
		return s.answered(l, ev, facts)
	case switching.LegsBridged:
		return s.bridged(l, ev, facts)
	case switching.LegUnheld:
		if partner := s.owner.Leg(l.Bridge.Partner); partner != nil {
			partner.Bridge.MusicEnded = s.now
		}
	case switching.LegHeld:
		s.Known(l)
	case switching.LegResumed:
		if l.unheld == nil {
			return facts
		}
		s.Known(l)
		kind = TakenUp
	case switching.FeaturesApplied:
		facts = s.MovesOn(l, facts)
	case switching.ConferenceJoined:
		l.Bridge.Room, l.Changed = ev.Name, s.now
	case switching.ConferenceLeft:
		l.Bridge.Room = ""
	case switching.TalksWithTwo:
		l.Bridge.TalksWith = ev.Other
	case switching.TransferRequested:
		if ev.Transfer == switching.TransferorAttended {
			l.Bridge.RefersTo = ev.Other
		}
	case switching.LegParked:
		s.step(l, l.Park())
		kind = HasParked
	case switching.LegRouted:
		s.step(l, l.Unpark())
		facts = s.MovesOn(l, facts)
		kind = SentOn
	}
	return append(facts, Fact{Kind: kind, Leg: l, Event: ev})
}

// answered settles an answer. A phone's may not be that of the call, which somebody
// still has to take, or who is joined with it has taken.
func (s *Settler) answered(l *Leg, ev *switching.Event, facts []Fact) []Fact {
	switch {
	case l.Answered():
		return facts
	case l.Info.Confirms && l.Bridge.Partner == "":
		s.step(l, l.Confirm())
		return append(facts, Fact{Kind: HasToConfirm, Leg: l, Event: ev})
	}
	s.step(l, l.Answer())
	l.Changed = s.now
	return append(facts, Fact{Kind: HasAnswered, Leg: l, Event: ev})
}

// bridged settles that two legs hear each other.
func (s *Settler) bridged(l *Leg, ev *switching.Event, facts []Fact) []Fact {
	o := s.owner.Leg(ev.Other)
	if o == nil || o.Gone() {
		return facts
	}
	join(l, o, s.now)
	for _, x := range [...]*Leg{l, o} {
		s.step(x, x.Unpark())
		if x.Confirming() {
			facts = s.answered(x, ev, facts)
		}
	}
	return append(facts, Fact{Kind: TalksWith, Leg: l, Other: o, Event: ev})
}

// Overdue adds to the facts what it means that the time for a wait has run out; it tells
// whether what was waited for has not come.
func (s *Settler) Overdue(w Wait, id string, facts []Fact) ([]Fact, bool) {
	switch w {
	case Birth:
		return s.overdue(id, facts)
	case LateBirth:
		return facts, s.Stillborn(id)
	case HangUpBehindUnhold:
		return s.stays(s.owner.Leg(id), facts)
	case PartnersHangUp:
		if l := s.owner.Leg(id); l != nil && l.late != nil {
			return s.release(l, facts), true
		}
	}
	return facts, false
}
