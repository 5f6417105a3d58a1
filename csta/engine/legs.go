package engine

import (
	"cmp"
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
	// dialledOn is where, if it had been called before.
	dialledOn ecma.DeviceID
	// left is how far services of ours took it out of its dialplan.
	left detour
	// letGo is when the switch was told last to keep it no longer when its partner
	// goes.
	letGo time.Time
	// forwardings are what it does if whom it calls is busy or does not answer.
	forwardings []forwarding
	// trunk names the network interface that the next leg called on behalf of
	// this one leaves by.
	trunk string
	// dials: the leg is glue that calls somebody for its call.
	dials bool
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

// check counts what no leg of a switch does.
func (c *core) check(l *leg, impossible error) {
	if impossible != nil {
		owner{c}.Impossible(&l.Leg, impossible)
	}
}

// alerting is who rings or answers on the leg, as events tell it.
func (l *leg) alerting() ecma.DeviceID {
	if !l.outside.party.IsZero() {
		return l.outside.party
	}
	return l.device
}

// call is what the engine knows of a call beside the model.
type call struct {
	*model.Call
	legs []*leg
	// reached is set once the far end, or the failure to reach it, was
	// reported, so that the end of the calling leg need not report it.
	reached bool
	// initiated is the called device that the response to Make Predictive Call
	// named.
	initiated ecma.DeviceID
	// failedAt is who was reported to have failed without having rung.
	failedAt ecma.DeviceID
	// cause is that of the next Delivered and Established: newCall, or what
	// brought the call to where it goes now.
	cause ecma.EventCause
	// born is the number of the call, counted from the engine's start.
	born uint64
	// destination is where a diversion sent the call; absent: the number
	// originally called.
	destination ecma.DeviceID
	// conference is the room its legs are in, if any.
	conference string
	// met is set once its calling party talked to somebody.
	met bool
	// leaving are the two who are left of a conference, on their way out of the room.
	leaving *lastTwo
	// lone: a consulting device is alone in it, without a leg.
	lone bool
	// givenUp is set when a service ended it for the party that called.
	givenUp bool
	// tenant is the domain whose call it is where no leg tells: that of who made it, or of
	// whom an outside caller came to. "": the default one.
	tenant string
}

// goal is the device that the call is on its way to.
func (cl *call) goal() ecma.DeviceID {
	if cl.destination.IsZero() {
		return cl.Called
	}
	return cl.destination
}

// whereabouts is the number that brings another party where the call of a leg is now,
// dialled for its device: the one first dialled, unless the call was sent on since.
func (cl *call) whereabouts(l *leg, dialled string) string {
	return cmp.Or(numberIn(domainOfLeg(l), cl.goal()), dialled)
}

// newCall makes a call with the identifier of its first leg; another one, should
// a call that outlived its first leg still have it.
func (c *core) newCall(id string) *call {
	if c.calls[id] != nil {
		id = c.newUUID()
	}
	c.born++
	cl := &call{Call: c.model.NewCall(id), cause: ecma.CauseNewCall, born: c.born}
	c.calls[id] = cl
	return cl
}

// endIfEmpty removes a call that has no leg left.
func (c *core) endIfEmpty(cl *call) {
	if cl == nil || len(cl.legs) > 0 || cl.lone || c.calls[cl.ID] != cl || c.isOrdered(cl.ID) {
		return
	}
	for len(cl.Connections) > 0 {
		if conn := cl.Connections[0]; conn.Leg == "" && conn.State() == ecma.StateAlerting {
			// The device was to ring again, for the party that a transfer gave
			// it, and that party has gone first.
			c.model.Clear(conn, ecma.CauseCallCancelled)
			continue
		}
		c.counters.Repairs++
		c.log.Debug("a connection was left without a leg", "call", cl.ID, "device", cl.Connections[0].Device.ID.Number)
		c.model.Clear(cl.Connections[0], ecma.CauseNormalClearing)
	}
	c.model.EndCall(cl.Call)
	for len(cl.Monitors) > 0 {
		c.monitoring.end(cl.Monitors[0])
	}
	c.model.RemoveCall(cl.Call)
	delete(c.calls, cl.ID)
}

// legCreated decides what a new leg is: a subscriber that calls, a party called
// on behalf of another leg, or a leg of a service of ours.
func (c *core) legCreated(ev *switching.Event) {
	trunk := ""
	if origin := c.legs[ev.Info.Originator]; origin != nil {
		trunk = origin.plan.trunk
	}
	c.createLeg(ev.Leg, ev.Info, trunk, nil)
	c.overtaken(ev.Leg)
	if l := c.legs[ev.Leg]; l != nil {
		c.ordered(l)
	}
}

// overtaken takes a leg that was called on behalf of another one, and reported
// before it, into the call where it belongs.
func (c *core) overtaken(originator string) {
	l := c.legs[c.settler.Forerunner(originator)]
	origin := c.legs[originator]
	if l == nil || origin == nil || origin.call == nil || !c.strayed(l) {
		return
	}
	c.counters.Repairs++
	c.log.Debug("a leg came before the one that it was called for", "leg", l.ID, "originator", originator)
	if l.conn != nil {
		c.resync("a leg came before the one that it was called for")
		return
	}
	alone := l.call
	c.moveLeg(l, origin.call)
	c.endIfEmpty(alone)
}

// endpoint is a leg of the switch with whom it stands for.
func (c *core) endpoint(id string, info *switching.LegInfo, trunk string) *leg {
	l := &leg{Leg: legs.Leg{ID: id, Info: *info, Seen: c.counters.SwitchEvents}}
	switch {
	case info.Device != "":
		l.device = ecma.Subscriber(c.canonical(info.Device))
		c.roster.saw(l.device)
	case info.Glue || info.Direction == switching.Inbound:
	case trunk != "":
		l.device, l.outside.number = ecma.NetworkInterface(trunk).Interface()
		l.outside.party = dialled(info.Dialled, "")
	default:
		l.device = dialled(info.Dialled, c.domainCalling(id, info))
	}
	return l
}

// createLeg makes a leg: in a known call, or, for nil, in that of the leg it
// was called for, or in one of its own. trunk names the network interface by
// which a called leg leaves.
func (c *core) createLeg(id string, info *switching.LegInfo, trunk string, into *call) {
	l := c.endpoint(id, info, trunk)
	c.legs[l.ID] = l
	c.comparison.created(l.ID)
	if c.settler.Stillborn(l.ID) {
		// It hung up before it was reported: nobody hears of it.
		c.check(l, l.End())
		return
	}
	origin := c.legs[info.Originator]
	defer c.foundAtPhone(l)
	order := cmp.Or(info.Order, l.ID)
	if mc := c.making[order]; mc != nil {
		mc.created(l)
		c.ordered(l)
		return
	}
	if pc := c.predictionOf(order); pc != nil {
		pc.created(l)
		c.ordered(l)
		return
	}
	if pk := c.picking[order]; pk != nil {
		pk.created(l)
		return
	}
	if into != nil {
		c.joinKnown(l, into)
		return
	}
	if cl := c.callOf(info); cl != nil {
		if origin != nil {
			c.callsSomebody(origin, l.called())
			if origin.consult != nil && !info.Glue {
				origin.consult.callsSomebody()
			}
		}
		c.join(l, cl)
		c.joinFarHalf(l)
		return
	}
	c.beginsCall(l)
}

// beginsCall gives a leg a call of its own: its party calls, or is called by the switch's
// operator.
func (c *core) beginsCall(l *leg) {
	cl, info := c.newCall(l.ID), &l.Info
	c.join(l, cl)
	cl.tenant, cl.Called = domainOf(l.device), l.called()
	switch {
	case info.Glue:
	case info.Direction == switching.Inbound:
		l.calling = true
		cl.Calling = l.device
		if l.device.IsZero() {
			cl.calledBy(info)
			break
		}
		if info.Replaces != "" {
			// It takes a leg's place; what it becomes shows when it is bridged.
			break
		}
		l.conn = c.model.Connect(cl.Call, l.device, ecma.StateNull, l.ID)
		c.model.Initiate(l.conn, c.causeOfDialling(l))
	default:
		cl.calledBy(info)
	}
}

// callsSomebody: somebody is called on behalf of a leg.
func (c *core) callsSomebody(origin *leg, called ecma.DeviceID) {
	c.settleHold(origin)
	c.routed(origin)
	c.callsOn(origin, called)
}

// callFailed: what a leg's dialplan called could not be reached, and the dialplan goes
// on, to a mailbox for instance. Somebody who has no phone at the moment, or is behind
// a gateway that is down, had no leg by which that would have shown.
func (c *core) callFailed(l *leg, ev *switching.Event) {
	if ev.Count == 0 && failure(ev.Cause) {
		c.calledNobody(l, ev)
	}
	if l.consult != nil {
		l.consult.dialplanGoesOn()
	}
}

// calledNobody is the failure to reach somebody for whom there never was a leg.
func (c *core) calledNobody(l *leg, ev *switching.Event) {
	info := switching.LegInfo{Direction: switching.Outbound, Originator: l.ID, Device: ev.Device, Dialled: ev.Device}
	if info.Device == "" {
		info.Dialled = l.call.goal().Number
	}
	c.callsSomebody(l, dialled(info.Dialled, ""))
	called := c.endpoint("", &info, l.plan.trunk)
	called.call = l.call
	if !c.forwardedAway(called, ev) {
		c.notReached(called, l.call, ev.Cause)
	}
}

// callsOn: somebody is called on behalf of a leg. If another program had the switch
// call its party, and connects it now, that party calls; it is alone until then.
func (c *core) callsOn(origin *leg, called ecma.DeviceID) {
	cl := origin.call
	if !origin.Answered() || !origin.calledBySwitch() || origin.conn == nil || origin.Bridge.Partner != "" || origin.consult != nil ||
		cl.conference != "" || !c.alone(origin) || origin.queue.conn != nil {
		return
	}
	origin.calling = true
	cl.Calling, cl.Called = origin.alerting(), called
	cl.cause, cl.reached = ecma.CauseNewCall, false
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

// calledBy makes the caller that a leg shows the calling party.
func (cl *call) calledBy(info *switching.LegInfo) {
	cl.Calling, cl.Withheld = dialled(info.Caller, ""), info.Withheld
}

// joinKnown puts a leg that was answered before it was seen into a call that
// others of its legs are known of, or told of by a note.
func (c *core) joinKnown(l *leg, cl *call) {
	c.join(l, cl)
	if l.device.IsZero() {
		l.calling = l.Info.Direction == switching.Inbound && !l.Info.Glue
		if l.calling && cl.Calling.IsZero() {
			cl.calledBy(&l.Info)
			cl.Called = dialled(l.Info.Dialled, cl.tenant)
		}
		return
	}
	if len(cl.legs) == 1 || l.ID == cl.ID && l.Info.Direction == switching.Inbound {
		l.calling = l.Info.Direction == switching.Inbound || callsAs(&l.Info)
		cl.tenant = domainOf(l.device)
		cl.Calling, cl.Called = l.device, dialled(l.Info.Dialled, cl.tenant)
		if !l.calling {
			cl.calledBy(&l.Info)
			cl.Called = l.called()
		}
	}
	c.check(l, l.Answer())
	cl.met, cl.reached = true, true
	l.conn = c.partOf(cl, l)
	if l.conn == nil {
		l.conn = c.model.Connect(cl.Call, l.device.Party(l.outside.number), ecma.StateNull, l.ID)
		c.model.Establish(l.conn, l.alerting(), cl.cause)
	}
}

// joinFarHalf brings the other half of a glue leg into its call: the two are
// made by two threads, and the far half may have been announced before, with
// whom it calls.
func (c *core) joinFarHalf(l *leg) {
	far := c.legs[l.Info.GluePeer]
	if !l.Info.Glue || far == nil || far.call == nil || far.call == l.call || c.isOrdered(far.call.ID) {
		return
	}
	from := far.call
	for _, o := range append([]*leg(nil), from.legs...) {
		c.moveLeg(o, l.call)
	}
	c.endIfEmpty(from)
}

// isOrdered tells whether a leg, or the call that it begins, is one that a
// service waits for.
func (c *core) isOrdered(id string) bool { return c.making[id] != nil || c.predicting[id] != nil }

// ordered applies to a leg what was told of it before it was announced: the far
// half of glue may be answered, or gone, before the switch comes to that.
func (c *core) ordered(l *leg) {
	events := c.settler.Kept(l.ID)
	for i := range events {
		c.switchEvent(&events[i])
	}
}

// callOf finds the call that a new leg belongs to: that of the leg on whose
// behalf it was created, or of its glue peer.
func (c *core) callOf(info *switching.LegInfo) *call {
	for _, id := range [...]string{info.Originator, info.GluePeer} {
		if other := c.legs[id]; other != nil && other.call != nil {
			return other.call
		}
	}
	// The far half of the glue that we ordered may come first.
	if pc := c.predicting[info.GluePeer]; pc != nil {
		return pc.call
	}
	if mc := c.making[info.GluePeer]; mc != nil {
		return mc.call
	}
	return nil
}

func (c *core) join(l *leg, cl *call) {
	l.call = cl
	cl.legs = append(cl.legs, l)
}

func (c *core) legRenamed(l *leg, id string) {
	delete(c.legs, l.ID)
	for _, cl := range c.calls {
		for _, conn := range cl.Connections {
			if conn.Leg == l.ID {
				conn.Leg = id
			}
		}
	}
	// A list of the switch's legs that was begun before may have the old name.
	c.comparison.destroyed(l.ID)
	l.ID = id
	c.legs[id] = l
	c.comparison.created(id)
}

// legProgress: the called device rings, or sends media without saying so. The
// progress of a calling leg only repeats that of the called one; a prompted
// device is not alerting (ECMA-269 17.1.18: it stays initiated).
func (c *core) legProgress(l *leg, rings bool) {
	if l.Info.Direction != switching.Outbound || l.calling || l.Info.Glue || l.left || l.device.IsZero() {
		return
	}
	l.forgetEnded()
	if l.conn != nil {
		if rings && !l.Answered() {
			c.trunkRings(l)
		}
		return
	}
	c.leavesByTrunk(l)
	c.belongsTo(l.call, domainOf(l.device))
	c.callerOnItsWay(l.call)
	c.leaveQueueFor(l)
	l.call.reached, l.call.failedAt = true, ecma.DeviceID{}
	if !l.outside.party.IsZero() {
		c.networkReached(l)
		if rings {
			c.trunkRings(l)
		}
		return
	}
	if shared := l.call.Of(l.device); shared != nil {
		l.conn = shared
		switch shared.State() {
		case ecma.StateInitiated:
			// The calling device of a predictive call gets its call.
			shared.Leg = l.ID
			c.model.Deliver(shared, l.device, l.call.cause)
		case ecma.StateAlerting:
			// A second contact of the device rings, too, or the device
			// rings again for the party that a transfer gave it.
			if c.legs[shared.Leg] == nil {
				shared.Leg = l.ID
			}
		}
		return
	}
	l.conn = c.model.Connect(l.call.Call, l.device, ecma.StateNull, l.ID)
	c.model.Deliver(l.conn, l.device, l.call.cause)
}

// forgetEnded: a connection that the leg shared with another one of its device (a
// device that calls itself) may have ended with that. It tells whether that was so.
func (l *leg) forgetEnded() bool {
	ended := l.conn != nil && !l.takesPart()
	if ended {
		l.conn = nil
	}
	return ended
}

// callerOnItsWay makes the calling party of a call connected, before the first
// news of the called one.
func (c *core) callerOnItsWay(cl *call) {
	for _, l := range cl.legs {
		if !l.calling || l.call != cl || l.order.making != nil || l.left {
			continue
		}
		switch {
		case l.conn == nil:
			// An outside caller: it has a part in the call from now on.
			if !l.Gone() && !cl.Calling.IsZero() && cl.Of(cl.Calling) == nil {
				l.device = cl.Calling
				l.conn = c.model.Connect(cl.Call, l.device, ecma.StateNull, l.ID)
				if len(l.conn.Device.Monitors) > 0 {
					// A caller may show any number, also a subscriber's.
					c.model.Originate(l.conn, causeOfOrigin(cl))
				} else {
					c.model.Occupy(l.conn)
				}
			}
		case l.conn.State() != ecma.StateInitiated:
		case l.conn.Device.ID.Type == ecma.DeviceNumber:
			// Originated is not reported for network interfaces.
			c.model.Occupy(l.conn)
		default:
			c.model.Originate(l.conn, causeOfOrigin(cl))
		}
	}
}

// causeOfOrigin is the cause of Originated.
func causeOfOrigin(cl *call) ecma.EventCause {
	if cl.cause == ecma.CauseConsultation {
		return ecma.CauseConsultation
	}
	return ecma.CauseNewCall
}

func (c *core) legAnswered(l *leg) {
	if o := sharing(l); o != nil && o.Answered() && l.calling && o.calling {
		// Two phones of a prompted device were faster than the switch, which has given
		// the call to one.
		return
	}
	if l.order.predicted != nil {
		l.order.predicted.called = l
		c.noteDown(l)
	}
	if l.Info.Glue && l.queue.conn == nil && l.order.making == nil {
		return
	}
	c.answerProved(l)
	switch {
	case l.order.making != nil:
		l.order.making.answered(l)
	case l.Info.Glue:
		if l.queue.conn.State() == ecma.StateQueued {
			l.call.reached = true
			c.model.Establish(l.queue.conn, l.queue.conn.Device.ID, l.call.cause)
		}
	case (l.calling || l.Info.Direction == switching.Inbound) && (l.conn == nil || l.conn.State() != ecma.StateAlerting):
		// The dialplan answered it (a queue, an announcement, voicemail), or
		// its call was answered a moment ago.
		if l.conn != nil && l.conn.State() == ecma.StateInitiated {
			c.callerOnItsWay(l.call)
		}
		l.call.reached = true
		c.queueAnswered(l)
	default:
		l.forgetEnded()
		if l.conn == nil {
			// A device that answers at once tells of no ringing before.
			c.legProgress(l, true)
		}
		if l.conn == nil {
			return
		}
		l.conn.Leg = l.ID
		l.call.met = true
		if l.conn.State() != ecma.StateConnected || !l.outside.party.IsZero() {
			c.model.Establish(l.conn, l.alerting(), l.progressCause())
		}
		// It may have been sent to a queue before its answer was heard of.
		c.queueAnswered(l)
	}
}

// legParked: the leg waits in the switch.
func (c *core) legParked(l *leg, cause switching.Cause) {
	switch {
	case l.watch.parked != nil:
		l.watch.parked.legParked()
	case l.consult != nil:
		l.consult.parked(cause)
	default:
		c.partCompany(l.call)
	}
}

// leave takes a leg out of its call.
func (c *core) leave(l *leg) {
	cl := l.call
	if cl == nil {
		return
	}
	l.call = nil
	c.removeLeg(cl, l)
}

func (c *core) removeLeg(cl *call, l *leg) {
	c.dropLeg(cl, l)
	c.endIfEmpty(cl)
}

func (c *core) dropLeg(cl *call, l *leg) {
	for i, o := range cl.legs {
		if o == l {
			cl.legs = append(cl.legs[:i], cl.legs[i+1:]...)
			return
		}
	}
}

// otherParty is the leg of the only other party of a call, seen from a
// connection; the caller itself for a queue's connection; nil if there is not
// exactly one. A party that consults somebody else just now does not count.
func (c *core) otherParty(conn *model.Connection) *leg {
	if own := c.legs[conn.Leg]; own != nil && own.queue.conn == conn && !own.Info.Glue {
		return own
	}
	var found *leg
	for _, other := range conn.Call.Connections {
		l := c.legs[other.Leg]
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
