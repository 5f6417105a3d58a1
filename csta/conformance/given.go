package conformance

import (
	"slices"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// given are stories of what a client gives with a service beside the connection: data
// for the call, and a reason.
func given() []Scenario {
	return slices.Concat(
		fromBothSides(Scenario{Name: "data given with SingleStepTransferCall"}, func(t *trio) {
			t.must(t.Ask("SingleStepTransferCall", t.connectionElement("activeCall", t.is("c:$x"))+probe.DeviceElement("transferredTo", t.Device("C"))+data("A1", "B1")))
			t.stepTransferred("C")
			for _, w := range []*Watch{t.x, t.y} {
				w.carries("A1", "B1")
			}
			zs := t.Phone("C").Rings()
			t.reaches("singleStepTransfer")
			t.z.carries("A1", "B1")
			t.xs.Ended()
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared c:$y normalClearing alerting", "ConnectionCleared c:C callCancelled null")
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "correlator data given with ConsultationCall"}, func(t *trio) {
			t.must(t.Ask("ConsultationCall", t.connectionElement("existingCall", t.is("c:$x"))+probe.DeviceElement("consultedDevice", t.Device("C"))+data("D1", "")))
			zs := t.Phone("C").Rings()
			t.consultationBegins()
			t.gets(t.x, "Originated d:$x $x>$z consultation connected", "Delivered d:$z $x>$z consultation connected")
			t.gets(t.z, "Delivered d:$z $x>$z consultation alerting")
			t.z.carries("D1", "")
			zs.Answers()
			t.gets(t.x, "Established d:$z $x>$z consultation connected")
			t.gets(t.z, "Established d:$z $x>$z consultation connected")
			t.talking(t.x.role, "C")
			t.transfers(false)
			for _, w := range []*Watch{t.x, t.y, t.z} {
				w.carries("D1", "")
			}
			t.xs.Ended()
			t.talking(t.y.role, "C")
			zs.HangsUp()
			t.over("c", t.z, t.y)
		}),
		[]Scenario{
			{Name: "data given with AnswerCall and ClearConnection", Play: func(p *Play) {
				p.Phone("B").Behaves(Behaviour{Talk: true})
				a, b := p.Monitor("A"), p.Monitor("B")
				p.Phone("A").Dials("B")
				p.Phone("B").Rings()
				a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>B newCall connected", "Delivered c:B A>B newCall connected")
				b.Gets("Delivered c:B A>B newCall alerting")
				b.carries("", "")
				p.must(p.Ask("AnswerCall", p.connectionElement("callToBeAnswered", "c:B")+data("A1", "B1")))
				established(a, b)
				a.carries("A1", "B1")
				b.carries("A1", "B1")
				// What is not given stays, a null string takes away.
				p.must(p.Ask("ClearConnection", p.connectionElement("connectionToBeCleared", "c:B")+"<correlatorData><string/></correlatorData>"+data("", "B2")))
				b.Gets("ConnectionCleared c:B normalClearing null")
				b.carries("", "B2")
				a.Gets("ConnectionCleared c:B normalClearing connected", "ConnectionCleared c:A normalClearing null")
			}},
			{Name: "data given with DeflectCall", Play: func(p *Play) {
				a, b, out, in := ring(p)
				c := p.Monitor("C")
				p.must(p.Ask("DeflectCall", p.connectionElement("callToBeDiverted", "c:B")+probe.DeviceElement("newDestination", p.Device("C"))+data("A1", "B1")))
				a.Gets("Diverted c:B A>B redirected connected")
				b.Gets("Diverted c:B A>B redirected null")
				b.carries("A1", "B1")
				in.Ended()
				zs := p.Phone("C").Rings()
				a.Gets("Delivered c:C A>B redirected connected last=B")
				c.Gets("Delivered c:C A>B redirected alerting last=B")
				c.carries("A1", "B1")
				out.HangsUp()
				a.Gets("ConnectionCleared c:A normalClearing null")
				c.Gets("ConnectionCleared c:A normalClearing alerting", "ConnectionCleared c:C callCancelled null")
				zs.Ended()
			}},
			{Name: "ClearConnection of a ringing call, as busy", OwnDialplan: callsTheMailbox, Play: func(p *Play) {
				a, b, out, in := ring(p)
				w := p.MonitorCall("c:A")
				p.must(p.Ask("ClearConnection", p.connectionElement("connectionToBeCleared", "c:B")+"<reason>busy</reason>"))
				b.Gets("ConnectionCleared c:B busy null")
				a.Gets("ConnectionCleared c:B busy connected", "ConnectionCleared c:A normalClearing null")
				w.Gets("ConnectionCleared c:B busy -", "ConnectionCleared c:A normalClearing -", "CallCleared c normalClearing")
				out.Ended()
				in.Ended()
			}},
			{Name: "a phone that cannot be asked to answer holds up nobody", OwnDialplan: callsTheMailbox, Play: func(p *Play) {
				a, b, out, _ := ring(p)
				callee := p.connectionElement("callToBeAnswered", "c:B")
				sent := len(p.Client(app).Log())
				answered := meanwhile(func() error { return p.Ask("AnswerCall", callee) })
				for deadline := p.within(); len(p.Client(app).Log()) == sent; {
					p.must(pause(deadline))
				}
				began := time.Now()
				for range 5 {
					p.Snapshot("C")
					p.Snapshot("B", "c:B alerting connected")
				}
				select {
				case err := <-answered:
					p.Fatalf("AnswerCall was answered at once: %v", err)
				default:
				}
				if took := time.Since(began); took > 2*time.Second {
					p.Errorf("other requests took %v", took)
				}
				p.Clears("c:B")
				p.Refused("stateIncompatibility/invalidConnectionState", <-answered)
				b.Gets("ConnectionCleared c:B normalClearing null")
				a.Gets("ConnectionCleared c:B normalClearing connected", "ConnectionCleared c:A normalClearing null")
				out.Ended()
			}},
			{Name: "CallCleared with the cause of the last party", Play: func(p *Play) {
				a, b, out, in := ring(p)
				w := p.MonitorCall("c:A")
				out.HangsUp()
				a.Gets("ConnectionCleared c:A normalClearing null")
				b.Gets("ConnectionCleared c:A normalClearing alerting", "ConnectionCleared c:B callCancelled null")
				w.Gets("ConnectionCleared c:A normalClearing -", "ConnectionCleared c:B callCancelled -", "CallCleared c callCancelled")
				in.Ended()
			}},
		},
	)
}

// data are correlator and user data in a request, in hexadecimal digits.
func data(correlator, user string) string {
	var children string
	for _, d := range [...][2]string{{"correlatorData", correlator}, {"userData", user}} {
		if d[1] != "" {
			children += "<" + d[0] + ">" + probe.Element("string", d[1]) + "</" + d[0] + ">"
		}
	}
	return children
}

// carries checks the data in the event that came last.
func (w *Watch) carries(correlator, user string) {
	w.play.Helper()
	e := w.Last()
	for _, d := range [...][2]string{{"correlatorData", correlator}, {"userData", user}} {
		if got := e.Value(d[0], "string"); got != d[1] {
			w.play.Errorf("monitor on %s: %s has %s %q instead of %q\n%s", w.role, e.Name(), d[0], got, d[1], e.Text)
		}
	}
}

// stepsFromOtherStates are single step transfers of a call that its device does not
// talk in: it holds it, it rings, or it is a queue in which the caller waits.
func stepsFromOtherStates() []Scenario {
	// on is the rest of the story, from the transfer on.
	on := func(t *trio) {
		t.Helper()
		t.must(t.transfer(t.is("c:$x"), "C"))
		t.stepsToC()
	}
	return slices.Concat(
		fromBothSides(Scenario{Name: "SingleStepTransferCall of a call on hold"}, func(t *trio) {
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			on(t)
		}),
		fromBothSides(Scenario{Name: "SingleStepTransferCall of a call on hold at the phone"}, func(t *trio) {
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			on(t)
		}),
		[]Scenario{
			{Name: "SingleStepTransferCall of a ringing call", Play: func(p *Play) {
				a, b, out, in := ring(p)
				on(newTrio(p, b, a, in, out))
			}},
			{Name: "SingleStepTransferCall of a call that waits in a queue", OwnDialplan: hasNoSuchNumber, Cast: silentQueue, Play: func(p *Play) {
				a, q, out := enters(p, "9600")
				c := p.Monitor("C")
				p.must(p.stepTransfer("c:Q", "C"))
				q.Gets("Transfered c:Q c:A,c:C singleStepTransfer null to=C")
				a.Gets("Transfered c:Q c:A,c:C singleStepTransfer connected to=C")
				agent := p.Phone("C").Rings()
				a.Gets("Delivered c:C A>C singleStepTransfer connected last=Q")
				c.Gets("Delivered c:C A>C singleStepTransfer alerting last=Q")
				agent.Answers()
				for _, w := range []*Watch{a, c} {
					w.Gets("Established c:C A>C singleStepTransfer connected last=Q")
				}
				p.joined("c")
				out.HangsUp()
				endedBy(a, c)
				agent.Ended()
			}},
		},
	)
}
