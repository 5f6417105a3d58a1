package engine

import (
	"cmp"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// isOrdered tells whether a leg, or the call that it begins, is one that a
// service waits for.
func (b *switchboard) isOrdered(id string) bool {
	return b.making[id] != nil || b.predicting[id] != nil
}

// callOf finds the call that a new leg belongs to: that of the leg on whose
// behalf it was created, or of its glue peer.
func (b *switchboard) callOf(info *switching.LegInfo) *call {
	for _, id := range [...]string{info.Originator, info.GluePeer} {
		if other := b.legs[id]; other != nil && other.call != nil {
			return other.call
		}
	}
	// The far half of the glue that we ordered may come first.
	if pc := b.predicting[info.GluePeer]; pc != nil {
		return pc.call
	}
	if mc := b.making[info.GluePeer]; mc != nil {
		return mc.call
	}
	return nil
}

// otherParty is the leg of the only other party of a call, seen from a
// connection; the caller itself for a queue's connection; nil if there is not
// exactly one. A party that consults somebody else just now does not count.
func (b *switchboard) otherParty(conn *model.Connection) *leg {
	if own := b.legs[conn.Leg]; own != nil && own.queue.conn == conn && !own.Info.Glue {
		return own
	}
	var found *leg
	for _, other := range conn.Call.Connections {
		l := b.legs[other.Leg]
		if other == conn || l == nil || l.Gone() || l.queue.conn == other {
			continue
		}
		if l.call == nil || l.call.Call != conn.Call {
			return nil
		}
		if found != nil {
			return nil
		}
		found = l
	}
	return found
}

// legBehind is the leg of a connection, also one that has gone already and whose
// connection waits for what becomes of its call.
func (b *switchboard) legBehind(conn *model.Connection) *leg {
	cl := b.calls[conn.Call.ID]
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
func (b *switchboard) legStillBehind(conn *model.Connection) *leg {
	if cl := b.calls[conn.Call.ID]; cl != nil {
		for _, l := range cl.legs {
			if l.conn == conn && !l.Gone() {
				return l
			}
		}
	}
	return nil
}

// waitsBy is a leg that has not hung up and waits by the connection of a queue: a call has
// one of a queue, however many of its legs wait there.
func (b *switchboard) waitsBy(queue *model.Connection) *leg {
	if cl := b.calls[queue.Call.ID]; cl != nil {
		for _, l := range cl.legs {
			if l.queue.conn == queue && !l.Gone() {
				return l
			}
		}
	}
	return nil
}

// noneWaitsBy takes the connection of a queue, which ends or goes elsewhere, off the legs
// that wait by it.
func (b *switchboard) noneWaitsBy(queue *model.Connection) {
	if cl := b.calls[queue.Call.ID]; cl != nil {
		for _, l := range cl.legs {
			if l.queue.conn == queue {
				l.queue.conn = nil
			}
		}
	}
}

// remaining is the only party left in the call of a leg that has gone; nil also
// if it consults somebody else just now.
func (b *switchboard) remaining(gone *leg) *leg {
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

// partOf is the connection in a call that a leg's device has there, or comes back
// to; nil if none. Each leg of a network interface stands for another outside
// party: its own is one that it has, that another leg to the same party has, or
// that was left for it.
func (b *switchboard) partOf(cl *call, l *leg) *model.Connection {
	if !l.device.IsInterface() {
		return cl.Of(l.device)
	}
	if o := alsoCalled(l); o != nil && o.call == cl && o.conn != nil {
		return o.conn
	}
	for _, conn := range cl.Connections {
		if conn.Device.ID == l.device && (conn == l.conn || conn.Leg == l.ID || b.legs[conn.Leg] == nil) {
			return conn
		}
	}
	return nil
}

// offeredBy is the leg that waits in a queue of the switch's own which offers its
// call to this leg, directly or through glue; nil if none does.
func (b *switchboard) offeredBy(l *leg) *leg {
	info := &l.Info
	if origin := b.legs[info.Originator]; origin != nil && origin.Info.Glue {
		if peer := b.legs[origin.Info.GluePeer]; peer != nil {
			info = &peer.Info
		}
	}
	if !info.Offer {
		return nil
	}
	return b.legs[info.Originator]
}

// alone tells whether a leg's party is the only one in its call, but for the
// queue it waits in and those whom the queue rings.
func (b *switchboard) alone(l *leg) bool {
	for _, conn := range l.call.Connections {
		if o := b.legs[conn.Leg]; o != nil && !o.Answered() && b.offeredBy(o) == l {
			// An agent whom the queue still rings for it.
			continue
		}
		if conn != l.conn && conn != l.queue.conn {
			return false
		}
	}
	return l.Answered()
}

// predictionOf is the predictive call that an order began; its called device may
// have several phones.
func (b *switchboard) predictionOf(order string) *predictService {
	if pc := b.predicting[order]; pc != nil {
		return pc
	}
	if cl := b.calls[order]; cl != nil {
		for _, l := range cl.legs {
			if l.order.predicted != nil && l.order.predicted.leg == order && l.Info.Order == order {
				return l.order.predicted
			}
		}
	}
	return nil
}

// predictionFor finds the predictive call whose calling device has not got it
// yet.
func (b *switchboard) predictionFor(conn *model.Connection) *predictService {
	if conn.State() != ecma.StateInitiated {
		return nil
	}
	for _, pc := range b.predicting {
		if pc.conn == conn {
			return pc
		}
	}
	for _, l := range b.calls[conn.Call.ID].legs {
		if l.order.predicted != nil && l.order.predicted.conn == conn {
			return l.order.predicted
		}
	}
	return nil
}

// strayed: it was called on behalf of a leg that we did not know then, and so has
// a call of its own. One that was answered is joined with its bridge.
func (b *switchboard) strayed(l *leg) bool {
	origin := b.legs[l.Info.Originator]
	return origin != nil && origin.call != nil && l.call != nil && l.call != origin.call && l.call.ID == l.ID &&
		!l.Answered() && !l.Info.Glue && l.order.predicted == nil && l.order.making == nil
}

// isPickedUpBy tells whether a device is being called to get a call.
func (b *switchboard) isPickedUpBy(id ecma.DeviceID) bool {
	for _, pk := range b.picking {
		if pk.device == id && pk.state != pickupOver {
			return true
		}
	}
	return false
}

// domainFor is the domain whose numbers a service for a connection is about.
func (b *switchboard) domainFor(conn *model.Connection) string {
	if l := b.legs[conn.Leg]; l != nil && l.conn == conn {
		return domainOfLeg(l)
	}
	if id := conn.Device.ID; id.Type != ecma.DeviceNumber {
		return domainOf(id)
	}
	if cl := b.calls[conn.Call.ID]; cl != nil {
		return cl.tenant
	}
	return ""
}

// domainCalling is the domain in whose numbers a leg was called: that of the leg that
// called it, or of whom a service calls it for.
func (b *switchboard) domainCalling(id string, info *switching.LegInfo) string {
	if origin := b.legs[info.Originator]; origin != nil {
		return domainOfLeg(origin)
	}
	if pc := b.predictionOf(cmp.Or(info.Order, id)); pc != nil {
		return pc.call.tenant
	}
	return ""
}

// belongsTo takes an outside call for a tenant's, once it comes to somebody of a domain.
// The numbers that it came with are no devices of another domain.
func (b *switchboard) belongsTo(cl *call, domain string) {
	if domain == "" || cl.tenant != "" {
		return
	}
	for _, l := range cl.legs {
		if l.calling && l.call == cl && !l.device.IsZero() && !l.device.IsInterface() {
			// Its caller is a device that is known already.
			return
		}
	}
	cl.tenant = domain
	for _, id := range [...]*ecma.DeviceID{&cl.Calling, &cl.Called} {
		if b.model.Devices.Find(*id) != nil || b.registrations.subscribes(id.Number) {
			*id = dialled(id.Number, domain)
		}
	}
}
