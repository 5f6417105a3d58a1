// Package engine is the single writer: one goroutine owns devices, connections,
// calls and monitors. Its inputs are the switch's events, the sessions'
// requests, the results of switch operations and timers; its outputs are frames
// for sessions and operations for workers. It never blocks and takes no lock.
package engine

import (
	"mod_csta_socket/csta/ecma"
)

// Session is a client's association as the engine sees it. The engine calls its
// methods from its own goroutine only; none of them blocks. What is queued goes
// out in the order of the calls.
type Session interface {
	// Label names the session in logs and status, e.g. "3 127.0.0.1:51234".
	Label() string
	// Respond queues the answer (a response or *ecma.Error) to the session's
	// request of that invoke ID, in the namespace of that request.
	Respond(invoke uint16, ed ecma.Edition, m ecma.Message)
	// Notify queues an event for one of the session's monitors. t may be
	// reused by the engine as soon as Notify returns.
	Notify(t *ecma.Template, monitorCrossRefID string, local ecma.LocalConnectionState)
	// Request queues a request of ours (MonitorStop by the switching
	// function); the session chooses the invoke ID and takes the response.
	Request(ed ecma.Edition, m ecma.Message)
	// Flush lets everything queued so far go out, in one write if it can.
	Flush()
}

// Timed is a Session that measures how long events take to its client. It is
// optional.
type Timed interface {
	// Since tells, just before Flush, when the switch reported the oldest of the
	// events queued since the last one, in Unix nanoseconds.
	Since(at int64)
}

// Serving is a Session that answers some services itself. It is optional.
type Serving interface {
	// Serves are the root elements of their requests.
	Serves() []string
}

// Roomy is a Session that tells how many bytes more it takes before its client counts as
// too slow. It is optional.
type Roomy interface{ Room() int }

// Rostered is a Session that wants to hear when there are devices that nobody was told
// of, at most once in an AuditInterval. It is optional.
type Rostered interface{ DevicesChanged() }

// Numbered is a Session that may tell its client the numbers and times of its events. It is
// optional.
type Numbered interface{ Numbered() bool }

// servedBy are the services that a session answers itself.
func servedBy(s Session) []string {
	if serving, does := s.(Serving); does {
		return serving.Serves()
	}
	return nil
}

// Request is what a client asked. The engine answers every one exactly once, by
// Session.Respond, unless the session is closed before.
type Request struct {
	Session Session
	Invoke  uint16
	Edition ecma.Edition
	Message ecma.Message
}

// Status is a picture of the engine for operators.
type Status struct {
	Monitors []MonitorStatus
	Devices  []DeviceStatus
	Calls    []CallStatus
	Counters Counters
}

// MonitorStatus is one monitor.
type MonitorStatus struct {
	CrossRefID string
	Device     string
	Session    string
}

// DeviceStatus is one device that is monitored or has connections.
type DeviceStatus struct {
	Device string
	// Service is "in", "out" or "unknown".
	Service     string
	Monitors    int
	Connections int
}

// CallStatus is one call.
type CallStatus struct {
	CallID      string
	Calling     string
	Called      string
	Connections []ConnectionStatus
	UnderWay    []Doing
}

// Doing is something that goes on about a call: a service under way, or what a device
// with two calls waits for.
type Doing struct {
	Device string
	What   string
	// State is the name of its state, WaitsFor what it waits for in that.
	State, WaitsFor string
}

// ConnectionStatus is one connection of a call.
type ConnectionStatus struct {
	Device string
	State  string
	Leg    string
}

// Counters count since the engine started.
type Counters struct {
	SwitchEvents uint64
	CSTAEvents   uint64
	Requests     uint64
	Errors       uint64
	// EventsLost counts the switch events that found the ring or the inbox full.
	EventsLost uint64
	// Repairs counts impossible transitions that were mended, Resyncs the
	// snapshots taken for them, AuditFindings the calls an audit had to clear.
	Repairs       uint64
	Resyncs       uint64
	AuditFindings uint64
	Panics        uint64
}
