package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// conferState is how far a Conference Call is.
type conferState uint8

const (
	conferEnters conferState = iota
	conferOver
)

var conferStages = []stage[conferState]{
	conferEnters: {"enters", "the switch brings all parties into a room", []conferState{conferOver}},
	conferOver:   {name: "over"},
}

// conferring is a Conference Call under way.
type conferring struct {
	course[conferState]
	twoCalls
	p     *pending
	items []ecma.ConnectionListItem
	room  string
}

// conferenceCall is Conference Call (ECMA-269 17.1.9): all three meet in a room of the
// switch, whoever has the legs: a conference that a phone mixes has no sign on the switch
// and ends with the phone. A device with two legs goes on with its active one, so that its
// display shows one call.
func conferenceCall(c *core, r *Request, m *ecma.ConferenceCall) {
	x := c.twoCallsOf(r, m.HeldCall, m.ActiveCall)
	switch {
	case x == nil:
	case !x.conferable():
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
	case c.unsettled(x.active.conn, anew{c, r}):
	default:
		cf := &conferring{course: begins(c, "Conference Call", conferStages, conferEnters), twoCalls: *x, items: x.conferenceItems(c)}
		cf.p = c.pend(r, &ecma.ConferenceCallResponse{ConferenceCall: x.held.conn.ID(), Connections: cf.items})
		if cf.room = x.held.call.conference; cf.room == "" {
			cf.room = "csta-" + c.newUUID()
		}
		x.by.meet(cf)
	}
}

// conferable tells whether all parties of the two calls can meet.
func (x *twoCalls) conferable() bool {
	if x.first == nil || x.second == nil || !x.second.Answered() || x.second.conn == nil || consultsItself(x.second) {
		return false
	}
	return x.fromConference() || x.first.conn != nil && !consultsItself(x.first)
}

// conferenceItems are the connections of the call that all parties are in, the device's
// own first.
func (x *twoCalls) conferenceItems(c *core) []ecma.ConnectionListItem {
	own := x.held.conn.ID()
	return append([]ecma.ConnectionListItem{listItem(own, own, x.activeLeg)}, x.parties(c)...)
}

// enter brings them into the room; before is what the switch does first.
func (cf *conferring) enter(by performer, before ...switching.Operation) {
	steps := before
	if !cf.fromConference() {
		steps = append(steps, switching.Join{Leg: cf.first.ID, Conference: cf.room})
	}
	cf.c.perform(by, append(steps,
		switching.Join{Leg: cf.second.ID, Conference: cf.room},
		switching.Join{Leg: cf.activeLeg.ID, Conference: cf.room},
		switching.Protect{Leg: cf.activeLeg.ID, On: false},
	)...)
}

func (cf *conferring) fail(refusal *ecma.Error) {
	cf.goes(conferOver)
	cf.p.fail(refusal)
}

// meetOneLeg is Conference Call of a device with one leg. If it hangs up, the service is
// refused with the result of the step that was under way.
type meetOneLeg struct {
	*conferring
	con *consultation
}

func (e onOneLeg) meet(cf *conferring) {
	s := &meetOneLeg{cf, e.con}
	e.con.task = s
	cf.enter(s)
}

func (s *meetOneLeg) performed(err error) {
	if err != nil || !s.con.stands() {
		s.con.task = nil
		s.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
		return
	}
	s.goes(conferOver)
	s.p.succeed()
	s.con.conferenced(&s.twoCalls, s.items)
	s.held.call.meet(s.room, s.c.now)
	s.c.noteCall(s.held.call)
}

// meetTwoLegs is Conference Call of a device with two legs: the held one ends. It may do
// so by itself, as its partner goes first; if the active one ends, the service has failed,
// and whoever is in the room already stays in the call that it was in.
type meetTwoLegs struct {
	*conferring
	d *duo
}

func (d *duo) meet(cf *conferring) {
	s := &meetTwoLegs{cf, d}
	d.begins(s, cf.p)
	cf.enter(s, switching.Protect{Leg: cf.activeLeg.ID, On: true})
}

func (s *meetTwoLegs) performed(err error) {
	switch {
	case s.d.task != s:
		s.fail(ecma.ErrInvalidActiveConnectionState)
	case err != nil || s.first.Gone() || s.second.Gone():
		s.fails(err)
	default:
		s.conferenced()
	}
}

func (s *meetTwoLegs) conferenced() {
	one, two := s.c.calls[s.held.conn.Call.ID], s.activeLeg.call
	ev := s.conferenceEvent(s.items)
	s.d.dissolve()
	s.goes(conferOver)
	s.p.succeed()
	if s.heldLeg.conn == s.held.conn {
		s.heldLeg.conn, s.heldLeg.left = nil, true
	}
	s.held.conn.Leg = s.activeLeg.ID
	s.c.model.Merge(two.Call, one.Call)
	for _, l := range append([]*leg(nil), two.legs...) {
		if l == s.activeLeg || l == s.second || l.conn == nil {
			s.c.moveLeg(l, one)
		}
	}
	one.meet(s.room, s.c.now)
	s.c.model.Confer(one.Call, ev, s.held.conn)
	s.c.endIfEmpty(two)
	s.c.noteCall(one)
	s.c.hangUp(s.heldLeg)
}

// fails: not all have come into the room.
func (s *meetTwoLegs) fails(err error) {
	active := s.activeLeg
	s.d.finish()
	s.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
	s.clearDetached()
	if active.Gone() {
		return
	}
	s.c.ops.start(switching.Protect{Leg: active.ID, On: false}, nil)
	if err == nil {
		active.call.conference = s.room
		s.c.partyLeft(active.call)
	}
}

// clearDetached ends the device's part in the first call if the leg has gone.
func (s *meetTwoLegs) clearDetached() {
	if conn := s.held.conn; s.heldLeg.conn != conn && conn.State() != ecma.StateNull {
		s.c.model.Clear(conn, ecma.CauseNormalClearing)
		s.c.endIfEmpty(s.c.calls[conn.Call.ID])
	}
}

func (s *meetTwoLegs) legHeld(*leg) bool   { return false }
func (s *meetTwoLegs) legUnheld(*leg) bool { return false }

func (s *meetTwoLegs) legEnds(l *leg) {
	if l == s.heldLeg {
		s.held.conn.Leg = s.activeLeg.ID
		l.conn, l.left, l.duo = nil, true, nil
		return
	}
	s.d.finish()
	s.fail(ecma.ErrInvalidActiveConnectionState)
	s.clearDetached()
}

func (s *meetTwoLegs) legEnded(*leg) {}
