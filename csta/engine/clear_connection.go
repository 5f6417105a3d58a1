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
// the held one leaves the device in the active one. The reason of who rejects a call
// that rings reaches the caller; to those who talk a call just ends.
func (c *core) clearConnection(r *Request, m *ecma.ClearConnection) {
	conn, refusal := c.connection(m.Connection, inState(ecma.StateInitiated, ecma.StateAlerting, ecma.StateConnected,
		ecma.StateHold, ecma.StateQueued, ecma.StateFail), ecma.ErrNoConnectionToClear)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	conn.Call.Attach(m.CorrelatorData, m.UserData)
	c.respond(r, &ecma.ClearConnectionResponse{})
	if mc := c.making[conn.Call.ID]; mc != nil && mc.conn == conn {
		// With that the switch ends all the legs; the device's is not left to it, since
		// it may be past cancelling.
		mc.cleared = true
		mc.cancel()
		if !mc.begun || len(mc.legs) == 0 {
			return
		}
	}
	if pc := c.predictionFor(conn); pc != nil {
		c.clearPrediction(pc)
		return
	}
	leg := conn.Leg
	if l := c.legs[leg]; l != nil && l.consult != nil && l.consult.byKeys {
		// Without the user's leg the switch would join the two others.
		if other := l.consult.behind(conn).far(l); other != nil {
			leg = other.ID
		}
	}
	if l := c.legs[leg]; l != nil {
		if con := l.consult; con != nil && !con.busy {
			if conn == con.active.conn && con.held.far(l) != nil {
				// The device keeps its leg for the call it holds.
				c.reconnect(con)
				return
			}
			if other := con.held.far(l); conn == con.held.conn && other != nil {
				c.giveUpHeld(con, other)
				return
			}
		}
		if l.duo != nil && c.clearLine(l.duo, conn) {
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
	call, device := conn.Call.ID, conn.Device.ID.Number
	c.ops.start(switching.HangUp{Leg: leg, Cause: cause}, func(_ switching.Outcome, err error) {
		if err == nil {
			return
		}
		if !errors.Is(err, switching.ErrNoSuchLeg) {
			c.log.Warn("ClearConnection: the switch refused", "call", call, "device", device, "error", err)
			if l := c.legs[leg]; l != nil {
				l.cleared = notByClient
			}
		}
		// Most likely it has just hung up, and the news is on its way.
		c.await(forHangUp, func() bool {
			l := c.legs[leg]
			if l == nil || l.Gone() {
				return false
			}
			c.resync("a leg could not be cleared")
			return true
		})
	})
}
