//go:build linux

package main

import (
	"syscall"
	"time"
	"unsafe"
)

// origin is the start of this process's clock, which is CLOCK_MONOTONIC as the
// switch's is.
var origin = time.Now()

// monotonicAtOrigin is what CLOCK_MONOTONIC showed then, in nanoseconds.
var monotonicAtOrigin = readMonotonic()

// now is nanoseconds since origin.
func now() int64 { return int64(time.Since(origin)) }

// since turns a time of this process into nanoseconds since origin.
func since(t time.Time) int64 { return int64(t.Sub(origin)) }

// fromMonotonic turns a reading of CLOCK_MONOTONIC into nanoseconds since origin.
func fromMonotonic(ns int64) int64 { return ns - monotonicAtOrigin }

// readMonotonic reads the clock between two looks at ours, the closest of several
// times.
func readMonotonic() int64 {
	const clockMonotonic = 1
	best, found := int64(1<<62), int64(0)
	for range 100 {
		var ts syscall.Timespec
		before := now()
		if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
			panic("CLOCK_MONOTONIC: " + errno.Error())
		}
		after := now()
		if after-before < best {
			best, found = after-before, ts.Nano()-(before+after)/2
		}
	}
	return found
}
