package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// snapshots is the desk that shows calls as they are.
type snapshots struct{ *office }

// device is Snapshot Device (ECMA-269 16.1.2), answered from the model.
// A device that the model does not hold has no calls; whether it exists only
// the switch can tell.
func (s *snapshots) device(r *Request, m *ecma.SnapshotDevice) {
	id := s.deviceID(m.Object)
	d := s.model.FindDevice(id)
	if d == nil && looksInternal(id.Number) {
		d = s.model.FindDevice(ecma.DeviceID{Number: id.Number, Type: ecma.DeviceNumber})
	}
	if d != nil {
		s.respond(r, snapshotOf(d))
		return
	}
	if of, _ := (ecma.DeviceID{Number: id.Number, Type: ecma.DeviceNumber}).Interface(); of.Number != id.Number {
		// One party behind a network interface: its parts in calls.
		party := &model.Device{}
		if d := s.model.FindDevice(of); d != nil {
			for _, conn := range d.Connections {
				if conn.DeviceID().Number == id.Number {
					party.Connections = append(party.Connections, conn)
				}
			}
		}
		s.respond(r, snapshotOf(party))
		return
	}
	if looksInternal(id.Number) && switching.ValidDevice(id.Number) {
		s.respond(r, &ecma.SnapshotDeviceResponse{})
		return
	}
	s.subscriber(r, id, ecma.ErrInvalidDeviceID, func(st switching.DeviceStatus) {
		if d := s.model.FindDevice(ecma.Subscriber(st.Device)); d != nil {
			s.respond(r, snapshotOf(d))
			return
		}
		s.respond(r, &ecma.SnapshotDeviceResponse{})
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

// call is Snapshot Call (ECMA-269 16.1.1).
func (s *snapshots) call(r *Request, m *ecma.SnapshotCall) {
	cl := s.model.FindCall(m.Object.CallID)
	if cl == nil {
		s.refuse(r, ecma.ErrInvalidCallID)
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
	s.respond(r, resp)
}
