package measure

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestBuckets(t *testing.T) {
	for _, c := range []struct {
		d      time.Duration
		bucket int
	}{
		{-time.Second, 0}, {0, 0}, {1, 0}, {time.Microsecond, 0}, {time.Microsecond + 1, 1}, {2 * time.Microsecond, 1},
		{2*time.Microsecond + 1, 2}, {4 * time.Microsecond, 2}, {1024 * time.Microsecond, 10}, {1025 * time.Microsecond, 11},
		{time.Microsecond << 24, 24}, {time.Microsecond<<24 + 1, 25}, {time.Hour, 25}, {1<<63 - 1, 25},
	} {
		var h Histogram
		h.Observe(c.d)
		assert.EqualValues(t, 1, h.Counts[c.bucket], "%v: %v", c.d, h.Counts)
		bound, finite := Bound(c.bucket)
		assert.Equal(t, c.bucket < Buckets-1, finite)
		assert.True(t, !finite || c.d <= bound, "%v in the bucket up to %v", c.d, bound)
	}
}

func TestQuantiles(t *testing.T) {
	var h Histogram
	assert.Zero(t, h.Quantile(0.5))
	assert.Zero(t, h.Mean())
	for range 98 {
		h.Observe(3 * time.Microsecond)
	}
	h.Observe(time.Millisecond)
	h.Observe(time.Hour)
	assert.EqualValues(t, 100, h.Count())
	assert.Equal(t, 4*time.Microsecond, h.Quantile(0.5))
	assert.Equal(t, 4*time.Microsecond, h.Quantile(0))
	assert.Equal(t, 1024*time.Microsecond, h.Quantile(0.99))
	assert.Equal(t, time.Microsecond<<25, h.Quantile(1))
	assert.Equal(t, (98*3*time.Microsecond+time.Millisecond+time.Hour)/100, h.Mean())
}

func TestObserveDoesNotAllocate(t *testing.T) {
	var h Histogram
	assert.Zero(t, testing.AllocsPerRun(100, func() { h.Observe(time.Millisecond) }))
}

func TestShared(t *testing.T) {
	var s Shared
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				s.Observe(time.Second)
			}
		})
	}
	wg.Wait()
	h := s.Snapshot()
	assert.EqualValues(t, 4000, h.Count())
	assert.Equal(t, 4000*time.Second, h.Sum)
}

func TestOutcomes(t *testing.T) {
	var a, b Outcomes
	a.Count("MakeCall", "")
	a.Count("MakeCall", "operation")
	copied := a.Clone()
	b.Count("MakeCall", "operation")
	b.Count("MonitorStart", "security")
	a.Add(b)
	assert.Equal(t, Outcomes{
		"MakeCall":     {OK: 1, Failed: map[string]uint64{"operation": 2}},
		"MonitorStart": {Failed: map[string]uint64{"security": 1}},
	}, a)
	assert.Equal(t, Outcomes{"MakeCall": {OK: 1, Failed: map[string]uint64{"operation": 1}}}, copied)
	ok, failed := a.Totals()
	assert.EqualValues(t, 1, ok)
	assert.EqualValues(t, 3, failed)
}

func BenchmarkObserve(b *testing.B) {
	var h Histogram
	b.ReportAllocs()
	for b.Loop() {
		h.Observe(3 * time.Microsecond)
	}
}
