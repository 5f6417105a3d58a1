package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

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
func (c *core) isInService(id ecma.DeviceID) bool {
	d := c.model.FindDevice(id)
	return d != nil && len(d.Monitors) > 0 && c.service[id.Number] == model.InService && c.leaving[id.Number] == nil
}

// deviceRegistered puts a subscriber in service; a refresh changes nothing.
func (c *core) deviceRegistered(device string) {
	name := c.canonical(device)
	// What the switch was asked before is older news.
	delete(c.leaving, name)
	c.setService(name, model.InService)
}

// deviceUnregistered: one contact of the subscriber left. The switch knows
// whether it was the last one.
func (c *core) deviceUnregistered(device string) {
	now := &leaving{}
	c.leaving[c.canonical(device)] = now
	c.askWhetherLeft(device, now)
}

func (c *core) askWhetherLeft(device string, l *leaving) {
	name := c.canonical(device)
	c.ops.lasting(switching.LookUpDevice{Device: device}, func(out switching.Outcome, err error) {
		l.asked++
		switch {
		case c.leaving[name] != l:
		case err == nil && out.Device.Registered && l.asked == 1:
			c.lasting(forOtherContact, func() bool {
				if c.leaving[name] != l {
					return false
				}
				c.askWhetherLeft(device, l)
				return true
			})
		default:
			delete(c.leaving, name)
			if err != nil {
				c.log.Warn("the switch can't tell about a device", "device", device, "error", err)
				return
			}
			c.setService(name, serviceOf(out.Device.Registered))
		}
	})
}

// maxServices bounds the subscribers whose service state is remembered, those that
// are monitored not counted: a switch that takes any registration lets strangers
// make them up.
const maxServices = 100_000

// noteService remembers a subscriber's service state; if there are too many, that of
// one that nobody monitors is not known any more.
func (c *core) noteService(name string, now model.Service) {
	if before := c.service[name]; c.record != nil && before != now {
		was := lineOfService(name, before)
		c.record.change(formerly{Service: &was})
	}
	if _, known := c.service[name]; !known && len(c.service) >= maxServices {
		for other := range c.service {
			if d := c.model.FindDevice(ecma.Subscriber(other)); d == nil || len(d.Monitors) == 0 {
				delete(c.service, other)
				break
			}
		}
	}
	c.service[name] = now
}

// setService records a subscriber's service state and reports a change (Back In
// Service, Out Of Service: ECMA-269 19.2).
func (c *core) setService(name string, now model.Service) {
	before := c.service[name]
	if before == now {
		return
	}
	c.noteService(name, now)
	d := c.model.FindDevice(ecma.Subscriber(name))
	if d == nil || before == model.ServiceUnknown && now == model.InService {
		return
	}
	if now == model.InService {
		c.model.TellDevice(d, &ecma.BackInServiceEvent{Device: ecma.Device(d.ID)})
		return
	}
	c.model.TellDevice(d, &ecma.OutOfServiceEvent{Device: ecma.Device(d.ID)})
}
