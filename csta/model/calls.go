package model

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strconv"

	"mod_csta_socket/csta/ecma"
)

// Call is a call (ECMA-269 6.1.2). Connections stand in the order in which they
// joined.
type Call struct {
	// ID names the call to the switch and to us, Name to clients; where calls are not
	// numbered (Calls.Number) they are the same.
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

// Connection is the identifier of a device's connection in the call.
func (c *Call) Connection(device ecma.DeviceID) ecma.ConnectionID {
	return ecma.ConnectionID{CallID: c.Name, Device: device}
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

// Of returns the device's connection in the call, or nil.
func (c *Call) Of(id ecma.DeviceID) *Connection {
	for _, conn := range c.Connections {
		if conn.DeviceID() == id {
			return conn
		}
	}
	return nil
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

// Calls are the calls that there are.
type Calls struct {
	byID map[string]*Call
	// byNumber has those that clients know by numbers, some of which read a call's
	// identifier as one; nil where calls are not numbered.
	byNumber map[string]*Call
}

// Number has calls that are made from now on known by numbers of 63 bits, in decimal
// digits. A number follows from the call's ID and nothing else: whoever finds the call
// after a reload knows it by the same one, and no state has to outlive a restart.
func (c *Calls) Number() { c.byNumber = map[string]*Call{} }

// Find returns the call of that ID, or nil.
func (c *Calls) Find(id string) *Call { return c.byID[id] }

// Named returns the call that clients know by that name, or nil.
func (c *Calls) Named(name string) *Call {
	if c.byNumber == nil {
		return c.byID[name]
	}
	return c.byNumber[name]
}

// Each calls f for every call, in no order.
func (c *Calls) Each(f func(*Call)) {
	for _, cl := range c.byID {
		f(cl)
	}
}

// Len is the number of calls.
func (c *Calls) Len() int { return len(c.byID) }

func (c *Calls) add(cl *Call) {
	if c.byNumber != nil {
		c.number(cl)
	}
	c.byID[cl.ID] = cl
}

func (c *Calls) remove(cl *Call) {
	delete(c.byID, cl.ID)
	delete(c.byNumber, cl.Name)
}

// number gives a call its number: the beginning of a digest of its ID, which is as random as
// that one. Of a billion calls two have the same with a probability of a twentieth; of
// those that there are at a time never, as the later one gets the next that is free.
func (c *Calls) number(cl *Call) {
	digest := sha256.Sum256([]byte(cl.ID))
	number := binary.BigEndian.Uint64(digest[:]) & math.MaxInt64
	for {
		cl.Name = strconv.FormatUint(number, 10)
		if number > 0 && c.byNumber[cl.Name] == nil {
			c.byNumber[cl.Name] = cl
			return
		}
		number = (number + 1) & math.MaxInt64
	}
}
