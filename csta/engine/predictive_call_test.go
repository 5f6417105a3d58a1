package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// glue tells of one half of a pair of glue legs.
func (b *bench) glue(leg, peer, dialled string, d switching.Direction) {
	b.event(switching.Event{Kind: switching.LegCreated, Leg: leg, Info: &switching.LegInfo{
		Direction: d, Dialled: dialled, Glue: true, GluePeer: peer,
	}})
}

func queueWatched(t *testing.T) (*bench, *client) {
	b, cl := three(t)
	cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Queue("9500")}})
	b.services()
	return b, cl
}

func TestMakeCallFromAQueue(t *testing.T) {
	b, cl := queueWatched(t)
	cl.send(&ecma.MakeCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("1001")})
	op := b.last(switching.Originate{}).op.(switching.Originate)
	require.Equal(t, "9500", op.Number)
	require.Equal(t, "1001", op.Then)
	a := op.Leg
	// The far half is announced, and answered, before the near one.
	b.glue("b", a, "9500", switching.Inbound)
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "b", Name: "9500"})
	b.simple(switching.LegAnswered, a)
	b.simple(switching.LegAnswered, "b")
	b.glue(a, "b", "9500", switching.Outbound)
	b.done(switching.Originate{})
	b.event(switching.Event{Kind: switching.LegRouted, Leg: a, Name: "1001"})
	b.outbound("x", "1001", a)
	b.simple(switching.LegProgress, "x")
	b.simple(switching.LegAnswered, "x")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: a, Other: "x"})
	require.Equal(t, []string{
		"s made " + a + "/029500",
		"s 4 ServiceInitiated " + a + "/029500 makeCall initiated",
		"s 4 Originated " + a + "/029500 029500>1001 newCall connected",
		"s 4 Delivered " + a + "/1001 029500>1001 at 1001 newCall connected",
		"s 2 Delivered " + a + "/1001 029500>1001 at 1001 newCall alerting",
		"s 4 Established " + a + "/1001 029500>1001 by 1001 newCall connected",
		"s 2 Established " + a + "/1001 029500>1001 by 1001 newCall connected",
	}, b.services())
	b.hangUp("x", switching.CauseNormalClearing)
	b.hangUp(a, switching.CauseNormalClearing)
	b.hangUp("b", switching.CauseNormalClearing)
	require.Equal(t, []string{
		"s 4 ConnectionCleared " + a + "/1001 normalClearing connected",
		"s 2 ConnectionCleared " + a + "/1001 normalClearing null",
		"s 4 ConnectionCleared " + a + "/029500 normalClearing null",
	}, b.services())
	b.destroyed("x", a, "b")
	b.empty()
	require.True(t, b.core.rules.settler.Quiet())
}

func TestCallOfAQueueSentToNobodyFailsOnce(t *testing.T) {
	b, cl := queueWatched(t)
	cl.send(&ecma.MakeCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("1001")})
	a := b.last(switching.Originate{}).op.(switching.Originate).Leg
	b.glue("b", a, "9500", switching.Inbound)
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "b", Name: "9500"})
	b.glue(a, "b", "9500", switching.Outbound)
	b.simple(switching.LegAnswered, a)
	b.simple(switching.LegAnswered, "b")
	b.done(switching.Originate{})
	b.event(switching.Event{Kind: switching.LegRouted, Leg: a, Name: "1001"})
	b.outbound("x", "1001", a)
	b.simple(switching.LegProgress, "x")
	b.simple(switching.LegAnswered, "x")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: a, Other: "x"})
	b.services()
	cl.send(&ecma.SingleStepTransferCall{
		ActiveCall: ecma.ConnectionID{CallID: a, Device: ecma.Queue("9500")}, TransferredTo: ecma.Subscriber("5551234"),
	})
	b.done(switching.Route{})
	b.services()
	b.hangUp("b", switching.CauseNoRouteDestination)
	b.hangUp("x", switching.CauseNoRouteDestination)
	b.hangUp(a, switching.CauseNoRouteDestination)
	require.Equal(t, []string{
		"s 2 Failed " + a + "/5551234 at 5551234 destNotObtainable connected",
		"s 2 ConnectionCleared " + a + "/1001 normalClearing null",
	}, b.services())
	b.destroyed("x", a, "b")
	b.empty()
}

func TestPredictiveCallToNobodyIsAnnouncedAfterItsEnd(t *testing.T) {
	b, cl := queueWatched(t)
	cl.send(&ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("5551234")})
	b.knows(switching.DeviceStatus{Device: "5551234"})
	a := b.last(switching.Originate{}).op.(switching.Originate).Leg
	b.glue("b", a, "5551234", switching.Inbound)
	b.hangUp("b", switching.CauseNoRouteDestination)
	b.hangUp(a, switching.CauseNoRouteDestination)
	b.destroyed("b")
	b.glue(a, "b", "5551234", switching.Outbound)
	b.destroyed(a)
	require.Equal(t, []string{
		"s predicts " + a + "/5551234",
		"s 4 Failed " + a + "/5551234 at 5551234 destNotObtainable initiated",
		"s 4 ConnectionCleared " + a + "/029500 normalClearing null",
	}, b.services())
	b.empty()
	require.True(t, b.core.rules.settler.Quiet())
}

// A phone of the called device may refuse before the switch tells of the next one.
func TestPredictiveCallOfADeviceWithSeveralPhones(t *testing.T) {
	begin := func(t *testing.T) (b *bench, cl *client, op *startedOp, id string, phone func(leg string)) {
		b, cl = queueWatched(t)
		cl.send(&ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("1001")})
		b.knows(switching.DeviceStatus{Device: "1001", Known: true, Registered: true})
		op = b.last(switching.Originate{})
		id = op.op.(switching.Originate).Leg
		return b, cl, op, id, func(leg string) {
			b.event(switching.Event{Kind: switching.LegCreated, Leg: leg, Info: &switching.LegInfo{
				Direction: switching.Outbound, Device: "1001", Dialled: "1001", Order: id,
			}})
		}
	}
	for name, rings := range map[string]bool{"refuses": false, "rings and refuses": true} {
		first := func(b *bench, phone func(string)) {
			phone("b1")
			if rings {
				b.simple(switching.LegProgress, "b1")
			}
			b.services()
			b.hangUp("b1", switching.CauseUserBusy)
			b.destroyed("b1")
			require.Empty(b.t, b.services(), "there may be more phones")
		}
		t.Run(name+", the other answers", func(t *testing.T) {
			b, _, op, id, phone := begin(t)
			first(b, phone)
			phone("b2")
			b.simple(switching.LegProgress, "b2")
			b.simple(switching.LegAnswered, "b2")
			op.done(switching.Outcome{}, nil)
			var want []string
			if !rings {
				want = append(want, "s 4 Delivered "+id+"/1001 029500>1001 at 1001 makePredictiveCall initiated", "s 2 Delivered "+id+"/1001 029500>1001 at 1001 makePredictiveCall alerting")
			}
			require.Equal(t, append(want, "s 4 Established "+id+"/1001 029500>1001 by 1001 makePredictiveCall initiated", "s 2 Established "+id+"/1001 029500>1001 by 1001 makePredictiveCall connected"), b.services())
			b.pass(waits[forFirstLeg].atMost)
			b.hangUp("b2", switching.CauseNormalClearing)
			b.destroyed("b2")
			b.services()
			b.empty()
		})
		t.Run(name+", there is no other", func(t *testing.T) {
			b, _, op, id, phone := begin(t)
			first(b, phone)
			op.done(switching.Outcome{Cause: switching.CauseUserBusy}, switching.ErrNotPossible)
			lines := b.services()
			if rings {
				require.Contains(t, lines, "s 2 ConnectionCleared "+id+"/1001 busy null")
			} else {
				require.Contains(t, lines, "s 4 Failed "+id+"/1001 at 1001 busy initiated")
			}
			require.Contains(t, lines, "s 4 ConnectionCleared "+id+"/029500 normalClearing null")
			b.empty()
		})
		t.Run(name+", the other refuses, too", func(t *testing.T) {
			b, _, op, id, phone := begin(t)
			first(b, phone)
			phone("b2")
			b.hangUp("b2", switching.CauseNoAnswer)
			b.destroyed("b2")
			require.Empty(t, b.services())
			op.done(switching.Outcome{Cause: switching.CauseNoAnswer}, switching.ErrNotPossible)
			lines := b.services()
			if rings {
				require.Contains(t, lines, "s 2 ConnectionCleared "+id+"/1001 callNotAnswered null")
			} else {
				require.Contains(t, lines, "s 4 Failed "+id+"/1001 at 1001 callNotAnswered initiated")
			}
			b.empty()
		})
		t.Run(name+", then a client ends it", func(t *testing.T) {
			b, cl, op, id, phone := begin(t)
			first(b, phone)
			cl.send(&ecma.ClearConnection{Connection: ecma.ConnectionID{CallID: id, Device: ecma.Queue("9500")}})
			require.True(t, op.cancelled)
			op.done(switching.Outcome{Cause: switching.CauseOriginatorCancel}, switching.ErrNotPossible)
			require.Contains(t, b.services(), "s 4 ConnectionCleared "+id+"/029500 normalClearing null")
			b.empty()
		})
	}
}

func TestPredictiveCallCleared(t *testing.T) {
	for name, announced := range map[string]bool{"before the switch knows of it": false, "while it rings": true} {
		t.Run(name, func(t *testing.T) {
			b, cl := queueWatched(t)
			cl.send(&ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("1001")})
			b.knows(switching.DeviceStatus{Device: "1001", Known: true, Registered: true})
			op := b.last(switching.Originate{})
			id := op.op.(switching.Originate).Leg
			if announced {
				b.outbound(id, "1001", "")
				b.simple(switching.LegProgress, id)
			}
			b.services()
			cl.send(&ecma.ClearConnection{Connection: ecma.ConnectionID{CallID: id, Device: ecma.Queue("9500")}})
			require.True(t, op.cancelled)
			want := []string{"s ClearConnectionResponse", "s 4 ConnectionCleared " + id + "/029500 normalClearing null"}
			if announced {
				b.hangUp(id, switching.CauseOriginatorCancel)
				b.destroyed(id)
				want = append(want,
					"s 2 ConnectionCleared "+id+"/029500 normalClearing alerting",
					"s 2 ConnectionCleared "+id+"/1001 callCancelled null")
			} else {
				op.done(switching.Outcome{Cause: switching.CauseOriginatorCancel}, switching.ErrNotPossible)
				b.pass(waits[forFirstLeg].atMost)
			}
			lines := b.services()
			var events []string
			for _, l := range lines {
				if l != "cancel switching.Originate" {
					events = append(events, l)
				}
			}
			require.Equal(t, want, events)
			b.empty()
		})
	}
}
