package engine

import (
	"context"
	"runtime/debug"
	"sync"

	"mod_csta_socket/csta/telephone"
)

// questions are the requests of a core to phones.
type questions struct {
	by      asker
	waiting ledger[telephone.Outcome]
	record  *recorder
}

// ask asks a phone. done is told its answer, unless the core was rebuilt meanwhile.
func (q *questions) ask(phone uint64, r telephone.Request, done func(telephone.Outcome, error)) {
	q.enter(phone, r, awaited[telephone.Outcome]{done: done})
}

// lasting asks for something that has nothing to do with calls.
func (q *questions) lasting(phone uint64, r telephone.Request, done func(telephone.Outcome, error)) {
	q.enter(phone, r, awaited[telephone.Outcome]{done: done, lasting: true})
}

func (q *questions) enter(phone uint64, r telephone.Request, who awaited[telephone.Outcome]) {
	number := q.waiting.enter(who)
	if q.record != nil {
		q.record.question(number, r.Service)
	}
	q.by.ask(number, phone, r)
}

// asker asks phones in goroutines of its own, since they wait for seconds. The answer
// comes back as a phoneAnswered of that number.
type asker interface {
	ask(number, phone uint64, r telephone.Request)
}

// inquiries is the asker of an engine.
type inquiries struct {
	phones telephone.Phones
	post   func(*phoneAnswered)
	ctx    context.Context
	cancel context.CancelFunc
	places chan struct{}
	wg     sync.WaitGroup
}

func newInquiries(phones telephone.Phones, post func(*phoneAnswered)) *inquiries {
	q := &inquiries{phones: phones, post: post, places: make(chan struct{}, maxAsked)}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	return q
}

func (q *inquiries) ask(number, phone uint64, r telephone.Request) {
	select {
	case q.places <- struct{}{}:
	default:
		q.post(&phoneAnswered{number: number, err: telephone.ErrRefused})
		return
	}
	q.wg.Add(1)
	go func() {
		defer q.wg.Done()
		out, err := q.perform(phone, r)
		<-q.places
		q.post(&phoneAnswered{number, out, err})
	}()
}

// perform asks; a panic of the port becomes its error.
func (q *inquiries) perform(phone uint64, r telephone.Request) (out telephone.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicked{"a phone's " + r.Service.String(), p, string(debug.Stack()), telephone.ErrLost}
		}
	}()
	return q.phones.Ask(q.ctx, phone, r)
}

// close ends what is under way and waits for it.
func (q *inquiries) close(ctx context.Context) error {
	q.cancel()
	idle := make(chan struct{})
	go func() {
		q.wg.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// maxAsked bounds the requests that wait for phones. They hold a goroutine
// each, and no thread.
const maxAsked = 1024
