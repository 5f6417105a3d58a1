// Package bridge is the C side of the module, with thin Go functions over it.
// It carries facts and commands between FreeSWITCH and Go and decides nothing.
// bridge.h is the contract; the functions here add only Go's types to it.
//
// The C side calls three functions that the main package of the module exports:
// go_csta_load, go_csta_shutdown and go_csta_command (see bridge.h).
package bridge

/*
#cgo CFLAGS: -std=gnu11 -fvisibility=hidden -Wall -Wextra -Werror -O2 -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
#cgo LDFLAGS: -Wl,--unresolved-symbols=ignore-all
#cgo noescape csta_ring_count
#cgo nocallback csta_ring_count
#include "bridge.h"
*/
import "C"

import (
	"strconv"
	"unsafe"
)

// Status is what an operation of the switch answered when it did not succeed.
type Status int

// The values of csta_status that are errors.
const (
	// NoSuchLeg: no leg of that UUID, or it is already hanging up.
	NoSuchLeg = Status(C.CSTA_NO_SUCH_LEG)
	// NotPossible: the leg is in the wrong state or the switch refused.
	NotPossible = Status(C.CSTA_NOT_POSSIBLE)
	// NotSupported: the endpoint or this build of the switch cannot do it.
	NotSupported = Status(C.CSTA_NOT_SUPPORTED)
	// Invalid: an argument holds what must not reach the switch.
	Invalid = Status(C.CSTA_INVALID)
	// Unwritable: a recording's file cannot be written.
	Unwritable = Status(C.CSTA_UNWRITABLE)
	// Stopped: the module is not loaded or is shutting down.
	Stopped = Status(C.CSTA_STOPPED)
	// NoMemory: malloc failed.
	NoMemory = Status(C.CSTA_NO_MEMORY)
)

func (s Status) Error() string {
	switch s {
	case NoSuchLeg:
		return "no such leg"
	case NotPossible:
		return "not possible"
	case NotSupported:
		return "not supported"
	case Invalid:
		return "invalid argument"
	case Unwritable:
		return "cannot be written"
	case Stopped:
		return "module is stopping"
	case NoMemory:
		return "out of memory"
	}
	return "bridge status " + strconv.Itoa(int(s))
}

// status makes an error of what C answered.
func status(s C.csta_status) error {
	if s == C.CSTA_OK {
		return nil
	}
	return Status(s)
}

// str lends a string to C for one call.
func str(s string) C.csta_str {
	return C.csta_str{p: (*C.char)(unsafe.Pointer(unsafe.StringData(s))), n: C.size_t(len(s))}
}

// take copies a buffer that C allocated and frees it.
func take(t C.csta_text) string {
	defer C.csta_text_free(t)
	if t.n == 0 {
		return ""
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(t.p)), int(t.n)))
}

// takeBytes is take for records.
func takeBytes(t C.csta_text) []byte {
	defer C.csta_text_free(t)
	if t.n == 0 {
		return nil
	}
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(t.p)), int(t.n))...)
}

func flag(on bool) C.int {
	if on {
		return 1
	}
	return 0
}
