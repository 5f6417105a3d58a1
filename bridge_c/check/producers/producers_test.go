package producers

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/bridge_c/ring"
)

// TestReaderOfTheRing: threads of C fill a small ring while its reader sleeps and
// wakes. Each record comes once, whole and in its producer's order, and none is left
// behind by a reader that went to sleep beside it.
func TestReaderOfTheRing(t *testing.T) {
	const threads, headerLen = 4, 32
	records := 100_000
	if testing.Short() {
		records = 20_000
	}
	run, shared, wake, err := Start(8192, threads, records)
	require.NoError(t, err)
	defer run.Close()
	r, err := ring.NewReader(shared, wake)
	require.NoError(t, err)
	defer r.Close()
	r.Begin()
	var last [threads]uint64
	waits := 0
	for left := threads * records; left > 0; {
		batch, lost := r.Take()
		require.Zero(t, lost)
		none := len(batch) == 0
		for ; len(batch) > 0; left-- {
			size := binary.NativeEndian.Uint32(batch)
			producer := binary.NativeEndian.Uint64(batch[headerLen:])
			number := binary.NativeEndian.Uint64(batch[headerLen+8:])
			require.Equal(t, last[producer]+1, number)
			last[producer] = number
			for _, b := range batch[headerLen+16 : size] {
				if b != byte(number%251) {
					require.Equal(t, byte(number%251), b, "record %d of %d", number, producer)
				}
			}
			batch = batch[size:]
		}
		if none {
			waits++
			began := time.Now()
			r.Wait(began.Add(20 * time.Second))
			require.Less(t, time.Since(began), 20*time.Second, "it slept beside a record")
		}
	}
	t.Logf("%d waits, %d times full", waits, run.Refused())
	assert.Positive(t, waits)
	assert.Positive(t, run.Refused())
}
