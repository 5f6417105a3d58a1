package ring

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// batchSize is the buffer of a Reader: some 150 events of usual size.
const batchSize = 64 << 10

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// phase of a Reader. It only goes on: held, taking, closed.
type phase = int32

const (
	// held: what is in the ring waits there.
	held phase = iota
	taking
	// closed: C's memory is looked at no more.
	closed
)

// Reader takes the switch's events out of the ring, once Begin was called. One goroutine
// calls Take and Wait; the others may be called from anywhere.
type Reader struct {
	records records
	wake    *os.File
	raw     syscall.RawConn
	buf     []byte
	phase   atomic.Int32
	// waits is what Wait waits for, looked at before and after it slept. resting: it
	// has told the ring that it sleeps.
	waits          func(uintptr) bool
	resting, slept bool

	mu sync.Mutex
	// interrupted: Interrupt was called, and no Wait has returned for it yet.
	interrupted bool
	// until is the deadline that is set.
	until time.Time
}

// NewReader reads what C shares; wake is a descriptor of the ring's eventfd, which the
// Reader closes.
func NewReader(shared Shared, wake *os.File) (*Reader, error) {
	r := &Reader{records: records{shared}, wake: wake, buf: make([]byte, batchSize)}
	r.waits = func(uintptr) bool {
		awake := r.slept || r.resting && !r.records.resting()
		r.slept = true
		return awake
	}
	var err error
	if r.raw, err = wake.SyscallConn(); err != nil {
		return nil, errors.Join(fmt.Errorf("event ring: %w", err), wake.Close())
	}
	return r, nil
}

// Begin lets Take take what is in the ring.
func (r *Reader) Begin() {
	if r.phase.CompareAndSwap(held, taking) {
		r.Interrupt()
	}
}

// Take returns as many events as are there, as records (see bridge.h), valid until the
// next call, and the total of events lost since the load.
func (r *Reader) Take() (batch []byte, lost uint64) {
	if r.phase.Load() != taking {
		return nil, 0
	}
	return r.buf[:r.records.take(r.buf)], r.records.lostSoFar()
}

// Wait returns when there may be events, at a time, or if Interrupt was called since
// the last Wait.
//
// It waits in Go's poller, and the eventfd is never read: the poller is told of each
// write to it, whatever it holds, and nothing but the ring says whether there is
// something. So a wake-up costs no system call beyond the poller's own, and a deadline
// is both the alarm and the interruption.
func (r *Reader) Wait(until time.Time) {
	switch r.phase.Load() {
	case held:
		r.resting = false
	case taking:
		if !r.records.rest() {
			return
		}
		defer r.records.wake()
		r.resting = true
	default:
		return
	}
	r.mu.Lock()
	if !r.interrupted && !r.until.Equal(until) {
		r.until = until
		// This fails when it is closed, which the read sees as well.
		_ = r.wake.SetReadDeadline(until)
	}
	r.mu.Unlock()
	r.slept = false
	_ = r.raw.Read(r.waits)
	r.mu.Lock()
	r.interrupted = false
	r.mu.Unlock()
}

// Interrupt lets Wait return, the next one if there is none now.
func (r *Reader) Interrupt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.interrupted = true
	r.until = longAgo
	_ = r.wake.SetReadDeadline(longAgo)
}

// Close lets Wait and Take return at once, for ever.
func (r *Reader) Close() error {
	r.phase.Store(closed)
	return r.wake.Close()
}
