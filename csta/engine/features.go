package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/features"
	"mod_csta_socket/csta/switching"
)

// FeatureStore keeps the features of subscribers beyond the engine's life.
type FeatureStore interface {
	// Keep remembers all features of a device. It does not block.
	Keep(device string, f switching.Features)
}

// featureBook is the desk that keeps what subscribers have set (ECMA-269 22). Whoever
// changes it, a client, a phone, the operator: it is compared with what was, kept, told
// to the switch, to the monitors and to the device's phones, in this order.
type featureBook struct {
	*office
	phones displays
	of     map[string]switching.Features
	// steps are what is still to be told, one after the other: operations of the
	// switch may overtake each other.
	steps   []featureStep
	running bool
	// wishes are of phones whose subscribers are being looked up, by device: one
	// look-up for all that wait for it.
	wishes map[string][]phoneWish
	// shown are the devices whose phones were told a moment ago.
	shown map[string]*shown
}

// shown is that a device's phones were told what is set. FreeSWITCH passes its events on
// by several threads when it has much to do, so that what is told soon afterwards may come
// to a phone before it, and the phone would show for good what was set before.
type shown struct {
	book   *featureBook
	device string
	// again: they were told something more.
	again bool
}

func (s *shown) late(wait) bool {
	delete(s.book.shown, s.device)
	if s.again {
		s.book.showOnDemand(s.device, 0, "")
	}
	return s.again
}

func newFeatureBook(o *office, phones displays) *featureBook {
	return &featureBook{office: o, phones: phones, of: map[string]switching.Features{}, wishes: map[string][]phoneWish{}, shown: map[string]*shown{}}
}

// phoneWish hears which subscriber a phone speaks for, or why it can't be obeyed.
type phoneWish func(device string, err error)

const (
	// maxFeatureSteps bounds what waits for the switch: a change that would come
	// after so many is refused. Telling one change to all takes two.
	maxFeatureSteps = 4096
	// maxWishers bounds the devices that are being looked up for phones, maxWishes
	// what each of them may have waiting: nobody presses so many keys.
	maxWishers = 256
	maxWishes  = 32
)

// errTooManyWishes: maxWishers, maxWishes or maxFeatureSteps is reached.
var errTooManyWishes = fmt.Errorf("%w: too many changes of features are waiting", errBusy)

// step is an operation, if any, and what follows from it.
type featureStep struct {
	op   switching.Operation
	then func(error)
}

// restore takes what was kept.
func (b *featureBook) restore(all map[string]switching.Features) {
	for device, f := range all {
		b.of[b.canonical(device)] = f
	}
}

// announce tells the switch what was kept.
func (b *featureBook) announce() {
	var list []switching.DeviceFeatures
	for _, device := range slices.Sorted(maps.Keys(b.of)) {
		list = append(list, switching.DeviceFeatures{Device: device, Features: b.of[device]})
	}
	if len(list) == 0 {
		return
	}
	b.step(switching.SetFeatures{List: list}, func(err error) {
		if err != nil {
			b.log.Error("the switch does not know do not disturb and forwarding of its subscribers", "error", err)
		}
	})
}

func (b *featureBook) step(op switching.Operation, then func(error)) {
	b.steps = append(b.steps, featureStep{op, then})
	b.nextStep()
}

func (b *featureBook) nextStep() {
	for !b.running && len(b.steps) > 0 {
		step := b.steps[0]
		b.steps[0] = featureStep{}
		b.steps = b.steps[1:]
		if step.op == nil {
			step.then(nil)
			continue
		}
		b.running = true
		b.inquire(step.op, func(_ switching.Outcome, err error) {
			b.running = false
			// Steps that this one brings about come after those that wait.
			step.then(err)
			b.nextStep()
		})
	}
}

// set makes a change for a subscriber, named as the model does. phone
// names the phone that wants it, if one does: it is told what is set even if
// that is nothing new, since it waits for it. then hears of success when the
// switch knows, before the events and the other phones.
func (b *featureBook) set(device string, change switching.FeatureChange, phone string, then func(error)) {
	b.setAt(device, change, phone, nil, then)
}

// setAt is set for a change that was made at a telephone that
// takes requests: it knows already.
func (b *featureBook) setAt(device string, change switching.FeatureChange, phone string, at *handset, then func(error)) {
	if len(b.steps) >= maxFeatureSteps {
		then(errTooManyWishes)
		return
	}
	if change.Number != "" {
		if change.Number = b.forwardedTo(device, ecma.Subscriber(change.Number)); change.Number == "" {
			then(features.ErrNumber)
			return
		}
	}
	was := b.of[device]
	now, err := features.Apply(device, was, change)
	if err != nil {
		then(err)
		return
	}
	if now == was {
		b.step(nil, func(error) {
			then(nil)
			if phone != "" {
				b.show(device, change.Feature, phone)
			}
		})
		return
	}
	if b.record != nil {
		b.record.change(formerly{Features: &deviceFeaturesLine{device, was}})
	}
	if now == (switching.Features{}) {
		delete(b.of, device)
	} else {
		b.of[device] = now
	}
	if b.opts.FeatureStore != nil {
		b.opts.FeatureStore.Keep(device, now)
	}
	b.step(switching.SetFeatures{List: []switching.DeviceFeatures{{Device: device, Features: now}}}, func(err error) {
		if err != nil {
			b.log.Error("the switch does not know of a feature that was set", "device", device, "feature", change.Feature.String(), "error", err)
		}
		then(err)
		b.tell(device, change.Feature, now)
		b.show(device, change.Feature, "")
		b.askPhones(device, change.Feature, at)
	})
}

// forwardedTo is the number that calls to a device go to, of a destination that may be
// written with the device's own domain; "" if the device can't call it.
func (b *featureBook) forwardedTo(device string, to ecma.DeviceID) string {
	domain := domainOf(ecma.Subscriber(device))
	return numberIn(domain, b.destinationIn(to, domain))
}

// forPhone does what a phone wants for a subscriber once the switch knows him by its
// directory: phones name their user themselves, and some profiles register anybody.
func (b *featureBook) forPhone(device string, wish phoneWish) {
	waiting, asked := b.wishes[device]
	if len(waiting) >= maxWishes || !asked && len(b.wishes) >= maxWishers {
		wish(device, errTooManyWishes)
		return
	}
	b.wishes[device] = append(waiting, wish)
	if asked {
		return
	}
	b.inquire(switching.LookUpDevice{Device: device}, func(out switching.Outcome, err error) {
		all := b.wishes[device]
		delete(b.wishes, device)
		own := b.canonical(out.Device.Device)
		switch {
		case err == nil && !out.Device.Known:
			err = ErrUnknownSubscriber
		case own == "":
			own = device
		}
		for _, wish := range all {
			wish(own, err)
		}
	})
}

// show tells the phones of a device, or one of them, what is set: all of it once more if
// they are told again soon.
func (b *featureBook) show(device string, feature switching.Feature, phone string) {
	op := switching.ShowFeatures{Device: device, Features: b.of[device], Feature: feature, Phone: phone}
	b.step(op, func(err error) {
		if now := b.shown[device]; now != nil {
			now.again = true
		} else {
			now = &shown{book: b, device: device}
			b.shown[device] = now
			b.lasting(forLamps, now)
		}
		if err != nil {
			b.log.Warn("phones were not told of their features", "device", device, "error", err)
		}
	})
}

// showOnDemand is show for a phone that anybody may say to be, as
// often as he likes.
func (b *featureBook) showOnDemand(device string, feature switching.Feature, phone string) {
	if len(b.steps) < maxFeatureSteps {
		b.show(device, feature, phone)
	}
}

// forwardingTypes are the types of forwarding that can be applied.
var forwardingTypes = map[ecma.ForwardingType]switching.Feature{
	"":                    switching.ForwardImmediate,
	ecma.ForwardImmediate: switching.ForwardImmediate,
	ecma.ForwardBusy:      switching.ForwardBusy,
	ecma.ForwardNoAns:     switching.ForwardNoAnswer,
}

func forwardingType(f switching.Feature) ecma.ForwardingType {
	switch f {
	case switching.ForwardBusy:
		return ecma.ForwardBusy
	case switching.ForwardNoAnswer:
		return ecma.ForwardNoAns
	}
	return ecma.ForwardImmediate
}

// tell reports a change to the device's monitors (ECMA-269 22.2).
func (b *featureBook) tell(device string, feature switching.Feature, now switching.Features) {
	d := b.model.Devices.Find(ecma.Subscriber(device))
	if d == nil {
		return
	}
	f := now.Forwarding(feature)
	if f == nil {
		b.model.TellDevice(d, &ecma.DoNotDisturbEvent{Device: ecma.Device(d.ID), DoNotDisturbOn: now.DoNotDisturb})
		return
	}
	ev := &ecma.ForwardingEvent{Device: ecma.Device(d.ID), ForwardingType: forwardingType(feature), ForwardStatus: f.On}
	ev.ForwardTo, ev.RingCount, ev.RingDuration = forwardingValues(device, f)
	b.model.TellDevice(d, ev)
}

// forwardingValues are the destination and the ring time of a device's forwarding as
// messages have them.
func forwardingValues(device string, f *switching.Forwarding) (to ecma.DeviceID, rings, seconds ecma.Int) {
	if f.Number != "" {
		to = dialled(f.Number, domainOf(ecma.Subscriber(device)))
	}
	if f.Ring > 0 {
		rings, seconds = ecma.IntOf(int64(switching.Rings(f.Ring))), ecma.IntOf(int64(f.Ring/time.Second))
	}
	return to, rings, seconds
}

// setDoNotDisturb is Set Do Not Disturb (ECMA-269 22.1). A part of the calls
// cannot be kept away.
func (b *featureBook) setDoNotDisturb(r *Request, m *ecma.SetDoNotDisturb) {
	some := m.CallOrigination
	switch {
	case len(m.CallingDeviceList) > 0,
		some != (ecma.CallOrigination{}) && (some.Internal != ecma.True || some.External != ecma.True):
		b.refuse(r, ecma.ErrParameterNotSupported)
		return
	}
	b.request(r, m.Device, switching.FeatureChange{Feature: switching.DoNotDisturb, On: m.DoNotDisturbOn}, &ecma.SetDoNotDisturbResponse{})
}

// getDoNotDisturb is Get Do Not Disturb (ECMA-269 22.1).
func (b *featureBook) getDoNotDisturb(r *Request, m *ecma.GetDoNotDisturb) {
	b.subscriber(r, b.deviceID(m.Device), ecma.ErrInvalidDeviceID, func(st switching.DeviceStatus) {
		b.step(nil, func(error) {
			b.respond(r, &ecma.GetDoNotDisturbResponse{DoNotDisturbOn: b.of[st.Device].DoNotDisturb})
		})
	})
}

// setForwarding is Set Forwarding (ECMA-269 22.1). Without a type it is immediate
// forwarding; kinds for calls from inside or outside only are not there.
func (b *featureBook) setForwarding(r *Request, m *ecma.SetForwarding) {
	feature, ok := forwardingTypes[m.ForwardingType]
	if !ok {
		b.refuse(r, ecma.ErrInvalidForwardingType)
		return
	}
	change := switching.FeatureChange{Feature: feature, On: m.ActivateForward}
	if !m.ForwardDN.IsZero() {
		if change.Number = b.forwardedTo(b.deviceID(m.Device).Number, m.ForwardDN); change.Number == "" {
			b.refuse(r, ecma.ErrInvalidForwardingDestination)
			return
		}
	}
	if feature == switching.ForwardNoAnswer {
		switch {
		case m.RingDuration.Set:
			change.Ring = time.Duration(m.RingDuration.Value) * time.Second
		case m.RingCount.Set:
			change.Ring, change.Counted = time.Duration(m.RingCount.Value)*switching.RingTime, true
		}
		if (m.RingDuration.Set || m.RingCount.Set) && (change.Ring < features.MinRing || change.Ring > features.MaxRing) {
			b.refuse(r, ecma.ErrRingCountOutOfRange)
			return
		}
	}
	b.request(r, m.Device, change, &ecma.SetForwardingResponse{})
}

// getForwarding is Get Forwarding (ECMA-269 22.1). Types that never got a number
// are not there.
func (b *featureBook) getForwarding(r *Request, m *ecma.GetForwarding) {
	b.subscriber(r, b.deviceID(m.Device), ecma.ErrInvalidDeviceID, func(st switching.DeviceStatus) {
		b.step(nil, func(error) {
			now := b.of[st.Device]
			answer := &ecma.GetForwardingResponse{}
			for _, feature := range switching.Forwardings {
				f := now.Forwarding(feature)
				if *f == (switching.Forwarding{}) {
					continue
				}
				item := ecma.ForwardListItem{ForwardingType: forwardingType(feature), ForwardStatus: f.On}
				item.ForwardDN, item.RingCount, item.RingDuration = forwardingValues(st.Device, f)
				answer.ForwardingList = append(answer.ForwardingList, item)
			}
			b.respond(r, answer)
		})
	})
}

// request makes a change for a client.
func (b *featureBook) request(r *Request, d ecma.DeviceID, change switching.FeatureChange, ok ecma.Message) {
	b.subscriber(r, b.deviceID(d), ecma.ErrInvalidDeviceID, func(st switching.DeviceStatus) {
		if !st.Known {
			// Kept is what the directory bounds.
			b.refuse(r, ecma.ErrInvalidDeviceID)
			return
		}
		b.set(st.Device, change, "", func(err error) {
			if err != nil {
				b.refuse(r, featureError(err))
				return
			}
			b.respond(r, ok)
		})
	})
}

func featureError(err error) *ecma.Error {
	switch {
	case errors.Is(err, features.ErrNumber), errors.Is(err, features.ErrNoNumber):
		return ecma.ErrInvalidForwardingDestination
	case errors.Is(err, features.ErrRing):
		return ecma.ErrRingCountOutOfRange
	case errors.Is(err, ErrUnknownSubscriber):
		return ecma.ErrInvalidDeviceID
	}
	return switchError(err, ecma.ErrOperationGeneric)
}

// keyPressed: the user of a phone pressed a feature key. A wish that can't
// be fulfilled is answered by what is set, so that the key's lamp is right.
func (b *featureBook) keyPressed(ev *switching.Event) {
	device := b.canonical(ev.Device)
	if ev.Wish == nil || !switching.ValidDevice(device) {
		return
	}
	wish, phone := *ev.Wish, ev.Data
	b.forPhone(device, func(device string, err error) {
		if err != nil {
			b.log.Info("what a phone's feature key asks for is not done", "device", device, "feature", wish.Feature.String(), "error", err)
			return
		}
		b.set(device, wish, phone, func(err error) {
			if err != nil {
				b.log.Info("what a phone's feature key asks for is not possible", "device", device, "feature", wish.Feature.String(), "error", err)
				b.showOnDemand(device, wish.Feature, phone)
			}
		})
	})
}

// ErrUnknownSubscriber: the switch does not know the device.
var ErrUnknownSubscriber = errors.New("the switch knows no such subscriber")

// Features are what a subscriber has set; device is its own name, which an alias
// stands for.
func (e *Engine) Features(ctx context.Context, name string) (device string, f switching.Features, err error) {
	return e.featuresOf(ctx, name, nil)
}

// SetFeature changes a feature of a subscriber for the operator, as a client's
// service would, and returns what is set then.
func (e *Engine) SetFeature(ctx context.Context, name string, change switching.FeatureChange) (device string, f switching.Features, err error) {
	return e.featuresOf(ctx, name, &change)
}

// featuresFound is what came of featuresWanted.
type featuresFound struct {
	device string
	f      switching.Features
	err    error
}

// featuresOf returns the features of a subscriber, after a change if there is one.
func (e *Engine) featuresOf(ctx context.Context, name string, change *switching.FeatureChange) (string, switching.Features, error) {
	if !switching.ValidDevice(name) {
		return "", switching.Features{}, ErrUnknownSubscriber
	}
	answer := make(chan featuresFound, 1)
	e.post(input{news: &featuresWanted{device: name, change: change, answer: func(f featuresFound) { answer <- f }}})
	select {
	case a := <-answer:
		return a.device, a.f, a.err
	case <-e.done:
		return "", switching.Features{}, context.Canceled
	case <-ctx.Done():
		return "", switching.Features{}, ctx.Err()
	}
}

// forOperator looks up whom the operator means. Changes are for those of the directory.
func (b *featureBook) forOperator(in *featuresWanted) {
	b.inquire(switching.LookUpDevice{Device: b.canonical(in.device)}, func(out switching.Outcome, err error) {
		device := b.canonical(out.Device.Device)
		switch {
		case err != nil:
			in.answer(featuresFound{err: err})
			return
		case !out.Device.Known && (in.change != nil || !out.Device.Registered):
			in.answer(featuresFound{err: ErrUnknownSubscriber})
			return
		case device == "":
			device = b.canonical(in.device)
		}
		done := func(err error) { in.answer(featuresFound{device, b.of[device], err}) }
		if in.change == nil {
			done(nil)
			return
		}
		b.set(device, *in.change, "", done)
	})
}
