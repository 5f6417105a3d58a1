package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// transferRequested: a phone asked the switch for a transfer (SIP REFER). It
// shows as done when its partner goes elsewhere.
func (c *core) transferRequested(l *leg, ev *switching.Event) {
	if ev.Transfer != switching.TransferorBlind || l.conn == nil || l.routing != nil {
		return
	}
	remaining := c.otherParty(l.conn)
	if remaining == nil || !remaining.Answered() || remaining.routing != nil {
		return
	}
	t := &referring{c: c, conn: l.conn, own: l, remaining: remaining, to: dialled(ev.Name, domainOfLeg(l))}
	t.mark.by = t
	t.mark.mark(remaining)
	c.expect(forReferred, t)
}

// referring is a blind transfer by a phone, until its partner is sent on.
type referring struct {
	c              *core
	conn           *model.Connection
	own, remaining *leg
	to             ecma.DeviceID
	mark           routing
}

func (t *referring) routed()        { t.c.stepTransferred(t.conn, t.own, t.remaining, t.to) }
func (t *referring) late(wait) bool { return t.mark.clear() }

func (t *referring) doing() Doing {
	return Doing{What: "a phone's transfer", State: "asked for", WaitsFor: "the party is sent on"}
}

// transferorLeft takes the hang-up of a phone that made a transfer; it tells
// whether that is all there is to do now.
func (c *core) transferorLeft(l *leg, ev *switching.Event) bool {
	if l.conn == nil || l.left || l.order.making != nil || l.consult != nil || !l.Answered() && !l.calling {
		return false
	}
	if ev.Transfer == switching.TransferorBlind {
		if remaining := c.otherParty(l.conn); remaining != nil && remaining.Answered() {
			if remaining.routing != nil {
				c.routed(remaining)
			} else {
				c.stepTransferred(l.conn, l, remaining, dialled(ev.Name, domainOfLeg(l)))
			}
		}
		return false
	}
	// Attended: the remaining parties are joined only after both of the
	// transferor's legs have gone. Its connections wait for that.
	c.check(l, l.End())
	c.leftPhone(l)
	c.answerRefused(l)
	c.holdEnded(l)
	l.voice.ends()
	l.left = true
	c.expect(forTransfer, departing{c, l, l.conn, eventCause(ev.Cause)})
	c.joinRinging(l)
	return true
}

// departing is the leg of a phone that has transferred its call, and that waits for what
// becomes of the parties.
type departing struct {
	c     *core
	l     *leg
	conn  *model.Connection
	cause ecma.EventCause
}

func (d departing) late(wait) bool {
	c, l, conn := d.c, d.l, d.conn
	late := conn.State() != ecma.StateNull
	if late {
		if other := c.legStillBehind(conn); other != nil {
			conn.Leg = other.ID
		} else {
			c.model.Clear(conn, d.cause)
		}
	}
	c.clearQueue(l)
	l.conn = nil
	if l.duo != nil {
		l.duo.legEnds(l)
		l.duo.legEnded(l)
	}
	c.leave(l)
	return late
}

// joinRinging completes an attended transfer to a party that still rings: no
// bridge will show it. l is the second of the transferor's legs to leave.
func (c *core) joinRinging(l *leg) {
	if l.conn.Device.ID.IsInterface() {
		// Its other connections are those of other parties.
		return
	}
	for _, conn := range l.conn.Device.Connections {
		o := c.legBehind(conn)
		if o == nil || o == l || !o.Gone() || o.call == nil || o.call == l.call {
			continue
		}
		first, second := c.remaining(o), c.remaining(l)
		if first == nil || second == nil || first.Answered() == second.Answered() {
			continue
		}
		if second.Answered() {
			first, second = second, first
		}
		c.joinCalls(first, second, l.device)
		first.calling = true
		first.call.cause = ecma.CauseTransfer
		first.call.reached = true
		second.Info.Originator, second.Info.Offer = first.ID, false
		return
	}
}

// queueJoined completes an attended transfer, made at a phone, into a queue in
// which one of its legs waits: the remaining party l comes there by the queue's
// own dialplan. It tells whether it was one.
func (c *core) queueJoined(l *leg, queue ecma.DeviceID) bool {
	one := l.call
	for _, conn := range one.Connections {
		if conn == l.conn || l.conn == nil || conn.Device == l.conn.Device || conn.Device.ID.IsInterface() {
			continue
		}
		if out := c.waitsElsewhere(conn, queue); out != nil {
			c.replaceInQueue(conn, out.conn, out, l)
			return true
		}
	}
	return false
}

// waitsElsewhere is the leg with which the device of a connection waits in a queue
// for another call. A device may have several; the transfer names one.
func (c *core) waitsElsewhere(conn *model.Connection, queue ecma.DeviceID) *leg {
	var found *leg
	own := c.legBehind(conn)
	for _, second := range conn.Device.Connections {
		out := c.legBehind(second)
		if second.Call == conn.Call || out == nil || out.consult != nil || out.queue.conn == nil || out.queue.conn.Device.ID != queue {
			continue
		}
		if own != nil && own.Bridge.RefersTo == out.ID {
			return out
		}
		if found == nil {
			found = out
		}
	}
	return found
}

// replaceInQueue gives a queue's connection, in which the leg out of a device
// waits, to the party l of the device's other connection.
func (c *core) replaceInQueue(conn, second *model.Connection, out, l *leg) {
	one, two, queue, own := l.call, out.call, out.queue.conn, c.legBehind(conn)
	c.transferShown(one)
	ev := transferEvent(one, conn, second, queue.Device.ID, queuedItems(l, queue))
	c.takesPlace(l, out)
	c.model.Merge(two.Call, one.Call)
	c.model.Disconnect(second)
	c.model.Transfer(one.Call, ev, conn)
	one.LastRedirection = conn.Device.ID
	for _, gone := range [...]*leg{out, own} {
		if gone != nil {
			gone.conn, gone.left = nil, true
		}
	}
	if l.Answered() {
		c.queueAnswered(l)
	}
	c.endIfEmpty(two)
	c.noteDown(l)
}

// legBehind is the leg of a connection, also one that has gone already and whose
// connection waits for what becomes of its call.
func (c *core) legBehind(conn *model.Connection) *leg {
	cl := c.calls[conn.Call.ID]
	if cl == nil {
		return nil
	}
	for _, l := range cl.legs {
		if l.conn == conn {
			return l
		}
	}
	return nil
}

// legStillBehind is a leg of a connection that has not hung up.
func (c *core) legStillBehind(conn *model.Connection) *leg {
	if cl := c.calls[conn.Call.ID]; cl != nil {
		for _, l := range cl.legs {
			if l.conn == conn && !l.Gone() {
				return l
			}
		}
	}
	return nil
}

// remaining is the only party left in the call of a leg that has gone; nil also
// if it consults somebody else just now.
func (c *core) remaining(gone *leg) *leg {
	var found *leg
	for _, l := range gone.call.legs {
		if l == gone || l.Gone() || !l.takesPart() || l.Info.Glue || l.call != gone.call {
			continue
		}
		if found != nil {
			return nil
		}
		found = l
	}
	return found
}

// takesPart tells whether a leg's device has a part in its call: that may have
// ended with another leg of the device.
func (l *leg) takesPart() bool { return l.conn != nil && l.conn.State() != ecma.StateNull }

// bridged looks at two legs that now hear each other: by a service that waits
// for it, or because somebody joined two calls.
func (c *core) bridged(x, y *leg) {
	if pickupJoined(x, y) || consultBridged(x, y) {
		return
	}
	defer c.keepsActive(x)
	defer c.keepsActive(y)
	for _, l := range [...]*leg{x, y} {
		if x.call != y.call && c.isStray(l) {
			c.ownCall(l)
		}
	}
	if x.call == y.call && x.call != nil && len(x.call.Connections) > 2 {
		c.lookForStrays(x.call)
	}
	if t := transferOf(x, y); t != nil {
		t.joined()
		return
	}
	if x.call != nil && x.call == y.call && x.call.conference != "" {
		x.call.conference, x.call.leaving = "", nil
		c.noteCall(x.call)
	}
	if x.call == nil || y.call == nil || x.call == y.call || x.Info.Glue || y.Info.Glue || !x.takesPart() || !y.takesPart() {
		return
	}
	if c.pickedUp(x, y) || c.cameFor(x, y) {
		return
	}
	first, second := x, y
	if second.call.born < first.call.born {
		first, second = second, first
	}
	transferor := c.departed(first, second)
	c.joinCalls(first, second, transferor)
}

// keepsActive has a consulting device's active call be the one that its leg is in:
// joining it with others may have made another one of it.
func (c *core) keepsActive(l *leg) {
	if con := l.consult; con != nil && l.call != nil && l.conn != nil {
		con.active = side{l.call, l.conn}
		c.noteDown(l)
	}
}

// departed finds the device that leaves both calls by an attended transfer at
// its phone: its connections wait, or its legs are about to end. It is the one
// that has a part in both.
func (c *core) departed(x, y *leg) ecma.DeviceID {
	for _, conn := range x.call.Connections {
		if conn.Device.ID.IsInterface() {
			// Different parties are behind it.
			continue
		}
		if conn != x.conn && conn.State() != ecma.StateNull && y.call.Of(conn.Device.ID) != nil && y.conn.Device != conn.Device {
			return conn.Device.ID
		}
	}
	return ecma.DeviceID{}
}

// joinCalls makes one call of two, as a transfer does: second's party moves into
// first's call, whose identifier stays.
func (c *core) joinCalls(first, second *leg, transferor ecma.DeviceID) {
	one, two := first.call, second.call
	c.transferShown(one)
	old := second.conn.ID()
	ev := &ecma.TransferedEvent{
		PrimaryOldCall:      first.conn.ID(),
		SecondaryOldCall:    old,
		TransferringDevice:  ecma.Device(transferor),
		TransferredToDevice: ecma.Device(second.alerting()),
		UserData:            one.User,
		Cause:               ecma.CauseTransfer,
	}
	gone := c.transferorParts(ev, first, second, transferor)
	c.moveLeg(second, one)
	for _, l := range append([]*leg(nil), two.legs...) {
		if l.conn != nil && !l.conn.Device.ID.IsInterface() && one.Of(l.conn.Device.ID) != nil {
			// Another line of a device that is in the first call: it has its
			// part there, as long as either is.
			c.moveLeg(l, one)
		}
	}
	c.model.Merge(two.Call, one.Call)
	ev.TransferredConnections = []ecma.ConnectionListItem{listItem(first.conn.ID(), first.conn.ID(), first)}
	if second.conn != first.conn {
		ev.TransferredConnections = append(ev.TransferredConnections, listItem(second.conn.ID(), old, second))
	}
	c.model.Transfer(one.Call, ev, gone...)
	for _, cl := range [...]*call{one, two} {
		for _, l := range append([]*leg(nil), cl.legs...) {
			if transferor.IsZero() || l.device != transferor || l == first || l == second {
				continue
			}
			l.conn, l.left = nil, true
			if l.Gone() {
				l.call = nil
				c.removeLeg(cl, l)
			}
		}
	}
	c.endIfEmpty(two)
	c.noteCall(one)
	c.lookForStrays(one)
}

// transferorParts names the connections of a transferring device, which are what the
// event is about, and gives those that end with it in first's call.
func (c *core) transferorParts(ev *ecma.TransferedEvent, first, second *leg, transferor ecma.DeviceID) (gone []*model.Connection) {
	if transferor.IsZero() {
		return nil
	}
	one, two := first.call, second.call
	// A device that transferred one of its lines to somebody, and talks to
	// that one with the other line, keeps its part.
	if conn := one.Of(transferor); conn != nil {
		ev.PrimaryOldCall = conn.ID()
		if conn != first.conn && second.device != transferor {
			c.model.Depart(conn)
			gone = append(gone, conn)
		}
	}
	if conn := two.Of(transferor); conn != nil && conn != second.conn {
		ev.SecondaryOldCall = conn.ID()
		if len(gone) == 0 && one.Of(transferor) == nil {
			// It has left the first call already, and hears of this end.
			c.model.Move(conn, one.Call)
			c.model.Depart(conn)
			gone = append(gone, conn)
		} else {
			c.model.Disconnect(conn)
		}
	}
	one.LastRedirection = transferor
	return gone
}

// moveLeg takes a leg and its connection over into another call. A device that
// has a part there already keeps that one: a call and a device name one
// connection.
func (c *core) moveLeg(l *leg, to *call) {
	from := l.call
	c.dropLeg(from, l)
	if l.conn != nil {
		if shared := to.Of(l.conn.Device.ID); shared != nil && shared != l.conn && !l.conn.Device.ID.IsInterface() {
			if shared.State() != ecma.StateConnected && l.conn.State() == ecma.StateConnected {
				c.model.Occupy(shared)
			}
			c.model.Disconnect(l.conn)
			l.conn = shared
		} else {
			c.model.Move(l.conn, to.Call)
		}
	}
	c.join(l, to)
	if to.AssociatedCalled.IsZero() {
		to.AssociatedCalled = from.AssociatedCalled
	}
}
