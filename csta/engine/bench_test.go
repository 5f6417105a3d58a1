package engine

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"
	"unsafe"

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

func (noSwitch) start(uint64, switching.Operation, bool) func() { return func() {} }

// loaded is a core with monitored devices and calls in progress. A call has two
// parties, none of them monitored.
func loaded(devices, calls, monitors int) *core {
	c := newCore(Options{}, noSwitch{}, discard())
	c.now = time.Now()
	s := &frames{}
	c.openSession(s)
	for i := range devices {
		for range monitors {
			c.monitoring.startOnDevice(c.sessions[s], &Request{Session: s, Edition: ecma.Edition4, Message: &ecma.MonitorStart{}}, ecma.Subscriber(fmt.Sprint(firstDevice+i)), ecma.MonitorFilter{})
		}
	}
	for i := range calls {
		events := callOf(fmt.Sprint("held", i), fmt.Sprint(500000+i), fmt.Sprint(600000+i))
		for j := range events[:callUp] {
			c.rules.switchEvent(&events[j])
		}
	}
	c.flush()
	return c
}

// firstDevice is the first of the devices that loaded monitors.
const firstDevice = 100_000

// callUp is the number of callOf's events after which the call is answered.
const callUp = 5

// callOf is a whole call, as the switch tells it: 9 events, which make 9 frames
// if both devices have a monitor.
func callOf(name, calling, called string) []switching.Event {
	a, z := name+"a", name+"z"
	return []switching.Event{
		{Kind: switching.LegCreated, Leg: a, Info: &switching.LegInfo{Direction: switching.Inbound, Device: calling, Caller: calling, Dialled: called}},
		{Kind: switching.LegCreated, Leg: z, Info: &switching.LegInfo{Direction: switching.Outbound, Device: called, Dialled: called, Originator: a}},
		{Kind: switching.LegProgress, Leg: z},
		{Kind: switching.LegAnswered, Leg: z},
		{Kind: switching.LegAnswered, Leg: a},
		{Kind: switching.LegHungUp, Leg: a, Cause: switching.CauseNormalClearing},
		{Kind: switching.LegHungUp, Leg: z, Cause: switching.CauseNormalClearing},
		{Kind: switching.LegDestroyed, Leg: a},
		{Kind: switching.LegDestroyed, Leg: z},
	}
}

func (c *core) play(events []switching.Event) {
	for i := range events {
		c.counters.SwitchEvents++
		c.rules.switchEvent(&events[i])
	}
	c.flush()
}

// BenchmarkEventToFrame is the cost of one switch event, with one monitor on
// each device of the call. Budget: 3 µs.
func BenchmarkEventToFrame(b *testing.B) {
	c := loaded(1000, 100, 1)
	events := callOf("", fmt.Sprint(firstDevice), fmt.Sprint(firstDevice+1))
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += len(events) {
		c.play(events)
	}
}

// BenchmarkFlat compares the cost of one switch event in engines of different
// size, by turns in one run. "same" is the same call again and again, which
// shows what the engine's work grows by; "all" goes through 512 calls between
// devices from everywhere in the population, so that a large one is not in the
// processor's caches either. Budget: 1.2 times the smallest.
func BenchmarkFlat(b *testing.B) {
	const (
		rounds = 60
		plays  = 1024
		spread = 512
	)
	type subject struct {
		devices, calls int
		core           *core
		plays          [][]switching.Event
		cost           []float64
	}
	sizes := []struct{ devices, calls int }{{1000, 100}, {10_000, 100}, {100_000, 100}, {1000, 1000}, {1000, 20_000}, {100_000, 20_000}}
	for _, kind := range []string{"same", "all"} {
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				var subjects []*subject
				for _, size := range sizes {
					s := &subject{devices: size.devices, calls: size.calls, core: loaded(size.devices, size.calls, 1)}
					for i := range spread {
						n := 0
						if kind == "all" {
							n = i * (size.devices / spread)
						}
						s.plays = append(s.plays, callOf(fmt.Sprint("n", i), fmt.Sprint(firstDevice+n), fmt.Sprint(firstDevice+(n+size.devices/2)%size.devices)))
					}
					subjects = append(subjects, s)
				}
				for range rounds {
					for _, s := range subjects {
						began := time.Now()
						for i := range plays {
							s.core.play(s.plays[i%spread])
						}
						s.cost = append(s.cost, float64(time.Since(began).Nanoseconds())/(plays*9))
					}
				}
				base := 0.0
				for i, s := range subjects {
					slices.Sort(s.cost)
					median := s.cost[len(s.cost)/2]
					if i == 0 {
						base = median
						b.ReportMetric(median, "ns/event")
						continue
					}
					b.ReportMetric(median/base, fmt.Sprintf("x/%d-devices-%d-calls", s.devices, s.calls))
				}
				runtime.KeepAlive(subjects)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// heapInUse is the memory in use after a collection.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkMemory is what devices, monitors and calls keep. Budget: 1 KiB for an
// idle monitored device, 8 KiB for a call (package translate measures that with
// the switch's records, whose strings the engine keeps).
func BenchmarkMemory(b *testing.B) {
	for _, kind := range []struct {
		name                     string
		devices, calls, monitors int
		of                       int
		without                  func() *core
	}{
		{"device", 100_000, 0, 1, 100_000, func() *core { return loaded(0, 0, 1) }},
		{"monitor", 1000, 0, 101, 100_000, func() *core { return loaded(1000, 0, 1) }},
		{"call", 0, 20_000, 1, 20_000, func() *core { return loaded(0, 0, 1) }},
	} {
		b.Run(kind.name, func(b *testing.B) {
			for b.Loop() {
				before := heapInUse()
				small := kind.without()
				base := heapInUse() - before
				runtime.KeepAlive(small)
				small = nil
				before = heapInUse()
				c := loaded(kind.devices, kind.calls, kind.monitors)
				b.ReportMetric(float64(heapInUse()-before-base)/float64(kind.of), "B/"+kind.name)
				runtime.KeepAlive(c)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// A leg takes no more than the size class that holds it: beyond 512 bytes Go's allocator
// puts 8 before an object with pointers (runtime/mheap, "malloc header"), and the class
// behind this one is 1024.
func TestLegFitsItsSizeClass(t *testing.T) {
	const class, header = 896, 8
	if size := unsafe.Sizeof(leg{}); size+header > class {
		t.Errorf("a leg has %d bytes, %d are left", size, class-header)
	}
}

// BenchmarkFanOut is one event to many monitors of one device.
func BenchmarkFanOut(b *testing.B) {
	for _, monitors := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprintf("monitors=%d", monitors), func(b *testing.B) {
			c := loaded(1, 0, monitors)
			created := callOf("", fmt.Sprint(firstDevice), fmt.Sprint(firstDevice+1))[0]
			gone := switching.Event{Kind: switching.LegHungUp, Leg: created.Leg, Cause: switching.CauseOriginatorCancel}
			end := switching.Event{Kind: switching.LegDestroyed, Leg: created.Leg}
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += 2 {
				c.rules.switchEvent(&created)
				c.rules.switchEvent(&gone)
				c.rules.switchEvent(&end)
				c.flush()
			}
		})
	}
}

// A module that is loaded during the calls of a dialler finds one leg in two with a
// note that names its call.
func BenchmarkLoadDuringNotedCalls(b *testing.B) {
	for _, calls := range []int{500, 5000} {
		b.Run(fmt.Sprint(calls), func(b *testing.B) {
			var list []switching.LegState
			for i := range calls {
				one, two := "a"+fmt.Sprint(i), "b"+fmt.Sprint(i)
				caller := fmt.Sprint(10000 + i)
				list = append(list,
					switching.LegState{Leg: one, Created: int64(2 * i), Answered: true, Partner: two, Note: "call_x" + one, Info: switching.LegInfo{
						Direction: switching.Inbound, Device: caller, Caller: caller, Dialled: "1"}},
					switching.LegState{Leg: two, Created: int64(2*i + 1), Answered: true, Partner: one, Info: switching.LegInfo{
						Direction: switching.Outbound, Device: fmt.Sprint(30000 + i), Dialled: "1"}})
			}
			for b.Loop() {
				bench := newBench(&testing.T{})
				bench.core.comparison.mend(slices.Clone(list), bench.core.comparison.wrong(list))
			}
		})
	}
}

// BenchmarkRecorder is what recording the inputs costs, by turns in one run: the
// engine's loop over the events of calls between monitored devices, with and without.
// Budget: 1.1 times, and no allocation more.
func BenchmarkRecorder(b *testing.B) {
	const (
		rounds = 200
		calls  = 7
	)
	type subject struct {
		engine *Engine
		cost   []float64
	}
	var batches [][]input
	for i := range 64 {
		events := callOf(fmt.Sprintf("6f1c3b7e-9d52-4a0b-8c11-00000000%04d", i), fmt.Sprint(firstDevice+2*i), fmt.Sprint(firstDevice+2*i+1))
		var batch []input
		for range calls {
			for j := range events {
				batch = append(batch, input{event: events[j]})
			}
		}
		batches = append(batches, batch)
	}
	for b.Loop() {
		var subjects [2]subject
		for i := range subjects {
			e := New(Options{}, quietSwitch{}, discard())
			e.core = loaded(1000, 100, 1)
			if i == 1 {
				e.core.keepRecord(newRecorder(DefaultRecording))
			}
			subjects[i].engine = e
		}
		scratch := make([]input, 0, len(batches[0]))
		for round := range rounds {
			for i := range subjects {
				// Neither is always the one that comes second.
				i ^= round & 1
				began := time.Now()
				for _, batch := range batches {
					scratch = append(scratch[:0], batch...)
					subjects[i].engine.handle(scratch)
				}
				subjects[i].cost = append(subjects[i].cost, float64(time.Since(began).Nanoseconds())/float64(len(batches)*len(batches[0])))
			}
		}
		var median [2]float64
		for i := range subjects {
			slices.Sort(subjects[i].cost)
			median[i] = subjects[i].cost[rounds/2]
		}
		b.ReportMetric(median[0], "ns/event-without")
		b.ReportMetric(median[1]/median[0], "x/with")
	}
	b.ReportMetric(0, "ns/op")
}

// The recorder writes events into room that it has.
func TestRecordingAnEventAllocatesNothing(t *testing.T) {
	c := loaded(10, 0, 1)
	c.keepRecord(newRecorder(DefaultRecording))
	events := callOf("", fmt.Sprint(firstDevice), fmt.Sprint(firstDevice+1))
	in := input{}
	record := func() {
		for i := range events {
			in.event = events[i]
			c.record.input(c, &in)
		}
	}
	for range 10_000 {
		record()
	}
	if n := testing.AllocsPerRun(100, record); n >= 1 {
		t.Errorf("%v allocations for a call", n)
	}
}
