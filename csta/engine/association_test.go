package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// monitors are those that a client is told it has.
func (r *reader) monitors() (list []string) {
	r.ask(&ecma.GetMonitors{})
	for range 20 {
		r.pass(time.Second)
	}
	response, segments := r.answer()
	first := response.(*ecma.GetMonitorsResponse)
	entries := first.Monitors
	for i, m := range segments {
		segment := m.(*ecma.MonitorInfo)
		require.Equal(r.t, first.ServiceCrossRefID, segment.ServiceCrossRefID)
		require.Equal(r.t, ecma.IntOf(int64(i+1)), segment.SegmentID)
		require.Equal(r.t, i == len(segments)-1, segment.LastSegment)
		entries = append(entries, segment.Monitors...)
	}
	require.Equal(r.t, len(segments) == 0, first.ServiceCrossRefID == "")
	for _, e := range entries {
		list = append(list, e.MonitorCrossRefID+" "+e.Object.Number+" "+string(e.Object.Type))
	}
	return list
}

func (r *reader) watches(devices ...string) (crossRefIDs []string) {
	for _, device := range devices {
		r.ask(startOf(device))
		last := len(r.ops) - 1
		r.ops[last].done(switching.Outcome{Device: switching.DeviceStatus{Device: device, Known: true, Registered: true}}, nil)
		crossRefIDs = append(crossRefIDs, r.responses[len(r.responses)-1].(*ecma.MonitorStartResponse).MonitorCrossRefID)
	}
	return crossRefIDs
}

func TestGetMonitors(t *testing.T) {
	b := newBench(t)
	r, other := b.reader("a"), b.reader("b")
	require.Empty(t, r.monitors())
	ids := r.watches("1000", "1001@tenant.test")
	other.watches("1002")
	b.inbound("l1", "1000", "1002")
	r.ask(&ecma.MonitorStart{Object: ecma.MonitorObject{Call: ecma.ConnectionID{CallID: "l1"}}})
	call := r.responses[len(r.responses)-1].(*ecma.MonitorStartResponse).MonitorCrossRefID
	require.Equal(t, []string{ids[0] + " 1000 dialingNumber", ids[1] + " 1001@tenant.test dialingNumber", call + " l1 other"}, r.monitors())
	// Many come in segments, in the order in which they were started.
	want := r.monitors()
	for n := range 1000 {
		device := fmt.Sprintf("2%03d", n)
		want = append(want, r.watches(device)[0]+" "+device+" dialingNumber")
	}
	require.Equal(t, want, r.monitors())
}

// The monitors of one session are another's: their events go there, and they end with it.
func TestMonitorsMoved(t *testing.T) {
	b := newBench(t)
	from, to := b.client("a"), b.client("b")
	one := from.monitor("1000")
	two := to.monitor("1001")
	moved := 0
	b.core.hears(monitorsMoved{from, to, func() { moved++ }})
	b.core.hears(monitorsMoved{from, from, func() { moved++ }})
	require.Equal(t, 2, moved)
	require.Equal(t, "a error invalidMonitorCrossRefID", from.ask(&ecma.MonitorStop{MonitorCrossRefID: one}))
	b.core.hears(sessionClosed{from})
	require.NotNil(t, b.core.model.Monitors.Find(one))
	b.inbound("l1", "1000", "1002")
	require.NotEmpty(t, b.take())
	require.Contains(t, to.ask(&ecma.MonitorStop{MonitorCrossRefID: one}), "b MonitorStopResponse")
	b.core.hears(sessionClosed{to})
	require.Nil(t, b.core.model.Monitors.Find(two))
	b.core.hears(monitorsMoved{from, to, func() { moved++ }})
	require.Equal(t, 3, moved, "who waits is told in any case")
}

// What the session may not have does not come to it.
func TestMonitorsMovedBeyondTheGrant(t *testing.T) {
	b := newBench(t)
	from, to := b.granted("a", "devices", "1000,1001"), b.granted("b", "devices", "1001")
	from.monitor("1000")
	from.monitor("1001")
	b.core.hears(monitorsMoved{from, to, func() {}})
	require.Equal(t, []string{"b request MonitorStop"}, b.take())
	require.Len(t, b.core.sessions[to].monitors, 1)
}

// Nobody is answered who asked on the connection that was lost.
func TestResumed(t *testing.T) {
	b := newBench(t)
	a := b.client("a")
	a.send(startOf("1000"))
	before := len(b.ops)
	resumed := false
	b.core.hears(sessionResumed{a, func() { resumed = true }})
	require.True(t, resumed)
	b.ops[before-1].done(switching.Outcome{Device: switching.DeviceStatus{Device: "1000", Known: true}}, nil)
	for _, line := range b.take() {
		require.NotContains(t, line, "a ")
	}
	require.Empty(t, b.core.unanswered)
	require.NotEmpty(t, a.monitor("1000"), "it goes on")
}

// Many monitors end a few at a time, and nobody hears of anything by those that are left.
func TestManyMonitorsEndInParts(t *testing.T) {
	b := newBench(t)
	one := b.client("s")
	for i := range 3 * monitorsAtOnce {
		one.monitor(fmt.Sprint(1000 + i))
	}
	b.take()
	b.core.hears(sessionClosed{one})
	require.Equal(t, 2*monitorsAtOnce, b.core.model.Monitors.Len())
	for i := range 3 * monitorsAtOnce {
		b.inbound(fmt.Sprint("l", i), fmt.Sprint(1000+i), "9000")
	}
	require.Empty(t, b.take())
	b.pass(time.Millisecond)
	b.pass(time.Millisecond)
	require.Zero(t, b.core.model.Monitors.Len())
}
