package origin

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// Rate is how much somebody may do: so much at once, and so much a second in the long
// run.
type Rate struct{ Burst, PerSecond float64 }

// PerSecond is so much a second, and a second's at once.
func PerSecond(n float64) Rate { return Rate{n, n} }

// mostSources are remembered by a limiter.
const mostSources = 1 << 14

// Limiter bounds what is done by source and in all. Its methods may be called from any
// goroutine.
type Limiter struct {
	rate Rate

	mu  sync.Mutex
	all bucket
	// sources are those heard of lately; order has the longest silent one first.
	sources map[netip.Prefix]*list.Element
	order   list.List
	// newcomers is shared by those for whom there is no room.
	newcomers bucket
	// vouched are the sources that are bounded by themselves alone.
	vouched map[netip.Prefix]*bucket
}

// mostVouched are the sources that are vouched for at a time.
const mostVouched = 1 << 10

type sourceBucket struct {
	source netip.Prefix
	bucket
}

// NewLimiter bounds each source, and all of them.
func NewLimiter(perSource, inAll Rate) *Limiter {
	return &Limiter{
		rate: perSource, all: bucket{rate: inAll}, newcomers: bucket{rate: perSource}, sources: map[netip.Prefix]*list.Element{},
		vouched: map[netip.Prefix]*bucket{},
	}
}

// Take takes a token, the source's first: who does too much takes nothing from the
// others.
func (l *Limiter) Take(peer netip.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	source := Of(peer)
	return l.bucketOf(source, now).take(now) && (l.vouched[source] != nil || l.all.take(now))
}

// Return gives a token back that was taken for something that does not count.
func (l *Limiter) Return(peer netip.Addr, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	source := Of(peer)
	l.bucketOf(source, now).tokens++
	if l.vouched[source] == nil {
		l.all.tokens++
	}
}

// Vouch has a source bounded by itself alone from now on: what all others do is not laid
// to its charge. The one that has been silent the longest makes room.
func (l *Limiter) Vouch(peer netip.Addr, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	source := Of(peer)
	if l.vouched[source] != nil {
		return
	}
	if len(l.vouched) >= mostVouched {
		var silent netip.Prefix
		for other, b := range l.vouched {
			if !silent.IsValid() || b.at.Before(l.vouched[silent].at) {
				silent = other
			}
		}
		delete(l.vouched, silent)
	}
	own := *l.bucketOf(source, now)
	l.vouched[source] = &own
}

// Vouched tells whether a source is bounded by itself alone.
func (l *Limiter) Vouched(peer netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.vouched[Of(peer)] != nil
}

// Sources is how many sources it remembers.
func (l *Limiter) Sources() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sources)
}

// bucketOf is a source's bucket. A bucket that has filled up is as good as none, so
// that it makes room; one that has not never does, and nobody gets a full one by
// coming from many addresses.
func (l *Limiter) bucketOf(source netip.Prefix, now time.Time) *bucket {
	if b := l.vouched[source]; b != nil {
		return b
	}
	if e := l.sources[source]; e != nil {
		l.order.MoveToBack(e)
		return &e.Value.(*sourceBucket).bucket
	}
	if l.order.Len() >= mostSources {
		oldest := l.order.Front()
		if now.Sub(oldest.Value.(*sourceBucket).at) < l.rate.fillTime() {
			return &l.newcomers
		}
		delete(l.sources, l.order.Remove(oldest).(*sourceBucket).source)
	}
	b := &sourceBucket{source, bucket{rate: l.rate}}
	l.sources[source] = l.order.PushBack(b)
	return &b.bucket
}

// bucket is a token bucket.
type bucket struct {
	rate   Rate
	tokens float64
	at     time.Time
}

// fillTime is what an empty bucket needs to be full.
func (r Rate) fillTime() time.Duration {
	if r.PerSecond <= 0 {
		return 0
	}
	return time.Duration(r.Burst / r.PerSecond * float64(time.Second))
}

func (b *bucket) take(now time.Time) bool {
	b.tokens = min(b.rate.Burst, b.tokens+now.Sub(b.at).Seconds()*b.rate.PerSecond)
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
