package sim

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/switching"
)

// Errors of what is done by hand at a phone.
var (
	// ErrNoCall: the phone has no call to which it could be done.
	ErrNoCall = errors.New("no such call at the phone")
	// ErrOffLine: the phone can't call, because the switch is down.
	ErrOffLine = errors.New("the switch is down")
)

// Phone is an endpoint: a subscriber's phone, or a party in the network. What
// is done by hand takes the leg concerned, or "" for the obvious one: the
// oldest ringing leg to answer or reject, else the newest one that is not on
// hold, else the newest.
type Phone struct {
	s          *Switch
	number     string
	external   bool
	contact    netip.AddrPort
	registered bool
	behaviour  Behaviour
	legs       []*leg
	// keys: it has feature keys; lamps are what they show, told counts how often
	// it was told.
	keys  bool
	lamps switching.Features
	told  int
}

// Number is the subscriber's name, or the party's number.
func (p *Phone) Number() string { return p.number }

// contactOf is the SIP contact of a subscriber's phone: each has an address of its
// own.
func contactOf(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 5060)
}

// Contact is where the phone takes its calls; zero for a party in the network.
func (p *Phone) Contact() netip.AddrPort { return p.contact }

// User is the number without a domain.
func (p *Phone) User() string {
	user, _, _ := strings.Cut(p.number, "@")
	return user
}

// SetBehaviour gives the phone a new script, for the calls to come, and
// registers or unregisters it as the script says.
func (p *Phone) SetBehaviour(b Behaviour) {
	p.s.mu.Lock()
	defer p.s.leave()
	p.behaviour = b
	p.setRegistered(!b.Away)
}

// Behaviour is the script of the phone.
func (p *Phone) Behaviour() Behaviour {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.behaviour
}

// Register registers the phone; done again, it refreshes the registration.
func (p *Phone) Register() {
	p.s.mu.Lock()
	defer p.s.leave()
	p.behaviour.Away = false
	p.registered = false
	p.setRegistered(true)
}

// Unregister takes the phone off the switch. Its calls live on.
func (p *Phone) Unregister() {
	p.s.mu.Lock()
	defer p.s.leave()
	p.behaviour.Away = true
	p.setRegistered(false)
}

// Registered tells whether the switch can reach the phone.
func (p *Phone) Registered() bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.registered
}

func (p *Phone) setRegistered(on bool) {
	if p.external || on == p.registered {
		return
	}
	p.registered = on
	kind := switching.DeviceUnregistered
	if on {
		kind = switching.DeviceRegistered
	}
	p.s.emit(switching.Event{Kind: kind, Device: p.number})
}

// Dial calls a number and returns the leg's UUID. That the number leads nowhere
// is told by events only, as it is to a phone.
func (p *Phone) Dial(number string) (id string, err error) {
	p.s.mu.Lock()
	defer p.s.leave()
	if p.s.stopped {
		return "", ErrOffLine
	}
	info := switching.LegInfo{Direction: switching.Inbound, Caller: p.User(), Dialled: number}
	if p.external && p.number == Anonymous {
		info.Caller, info.Withheld = "", true
	}
	if !p.external {
		info.Device = p.number
	}
	l := p.s.newLeg("", info, p)
	p.s.tellCreated(l)
	p.s.run(l, number)
	return l.id, nil
}

// Answer answers a ringing call.
func (p *Phone) Answer(id string) error {
	return p.with(id, (*Phone).ringingLeg, "answer", func(l *leg) error {
		p.s.answers(l)
		return nil
	})
}

// Ring says that the phone rings (SIP 180); for a phone whose script is NoRing.
func (p *Phone) Ring(id string) error {
	return p.with(id, (*Phone).ringingLeg, "ring", func(l *leg) error {
		p.s.rings(l)
		return nil
	})
}

// EarlyMedia sends media before the answer (SIP 183).
func (p *Phone) EarlyMedia(id string) error {
	return p.with(id, (*Phone).ringingLeg, "send early media", func(l *leg) error {
		p.s.earlyMedia(l)
		return nil
	})
}

// Reject refuses a ringing call; an empty cause means CALL_REJECTED.
func (p *Phone) Reject(id string, cause switching.Cause) error {
	if cause == "" {
		cause = switching.CauseCallRejected
	}
	return p.with(id, (*Phone).ringingLeg, "reject", func(l *leg) error {
		p.s.hangUp(l, cause)
		return nil
	})
}

// Redirect sends a ringing call on to another number (SIP 302).
func (p *Phone) Redirect(id, number string) error {
	return p.with(id, (*Phone).ringingLeg, "redirect", func(l *leg) error {
		p.s.redirect(l, number)
		return nil
	})
}

// HangUp ends a call: one that was answered (SIP BYE), one still being dialled
// (CANCEL), or one that rings (as Reject).
func (p *Phone) HangUp(id string) error {
	return p.with(id, (*Phone).activeLeg, "hang up", func(l *leg) error {
		p.s.hangUp(l, l.byeCause())
		return nil
	})
}

// HangUpAll ends all calls of the phone.
func (p *Phone) HangUpAll() {
	p.s.mu.Lock()
	defer p.s.leave()
	for _, l := range slices.Clone(p.legs) {
		p.s.hangUp(l, l.byeCause())
	}
}

// Hold puts the other party on hold (SIP re-INVITE sendonly). If the switch holds
// the phone, nothing is told of it.
func (p *Phone) Hold(id string) error {
	return p.with(id, (*Phone).activeLeg, "hold", func(l *leg) error {
		if !l.answered || l.holding {
			return fmt.Errorf("%w", switching.ErrNotPossible)
		}
		l.holding = true
		if !l.held {
			p.s.tell(switching.LegHeld, l)
		}
		return nil
	})
}

// Retrieve ends Hold.
func (p *Phone) Retrieve(id string) error {
	return p.with(id, (*Phone).holdingLeg, "retrieve", func(l *leg) error {
		if !l.holding {
			return fmt.Errorf("%w", switching.ErrNotPossible)
		}
		p.s.unhold(l)
		p.s.tell(switching.LegResumed, l)
		return nil
	})
}

// Digit sends a DTMF digit: 0-9, *, #, A-D.
func (p *Phone) Digit(id string, digit byte) error {
	if !strings.ContainsRune("0123456789*#ABCD", rune(digit)) {
		return fmt.Errorf("phone %s: %q is no digit: %w", p.number, digit, switching.ErrInvalidAddress)
	}
	return p.with(id, (*Phone).activeLeg, "send a digit", func(l *leg) error {
		p.s.digit(l, string(digit))
		return nil
	})
}

// Legs are the UUIDs of the phone's calls, oldest first.
func (p *Phone) Legs() []string {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	ids := make([]string, len(p.legs))
	for i, l := range p.legs {
		ids[i] = l.id
	}
	return ids
}

// Holds tells whether the phone holds a call of its own.
func (p *Phone) Holds(id string) bool {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return slices.ContainsFunc(p.legs, func(l *leg) bool { return l.id == id && l.holding })
}

// with finds the leg meant and does something with it under the lock.
func (p *Phone) with(id string, obvious func(*Phone) *leg, what string, do func(*leg) error) error {
	p.s.mu.Lock()
	defer p.s.leave()
	var l *leg
	if id == "" {
		l = obvious(p)
	} else {
		for _, own := range p.legs {
			if own.id == id {
				l = own
			}
		}
	}
	if l == nil || l.over {
		return fmt.Errorf("phone %s: %s: %w", p.number, what, ErrNoCall)
	}
	if err := do(l); err != nil {
		return fmt.Errorf("phone %s: %s: %w", p.number, what, err)
	}
	return nil
}

func (p *Phone) ringingLeg() *leg {
	for _, l := range p.legs {
		if l.info.Direction == switching.Outbound && !l.answered {
			return l
		}
	}
	return nil
}

func (p *Phone) activeLeg() *leg {
	for _, l := range slices.Backward(p.legs) {
		if !l.held && !l.holding {
			return l
		}
	}
	return p.holdingLeg()
}

func (p *Phone) holdingLeg() *leg {
	for _, l := range slices.Backward(p.legs) {
		if l.holding {
			return l
		}
	}
	if len(p.legs) > 0 {
		return p.legs[len(p.legs)-1]
	}
	return nil
}

func (p *Phone) forget(l *leg) {
	p.legs = slices.DeleteFunc(p.legs, func(own *leg) bool { return own == l })
}

// byeCause is the cause of a leg that its endpoint ends.
func (l *leg) byeCause() switching.Cause {
	switch {
	case l.answered:
		return switching.CauseNormalClearing
	case l.info.Direction == switching.Inbound:
		return switching.CauseOriginatorCancel
	}
	return switching.CauseCallRejected
}

// invite calls the endpoint of an outbound leg; its script decides what it
// does.
func (s *Switch) invite(l *leg, autoAnswer bool) {
	b := l.phone.behaviour
	latency := s.o.Latency
	react := func(d time.Duration, f func()) {
		l.scripted(s.after(d, f))
	}
	if b.Reaction == Busy || b.Lines > 0 && len(l.phone.legs) > b.Lines {
		react(latency, func() { s.hangUp(l, switching.CauseUserBusy) })
		return
	}
	if autoAnswer && !b.NoAutoAnswer {
		react(latency, func() { s.answers(l) })
		return
	}
	if !b.NoRing {
		react(latency, func() {
			if b.EarlyMedia {
				s.earlyMedia(l)
			} else {
				s.rings(l)
			}
		})
	}
	switch b.Reaction {
	case Answer:
		react(latency+b.After, func() { s.answers(l) })
	case Reject:
		cause := b.Cause
		if cause == "" {
			cause = switching.CauseCallRejected
		}
		react(latency+b.After, func() { s.hangUp(l, cause) })
	case Redirect:
		react(latency+b.After, func() { s.redirect(l, b.To) })
	}
}
