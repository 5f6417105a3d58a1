package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

func TestDeflectWhileRinging(t *testing.T) {
	r := newRig(t)
	r.dial("1000", "1001")
	r.take()
	r.do(switching.Route{Leg: r.leg("A"), Number: "1002"})
	r.expect(`
		hungup B ORIGINATOR_CANCEL
		routed A 1002
		created C out dev=1002 from=1000 to=1002 by=A
		destroyed B
		progress C
	`)
}

func TestRouteTheRemainingParty(t *testing.T) {
	r := newRig(t)
	r.talk("1000", "1001")
	r.do(switching.Route{Leg: r.leg("B"), Number: "1002"})
	r.expect(`
		unbridged A B
		hungup A NORMAL_CLEARING
		routed B 1002
		created C out dev=1002 from=1001 to=1002 by=B
		destroyed A
		progress C
	`)

	r = newRig(t)
	r.talk("1000", "1001")
	r.do(switching.Route{Leg: r.leg("A"), Number: "1002"})
	r.expect(`
		hungup B NORMAL_CLEARING
		routed A 1002
		unbridged A B
		created C out dev=1002 from=1000 to=1002 by=A
		destroyed B
		progress C
	`)
}

func TestBlindTransferAtThePhone(t *testing.T) {
	r := newRig(t)
	r.talk("1000", "1001")
	require.NoError(t, r.Phone("1000").BlindTransfer("", "1002"))
	require.NoError(t, r.Phone("1002").Answer(""))
	r.expect(`
		transfer A B 1002 blind
		routed B 1002
		created C out dev=1002 from=1001 to=1002 by=B
		unbridged A B
		hungup A B NORMAL_CLEARING blind
		destroyed A
		progress C
		answered C
		bridged B C
	`)

	r = newRig(t, func(o *Options) { o.NoTransferRequests = true })
	r.talk("1000", "1001")
	require.NoError(t, r.Phone("1001").BlindTransfer("", "4711"))
	r.expect(`
		hungup B A NORMAL_CLEARING blind
		routed A 4711
		unbridged A B
		hungup A NO_ROUTE_DESTINATION
		destroyed B
		destroyed A
	`)
	r.idle()
	r.dial("1000", "1001")
	require.ErrorIs(t, r.Phone("1000").BlindTransfer("", "1002"), switching.ErrNotPossible)
}

func TestAttendedTransferAtThePhone(t *testing.T) {
	r := newRig(t)
	r.talk("1000", "1001")
	p := r.Phone("1001")
	require.NoError(t, p.Hold(""))
	r.dial("1001", "1002")
	require.NoError(t, r.Phone("1002").Answer(""))
	r.take()
	require.NoError(t, p.AttendedTransfer("", ""))
	r.expect(`
		transfer B C attended
		unbridged C D
		hungup C NORMAL_CLEARING attended
		unheld B
		hungup B D NORMAL_CLEARING attended
		unbridged A B
		bridged A D
		destroyed C
		destroyed B
	`)
	r.Phone("1000").HangUpAll()
	r.idle()
}

// The party that still rings goes on ringing, for the party transferred.
func TestAttendedTransferWhileItRings(t *testing.T) {
	tests := []struct {
		name string
		act  func(*rig)
		want string
	}{
		{"it answers", func(r *rig) { require.NoError(r.t, r.Phone("1002").Answer("")) }, `
			answered D
			bridged A D
		`},
		{"it rejects", func(r *rig) { require.NoError(r.t, r.Phone("1002").Reject("", switching.CauseUserBusy)) }, `
			hungup D USER_BUSY
			hungup A NO_ANSWER
			destroyed D
			destroyed A
		`},
		{"it does not answer", func(r *rig) { r.advance(30 * time.Second) }, `
			hungup D ATTENDED_TRANSFER
			hungup A NO_ANSWER
			destroyed D
			destroyed A
		`},
		{"the party transferred hangs up", func(r *rig) { require.NoError(r.t, r.Phone("1000").HangUp("")) }, `
			hungup A NORMAL_CLEARING
			hungup D ATTENDED_TRANSFER
			destroyed A
			destroyed D
		`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.talk("1000", "1001")
			r.dial("1001", "1002")
			r.take()
			require.NoError(t, r.Phone("1001").AttendedTransfer(r.leg("B"), r.leg("C")))
			r.expect(`
				transfer B C attended
				hungup C A NORMAL_TEMPORARY_FAILURE attended
				hungup B NORMAL_CLEARING attended
				unbridged A B
				destroyed C
				destroyed B
			`)
			tt.act(r)
			r.expect(tt.want)
			r.Phone("1000").HangUpAll()
			r.idle()
		})
	}
}

func TestHold(t *testing.T) {
	r := newRig(t)
	r.dial("1000", "1001")
	r.take()
	r.refuse(switching.Hold{Leg: r.leg("A")}, switching.ErrNotPossible)
	require.NoError(t, r.Phone("1001").Answer(""))
	r.take()
	r.refuse(switching.Unhold{Leg: r.leg("A")}, switching.ErrNotPossible)
	r.do(switching.Hold{Leg: r.leg("A")})
	r.refuse(switching.Hold{Leg: r.leg("A")}, switching.ErrNotPossible)
	assert.True(t, r.Legs()[0].Held)
	r.do(switching.Unhold{Leg: r.leg("A")})
	r.expect("held A\nunheld A")
	r.refuse(switching.Hold{Leg: "gone"}, switching.ErrNoSuchLeg)
	require.NoError(t, r.Phone("1000").Hold(""))
	r.refuse(switching.Unhold{Leg: r.leg("A")}, switching.ErrNotPossible)
}

// consult brings D1's side into a consultation as design and switch demand it:
// A talks to B and calls C from its own leg while B hears music.
func consult(t *testing.T) *rig {
	r := newRig(t)
	r.talk("1000", "1001")
	r.do(switching.Protect{Leg: r.leg("A"), On: true})
	r.do(switching.Music{Leg: r.leg("B")})
	r.do(switching.Route{Leg: r.leg("A"), Number: "1002"})
	r.expect(`
		unbridged A B
		parked A
		routed A 1002
		created C out dev=1002 from=1000 to=1002 by=A
		progress C
	`)
	return r
}

func TestConsultation(t *testing.T) {
	t.Run("reconnect while it rings", func(t *testing.T) {
		r := consult(t)
		r.do(switching.HangUp{Leg: r.leg("C")})
		r.do(switching.Bridge{Leg: r.leg("A"), Other: r.leg("B")})
		r.expect(`
			hungup C NORMAL_CLEARING
			failed A NORMAL_CLEARING
			parked A NORMAL_CLEARING
			destroyed C
			bridged A B
		`)
		r.do(switching.Protect{Leg: r.leg("A")})
		r.Phone("1001").HangUpAll()
		r.idle()
	})
	t.Run("a bridge while it rings loses", func(t *testing.T) {
		r := consult(t)
		r.do(switching.Bridge{Leg: r.leg("A"), Other: r.leg("B")})
		r.expect(`
			hungup C ORIGINATOR_CANCEL
			parked A
			destroyed C
		`)
	})
	t.Run("alternate", func(t *testing.T) {
		r := consult(t)
		require.NoError(t, r.Phone("1002").Answer(""))
		r.take()
		r.do(switching.KeepAfterBridge{Leg: r.leg("C"), On: true})
		r.do(switching.Bridge{Leg: r.leg("A"), Other: r.leg("B")})
		r.do(switching.Music{Leg: r.leg("C")})
		r.expect(`
			unbridged A C
			parked C
			bridged A B
		`)
	})
	t.Run("transfer", func(t *testing.T) {
		r := consult(t)
		require.NoError(t, r.Phone("1002").Answer(""))
		r.take()
		r.do(switching.Protect{Leg: r.leg("A")})
		r.do(switching.Bridge{Leg: r.leg("B"), Other: r.leg("C")})
		r.expect(`
			unbridged A C
			hungup A NORMAL_CLEARING
			bridged B C
			destroyed A
		`)
		r.Phone("1002").HangUpAll()
		r.idle()
	})
	t.Run("transfer prepared leg by leg", func(t *testing.T) {
		r := consult(t)
		require.NoError(t, r.Phone("1002").Answer(""))
		r.take()
		r.do(switching.KeepAfterBridge{Leg: r.leg("A")})
		r.Phone("1002").HangUpAll()
		r.expect(`
			hungup C NORMAL_CLEARING
			unbridged A C
			hungup A NORMAL_CLEARING
			destroyed C
			destroyed A
		`)
	})
	t.Run("the consulted party hangs up", func(t *testing.T) {
		r := consult(t)
		require.NoError(t, r.Phone("1002").Answer(""))
		require.NoError(t, r.Phone("1002").HangUp(""))
		r.expect(`
			answered C
			bridged A C
			hungup C NORMAL_CLEARING
			unbridged A C
			parked A
			destroyed C
		`)
	})
	t.Run("the consulted party does not answer", func(t *testing.T) {
		r := consult(t)
		r.advance(30 * time.Second)
		r.expect(`
			hungup C NO_ANSWER
			failed A NO_ANSWER
			parked A NO_ANSWER
			destroyed C
		`)
	})
	t.Run("conference", func(t *testing.T) {
		r := consult(t)
		require.NoError(t, r.Phone("1002").Answer(""))
		r.take()
		for _, l := range []string{"B", "C", "A", "A"} {
			r.do(switching.Join{Leg: r.leg(l), Conference: "room-1"})
		}
		r.expect(`
			joined B room-1
			unbridged A C
			parked A
			joined C room-1
			joined A room-1
		`)
		require.NoError(t, r.Phone("1001").Digit("", '5'))
		r.Phone("1001").HangUpAll()
		r.expect(`
			digit B 5
			hungup B NORMAL_CLEARING
			left B room-1
			destroyed B
		`)
		r.do(switching.Route{Leg: r.leg("C"), Number: "9500"})
		r.Phone("1000").HangUpAll()
		r.expect(`
			routed C 9500
			left C room-1
			queue C 9500
			hungup A NORMAL_CLEARING
			left A room-1
			destroyed A
		`)
	})
}

func TestBridgeRefused(t *testing.T) {
	r := newRig(t)
	r.talk("1000", "1001")
	r.dial("1002", "1003")
	r.take()
	a, b, c := r.leg("A"), r.leg("B"), r.leg("C")
	r.refuse(switching.Bridge{Leg: a, Other: a}, switching.ErrNotPossible)
	r.refuse(switching.Bridge{Leg: a, Other: b}, switching.ErrNotPossible)
	r.refuse(switching.Bridge{Leg: a, Other: c}, switching.ErrNotPossible)
	r.refuse(switching.Bridge{Leg: a, Other: "gone"}, switching.ErrNoSuchLeg)
	r.expect("")
}

func TestBridgeTakesOffHold(t *testing.T) {
	r := newRig(t)
	r.talk("1000", "1001")
	require.NoError(t, r.Phone("1001").Hold(""))
	r.dial("1002", "9500")
	r.take()
	r.do(switching.Bridge{Leg: r.leg("B"), Other: r.leg("C")})
	r.expect(`
		unheld B
		wait-ended C moved
		unbridged A B
		hungup A NORMAL_CLEARING
		bridged B C
		destroyed A
	`)
}

func TestRouteRefused(t *testing.T) {
	r := newRig(t)
	r.dial("1000", "1001")
	r.take()
	r.refuse(switching.Route{Leg: r.leg("B"), Number: "1002"}, switching.ErrNotPossible)
	r.refuse(switching.Route{Leg: r.leg("A"), Number: "1002 inline"}, switching.ErrInvalidAddress)
	r.refuse(switching.Route{Leg: "gone", Number: "1002"}, switching.ErrNoSuchLeg)
	r.refuse(switching.Join{Leg: r.leg("A"), Conference: "x"}, switching.ErrNotPossible)
	r.refuse(switching.Music{Leg: r.leg("A")}, switching.ErrNotPossible)
	r.refuse(switching.Protect{Leg: "gone"}, switching.ErrNoSuchLeg)
	r.refuse(switching.HangUp{Leg: "gone"}, switching.ErrNoSuchLeg)
	r.refuse(nil, switching.ErrNotSupported)
	r.expect("")
}
