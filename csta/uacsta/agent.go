package uacsta

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"mod_csta_socket/csta/ecma"
)

// Transport carries SIP messages. Its methods do not block.
type Transport interface {
	// Send sends a request. Its responses come by Agent.Response.
	Send(Request)
}

// Sink is told what the phones do. Its methods are called from one goroutine,
// in order, and must not block.
type Sink interface {
	// PhoneUp: the phone takes requests now.
	PhoneUp(Phone)
	// PhoneDown ends PhoneUp. Nothing that was known of the phone's calls holds
	// any more.
	PhoneDown(Phone)
	// PhoneEvent: the phone tells something of itself. All identifiers are the
	// phone's own.
	PhoneEvent(Phone, ecma.Event)
	// PhoneRequest: the phone asks for a service of its server, one of
	// Set/GetDoNotDisturb and Set/GetForwarding. answer takes the response or the
	// error value; it does not block, any goroutine may call it, and it counts
	// once. The phone, of which nothing else may have been told, waits no longer
	// than 2 s.
	PhoneRequest(p Phone, m ecma.Message, answer func(ecma.Message))
}

// Phone names a phone that is controlled.
type Phone struct {
	// ID is unique in the process.
	ID uint64
	// Device is the subscriber that it belongs to. Several phones may.
	Device string
	// Contact is where it takes its calls; zero for one that is controlled over a
	// CSTA line, whose contact is not that of the account it makes calls with.
	// Source is where it registered from.
	Contact, Source netip.AddrPort
	// Tells: it tells its events.
	Tells bool
}

// Options are the settings of an Agent.
type Options struct {
	// AfterMonitor keeps sessions only with phones whose device is monitored or
	// was asked for something.
	AfterMonitor bool
	// OpeningInterval is the time between two openings; 0 = the default, 20 ms.
	// After a restart of the switch all phones would get theirs at once
	// otherwise.
	OpeningInterval time.Duration
	// SettleTime is what a phone gets between its REGISTER and our OPTIONS; 0 =
	// the default, half a second: it waits for the 200 and for its next lines.
	SettleTime time.Duration
	// Ringers are the phones that rang at an opening in earlier lives of this
	// program. Remember is called with each new one, from the agent's goroutine;
	// nil = they are forgotten at the end.
	Ringers  []Ringer
	Remember func(Ringer)
	// Realms are those that the switch itself challenges with, as far as they are
	// known beforehand. A challenge with one of them is not a phone's own, and is
	// never answered.
	Realms []string
	// Notify has the switch send a NOTIFY to a phone that only the switch reaches.
	// It does not block. nil = such phones are out of reach.
	Notify func(Notice)
}

// Ringer is a phone that took a session for a call. It is never tried again, unless
// it gets other software.
type Ringer struct {
	// User and Domain are its address of record, UserAgent what it called itself;
	// "" if that was not known.
	User, Domain, UserAgent string
	// How it took it.
	Why string
}

const (
	// openingInterval lets 1,000 phones be reached in 20 s, with some 200 SIP
	// requests per second.
	openingInterval = 20 * time.Millisecond
	settleTime      = 500 * time.Millisecond
	// mostCatchUp is how many turns may come at once after a delay.
	mostCatchUp = 5
	// lingering is how long a session stays when nobody wants it any more
	// (uacsta-after-monitor).
	lingering = time.Minute
	// maxPhones bounds the phones of one subscriber.
	maxPhones = 16
	// inboxLimit bounds the inputs that wait: far more than one second's at any
	// load, so a full inbox means that something hangs.
	inboxLimit = 1 << 16
	// abandonedFor is how long a phone may repeat its 200 to an INVITE that was
	// given up (RFC 3261 13.3.1.4: 64 T1).
	abandonedFor = 32 * time.Second
)

// Agent controls all phones. Its methods may be called from any goroutine and
// do not wait, unless they take a context.
type Agent struct {
	opts      Options
	transport Transport
	sink      Sink
	log       *slog.Logger

	mu      sync.Mutex
	inbox   []func(now time.Time)
	dropped uint64
	closed  bool
	wake    chan struct{}
	done    chan struct{}

	acquaintance *acquaintance

	// All below belongs to the goroutine.
	clock     func() time.Time
	phones    map[string]*phone
	byDevice  map[string][]*phone
	byUser    map[string][]*phone
	byID      map[uint64]*phone
	byTx      map[uint64]*phone
	byCallID  map[string]*phone
	abandoned map[string]abandonedInvite
	// rang holds the phones that rang, by address of record.
	rang      ringers
	monitored map[string]bool
	// realms are the switch's, in lower case.
	realms     map[string]bool
	timers     timers
	queue      []*phone
	nextTurn   time.Time
	lastNumber uint64
	replies    map[uint64]func(Reply)
	answers    map[uint64]func(ecma.Message, error)
	counters   Counters
}

// Counters count since the start.
type Counters struct {
	// Opened, Lost, Refused and Rang count ends of attempts and of sessions.
	Opened, Lost, Refused, Rang uint64
	// Events were handed on, Ignored changed nothing, by kind.
	Events  uint64
	Ignored map[string]uint64
	// Asked and Unanswered count CSTA requests to phones, Served those of phones.
	Asked, Unanswered, Served uint64
	// Dropped counts inputs that found the inbox full, Panics bugs. Both should
	// be zero.
	Dropped, Panics uint64
}

// Strangers counts what a transport took from nobody's phones.
type Strangers struct {
	// Answered were answered without a trace, Refused turned away by the access
	// list, Limited were too many, Unreadable no SIP. Panics are bugs.
	Answered, Refused, Limited, Unreadable, Panics uint64
}

type abandonedInvite struct {
	line Line
	dialogue
	until time.Time
}

// phone is a registration with its session.
type phone struct {
	id   uint64
	reg  Registration
	line Line
	why  string
	// contact is Phone.Contact.
	contact netip.AddrPort
	s       *session
	// queued: it waits for its turn. index is its place in timers, -1 = none.
	queued  bool
	index   int
	due     time.Time
	readyAt time.Time
	// registeredUntil ends the registration if nobody tells that it ended.
	registeredUntil time.Time
	// callID is that of its INVITE.
	callID string
	// unwantedAt is when its session is closed for want of interest.
	unwantedAt time.Time
	// hosts are its addresses in the acquaintance.
	hosts []netip.Addr
	// superseded: the same phone has a line of its own with us.
	superseded bool
	gone       bool
	up         bool
}

// New makes an Agent. Start it.
func New(opts Options, transport Transport, sink Sink, log *slog.Logger) *Agent {
	if opts.OpeningInterval == 0 {
		opts.OpeningInterval = openingInterval
	}
	if opts.SettleTime == 0 {
		opts.SettleTime = settleTime
	}
	a := &Agent{
		opts: opts, transport: transport, sink: sink, log: log, clock: time.Now,
		wake: make(chan struct{}, 1), done: make(chan struct{}), acquaintance: newAcquaintance(),
		phones: map[string]*phone{}, byDevice: map[string][]*phone{}, byUser: map[string][]*phone{}, byID: map[uint64]*phone{}, byTx: map[uint64]*phone{}, byCallID: map[string]*phone{},
		abandoned: map[string]abandonedInvite{}, rang: ringers{of: map[string][]Ringer{}}, monitored: map[string]bool{}, realms: map[string]bool{},
		replies: map[uint64]func(Reply){}, answers: map[uint64]func(ecma.Message, error){},
		counters: Counters{Ignored: map[string]uint64{}},
	}
	for _, realm := range opts.Realms {
		a.realms[strings.ToLower(realm)] = true
	}
	for _, r := range opts.Ringers {
		a.rang.add(r)
	}
	return a
}

// Start begins to work.
func (a *Agent) Start() { go a.run() }

// Stop says good-bye to all phones and ends. The transport has to stay until
// it returns.
func (a *Agent) Stop(ctx context.Context) error {
	a.post(func(now time.Time) {
		for _, p := range a.phones {
			p.s.drop("the module is unloaded")
			a.act(now, p)
		}
		a.mu.Lock()
		a.closed = true
		a.mu.Unlock()
		for _, reply := range a.replies {
			reply(Reply{Status: statusServiceUnavailable})
		}
		for _, answer := range a.answers {
			answer(nil, ErrNoSession)
		}
		a.replies, a.answers = nil, nil
	})
	select {
	case <-a.done:
		return nil
	case <-ctx.Done():
		return errors.New("the uaCSTA agent does not end")
	}
}

// post hands an input to the goroutine. ok is false if it will not be looked at.
func (a *Agent) post(input func(now time.Time)) (ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	if len(a.inbox) >= inboxLimit {
		a.dropped++
		return false
	}
	a.inbox = append(a.inbox, input)
	select {
	case a.wake <- struct{}{}:
	default:
	}
	return true
}

func (a *Agent) run() {
	defer close(a.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var batch []func(time.Time)
	for {
		a.mu.Lock()
		batch, a.inbox = a.inbox, batch[:0]
		closed := a.closed
		a.mu.Unlock()
		for i, input := range batch {
			a.guarded(func() { input(a.clock()) })
			batch[i] = nil
		}
		if closed {
			return
		}
		a.guarded(func() { a.tick(a.clock()) })
		if len(batch) > 0 {
			continue
		}
		timer.Reset(a.untilNext(a.clock()))
		select {
		case <-a.wake:
		case <-timer.C:
		}
	}
}

// guarded keeps a bug in one session's control from ending that of all others.
func (a *Agent) guarded(f func()) {
	defer func() {
		if r := recover(); r != nil {
			a.counters.Panics++
			a.log.Error("uaCSTA: internal error", "panic", r, "stack", string(debug.Stack()))
		}
	}()
	f()
}

func (a *Agent) number() uint64 {
	a.lastNumber++
	return a.lastNumber
}

// Registered tells of a registration or its refresh.
func (a *Agent) Registered(r Registration) { a.post(func(now time.Time) { a.registered(now, r) }) }

// Unregistered ends a registration: by the same registrar and Call-ID, or by the
// same registrar, subscriber and contact.
func (a *Agent) Unregistered(r Registration) {
	a.post(func(now time.Time) {
		p := a.phones[r.key()]
		if p == nil {
			p = a.sameContact(&r)
		}
		if p != nil {
			a.remove(now, p, "it has unregistered")
			a.reconsider(now, p.reg.Device)
		}
	})
}

func (a *Agent) registered(now time.Time, r Registration) {
	line, why := lineOf(&r)
	if line.Way == BySwitch && a.opts.Notify == nil {
		line.Way = NoWay
	}
	key := r.key()
	p := a.phones[key]
	if p != nil && (p.reg.Contact != r.Contact || p.reg.Source != r.Source || p.reg.Device != r.Device || p.reg.User != r.User || p.reg.Mode != r.Mode) {
		// It moved. What it is told at its old place may reach it or not.
		a.remove(now, p, "it has moved")
		p = nil
	}
	if p == nil {
		if old := a.sameContact(&r); old != nil {
			a.remove(now, old, "it has started anew")
		}
		if r.Mode == Off {
			return
		}
		if len(a.byDevice[r.Device]) >= maxPhones {
			a.log.Warn("uaCSTA: the subscriber has too many phones; this one is not controlled", "device", r.Device, "contact", r.Contact)
			return
		}
		p = &phone{id: a.number(), index: -1}
		p.s = newSession(line, rand.Text, a.number)
		p.s.switchRealm = a.switchRealm
		a.phones[key], a.byID[p.id] = p, p
		a.byDevice[r.Device] = append(a.byDevice[r.Device], p)
		a.byUser[r.User] = append(a.byUser[r.User], p)
		p.readyAt = now.Add(a.opts.SettleTime)
	} else {
		if r.UserAgent == "" {
			r.UserAgent = p.reg.UserAgent
		}
		other := p.reg.UserAgent != r.UserAgent
		p.s.renewed(line, other)
		if other && p.s.state == Rang {
			p.reg = r
			if !a.rangBefore(p) {
				p.s.state = Idle
			}
		}
	}
	p.reg, p.line, p.why, p.contact = r, line, why, callContact(line)
	a.acquaintance.parted(p.hosts)
	p.hosts = hostsOf(p)
	a.acquaintance.met(p.hosts)
	p.registeredUntil = time.Time{}
	if r.Expires > 0 {
		p.registeredUntil = now.Add(r.Expires + grace(r.Registrar))
	}
	a.act(now, p)
	a.reconsider(now, r.Device)
}

// switchRealm tells whether a challenge's realm is one of the switch's.
func (a *Agent) switchRealm(realm string) bool { return a.realms[strings.ToLower(realm)] }

// grace is how long a registration that ran out is waited for. The switch tells
// that itself, so that this is for the case that the news got lost.
func grace(registrar string) time.Duration {
	if registrar == ownRegistrar {
		return 0
	}
	return time.Minute
}

// sameContact finds the phone that registered that contact before.
func (a *Agent) sameContact(r *Registration) *phone {
	for _, p := range a.byDevice[r.Device] {
		if p.reg.Registrar == r.Registrar && p.reg.User == r.User && p.reg.Domain == r.Domain && p.reg.Contact == r.Contact {
			return p
		}
	}
	return nil
}

func (a *Agent) remove(now time.Time, p *phone, why string) {
	p.gone, p.queued = true, false
	a.timers.remove(p)
	delete(a.phones, p.reg.key())
	delete(a.byID, p.id)
	without(a.byDevice, p.reg.Device, p)
	without(a.byUser, p.reg.User, p)
	a.acquaintance.parted(p.hosts)
	p.hosts = nil
	p.s.drop(why)
	a.act(now, p)
}

// without takes a phone out of an index.
func without(index map[string][]*phone, key string, p *phone) {
	kept := slices.DeleteFunc(index[key], func(other *phone) bool { return other == p })
	if len(kept) == 0 {
		delete(index, key)
	} else {
		index[key] = kept
	}
}

// Monitored tells whether anybody monitors a device.
func (a *Agent) Monitored(device string, on bool) {
	a.post(func(now time.Time) {
		if on {
			a.monitored[device] = true
		} else {
			delete(a.monitored, device)
		}
		a.reconsider(now, device)
	})
}

// reconsider opens and closes sessions with a device's phones according to who
// wants them and which ways there are.
func (a *Agent) reconsider(now time.Time, device string) {
	phones := a.byDevice[device]
	for _, p := range phones {
		p.superseded = false
		for _, other := range phones {
			if p.line.Way != OwnLine && other.line.Way == OwnLine && other.reg.Source.Addr() == p.reg.Source.Addr() {
				p.superseded = true
			}
		}
		a.want(now, p, a.wanted(p))
	}
}

func (a *Agent) wanted(p *phone) bool { return !a.opts.AfterMonitor || a.monitored[p.reg.Device] }

// want begins or ends the control of a phone.
func (a *Agent) want(now time.Time, p *phone, wanted bool) {
	switch {
	case p.gone:
	case p.superseded:
		p.s.close("the phone has a CSTA line of its own registered with us")
		a.act(now, p)
	case p.line.Way == NoWay || a.rangBefore(p):
	case !wanted && p.s.state == Idle && p.unwantedAt.IsZero():
		p.readyAt, p.queued = time.Time{}, false
		a.schedule(p)
	case !wanted:
		if p.unwantedAt.IsZero() {
			p.unwantedAt = now.Add(lingering)
		}
		a.schedule(p)
	default:
		p.unwantedAt = time.Time{}
		if p.s.state == Idle && !p.queued && p.readyAt.IsZero() {
			p.readyAt = now
		}
		a.schedule(p)
	}
}

func addressOfRecord(user, domain string) string { return user + "@" + domain }

// rangBefore tells whether a phone must not be tried again. One with other
// software is another phone; what is not known to be other is the same.
func (a *Agent) rangBefore(p *phone) bool {
	for _, r := range a.rang.of[addressOfRecord(p.reg.User, p.reg.Domain)] {
		if r.UserAgent != p.reg.UserAgent && r.UserAgent != "" && p.reg.UserAgent != "" {
			continue
		}
		if p.s.state != Rang {
			p.s.set(Rang, r.Why)
			p.s.take()
			p.readyAt = time.Time{}
			a.schedule(p)
		}
		return true
	}
	return false
}

// remember keeps a phone that rang from being tried again.
func (a *Agent) remember(p *phone) {
	r := Ringer{p.reg.User, p.reg.Domain, p.reg.UserAgent, p.s.why}
	if !a.rang.add(r) {
		a.log.Warn("uaCSTA: too many phones rang, this one may be tried again when it registers anew", "device", p.reg.Device)
		return
	}
	if a.opts.Remember != nil {
		a.opts.Remember(r)
	}
}

// enqueue lets a phone wait for its turn to be opened.
func (a *Agent) enqueue(p *phone) {
	if !p.queued && !p.gone {
		p.queued = true
		a.queue = append(a.queue, p)
	}
}

// turns opens the sessions whose turn has come.
func (a *Agent) turns(now time.Time) {
	for len(a.queue) > 0 && !now.Before(a.nextTurn) {
		p := a.queue[0]
		a.queue = a.queue[1:]
		if !p.queued || p.gone {
			continue
		}
		p.queued = false
		if p.superseded || p.line.Way == NoWay || !a.wanted(p) && p.unwantedAt.IsZero() || a.rangBefore(p) {
			continue
		}
		// A turn that came late does not delay those after it, within limits.
		a.nextTurn = a.nextTurn.Add(a.opts.OpeningInterval)
		if earliest := now.Add(-mostCatchUp * a.opts.OpeningInterval); a.nextTurn.Before(earliest) {
			a.nextTurn = earliest
		}
		p.s.open(now)
		a.act(now, p)
	}
	if len(a.queue) == 0 {
		a.queue = nil
	}
}

// tick does what is due.
func (a *Agent) tick(now time.Time) {
	for {
		p := a.timers.first()
		if p == nil || now.Before(p.due) {
			break
		}
		if reached(p.readyAt, now) {
			p.readyAt = time.Time{}
			if a.wanted(p) || !p.unwantedAt.IsZero() {
				a.enqueue(p)
			}
		}
		if reached(p.registeredUntil, now) {
			a.remove(now, p, "its registration has run out")
			a.reconsider(now, p.reg.Device)
			continue
		}
		if reached(p.unwantedAt, now) {
			p.unwantedAt = time.Time{}
			p.s.close("nobody monitors the device")
		}
		p.s.tick(now)
		a.act(now, p)
	}
	a.turns(now)
	for id, old := range a.abandoned {
		if !now.Before(old.until) {
			delete(a.abandoned, id)
		}
	}
}

func (a *Agent) untilNext(now time.Time) time.Duration {
	next := now.Add(time.Minute)
	if p := a.timers.first(); p != nil && p.due.Before(next) {
		next = p.due
	}
	if len(a.queue) > 0 && a.nextTurn.Before(next) {
		next = a.nextTurn
	}
	return max(0, next.Sub(now))
}

func (a *Agent) schedule(p *phone) {
	due := p.s.due()
	for _, t := range [...]time.Time{p.readyAt, p.unwantedAt, p.registeredUntil} {
		if !t.IsZero() && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	a.timers.set(p, due)
}

// act carries out what a session wants done.
func (a *Agent) act(now time.Time, p *phone) {
	for _, action := range p.s.take() {
		switch d := action.(type) {
		case doSend:
			if d.Tx != 0 && d.Method != methodCancel {
				a.byTx[d.Tx] = p
			}
			if d.Method == methodInvite && d.CallID != p.callID {
				a.endDialogue(p)
				p.callID = d.CallID
				a.byCallID[d.CallID] = p
				a.acquaintance.began(d.CallID, d.Destination.Addr().Unmap())
			}
			a.transport.Send(d.Request)
		case doNotify:
			a.opts.Notify(d.Notice)
		case doReply:
			if reply := a.replies[d.Number]; reply != nil {
				delete(a.replies, d.Number)
				reply(d.Reply)
			}
		case doServe:
			if reply := a.replies[d.Number]; reply != nil {
				delete(a.replies, d.Number)
				a.serve(p, d.Message, reply)
			}
		case doAnswer:
			if d.Err != nil {
				a.counters.Unanswered++
			}
			if answer := a.answers[d.Ask]; answer != nil {
				delete(a.answers, d.Ask)
				answer(d.Message, d.Err)
			}
		case doReport:
			a.counters.Events++
			a.sink.PhoneEvent(p.name(), d.Event)
		case doReady:
			a.enqueue(p)
		case doState:
			a.changed(p, d)
		case doWarn:
			a.log.Warn(d.Text)
		case doCount:
			a.counters.Ignored[ignoredNames[d.What]]++
		}
	}
	if !p.gone {
		a.schedule(p)
	}
}

// endDialogue forgets the Call-ID of a phone's session.
func (a *Agent) endDialogue(p *phone) {
	delete(a.byCallID, p.callID)
	a.acquaintance.ended(p.callID)
	p.callID = ""
}

func (p *phone) name() Phone {
	return Phone{ID: p.id, Device: p.reg.Device, Contact: p.contact, Source: p.reg.Source, Tells: p.s.monitor != ""}
}

func (a *Agent) changed(p *phone, d doState) {
	if d.New == Idle || d.New == Waiting || d.New == Refused || d.New == Rang {
		a.endDialogue(p)
	}
	switch d.New {
	case Open:
		a.counters.Opened++
		p.up = true
		a.log.Info("uaCSTA: the phone is controlled", "device", p.reg.Device, "phone", p.reg.UserAgent, "way", p.line.Way.String(), "lacking", p.s.why)
		a.sink.PhoneUp(p.name())
		return
	case Rang:
		a.counters.Rang++
		a.remember(p)
	case Refused:
		a.counters.Refused++
		a.log.Info("uaCSTA: the phone cannot be controlled", "device", p.reg.Device, "phone", p.reg.UserAgent, "reason", p.s.why)
	case Waiting:
		a.counters.Lost++
	}
	if p.up && d.New != Open && d.New != Starting {
		p.up = false
		a.sink.PhoneDown(p.name())
	}
}

// Response takes what came back for a Request of Transport.Send: provisional
// responses, and one final one or none in time.
func (a *Agent) Response(r Response) {
	a.post(func(now time.Time) {
		if r.Tx == 0 {
			a.stray(now, r)
			return
		}
		p := a.byTx[r.Tx]
		if p == nil {
			return
		}
		if r.Status == 0 || r.Status >= 200 {
			delete(a.byTx, r.Tx)
		}
		if r.Status == 0 && p.s.flight.purpose == forInvite && p.s.flight.request.Tx == r.Tx {
			a.abandoned[p.s.callID] = abandonedInvite{line: p.line, dialogue: p.s.dialogue, until: now.Add(abandonedFor)}
		}
		p.s.response(now, r)
		a.act(now, p)
	})
}

// stray takes a repeated 200 to an INVITE: its ACK was lost, or the INVITE had
// been given up when the phone answered at last; then it has to be ended.
func (a *Agent) stray(now time.Time, r Response) {
	if p := a.byCallID[r.CallID]; p != nil && p.s.callID == r.CallID && p.s.up {
		p.s.response(now, r)
		a.act(now, p)
		return
	}
	old, known := a.abandoned[r.CallID]
	if !known || r.CSeq != old.inviteCSeq {
		return
	}
	delete(a.abandoned, r.CallID)
	s := newSession(old.line, rand.Text, a.number)
	s.dialogue = old.dialogue
	s.learn(r)
	s.acknowledge()
	s.bye()
	for _, action := range s.take() {
		if send, ok := action.(doSend); ok {
			a.transport.Send(send.Request)
		}
	}
}

// Incoming takes a request of a phone. reply is called at most once, soon, from any
// goroutine; it must not block.
func (a *Agent) Incoming(in Incoming, reply func(Reply)) {
	ok := a.post(func(now time.Time) {
		p := a.byCallID[in.CallID]
		if p == nil && a.notified(in, reply) {
			return
		}
		if p == nil || in.ToTag == "" {
			a.counters.Ignored[ignoredNames[forged]]++
			reply(Reply{Status: statusNoDialogue})
			return
		}
		number := a.number()
		a.replies[number] = reply
		p.s.incoming(now, number, in)
		a.act(now, p)
	})
	if !ok {
		reply(Reply{Status: statusServiceUnavailable})
	}
}

// Ask asks a service of a phone and waits for its response, at most until ctx
// ends; ctx without a deadline means 4 s. build is called, in another goroutine,
// when the phone is free; it gets what the phone wants to be called. The message is
// nil if it was sent and no answer can be heard: of an event, or with the way
// BySwitch. The error
// is a phone's own refusal (*ecma.Error, *StatusError) or one of this package.
func (a *Agent) Ask(ctx context.Context, phoneID uint64, build func(self ecma.DeviceID) ecma.Message) (ecma.Message, error) {
	type result struct {
		m   ecma.Message
		err error
	}
	done := make(chan result, 1)
	deadline, limited := ctx.Deadline()
	ok := a.post(func(now time.Time) {
		if !limited {
			deadline = now.Add(answerTime)
		}
		a.counters.Asked++
		p := a.byID[phoneID]
		if p == nil {
			done <- result{nil, ErrNoSession}
			return
		}
		number := a.number()
		a.answers[number] = func(m ecma.Message, err error) { done <- result{m, err} }
		p.s.ask(now, ask{number: number, build: build, deadline: deadline})
		a.act(now, p)
	})
	if !ok {
		return nil, ErrNoSession
	}
	select {
	case r := <-done:
		return r.m, r.err
	case <-ctx.Done():
		return nil, ErrSilent
	}
}

// Wake begins the control of a device's phones although nobody monitors it
// (Options.AfterMonitor): somebody wants a service. It ends after a minute.
func (a *Agent) Wake(device string) {
	a.post(func(now time.Time) {
		for _, p := range a.byDevice[device] {
			if a.wanted(p) || p.superseded || p.line.Way == NoWay || a.rangBefore(p) {
				continue
			}
			p.unwantedAt = now.Add(lingering)
			if p.s.state == Idle && !p.queued {
				p.readyAt = now
			}
			a.schedule(p)
		}
	})
}

// PhoneStatus is the state of one registered phone.
type PhoneStatus struct {
	ID        uint64
	Device    string
	UserAgent string
	Contact   string
	Source    netip.AddrPort
	Mode      Mode
	Way       Way
	Transport string
	State     State
	// Queued: its turn to be opened has not come.
	Queued bool
	// Since is when the session was opened; zero if it is not open.
	Since time.Time
	// Retry is when it will be tried again; zero = not.
	Retry time.Time
	// Why says why it is not controlled, or what is missing; WayWhy why it is
	// not reached in a better way.
	Why, WayWhy string
	// Lacking are the services that the phone refused to know.
	Lacking []string
}

// Phones lists the phones of a device; of all devices if it is "".
func (a *Agent) Phones(ctx context.Context, device string) ([]PhoneStatus, error) {
	var list []PhoneStatus
	err := a.look(ctx, func() {
		if device != "" {
			for _, p := range a.byDevice[device] {
				list = append(list, p.status())
			}
			return
		}
		for _, p := range a.phones {
			list = append(list, p.status())
		}
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b PhoneStatus) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

func (p *phone) status() PhoneStatus {
	st := PhoneStatus{
		ID: p.id, Device: p.reg.Device, UserAgent: p.reg.UserAgent, Contact: p.line.Target, Source: p.reg.Source,
		Mode: p.reg.Mode, Way: p.line.Way, Transport: p.line.Transport, State: p.s.state, Queued: p.queued || !p.readyAt.IsZero(),
		Since: p.s.openedAt, Retry: p.s.retryAt, Why: p.s.why, WayWhy: p.why, Lacking: slices.Sorted(maps.Keys(p.s.lacking)),
	}
	if p.superseded {
		st.Why = "the phone has a CSTA line of its own registered with us"
	}
	return st
}

// Counters returns the counters.
func (a *Agent) Counters(ctx context.Context) (Counters, error) {
	var c Counters
	err := a.look(ctx, func() {
		c = a.counters
		c.Ignored = maps.Clone(c.Ignored)
	})
	if err != nil {
		return Counters{}, err
	}
	if n := a.acquaintance.forged.Load(); n > 0 {
		c.Ignored[ignoredNames[forged]] += n
	}
	a.mu.Lock()
	c.Dropped = a.dropped
	a.mu.Unlock()
	return c, nil
}

// look runs f in the goroutine and waits for it.
func (a *Agent) look(ctx context.Context, f func()) error {
	done := make(chan struct{})
	if !a.post(func(time.Time) { f(); close(done) }) {
		return errors.New("the uaCSTA agent is stopped")
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
