package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// queueEntered: the dialplan put a leg into a queue. The call gets a connection
// of the queue beside the caller's; both have the same leg.
func (c *core) queueEntered(l *leg, name, number string) {
	own, tenant := c.nameOf(name)
	id := ecma.Queue(own)
	c.belongsTo(l.call, tenant)
	c.roster.saw(id)
	l.queue.name, l.queue.number = name, number
	if l.queue.conn != nil {
		if l.queue.conn.Device.ID == id && l.queue.arriving {
			l.queue.arriving = false
			return
		}
		if l.queue.conn.Device.ID == id {
			c.log.Warn("csta_trigger_queue: the call is in that queue already", "call", l.call.ID, "queue", name)
			return
		}
		l.queue.arriving = false
		c.divertQueue(l, id, ecma.CauseDistributed)
	}
	if mc := c.making[l.Info.GluePeer]; mc != nil && mc.conn.Device.ID == id {
		// The near end of the call that is made for the queue.
		mc.conn.Leg = l.ID
		l.queue.conn = mc.conn
		return
	}
	if c.queueJoined(l, id) {
		return
	}
	c.enqueue(l, id)
	if l.Answered() {
		// It was answered before it came here, and will not be again.
		c.queueAnswered(l)
	}
}

// enqueue gives the call of a leg its connection of a queue.
func (c *core) enqueue(l *leg, id ecma.DeviceID) {
	cl := l.call
	c.routed(l)
	c.callerOnItsWay(cl)
	cl.reached = true
	conn := cl.Of(id)
	if conn == nil {
		conn = c.model.Connect(cl.Call, id, ecma.StateNull, l.ID)
	}
	conn.Leg = l.ID
	l.queue.conn = conn
	c.model.Queue(conn, cl.cause)
}

// queueAnswered: the dialplan answered the leg that waits in a queue, for the
// queue: as an announcement does. A queue of the switch's own answers its callers
// only to play music to them: who is called by it, or comes for them, answers.
func (c *core) queueAnswered(l *leg) {
	if l.queue.conn != nil && l.queue.conn.State() == ecma.StateQueued && !l.inOwnQueue() {
		c.model.Establish(l.queue.conn, l.queue.conn.Device.ID, l.call.cause)
	}
}

// arriving tells whether a leg is still on its way into the queue of a
// connection, so that a service must not send it elsewhere yet; the service goes on
// again when it may have arrived.
func (c *core) arriving(l *leg, conn *model.Connection, service repeatable) bool {
	if l.queue.conn != conn || !l.queue.arriving {
		return false
	}
	c.when(forQueue, waits[forQueue].atMost, arrived{service, l, conn})
	return true
}

// neverArrived: the dialplan behind a queue's number may have another use for it by
// now. It tells whether the leg was still on its way.
func (l *leg) neverArrived() bool {
	late := l.queue.arriving
	l.queue.arriving = false
	return late
}

// queueArrival is a leg that was sent to a queue's number.
type queueArrival struct{ l *leg }

func (a queueArrival) late(wait) bool { return a.l.neverArrived() }

// clearQueue ends the connection of the queue a leg waited in.
func (c *core) clearQueue(l *leg) {
	if l.queue.conn != nil && l.queue.conn.State() != ecma.StateNull {
		c.model.Clear(l.queue.conn, ecma.CauseNormalClearing)
	}
	l.queue.conn = nil
}

// divertQueue: the call leaves the queue for another destination.
func (c *core) divertQueue(l *leg, to ecma.DeviceID, cause ecma.EventCause) {
	conn := l.queue.conn
	l.voice.leaves(conn)
	l.queue.conn = nil
	c.model.Divert(conn, to, cause)
	l.call.cause = cause
}

// leaveQueueFor: a device is called on behalf of a leg that waits in a queue:
// the queue gave the call away.
func (c *core) leaveQueueFor(l *leg) {
	origin := c.offeredBy(l)
	if origin == nil {
		origin = c.legs[l.Info.Originator]
	}
	if origin != nil && origin.queue.conn != nil && origin.call == l.call {
		c.divertQueue(origin, l.alerting(), ecma.CauseDistributed)
	}
}

// legRouted: the switch sent the leg to another destination. By a service of
// ours or a phone's transfer, that was expected; else the dialplan took the
// call out of its queue.
func (c *core) legRouted(l *leg, number string) {
	l.queue.own = nil
	if l.consult != nil {
		l.consult.arrives()
	} else {
		l.plan.left = untouched
	}
	if l.noted.text != "" {
		c.noteDown(l)
	}
	c.settleHold(l)
	if l.routing != nil {
		l.plan.forwardings = nil
		c.routed(l)
		return
	}
	c.forwardedTo(l, number)
	l.plan.sentOn = true
	if l.queue.conn != nil && number != "" && number == l.queue.number {
		// FreeSWITCH may run the first actions of a dialplan before it shows
		// that the leg was sent there.
		return
	}
	if l.queue.conn != nil {
		c.divertQueue(l, dialled(number, domainOfLeg(l)), ecma.CauseDistributed)
	}
	if l.Answered() && !l.calling && l.order.predicted == nil && l.Info.Direction == switching.Outbound && !l.Info.Glue && l.conn != nil {
		// Somebody made the party that had been called a caller.
		l.plan.dialledOn = dialled(number, domainOfLeg(l))
		cl := l.call
		l.calling = true
		cl.Calling, cl.Called = l.alerting(), l.plan.dialledOn
		cl.cause, cl.reached = ecma.CauseNewCall, false
	}
	c.partCompany(l.call)
}

// partCompany looks whether the switch sent a called party elsewhere while the
// calling one stays in the switch, too, parked or sent elsewhere itself: each
// goes on in a call of its own then.
func (c *core) partCompany(cl *call) {
	var gone, stays *leg
	for _, l := range cl.legs {
		switch {
		case l.Gone() || l.conn == nil || l.consult != nil || l.duo.busy() || l.Info.Glue || !l.Answered():
		case l.plan.sentOn && !l.plan.dialledOn.IsZero():
			gone = l
		case l.plan.sentOn || l.Parked():
			stays = l
		}
	}
	if gone == nil || stays == nil || c.partOf(cl, gone) == nil || cl.conference != "" {
		return
	}
	c.model.Clear(gone.conn, ecma.CauseNormalClearing)
	gone.conn = nil
	cl.Calling = stays.alerting()
	own := c.newCall(gone.ID)
	own.Calling, own.Called, own.tenant = gone.device, gone.plan.dialledOn, domainOfLeg(gone)
	c.dropLeg(cl, gone)
	c.join(gone, own)
	c.noteDown(gone)
	gone.conn = c.model.Connect(own.Call, gone.device, ecma.StateNull, gone.ID)
	c.model.Initiate(gone.conn, ecma.CauseNewCall)
	c.callerOnItsWay(own)
	for _, l := range append([]*leg(nil), cl.legs...) {
		if l.Info.Originator != gone.ID {
			continue
		}
		// It was called for the one who goes.
		rang := l.conn != nil && l.conn.State() != ecma.StateNull
		if rang {
			c.model.Clear(l.conn, ecma.CauseNormalClearing)
			l.conn = nil
		}
		c.dropLeg(cl, l)
		c.join(l, own)
		if rang {
			c.legProgress(l, true)
		}
	}
}

// trunkEntered: a call came in by a network interface, which stands for the
// outside caller.
func (c *core) trunkEntered(l *leg, name string) {
	own, tenant := c.nameOf(name)
	id := ecma.NetworkInterface(own)
	cl := l.call
	if l.conn != nil {
		c.log.Warn("csta_trigger_trunk_inbound: the caller is known already", "call", cl.ID, "device", l.device.Number, "network interface", name)
		return
	}
	if l.Info.Direction != switching.Inbound {
		c.log.Warn("csta_trigger_trunk_inbound: not an inbound call", "call", cl.ID, "network interface", name)
		return
	}
	c.belongsTo(cl, tenant)
	l.device = id
	c.roster.saw(id)
	cl.AssociatedCalling = id
	cl.NetworkCalling = dialled(l.Info.Caller, "")
	cl.NetworkCalled = dialled(l.Info.Dialled, "")
	l.conn = c.model.Connect(cl.Call, id.Party(l.outside.number), ecma.StateNull, l.ID)
	c.model.Initiate(l.conn, ecma.CauseNewCall)
}

// partOf is the connection in a call that a leg's device has there, or comes back
// to; nil if none. Each leg of a network interface stands for another outside
// party: its own is one that it has, that another leg to the same party has, or
// that was left for it.
func (c *core) partOf(cl *call, l *leg) *model.Connection {
	if !l.device.IsInterface() {
		return cl.Of(l.device)
	}
	if o := alsoCalled(l); o != nil && o.call == cl && o.conn != nil {
		return o.conn
	}
	for _, conn := range cl.Connections {
		if conn.Device.ID == l.device && (conn == l.conn || conn.Leg == l.ID || c.legs[conn.Leg] == nil) {
			return conn
		}
	}
	return nil
}

// leavesByTrunk notes the network interface and the number called behind it, for
// the events that follow. A call that came from the network keeps the number
// that it called there.
func (c *core) leavesByTrunk(l *leg) {
	cl := l.call
	if l.outside.party.IsZero() {
		return
	}
	c.roster.saw(l.device)
	cl.AssociatedCalled = l.device
	if cl.AssociatedCalling.IsZero() {
		cl.NetworkCalled = l.outside.party
	}
}

// networkReached: an outbound call reached the network behind a network
// interface (ECMA-269 17.2.12), which stands for the outside party.
func (c *core) networkReached(l *leg) {
	cl := l.call
	c.leavesByTrunk(l)
	if shared := c.partOf(cl, l); shared != nil {
		l.conn = shared
		return
	}
	l.conn = c.model.Connect(cl.Call, l.device.Party(l.outside.number), ecma.StateConnected, l.ID)
	if l.conn.DeviceID() != l.device {
		c.noteDown(l)
	}
	c.model.ReachNetwork(l.conn, cl.cause)
}

// progressCause is the cause of the progress of a called leg: that of its call, but
// what comes behind Network Reached is the network's signal (ECMA-269 17.2.12),
// unless something less ordinary than a new call brought the call there.
func (l *leg) progressCause() ecma.EventCause {
	cause := l.call.cause
	if !l.outside.party.IsZero() && (cause == ecma.CauseNewCall || cause == ecma.CauseMakeCall) {
		return ecma.CauseNetworkSignal
	}
	return cause
}

// trunkRings: the network reports that the outside party rings. The network
// interface's connection stays connected.
func (c *core) trunkRings(l *leg) {
	if l.outside.party.IsZero() || l.outside.rang {
		return
	}
	l.outside.rang = true
	c.model.DeliverBehind(l.conn, l.outside.party, l.progressCause())
}
