package sim

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

// await gets the result of an Originate that is over.
func await(t *testing.T, ch <-chan result) result {
	t.Helper()
	select {
	case r := <-ch:
		return r
	case <-time.After(5 * time.Second):
		require.Fail(t, "the Originate still waits")
		return result{}
	}
}

func TestMakeCall(t *testing.T) {
	r := newRig(t)
	ch := r.originate(t.Context(), switching.Originate{
		Leg: "mine", Device: "1000", Then: "1001", CallerNumber: "1001", CallerName: "Call", Timeout: time.Minute,
	})
	r.expect(`
		created A out dev=1000 from=1001 to=1000
		progress A
	`)
	assert.NotEqual(t, "mine", r.leg("A"))
	require.NoError(t, r.Phone("1000").Answer(""))
	require.NoError(t, await(t, ch).err)
	r.expect(`
		answered A
		routed A 1001
		created B out dev=1001 from=1000 to=1001 by=A
		progress B
	`)
	require.NoError(t, r.Phone("1001").Answer(""))
	r.expect(`
		answered B
		bridged A B
	`)
	require.NoError(t, r.Phone("1001").HangUp(""))
	r.expect(`
		hungup B NORMAL_CLEARING
		unbridged A B
		hungup A NORMAL_CLEARING
		destroyed B
		destroyed A
	`)
	r.idle()
}

func TestMakeCallDoNotPrompt(t *testing.T) {
	op := switching.Originate{Leg: "mine", Device: "1000", Then: "9500", AutoAnswer: true}
	r := newRig(t)
	require.NoError(t, await(t, r.originate(t.Context(), op)).err)
	r.expect(`
		created A out dev=1000 to=1000
		answered A
		routed A 9500
		queue A 9500
	`)

	r = newRig(t)
	r.script("1000", "noautoanswer")
	ch := r.originate(t.Context(), op)
	r.expect("created A out dev=1000 to=1000\nprogress A")
	r.Phone("1000").HangUpAll()
	got := await(t, ch)
	require.ErrorIs(t, got.err, switching.ErrNotPossible)
	assert.Equal(t, switching.CauseCallRejected, got.out.Cause)
}

func TestMakeCallWithoutDestinationParks(t *testing.T) {
	r := newRig(t)
	require.NoError(t, await(t, r.originate(t.Context(), switching.Originate{Leg: "mine", Device: "1000", AutoAnswer: true})).err)
	r.expect("created A out dev=1000 to=1000\nanswered A\nparked A")
}

func TestMakeCallFails(t *testing.T) {
	tests := []struct {
		name, script string
		act          func(*rig)
		cause        switching.Cause
		want         string
	}{
		{"nobody answers the prompt", "silent", func(r *rig) { r.advance(20 * time.Second) }, switching.CauseNoAnswer, `
			created A out dev=1000 to=1000
			progress A
			hungup A NO_ANSWER
			destroyed A
		`},
		{"prompt refused", "busy", nil, switching.CauseUserBusy, `
			created A out dev=1000 to=1000
			hungup A USER_BUSY
			destroyed A
		`},
		{"prompt cleared by an application", "silent", func(r *rig) {
			r.do(switching.HangUp{Leg: r.leg("A")})
		}, switching.CauseNormalClearing, `
			created A out dev=1000 to=1000
			progress A
			hungup A NORMAL_CLEARING
			destroyed A
		`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.script("1000", tt.script)
			ch := r.originate(t.Context(), switching.Originate{Leg: "mine", Device: "1000", Then: "1001", Timeout: 20 * time.Second})
			if tt.act != nil {
				tt.act(r)
			}
			got := await(t, ch)
			require.ErrorIs(t, got.err, switching.ErrNotPossible)
			assert.Equal(t, tt.cause, got.out.Cause)
			r.expect(tt.want)
			r.idle()
		})
	}
}

func TestOriginateRefused(t *testing.T) {
	r := newRig(t)
	r.Phone("1001").Unregister()
	r.take()
	tests := []struct {
		op    switching.Originate
		err   error
		cause switching.Cause
	}{
		{switching.Originate{Leg: "x", Device: "1001"}, switching.ErrNotPossible, switching.CauseUserNotRegistered},
		{switching.Originate{Leg: "x", URI: "internal/1001@csta.test"}, switching.ErrNotPossible, switching.CauseUserNotRegistered},
		{switching.Originate{Leg: "x", Device: "4711"}, switching.ErrNotPossible, switching.CauseSubscriberAbsent},
		{switching.Originate{Leg: "x", Device: "{a=b}1000"}, switching.ErrInvalidAddress, ""},
		{switching.Originate{Leg: "x", Device: "1000", Then: "1001,1002"}, switching.ErrInvalidAddress, ""},
		{switching.Originate{Leg: "x", Number: "app=system"}, switching.ErrInvalidAddress, ""},
		{switching.Originate{Leg: "x", URI: "internal/1001"}, switching.ErrInvalidAddress, ""},
		{switching.Originate{Leg: "x", URI: "internal@1001"}, switching.ErrInvalidAddress, ""},
		{switching.Originate{Leg: "x"}, switching.ErrInvalidAddress, ""},
		{switching.Originate{Leg: "x", Device: "1000", Number: "1001"}, switching.ErrInvalidAddress, ""},
	}
	for _, tt := range tests {
		out, err := r.Perform(t.Context(), tt.op)
		assert.ErrorIs(t, err, tt.err, "%+v", tt.op)
		assert.Equal(t, tt.cause, out.Cause, "%+v", tt.op)
	}
	r.expect("")
	r.idle()

	taken := r.dial("1000", "9500")
	_, err := r.Perform(t.Context(), switching.Originate{Leg: taken, Device: "1002"})
	require.ErrorIs(t, err, switching.ErrNotPossible)
}

func TestOriginateCancelled(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	ch := r.originate(ctx, switching.Originate{Leg: "mine", Device: "1000", Then: "1001"})
	cancel()
	got := await(t, ch)
	require.ErrorIs(t, got.err, context.Canceled)
	assert.Equal(t, switching.CauseOriginatorCancel, got.out.Cause)
	r.expect(`
		created A out dev=1000 to=1000
		progress A
		hungup A ORIGINATOR_CANCEL
		destroyed A
	`)
	_, err := r.Perform(ctx, switching.ListLegs{})
	require.ErrorIs(t, err, context.Canceled)
	r.idle()
}

func TestStopEndsOriginates(t *testing.T) {
	r := newRig(t)
	ch := r.originate(t.Context(), switching.Originate{Leg: "mine", Device: "1000"})
	r.Stop()
	assert.Equal(t, switching.CauseSystemShutdown, await(t, ch).out.Cause)
}

// A predictive call by a trunk address: the called party first, then a queue.
func TestOriginateURI(t *testing.T) {
	r := newRig(t)
	ch := r.originate(t.Context(), switching.Originate{Leg: "mine", URI: "external/5550@carrier.example", Then: "9500"})
	r.expect("created A out to=5550\nprogress A")
	require.NoError(t, r.Network("5550").Answer(""))
	require.NoError(t, await(t, ch).err)
	r.expect(`
		answered A
		routed A 9500
		queue A 9500
	`)
	assert.Empty(t, r.Legs()[0].Info.Device)

	ch = r.originate(t.Context(), switching.Originate{Leg: "inside", URI: "internal/1003@csta.test", Then: "9500"})
	r.expect("created B out dev=1003 to=1003\nprogress B")
	r.Phone("1003").HangUpAll()
	require.Error(t, await(t, ch).err)
}

// A number that the dialplan has to find: a pair of glue legs stands between.
func TestOriginateNumberIntoQueue(t *testing.T) {
	r := newRig(t)
	ch := r.originate(t.Context(), switching.Originate{Leg: "mine", Number: "205550", Then: "9500", CallerNumber: "9500"})
	r.expect(`
		renamed A B
		created C in from=9500 to=205550 glue=A
		created A out from=9500 to=205550 glue=C
		trunk-out C 20
		created D out from=9500 to=5550 gw=example_gw by=C
		progress D
		progress A
		progress C
	`)
	require.NoError(t, r.Network("5550").Answer(""))
	require.NoError(t, await(t, ch).err)
	r.expect(`
		answered D
		answered A
		answered C
		bridged C D
		routed A 9500
		queue A 9500
	`)
	require.NoError(t, r.Network("5550").HangUp(""))
	r.expect(`
		hungup D NORMAL_CLEARING
		unbridged C D
		hungup C NORMAL_CLEARING
		hungup A NORMAL_CLEARING
		wait-ended A hangup
		destroyed D
		destroyed C
		destroyed A
	`)
	r.idle()
}

func TestGlueBowsOutBetweenTwoEndpoints(t *testing.T) {
	r := newRig(t)
	r.script("1001", "answer")
	ch := r.originate(t.Context(), switching.Originate{Leg: "mine", Number: "1001", Then: "1002"})
	require.NoError(t, await(t, ch).err)
	r.take()
	require.NoError(t, r.Phone("1002").Answer(""))
	r.expect(`
		answered E
		bridged A E
		glue-gone A C
		hungup A NORMAL_CLEARING
		hungup C NORMAL_CLEARING
		unbridged A E
		unbridged C D
		bridged D E
		destroyed A
		destroyed C
	`)
	require.Len(t, r.Legs(), 2)
	r.Phone("1002").HangUpAll()
	r.idle()
}

func TestOriginateNumberFails(t *testing.T) {
	r := newRig(t)
	out, err := r.Perform(t.Context(), switching.Originate{Leg: "mine", Number: "4711", Then: "1002"})
	require.ErrorIs(t, err, switching.ErrNotPossible)
	assert.Equal(t, switching.CauseNoRouteDestination, out.Cause)
	ch := r.originate(t.Context(), switching.Originate{Leg: "mine", Number: "1001", Then: "1002", Timeout: 10 * time.Second})
	r.advance(10 * time.Second)
	assert.Equal(t, switching.CauseNoAnswer, await(t, ch).out.Cause)
	r.idle()
}

func TestAnswerAsksThePhone(t *testing.T) {
	r := newRig(t)
	r.dial("1000", "1001")
	r.take()
	r.refuse(switching.Answer{Leg: r.leg("B")}, switching.ErrNotSupported)
	r.refuse(switching.Answer{Leg: r.leg("A"), AskPhone: true}, switching.ErrNotPossible)
	r.refuse(switching.Answer{Leg: "nobody", AskPhone: true}, switching.ErrNoSuchLeg)
	r.script("1001", "notalk")
	r.refuse(switching.Answer{Leg: r.leg("B"), AskPhone: true}, switching.ErrNotSupported)
	r.script("1001", "deaftalk")
	r.do(switching.Answer{Leg: r.leg("B"), AskPhone: true})
	r.expect("")
	r.script("1001", "silent")
	r.do(switching.Answer{Leg: r.leg("B"), AskPhone: true})
	r.expect("answered B\nanswered A\nbridged A B")
}

func TestLookUp(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Aliases = map[string]string{"4970": "1000"} })
	r.Phone("1001").Unregister()
	for device, want := range map[string]switching.DeviceStatus{
		"1000":           {Device: "1000", Known: true, Registered: true},
		"1000@csta.test": {Device: "1000", Known: true, Registered: true},
		"4970":           {Device: "1000", Known: true, Registered: true},
		"1001":           {Device: "1001", Known: true},
		"4711":           {Device: "4711"},
		"1000@elsewhere": {Device: "1000@elsewhere"},
	} {
		assert.Equal(t, want, r.do(switching.LookUpDevice{Device: device}).Device, device)
	}
	r.refuse(switching.LookUpDevice{Device: "a b"}, switching.ErrInvalidAddress)
}
