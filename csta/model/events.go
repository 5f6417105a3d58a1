package model

import "mod_csta_socket/csta/ecma"

// Sink takes what happens in the picture.
type Sink interface {
	// Begin is called for an event, which is the model's and used again; those who
	// are told of it follow.
	Begin(ev ecma.Event)
	// Tell is called for each monitor of the event. local is the state of the
	// monitored device in the call, "" for monitors of calls and for events outside
	// of calls (ECMA-269 15: localConnectionInfo belongs to device-type monitors).
	Tell(m *Monitor, local ecma.LocalConnectionState)
	// Impossible is called for a transition that the state model of ECMA-269 does
	// not know. It is made all the same: the switch is the truth.
	Impossible(conn *Connection, to ecma.LocalConnectionState)
}

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

// Tell sends an event that changes no connection (of the voice unit for instance) to the
// monitors of all devices in the call, each with its own device's state, and to the
// call's monitors. A connection that the event made null must still be in the call, in
// the state null.
func (m *Model) Tell(cl *Call, ev ecma.Event) {
	m.sink.Begin(ev)
	for _, conn := range cl.Connections {
		if conn.Device.ID.IsInterface() && !speaks(cl, conn) {
			continue
		}
		for _, mon := range conn.Device.Monitors {
			m.sink.Tell(mon, conn.state)
		}
	}
	for _, mon := range cl.Monitors {
		m.sink.Tell(mon, "")
	}
}

// speaks tells whether the connection, of a network interface, is the one whose
// state its monitors get with an event: an interface with several parties in the
// call hears of it once, and has left it with the last of them.
func speaks(cl *Call, conn *Connection) bool {
	var speaker *Connection
	for _, other := range cl.Connections {
		if other.Device == conn.Device && (speaker == nil || other.state != ecma.StateNull) {
			speaker = other
		}
	}
	return speaker == conn
}

// TellDevice sends an event that concerns a device outside of any call.
func (m *Model) TellDevice(d *Device, ev ecma.Event) {
	m.sink.Begin(ev)
	for _, mon := range d.Monitors {
		m.sink.Tell(mon, "")
	}
}

// move changes a connection's state.
func (m *Model) move(conn *Connection, to ecma.LocalConnectionState) {
	if !Legal(conn.state, to) {
		m.sink.Impossible(conn, to)
	}
	conn.state = to
}

// Occupy makes a connection connected without an event: that of a network interface that
// called, of which Originated is not reported, or of a device whose other line is.
func (m *Model) Occupy(conn *Connection) { m.move(conn, ecma.StateConnected) }

// Initiate: a device began a call (Service Initiated, ECMA-269 17.2.17).
func (m *Model) Initiate(conn *Connection, cause ecma.EventCause) {
	cl := conn.Call
	if conn.state != ecma.StateInitiated {
		m.move(conn, ecma.StateInitiated)
	}
	m.scratch.initiated = ecma.ServiceInitiatedEvent{
		InitiatedConnection:     conn.ID(),
		InitiatingDevice:        ecma.Device(conn.DeviceID()),
		CorrelatorData:          cl.Correlator,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     ecma.OptionalDevice(cl.NetworkCalled),
		AssociatedCallingDevice: ecma.OptionalDevice(cl.AssociatedCalling),
	}
	m.Tell(cl, &m.scratch.initiated)
}

// Originate: the calling device's call is on its way (Originated, ECMA-269 17.2.14).
func (m *Model) Originate(conn *Connection, cause ecma.EventCause) {
	cl := conn.Call
	m.move(conn, ecma.StateConnected)
	m.scratch.originated = ecma.OriginatedEvent{
		OriginatedConnection:    conn.ID(),
		CallingDevice:           ecma.Device(conn.DeviceID()),
		CalledDevice:            ecma.Device(cl.Called),
		CorrelatorData:          cl.Correlator,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     ecma.OptionalDevice(cl.NetworkCalled),
		AssociatedCallingDevice: ecma.OptionalDevice(cl.AssociatedCalling),
		AssociatedCalledDevice:  ecma.OptionalDevice(cl.AssociatedCalled),
	}
	m.Tell(cl, &m.scratch.originated)
}

// Deliver: a device is alerting (Delivered, ECMA-269 17.2.5). party is the device that
// alerts: the connection's own, or the outside party behind a network interface.
func (m *Model) Deliver(conn *Connection, party ecma.DeviceID, cause ecma.EventCause) {
	m.move(conn, ecma.StateAlerting)
	m.DeliverBehind(conn, party, cause)
}

// DeliverBehind is Deliver for the party behind a network interface, whose connection
// stays connected.
func (m *Model) DeliverBehind(conn *Connection, party ecma.DeviceID, cause ecma.EventCause) {
	cl := conn.Call
	m.scratch.delivered = ecma.DeliveredEvent{
		Connection:              conn.ID(),
		AlertingDevice:          ecma.Device(party),
		CallingDevice:           cl.CallingDevice(),
		CalledDevice:            ecma.Device(cl.Called),
		LastRedirectionDevice:   ecma.RedirectedFrom(cl.LastRedirection),
		CorrelatorData:          cl.Correlator,
		UserData:                cl.User,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     ecma.OptionalDevice(cl.NetworkCalled),
		AssociatedCallingDevice: ecma.OptionalDevice(cl.AssociatedCalling),
		AssociatedCalledDevice:  ecma.OptionalDevice(cl.AssociatedCalled),
	}
	m.Tell(cl, &m.scratch.delivered)
}

// Establish: a device answered (Established, ECMA-269 17.2.8).
func (m *Model) Establish(conn *Connection, party ecma.DeviceID, cause ecma.EventCause) {
	cl := conn.Call
	if conn.state != ecma.StateConnected {
		// That of a network interface is, from Network Reached on.
		m.move(conn, ecma.StateConnected)
	}
	m.scratch.established = ecma.EstablishedEvent{
		EstablishedConnection:   conn.ID(),
		AnsweringDevice:         ecma.Device(party),
		CallingDevice:           cl.CallingDevice(),
		CalledDevice:            ecma.Device(cl.Called),
		LastRedirectionDevice:   ecma.RedirectedFrom(cl.LastRedirection),
		CorrelatorData:          cl.Correlator,
		UserData:                cl.User,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     ecma.OptionalDevice(cl.NetworkCalled),
		AssociatedCallingDevice: ecma.OptionalDevice(cl.AssociatedCalling),
		AssociatedCalledDevice:  ecma.OptionalDevice(cl.AssociatedCalled),
	}
	m.Tell(cl, &m.scratch.established)
}

// Hold: a device holds a call (Held, ECMA-269 17.2.10).
func (m *Model) Hold(conn *Connection, cause ecma.EventCause) {
	m.move(conn, ecma.StateHold)
	m.Tell(conn.Call, &ecma.HeldEvent{
		HeldConnection: conn.ID(),
		HoldingDevice:  ecma.Device(conn.DeviceID()),
		CorrelatorData: conn.Call.Correlator,
		Cause:          cause,
	})
}

// Retrieve: a device took a held call up again (Retrieved, ECMA-269 17.2.16).
func (m *Model) Retrieve(conn *Connection, cause ecma.EventCause) {
	m.move(conn, ecma.StateConnected)
	m.Tell(conn.Call, &ecma.RetrievedEvent{
		RetrievedConnection: conn.ID(),
		RetrievingDevice:    ecma.Device(conn.DeviceID()),
		CorrelatorData:      conn.Call.Correlator,
		Cause:               cause,
	})
}

// Queue: a call waits at a device (Queued, ECMA-269 17.2.15), behind the others that the
// device has.
func (m *Model) Queue(conn *Connection, cause ecma.EventCause) {
	cl := conn.Call
	m.move(conn, ecma.StateQueued)
	queued := int64(len(conn.Device.Connections))
	m.Tell(cl, &ecma.QueuedEvent{
		QueuedConnection:        conn.ID(),
		Queue:                   ecma.Device(conn.Device.ID),
		CallingDevice:           cl.CallingDevice(),
		CalledDevice:            ecma.Device(cl.Called),
		LastRedirectionDevice:   ecma.RedirectedFrom(cl.LastRedirection),
		NumberQueued:            ecma.IntOf(queued),
		CallsInFront:            ecma.IntOf(queued - 1),
		CorrelatorData:          cl.Correlator,
		UserData:                cl.User,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     ecma.OptionalDevice(cl.NetworkCalled),
		AssociatedCallingDevice: ecma.OptionalDevice(cl.AssociatedCalling),
		AssociatedCalledDevice:  ecma.OptionalDevice(cl.AssociatedCalled),
	})
}

// Divert: a call left a device for another (Diverted, ECMA-269 17.2.7), whose connection
// ends with that.
func (m *Model) Divert(conn *Connection, to ecma.DeviceID, cause ecma.EventCause) {
	cl := conn.Call
	m.move(conn, ecma.StateNull)
	m.Tell(cl, &ecma.DivertedEvent{
		Connection:              conn.ID(),
		DivertingDevice:         ecma.Device(conn.DeviceID()),
		NewDestination:          ecma.Device(to),
		CallingDevice:           cl.CallingDevice(),
		CalledDevice:            ecma.Device(cl.Called),
		LastRedirectionDevice:   ecma.RedirectedFrom(cl.LastRedirection),
		CorrelatorData:          cl.Correlator,
		UserData:                cl.User,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     ecma.OptionalDevice(cl.NetworkCalled),
		AssociatedCallingDevice: ecma.OptionalDevice(cl.AssociatedCalling),
		AssociatedCalledDevice:  ecma.OptionalDevice(cl.AssociatedCalled),
	})
	cl.LastRedirection = conn.DeviceID()
	m.Disconnect(conn)
}

// ReachNetwork: a call left through a network interface (Network Reached, ECMA-269
// 17.2.12), whose connection stands for the outside party.
func (m *Model) ReachNetwork(conn *Connection, cause ecma.EventCause) {
	cl := conn.Call
	m.Tell(cl, &ecma.NetworkReachedEvent{
		OutboundConnection:      conn.ID(),
		NetworkInterfaceUsed:    ecma.Device(conn.Device.ID),
		CallingDevice:           cl.CallingDevice(),
		CalledDevice:            ecma.Device(cl.Called),
		LastRedirectionDevice:   ecma.RedirectedFrom(cl.LastRedirection),
		CorrelatorData:          cl.Correlator,
		UserData:                cl.User,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     ecma.OptionalDevice(cl.NetworkCalled),
		AssociatedCallingDevice: ecma.OptionalDevice(cl.AssociatedCalling),
	})
}

// Fail: a call could not be completed to a party (Failed, ECMA-269 17.2.9). The failed
// connection is one that does not remain, or that of the network interface that the
// party is behind.
func (m *Model) Fail(cl *Call, failed ecma.ConnectionID, party ecma.DeviceID, cause ecma.EventCause) {
	m.scratch.failed = ecma.FailedEvent{
		FailedConnection:        failed,
		FailingDevice:           ecma.Device(party),
		CallingDevice:           cl.CallingDevice(),
		CalledDevice:            ecma.Device(cl.Called),
		LastRedirectionDevice:   ecma.RedirectedFrom(cl.LastRedirection),
		CorrelatorData:          cl.Correlator,
		UserData:                cl.User,
		Cause:                   cause,
		NetworkCallingDevice:    cl.NetworkCallingDevice(),
		NetworkCalledDevice:     ecma.OptionalDevice(cl.NetworkCalled),
		AssociatedCallingDevice: ecma.OptionalDevice(cl.AssociatedCalling),
		AssociatedCalledDevice:  ecma.OptionalDevice(cl.AssociatedCalled),
	}
	m.Tell(cl, &m.scratch.failed)
}

// FailAt is Fail for a device that could not be brought into the call. If it called
// itself, it has a connection there, which did not fail: failedConnection names no device
// then.
func (m *Model) FailAt(cl *Call, device ecma.DeviceID, cause ecma.EventCause) {
	failed := cl.Connection(device)
	if cl.Of(device) != nil {
		failed.Device = ecma.DeviceID{}
	}
	m.Fail(cl, failed, device, cause)
}

// Clear: a device left a call, and its connection ends (Connection Cleared, ECMA-269
// 17.2.4).
func (m *Model) Clear(conn *Connection, cause ecma.EventCause) {
	cl := conn.Call
	cl.cleared = cause
	m.move(conn, ecma.StateNull)
	m.scratch.cleared = ecma.ConnectionClearedEvent{
		DroppedConnection: conn.ID(),
		ReleasingDevice:   ecma.Device(conn.DeviceID()),
		CorrelatorData:    cl.Correlator,
		UserData:          cl.User,
		Cause:             cause,
	}
	m.Tell(cl, &m.scratch.cleared)
	m.Disconnect(conn)
}

// EndCall: nobody is left in a call (Call Cleared, ECMA-269 17.2.2).
func (m *Model) EndCall(cl *Call) {
	cause := cl.cleared
	if cause == "" {
		cause = ecma.CauseNormalClearing
	}
	m.Tell(cl, &ecma.CallClearedEvent{
		ClearedCall:    ecma.ConnectionID{CallID: cl.Name},
		CorrelatorData: cl.Correlator,
		Cause:          cause,
	})
}

// Depart makes a connection null whose end another event tells of, with which Transfer
// takes it out of the call.
func (m *Model) Depart(conn *Connection) { conn.state = ecma.StateNull }

// Transfer: the parties that remain of two calls, or of one, are in the call cl
// (Transferred, ECMA-269 17.2.18). The event has what its maker knows; its correlator
// data is the call's. Those who departed with it are taken out of the call.
func (m *Model) Transfer(cl *Call, ev *ecma.TransferedEvent, departed ...*Connection) {
	for _, conn := range departed {
		if conn.state != ecma.StateNull {
			m.move(conn, ecma.StateNull)
		}
	}
	ev.CorrelatorData = cl.Correlator
	m.Tell(cl, ev)
	for _, conn := range departed {
		m.Disconnect(conn)
	}
}

// Confer: the parties of two calls are in the call cl (Conferenced, ECMA-269 17.2.3),
// and so is the conferencing device with its connection own. The event has what its maker
// knows; its correlator data is the call's.
func (m *Model) Confer(cl *Call, ev *ecma.ConferencedEvent, own *Connection) {
	if own.state != ecma.StateConnected {
		m.move(own, ecma.StateConnected)
	}
	ev.CorrelatorData = cl.Correlator
	m.Tell(cl, ev)
}
