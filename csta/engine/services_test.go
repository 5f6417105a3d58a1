package engine

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// three is a bench with monitors 1, 2, 3 on 1000, 1001, 1002.
func three(t *testing.T) (*bench, *client) {
	b, cl := watched(t)
	require.Equal(t, "3", cl.monitor("1002"))
	return b, cl
}

// talk has 1000 (leg a) talk with 1001 (leg b) in call a.
func (b *bench) talk() {
	b.ringing()
	b.simple(switching.LegAnswered, "b")
	b.simple(switching.LegAnswered, "a")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	b.take()
}

func at(call, device string) ecma.ConnectionID {
	return ecma.ConnectionID{CallID: call, Device: ecma.Subscriber(device)}
}

// services returns the lines since the last take without operations.
func (b *bench) services() []string {
	var lines []string
	for _, l := range b.take() {
		if !strings.HasPrefix(l, "op ") {
			lines = append(lines, l)
		}
	}
	return lines
}

func (b *bench) allHangUp(legs ...string) {
	for _, l := range legs {
		b.hangUp(l, switching.CauseNormalClearing)
	}
	b.destroyed(legs...)
	b.pass(waits[forTransfer].atMost)
	b.empty()
}

func TestHoldAndRetrieve(t *testing.T) {
	b, cl := watched(t)
	b.talk()
	cl.send(&ecma.HoldCall{CallToBeHeld: at("a", "1000")})
	b.simple(switching.LegHeld, "a")
	b.done(switching.Hold{})
	require.Equal(t, []string{
		"s HoldCallResponse",
		"s 1 Held a/1000 normal hold",
		"s 2 Held a/1000 normal connected",
	}, b.services())
	cl.send(&ecma.HoldCall{CallToBeHeld: at("a", "1000")})
	require.Equal(t, []string{"s error invalidConnectionState"}, b.services())
	cl.send(&ecma.RetrieveCall{CallToBeRetrieved: at("a", "1000")})
	b.done(switching.Unhold{})
	b.simple(switching.LegUnheld, "a")
	b.pass(waits[forHangUpBehindUnhold].atMost)
	require.Equal(t, []string{
		"s RetrieveCallResponse",
		"s 1 Retrieved a/1000 normal connected",
		"s 2 Retrieved a/1000 normal connected",
	}, b.services())
	b.simple(switching.LegHeld, "b")
	b.services()
	b.simple(switching.LegUnheld, "b")
	b.hangUp("b", switching.CauseNormalClearing)
	b.pass(waits[forHangUpBehindUnhold].atMost)
	require.Equal(t, []string{
		"s 1 ConnectionCleared a/1001 normalClearing connected",
		"s 2 ConnectionCleared a/1001 normalClearing null",
	}, b.services(), "an unhold at hang-up is not reported")
	b.allHangUp("b", "a")
}

func TestServicesWaitUntilTheSwitchIsDone(t *testing.T) {
	b, cl := watched(t)
	b.core.opts.SettleTime = defaultSettleTime
	b.talk()
	cl.send(&ecma.HoldCall{CallToBeHeld: at("a", "1000")})
	require.Empty(t, b.take(), "the two have been joined this moment")
	b.pass(defaultSettleTime)
	require.Equal(t, "a", b.last(switching.Hold{}).op.(switching.Hold).Leg)
	b.simple(switching.LegHeld, "a")
	b.services()
	b.done(switching.Hold{})
	b.allHangUp("a", "b")
}

// Established is told when the called party answers; the switch answers the calling one,
// and joins the two, only then. A client that asks in between is not refused.
func TestServicesWaitUntilTheCallIsJoined(t *testing.T) {
	requests := map[string]func(device string) ecma.Message{
		"HoldCall": func(device string) ecma.Message { return &ecma.HoldCall{CallToBeHeld: at("a", device)} },
		"ConsultationCall": func(device string) ecma.Message {
			return &ecma.ConsultationCall{ExistingCall: at("a", device), ConsultedDevice: ecma.Subscriber("1002")}
		},
	}
	for name, request := range requests {
		for _, device := range [...]string{"1000", "1001"} {
			t.Run(name+" "+device, func(t *testing.T) {
				b, cl := watched(t)
				b.core.opts.SettleTime = defaultSettleTime
				b.ringing()
				b.simple(switching.LegAnswered, "b")
				b.services()
				cl.send(request(device))
				b.pass(2 * defaultSettleTime)
				require.Empty(t, b.take("Note"), "the calling party is still to be answered")
				b.simple(switching.LegAnswered, "a")
				b.pass(2 * defaultSettleTime)
				require.Empty(t, b.take("Note"), "the two are still to be joined")
				b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
				b.pass(defaultSettleTime)
				require.NotEmpty(t, b.take("Note"), "the switch is asked")
				require.Empty(t, slices.DeleteFunc(b.services(), func(line string) bool { return !strings.Contains(line, "CSTAErrorCode") }))
				b.allHangUp("a", "b")
			})
		}
	}
}

// A leg that the switch has only begun to serve where it was sent to is not moved
// from there: it may lose the partner that it is to come back to.
func TestReconnectCallWaitsUntilTheSwitchIsDone(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	b.core.opts.SettleTime = defaultSettleTime
	cl.send(&ecma.ReconnectCall{ActiveCall: at(two, "1000"), HeldCall: at("a", "1000")})
	require.Empty(t, b.take())
	b.pass(defaultSettleTime)
	require.Contains(t, b.take(), "s ReconnectCallResponse")
}

func TestHoldAndRetrieveAtOnce(t *testing.T) {
	b, cl := watched(t)
	b.talk()
	for range 2 {
		cl.send(&ecma.HoldCall{CallToBeHeld: at("a", "1000")})
		b.simple(switching.LegHeld, "a")
		b.services()
		cl.send(&ecma.RetrieveCall{CallToBeRetrieved: at("a", "1000")})
		require.Empty(t, b.take("Note"), "the switch is not done with the hold")
		b.done(switching.Hold{})
		require.Equal(t, "a", b.last(switching.Unhold{}).op.(switching.Unhold).Leg)
		b.simple(switching.LegUnheld, "a")
		b.done(switching.Unhold{})
		require.Equal(t, []string{"s RetrieveCallResponse", "s 1 Retrieved a/1000 normal connected", "s 2 Retrieved a/1000 normal connected"}, b.services())
	}
	b.allHangUp("a", "b")
}

func TestHoldEndsWhenTheLegTalksAgain(t *testing.T) {
	b, _ := watched(t)
	b.talk()
	b.simple(switching.LegHeld, "a")
	b.services()
	b.simple(switching.LegUnheld, "a")
	require.Empty(t, b.services(), "it may be about to hang up")
	b.simple(switching.LegResumed, "a")
	require.Equal(t, []string{"s 1 Retrieved a/1000 normal connected", "s 2 Retrieved a/1000 normal connected"}, b.services())
	b.allHangUp("a", "b")
}

// The phone held what the switch held already. The switch forgets the music then.
func TestHoldOfTheSwitchEndedByThePhone(t *testing.T) {
	b, cl := watched(t)
	b.talk()
	cl.send(&ecma.HoldCall{CallToBeHeld: at("a", "1000")})
	b.simple(switching.LegHeld, "a")
	b.done(switching.Hold{})
	b.services()
	b.simple(switching.LegUnheld, "a")
	b.simple(switching.LegResumed, "a")
	require.Empty(t, b.services(), "its partner still hears the music")
	require.Equal(t, "a", b.last(switching.EndMusic{}).op.(switching.EndMusic).Leg)
	b.done(switching.EndMusic{})
	require.Equal(t, []string{"s 1 Retrieved a/1000 normal connected", "s 2 Retrieved a/1000 normal connected"}, b.services())
	b.allHangUp("a", "b")
}

// Hanging up a held leg takes it off hold, and its thread in the switch may count it
// as talking before it sees that.
func TestHeldConnectionIsClearedOnly(t *testing.T) {
	b, cl := watched(t)
	b.talk()
	b.simple(switching.LegHeld, "a")
	b.take()
	cl.send(&ecma.ClearConnection{Connection: of("a", "1000")})
	b.simple(switching.LegUnheld, "a")
	b.simple(switching.LegResumed, "a")
	b.hangUp("a", switching.CauseNormalClearing)
	require.Equal(t, []string{
		"s ClearConnectionResponse",
		"s 1 ConnectionCleared a/1000 normalClearing null",
		"s 2 ConnectionCleared a/1000 normalClearing connected",
	}, b.take("Note", "HangUp"))
}

func TestPickUp(t *testing.T) {
	pick := func(t *testing.T) *bench {
		b, _ := three(t)
		b.ringing()
		b.inbound("c", "1002", "*8")
		b.simple(switching.LegAnswered, "c")
		b.services()
		b.hangUp("b", switching.CausePickedOff)
		require.Empty(t, b.services())
		return b
	}
	t.Run("joined", func(t *testing.T) {
		b := pick(t)
		b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "c"})
		require.Equal(t, []string{
			"s 3 ConnectionCleared c/1002 normalClearing null",
			"s 1 Diverted a/1001 to 1002 callPickup connected",
			"s 2 Diverted a/1001 to 1002 callPickup null",
			"s 1 Established a/1002 1000>1001 by 1002 callPickup connected",
			"s 3 Established a/1002 1000>1001 by 1002 callPickup connected",
		}, b.services())
		b.destroyed("b")
		b.allHangUp("a", "c")
	})
	t.Run("but not joined", func(t *testing.T) {
		b := pick(t)
		b.pass(waits[forTransfer].atMost)
		require.Equal(t, []string{
			"s 1 ConnectionCleared a/1001 callPickup connected",
			"s 2 ConnectionCleared a/1001 callPickup null",
		}, b.services())
		b.destroyed("b")
		b.allHangUp("a", "c")
	})
}

func TestDeflectCall(t *testing.T) {
	b, cl := three(t)
	b.ringing()
	b.take()
	cl.send(&ecma.DeflectCall{CallToBeDiverted: at("a", "1001"), NewDestination: []ecma.DeviceID{ecma.Subscriber("1002")}})
	require.Equal(t, "1002", b.last(switching.Route{}).op.(switching.Route).Number)
	require.Equal(t, "a", b.last(switching.Route{}).op.(switching.Route).Leg)
	b.hangUp("b", switching.CauseOriginatorCancel)
	b.done(switching.Route{})
	b.outbound("c", "1002", "a")
	b.simple(switching.LegProgress, "c")
	b.simple(switching.LegAnswered, "c")
	require.Equal(t, []string{
		"s DeflectCallResponse",
		"s 1 Diverted a/1001 to 1002 redirected connected",
		"s 2 Diverted a/1001 to 1002 redirected null",
		"s 1 Delivered a/1002 1000>1001 at 1002 redirected connected",
		"s 3 Delivered a/1002 1000>1001 at 1002 redirected alerting",
		"s 1 Established a/1002 1000>1001 by 1002 redirected connected",
		"s 3 Established a/1002 1000>1001 by 1002 redirected connected",
	}, b.services())
	b.destroyed("b")
	b.allHangUp("c", "a")
}

func TestSingleStepTransferByTheCallee(t *testing.T) {
	b, cl := three(t)
	b.talk()
	cl.send(&ecma.SingleStepTransferCall{ActiveCall: at("a", "1001"), TransferredTo: ecma.Subscriber("1002")})
	b.done(switching.Route{})
	b.hangUp("b", switching.CauseNormalClearing)
	b.outbound("c", "1002", "a")
	b.simple(switching.LegProgress, "c")
	b.simple(switching.LegAnswered, "c")
	require.Equal(t, []string{
		"s transferred a/1002",
		"s 1 Transfered a/1001 a/1000 a/1002 by 1001 to 1002 singleStepTransfer connected",
		"s 2 Transfered a/1001 a/1000 a/1002 by 1001 to 1002 singleStepTransfer null",
		"s 1 Delivered a/1002 1000>1002 at 1002 singleStepTransfer connected",
		"s 3 Delivered a/1002 1000>1002 at 1002 singleStepTransfer alerting",
		"s 1 Established a/1002 1000>1002 by 1002 singleStepTransfer connected",
		"s 3 Established a/1002 1000>1002 by 1002 singleStepTransfer connected",
	}, b.services())
	b.destroyed("b")
	b.allHangUp("a", "c")
}

func TestSingleStepTransferToSomebodyBusy(t *testing.T) {
	b, cl := three(t)
	b.talk()
	cl.send(&ecma.SingleStepTransferCall{ActiveCall: at("a", "1000"), TransferredTo: ecma.Subscriber("1002")})
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "b", Name: "1002"})
	b.hangUp("a", switching.CauseNormalClearing)
	b.outbound("c", "1002", "b")
	b.hangUp("c", switching.CauseUserBusy)
	b.hangUp("b", switching.CauseUserBusy)
	require.Equal(t, []string{
		"s transferred a/1002",
		"s 1 Transfered a/1000 a/1001 a/1002 by 1000 to 1002 singleStepTransfer null",
		"s 2 Transfered a/1000 a/1001 a/1002 by 1000 to 1002 singleStepTransfer connected",
		"s 2 Failed a/1002 at 1002 busy connected",
		"s 2 ConnectionCleared a/1001 normalClearing null",
	}, b.services())
	b.destroyed("a", "b", "c")
	b.empty()
}

// consulting has 1000 consult 1002 (leg c) out of call a; it returns the second
// call's ID.
func (b *bench) consulting(cl *client, answered bool) string {
	b.talk()
	cl.send(&ecma.ConsultationCall{ExistingCall: at("a", "1000"), ConsultedDevice: ecma.Subscriber("1002")})
	require.Empty(b.t, b.services())
	b.done(switching.Protect{})
	lines := b.services()
	id := strings.TrimSuffix(strings.TrimPrefix(lines[0], "s consults "), "/1000")
	require.Equal(b.t, []string{
		"s consults " + id + "/1000",
		"s 1 Held a/1000 consultation hold",
		"s 2 Held a/1000 consultation connected",
		"s 1 ServiceInitiated " + id + "/1000 consultation initiated",
	}, lines)
	require.Equal(b.t, "b", b.last(switching.Music{}).op.(switching.Music).Leg)
	b.done(switching.Music{})
	b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "b"})
	require.Equal(b.t, switching.Route{Leg: "a", Number: "1002", For: "1000"}, b.last(switching.Route{}).op)
	b.done(switching.Route{})
	b.outbound("c", "1002", "a")
	b.simple(switching.LegProgress, "c")
	require.Equal(b.t, []string{
		"s 1 Originated " + id + "/1000 1000>1002 consultation connected",
		"s 1 Delivered " + id + "/1002 1000>1002 at 1002 consultation connected",
		"s 3 Delivered " + id + "/1002 1000>1002 at 1002 consultation alerting",
	}, b.services())
	if answered {
		b.simple(switching.LegAnswered, "c")
		b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "c"})
		require.Len(b.t, b.services(), 2)
	}
	return id
}

// Whom a consulting device calls may answer before the switch says that it has sent the
// leg there.
func TestConsultedPartyAnswersBeforeTheSwitch(t *testing.T) {
	for name, request := range map[string]func(two string) ecma.Message{
		"TransferCall": func(two string) ecma.Message {
			return &ecma.TransferCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")}
		},
		"ConferenceCall": func(two string) ecma.Message {
			return &ecma.ConferenceCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")}
		},
		"AlternateCall": func(two string) ecma.Message {
			return &ecma.AlternateCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")}
		},
		"ReconnectCall": func(two string) ecma.Message {
			return &ecma.ReconnectCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")}
		},
		"ClearConnection": func(two string) ecma.Message { return &ecma.ClearConnection{Connection: at(two, "1000")} },
	} {
		t.Run(name, func(t *testing.T) {
			b, cl := three(t)
			b.talk()
			cl.send(&ecma.ConsultationCall{ExistingCall: at("a", "1000"), ConsultedDevice: ecma.Subscriber("1002")})
			b.done(switching.Protect{})
			two := strings.TrimSuffix(strings.TrimPrefix(b.services()[0], "s consults "), "/1000")
			b.done(switching.Music{})
			b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "b"})
			b.outbound("c", "1002", "a")
			b.simple(switching.LegProgress, "c")
			b.simple(switching.LegAnswered, "c")
			b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "c"})
			b.take()
			cl.send(request(two))
			require.Empty(t, b.take("Note"), "the switch has not said yet that it sent the leg")
			b.done(switching.Route{})
			lines := b.take("Note")
			require.NotEmpty(t, lines)
			for _, line := range lines {
				require.NotContains(t, line, "CSTAErrorCode")
				require.NotContains(t, line, "HangUp a")
			}
			b.allHangUp("a", "b", "c")
		})
	}
}

func TestConsultAlternateReconnect(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	cl.send(&ecma.AlternateCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	b.done(switching.KeepAfterBridge{})
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	b.done(switching.Bridge{})
	require.Equal(t, []string{
		"s AlternateCallResponse",
		"s 1 Held " + two + "/1000 alternate hold",
		"s 3 Held " + two + "/1000 alternate connected",
		"s 1 Retrieved a/1000 alternate connected",
		"s 2 Retrieved a/1000 alternate connected",
	}, b.services())
	require.Equal(t, "c", b.last(switching.Music{}).op.(switching.Music).Leg)
	cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
	require.Equal(t, []string{"s calls [a/1000[connected connected] " + two + "/1000[hold connected]]"}, b.services())
	// Back to the second call, by giving up the first.
	cl.send(&ecma.ReconnectCall{HeldCall: at(two, "1000"), ActiveCall: at("a", "1000")})
	b.hangUp("b", switching.CauseNormalClearing)
	b.simple(switching.LegParked, "a")
	b.done(switching.Bridge{})
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "c"})
	require.Equal(t, []string{
		"s ReconnectCallResponse",
		"s 1 ConnectionCleared a/1000 normalClearing null",
		"s 2 ConnectionCleared a/1000 normalClearing connected",
		"s 2 ConnectionCleared a/1001 normalClearing null",
		"s 1 Retrieved " + two + "/1000 normal connected",
		"s 3 Retrieved " + two + "/1000 normal connected",
	}, b.services())
	require.Equal(t, switching.Protect{Leg: "a", On: false}, b.last(switching.Protect{}).op)
	b.destroyed("b")
	b.allHangUp("a", "c")
}

// Two hang up in one breath after a consultation: the switch may have kept the
// consulting device's leg when it lost the second of them, too.
func TestHangUpsBehindAConsultation(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	cl.send(&ecma.AlternateCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	b.done(switching.KeepAfterBridge{})
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	b.done(switching.Bridge{})
	b.hangUp("c", switching.CauseNormalClearing)
	require.Equal(t, switching.Protect{Leg: "a", On: false}, b.last(switching.Protect{}).op)
	b.hangUp("b", switching.CauseNormalClearing)
	b.simple(switching.LegParked, "a")
	b.done(switching.Protect{})
	b.services()
	b.pass(waits[forDialplan].atMost)
	require.Equal(t, switching.HangUp{Leg: "a", Cause: switching.CauseNormalClearing, Forsaken: true}, b.last(switching.HangUp{}).op)
	b.done(switching.HangUp{})
	b.destroyed("b", "c")
	b.allHangUp("a")
}

// The same where no service has joined them: the held party goes, and right after it
// the consulted one.
func TestHangUpsInAConsultation(t *testing.T) {
	for _, parked := range []bool{true, false} {
		b, cl := three(t)
		b.consulting(cl, true)
		b.hangUp("b", switching.CauseNormalClearing)
		require.Equal(t, switching.Protect{Leg: "a", On: false}, b.last(switching.Protect{}).op)
		b.hangUp("c", switching.CauseNormalClearing)
		if parked {
			b.simple(switching.LegParked, "a")
		}
		b.done(switching.Protect{})
		b.services()
		b.pass(waits[forDialplan].atMost)
		if !parked {
			require.NotContains(t, strings.Join(b.take(), "\n"), "HangUp", "its dialplan goes on")
			continue
		}
		require.Equal(t, switching.HangUp{Leg: "a", Cause: switching.CauseNormalClearing, Forsaken: true}, b.last(switching.HangUp{}).op)
		b.done(switching.HangUp{})
		b.destroyed("b", "c")
		b.allHangUp("a")
	}
}

// heldAndRetrieved holds the call at 1000's leg a, and takes it up again.
func (b *bench) heldAndRetrieved(cl *client) {
	cl.send(&ecma.HoldCall{CallToBeHeld: at("a", "1000")})
	b.simple(switching.LegHeld, "a")
	b.done(switching.Hold{})
	cl.send(&ecma.RetrieveCall{CallToBeRetrieved: at("a", "1000")})
	b.simple(switching.LegUnheld, "a")
	b.done(switching.Unhold{})
	b.services()
}

// reconnected has 1000 consult 1002 and come back to 1001.
func (b *bench) reconnected(cl *client) {
	two := b.consulting(cl, true)
	cl.send(&ecma.ReconnectCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	b.done(switching.HangUp{})
	b.hangUp("c", switching.CauseNormalClearing)
	b.simple(switching.LegParked, "a")
	b.done(switching.Bridge{})
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	b.done(switching.Protect{})
	b.destroyed("c")
	b.pass(waits[forJoin].atMost)
	b.services()
}

// The dialplan of the number consulted may have changed what becomes of its caller when
// nobody answers: the consulting leg is to wait at once, not in somebody's mailbox.
func TestReconnectFromARingingParty(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, false)
	cl.send(&ecma.ReconnectCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	require.Equal(t, switching.Protect{Leg: "a", On: true}, b.last(switching.Protect{}).op)
	b.done(switching.Protect{})
	require.Equal(t, "c", b.last(switching.HangUp{}).op.(switching.HangUp).Leg)
	b.hangUp("c", switching.CauseNormalClearing)
	b.simple(switching.LegParked, "a")
	b.done(switching.Bridge{})
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	require.Equal(t, switching.Protect{Leg: "a", On: false}, b.last(switching.Protect{}).op)
	b.destroyed("c")
	b.allHangUp("a", "b")
}

// The dialplan of a number may have the leg do something else when nobody answers: it
// does not wait then, and is fetched from there.
func TestReconnectFromWhereTheDialplanWentOn(t *testing.T) {
	b, cl := three(t)
	b.talk()
	cl.send(&ecma.ConsultationCall{ExistingCall: at("a", "1000"), ConsultedDevice: ecma.Subscriber("1002")})
	b.done(switching.Protect{})
	b.done(switching.Music{})
	b.done(switching.Route{})
	b.outbound("c", "1002", "a")
	b.core.opts.SettleTime = defaultSettleTime
	b.hangUp("c", switching.CauseUserBusy)
	b.services()
	two := b.core.legs["a"].call.ID
	cl.send(&ecma.ReconnectCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	require.Empty(t, b.take(), "the switch may still be about to leave off calling")
	b.pass(defaultSettleTime)
	b.services()
	require.Equal(t, switching.Bridge{Leg: "a", Other: "b", Back: true}, b.last(switching.Bridge{}).op)
	b.done(switching.Bridge{})
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	require.Len(t, b.services(), 2)
	b.destroyed("c")
	b.allHangUp("a", "b")
}

// The dialplan of a caller may have more for him when the called party has gone, and
// an application for its agent: services that only held their calls end neither.
func TestNobodyIsHungUpWhoseDialplanGoesOn(t *testing.T) {
	goes := switching.CauseNormalClearing
	end := func(b *bench, left string, gone ...string) {
		b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "b"})
		for _, l := range gone {
			b.hangUp(l, goes)
		}
		b.destroyed(gone...)
		b.pass(2 * waits[forDialplan].atMost)
		require.NotContains(b.t, strings.Join(b.take(), "\n"), "HangUp", "the leg %s", left)
		b.allHangUp(left)
	}
	t.Run("a caller, right after a hold", func(t *testing.T) {
		b, cl := watched(t)
		b.talk()
		b.heldAndRetrieved(cl)
		end(b, "a", "b")
	})
	t.Run("one who was called, long after a hold", func(t *testing.T) {
		b, cl := watched(t)
		b.talk()
		b.heldAndRetrieved(cl)
		b.pass(waits[forJoin].atMost)
		end(b, "b", "a")
	})
	t.Run("one who was called and runs the bridge", func(t *testing.T) {
		b, cl := watched(t)
		b.talk()
		b.event(switching.Event{Kind: switching.LegsBridged, Leg: "b", Other: "a"})
		b.heldAndRetrieved(cl)
		end(b, "b", "a")
	})
	t.Run("a consulting caller who was sent on afterwards", func(t *testing.T) {
		b, cl := three(t)
		b.reconnected(cl)
		b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "1001"})
		b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
		end(b, "a", "b")
	})
}

// Who was called has nothing but the call: the switch may forget it while it ends
// the music for it. Nor has one whom a consultation took out of its dialplan.
func TestWhoIsLeftAloneByAServiceIsHungUp(t *testing.T) {
	end := func(b *bench, left, gone string) {
		b.services()
		b.hangUp(gone, switching.CauseNormalClearing)
		b.destroyed(gone)
		b.pass(waits[forDialplan].atMost)
		require.Equal(b.t, switching.HangUp{Leg: left, Cause: switching.CauseNormalClearing, Forsaken: true}, b.last(switching.HangUp{}).op)
		b.done(switching.HangUp{})
		b.allHangUp(left)
	}
	t.Run("right after a hold", func(t *testing.T) {
		b, cl := watched(t)
		b.talk()
		b.heldAndRetrieved(cl)
		end(b, "b", "a")
	})
	for left, gone := range map[string]string{"a": "b", "b": "a"} {
		t.Run(left+" after a consultation", func(t *testing.T) {
			b, cl := three(t)
			b.reconnected(cl)
			end(b, left, gone)
		})
	}
}

func TestTransferAfterConsultation(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	cl.send(&ecma.TransferCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	b.done(switching.KeepAfterBridge{})
	b.done(switching.KeepAfterBridge{})
	b.done(switching.Protect{})
	require.Equal(t, switching.Bridge{Leg: "b", Other: "c"}, b.last(switching.Bridge{}).op)
	b.done(switching.Bridge{})
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "b", Other: "c"})
	b.hangUp("a", switching.CauseNormalClearing)
	b.hangUp("c", switching.CauseNormalClearing)
	b.hangUp("b", switching.CauseNormalClearing)
	transfered := func(ref, local string) string {
		return "s " + ref + " Transfered a/1000+" + two + "/1000 a/1001 a/1002 by 1000 to 1002 transfer " + local
	}
	require.Equal(t, []string{
		"s transferred a/1002",
		transfered("1", "null"), transfered("2", "connected"), transfered("3", "connected"),
		"s 2 ConnectionCleared a/1002 normalClearing connected",
		"s 3 ConnectionCleared a/1002 normalClearing null",
		"s 2 ConnectionCleared a/1001 normalClearing null",
	}, b.services())
	b.destroyed("a", "b", "c")
	b.pass(waits[forJoin].atMost)
	b.empty()
}

func TestTransferWhoseDeviceLeavesBeforeTheOthersAreJoined(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	cl.send(&ecma.TransferCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	b.done(switching.KeepAfterBridge{})
	b.done(switching.KeepAfterBridge{})
	b.done(switching.Protect{})
	b.hangUp("a", switching.CauseNormalClearing)
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "b", Other: "c"})
	b.done(switching.Bridge{})
	lines := b.services()
	require.Len(t, lines, 4, "a response and one event for each: %v", lines)
	require.Equal(t, "s transferred a/1002", lines[0])
	b.destroyed("a")
	b.allHangUp("b", "c")
}

// The switch has not joined the two yet who are told to be.
func TestSingleStepTransferRightAfterATransfer(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	b.core.opts.SettleTime = defaultSettleTime
	b.pass(defaultSettleTime)
	cl.send(&ecma.TransferCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	b.done(switching.KeepAfterBridge{})
	b.done(switching.KeepAfterBridge{})
	b.done(switching.Protect{})
	b.hangUp("a", switching.CauseNormalClearing)
	b.take()
	cl.send(&ecma.SingleStepTransferCall{ActiveCall: at("a", "1002"), TransferredTo: ecma.Subscriber("1003")})
	require.Empty(t, b.take("Note"))
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "b", Other: "c"})
	b.done(switching.Bridge{})
	b.take()
	b.pass(defaultSettleTime)
	require.Equal(t, "b", b.last(switching.Route{}).op.(switching.Route).Leg)
	b.destroyed("a")
	b.allHangUp("b", "c")
}

func TestTransferWhileRinging(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, false)
	cl.send(&ecma.TransferCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	b.done(switching.Protect{})
	b.hangUp("a", switching.CauseNormalClearing)
	b.hangUp("c", switching.CauseOriginatorCancel)
	require.Equal(t, switching.Route{Leg: "b", Number: "1002", For: "1000"}, b.last(switching.Route{}).op)
	b.outbound("c2", "1002", "b")
	b.simple(switching.LegProgress, "c2")
	b.simple(switching.LegAnswered, "c2")
	transfered := func(ref, local string) string {
		return "s " + ref + " Transfered a/1000+" + two + "/1000 a/1001 a/1002 by 1000 to 1002 transfer " + local
	}
	require.Equal(t, []string{
		"s transferred a/1002",
		transfered("1", "null"), transfered("2", "connected"), transfered("3", "alerting"),
		"s 2 Established a/1002 1000>1002 by 1002 transfer connected",
		"s 3 Established a/1002 1000>1002 by 1002 transfer connected",
	}, b.services())
	b.destroyed("a", "c")
	b.allHangUp("b", "c2")
}

func TestConference(t *testing.T) {
	b, cl := three(t)
	two := b.consulting(cl, true)
	cl.send(&ecma.ConferenceCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	for range 3 {
		b.done(switching.Join{})
	}
	b.done(switching.Protect{})
	conferenced := func(ref string) string {
		return "s " + ref + " Conferenced a/1000+" + two + "/1000 a/1000 a/1001 a/1002 conference connected"
	}
	require.ElementsMatch(t, []string{"s conference a/1000", conferenced("1"), conferenced("2"), conferenced("3")}, b.services())
	b.hangUp("b", switching.CauseNormalClearing)
	require.ElementsMatch(t, []string{
		"s 1 ConnectionCleared a/1001 normalClearing connected",
		"s 2 ConnectionCleared a/1001 normalClearing null",
		"s 3 ConnectionCleared a/1001 normalClearing connected",
	}, b.services())
	room := b.core.calls["a"].conference
	b.event(switching.Event{Kind: switching.ConferenceJoined, Leg: "a", Name: room})
	require.Empty(t, b.take(), "the other one is on its way to the room")
	b.event(switching.Event{Kind: switching.ConferenceJoined, Leg: "c", Name: room})
	require.Equal(t, switching.KeepAfterBridge{Leg: "a"}, b.last(switching.KeepAfterBridge{}).op)
	b.done(switching.KeepAfterBridge{})
	b.done(switching.KeepAfterBridge{})
	require.Equal(t, switching.Bridge{Leg: "a", Other: "c"}, b.last(switching.Bridge{}).op, "two do not need a room")
	b.hangUp("c", switching.CauseNormalClearing)
	require.Equal(t, "a", b.last(switching.HangUp{}).op.(switching.HangUp).Leg, "nobody stays alone in a conference")
	b.destroyed("b", "c")
	b.allHangUp("a")
}

func TestPartiesLeaveDuringAConsultation(t *testing.T) {
	t.Run("the held party", func(t *testing.T) {
		b, cl := three(t)
		two := b.consulting(cl, true)
		b.hangUp("b", switching.CauseNormalClearing)
		require.Equal(t, []string{
			"s 1 ConnectionCleared a/1001 normalClearing hold",
			"s 2 ConnectionCleared a/1001 normalClearing null",
			"s 1 ConnectionCleared a/1000 normalClearing null",
		}, b.services())
		cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
		require.Equal(t, []string{"s calls [" + two + "/1000[connected connected]]"}, b.services())
		b.destroyed("b")
		b.allHangUp("a", "c")
	})
	t.Run("the consulted party", func(t *testing.T) {
		b, cl := three(t)
		two := b.consulting(cl, true)
		b.hangUp("c", switching.CauseNormalClearing)
		b.simple(switching.LegParked, "a")
		b.services()
		cl.send(&ecma.RetrieveCall{CallToBeRetrieved: at("a", "1000")})
		b.done(switching.Bridge{})
		b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
		require.Equal(t, []string{
			"s RetrieveCallResponse",
			"s 1 ConnectionCleared " + two + "/1000 normalClearing null",
			"s 1 Retrieved a/1000 normal connected",
			"s 2 Retrieved a/1000 normal connected",
		}, b.services())
		b.destroyed("c")
		b.allHangUp("a", "b")
	})
	t.Run("the consulting device", func(t *testing.T) {
		b, cl := three(t)
		two := b.consulting(cl, false)
		b.hangUp("a", switching.CauseNormalClearing)
		require.Equal(t, []string{
			"s 1 ConnectionCleared a/1000 normalClearing null",
			"s 2 ConnectionCleared a/1000 normalClearing connected",
			"s 1 ConnectionCleared " + two + "/1000 normalClearing null",
			"s 3 ConnectionCleared " + two + "/1000 normalClearing alerting",
		}, b.services())
		b.allHangUp("b", "c", "a")
	})
}

func TestConsultedPartyBusy(t *testing.T) {
	b, cl := three(t)
	b.talk()
	cl.send(&ecma.ConsultationCall{ExistingCall: at("a", "1000"), ConsultedDevice: ecma.Subscriber("1002")})
	b.done(switching.Protect{})
	b.done(switching.Music{})
	b.done(switching.Route{})
	b.services()
	b.outbound("c", "1002", "a")
	b.hangUp("c", switching.CauseUserBusy)
	b.simple(switching.LegParked, "a")
	lines := b.services()
	require.Len(t, lines, 1)
	require.Contains(t, lines[0], "Failed")
	two := b.core.legs["a"].call.ID
	cl.send(&ecma.ReconnectCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	b.done(switching.Bridge{})
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	require.Equal(t, []string{
		"s ReconnectCallResponse",
		"s 1 ConnectionCleared " + two + "/1000 normalClearing null",
		"s 1 Retrieved a/1000 normal connected",
		"s 2 Retrieved a/1000 normal connected",
	}, b.services())
	b.destroyed("c")
	b.allHangUp("a", "b")
}

func TestConsultingNobody(t *testing.T) {
	begin := func(t *testing.T) (*bench, *client, string) {
		b, cl := three(t)
		b.talk()
		cl.send(&ecma.ConsultationCall{ExistingCall: at("a", "1000"), ConsultedDevice: ecma.Subscriber("1002")})
		b.done(switching.Protect{})
		b.done(switching.Music{})
		b.simple(switching.LegParked, "a")
		b.done(switching.Route{})
		b.services()
		b.pass(waits[forJoin].atMost)
		require.Empty(t, b.services(), "the leg only waits to be sent on")
		b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "1002"})
		return b, cl, b.core.legs["a"].call.ID
	}
	end := func(b *bench, two, cause string) {
		require.Equal(b.t, []string{
			"s 1 Failed " + two + "/1002 at 1002 " + cause + " connected",
		}, b.services())
		b.allHangUp("a", "b")
	}
	t.Run("not registered", func(t *testing.T) {
		b, _, two := begin(t)
		b.event(switching.Event{Kind: switching.LegParked, Leg: "a", Cause: switching.CauseUserNotRegistered})
		end(b, two, "destOutOfOrder")
	})
	t.Run("unknown to the dialplan", func(t *testing.T) {
		b, _, two := begin(t)
		b.simple(switching.LegParked, "a")
		require.Empty(t, b.services())
		b.pass(waits[forJoin].atMost)
		end(b, two, "destNotObtainable")
	})
	t.Run("late, but there", func(t *testing.T) {
		b, _, two := begin(t)
		b.simple(switching.LegParked, "a")
		b.outbound("c", "1002", "a")
		b.pass(waits[forJoin].atMost)
		require.Empty(t, b.services())
		b.simple(switching.LegProgress, "c")
		require.Equal(t, "s 1 Delivered "+two+"/1002 1000>1002 at 1002 consultation connected", b.services()[0])
		b.allHangUp("a", "b", "c")
	})
}

func TestQueue(t *testing.T) {
	b, cl := three(t)
	cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Queue("9500")}})
	b.inbound("a", "1000", "9500")
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "a", Name: "9500"})
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "a", Name: "9500"})
	b.simple(switching.LegAnswered, "a")
	require.Equal(t, []string{
		"s monitor 4",
		"s 1 ServiceInitiated a/1000 newCall initiated",
		"s 1 Originated a/1000 1000>9500 newCall connected",
		"s 1 Queued a/029500 1000>9500 1/0 newCall connected",
		"s 4 Queued a/029500 1000>9500 1/0 newCall queued",
		"s 1 Established a/029500 1000>9500 by 029500 newCall connected",
		"s 4 Established a/029500 1000>9500 by 029500 newCall connected",
	}, b.services())
	queue := ecma.ConnectionID{CallID: "a", Device: ecma.Queue("9500")}

	cl.send(&ecma.PlayMessage{MessageToBePlayed: "ivr/hello.wav", OverConnection: queue})
	id := b.last(switching.Play{}).op.(switching.Play).ID
	b.event(switching.Event{Kind: switching.PlayStarted, Leg: "a", Name: "ivr/hello.wav", Data: id})
	b.done(switching.Play{})
	cl.send(&ecma.PlayMessage{MessageToBePlayed: "ivr/hello.wav", OverConnection: queue})
	b.event(switching.Event{Kind: switching.DigitDetected, Leg: "a", Name: "5"})
	b.event(switching.Event{Kind: switching.PlayStopped, Leg: "a", Name: "ivr/hello.wav", Data: id})
	cl.send(&ecma.Stop{Connection: queue})
	require.Equal(t, []string{
		"s PlayMessageResponse",
		"s 1 Play a/029500 ivr/hello.wav", "s 4 Play a/029500 ivr/hello.wav",
		"s error resourceBusy",
		"s 1 Dtmf a/029500 5", "s 4 Dtmf a/029500 5",
		"s 1 Stop a/029500 ivr/hello.wav endOfMessageDetected", "s 4 Stop a/029500 ivr/hello.wav endOfMessageDetected",
		"s error incorrectMsgState",
	}, b.services())

	// What the dialplan plays is told, and is not a client's to stop.
	b.event(switching.Event{Kind: switching.PlayStarted, Leg: "a", Name: "ivr/wait.wav"})
	cl.send(&ecma.Stop{Connection: queue})
	require.Equal(t, []string{
		"s 1 Play a/029500 ivr/wait.wav", "s 4 Play a/029500 ivr/wait.wav", "s error incorrectMsgState",
	}, b.services())
	b.event(switching.Event{Kind: switching.PlayStopped, Leg: "a", Name: "ivr/wait.wav"})
	b.services()

	cl.send(&ecma.RecordMessage{CallToBeRecorded: queue, Resource: "rec/x.wav", MaxDuration: ecma.IntOf(3000)})
	b.event(switching.Event{Kind: switching.RecordStarted, Leg: "a", Name: "/sounds/rec/x.wav"})
	b.event(switching.Event{Kind: switching.RecordStopped, Leg: "a", Name: "/sounds/rec/x.wav"})
	for _, bad := range []string{"../x.wav", "/etc/passwd", "a//b", "a;b", "${x}", "http://x", "a b"} {
		cl.send(&ecma.RecordMessage{CallToBeRecorded: queue, Resource: bad})
	}
	require.Equal(t, []string{
		"s recording rec/x.wav",
		"s 1 Record a/029500 rec/x.wav", "s 4 Record a/029500 rec/x.wav",
		"s 1 Stop a/029500 rec/x.wav messageDurationExceeded", "s 4 Stop a/029500 rec/x.wav messageDurationExceeded",
		"s error invalidFile", "s error invalidFile", "s error invalidFile", "s error invalidFile", "s error invalidFile", "s error invalidFile", "s error invalidFile",
	}, b.services())

	cl.send(&ecma.SingleStepTransferCall{ActiveCall: queue, TransferredTo: ecma.Subscriber("1001")})
	b.done(switching.Route{})
	b.outbound("b", "1001", "a")
	b.simple(switching.LegProgress, "b")
	require.Equal(t, []string{
		"s transferred a/1001",
		"s 1 Transfered a/029500 a/1000 a/1001 by 029500 to 1001 singleStepTransfer connected",
		"s 4 Transfered a/029500 a/1000 a/1001 by 029500 to 1001 singleStepTransfer null",
		"s 1 Delivered a/1001 1000>1001 at 1001 singleStepTransfer connected",
		"s 2 Delivered a/1001 1000>1001 at 1001 singleStepTransfer alerting",
	}, b.services())
	b.allHangUp("a", "b")
}

func TestCallerAbandonsQueue(t *testing.T) {
	b, cl := three(t)
	cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Queue("9500")}})
	enter := func() {
		b.inbound("a", "1000", "9500")
		b.event(switching.Event{Kind: switching.QueueEntered, Leg: "a", Name: "9500"})
		b.services()
	}
	enter()
	b.hangUp("a", switching.CauseOriginatorCancel)
	require.Equal(t, []string{
		"s 1 ConnectionCleared a/1000 normalClearing null",
		"s 4 ConnectionCleared a/1000 normalClearing queued",
		"s 4 ConnectionCleared a/029500 normalClearing null",
	}, b.services())
	b.destroyed("a")
	enter()
	cl.send(&ecma.ClearConnection{Connection: ecma.ConnectionID{CallID: "a", Device: ecma.Queue("9500")}})
	b.hangUp("a", switching.CauseNormalClearing)
	require.Equal(t, []string{
		"s ClearConnectionResponse",
		"s 1 ConnectionCleared a/029500 normalClearing connected",
		"s 4 ConnectionCleared a/029500 normalClearing null",
		"s 1 ConnectionCleared a/1000 normalClearing null",
	}, b.services())
	b.destroyed("a")
	b.empty()
}

func TestTrunks(t *testing.T) {
	b, cl := three(t)
	cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.NetworkInterface("20")}})
	b.services()
	// Out.
	b.inbound("a", "1000", "20555")
	b.event(switching.Event{Kind: switching.TrunkLeaving, Leg: "a", Name: "20"})
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "x", Info: &switching.LegInfo{
		Direction: switching.Outbound, Dialled: "555", Originator: "a", Gateway: "gw"}})
	b.simple(switching.LegEarlyMedia, "x")
	b.simple(switching.LegProgress, "x")
	b.simple(switching.LegAnswered, "x")
	require.Equal(t, []string{
		"s 1 ServiceInitiated a/1000 newCall initiated",
		"s 1 Originated a/1000 1000>20555 newCall connected",
		"s 1 NetworkReached a/0120 1000>20555 newCall connected",
		"s 4 NetworkReached a/0120 1000>20555 newCall connected",
		"s 1 Delivered a/0120 1000>20555 at 555 networkSignal connected",
		"s 4 Delivered a/0120 1000>20555 at 555 networkSignal connected",
		"s 1 Established a/0120 1000>20555 by 555 networkSignal connected",
		"s 4 Established a/0120 1000>20555 by 555 networkSignal connected",
	}, b.services())
	b.allHangUp("a", "x")
	b.services()
	// In.
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "x", Info: &switching.LegInfo{
		Direction: switching.Inbound, Caller: "2015550100", Dialled: "193190"}})
	require.Empty(t, b.services(), "an unknown caller is not reported")
	b.event(switching.Event{Kind: switching.TrunkEntered, Leg: "x", Name: "20"})
	b.outbound("b", "1001", "x")
	b.simple(switching.LegProgress, "b")
	b.hangUp("x", switching.CauseOriginatorCancel)
	b.hangUp("b", switching.CauseOriginatorCancel)
	require.Equal(t, []string{
		"s 4 ServiceInitiated x/0120 newCall initiated",
		"s 4 Delivered x/1001 2015550100>193190 at 1001 newCall connected",
		"s 2 Delivered x/1001 2015550100>193190 at 1001 newCall alerting",
		"s 4 ConnectionCleared x/0120 normalClearing null",
		"s 2 ConnectionCleared x/0120 normalClearing alerting",
		"s 2 ConnectionCleared x/1001 callCancelled null",
	}, b.services())
	b.destroyed("x", "b")
	b.empty()
}

func TestPredictiveCallToQueue(t *testing.T) {
	b, cl := three(t)
	cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Queue("9500")}})
	b.services()
	cl.send(&ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("1001")})
	b.knows(switching.DeviceStatus{Device: "1001", Known: true, Registered: true})
	op := b.last(switching.Originate{}).op.(switching.Originate)
	require.Equal(t, "1001", op.Device)
	require.Equal(t, "9500", op.Then)
	b.outbound(op.Leg, "1001", "")
	b.simple(switching.LegProgress, op.Leg)
	b.simple(switching.LegAnswered, op.Leg)
	b.done(switching.Originate{})
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: op.Leg, Name: "9500"})
	id := op.Leg
	require.Equal(t, []string{
		"s predicts " + id + "/1001",
		"s 4 Delivered " + id + "/1001 029500>1001 at 1001 makePredictiveCall initiated",
		"s 2 Delivered " + id + "/1001 029500>1001 at 1001 makePredictiveCall alerting",
		"s 4 Established " + id + "/1001 029500>1001 by 1001 makePredictiveCall initiated",
		"s 2 Established " + id + "/1001 029500>1001 by 1001 makePredictiveCall connected",
		"s 4 Queued " + id + "/029500 029500>1001 1/0 makePredictiveCall queued",
		"s 2 Queued " + id + "/029500 029500>1001 1/0 makePredictiveCall connected",
		"s 4 Established " + id + "/029500 029500>1001 by 029500 makePredictiveCall connected",
		"s 2 Established " + id + "/029500 029500>1001 by 029500 makePredictiveCall connected",
	}, b.services())
	b.allHangUp(id)
}

func TestPredictiveCallFails(t *testing.T) {
	b, cl := three(t)
	cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Queue("9500")}})
	b.services()
	cl.send(&ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("sofia/external/555@127.0.0.1:5080")})
	id := b.last(switching.Originate{}).op.(switching.Originate).Leg
	b.event(switching.Event{Kind: switching.LegCreated, Leg: id, Info: &switching.LegInfo{Direction: switching.Outbound, Dialled: "555"}})
	b.hangUp(id, switching.CauseUserBusy)
	require.Equal(t, []string{
		"s predicts " + id + "/555",
		"s 4 Failed " + id + "/555 at 555 busy initiated",
		"s 4 ConnectionCleared " + id + "/029500 normalClearing null",
	}, b.services())
	b.destroyed(id)
	b.empty()
}

func TestTransfersAtThePhone(t *testing.T) {
	t.Run("blind", func(t *testing.T) {
		b, _ := three(t)
		b.talk()
		b.event(switching.Event{Kind: switching.TransferRequested, Leg: "a", Transfer: switching.TransferorBlind, Other: "b", Name: "1002"})
		b.event(switching.Event{Kind: switching.LegRouted, Leg: "b", Name: "1002"})
		b.outbound("c", "1002", "b")
		b.event(switching.Event{Kind: switching.LegHungUp, Leg: "a", Cause: switching.CauseNormalClearing, Transfer: switching.TransferorBlind})
		b.simple(switching.LegProgress, "c")
		require.Equal(t, []string{
			"s 1 Transfered a/1000 a/1001 a/1002 by 1000 to 1002 singleStepTransfer null",
			"s 2 Transfered a/1000 a/1001 a/1002 by 1000 to 1002 singleStepTransfer connected",
			"s 2 Delivered a/1002 1001>1002 at 1002 singleStepTransfer connected",
			"s 3 Delivered a/1002 1001>1002 at 1002 singleStepTransfer alerting",
		}, b.services())
		b.destroyed("a")
		b.allHangUp("b", "c")
	})
	t.Run("attended", func(t *testing.T) {
		b, _ := three(t)
		b.talk()
		b.simple(switching.LegHeld, "a")
		b.inbound("a2", "1000", "1002")
		b.outbound("c", "1002", "a2")
		b.simple(switching.LegProgress, "c")
		b.simple(switching.LegAnswered, "c")
		b.simple(switching.LegAnswered, "a2")
		b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a2", Other: "c"})
		b.services()
		b.event(switching.Event{Kind: switching.LegHungUp, Leg: "a2", Cause: switching.CauseAttendedTransfer, Transfer: switching.TransferorAttended})
		b.event(switching.Event{Kind: switching.LegHungUp, Leg: "a", Cause: switching.CauseNormalClearing, Transfer: switching.TransferorAttended})
		b.event(switching.Event{Kind: switching.LegsBridged, Leg: "b", Other: "c"})
		transfered := func(ref, local string) string {
			return "s " + ref + " Transfered a/1000+a2/1000 a/1001 a/1002 by 1000 to 1002 transfer " + local
		}
		require.Equal(t, []string{transfered("1", "null"), transfered("2", "connected"), transfered("3", "connected")}, b.services())
		b.destroyed("a", "a2")
		b.allHangUp("b", "c")
	})
	outside := func(t *testing.T, late bool) {
		b, cl := three(t)
		cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.NetworkInterface("20")}})
		for _, device := range []string{"1001", "1002"} {
			leg, from := "x"+device, device
			b.inbound(from, device, "20555")
			b.event(switching.Event{Kind: switching.TrunkLeaving, Leg: from, Name: "20"})
			b.event(switching.Event{Kind: switching.LegCreated, Leg: leg, Info: &switching.LegInfo{
				Direction: switching.Outbound, Dialled: "555", Originator: from, Gateway: "gw"}})
			b.simple(switching.LegAnswered, leg)
			b.simple(switching.LegAnswered, from)
			b.event(switching.Event{Kind: switching.LegsBridged, Leg: from, Other: leg})
		}
		secondGoes := func() {
			b.event(switching.Event{Kind: switching.LegHungUp, Leg: "x1002", Cause: switching.CauseAttendedTransfer, Transfer: switching.TransferorAttended})
		}
		b.event(switching.Event{Kind: switching.TransferRequested, Leg: "x1001", Transfer: switching.TransferorAttended, Other: "x1002"})
		if !late {
			secondGoes()
		}
		b.event(switching.Event{Kind: switching.LegHungUp, Leg: "x1001", Cause: switching.CauseNormalClearing, Transfer: switching.TransferorAttended})
		b.services()
		b.event(switching.Event{Kind: switching.LegsBridged, Leg: "1001", Other: "1002"})
		transfered := " Transfered 1001/1001+1002/1002 1001/1001 1001/1002 by ? to 1002 transfer connected"
		require.Equal(t, []string{
			"s 2" + transfered, "s 4" + transfered, "s 3" + transfered,
			"s 2 ConnectionCleared 1001/0120 normalClearing connected",
			"s 4 ConnectionCleared 1001/0120 normalClearing null",
			"s 3 ConnectionCleared 1001/0120 normalClearing connected",
			"s 4 ConnectionCleared 1002/0120 normalClearing null",
		}, b.services())
		cl.send(&ecma.SnapshotDevice{Object: ecma.NetworkInterface("20")})
		require.Equal(t, []string{"s calls []"}, b.services())
		if late {
			secondGoes()
		}
		b.pass(waits[forTransfer].atMost)
		require.Empty(t, b.services())
		b.destroyed("x1001", "x1002")
		b.allHangUp("1001", "1002")
	}
	t.Run("attended, by somebody outside", func(t *testing.T) { outside(t, false) })
	t.Run("attended, by somebody outside, whose second leg goes late", func(t *testing.T) { outside(t, true) })
	t.Run("attended, joined before the phone's legs end", func(t *testing.T) {
		b, _ := three(t)
		b.talk()
		b.simple(switching.LegHeld, "b")
		b.inbound("c", "1002", "1001")
		b.outbound("b2", "1001", "c")
		b.simple(switching.LegProgress, "b2")
		b.simple(switching.LegAnswered, "b2")
		b.event(switching.Event{Kind: switching.LegsBridged, Leg: "c", Other: "b2"})
		b.services()
		b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "c"})
		b.event(switching.Event{Kind: switching.LegHungUp, Leg: "b2", Cause: switching.CauseAttendedTransfer, Transfer: switching.TransferorAttended})
		b.event(switching.Event{Kind: switching.LegHungUp, Leg: "b", Cause: switching.CauseNormalClearing, Transfer: switching.TransferorAttended})
		transfered := func(ref, local string) string {
			return "s " + ref + " Transfered a/1001+c/1001 a/1000 a/1002 by 1001 to 1002 transfer " + local
		}
		require.Equal(t, []string{transfered("1", "connected"), transfered("2", "null"), transfered("3", "connected")}, b.services())
		b.destroyed("b", "b2")
		b.allHangUp("a", "c")
	})
	t.Run("attended, while it rings", func(t *testing.T) {
		b, _ := three(t)
		b.talk()
		b.simple(switching.LegHeld, "a")
		b.inbound("a2", "1000", "1002")
		b.outbound("c", "1002", "a2")
		b.simple(switching.LegProgress, "c")
		b.services()
		b.event(switching.Event{Kind: switching.LegHungUp, Leg: "a2", Cause: switching.CauseNormalClearing, Transfer: switching.TransferorAttended})
		b.simple(switching.LegUnheld, "a")
		b.event(switching.Event{Kind: switching.LegHungUp, Leg: "a", Cause: switching.CauseNormalClearing, Transfer: switching.TransferorAttended})
		b.pass(waits[forHangUpBehindUnhold].atMost)
		transfered := func(ref, local string) string {
			return "s " + ref + " Transfered a/1000+a2/1000 a/1001 a/1002 by 1000 to 1002 transfer " + local
		}
		require.Equal(t, []string{transfered("1", "null"), transfered("2", "connected"), transfered("3", "alerting")}, b.services())
		b.hangUp("b", switching.CauseNormalClearing)
		b.hangUp("c", switching.CauseAttendedTransfer)
		require.Equal(t, []string{
			"s 2 ConnectionCleared a/1001 normalClearing null",
			"s 3 ConnectionCleared a/1001 normalClearing alerting",
			"s 3 ConnectionCleared a/1002 callCancelled null",
		}, b.services())
		b.destroyed("a", "a2", "b", "c")
		b.pass(waits[forTransfer].atMost)
		b.empty()
	})
	t.Run("attended, but never joined", func(t *testing.T) {
		b, _ := watched(t)
		b.talk()
		b.event(switching.Event{Kind: switching.LegHungUp, Leg: "a", Cause: switching.CauseNormalClearing, Transfer: switching.TransferorAttended})
		require.Empty(t, b.services())
		b.pass(waits[forTransfer].atMost)
		require.Equal(t, []string{
			"s 1 ConnectionCleared a/1000 normalClearing null",
			"s 2 ConnectionCleared a/1000 normalClearing connected",
		}, b.services())
		b.destroyed("a")
		b.allHangUp("b")
	})
}

func TestServicesOfConnectionsInTheWrongState(t *testing.T) {
	b, cl := three(t)
	b.ringing()
	b.take()
	gone := at("nothing", "1000")
	foreign := at("a", "1002")
	alerting := at("a", "1001")
	for _, tt := range []struct {
		ask  ecma.Message
		want string
	}{
		{&ecma.HoldCall{CallToBeHeld: gone}, "invalidCallID"},
		{&ecma.HoldCall{CallToBeHeld: foreign}, "invalidConnectionID"},
		{&ecma.HoldCall{CallToBeHeld: alerting}, "invalidConnectionState"},
		{&ecma.HoldCall{CallToBeHeld: ecma.ConnectionID{Device: ecma.Subscriber("1002")}}, "noActiveCall"},
		{&ecma.HoldCall{}, "invalidConnectionID"},
		{&ecma.RetrieveCall{CallToBeRetrieved: at("a", "1000")}, "invalidConnectionState"},
		{&ecma.RetrieveCall{CallToBeRetrieved: ecma.ConnectionID{Device: ecma.Subscriber("1002")}}, "noHeldCall"},
		{&ecma.DeflectCall{CallToBeDiverted: alerting}, "invalidDestination"},
		{&ecma.DeflectCall{CallToBeDiverted: alerting, NewDestination: []ecma.DeviceID{ecma.Subscriber("1 inline")}}, "invalidDestination"},
		{&ecma.DeflectCall{CallToBeDiverted: at("a", "1000"), NewDestination: []ecma.DeviceID{ecma.Subscriber("1002")}}, "invalidConnectionState"},
		{&ecma.SingleStepTransferCall{ActiveCall: at("a", "1000"), TransferredTo: ecma.Subscriber("1002")}, "invalidActiveConnectionState"},
		{&ecma.SingleStepTransferCall{ActiveCall: foreign, TransferredTo: ecma.Subscriber("1002")}, "invalidActiveConnectionID"},
		{&ecma.SingleStepTransferCall{ActiveCall: at("a", "1000"), TransferredTo: ecma.Subscriber("a,b")}, "invalidDestination"},
		{&ecma.ConsultationCall{ExistingCall: alerting, ConsultedDevice: ecma.Subscriber("1002")}, "invalidConnectionState"},
		{&ecma.ConsultationCall{ExistingCall: at("a", "1000"), ConsultedDevice: ecma.Subscriber("&x")}, "invalidCalledDeviceID"},
		{&ecma.AlternateCall{HeldCall: gone, ActiveCall: at("a", "1000")}, "invalidCallID"},
		{&ecma.TransferCall{HeldCall: foreign, ActiveCall: at("a", "1000")}, "invalidHeldConnectionID"},
		{&ecma.TransferCall{HeldCall: alerting, ActiveCall: at("a", "1000")}, "notSameDevice"},
		{&ecma.ConferenceCall{HeldCall: at("a", "1000"), ActiveCall: at("a", "1000")}, "invalidActiveCallObject"},
		{&ecma.ReconnectCall{HeldCall: at("a", "1000"), ActiveCall: foreign}, "invalidActiveConnectionID"},
		{&ecma.PlayMessage{MessageToBePlayed: "x.wav", OverConnection: alerting}, "invalidConnectionState"},
		{&ecma.PlayMessage{MessageToBePlayed: "../x.wav", OverConnection: at("a", "1000")}, "invalidFile"},
		{&ecma.RecordMessage{CallToBeRecorded: at("a", "1000"), MaxDuration: ecma.IntOf(0)}, "invalidParameterValue"},
		{&ecma.Stop{Connection: at("a", "1000")}, "incorrectMsgState"},
		{&ecma.MakePredictiveCall{CallingDevice: ecma.NetworkInterface("20"), Called: ecma.Subscriber("1001")}, "requestIncompatibleWithCallingDevice"},
		{&ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("sofia/x/{y}")}, "invalidCalledDeviceID"},
		{&ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("sofia/external/1@127.0.0.1")}, "privilegeViolationCalledDevice"},
		{&ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("1001"), AlertTime: ecma.IntOf(100000)}, "valueOutOfRange"},
		{&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber("1000")}, Type: ecma.MonitorCall}, "monitorTypeNotSupported"},
		{&ecma.MonitorStart{Object: ecma.MonitorObject{Call: gone}}, "invalidCallID"},
		{&ecma.MonitorStart{}, "invalidMonitorObject"},
		{&ecma.ParkCall{}, "serviceNotSupported"},
	} {
		cl.send(tt.ask)
		require.Equal(t, []string{"s error " + tt.want}, b.services(), "%T", tt.ask)
	}
	cl.send(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "a"}})
	require.Equal(t, []string{"s endpoints [a/1000 connected a/1001 alerting] 1000>1001"}, b.services(), "nothing has changed")
}

func TestCallMonitor(t *testing.T) {
	b := newBench(t)
	cl := b.client("s")
	b.ringing()
	cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Call: ecma.ConnectionID{CallID: "a"}}})
	b.simple(switching.LegAnswered, "b")
	b.allHangUp("b", "a")
	require.Equal(t, []string{
		"s monitor 1",
		"s 1 Established a/1001 1000>1001 by 1001 newCall ",
		"s 1 ConnectionCleared a/1001 normalClearing ",
		"s 1 ConnectionCleared a/1000 normalClearing ",
		"s CallClearedEvent",
	}, b.services())
	require.Zero(t, b.core.model.Monitors.Len(), "the monitor ended with its call")
}

func TestConsultedQueueEndsWithTheConsultation(t *testing.T) {
	b, cl := three(t)
	b.talk()
	cl.send(&ecma.ConsultationCall{ExistingCall: at("a", "1000"), ConsultedDevice: ecma.Subscriber("9500")})
	b.done(switching.Protect{})
	b.done(switching.Music{})
	b.done(switching.Route{})
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "a", Name: "9500"})
	two := b.core.legs["a"].call.ID
	b.services()
	cl.send(&ecma.ReconnectCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	b.simple(switching.LegParked, "a")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	require.Equal(t, []string{
		"s ReconnectCallResponse",
		"s 1 ConnectionCleared " + two + "/1000 normalClearing null",
		"s 1 Retrieved a/1000 normal connected",
		"s 2 Retrieved a/1000 normal connected",
	}, b.services())
	b.allHangUp("a", "b")
	require.Zero(t, b.core.counters.Repairs)
}

// The switch has sent the leg on, and the news that it has left where it was parked is on
// its way still.
func TestTransferToWhatTheSwitchAnswersAtOnce(t *testing.T) {
	b, cl := three(t)
	b.talk()
	cl.send(&ecma.ConsultationCall{ExistingCall: at("a", "1000"), ConsultedDevice: ecma.Subscriber("9196")})
	b.done(switching.Protect{})
	b.done(switching.Music{})
	b.simple(switching.LegParked, "a")
	b.done(switching.Route{})
	two := b.core.legs["a"].call.ID
	b.services()
	cl.send(&ecma.TransferCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	require.Empty(t, b.services())
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "9196"})
	b.pass(time.Second)
	b.done(switching.Protect{})
	require.Contains(t, b.services(), "s 2 Transfered a/1000+"+two+"/1000 a/1001 by 1000 to 9196 transfer connected")
}

func TestTransferToAConsultedQueue(t *testing.T) {
	b, cl := three(t)
	cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Queue("9500")}})
	b.talk()
	cl.send(&ecma.ConsultationCall{ExistingCall: at("a", "1000"), ConsultedDevice: ecma.Subscriber("9500")})
	b.done(switching.Protect{})
	b.done(switching.Music{})
	b.done(switching.Route{})
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "a", Name: "9500", Data: "9500"})
	two := b.core.legs["a"].call.ID
	b.services()
	cl.send(&ecma.TransferCall{HeldCall: at("a", "1000"), ActiveCall: at(two, "1000")})
	b.done(switching.Protect{})
	transfered := func(ref, local string) string {
		return "s " + ref + " Transfered a/1000+" + two + "/1000 a/1001 a/029500 by 1000 to 029500 transfer " + local
	}
	require.Equal(t, []string{
		"s transferred a/029500",
		transfered("1", "null"), transfered("2", "connected"), transfered("4", "connected"),
	}, b.services())
	b.hangUp("a", switching.CauseNormalClearing)
	require.Equal(t, switching.Route{Leg: "b", Number: "9500", For: "1000"}, b.last(switching.Route{}).op)
	b.done(switching.Route{})
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "b", Name: "9500"})
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "b", Name: "9500", Data: "9500"})
	require.Empty(t, b.services(), "it has taken the place that was waiting for it")
	b.destroyed("a")
	b.allHangUp("b")
	require.Equal(t, []string{
		"s 2 ConnectionCleared a/1001 normalClearing null",
		"s 4 ConnectionCleared a/1001 normalClearing connected",
		"s 4 ConnectionCleared a/029500 normalClearing null",
	}, b.services())
	require.Zero(t, b.core.counters.Repairs)
}

func TestQueueIsReportedBeforeTheWayThere(t *testing.T) {
	b, cl := three(t)
	cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Queue("9500")}})
	b.talk()
	cl.send(&ecma.SingleStepTransferCall{ActiveCall: at("a", "1001"), TransferredTo: ecma.Subscriber("9500")})
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "a", Name: "9500", Data: "9500"})
	b.hangUp("b", switching.CauseNormalClearing)
	b.services()
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "9500"})
	b.done(switching.Route{})
	require.Empty(t, b.services(), "it tells how the leg came here")
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "1002"})
	require.Len(t, b.services(), 2, "it leaves the queue")
	b.destroyed("b")
	b.allHangUp("a")
}

// Who is held, or is about to be, cannot transfer the one that consults: that one's leg
// serves both its calls.
func TestTheHeldPartyTransfersNobodyWhoConsults(t *testing.T) {
	b, cl := three(t)
	b.talk()
	transfer := &ecma.SingleStepTransferCall{ActiveCall: at("a", "1001"), TransferredTo: ecma.Subscriber("1003")}
	cl.send(&ecma.ConsultationCall{ExistingCall: at("a", "1000"), ConsultedDevice: ecma.Subscriber("1002")})
	cl.send(transfer)
	require.Equal(t, []string{"s error invalidActiveConnectionState"}, b.services())
	b.done(switching.Protect{})
	b.services()
	cl.send(transfer)
	require.Equal(t, []string{"s error invalidActiveConnectionState"}, b.services())
	b.allHangUp("a", "b")
}
