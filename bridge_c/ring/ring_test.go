package ring

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
)

// shared is a ring in Go's memory.
func shared(size int) Shared {
	// Whole words, so that sizes are aligned as in C's memory.
	return Shared{Memory: make([]byte, size), Tail: new(uint64), Lost: new(uint64), Asleep: new(uint32)}
}

func record(size int, kind uint16, fill byte) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = fill
	}
	binary.NativeEndian.PutUint32(b, uint32(size))
	binary.NativeEndian.PutUint16(b[kindAt:], kind)
	return b
}

func TestTake(t *testing.T) {
	r := records{shared(256)}
	buf := make([]byte, 128)
	assert.Zero(t, r.take(buf))
	copy(r.Memory, record(48, 1, 'a'))
	copy(r.Memory[48:], record(64, 2, 'b'))
	copy(r.Memory[112:], record(64, 3, 'c'))
	// The third does not fit, and stays.
	n := r.take(buf)
	assert.Equal(t, append(record(48, 1, 'a'), record(64, 2, 'b')...), buf[:n])
	assert.EqualValues(t, 112, *r.Tail)
	assert.Equal(t, make([]byte, 112), r.Memory[:112], "what was taken is cleared")
	// The rest of the ring is a gap, shorter than a record's header may be.
	copy(r.Memory[176:], record(80, noRecord, 0))
	copy(r.Memory, record(48, 4, 'd'))
	n = r.take(buf)
	assert.Equal(t, append(record(64, 3, 'c'), record(48, 4, 'd')...), buf[:n])
	assert.EqualValues(t, 256+48, *r.Tail)
	assert.Zero(t, r.take(buf))
}

func TestRest(t *testing.T) {
	r := records{shared(256)}
	assert.True(t, r.rest())
	assert.True(t, r.resting())
	r.wake()
	assert.False(t, r.resting())
	copy(r.Memory, record(48, 1, 'a'))
	assert.False(t, r.rest(), "a record has come")
	assert.False(t, r.resting())
}
