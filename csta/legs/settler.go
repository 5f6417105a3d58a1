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
	// TakenUp: its hold has ended, which was not the beginning of a hang-up.
	TakenUp
	// MovesOn: the same, since it does something else.
	MovesOn
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
	// HangUpBehindUnhold: a leg's hold has ended, perhaps because it is about to hang up.
	HangUpBehindUnhold
)

// Awaited is a wait that has begun.
type Awaited interface {
	// Cancel ends it, since what is waited for has come.
	Cancel()
}

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
	// Await has Overdue be called when the time for a wait has run out, unless it is
	// cancelled.
	Await(w Wait, leg string) Awaited
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

// step counts a step of a leg that is impossible.
func (s *Settler) step(l *Leg, impossible error) {
	if impossible != nil {
		s.owner.Impossible(l, impossible)
	}
}
