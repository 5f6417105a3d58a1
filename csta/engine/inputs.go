package engine

import (
	"fmt"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// input is one thing that happens to the core, as data. Exactly one of the fields is
// meant; event.Kind != 0 says it is the event.
type input struct {
	event switching.Event
	req   *Request
	news  news
}

// news is what happens to the core beside events and requests, and more rarely.
type news interface{ take(*core) }

type (
	// started is the first input of an engine.
	started struct{}
	// operationEnded: the switch operation of that number has.
	operationEnded struct {
		number uint64
		out    switching.Outcome
		err    error
	}
	// phoneAnswered: the phone has that was asked with that number.
	phoneAnswered struct {
		number uint64
		out    telephone.Outcome
		err    error
	}
	// phonesTold are events of phones.
	phonesTold []telephone.Event
	// sessionOpened and sessionClosed are what a client's connection begins and
	// ends with.
	sessionOpened struct{ session Session }
	sessionClosed struct{ session Session }
	// registrationIgnored and trunksChanged are settings that the operator changed.
	registrationIgnored bool
	trunksChanged       switching.Trunks
	// featuresWanted: the operator asks for the features of a subscriber, or
	// changes one of them.
	featuresWanted struct {
		device string
		change *switching.FeatureChange
		// answer is told once.
		answer func(featuresFound)
	}
	// gapFound: switch events were lost.
	gapFound uint64
	// auditDue: the picture is to be compared with the switch.
	auditDue struct{}
	// clockRead ends the waits whose time has run out by core.now.
	clockRead struct{}
	// question is what somebody wants to know of the core, or how he wants to be told
	// of it. It changes nothing of what the core does.
	question func(*core)
)

// panicked is the error of an operation in which the backend, or of a request in which
// the phones' port panicked.
type panicked struct {
	what  string
	value any
	stack string
	// as is what it counts as; nil: an error like any other.
	as error
}

func (p *panicked) Error() string { return fmt.Sprintf("panic in %s: %v", p.what, p.value) }
func (p *panicked) Unwrap() error { return p.as }

func (started) take(c *core) {
	c.starting = true
	c.features.announce()
	c.comparison.resync("start")
}

func (in *operationEnded) take(c *core) {
	c.notePanic(in.err)
	c.ops.waiting.answered(in.number, in.out, in.err)
}

func (in *phoneAnswered) take(c *core) {
	c.notePanic(in.err)
	c.asks.waiting.answered(in.number, in.out, in.err)
}

// notePanic counts the panic of a backend, if that is what an error is.
func (o *office) notePanic(err error) {
	//nolint:errorlint // The port's own error, which nobody wraps.
	if p, is := err.(*panicked); is {
		o.counters.Panics++
		o.log.Error("panic in "+p.what, "panic", p.value, "stack", p.stack)
	}
}

func (in phonesTold) take(c *core) {
	for i := range in {
		c.handsets.phoneEvent(&in[i])
	}
}

func (in sessionOpened) take(c *core) { c.openSession(in.session) }
func (in sessionClosed) take(c *core) { c.closeSession(in.session) }

func (in registrationIgnored) take(c *core) { c.opts.IgnoreRegistration = bool(in) }
func (in trunksChanged) take(c *core)       { c.opts.Trunks = switching.Trunks(in) }

func (in *featuresWanted) take(c *core) { c.features.forOperator(in) }

func (in gapFound) take(c *core) { c.comparison.eventsLost(uint64(in)) }
func (auditDue) take(c *core) {
	c.comparison.audit()
	c.tellChangedDevices()
}
func (clockRead) take(c *core)   { c.expire() }
func (in question) take(c *core) { in(c) }

// step applies one input.
func (c *core) step(in *input) {
	if c.record != nil {
		c.record.input(c, in)
	}
	c.eventAt = in.event.At
	switch {
	case in.event.Kind != 0:
		c.counters.SwitchEvents++
		c.rules.switchEvent(&in.event)
	case in.req != nil:
		c.counters.Requests++
		if c.starting {
			c.early = append(c.early, in.req)
			return
		}
		c.request(in.req)
	case in.news != nil:
		in.news.take(c)
		if _, asks := in.news.(question); asks {
			// It is not recorded, so that nothing may come of it.
			return
		}
	}
	c.resumeReady()
}

// handle applies one input and keeps the switch's calls alive through a bug of ours: a
// panic is logged and counted, and the picture is rebuilt from the switch.
func (c *core) handle(in *input) {
	if !c.guard(func() { c.step(in) }) && in.req != nil {
		// Who asked would wait for ever.
		c.guard(func() { c.refuse(in.req, ecma.ErrOperationGeneric) })
	}
	if c.record != nil {
		c.record.lookForTrouble(c.counters.troubles(), c.now, c.dump)
	}
}
