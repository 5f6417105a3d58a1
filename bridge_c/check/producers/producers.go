// Package producers fills a ring of records from threads of C, as the switch does, for
// tests of its reader.
package producers

/*
#cgo CFLAGS: -std=gnu11 -Wall -Wextra -Werror -O2
#cgo LDFLAGS: -lpthread
#include "producers.h"
*/
import "C"

import (
	"errors"
	"os"
	"unsafe"

	"mod_csta_socket/bridge_c/ring"
)

// Run is a ring with threads that fill it.
type Run struct{ run *C.producers }

// Start opens a ring of that size and has threads put records, each so many: their
// producer and number, eight bytes each, follow the record's header, then bytes of
// number%251 up to the record's end. A record that finds the ring full is counted and
// put again.
func Start(size, threads, records int) (*Run, ring.Shared, *os.File, error) {
	var view C.csta_ring_view
	var wake C.int
	run := C.producers_start(C.size_t(size), C.int(threads), C.long(records), &view, &wake)
	if run == nil {
		return nil, ring.Shared{}, nil, errors.New("no memory, or no threads")
	}
	return &Run{run}, ring.Shared{
		Memory: unsafe.Slice((*byte)(view.memory), int(view.size)),
		Tail:   (*uint64)(view.tail), Lost: (*uint64)(view.lost), Asleep: (*uint32)(view.asleep),
	}, os.NewFile(uintptr(wake), "ring"), nil
}

// Refused is how many records found the ring full.
func (r *Run) Refused() int { return int(C.producers_refused(r.run)) }

// Close ends the threads and frees the ring.
func (r *Run) Close() { C.producers_end(r.run) }
