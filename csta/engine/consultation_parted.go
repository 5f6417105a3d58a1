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
func (c *core) consultBridged(x, y *leg) bool {
	for _, l := range [...]*leg{x, y} {
		con := consultationAround(l)
		if con == nil {
			continue
		}
		if con.byKeys {
			return c.bridgedByKeys(con, x, y)
		}
		if con.bridging != nil && theseTwo(x, y, con.want[0], con.want[1]) {
			con.bridging()
			return true
		}
		if con.busy || con.bridging != nil || con.active.call == nil || x.Info.Glue || y.Info.Glue || !x.Answered() || !y.Answered() ||
			c.consultParted(con, x, y) {
			return true
		}
	}
	return false
}

// consultParted brings a consultation in line with two legs that nobody but the
// switch joined. It tells whether that is all that the join means.
func (c *core) consultParted(con *consultation, x, y *leg) bool {
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
			c.fetched(con)
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
		c.joinedWithout(con, x, y)
		return true
	case x.call == held || y.call == held:
		c.heldElsewhere(con)
	default:
		c.consultedElsewhere(con)
	}
	if x.call != y.call {
		// Nobody sent the party there by its dialplan, out of which it was taken to be
		// held.
		astray(x, y)
	}
	return false
}

// astray notes that services took legs out of their dialplan, which does not go on
// with them when their partner has gone.
func astray(legs ...*leg) {
	for _, l := range legs {
		l.comesAstray()
	}
}

func theOther(l, x, y *leg) *leg {
	if x == l {
		return y
	}
	return x
}

// fetched: the consulting device talks to the party it held.
func (c *core) fetched(con *consultation) {
	l, second := con.leg, con.active
	astray(l, con.held.far(l))
	if other := second.far(l); other != nil {
		c.alternated(con, other)
		return
	}
	c.model.Clear(second.conn, ecma.CauseNormalClearing)
	c.clearQueue(l)
	l.call, l.conn = con.held.call, con.held.conn
	c.removeLeg(second.call, l)
	c.model.Retrieve(con.held.conn, ecma.CauseNormal)
	c.unprotect(con)
}

// joinedWithout: the held and the consulted party talk to each other, as after
// Transfer Call.
func (c *core) joinedWithout(con *consultation, first, second *leg) {
	l := con.leg
	astray(first, second)
	c.letEnd(first)
	c.letEnd(second)
	c.ops.start(switching.Protect{Leg: l.ID, On: false}, func(switching.Outcome, error) {
		if !l.Gone() {
			c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
		}
	})
	c.transferred(con, second)
}

// heldElsewhere: the held party talks to somebody else. The device that held it
// stays in its other call.
func (c *core) heldElsewhere(con *consultation) {
	for _, o := range con.held.call.legs {
		if o != con.leg {
			c.letEnd(o)
		}
	}
	c.leavesHeld(con)
	c.endIfAlone(con)
}

// consultedElsewhere: the consulted party talks to somebody else. The consulting
// device waits, in a call of its own, until it goes back to the held one.
func (c *core) consultedElsewhere(con *consultation) {
	cl := con.active.call
	c.ownCall(con.leg)
	con.forsaken = true
	for _, o := range cl.legs {
		c.letEnd(o)
	}
	c.noteCall(cl)
}

// letEnd lets a leg end with its partner again.
func (c *core) letEnd(l *leg) {
	if l.Gone() {
		return
	}
	l.plan.letGo = c.now
	c.ops.start(switching.KeepAfterBridge{Leg: l.ID, On: false}, nil)
}

// partnerTaken tells whether the consulting device's leg had lost the consulted party
// before it hung up, and that one is still there: somebody takes it elsewhere, perhaps
// to the held one, and the leg's dialplan wants nothing behind its bridge.
func (con *consultation) partnerTaken() bool {
	if con.active.call == nil {
		return false
	}
	far := con.active.far(con.leg)
	return far != nil && far.Answered() && con.leg.Bridge.Partner == "" && con.leg.Bridge.Former == far.ID
}

// endUnlessJoined runs end, unless it shows in time that the leg is joined with another
// one.
func (c *core) endUnlessJoined(l *leg, end func()) {
	c.await(forDialplan, func() bool {
		if l.Gone() {
			return false
		}
		if c.legs[l.Bridge.Partner] != nil {
			astray(l)
			c.letEnd(l)
			return false
		}
		end()
		return true
	})
}
