package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/conformance/printed"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/wire"
)

// patience bounds every wait of a test; it is never reached on success.
const patience = 10 * time.Second

// fakeEngine keeps requests until the test answers them, or answers at once
// with what reply returns.
type fakeEngine struct {
	opened, closed chan engine.Session
	asked          chan engine.Request

	mu     sync.Mutex
	reply  func(engine.Request) ecma.Message
	status engine.Status
	asks   int
	// granted is what each session was granted, one after the other.
	granted map[engine.Session][]*applications.Grant
	// moved are the sessions whose monitors were moved, with those that have them now.
	moved [][2]engine.Session
	// resumed, if not nil, is called behind each Resume.
	resumed func()
	// parted are the sessions whose clients have gone.
	parted map[engine.Session]bool
}

func newFakeEngine() *fakeEngine {
	return &fakeEngine{
		opened: make(chan engine.Session, 2000),
		closed: make(chan engine.Session, 2000),
		asked:  make(chan engine.Request, 2000),
	}
}

func (f *fakeEngine) OpenSession(s engine.Session)  { f.opened <- s }
func (f *fakeEngine) CloseSession(s engine.Session) { f.closed <- s }

func (f *fakeEngine) Part(s engine.Session)   { f.parts(s, true) }
func (f *fakeEngine) Rejoin(s engine.Session) { f.parts(s, false) }

func (f *fakeEngine) parts(s engine.Session, parted bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.parted == nil {
		f.parted = map[engine.Session]bool{}
	}
	f.parted[s] = parted
}

// waitsFor tells whether the engine was told that a session's client has gone.
func (f *fakeEngine) waitsFor(s engine.Session) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.parted[s]
}

func (f *fakeEngine) Resume(_ engine.Session, then func()) {
	then()
	if f.resumed != nil {
		f.resumed()
	}
}

func (f *fakeEngine) MoveMonitors(from, to engine.Session, then func()) {
	f.mu.Lock()
	f.moved = append(f.moved, [2]engine.Session{from, to})
	f.mu.Unlock()
	then()
}

// moves are the monitors' moves.
func (f *fakeEngine) moves() [][2]engine.Session {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.moved)
}

// Grant keeps what sessions may do.
func (f *fakeEngine) Grant(s engine.Session, g *applications.Grant) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.granted == nil {
		f.granted = map[engine.Session][]*applications.Grant{}
	}
	f.granted[s] = append(f.granted[s], g)
}

// answer has requests answered at once from now on.
func (f *fakeEngine) answer(reply func(engine.Request) ecma.Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reply = reply
}

func (f *fakeEngine) Request(r engine.Request) {
	f.mu.Lock()
	reply := f.reply
	f.mu.Unlock()
	if reply != nil {
		r.Session.Respond(r.Invoke, r.Edition, reply(r))
		r.Session.Flush()
		return
	}
	f.asked <- r
}

func (f *fakeEngine) Status(context.Context) (engine.Status, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asks++
	return f.status, nil
}

func (f *fakeEngine) statusAsked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asks
}

type fixture struct {
	*Server
	engine *fakeEngine
	log    *printed.Text
}

// start runs a server on a free port; what is left of it at the end of the test
// is an error.
func start(t *testing.T, opts Options, change ...func(*Server)) *fixture {
	t.Helper()
	before := runtime.NumGoroutine()
	f := &fixture{engine: newFakeEngine(), log: &printed.Text{}}
	opts.Listen = netip.MustParseAddrPort("127.0.0.1:0")
	f.Server = New(f.engine, opts, slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for _, c := range change {
		c(f.Server)
	}
	require.NoError(t, f.Start())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, f.Stop(ctx))
		require.Empty(t, f.all())
		// Test clients' goroutines may take a moment; ours must be gone.
		deadline := time.Now().Add(patience)
		for runtime.NumGoroutine() > before && time.Now().Before(deadline) {
			time.Sleep(time.Millisecond)
		}
		if n := runtime.NumGoroutine(); n > before {
			stacks := make([]byte, 1<<20)
			t.Errorf("%d goroutines before, %d after\n%s", before, n, stacks[:runtime.Stack(stacks, true)])
		}
	})
	return f
}

// peer is a client at the level of frames.
type peer struct {
	t testing.TB
	net.Conn
	r *wire.Reader
	// session is the ID of the application session that was begun last.
	session string
}

func (f *fixture) dial(t testing.TB) *peer {
	t.Helper()
	conn, err := net.Dial("tcp", f.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return &peer{t: t, Conn: conn, r: wire.NewReader(conn)}
}

// join is dial, and waits for the session.
func (f *fixture) join(t testing.TB) (*peer, engine.Session) {
	t.Helper()
	p := f.dial(t)
	return p, receive(t, f.engine.opened)
}

func receive[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

func (p *peer) send(invoke uint16, doc string) {
	p.t.Helper()
	b, err := wire.Append(nil, invoke, []byte(doc))
	require.NoError(p.t, err)
	_, err = p.Write(b)
	require.NoError(p.t, err)
}

// expect reads one frame, whose document must end in doc after the XML
// declaration.
func (p *peer) expect(invoke uint16, doc string) {
	p.t.Helper()
	f := p.next()
	require.Equal(p.t, doc, body(f))
	require.Equal(p.t, invoke, f.Invoke)
}

func body(f wire.Frame) string {
	return strings.TrimPrefix(string(f.Body), `<?xml version="1.0" encoding="UTF-8"?>`)
}

func (p *peer) next() wire.Frame {
	p.t.Helper()
	require.NoError(p.t, p.SetReadDeadline(time.Now().Add(patience)))
	f, err := p.r.Next()
	require.NoError(p.t, err)
	f.Body = bytes.Clone(f.Body)
	if _, rest, found := strings.Cut(string(f.Body), "PosResponse"); found {
		if _, rest, found = strings.Cut(rest, "<sessionID>"); found {
			p.session, _, _ = strings.Cut(rest, "<")
		}
	}
	return f
}

// stopText ends the peer's application session.
func (p *peer) stopText() string {
	return `<StopApplicationSession` + leaseSpace + `><sessionID>` + p.session + `</sessionID></StopApplicationSession>`
}

// expectClosed reads until the server closes.
func (p *peer) expectClosed() {
	p.t.Helper()
	require.NoError(p.t, p.SetReadDeadline(time.Now().Add(patience)))
	for {
		_, err := p.r.Next()
		if err == nil {
			continue
		}
		var timeout net.Error
		if e, ok := err.(net.Error); ok {
			timeout = e
		}
		require.False(p.t, timeout != nil && timeout.Timeout(), "connection is still open")
		return
	}
}

// quiet tells that nothing came within d.
func (p *peer) quiet(d time.Duration) {
	p.t.Helper()
	require.NoError(p.t, p.SetReadDeadline(time.Now().Add(d)))
	f, err := p.r.Next()
	if err == nil {
		require.FailNow(p.t, "unexpected frame", "%s", f.Body)
	}
	require.NotEqual(p.t, io.EOF, err)
}

const (
	ed3 = string(ecma.Edition3)
	ed4 = string(ecma.Edition4)
	ed6 = string(ecma.Edition6)
)

// newReader forgets what a timed-out read may have left half-read; nothing was,
// if the peer was quiet.
func newReader(p *peer) *wire.Reader { return wire.NewReader(p.Conn) }

func contains(l *printed.Text, text string) bool { return strings.Contains(l.String(), text) }
