package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Dumps keeps recordings for those who look for a fault.
type Dumps interface {
	// Write has write write a recording into a place of its own and tells where. why
	// is a word or two for whoever finds it. It is called from goroutines of the
	// engine's, one at a time, and may block.
	Write(why string, write func(io.Writer) error) (path string, err error)
}

// Trouble is what a recording is written for by itself.
type Trouble uint8

const (
	troublePanic Trouble = iota
	troubleAudit
	troubleRepair
	troubles
)

var troubleNames = [troubles]string{troublePanic: "panic", troubleAudit: "audit", troubleRepair: "repair"}

func (t Trouble) String() string { return troubleNames[t] }

// DefaultRecording is a size for Options.Recording: some thousand calls.
const DefaultRecording = 4 << 20

// ErrNotRecording: there is nothing to write, since nothing is recorded.
var ErrNotRecording = errors.New("nothing is recorded")

// errNowhere: nobody takes recordings.
var errNowhere = errors.New("there is no place for recordings")

// errWriting: another recording is being written.
var errWriting = errors.New("a recording is being written")

// keepRecord records inputs from now on; nil: none.
func (c *core) keepRecord(r *recorder) {
	c.record, c.ops.record, c.asks.record = r, r, r
	if r != nil {
		r.counted = c.counters.troubles()
		r.begins(c)
	}
}

// troubles are those that were counted, by kind.
func (n *Counters) troubles() [troubles]uint64 {
	return [troubles]uint64{troublePanic: n.Panics, troubleAudit: n.AuditFindings, troubleRepair: n.Repairs}
}

// lookForTrouble has a recording written if the last input brought trouble.
func (r *recorder) lookForTrouble(counted [troubles]uint64, now time.Time, dump func(Trouble)) {
	was := r.counted
	r.counted = counted
	for i, count := range counted {
		if count == was[i] || dump == nil {
			continue
		}
		if last := r.dumped[i]; last.IsZero() || now.Sub(last) >= dumpInterval {
			r.dumped[i] = now
			dump(Trouble(i))
		}
		return
	}
}

// RecorderState is what the recorder of inputs has.
type RecorderState struct {
	// On tells whether inputs are recorded. Bytes of at most Size are kept of them,
	// from Since on.
	On          bool
	Bytes, Size int
	Since       time.Time
	// Written counts the recordings that were written, Last is where the last one is.
	Written int
	Last    string
}

func (r *recorder) state() RecorderState {
	if r == nil {
		return RecorderState{}
	}
	s := RecorderState{On: true, Size: r.size, Since: r.sections[0].start.at}
	for _, part := range r.sections {
		s.Bytes += len(part.buf)
	}
	return s
}

// Record begins or ends the recording of inputs. What was recorded is gone then. It
// tells whether that changed anything.
func (e *Engine) Record(ctx context.Context, on bool) (changed bool, err error) {
	return ask(ctx, e, func(c *core) bool {
		if (c.record != nil) == on {
			return false
		}
		if !on {
			c.keepRecord(nil)
			return true
		}
		c.keepRecord(newRecorder(cmp.Or(c.opts.Recording, DefaultRecording)))
		return true
	})
}

// SetRecording changes Options.Recording. What was recorded is gone then.
func (e *Engine) SetRecording(size int) {
	e.post(input{news: question(func(c *core) {
		if c.opts.Recording == size {
			return
		}
		c.opts.Recording = size
		c.keepRecord(nil)
		if size > 0 {
			c.keepRecord(newRecorder(size))
		}
	})})
}

// SetRecordPrivate changes Options.RecordPrivate.
func (e *Engine) SetRecordPrivate(private bool) {
	e.post(input{news: question(func(c *core) { c.opts.RecordPrivate = private })})
}

// dumpable is a recording that is about to be written.
type dumpable struct {
	header  header
	excerpt excerpt
	err     error
}

func (c *core) dumpable(why string) dumpable {
	if c.record == nil {
		return dumpable{err: ErrNotRecording}
	}
	o := c.opts
	return dumpable{
		header: header{
			Version: o.Version, Why: why, Private: o.RecordPrivate,
			Domain: o.DefaultDomain, PromptTimeout: o.PromptTimeout, AnswerTimeout: o.AnswerTimeout, SettleTime: o.SettleTime,
			SystemStatusTimer: o.SystemStatusTimer, CallNumbers: o.CallNumbers,
			ControlsPhones: o.Phones != nil,
		},
		excerpt: c.record.excerpt(c),
	}
}

func (d *dumpable) write(w io.Writer) error { return d.excerpt.write(w, d.header) }

// WriteRecording writes what is recorded, as text.
func (e *Engine) WriteRecording(ctx context.Context, w io.Writer) error {
	d, err := ask(ctx, e, func(c *core) dumpable { return c.dumpable("asked for") })
	if err := errors.Join(err, d.err); err != nil {
		return err
	}
	return d.write(w)
}

// Dump gives what is recorded to Options.Dumps and tells where it is.
func (e *Engine) Dump(ctx context.Context) (path string, err error) {
	d, err := ask(ctx, e, func(c *core) dumpable { return c.dumpable("asked for") })
	if err := errors.Join(err, d.err); err != nil {
		return "", err
	}
	type written struct {
		path string
		err  error
	}
	done := make(chan written, 1)
	if err := e.writeDown(d, func(path string, err error) { done <- written{path, err} }); err != nil {
		return "", err
	}
	select {
	case w := <-done:
		return w.path, w.err
	case <-ctx.Done():
		return "", fmt.Errorf("the recording is still being written: %w", ctx.Err())
	}
}

// dumpTrouble writes what led to trouble. It is called in the engine's goroutine.
func (e *Engine) dumpTrouble(t Trouble) {
	if e.core.opts.Dumps == nil {
		return
	}
	err := e.writeDown(e.core.dumpable(t.String()), func(path string, err error) {
		if err != nil {
			e.log.Error("what led to the trouble was not written down", "trouble", t.String(), "error", err)
			return
		}
		e.log.Warn("what led to the trouble is written down", "trouble", t.String(), "file", path)
	})
	if err != nil {
		e.log.Info("what led to the trouble was not written down", "trouble", t.String(), "error", err)
	}
}

// writeDown writes a recording in a goroutine of its own.
func (e *Engine) writeDown(d dumpable, done func(path string, err error)) error {
	to := e.core.opts.Dumps
	switch {
	case to == nil:
		return errNowhere
	case !e.writing.begin():
		return errWriting
	}
	go func() {
		path, err := guarded(func() (string, error) { return to.Write(d.header.Why, d.write) })
		e.writing.end(path, err)
		done(path, err)
	}()
	return nil
}

// guarded makes a panic an error.
func guarded(f func() (string, error)) (path string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

// writing is the recordings that are written, one at a time.
type writing struct {
	mu      sync.Mutex
	done    chan struct{} // closed when the one under way is written; nil: none is
	written int
	last    string
}

func (w *writing) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done != nil {
		return false
	}
	w.done = make(chan struct{})
	return true
}

func (w *writing) end(path string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		w.written++
		w.last = path
	}
	close(w.done)
	w.done = nil
}

func (w *writing) state() (written int, last string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written, w.last
}

// wait waits for the one under way.
func (w *writing) wait(ctx context.Context) error {
	w.mu.Lock()
	done := w.done
	w.mu.Unlock()
	if done == nil {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errWriting
	}
}
