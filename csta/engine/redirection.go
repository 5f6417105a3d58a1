package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// rerouteState is how far a service is by which a device sends its call elsewhere.
type rerouteState uint8

const (
	rerouteOrdered rerouteState = iota
	rerouteOver
)

var rerouteStages = []stage[rerouteState]{
	rerouteOrdered: {"ordered", "the switch sends the party elsewhere, or shows that it has", []rerouteState{rerouteOver}},
	rerouteOver:    {name: "over"},
}

// rerouting is a Deflect Call or Single Step Transfer Call under way: the switch sends a leg
// to where a device sends its call. If the leg hangs up, that counts as having been sent
// (routed), so that who asked is answered before.
type rerouting struct {
	course[rerouteState]
	p *pending
	// conn is the device's connection and own its leg, moved the one that is sent to.
	conn       *model.Connection
	own, moved *leg
	to         ecma.DeviceID
	number     string
	mark       routing
	// by changes the picture, after the response and before any event that shows the new
	// way.
	by interface{ moves() }
}

// order has the switch do it.
func (rr *rerouting) order(by interface{ moves() }) {
	rr.by, rr.mark.by = by, rr
	rr.mark.mark(rr.moved)
	if rr.own != rr.moved {
		rr.mark.mark(rr.own)
	}
	rr.c.ops.start(switching.Route{Leg: rr.moved.ID, Number: rr.number, For: dialler(rr.conn.Device.ID)}, rr.ordered)
}

func (rr *rerouting) routed() {
	rr.goes(rerouteOver)
	rr.p.succeed()
	rr.by.moves()
	rr.moved.queue.own = nil
}

func (rr *rerouting) ordered(_ switching.Outcome, err error) {
	if err == nil {
		rr.moved.routed()
		return
	}
	if rr.moved.routing == &rr.mark {
		rr.mark.clear()
		rr.goes(rerouteOver)
	}
	if !rr.p.fail(switchError(err, ecma.ErrInvalidConnectionState)) {
		rr.c.log.Warn("the switch could not send a call on", "leg", rr.moved.ID, "error", err)
	}
}

// deflecting is a Deflect Call.
type deflecting struct {
	rerouting
	m *ecma.DeflectCall
}

// deflectCall is Deflect Call (ECMA-269 17.1.11) of an alerting or queued
// connection: the switch sends the calling leg elsewhere, and cancels this one.
func deflectCall(c *core, r *Request, m *ecma.DeflectCall) {
	conn, refusal := c.connection(m.CallToBeDiverted, inState(ecma.StateAlerting, ecma.StateQueued), ecma.ErrNoActiveCall)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	if len(m.NewDestination) != 1 {
		c.refuse(r, ecma.ErrInvalidDestination)
		return
	}
	domain := c.domainFor(conn)
	to := c.destinationIn(m.NewDestination[0], domain)
	if numberIn(domain, to) == "" {
		c.refuse(r, ecma.ErrInvalidDestination)
		return
	}
	own := c.legs[conn.Leg]
	switch {
	case own == nil || own.routing != nil:
		c.refuse(r, ecma.ErrInvalidConnectionState)
	case c.queues.arriving(own, conn, anew{c, r}):
	case c.reroutable(conn, own) == nil:
		c.refuse(r, ecma.ErrInvalidConnectionState)
	default:
		d := &deflecting{m: m, rerouting: rerouting{
			course: begins(c, "Deflect Call", rerouteStages, rerouteOrdered), p: c.pend(r, &ecma.DeflectCallResponse{}),
			conn: conn, own: own, moved: c.reroutable(conn, own), to: to, number: numberIn(domain, to),
		}}
		d.order(d)
	}
}

func (d *deflecting) moves() {
	c, conn, own, cl := d.c, d.conn, d.own, d.moved.call
	if conn.State() == ecma.StateNull || cl == nil || cl.Call != conn.Call {
		// The call that was to be diverted has been joined with others, or the party that
		// was to be moved has left it.
		return
	}
	cl.Attach(d.m.CorrelatorData, d.m.UserData)
	if own.queue.conn == conn {
		own.voice.leaves(conn)
	}
	c.model.Divert(conn, d.to, ecma.CauseRedirected)
	cl.cause, cl.destination = ecma.CauseRedirected, d.to
	cl.reached = false
	if own.queue.conn == conn {
		c.noneWaitsBy(conn)
		own.plan.dials = own.Info.Glue
		return
	}
	cl.forget(conn)
}

// reroutable is the leg that the switch can send elsewhere to take a call away from
// an alerting or queued connection; nil if there is none, or if it is being sent
// elsewhere already: of two only one could be told.
func (c *core) reroutable(conn *model.Connection, own *leg) *leg {
	var moved *leg
	switch {
	case own.queue.conn == conn:
		moved = own
	case conn.State() == ecma.StateAlerting:
		moved = c.legs[own.Info.Originator]
	}
	if moved == nil || moved.Gone() || moved.routing != nil || moved.Info.Glue && own.queue.conn != conn {
		return nil
	}
	return moved
}

// stepping is a Single Step Transfer Call.
type stepping struct {
	rerouting
	m         *ecma.SingleStepTransferCall
	remaining *leg
}

// singleStepTransfer is Single Step Transfer Call (ECMA-269 17.1.26) of a connection
// that is connected, on hold, alerting or queued: the switch sends the remaining
// party to the new destination; the transferring one ends by itself.
func singleStepTransfer(c *core, r *Request, m *ecma.SingleStepTransferCall) {
	conn, refusal := c.connection(m.ActiveCall, inState(ecma.StateConnected), ecma.ErrNoActiveCall)
	if refusal == ecma.ErrNoActiveCall {
		// A client that leaves out the call means the one that is talked in.
		conn, refusal = c.connection(m.ActiveCall, inState(ecma.StateHold, ecma.StateAlerting, ecma.StateQueued), ecma.ErrNoActiveCall)
	}
	if refusal != nil {
		c.refuse(r, inRole(refusal, ecma.ErrInvalidActiveConnectionID))
		return
	}
	domain := c.domainFor(conn)
	to := c.destinationIn(m.TransferredTo, domain)
	if numberIn(domain, to) == "" {
		c.refuse(r, ecma.ErrInvalidDestination)
		return
	}
	again := anew{c, r}
	own := c.legs[conn.Leg]
	if own != nil && (own.queue.conn != conn && c.unsettled(conn, again) || c.queues.arriving(own, conn, again)) {
		return
	}
	if own != nil && conn.State() == ecma.StateHold && own.hold.working {
		c.whenHeld(own, again)
		return
	}
	moved, remaining := c.leftBehind(conn, own)
	if remaining == nil {
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
		return
	}
	s := &stepping{m: m, remaining: remaining, rerouting: rerouting{
		course: begins(c, "Single Step Transfer Call", rerouteStages, rerouteOrdered),
		p: c.pend(r, &ecma.SingleStepTransferCallResponse{
			TransferredCall: remaining.call.Connection(to),
			Connections:     transferredItems(remaining, remaining.call.Call, to),
		}),
		conn: conn, own: own, moved: moved, to: to, number: numberIn(domain, to),
	}}
	s.order(s)
}

func (s *stepping) moves() {
	if cl := s.remaining.call; cl != nil && cl.Call == s.conn.Call {
		cl.Attach(s.m.CorrelatorData, s.m.UserData)
	}
	s.c.joins.stepTransferred(s.conn, s.own, s.remaining, s.to)
}

// leftBehind finds the party that is left when a device transfers its connection in
// a single step, and the leg that the switch has to send elsewhere for it; nil if the
// connection is in no state for that.
func (c *core) leftBehind(conn *model.Connection, own *leg) (moved, remaining *leg) {
	if own == nil || own.consult != nil || own.routing != nil || own.duo.busy() {
		return nil, nil
	}
	switch remaining = c.otherParty(conn); {
	case conn.State() == ecma.StateAlerting && own.queue.conn != conn:
		remaining = c.reroutable(conn, own)
		return remaining, remaining
	case remaining == nil || remaining.Info.Glue || remaining.routing != nil:
		return nil, nil
	case own.queue.conn == conn && (conn.State() == ecma.StateConnected || conn.State() == ecma.StateQueued):
		// It may be glue through which the remaining party came.
		return own, remaining
	case !remaining.Answered(), remaining.holdsForConsultation():
		return nil, nil
	case conn.State() == ecma.StateConnected, conn.State() == ecma.StateHold && own.duo == nil:
		return remaining, remaining
	}
	return nil, nil
}

// holdsForConsultation tells whether the leg is about to consult, or comes back from
// that, and is still, or again, in the call that it holds meanwhile: it serves both
// calls, and to send it elsewhere would tear them.
func (l *leg) holdsForConsultation() bool {
	return l.consult != nil && l.consult.held.call == l.call
}
