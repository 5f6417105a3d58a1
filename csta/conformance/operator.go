package conformance

import (
	"slices"
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
	return append(consultingByOperator(), []Scenario{
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
	}...)
}

// consultingByOperator are consultations of which somebody at the switch's console
// takes a party, or joins two. Who talks to somebody else then is not lost to what
// the consulting device does next.
func consultingByOperator() []Scenario {
	consulting := func(name string, play func(t *trio, zs *Talk, legs consultingLegs)) []Scenario {
		s := Scenario{Name: name, RealOnly: noConsole, Cast: Cast{"D": "1003"}}
		return fromBothSides(s, func(t *trio) {
			caller := t.names.calls["c"]
			legs := consultingLegs{x: caller, y: t.partner(caller)}
			if t.x.role == "B" {
				legs.x, legs.y = legs.y, legs.x
			}
			zs := t.consulted()
			legs.z = t.partner(legs.x)
			play(t, zs, legs)
		})
	}
	return slices.Concat(
		consulting("uuid_transfer of a held party", func(t *trio, zs *Talk, legs consultingLegs) {
			d, called := t.Monitor("D"), "$y>D"
			if t.y.role == "A" {
				// It is the call's caller, who dialled another number.
				called = "A>B"
			}
			t.console("uuid_transfer " + legs.y + " 1003")
			ds := t.Phone("D").Rings()
			t.gets(t.x, "Delivered c:D "+called+" newCall hold")
			t.gets(t.y, "Delivered c:D "+called+" newCall connected")
			t.gets(d, "Delivered c:D "+called+" newCall alerting")
			ds.Answers()
			t.gets(t.x, "Established c:D "+called+" newCall hold", "ConnectionCleared c:$x normalClearing null")
			for _, w := range []*Watch{t.y, d} {
				t.gets(w, "Established c:D "+called+" newCall connected", "ConnectionCleared c:$x normalClearing connected")
			}
			t.talking(t.y.role, "D")
			t.Snapshot(t.x.role, t.is("d:$x connected connected"))
			t.xs.HangsUp()
			t.over("d", t.x, t.z)
			zs.Ended()
			t.SnapshotCall("c", t.is("$y connected"), "D connected")
			ds.HangsUp()
			t.over("c", d, t.y)
		}),
		consulting("uuid_transfer of a consulted party", func(t *trio, zs *Talk, legs consultingLegs) {
			d := t.Monitor("D")
			t.console("uuid_transfer " + legs.z + " 1003")
			ds := t.Phone("D").Rings()
			ds.Answers()
			for _, w := range []*Watch{t.x, t.z} {
				t.gets(w, "Delivered d:D C>D newCall connected", "Established d:D C>D newCall connected")
			}
			d.Gets("Delivered d:D C>D newCall alerting", "Established d:D C>D newCall connected")
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null", "ServiceInitiated e:$x newCall initiated", "Originated e:$x $x>C newCall connected")
			for _, w := range []*Watch{t.z, d} {
				t.gets(w, "ConnectionCleared d:$x normalClearing connected")
			}
			t.Snapshot(t.x.role, t.is("c:$x hold connected"), t.is("e:$x connected"))
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("e:$x")))
			t.gets(t.x, "ConnectionCleared e:$x normalClearing null", "Retrieved c:$x normal connected")
			t.gets(t.y, "Retrieved c:$x normal connected")
			t.talking("C", "D")
			t.SnapshotCall("d", "C connected", "D connected")
			t.hangsUp()
			t.over("c", t.x, t.y)
			ds.HangsUp()
			t.over("d", d, t.z)
			zs.Ended()
		}),
		consulting("uuid_bridge of a held and a consulted party", func(t *trio, zs *Talk, legs consultingLegs) {
			t.console("uuid_bridge " + legs.y + " " + legs.z)
			t.xs.Ended()
			t.talking(t.y.role, "C")
			// Whether the consulting leg ends before the others are joined, and it is no
			// transfer then, is a matter of threads.
			for _, who := range []string{t.y.role, "C"} {
				t.ComesTo(who, t.is("c:"+who+" connected connected"))
			}
			for _, w := range []*Watch{t.x, t.y, t.z} {
				w.skip()
			}
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
			zs.Ended()
		}),
		[]Scenario{{Name: "a consulted party's ringing call is picked up", RealOnly: noConsole, OwnDialplan: hasNoSuchNumber, Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			a, b, out, in := talk(p)
			t := newTrio(p, a, b, out, in)
			zs, d := t.consults(), p.Monitor("D")
			number := "pick-" + p.names.calls["c"]
			ds := p.Phone("D").Dials(number)
			ds.Connected()
			zs.Ended()
			t.gets(t.x, "Diverted d:C A>C callPickup connected", "Established d:D A>C callPickup connected last=C")
			t.gets(t.z, "Diverted d:C A>C callPickup null")
			d.Gets("ServiceInitiated e:D newCall initiated", "Originated e:D D>"+number+" newCall connected",
				"ConnectionCleared e:D normalClearing null", "Established d:D A>C callPickup connected last=C")
			t.talking("A", "D")
			p.Snapshot("A", "c:A hold connected", "d:A connected connected")
			ds.HangsUp()
			t.gets(t.x, "ConnectionCleared d:D normalClearing connected")
			d.Gets("ConnectionCleared d:D normalClearing null")
			p.must(p.pair("ReconnectCall", "c:A", "d:A"))
			t.gets(t.x, "ConnectionCleared d:A normalClearing null")
			t.backTogether()
			in.HangsUp()
			endedBy(b, a)
			out.Ended()
		}}},
		fromBothSides(Scenario{Name: "uuid_transfer of who consults somebody that rings", RealOnly: noConsole, Cast: Cast{"D": "1003"}}, func(t *trio) {
			leg := t.names.calls["c"]
			if t.x.role == "B" {
				leg = t.partner(leg)
			}
			zs, d := t.consults(), t.Monitor("D")
			t.console("uuid_transfer " + leg + " 1003")
			zs.Ended()
			ds := t.Phone("D").Rings()
			ds.Answers()
			t.gets(t.z, "ConnectionCleared d:C callCancelled null")
			t.gets(t.x, "ConnectionCleared d:C callCancelled connected", "Delivered d:D $x>C consultation connected", "Established d:D $x>C consultation connected")
			t.gets(d, "Delivered d:D $x>C consultation alerting", "Established d:D $x>C consultation connected")
			t.talking(t.x.role, "D")
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			ds.Ended()
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
			t.gets(d, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:D normalClearing null")
			t.backTogether()
			t.hangsUp()
			t.over("c", t.x, t.y)
		}),
		consulting("uuid_bridge of a consulting and a held party", func(t *trio, zs *Talk, legs consultingLegs) {
			t.console("uuid_bridge " + legs.y + " " + legs.x)
			zs.Ended()
			t.talking(t.y.role, t.x.role)
			t.ComesTo(t.x.role, t.is("c:$x connected connected"))
			for _, w := range []*Watch{t.x, t.y, t.z} {
				w.skip()
			}
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.hangsUp()
			t.over("c", t.x, t.y)
		}),
	)
}

// consultingLegs are the legs of who consults (x), who is held (y) and who is consulted.
type consultingLegs struct{ x, y, z string }
