package server

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/wire"
)

// narrow is a connection whose socket takes little at once.
type narrow struct {
	net.Conn
	// room is what the socket takes of a try's bytes.
	room func(int) int

	busy     atomic.Bool
	mu       sync.Mutex
	written  []byte
	deadline time.Time
	failure  error
}

func (n *narrow) take(b []byte) (int, error) {
	if n.busy.Swap(true) {
		return 0, errors.New("two write at once")
	}
	defer n.busy.Store(false)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.written = append(n.written, b...)
	return len(b), n.failure
}

func (n *narrow) try(b []byte) (int, error) { return n.take(b[:n.room(len(b))]) }

// Write is a writer's, who waits.
func (n *narrow) Write(b []byte) (int, error) {
	time.Sleep(time.Duration(rand.IntN(50)) * time.Microsecond)
	return n.take(b)
}

func (n *narrow) SetWriteDeadline(t time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.deadline = t
	return nil
}

// documents are those of the frames that were written.
func (n *narrow) documents(t *testing.T) []string {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []string
	r := wire.NewReader(strings.NewReader(string(n.written)))
	for {
		f, err := r.Next()
		if err != nil {
			require.ErrorIs(t, err, io.EOF, "after %d frames", len(all))
			return all
		}
		all = append(all, string(f.Body))
	}
}

// out is an outbound on it; ended gets what each writer returns.
func (n *narrow) out() (o *outbound, ended chan bool) {
	ended = make(chan bool, 10_000)
	l := defaultLimits()
	o = &outbound{conn: n, limits: &l, try: n.try, wrote: func(int) {}, delay: func(time.Duration) {}}
	o.start = func() {
		go func() {
			finished, err := o.run()
			ended <- finished && err == nil
		}()
	}
	return o, ended
}

func queue(t *testing.T, o *outbound, document string) {
	t.Helper()
	assert.NoError(t, o.frame(1, func(dst []byte) []byte { return append(dst, document...) }))
}

// Whatever the socket takes at once and whatever is left to a writer: frames go out whole
// and in their order, all of them before the last is told.
func TestOrderOfTriesAndWriters(t *testing.T) {
	const from, each = 3, 300
	n := &narrow{room: func(most int) int { return rand.IntN(most + 1) }}
	o, ended := n.out()
	var all sync.WaitGroup
	for i := range from {
		all.Go(func() {
			for j := range each {
				if rand.IntN(8) == 0 {
					o.cut()
				}
				queue(t, o, fmt.Sprintf("<f%d n='%04d'/>", i, j))
				assert.NoError(t, o.flush())
				if rand.IntN(4) == 0 {
					time.Sleep(time.Duration(rand.IntN(100)) * time.Microsecond)
				}
			}
		})
	}
	all.Wait()
	o.finish()
	require.Eventually(t, func() bool { return <-ended }, patience, time.Microsecond)
	next := map[byte]int{}
	documents := n.documents(t)
	for _, d := range documents {
		who := d[2]
		require.Equal(t, fmt.Sprintf("<f%c n='%04d'/>", who, next[who]), d)
		next[who]++
	}
	assert.Len(t, documents, from*each)
}

// Nothing that was queued before finish is lost to it, whoever is writing then, and one
// writer ends the output.
func TestFinishBesideWriters(t *testing.T) {
	for range 500 {
		n := &narrow{room: func(most int) int { return rand.IntN(2) * most }}
		o, ended := n.out()
		queue(t, o, "<a/>")
		require.NoError(t, o.flush())
		time.Sleep(time.Duration(rand.IntN(80)) * time.Microsecond)
		queue(t, o, "<b/>")
		require.NoError(t, o.flush())
		o.finish()
		queue(t, o, "<late/>")
		require.NoError(t, o.flush())
		require.Eventually(t, func() bool { return <-ended }, patience, time.Microsecond)
		require.Equal(t, []string{"<a/>", "<b/>"}, n.documents(t))
		require.NoError(t, o.flush())
		o.finish()
		select {
		case <-ended:
			t.Fatal("a second writer ended it")
		case <-time.After(100 * time.Microsecond):
		}
	}
}

// What a full socket did not take keeps its age when it is left to a writer.
func TestAgeOfWhatIsLeft(t *testing.T) {
	n := &narrow{room: func(int) int { return 5 }}
	o, ended := n.out()
	o.limits.unsentAge, o.limits.minWriteTime = time.Hour, 0
	queue(t, o, "<a/>")
	since := o.since
	require.NoError(t, o.flush())
	assert.False(t, receive(t, ended))
	assert.Equal(t, since.Add(time.Hour), n.deadline)
	assert.Zero(t, o.queued())
	assert.Equal(t, []string{"<a/>"}, n.documents(t))
	assert.Equal(t, outIdle, o.state)
}

// A socket that fails when it is tried ends the session; nothing is written to one that
// was closed.
func TestTryThatFails(t *testing.T) {
	n := &narrow{room: func(most int) int { return most }, failure: net.ErrClosed}
	o, ended := n.out()
	queue(t, o, "<a/>")
	require.ErrorIs(t, o.flush(), net.ErrClosed)
	o.close()
	written := len(n.written)
	queue(t, o, "<b/>")
	require.NoError(t, o.flush())
	o.finish()
	assert.Empty(t, ended)
	assert.Len(t, n.written, written)
}
