package engine

import (
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// unsettled tells whether a leg in the call of a connected device was answered
// or joined so recently that a service had better not move it yet, or is only about to
// be; the service goes on again when all are done.
func (c *core) unsettled(conn *model.Connection, service repeatable) bool {
	w, left := c.settles(conn)
	if left <= 0 {
		return false
	}
	c.when(w, left, settled{service, c, conn})
	return true
}

// settles is what a service has to wait for before it moves a connection, and how long
// at most; 0: nothing.
func (c *core) settles(conn *model.Connection) (w wait, left time.Duration) {
	cl := c.calls[conn.Call.ID]
	if cl == nil || conn.State() != ecma.StateConnected {
		return forSettling, 0
	}
	w = forSettling
	atWork := cl.leaving != nil
	for _, l := range cl.legs {
		if l.Gone() {
			continue
		}
		atWork = atWork || l.hold.working
		if !l.Answered() {
			continue
		}
		if of, longer := c.settlesLeg(l); longer > left {
			w, left = of, longer
		}
		if longer := waits[forTalk].atMost - c.now.Sub(l.Changed); longer > left && c.comesToTalk(l) {
			w, left = forTalk, longer
		}
	}
	if atWork {
		return forSwitch, waits[forSwitch].atMost
	}
	return w, left
}

// comesToTalk tells whether an answered leg is on its way to whom it was called for. That
// one is answered a moment later, and taken up by the bridge after that: a service in
// between would not find it, or be overtaken by the bridge.
func (c *core) comesToTalk(l *leg) bool {
	caller := c.legs[l.Info.Originator]
	return caller != nil && caller.call == l.call && !caller.Gone() && !l.Info.Glue && l.Bridge == (legs.Bridge{})
}

// settlesLeg is the same for one leg, that of an answered party.
func (c *core) settlesLeg(l *leg) (w wait, left time.Duration) {
	w, left = forSettling, c.opts.SettleTime
	if cl := l.call; !l.Gone() && l.Answered() && cl != nil && cl.conference != "" && l.Bridge.Room != cl.conference {
		// It is still on its way to the room, or has never come there.
		w, left = forRoom, max(left, waits[forRoom].atMost)
	}
	return w, left - c.now.Sub(l.Changed)
}

// inquire implements loop.
func (c *core) inquire(op switching.Operation, done result) { c.ops.lasting(op, done) }
