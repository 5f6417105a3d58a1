package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// pickedOff takes the end of a ringing leg whose call was picked up at another
// phone; it tells whether that is all there is to do now. Who has the call shows
// when the two are joined.
func (c *core) pickedOff(l *leg, cause switching.Cause) bool {
	if cause != switching.CausePickedOff || l.conn == nil || l.conn.State != ecma.StateAlerting || l.left || sharing(l) != nil {
		return false
	}
	l.hungUp, l.left, l.picked = true, true, true
	c.answerRefused(l)
	conn := l.conn
	c.after(transferGuard, func() {
		if conn.State != ecma.StateNull {
			c.cleared(conn, ecma.CauseCallPickup)
		}
		l.conn = nil
		c.leave(l)
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
	c.cleared(picker.conn, ecma.CauseNormalClearing)
	picker.conn, picker.calling = nil, false
	c.dropLeg(own, picker)
	c.endIfEmpty(own)
	c.join(picker, cl)
	c.diverted(conn, picker.device, ecma.CauseCallPickup)
	victim.conn = nil
	c.leave(victim)
	cl.reached = true
	picker.conn = c.model.Connect(cl.Call, picker.device, ecma.StateConnected, picker.id)
	c.established(picker.conn, picker.alerting(), ecma.CauseCallPickup)
	return true
}

// pickedIn is the leg that was picked off in a call.
func pickedIn(cl *call) *leg {
	for _, l := range cl.legs {
		if l.picked && l.conn != nil {
			return l
		}
	}
	return nil
}
