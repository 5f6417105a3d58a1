package conformance

import (
	"math/rand/v2"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// pickingUp are the stories of Directed and Group Pickup Call.
func pickingUp() []Scenario {
	return []Scenario{
		{Name: "DirectedPickupCall", Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{AutoAnswer: true})
			k := p.picksUpByC()
			k.picker.Connected()
			getsCall(k.picks, k.in, k.a, k.b, k.c)
			// It is a call like any other.
			p.must(p.hold("c:C"))
			k.a.Gets("Held c:C normal connected")
			k.c.Gets("Held c:C normal hold")
			p.must(p.retrieve("c:C"))
			for _, w := range []*Watch{k.a, k.c} {
				w.Gets("Retrieved c:C normal connected")
			}
			k.out.HangsUp()
			endedBy(k.a, k.c)
			k.picker.Ended()
		}},
		{Name: "DirectedPickupCall, prompted, and the picker hangs up", Play: func(p *Play) {
			k := p.picksUpByC()
			for _, w := range []*Watch{k.a, k.b, k.c} {
				w.GetsNothing()
			}
			p.Snapshot("C")
			p.SnapshotCall("c", "A connected", "B alerting")
			p.Refused("stateIncompatibility/invalidDeviceState", p.pickUp("c:B", "C"))
			k.picker.Answers()
			getsCall(k.picks, k.in, k.a, k.b, k.c)
			k.picker.HangsUp()
			endedBy(k.c, k.a)
			k.out.Ended()
		}},
		{Name: "DirectedPickupCall, and the picker hangs up at once", Play: func(p *Play) {
			k := p.picksUpByC()
			k.picker.Answers()
			time.Sleep(rand.N(atOnce))
			k.picker.HangsUp()
			if err := <-k.picks; err == nil {
				// The switch was faster.
				pickedUpUntil(k.a, k.b, k.c)
				endedBy(k.c, k.a)
				return
			}
			// Who called is with B still, or again.
			if k.in.line.Over() {
				k.in = p.Phone("B").Rings()
			}
			k.in.Answers()
			established(k.a, k.b)
			p.talking("A", "B")
			k.withoutC()
		}},
		{Name: "DirectedPickupCall that the picker refuses", Play: func(p *Play) {
			k := p.picksUpByC()
			k.picker.Rejects(486)
			p.Refused("stateIncompatibility/invalidDeviceState", <-k.picks)
			k.in.Answers()
			established(k.a, k.b)
			k.withoutC()
		}},
		{Name: "DirectedPickupCall, and somebody else is faster", Play: func(p *Play) {
			k := p.picksUpByC()
			k.in.Answers()
			established(k.a, k.b)
			k.picker.Ended()
			p.Refused("stateIncompatibility/invalidConnectionState", <-k.picks)
			k.withoutC()
		}},
		{Name: "DirectedPickupCall, and the caller gives up", Play: func(p *Play) {
			k := p.picksUpByC()
			k.out.HangsUp()
			abandoned(k.a, k.b)
			k.picker.Ended()
			k.in.Ended()
			p.Refused("stateIncompatibility/invalidConnectionState", <-k.picks)
			k.c.GetsNothing()
		}},
		{Name: "DirectedPickupCall by two at once", Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			d := p.Monitor("D")
			k := p.picksUpByC()
			second := p.picksUp("c:B", "D")
			other := p.Phone("D").Rings()
			k.picker.Answers()
			getsCall(k.picks, k.in, k.a, k.b, k.c)
			p.Refused("stateIncompatibility/invalidConnectionState", <-second)
			other.Ended()
			d.GetsNothing()
			k.out.HangsUp()
			endedBy(k.a, k.c)
		}},
		{Name: "DirectedPickupCall of a Make Call", Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{AutoAnswer: true})
			c := p.Monitor("C")
			a, b, prompt := prompted(p)
			p.Refused("stateIncompatibility/invalidConnectionState", p.pickUp("c:A", "C"))
			prompt.Answers()
			in := p.Phone("B").Rings()
			delivered(a, b)
			picks := p.picksUp("c:B", "C")
			p.Phone("C").Rings()
			getsCall(picks, in, a, b, c)
			prompt.HangsUp()
			endedBy(a, c)
		}},
		{Name: "DirectedPickupCall of a call with early media", OwnDialplan: hasNoSuchNumber, Play: func(p *Play) {
			p.Phone("B").Behaves(Behaviour{EarlyMedia: true})
			p.Phone("C").Behaves(Behaviour{AutoAnswer: true})
			a, b, c := p.Monitor("A"), p.Monitor("B"), p.Monitor("C")
			out := p.Phone("A").Dials("B")
			in := p.Phone("B").Rings()
			a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>B newCall connected", "Delivered c:B A>B newCall connected")
			b.Gets("Delivered c:B A>B newCall alerting")
			picks := p.picksUp("c:B", "C")
			p.Phone("C").Rings()
			getsCall(picks, in, a, b, c)
			out.HangsUp()
			endedBy(a, c)
		}},
		{Name: "DirectedPickupCall from a ring group", OwnDialplan: hasNoSuchNumber, Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			p.Phone("D").Behaves(Behaviour{AutoAnswer: true})
			d := p.Monitor("D")
			a, b, c, bs, cs, out := rings(p)
			picks := p.picksUp("c:B", "D")
			p.Phone("D").Rings()
			p.must(<-picks)
			bs.Ended()
			cs.Ended()
			a.Gets("Diverted c:B A>9700 callPickup connected", "Established c:D A>9700 callPickup connected last=B")
			b.Gets("Diverted c:B A>9700 callPickup null")
			c.GetsNothing()
			d.Gets("Established c:D A>9700 callPickup connected last=B")
			p.talking("A", "D")
			out.HangsUp()
			endedBy(a, d)
		}},
		{Name: "DirectedPickupCall that is refused", Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			p.Phone("D").Leaves()
			c := p.Monitor("C")
			a, b, out, in := ring(p)
			for _, t := range [][3]string{
				{"c:B", "B", "operation/notDifferentDevices"},
				{"c:B", "A", "stateIncompatibility/invalidDeviceState"},
				{"c:B", "5551234", "operation/invalidPickUpDeviceID"},
				{"c:B", "029500/deviceNumber", "operation/requestIncompatibleWithPickupDevice"},
				{"c:B", "D", "systemResourceAvailibility/pickupDeviceOutOfService"},
				{"c:A", "C", "stateIncompatibility/invalidConnectionState"},
				{"c:C", "C", "operation/invalidConnectionID"},
			} {
				p.Refused(t[2], p.pickUp(t[0], t[1]))
			}
			in.Answers()
			established(a, b)
			p.Refused("stateIncompatibility/invalidConnectionState", p.pickUp("c:B", "C"))
			c.GetsNothing()
			out.HangsUp()
			endedBy(a, b)
		}},
		{Name: "GroupPickupCall of the oldest call", Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{AutoAnswer: true})
			c := p.Monitor("C")
			a, b, out, in := ring(p)
			d := p.Monitor("D")
			younger := p.Phone("D").Dials("A")
			waits := p.Phone("A").Rings()
			d.Gets("ServiceInitiated d:D newCall initiated", "Originated d:D D>A newCall connected", "Delivered d:A D>A newCall connected")
			a.Gets("Delivered d:A D>A newCall alerting")
			picks := p.groupPicksUp("C", "")
			p.Phone("C").Rings()
			getsCall(picks, in, a, b, c)
			p.Snapshot("A", "c:A connected connected", "d:A alerting connected")
			younger.HangsUp()
			d.Gets("ConnectionCleared d:D normalClearing null")
			a.Gets("ConnectionCleared d:D normalClearing alerting", "ConnectionCleared d:A callCancelled null")
			waits.Ended()
			out.HangsUp()
			endedBy(a, c)
		}},
		{Name: "GroupPickupCall by groups of the directory", OwnDialplan: "its subscribers are all in one group", Cast: Cast{"D": "1004", "E": "1005"}, Play: func(p *Play) {
			p.Phone("D").Behaves(Behaviour{AutoAnswer: true})
			d := p.Monitor("D")
			p.Refused("stateIncompatibility/noCallToAnswer", p.groupPickUp("C", ""))
			p.Refused("operation/requestIncompatibleWithDestinationDevice", p.groupPickUp("E", ""))
			a, b, out, in := ring(p)
			// B is in another group than D, and E in none.
			p.Refused("stateIncompatibility/noCallToAnswer", p.groupPickUp("D", ""))
			p.Refused("stateIncompatibility/noCallToAnswer", p.groupPickUp("D", "sales"))
			p.Refused("operation/requestIncompatibleWithDestinationDevice", p.groupPickUp("E", ""))
			picks := p.groupPicksUp("D", "techsupport")
			p.Phone("D").Rings()
			getsCall(picks, in, a, b, d)
			out.HangsUp()
			endedBy(a, d)
		}},
		{Name: "GroupPickupCall that is refused", Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			p.Phone("D").Leaves()
			a, b, out, in := ring(p)
			for _, t := range [][2]string{
				{"A", "stateIncompatibility/invalidDestinationDeviceState"},
				{"5551234", "operation/invalidDestinationDeviceID"},
				{"029500/deviceNumber", "operation/requestIncompatibleWithDestinationDevice"},
				{"D", "systemResourceAvailibility/destinationDeviceOutOfService"},
				// The only call rings at itself.
				{"B", "stateIncompatibility/noCallToAnswer"},
			} {
				p.Refused(t[1], p.groupPickUp(t[0], ""))
			}
			out.HangsUp()
			abandoned(a, b)
			in.Ended()
		}},
	}
}

// pickedByC is a call from A that rings at B, while C, who is to pick it up, is called.
type pickedByC struct {
	*Play
	a, b, c         *Watch
	out, in, picker *Talk
	picks           <-chan error
}

// picksUpByC goes on until C's phone rings.
func (p *Play) picksUpByC() *pickedByC {
	p.Helper()
	c := p.Monitor("C")
	a, b, out, in := ring(p)
	picks := p.picksUp("c:B", "C")
	return &pickedByC{Play: p, a: a, b: b, c: c, out: out, in: in, picks: picks, picker: p.Phone("C").Rings()}
}

// withoutC is the end of such a call that B has answered after all.
func (k *pickedByC) withoutC() {
	k.Helper()
	k.c.GetsNothing()
	k.out.HangsUp()
	endedBy(k.a, k.b)
}

// getsCall waits until who picks up, C, say, has the call that rang at B.
func getsCall(picks <-chan error, in *Talk, a, b, c *Watch) {
	p := a.play
	p.Helper()
	p.must(<-picks)
	in.Ended()
	pickedUp(a, b, c)
	p.talking("A", c.role)
}

// pickedUp is what is told when C, say, has picked the call up that A had made to B.
func pickedUp(a, b, c *Watch) {
	a.play.Helper()
	pickedUpUntil(a, b, c)
	a.play.SnapshotCall("c", "A connected", c.role+" connected")
}

// pickedUpUntil is the same, be the call over or not.
func pickedUpUntil(a, b, c *Watch) {
	a.play.Helper()
	taken := "Established c:" + c.role + " A>B callPickup connected last=B"
	a.Gets("Diverted c:B A>B callPickup connected", taken)
	b.Gets("Diverted c:B A>B callPickup null")
	c.Gets(taken)
}

// atOnce is how soon FreeSWITCH has joined who picks up with the caller, at the latest.
const atOnce = 70 * time.Millisecond

func (p *Play) pickUp(connection, by string) error {
	p.Helper()
	return p.Ask("DirectedPickupCall", p.connectionElement("callToBePickedUp", connection)+
		probe.DeviceElement("requestingDevice", p.Device(by)))
}

func (p *Play) groupPickUp(by, group string) error {
	p.Helper()
	children := probe.DeviceElement("newDestination", p.Device(by))
	if group != "" {
		children += probe.Element("pickGroup", group)
	}
	return p.Ask("GroupPickupCall", children)
}

// picksUp asks for Directed Pickup Call while the story goes on.
func (p *Play) picksUp(connection, by string) <-chan error {
	return meanwhile(func() error { return p.pickUp(connection, by) })
}

func (p *Play) groupPicksUp(by, group string) <-chan error {
	return meanwhile(func() error { return p.groupPickUp(by, group) })
}

// meanwhile does something while the story goes on.
func meanwhile(do func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	return done
}
