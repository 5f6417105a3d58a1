package driver

import (
	"cmp"
	"errors"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/telephone"
	"mod_csta_socket/csta/uacsta"
)

// PhoneRequest implements uacsta.Sink: what the phone asks for is an event that
// waits for an answer.
func (d *Driver) PhoneRequest(p uacsta.Phone, m ecma.Message, answer func(ecma.Message)) {
	ev, positive := requested(m)
	if positive == nil {
		answer(ecma.ErrServiceNotSupported)
		return
	}
	ev.Phone, ev.Device = p.ID, p.Device
	ev.Answer = func(f telephone.Features, err error) {
		if err != nil {
			answer(refusal(err))
			return
		}
		answer(positive(f))
	}
	d.tell(ev)
}

// requested reads a request of the phone's. positive words the answer that says
// yes; nil = the request is not known.
func requested(m ecma.Message) (ev telephone.Event, positive func(telephone.Features) ecma.Message) {
	switch m := m.(type) {
	case *ecma.SetDoNotDisturb:
		return telephone.Event{Kind: telephone.DoNotDisturb, On: m.DoNotDisturbOn},
			func(telephone.Features) ecma.Message { return &ecma.SetDoNotDisturbResponse{} }
	case *ecma.SetForwarding:
		return telephone.Event{Kind: telephone.Forwarding, Forwarding: setting(m.ForwardingType, m.ActivateForward, m.ForwardDN, m.RingCount)},
			func(telephone.Features) ecma.Message { return &ecma.SetForwardingResponse{} }
	case *ecma.GetDoNotDisturb:
		return telephone.Event{Kind: telephone.FeaturesAsked},
			func(f telephone.Features) ecma.Message {
				return &ecma.GetDoNotDisturbResponse{DoNotDisturbOn: f.DoNotDisturb}
			}
	case *ecma.GetForwarding:
		return telephone.Event{Kind: telephone.FeaturesAsked}, listed
	}
	return telephone.Event{}, nil
}

func listed(f telephone.Features) ecma.Message {
	list := make([]ecma.ForwardListItem, len(f.Forwarding))
	for i, s := range f.Forwarding {
		set := forwarding(s, ecma.DeviceID{})
		list[i] = ecma.ForwardListItem{ForwardingType: set.ForwardingType, ForwardStatus: s.On, ForwardDN: set.ForwardDN, RingCount: set.RingCount}
	}
	return &ecma.GetForwardingResponse{ForwardingList: list}
}

// refusal is the error value that a phone is told.
func refusal(err error) *ecma.Error {
	var e *ecma.Error
	if errors.As(err, &e) {
		return e
	}
	return ecma.ErrOperationGeneric
}

// forwarding is the request that makes a setting a device's.
func forwarding(s telephone.ForwardingSetting, device ecma.DeviceID) *ecma.SetForwarding {
	m := &ecma.SetForwarding{Device: device, ForwardingType: ecma.ForwardingType(s.Type), ActivateForward: s.On}
	if s.Number != "" {
		m.ForwardDN = ecma.Subscriber(s.Number)
	}
	if s.Rings > 0 {
		m.RingCount = ecma.IntOf(int64(s.Rings))
	}
	return m
}

// setting reads what a phone says of a kind of forwarding.
func setting(kind ecma.ForwardingType, on bool, to ecma.DeviceID, rings ecma.Int) telephone.ForwardingSetting {
	return telephone.ForwardingSetting{
		// ECMA-269: forwardImmediate if nothing else is said.
		Type: cmp.Or(string(kind), string(ecma.ForwardImmediate)), On: on, Number: bareNumber(to.Number), Rings: int(rings.Value),
	}
}

// bareNumber takes a number out of the URI that phones write it as.
func bareNumber(id string) string {
	scheme, rest, found := strings.Cut(id, ":")
	if found && (strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips") || strings.EqualFold(scheme, "tel")) {
		id = rest
	}
	id, _, _ = strings.Cut(id, ";")
	id, _, _ = strings.Cut(id, "@")
	return strings.TrimSpace(id)
}
