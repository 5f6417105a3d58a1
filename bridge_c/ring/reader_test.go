package ring

import (
	"encoding/binary"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// long is how long a wait lasts that nobody ends.
const long = 20 * time.Second

// opened is a Reader of a ring in Go's memory, and what rings its eventfd.
func opened(t *testing.T) (r *Reader, told func()) {
	t.Helper()
	fd, _, errno := syscall.Syscall(syscall.SYS_EVENTFD2, 0, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	require.Zero(t, errno)
	r, err := NewReader(shared(4096), os.NewFile(fd, "ring"))
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	one := binary.NativeEndian.AppendUint64(nil, 1)
	return r, func() {
		r.records.wake()
		_, err := syscall.Write(int(fd), one)
		assert.NoError(t, err)
	}
}

// waited is how long Wait took, which something is to end.
func waited(t *testing.T, r *Reader, until time.Duration, while func()) time.Duration {
	t.Helper()
	var beside sync.WaitGroup
	if while != nil {
		beside.Go(func() {
			time.Sleep(50 * time.Millisecond)
			while()
		})
	}
	began := time.Now()
	r.Wait(began.Add(until))
	took := time.Since(began)
	beside.Wait()
	return took
}

// TestHeld: what is in the ring before Begin waits there, and so does the reader.
func TestHeld(t *testing.T) {
	r, _ := opened(t)
	copy(r.records.Memory, record(48, 1, 'a'))
	batch, _ := r.Take()
	assert.Empty(t, batch)
	assert.GreaterOrEqual(t, waited(t, r, 50*time.Millisecond, nil), 50*time.Millisecond)
	assert.Less(t, waited(t, r, long, r.Begin), long)
	batch, _ = r.Take()
	assert.Equal(t, record(48, 1, 'a'), batch)
}

func TestWait(t *testing.T) {
	r, told := opened(t)
	r.Begin()
	assert.Less(t, waited(t, r, long, nil), long, "Begin interrupts")
	for range 3 {
		assert.GreaterOrEqual(t, waited(t, r, 50*time.Millisecond, nil), 50*time.Millisecond)
		assert.False(t, r.records.resting())
		assert.Less(t, waited(t, r, long, told), long, "woken")
		assert.Less(t, waited(t, r, long, r.Interrupt), long, "interrupted")
		r.Interrupt()
		assert.Less(t, waited(t, r, long, nil), long, "interrupted before")
	}
	copy(r.records.Memory, record(48, 1, 'a'))
	assert.Less(t, waited(t, r, long, nil), long, "there is something")
	assert.False(t, r.records.resting())
}

// TestClosed: once it is closed nothing of C's memory is looked at, nor waited for.
func TestClosed(t *testing.T) {
	r, _ := opened(t)
	r.Begin()
	r.Wait(time.Now())
	assert.Less(t, waited(t, r, long, func() { assert.NoError(t, r.Close()) }), long)
	r.records.Shared = Shared{}
	batch, lost := r.Take()
	assert.Empty(t, batch)
	assert.Zero(t, lost)
	assert.Less(t, waited(t, r, long, nil), long)
	r.Interrupt()
}
