package engine

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"mod_csta_socket/csta/switching"
)

// Engine runs the core in its goroutine. Its methods may be called from any
// goroutine; none blocks, but Stop and Status.
type Engine struct {
	core *core
	ops  *runner
	asks *inquiries
	log  *slog.Logger
	// writing are recordings that are being written.
	writing writing

	source Source
	// events are those that were taken from it, event the one that is being handled.
	events []switching.Event
	event  input

	mu      sync.Mutex
	inbox   []input
	pending int // switch events in inbox
	lost    uint64
	closed  bool
	// asleep: the loop waits for its source, and has to be interrupted.
	asleep bool

	done    chan struct{}
	started bool
	// epoch is where the clock that measures inputs begins.
	epoch time.Time
}

func (e *Engine) post(in input) {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return
	}
	e.inbox = append(e.inbox, in)
	e.wakeUnlock()
}

// wakeUnlock has the loop look into its inbox, and unlocks e.mu.
func (e *Engine) wakeUnlock() {
	asleep := e.asleep
	e.asleep = false
	e.mu.Unlock()
	if asleep {
		e.source.Interrupt()
	}
}

// ask lets the engine's goroutine answer a question.
func ask[T any](ctx context.Context, e *Engine, about func(*core) T) (T, error) {
	answer := make(chan T, 1)
	e.post(input{news: question(func(c *core) { answer <- about(c) })})
	var none T
	select {
	case a := <-answer:
		return a, nil
	case <-e.done:
		return none, context.Canceled
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
