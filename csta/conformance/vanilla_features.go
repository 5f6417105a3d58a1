package conformance

// vanillaFeatures are what a user of FreeSWITCH's own configuration does with the
// features of its dialplan, and who hears whom then. What is told of them, other
// scenarios say.
func vanillaFeatures() []Scenario {
	scenarios := []Scenario{
		{Name: "conference room", Play: func(p *Play) {
			a, b := p.answered("A", "3000"), p.answered("B", "3000")
			heard(a, b)
			c := p.answered("C", "3000")
			a.Hears("B", "C")
			b.Hears("A", "C")
			c.Hears("A", "B")
			p.Snapshot("A", "c:A connected")
			b.HangsUp()
			heard(a, c)
		}},
		{Name: "valet parking", Play: func(p *Play) {
			a := p.answered("A", "6001")
			a.Hears(music)
			b := p.answered("B", "6001")
			p.talking("A", "B")
			heard(a, b)
			p.SnapshotCall("c", "A connected", "B connected")
		}},
		{Name: "voice menu", Play: func(p *Play) {
			a := p.answered("A", "5000")
			p.waitStates("A", "connected")
			a.HangsUp()
		}},
		{Name: "call centre", Play: func(p *Play) {
			a := p.answered("A", "8500")
			cs := p.Phone("C").Rings()
			a.Hears(music)
			cs.Answers()
			p.talking("A", "C")
			heard(a, cs)
			p.SnapshotCall("c", "A connected", "C connected")
			p.must(p.hold("c:C"))
			p.must(p.retrieve("c:C"))
		}},
		{Name: "waiting room, the call is sent on", Play: func(p *Play) {
			a := p.answered("A", "8501")
			a.Hears(music)
			c := p.answered("C", "8502")
			p.talking("A", "C")
			heard(a, c)
			p.must(p.stepTransfer("c:C", "B"))
			b := p.Phone("B").Rings()
			b.Answers()
			p.talking("A", "B")
			heard(a, b)
			p.SnapshotCall("c", "A connected", "B connected")
		}},
	}
	for i := range scenarios {
		play := scenarios[i].Play
		scenarios[i].Name = "who hears whom: " + scenarios[i].Name
		scenarios[i].Speaks = true
		scenarios[i].Play = func(p *Play) {
			p.Monitor("A")
			play(p)
			p.endsAnyhow()
		}
	}
	return scenarios
}

// answered has a phone dial a number that the switch itself answers. The first one's
// call is c.
func (p *Play) answered(role, number string) *Talk {
	p.Helper()
	t := p.Phone(role).Dials(number)
	t.Connected()
	if len(p.names.calls) == 0 {
		p.watch(role).Gets("ServiceInitiated c:" + role + " newCall initiated")
	}
	return t
}
