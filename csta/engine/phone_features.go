package engine

import (
	"slices"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/features"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// featureAtPhone is one feature as a telephone was asked to have it: one request
// at a time, since they could overtake each other; what changes meanwhile is asked
// for afterwards.
type featureAtPhone struct {
	asking bool
	again  bool
	// asked are the settings that it was asked for of late.
	asked []askedFeature
}

type askedFeature struct {
	on     bool
	number string
	at     time.Time
}

// phoneFeature takes what a telephone tells of do not disturb and forwarding by
// uaCSTA, or asks of them: it was switched there, so that the phone itself need not
// be told.
func (c *core) phoneFeature(ev *telephone.Event) {
	device := c.canonical(ev.Device)
	answer := ev.Answer
	if answer == nil {
		answer = func(telephone.Features, error) {}
	}
	if !switching.ValidDevice(device) {
		answer(telephone.Features{}, ecma.ErrInvalidDeviceID)
		return
	}
	var change switching.FeatureChange
	switch ev.Kind {
	case telephone.FeaturesAsked:
		if len(c.features.steps) >= maxFeatureSteps {
			answer(telephone.Features{}, featureError(errTooManyWishes))
			return
		}
		c.featureStep(nil, func(error) { answer(c.featuresFor(device), nil) })
		return
	case telephone.DoNotDisturb:
		change = switching.FeatureChange{Feature: switching.DoNotDisturb, On: ev.On}
	default:
		f := ev.Forwarding
		feature, ok := forwardingTypes[ecma.ForwardingType(f.Type)]
		if !ok {
			answer(telephone.Features{}, ecma.ErrInvalidForwardingType)
			return
		}
		change = switching.FeatureChange{Feature: feature, On: f.On, Number: c.canonical(f.Number)}
		if feature == switching.ForwardNoAnswer && f.Rings > 0 && time.Duration(f.Rings) <= features.MaxRing/switching.RingTime {
			change.Ring, change.Counted = time.Duration(f.Rings)*switching.RingTime, true
		}
	}
	h := c.handsets.byID[ev.Phone]
	if h != nil && ev.Answer == nil && h.echoes(change, c.now) {
		return
	}
	c.forPhone(device, func(device string, err error) {
		done := func(err error) {
			if err != nil {
				c.log.Info("what a phone tells of a feature is not possible", "device", device, "feature", change.Feature.String(), "error", err)
				answer(telephone.Features{}, featureError(err))
				return
			}
			answer(c.featuresFor(device), nil)
		}
		if err != nil {
			done(err)
			return
		}
		c.changeFeatureAt(device, change, "", h, done)
	})
}

// featuresFor is what is set, as the port to telephones has it.
func (c *core) featuresFor(device string) telephone.Features {
	now := c.features.of[device]
	out := telephone.Features{DoNotDisturb: now.DoNotDisturb}
	for _, feature := range switching.Forwardings {
		if f := *now.Forwarding(feature); f != (switching.Forwarding{}) {
			out.Forwarding = append(out.Forwarding, settingOf(feature, f))
		}
	}
	return out
}

func settingOf(feature switching.Feature, f switching.Forwarding) telephone.ForwardingSetting {
	return telephone.ForwardingSetting{Type: string(forwardingType(feature)), On: f.On, Number: f.Number, Rings: switching.Rings(f.Ring)}
}

// echoes tells whether a phone only repeats what it was asked for.
func (h *handset) echoes(change switching.FeatureChange, now time.Time) bool {
	at := h.features[change.Feature]
	return at != nil && slices.ContainsFunc(at.asked, func(a askedFeature) bool {
		return a.on == change.On && (change.Number == "" || change.Number == a.number) && now.Sub(a.at) < waits[forEcho].atMost
	})
}

// askPhones has the telephones of a device that take requests show a feature as it
// is set, but the one where it was switched.
func (c *core) askPhones(device string, feature switching.Feature, but *handset) {
	for _, h := range c.handsets.byDevice[device] {
		if h != but {
			c.askFeature(h, feature)
		}
	}
}

// newAtPhone has a telephone that came up show what is on.
func (c *core) newAtPhone(h *handset) {
	now := c.features.of[h.device]
	if now.DoNotDisturb {
		c.askFeature(h, switching.DoNotDisturb)
	}
	for _, feature := range switching.Forwardings {
		if now.Forwarding(feature).On {
			c.askFeature(h, feature)
		}
	}
}

func (c *core) askFeature(h *handset, feature switching.Feature) {
	now := c.features.of[h.device]
	r := telephone.Request{Service: telephone.SetDoNotDisturb, On: now.DoNotDisturb}
	asked := askedFeature{on: now.DoNotDisturb, at: c.now}
	if f := now.Forwarding(feature); f != nil {
		r = telephone.Request{Service: telephone.SetForwarding, Forwarding: settingOf(feature, *f)}
		asked.on, asked.number = f.On, f.Number
	}
	if h.lacks(r.Service) {
		return
	}
	if h.features == nil {
		h.features = map[switching.Feature]*featureAtPhone{}
	}
	at := h.features[feature]
	if at == nil {
		at = &featureAtPhone{}
		h.features[feature] = at
	}
	if at.asking {
		at.again = true
		return
	}
	at.asking, at.again = true, false
	at.asked = append(slices.DeleteFunc(at.asked, func(a askedFeature) bool { return !c.within(forEcho, a.at) }), asked)
	c.asks.lasting(h.id, r, func(_ telephone.Outcome, err error) {
		c.noteRefusal(h, r.Service, err)
		at.asking = false
		for i := range at.asked {
			// It tells of it about now.
			at.asked[i].at = c.now
		}
		if at.again && c.handsets.byID[h.id] == h {
			c.askFeature(h, feature)
		}
	})
}
