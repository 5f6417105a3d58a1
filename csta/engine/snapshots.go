package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// snapshotDevice is Snapshot Device (ECMA-269 16.1.2), answered from the model.
// A device that the model does not hold has no calls; whether it exists only
// the switch can tell.
func (c *core) snapshotDevice(r *Request, m *ecma.SnapshotDevice) {
	id := c.deviceID(m.Object)
	d := c.model.FindDevice(id)
	if d == nil && looksInternal(id.Number) {
		d = c.model.FindDevice(ecma.DeviceID{Number: id.Number, Type: ecma.DeviceNumber})
	}
	if d != nil {
		c.respond(r, snapshotOf(d))
		return
	}
	if of, _ := (ecma.DeviceID{Number: id.Number, Type: ecma.DeviceNumber}).Interface(); of.Number != id.Number {
		// One party behind a network interface: its parts in calls.
		party := &model.Device{}
		if d := c.model.FindDevice(of); d != nil {
			for _, conn := range d.Connections {
				if conn.DeviceID().Number == id.Number {
					party.Connections = append(party.Connections, conn)
				}
			}
		}
		c.respond(r, snapshotOf(party))
		return
	}
	if looksInternal(id.Number) && switching.ValidDevice(id.Number) {
		c.respond(r, &ecma.SnapshotDeviceResponse{})
		return
	}
	c.subscriber(r, id, ecma.ErrInvalidDeviceID, func(st switching.DeviceStatus) {
		if d := c.model.FindDevice(ecma.Subscriber(st.Device)); d != nil {
			c.respond(r, snapshotOf(d))
			return
		}
		c.respond(r, &ecma.SnapshotDeviceResponse{})
	})
}

// snapshotOf lists a device's calls, each with its own state first and those of
// the others after it (compoundCallState).
func snapshotOf(d *model.Device) *ecma.SnapshotDeviceResponse {
	resp := &ecma.SnapshotDeviceResponse{}
	for _, conn := range d.Connections {
		info := ecma.SnapshotDeviceInfo{Connection: conn.ID(), States: []ecma.LocalConnectionState{conn.State()}}
		for _, other := range conn.Call.Connections {
			if other != conn {
				info.States = append(info.States, other.State())
			}
		}
		resp.Calls = append(resp.Calls, info)
	}
	return resp
}

// snapshotCall is Snapshot Call (ECMA-269 16.1.1).
func (c *core) snapshotCall(r *Request, m *ecma.SnapshotCall) {
	cl := c.model.FindCall(m.Object.CallID)
	if cl == nil {
		c.refuse(r, ecma.ErrInvalidCallID)
		return
	}
	resp := &ecma.SnapshotCallResponse{
		CallingDevice:           cl.CallingDevice(),
		CalledDevice:            ecma.Device(cl.Called),
		AssociatedCallingDevice: ecma.OptionalDevice(cl.AssociatedCalling),
		AssociatedCalledDevice:  ecma.OptionalDevice(cl.AssociatedCalled),
		CorrelatorData:          cl.Correlator,
	}
	for _, conn := range cl.Connections {
		resp.Endpoints = append(resp.Endpoints, ecma.SnapshotCallInfo{
			Device:     ecma.Device(conn.DeviceID()),
			Connection: conn.ID(),
			State:      conn.State(),
		})
	}
	c.respond(r, resp)
}
