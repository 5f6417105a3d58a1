package engine

import (
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
)

// connection finds the connection a request names. Some clients leave out the
// call ID, or the device's type: the device's only connection that fits is
// meant then. none is the error value for a device without such a connection.
func (b *switchboard) connection(id ecma.ConnectionID, fits func(*model.Connection) bool, none *ecma.Error) (*model.Connection, *ecma.Error) {
	device := b.deviceID(id.Device)
	internal := ecma.DeviceID{Number: device.Number, Type: ecma.DeviceNumber}
	if id.CallID == "" {
		if id.Device.IsZero() {
			return nil, ecma.ErrInvalidConnectionID
		}
		for _, known := range [...]*model.Device{b.model.Devices.Find(device), b.model.Devices.Find(internal)} {
			if known == nil {
				continue
			}
			for _, conn := range known.Connections {
				if fits(conn) {
					return conn, nil
				}
			}
		}
		return nil, none
	}
	cl := b.model.Calls.Named(id.CallID)
	if cl == nil {
		return nil, ecma.ErrInvalidCallID
	}
	if conn := cl.Of(device); conn != nil {
		return conn, nil
	}
	if conn := cl.Of(internal); conn != nil {
		return conn, nil
	}
	if conn := b.predicted(cl.ID, device); conn != nil {
		return conn, nil
	}
	return nil, ecma.ErrInvalidConnectionID
}

// inState is a test for connection.
func inState(states ...ecma.LocalConnectionState) func(*model.Connection) bool {
	return func(conn *model.Connection) bool {
		for _, s := range states {
			if conn.State() == s {
				return true
			}
		}
		return false
	}
}

// predicted implements standingCalls.
func (b *switchboard) predicted(call string, party ecma.DeviceID) *model.Connection {
	return b.calls[call].predictedAs(party)
}

// underWay implements standingCalls.
func (b *switchboard) underWay(call string) bool {
	return b.model.Calls.Named(call) != nil || b.predicting[call] != nil
}

// predictedAs is the connection meant by what the response to Make Predictive Call
// named before there was one (ECMA-269 17.1.20): that of the network interface, if the
// called party is outside, and until the called device has one, that of the calling
// device. Nil if the call's called device was not named so.
func (cl *call) predictedAs(device ecma.DeviceID) *model.Connection {
	if cl == nil || cl.initiated.IsZero() || cl.initiated != device {
		return nil
	}
	if conn := cl.Of(cl.AssociatedCalled); conn != nil {
		return conn
	}
	if conn := cl.Of(cl.Calling); conn != nil && conn.State() == ecma.StateInitiated {
		return conn
	}
	return nil
}

// looksInternal tells whether a number has the form of a queue or a network
// interface: a client may have left out typeOfNumber, whose default is
// dialingNumber.
func looksInternal(number string) bool {
	device := ecma.DeviceID{Number: number, Type: ecma.DeviceNumber}
	if of, _ := device.Interface(); of != device {
		// A party's identifier means something within its call only.
		return false
	}
	return len(number) > len(ecma.QueuePrefix) &&
		(strings.HasPrefix(number, ecma.QueuePrefix) || strings.HasPrefix(number, ecma.NetworkInterfacePrefix))
}

// dialler is a device as the switch is told for whom it dials.
func dialler(device ecma.DeviceID) string {
	if device.Type == ecma.DeviceNumber {
		return ""
	}
	return device.Number
}
