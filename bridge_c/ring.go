package bridge

/*
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"os"
	"unsafe"

	"mod_csta_socket/bridge_c/ring"
)

// NewReader opens the ring of the loaded module for reading.
func NewReader() (*ring.Reader, error) {
	var view C.csta_ring_view
	fd := C.csta_ring_listen(&view)
	if fd < 0 {
		return nil, errors.New("event ring: module not loaded or out of descriptors")
	}
	return ring.NewReader(ring.Shared{
		Memory: unsafe.Slice((*byte)(view.memory), int(view.size)),
		Tail:   (*uint64)(view.tail),
		Lost:   (*uint64)(view.lost),
		Asleep: (*uint32)(view.asleep),
	}, os.NewFile(uintptr(fd), "event ring"))
}

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
