// Package model is the picture of the switching function that CSTA shows to
// applications (ECMA-269 clause 6): devices, calls, the connections between
// them, and the monitors that watch them. It is pure data with its transitions;
// one goroutine owns a Model.
package model

import (
	"strconv"

	"mod_csta_socket/csta/ecma"
)

// Model holds all devices, calls and monitors.
type Model struct {
	devices  map[ecma.DeviceID]*Device
	calls    map[string]*Call
	names    *names
	monitors map[string]*Monitor
	// editions counts the monitors that have each.
	editions map[ecma.Edition]int
	lastRef  uint64
	sink     Sink
	scratch  scratch
}

// New returns an empty model whose events go to the sink.
func New(sink Sink) *Model {
	return &Model{
		sink:     sink,
		devices:  map[ecma.DeviceID]*Device{},
		calls:    map[string]*Call{},
		monitors: map[string]*Monitor{},
		editions: map[ecma.Edition]int{},
	}
}

// Service tells whether a device is in service (ECMA-269 23.1).
type Service uint8

const (
	ServiceUnknown Service = iota
	InService
	OutOfService
)

func (s Service) String() string {
	switch s {
	case InService:
		return "in"
	case OutOfService:
		return "out"
	}
	return "unknown"
}

// Device is a device that has connections or monitors; others are not kept.
type Device struct {
	ID          ecma.DeviceID
	Connections []*Connection
	Monitors    []*Monitor
}

// Call is a call (ECMA-269 6.1.2). Connections stand in the order in which they
// joined.
type Call struct {
	// ID names the call to the switch and to us, Name to clients; where calls are not
	// numbered (NumberCalls) they are the same.
	ID, Name    string
	Connections []*Connection
	Monitors    []*Monitor

	// Calling and Called are callingDevice and calledDevice: the party that
	// started the call and the number originally called.
	Calling, Called ecma.DeviceID
	// Withheld: the party that started the call wished not to be known. Calling is
	// absent then, until somebody else takes its place.
	Withheld bool
	// AssociatedCalling and AssociatedCalled are the network interfaces that
	// stand for an external calling or called party.
	AssociatedCalling, AssociatedCalled ecma.DeviceID
	// NetworkCalling and NetworkCalled are the numbers that a call from the
	// network brought along; the latter also what a call to it dials there.
	NetworkCalling, NetworkCalled ecma.DeviceID
	// LastRedirection is the device the call was last redirected from.
	LastRedirection ecma.DeviceID
	// Correlator and User are the client's data, repeated in the call's events.
	Correlator, User ecma.Data
	// cleared is the cause of the last Connection Cleared, which is that of Call
	// Cleared, too (ECMA-269 17.2.2).
	cleared ecma.EventCause
}

// CallingDevice is callingDevice as events tell it.
func (c *Call) CallingDevice() ecma.ExtendedDevice {
	if c.Calling.IsZero() && c.Withheld {
		return ecma.ExtendedDevice{Presence: ecma.Restricted}
	}
	return ecma.Device(c.Calling)
}

// NetworkCallingDevice is networkCallingDevice as events tell it: it is left out
// of a call that did not come from the network.
func (c *Call) NetworkCallingDevice() ecma.ExtendedDevice {
	switch {
	case !c.NetworkCalling.IsZero():
		return ecma.Device(c.NetworkCalling)
	case c.AssociatedCalling.IsZero():
		return ecma.ExtendedDevice{}
	case c.Withheld:
		return ecma.ExtendedDevice{Presence: ecma.Restricted}
	}
	return ecma.ExtendedDevice{Presence: ecma.NotKnown}
}

// Connection is one device's part in a call. It exists from the event that
// makes its state non-null to the one that makes it null.
type Connection struct {
	Call   *Call
	Device *Device
	state  ecma.LocalConnectionState
	// Leg is the switch's leg behind it; a queue shares its caller's.
	Leg string
	// party keeps apart the connections of one network interface in a call: each
	// stands for another outside party. It is 1 for the first, and for other devices.
	party int
}

// State is the connection's state, which the picture's events change.
func (c *Connection) State() ecma.LocalConnectionState { return c.state }

// DeviceID is the identifier of the connection's device in its call: of several
// parties behind one network interface each has its own.
func (c *Connection) DeviceID() ecma.DeviceID { return c.Device.ID.Party(c.party) }

// ID is the connection's identifier.
func (c *Connection) ID() ecma.ConnectionID { return c.Call.Connection(c.DeviceID()) }

// Connection is the identifier of a device's connection in the call.
func (c *Call) Connection(device ecma.DeviceID) ecma.ConnectionID {
	return ecma.ConnectionID{CallID: c.Name, Device: device}
}

// IDIn is the identifier that the connection will have when it is moved into a call.
func (c *Connection) IDIn(to *Call) ecma.ConnectionID {
	if c.Call == to {
		return c.ID()
	}
	return to.Connection(c.Device.ID.Party(to.freeParty(c.Device.ID, c.party)))
}

// FreeDevice is the identifier that a device would have in the call: of a network
// interface, that of another party.
func (c *Call) FreeDevice(id ecma.DeviceID) ecma.DeviceID {
	id, n := id.Interface()
	return id.Party(c.freeParty(id, n))
}

// freeParty is the number wanted for another party behind a device, if it is
// free, or else the lowest that is.
func (c *Call) freeParty(device ecma.DeviceID, wanted int) int {
	if !device.IsInterface() {
		return 1
	}
	taken := func(n int) bool {
		for _, conn := range c.Connections {
			if conn.Device.ID == device && conn.party == n {
				return true
			}
		}
		return false
	}
	if !taken(wanted) {
		return wanted
	}
	n := 1
	for taken(n) {
		n++
	}
	return n
}

// FindDevice returns the device, or nil if it has neither connection nor
// monitor.
func (m *Model) FindDevice(id ecma.DeviceID) *Device { return m.devices[id] }

// Device returns the device, making it if needed. One that is left without
// connection and monitor must be given back with Release.
func (m *Model) Device(id ecma.DeviceID) *Device {
	d := m.devices[id]
	if d == nil {
		d = &Device{ID: id}
		m.devices[id] = d
	}
	return d
}

// Release forgets a device that has neither connection nor monitor.
func (m *Model) Release(d *Device) {
	// An identifier may have got another device since, which is known by it now.
	if len(d.Connections) == 0 && len(d.Monitors) == 0 && m.devices[d.ID] == d {
		delete(m.devices, d.ID)
	}
}

// Devices calls f for every device, in no order.
func (m *Model) Devices(f func(*Device)) {
	for _, d := range m.devices {
		f(d)
	}
}

// DeviceCount is the number of devices that are monitored or in calls.
func (m *Model) DeviceCount() int { return len(m.devices) }

// Calls calls f for every call, in no order.
func (m *Model) Calls(f func(*Call)) {
	for _, c := range m.calls {
		f(c)
	}
}

// CallCount is the number of calls.
func (m *Model) CallCount() int { return len(m.calls) }

// FindCall returns the call of that ID, or nil.
func (m *Model) FindCall(id string) *Call { return m.calls[id] }

// CallNamed returns the call that clients know by that name, or nil.
func (m *Model) CallNamed(name string) *Call {
	if m.names == nil {
		return m.calls[name]
	}
	return m.names.calls[name]
}

// NewCall makes a call; the identifier must not be in use.
func (m *Model) NewCall(id string) *Call {
	c := &Call{ID: id, Name: id}
	if m.names != nil {
		m.names.give(c)
	}
	m.calls[id] = c
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
	delete(m.calls, c.ID)
	if m.names != nil {
		delete(m.names.calls, c.Name)
	}
}

// Connect gives the device a connection in the call. A network interface gets one
// for each party; the identifier may be a party's.
func (m *Model) Connect(c *Call, id ecma.DeviceID, state ecma.LocalConnectionState, leg string) *Connection {
	id, party := id.Interface()
	d := m.Device(id)
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
	m.Release(conn.Device)
}

// Move takes a connection over into another call, as transfer and conference
// do (ECMA-269 6.1.3: the connection ID changes with the call ID).
func (m *Model) Move(conn *Connection, to *Call) {
	conn.Call.Connections = without(conn.Call.Connections, conn)
	conn.party = to.freeParty(conn.Device.ID, conn.party)
	conn.Call = to
	to.Connections = append(to.Connections, conn)
}

// Of returns the device's connection in the call, or nil.
func (c *Call) Of(id ecma.DeviceID) *Connection {
	for _, conn := range c.Connections {
		if conn.DeviceID() == id {
			return conn
		}
	}
	return nil
}

// Monitor is one monitor of a device or of a call.
type Monitor struct {
	CrossRefID string
	Device     *Device
	Call       *Call
	Filter     ecma.MonitorFilter
	// Edition is the namespace its events are sent in.
	Edition ecma.Edition
	// Owner is the session it belongs to.
	Owner Owner
}

// Owner is what a monitor's events are sent to.
type Owner interface {
	Label() string
}

// MonitorDevice starts a monitor on the device.
func (m *Model) MonitorDevice(id ecma.DeviceID, filter ecma.MonitorFilter, ed ecma.Edition, owner Owner) *Monitor {
	mon := m.newMonitor(filter, ed, owner)
	mon.Device = m.Device(id)
	mon.Device.Monitors = append(mon.Device.Monitors, mon)
	return mon
}

// MonitorCall starts a monitor on the call.
func (m *Model) MonitorCall(c *Call, filter ecma.MonitorFilter, ed ecma.Edition, owner Owner) *Monitor {
	mon := m.newMonitor(filter, ed, owner)
	mon.Call = c
	c.Monitors = append(c.Monitors, mon)
	return mon
}

func (m *Model) newMonitor(filter ecma.MonitorFilter, ed ecma.Edition, owner Owner) *Monitor {
	mon := &Monitor{CrossRefID: m.NextNumber(), Filter: filter, Edition: ed, Owner: owner}
	m.monitors[mon.CrossRefID] = mon
	m.editions[ed]++
	return mon
}

// NextNumber is a cross-reference ID for what is no monitor: clients tell all of them
// apart.
func (m *Model) NextNumber() string {
	m.lastRef++
	return strconv.FormatUint(m.lastRef, 10)
}

// LastNumber is the cross-reference ID that was given last.
func (m *Model) LastNumber() uint64 { return m.lastRef }

// NumberFrom has the next monitor get the cross-reference ID after last.
func (m *Model) NumberFrom(last uint64) { m.lastRef = last }

// FindMonitor returns the monitor, or nil.
func (m *Model) FindMonitor(crossRefID string) *Monitor { return m.monitors[crossRefID] }

// Monitors calls f for every monitor, in no order.
func (m *Model) Monitors(f func(*Monitor)) {
	for _, mon := range m.monitors {
		f(mon)
	}
}

// MonitorCount is the number of monitors.
func (m *Model) MonitorCount() int { return len(m.monitors) }

// Editions is the number of editions that monitors have, and monitored whether one of
// them has this.
func (m *Model) Editions(ed ecma.Edition) (number int, monitored bool) {
	return len(m.editions), m.editions[ed] > 0
}

// StopMonitor ends a monitor.
func (m *Model) StopMonitor(mon *Monitor) {
	if m.monitors[mon.CrossRefID] != nil {
		if m.editions[mon.Edition]--; m.editions[mon.Edition] == 0 {
			delete(m.editions, mon.Edition)
		}
	}
	delete(m.monitors, mon.CrossRefID)
	if mon.Call != nil {
		mon.Call.Monitors = without(mon.Call.Monitors, mon)
	}
	if mon.Device != nil {
		mon.Device.Monitors = without(mon.Device.Monitors, mon)
		m.Release(mon.Device)
	}
}

// Attach keeps the data that a client gives with a service: what is given replaces
// what the call has, a null string takes it away, what is not given leaves it
// (ECMA-269 12.2.10). The events of what the service does carry them already.
func (c *Call) Attach(correlator, user ecma.Data) {
	replace := func(has *ecma.Data, given ecma.Data) {
		switch {
		case given.Null:
			*has = ecma.Data{}
		case !given.IsZero():
			*has = given
		}
	}
	replace(&c.Correlator, correlator)
	replace(&c.User, user)
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
