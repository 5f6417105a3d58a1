package conformance

import "time"

// Maintenance are subscribers that come into service and go.
func Maintenance() []Scenario {
	return []Scenario{
		{Name: "out of service and back", Play: func(p *Play) {
			phone := p.Phone("A")
			a, b := p.Monitor("A"), p.Monitor("B")
			phone.Leaves()
			a.Gets("OutOfService A")
			phone.Returns()
			a.Gets("BackInService A")
			b.GetsNothing()
		}},
		{Name: "a registration that is refreshed", Play: func(p *Play) {
			phone := p.Phone("A")
			a := p.Monitor("A")
			phone.Returns()
			phone.Returns()
			phone.RegistersFor(time.Hour)
			settled()
			a.GetsNothing()
			phone.Leaves()
			a.Gets("OutOfService A")
		}},
		{Name: "a phone that unregisters twice", Play: func(p *Play) {
			phone := p.Phone("A")
			a := p.Monitor("A")
			phone.Leaves()
			phone.Leaves()
			a.Gets("OutOfService A")
			settled()
			a.GetsNothing()
		}},
		{Name: "a registration that expires", Play: func(p *Play) {
			phone := p.Phone("A")
			a := p.Monitor("A")
			phone.RegistersFor(time.Second)
			a.Gets("OutOfService A")
			phone.Returns()
			a.Gets("BackInService A")
		}},
		{Name: "MonitorStart on a device out of service", Play: func(p *Play) {
			phone := p.Phone("A")
			phone.Leaves()
			settled()
			a := p.Monitor("A")
			_, err := p.Client(app).MakeCall(p.within(), p.Device("A"), p.Device("B"), "prompt")
			p.Refused("systemResourceAvailibility/callingDeviceOutOfService", err)
			phone.Returns()
			a.Gets("BackInService A")
			p.Phone("A").Dials("5551234").Ended()
			unreached(a, "5551234", "destNotObtainable")
		}},
		{Name: "several monitors on a device that leaves", Play: func(p *Play) {
			phone := p.Phone("A")
			first, second, other := p.Monitor("A"), p.Monitor("A"), p.MonitorBy("another", "A")
			phone.Leaves()
			for _, w := range []*Watch{first, second, other} {
				w.Gets("OutOfService A")
			}
			second.Stop()
			phone.Returns()
			for _, w := range []*Watch{first, other} {
				w.Gets("BackInService A")
			}
		}},
		{Name: "a device that leaves while it talks", Play: func(p *Play) {
			a, b, out, _ := talk(p)
			p.Phone("B").Leaves()
			b.Gets("OutOfService B")
			p.SnapshotCall("c", "A connected", "B connected")
			out.HangsUp()
			endedBy(a, b)
			p.Phone("B").Returns()
			b.Gets("BackInService B")
		}},
		{Name: "a device of the second domain leaves", Cast: Cast{"A": "2000@branch.test", "B": "2001@branch.test"}, Play: func(p *Play) {
			phone := p.Phone("A")
			a := p.Monitor("A")
			phone.Leaves()
			a.Gets("OutOfService A")
			phone.Returns()
			a.Gets("BackInService A")
		}},
	}
}

// settled is long enough for a registration to be looked up.
func settled() { time.Sleep(aftermath) }
