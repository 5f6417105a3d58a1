package engine

import (
	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/switching"
)

// switchEvent applies one event of the switch: what is about a leg is settled (csta/legs),
// and the facts that come of it change the picture, each by its rule.
func (c *core) switchEvent(ev *switching.Event) {
	switch ev.Kind {
	case switching.DeviceRegistered:
		c.registrations.registered(ev.Device)
	case switching.DeviceUnregistered:
		c.registrations.unregistered(ev.Device)
	case switching.FeaturesWanted:
		if device := c.canonical(ev.Device); switching.ValidDevice(device) {
			c.features.showOnDemand(device, 0, ev.Data)
		}
	case switching.FeatureRequested:
		c.features.keyPressed(ev)
	case switching.EventsLost:
		c.eventsLost(ev.Count)
	case switching.SwitchStopping:
		c.log.Info("the switch is shutting down")
	default:
		c.settle(func(facts []legs.Fact) []legs.Fact { return c.settler.Settle(ev, facts) })
	}
}

// settle applies the facts that are added to what there are. A rule may settle
// something itself, whose facts come before those that are left.
func (c *core) settle(add func([]legs.Fact) []legs.Fact) {
	c.settler.At(c.now, c.counters.SwitchEvents)
	from := len(c.facts)
	c.facts = add(c.facts)
	for i := from; i < len(c.facts); i++ {
		c.fact(c.facts[i])
	}
	clear(c.facts[from:])
	c.facts = c.facts[:from]
}

// fact applies one fact by its rule.
func (c *core) fact(f legs.Fact) {
	switch f.Kind {
	case legs.Appeared:
		c.legCreated(f.Event)
		return
	case legs.Recovered:
		c.resync("a call was recovered")
		return
	case legs.Missed, legs.Unknown:
		c.counters.Repairs++
		c.log.Debug("event about an unknown leg", "leg", f.Event.Leg, "kind", f.Event.Kind)
		if f.Kind == legs.Unknown {
			c.resync("event about an unknown leg")
		}
		return
	case legs.Destroyed:
		delete(c.legs, f.Event.Leg)
		c.comparison.destroyed(f.Event.Leg)
		return
	case legs.Parted:
		// Whether one of the two hangs up, or is joined with another, is still to come.
		return
	}
	l := c.settled(f.Leg)
	switch {
	case l == nil:
		// A rule before this one has buried it.
	case f.Kind == legs.HungUp:
		c.legHungUp(l, f.Event)
	case l.Gone():
	case l.order.picking != nil:
		c.pickerFact(l, f)
	case l.call != nil:
		c.legFact(l, f)
	}
}

// settled is what the engine keeps beside what is settled of a leg.
func (c *core) settled(of *legs.Leg) *leg {
	if l := c.found; l != nil && &l.Leg == of {
		return l
	}
	return c.legs[of.ID]
}

// legFact is the rule for what a leg in a call does.
func (c *core) legFact(l *leg, f legs.Fact) {
	switch f.Kind {
	case legs.Renamed:
		c.legRenamed(l, f.Event.Leg)
	case legs.Rang:
		c.answerNow(l)
		c.legProgress(l, f.Event.Kind == switching.LegProgress)
	case legs.HasAnswered:
		c.legAnswered(l)
	case legs.TalksWith:
		c.talksWith(l, c.settled(f.Other))
	case legs.HasParked:
		c.legParked(l, f.Event.Cause)
	case legs.SentOn:
		c.legRouted(l, f.Event.Name)
	case legs.Told:
		c.told(l, f.Event)
	}
}

// told is the rule for an event that says of a leg what needs no settling.
func (c *core) told(l *leg, ev *switching.Event) {
	switch ev.Kind {
	case switching.LegHeld:
		c.legHeld(l)
	case switching.LegUnheld:
		c.legUnheld(l)
	case switching.LegResumed:
		c.legResumed(l)
	case switching.CallFailed:
		c.callFailed(l, ev)
	case switching.ConsultationBegun:
		c.consultsByKeys(l, ev)
	case switching.ConsultationEnded:
		c.endsByKeys(l, ev)
	case switching.TransferRequested:
		c.transferRequested(l, ev)
	case switching.QueueEntered:
		c.queueEntered(l, ev.Name, ev.Data)
	case switching.OwnQueueEntered:
		c.ownQueueEntered(l, ev.Name, ev.Data)
	case switching.OwnQueueLeft:
		c.ownQueueLeft(l, ev.Name)
	case switching.TrunkEntered:
		c.trunkEntered(l, ev.Name)
	case switching.TrunkLeaving:
		l.plan.trunk = c.canonical(ev.Name)
	case switching.FeaturesApplied:
		c.featuresApplied(l, ev)
	case switching.PlayStarted, switching.PlayStopped, switching.RecordStarted, switching.RecordStopped:
		c.voiceEvent(l, ev)
	case switching.DigitDetected:
		c.digitDetected(l, ev.Name)
	}
}

// talksWith: a leg runs a bridge with another one.
func (c *core) talksWith(l, o *leg) {
	if o == nil {
		// The other one was buried by a rule before this one.
		return
	}
	l.plan.sentOn, o.plan.sentOn = false, false
	c.bridged(l, o)
}

// owner is the core as the one whose legs are settled (legs.Owner).
type owner struct{ core *core }

func (o owner) Leg(id string) *legs.Leg {
	if l := o.core.legs[id]; l != nil {
		o.core.found = l
		return &l.Leg
	}
	return nil
}

func (o owner) Ordered(id string) bool { return o.core.isOrdered(id) }
func (o owner) Buried(id string) bool  { return o.core.comparison.isDestroyed(id) }

func (o owner) Together(a, b *legs.Leg) bool {
	return o.core.legs[a.ID].call == o.core.legs[b.ID].call
}

// waitsOfLegs are the rows of the table of waits for those of legs.
var waitsOfLegs = [...]wait{legs.Birth: forBirth, legs.LateBirth: forLateBirth, legs.PartnersHangUp: forPartnersHangUp}

func (o owner) Await(w legs.Wait, leg string) {
	o.core.expect(waitsOfLegs[w], unsettledLeg{o.core, w, leg})
}

// unsettledLeg is a leg of which something is waited for before it is settled.
type unsettledLeg struct {
	c   *core
	w   legs.Wait
	leg string
}

func (u unsettledLeg) late(wait) (late bool) {
	u.c.settle(func(facts []legs.Fact) []legs.Fact {
		facts, late = u.c.settler.Overdue(u.w, u.leg, facts)
		return facts
	})
	return late
}

func (o owner) Repaired(l *legs.Leg, what string) {
	o.core.counters.Repairs++
	o.core.log.Debug(what, "leg", l.ID)
}

func (o owner) Impossible(l *legs.Leg, step error) {
	o.core.counters.Repairs++
	o.core.log.Error("impossible step of a leg", "leg", l.ID, "error", step)
}
