package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// parties are the devices of each call, sorted.
func (b *bench) parties() [][]string {
	var all [][]string
	for _, cl := range b.core.calls {
		var devices []string
		for _, conn := range cl.Connections {
			devices = append(devices, conn.Device.ID.Number)
		}
		slices.Sort(devices)
		all = append(all, devices)
	}
	slices.SortFunc(all, slices.Compare)
	return all
}

// served is the switch's list after an agent (c) sent its caller (a) on to another
// phone (b), and takes the next one (d).
func served(note string) []switching.LegState {
	in := func(leg, device, dialled, partner string, created int64) switching.LegState {
		return switching.LegState{Leg: leg, Created: created, Answered: true, Partner: partner, Info: switching.LegInfo{
			Direction: switching.Inbound, Device: device, Caller: device, Dialled: dialled}}
	}
	list := []switching.LegState{
		in("a", "1000", "1001", "b", 1),
		in("c", "1002", "8502", "d", 2),
		{Leg: "b", Created: 3, Answered: true, Partner: "a", Info: switching.LegInfo{
			Direction: switching.Outbound, Device: "1001", Dialled: "1001", Originator: "a"}},
		in("d", "1003", "8501", "c", 4),
	}
	list[1].Note = note
	return list
}

// A note tells where a device was. Who else is there, and talks to somebody else,
// the list tells better.
func TestLoadedWithANoteThatIsOutOfDate(t *testing.T) {
	b := newBench(t)
	b.core.comparison.resync("start")
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: served("call_a")}, nil)
	b.pass(waits[forStray].atMost)
	require.Equal(t, [][]string{{"1000", "1001"}, {"1002", "1003"}}, b.parties())
}

// The events that tell of an agent that stays behind were lost: an audit does not
// take its next call for its last one.
func TestAuditKeepsSeparateCallsSeparate(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "8501")
	b.simple(switching.LegAnswered, "a")
	b.inbound("c", "1002", "8502")
	b.simple(switching.LegAnswered, "c")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "c", Other: "a"})
	require.Equal(t, [][]string{{"1000", "1002"}}, b.parties())
	b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "c", Other: "a"})
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "1001"})
	b.outbound("b", "1001", "a")
	b.simple(switching.LegAnswered, "b")
	list := served("call_a")
	for range 2 {
		b.core.now = b.core.now.Add(time.Minute)
		b.core.comparison.audit()
		b.last(switching.ListLegs{}).done(switching.Outcome{Legs: list}, nil)
	}
	b.pass(waits[forSecondLook].atMost)
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: list}, nil)
	b.pass(waits[forStray].atMost)
	require.Equal(t, [][]string{{"1000", "1001"}, {"1002", "1003"}}, b.parties())
}

// A leg whose device left by a transfer, and which the switch keeps, is in a call
// of its own.
func TestTransferorThatStaysHasACallOfItsOwn(t *testing.T) {
	b, cl := watched(t)
	b.ringing()
	b.simple(switching.LegAnswered, "b")
	b.simple(switching.LegAnswered, "a")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	b.pass(time.Second)
	cl.send(&ecma.SingleStepTransferCall{ActiveCall: ecma.ConnectionID{CallID: "a", Device: ecma.Subscriber("1000")}, TransferredTo: ecma.Subscriber("1002")})
	b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "a", Other: "b"})
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "b", Name: "1002"})
	b.pass(waits[forStray].atMost)
	require.Equal(t, [][]string{{"1000"}, {"1001"}}, b.parties())
	b.allHangUp("a", "b")
	b.destroyed("a", "b")
	b.empty()
}
