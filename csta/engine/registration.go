package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// registrations is the desk that knows which subscribers are in service, from what the
// switch tells of their registrations.
type registrations struct {
	*office
	service map[string]model.Service
	// leaving are those of whom a contact has left lately.
	leaving map[string]*leaving
	// found is told of those that were not known before; nil: nobody is.
	found func(ecma.DeviceID)
}

func newRegistrations(o *office) *registrations {
	return &registrations{office: o, service: map[string]model.Service{}, leaving: map[string]*leaving{}}
}

// leaving is a subscriber of whom a contact has left; the switch is asked whether
// it was the last one.
type leaving struct{ asked int }

func serviceOf(registered bool) model.Service {
	if registered {
		return model.InService
	}
	return model.OutOfService
}

// isInService tells whether the switch need not be asked about a subscriber: it is
// monitored, so that the switch was asked when the first monitor was started, and
// the registrations told since then left it in service.
func (g *registrations) isInService(id ecma.DeviceID) bool {
	d := g.model.Devices.Find(id)
	return d != nil && len(d.Monitors) > 0 && g.service[id.Number] == model.InService && g.leaving[id.Number] == nil
}

// registered puts a subscriber in service; a refresh changes nothing.
func (g *registrations) registered(device string) {
	name := g.canonical(device)
	// What the switch was asked before is older news.
	delete(g.leaving, name)
	g.set(name, model.InService)
}

// unregistered: one contact of the subscriber left. The switch knows
// whether it was the last one.
func (g *registrations) unregistered(device string) {
	now := &leaving{}
	g.leaving[g.canonical(device)] = now
	g.askWhetherLeft(device, now)
}

// stillRegistered is a subscriber of whom a contact has left and who is registered all
// the same.
type stillRegistered struct {
	g      *registrations
	device string
	l      *leaving
}

func (s stillRegistered) late(wait) bool {
	if s.g.leaving[s.g.canonical(s.device)] != s.l {
		return false
	}
	s.g.askWhetherLeft(s.device, s.l)
	return true
}

func (g *registrations) askWhetherLeft(device string, l *leaving) {
	name := g.canonical(device)
	g.inquire(switching.LookUpDevice{Device: device}, func(out switching.Outcome, err error) {
		l.asked++
		switch {
		case g.leaving[name] != l:
		case err == nil && out.Device.Registered && l.asked == 1:
			g.lasting(forOtherContact, stillRegistered{g, device, l})
		default:
			delete(g.leaving, name)
			if err != nil {
				g.log.Warn("the switch can't tell about a device", "device", device, "error", err)
				return
			}
			g.set(name, serviceOf(out.Device.Registered))
		}
	})
}

// maxServices bounds the subscribers whose service state is remembered, those that
// are monitored not counted: a switch that takes any registration lets strangers
// make them up.
const maxServices = 100_000

// note remembers a subscriber's service state; if there are too many, that of
// one that nobody monitors is not known any more.
func (g *registrations) note(name string, now model.Service) {
	if before := g.service[name]; g.record != nil && before != now {
		was := lineOfService(name, before)
		g.record.change(formerly{Service: &was})
	}
	_, known := g.service[name]
	if !known && len(g.service) >= maxServices {
		for other := range g.service {
			if d := g.model.Devices.Find(ecma.Subscriber(other)); d == nil || len(d.Monitors) == 0 {
				delete(g.service, other)
				break
			}
		}
	}
	g.service[name] = now
	if !known && g.found != nil {
		g.found(ecma.Subscriber(name))
	}
}

// set records a subscriber's service state and reports a change (Back In
// Service, Out Of Service: ECMA-269 23.1).
func (g *registrations) set(name string, now model.Service) {
	before := g.service[name]
	if before == now {
		return
	}
	g.note(name, now)
	d := g.model.Devices.Find(ecma.Subscriber(name))
	if d == nil || before == model.ServiceUnknown && now == model.InService {
		return
	}
	if now == model.InService {
		g.model.TellDevice(d, &ecma.BackInServiceEvent{Device: ecma.Device(d.ID)})
		return
	}
	g.model.TellDevice(d, &ecma.OutOfServiceEvent{Device: ecma.Device(d.ID)})
}
