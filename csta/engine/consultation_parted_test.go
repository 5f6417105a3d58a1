package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// goesTo has the switch send a party of a consultation on to 1003 (leg d), which
// answers.
func (b *bench) goesTo(leg string) {
	b.event(switching.Event{Kind: switching.LegRouted, Leg: leg, Name: "1003"})
	b.outbound("d", "1003", leg)
	b.simple(switching.LegProgress, "d")
	b.simple(switching.LegAnswered, "d")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: leg, Other: "d"})
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "d", Other: leg})
}

// Who talks to somebody else is not torn from there by what the consulting device
// does with its calls.
func TestHeldPartyThatTalksToSomebodyElseIsNotHeld(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	b.goesTo("b")
	require.Equal(t, []string{"s 1 ConnectionCleared a/1000 normalClearing null", "s 2 ConnectionCleared a/1000 normalClearing connected"},
		b.services()[4:])
	require.Equal(t, [][]string{{"1000", "1002"}, {"1001", "1003"}}, b.parties())
	cl.send(&ecma.TransferCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	require.Equal(t, []string{"s error invalidHeldConnectionID"}, b.services())
	b.hangUp("a", switching.CauseNormalClearing)
	b.hangUp("c", switching.CauseNormalClearing)
	b.pass(waits[forDialplan].atMost)
	require.Equal(t, [][]string{{"1001", "1003"}}, b.parties())
	for _, op := range b.ops {
		if op, ok := op.op.(switching.HangUp); ok {
			require.NotContains(t, []string{"b", "d"}, op.Leg)
		}
	}
	b.destroyed("a", "c")
	b.allHangUp("b", "d")
}

func TestConsultedPartyThatTalksToSomebodyElseIsLeftAlone(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "c"})
	b.goesTo("c")
	require.Equal(t, [][]string{{"1000"}, {"1000", "1001"}, {"1002", "1003"}}, b.parties())
	own := b.core.legs["a"].call.ID
	require.NotEqual(t, two, own)
	b.services()
	cl.send(&ecma.ReconnectCall{HeldCall: at("a", "1000"), ActiveCall: at(own, "1000")})
	b.simple(switching.LegParked, "a")
	require.Equal(t, switching.Bridge{Leg: "a", Other: "b", Back: true}, b.last(switching.Bridge{}).op)
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	b.done(switching.Bridge{})
	require.Equal(t, [][]string{{"1000", "1001"}, {"1002", "1003"}}, b.parties())
	b.allHangUp("a", "b", "c", "d")
}

func TestHeldAndConsultedPartyJoinedByTheOperator(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "c"})
	b.simple(switching.LegParked, "a")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "b", Other: "c"})
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "c", Other: "b"})
	require.Len(t, b.services(), 3)
	require.Equal(t, [][]string{{"1001", "1002"}}, b.parties())
	require.Nil(t, b.core.calls[two])
	b.done(switching.Protect{})
	require.Equal(t, "a", b.last(switching.HangUp{}).op.(switching.HangUp).Leg)
	b.allHangUp("a", "b", "c")
}

func TestConsultingAndHeldPartyJoinedByTheOperator(t *testing.T) {
	for name, gone := range map[string]bool{"the consulted party has gone": true, "the consulted party waits": false} {
		t.Run(name, func(t *testing.T) {
			b, cl := three(t)
			two := b.consulting(cl, true)
			b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "c"})
			if gone {
				b.hangUp("c", switching.CauseNormalClearing)
			}
			b.event(switching.Event{Kind: switching.LegsBridged, Leg: "b", Other: "a"})
			require.Equal(t, ecma.StateConnected, b.core.legs["a"].conn.State())
			require.Equal(t, "a", b.core.legs["a"].call.ID)
			if !gone {
				require.Equal(t, [][]string{{"1000", "1001"}, {"1000", "1002"}}, b.parties())
				b.services()
				cl.send(&ecma.AlternateCall{HeldCall: at(two, "1000"), ActiveCall: at("a", "1000")})
				b.pass(time.Second)
				require.Empty(t, b.services(), "alternates back")
				b.hangUp("c", switching.CauseNormalClearing)
			}
			require.Equal(t, [][]string{{"1000", "1001"}}, b.parties())
			require.Nil(t, b.core.legs["a"].consult)
			b.allHangUp("a", "b", "c")
		})
	}
}

// A colleague picks up the consulting leg itself, as FreeSWITCH's own dialplan does
// with a number dialled last.
func TestConsultingDeviceIsPickedUp(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	b.inbound("d", "1003", "**1002")
	b.simple(switching.LegAnswered, "d")
	b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "c"})
	b.hangUp("c", switching.CausePickedOff)
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "d", Other: "a"})
	require.Equal(t, [][]string{{"1000", "1001"}, {"1000", "1003"}}, b.parties())
	con := b.core.legs["a"].consult
	require.NotNil(t, con)
	require.Equal(t, b.core.legs["d"].call, con.active.call)
	require.Equal(t, two, con.active.call.ID)
	b.allHangUp("d", "a", "b", "c")
}

// The consulting leg ends before the two others are heard to be joined.
func TestOperatorJoinsThePartiesOfAConsultingDeviceThatEndsFirst(t *testing.T) {
	for name, joined := range map[string]bool{"joined": true, "never joined": false} {
		t.Run(name, func(t *testing.T) {
			b, cl := three(t)
			b.consulting(cl, true)
			b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "c"})
			b.hangUp("a", switching.CauseNormalClearing)
			require.Equal(t, [][]string{{"1001"}, {"1002"}}, b.parties())
			ended := func() (legs []string) {
				for _, op := range b.ops {
					if op, is := op.op.(switching.HangUp); is {
						legs = append(legs, op.Leg)
					}
				}
				return legs
			}
			require.Empty(t, ended())
			if joined {
				b.event(switching.Event{Kind: switching.LegsBridged, Leg: "b", Other: "c"})
				require.Equal(t, [][]string{{"1001", "1002"}}, b.parties())
				b.pass(waits[forTransfer].atMost)
				require.Empty(t, ended())
			} else {
				b.pass(waits[forDialplan].atMost)
				require.ElementsMatch(t, []string{"b", "c"}, ended())
			}
			b.destroyed("a")
			b.allHangUp("b", "c")
		})
	}
}

// The switch could not bring the device back to whom it held: its leg waits, without a
// second call.
func TestAfterAReturnInVain(t *testing.T) {
	for name, then := range map[string]func(b *bench, cl *client){
		"once more": func(b *bench, cl *client) {
			cl.send(&ecma.RetrieveCall{CallToBeRetrieved: at("a", "1000")})
			b.done(switching.Bridge{})
			b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
			require.Equal(b.t, []string{
				"s RetrieveCallResponse", "s 1 Retrieved a/1000 normal connected", "s 2 Retrieved a/1000 normal connected",
			}, b.services())
		},
		"joined late": func(b *bench, cl *client) {
			b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
			require.Equal(b.t, []string{"s 1 Retrieved a/1000 normal connected", "s 2 Retrieved a/1000 normal connected"}, b.services())
		},
		"cleared": func(b *bench, cl *client) {
			cl.send(&ecma.ClearConnection{Connection: at("a", "1000")})
			require.Equal(b.t, "a", b.last(switching.HangUp{}).op.(switching.HangUp).Leg)
			require.Equal(b.t, []string{
				"s ClearConnectionResponse", "s 1 ConnectionCleared a/1000 normalClearing null", "s 2 ConnectionCleared a/1000 normalClearing connected",
			}, b.services())
		},
		"the held party elsewhere": func(b *bench, cl *client) {
			b.goesTo("b")
			require.Equal(b.t, "a", b.last(switching.HangUp{}).op.(switching.HangUp).Leg)
			b.hangUp("d", switching.CauseNormalClearing)
			b.destroyed("d")
		},
		"the held party gone": func(b *bench, cl *client) {
			b.hangUp("b", switching.CauseNormalClearing)
			require.Equal(b.t, "a", b.last(switching.HangUp{}).op.(switching.HangUp).Leg)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, cl := three(t)
			two := b.consulting(cl, true)
			cl.send(&ecma.ReconnectCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
			b.hangUp("c", switching.CauseNormalClearing)
			b.simple(switching.LegParked, "a")
			b.last(switching.Bridge{}).done(switching.Outcome{}, switching.ErrNotPossible)
			b.services()
			then(b, cl)
			for _, l := range b.core.legs {
				require.True(t, l.call == nil || slices.Contains(l.call.legs, l), "leg %s", l.ID)
			}
			b.allHangUp("b", "a", "c")
			require.Zero(t, b.core.counters.Repairs)
		})
	}
}
