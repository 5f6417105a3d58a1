package server

import (
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"sync"
	"time"

	"mod_csta_socket/csta/wire"
)

var (
	errOverflow = errors.New("client does not read: output queue is full")
	errTooOld   = errors.New("client does not read: output is too old")
)

// outState tells who writes what is queued. It goes from idle to writing and back, from
// both to ending, and from everywhere to closed.
type outState int

const (
	// outIdle: there is no writer, whoever flushes tries the socket.
	outIdle outState = iota
	// outWriting: a writer writes, and what is queued comes behind that.
	outWriting
	// outEnding: finish was called. A writer writes the rest, or has written it.
	outEnding
	// outClosed: nothing is written any more.
	outClosed
)

// outbound is what waits to be written to one client. Frames are appended by
// anybody, without ever waiting for the network. Whoever flushes tries the socket,
// which takes what it has room for; a writer, a goroutine that lives as long as there
// is something to write, does what has to wait: for a socket that is full, for TLS,
// and for the last bytes. Memory is bounded by limits.queued, time by
// limits.unsentAge; the client that exceeds one of them is the one that pays.
type outbound struct {
	conn   net.Conn
	limits *limits
	// try writes as much as the socket takes at once; nil: only a writer can write.
	try trySocket
	// wrote is told of every write's bytes, delay, after each write, how old the oldest
	// event in it was; start has run called in a goroutine.
	wrote func(int)
	delay func(time.Duration)
	start func()

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
	// since is when the oldest byte of pending was queued.
	since time.Time
	state outState
	// queuedEver counts the bytes that were queued, allowed those of them that count for
	// no limit, until everything is written.
	queuedEver uint64
	allowed    int
	// answers are the bytes of pending that are answers, answersTaken those of taken, as
	// long as they are not written. fewer is told when there are fewer of them.
	answers, answersTaken int
	fewer                 chan struct{}

	// taken and takenCuts belong to the writer; they change places with
	// pending and cuts.
	taken     []byte
	takenCuts []int
	takenAt   int64
}

// trySocket writes what a socket takes without waiting, and returns how much that was.
type trySocket func([]byte) (int, error)

// frame queues one frame whose document is what body appends. The error is
// errOverflow, or wire.ErrTooLong, and then nothing was queued.
func (o *outbound) frame(invoke uint16, body func([]byte) []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.append(invoke, body)
}

// never is where a frame ends that is not written.
const never = math.MaxUint64

// whole queues a frame with that document, and tells where it ends in the stream of bytes.
func (o *outbound) whole(invoke uint16, doc []byte) (end uint64, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state == outEnding || o.state == outClosed {
		return never, nil
	}
	if err := o.append(invoke, func(dst []byte) []byte { return append(dst, doc...) }); err != nil {
		return never, err
	}
	return o.queuedEver, nil
}

// allow lets that many bytes more wait than the limit says, until everything is written.
func (o *outbound) allow(bytes int) {
	o.mu.Lock()
	o.allowed = bytes
	o.mu.Unlock()
}

// append is frame, with o.mu held.
func (o *outbound) append(invoke uint16, body func([]byte) []byte) error {
	if o.state == outEnding || o.state == outClosed {
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
	if err == nil && len(dst)+o.writing > o.limits.queued+o.allowed {
		o.pending = dst[:mark]
		err = errOverflow
	}
	o.queuedEver += uint64(len(o.pending) - int(mark))
	return err
}

// answer queues a frame that answers a request, as frame does.
func (o *outbound) answer(invoke uint16, body func([]byte) []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := len(o.pending)
	err := o.append(invoke, body)
	o.answers += len(o.pending) - before
	return err
}

// unread is how many bytes of answers wait for the client to read.
func (o *outbound) unread() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.answers + o.answersTaken
}

// wroteAnswers tells that there are fewer that wait; o.mu is held.
func (o *outbound) wroteAnswers() {
	select {
	case o.fewer <- struct{}{}:
	default:
	}
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

// flush lets what is queued go out. It does not wait: what the socket does not take is
// left to a writer.
func (o *outbound) flush() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.state != outIdle {
		return nil
	}
	if o.try != nil {
		if err := o.send(); err != nil {
			return err
		}
	}
	if len(o.pending) > 0 {
		o.state = outWriting
		o.start()
	}
	return nil
}

// send writes what the socket takes, each part up to a cut by itself. o.mu is held.
func (o *outbound) send() error {
	from := 0
	for from < len(o.pending) {
		to := len(o.pending)
		if len(o.cuts) > 0 {
			to = o.cuts[0]
		}
		n, err := o.try(o.pending[from:to])
		o.wrote(n)
		from += n
		if err != nil {
			return err
		}
		if from < to {
			// What is left keeps its age.
			o.pending = append(o.pending[:0], o.pending[from:]...)
			for i := range o.cuts {
				o.cuts[i] -= from
			}
			return nil
		}
		if len(o.cuts) > 0 {
			o.cuts = slices.Delete(o.cuts, 0, 1)
		}
	}
	if o.eventAt != 0 && from > 0 {
		o.delay(time.Since(time.Unix(0, o.eventAt)))
	}
	o.eventAt, o.allowed, o.answers = 0, 0, 0
	o.wroteAnswers()
	o.pending = o.pending[:0]
	if cap(o.pending) > keptBuffer {
		o.pending = nil
	}
	return nil
}

// finish has a writer write what is queued now and then tell that this was the last;
// nothing more can be queued. There are goodbyeTime for it.
func (o *outbound) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := o.state
	if before == outEnding || before == outClosed {
		return
	}
	o.state = outEnding
	// A write that is under way gets the new deadline too. An error means that
	// the connection is closed, which run sees itself.
	_ = o.conn.SetWriteDeadline(time.Now().Add(goodbyeTime))
	if before == outIdle {
		o.start()
	}
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
	o.state = outClosed
	o.pending, o.cuts = nil, nil
	o.mu.Unlock()
}

// run is the writer: it writes until nothing is queued, and tells then whether that was
// the last (finish).
func (o *outbound) run() (finished bool, err error) {
	for {
		next, err := o.take()
		if err != nil {
			return false, err
		}
		if next != outWriting {
			return next == outEnding, nil
		}
		if err := o.write(); err != nil {
			return false, err
		}
	}
}

// take swaps the writer's empty buffer for the queued bytes and sets their
// deadline. It returns outWriting, or, if there are none, the state that the writer
// leaves behind: outIdle, outEnding or outClosed.
func (o *outbound) take() (next outState, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if cap(o.taken) > keptBuffer {
		o.taken = nil
	}
	o.pending, o.taken = o.taken[:0], o.pending
	o.cuts, o.takenCuts = o.takenCuts[:0], o.cuts
	o.eventAt, o.takenAt = 0, o.eventAt
	o.answers, o.answersTaken = 0, o.answers
	o.writing = len(o.taken)
	switch {
	case o.writing > 0 && o.state == outEnding:
		return outWriting, nil
	case o.writing == 0:
		o.allowed = 0
		if o.state == outWriting {
			o.state = outIdle
		}
		return o.state, nil
	}
	deadline := o.since.Add(o.limits.unsentAge)
	if least := time.Now().Add(o.limits.minWriteTime); deadline.Before(least) {
		deadline = least
	}
	return outWriting, o.conn.SetWriteDeadline(deadline)
}

// write sends what take has taken: one write, or more where there are cuts.
func (o *outbound) write() error {
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
		o.wrote(n)
		if err != nil {
			return writeError(err)
		}
		from = to
	}
	o.mu.Lock()
	o.writing, o.answersTaken = 0, 0
	o.wroteAnswers()
	o.mu.Unlock()
	if o.takenAt != 0 {
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
