package engine

import (
	"cmp"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// transferKind is where a Transfer Call brings the held party.
type transferKind uint8

const (
	toNobody transferKind = iota
	toParty
	toRinging
	toQueue
	// toSwitch: the switch itself has answered the active call.
	toSwitch
	// toConference: the held call is a conference, and the active party goes there.
	toConference
)

// transferState is how far a Transfer Call is.
type transferState uint8

const (
	transferBegins transferState = iota
	transferAsked
	transferReleases
	transferJoins
	transferEnters
	transferReplaces
	transferOver
)

var transferStages = []stage[transferState]{
	transferBegins:   {"begins", "nothing", []transferState{transferAsked, transferReleases, transferEnters}},
	transferAsked:    {"asked", "the phone transfers its calls", []transferState{transferJoins, transferReplaces, transferOver}},
	transferReleases: {"releases", "the switch lets the legs end with their partners", []transferState{transferJoins, transferReplaces, transferOver}},
	transferJoins:    {"joins", "the two other parties are joined", []transferState{transferOver}},
	transferEnters:   {"enters", "the switch brings the active party into the conference", []transferState{transferOver}},
	transferReplaces: {"replaces", "the held party is sent where the device was, whose leg has gone", []transferState{transferOver}},
	transferOver:     {name: "over"},
}

// transferring is a Transfer Call under way.
type transferring struct {
	course[transferState]
	twoCalls
	p     *pending
	kind  transferKind
	items []ecma.ConnectionListItem
	// number brings the held party where the active call is, if it is to go there, and
	// waitsIn is the connection of the queue that it gets, rings the one that rings anew.
	number         string
	waitsIn, rings *model.Connection
	// also is a leg of the device that ends once the held party is on its way.
	also *leg
}

// transferCall is Transfer Call (ECMA-269 17.1.27): the two other parties are
// joined, the device leaves.
func transferCall(c *core, r *Request, m *ecma.TransferCall) {
	x := c.twoCallsOf(r, m.HeldCall, m.ActiveCall)
	if x == nil {
		return
	}
	kind := x.transferable()
	switch {
	case kind == toNobody:
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
	case c.unsettled(x.active.conn, anew{c, r}):
	default:
		t := &transferring{course: begins(c, "Transfer Call", transferStages, transferBegins), twoCalls: *x, kind: kind}
		t.p = c.pend(r, t.response())
		x.by.leave(t)
	}
}

// transferable tells where the calls as they are now can be transferred.
func (x *twoCalls) transferable() transferKind {
	second, confers := x.second, x.fromConference()
	switch {
	case x.first == nil || consultsItself(second) || !confers && (consultsItself(x.first) || x.first.conn == nil):
		return toNobody
	case confers:
		if second == nil || second.conn == nil || !second.Answered() {
			return toNobody
		}
		return toConference
	case second == nil && x.queue() != nil:
		return toQueue
	case second == nil && x.by.served():
		return toSwitch
	case second == nil || second.conn == nil:
		return toNobody
	case !second.Answered():
		return toRinging
	}
	return toParty
}

func (t *transferring) response() *ecma.TransferCallResponse {
	switch t.kind {
	case toQueue:
		t.items = queuedItems(t.first, t.queue())
		return &ecma.TransferCallResponse{TransferredCall: t.items[1].NewConnection, Connections: t.items}
	case toSwitch:
		t.items = []ecma.ConnectionListItem{listItem(t.first.conn.ID(), t.first.conn.ID(), t.first)}
		return &ecma.TransferCallResponse{TransferredCall: t.first.conn.ID(), Connections: t.items}
	}
	t.items = t.parties(t.c)
	return &ecma.TransferCallResponse{TransferredCall: t.second.conn.IDIn(t.held.call.Call), Connections: t.items}
}

func (t *transferring) fail(refusal *ecma.Error) {
	t.goes(transferOver)
	t.p.fail(refusal)
}

// ringsAnew: the active party still rings, and rings anew for the held one, who is
// sent to it when leaves has gone; target is its connection.
func (t *transferring) ringsAnew(leaves *leg, target *model.Connection) {
	t.second.conn, t.second.left = nil, true
	target.Leg = ""
	t.rings = target
	t.first.calling = true
	t.first.call.cause, t.first.call.reached = ecma.CauseTransfer, false
	t.replaces(leaves)
}

// replaces ends a leg of the device and sends the held party where it was. The picture
// shows the transfer already.
func (t *transferring) replaces(leaves *leg) {
	t.goes(transferReplaces)
	leaves.watch.gone = t
	t.c.ops.start(switching.HangUp{Leg: leaves.ID, Cause: switching.CauseNormalClearing}, nil)
}

func (t *transferring) legGone() {
	t.c.ops.start(switching.Route{Leg: t.first.ID, Number: t.number, For: dialler(t.held.conn.Device.ID)}, t.sent)
}

// sent: the held party is on its way, or cannot go.
func (t *transferring) sent(_ switching.Outcome, err error) {
	t.goes(transferOver)
	if t.rings != nil && cannotGo(err) && t.rings.State() != ecma.StateNull {
		t.c.model.Clear(t.rings, ecma.CauseDestNotObtainable)
	}
	if t.waitsIn != nil {
		if cannotGo(err) && t.first.queue.conn == t.waitsIn {
			t.c.clearQueue(t.first)
		}
		t.c.expect(forQueue, queueArrival{t.first})
	}
	if t.also != nil {
		t.c.hangUp(t.also)
	}
}

// leaveOneLeg is Transfer Call by the switch. If the device hangs up before the calls have
// changed, the service is refused with the result of the step that was under way; while
// its parties are being joined, that is what ends its leg.
type leaveOneLeg struct {
	*transferring
	con *consultation
}

func (e onOneLeg) leave(t *transferring) {
	con := e.con
	s := &leaveOneLeg{t, con}
	con.task = s
	switch t.kind {
	case toConference:
		t.goes(transferEnters)
		t.c.ops.start(switching.Join{Leg: t.second.ID, Conference: t.held.call.conference}, s.entered)
	case toParty:
		t.goes(transferReleases)
		t.c.perform(s,
			switching.KeepAfterBridge{Leg: t.first.ID, On: false},
			switching.KeepAfterBridge{Leg: t.second.ID, On: false},
			switching.Protect{Leg: con.leg.ID, On: false},
		)
	default:
		t.number = con.active.call.whereabouts(con.leg, con.number)
		if t.kind == toQueue {
			t.waitsIn, t.number = t.queue(), cmp.Or(con.leg.queue.number, con.number)
		}
		t.goes(transferReleases)
		t.c.ops.start(switching.Protect{Leg: con.leg.ID, On: false}, s.released)
	}
}

// performed: the legs may end with their partners.
func (s *leaveOneLeg) performed(err error) {
	if err != nil || s.con.leg.consult != s.con {
		s.fails(err)
		return
	}
	s.goes(transferJoins)
	s.con.join(s.first, s.second, false, s)
}

func (s *leaveOneLeg) fails(err error) {
	s.con.task = nil
	s.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
}

func (s *leaveOneLeg) joined() {
	s.goes(transferOver)
	s.p.succeed()
	s.con.transferred(s.second)
	// Its dialplan may have something for it when its partner is taken away.
	s.c.hangUp(s.con.leg)
}

func (s *leaveOneLeg) notJoined(err error) (told bool) {
	s.goes(transferOver)
	return s.p.fail(switchError(err, ecma.ErrInvalidHeldConnectionState))
}

// entered: the active party takes the device's place in the conference's room.
func (s *leaveOneLeg) entered(_ switching.Outcome, err error) {
	if err != nil || s.con.leg.consult != s.con {
		s.fails(err)
		return
	}
	s.goes(transferOver)
	s.p.succeed()
	s.second.comesAstray()
	s.second.Changed = s.c.now
	s.con.transferred(s.second)
	s.c.ops.start(switching.HangUp{Leg: s.con.leg.ID, Cause: switching.CauseNormalClearing}, nil)
}

// released: nobody is joined; the held party is sent where the device is, whose leg
// ends.
func (s *leaveOneLeg) released(_ switching.Outcome, err error) {
	if err != nil || s.con.leg.consult != s.con || !s.still() {
		s.fails(err)
		return
	}
	s.p.succeed()
	switch l := s.con.leg; s.kind {
	case toRinging:
		target := s.second.conn
		s.con.transferred(s.second)
		s.ringsAnew(l, target)
	case toQueue:
		s.intoQueue()
	case toSwitch:
		s.toSwitch()
	}
}

// still tells whether the calls are as they were.
func (s *leaveOneLeg) still() bool {
	switch s.kind {
	case toRinging:
		return !s.second.Gone()
	case toQueue:
		return s.con.leg.queue.conn == s.waitsIn && !s.first.Gone()
	}
	return s.con.held.far(s.con.leg) == s.first
}

// intoQueue has the held party take the place of the device, whose own leg waits in the
// queue.
func (s *leaveOneLeg) intoQueue() {
	one, two := s.held.call, s.active.call
	ev := transferEvent(one, s.held.conn, s.active.conn, s.waitsIn.Device.ID, s.items)
	s.c.joins.takesPlace(s.first, s.con.leg)
	s.first.queue.number, s.first.queue.arriving = s.number, true
	s.con.leaveBoth(nil)
	s.con.reportTransfer(ev)
	s.c.endIfEmpty(two)
	s.c.noteDown(s.first)
	s.replaces(s.con.leg)
}

// toSwitch has the held party go to what the switch itself answers, where the device is
// alone.
func (s *leaveOneLeg) toSwitch() {
	l, one, two := s.con.leg, s.held.call, s.active.call
	ev := transferEvent(one, s.held.conn, s.active.conn, two.Called, s.items)
	for _, o := range two.legs {
		if o != l {
			// Called a moment ago, and for nobody any more.
			s.c.suppressFailure(o)
		}
	}
	s.con.leaveBoth(nil)
	s.con.reportTransfer(ev)
	s.c.endIfEmpty(two)
	s.first.calling = true
	one.cause, one.reached = ecma.CauseTransfer, false
	s.c.noteDown(s.first)
	s.replaces(l)
}

// leaveTwoLegs is Transfer Call by the phone (REFER with Replaces), or else by joining the
// other parties' legs, which does no harm if the phone was only late. If one of the
// device's legs ends while they are being joined, that was the join; before, the service
// is refused.
type leaveTwoLegs struct {
	*transferring
	d *duo
}

func (d *duo) leave(t *transferring) {
	s := &leaveTwoLegs{t, d}
	d.begins(s, t.p)
	t.goes(transferAsked)
	if !t.c.handsets.pairOnPhone(t.heldLeg, t.activeLeg, telephone.TransferCall, s) {
		s.notByPhone(telephone.TransferCall, telephone.ErrUnsupported)
	}
}

func (s *leaveTwoLegs) notByPhone(telephone.Service, error) {
	second := s.second
	switch {
	case s.d.task != s:
	case s.first.Gone() || s.heldLeg.Gone() || s.activeLeg.Gone() || second != nil && second.Gone():
		s.fails(ecma.ErrInvalidActiveConnectionState)
	case second == nil:
		s.intoQueue()
	case !second.Answered():
		s.number = s.activeLeg.call.whereabouts(s.activeLeg, s.activeLeg.Info.Dialled)
		target := second.conn
		s.c.joins.joinCalls(s.first, second, s.heldLeg.device)
		s.also = s.heldLeg
		s.ringsAnew(s.activeLeg, target)
	default:
		s.goes(transferJoins)
		astray(s.first, second)
		s.c.ops.start(switching.Bridge{Leg: s.first.ID, Other: second.ID}, s.ordered)
	}
}

func (s *leaveTwoLegs) fails(refusal *ecma.Error) {
	s.d.finish()
	s.fail(refusal)
}

func (s *leaveTwoLegs) ordered(_ switching.Outcome, err error) {
	switch {
	case s.d.task != s:
	case err != nil:
		s.fails(switchError(err, ecma.ErrInvalidHeldConnectionState))
	default:
		s.c.expect(forJoin, s)
	}
}

func (s *leaveTwoLegs) late(wait) bool {
	if s.d.task != s {
		return false
	}
	s.joined()
	return true
}

// joined: the other parties of the two calls hear each other, or are about to.
func (s *leaveTwoLegs) joined() {
	s.goes(transferOver)
	s.c.joins.joinCalls(s.first, s.second, s.heldLeg.device)
	for _, l := range [...]*leg{s.activeLeg, s.heldLeg} {
		s.c.expect(forLinesEnd, lineEnds{s.c, l})
	}
}

// lineEnds is a leg of a device that has transferred its calls. It ends with that, or we
// end it.
type lineEnds struct {
	c *core
	l *leg
}

func (e lineEnds) late(wait) bool {
	late := !e.l.Gone()
	e.c.hangUp(e.l)
	return late
}

// intoQueue transfers into the queue that the active leg waits in.
func (s *leaveTwoLegs) intoQueue() {
	s.waitsIn, s.number = s.activeLeg.queue.conn, cmp.Or(s.activeLeg.queue.number, s.activeLeg.Info.Dialled)
	s.c.joins.replaceInQueue(s.held.conn, s.active.conn, s.activeLeg, s.first)
	s.first.queue.arriving = true
	s.also = s.heldLeg
	s.replaces(s.activeLeg)
}

func (s *leaveTwoLegs) legHeld(*leg) bool { return false }

// legUnheld: its other party is on its way to the third: the switch ends the hold for
// that, and the leg next.
func (s *leaveTwoLegs) legUnheld(l *leg) bool { return s.state == transferJoins && s.takesUp(l) }

func (s *leaveTwoLegs) legEnds(*leg) {
	if s.state == transferJoins && !s.first.Gone() && !s.second.Gone() {
		// Its partner was taken away by the join, which is told of later.
		s.joined()
		return
	}
	s.fails(ecma.ErrInvalidHeldConnectionState)
}

func (s *leaveTwoLegs) legEnded(*leg) {}

// transferOf is the Transfer Call that joins the calls of two legs, if one does.
func transferOf(x, y *leg) *leaveTwoLegs {
	if x.call == nil || y.call == nil {
		return nil
	}
	for _, l := range x.call.legs {
		if s := l.duo.transfers(); s != nil && theseTwo(x, y, s.first, s.second) {
			return s
		}
	}
	return nil
}

// transfers is the device's Transfer Call, if it is under way.
func (d *duo) transfers() *leaveTwoLegs {
	if d == nil {
		return nil
	}
	s, _ := d.task.(*leaveTwoLegs)
	return s
}
