package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/wire"
)

// snapshots is the desk that shows calls as they are.
type snapshots struct{ *office }

// device is Snapshot Device (ECMA-269 16.1.2), answered from the model.
// A device that the model does not hold has no calls; whether it exists only
// the switch can tell.
func (s *snapshots) device(r *Request, m *ecma.SnapshotDevice) {
	id := s.deviceID(m.Object)
	d := s.model.Devices.Find(id)
	if d == nil && looksInternal(id.Number) {
		d = s.model.Devices.Find(ecma.DeviceID{Number: id.Number, Type: ecma.DeviceNumber})
	}
	if d != nil {
		s.tell(r, snapshotOf(d))
		return
	}
	if of, _ := (ecma.DeviceID{Number: id.Number, Type: ecma.DeviceNumber}).Interface(); of.Number != id.Number {
		// One party behind a network interface: its parts in calls.
		party := &model.Device{}
		if d := s.model.Devices.Find(of); d != nil {
			for _, conn := range d.Connections {
				if conn.DeviceID().Number == id.Number {
					party.Connections = append(party.Connections, conn)
				}
			}
		}
		s.tell(r, snapshotOf(party))
		return
	}
	if looksInternal(id.Number) && switching.ValidDevice(id.Number) {
		s.respond(r, &ecma.SnapshotDeviceResponse{})
		return
	}
	s.subscriber(r, id, ecma.ErrInvalidDeviceID, func(st switching.DeviceStatus) {
		if d := s.model.Devices.Find(ecma.Subscriber(st.Device)); d != nil {
			s.tell(r, snapshotOf(d))
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

// maxSnapshot is how many calls a segment of a snapshot has.
const maxSnapshot = 100

// tell answers with a device's calls, in segments behind the response if they are too
// many for it.
func (s *snapshots) tell(r *Request, resp *ecma.SnapshotDeviceResponse) {
	fits := func(m ecma.Message) bool { return len(ecma.Append(nil, r.Edition, m)) <= wire.MaxSentBody }
	if fits(resp) {
		s.respond(r, resp)
		return
	}
	ref := s.model.Monitors.NextNumber()
	segment := func(part []ecma.SnapshotDeviceInfo, number int64, last bool) ecma.Message {
		return &ecma.SnapshotDeviceData{ServiceCrossRefID: ref, SegmentID: ecma.IntOf(number), LastSegment: last, Calls: part}
	}
	for i := range resp.Calls {
		// A conference of so many parties that it does not fit into any segment.
		if len(resp.Calls[i].States) > maxSnapshot && !fits(segment(resp.Calls[i:i+1], 1, true)) {
			s.refuse(r, ecma.ErrResourceLimitExceeded)
			return
		}
	}
	s.follow(r, &ecma.SnapshotDeviceResponse{ServiceCrossRefID: ref}, segmented(r.Edition, resp.Calls, maxSnapshot, segment))
}

// call is Snapshot Call (ECMA-269 16.1.1).
func (s *snapshots) call(r *Request, m *ecma.SnapshotCall) {
	cl := s.model.Calls.Named(m.Object.CallID)
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
