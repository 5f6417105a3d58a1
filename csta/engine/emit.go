package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/wire"
)

// scratch holds the events that are sent most, so that sending one leaves no
// garbage: the cost of an event does not grow with the number of devices then,
// which a collector would have to visit.
type scratch struct {
	initiated   ecma.ServiceInitiatedEvent
	originated  ecma.OriginatedEvent
	delivered   ecma.DeliveredEvent
	established ecma.EstablishedEvent
	failed      ecma.FailedEvent
	cleared     ecma.ConnectionClearedEvent
}

// templates encodes one event once for each namespace in use among its
// monitors.
type templates struct {
	event ecma.Event
	used  int
	list  []*compiled
}

type compiled struct {
	edition  ecma.Edition
	template ecma.Template
}

func (t *templates) begin(ev ecma.Event) {
	t.event = ev
	t.used = 0
}

// in returns the event's template in that namespace.
func (t *templates) in(ed ecma.Edition) *ecma.Template {
	for _, done := range t.list[:t.used] {
		if done.edition == ed {
			return &done.template
		}
	}
	if t.used == len(t.list) {
		t.list = append(t.list, &compiled{})
	}
	next := t.list[t.used]
	t.used++
	next.edition = ed
	next.template.CompileWithin(wire.MaxSentBody, ed, t.event)
	return &next.template
}

// emit sends an event to the monitors of all devices in the call, each with its
// own device's state, and to the call's monitors, without one (ECMA-269 15:
// localConnectionInfo belongs to device-type monitors). A connection that the
// event made null must still be in the call, in the state null.
func (c *core) emit(cl *model.Call, ev ecma.Event) {
	c.events.begin(ev)
	kind := ev.EventKind()
	for _, conn := range cl.Connections {
		if conn.Device.ID.IsInterface() && !speaks(cl, conn) {
			continue
		}
		for _, m := range conn.Device.Monitors {
			c.notify(m, kind, conn.State)
		}
	}
	for _, m := range cl.Monitors {
		c.notify(m, kind, "")
	}
}

// speaks tells whether the connection, of a network interface, is the one whose
// state its monitors get with an event: an interface with several parties in the
// call hears of it once, and has left it with the last of them.
func speaks(cl *model.Call, conn *model.Connection) bool {
	var speaker *model.Connection
	for _, other := range cl.Connections {
		if other.Device == conn.Device && (speaker == nil || other.State != ecma.StateNull) {
			speaker = other
		}
	}
	return speaker == conn
}

// emitDevice sends an event that concerns a device outside of any call.
func (c *core) emitDevice(d *model.Device, ev ecma.Event) {
	c.events.begin(ev)
	for _, m := range d.Monitors {
		c.notify(m, ev.EventKind(), "")
	}
}

func (c *core) notify(m *model.Monitor, kind ecma.EventKind, local ecma.LocalConnectionState) {
	if m.Filter.Suppresses(kind) {
		return
	}
	s := m.Owner.(*session)
	s.Notify(c.events.in(m.Edition), m.CrossRefID, local)
	c.touch(s)
	if s.since == 0 {
		s.since = c.eventAt
	}
	c.counters.CSTAEvents++
	c.measured.sent[kind]++
	if c.trace.on {
		c.traceEvent(s, m, local)
	}
}

// move changes a connection's state. A change that the state model does not
// know is made all the same, since the switch is the truth, and counted.
func (c *core) move(conn *model.Connection, to ecma.LocalConnectionState) {
	if !model.Legal(conn.State, to) {
		c.counters.Repairs++
		c.log.Debug("impossible transition", "call", conn.Call.ID, "device", conn.Device.ID.Number, "from", conn.State, "to", to)
	}
	conn.State = to
}

// serviceInitiated reports that a device began a call (ECMA-269 17.2.16).
func (c *core) serviceInitiated(conn *model.Connection, cause ecma.EventCause) {
	cl := conn.Call
	if conn.State != ecma.StateInitiated {
		c.move(conn, ecma.StateInitiated)
	}
	c.scratch.initiated = ecma.ServiceInitiatedEvent{
		InitiatedConnection:     conn.ID(),
		InitiatingDevice:        ecma.Device(conn.DeviceID()),
		CorrelatorData:          cl.Correlator,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     optional(cl.NetworkCalled),
		AssociatedCallingDevice: optional(cl.AssociatedCalling),
	}
	c.emit(cl, &c.scratch.initiated)
}

// originated reports that the calling device's call is on its way (ECMA-269
// 17.2.13).
func (c *core) originated(conn *model.Connection, cause ecma.EventCause) {
	cl := conn.Call
	c.move(conn, ecma.StateConnected)
	c.scratch.originated = ecma.OriginatedEvent{
		OriginatedConnection:    conn.ID(),
		CallingDevice:           ecma.Device(conn.DeviceID()),
		CalledDevice:            ecma.Device(cl.Called),
		CorrelatorData:          cl.Correlator,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     optional(cl.NetworkCalled),
		AssociatedCallingDevice: optional(cl.AssociatedCalling),
		AssociatedCalledDevice:  optional(cl.AssociatedCalled),
	}
	c.emit(cl, &c.scratch.originated)
}

// delivered reports that a device is alerting (ECMA-269 17.2.5). party is the
// device that alerts: the connection's own, or the outside party behind a
// network interface.
func (c *core) delivered(conn *model.Connection, party ecma.DeviceID, cause ecma.EventCause) {
	c.move(conn, ecma.StateAlerting)
	c.emit(conn.Call, c.deliveredEvent(conn, party, cause))
}

func (c *core) deliveredEvent(conn *model.Connection, party ecma.DeviceID, cause ecma.EventCause) *ecma.DeliveredEvent {
	cl := conn.Call
	c.scratch.delivered = ecma.DeliveredEvent{
		Connection:              conn.ID(),
		AlertingDevice:          ecma.Device(party),
		CallingDevice:           cl.CallingDevice(),
		CalledDevice:            ecma.Device(cl.Called),
		LastRedirectionDevice:   ecma.RedirectedFrom(cl.LastRedirection),
		CorrelatorData:          cl.Correlator,
		UserData:                cl.User,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     optional(cl.NetworkCalled),
		AssociatedCallingDevice: optional(cl.AssociatedCalling),
		AssociatedCalledDevice:  optional(cl.AssociatedCalled),
	}
	return &c.scratch.delivered
}

// established reports that a device answered (ECMA-269 17.2.8).
func (c *core) established(conn *model.Connection, party ecma.DeviceID, cause ecma.EventCause) {
	cl := conn.Call
	if conn.State != ecma.StateConnected {
		// That of a network interface is, from Network Reached on.
		c.move(conn, ecma.StateConnected)
	}
	c.scratch.established = ecma.EstablishedEvent{
		EstablishedConnection:   conn.ID(),
		AnsweringDevice:         ecma.Device(party),
		CallingDevice:           cl.CallingDevice(),
		CalledDevice:            ecma.Device(cl.Called),
		LastRedirectionDevice:   ecma.RedirectedFrom(cl.LastRedirection),
		CorrelatorData:          cl.Correlator,
		UserData:                cl.User,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     optional(cl.NetworkCalled),
		AssociatedCallingDevice: optional(cl.AssociatedCalling),
		AssociatedCalledDevice:  optional(cl.AssociatedCalled),
	}
	c.emit(cl, &c.scratch.established)
}

// failed reports that the call could not be completed to a device (ECMA-269
// 17.2.9). No connection of that device remains.
func (c *core) failed(cl *model.Call, device ecma.DeviceID, cause ecma.EventCause) {
	c.failedBehind(cl, ecma.ConnectionID{CallID: cl.ID, Device: device}, device, cause)
}

// failedBehind is failed for the party behind a connection: the outside party
// behind a network interface.
func (c *core) failedBehind(cl *model.Call, failed ecma.ConnectionID, party ecma.DeviceID, cause ecma.EventCause) {
	c.scratch.failed = ecma.FailedEvent{
		FailedConnection:        failed,
		FailingDevice:           ecma.Device(party),
		CallingDevice:           cl.CallingDevice(),
		CalledDevice:            ecma.Device(cl.Called),
		LastRedirectionDevice:   ecma.RedirectedFrom(cl.LastRedirection),
		CorrelatorData:          cl.Correlator,
		UserData:                cl.User,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     optional(cl.NetworkCalled),
		AssociatedCallingDevice: optional(cl.AssociatedCalling),
		AssociatedCalledDevice:  optional(cl.AssociatedCalled),
	}
	c.emit(cl, &c.scratch.failed)
}

// cleared reports that a device left the call and ends its connection
// (ECMA-269 17.2.4).
func (c *core) cleared(conn *model.Connection, cause ecma.EventCause) {
	cl := conn.Call
	cl.Cleared = cause
	c.move(conn, ecma.StateNull)
	c.scratch.cleared = ecma.ConnectionClearedEvent{
		DroppedConnection: conn.ID(),
		ReleasingDevice:   ecma.Device(conn.DeviceID()),
		CorrelatorData:    cl.Correlator,
		UserData:          cl.User,
		Cause:             cause,
	}
	c.emit(cl, &c.scratch.cleared)
	c.model.Disconnect(conn)
}

// optional wraps an identifier that is left out when it is absent.
func optional(d ecma.DeviceID) ecma.ExtendedDevice {
	if d.IsZero() {
		return ecma.ExtendedDevice{}
	}
	return ecma.Device(d)
}
