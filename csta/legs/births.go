package legs

import "mod_csta_socket/csta/switching"

// births is what is known of legs before they are announced. The switch fires the events
// of a leg from several threads, and the one that announces it may be the slowest.
type births struct {
	// kept are events of legs that were not announced yet.
	kept map[string][]switching.Event
	// stillborn are legs whose hang-up was reported before their birth.
	stillborn map[string]bool
	// forerunners are the legs that were reported before the one on whose behalf they
	// were called, by that one.
	forerunners map[string]string
	// recovering are legs that the switch recovered after a crash of its own, and
	// which its next list of legs will tell of.
	recovering map[string]bool
}

func noBirths() births {
	return births{
		kept: map[string][]switching.Event{}, stillborn: map[string]bool{},
		forerunners: map[string]string{}, recovering: map[string]bool{},
	}
}

func (b *births) none() bool {
	return len(b.kept)+len(b.stillborn)+len(b.forerunners)+len(b.recovering) == 0
}

// maxKept bounds what is kept of a leg before it is announced; two or three
// events are usual.
const maxKept = 16

// keep keeps an event until its leg is announced; it tells whether that is the first
// one of the leg.
func (b *births) keep(ev *switching.Event) (first bool) {
	events := b.kept[ev.Leg]
	if len(events) < maxKept {
		b.kept[ev.Leg] = append(events, *ev)
	}
	return events == nil
}

// created settles the announcement of a leg.
func (s *Settler) created(ev *switching.Event, facts []Fact) []Fact {
	if known := s.owner.Leg(ev.Leg); known != nil {
		known.Seen = s.seen
		return facts
	}
	if ev.Info.Answered && !ev.Info.Glue {
		// Who talks to whom is in the list of legs.
		s.births.recovering[ev.Leg] = true
		return append(facts, Fact{Kind: Recovered, Event: ev})
	}
	if of := ev.Info.Originator; of != "" && s.owner.Leg(of) == nil {
		s.births.forerunners[of] = ev.Leg
	}
	return append(facts, Fact{Kind: Appeared, Event: ev})
}

// early settles an event about a leg that is not known: its birth was missed or comes
// late.
func (s *Settler) early(ev *switching.Event, facts []Fact) []Fact {
	b := &s.births
	if b.recovering[ev.Leg] {
		if ev.Kind == switching.LegDestroyed {
			delete(b.recovering, ev.Leg)
		}
		return facts
	}
	switch awaited := b.kept[ev.Leg] != nil; {
	case ev.Kind == switching.LegRenamed:
		return facts
	case s.owner.Ordered(ev.Leg), awaited && ev.Kind != switching.LegDestroyed:
		// One that was ordered is sure to be announced, and nobody has to wait for it.
		b.keep(ev)
		return facts
	}
	switch ev.Kind {
	case switching.LegProgress, switching.LegEarlyMedia, switching.LegAnswered, switching.LegsBridged, switching.QueueEntered:
		// The switch starts the thread of a leg before it announces the leg, and the
		// thread may be faster (the far half of glue that runs an application, as a
		// mailbox is called).
		if !s.owner.Buried(ev.Leg) && b.keep(ev) {
			s.owner.Await(Birth, ev.Leg)
		}
	case switching.LegHungUp:
		if !s.owner.Buried(ev.Leg) {
			b.stillborn[ev.Leg] = true
			s.owner.Await(LateBirth, ev.Leg)
		}
	case switching.LegDestroyed:
		if kept := b.kept[ev.Leg]; kept != nil {
			facts = append(facts, Fact{Kind: Missed, Event: &kept[0]})
			delete(b.kept, ev.Leg)
		}
		delete(b.stillborn, ev.Leg)
		facts = append(facts, Fact{Kind: Destroyed, Event: ev})
	}
	return facts
}

// overdue settles that a leg whose birth was awaited has not been announced in time; it
// tells whether that was so.
func (s *Settler) overdue(id string, facts []Fact) ([]Fact, bool) {
	kept := s.births.kept[id]
	switch {
	case kept == nil:
	case s.owner.Leg(id) != nil:
		delete(s.births.kept, id)
		for i := range kept {
			facts = s.Settle(&kept[i], facts)
		}
	case !s.owner.Ordered(id):
		delete(s.births.kept, id)
		return append(facts, Fact{Kind: Unknown, Event: &kept[0]}), true
	}
	return facts, false
}

// Stillborn tells whether a leg that is announced has hung up before: nobody is to hear
// of it.
func (s *Settler) Stillborn(id string) bool {
	is := s.births.stillborn[id]
	delete(s.births.stillborn, id)
	return is
}

// Kept are the events of a leg that came before it was announced, which it is now; they
// are forgotten.
func (s *Settler) Kept(id string) []switching.Event {
	events := s.births.kept[id]
	delete(s.births.kept, id)
	return events
}

// Forerunner is the leg that was called on behalf of this one and announced before it;
// "" if none was. It is forgotten.
func (s *Settler) Forerunner(originator string) string {
	id := s.births.forerunners[originator]
	delete(s.births.forerunners, originator)
	return id
}

// Listed: the switch's list of legs has told of the leg.
func (s *Settler) Listed(id string) { delete(s.births.recovering, id) }
