// Package model is the picture of the switching function that CSTA shows to
// applications (ECMA-269 clause 6): devices, calls, the connections between
// them, and the monitors that watch them. It is pure data with its transitions;
// one goroutine owns a Model.
package model

import "mod_csta_socket/csta/ecma"

// Model holds all devices, calls and monitors.
type Model struct {
	Devices  Devices
	Calls    Calls
	Monitors Monitors
	sink     Sink
	scratch  scratch
}

// New returns an empty model whose events go to the sink.
func New(sink Sink) *Model {
	return &Model{
		Devices:  Devices{byID: map[ecma.DeviceID]*Device{}},
		Calls:    Calls{byID: map[string]*Call{}},
		Monitors: Monitors{byRef: map[string]*Monitor{}, editions: map[ecma.Edition]int{}},
		sink:     sink,
	}
}

// NewCall makes a call; the identifier must not be in use.
func (m *Model) NewCall(id string) *Call {
	c := &Call{ID: id, Name: id}
	m.Calls.add(c)
	return c
}

// RemoveCall forgets a call with all its connections and call monitors.
func (m *Model) RemoveCall(c *Call) {
	for len(c.Connections) > 0 {
		m.Disconnect(c.Connections[0])
	}
	for len(c.Monitors) > 0 {
		m.StopMonitor(c.Monitors[0])
	}
	m.Calls.remove(c)
}

// Connect gives the device a connection in the call. A network interface gets one
// for each party; the identifier may be a party's.
func (m *Model) Connect(c *Call, id ecma.DeviceID, state ecma.LocalConnectionState, leg string) *Connection {
	id, party := id.Interface()
	d := m.Devices.of(id)
	conn := &Connection{Call: c, Device: d, state: state, Leg: leg, party: c.freeParty(d.ID, party)}
	c.Connections = append(c.Connections, conn)
	conn.Device.Connections = append(conn.Device.Connections, conn)
	return conn
}

// Disconnect ends a connection: its state becomes null and call and device
// forget it.
func (m *Model) Disconnect(conn *Connection) {
	conn.state = ecma.StateNull
	conn.Call.Connections = without(conn.Call.Connections, conn)
	conn.Device.Connections = without(conn.Device.Connections, conn)
	m.Devices.release(conn.Device)
}

// Move takes a connection over into another call, as transfer and conference
// do (ECMA-269 6.1.3: the connection ID changes with the call ID).
func (m *Model) Move(conn *Connection, to *Call) {
	conn.Call.Connections = without(conn.Call.Connections, conn)
	conn.party = to.freeParty(conn.Device.ID, conn.party)
	conn.Call = to
	to.Connections = append(to.Connections, conn)
}

// MonitorDevice starts a monitor on the device.
func (m *Model) MonitorDevice(id ecma.DeviceID, filter ecma.MonitorFilter, ed ecma.Edition, owner Owner) *Monitor {
	mon := m.Monitors.add(filter, ed, owner)
	mon.Device = m.Devices.of(id)
	mon.Device.Monitors = append(mon.Device.Monitors, mon)
	return mon
}

// MonitorCall starts a monitor on the call.
func (m *Model) MonitorCall(c *Call, filter ecma.MonitorFilter, ed ecma.Edition, owner Owner) *Monitor {
	mon := m.Monitors.add(filter, ed, owner)
	mon.Call = c
	c.Monitors = append(c.Monitors, mon)
	return mon
}

// StopMonitor ends a monitor.
func (m *Model) StopMonitor(mon *Monitor) {
	m.Monitors.remove(mon)
	if mon.Call != nil {
		mon.Call.Monitors = without(mon.Call.Monitors, mon)
	}
	if mon.Device != nil {
		mon.Device.Monitors = without(mon.Device.Monitors, mon)
		m.Devices.release(mon.Device)
	}
}

// Merge gives a call what belongs to the one that a transfer or conference merges
// into it: its monitors, the device called, which is that of the secondary call
// (ECMA-269 12.3.6), and its correlator data, if there are no others.
func (m *Model) Merge(from, to *Call) {
	if !from.Called.IsZero() {
		to.Called = from.Called
	}
	if to.Correlator.IsZero() {
		to.Correlator = from.Correlator
	}
	for _, mon := range from.Monitors {
		mon.Call = to
	}
	to.Monitors = append(to.Monitors, from.Monitors...)
	from.Monitors = nil
}

// without removes one element, keeping the order of the others.
func without[T comparable](list []T, x T) []T {
	for i, y := range list {
		if y == x {
			copy(list[i:], list[i+1:])
			var zero T
			list[len(list)-1] = zero
			return list[:len(list)-1]
		}
	}
	return list
}
