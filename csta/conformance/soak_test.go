package conformance

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/probe"
)

func TestHangUpStormOnSimulatedSwitch(t *testing.T) {
	b, err := NewSimulated(longRing)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	QueueStorm(t, b, 1000)
}

func TestHangUpStormOnFreeSWITCH(t *testing.T) { QueueStorm(t, queueSwitch(t), 1000) }

// queueSwitch is a FreeSWITCH of its own with the shipped queue.
func queueSwitch(t *testing.T) *Real {
	t.Helper()
	return ownSwitch(t, freeswitch.Options{DialplanFiles: []string{shipped("default", "csta_ivr.xml")}})
}

// usage is what a process holds.
type usage struct {
	goroutines, threads, files int
	resident                   uint64 // KiB
}

// usageOf reads that of a process; goroutines are known of our own only.
func usageOf(t *testing.T, pid int) usage {
	t.Helper()
	var u usage
	if pid == os.Getpid() {
		runtime.GC()
		u.goroutines = runtime.NumGoroutine()
	}
	dir := fmt.Sprintf("/proc/%d/", pid)
	files, err := os.ReadDir(dir + "fd")
	if err != nil {
		t.Skipf("the use of resources is not told here: %v", err)
	}
	u.files = len(files)
	status, err := os.ReadFile(dir + "status")
	require.NoError(t, err)
	for line := range strings.Lines(string(status)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) < 2:
		case fields[0] == "VmRSS:":
			u.resident, err = strconv.ParseUint(fields[1], 10, 64)
			require.NoError(t, err)
		case fields[0] == "Threads:":
			u.threads, err = strconv.Atoi(fields[1])
			require.NoError(t, err)
		}
	}
	return u
}

// flat compares the use of resources with what it was when everything had been
// used once.
func (u usage) flat(t *testing.T, warm usage) {
	t.Helper()
	assert.LessOrEqual(t, u.goroutines, warm.goroutines+20, "goroutines")
	assert.LessOrEqual(t, u.threads, warm.threads+20, "threads")
	assert.LessOrEqual(t, u.files, warm.files+20, "file descriptors")
	const noise = 32 << 10
	assert.LessOrEqual(t, u.resident, warm.resident+warm.resident/10+noise, "resident KiB")
}

func (u usage) String() string {
	return fmt.Sprintf("%4d goroutines %4d threads %4d descriptors %7d KiB resident", u.goroutines, u.threads, u.files, u.resident)
}

// soak plays rounds and writes a table of what the process holds after some.
func soak(t *testing.T, pid, rounds, calls int, round func(t *testing.T, n int)) {
	t.Helper()
	const rows = 10
	var warm usage
	for n := range rounds {
		require.True(t, t.Run(fmt.Sprint("round ", n+1), func(t *testing.T) { round(t, n) }))
		if (n+1)%max(1, rounds/rows) != 0 {
			continue
		}
		u := usageOf(t, pid)
		t.Logf("%7d calls: %v", (n+1)*calls, u)
		if warm == (usage{}) {
			warm = u
		} else if n == rounds-1 {
			u.flat(t, warm)
		}
	}
}

// hurry is a round of calls by phones that lose no time: dialled, answered or
// refused, and hung up by either side or by a client.
func hurry(t *testing.T, b *Simulated, pairs, calls int, seed uint64) {
	p := newPlay(t, b, stormCast(pairs))
	p.start(longRing)
	for role := range p.cast {
		p.Monitor(role)
	}
	var made atomic.Int64
	var wait sync.WaitGroup
	for i := range pairs {
		caller, callee := p.phones[stormRole(2*i)], p.phones[stormRole(2*i+1)]
		to := p.Device(stormRole(2*i + 1))
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		wait.Go(func() {
			for range calls {
				if err := hurried(caller, callee, p.clients[app], to, random); err != nil {
					p.Error(err)
					return
				}
				made.Add(1)
			}
		})
	}
	wait.Wait()
	p.settle()
	for _, w := range p.watches {
		w.skip()
	}
	p.finish()
	require.EqualValues(t, pairs*calls, made.Load())
}

func hurried(caller, callee Phone, client *probe.Client, to probe.Device, random *rand.Rand) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	out, err := caller.Dial(ctx, to.Number)
	if err != nil {
		return err
	}
	in, err := callee.Rings(ctx)
	if err != nil {
		return err
	}
	switch random.IntN(8) {
	case 0:
		err = in.Reject(ctx, 486)
	case 1:
		err = out.HangUp(ctx)
	case 2:
		if err = in.Answer(ctx); err == nil {
			err = in.HangUp(ctx)
		}
	case 3:
		// A client looks, and clears the call.
		var entries []probe.SnapshotEntry
		if entries, err = client.SnapshotDevice(ctx, to); err == nil && len(entries) > 0 {
			err = client.ClearConnection(ctx, entries[0].Connection)
		}
	default:
		if err = in.Answer(ctx); err == nil {
			err = out.HangUp(ctx)
		}
	}
	if err != nil {
		return err
	}
	if err := out.WaitEnded(ctx); err != nil {
		return err
	}
	return in.WaitEnded(ctx)
}

const (
	// soakVariable sets how many calls there are on the real switch.
	soakVariable = "CSTA_SOAK"
	soakCalls    = 10_000
)

// A day of a busy office in a minute: 100,000 calls.
func TestSoakOnSimulatedSwitch(t *testing.T) {
	if testing.Short() {
		t.Skip("100,000 calls take a minute: not with -short")
	}
	b, err := NewSimulated(longRing)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	const rounds, pairs, each = 50, 8, 250
	soak(t, os.Getpid(), rounds, pairs*each, func(t *testing.T, n int) { hurry(t, b, pairs, each, uint64(n)) })
}

func TestSoakOnFreeSWITCH(t *testing.T) {
	b := queueSwitch(t)
	const each = 200
	rounds := number(t, soakVariable, soakCalls) / each
	began := time.Now()
	soak(t, b.Switch.PID(), rounds, each, func(t *testing.T, _ int) { QueueStorm(t, b, each) })
	t.Logf("%d calls in %v", rounds*each, time.Since(began).Round(time.Second))
}
