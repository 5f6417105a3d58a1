package server

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"mod_csta_socket/csta/wire"
)

var (
	errOverflow = errors.New("client does not read: output queue is full")
	errTooOld   = errors.New("client does not read: output is too old")
)

// outbound is what waits to be written to one client. Frames are appended by
// anybody, without ever waiting for the network, and written by one goroutine:
// everything that has gathered, in one write. Memory is bounded by
// limits.queued, time by limits.unsentAge; the client that exceeds one of them
// is the one that pays.
type outbound struct {
	conn   net.Conn
	limits *limits
	wake   chan struct{}

	mu      sync.Mutex
	pending []byte
	// cuts are places in pending where a write has to end, see cut.
	cuts []int
	// writing is the number of bytes that the writer has taken and not yet
	// written.
	writing int
	// eventAt is when the switch reported the oldest event in pending, in Unix
	// nanoseconds; 0 = there is none, or it is not known.
	eventAt int64
	// delay is told, after each write, how old the oldest event in it was; may
	// be nil.
	delay func(time.Duration)
	// since is when the oldest byte of pending was queued.
	since  time.Time
	last   bool
	closed bool

	// taken and takenCuts belong to the writer; they change places with
	// pending and cuts.
	taken     []byte
	takenCuts []int
	takenAt   int64
}

func newOutbound(conn net.Conn, l *limits) *outbound {
	return &outbound{conn: conn, limits: l, wake: make(chan struct{}, 1)}
}

// frame queues one frame whose document is what body appends. The error is
// errOverflow, or wire.ErrTooLong, and then nothing was queued.
func (o *outbound) frame(invoke uint16, body func([]byte) []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.last {
		return nil
	}
	if len(o.pending) == 0 {
		o.since = time.Now()
	}
	dst, mark := wire.Begin(o.pending, invoke)
	dst, err := wire.End(body(dst), mark)
	if length := len(dst) - int(mark); err == nil && length > wire.MaxSent {
		dst = dst[:mark]
		err = fmt.Errorf("%w: %d bytes, clients can read %d", wire.ErrTooLong, length-wire.HeaderLen, wire.MaxSentBody)
	}
	o.pending = dst
	if err == nil && len(dst)+o.writing > o.limits.queued {
		o.pending = dst[:mark]
		err = errOverflow
	}
	return err
}

// event notes when the switch reported an event that is queued.
func (o *outbound) event(at int64) {
	o.mu.Lock()
	if o.eventAt == 0 && len(o.pending) > 0 {
		o.eventAt = at
	}
	o.mu.Unlock()
}

// cut ends the current write here: the next frame goes out in one of its own.
// Some clients lose what is glued behind an answer of the opening exchange.
func (o *outbound) cut() {
	o.mu.Lock()
	if n := len(o.pending); n > 0 && (len(o.cuts) == 0 || o.cuts[len(o.cuts)-1] != n) {
		o.cuts = append(o.cuts, n)
	}
	o.mu.Unlock()
}

// flush lets what is queued go out.
func (o *outbound) flush() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// finish lets run end when what is queued now is written; nothing more can be
// queued. There are goodbyeTime for it.
func (o *outbound) finish() {
	o.mu.Lock()
	o.last = true
	o.since = time.Time{}
	// A write that is under way gets the new deadline too. An error means that
	// the connection is closed, which run sees itself.
	_ = o.conn.SetWriteDeadline(time.Now().Add(goodbyeTime))
	o.mu.Unlock()
	o.flush()
}

// queued is the number of bytes that wait.
func (o *outbound) queued() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.pending) + o.writing
}

// close drops what is queued.
func (o *outbound) close() {
	o.mu.Lock()
	o.closed = true
	o.pending, o.cuts = nil, nil
	o.mu.Unlock()
}

// run writes until a write fails, done is closed, or finish was called and
// everything is written (nil). wrote is told of every write's bytes.
func (o *outbound) run(done <-chan struct{}, wrote func(int)) error {
	for {
		select {
		case <-o.wake:
		case <-done:
			return net.ErrClosed
		}
		for {
			more, err := o.take()
			if err != nil {
				return err
			}
			if !more {
				break
			}
			if err := o.write(wrote); err != nil {
				return err
			}
		}
		if o.finished() {
			return nil
		}
	}
}

func (o *outbound) finished() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last && len(o.pending) == 0
}

// take swaps the writer's empty buffer for the queued bytes and sets their
// deadline.
func (o *outbound) take() (more bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if cap(o.taken) > keptBuffer {
		o.taken = nil
	}
	o.pending, o.taken = o.taken[:0], o.pending
	o.cuts, o.takenCuts = o.takenCuts[:0], o.cuts
	o.eventAt, o.takenAt = 0, o.eventAt
	o.writing = len(o.taken)
	if o.writing == 0 || o.last {
		return o.writing > 0, nil
	}
	deadline := o.since.Add(o.limits.unsentAge)
	if least := time.Now().Add(o.limits.minWriteTime); deadline.Before(least) {
		deadline = least
	}
	return true, o.conn.SetWriteDeadline(deadline)
}

// write sends what take has taken: one write, or more where there are cuts.
func (o *outbound) write(wrote func(int)) error {
	from := 0
	for i := 0; i <= len(o.takenCuts); i++ {
		to := len(o.taken)
		if i < len(o.takenCuts) {
			to = o.takenCuts[i]
		}
		if to == from {
			continue
		}
		n, err := o.conn.Write(o.taken[from:to])
		wrote(n)
		if err != nil {
			return writeError(err)
		}
		from = to
	}
	o.mu.Lock()
	o.writing = 0
	o.mu.Unlock()
	if o.takenAt != 0 && o.delay != nil {
		o.delay(time.Since(time.Unix(0, o.takenAt)))
	}
	return nil
}

func writeError(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return errTooOld
	}
	return err
}
