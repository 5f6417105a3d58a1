package conformance

import "mod_csta_socket/csta/conformance/freeswitch"

// byOtherPrograms are calls that another program has the switch make.
func byOtherPrograms() []Scenario {
	return []Scenario{
		{Name: "another program calls one party and connects it with the other", RealOnly: noConsole, Play: func(p *Play) {
			a, b := p.Monitor("A"), p.Monitor("B")
			first := p.Phone("A")
			second := p.Phone("B")
			p.console("bgapi originate user/1000@" + freeswitch.Domain + " &bridge(user/1001@" + freeswitch.Domain + ")")
			out := first.Rings()
			a.Gets("Delivered c:A ?>A newCall alerting")
			out.Answers()
			a.Gets("Established c:A ?>A newCall connected")
			in := second.Rings()
			a.Gets("Delivered c:B A>B newCall connected")
			b.Gets("Delivered c:B A>B newCall alerting")
			in.Answers()
			a.Gets("Established c:B A>B newCall connected")
			b.Gets("Established c:B A>B newCall connected")
			p.talking("A", "B")
			out.HangsUp()
			endedBy(a, b)
			in.Ended()
		}},
		{Name: "another program calls a party and parks it", RealOnly: noConsole, Play: func(p *Play) {
			a := p.Monitor("A")
			phone := p.Phone("A")
			p.console("bgapi originate user/1000@" + freeswitch.Domain + " &park")
			in := phone.Rings()
			a.Gets("Delivered c:A ?>A newCall alerting")
			in.Answers()
			a.Gets("Established c:A ?>A newCall connected")
			p.Snapshot("A", "c:A connected")
			in.HangsUp()
			a.Gets("ConnectionCleared c:A normalClearing null")
		}},
	}
}
