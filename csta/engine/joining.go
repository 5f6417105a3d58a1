package engine

import (
	"slices"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// joins are the rules for who is joined with whom: transfers, and calls that become one.
type joins struct {
	*switchboard
	*clockwork
	handsets *handsets
	queues   *queues
	holds    *holds
	strays   *strays
	pickups  *pickups
}

// transferRequested: a phone asked the switch for a transfer (SIP REFER). It
// shows as done when its partner goes elsewhere.
func (j *joins) transferRequested(l *leg, ev *switching.Event) {
	if ev.Transfer != switching.TransferorBlind || l.conn == nil || l.routing != nil {
		return
	}
	remaining := j.otherParty(l.conn)
	if remaining == nil || !remaining.Answered() || remaining.routing != nil {
		return
	}
	t := &referring{c: j, conn: l.conn, own: l, remaining: remaining, to: dialled(ev.Name, domainOfLeg(l))}
	t.mark.by = t
	t.mark.mark(remaining)
	j.expect(forReferred, t)
}

// referring is a blind transfer by a phone, until its partner is sent on.
type referring struct {
	c              *joins
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
func (j *joins) transferorLeft(l *leg, ev *switching.Event) bool {
	if l.conn == nil || l.left || l.order.making != nil || l.consult != nil || !l.Answered() && !l.calling {
		return false
	}
	if ev.Transfer == switching.TransferorBlind {
		if remaining := j.otherParty(l.conn); remaining != nil && remaining.Answered() {
			if remaining.routing != nil {
				remaining.routed()
			} else {
				j.stepTransferred(l.conn, l, remaining, dialled(ev.Name, domainOfLeg(l)))
			}
		}
		return false
	}
	// Attended: the remaining parties are joined only after both of the
	// transferor's legs have gone. Its connections wait for that.
	j.check(l, l.End())
	j.handsets.leftPhone(l)
	l.answerRefused()
	j.holds.holdEnded(l)
	l.voice.ends()
	l.left = true
	j.expect(forTransfer, departing{j, l, l.conn, eventCause(ev.Cause)})
	j.joinRinging(l)
	return true
}

// departing is the leg of a phone that has transferred its call, and that waits for what
// becomes of the parties.
type departing struct {
	c     *joins
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
	}
	if l.duo != nil {
		l.duo.legEnded(l)
	}
	c.leave(l)
	return late
}

// joinRinging completes an attended transfer to a party that still rings: no
// bridge will show it. l is the second of the transferor's legs to leave.
func (j *joins) joinRinging(l *leg) {
	if l.conn.Device.ID.IsInterface() {
		// Its other connections are those of other parties.
		return
	}
	for _, conn := range l.conn.Device.Connections {
		o := j.legBehind(conn)
		if o == nil || o == l || !o.Gone() || o.call == nil || o.call == l.call {
			continue
		}
		first, second := j.remaining(o), j.remaining(l)
		if first == nil || second == nil || first.Answered() == second.Answered() {
			continue
		}
		if second.Answered() {
			first, second = second, first
		}
		j.joinCalls(first, second, l.device)
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
func (j *joins) queueJoined(l *leg, queue ecma.DeviceID) bool {
	one := l.call
	for _, conn := range one.Connections {
		if conn == l.conn || l.conn == nil || conn.Device == l.conn.Device || conn.Device.ID.IsInterface() {
			continue
		}
		if out := j.waitsElsewhere(conn, queue); out != nil {
			j.replaceInQueue(conn, out.conn, out, l)
			return true
		}
	}
	return false
}

// waitsElsewhere is the leg with which the device of a connection waits in a queue
// for another call. A device may have several; the transfer names one.
func (j *joins) waitsElsewhere(conn *model.Connection, queue ecma.DeviceID) *leg {
	var found *leg
	own := j.legBehind(conn)
	for _, second := range conn.Device.Connections {
		out := j.legBehind(second)
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
func (j *joins) replaceInQueue(conn, second *model.Connection, out, l *leg) {
	one, two, queue, own := l.call, out.call, out.queue.conn, j.legBehind(conn)
	j.transferShown(one)
	ev := transferEvent(one, conn, second, queue.Device.ID, queuedItems(l, queue))
	j.takesPlace(l, out)
	j.model.Merge(two.Call, one.Call)
	j.model.Disconnect(second)
	j.model.Transfer(one.Call, ev, conn)
	one.LastRedirection = conn.Device.ID
	for _, gone := range [...]*leg{out, own} {
		if gone != nil {
			gone.conn, gone.left = nil, true
		}
	}
	if l.Answered() {
		j.queues.queueAnswered(l)
	}
	j.endIfEmpty(two)
	j.noteDown(l)
}

// bridged looks at two legs that now hear each other: by a service that waits
// for it, or because somebody joined two calls.
func (j *joins) bridged(x, y *leg) {
	if pickupJoined(x, y) || consultBridged(x, y) {
		return
	}
	defer j.keepsActive(x)
	defer j.keepsActive(y)
	for _, l := range [...]*leg{x, y} {
		if x.call != y.call && j.strays.isStray(l) {
			j.strays.ownCall(l)
		}
	}
	if x.call == y.call && x.call != nil && len(x.call.Connections) > 2 {
		j.strays.lookForStrays(x.call)
	}
	if t := transferOf(x, y); t != nil {
		t.joined()
		return
	}
	if x.call != nil && x.call == y.call && x.call.conference != "" {
		x.call.conference, x.call.leaving = "", nil
		j.noteCall(x.call)
	}
	if x.call == nil || y.call == nil || x.call == y.call || x.Info.Glue || y.Info.Glue || !x.takesPart() || !y.takesPart() {
		return
	}
	if j.pickups.pickedUp(x, y) || j.pickups.cameFor(x, y) {
		return
	}
	first, second := x, y
	if second.call.born < first.call.born {
		first, second = second, first
	}
	transferor := j.departed(first, second)
	j.joinCalls(first, second, transferor)
}

// keepsActive has a consulting device's active call be the one that its leg is in:
// joining it with others may have made another one of it.
func (j *joins) keepsActive(l *leg) {
	if con := l.consult; con != nil && l.call != nil && l.conn != nil {
		con.active = side{l.call, l.conn}
		j.noteDown(l)
	}
}

// departed finds the device that leaves both calls by an attended transfer at
// its phone: its connections wait, or its legs are about to end. It is the one
// that has a part in both; if only a queue has, in which both calls wait, that gives
// the two to each other.
func (j *joins) departed(x, y *leg) ecma.DeviceID {
	var queue ecma.DeviceID
	for _, conn := range x.call.Connections {
		if conn.Device.ID.IsInterface() {
			// Different parties are behind it.
			continue
		}
		if conn == x.conn || conn.State() == ecma.StateNull || y.call.Of(conn.Device.ID) == nil || y.conn.Device == conn.Device {
			continue
		}
		if j.waitsBy(conn) == nil {
			return conn.Device.ID
		}
		queue = conn.Device.ID
	}
	return queue
}

// joinCalls makes one call of two, as a transfer does: second's party moves into
// first's call, whose identifier stays.
func (j *joins) joinCalls(first, second *leg, transferor ecma.DeviceID) {
	one, two := first.call, second.call
	j.transferShown(one)
	old := second.conn.ID()
	ev := &ecma.TransferedEvent{
		PrimaryOldCall:      first.conn.ID(),
		SecondaryOldCall:    old,
		TransferringDevice:  ecma.Device(transferor),
		TransferredToDevice: ecma.Device(second.alerting()),
		UserData:            one.User,
		Cause:               ecma.CauseTransfer,
	}
	gone := j.transferorParts(ev, first, second, transferor)
	j.moveLeg(second, one)
	for _, l := range append([]*leg(nil), two.legs...) {
		if l.conn != nil && !l.conn.Device.ID.IsInterface() && one.Of(l.conn.Device.ID) != nil {
			// Another line of a device that is in the first call: it has its
			// part there, as long as either is.
			j.moveLeg(l, one)
		}
	}
	j.model.Merge(two.Call, one.Call)
	ev.TransferredConnections = []ecma.ConnectionListItem{listItem(first.conn.ID(), first.conn.ID(), first)}
	if second.conn != first.conn {
		ev.TransferredConnections = append(ev.TransferredConnections, listItem(second.conn.ID(), old, second))
	}
	j.model.Transfer(one.Call, ev, gone...)
	endOutsideLines(j.model, first, second, one, two)
	for _, cl := range [...]*call{one, two} {
		for _, l := range append([]*leg(nil), cl.legs...) {
			if transferor.IsZero() || l.device != transferor || l == first || l == second {
				continue
			}
			l.conn, l.left = nil, true
			if l.Gone() {
				l.call = nil
				j.removeLeg(cl, l)
			}
		}
	}
	j.endIfEmpty(two)
	j.noteCall(one)
	j.strays.lookForStrays(one)
}

// endOutsideLines ends the connections of who transferred two calls from behind a network
// interface, where nobody knows that both are his: those of legs that have hung up to
// transfer their calls, and of one that such a leg asked to be joined with, which hangs up
// soon. What becomes of the parties has shown, so that nothing is waited for. A device in
// a call with itself has another leg behind the connection.
func endOutsideLines(m *model.Model, first, second *leg, calls ...*call) {
	for _, cl := range calls {
		for _, l := range cl.legs {
			switch {
			case l == first || l == second || !l.takesPart() || l.conn.Call != cl.Call || sharing(l) != nil:
			case l.Gone():
				m.Clear(l.conn, ecma.CauseNormalClearing)
			case l.conn.Device.ID.IsInterface() && referredTo(l, calls):
				m.Clear(l.conn, ecma.CauseNormalClearing)
				l.conn, l.left = nil, true
			}
		}
	}
}

// referredTo tells whether one of the calls' legs that have hung up asked to be joined with
// the leg.
func referredTo(l *leg, calls []*call) bool {
	return slices.ContainsFunc(calls, func(cl *call) bool {
		return slices.ContainsFunc(cl.legs, func(o *leg) bool { return o.Gone() && o.Bridge.RefersTo == l.ID })
	})
}

// transferorParts names the connections of a transferring device, which are what the
// event is about, and gives those that end with it in first's call.
func (j *joins) transferorParts(ev *ecma.TransferedEvent, first, second *leg, transferor ecma.DeviceID) (gone []*model.Connection) {
	if transferor.IsZero() {
		return nil
	}
	one, two := first.call, second.call
	// A device that transferred one of its lines to somebody, and talks to
	// that one with the other line, keeps its part.
	if conn := one.Of(transferor); conn != nil {
		ev.PrimaryOldCall = conn.ID()
		if conn != first.conn && second.device != transferor {
			j.noneWaitsBy(conn)
			j.model.Depart(conn)
			gone = append(gone, conn)
		}
	}
	if conn := two.Of(transferor); conn != nil && conn != second.conn {
		ev.SecondaryOldCall = conn.ID()
		j.noneWaitsBy(conn)
		if len(gone) == 0 && one.Of(transferor) == nil {
			// It has left the first call already, and hears of this end.
			j.model.Move(conn, one.Call)
			j.model.Depart(conn)
			gone = append(gone, conn)
		} else {
			j.model.Disconnect(conn)
		}
	}
	one.LastRedirection = transferor
	return gone
}

// takesPlace gives the queue's connection, in which the leg out waited, to the party l of
// another call, which comes there.
func (j *joins) takesPlace(l, out *leg) {
	queue := out.queue.conn
	out.voice.leaves(queue)
	j.noneWaitsBy(queue)
	// It leaves the queue that it waits in itself, and a call waits in a queue once.
	j.clearQueue(l)
	if at := l.call.Of(queue.Device.ID); at != nil && at != queue {
		j.noneWaitsBy(at)
		j.model.Clear(at, ecma.CauseNormalClearing)
	}
	j.model.Move(queue, l.call.Call)
	queue.Leg = l.ID
	l.queue.conn, l.queue.number, l.queue.name = queue, out.queue.number, out.queue.name
	l.calling = true
	l.call.cause, l.call.reached = ecma.CauseTransfer, true
}

// stepTransferred reports a single step transfer, by a service or by a phone.
func (j *joins) stepTransferred(conn *model.Connection, own, remaining *leg, to ecma.DeviceID) {
	cl := remaining.call
	if conn.State() == ecma.StateNull || cl == nil || cl.Call != conn.Call {
		// Who was to remain is in another call by now: this one ends by itself.
		return
	}
	if own.queue.conn == conn {
		own.voice.leaves(conn)
	}
	j.model.Transfer(cl.Call, &ecma.TransferedEvent{
		PrimaryOldCall:         conn.ID(),
		TransferringDevice:     ecma.Device(conn.DeviceID()),
		TransferredToDevice:    ecma.Device(to),
		TransferredConnections: transferredItems(remaining, cl.Call, to),
		UserData:               cl.User,
		Cause:                  ecma.CauseSingleStepTransfer,
	}, conn)
	cl.LastRedirection = conn.DeviceID()
	if own.queue.conn == conn {
		j.noneWaitsBy(conn)
		own.plan.dials = own.Info.Glue
		if cl.Calling == conn.Device.ID || cl.AssociatedCalling.IsZero() && cl.Of(cl.Calling) == nil {
			// It called on its own behalf, or for a caller who has gone.
			cl.Calling = remaining.alerting()
		}
	} else {
		cl.forget(conn)
		own.conn, own.left = nil, true
		if !remaining.calling {
			cl.Calling = remaining.alerting()
		}
		if cl.AssociatedCalled == conn.Device.ID {
			cl.AssociatedCalled = ecma.DeviceID{}
			if cl.AssociatedCalling.IsZero() {
				cl.NetworkCalled = ecma.DeviceID{}
			}
		}
	}
	cl.Called, cl.destination = to, ecma.DeviceID{}
	cl.cause = ecma.CauseSingleStepTransfer
	cl.reached = false
	remaining.calling = true
	j.noteDown(remaining)
	if own.queue.conn != conn && own.left {
		j.expect(forStray, mayBeStray{j.strays, own})
	}
}

// transferShown answers the Transfer Call that makes one call of two.
func (j *joins) transferShown(one *call) {
	for _, l := range one.legs {
		if s := l.duo.transfers(); s != nil && s.held.conn.Call == one.Call {
			s.d.dissolve()
			s.p.succeed()
			return
		}
	}
}

func (d departing) of() *leg { return d.l }
