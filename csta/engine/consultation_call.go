package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// consultingState is how far a Consultation Call is.
type consultingState uint8

const (
	consultingBegins consultingState = iota
	consultingAtPhone
	consultingAnew
	consultingProtects
	consultingHolds
	consultingRoutes
	consultingBegun
	consultingOver
)

var consultingStages = []stage[consultingState]{
	consultingBegins:   {"begins", "the leg may be moved", []consultingState{consultingAtPhone, consultingProtects, consultingOver}},
	consultingAtPhone:  {"asked", "the phone holds its call and dials, or does not", []consultingState{consultingAnew, consultingBegun, consultingOver}},
	consultingAnew:     {"without the phone", "the leg may be moved", []consultingState{consultingProtects, consultingOver}},
	consultingProtects: {"protects", "the leg is kept from losing its partners", []consultingState{consultingHolds, consultingRoutes, consultingOver}},
	consultingHolds:    {"holds", "the other party hears music", []consultingState{consultingRoutes}},
	consultingRoutes:   {"routes", "the switch sends the leg to the number", []consultingState{consultingOver}},
	consultingBegun:    {"begun", "the phone's hold is heard of", []consultingState{consultingOver}},
	consultingOver:     {name: "over"},
}

// consultService is a Consultation Call under way, done by the phone if it takes requests, so
// that the device has two legs (d), else by the switch with the one that it has (con). If
// the device hangs up, it is refused: at the phone at once, by the switch with the result
// of the step that was under way.
type consultService struct {
	course[consultingState]
	r  *Request
	m  *ecma.ConsultationCall
	p  *pending
	to ecma.DeviceID
	l  *leg

	con *consultation

	d       *duo
	dialing *dialing
}

// consultationCall is Consultation Call (ECMA-269 17.1.10).
func consultationCall(c *core, r *Request, m *ecma.ConsultationCall) {
	s := &consultService{course: begins(c, "Consultation Call", consultingStages, consultingBegins), r: r, m: m, p: c.pend(r, nil)}
	s.again()
}

// again begins, or goes on once the leg may be moved, or without the phone.
func (s *consultService) again() {
	c := s.c
	conn, refusal := c.connection(s.m.ExistingCall, inState(ecma.StateConnected), ecma.ErrNoActiveCall)
	if refusal != nil {
		s.fail(refusal)
		return
	}
	domain := c.domainFor(conn)
	s.to = c.destinationIn(s.m.ConsultedDevice, domain)
	number := numberIn(domain, s.to)
	l := c.legs[conn.Leg]
	switch {
	case conn.Device.ID.Type == ecma.DeviceNumber:
		s.fail(ecma.ErrRequestIncompatibleWithConnection)
		return
	case number == "":
		s.fail(ecma.ErrInvalidCalledDeviceID)
		return
	case c.unsettled(conn, s):
		return
	case conn.State() != ecma.StateConnected || l == nil || !l.Answered() || l.conn != conn || l.consult != nil || l.duo != nil || l.routing != nil:
		s.fail(ecma.ErrInvalidConnectionState)
		return
	}
	confers := l.call.conference != ""
	other := c.otherParty(conn)
	switch {
	case confers && !c.talks(conn) || !confers && (other == nil || !other.Answered() || other.Info.Glue || other.consult != nil):
		s.fail(ecma.ErrInvalidConnectionState)
	case s.state == consultingBegins && !confers && s.atPhone(l):
	default:
		s.bySwitch(l, number)
	}
}

func (s *consultService) fail(refusal *ecma.Error) {
	s.goes(consultingOver)
	s.p.fail(refusal)
}

// bySwitch has the switch do it: first the leg is made safe from losing its partners.
func (s *consultService) bySwitch(l *leg, number string) {
	s.goes(consultingProtects)
	s.l, s.con = l, s.c.consultation(l, consultOrdered)
	s.con.number, s.con.task = number, s
	l.consult = s.con
	s.c.ops.start(switching.Protect{Leg: l.ID, On: true}, s.protected)
}

func (s *consultService) protected(_ switching.Outcome, err error) {
	c, l, con := s.c, s.l, s.con
	if err != nil || !con.stands() {
		if l.consult == con {
			con.ends()
		}
		s.fail(switchError(err, ecma.ErrInvalidConnectionState))
		return
	}
	con.secondCall(s.to).Attach(s.m.CorrelatorData, s.m.UserData)
	s.p.ok = &ecma.ConsultationCallResponse{InitiatedCall: con.active.conn.ID()}
	s.p.succeed()
	con.entersSecond()
	c.noteDown(l)
	if other := con.held.far(l); other != nil && !con.fromConference() {
		s.goes(consultingHolds)
		c.ops.start(switching.Music{Leg: other.ID}, s.route)
		return
	}
	s.route(switching.Outcome{}, nil)
}

func (s *consultService) route(switching.Outcome, error) {
	s.goes(consultingRoutes)
	s.c.ops.start(switching.Route{Leg: s.l.ID, Number: s.con.number, For: dialler(s.l.device)}, s.routed)
}

func (s *consultService) routed(_ switching.Outcome, err error) {
	s.goes(consultingOver)
	con := s.con
	con.task = nil
	switch {
	case !con.stands():
	case err != nil:
		s.c.log.Warn("ConsultationCall: the switch could not call", "call", con.active.call.ID, "error", err)
		con.way.reachedNobody(ecma.CauseDestNotObtainable)
	case s.l.call == con.active.call:
		con.way.accepted()
	}
}

// atPhone has the phone consult by itself. It tells whether that is tried; the switch
// does it if the phone has done nothing for certain.
func (s *consultService) atPhone(l *leg) bool {
	at := l.handset
	if at == nil {
		s.c.handsets.wake(l.device)
		return false
	}
	// With another call at the phone nobody can tell what it would make of this.
	if len(at.legs) != 1 || at.call == nil && at.tells || at.dialing != nil || l.hold.holding != nil || !s.c.handsets.mayAsk(l, telephone.ConsultationCall) {
		return false
	}
	s.goes(consultingAtPhone)
	s.l, s.d = l, &duo{c: s.c, first: l, consults: true}
	l.duo, s.d.task = s.d, s
	request := telephone.Request{Service: telephone.ConsultationCall, Number: numberIn(domainOfLeg(l), s.to)}
	if at.call != nil {
		request.Call = at.call.id
	}
	s.p.yields()
	s.dialing = s.c.handsets.dial(at.handset, request, ecma.CauseConsultation, s)
	return true
}

func (s *consultService) notDialled() {
	switch {
	case s.p.done:
	case s.d.holds:
		s.mayDial()
	default:
		s.d.dissolve()
		if s.c.sessions[s.r.Session] != nil {
			s.goes(consultingAnew)
			s.again()
		}
	}
}

// dialled: the phone's second leg is there. It may have gone on without a hold of
// the first, or that is only to be heard of.
func (s *consultService) dialled(second *leg) {
	c, d, first := s.c, s.d, s.l
	if s.p.done || second.conn == nil || first.conn == nil || first.conn.State() != ecma.StateConnected {
		s.mayDial()
		return
	}
	d.second, second.duo, d.task = second, d, nil
	second.call.cause = ecma.CauseConsultation
	second.call.Attach(s.m.CorrelatorData, s.m.UserData)
	s.goes(consultingBegun)
	s.p.ok = &ecma.ConsultationCallResponse{InitiatedCall: second.conn.ID()}
	s.p.succeed()
	c.holds.heldForService(first)
	c.model.Hold(first.conn, ecma.CauseConsultation)
	c.noteDown(first)
	c.expect(forPhonesHold, s)
}

// late: the phone has not shown that it holds its first call.
func (s *consultService) late(wait) bool {
	d, first := s.d, s.l
	s.goes(consultingOver)
	if first.duo != d || d.holds || d.task != nil || first.conn == nil || first.conn.State() != ecma.StateHold || first.hold.bySwitch {
		return false
	}
	s.c.log.Debug("the phone consults and does not hold", "device", first.device.Number, "leg", first.ID)
	s.c.holds.takenUp(first)
	return true
}

// mayDial: the phone has not dialled, and it would do harm to do it in its place. If it
// holds, that is told, and undone.
func (s *consultService) mayDial() {
	d, first := s.d, s.l
	d.dissolve()
	s.fail(ecma.ErrRequestIncompatibleWithConnection)
	if d.holds && !first.Gone() && first.conn != nil && first.conn.State() == ecma.StateConnected {
		s.c.model.Hold(first.conn, ecma.CauseNormal)
		s.c.retrieve(first, s.c.answeredAlready())
	}
}

func (s *consultService) legHeld(*leg) bool   { return true }
func (s *consultService) legUnheld(*leg) bool { return false }

func (s *consultService) legEnds(*leg) {
	s.dialing.cause = ecma.CauseNewCall
	s.d.dissolve()
	s.fail(ecma.ErrInvalidConnectionState)
}

func (s *consultService) legEnded(*leg) {}
