package engine

import (
	"errors"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// alternateLines is Alternate Call of two lines.
func (c *core) alternateLines(r *Request, m *ecma.AlternateCall, x *lines) {
	first, second := x.others()
	if first == nil || second == nil || !second.Answered() {
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
		inVain := func(why error) {
			refusal := ecma.ErrInvalidActiveConnectionState
			if why == nil || mayHaveDone(why) {
				refusal = ecma.ErrRequestIncompatibleWithDevice
			}
			t.p.fail(refusal)
		}
		if !c.onPhone(t.active, telephone.HoldCall, inVain) {
			t.oneAfterTheOther = false
			c.swapBySwitch(t)
		}
	}
	if t.held.hold.bySwitch || !c.pairOnPhone(t.held, t.active, telephone.AlternateCall, otherwise) {
		otherwise(telephone.ErrUnsupported)
	}
}

// swapBySwitch swaps the calls of a phone that takes no such request. What the switch
// holds, it takes up again once it holds the other; a phone that holds is asked to talk,
// and holds the other by itself then, as phones with two lines do.
func (c *core) swapBySwitch(t *duoTask) {
	if t.held.hold.bySwitch {
		t.oneAfterTheOther = true
		c.holdActive(t)
		return
	}
	t.talks = true
	t.held.hold.retrieving = t.p
	c.retrieveBySwitch(t.held, t.p)
}

// holdActive has the switch hold the active call of two.
func (c *core) holdActive(t *duoTask) {
	c.ops.start(switching.Hold{Leg: t.active.ID}, func(_ switching.Outcome, err error) {
		switch {
		case err == nil:
			t.active.hold.bySwitch = true
		case t.task == t && !t.holds:
			t.p.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
		}
	})
}

// swapped: the switch has shown a part of Alternate Call, or all of it.
func (c *core) swapped(t *duoTask) {
	switch {
	case t.holds && t.retrieves:
	case t.holds && t.oneAfterTheOther && t.held.hold.retrieving == nil:
		c.shown(t.active, telephone.HoldCall)
		c.retrieve(t.held, t.p)
		return
	case t.retrieves && t.talks:
		c.await(forOtherHalf, func() bool {
			if t.task != t || t.holds {
				return false
			}
			c.holdActive(t)
			return true
		})
		return
	default:
		return
	}
	for _, s := range [...]telephone.Service{telephone.AlternateCall, telephone.RetrieveCall} {
		c.shown(t.held, s)
	}
	t.held.hold.retrieving, t.held.hold.bySwitch = nil, false
	t.finish()
	t.p.succeed()
	c.model.Hold(t.active.conn, ecma.CauseAlternate)
	c.model.Retrieve(t.held.conn, ecma.CauseAlternate)
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
	if conn := t.active.conn; t.holds && !t.active.Gone() && conn != nil && conn.State() == ecma.StateConnected {
		c.model.Hold(conn, ecma.CauseNormal)
		c.noteDown(t.active)
	}
	if t.retrieves && !t.held.Gone() {
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
		t.cut, t.active.cleared = true, byClient
		c.ops.start(switching.HangUp{Leg: t.active.ID, Cause: switching.CauseNormalClearing}, func(_ switching.Outcome, err error) {
			// One that has gone is reported in a moment.
			if err != nil && t.task == t && !t.over && !errors.Is(err, switching.ErrNoSuchLeg) {
				t.active.cleared = notByClient
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
	case l.Gone() || l.conn == nil || l.conn.State() != ecma.StateHold || l.hold.retrieving != nil || l.consult != nil:
	case t.silent:
		p := c.answeredAlready()
		l.hold.retrieving = p
		c.retrieveBySwitch(l, p)
	default:
		c.retrieve(l, c.answeredAlready())
	}
}
