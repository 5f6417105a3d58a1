package engine

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// Options are the engine's settings. Zero values mean the defaults named.
type Options struct {
	// DefaultDomain is stripped from device identifiers; empty strips none.
	DefaultDomain string
	// IgnoreRegistration takes subscribers' service state from registration
	// events only (check-device-state-in-db=0).
	IgnoreRegistration bool
	// CallNumbers has clients know calls by numbers, not by UUIDs.
	CallNumbers bool
	// Trunks are the trunk addresses that clients may call past the dialplan.
	Trunks switching.Trunks
	// TraceDigits shows digits and codes in the traces of devices.
	TraceDigits bool
	// PromptTimeout bounds how long the calling device of a MakeCall is
	// prompted; default 60 s.
	PromptTimeout time.Duration
	// AnswerTimeout bounds how long AnswerCall waits for the phone it asked;
	// default 4 s.
	AnswerTimeout time.Duration
	// SettleTime is how long services wait that move a leg which has just been
	// answered or joined; default 100 ms. The switch tells of either a moment
	// before its threads are done with it.
	SettleTime time.Duration
	// SystemStatusTimer is the interval of the sessions' heartbeat, which capability
	// exchange tells; 0: there is none.
	SystemStatusTimer time.Duration
	// AuditInterval is the time between audits against the switch's own list
	// of legs; default one minute.
	AuditInterval time.Duration
	// Phones are the telephones that let themselves be asked for services; nil
	// if the switch does everything.
	Phones telephone.Phones
	// Recording bounds the bytes that are kept of the last inputs; 0: nothing is.
	Recording int
	// RecordPrivate leaves in what is written of them what may be a PIN, and what
	// applications attach to calls.
	RecordPrivate bool
	// Source is where the loop takes the switch's events from; nil: they come by
	// Engine.Events.
	Source Source
	// Dumps takes what is written of them; nil: nobody does. Version is the
	// program's, for whoever reads it.
	Dumps   Dumps
	Version string
	// Features are those that subscribers have set when the engine starts, by
	// device; FeatureStore hears of changes, nil: nobody does.
	Features     map[string]switching.Features
	FeatureStore FeatureStore
}

const (
	defaultPromptTimeout = 60 * time.Second
	defaultAnswerTimeout = 4 * time.Second
	defaultSettleTime    = 100 * time.Millisecond
	defaultAuditInterval = time.Minute

	// maxPendingEvents bounds the switch events that wait for the engine; more
	// are dropped and a resync is made, so that memory stays bounded.
	maxPendingEvents = 1 << 17
	// flushEvery bounds how many inputs are handled before the sessions'
	// frames go out, so that a burst does not delay its first frames.
	flushEvery = 64
	// dumpInterval is the least time between two recordings that are written because
	// of the same trouble: the first shows how it began.
	dumpInterval = 10 * time.Minute
	// membershipTime is after what time the directory is asked again who is in a group,
	// membershipRetry the same when it did not answer.
	membershipTime  = 5 * time.Minute
	membershipRetry = 10 * time.Second
)

// New makes an engine on a switch. Start starts it.
func New(opts Options, sw switching.Switch, log *slog.Logger) *Engine {
	if opts.PromptTimeout == 0 {
		opts.PromptTimeout = defaultPromptTimeout
	}
	if opts.AnswerTimeout == 0 {
		opts.AnswerTimeout = defaultAnswerTimeout
	}
	if opts.SettleTime == 0 {
		opts.SettleTime = defaultSettleTime
	}
	if opts.AuditInterval == 0 {
		opts.AuditInterval = defaultAuditInterval
	}
	e := &Engine{
		log:    log,
		source: opts.Source,
		done:   make(chan struct{}),

		epoch: time.Now(),
	}
	if e.source == nil {
		e.source = newAlarm()
	}
	e.ops = newRunner(sw, func(end *operationEnded) { e.post(input{news: end}) })
	e.core = newCore(opts, e.ops, log)
	e.core.features.restore(opts.Features)
	e.asks = newInquiries(opts.Phones, func(answer *phoneAnswered) { e.post(input{news: answer}) })
	e.core.asks.by = e.asks
	e.core.dump = e.dumpTrouble
	if opts.Recording > 0 {
		e.core.keepRecord(newRecorder(opts.Recording))
	}
	return e
}

// Start begins work with a snapshot of the switch.
func (e *Engine) Start() {
	e.started = true
	go e.run()
	e.post(input{news: started{}})
}

// Stop ends the engine and waits for its goroutine and its workers, as long as
// ctx allows. Pending originates are cancelled. It is called once, after Start.
func (e *Engine) Stop(ctx context.Context) error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.source.Interrupt()
	if !e.started {
		return nil
	}
	select {
	case <-e.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return errors.Join(e.ops.close(ctx), e.asks.close(ctx), e.writing.wait(ctx))
}

// Events implements switching.Sink.
func (e *Engine) Events(batch []switching.Event) {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return
	}
	for i := range batch {
		if e.pending >= maxPendingEvents {
			e.lost += uint64(len(batch) - i)
			break
		}
		e.pending++
		e.inbox = append(e.inbox, input{event: batch[i]})
	}
	e.wakeUnlock()
}

// Phones implements telephone.Sink.
func (e *Engine) Phones(batch []telephone.Event) {
	batch = append([]telephone.Event(nil), batch...)
	e.mu.Lock()
	if e.closed || e.pending+len(batch) > maxPendingEvents {
		// They are hints; the switch's events come first.
		e.mu.Unlock()
		return
	}
	e.pending += len(batch)
	e.inbox = append(e.inbox, input{news: phonesTold(batch)})
	e.wakeUnlock()
}

// OpenSession tells the engine of a new session.
func (e *Engine) OpenSession(s Session) {
	e.post(input{news: sessionOpened{s}})
}

// CloseSession ends the session's monitors. The engine makes no call to the
// session after the inputs before this one are done.
func (e *Engine) CloseSession(s Session) {
	e.post(input{news: sessionClosed{s}})
}

// Grant says what a session may do from now on; nil: everything. What it may no longer
// have ends, and its client is told.
func (e *Engine) Grant(s Session, g *applications.Grant) {
	e.post(input{news: sessionGranted{s, g}})
}

// SetIgnoreRegistration changes Options.IgnoreRegistration.
func (e *Engine) SetIgnoreRegistration(ignore bool) {
	e.post(input{news: registrationIgnored(ignore)})
}

// SetTrunks changes Options.Trunks.
func (e *Engine) SetTrunks(t switching.Trunks) {
	e.post(input{news: trunksChanged(t)})
}

// SetSystemStatusTimer changes Options.SystemStatusTimer.
func (e *Engine) SetSystemStatusTimer(interval time.Duration) {
	e.post(input{news: question(func(c *core) { c.opts.SystemStatusTimer = interval })})
}

// DirectoryChanged tells the engine that the switch may know other subscribers now.
func (e *Engine) DirectoryChanged() {
	e.post(input{news: question(func(c *core) { c.roster.directoryChanged() })})
}

// SetTraceDigits changes Options.TraceDigits.
func (e *Engine) SetTraceDigits(show bool) {
	e.post(input{news: question(func(c *core) { c.opts.TraceDigits = show })})
}

// Request hands a client's request to the engine.
func (e *Engine) Request(r Request) { e.post(input{req: &r}) }

// Status returns a picture of the engine, taken between two inputs.
func (e *Engine) Status(ctx context.Context) (Status, error) {
	st, err := ask(ctx, e, (*core).status)
	st.sort()
	return st, err
}

// run is the single writer. It waits where the switch's events come from, so that one
// wake-up brings an event from the switch to the sockets.
func (e *Engine) run() {
	defer close(e.done)
	var batch []input
	audit := time.Now().Add(e.core.opts.AuditInterval)
	for {
		var lost uint64
		e.mu.Lock()
		if e.closed {
			e.mu.Unlock()
			return
		}
		batch, e.inbox = e.inbox, batch[:0]
		e.pending = 0
		lost, e.lost = e.lost, 0
		e.mu.Unlock()
		// What was posted, was posted after the events that are taken now, or
		// beside them: whoever has seen an event comes behind it.
		if !e.take() {
			lost++
		}
		now := time.Now()
		due := !now.Before(audit)
		if len(e.events) == 0 && len(batch) == 0 && lost == 0 && !due && !e.core.timers.due(now) {
			e.sleep(audit)
			continue
		}
		e.core.now = now
		if due {
			audit = e.core.now.Add(e.core.opts.AuditInterval)
			e.core.handle(&input{news: auditDue{}})
		}
		// What has happened comes before what was waited for in vain: the
		// engine may be late.
		e.handle(batch)
		e.core.handle(&input{news: clockRead{}})
		if lost > 0 {
			e.core.handle(&input{news: gapFound(lost)})
		}
		e.core.flush()
		// Who has become ready meanwhile has its turn before the next batch: there may
		// be one processor for all of Go.
		runtime.Gosched()
	}
}

// take takes the events that are there; false: there was a panic, which costs them.
func (e *Engine) take() (whole bool) {
	e.events = e.events[:0]
	return e.core.guard(func() { e.events = e.source.Take(e.events) })
}

// sleep waits until there is something to do, at the latest until the audit.
func (e *Engine) sleep(audit time.Time) {
	until := audit
	if at, ok := e.core.timers.first(); ok && at.Before(until) {
		until = at
	}
	e.mu.Lock()
	if len(e.inbox) > 0 || e.closed {
		e.mu.Unlock()
		return
	}
	e.asleep = true
	e.mu.Unlock()
	e.source.Wait(until)
	e.mu.Lock()
	e.asleep = false
	e.mu.Unlock()
}

// handle applies the events that were taken, then a batch of inputs, and measures each.
func (e *Engine) handle(batch []input) {
	c := e.core
	c.measured.deepest = max(c.measured.deepest, len(e.events)+len(batch))
	at := time.Since(e.epoch)
	done := 0
	one := func(in *input) {
		c.handle(in)
		now := time.Since(e.epoch)
		c.measured.handled(in, now-at)
		at = now
		if done++; done%flushEvery == 0 {
			c.flush()
			at = time.Since(e.epoch)
		}
		*in = input{}
	}
	for i := range e.events {
		e.event.event = e.events[i]
		e.events[i] = switching.Event{}
		one(&e.event)
	}
	for i := range batch {
		one(&batch[i])
	}
}
