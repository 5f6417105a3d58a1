package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// watched is a bench with one client that monitors 1000 (reference 1) and 1001
// (reference 2).
func watched(t *testing.T) (*bench, *client) {
	b := newBench(t)
	cl := b.client("s")
	require.Equal(t, "1", cl.monitor("1000"))
	require.Equal(t, "2", cl.monitor("1001"))
	return b, cl
}

// ringing has 1000 (leg a) call 1001 (leg b) as far as ringing.
func (b *bench) ringing() {
	b.inbound("a", "1000", "1001")
	b.outbound("b", "1001", "a")
	b.simple(switching.LegProgress, "b")
	b.simple(switching.LegProgress, "a")
}

func TestBasicCallClearedByCaller(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.simple(switching.LegAnswered, "b")
	b.simple(switching.LegAnswered, "a")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	require.Equal(t, []string{
		"s 1 ServiceInitiated a/1000 newCall initiated",
		"s 1 Originated a/1000 1000>1001 newCall connected",
		"s 1 Delivered a/1001 1000>1001 at 1001 newCall connected",
		"s 2 Delivered a/1001 1000>1001 at 1001 newCall alerting",
		"s 1 Established a/1001 1000>1001 by 1001 newCall connected",
		"s 2 Established a/1001 1000>1001 by 1001 newCall connected",
	}, b.take())
	b.hangUp("a", switching.CauseNormalClearing)
	b.hangUp("b", switching.CauseNormalClearing)
	b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "b"})
	b.destroyed("b", "a")
	require.Equal(t, []string{
		"s 1 ConnectionCleared a/1000 normalClearing null",
		"s 2 ConnectionCleared a/1000 normalClearing connected",
		"s 2 ConnectionCleared a/1001 normalClearing null",
	}, b.take())
	b.empty()
	require.Zero(t, b.core.counters.Repairs)
}

func TestCallsThatEndBeforeTheyAreAnswered(t *testing.T) {
	initiated := "s 1 ServiceInitiated a/1000 newCall initiated"
	originated := "s 1 Originated a/1000 1000>1001 newCall connected"
	delivered := []string{initiated, originated,
		"s 1 Delivered a/1001 1000>1001 at 1001 newCall connected",
		"s 2 Delivered a/1001 1000>1001 at 1001 newCall alerting"}
	tests := []struct {
		name string
		do   func(b *bench)
		want []string
	}{
		{"busy", func(b *bench) {
			b.inbound("a", "1000", "1001")
			b.outbound("b", "1001", "a")
			b.hangUp("b", switching.CauseUserBusy)
			b.hangUp("a", switching.CauseUserBusy)
			b.destroyed("b", "a")
		}, []string{initiated, originated,
			"s 1 Failed a/1001 at 1001 busy connected",
			"s 1 ConnectionCleared a/1000 normalClearing null"}},
		{"not registered", func(b *bench) {
			b.inbound("a", "1000", "1001")
			b.hangUp("a", switching.CauseUserNotRegistered)
			b.destroyed("a")
		}, []string{initiated, originated,
			"s 1 Failed a/1001 at 1001 destOutOfOrder connected",
			"s 1 ConnectionCleared a/1000 normalClearing null"}},
		{"unknown number", func(b *bench) {
			b.inbound("a", "1000", "1001")
			b.hangUp("a", switching.CauseNoRouteDestination)
			b.destroyed("a")
		}, []string{initiated, originated,
			"s 1 Failed a/1001 at 1001 destNotObtainable connected",
			"s 1 ConnectionCleared a/1000 normalClearing null"}},
		{"no answer", func(b *bench) {
			b.ringing()
			b.hangUp("b", switching.CauseNoAnswer)
			b.hangUp("a", switching.CauseNoAnswer)
			b.destroyed("b", "a")
		}, append(delivered[:4:4],
			"s 1 ConnectionCleared a/1001 callNotAnswered connected",
			"s 2 ConnectionCleared a/1001 callNotAnswered null",
			"s 1 ConnectionCleared a/1000 normalClearing null")},
		{"rejected", func(b *bench) {
			b.ringing()
			b.hangUp("b", switching.CauseCallRejected)
			b.hangUp("a", switching.CauseCallRejected)
			b.destroyed("b", "a")
		}, append(delivered[:4:4],
			"s 1 ConnectionCleared a/1001 callCancelled connected",
			"s 2 ConnectionCleared a/1001 callCancelled null",
			"s 1 ConnectionCleared a/1000 normalClearing null")},
		{"abandoned", func(b *bench) {
			b.ringing()
			b.hangUp("a", switching.CauseOriginatorCancel)
			b.hangUp("b", switching.CauseOriginatorCancel)
			b.destroyed("b", "a")
		}, append(delivered[:4:4],
			"s 1 ConnectionCleared a/1000 normalClearing null",
			"s 2 ConnectionCleared a/1000 normalClearing alerting",
			"s 2 ConnectionCleared a/1001 callCancelled null")},
		{"on-hook before anything rang", func(b *bench) {
			b.inbound("a", "1000", "1001")
			b.hangUp("a", switching.CauseOriginatorCancel)
			b.destroyed("a")
		}, []string{initiated, "s 1 ConnectionCleared a/1000 normalClearing null"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, _ := watched(t)
			tt.do(b)
			require.Equal(t, tt.want, b.take())
			b.empty()
			require.Zero(t, b.core.counters.Repairs)
		})
	}
}

func TestAnswerWithoutRingingIsDeliveredFirst(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1001")
	b.outbound("b", "1001", "a")
	b.simple(switching.LegAnswered, "b")
	require.Equal(t, []string{
		"s 1 ServiceInitiated a/1000 newCall initiated",
		"s 1 Originated a/1000 1000>1001 newCall connected",
		"s 1 Delivered a/1001 1000>1001 at 1001 newCall connected",
		"s 2 Delivered a/1001 1000>1001 at 1001 newCall alerting",
		"s 1 Established a/1001 1000>1001 by 1001 newCall connected",
		"s 2 Established a/1001 1000>1001 by 1001 newCall connected",
	}, b.take())
}

func TestSeveralContactsOfOneDeviceAreOneConnection(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1001")
	b.outbound("b1", "1001", "a")
	b.outbound("b2", "1001", "a")
	b.simple(switching.LegProgress, "b1")
	b.simple(switching.LegProgress, "b2")
	b.take()
	b.simple(switching.LegAnswered, "b2")
	b.hangUp("b1", switching.CauseLoseRace)
	b.hangUp("b2", switching.CauseNormalClearing)
	b.hangUp("a", switching.CauseNormalClearing)
	b.destroyed("b1", "b2", "a")
	require.Equal(t, []string{
		"s 1 Established a/1001 1000>1001 by 1001 newCall connected",
		"s 2 Established a/1001 1000>1001 by 1001 newCall connected",
		"s 1 ConnectionCleared a/1001 normalClearing connected",
		"s 2 ConnectionCleared a/1001 normalClearing null",
		"s 1 ConnectionCleared a/1000 normalClearing null",
	}, b.take())
	b.empty()
}

// makeCall has the client make a call from 1000 to 1001; it returns the leg's
// UUID, which is the call ID.
func (cl *client) makeCall(to string) string {
	cl.send(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: ecma.Subscriber(to)})
	cl.knows(switching.DeviceStatus{Device: "1000", Known: true, Registered: true})
	op := cl.last(switching.Originate{}).op.(switching.Originate)
	require.Equal(cl.t, "1000", op.Device)
	require.Equal(cl.t, to, op.Then)
	require.Equal(cl.t, []string{"s made " + op.Leg + "/1000"}, cl.take("LookUpDevice", "Originate"))
	return op.Leg
}

// prompts is a leg that rings for the Make Call of that ID, of one of the device's
// phones.
func (b *bench) prompts(leg, device, order string) {
	b.event(switching.Event{Kind: switching.LegCreated, Leg: leg, Info: &switching.LegInfo{
		Direction: switching.Outbound, Device: device, Dialled: device, Order: order,
	}})
	b.simple(switching.LegProgress, leg)
}

func TestMakeCallOfADeviceWithSeveralPhones(t *testing.T) {
	begin := func(t *testing.T) (*bench, *client, string) {
		b, cl := watched(t)
		id := cl.makeCall("1001")
		b.prompts("a1", "1000", id)
		b.prompts("a2", "1000", id)
		require.Equal(t, []string{"s 1 ServiceInitiated " + id + "/1000 makeCall initiated"}, b.take())
		return b, cl, id
	}
	t.Run("one answers", func(t *testing.T) {
		b, cl, id := begin(t)
		b.simple(switching.LegAnswered, "a2")
		require.Equal(t, []string{"s 1 Originated " + id + "/1000 1000>1001 newCall connected"}, b.services())
		b.last(switching.Originate{}).done(switching.Outcome{}, nil)
		b.hangUp("a1", switching.CauseLoseRace)
		require.Empty(t, b.services())
		b.outbound("b", "1001", "a2")
		b.simple(switching.LegProgress, "b")
		b.simple(switching.LegAnswered, "b")
		b.take()
		cl.send(&ecma.ClearConnection{Connection: at(id, "1000")})
		require.Equal(t, "a2", b.last(switching.HangUp{}).op.(switching.HangUp).Leg)
		b.hangUp("a2", switching.CauseNormalClearing)
		b.hangUp("b", switching.CauseNormalClearing)
		b.destroyed("a1", "a2", "b")
		b.empty()
	})
	t.Run("one refuses before the other is heard of, which has answered", func(t *testing.T) {
		b, cl := watched(t)
		id := cl.makeCall("1001")
		b.prompts("a1", "1000", id)
		b.hangUp("a1", switching.CauseUserBusy)
		b.last(switching.Originate{}).done(switching.Outcome{}, nil)
		b.prompts("a2", "1000", id)
		b.simple(switching.LegAnswered, "a2")
		require.Equal(t, []string{"s 1 ServiceInitiated " + id + "/1000 makeCall initiated", "s 1 Originated " + id + "/1000 1000>1001 newCall connected"}, b.services())
		b.pass(waits[forFirstLeg].atMost)
		b.hangUp("a2", switching.CauseNormalClearing)
		b.destroyed("a1", "a2")
		b.services()
		b.empty()
	})
	t.Run("two answer", func(t *testing.T) {
		b, _, id := begin(t)
		b.simple(switching.LegAnswered, "a1")
		b.simple(switching.LegAnswered, "a2")
		b.hangUp("a1", switching.CauseLoseRace)
		require.Equal(t, []string{"s 1 Originated " + id + "/1000 1000>1001 newCall connected"}, b.services())
		b.outbound("b", "1001", "a2")
		b.hangUp("b", switching.CauseUserBusy)
		b.hangUp("a2", switching.CauseUserBusy)
		require.Equal(t, []string{
			"s 1 Failed " + id + "/1001 at 1001 busy connected",
			"s 1 ConnectionCleared " + id + "/1000 normalClearing null",
		}, b.services())
		b.destroyed("a1", "a2", "b")
		b.empty()
	})
	t.Run("one refuses, the other does not answer", func(t *testing.T) {
		b, _, id := begin(t)
		b.hangUp("a1", switching.CauseUserBusy)
		b.hangUp("a2", switching.CauseNoAnswer)
		require.Empty(t, b.services(), "there may be more phones")
		b.last(switching.Originate{}).done(switching.Outcome{Cause: switching.CauseNoAnswer}, switching.ErrNotPossible)
		require.Equal(t, []string{"s 1 ConnectionCleared " + id + "/1000 callNotAnswered null"}, b.services())
		b.destroyed("a1", "a2")
		b.empty()
	})
}

func TestMakeCall(t *testing.T) {
	b, cl := watched(t)
	id := cl.makeCall("1001")
	b.outbound(id, "1000", "")
	b.simple(switching.LegProgress, id)
	require.Equal(t, []string{"s 1 ServiceInitiated " + id + "/1000 makeCall initiated"}, b.take())
	b.simple(switching.LegAnswered, id)
	require.Equal(t, []string{"s 1 Originated " + id + "/1000 1000>1001 newCall connected"}, b.take())
	b.last(switching.Originate{}).done(switching.Outcome{}, nil)
	b.outbound("b", "1001", id)
	b.simple(switching.LegProgress, "b")
	b.simple(switching.LegAnswered, "b")
	b.hangUp("b", switching.CauseNormalClearing)
	b.hangUp(id, switching.CauseNormalClearing)
	b.destroyed("b", id)
	require.Equal(t, []string{
		"s 1 Delivered " + id + "/1001 1000>1001 at 1001 newCall connected",
		"s 2 Delivered " + id + "/1001 1000>1001 at 1001 newCall alerting",
		"s 1 Established " + id + "/1001 1000>1001 by 1001 newCall connected",
		"s 2 Established " + id + "/1001 1000>1001 by 1001 newCall connected",
		"s 1 ConnectionCleared " + id + "/1001 normalClearing connected",
		"s 2 ConnectionCleared " + id + "/1001 normalClearing null",
		"s 1 ConnectionCleared " + id + "/1000 normalClearing null",
	}, b.take())
	b.empty()
}

func TestMakeCallPromptNotAnswered(t *testing.T) {
	for cause, want := range map[switching.Cause]string{
		switching.CauseNoAnswer:     "callNotAnswered",
		switching.CauseCallRejected: "callCancelled",
		switching.CauseUserBusy:     "busy",
	} {
		b, cl := watched(t)
		id := cl.makeCall("1001")
		b.outbound(id, "1000", "")
		b.hangUp(id, cause)
		b.destroyed(id)
		b.last(switching.Originate{}).done(switching.Outcome{Cause: cause}, switching.ErrNotPossible)
		b.pass(time.Minute)
		require.Equal(t, []string{
			"s 1 ServiceInitiated " + id + "/1000 makeCall initiated",
			"s 1 ConnectionCleared " + id + "/1000 " + want + " null",
		}, b.take())
		b.empty()
	}
}

func TestMakeCallWhoseLegNeverCameToBe(t *testing.T) {
	b, cl := watched(t)
	id := cl.makeCall("1001")
	b.last(switching.Originate{}).done(switching.Outcome{Cause: switching.CauseUserNotRegistered}, switching.ErrNotPossible)
	require.Empty(t, b.take())
	b.pass(2 * waits[forFirstLeg].atMost)
	require.Equal(t, []string{
		"s 1 ServiceInitiated " + id + "/1000 makeCall initiated",
		"s 1 ConnectionCleared " + id + "/1000 destOutOfOrder null",
	}, b.take())
	b.empty()
}

func TestMakeCallRefused(t *testing.T) {
	for _, called := range []string{
		"{origination_uuid=x}sofia/internal/1001", "&system(ls)", "1001,1002", "error/USER_BUSY",
		"1001 inline", "10\n01", "${system(ls)}", "", "1001@evil.example", "app=x",
	} {
		b, cl := watched(t)
		cl.send(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: ecma.Subscriber(called)})
		require.Equal(t, []string{"s error invalidCalledDeviceID"}, b.take(), called)
	}
	for _, tt := range []struct {
		status switching.DeviceStatus
		want   string
	}{
		{switching.DeviceStatus{}, "invalidCallingDeviceID"},
		{switching.DeviceStatus{Known: true}, "callingDeviceOutOfService"},
	} {
		b := newBench(t)
		cl := b.client("s")
		cl.send(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: ecma.Subscriber("1001")})
		b.knows(tt.status)
		require.Equal(t, []string{"s error " + tt.want}, b.take("LookUpDevice"))
		b.empty()
	}
}

// TestMakeCallAsksTheSwitchAboutWhatItDoesNotKnow: a monitored device in service
// is called at once; one whose contact has left is asked about.
func TestMakeCallAsksTheSwitchAboutWhatItDoesNotKnow(t *testing.T) {
	b, cl := watched(t)
	call := &ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: ecma.Subscriber("1001")}
	asked := func() int {
		n := 0
		for _, op := range b.ops {
			if _, is := op.op.(switching.LookUpDevice); is {
				n++
			}
		}
		return n
	}
	before := asked()
	cl.makeCall("1001")
	require.Equal(t, before, asked())
	b, cl = watched(t)
	b.event(switching.Event{Kind: switching.DeviceUnregistered, Device: "1000"})
	before = asked()
	cl.send(call)
	require.Equal(t, before+1, asked(), "a contact is leaving")
	b.knows(switching.DeviceStatus{Device: "1000", Known: true})
	require.Equal(t, []string{"s error callingDeviceOutOfService"}, b.take("LookUpDevice"))
}

func TestClearConnectionOfPendingMakeCall(t *testing.T) {
	b, cl := watched(t)
	id := cl.makeCall("1001")
	cl.send(&ecma.ClearConnection{Connection: ecma.ConnectionID{CallID: id, Device: ecma.Subscriber("1000")}})
	require.Equal(t, []string{"s ClearConnectionResponse", "cancel switching.Originate"}, b.take())
	b.last(switching.Originate{}).done(switching.Outcome{Cause: switching.CauseOriginatorCancel}, switching.ErrNotPossible)
	b.pass(2 * waits[forFirstLeg].atMost)
	require.Equal(t, []string{
		"s 1 ServiceInitiated " + id + "/1000 makeCall initiated",
		"s 1 ConnectionCleared " + id + "/1000 normalClearing null",
	}, b.take())
	b.empty()
}

func TestAnswerCall(t *testing.T) {
	b, cl := watched(t)
	b.ringing()
	b.take()
	answer := &ecma.AnswerCall{CallToBeAnswered: ecma.ConnectionID{CallID: "a", Device: ecma.Subscriber("1001")}}
	cl.send(answer)
	require.True(t, b.last(switching.Answer{}).op.(switching.Answer).AskPhone)
	require.Empty(t, b.take("Answer"))
	b.simple(switching.LegAnswered, "b")
	require.Equal(t, []string{
		"s AnswerCallResponse",
		"s 1 Established a/1001 1000>1001 by 1001 newCall connected",
		"s 2 Established a/1001 1000>1001 by 1001 newCall connected",
	}, b.take())
	cl.send(answer)
	require.Equal(t, []string{"s error invalidConnectionState"}, b.take())
	cl.send(&ecma.AnswerCall{CallToBeAnswered: ecma.ConnectionID{Device: ecma.Subscriber("1001")}})
	require.Equal(t, []string{"s error noCallToAnswer"}, b.take())
	cl.send(&ecma.AnswerCall{CallToBeAnswered: ecma.ConnectionID{CallID: "x", Device: ecma.Subscriber("1001")}})
	require.Equal(t, []string{"s error invalidCallID"}, b.take())
	cl.send(&ecma.AnswerCall{CallToBeAnswered: ecma.ConnectionID{CallID: "a", Device: ecma.Subscriber("1002")}})
	require.Equal(t, []string{"s error invalidConnectionID"}, b.take())
}

func TestAnswerCallOfPhoneThatCant(t *testing.T) {
	b, cl := watched(t)
	b.ringing()
	b.take()
	cl.send(&ecma.AnswerCall{CallToBeAnswered: ecma.ConnectionID{CallID: "a", Device: ecma.Subscriber("1001")}})
	b.last(switching.Answer{}).done(switching.Outcome{}, nil)
	b.pass(defaultAnswerTimeout)
	require.Equal(t, []string{"s error requestIncompatibleWithDevice"}, b.take("Answer"))
}

func TestSnapshots(t *testing.T) {
	b, cl := watched(t)
	b.ringing()
	b.take()
	cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000@csta.test")})
	cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1001")})
	cl.send(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "a"}})
	cl.send(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "none"}})
	cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1002")})
	b.knows(switching.DeviceStatus{Device: "1002", Known: true})
	cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1999")})
	b.knows(switching.DeviceStatus{})
	require.Equal(t, []string{
		"s calls [a/1000[connected alerting]]",
		"s calls [a/1001[alerting connected]]",
		"s endpoints [a/1000 connected a/1001 alerting] 1000>1001",
		"s error invalidCallID",
		"s calls []",
		"s error invalidDeviceID",
	}, b.take("LookUpDevice"))
}

func TestMonitors(t *testing.T) {
	b := newBench(t)
	s, u := b.client("s"), b.client("u")
	one, two := s.monitor("1000"), s.monitor("1000")
	three := u.monitor("1000")
	require.Equal(t, []string{"1", "2", "3"}, []string{one, two, three})
	b.inbound("a", "1000", "1001")
	require.Equal(t, []string{
		"s 1 ServiceInitiated a/1000 newCall initiated",
		"s 2 ServiceInitiated a/1000 newCall initiated",
		"u 3 ServiceInitiated a/1000 newCall initiated",
	}, b.take())
	u.send(&ecma.MonitorStop{MonitorCrossRefID: "1"})
	u.send(&ecma.MonitorStop{MonitorCrossRefID: "3"})
	u.send(&ecma.MonitorStop{MonitorCrossRefID: "3"})
	s.send(&ecma.ChangeMonitorFilter{MonitorCrossRefID: "2", Filter: ecma.MonitorFilter{}.With(ecma.EventConnectionCleared)})
	require.Equal(t, []string{
		"u error invalidMonitorCrossRefID", "u MonitorStopResponse", "u error invalidMonitorCrossRefID", "s ChangeMonitorFilterResponse",
	}, b.take())
	b.hangUp("a", switching.CauseOriginatorCancel)
	require.Equal(t, []string{"s 1 ConnectionCleared a/1000 normalClearing null"}, b.take())
	b.core.closeSession(s)
	b.inbound("c", "1000", "1001")
	require.Empty(t, b.take())
	require.Zero(t, b.core.model.Monitors.Len())
}

func TestRegistration(t *testing.T) {
	b, _ := watched(t)
	b.event(switching.Event{Kind: switching.DeviceRegistered, Device: "1000"})
	b.event(switching.Event{Kind: switching.DeviceUnregistered, Device: "1000@csta.test"})
	b.knows(switching.DeviceStatus{Device: "1000", Known: true, Registered: true})
	require.Empty(t, b.take("LookUpDevice"), "another contact is left")
	b.event(switching.Event{Kind: switching.DeviceUnregistered, Device: "1000"})
	b.knows(switching.DeviceStatus{Device: "1000", Known: true})
	b.event(switching.Event{Kind: switching.DeviceRegistered, Device: "1000"})
	require.Equal(t, []string{"s OutOfServiceEvent", "s BackInServiceEvent"}, b.take("LookUpDevice"))
}

func TestTheSwitchListsAContactThatHasExpired(t *testing.T) {
	b, _ := watched(t)
	b.event(switching.Event{Kind: switching.DeviceUnregistered, Device: "1000"})
	b.knows(switching.DeviceStatus{Device: "1000", Known: true, Registered: true})
	require.Empty(t, b.take("LookUpDevice"))
	b.pass(waits[forOtherContact].atMost)
	b.knows(switching.DeviceStatus{Device: "1000", Known: true})
	require.Equal(t, []string{"s OutOfServiceEvent"}, b.take("LookUpDevice"))
}

func TestADeviceReturnsWhileTheSwitchIsAsked(t *testing.T) {
	b, _ := watched(t)
	b.event(switching.Event{Kind: switching.DeviceUnregistered, Device: "1000"})
	b.event(switching.Event{Kind: switching.DeviceRegistered, Device: "1000"})
	b.knows(switching.DeviceStatus{Device: "1000", Known: true})
	require.Empty(t, b.take("LookUpDevice"), "what the switch said is older than the registration")
}

func TestHangUpsReportedInTheWrongOrder(t *testing.T) {
	inOrder := []string{
		"s 1 ConnectionCleared a/1000 normalClearing null",
		"s 2 ConnectionCleared a/1000 normalClearing connected",
		"s 2 ConnectionCleared a/1001 normalClearing null",
	}
	follows := func(leg string) switching.Event {
		return switching.Event{Kind: switching.LegHungUp, Leg: leg, Cause: switching.CauseNormalClearing, Follows: true}
	}
	t.Run("the follower first", func(t *testing.T) {
		b, _ := watched(t)
		b.talk()
		b.event(follows("b"))
		b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "b"})
		require.Empty(t, b.take())
		b.hangUp("a", switching.CauseNormalClearing)
		require.Equal(t, inOrder, b.take())
		b.allHangUp("a", "b")
	})
	t.Run("the follower first, after the end of the bridge", func(t *testing.T) {
		b, _ := watched(t)
		b.talk()
		b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "b"})
		b.event(follows("b"))
		require.Empty(t, b.take())
		b.hangUp("a", switching.CauseNormalClearing)
		require.Equal(t, inOrder, b.take())
		b.allHangUp("a", "b")
	})
	t.Run("a sign left from an earlier partner", func(t *testing.T) {
		b, _ := watched(t)
		b.talk()
		b.event(follows("a"))
		b.event(follows("b"))
		require.Equal(t, inOrder, b.take())
		b.allHangUp("a", "b")
	})
	t.Run("nothing comes", func(t *testing.T) {
		b, _ := watched(t)
		b.talk()
		b.event(follows("a"))
		b.pass(waits[forPartnersHangUp].atMost)
		require.Equal(t, inOrder[:2], b.take())
		b.allHangUp("a", "b")
	})
	t.Run("destroyed meanwhile", func(t *testing.T) {
		b, _ := watched(t)
		b.talk()
		b.event(follows("a"))
		b.destroyed("a")
		require.Equal(t, inOrder[:2], b.take())
		require.Zero(t, b.core.counters.Repairs)
		b.allHangUp("a", "b")
	})
}

func TestClearConnectionWhoseConsequenceIsReportedFirst(t *testing.T) {
	b, cl := watched(t)
	b.ringing()
	b.take()
	cl.send(&ecma.ClearConnection{Connection: at("a", "1001")})
	b.hangUp("a", switching.CauseNormalClearing)
	b.hangUp("b", switching.CauseNormalClearing)
	require.Equal(t, []string{
		"s ClearConnectionResponse",
		"s 1 ConnectionCleared a/1001 normalClearing connected",
		"s 2 ConnectionCleared a/1001 normalClearing null",
		"s 1 ConnectionCleared a/1000 normalClearing null",
	}, b.services())
	b.allHangUp("a", "b")
}

func TestAnswerCallWaitsForThePromptedPhoneToRing(t *testing.T) {
	b, cl := watched(t)
	id := cl.makeCall("1001")
	b.outbound(id, "1000", "")
	cl.send(&ecma.AnswerCall{CallToBeAnswered: at(id, "1000")})
	require.Len(t, b.take(), 1, "a phone that does not ring yet is not asked")
	b.simple(switching.LegProgress, id)
	require.Equal(t, id, b.last(switching.Answer{}).op.(switching.Answer).Leg)
	b.simple(switching.LegAnswered, id)
	require.Equal(t, []string{
		"s AnswerCallResponse",
		"s 1 Originated " + id + "/1000 1000>1001 newCall connected",
	}, b.services())
	b.last(switching.Originate{}).done(switching.Outcome{}, nil)
	b.allHangUp(id)
}

func TestCallGivenUpIsNotATimeOut(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.take()
	b.hangUp("a", switching.CauseOriginatorCancel)
	b.hangUp("b", switching.CauseNoAnswer)
	require.Equal(t, "s 2 ConnectionCleared a/1001 callCancelled null", b.take()[2])
	b.allHangUp("a", "b")
}

// The switch hangs up the calling leg because of the called one, but may say so
// first.
func TestCallingLegIsReportedBeforeTheCalledOne(t *testing.T) {
	for name, rings := range map[string]bool{"at once": false, "after ringing": true} {
		t.Run(name, func(t *testing.T) {
			b, _ := watched(t)
			b.inbound("a", "1000", "7050")
			b.outbound("b", "1001", "a")
			want := []string{
				"s 1 ServiceInitiated a/1000 newCall initiated",
				"s 1 Originated a/1000 1000>7050 newCall connected",
				"s 1 Failed a/1001 at 1001 busy connected",
				"s 1 ConnectionCleared a/1000 normalClearing null",
			}
			if rings {
				b.simple(switching.LegProgress, "b")
				want = []string{
					"s 1 ServiceInitiated a/1000 newCall initiated",
					"s 1 Originated a/1000 1000>7050 newCall connected",
					"s 1 Delivered a/1001 1000>7050 at 1001 newCall connected",
					"s 2 Delivered a/1001 1000>7050 at 1001 newCall alerting",
					"s 1 ConnectionCleared a/1001 busy connected",
					"s 2 ConnectionCleared a/1001 busy null",
					"s 1 ConnectionCleared a/1000 normalClearing null",
				}
			}
			b.hangUp("a", switching.CauseUserBusy)
			b.hangUp("b", switching.CauseUserBusy)
			require.Equal(t, want, b.services())
			b.destroyed("a", "b")
			b.empty()
		})
	}
}
