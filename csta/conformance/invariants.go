package conformance

import (
	"fmt"
	"slices"
	"strings"

	"mod_csta_socket/csta/conformance/probe"
)

// transitions are the legal changes of a connection's state (ECMA-269 6.1.5).
// A device whose connection is null may come back into a call.
var transitions = map[string][]string{
	"null":      {"null", "initiated", "alerting", "connected", "queued", "fail"},
	"initiated": {"initiated", "connected", "null", "fail"},
	"alerting":  {"alerting", "connected", "queued", "fail", "null"},
	"connected": {"connected", "hold", "queued", "fail", "null"},
	"hold":      {"hold", "connected", "fail", "null"},
	"queued":    {"queued", "alerting", "connected", "null"},
	"fail":      {"fail", "null"},
}

// implied is the state of the subject connection after an event (types of
// ECMA-269 17.2).
var implied = map[string]string{
	"ServiceInitiatedEvent": "initiated", "OriginatedEvent": "connected",
	"DeliveredEvent": "alerting", "EstablishedEvent": "connected",
	"ConnectionClearedEvent": "null", "FailedEvent": "fail",
	"HeldEvent": "hold", "RetrievedEvent": "connected",
	"QueuedEvent": "queued", "DivertedEvent": "null", "NetworkReachedEvent": "connected",
}

// impliedState is the state of the event's subject connection. That of a network
// interface that was reached is connected, whatever the party behind it does.
func impliedState(e *probe.Event) string {
	if e.Name() == "DeliveredEvent" && isNetworkInterface(e.Subject.Device) {
		return "connected"
	}
	return implied[e.Name()]
}

func isNetworkInterface(d probe.Device) bool {
	return d.Type == "deviceNumber" && strings.HasPrefix(d.Number, "01")
}

// interfaceOf is the network interface of an outside party, of which a call may have
// several; any other device itself.
func interfaceOf(d probe.Device) probe.Device {
	if isNetworkInterface(d) {
		d.Number, _, _ = strings.Cut(d.Number, "#")
	}
	return d
}

// hasOtherParties tells whether the call has parties of the same network interface
// beside this one.
func (w *watchedCall) hasOtherParties(d probe.Device) bool {
	for number, state := range w.states {
		other := probe.Device{Number: number, Type: d.Type}
		if isNetworkInterface(d) && number != d.Number && state != "null" && interfaceOf(other) == interfaceOf(d) {
			return true
		}
	}
	return false
}

// joins are the events that may bring a device (back) into a call.
var joins = []string{
	"ServiceInitiatedEvent", "DeliveredEvent", "QueuedEvent", "EstablishedEvent",
	"TransferedEvent", "ConferencedEvent", "OriginatedEvent", "NetworkReachedEvent",
}

// stateless are the events of a call that change no connection.
var stateless = []string{"PlayEvent", "RecordEvent", "StopEvent", "DtmfDetectedEvent"}

// beginnings are the first events that a device can get of a call: what comes
// first otherwise, comes to a monitor that was started late.
var beginnings = []string{"ServiceInitiatedEvent", "DeliveredEvent", "QueuedEvent", "NetworkReachedEvent"}

// Violations checks what a client recorded against the rules that hold for any
// sequence of events, whatever the scenario. Empty: none is broken.
func Violations(log []probe.Entry) []string {
	return replay(log).found
}

func replay(log []probe.Entry) *checker {
	c := &checker{
		monitors:  make(map[string]*watched),
		starts:    make(map[string]start),
		stops:     make(map[string]string),
		snapshots: make(map[string]probe.Device),
	}
	for _, entry := range log {
		c.entry(entry)
	}
	return c
}

// checker replays a client's log.
type checker struct {
	found    []string
	monitors map[string]*watched
	// pending requests by invoke ID.
	starts    map[string]start
	stops     map[string]string
	snapshots map[string]probe.Device
}

// start is what a Monitor Start asked for. A filtered monitor shows too little
// to be checked for completeness.
type start struct {
	device   probe.Device
	filtered bool
	// ofCall: it watches a call, not a device.
	ofCall bool
}

// watched is what one monitor has shown.
type watched struct {
	start
	stopped bool
	calls   map[string]*watchedCall
}

type watchedCall struct {
	// local is the monitored device's own state.
	local string
	// states are those of all connections, by device number.
	states map[string]string
	// whole: the monitor saw the call from the device's first event on; begun:
	// the device began it, so that it was there before all others.
	whole, begun bool
}

func (c *checker) report(e *probe.Event, format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf("%s (monitor %s, call %s, %s %s): %s",
		e.Name(), e.CrossRef, e.Subject.CallID, e.Cause, e.Local, fmt.Sprintf(format, args...)))
}

func (c *checker) entry(entry probe.Entry) {
	switch {
	case entry.Stray != nil:
		c.found = append(c.found, fmt.Sprintf("an answer to no request (invoke ID %s): %s", entry.Stray.Invoke, entry.Stray.Text))
	case entry.Event != nil:
		c.event(entry.Event)
	case entry.Sent != "":
		c.sent(entry)
	case entry.Response != nil:
		c.response(entry)
	}
}

func (c *checker) sent(entry probe.Entry) {
	request, err := probe.Parse(entry.Sent)
	if err != nil {
		return
	}
	switch request.Name() {
	case "SnapshotDevice":
		c.snapshots[entry.Invoke] = request.DeviceAt("snapshotObject")
	case "MonitorStart":
		c.starts[entry.Invoke] = start{
			device:   request.DeviceAt("monitorObject", "deviceObject"),
			filtered: request.Has("requestedMonitorFilter"),
			ofCall:   request.Has("monitorObject", "callObject"),
		}
	case "MonitorStop":
		c.stops[entry.Invoke] = request.Value("monitorCrossRefID")
	}
}

func (c *checker) response(entry probe.Entry) {
	m := entry.Response
	switch m.Name() {
	case "MonitorStartResponse":
		c.monitors[m.Value("monitorCrossRefID")] = &watched{start: c.starts[entry.Invoke], calls: make(map[string]*watchedCall)}
	case "MonitorStopResponse":
		if w := c.monitors[c.stops[entry.Invoke]]; w != nil {
			w.stopped = true
		}
	case "SnapshotDeviceResponse":
		c.snapshot(c.snapshots[entry.Invoke], probe.SnapshotOf(m))
	}
}

// snapshot compares a Snapshot Device with what the client's monitors on the
// device have shown up to that place in its stream.
func (c *checker) snapshot(device probe.Device, entries []probe.SnapshotEntry) {
	for ref, w := range c.monitors {
		if w.stopped || w.filtered || w.device != device {
			continue
		}
		now := make(map[string]string)
		for _, e := range entries {
			if len(e.States) > 0 {
				now[e.Connection.CallID] = e.States[0]
			}
		}
		for id, call := range w.calls {
			state, ok := now[id]
			if !ok {
				state = "null"
			}
			if state != call.local {
				c.found = append(c.found, fmt.Sprintf("Snapshot Device of %s says %s for call %s, the last event of monitor %s said %s",
					device.Number, state, id, ref, call.local))
			}
		}
	}
}

func (c *checker) event(e *probe.Event) {
	if e.Invoke != "9999" {
		c.report(e, "invoke ID %s", e.Invoke)
	}
	w := c.monitors[e.CrossRef]
	switch {
	case w == nil:
		c.report(e, "the event came before the response to Monitor Start, or without one")
		return
	case w.stopped:
		c.report(e, "the monitor had been stopped")
		return
	case w.ofCall:
		// Monitors of calls get no local state (ECMA-269 12.2.14), and end
		// with their call.
		if e.Local != "" {
			c.report(e, "a monitor on a call shows a local state")
		}
		w.stopped = e.Name() == "CallClearedEvent"
		return
	case w.filtered:
		return
	case e.Name() == "TransferedEvent" || e.Name() == "ConferencedEvent":
		c.merged(e, w)
		return
	case e.Subject.CallID == "" || slices.Contains(stateless, e.Name()):
		return
	}
	call := w.calls[e.Subject.CallID]
	if call == nil {
		call = &watchedCall{local: "null", states: make(map[string]string)}
		call.whole = e.Subject.Device == w.device && slices.Contains(beginnings, e.Name())
		call.begun = call.whole && e.Name() == "ServiceInitiatedEvent"
		w.calls[e.Subject.CallID] = call
	}
	if call.comesBack(e) {
		// What became of the others in between was not told.
		call.whole, call.begun, call.states = false, false, make(map[string]string)
	}
	c.local(e, w, call)
	c.subject(e, w, call)
}

// comesBack tells whether an event brings the monitored device back into a call that it
// had left.
func (w *watchedCall) comesBack(e *probe.Event) bool {
	return w.local == "null" && len(w.states) > 0 && e.Local != "null" && slices.Contains(joins, e.Name())
}

// merged follows the connections of one or two calls into the call that a
// transfer or conference leaves.
func (c *checker) merged(e *probe.Event, w *watched) {
	if _, known := transitions[e.Local]; !known {
		c.report(e, "localConnectionInfo %q is no state", e.Local)
		return
	}
	list, by := "transferredConnections", "transferringDevice"
	if e.Name() == "ConferencedEvent" {
		list, by = "conferenceConnections", "conferencingDevice"
	}
	primary, _ := e.ConnectionAt("primaryOldCall")
	secondary, _ := e.ConnectionAt("secondaryOldCall")
	items := e.Items(list)
	if len(items) == 0 {
		c.report(e, "it lists no connections")
		return
	}
	id := items[0].New.CallID
	now := w.calls[id]
	if now == nil {
		now = &watchedCall{states: make(map[string]string)}
	}
	states := make(map[string]string)
	for _, item := range items {
		if item.New.CallID != id {
			c.report(e, "it lists connections of two calls")
		}
		state := ""
		if old := w.calls[item.Old.CallID]; old != nil {
			state = old.states[item.Old.Device.Number]
		}
		states[item.New.Device.Number] = state
	}
	// A device that transferred one of its two lines to somebody else is still in
	// the call, with the other line.
	_, stays := states[e.DeviceIn(by).Number]
	switch {
	case e.Name() == "ConferencedEvent":
		states[e.DeviceIn(by).Number] = "connected"
	case !stays:
		states[e.DeviceIn(by).Number] = "null"
	}
	for _, old := range []string{primary.CallID, secondary.CallID} {
		if call := w.calls[old]; call != nil {
			call.local = "null"
		}
	}
	// What the connections were in a call that this monitor did not see is
	// not known, nor whether its device was there from the beginning.
	for device, state := range states {
		if state != "" {
			now.states[device] = state
		} else {
			delete(now.states, device)
		}
	}
	now.local, now.whole, now.begun = e.Local, false, false
	w.calls[id] = now
}

// local checks the state of the monitored device.
func (c *checker) local(e *probe.Event, w *watched, call *watchedCall) {
	if _, known := transitions[e.Local]; !known {
		c.report(e, "localConnectionInfo %q is no state", e.Local)
		return
	}
	own := interfaceOf(e.Subject.Device) == w.device
	if own && call.hasOtherParties(e.Subject.Device) || isNetworkInterface(w.device) && len(call.states) == 0 && !call.whole {
		// The interface stays in the call with them; of a call that the monitor comes
		// to late it is not known yet.
		call.local = e.Local
		return
	}
	switch {
	case call.local == "null" && call.states[w.device.Number] == "null" && !slices.Contains(joins, e.Name()) && !forwardedAway(e):
		c.report(e, "the monitored device had left the call")
	case call.whole && !slices.Contains(transitions[call.local], e.Local):
		c.report(e, "state %s cannot follow %s", e.Local, call.local)
	case own && impliedState(e) != "" && e.Local != impliedState(e):
		c.report(e, "its subject is the monitored device, so its state is %s, not %s", impliedState(e), e.Local)
	case !own && call.whole && e.Local == "null" && e.Name() != "TransferedEvent":
		c.report(e, "the monitored device has no part in the call")
	}
	call.local = e.Local
}

// forwardedAway tells whether a call was forwarded from a device, which need not
// have rung for it: it may have left the call before.
func forwardedAway(e *probe.Event) bool {
	return e.Name() == "DivertedEvent" && strings.HasPrefix(e.Cause, "callForward")
}

// subject checks the connection that changed.
func (c *checker) subject(e *probe.Event, w *watched, call *watchedCall) {
	state := impliedState(e)
	if state == "" {
		return
	}
	device := e.Subject.Device.Number
	before, known := call.states[device]
	switch {
	case forwardedAway(e):
	case known && before == "null" && state == "null":
		c.report(e, "%s was cleared twice", device)
	case known && before == state && e.Name() != "OriginatedEvent" && !isNetworkInterface(e.Subject.Device):
		c.report(e, "%s was %s already", device, before)
	case e.Name() == "EstablishedEvent" && !known && e.Cause != "callPickup" &&
		(call.begun || call.whole && e.Subject.Device == w.device):
		c.report(e, "%s was established without having been delivered or queued", device)
	}
	call.states[device] = state
}

// Leftovers are the connections that are not null at the end of a client's log,
// as its monitors saw them. Filtered monitors do not count.
func Leftovers(log []probe.Entry) []string {
	c := replay(log)
	var left []string
	for ref, w := range c.monitors {
		if w.stopped || w.filtered {
			continue
		}
		for id, call := range w.calls {
			if call.local != "null" {
				left = append(left, fmt.Sprintf("monitor %s on %s: call %s ended with state %s", ref, w.device.Number, id, call.local))
			}
		}
	}
	slices.Sort(left)
	return left
}
