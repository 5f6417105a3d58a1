package conformance

import (
	"net"
	"slices"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// killedIn is a client that asks for a service and is killed before it can read
// the answer. What comes of the calls is up to the service; in the end everybody
// hangs up, and the client that lives must have been told all of it.
type killedIn struct {
	service string
	// second: A consults C before, as the service needs two calls.
	second bool
	// ringing: the call from A to B still rings.
	ringing bool
	// children are those of the request.
	children func(p *Play) string
}

// killedServices names every service that the engine serves.
func killedServices() []killedIn {
	connection := func(tag, which string) func(*Play) string {
		return func(p *Play) string { return p.connectionElement(tag, which) }
	}
	both := func(p *Play) string {
		return p.connectionElement("heldCall", "c:A") + p.connectionElement("activeCall", "d:A")
	}
	device := func(tag, role string) func(*Play) string {
		return func(p *Play) string { return probe.DeviceElement(tag, p.Device(role)) }
	}
	return []killedIn{
		{service: "MonitorStart", children: func(p *Play) string {
			return "<monitorObject>" + probe.DeviceElement("deviceObject", p.Device("A")) + "</monitorObject>"
		}},
		{service: "MonitorStop", children: func(p *Play) string { return probe.Element("monitorCrossRefID", "1") }},
		{service: "SnapshotDevice", children: device("snapshotObject", "A")},
		{service: "SnapshotCall", children: connection("snapshotObject", "c:A")},
		{service: "GetSwitchingFunctionCaps", children: func(*Play) string { return "" }},
		{service: "GetCSTAFeatures", children: func(*Play) string { return "" }},
		{service: "RequestSystemStatus", children: func(*Play) string { return "" }},
		{service: "SystemRegister", children: func(*Play) string { return "<requestTypes/>" }},
		{service: "MakeCall", children: func(p *Play) string {
			return probe.DeviceElement("callingDevice", p.Device("C")) + probe.DeviceElement("calledDirectoryNumber", p.Device("B"))
		}},
		{service: "MakePredictiveCall", children: func(p *Play) string {
			return probe.DeviceElement("callingDevice", p.Device("Q")) + probe.DeviceElement("calledDirectoryNumber", p.Device("C"))
		}},
		{service: "AnswerCall", ringing: true, children: connection("callToBeAnswered", "c:B")},
		{service: "DeflectCall", ringing: true, children: func(p *Play) string {
			return p.connectionElement("callToBeDiverted", "c:B") + probe.DeviceElement("newDestination", p.Device("C"))
		}},
		{service: "ClearConnection", ringing: true, children: connection("connectionToBeCleared", "c:B")},
		{service: "ClearConnection", children: connection("connectionToBeCleared", "c:A")},
		{service: "HoldCall", children: connection("callToBeHeld", "c:A")},
		{service: "RetrieveCall", second: true, children: connection("callToBeRetrieved", "c:A")},
		{service: "ConsultationCall", children: func(p *Play) string {
			return p.connectionElement("existingCall", "c:A") + probe.DeviceElement("consultedDevice", p.Device("C"))
		}},
		{service: "AlternateCall", second: true, children: both},
		{service: "ReconnectCall", second: true, children: both},
		{service: "TransferCall", second: true, children: both},
		{service: "ConferenceCall", second: true, children: both},
		{service: "SingleStepTransferCall", children: func(p *Play) string {
			return p.connectionElement("activeCall", "c:A") + probe.DeviceElement("transferredTo", p.Device("C"))
		}},
		{service: "PlayMessage", children: func(p *Play) string {
			return probe.Element("messageToBePlayed", "no/such/file.wav") + p.connectionElement("overConnection", "c:A")
		}},
		{service: "RecordMessage", children: connection("callToBeRecorded", "c:A")},
		{service: "Stop", children: connection("connection", "c:A")},
	}
}

// KilledClients are scenarios of clients killed in the middle of each service.
func KilledClients() []Scenario {
	var all []Scenario
	for _, k := range killedServices() {
		name := "killed in the middle of " + k.service
		if k.ringing {
			name += ", while the call rings"
		}
		all = append(all, Scenario{Name: name, Cast: queueAndTrunk, Play: k.play})
	}
	return all
}

// aWhile is more than a switch takes to begin with what was asked.
const aWhile = 300 * time.Millisecond

func (k killedIn) play(p *Play) {
	// A killed client's last frames may be worth a line in the log.
	p.toleratesWarnings()
	for _, role := range []string{"A", "B", "C", "Q"} {
		p.Monitor(role)
	}
	out := p.Phone("A").Dials("B")
	in := p.Phone("B").Rings()
	out.HearsRinging()
	p.waitCall("c", "A", "connected", "alerting")
	if !k.ringing {
		in.Answers()
		out.Connected()
		p.waitCall("c", "A", "connected", "connected")
	}
	if k.second {
		p.must(p.consult("d", "c:A", "C"))
		p.Phone("C").Rings().Answers()
		p.waitCall("d", "C", "connected", "connected")
	}
	victim := p.stranger()
	p.must(sendAll(victim, p.Client(app).Document(k.service, k.children(p))))
	// A reset instead of an orderly end, as from a killed process.
	p.must(victim.(*net.TCPConn).SetLinger(0))
	p.must(victim.Close())
	time.Sleep(aWhile)
	p.settle()
	for _, w := range p.watches {
		w.skip()
	}
}

// waitCall waits until a role's device has one call, in those states (its own
// first), and binds the name of the call to it. A busy switch tells its phones
// sooner than us.
func (p *Play) waitCall(call, role string, states ...string) {
	p.Helper()
	ctx := p.within()
	for {
		entries, err := p.Client(app).SnapshotDevice(ctx, p.Device(role))
		p.must(err)
		if len(entries) == 1 && slices.Equal(entries[0].States, states) {
			p.names.calls[call] = entries[0].Connection.CallID
			return
		}
		if err := pause(ctx); err != nil {
			p.Fatalf("%s is not %v: %v", role, states, entries)
		}
	}
}
