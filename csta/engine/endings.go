package engine

import (
	"slices"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/switching"
)

// endings are the rules for legs that hang up.
type endings struct {
	*switchboard
	// rules are the rules, of which an ending may bring others about.
	rules    applier
	settler  *legs.Settler
	handsets *handsets
	trunks   *trunks
	queues   *queues
	holds    *holds
	forwards *forwards
	pickups  *pickups
	joins    *joins
	aftermath
}

// legHungUp ends the leg's connections, or reports that its device could not be
// reached at all.
func (es *endings) legHungUp(l *leg, ev *switching.Event) {
	if l.Gone() {
		return
	}
	es.clearedFirst(l)
	l.routed()
	if ev.Transfer != switching.NoTransfer && es.joins.transferorLeft(l, ev) || es.pickups.pickedOff(l, ev.Cause) {
		return
	}
	es.redirected(l, ev)
	es.forwards.forwardedAway(l, ev)
	if l.consult != nil {
		l.consult.legEnds()
	}
	if l.duo != nil {
		l.duo.legEnds(l)
	}
	es.check(l, l.End())
	cl := l.call
	waiting := es.offeredBy(l)
	l.answerRefused()
	es.holds.holdEnded(l)
	es.handsets.leftPhone(l)
	l.voice.ends()
	if l.consult != nil {
		l.consult.legEnded()
	}
	consultedLeft(l, cl)
	es.clearLeg(l, cl, ev.Cause)
	l.conn = nil
	es.leave(l)
	if cl != nil {
		es.queues.offerEnded(l, waiting, cl)
	}
	if l.watch.gone != nil {
		l.watch.gone.legGone()
	}
	if cl != nil {
		es.partyLeft(cl)
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
func (es *endings) clearedFirst(l *leg) {
	if l.call == nil || l.cleared != notByClient {
		return
	}
	for _, o := range l.call.legs {
		if o.cleared != notByClient && o != l && !o.Gone() {
			es.rules.settle(func(facts []legs.Fact) []legs.Fact { return es.settler.HangUp(&o.Leg, facts) })
			return
		}
	}
}

// redirected takes the end of a called leg whose endpoint sent the call to
// another number (SIP 302): the call is diverted from the device, whether it
// rang or not. The switch sends the calling leg on by itself.
func (es *endings) redirected(l *leg, ev *switching.Event) {
	to := dialled(ev.Name, es.domainCalling(l.ID, &l.Info))
	cl := l.call
	if !es.redirects(l, ev.Cause) || to.IsZero() || cl == nil || l.device.IsZero() ||
		l.Info.Glue || l.Answered() || l.left || l.calling || l.order.predicted != nil || l.order.making != nil || es.offeredBy(l) != nil {
		// A queue does not send its caller after an agent.
		return
	}
	conn := l.conn
	if conn == nil {
		es.belongsTo(cl, domainOf(l.device))
		es.callerOnItsWay(cl)
		if es.partOf(cl, l) != nil {
			return // it calls itself
		}
		// It did not ring; nobody hears of the state it leaves.
		conn = es.model.Connect(cl.Call, l.device, ecma.StateAlerting, l.ID)
	} else if conn.State() != ecma.StateAlerting {
		return
	}
	es.model.Divert(conn, to, ecma.CauseCallForward)
	cl.cause, cl.destination, cl.reached = ecma.CauseCallForward, to, false
	l.left = true
	cl.forget(conn)
}

// redirects tells whether a leg that ends so and names another number was redirected. The
// switch sends the caller there first, and what called the leg for him may be faster to end
// it than the redirection is (sofia.c: switch_ivr_session_transfer comes before the hang-up).
func (es *endings) redirects(l *leg, cause switching.Cause) bool {
	caller := es.legs[l.Info.Originator]
	return cause == switching.CauseRedirected ||
		cause == switching.CauseOriginatorCancel && caller != nil && !caller.Gone() && !caller.Leaving()
}

// clearLeg sends the events of a leg's end.
func (es *endings) clearLeg(l *leg, cl *call, cause switching.Cause) {
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
			es.model.FailAt(cl.Call, cl.Called, eventCause(cause))
		}
		es.clearQueue(l)
	case l.calling:
		es.calledFirst(l, cl, cause)
		if !cl.reached && failure(cause) && sharing(l) == nil {
			cl.reached = true
			es.callerOnItsWay(cl)
			es.model.FailAt(cl.Call, cl.goal(), eventCause(cause))
		}
		if l.cleared == queueFirst {
			es.clearQueue(l)
		}
		if other := sharing(l); l.conn != nil && other != nil {
			l.conn.Leg = other.ID
		} else if l.conn != nil && !l.duo.staysAlone(l, cl, cause) {
			es.model.Clear(l.conn, callerCause(cause))
		}
		es.clearQueue(l)
	case l.conn == nil:
		es.notReached(l, cl, cause)
	default:
		if other := sharing(l); other != nil {
			l.conn.Leg = other.ID
			return
		}
		if l.cleared == queueFirst {
			es.clearQueue(l)
		}
		e := calledCause(l, cl, cause)
		if !l.Answered() && l.outside.party.IsZero() && l.conn.State() == ecma.StateConnected {
			// The device called itself and was in the call before it rang.
			e = callerCause(cause)
		}
		es.model.Clear(l.conn, e)
		es.clearQueue(l)
	}
	l.order.predicted.legEnded(l, cl, cause)
}

// calledFirst: a calling leg ends with the failure of those it called, whose own
// events may come later, from other threads of the switch. They ended first.
func (es *endings) calledFirst(l *leg, cl *call, cause switching.Cause) {
	if failure(cause) {
		es.calledBy(l.ID, cl, cause)
	}
}

// calledBy ends what a leg called, itself or through glue, and nobody answered.
func (es *endings) calledBy(originator string, cl *call, cause switching.Cause) {
	for _, o := range cl.legs {
		if o.Info.Originator != originator || o.Gone() || o.Answered() || o.left {
			continue
		}
		switch {
		case o.Info.Glue:
			es.calledBy(o.Info.GluePeer, cl, cause)
			continue
		case o.conn == nil:
			es.notReached(o, cl, cause)
		case slices.ContainsFunc(cl.legs, func(x *leg) bool { return x != o && x.conn == o.conn }):
			// The device called itself, and has one part for both legs.
		case o.conn.State() != ecma.StateNull:
			es.model.Clear(o.conn, eventCause(cause))
		}
		o.conn, o.left = nil, true
	}
}

// notReached: a called device's leg ended before it rang.
func (es *endings) notReached(l *leg, cl *call, cause switching.Cause) {
	if l.device.IsZero() || alsoCalled(l) != nil {
		return
	}
	orphan := es.partOf(cl, l)
	if orphan != nil && es.legs[orphan.Leg] == nil && (orphan.State() == ecma.StateAlerting || orphan.State() == ecma.StateInitiated) {
		// It was to ring again, after a transfer, or to get the call that was
		// made for it, and could not.
		cl.reached = true
		es.model.Clear(orphan, eventCause(cause))
		return
	}
	if !failure(cause) {
		return
	}
	if l.Info.Originator == "" && l.order.predicted == nil || es.offeredBy(l) != nil {
		// The call has not failed with an agent who cannot be reached: it waits on in
		// its queue.
		return
	}
	es.trunks.leavesByTrunk(l)
	es.belongsTo(cl, domainOf(l.device))
	es.callerOnItsWay(cl)
	cl.reached = true
	if cl.failedAt == l.device {
		return // called again, as in vain
	}
	cl.failedAt = l.device
	failed := cl.Connection(cl.FreeDevice(l.device))
	if es.partOf(cl, l) != nil {
		// A device that called itself: its connection in the call is that of
		// the caller, which did not fail.
		failed.Device = ecma.DeviceID{}
	}
	es.model.Fail(cl.Call, failed, l.alerting(), eventCause(cause))
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
