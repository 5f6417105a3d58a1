package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// consultation is a device with two calls on one leg: the switch plays music to
// the held party and calls, or connects, the other one with the same leg, so
// that every phone can consult, alternate, transfer and confer.
type consultation struct {
	c            *core
	way          way
	leg          *leg
	held, active side
	// number is the consulted one.
	number string
	// keys is what its user's keys tell the switch to do with it; nil: nothing.
	keys *byKeys
	// task is the service that is changing it; nil: none is.
	task procedure
	// union is two of its legs on their way to each other.
	union *union
}

func (c *core) consultation(l *leg, first consultState) *consultation {
	con := &consultation{c: c, leg: l, held: side{l.call, l.conn}}
	con.way = way{begins(c, "two calls on one leg", consultStages, first), con}
	return con
}

// byKeys tells whether the switch does all of it, as keys tell.
func (con *consultation) byKeys() bool { return con.way.state == consultByKeys }

// busy tells whether no service can be done to it now.
func (con *consultation) busy() bool { return con.task != nil || con.byKeys() }

// has tells whether two connections are those of its two calls.
func (con *consultation) has(held, active *model.Connection) bool {
	return con != nil && con.held.conn == held && con.active.conn == active
}

// beginning tells whether its second call is known, and the switch has not said yet that
// it sends the leg there: on a busy machine, whom it calls may have answered before.
func (con *consultation) beginning() bool {
	_, consults := con.task.(*consultService)
	return consults && con.active.conn != nil && con.stands()
}

// whenDone serves a request once the service that is under way is over; false: none is.
func (con *consultation) whenDone(r *Request) bool {
	if con == nil {
		return false
	}
	done := serviceDone{anew{con.c, r}, con}
	if done.ready() {
		return false
	}
	con.c.when(forSwitch, waits[forSwitch].atMost, done)
	return true
}

// stands tells whether it is still that of its leg.
func (con *consultation) stands() bool { return con.leg.consult == con && !con.leg.Gone() }

// doing is the service that is under way, or what the device waits for without one.
func (con *consultation) doing() Doing {
	if con.task != nil {
		return con.task.doing()
	}
	return con.way.doing()
}

// onOneLeg has the switch do services to the two calls, with the one leg that has both.
type onOneLeg struct{ con *consultation }

func (e onOneLeg) served() bool { return e.con.served() }

// both are its two calls as services see them.
func (con *consultation) both() *twoCalls {
	return &twoCalls{
		held: con.held, active: con.active, heldLeg: con.leg, activeLeg: con.leg,
		first: con.held.far(con.leg), second: con.active.far(con.leg), by: onOneLeg{con},
	}
}

// fromConference tells whether the call that the device holds is a conference.
func (con *consultation) fromConference() bool { return con.held.call.conference != "" }

// behind is the side of a connection of the consulting device.
func (con *consultation) behind(conn *model.Connection) side {
	if conn == con.held.conn {
		return con.held
	}
	return con.active
}

// secondCall gives a consulting device its second call, beside the one that it holds.
func (con *consultation) secondCall(to ecma.DeviceID) *call {
	c, l, device := con.c, con.leg, con.held.conn.Device.ID
	second := c.newCall(c.newUUID())
	second.Calling, second.Called, second.tenant = device, to, domainOf(device)
	second.cause = ecma.CauseConsultation
	second.legs = append(second.legs, l)
	con.active = side{second, c.model.Connect(second.Call, device, ecma.StateNull, l.ID)}
	return second
}

// entersSecond: the consulting device is in its second call now.
func (con *consultation) entersSecond() {
	con.c.model.Hold(con.held.conn, ecma.CauseConsultation)
	con.c.model.Initiate(con.active.conn, ecma.CauseConsultation)
	con.leg.call, con.leg.conn, con.leg.calling = con.active.call, con.active.conn, true
}

// served tells whether the consulting device's leg is with the switch itself (an
// announcement, a mailbox, a conference room), or on its way to it: nobody was
// called for it, or in vain, and it does not wait where those do who could not be
// helped, unless it is only on its way from there.
func (con *consultation) served() bool {
	return con.active.call != nil && con.active.conn.State() != ecma.StateNull && con.active.far(con.leg) == nil &&
		(con.way.state == consultGoesOn || !con.active.call.reached) && (!con.leg.Parked() || con.way.state == consultSent) && con.way.state != consultOrdered && !con.byKeys()
}

// alone tells whether the consulting device has nobody in its active call, and
// what the switch itself answers does not serve it either.
func (con *consultation) alone() bool {
	return con.active.far(con.leg) == nil && con.leg.queue.conn == nil && !con.served()
}

// unionState is how far two legs have come that are to be joined.
type unionState uint8

const (
	unionOrdered unionState = iota
	unionAccepted
	unionOver
)

var unionStages = []stage[unionState]{
	unionOrdered:  {"ordered", "the switch joins the two", []unionState{unionAccepted, unionOver}},
	unionAccepted: {"accepted", "the two are joined", []unionState{unionOver}},
	unionOver:     {name: "over"},
}

// union is two legs of a consultation that the switch was asked to join. Once they are
// heard to be, or count as joined, by is told, once.
type union struct {
	course[unionState]
	con  *consultation
	x, y *leg
	// back: the device's leg is one of the two; else it ends with the join.
	back bool
	by   interface {
		joined()
		// notJoined tells whether a client hears of it.
		notJoined(error) bool
	}
}

// join joins two legs of the consultation.
func (con *consultation) join(x, y *leg, back bool, by interface {
	joined()
	notJoined(error) bool
}) {
	u := &union{course: begins(con.c, "join", unionStages, unionOrdered), con: con, x: x, y: y, back: back, by: by}
	con.union = u
	astray(x, y)
	con.c.noteDown(x, y)
	con.c.ops.start(switching.Bridge{Leg: x.ID, Other: y.ID, Back: back}, u.accepted)
}

// shown: the two are joined.
func (u *union) shown() {
	if u.state != unionOver {
		u.goes(unionOver)
		u.con.union = nil
		// Also where the switch has not said so yet: a service on them is not to be
		// overtaken by their join.
		u.x.Changed, u.y.Changed = u.c.now, u.c.now
		u.by.joined()
	}
}

func (u *union) accepted(_ switching.Outcome, err error) {
	switch {
	case u.state == unionOver:
	case u.con.leg.consult != u.con:
		u.failed(switching.ErrNoSuchLeg)
	case err != nil:
		u.con.union, u.con.task = nil, nil
		if !u.failed(err) {
			u.c.log.Warn("the switch could not join two legs", "leg", u.x.ID, "other", u.y.ID, "error", err)
		}
	default:
		// The legs are on their way to each other; if the event that
		// shows them joined does not come, they count as joined.
		u.goes(unionAccepted)
		u.c.expect(forJoin, u)
	}
}

func (u *union) failed(err error) (told bool) {
	u.goes(unionOver)
	return u.by.notJoined(err)
}

func (u *union) late(wait) bool {
	switch {
	case u.state == unionOver:
		return false
	case u.con.leg.consult == u.con:
		u.shown()
	default:
		u.failed(switching.ErrNoSuchLeg)
	}
	return true
}

// givenUp tells whether the device's part in the active call has ended for the sake of the
// held one. The leg is on its way back there, or could not be brought.
func (con *consultation) givenUp() bool {
	return con.active.call != nil && con.active.conn.State() == ecma.StateNull
}

// givesUpActive ends the device's part in the active call, whose leg is that of the held
// one from now on.
func (con *consultation) givesUpActive() {
	if !con.givenUp() {
		con.c.model.Clear(con.active.conn, ecma.CauseNormalClearing)
	}
	// It may have consulted a queue, which has the same leg.
	con.c.clearQueue(con.leg)
	con.leg.call, con.leg.conn = con.held.call, con.held.conn
}

// swapped: the device talks to the party that it held, and the other one hears music.
func (con *consultation) swapped(other *leg) {
	con.held, con.active = con.active, con.held
	con.leg.call, con.leg.conn = con.active.call, con.active.conn
	con.c.noteDown(con.leg)
	con.c.ops.start(switching.Music{Leg: other.ID}, nil)
}

// unprotect ends a consultation: one call is left, and its legs may end each
// other again.
func (con *consultation) unprotect() {
	c, l := con.c, con.leg
	if l.consult != con {
		return
	}
	byKeys := con.byKeys()
	con.ends()
	if byKeys {
		return
	}
	l.plan.letGo = c.now
	if !l.Gone() {
		c.ops.start(switching.Protect{Leg: l.ID, On: false}, nil)
	}
	if l.call == nil {
		return
	}
	c.noteDown(l)
	for _, o := range l.call.legs {
		if o != l {
			c.strays.letEnd(o)
		}
	}
}

// ends makes the leg an ordinary one.
func (con *consultation) ends() {
	con.leg.consult = nil
	con.way.goes(consultOver)
}

// transferred changes the picture: the parties of both calls are in the held
// one, the transferring device in none.
func (con *consultation) transferred(second *leg) {
	two := con.active.call
	x := con.both()
	x.second = second
	ev := transferEvent(con.held.call, con.held.conn, con.active.conn, second.alerting(), x.parties(con.c))
	con.leaveBoth(second)
	con.reportTransfer(ev)
	con.c.endIfEmpty(two)
}

// reportTransfer sends it, and takes the consulting device out of the call.
func (con *consultation) reportTransfer(ev *ecma.TransferedEvent) {
	l, one := con.leg, con.held.call
	con.c.model.Transfer(one.Call, ev, con.held.conn)
	one.LastRedirection = con.held.conn.Device.ID
	l.conn, l.left = nil, true
	l.call = one
	con.c.noteCall(one)
}

// conferenced changes the picture: the parties of both calls are in the held one, and so
// is the consulting device.
func (con *consultation) conferenced(x *twoCalls, items []ecma.ConnectionListItem) {
	l, one, two := con.leg, con.held.call, con.active.call
	ev := x.conferenceEvent(items)
	con.leaveBoth(x.second)
	l.call, l.conn = one, con.held.conn
	con.c.model.Confer(one.Call, ev, con.held.conn)
	con.c.endIfEmpty(two)
}

// leaveBoth ends the consultation: its second call's party moves into the
// first, whose leg the consulting device's stays in for now.
func (con *consultation) leaveBoth(second *leg) {
	l, one, two := con.leg, con.held.call, con.active.call
	con.ends()
	con.c.model.Disconnect(con.active.conn)
	con.c.model.Merge(two.Call, one.Call)
	for _, o := range append([]*leg(nil), two.legs...) {
		if o == l {
			con.c.dropLeg(two, l)
			continue
		}
		if o != second && o.conn != nil {
			continue
		}
		con.c.moveLeg(o, one)
	}
}

// retrieve is Retrieve Call of the held one of the two calls: allowed once the other
// has no party left.
func (con *consultation) retrieve(r *Request, conn *model.Connection) {
	switch {
	case con.held.conn == conn && con.active.far(con.leg) != nil:
		con.c.refuse(r, ecma.ErrConnectedCallExists)
	case con.held.conn == conn && con.beginning():
		con.whenDone(r)
	case con.busy() || con.held.conn != conn || con.held.far(con.leg) == nil:
		con.c.refuse(r, ecma.ErrInvalidConnectionState)
	default:
		con.c.reconnect(con.both(), con.c.pend(r, &ecma.RetrieveCallResponse{}))
	}
}

// clear is Clear Connection of one of the two; it tells whether that is all: clearing the
// active one brings the held one back, and clearing the held one leaves the device in the
// active one.
func (con *consultation) clear(conn *model.Connection) bool {
	other := con.held.far(con.leg)
	switch {
	case con.busy() || other == nil:
		return false
	case conn == con.active.conn:
		// The device keeps its leg for the call it holds.
		con.c.reconnect(con.both(), con.c.answeredAlready())
	case conn == con.held.conn:
		con.giveUpHeld(other)
	default:
		return false
	}
	return true
}

// giveUpHeld clears the held one of a device's two calls; the device stays in
// the active one. A conference goes on without it.
func (con *consultation) giveUpHeld(other *leg) {
	cl := con.held.call
	alone := con.leavesHeld()
	if cl.conference != "" {
		con.c.partyLeft(cl)
	} else {
		con.c.ops.start(switching.HangUp{Leg: other.ID, Cause: switching.CauseNormalClearing, Forsaken: true}, nil)
	}
	if alone {
		con.endLeg()
	}
}

// leavesHeld takes a consulting device out of the held one of its two calls; the other
// is an ordinary one then. It tells whether nobody else is in that, so that the device's
// leg is to be ended; by keys the switch does that.
func (con *consultation) leavesHeld() (alone bool) {
	back := con.givenUp()
	alone = back || con.alone() && !con.byKeys()
	con.c.model.Clear(con.held.conn, ecma.CauseNormalClearing)
	con.unprotect()
	if !back {
		con.c.removeLeg(con.held.call, con.leg)
	}
	return alone
}

func (con *consultation) endLeg() {
	con.c.ops.start(switching.HangUp{Leg: con.leg.ID, Cause: switching.CauseNormalClearing}, nil)
}

// heldPartyLeft: a party has gone from the held call. If that was the last, the device's
// held call ends.
func (con *consultation) heldPartyLeft() {
	l := con.leg
	switch {
	case con.held.far(l) != nil:
		// Its note may have named the one who has gone.
		con.c.noteDown(l)
	case con.active.call == nil:
		// The consultation had not begun; its first step will fail.
	default:
		if con.leavesHeld() {
			con.endLeg()
		}
	}
}

// legEnds: the consulting device has hung up. If its partner was taken away by the join
// that a transfer makes, that ends the leg before the join is reported; by keys, the
// switch joins the two others.
func (con *consultation) legEnds() {
	if u := con.union; u != nil && !u.back {
		u.shown()
	}
	if con.byKeys() {
		con.keys.left()
	}
}

// legEnded: nobody is left for the consulting device's held party, nor for its active
// one, but for the other members of a conference.
func (con *consultation) legEnded() {
	l := con.leg
	con.ends()
	taken := con.partnerTaken()
	for _, s := range [...]side{con.active, con.held} {
		if s.call == nil {
			continue
		}
		other := s.far(l)
		if s.call != l.call {
			if s.conn.State() != ecma.StateNull {
				con.c.model.Clear(s.conn, ecma.CauseNormalClearing)
			}
			con.c.removeLeg(s.call, l)
		}
		switch {
		case s.call.conference != "":
			// The others go on without it.
			con.c.partyLeft(s.call)
		case other != nil:
			con.endParty(other, taken)
		}
	}
}

// endParty ends a party of a consulting device that has gone.
func (con *consultation) endParty(other *leg, taken bool) {
	con.c.suppressFailure(other)
	f := forsaken{con.c, other, switching.CauseNormalClearing}
	if !other.Answered() {
		// As the switch does by itself, perhaps before us.
		f.cause = switching.CauseOriginatorCancel
	}
	if taken {
		con.c.expect(forDialplan, f)
	} else {
		f.end()
	}
}

// forsaken is a party that is ended since it has nobody any more, unless it shows in time
// that it is joined with somebody else.
type forsaken struct {
	c     *core
	l     *leg
	cause switching.Cause
}

func (f forsaken) end() {
	f.c.ops.start(switching.HangUp{Leg: f.l.ID, Cause: f.cause, Forsaken: true}, nil)
}

func (f forsaken) late(wait) bool {
	switch {
	case f.l.Gone():
		return false
	case f.c.legs[f.l.Bridge.Partner] != nil:
		astray(f.l)
		f.c.strays.letEnd(f.l)
		return false
	}
	f.end()
	return true
}

// consultedLeft notes how the party whom somebody consults has gone from the call.
func consultedLeft(l *leg, cl *call) {
	if cl == nil || l.Info.Glue {
		return
	}
	for _, o := range cl.legs {
		if con := o.consult; con != nil && o != l && con.active.call == cl {
			con.way.partyGone(l.Answered())
		}
	}
}

// suppressFailure keeps the end of a leg that we hang up before it rang from
// being read as a failure to reach its device.
func (c *core) suppressFailure(l *leg) {
	if l.conn == nil {
		l.left = true
	}
}

// partnerTaken tells whether the consulting device's leg had lost the consulted party
// before it hung up, and that one is still there: somebody takes it elsewhere, perhaps
// to the held one, and the leg's dialplan wants nothing behind its bridge.
func (con *consultation) partnerTaken() bool {
	if con.active.call == nil {
		return false
	}
	far := con.active.far(con.leg)
	return far != nil && far.Answered() && con.leg.Bridge.Partner == "" && con.leg.Bridge.Former == far.ID
}
