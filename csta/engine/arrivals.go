package engine

import (
	"cmp"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/switching"
)

// arrivals are the rules for new legs: in which call they are, and who calls whom.
type arrivals struct {
	*switchboard
	// rules are the rules, for what came before a leg was there.
	rules      applier
	settler    *legs.Settler
	roster     *roster
	handsets   *handsets
	forwards   *forwards
	endings    *endings
	comparison *comparison
}

// legCreated decides what a new leg is: a subscriber that calls, a party called
// on behalf of another leg, or a leg of a service of ours.
func (as *arrivals) legCreated(ev *switching.Event) {
	trunk := ""
	if origin := as.legs[ev.Info.Originator]; origin != nil {
		trunk = origin.plan.trunk
	}
	as.createLeg(ev.Leg, ev.Info, trunk, nil)
	as.overtaken(ev.Leg)
	if l := as.legs[ev.Leg]; l != nil {
		as.ordered(l)
	}
}

// overtaken takes a leg that was called on behalf of another one, and reported
// before it, into the call where it belongs.
func (as *arrivals) overtaken(originator string) {
	l := as.legs[as.settler.Forerunner(originator)]
	origin := as.legs[originator]
	if l == nil || origin == nil || origin.call == nil || !as.strayed(l) {
		return
	}
	as.counters.Repairs++
	as.log.Debug("a leg came before the one that it was called for", "leg", l.ID, "originator", originator)
	if l.conn != nil {
		as.comparison.resync("a leg came before the one that it was called for")
		return
	}
	alone := l.call
	as.moveLeg(l, origin.call)
	as.endIfEmpty(alone)
}

// endpoint is a leg of the switch with whom it stands for.
func (as *arrivals) endpoint(id string, info *switching.LegInfo, trunk string) *leg {
	l := &leg{Leg: legs.Leg{ID: id, Info: *info, Seen: as.counters.SwitchEvents}}
	switch {
	case info.Device != "":
		l.device = ecma.Subscriber(as.canonical(info.Device))
		as.roster.saw(l.device)
	case info.Glue || info.Direction == switching.Inbound:
	case trunk != "":
		l.device, l.outside.number = ecma.NetworkInterface(trunk).Interface()
		l.outside.party = dialled(info.Dialled, "")
	default:
		l.device = dialled(info.Dialled, as.domainCalling(id, info))
	}
	return l
}

// createLeg makes a leg: in a known call, or, for nil, in that of the leg it
// was called for, or in one of its own. trunk names the network interface by
// which a called leg leaves.
func (as *arrivals) createLeg(id string, info *switching.LegInfo, trunk string, into *call) {
	l := as.endpoint(id, info, trunk)
	as.legs[l.ID] = l
	as.comparison.created(l.ID)
	if as.settler.Stillborn(l.ID) {
		// It hung up before it was reported: nobody hears of it.
		as.check(l, l.End())
		return
	}
	origin := as.legs[info.Originator]
	defer as.handsets.foundAtPhone(l)
	order := cmp.Or(info.Order, l.ID)
	if mc := as.making[order]; mc != nil {
		mc.created(l)
		as.ordered(l)
		return
	}
	if pc := as.predictionOf(order); pc != nil {
		pc.created(l)
		as.ordered(l)
		return
	}
	if pk := as.picking[order]; pk != nil {
		pk.created(l)
		return
	}
	if into != nil {
		as.joinKnown(l, into)
		return
	}
	if cl := as.callOf(info); cl != nil {
		if origin != nil {
			as.callsSomebody(origin, l.called())
			if origin.consult != nil && !info.Glue {
				origin.consult.way.callsSomebody()
			}
		}
		as.join(l, cl)
		as.joinFarHalf(l)
		return
	}
	as.beginsCall(l)
}

// beginsCall gives a leg a call of its own: its party calls, or is called by the switch's
// operator.
func (as *arrivals) beginsCall(l *leg) {
	cl, info := as.newCall(l.ID), &l.Info
	as.join(l, cl)
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
		l.conn = as.model.Connect(cl.Call, l.device, ecma.StateNull, l.ID)
		as.model.Initiate(l.conn, as.handsets.causeOfDialling(l))
	default:
		cl.calledBy(info)
	}
}

// callsSomebody: somebody is called on behalf of a leg.
func (as *arrivals) callsSomebody(origin *leg, called ecma.DeviceID) {
	if origin.Unheld() {
		as.rules.settle(func(facts []legs.Fact) []legs.Fact { return as.settler.MovesOn(&origin.Leg, facts) })
	}
	origin.routed()
	as.callsOn(origin, called)
}

// callFailed: what a leg's dialplan called could not be reached, and the dialplan goes
// on, to a mailbox for instance. Somebody who has no phone at the moment, or is behind
// a gateway that is down, had no leg by which that would have shown.
func (as *arrivals) callFailed(l *leg, ev *switching.Event) {
	if ev.Count == 0 && failure(ev.Cause) {
		as.calledNobody(l, ev)
	}
	if l.consult != nil {
		l.consult.way.dialplanGoesOn()
	}
}

// calledNobody is the failure to reach somebody for whom there never was a leg.
func (as *arrivals) calledNobody(l *leg, ev *switching.Event) {
	info := switching.LegInfo{Direction: switching.Outbound, Originator: l.ID, Device: ev.Device, Dialled: ev.Device}
	if info.Device == "" {
		info.Dialled = l.call.goal().Number
	}
	as.callsSomebody(l, dialled(info.Dialled, ""))
	called := as.endpoint("", &info, l.plan.trunk)
	called.call = l.call
	if !as.forwards.forwardedAway(called, ev) {
		as.endings.notReached(called, l.call, ev.Cause)
	}
}

// callsOn: somebody is called on behalf of a leg. If another program had the switch
// call its party, and connects it now, that party calls; it is alone until then.
func (as *arrivals) callsOn(origin *leg, called ecma.DeviceID) {
	cl := origin.call
	if !origin.Answered() || !origin.calledBySwitch() || origin.conn == nil || origin.Bridge.Partner != "" || origin.consult != nil ||
		cl.conference != "" || !as.alone(origin) || origin.queue.conn != nil {
		return
	}
	origin.calling = true
	cl.Calling, cl.Called = origin.alerting(), called
	cl.cause, cl.reached = ecma.CauseNewCall, false
}

// joinKnown puts a leg that was answered before it was seen into a call that
// others of its legs are known of, or told of by a note.
func (as *arrivals) joinKnown(l *leg, cl *call) {
	as.join(l, cl)
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
	as.check(l, l.Answer())
	cl.met, cl.reached = true, true
	l.conn = as.partOf(cl, l)
	if l.conn == nil {
		l.conn = as.model.Connect(cl.Call, l.device.Party(l.outside.number), ecma.StateNull, l.ID)
		as.model.Establish(l.conn, l.alerting(), cl.cause)
	}
}

// joinFarHalf brings the other half of a glue leg into its call: the two are
// made by two threads, and the far half may have been announced before, with
// whom it calls.
func (as *arrivals) joinFarHalf(l *leg) {
	far := as.legs[l.Info.GluePeer]
	if !l.Info.Glue || far == nil || far.call == nil || far.call == l.call || as.isOrdered(far.call.ID) {
		return
	}
	from := far.call
	for _, o := range append([]*leg(nil), from.legs...) {
		as.moveLeg(o, l.call)
	}
	as.endIfEmpty(from)
}

// ordered applies to a leg what was told of it before it was announced: the far
// half of glue may be answered, or gone, before the switch comes to that.
func (as *arrivals) ordered(l *leg) {
	events := as.settler.Kept(l.ID)
	for i := range events {
		as.rules.switchEvent(&events[i])
	}
}

func (as *arrivals) legRenamed(l *leg, id string) {
	delete(as.legs, l.ID)
	for _, cl := range as.calls {
		for _, conn := range cl.Connections {
			if conn.Leg == l.ID {
				conn.Leg = id
			}
		}
	}
	// A list of the switch's legs that was begun before may have the old name.
	as.comparison.destroyed(l.ID)
	l.ID = id
	as.legs[id] = l
	as.comparison.created(id)
}
