package conformance

import (
	"maps"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/probe"
)

// Tenants are calls in a second domain that has a number of the default one, too:
// 1001. Whatever is asked for a device there, the default domain's phone of that
// number does not ring.
func Tenants() []Scenario {
	branch := func(user string) string { return user + "@" + freeswitch.SecondDomain }
	cast := Cast{"A": branch("2000"), "B": branch("1001"), "C": branch("2001"), "X": "1001"}
	// quiet tells whether the namesake's phone heard of anything.
	quiet := func(p *Play) *Watch {
		p.Helper()
		p.Phone("X")
		return p.Monitor("X")
	}
	made := func(called string) func(*Play) {
		return func(p *Play) {
			x := quiet(p)
			a, b := p.Monitor("A"), p.Monitor("B")
			phone := p.Phone("A")
			p.Phone("B")
			id, err := p.Client(app).MakeCall(p.within(), p.Device("A"), p.Device(called), probe.Prompt)
			p.must(err)
			p.names.calls["c"] = id.CallID
			prompt := phone.Rings()
			a.Gets("ServiceInitiated c:A makeCall initiated")
			prompt.Answers()
			in := p.Phone("B").Rings()
			a.Gets(fill(called, "Originated c:A A># newCall connected", "Delivered c:B A># newCall connected")...)
			b.Gets(fill(called, "Delivered c:B A># newCall alerting")...)
			in.Answers()
			for _, w := range []*Watch{a, b} {
				w.Gets(fill(called, "Established c:B A># newCall connected")...)
			}
			p.joined("c")
			in.HangsUp()
			endedBy(b, a)
			prompt.Ended()
			x.GetsNothing()
		}
	}
	// talks has A call C by hand.
	talks := func(p *Play) (a, c *Watch, out, in *Talk) {
		p.Helper()
		a, c = p.Monitor("A"), p.Monitor("C")
		p.Phone("C")
		p.Phone("B")
		out = p.Phone("A").Dials("2001")
		in = p.Phone("C").Rings()
		a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>2001 newCall connected", "Delivered c:C A>2001 newCall connected")
		c.Gets("Delivered c:C A>2001 newCall alerting")
		in.Answers()
		a.Gets("Established c:C A>2001 newCall connected")
		c.Gets("Established c:C A>2001 newCall connected")
		p.joined("c")
		return a, c, out, in
	}
	scenarios := []Scenario{
		{Name: "MakeCall to a device of the same tenant", Cast: cast, Play: made("B")},
		{Name: "MakeCall to a number of the same tenant", Cast: cast, Play: made("X")},
		{Name: "MakeCall to a device of another tenant", Cast: cast, Play: func(p *Play) {
			p.Phone("X")
			p.Phone("B")
			_, err := p.Client(app).MakeCall(p.within(), p.Device("X"), p.Device("B"), probe.Prompt)
			p.Refused("operation/invalidCalledDeviceID", err)
		}},
		{Name: "ConsultationCall to a device of the same tenant", Cast: cast, Play: func(p *Play) {
			x := quiet(p)
			a, c, out, in := talks(p)
			b := p.Monitor("B")
			p.must(p.consult("d", "c:A", "B"))
			third := p.Phone("B").Rings()
			a.Gets("Held c:A consultation hold", "ServiceInitiated d:A consultation initiated",
				"Originated d:A A>B consultation connected", "Delivered d:B A>B consultation connected")
			c.Gets("Held c:A consultation connected")
			b.Gets("Delivered d:B A>B consultation alerting")
			third.Answers()
			a.Gets("Established d:B A>B consultation connected")
			b.Gets("Established d:B A>B consultation connected")
			x.GetsNothing()
			p.must(p.backend.WaitTalking(p.within(), branch("2000"), branch("1001")))
			out.HangsUp()
			in.Ended()
			third.Ended()
			p.settle()
			for _, w := range []*Watch{a, b, c} {
				w.skip()
			}
		}},
		{Name: "SingleStepTransferCall to a device of the same tenant", Cast: cast, Play: func(p *Play) {
			x := quiet(p)
			a, c, out, in := talks(p)
			b := p.Monitor("B")
			p.must(p.transfer("c:A", "B"))
			third := p.Phone("B").Rings()
			out.Ended()
			b.Gets("Delivered c:B C>B singleStepTransfer alerting last=A")
			third.Answers()
			b.Gets("Established c:B C>B singleStepTransfer connected last=A")
			x.GetsNothing()
			in.HangsUp()
			third.Ended()
			p.settle()
			for _, w := range []*Watch{a, b, c} {
				w.skip()
			}
		}},
	}
	return append(scenarios, tenantsFeatures(cast)...)
}

// tenantsFeatures are features of two subscribers who have one number in two domains:
// what is set for one of them does nothing to calls to the other.
func tenantsFeatures(cast Cast) []Scenario {
	ofAll := maps.Clone(cast)
	ofAll["D"] = "1002"
	// undisturbed has caller dial 1001, and called take the call.
	undisturbed := func(p *Play, caller, called string) {
		p.Helper()
		a, b := p.Monitor(caller), p.Monitor(called)
		in := p.Phone(called)
		out := p.Phone(caller).Dials("1001")
		ringing := in.Rings()
		line := "c:" + called + " " + caller + ">X newCall "
		a.Gets("ServiceInitiated c:"+caller+" newCall initiated", "Originated c:"+caller+" "+caller+">X newCall connected", "Delivered "+line+"connected")
		b.Gets("Delivered " + line + "alerting")
		ringing.Answers()
		a.Gets("Established " + line + "connected")
		b.Gets("Established " + line + "connected")
		p.joined("c")
		out.HangsUp()
		ringing.Ended()
		p.settle()
		a.skip()
		b.skip()
		delete(p.names.calls, "c")
	}
	scenarios := []Scenario{
		{Name: "forwarding of the namesake in another tenant", Cast: ofAll, Play: func(p *Play) {
			p.Phone("X")
			p.Phone("D")
			d := p.Monitor("D")
			for _, kind := range []string{"forwardImmediate", "forwardBusy", "forwardNoAns"} {
				p.Forwards("X", kind, "D")
			}
			undisturbed(p, "A", "B")
			d.GetsNothing()
		}},
		{Name: "do not disturb of the namesake in another tenant", Cast: ofAll, Play: func(p *Play) {
			p.SetsDND("X", true)
			undisturbed(p, "A", "B")
		}},
		{Name: "do not disturb of a tenant's subscriber", Cast: ofAll, Play: func(p *Play) {
			p.SetsDND("B", true)
			a, b := p.Monitor("A"), p.Monitor("B")
			p.Phone("B")
			out := p.Phone("A").Dials("1001")
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>X newCall connected",
				"Failed c:B A>X doNotDisturb connected", "ConnectionCleared c:A normalClearing null")
			b.GetsNothing()
			out.Ended()
			p.settle()
			delete(p.names.calls, "c")
			undisturbed(p, "D", "X")
		}},
		// The tenant's dialplan calls user/1001@${domain_name}, which a leg that was called
		// for a service does not have by itself.
		{Name: "forwarding of a tenant's subscriber when busy", Cast: ofAll, Play: func(p *Play) {
			p.Refused("operation/invalidForwardingDestination", p.setForwarding("B", "forwardBusy", true, "X"))
			p.must(p.Ask("SetForwarding", probe.DeviceElement("device", p.Device("B"))+probe.Element("forwardingType", "forwardBusy")+
				probe.Element("activateForward", "true")+probe.DeviceElement("forwardDN", p.Device("C"))))
			x := p.Monitor("X")
			p.Phone("X")
			a, b, c := p.Monitor("A"), p.Monitor("B"), p.Monitor("C")
			phone := p.Phone("A")
			p.Phone("C")
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			p.MakeCall("c", "A", "B", probe.Prompt)
			prompt := phone.Rings()
			a.Gets("ServiceInitiated c:A makeCall initiated")
			prompt.Answers()
			a.Gets("Originated c:A A>X newCall connected", "Diverted c:B A>X callForwardBusy connected")
			b.Gets("Diverted c:B A>X callForwardBusy null")
			third := p.Phone("C").Rings()
			a.Gets("Delivered c:C A>X callForwardBusy connected last=B")
			c.Gets("Delivered c:C A>X callForwardBusy alerting last=B")
			third.Answers()
			a.Gets("Established c:C A>X callForwardBusy connected last=B")
			c.Gets("Established c:C A>X callForwardBusy connected last=B")
			x.GetsNothing()
			third.HangsUp()
			prompt.Ended()
			p.settle()
			a.skip()
			c.skip()
		}},
	}
	for i := range scenarios {
		play := scenarios[i].Play
		scenarios[i].Play = func(p *Play) {
			p.forgetsFeatures()
			play(p)
		}
	}
	return scenarios
}
