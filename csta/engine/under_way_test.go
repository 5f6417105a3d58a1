package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// underWay is what goes on about a call, without the words.
func (b *bench) underWay(call string) [][3]string {
	var list [][3]string
	for _, shown := range b.core.status().Calls {
		for _, d := range shown.UnderWay {
			if shown.CallID == call {
				require.NotEmpty(b.t, d.WaitsFor)
				list = append(list, [3]string{d.Device, d.What, d.State})
			}
		}
	}
	return list
}

func TestCallsShowWhatTheyWaitFor(t *testing.T) {
	b, cl := three(t)
	b.talk()
	hold := &ecma.HoldCall{CallToBeHeld: at("a", "1000")}
	cl.send(hold)
	require.Equal(t, [][3]string{{"1000", "Hold Call", "ordered"}}, b.underWay("a"))
	b.done(switching.Hold{})
	require.Equal(t, [][3]string{{"1000", "Hold Call", "accepted"}}, b.underWay("a"))
	b.simple(switching.LegHeld, "a")
	require.Empty(t, b.underWay("a"))
	cl.send(&ecma.RetrieveCall{CallToBeRetrieved: at("a", "1000")})
	require.Equal(t, [][3]string{{"1000", "Retrieve Call", "ordered"}}, b.underWay("a"))
	b.done(switching.Unhold{})
	b.simple(switching.LegUnheld, "a")
	b.simple(switching.LegHeld, "a")
	b.simple(switching.LegUnheld, "a")
	require.Equal(t, [][3]string{{"1000", "a wait", "unhold"}}, b.underWay("a"))
	b.allHangUp("a", "b")
}

func TestTwoCallsShowWhatTheyWaitFor(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	for _, call := range []string{"a", two} {
		require.Equal(t, [][3]string{{"1000", "two calls on one leg", "sent"}}, b.underWay(call))
	}
	cl.send(&ecma.AlternateCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	require.Equal(t, [][3]string{{"1000", "Alternate Call", "keeps"}}, b.underWay(two))
	b.done(switching.KeepAfterBridge{})
	require.Equal(t, [][3]string{{"1000", "Alternate Call", "joins"}}, b.underWay(two))
	b.hangUp("c", switching.CauseNormalClearing)
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	b.destroyed("c")
	b.allHangUp("a", "b")
}

// A phone that holds its call, and takes no request for two, is asked to talk: that the
// switch says it has ended the hold, and tells nothing more, is a half of the service, and
// neither all of it nor its end.
func TestAlternateGoesOnBehindAHoldWhoseEndIsNotTold(t *testing.T) {
	b, cl, ref := consulted(t)
	b.core.handsets.byID[1].lacking = 1<<telephone.AlternateCall | 1<<telephone.HoldCall
	cl.send(pairOf(&ecma.AlternateCall{}))
	require.Equal(t, []string{"op switching.Unhold{quick:{} Leg:b}"}, b.take("Note"))
	b.done(switching.Unhold{})
	b.pass(waits[forRetrieved].atMost)
	require.Empty(t, b.take("Note"), "the other call is not held yet")
	b.pass(waits[forOtherHalf].atMost)
	require.Equal(t, []string{"op switching.Hold{quick:{} Leg:d}"}, b.take("Note"))
	b.done(switching.Hold{})
	b.simple(switching.LegHeld, "d")
	require.Equal(t, []string{"x AlternateCallResponse", "x " + ref + " Held d/1001 alternate hold", "x " + ref + " Retrieved a/1001 alternate connected"}, b.take("Note"))
	require.False(t, b.core.legs["b"].duo.busy())
}

// Who is at a phone that has answered is not asked to answer once more, because another
// phone of the device is told of it late.
func TestAnswerCallIsOverForAllPhones(t *testing.T) {
	b := newPhoneBench(t)
	b.up(1, "1000", deskPhone, true)
	cl := b.client("x")
	cl.send(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: ecma.Subscriber("1001")})
	b.knows(switching.DeviceStatus{Device: "1000", Known: true, Registered: true})
	order := b.last(switching.Originate{}).op.(switching.Originate).Leg
	for _, leg := range []string{"p", "q"} {
		info := &switching.LegInfo{Direction: switching.Outbound, Device: "1000", Dialled: "1000", Order: order}
		if leg == "p" {
			info.Contact = deskPhone
		}
		b.event(switching.Event{Kind: switching.LegCreated, Leg: leg, Info: info})
		b.simple(switching.LegProgress, leg)
	}
	b.tells(1, telephone.Ringing, "7", "1001")
	cl.send(&ecma.AnswerCall{CallToBeAnswered: at(order, "1000")})
	require.NotEmpty(t, b.asked)
	b.simple(switching.LegAnswered, "q")
	b.take()
	b.says("", telephone.ErrRefused)
	require.Empty(t, b.take("Note"))
}
