package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"mod_csta_socket/csta/switching"
)

// operations starts switch operations for the core.
type operations interface {
	// start hands an operation to a worker. If its end is wanted, it comes back as an
	// operationEnded of that number; a panic always does. The returned function
	// cancels a pending Originate; it may be called at any time.
	start(number uint64, op switching.Operation, wanted bool) (cancel func())
}

// result takes what an operation brought.
type result func(switching.Outcome, error)

// orders are the operations of a core.
type orders struct {
	by      operations
	waiting ledger[switching.Outcome]
	record  *recorder
}

// start starts an operation. done is told what it brought, unless the core was rebuilt
// meanwhile; it may be nil.
func (o *orders) start(op switching.Operation, done result) (cancel func()) {
	return o.enter(op, awaited[switching.Outcome]{done: done})
}

// lasting starts an operation whose result has nothing to do with calls.
func (o *orders) lasting(op switching.Operation, done result) {
	o.enter(op, awaited[switching.Outcome]{done: done, lasting: true})
}

// counted starts an operation and counts it in n until its result is there, whatever
// became of the picture meanwhile.
func (o *orders) counted(n *int, op switching.Operation, done result) (cancel func()) {
	return o.enter(op, awaited[switching.Outcome]{done: done, under: n})
}

func (o *orders) enter(op switching.Operation, who awaited[switching.Outcome]) (cancel func()) {
	number := o.waiting.enter(who)
	if o.record != nil {
		o.record.order(number, op)
	}
	return o.by.start(number, op, who.done != nil)
}

const (
	// quickWorkers bounds the OS threads that short switch operations occupy.
	quickWorkers = 32
	// slowWorkers bounds the originates that ring at the same time; each
	// occupies an OS thread.
	slowWorkers = 256
	// maxOriginates is how many originates of one client ring at the same time, so
	// that those of the others need not wait.
	maxOriginates = slowWorkers / 2
	// maxQueued bounds the operations that wait for a worker of each kind.
	maxQueued = 8192
)

// errBusy is the result of an operation that found too many others waiting.
var errBusy = errors.New("too many switch operations are waiting")

// runner runs operations on two bounded pools of workers, so that originates,
// which last as long as a phone rings, never keep a quick operation waiting.
type runner struct {
	sw     switching.Switch
	post   func(*operationEnded)
	ctx    context.Context
	cancel context.CancelFunc
	quick  pool
	slow   pool
	wg     sync.WaitGroup
}

// pool is a queue of jobs and the number of workers on it.
type pool struct {
	mu      sync.Mutex
	jobs    []job
	workers int
	limit   int
}

type job struct {
	ctx    context.Context
	end    context.CancelFunc
	number uint64
	op     switching.Operation
	wanted bool
}

func newRunner(sw switching.Switch, post func(*operationEnded)) *runner {
	r := &runner{sw: sw, post: post, quick: pool{limit: quickWorkers}, slow: pool{limit: slowWorkers}}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

func (r *runner) start(number uint64, op switching.Operation, wanted bool) func() {
	p := &r.quick
	if op.Slow() {
		p = &r.slow
	}
	j := job{number: number, op: op, wanted: wanted}
	j.ctx, j.end = context.WithCancel(r.ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.ctx.Err() != nil {
		j.end()
		return j.end
	}
	if len(p.jobs) >= maxQueued {
		j.end()
		if wanted {
			r.post(&operationEnded{number: number, err: errBusy})
		}
		return j.end
	}
	p.jobs = append(p.jobs, j)
	if p.workers < p.limit {
		p.workers++
		r.wg.Add(1)
		go r.work(p)
	}
	return j.end
}

// work performs jobs until none is left.
func (r *runner) work(p *pool) {
	defer r.wg.Done()
	for {
		p.mu.Lock()
		if len(p.jobs) == 0 {
			p.workers--
			p.mu.Unlock()
			return
		}
		j := p.jobs[0]
		p.jobs[0] = job{}
		p.jobs = p.jobs[1:]
		p.mu.Unlock()
		out, err := r.perform(j)
		j.end()
		//nolint:errorlint // Made by perform.
		if _, is := err.(*panicked); j.wanted || is {
			r.post(&operationEnded{j.number, out, err})
		}
	}
}

// perform runs one operation; a panic of the backend becomes its error.
func (r *runner) perform(j job) (out switching.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{fmt.Sprintf("switch operation %T", j.op), p, string(debug.Stack()), nil}
		}
	}()
	if note, is := j.op.(switching.Note); is {
		// It is for the engine that comes after this one.
		return r.sw.Perform(context.WithoutCancel(j.ctx), note)
	}
	if err := j.ctx.Err(); err != nil {
		return switching.Outcome{Cause: switching.CauseOriginatorCancel}, err
	}
	return r.sw.Perform(j.ctx, j.op)
}

// close cancels what is pending and waits for the workers.
func (r *runner) close(ctx context.Context) error {
	r.cancel()
	idle := make(chan struct{})
	go func() {
		r.wg.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("switch operations still running: %w", ctx.Err())
	}
}
