package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// routing is the mark on a leg that is being sent to another destination by a
// service, or by its partner's phone: the first sign that it happened applies
// it, once.
type routing struct {
	apply func()
	legs  []*leg
}

// mark makes r the routing of the legs whose events may show it.
func (r *routing) mark(legs ...*leg) {
	for _, l := range legs {
		if l != nil {
			l.routing = r
			r.legs = append(r.legs, l)
		}
	}
}

// clear takes the mark from those that have it still; it tells whether one has.
func (r *routing) clear() (found bool) {
	for _, l := range r.legs {
		if l.routing == r {
			l.routing, found = nil, true
		}
	}
	return found
}

// routed applies the leg's routing, if it has one.
func (c *core) routed(l *leg) {
	if r := l.routing; r != nil {
		r.clear()
		r.apply()
	}
}

// pending is a request whose response waits until the switch has accepted what
// it asks, or has shown so by an event.
type pending struct {
	c    *core
	r    *Request
	ok   ecma.Message
	done bool
	// missed is run after a refusal.
	missed func()
}

func (c *core) pend(r *Request, ok ecma.Message) *pending { return &pending{c: c, r: r, ok: ok} }

func (p *pending) succeed() {
	if !p.done {
		p.done = true
		p.c.respond(p.r, p.ok)
	}
}

// fail tells whether the refusal could still be sent.
func (p *pending) fail(e *ecma.Error) bool {
	if p.done {
		return false
	}
	p.done = true
	p.c.refuse(p.r, e)
	if p.missed != nil {
		p.missed()
	}
	return true
}

// redirected takes the end of a called leg whose endpoint sent the call to
// another number (SIP 302): the call is diverted from the device, whether it
// rang or not. The switch sends the calling leg on by itself.
func (c *core) redirected(l *leg, ev *switching.Event) {
	to := dialled(ev.Name, c.domainCalling(l.ID, &l.Info))
	cl := l.call
	if ev.Cause != switching.CauseRedirected || to.IsZero() || cl == nil || l.device.IsZero() ||
		l.Info.Glue || l.Answered() || l.left || l.calling || l.order.predicted != nil || l.order.making != nil || c.offeredBy(l) != nil {
		// A queue does not send its caller after an agent.
		return
	}
	conn := l.conn
	if conn == nil {
		if c.partOf(cl, l) != nil {
			return
		}
		c.belongsTo(cl, domainOf(l.device))
		c.callerOnItsWay(cl)
		// It did not ring; nobody hears of the state it leaves.
		conn = c.model.Connect(cl.Call, l.device, ecma.StateAlerting, l.ID)
	} else if conn.State() != ecma.StateAlerting {
		return
	}
	c.model.Divert(conn, to, ecma.CauseCallForward)
	cl.cause, cl.destination, cl.reached = ecma.CauseCallForward, to, false
	l.left = true
	cl.forget(conn)
}

// deflectCall is Deflect Call (ECMA-269 17.1.12) of an alerting or queued
// connection: the switch sends the calling leg elsewhere, and cancels this one.
func (c *core) deflectCall(r *Request, m *ecma.DeflectCall) {
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
	if own == nil || own.routing != nil {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	if c.arriving(own, conn, func() { c.deflectCall(r, m) }) {
		return
	}
	moved := c.reroutable(conn, own)
	if moved == nil {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	p := c.pend(r, &ecma.DeflectCallResponse{})
	c.reroute(moved, own, redirection{conn.Device.ID, numberIn(domain, to)}, p, func() {
		if conn.State() == ecma.StateNull {
			return
		}
		cl := moved.call
		cl.Attach(m.CorrelatorData, m.UserData)
		if own.queue.conn == conn {
			c.voiceMoved(own, conn)
		}
		c.model.Divert(conn, to, ecma.CauseRedirected)
		cl.cause, cl.destination = ecma.CauseRedirected, to
		cl.reached = false
		if own.queue.conn == conn {
			own.queue.conn, own.plan.dials = nil, own.Info.Glue
			return
		}
		cl.forget(conn)
	})
}

// forget takes a connection that has ended off the legs behind it: what becomes of
// them is not told.
func (cl *call) forget(conn *model.Connection) {
	for _, l := range cl.legs {
		if l.conn == conn {
			l.conn, l.left = nil, true
		}
	}
}

// reroutable is the leg that the switch can send elsewhere to take a call away from
// an alerting or queued connection; nil if there is none.
func (c *core) reroutable(conn *model.Connection, own *leg) *leg {
	var moved *leg
	switch {
	case own.queue.conn == conn:
		moved = own
	case conn.State() == ecma.StateAlerting:
		moved = c.legs[own.Info.Originator]
	}
	if moved == nil || moved.Gone() || moved.Info.Glue && own.queue.conn != conn {
		return nil
	}
	return moved
}

// redirection is a number to which a device sends a call.
type redirection struct {
	by     ecma.DeviceID
	number string
}

// reroute sends a leg to where a device sends it. apply changes the picture, after
// the response and before any event that shows the new way.
func (c *core) reroute(moved, leaving *leg, to redirection, p *pending, apply func()) {
	rt := &routing{apply: func() {
		p.succeed()
		apply()
		moved.queue.own = nil
	}}
	rt.mark(moved)
	if leaving != moved {
		rt.mark(leaving)
	}
	c.ops.start(switching.Route{Leg: moved.ID, Number: to.number, For: dialler(to.by)}, func(_ switching.Outcome, err error) {
		if err == nil {
			c.routed(moved)
			return
		}
		if moved.routing == rt {
			rt.clear()
		}
		if !p.fail(switchError(err, ecma.ErrInvalidConnectionState)) {
			c.log.Warn("the switch could not send a call on", "leg", moved.ID, "error", err)
		}
	})
}

// singleStepTransfer is Single Step Transfer Call (ECMA-269 17.1.26) of a connection
// that is connected, on hold, alerting or queued: the switch sends the remaining
// party to the new destination; the transferring one ends by itself.
func (c *core) singleStepTransfer(r *Request, m *ecma.SingleStepTransferCall) {
	conn, refusal := c.connection(m.ActiveCall, inState(ecma.StateConnected), ecma.ErrNoActiveCall)
	if refusal == ecma.ErrNoActiveCall {
		// A client that leaves out the call means the one that is talked in.
		conn, refusal = c.connection(m.ActiveCall, inState(ecma.StateHold, ecma.StateAlerting, ecma.StateQueued), ecma.ErrNoActiveCall)
	}
	if refusal != nil {
		if refusal == ecma.ErrInvalidConnectionID {
			refusal = ecma.ErrInvalidActiveConnectionID
		}
		c.refuse(r, refusal)
		return
	}
	domain := c.domainFor(conn)
	to := c.destinationIn(m.TransferredTo, domain)
	if numberIn(domain, to) == "" {
		c.refuse(r, ecma.ErrInvalidDestination)
		return
	}
	again := func() { c.singleStepTransfer(r, m) }
	own := c.legs[conn.Leg]
	if own != nil && (own.queue.conn != conn && c.unsettled(conn, again) || c.arriving(own, conn, again)) {
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
	cl := remaining.call
	p := c.pend(r, &ecma.SingleStepTransferCallResponse{
		TransferredCall: cl.Connection(to),
		Connections:     c.transferredItems(remaining, cl.Call, to),
	})
	c.reroute(moved, own, redirection{conn.Device.ID, numberIn(domain, to)}, p, func() {
		cl.Attach(m.CorrelatorData, m.UserData)
		c.stepTransferred(conn, own, remaining, to)
	})
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
	case remaining == nil || remaining.Info.Glue:
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

// stepTransferred reports a single step transfer, by a service or by a phone.
func (c *core) stepTransferred(conn *model.Connection, own, remaining *leg, to ecma.DeviceID) {
	if conn.State() == ecma.StateNull || remaining.call == nil {
		return
	}
	cl := remaining.call
	if own.queue.conn == conn {
		c.voiceMoved(own, conn)
	}
	c.model.Transfer(cl.Call, &ecma.TransferedEvent{
		PrimaryOldCall:         conn.ID(),
		TransferringDevice:     ecma.Device(conn.DeviceID()),
		TransferredToDevice:    ecma.Device(to),
		TransferredConnections: c.transferredItems(remaining, cl.Call, to),
		UserData:               cl.User,
		Cause:                  ecma.CauseSingleStepTransfer,
	}, conn)
	cl.LastRedirection = conn.DeviceID()
	if own.queue.conn == conn {
		own.queue.conn, own.plan.dials = nil, own.Info.Glue
		if cl.Calling == conn.Device.ID || cl.AssociatedCalling.IsZero() && cl.Of(cl.Calling) == nil {
			// It called on its own behalf, or for a caller who has gone.
			cl.Calling = remaining.alerting()
		}
	} else {
		cl.forget(conn)
		own.conn, own.left = nil, true
		if !remaining.calling {
			cl.Calling = remaining.alerting()
		}
		if cl.AssociatedCalled == conn.Device.ID {
			cl.AssociatedCalled = ecma.DeviceID{}
			if cl.AssociatedCalling.IsZero() {
				cl.NetworkCalled = ecma.DeviceID{}
			}
		}
	}
	cl.Called, cl.destination = to, ecma.DeviceID{}
	cl.cause = ecma.CauseSingleStepTransfer
	cl.reached = false
	remaining.calling = true
	c.noteDown(remaining)
	if own.queue.conn != conn && own.left {
		c.await(forStray, func() bool {
			stray := c.isStray(own)
			if stray {
				c.ownCall(own)
			}
			return stray
		})
	}
}

// transferredItems are the connections of the call that a single step transfer
// leaves: the remaining party and the new one.
func (c *core) transferredItems(remaining *leg, cl *model.Call, to ecma.DeviceID) []ecma.ConnectionListItem {
	items := []ecma.ConnectionListItem{}
	if remaining.conn != nil {
		items = append(items, listItem(remaining.conn.ID(), remaining.conn.ID(), remaining))
		if remaining.conn.Device.ID == to {
			return items
		}
	}
	return append(items, ecma.ConnectionListItem{
		NewConnection: cl.Connection(to),
		Endpoint:      ecma.Device(to),
	})
}

// listItem is one party in a connection list; an outside party names its
// network interface (ECMA-269 12.2.9).
func listItem(now, old ecma.ConnectionID, l *leg) ecma.ConnectionListItem {
	item := ecma.ConnectionListItem{NewConnection: now, OldConnection: old, Endpoint: ecma.Device(l.alerting())}
	if now.Device.Type == ecma.DeviceNumber {
		nid, _ := now.Device.Interface()
		item.AssociatedNID = ecma.Device(nid)
	}
	return item
}
