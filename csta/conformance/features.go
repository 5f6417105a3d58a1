package conformance

import (
	"slices"
	"strconv"
	"strings"

	"mod_csta_socket/csta/conformance/probe"
)

// Features are do not disturb and forwarding (ECMA-269 22), applied by the shipped
// dialplan (csta_features.xml), and what happens to them: set by clients, by keys
// of phones and by the operator.
func Features() []Scenario {
	scenarios := slices.Concat(featuresSet(), featuresRefused(), notDisturbed(), forwarded(), featureKeyed(), featuresKept())
	for i := range scenarios {
		play := scenarios[i].Play
		scenarios[i].Play = func(p *Play) {
			p.forgetsFeatures()
			play(p)
		}
		if scenarios[i].Cast == nil {
			scenarios[i].Cast = queueAndTrunk
		}
	}
	return scenarios
}

func (p *Play) setDND(role string, on bool) error {
	p.Helper()
	return p.Ask("SetDoNotDisturb", probe.DeviceElement("device", p.Device(role))+probe.Element("doNotDisturbOn", strconv.FormatBool(on)))
}

// SetsDND has the app switch do not disturb.
func (p *Play) SetsDND(role string, on bool) {
	p.Helper()
	p.must(p.setDND(role, on))
}

func (p *Play) setForwarding(role, kind string, on bool, to string, more ...string) error {
	p.Helper()
	children := probe.DeviceElement("device", p.Device(role))
	if kind != "" {
		children += probe.Element("forwardingType", kind)
	}
	children += probe.Element("activateForward", strconv.FormatBool(on))
	if to != "" {
		children += probe.DeviceElement("forwardDN", p.dialled(to))
	}
	return p.Ask("SetForwarding", children+strings.Join(more, ""))
}

// Forwards has the app switch forwarding on.
func (p *Play) Forwards(role, kind, to string, more ...string) {
	p.Helper()
	p.must(p.setForwarding(role, kind, true, to, more...))
}

// features asks what is set: "doNotDisturb on", then a line for each forwarding.
func (p *Play) features(role string) []string {
	p.Helper()
	device := probe.DeviceElement("device", p.Device(role))
	answer, err := p.Client(app).Do(p.within(), "GetDoNotDisturb", device)
	p.must(err)
	lines := []string{"doNotDisturb " + onOff(answer.Value("doNotDisturbOn"))}
	answer, err = p.Client(app).Do(p.within(), "GetForwarding", device)
	p.must(err)
	for _, item := range answer.Root.FindElements("//forwardListItem") {
		line := "forwarding"
		for _, e := range item.ChildElements() {
			switch text := strings.TrimSpace(e.Text()); e.Tag {
			case "forwardStatus":
				line += " " + onOff(text)
			case "ringDuration":
			default:
				line += " " + text
			}
		}
		lines = append(lines, strings.TrimPrefix(line, "forwarding "))
	}
	return lines
}

// HasSet checks what a subscriber has set.
func (p *Play) HasSet(role string, want ...string) {
	p.Helper()
	if got := p.features(role); !slices.Equal(got, want) {
		p.Fatalf("%s has set %q instead of %q", role, got, want)
	}
}

func featuresSet() []Scenario {
	return []Scenario{
		{Name: "SetDoNotDisturb and GetDoNotDisturb", Play: func(p *Play) {
			a, b := p.Monitor("A"), p.Monitor("B")
			other := p.MonitorBy("another", "B")
			p.HasSet("B", "doNotDisturb off")
			p.SetsDND("B", true)
			for _, w := range []*Watch{b, other} {
				w.Gets("DoNotDisturb B on")
			}
			p.HasSet("B", "doNotDisturb on")
			p.SetsDND("B", true)
			p.SetsDND("B", false)
			b.Gets("DoNotDisturb B off")
			other.Gets("DoNotDisturb B off")
			p.HasSet("B", "doNotDisturb off")
			a.GetsNothing()
		}},
		{Name: "a filter suppresses DoNotDisturb", Play: func(p *Play) {
			b := p.MonitorBy(app, "B", "doNotDisturb")
			p.SetsDND("B", true)
			p.Forwards("B", "forwardBusy", "C")
			b.Gets("Forwarding B forwardBusy on C")
		}},
		{Name: "SetForwarding and GetForwarding", Play: func(p *Play) {
			b := p.Monitor("B")
			p.HasSet("B", "doNotDisturb off")
			p.Forwards("B", "", "C")
			b.Gets("Forwarding B forwardImmediate on C")
			p.Forwards("B", "forwardImmediate", "C")
			p.Forwards("B", "forwardBusy", "A")
			b.Gets("Forwarding B forwardBusy on A")
			p.Forwards("B", "forwardNoAns", "C")
			b.Gets("Forwarding B forwardNoAns on C 4")
			p.Forwards("B", "forwardNoAns", "C", probe.Element("ringCount", "3"))
			b.Gets("Forwarding B forwardNoAns on C 3")
			p.must(p.setForwarding("B", "forwardImmediate", false, ""))
			b.Gets("Forwarding B forwardImmediate off C")
			p.HasSet("B", "doNotDisturb off", "forwardImmediate off 1002", "forwardBusy on 1000", "forwardNoAns on 1002 3")
			p.Forwards("B", "forwardImmediate", "")
			b.Gets("Forwarding B forwardImmediate on C")
		}},
		{Name: "forwarding to a queue by its deviceNumber", Play: func(p *Play) {
			b := p.Monitor("B")
			p.must(p.Ask("SetForwarding", probe.DeviceElement("device", p.Device("B"))+probe.Element("activateForward", "true")+
				probe.DeviceElement("forwardDN", p.Device("Q"))))
			b.Gets("Forwarding B forwardImmediate on 9500")
		}},
		{Name: "features of an alias, and of another domain", Cast: Cast{"B": "carol", "C": "2000@branch.test"}, Play: func(p *Play) {
			b, c := p.Monitor("B"), p.Monitor("C")
			p.must(p.Ask("SetDoNotDisturb", probe.Element("device", "7050")+probe.Element("doNotDisturbOn", "true")))
			b.Gets("DoNotDisturb B on")
			p.SetsDND("C", true)
			c.Gets("DoNotDisturb C on")
			p.HasSet("C", "doNotDisturb on")
		}},
		{Name: "the operator sets features", Play: func(p *Play) {
			b := p.Monitor("B")
			for _, step := range []struct{ command, shows string }{
				{"dnd 1001 on", "do not disturb     on"},
				{"forward 1001 noanswer 1002 12", "when not answered  to 1002 after 12 s"},
				{"status 1001", "when not answered  to 1002 after 12 s"},
				{"forward 1001 off", "when not answered  off"},
				{"dnd 1001 off", "do not disturb     off"},
				{"dnd 4711 on", "-ERR"},
				{"forward 1001 busy 1001", "-ERR"},
			} {
				out, err := p.backend.Operator(p.within(), step.command)
				p.must(err)
				if !strings.Contains(out, step.shows) {
					p.Errorf("csta %s: %s", step.command, out)
				}
			}
			b.Gets("DoNotDisturb B on", "Forwarding B forwardNoAns on C 2", "Forwarding B forwardNoAns off", "DoNotDisturb B off")
			p.HasSet("B", "doNotDisturb off")
		}},
	}
}

func featuresRefused() []Scenario {
	return []Scenario{
		{Name: "features that are refused", Play: func(p *Play) {
			b := p.Monitor("B")
			p.Refused("operation/invalidDeviceID", p.setDND("4711", true))
			p.Refused("operation/invalidDeviceID", p.setForwarding("4711", "forwardBusy", true, "C"))
			for _, root := range []string{"GetDoNotDisturb", "GetForwarding"} {
				p.Refused("operation/invalidDeviceID", p.Ask(root, probe.Element("device", "4711")))
			}
			p.Refused("operation/invalidDeviceID", p.setDND("Q", true))
			p.Refused("operation/invalidForwardingDestination", p.setForwarding("B", "forwardBusy", true, ""))
			p.Refused("operation/invalidForwardingDestination", p.setForwarding("B", "forwardBusy", true, "B"))
			p.Refused("operation/invalidForwardingDestination", p.setForwarding("B", "forwardBusy", true, "${system(x)}"))
			p.Refused("operation/invalidForwardingType", p.setForwarding("B", "forwardBusyExt", true, "C"))
			p.Refused("operation/ringCountOutOfRange", p.setForwarding("B", "forwardNoAns", true, "C", probe.Element("ringCount", "1000")))
			p.Refused("operation/parameterNotSupported", p.Ask("SetDoNotDisturb", probe.DeviceElement("device", p.Device("B"))+
				probe.Element("doNotDisturbOn", "true")+"<callOrigination><internal>true</internal></callOrigination>"))
			p.HasSet("B", "doNotDisturb off")
			b.GetsNothing()
		}},
	}
}

// refusedByDND is what A gets when it calls B, which is not to be disturbed.
func refusedByDND(a *Watch) {
	a.play.Helper()
	a.Gets(
		"ServiceInitiated c:A newCall initiated",
		"Originated c:A A>B newCall connected",
		"Failed c:B A>B doNotDisturb connected",
		"ConnectionCleared c:A normalClearing null",
	)
}

func notDisturbed() []Scenario {
	return []Scenario{
		{Name: "do not disturb refuses calls", Play: func(p *Play) {
			p.SetsDND("B", true)
			a, b := p.Monitor("A"), p.Monitor("B")
			out := p.Phone("A").Dials("B")
			refusedByDND(a)
			out.Ended()
			b.GetsNothing()
			// It may still call, and be called again later.
			p.SetsDND("B", false)
			b.Gets("DoNotDisturb B off")
			delete(p.names.calls, "c")
			again := p.Phone("A").Dials("B")
			in := p.Phone("B").Rings()
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>B newCall connected", "Delivered c:B A>B newCall connected")
			b.Gets("Delivered c:B A>B newCall alerting")
			again.HearsRinging()
			again.HangsUp()
			abandoned(a, b)
			in.Ended()
		}},
		{Name: "do not disturb lets its device call", Play: func(p *Play) {
			p.SetsDND("A", true)
			a, b, out, _ := talk(p)
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "do not disturb and MakeCall", Play: func(p *Play) {
			p.SetsDND("B", true)
			a, b := p.Monitor("A"), p.Monitor("B")
			phone := p.Phone("A")
			p.MakeCall("c", "A", "B", probe.Prompt)
			prompt := phone.Rings()
			a.Gets("ServiceInitiated c:A makeCall initiated")
			prompt.Answers()
			a.Gets("Originated c:A A>B newCall connected", "Failed c:B A>B doNotDisturb connected", "ConnectionCleared c:A normalClearing null")
			prompt.Ended()
			b.GetsNothing()
		}},
		{Name: "do not disturb and ConsultationCall", Play: func(p *Play) {
			p.SetsDND("C", true)
			a, b, out, in := talk(p)
			p.must(p.consult("d", "c:A", "C"))
			a.Gets("Held c:A consultation hold", "ServiceInitiated d:A consultation initiated",
				"Originated d:A A>C consultation connected", "Failed d:C A>C doNotDisturb connected")
			b.Gets("Held c:A consultation connected")
			p.must(p.pair("ReconnectCall", "c:A", "d:A"))
			a.Gets("ConnectionCleared d:A normalClearing null", "Retrieved c:A normal connected")
			b.Gets("Retrieved c:A normal connected")
			in.HangsUp()
			endedBy(b, a)
			out.Ended()
		}},
		{Name: "do not disturb and DeflectCall", Play: func(p *Play) {
			p.SetsDND("C", true)
			a, b, out, in := ring(p)
			p.must(p.deflect("c:B", "C"))
			a.Gets("Diverted c:B A>B redirected connected", "Failed c:C A>B doNotDisturb connected last=B", "ConnectionCleared c:A normalClearing null")
			b.Gets("Diverted c:B A>B redirected null")
			in.Ended()
			out.Ended()
		}},
		{Name: "do not disturb and MakePredictiveCall", Play: func(p *Play) {
			p.SetsDND("B", true)
			q, b := p.Monitor("Q"), p.Monitor("B")
			p.Predicts("c", "Q", p.Device("B"))
			q.Gets("Failed c:B Q>B doNotDisturb initiated", "ConnectionCleared c:Q normalClearing null")
			b.GetsNothing()
		}},
	}
}

// reachesForwarded has C ring and answer for B, seen by A and C.
func reachesForwarded(a, c *Watch, cause string) {
	p := a.play
	p.Helper()
	in := p.Phone("C").Rings()
	a.Gets("Delivered c:C A>B " + cause + " connected last=B")
	c.Gets("Delivered c:C A>B " + cause + " alerting last=B")
	in.Answers()
	a.Gets("Established c:C A>B " + cause + " connected last=B")
	c.Gets("Established c:C A>B " + cause + " connected last=B")
	p.talking("A", "C")
	in.HangsUp()
	endedBy(c, a)
}

// dialsOn has A dial B, as far as it is on its way.
func dialsOn(p *Play) (a, b, c *Watch, out *Talk) {
	p.Helper()
	a, b, c = p.Monitor("A"), p.Monitor("B"), p.Monitor("C")
	out = p.Phone("A").Dials("B")
	a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>B newCall connected")
	return a, b, c, out
}

func diverted(a, b *Watch, cause string) {
	a.play.Helper()
	a.Gets("Diverted c:B A>B " + cause + " connected")
	a.Shows("newDestination", "C")
	b.Gets("Diverted c:B A>B " + cause + " null")
}

func forwarded() []Scenario {
	return []Scenario{
		{Name: "forwarding of all calls", Play: func(p *Play) {
			p.Forwards("B", "forwardImmediate", "C")
			a, b, c, out := dialsOn(p)
			diverted(a, b, "callForwardImmediate")
			reachesForwarded(a, c, "callForwardImmediate")
			out.Ended()
		}},
		{Name: "forwarding comes before do not disturb", Play: func(p *Play) {
			p.SetsDND("B", true)
			p.Forwards("B", "forwardImmediate", "C")
			a, b, c, out := dialsOn(p)
			diverted(a, b, "callForwardImmediate")
			reachesForwarded(a, c, "callForwardImmediate")
			out.Ended()
		}},
		{Name: "forwarding when busy", Play: func(p *Play) {
			p.Forwards("B", "forwardBusy", "C")
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			a, b, c, out := dialsOn(p)
			diverted(a, b, "callForwardBusy")
			reachesForwarded(a, c, "callForwardBusy")
			out.Ended()
		}},
		{Name: "forwarding when busy, by a phone that rang", Play: func(p *Play) {
			p.Forwards("B", "forwardBusy", "C")
			a, b, out, in := ring(p)
			c := p.Monitor("C")
			in.Rejects(486)
			diverted(a, b, "callForwardBusy")
			reachesForwarded(a, c, "callForwardBusy")
			out.Ended()
		}},
		{Name: "forwarding when busy leaves other calls alone", Play: func(p *Play) {
			p.Forwards("B", "forwardBusy", "C")
			a, b, out, in := talk(p)
			out.HangsUp()
			endedBy(a, b)
			in.Ended()
		}},
		{Name: "forwarding when not answered", Play: func(p *Play) {
			p.Forwards("B", "forwardNoAns", "C", probe.Element("ringDuration", "2"))
			a, b, out, in := ring(p)
			c := p.Monitor("C")
			in.Ended()
			diverted(a, b, "callForwardNoAnswer")
			reachesForwarded(a, c, "callForwardNoAnswer")
			out.Ended()
		}},
		{Name: "forwarding when not answered, answered in time", Play: func(p *Play) {
			p.Forwards("B", "forwardNoAns", "C", probe.Element("ringDuration", "5"))
			a, b, out, in := talk(p)
			in.HangsUp()
			endedBy(b, a)
			out.Ended()
		}},
		{Name: "forwarding when not answered, nobody registered", Play: func(p *Play) {
			p.Forwards("B", "forwardNoAns", "C")
			p.Phone("B").Leaves()
			a, b, c, out := dialsOn(p)
			diverted(a, b, "callForwardNoAnswer")
			reachesForwarded(a, c, "callForwardNoAnswer")
			out.Ended()
		}},
		{Name: "forwarding when not answered, the caller gives up", Play: func(p *Play) {
			p.Forwards("B", "forwardNoAns", "C", probe.Element("ringDuration", "20"))
			a, b, out, in := ring(p)
			out.HangsUp()
			abandoned(a, b)
			in.Ended()
		}},
		{Name: "forwarding to a busy device", Play: func(p *Play) {
			p.Forwards("B", "forwardImmediate", "C")
			p.Phone("C").Behaves(Behaviour{RejectWith: 486})
			a, b, c, out := dialsOn(p)
			diverted(a, b, "callForwardImmediate")
			a.Gets("Failed c:C A>B busy connected last=B", "ConnectionCleared c:A normalClearing null")
			out.Ended()
			c.GetsNothing()
		}},
		{Name: "forwarding to a number that does not exist", Play: func(p *Play) {
			p.Forwards("B", "forwardImmediate", "4711")
			a, b, _, out := dialsOn(p)
			a.Gets("Diverted c:B A>B callForwardImmediate connected", "Failed c:4711 A>B destNotObtainable connected last=B",
				"ConnectionCleared c:A normalClearing null")
			b.Gets("Diverted c:B A>B callForwardImmediate null")
			out.Ended()
		}},
		{Name: "forwarding to the network", Play: func(p *Play) {
			party := p.Outside()
			p.Forwards("B", "forwardImmediate", outsideNumber)
			a, b, _, out := dialsOn(p)
			far := party.Rings()
			a.Gets("Diverted c:B A>B callForwardImmediate connected", "NetworkReached c:N A>B callForwardImmediate connected last=B",
				"Delivered c:N A>B callForwardImmediate connected by="+outsider+" last=B")
			b.Gets("Diverted c:B A>B callForwardImmediate null")
			far.Answers()
			a.Gets("Established c:N A>B callForwardImmediate connected by=" + outsider + " last=B")
			out.Connected()
			p.joined("c")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
			far.Ended()
		}},
		{Name: "forwarding to a queue", Play: func(p *Play) {
			q := p.Monitor("Q")
			p.Forwards("B", "forwardImmediate", "9500")
			a, b, _, out := dialsOn(p)
			a.Gets("Diverted c:B A>B callForwardImmediate connected", "Queued c:Q A>B callForwardImmediate connected last=B",
				"Established c:Q A>B callForwardImmediate connected last=B")
			b.Gets("Diverted c:B A>B callForwardImmediate null")
			q.Gets("Queued c:Q A>B callForwardImmediate queued last=B", "Established c:Q A>B callForwardImmediate connected last=B")
			out.HangsUp()
			endedBy(a, q)
		}},
		{Name: "forwarding twice", Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			p.Forwards("B", "forwardImmediate", "D")
			p.Forwards("D", "forwardBusy", "C")
			p.Phone("D").Behaves(Behaviour{RejectWith: 486})
			a, b, c, out := dialsOn(p)
			a.Gets("Diverted c:B A>B callForwardImmediate connected", "Diverted c:D A>B callForwardBusy connected last=B")
			b.Gets("Diverted c:B A>B callForwardImmediate null")
			in := p.Phone("C").Rings()
			a.Gets("Delivered c:C A>B callForwardBusy connected last=D")
			c.Gets("Delivered c:C A>B callForwardBusy alerting last=D")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
			c.Gets("ConnectionCleared c:A normalClearing alerting", "ConnectionCleared c:C callCancelled null")
			in.Ended()
		}},
		{Name: "forwarding in circles ends at whom it began with", Play: func(p *Play) {
			p.Forwards("B", "forwardImmediate", "C")
			p.Forwards("C", "forwardImmediate", "B")
			a, b, c, out := dialsOn(p)
			diverted(a, b, "callForwardImmediate")
			in := p.Phone("B").Rings()
			a.Gets("Diverted c:C A>B callForwardImmediate connected last=B", "Delivered c:B A>B callForwardImmediate connected last=C")
			c.Gets("Diverted c:C A>B callForwardImmediate null last=B")
			b.Gets("Delivered c:B A>B callForwardImmediate alerting last=C")
			in.Answers()
			a.Gets("Established c:B A>B callForwardImmediate connected last=C")
			b.Gets("Established c:B A>B callForwardImmediate connected last=C")
			p.talking("A", "B")
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "forwarded, talked, transferred to who forwarded", Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			p.Forwards("B", "forwardImmediate", "C")
			a, b, c, out := dialsOn(p)
			diverted(a, b, "callForwardImmediate")
			in := p.Phone("C").Rings()
			in.Answers()
			for _, w := range []*Watch{a, c} {
				state := map[*Watch]string{a: "connected", c: "alerting"}[w]
				w.Gets("Delivered c:C A>B callForwardImmediate "+state+" last=B", "Established c:C A>B callForwardImmediate connected last=B")
			}
			p.talking("A", "C")
			p.must(p.setForwarding("B", "forwardImmediate", true, "D"))
			b.Gets("Forwarding B forwardImmediate on D")
			p.must(p.transfer("c:C", "B"))
			a.Gets("Transfered c:C c:A,c:B singleStepTransfer connected to=B", "Diverted c:B A>B callForwardImmediate connected last=C")
			c.Gets("Transfered c:C c:A,c:B singleStepTransfer null to=B")
			b.Gets("Diverted c:B A>B callForwardImmediate null last=C")
			in.Ended()
			a.Gets("Delivered c:D A>B callForwardImmediate connected last=B")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "forwarding and MakeCall", Play: func(p *Play) {
			p.Forwards("B", "forwardImmediate", "C")
			a, b, c := p.Monitor("A"), p.Monitor("B"), p.Monitor("C")
			phone := p.Phone("A")
			p.MakeCall("c", "A", "B", probe.Prompt)
			prompt := phone.Rings()
			a.Gets("ServiceInitiated c:A makeCall initiated")
			prompt.Answers()
			a.Gets("Originated c:A A>B newCall connected")
			diverted(a, b, "callForwardImmediate")
			reachesForwarded(a, c, "callForwardImmediate")
			prompt.Ended()
		}},
		{Name: "forwarding and ConsultationCall", Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			p.Forwards("C", "forwardBusy", "D")
			p.Phone("C").Behaves(Behaviour{RejectWith: 486})
			a, b, out, in := talk(p)
			p.must(p.consult("d", "c:A", "C"))
			a.Gets("Held c:A consultation hold", "ServiceInitiated d:A consultation initiated",
				"Originated d:A A>C consultation connected", "Diverted d:C A>C callForwardBusy connected",
				"Delivered d:D A>C callForwardBusy connected last=C")
			b.Gets("Held c:A consultation connected")
			p.must(p.pair("ReconnectCall", "c:A", "d:A"))
			a.Gets("ConnectionCleared d:A normalClearing null", "Retrieved c:A normal connected")
			b.Gets("Retrieved c:A normal connected")
			in.HangsUp()
			endedBy(b, a)
			out.Ended()
		}},
	}
}

func featureKeyed() []Scenario {
	return []Scenario{
		{Name: "a phone's feature keys", Play: func(p *Play) {
			a, b, c := p.Monitor("A"), p.Monitor("B"), p.Monitor("C")
			phone := p.Phone("B").HasKeys()
			phone.Presses("doNotDisturb on")
			b.Gets("DoNotDisturb B on")
			phone.Shows("doNotDisturb on")
			out := p.Phone("A").Dials("B")
			refusedByDND(a)
			out.Ended()
			phone.Presses("doNotDisturb off")
			b.Gets("DoNotDisturb B off")
			phone.Shows()
			phone.Presses("forwardImmediate on 1002")
			b.Gets("Forwarding B forwardImmediate on C")
			phone.Shows("forwardImmediate on 1002")
			delete(p.names.calls, "c")
			out = p.Phone("A").Dials("B")
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>B newCall connected")
			diverted(a, b, "callForwardImmediate")
			reachesForwarded(a, c, "callForwardImmediate")
			out.Ended()
			phone.Presses("forwardImmediate off")
			b.Gets("Forwarding B forwardImmediate off C")
			phone.Shows("forwardImmediate off 1002")
			phone.Presses("forwardNoAns on 1002 3")
			b.Gets("Forwarding B forwardNoAns on C 3")
			phone.Presses("forwardBusy on 1000")
			b.Gets("Forwarding B forwardBusy on A")
			phone.Shows("forwardImmediate off 1002", "forwardBusy on 1000", "forwardNoAns on 1002 3")
			p.HasSet("B", "doNotDisturb off", "forwardImmediate off 1002", "forwardBusy on 1000", "forwardNoAns on 1002 3")
		}},
		{Name: "a phone is told what others set", Play: func(p *Play) {
			b := p.Monitor("B")
			p.SetsDND("B", true)
			p.Forwards("B", "forwardNoAns", "C", probe.Element("ringDuration", "20"))
			phone := p.Phone("B").HasKeys("doNotDisturb on", "forwardNoAns on 1002 4")
			b.Gets("DoNotDisturb B on", "Forwarding B forwardNoAns on C 4")
			p.SetsDND("B", false)
			b.Gets("DoNotDisturb B off")
			phone.Shows("forwardNoAns on 1002 4")
			// It repeats what it was told, in rings: nothing has changed.
			before := phone.Told()
			phone.Presses("forwardNoAns on 1002 4")
			phone.IsTold(before)
			if out, err := p.backend.Operator(p.within(), "forward 1001"); err != nil || !strings.Contains(out, "after 20 s") {
				p.Errorf("csta forward: %s %v", out, err)
			}
			before = phone.Told()
			phone.Presses("doNotDisturb off")
			phone.IsTold(before)
			b.GetsNothing()
			out, err := p.backend.Operator(p.within(), "forward 1001 off")
			p.must(err)
			if !strings.HasPrefix(out, "+OK") {
				p.Error(out)
			}
			b.Gets("Forwarding B forwardNoAns off")
			phone.Shows()
		}},
		{Name: "a phone's impossible wish", Play: func(p *Play) {
			b := p.Monitor("B")
			phone := p.Phone("B").HasKeys()
			before := phone.Told()
			phone.Presses("forwardBusy on 1001")
			phone.IsTold(before)
			phone.Shows()
			p.HasSet("B", "doNotDisturb off")
			b.GetsNothing()
		}},
	}
}

func featuresKept() []Scenario {
	return []Scenario{
		{Name: "features outlive a reload of the module", Play: func(p *Play) {
			phone := p.Phone("B").HasKeys()
			p.SetsDND("B", true)
			p.Forwards("C", "forwardNoAns", "A", probe.Element("ringDuration", "7"))
			phone.Shows("doNotDisturb on")
			p.reload()
			p.HasSet("B", "doNotDisturb on")
			p.HasSet("C", "doNotDisturb off", "forwardNoAns on 1000 2")
			a := p.Monitor("A")
			out := p.Phone("A").Dials("B")
			refusedByDND(a)
			out.Ended()
			p.SetsDND("B", false)
			phone.Shows()
		}},
	}
}
