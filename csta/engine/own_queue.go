package engine

import "mod_csta_socket/csta/ecma"

// ownQueue is a leg's stay in a queue of the switch's own (FreeSWITCH:
// mod_callcenter, mod_fifo): such a queue keeps its callers, rings agents for them
// by legs that belong to nobody else's call, and joins the two.
type ownQueue struct {
	name string
	// device stands for the queue in the picture: the queue itself, or the one that
	// the dialplan named before (csta_trigger_queue).
	device ecma.DeviceID
	// before is where the call had been redirected from when it came here.
	before ecma.DeviceID
	// over is set when its application has ended.
	over bool
}

// ownQueueEntered: an application that is a queue took the leg.
func (qs *queues) ownQueueEntered(l *leg, name, number string) {
	q := &ownQueue{name: name, device: ecma.Queue(name), before: l.call.LastRedirection}
	switch {
	case l.queue.conn == nil:
	case l.queue.conn.Device.ID == q.device:
		l.queue.own, l.queue.arriving = q, false
		return
	case !l.inOwnQueue():
		// The operator has given it a name of its own.
		q.device = l.queue.conn.Device.ID
		l.queue.own = q
		return
	default:
		qs.divertQueue(l, q.device, ecma.CauseDistributed)
	}
	qs.roster.saw(q.device)
	l.queue.own, l.queue.name, l.queue.number, l.queue.arriving = q, name, number, false
	if !qs.transfers.queueJoined(l, q.device) {
		qs.enqueue(l, q.device)
	}
}

// ownQueueLeft: the application ended: it joins the leg with an agent, or the
// dialplan goes on with it. Which of these, and where to, may show in a moment, and
// is the queue's doing then.
func (qs *queues) ownQueueLeft(l *leg, name string) {
	q := l.queue.own
	if q == nil || q.name != name || q.over {
		return
	}
	q.over = true
	qs.expect(forOwnQueue, queueEnded{qs, l, q})
}

// queueEnded is a leg whose stay in a queue of the switch's own is over, unless it is
// joined or sent on.
type queueEnded struct {
	c *queues
	l *leg
	q *ownQueue
}

func (e queueEnded) late(wait) bool {
	l := e.l
	if l.queue.own != e.q {
		return false
	}
	late := l.inOwnQueue() && l.queue.conn.State() != ecma.StateNull && !l.Gone() && !l.Leaving()
	if late {
		e.c.clearQueue(l)
	}
	l.queue.own = nil
	return late
}

// offerEnded: a leg that was offered the call of a queue has gone from the call.
// If that was the last, the caller waits on: the queue has the call again.
func (qs *queues) offerEnded(l, waiting *leg, cl *call) {
	if waiting == nil || l.Answered() || waiting.queue.own == nil || waiting.queue.own.over || waiting.queue.conn != nil || waiting.Gone() || waiting.Leaving() ||
		waiting.call != cl || waiting.Bridge.Partner != "" || qs.calls[cl.ID] != cl {
		return
	}
	for _, conn := range cl.Connections {
		if conn != waiting.conn && (conn.State() == ecma.StateAlerting || conn.State() == ecma.StateConnected) {
			return
		}
	}
	cl.cause, cl.LastRedirection = ecma.CauseNewCall, waiting.queue.own.before
	qs.enqueue(waiting, waiting.queue.own.device)
}
