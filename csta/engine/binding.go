package engine

import (
	"slices"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// handsets are the telephones that take requests. It is empty without uaCSTA, and
// costs nothing then.
type handsets struct {
	*switchboard
	*clockwork
	asks *questions
	// features are told of those that phones show and ask for.
	features interface {
		phoneTold(*telephone.Event)
		newAtPhone(*handset)
	}
	byID     map[uint64]*handset
	byDevice map[string][]*handset
	// last is the number of the one that came up last.
	last uint64
}

func (hs *handsets) phone(id uint64) *handset { return hs.byID[id] }

func (hs *handsets) at(device string) []*handset { return hs.byDevice[device] }

func (hs *handsets) show(h *handset, r telephone.Request, done func()) {
	hs.asks.lasting(h.id, r, func(_ telephone.Outcome, err error) {
		hs.noteRefusal(h, r.Service, err)
		done()
	})
}

// phoneEvent takes what a phone tells.
func (hs *handsets) phoneEvent(ev *telephone.Event) {
	switch ev.Kind {
	case telephone.DoNotDisturb, telephone.Forwarding, telephone.FeaturesAsked:
		hs.features.phoneTold(ev)
		return
	}
	device := hs.canonical(ev.Device)
	if ev.Kind == telephone.Up {
		hs.phoneUp(ev, device)
		return
	}
	h := hs.byID[ev.Phone]
	if h == nil {
		return
	}
	switch ev.Kind {
	case telephone.Down:
		hs.phoneDown(h)
	case telephone.Cleared:
		if pc := h.call(ev.Call); pc != nil {
			h.forget(pc)
		}
		h.callEnded(ev.Call)
	case telephone.Failed:
		h.callEnded(ev.Call)
	default:
		if ev.Call == "" {
			return
		}
		pc := h.call(ev.Call)
		if pc == nil {
			if ev.Kind == telephone.Talking && slices.Contains(h.ended, ev.Call) {
				return
			}
			pc = h.add(ev.Call, hs.now)
		}
		switch ev.Kind {
		case telephone.Dialling:
			pc.begins = switching.Inbound
		case telephone.Ringing:
			pc.begins = switching.Outbound
		}
		if ev.Number != "" {
			pc.number = ev.Number
		}
		hs.bind(h)
	}
}

func (hs *handsets) phoneUp(ev *telephone.Event, device string) {
	if known := hs.byID[ev.Phone]; known != nil {
		known.tells = ev.Tells
		return
	}
	if hs.byID == nil {
		hs.byID, hs.byDevice = map[uint64]*handset{}, map[string][]*handset{}
	}
	hs.last++
	h := &handset{id: ev.Phone, number: hs.last, device: device, contact: ev.Contact, source: ev.Source, tells: ev.Tells}
	hs.byID[h.id] = h
	hs.byDevice[device] = append(hs.byDevice[device], h)
	hs.features.newAtPhone(h)
	// Its calls may have begun before.
	if d := hs.model.Devices.Find(ecma.Subscriber(device)); d != nil {
		for _, conn := range d.Connections {
			if l := hs.legs[conn.Leg]; l != nil {
				hs.foundAtPhone(l)
			}
		}
	}
}

func (hs *handsets) phoneDown(h *handset) {
	if hs.record != nil {
		gone := h.standing()
		hs.record.change(formerly{Phone: &gone})
	}
	delete(hs.byID, h.id)
	left := slices.DeleteFunc(hs.byDevice[h.device], func(o *handset) bool { return o == h })
	if len(left) == 0 {
		delete(hs.byDevice, h.device)
	} else {
		hs.byDevice[h.device] = left
	}
	for _, l := range h.legs {
		// What it was asked for is answered with its loss.
		if l.handset.asked == nil {
			l.handset = nil
		} else {
			l.handset.call = nil
		}
	}
	h.legs, h.calls = nil, nil
}

// foundAtPhone ties a leg to the telephone that it leads to, if that takes
// requests.
func (hs *handsets) foundAtPhone(l *leg) {
	if len(hs.byDevice) == 0 || l.handset != nil || l.Info.Device == "" || l.Info.Glue || l.Gone() {
		return
	}
	for _, h := range hs.byDevice[l.device.Number] {
		if h.has(l.Info.Contact) {
			l.handset = &atHandset{handset: h, since: hs.now}
			h.legs = append(h.legs, l)
			hs.bind(h)
			if h.tells && l.handset.call == nil {
				hs.expect(forPhonesCalls, untold{hs, l})
			}
			return
		}
	}
}

// leftPhone ends what ties a leg to its phone.
func (hs *handsets) leftPhone(l *leg) {
	at := l.handset
	if at == nil {
		return
	}
	l.handset = nil
	at.legs = slices.DeleteFunc(at.legs, func(o *leg) bool { return o == l })
	if at.call != nil {
		at.forget(at.call)
	}
	if at.asked != nil {
		hs.cancel(at.asked.timer)
	}
}

// bind finds the legs of the phone's calls. Numbers only help: phones show names
// and prefixes.
func (hs *handsets) bind(h *handset) {
	calls := h.calls
	if d := h.dialing; d != nil && d.call != "" {
		// What the phone said it dials comes before what its late words tell of.
		if named := h.call(d.call); named != nil {
			calls = append([]*handsetCall{named}, calls...)
		}
	}
	for _, pc := range calls {
		if pc.leg != nil {
			continue
		}
		if l := h.legOf(pc); l != nil {
			hs.bound(pc, l)
		}
	}
}

// bound: the call of the phone and the leg are one.
func (hs *handsets) bound(pc *handsetCall, l *leg) {
	if l.handset.call != nil {
		l.handset.call.leg = nil
	}
	pc.leg, l.handset.call = l, pc
	if a := l.handset.asked; a != nil {
		a.told()
	}
}
