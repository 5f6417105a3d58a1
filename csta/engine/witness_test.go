package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
)

// witness is a session that believes what its monitors tell it, as an
// application does. After each input its picture must be the model's: then
// Snapshot Device agrees with the last event, no connection comes or goes
// without one, and none ends twice.
type witness struct {
	t    *testing.T
	core *core
	told map[string]*told
	// repairs is the engine's count of them before the input: what breaks a
	// rule of ECMA-269 must have been counted.
	repairs uint64
}

// told is what one device monitor has told: the device's own state in each call.
type told struct {
	monitor *model.Monitor
	calls   map[string]ecma.LocalConnectionState
	// lines are what came, for the report of a failure.
	lines []string
}

func newWitness(t *testing.T, c *core) *witness {
	return &witness{t: t, core: c, told: map[string]*told{}}
}

// watch starts a monitor for the session s, which w is or is part of.
func (w *witness) watch(s Session, device ecma.DeviceID) {
	owner := w.core.sessions[s]
	m := w.core.model.MonitorDevice(device, ecma.MonitorFilter{}, ecma.Edition6, owner)
	owner.monitors[m.CrossRefID] = m
	w.told[m.CrossRefID] = &told{monitor: m, calls: map[string]ecma.LocalConnectionState{}}
}

func (*witness) Label() string                              { return "witness" }
func (*witness) Flush()                                     {}
func (*witness) Respond(uint16, ecma.Edition, ecma.Message) {}
func (*witness) Request(ecma.Edition, ecma.Message)         {}

func (w *witness) Notify(t *ecma.Template, ref string, local ecma.LocalConnectionState) {
	m, _, err := ecma.Decode(t.Append(nil, ref, local))
	require.NoError(w.t, err)
	seen := w.told[ref]
	seen.lines = append(seen.lines, describe(m))
	call, old := concerned(m)
	if call == "" {
		return
	}
	for _, id := range old {
		// Somebody else's party may have been taken out of a call of the
		// device, which waits there for its end then.
		if left := w.core.calls[id]; left == nil || id == call || left.Of(seen.monitor.Device.ID) == nil {
			delete(seen.calls, id)
		}
	}
	before, known := seen.calls[call]
	if !known && local == ecma.StateNull && len(old) == 0 && !seen.named(w.core, call) && !forwardedAway(m) {
		seen.fail(w.t, "the device has no part in the call")
	}
	if known && !model.Legal(before, local) && before != local && w.core.counters.Repairs == w.repairs {
		seen.fail(w.t, "%s cannot follow %s, and no repair was counted", local, before)
	}
	if local == ecma.StateNull {
		delete(seen.calls, call)
		return
	}
	seen.calls[call] = local
}

// named tells whether the device may know the call from a response only: of a
// predictive call it is told nothing before it gets it.
func (s *told) named(c *core, call string) bool {
	cl := c.calls[call]
	return cl != nil && cl.cause == ecma.CauseMakePredictiveCall && cl.Calling == s.monitor.Device.ID
}

// forwardedAway tells whether a call was forwarded from a device, which need not have
// rung for it.
func forwardedAway(m ecma.Message) bool {
	d, is := m.(*ecma.DivertedEvent)
	return is && strings.HasPrefix(string(d.Cause), string(ecma.CauseCallForward))
}

func (s *told) fail(t *testing.T, format string, args ...any) {
	t.Helper()
	require.FailNow(t, fmt.Sprintf(format, args...), "monitor on %s after\n%s", s.monitor.Device.ID.Number, strings.Join(s.lines, "\n"))
}

// concerned is the call of an event that tells of connections, and those that
// became a part of it.
func concerned(m ecma.Message) (call string, old []string) {
	switch m := m.(type) {
	case *ecma.ServiceInitiatedEvent:
		call = m.InitiatedConnection.CallID
	case *ecma.OriginatedEvent:
		call = m.OriginatedConnection.CallID
	case *ecma.DeliveredEvent:
		call = m.Connection.CallID
	case *ecma.EstablishedEvent:
		call = m.EstablishedConnection.CallID
	case *ecma.FailedEvent:
		call = m.FailedConnection.CallID
	case *ecma.ConnectionClearedEvent:
		call = m.DroppedConnection.CallID
	case *ecma.QueuedEvent:
		call = m.QueuedConnection.CallID
	case *ecma.NetworkReachedEvent:
		call = m.OutboundConnection.CallID
	case *ecma.DivertedEvent:
		call = m.Connection.CallID
	case *ecma.HeldEvent:
		call = m.HeldConnection.CallID
	case *ecma.RetrievedEvent:
		call = m.RetrievedConnection.CallID
	case *ecma.TransferedEvent:
		return merged(m.PrimaryOldCall, m.SecondaryOldCall, m.TransferredConnections)
	case *ecma.ConferencedEvent:
		return merged(m.PrimaryOldCall, m.SecondaryOldCall, m.ConferenceConnections)
	}
	return call, nil
}

func merged(primary, secondary ecma.ConnectionID, list []ecma.ConnectionListItem) (call string, old []string) {
	for _, id := range [...]string{primary.CallID, secondary.CallID} {
		if id != "" {
			old = append(old, id)
		}
	}
	if len(list) > 0 {
		call = list[0].NewConnection.CallID
	} else if len(old) > 0 {
		call = old[0]
	}
	return call, old
}

// compare holds the picture against the model; it is called between inputs.
func (w *witness) compare() {
	w.t.Helper()
	for _, seen := range w.told {
		device := seen.monitor.Device
		untold := 0
		for _, conn := range device.Connections {
			got, known := seen.calls[conn.Call.ID]
			if !known && conn.State() == ecma.StateInitiated && (w.core.isOrdered(conn.Call.ID) || w.core.predictionFor(conn) != nil) {
				// The response to Make (Predictive) Call names it before
				// there is an event to tell.
				untold++
			} else if got != conn.State() {
				seen.fail(w.t, "call %s: the model says %s, the monitor was told %q", conn.Call.ID, conn.State(), got)
			}
		}
		if len(seen.calls)+untold != len(device.Connections) {
			seen.fail(w.t, "told of %v, the model has %d connections", seen.calls, len(device.Connections))
		}
	}
	w.repairs = w.core.counters.Repairs
}
