//go:build linux

package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// sample is a list of durations in nanoseconds.
type sample []int64

func (s sample) sorted() sample {
	c := slices.Clone(s)
	slices.Sort(c)
	return c
}

// at is a percentile of a sorted sample.
func (s sample) at(percent float64) int64 {
	if len(s) == 0 {
		return 0
	}
	return s[min(len(s)-1, max(0, int(math.Ceil(percent/100*float64(len(s))))-1))]
}

// cells are p50, p90 and p99 as text.
func (s sample) cells() []string {
	o := s.sorted()
	return []string{duration(o.at(50)), duration(o.at(90)), duration(o.at(99))}
}

// duration is a time with three digits that matter.
func duration(ns int64) string {
	sign := ""
	if ns < 0 {
		sign, ns = "-", -ns
	}
	d := time.Duration(ns)
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%s%d µs", sign, (ns+500)/1000)
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%s%.2f ms", sign, float64(ns)/1e6)
	}
	return fmt.Sprintf("%s%.0f ms", sign, float64(ns)/1e6)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	c := slices.Clone(values)
	slices.Sort(c)
	if n := len(c); n%2 == 0 {
		return (c[n/2-1] + c[n/2]) / 2
	}
	return c[len(c)/2]
}
