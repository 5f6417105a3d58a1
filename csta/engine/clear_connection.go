package engine

import (
	"errors"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// clearConnection is Clear Connection (ECMA-269 17.1.8). It is acknowledged
// when handed over to the switch; a leg that has just vanished by itself is
// cleared all the same. Of the two connections of a consulting device, which
// share a leg, clearing the active one brings the held one back, and clearing
// the held one leaves the device in the active one, which waits for a service on them
// that is under way: without their leg both would end. The reason of who rejects a call
// that rings reaches the caller; to those who talk a call just ends.
func clearConnection(c *core, r *Request, m *ecma.ClearConnection) {
	conn, refusal := c.connection(m.Connection, inState(ecma.StateInitiated, ecma.StateAlerting, ecma.StateConnected,
		ecma.StateHold, ecma.StateQueued, ecma.StateFail), ecma.ErrNoConnectionToClear)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	if l := c.legs[conn.Leg]; l != nil && l.consult.whenDone(r) {
		return
	}
	conn.Call.Attach(m.CorrelatorData, m.UserData)
	c.respond(r, &ecma.ClearConnectionResponse{})
	if mc := c.making[conn.Call.ID]; mc != nil && mc.conn == conn && mc.clear() {
		return
	}
	if pc := c.predictionFor(conn); pc != nil {
		pc.clear()
		return
	}
	leg := conn.Leg
	if l := c.legs[leg]; l != nil && l.consult != nil && l.consult.byKeys() {
		// Without the user's leg the switch would join the two others.
		if other := l.consult.behind(conn).far(l); other != nil {
			leg = other.ID
		}
	}
	if l := c.legs[leg]; l != nil {
		if l.consult != nil && l.consult.clear(conn) || l.duo != nil && l.duo.clear(conn) {
			return
		}
		l.cleared = byClient
		if l.queue.conn == conn {
			l.cleared = queueFirst
		}
	}
	cause := switching.CauseNormalClearing
	if conn.State() == ecma.StateAlerting {
		cause = releaseCause(m.Reason)
	}
	c.ops.start(switching.HangUp{Leg: leg, Cause: cause}, clearedLeg{c, leg, conn.Call.ID, conn.Device.ID.Number}.ordered)
}

// clearedLeg is a leg that is hung up for a client, whom that was promised.
type clearedLeg struct {
	c                 *core
	leg, call, device string
}

func (o clearedLeg) ordered(_ switching.Outcome, err error) {
	if err == nil {
		return
	}
	if !errors.Is(err, switching.ErrNoSuchLeg) {
		o.c.log.Warn("ClearConnection: the switch refused", "call", o.call, "device", o.device, "error", err)
		if l := o.c.legs[o.leg]; l != nil {
			l.cleared = notByClient
		}
	}
	// Most likely it has just hung up, and the news is on its way.
	o.c.expect(forHangUp, o)
}

func (o clearedLeg) late(wait) bool {
	l := o.c.legs[o.leg]
	late := l != nil && !l.Gone()
	if late {
		o.c.comparison.resync("a leg could not be cleared")
	}
	return late
}
