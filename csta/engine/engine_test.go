package engine

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// quietSwitch knows every device and has no legs.
type quietSwitch struct{}

func (quietSwitch) Perform(ctx context.Context, op switching.Operation) (switching.Outcome, error) {
	switch op := op.(type) {
	case switching.LookUpDevice:
		return switching.Outcome{Device: switching.DeviceStatus{Device: op.Device, Known: true, Registered: true}}, nil
	case switching.Originate:
		<-ctx.Done()
		return switching.Outcome{Cause: switching.CauseOriginatorCancel}, ctx.Err()
	case switching.HangUp:
		panic("a bug of the backend")
	}
	return switching.Outcome{}, nil
}

// collector is a session that counts.
type collector struct {
	mu        sync.Mutex
	responses []ecma.Message
	events    int
	flushed   int
}

func (*collector) Label() string { return "collector" }
func (s *collector) Respond(_ uint16, _ ecma.Edition, m ecma.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.responses = append(s.responses, m)
}
func (s *collector) Notify(t *ecma.Template, ref string, local ecma.LocalConnectionState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events++
}
func (s *collector) Request(ecma.Edition, ecma.Message) {}
func (s *collector) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flushed++
}
func (s *collector) response(t *testing.T, n int) ecma.Message {
	t.Helper()
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.responses) >= n
	}, 5*time.Second, time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.responses[n-1]
}

func discard() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func TestEngineStartsAndStopsWithoutLeavingAnything(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		e := New(Options{}, quietSwitch{}, discard())
		e.Start()
		s := &collector{}
		e.OpenSession(s)
		e.Request(Request{Session: s, Message: &ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber("1000")}}})
		require.IsType(t, &ecma.MonitorStartResponse{}, s.response(t, 1))
		e.Request(Request{Session: s, Message: &ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: ecma.Subscriber("1001")}})
		require.IsType(t, &ecma.MakeCallResponse{}, s.response(t, 2))
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		require.NoError(t, e.Stop(ctx), "the pending originate is cancelled")
		cancel()
		_, err := e.Status(context.Background())
		require.Error(t, err)
	}
	require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, 5*time.Second, time.Millisecond)
}

func TestEngineUnderConcurrentUse(t *testing.T) {
	e := New(Options{}, quietSwitch{}, discard())
	e.Start()
	defer e.Stop(context.Background())
	watcher := &collector{}
	e.OpenSession(watcher)
	e.Request(Request{Session: watcher, Message: &ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber("1000")}}})
	watcher.response(t, 1)
	var wg sync.WaitGroup
	wg.Add(3)
	go func() {
		defer wg.Done()
		for range 500 {
			e.Events([]switching.Event{
				{Kind: switching.LegCreated, Leg: "a", Info: &switching.LegInfo{Direction: switching.Inbound, Device: "1000", Dialled: "1001"}},
				{Kind: switching.LegHungUp, Leg: "a", Cause: switching.CauseOriginatorCancel},
				{Kind: switching.LegDestroyed, Leg: "a"},
			})
		}
	}()
	go func() {
		defer wg.Done()
		for range 100 {
			s := &collector{}
			e.OpenSession(s)
			e.Request(Request{Session: s, Message: &ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber("1000")}}})
			e.CloseSession(s)
		}
	}()
	go func() {
		defer wg.Done()
		for range 100 {
			_, err := e.Status(context.Background())
			require.NoError(t, err)
		}
	}()
	wg.Wait()
	require.Eventually(t, func() bool {
		st, err := e.Status(context.Background())
		return err == nil && st.Counters.SwitchEvents >= 1500 && len(st.Monitors) == 1 && len(st.Calls) == 0
	}, 5*time.Second, time.Millisecond)
	watcher.mu.Lock()
	defer watcher.mu.Unlock()
	require.Equal(t, 1000, watcher.events)
}

func TestPanicInBackendBecomesAnError(t *testing.T) {
	e := New(Options{}, quietSwitch{}, discard())
	e.Start()
	defer e.Stop(context.Background())
	got := make(chan error, 1)
	e.post(input{news: question(func(c *core) {
		c.ops.start(switching.HangUp{}, func(_ switching.Outcome, err error) { got <- err })
	})})
	require.ErrorContains(t, <-got, "a bug of the backend")
}

func TestPanicInCoreIsCountedAndSurvived(t *testing.T) {
	e := New(Options{}, quietSwitch{}, discard())
	e.Start()
	defer e.Stop(context.Background())
	e.post(input{news: question(func(*core) { panic("a bug of ours") })})
	st, err := e.Status(context.Background())
	require.NoError(t, err)
	require.EqualValues(t, 1, st.Counters.Panics)
}

// The switch's events never wait for the engine, be it stuck altogether: what
// does not fit is lost, counted and mended by a snapshot.
func TestEventsNeverWaitForTheEngine(t *testing.T) {
	e := New(Options{}, quietSwitch{}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	e.Start()
	status := func() Status {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		st, err := e.Status(ctx)
		require.NoError(t, err)
		return st
	}
	before := status().Counters
	stuck, resume := make(chan struct{}), make(chan struct{})
	e.post(input{news: question(func(*core) {
		close(stuck)
		<-resume
	})})
	<-stuck
	const tooMany = 1000
	batch := make([]switching.Event, 64)
	for i := range batch {
		batch[i] = switching.Event{Kind: switching.WaitEnded, Leg: "gone"}
	}
	sent := 0
	for sent < maxPendingEvents+tooMany {
		e.Events(batch)
		sent += len(batch)
	}
	close(resume)
	after := status().Counters
	require.EqualValues(t, maxPendingEvents, after.SwitchEvents-before.SwitchEvents)
	require.Eventually(t, func() bool { return status().Counters.Repairs == before.Repairs+1 }, 5*time.Second, time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, e.Stop(ctx))
}
