package uacsta

import (
	"container/heap"
	"time"
)

// timers orders phones by when something is due for them.
type timers struct{ heap []*phone }

func (t *timers) first() *phone {
	if len(t.heap) == 0 {
		return nil
	}
	return t.heap[0]
}

// set changes when a phone is due; the zero time takes it out.
func (t *timers) set(p *phone, due time.Time) {
	if due.IsZero() {
		t.remove(p)
		return
	}
	p.due = due
	if p.index < 0 {
		heap.Push((*phoneHeap)(t), p)
	} else {
		heap.Fix((*phoneHeap)(t), p.index)
	}
}

func (t *timers) remove(p *phone) {
	if p.index >= 0 {
		heap.Remove((*phoneHeap)(t), p.index)
	}
}

type phoneHeap timers

func (h *phoneHeap) Len() int           { return len(h.heap) }
func (h *phoneHeap) Less(i, j int) bool { return h.heap[i].due.Before(h.heap[j].due) }
func (h *phoneHeap) Swap(i, j int) {
	h.heap[i], h.heap[j] = h.heap[j], h.heap[i]
	h.heap[i].index, h.heap[j].index = i, j
}

func (h *phoneHeap) Push(x any) {
	p := x.(*phone)
	p.index = len(h.heap)
	h.heap = append(h.heap, p)
}

func (h *phoneHeap) Pop() any {
	last := len(h.heap) - 1
	p := h.heap[last]
	h.heap[last] = nil
	h.heap = h.heap[:last]
	p.index = -1
	return p
}
