package sim

import (
	"container/heap"
	"sync"
	"time"
)

// Clock is the time the simulated switch lives by.
type Clock interface {
	Now() time.Time
	// AfterFunc runs f once after d, in a goroutine of its own or in that of
	// whoever moves the clock. The function returned forgets it, if it is not
	// yet too late for that.
	AfterFunc(d time.Duration, f func()) (stop func())
}

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// VirtualClock stands still until Advance moves it, so that a test of an hour's
// scenario takes no time. Its zero value is not ready: see NewVirtualClock.
type VirtualClock struct {
	mu    sync.Mutex
	now   time.Time
	queue agenda
}

// NewVirtualClock is a clock that shows the beginning of the year 2001.
func NewVirtualClock() *VirtualClock {
	return &VirtualClock{now: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// Now is the time that Advance has reached.
func (c *VirtualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc runs f in the goroutine that calls Advance.
func (c *VirtualClock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.queue.add(c.now.Add(d), f)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.queue.remove(t)
	}
}

// Advance moves the clock by d and runs what falls due on the way, in order of
// time, each at its own time.
func (c *VirtualClock) Advance(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	for {
		t := c.queue.due(end)
		if t == nil {
			break
		}
		if t.at.After(c.now) {
			c.now = t.at
		}
		c.mu.Unlock()
		t.run()
		c.mu.Lock()
	}
	c.now = end
	c.mu.Unlock()
}

// agenda is a list of things to do, by time and then by age.
type agenda struct {
	tasks []*task
	seq   uint64
}

type task struct {
	at  time.Time
	seq uint64
	// place is the index in the heap; absent when the task is not in it.
	place int
	run   func()
}

const absent = -1

func (a *agenda) add(at time.Time, run func()) *task {
	a.seq++
	t := &task{at: at, seq: a.seq, run: run}
	heap.Push((*taskHeap)(&a.tasks), t)
	return t
}

func (a *agenda) remove(t *task) {
	if t != nil && t.place != absent {
		heap.Remove((*taskHeap)(&a.tasks), t.place)
	}
}

// due takes out the first task if it is not later than now.
func (a *agenda) due(now time.Time) *task {
	if len(a.tasks) == 0 || a.tasks[0].at.After(now) {
		return nil
	}
	return heap.Pop((*taskHeap)(&a.tasks)).(*task)
}

func (a *agenda) first() *task {
	if len(a.tasks) == 0 {
		return nil
	}
	return a.tasks[0]
}

type taskHeap []*task

func (h taskHeap) Len() int { return len(h) }

func (h taskHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].seq < h[j].seq
}

func (h taskHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

func (h *taskHeap) Push(x any) {
	t := x.(*task)
	t.place = len(*h)
	*h = append(*h, t)
}

func (h *taskHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.place = absent
	return t
}
