package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// progress are the rules for how a call comes to whom it is for.
type progress struct {
	*switchboard
	handsets *handsets
	trunks   *trunks
	queues   *queues
	forwards *forwards
}

// answerProved completes the service before the event that proves it.
func (ps *progress) answerProved(l *leg) {
	if l.handset != nil && l.Info.Direction == switching.Outbound {
		l.handset.notAloneAnyMore()
	}
	ps.handsets.shown(l, telephone.AnswerCall)
	if l.answering != nil {
		l.answering.over(nil)
	}
}

// legRouted: the switch sent the leg to another destination. By a service of
// ours or a phone's transfer, that was expected; else the dialplan took the
// call out of its queue.
func (ps *progress) legRouted(l *leg, number string) {
	l.queue.own = nil
	if l.consult != nil {
		l.consult.way.arrives()
	} else {
		l.plan.left = untouched
	}
	if l.noted.text != "" {
		ps.noteDown(l)
	}
	if l.routing != nil {
		l.plan.forwardings = nil
		l.routed()
		return
	}
	ps.forwards.forwardedTo(l, number)
	l.plan.sentOn = true
	if l.queue.conn != nil && number != "" && number == l.queue.number {
		// FreeSWITCH may run the first actions of a dialplan before it shows
		// that the leg was sent there.
		return
	}
	if l.queue.conn != nil {
		ps.queues.divertQueue(l, dialled(number, domainOfLeg(l)), ecma.CauseDistributed)
	}
	if l.Answered() && !l.calling && l.order.predicted == nil && l.Info.Direction == switching.Outbound && !l.Info.Glue && l.conn != nil {
		// Somebody made the party that had been called a caller.
		l.plan.dialledOn = dialled(number, domainOfLeg(l))
		cl := l.call
		l.calling = true
		cl.Calling, cl.Called = l.alerting(), l.plan.dialledOn
		cl.cause, cl.reached = ecma.CauseNewCall, false
	}
	ps.partCompany(l.call)
}

// partCompany looks whether the switch sent a called party elsewhere while the
// calling one stays in the switch, too, parked or sent elsewhere itself: each
// goes on in a call of its own then.
func (ps *progress) partCompany(cl *call) {
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
	if gone == nil || stays == nil || ps.partOf(cl, gone) == nil || cl.conference != "" {
		return
	}
	ps.model.Clear(gone.conn, ecma.CauseNormalClearing)
	gone.conn = nil
	cl.Calling = stays.alerting()
	own := ps.newCall(gone.ID)
	own.Calling, own.Called, own.tenant = gone.device, gone.plan.dialledOn, domainOfLeg(gone)
	ps.dropLeg(cl, gone)
	ps.join(gone, own)
	ps.noteDown(gone)
	gone.conn = ps.model.Connect(own.Call, gone.device, ecma.StateNull, gone.ID)
	ps.model.Initiate(gone.conn, ecma.CauseNewCall)
	ps.callerOnItsWay(own)
	for _, l := range append([]*leg(nil), cl.legs...) {
		if l.Answered() || l.Info.Originator != gone.ID {
			continue
		}
		// It is called for the one who goes.
		rang := l.conn != nil && l.conn.State() != ecma.StateNull
		if rang {
			ps.model.Clear(l.conn, ecma.CauseNormalClearing)
			l.conn = nil
		}
		ps.dropLeg(cl, l)
		ps.join(l, own)
		if rang {
			ps.legProgress(l, true)
		}
	}
}

// legProgress: the called device rings, or sends media without saying so. The
// progress of a calling leg only repeats that of the called one; a prompted
// device is not alerting (ECMA-269 17.1.18: it stays initiated).
func (ps *progress) legProgress(l *leg, rings bool) {
	if l.Info.Direction != switching.Outbound || l.calling || l.Info.Glue || l.left || l.device.IsZero() {
		return
	}
	l.forgetEnded()
	if l.conn != nil {
		if rings && !l.Answered() {
			ps.trunks.trunkRings(l)
		}
		return
	}
	ps.trunks.leavesByTrunk(l)
	ps.belongsTo(l.call, domainOf(l.device))
	ps.callerOnItsWay(l.call)
	ps.queues.leaveQueueFor(l)
	l.call.reached, l.call.failedAt = true, ecma.DeviceID{}
	if !l.outside.party.IsZero() {
		ps.trunks.networkReached(l)
		if rings {
			ps.trunks.trunkRings(l)
		}
		return
	}
	if shared := l.call.Of(l.device); shared != nil {
		l.conn = shared
		switch shared.State() {
		case ecma.StateInitiated:
			// The calling device of a predictive call gets its call.
			shared.Leg = l.ID
			ps.model.Deliver(shared, l.device, l.call.cause)
		case ecma.StateAlerting:
			// A second contact of the device rings, too, or the device
			// rings again for the party that a transfer gave it.
			if ps.legs[shared.Leg] == nil {
				shared.Leg = l.ID
			}
		}
		return
	}
	l.conn = ps.model.Connect(l.call.Call, l.device, ecma.StateNull, l.ID)
	ps.model.Deliver(l.conn, l.device, l.call.cause)
}

func (ps *progress) legAnswered(l *leg) {
	if o := sharing(l); o != nil && o.Answered() && l.calling && o.calling {
		// Two phones of a prompted device were faster than the switch, which has given
		// the call to one.
		return
	}
	if l.order.predicted != nil {
		l.order.predicted.called = l
		ps.noteDown(l)
	}
	if l.Info.Glue && l.queue.conn == nil && l.order.making == nil {
		return
	}
	ps.answerProved(l)
	switch {
	case l.order.making != nil:
		l.order.making.answered(l)
	case l.Info.Glue:
		if l.queue.conn.State() == ecma.StateQueued {
			l.call.reached = true
			ps.model.Establish(l.queue.conn, l.queue.conn.Device.ID, l.call.cause)
		}
	case (l.calling || l.Info.Direction == switching.Inbound) && (l.conn == nil || l.conn.State() != ecma.StateAlerting):
		// The dialplan answered it (a queue, an announcement, voicemail), or
		// its call was answered a moment ago.
		if l.conn != nil && l.conn.State() == ecma.StateInitiated {
			ps.callerOnItsWay(l.call)
		}
		l.call.reached = true
		ps.queues.queueAnswered(l)
	default:
		l.forgetEnded()
		if l.conn == nil {
			// A device that answers at once tells of no ringing before.
			ps.legProgress(l, true)
		}
		if l.conn == nil {
			return
		}
		l.conn.Leg = l.ID
		l.call.met = true
		if l.conn.State() != ecma.StateConnected || !l.outside.party.IsZero() {
			ps.model.Establish(l.conn, l.alerting(), l.progressCause())
		}
		// It may have been sent to a queue before its answer was heard of.
		ps.queues.queueAnswered(l)
	}
}

// legParked: the leg waits in the switch.
func (ps *progress) legParked(l *leg, cause switching.Cause) {
	switch {
	case l.watch.parked != nil:
		l.watch.parked.legParked()
	case l.consult != nil:
		l.consult.way.parked(cause)
	default:
		ps.partCompany(l.call)
	}
}
