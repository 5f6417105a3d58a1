package sim

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mod_csta_socket/csta/switching"
)

// originating is an Originate that waits for its leg to be answered.
type originating struct {
	leg   *leg
	timer *task
	sw    *Switch
	// done gets the cause of failure, empty for success; it never blocks.
	done chan switching.Cause
	// failed, if not nil, is what else follows from failure.
	failed func()
}

func (o *originating) fail(cause switching.Cause) {
	o.sw.agenda.remove(o.timer)
	if o.failed != nil {
		o.failed()
	}
	o.done <- cause
}

// promptTimeout bounds the ringing of an Originate that sets no limit;
// FreeSWITCH's default.
const promptTimeout = time.Minute

func (s *Switch) originate(ctx context.Context, op switching.Originate) (switching.Outcome, error) {
	o, cause, err := s.startOriginate(op)
	if err != nil {
		return switching.Outcome{Cause: cause}, fmt.Errorf("originate %s: %w", op.Leg, err)
	}
	select {
	case cause = <-o.done:
	case <-ctx.Done():
		s.cancel(o)
		// It was answered, or ended, at the same moment: that stands.
		if cause = <-o.done; cause == "" {
			return switching.Outcome{}, nil
		}
		return switching.Outcome{Cause: cause}, fmt.Errorf("originate %s: %w", op.Leg, ctx.Err())
	}
	if cause != "" {
		return switching.Outcome{Cause: cause}, fmt.Errorf("originate %s: %s: %w", op.Leg, cause, switching.ErrNotPossible)
	}
	return switching.Outcome{}, nil
}

func (s *Switch) cancel(o *originating) {
	s.mu.Lock()
	defer s.leave()
	if o.leg.orig == o {
		s.hangUp(o.leg, switching.CauseOriginatorCancel)
	}
}

func (s *Switch) startOriginate(op switching.Originate) (*originating, switching.Cause, error) {
	s.mu.Lock()
	defer s.leave()
	if s.stopped {
		return nil, switching.CauseSystemShutdown, fmt.Errorf("the switch is down: %w", switching.ErrNotPossible)
	}
	if op.Then != "" && !switching.ValidNumber(op.Then) {
		return nil, "", fmt.Errorf("number %q: %w", op.Then, switching.ErrInvalidAddress)
	}
	if s.legs[op.Leg] != nil {
		return nil, "", fmt.Errorf("the UUID is taken: %w", switching.ErrNotPossible)
	}
	if op.Timeout <= 0 {
		op.Timeout = promptTimeout
	}
	switch {
	case op.Device != "" && op.URI == "" && op.Number == "":
		return s.originateDevice(op)
	case op.URI != "" && op.Device == "" && op.Number == "":
		return s.originateURI(op)
	case op.Number != "" && op.Device == "" && op.URI == "":
		return s.originateNumber(op)
	}
	return nil, "", fmt.Errorf("one of Device, URI, Number expected: %w", switching.ErrInvalidAddress)
}

func (s *Switch) originateDevice(op switching.Originate) (*originating, switching.Cause, error) {
	if !switching.ValidDevice(op.Device) {
		return nil, "", fmt.Errorf("device %q: %w", op.Device, switching.ErrInvalidAddress)
	}
	p := s.subscriber(op.Device)
	if p == nil {
		return nil, switching.CauseSubscriberAbsent, fmt.Errorf("no subscriber %s: %w", op.Device, switching.ErrNotPossible)
	}
	if !p.registered {
		return nil, switching.CauseUserNotRegistered, fmt.Errorf("subscriber %s is not registered: %w", op.Device, switching.ErrNotPossible)
	}
	user, _, _ := strings.Cut(op.Device, "@")
	// The switch names the legs of a subscriber's phones.
	return s.ring(op, s.o.NewUUID(), p, switching.LegInfo{Device: p.number, Dialled: user, Order: op.Leg})
}

// originateURI calls sofia/profile/user@host: a subscriber if the host is the default
// domain, else somebody outside.
func (s *Switch) originateURI(op switching.Originate) (*originating, switching.Cause, error) {
	// The endpoint's name may be left out.
	if !switching.ValidURI("sofia/" + strings.TrimPrefix(op.URI, "sofia/")) {
		return nil, "", fmt.Errorf("URI %q: %w", op.URI, switching.ErrInvalidAddress)
	}
	// Of a gateway's address the host is not known.
	user, host, _ := strings.Cut(op.URI[strings.LastIndexByte(op.URI, '/')+1:], "@")
	if p := s.subscriber(user); p != nil && host == s.o.Domain {
		if !p.registered {
			return nil, switching.CauseUserNotRegistered, fmt.Errorf("subscriber %s is not registered: %w", user, switching.ErrNotPossible)
		}
		return s.ring(op, op.Leg, p, switching.LegInfo{Device: p.number, Dialled: user})
	}
	return s.ring(op, op.Leg, s.outsider(user), switching.LegInfo{Dialled: user})
}

func (s *Switch) ring(op switching.Originate, id string, p *Phone, info switching.LegInfo) (*originating, switching.Cause, error) {
	info.Direction = switching.Outbound
	info.Caller, info.CallerName = op.CallerNumber, op.CallerName
	l := s.newLeg(id, info, p)
	s.tellCreated(l)
	o := s.await(op, l)
	s.invite(l, op.AutoAnswer)
	return o, "", nil
}

// originateNumber lets the dialplan find the way, through a pair of glue legs:
// one is the leg ordered, its other half dials the number.
func (s *Switch) originateNumber(op switching.Originate) (*originating, switching.Cause, error) {
	if !switching.ValidNumber(op.Number) {
		return nil, "", fmt.Errorf("number %q: %w", op.Number, switching.ErrInvalidAddress)
	}
	a, b := s.newGlue(op.Leg, switching.LegInfo{Caller: op.CallerNumber, CallerName: op.CallerName, Dialled: op.Number})
	// FreeSWITCH makes a loopback leg under another UUID and renames it.
	s.emit(switching.Event{Kind: switching.LegRenamed, Leg: a.id, Other: s.o.NewUUID()})
	s.tellCreated(b)
	s.tellCreated(a)
	o := s.await(op, a)
	b.dialsIn = domainOf(op.For)
	s.run(b, op.Number)
	return o, "", nil
}

func (s *Switch) await(op switching.Originate, l *leg) *originating {
	o := &originating{leg: l, sw: s, done: make(chan switching.Cause, 1)}
	l.orig = o
	o.timer = s.after(op.Timeout, func() { s.hangUp(l, switching.CauseNoAnswer) })
	l.onAnswer = func() {
		s.agenda.remove(o.timer)
		s.after(0, func() {
			l.dialsIn = domainOf(op.For)
			s.startThen(l, op.Then)
			o.done <- ""
		})
	}
	return o
}

// originated: the leg ordered was answered.
func (s *Switch) originated(l *leg) {
	l.orig = nil
	l.onAnswer()
}

// startThen gives the answered leg its next destination.
func (s *Switch) startThen(l *leg, number string) {
	switch {
	case l.over:
	case number == "":
		s.park(l)
	default:
		s.sendTo(l, number)
	}
}
