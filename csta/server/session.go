package server

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/logline"
	"mod_csta_socket/csta/origin"
	"mod_csta_socket/csta/wire"
)

// Why a session ends.
var (
	errStopping = errors.New("server is stopping")
	errMute     = errors.New("client did not answer System Status")
	errLease    = errors.New("application session expired")
	errPanic    = errors.New("internal error")
)

// session is a client's connection. What it has beyond that is its client's (client). Two
// goroutines serve it, and a third one at times:
//
//	read      takes frames, decodes them, recognises the client's responses
//	dispatch  serves the requests in order, each when there is a slot for it
//	write     sends what the socket did not take at once (outbound)
//
// Locks: mu and the one in out are never held together, and neither while
// anything is called that may wait.
type session struct {
	srv   *Server
	id    uint64
	label string
	since time.Time
	conn  net.Conn
	// secured is what TLS protects conn by, if it does.
	secured secured
	out     *outbound
	inbox   chan inbound
	slots   chan struct{}
	done    chan struct{}
	ending  chan struct{}
	// gone is closed when nothing more comes of it.
	gone    chan struct{}
	writers sync.WaitGroup
	// stalled is set while read waits for room in inbox: then it is we who
	// keep the client's answers from being seen.
	stalled atomic.Bool

	requests, events, bytesIn, bytesOut atomic.Uint64
	// traced: its frames are logged.
	traced atomic.Bool
	// heard is when the last frame came, as time since the session began.
	heard atomic.Int64

	mu sync.Mutex
	// of is whose connection it is.
	of      *client
	reason  error
	isDone  bool
	isLeave bool
	edition ecma.Edition
	// outstanding counts the client's unanswered requests per invoke ID; a
	// client may reuse one too early.
	outstanding map[uint16]int
	// yielded counts those of them whose slot another request has.
	yielded   map[uint16]int
	own       ownRequests
	beat      heartbeat
	idleTimer *time.Timer
	// loginTimer runs while the client is nobody.
	loginTimer *time.Timer
}

// inbound is one request of the client: a message, or the refusal of what could
// not be decoded.
type inbound struct {
	invoke  uint16
	edition ecma.Edition
	message ecma.Message
	refusal *ecma.Error
	// element is what could be read of the refused document's root.
	element string
}

func newSession(srv *Server, id uint64, label string, conn net.Conn) *session {
	slots := 1
	if srv.options().Parallel {
		slots = maxParallel
	}
	s := &session{
		srv:         srv,
		id:          id,
		label:       label,
		since:       time.Now(),
		conn:        conn,
		out:         &outbound{conn: conn, limits: &srv.limits, try: trying(conn), delay: srv.measured.delay.Observe, fewer: make(chan struct{}, 1)},
		inbox:       make(chan inbound, maxReadAhead),
		slots:       make(chan struct{}, slots),
		done:        make(chan struct{}),
		ending:      make(chan struct{}),
		gone:        make(chan struct{}),
		edition:     DefaultEdition,
		outstanding: map[uint16]int{},
		yielded:     map[uint16]int{},
	}
	s.out.wrote = func(n int) { s.bytesOut.Add(uint64(n)) }
	s.out.start = func() { s.writers.Go(s.write) }
	s.of = newClient(s)
	return s
}

// client is whose connection it is.
func (s *session) client() *client {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of
}

// origin is where the client comes from, as limits see it.
func (s *session) origin() netip.Prefix { return origin.Of(s.peer()) }

// becomes makes it another client's, unless it is ending.
func (s *session) becomes(of *client) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isDone || s.isLeave {
		return false
	}
	s.of = of
	return true
}

// run serves the session until it ends.
func (s *session) run() {
	defer s.srv.recovered("session", func() { s.fail(errPanic) })
	s.srv.log.Info("CSTA session opened", append([]any{"session", s.label}, s.secured.attributes()...)...)
	c := s.client()
	s.srv.engine.OpenSession(c)
	c.opens(s)
	var dispatching sync.WaitGroup
	dispatching.Go(s.dispatch)
	s.greet()
	s.setIdleTimer()

	s.read()

	s.stopTimers()
	dispatching.Wait()
	s.out.close()
	s.writers.Wait()
	s.client().parts(s, s.reasonFor())
	close(s.gone)
	s.srv.log.Info("CSTA session closed", "session", s.label, "reason", s.why(),
		"requests", s.requests.Load(), "events", s.events.Load())
}

// fail ends the session at once; the first reason counts.
func (s *session) fail(reason error) {
	s.mu.Lock()
	first := !s.isDone
	s.isDone = true
	if s.reason == nil {
		s.reason = reason
	}
	s.mu.Unlock()
	if !first {
		return
	}
	close(s.done)
	s.out.close()
	// It is closed when nobody uses it any more (hangUp). Not s.conn: TLS might wait,
	// in whatever goroutine this is, the engine's among them. An error means that it is
	// closed.
	_ = s.secured.transport(s.conn).SetDeadline(longAgo)
	s.count(reason)
}

// goodbye ends the session when everything queued is written, or after a short
// while. Requests that still arrive are not served.
func (s *session) goodbye(reason error) {
	s.mu.Lock()
	first := !s.isLeave && !s.isDone
	s.isLeave = true
	if s.reason == nil {
		s.reason = reason
	}
	s.mu.Unlock()
	if first {
		close(s.ending)
		s.out.finish()
	}
}

// reset has the connection closed without sending what has not been sent.
func (s *session) reset() {
	if tcp, is := s.secured.transport(s.conn).(*net.TCPConn); is {
		// An error means that it is closed.
		_ = tcp.SetLinger(0)
	}
}

// longAgo, as a deadline, ends all waiting for a connection.
var longAgo = time.Unix(1, 0)

// reasonFor is why the session has ended.
func (s *session) reasonFor() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reason
}

func (s *session) count(reason error) {
	c := &s.srv.counters
	switch {
	case errors.Is(reason, errOverflow), errors.Is(reason, errTooOld):
		c.slow.Add(1)
		s.srv.log.Warn("CSTA client is too slow and was disconnected", "session", s.label, "reason", reason)
	case errors.Is(reason, errMute):
		c.mute.Add(1)
		s.srv.log.Warn("CSTA client is mute and was disconnected", "session", s.label, "reason", reason)
	case isBadFrame(reason):
		c.badFrames.Add(1)
		s.srv.strangers.Warn("CSTA client sent no frame and was disconnected", "session", s.label, "reason", reason)
	}
}

func isBadFrame(err error) bool { return errors.Is(err, wire.ErrNoFrame) }

// why is the reason in words.
func (s *session) why() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reason == nil || errors.Is(s.reason, io.EOF) {
		return "closed by client"
	}
	return s.reason.Error()
}

// write is the writer goroutine.
func (s *session) write() {
	defer s.srv.recovered("session writer", func() { s.fail(errPanic) })
	finished, err := s.out.run()
	if err != nil {
		s.fail(err)
		return
	}
	if !finished {
		return
	}
	// Everything is written. What the client still sends is taken until it
	// closes: bytes left in the socket would reset the connection and could
	// take the last frames away from it.
	if half, ok := s.conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil &&
		s.conn.SetReadDeadline(time.Now().Add(goodbyeTime)) == nil {
		return
	}
	s.fail(errStopping)
}

// read is the reader: it returns when the connection has ended.
func (s *session) read() {
	defer s.srv.recovered("session reader", func() { s.fail(errPanic) })
	r := wire.NewReader(s.conn)
	for {
		f, err := r.Next()
		if err != nil {
			s.fail(err)
			return
		}
		s.bytesIn.Add(uint64(wire.HeaderLen + len(f.Body)))
		s.hears()
		if s.traced.Load() {
			s.trace(wire.FromClient, f.Invoke, f.Body)
		}
		if !s.receive(f) {
			return
		}
	}
}

// receive handles one frame; false if the session has ended.
func (s *session) receive(f wire.Frame) bool {
	m, ed, err := ecma.Decode(f.Body)
	var bad *ecma.DecodeError
	switch {
	case errors.As(err, &bad):
		return s.undecoded(f, ed, bad)
	case err != nil:
		s.fail(fmt.Errorf("decoding: %w", err))
		return false
	}
	if !isLease(m) {
		s.spoke(ed)
	}
	switch category(m) {
	case ecma.ResponseMessage:
		s.answered(f.Invoke)
	case ecma.RequestMessage:
		return s.enqueue(inbound{invoke: f.Invoke, edition: ed, message: m})
	default:
		s.srv.log.Debug("CSTA message ignored", "session", s.label, "element", m.Element())
	}
	s.unasked()
	return true
}

// undecoded handles a document that is no message we know.
func (s *session) undecoded(f wire.Frame, ed ecma.Edition, bad *ecma.DecodeError) bool {
	switch {
	case ecma.CategoryOf(bad.Element) == ecma.ResponseMessage:
		s.answered(f.Invoke)
		s.unasked()
		return true
	case !bad.Request, ours[bad.Element]:
		s.srv.log.Debug("CSTA document ignored", "session", s.label, "error", bad)
		s.unasked()
		return true
	}
	if ecma.KnownName(bad.Element) && !Has(bad.Element) {
		// What is wrong with its parameters does not matter.
		bad.Reply = ecma.ErrServiceNotSupported
	}
	s.srv.log.Debug("CSTA request refused", "session", s.label, "error", bad, "answer", bad.Reply)
	if bad.Element == "" {
		// Nothing could be read of it, so the namespace has to be the last one.
		ed = s.spokenEdition()
	} else {
		s.spoke(ed)
	}
	return s.enqueue(inbound{invoke: f.Invoke, edition: ed, refusal: bad.Reply, element: bad.Element})
}

// category is the part a message plays when a client sends it; an error is a
// response.
func category(m ecma.Message) ecma.MessageCategory {
	if _, negative := m.(*ecma.Error); negative {
		return ecma.ResponseMessage
	}
	c := ecma.CategoryOf(m.Element())
	if c == ecma.RequestMessage && ours[m.Element()] {
		return ecma.OtherMessage
	}
	return c
}

// ours are the requests that only a switching function sends. Most have no
// response, and a client that sends one deserves none.
var ours = func() map[string]bool {
	names := map[string]bool{"ApplicationSessionTerminated": true}
	for _, e := range ecma.Services() {
		if e.Direction == ecma.SwitchToClient {
			names[e.Name] = true
		}
	}
	return names
}()

// enqueue hands a request to dispatch, waiting for room: then TCP holds the
// client back. False if the session has ended.
func (s *session) enqueue(in inbound) bool {
	s.requests.Add(1)
	s.mu.Lock()
	s.outstanding[in.invoke]++
	s.mu.Unlock()
	select {
	case <-s.ending:
		return true
	case s.inbox <- in:
		return true
	default:
	}
	s.stalled.Store(true)
	defer s.stalled.Store(false)
	select {
	case s.inbox <- in:
		return true
	case <-s.ending:
		return true
	case <-s.done:
		return false
	}
}

// dispatch serves requests in their order; without use-multi-threading the next
// one waits for the answer to the previous one.
func (s *session) dispatch() {
	defer s.srv.recovered("session dispatcher", func() { s.fail(errPanic) })
	for {
		var in inbound
		select {
		case in = <-s.inbox:
		case <-s.ending:
			return
		case <-s.done:
			return
		}
		select {
		case s.slots <- struct{}{}:
		case <-s.ending:
			return
		case <-s.done:
			return
		}
		if !s.reads() || !s.mayAsk(in) {
			return
		}
		s.serve(in)
	}
}

// reads waits for a client that does not read its answers: what it asks for meanwhile waits,
// and TCP holds it back. False if the session ends.
func (s *session) reads() bool {
	for s.out.unread() > maxUnread {
		select {
		case <-s.out.fewer:
		case <-s.ending:
			return false
		case <-s.done:
			return false
		}
	}
	return true
}

// serve answers what the server itself answers and gives the rest to the
// engine.
func (s *session) serve(in inbound) {
	switch {
	case in.refusal != nil:
		s.answer(in, in.refusal)
	case s.serveSystem(in), s.serveLease(in):
	default:
		s.srv.engine.Request(engine.Request{Session: s.client(), Invoke: in.invoke, Edition: in.edition, Message: in.message})
	}
}

// answer responds at once, in a write of its own.
func (s *session) answer(in inbound, m ecma.Message) {
	s.srv.measured.answered(in, m)
	s.out.cut()
	s.respond(in.invoke, in.edition, m)
	s.out.cut()
	s.Flush()
}

// settle takes the invoke ID from the outstanding ones; false if there is no
// such request.
func (s *session) settle(invoke uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return takeOne(s.outstanding, invoke)
}

// takeOne takes one of what is counted by invoke ID; false if there is none. Zeros are
// not kept.
func takeOne(counts map[uint16]int, invoke uint16) bool {
	n := counts[invoke]
	switch n {
	case 0:
	case 1:
		delete(counts, invoke)
	default:
		counts[invoke] = n - 1
	}
	return n > 0
}

// yields lets a request that waits for a phone give its slot to the next one, without
// use-multi-threading.
func (s *session) yields(invoke uint16) bool {
	if cap(s.slots) > 1 {
		return false
	}
	s.mu.Lock()
	s.yielded[invoke]++
	s.mu.Unlock()
	s.free()
	return true
}

// release frees the slot of a request that was answered, if it has one still.
func (s *session) release(invoke uint16) {
	s.mu.Lock()
	gone := takeOne(s.yielded, invoke)
	s.mu.Unlock()
	if !gone {
		s.free()
	}
}

func (s *session) free() {
	select {
	case <-s.slots:
	default:
	}
}

// spoke remembers the namespace the client uses.
func (s *session) spoke(ed ecma.Edition) {
	s.mu.Lock()
	s.edition = ed
	s.mu.Unlock()
}

func (s *session) spokenEdition() ecma.Edition {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.edition
}

// respond queues the answer to a request of this connection.
func (s *session) respond(invoke uint16, ed ecma.Edition, m ecma.Message) {
	if !s.settle(invoke) {
		s.srv.log.Error("answer to no request is dropped", "session", s.label, "invoke", invoke, "element", m.Element())
		return
	}
	err := s.reply(invoke, func(dst []byte) []byte { return ecma.Append(dst, ed, m) })
	if errors.Is(err, wire.ErrTooLong) {
		s.srv.log.Error("answer does not fit into a frame", "session", s.label, "element", m.Element(), "error", err)
		err = s.reply(invoke, func(dst []byte) []byte { return ecma.Append(dst, ed, ecma.ErrResourceLimitExceeded) })
	}
	if err != nil {
		s.fail(err)
	}
	s.release(invoke)
}

// notify queues an event.
func (s *session) notify(t *ecma.Template, monitorCrossRefID string, local ecma.LocalConnectionState, sec ecma.Security) {
	s.events.Add(1)
	err := s.frame(wire.EventInvoke, func(dst []byte) []byte { return t.AppendSecured(dst, monitorCrossRefID, local, sec) })
	s.unsent(err, "event")
}

// request queues a request of ours.
func (s *session) request(ed ecma.Edition, m ecma.Message, sec ecma.Security) {
	invoke := s.newInvoke()
	err := s.frame(invoke, func(dst []byte) []byte { return ecma.AppendSecured(dst, ed, m, sec) })
	s.unsent(err, m.Element())
}

// Flush lets everything queued so far go out.
func (s *session) Flush() {
	if err := s.out.flush(); err != nil {
		s.fail(err)
	}
}

// frame queues a frame, and logs it if the session is traced.
func (s *session) frame(invoke uint16, body func([]byte) []byte) error {
	if s.traced.Load() {
		return s.out.frame(invoke, s.tracing(invoke, body))
	}
	return s.out.frame(invoke, body)
}

// reply is frame for an answer to a request.
func (s *session) reply(invoke uint16, body func([]byte) []byte) error {
	if s.traced.Load() {
		return s.out.answer(invoke, s.tracing(invoke, body))
	}
	return s.out.answer(invoke, body)
}

// tracing is what appends a document, and logs it.
func (s *session) tracing(invoke uint16, body func([]byte) []byte) func([]byte) []byte {
	return func(dst []byte) []byte {
		from := len(dst)
		dst = body(dst)
		s.trace(wire.ToClient, invoke, dst[from:])
		return dst
	}
}

// trace logs one frame.
func (s *session) trace(d wire.Direction, invoke uint16, body []byte) {
	logline.Unlimited(s.srv.log).Info("trace " + wire.Readable(s.label, d, invoke, body, s.srv.options().TraceDigits))
}

// unsent deals with a frame that could not be queued.
func (s *session) unsent(err error, element string) {
	switch {
	case err == nil:
	case errors.Is(err, wire.ErrTooLong):
		s.srv.log.Error("message does not fit into a frame and is dropped", "session", s.label, "element", element, "error", err)
	default:
		s.fail(err)
	}
}

func (s *session) stats() SessionStats {
	s.mu.Lock()
	outstanding := 0
	for _, n := range s.outstanding {
		outstanding += n
	}
	edition := s.edition
	s.mu.Unlock()
	c := s.client()
	application, by := c.identity()
	state := c.state()
	return SessionStats{
		State: state, Application: application, By: by,
		ID: s.id, Label: s.label, Since: s.since, Edition: edition,
		Requests: s.requests.Load(), Outstanding: outstanding, Events: s.events.Load(),
		BytesIn: s.bytesIn.Load(), BytesOut: s.bytesOut.Load(), Queued: s.out.queued(),
		Traced: s.traced.Load(), Security: s.secured.String(),
	}
}
