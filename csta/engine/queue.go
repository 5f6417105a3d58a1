package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
)

// queues are the rules for calls that wait in queues.
type queues struct {
	*switchboard
	*clockwork
	roster *roster
	// transfers takes a party that comes into a queue for one of an attended transfer in
	// which the transferring device waits there; it tells whether it was one.
	transfers interface {
		queueJoined(l *leg, queue ecma.DeviceID) bool
	}
}

// queueEntered: the dialplan put a leg into a queue. The call gets a connection
// of the queue beside the caller's; both have the same leg.
func (qs *queues) queueEntered(l *leg, name, number string) {
	own, tenant := qs.nameOf(name)
	id := ecma.Queue(own)
	qs.belongsTo(l.call, tenant)
	qs.roster.saw(id)
	l.queue.name, l.queue.number = name, number
	if l.queue.conn != nil {
		if l.queue.conn.Device.ID == id && l.queue.arriving {
			l.queue.arriving = false
			return
		}
		if l.queue.conn.Device.ID == id {
			qs.log.Warn("csta_trigger_queue: the call is in that queue already", "call", l.call.ID, "queue", name)
			return
		}
		l.queue.arriving = false
		qs.divertQueue(l, id, ecma.CauseDistributed)
	}
	if mc := qs.making[l.Info.GluePeer]; mc != nil && mc.conn.Device.ID == id {
		// The near end of the call that is made for the queue.
		mc.conn.Leg = l.ID
		l.queue.conn = mc.conn
		return
	}
	if qs.transfers.queueJoined(l, id) {
		return
	}
	qs.enqueue(l, id)
	if l.Answered() {
		// It was answered before it came here, and will not be again.
		qs.queueAnswered(l)
	}
}

// enqueue gives the call of a leg its connection of a queue.
func (qs *queues) enqueue(l *leg, id ecma.DeviceID) {
	cl := l.call
	l.routed()
	qs.callerOnItsWay(cl)
	cl.reached = true
	conn := cl.Of(id)
	if conn == nil {
		conn = qs.model.Connect(cl.Call, id, ecma.StateNull, l.ID)
	}
	conn.Leg = l.ID
	l.queue.conn = conn
	qs.model.Queue(conn, cl.cause)
}

// queueAnswered: the dialplan answered the leg that waits in a queue, for the
// queue: as an announcement does. A queue of the switch's own answers its callers
// only to play music to them: who is called by it, or comes for them, answers.
func (qs *queues) queueAnswered(l *leg) {
	if l.queue.conn != nil && l.queue.conn.State() == ecma.StateQueued && !l.inOwnQueue() {
		qs.model.Establish(l.queue.conn, l.queue.conn.Device.ID, l.call.cause)
	}
}

// arriving tells whether a leg is still on its way into the queue of a
// connection, so that a service must not send it elsewhere yet; the service goes on
// again when it may have arrived.
func (qs *queues) arriving(l *leg, conn *model.Connection, service repeatable) bool {
	if l.queue.conn != conn || !l.queue.arriving {
		return false
	}
	qs.when(forQueue, waits[forQueue].atMost, arrived{service, l, conn})
	return true
}

// queueArrival is a leg that was sent to a queue's number.
type queueArrival struct{ l *leg }

func (a queueArrival) late(wait) bool { return a.l.neverArrived() }

// divertQueue: the call leaves the queue for another destination.
func (qs *queues) divertQueue(l *leg, to ecma.DeviceID, cause ecma.EventCause) {
	conn := l.queue.conn
	l.voice.leaves(conn)
	qs.noneWaitsBy(conn)
	qs.model.Divert(conn, to, cause)
	l.call.cause = cause
}

// leaveQueueFor: a device is called on behalf of a leg that waits in a queue:
// the queue gave the call away.
func (qs *queues) leaveQueueFor(l *leg) {
	origin := qs.offeredBy(l)
	if origin == nil {
		origin = qs.legs[l.Info.Originator]
	}
	if origin != nil && origin.queue.conn != nil && origin.call == l.call {
		qs.divertQueue(origin, l.alerting(), ecma.CauseDistributed)
	}
}
