// Package translate turns what FreeSWITCH says of its channels into the facts
// of package switching. It is pure Go: records come as bytes in the form that
// bridge_c/bridge.h describes.
package translate

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Record is one event of the switch, or one element of a list: its type, when
// the module saw it and the headers it carried.
type Record struct {
	Type Type
	// At is Unix nanoseconds, Seq the switch's Event-Sequence.
	At  int64
	Seq uint64

	values [fields]string
}

// Get returns a header, "" if the event did not have it.
func (r *Record) Get(f Field) string { return r.values[f] }

// Set gives a header its value.
func (r *Record) Set(f Field, value string) { r.values[f] = value }

const (
	// headerSize is sizeof(csta_record).
	headerSize = 32
	// fieldHead is the space before a field's bytes: its number, its length.
	fieldHead = 4
	// align is CSTA_RECORD_ALIGN.
	align = 8
)

// ErrRecord: bytes that are no record. The bridge never writes any.
var ErrRecord = errors.New("malformed record")

// Decode reads the first record of buf into r and returns the bytes after it.
// r's strings share one copy of the record, not buf itself. Fields and types
// it does not know are left out, so that r.Type may be None.
func Decode(buf []byte, r *Record) (rest []byte, err error) {
	if len(buf) < headerSize {
		return nil, fmt.Errorf("%w: %d bytes left, header needs %d", ErrRecord, len(buf), headerSize)
	}
	order := binary.NativeEndian
	size := order.Uint32(buf)
	if size < headerSize || size%align != 0 || uint64(size) > uint64(len(buf)) {
		return nil, fmt.Errorf("%w: size %d of %d bytes left", ErrRecord, size, len(buf))
	}
	*r = Record{
		Type: Type(order.Uint16(buf[4:])),
		At:   int64(order.Uint64(buf[8:])),
		Seq:  order.Uint64(buf[16:]),
	}
	if r.Type >= types {
		r.Type = None
	}
	text := string(buf[headerSize:size])
	count, at := int(order.Uint16(buf[6:])), 0
	for i := range count {
		if len(text)-at < fieldHead {
			return nil, fmt.Errorf("%w: field %d of %d at the end", ErrRecord, i, count)
		}
		head := buf[headerSize+at:]
		f, n := Field(order.Uint16(head)), int(order.Uint16(head[2:]))
		at += fieldHead
		if len(text)-at < n {
			return nil, fmt.Errorf("%w: field %d has %d bytes, %d left", ErrRecord, f, n, len(text)-at)
		}
		if f < fields {
			r.values[f] = text[at : at+n]
		}
		at += n
	}
	return buf[size:], nil
}

// Each decodes all records of a list and hands them to visit, always the same
// Record.
func Each(buf []byte, visit func(*Record)) error {
	var r Record
	for len(buf) > 0 {
		rest, err := Decode(buf, &r)
		if err != nil {
			return err
		}
		visit(&r)
		buf = rest
	}
	return nil
}

// looksLikeUUID tells whether s has the form of a UUID. FreeSWITCH puts a
// UUID or a dialled number into some variables.
func looksLikeUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'):
			return false
		}
	}
	return true
}
