package conformance

import (
	"strings"
	"time"
)

// noConsole is why the simulated switch does not play what an operator does.
const noConsole = "it has no operator's console"

// console runs a command at the operator's console.
func (p *Play) console(command string) string {
	p.Helper()
	out, err := p.backend.(*Real).Switch.FSCLI(command)
	p.must(err)
	return strings.TrimSpace(out)
}

// partner is the leg that a leg talks to.
func (p *Play) partner(leg string) string {
	p.Helper()
	return p.console("uuid_getvar " + leg + " bridge_uuid")
}

// byOperator are calls that somebody changes at the switch's console, and
// features of its dialplan. The call ID is the UUID of the caller's leg.
func byOperator() []Scenario {
	return []Scenario{
		{Name: "RetrieveCall of a hold by uuid_hold", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, _ := talk(p)
			p.console("uuid_hold " + p.names.calls["c"])
			a.Gets("Held c:A normal hold")
			b.Gets("Held c:A normal connected")
			began := time.Now()
			p.must(p.retrieve("c:A"))
			if took := time.Since(began); took > time.Second {
				p.Errorf("RetrieveCall took %v", took)
			}
			a.Gets("Retrieved c:A normal connected")
			b.Gets("Retrieved c:A normal connected")
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "uuid_kill of the caller", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := talk(p)
			p.console("uuid_kill " + p.names.calls["c"])
			endedBy(a, b)
			out.Ended()
			in.Ended()
		}},
		{Name: "uuid_kill of the callee", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := talk(p)
			p.console("uuid_kill " + p.partner(p.names.calls["c"]))
			endedBy(b, a)
			out.Ended()
			in.Ended()
		}},
		{Name: "uuid_kill while it rings", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := ring(p)
			p.console("uuid_kill " + p.names.calls["c"])
			abandoned(a, b)
			out.Ended()
			in.Ended()
		}},
		{Name: "uuid_transfer of the caller", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := talk(p)
			c := p.Monitor("C")
			p.console("uuid_transfer " + p.names.calls["c"] + " 1002")
			a.Gets("ConnectionCleared c:B normalClearing connected")
			b.Gets("ConnectionCleared c:B normalClearing null")
			in.Ended()
			cs := p.Phone("C").Rings()
			a.Gets("Delivered c:C A>B newCall connected")
			c.Gets("Delivered c:C A>B newCall alerting")
			cs.Answers()
			a.Gets("Established c:C A>B newCall connected")
			c.Gets("Established c:C A>B newCall connected")
			p.talking("A", "C")
			out.HangsUp()
			endedBy(a, c)
		}},
		{Name: "uuid_transfer of the callee", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := talk(p)
			c := p.Monitor("C")
			p.console("uuid_transfer " + p.names.calls["c"] + " -bleg 1002")
			out.Ended()
			cs := p.Phone("C").Rings()
			// The caller's thread ends its leg, the callee's calls C. Each is told of what
			// happens while it is in the call.
			const cleared, delivered = "ConnectionCleared c:A normalClearing ", "Delivered c:C B>C newCall "
			if b.GetsInAnyOrder(cleared+"connected", delivered+"connected")[0] == cleared+"connected" {
				a.Gets(cleared + "null")
				c.Gets(delivered + "alerting")
			} else {
				a.Gets(delivered+"connected", cleared+"null")
				c.Gets(delivered+"alerting", cleared+"alerting")
			}
			cs.Answers()
			b.Gets("Established c:C B>C newCall connected")
			c.Gets("Established c:C B>C newCall connected")
			p.talking("B", "C")
			in.HangsUp()
			endedBy(b, c)
		}},
		{Name: "uuid_bridge of two calls", RealOnly: noConsole, Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			a, b, out, in := talk(p)
			c, d := p.Monitor("C"), p.Monitor("D")
			second := p.Phone("C").Dials("D")
			fourth := p.Phone("D").Rings()
			fourth.Answers()
			c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>D newCall connected",
				"Delivered d:D C>D newCall connected", "Established d:D C>D newCall connected")
			d.Gets("Delivered d:D C>D newCall alerting", "Established d:D C>D newCall connected")
			p.joined("d")
			p.console("uuid_bridge " + p.names.calls["c"] + " " + p.names.calls["d"])
			in.Ended()
			fourth.Ended()
			p.talking("A", "C")
			a.Gets("ConnectionCleared c:B normalClearing connected", "Transfered c:A+d:C c:A,c:C<d:C transfer connected by=? to=C")
			b.Gets("ConnectionCleared c:B normalClearing null")
			c.Gets("ConnectionCleared d:D normalClearing connected", "Transfered c:A+d:C c:A,c:C<d:C transfer connected by=? to=C")
			d.Gets("ConnectionCleared d:D normalClearing null")
			second.HangsUp()
			endedBy(c, a)
			out.Ended()
		}},
		{Name: "a ringing call is picked up", RealOnly: noConsole, OwnDialplan: hasNoSuchNumber, Play: func(p *Play) {
			a, b, out, in := ring(p)
			c := p.Monitor("C")
			number := "pick-" + p.names.calls["c"]
			picker := p.Phone("C").Dials(number)
			picker.Connected()
			in.Ended()
			p.talking("A", "C")
			a.Gets("Diverted c:B A>B callPickup connected", "Established c:C A>B callPickup connected last=B")
			b.Gets("Diverted c:B A>B callPickup null")
			c.Gets(
				"ServiceInitiated d:C newCall initiated",
				"Originated d:C C>"+number+" newCall connected",
				"ConnectionCleared d:C normalClearing null",
				"Established c:C A>B callPickup connected last=B",
			)
			p.SnapshotCall("c", "A connected", "C connected")
			out.HangsUp()
			endedBy(a, c)
			picker.Ended()
		}},
	}
}
