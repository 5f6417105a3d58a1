package engine

import (
	"cmp"
	"slices"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/features"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// displays are the telephones that take requests, as far as features need them.
type displays interface {
	// phone is the one of that identifier, if it is up; at are those of a device.
	phone(id uint64) *handset
	at(device string) []*handset
	// show asks a phone to show a feature; done is told that it has answered, whatever
	// became of the picture meanwhile.
	show(h *handset, r telephone.Request, done func())
}

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

// phoneTold takes what a telephone tells of do not disturb and forwarding by
// uaCSTA, or asks of them: it was switched there, so that the phone itself need not
// be told.
func (b *featureBook) phoneTold(ev *telephone.Event) {
	device := b.canonical(ev.Device)
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
		if len(b.steps) >= maxFeatureSteps {
			answer(telephone.Features{}, featureError(errTooManyWishes))
			return
		}
		b.step(nil, func(error) { answer(b.settings(device), nil) })
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
		change = switching.FeatureChange{Feature: feature, On: f.On, Number: cmp.Or(b.forwardedTo(device, ecma.Subscriber(f.Number)), f.Number)}
		if feature == switching.ForwardNoAnswer && f.Rings > 0 && time.Duration(f.Rings) <= features.MaxRing/switching.RingTime {
			change.Ring, change.Counted = time.Duration(f.Rings)*switching.RingTime, true
		}
	}
	h := b.phones.phone(ev.Phone)
	if h != nil && ev.Answer == nil && h.echoes(change, b.clock()) {
		return
	}
	b.forPhone(device, func(device string, err error) {
		done := func(err error) {
			if err != nil {
				b.log.Info("what a phone tells of a feature is not possible", "device", device, "feature", change.Feature.String(), "error", err)
				answer(telephone.Features{}, featureError(err))
				return
			}
			answer(b.settings(device), nil)
		}
		if err != nil {
			done(err)
			return
		}
		b.setAt(device, change, "", h, done)
	})
}

// settings is what is set, as the port to telephones has it.
func (b *featureBook) settings(device string) telephone.Features {
	now := b.of[device]
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
func (b *featureBook) askPhones(device string, feature switching.Feature, but *handset) {
	for _, h := range b.phones.at(device) {
		if h != but {
			b.ask(h, feature)
		}
	}
}

// newAtPhone has a telephone that came up show what is on.
func (b *featureBook) newAtPhone(h *handset) {
	now := b.of[h.device]
	if now.DoNotDisturb {
		b.ask(h, switching.DoNotDisturb)
	}
	for _, feature := range switching.Forwardings {
		if now.Forwarding(feature).On {
			b.ask(h, feature)
		}
	}
}

func (b *featureBook) ask(h *handset, feature switching.Feature) {
	now := b.of[h.device]
	r := telephone.Request{Service: telephone.SetDoNotDisturb, On: now.DoNotDisturb}
	asked := askedFeature{on: now.DoNotDisturb, at: b.clock()}
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
	at.asked = append(slices.DeleteFunc(at.asked, func(a askedFeature) bool { return b.clock().Sub(a.at) >= waits[forEcho].atMost }), asked)
	b.phones.show(h, r, func() {
		at.asking = false
		for i := range at.asked {
			// It tells of it about now.
			at.asked[i].at = b.clock()
		}
		if at.again && b.phones.phone(h.id) == h {
			b.ask(h, feature)
		}
	})
}
