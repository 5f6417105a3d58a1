package wire

import (
	"encoding/binary"
	"fmt"
)

// Mark is where in a buffer a frame begins.
type Mark int

// Begin appends the header of a frame whose document the caller appends next;
// End completes it. invoke is taken modulo 10000.
func Begin(dst []byte, invoke uint16) ([]byte, Mark) {
	m := Mark(len(dst))
	invoke %= MaxInvoke + 1
	return append(dst, 0, 0, 0, 0,
		'0'+byte(invoke/1000), '0'+byte(invoke/100%10), '0'+byte(invoke/10%10), '0'+byte(invoke%10)), m
}

// End writes the length into the frame begun at m, which reaches to the end of
// dst. If it is too long (ErrTooLong), it returns dst without that frame.
func End(dst []byte, m Mark) ([]byte, error) {
	length := len(dst) - int(m)
	if length > MaxFrame {
		return dst[:m], fmt.Errorf("%w: %d bytes of at most %d", ErrTooLong, length-HeaderLen, MaxBody)
	}
	binary.BigEndian.PutUint16(dst[m+2:], uint16(length))
	return dst, nil
}

// Append appends a whole frame. On ErrTooLong dst is returned as it was.
func Append(dst []byte, invoke uint16, body []byte) ([]byte, error) {
	dst, m := Begin(dst, invoke)
	return End(append(dst, body...), m)
}
