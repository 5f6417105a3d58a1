package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

const ringingAB = `
	created A in dev=1000 from=1000 to=1001
	created B out dev=1001 from=1000 to=1001 by=A
	progress B
	progress A
`

const talkingAB = ringingAB + `
	answered B
	answered A
	bridged A B
`

const earlyAB = `
	created A in dev=1000 from=1000 to=1001
	created B out dev=1001 from=1000 to=1001 by=A
	early B
	early A
	bridged A B
`

// The sequences of a basic call, as recorded on FreeSWITCH 1.11.
func TestBasicCall(t *testing.T) {
	tests := []struct {
		name, script string
		act          func(*rig)
		want         string
	}{
		{"caller hangs up", "answer:2s", func(r *rig) {
			r.advance(2 * time.Second)
			require.NoError(r.t, r.Phone("1000").HangUp(""))
		}, talkingAB + `
			hungup A NORMAL_CLEARING
			hungup B NORMAL_CLEARING
			unbridged A B
			destroyed A
			destroyed B
		`},
		{"called party hangs up", "silent", func(r *rig) {
			require.NoError(r.t, r.Phone("1001").Answer(""))
			require.NoError(r.t, r.Phone("1001").HangUp(""))
		}, talkingAB + `
			hungup B NORMAL_CLEARING
			unbridged A B
			hungup A NORMAL_CLEARING
			destroyed B
			destroyed A
		`},
		{"hangs up by script", "answer:1s,hangup:10s", func(r *rig) { r.advance(11 * time.Second) }, talkingAB + `
			hungup B NORMAL_CLEARING
			unbridged A B
			hungup A NORMAL_CLEARING
			destroyed B
			destroyed A
		`},
		{"busy", "busy", nil, `
			created A in dev=1000 from=1000 to=1001
			created B out dev=1001 from=1000 to=1001 by=A
			hungup B USER_BUSY
			hungup A USER_BUSY
			destroyed B
			destroyed A
		`},
		{"rejected", "reject:1s", func(r *rig) { r.advance(time.Second) }, ringingAB + `
			hungup B CALL_REJECTED
			hungup A CALL_REJECTED
			destroyed B
			destroyed A
		`},
		{"rejected by hand", "silent", func(r *rig) {
			require.NoError(r.t, r.Phone("1001").Reject("", switching.CauseUserBusy))
		}, ringingAB + `
			hungup B USER_BUSY
			hungup A USER_BUSY
			destroyed B
			destroyed A
		`},
		{"no answer", "silent", func(r *rig) { r.advance(30 * time.Second) }, ringingAB + `
			hungup B NO_ANSWER
			hungup A NO_ANSWER
			destroyed B
			destroyed A
		`},
		{"abandoned", "answer:5s", func(r *rig) {
			r.advance(time.Second)
			require.NoError(r.t, r.Phone("1000").HangUp(""))
			r.advance(time.Minute)
		}, ringingAB + `
			hungup A ORIGINATOR_CANCEL
			hungup B ORIGINATOR_CANCEL
			destroyed A
			destroyed B
		`},
		{"ended by an application while ringing", "silent", func(r *rig) {
			r.do(switching.HangUp{Leg: r.leg("B"), Cause: switching.CauseNormalClearing})
		}, ringingAB + `
			hungup B NORMAL_CLEARING
			hungup A NORMAL_CLEARING
			destroyed B
			destroyed A
		`},
		{"not registered", "away", nil, `
			unregistered 1001
			created A in dev=1000 from=1000 to=1001
			hungup A USER_NOT_REGISTERED
			destroyed A
		`},
		{"answered without ringing", "noring,answer", func(r *rig) {
			require.NoError(r.t, r.Phone("1000").HangUp(""))
		}, `
			created A in dev=1000 from=1000 to=1001
			created B out dev=1001 from=1000 to=1001 by=A
			answered B
			answered A
			bridged A B
			hungup A NORMAL_CLEARING
			hungup B NORMAL_CLEARING
			unbridged A B
			destroyed A
			destroyed B
		`},
		{"early media", "early,answer:3s", func(r *rig) {
			r.advance(3 * time.Second)
			r.Phone("1000").HangUpAll()
		}, `
			created A in dev=1000 from=1000 to=1001
			created B out dev=1001 from=1000 to=1001 by=A
			early B
			early A
			bridged A B
			answered B
			answered A
			hungup A NORMAL_CLEARING
			hungup B NORMAL_CLEARING
			unbridged A B
			destroyed A
			destroyed B
		`},
		{"early media, then busy", "early", func(r *rig) {
			require.NoError(r.t, r.Phone("1001").Reject("", switching.CauseUserBusy))
		}, earlyAB + `
			hungup B USER_BUSY
			unbridged A B
			hungup A USER_BUSY
			destroyed B
			destroyed A
		`},
		{"early media, then abandoned", "early", func(r *rig) {
			require.NoError(r.t, r.Phone("1000").HangUp(""))
		}, earlyAB + `
			hungup A ORIGINATOR_CANCEL
			hungup B ORIGINATOR_CANCEL
			unbridged A B
			destroyed A
			destroyed B
		`},
		{"caller ended by an application while ringing", "silent", func(r *rig) {
			r.do(switching.HangUp{Leg: r.leg("A")})
		}, ringingAB + `
			hungup A NORMAL_CLEARING
			hungup B ORIGINATOR_CANCEL
			destroyed A
			destroyed B
		`},
		{"ended by an application for another cause", "noring,answer", func(r *rig) {
			r.do(switching.HangUp{Leg: r.leg("A"), Cause: switching.CauseUserBusy})
		}, `
			created A in dev=1000 from=1000 to=1001
			created B out dev=1001 from=1000 to=1001 by=A
			answered B
			answered A
			bridged A B
			hungup A USER_BUSY
			hungup B NORMAL_CLEARING
			unbridged A B
			destroyed A
			destroyed B
		`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			r.script("1001", tt.script)
			r.dial("1000", "1001")
			if tt.act != nil {
				tt.act(r)
			}
			r.expect(tt.want)
			r.idle()
		})
	}
}

func TestNumbersThatLeadNowhere(t *testing.T) {
	for number, cause := range map[string]string{
		"4711":                   "NO_ROUTE_DESTINATION",
		"1020":                   "NO_ROUTE_DESTINATION",
		"193190":                 "NO_ROUTE_DESTINATION",
		"20":                     "NO_ROUTE_DESTINATION",
		"1001 inline":            "INVALID_NUMBER_FORMAT",
		"${system(touch /tmp/x)": "INVALID_NUMBER_FORMAT",
	} {
		t.Run(number, func(t *testing.T) {
			r := newRig(t)
			r.dial("1000", number)
			r.expect("created A in dev=1000 from=1000 to=" + number + "\nhungup A " + cause + "\ndestroyed A")
			r.idle()
		})
	}
}

func TestAnotherInstallation(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.Domain = "pbx.example"
		o.Phones = []string{"71", "72@pbx.example", "71@other.example", "72@other.example"}
		o.Aliases = map[string]string{"4972": "72", "70": "71@other.example"}
		o.Groups = map[string][]string{"700": {"71", "72"}}
		o.Queues = map[string]Queue{"800": {Name: "support"}}
		o.Trunks = map[string]Trunk{"0": {Name: "1", Gateway: "gw"}, "00": {Name: "2", Gateway: "gw2"}}
	})
	require.Nil(t, r.Phone("1000"))

	r.dial("71", "4972")
	r.Phone("71").HangUpAll()
	assert.Equal(t, lines(`
		created A in dev=71 from=71 to=4972
		created B out dev=72 from=71 to=4972 by=A
	`), r.take()[:2], "an alias names the subscriber, and stays the number dialled")

	r.dial("72@other.example", "71")
	r.Phone("72@other.example").HangUpAll()
	assert.Equal(t, lines(`
		created C in dev=72@other.example from=72 to=71
		created D out dev=71@other.example from=72 to=71 by=C
	`), r.take()[:2], "numbers are those of the caller's own domain")

	r.dial("71", "0049")
	r.Phone("71").HangUpAll()
	assert.Equal(t, lines(`
		created E in dev=71 from=71 to=0049
		trunk-out E 2
		created F out from=71 to=49 gw=gw2 by=E
	`), r.take()[:3], "the longest prefix wins")

	r.dial("71", "800")
	assert.Contains(t, r.take(), "queue G support 800")
	r.Phone("71").HangUpAll()
	r.idle()
}

func TestRingGroup(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Groups = map[string][]string{"700": {"1001", "1002", "1003"}} })
	r.Phone("1003").Unregister()
	r.dial("1000", "700")
	require.NoError(t, r.Phone("1002").Answer(""))
	r.expect(`
		unregistered 1003
		created A in dev=1000 from=1000 to=700
		created B out dev=1001 from=1000 to=700 by=A
		created C out dev=1002 from=1000 to=700 by=A
		progress B
		progress A
		progress C
		answered C
		hungup B LOSE_RACE
		answered A
		bridged A C
		destroyed B
	`)

	r.script("1001", "busy")
	r.script("1002", "reject")
	r.Phone("1000").HangUpAll()
	r.take()
	r.dial("1000", "700")
	assert.Contains(t, r.take(), "hungup D CALL_REJECTED", "the last one's cause ends the call")
	r.idle()
}

func TestQueue(t *testing.T) {
	r := newRig(t)
	r.dial("1000", "9500")
	entered := `
		created A in dev=1000 from=1000 to=9500
		queue A 9500
		answered A
	`
	r.expect(entered)
	assert.Equal(t, "9500", r.Legs()[0].Queue)

	r.advance(30*time.Minute - 1)
	r.expect("")
	r.advance(1)
	r.expect(`
		wait-ended A time
		hungup A NORMAL_CLEARING
		destroyed A
	`)

	r.dial("1001", "9501")
	r.take()
	r.Phone("1001").HangUpAll()
	r.expect(`
		hungup B NORMAL_CLEARING
		wait-ended B hangup
		destroyed B
	`)

	r.dial("1002", "9502")
	r.take()
	r.do(switching.Route{Leg: r.leg("C"), Number: "1003"})
	r.expect(`
		routed C 1003
		wait-ended C moved
		created D out dev=1003 from=1002 to=1003 by=C
		progress D
	`)
	assert.Empty(t, r.Legs()[0].Queue)
	require.NoError(t, r.Phone("1003").Answer(""))
	r.expect(`
		answered D
		bridged C D
	`)
	r.Phone("1003").HangUpAll()
	r.idle()
}

func TestSilentQueueIsAnsweredByTheApplication(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Queues = map[string]Queue{"9500": {Silent: true}} })
	a := r.dial("1000", "9500")
	r.expect("created A in dev=1000 from=1000 to=9500\nqueue A 9500")
	r.do(switching.Answer{Leg: a})
	r.refuse(switching.Answer{Leg: a}, switching.ErrNotPossible)
	r.expect("answered A")
}

func TestTrunkOut(t *testing.T) {
	r := newRig(t)
	r.dial("1000", "205550")
	r.expect(`
		created A in dev=1000 from=1000 to=205550
		trunk-out A 20
		created B out from=1000 to=5550 gw=example_gw by=A
		progress B
		progress A
	`)
	legs := r.Legs()
	assert.Equal(t, "20", legs[1].TrunkOut)
	assert.True(t, legs[1].Ringing)
	require.NoError(t, r.Network("5550").Answer(""))
	require.NoError(t, r.Network("5550").HangUp(""))
	r.expect(`
		answered B
		answered A
		bridged A B
		hungup B NORMAL_CLEARING
		unbridged A B
		hungup A NORMAL_CLEARING
		destroyed B
		destroyed A
	`)
	b, err := ParseBehaviour("reject:UNALLOCATED_NUMBER")
	require.NoError(t, err)
	r.Network("777").SetBehaviour(b)
	r.dial("1000", "20777")
	log := r.take()
	assert.Equal(t, []string{"hungup D UNALLOCATED_NUMBER", "hungup C UNALLOCATED_NUMBER"}, log[5:7])
	r.idle()
}

func TestTrunkIn(t *testing.T) {
	r := newRig(t)
	_, err := r.Network("0401234").Dial("193190")
	require.NoError(t, err)
	r.expect(`
		created A in from=0401234 to=193190
		trunk-in A 20
		routed A 9500
		queue A 9500
		answered A
	`)
	assert.Equal(t, "20", r.Legs()[0].TrunkIn)
	r.Network("0401234").HangUpAll()
	r.expect(`
		hungup A NORMAL_CLEARING
		wait-ended A hangup
		destroyed A
	`)
	r.idle()
}

func TestRegistration(t *testing.T) {
	r := newRig(t)
	p := r.Phone("1005")
	p.Unregister()
	p.Unregister()
	assert.False(t, p.Registered())
	p.Register()
	p.Register()
	r.script("1005", "away")
	r.script("1005", "answer:1s")
	assert.True(t, p.Registered())
	r.expect(`
		unregistered 1005
		registered 1005
		registered 1005
		unregistered 1005
		registered 1005
	`)
	r.Phone("1006").Unregister()
	devices := r.do(switching.ListRegistrations{}).Devices
	assert.Len(t, devices, 19)
	assert.NotContains(t, devices, "1006")
	assert.Len(t, r.do(switching.ListSubscribers{}).Devices, 20)
}

func TestADirectoryThatCannotBeListed(t *testing.T) {
	r := newRig(t, func(o *Options) { o.UnlistedDirectory = true })
	r.Phone("1006").Unregister()
	devices := r.do(switching.ListSubscribers{}).Devices
	assert.Len(t, devices, 19)
	assert.NotContains(t, devices, "1006")
	assert.True(t, r.do(switching.LookUpDevice{Device: "1006"}).Device.Known)
}

func TestLatencyComesBeforeAPhonesFirstReaction(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Latency = 20 * time.Millisecond })
	r.script("1001", "answer:1s")
	r.dial("1000", "1001")
	assert.Len(t, r.take(), 2)
	r.advance(20 * time.Millisecond)
	r.expect("progress B\nprogress A")
	r.advance(time.Second)
	r.expect("answered B\nanswered A\nbridged A B")
}

func TestLines(t *testing.T) {
	r := newRig(t)
	r.script("1001", "lines:1")
	r.dial("1000", "1001")
	r.take()
	r.dial("1002", "1001")
	r.expect(`
		created C in dev=1002 from=1002 to=1001
		created D out dev=1001 from=1002 to=1001 by=C
		hungup D USER_BUSY
		hungup C USER_BUSY
		destroyed D
		destroyed C
	`)
}

func TestHoldAtThePhone(t *testing.T) {
	r := newRig(t)
	r.talk("1000", "1001")
	p := r.Phone("1001")
	require.NoError(t, p.Hold(""))
	require.ErrorIs(t, p.Hold(r.leg("B")), switching.ErrNotPossible)
	require.NoError(t, p.Retrieve(""))
	require.NoError(t, p.Hold(""))
	assert.True(t, r.Legs()[1].Held)
	r.Phone("1000").HangUpAll()
	r.expect(`
		held B
		unheld B
		resumed B
		held B
		hungup A NORMAL_CLEARING
		unheld B
		hungup B NORMAL_CLEARING
		unbridged A B
		destroyed A
		destroyed B
	`)
	r.dial("1000", "1001")
	require.ErrorIs(t, r.Phone("1000").Hold(""), switching.ErrNotPossible, "not answered")
}

func TestPhoneWithoutACall(t *testing.T) {
	r := newRig(t)
	p := r.Phone("1000")
	for what, err := range map[string]error{
		"answer": p.Answer(""), "reject": p.Reject("", ""), "hang up": p.HangUp(""), "hold": p.Hold(""),
		"retrieve": p.Retrieve(""), "digit": p.Digit("", '1'), "blind": p.BlindTransfer("", "1001"),
		"attended": p.AttendedTransfer("", ""), "early": p.EarlyMedia(""), "ring": p.Ring(""), "foreign": p.HangUp("x"),
	} {
		assert.ErrorIs(t, err, ErrNoCall, what)
	}
	assert.ErrorIs(t, p.Digit("", 'x'), switching.ErrInvalidAddress)
	r.expect("")
}

func TestDigits(t *testing.T) {
	r := newRig(t)
	r.dial("1000", "1001")
	r.take()
	require.NoError(t, r.Phone("1000").Digit("", '1'))
	r.expect("") // nothing reads it while the call rings
	require.NoError(t, r.Phone("1001").Answer(""))
	r.expect("answered B\nanswered A\nbridged A B\ndigit A 1")
	require.NoError(t, r.Phone("1001").Digit("", '#'))
	r.expect("digit B #")
}

func TestStop(t *testing.T) {
	r := newRig(t)
	r.talk("1000", "1001")
	r.Stop()
	r.Stop()
	r.expect(`
		stopping
		hungup A SYSTEM_SHUTDOWN
		hungup B NORMAL_CLEARING
		unbridged A B
		destroyed A
		destroyed B
	`)
	_, err := r.Phone("1000").Dial("1001")
	require.ErrorIs(t, err, ErrOffLine)
	r.refuse(switching.ListLegs{}, switching.ErrNotPossible)
	r.refuse(switching.Originate{Leg: "x", Device: "1000"}, switching.ErrNotPossible)
	r.idle()
}

func TestLostEventsAreTold(t *testing.T) {
	r := newRig(t)
	r.DropEvents(3)
	r.dial("1000", "1001")
	require.NoError(t, r.Phone("1001").Answer(""))
	r.expect("lost 3\nprogress A\nanswered B\nanswered A\nbridged A B")
}

func TestSeqRises(t *testing.T) {
	r := newRig(t)
	r.talk("1000", "1001")
	r.DropEvents(1)
	r.Phone("1000").HangUpAll()
	var last uint64
	for _, e := range r.raws() {
		assert.Greater(t, e.Seq, last)
		last = e.Seq
	}
}

func TestLateAttach(t *testing.T) {
	r := newRig(t)
	r.Attach(nil)
	r.dial("1000", "1001")
	require.NoError(t, r.Phone("1001").Answer(""))
	r.Attach(r)
	r.expect("")
	legs := r.do(switching.ListLegs{}).Legs
	require.Len(t, legs, 2)
	assert.Equal(t, legs[1].Leg, legs[0].Partner)
	assert.Equal(t, legs[0].Leg, legs[1].Info.Originator)
	assert.True(t, legs[0].Answered && legs[1].Answered)
	assert.Positive(t, legs[1].AnsweredAt)
	r.Phone("1000").HangUpAll()
	assert.Len(t, r.take(), 5)
}
