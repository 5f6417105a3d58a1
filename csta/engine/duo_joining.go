package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// transferLines is Transfer Call of two lines, by the phone (REFER with Replaces) or
// else by joining the other parties' legs.
func (c *core) transferLines(r *Request, m *ecma.TransferCall, x *lines) {
	first, second := x.others()
	toQueue := second == nil && x.active != nil && x.active.queue.conn != nil && x.active.queue.conn.State() != ecma.StateNull
	if first == nil || first.conn == nil || !toQueue && (second == nil || second.conn == nil) || consultsItself(first, second) {
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
		return
	}
	if c.unsettled(x.activeConn, func() { c.transferCall(r, m) }) {
		return
	}
	resp := &ecma.TransferCallResponse{}
	if toQueue {
		resp.Connections = queuedItems(first, x.active.queue.conn)
		resp.TransferredCall = resp.Connections[1].NewConnection
	} else {
		resp.Connections = joinedItems(x.held.call, first, second)
		resp.TransferredCall = second.conn.IDIn(x.held.call.Call)
	}
	t := x.begin(telephone.TransferCall, c.pend(r, resp))
	otherwise := func(error) {
		switch {
		case t.task != t:
		case t.far[0].Gone() || t.held.Gone() || t.active.Gone() || t.far[1] != nil && t.far[1].Gone():
			t.finish()
			t.p.fail(ecma.ErrInvalidActiveConnectionState)
		case t.far[1] == nil:
			c.transferLineToQueue(t)
		case !t.far[1].Answered():
			c.transferLineRinging(t)
		default:
			c.transferByJoining(t)
		}
	}
	if !c.pairOnPhone(t.held, t.active, telephone.TransferCall, otherwise) {
		otherwise(telephone.ErrUnsupported)
	}
}

// transferByJoining has the switch join the other parties' legs; those of the
// device end with that.
func (c *core) transferByJoining(t *duoTask) {
	first, second := t.far[0], t.far[1]
	t.leaves = true
	first.comesAstray()
	second.comesAstray()
	c.ops.start(switching.Bridge{Leg: first.ID, Other: second.ID}, func(_ switching.Outcome, err error) {
		switch {
		case t.task != t:
		case err != nil:
			t.finish()
			t.p.fail(switchError(err, ecma.ErrInvalidHeldConnectionState))
		default:
			c.await(forJoin, func() bool {
				if t.task != t {
					return false
				}
				c.joinLines(t)
				return true
			})
		}
	})
}

// joinLines: the other parties of the two calls hear each other, or are about to.
func (c *core) joinLines(t *duoTask) {
	c.joinCalls(t.far[0], t.far[1], t.held.device)
	c.leaveLines(t)
}

// leaveLines ends the device's legs if they do not end by themselves.
func (c *core) leaveLines(t *duoTask) {
	for _, l := range [...]*leg{t.active, t.held} {
		c.await(forLinesEnd, func() bool {
			if l.Gone() {
				return false
			}
			c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
			return true
		})
	}
}

// transferOf is the Transfer Call that joins the calls of two legs, if one does.
func transferOf(x, y *leg) *duoTask {
	if x.call == nil || y.call == nil {
		return nil
	}
	for _, l := range x.call.legs {
		if t := transferIn(l.duo); t != nil && theseTwo(x, y, t.far[0], t.far[1]) {
			return t
		}
	}
	return nil
}

func transferIn(d *duo) *duoTask {
	if d != nil && d.task != nil && d.task.service == telephone.TransferCall && !d.task.confers {
		return d.task
	}
	return nil
}

// transferShown answers the Transfer Call that makes one call of two.
func (c *core) transferShown(one *call) {
	for _, l := range one.legs {
		if t := transferIn(l.duo); t != nil && t.heldConn.Call == one.Call {
			t.dissolve()
			t.p.succeed()
			return
		}
	}
}

// transferLineRinging transfers to a party that still rings: it rings anew, for the
// held party.
func (c *core) transferLineRinging(t *duoTask) {
	first, second, number := t.far[0], t.far[1], t.active.call.whereabouts(t.active, t.active.Info.Dialled)
	target := second.conn
	c.joinCalls(first, second, t.held.device)
	second.conn, second.left = nil, true
	target.Leg = ""
	first.calling = true
	first.call.cause, first.call.reached = ecma.CauseTransfer, false
	c.sendInstead(t, number, func(err error) {
		if cannotGo(err) && target.State() != ecma.StateNull {
			c.model.Clear(target, ecma.CauseDestNotObtainable)
		}
	})
}

// transferLineToQueue transfers into the queue that the active leg waits in.
func (c *core) transferLineToQueue(t *duoTask) {
	first, queue, number := t.far[0], t.active.queue.conn, t.active.queue.number
	if number == "" {
		number = t.active.Info.Dialled
	}
	c.replaceInQueue(t.heldConn, t.activeConn, t.active, first)
	first.queue.arriving = true
	c.sendInstead(t, number, func(err error) {
		if cannotGo(err) && first.queue.conn == queue {
			c.clearQueue(first)
		}
		c.await(forQueue, first.neverArrived)
	})
}

// sendInstead ends the active leg and sends the held party where it was; the held
// leg ends with that.
func (c *core) sendInstead(t *duoTask, number string, then func(error)) {
	held := t.held
	c.goesInstead(t.active, t.far[0], number, dialler(held.device), func(err error) {
		then(err)
		if !held.Gone() {
			c.ops.start(switching.HangUp{Leg: held.ID, Cause: switching.CauseNormalClearing}, nil)
		}
	})
}

// conferLines is Conference Call of two lines. The switch does it: a conference
// that a phone mixes has no sign on the switch and ends with the phone. The device
// goes on with its active leg, so that its display shows one call.
func (c *core) conferLines(r *Request, m *ecma.ConferenceCall, x *lines) {
	first, second := x.others()
	if first == nil || first.conn == nil || second == nil || !second.Answered() || second.conn == nil || consultsItself(first, second) {
		c.refuse(r, ecma.ErrInvalidActiveConnectionState)
		return
	}
	if c.unsettled(x.activeConn, func() { c.conferenceCall(r, m) }) {
		return
	}
	own := x.heldConn.ID()
	items := append([]ecma.ConnectionListItem{listItem(own, own, x.active)}, joinedItems(x.held.call, first, second)...)
	t := x.begin(0, c.pend(r, &ecma.ConferenceCallResponse{ConferenceCall: own, Connections: items}))
	t.confers = true
	room := "csta-" + c.newUUID()
	c.sequence([]switching.Operation{
		switching.Protect{Leg: x.active.ID, On: true},
		switching.Join{Leg: first.ID, Conference: room},
		switching.Join{Leg: second.ID, Conference: room},
		switching.Join{Leg: x.active.ID, Conference: room},
		switching.Protect{Leg: x.active.ID, On: false},
	}, func(err error) {
		switch {
		case t.task != t:
			t.p.fail(ecma.ErrInvalidActiveConnectionState)
		case err != nil || first.Gone() || second.Gone():
			c.notConferred(t, err, room)
		default:
			c.conferred(t, items, room)
		}
	})
}

// lineLeavesForRoom: one of the two lines ends while all parties are on their way to
// a room. The held one does so as its partner goes first.
func (c *core) lineLeavesForRoom(t *duoTask, l *leg) {
	if l == t.held {
		t.heldConn.Leg = t.active.ID
		l.conn, l.left, l.duo = nil, true, nil
		return
	}
	t.finish()
	t.p.fail(ecma.ErrInvalidActiveConnectionState)
	c.clearDetached(t)
}

// clearDetached ends the device's part in the first call if the leg has gone.
func (c *core) clearDetached(t *duoTask) {
	if t.held.conn != t.heldConn && t.heldConn.State() != ecma.StateNull {
		c.model.Clear(t.heldConn, ecma.CauseNormalClearing)
		c.endIfEmpty(c.calls[t.heldConn.Call.ID])
	}
}

// notConferred: whoever is in the room already stays in the call that it was in.
func (c *core) notConferred(t *duoTask, err error, room string) {
	t.finish()
	t.p.fail(switchError(err, ecma.ErrInvalidActiveConnectionState))
	c.clearDetached(t)
	if t.active.Gone() {
		return
	}
	c.ops.start(switching.Protect{Leg: t.active.ID, On: false}, nil)
	if err == nil {
		t.active.call.conference = room
		c.partyLeft(t.active.call)
	}
}

func (c *core) conferred(t *duoTask, items []ecma.ConnectionListItem, room string) {
	one, two := c.calls[t.heldConn.Call.ID], t.active.call
	ev := conferenceEvent(one, t.heldConn, t.activeConn, t.far[1].alerting(), items)
	t.dissolve()
	t.p.succeed()
	if t.held.conn == t.heldConn {
		t.held.conn, t.held.left = nil, true
	}
	t.heldConn.Leg = t.active.ID
	c.model.Merge(two.Call, one.Call)
	for _, l := range append([]*leg(nil), two.legs...) {
		if l == t.active || l == t.far[1] || l.conn == nil {
			c.moveLeg(l, one)
		}
	}
	one.meet(room, c.now)
	c.model.Confer(one.Call, ev, t.heldConn)
	c.endIfEmpty(two)
	c.noteCall(one)
	if !t.held.Gone() {
		c.ops.start(switching.HangUp{Leg: t.held.ID, Cause: switching.CauseNormalClearing}, nil)
	}
}
