package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// picking has 1000 (leg a) call 1001 (leg b), and 1002 asked to pick that up; the phone of
// 1002 (leg p) rings, and nobody has heard of it.
func picking(t *testing.T) (*bench, *client) {
	b, cl := three(t)
	b.ringing()
	b.take()
	cl.send(&ecma.DirectedPickupCall{CallToBePickedUp: at("a", "1001"), RequestingDevice: ecma.Subscriber("1002")})
	b.knows(switching.DeviceStatus{Device: "1002", Known: true, Registered: true})
	b.rings("p", "1002")
	require.Empty(t, b.services())
	return b, cl
}

// rings has a phone ring for the newest Originate.
func (b *bench) rings(leg, device string) {
	order := b.last(switching.Originate{}).op.(switching.Originate)
	require.Equal(b.t, device, order.Device)
	require.True(b.t, order.AutoAnswer)
	b.event(switching.Event{Kind: switching.LegCreated, Leg: leg, Info: &switching.LegInfo{
		Direction: switching.Outbound, Device: device, Dialled: device, Order: order.Leg,
	}})
	b.simple(switching.LegProgress, leg)
}

// takesCall has leg p answered, and the switch asked to give it the call.
func (b *bench) takesCall() {
	b.simple(switching.LegAnswered, "p")
	b.done(switching.Originate{})
	require.Empty(b.t, b.take("Note"), "the switch is not done with the answer")
	b.simple(switching.LegParked, "p")
	require.Equal(b.t, switching.PickUp{Leg: "p", Caller: "a", Ringing: "b"}, b.last(switching.PickUp{}).op)
	require.Empty(b.t, b.services())
}

var pickedUpLines = []string{
	"s DirectedPickupCallResponse",
	"s 1 Diverted a/1001 to 1002 callPickup connected",
	"s 2 Diverted a/1001 to 1002 callPickup null",
	"s 1 Established a/1002 1000>1001 by 1002 callPickup connected",
	"s 3 Established a/1002 1000>1001 by 1002 callPickup connected",
}

func (b *bench) isPickedUp() {
	require.Equal(b.t, pickedUpLines, b.services())
	b.destroyed("b")
	b.allHangUp("a", "p")
}

func TestDirectedPickupCall(t *testing.T) {
	joined := switching.Event{Kind: switching.LegsBridged, Leg: "p", Other: "a"}
	for _, cause := range []switching.Cause{switching.CausePickedOff, switching.CauseOriginatorCancel} {
		t.Run("ends "+string(cause), func(t *testing.T) {
			b, _ := picking(t)
			b.takesCall()
			b.simple(switching.LegAnswered, "a")
			b.hangUp("b", cause)
			require.Empty(t, b.services())
			b.done(switching.PickUp{})
			require.Empty(t, b.services())
			b.event(joined)
			b.isPickedUp()
		})
	}
	t.Run("the events overtake the operation", func(t *testing.T) {
		b, _ := picking(t)
		b.takesCall()
		b.hangUp("b", switching.CausePickedOff)
		b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "p"})
		b.done(switching.PickUp{})
		b.isPickedUp()
	})
	t.Run("joined before the other stops ringing", func(t *testing.T) {
		b, _ := picking(t)
		b.takesCall()
		b.done(switching.PickUp{})
		b.event(joined)
		b.hangUp("b", switching.CausePickedOff)
		b.isPickedUp()
	})
	t.Run("the news that they are joined is lost", func(t *testing.T) {
		b, _ := picking(t)
		b.takesCall()
		b.hangUp("b", switching.CausePickedOff)
		b.done(switching.PickUp{})
		b.take()
		b.pass(waits[forJoin].atMost)
		require.Equal(t, switching.Bridge{Leg: "p", Other: "a"}, b.last(switching.Bridge{}).op)
		b.isPickedUp()
	})
	t.Run("the news that the switch is done with the answer is lost", func(t *testing.T) {
		b, _ := picking(t)
		b.simple(switching.LegAnswered, "p")
		b.done(switching.Originate{})
		b.take()
		b.pass(waits[forPark].atMost)
		require.Equal(t, switching.PickUp{Leg: "p", Caller: "a", Ringing: "b"}, b.last(switching.PickUp{}).op)
		b.take()
		b.hangUp("b", switching.CausePickedOff)
		b.event(joined)
		b.isPickedUp()
	})
	t.Run("the events overtake the originate", func(t *testing.T) {
		b, _ := picking(t)
		b.simple(switching.LegAnswered, "p")
		b.simple(switching.LegParked, "p")
		b.hangUp("b", switching.CausePickedOff)
		b.take()
		b.event(joined)
		b.done(switching.Originate{})
		b.isPickedUp()
	})
	t.Run("with another phone", func(t *testing.T) {
		b, _ := picking(t)
		b.rings("q", "1002")
		b.simple(switching.LegAnswered, "q")
		b.takesCall()
		b.hangUp("q", switching.CauseLoseRace)
		b.destroyed("q")
		b.hangUp("b", switching.CausePickedOff)
		b.done(switching.PickUp{})
		b.take()
		b.event(joined)
		b.isPickedUp()
	})
}

// Whatever goes wrong with who picks up, the call that rings is not touched.
func TestDirectedPickupCallFails(t *testing.T) {
	goesOn := func(b *bench) {
		b.take("HangUp")
		b.simple(switching.LegAnswered, "b")
		b.simple(switching.LegAnswered, "a")
		require.Equal(t, []string{"s 1 Established a/1001 1000>1001 by 1001 newCall connected", "s 2 Established a/1001 1000>1001 by 1001 newCall connected"}, b.services())
		b.allHangUp("a", "b")
		b.pass(time.Second)
		require.Empty(t, b.core.picking)
	}
	hangsUp := func(b *bench, leg string) {
		require.Equal(t, leg, b.last(switching.HangUp{}).op.(switching.HangUp).Leg)
	}
	t.Run("the switch refuses", func(t *testing.T) {
		b, _ := picking(t)
		b.takesCall()
		b.last(switching.PickUp{}).done(switching.Outcome{}, switching.ErrNotPossible)
		require.Equal(t, []string{"s error invalidConnectionState"}, b.take("HangUp"))
		hangsUp(b, "p")
		b.allGone("p")
		goesOn(b)
	})
	t.Run("not answered", func(t *testing.T) {
		b, _ := picking(t)
		b.hangUp("p", switching.CauseNoAnswer)
		require.Empty(t, b.services())
		b.last(switching.Originate{}).done(switching.Outcome{Cause: switching.CauseNoAnswer}, switching.ErrNotPossible)
		require.Equal(t, []string{"s error invalidDeviceState"}, b.take("HangUp"))
		b.destroyed("p")
		goesOn(b)
	})
	t.Run("somebody else is faster", func(t *testing.T) {
		b, _ := picking(t)
		b.simple(switching.LegAnswered, "b")
		require.Contains(t, b.out, "cancel switching.Originate")
		hangsUp(b, "p")
		// It was answered at that moment: it is hung up all the same.
		b.simple(switching.LegAnswered, "p")
		hangsUp(b, "p")
		b.done(switching.Originate{})
		require.NotContains(t, b.out, "op switching.PickUp")
		b.allGone("p")
		b.pass(time.Second)
		b.allHangUp("a", "b")
	})
	t.Run("a phone is called too late", func(t *testing.T) {
		b, _ := picking(t)
		b.hangUp("b", switching.CauseUserBusy)
		b.hangUp("a", switching.CauseUserBusy)
		b.last(switching.Originate{}).done(switching.Outcome{Cause: switching.CauseOriginatorCancel}, switching.ErrNotPossible)
		b.take()
		b.rings("q", "1002")
		hangsUp(b, "q")
		b.allGone("p", "q")
		require.Empty(t, b.services())
		b.destroyed("a", "b")
		b.pass(time.Second)
		require.Empty(t, b.core.picking)
		b.empty()
	})
}

func (b *bench) allGone(legs ...string) {
	for _, l := range legs {
		b.hangUp(l, switching.CauseNormalClearing)
		b.destroyed(l)
	}
}

// Who picked up hangs up before the switch has joined them with the caller, who would be
// with nobody.
func TestPickerHangsUpAtOnce(t *testing.T) {
	for _, first := range []string{"p", "b"} {
		t.Run(first+" first", func(t *testing.T) {
			b, _ := picking(t)
			b.takesCall()
			b.done(switching.PickUp{})
			b.take()
			ends := map[string]func(){
				"p": func() { b.hangUp("p", switching.CauseNormalClearing) },
				"b": func() {
					b.hangUp("b", switching.CausePickedOff)
					b.destroyed("b")
				},
			}
			ends[first]()
			delete(ends, first)
			for _, end := range ends {
				end()
			}
			require.Equal(t, []string{"s error invalidDeviceState"}, b.services())
			require.Equal(t, switching.Route{Leg: "a", Number: "1001", For: "1001"}, b.last(switching.Route{}).op)
			b.done(switching.Route{})
			b.destroyed("p")
			b.outbound("b2", "1001", "a")
			b.simple(switching.LegProgress, "b2")
			require.Empty(t, b.services(), "it still rings, to everybody")
			b.simple(switching.LegAnswered, "b2")
			require.Equal(t, []string{"s 1 Established a/1001 1000>1001 by 1001 newCall connected", "s 2 Established a/1001 1000>1001 by 1001 newCall connected"}, b.services())
			b.allHangUp("a", "b2")
		})
	}
	t.Run("and so does the caller", func(t *testing.T) {
		b, _ := picking(t)
		b.takesCall()
		b.done(switching.PickUp{})
		b.take()
		b.hangUp("b", switching.CausePickedOff)
		b.destroyed("b")
		b.hangUp("a", switching.CauseNormalClearing)
		b.hangUp("p", switching.CauseDestinationOutOfOrder)
		require.Equal(t, []string{
			"s 1 ConnectionCleared a/1000 normalClearing null",
			"s 2 ConnectionCleared a/1000 normalClearing alerting",
			"s error invalidDeviceState",
			"s 2 ConnectionCleared a/1001 callCancelled null",
		}, b.take("HangUp", "Note"))
		b.destroyed("a", "p")
		b.pass(waits[forPickup].atMost)
		b.empty()
	})
}

func TestGroupPickupCall(t *testing.T) {
	b, cl := watched(t)
	b.ringing()
	b.inbound("c", "1003", "1004")
	b.outbound("d", "1004", "c")
	b.simple(switching.LegProgress, "d")
	b.inbound("e", "1003@branch.test", "1004")
	b.outbound("f", "1004@branch.test", "e")
	b.simple(switching.LegProgress, "f")
	b.take()
	pick := func(device, group string) *startedOp {
		cl.send(&ecma.GroupPickupCall{NewDestination: ecma.Subscriber(device), PickGroup: ecma.Subscriber(group)})
		b.knows(switching.DeviceStatus{Device: device, Known: true, Registered: true})
		return b.last(switching.FindInGroup{})
	}
	found := func(op *startedOp, device string) {
		op.succeed(switching.Outcome{Device: switching.DeviceStatus{Known: true, Device: device}})
	}
	find := pick("1002", "sales")
	require.Equal(t, switching.FindInGroup{Device: "1002", Group: "sales", Among: []string{"1001", "1004"}}, find.op)
	b.take()
	found(find, "")
	require.Equal(t, []string{"s error noCallToAnswer"}, b.take())
	// One's own calls, those of other tenants, and no group.
	require.Equal(t, []string{"1004"}, pick("1001", "").op.(switching.FindInGroup).Among)
	find = pick("1002@branch.test", "")
	require.Equal(t, []string{"1004@branch.test"}, find.op.(switching.FindInGroup).Among)
	b.take()
	find.succeed(switching.Outcome{})
	require.Equal(t, []string{"s error requestIncompatibleWithDestinationDevice"}, b.take())
	// Who was found rings no more: another one is looked for.
	find = pick("1002", "")
	b.simple(switching.LegAnswered, "b")
	found(find, "1001")
	find = b.last(switching.FindInGroup{})
	require.Equal(t, []string{"1004"}, find.op.(switching.FindInGroup).Among)
	found(find, "1004")
	b.take()
	b.rings("p", "1002")
	b.simple(switching.LegAnswered, "p")
	b.simple(switching.LegParked, "p")
	require.Equal(t, switching.PickUp{Leg: "p", Caller: "c", Ringing: "d"}, b.last(switching.PickUp{}).op)
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "p", Other: "c"})
	require.Contains(t, b.take(), "s GroupPickupCallResponse")
}

// The calls of devices that an application does not see are none of those that it picks up.
func TestGroupPickupCallOfApplications(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.inbound("c", "1003", "1004")
	b.outbound("d", "1004", "c")
	b.simple(switching.LegProgress, "d")
	b.take()
	a := b.granted("a", "devices", "1002,1004")
	for _, group := range []string{"", "sales"} {
		a.send(&ecma.GroupPickupCall{NewDestination: ecma.Subscriber("1002"), PickGroup: ecma.Subscriber(group)})
		b.knows(switching.DeviceStatus{Device: "1002", Known: true, Registered: true})
		require.Equal(t, []string{"1004"}, b.last(switching.FindInGroup{}).op.(switching.FindInGroup).Among)
	}
}
