package conformance

import (
	"strings"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/probe"
)

// otherDevices are basic calls between devices whose identifiers are not the
// usual four digits of the default domain. The called device is what was
// dialled, in the domain of whom dialled it; the alerting device is whom it reached.
func otherDevices() []Scenario {
	branch := func(user string) string { return user + "@" + freeswitch.SecondDomain }
	return []Scenario{
		{Name: "devices that are names and other numbers", Cast: Cast{"A": "alice", "B": "7001"}, Play: byHandAndBack("B", "B")},
		{Name: "number to name", Cast: Cast{"A": "1000", "B": "alice"}, Play: byHandAndBack("B", "B")},
		{Name: "an alias is dialled", Cast: Cast{"A": "1000", "B": "carol"}, Play: byHandAndBack("7050", "7050")},
		{Name: "within the second domain", Cast: Cast{"A": branch("2000"), "B": branch("2001")}, Play: byHandAndBack("2001", "B")},
		{Name: "from the first domain to the second", Cast: Cast{"A": "1000", "B": branch("2000")}, Play: byHandAndBack("2000", "2000")},
		{Name: "from the second domain to the first", Cast: Cast{"A": branch("2000"), "B": "1001"}, Play: byHandAndBack("B", branch("1001"))},
		{Name: "MakeCall between names", Cast: Cast{"A": "alice", "B": "7001"}, Play: madeTo("B", "B")},
		{Name: "MakeCall to an alias", Cast: Cast{"A": "1000", "B": "carol"}, Play: madeTo("7050", "7050")},
		{Name: "MakeCall in the second domain", Cast: Cast{"A": branch("2000"), "B": branch("2001")}, Play: madeTo("2001", "B")},
	}
}

func byHandAndBack(dials, called string) func(*Play) {
	return func(p *Play) {
		a, b := p.Monitor("A"), p.Monitor("B")
		p.Phone("B")
		out := p.Phone("A").Dials(dials)
		in := p.Phone("B").Rings()
		a.Gets(fill(called,
			"ServiceInitiated c:A newCall initiated",
			"Originated c:A A># newCall connected",
			"Delivered c:B A># newCall connected")...)
		b.Gets(fill(called, "Delivered c:B A># newCall alerting")...)
		in.Answers()
		a.Gets(fill(called, "Established c:B A># newCall connected")...)
		b.Gets(fill(called, "Established c:B A># newCall connected")...)
		p.joined("c")
		out.Connected()
		p.SnapshotCall("c", "A connected", "B connected")
		out.HangsUp()
		endedBy(a, b)
	}
}

func madeTo(dials, called string) func(*Play) {
	return func(p *Play) {
		a, b := p.Monitor("A"), p.Monitor("B")
		phone := p.Phone("A")
		p.Phone("B")
		p.MakeCall("c", "A", dials, probe.Prompt)
		prompt := phone.Rings()
		a.Gets("ServiceInitiated c:A makeCall initiated")
		prompt.Answers()
		in := p.Phone("B").Rings()
		a.Gets(fill(called, "Originated c:A A># newCall connected", "Delivered c:B A># newCall connected")...)
		b.Gets(fill(called, "Delivered c:B A># newCall alerting")...)
		in.Answers()
		a.Gets(fill(called, "Established c:B A># newCall connected")...)
		b.Gets(fill(called, "Established c:B A># newCall connected")...)
		p.joined("c")
		in.HangsUp()
		endedBy(b, a)
		prompt.Ended()
	}
}

// fill puts the called device into lines.
func fill(called string, lines ...string) []string {
	filled := make([]string, len(lines))
	for i, line := range lines {
		filled[i] = strings.ReplaceAll(line, "#", called)
	}
	return filled
}
