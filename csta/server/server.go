// Package server carries CSTA over TCP: it accepts clients, runs their
// sessions, answers the system services (System Status and its relatives, and
// ECMA-354 application sessions) itself and hands everything else to the
// engine. Nothing that a client does, or fails to read, can hold up another
// client or the engine.
package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/association"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/logline"
	"mod_csta_socket/csta/origin"
)

// Engine is what the server needs of the engine. No method but Status may
// block; all may be called from any goroutine.
type Engine interface {
	OpenSession(engine.Session)
	CloseSession(engine.Session)
	// Grant says what a session that is open may do from now on; nil: everything.
	Grant(engine.Session, *applications.Grant)
	Request(engine.Request)
	// Part says that a session's client has lost its connection, and may come back, Rejoin
	// that it has.
	Part(engine.Session)
	Rejoin(engine.Session)
	// Resume says that a session's client has come back on another connection: nobody
	// waits for answers to its requests any more. then runs where no other input of the
	// engine's is between it and what the session is told.
	Resume(s engine.Session, then func())
	// MoveMonitors lets the monitors of one session be another's; then runs behind it.
	MoveMonitors(from, to engine.Session, then func())
	Status(context.Context) (engine.Status, error)
}

// Options are the server's settings.
type Options struct {
	// Listen is the address to listen on, port 0 = any free one. The zero
	// value: nothing listens.
	Listen netip.AddrPort
	// WebListen is a second one, where clients come in by Web. The zero value: there is
	// none.
	WebListen netip.AddrPort
	Web       Entrance
	// Allow tells whether a client with that address may connect; nil = all
	// may. It is called once per connection, from that connection's goroutine,
	// before anything is read, and may block for a while.
	Allow func(netip.Addr) bool
	// SystemStatusTimer is the interval of the heartbeat; 0 = none.
	SystemStatusTimer time.Duration
	// Greeting is when clients are sent System Status as soon as they connect.
	Greeting Greeting
	// MinimumDumpInterval is the least time between two dumps of the engine's
	// status to the log, which Request System Status triggers; negative = never.
	MinimumDumpInterval time.Duration
	// TraceDigits shows digits and codes in the traces of sessions.
	TraceDigits bool
	// Parallel lets requests of one session run in parallel; otherwise the
	// next one is served when the previous one has been answered.
	Parallel bool
	// MaxConnections bounds the file descriptors and goroutines that clients can
	// take from the switch; 0 = DefaultMaxConnections.
	MaxConnections int
	// MaxPerAddress bounds the connections from one address, of IPv6 from one
	// /64 network; 0 = no more than MaxConnections.
	MaxPerAddress int
	// CleanupDelay is how long an application session is kept at most whose client has
	// lost its connection; 0 = it ends with that.
	CleanupDelay time.Duration
	// SessionMemory bounds the bytes that are kept for all clients that have lost their
	// connections; 0 = DefaultSessionMemory. One has a quarter of it at most.
	SessionMemory int
	// IdleTimeout is how long a client may send nothing; 0 = for ever.
	IdleTimeout time.Duration
	// LoginTimeout is how long a client may be nobody where there are Applications;
	// 0 = for ever.
	LoginTimeout time.Duration
	// RequestsBeforeLogin is how many requests a second the clients of one address, of IPv6
	// of one /64 network, may make that are nobody where there are Applications; 0 = any
	// number.
	RequestsBeforeLogin int
	// TLS, if not nil, is what connections are secured by (TLSFiles.Load).
	TLS *tls.Config
	// Applications are who may use the server; the zero value: everybody.
	Applications applications.Set
	// Directory finds the users of the switch's directory, for applications that are
	// such; nil: there is none.
	Directory Directory
}

// DefaultMaxConnections is the limit of connections without MaxConnections.
const DefaultMaxConnections = 1000

// DefaultSessionMemory is the bound without SessionMemory.
const DefaultSessionMemory = 64 << 20

// alone are the limits of associations whose clients have lost their connections: as many as
// there may be connections.
func (o *Options) alone() association.Limits {
	return association.Limits{
		Memory: cmp.Or(o.SessionMemory, DefaultSessionMemory), Alone: cmp.Or(o.MaxConnections, DefaultMaxConnections), AloneFrom: o.MaxPerAddress,
	}
}

// Server accepts clients and runs their sessions. One Server is started and
// stopped once.
type Server struct {
	opts   atomic.Pointer[Options]
	engine Engine
	log    *slog.Logger
	limits limits
	dumps  dumper

	ctx    context.Context
	cancel context.CancelFunc
	// listener and web are the doors that are open; nil: not.
	listener, web *door
	running       sync.WaitGroup
	refusals      chan struct{}
	// checks, knownChecks and lookups are the places for comparisons of secrets and for
	// questions to the directory, guesses bounds the logins that fail.
	checks, knownChecks, lookups chan struct{}
	guesses                      *origin.Limiter
	// asking bounds the requests of those who are nobody; nil: nothing does.
	asking atomic.Pointer[origin.Limiter]

	// book has the associations that have application sessions.
	book *association.Book[*client]

	mu       sync.Mutex
	stopping bool
	sessions map[uint64]*session
	// taken is the number of connections that count against the limit: the
	// sessions, and those whose admission is being decided.
	taken int
	// perAddress counts them by where they come from.
	perAddress map[netip.Prefix]int
	past       traffic
	status     ecma.SystemStatusValue

	lastID           atomic.Uint64
	lastRegistration atomic.Uint64
	counters         counters
	measured         measures
	// strangers is the log for warnings that anybody can cause who reaches the port.
	strangers *slog.Logger
}

// New makes a server for an engine. Start starts it.
func New(e Engine, opts Options, log *slog.Logger) *Server {
	srv := &Server{
		engine:    e,
		log:       log,
		strangers: slog.New(logline.Limited(log.Handler(), logline.Strangers)),
		limits:    defaultLimits(),
		refusals:  make(chan struct{}, maxRefusals),
		checks:    make(chan struct{}, maxChecks),
		lookups:   make(chan struct{}, maxLookups),
		guesses:   origin.NewLimiter(guessesOfOne, guessesOfAll),
		sessions:  map[uint64]*session{},
		book:      association.NewBook[*client](opts.alone()),

		knownChecks: make(chan struct{}, maxKnownChecks),
		perAddress:  map[netip.Prefix]int{},
		status:      ecma.StatusNormal,
	}
	srv.opts.Store(&opts)
	srv.asking.Store(strangersMay(opts.RequestsBeforeLogin))
	srv.ctx, srv.cancel = context.WithCancel(context.Background())
	srv.dumps.init(srv)
	return srv
}

func (srv *Server) options() *Options { return srv.opts.Load() }

// Update changes the options of a running server, but for Listen and WebListen. Timers count
// anew for the sessions there are, and what applications may do counts for them; the access list, the limits, TLS and Parallel
// count for clients that connect from now on.
func (srv *Server) Update(opts Options) {
	now := srv.options()
	opts.Listen, opts.WebListen = now.Listen, now.WebListen
	if opts.Web == nil {
		opts.Web = now.Web
	}
	old := srv.opts.Swap(&opts)
	srv.book.SetLimits(opts.alone())
	if opts.RequestsBeforeLogin != old.RequestsBeforeLogin {
		srv.asking.Store(strangersMay(opts.RequestsBeforeLogin))
	}
	for _, s := range srv.all() {
		if opts.SystemStatusTimer != old.SystemStatusTimer {
			s.setHeartbeat()
		}
		if opts.IdleTimeout != old.IdleTimeout {
			s.setIdleTimer()
		}
		s.client().revise()
	}
	for _, c := range srv.book.All() {
		// Those that have lost their connections.
		if c.connection() == nil {
			c.revise()
		}
	}
	if old.Applications.Any() != opts.Applications.Any() {
		srv.sayWhoMay()
	}
}

// sayWhoMay tells the operator if anybody may do everything.
func (srv *Server) sayWhoMay() {
	text := "clients have to be one of the applications that are configured, or log in as a user of the directory"
	if !srv.options().Applications.Any() {
		text = "no applications are configured: whoever reaches the port may watch and steer every device"
	}
	srv.log.Log(context.Background(), LevelNotice, text)
}

// Start listens. A failure is logged and returned; it names the address and
// the cause.
func (srv *Server) Start() error {
	opts := srv.options()
	var err error
	if opts.Listen.IsValid() {
		if srv.listener, err = srv.open(opts.Listen, false); err != nil {
			return err
		}
	}
	if opts.WebListen.IsValid() && opts.Web != nil {
		if srv.web, err = srv.open(opts.WebListen, true); err != nil {
			return err
		}
	}
	if srv.listener == nil && srv.web == nil {
		srv.log.Log(context.Background(), LevelNotice, "no port is configured (xml-listen-port, ws-listen): nothing listens for CSTA clients")
		return nil
	}
	srv.sayWhoMay()
	return nil
}

// open listens at an address.
func (srv *Server) open(at netip.AddrPort, web bool) (*door, error) {
	opts := srv.options()
	l, err := listen(at, srv.limits.keepAlive)
	if err != nil {
		err = fmt.Errorf("cannot listen for CSTA clients on %s: %w", at, err)
		srv.log.Error(err.Error())
		return nil, err
	}
	d := &door{l, web}
	told := []any{"address", l.Addr().String(), "tls", opts.TLS != nil}
	if by := d.entrance(opts).String(); by != "" {
		told = append(told, "by", by)
	}
	srv.log.Log(context.Background(), LevelNotice, "listening for CSTA clients", told...)
	srv.running.Add(1)
	go srv.accept(d)
	return d, nil
}

// Listen opens a port whose connections find out when their far end is gone. The
// error is the cause alone.
func Listen(addr netip.AddrPort) (net.Listener, error) {
	return listen(addr, defaultLimits().keepAlive)
}

func listen(addr netip.AddrPort, alive net.KeepAliveConfig) (net.Listener, error) {
	network := "tcp"
	if addr.Addr().Is4() {
		// Go would open 0.0.0.0 for IPv6 too.
		network = "tcp4"
	}
	silence := alive.Idle + time.Duration(alive.Count)*alive.Interval
	lc := net.ListenConfig{
		KeepAliveConfig: alive,
		Control: func(_, _ string, conn syscall.RawConn) error {
			return boundUnacknowledged(conn, silence)
		},
	}
	l, err := lc.Listen(context.Background(), network, addr.String())
	if err != nil {
		return nil, reason(err)
	}
	return l, nil
}

// reason is the system's part of a bind error, which repeats the address
// otherwise.
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// Addr is where the server listens; nil if it does not.
func (srv *Server) Addr() net.Addr {
	if srv.listener == nil {
		return nil
	}
	return srv.listener.Addr()
}

// WebAddr is where it listens for clients that come by Web; nil if it does not.
func (srv *Server) WebAddr() net.Addr {
	if srv.web == nil {
		return nil
	}
	return srv.web.Addr()
}

// SetSystemStatus changes what the server says of itself (ECMA-269 14.2.2). The
// clients that registered for it are told, and all of them if the heartbeat is
// on.
func (srv *Server) SetSystemStatus(v ecma.SystemStatusValue) {
	srv.mu.Lock()
	changed := srv.status != v
	srv.status = v
	srv.mu.Unlock()
	if !changed {
		return
	}
	for _, s := range srv.all() {
		s.announce(v)
	}
}

func (srv *Server) systemStatus() ecma.SystemStatusValue {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.status
}

// Stop closes the port and all sessions, tells registered clients, and waits
// until everything has ended, as long as ctx allows; what is left then is cut
// off. It may be called more than once, and without Start.
func (srv *Server) Stop(ctx context.Context) error {
	srv.mu.Lock()
	srv.stopping = true
	srv.mu.Unlock()
	for _, d := range []*door{srv.listener, srv.web} {
		if d != nil {
			// Closing a second time is the only way this fails.
			_ = d.Close()
		}
	}
	srv.dumps.stop()
	srv.cancel()
	srv.SetSystemStatus(ecma.StatusDisabled)
	for _, s := range srv.all() {
		s.client().abortRegistrations()
		s.goodbye(errStopping)
	}
	ended := make(chan struct{})
	go func() {
		srv.running.Wait()
		for _, c := range srv.book.All() {
			c.ends()
		}
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	left := srv.all()
	for _, s := range left {
		s.fail(errStopping)
	}
	return fmt.Errorf("CSTA server: %d sessions had to be cut off: %w", len(left), ctx.Err())
}

// accept takes connections until the listener is closed.
func (srv *Server) accept(d *door) {
	defer srv.running.Done()
	defer srv.recovered("listener", func() {})
	failing := false
	for {
		conn, err := d.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			if !failing {
				srv.log.Error("cannot accept CSTA clients", "error", err)
			}
			failing = true
			time.Sleep(acceptPause)
			continue
		}
		failing = false
		if !srv.begin() {
			conn.Close()
			continue
		}
		go srv.admit(conn, d)
	}
}

func (srv *Server) isStopping() bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	return srv.stopping
}

// begin counts a goroutine that Stop has to wait for, unless Stop was called.
func (srv *Server) begin() bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if srv.stopping {
		return false
	}
	srv.running.Add(1)
	return true
}

// admit decides on a new connection and runs its session.
func (srv *Server) admit(conn net.Conn, d *door) {
	defer srv.running.Done()
	defer conn.Close()
	defer srv.recovered("connection", func() {})

	srv.counters.accepted.Add(1)
	opts := srv.options()
	at := d.entrance(opts)
	peer := peerAddr(conn)
	if !srv.reserve(conn, peer, opts) {
		srv.refuse(conn, at.Refusal(ecma.ErrResourceLimitExceeded))
		return
	}
	place := &place{srv: srv, from: origin.Of(peer)}
	defer place.free()
	if opts.Allow != nil && !opts.Allow(peer) {
		srv.counters.byList.Add(1)
		srv.strangers.Warn("CSTA client refused by access list", "peer", conn.RemoteAddr().String())
		// Those who are turned away take nobody's place meanwhile.
		place.free()
		srv.refuse(conn, at.Refusal(ecma.ErrSecurityGeneric))
		return
	}
	var by secured
	talk := conn
	if opts.TLS != nil {
		c, p, err := srv.secure(conn, opts.TLS)
		if err != nil {
			place.free()
			srv.insecure(conn, err, !d.web)
			return
		}
		talk, by = c, p
	}
	if d.web {
		if talk = srv.enter(at, talk); talk == nil {
			return
		}
		by.over, by.raw = at.String(), conn
	}
	id := srv.lastID.Add(1)
	s := newSession(srv, id, strconv.FormatUint(id, 10)+" "+conn.RemoteAddr().String(), talk)
	s.secured = by
	if !srv.add(s) {
		return
	}
	defer srv.remove(s, place)
	s.run()
}

func peerAddr(conn net.Conn) netip.Addr {
	tcp, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return tcp.AddrPort().Addr().Unmap()
}

// reserve takes a place for a connection; false if there is none left, which it
// counts and logs.
func (srv *Server) reserve(conn net.Conn, peer netip.Addr, opts *Options) bool {
	limit := opts.MaxConnections
	if limit == 0 {
		limit = DefaultMaxConnections
	}
	from := origin.Of(peer)
	srv.mu.Lock()
	full := srv.taken >= limit
	fullFrom := opts.MaxPerAddress > 0 && srv.perAddress[from] >= opts.MaxPerAddress
	if !full && !fullFrom {
		srv.taken++
		srv.perAddress[from]++
	}
	srv.mu.Unlock()
	switch {
	case full:
		srv.counters.total.Add(1)
		srv.strangers.Warn("CSTA client refused: too many connections", "peer", conn.RemoteAddr().String(), "max-connections", limit)
	case fullFrom:
		srv.counters.perAddress.Add(1)
		srv.strangers.Warn("CSTA client refused: too many connections from its address", "peer", conn.RemoteAddr().String(), "max-connections-per-address", opts.MaxPerAddress)
	default:
		return true
	}
	return false
}

// place is what a connection has taken of the limits.
type place struct {
	srv   *Server
	from  netip.Prefix
	freed bool
}

// free gives it back. A second time it does nothing.
func (p *place) free() {
	p.srv.mu.Lock()
	defer p.srv.mu.Unlock()
	p.freeHeld()
}

// freeHeld is free with srv.mu held.
func (p *place) freeHeld() {
	if p.freed {
		return
	}
	p.freed = true
	p.srv.taken--
	if p.srv.perAddress[p.from]--; p.srv.perAddress[p.from] == 0 {
		delete(p.srv.perAddress, p.from)
	}
}

// add tells false if Stop came first.
func (srv *Server) add(s *session) bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if srv.stopping {
		return false
	}
	srv.sessions[s.id] = s
	return true
}

// remove forgets a session, which leaves its place to others in the same moment.
func (srv *Server) remove(s *session, place *place) {
	srv.mu.Lock()
	place.freeHeld()
	delete(srv.sessions, s.id)
	srv.past.requests += s.requests.Load()
	srv.past.events += s.events.Load()
	srv.past.bytesIn += s.bytesIn.Load()
	srv.past.bytesOut += s.bytesOut.Load()
	srv.mu.Unlock()
}

func (srv *Server) all() []*session {
	open, _ := srv.allAndPast()
	return open
}

// allAndPast are the open sessions, and what the others carried.
func (srv *Server) allAndPast() ([]*session, traffic) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	list := make([]*session, 0, len(srv.sessions))
	for _, s := range srv.sessions {
		list = append(list, s)
	}
	return list, srv.past
}

// Trace starts or stops logging the frames of a session, by its number or its
// label. label is "" if there is no such session.
func (srv *Server) Trace(session string, on bool) (label string, changed bool) {
	for _, s := range srv.all() {
		id, peer, _ := strings.Cut(s.label, " ")
		if session == id || session == peer || session == s.label {
			return s.label, s.traced.Swap(on) != on
		}
	}
	return "", false
}

// recovered is deferred at the top of every goroutine: a bug costs one session,
// not the switch.
func (srv *Server) recovered(what string, then func()) {
	if r := recover(); r != nil {
		srv.counters.panics.Add(1)
		srv.log.Error("CSTA server: panic", "in", what, "panic", r, "stack", string(debug.Stack()))
		then()
	}
}
