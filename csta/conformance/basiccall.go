package conformance

import (
	"fmt"
	"slices"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// Scenarios are all of them.
func Scenarios() []Scenario {
	return slices.Concat(BasicCalls(), CallControl(), HostileClients(), KilledClients(), Queues(), Messages(), Trunks(), PredictiveCalls(), Maintenance(), Unusual(), Reloads(), Features(), Hearing(), OwnQueues(), Groups(), Capabilities(), Applications(), Survival())
}

// BasicCalls are the calls of two parties: ECMA-269 scenarios "basic call" and
// "make call" with all their ends.
func BasicCalls() []Scenario {
	return slices.Concat(dialledByHand(), madeByClient(), otherDevices(), monitoring())
}

// ring has A dial B by hand until B rings, seen by monitors on both.
func ring(p *Play) (a, b *Watch, out, in *Talk) {
	p.Helper()
	a, b = p.Monitor("A"), p.Monitor("B")
	b2 := p.Phone("B")
	out = p.Phone("A").Dials("B")
	in = b2.Rings()
	a.Gets(
		"ServiceInitiated c:A newCall initiated",
		"Originated c:A A>B newCall connected",
		"Delivered c:B A>B newCall connected",
	)
	b.Gets("Delivered c:B A>B newCall alerting")
	out.HearsRinging()
	return a, b, out, in
}

// talk goes on until B has answered.
func talk(p *Play) (a, b *Watch, out, in *Talk) {
	p.Helper()
	a, b, out, in = ring(p)
	in.Answers()
	established(a, b)
	out.Connected()
	return a, b, out, in
}

func established(watches ...*Watch) {
	for _, w := range watches {
		w.play.Helper()
		w.Gets("Established c:B A>B newCall connected")
	}
	watches[0].play.joined("c")
}

// joined waits until the parties of a call hear each other.
func (p *Play) joined(call string) {
	p.Helper()
	p.must(p.backend.WaitJoined(p.within(), p.names.calls[call]))
}

// endedBy is what both get when one of two connected parties ends the call.
func endedBy(first, second *Watch) {
	first.play.Helper()
	first.Gets("ConnectionCleared c:" + first.role + " normalClearing null")
	second.Gets(
		"ConnectionCleared c:"+first.role+" normalClearing connected",
		"ConnectionCleared c:"+second.role+" normalClearing null",
	)
}

// unreached is what A gets when it dials by hand and reaches nobody.
func unreached(a *Watch, number, cause string) {
	a.play.Helper()
	a.Gets(
		"ServiceInitiated c:A newCall initiated",
		"Originated c:A A>"+number+" newCall connected",
		"Failed c:"+number+" A>"+number+" "+cause+" connected",
		"ConnectionCleared c:A normalClearing null",
	)
}

// shortRing is for calls that nobody answers. FreeSWITCH counts whole seconds of
// the clock: one second could be over before the phone has rung.
const shortRing = 2 * time.Second

func dialledByHand() []Scenario {
	return []Scenario{
		{Name: "dialled by hand, caller hangs up", Play: func(p *Play) {
			a, b, out, in := talk(p)
			out.HangsUp()
			endedBy(a, b)
			in.Ended()
		}},
		{Name: "dialled by hand, callee hangs up", Play: func(p *Play) {
			a, b, out, in := talk(p)
			in.HangsUp()
			endedBy(b, a)
			out.Ended()
		}},
		{Name: "callee busy", Play: func(p *Play) {
			a, b := p.Monitor("A"), p.Monitor("B")
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			out := p.Phone("A").Dials("B")
			unreached(a, "B", "busy")
			out.Ended()
			b.GetsNothing()
		}},
		{Name: "callee not registered", Play: func(p *Play) {
			p.Phone("B").Leaves()
			a, b := p.Monitor("A"), p.Monitor("B")
			p.Phone("A").Dials("B").Ended()
			unreached(a, "B", "destOutOfOrder")
			b.GetsNothing()
		}},
		{Name: "unknown number", Play: func(p *Play) {
			a := p.Monitor("A")
			p.Phone("A").Dials("5551234").Ended()
			unreached(a, "5551234", "destNotObtainable")
		}},
		{Name: "unallocated number", RealOnly: "its dialplan knows numbers or does not", Play: func(p *Play) {
			a := p.Monitor("A")
			p.Phone("A").Dials("7999").Ended()
			unreached(a, "7999", "numberUnallocated")
		}},
		{Name: "no answer", RingTime: shortRing, Play: func(p *Play) {
			a, b, out, in := ring(p)
			notAnswered(a, b, "callNotAnswered")
			out.Ended()
			in.Ended()
		}},
		{Name: "busy after ringing", Play: func(p *Play) {
			a, b, out, in := ring(p)
			in.Rejects(486)
			notAnswered(a, b, "busy")
			out.Ended()
		}},
		{Name: "declined after ringing", Play: func(p *Play) {
			a, b, out, in := ring(p)
			in.Rejects(603)
			notAnswered(a, b, "callCancelled")
			out.Ended()
		}},
		{Name: "caller gives up while it rings", Play: func(p *Play) {
			a, b, out, in := ring(p)
			out.HangsUp()
			abandoned(a, b)
			in.Ended()
		}},
		{Name: "caller gives up before it rings", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{Silent: true})
			a, b := p.Monitor("A"), p.Monitor("B")
			out := p.Phone("A").Dials("B")
			in := p.Phone("B").Rings()
			a.Gets("ServiceInitiated c:A newCall initiated")
			out.HangsUp()
			in.Ended()
			a.Gets("ConnectionCleared c:A normalClearing null")
			b.GetsNothing()
		}},
		{Name: "early media, then answered", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{EarlyMedia: true})
			a, b, out, in := ring(p)
			a.GetsNothing()
			in.Answers()
			established(a, b)
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "early media, then busy", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{EarlyMedia: true})
			a, b, out, in := ring(p)
			in.Rejects(486)
			notAnswered(a, b, "busy")
			out.Ended()
		}},
		{Name: "early media, then caller gives up", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{EarlyMedia: true})
			a, b, out, in := ring(p)
			out.HangsUp()
			abandoned(a, b)
			in.Ended()
		}},
		{Name: "answered without having rung", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{Silent: true, AnswerIn: 50 * time.Millisecond})
			a, b := p.Monitor("A"), p.Monitor("B")
			out := p.Phone("A").Dials("B")
			a.Gets(
				"ServiceInitiated c:A newCall initiated",
				"Originated c:A A>B newCall connected",
				"Delivered c:B A>B newCall connected",
			)
			b.Gets("Delivered c:B A>B newCall alerting")
			established(a, b)
			out.Connected()
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "a second call rings at a phone that talks", Play: func(p *Play) {
			a, b, out, _ := talk(p)
			c := p.Monitor("C")
			second := p.Phone("C").Dials("B")
			ringing := p.Phone("B").Rings()
			c.Gets(
				"ServiceInitiated d:C newCall initiated",
				"Originated d:C C>B newCall connected",
				"Delivered d:B C>B newCall connected",
			)
			b.Gets("Delivered d:B C>B newCall alerting")
			p.Snapshot("B", "c:B connected connected", "d:B alerting connected")
			ringing.Rejects(486)
			c.Gets("ConnectionCleared d:B busy connected", "ConnectionCleared d:C normalClearing null")
			b.Gets("ConnectionCleared d:B busy null")
			second.Ended()
			a.GetsNothing()
			out.HangsUp()
			endedBy(a, b)
		}},
	}
}

// notAnswered is what both get when B rang and did not answer.
func notAnswered(a, b *Watch, cause string) {
	a.play.Helper()
	a.Gets("ConnectionCleared c:B "+cause+" connected", "ConnectionCleared c:A normalClearing null")
	b.Gets("ConnectionCleared c:B " + cause + " null")
}

// abandoned is what both get when A gives up while B rings.
func abandoned(a, b *Watch) {
	a.play.Helper()
	a.Gets("ConnectionCleared c:A normalClearing null")
	b.Gets("ConnectionCleared c:A normalClearing alerting", "ConnectionCleared c:B callCancelled null")
}

// prompted has the client make a call from A to B, as far as A's phone rings.
func prompted(p *Play) (a, b *Watch, prompt *Talk) {
	p.Helper()
	a, b = p.Monitor("A"), p.Monitor("B")
	phone := p.Phone("A")
	p.Phone("B")
	p.MakeCall("c", "A", "B", probe.Prompt)
	prompt = phone.Rings()
	a.Gets("ServiceInitiated c:A makeCall initiated")
	return a, b, prompt
}

// delivered is what both get when the call of a MakeCall rings at B.
func delivered(a, b *Watch) {
	a.play.Helper()
	a.Gets("Originated c:A A>B newCall connected", "Delivered c:B A>B newCall connected")
	b.Gets("Delivered c:B A>B newCall alerting")
}

func madeByClient() []Scenario {
	return []Scenario{
		{Name: "MakeCall, prompt answered, caller hangs up", Play: func(p *Play) {
			a, b, prompt := prompted(p)
			p.Snapshot("A", "c:A initiated")
			prompt.Answers()
			in := p.Phone("B").Rings()
			delivered(a, b)
			in.Answers()
			established(a, b)
			prompt.HangsUp()
			endedBy(a, b)
		}},
		{Name: "MakeCall, prompt answered, callee hangs up", Play: func(p *Play) {
			a, b, prompt := prompted(p)
			prompt.Answers()
			in := p.Phone("B").Rings()
			delivered(a, b)
			in.Answers()
			established(a, b)
			in.HangsUp()
			endedBy(b, a)
			prompt.Ended()
		}},
		{Name: "MakeCall, doNotPrompt", Play: func(p *Play) {
			// B obeys the wish to answer by itself, too: it must not get it.
			p.Phone("A").Behaves(Behaviour{AutoAnswer: true})
			p.Phone("B").Behaves(Behaviour{AutoAnswer: true})
			a, b := p.Monitor("A"), p.Monitor("B")
			p.MakeCall("c", "A", "B", probe.DoNotPrompt)
			prompt := p.Phone("A").Rings()
			a.Gets("ServiceInitiated c:A makeCall initiated")
			in := p.Phone("B").Rings()
			delivered(a, b)
			prompt.Connected()
			b.GetsNothing()
			in.Answers()
			established(a, b)
			prompt.HangsUp()
			endedBy(a, b)
		}},
		{Name: "MakeCall, called device busy", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{RejectWith: 486})
			a, b, prompt := prompted(p)
			prompt.Answers()
			madeCallFails(a, "B", "busy")
			prompt.Ended()
			b.GetsNothing()
		}},
		{Name: "MakeCall, called device not registered", Play: func(p *Play) {
			p.Phone("B").Leaves()
			a, _, prompt := prompted(p)
			prompt.Answers()
			madeCallFails(a, "B", "destOutOfOrder")
			prompt.Ended()
		}},
		{Name: "MakeCall to an unknown number", Play: func(p *Play) {
			a := p.Monitor("A")
			phone := p.Phone("A")
			p.MakeCall("c", "A", "5551234", probe.Prompt)
			prompt := phone.Rings()
			a.Gets("ServiceInitiated c:A makeCall initiated")
			prompt.Answers()
			madeCallFails(a, "5551234", "destNotObtainable")
			prompt.Ended()
		}},
		{Name: "MakeCall, no answer", RingTime: shortRing, Play: func(p *Play) {
			a, b, prompt := prompted(p)
			prompt.Answers()
			delivered(a, b)
			notAnswered(a, b, "callNotAnswered")
			prompt.Ended()
		}},
		{Name: "MakeCall, declined after ringing", Play: func(p *Play) {
			a, b, prompt := prompted(p)
			prompt.Answers()
			in := p.Phone("B").Rings()
			delivered(a, b)
			in.Rejects(603)
			notAnswered(a, b, "callCancelled")
			prompt.Ended()
		}},
		{Name: "MakeCall, caller gives up while it rings", Play: func(p *Play) {
			a, b, prompt := prompted(p)
			prompt.Answers()
			in := p.Phone("B").Rings()
			delivered(a, b)
			prompt.HangsUp()
			abandoned(a, b)
			in.Ended()
		}},
		{Name: "MakeCall, early media", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{EarlyMedia: true})
			a, b, prompt := prompted(p)
			prompt.Answers()
			in := p.Phone("B").Rings()
			delivered(a, b)
			in.Answers()
			established(a, b)
			in.HangsUp()
			endedBy(b, a)
			prompt.Ended()
		}},
		{Name: "MakeCall, prompt not answered", RingTime: shortRing, Play: func(p *Play) {
			a, b, prompt := prompted(p)
			a.Gets("ConnectionCleared c:A callNotAnswered null")
			prompt.Ended()
			b.GetsNothing()
		}},
		{Name: "MakeCall, prompt refused as busy", Play: func(p *Play) {
			a, b, prompt := prompted(p)
			prompt.Rejects(486)
			a.Gets("ConnectionCleared c:A busy null")
			b.GetsNothing()
		}},
		{Name: "MakeCall, prompt rejected", Play: func(p *Play) {
			a, b, prompt := prompted(p)
			prompt.Rejects(603)
			a.Gets("ConnectionCleared c:A callCancelled null")
			b.GetsNothing()
		}},
		{Name: "MakeCall, prompt cleared by the client", Play: func(p *Play) {
			a, b, prompt := prompted(p)
			p.Clears("c:A")
			a.Gets("ConnectionCleared c:A normalClearing null")
			prompt.Ended()
			b.GetsNothing()
		}},
		{Name: "MakeCall in the client's words", Play: func(p *Play) {
			a, phone := p.Monitor("A"), p.Phone("A")
			for _, form := range []string{"tel:%s", "sip:%s", "N<%s>Somebody", "tel:%s;ext=1"} {
				words := probe.Device{Number: fmt.Sprintf(form, p.Device("A").Number), Type: dialingNumber}
				id, err := p.Client(app).MakeCall(p.within(), words, p.Device("B"), probe.Prompt)
				p.must(err)
				if id.Device != words {
					p.Fatalf("MakeCall from %q is answered with %q", words.Number, id.Device.Number)
				}
				p.names.calls["c"] = id.CallID
				prompt := phone.Rings()
				a.Gets("ServiceInitiated c:A makeCall initiated")
				// Events have the device's own identifier; either form names it.
				p.must(p.Client(app).ClearConnection(p.within(), id))
				a.Gets("ConnectionCleared c:A normalClearing null")
				prompt.Ended()
				delete(p.names.calls, "c")
			}
		}},
		{Name: "MakeCall cleared at once", Play: func(p *Play) {
			a := p.Monitor("A")
			p.Phone("A")
			p.MakeCall("c", "A", "B", probe.Prompt)
			p.Clears("c:A")
			a.Gets("ServiceInitiated c:A makeCall initiated", "ConnectionCleared c:A normalClearing null")
		}},
		{Name: "MakeCall by a client that monitors nothing", Play: func(p *Play) {
			a, b := p.Monitor("A"), p.Monitor("B")
			phone := p.Phone("A")
			p.Phone("B")
			p.MakeCallBy("another", "c", "A", "B", probe.Prompt)
			prompt := phone.Rings()
			a.Gets("ServiceInitiated c:A makeCall initiated")
			prompt.Answers()
			in := p.Phone("B").Rings()
			delivered(a, b)
			in.Answers()
			established(a, b)
			p.must(p.Client("another").ClearConnection(p.within(), p.Connection("c:B")))
			endedBy(b, a)
			prompt.Ended()
			in.Ended()
		}},
		{Name: "AnswerCall answers the prompt", Play: func(p *Play) {
			p.Phone("A").Behaves(Behaviour{Talk: true})
			a, b, prompt := prompted(p)
			p.Answers("c:A")
			prompt.Connected()
			delivered(a, b)
			prompt.HangsUp()
			abandoned(a, b)
		}},
		{Name: "AnswerCall at a phone that can be asked", Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{Talk: true})
			a, b, out, in := ring(p)
			p.Answers("c:B")
			in.Connected()
			established(a, b)
			p.Refused("stateIncompatibility/invalidConnectionState", p.answer("c:B"))
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "AnswerCall at a phone that can't", Play: func(p *Play) {
			a, b, out, in := ring(p)
			p.Refused("operation/requestIncompatibleWithDevice", p.answer("c:B"))
			a.GetsNothing()
			in.Answers()
			established(a, b)
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "ClearConnection of the ringing device", Play: func(p *Play) {
			a, b, out, in := ring(p)
			p.Clears("c:B")
			notAnswered(a, b, "normalClearing")
			in.Ended()
			out.Ended()
		}},
		{Name: "ClearConnection of the caller while it rings", Play: func(p *Play) {
			a, b, out, in := ring(p)
			p.Clears("c:A")
			abandoned(a, b)
			in.Ended()
			out.Ended()
		}},
		{Name: "ClearConnection of the caller when connected", Play: func(p *Play) {
			a, b, out, in := talk(p)
			p.Clears("c:A")
			endedBy(a, b)
			in.Ended()
			out.Ended()
		}},
		{Name: "ClearConnection of the callee when connected", Play: func(p *Play) {
			a, b, out, in := talk(p)
			p.Clears("c:B")
			endedBy(b, a)
			in.Ended()
			out.Ended()
		}},
	}
}

func (p *Play) answer(connection string) error {
	return p.Client(app).AnswerCall(p.within(), p.Connection(connection))
}

func (p *Play) clear(connection string) error {
	return p.Client(app).ClearConnection(p.within(), p.Connection(connection))
}

func madeCallFails(a *Watch, number, cause string) {
	a.play.Helper()
	a.Gets(
		"Originated c:A A>"+number+" newCall connected",
		"Failed c:"+number+" A>"+number+" "+cause+" connected",
		"ConnectionCleared c:A normalClearing null",
	)
}
