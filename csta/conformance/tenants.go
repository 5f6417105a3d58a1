package conformance

import (
	"maps"
	"slices"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/probe"
)

// Tenants are calls in a second domain that has a number of the default one, too:
// 1001. Whatever is asked for a device there, the default domain's phone of that
// number does not ring, is not named, and its monitor hears nothing.
func Tenants() []Scenario {
	branch := func(user string) string { return user + "@" + freeswitch.SecondDomain }
	cast := Cast{"A": branch("2000"), "B": branch("1001"), "C": branch("2001"), "X": "1001"}
	made := func(called string) func(*Play) {
		return func(p *Play) {
			x := p.quietNamesake()
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
			a.Gets("Originated c:A A>B newCall connected", "Delivered c:B A>B newCall connected")
			b.Gets("Delivered c:B A>B newCall alerting")
			in.Answers()
			for _, w := range []*Watch{a, b} {
				w.Gets("Established c:B A>B newCall connected")
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
		a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>C newCall connected", "Delivered c:C A>C newCall connected")
		c.Gets("Delivered c:C A>C newCall alerting")
		in.Answers()
		a.Gets("Established c:C A>C newCall connected")
		c.Gets("Established c:C A>C newCall connected")
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
			x := p.quietNamesake()
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
			x := p.quietNamesake()
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
	return slices.Concat(scenarios, tenantsFeatures(cast), tenantsCalls(), tenantsWaysIn())
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
		line := "c:" + called + " " + caller + ">" + called + " newCall "
		a.Gets("ServiceInitiated c:"+caller+" newCall initiated", "Originated c:"+caller+" "+caller+">"+called+" newCall connected", "Delivered "+line+"connected")
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
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>B newCall connected",
				"Failed c:B A>B doNotDisturb connected", "ConnectionCleared c:A normalClearing null")
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
			a.Gets("Originated c:A A>B newCall connected", "Diverted c:B A>B callForwardBusy connected")
			b.Gets("Diverted c:B A>B callForwardBusy null")
			third := p.Phone("C").Rings()
			a.Gets("Delivered c:C A>B callForwardBusy connected last=B")
			c.Gets("Delivered c:C A>B callForwardBusy alerting last=B")
			third.Answers()
			a.Gets("Established c:C A>B callForwardBusy connected last=B")
			c.Gets("Established c:C A>B callForwardBusy connected last=B")
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

// tenantsCalls are calls of a tenant's subscribers in which more happens. E is somebody
// of another tenant who can call them, F the namesake of whom they call.
func tenantsCalls() []Scenario {
	branch := func(user string) string { return user + "@" + freeswitch.SecondDomain }
	cast := Cast{"A": branch("2000"), "B": branch("1001"), "C": branch("2001"), "E": "1002", "X": "1001"}
	// called has E call A, which is in another tenant.
	called := func(p *Play) (a, e *Watch, out, in *Talk) {
		p.Helper()
		a, e = p.Monitor("A"), p.Monitor("E")
		p.Phone("A")
		out = p.Phone("E").Dials(freeswitch.ToTenant + "2000")
		in = p.Phone("A").Rings()
		a.Gets("Delivered c:A E>" + freeswitch.ToTenant + "2000 newCall alerting")
		e.Gets("ServiceInitiated c:E newCall initiated", "Originated c:E E>"+freeswitch.ToTenant+"2000 newCall connected",
			"Delivered c:A E>"+freeswitch.ToTenant+"2000 newCall connected")
		return a, e, out, in
	}
	// ends hangs up and takes what is told of that.
	ends := func(p *Play, out, in *Talk, watches ...*Watch) {
		p.Helper()
		out.HangsUp()
		in.Ended()
		p.settle()
		for _, w := range watches {
			w.skip()
		}
	}
	return []Scenario{
		{Name: "a tenant's device consults in a call from another tenant", Cast: cast, Play: func(p *Play) {
			x, b := p.quietNamesake(), p.Monitor("B")
			a, e, out, in := called(p)
			in.Answers()
			for _, w := range []*Watch{a, e} {
				w.Gets("Established c:A E>" + freeswitch.ToTenant + "2000 newCall connected")
			}
			p.must(p.consult("d", "c:A", "X"))
			p.Phone("B")
			third := p.Phone("B").Rings()
			a.Gets("Held c:A consultation hold", "ServiceInitiated d:A consultation initiated",
				"Originated d:A A>B consultation connected", "Delivered d:B A>B consultation connected")
			e.Gets("Held c:A consultation connected")
			b.Gets("Delivered d:B A>B consultation alerting")
			third.Answers()
			a.Gets("Established d:B A>B consultation connected")
			b.Gets("Established d:B A>B consultation connected")
			p.must(p.pair("TransferCall", "c:A", "d:A"))
			x.GetsNothing()
			in.Ended()
			p.must(p.backend.WaitTalking(p.within(), "1002", branch("1001")))
			ends(p, out, third, a, b, e)
		}},
		{Name: "a tenant's device deflects a call from another tenant", Cast: cast, Play: func(p *Play) {
			x, b := p.quietNamesake(), p.Monitor("B")
			a, e, out, in := called(p)
			p.Phone("B")
			p.must(p.deflect("c:A", "X"))
			a.Gets("Diverted c:A E>" + freeswitch.ToTenant + "2000 redirected null")
			a.Shows("newDestination", "B")
			e.Gets("Diverted c:A E>" + freeswitch.ToTenant + "2000 redirected connected")
			e.Shows("newDestination", "B")
			third := p.Phone("B").Rings()
			in.Ended()
			b.Gets("Delivered c:B E>" + freeswitch.ToTenant + "2000 redirected alerting last=A")
			third.Answers()
			b.Gets("Established c:B E>" + freeswitch.ToTenant + "2000 redirected connected last=A")
			p.must(p.backend.WaitTalking(p.within(), "1002", branch("1001")))
			x.GetsNothing()
			ends(p, out, third, a, b, e)
		}},
		{Name: "GroupPickupCall in a group that another tenant has, too", Cast: cast, Play: func(p *Play) {
			x, b := p.Monitor("X"), p.Monitor("B")
			p.Phone("X")
			p.Phone("A").Behaves(Behaviour{AutoAnswer: true})
			other := p.Phone("E").Dials("1001")
			elsewhere := p.Phone("X").Rings()
			p.Refused("stateIncompatibility/noCallToAnswer", p.groupPickUp("A", ""))
			p.Phone("B")
			out := p.Phone("C").Dials("1001")
			ringing := p.Phone("B").Rings()
			b.Gets("Delivered c:B C>B newCall alerting")
			p.must(p.groupPickUp("A", ""))
			b.Gets("Diverted c:B C>B callPickup null")
			ringing.Ended()
			p.must(p.backend.WaitTalking(p.within(), branch("2001"), branch("2000")))
			out.HangsUp()
			other.HangsUp()
			elsewhere.Ended()
			p.settle()
			x.skip()
		}},
		{Name: "MakePredictiveCall of a tenant", Cast: cast, Play: func(p *Play) {
			x := p.quietNamesake()
			a, b := p.Monitor("A"), p.Monitor("B")
			p.Phone("B")
			p.Phone("A")
			p.Predicts("c", "A", p.Device("X"))
			in := p.Phone("B").Rings()
			b.Gets("Delivered c:B A>B makePredictiveCall alerting")
			in.Answers()
			mine := p.Phone("A").Rings()
			mine.Answers()
			p.must(p.backend.WaitTalking(p.within(), branch("2000"), branch("1001")))
			x.GetsNothing()
			ends(p, in, mine, a, b)
		}},
		// Its dialplan context is not the one of the configuration, and another one than the
		// other subscribers'.
		{Name: "MakeCall in the context of the device", Cast: Cast{"A": freeswitch.Guest, "B": "1000"}, Play: func(p *Play) {
			a, b := p.Monitor("A"), p.Monitor("B")
			phone := p.Phone("A")
			p.Phone("B")
			p.MakeCall("c", "A", freeswitch.GuestDials, probe.Prompt)
			prompt := phone.Rings()
			a.Gets("ServiceInitiated c:A makeCall initiated")
			prompt.Answers()
			in := p.Phone("B").Rings()
			a.Gets("Originated c:A A>"+freeswitch.GuestDials+" newCall connected", "Delivered c:B A>"+freeswitch.GuestDials+" newCall connected")
			b.Gets("Delivered c:B A>" + freeswitch.GuestDials + " newCall alerting")
			in.Answers()
			p.joined("c")
			ends(p, in, prompt, a, b)
		}},
	}
}

// quietNamesake has the namesake's phone there, and a monitor that is to hear nothing.
func (p *Play) quietNamesake() *Watch {
	p.Helper()
	p.Phone("X")
	return p.Monitor("X")
}

// tenantsWaysIn are a tenant's queue, and calls from outside for a tenant.
func tenantsWaysIn() []Scenario {
	branch := func(user string) string { return user + "@" + freeswitch.SecondDomain }
	cast := Cast{
		"A": branch("2000"), "B": branch("1001"), "C": branch("2001"), "X": "1001",
		"Q": "02" + branch("9500") + "/deviceNumber", "P": "029500/deviceNumber",
		"N": "01" + branch("20") + "/deviceNumber", "M": "0120/deviceNumber",
	}
	return []Scenario{
		{Name: "a tenant's queue", Cast: cast, Play: func(p *Play) {
			x, namesake := p.quietNamesake(), p.Monitor("P")
			a, b, q := p.Monitor("A"), p.Monitor("B"), p.Monitor("Q")
			p.Phone("B")
			out := p.Phone("A").Dials("9500")
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9500@branch.test newCall connected", "Queued c:Q A>9500@branch.test newCall connected")
			q.Gets("Queued c:Q A>9500@branch.test newCall queued")
			a.Gets("Established c:Q A>9500@branch.test newCall connected")
			q.Gets("Established c:Q A>9500@branch.test newCall connected")
			p.must(p.stepTransfer("c:Q", "X"))
			in := p.Phone("B").Rings()
			in.Answers()
			p.must(p.backend.WaitTalking(p.within(), branch("2000"), branch("1001")))
			b.skip()
			x.GetsNothing()
			namesake.GetsNothing()
			out.HangsUp()
			in.Ended()
			p.settle()
			for _, w := range []*Watch{a, b, q} {
				w.skip()
			}
		}},
		{Name: "a tenant's way in, and its queue", Cast: cast, Play: func(p *Play) {
			namesakes := []*Watch{p.quietNamesake(), p.Monitor("P"), p.Monitor("M")}
			n, q, b := p.Monitor("N"), p.Monitor("Q"), p.Monitor("B")
			p.Phone("B")
			out := p.OutsideAs("1001").Dials(freeswitch.InToTenantsQueue)
			n.Gets("ServiceInitiated c:N newCall initiated")
			q.Gets("Queued c:Q B>" + freeswitch.InToTenantsQueue + " newCall queued")
			n.Gets("Queued c:Q B>" + freeswitch.InToTenantsQueue + " newCall connected")
			q.Gets("Established c:Q B>" + freeswitch.InToTenantsQueue + " newCall connected")
			n.Gets("Established c:Q B>" + freeswitch.InToTenantsQueue + " newCall connected")
			p.must(p.stepTransfer("c:Q", "X"))
			in := p.Phone("B").Rings()
			in.Answers()
			p.settle()
			for _, w := range namesakes {
				w.GetsNothing()
			}
			out.HangsUp()
			in.Ended()
			p.settle()
			for _, w := range []*Watch{n, q, b} {
				w.skip()
			}
		}},
		{Name: "an outside caller for a tenant shows another tenant's number", Cast: cast, Play: func(p *Play) {
			x, a := p.quietNamesake(), p.Monitor("A")
			p.Phone("A")
			out := p.OutsideAs("1001").Dials(freeswitch.InToTenant)
			in := p.Phone("A").Rings()
			a.Gets("Delivered c:A B>" + freeswitch.InToTenant + " newCall alerting")
			in.Answers()
			a.Gets("Established c:A B>" + freeswitch.InToTenant + " newCall connected")
			x.GetsNothing()
			out.HangsUp()
			in.Ended()
			p.settle()
			a.skip()
			x.GetsNothing()
		}},
	}
}
