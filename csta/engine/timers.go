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
}

// waiter is who waits: a service under way, or what the engine keeps of a leg or call.
type waiter interface {
	// late is called when the time of one of its waits has run out. It tells whether
	// what was waited for had not come: one that is not cancelled by what it waits for
	// finds that it came.
	late(w wait) bool
}

// lateFunc is a waiter that waits for one thing only.
type lateFunc func() bool

func (f lateFunc) late(wait) bool { return f() }

// timers is the core's clockwork: waiters are told as inputs, in the engine's
// goroutine.
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
// is cancelled or the core rebuilt before.
func (c *core) expect(w wait, who waiter) *timer { return c.expectFor(w, waits[w].atMost, who) }

// expectFor is expect for as long as d.
func (c *core) expectFor(w wait, d time.Duration, who waiter) *timer {
	t := &timer{at: c.now.Add(d), wait: w, who: who}
	heap.Push(&c.timers.heap, t)
	return t
}

// lasting is await for what has nothing to do with calls: a rebuilding does not end it.
func (c *core) lasting(w wait, late func() bool) { c.await(w, late).lasting = true }

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
func (c *core) cancel(t *timer) {
	if t != nil && t.index >= 0 {
		heap.Remove(&c.timers.heap, t.index)
		c.measured.waited[t.wait].came++
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
func (c *core) expire() {
	for c.timers.due(c.now) {
		t := heap.Pop(&c.timers.heap).(*timer)
		if t.who.late(t.wait) {
			c.measured.waited[t.wait].ranOut++
		} else {
			c.measured.waited[t.wait].came++
		}
	}
}
