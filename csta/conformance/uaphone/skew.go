package uaphone

import (
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/emiago/sipgo/sip"

	"mod_csta_socket/csta/ecma"
)

// deliverLate sends events in order, each up to Faults.Skew late.
func (p *Phone) deliverLate(events []*event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	working := len(p.backlog) > 0
	for _, e := range events {
		e.due = time.Now().Add(rand.N(p.fault().Skew))
		p.backlog = append(p.backlog, e)
	}
	if working || len(p.backlog) == 0 {
		return
	}
	go func() {
		for {
			p.mu.Lock()
			next := p.backlog[0]
			p.mu.Unlock()
			time.Sleep(time.Until(next.due))
			p.sendNumbered(next.d, sip.INFO, next.seq, next.doc)
			p.mu.Lock()
			p.backlog = p.backlog[1:]
			done := len(p.backlog) == 0
			p.mu.Unlock()
			if done {
				return
			}
		}
	}()
}

// lag waits for as long as what happens now is late.
func (p *Phone) lag() {
	if skew := p.fault().Skew; skew > 0 {
		time.Sleep(rand.N(skew))
	}
}

// misname changes what an event says of the other party.
func (p *Phone) misname(e ecma.Event, shown func(string) string) {
	v := reflect.ValueOf(e).Elem()
	for _, name := range []string{"CallingDevice", "CalledDevice", "AlertingDevice", "AnsweringDevice"} {
		field := v.FieldByName(name)
		if !field.IsValid() {
			continue
		}
		device := field.Addr().Interface().(*ecma.ExtendedDevice)
		if device.Device.Number != p.Name() && device.Device.Number != "" {
			*device = ecma.Device(ecma.Subscriber(shown(device.Device.Number)))
		}
	}
}
