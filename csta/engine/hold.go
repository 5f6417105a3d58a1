package engine

import (
	"errors"
	"slices"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// holding is what concerns a leg's hold.
type holding struct {
	// bySwitch is set when a service of ours held it, not its phone.
	bySwitch bool
	// working is set while the switch performs a hold, or the end of one. Its
	// events come before it is done with that (FreeSWITCH: switch_ivr_hold has
	// still to start the music).
	working    bool
	holding    *holdService
	retrieving *retrieveService
}

// holdState is how far a Hold Call is.
type holdState uint8

const (
	holdAsked holdState = iota
	holdOrdered
	holdAccepted
	holdOver
)

var holdStages = []stage[holdState]{
	holdAsked:    {"asked", "the phone holds the call, or does not", []holdState{holdOrdered, holdOver}},
	holdOrdered:  {"ordered", "the switch holds the call", []holdState{holdAccepted, holdOver}},
	holdAccepted: {"accepted", "the switch tells that the call is held", []holdState{holdOver}},
	holdOver:     {name: "over"},
}

// holdService is a Hold Call under way. Who hangs up meanwhile gets it refused
// (holdEnded).
type holdService struct {
	course[holdState]
	l *leg
	p *pending
}

// holdCall is Hold Call (ECMA-269 17.1.15), done by the phone if it takes
// requests, else by the switch, so that every phone can: the phone is put on hold
// and its partner hears music.
func holdCall(c *core, r *Request, m *ecma.HoldCall) {
	conn, refusal := c.connection(m.CallToBeHeld, inState(ecma.StateConnected), ecma.ErrNoActiveCall)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	l := c.legs[conn.Leg]
	switch {
	case conn.Device.ID.Type == ecma.DeviceNumber:
		c.refuse(r, ecma.ErrRequestIncompatibleWithConnection)
	case c.unsettled(conn, anew{c, r}):
	case conn.State() != ecma.StateConnected || l == nil || !l.Answered() || l.conn != conn || l.duo.busy() ||
		l.hold.holding != nil || !c.talks(conn):
		c.refuse(r, ecma.ErrInvalidConnectionState)
	default:
		h := &holdService{course: begins(c, "Hold Call", holdStages, holdAsked), l: l, p: c.pend(r, &ecma.HoldCallResponse{})}
		l.hold.holding = h
		if c.handsets.onPhone(l, telephone.HoldCall, h) {
			h.p.yields()
		} else {
			h.bySwitch()
		}
	}
}

// talks tells whether somebody has answered whom the device of a connection talks to:
// the other party, or a member of the same conference.
func (c *core) talks(conn *model.Connection) bool {
	if other := c.otherParty(conn); other != nil {
		return other.Answered()
	}
	cl := c.calls[conn.Call.ID]
	return cl != nil && cl.conference != "" && slices.ContainsFunc(cl.legs, func(l *leg) bool {
		return l.conn != nil && l.conn != conn && l.Answered() && !l.Gone()
	})
}

func (h *holdService) notByPhone(telephone.Service, error) {
	if h.state == holdAsked {
		h.bySwitch()
	}
}

func (h *holdService) bySwitch() {
	h.goes(holdOrdered)
	h.l.hold.working = true
	h.c.ops.start(switching.Hold{Leg: h.l.ID}, h.accepted)
}

func (h *holdService) accepted(_ switching.Outcome, err error) {
	l := h.l
	l.hold.working = false
	if err != nil {
		l.hold.holding = nil
		h.goes(holdOver)
		h.p.fail(switchError(err, ecma.ErrInvalidConnectionState))
		return
	}
	l.hold.bySwitch = true
	h.c.holds.heldForService(l)
	h.c.noteDown(l)
	// The picture changes with the switch's event, and the answer
	// comes with it.
	if h.state == holdOrdered {
		h.goes(holdAccepted)
	}
	h.c.expect(forHeld, h)
}

func (h *holdService) late(wait) bool {
	if h.l.hold.holding != h {
		return false
	}
	h.c.holds.legHeld(h.l)
	return true
}

// shown: the switch tells that the call is held.
func (h *holdService) shown() {
	byPhone := h.c.handsets.shown(h.l, telephone.HoldCall)
	h.l.hold.holding, h.l.hold.bySwitch = nil, !byPhone
	if byPhone {
		h.c.holds.heldForService(h.l)
	}
	h.goes(holdOver)
	h.p.succeed()
}

// retrieveState is how far a Retrieve Call is.
type retrieveState uint8

const (
	retrieveAsked retrieveState = iota
	retrieveOrdered
	retrieveAccepted
	retrieveTalks
	retrieveOver
)

var retrieveStages = []stage[retrieveState]{
	retrieveAsked:    {"asked", "the phone takes the call up, or does not", []retrieveState{retrieveOrdered, retrieveOver}},
	retrieveOrdered:  {"ordered", "the switch ends the hold, or says that the phone holds", []retrieveState{retrieveAccepted, retrieveTalks, retrieveOver}},
	retrieveAccepted: {"accepted", "the switch tells that the hold has ended", []retrieveState{retrieveOver}},
	retrieveTalks:    {"asked to talk", "the phone that holds the call takes it up", []retrieveState{retrieveOver}},
	retrieveOver:     {name: "over"},
}

// retrieveService takes a held call up again: a Retrieve Call, or the step of another
// service, whose request it has.
type retrieveService struct {
	course[retrieveState]
	l *leg
	p *pending
	// guard bounds how long a phone is given that was asked to talk.
	guard *timer
}

// retrieveCall is Retrieve Call (ECMA-269 17.1.23).
func retrieveCall(c *core, r *Request, m *ecma.RetrieveCall) {
	conn, refusal := c.connection(m.CallToBeRetrieved, inState(ecma.StateHold), ecma.ErrNoHeldCall)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	l := c.legs[conn.Leg]
	switch {
	case conn.State() != ecma.StateHold || l == nil || l.Gone():
		c.refuse(r, ecma.ErrInvalidConnectionState)
	case l.consult != nil:
		l.consult.retrieve(r, conn)
	case l.duo != nil && l.duo.retrieve(r, l):
	case l.hold.working:
		c.whenHeld(l, anew{c, r})
	case l.hold.retrieving != nil:
		c.refuse(r, ecma.ErrInvalidConnectionState)
	default:
		c.retrieve(l, c.pend(r, &ecma.RetrieveCallResponse{}))
	}
}

// whenHeld has a service go on again when the switch is done with a hold, or the end of
// one.
func (c *core) whenHeld(l *leg, what repeatable) {
	c.when(forSwitch, waits[forSwitch].atMost, holdDone{what, l})
}

// retrieve takes a held call up again, at its phone if that can be.
func (c *core) retrieve(l *leg, p *pending) {
	s := c.retrieves(l, p)
	// A hold that the switch made is not the phone's to end.
	if l.hold.bySwitch || !c.handsets.onPhone(l, telephone.RetrieveCall, s) {
		s.bySwitch()
		return
	}
	p.yields()
}

func (c *core) retrieves(l *leg, p *pending) *retrieveService {
	l.hold.retrieving = &retrieveService{course: begins(c, "Retrieve Call", retrieveStages, retrieveAsked), l: l, p: p}
	return l.hold.retrieving
}

func (s *retrieveService) notByPhone(telephone.Service, error) {
	if s.state == retrieveAsked {
		s.bySwitch()
	}
}

// bySwitch ends the switch's hold. One that is not ours may be of the switch's
// operator, which no event says, or of the phone: the switch refuses to end that, and
// only asks the phone to talk again.
func (s *retrieveService) bySwitch() {
	s.goes(retrieveOrdered)
	s.l.hold.working = true
	s.c.ops.start(switching.Unhold{Leg: s.l.ID}, s.accepted)
}

func (s *retrieveService) accepted(_ switching.Outcome, err error) {
	l := s.l
	l.hold.working = false
	switch {
	case err == nil:
		if s.state == retrieveOrdered {
			s.goes(retrieveAccepted)
		}
		s.c.expect(forRetrieved, s)
	case l.hold.retrieving != s:
	case errors.Is(err, switching.ErrNotPossible) && !l.hold.bySwitch && !l.Gone():
		s.goes(retrieveTalks)
		s.p.yields()
		s.guard = s.c.expectFor(forPhonesRetrieval, s.c.opts.AnswerTimeout, s)
		s.c.ops.start(switching.Answer{Leg: l.ID, AskPhone: true}, s.askedToTalk)
	default:
		s.fail(switchError(err, ecma.ErrInvalidConnectionState))
	}
}

func (s *retrieveService) askedToTalk(_ switching.Outcome, err error) {
	if err != nil {
		s.c.cancel(s.guard)
		s.fail(switchError(err, ecma.ErrInvalidConnectionState))
	}
}

func (s *retrieveService) late(w wait) bool {
	waits := s.l.hold.retrieving == s
	switch {
	case w == forPhonesRetrieval:
		s.fail(ecma.ErrRequestIncompatibleWithDevice)
	case waits && s.l.duo != nil && s.l.duo.legUnheld(s.l):
		// It is a step of another service, which hears of it.
	case waits:
		s.over()
		s.p.succeed()
		s.c.holds.takenUp(s.l)
	}
	return waits
}

// over: the hold has ended, or does not end.
func (s *retrieveService) over() {
	if s.l.hold.retrieving == s {
		s.l.hold.retrieving = nil
		s.goes(retrieveOver)
	}
}

func (s *retrieveService) fail(refusal *ecma.Error) {
	s.over()
	s.p.fail(refusal)
}

// holds are the rules for calls that are held and taken up again.
type holds struct {
	*switchboard
	settler  *legs.Settler
	handsets *handsets
	aftermath
}

// aftermath is told of a call that somebody has left.
type aftermath interface{ partyLeft(*call) }

// heldForService: the switch ends the music of whom it holds by itself, and may
// forget that one over it.
func (ho *holds) heldForService(l *leg) {
	l.joinedByService()
	if other := ho.legs[l.Bridge.Partner]; other != nil {
		other.joinedByService()
	}
}

// legHeld: the leg's device holds its call.
func (ho *holds) legHeld(l *leg) {
	if l.duo != nil && l.duo.legHeld(l) {
		return
	}
	if h := l.hold.holding; h != nil {
		h.shown()
	}
	if l.conn != nil && l.conn.State() == ecma.StateConnected && l.consult == nil {
		ho.model.Hold(l.conn, ecma.CauseNormal)
		ho.noteDown(l)
	}
}

// legUnheld: it takes the call up again, or is about to hang up.
func (ho *holds) legUnheld(l *leg) {
	if l.duo != nil && l.duo.legUnheld(l) {
		return
	}
	if l.conn == nil || l.conn.State() != ecma.StateHold || l.consult != nil || l.cleared != notByClient {
		return
	}
	if ho.handsets.shown(l, telephone.ReconnectCall) {
		ho.takenUp(l)
		return
	}
	if s := l.hold.retrieving; s != nil {
		ho.handsets.shown(l, telephone.RetrieveCall)
		s.over()
		s.p.succeed()
		ho.takenUp(l)
		return
	}
	ho.settler.Unhold(&l.Leg)
}

// backByPhone: the phone took the call up again. If it had held what the switch held
// already, that hold is over, too, but for the music that its partner hears.
func (ho *holds) backByPhone(l *leg) {
	if !l.hold.bySwitch {
		ho.takenUp(l)
		return
	}
	l.hold.bySwitch = false
	ho.ops.start(switching.EndMusic{Leg: l.ID}, func(_ switching.Outcome, err error) {
		if err == nil && !l.Gone() {
			ho.takenUp(l)
		}
	})
}

// takenUp: the hold of a leg has ended.
func (ho *holds) takenUp(l *leg) {
	l.hold.bySwitch = false
	ho.settler.Known(&l.Leg)
	if l.duo != nil {
		l.duo.backToFirst(l)
	}
	if l.conn != nil && l.conn.State() == ecma.StateHold {
		ho.model.Retrieve(l.conn, ecma.CauseNormal)
		ho.noteDown(l)
		if l.call != nil && l.call.conference != "" && len(l.call.legs) == 2 {
			// The others had gone while it held.
			ho.partyLeft(l.call)
		}
	}
}

// holdEnded forgets what concerns the hold of a leg that hung up.
func (ho *holds) holdEnded(l *leg) {
	if h := l.hold.holding; h != nil {
		h.goes(holdOver)
		h.p.fail(ecma.ErrInvalidConnectionState)
	}
	if s := l.hold.retrieving; s != nil {
		s.fail(ecma.ErrInvalidConnectionState)
	}
	l.hold = holding{}
}
