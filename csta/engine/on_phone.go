package engine

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// maxAsked bounds the requests that wait for phones. They hold a goroutine
// each, and no thread.
const maxAsked = 1024

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
	course[attemptState]
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

func (c *core) attempt(l *leg, s telephone.Service, by phoneFirst, first attemptState) *attempt {
	a := &attempt{course: begins(c, s.String()+" at the phone", attemptStages, first), l: l, service: s, by: by}
	l.handset.asked = a
	return a
}

// onPhone has a leg's own telephone perform a service, so that its display shows
// what happens. It tells whether the phone takes it; if not, all is as without
// uaCSTA. What the phone says counts for nothing: the service is done when the
// switch says so (shown). If that does not come, by is told, once.
func (c *core) onPhone(l *leg, s telephone.Service, by phoneFirst) bool {
	at := l.handset
	if at == nil {
		c.wake(l.device)
		return false
	}
	if l.consult != nil || !c.mayAsk(l, s) {
		return false
	}
	switch {
	case at.call != nil, !at.tells && at.only(l):
		// The call is known, or the only one that the service can be about.
		c.attempt(l, s, by, attemptAsked).ask()
	case at.tells && c.within(forPhonesCalls, at.since):
		// It will tell of the call in a moment.
		a := c.attempt(l, s, by, attemptUntold)
		a.why = errUntold
		a.timer = c.expect(forTelling, a)
	default:
		return false
	}
	return true
}

// only tells whether no other leg at the phone is in the state that this one is in.
func (at *atHandset) only(l *leg) bool {
	for _, o := range at.legs {
		if o != l && !o.Gone() && (o.conn == nil || l.conn == nil || o.conn.State() == l.conn.State()) {
			return false
		}
	}
	return true
}

// pairOnPhone is onPhone for a service on two calls of one phone.
func (c *core) pairOnPhone(held, active *leg, s telephone.Service, by phoneFirst) bool {
	one, two := held.handset, active.handset
	if one == nil || two == nil || one.handset != two.handset || one.call == nil || two.call == nil ||
		!c.mayAsk(held, s) || two.asked != nil {
		return false
	}
	a := c.attempt(held, s, by, attemptAsked)
	a.active = active
	a.ask()
	return true
}

// mayAsk tells whether a leg's phone may be asked for a service.
func (c *core) mayAsk(l *leg, s telephone.Service) bool {
	at := l.handset
	return !at.lacks(s) && at.asked == nil && !l.Gone() && c.handsets.byID[at.id] == at.handset
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
		a.c.handsets.noteRefusal(at.handset, a.service, err)
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
func (c *core) shown(l *leg, s telephone.Service) bool {
	at := l.handset
	if at == nil || at.asked == nil || at.asked.service != s {
		return false
	}
	c.cancel(at.asked.timer)
	at.asked.over()
	return true
}

// over: what the leg's phone was asked for is done, or is done otherwise.
func (a *attempt) over() {
	a.goes(attemptOver)
	at := a.l.handset
	at.asked = nil
	if a.c.handsets.byID[at.id] != at.handset {
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

// inVain: nothing came of a service, and whether the phone knows it cannot be heard.
// It is not asked again: its user would wait each time.
func (h *handset) inVain(s telephone.Service) { h.lacking |= 1 << s }

// wake says that a device's phones would have been asked.
func (c *core) wake(device ecma.DeviceID) {
	if c.opts.Phones != nil && device.Type != ecma.DeviceNumber && !device.IsZero() {
		c.opts.Phones.Wake(device.Number)
	}
}

// dialState is how far a call is that a phone was asked to make.
type dialState uint8

const (
	dialAsked dialState = iota
	dialAgreed
	dialDoubted
	dialFailed
	dialBegun
	dialOver
)

var dialStages = []stage[dialState]{
	dialAsked:   {"asked", "the phone answers, or its leg is there", []dialState{dialAgreed, dialDoubted, dialBegun, dialOver}},
	dialAgreed:  {"agreed", "the phone's leg is there", []dialState{dialFailed, dialOver}},
	dialDoubted: {"doubted", "the leg of a phone that has not answered is there all the same", []dialState{dialOver}},
	dialFailed:  {"failed", "the leg of a call is there of which the phone tells that it failed", []dialState{dialFailed, dialOver}},
	dialBegun:   {"begun", "the phone whose leg is there answers, and names its call", []dialState{dialOver}},
	dialOver:    {name: "over"},
}

// dialing is a call that a phone was asked to make. It is there when the phone's
// leg is.
type dialing struct {
	course[dialState]
	h       *handset
	service telephone.Service
	number  string
	begun   time.Time
	// cause is what the leg begins with.
	cause ecma.EventCause
	by    phoneDials
	// blind: nobody knows what the phone said.
	blind bool
	// call is the phone's own identifier once it has agreed, unless it tells none.
	call  string
	leg   *leg
	timer *timer
}

// phoneDials is who has a phone make a call.
type phoneDials interface {
	// dialled takes the leg, before anything is told of it.
	dialled(l *leg)
	// notDialled: the phone has not dialled for certain.
	notDialled()
	// mayDial: it has not, and may still do so, or would have to be heard of. It must
	// not be called in addition.
	mayDial()
}

// dial asks a phone, which is asked for no other call now, to make one.
func (c *core) dial(h *handset, r telephone.Request, cause ecma.EventCause, by phoneDials) *dialing {
	d := &dialing{
		course: begins(c, r.Service.String()+" at the phone", dialStages, dialAsked),
		h:      h, service: r.Service, number: r.Number, begun: c.now, cause: cause, by: by,
	}
	h.dialing = d
	c.asks.ask(h.id, r, d.answered)
	return d
}

// answered takes the phone's answer.
func (d *dialing) answered(out telephone.Outcome, err error) {
	d.c.handsets.noteRefusal(d.h, d.service, err)
	d.blind = out.Blind
	if d.h.dialing != d {
		return
	}
	switch {
	case d.leg != nil:
		d.over()
		if err == nil {
			d.c.name(d.h, d.leg, out.Call)
		}
	case err == nil:
		d.call = out.Call
		d.goes(dialAgreed)
		d.c.name(d.h, d.h.dialled(d), out.Call)
		if d.state == dialAgreed {
			d.timer = d.c.expect(forDialling, d)
		}
	case mayHaveDone(err):
		d.goes(dialDoubted)
		d.timer = d.c.expect(forDoubt, d)
	default:
		d.over()
		d.by.notDialled()
	}
}

func (d *dialing) over() {
	d.goes(dialOver)
	d.h.dialing = nil
}

// dialled is a leg without a call of the phone's that came after the phone was
// asked: it dials another number than it was given, perhaps with a prefix.
func (h *handset) dialled(d *dialing) *leg {
	for _, l := range h.legs {
		if l.Info.Direction == switching.Inbound && l.handset.call == nil && !l.Gone() && !l.handset.since.Before(d.begun) {
			return l
		}
	}
	return nil
}

// name gives a call that we asked for the phone's own identifier, and ties it to
// its leg, if that is there.
func (c *core) name(h *handset, l *leg, call string) {
	if call == "" {
		if l != nil {
			h.dials(l)
		}
		return
	}
	pc := h.call(call)
	if pc != nil && pc.leg != nil && pc.leg != l {
		// The phone uses the identifier of an earlier call again.
		h.forget(pc)
		pc = nil
	}
	if pc == nil {
		pc = h.add(call, c.now)
	}
	pc.begins = switching.Inbound
	if l == nil {
		l = pc.leg
	}
	if l != nil && l.handset != nil && l.handset.handset == h {
		c.bound(pc, l)
		h.dials(l)
	}
}

// late: the phone said yes, or nothing, and there is no leg. It may still dial, so that
// the switch must not call it.
func (d *dialing) late(wait) bool {
	h := d.h
	if h.dialing != d || d.leg != nil {
		return true
	}
	failed := d.state == dialFailed
	d.over()
	if d.blind {
		h.inVain(d.service)
	}
	d.c.log.Info("a phone was asked for a call and has not dialled", "device", h.device, "number", d.number)
	d.by.mayDial()
	if d.call != "" && !failed && d.c.handsets.byID[h.id] == h {
		d.c.asks.ask(h.id, telephone.Request{Service: telephone.ClearConnection, Call: d.call}, nil)
	}
	return true
}

// callEnded: the phone tells that a call has ended. If the switch has not told of it
// yet, it may still have seen it.
func (h *handset) callEnded(call string) {
	d := h.dialing
	if d == nil || d.call == "" || d.call != call || d.leg != nil {
		return
	}
	d.goes(dialFailed)
	d.c.cancel(d.timer)
	d.timer = d.c.expect(forDoubt, d)
}

// causeOfDialling completes the service that a new calling leg comes of, if one
// does, and is the cause that the leg begins with.
func (c *core) causeOfDialling(l *leg) ecma.EventCause {
	c.foundAtPhone(l)
	if l.handset == nil {
		return ecma.CauseNewCall
	}
	h := l.handset.handset
	h.notAloneAnyMore()
	d := h.dialing
	if d == nil {
		return ecma.CauseNewCall
	}
	theirs := d.call != "" && l.handset.call != nil && l.handset.call.id == d.call
	agreed := d.state == dialAgreed || d.state == dialFailed
	if d.leg == nil && (theirs || l.Info.Dialled == d.number || agreed && l.handset.call == nil) {
		h.dials(l)
	}
	if d.leg == l {
		return d.cause
	}
	return ecma.CauseNewCall
}

// dials: the leg is what the phone was asked to dial, if it was.
func (h *handset) dials(l *leg) {
	d := h.dialing
	if d == nil || d.leg != nil || l.call == nil {
		return
	}
	d.leg = l
	d.c.cancel(d.timer)
	d.by.dialled(l)
	if d.state == dialAsked {
		d.goes(dialBegun)
		return
	}
	d.over()
	if d.call != "" && l.handset.call == nil {
		d.c.name(h, l, d.call)
	}
}

// questions are the requests of a core to phones.
type questions struct {
	by      asker
	waiting ledger[telephone.Outcome]
	record  *recorder
}

// ask asks a phone. done is told its answer, unless the core was rebuilt meanwhile.
func (q *questions) ask(phone uint64, r telephone.Request, done func(telephone.Outcome, error)) {
	q.enter(phone, r, awaited[telephone.Outcome]{done: done})
}

// lasting asks for something that has nothing to do with calls.
func (q *questions) lasting(phone uint64, r telephone.Request, done func(telephone.Outcome, error)) {
	q.enter(phone, r, awaited[telephone.Outcome]{done: done, lasting: true})
}

func (q *questions) enter(phone uint64, r telephone.Request, who awaited[telephone.Outcome]) {
	number := q.waiting.enter(who)
	if q.record != nil {
		q.record.question(number, r.Service)
	}
	q.by.ask(number, phone, r)
}

// asker asks phones in goroutines of its own, since they wait for seconds. The answer
// comes back as a phoneAnswered of that number.
type asker interface {
	ask(number, phone uint64, r telephone.Request)
}

// inquiries is the asker of an engine.
type inquiries struct {
	phones telephone.Phones
	post   func(*phoneAnswered)
	ctx    context.Context
	cancel context.CancelFunc
	places chan struct{}
	wg     sync.WaitGroup
}

func newInquiries(phones telephone.Phones, post func(*phoneAnswered)) *inquiries {
	q := &inquiries{phones: phones, post: post, places: make(chan struct{}, maxAsked)}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q
}

func (q *inquiries) ask(number, phone uint64, r telephone.Request) {
	select {
	case q.places <- struct{}{}:
	default:
		q.post(&phoneAnswered{number: number, err: telephone.ErrRefused})
		return
	}
	q.wg.Add(1)
	go func() {
		defer q.wg.Done()
		out, err := q.perform(phone, r)
		<-q.places
		q.post(&phoneAnswered{number, out, err})
	}()
}

// perform asks; a panic of the port becomes its error.
func (q *inquiries) perform(phone uint64, r telephone.Request) (out telephone.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{"a phone's " + r.Service.String(), p, string(debug.Stack()), telephone.ErrLost}
		}
	}()
	return q.phones.Ask(q.ctx, phone, r)
}

// close ends what is under way and waits for it.
func (q *inquiries) close(ctx context.Context) error {
	q.cancel()
	idle := make(chan struct{})
	go func() {
		q.wg.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
