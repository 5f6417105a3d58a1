// Package ring reads the ring of records that C's event handlers fill. The rules are
// those of csta_ring_view in bridge.h. Reading it is Go's, since a call into C costs
// more than the records do: Go's scheduler watches each one, and wakes a thread for
// that if everything has slept.
package ring

import (
	"encoding/binary"
	"sync/atomic"
	"unsafe"
)

// Shared is what reader and producers have in common, in C's memory.
type Shared struct {
	// Memory holds the records; its length is a power of two.
	Memory []byte
	// Tail is where the next record begins, Lost how many found the ring full.
	Tail, Lost *uint64
	// Asleep is not 0 while the reader waits to be woken.
	Asleep *uint32
}

// noRecord is the kind of the gap at the ring's end.
const noRecord = 0

const (
	// A record begins with its size in four bytes; then comes its kind.
	kindAt  = 4
	kindLen = 2
)

// records takes them in the order in which their places were reserved. One goroutine
// uses it.
type records struct{ Shared }

// size is that of the record at a place, 0 if it has not come.
func (r records) size(at uint64) uint32 {
	// #nosec G103 -- sizes stand where four bytes are aligned, below the ring's end.
	return atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.Memory[at&uint64(len(r.Memory)-1)])))
}

// take moves as many whole records as fit to buf and returns their bytes. buf must have
// room for the longest.
func (r records) take(buf []byte) int {
	tail := atomic.LoadUint64(r.Tail)
	at, taken := tail, 0
	for {
		size := r.size(at)
		if size == 0 {
			break
		}
		from := at & uint64(len(r.Memory)-1)
		record := r.Memory[from : from+uint64(size)]
		if binary.NativeEndian.Uint16(record[kindAt:kindAt+kindLen]) != noRecord {
			if int(size) > len(buf)-taken {
				break
			}
			taken += copy(buf[taken:], record)
		}
		// Nobody writes here before tail says that it is cleared, or the clearing would
		// hide a size that was published.
		clear(record)
		at += uint64(size)
	}
	if at != tail {
		atomic.StoreUint64(r.Tail, at)
	}
	return taken
}

// rest says that the reader goes to sleep, so that the next record wakes it. It returns
// false, and nothing was said, if there is one.
func (r records) rest() bool {
	atomic.StoreUint32(r.Asleep, 1)
	// The store above is ordered before this look at the ring, as a producer's record
	// is before its look at Asleep: one of the two sees the other.
	if r.size(atomic.LoadUint64(r.Tail)) != 0 {
		atomic.StoreUint32(r.Asleep, 0)
		return false
	}
	return true
}

// resting tells whether nobody has put a record since rest.
func (r records) resting() bool { return atomic.LoadUint32(r.Asleep) != 0 }

// wake ends the rest: there is no need to be woken.
func (r records) wake() { atomic.StoreUint32(r.Asleep, 0) }

// lostSoFar counts the records that found the ring full.
func (r records) lostSoFar() uint64 { return atomic.LoadUint64(r.Lost) }
