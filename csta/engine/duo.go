package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/telephone"
)

// duo is a device with two calls on two legs of its own, held and taken up at its
// phone: unlike a consultation, which is the switch's and has one leg. It is there
// while a service is at work on two such calls, and as long as a Consultation Call
// lasts that the phone made by itself. Whoever began a consultation owns it until
// one call is left: the phone then alternates, reconnects and transfers by itself,
// and what it does not do is done to the other parties' legs.
type duo struct {
	first, second *leg
	// consults: second came of a Consultation Call.
	consults bool
	// holds is set while the switch has heard first's phone hold it.
	holds bool
	// lone is the consulting device's part in a call that has nobody else, and no
	// leg: a phone ends such a call by itself. Clients see the device stay in it, as
	// in a consultation of the switch's, until it goes back to the first.
	lone side
	task *duoTask
}

// duoTask is a service under way.
type duoTask struct {
	service telephone.Service
	p       *pending
	lines
	// far are the other parties' legs: of the held call and of the active one.
	far [2]*leg
	// holds and retrieves are what the switch has shown of the phone's swap of the
	// two; one after the other: the phone is asked for both.
	holds, retrieves, oneAfterTheOther bool
	// talks: the phone was asked to talk in the held call, and may hold the other.
	talks bool
	// cut: the switch hangs up the active leg. silent: it is no use to ask the phone
	// once more. over: the active leg has gone.
	cut, silent, over bool
	// leaves is set while the other parties are being joined by the switch, confers
	// while all are on their way to a room.
	leaves, confers bool
	dialing         *dialing
}

// lines are a device's two calls in the parts that a request gives them. The active
// one may have no leg (duo.lone).
type lines struct {
	*duo
	held, active         *leg
	heldConn, activeConn *model.Connection
}

func (d *duo) busy() bool { return d != nil && d.task != nil }

// awaitsHold: the phone consults, so that its first call counts as held; that the
// phone holds it is still to be heard of.
func (d *duo) awaitsHold(l *leg) bool { return d != nil && d.consults && l == d.first && !d.holds }

// linesOf are two connections of one device that have legs of their own, if a
// service may be done to them.
func (c *core) linesOf(held, active *model.Connection) *lines {
	one, two := c.legs[held.Leg], c.legs[active.Leg]
	if one == nil || two == nil || !one.isLine(held) || one.duo.busy() {
		return nil
	}
	if d := one.duo; d != nil && d.lone.conn == active {
		return &lines{d, one, nil, held, active}
	}
	if one == two || !two.isLine(active) || active.State() != ecma.StateConnected || one.duo != two.duo {
		return nil
	}
	d := one.duo
	if d == nil {
		d = &duo{first: one, second: two}
	}
	return &lines{d, one, two, held, active}
}

// isLine tells whether a leg is its device's whole part in an ordinary call.
func (l *leg) isLine(conn *model.Connection) bool {
	return l.conn == conn && conn.Device.ID.Type != ecma.DeviceNumber && !l.Gone() && l.consult == nil && l.routing == nil &&
		l.order.making == nil && l.order.predicted == nil && l.call.conference == "" && sharing(l) == nil
}

// others are the other parties' legs; nil where there is none.
func (x *lines) others() (first, second *leg) {
	first = side{call: x.held.call}.far(x.held)
	if x.active != nil {
		second = side{call: x.active.call}.far(x.active)
	}
	return first, second
}

// begin makes a service the one that is under way.
func (x *lines) begin(s telephone.Service, p *pending) *duoTask {
	t := &duoTask{service: s, p: p, lines: *x}
	p.yields()
	t.far[0], t.far[1] = x.others()
	x.first.duo, x.second.duo, x.task = x.duo, x.duo, t
	return t
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

// duoHeld: one of the two is held. It tells whether that is part of a service.
func (c *core) duoHeld(l *leg) bool {
	d, t := l.duo, l.duo.task
	d.holds = d.holds || l == d.first
	switch {
	case t == nil:
	case t.service == telephone.ConsultationCall:
		return true
	case t.service == telephone.AlternateCall && l == t.active:
		t.holds = true
		c.swapped(t)
		return true
	}
	return false
}

// duoUnheld is the same for the end of a hold.
func (c *core) duoUnheld(l *leg) bool {
	d, t := l.duo, l.duo.task
	d.holds = d.holds && l != d.first
	switch {
	case t == nil || l != t.held || l.conn == nil || l.conn.State() != ecma.StateHold:
	case t.service == telephone.AlternateCall:
		t.retrieves = true
		c.swapped(t)
		return true
	case t.service == telephone.ReconnectCall:
		t.retrieves = true
		return true
	case t.service == telephone.TransferCall && t.leaves:
		// Its other party is on its way to the third: the switch ends the hold for
		// that, and the leg next.
		return true
	}
	return false
}

// retrieveFirst is Retrieve Call of one of the two. It tells whether that was all:
// of a device that consults, only once the other call has nobody else.
func (c *core) retrieveFirst(r *Request, l *leg) bool {
	d := l.duo
	other := d.first
	if l == other {
		other = d.second
	}
	switch {
	case d.task == nil && d.lone.call != nil:
		c.respond(r, &ecma.RetrieveCallResponse{})
		c.leaveLone(d)
	case d.task == nil && d.consults && l.conn != nil && other.isAlone():
		// It has no other party any more, and is about to end.
		c.respond(r, &ecma.RetrieveCallResponse{})
		c.reconnectOnPhone(&lines{d, l, other, l.conn, other.conn}, c.answeredAlready())
	case d.task != nil, d.consults && other != nil && other.conn != nil && other.conn.State() != ecma.StateHold:
		c.refuse(r, ecma.ErrInvalidConnectionState)
	default:
		return false
	}
	return true
}

// isAlone tells whether a leg's device has nobody in its call.
func (l *leg) isAlone() bool {
	return l != nil && l.conn != nil && !l.Gone() && l.queue.conn == nil && (side{call: l.call}).far(l) == nil
}

// clearLine is Clear Connection of one of the two. It tells whether that was all:
// clearing the active one brings the held one back.
func (c *core) clearLine(d *duo, conn *model.Connection) bool {
	if d.task != nil || !d.consults {
		return false
	}
	if conn == d.lone.conn {
		c.leaveLone(d)
		return true
	}
	held, active := d.first, d.second
	if active == nil || held.conn == conn {
		held, active = active, held
	}
	if held == nil || held.conn == nil || held.conn.State() != ecma.StateHold || active.conn != conn || conn.State() == ecma.StateHold {
		return false
	}
	x := &lines{d, held, active, held.conn, conn}
	if first, _ := x.others(); first == nil {
		return false
	}
	c.reconnectOnPhone(x, c.answeredAlready())
	return true
}

// duoEnds completes, or fails, what is under way when one of the two hangs up,
// before anything is told of that.
func (c *core) duoEnds(l *leg) {
	t := l.duo.task
	if t == nil {
		return
	}
	switch {
	case t.service == telephone.ConsultationCall:
		t.dialing.cause = ecma.CauseNewCall
		l.duo.dissolve()
		t.p.fail(ecma.ErrInvalidConnectionState)
	case t.confers:
		c.lineLeavesForRoom(t, l)
	case t.service == telephone.TransferCall && t.leaves && !t.far[0].Gone() && !t.far[1].Gone():
		// Its partner was taken away by the join, which is told of later.
		c.joinLines(t)
	case t.service == telephone.ReconnectCall && l == t.active:
		t.over, l.call.givenUp = true, true
		t.p.succeed()
	case t.service == telephone.AlternateCall:
		// The end of a hold comes before that of the leg.
		t.retrieves = t.retrieves && l != t.held
		t.p.fail(ecma.ErrInvalidHeldConnectionState)
	default:
		t.finish()
		t.p.fail(ecma.ErrInvalidHeldConnectionState)
	}
}

// duoEnded is the rest, after all was told of the hang-up.
func (c *core) duoEnded(l *leg) {
	d := l.duo
	t := d.task
	d.dissolve()
	if d.lone.call != nil {
		c.endLone(d)
	}
	if t == nil || !t.over {
		return
	}
	switch at := t.held.handset; {
	case t.retrieves:
		c.shown(t.held, telephone.ReconnectCall)
		c.takenUp(t.held)
	case at != nil && at.asked != nil:
		// The phone takes it up in a moment.
	default:
		c.returns(t)
	}
}
