// Package jsonwire is the second form of CSTA's messages: the same elements as in XML
// (ECMA-323), as JSON. One object is one frame:
//
//	{"invokeID": 17, "MakeCall": {"callingDevice": {"number": "1000"}, "calledDirectoryNumber": {"number": "1001"}}}
//
// The message's root element is the one name beside invokeID, which events have not. An
// element with elements is an object, one that may be repeated an array; a device
// identifier an object with number and typeOfNumber, or, as clients may write it, the
// number alone; what says all by being there (notKnown) is true. The content of private
// is a text of XML. Everything else is a text, a number or a boolean.
//
// What an element is comes from the registry of messages (ecma.ShapeOf). A client's frame
// is translated into the XML that it stands for and nothing more: whether that is a legal
// message, and what it is answered if it is not, is decided where that of XML is.
package jsonwire

import (
	"errors"
	"fmt"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

const (
	// MaxFrame bounds a client's frame, in bytes: no more than a document may have.
	MaxFrame = wire.MaxBody
	// Edition is the namespace of the XML that a client's frame stands for.
	Edition = ecma.Edition6

	invokeName = "invokeID"
	numberName = "number"
	typeName   = "typeOfNumber"

	// maxDepth bounds the nesting of a client's objects: no XML may be deeper.
	maxDepth = 32
	// maxName bounds an element's name; the longest of ECMA-323 has 44 characters.
	maxName = 64
)

// FrameError: what came is no frame, and whom to answer is not known. It is
// wire.ErrNoFrame.
type FrameError struct{ Reason string }

func (e *FrameError) Error() string { return "no CSTA frame in JSON: " + e.Reason }

// Is implements errors.Is.
func (e *FrameError) Is(target error) bool { return target == wire.ErrNoFrame }

func noFrame(format string, arguments ...any) error {
	return &FrameError{fmt.Sprintf(format, arguments...)}
}

// errUnspeakable: the frame's message cannot be said in XML.
var errUnspeakable = errors.New("it cannot be said in XML")

// isName tells whether a member's name can be an element's. Those of ECMA-323 are
// letters and digits.
func isName(s string) bool {
	if s == "" || len(s) > maxName {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case i > 0 && (c >= '0' && c <= '9' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return true
}
