package legs

// What the end of a leg's hold means shows only behind it: hanging up a held leg takes it
// off hold, too, a moment before (FreeSWITCH: switch_channel_perform_hangup).

// Unhold settles, for an owner who knows of nobody that has ended a leg's hold, that the
// leg is taken up, unless it hangs up in a moment.
func (s *Settler) Unhold(l *Leg) {
	s.Known(l)
	l.unheld = s.owner.Await(HangUpBehindUnhold, l.ID)
}

// Known: what the end of the leg's hold means is known.
func (s *Settler) Known(l *Leg) {
	if l.unheld != nil {
		l.unheld.Cancel()
		l.unheld = nil
	}
}

// MovesOn settles that a leg does something else than to hang up.
func (s *Settler) MovesOn(l *Leg, facts []Fact) []Fact {
	if l.unheld == nil {
		return facts
	}
	s.Known(l)
	return append(facts, Fact{Kind: MovesOn, Leg: l})
}

// stays settles that a leg has not hung up in time behind its hold; it tells whether
// that was awaited.
func (s *Settler) stays(l *Leg, facts []Fact) ([]Fact, bool) {
	if l == nil || l.unheld == nil {
		return facts, false
	}
	l.unheld = nil
	return append(facts, Fact{Kind: TakenUp, Leg: l}), true
}
