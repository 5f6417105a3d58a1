package association

import (
	"crypto/rand"
	"net/netip"
	"sync"
)

// NewID is the name of an application session. Whoever knows it can have the session, so
// that nobody may guess it: it has 130 random bits.
func NewID() string { return rand.Text() }

// Limits bound what associations take that have lost their connections.
type Limits struct {
	// Memory bounds the bytes that are kept for all of them. One has a quarter of it at
	// most.
	Memory int
	// Alone bounds how many there are, AloneFrom those of one origin; 0: no bound.
	Alone, AloneFrom int
}

// One is what is kept for one association at most.
func (l Limits) One() int { return l.Memory / 4 }

// Entry is an association in a Book. T is what the owner of the book knows it as.
type Entry[T any] struct {
	Of T
	id string
	// group are those that share their luck: who has much there gives way first.
	group string
	// origin is where its last connection came from, bytes what is kept for it, turn when
	// it lost the connection; alone: it has.
	origin netip.Prefix
	bytes  int
	turn   uint64
	alone  bool
}

// Book knows the associations with application sessions, by these, and who has to give way
// when there is no room. Its methods may be called from any goroutine; it calls nobody.
type Book[T any] struct {
	mu     sync.Mutex
	byID   map[string]*Entry[T]
	from   map[netip.Prefix]int
	alone  int
	bytes  int
	turn   uint64
	limits Limits
}

// NewBook makes an empty one.
func NewBook[T any](l Limits) *Book[T] {
	return &Book[T]{byID: map[string]*Entry[T]{}, from: map[netip.Prefix]int{}, limits: l}
}

// SetLimits changes the limits. They count for what comes.
func (b *Book[T]) SetLimits(l Limits) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.limits = l
}

// Limits are those that count.
func (b *Book[T]) Limits() Limits {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.limits
}

// Enter enters an association with that ID, of a group of them.
func (b *Book[T]) Enter(id, group string, of T) *Entry[T] {
	e := &Entry[T]{Of: of, id: id, group: group}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.byID[id] = e
	return e
}

// Find finds one by its ID; nil if there is none.
func (b *Book[T]) Find(id string) *Entry[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.byID[id]
}

// Strike takes one out. A second time it does nothing.
func (b *Book[T]) Strike(e *Entry[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byID[e.id] != e {
		return
	}
	b.rejoined(e)
	delete(b.byID, e.id)
}

// Parted notes that an association has lost its connection, which came from that origin,
// and that so many bytes are kept for it. yields is the one that has to end for it; nil:
// nobody has.
func (b *Book[T]) Parted(e *Entry[T], origin netip.Prefix, bytes int) (yields *Entry[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.byID[e.id] != e || e.alone {
		return nil
	}
	switch {
	case b.limits.AloneFrom > 0 && b.from[origin] >= b.limits.AloneFrom:
		yields = b.oldest(func(o *Entry[T]) bool { return o.origin == origin })
	case b.limits.Alone > 0 && b.alone >= b.limits.Alone:
		yields = b.oldest(func(*Entry[T]) bool { return true })
	}
	b.turn++
	e.alone, e.turn, e.origin, e.bytes = true, b.turn, origin, bytes
	b.alone++
	b.from[origin]++
	b.bytes += bytes
	return yields
}

// Rejoined notes that it has a connection again.
func (b *Book[T]) Rejoined(e *Entry[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rejoined(e)
}

func (b *Book[T]) rejoined(e *Entry[T]) {
	if !e.alone {
		return
	}
	e.alone = false
	b.alone--
	if b.from[e.origin]--; b.from[e.origin] == 0 {
		delete(b.from, e.origin)
	}
	b.bytes -= e.bytes
	e.bytes = 0
}

// Takes notes that what is kept for an association that has lost its connection is so many
// bytes now. loses is the one whose messages can't be kept: one with more than its share,
// or, if all together have too much, the one with the most of the group with the most; nil: there is room.
func (b *Book[T]) Takes(e *Entry[T], bytes int) (loses *Entry[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !e.alone {
		return nil
	}
	b.bytes += bytes - e.bytes
	e.bytes = bytes
	switch {
	case bytes > b.limits.One():
		return e
	case b.bytes <= b.limits.Memory:
		return nil
	}
	everybody := func(*Entry[T]) bool { return true }
	greatest := b.greatest(everybody, func(e *Entry[T]) int { return e.bytes })
	for _, other := range b.byID {
		if other.alone && other.group == greatest && (loses == nil || other.bytes > loses.bytes) {
			loses = other
		}
	}
	return loses
}

// oldest is the one that lost its connection first, of those, in the group that has the most
// of them: who has many keeps those of others from nothing.
func (b *Book[T]) oldest(of func(*Entry[T]) bool) (first *Entry[T]) {
	greatest := b.greatest(of, func(*Entry[T]) int { return 1 })
	for _, e := range b.byID {
		if e.alone && e.group == greatest && of(e) && (first == nil || e.turn < first.turn) {
			first = e
		}
	}
	return first
}

// greatest is the group that takes the most, of those that have lost their connections; of
// two that take the same, the one whose first has waited longer.
func (b *Book[T]) greatest(of func(*Entry[T]) bool, takes func(*Entry[T]) int) (group string) {
	taken, first := map[string]int{}, map[string]uint64{}
	for _, e := range b.byID {
		if !e.alone || !of(e) {
			continue
		}
		taken[e.group] += takes(e)
		if at, known := first[e.group]; !known || e.turn < at {
			first[e.group] = e.turn
		}
	}
	found := false
	for g, n := range taken {
		if !found || n > taken[group] || n == taken[group] && first[g] < first[group] {
			group, found = g, true
		}
	}
	return group
}

// Recent is what is kept for each client that is connected of what it most likely has: half of
// the memory for all of them, within bounds.
func (b *Book[T]) Recent() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return min(max(b.limits.Memory/2/max(len(b.byID), 1), leastRecent), mostRecent)
}

// Alone counts those that have lost their connections, and what is kept for them.
func (b *Book[T]) Alone() (associations, bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.alone, b.bytes
}

// All are the associations with application sessions.
func (b *Book[T]) All() []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]T, 0, len(b.byID))
	for _, e := range b.byID {
		all = append(all, e.Of)
	}
	return all
}
