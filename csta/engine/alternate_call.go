package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// alternateState is how far an Alternate Call is.
type alternateState uint8

const (
	alternateBegins alternateState = iota
	alternateKeeps
	alternateJoins
	alternateAsked
	alternateHolds
	alternateRetrieves
	alternateTalks
	alternateOver
)

var alternateStages = []stage[alternateState]{
	alternateBegins:    {"begins", "nothing", []alternateState{alternateKeeps, alternateAsked, alternateHolds, alternateTalks, alternateOver}},
	alternateKeeps:     {"keeps", "the switch lets the active party stay without the device", []alternateState{alternateJoins, alternateOver}},
	alternateJoins:     {"joins", "the device and the party that it held are joined", []alternateState{alternateOver}},
	alternateAsked:     {"asked", "the phone holds one call and takes the other up", []alternateState{alternateHolds, alternateTalks, alternateOver}},
	alternateHolds:     {"holds", "the active call is held", []alternateState{alternateTalks, alternateHolds, alternateRetrieves, alternateOver}},
	alternateRetrieves: {"retrieves", "the held call is taken up, now that the other is held", []alternateState{alternateOver}},
	alternateTalks:     {"asked to talk", "the phone takes up the call that it holds, and holds the other", []alternateState{alternateOver}},
	alternateOver:      {name: "over"},
}

// alternating is an Alternate Call under way.
type alternating struct {
	course[alternateState]
	twoCalls
	p *pending
}

// alternateCall is Alternate Call (ECMA-269 17.1.2).
func alternateCall(c *core, r *Request, m *ecma.AlternateCall) {
	x := c.twoCallsOf(r, m.HeldCall, m.ActiveCall)
	switch {
	case x == nil:
	case x.first == nil || x.second == nil || !x.second.Answered() || x.fromConference():
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
	case c.unsettled(x.active.conn, anew{c, r}):
	default:
		x.by.swap(&alternating{
			course: begins(c, "Alternate Call", alternateStages, alternateBegins), twoCalls: *x, p: c.pend(r, &ecma.AlternateCallResponse{}),
		})
	}
}

// done answers, and changes the picture.
func (a *alternating) done() {
	a.goes(alternateOver)
	a.p.succeed()
	a.c.swapped(a.active, a.held)
}

func (a *alternating) fail(refusal *ecma.Error) {
	a.goes(alternateOver)
	a.p.fail(refusal)
}

// swapped: a device that had one call active, and held another, has it the other way
// round.
func (c *core) swapped(holds, retrieves side) {
	c.model.Hold(holds.conn, ecma.CauseAlternate)
	c.model.Retrieve(retrieves.conn, ecma.CauseAlternate)
}

// swapOneLeg is Alternate Call by joining the device's leg with the other party.
type swapOneLeg struct {
	*alternating
	con *consultation
}

func (e onOneLeg) swap(a *alternating) {
	con := e.con
	s := &swapOneLeg{a, con}
	con.task = s
	a.goes(alternateKeeps)
	a.c.ops.start(switching.KeepAfterBridge{Leg: a.second.ID, On: true}, s.kept)
}

func (s *swapOneLeg) kept(_ switching.Outcome, err error) {
	if err != nil {
		s.con.task = nil
		s.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
		return
	}
	s.goes(alternateJoins)
	s.con.join(s.con.leg, s.first, true, s)
}

func (s *swapOneLeg) joined() {
	s.con.task = nil
	s.done()
	s.con.swapped(s.second)
}

func (s *swapOneLeg) notJoined(err error) (told bool) {
	s.goes(alternateOver)
	return s.p.fail(switchError(err, ecma.ErrInvalidHeldConnectionState))
}

// swapTwoLegs is Alternate Call by holding one leg and taking up the other. The phone is
// asked to do both, else for one after the other, else the switch does it. The switch
// shows the two halves in the phone's own order. If one of the legs ends, or the service
// fails half-way, what has become of the two is told all the same (missed).
type swapTwoLegs struct {
	*alternating
	d *duo
	// heldOne and tookUp are the halves that were shown.
	heldOne, tookUp bool
}

func (d *duo) swap(a *alternating) {
	s := &swapTwoLegs{alternating: a, d: d}
	d.begins(s, a.p)
	a.p.by = s
	a.goes(alternateAsked)
	if a.heldLeg.hold.bySwitch || !a.c.handsets.pairOnPhone(a.heldLeg, a.activeLeg, telephone.AlternateCall, s) {
		s.notByPhone(telephone.AlternateCall, telephone.ErrUnsupported)
	}
}

func (s *swapTwoLegs) notByPhone(what telephone.Service, why error) {
	silent := why == nil || mayHaveDone(why)
	switch {
	case what == telephone.HoldCall && !silent:
		s.fail(ecma.ErrInvalidActiveConnectionState)
	case silent, s.heldOne, s.tookUp:
		s.fail(ecma.ErrRequestIncompatibleWithDevice)
	case s.c.handsets.onPhone(s.activeLeg, telephone.HoldCall, s):
		s.goes(alternateHolds)
	default:
		s.bySwitch()
	}
}

// bySwitch swaps the calls of a phone that takes no such request. What the switch
// holds, it takes up again once it holds the other; a phone that holds is asked to talk,
// and holds the other by itself then, as phones with two lines do.
func (s *swapTwoLegs) bySwitch() {
	if s.heldLeg.hold.bySwitch {
		s.goes(alternateHolds)
		s.holdActive()
		return
	}
	s.goes(alternateTalks)
	s.c.retrieves(s.heldLeg, s.p).bySwitch()
}

// holdActive has the switch hold the active call.
func (s *swapTwoLegs) holdActive() {
	s.c.ops.start(switching.Hold{Leg: s.activeLeg.ID}, s.ordered)
}

func (s *swapTwoLegs) ordered(_ switching.Outcome, err error) {
	switch {
	case err == nil:
		s.activeLeg.hold.bySwitch = true
	case s.d.task == s && !s.heldOne:
		s.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
	}
}

func (s *swapTwoLegs) legHeld(l *leg) bool {
	if l != s.activeLeg {
		return false
	}
	s.heldOne = true
	switch {
	case s.tookUp:
		s.shown()
	case s.state == alternateHolds:
		s.c.handsets.shown(l, telephone.HoldCall)
		s.goes(alternateRetrieves)
		s.c.retrieve(s.heldLeg, s.p)
	}
	return true
}

func (s *swapTwoLegs) legUnheld(l *leg) bool {
	if !s.takesUp(l) {
		return false
	}
	s.tookUp = true
	switch {
	case s.heldOne:
		s.shown()
	case s.state == alternateTalks:
		s.c.expect(forOtherHalf, s)
	}
	return true
}

// late: a phone that was asked to talk in the held call has not held the other by itself.
func (s *swapTwoLegs) late(wait) bool {
	if s.d.task != s || s.heldOne {
		return false
	}
	s.holdActive()
	return true
}

// shown: the switch has shown both halves.
func (s *swapTwoLegs) shown() {
	for _, what := range [...]telephone.Service{telephone.AlternateCall, telephone.RetrieveCall} {
		s.c.handsets.shown(s.heldLeg, what)
	}
	s.forgetRetrieval()
	s.heldLeg.hold.bySwitch = false
	s.d.finish()
	s.done()
	s.c.holds.heldForService(s.activeLeg)
	s.c.noteDown(s.heldLeg, s.activeLeg)
}

// forgetRetrieval: the held call is not taken up for this service any more.
func (s *swapTwoLegs) forgetRetrieval() {
	if of := s.heldLeg.hold.retrieving; of != nil && of.p == s.p {
		of.over()
	}
}

func (s *swapTwoLegs) legEnds(l *leg) {
	// The end of a hold comes before that of the leg.
	s.tookUp = s.tookUp && l != s.heldLeg
	s.fail(ecma.ErrInvalidHeldConnectionState)
}

func (s *swapTwoLegs) legEnded(*leg) {}

// missed tells what has become of the two calls after a refusal.
func (s *swapTwoLegs) missed() {
	if s.d.task != s {
		return
	}
	s.goes(alternateOver)
	s.d.finish()
	s.forgetRetrieval()
	if conn := s.activeLeg.conn; s.heldOne && !s.activeLeg.Gone() && conn != nil && conn.State() == ecma.StateConnected {
		s.c.model.Hold(conn, ecma.CauseNormal)
		s.c.noteDown(s.activeLeg)
	}
	if s.tookUp && !s.heldLeg.Gone() {
		s.c.holds.takenUp(s.heldLeg)
	}
}
