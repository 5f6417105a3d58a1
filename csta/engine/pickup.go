package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// pickups are the rules for calls that are picked up, by a service or by a user.
type pickups struct {
	*switchboard
	*clockwork
	handsets *handsets
	queues   *queues
}

// pickedOff takes the end of a ringing leg whose call was picked up at another
// phone; it tells whether that is all there is to do now. Who has the call shows
// when the two are joined.
func (ps *pickups) pickedOff(l *leg, cause switching.Cause) bool {
	if !l.isPickedOffBy(cause) || l.conn == nil || l.conn.State() != ecma.StateAlerting || l.left || sharing(l) != nil {
		return false
	}
	ps.check(l, l.End())
	l.left, l.taken.off = true, true
	ps.handsets.leftPhone(l)
	l.answerRefused()
	conn := l.conn
	if l.taken.by != nil && l.taken.by.state == pickupOver {
		ps.ringsAgain(l)
		return true
	}
	ps.expect(forPickup, pickedElsewhere{ps, l, conn})
	return true
}

// pickedElsewhere is a leg whose call was picked up; who has it shows in a moment.
type pickedElsewhere struct {
	c    *pickups
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
func (ps *pickups) pickedUp(x, y *leg) bool {
	victim, picker := pickedIn(x.call), y
	if victim == nil {
		victim, picker = pickedIn(y.call), x
	}
	if victim == nil {
		return false
	}
	cl, own := victim.call, picker.call
	ps.model.Clear(picker.conn, ecma.CauseNormalClearing)
	picker.conn, picker.calling = nil, false
	ps.dropLeg(own, picker)
	ps.endIfEmpty(own)
	ps.takesOver(picker, cl, victim.conn)
	return true
}

// takesOver gives a call to who picked it up from a connection that rang. Whoever else
// rang for it has stopped, too.
func (ps *pickups) takesOver(picker *leg, cl *call, conn *model.Connection) {
	ps.join(picker, cl)
	if conn.Call == cl.Call && conn.State() == ecma.StateAlerting {
		ps.model.Divert(conn, picker.device, ecma.CauseCallPickup)
	}
	for _, l := range append([]*leg(nil), cl.legs...) {
		switch {
		case l == picker || l.conn == nil:
			continue
		case l.conn == conn:
			l.conn, l.left = nil, true
		case l.taken.off && l.conn.Device.ID != picker.device:
			ps.model.Clear(l.conn, ecma.CauseCallPickup)
			l.conn = nil
		default:
			continue
		}
		if l.Gone() {
			ps.leave(l)
		}
	}
	cl.reached, cl.met = true, true
	ps.picks(picker)
	ps.noteDown(picker)
}

// picks gives the leg's device its part in the call that it has come into. A
// device that is there already, with another line, keeps the one it has.
func (ps *pickups) picks(l *leg) {
	if l.conn = ps.partOf(l.call, l); l.conn != nil && l.conn.State() == ecma.StateConnected {
		return
	}
	if l.conn == nil {
		l.conn = ps.model.Connect(l.call.Call, l.device, ecma.StateConnected, l.ID)
	}
	ps.model.Establish(l.conn, l.alerting(), ecma.CauseCallPickup)
}

// cameFor completes the joining of a party that waits in the switch (parked, in
// a queue of the switch's own, taken from its partner) with another that came
// for it by a call of its own: as a pick-up, the call that the other made for
// that ends. It tells whether it was so; two calls that both had two parties
// are another matter.
func (ps *pickups) cameFor(x, y *leg) bool {
	waiting, comer := x, y
	switch {
	case !ps.alone(x) || !ps.alone(y) || x.device == y.device && !x.device.IsInterface():
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
	case ps.leftOver(x) != ps.leftOver(y):
		// Whoever was left over in another's call comes into the caller's.
		if ps.leftOver(x) {
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
	ps.clearQueue(comer)
	ps.model.Clear(comer.conn, ecma.CauseNormalClearing)
	comer.conn, comer.calling = nil, false
	ps.dropLeg(own, comer)
	ps.endIfEmpty(own)
	ps.join(comer, cl)
	if waiting.queue.conn != nil {
		ps.queues.divertQueue(waiting, comer.device, ecma.CauseCallPickup)
	}
	cl.reached, cl.met = true, true
	ps.picks(comer)
	ps.noteDown(comer)
	return true
}

// leftOver tells whether the leg's party is not the one that called, and that
// one has gone.
func (ps *pickups) leftOver(l *leg) bool { return l.call.met && l.call.Calling != l.conn.Device.ID }

// ringsAgain brings a caller back to whom the call rang at, when that has stopped for
// somebody who picked it up and has gone before they talked: the caller would be with
// nobody.
func (ps *pickups) ringsAgain(l *leg) {
	conn, caller := l.conn, ps.legs[l.Info.Originator]
	l.taken.by, l.conn = nil, nil
	defer ps.leave(l)
	if conn == nil || conn.State() != ecma.StateAlerting {
		return
	}
	number := numberIn(domainOf(conn.Device.ID), conn.Device.ID)
	if caller == nil || caller.Gone() || number == "" {
		ps.model.Clear(conn, ecma.CauseCallCancelled)
		return
	}
	ps.log.Info("who picked a call up hung up at once; it rings where it rang before", "call", conn.Call.ID, "device", conn.Device.ID.Number)
	ps.ops.start(switching.Route{Leg: caller.ID, Number: number, For: dialler(conn.Device.ID)}, ringing{ps, conn}.sent)
}

// ringing is a connection at which a call is to ring again.
type ringing struct {
	c    *pickups
	conn *model.Connection
}

func (r ringing) sent(_ switching.Outcome, err error) {
	if err != nil && r.conn.State() == ecma.StateAlerting {
		r.c.model.Clear(r.conn, ecma.CauseCallCancelled)
	}
}
