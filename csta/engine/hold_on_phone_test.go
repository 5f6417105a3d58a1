package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// talk is a call of 1000 to 1001, whose phone takes requests.
func (b *phoneBench) talk() {
	b.inbound("a", "1000", "1001")
	b.ringsAt("b", "1001", deskPhone, "a", "1000")
	b.tells(1, telephone.Ringing, "7", "1000")
	b.simple(switching.LegAnswered, "b")
	b.simple(switching.LegAnswered, "a")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	b.pass(time.Second)
}

// A service that a phone does not know is asked for once.
func TestPhoneIsAskedOnceForWhatItDoesNotKnow(t *testing.T) {
	b := newPhoneBench(t)
	b.up(1, "1001", deskPhone, true)
	b.talk()
	cl := b.client("x")
	b.take()
	hold := &ecma.HoldCall{CallToBeHeld: ecma.ConnectionID{CallID: "a", Device: ecma.Subscriber("1001")}}
	cl.send(hold)
	require.Equal(t, []string{"ask 1 HoldCall 7"}, b.take())
	b.says("", telephone.ErrUnsupported)
	require.Contains(t, b.take()[0], "op switching.Hold")
	b.simple(switching.LegHeld, "b")
	b.done(switching.Hold{})
	cl.send(&ecma.RetrieveCall{CallToBeRetrieved: hold.CallToBeHeld})
	b.done(switching.Unhold{})
	b.simple(switching.LegUnheld, "b")
	b.pass(waits[forHangUpBehindUnhold].atMost)
	b.take()
	cl.send(hold)
	require.Contains(t, b.take()[0], "op switching.Hold")
}

// What the phone says is not believed: the switch's event is the success.
func TestHoldIsDoneWhenTheSwitchSaysSo(t *testing.T) {
	b := newPhoneBench(t)
	b.up(1, "1001", deskPhone, true)
	b.talk()
	cl := b.client("x")
	ref := cl.monitor("1001")
	hold := &ecma.HoldCall{CallToBeHeld: ecma.ConnectionID{CallID: "a", Device: ecma.Subscriber("1001")}}
	cl.send(hold)
	b.says("", nil)
	b.tells(1, telephone.Talking, "7", "")
	b.pass(time.Second)
	require.Equal(t, []string{"ask 1 HoldCall 7"}, b.take())
	b.simple(switching.LegHeld, "b")
	require.Equal(t, []string{"x HoldCallResponse", "x " + ref + " Held a/1001 normal hold"}, b.take("Note"))
	b.pass(2 * waits[forProof].atMost)
	require.Empty(t, b.take("Note"))

	cl.send(&ecma.RetrieveCall{CallToBeRetrieved: hold.CallToBeHeld})
	require.Equal(t, []string{"ask 1 RetrieveCall 7"}, b.take())
	b.core.handsets.phoneEvent(&telephone.Event{Kind: telephone.Down, Phone: 1})
	b.says("", telephone.ErrLost)
	b.pass(waits[forDoubt].atMost)
	require.Equal(t, []string{"op switching.Unhold{quick:{} Leg:b}"}, b.take("Note"))
	b.phoneHolds()
	require.Equal(t, []string{"op switching.Answer{quick:{} Leg:b AskPhone:true}"}, b.take("Note"))
	b.simple(switching.LegUnheld, "b")
	require.Equal(t, []string{"x RetrieveCallResponse", "x " + ref + " Retrieved a/1001 normal connected"}, b.take("Note"))
	require.Nil(t, b.core.legs["b"].handset)
}

// A phone that tells nothing is asked about the call that it has, if it has one.
func TestPhoneThatTellsNothing(t *testing.T) {
	b := newPhoneBench(t)
	b.up(1, "1001", deskPhone, false)
	b.talk()
	b.core.handsets.byID[1].calls = nil
	b.core.legs["b"].handset.call = nil
	cl := b.client("x")
	b.take()
	hold := &ecma.HoldCall{CallToBeHeld: ecma.ConnectionID{CallID: "a", Device: ecma.Subscriber("1001")}}
	b.inbound("d", "1003", "1001")
	b.ringsAt("e", "1001", deskPhone, "d", "1003")
	for _, leg := range []string{"e", "d"} {
		b.simple(switching.LegAnswered, leg)
	}
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "d", Other: "e"})
	b.pass(time.Second)
	b.take()
	cl.send(hold)
	require.Contains(t, b.take()[0], "op switching.Hold")
	b.done(switching.Hold{})
	b.hangUp("e", switching.CauseNormalClearing)
	b.hangUp("d", switching.CauseNormalClearing)
	b.simple(switching.LegHeld, "b")
	cl.send(&ecma.RetrieveCall{CallToBeRetrieved: hold.CallToBeHeld})
	b.done(switching.Unhold{})
	b.simple(switching.LegUnheld, "b")
	b.pass(waits[forHangUpBehindUnhold].atMost)
	b.take()
	cl.send(hold)
	require.Equal(t, []string{"ask 1 HoldCall "}, b.take("Note"))
}
