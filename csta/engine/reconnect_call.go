package engine

import (
	"errors"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// reconnectState is how far a Reconnect Call is.
type reconnectState uint8

const (
	reconnectBegins reconnectState = iota
	reconnectAsked
	reconnectProtects
	reconnectClears
	reconnectParks
	reconnectEnters
	reconnectJoins
	reconnectRetrieves
	reconnectOver
)

var reconnectStages = []stage[reconnectState]{
	reconnectBegins:    {"begins", "nothing", []reconnectState{reconnectAsked, reconnectProtects, reconnectClears, reconnectParks, reconnectOver}},
	reconnectAsked:     {"asked", "the phone ends the active call", []reconnectState{reconnectClears, reconnectRetrieves, reconnectOver}},
	reconnectProtects:  {"protects", "the device's leg is kept from going on in its dialplan", []reconnectState{reconnectClears, reconnectParks}},
	reconnectClears:    {"clears", "the leg of the active call has gone", []reconnectState{reconnectParks, reconnectRetrieves, reconnectOver}},
	reconnectParks:     {"parks", "the device's leg waits without a partner", []reconnectState{reconnectEnters, reconnectJoins, reconnectOver}},
	reconnectEnters:    {"enters", "the switch brings the device back into its conference", []reconnectState{reconnectOver}},
	reconnectJoins:     {"joins", "the device and the party that it held are joined", []reconnectState{reconnectOver}},
	reconnectRetrieves: {"retrieves", "the held call is taken up", []reconnectState{reconnectOver}},
	reconnectOver:      {name: "over"},
}

// reconnecting is a Reconnect Call under way, or what another service means by it: the
// active call is cleared, and the held one retrieved.
type reconnecting struct {
	course[reconnectState]
	twoCalls
	p *pending
}

// reconnectCall is Reconnect Call (ECMA-269 17.1.22).
func reconnectCall(c *core, r *Request, m *ecma.ReconnectCall) {
	x := c.twoCallsOf(r, m.HeldCall, m.ActiveCall)
	switch {
	case x == nil:
	case x.first == nil:
		c.refuse(r, ecma.ErrInvalidHeldConnectionState)
	case x.heldLeg == x.activeLeg && c.unsettled(x.active.conn, anew{c, r}):
		// It moves a leg; to end one of two legs needs no waiting.
	default:
		c.reconnect(x, c.pend(r, &ecma.ReconnectCallResponse{}))
	}
}

// backOnOneLeg brings the device's one leg back to the party that it held. The service is
// answered at once; when the device or that party hangs up, nothing is left to do.
type backOnOneLeg struct {
	*reconnecting
	con   *consultation
	timer *timer
}

func (e onOneLeg) goBack(rc *reconnecting) {
	con, c, l, consulted := e.con, rc.c, e.con.leg, rc.second
	rc.p.succeed()
	b := &backOnOneLeg{reconnecting: rc, con: con}
	con.task = b
	park, within := e.parking()
	con.givesUpActive()
	if consulted == nil {
		c.removeLeg(rc.active.call, l)
		b.park(park, within)
		return
	}
	// The consulted leg ends before the others are joined: a switch that is
	// still calling it would overtake the join.
	consulted.watch.gone = b
	if consulted.Answered() {
		b.goes(reconnectClears)
		c.hangUp(consulted)
		return
	}
	c.suppressFailure(consulted)
	// The number's dialplan may go its own way with a call that is not answered, to a
	// mailbox for instance. Nobody wants to be there now: the leg waits at once.
	b.goes(reconnectProtects)
	c.ops.start(switching.Protect{Leg: l.ID, On: true}, b.protected)
}

// parking is how the device's leg comes to wait without a partner, if there is none now,
// and how long that takes at most.
func (e onOneLeg) parking() (w wait, within time.Duration) {
	con := e.con
	switch {
	case con.leg.queue.conn != nil || con.served():
		// With the switch itself it can be fetched from where it is.
		return forSettling, 0
	case con.way.state == consultForsaken:
		return forPark, waits[forPark].atMost
	}
	// From wherever its dialplan took it, once the switch has left off calling.
	return con.c.settlesLeg(con.leg)
}

func (b *backOnOneLeg) protected(switching.Outcome, error) {
	if b.state == reconnectProtects {
		b.goes(reconnectClears)
	}
	b.c.hangUp(b.second)
}

// legGone: the consulted leg has.
func (b *backOnOneLeg) legGone() {
	b.second.watch.gone = nil
	b.c.removeLeg(b.active.call, b.con.leg)
	b.park(forPark, waits[forPark].atMost)
}

// park goes on when the device's leg waits without a partner, or after a while.
func (b *backOnOneLeg) park(w wait, within time.Duration) {
	b.goes(reconnectParks)
	if b.con.leg.Parked() || within <= 0 {
		b.back()
		return
	}
	b.con.leg.watch.parked = b
	b.timer = b.c.expectFor(w, within, b)
}

func (b *backOnOneLeg) legParked() {
	b.c.cancel(b.timer)
	b.con.leg.watch.parked = nil
	b.back()
}

func (b *backOnOneLeg) late(wait) bool {
	b.con.leg.watch.parked = nil
	b.back()
	return true
}

func (b *backOnOneLeg) back() {
	l := b.con.leg
	first := b.held.far(l)
	switch {
	case !b.con.stands() || first == nil:
		b.goes(reconnectOver)
	case b.fromConference():
		b.goes(reconnectEnters)
		b.c.ops.start(switching.Join{Leg: l.ID, Conference: b.held.call.conference}, b.entered)
	default:
		b.goes(reconnectJoins)
		b.con.join(l, first, true, b)
	}
}

// entered: the device is on its way into the room of its conference again.
func (b *backOnOneLeg) entered(_ switching.Outcome, err error) {
	l := b.con.leg
	b.goes(reconnectOver)
	switch {
	case !b.con.stands():
	case err != nil:
		b.con.task = nil
		b.c.log.Warn("ReconnectCall: the switch could not bring a party back into its conference", "leg", l.ID, "error", err)
	default:
		l.comesAstray()
		l.Changed = b.c.now
		b.joined()
		b.c.partyLeft(b.held.call)
	}
}

func (b *backOnOneLeg) joined() {
	b.goes(reconnectOver)
	b.c.model.Retrieve(b.held.conn, ecma.CauseNormal)
	b.con.unprotect()
}

func (b *backOnOneLeg) notJoined(error) (told bool) {
	b.goes(reconnectOver)
	return false
}

// backOnTwoLegs ends the active leg, at the phone if that can be, and takes up the held
// one, unless the phone does so by itself. It is answered when the active leg has gone,
// and refused if the held one goes first.
type backOnTwoLegs struct {
	*reconnecting
	d *duo
	// silent: it is no use to ask the phone once more. tookUp: the held leg was taken up
	// before the active one ended.
	silent, tookUp bool
}

func (d *duo) goBack(rc *reconnecting) {
	if rc.activeLeg == nil {
		rc.p.succeed()
		d.leaveLone()
		return
	}
	b := &backOnTwoLegs{reconnecting: rc, d: d}
	d.begins(b, rc.p)
	b.goes(reconnectAsked)
	if rc.heldLeg.hold.bySwitch || !rc.c.handsets.pairOnPhone(rc.heldLeg, rc.activeLeg, telephone.ReconnectCall, b) {
		b.notByPhone(telephone.ReconnectCall, telephone.ErrUnsupported)
	}
}

func (b *backOnTwoLegs) notByPhone(_ telephone.Service, why error) {
	b.silent = why == nil || mayHaveDone(why)
	if b.state == reconnectRetrieves {
		b.retrieve()
		return
	}
	b.goes(reconnectClears)
	b.activeLeg.cleared = byClient
	b.c.ops.start(switching.HangUp{Leg: b.activeLeg.ID, Cause: switching.CauseNormalClearing}, b.cleared)
}

func (b *backOnTwoLegs) cleared(_ switching.Outcome, err error) {
	// One that has gone is reported in a moment.
	if err != nil && b.d.task == b && b.state == reconnectClears && !errors.Is(err, switching.ErrNoSuchLeg) {
		b.activeLeg.cleared = notByClient
		b.d.finish()
		b.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
	}
}

func (b *backOnTwoLegs) fail(refusal *ecma.Error) {
	b.goes(reconnectOver)
	b.p.fail(refusal)
}

func (b *backOnTwoLegs) legHeld(*leg) bool { return false }

func (b *backOnTwoLegs) legUnheld(l *leg) bool {
	if !b.takesUp(l) {
		return false
	}
	b.tookUp = true
	return true
}

func (b *backOnTwoLegs) legEnds(l *leg) {
	if l != b.activeLeg {
		b.d.finish()
		b.fail(ecma.ErrInvalidHeldConnectionState)
		return
	}
	b.goes(reconnectRetrieves)
	l.call.givenUp = true
	b.p.succeed()
}

func (b *backOnTwoLegs) legEnded(*leg) {
	if b.state != reconnectRetrieves {
		return
	}
	switch at := b.heldLeg.handset; {
	case b.tookUp:
		b.goes(reconnectOver)
		b.c.handsets.shown(b.heldLeg, telephone.ReconnectCall)
		b.c.holds.takenUp(b.heldLeg)
	case at != nil && at.asked != nil:
		// The phone takes it up in a moment.
	default:
		b.retrieve()
	}
}

// retrieve takes the held call up, once the active one has gone.
func (b *backOnTwoLegs) retrieve() {
	b.goes(reconnectOver)
	l := b.heldLeg
	switch {
	case l.Gone() || l.conn == nil || l.conn.State() != ecma.StateHold || l.hold.retrieving != nil || l.consult != nil:
	case b.silent:
		b.c.retrieves(l, b.c.answeredAlready()).bySwitch()
	default:
		b.c.retrieve(l, b.c.answeredAlready())
	}
}
