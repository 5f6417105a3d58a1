package engine

import (
	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/switching"
)

// rules take the facts about legs, each to the rule for it.
type rules struct {
	*switchboard
	*clockwork
	// settler makes facts of what the switch says about legs; facts are those whose
	// rules are being applied.
	settler *legs.Settler
	facts   []legs.Fact

	features   *featureBook
	trunks     *trunks
	queues     *queues
	holds      *holds
	forwards   *forwards
	progress   *progress
	joins      *joins
	voices     *voices
	endings    *endings
	arrivals   *arrivals
	comparison *comparison
	keys       keys
}

// applier are the rules as those have them that bring about facts themselves.
type applier interface {
	// switchEvent applies an event, settle the facts that are added to those there are.
	switchEvent(*switching.Event)
	settle(add func([]legs.Fact) []legs.Fact)
}

// keys takes what the switch does as a user's keys tell.
type keys interface {
	consultsByKeys(*leg, *switching.Event)
	endsByKeys(*leg, *switching.Event)
}

func newRules(b *switchboard, w *clockwork) *rules {
	rs := &rules{switchboard: b, clockwork: w}
	rs.settler = legs.NewSettler(owner{rs})
	return rs
}

// forget forgets what is not settled yet.
func (rs *rules) forget() {
	rs.settler.Forget()
	rs.facts = nil
}

// switchEvent applies one event of the switch: what is about a leg is settled (csta/legs),
// and the facts that come of it change the picture, each by its rule.
func (rs *rules) switchEvent(ev *switching.Event) {
	switch ev.Kind {
	case switching.DeviceRegistered:
		rs.registrations.registered(ev.Device)
	case switching.DeviceUnregistered:
		rs.registrations.unregistered(ev.Device)
	case switching.FeaturesWanted:
		if device := rs.canonical(ev.Device); switching.ValidDevice(device) {
			rs.features.showOnDemand(device, 0, ev.Data)
		}
	case switching.FeatureRequested:
		rs.features.keyPressed(ev)
	case switching.EventsLost:
		rs.comparison.eventsLost(ev.Count)
	case switching.SwitchStopping:
		rs.log.Info("the switch is shutting down")
	default:
		rs.settle(func(facts []legs.Fact) []legs.Fact { return rs.settler.Settle(ev, facts) })
	}
}

// settle applies the facts that are added to what there are. A rule may settle
// something itself, whose facts come before those that are left.
func (rs *rules) settle(add func([]legs.Fact) []legs.Fact) {
	rs.settler.At(rs.now, rs.counters.SwitchEvents)
	from := len(rs.facts)
	rs.facts = add(rs.facts)
	for i := from; i < len(rs.facts); i++ {
		rs.fact(rs.facts[i])
	}
	rs.facts = rs.facts[:from]
}

// fact applies one fact by its rule.
func (rs *rules) fact(f legs.Fact) {
	switch f.Kind {
	case legs.Appeared:
		rs.arrivals.legCreated(f.Event)
		return
	case legs.Recovered:
		rs.comparison.resync("a call was recovered")
		return
	case legs.Missed, legs.Unknown:
		rs.counters.Repairs++
		rs.log.Debug("event about an unknown leg", "leg", f.Event.Leg, "kind", f.Event.Kind)
		if f.Kind == legs.Unknown {
			rs.comparison.resync("event about an unknown leg")
		}
		return
	case legs.Destroyed:
		delete(rs.legs, f.Event.Leg)
		rs.comparison.destroyed(f.Event.Leg)
		return
	case legs.Parted:
		// Whether one of the two hangs up, or is joined with another, is still to come.
		return
	}
	l := rs.settled(f.Leg)
	switch {
	case l == nil:
		// A rule before this one has buried it.
	case f.Kind == legs.HungUp:
		rs.endings.legHungUp(l, f.Event)
	case l.Gone():
	case l.order.picking != nil:
		rs.pickerFact(l, f)
	case l.call != nil:
		rs.legFact(l, f)
	}
}

// legFact is the rule for what a leg in a call does.
func (rs *rules) legFact(l *leg, f legs.Fact) {
	switch f.Kind {
	case legs.Renamed:
		rs.arrivals.legRenamed(l, f.Event.Leg)
	case legs.Rang:
		l.answerNow()
		rs.progress.legProgress(l, f.Event.Kind == switching.LegProgress)
	case legs.HasAnswered:
		rs.progress.legAnswered(l)
	case legs.TalksWith:
		rs.talksWith(l, rs.settled(f.Other))
	case legs.HasParked:
		rs.progress.legParked(l, f.Event.Cause)
	case legs.SentOn:
		rs.progress.legRouted(l, f.Event.Name)
	case legs.TakenUp:
		rs.holds.backByPhone(l)
	case legs.MovesOn:
		rs.holds.takenUp(l)
	case legs.Told:
		rs.told(l, f.Event)
	}
}

// told is the rule for an event that says of a leg what needs no settling.
func (rs *rules) told(l *leg, ev *switching.Event) {
	switch ev.Kind {
	case switching.LegHeld:
		rs.holds.legHeld(l)
	case switching.LegUnheld:
		rs.holds.legUnheld(l)
	case switching.CallFailed:
		rs.arrivals.callFailed(l, ev)
	case switching.ConsultationBegun:
		rs.keys.consultsByKeys(l, ev)
	case switching.ConsultationEnded:
		rs.keys.endsByKeys(l, ev)
	case switching.TransferRequested:
		rs.joins.transferRequested(l, ev)
	case switching.QueueEntered:
		rs.queues.queueEntered(l, ev.Name, ev.Data)
	case switching.OwnQueueEntered:
		rs.queues.ownQueueEntered(l, ev.Name, ev.Data)
	case switching.OwnQueueLeft:
		rs.queues.ownQueueLeft(l, ev.Name)
	case switching.TrunkEntered:
		rs.trunks.trunkEntered(l, ev.Name)
	case switching.TrunkLeaving:
		l.plan.trunk = rs.canonical(ev.Name)
	case switching.FeaturesApplied:
		rs.forwards.featuresApplied(l, ev)
	case switching.PlayStarted, switching.PlayStopped, switching.RecordStarted, switching.RecordStopped:
		rs.voices.voiceEvent(l, ev)
	case switching.DigitDetected:
		rs.voices.digitDetected(l, ev.Name)
	}
}

// talksWith: a leg runs a bridge with another one.
func (rs *rules) talksWith(l, o *leg) {
	if o == nil {
		// The other one was buried by a rule before this one.
		return
	}
	l.plan.sentOn, o.plan.sentOn = false, false
	rs.joins.bridged(l, o)
}

// owner is the rules as the one whose legs are settled (legs.Owner).
type owner struct{ rules *rules }

func (o owner) Leg(id string) *legs.Leg {
	if l := o.rules.legs[id]; l != nil {
		o.rules.found = l
		return &l.Leg
	}
	return nil
}

func (o owner) Ordered(id string) bool { return o.rules.isOrdered(id) }
func (o owner) Buried(id string) bool  { return o.rules.comparison.isDestroyed(id) }

func (o owner) Together(a, b *legs.Leg) bool {
	return o.rules.legs[a.ID].call == o.rules.legs[b.ID].call
}

// waitsOfLegs are the rows of the table of waits for those of legs.
var waitsOfLegs = [...]wait{legs.Birth: forBirth, legs.LateBirth: forLateBirth, legs.PartnersHangUp: forPartnersHangUp, legs.HangUpBehindUnhold: forHangUpBehindUnhold}

func (o owner) Await(w legs.Wait, leg string) legs.Awaited {
	return o.rules.expect(waitsOfLegs[w], unsettledLeg{o.rules, w, leg})
}

// unsettledLeg is a leg of which something is waited for before it is settled.
type unsettledLeg struct {
	c   *rules
	w   legs.Wait
	leg string
}

func (u unsettledLeg) of() *leg { return u.c.legs[u.leg] }

func (u unsettledLeg) late(wait) (late bool) {
	u.c.settle(func(facts []legs.Fact) []legs.Fact {
		facts, late = u.c.settler.Overdue(u.w, u.leg, facts)
		return facts
	})
	return late
}

func (o owner) Repaired(l *legs.Leg, what string) {
	o.rules.counters.Repairs++
	o.rules.log.Debug(what, "leg", l.ID)
}

func (o owner) Impossible(l *legs.Leg, step error) {
	o.rules.impossible(l, step)
}

// pickerFact is the rule for what a leg does that is in no call yet.
func (rs *rules) pickerFact(l *leg, f legs.Fact) {
	switch f.Kind {
	case legs.Renamed:
		rs.arrivals.legRenamed(l, f.Event.Leg)
	case legs.HasToConfirm, legs.HasAnswered:
		if f.Kind == legs.HasToConfirm {
			// It takes the call that is picked up, whatever the dialplan asks for.
			rs.check(l, l.Answer())
			l.Changed = rs.now
		}
		if l.order.picking.state == pickupOver {
			rs.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing}, nil)
		}
	case legs.HasParked:
		// The switch is done with the answer of the phone that it has taken. On its way
		// there it would forget that the leg is to be joined.
		l.order.picking.take(l)
	case legs.TalksWith:
		rs.talksWith(l, rs.settled(f.Other))
	}
}
