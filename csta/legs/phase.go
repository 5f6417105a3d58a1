// Package legs settles what the switch says about its legs: how far each has come,
// which events about it came too early, and with whom it is bridged. It knows no
// service and no connection of the picture; one goroutine owns what it makes.
package legs

// Phase is how far a leg has come.
type Phase uint8

const (
	// Announced: the switch has told of it, and nobody hears of it yet.
	Announced Phase = iota
	// Ringing: it rings, or has early media.
	Ringing
	// Waiting: it is parked before anybody has answered it.
	Waiting
	// Confirming: its phone was answered by somebody who has not taken the call yet.
	Confirming
	// Answered: it was answered, and is with a partner or in its dialplan.
	Answered
	// Parked: it was answered, and waits without a partner.
	Parked
	// Leaving: it has hung up because its partner did, whose own hang-up is not
	// reported yet: that comes first.
	Leaving
	// Gone: it has hung up. The switch destroys it in a moment.
	Gone

	phases
)

var phaseNames = [phases]string{"announced", "ringing", "waiting", "confirming", "answered", "parked", "leaving", "gone"}

func (p Phase) String() string {
	if p < phases {
		return phaseNames[p]
	}
	return "unknown"
}

// transitions has, for each phase, those that may follow it. Repeated news are no
// transition, and late ones none either (Life.Ring); everything may end.
var transitions = [phases][]Phase{
	Announced:  {Ringing, Waiting, Confirming, Answered, Leaving, Gone},
	Ringing:    {Waiting, Confirming, Answered, Leaving, Gone},
	Waiting:    {Ringing, Confirming, Parked, Leaving, Gone},
	Confirming: {Waiting, Answered, Leaving, Gone},
	Answered:   {Parked, Leaving, Gone},
	Parked:     {Answered, Leaving, Gone},
	Leaving:    {Gone},
}

// Legal tells whether a phase may follow another one.
func Legal(from, to Phase) bool {
	if from >= phases {
		return false
	}
	for _, p := range transitions[from] {
		if p == to {
			return true
		}
	}
	return false
}

// Impossible is a transition that no leg of a switch makes.
type Impossible struct{ From, To Phase }

func (e *Impossible) Error() string {
	return "a leg that is " + e.From.String() + " became " + e.To.String()
}

// Life is what a leg has come through: its phase, and the one in which it hung up. Its
// zero value is that of a leg which was announced. The methods that change it return an
// Impossible for what no leg does; what is told is believed all the same, unless the leg
// has gone.
type Life struct {
	phase Phase
	// upTo is the phase that it had when it hung up.
	upTo Phase
}

// Phase is how far the leg has come.
func (l *Life) Phase() Phase { return l.phase }

// Lived is how far it had come when it hung up, or its phase if it has not.
func (l *Life) Lived() Phase {
	if l.phase >= Leaving {
		return l.upTo
	}
	return l.phase
}

// Gone tells whether it has hung up and all know it.
func (l *Life) Gone() bool { return l.phase == Gone }

// Leaving tells whether its hang-up waits for that of its partner.
func (l *Life) Leaving() bool { return l.phase == Leaving }

// Answered tells whether it is answered, or was when it hung up.
func (l *Life) Answered() bool {
	lived := l.Lived()
	return lived == Answered || lived == Parked
}

// Rings tells whether its phone has been reached, and has not been answered for good.
func (l *Life) Rings() bool {
	lived := l.Lived()
	return lived == Ringing || lived == Waiting || lived == Confirming
}

// Parked tells whether it waits without a partner.
func (l *Life) Parked() bool {
	lived := l.Lived()
	return lived == Waiting || lived == Parked
}

// become has the leg come to a phase. News of a leg whose hang-up waits are of what it
// did before.
func (l *Life) become(to Phase) error {
	switch {
	case l.phase == Leaving && to < Leaving:
		return follow(&l.upTo, to)
	case l.phase == Gone && to != Gone:
		return &Impossible{Gone, to}
	case l.phase < Leaving && to >= Leaving:
		l.upTo = l.phase
	}
	return follow(&l.phase, to)
}

func follow(p *Phase, to Phase) error {
	from := *p
	*p = to
	if from == to || Legal(from, to) {
		return nil
	}
	return &Impossible{from, to}
}

// Ring: it rings, or has early media. What is told so of a leg that has come further is
// late, or of the leg that it called.
func (l *Life) Ring() error {
	if l.Lived() != Announced {
		return nil
	}
	return l.become(Ringing)
}

// Confirm: its phone was answered; the call was not taken yet.
func (l *Life) Confirm() error { return l.become(Confirming) }

// Answer: it was answered.
func (l *Life) Answer() error {
	if l.Lived() == Waiting {
		return l.become(Parked)
	}
	return l.become(Answered)
}

// Park: it waits without a partner.
func (l *Life) Park() error {
	if l.Answered() {
		return l.become(Parked)
	}
	return l.become(Waiting)
}

// Unpark: it is with a partner, or on its way to somewhere.
func (l *Life) Unpark() error {
	switch l.Lived() {
	case Parked:
		return l.become(Answered)
	case Waiting:
		return l.become(Ringing)
	}
	return nil
}

// Leave: it has hung up, which waits for its partner's hang-up.
func (l *Life) Leave() error { return l.become(Leaving) }

// End: it has hung up.
func (l *Life) End() error { return l.become(Gone) }
