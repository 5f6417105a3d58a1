package model

import "mod_csta_socket/csta/ecma"

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

// IDIn is the identifier that the connection will have when it is moved into a call.
func (c *Connection) IDIn(to *Call) ecma.ConnectionID {
	if c.Call == to {
		return c.ID()
	}
	return to.Connection(c.Device.ID.Party(to.freeParty(c.Device.ID, c.party)))
}
