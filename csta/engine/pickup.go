package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// pickedOff takes the end of a ringing leg whose call was picked up at another
// phone; it tells whether that is all there is to do now. Who has the call shows
// when the two are joined.
func (c *core) pickedOff(l *leg, cause switching.Cause) bool {
	if !l.isPickedOffBy(cause) || l.conn == nil || l.conn.State() != ecma.StateAlerting || l.left || sharing(l) != nil {
		return false
	}
	c.check(l, l.End())
	l.left, l.taken.off = true, true
	c.leftPhone(l)
	c.answerRefused(l)
	conn := l.conn
	if l.taken.by != nil && l.taken.by.state == pickupOver {
		c.ringsAgain(l)
		return true
	}
	c.expect(forPickup, pickedElsewhere{c, l, conn})
	return true
}

// pickedElsewhere is a leg whose call was picked up; who has it shows in a moment.
type pickedElsewhere struct {
	c    *core
	l    *leg
	conn *model.Connection
}

func (p pickedElsewhere) late(wait) bool {
	c, l := p.c, p.l
	late := l.conn == p.conn && p.conn.State() != ecma.StateNull
	switch {
	case !late:
	case l.taken.by != nil:
		l.taken.by.unheard(l)
		return true
	default:
		c.model.Clear(p.conn, ecma.CauseCallPickup)
	}
	l.conn = nil
	c.leave(l)
	return late
}

// isPickedOffBy tells whether a ringing leg that ends so was picked off. What the
// caller's leg called may see first that this goes elsewhere, and only then why.
func (l *leg) isPickedOffBy(cause switching.Cause) bool {
	switch cause {
	case switching.CausePickedOff:
		return true
	case switching.CauseOriginatorCancel, switching.CauseLoseRace, switching.CauseNormalClearing:
		return l.taken.by != nil && l.taken.by.state == pickupTakes
	}
	return false
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
	c.model.Clear(picker.conn, ecma.CauseNormalClearing)
	picker.conn, picker.calling = nil, false
	c.dropLeg(own, picker)
	c.endIfEmpty(own)
	c.takesOver(picker, cl, victim.conn)
	return true
}

// takesOver gives a call to who picked it up from a connection that rang. Whoever else
// rang for it has stopped, too.
func (c *core) takesOver(picker *leg, cl *call, conn *model.Connection) {
	c.join(picker, cl)
	if conn.Call == cl.Call && conn.State() == ecma.StateAlerting {
		c.model.Divert(conn, picker.device, ecma.CauseCallPickup)
	}
	for _, l := range append([]*leg(nil), cl.legs...) {
		switch {
		case l == picker || l.conn == nil:
			continue
		case l.conn == conn:
			l.conn, l.left = nil, true
		case l.taken.off && l.conn.Device.ID != picker.device:
			c.model.Clear(l.conn, ecma.CauseCallPickup)
			l.conn = nil
		default:
			continue
		}
		if l.Gone() {
			c.leave(l)
		}
	}
	cl.reached, cl.met = true, true
	c.picks(picker)
	c.noteDown(picker)
}

// picks gives the leg's device its part in the call that it has come into. A
// device that is there already, with another line, keeps the one it has.
func (c *core) picks(l *leg) {
	if l.conn = c.partOf(l.call, l); l.conn != nil && l.conn.State() == ecma.StateConnected {
		return
	}
	if l.conn == nil {
		l.conn = c.model.Connect(l.call.Call, l.device, ecma.StateConnected, l.ID)
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
	if waiting.queue.conn != nil {
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
		if o := c.legs[conn.Leg]; o != nil && !o.Answered() && c.offeredBy(o) == l {
			// An agent whom the queue still rings for it.
			continue
		}
		if conn != l.conn && conn != l.queue.conn {
			return false
		}
	}
	return l.Answered()
}

// leftOver tells whether the leg's party is not the one that called, and that
// one has gone.
func (c *core) leftOver(l *leg) bool { return l.call.met && l.call.Calling != l.conn.Device.ID }

// pickedIn is the leg that was picked off in a call.
func pickedIn(cl *call) *leg {
	for _, l := range cl.legs {
		if l.taken.off && l.conn != nil {
			return l
		}
	}
	return nil
}
