package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/probe"
)

// The checker is checked itself: each rule must be able to fail.

// record builds a log: a monitor on 1000, then events, each written
// "Name subject local", and snapshots, written "snapshot state".
func record(t *testing.T, lines ...string) []probe.Entry {
	t.Helper()
	log := []probe.Entry{
		{Sent: "<MonitorStart><monitorObject><deviceObject>1000</deviceObject></monitorObject></MonitorStart>", Invoke: "0001"},
		{Response: parsed(t, "<MonitorStartResponse><monitorCrossRefID>7</monitorCrossRefID></MonitorStartResponse>"), Invoke: "0001"},
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		if fields[0] == "snapshot" {
			info := ""
			if fields[1] != "null" {
				info = "<snapshotDeviceResponseInfo><connectionIdentifier><callID>c</callID><deviceID>1000</deviceID></connectionIdentifier>" +
					"<localCallState><compoundCallState><localConnectionState>" + fields[1] + "</localConnectionState></compoundCallState></localCallState></snapshotDeviceResponseInfo>"
			}
			log = append(log,
				probe.Entry{Sent: "<SnapshotDevice><snapshotObject>1000</snapshotObject></SnapshotDevice>", Invoke: "0002"},
				probe.Entry{Response: parsed(t, "<SnapshotDeviceResponse><crossRefIDorSnapshotData><snapshotData>"+info+"</snapshotData></crossRefIDorSnapshotData></SnapshotDeviceResponse>"), Invoke: "0002"})
			continue
		}
		log = append(log, probe.Entry{Event: event(t, fields[0], fields[1], fields[2])})
	}
	return log
}

func parsed(t *testing.T, text string) *probe.Message {
	t.Helper()
	m, err := probe.Parse(text)
	require.NoError(t, err)
	return m
}

// subjects are the names of the subject connection's element.
var subjects = map[string]string{
	"ServiceInitiated": "initiatedConnection", "Originated": "originatedConnection", "Delivered": "connection",
	"Established": "establishedConnection", "ConnectionCleared": "droppedConnection",
}

func event(t *testing.T, name, subject, local string) *probe.Event {
	t.Helper()
	text := fmt.Sprintf("<%sEvent><monitorCrossRefID>7</monitorCrossRefID><%s><callID>c</callID><deviceID>%s</deviceID></%s>"+
		"<localConnectionInfo>%s</localConnectionInfo><cause>normal</cause></%sEvent>",
		name, subjects[name], subject, subjects[name], local, name)
	e := probe.ParseEvent(parsed(t, text))
	e.Invoke = "9999"
	return e
}

func TestViolations(t *testing.T) {
	beginning := []string{"ServiceInitiated 1000 initiated", "Originated 1000 connected"}
	cases := []struct {
		name  string
		lines []string
		want  string
	}{
		{"a good call", []string{"ServiceInitiated 1000 initiated", "snapshot initiated", "Originated 1000 connected", "Delivered 1001 connected",
			"Established 1001 connected", "snapshot connected", "ConnectionCleared 1001 connected", "ConnectionCleared 1000 null", "snapshot null"}, ""},
		{"an event after the device has left", append(beginning[:2:2], "ConnectionCleared 1000 null", "ConnectionCleared 1001 null"), "had left the call"},
		{"cleared twice", append(beginning[:2:2], "ConnectionCleared 1001 connected", "ConnectionCleared 1001 connected"), "cleared twice"},
		{"delivered twice", append(beginning[:2:2], "Delivered 1001 connected", "Delivered 1001 connected"), "alerting already"},
		{"established without delivered", append(beginning[:2:2], "Established 1001 connected"), "without having been delivered"},
		{"back in a call that goes on", append(beginning[:2:2], "Delivered 1001 connected", "ConnectionCleared 1000 null",
			"Delivered 1000 alerting", "Established 1000 connected", "Delivered 1001 connected", "Established 1001 connected", "Established 1002 connected"), ""},
		{"an impossible state", append(beginning[:2:2], "Delivered 1001 alerting"), "cannot follow"},
		{"the subject's own state", []string{"ServiceInitiated 1000 connected"}, "its state is initiated"},
		{"not a state", []string{"ServiceInitiated 1000 happy"}, "no state"},
		{"a snapshot that disagrees", append(beginning[:2:2], "snapshot alerting"), "Snapshot Device"},
		{"a snapshot without the call", append(beginning[:2:2], "snapshot null"), "Snapshot Device"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			found := Violations(record(t, c.lines...))
			if c.want == "" {
				assert.Empty(t, found)
				return
			}
			require.NotEmpty(t, found)
			assert.Contains(t, strings.Join(found, "\n"), c.want)
		})
	}
}

func TestViolationsOfTheStream(t *testing.T) {
	log := record(t, "ServiceInitiated 1000 initiated")
	early := []probe.Entry{log[2], log[0], log[1]}
	assert.Contains(t, strings.Join(Violations(early), "\n"), "before the response to Monitor Start")
	log[2].Event.Invoke = "0003"
	assert.Contains(t, strings.Join(Violations(log), "\n"), "invoke ID 0003")
	stray := []probe.Entry{{Stray: parsed(t, "<MakeCallResponse/>")}}
	assert.Len(t, Violations(stray), 1)
	stopped := append(record(t), // a monitor that was stopped, then shows an event
		probe.Entry{Sent: "<MonitorStop><monitorCrossRefID>7</monitorCrossRefID></MonitorStop>", Invoke: "0004"},
		probe.Entry{Response: parsed(t, "<MonitorStopResponse/>"), Invoke: "0004"},
		probe.Entry{Event: event(t, "ServiceInitiated", "1000", "initiated")})
	assert.Contains(t, strings.Join(Violations(stopped), "\n"), "had been stopped")
}

func TestLeftovers(t *testing.T) {
	assert.Len(t, Leftovers(record(t, "ServiceInitiated 1000 initiated")), 1)
	assert.Empty(t, Leftovers(record(t, "ServiceInitiated 1000 initiated", "ConnectionCleared 1000 null")))
}

func TestNotation(t *testing.T) {
	text := `<DeliveredEvent><monitorCrossRefID>1</monitorCrossRefID><connection><callID>x-1</callID><deviceID>1001</deviceID></connection>
<alertingDevice><deviceIdentifier>1005</deviceIdentifier></alertingDevice><callingDevice><notKnown/></callingDevice>
<calledDevice><deviceIdentifier typeOfNumber="deviceNumber">029500</deviceIdentifier></calledDevice>
<lastRedirectionDevice><numberDialed>1002</numberDialed></lastRedirectionDevice>
<localConnectionInfo>alerting</localConnectionInfo><cause>redirected</cause></DeliveredEvent>`
	e := probe.ParseEvent(parsed(t, text))
	n := newNotation(Cast{"B": "1001", "C": "1002", "Q": "029500/deviceNumber"})
	line := "Delivered c:B ?>Q redirected alerting by=1005 last=C"
	assert.NotEqual(t, line, n.write(e), "the call has no name yet")
	n.bind(line, e)
	assert.Equal(t, line, n.write(e))
	n.bind("Delivered d:B", e)
	assert.Equal(t, map[string]string{"c": "x-1"}, n.calls, "a call keeps its name")
}
