package engine

import (
	"errors"
	"slices"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// holding is what concerns a leg's hold.
type holding struct {
	// bySwitch is set when a service of ours held it, not its phone.
	bySwitch   bool
	holding    *pending
	retrieving *pending
	// working is set while the switch performs a hold, or the end of one. Its
	// events come before it is done with that (FreeSWITCH: switch_ivr_hold has
	// still to start the music).
	working bool
	unheld  *timer
}

// holdCall is Hold Call (ECMA-269 17.1.14), done by the phone if it takes
// requests, else by the switch, so that every phone can: the phone is put on hold
// and its partner hears music.
func (c *core) holdCall(r *Request, m *ecma.HoldCall) {
	conn, refusal := c.connection(m.CallToBeHeld, inState(ecma.StateConnected), ecma.ErrNoActiveCall)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	l := c.legs[conn.Leg]
	switch {
	case conn.Device.ID.Type == ecma.DeviceNumber:
		c.refuse(r, ecma.ErrRequestIncompatibleWithConnection)
	case c.unsettled(conn, func() { c.holdCall(r, m) }):
	case conn.State() != ecma.StateConnected || l == nil || !l.Answered() || l.conn != conn || l.duo.busy() ||
		l.hold.holding != nil || !c.talks(conn):
		c.refuse(r, ecma.ErrInvalidConnectionState)
	default:
		p := c.pend(r, &ecma.HoldCallResponse{})
		l.hold.holding = p
		bySwitch := func() { c.holdBySwitch(l, p) }
		if c.onPhone(l, telephone.HoldCall, func(error) { bySwitch() }) {
			p.yields()
		} else {
			bySwitch()
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

func (c *core) holdBySwitch(l *leg, p *pending) {
	l.hold.working = true
	c.ops.start(switching.Hold{Leg: l.ID}, func(_ switching.Outcome, err error) {
		l.hold.working = false
		if err != nil {
			l.hold.holding = nil
			p.fail(switchError(err, ecma.ErrInvalidConnectionState))
			return
		}
		l.hold.bySwitch = true
		c.heldForService(l)
		c.noteDown(l)
		// The picture changes with the switch's event, and the answer
		// comes with it.
		c.await(forHeld, func() bool {
			if l.hold.holding != p {
				return false
			}
			c.legHeld(l)
			return true
		})
	})
}

// heldForService: the switch ends the music of whom it holds by itself, and may
// forget that one over it.
func (c *core) heldForService(l *leg) {
	l.joinedByService()
	if other := c.legs[l.Bridge.Partner]; other != nil {
		other.joinedByService()
	}
}

// retrieveCall is Retrieve Call (ECMA-269 17.1.22).
func (c *core) retrieveCall(r *Request, m *ecma.RetrieveCall) {
	conn, refusal := c.connection(m.CallToBeRetrieved, inState(ecma.StateHold), ecma.ErrNoHeldCall)
	if refusal != nil {
		c.refuse(r, refusal)
		return
	}
	l := c.legs[conn.Leg]
	if conn.State() != ecma.StateHold || l == nil || l.Gone() {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	if l.consult != nil {
		c.retrieveConsulted(r, l, conn)
		return
	}
	if l.duo != nil && c.retrieveFirst(r, l) {
		return
	}
	if l.hold.working {
		c.whenHeld(l, func() { c.retrieveCall(r, m) })
		return
	}
	if l.hold.retrieving != nil {
		c.refuse(r, ecma.ErrInvalidConnectionState)
		return
	}
	c.retrieve(l, c.pend(r, &ecma.RetrieveCallResponse{}))
}

// whenHeld runs again when the switch is done with a hold, or the end of one.
func (c *core) whenHeld(l *leg, again func()) {
	c.when(forSwitch, waits[forSwitch].atMost, func() bool { return !l.hold.working }, again)
}

// retrieve takes a held call up again.
func (c *core) retrieve(l *leg, p *pending) {
	l.hold.retrieving = p
	otherwise := func(error) { c.retrieveBySwitch(l, p) }
	// A hold that the switch made is not the phone's to end.
	if l.hold.bySwitch || !c.onPhone(l, telephone.RetrieveCall, otherwise) {
		otherwise(nil)
		return
	}
	p.yields()
}

// retrieveBySwitch ends the switch's hold. One that is not ours may be of the
// switch's operator, which no event says, or of the phone: the switch refuses to end
// that, and only asks the phone to talk again.
func (c *core) retrieveBySwitch(l *leg, p *pending) {
	over := func(refusal *ecma.Error) {
		if l.hold.retrieving == p {
			l.hold.retrieving = nil
		}
		p.fail(refusal)
	}
	l.hold.working = true
	c.ops.start(switching.Unhold{Leg: l.ID}, func(_ switching.Outcome, err error) {
		l.hold.working = false
		switch {
		case err == nil:
			c.await(forRetrieved, func() bool {
				if l.hold.retrieving != p {
					return false
				}
				l.hold.retrieving = nil
				p.succeed()
				c.takenUp(l)
				return true
			})
		case l.hold.retrieving != p:
		case errors.Is(err, switching.ErrNotPossible) && !l.hold.bySwitch && !l.Gone():
			p.yields()
			guard := c.awaitFor(forPhonesRetrieval, c.opts.AnswerTimeout, func() bool {
				late := l.hold.retrieving == p
				over(ecma.ErrRequestIncompatibleWithDevice)
				return late
			})
			c.ops.start(switching.Answer{Leg: l.ID, AskPhone: true}, func(_ switching.Outcome, err error) {
				if err != nil {
					c.cancel(guard)
					over(switchError(err, ecma.ErrInvalidConnectionState))
				}
			})
		default:
			over(switchError(err, ecma.ErrInvalidConnectionState))
		}
	})
}

// legHeld: the leg's device holds its call.
func (c *core) legHeld(l *leg) {
	c.cancel(l.hold.unheld)
	l.hold.unheld = nil
	if l.duo != nil && c.duoHeld(l) {
		return
	}
	if p := l.hold.holding; p != nil {
		byPhone := c.shown(l, telephone.HoldCall)
		l.hold.holding, l.hold.bySwitch = nil, !byPhone
		if byPhone {
			c.heldForService(l)
		}
		p.succeed()
	}
	if l.conn != nil && l.conn.State() == ecma.StateConnected && l.consult == nil {
		c.model.Hold(l.conn, ecma.CauseNormal)
		c.noteDown(l)
	}
}

// legUnheld: it takes the call up again, or is about to hang up.
func (c *core) legUnheld(l *leg) {
	if l.duo != nil && c.duoUnheld(l) {
		return
	}
	if l.conn == nil || l.conn.State() != ecma.StateHold || l.consult != nil || l.cleared != notByClient {
		return
	}
	if c.shown(l, telephone.ReconnectCall) {
		c.takenUp(l)
		return
	}
	if p := l.hold.retrieving; p != nil {
		c.shown(l, telephone.RetrieveCall)
		l.hold.retrieving = nil
		p.succeed()
		c.takenUp(l)
		return
	}
	c.cancel(l.hold.unheld)
	l.hold.unheld = c.await(forHangUpBehindUnhold, outOfTime(func() { c.backByPhone(l) }))
}

// legResumed: the leg is heard to talk again.
func (c *core) legResumed(l *leg) {
	if l.hold.unheld != nil {
		c.cancel(l.hold.unheld)
		c.backByPhone(l)
	}
}

// backByPhone: the phone took the call up again. If it had held what the switch held
// already, that hold is over, too, but for the music that its partner hears.
func (c *core) backByPhone(l *leg) {
	l.hold.unheld = nil
	if !l.hold.bySwitch {
		c.takenUp(l)
		return
	}
	l.hold.bySwitch = false
	c.ops.start(switching.EndMusic{Leg: l.ID}, func(_ switching.Outcome, err error) {
		if err == nil && !l.Gone() {
			c.takenUp(l)
		}
	})
}

// settleHold reports a hold that ended a moment ago: the leg does something
// else now, so that it does not hang up.
func (c *core) settleHold(l *leg) {
	if l.hold.unheld != nil {
		c.cancel(l.hold.unheld)
		c.takenUp(l)
	}
}

func (c *core) takenUp(l *leg) {
	l.hold.bySwitch, l.hold.unheld = false, nil
	if l.duo != nil {
		c.backToFirst(l)
	}
	if l.conn != nil && l.conn.State() == ecma.StateHold {
		c.model.Retrieve(l.conn, ecma.CauseNormal)
		c.noteDown(l)
		if l.call != nil && l.call.conference != "" && len(l.call.legs) == 2 {
			// The others had gone while it held.
			c.partyLeft(l.call)
		}
	}
}

// holdEnded forgets what concerns the hold of a leg that hung up.
func (c *core) holdEnded(l *leg) {
	c.cancel(l.hold.unheld)
	for _, p := range [...]*pending{l.hold.holding, l.hold.retrieving} {
		if p != nil {
			p.fail(ecma.ErrInvalidConnectionState)
		}
	}
	l.hold = holding{}
}
