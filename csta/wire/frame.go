// Package wire frames CSTA XML documents on a TCP connection, as ECMA-323
// Annex J.2 (CSTA XML without SOAP over TCP) defines:
//
//	offset 0  2 bytes  format indicator, 0 = XML without SOAP
//	offset 2  2 bytes  length of the whole frame with these 8 bytes, big endian
//	offset 4  4 bytes  invoke ID, ASCII digits
//	offset 8           the document
//
// Frames follow each other without a delimiter and may be cut anywhere by TCP.
package wire

import (
	"errors"
	"fmt"
)

const (
	// HeaderLen is the length of a frame's header.
	HeaderLen = 8
	// MaxFrame is the longest frame that the 16-bit length field can tell.
	MaxFrame = 65535
	// MaxBody is the longest document in one frame.
	MaxBody = MaxFrame - HeaderLen
	// MaxSent is the longest frame that is sent: several readers take the length
	// for a signed number of 16 bits.
	MaxSent = 32767
	// MaxSentBody is the longest document that is sent.
	MaxSentBody = MaxSent - HeaderLen

	// EventInvoke is the invoke ID of every event.
	EventInvoke = 9999
	// MaxInvoke is the highest invoke ID that four digits can tell.
	MaxInvoke = 9999
)

// What a frame's header can have wrong. After any of them the position of the
// next frame, or whom to answer, is unknown: the connection has to be closed.
var (
	// ErrFormat: the format indicator is not that of XML without SOAP.
	ErrFormat = errors.New("unsupported frame format")
	// ErrLength: the length does not even cover the header.
	ErrLength = errors.New("frame length shorter than its header")
	// ErrInvoke: the invoke ID is not four digits.
	ErrInvoke = errors.New("invoke ID is not four digits")
	// ErrTooLong: the document does not fit into a frame (writing only).
	ErrTooLong = errors.New("document too long for a frame")
	// ErrNoFrame is what every error is of a client that sent something else.
	ErrNoFrame = errors.New("not a frame")
)

// HeaderError is an unusable header; errors.Is finds the reason.
type HeaderError struct {
	Header [HeaderLen]byte
	Reason error
}

func (e *HeaderError) Error() string {
	return fmt.Sprintf("%v (header % x)", e.Reason, e.Header[:])
}

func (e *HeaderError) Unwrap() error { return e.Reason }

// Is implements errors.Is.
func (e *HeaderError) Is(target error) bool { return target == ErrNoFrame }

// Frame is one frame as received.
type Frame struct {
	// Invoke is the invoke ID, 0 to 9999.
	Invoke uint16
	// Body is the document; it may be empty. It is valid until the next call
	// of Reader.Next.
	Body []byte
}
