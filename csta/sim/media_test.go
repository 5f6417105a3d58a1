package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

// inQueue is a caller in queue 9500 whose entry is forgotten.
func inQueue(t *testing.T) (*rig, string) {
	r := newRig(t, func(o *Options) {
		o.Message = func(file string) (time.Duration, bool) {
			d, ok := map[string]time.Duration{"one.wav": time.Second, "ivr/two.wav": 2 * time.Second}[file]
			return d, ok
		}
	})
	a := r.dial("1000", "9500")
	r.take()
	return r, a
}

func TestPlay(t *testing.T) {
	r, a := inQueue(t)
	r.do(switching.Play{Leg: a, ID: "p1", Files: []string{"one.wav", "nothing.wav", "ivr/two.wav"}})
	r.expect("play A one.wav p1")
	r.advance(time.Second)
	r.expect(`
		played A one.wav p1 completed
		played A nothing.wav p1 not-found
		play A ivr/two.wav p1
	`)
	r.advance(2 * time.Second)
	r.expect("played A ivr/two.wav p1 completed")
	r.refuse(switching.StopPlay{Leg: a}, switching.ErrNotPossible)

	r.do(switching.Play{Leg: a, ID: "p2", Files: []string{"nothing.wav"}})
	r.expect("played A nothing.wav p2 not-found")
}

func TestPlayIsStopped(t *testing.T) {
	r, a := inQueue(t)
	play := func(op switching.Play) {
		op.Leg, op.ID, op.Files = a, "p", []string{"ivr/two.wav", "one.wav"}
		r.do(op)
		r.expect("play A ivr/two.wav p")
	}
	play(switching.Play{})
	r.do(switching.Play{Leg: a, ID: "behind", Files: []string{"one.wav"}})
	r.do(switching.StopPlay{Leg: a})
	r.expect("played A ivr/two.wav p interrupted")

	play(switching.Play{Limit: 1500 * time.Millisecond})
	r.do(switching.Play{Leg: a, ID: "behind", Files: []string{"one.wav"}})
	r.advance(1500 * time.Millisecond)
	r.expect("played A ivr/two.wav p interrupted\nplay A one.wav behind")
	r.advance(time.Second)
	r.expect("played A one.wav behind completed")

	play(switching.Play{Limit: 2500 * time.Millisecond})
	r.advance(time.Minute)
	r.expect("played A ivr/two.wav p completed\nplay A one.wav p\nplayed A one.wav p interrupted")

	play(switching.Play{StopOnDigit: true})
	require.NoError(t, r.Phone("1000").Digit("", '7'))
	r.expect("digit A 7\nplayed A ivr/two.wav p interrupted")

	play(switching.Play{})
	require.NoError(t, r.Phone("1000").Digit("", '7'))
	r.expect("digit A 7")
	r.do(switching.Route{Leg: a, Number: "9501"})
	r.expect("routed A 9501\nplayed A ivr/two.wav p interrupted\nwait-ended A moved\nqueue A 9501")

	play(switching.Play{})
	r.Phone("1000").HangUpAll()
	r.advance(time.Hour)
	r.expect("hungup A NORMAL_CLEARING\nplayed A ivr/two.wav p leg-ended\nwait-ended A hangup\ndestroyed A")
	r.idle()
}

func TestPlayRefused(t *testing.T) {
	r, a := inQueue(t)
	for _, f := range []string{"", "/etc/passwd", "../x.wav", "a/../../x", "http://x/y", "a b.wav", "x;y", "${x}", "a//b", "tone_stream://x"} {
		r.refuse(switching.Play{Leg: a, Files: []string{f}}, switching.ErrInvalidAddress)
		r.refuse(switching.Record{Leg: a, File: f}, switching.ErrInvalidAddress)
	}
	r.refuse(switching.Play{Leg: a}, switching.ErrInvalidAddress)
	r.refuse(switching.Play{Leg: "gone", Files: []string{"one.wav"}}, switching.ErrNoSuchLeg)
	r.refuse(switching.StopPlay{Leg: "gone"}, switching.ErrNoSuchLeg)
	r.dial("1001", "1002")
	r.take()
	r.refuse(switching.Play{Leg: r.leg("C"), Files: []string{"one.wav"}}, switching.ErrNotPossible)
	r.expect("")
}

func TestPlayOpensMediaOfAnUnansweredQueue(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Queues = map[string]Queue{"9500": {Silent: true}} })
	a := r.dial("1000", "9500")
	r.take()
	r.refuse(switching.Record{Leg: a, File: "x.wav"}, switching.ErrNotPossible)
	r.do(switching.Play{Leg: a, ID: "p", Files: []string{"any.wav"}})
	r.expect("early A\nplay A any.wav p")
	r.do(switching.Record{Leg: a, File: "x.wav"})
	r.do(switching.Answer{Leg: a})
	r.expect("record A /recordings/x.wav\nanswered A")
}

func TestRecord(t *testing.T) {
	r, a := inQueue(t)
	out := r.do(switching.Record{Leg: a, File: "a/b.wav", Limit: 5 * time.Second})
	assert.Equal(t, "/recordings/a/b.wav", out.File)
	r.refuse(switching.Record{Leg: a, File: "a/b.wav"}, switching.ErrInUse)
	r.refuse(switching.Record{Leg: a, File: "prompt.wav"}, switching.ErrTaken)
	r.advance(5 * time.Second)
	r.expect("record A /recordings/a/b.wav\nrecorded A /recordings/a/b.wav completed")
	r.do(switching.Play{Leg: a, ID: "p", Files: []string{"a/b.wav"}})
	r.advance(5 * time.Second)
	r.expect("play A a/b.wav p\nplayed A a/b.wav p completed")

	r.do(switching.Record{Leg: a, File: "one.wav"})
	two := r.do(switching.Record{Leg: a, File: "two.wav"}).File
	r.do(switching.StopRecord{Leg: a, File: two})
	r.refuse(switching.StopRecord{Leg: a, File: two}, switching.ErrNotPossible)
	r.refuse(switching.StopRecord{Leg: "gone", File: two}, switching.ErrNoSuchLeg)
	r.refuse(switching.Record{Leg: a, File: "readonly/x.wav"}, switching.ErrUnwritable)
	r.refuse(switching.Record{Leg: "gone", File: "x.wav"}, switching.ErrNoSuchLeg)
	r.do(switching.Route{Leg: a, Number: "1001"}) // a recording outlives the queue
	r.Phone("1000").HangUpAll()
	r.expect(`
		record A /recordings/one.wav
		record A /recordings/two.wav
		recorded A /recordings/two.wav completed
		routed A 1001
		wait-ended A moved
		created B out dev=1001 from=1000 to=1001 by=A
		progress B
		hungup A NORMAL_CLEARING
		recorded A /recordings/one.wav leg-ended
		hungup B ORIGINATOR_CANCEL
		destroyed A
		destroyed B
	`)
	r.idle()
}
