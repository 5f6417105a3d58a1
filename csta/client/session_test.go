package client_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/conformance/probe"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/sim"
	"mod_csta_socket/csta/wire"
)

const patience = 20 * time.Second

// site is a server on a simulated switch.
type site struct {
	sw     *sim.Switch
	server *server.Server
}

func newSite(t *testing.T, opts server.Options) *site {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	o := sim.DefaultOptions()
	answers, err := sim.ParseBehaviour("answer:1ms")
	require.NoError(t, err)
	s := &site{sw: sim.New(o)}
	s.sw.Phone("1001").SetBehaviour(answers)
	e := engine.New(engine.Options{DefaultDomain: o.Domain}, s.sw, log)
	s.sw.Attach(e)
	e.Start()
	opts.Listen = netip.MustParseAddrPort("127.0.0.1:0")
	s.server = server.New(e, opts, log)
	require.NoError(t, s.server.Start())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		assert.NoError(t, s.server.Stop(ctx))
		assert.NoError(t, e.Stop(ctx))
		assert.Zero(t, s.server.Stats().Panics)
	})
	return s
}

func newCutter(t *testing.T, to string) *probe.Cutter {
	t.Helper()
	c, err := probe.NewCutter(to)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func open(t *testing.T, addr string, opts client.SessionOptions) *client.Session {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := client.OpenSession(ctx, addr, opts)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = s.Close(ctx)
	})
	return s
}

// eventLog is what a session has told.
type eventLog struct {
	mu    sync.Mutex
	lines []string
}

// logOf logs what a session tells, and counts how often it has come back.
func logOf(s *client.Session, resumed *atomic.Int64) *eventLog {
	log := &eventLog{}
	go func() {
		for e := range s.Events() {
			switch {
			case e.Resumption == nil:
				log.add(probe.Shared(e.Raw))
				continue
			case !e.Resumption.Complete:
				log.add("events lost")
			}
			resumed.Add(1)
		}
	}()
	return log
}

func (l *eventLog) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *eventLog) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.lines)
}

func (l *eventLog) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.lines)
}

// A client whose connection is cut at any moment, whether or not the server hears of it,
// has the same log as one that is never cut.
func TestCutAtRandom(t *testing.T) {
	cuts := 1000
	if testing.Short() {
		cuts = 100
	}
	s := newSite(t, server.Options{CleanupDelay: time.Minute, MaxPerAddress: 0})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	way := newCutter(t, s.server.Addr().String())
	steady := open(t, s.server.Addr().String(), client.SessionOptions{})
	cut := open(t, way.Address(), client.SessionOptions{})
	var none, resumed atomic.Int64
	for _, one := range []*client.Session{steady, cut} {
		for _, device := range []string{"1000", "1001"} {
			_, err := one.MonitorStart(ctx, ecma.Subscriber(device), ecma.MonitorFilter{})
			require.NoError(t, err)
		}
	}
	steadyLog, cutLog := logOf(steady, &none), logOf(cut, &resumed)
	stop := make(chan struct{})
	var calling sync.WaitGroup
	calling.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if steadyLog.len()-cutLog.len() > 200 {
				// What a client's host has acknowledged, and the client not read, is lost
				// with a reset: so much is kept for it, and not what a machine without
				// time for the client would let pile up there.
				time.Sleep(time.Millisecond)
				continue
			}
			call, err := steady.MakeCall(ctx, ecma.Subscriber("1000"), ecma.Subscriber("1001"), ecma.DoNotPrompt)
			if err != nil {
				// The last call is not over yet.
				time.Sleep(time.Millisecond)
				continue
			}
			time.Sleep(4 * time.Millisecond)
			_ = steady.ClearConnection(ctx, call)
			time.Sleep(2 * time.Millisecond)
		}
	})
	for i := range cuts {
		before := resumed.Load()
		time.Sleep(time.Duration(rand.IntN(12_000)) * time.Microsecond)
		way.Cut(i%3 != 0)
		if i%10 == 0 {
			// Once more while it comes back.
			time.Sleep(time.Duration(rand.IntN(2_000)) * time.Microsecond)
			way.Cut(i%20 == 0)
		}
		require.Eventually(t, func() bool { return resumed.Load() > before }, patience, time.Millisecond)
	}
	close(stop)
	calling.Wait()
	assert.Eventually(t, func() bool { return cutLog.len() >= steadyLog.len() }, patience, 10*time.Millisecond)
	time.Sleep(50 * time.Millisecond)
	if want, got := steadyLog.all(), cutLog.all(); !slices.Equal(want, got) {
		at := 0
		for at < len(got) && at < len(want) && got[at] == want[at] {
			at++
		}
		require.FailNow(t, "the logs differ", "behind %d events: %v", at, got[at:min(at+5, len(got))])
	}
	st := s.server.Stats()
	t.Logf("%d cuts, %d resumed, %d refused, %d events", cuts, st.Resumed, st.ResumesRefused, steadyLog.len())
	assert.GreaterOrEqual(t, resumed.Load(), int64(cuts))
	assert.Zero(t, st.ResumesRefused)
	assert.Zero(t, none.Load())
}

// overflows cuts whoever comes by a way, and lets nobody come back until more has happened
// than is kept.
func overflows(ctx context.Context, t *testing.T, s *site, way *probe.Cutter) {
	t.Helper()
	steady, err := client.Dial(ctx, s.server.Addr().String(), client.Options{})
	require.NoError(t, err)
	defer steady.Close()
	way.Leads("127.0.0.1:1")
	way.Cut(true)
	for s.server.Stats().Overflown == 0 {
		call, err := steady.MakeCall(ctx, ecma.Subscriber("1000"), ecma.Subscriber("1001"), ecma.DoNotPrompt)
		time.Sleep(2 * time.Millisecond)
		if err == nil {
			_ = steady.ClearConnection(ctx, call)
		}
	}
}

// A server that has forgotten the session: the client is told, and may start its monitors
// again. One that keeps too little gives the monitors to the new session.
func TestSessionLost(t *testing.T) {
	s := newSite(t, server.Options{CleanupDelay: time.Minute, SessionMemory: 64 << 10})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	way := newCutter(t, s.server.Addr().String())
	one := open(t, way.Address(), client.SessionOptions{})
	_, err := one.MonitorStart(ctx, ecma.Subscriber("1000"), ecma.MonitorFilter{})
	require.NoError(t, err)
	first := one.ID()
	overflows(ctx, t, s, way)
	way.Leads(s.server.Addr().String())
	for e := range one.Events() {
		if e.Resumption == nil {
			continue
		}
		assert.False(t, e.Resumption.Complete)
		assert.True(t, e.Resumption.Monitors)
		assert.Error(t, e.Resumption.Lost)
		break
	}
	assert.NotEqual(t, first, one.ID())
	has, err := one.GetMonitors(ctx)
	require.NoError(t, err)
	require.Len(t, has.Monitors, 1)
	require.NoError(t, one.Close(ctx))
	require.ErrorIs(t, one.Err(), client.ErrClosed)
	_, err = one.GetMonitors(ctx)
	require.ErrorIs(t, err, client.ErrClosed)
}

// lossy leads to a server, and breaks once: when the client asks for the monitors of another
// session, before or behind the server's hearing of it.
func lossy(t *testing.T, to string, heard bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	var broken atomic.Bool
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				_ = near.Close()
				return
			}
			go func() {
				_, _ = io.Copy(near, far)
				_ = near.Close()
			}()
			go func() {
				defer far.Close()
				buf := make([]byte, 64<<10)
				for {
					n, err := near.Read(buf)
					if err != nil {
						return
					}
					breaks := bytes.Contains(buf[:n], []byte("<TransferMonitorObjects")) && broken.CompareAndSwap(false, true)
					if breaks {
						_ = near.Close()
					}
					if !breaks || heard {
						_, _ = far.Write(buf[:n])
					}
					if breaks {
						time.Sleep(20 * time.Millisecond)
						return
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// The connection breaks again while the monitors of a session that could not be had back are
// taken over: they are not lost, whether the server had heard of that or not.
func TestSessionLostTwice(t *testing.T) {
	for name, heard := range map[string]bool{"before the server hears": false, "before the client does": true} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, server.Options{CleanupDelay: time.Minute, SessionMemory: 64 << 10})
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			way := newCutter(t, s.server.Addr().String())
			one := open(t, way.Address(), client.SessionOptions{})
			_, err := one.MonitorStart(ctx, ecma.Subscriber("1000"), ecma.MonitorFilter{})
			require.NoError(t, err)
			overflows(ctx, t, s, way)
			way.Leads(lossy(t, s.server.Addr().String(), heard))
			for e := range one.Events() {
				if e.Resumption != nil {
					assert.False(t, e.Resumption.Complete)
					assert.True(t, e.Resumption.Monitors)
					break
				}
			}
			has, err := one.GetMonitors(ctx)
			require.NoError(t, err)
			require.Len(t, has.Monitors, 1)
		})
	}
}

// forgetful is a server that gives no session back; its sessions are 1, 2, 3 and so on. It
// breaks the connection of who asks it for the monitors of one, the first so many times, and of
// who asks for anything else. has tells whether a session's monitors can be had.
func forgetful(t *testing.T, breaks int, has func(session string) bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for n := 1; ; n++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			for r := wire.NewReader(conn); ; {
				f, err := r.Next()
				if err != nil {
					break
				}
				var answer ecma.Message
				switch m, ed, _ := ecma.Decode(f.Body); m := m.(type) {
				case *ecma.StartApplicationSession:
					answer = &ecma.StartApplicationSessionPosResponse{SessionID: strconv.Itoa(n), ProtocolVersion: string(ed), Duration: ecma.IntOf(3600)}
					if m.Login.SessionID != "" {
						answer = &ecma.StartApplicationSessionNegResponse{Error: ecma.SessionReason{Defined: ecma.SessionInvalidApplicationInfo}}
					}
				case *ecma.TransferMonitorObjects:
					answer = &ecma.TransferMonitorObjectsResponse{}
					if !has(m.FromSessionID) {
						answer = ecma.ErrInvalidParameterValue
					}
					if breaks > 0 {
						breaks--
						_ = conn.Close()
						continue
					}
				default:
					// Whoever has his session: he is to lose it.
					_ = conn.Close()
					continue
				}
				out, err := wire.Append(nil, f.Invoke, ecma.Append(nil, ecma.Edition4, answer))
				if err != nil {
					break
				}
				_, _ = conn.Write(out)
			}
		}
	}()
	return l.Addr().String()
}

// Where one session after the other is lost, the monitors are there if those of the first one
// are: the others have never had any of their own.
func TestMonitorsOfTheFirstSession(t *testing.T) {
	for name, c := range map[string]struct {
		has  func(string) bool
		want bool
	}{
		"all are still there":         {func(string) bool { return true }, true},
		"the first has ended":         {func(session string) bool { return session != "1" }, false},
		"only the first has not":      {func(session string) bool { return session == "1" }, true},
		"the server knows no session": {func(string) bool { return false }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := open(t, forgetful(t, 2, c.has), client.SessionOptions{})
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			_, err := one.RequestSystemStatus(ctx)
			require.ErrorIs(t, err, client.ErrInterrupted)
			e := <-one.Events()
			require.NotNil(t, e.Resumption)
			require.False(t, e.Resumption.Complete)
			require.Equal(t, c.want, e.Resumption.Monitors)
		})
	}
}

// A session that nobody gives back is given up, and a login that is refused.
func TestSessionGivenUp(t *testing.T) {
	s := newSite(t, server.Options{CleanupDelay: time.Minute})
	way := newCutter(t, s.server.Addr().String())
	one := open(t, way.Address(), client.SessionOptions{GiveUp: 300 * time.Millisecond})
	way.Leads("127.0.0.1:1")
	way.Cut(true)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := one.RequestSystemStatus(ctx)
	require.Error(t, err)
	<-one.Done()
	require.Error(t, one.Err())
	_, open := <-one.Events()
	require.False(t, open)
}
