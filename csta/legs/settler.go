package legs

import (
	"time"

	"mod_csta_socket/csta/switching"
)

// Kind is a kind of fact.
type Kind uint8

const (
	// Told: the event says of the leg what needs no settling.
	Told Kind = iota
	// Appeared: there is a new leg, the event's, which its owner makes.
	Appeared
	// Recovered: there is one that the switch recovered after a crash. What is to be
	// known of it is in the switch's list.
	Recovered
	// Missed: something was told of a leg that has gone without having been announced.
	Missed
	// Unknown: the same of one that is still there.
	Unknown
	// Rang: the leg rings, or has early media.
	Rang
	// HasToConfirm: its phone was answered by somebody who has not taken the call.
	HasToConfirm
	// HasAnswered: it was answered.
	HasAnswered
	// TalksWith: it runs a bridge with another one.
	TalksWith
	// Parted: its bridge has ended.
	Parted
	// HasParked: it waits without a partner.
	HasParked
	// SentOn: it was sent to another destination, or its dialplan goes on with it.
	SentOn
	// Renamed: it has another identifier from now on, the event's.
	Renamed
	// HungUp: it has hung up. It is Leaving, and its owner has it End.
	HungUp
	// Destroyed: the switch has forgotten it. Leg is nil if it was not known.
	Destroyed
)

// Fact is what is true of a leg. Event is what told of it, Other with whom it talks.
type Fact struct {
	Kind  Kind
	Leg   *Leg
	Other *Leg
	Event *switching.Event
}

// Wait is something that is not known yet.
type Wait uint8

const (
	// Birth: a leg that something is told of will be announced.
	Birth Wait = iota
	// LateBirth: a leg that has hung up may still be announced.
	LateBirth
	// PartnersHangUp: a leg went because its partner did, which is still to be told.
	PartnersHangUp
)

// Owner keeps the legs, and knows what belongs to them.
type Owner interface {
	// Leg finds a leg that was announced and has not been destroyed; nil if there is
	// none.
	Leg(id string) *Leg
	// Ordered tells whether a service waits for a leg of that name.
	Ordered(id string) bool
	// Buried tells whether a leg was destroyed so recently that what is told of it is
	// late.
	Buried(id string) bool
	// Together tells whether two legs are in the same call.
	Together(a, b *Leg) bool
	// Await has Overdue be called when the time for a wait has run out.
	Await(w Wait, leg string)
	// Repaired counts what was wrong and has been mended.
	Repaired(leg *Leg, what string)
	// Impossible counts a step that no leg of a switch does.
	Impossible(leg *Leg, step error)
}

// Settler makes facts of the switch's events: it brings them into the order in which
// things happened, and keeps what the legs have come through.
type Settler struct {
	owner  Owner
	births births
	// now and seen are when the event that is settled came, and its number.
	now  time.Time
	seen uint64
}

// NewSettler is a settler for the legs of an owner.
func NewSettler(owner Owner) *Settler { return &Settler{owner: owner, births: noBirths()} }

// Forget lets go of what is known of legs that were not announced.
func (s *Settler) Forget() { s.births = noBirths() }

// Quiet tells whether nothing is known of legs that were not announced.
func (s *Settler) Quiet() bool { return s.births.none() }

// At says when the events come that follow, and what number they have.
func (s *Settler) At(now time.Time, number uint64) { s.now, s.seen = now, number }

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

// step counts a step of a leg that is impossible.
func (s *Settler) step(l *Leg, impossible error) {
	if impossible != nil {
		s.owner.Impossible(l, impossible)
	}
}

// Overdue adds to the facts what it means that the time for a wait has run out; it tells
// whether what was waited for has not come.
func (s *Settler) Overdue(w Wait, id string, facts []Fact) ([]Fact, bool) {
	switch w {
	case Birth:
		return s.overdue(id, facts)
	case LateBirth:
		return facts, s.Stillborn(id)
	case PartnersHangUp:
		if l := s.owner.Leg(id); l != nil && l.late != nil {
			return s.release(l, facts), true
		}
	}
	return facts, false
}
