package engine

import (
	"errors"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
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

// holdTime is how long a phone may take to hold its first call after it has
// dialled for the second.
const holdTime = 2 * time.Second

func (d *duo) busy() bool { return d != nil && d.task != nil }

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
	if one == two || !two.isLine(active) || active.State != ecma.StateConnected || one.duo != two.duo {
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
	return l.conn == conn && conn.Device.ID.Type != ecma.DeviceNumber && !l.hungUp && l.consult == nil && l.routing == nil &&
		l.making == nil && l.predicted == nil && l.call.conference == "" && sharing(l) == nil
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

// consultOnPhone has the phone consult by itself. It tells whether that is tried;
// otherwise is run if the phone has done nothing for certain.
func (c *core) consultOnPhone(r *Request, m *ecma.ConsultationCall, l *leg, to ecma.DeviceID, otherwise func()) bool {
	at := l.handset
	if at == nil {
		c.wake(l.device)
		return false
	}
	// With another call at the phone nobody can tell what it would make of this.
	if len(at.legs) != 1 || at.call == nil && at.tells || at.dialing != nil || l.hold.holding != nil || !c.mayAsk(l, telephone.ConsultationCall) {
		return false
	}
	d := &duo{first: l, consults: true}
	p := c.pend(r, nil)
	request := telephone.Request{Service: telephone.ConsultationCall, Number: to.Number}
	if at.call != nil {
		request.Call = at.call.id
	}
	dialing := &dialing{
		cause:  ecma.CauseConsultation,
		begins: func(second *leg) { c.consults(d, p, m, second) },
		otherwise: func() {
			switch {
			case p.done:
			case d.holds:
				c.consultsNobody(d, p)
			default:
				d.dissolve()
				if c.sessions[r.Session] != nil {
					otherwise()
				}
			}
		},
		fails: func() { c.consultsNobody(d, p) },
	}
	l.duo, d.task = d, &duoTask{service: telephone.ConsultationCall, p: p, lines: lines{duo: d}, dialing: dialing}
	c.dial(at.handset, request, dialing)
	return true
}

// consults: the phone's second leg is there. It may have gone on without a hold of
// the first, or that is only to be heard of.
func (c *core) consults(d *duo, p *pending, m *ecma.ConsultationCall, second *leg) {
	first := d.first
	if p.done || second.conn == nil || first.conn == nil || first.conn.State != ecma.StateConnected {
		c.consultsNobody(d, p)
		return
	}
	d.second, second.duo, d.task = second, d, nil
	second.call.cause = ecma.CauseConsultation
	second.call.Correlator, second.call.User = m.CorrelatorData, m.UserData
	p.ok = &ecma.ConsultationCallResponse{InitiatedCall: second.conn.ID()}
	p.succeed()
	c.heldForService(first)
	c.held(first.conn, ecma.CauseConsultation)
	c.noteDown(first)
	c.after(holdTime, func() {
		if first.duo == d && !d.holds && d.task == nil && first.conn != nil && first.conn.State == ecma.StateHold && !first.hold.bySwitch {
			c.log.Debug("the phone consults and does not hold", "device", first.device.Number, "leg", first.id)
			c.takenUp(first)
		}
	})
}

// consultsNobody: the phone has not dialled, and it would do harm to do it in its
// place. If it holds, that is told, and undone.
func (c *core) consultsNobody(d *duo, p *pending) {
	first := d.first
	d.dissolve()
	p.fail(ecma.ErrRequestIncompatibleWithConnection)
	if d.holds && !first.hungUp && first.conn != nil && first.conn.State == ecma.StateConnected {
		c.held(first.conn, ecma.CauseNormal)
		c.retrieve(first, c.answeredAlready())
	}
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
	case t == nil || l != t.held || l.conn == nil || l.conn.State != ecma.StateHold:
	case t.service == telephone.AlternateCall:
		t.retrieves = true
		c.swapped(t)
		return true
	case t.service == telephone.ReconnectCall:
		t.retrieves = true
		return true
	}
	return false
}

// alternateLines is Alternate Call of two lines.
func (c *core) alternateLines(r *Request, m *ecma.AlternateCall, x *lines) {
	first, second := x.others()
	if first == nil || second == nil || !second.answered {
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
		return
	}
	if c.unsettled(x.activeConn, func() { c.alternateCall(r, m) }) {
		return
	}
	t := x.begin(telephone.AlternateCall, c.pend(r, &ecma.AlternateCallResponse{}))
	t.p.missed = func() { c.notSwapped(t) }
	otherwise := func(why error) {
		if t.holds || t.retrieves || why == nil || mayHaveDone(why) {
			t.p.fail(ecma.ErrRequestIncompatibleWithDevice)
			return
		}
		t.oneAfterTheOther = true
		inVain := func(error) { t.p.fail(ecma.ErrInvalidActiveConnectionState) }
		if !c.onPhone(t.active, telephone.HoldCall, inVain) {
			inVain(nil)
		}
	}
	if t.held.hold.bySwitch || !c.pairOnPhone(t.held, t.active, telephone.AlternateCall, otherwise) {
		otherwise(telephone.ErrUnsupported)
	}
}

// swapped: the switch has shown a part of Alternate Call, or all of it.
func (c *core) swapped(t *duoTask) {
	switch {
	case t.holds && t.retrieves:
	case t.holds && t.oneAfterTheOther && t.held.hold.retrieving == nil:
		c.shown(t.active, telephone.HoldCall)
		c.retrieve(t.held, t.p)
		return
	default:
		return
	}
	for _, s := range [...]telephone.Service{telephone.AlternateCall, telephone.RetrieveCall} {
		c.shown(t.held, s)
	}
	t.held.hold.retrieving, t.held.hold.bySwitch, t.active.hold.bySwitch = nil, false, false
	t.finish()
	t.p.succeed()
	c.held(t.active.conn, ecma.CauseAlternate)
	c.retrieved(t.held.conn, ecma.CauseAlternate)
	c.heldForService(t.active)
	c.noteDown(t.held, t.active)
}

// notSwapped tells what has become of the two calls all the same.
func (c *core) notSwapped(t *duoTask) {
	if t.task != t {
		return
	}
	t.finish()
	if t.held.hold.retrieving == t.p {
		t.held.hold.retrieving = nil
	}
	if conn := t.active.conn; t.holds && !t.active.hungUp && conn != nil && conn.State == ecma.StateConnected {
		c.held(conn, ecma.CauseNormal)
		c.noteDown(t.active)
	}
	if t.retrieves && !t.held.hungUp {
		c.takenUp(t.held)
	}
}

// reconnectLines is Reconnect Call of two lines.
func (c *core) reconnectLines(r *Request, x *lines) {
	if first, _ := x.others(); first == nil {
		c.refuse(r, ecma.ErrInvalidHeldConnectionState)
		return
	}
	if x.active == nil {
		c.respond(r, &ecma.ReconnectCallResponse{})
		c.leaveLone(x.duo)
		return
	}
	c.reconnectOnPhone(x, c.pend(r, &ecma.ReconnectCallResponse{}))
}

func (c *core) reconnectOnPhone(x *lines, p *pending) {
	t := x.begin(telephone.ReconnectCall, p)
	otherwise := func(why error) {
		t.silent = why == nil || mayHaveDone(why)
		if t.over {
			c.returns(t)
			return
		}
		t.cut, t.active.clearing = true, true
		c.ops.start(switching.HangUp{Leg: t.active.id, Cause: switching.CauseNormalClearing}, func(_ switching.Outcome, err error) {
			// One that has gone is reported in a moment.
			if err != nil && t.task == t && !t.over && !errors.Is(err, switching.ErrNoSuchLeg) {
				t.active.clearing = false
				t.finish()
				p.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
			}
		})
	}
	if t.held.hold.bySwitch || !c.pairOnPhone(t.held, t.active, telephone.ReconnectCall, otherwise) {
		otherwise(telephone.ErrUnsupported)
	}
}

// returns takes the held call up, once the active one has gone.
func (c *core) returns(t *duoTask) {
	l := t.held
	switch {
	case l.hungUp || l.conn == nil || l.conn.State != ecma.StateHold || l.hold.retrieving != nil || l.consult != nil:
	case t.silent:
		p := c.answeredAlready()
		l.hold.retrieving = p
		c.retrieveBySwitch(l, p)
	default:
		c.retrieve(l, c.answeredAlready())
	}
}

// staysAlone keeps the consulting device in its second call when the other party
// has gone, or could not be reached. It tells whether it was that.
func (c *core) staysAlone(l *leg, cl *call, cause switching.Cause) bool {
	d := l.duo
	if d == nil || !d.consults || l != d.second || d.task != nil || l.queue != nil ||
		d.first.hungUp || d.first.conn == nil || d.first.conn.State != ecma.StateHold ||
		l.answered && !cl.met || !l.answered && !failure(cause) && !cl.reached || cause == switching.CauseOriginatorCancel ||
		(side{call: cl}).far(l) != nil {
		return false
	}
	d.lone = side{cl, l.conn}
	cl.lone = true
	l.conn.Leg = d.first.id
	d.second, l.duo = nil, nil
	return true
}

// endLone ends the device's part in a call in which it is alone.
func (c *core) endLone(d *duo) {
	cl := d.lone.call
	c.cleared(d.lone.conn, ecma.CauseNormalClearing)
	d.lone, cl.lone = side{}, false
	c.endIfEmpty(cl)
	d.dissolve()
}

// leaveLone does so, and takes the first call up again.
func (c *core) leaveLone(d *duo) {
	first := d.first
	c.endLone(d)
	if first.conn != nil && first.conn.State == ecma.StateHold && first.hold.retrieving == nil {
		c.retrieve(first, c.answeredAlready())
	}
}

// notAloneAnyMore: a phone has another call now.
func (c *core) notAloneAnyMore(h *handset) {
	for _, l := range h.legs {
		if l.duo != nil && l.duo.lone.call != nil {
			c.endLone(l.duo)
		}
	}
}

// backToFirst: the user has taken the first call up.
func (c *core) backToFirst(l *leg) {
	if d := l.duo; l == d.first && d.lone.call != nil {
		c.endLone(d)
	}
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
	case d.task != nil, d.consults && other != nil && other.conn != nil && other.conn.State != ecma.StateHold:
		c.refuse(r, ecma.ErrInvalidConnectionState)
	default:
		return false
	}
	return true
}

// isAlone tells whether a leg's device has nobody in its call.
func (l *leg) isAlone() bool {
	return l != nil && l.conn != nil && !l.hungUp && l.queue == nil && (side{call: l.call}).far(l) == nil
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
	if held == nil || held.conn == nil || held.conn.State != ecma.StateHold || active.conn != conn || conn.State == ecma.StateHold {
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
	case t.service == telephone.TransferCall && t.leaves && !t.far[0].hungUp && !t.far[1].hungUp:
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
