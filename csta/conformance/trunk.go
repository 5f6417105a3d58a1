package conformance

import (
	"slices"

	"mod_csta_socket/csta/sim"
)

// Trunks are calls through the network interface of the shipped dialplan
// (csta_outbound.xml, csta_inbound.xml).
func Trunks() []Scenario {
	scenarios := slices.Concat(outboundCalls(), inboundCalls(), outsideParties())
	for i := range scenarios {
		if scenarios[i].Cast == nil {
			scenarios[i].Cast = queueAndTrunk
		}
	}
	return scenarios
}

// outsideNumber is what subscribers dial to reach the outsider.
const outsideNumber = "20" + outsider

// inboundNumber is what the outsider dials to reach the queue.
const inboundNumber = "193190"

// ringsOutside has A dial the outsider, as far as it rings there.
func ringsOutside(p *Play) (a, n *Watch, out, far *Talk) {
	p.Helper()
	party := p.Outside()
	a, n = p.Monitor("A"), p.Monitor("N")
	out = p.Phone("A").Dials(outsideNumber)
	far = party.Rings()
	a.Gets(
		"ServiceInitiated c:A newCall initiated",
		"Originated c:A A>"+outsideNumber+" newCall connected",
	)
	a.Shows("associatedCalledDevice", "N")
	a.Gets(
		"NetworkReached c:N A>"+outsideNumber+" newCall connected",
		"Delivered c:N A>"+outsideNumber+" networkSignal connected by="+outsider,
	)
	n.Gets("NetworkReached c:N A>" + outsideNumber + " newCall connected")
	n.Shows("networkInterfaceUsed", "N", "networkCalledDevice", outsider, "networkCallingDevice", "")
	n.Gets("Delivered c:N A>" + outsideNumber + " networkSignal connected by=" + outsider)
	n.Shows("associatedCalledDevice", "N", "networkCalledDevice", outsider, "associatedCallingDevice", "")
	return a, n, out, far
}

// talksOutside goes on until they talk.
func talksOutside(p *Play) (a, n *Watch, out, far *Talk) {
	p.Helper()
	a, n, out, far = ringsOutside(p)
	far.Answers()
	for _, w := range []*Watch{a, n} {
		w.Gets("Established c:N A>" + outsideNumber + " networkSignal connected by=" + outsider)
		w.Shows("associatedCalledDevice", "N", "networkCalledDevice", outsider)
	}
	out.Connected()
	p.joined("c")
	return a, n, out, far
}

func outboundCalls() []Scenario {
	// refused has the outsider refuse at once, by itself.
	refused := func(status int, cause string) func(*Play) {
		return func(p *Play) {
			p.Outside().Behaves(Behaviour{RejectWith: status})
			a, n := p.Monitor("A"), p.Monitor("N")
			out := p.Phone("A").Dials(outsideNumber)
			a.Gets(
				"ServiceInitiated c:A newCall initiated",
				"Originated c:A A>"+outsideNumber+" newCall connected",
			)
			a.Shows("associatedCalledDevice", "N")
			a.Gets("Failed c:N A>" + outsideNumber + " " + cause + " connected by=" + outsider)
			a.Shows("associatedCalledDevice", "N", "networkCalledDevice", outsider)
			a.Gets("ConnectionCleared c:A normalClearing null")
			out.Ended()
			n.GetsNothing()
		}
	}
	return []Scenario{
		{Name: "outbound call, caller hangs up", Play: func(p *Play) {
			a, n, out, far := talksOutside(p)
			p.Snapshot("N", "c:N connected connected")
			p.SnapshotCall("c", "A connected", "N connected")
			out.HangsUp()
			endedBy(a, n)
			far.Ended()
		}},
		{Name: "outbound call, the far end hangs up", Play: func(p *Play) {
			a, n, out, far := talksOutside(p)
			far.HangsUp()
			endedBy(n, a)
			out.Ended()
		}},
		{Name: "outbound call, ClearConnection of the network interface", Play: func(p *Play) {
			a, n, out, far := talksOutside(p)
			p.Clears("c:N")
			endedBy(n, a)
			out.Ended()
			far.Ended()
		}},
		{Name: "outbound call, ClearConnection of the caller", Play: func(p *Play) {
			a, n, out, far := talksOutside(p)
			p.Clears("c:A")
			endedBy(a, n)
			out.Ended()
			far.Ended()
		}},
		{Name: "outbound call, caller gives up", Play: func(p *Play) {
			a, n, out, far := ringsOutside(p)
			p.Snapshot("N", "c:N connected connected")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
			n.Gets("ConnectionCleared c:A normalClearing connected", "ConnectionCleared c:N callCancelled null")
			far.Ended()
		}},
		{Name: "outbound call, ClearConnection of the ringing far end", Play: func(p *Play) {
			a, n, out, far := ringsOutside(p)
			p.Clears("c:N")
			a.Gets("ConnectionCleared c:N normalClearing connected", "ConnectionCleared c:A normalClearing null")
			n.Gets("ConnectionCleared c:N normalClearing null")
			far.Ended()
			out.Ended()
		}},
		{Name: "outbound call, far end busy", Play: refused(486, "busy")},
		{Name: "outbound call, far end declines", Play: refused(603, "callCancelled")},
		{Name: "outbound call, number unallocated", Play: refused(404, "numberUnallocated")},
		{Name: "outbound call, far end busy after ringing", Play: func(p *Play) {
			a, n, out, far := ringsOutside(p)
			far.Rejects(486)
			a.Gets("ConnectionCleared c:N busy connected", "ConnectionCleared c:A normalClearing null")
			n.Gets("ConnectionCleared c:N busy null")
			out.Ended()
		}},
		{Name: "outbound call, early media", Play: func(p *Play) {
			p.Outside().Behaves(Behaviour{EarlyMedia: true})
			a, n := p.Monitor("A"), p.Monitor("N")
			out := p.Phone("A").Dials(outsideNumber)
			a.Gets(
				"ServiceInitiated c:A newCall initiated",
				"Originated c:A A>"+outsideNumber+" newCall connected",
				"NetworkReached c:N A>"+outsideNumber+" newCall connected",
			)
			n.Gets("NetworkReached c:N A>" + outsideNumber + " newCall connected")
			a.GetsNothing()
			p.talker(outsider).Answers()
			for _, w := range []*Watch{a, n} {
				w.Gets("Established c:N A>" + outsideNumber + " networkSignal connected by=" + outsider)
			}
			p.joined("c")
			out.HangsUp()
			endedBy(a, n)
		}},
		{Name: "outbound call, MakeCall", Play: func(p *Play) {
			party := p.Outside()
			a, n := p.Monitor("A"), p.Monitor("N")
			phone := p.Phone("A")
			p.MakeCall("c", "A", outsideNumber, "prompt")
			prompt := phone.Rings()
			a.Gets("ServiceInitiated c:A makeCall initiated")
			prompt.Answers()
			far := party.Rings()
			a.Gets("Originated c:A A>" + outsideNumber + " newCall connected")
			for _, w := range []*Watch{a, n} {
				w.Gets("NetworkReached c:N A>"+outsideNumber+" newCall connected",
					"Delivered c:N A>"+outsideNumber+" networkSignal connected by="+outsider)
			}
			far.Answers()
			for _, w := range []*Watch{a, n} {
				w.Gets("Established c:N A>" + outsideNumber + " networkSignal connected by=" + outsider)
			}
			p.joined("c")
			far.HangsUp()
			endedBy(n, a)
			prompt.Ended()
		}},
		{Name: "outbound calls, several at once", Play: func(p *Play) {
			a, n, out, far := talksOutside(p)
			b := p.Monitor("B")
			second := p.Phone("B").Dials(outsideNumber)
			farther := p.Outside().Rings()
			b.Gets("ServiceInitiated d:B newCall initiated", "Originated d:B B>"+outsideNumber+" newCall connected")
			for _, w := range []*Watch{b, n} {
				w.Gets("NetworkReached d:N B>"+outsideNumber+" newCall connected",
					"Delivered d:N B>"+outsideNumber+" networkSignal connected by="+outsider)
			}
			p.Snapshot("N", "c:N connected connected", "d:N connected connected")
			farther.Rejects(486)
			b.Gets("ConnectionCleared d:N busy connected", "ConnectionCleared d:B normalClearing null")
			n.Gets("ConnectionCleared d:N busy null")
			second.Ended()
			out.HangsUp()
			endedBy(a, n)
			far.Ended()
		}},
		{Name: "outbound call, SingleStepTransferCall by the caller", Play: func(p *Play) {
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
			far.HangsUp()
			endedBy(n, b)
			in.Ended()
		}},
		{Name: "outbound call, digits", Play: func(p *Play) {
			a, n, out, far := talksOutside(p)
			out.Presses("1")
			for _, w := range []*Watch{a, n} {
				w.Gets("DtmfDetected c:A 1")
			}
			far.PressesInMedia("2")
			for _, w := range []*Watch{a, n} {
				w.Gets("DtmfDetected c:N 2")
			}
			out.HangsUp()
			endedBy(a, n)
		}},
	}
}

// talker is the next call that rings at a phone that is known.
func (p *Play) talker(role string) *Talk {
	p.Helper()
	return (&Actor{play: p, role: role, phone: p.phones[role]}).Rings()
}

// comesIn has the outsider call the queue, as far as its dialplan has answered.
func comesIn(p *Play) (n, q *Watch, out *Talk) {
	p.Helper()
	return comesFrom(p, outsider, outsider)
}

// comesFrom is comesIn with another party outside, and how its number is shown.
func comesFrom(p *Play, party, shown string) (n, q *Watch, out *Talk) {
	p.Helper()
	n, q = p.Monitor("N"), p.Monitor("Q")
	out = p.OutsideAs(party).Dials(inboundNumber)
	n.Gets("ServiceInitiated c:N newCall initiated")
	n.Shows("networkCallingDevice", shown, "networkCalledDevice", inboundNumber, "associatedCallingDevice", "N")
	n.Gets("Queued c:Q " + shown + ">193190 newCall connected")
	n.Shows("networkCallingDevice", shown, "networkCalledDevice", inboundNumber, "associatedCallingDevice", "N")
	q.Gets("Queued c:Q " + shown + ">193190 newCall queued")
	for _, w := range []*Watch{n, q} {
		w.Gets("Established c:Q " + shown + ">193190 newCall connected")
		w.Shows("networkCallingDevice", shown, "networkCalledDevice", inboundNumber, "associatedCallingDevice", "N", "associatedCalledDevice", "")
	}
	out.Connected()
	return n, q, out
}

// callerLeaves is what is heard of the outsider that hangs up in the queue.
func callerLeaves(n, q *Watch) {
	n.play.Helper()
	n.Gets("ConnectionCleared c:N normalClearing null")
	q.Gets("ConnectionCleared c:N normalClearing connected", "ConnectionCleared c:Q normalClearing null")
}

func inboundCalls() []Scenario {
	return []Scenario{
		{Name: "inbound call, caller hangs up", Play: func(p *Play) {
			n, q, out := comesIn(p)
			p.Snapshot("N", "c:N connected connected")
			p.Snapshot("Q", "c:Q connected connected")
			p.SnapshotCall("c", "N connected", "Q connected")
			out.HangsUp()
			callerLeaves(n, q)
		}},
		{Name: "inbound call, the caller withholds its number", Play: func(p *Play) {
			n, q, out := comesFrom(p, sim.Anonymous, "restricted")
			out.HangsUp()
			callerLeaves(n, q)
		}},
		{Name: "inbound call, the caller's number is unknown", RealOnly: "what stands in a number's place is the switch's affair", Play: func(p *Play) {
			n, q, out := comesFrom(p, "Unavailable", "?")
			out.HangsUp()
			callerLeaves(n, q)
		}},
		{Name: "inbound call, ClearConnection of the network interface", Play: func(p *Play) {
			n, q, out := comesIn(p)
			p.Clears("c:N")
			callerLeaves(n, q)
			out.Ended()
		}},
		{Name: "inbound call, ClearConnection of the queue", Play: func(p *Play) {
			n, q, out := comesIn(p)
			p.Clears("c:Q")
			n.Gets("ConnectionCleared c:Q normalClearing connected", "ConnectionCleared c:N normalClearing null")
			q.Gets("ConnectionCleared c:Q normalClearing null")
			out.Ended()
		}},
		{Name: "inbound call, messages and digits", Play: func(p *Play) {
			p.message("hello.wav", briefly)
			p.message("long.wav", lasting)
			n, q, out := comesIn(p)
			p.Plays("c:Q", "hello.wav")
			playing(n, q, "hello.wav")
			played(n, q, "hello.wav")
			out.PressesInMedia("42")
			for _, w := range []*Watch{n, q} {
				w.Gets("DtmfDetected c:Q 4", "DtmfDetected c:Q 2")
			}
			p.Plays("c:Q", "long.wav", untilDigit)
			playing(n, q, "long.wav")
			out.PressesInMedia("#")
			for _, w := range []*Watch{n, q} {
				w.Gets("DtmfDetected c:Q #", "Stop c:Q long.wav endOfMessageDetected")
			}
			out.HangsUp()
			callerLeaves(n, q)
		}},
		{Name: "inbound call, SingleStepTransferCall to an agent", Play: func(p *Play) {
			b := p.Monitor("B")
			n, q, out := comesIn(p)
			p.must(p.stepTransfer("c:Q", "B"))
			n.Gets("Transfered c:Q c:N,c:B singleStepTransfer connected to=B")
			q.Gets("Transfered c:Q c:N,c:B singleStepTransfer null to=B")
			in := p.Phone("B").Rings()
			n.Gets("Delivered c:B " + outsider + ">B singleStepTransfer connected last=Q")
			b.Gets("Delivered c:B " + outsider + ">B singleStepTransfer alerting last=Q")
			b.Shows("networkCallingDevice", outsider, "networkCalledDevice", inboundNumber, "associatedCallingDevice", "N")
			in.Answers()
			for _, w := range []*Watch{n, b} {
				w.Gets("Established c:B " + outsider + ">B singleStepTransfer connected last=Q")
				w.Shows("networkCallingDevice", outsider, "networkCalledDevice", inboundNumber, "associatedCallingDevice", "N")
			}
			p.joined("c")
			p.SnapshotCall("c", "B connected", "N connected")
			out.HangsUp()
			endedBy(n, b)
			in.Ended()
		}},
		{Name: "inbound call, DeflectCall to an agent who is busy", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			n, q, out := comesIn(p)
			p.must(p.deflect("c:Q", "B"))
			n.Gets("Diverted c:Q " + outsider + ">193190 redirected connected")
			q.Gets("Diverted c:Q " + outsider + ">193190 redirected null")
			n.Gets("Failed c:B "+outsider+">193190 busy connected last=Q", "ConnectionCleared c:N normalClearing null")
			out.Ended()
		}},
		{Name: "inbound call, the agent hangs up", Play: func(p *Play) {
			b := p.Monitor("B")
			n, q, out := comesIn(p)
			p.must(p.deflect("c:Q", "B"))
			n.Gets("Diverted c:Q " + outsider + ">193190 redirected connected")
			q.Gets("Diverted c:Q " + outsider + ">193190 redirected null")
			in := p.Phone("B").Rings()
			n.Gets("Delivered c:B " + outsider + ">193190 redirected connected last=Q")
			b.Gets("Delivered c:B " + outsider + ">193190 redirected alerting last=Q")
			in.Answers()
			for _, w := range []*Watch{n, b} {
				w.Gets("Established c:B " + outsider + ">193190 redirected connected last=Q")
			}
			p.joined("c")
			in.HangsUp()
			endedBy(b, n)
			out.Ended()
		}},
		{Name: "a call from outside by no network interface", Play: func(p *Play) {
			b, n := p.Monitor("B"), p.Monitor("N")
			p.Phone("B")
			out := p.Outside().Dials("1001")
			in := p.Phone("B").Rings()
			b.Gets("Delivered c:B " + outsider + ">B newCall alerting")
			in.Answers()
			b.Gets("Established c:B " + outsider + ">B newCall connected")
			out.Connected()
			p.joined("c")
			p.SnapshotCall("c", outsider+" connected", "B connected")
			out.HangsUp()
			b.Gets("ConnectionCleared c:"+outsider+" normalClearing connected", "ConnectionCleared c:B normalClearing null")
			in.Ended()
			n.GetsNothing()
		}},
	}
}

// consultsAbout has A, who talks with the outsider, consult B.
func consultsAbout(p *Play) (a, b, n *Watch, out, far, in *Talk) {
	p.Helper()
	b = p.Monitor("B")
	a, n, out, far = talksOutside(p)
	p.must(p.consult("d", "c:A", "B"))
	in = p.Phone("B").Rings()
	a.Gets("Held c:A consultation hold", "ServiceInitiated d:A consultation initiated",
		"Originated d:A A>B consultation connected", "Delivered d:B A>B consultation connected")
	n.Gets("Held c:A consultation connected")
	b.Gets("Delivered d:B A>B consultation alerting")
	in.Answers()
	for _, w := range []*Watch{a, b} {
		w.Gets("Established d:B A>B consultation connected")
	}
	p.talking("A", "B")
	return a, b, n, out, far, in
}

// showsNID checks the network interface in the connection list of the Transferred
// that came last: that of N's connection, and of no other (ECMA-269 12.2.9).
func (w *Watch) showsNID() {
	w.play.Helper()
	n := w.play.Device("N")
	for _, item := range w.Last().Items("transferredConnections") {
		if outside := interfaceOf(item.New.Device) == n; outside != (item.NID == n) {
			w.play.Errorf("monitor on %s: the item of %s names the network interface %q", w.role, item.New.Device.Number, item.NID.Number)
		}
	}
}

// outsideParties are services on calls of three, one of them in the network.
func outsideParties() []Scenario {
	return []Scenario{
		{Name: "outbound call, HoldCall and RetrieveCall", Play: func(p *Play) {
			a, n, out, far := talksOutside(p)
			p.must(p.hold("c:A"))
			a.Gets("Held c:A normal hold")
			n.Gets("Held c:A normal connected")
			p.Refused("operation/requestIncompatibleWithConnection", p.hold("c:N"))
			p.must(p.retrieve("c:A"))
			for _, w := range []*Watch{a, n} {
				w.Gets("Retrieved c:A normal connected")
			}
			out.HangsUp()
			endedBy(a, n)
			far.Ended()
		}},
		{Name: "outbound call, ConsultationCall and TransferCall to an agent", Play: func(p *Play) {
			a, b, n, out, far, in := consultsAbout(p)
			p.must(p.pair("TransferCall", "c:A", "d:A"))
			line := "Transfered c:A+d:A c:N,c:B<d:B transfer "
			a.Gets(line + "null to=B")
			n.Gets(line + "connected to=B")
			n.showsNID()
			b.Gets(line + "connected to=B")
			out.Ended()
			p.must(p.backend.WaitTalking(p.within(), outsider, p.Device("B").Number))
			p.SnapshotCall("c", "N connected", "B connected")
			far.HangsUp()
			endedBy(n, b)
			in.Ended()
		}},
		{Name: "outbound call, ConsultationCall and ConferenceCall", Play: func(p *Play) {
			a, b, n, out, far, in := consultsAbout(p)
			p.must(p.pair("ConferenceCall", "c:A", "d:A"))
			line := "Conferenced c:A+d:A c:A,c:N,c:B<d:B conference connected to=B"
			for _, w := range []*Watch{a, n, b} {
				w.Gets(line)
			}
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
			for _, w := range []*Watch{n, b} {
				w.Gets("ConnectionCleared c:A normalClearing connected")
			}
			p.must(p.backend.WaitTalking(p.within(), outsider, p.Device("B").Number))
			in.HangsUp()
			endedBy(b, n)
			far.Ended()
		}},
		{Name: "the outsider is consulted and gets the call", Play: func(p *Play) {
			party := p.Outside()
			a, b, out, in := talk(p)
			n := p.Monitor("N")
			p.must(p.consult("d", "c:A", outsideNumber))
			far := party.Rings()
			a.Gets("Held c:A consultation hold", "ServiceInitiated d:A consultation initiated",
				"Originated d:A A>"+outsideNumber+" consultation connected",
				"NetworkReached d:N A>"+outsideNumber+" consultation connected",
				"Delivered d:N A>"+outsideNumber+" consultation connected by="+outsider)
			b.Gets("Held c:A consultation connected")
			n.Gets("NetworkReached d:N A>"+outsideNumber+" consultation connected",
				"Delivered d:N A>"+outsideNumber+" consultation connected by="+outsider)
			far.Answers()
			for _, w := range []*Watch{a, n} {
				w.Gets("Established d:N A>" + outsideNumber + " consultation connected by=" + outsider)
			}
			p.must(p.backend.WaitTalking(p.within(), p.Device("A").Number, outsider))
			p.must(p.pair("TransferCall", "c:A", "d:A"))
			line := "Transfered c:A+d:A c:B,c:N<d:N transfer "
			a.Gets(line + "null to=" + outsider)
			b.Gets(line + "connected to=" + outsider)
			b.showsNID()
			n.Gets(line + "connected to=" + outsider)
			out.Ended()
			p.must(p.backend.WaitTalking(p.within(), p.Device("B").Number, outsider))
			p.SnapshotCall("c", "B connected", "N connected")
			in.HangsUp()
			endedBy(b, n)
			far.Ended()
		}},
		{Name: "an outside caller is transferred outside, through the same network interface", Cast: trunkToTrunk, Play: func(p *Play) {
			n, out, far := tromboned(p)
			p.SnapshotCall("c", "N connected", "M connected")
			p.Snapshot("N", "c:N connected connected", "c:M connected connected")
			far.HangsUp()
			// The interface hears of the end of each, and has left with the last.
			n.Gets("ConnectionCleared c:M normalClearing connected", "ConnectionCleared c:N normalClearing null")
			out.Ended()
		}},
		{Name: "two outside parties, ClearConnection of the second", Cast: trunkToTrunk, Play: func(p *Play) {
			n, out, far := tromboned(p)
			p.Clears("c:M")
			far.Ended()
			n.Gets("ConnectionCleared c:M normalClearing connected", "ConnectionCleared c:N normalClearing null")
			out.Ended()
		}},
		{Name: "two outside parties, ClearConnection of the first", Cast: trunkToTrunk, Play: func(p *Play) {
			n, out, far := tromboned(p)
			p.Clears("c:N")
			out.Ended()
			n.Gets("ConnectionCleared c:N normalClearing connected", "ConnectionCleared c:M normalClearing null")
			far.Ended()
		}},
		{Name: "two outside parties, reload", Cast: trunkToTrunk, Play: func(p *Play) {
			_, out, far := tromboned(p)
			p.must(p.backend.WaitTalking(p.within(), outsider, outsider))
			p.reload()
			n := p.Monitor("N")
			p.SnapshotCall("c", "N connected", "M connected")
			out.HangsUp()
			n.Gets("ConnectionCleared c:N normalClearing connected", "ConnectionCleared c:M normalClearing null")
			far.Ended()
		}},
		{Name: "TransferCall of an outside party to an outside party", Cast: trunkToTrunk, Play: func(p *Play) {
			a, n, out, first := talksOutside(p)
			p.must(p.consult("d", "c:A", outsideNumber))
			second := p.Outside().Rings()
			a.Gets("Held c:A consultation hold", "ServiceInitiated d:A consultation initiated",
				"Originated d:A A>"+outsideNumber+" consultation connected",
				"NetworkReached d:N A>"+outsideNumber+" consultation connected",
				"Delivered d:N A>"+outsideNumber+" consultation connected by="+outsider)
			n.Gets("Held c:A consultation connected", "NetworkReached d:N A>"+outsideNumber+" consultation connected",
				"Delivered d:N A>"+outsideNumber+" consultation connected by="+outsider)
			second.Answers()
			for _, w := range []*Watch{a, n} {
				w.Gets("Established d:N A>" + outsideNumber + " consultation connected by=" + outsider)
			}
			p.must(p.pair("TransferCall", "c:A", "d:A"))
			line := "Transfered c:A+d:A c:N,c:M<d:N transfer "
			a.Gets(line + "null to=" + outsider)
			n.Gets(line + "connected to=" + outsider)
			n.showsNID()
			out.Ended()
			p.SnapshotCall("c", "N connected", "M connected")
			first.HangsUp()
			n.Gets("ConnectionCleared c:N normalClearing connected", "ConnectionCleared c:M normalClearing null")
			second.Ended()
		}},
	}
}

// trunkToTrunk has a role for the second outside party behind a network interface.
var trunkToTrunk = Cast{"Q": "029500/deviceNumber", "N": "0120/deviceNumber", "M": "0120#2/deviceNumber"}

// tromboned has an outside caller sent to somebody outside, until they talk.
func tromboned(p *Play) (n *Watch, out, far *Talk) {
	p.Helper()
	n, q, out := comesIn(p)
	p.must(p.stepTransfer("c:Q", outsideNumber))
	line := "Transfered c:Q c:N,c:" + outsideNumber + " singleStepTransfer "
	n.Gets(line + "connected to=" + outsideNumber)
	q.Gets(line + "null to=" + outsideNumber)
	far = p.Outside().Rings()
	called := outsider + ">" + outsideNumber + " singleStepTransfer connected"
	n.Gets("NetworkReached c:M "+called+" by=N last=Q", "Delivered c:M "+called+" by="+outsider+" last=Q")
	n.Shows("associatedCallingDevice", "N", "associatedCalledDevice", "N")
	far.Answers()
	n.Gets("Established c:M " + called + " by=" + outsider + " last=Q")
	return n, out, far
}
