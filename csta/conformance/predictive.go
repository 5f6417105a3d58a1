package conformance

import (
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/conformance/probe"
	"mod_csta_socket/csta/switching"
)

// PredictiveCalls are those of Make Predictive Call, whose called party is called
// first, and of Make Call from a queue, which has no phone to prompt.
func PredictiveCalls() []Scenario {
	return castAsQueueAndTrunk(slices.Concat(predictiveFromQueue(), predictiveFromSubscriber(), predictedToAddress(), predictedThroughDialplan(), madeByQueue()))
}

// castAsQueueAndTrunk gives scenarios a queue and a network interface to play with.
func castAsQueueAndTrunk(scenarios []Scenario) []Scenario {
	for i := range scenarios {
		scenarios[i].Cast = queueAndTrunk
	}
	return scenarios
}

// predicted has the queue call B, as far as B rings.
func predicted(p *Play, more ...string) (q, b *Watch, in *Talk) {
	p.Helper()
	q, b = p.Monitor("Q"), p.Monitor("B")
	phone := p.Phone("B")
	p.Predicts("c", "Q", p.Device("B"), more...)
	in = phone.Rings()
	q.Gets("Delivered c:B Q>B makePredictiveCall initiated")
	b.Gets("Delivered c:B Q>B makePredictiveCall alerting")
	return q, b, in
}

// servedByQueue is what both get when the called party's call, answered, enters
// the queue.
func servedByQueue(called, party *Watch, q *Watch, subject, by string) {
	q.play.Helper()
	q.Gets("Established c:"+subject+" Q>"+by+" makePredictiveCall initiated"+behind(subject),
		"Queued c:Q Q>"+by+" makePredictiveCall queued",
		"Established c:Q Q>"+by+" makePredictiveCall connected")
	for _, w := range []*Watch{called, party} {
		if w != nil {
			w.Gets("Established c:"+subject+" Q>"+by+" makePredictiveCall connected"+behind(subject),
				"Queued c:Q Q>"+by+" makePredictiveCall connected",
				"Established c:Q Q>"+by+" makePredictiveCall connected")
		}
	}
}

// behind is the party that a network interface stands for.
func behind(subject string) string {
	if subject == "N" {
		return " by=" + outsider
	}
	return ""
}

func alertTime(seconds string) string { return probe.Element("alertTime", seconds) }

func predictiveFromQueue() []Scenario {
	return []Scenario{
		{Name: "MakePredictiveCall from a queue", Play: func(p *Play) {
			p.message("hello.wav", briefly)
			q, b, in := predicted(p)
			p.Snapshot("Q", "c:Q initiated alerting")
			p.Snapshot("B", "c:B alerting initiated")
			in.Answers()
			servedByQueue(b, nil, q, "B", "B")
			p.Snapshot("Q", "c:Q connected connected")
			p.SnapshotCall("c", "B connected", "Q connected")
			p.Plays("c:Q", "hello.wav")
			playing(b, q, "hello.wav")
			played(b, q, "hello.wav")
			in.Presses("1")
			for _, w := range []*Watch{b, q} {
				w.Gets("DtmfDetected c:Q 1")
			}
			in.HangsUp()
			b.Gets("ConnectionCleared c:B normalClearing null")
			q.Gets("ConnectionCleared c:B normalClearing connected", "ConnectionCleared c:Q normalClearing null")
		}},
		{Name: "MakePredictiveCall from a queue, then to an agent", Play: func(p *Play) {
			c := p.Monitor("C")
			q, b, in := predicted(p)
			in.Answers()
			servedByQueue(b, nil, q, "B", "B")
			p.must(p.stepTransfer("c:Q", "C"))
			b.Gets("Transfered c:Q c:B,c:C singleStepTransfer connected to=C")
			q.Gets("Transfered c:Q c:B,c:C singleStepTransfer null to=C")
			agent := p.Phone("C").Rings()
			b.Gets("Delivered c:C B>C singleStepTransfer connected last=Q")
			c.Gets("Delivered c:C B>C singleStepTransfer alerting last=Q")
			agent.Answers()
			for _, w := range []*Watch{b, c} {
				w.Gets("Established c:C B>C singleStepTransfer connected last=Q")
			}
			p.joined("c")
			in.HangsUp()
			endedBy(b, c)
			agent.Ended()
		}},
		{Name: "MakePredictiveCall, called device busy", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			q, b := p.Monitor("Q"), p.Monitor("B")
			p.Predicts("c", "Q", p.Device("B"))
			q.Gets("Failed c:B Q>B busy initiated", "ConnectionCleared c:Q normalClearing null")
			b.GetsNothing()
		}},
		{Name: "MakePredictiveCall, declined after ringing", Play: func(p *Play) {
			q, b, in := predicted(p)
			in.Rejects(603)
			q.Gets("ConnectionCleared c:B callCancelled initiated", "ConnectionCleared c:Q normalClearing null")
			b.Gets("ConnectionCleared c:B callCancelled null")
		}},
		{Name: "MakePredictiveCall, no answer within alertTime", Play: func(p *Play) {
			q, b, in := predicted(p, alertTime("1"))
			q.Gets("ConnectionCleared c:B callNotAnswered initiated", "ConnectionCleared c:Q normalClearing null")
			b.Gets("ConnectionCleared c:B callNotAnswered null")
			in.Ended()
		}},
		{Name: "MakePredictiveCall cleared while it rings", Play: func(p *Play) {
			q, b, in := predicted(p)
			p.Clears("c:Q")
			q.Gets("ConnectionCleared c:Q normalClearing null")
			b.Gets("ConnectionCleared c:Q normalClearing alerting", "ConnectionCleared c:B callCancelled null")
			in.Ended()
		}},
		{Name: "MakePredictiveCall, the called connection cleared while it rings", Play: func(p *Play) {
			q, b, in := predicted(p)
			p.Clears("c:B")
			q.Gets("ConnectionCleared c:B normalClearing initiated", "ConnectionCleared c:Q normalClearing null")
			b.Gets("ConnectionCleared c:B normalClearing null")
			in.Ended()
		}},
		{Name: "MakePredictiveCall with the longest data, and with longer ones", Play: func(p *Play) {
			const octets = 2048
			data := func(tag string, n int) string {
				return "<" + tag + "><string>" + strings.Repeat("A5", n) + "</string></" + tag + ">"
			}
			q, b := p.Monitor("Q"), p.Monitor("B")
			before, err := p.backend.Legs(p.within())
			p.must(err)
			p.Refused("operation/correlatorDataOutOfRange", p.predicts("c", "Q", p.Device("B"), data("correlatorData", octets+1)))
			p.Refused("operation/valueOutOfRange", p.predicts("c", "Q", p.Device("B"), data("userData", octets+1)))
			p.Refused("operation/correlatorDataOutOfRange", p.predicts("c", "Q", p.Device("B"), data("correlatorData", 16000)))
			after, err := p.backend.Legs(p.within())
			p.must(err)
			if after != before {
				p.Errorf("%d legs were made by requests that were refused", after-before)
			}
			p.Predicts("c", "Q", p.Device("B"), data("correlatorData", octets), data("userData", octets))
			in := p.Phone("B").Rings()
			q.Gets("Delivered c:B Q>B makePredictiveCall initiated")
			b.Gets("Delivered c:B Q>B makePredictiveCall alerting")
			for _, tag := range []string{"correlatorData", "userData"} {
				if !strings.Contains(b.Last().Text, data(tag, octets)) {
					p.Errorf("the event lacks %s: %s", tag, b.Last().Text)
				}
			}
			in.Rejects(603)
			q.Gets("ConnectionCleared c:B callCancelled initiated", "ConnectionCleared c:Q normalClearing null")
			b.Gets("ConnectionCleared c:B callCancelled null")
		}},
		{Name: "MakePredictiveCall cleared at once", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{Silent: true})
			q, b := p.Monitor("Q"), p.Monitor("B")
			p.Predicts("c", "Q", p.Device("B"))
			p.Clears("c:Q")
			q.Gets("ConnectionCleared c:Q normalClearing null")
			b.GetsNothing()
		}},
		{Name: "MakePredictiveCall refused", Play: func(p *Play) {
			q := p.Monitor("Q")
			p.Phone("B").Leaves()
			before, err := p.backend.Legs(p.within())
			p.must(err)
			b := p.Device("B")
			p.Refused("systemResourceAvailibility/calledDeviceOutOfService", p.predicts("c", "Q", b))
			p.Refused("operation/requestIncompatibleWithCallingDevice", p.predicts("c", "N", p.Device("C")))
			p.Refused("operation/valueOutOfRange", p.predicts("c", "Q", p.Device("C"), alertTime("0")))
			p.Refused("operation/valueOutOfRange", p.predicts("c", "Q", p.Device("C"), alertTime("100000")))
			p.Refused("systemResourceAvailibility/callingDeviceOutOfService", p.predicts("c", "B", p.Device("C")))
			p.Refused("operation/invalidCallingDeviceID", p.predicts("c", "1999", p.Device("C")))
			for _, number := range append([]string{
				"sofia/external/1@h,sofia/external/2@h", "sofia/external/{x=y}1@h", "sofia/external/1@h;transport=tcp",
				"sofia/external/1@h:0", "sofia/../1@h", "sofia/external/1", "sofia/external/${x}@h", "error/USER_BUSY",
				"loopback/9500", "user/1001", "sofia/gateway/example_gw/1@h",
			}, hostileNumbers...) {
				if switching.ValidURI(number) || number == "" || number == "1001\u0000" || number != strings.TrimSpace(number) {
					continue
				}
				p.Refused("operation/invalidCalledDeviceID", p.predicts("c", "Q", probe.Device{Number: number}))
			}
			trunk := strings.TrimPrefix(p.backend.TrunkURI("1"), "sofia/external/1@")
			host, port, _ := strings.Cut(trunk, ":")
			for _, uri := range []string{
				"sofia/external/1@" + host, "sofia/external/1@" + host + ":1", "sofia/external/1@" + host + ".:" + port,
				"sofia/external/1@0" + trunk, "sofia/external/1@x." + trunk, "sofia/external/1@" + host + ".example:" + port,
				"sofia/external/1@premium.example:" + port, "sofia/internal/1@" + trunk, "sofia/External/1@" + trunk,
				"sofia/gateway/external/1", "sofia/GATEWAY/example_gw/1",
			} {
				p.Refused("operation/privilegeViolationCalledDevice", p.predicts("c", "Q", probe.Device{Number: uri}))
			}
			for _, uri := range []string{
				"sofia/external/1@premium.example@" + trunk, "sofia/external/1@[::1]:" + port, "sofia/external/1@::1",
				"sofia/external/1@" + trunk + ";fs_path=sip:premium.example", "sofia/external/1@" + trunk + "?Route=x",
				"sofia/gateway/example_gw/1@premium.example", "sofia/gateway/1@" + trunk, "SOFIA/external/1@" + trunk,
				"sofia/external/sip:1@" + trunk, "sofia/external/1%premium.example",
			} {
				p.Refused("operation/invalidCalledDeviceID", p.predicts("c", "Q", probe.Device{Number: uri}))
			}
			after, err := p.backend.Legs(p.within())
			p.must(err)
			if after != before {
				p.Errorf("%d legs were made by requests that were refused", after-before)
			}
			q.GetsNothing()
		}},
	}
}

func predictiveFromSubscriber() []Scenario {
	return []Scenario{
		{Name: "MakePredictiveCall from a subscriber", Play: func(p *Play) {
			a, b := p.Monitor("A"), p.Monitor("B")
			p.Predicts("c", "A", p.Device("B"))
			in := p.Phone("B").Rings()
			a.Gets("Delivered c:B A>B makePredictiveCall initiated")
			b.Gets("Delivered c:B A>B makePredictiveCall alerting")
			in.Answers()
			agent := p.Phone("A").Rings()
			a.Gets("Established c:B A>B makePredictiveCall initiated", "Delivered c:A A>B makePredictiveCall alerting")
			b.Gets("Established c:B A>B makePredictiveCall connected", "Delivered c:A A>B makePredictiveCall connected")
			agent.Answers()
			for _, w := range []*Watch{a, b} {
				w.Gets("Established c:A A>B makePredictiveCall connected")
			}
			p.joined("c")
			p.SnapshotCall("c", "A connected", "B connected")
			agent.HangsUp()
			endedBy(a, b)
			in.Ended()
		}},
		{Name: "MakePredictiveCall from a subscriber who does not answer", RingTime: shortRing, Play: func(p *Play) {
			a, b := p.Monitor("A"), p.Monitor("B")
			p.Predicts("c", "A", p.Device("B"))
			in := p.Phone("B").Rings()
			a.Gets("Delivered c:B A>B makePredictiveCall initiated")
			b.Gets("Delivered c:B A>B makePredictiveCall alerting")
			in.Answers()
			a.Gets("Established c:B A>B makePredictiveCall initiated", "Delivered c:A A>B makePredictiveCall alerting",
				"ConnectionCleared c:A callNotAnswered null")
			b.Gets("Established c:B A>B makePredictiveCall connected", "Delivered c:A A>B makePredictiveCall connected",
				"ConnectionCleared c:A callNotAnswered connected", "ConnectionCleared c:B normalClearing null")
			in.Ended()
		}},
		{Name: "MakePredictiveCall from a subscriber who is busy then", Play: func(p *Play) {
			p.Phone("A").Behaves(Behaviour{RejectWith: 486})
			a, b := p.Monitor("A"), p.Monitor("B")
			p.Predicts("c", "A", p.Device("B"))
			in := p.Phone("B").Rings()
			a.Gets("Delivered c:B A>B makePredictiveCall initiated")
			b.Gets("Delivered c:B A>B makePredictiveCall alerting")
			in.Answers()
			a.Gets("Established c:B A>B makePredictiveCall initiated", "ConnectionCleared c:A busy null")
			b.Gets("Established c:B A>B makePredictiveCall connected", "ConnectionCleared c:A busy connected",
				"ConnectionCleared c:B normalClearing null")
			in.Ended()
		}},
	}
}

// predictionRefused has the queue call a party outside who is busy.
func predictionRefused(called func(*Play) probe.Device, lines ...string) func(*Play) {
	return func(p *Play) {
		p.Outside().Behaves(Behaviour{RejectWith: 486})
		q := p.Monitor("Q")
		p.Predicts("c", "Q", called(p))
		q.Gets(append(lines, "ConnectionCleared c:Q normalClearing null")...)
	}
}

// predictedToAddress are predictive calls to a party at a SIP address, which no network
// interface stands for.
func predictedToAddress() []Scenario {
	byAddress := func(p *Play) probe.Device { return probe.Device{Number: p.backend.TrunkURI(outsider)} }
	return []Scenario{
		{Name: "MakePredictiveCall to a SIP address", Play: func(p *Play) {
			party, q := p.Outside(), p.Monitor("Q")
			p.Predicts("c", "Q", byAddress(p))
			far := party.Rings()
			q.Gets("Delivered c:" + outsider + " Q>" + outsider + " makePredictiveCall initiated")
			far.Answers()
			q.Gets("Established c:"+outsider+" Q>"+outsider+" makePredictiveCall initiated",
				"Queued c:Q Q>"+outsider+" makePredictiveCall queued",
				"Established c:Q Q>"+outsider+" makePredictiveCall connected")
			p.SnapshotCall("c", outsider+" connected", "Q connected")
			far.HangsUp()
			q.Gets("ConnectionCleared c:"+outsider+" normalClearing connected", "ConnectionCleared c:Q normalClearing null")
		}},
		{Name: "MakePredictiveCall to a SIP address that is busy", Play: predictionRefused(byAddress,
			"Failed c:"+outsider+" Q>"+outsider+" busy initiated")},
	}
}

// predictedThroughDialplan are predictive calls whose called party the dialplan has to
// find: what is offered to that party depends on the installation's codecs.
func predictedThroughDialplan() []Scenario {
	byNumber := func(*Play) probe.Device { return probe.Device{Number: outsideNumber} }
	return castAsQueueAndTrunk([]Scenario{
		{Name: "MakePredictiveCall through the dialplan", Play: func(p *Play) {
			p.message("hello.wav", briefly)
			q, n, far := predictedOutside(p)
			far.Answers()
			servedByQueue(n, nil, q, "N", outsideNumber)
			p.SnapshotCall("c", "N connected", "Q connected")
			p.Plays("c:Q", "hello.wav")
			playing(n, q, "hello.wav")
			played(n, q, "hello.wav")
			far.PressesInMedia("5")
			for _, w := range []*Watch{n, q} {
				w.Gets("DtmfDetected c:N 5")
			}
			far.HangsUp()
			n.Gets("ConnectionCleared c:N normalClearing null")
			q.Gets("ConnectionCleared c:N normalClearing connected", "ConnectionCleared c:Q normalClearing null")
		}},
		{Name: "MakePredictiveCall through the dialplan, cleared by the queue", Play: func(p *Play) {
			q, n, far := predictedOutside(p)
			far.Answers()
			servedByQueue(n, nil, q, "N", outsideNumber)
			p.Clears("c:Q")
			q.Gets("ConnectionCleared c:Q normalClearing null")
			n.Gets("ConnectionCleared c:Q normalClearing connected", "ConnectionCleared c:N normalClearing null")
			far.Ended()
		}},
		{Name: "MakePredictiveCall through the dialplan, cleared while it rings", Play: func(p *Play) {
			q, n, far := predictedOutside(p)
			p.Clears("c:Q")
			q.Gets("ConnectionCleared c:Q normalClearing null")
			n.Gets("ConnectionCleared c:Q normalClearing connected", "ConnectionCleared c:N callCancelled null")
			far.Ended()
		}},
		{Name: "MakePredictiveCall through the dialplan, cleared by what the answer named", Play: func(p *Play) {
			q, n, far := predictedOutside(p)
			p.Clears("c:" + outsideNumber)
			n.Gets("ConnectionCleared c:N normalClearing null")
			q.Gets("ConnectionCleared c:N normalClearing initiated", "ConnectionCleared c:Q normalClearing null")
			far.Ended()
		}},
		{Name: "MakePredictiveCall, cleared at once by what the answer named", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{Silent: true})
			q := p.Monitor("Q")
			p.Predicts("c", "Q", p.Device("B"))
			p.Clears("c:B")
			q.Gets("ConnectionCleared c:Q normalClearing null")
		}},
		{Name: "MakePredictiveCall through the dialplan, busy", Play: predictionRefused(byNumber,
			"Failed c:N Q>"+outsideNumber+" busy initiated by="+outsider)},
		{Name: "MakePredictiveCall through the dialplan, no answer within alertTime", Play: func(p *Play) {
			q, n, far := predictedOutside(p, alertTime("1"))
			q.Gets("ConnectionCleared c:N callNotAnswered initiated", "ConnectionCleared c:Q normalClearing null")
			n.Gets("ConnectionCleared c:N callNotAnswered null")
			far.Ended()
		}},
		{Name: "MakePredictiveCall to a number that does not exist", OwnDialplan: takesEveryNumber, Play: func(p *Play) {
			q := p.Monitor("Q")
			p.Predicts("c", "Q", probe.Device{Number: "5551234"})
			q.Gets("Failed c:5551234 Q>5551234 destNotObtainable initiated", "ConnectionCleared c:Q normalClearing null")
		}},
		{Name: "MakePredictiveCall through the dialplan, then to an agent", Play: func(p *Play) {
			b := p.Monitor("B")
			q, n, far := predictedOutside(p)
			far.Answers()
			servedByQueue(n, nil, q, "N", outsideNumber)
			p.must(p.stepTransfer("c:Q", "B"))
			n.Gets("Transfered c:Q c:N,c:B singleStepTransfer connected to=B")
			q.Gets("Transfered c:Q c:N,c:B singleStepTransfer null to=B")
			agent := p.Phone("B").Rings()
			n.Gets("Delivered c:B " + outsider + ">B singleStepTransfer connected last=Q")
			b.Gets("Delivered c:B " + outsider + ">B singleStepTransfer alerting last=Q")
			agent.Answers()
			for _, w := range []*Watch{n, b} {
				w.Gets("Established c:B " + outsider + ">B singleStepTransfer connected last=Q")
			}
			p.joined("c")
			p.SnapshotCall("c", "B connected", "N connected")
			far.HangsUp()
			endedBy(n, b)
			agent.Ended()
		}},
		{Name: "MakePredictiveCall through the dialplan, then to an agent who is busy", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			q, n, far := predictedOutside(p)
			far.Answers()
			servedByQueue(n, nil, q, "N", outsideNumber)
			p.must(p.deflect("c:Q", "B"))
			q.Gets("Diverted c:Q Q>" + outsideNumber + " redirected null")
			n.Gets("Diverted c:Q Q>"+outsideNumber+" redirected connected",
				"Failed c:B Q>"+outsideNumber+" busy connected last=Q", "ConnectionCleared c:N normalClearing null")
			far.Ended()
		}},
	})
}

// predictedOutside has the queue call the outsider through the dialplan, as far
// as it rings there.
func predictedOutside(p *Play, more ...string) (q, n *Watch, far *Talk) {
	p.Helper()
	party := p.Outside()
	q, n = p.Monitor("Q"), p.Monitor("N")
	p.Predicts("c", "Q", probe.Device{Number: outsideNumber}, more...)
	far = party.Rings()
	q.Gets("NetworkReached c:N Q>"+outsideNumber+" makePredictiveCall initiated",
		"Delivered c:N Q>"+outsideNumber+" makePredictiveCall initiated by="+outsider)
	n.Gets("NetworkReached c:N Q>"+outsideNumber+" makePredictiveCall connected",
		"Delivered c:N Q>"+outsideNumber+" makePredictiveCall connected by="+outsider)
	return q, n, far
}

func madeByQueue() []Scenario {
	// begun is what the queue gets before the called device is heard of.
	begun := func(q *Watch, called string) {
		q.play.Helper()
		q.Gets("ServiceInitiated c:Q makeCall initiated", "Originated c:Q Q>"+called+" newCall connected")
	}
	rings := func(p *Play) (q, b *Watch, in *Talk) {
		p.Helper()
		q, b = p.Monitor("Q"), p.Monitor("B")
		phone := p.Phone("B")
		p.MakeCall("c", "Q", "B", "prompt")
		in = phone.Rings()
		begun(q, "B")
		q.Gets("Delivered c:B Q>B newCall connected")
		b.Gets("Delivered c:B Q>B newCall alerting")
		return q, b, in
	}
	return []Scenario{
		{Name: "MakeCall from a queue", Play: func(p *Play) {
			p.message("hello.wav", briefly)
			q, b, in := rings(p)
			if number, known := in.Caller(); known && number != "9500" {
				p.Errorf("the called phone shows caller %q", number)
			}
			p.Snapshot("Q", "c:Q connected alerting")
			in.Answers()
			for _, w := range []*Watch{q, b} {
				w.Gets("Established c:B Q>B newCall connected")
			}
			p.SnapshotCall("c", "B connected", "Q connected")
			p.Plays("c:Q", "hello.wav")
			playing(b, q, "hello.wav")
			played(b, q, "hello.wav")
			in.HangsUp()
			b.Gets("ConnectionCleared c:B normalClearing null")
			q.Gets("ConnectionCleared c:B normalClearing connected", "ConnectionCleared c:Q normalClearing null")
		}},
		{Name: "MakeCall from a queue, cleared by the client", Play: func(p *Play) {
			q, b, in := rings(p)
			in.Answers()
			for _, w := range []*Watch{q, b} {
				w.Gets("Established c:B Q>B newCall connected")
			}
			time.Sleep(reaction)
			p.Clears("c:Q")
			q.Gets("ConnectionCleared c:Q normalClearing null")
			b.Gets("ConnectionCleared c:Q normalClearing connected", "ConnectionCleared c:B normalClearing null")
			in.Ended()
		}},
		{Name: "MakeCall from a queue, called device busy", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			q := p.Monitor("Q")
			p.MakeCall("c", "Q", "B", "prompt")
			begun(q, "B")
			q.Gets("Failed c:B Q>B busy connected", "ConnectionCleared c:Q normalClearing null")
		}},
		{Name: "MakeCall from a queue, no answer", RingTime: shortRing, Play: func(p *Play) {
			q, b, in := rings(p)
			q.Gets("ConnectionCleared c:B callNotAnswered connected", "ConnectionCleared c:Q normalClearing null")
			b.Gets("ConnectionCleared c:B callNotAnswered null")
			in.Ended()
		}},
		{Name: "MakeCall from a queue to an unknown number", Play: func(p *Play) {
			q := p.Monitor("Q")
			p.MakeCall("c", "Q", "5551234", "prompt")
			begun(q, "5551234")
			q.Gets("Failed c:5551234 Q>5551234 destNotObtainable connected", "ConnectionCleared c:Q normalClearing null")
		}},
		{Name: "MakeCall from a network interface refused", Play: func(p *Play) {
			_, err := p.Client(app).MakeCall(p.within(), p.Device("N"), p.Device("B"), "prompt")
			p.Refused("operation/requestIncompatibleWithCallingDevice", err)
		}},
	}
}
