package engine

import (
	"sort"

	"mod_csta_socket/csta/model"
)

// status is the part of a picture for operators that needs no call in motion.
func (g *registrations) status(counters Counters) Status {
	st := Status{Counters: counters}
	g.model.Monitors.Each(func(m *model.Monitor) {
		s := MonitorStatus{CrossRefID: m.CrossRefID, Session: m.Owner.Label()}
		if m.Device != nil {
			s.Device = m.Device.ID.Number
		} else {
			s.Device = "call " + m.Call.Name
		}
		st.Monitors = append(st.Monitors, s)
	})
	g.model.Devices.Each(func(d *model.Device) {
		st.Devices = append(st.Devices, DeviceStatus{
			Device:      d.ID.Number,
			Service:     g.service[d.ID.Number].String(),
			Monitors:    len(d.Monitors),
			Connections: len(d.Connections),
		})
	})
	g.model.Calls.Each(func(cl *model.Call) {
		s := CallStatus{CallID: cl.Name, Calling: cl.Calling.Number, Called: cl.Called.Number}
		for _, conn := range cl.Connections {
			s.Connections = append(s.Connections, ConnectionStatus{
				Device: conn.DeviceID().Number, State: string(conn.State()), Leg: conn.Leg,
			})
		}
		st.Calls = append(st.Calls, s)
	})
	return st
}

// sort makes a picture read well. It is not for the engine's goroutine: with a
// hundred thousand devices it takes a tenth of a second.
func (st *Status) sort() {
	sort.Slice(st.Monitors, func(i, j int) bool {
		a, b := st.Monitors[i].CrossRefID, st.Monitors[j].CrossRefID
		if len(a) != len(b) {
			return len(a) < len(b)
		}
		return a < b
	})
	sort.Slice(st.Devices, func(i, j int) bool { return st.Devices[i].Device < st.Devices[j].Device })
	sort.Slice(st.Calls, func(i, j int) bool { return st.Calls[i].CallID < st.Calls[j].CallID })
}
