package conformance

import (
	"slices"
	"time"
)

// Queues are calls to queues (csta_trigger_queue, csta_wait): 9500 is answered
// by its dialplan, the shipped csta_ivr.xml, 9600 by nobody, 9601 lets its
// callers wait for a second only, 9602 calls 1001 by itself.
func Queues() []Scenario {
	scenarios := slices.Concat(queueBasics(), leavingQueues(), queueDialplan())
	for i := range scenarios {
		if scenarios[i].Cast == nil {
			scenarios[i].Cast = queueAndTrunk
		}
	}
	return scenarios
}

// silentQueue is the queue that does not answer.
var silentQueue = Cast{"Q": "029600/deviceNumber"}

// enters has A dial a queue, as far as it waits there unanswered.
func enters(p *Play, number string) (a, q *Watch, out *Talk) {
	p.Helper()
	a, q = p.Monitor("A"), p.Monitor("Q")
	out = p.Phone("A").Dials(number)
	a.Gets(
		"ServiceInitiated c:A newCall initiated",
		"Originated c:A A>"+number+" newCall connected",
		"Queued c:Q A>"+number+" newCall connected",
	)
	q.Gets("Queued c:Q A>" + number + " newCall queued")
	return a, q, out
}

// waits has A dial the queue 9500, as far as its dialplan has answered.
func waits(p *Play) (a, q *Watch, out *Talk) {
	p.Helper()
	a, q = p.Monitor("A"), p.Monitor("Q")
	out = p.Phone("A").Dials("9500")
	a.Gets(
		"ServiceInitiated c:A newCall initiated",
		"Originated c:A A>9500 newCall connected",
		"Queued c:Q A>9500 newCall connected",
		"Established c:Q A>9500 newCall connected",
	)
	q.Gets("Queued c:Q A>9500 newCall queued", "Established c:Q A>9500 newCall connected")
	out.Connected()
	return a, q, out
}

// leavesQueue is what is heard of a caller that hangs up in a queue.
func leavesQueue(a, q *Watch, state string) {
	a.play.Helper()
	a.Gets("ConnectionCleared c:A normalClearing null")
	q.Gets("ConnectionCleared c:A normalClearing "+state, "ConnectionCleared c:"+q.role+" normalClearing null")
}

// thrownOut is what is heard when the queue's connection is cleared.
func thrownOut(a, q *Watch) {
	a.play.Helper()
	a.Gets("ConnectionCleared c:Q normalClearing connected", "ConnectionCleared c:A normalClearing null")
	q.Gets("ConnectionCleared c:Q normalClearing null")
}

func queueBasics() []Scenario {
	return []Scenario{
		{Name: "queue, caller hangs up", Play: func(p *Play) {
			a, q, out := waits(p)
			p.Snapshot("Q", "c:Q connected connected")
			p.Snapshot("A", "c:A connected connected")
			p.SnapshotCall("c", "A connected", "Q connected")
			out.HangsUp()
			leavesQueue(a, q, "connected")
			p.Snapshot("Q")
		}},
		{Name: "queue, not answered, caller abandons", Cast: silentQueue, Play: func(p *Play) {
			a, q, out := enters(p, "9600")
			a.Shows("numberQueued", "1", "callsInFront", "0", "queue", "Q")
			p.Snapshot("Q", "c:Q queued connected")
			p.Snapshot("A", "c:A connected queued")
			p.SnapshotCall("c", "A connected", "Q queued")
			out.HangsUp()
			leavesQueue(a, q, "queued")
		}},
		{Name: "queue, several callers", Play: severalCallers},
		{Name: "queue, AnswerCall", Cast: silentQueue, Play: func(p *Play) {
			a, q, out := enters(p, "9600")
			p.Answers("c:Q")
			out.Connected()
			a.Gets("Established c:Q A>9600 newCall connected")
			q.Gets("Established c:Q A>9600 newCall connected")
			p.Refused("stateIncompatibility/invalidConnectionState", p.answer("c:Q"))
			out.HangsUp()
			leavesQueue(a, q, "connected")
			p.Refused("operation/invalidCallID", p.answer("c:Q"))
		}},
		{Name: "queue, ClearConnection of the queue", Play: func(p *Play) {
			a, q, out := waits(p)
			p.Clears("c:Q")
			thrownOut(a, q)
			out.Ended()
			p.Refused("operation/invalidCallID", p.clear("c:Q"))
		}},
		{Name: "queue, ClearConnection of the caller", Play: func(p *Play) {
			a, q, out := waits(p)
			p.Clears("c:A")
			leavesQueue(a, q, "connected")
			out.Ended()
		}},
		{Name: "queue, not answered, ClearConnection of the queue", Cast: silentQueue, Play: func(p *Play) {
			a, q, out := enters(p, "9600")
			p.Clears("c:Q")
			thrownOut(a, q)
			out.Ended()
		}},
		{Name: "queue, not answered, ClearConnection of the caller", Cast: silentQueue, Play: func(p *Play) {
			a, q, out := enters(p, "9600")
			p.Clears("c:A")
			leavesQueue(a, q, "queued")
			out.Ended()
		}},
		{Name: "queue, a monitor started in mid-call", Play: func(p *Play) {
			out := p.Phone("A").Dials("9500")
			out.Connected()
			p.waitStates("A", "connected", "connected")
			a, q := p.Monitor("A"), p.Monitor("Q")
			p.call("c", "Q")
			out.HangsUp()
			leavesQueue(a, q, "connected")
		}},
		{Name: "queue, MonitorStart and SnapshotDevice without typeOfNumber", Play: func(p *Play) {
			m := p.Monitor("029500")
			out := p.Phone("A").Dials("9500")
			m.Gets("Queued c:Q A>9500 newCall queued", "Established c:Q A>9500 newCall connected")
			p.Snapshot("029500", "c:Q connected connected")
			out.HangsUp()
			m.Gets("ConnectionCleared c:A normalClearing connected", "ConnectionCleared c:Q normalClearing null")
			m.Stop()
		}},
	}
}

// severalCallers are in the same queue at once; each has its own place.
func severalCallers(p *Play) {
	q := p.Monitor("Q")
	watches := make(map[string]*Watch)
	talks := make(map[string]*Talk)
	for i, role := range []string{"A", "B", "C"} {
		call := string(rune('c' + i))
		watches[role] = p.Monitor(role)
		talks[role] = p.Phone(role).Dials("9500")
		queued := "Queued " + call + ":Q " + role + ">9500 newCall "
		established := "Established " + call + ":Q " + role + ">9500 newCall connected"
		watches[role].Gets(
			"ServiceInitiated "+call+":"+role+" newCall initiated",
			"Originated "+call+":"+role+" "+role+">9500 newCall connected",
			queued+"connected", established)
		q.Gets(queued + "queued")
		q.Shows("numberQueued", []string{"1", "2", "3"}[i], "callsInFront", []string{"0", "1", "2"}[i])
		q.Gets(established)
		talks[role].Connected()
	}
	p.Snapshot("Q", "c:Q connected connected", "d:Q connected connected", "e:Q connected connected")
	gone := func(call, role string) {
		p.Helper()
		watches[role].Gets("ConnectionCleared " + call + ":" + role + " normalClearing null")
		q.Gets("ConnectionCleared "+call+":"+role+" normalClearing connected", "ConnectionCleared "+call+":Q normalClearing null")
	}
	talks["B"].HangsUp()
	gone("d", "B")
	p.Snapshot("Q", "c:Q connected connected", "e:Q connected connected")
	again := p.Phone("B").Dials("9500")
	watches["B"].Gets(
		"ServiceInitiated f:B newCall initiated",
		"Originated f:B B>9500 newCall connected",
		"Queued f:Q B>9500 newCall connected",
	)
	watches["B"].Shows("numberQueued", "3", "callsInFront", "2")
	watches["B"].Gets("Established f:Q B>9500 newCall connected")
	q.Gets("Queued f:Q B>9500 newCall queued", "Established f:Q B>9500 newCall connected")
	talks["A"].HangsUp()
	gone("c", "A")
	talks["C"].HangsUp()
	gone("e", "C")
	again.HangsUp()
	gone("f", "B")
	p.Snapshot("Q")
}

// agentRings is what is heard when a call that left a queue rings at B.
func agentRings(a, b *Watch, called, cause string) {
	a.play.Helper()
	a.Gets("Delivered c:B A>" + called + " " + cause + " connected last=Q")
	b.Gets("Delivered c:B A>" + called + " " + cause + " alerting last=Q")
}

// agentAnswers goes on until A and B have talked.
func agentAnswers(p *Play, a, b *Watch, in *Talk, called, cause string) {
	p.Helper()
	in.Answers()
	for _, w := range []*Watch{a, b} {
		w.Gets("Established c:B A>" + called + " " + cause + " connected last=Q")
	}
	p.joined("c")
	p.SnapshotCall("c", "A connected", "B connected")
	p.Snapshot("Q")
	in.HangsUp()
	endedBy(b, a)
}

func leavingQueues() []Scenario {
	// deflected has a client send the call on, and stepped transfer it.
	deflected := func(p *Play, a, q *Watch, called string) {
		p.Helper()
		p.must(p.deflect("c:Q", "B"))
		a.Gets("Diverted c:Q A>" + called + " redirected connected")
		a.Shows("newDestination", "B", "divertingDevice", "Q")
		q.Gets("Diverted c:Q A>" + called + " redirected null")
	}
	stepped := func(p *Play, a, q *Watch, to string) {
		p.Helper()
		p.must(p.stepTransfer("c:Q", to))
		a.Gets("Transfered c:Q c:A,c:" + to + " singleStepTransfer connected to=" + to)
		q.Gets("Transfered c:Q c:A,c:" + to + " singleStepTransfer null to=" + to)
	}
	return []Scenario{
		{Name: "queue, DeflectCall", Play: func(p *Play) {
			b := p.Monitor("B")
			a, q, _ := waits(p)
			deflected(p, a, q, "9500")
			in := p.Phone("B").Rings()
			agentRings(a, b, "9500", "redirected")
			agentAnswers(p, a, b, in, "9500", "redirected")
		}},
		{Name: "queue, not answered, DeflectCall", Cast: silentQueue, Play: func(p *Play) {
			b := p.Monitor("B")
			a, q, out := enters(p, "9600")
			deflected(p, a, q, "9600")
			in := p.Phone("B").Rings()
			agentRings(a, b, "9600", "redirected")
			in.Answers()
			out.Connected()
			for _, w := range []*Watch{a, b} {
				w.Gets("Established c:B A>9600 redirected connected last=Q")
			}
			p.joined("c")
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "queue, DeflectCall to a busy device", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			a, q, out := waits(p)
			deflected(p, a, q, "9500")
			a.Gets("Failed c:B A>9500 busy connected last=Q", "ConnectionCleared c:A normalClearing null")
			out.Ended()
		}},
		{Name: "queue, DeflectCall refused", Play: func(p *Play) {
			a, q, out := waits(p)
			p.Refused("operation/invalidDestination", p.deflect("c:Q", "1001,1002"))
			p.Refused("operation/invalidDestination", p.deflect("c:Q", "${system(ls)}"))
			p.Refused("stateIncompatibility/invalidConnectionState", p.deflect("c:A", "B"))
			p.Refused("operation/invalidCallID", p.deflect("nothing:Q", "B"))
			p.Refused("operation/invalidConnectionID", p.deflect("c:B", "B"))
			out.HangsUp()
			leavesQueue(a, q, "connected")
		}},
		{Name: "queue, SingleStepTransferCall", Play: func(p *Play) {
			b := p.Monitor("B")
			a, q, _ := waits(p)
			stepped(p, a, q, "B")
			in := p.Phone("B").Rings()
			agentRings(a, b, "B", "singleStepTransfer")
			p.Snapshot("Q")
			p.SnapshotCall("c", "A connected", "B alerting")
			agentAnswers(p, a, b, in, "B", "singleStepTransfer")
		}},
		{Name: "queue, SingleStepTransferCall to a busy device", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			b := p.Monitor("B")
			a, q, out := waits(p)
			stepped(p, a, q, "B")
			a.Gets("Failed c:B A>B busy connected last=Q", "ConnectionCleared c:A normalClearing null")
			out.Ended()
			b.GetsNothing()
		}},
		{Name: "queue, SingleStepTransferCall, no answer", RingTime: shortRing, Play: func(p *Play) {
			b := p.Monitor("B")
			a, q, out := waits(p)
			stepped(p, a, q, "B")
			agentRings(a, b, "B", "singleStepTransfer")
			notAnswered(a, b, "callNotAnswered")
			out.Ended()
		}},
		{Name: "queue, SingleStepTransferCall, caller gives up", Play: func(p *Play) {
			b := p.Monitor("B")
			a, q, out := waits(p)
			stepped(p, a, q, "B")
			in := p.Phone("B").Rings()
			agentRings(a, b, "B", "singleStepTransfer")
			out.HangsUp()
			abandoned(a, b)
			in.Ended()
		}},
		{Name: "queue, SingleStepTransferCall to a device out of service", Play: func(p *Play) {
			p.Phone("B").Leaves()
			a, q, out := waits(p)
			stepped(p, a, q, "B")
			a.Gets("Failed c:B A>B destOutOfOrder connected last=Q", "ConnectionCleared c:A normalClearing null")
			out.Ended()
		}},
		{Name: "queue, SingleStepTransferCall to an unknown number", Play: func(p *Play) {
			a, q, out := waits(p)
			stepped(p, a, q, "5551234")
			a.Gets("Failed c:5551234 A>5551234 destNotObtainable connected last=Q", "ConnectionCleared c:A normalClearing null")
			out.Ended()
		}},
		{Name: "queue, SingleStepTransferCall to another queue", Play: func(p *Play) {
			a, q, out := waits(p)
			next := p.Monitor("029501/deviceNumber")
			stepped(p, a, q, "9501")
			a.Gets("Queued c:029501/deviceNumber A>9501 singleStepTransfer connected last=Q",
				"Established c:029501/deviceNumber A>9501 singleStepTransfer connected last=Q")
			next.Gets("Queued c:029501/deviceNumber A>9501 singleStepTransfer queued last=Q",
				"Established c:029501/deviceNumber A>9501 singleStepTransfer connected last=Q")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
			next.Gets("ConnectionCleared c:A normalClearing connected", "ConnectionCleared c:029501/deviceNumber normalClearing null")
		}},
		{Name: "queue, SingleStepTransferCall to another queue by its deviceNumber", Play: func(p *Play) {
			a, q, out := waits(p)
			p.Refused("operation/invalidDestination", p.stepTransfer("c:Q", "0120/deviceNumber"))
			p.must(p.stepTransfer("c:Q", "029501/deviceNumber"))
			for _, w := range []*Watch{a, q} {
				local := map[*Watch]string{a: "connected", q: "null"}[w]
				w.Gets("Transfered c:Q c:A,c:9501 singleStepTransfer " + local + " to=9501")
			}
			a.Gets("Queued c:029501/deviceNumber A>9501 singleStepTransfer connected last=Q",
				"Established c:029501/deviceNumber A>9501 singleStepTransfer connected last=Q")
			out.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
		{Name: "SingleStepTransferCall into a queue", Play: func(p *Play) {
			q := p.Monitor("Q")
			a, b, out, in := talk(p)
			p.must(p.stepTransfer("c:B", "9500"))
			a.Gets("Transfered c:B c:A,c:9500 singleStepTransfer connected to=9500")
			b.Gets("Transfered c:B c:A,c:9500 singleStepTransfer null to=9500")
			in.Ended()
			for _, w := range []*Watch{a, q} {
				state := map[*Watch]string{a: "connected", q: "queued"}[w]
				w.Gets("Queued c:Q A>9500 singleStepTransfer "+state+" last=B",
					"Established c:Q A>9500 singleStepTransfer connected last=B")
			}
			out.HangsUp()
			leavesQueue(a, q, "connected")
		}},
	}
}

// dialplanTime is more than the queues of the dialplan for tests let wait.
const dialplanTime = 2 * time.Second

func queueDialplan() []Scenario {
	return []Scenario{
		{Name: "queue, csta_wait ends at its time", Cast: Cast{"Q": "029601/deviceNumber"}, Play: func(p *Play) {
			a, q, out := waitsIn(p, "9601")
			out.Ended()
			leavesQueue(a, q, "connected")
		}},
		{Name: "queue, csta_wait outlives a message that was stopped", Cast: Cast{"Q": "029601/deviceNumber"}, Play: func(p *Play) {
			p.message("long.wav", 30*time.Second)
			a, q, out := waitsIn(p, "9601")
			p.Plays("c:Q", "long.wav")
			playing(a, q, "long.wav")
			p.Stops("c:Q")
			played(a, q, "long.wav")
			a.GetsNothing()
			out.Ended()
			leavesQueue(a, q, "connected")
		}},
		{Name: "queue, the dialplan gives the call to a device", Cast: Cast{"Q": "029602/deviceNumber"}, Play: func(p *Play) {
			b := p.Monitor("B")
			a, q, _ := waitsIn(p, "9602")
			in := p.Phone("B").Rings()
			a.Gets("Diverted c:Q A>9602 distributed connected")
			a.Shows("newDestination", "B")
			q.Gets("Diverted c:Q A>9602 distributed null")
			agentRings(a, b, "9602", "distributed")
			agentAnswers(p, a, b, in, "9602", "distributed")
		}},
		{Name: "queue, the dialplan sends the call to the next queue", Cast: Cast{"Q": "029605/deviceNumber"},
			RealOnly: "its queues only call a device afterwards", Play: func(p *Play) {
				a, q, out := waitsIn(p, "9605")
				next := p.Monitor("029500/deviceNumber")
				a.Gets("Diverted c:Q A>9605 distributed connected",
					"Queued c:029500/deviceNumber A>9605 distributed connected last=Q",
					"Established c:029500/deviceNumber A>9605 distributed connected last=Q")
				q.Gets("Diverted c:Q A>9605 distributed null")
				next.Gets("Queued c:029500/deviceNumber A>9605 distributed queued last=Q",
					"Established c:029500/deviceNumber A>9605 distributed connected last=Q")
				out.HangsUp()
				a.Gets("ConnectionCleared c:A normalClearing null")
				next.Gets("ConnectionCleared c:A normalClearing connected", "ConnectionCleared c:029500/deviceNumber normalClearing null")
			}},
		{Name: "queue, the dialplan plays an announcement", Cast: Cast{"Q": "029604/deviceNumber"},
			RealOnly: "its queues have no announcements", Play: func(p *Play) {
				p.message("announcement.wav", 300*time.Millisecond)
				a, q, out := waitsIn(p, "9604")
				playing(a, q, "announcement.wav")
				played(a, q, "announcement.wav")
				time.Sleep(dialplanTime)
				a.GetsNothing()
				out.HangsUp()
				leavesQueue(a, q, "connected")
			}},
		{Name: "queue, applications called wrongly", Cast: Cast{"Q": "029603/deviceNumber"},
			RealOnly: "its dialplan makes no mistakes", Play: func(p *Play) {
				p.warnings = true
				a, q, out := waitsIn(p, "9603")
				a.GetsNothing()
				q.GetsNothing()
				p.Snapshot("0120/deviceNumber")
				out.HangsUp()
				leavesQueue(a, q, "connected")
			}},
		{Name: "queue, digits without any sound", Play: func(p *Play) {
			a, q, out := waits(p)
			out.Presses("1#")
			out.PressesInMedia("*0")
			for _, w := range []*Watch{a, q} {
				w.Gets("DtmfDetected c:Q 1", "DtmfDetected c:Q #", "DtmfDetected c:Q *", "DtmfDetected c:Q 0")
			}
			out.HangsUp()
			leavesQueue(a, q, "connected")
		}},
		{Name: "queue, digits of a caller with sound", Play: func(p *Play) {
			p.Phone("A").Behaves(Behaviour{Speaks: true})
			a, q, out := waits(p)
			out.PressesInMedia("123")
			for _, w := range []*Watch{a, q} {
				w.Gets("DtmfDetected c:Q 1", "DtmfDetected c:Q 2", "DtmfDetected c:Q 3")
			}
			out.HangsUp()
			leavesQueue(a, q, "connected")
		}},
	}
}

// waitsIn is waits in a queue of another number.
func waitsIn(p *Play, number string) (a, q *Watch, out *Talk) {
	p.Helper()
	a, q, out = enters(p, number)
	for _, w := range []*Watch{a, q} {
		w.Gets("Established c:Q A>" + number + " newCall connected")
	}
	out.Connected()
	return a, q, out
}
