//go:build linux

package main

import (
	"bufio"
	"fmt"
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// delayMetric is the module's own measure of an event's way through it: from its
// handler in the switch's dispatcher until the frame was written to the socket.
const delayMetric = "csta_event_delay_seconds_bucket{le=\""

// buckets are cumulated counts by upper bound in seconds, in rising order.
type buckets struct {
	bounds []float64
	counts []uint64
}

// delays reads the module's measure.
func (l *lab) delays() (buckets, error) {
	var b buckets
	answer, err := http.Get("http://" + l.metrics + "/metrics")
	if err != nil {
		return b, fmt.Errorf("metrics: %w", err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		rest, ok := strings.CutPrefix(lines.Text(), delayMetric)
		if !ok {
			continue
		}
		bound, count, _ := strings.Cut(rest, "\"} ")
		le, err := strconv.ParseFloat(bound, 64)
		if err != nil {
			return b, fmt.Errorf("metrics: %q: %w", lines.Text(), err)
		}
		n, err := strconv.ParseUint(count, 10, 64)
		if err != nil {
			return b, fmt.Errorf("metrics: %q: %w", lines.Text(), err)
		}
		b.bounds, b.counts = append(b.bounds, le), append(b.counts, n)
	}
	if len(b.bounds) == 0 {
		return b, fmt.Errorf("metrics: no %s", delayMetric)
	}
	return b, lines.Err()
}

// between is the percentile of what was counted since an earlier reading, in
// nanoseconds, with the counts of a bucket spread evenly over it.
func (b buckets) between(earlier buckets, percent float64) int64 {
	last := len(b.counts) - 1
	total := b.counts[last] - earlier.counts[last]
	want := percent / 100 * float64(total)
	low, below := 0.0, uint64(0)
	for i, bound := range b.bounds {
		n := b.counts[i] - earlier.counts[i]
		if float64(n) >= want && n > below {
			if math.IsInf(bound, 1) {
				return int64(low * 1e9)
			}
			return int64((low + (bound-low)*(want-float64(below))/float64(n-below)) * 1e9)
		}
		low, below = bound, n
	}
	return 0
}

// freeAddress is a TCP address that nobody listens on just now.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
