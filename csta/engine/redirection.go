package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// routing is the mark on a leg that is being sent to another destination by a
// service, or by its partner's phone: the first sign that it happened is told, once.
type routing struct {
	by   routes
	legs []*leg
}

// routes is whose routing it is.
type routes interface {
	procedure
	routed()
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
		r.by.routed()
	}
}

// pending is a request whose response waits until the switch has accepted what
// it asks, or has shown so by an event.
type pending struct {
	c    *core
	r    *Request
	ok   ecma.Message
	done bool
	// by is told of a refusal; nil: nobody is.
	by interface{ missed() }
}

func (c *core) pend(r *Request, ok ecma.Message) *pending { return &pending{c: c, r: r, ok: ok} }

// succeed answers; a nil pending is of something that nobody has asked for.
func (p *pending) succeed() {
	if p != nil && !p.done {
		p.done = true
		p.c.respond(p.r, p.ok)
	}
}

// fail tells whether the refusal could still be sent.
func (p *pending) fail(e *ecma.Error) bool {
	if p == nil || p.done {
		return false
	}
	p.done = true
	p.c.refuse(p.r, e)
	if p.by != nil {
		p.by.missed()
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
		rr.c.routed(rr.moved)
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
	case c.arriving(own, conn, anew{c, r}):
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
	c, conn, own := d.c, d.conn, d.own
	if conn.State() == ecma.StateNull {
		return
	}
	cl := d.moved.call
	cl.Attach(d.m.CorrelatorData, d.m.UserData)
	if own.queue.conn == conn {
		own.voice.leaves(conn)
	}
	c.model.Divert(conn, d.to, ecma.CauseRedirected)
	cl.cause, cl.destination = ecma.CauseRedirected, d.to
	cl.reached = false
	if own.queue.conn == conn {
		own.queue.conn, own.plan.dials = nil, own.Info.Glue
		return
	}
	cl.forget(conn)
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
	if s.remaining.call != nil {
		s.remaining.call.Attach(s.m.CorrelatorData, s.m.UserData)
	}
	s.c.stepTransferred(s.conn, s.own, s.remaining, s.to)
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
		own.voice.leaves(conn)
	}
	c.model.Transfer(cl.Call, &ecma.TransferedEvent{
		PrimaryOldCall:         conn.ID(),
		TransferringDevice:     ecma.Device(conn.DeviceID()),
		TransferredToDevice:    ecma.Device(to),
		TransferredConnections: transferredItems(remaining, cl.Call, to),
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
		c.expect(forStray, mayBeStray{c, own})
	}
}

// mayBeStray is a leg whose device has left its call, and that may be left over.
type mayBeStray struct {
	c *core
	l *leg
}

func (s mayBeStray) late(wait) bool {
	stray := s.c.isStray(s.l)
	if stray {
		s.c.ownCall(s.l)
	}
	return stray
}

// transferredItems are the connections of the call that a single step transfer
// leaves: the remaining party and the new one.
func transferredItems(remaining *leg, cl *model.Call, to ecma.DeviceID) []ecma.ConnectionListItem {
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
