package server

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
)

// descriptors is the number of open file descriptors of this process.
func descriptors(t testing.TB) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("descriptors cannot be counted here: %v", err)
	}
	return len(list)
}

// A thousand clients come at once, ask, and leave in every way there is; then a
// thousand more. Nothing of them stays.
func TestThousandSessionsComeAndGo(t *testing.T) {
	const clients = 1000
	rounds := 5
	if testing.Short() {
		rounds = 1
	}
	f := start(t, Options{})
	f.engine.answer(func(engine.Request) ecma.Message { return &ecma.MonitorStopResponse{} })
	visit := func() {
		var wait sync.WaitGroup
		var failures atomic.Int64
		for i := range clients {
			wait.Go(func() {
				if err := f.visitor(i % 4); err != nil {
					failures.Add(1)
					t.Logf("client %d: %v", i, err)
				}
			})
		}
		wait.Wait()
		require.Zero(t, failures.Load())
		for range clients {
			receive(t, f.engine.opened)
			receive(t, f.engine.closed)
		}
		require.Eventually(t, func() bool { return len(f.all()) == 0 }, patience, time.Millisecond)
	}
	visit()
	goroutines, files := settledGoroutines(), descriptors(t)
	for range rounds {
		visit()
	}
	assert.InDelta(t, goroutines, settledGoroutines(), 10, "goroutines")
	assert.InDelta(t, files, descriptors(t), 10, "file descriptors")
	assert.EqualValues(t, clients*(rounds+1), f.Stats().Accepted)
}

// settledGoroutines waits until those that are about to end have ended.
func settledGoroutines() int {
	last := runtime.NumGoroutine()
	for range 50 {
		time.Sleep(10 * time.Millisecond)
		n := runtime.NumGoroutine()
		if n >= last {
			return n
		}
		last = n
	}
	return last
}

// visitor connects, asks and leaves: in order, without reading the answer, by a
// reset, or in the middle of a frame.
func (f *fixture) visitor(manner int) error {
	conn, err := net.Dial("tcp", f.Addr().String())
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	const request = "\x00\x00\x00\x170001<SystemStatus/>"
	if _, err := conn.Write([]byte(request)); err != nil {
		return err
	}
	switch manner {
	case 0, 3:
		answer := make([]byte, 8)
		if _, err := conn.Read(answer); err != nil {
			return fmt.Errorf("no answer: %w", err)
		}
	case 2:
		return conn.(*net.TCPConn).SetLinger(0)
	}
	if manner == 3 {
		_, err = conn.Write([]byte(request[:11]))
	}
	return err
}

// latencies has a session notified of events and times each until its client
// has read it.
func latencies(t *testing.T, s engine.Session, p *peer, others []engine.Session, n int) []time.Duration {
	t.Helper()
	e := event(t, 300)
	var all []time.Duration
	for range n {
		begin := time.Now()
		for _, o := range others {
			o.Notify(e, "1", "")
			o.Flush()
		}
		s.Notify(e, "1", "")
		s.Flush()
		p.next()
		all = append(all, time.Since(begin))
	}
	slices.Sort(all)
	return all
}

// percentile sorts the times.
func percentile[T ~int64](times []T, percent int) T {
	slices.Sort(times)
	return times[min(len(times)-1, len(times)*percent/100)]
}

// Twenty clients that never read get the same events. The one that reads gets
// its own as before, and queueing never waits for a socket. What is compared is
// the 99th percentile within one run; the bound is wide, for busy machines.
func TestOthersDoNotFeelClientsThatNeverRead(t *testing.T) {
	const lazy, noise, wide = 20, 20 * time.Millisecond, 5
	events := 5000
	if testing.Short() {
		events = 500
	}
	f := start(t, Options{})
	good, session := f.join(t)
	healthy := make([]engine.Session, lazy)
	for i := range healthy {
		var p *peer
		p, healthy[i] = f.join(t)
		go func() {
			for {
				if _, err := p.r.Next(); err != nil {
					return
				}
			}
		}()
	}
	before := latencies(t, session, good, healthy, events)
	stuck := make([]engine.Session, lazy)
	for i := range stuck {
		_, stuck[i] = f.join(t)
		// Its socket is full before the measuring begins.
		for range 200 {
			stuck[i].Notify(event(t, 10_000), "1", "")
		}
		stuck[i].Flush()
	}
	after := latencies(t, session, good, stuck, events)
	t.Logf("20 clients that read:       p50 %v, p99 %v", percentile(before, 50), percentile(before, 99))
	t.Logf("20 clients that never read: p50 %v, p99 %v", percentile(after, 50), percentile(after, 99))
	assert.Less(t, percentile(after, 99), wide*percentile(before, 99)+noise)
}
