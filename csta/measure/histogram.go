// Package measure holds what engine and server count with: histograms of
// durations, and the outcomes of services. Nothing here locks but Shared: the
// engine is a single writer and pays for an addition only.
package measure

import (
	"math/bits"
	"sync"
	"time"
)

// Buckets is the number of a histogram's buckets. Each holds the durations up to
// its bound, which is twice that of the one before: 1 µs, 2 µs … 16.8 s; the
// last one holds what is longer.
const Buckets = 26

// Histogram counts durations. The zero value is ready; copies are snapshots.
type Histogram struct {
	// Counts are the observations per bucket, not cumulated.
	Counts [Buckets]uint64
	// Sum is the total of all observations.
	Sum time.Duration
}

// Bound is the upper bound of a bucket; false for the last one, which has none.
func Bound(bucket int) (time.Duration, bool) {
	return time.Microsecond << bucket, bucket < Buckets-1
}

// Observe counts one duration. Negative ones, which a step of the clock makes,
// count as zero.
func (h *Histogram) Observe(d time.Duration) {
	if d < 0 {
		d = 0
	}
	h.Counts[bucketOf(d)]++
	h.Sum += d
}

func bucketOf(d time.Duration) int {
	if d <= time.Microsecond {
		return 0
	}
	return min(bits.Len64(uint64(d-1)/uint64(time.Microsecond)), Buckets-1)
}

// Count is the number of observations.
func (h *Histogram) Count() uint64 {
	var n uint64
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// Mean is the average; 0 without observations.
func (h *Histogram) Mean() time.Duration {
	n := h.Count()
	if n == 0 {
		return 0
	}
	return h.Sum / time.Duration(n)
}

// Quantile is a bound that the fraction q of the observations does not exceed:
// at most twice the true value. What lies beyond the last bound is reported as
// twice that bound.
func (h *Histogram) Quantile(q float64) time.Duration {
	n := h.Count()
	if n == 0 {
		return 0
	}
	wanted := max(uint64(q*float64(n)+0.5), 1)
	for i, c := range h.Counts {
		if c >= wanted {
			bound, _ := Bound(i)
			return bound
		}
		wanted -= c
	}
	bound, _ := Bound(Buckets - 1)
	return bound
}

// Shared is a histogram with several writers.
type Shared struct {
	mu sync.Mutex
	h  Histogram
}

// Observe counts one duration.
func (s *Shared) Observe(d time.Duration) {
	s.mu.Lock()
	s.h.Observe(d)
	s.mu.Unlock()
}

// Snapshot is a copy of the histogram.
func (s *Shared) Snapshot() Histogram {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.h
}
