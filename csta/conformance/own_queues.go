package conformance

// OwnQueues are calls to queues that the switch has of its own: a call centre at
// 8500 with one agent, C, and a waiting room (fifo) at 8501 for which an agent
// comes by 8502.
func OwnQueues() []Scenario {
	scenarios := []Scenario{
		{Name: "call centre, an agent answers", Play: func(p *Play) {
			a, q, c, out := asksForHelp(p)
			cs := offered(p, a, q, c)
			cs.Answers()
			takesOver(p, a, c)
			p.Snapshot("H")
			out.HangsUp()
			endedBy(a, c)
			cs.Ended()
			q.GetsNothing()
		}},
		{Name: "call centre, the agent hangs up", Play: func(p *Play) {
			a, q, c, out := asksForHelp(p)
			cs := offered(p, a, q, c)
			cs.Answers()
			takesOver(p, a, c)
			cs.HangsUp()
			endedBy(c, a)
			out.Ended()
		}},
		{Name: "call centre, the agent refuses and is asked again", Play: func(p *Play) {
			a, q, c, out := asksForHelp(p)
			cs := offered(p, a, q, c)
			cs.Rejects(486)
			a.Gets("ConnectionCleared c:C busy connected", "Queued c:H A>8500 newCall connected")
			c.Gets("ConnectionCleared c:C busy null")
			q.Gets("Queued c:H A>8500 newCall queued")
			p.Snapshot("H", "c:H queued connected")
			cs = offered(p, a, q, c)
			cs.Answers()
			takesOver(p, a, c)
			out.HangsUp()
			endedBy(a, c)
		}},
		{Name: "call centre, the caller gives up while the agent rings", Play: func(p *Play) {
			a, q, c, out := asksForHelp(p)
			cs := offered(p, a, q, c)
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
			c.Gets("ConnectionCleared c:A normalClearing alerting", "ConnectionCleared c:C callCancelled null")
			cs.Ended()
			q.GetsNothing()
		}},
		{Name: "call centre, the agent is busy, the caller gives up", Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{RejectWith: 486})
			a, q, c, out := asksForHelp(p)
			p.Snapshot("H", "c:H queued connected")
			a.GetsNothing()
			out.HangsUp()
			leavesQueue(a, q, "queued")
			c.GetsNothing()
		}},
		{Name: "call centre, DeflectCall of the waiting call", Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{RejectWith: 486})
			b := p.Monitor("B")
			a, q, _, _ := asksForHelp(p)
			p.must(p.deflect("c:H", "B"))
			a.Gets("Diverted c:H A>8500 redirected connected")
			q.Gets("Diverted c:H A>8500 redirected null")
			in := p.Phone("B").Rings()
			a.Gets("Delivered c:B A>8500 redirected connected last=H")
			b.Gets("Delivered c:B A>8500 redirected alerting last=H")
			in.Answers()
			for _, w := range []*Watch{a, b} {
				w.Gets("Established c:B A>8500 redirected connected last=H")
			}
			p.joined("c")
			in.HangsUp()
			endedBy(b, a)
		}},
		{Name: "call centre, an outside caller comes by a queue", Play: func(p *Play) {
			h, c := p.Monitor("H"), p.Monitor("C")
			n, q, far := comesIn(p)
			p.must(p.deflect("c:Q", "8500"))
			n.Gets("Diverted c:Q "+outsider+">193190 redirected connected",
				"Queued c:H "+outsider+">193190 redirected connected last=Q")
			q.Gets("Diverted c:Q " + outsider + ">193190 redirected null")
			h.Gets("Queued c:H " + outsider + ">193190 redirected queued last=Q")
			cs := p.Phone("C").Rings()
			n.Gets("Diverted c:H "+outsider+">193190 distributed connected last=Q",
				"Delivered c:C "+outsider+">193190 distributed connected last=H")
			h.Gets("Diverted c:H " + outsider + ">193190 distributed null last=Q")
			c.Gets("Delivered c:C " + outsider + ">193190 distributed alerting last=H")
			c.Shows("networkCallingDevice", outsider, "networkCalledDevice", inboundNumber, "associatedCallingDevice", "N")
			cs.Answers()
			for _, w := range []*Watch{n, c} {
				w.Gets("Established c:C " + outsider + ">193190 distributed connected last=H")
				w.Shows("networkCallingDevice", outsider, "networkCalledDevice", inboundNumber, "associatedCallingDevice", "N")
			}
			p.must(p.backend.WaitTalking(p.within(), outsider, p.Device("C").Number))
			far.HangsUp()
			endedBy(n, c)
		}},
		{Name: "waiting room, an agent comes and sends the call on", Play: func(p *Play) {
			a, b, c, f := p.Monitor("A"), p.Monitor("B"), p.Monitor("C"), p.Monitor("F")
			out := p.Phone("A").Dials("8501")
			out.Connected()
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>8501 newCall connected",
				"Queued c:F A>8501 newCall connected")
			f.Gets("Queued c:F A>8501 newCall queued")
			cs := p.Phone("C").Dials("8502")
			cs.Connected()
			p.talking("A", "C")
			comesForA(a, f, c)
			p.must(p.stepTransfer("c:C", "B"))
			for _, w := range []*Watch{a, c} {
				state := map[*Watch]string{a: "connected", c: "null"}[w]
				w.Gets("Transfered c:C c:A,c:B singleStepTransfer " + state + " to=B")
			}
			in := p.Phone("B").Rings()
			in.Answers()
			a.Gets("Delivered c:B A>B singleStepTransfer connected last=C", "Established c:B A>B singleStepTransfer connected last=C")
			b.Gets("Delivered c:B A>B singleStepTransfer alerting last=C", "Established c:B A>B singleStepTransfer connected last=C")
			p.talking("A", "B")
			// The agent waits for the next call, in a call of its own.
			c.Gets("ServiceInitiated e:C newCall initiated", "Originated e:C C>8502 newCall connected")
			p.Snapshot("C", "e:C connected")
			d := p.Monitor("D")
			second := p.Phone("D").Dials("8501")
			second.Connected()
			p.talking("D", "C")
			d.Gets("ServiceInitiated f:D newCall initiated", "Originated f:D D>8501 newCall connected",
				"Queued f:F D>8501 newCall connected",
				"Diverted f:F D>8501 callPickup connected", "Established f:C D>8501 callPickup connected last=F")
			f.Gets("Queued f:F D>8501 newCall queued", "Diverted f:F D>8501 callPickup null")
			c.Gets("ConnectionCleared e:C normalClearing null", "Established f:C D>8501 callPickup connected last=F")
			p.SnapshotCall("c", "A connected", "B connected")
			p.SnapshotCall("f", "D connected", "C connected")
			out.HangsUp()
			endedBy(a, b)
			second.HangsUp()
			d.Gets("ConnectionCleared f:D normalClearing null")
			c.Gets("ConnectionCleared f:D normalClearing connected")
			cs.HangsUp()
			c.Gets("ConnectionCleared f:C normalClearing null")
		}},
	}
	for i := range scenarios {
		scenarios[i].Cast = ownQueueCast
	}
	return scenarios
}

// Groups are calls to several phones at once, of a kind that FreeSWITCH's own
// configuration has, too.
func Groups() []Scenario {
	// confirming has A call B and C, and B answer, but not take the call yet.
	confirming := func(p *Play) (a, b, c *Watch, bs, cs, out *Talk) {
		p.Helper()
		p.Phone("C").Behaves(Behaviour{Silent: true})
		a, b, c = p.Monitor("A"), p.Monitor("B"), p.Monitor("C")
		out = p.Phone("A").Dials("9703")
		bs, cs = p.Phone("B").Rings(), p.Phone("C").Rings()
		a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9703 newCall connected", "Delivered c:B A>9703 newCall connected")
		b.Gets("Delivered c:B A>9703 newCall alerting")
		bs.Answers()
		a.GetsNothing()
		p.SnapshotCall("c", "A connected", "B alerting")
		return a, b, c, bs, cs, out
	}
	return []Scenario{
		{Name: "a group that must confirm, a member does", Play: func(p *Play) {
			a, b, c, bs, cs, out := confirming(p)
			bs.Presses("1")
			for _, w := range []*Watch{a, b} {
				w.Gets("DtmfDetected c:B 1", "Established c:B A>9703 newCall connected")
			}
			cs.Ended()
			p.talking("A", "B")
			c.GetsNothing()
			out.HangsUp()
			endedBy(a, b)
			bs.Ended()
		}},
		{Name: "a group that must confirm, a member answers and hangs up", Play: func(p *Play) {
			a, b, _, bs, cs, out := confirming(p)
			bs.HangsUp()
			a.Gets("ConnectionCleared c:B normalClearing connected")
			b.Gets("ConnectionCleared c:B normalClearing null")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
			cs.Ended()
		}},
		{Name: "a group that must confirm, the caller gives up", Play: func(p *Play) {
			a, b, _, bs, cs, out := confirming(p)
			out.HangsUp()
			abandoned(a, b)
			bs.Ended()
			cs.Ended()
		}},
		{Name: "a member of a group redirects at once", Cast: Cast{"D": "1003"}, OwnDialplan: hasNoSuchNumber, Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{Silent: true})
			redirectsAtOnce(p, "9700")
		}},
		{Name: "a member of a group called by threads of their own redirects at once", Cast: Cast{"D": "1003"}, RealOnly: noFeatures, OwnDialplan: hasNoSuchNumber, Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RedirectTo: "1003"})
			p.Phone("C").Behaves(Behaviour{Silent: true})
			a, b, c := p.Monitor("A"), p.Monitor("B"), p.Monitor("C")
			out := p.Phone("A").Dials("9702")
			cs := p.Phone("C").Rings()
			// FreeSWITCH follows no redirection there: B is not reached, and C rings on.
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9702 newCall connected",
				"Failed c:B A>9702 networkOutOfOrder connected")
			b.GetsNothing()
			cs.Answers()
			a.Gets("Delivered c:C A>9702 newCall connected", "Established c:C A>9702 newCall connected")
			c.Gets("Delivered c:C A>9702 newCall alerting", "Established c:C A>9702 newCall connected")
			p.talking("A", "C")
			out.HangsUp()
			endedBy(a, c)
		}},
		{Name: "a phone redirects at once", Cast: Cast{"D": "1003"}, Play: func(p *Play) { redirectsAtOnce(p, "B") }},
	}
}

// redirectsAtOnce is a call to a number at which B is reached, whose phone sends it on
// to D before it rings.
func redirectsAtOnce(p *Play, number string) {
	p.Helper()
	p.Phone("B").Behaves(Behaviour{RedirectTo: "1003"})
	a, b, d := p.Monitor("A"), p.Monitor("B"), p.Monitor("D")
	out := p.Phone("A").Dials(number)
	ds := p.Phone("D").Rings()
	a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>"+number+" newCall connected",
		"Diverted c:B A>"+number+" callForward connected", "Delivered c:D A>"+number+" callForward connected last=B")
	b.Gets("Diverted c:B A>" + number + " callForward null")
	d.Gets("Delivered c:D A>" + number + " callForward alerting last=B")
	ds.Answers()
	for _, w := range []*Watch{a, d} {
		w.Gets("Established c:D A>" + number + " callForward connected last=B")
	}
	p.talking("A", "D")
	out.HangsUp()
	endedBy(a, d)
}

var ownQueueCast = Cast{
	"H": "02support@default/deviceNumber", "F": "02waiting/deviceNumber", "D": "1003",
	"Q": "029500/deviceNumber", "N": "0120/deviceNumber",
}

// asksForHelp has A dial the call centre, as far as it waits there.
func asksForHelp(p *Play) (a, q, c *Watch, out *Talk) {
	p.Helper()
	a, q, c = p.Monitor("A"), p.Monitor("H"), p.Monitor("C")
	out = p.Phone("A").Dials("8500")
	a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>8500 newCall connected",
		"Queued c:H A>8500 newCall connected")
	q.Gets("Queued c:H A>8500 newCall queued")
	return a, q, c, out
}

// offered goes on until the agent rings.
func offered(p *Play, a, q, c *Watch) (cs *Talk) {
	p.Helper()
	cs = p.Phone("C").Rings()
	a.Gets("Diverted c:H A>8500 distributed connected")
	a.Shows("newDestination", "C", "divertingDevice", "H")
	a.Gets("Delivered c:C A>8500 distributed connected last=H")
	q.Gets("Diverted c:H A>8500 distributed null")
	c.Gets("Delivered c:C A>8500 distributed alerting last=H")
	return cs
}

// takesOver is what is heard when the agent answers.
func takesOver(p *Play, a, c *Watch) {
	p.Helper()
	p.talking("A", "C")
	for _, w := range []*Watch{a, c} {
		w.Gets("Established c:C A>8500 distributed connected last=H")
	}
	p.SnapshotCall("c", "A connected", "C connected")
}

// comesForA is what is heard when an agent that dialled 8502 gets A's call.
func comesForA(a, f, c *Watch) {
	a.play.Helper()
	const taken = "Established c:C A>8501 callPickup connected last=F"
	a.Gets("Diverted c:F A>8501 callPickup connected", taken)
	f.Gets("Diverted c:F A>8501 callPickup null")
	c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>8502 newCall connected",
		"ConnectionCleared d:C normalClearing null", taken)
}
