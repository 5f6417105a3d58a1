package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// A party may lose its partner without being hung up: it serves a queue and waits
// for its next caller, or its dialplan goes on with it, while the partner was sent
// on and talks to somebody else. The two have nothing to do with each other any
// more, and what becomes of the one is not the other's call: such a party is a
// stray, and gets a call of its own.

// isStray tells whether a leg's device has no part in its call any more, or shares
// it only with others who talk to each other without it.
func (c *core) isStray(l *leg) bool {
	if l.Gone() || l.Leaving() || !l.Answered() || l.call == nil || l.call.conference != "" || l.Info.Glue || l.device.IsZero() ||
		c.legs[l.Bridge.TalksWith] != nil && c.legs[l.Bridge.TalksWith].call == l.call || l.order.making != nil || l.order.predicted != nil || l.consult != nil || l.duo.busy() || l.routing != nil || l.queue.conn != nil {
		return false
	}
	if l.conn == nil || l.conn.State() == ecma.StateNull {
		return l.left
	}
	if l.Bridge.Partner != "" && c.legs[l.Bridge.Partner] != nil && c.legs[l.Bridge.Partner].call == l.call || l.conn.State() == ecma.StateHold {
		return false
	}
	return c.talkWithout(l)
}

// talkWithout tells whether two others in the leg's call are joined with each
// other. Who is joined through glue, or in several ways, cannot be told.
func (c *core) talkWithout(l *leg) bool {
	for _, o := range l.call.legs {
		if o == l || o.call != l.call || o.conn == nil || o.conn == l.conn || o.Gone() || !o.Answered() || o.Info.Glue {
			continue
		}
		p := c.legs[o.Bridge.Partner]
		if p != nil && p != l && p.call == l.call && p.conn != nil && p.conn != l.conn && !p.Gone() && p.Answered() && !p.Info.Glue {
			return true
		}
	}
	return false
}

// lookForStrays looks, in a moment, whether two who were joined left somebody behind
// in their call.
func (c *core) lookForStrays(cl *call) {
	if cl != nil {
		c.expect(forStray, mayHaveStrays{c, cl})
	}
}

// mayHaveStrays is a call in which somebody may be left behind.
type mayHaveStrays struct {
	c  *core
	cl *call
}

func (s mayHaveStrays) late(wait) (found bool) {
	c, cl := s.c, s.cl
	for _, l := range append([]*leg(nil), cl.legs...) {
		if l.call == cl && c.calls[cl.ID] == cl && l.conn != nil && c.isStray(l) {
			c.ownCall(l)
			found = true
		}
	}
	return found
}

// ownCall gives the device of a leg a call of its own, in which it is alone.
func (c *core) ownCall(l *leg) {
	from := l.call
	if l.conn != nil && l.conn.State() != ecma.StateNull {
		if sharing(l) == nil {
			c.model.Clear(l.conn, ecma.CauseNormalClearing)
		}
	}
	l.conn, l.left = nil, false
	c.dropLeg(from, l)
	// The leg may have had a call of its own name before, which has been cleared.
	own := c.newCall(c.newUUID())
	own.Calling, own.tenant = l.alerting(), domainOfLeg(l)
	if l.Info.Direction == switching.Inbound {
		own.Called = dialled(l.Info.Dialled, domainOfLeg(l))
	}
	l.calling = true
	own.reached = true
	c.join(l, own)
	l.conn = c.model.Connect(own.Call, l.device, ecma.StateNull, l.ID)
	if con := l.consult; con != nil {
		own.Called = dialled(con.number, domainOfLeg(l))
		con.active = side{own, l.conn}
	}
	c.model.Initiate(l.conn, ecma.CauseNewCall)
	c.callerOnItsWay(own)
	c.noteDown(l)
	c.endIfEmpty(from)
}
