package engine

import (
	"slices"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/switching"
)

// legHungUp ends the leg's connections, or reports that its device could not be
// reached at all.
func (c *core) legHungUp(l *leg, ev *switching.Event) {
	if l.Gone() {
		return
	}
	c.clearedFirst(l)
	c.routed(l)
	if ev.Transfer != switching.NoTransfer && c.transferorLeft(l, ev) || c.pickedOff(l, ev.Cause) {
		return
	}
	c.redirected(l, ev)
	c.forwardedAway(l, ev)
	if l.consult != nil {
		l.consult.legEnds()
	}
	if l.duo != nil {
		l.duo.legEnds(l)
	}
	c.check(l, l.End())
	cl := l.call
	waiting := c.offeredBy(l)
	c.answerRefused(l)
	c.holdEnded(l)
	c.leftPhone(l)
	l.voice.ends()
	if l.consult != nil {
		l.consult.legEnded()
	}
	consultedLeft(l, cl)
	c.clearLeg(l, cl, ev.Cause)
	l.conn, l.queue.conn = nil, nil
	c.leave(l)
	if cl != nil {
		c.offerEnded(l, waiting, cl)
	}
	if l.watch.gone != nil {
		l.watch.gone.legGone()
	}
	if cl != nil {
		c.partyLeft(cl)
	}
	if l.duo != nil {
		l.duo.legEnded(l)
	}
	if l.order.picking != nil {
		l.order.picking.legGone(l)
	}
}

// clearedFirst: another leg of the call was hung up for a client, and this one
// follows from that, though its event comes first.
func (c *core) clearedFirst(l *leg) {
	if l.call == nil || l.cleared != notByClient {
		return
	}
	for _, o := range l.call.legs {
		if o.cleared != notByClient && o != l && !o.Gone() {
			c.settle(func(facts []legs.Fact) []legs.Fact { return c.settler.HangUp(&o.Leg, facts) })
			return
		}
	}
}

// clearLeg sends the events of a leg's end.
func (c *core) clearLeg(l *leg, cl *call, cause switching.Cause) {
	if l.forgetEnded() {
		l.left = true
	}
	l.order.predicted.callingLeft()
	if l.morePhones(cause) {
		return
	}
	switch {
	case cl == nil:
	case l.order.making != nil:
		l.order.making.legEnded(l, cause)
	case l.left, l.Info.Glue:
		if l.plan.dials && !cl.reached && failure(cause) && cl.Of(cl.Called) == nil {
			cl.reached = true
			c.model.FailAt(cl.Call, cl.Called, eventCause(cause))
		}
		c.clearQueue(l)
	case l.calling:
		c.calledFirst(l, cl, cause)
		if !cl.reached && failure(cause) && sharing(l) == nil {
			cl.reached = true
			c.callerOnItsWay(cl)
			c.model.FailAt(cl.Call, cl.goal(), eventCause(cause))
		}
		if l.cleared == queueFirst {
			c.clearQueue(l)
		}
		if other := sharing(l); l.conn != nil && other != nil {
			l.conn.Leg = other.ID
		} else if l.conn != nil && !l.duo.staysAlone(l, cl, cause) {
			c.model.Clear(l.conn, callerCause(cause))
		}
		c.clearQueue(l)
	case l.conn == nil:
		c.notReached(l, cl, cause)
	default:
		if other := sharing(l); other != nil {
			l.conn.Leg = other.ID
			return
		}
		if l.cleared == queueFirst {
			c.clearQueue(l)
		}
		e := calledCause(l, cl, cause)
		if !l.Answered() && l.outside.party.IsZero() && l.conn.State() == ecma.StateConnected {
			// The device called itself and was in the call before it rang.
			e = callerCause(cause)
		}
		c.model.Clear(l.conn, e)
		c.clearQueue(l)
	}
	l.order.predicted.legEnded(l, cl, cause)
}

// calledFirst: a calling leg ends with the failure of those it called, whose own
// events may come later, from other threads of the switch. They ended first.
func (c *core) calledFirst(l *leg, cl *call, cause switching.Cause) {
	if failure(cause) {
		c.calledBy(l.ID, cl, cause)
	}
}

// calledBy ends what a leg called, itself or through glue, and nobody answered.
func (c *core) calledBy(originator string, cl *call, cause switching.Cause) {
	for _, o := range cl.legs {
		if o.Info.Originator != originator || o.Gone() || o.Answered() || o.left {
			continue
		}
		switch {
		case o.Info.Glue:
			c.calledBy(o.Info.GluePeer, cl, cause)
			continue
		case o.conn == nil:
			c.notReached(o, cl, cause)
		case slices.ContainsFunc(cl.legs, func(x *leg) bool { return x != o && x.conn == o.conn }):
			// The device called itself, and has one part for both legs.
		case o.conn.State() != ecma.StateNull:
			c.model.Clear(o.conn, eventCause(cause))
		}
		o.conn, o.left = nil, true
	}
}

// calledCause is the cause with which a called device's connection ends. A
// switch that stops ringing because the caller has gone may call that a time-out
// of its own.
func calledCause(l *leg, cl *call, cause switching.Cause) ecma.EventCause {
	if cause == switching.CauseAttendedTransfer && !l.Answered() {
		// It was called for a party that had been transferred to it, and that
		// has gone, or has waited long enough.
		for _, o := range cl.legs {
			if o.ID == l.Info.Originator && !o.Gone() {
				return ecma.CauseCallNotAnswered
			}
		}
		return ecma.CauseCallCancelled
	}
	if l.Answered() || cl.givenUp {
		return callerCause(cause)
	}
	e := eventCause(cause)
	if e != ecma.CauseCallNotAnswered || l.Info.Originator == "" {
		return e
	}
	for _, o := range cl.legs {
		if (o.calling || o.ID == l.Info.Originator) && !o.Gone() {
			return e
		}
	}
	return ecma.CauseCallCancelled
}

// notReached: a called device's leg ended before it rang.
func (c *core) notReached(l *leg, cl *call, cause switching.Cause) {
	if l.device.IsZero() || alsoCalled(l) != nil {
		return
	}
	orphan := c.partOf(cl, l)
	if orphan != nil && c.legs[orphan.Leg] == nil && (orphan.State() == ecma.StateAlerting || orphan.State() == ecma.StateInitiated) {
		// It was to ring again, after a transfer, or to get the call that was
		// made for it, and could not.
		cl.reached = true
		c.model.Clear(orphan, eventCause(cause))
		return
	}
	if !failure(cause) {
		return
	}
	if l.Info.Originator == "" && l.order.predicted == nil || c.offeredBy(l) != nil {
		// The call has not failed with an agent who cannot be reached: it waits on in
		// its queue.
		return
	}
	c.leavesByTrunk(l)
	c.belongsTo(cl, domainOf(l.device))
	c.callerOnItsWay(cl)
	cl.reached = true
	if cl.failedAt == l.device {
		return // called again, as in vain
	}
	cl.failedAt = l.device
	failed := cl.Connection(cl.FreeDevice(l.device))
	if c.partOf(cl, l) != nil {
		// A device that called itself: its connection in the call is that of
		// the caller, which did not fail.
		failed.Device = ecma.DeviceID{}
	}
	c.model.Fail(cl.Call, failed, l.alerting(), eventCause(cause))
}

// alsoCalled finds another leg of the device that is called by the same leg: what
// one of a device's phones does is not what the device does.
func alsoCalled(l *leg) *leg {
	if l.call == nil || l.Info.Originator == "" && l.order.predicted == nil {
		return nil
	}
	for _, o := range l.call.legs {
		if o != l && o.device == l.device && o.outside.party == l.outside.party && o.Info.Originator == l.Info.Originator && o.order.predicted == l.order.predicted && !o.Gone() && !o.left && !o.calling {
			return o
		}
	}
	return nil
}

// sharing finds another live leg behind the same connection: a device with
// several contacts rings on all of them.
func sharing(l *leg) *leg {
	if l.call == nil {
		return nil
	}
	for _, o := range l.call.legs {
		if o != l && o.conn == l.conn && !o.Gone() && (o.Answered() || !l.Answered()) {
			return o
		}
	}
	return nil
}
