package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// Four services are about two calls of one device, of which one is held: Alternate,
// Reconnect, Transfer and Conference Call. Each is one procedure, in a file of its own:
// what it checks, what it answers, and what it makes of the picture. How it comes about
// depends on whether the device has both calls on one leg (consultation) or each on a
// leg of its own (duo): these two are its executors.

// twoCalls is a device with two calls, in the parts that a service gives them.
type twoCalls struct {
	held, active side
	// heldLeg and activeLeg are the device's own; one, if that has both calls. There is no
	// activeLeg if the device is alone in a call without a leg (duo.lone).
	heldLeg, activeLeg *leg
	// first and second are the other parties', of the held call and of the active one;
	// nil where there is none.
	first, second *leg
	by            executor
}

// executor does what a service on two calls wants. Each method begins a service that
// has been checked and is not answered yet; the executor says when it is done, or fails.
type executor interface {
	// swap holds the active call and takes the held one up.
	swap(*alternating)
	// goBack clears the active call and takes the held one up.
	goBack(*reconnecting)
	// leave brings the other parties together and takes the device out of its calls.
	leave(*transferring)
	// meet brings all three into a conference room.
	meet(*conferring)
	// served tells whether the switch itself has answered the active call.
	served() bool
}

// fromConference tells whether the call that the device holds is a conference: the
// others talk on in its room without it.
func (x *twoCalls) fromConference() bool { return x.held.call.conference != "" }

// takesUp tells whether a leg that is heard to be held no more is that of the held call.
func (x *twoCalls) takesUp(l *leg) bool {
	return l == x.heldLeg && l.conn != nil && l.conn.State() == ecma.StateHold
}

// queue is the connection of the queue that the device is in with its active call; nil
// if it is in none.
func (x *twoCalls) queue() *model.Connection {
	if x.activeLeg == nil || x.activeLeg.queue.conn == nil || x.activeLeg.queue.conn.State() == ecma.StateNull {
		return nil
	}
	return x.activeLeg.queue.conn
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

// parties are the connections, but for the device's own, of the call that joining the
// two makes; it keeps the held call's identifier.
func (x *twoCalls) parties(c *core) []ecma.ConnectionListItem {
	one := x.held.call
	var items []ecma.ConnectionListItem
	if !x.fromConference() {
		items = append(items, listItem(x.first.conn.ID(), x.first.conn.ID(), x.first))
		if x.second.conn.Device != x.first.conn.Device || x.second.conn.Device.ID.IsInterface() {
			items = append(items, listItem(x.second.conn.IDIn(one.Call), x.second.conn.ID(), x.second))
		}
		return items
	}
	for _, conn := range one.Connections {
		// A member may consult, too: its leg is active in another call then.
		if l := c.legs[conn.Leg]; conn != x.held.conn && l != nil && !l.Gone() && conn.State() != ecma.StateNull && l.queue.conn != conn {
			items = append(items, listItem(conn.ID(), conn.ID(), l))
		}
	}
	return append(items, listItem(x.second.conn.IDIn(one.Call), x.second.conn.ID(), x.second))
}

// steps are operations that the switch performs one after the other, until one fails.
type steps struct {
	c    *core
	left []switching.Operation
	by   performer
}

// performer is whose steps they are.
type performer interface{ performed(err error) }

func (c *core) perform(by performer, ops ...switching.Operation) {
	(&steps{c, ops, by}).next(switching.Outcome{}, nil)
}

func (s *steps) next(_ switching.Outcome, err error) {
	if err != nil || len(s.left) == 0 {
		s.by.performed(err)
		return
	}
	op := s.left[0]
	s.left = s.left[1:]
	s.c.ops.start(op, s.next)
}

func (c *core) reconnect(x *twoCalls, p *pending) {
	x.by.goBack(&reconnecting{course: begins(c, "Reconnect Call", reconnectStages, reconnectBegins), twoCalls: *x, p: p})
}
