package engine

import (
	"fmt"
	"testing"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// frames is a session that encodes what it gets, as the server does.
type frames struct{ buf []byte }

func (*frames) Label() string                              { return "frames" }
func (s *frames) Flush()                                   { s.buf = s.buf[:0] }
func (*frames) Respond(uint16, ecma.Edition, ecma.Message) {}
func (*frames) Request(ecma.Edition, ecma.Message)         {}
func (s *frames) Notify(t *ecma.Template, ref string, l ecma.LocalConnectionState) {
	s.buf = t.Append(s.buf, ref, l)
}

// noSwitch takes operations and forgets them.
type noSwitch struct{}

func (noSwitch) start(switching.Operation, result) func() { return func() {} }

// loaded is a core with monitored devices and calls in progress.
func loaded(devices, calls, monitors int) *core {
	c := newCore(Options{}, noSwitch{}, discard())
	c.now = time.Now()
	s := &frames{}
	c.openSession(s)
	for i := range devices {
		for range monitors {
			c.model.MonitorDevice(ecma.Subscriber(fmt.Sprint(100000+i)), ecma.MonitorFilter{}, ecma.Edition4, c.sessions[s])
		}
	}
	for i := range calls {
		id := fmt.Sprintf("bg%d", i)
		c.switchEvent(&switching.Event{Kind: switching.LegCreated, Leg: id, Info: &switching.LegInfo{
			Direction: switching.Inbound, Device: fmt.Sprint(500000 + i), Dialled: "1"}})
	}
	c.flush()
	return c
}

// oneCall is a whole call of the first two devices: the events that
// benchmarks count.
func oneCall(n int) []switching.Event {
	a, z := fmt.Sprintf("a%d", n), fmt.Sprintf("z%d", n)
	return []switching.Event{
		{Kind: switching.LegCreated, Leg: a, Info: &switching.LegInfo{Direction: switching.Inbound, Device: "100000", Caller: "100000", Dialled: "100001"}},
		{Kind: switching.LegCreated, Leg: z, Info: &switching.LegInfo{Direction: switching.Outbound, Device: "100001", Dialled: "100001", Originator: a}},
		{Kind: switching.LegProgress, Leg: z},
		{Kind: switching.LegAnswered, Leg: z},
		{Kind: switching.LegAnswered, Leg: a},
		{Kind: switching.LegHungUp, Leg: a, Cause: switching.CauseNormalClearing},
		{Kind: switching.LegHungUp, Leg: z, Cause: switching.CauseNormalClearing},
		{Kind: switching.LegDestroyed, Leg: a},
		{Kind: switching.LegDestroyed, Leg: z},
	}
}

// BenchmarkEventToFrame is the cost of one switch event, with one monitor on
// each device of the call; a call has 9 switch events and 9 frames.
func BenchmarkEventToFrame(b *testing.B) {
	for _, size := range []struct{ devices, calls int }{{1000, 100}, {100_000, 100}, {1000, 20_000}, {100_000, 20_000}} {
		b.Run(fmt.Sprintf("devices=%d/calls=%d", size.devices, size.calls), func(b *testing.B) {
			c := loaded(size.devices, size.calls, 1)
			events := oneCall(0)
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += len(events) {
				for i := range events {
					c.counters.SwitchEvents++
					c.switchEvent(&events[i])
				}
				c.flush()
			}
		})
	}
}

// BenchmarkFanOut is one event to many monitors of one device.
func BenchmarkFanOut(b *testing.B) {
	for _, monitors := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("monitors=%d", monitors), func(b *testing.B) {
			c := loaded(1, 0, monitors)
			created := oneCall(0)[0]
			gone := switching.Event{Kind: switching.LegHungUp, Leg: created.Leg, Cause: switching.CauseOriginatorCancel}
			end := switching.Event{Kind: switching.LegDestroyed, Leg: created.Leg}
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += 2 {
				c.switchEvent(&created)
				c.switchEvent(&gone)
				c.switchEvent(&end)
				c.flush()
			}
		})
	}
}
