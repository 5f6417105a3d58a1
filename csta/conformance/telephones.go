package conformance

import (
	"context"
	"fmt"

	"mod_csta_socket/csta/conformance/probe"
)

// Telephones are the services that phones perform by themselves, if they take
// requests: played by phones that do not, by phones that do, and by phones that
// misbehave in the middle. A client sees the same call either way. takeRequests
// says what the phones of the backend are.
func Telephones(takeRequests bool) []Scenario {
	manners := []Manner{Willing}
	if takeRequests {
		manners = []Manner{
			Willing, Refusing, Late, Mute, Silent, Idle, Leaving, Losing, Restarting, Misnaming, Prefixing, Nameless, Skewed,
		}
	}
	var list []Scenario
	for _, m := range manners {
		by := func(s Scenario, play func(*trio)) {
			for _, one := range fromBothSides(s, play) {
				one.Name = fmt.Sprintf("%s, %s", one.Name, m)
				list = append(list, one)
			}
		}
		single := func(name string, play func(*Play)) {
			list = append(list, Scenario{Name: fmt.Sprintf("%s, %s", name, m), Play: play})
		}
		single("MakeCall that the phone dials", func(p *Play) { dialledByPhone(p, m, takeRequests) })
		single("AnswerCall by the phone", func(p *Play) { answeredByPhone(p, m, takeRequests, Behaviour{Talk: true}) })
		single("AnswerCall by a phone that knows no other way", func(p *Play) { answeredByPhone(p, m, takeRequests, Behaviour{}) })
		by(Scenario{Name: "HoldCall and RetrieveCall by the phone"}, func(t *trio) { heldByPhone(t, m, takeRequests) })
	}
	if takeRequests {
		list = append(list, Scenario{Name: "several calls at a phone that takes requests", Play: severalAtPhone})
	}
	return append(list, featuresAtPhones(takeRequests)...)
}

// featuresAtPhones are do not disturb and forwarding of phones that can be asked for
// them, or that ask their server.
func featuresAtPhones(takeRequests bool) []Scenario {
	if !takeRequests {
		return nil
	}
	scenarios := []Scenario{
		{Name: "do not disturb by uaCSTA", Play: func(p *Play) {
			a, b := p.Monitor("A"), p.Monitor("B")
			phone := p.Phone("B")
			if !phone.phone.(controlled).Features("SetDoNotDisturb") {
				// The service goes without the phone.
				p.SetsDND("B", true)
				b.Gets("DoNotDisturb B on")
				return
			}
			phone.Switches("doNotDisturb on")
			b.Gets("DoNotDisturb B on")
			p.HasSet("B", "doNotDisturb on")
			out := p.Phone("A").Dials("B")
			refusedByDND(a)
			out.Ended()
			p.SetsDND("B", false)
			b.Gets("DoNotDisturb B off")
			phone.ComesToShow("doNotDisturb off")
			p.SetsDND("B", true)
			p.SetsDND("B", false)
			p.SetsDND("B", true)
			b.Gets("DoNotDisturb B on", "DoNotDisturb B off", "DoNotDisturb B on")
			phone.ComesToShow("doNotDisturb on")
			p.HasSet("B", "doNotDisturb on")
			b.GetsNothing()
		}},
		{Name: "forwarding by uaCSTA", Play: func(p *Play) {
			b := p.Monitor("B")
			phone := p.Phone("B")
			if !phone.phone.(controlled).Features("SetForwarding") {
				p.Forwards("B", "forwardBusy", "C")
				b.Gets("Forwarding B forwardBusy on C")
				return
			}
			phone.Switches("forwardNoAns on 1002 3")
			b.Gets("Forwarding B forwardNoAns on C 3")
			p.HasSet("B", "doNotDisturb off", "forwardNoAns on 1002 3")
			p.Forwards("B", "forwardBusy", "A")
			b.Gets("Forwarding B forwardBusy on A")
			phone.ComesToShow("forwardBusy on 1000")
			p.must(p.setForwarding("B", "forwardNoAns", false, ""))
			b.Gets("Forwarding B forwardNoAns off C 3")
			phone.ComesToShow("forwardNoAns off 1002 3")
			p.HasSet("B", "doNotDisturb off", "forwardBusy on 1000", "forwardNoAns off 1002 3")
			b.GetsNothing()
		}},
		{Name: "a phone that refuses do not disturb", Play: func(p *Play) {
			b := p.Monitor("B")
			p.Phone("B").Takes(Refusing)
			p.SetsDND("B", true)
			b.Gets("DoNotDisturb B on")
			p.HasSet("B", "doNotDisturb on")
			p.Phone("B").Takes(Willing)
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

// noneMade is what a client is told if a phone may still dial, or said it would.
const noneMade = "operation/requestIncompatibleWithCallingDevice"

func dialledByPhone(p *Play, m Manner, takeRequests bool) {
	p.Phone("A").Behaves(Behaviour{AutoAnswer: true}).Takes(m)
	a, b := p.Monitor("A"), p.Monitor("B")
	if m.inVain() {
		_, err := p.Client(app).MakeCall(p.within(), p.Device("A"), p.Device("B"), probe.DoNotPrompt)
		p.Refused(noneMade, err)
		a.GetsNothing()
		b.GetsNothing()
		p.Phone("A").WasAsked("MakeCall", true)
		return
	}
	p.MakeCall("c", "A", "B", probe.DoNotPrompt)
	a.Gets("ServiceInitiated c:A makeCall initiated")
	in := p.Phone("B").Rings()
	delivered(a, b)
	p.Snapshot("A", "c:A connected alerting")
	in.Answers()
	established(a, b)
	if takeRequests {
		p.Phone("A").WasAsked("MakeCall", true)
	}
	in.HangsUp()
	endedBy(b, a)
}

func answeredByPhone(p *Play, m Manner, takeRequests bool, behaviour Behaviour) {
	p.Phone("B").Behaves(behaviour).Takes(m)
	a, b, out, in := ring(p)
	done := true
	switch {
	case m == Leaving:
		p.Refused("stateIncompatibility/invalidConnectionState", p.answer("c:B"))
		a.Gets("ConnectionCleared c:B busy connected", "ConnectionCleared c:A normalClearing null")
		b.Gets("ConnectionCleared c:B busy null")
		return
	case !behaviour.Talk && (!takeRequests || !m.obeys()):
		// First the phone has its time, then the switch.
		ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
		defer cancel()
		p.Refused("operation/requestIncompatibleWithDevice", p.Client(app).AnswerCall(ctx, p.Connection("c:B")))
		in.Answers()
		done = false
	default:
		p.must(p.answer("c:B"))
	}
	established(a, b)
	out.Connected()
	if takeRequests && done {
		p.Phone("B").WasAsked("AnswerCall", true)
	}
	out.HangsUp()
	endedBy(a, b)
}

func heldByPhone(t *trio, m Manner, takeRequests bool) {
	phone := t.Phone(t.x.role).Takes(m)
	if m == Leaving && phone.Knows("HoldCall") {
		t.Refused("stateIncompatibility/invalidConnectionState", t.hold(t.is("c:$x")))
		t.over("c", t.x, t.y)
		return
	}
	t.must(t.hold(t.is("c:$x")))
	t.bothGet("Held", "normal", "hold", "connected")
	t.Refused("stateIncompatibility/invalidConnectionState", t.hold(t.is("c:$x")))
	t.must(t.retrieve(t.is("c:$x")))
	t.bothGet("Retrieved", "normal", "connected", "connected")
	if takeRequests {
		phone.WasAsked("HoldCall", true)
		// A hold that the switch had to make is its own to end.
		phone.WasAsked("RetrieveCall", m.obeys())
	}
	t.xs.HangsUp()
	t.over("c", t.x, t.y)
	t.ys.Ended()
}

// severalAtPhone: services reach the call that they name.
func severalAtPhone(p *Play) {
	a, b, out, in := talk(p)
	c := p.Monitor("C")
	// Of a phone that names no calls only one can be meant; the other is for NOTIFY.
	phone := p.Phone("B")
	tells := phone.phone.(controlled).Tells()
	phone.Behaves(Behaviour{Talk: !tells})
	p.must(p.hold("c:B"))
	a.Gets("Held c:B normal connected")
	b.Gets("Held c:B normal hold")
	second := p.Phone("C").Dials("B")
	waiting := p.Phone("B").Rings()
	c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>B newCall connected", "Delivered d:B C>B newCall connected")
	b.Gets("Delivered d:B C>B newCall alerting")
	p.must(p.answer("d:B"))
	c.Gets("Established d:B C>B newCall connected")
	b.Gets("Established d:B C>B newCall connected")
	p.joined("d")
	p.must(p.hold("d:B"))
	c.Gets("Held d:B normal connected")
	b.Gets("Held d:B normal hold")
	p.must(p.retrieve("c:B"))
	a.Gets("Retrieved c:B normal connected")
	b.Gets("Retrieved c:B normal connected")
	if tells {
		phone.WasAsked("RetrieveCall", true)
	}
	second.HangsUp()
	c.Gets("ConnectionCleared d:C normalClearing null")
	b.Gets("ConnectionCleared d:C normalClearing hold", "ConnectionCleared d:B normalClearing null")
	waiting.Ended()
	out.HangsUp()
	endedBy(a, b)
	in.Ended()
}
