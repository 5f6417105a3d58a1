package engine

import (
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// stepped is a reading of a clock that was set by d since the machine started:
// it shows another time of day, and the same monotonic time. It knows the layout
// of time.Time (30 bits of nanoseconds below 33 of seconds since 1885, and a flag
// for the monotonic reading), and fails the test should that change.
func stepped(t *testing.T, at time.Time, d time.Duration) time.Time {
	t.Helper()
	const secondsAt = 30
	wall := (*uint64)(unsafe.Pointer(&at))
	before := at
	*wall = uint64(int64(*wall) + int64(d/time.Second)<<secondsAt)
	require.Equal(t, before.Unix()+int64(d/time.Second), at.Unix(), "time.Time has another layout")
	require.Zero(t, at.Sub(before), "time.Time has another layout")
	return at
}

// The clock of the machine is set, back or forth: what is due stays due as much
// later as it was meant, by the monotonic clock.
func TestClockStepsDoNotMoveTimers(t *testing.T) {
	for name, step := range map[string]time.Duration{"an hour back": -time.Hour, "a day ahead": 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			b, cl := watched(t)
			begin := time.Now()
			b.core.now = begin
			b.ringing()
			b.take()
			cl.send(&ecma.AnswerCall{CallToBeAnswered: at("a", "1001")})
			b.done(switching.Answer{})
			b.take()
			b.core.now = stepped(t, begin.Add(defaultAnswerTimeout-time.Millisecond), step)
			b.core.hears(clockRead{})
			require.Empty(t, b.take(), "it is not due yet")
			b.core.now = stepped(t, begin.Add(defaultAnswerTimeout), step)
			b.core.hears(clockRead{})
			require.Equal(t, []string{"s error requestIncompatibleWithDevice"}, b.take())
			for _, leg := range []string{"b", "a"} {
				b.hangUp(leg, switching.CauseNormalClearing)
				b.destroyed(leg)
			}
			b.empty()
		})
	}
}

// The engine's own reading has the monotonic part, without which the test above
// would show nothing.
func TestEngineReadsTheMonotonicClock(t *testing.T) {
	b := newCore(Options{}, noSwitch{}, discard())
	require.Contains(t, b.now.String(), "m=")
	require.Contains(t, b.expect(forJoin, idle{}).at.String(), "m=")
}

// idle waits for nothing.
type idle struct{}

func (idle) late(wait) bool { return true }

// eager finds itself ready, and has not done what it waits for, each time.
type eager struct {
	c     *core
	turns int
}

func (e *eager) ready() bool { return true }

func (e *eager) again() {
	e.turns++
	e.c.when(forSwitch, time.Second, e)
}

// Who waits again at once does not hold the others up.
func TestWhoWaitsAgainHasItsTurnLater(t *testing.T) {
	b := newBench(t)
	e := &eager{c: b.core}
	b.core.when(forSwitch, time.Second, e)
	b.core.hears(clockRead{})
	require.Equal(t, 1, e.turns)
	b.core.hears(clockRead{})
	require.Equal(t, 2, e.turns)
}
