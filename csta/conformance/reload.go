package conformance

import (
	"slices"
	"strings"
)

// Reloads load the module anew, and with it engine and server, while calls are
// up: the calls live on, snapshots show them, and later events are right.
func Reloads() []Scenario {
	return slices.Concat(reloadedCalls(), reloadedServices(), reloadedElsewhere())
}

// reload loads the module anew. The clients lose their connections and start
// over: what they saw before is checked now.
func (p *Play) reload() {
	p.Helper()
	for _, w := range p.watches {
		w.GetsNothing()
	}
	p.checkRules()
	for _, c := range p.clients {
		_ = c.Close()
	}
	clear(p.clients)
	p.order, p.watches = nil, nil
	p.must(p.backend.Reload(p.within()))
	var err error
	p.trouble, err = p.backend.Trouble(p.within())
	p.must(err)
}

// again starts new monitors for a conversation.
func (t *trio) again() {
	t.Helper()
	t.reload()
	t.x, t.y, t.z = t.Monitor(t.x.role), t.Monitor(t.y.role), t.Monitor(t.z.role)
}

// shows waits until the snapshots of the devices show that, and no others; each
// line begins with the role.
func (t *trio) shows(lines ...string) {
	t.Helper()
	want := map[string][]string{t.x.role: nil, t.y.role: nil, t.z.role: nil}
	for _, line := range lines {
		role, snapshot, _ := strings.Cut(t.is(line), " ")
		want[role] = append(want[role], snapshot)
	}
	for role, snapshots := range want {
		t.ComesTo(role, snapshots...)
	}
}

func reloadedCalls() []Scenario {
	return slices.Concat(
		fromBothSides(Scenario{Name: "reload while they talk"}, func(t *trio) {
			t.again()
			t.shows("$x c:$x connected connected", "$y c:$y connected connected")
			t.SnapshotCall("c", "A connected", "B connected")
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.ys.HangsUp()
			t.over("c", t.y, t.x)
			t.xs.Ended()
		}),
		fromBothSides(Scenario{Name: "reload twice, then SingleStepTransferCall"}, func(t *trio) {
			t.again()
			t.shows("$x c:$x connected connected", "$y c:$y connected connected")
			t.again()
			t.shows("$x c:$x connected connected", "$y c:$y connected connected")
			t.must(t.transfer(t.is("c:$x"), "C"))
			t.stepTransferred("C")
			zs := t.Phone("C").Rings()
			t.reaches("singleStepTransfer")
			zs.Answers()
			t.gets(t.y, "Established c:$z $y>$z singleStepTransfer connected last=$x")
			t.gets(t.z, "Established c:$z $y>$z singleStepTransfer connected last=$x")
			t.talking(t.y.role, "C")
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
		}),
		fromBothSides(Scenario{Name: "reload while a phone holds"}, func(t *trio) {
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			t.again()
			t.shows("$x c:$x hold connected", "$y c:$y connected hold")
			t.xs.Retrieves()
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
		}),
		fromBothSides(Scenario{Name: "reload while a phone holds, RetrieveCall"}, func(t *trio) {
			t.Phone(t.x.role).Behaves(Behaviour{Talk: true})
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			t.again()
			t.shows("$x c:$x hold connected", "$y c:$y connected hold")
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.ys.HangsUp()
			t.over("c", t.y, t.x)
		}),
		fromBothSides(Scenario{Name: "reload during HoldCall, RetrieveCall"}, func(t *trio) {
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.again()
			t.shows("$x c:$x hold connected", "$y c:$y connected hold")
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
		}),
		fromBothSides(Scenario{Name: "reload during HoldCall, the held party hangs up"}, func(t *trio) {
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.again()
			t.shows("$x c:$x hold connected", "$y c:$y connected hold")
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.x, "ConnectionCleared c:$y normalClearing hold", "ConnectionCleared c:$x normalClearing null")
		}),
		[]Scenario{
			{Name: "reload while it rings, answered", Play: func(p *Play) {
				_, _, out, in := ring(p)
				p.reload()
				a, b := p.Monitor("A"), p.Monitor("B")
				p.ComesTo("A", "c:A connected alerting")
				p.ComesTo("B", "c:B alerting connected")
				in.Answers()
				established(a, b)
				out.Connected()
				out.HangsUp()
				endedBy(a, b)
			}},
			{Name: "reload while it rings, caller gives up", Play: func(p *Play) {
				_, _, out, in := ring(p)
				p.reload()
				a, b := p.Monitor("A"), p.Monitor("B")
				p.ComesTo("B", "c:B alerting connected")
				out.HangsUp()
				abandoned(a, b)
				in.Ended()
			}},
			{Name: "reload while it rings, DeflectCall", Play: func(p *Play) {
				_, _, out, in := ring(p)
				p.reload()
				t := newTrio(p, p.Monitor("B"), p.Monitor("A"), in, out)
				p.ComesTo("B", "c:B alerting connected")
				t.deflects("C")
				zs := t.Phone("C").Rings()
				t.y.Gets("Delivered c:C A>B redirected connected last=B")
				t.z.Gets("Delivered c:C A>B redirected alerting last=B")
				zs.Rejects(486)
				t.y.Gets("ConnectionCleared c:C busy connected", "ConnectionCleared c:A normalClearing null")
				t.z.Gets("ConnectionCleared c:C busy null")
			}},
			{Name: "reload before it rings", Play: func(p *Play) {
				p.Phone("B").Behaves(Behaviour{Silent: true})
				a := p.Monitor("A")
				out := p.Phone("A").Dials("B")
				in := p.Phone("B").Rings()
				a.Gets("ServiceInitiated c:A newCall initiated")
				p.reload()
				a, b := p.Monitor("A"), p.Monitor("B")
				p.ComesTo("A", "c:A initiated")
				in.Answers()
				a.Gets("Originated c:A A>B newCall connected", "Delivered c:B A>B newCall connected")
				b.Gets("Delivered c:B A>B newCall alerting")
				established(a, b)
				out.HangsUp()
				endedBy(a, b)
			}},
			{Name: "reload during a MakeCall that talks", Play: func(p *Play) {
				a, b, prompt := prompted(p)
				prompt.Answers()
				in := p.Phone("B").Rings()
				delivered(a, b)
				in.Answers()
				established(a, b)
				p.reload()
				a, b = p.Monitor("A"), p.Monitor("B")
				p.ComesTo("A", "c:A connected connected")
				p.ComesTo("B", "c:B connected connected")
				prompt.HangsUp()
				endedBy(a, b)
			}},
			{Name: "reload during a MakeCall that rings", Play: func(p *Play) {
				a, b, prompt := prompted(p)
				prompt.Answers()
				in := p.Phone("B").Rings()
				delivered(a, b)
				p.reload()
				a, b = p.Monitor("A"), p.Monitor("B")
				p.ComesTo("A", "c:A connected alerting")
				p.ComesTo("B", "c:B alerting connected")
				in.Answers()
				established(a, b)
				in.HangsUp()
				endedBy(b, a)
				prompt.Ended()
			}},
			{Name: "reload while a MakeCall prompts", Play: func(p *Play) {
				_, _, prompt := prompted(p)
				p.reload()
				// The order is given up with the module that made it.
				prompt.Ended()
				p.ComesTo("A")
			}},
		},
	)
}

func reloadedServices() []Scenario {
	return slices.Concat(
		fromBothSides(Scenario{Name: "reload during a consultation, ReconnectCall"}, func(t *trio) {
			zs := t.consulted()
			t.again()
			t.consulting("c", "d")
			t.reconnects(zs)
			t.ys.HangsUp()
			t.over("c", t.y, t.x)
			t.xs.Ended()
		}),
		fromBothSides(Scenario{Name: "reload during a consultation, TransferCall"}, func(t *trio) {
			zs := t.consulted()
			t.again()
			t.consulting("c", "d")
			t.transfers(false)
			t.xs.Ended()
			t.talking(t.y.role, "C")
			zs.HangsUp()
			t.over("c", t.z, t.y)
		}),
		fromBothSides(Scenario{Name: "reload after AlternateCall, AlternateCall, ConferenceCall"}, func(t *trio) {
			zs := t.consulted()
			t.alternates("d", "c")
			t.talking(t.x.role, t.y.role)
			t.again()
			t.consulting("d", "c")
			t.alternates("c", "d")
			t.talking(t.x.role, "C")
			t.confers()
			t.xs.HangsUp()
			t.goes(t.x, t.y, t.z)
			zs.HangsUp()
			t.over("c", t.z, t.y)
		}),
		fromBothSides(Scenario{Name: "reload while the consulted party rings"}, func(t *trio) {
			zs := t.consults()
			t.again()
			t.shows("$x c:$x hold connected", "$x d:$x connected alerting", "$y c:$y connected hold", "C d:C alerting connected")
			zs.Answers()
			t.gets(t.x, "Established d:$z $x>$z consultation connected")
			t.gets(t.z, "Established d:$z $x>$z consultation connected")
			t.talking(t.x.role, "C")
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.x, "ConnectionCleared c:$y normalClearing hold", "ConnectionCleared c:$x normalClearing null")
			zs.HangsUp()
			t.over("d", t.z, t.x)
			t.xs.Ended()
		}),
		fromBothSides(Scenario{Name: "reload when the consulted party is busy, RetrieveCall"}, func(t *trio) {
			t.consultsInVain(t.busy)
			t.again()
			t.shows("$x c:$x hold connected", "$x d:$x connected", "$y c:$y connected hold")
			t.must(t.retrieve(t.is("c:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "reload when the consulted number's dialplan has ended, ReconnectCall", RealOnly: noFeatures}, func(t *trio) {
			t.must(t.consult("d", t.is("c:$x"), "9727"))
			t.consultationBegins()
			t.gets(t.x, "Originated d:$x $x>9727 consultation connected")
			t.executes("park")
			t.again()
			t.shows("$x c:$x hold connected", "$x d:$x connected", "$y c:$y connected hold")
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "reload during a consultation, the consulting party hangs up"}, func(t *trio) {
			zs := t.consulted()
			t.again()
			t.consulting("c", "d")
			t.xs.HangsUp()
			t.gets(t.x, "ConnectionCleared c:$x normalClearing null", "ConnectionCleared d:$x normalClearing null")
			t.gets(t.y, "ConnectionCleared c:$x normalClearing connected", "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:$z normalClearing null")
			t.ys.Ended()
			zs.Ended()
		}),
		[]Scenario{surveyed("reload during a consultation", func(t *trio) {
			zs := t.consulted()
			t.again()
			t.consulting("c", "d")
			t.reconnects(zs)
			t.agentLeaves()
		})},
		fromBothSides(Scenario{Name: "reload during a conference"}, func(t *trio) {
			zs := t.consulted()
			t.confers()
			t.again()
			t.shows("$x c:$x connected connected connected", "$y c:$y connected connected connected", "C c:C connected connected connected")
			t.ys.HangsUp()
			t.goes(t.y, t.x, t.z)
			t.talking(t.x.role, "C")
			t.must(t.hold(t.is("c:$x")))
			t.gets(t.x, "Held c:$x normal hold")
			t.gets(t.z, "Held c:$x normal connected")
			t.must(t.retrieve(t.is("c:$x")))
			t.gets(t.x, "Retrieved c:$x normal connected")
			t.gets(t.z, "Retrieved c:$x normal connected")
			t.talking(t.x.role, "C")
			t.xs.HangsUp()
			t.over("c", t.x, t.z)
			zs.Ended()
		}),
		fromConference(Scenario{Name: "reload, ReconnectCall"}, func(q *quartet) {
			ds := q.withD()
			q.again()
			q.d = q.Monitor("D")
			q.shows("$x c:$x hold connected connected", "$x e:$x connected connected", "$y c:$y connected connected hold", "C c:C connected connected hold")
			q.leavesD(ds, "connected")
			q.members("Retrieved c:$x normal", "connected")
			q.xs.HangsUp()
			q.goes(q.x, q.y, q.z)
			q.zs.HangsUp()
			q.over("c", q.z, q.y)
		}),
		fromBothSides(Scenario{Name: "reload when two are left of a conference"}, func(t *trio) {
			zs := t.consulted()
			t.confers()
			t.xs.HangsUp()
			t.goes(t.x, t.y, t.z)
			t.talking(t.y.role, "C")
			t.again()
			t.shows("$y c:$y connected connected", "C c:C connected connected")
			zs.HangsUp()
			t.over("c", t.z, t.y)
		}),
		fromBothSides(Scenario{Name: "reload after TransferCall"}, func(t *trio) {
			zs := t.consulted()
			t.transfers(false)
			t.xs.Ended()
			t.talking(t.y.role, "C")
			t.again()
			t.shows("$y c:$y connected connected", "C c:C connected connected")
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "reload after a blind transfer at the phone"}, func(t *trio) {
			t.xs.Transfers("C")
			t.stepTransferred("C")
			zs := t.Phone("C").Rings()
			t.reaches("singleStepTransfer")
			t.xs.Ended()
			t.again()
			t.shows("$y c:$y connected alerting", "C c:C alerting connected")
			zs.Answers()
			t.gets(t.y, "Established c:$z $y>$z newCall connected")
			t.gets(t.z, "Established c:$z $y>$z newCall connected")
			t.talking(t.y.role, "C")
			t.again()
			t.shows("$y c:$y connected connected", "C c:C connected connected")
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
		}),
	)
}

// consulting is what snapshots show of x that holds y or z and talks to the
// other one.
func (t *trio) consulting(held, active string) {
	t.Helper()
	state := map[string]string{held: "hold connected", active: "connected connected"}
	far := map[string]string{held: "connected hold", active: "connected connected"}
	t.shows("$x c:$x "+state["c"], "$x d:$x "+state["d"], "$y c:$y "+far["c"], "C d:C "+far["d"])
	t.talking(t.x.role, map[string]string{"c": t.y.role, "d": "C"}[active])
}

func reloadedElsewhere() []Scenario {
	return []Scenario{
		{Name: "reload during an outbound call", Cast: queueAndTrunk, Play: func(p *Play) {
			_, _, out, far := talksOutside(p)
			p.reload()
			a, n := p.Monitor("A"), p.Monitor("N")
			p.ComesTo("A", "c:A connected connected")
			p.ComesTo("N", "c:N connected connected")
			far.HangsUp()
			endedBy(n, a)
			out.Ended()
		}},
		{Name: "reload while an outbound call rings", Cast: queueAndTrunk, Play: func(p *Play) {
			_, _, out, far := ringsOutside(p)
			p.reload()
			a, n := p.Monitor("A"), p.Monitor("N")
			p.ComesTo("A", "c:A connected connected")
			p.ComesTo("N", "c:N connected connected")
			far.Answers()
			for _, w := range []*Watch{a, n} {
				w.Gets("Established c:N A>" + outsideNumber + " networkSignal connected by=" + outsider)
				w.Shows("associatedCalledDevice", "N", "networkCalledDevice", outsider)
			}
			out.HangsUp()
			endedBy(a, n)
		}},
		{Name: "reload after an outbound call was transferred", Cast: queueAndTrunk, Play: func(p *Play) {
			b := p.Monitor("B")
			a, n, out, far := talksOutside(p)
			p.must(p.stepTransfer("c:A", "B"))
			a.Gets("Transfered c:A c:N,c:B singleStepTransfer null to=B")
			n.Gets("Transfered c:A c:N,c:B singleStepTransfer connected to=B")
			in := p.Phone("B").Rings()
			n.Gets("Delivered c:B " + outsider + ">B singleStepTransfer connected last=A")
			b.Gets("Delivered c:B " + outsider + ">B singleStepTransfer alerting last=A")
			out.Ended()
			in.Answers()
			for _, w := range []*Watch{n, b} {
				w.Gets("Established c:B " + outsider + ">B singleStepTransfer connected last=A")
			}
			p.must(p.backend.WaitTalking(p.within(), outsider, p.Device("B").Number))
			p.reload()
			n, b = p.Monitor("N"), p.Monitor("B")
			p.ComesTo("N", "c:N connected connected")
			p.ComesTo("B", "c:B connected connected")
			far.HangsUp()
			endedBy(n, b)
			in.Ended()
		}},
		{Name: "reload after an inbound call went to an agent", Cast: queueAndTrunk, Play: func(p *Play) {
			b := p.Monitor("B")
			n, q, out := comesIn(p)
			p.must(p.stepTransfer("c:Q", "B"))
			n.Gets("Transfered c:Q c:N,c:B singleStepTransfer connected to=B")
			q.Gets("Transfered c:Q c:N,c:B singleStepTransfer null to=B")
			in := p.Phone("B").Rings()
			n.Gets("Delivered c:B " + outsider + ">B singleStepTransfer connected last=Q")
			b.Gets("Delivered c:B " + outsider + ">B singleStepTransfer alerting last=Q")
			p.reload()
			n, b = p.Monitor("N"), p.Monitor("B")
			p.ComesTo("N", "c:N connected alerting")
			p.ComesTo("B", "c:B alerting connected")
			in.Answers()
			p.ComesTo("B", "c:B connected connected")
			n.skip()
			b.skip()
			p.joined("c")
			p.reload()
			n, b = p.Monitor("N"), p.Monitor("B")
			p.ComesTo("N", "c:N connected connected")
			p.ComesTo("B", "c:B connected connected")
			p.ComesTo("Q")
			out.HangsUp()
			endedBy(n, b)
			in.Ended()
		}},
		{Name: "reload while a call waits in a queue", RealOnly: "a call in csta_wait keeps the module; its queues know nothing else",
			Cast: Cast{"F": "02sales/deviceNumber"}, Play: func(p *Play) {
				a, f := p.Monitor("A"), p.Monitor("F")
				out := p.Phone("A").Dials("9742")
				out.Connected()
				a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9742 newCall connected",
					"Queued c:F A>9742 newCall connected", "Established c:F A>9742 newCall connected")
				f.Gets("Queued c:F A>9742 newCall queued", "Established c:F A>9742 newCall connected")
				p.reload()
				a, f = p.Monitor("A"), p.Monitor("F")
				p.ComesTo("A", "c:A connected connected")
				p.ComesTo("F", "c:F connected connected")
				p.must(p.stepTransfer("c:F", "B"))
				a.Gets("Transfered c:F c:A,c:B singleStepTransfer connected to=B")
				f.Gets("Transfered c:F c:A,c:B singleStepTransfer null to=B")
				in := p.Phone("B").Rings()
				a.Gets("Delivered c:B A>B singleStepTransfer connected last=F")
				p.reload()
				p.ComesTo("F")
				p.ComesTo("A", "c:A connected alerting")
				p.ComesTo("B", "c:B alerting connected")
				in.Answers()
				p.joined("c")
			}},
		{Name: "reload behind DirectedPickupCall", Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{AutoAnswer: true})
			k := p.picksUpByC()
			getsCall(k.picks, k.in, k.a, k.b, k.c)
			p.reload()
			a, c := p.Monitor("A"), p.Monitor("C")
			p.ComesTo("A", "c:A connected connected")
			p.ComesTo("C", "c:C connected connected")
			k.out.HangsUp()
			endedBy(a, c)
		}},
		{Name: "reload while a call is parked, retrieved", RealOnly: noFeatures, Play: func(p *Play) {
			a, b, out, in := talk(p)
			in.Transfers("5901")
			a.Gets("Transfered c:B c:A,c:5901 singleStepTransfer connected to=5901")
			b.Gets("Transfered c:B c:A,c:5901 singleStepTransfer null to=5901")
			in.Ended()
			p.reload()
			a, c := p.Monitor("A"), p.Monitor("C")
			p.ComesTo("A", "c:A connected")
			cs := p.Phone("C").Dials("5901")
			cs.Connected()
			pickedUpBy(a, c, "5901", "5901", "callPickup", "")
			p.reload()
			a, c = p.Monitor("A"), p.Monitor("C")
			p.ComesTo("A", "c:A connected connected")
			p.ComesTo("C", "c:C connected connected")
			out.HangsUp()
			endedBy(a, c)
		}},
		{Name: "reload with loopback legs", RealOnly: noFeatures, Play: func(p *Play) {
			_, _, out, in := dialsOut(p, "9730")
			p.reload()
			a, b := p.Monitor("A"), p.Monitor("B")
			p.ComesTo("A", "c:A connected alerting")
			p.ComesTo("B", "c:B alerting connected")
			in.Answers()
			for _, w := range []*Watch{a, b} {
				w.Gets("Established c:B A>9730 newCall connected")
			}
			out.Connected()
			p.reload()
			a, b = p.Monitor("A"), p.Monitor("B")
			p.ComesTo("A", "c:A connected connected")
			p.ComesTo("B", "c:B connected connected")
			out.HangsUp()
			endedBy(a, b)
			in.Ended()
		}},
		{Name: "reload while an application of the switch answers", RealOnly: noFeatures, Play: func(p *Play) {
			_, out := servedBySwitch(p, "9744")
			p.reload()
			a := p.Monitor("A")
			p.ComesTo("A", "c:A connected")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
	}
}
