package engine

import (
	"container/heap"
	"slices"
	"time"
)

// timer is a wait that ends at a time.
type timer struct {
	at    time.Time
	wait  wait
	who   waiter
	index int // in the heap; -1 when it ran or was stopped
	// lasting: it has nothing to do with calls.
	lasting bool
	of      *clockwork
}

// Cancel implements legs.Awaited.
func (t *timer) Cancel() { t.of.cancel(t) }

// waiter is who waits: a service under way, or what the engine keeps of a leg or call.
type waiter interface {
	// late is called when the time of one of its waits has run out. It tells whether
	// what was waited for had not come: one that is not cancelled by what it waits for
	// finds that it came.
	late(w wait) bool
}

// clockwork is what is waited for, and the time of what is being handled. Waiters are
// told as inputs, in the engine's goroutine.
type clockwork struct {
	now    time.Time
	timers timers
	// delayed are those who wait until the switch has done what it is at, and waiters how
	// many ever did.
	delayed []*delayed
	waiters uint64
	// waited counts how the waits of each kind ended.
	waited [waitKinds]waited
}

// timers are the waits that end at a time, the first one on top.
type timers struct{ heap timerHeap }

type timerHeap []*timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}

// expect tells who waits when nothing told in time what is waited for, unless the wait
// is cancelled or the picture rebuilt before.
func (c *clockwork) expect(w wait, who waiter) *timer { return c.expectFor(w, waits[w].atMost, who) }

// expectFor is expect for as long as d.
func (c *clockwork) expectFor(w wait, d time.Duration, who waiter) *timer {
	t := &timer{at: c.now.Add(d), wait: w, who: who, of: c}
	heap.Push(&c.timers.heap, t)
	return t
}

// lasting is expect for what has nothing to do with calls: a rebuilding does not end it.
func (c *clockwork) lasting(w wait, who waiter) { c.expect(w, who).lasting = true }

// clock is the time of what is being handled.
func (c *clockwork) clock() time.Time { return c.now }

// within tells whether not more has passed since a time than a wait lasts.
func (c *clockwork) within(w wait, since time.Time) bool { return c.now.Sub(since) < waits[w].atMost }

// forget ends the waits that have to do with calls.
func (c *clockwork) forget() {
	c.timers.forget()
	c.delayed = nil
}

// forget stops the timers that have to do with calls.
func (t *timers) forget() {
	kept := slices.DeleteFunc(slices.Clone(t.heap), func(due *timer) bool { return !due.lasting })
	for _, due := range t.heap {
		due.index = -1
	}
	t.heap = kept
	for i, due := range t.heap {
		due.index = i
	}
	heap.Init(&t.heap)
}

// cancel ends a wait, since what it waits for has come, or does not matter any more;
// nil and past ones are fine.
func (c *clockwork) cancel(t *timer) {
	if t != nil && t.index >= 0 {
		heap.Remove(&c.timers.heap, t.index)
		c.waited[t.wait].came++
	}
}

// first is when the first timer is due.
func (t *timers) first() (time.Time, bool) {
	if len(t.heap) == 0 {
		return time.Time{}, false
	}
	return t.heap[0].at, true
}

// due tells whether a wait's time has run out.
func (t *timers) due(now time.Time) bool { return len(t.heap) > 0 && !t.heap[0].at.After(now) }

// expire ends the waits whose time has run out.
func (c *clockwork) expire() {
	for c.timers.due(c.now) {
		t := heap.Pop(&c.timers.heap).(*timer)
		if t.who.late(t.wait) {
			c.waited[t.wait].ranOut++
		} else {
			c.waited[t.wait].came++
		}
	}
}

// resumable is what goes on when the switch has done what it is at.
type resumable interface {
	// ready tells whether it has.
	ready() bool
	again()
}

// delayed is something resumable that waits.
type delayed struct {
	resumable
	c     *clockwork
	timer *timer
	// number counts those that have waited.
	number uint64
}

func (d *delayed) late(wait) bool {
	late := !d.ready()
	d.c.resume(d)
	return late
}

// when has what is resumable go on as soon as something happened after which it is ready,
// or after d.
func (c *clockwork) when(w wait, d time.Duration, what resumable) {
	c.waiters++
	waiting := &delayed{resumable: what, c: c, number: c.waiters}
	waiting.timer = c.expectFor(w, d, waiting)
	c.delayed = append(c.delayed, waiting)
}

// resumeReady has those go on whose time has come, in the order in which they began to
// wait. Who begins to wait meanwhile has its turn behind the next input: it would hold
// all others up if it found itself ready each time, and not done.
func (c *clockwork) resumeReady() {
	last := c.waiters
	for i := 0; i < len(c.delayed); {
		waiting := c.delayed[i]
		if waiting.number > last || !waiting.ready() {
			i++
			continue
		}
		c.cancel(waiting.timer)
		c.resume(waiting)
		// It may have changed what the others wait for, and the list.
		i = 0
	}
}

// resume runs what waited; it may wait again.
func (c *clockwork) resume(waiting *delayed) {
	c.delayed = slices.DeleteFunc(c.delayed, func(d *delayed) bool { return d == waiting })
	waiting.again()
}
