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

// attempt is a service that a phone was asked for and that the switch has not
// shown yet.
type attempt struct {
	service telephone.Service
	// active is the other leg of a service on two calls.
	active *leg
	// waits is set until the phone tells of the call.
	waits bool
	// otherwise has the switch do it. why is the phone's error, or errUntold; nil
	// if it said yes and did nothing.
	otherwise func(why error)
	timer     *timer
	// blind: nobody knows what the phone said to it.
	blind bool
}

// errUntold is why a phone was not asked after all.
var errUntold = errors.New("the phone has told nothing of the call")

// onPhone has a leg's own telephone perform a service, so that its display shows
// what happens. It tells whether the phone takes it; if not, all is as without
// uaCSTA. What the phone says counts for nothing: the service is done when the
// switch says so (shown). If the phone does not know it, refuses, is silent, or
// says yes and does nothing, otherwise is run, once. So that has to be something
// that does no harm after the phone has done it, too.
func (c *core) onPhone(l *leg, s telephone.Service, otherwise func(why error)) bool {
	at := l.handset
	if at == nil {
		c.wake(l.device)
		return false
	}
	if l.consult != nil || !c.mayAsk(l, s) {
		return false
	}
	a := &attempt{service: s, otherwise: otherwise}
	switch {
	case at.call != nil, !at.tells && at.only(l):
		// The call is known, or the only one that the service can be about.
		at.asked = a
		c.askNow(l, a)
	case at.tells && c.within(forPhonesCalls, at.since):
		// It will tell of the call in a moment.
		at.asked, a.waits = a, true
		a.timer = c.await(forTelling, outOfTime(func() { c.insteadOf(l, a, errUntold) }))
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
func (c *core) pairOnPhone(held, active *leg, s telephone.Service, otherwise func(why error)) bool {
	one, two := held.handset, active.handset
	if one == nil || two == nil || one.handset != two.handset || one.call == nil || two.call == nil ||
		!c.mayAsk(held, s) || two.asked != nil {
		return false
	}
	a := &attempt{service: s, active: active, otherwise: otherwise}
	one.asked = a
	c.askNow(held, a)
	return true
}

// mayAsk tells whether a leg's phone may be asked for a service.
func (c *core) mayAsk(l *leg, s telephone.Service) bool {
	at := l.handset
	return !at.lacks(s) && at.asked == nil && !l.Gone() && c.handsets.byID[at.id] == at.handset
}

func (c *core) askNow(l *leg, a *attempt) {
	at, h := l.handset, l.handset.handset
	c.cancel(a.timer)
	a.waits = false
	r := telephone.Request{Service: a.service}
	if at.call != nil {
		r.Call = at.call.id
	}
	if a.active != nil {
		r.Active = a.active.handset.call.id
	}
	c.asks.ask(h.id, r, func(out telephone.Outcome, err error) {
		c.handsets.noteRefusal(h, a.service, err)
		if l.handset != at || at.asked != a {
			return
		}
		a.blind = out.Blind
		w := forDoubt
		switch {
		case err == nil:
			w = forProof
		case a.active != nil && errors.Is(err, telephone.ErrRefused):
			w = forRefusal
		case !mayHaveDone(err):
			c.insteadOf(l, a, err)
			return
		}
		a.timer = c.await(w, outOfTime(func() { c.insteadOf(l, a, err) }))
	})
}

// insteadOf: the switch does what the phone has not done.
func (c *core) insteadOf(l *leg, a *attempt, why error) {
	at := l.handset
	if at == nil || at.asked != a {
		return
	}
	if a.blind {
		at.inVain(a.service)
	}
	c.askedOver(l)
	c.log.Debug("the phone has not done it; the switch does", "service", a.service.String(), "device", l.device.Number, "leg", l.ID)
	a.otherwise(why)
}

// shown: the switch tells that a leg's phone has done something. It tells whether
// a service of ours had asked for it.
func (c *core) shown(l *leg, s telephone.Service) bool {
	at := l.handset
	if at == nil || at.asked == nil || at.asked.service != s {
		return false
	}
	c.cancel(at.asked.timer)
	c.askedOver(l)
	return true
}

// askedOver: what the leg's phone was asked for is done, or is done otherwise.
func (c *core) askedOver(l *leg) {
	at := l.handset
	at.asked = nil
	if c.handsets.byID[at.id] != at.handset {
		// It went down meanwhile.
		l.handset = nil
		c.foundAtPhone(l)
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

// dialing is a call that a phone was asked to make. It is there when the phone's
// leg is.
type dialing struct {
	service telephone.Service
	number  string
	begun   time.Time
	// cause is what the leg begins with.
	cause ecma.EventCause
	// begins takes the leg, before anything is told of it.
	begins func(l *leg)
	// otherwise is run if the phone has not dialled for certain, fails if it may
	// still do so, or would have to be heard of.
	otherwise, fails func()
	// answered is set once no answer of the phone is to come any more, agreed if
	// it has said yes. call is its own identifier then, unless it tells none.
	answered, agreed bool
	// blind: nobody knows what the phone said.
	blind bool
	// failed: the phone told that it came to nothing.
	failed bool
	call   string
	leg    *leg
	timer  *timer
}

// dialOnPhone has the calling device's telephone dial by itself. It tells whether
// that is tried; otherwise is run if the phone has not done it for certain. A
// phone that may still dial is not called in addition.
func (c *core) dialOnPhone(r *Request, m *ecma.MakeCall, calling, called ecma.DeviceID, otherwise func()) bool {
	phones := c.handsets.byDevice[calling.Number]
	if len(phones) == 0 {
		c.wake(calling)
		return false
	}
	if len(phones) != 1 || phones[0].lacks(telephone.MakeCall) {
		// Which of several phones its user sits at is not known.
		return false
	}
	h := phones[0]
	if h.dialing != nil {
		c.refuse(r, ecma.ErrInvalidCallingDeviceState)
		return true
	}
	c.yields(r)
	c.dial(h, telephone.Request{Service: telephone.MakeCall, Number: numberIn(domainOf(calling), called)}, &dialing{
		cause: ecma.CauseMakeCall,
		begins: func(l *leg) {
			l.call.Attach(m.CorrelatorData, m.UserData)
			c.respond(r, &ecma.MakeCallResponse{CallingDevice: l.call.Connection(c.inWords(m, l.device))})
		},
		otherwise: func() {
			if c.sessions[r.Session] != nil {
				otherwise()
			}
		},
		fails: func() { c.refuse(r, ecma.ErrRequestIncompatibleWithCallingDevice) },
	})
	return true
}

// dial asks a phone, which is asked for no other call now, to make one.
func (c *core) dial(h *handset, r telephone.Request, d *dialing) {
	d.service, d.number, d.begun = r.Service, r.Number, c.now
	h.dialing = d
	c.asks.ask(h.id, r, func(out telephone.Outcome, err error) {
		c.handsets.noteRefusal(h, r.Service, err)
		d.blind = out.Blind
		c.dialAnswered(h, d, out.Call, err)
	})
}

// dialAnswered takes the phone's answer.
func (c *core) dialAnswered(h *handset, d *dialing, call string, err error) {
	if h.dialing != d {
		return
	}
	d.answered = true
	w := forDialling
	switch {
	case err == nil && d.leg != nil:
		h.dialing = nil
		c.name(h, d.leg, call)
		return
	case err == nil:
		d.call, d.agreed = call, true
		c.name(h, h.dialled(d), call)
	case d.leg != nil:
		h.dialing = nil
	case !mayHaveDone(err):
		h.dialing = nil
		d.otherwise()
		return
	default:
		w = forDoubt
	}
	if h.dialing == d && d.leg == nil {
		d.timer = c.await(w, outOfTime(func() { c.notDialled(h, d) }))
	}
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
			c.dialledBy(h, l)
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
		c.dialledBy(h, l)
	}
}

// notDialled: the phone said yes, or nothing, and there is no leg. It may still
// dial, so that the switch must not call it.
func (c *core) notDialled(h *handset, d *dialing) {
	if h.dialing != d || d.leg != nil {
		return
	}
	h.dialing = nil
	if d.blind {
		h.inVain(d.service)
	}
	c.cancel(d.timer)
	c.log.Info("a phone was asked for a call and has not dialled", "device", h.device, "number", d.number)
	d.fails()
	if d.call != "" && !d.failed && c.handsets.byID[h.id] == h {
		c.asks.ask(h.id, telephone.Request{Service: telephone.ClearConnection, Call: d.call}, func(telephone.Outcome, error) {})
	}
}

// dialingFailed: the phone tells that a call has ended. If the switch has not told
// of it yet, it may still have seen it.
func (c *core) dialingFailed(h *handset, call string) {
	if d := h.dialing; d != nil && d.call != "" && d.call == call && d.leg == nil {
		d.failed = true
		c.cancel(d.timer)
		d.timer = c.await(forDoubt, outOfTime(func() { c.notDialled(h, d) }))
	}
}

// causeOfDialling completes the service that a new calling leg comes of, if one
// does, and is the cause that the leg begins with.
func (c *core) causeOfDialling(l *leg) ecma.EventCause {
	c.foundAtPhone(l)
	if l.handset == nil {
		return ecma.CauseNewCall
	}
	h := l.handset.handset
	c.notAloneAnyMore(h)
	d := h.dialing
	if d == nil {
		return ecma.CauseNewCall
	}
	theirs := d.call != "" && l.handset.call != nil && l.handset.call.id == d.call
	if d.leg == nil && (theirs || l.Info.Dialled == d.number || d.agreed && l.handset.call == nil) {
		c.dialledBy(h, l)
	}
	if d.leg == l {
		return d.cause
	}
	return ecma.CauseNewCall
}

// dialledBy: the leg is what the phone was asked to dial.
func (c *core) dialledBy(h *handset, l *leg) {
	d := h.dialing
	if d == nil || d.leg != nil || l.call == nil {
		return
	}
	d.leg = l
	c.cancel(d.timer)
	d.begins(l)
	if d.answered {
		h.dialing = nil
		if d.call != "" && l.handset.call == nil {
			c.name(h, l, d.call)
		}
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
