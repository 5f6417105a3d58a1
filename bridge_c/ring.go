package bridge

/*
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"unsafe"
)

// batchSize is the buffer of a Reader: some 150 events of usual size for one
// crossing into C.
const batchSize = 64 << 10

// Reader takes the switch's events out of the ring. One goroutine uses it; only
// Close may be called from another.
type Reader struct {
	wake *os.File
	buf  []byte
}

// NewReader opens the ring of the loaded module for reading.
func NewReader() (*Reader, error) {
	fd := C.csta_ring_listen()
	if fd < 0 {
		return nil, errors.New("event ring: module not loaded or out of descriptors")
	}
	return &Reader{wake: os.NewFile(uintptr(fd), "event ring"), buf: make([]byte, batchSize)}, nil
}

// Next waits for events and returns as many as came, as records (see bridge.h),
// valid until the next call, and the total of events lost since the load. It
// returns an error that wraps os.ErrClosed after Close.
func (r *Reader) Next() (batch []byte, lost uint64, err error) {
	var counter [8]byte
	for {
		var dropped C.uint64_t
		n := C.csta_ring_take(unsafe.Pointer(&r.buf[0]), C.size_t(len(r.buf)), &dropped)
		if n > 0 {
			return r.buf[:n], uint64(dropped), nil
		}
		if _, err := r.wake.Read(counter[:]); err != nil {
			return nil, 0, fmt.Errorf("event ring: %w", err)
		}
	}
}

// Close lets Next return.
func (r *Reader) Close() error { return r.wake.Close() }

// RingCounters tells how the event ring fares since the load.
type RingCounters struct {
	// Handled counts events that came to the handler, Lost those of them that
	// found the ring full, Truncated fields cut at their maximum length,
	// Wakeups the times the sleeping reader was woken.
	Handled, Lost, Truncated, Wakeups uint64
	// Waiting bytes are in the ring now; Deepest is the most there ever were.
	Waiting, Deepest int
}

// Ring returns the ring's counters.
func Ring() RingCounters {
	var c C.csta_ring_counters
	C.csta_ring_count(&c)
	return RingCounters{
		Handled: uint64(c.handled), Lost: uint64(c.lost), Truncated: uint64(c.truncated),
		Wakeups: uint64(c.wakeups), Waiting: int(c.waiting), Deepest: int(c.deepest),
	}
}
