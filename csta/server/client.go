package server

import (
	"errors"
	"net/netip"
	"sync"
	"time"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/association"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

// client is a client as the engine knows it: its association, whatever connection it has.
// Without an application session it lives and dies with its connection; with one it waits
// for the client to come back on another (association.State). What is sent to it of our own
// accord is kept for that, answers are not: whoever lost the connection counts his requests
// as lost.
//
// Locks: granting before mu; mu before those of session and of its out, which are never
// held when mu is taken.
type client struct {
	srv *Server

	// granting is held while it is decided what the client may do: opened tells that the
	// engine knows it, granted what it was told last. certificate and peer are those of its
	// last connection.
	granting    sync.Mutex
	opened      bool
	granted     *applications.Grant
	login       login
	certificate string
	peer        netip.Addr

	mu          sync.Mutex
	association association.Association
	// line is its connection; nil: it has none.
	line *session
	// number and label are those of its last connection, since is when that went.
	number uint64
	label  string
	since  time.Time
	// edition is the namespace that it used last on a connection that it has no more.
	edition ecma.Edition
	// numbered: its messages say their numbers and times. counts: it is an application
	// whose messages always do.
	numbered, counts bool

	registered []registration
	lease      lease
	// entry is its place in the book while it has an application session.
	entry *association.Entry[*client]
	// of is whose the application session is, delay how long it is kept without a
	// connection; wanted: the client said so.
	of     owner
	delay  time.Duration
	wanted bool
	// expiry ends it then.
	expiry *time.Timer
	// taken are the application sessions whose monitors it has taken over.
	taken []string
	// scratch is where a message is encoded that is kept.
	scratch []byte

	// arrival is taken by who comes back to it: one after the other, and the next one not
	// before rests, which belongs to who has it.
	arrival chan struct{}
	rests   time.Time
}

// owner is whose an application session is: nobody else may have it back.
type owner struct {
	// application is the name of the application that has proven to be it, user and name
	// what it said without proof, where there are no applications.
	application, user, name string
}

func newClient(s *session) *client {
	return &client{
		srv: s.srv, line: s, number: s.id, label: s.label, edition: DefaultEdition,
		arrival: make(chan struct{}, 1),
	}
}

// connection is what the client is connected by; nil: it is not.
func (c *client) connection() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.line
}

// Label implements engine.Session.
func (c *client) Label() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.label
}

// Yields implements engine.Ordered.
func (c *client) Yields(invoke uint16) bool {
	s := c.connection()
	return s != nil && s.yields(invoke)
}

// Serves implements engine.Serving.
func (c *client) Serves() []string { return ownParts }

// Numbered implements engine.Numbered.
func (c *client) Numbered() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.numbered
}

// Room implements engine.Roomy. Lists do not go on while there is nobody to read them.
func (c *client) Room() int {
	if s := c.connection(); s != nil {
		return s.srv.limits.queued - s.out.queued()
	}
	return 0
}

// Respond implements engine.Session. Nobody waits for an answer to a request of a
// connection that has gone.
func (c *client) Respond(invoke uint16, ed ecma.Edition, m ecma.Message) {
	if s := c.connection(); s != nil {
		s.respond(invoke, ed, m)
	}
}

// Notify implements engine.Session.
func (c *client) Notify(t *ecma.Template, monitorCrossRefID string, local ecma.LocalConnectionState) {
	c.mu.Lock()
	s, sec := c.line, c.next()
	if !c.association.State().Keeps() {
		c.mu.Unlock()
		if s != nil {
			s.notify(t, monitorCrossRefID, local, sec)
		}
		return
	}
	c.scratch = t.AppendSecured(c.scratch[:0], monitorCrossRefID, local, sec)
	c.keep(s, false, "event")
}

// Request implements engine.Session.
func (c *client) Request(ed ecma.Edition, m ecma.Message) {
	c.mu.Lock()
	s, sec := c.line, c.next()
	if !c.association.State().Keeps() {
		c.mu.Unlock()
		if s != nil {
			s.request(ed, m, sec)
		}
		return
	}
	c.scratch = ecma.AppendSecured(c.scratch[:0], ed, m, sec)
	c.keep(s, true, m.Element())
}

// next is what the next message says of itself; c.mu is held.
func (c *client) next() ecma.Security {
	number := c.association.Next()
	if !c.numbered {
		return ecma.Security{}
	}
	return ecma.Security{Number: number, At: time.Now()}
}

// keep keeps the message in c.scratch, and queues it if the client is connected. It unlocks
// c.mu.
func (c *client) keep(s *session, request bool, element string) {
	if cap(c.scratch) > keptBuffer {
		defer func() { c.scratch = nil }()
	}
	if len(c.scratch) > wire.MaxSentBody {
		c.association.Retract()
		c.mu.Unlock()
		c.srv.log.Error("message does not fit into a frame and is dropped", "element", element)
		return
	}
	if s == nil {
		c.association.Keep(request, c.scratch, never)
		entry, bytes := c.entry, c.association.Kept()
		c.mu.Unlock()
		if loses := c.srv.book.Takes(entry, bytes); loses != nil {
			loses.Of.loses()
		}
		return
	}
	end, err := s.queue(request, c.scratch)
	c.association.Keep(request, c.scratch, end)
	c.association.Trim(s.bounds)
	c.mu.Unlock()
	s.unsent(err, element)
}

// bounds are those of what is kept for the client of a connection.
func (s *session) bounds() association.Bounds {
	book := s.srv.book
	return association.Bounds{Acknowledged: s.acknowledged(), Recent: book.Recent(), Most: book.Limits().One()}
}

// Flush implements engine.Session.
func (c *client) Flush() {
	if s := c.connection(); s != nil {
		s.Flush()
	}
}

// Since implements engine.Timed.
func (c *client) Since(at int64) {
	if s := c.connection(); s != nil {
		s.out.event(at)
	}
}

// spokenEdition is the namespace that the client uses.
func (c *client) spokenEdition() ecma.Edition {
	c.mu.Lock()
	s, ed := c.line, c.edition
	c.mu.Unlock()
	if s != nil {
		return s.spokenEdition()
	}
	return ed
}

// parts is called when a connection has gone: the association waits for the client, or ends
// with it.
func (c *client) parts(s *session, why error) {
	acknowledged := s.acknowledgedInTime(c)
	c.mu.Lock()
	if c.line != s {
		c.mu.Unlock()
		return
	}
	c.edition = s.spokenEdition()
	c.line, c.since = nil, time.Now()
	c.stopLease()
	if !c.waits(why) || c.srv.isStopping() {
		c.mu.Unlock()
		c.ends()
		return
	}
	c.association.Part(acknowledged)
	c.scratch = nil
	// What has not come will not come any more: it would come twice.
	s.reset()
	delay, entry, bytes := c.delay, c.entry, c.association.Kept()
	c.expiry = time.AfterFunc(delay, c.expires)
	// The engine hears of the two in the order in which they come, as c.mu is held.
	c.srv.engine.Part(c)
	c.mu.Unlock()
	c.srv.counters.parted.Add(1)
	c.srv.log.Info("CSTA association waits for its client", "session", s.label, "for", delay)
	if yields := c.srv.book.Parted(entry, s.origin(), bytes); yields != nil {
		c.srv.log.Warn("CSTA association gives way to one that has waited for less", "session", yields.Of.Label())
		yields.Of.ends()
	}
	if loses := c.srv.book.Takes(entry, bytes); loses != nil {
		loses.Of.loses()
	}
}

// acknowledgedInTime is what the client's host has acknowledged when it has had the time for
// it, if anybody wants to know.
func (s *session) acknowledgedInTime(c *client) uint64 {
	if !c.outlasts() {
		return 0
	}
	until := time.Now().Add(ackTime)
	for {
		acknowledged := s.acknowledged()
		if acknowledged == s.bytesOut.Load() || time.Now().After(until) {
			return acknowledged
		}
		// The system tells nobody when it comes.
		time.Sleep(ackPause)
	}
}

// outlasts tells whether the association would outlive its connection.
func (c *client) outlasts() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waits(nil)
}

// waits tells whether the association outlives its connection, which has gone for a reason;
// c.mu is held.
func (c *client) waits(why error) bool {
	return c.association.State() == association.Attached && c.delay > 0 && outlives(why)
}

// expires is called when nobody has come back in time.
func (c *client) expires() {
	defer c.srv.recovered("association's timer", func() {})
	c.mu.Lock()
	alone := c.association.State().Alone()
	c.mu.Unlock()
	if alone {
		c.srv.counters.expired.Add(1)
		c.ends()
	}
}

// loses gives up what is kept for the client: there is too much of it.
func (c *client) loses() {
	c.mu.Lock()
	lost := c.association.State() == association.Waiting
	if lost {
		c.association.Lose()
	}
	entry, label := c.entry, c.label
	c.mu.Unlock()
	if !lost {
		return
	}
	c.srv.book.Takes(entry, 0)
	c.srv.counters.overflown.Add(1)
	c.srv.log.Warn("CSTA association can't be resumed: more has happened than is kept for its client", "session", label)
}

// ends is the end of an association that has no connection. A second time it does nothing.
func (c *client) ends() {
	if c.finishes() {
		c.srv.engine.CloseSession(c)
	}
}

// finishes is ends for who tells the engine himself; false if it has come to its end before,
// or has a connection.
func (c *client) finishes() bool {
	c.mu.Lock()
	if c.line != nil || c.association.State() == association.Ended {
		c.mu.Unlock()
		return false
	}
	c.association.End()
	if c.expiry != nil {
		c.expiry.Stop()
	}
	entry := c.entry
	c.mu.Unlock()
	if entry != nil {
		c.srv.book.Strike(entry)
	}
	return true
}

// attach makes a connection that of the client, which comes back: the answer that it waits
// for first, then what it has missed. False: one of them has gone meanwhile, or what is kept
// is not enough.
func (c *client) attach(s *session, r association.Resumption, answer func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.association.State() != association.Waiting || !c.association.Complete(r) || !s.becomes(c) {
		return false
	}
	c.expiry.Stop()
	c.srv.book.Rejoined(c.entry)
	c.line = s
	c.number, c.label = s.id, s.label
	c.srv.engine.Rejoin(c)
	answer()
	s.out.allow(c.association.Kept() + c.association.Missed(r)*wire.HeaderLen)
	var failed error
	c.association.Resume(r, func(m association.Message) uint64 {
		end, err := s.queue(m.Request, m.Body)
		failed = errors.Join(failed, err)
		return end
	})
	s.unsent(failed, "event")
	s.Flush()
	return true
}

func (c *client) state() association.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.association.State()
}

// stats is an association that has lost its connection; false if it has one.
func (c *client) stats() (st SessionStats, alone bool) {
	application, by := c.identity()
	c.mu.Lock()
	defer c.mu.Unlock()
	return SessionStats{
		State: c.association.State(), Application: application, By: by, ID: c.number, Label: c.label, Since: c.since, Edition: c.edition,
		Queued: c.association.Kept(),
	}, c.association.State().Alone()
}

// leaves is that a connection belongs to another association now, and this one ends.
func (c *client) leaves() {
	c.mu.Lock()
	c.line = nil
	c.stopLease()
	c.mu.Unlock()
	c.ends()
}

// queue queues a message that is kept, and returns where it ends in the connection's stream.
func (s *session) queue(request bool, body []byte) (end uint64, err error) {
	invoke := uint16(wire.EventInvoke)
	if request {
		invoke = s.newInvoke()
	} else {
		s.events.Add(1)
	}
	if s.traced.Load() {
		s.trace(wire.ToClient, invoke, body)
	}
	return s.out.whole(invoke, body)
}
