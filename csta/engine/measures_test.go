package engine

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/measure"
	"mod_csta_socket/csta/switching"
)

func TestMeasures(t *testing.T) {
	e := New(Options{}, quietSwitch{}, discard())
	e.Start()
	defer e.Stop(context.Background())
	s := &collector{}
	e.OpenSession(s)
	e.Request(Request{Session: s, Message: &ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber("1000")}}})
	s.response(t, 1)
	e.Request(Request{Session: s, Message: &ecma.MonitorStop{MonitorCrossRefID: "nonsense"}})
	e.Request(Request{Session: s, Message: &ecma.MonitorStart{}})
	s.response(t, 3)
	e.Events([]switching.Event{
		{Kind: switching.LegCreated, Leg: "a", Info: &switching.LegInfo{Direction: switching.Inbound, Device: "1000", Dialled: "1001"}},
		{Kind: switching.EventsLost, Count: 7},
	})
	m, err := e.Measures(context.Background())
	require.NoError(t, err)
	assert.Equal(t, measure.Outcomes{
		"MonitorStart": {OK: 1, Failed: map[string]uint64{"operation": 1}},
		"MonitorStop":  {Failed: map[string]uint64{"operation": 1}},
	}, m.Services)
	assert.Equal(t, map[string]uint64{"serviceInitiated": 1}, m.Sent)
	assert.EqualValues(t, 2, m.SwitchEvents)
	assert.EqualValues(t, 7, m.EventsLost)
	assert.EqualValues(t, 2, m.Event.Count())
	assert.EqualValues(t, 3, m.Request.Count())
	assert.Positive(t, m.Other.Count())
	assert.Positive(t, m.InboxDeepest)
	assert.Equal(t, []int{1, 1, 1, 1}, []int{m.Sessions, m.Monitors, m.Devices, m.Calls})
	assert.Equal(t, quickWorkers, m.Quick.Limit)
	assert.Equal(t, slowWorkers, m.Slow.Limit)
	assert.Empty(t, m.Traced)
}

func TestPanicInAnOperationIsCounted(t *testing.T) {
	var log strings.Builder
	e := New(Options{}, quietSwitch{}, slog.New(slog.NewTextHandler(&log, nil)))
	e.Start()
	failed := make(chan error, 1)
	e.post(input{news: question(func(c *core) {
		c.ops.start(switching.HangUp{}, func(_ switching.Outcome, err error) { failed <- err })
	})})
	assert.NotContains(t, (<-failed).Error(), "goroutine", "the stack is for the log alone")
	m, err := e.Measures(context.Background())
	require.NoError(t, err)
	assert.EqualValues(t, 1, m.Panics)
	require.NoError(t, e.Stop(context.Background()))
	assert.Contains(t, log.String(), "a bug of the backend")
}

func TestRequestThatPanicsIsAnswered(t *testing.T) {
	e := New(Options{}, quietSwitch{}, discard())
	e.Start()
	defer e.Stop(context.Background())
	s := &collector{}
	e.OpenSession(s)
	e.Request(Request{Session: s, Message: &ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber("1000")}}})
	s.response(t, 1)
	e.post(input{news: question(func(c *core) { c.model = nil })})
	e.Request(Request{Session: s, Message: &ecma.SnapshotDevice{Object: ecma.Subscriber("1000")}})
	require.Equal(t, ecma.ErrOperationGeneric, s.response(t, 2))
}

// timedClient is a client that measures.
type timedClient struct {
	*client
	since []int64
}

func (c *timedClient) Since(at int64) { c.since = append(c.since, at) }

func TestSessionsAreToldWhenTheOldestEventCame(t *testing.T) {
	b := newBench(t)
	s := &timedClient{client: &client{bench: b, name: "c"}}
	b.core.openSession(s)
	b.core.model.MonitorDevice(ecma.Subscriber("1000"), ecma.MonitorFilter{}, ecma.Edition4, b.core.sessions[s])
	at := func(n int64, kind switching.Kind) switching.Event {
		return switching.Event{Kind: kind, At: n, Leg: "a", Info: &switching.LegInfo{Direction: switching.Inbound, Device: "1000", Dialled: "1001"}}
	}
	b.event(at(10, switching.LegCreated))
	b.event(at(20, switching.LegHungUp))
	b.core.flush()
	assert.Equal(t, []int64{10}, s.since)
	b.event(at(30, switching.LegDestroyed))
	b.core.flush()
	b.core.model.TellDevice(b.core.model.Devices.Find(ecma.Subscriber("1000")), &ecma.OutOfServiceEvent{})
	b.core.flush()
	assert.Equal(t, []int64{10}, s.since[:1])
	assert.NotContains(t, s.since, int64(0), "what no event caused has no age")
}

// traced is a bench with a log.
func traced(t *testing.T) (*bench, *bytes.Buffer) {
	var log bytes.Buffer
	b := newBench(t)
	b.core.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	return b, &log
}

// Digits that may be a PIN are shown only to the operator who wants them.
func TestTraceOfDigits(t *testing.T) {
	b, log := traced(t)
	b.client("1 x").monitor("1000")
	_, err := b.core.trace.set("1000", true)
	require.NoError(t, err)
	press := func() string {
		log.Reset()
		b.event(switching.Event{Kind: switching.DigitDetected, Leg: "a", Name: "4"})
		return log.String()
	}
	b.inbound("a", "1000", "9500")
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "a", Name: "9500"})
	assert.Contains(t, press(), "<dtmfChar>***</dtmfChar>")
	b.core.opts.TraceDigits = true
	assert.Contains(t, press(), "<dtmfChar>4</dtmfChar>")
}

func TestTraceOfADevice(t *testing.T) {
	b, log := traced(t)
	x := b.client("1 x")
	ref := x.monitor("1000")
	y := b.client("2 y")
	other := y.monitor("1001")
	require.Zero(t, log.Len(), "off")

	changed, err := b.core.trace.set("1000", true)
	require.NoError(t, err)
	assert.True(t, changed)
	changed, err = b.core.trace.set("1000", true)
	require.NoError(t, err)
	assert.False(t, changed)
	assert.Equal(t, []string{"1000"}, b.core.measures().Traced)

	b.inbound("a", "1000", "1001")
	b.outbound("z", "1001", "a")
	b.simple(switching.LegProgress, "z")
	lines := func() []string {
		text := strings.TrimSpace(log.String())
		log.Reset()
		if text == "" {
			return nil
		}
		return strings.Split(text, "\n")
	}
	got := lines()
	require.Len(t, got, 3, "the events of 1000's monitor, none of those of 1001's")
	assert.Contains(t, got[0], `level=INFO msg="trace 1 x -> 9999 <ServiceInitiatedEvent xmlns=`)
	assert.Contains(t, got[1], "<OriginatedEvent")
	assert.Contains(t, got[2], "<DeliveredEvent")

	y.send(&ecma.MonitorStop{MonitorCrossRefID: other})
	assert.Empty(t, lines(), "of another device")
	y.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
	got = lines()
	require.Len(t, got, 2)
	assert.Contains(t, got[0], "trace 2 y <- 0003 <SnapshotDevice")
	assert.Contains(t, got[1], "trace 2 y -> 0003 <SnapshotDeviceResponse")
	x.send(&ecma.MonitorStop{MonitorCrossRefID: ref})
	got = lines()
	require.Len(t, got, 2, "by the monitor's number")
	assert.Contains(t, got[1], "<MonitorStopResponse")

	_, err = b.core.trace.set("1000", false)
	require.NoError(t, err)
	x.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
	assert.Empty(t, lines())
	assert.False(t, b.core.trace.on)
	assert.Nil(t, b.core.trace.pending)
}

func TestTracesAreBounded(t *testing.T) {
	var tr trace
	for i := range maxTraced {
		_, err := tr.set(strings.Repeat("1", i+1), true)
		require.NoError(t, err)
	}
	_, err := tr.set("2", true)
	assert.ErrorIs(t, err, ErrTooManyTraces)
	assert.Len(t, tr.devices(), maxTraced)
}

func TestTraceThroughTheEngine(t *testing.T) {
	e := New(Options{DefaultDomain: "csta.test"}, quietSwitch{}, discard())
	e.Start()
	defer e.Stop(context.Background())
	changed, err := e.Trace(context.Background(), "1000@csta.test", true)
	require.NoError(t, err)
	assert.True(t, changed)
	m, err := e.Measures(context.Background())
	require.NoError(t, err)
	assert.Equal(t, []string{"1000"}, m.Traced)
}

// BenchmarkHandle is what measuring costs: the engine's loop over a batch, beside
// the same loop that measures nothing. A call has 9 switch events.
func BenchmarkHandle(b *testing.B) {
	const calls = 7
	run := func(b *testing.B, handle func(*Engine, []input)) {
		e := New(Options{}, quietSwitch{}, discard())
		e.core = loaded(1000, 100, 1)
		events := callOf("measured", "1000", "1001")
		for i := range events {
			events[i].At = time.Now().UnixNano()
		}
		batch := make([]input, 0, calls*len(events))
		b.ReportAllocs()
		b.ResetTimer()
		for n := 0; n < b.N; n += cap(batch) {
			batch = batch[:0]
			for range calls {
				for i := range events {
					batch = append(batch, input{event: events[i]})
				}
			}
			handle(e, batch)
			e.core.flush()
		}
	}
	b.Run("measured", func(b *testing.B) { run(b, (*Engine).handle) })
	b.Run("bare", func(b *testing.B) {
		run(b, func(e *Engine, batch []input) {
			for i := range batch {
				in := &batch[i]
				e.core.guard(func() { e.core.step(in) })
				if i%flushEvery == flushEvery-1 {
					e.core.flush()
				}
				*in = input{}
			}
		})
	})
}
