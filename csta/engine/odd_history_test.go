package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// Histories that random inputs found to go wrong once (FuzzCore).

// An operator joins two lines of the same phone: it has one connection in the
// call that is left, not two of the same name.
func TestDeviceJoinedWithItself(t *testing.T) {
	b, _ := watched(t)
	for _, leg := range []string{"a", "b"} {
		b.inbound(leg, "1000", "9500")
		b.simple(switching.LegAnswered, leg)
	}
	b.take()
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	require.Equal(t, []string{"s 1 Transfered a/1000+b/1000 a/1000 by ? to 1000 transfer connected"}, b.take("Note"))
	require.Len(t, b.core.calls, 1)
	require.Len(t, b.core.calls["a"].Connections, 1)
	b.hangUp("a", switching.CauseNormalClearing)
	b.destroyed("a")
	require.Empty(t, b.take(), "the other line is still there")
	b.hangUp("b", switching.CauseNormalClearing)
	b.destroyed("b")
	require.Equal(t, []string{"s 1 ConnectionCleared a/1000 normalClearing null"}, b.take())
	b.empty()
}

// An operator joins the phone that a Make Call prompts with another call, before
// it answers: the call that was being made is over.
func TestPromptedPhoneIsJoinedWithAnotherCall(t *testing.T) {
	b, cl := watched(t)
	b.inbound("x", "1002", "9500")
	b.simple(switching.LegAnswered, "x")
	cl.send(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: ecma.Subscriber("1001")})
	b.knows(switching.DeviceStatus{Device: "1000", Known: true, Registered: true})
	leg := b.last(switching.Originate{}).op.(switching.Originate).Leg
	b.outbound(leg, "1000", "")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: leg, Other: "x"})
	for _, l := range []string{leg, "x"} {
		b.hangUp(l, switching.CauseNormalClearing)
		b.destroyed(l)
	}
	b.pass(time.Minute)
	b.empty()
}

// A caller picks up its own call with a second line: it is in that call already.
func TestOwnCallIsPickedUp(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.inbound("p", "1000", "pick-b")
	b.simple(switching.LegAnswered, "p")
	b.take()
	b.hangUp("b", switching.CausePickedOff)
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "p"})
	require.Len(t, b.core.calls, 1)
	require.Len(t, b.core.calls["a"].Connections, 1)
	require.Equal(t, []string{
		"s 1 ConnectionCleared p/1000 normalClearing null",
		"s 1 Diverted a/1001 to 1000 callPickup connected",
		"s 2 Diverted a/1001 to 1000 callPickup null",
	}, b.take("Note"))
	for _, leg := range []string{"a", "p"} {
		b.hangUp(leg, switching.CauseNormalClearing)
	}
	b.destroyed("b", "a", "p")
	require.Equal(t, []string{"s 1 ConnectionCleared a/1000 normalClearing null"}, b.take("Note"))
	b.empty()
}

// An operator joins one line of a phone with the party that its other line talks
// to: the phone has one connection in the call that is left, whichever line ends.
func TestOneLineIsJoinedWithThePartyOfTheOther(t *testing.T) {
	b, _ := three(t)
	b.talk()
	b.inbound("a2", "1000", "1002")
	b.outbound("c", "1002", "a2")
	b.simple(switching.LegProgress, "c")
	b.simple(switching.LegAnswered, "c")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a2", Other: "c"})
	b.services()
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "c"})
	require.Len(t, b.services(), 3, "the three parties are told of it")
	require.Len(t, b.core.calls, 1)
	b.hangUp("b", switching.CauseNormalClearing)
	require.Len(t, b.services(), 3)
	b.hangUp("a2", switching.CauseNormalClearing)
	require.Empty(t, b.services(), "the first line is still there")
	b.destroyed("b", "a2")
	b.allHangUp("a", "c")
	require.Equal(t, []string{
		"s 1 ConnectionCleared a/1000 normalClearing null",
		"s 3 ConnectionCleared a/1000 normalClearing connected",
		"s 3 ConnectionCleared a/1002 normalClearing null",
	}, b.services())
}

// A phone that waits in a queue with two lines joins a call with one of them: the
// other one keeps its place.
func TestTransferIntoAQueueThatTheDeviceWaitsInTwice(t *testing.T) {
	b, _ := watched(t)
	for _, leg := range []string{"first", "second"} {
		b.inbound(leg, "1000", "9500")
		b.event(switching.Event{Kind: switching.QueueEntered, Leg: leg, Name: "9500"})
		b.simple(switching.LegAnswered, leg)
	}
	b.talk()
	b.take()
	b.event(switching.Event{Kind: switching.TransferRequested, Leg: "a", Transfer: switching.TransferorAttended, Other: "second"})
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "b", Name: "9500"})
	require.NotNil(t, b.core.legs["first"].queue.conn)
	require.Nil(t, b.core.legs["second"].queue.conn)
	require.NotNil(t, b.core.calls["first"].Of(ecma.Subscriber("1000")))
}

// The party that was called is reported before the one that called it: it is no
// call of its own.
func TestCalledLegComesBeforeItsCaller(t *testing.T) {
	b, _ := watched(t)
	b.outbound("b", "1001", "a")
	b.inbound("a", "1000", "1001")
	b.simple(switching.LegProgress, "b")
	require.Len(t, b.core.calls, 1)
	require.Equal(t, []string{
		"s 1 ServiceInitiated a/1000 newCall initiated",
		"s 1 Originated a/1000 1000>1001 newCall connected",
		"s 1 Delivered a/1001 1000>1001 at 1001 newCall connected",
		"s 2 Delivered a/1001 1000>1001 at 1001 newCall alerting",
	}, b.take("Note"))
	require.EqualValues(t, 1, b.core.counters.Repairs)
	b.allHangUp("b", "a")
	b.empty()
	require.True(t, b.core.rules.settler.Quiet())
}

// A device that calls itself hangs up, and its other phone answers a moment later: that
// is a part of its own in the call, since the first has ended.
func TestOwnCallIsAnsweredAfterItsCallerLeft(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1000")
	b.simple(switching.LegAnswered, "a")
	b.outbound("b", "1000", "a")
	b.simple(switching.LegProgress, "b")
	b.hangUp("a", switching.CauseNormalClearing)
	b.take()
	b.simple(switching.LegAnswered, "b")
	require.Equal(t, []string{
		"s 1 Delivered a/1000 1000>1000 at 1000 newCall alerting", "s 1 Established a/1000 1000>1000 by 1000 newCall connected",
	}, b.take("Note"))
	b.hangUp("b", switching.CauseNormalClearing)
	b.destroyed("a", "b")
	b.empty()
	require.Zero(t, b.core.counters.Repairs)
}

// A phone that calls itself refuses the call: its one part in it ends once.
func TestOwnCallIsRefused(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1000")
	b.outbound("b", "1000", "a")
	b.simple(switching.LegProgress, "b")
	b.take()
	b.hangUp("a", switching.CauseUserBusy)
	b.hangUp("b", switching.CauseUserBusy)
	b.destroyed("a", "b")
	require.Equal(t, []string{"s 1 ConnectionCleared a/1000 normalClearing null"}, b.take("Note"))
	require.Zero(t, b.core.counters.Repairs)
	b.empty()
}

// The switch has nobody for a device that calls its own number: that it failed is told of
// no connection, as the only one is the caller's.
func TestOwnCallReachesNobody(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1000")
	b.hangUp("a", switching.CauseNoRouteDestination)
	require.Equal(t, []string{
		"s 1 ServiceInitiated a/1000 newCall initiated", "s 1 Originated a/1000 1000>1000 newCall connected",
		"s 1 Failed a/ at 1000 destNotObtainable connected", "s 1 ConnectionCleared a/1000 normalClearing null",
	}, b.take("Note"))
	b.destroyed("a")
	b.empty()
}

func TestConsultingOneselfReachesNobody(t *testing.T) {
	b, cl := watched(t)
	b.talk()
	cl.send(&ecma.ConsultationCall{ExistingCall: at("a", "1000"), ConsultedDevice: ecma.Subscriber("1000")})
	b.done(switching.Protect{})
	b.done(switching.Music{})
	b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "b"})
	b.done(switching.Route{})
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "1000"})
	two := b.core.legs["a"].call.ID
	b.take()
	b.event(switching.Event{Kind: switching.LegParked, Leg: "a", Cause: switching.CauseNoRouteDestination})
	require.Equal(t, []string{"s 1 Failed " + two + "/ at 1000 destNotObtainable connected"}, b.take("Note"))
	b.allHangUp("a", "b")
}

// A call that rings at two devices is deflected from both: it can go to one place only.
func TestCallIsDeflectedTwice(t *testing.T) {
	b, cl := three(t)
	b.inbound("a", "1000", "2000")
	for leg, device := range map[string]string{"b": "1001", "c": "1002"} {
		b.outbound(leg, device, "a")
		b.simple(switching.LegProgress, leg)
	}
	b.services()
	cl.send(&ecma.DeflectCall{CallToBeDiverted: at("a", "1001"), NewDestination: []ecma.DeviceID{ecma.Subscriber("1003")}})
	cl.send(&ecma.DeflectCall{CallToBeDiverted: at("a", "1002"), NewDestination: []ecma.DeviceID{ecma.Subscriber("1004")}})
	require.Equal(t, []string{"s error invalidConnectionState"}, b.services())
	b.done(switching.Route{})
	require.Contains(t, b.services(), "s DeflectCallResponse")
	b.allHangUp("b", "c", "a")
}

// A party is being taken up again while a service asks for its device's two calls.
func TestTwoCallsWhileOneIsTakenUp(t *testing.T) {
	b, cl := three(t)
	b.talk()
	b.simple(switching.LegHeld, "a")
	b.inbound("a2", "1000", "1002")
	b.outbound("c", "1002", "a2")
	b.simple(switching.LegAnswered, "c")
	b.simple(switching.LegAnswered, "a2")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a2", Other: "c"})
	b.pass(b.core.opts.SettleTime)
	b.services()
	cl.send(&ecma.RetrieveCall{CallToBeRetrieved: at("a", "1000")})
	b.done(switching.Unhold{})
	cl.send(&ecma.AlternateCall{HeldCall: at("a", "1000"), ActiveCall: at("a2", "1000")})
	require.Equal(t, []string{"s error invalidActiveConnectionState"}, b.services())
	b.simple(switching.LegUnheld, "a")
	require.Contains(t, b.services(), "s RetrieveCallResponse")
	b.allHangUp("a", "a2", "b", "c")
}

// ofQueue are the lines that the fourth monitor was told (queueWatched).
func (b *bench) ofQueue() []string {
	var lines []string
	for _, line := range b.take() {
		if strings.HasPrefix(line, "s 4 ") {
			lines = append(lines, line)
		}
	}
	return lines
}

func (b *bench) queued(leg string) {
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: leg, Name: "9500"})
}

// transfersIntoTheQueue has the phone that talks on leg a call the queue, on a2, and transfer
// its partner there.
func (b *bench) transfersIntoTheQueue() {
	b.inbound("a2", "1000", "9500")
	b.queued("a2")
	b.simple(switching.LegAnswered, "a2")
	b.take()
	b.event(switching.Event{Kind: switching.TransferRequested, Leg: "a", Transfer: switching.TransferorAttended, Other: "a2"})
	b.queued("b")
}

// A leg that was called waits in a queue before it rings, and goes: so does the queue's
// part in the call.
func TestUnheardLegLeavesItsQueue(t *testing.T) {
	b, _ := queueWatched(t)
	b.talk()
	b.outbound("c", "1002", "a")
	b.queued("c")
	b.hangUp("c", switching.CauseNoAnswer)
	require.Equal(t, []string{
		"s 4 Queued a/029500 1000>1001 1/0 newCall queued", "s 4 Failed a/1002 at 1002 callNotAnswered queued",
		"s 4 ConnectionCleared a/029500 normalClearing null",
	}, b.ofQueue())
	b.destroyed("c")
	b.allHangUp("a", "b")
	b.empty()
	require.Zero(t, b.core.counters.Repairs)
}

// Both calls of a phone wait in the same queue when it transfers the one into the queue
// with the other: the queue has one connection in the call that is left, and is told of it
// once.
func TestBothCallsOfATransferWaitInTheQueue(t *testing.T) {
	b, _ := queueWatched(t)
	b.talk()
	b.outbound("c", "1002", "a")
	b.queued("c")
	b.transfersIntoTheQueue()
	require.Equal(t, []string{
		"s 4 ConnectionCleared a/029500 normalClearing null",
		"s 4 Transfered a/1000+a2/1000 a/1001 a/029500 by 1000 to 029500 transfer connected",
	}, b.ofQueue())
	require.Len(t, b.core.model.Devices.Find(ecma.Queue("9500")).Connections, 1)
	require.Nil(t, b.core.legs["c"].queue.conn)
	b.hangUp("c", switching.CauseNoAnswer)
	require.Equal(t, []string{"s 4 Failed a/1002 at 1002 callNotAnswered connected"}, b.ofQueue(), "it is another leg that waits there")
	b.destroyed("c")
	b.allHangUp("a2", "a", "b")
	b.empty()
	require.Zero(t, b.core.counters.Repairs)
}

// The same, and the leg of the first call that waited there has gone.
func TestOneCallOfATransferHasWaitedInTheQueue(t *testing.T) {
	b, _ := queueWatched(t)
	b.talk()
	b.outbound("c", "1002", "a")
	b.queued("c")
	b.hangUp("c", switching.CauseNoAnswer)
	b.transfersIntoTheQueue()
	require.Equal(t, []string{
		"s 4 Transfered a/1000+a2/1000 a/1001 a/029500 by 1000 to 029500 transfer connected",
	}, b.ofQueue())
	b.destroyed("c")
	b.allHangUp("a2", "a", "b")
}

// Two legs of a call wait in the same queue: the call does as long as one of them does.
func TestCallWaitsInAQueueWithTwoLegs(t *testing.T) {
	b, _ := queueWatched(t)
	b.talk()
	b.queued("a")
	b.queued("b")
	b.take()
	b.hangUp("b", switching.CauseNormalClearing)
	require.Equal(t, []string{"s 4 ConnectionCleared a/1001 normalClearing connected"}, b.ofQueue())
	b.destroyed("b")
	b.hangUp("a", switching.CauseNormalClearing)
	require.Contains(t, b.ofQueue(), "s 4 ConnectionCleared a/029500 normalClearing null")
	b.destroyed("a")
	b.empty()
	require.Zero(t, b.core.counters.Repairs)
}

// A phone's transfer joins the parties of two calls that wait in the same queue: it is the
// phone that has transferred them, be the queue in them longer.
func TestTransferOfTwoCallsInOneQueue(t *testing.T) {
	b, _ := queueWatched(t)
	for caller, line := range map[string]string{"x": "a1", "y": "a2"} {
		device := map[string]string{"x": "1001", "y": "1002"}[caller]
		b.inbound(caller, device, "9500")
		b.queued(caller)
		b.simple(switching.LegAnswered, caller)
		b.outbound(line, "1000", caller)
		b.simple(switching.LegAnswered, line)
		b.queued(caller)
	}
	b.take()
	for _, line := range []string{"a1", "a2"} {
		b.event(switching.Event{Kind: switching.LegHungUp, Leg: line, Cause: switching.CauseAttendedTransfer, Transfer: switching.TransferorAttended})
	}
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "x", Other: "y"})
	lines := b.take("Note")
	require.Contains(t, strings.Join(lines, "\n"), "by 1000 to")
	require.NotContains(t, strings.Join(lines, "\n"), "by 029500")
	b.destroyed("a1", "a2")
	b.allHangUp("x", "y")
	b.empty()
	require.Zero(t, b.core.counters.Repairs)
}
