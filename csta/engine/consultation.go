package engine

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// consultation is a device with two calls on one leg: the switch plays music to
// the held party and calls, or connects, the other one with the same leg, so
// that every phone can consult, alternate, transfer and confer.
type consultation struct {
	leg          *leg
	held, active side
	// number is the consulted one.
	number string
	// sent is set once the switch has accepted to send the leg to the consulted
	// number, routed once it is there.
	sent, routed bool
	// goesOn is set when whom the number's dialplan called could not be reached, and
	// the dialplan goes on; until the leg waits, or somebody else is called.
	goesOn bool
	// byKeys: the switch does it, as the user's keys tell; nothing is asked of the switch
	// for it. wasCalling: the leg was that of a party that calls.
	byKeys, wasCalling bool
	// leaves is set while the consulting device transfers its calls away.
	leaves bool
	// forsaken is set once a party of the active call that had answered has gone: the
	// leg waits then, or is about to. Where nobody answered, its dialplan may go on
	// with it instead, to a mailbox for instance.
	forsaken bool
	// busy is set while a service changes it.
	busy bool
	// bridging is what to do when two legs, want, are heard to be joined.
	bridging func()
	want     [2]*leg
}

// dialler is the device whose consultation it is, as the switch is told for whom it
// dials.
func (con *consultation) dialler() string { return dialler(con.leg.device) }

// side is one of the two calls and the consulting device's connection in it.
type side struct {
	call *call
	conn *model.Connection
}

// far is the other party's leg of a side; nil if it has gone.
func (s side) far(own *leg) *leg {
	for _, l := range s.call.legs {
		if l != own && !l.Gone() && !l.Info.Glue && !l.left {
			return l
		}
	}
	return nil
}

// consultationCall is Consultation Call (ECMA-269 17.1.10), done by the phone if it
// takes requests (duo), else by the switch.
func (c *core) consultationCall(r *Request, m *ecma.ConsultationCall) {
	c.consultBy(r, m, true)
}

func (c *core) consultBy(r *Request, m *ecma.ConsultationCall, phone bool) {
	conn, refusal := c.connection(m.ExistingCall, inState(ecma.StateConnected), ecma.ErrNoActiveCall)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	domain := c.domainFor(conn)
	to := c.destinationIn(m.ConsultedDevice, domain)
	l := c.legs[conn.Leg]
	switch {
	case conn.Device.ID.Type == ecma.DeviceNumber:
		c.refuse(r, ecma.ErrRequestIncompatibleWithConnection)
		return
	case numberIn(domain, to) == "":
		c.refuse(r, ecma.ErrInvalidCalledDeviceID)
		return
	case c.unsettled(conn, func() { c.consultBy(r, m, phone) }):
		return
	case conn.State() != ecma.StateConnected || l == nil || !l.Answered() || l.conn != conn || l.consult != nil || l.duo != nil || l.routing != nil:
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	confers := l.call.conference != ""
	other := c.otherParty(conn)
	if confers && !c.talks(conn) || !confers && (other == nil || !other.Answered() || other.Info.Glue || other.consult != nil) {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	if phone && !confers && c.consultOnPhone(r, m, l, to, func() { c.consultBy(r, m, false) }) {
		return
	}
	con := &consultation{leg: l, held: side{l.call, conn}, number: numberIn(domain, to), busy: true}
	l.consult = con
	c.ops.start(switching.Protect{Leg: l.ID, On: true}, func(_ switching.Outcome, err error) {
		if err != nil || l.Gone() || l.consult != con {
			if l.consult == con {
				l.consult = nil
			}
			c.refuse(r, switchError(err, ecma.ErrInvalidConnectionState))
			return
		}
		c.consult(r, m, con, to)
	})
}

// consult goes on once the consulting leg is safe from losing its partners.
func (c *core) consult(r *Request, m *ecma.ConsultationCall, con *consultation, to ecma.DeviceID) {
	l := con.leg
	second := c.secondCall(con, to)
	second.Attach(m.CorrelatorData, m.UserData)
	c.respond(r, &ecma.ConsultationCallResponse{InitiatedCall: con.active.conn.ID()})
	c.entersSecond(con)
	c.noteDown(l)
	route := func() {
		c.ops.start(switching.Route{Leg: l.ID, Number: con.number, For: con.dialler()}, func(_ switching.Outcome, err error) {
			con.busy = false
			switch {
			case l.consult != con || l.Gone():
			case err != nil:
				c.log.Warn("ConsultationCall: the switch could not call", "call", second.ID, "error", err)
				c.consultedNobody(con, ecma.CauseDestNotObtainable)
			case l.call == second:
				// It is on its way. Nothing else may tell: the switch does not say
				// that it answers a leg which it has answered before.
				con.sent, l.Changed = true, c.now
				c.callerOnItsWay(second)
			}
		})
	}
	if other := con.held.far(l); other != nil && !con.fromConference() {
		c.ops.start(switching.Music{Leg: other.ID}, func(switching.Outcome, error) { route() })
		return
	}
	route()
}

// secondCall gives a consulting device its second call, beside the one that it holds.
func (c *core) secondCall(con *consultation, to ecma.DeviceID) *call {
	l, device := con.leg, con.held.conn.Device.ID
	second := c.newCall(c.newUUID())
	second.Calling, second.Called, second.tenant = device, to, domainOf(device)
	second.cause = ecma.CauseConsultation
	second.legs = append(second.legs, l)
	con.active = side{second, c.model.Connect(second.Call, device, ecma.StateNull, l.ID)}
	return second
}

// entersSecond: the consulting device is in its second call now.
func (c *core) entersSecond(con *consultation) {
	c.model.Hold(con.held.conn, ecma.CauseConsultation)
	c.model.Initiate(con.active.conn, ecma.CauseConsultation)
	con.leg.call, con.leg.conn, con.leg.calling = con.active.call, con.active.conn, true
}

// pair finds the consultation that a request with a held and an active
// connection is about, or the two lines; both are nil after a refusal.
func (c *core) pair(r *Request, held, active ecma.ConnectionID) (*consultation, *lines) {
	a, refusal := c.connection(active, inState(ecma.StateConnected), ecma.ErrNoActiveCall)
	if refusal != nil {
		c.refuse(r, inRole(refusal, ecma.ErrInvalidActiveConnectionID))
		return nil, nil
	}
	h, refusal := c.connection(held, inState(ecma.StateHold), ecma.ErrNoHeldCall)
	if refusal != nil {
		c.refuse(r, inRole(refusal, ecma.ErrInvalidHeldConnectionID))
		return nil, nil
	}
	l := c.legs[a.Leg]
	switch {
	case a.Device != h.Device:
		c.refuse(r, ecma.ErrNotSameDevice)
	case a == h:
		c.refuse(r, ecma.ErrInvalidActiveCallObject)
	case h.State() != ecma.StateHold:
		c.refuse(r, ecma.ErrInvalidHeldConnectionState)
	case l != nil && l.consult != nil && l.consult.active.conn == a && l.consult.held.conn == h && !l.consult.busy:
		return l.consult, nil
	default:
		if x := c.linesOf(h, a); x != nil {
			return nil, x
		}
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
	}
	return nil, nil
}

func inRole(e, connectionID *ecma.Error) *ecma.Error {
	if e == ecma.ErrInvalidConnectionID {
		return connectionID
	}
	return e
}

// alternateCall is Alternate Call (ECMA-269 17.1.2).
func (c *core) alternateCall(r *Request, m *ecma.AlternateCall) {
	con, x := c.pair(r, m.HeldCall, m.ActiveCall)
	if x != nil {
		c.alternateLines(r, m, x)
	}
	if con == nil {
		return
	}
	first, second := con.held.far(con.leg), con.active.far(con.leg)
	if first == nil || second == nil || !second.Answered() || con.fromConference() {
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
		return
	}
	if c.unsettled(con.active.conn, func() { c.alternateCall(r, m) }) {
		return
	}
	p := c.pend(r, &ecma.AlternateCallResponse{})
	con.busy = true
	c.ops.start(switching.KeepAfterBridge{Leg: second.ID, On: true}, func(_ switching.Outcome, err error) {
		if err != nil {
			con.busy = false
			p.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
			return
		}
		c.bridge(con, con.leg, first, p, ecma.ErrInvalidHeldConnectionState, func() {
			p.succeed()
			con.busy = false
			c.alternated(con, second)
		})
	})
}

// alternated changes the picture: the device talks to the party that it held, and the
// other one hears music.
func (c *core) alternated(con *consultation, other *leg) {
	c.model.Hold(con.active.conn, ecma.CauseAlternate)
	c.model.Retrieve(con.held.conn, ecma.CauseAlternate)
	con.held, con.active = con.active, con.held
	con.leg.call, con.leg.conn = con.active.call, con.active.conn
	c.noteDown(con.leg)
	c.ops.start(switching.Music{Leg: other.ID}, nil)
}

// bridge joins two legs of a consultation; then runs once, at the first sign
// that they are.
func (c *core) bridge(con *consultation, x, y *leg, p *pending, gone *ecma.Error, then func()) {
	done := false
	once := func() {
		if !done {
			done = true
			con.bridging = nil
			then()
		}
	}
	con.bridging, con.want = once, [2]*leg{x, y}
	x.comesAstray()
	y.comesAstray()
	c.noteDown(x, y)
	c.ops.start(switching.Bridge{Leg: x.ID, Other: y.ID, Back: !con.leaves}, func(_ switching.Outcome, err error) {
		switch {
		case done:
		case con.leg.consult != con:
			p.fail(gone)
		case err != nil:
			con.bridging, con.busy, con.leaves = nil, false, false
			if !p.fail(switchError(err, gone)) {
				c.log.Warn("the switch could not join two legs", "leg", x.ID, "other", y.ID, "error", err)
			}
		default:
			// The legs are on their way to each other; if the event that
			// shows them joined does not come, they count as joined.
			c.await(forJoin, func() bool {
				if done {
					return false
				}
				if con.leg.consult == con {
					once()
				} else {
					p.fail(gone)
				}
				return true
			})
		}
	})
}

// reconnectCall is Reconnect Call (ECMA-269 17.1.21): the active call is
// cleared, the held one retrieved.
func (c *core) reconnectCall(r *Request, m *ecma.ReconnectCall) {
	con, x := c.pair(r, m.HeldCall, m.ActiveCall)
	if x != nil {
		c.reconnectLines(r, x)
	}
	if con == nil {
		return
	}
	if con.held.far(con.leg) == nil {
		c.refuse(r, ecma.ErrInvalidHeldConnectionState)
		return
	}
	if c.unsettled(con.active.conn, func() { c.reconnectCall(r, m) }) {
		return
	}
	c.respond(r, &ecma.ReconnectCallResponse{})
	c.reconnect(con)
}

// retrieveConsulted is Retrieve Call of the held one of a device's two calls:
// allowed once the other has no party left.
func (c *core) retrieveConsulted(r *Request, l *leg, conn *model.Connection) {
	con := l.consult
	if con.held.conn == conn && con.active.far(l) != nil {
		c.refuse(r, ecma.ErrConnectedCallExists)
		return
	}
	if con.busy || con.held.conn != conn || con.held.far(l) == nil {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	c.respond(r, &ecma.RetrieveCallResponse{})
	c.reconnect(con)
}

func (c *core) reconnect(con *consultation) {
	l := con.leg
	con.busy = true
	consulted := con.active.far(l)
	second := con.active
	park, within := forSettling, time.Duration(0)
	switch {
	case l.queue.conn != nil || con.served():
		// With the switch itself it can be fetched from where it is.
	case con.forsaken:
		park, within = forPark, waits[forPark].atMost
	default:
		// From wherever its dialplan took it, once the switch has left off calling.
		park, within = c.settlesLeg(l)
	}
	c.model.Clear(second.conn, ecma.CauseNormalClearing)
	// It may have consulted a queue, which has the same leg.
	c.clearQueue(l)
	l.call, l.conn = con.held.call, con.held.conn
	back := func() {
		first := con.held.far(l)
		if l.consult != con || l.Gone() || first == nil {
			return
		}
		if con.fromConference() {
			c.backToConference(con)
			return
		}
		c.bridge(con, l, first, c.answeredAlready(), nil, func() {
			c.model.Retrieve(con.held.conn, ecma.CauseNormal)
			c.unprotect(con)
		})
	}
	if consulted == nil {
		c.removeLeg(second.call, l)
		c.whenParked(l, park, within, back)
		return
	}
	// The consulted leg ends before the others are joined: a switch that is
	// still calling it would overtake the join.
	consulted.watch.gone = func() {
		consulted.watch.gone = nil
		c.removeLeg(second.call, l)
		c.whenParked(l, forPark, waits[forPark].atMost, back)
	}
	end := func(switching.Outcome, error) {
		if !consulted.Gone() {
			c.ops.start(switching.HangUp{Leg: consulted.ID, Cause: switching.CauseNormalClearing}, nil)
		}
	}
	if consulted.Answered() {
		end(switching.Outcome{}, nil)
		return
	}
	c.suppressFailure(consulted)
	// The number's dialplan may go its own way with a call that is not answered, to a
	// mailbox for instance. Nobody wants to be there now: the leg waits at once.
	c.ops.start(switching.Protect{Leg: l.ID, On: true}, end)
}

// fromConference tells whether the call that the device holds is a conference: the
// others talk on in its room without it.
func (con *consultation) fromConference() bool { return con.held.call.conference != "" }

// backToConference brings a device that consulted from a conference into its room again.
func (c *core) backToConference(con *consultation) {
	l, one := con.leg, con.held.call
	c.ops.start(switching.Join{Leg: l.ID, Conference: one.conference}, func(_ switching.Outcome, err error) {
		if l.consult != con || l.Gone() {
			return
		}
		if err != nil {
			con.busy = false
			c.log.Warn("ReconnectCall: the switch could not bring a party back into its conference", "leg", l.ID, "error", err)
			return
		}
		l.comesAstray()
		l.Changed = c.now
		c.model.Retrieve(con.held.conn, ecma.CauseNormal)
		c.unprotect(con)
		c.partyLeft(one)
	})
}

// suppressFailure keeps the end of a leg that we hang up before it rang from
// being read as a failure to reach its device.
func (c *core) suppressFailure(l *leg) {
	if l.conn == nil {
		l.left = true
	}
}

// answeredAlready is a pending request whose response went out before.
func (c *core) answeredAlready() *pending { return &pending{c: c, done: true} }

// whenParked runs f when the leg waits in the switch without a partner, or
// after a while.
func (c *core) whenParked(l *leg, w wait, within time.Duration, f func()) {
	if l.Parked() || within <= 0 {
		f()
		return
	}
	done := false
	once := func() bool {
		if done {
			return false
		}
		done = true
		l.watch.parked = nil
		f()
		return true
	}
	l.watch.parked = func() { once() }
	c.awaitFor(w, within, once)
}

// legParked: the leg waits. A consulting device's leg does so when its partner
// was taken away, but also when it could not reach anybody, and no other leg
// shows that.
func (c *core) legParked(l *leg, cause switching.Cause) {
	if l.watch.parked != nil {
		l.watch.parked()
		return
	}
	con := l.consult
	if con == nil {
		c.partCompany(l.call)
		return
	}
	if !con.routed || con.reached() {
		return
	}
	if failure(cause) && cause != "" {
		c.consultedNobody(con, eventCause(cause))
		return
	}
	// Either the dialplan does not know the number, or the leg is only on its
	// way there.
	c.await(forWay, func() bool {
		if l.consult != con || !l.Parked() || con.reached() {
			return false
		}
		c.consultedNobody(con, ecma.CauseDestNotObtainable)
		return true
	})
}

// reached tells whether the consulted party was heard of, or somebody is being
// called.
func (con *consultation) reached() bool {
	return con.active.call == nil || con.active.call.reached || con.active.conn.State() == ecma.StateNull || con.active.far(con.leg) != nil
}

func (c *core) consultedNobody(con *consultation, cause ecma.EventCause) {
	second := con.active.call
	c.callerOnItsWay(second)
	second.reached = true
	c.model.FailAt(second.Call, second.Called, cause)
}

// unprotect ends a consultation: one call is left, and its legs may end each
// other again.
func (c *core) unprotect(con *consultation) {
	l := con.leg
	if l.consult != con {
		return
	}
	l.consult = nil
	if con.byKeys {
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
			c.letEnd(o)
		}
	}
}

// transferCall is Transfer Call (ECMA-269 17.1.27): the two other parties are
// joined, the consulting device leaves.
func (c *core) transferCall(r *Request, m *ecma.TransferCall) {
	con, x := c.pair(r, m.HeldCall, m.ActiveCall)
	if x != nil {
		c.transferLines(r, m, x)
	}
	if con == nil {
		return
	}
	l := con.leg
	first, second := con.held.far(l), con.active.far(l)
	toQueue := second == nil && l.queue.conn != nil && l.queue.conn.State() != ecma.StateNull
	toSwitch := second == nil && !toQueue && con.served()
	confers := con.fromConference()
	if first == nil || !toQueue && !toSwitch && (second == nil || second.conn == nil) ||
		confers && (second == nil || !second.Answered()) || consultsItself(second) || !confers && consultsItself(first) {
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
		return
	}
	if c.unsettled(con.active.conn, func() { c.transferCall(r, m) }) {
		return
	}
	con.busy = true
	switch {
	case toQueue:
		c.transferQueued(r, con, first)
		return
	case toSwitch:
		c.transferServed(r, con, first)
		return
	}
	resp := &ecma.TransferCallResponse{
		TransferredCall: second.conn.IDIn(con.held.call.Call),
		Connections:     c.joinedItems(con, second),
	}
	p := c.pend(r, resp)
	if confers {
		c.transferIntoConference(con, second, p)
		return
	}
	if !second.Answered() {
		c.transferRinging(con, first, second, p)
		return
	}
	steps := []switching.Operation{
		switching.KeepAfterBridge{Leg: first.ID, On: false},
		switching.KeepAfterBridge{Leg: second.ID, On: false},
		switching.Protect{Leg: l.ID, On: false},
	}
	c.sequence(steps, func(err error) {
		if err != nil || l.consult != con {
			con.busy = false
			p.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
			return
		}
		con.leaves = true
		c.bridge(con, first, second, p, ecma.ErrInvalidHeldConnectionState, func() {
			p.succeed()
			c.transferred(con, second)
			if !l.Gone() {
				// Its dialplan may have something for it when its partner is taken away.
				c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
			}
		})
	})
}

// transferIntoConference has the consulted party take the consulting device's place in
// the conference's room.
func (c *core) transferIntoConference(con *consultation, second *leg, p *pending) {
	l, one := con.leg, con.held.call
	c.ops.start(switching.Join{Leg: second.ID, Conference: one.conference}, func(_ switching.Outcome, err error) {
		if err != nil || l.consult != con {
			con.busy = false
			p.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
			return
		}
		p.succeed()
		second.comesAstray()
		second.Changed = c.now
		c.transferred(con, second)
		c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
	})
}

// consultsItself tells whether one of the parties that a service would join is in a
// consultation of its own: its one leg serves two calls, of which the join would
// tear one.
func consultsItself(parties ...*leg) bool {
	for _, l := range parties {
		if l != nil && l.consult != nil {
			return true
		}
	}
	return false
}

// cannotGo tells whether the switch could not send a party on that is still there:
// the end of one that has gone is reported by itself.
func cannotGo(err error) bool { return err != nil && !errors.Is(err, switching.ErrNoSuchLeg) }

// transferRinging transfers to a party that still rings: it rings anew, for the
// held party.
func (c *core) transferRinging(con *consultation, first, second *leg, p *pending) {
	l := con.leg
	number := con.active.call.whereabouts(con.leg, con.number)
	c.leavesAlone(con, p, func() bool { return !second.Gone() }, func() {
		target := second.conn
		c.transferred(con, second)
		second.conn, second.left = nil, true
		target.Leg = ""
		first.calling = true
		first.call.cause = ecma.CauseTransfer
		first.call.reached = false
		c.goesInstead(l, first, number, con.dialler(), func(err error) {
			if cannotGo(err) && target.State() != ecma.StateNull {
				c.model.Clear(target, ecma.CauseDestNotObtainable)
			}
		})
	})
}

// transferQueued transfers to a queue. The consulting device's own leg waits
// there; the held party's takes its place.
func (c *core) transferQueued(r *Request, con *consultation, first *leg) {
	l, queue, number := con.leg, con.leg.queue.conn, cmp.Or(con.leg.queue.number, con.number)
	items := queuedItems(first, queue)
	p := c.pend(r, &ecma.TransferCallResponse{TransferredCall: items[1].NewConnection, Connections: items})
	c.leavesAlone(con, p, func() bool { return l.queue.conn == queue && !first.Gone() }, func() {
		one, two := con.held.call, con.active.call
		c.voiceMoved(l, queue)
		ev := transferEvent(one, con.held.conn, con.active.conn, queue.Device.ID, items)
		l.queue.conn = nil
		c.model.Move(queue, one.Call)
		queue.Leg = first.ID
		first.queue.conn, first.queue.number, first.queue.arriving = queue, number, true
		c.leaveBoth(con, nil)
		c.reportTransfer(con, ev)
		c.endIfEmpty(two)
		first.calling = true
		one.cause, one.reached = ecma.CauseTransfer, true
		c.noteDown(first)
		c.goesInstead(l, first, number, con.dialler(), func(err error) {
			if cannotGo(err) && first.queue.conn == queue {
				c.clearQueue(first)
			}
			c.await(forQueue, first.neverArrived)
		})
	})
}

// transferServed transfers to what the switch itself answers: the held party is
// sent where the consulting device is alone.
func (c *core) transferServed(r *Request, con *consultation, first *leg) {
	l, number := con.leg, con.active.call.whereabouts(con.leg, con.number)
	items := []ecma.ConnectionListItem{listItem(first.conn.ID(), first.conn.ID(), first)}
	p := c.pend(r, &ecma.TransferCallResponse{TransferredCall: first.conn.ID(), Connections: items})
	c.leavesAlone(con, p, func() bool { return con.held.far(l) == first }, func() {
		one, two := con.held.call, con.active.call
		ev := transferEvent(one, con.held.conn, con.active.conn, two.Called, items)
		for _, o := range two.legs {
			if o != l {
				// Called a moment ago, and for nobody any more.
				c.suppressFailure(o)
			}
		}
		c.leaveBoth(con, nil)
		c.reportTransfer(con, ev)
		c.endIfEmpty(two)
		first.calling = true
		one.cause, one.reached = ecma.CauseTransfer, false
		c.noteDown(first)
		c.goesInstead(l, first, number, con.dialler(), func(error) {})
	})
}

// leavesAlone is a transfer for which nobody is joined: once the consulting device's
// leg may end, and the calls still are as they were, p succeeds and then is run.
func (c *core) leavesAlone(con *consultation, p *pending, still func() bool, then func()) {
	c.ops.start(switching.Protect{Leg: con.leg.ID, On: false}, func(_ switching.Outcome, err error) {
		if err != nil || con.leg.consult != con || !still() {
			con.busy = false
			p.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
			return
		}
		p.succeed()
		then()
	})
}

// goesInstead ends a leg and sends another one where it was, for who had dialled that;
// then hears what came of it.
func (c *core) goesInstead(leaves, goes *leg, number, dialler string, then func(error)) {
	leaves.watch.gone = func() {
		c.ops.start(switching.Route{Leg: goes.ID, Number: number, For: dialler}, func(_ switching.Outcome, err error) { then(err) })
	}
	c.ops.start(switching.HangUp{Leg: leaves.ID, Cause: switching.CauseNormalClearing}, nil)
}

// sequence performs operations one after the other, until one fails.
func (c *core) sequence(steps []switching.Operation, then func(error)) {
	if len(steps) == 0 {
		then(nil)
		return
	}
	c.ops.start(steps[0], func(_ switching.Outcome, err error) {
		if err != nil {
			then(err)
			return
		}
		c.sequence(steps[1:], then)
	})
}

// joinedItems are the connections of the call that joining the two calls of a
// device makes; it keeps the held call's identifier.
func joinedItems(held *call, first, second *leg) []ecma.ConnectionListItem {
	items := []ecma.ConnectionListItem{listItem(first.conn.ID(), first.conn.ID(), first)}
	if second.conn.Device != first.conn.Device || second.conn.Device.ID.IsInterface() {
		items = append(items, listItem(second.conn.IDIn(held.Call), second.conn.ID(), second))
	}
	return items
}

// joinedItems are the connections, but for the consulting device's, of the call that
// joining its two calls makes.
func (c *core) joinedItems(con *consultation, second *leg) []ecma.ConnectionListItem {
	one := con.held.call
	if !con.fromConference() {
		return joinedItems(one, con.held.far(con.leg), second)
	}
	var items []ecma.ConnectionListItem
	for _, conn := range one.Connections {
		// A member may consult, too: its leg is active in another call then.
		if l := c.legs[conn.Leg]; conn != con.held.conn && l != nil && !l.Gone() && conn.State() != ecma.StateNull && l.queue.conn != conn {
			items = append(items, listItem(conn.ID(), conn.ID(), l))
		}
	}
	return append(items, listItem(second.conn.IDIn(one.Call), second.conn.ID(), second))
}

// transferred changes the picture: the parties of both calls are in the held
// one, the transferring device in none.
func (c *core) transferred(con *consultation, second *leg) {
	two := con.active.call
	ev := transferEvent(con.held.call, con.held.conn, con.active.conn, second.alerting(), c.joinedItems(con, second))
	c.leaveBoth(con, second)
	c.reportTransfer(con, ev)
	c.endIfEmpty(two)
}

// transferEvent is the Transferred of a device that leaves its two connections
// (ECMA-269 17.2.18); one is the call that is left.
func transferEvent(one *call, primary, secondary *model.Connection, to ecma.DeviceID, items []ecma.ConnectionListItem) *ecma.TransferedEvent {
	return &ecma.TransferedEvent{
		PrimaryOldCall:         primary.ID(),
		SecondaryOldCall:       secondary.ID(),
		TransferringDevice:     ecma.Device(primary.Device.ID),
		TransferredToDevice:    ecma.Device(to),
		TransferredConnections: items,
		UserData:               one.User,
		Cause:                  ecma.CauseTransfer,
	}
}

// queuedItems are the connections of the call that a transfer into a queue leaves:
// the party transferred and the queue, whose connection comes into its call.
func queuedItems(party *leg, queue *model.Connection) []ecma.ConnectionListItem {
	return []ecma.ConnectionListItem{
		listItem(party.conn.ID(), party.conn.ID(), party),
		{
			NewConnection: party.conn.Call.Connection(queue.Device.ID),
			OldConnection: queue.ID(),
			Endpoint:      ecma.Device(queue.Device.ID),
		},
	}
}

// reportTransfer sends it, and takes the consulting device out of the call.
func (c *core) reportTransfer(con *consultation, ev *ecma.TransferedEvent) {
	l, one := con.leg, con.held.call
	c.model.Transfer(one.Call, ev, con.held.conn)
	one.LastRedirection = con.held.conn.Device.ID
	l.conn, l.left = nil, true
	l.call = one
	c.noteCall(one)
}

// leaveBoth ends the consultation: its second call's party moves into the
// first, whose leg the consulting device's stays in for now.
func (c *core) leaveBoth(con *consultation, second *leg) {
	l, one, two := con.leg, con.held.call, con.active.call
	l.consult = nil
	c.model.Disconnect(con.active.conn)
	c.model.Merge(two.Call, one.Call)
	for _, o := range append([]*leg(nil), two.legs...) {
		if o == l {
			c.dropLeg(two, l)
			continue
		}
		if o != second && o.conn != nil {
			continue
		}
		c.moveLeg(o, one)
	}
}

// conferenceCall is Conference Call (ECMA-269 17.1.9): all three meet in a room
// of the switch.
func (c *core) conferenceCall(r *Request, m *ecma.ConferenceCall) {
	con, x := c.pair(r, m.HeldCall, m.ActiveCall)
	if x != nil {
		c.conferLines(r, m, x)
	}
	if con == nil {
		return
	}
	l := con.leg
	first, second := con.held.far(l), con.active.far(l)
	confers := con.fromConference()
	if first == nil || second == nil || !second.Answered() || second.conn == nil || consultsItself(second) || !confers && consultsItself(first) {
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
		return
	}
	if c.unsettled(con.active.conn, func() { c.conferenceCall(r, m) }) {
		return
	}
	con.busy = true
	one := con.held.call
	items := c.conferenceItems(con, second)
	p := c.pend(r, &ecma.ConferenceCallResponse{ConferenceCall: con.held.conn.ID(), Connections: items})
	room := one.conference
	var steps []switching.Operation
	if !confers {
		room = "csta-" + c.newUUID()
		steps = append(steps, switching.Join{Leg: first.ID, Conference: room})
	}
	steps = append(steps,
		switching.Join{Leg: second.ID, Conference: room},
		switching.Join{Leg: l.ID, Conference: room},
		switching.Protect{Leg: l.ID, On: false},
	)
	c.sequence(steps, func(err error) {
		if err != nil || l.consult != con || l.Gone() {
			con.busy = false
			p.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
			return
		}
		p.succeed()
		c.conferenced(con, second, items)
		one.meet(room, c.now)
		c.noteCall(one)
	})
}

// conferenceItems are the connections of the call that all parties of a consultation
// are in, the consulting device's first.
func (c *core) conferenceItems(con *consultation, second *leg) []ecma.ConnectionListItem {
	own := con.held.conn.ID()
	return append([]ecma.ConnectionListItem{listItem(own, own, con.leg)}, c.joinedItems(con, second)...)
}

// conferenced changes the picture: the parties of both calls are in the held one, and so
// is the consulting device.
func (c *core) conferenced(con *consultation, second *leg, items []ecma.ConnectionListItem) {
	l, one, two := con.leg, con.held.call, con.active.call
	ev := conferenceEvent(one, con.held.conn, con.active.conn, second.alerting(), items)
	c.leaveBoth(con, second)
	l.call, l.conn = one, con.held.conn
	c.model.Confer(one.Call, ev, con.held.conn)
	c.endIfEmpty(two)
}

// conferenceEvent is the Conferenced of a device whose two connections become one
// (ECMA-269 17.2.3); one is the call that is left.
func conferenceEvent(one *call, primary, secondary *model.Connection, added ecma.DeviceID, items []ecma.ConnectionListItem) *ecma.ConferencedEvent {
	return &ecma.ConferencedEvent{
		PrimaryOldCall:        primary.ID(),
		SecondaryOldCall:      secondary.ID(),
		ConferencingDevice:    ecma.Device(primary.Device.ID),
		AddedParty:            ecma.Device(added),
		ConferenceConnections: items,
		UserData:              one.User,
		Cause:                 ecma.CauseConference,
	}
}

// consultedLeft notes how the party whom somebody consults has gone from the call.
func consultedLeft(l *leg, cl *call, now time.Time) {
	if cl == nil || l.Info.Glue {
		return
	}
	for _, o := range cl.legs {
		if con := o.consult; con != nil && o != l && con.active.call == cl {
			con.forsaken, o.Changed = l.Answered(), now
		}
	}
}

// consultantLeft: the consulting device hung up; nobody is left for its held
// party, nor for its active one, but for the other members of a conference.
func (c *core) consultantLeft(l *leg) {
	con := l.consult
	l.consult = nil
	taken := con.partnerTaken()
	for _, s := range [...]side{con.active, con.held} {
		if s.call == nil {
			continue
		}
		other := s.far(l)
		if s.call != l.call {
			if s.conn.State() != ecma.StateNull {
				c.model.Clear(s.conn, ecma.CauseNormalClearing)
			}
			c.removeLeg(s.call, l)
		}
		if s.call.conference != "" {
			// The others go on without it.
			c.partyLeft(s.call)
			continue
		}
		if other != nil {
			c.suppressFailure(other)
			cause := switching.CauseNormalClearing
			if !other.Answered() {
				// As the switch does by itself, perhaps before us.
				cause = switching.CauseOriginatorCancel
			}
			end := func() { c.ops.start(switching.HangUp{Leg: other.ID, Cause: cause, Forsaken: true}, nil) }
			if taken {
				c.endUnlessJoined(other, end)
			} else {
				end()
			}
		}
	}
}

// alone tells whether the consulting device has nobody in its active call, and
// what the switch itself answers does not serve it either.
func (con *consultation) alone() bool {
	return con.active.far(con.leg) == nil && con.leg.queue.conn == nil && !con.served()
}

// served tells whether the consulting device's leg is with the switch itself (an
// announcement, a mailbox, a conference room), or on its way to it: nobody was
// called for it, or in vain, and it does not wait where those do who could not be
// helped.
func (con *consultation) served() bool {
	return con.active.call != nil && con.active.conn.State() != ecma.StateNull && con.active.far(con.leg) == nil &&
		(con.goesOn || !con.active.call.reached) && !con.leg.Parked() && con.sent
}

// giveUpHeld clears the held one of a device's two calls; the device stays in
// the active one. A conference goes on without it.
func (c *core) giveUpHeld(con *consultation, other *leg) {
	cl := con.held.call
	c.leavesHeld(con)
	if cl.conference != "" {
		c.partyLeft(cl)
	} else {
		c.ops.start(switching.HangUp{Leg: other.ID, Cause: switching.CauseNormalClearing, Forsaken: true}, nil)
	}
	c.endIfAlone(con)
}

// leavesHeld takes a consulting device out of the held one of its two calls; the other
// is an ordinary one then.
func (c *core) leavesHeld(con *consultation) {
	c.model.Clear(con.held.conn, ecma.CauseNormalClearing)
	c.unprotect(con)
	c.removeLeg(con.held.call, con.leg)
}

// endIfAlone ends a device that consulted, if it is left with a call that nobody else is
// in. By keys the switch does that.
func (c *core) endIfAlone(con *consultation) {
	if con.alone() && !con.byKeys {
		c.ops.start(switching.HangUp{Leg: con.leg.ID, Cause: switching.CauseNormalClearing}, nil)
	}
}

// partyLeft looks at a call that a leg has just left: a held party that goes
// ends the consulting device's held call, nobody stays alone in a conference,
// and two who are left of one talk to each other directly.
func (c *core) partyLeft(cl *call) {
	if c.calls[cl.ID] != cl {
		return
	}
	for _, l := range cl.legs {
		con := l.consult
		if con == nil || con.held.call != cl {
			continue
		}
		if con.held.far(l) != nil {
			// Its note may have named the one who has gone.
			c.noteDown(l)
			continue
		}
		if con.active.call == nil {
			// The consultation had not begun; its first step will fail.
			return
		}
		if con.active.conn.State() == ecma.StateNull {
			// The active call was being given up for this one.
			c.model.Clear(con.held.conn, ecma.CauseNormalClearing)
			c.unprotect(con)
			c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
			return
		}
		c.leavesHeld(con)
		c.endIfAlone(con)
		return
	}
	if cl.conference == "" {
		c.stranded(cl)
		return
	}
	switch len(cl.legs) {
	case 1:
		c.ops.start(switching.HangUp{Leg: cl.legs[0].ID, Cause: switching.CauseNormalClearing}, nil)
	case 2:
		if holdsIn(cl) {
			// The switch would end the hold to bridge them.
			return
		}
		one, two := cl.legs[0], cl.legs[1]
		left := func() time.Duration {
			_, ones := c.settlesLeg(one)
			_, twos := c.settlesLeg(two)
			return max(ones, twos)
		}
		if left() > 0 {
			// Joined now, one that is just being sent there, or has only just come,
			// would go on without the other, who ends with that.
			cl.joining = true
			c.when(forRoom, left(), func() bool { return left() <= 0 }, func() {
				cl.joining = false
				c.partyLeft(cl)
			})
			return
		}
		// They need no room, and every service is for them again then.
		one.comesAstray()
		two.comesAstray()
		c.noteCall(cl)
		cl.joining = true
		c.sequence([]switching.Operation{
			switching.KeepAfterBridge{Leg: one.ID, On: false},
			switching.KeepAfterBridge{Leg: two.ID, On: false},
			switching.Bridge{Leg: one.ID, Other: two.ID},
		}, func(err error) {
			if err != nil {
				cl.joining = false
				return
			}
			c.await(forTwoLeft, func() bool {
				joined := one.Bridge.Partner == two.ID
				cl.joining = false
				return !joined
			})
		})
	}
}

// meet notes that the parties of a call are on their way to a conference room.
func (cl *call) meet(room string, now time.Time) {
	cl.conference = room
	for _, l := range cl.legs {
		l.Changed = now
	}
}

// holdsIn tells whether a device holds the call.
func holdsIn(cl *call) bool {
	return slices.ContainsFunc(cl.Connections, func(conn *model.Connection) bool { return conn.State() == ecma.StateHold })
}

// comesAstray: services took the leg out of its dialplan and join it with another.
func (l *leg) comesAstray() { l.plan.left = ledAstray }

// goesOn tells whether the leg's dialplan, or the application that it is in, goes
// on with it when its partner has gone (a survey after the call, an agent who waits
// for the next caller): a leg that calls or runs its bridge, unless a service took
// it out of that. One that was called, and nothing else, has none; the switch may
// forget it while the hold music for it is being ended.
func (c *core) goesOn(l *leg) bool {
	if l.plan.left == ledAstray {
		return false
	}
	return l.Bridge.Runs || l.calling || l.Info.Direction == switching.Inbound || !c.within(forMusic, l.Bridge.MusicEnded)
}

// stranded looks after the party that is left of a call whose parties a service
// had joined, or of a consultation that has just ended: it is hung up unless it goes
// on to somewhere.
func (c *core) stranded(cl *call) {
	var left *leg
	for _, l := range cl.legs {
		if l.Gone() || l.Info.Glue || left != nil || l.plan.left == untouched && !c.justLetGo(l) || l.consult != nil || l.queue.conn != nil {
			return
		}
		left = l
	}
	if left == nil {
		return
	}
	// It was kept from ending with the other one until a moment ago. Which came
	// first in the switch is not known: it may be parked for that alone.
	kept, goesOn := c.justLetGo(left), c.goesOn(left)
	if goesOn && !kept {
		return
	}
	changed := left.Changed
	c.await(forDialplan, func() bool {
		if left.Gone() || left.call != cl || len(cl.legs) > 1 || left.Changed != changed || left.plan.sentOn || left.Parked() && !kept || goesOn && !left.Parked() || left.queue.conn != nil || left.routing != nil {
			return false
		}
		c.log.Debug("the switch left a party alone", "call", cl.ID, "leg", left.ID)
		c.ops.start(switching.HangUp{Leg: left.ID, Cause: switching.CauseNormalClearing, Forsaken: true}, nil)
		return true
	})
}

// justLetGo tells whether the switch may still keep a leg when its partner goes,
// although it was told a moment ago to keep it no longer.
func (c *core) justLetGo(l *leg) bool { return c.within(forLetGo, l.plan.letGo) }
