package conformance

import (
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
	return []Scenario{
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
}
