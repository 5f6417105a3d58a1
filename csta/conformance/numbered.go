package conformance

import (
	"strconv"

	"mod_csta_socket/csta/conformance/probe"
)

// Numbered are calls that clients know by numbers (call-id).
func Numbered() []Scenario {
	// made has A call B by a client, in words that the response says back.
	made := func(p *Play) (a, b *Watch, out, in *Talk) {
		p.Helper()
		a, b = p.Monitor("A"), p.Monitor("B")
		phone := p.Phone("A")
		p.Phone("B")
		words := probe.Device{Number: "tel:" + p.Device("A").Number}
		id, err := p.Client(app).MakeCall(p.within(), words, p.Device("B"), probe.Prompt)
		p.must(err)
		if id.Device.Number != words.Number {
			p.Errorf("the response names %s", id.Device.Number)
		}
		p.numbered(id.CallID)
		p.names.calls["c"] = id.CallID
		out = phone.Rings()
		a.Gets("ServiceInitiated c:A makeCall initiated")
		out.Answers()
		in = p.Phone("B").Rings()
		a.Gets("Originated c:A A>B newCall connected", "Delivered c:B A>B newCall connected")
		b.Gets("Delivered c:B A>B newCall alerting")
		in.Answers()
		for _, w := range []*Watch{a, b} {
			w.Gets("Established c:B A>B newCall connected")
		}
		p.talking("A", "B")
		return a, b, out, in
	}
	return []Scenario{
		{Name: "a call known by its number, also after a reload", Play: func(p *Play) {
			_, _, out, in := made(p)
			number := p.names.calls["c"]
			p.SnapshotCall("c", "A connected", "B connected")
			p.reload()
			a, b := p.Monitor("A"), p.Monitor("B")
			p.ComesTo("A", "c:A connected connected")
			p.must(p.hold("c:A"))
			a.Gets("Held c:A normal hold")
			b.Gets("Held c:A normal connected")
			p.must(p.retrieve("c:A"))
			a.Gets("Retrieved c:A normal connected")
			b.Gets("Retrieved c:A normal connected")
			if p.names.calls["c"] != number {
				p.Errorf("the call was %s and is %s", number, p.names.calls["c"])
			}
			p.Clears("c:A")
			endedBy(a, b)
			out.Ended()
			in.Ended()
		}},
		{Name: "two calls known by their numbers", Play: func(p *Play) {
			a, b, out, in := made(p)
			c := p.Monitor("C")
			p.must(p.consult("d", "c:A", "C"))
			p.numbered(p.names.calls["d"])
			third := p.Phone("C").Rings()
			a.Gets("Held c:A consultation hold", "ServiceInitiated d:A consultation initiated",
				"Originated d:A A>C consultation connected", "Delivered d:C A>C consultation connected")
			b.Gets("Held c:A consultation connected")
			c.Gets("Delivered d:C A>C consultation alerting")
			third.Answers()
			a.Gets("Established d:C A>C consultation connected")
			c.Gets("Established d:C A>C consultation connected")
			p.talking("A", "C")
			p.must(p.pair("ReconnectCall", "c:A", "d:A"))
			a.Gets("ConnectionCleared d:A normalClearing null")
			c.Gets("ConnectionCleared d:A normalClearing connected", "ConnectionCleared d:C normalClearing null")
			third.Ended()
			a.Gets("Retrieved c:A normal connected")
			b.Gets("Retrieved c:A normal connected")
			p.talking("A", "B")
			p.Clears("c:B")
			endedBy(b, a)
			out.Ended()
			in.Ended()
		}},
		{Name: "calls that are none", Play: func(p *Play) {
			p.Phone("A")
			for _, id := range []string{"1", "-1", "99999999999999999999", "abc", "5f3c9d0e-8a0b-4a52-9a0f-2f4d6f1b7c11"} {
				p.Refused("operation/invalidCallID", p.Ask("SnapshotCall", "<snapshotObject>"+probe.Element("callID", id)+"</snapshotObject>"))
			}
		}},
	}
}

// numbered checks that an identifier is a number that a client can keep as one.
func (p *Play) numbered(id string) {
	p.Helper()
	if n, err := strconv.ParseInt(id, 10, 64); err != nil || n <= 0 || strconv.FormatInt(n, 10) != id {
		p.Errorf("the call is known by %q", id)
	}
}
