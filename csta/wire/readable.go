package wire

import (
	"bytes"
	"fmt"
)

// Direction is which way a frame went, as a log shows it.
type Direction string

const (
	FromClient Direction = "<-"
	ToClient   Direction = "->"
)

// Readable is a frame as one line for a log: the session, the direction, the
// invoke ID and the document without its XML declaration. Control characters,
// line breaks among them, become spaces.
func Readable(session string, d Direction, invoke uint16, body []byte) string {
	if bytes.HasPrefix(body, []byte("<?xml")) {
		if _, rest, ok := bytes.Cut(body, []byte("?>")); ok {
			body = rest
		}
	}
	body = bytes.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, bytes.TrimSpace(body))
	return fmt.Sprintf("%s %s %04d %s", session, d, invoke, body)
}
