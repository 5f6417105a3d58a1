package conformance

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mod_csta_socket/csta/switching"
)

// Crowd is a backend that makes many calls into the queue 9500 without phones,
// and ends all the calls of the switch at once.
type Crowd interface {
	Backend
	CallQueue(ctx context.Context, calls int) error
	HangUpAll(ctx context.Context) error
}

// crowdQueue is the queue that they call.
const crowdQueue = "9500"

// stormPatience bounds the wait for all the events of a storm.
const stormPatience = 2 * time.Minute

// QueueStorm fills the queue with calls and hangs them all up at the same
// moment: a client that monitors the queue, and another one that comes for this
// storm only, must be told of each, and nothing may be lost, repaired or left.
func QueueStorm(t testing.TB, b Crowd, calls int) {
	t.Helper()
	p := newPlay(t, b, Cast{"Q": "02" + crowdQueue + "/deviceNumber"})
	p.start(longRing)
	watches := []*Watch{p.Monitor("Q"), p.MonitorBy("another", "Q")}
	ctx, cancel := context.WithTimeout(t.Context(), stormPatience)
	defer cancel()
	p.must(b.CallQueue(ctx, calls))
	for _, w := range watches {
		w.count(ctx, map[string]int{"QueuedEvent": calls, "EstablishedEvent": calls})
	}
	began := time.Now()
	p.must(b.HangUpAll(ctx))
	for _, w := range watches {
		// The callers' connections end, too, before those of the queue.
		w.until(ctx, func(name string, queue bool) bool { return name == "ConnectionClearedEvent" && queue }, calls)
	}
	t.Logf("%d calls hung up at once: told of in %v", calls, time.Since(began).Round(time.Millisecond))
	p.must(b.WaitIdle(ctx))
	for _, w := range watches {
		w.skip()
	}
	p.finish()
}

// count takes events until there were as many of each kind as wanted.
func (w *Watch) count(ctx context.Context, want map[string]int) {
	w.play.Helper()
	left := 0
	for _, n := range want {
		left += n
	}
	got := make(map[string]int)
	for left > 0 {
		e, err := w.Next(ctx)
		if err != nil {
			w.play.Fatalf("monitor on %s: got %v of %v: %v", w.role, got, want, err)
		}
		if _, counts := want[e.Name()]; counts && e.Subject.Device == w.Device {
			left--
			got[e.Name()]++
		}
	}
	for name, n := range want {
		if got[name] != n {
			w.play.Fatalf("monitor on %s: got %v instead of %v", w.role, got, want)
		}
	}
}

// until takes events until n of them fit.
func (w *Watch) until(ctx context.Context, fits func(name string, own bool) bool, n int) {
	w.play.Helper()
	for got := 0; got < n; {
		e, err := w.Next(ctx)
		if err != nil {
			w.play.Fatalf("monitor on %s: %d of %d: %v", w.role, got, n, err)
		}
		if fits(e.Name(), e.Subject.Device == w.Device) {
			got++
		}
	}
}

// CallQueue implements Crowd.
func (s *Simulated) CallQueue(_ context.Context, calls int) error {
	for n := range calls {
		if _, err := s.sw.Network(fmt.Sprint(400000 + n)).Dial(crowdQueue); err != nil {
			return err
		}
	}
	return nil
}

// HangUpAll implements Crowd.
func (s *Simulated) HangUpAll(ctx context.Context) error {
	for _, l := range s.sw.Legs() {
		if _, err := s.sw.Perform(ctx, switching.HangUp{Leg: l.Leg, Cause: switching.CauseNormalClearing}); err != nil {
			return err
		}
	}
	return nil
}

// CallQueue implements Crowd with legs of mod_loopback's endpoint null, which
// answer at once and have neither phone nor media.
func (r *Real) CallQueue(_ context.Context, calls int) error {
	for n := range calls {
		out, err := r.Switch.FSCLI(fmt.Sprintf("originate {origination_caller_id_number=4711}null/%d %s XML default", 400000+n, crowdQueue))
		if err != nil {
			return err
		}
		if !strings.HasPrefix(out, "+OK") {
			return fmt.Errorf("call %d of %d: %s", n+1, calls, out)
		}
	}
	return nil
}

// HangUpAll implements Crowd.
func (r *Real) HangUpAll(context.Context) error {
	_, err := r.Switch.FSCLI("hupall normal_clearing")
	return err
}

var _, _ Crowd = (*Simulated)(nil), (*Real)(nil)
