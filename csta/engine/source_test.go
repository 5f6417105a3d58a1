package engine

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

// filled is a source of events that a test fills.
type filled struct {
	alarm *alarm

	mu     sync.Mutex
	events []switching.Event
	broken bool
	waits  int
}

func (r *filled) put(batch ...switching.Event) {
	r.mu.Lock()
	r.events = append(r.events, batch...)
	r.mu.Unlock()
	r.alarm.Interrupt()
}

func (r *filled) Take(batch []switching.Event) []switching.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.events
	r.events = nil
	if r.broken {
		r.broken = false
		panic("bug")
	}
	return append(batch, taken...)
}

func (r *filled) Wait(until time.Time) {
	r.mu.Lock()
	r.waits++
	waiting := len(r.events) > 0
	r.mu.Unlock()
	if !waiting {
		r.alarm.Wait(until)
	}
}

func (r *filled) Interrupt() { r.alarm.Interrupt() }

// TestSource: the loop takes events from its source, sleeps there, and is woken there
// for all else.
func TestSource(t *testing.T) {
	source := &filled{alarm: newAlarm()}
	e := New(Options{Source: source, AuditInterval: time.Hour}, quietSwitch{}, slog.New(slog.DiscardHandler))
	e.Start()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	status := func() Status {
		st, err := e.Status(ctx)
		require.NoError(t, err)
		return st
	}
	created := func(leg, device string) switching.Event {
		return switching.Event{Kind: switching.LegCreated, Leg: leg, Info: &switching.LegInfo{
			Direction: switching.Inbound, Device: device, Caller: device, Dialled: "1001"}}
	}
	seen := func(n uint64) func() bool { return func() bool { return status().Counters.SwitchEvents >= n } }
	source.put(created("a", "1000"))
	require.Eventually(t, seen(1), 5*time.Second, time.Millisecond)
	source.put(created("b", "1002"),
		switching.Event{Kind: switching.LegHungUp, Leg: "b", Cause: switching.CauseOriginatorCancel},
		switching.Event{Kind: switching.LegDestroyed, Leg: "b"})
	require.Eventually(t, seen(4), 5*time.Second, time.Millisecond)

	source.mu.Lock()
	source.broken = true
	source.mu.Unlock()
	source.put(created("c", "1003"))
	require.Eventually(t, func() bool { return status().Counters.Panics == 1 }, 5*time.Second, time.Millisecond)
	source.put(created("d", "1004"))
	require.Eventually(t, seen(5), 5*time.Second, time.Millisecond, "it goes on")
	assert.EqualValues(t, 1, status().Counters.EventsLost, "what the panic cost is looked for")

	// Nothing to do: it sleeps, and is not woken.
	source.mu.Lock()
	waits := source.waits
	source.mu.Unlock()
	time.Sleep(300 * time.Millisecond)
	source.mu.Lock()
	assert.LessOrEqual(t, source.waits, waits+3)
	source.mu.Unlock()
	require.NoError(t, e.Stop(ctx))
}

// endless is a source that always has something.
type endless struct {
	*alarm
	next switching.Event
}

func (s *endless) Take(batch []switching.Event) []switching.Event {
	next := s.next
	s.next = switching.Event{Kind: switching.LegProgress, Leg: "a"}
	return append(batch, next)
}

// listing is a switch that counts how often it was asked for its legs.
type listing struct {
	quietSwitch
	lists atomic.Int32
}

func (s *listing) Perform(ctx context.Context, op switching.Operation) (switching.Outcome, error) {
	if _, is := op.(switching.ListLegs); is {
		s.lists.Add(1)
	}
	return s.quietSwitch.Perform(ctx, op)
}

// TestSourceWithoutPause: events without end hold up neither requests nor audits, nor the
// engine's own end.
func TestSourceWithoutPause(t *testing.T) {
	source := &endless{alarm: newAlarm(), next: switching.Event{Kind: switching.LegCreated, Leg: "a", Info: &switching.LegInfo{
		Direction: switching.Inbound, Device: "1000", Caller: "1000", Dialled: "1001"}}}
	sw := &listing{}
	e := New(Options{Source: source, AuditInterval: 20 * time.Millisecond}, sw, slog.New(slog.DiscardHandler))
	e.Start()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.Eventually(t, func() bool {
		st, err := e.Status(ctx)
		require.NoError(t, err)
		return st.Counters.SwitchEvents > 10 && sw.lists.Load() > 2
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, e.Stop(ctx))
}
