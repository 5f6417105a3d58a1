package engine

import (
	"crypto/rand"
	"fmt"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/switching"
)

// switchboard is which legs and calls there are, and who is in which of them. All that
// moves them stands on it: it knows neither services nor rules.
type switchboard struct {
	*office
	// monitoring ends a call's monitors with it, registrations know whose a number is.
	monitoring    *monitoring
	registrations *registrations
	// ops are the operations that the switch is asked for.
	ops orders
	// uuids makes the names of legs, calls and rooms.
	uuids func() string
	legs  map[string]*leg
	calls map[string]*call
	born  uint64 // calls so far
	// making, picking and predicting are the services that wait for legs which the switch
	// makes for them, by the names of these.
	making     map[string]*makeService
	picking    map[string]*pickup
	predicting map[string]*predictService
	// found is the leg that was looked for last.
	found *leg
}

func newSwitchboard(o *office, g *registrations, m *monitoring) *switchboard {
	b := &switchboard{office: o, registrations: g, monitoring: m, uuids: randomUUID}
	b.clear()
	return b
}

// clear forgets all legs and calls, and what waits for them.
func (b *switchboard) clear() {
	b.legs, b.calls, b.found = map[string]*leg{}, map[string]*call{}, nil
	b.making, b.picking, b.predicting = map[string]*makeService{}, map[string]*pickup{}, map[string]*predictService{}
}

// impossible counts what no leg of a switch does.
func (b *switchboard) impossible(l *legs.Leg, step error) {
	b.counters.Repairs++
	b.log.Error("impossible step of a leg", "leg", l.ID, "error", step)
}

// newUUID names a leg, a call or a room.
func (b *switchboard) newUUID() string {
	id := b.uuids()
	if b.record != nil {
		b.record.uuid(id)
	}
	return id
}

// randomUUID is a random UUID (RFC 9562, version 4) for a leg.
func randomUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// newCall makes a call with the identifier of its first leg; another one, should
// a call that outlived its first leg still have it.
func (b *switchboard) newCall(id string) *call {
	if b.calls[id] != nil {
		id = b.newUUID()
	}
	b.born++
	cl := &call{Call: b.model.NewCall(id), cause: ecma.CauseNewCall, born: b.born}
	b.calls[id] = cl
	return cl
}

// endIfEmpty removes a call that has no leg left.
func (b *switchboard) endIfEmpty(cl *call) {
	if cl == nil || len(cl.legs) > 0 || cl.lone || b.calls[cl.ID] != cl || b.isOrdered(cl.ID) {
		return
	}
	for len(cl.Connections) > 0 {
		if conn := cl.Connections[0]; conn.Leg == "" && conn.State() == ecma.StateAlerting {
			// The device was to ring again, for the party that a transfer gave
			// it, and that party has gone first.
			b.model.Clear(conn, ecma.CauseCallCancelled)
			continue
		}
		b.counters.Repairs++
		b.log.Debug("a connection was left without a leg", "call", cl.ID, "device", cl.Connections[0].Device.ID.Number)
		b.model.Clear(cl.Connections[0], ecma.CauseNormalClearing)
	}
	b.model.EndCall(cl.Call)
	for len(cl.Monitors) > 0 {
		b.monitoring.end(cl.Monitors[0])
	}
	b.model.RemoveCall(cl.Call)
	delete(b.calls, cl.ID)
}

func (b *switchboard) join(l *leg, cl *call) {
	l.call = cl
	cl.legs = append(cl.legs, l)
}

// leave takes a leg out of its call.
func (b *switchboard) leave(l *leg) {
	cl := l.call
	if cl == nil {
		return
	}
	l.call = nil
	b.removeLeg(cl, l)
}

func (b *switchboard) removeLeg(cl *call, l *leg) {
	b.dropLeg(cl, l)
	b.endIfEmpty(cl)
}

// dropLeg takes a leg out of the list of a call, and out of the queue in which it waits for
// that: it is not the call's any more who waits there.
func (b *switchboard) dropLeg(cl *call, l *leg) {
	if at := l.queue.conn; at != nil && at.Call == cl.Call {
		b.clearQueue(l)
	}
	for i, o := range cl.legs {
		if o == l {
			cl.legs = append(cl.legs[:i], cl.legs[i+1:]...)
			return
		}
	}
}

// clearQueue ends a leg's stay in a queue, and the connection of the queue with that of the
// last leg of the call that waits there.
func (b *switchboard) clearQueue(l *leg) {
	conn := l.queue.conn
	l.queue.conn = nil
	if conn == nil || conn.State() == ecma.StateNull {
		return
	}
	if other := b.waitsBy(conn); other != nil {
		conn.Leg = other.ID
		return
	}
	b.noneWaitsBy(conn)
	b.model.Clear(conn, ecma.CauseNormalClearing)
}

// moveLeg takes a leg and its connection over into another call. A device that
// has a part there already keeps that one: a call and a device name one
// connection.
func (b *switchboard) moveLeg(l *leg, to *call) {
	from := l.call
	b.dropLeg(from, l)
	if l.conn != nil {
		if shared := to.Of(l.conn.Device.ID); shared != nil && shared != l.conn && !l.conn.Device.ID.IsInterface() {
			if shared.State() != ecma.StateConnected && l.conn.State() == ecma.StateConnected {
				b.model.Occupy(shared)
			}
			b.model.Disconnect(l.conn)
			l.conn = shared
		} else {
			b.model.Move(l.conn, to.Call)
		}
	}
	b.join(l, to)
	if to.AssociatedCalled.IsZero() {
		to.AssociatedCalled = from.AssociatedCalled
	}
}

// callerOnItsWay makes the calling party of a call connected, before the first
// news of the called one.
func (b *switchboard) callerOnItsWay(cl *call) {
	for _, l := range cl.legs {
		if !l.calling || l.call != cl || l.order.making != nil || l.left {
			continue
		}
		switch {
		case l.conn == nil:
			// An outside caller: it has a part in the call from now on. One that was
			// called, and sent on before it rang, is who it was.
			by := l.device
			if by.IsZero() {
				by = cl.Calling
			}
			if !l.Gone() && !by.IsZero() && cl.Of(by) == nil {
				l.device = by
				l.conn = b.model.Connect(cl.Call, l.device, ecma.StateNull, l.ID)
				if len(l.conn.Device.Monitors) > 0 {
					// A caller may show any number, also a subscriber's.
					b.model.Originate(l.conn, causeOfOrigin(cl))
				} else {
					b.model.Occupy(l.conn)
				}
			}
		case l.conn.State() != ecma.StateInitiated:
		case l.conn.Device.ID.Type == ecma.DeviceNumber:
			// Originated is not reported for network interfaces.
			b.model.Occupy(l.conn)
		default:
			b.model.Originate(l.conn, causeOfOrigin(cl))
		}
	}
}

// settled is what the engine keeps beside what is settled of a leg.
func (b *switchboard) settled(of *legs.Leg) *leg {
	if l := b.found; l != nil && &l.Leg == of {
		return l
	}
	return b.legs[of.ID]
}

// check counts what no leg of a switch does.
func (b *switchboard) check(l *leg, impossible error) {
	if impossible != nil {
		b.impossible(&l.Leg, impossible)
	}
}

// hangUp ends a leg that is still there.
func (b *switchboard) hangUp(l *leg) {
	if !l.Gone() {
		b.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
	}
}
