package conformance

import "slices"

// others are stories of several services.
func others() []Scenario {
	return slices.Concat(
		fromBothSides(Scenario{Name: "the two left of a conference"}, func(t *trio) {
			zs := t.consulted()
			t.confers()
			zs.HangsUp()
			t.goes(t.z, t.x, t.y)
			t.talking(t.x.role, t.y.role)
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			second := t.consulted()
			t.reconnects(second)
			t.ys.HangsUp()
			t.over("c", t.y, t.x)
		}),
		fromBothSides(Scenario{Name: "three consultations, one after the other"}, func(t *trio) {
			for range 2 {
				zs := t.consulted()
				t.reconnects(zs)
				delete(t.names.calls, "d")
			}
			t.consultsInVain(t.busy)
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "both parties consult, one after the other"}, func(t *trio) {
			t.consulted()
			t.transfers(false)
			t.xs.Ended()
			t.talking(t.y.role, "C")
			// The party transferred consults the one that transferred it.
			t.must(t.consult("e", t.is("c:$y"), t.x.role))
			xs := t.Phone(t.x.role).Rings()
			t.gets(t.y, "Held c:$y consultation hold", "ServiceInitiated e:$y consultation initiated",
				"Originated e:$y $y>$x consultation connected", "Delivered e:$x $y>$x consultation connected")
			t.gets(t.z, "Held c:$y consultation connected")
			t.gets(t.x, "Delivered e:$x $y>$x consultation alerting")
			xs.Answers()
			t.gets(t.y, "Established e:$x $y>$x consultation connected")
			t.gets(t.x, "Established e:$x $y>$x consultation connected")
			t.talking(t.x.role, t.y.role)
			t.must(t.pair("TransferCall", t.is("c:$y"), t.is("e:$y")))
			t.gets(t.y, "Transfered c:$y+e:$y c:$z,c:$x<e:$x transfer null to=$x")
			t.gets(t.z, "Transfered c:$y+e:$y c:$z,c:$x<e:$x transfer connected to=$x")
			t.gets(t.x, "Transfered c:$y+e:$y c:$z,c:$x<e:$x transfer connected to=$x")
			t.ys.Ended()
			t.talking(t.x.role, "C")
			xs.HangsUp()
			t.over("c", t.x, t.z)
		}),
		fromBothSides(Scenario{Name: "SingleStepTransferCall by the party that is held at the phone"}, func(t *trio) {
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			t.must(t.transfer(t.is("c:$y"), "C"))
			t.gets(t.y, "Transfered c:$y c:$x,c:C singleStepTransfer null to=C")
			t.gets(t.x, "Transfered c:$y c:$x,c:C singleStepTransfer hold to=C")
			t.ys.Ended()
			zs := t.Phone("C").Rings()
			t.gets(t.x, "Retrieved c:$x normal connected", "Delivered c:$z $x>$z singleStepTransfer connected last=$y")
			t.gets(t.z, "Delivered c:$z $x>$z singleStepTransfer alerting last=$y")
			zs.Answers()
			t.gets(t.x, "Established c:$z $x>$z singleStepTransfer connected last=$y")
			t.gets(t.z, "Established c:$z $x>$z singleStepTransfer connected last=$y")
			t.talking(t.x.role, "C")
			zs.HangsUp()
			t.over("c", t.z, t.x)
		}),
		fromBothSides(Scenario{Name: "ConsultationCall out of a call on hold at the phone"}, func(t *trio) {
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			t.Refused("stateIncompatibility/invalidConnectionState", t.consult("d", t.is("c:$x"), "C"))
			t.xs.Retrieves()
			t.bothGet("Retrieved", "normal", "connected", "connected")
			zs := t.consulted()
			t.transfers(false)
			t.talking(t.y.role, "C")
			zs.HangsUp()
			t.over("c", t.z, t.y)
		}),
		[]Scenario{
			{Name: "ConsultationCall and TransferCall of a MakeCall", Play: func(p *Play) {
				a, b, prompt := prompted(p)
				prompt.Answers()
				in := p.Phone("B").Rings()
				delivered(a, b)
				in.Answers()
				established(a, b)
				t := newTrio(p, a, b, prompt, in)
				zs := t.consulted()
				t.transfers(false)
				prompt.Ended()
				t.talking("B", "C")
				zs.HangsUp()
				t.over("c", t.z, t.y)
				in.Ended()
			}},
			{Name: "an application in a hurry", Play: func(p *Play) {
				a, b, out, in := ring(p)
				in.Answers()
				a.Gets("Established c:B A>B newCall connected")
				t := newTrio(p, a, b, out, in)
				t.must(t.consult("d", "c:A", "C"))
				b.Gets("Established c:B A>B newCall connected")
				zs := t.Phone("C").Rings()
				t.consultationBegins()
				t.gets(t.x, "Originated d:$x $x>$z consultation connected", "Delivered d:$z $x>$z consultation connected")
				t.gets(t.z, "Delivered d:$z $x>$z consultation alerting")
				zs.Answers()
				t.gets(t.x, "Established d:$z $x>$z consultation connected")
				t.alternatesAtOnce("d", "c")
				t.alternatesAtOnce("c", "d")
				t.gets(t.z, "Established d:$z $x>$z consultation connected", "Held d:$x alternate connected", "Retrieved d:$x alternate connected")
				t.gets(t.y, "Retrieved c:$x alternate connected", "Held c:$x alternate connected")
				t.transfers(false)
				t.xs.Ended()
				t.must(t.transfer("c:C", "A"))
				t.gets(t.z, "Transfered c:C c:B,c:A singleStepTransfer null to=A")
				t.gets(t.y, "Transfered c:C c:B,c:A singleStepTransfer connected to=A")
				last := t.Phone("A").Rings()
				t.gets(t.y, "Delivered c:A B>A singleStepTransfer connected last=C")
				t.gets(t.x, "Delivered c:A B>A singleStepTransfer alerting last=C")
				last.Answers()
				t.gets(t.y, "Established c:A B>A singleStepTransfer connected last=C")
				t.gets(t.x, "Established c:A B>A singleStepTransfer connected last=C")
				t.must(t.hold("c:A"))
				t.bothGet("Held", "normal", "hold", "connected")
				t.must(t.retrieve("c:A"))
				t.bothGet("Retrieved", "normal", "connected", "connected")
				last.HangsUp()
				t.over("c", t.x, t.y)
			}},
			{Name: "ring group, one wins", OwnDialplan: hasNoSuchNumber, Play: func(p *Play) {
				a, b, c, bs, cs, out := rings(p)
				cs.Answers()
				a.Gets("Delivered c:C A>9700 newCall connected", "Established c:C A>9700 newCall connected", "ConnectionCleared c:B multipleAlerting connected")
				b.Gets("Delivered c:C A>9700 newCall alerting", "Established c:C A>9700 newCall alerting", "ConnectionCleared c:B multipleAlerting null")
				c.Gets("Delivered c:C A>9700 newCall alerting", "Established c:C A>9700 newCall connected", "ConnectionCleared c:B multipleAlerting connected")
				bs.Ended()
				p.talking("A", "C")
				out.HangsUp()
				endedBy(a, c)
			}},
			{Name: "ring group, another wins", OwnDialplan: hasNoSuchNumber, Play: func(p *Play) {
				a, b, c, bs, cs, out := rings(p)
				bs.Answers()
				a.Gets("Established c:B A>9700 newCall connected")
				b.Gets("Established c:B A>9700 newCall connected")
				cs.Ended()
				p.talking("A", "B")
				c.GetsNothing()
				out.HangsUp()
				endedBy(a, b)
			}},
			{Name: "ring group, the caller gives up", OwnDialplan: hasNoSuchNumber, Play: func(p *Play) {
				a, b, c, bs, cs, out := rings(p)
				out.HangsUp()
				abandoned(a, b)
				bs.Ended()
				cs.Ended()
				c.GetsNothing()
			}},
			{Name: "ring group, one rejects, another answers", OwnDialplan: hasNoSuchNumber, Play: func(p *Play) {
				a, b, c, bs, cs, out := rings(p)
				bs.Rejects(486)
				a.Gets("ConnectionCleared c:B busy connected")
				b.Gets("ConnectionCleared c:B busy null")
				cs.Answers()
				a.Gets("Delivered c:C A>9700 newCall connected", "Established c:C A>9700 newCall connected")
				c.Gets("Delivered c:C A>9700 newCall alerting", "Established c:C A>9700 newCall connected")
				p.talking("A", "C")
				out.HangsUp()
				endedBy(a, c)
			}},
			{Name: "one number after the other", RealOnly: "its dialplan calls numbers together only", OwnDialplan: hasNoSuchNumber, Play: func(p *Play) {
				p.Phone("B").Behaves(Behaviour{RejectWith: 486})
				a, b, c := p.Monitor("A"), p.Monitor("B"), p.Monitor("C")
				out := p.Phone("A").Dials("9701")
				a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9701 newCall connected", "Failed c:B A>9701 busy connected")
				cs := p.Phone("C").Rings()
				a.Gets("Delivered c:C A>9701 newCall connected")
				c.Gets("Delivered c:C A>9701 newCall alerting")
				cs.Answers()
				a.Gets("Established c:C A>9701 newCall connected")
				c.Gets("Established c:C A>9701 newCall connected")
				p.talking("A", "C")
				b.GetsNothing()
				out.HangsUp()
				endedBy(a, c)
			}},
		},
	)
}

// rings has A call a group whose members B and C are called together. B rings;
// C gives no sign, so that it is certain who is heard of first.
func rings(p *Play) (a, b, c *Watch, bs, cs, out *Talk) {
	p.Helper()
	p.Phone("C").Behaves(Behaviour{Silent: true})
	a, b, c = p.Monitor("A"), p.Monitor("B"), p.Monitor("C")
	out = p.Phone("A").Dials("9700")
	bs, cs = p.Phone("B").Rings(), p.Phone("C").Rings()
	a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9700 newCall connected", "Delivered c:B A>9700 newCall connected")
	b.Gets("Delivered c:B A>9700 newCall alerting")
	return a, b, c, bs, cs, out
}
