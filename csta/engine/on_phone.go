package engine

import (
	"errors"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/telephone"
)

// attemptState is how far an attempt is.
type attemptState uint8

const (
	attemptUntold attemptState = iota
	attemptAsked
	attemptAnswered
	attemptOver
)

var attemptStages = []stage[attemptState]{
	attemptUntold:   {"untold", "the phone tells of the call", []attemptState{attemptAsked, attemptOver}},
	attemptAsked:    {"asked", "the phone answers, or the switch shows what it has done", []attemptState{attemptAnswered, attemptOver}},
	attemptAnswered: {"answered", "the switch shows what the phone has done", []attemptState{attemptOver}},
	attemptOver:     {name: "over"},
}

// attempt is a service that a phone was asked for and that the switch has not
// shown yet.
type attempt struct {
	track[attemptState]
	c       *handsets
	l       *leg
	service telephone.Service
	// active is the other leg of a service on two calls.
	active *leg
	by     phoneFirst
	// why is the phone's error, or errUntold; nil if it said yes.
	why   error
	timer *timer
	// blind: nobody knows what the phone said to it.
	blind bool
}

// phoneFirst is who has a service done by a phone first.
type phoneFirst interface {
	// notByPhone has the switch do it: the phone does not know the service, refuses, is
	// silent, or says yes and does nothing, for which why is nil. It has to be something
	// that does no harm after the phone has done it, too.
	notByPhone(s telephone.Service, why error)
}

// errUntold is why a phone was not asked after all.
var errUntold = errors.New("the phone has told nothing of the call")

func (hs *handsets) attempt(l *leg, s telephone.Service, by phoneFirst, first attemptState) *attempt {
	a := &attempt{track: tracks(hs.office, s.String()+" at the phone", attemptStages, first), c: hs, l: l, service: s, by: by}
	l.handset.asked = a
	return a
}

// onPhone has a leg's own telephone perform a service, so that its display shows
// what happens. It tells whether the phone takes it; if not, all is as without
// uaCSTA. What the phone says counts for nothing: the service is done when the
// switch says so (shown). If that does not come, by is told, once.
func (hs *handsets) onPhone(l *leg, s telephone.Service, by phoneFirst) bool {
	at := l.handset
	if at == nil {
		hs.wake(l.device)
		return false
	}
	if l.consult != nil || !hs.mayAsk(l, s) {
		return false
	}
	switch {
	case at.call != nil, !at.tells && at.only(l):
		// The call is known, or the only one that the service can be about.
		hs.attempt(l, s, by, attemptAsked).ask()
	case at.tells && hs.within(forPhonesCalls, at.since):
		// It will tell of the call in a moment.
		a := hs.attempt(l, s, by, attemptUntold)
		a.why = errUntold
		a.timer = hs.expect(forTelling, a)
	default:
		return false
	}
	return true
}

// pairOnPhone is onPhone for a service on two calls of one phone.
func (hs *handsets) pairOnPhone(held, active *leg, s telephone.Service, by phoneFirst) bool {
	one, two := held.handset, active.handset
	if one == nil || two == nil || one.handset != two.handset || one.call == nil || two.call == nil ||
		!hs.mayAsk(held, s) || two.asked != nil {
		return false
	}
	a := hs.attempt(held, s, by, attemptAsked)
	a.active = active
	a.ask()
	return true
}

// mayAsk tells whether a leg's phone may be asked for a service.
func (hs *handsets) mayAsk(l *leg, s telephone.Service) bool {
	at := l.handset
	return !at.lacks(s) && at.asked == nil && !l.Gone() && hs.byID[at.id] == at.handset
}

// told: the phone has told of the call that it is to do something with.
func (a *attempt) told() {
	if a.state == attemptUntold {
		a.c.cancel(a.timer)
		a.goes(attemptAsked)
		a.ask()
	}
}

func (a *attempt) ask() {
	at := a.l.handset
	r := telephone.Request{Service: a.service}
	if at.call != nil {
		r.Call = at.call.id
	}
	if a.active != nil {
		r.Active = a.active.handset.call.id
	}
	a.c.asks.ask(at.id, r, func(out telephone.Outcome, err error) {
		a.c.noteRefusal(at.handset, a.service, err)
		if a.l.handset == at && at.asked == a {
			a.answered(out, err)
		}
	})
}

// answered takes the phone's answer.
func (a *attempt) answered(out telephone.Outcome, err error) {
	a.blind, a.why = out.Blind, err
	w := forDoubt
	switch {
	case err == nil:
		w = forProof
	case a.active != nil && errors.Is(err, telephone.ErrRefused):
		w = forRefusal
	case !mayHaveDone(err):
		a.inVain()
		return
	}
	a.goes(attemptAnswered)
	a.timer = a.c.expect(w, a)
}

func (a *attempt) late(wait) bool {
	a.inVain()
	return true
}

// inVain: the switch does what the phone has not done.
func (a *attempt) inVain() {
	at := a.l.handset
	if at == nil || at.asked != a {
		return
	}
	if a.blind {
		at.inVain(a.service)
	}
	a.over()
	a.c.log.Debug("the phone has not done it; the switch does", "service", a.service.String(), "device", a.l.device.Number, "leg", a.l.ID)
	a.by.notByPhone(a.service, a.why)
}

// shown: the switch tells that a leg's phone has done something. It tells whether
// a service of ours had asked for it.
func (hs *handsets) shown(l *leg, s telephone.Service) bool {
	at := l.handset
	if at == nil || at.asked == nil || at.asked.service != s {
		return false
	}
	hs.cancel(at.asked.timer)
	at.asked.over()
	return true
}

// over: what the leg's phone was asked for is done, or is done otherwise.
func (a *attempt) over() {
	a.goes(attemptOver)
	at := a.l.handset
	at.asked = nil
	if a.c.byID[at.id] != at.handset {
		// It went down meanwhile.
		a.l.handset = nil
		a.c.foundAtPhone(a.l)
	}
}

// mayHaveDone tells whether a phone that gave no yes may have done what it was
// asked for.
func mayHaveDone(err error) bool {
	return errors.Is(err, telephone.ErrSilent) || errors.Is(err, telephone.ErrLost)
}

// wake says that a device's phones would have been asked.
func (hs *handsets) wake(device ecma.DeviceID) {
	if hs.opts.Phones != nil && device.Type != ecma.DeviceNumber && !device.IsZero() {
		hs.opts.Phones.Wake(device.Number)
	}
}
