package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
)

// twoCallsOf finds the two calls that a request with a held and an active connection is
// about; nil after a refusal, or if the request is served later.
func (c *core) twoCallsOf(r *Request, held, active ecma.ConnectionID) *twoCalls {
	a, refusal := c.connection(active, inState(ecma.StateConnected), ecma.ErrNoActiveCall)
	if refusal != nil {
		c.refuse(r, inRole(refusal, ecma.ErrInvalidActiveConnectionID))
		return nil
	}
	h, refusal := c.connection(held, inState(ecma.StateHold), ecma.ErrNoHeldCall)
	if refusal != nil {
		c.refuse(r, inRole(refusal, ecma.ErrInvalidHeldConnectionID))
		return nil
	}
	l := c.legs[a.Leg]
	switch {
	case a.Device != h.Device:
		c.refuse(r, ecma.ErrNotSameDevice)
	case a == h:
		c.refuse(r, ecma.ErrInvalidActiveCallObject)
	case h.State() != ecma.StateHold:
		c.refuse(r, ecma.ErrInvalidHeldConnectionState)
	case l != nil && l.consult.has(h, a) && l.consult.beginning():
		l.consult.whenDone(r)
		return nil
	case l != nil && l.consult.has(h, a) && !l.consult.busy():
		return l.consult.both()
	default:
		if x := c.linesOf(h, a); x != nil {
			return x
		}
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
	}
	return nil
}

// linesOf are two connections of one device that have legs of their own, if a
// service may be done to them.
func (c *core) linesOf(held, active *model.Connection) *twoCalls {
	one, two := c.legs[held.Leg], c.legs[active.Leg]
	if one == nil || two == nil || !one.isLine(held) || one.duo.busy() {
		return nil
	}
	if d := one.duo; d != nil && d.lone.conn == active {
		return d.lines(one, nil)
	}
	if one == two || !two.isLine(active) || active.State() != ecma.StateConnected || one.duo != two.duo {
		return nil
	}
	d := one.duo
	if d == nil {
		d = &duo{c: c, first: one, second: two}
	}
	return d.lines(one, two)
}

func inRole(e, connectionID *ecma.Error) *ecma.Error {
	if e == ecma.ErrInvalidConnectionID {
		return connectionID
	}
	return e
}
