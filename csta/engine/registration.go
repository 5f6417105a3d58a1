package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

func serviceOf(registered bool) model.Service {
	if registered {
		return model.InService
	}
	return model.OutOfService
}

// deviceRegistered puts a subscriber in service; a refresh changes nothing.
func (c *core) deviceRegistered(device string) {
	c.setService(c.canonical(device), model.InService)
}

// deviceUnregistered: one contact of the subscriber left. The switch knows
// whether it was the last one.
func (c *core) deviceUnregistered(device string) {
	name := c.canonical(device)
	c.ops.start(switching.LookUpDevice{Device: device}, func(out switching.Outcome, err error) {
		if err != nil {
			c.log.Warn("the switch can't tell about a device", "device", device, "error", err)
			return
		}
		c.setService(name, serviceOf(out.Device.Registered))
	})
}

// setService records a subscriber's service state and reports a change (Back In
// Service, Out Of Service: ECMA-269 19.2).
func (c *core) setService(name string, now model.Service) {
	before := c.service[name]
	if before == now {
		return
	}
	c.service[name] = now
	d := c.model.FindDevice(ecma.Subscriber(name))
	if d == nil || before == model.ServiceUnknown && now == model.InService {
		return
	}
	if now == model.InService {
		c.emitDevice(d, &ecma.BackInServiceEvent{Device: ecma.Device(d.ID)})
		return
	}
	c.emitDevice(d, &ecma.OutOfServiceEvent{Device: ecma.Device(d.ID)})
}
