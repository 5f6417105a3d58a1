package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// talking is the switch's list while 1000 (a) talks with 1001 (b).
func talking() []switching.LegState {
	return []switching.LegState{
		{Leg: "b", Created: 2, Answered: true, Partner: "a", Info: switching.LegInfo{
			Direction: switching.Outbound, Device: "1001", Dialled: "1001", Originator: "a"}},
		{Leg: "a", Created: 1, Answered: true, Partner: "b", Info: switching.LegInfo{
			Direction: switching.Inbound, Device: "1000", Caller: "1000", Dialled: "1001"}},
	}
}

func TestLoadedInTheMiddleOfACall(t *testing.T) {
	b := newBench(t)
	b.core.comparison.resync("start")
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	cl := b.client("s")
	cl.monitor("1001")
	cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
	require.Equal(t, []string{"s calls [a/1000[connected connected]]"}, b.take())
	b.hangUp("b", switching.CauseNormalClearing)
	b.hangUp("a", switching.CauseNormalClearing)
	b.destroyed("b", "a")
	require.Equal(t, []string{"s 1 ConnectionCleared a/1001 normalClearing null"}, b.take())
	b.empty()
}

func TestLostEventsAreMended(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.take()
	b.core.now = b.core.now.Add(time.Minute)
	b.event(switching.Event{Kind: switching.EventsLost, Count: 7})
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	require.Equal(t, []string{
		"s 1 Established a/1001 1000>1001 by 1001 newCall connected",
		"s 2 Established a/1001 1000>1001 by 1001 newCall connected",
	}, b.take("ListLegs"))
	b.core.now = b.core.now.Add(time.Minute)
	b.event(switching.Event{Kind: switching.EventsLost, Count: 1})
	b.last(switching.ListLegs{}).done(switching.Outcome{}, nil)
	b.empty()
	require.Len(t, b.take("ListLegs"), 3)
}

func TestSnapshotOlderThanEvents(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.core.comparison.resync("test")
	b.simple(switching.LegAnswered, "b")
	b.hangUp("b", switching.CauseNormalClearing)
	b.hangUp("a", switching.CauseNormalClearing)
	b.destroyed("b", "a")
	b.take()
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	require.Empty(t, b.take(), "legs that ended meanwhile do not come back")
	b.empty()
}

// The list may still have a leg under its old name.
func TestSnapshotOlderThanARename(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.simple(switching.LegAnswered, "b")
	b.core.comparison.resync("test")
	b.event(switching.Event{Kind: switching.LegRenamed, Leg: "c", Other: "b"})
	b.take()
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	require.Empty(t, b.take())
	b.hangUp("c", switching.CauseNormalClearing)
	b.hangUp("a", switching.CauseNormalClearing)
	b.destroyed("c", "a")
	b.empty()
}

// A leg's UUID may come back while the call it began lives on.
func TestCallIdentifierInUse(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.simple(switching.LegAnswered, "b")
	b.event(switching.Event{Kind: switching.LegRenamed, Leg: "a2", Other: "a"})
	b.inbound("a", "1002", "1003")
	require.Len(t, b.core.calls, 2)
	for _, leg := range []string{"b", "a2", "a"} {
		b.hangUp(leg, switching.CauseNormalClearing)
		b.destroyed(leg)
	}
	b.empty()
}

func TestEventOfUnknownLegTakesASnapshot(t *testing.T) {
	b, _ := watched(t)
	b.simple(switching.LegAnswered, "b")
	require.Zero(t, b.core.counters.Repairs, "its birth may come late")
	b.pass(waits[forBirth].atMost)
	b.last(switching.ListLegs{}).done(switching.Outcome{}, errors.New("no"))
	b.pass(waits[forList].atMost)
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	lines := b.take("ListLegs")
	require.Len(t, lines, 6)
	require.EqualValues(t, 1, b.core.counters.Repairs)
}

func TestAuditFindsCallsWithoutLegs(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.take()
	b.core.now = b.core.now.Add(time.Minute)
	b.core.comparison.audit()
	b.last(switching.ListLegs{}).done(switching.Outcome{}, nil)
	require.Len(t, b.core.legs, 2, "the list may be ahead of the events")
	b.pass(waits[forSecondLook].atMost)
	b.last(switching.ListLegs{}).done(switching.Outcome{}, nil)
	b.empty()
	require.EqualValues(t, 2, b.core.counters.AuditFindings)
}

// The switch's list is ahead of its events: by the second look they have come.
func TestAuditWaitsForEventsOnTheirWay(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.take()
	b.core.now = b.core.now.Add(time.Minute)
	b.core.comparison.audit()
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	require.Empty(t, b.take("ListLegs"))
	b.simple(switching.LegAnswered, "b")
	b.simple(switching.LegAnswered, "a")
	b.take()
	b.pass(waits[forSecondLook].atMost)
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	require.Empty(t, b.take("ListLegs"))
	require.Zero(t, b.core.counters.AuditFindings)
}

// What a snapshot shows of a call in a queue that came by a trunk, held calls
// among them.
func TestLoadedWhileCallsWaitAndAreHeld(t *testing.T) {
	b := newBench(t)
	b.core.comparison.resync("start")
	list := talking()
	list[1].Held = true
	list = append(list,
		switching.LegState{Leg: "q", Created: 3, Answered: true, Queue: "9500", TrunkIn: "20", Info: switching.LegInfo{
			Direction: switching.Inbound, Caller: "5551234", Dialled: "9500"}},
		switching.LegState{Leg: "o", Created: 4, Answered: true, Partner: "t", Info: switching.LegInfo{
			Direction: switching.Inbound, Device: "1002", Caller: "1002", Dialled: "205550"}},
		switching.LegState{Leg: "t", Created: 5, Answered: true, Partner: "o", TrunkOut: "20", Info: switching.LegInfo{
			Direction: switching.Outbound, Dialled: "5550", Originator: "o"}},
	)
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: list}, nil)
	cl := b.client("s")
	b.take()
	for _, call := range []string{"a", "q", "o"} {
		cl.send(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: call}})
	}
	require.Equal(t, []string{
		"s endpoints [a/1000 hold a/1001 connected] 1000>1001",
		"s endpoints [q/0120 connected q/029500 connected] 5551234>9500",
		"s endpoints [o/1002 connected o/0120 connected] 1002>205550",
	}, b.take())
}

// The leg of a held party was called at whatever contact its phone has registered.
func TestLoadedDuringAConsultationBySomebodyWhoCalled(t *testing.T) {
	b := newBench(t)
	b.core.comparison.resync("start")
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: []switching.LegState{
		{Leg: "a", Created: 1, Answered: true, Partner: "c", Note: "call_n.held_b.in_a", Info: switching.LegInfo{
			Direction: switching.Inbound, Device: "1000", Caller: "1000", Dialled: "1002"}},
		{Leg: "b", Created: 2, Answered: true, Note: "call_a", Info: switching.LegInfo{
			Direction: switching.Outbound, Device: "1001", Caller: "1000", Dialled: "1001-0x5635", Originator: "a"}},
		{Leg: "c", Created: 3, Answered: true, Partner: "a", Note: "call_n", Info: switching.LegInfo{
			Direction: switching.Outbound, Device: "1002", Caller: "1000", Dialled: "1002-0x5636", Originator: "a"}},
	}}, nil)
	cl := b.client("s")
	b.take()
	cl.send(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "a"}})
	cl.send(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "n"}})
	require.Equal(t, []string{
		"s endpoints [a/1001 connected a/1000 hold] 1000>1001",
		"s endpoints [n/1000 connected n/1002 connected] 1000>1002",
	}, b.take())
}

// An engine that ends right after Alternate Call or Reconnect Call leaves a note that says
// of the party that the device talks to that it is held.
func TestLoadedBeforeTheSwapWasNoted(t *testing.T) {
	leg := func(id, device, partner, originator, note string) switching.LegState {
		return switching.LegState{Leg: id, Created: int64(id[0]), Answered: true, Partner: partner, Note: note, Info: switching.LegInfo{
			Direction: switching.Outbound, Device: device, Caller: "1000", Dialled: device, Originator: originator}}
	}
	in := func(id, device, dialled, partner, note string) switching.LegState {
		s := leg(id, device, partner, "", note)
		s.Info.Direction, s.Info.Caller, s.Info.Dialled = switching.Inbound, device, dialled
		return s
	}
	for name, c := range map[string]struct {
		list []switching.LegState
		want []string
	}{
		"alternated, by who called": {[]switching.LegState{
			in("a", "1000", "1001", "b", "call_n.held_b.in_a"), leg("b", "1001", "a", "a", "astray"), leg("c", "1002", "", "a", ""),
		}, []string{"a/1000[connected connected]", "n/1000[hold connected]"}},
		"alternated, by who was called": {[]switching.LegState{
			in("a", "1001", "1000", "b", "astray"), leg("b", "1000", "a", "a", "call_n.held_a.in_a"), leg("c", "1002", "", "b", ""),
		}, []string{"a/1000[connected connected]", "n/1000[hold connected]"}},
		"alternated back, by who called": {[]switching.LegState{
			in("a", "1000", "1001", "c", "held_c.in_n"), leg("b", "1001", "", "a", "astray"), leg("c", "1002", "a", "a", "call_n"),
		}, []string{"n/1000[connected connected]", "a/1000[hold connected]"}},
		"alternated back, by who was called": {[]switching.LegState{
			in("a", "1001", "1000", "", "astray"), leg("b", "1000", "c", "a", "call_a.held_c.in_n"), leg("c", "1002", "b", "b", "call_n"),
		}, []string{"n/1000[connected connected]", "a/1000[hold connected]"}},
		"reconnected": {[]switching.LegState{
			in("a", "1001", "1000", "b", "astray"), leg("b", "1000", "a", "a", "call_n.held_a.in_a"),
		}, []string{"a/1000[connected connected]"}},
	} {
		b := newBench(t)
		b.core.comparison.resync("start")
		b.last(switching.ListLegs{}).done(switching.Outcome{Legs: c.list}, nil)
		cl := b.client("s")
		b.take()
		cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
		require.Equal(t, []string{"s calls " + fmt.Sprint(c.want)}, b.take(), name)
	}
}

func TestLoadedDuringACallOfTwoWhoWereCalled(t *testing.T) {
	b := newBench(t)
	b.core.comparison.resync("start")
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: []switching.LegState{
		{Leg: "b", Created: 2, Answered: true, Partner: "c", Note: "call_a", Info: switching.LegInfo{
			Direction: switching.Outbound, Device: "1001", Caller: "1000", Dialled: "1001-0x5635", Originator: "a"}},
		{Leg: "c", Created: 3, Answered: true, Partner: "b", Note: "call_a", Info: switching.LegInfo{
			Direction: switching.Outbound, Device: "1002", Caller: "1000", Dialled: "1002-0x5636", Originator: "a"}},
	}}, nil)
	cl := b.client("s")
	b.take()
	cl.send(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "a"}})
	require.Equal(t, []string{"s endpoints [a/1001 connected a/1002 connected] 1000>1001"}, b.take())
}

func TestLoadedWhileACallWaitsInAQueueThatAnswered(t *testing.T) {
	for name, c := range map[string]struct {
		named, own string
		state      ecma.LocalConnectionState
	}{
		"named by the dialplan":                                 {"sales", "", ecma.StateConnected},
		"named by the dialplan, served by one of the switch":    {"sales", "sales", ecma.StateConnected},
		"named by the dialplan, served by one of another name":  {"sales", "support", ecma.StateConnected},
		"of the switch's own, which answers to play music only": {"", "sales", ecma.StateQueued},
	} {
		b := newBench(t)
		b.core.comparison.resync("start")
		b.last(switching.ListLegs{}).done(switching.Outcome{Legs: []switching.LegState{
			{Leg: "a", Created: 1, Answered: true, Queue: c.named, OwnQueue: c.own, Info: switching.LegInfo{
				Direction: switching.Inbound, Device: "1000", Caller: "1000", Dialled: "9742"}},
		}}, nil)
		b.client("s").send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
		require.Equal(t, []string{"s calls [a/1000[connected " + string(c.state) + "]]"}, b.take("ListLegs"), name)
	}
}

func TestPanicRebuildsFromTheSwitch(t *testing.T) {
	b, cl := watched(t)
	b.ringing()
	b.take()
	b.core.rebuild()
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	b.take()
	cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1001")})
	require.Equal(t, []string{"s calls [a/1001[connected connected]]"}, b.take())
}

// The party that a service left alone talks to somebody else by the time that it
// would have been hung up: what was to come before a rebuild does not come after it.
func TestNothingUnderWayOutlivesARebuild(t *testing.T) {
	t.Run("timers", func(t *testing.T) {
		b, cl := watched(t)
		b.talk()
		b.heldAndRetrieved(cl)
		b.services()
		b.hangUp("a", switching.CauseNormalClearing)
		b.destroyed("a")
		b.core.rebuild()
		list := talking()
		list[1].Leg, list[0].Partner, list[0].Info.Originator = "other", "other", "other"
		b.last(switching.ListLegs{}).done(switching.Outcome{Legs: list}, nil)
		b.take()
		b.pass(time.Hour)
		require.NotContains(t, strings.Join(b.take(), "\n"), "HangUp")
		require.Zero(t, b.core.timers.heap.Len())
	})
	t.Run("results and requests", func(t *testing.T) {
		b, cl := watched(t)
		b.talk()
		cl.send(&ecma.HoldCall{CallToBeHeld: at("a", "1000")})
		late := b.last(switching.Hold{})
		b.take()
		b.core.rebuild()
		require.Equal(t, []string{"s error generic"}, b.take("ListLegs"))
		b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
		b.take()
		late.succeed(switching.Outcome{})
		require.Empty(t, b.take())
		require.Empty(t, b.core.unanswered)
	})
	t.Run("but what has nothing to do with calls", func(t *testing.T) {
		b := newBench(t)
		cl := b.client("s")
		cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber("1000")}})
		b.core.registrations.unregistered("1002")
		b.core.rebuild()
		known := switching.Outcome{Device: switching.DeviceStatus{Device: "1000", Known: true, Registered: true}}
		for _, op := range b.ops {
			if _, is := op.op.(switching.LookUpDevice); is {
				op.done(known, nil)
			}
		}
		require.Contains(t, strings.Join(b.take(), "\n"), "s monitor 1")
		require.Equal(t, 1, b.core.timers.heap.Len(), "whether the contact has left is still to be asked")
	})
}

func TestRequestsWaitForTheFirstListOfLegs(t *testing.T) {
	b := newBench(t)
	b.core.starting = true
	b.core.comparison.resync("start")
	cl := b.client("s")
	cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
	require.Empty(t, b.take("ListLegs"))
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	require.Equal(t, []string{"s calls [a/1000[connected connected]]"}, b.take())
	b = newBench(t)
	b.core.starting = true
	b.core.comparison.resync("start")
	b.client("s").send(&ecma.SystemStatus{})
	require.Empty(t, b.take("ListLegs"))
	b.last(switching.ListLegs{}).done(switching.Outcome{}, errors.New("no"))
	require.NotEmpty(t, b.take())
}

// What the first look of an audit found counts only for the second one: calls
// that all ended before it are no first look at those that came after.
func TestAuditForgetsItsFirstLookWithTheCalls(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.core.now = b.core.now.Add(time.Minute)
	b.core.comparison.audit()
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	b.allHangUp("b", "a")
	b.destroyed("b", "a")
	b.pass(waits[forSecondLook].atMost)
	b.ringing()
	b.core.now = b.core.now.Add(time.Minute)
	b.core.comparison.audit()
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	require.Zero(t, b.core.counters.AuditFindings)
	b.pass(waits[forSecondLook].atMost)
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: talking()}, nil)
	require.EqualValues(t, 2, b.core.counters.AuditFindings)
}
