package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// pickedOff takes the end of a ringing leg whose call was picked up at another
// phone; it tells whether that is all there is to do now. Who has the call shows
// when the two are joined.
func (c *core) pickedOff(l *leg, cause switching.Cause) bool {
	if cause != switching.CausePickedOff || l.conn == nil || l.conn.State() != ecma.StateAlerting || l.left || sharing(l) != nil {
		return false
	}
	l.hungUp, l.left, l.picked = true, true, true
	c.leftPhone(l)
	c.answerRefused(l)
	conn := l.conn
	c.await(forPickup, func() bool {
		late := conn.State() != ecma.StateNull
		if late {
			c.model.Clear(conn, ecma.CauseCallPickup)
		}
		l.conn = nil
		c.leave(l)
		return late
	})
	return true
}

// pickedUp completes a pick-up: the call that rang at another phone is diverted
// to the one that picked it up (ECMA-269 17.2.7, cause callPickup), whose own
// call to the switch ends. It tells whether it was one.
func (c *core) pickedUp(x, y *leg) bool {
	victim, picker := pickedIn(x.call), y
	if victim == nil {
		victim, picker = pickedIn(y.call), x
	}
	if victim == nil {
		return false
	}
	cl, own := victim.call, picker.call
	conn := victim.conn
	c.model.Clear(picker.conn, ecma.CauseNormalClearing)
	picker.conn, picker.calling = nil, false
	c.dropLeg(own, picker)
	c.endIfEmpty(own)
	c.join(picker, cl)
	c.model.Divert(conn, picker.device, ecma.CauseCallPickup)
	victim.conn = nil
	c.leave(victim)
	cl.reached = true
	c.picks(picker)
	c.noteDown(picker)
	return true
}

// picks gives the leg's device its part in the call that it has come into. A
// device that is there already, with another line, keeps the one it has.
func (c *core) picks(l *leg) {
	if l.conn = c.partOf(l.call, l); l.conn != nil && l.conn.State() == ecma.StateConnected {
		return
	}
	if l.conn == nil {
		l.conn = c.model.Connect(l.call.Call, l.device, ecma.StateConnected, l.id)
	}
	c.model.Establish(l.conn, l.alerting(), ecma.CauseCallPickup)
}

// cameFor completes the joining of a party that waits in the switch (parked, in
// a queue of the switch's own, taken from its partner) with another that came
// for it by a call of its own: as a pick-up, the call that the other made for
// that ends. It tells whether it was so; two calls that both had two parties
// are another matter.
func (c *core) cameFor(x, y *leg) bool {
	waiting, comer := x, y
	switch {
	case !c.alone(x) || !c.alone(y) || x.device == y.device && !x.device.IsInterface():
		// A device has one connection in a call: with itself it cannot be
		// established.
		return false
	case x.inOwnQueue() != y.inOwnQueue():
		// The queue gives its caller to an agent, be it who was there first.
		if y.inOwnQueue() {
			waiting, comer = y, x
		}
	case x.call.met && y.call.met:
		return false
	case c.leftOver(x) != c.leftOver(y):
		// Whoever was left over in another's call comes into the caller's.
		if c.leftOver(x) {
			waiting, comer = y, x
		}
	case x.call.met != y.call.met:
		if y.call.met {
			waiting, comer = y, x
		}
	case y.call.born < x.call.born:
		waiting, comer = y, x
	}
	cl, own := waiting.call, comer.call
	c.clearQueue(comer)
	c.model.Clear(comer.conn, ecma.CauseNormalClearing)
	comer.conn, comer.calling = nil, false
	c.dropLeg(own, comer)
	c.endIfEmpty(own)
	c.join(comer, cl)
	if waiting.queue != nil {
		c.divertQueue(waiting, comer.device, ecma.CauseCallPickup)
	}
	cl.reached, cl.met = true, true
	c.picks(comer)
	c.noteDown(comer)
	return true
}

// alone tells whether a leg's party is the only one in its call, but for the
// queue it waits in and those whom the queue rings.
func (c *core) alone(l *leg) bool {
	for _, conn := range l.call.Connections {
		if o := c.legs[conn.Leg]; o != nil && !o.answered && c.offeredBy(o) == l {
			// An agent whom the queue still rings for it.
			continue
		}
		if conn != l.conn && conn != l.queue {
			return false
		}
	}
	return l.answered
}

// leftOver tells whether the leg's party is not the one that called, and that
// one has gone.
func (c *core) leftOver(l *leg) bool { return l.call.met && l.call.Calling != l.conn.Device.ID }

// pickedIn is the leg that was picked off in a call.
func pickedIn(cl *call) *leg {
	for _, l := range cl.legs {
		if l.picked && l.conn != nil {
			return l
		}
	}
	return nil
}
