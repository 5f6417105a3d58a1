package conformance

import (
	"slices"
	"time"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/probe"
)

// Unusual is legal behaviour of a switch and its phones that is not a service of
// CSTA's: calls that the dialplan or a phone sends on, that the switch itself
// answers, that are parked, picked up or called to several places at once.
func Unusual() []Scenario {
	return slices.Concat(forwarding(), answeredByTheSwitch(), parking(), forking(), atOnePhone(), inAHurry())
}

// dialsOut has A dial a number of the dialplan that calls B, until B rings.
func dialsOut(p *Play, number string) (a, b *Watch, out, in *Talk) {
	p.Helper()
	a, b = p.Monitor("A"), p.Monitor("B")
	out = p.Phone("A").Dials(number)
	in = p.Phone("B").Rings()
	a.Gets(fill(number,
		"ServiceInitiated c:A newCall initiated",
		"Originated c:A A># newCall connected",
		"Delivered c:B A># newCall connected")...)
	b.Gets(fill(number, "Delivered c:B A># newCall alerting")...)
	return a, b, out, in
}

// answered is what the parties get when B answers a call to a number of the
// dialplan.
func answered(number string, watches ...*Watch) {
	for _, w := range watches {
		w.play.Helper()
		w.Gets("Established c:B A>" + number + " newCall connected")
	}
	watches[0].play.joined("c")
}

func forwarding() []Scenario {
	// reachesC is the rest of a call from A to B that C gets.
	reachesC := func(a *Watch, out *Talk, called, cause, last string) {
		p := a.play
		p.Helper()
		c := p.watch("C")
		cs := p.Phone("C").Rings()
		a.Gets("Delivered c:C A>" + called + " " + cause + " connected" + last)
		c.Gets("Delivered c:C A>" + called + " " + cause + " alerting" + last)
		cs.Answers()
		for _, w := range []*Watch{a, c} {
			w.Gets("Established c:C A>" + called + " " + cause + " connected" + last)
		}
		p.talking("A", "C")
		p.SnapshotCall("c", "A connected", "C connected")
		out.HangsUp()
		endedBy(a, c)
		cs.Ended()
	}
	return []Scenario{
		{Name: "a ringing phone redirects, answered", Play: func(p *Play) {
			p.Monitor("C")
			a, b, out, in := ring(p)
			in.Redirects("C")
			a.Gets("Diverted c:B A>B callForward connected")
			b.Gets("Diverted c:B A>B callForward null")
			a.Gets()
			reachesC(a, out, "B", "callForward", " last=B")
			b.GetsNothing()
		}},
		{Name: "a phone redirects at once", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RedirectTo: "1002"})
			a, b := p.Monitor("A"), p.Monitor("B")
			p.Monitor("C")
			out := p.Phone("A").Dials("B")
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>B newCall connected", "Diverted c:B A>B callForward connected")
			b.Gets("Diverted c:B A>B callForward null")
			reachesC(a, out, "B", "callForward", " last=B")
		}},
		{Name: "a phone redirects to somebody busy", Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{RejectWith: 486})
			c := p.Monitor("C")
			a, b, out, in := ring(p)
			in.Redirects("C")
			a.Gets("Diverted c:B A>B callForward connected", "Failed c:C A>B busy connected last=B", "ConnectionCleared c:A normalClearing null")
			b.Gets("Diverted c:B A>B callForward null")
			out.Ended()
			c.GetsNothing()
		}},
		{Name: "a phone redirects to an unknown number", Play: func(p *Play) {
			a, b, out, in := ring(p)
			in.Redirects("5551234")
			a.Gets("Diverted c:B A>B callForward connected", "Failed c:5551234 A>B destNotObtainable connected last=B", "ConnectionCleared c:A normalClearing null")
			b.Gets("Diverted c:B A>B callForward null")
			out.Ended()
		}},
		{Name: "a phone redirects a MakeCall", Play: func(p *Play) {
			c := p.Monitor("C")
			a, b, prompt := prompted(p)
			prompt.Answers()
			in := p.Phone("B").Rings()
			delivered(a, b)
			in.Redirects("C")
			a.Gets("Diverted c:B A>B callForward connected")
			b.Gets("Diverted c:B A>B callForward null")
			cs := p.Phone("C").Rings()
			a.Gets("Delivered c:C A>B callForward connected last=B")
			c.Gets("Delivered c:C A>B callForward alerting last=B")
			cs.Rejects(603)
			a.Gets("ConnectionCleared c:C callCancelled connected", "ConnectionCleared c:A normalClearing null")
			c.Gets("ConnectionCleared c:C callCancelled null")
			prompt.Ended()
		}},
		{Name: "two phones redirect in turn", Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{RedirectTo: "1003"})
			c, d := p.Monitor("C"), p.Monitor("D")
			a, b, out, in := ring(p)
			in.Redirects("C")
			a.Gets("Diverted c:B A>B callForward connected", "Diverted c:C A>B callForward connected last=B")
			b.Gets("Diverted c:B A>B callForward null")
			c.Gets("Diverted c:C A>B callForward null last=B")
			ds := p.Phone("D").Rings()
			a.Gets("Delivered c:D A>B callForward connected last=C")
			d.Gets("Delivered c:D A>B callForward alerting last=C")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
			d.Gets("ConnectionCleared c:A normalClearing alerting", "ConnectionCleared c:D callCancelled null")
			ds.Ended()
		}},
		{Name: "forwarded at once by the dialplan", RealOnly: noFeatures, Play: func(p *Play) {
			a := p.Monitor("A")
			p.Monitor("C")
			out := p.Phone("A").Dials("9720")
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9720 newCall connected")
			reachesC(a, out, "9720", "newCall", "")
		}},
		{Name: "forwarded by the dialplan when not answered", RealOnly: noFeatures, RingTime: shortRing, Play: func(p *Play) {
			p.Monitor("C")
			a, b, out, in := dialsOut(p, "9721")
			a.Gets("ConnectionCleared c:B callNotAnswered connected")
			b.Gets("ConnectionCleared c:B callNotAnswered null")
			in.Ended()
			reachesC(a, out, "9721", "newCall", "")
		}},
		{Name: "forwarded by the dialplan when busy", RealOnly: noFeatures, Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			p.Monitor("C")
			a, b := p.Monitor("A"), p.Monitor("B")
			out := p.Phone("A").Dials("9721")
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9721 newCall connected", "Failed c:B A>9721 busy connected")
			b.GetsNothing()
			reachesC(a, out, "9721", "newCall", "")
		}},
		{Name: "a call in circles", RealOnly: noFeatures, Play: func(p *Play) {
			a := p.Monitor("A")
			out := p.Phone("A").Dials("9728")
			unreached(a, "9728", "destNotObtainable")
			out.Ended()
		}},
	}
}

// noFeatures is why the simulated switch does not play some scenarios.
const noFeatures = "its dialplan has no such feature"

// watch is the monitor on a role that was started before.
func (p *Play) watch(role string) *Watch {
	for _, w := range p.watches {
		if w.role == role {
			return w
		}
	}
	return p.Monitor(role)
}

// servedBySwitch has A dial a number that an application of the switch answers,
// and no device.
func servedBySwitch(p *Play, number string) (a *Watch, out *Talk) {
	p.Helper()
	a = p.Monitor("A")
	out = p.Phone("A").Dials(number)
	out.Connected()
	a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>"+number+" newCall connected")
	p.Snapshot("A", "c:A connected")
	return a, out
}

func answeredByTheSwitch() []Scenario {
	return []Scenario{
		{Name: "an announcement answers", RealOnly: noFeatures, Play: func(p *Play) {
			a, out := servedBySwitch(p, "9727")
			out.Ended()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "a voice mailbox answers, caller hangs up", RealOnly: noFeatures, Play: func(p *Play) {
			a, out := servedBySwitch(p, "9724")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "a voice mailbox answers, cleared by the client", RealOnly: noFeatures, Play: func(p *Play) {
			a, out := servedBySwitch(p, "9724")
			p.Refused("stateIncompatibility/invalidConnectionState", p.hold("c:A"))
			p.Refused("stateIncompatibility/invalidActiveConnectionState", p.transfer("c:A", "C"))
			p.Clears("c:A")
			out.Ended()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "voicemail answers for a phone", RealOnly: noFeatures, RingTime: shortRing, Play: func(p *Play) {
			a, b, out, in := dialsOut(p, "9722")
			a.Gets("ConnectionCleared c:B callNotAnswered connected")
			b.Gets("ConnectionCleared c:B callNotAnswered null")
			in.Ended()
			out.Connected()
			a.GetsNothing()
			p.Snapshot("A", "c:A connected")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
			b.GetsNothing()
		}},
		{Name: "voicemail answers for a busy phone", RealOnly: noFeatures, Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			a, b := p.Monitor("A"), p.Monitor("B")
			out := p.Phone("A").Dials("9722")
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9722 newCall connected", "Failed c:B A>9722 busy connected")
			out.Connected()
			p.Snapshot("A", "c:A connected")
			p.Clears("c:A")
			out.Ended()
			a.Gets("ConnectionCleared c:A normalClearing null")
			b.GetsNothing()
		}},
		{Name: "voicemail that is a device answers for a phone", RealOnly: noFeatures, RingTime: shortRing,
			Cast: Cast{"V": "02voicemail/deviceNumber"}, Play: func(p *Play) {
				v := p.Monitor("V")
				a, b, out, in := dialsOut(p, "9723")
				a.Gets("ConnectionCleared c:B callNotAnswered connected")
				b.Gets("ConnectionCleared c:B callNotAnswered null")
				in.Ended()
				a.Gets("Queued c:V A>9723 newCall connected", "Established c:V A>9723 newCall connected")
				v.Gets("Queued c:V A>9723 newCall queued", "Established c:V A>9723 newCall connected")
				out.Connected()
				out.HangsUp()
				a.Gets("ConnectionCleared c:A normalClearing null")
				v.Gets("ConnectionCleared c:A normalClearing connected", "ConnectionCleared c:V normalClearing null")
			}},
		{Name: "answered by the dialplan before a phone rings", RealOnly: noFeatures, Play: func(p *Play) {
			a, b, out, in := dialsOut(p, "9725")
			out.Connected()
			p.Snapshot("A", "c:A connected alerting")
			in.Answers()
			answered("9725", a, b)
			in.HangsUp()
			endedBy(b, a)
			out.Ended()
		}},
		{Name: "answered by the dialplan, the phone is busy", RealOnly: noFeatures, Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			a := p.Monitor("A")
			out := p.Phone("A").Dials("9725")
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9725 newCall connected",
				"Failed c:B A>9725 busy connected", "ConnectionCleared c:A normalClearing null")
			out.Ended()
		}},
		{Name: "answered by the dialplan, the phone does not answer", RealOnly: noFeatures, RingTime: shortRing, Play: func(p *Play) {
			a, b, out, in := dialsOut(p, "9725")
			a.Gets("ConnectionCleared c:B callNotAnswered connected", "ConnectionCleared c:A normalClearing null")
			b.Gets("ConnectionCleared c:B callNotAnswered null")
			in.Ended()
			out.Ended()
		}},
		{Name: "media of the dialplan before a phone rings", RealOnly: noFeatures, Play: func(p *Play) {
			a, b, out, in := dialsOut(p, "9726")
			in.Answers()
			answered("9726", a, b)
			out.Connected()
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "media of the dialplan, caller gives up while a phone rings", RealOnly: noFeatures, Play: func(p *Play) {
			a, b, out, in := dialsOut(p, "9726")
			out.HangsUp()
			abandoned(a, b)
			in.Ended()
		}},
		{Name: "a conference room of the dialplan", RealOnly: noFeatures, Play: func(p *Play) {
			a, out := servedBySwitch(p, "9744")
			b := p.Monitor("B")
			second := p.Phone("B").Dials("9744")
			second.Connected()
			b.Gets("ServiceInitiated d:B newCall initiated", "Originated d:B B>9744 newCall connected")
			p.Snapshot("B", "d:B connected")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
			b.GetsNothing()
			second.HangsUp()
			b.Gets("ConnectionCleared d:B normalClearing null")
		}},
		{Name: "somebody listens to a call", RealOnly: noFeatures, Play: func(p *Play) { overhears(p, "spy-") }},
		{Name: "somebody joins a call by three_way", RealOnly: noFeatures, Play: func(p *Play) { overhears(p, "three-") }},
	}
}

// overhears has C take part in a call of A and B without the switch saying so:
// it is an application of the switch that serves C.
func overhears(p *Play, prefix string) {
	p.Helper()
	a, b, out, _ := talk(p)
	c := p.Monitor("C")
	number := prefix + p.names.calls["c"]
	spy := p.Phone("C").Dials(number)
	spy.Connected()
	c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>"+number+" newCall connected")
	a.GetsNothing()
	b.GetsNothing()
	p.SnapshotCall("c", "A connected", "B connected")
	out.HangsUp()
	endedBy(a, b)
	spy.HangsUp()
	c.Gets("ConnectionCleared d:C normalClearing null")
}

// pickedUpBy is what is heard when C's phone gets a call that waits in the
// switch, by its own call d to a number.
func pickedUpBy(a, c *Watch, number, called, cause, last string) {
	p := a.play
	p.Helper()
	p.talking("A", "C")
	line := "Established c:C A>" + called + " " + cause + " connected" + last
	a.Gets(line)
	c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>"+number+" newCall connected",
		"ConnectionCleared d:C normalClearing null", line)
	p.SnapshotCall("c", "A connected", "C connected")
}

func parking() []Scenario {
	return []Scenario{
		{Name: "valet parking by blind transfer, retrieved", RealOnly: noFeatures, Play: func(p *Play) {
			a, b, out, in := talk(p)
			c := p.Monitor("C")
			in.Transfers("5901")
			a.Gets("Transfered c:B c:A,c:5901 singleStepTransfer connected to=5901")
			b.Gets("Transfered c:B c:A,c:5901 singleStepTransfer null to=5901")
			in.Ended()
			p.Snapshot("A", "c:A connected")
			cs := p.Phone("C").Dials("5901")
			cs.Connected()
			pickedUpBy(a, c, "5901", "5901", "callPickup", " last=B")
			out.HangsUp()
			endedBy(a, c)
			cs.Ended()
		}},
		{Name: "valet parking by blind transfer of the callee, retrieved", RealOnly: noFeatures, Play: func(p *Play) {
			a, b, out, in := talk(p)
			c := p.Monitor("C")
			out.Transfers("5901")
			a.Gets("Transfered c:A c:B,c:5901 singleStepTransfer null to=5901")
			b.Gets("Transfered c:A c:B,c:5901 singleStepTransfer connected to=5901")
			out.Ended()
			p.Snapshot("B", "c:B connected")
			cs := p.Phone("C").Dials("5901")
			cs.Connected()
			p.talking("B", "C")
			line := "Established c:C B>5901 callPickup connected last=A"
			b.Gets(line)
			c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>5901 newCall connected",
				"ConnectionCleared d:C normalClearing null", line)
			cs.HangsUp()
			endedBy(c, b)
			in.Ended()
		}},
		{Name: "valet parking, the parked party hangs up", RealOnly: noFeatures, Play: func(p *Play) {
			a, b, out, in := talk(p)
			in.Transfers("5901")
			a.Gets("Transfered c:B c:A,c:5901 singleStepTransfer connected to=5901")
			b.Gets("Transfered c:B c:A,c:5901 singleStepTransfer null to=5901")
			in.Ended()
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "valet parking by SingleStepTransferCall, retrieved by who parked", RealOnly: noFeatures, Play: func(p *Play) {
			a, b, _, in := talk(p)
			p.must(p.transfer("c:B", "5902"))
			a.Gets("Transfered c:B c:A,c:5902 singleStepTransfer connected to=5902")
			b.Gets("Transfered c:B c:A,c:5902 singleStepTransfer null to=5902")
			in.Ended()
			back := p.Phone("B").Dials("5902")
			back.Connected()
			p.talking("A", "B")
			a.Gets("Established c:B A>5902 callPickup connected last=B")
			b.Gets("ServiceInitiated d:B newCall initiated", "Originated d:B B>5902 newCall connected",
				"ConnectionCleared d:B normalClearing null", "Established c:B A>5902 callPickup connected last=B")
			back.HangsUp()
			endedBy(b, a)
		}},
		{Name: "two dial into a valet parking space", RealOnly: noFeatures, Play: func(p *Play) {
			a, out := servedBySwitch(p, "5903")
			c := p.Monitor("C")
			cs := p.Phone("C").Dials("5903")
			cs.Connected()
			pickedUpBy(a, c, "5903", "5903", "callPickup", "")
			p.must(p.hold("c:A"))
			a.Gets("Held c:A normal hold")
			c.Gets("Held c:A normal connected")
			p.must(p.retrieve("c:A"))
			a.Gets("Retrieved c:A normal connected")
			c.Gets("Retrieved c:A normal connected")
			// The one who had waited there need not end with the other.
			cs.HangsUp()
			c.Gets("ConnectionCleared c:C normalClearing null")
			a.Gets("ConnectionCleared c:C normalClearing connected")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "fifo, an agent comes for a call", RealOnly: noFeatures, Cast: fifoCast, Play: func(p *Play) {
			a, out := waitsInFifo(p, "A", "c")
			c := p.Monitor("C")
			cs := p.Phone("C").Dials("9741")
			cs.Connected()
			a.Gets("Diverted c:F A>9740 callPickup connected")
			pickedUpBy(a, c, "9741", "9740", "callPickup", " last=F")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
			// The agent stays for the next call.
			c.Gets("ConnectionCleared c:A normalClearing connected")
			cs.HangsUp()
			c.Gets("ConnectionCleared c:C normalClearing null")
		}},
		{Name: "fifo, an agent waits for a call", RealOnly: noFeatures, Cast: fifoCast, Play: func(p *Play) {
			a, out := servedBySwitch(p, "9741")
			c, cs := waitsInFifo(p, "C", "d")
			p.talking("A", "C")
			c.Gets("Diverted d:F C>9740 callPickup connected", "Established d:A C>9740 callPickup connected last=F")
			a.Gets("ConnectionCleared c:A normalClearing null", "Established d:A C>9740 callPickup connected last=F")
			cs.HangsUp()
			c.Gets("ConnectionCleared d:C normalClearing null")
			a.Gets("ConnectionCleared d:C normalClearing connected")
			out.HangsUp()
			a.Gets("ConnectionCleared d:A normalClearing null")
		}},
		{Name: "fifo calls an agent", RealOnly: noFeatures, Cast: fifoCast, Play: func(p *Play) {
			c := p.Monitor("C")
			agent := p.Phone("C")
			p.console("fifo_member add sales user/" + p.Device("C").Number + "@" + freeswitch.Domain)
			defer p.console("fifo_member del sales user/" + p.Device("C").Number + "@" + freeswitch.Domain)
			a, out := waitsInFifo(p, "A", "c")
			cs := agent.Rings()
			a.Gets("Diverted c:F A>9740 distributed connected", "Delivered c:C A>9740 distributed connected last=F")
			c.Gets("Delivered c:C A>9740 distributed alerting last=F")
			cs.Answers()
			p.talking("A", "C")
			for _, w := range []*Watch{a, c} {
				w.Gets("Established c:C A>9740 distributed connected last=F")
			}
			out.HangsUp()
			endedBy(a, c)
			cs.Ended()
		}},
		{Name: "fifo that is a device, an agent comes for a call", RealOnly: noFeatures,
			Cast: fifoCast, Play: func(p *Play) {
				a, f, c := p.Monitor("A"), p.Monitor("F"), p.Monitor("C")
				out := p.Phone("A").Dials("9742")
				out.Connected()
				a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9742 newCall connected",
					"Queued c:F A>9742 newCall connected", "Established c:F A>9742 newCall connected")
				f.Gets("Queued c:F A>9742 newCall queued", "Established c:F A>9742 newCall connected")
				cs := p.Phone("C").Dials("9741")
				cs.Connected()
				p.talking("A", "C")
				a.Gets("Diverted c:F A>9742 callPickup connected", "Established c:C A>9742 callPickup connected last=F")
				f.Gets("Diverted c:F A>9742 callPickup null")
				c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>9741 newCall connected",
					"ConnectionCleared d:C normalClearing null", "Established c:C A>9742 callPickup connected last=F")
				out.HangsUp()
				a.Gets("ConnectionCleared c:A normalClearing null")
				c.Gets("ConnectionCleared c:A normalClearing connected")
				cs.HangsUp()
				c.Gets("ConnectionCleared c:C normalClearing null")
			}},
		{Name: "parked by the dialplan, bridged by the operator", RealOnly: noFeatures, Play: func(p *Play) {
			a, out := servedBySwitch(p, "9743")
			c := p.Monitor("C")
			cs := p.Phone("C").Dials("9743")
			cs.Connected()
			c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>9743 newCall connected")
			p.console("uuid_bridge " + p.names.calls["c"] + " " + p.names.calls["d"])
			p.talking("A", "C")
			c.Gets("ConnectionCleared d:C normalClearing null", "Established c:C A>9743 callPickup connected")
			a.Gets("Established c:C A>9743 callPickup connected")
			out.HangsUp()
			endedBy(a, c)
			cs.Ended()
		}},
		{Name: "uuid_park of a call", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := talk(p)
			p.console("uuid_park " + p.names.calls["c"])
			b.Gets("ConnectionCleared c:B normalClearing null")
			a.Gets("ConnectionCleared c:B normalClearing connected")
			in.Ended()
			p.Snapshot("A", "c:A connected")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
	}
}

var fifoCast = Cast{"F": "02sales/deviceNumber"}

// waitsInFifo has somebody call into the fifo of the dialplan, which is F.
func waitsInFifo(p *Play, role, call string) (w *Watch, out *Talk) {
	p.Helper()
	w = p.Monitor(role)
	out = p.Phone(role).Dials("9740")
	out.Connected()
	w.Gets("ServiceInitiated "+call+":"+role+" newCall initiated", "Originated "+call+":"+role+" "+role+">9740 newCall connected",
		"Queued "+call+":F "+role+">9740 newCall connected")
	return w, out
}

func forking() []Scenario {
	return []Scenario{
		{Name: "called together by threads of their own, one answers", RealOnly: noFeatures, Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{Silent: true})
			c := p.Monitor("C")
			a, b, out, in := dialsOut(p, "9702")
			cs := p.Phone("C").Rings()
			in.Answers()
			answered("9702", a, b)
			out.Connected()
			cs.Ended()
			c.GetsNothing()
			p.SnapshotCall("c", "A connected", "B connected")
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "called together by threads of their own, the other answers", RealOnly: noFeatures, Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{Silent: true})
			c := p.Monitor("C")
			a, b, out, in := dialsOut(p, "9702")
			cs := p.Phone("C").Rings()
			cs.Answers()
			a.Gets("Delivered c:C A>9702 newCall connected", "Established c:C A>9702 newCall connected", "ConnectionCleared c:B multipleAlerting connected")
			b.Gets("Delivered c:C A>9702 newCall alerting", "Established c:C A>9702 newCall alerting", "ConnectionCleared c:B multipleAlerting null")
			c.Gets("Delivered c:C A>9702 newCall alerting", "Established c:C A>9702 newCall connected", "ConnectionCleared c:B multipleAlerting connected")
			in.Ended()
			p.talking("A", "C")
			cs.HangsUp()
			endedBy(c, a)
			out.Ended()
		}},
		{Name: "called together by threads of their own, the caller gives up", RealOnly: noFeatures, Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{Silent: true})
			c := p.Monitor("C")
			a, b, out, in := dialsOut(p, "9702")
			cs := p.Phone("C").Rings()
			out.HangsUp()
			abandoned(a, b)
			in.Ended()
			cs.Ended()
			c.GetsNothing()
		}},
		{Name: "through loopback legs that step aside", RealOnly: noFeatures, Play: func(p *Play) {
			p.Phone("A").Behaves(Behaviour{Speaks: true})
			p.Phone("B").Behaves(Behaviour{Speaks: true})
			a, b, out, in := dialsOut(p, "9729")
			in.Answers()
			for _, w := range []*Watch{a, b} {
				w.Gets("Established c:B A>9729 newCall connected")
			}
			p.talking("A", "B")
			p.SnapshotCall("c", "A connected", "B connected")
			p.must(p.hold("c:A"))
			a.Gets("Held c:A normal hold")
			b.Gets("Held c:A normal connected")
			p.must(p.retrieve("c:A"))
			a.Gets("Retrieved c:A normal connected")
			b.Gets("Retrieved c:A normal connected")
			in.HangsUp()
			endedBy(b, a)
			out.Ended()
		}},
		{Name: "through loopback legs, busy", RealOnly: noFeatures, Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			a := p.Monitor("A")
			out := p.Phone("A").Dials("9729")
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9729 newCall connected",
				"Failed c:B A>9729 busy connected", "ConnectionCleared c:A normalClearing null")
			out.Ended()
		}},
		{Name: "through loopback legs, the caller gives up", RealOnly: noFeatures, Play: func(p *Play) {
			a, b, out, in := dialsOut(p, "9729")
			out.HangsUp()
			abandoned(a, b)
			in.Ended()
		}},
		{Name: "through loopback legs that stay", RealOnly: noFeatures, Play: func(p *Play) {
			a, b, out, in := dialsOut(p, "9730")
			in.Answers()
			for _, w := range []*Watch{a, b} {
				w.Gets("Established c:B A>9730 newCall connected")
			}
			out.Connected()
			p.SnapshotCall("c", "A connected", "B connected")
			time.Sleep(reaction)
			out.HangsUp()
			endedBy(a, b)
			in.Ended()
		}},
		{Name: "through loopback legs that stay, the callee hangs up", RealOnly: noFeatures, Play: func(p *Play) {
			a, b, out, in := dialsOut(p, "9730")
			in.Answers()
			for _, w := range []*Watch{a, b} {
				w.Gets("Established c:B A>9730 newCall connected")
			}
			out.Connected()
			time.Sleep(reaction)
			in.HangsUp()
			endedBy(b, a)
			out.Ended()
		}},
		{Name: "a call that talks is picked up", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := talk(p)
			c := p.Monitor("C")
			number := "pick-" + p.names.calls["c"]
			picker := p.Phone("C").Dials(number)
			picker.Connected()
			in.Ended()
			p.talking("A", "C")
			a.Gets("ConnectionCleared c:B normalClearing connected", "Established c:C A>B callPickup connected")
			b.Gets("ConnectionCleared c:B normalClearing null")
			c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>"+number+" newCall connected",
				"ConnectionCleared d:C normalClearing null", "Established c:C A>B callPickup connected")
			p.SnapshotCall("c", "A connected", "C connected")
			out.HangsUp()
			endedBy(a, c)
			picker.Ended()
		}},
		{Name: "uuid_transfer of both", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := talk(p)
			c := p.Monitor("C")
			p.names.calls["d"] = p.partner(p.names.calls["c"])
			p.console("uuid_transfer " + p.names.calls["c"] + " -both 1002")
			p.Phone("C").Rings()
			p.Phone("C").Rings()
			// The two go on by threads of their own: only where they get to is
			// certain.
			p.ComesTo("A", "c:A connected alerting")
			p.ComesTo("B", "d:B connected alerting")
			p.ComesTo("C", "c:C alerting connected", "d:C alerting connected")
			out.HangsUp()
			in.HangsUp()
			p.settle()
			for _, w := range []*Watch{a, b, c} {
				w.skip()
			}
		}},
		{Name: "uuid_bridge of a callee with another caller", RealOnly: noConsole, Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			a, b, out, in := talk(p)
			c, d := p.Monitor("C"), p.Monitor("D")
			second := p.Phone("C").Dials("D")
			fourth := p.Phone("D").Rings()
			fourth.Answers()
			c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>D newCall connected",
				"Delivered d:D C>D newCall connected", "Established d:D C>D newCall connected")
			d.Gets("Delivered d:D C>D newCall alerting", "Established d:D C>D newCall connected")
			p.joined("d")
			p.console("uuid_bridge " + p.partner(p.names.calls["c"]) + " " + p.names.calls["d"])
			out.Ended()
			fourth.Ended()
			p.talking("B", "C")
			a.Gets("ConnectionCleared c:A normalClearing null")
			b.Gets("ConnectionCleared c:A normalClearing connected", "Transfered c:B+d:C c:B,c:C<d:C transfer connected by=? to=C")
			c.Gets("ConnectionCleared d:D normalClearing connected", "Transfered c:B+d:C c:B,c:C<d:C transfer connected by=? to=C")
			d.Gets("ConnectionCleared d:D normalClearing null")
			second.HangsUp()
			endedBy(c, b)
			in.Ended()
		}},
	}
}

func atOnePhone() []Scenario {
	return []Scenario{
		{Name: "call waiting, the second call is answered", Play: func(p *Play) {
			t, second, _ := callWaiting(p)
			second.Answers()
			p.watch("C").Gets("Established d:B C>B newCall connected")
			t.y.Gets("Established d:B C>B newCall connected")
			p.talking("B", "C")
			p.Snapshot("B", "c:B hold connected", "d:B connected connected")
			second.HangsUp()
			t.y.Gets("ConnectionCleared d:B normalClearing null")
			p.watch("C").Gets("ConnectionCleared d:B normalClearing connected", "ConnectionCleared d:C normalClearing null")
			t.ys.Retrieves()
			t.y.Gets("Retrieved c:B normal connected")
			t.x.Gets("Retrieved c:B normal connected")
			t.xs.HangsUp()
			endedBy(t.x, t.y)
		}},
		{Name: "call waiting, the first call ends while the second rings", Play: func(p *Play) {
			a, b, out, in := talk(p)
			c := p.Monitor("C")
			third := p.Phone("C").Dials("B")
			second := p.Phone("B").Rings()
			c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>B newCall connected", "Delivered d:B C>B newCall connected")
			b.Gets("Delivered d:B C>B newCall alerting")
			out.HangsUp()
			endedBy(a, b)
			in.Ended()
			second.Answers()
			c.Gets("Established d:B C>B newCall connected")
			b.Gets("Established d:B C>B newCall connected")
			p.talking("B", "C")
			third.HangsUp()
			c.Gets("ConnectionCleared d:C normalClearing null")
			b.Gets("ConnectionCleared d:C normalClearing connected", "ConnectionCleared d:B normalClearing null")
		}},
		{Name: "three-way at the phone, it hangs up", Play: func(p *Play) {
			t, out, in := threeWay(p)
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
			out.HangsUp()
			t.over("d", t.x, t.z)
			in.Ended()
			t.ys.Ended()
		}},
		{Name: "three-way at the phone, the others hang up", Play: func(p *Play) {
			t, out, in := threeWay(p)
			t.ys.HangsUp()
			t.over("c", t.y, t.x)
			t.xs.Ended()
			p.Snapshot("A", "d:A connected connected")
			in.HangsUp()
			t.over("d", t.z, t.x)
			out.Ended()
		}},
		{Name: "three-way at the phone becomes an attended transfer", Play: func(p *Play) {
			t, out, in := threeWay(p)
			t.xs.Joins(out)
			t.merges("Transfered", "transfer", "", "null", false)
			t.xs.Ended()
			out.Ended()
			t.talking("B", "C")
			in.HangsUp()
			t.over("c", t.z, t.y)
		}},
		{Name: "a phone calls itself, answered", Play: func(p *Play) {
			a := p.Monitor("A")
			out := p.Phone("A").Dials("A")
			in := p.Phone("A").Rings()
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>A newCall connected")
			in.Answers()
			out.Connected()
			p.joined("c")
			p.Snapshot("A", "c:A connected")
			out.HangsUp()
			in.Ended()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "a phone calls itself, the called line hangs up", Play: func(p *Play) {
			a := p.Monitor("A")
			out := p.Phone("A").Dials("A")
			in := p.Phone("A").Rings()
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>A newCall connected")
			in.Answers()
			out.Connected()
			p.joined("c")
			in.HangsUp()
			out.Ended()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "a phone calls itself and gives up", Play: func(p *Play) {
			a := p.Monitor("A")
			out := p.Phone("A").Dials("A")
			in := p.Phone("A").Rings()
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>A newCall connected")
			out.HangsUp()
			in.Ended()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "a phone calls itself and is busy", Play: func(p *Play) {
			p.Phone("A").Behaves(Behaviour{RejectWith: 486})
			a := p.Monitor("A")
			out := p.Phone("A").Dials("A")
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>A newCall connected",
				"Failed c:- A>A busy connected by=A", "ConnectionCleared c:A normalClearing null")
			out.Ended()
		}},
		{Name: "MakeCall to the own number, answered", Play: func(p *Play) {
			a := p.Monitor("A")
			p.MakeCall("c", "A", "A", probe.Prompt)
			prompt := p.Phone("A").Rings()
			a.Gets("ServiceInitiated c:A makeCall initiated")
			prompt.Answers()
			in := p.Phone("A").Rings()
			a.Gets("Originated c:A A>A newCall connected")
			in.Answers()
			p.joined("c")
			p.Snapshot("A", "c:A connected")
			prompt.HangsUp()
			in.Ended()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "MakeCall to the own number, rejected", Play: func(p *Play) {
			a := p.Monitor("A")
			p.MakeCall("c", "A", "A", probe.Prompt)
			prompt := p.Phone("A").Rings()
			a.Gets("ServiceInitiated c:A makeCall initiated")
			prompt.Answers()
			in := p.Phone("A").Rings()
			a.Gets("Originated c:A A>A newCall connected")
			in.Rejects(486)
			prompt.Ended()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
	}
}

// inAHurry are phones that hang up while the switch still ends the hold music
// for the other party, which a service had joined with them.
func inAHurry() []Scenario {
	retrieved := func(t *trio, line string, get ...*Watch) {
		t.Helper()
		t.must(t.hold(t.is(line)))
		for i, w := range get {
			t.gets(w, "Held "+line+" normal "+[]string{"hold", "connected"}[i])
		}
		t.must(t.retrieve(t.is(line)))
		for _, w := range get {
			t.gets(w, "Retrieved "+line+" normal connected")
		}
	}
	return slices.Concat(
		fromBothSides(Scenario{Name: "hang-up right after RetrieveCall of a transferred call"}, func(t *trio) {
			zs := t.consulted()
			t.transfers(false)
			t.xs.Ended()
			t.talking(t.y.role, "C")
			retrieved(t, "c:$y", t.y, t.z)
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "hang-up right after RetrieveCall by two left of a conference"}, func(t *trio) {
			zs := t.consulted()
			t.confers()
			t.ys.HangsUp()
			t.goes(t.y, t.x, t.z)
			t.talking(t.x.role, "C")
			retrieved(t, "c:$x", t.x, t.z)
			t.hangsUp()
			t.over("c", t.x, t.z)
			zs.Ended()
		}),
	)
}

// callWaiting has C call B, which talks to A and holds that call, until B rings
// for the second call. x is A, y is B.
func callWaiting(p *Play) (t *trio, second, third *Talk) {
	p.Helper()
	a, b, out, in := talk(p)
	t = newTrio(p, a, b, out, in)
	third = p.Phone("C").Dials("B")
	second = p.Phone("B").Rings()
	t.z.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>B newCall connected", "Delivered d:B C>B newCall connected")
	b.Gets("Delivered d:B C>B newCall alerting")
	in.Holds()
	b.Gets("Held c:B normal hold")
	a.Gets("Held c:B normal connected")
	return t, second, third
}

// threeWay has A talk to B and C at once: its phone mixes the two calls, and the
// switch knows of two calls that are both active.
func threeWay(p *Play) (t *trio, out, in *Talk) {
	p.Helper()
	a, b, first, second := talk(p)
	t = newTrio(p, a, b, first, second)
	out, in = t.redials()
	in.Answers()
	t.gets(t.x, "Established d:$z $x>$z newCall connected")
	t.gets(t.z, "Established d:$z $x>$z newCall connected")
	t.talking("A", "C")
	t.xs.Retrieves()
	t.bothGet("Retrieved", "normal", "connected", "connected")
	p.Snapshot("A", "c:A connected connected", "d:A connected connected")
	return t, out, in
}
