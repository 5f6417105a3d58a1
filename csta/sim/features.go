package sim

import (
	"fmt"
	"slices"

	"mod_csta_socket/csta/switching"
)

// setFeatures lets the dialplan know.
func (s *Switch) setFeatures(list []switching.DeviceFeatures) error {
	for _, d := range list {
		if !switching.ValidDevice(d.Device) {
			return fmt.Errorf("device %q: %w", d.Device, switching.ErrInvalidAddress)
		}
		name := s.o.canonical(d.Device)
		if d.Features == (switching.Features{}) {
			delete(s.features, name)
		} else {
			s.features[name] = d.Features
		}
	}
	return nil
}

// showFeatures lights the lamps of a phone with feature keys.
func (s *Switch) showFeatures(op switching.ShowFeatures) error {
	if !switching.ValidDevice(op.Device) {
		return fmt.Errorf("device %q: %w", op.Device, switching.ErrInvalidAddress)
	}
	p := s.phones[s.o.canonical(op.Device)]
	if p == nil || !p.keys || op.Phone != "" && op.Phone != p.number {
		return nil
	}
	p.told++
	lamps := &p.lamps
	switch f := lamps.Forwarding(op.Feature); {
	case op.Feature == 0:
		*lamps = op.Features
	case f != nil:
		*f = *op.Features.Forwarding(op.Feature)
	default:
		lamps.DoNotDisturb = op.Features.DoNotDisturb
	}
	return nil
}

// SubscribeFeatures gives the phone feature keys: it asks what is set, and is
// told what changes.
func (p *Phone) SubscribeFeatures() {
	p.s.mu.Lock()
	defer p.s.leave()
	p.keys = true
	p.s.emit(switching.Event{Kind: switching.FeaturesWanted, Device: p.number, Data: p.number})
}

// PressFeatureKey asks for a change.
func (p *Phone) PressFeatureKey(wish switching.FeatureChange) {
	p.s.mu.Lock()
	defer p.s.leave()
	p.s.emit(switching.Event{Kind: switching.FeatureRequested, Device: p.number, Data: p.number, Wish: &wish})
}

// FeatureLamps are what the phone's keys show, and how often it was told.
func (p *Phone) FeatureLamps() (lamps switching.Features, told int) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.lamps, p.told
}

// callSubscriber is the part of the dialplan that calls subscribers: it applies
// what they have set (conf/dialplan/csta/csta_features.xml). A subscriber that
// sent the call on before is called in any case.
func (s *Switch) callSubscriber(l *leg, dialled string, p *Phone) {
	f := s.features[p.number]
	again := slices.Contains(l.forwardedBy, p.number)
	applied := func(feature switching.Feature, number string) {
		s.emit(switching.Event{Kind: switching.FeaturesApplied, Leg: l.id, Device: p.number, Name: number, Feature: feature})
	}
	switch {
	case f.Immediate.On && !again:
		applied(switching.ForwardImmediate, f.Immediate.Number)
		s.forward(l, p, f.Immediate.Number)
		return
	case f.DoNotDisturb:
		applied(switching.DoNotDisturb, "")
		// Nobody is called at all.
		if l.protect {
			s.parkAfter(l, switching.CauseUserBusy)
		} else {
			s.hangUp(l, switching.CauseUserBusy)
		}
		return
	case again || !f.Busy.On && !f.NoAnswer.On:
		s.callPhones(l, dialled, []string{p.number})
		return
	}
	ring := s.o.RingTimeout
	if f.Busy.On {
		applied(switching.ForwardBusy, f.Busy.Number)
	}
	if f.NoAnswer.On {
		applied(switching.ForwardNoAnswer, f.NoAnswer.Number)
		ring = f.NoAnswer.Ring
	}
	d := s.beginDial(l)
	d.device = p.number
	d.unreached = func(cause switching.Cause) {
		switch cause {
		case switching.CauseUserBusy:
			if f.Busy.On {
				s.forward(l, p, f.Busy.Number)
				return
			}
		case switching.CauseNoAnswer, switching.CauseNoUserResponse, switching.CauseUserNotRegistered:
			if f.NoAnswer.On {
				s.forward(l, p, f.NoAnswer.Number)
				return
			}
		}
		s.callPhones(l, dialled, []string{p.number})
	}
	if p.registered {
		s.addTarget(d, p, switching.LegInfo{Device: p.number, Dialled: dialled})
	}
	s.mindFor(d, ring, switching.CauseUserNotRegistered)
}

// forward sends a leg on for a subscriber.
func (s *Switch) forward(l *leg, p *Phone, number string) {
	l.forwardedBy = append(l.forwardedBy, p.number)
	s.tellRouted(l, number)
	s.run(l, number)
}
