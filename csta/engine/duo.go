package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// duo is a device with two calls on two legs of its own, held and taken up at its
// phone: unlike a consultation, which is the switch's and has one leg. It is there
// while a service is at work on two such calls, and as long as a Consultation Call
// lasts that the phone made by itself. Whoever began a consultation owns it until
// one call is left: the phone then alternates, reconnects and transfers by itself,
// and what it does not do is done to the other parties' legs.
type duo struct {
	c             *core
	first, second *leg
	// consults: second came of a Consultation Call.
	consults bool
	// holds is set while the switch has heard first's phone hold it.
	holds bool
	// lone is the consulting device's part in a call that has nobody else, and no
	// leg: a phone ends such a call by itself. Clients see the device stay in it, as
	// in a consultation of the switch's, until it goes back to the first.
	lone side
	// task is the service under way; nil: none is.
	task duoTask
}

// duoTask is a service under way on two legs, as it hears of them.
type duoTask interface {
	procedure
	// legHeld: one of the two is heard to be held, legUnheld: to be held no more. They
	// tell whether that is a part of the service.
	legHeld(*leg) bool
	legUnheld(*leg) bool
	// legEnds completes the service, or fails it, when one of the two hangs up, before
	// anything is told of that; legEnded is the rest, after all was told.
	legEnds(*leg)
	legEnded(*leg)
}

func (d *duo) busy() bool { return d != nil && d.task != nil }

// awaitsHold: the phone consults, so that its first call counts as held; that the
// phone holds it is still to be heard of.
func (d *duo) awaitsHold(l *leg) bool { return d != nil && d.consults && l == d.first && !d.holds }

// isLine tells whether a leg is its device's whole part in an ordinary call, and no
// service is holding it or taking it up: what that waits for would be taken for a step of
// another one, and it would never be answered.
func (l *leg) isLine(conn *model.Connection) bool {
	return l.conn == conn && l.hold.holding == nil && l.hold.retrieving == nil && conn.Device.ID.Type != ecma.DeviceNumber && !l.Gone() && l.consult == nil && l.routing == nil &&
		l.order.making == nil && l.order.predicted == nil && l.call.conference == "" && sharing(l) == nil
}

// lines are the two calls as services see them; without an active leg, with the one in
// which the device is alone.
func (d *duo) lines(held, active *leg) *twoCalls {
	x := &twoCalls{held: side{held.call, held.conn}, active: d.lone, heldLeg: held, activeLeg: active, by: d}
	x.first = x.held.far(held)
	if active != nil {
		x.active = side{active.call, active.conn}
		x.second = x.active.far(active)
	}
	return x
}

// served: what the switch itself answers is not told from a party that has gone.
func (d *duo) served() bool { return false }

// begins makes a service the one that is under way.
func (d *duo) begins(task duoTask, p *pending) {
	p.yields()
	d.first.duo, d.second.duo, d.task = d, d, task
}

// finish ends a service; two calls that came together for it only are apart again.
func (d *duo) finish() {
	d.task = nil
	if !d.consults {
		d.dissolve()
	}
}

func (d *duo) dissolve() {
	for _, l := range [...]*leg{d.first, d.second} {
		if l != nil && l.duo == d {
			l.duo = nil
		}
	}
	d.task = nil
}

// legHeld: one of the two is held. It tells whether that is part of a service.
func (d *duo) legHeld(l *leg) bool {
	d.holds = d.holds || l == d.first
	return d.task != nil && d.task.legHeld(l)
}

// legUnheld is the same for the end of a hold.
func (d *duo) legUnheld(l *leg) bool {
	d.holds = d.holds && l != d.first
	return d.task != nil && d.task.legUnheld(l)
}

// legEnds: one of the two hangs up, and nothing is told of that yet.
func (d *duo) legEnds(l *leg) {
	if d.task != nil {
		d.task.legEnds(l)
	}
}

// legEnded is the rest, after all was told of the hang-up.
func (d *duo) legEnded(l *leg) {
	task := d.task
	d.dissolve()
	if d.lone.call != nil {
		d.endLone()
	}
	if task != nil {
		task.legEnded(l)
	}
}

// doing is what the device waits for.
func (d *duo) doing() Doing {
	switch {
	case d.task != nil:
		return d.task.doing()
	case d.lone.call != nil:
		return Doing{What: "two calls on two legs", State: "alone", WaitsFor: "a service on the two calls; the consulted party has gone"}
	}
	return Doing{What: "two calls on two legs", State: "there", WaitsFor: "the consulted party, or a service on the two calls"}
}

// retrieve is Retrieve Call of one of the two. It tells whether that was all:
// of a device that consults, only once the other call has nobody else.
func (d *duo) retrieve(r *Request, l *leg) bool {
	other := d.first
	if l == other {
		other = d.second
	}
	switch {
	case d.task == nil && d.lone.call != nil:
		d.c.respond(r, &ecma.RetrieveCallResponse{})
		d.leaveLone()
	case d.task == nil && d.consults && l.conn != nil && other.isAlone():
		// It has no other party any more, and is about to end.
		d.c.respond(r, &ecma.RetrieveCallResponse{})
		d.c.reconnect(d.lines(l, other), d.c.answeredAlready())
	case d.task != nil, d.consults && other != nil && other.conn != nil && other.conn.State() != ecma.StateHold:
		d.c.refuse(r, ecma.ErrInvalidConnectionState)
	default:
		return false
	}
	return true
}

// clear is Clear Connection of one of the two. It tells whether that was all:
// clearing the active one brings the held one back.
func (d *duo) clear(conn *model.Connection) bool {
	if d.task != nil || !d.consults {
		return false
	}
	if conn == d.lone.conn {
		d.leaveLone()
		return true
	}
	held, active := d.first, d.second
	if active == nil || held.conn == conn {
		held, active = active, held
	}
	if held == nil || held.conn == nil || held.conn.State() != ecma.StateHold || active.conn != conn || conn.State() == ecma.StateHold {
		return false
	}
	x := d.lines(held, active)
	if x.first == nil {
		return false
	}
	d.c.reconnect(x, d.c.answeredAlready())
	return true
}

// staysAlone keeps the consulting device in its second call when the other party
// has gone, or could not be reached. It tells whether it was that.
func (d *duo) staysAlone(l *leg, cl *call, cause switching.Cause) bool {
	if d == nil || !d.consults || l != d.second || d.task != nil || l.queue.conn != nil ||
		d.first.Gone() || d.first.conn == nil || d.first.conn.State() != ecma.StateHold ||
		l.Answered() && !cl.met || !l.Answered() && !failure(cause) && !cl.reached || cause == switching.CauseOriginatorCancel ||
		(side{call: cl}).far(l) != nil {
		return false
	}
	d.lone = side{cl, l.conn}
	cl.lone = true
	l.conn.Leg = d.first.ID
	d.second, l.duo = nil, nil
	return true
}

// endLone ends the device's part in a call in which it is alone.
func (d *duo) endLone() {
	cl := d.lone.call
	d.c.model.Clear(d.lone.conn, ecma.CauseNormalClearing)
	d.lone, cl.lone = side{}, false
	d.c.endIfEmpty(cl)
	d.dissolve()
}

// leaveLone does so, and takes the first call up again.
func (d *duo) leaveLone() {
	first := d.first
	d.endLone()
	if first.conn != nil && first.conn.State() == ecma.StateHold && first.hold.retrieving == nil {
		d.c.retrieve(first, d.c.answeredAlready())
	}
}

// notAloneAnyMore: a phone has another call now.
func (h *handset) notAloneAnyMore() {
	for _, l := range h.legs {
		if l.duo != nil && l.duo.lone.call != nil {
			l.duo.endLone()
		}
	}
}

// backToFirst: the user has taken the first call up.
func (d *duo) backToFirst(l *leg) {
	if l == d.first && d.lone.call != nil {
		d.endLone()
	}
}
