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

// hasRoomFor tells whether there is room for one more monitor of the session in that
// namespace. One client takes half of all places at most.
func (c *core) hasRoomFor(s *session, ed ecma.Edition) bool {
	editions, monitored := c.model.Editions(ed)
	return c.model.MonitorCount() < maxMonitors && len(s.monitors) < maxMonitors/2 &&
		(monitored || ed.IsStandard() || editions < maxEditions)
}

// mayWatch tells whether a session may have one more monitor beside those of the same
// device or call. One client takes half of the places at most.
func (s *session) mayWatch(others []*model.Monitor) bool {
	if len(others) >= maxMonitorsPerDevice {
		return false
	}
	if len(others) < maxMonitorsPerDevice/2 {
		return true
	}
	own := 0
	for _, m := range others {
		if m.Owner == model.Owner(s) {
			own++
		}
	}
	return own < maxMonitorsPerDevice/2
}

// monitorStart is Monitor Start (ECMA-269 15.1.2).
func (c *core) monitorStart(s *session, r *Request, m *ecma.MonitorStart) {
	switch {
	case !m.Object.Call.IsZero():
		c.monitorCall(s, r, m)
		return
	case m.Type == ecma.MonitorCall:
		c.refuse(r, ecma.ErrMonitorTypeNotSupported)
		return
	case m.Object.Device.IsZero():
		c.refuse(r, ecma.ErrInvalidMonitorObject)
		return
	}
	id := c.deviceID(m.Object.Device)
	if id.Type == ecma.DeviceNumber {
		if !looksInternal(id.Number) || !switching.ValidDevice(id.Number) {
			c.refuse(r, ecma.ErrInvalidDeviceID)
			return
		}
		c.monitorDevice(s, r, id, m.Filter)
		return
	}
	if known := c.model.FindDevice(id); known != nil && len(known.Monitors) > 0 {
		c.monitorDevice(s, r, id, m.Filter)
		return
	}
	if !switching.ValidDevice(id.Number) {
		c.refuse(r, ecma.ErrInvalidDeviceID)
		return
	}
	c.ops.lasting(switching.LookUpDevice{Device: id.Number}, func(out switching.Outcome, err error) {
		if c.sessions[r.Session] != s {
			return
		}
		st := out.Device
		switch {
		case err != nil:
			// The switch can't tell now; a monitor on a device that does not
			// exist does no harm.
			c.log.Warn("the switch can't tell about a device", "device", id.Number, "error", err)
		case !st.Known && !st.Registered:
			if !looksInternal(id.Number) {
				c.refuse(r, ecma.ErrInvalidDeviceID)
				return
			}
			id.Type = ecma.DeviceNumber
		default:
			if st.Device != "" {
				id.Number = c.canonical(st.Device)
			}
			if !c.opts.IgnoreRegistration {
				c.noteService(id.Number, serviceOf(st.Registered))
			}
		}
		c.monitorDevice(s, r, id, m.Filter)
	})
}

func (c *core) monitorDevice(s *session, r *Request, id ecma.DeviceID, filter ecma.MonitorFilter) {
	if !c.hasRoomFor(s, r.Edition) {
		c.refuse(r, ecma.ErrOverallMonitorLimitExceeded)
		return
	}
	known := c.model.FindDevice(id)
	if known != nil && !s.mayWatch(known.Monitors) {
		c.refuse(r, ecma.ErrObjectMonitorLimitExceeded)
		return
	}
	if known == nil || len(known.Monitors) == 0 {
		c.phonesMonitored(id, true)
	}
	c.started(s, r, c.model.MonitorDevice(id, filter, r.Edition, s), known != nil && len(known.Connections) > 0)
}

// monitorCall monitors one call until it is cleared.
func (c *core) monitorCall(s *session, r *Request, m *ecma.MonitorStart) {
	if m.Type == ecma.MonitorDevice {
		c.refuse(r, ecma.ErrMonitorTypeNotSupported)
		return
	}
	cl := c.model.FindCall(m.Object.Call.CallID)
	switch {
	case cl == nil:
		c.refuse(r, ecma.ErrInvalidCallID)
	case !c.hasRoomFor(s, r.Edition):
		c.refuse(r, ecma.ErrOverallMonitorLimitExceeded)
	case !s.mayWatch(cl.Monitors):
		c.refuse(r, ecma.ErrObjectMonitorLimitExceeded)
	default:
		c.started(s, r, c.model.MonitorCall(cl, m.Filter, r.Edition, s), true)
	}
}

func (c *core) started(s *session, r *Request, mon *model.Monitor, existing bool) {
	s.monitors[mon.CrossRefID] = mon
	c.respond(r, &ecma.MonitorStartResponse{
		MonitorCrossRefID: mon.CrossRefID,
		ActualFilter:      mon.Filter,
		ExistingCalls:     existing,
	})
}

// own finds a monitor of the session.
func (s *session) own(crossRefID string) *model.Monitor { return s.monitors[crossRefID] }

// monitorStop is Monitor Stop (ECMA-269 15.1.3). A session ends its own
// monitors only.
func (c *core) monitorStop(s *session, r *Request, m *ecma.MonitorStop) {
	mon := s.own(m.MonitorCrossRefID)
	if mon == nil {
		c.refuse(r, ecma.ErrInvalidMonitorCrossRefID)
		return
	}
	c.stopMonitor(mon)
	c.respond(r, &ecma.MonitorStopResponse{})
}

// changeMonitorFilter is Change Monitor Filter (ECMA-269 15.1.1).
func (c *core) changeMonitorFilter(s *session, r *Request, m *ecma.ChangeMonitorFilter) {
	mon := s.own(m.MonitorCrossRefID)
	if mon == nil {
		c.refuse(r, ecma.ErrInvalidMonitorCrossRefID)
		return
	}
	if c.record != nil {
		before := lineOfMonitor(mon)
		c.record.change(formerly{Filtered: &before})
	}
	mon.Filter = m.Filter
	c.respond(r, &ecma.ChangeMonitorFilterResponse{ActualFilter: mon.Filter})
}
