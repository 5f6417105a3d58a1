package conformance

import (
	"fmt"

	"mod_csta_socket/csta/conformance/probe"
)

// monitoring are scenarios about monitors, snapshots and refused requests.
func monitoring() []Scenario {
	return []Scenario{
		{Name: "several monitors, several clients, filters", Play: severalMonitors},
		{Name: "a monitor started while it rings", Play: func(p *Play) {
			p.Phone("B")
			out := p.Phone("A").Dials("B")
			in := p.Phone("B").Rings()
			out.HearsRinging()
			p.waitStates("B", "alerting")
			a, b := p.Monitor("A"), p.Monitor("B")
			in.Answers()
			established(a, b)
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "a monitor started in mid-call", Play: func(p *Play) {
			p.Phone("B")
			out := p.Phone("A").Dials("B")
			in := p.Phone("B").Rings()
			in.Answers()
			out.Connected()
			p.waitStates("A", "connected", "connected")
			a, b := p.Monitor("A"), p.Monitor("B")
			p.call("c", "A")
			p.joined("c")
			a.GetsNothing()
			in.HangsUp()
			endedBy(b, a)
		}},
		{Name: "a monitor stopped in mid-call", Play: func(p *Play) {
			a, b, out, in := talk(p)
			a.Stop()
			p.Refused("operation/invalidMonitorCrossRefID", p.Client(app).MonitorStop(p.within(), a.CrossRef))
			out.HangsUp()
			b.Gets("ConnectionCleared c:A normalClearing connected", "ConnectionCleared c:B normalClearing null")
			in.Ended()
		}},
		{Name: "a monitor on a call", Play: func(p *Play) {
			a, b, out, in := ring(p)
			call, again := p.MonitorCall("c:A"), p.MonitorCall("c:B")
			in.Answers()
			established(a, b)
			p.joined("c")
			again.Gets("Established c:B A>B newCall -")
			again.Stop()
			in.HangsUp()
			endedBy(b, a)
			call.Gets("Established c:B A>B newCall -", "ConnectionCleared c:B normalClearing -",
				"ConnectionCleared c:A normalClearing -", "CallCleared c normalClearing")
			p.Refused("operation/invalidMonitorCrossRefID", p.Client(app).MonitorStop(p.within(), call.CrossRef))
			out.Ended()
		}},
		{Name: "monitors on both calls of a transfer", Play: func(p *Play) {
			a, b, out, in := talk(p)
			t := newTrio(p, a, b, out, in)
			first := p.MonitorCall("c:A")
			zs := t.consulted()
			second := p.MonitorCall("d:A")
			t.transfers(false)
			t.xs.Ended()
			t.talking("B", "C")
			zs.HangsUp()
			t.over("c", t.z, t.y)
			first.Gets("Held c:A consultation -", "Transfered c:A+d:A c:B,c:C<d:C transfer - to=C",
				"ConnectionCleared c:C normalClearing -", "ConnectionCleared c:B normalClearing -", "CallCleared c normalClearing")
			second.Gets("Transfered c:A+d:A c:B,c:C<d:C transfer - to=C",
				"ConnectionCleared c:C normalClearing -", "ConnectionCleared c:B normalClearing -", "CallCleared c normalClearing")
		}},
		{Name: "a client's monitors are its own", Play: func(p *Play) {
			a := p.Monitor("A")
			p.Refused("operation/invalidMonitorCrossRefID", p.Client("another").MonitorStop(p.within(), a.CrossRef))
			p.Phone("A").Dials("5551234").Ended()
			unreached(a, "5551234", "destNotObtainable")
		}},
		{Name: "a client that goes leaves the others alone", Play: func(p *Play) {
			a, b, out, _ := talk(p)
			gone := p.MonitorBy("another", "A")
			p.must(gone.Client().Close())
			delete(p.clients, "another")
			p.order = p.order[:len(p.order)-1]
			p.watches = p.watches[:len(p.watches)-1]
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "snapshots at each state", Play: snapshots},
		{Name: "refused requests", Play: refusedRequests},
		{Name: "clients can't inject", Play: injection},
	}
}

func severalMonitors(p *Play) {
	first, again := p.Monitor("A"), p.Monitor("A")
	if first.CrossRef == again.CrossRef {
		p.Fatalf("two monitors share the cross reference %s", first.CrossRef)
	}
	other := p.MonitorBy("another", "A")
	few := p.MonitorBy("another", "A", "serviceInitiated", "originated", "delivered", "connectionCleared")
	b := p.MonitorBy("third", "B")
	out := p.Phone("A").Dials("B")
	in := p.Phone("B").Rings()
	for _, w := range []*Watch{first, again, other} {
		w.Gets(
			"ServiceInitiated c:A newCall initiated",
			"Originated c:A A>B newCall connected",
			"Delivered c:B A>B newCall connected",
		)
	}
	b.Gets("Delivered c:B A>B newCall alerting")
	in.Answers()
	established(first, again, other, few, b)
	again.Stop()
	out.HangsUp()
	first.Gets("ConnectionCleared c:A normalClearing null")
	endedBy(other, b)
	few.GetsNothing()
}

// call gives a name to the only call of a device.
func (p *Play) call(name, role string) {
	p.Helper()
	entries, err := p.Client(app).SnapshotDevice(p.within(), p.Device(role))
	p.must(err)
	if len(entries) != 1 {
		p.Fatalf("Snapshot Device of %s: want one call, got %v", role, entries)
	}
	p.names.calls[name] = entries[0].Connection.CallID
}

// waitStates waits until a device's only call has these states.
func (p *Play) waitStates(role string, states ...string) {
	p.Helper()
	ctx := p.within()
	want := fmt.Sprint(states)
	for {
		entries, err := p.Client(app).SnapshotDevice(ctx, p.Device(role))
		p.must(err)
		if len(entries) == 1 && len(entries[0].States) >= len(states) && fmt.Sprint(entries[0].States[:len(states)]) == want {
			return
		}
		if err := pause(ctx); err != nil {
			p.Fatalf("Snapshot Device of %s: want one call with states %v, got %v", role, states, entries)
		}
	}
}

func snapshots(p *Play) {
	p.Snapshot("A")
	p.Snapshot("B")
	a, b, prompt := prompted(p)
	p.Snapshot("A", "c:A initiated")
	p.Snapshot("B")
	p.SnapshotCall("c", "A initiated")
	prompt.Answers()
	in := p.Phone("B").Rings()
	delivered(a, b)
	p.Snapshot("A", "c:A connected alerting")
	p.Snapshot("B", "c:B alerting connected")
	p.SnapshotCall("c", "A connected", "B alerting")
	in.Answers()
	established(a, b)
	p.Snapshot("A", "c:A connected connected")
	p.Snapshot("B", "c:B connected connected")
	p.SnapshotCall("c", "A connected", "B connected")
	in.HangsUp()
	endedBy(b, a)
	p.Snapshot("A")
	p.Snapshot("B")
	_, err := p.Client(app).SnapshotCall(p.within(), p.Connection("c"))
	p.Refused("operation/invalidCallID", err)
}

// refusedRequests asks for what is impossible in every way the error table names.
func refusedRequests(p *Play) {
	a, b, out, in := ring(p)
	client := p.Client(app)
	unknown := probe.Device{Number: "1999"}
	check := func(want string, err error) {
		p.Helper()
		p.Refused(want, err)
	}
	_, err := client.MonitorStart(p.within(), unknown)
	check("operation/invalidDeviceID", err)
	_, err = client.SnapshotDevice(p.within(), unknown)
	check("operation/invalidDeviceID", err)
	check("operation/invalidMonitorCrossRefID", client.MonitorStop(p.within(), "no such"))
	_, err = client.MakeCall(p.within(), unknown, p.Device("B"), probe.Prompt)
	check("operation/invalidCallingDeviceID", err)
	_, err = client.MakeCall(p.within(), p.Device("A"), p.Device("C"), probe.Prompt)
	check("stateIncompatibility/invalidCallingDeviceState", err)
	check("operation/atLeastOneConditionalParameterNotProvided", p.Ask("MakeCall", probe.DeviceElement("calledDirectoryNumber", p.Device("B"))))
	_, err = client.SnapshotCall(p.within(), p.Connection("no-such-call"))
	check("operation/invalidCallID", err)
	for _, service := range []func(string) error{p.answer, p.clear} {
		check("operation/invalidCallID", service("no-such-call:A"))
		check("operation/invalidConnectionID", service("c:C"))
	}
	// A has dialled by itself: it has nothing to answer.
	check("stateIncompatibility/invalidConnectionState", p.answer("c:A"))
	check("stateIncompatibility/noCallToAnswer", client.AnswerCall(p.within(), probe.Connection{Device: p.Device("C")}))
	check("stateIncompatibility/noConnectionToClear", client.ClearConnection(p.within(), probe.Connection{Device: p.Device("C")}))
	check("operation/serviceNotSupported", p.Ask("ParkCall",
		probe.ConnectionElement("parking", p.Connection("c:A"))+probe.DeviceElement("parkTo", p.Device("C"))))
	check("operation/serviceNotSupported", p.Ask("NoSuchService", ""))
	// Nothing of that touched the call.
	p.SnapshotCall("c", "A connected", "B alerting")
	in.Answers()
	established(a, b)
	check("stateIncompatibility/invalidConnectionState", p.answer("c:B"))
	out.HangsUp()
	endedBy(a, b)
	for _, service := range []func(string) error{p.answer, p.clear} {
		check("operation/invalidCallID", service("c:A"))
	}
	p.Phone("C").Leaves()
	_, err = client.MakeCall(p.within(), p.Device("C"), p.Device("B"), probe.Prompt)
	check("systemResourceAvailibility/callingDeviceOutOfService", err)
}

// hostileNumbers would be syntax to a switch that took them as text.
var hostileNumbers = []string{
	"{origination_uuid=x}sofia/internal/1001", "[leg_timeout=1]1001", "<x=y>1001", "&system(touch /tmp/x)",
	"${system(touch /tmp/x)}", "$${hold_music}", "1001,1002", "1001|1002", "1001:_:1002", "error/USER_BUSY",
	"loopback/app=system:ls", "app=playback:x", "1001 inline", "1001 XML public", " 1001", "1001 ", "10 01",
	"1001\n", "10\r\n01", "1001\t", "m:^:system:ls:x", "1001^1002", "'1001'", "\"1001\"", "1001\\n", "1001;x=y",
	"1001@127.0.0.1:5060", "sofia/internal/1001@127.0.0.1", "user/1001", "1001%0a", "!1001", "`ls`", "1001\u0000",
	"١٠٠١", "1001é", "-1001", ".1001", "",
}

func injection(p *Play) {
	client := p.Client(app)
	p.Phone("A")
	before, err := p.backend.Legs(p.within())
	p.must(err)
	for _, number := range hostileNumbers {
		called := probe.Element("calledDirectoryNumber", number)
		if number == "" {
			called = "<calledDirectoryNumber/>"
		}
		if number == " 1001" || number == "1001 " || number == "1001\n" || number == "1001\t" {
			// White space around a value is not part of it: the call is legal,
			// and so not tried here.
			continue
		}
		err := p.Ask("MakeCall", probe.DeviceElement("callingDevice", p.Device("A"))+called)
		if err == nil {
			p.Errorf("MakeCall to %q was accepted", number)
			continue
		}
		switch err.Error() {
		case "refused: operation/invalidCalledDeviceID":
		case "refused: operation/generic":
			// A character that XML does not allow makes the document unreadable.
			if number != "1001\u0000" {
				p.Errorf("MakeCall to %q: %v", number, err)
			}
		default:
			p.Errorf("MakeCall to %q: %v", number, err)
		}
	}
	for _, number := range []string{"${system(ls)}", "1000,1001", "{x=y}1000", "1000|1001", "loopback/1000", "1000 XML default"} {
		d := probe.Device{Number: number}
		_, err := client.MakeCall(p.within(), d, p.Device("B"), probe.Prompt)
		p.Refused("operation/invalidCallingDeviceID", err)
		_, err = client.MonitorStart(p.within(), d)
		p.Refused("operation/invalidDeviceID", err)
		_, err = client.SnapshotDevice(p.within(), d)
		p.Refused("operation/invalidDeviceID", err)
	}
	after, err := p.backend.Legs(p.within())
	p.must(err)
	if after != before {
		p.Errorf("%d legs were made by requests that were refused", after-before)
	}
}
