package engine

import (
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// leg is what the engine knows of a leg of the switch.
type leg struct {
	legs.Leg
	// device is whom the leg stands for; zero for glue and for an outside
	// party that is not known yet.
	device ecma.DeviceID
	// outside is the party behind it, if device is a network interface.
	outside outside
	// call is the call the leg is active in; a consulting device's leg also
	// belongs to a held one.
	call *call
	// conn is the device's connection in call; nil while the device has no
	// part in it yet.
	conn *model.Connection
	// calling is set on the leg of a party that calls: it dialled by itself,
	// or the switch prompted it to.
	calling bool
	// left is set when the leg's device left the call by another event than
	// its hang-up: that is no news then.
	left bool
	// cleared is whether a client had it hung up.
	cleared clearing

	queue queueStay
	plan  plan
	taken taken
	noted noted

	// order is the service by which it was called.
	order     summons
	answering *answerService
	hold      holding
	consult   *consultation
	duo       *duo
	routing   *routing
	voice     voice
	watch     watch
	// handset is its part at a telephone that takes requests; nil at all others.
	handset *atHandset
}

// outside is the party behind a network interface.
type outside struct {
	// party is its number; zero for a leg of any other device.
	party ecma.DeviceID
	// number is its place among the parties of its network interface in the call, as
	// far as a note tells.
	number int
	// rang is set when Delivered was sent for it.
	rang bool
}

// queueStay is a leg's stay in a queue.
type queueStay struct {
	// conn is the connection of the queue the leg waits in.
	conn *model.Connection
	// name is that of the queue it entered last, be it there still or not.
	name string
	// number is the one whose dialplan put it there.
	number string
	// own is the queue of the switch's own that it is in, be it waiting there
	// or with somebody who took its call; nil: in none.
	own *ownQueue
	// arriving is set while it is on its way into the queue that a transfer
	// gave it.
	arriving bool
}

// plan is what its dialplan does with a leg, and what services did to that.
type plan struct {
	// sentOn is set once the switch sent it to another destination, until it
	// talks to somebody again.
	sentOn bool
	// left is how far services of ours took it out of its dialplan.
	left detour
	// dials: the leg is glue that calls somebody for its call.
	dials bool
	// dialledOn is where it was sent, if it had been called before.
	dialledOn ecma.DeviceID
	// letGo is when the switch was told last to keep it no longer when its partner
	// goes.
	letGo time.Time
	// forwardings are what it does if whom it calls is busy or does not answer.
	forwardings []forwarding
	// trunk names the network interface that the next leg called on behalf of
	// this one leaves by.
	trunk string
}

// detour is how far services of ours have taken a leg out of its dialplan; until it is
// sent to another destination.
type detour uint8

const (
	untouched detour = iota
	// joinedOnce: they joined it with its partner, or held one of the two.
	joinedOnce
	// ledAstray: its dialplan goes on with it only if the switch knows from where
	// (switching.Bridge), and says so then (switching.LegRouted).
	ledAstray
)

// joinedByService: a service of ours joined the leg with its partner, or held one of
// the two.
func (l *leg) joinedByService() { l.plan.left = max(l.plan.left, joinedOnce) }

// taken is how a ringing leg's call was picked up elsewhere.
type taken struct {
	// off is set when that was.
	off bool
	// by is the pick-up for which the switch takes the call away from it.
	by *pickup
}

// clearing is whether a client had a leg hung up.
type clearing uint8

const (
	notByClient clearing = iota
	byClient
	// queueFirst: it cleared the connection of the queue, not the caller's.
	queueFirst
)

// noted is what the switch keeps of a leg for the engine that comes after a reload.
type noted struct {
	text string
	// writing is set while it is being written.
	writing bool
}

// summons is the service by which a leg was called, if any; one of them at most.
type summons struct {
	making    *makeService
	picking   *pickup
	predicted *predictService
}

// watch is who waits for the leg to hang up, or to wait without a partner.
type watch struct {
	gone   interface{ legGone() }
	parked interface{ legParked() }
}

// alerting is who rings or answers on the leg, as events tell it.
func (l *leg) alerting() ecma.DeviceID {
	if !l.outside.party.IsZero() {
		return l.outside.party
	}
	return l.device
}

// called is the number that the leg was created for. What is dialled for a leg to a
// subscriber is the user part of the contact that its phone has registered, which is
// whatever the phone likes; the subscriber is meant.
func (l *leg) called() ecma.DeviceID { return l.calledIn(domainOfLeg(l)) }

// calledIn is the same if a number is one of the domain's.
func (l *leg) calledIn(domain string) ecma.DeviceID {
	if l.Info.Direction == switching.Outbound && !l.Info.Glue && !l.device.IsZero() && l.device.Type != ecma.DeviceNumber {
		return l.device
	}
	return dialled(l.Info.Dialled, domain)
}

// calledBySwitch tells whether the leg was called, for nobody: by the switch's
// operator, or by another program.
func (l *leg) calledBySwitch() bool {
	return l.Info.Direction == switching.Outbound && l.Info.Originator == "" && !l.Info.Glue && !l.calling && l.order.predicted == nil && l.order.making == nil
}

// takesPart tells whether a leg's device has a part in its call: that may have
// ended with another leg of the device.
func (l *leg) takesPart() bool { return l.conn != nil && l.conn.State() != ecma.StateNull }

// forgetEnded: a connection that the leg shared with another one of its device (a
// device that calls itself) may have ended with that. It tells whether that was so.
func (l *leg) forgetEnded() bool {
	ended := l.conn != nil && !l.takesPart()
	if ended {
		l.conn = nil
	}
	return ended
}

// sharing finds another live leg behind the same connection: a device with
// several contacts rings on all of them.
func sharing(l *leg) *leg {
	if l.call == nil {
		return nil
	}
	for _, o := range l.call.legs {
		if o != l && o.conn == l.conn && !o.Gone() && (o.Answered() || !l.Answered()) {
			return o
		}
	}
	return nil
}

// alsoCalled finds another leg of the device that is called by the same leg: what
// one of a device's phones does is not what the device does.
func alsoCalled(l *leg) *leg {
	if l.call == nil || l.Info.Originator == "" && l.order.predicted == nil {
		return nil
	}
	for _, o := range l.call.legs {
		if o != l && o.device == l.device && o.outside.party == l.outside.party && o.Info.Originator == l.Info.Originator && o.order.predicted == l.order.predicted && !o.Gone() && !o.left && !o.calling {
			return o
		}
	}
	return nil
}

// comesAstray: services took the leg out of its dialplan and join it with another.
func (l *leg) comesAstray() { l.plan.left = ledAstray }

// astray notes that services took legs out of their dialplan, which does not go on
// with them when their partner has gone.
func astray(legs ...*leg) {
	for _, l := range legs {
		l.comesAstray()
	}
}

// inOwnQueue tells whether the queue that the leg waits in is the switch's own.
func (l *leg) inOwnQueue() bool {
	return l.queue.own != nil && l.queue.conn != nil && l.queue.conn.Device.ID == ecma.Queue(l.queue.own.name)
}

// neverArrived: the dialplan behind a queue's number may have another use for it by
// now. It tells whether the leg was still on its way.
func (l *leg) neverArrived() bool {
	late := l.queue.arriving
	l.queue.arriving = false
	return late
}

// progressCause is the cause of the progress of a called leg: that of its call, but
// what comes behind Network Reached is the network's signal (ECMA-269 17.2.12),
// unless something less ordinary than a new call brought the call there.
func (l *leg) progressCause() ecma.EventCause {
	cause := l.call.cause
	if !l.outside.party.IsZero() && (cause == ecma.CauseNewCall || cause == ecma.CauseMakeCall) {
		return ecma.CauseNetworkSignal
	}
	return cause
}

// isAlone tells whether a leg's device has nobody in its call.
func (l *leg) isAlone() bool {
	return l != nil && l.conn != nil && !l.Gone() && l.queue.conn == nil && (side{call: l.call}).far(l) == nil
}

// theseTwo tells whether two legs are those two.
func theseTwo(x, y, a, b *leg) bool { return x == a && y == b || x == b && y == a }

func theOther(l, x, y *leg) *leg {
	if x == l {
		return y
	}
	return x
}
