package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// A user may consult by keys that the switch itself obeys (FreeSWITCH: att_xfer). It
// then puts the partner aside, calls the other party for the user's leg, and does what
// the keys say: back, three of them together, or, when the user hangs up, the two
// others. The picture is that of a consultation by a service; but the switch does each
// step, and services on the two calls are refused until it has ended.

// byKeys is what the switch does with a device's two calls as its user's keys tell.
type byKeys struct {
	con *consultation
	// wasCalling: before, the leg was that of a party that calls.
	wasCalling bool
}

// consultsByKeys begins it.
func (c *core) consultsByKeys(l *leg, ev *switching.Event) {
	if l.conn == nil || l.conn.State() != ecma.StateConnected || !l.Answered() || l.consult != nil || l.duo != nil || l.routing != nil ||
		l.call.conference != "" {
		return
	}
	other := c.otherParty(l.conn)
	if other == nil || !other.Answered() || other.Info.Glue || other.consult != nil {
		return
	}
	con := c.consultation(l, consultByKeys)
	con.keys = &byKeys{con, l.calling}
	l.consult = con
	con.secondCall(dialled(ev.Device, ""))
	con.entersSecond()
}

// bridged takes a bridge of one of the three; it tells whether it is a step of the
// consultation.
func (k *byKeys) bridged(x, y *leg) bool {
	con, l := k.con, k.con.leg
	first, second := con.held.far(l), con.active.far(l)
	switch {
	case theseTwo(x, y, l, second):
		return true
	case !theseTwo(x, y, l, first):
		return false
	case second != nil && second.Answered() && second.conn != nil && second.Bridge.TalksWith == l.ID:
		k.confers(second)
	default:
		k.back()
	}
	return true
}

// endsByKeys: the switch has done what the keys said. Whom it puts together again is
// joined in a moment, unless they never were apart.
func (c *core) endsByKeys(l *leg, ev *switching.Event) {
	con := l.consult
	if con == nil || !con.byKeys() {
		return
	}
	if !con.active.call.reached && failure(ev.Cause) {
		c.arrivals.calledNobody(l, ev)
	}
	first := con.held.far(l)
	if first != nil && l.Bridge.Partner == first.ID && first.Bridge.Partner == l.ID {
		con.keys.back()
		return
	}
	c.expect(forJoin, con.keys)
}

// late: whom the keys put together again is about to be joined.
func (k *byKeys) late(wait) bool {
	late := k.con.leg.consult == k.con
	if late {
		k.back()
	}
	return late
}

// back is the user back with the first party (ECMA-269 17.1.22).
func (k *byKeys) back() {
	con := k.con
	k.secondOver()
	con.c.model.Retrieve(con.held.conn, ecma.CauseNormal)
}

// secondOver ends the second call for the user, whose leg is in the first alone again.
func (k *byKeys) secondOver() {
	con := k.con
	c, l, second := con.c, con.leg, con.active
	con.ends()
	c.model.Clear(second.conn, ecma.CauseNormalClearing)
	l.call, l.conn, l.calling = con.held.call, con.held.conn, k.wasCalling
	c.removeLeg(second.call, l)
}

// confers is the three of them together (ECMA-269 17.2.3).
func (k *byKeys) confers(second *leg) {
	con := k.con
	x := con.both()
	x.second = second
	con.conferenced(x, x.conferenceItems(con.c))
	con.leg.calling = k.wasCalling
	con.c.noteCall(con.held.call)
}

// left: the user hung up. The switch joins the two others, also if the second
// still rings; without a second party that was all.
func (k *byKeys) left() {
	con, l := k.con, k.con.leg
	first, second := con.held.far(l), con.active.far(l)
	if first != nil && first.conn != nil && second != nil && second.conn != nil {
		con.transferred(second)
		if !second.Answered() {
			second.Info.Originator, second.Info.Offer = first.ID, false
		}
		first.call.cause, first.call.reached = ecma.CauseTransfer, true
		first.calling = true
		return
	}
	k.secondOver()
}
