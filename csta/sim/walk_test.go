package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

// witness checks what must be true of any stream of events.
type witness struct {
	mu      sync.Mutex
	legs    map[string]*life
	partner map[string]string
	faults  []string
}

type life struct{ hungUp, answered, held bool }

func newWitness() *witness {
	return &witness{legs: map[string]*life{}, partner: map[string]string{}}
}

func (w *witness) fault(format string, a ...any) {
	w.faults = append(w.faults, fmt.Sprintf(format, a...))
}

func (w *witness) Events(batch []switching.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range batch {
		w.see(e)
	}
}

func (w *witness) see(e switching.Event) {
	what := kindNames[e.Kind] + " " + e.Leg
	if e.Leg == "" || e.Kind == switching.LegRenamed {
		return
	}
	l := w.legs[e.Leg]
	if e.Kind == switching.LegCreated {
		if l != nil {
			w.fault("%s: twice", what)
		}
		if o := e.Info.Originator; o != "" && w.legs[o] == nil {
			w.fault("%s: unknown originator", what)
		}
		w.legs[e.Leg] = &life{}
		return
	}
	if l == nil {
		w.fault("%s: no such leg", what)
		return
	}
	switch e.Kind {
	case switching.LegDestroyed:
		if !l.hungUp || w.partner[e.Leg] != "" {
			w.fault("%s: not ended properly", what)
		}
		delete(w.legs, e.Leg)
	case switching.LegHungUp:
		if l.hungUp || l.held || e.Cause == "" {
			w.fault("%s: %+v", what, *l)
		}
		l.hungUp = true
	case switching.LegAnswered:
		if l.answered || l.hungUp {
			w.fault("%s: %+v", what, *l)
		}
		l.answered = true
	case switching.LegHeld, switching.LegUnheld:
		if l.held == (e.Kind == switching.LegHeld) || l.hungUp {
			w.fault("%s: %+v", what, *l)
		}
		l.held = !l.held
	case switching.LegsBridged:
		if w.partner[e.Leg] != "" || w.partner[e.Other] != "" || l.hungUp {
			w.fault("%s %s: bridged already or gone", what, e.Other)
		}
		w.partner[e.Leg], w.partner[e.Other] = e.Other, e.Leg
	case switching.LegsUnbridged:
		if w.partner[e.Leg] != e.Other || w.partner[e.Other] != e.Leg {
			w.fault("%s %s: not bridged", what, e.Other)
		}
		delete(w.partner, e.Leg)
		delete(w.partner, e.Other)
	case switching.WaitEnded, switching.PlayStopped, switching.RecordStopped, switching.ConferenceLeft:
	default:
		if l.hungUp {
			w.fault("%s: after its end", what)
		}
	}
}

// step does something random, legal or not, to the switch.
func step(s *Switch, rnd *rand.Rand) {
	pick := func(all ...string) string { return all[rnd.IntN(len(all))] }
	number := func() string {
		return pick("1000", "1001", "1002", "1003", "9500", "9501", "205550", "4711", "700")
	}
	p := s.Phone(pick("1000", "1001", "1002", "1003"))
	if rnd.IntN(5) == 0 {
		p = s.Network("5550")
	}
	leg := func() string {
		if legs := s.Legs(); len(legs) > 0 && rnd.IntN(50) > 0 {
			return legs[rnd.IntN(len(legs))].Leg
		}
		return "nobody"
	}
	perform := func(op switching.Operation) { _, _ = s.Perform(context.Background(), op) }
	switch rnd.IntN(30) {
	case 0, 1, 2:
		_, _ = p.Dial(pick(number(), "193190"))
	case 3, 4, 5, 6:
		_ = p.Answer("")
	case 7:
		_ = p.HangUp("")
	case 8:
		_ = p.Reject("", "")
	case 9:
		_ = p.Hold("")
	case 10:
		_ = p.Retrieve("")
	case 11:
		_ = p.Digit("", '1')
	case 12:
		_ = p.BlindTransfer("", number())
	case 13:
		_ = p.AttendedTransfer("", "")
	case 14:
		b, _ := ParseBehaviour(pick("answer:1s", "busy", "silent", "reject:1s", "early,answer:2s", "noring,answer", "away", "answer:0s,hangup:3s"))
		p.SetBehaviour(b)
	case 15:
		_ = p.EarlyMedia("")
	case 16:
		perform(switching.Route{Leg: leg(), Number: number()})
	case 17:
		perform(switching.Bridge{Leg: leg(), Other: leg()})
	case 18:
		perform(switching.Music{Leg: leg()})
	case 19:
		perform(switching.Protect{Leg: leg(), On: rnd.IntN(2) == 0})
	case 20:
		perform(switching.KeepAfterBridge{Leg: leg(), On: rnd.IntN(2) == 0})
	case 21:
		perform(switching.Join{Leg: leg(), Conference: pick("c1", "c2")})
	case 22:
		perform(switching.Play{Leg: leg(), ID: "p", Files: []string{pick("a", "missing")}, StopOnDigit: rnd.IntN(2) == 0})
	case 23:
		perform(switching.StopPlay{Leg: leg()})
	case 24:
		perform(switching.Record{Leg: leg(), File: pick("r1", "r2"), Limit: time.Duration(rnd.IntN(3)) * time.Second})
	case 25:
		perform(switching.Hold{Leg: leg()})
	case 26:
		perform(switching.Unhold{Leg: leg()})
	case 27:
		perform(switching.Answer{Leg: leg(), AskPhone: rnd.IntN(2) == 0})
	case 28:
		perform(switching.HangUp{Leg: leg()})
	case 29:
		op := switching.Originate{Leg: randomUUID(), Then: number(), AutoAnswer: rnd.IntN(2) == 0, Timeout: time.Second}
		switch rnd.IntN(3) {
		case 0:
			op.Device = "1000"
		case 1:
			op.Number = number()
		case 2:
			op.URI = "external/5550@x"
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if rnd.IntN(2) == 0 {
			ctx = context.Background()
		}
		go func() { _, _ = s.Perform(ctx, op) }()
	}
}

func walkOptions(c Clock) Options {
	o := DefaultOptions()
	o.Clock = c
	o.Groups = map[string][]string{"700": {"1001", "1002"}}
	return o
}

func finish(t *testing.T, s *Switch, w *witness) {
	for _, l := range s.Legs() {
		_, _ = s.Perform(t.Context(), switching.HangUp{Leg: l.Leg})
	}
	// What has no partner any more was hung up; nothing may come after it.
	assert.Empty(t, s.Legs())
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Empty(t, w.faults)
	assert.Empty(t, w.legs)
	assert.Empty(t, w.partner)
}

func TestRandomWalks(t *testing.T) {
	walks := 300
	if testing.Short() {
		walks = 30
	}
	for seed := range walks {
		rnd := rand.New(rand.NewPCG(uint64(seed), 1))
		clock, w := NewVirtualClock(), newWitness()
		s := New(walkOptions(clock))
		s.Attach(w)
		for range 300 {
			step(s, rnd)
			if rnd.IntN(3) == 0 {
				clock.Advance(time.Duration(rnd.IntN(4000)) * time.Millisecond)
			}
		}
		s.Stop()
		clock.Advance(time.Hour)
		finish(t, s, w)
	}
}

// The same from many goroutines in real time, for the race detector.
func TestConcurrentUse(t *testing.T) {
	w := newWitness()
	o := walkOptions(nil)
	o.Latency = time.Microsecond
	s := New(o)
	s.Attach(w)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 2))
			for range 300 {
				step(s, rnd)
			}
		})
	}
	all.Wait()
	s.Stop()
	finish(t, s, w)
}

func TestVirtualClock(t *testing.T) {
	c := NewVirtualClock()
	start := c.Now()
	var seen []string
	note := func(what string) func() {
		return func() { seen = append(seen, fmt.Sprint(what, " ", c.Now().Sub(start))) }
	}
	c.AfterFunc(2*time.Second, note("b"))
	c.AfterFunc(time.Second, func() {
		note("a")()
		c.AfterFunc(500*time.Millisecond, note("a2"))
		c.AfterFunc(-time.Second, note("now"))
	})
	stop := c.AfterFunc(time.Second, note("never"))
	stop()
	stop()
	c.Advance(1999 * time.Millisecond)
	c.Advance(time.Millisecond)
	assert.Equal(t, []string{"a 1s", "now 1s", "a2 1.5s", "b 2s"}, seen)
	assert.Equal(t, 2*time.Second, c.Now().Sub(start))
}

func TestRealTime(t *testing.T) {
	s, w := New(Options{Latency: time.Millisecond}), newWitness()
	s.Attach(w)
	s.Phone("1001").SetBehaviour(Behaviour{Reaction: Answer, After: 5 * time.Millisecond, HangUpAfter: time.Millisecond})
	_, err := s.Phone("1000").Dial("1001")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(s.Legs()) == 0 }, 10*time.Second, time.Millisecond)
	finish(t, s, w)
}

type nobody struct{}

func (nobody) Events([]switching.Event) {}

func BenchmarkCall(b *testing.B) {
	s := New(Options{Clock: NewVirtualClock()})
	s.Attach(nobody{})
	s.Phone("1001").SetBehaviour(Behaviour{Reaction: Answer})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Phone("1000").Dial("1001"); err != nil {
			b.Fatal(err)
		}
		s.Phone("1000").HangUpAll()
	}
}
