package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

const (
	// maxMonitors bounds all monitors, and so the memory a client can take.
	maxMonitors = 200_000
	// maxMonitorsPerDevice bounds the frames that one event can cause.
	maxMonitorsPerDevice = 4096
	// maxEditions bounds the namespaces that one event is encoded in. Those of the
	// standard, and those that are in use, are always among them.
	maxEditions = 64
)

// monitoring is the desk that starts and ends monitors.
type monitoring struct {
	*office
	registrations *registrations
}

// hasRoomFor tells whether there is room for one more monitor of the session in that
// namespace. One client takes half of all places at most; where it is an application, all its
// sessions are counted before (tooMuch).
func (d *monitoring) hasRoomFor(s *session, ed ecma.Edition) bool {
	editions, monitored := d.model.Monitors.Editions(ed)
	return d.model.Monitors.Len() < maxMonitors && len(s.monitors) < maxMonitors/2 &&
		(monitored || ed.IsStandard() || editions < maxEditions)
}

// mayWatch tells whether a session may have one more monitor beside those of the same
// device or call. One client, in however many sessions, takes half of the places at most.
func (s *session) mayWatch(others []*model.Monitor) bool {
	if len(others) >= maxMonitorsPerDevice {
		return false
	}
	if len(others) < maxMonitorsPerDevice/2 {
		return true
	}
	own := 0
	for _, m := range others {
		if s.shares(m.Owner.(*session)) {
			own++
		}
	}
	return own < maxMonitorsPerDevice/2
}

// start is Monitor Start (ECMA-269 15.1.2).
func (d *monitoring) start(r *Request, m *ecma.MonitorStart) {
	s := d.asker(r)
	switch {
	case !m.Object.Call.IsZero():
		d.startOnCall(s, r, m)
		return
	case m.Type == ecma.MonitorCall:
		d.refuse(r, ecma.ErrMonitorTypeNotSupported)
		return
	case m.Object.Device.IsZero():
		d.refuse(r, ecma.ErrInvalidMonitorObject)
		return
	}
	id := d.deviceID(m.Object.Device)
	if id.Type == ecma.DeviceNumber {
		if !looksInternal(id.Number) || !switching.ValidDevice(id.Number) {
			d.refuse(r, ecma.ErrInvalidDeviceID)
			return
		}
		d.startOnDevice(s, r, id, m.Filter)
		return
	}
	if known := d.model.Devices.Find(id); known != nil && len(known.Monitors) > 0 {
		d.startOnDevice(s, r, id, m.Filter)
		return
	}
	if !switching.ValidDevice(id.Number) {
		d.refuse(r, ecma.ErrInvalidDeviceID)
		return
	}
	d.inquire(switching.LookUpDevice{Device: id.Number}, func(out switching.Outcome, err error) {
		if d.asker(r) != s {
			return
		}
		st := out.Device
		switch {
		case err != nil:
			// The switch can't tell now; a monitor on a device that does not
			// exist does no harm.
			d.log.Warn("the switch can't tell about a device", "device", id.Number, "error", err)
		case !st.Known && !st.Registered:
			if !looksInternal(id.Number) {
				d.refuse(r, ecma.ErrInvalidDeviceID)
				return
			}
			id.Type = ecma.DeviceNumber
		default:
			if st.Device != "" {
				id.Number = d.canonical(st.Device)
			}
			if !d.opts.IgnoreRegistration {
				d.registrations.note(id.Number, serviceOf(st.Registered))
			}
		}
		d.startOnDevice(s, r, id, m.Filter)
	})
}

func (d *monitoring) startOnDevice(s *session, r *Request, id ecma.DeviceID, filter ecma.MonitorFilter) {
	if !d.sees(s.grant, id) {
		// It was named by an alias, or without its type.
		d.refuse(r, ecma.ErrInvalidDeviceID)
		return
	}
	if !d.hasRoomFor(s, r.Edition) {
		d.refuse(r, ecma.ErrOverallMonitorLimitExceeded)
		return
	}
	known := d.model.Devices.Find(id)
	if known != nil && !s.mayWatch(known.Monitors) {
		d.refuse(r, ecma.ErrObjectMonitorLimitExceeded)
		return
	}
	if known == nil || len(known.Monitors) == 0 {
		d.tellPhones(id, true)
	}
	d.started(s, r, d.model.MonitorDevice(id, filter, r.Edition, s), known != nil && len(known.Connections) > 0)
}

// startOnCall monitors one call until it is cleared.
func (d *monitoring) startOnCall(s *session, r *Request, m *ecma.MonitorStart) {
	if m.Type == ecma.MonitorDevice {
		d.refuse(r, ecma.ErrMonitorTypeNotSupported)
		return
	}
	cl := d.model.Calls.Named(m.Object.Call.CallID)
	switch {
	case cl == nil:
		d.refuse(r, ecma.ErrInvalidCallID)
	case !d.hasRoomFor(s, r.Edition):
		d.refuse(r, ecma.ErrOverallMonitorLimitExceeded)
	case !s.mayWatch(cl.Monitors):
		d.refuse(r, ecma.ErrObjectMonitorLimitExceeded)
	default:
		d.started(s, r, d.model.MonitorCall(cl, m.Filter, r.Edition, s), true)
	}
}

func (d *monitoring) started(s *session, r *Request, mon *model.Monitor, existing bool) {
	s.monitors[mon.CrossRefID] = mon
	d.respond(r, &ecma.MonitorStartResponse{
		MonitorCrossRefID: mon.CrossRefID,
		ActualFilter:      mon.Filter,
		ExistingCalls:     existing,
	})
}

// own finds a monitor of the session.
func (s *session) own(crossRefID string) *model.Monitor { return s.monitors[crossRefID] }

// stop is Monitor Stop (ECMA-269 15.1.3). A session ends its own
// monitors only.
func (d *monitoring) stop(r *Request, m *ecma.MonitorStop) {
	mon := d.asker(r).own(m.MonitorCrossRefID)
	if mon == nil {
		d.refuse(r, ecma.ErrInvalidMonitorCrossRefID)
		return
	}
	d.end(mon)
	d.respond(r, &ecma.MonitorStopResponse{})
}

// changeFilter is Change Monitor Filter (ECMA-269 15.1.1).
func (d *monitoring) changeFilter(r *Request, m *ecma.ChangeMonitorFilter) {
	mon := d.asker(r).own(m.MonitorCrossRefID)
	if mon == nil {
		d.refuse(r, ecma.ErrInvalidMonitorCrossRefID)
		return
	}
	if d.record != nil {
		before := lineOfMonitor(mon)
		d.record.change(formerly{Filtered: &before})
	}
	mon.Filter = m.Filter
	d.respond(r, &ecma.ChangeMonitorFilterResponse{ActualFilter: mon.Filter})
}

// end ends a monitor and makes its session forget it.
func (d *monitoring) end(m *model.Monitor) {
	delete(m.Owner.(*session).monitors, m.CrossRefID)
	d.drop(m)
}

// monitorsAtOnce bounds what the engine does about one session's monitors before it looks
// after others.
const monitorsAtOnce = 256

// endAll ends the monitors of a session that has gone.
func (d *monitoring) endAll(s *session) {
	n := 0
	for _, m := range s.monitors {
		if n++; n > monitorsAtOnce {
			d.lasting(forOthers, goneOnes{d, s})
			return
		}
		d.end(m)
	}
}

// goneOnes is a session that has gone, and some of whose monitors have not ended yet.
type goneOnes struct {
	d *monitoring
	s *session
}

func (n goneOnes) late(wait) bool {
	n.d.endAll(n.s)
	return false
}

func (d *monitoring) drop(m *model.Monitor) {
	if d.record != nil {
		ended := lineOfMonitor(m)
		d.record.change(formerly{Monitor: &ended})
	}
	d.model.StopMonitor(m)
	if m.Device != nil && len(m.Device.Monitors) == 0 {
		d.tellPhones(m.Device.ID, false)
	}
}

// tellPhones tells that a device has got its first monitor, or lost its
// last.
func (d *monitoring) tellPhones(device ecma.DeviceID, on bool) {
	if d.opts.Phones != nil && device.Type != ecma.DeviceNumber {
		d.opts.Phones.Monitored(device.Number, on)
	}
}
