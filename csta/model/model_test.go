package model

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
)

type owner string

func (o owner) Label() string { return string(o) }

func TestDevicesLiveAsLongAsSomethingNeedsThem(t *testing.T) {
	m := New(nobody{})
	a := ecma.Subscriber("1000")
	require.Nil(t, m.Devices.Find(a))
	mon := m.MonitorDevice(a, ecma.MonitorFilter{}, ecma.Edition4, owner("s"))
	cl := m.NewCall("c")
	conn := m.Connect(cl, a, ecma.StateInitiated, "leg")
	require.Same(t, conn, cl.Of(a))
	require.Equal(t, ecma.ConnectionID{CallID: "c", Device: a}, conn.ID())
	m.StopMonitor(mon)
	require.Nil(t, m.Monitors.Find(mon.CrossRefID))
	require.NotNil(t, m.Devices.Find(a))
	m.Disconnect(conn)
	require.Equal(t, ecma.StateNull, conn.State())
	require.Nil(t, m.Devices.Find(a))
	m.RemoveCall(cl)
	require.Zero(t, m.Calls.Len())
}

// A connection that outlived its device, by whatever accident, does not take away
// the one that is known by the identifier now.
func TestReleaseForgetsNobodyElse(t *testing.T) {
	m := New(nobody{})
	a := ecma.Subscriber("1000")
	old := m.Devices.of(a)
	m.Devices.release(old)
	now := m.Devices.of(a)
	m.Devices.release(old)
	require.Same(t, now, m.Devices.Find(a))
}

func TestRemoveCallTakesItsConnectionsAndMonitors(t *testing.T) {
	m := New(nobody{})
	cl := m.NewCall("c")
	m.Connect(cl, ecma.Subscriber("1000"), ecma.StateConnected, "l1")
	m.Connect(cl, ecma.Subscriber("1001"), ecma.StateConnected, "l2")
	m.MonitorCall(cl, ecma.MonitorFilter{}, ecma.Edition4, owner("s"))
	m.RemoveCall(cl)
	require.Nil(t, m.Calls.Find("c"))
	require.Zero(t, m.Monitors.Len())
	m.Devices.Each(func(d *Device) { t.Errorf("device %v is left", d.ID) })
}

func TestCrossReferenceIDsAreUnique(t *testing.T) {
	m := New(nobody{})
	seen := map[string]bool{}
	for range 100 {
		mon := m.MonitorDevice(ecma.Subscriber("1000"), ecma.MonitorFilter{}, ecma.Edition4, owner("s"))
		require.False(t, seen[mon.CrossRefID])
		seen[mon.CrossRefID] = true
		m.StopMonitor(mon)
	}
}

func TestMoveKeepsTheDevice(t *testing.T) {
	m := New(nobody{})
	c1, c2 := m.NewCall("c1"), m.NewCall("c2")
	conn := m.Connect(c2, ecma.Subscriber("1002"), ecma.StateConnected, "l")
	m.Move(conn, c1)
	require.Nil(t, c2.Of(ecma.Subscriber("1002")))
	require.Equal(t, "c1", conn.ID().CallID)
	require.Same(t, conn, c1.Of(ecma.Subscriber("1002")))
}

// Each party behind a network interface has a connection of its own; the interface
// has them all.
func TestPartiesOfANetworkInterface(t *testing.T) {
	m := New(nobody{})
	c1, c2 := m.NewCall("c1"), m.NewCall("c2")
	nid := ecma.NetworkInterface("20")
	first := m.Connect(c1, nid, ecma.StateConnected, "a")
	second := m.Connect(c1, nid, ecma.StateConnected, "b")
	moving := m.Connect(c2, nid, ecma.StateConnected, "c")
	require.Equal(t, "0120", first.ID().Device.Number)
	require.Equal(t, "0120#2", second.ID().Device.Number)
	require.Same(t, second, c1.Of(ecma.DeviceID{Number: "0120#2", Type: ecma.DeviceNumber}))
	require.Same(t, first, c1.Of(nid))
	require.Len(t, m.Devices.Find(nid).Connections, 3)
	m.Disconnect(second)
	foretold := moving.IDIn(c1)
	m.Move(moving, c1)
	require.Equal(t, foretold, moving.ID())
	require.Equal(t, "0120#2", moving.ID().Device.Number)
	m.Disconnect(first)
	require.Equal(t, "0120#2", moving.ID().Device.Number, "it keeps its identifier")
	require.Same(t, moving, m.Connect(c2, nid.Party(2), ecma.StateNull, "d").Device.Connections[0])
}

func TestLegalTransitions(t *testing.T) {
	legal := map[[2]ecma.LocalConnectionState]bool{
		{ecma.StateNull, ecma.StateInitiated}:      true,
		{ecma.StateInitiated, ecma.StateConnected}: true,
		{ecma.StateAlerting, ecma.StateConnected}:  true,
		{ecma.StateConnected, ecma.StateHold}:      true,
		{ecma.StateHold, ecma.StateConnected}:      true,
		{ecma.StateQueued, ecma.StateConnected}:    true,
		{ecma.StateConnected, ecma.StateNull}:      true,
		{ecma.StateAlerting, ecma.StateFail}:       true,
		{ecma.StateConnected, ecma.StateAlerting}:  false,
		{ecma.StateHold, ecma.StateAlerting}:       false,
		{ecma.StateInitiated, ecma.StateHold}:      false,
		{ecma.StateNull, ecma.StateNull}:           false,
	}
	for step, want := range legal {
		require.Equal(t, want, Legal(step[0], step[1]), "%s to %s", step[0], step[1])
	}
}

func TestCallsAreNumbered(t *testing.T) {
	m := New(nobody{})
	m.Calls.Number()
	c := m.NewCall("5f3c9d0e-8a0b-4a52-9a0f-2f4d6f1b7c11")
	number, err := strconv.ParseInt(c.Name, 10, 64)
	require.NoError(t, err)
	require.Positive(t, number)
	require.Equal(t, c, m.Calls.Named(c.Name))
	require.Nil(t, m.Calls.Named(c.ID))
	require.Equal(t, c, m.Calls.Find(c.ID))
	conn := m.Connect(c, ecma.Subscriber("1000"), ecma.StateConnected, "")
	require.Equal(t, ecma.ConnectionID{CallID: c.Name, Device: ecma.Subscriber("1000")}, conn.ID())

	// Another model, after a reload, has the same number for the same call.
	later := New(nobody{})
	later.Calls.Number()
	require.Equal(t, c.Name, later.NewCall(c.ID).Name)

	// Of two with the same number the later one gets the next.
	next := strconv.FormatInt(number+1, 10)
	taken := &Call{ID: "x"}
	later.Calls.byNumber[next] = taken
	later.RemoveCall(later.Calls.Find(c.ID))
	later.Calls.byNumber[c.Name] = taken
	require.Equal(t, strconv.FormatInt(number+2, 10), later.NewCall(c.ID).Name)

	m.RemoveCall(c)
	require.Nil(t, m.Calls.Named(c.Name))
	require.Empty(t, m.Calls.byNumber)
}
