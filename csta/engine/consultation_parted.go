package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// The legs of a consultation may be joined by others than our services: an operator
// at the console, a colleague who picks a call up, a dialplan that goes on. Who talks
// to somebody else then has left the consulting device, and no service on that
// device's calls may tear it from there.

// consultationAround is the consultation of a leg's device, or the one whose held or
// consulted party the leg is.
func consultationAround(l *leg) *consultation {
	if l.consult != nil || l.call == nil {
		return l.consult
	}
	for _, o := range l.call.legs {
		if con := o.consult; con != nil && (con.held.call == l.call || con.active.call == l.call) {
			return con
		}
	}
	return nil
}

// consultBridged takes two legs that hear each other, if one belongs to a
// consultation. It tells whether that is all there is to do.
func consultBridged(x, y *leg) bool {
	for _, l := range [...]*leg{x, y} {
		con := consultationAround(l)
		if con == nil {
			continue
		}
		if con.byKeys() {
			return con.keys.bridged(x, y)
		}
		if u := con.union; u != nil && theseTwo(x, y, u.x, u.y) {
			u.shown()
			return true
		}
		if con.busy() || con.active.call == nil || x.Info.Glue || y.Info.Glue || !x.Answered() || !y.Answered() || con.parts(x, y) {
			return true
		}
	}
	return false
}

// parts brings a consultation in line with two legs that nobody but the switch joined.
// It tells whether that is all that the join means.
func (con *consultation) parts(x, y *leg) bool {
	held, active := con.held.call, con.active.call
	if con.fromConference() && (x.call == held || y.call == held) {
		// The others of a conference are not the consulting device's to lose.
		return true
	}
	if x == con.leg || y == con.leg {
		switch other := theOther(con.leg, x, y); other.call {
		case active:
			return true
		case held:
			con.fetched()
			return true
		}
		return false
	}
	if y.call == held && x.call == active {
		x, y = y, x
	}
	switch {
	case x.conn == y.conn || x.conn == nil || y.conn == nil:
		return true
	case x.call == held && y.call == active:
		con.joinedWithout(x, y)
		return true
	case x.call == held || y.call == held:
		con.heldElsewhere()
	default:
		con.consultedElsewhere()
	}
	if x.call != y.call {
		// Nobody sent the party there by its dialplan, out of which it was taken to be
		// held.
		astray(x, y)
	}
	return false
}

// fetched: the consulting device talks to the party it held.
func (con *consultation) fetched() {
	c, l, second := con.c, con.leg, con.active
	astray(l, con.held.far(l))
	if other := second.far(l); other != nil {
		c.swapped(con.active, con.held)
		con.swapped(other)
		return
	}
	con.givesUpActive()
	c.removeLeg(second.call, l)
	c.model.Retrieve(con.held.conn, ecma.CauseNormal)
	con.unprotect()
}

// joinedWithout: the held and the consulted party talk to each other, as after
// Transfer Call.
func (con *consultation) joinedWithout(first, second *leg) {
	astray(first, second)
	con.c.strays.letEnd(first)
	con.c.strays.letEnd(second)
	con.c.ops.start(switching.Protect{Leg: con.leg.ID, On: false}, con.letGo)
	con.transferred(second)
}

// letGo: the leg of a device that has no call any more may end.
func (con *consultation) letGo(switching.Outcome, error) { con.c.hangUp(con.leg) }

// heldElsewhere: the held party talks to somebody else. The device that held it
// stays in its other call.
func (con *consultation) heldElsewhere() {
	for _, o := range con.held.call.legs {
		if o != con.leg {
			con.c.strays.letEnd(o)
		}
	}
	if con.leavesHeld() {
		con.endLeg()
	}
}

// consultedElsewhere: the consulted party talks to somebody else. The consulting
// device waits, in a call of its own, until it goes back to the held one.
func (con *consultation) consultedElsewhere() {
	cl := con.active.call
	con.c.strays.ownCall(con.leg)
	con.way.goes(consultForsaken)
	for _, o := range cl.legs {
		con.c.strays.letEnd(o)
	}
	con.c.noteCall(cl)
}
