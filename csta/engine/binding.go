package engine

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// handset is a telephone that takes requests, and what ties its own calls to
// legs: a call of the phone and the leg it has with the switch are found to be
// one by what both sides tell, and stay so until either ends. No phone's call is
// ever shown to clients; a leg without one is driven by the switch alone.
type handset struct {
	id uint64
	// number tells how many came up to it.
	number uint64
	device string
	// contact and source tell the phone's legs from those of the device's other
	// phones.
	contact netip.AddrPort
	source  netip.Addr
	tells   bool
	// lacking are the services, as bits, that it said it does not know.
	lacking uint32
	calls   []*handsetCall
	// ended are the identifiers of the calls that ended last, the newest last:
	// what is told of them yet comes late.
	ended   []string
	legs    []*leg
	dialing *dialing
	// features are those that it was asked to show.
	features map[switching.Feature]*featureAtPhone
	// listing is set while it is asked for its calls.
	listing bool
}

// handsetCall is a call as its phone knows it.
type handsetCall struct {
	id string
	// number is the other party's, as the phone shows it.
	number string
	// begins says who began it, seen from the switch; 0 = not told.
	begins switching.Direction
	told   time.Time
	leg    *leg
}

// atHandset is a leg's part at a telephone that takes requests.
type atHandset struct {
	*handset
	since time.Time
	// call is the phone's call, once it is known.
	call *handsetCall
	// asked is the service that the phone was asked for and has not shown.
	asked *attempt
}

// handsets are the telephones that take requests. It is empty without uaCSTA, and
// costs nothing then.
type handsets struct {
	*office
	asks     *questions
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

// noteRefusal remembers what a phone does not know.
func (hs *handsets) noteRefusal(h *handset, s telephone.Service, err error) {
	if err != nil {
		hs.log.Debug("a phone does not do what it was asked for", "service", s.String(), "device", h.device, "error", err)
	}
	if errors.Is(err, telephone.ErrUnsupported) {
		h.lacking |= 1 << s
	}
}

func (h *handset) lacks(s telephone.Service) bool { return h.lacking>>s&1 != 0 }

// phoneEvent takes what a phone tells.
func (c *core) phoneEvent(ev *telephone.Event) {
	switch ev.Kind {
	case telephone.DoNotDisturb, telephone.Forwarding, telephone.FeaturesAsked:
		c.features.phoneTold(ev)
		return
	}
	device := c.canonical(ev.Device)
	if ev.Kind == telephone.Up {
		c.phoneUp(ev, device)
		return
	}
	h := c.handsets.byID[ev.Phone]
	if h == nil {
		return
	}
	switch ev.Kind {
	case telephone.Down:
		c.phoneDown(h)
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
			pc = h.add(ev.Call, c.now)
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
		c.bind(h)
	}
}

func (c *core) phoneUp(ev *telephone.Event, device string) {
	if known := c.handsets.byID[ev.Phone]; known != nil {
		known.tells = ev.Tells
		return
	}
	if c.handsets.byID == nil {
		c.handsets.byID, c.handsets.byDevice = map[uint64]*handset{}, map[string][]*handset{}
	}
	c.handsets.last++
	h := &handset{id: ev.Phone, number: c.handsets.last, device: device, contact: ev.Contact, source: ev.Source, tells: ev.Tells}
	c.handsets.byID[h.id] = h
	c.handsets.byDevice[device] = append(c.handsets.byDevice[device], h)
	c.features.newAtPhone(h)
	// Its calls may have begun before.
	if d := c.model.FindDevice(ecma.Subscriber(device)); d != nil {
		for _, conn := range d.Connections {
			if l := c.legs[conn.Leg]; l != nil {
				c.foundAtPhone(l)
			}
		}
	}
}

func (c *core) phoneDown(h *handset) {
	if c.record != nil {
		gone := h.standing()
		c.record.change(formerly{Phone: &gone})
	}
	delete(c.handsets.byID, h.id)
	left := slices.DeleteFunc(c.handsets.byDevice[h.device], func(o *handset) bool { return o == h })
	if len(left) == 0 {
		delete(c.handsets.byDevice, h.device)
	} else {
		c.handsets.byDevice[h.device] = left
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
func (c *core) foundAtPhone(l *leg) {
	if len(c.handsets.byDevice) == 0 || l.handset != nil || l.Info.Device == "" || l.Info.Glue || l.Gone() {
		return
	}
	for _, h := range c.handsets.byDevice[l.device.Number] {
		if h.has(l.Info.Contact) {
			l.handset = &atHandset{handset: h, since: c.now}
			h.legs = append(h.legs, l)
			c.bind(h)
			if h.tells && l.handset.call == nil {
				c.expect(forPhonesCalls, untold{c, l})
			}
			return
		}
	}
}

// has tells whether a leg leads to the phone, by the contact of the leg's end.
func (h *handset) has(contact netip.AddrPort) bool {
	if h.contact.IsValid() {
		return contact == h.contact
	}
	return contact.IsValid() && contact.Addr() == h.source
}

// leftPhone ends what ties a leg to its phone.
func (c *core) leftPhone(l *leg) {
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
		c.cancel(at.asked.timer)
	}
}

func (h *handset) call(id string) *handsetCall {
	for _, pc := range h.calls {
		if pc.id == id {
			return pc
		}
	}
	return nil
}

// keptEnded is how many calls that have ended are remembered.
const keptEnded = 4

// maxHandsetCalls bounds what is kept of a phone that never ends its calls.
const maxHandsetCalls = 32

func (h *handset) add(id string, now time.Time) *handsetCall {
	if len(h.calls) >= maxHandsetCalls {
		h.forget(h.calls[0])
	}
	h.ended = slices.DeleteFunc(h.ended, func(o string) bool { return o == id })
	pc := &handsetCall{id: id, told: now}
	h.calls = append(h.calls, pc)
	return pc
}

func (h *handset) forget(pc *handsetCall) {
	h.calls = slices.DeleteFunc(h.calls, func(o *handsetCall) bool { return o == pc })
	if h.ended = append(h.ended, pc.id); len(h.ended) > keptEnded {
		h.ended = slices.Delete(h.ended, 0, 1)
	}
	if pc.leg != nil && pc.leg.handset != nil && pc.leg.handset.call == pc {
		pc.leg.handset.call = nil
	}
	pc.leg = nil
}

// bind finds the legs of the phone's calls. Numbers only help: phones show names
// and prefixes.
func (c *core) bind(h *handset) {
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
			c.bound(pc, l)
		}
	}
}

// legOf is the leg that a call of the phone must be, as far as is known now.
func (h *handset) legOf(pc *handsetCall) *leg {
	var fitting []*leg
	for _, l := range h.legs {
		if l.handset.call != nil || l.Gone() || pc.begins != 0 && pc.begins != l.Info.Direction {
			continue
		}
		apart := l.handset.since.Sub(pc.told)
		if pc.begins != 0 && apart.Abs() > waits[forPhonesCalls].atMost || pc.begins == 0 && apart > 0 {
			// A call that somebody talks in has had its leg before.
			continue
		}
		fitting = append(fitting, l)
	}
	switch {
	case len(fitting) == 0:
		return nil
	case len(fitting) == 1 && (pc.begins != 0 || h.unbound() == 1):
		return fitting[0]
	case pc.begins == 0:
		// A call that was there before its phone was heard of, and not alone.
		return nil
	}
	for _, l := range fitting {
		shown := l.Info.Dialled
		if l.Info.Direction == switching.Outbound {
			shown = l.Info.Caller
		}
		if sameNumber(pc.number, shown) {
			return l
		}
	}
	if pc.begins == switching.Inbound {
		return fitting[len(fitting)-1]
	}
	return fitting[0]
}

func (h *handset) unbound() (n int) {
	for _, pc := range h.calls {
		if pc.leg == nil {
			n++
		}
	}
	return n
}

// sameNumber compares a number as a phone writes it: a SIP address, perhaps.
func sameNumber(told, number string) bool {
	told = strings.TrimPrefix(told, "sip:")
	user, _, _ := strings.Cut(told, "@")
	return user != "" && user == number
}

// bound: the call of the phone and the leg are one.
func (c *core) bound(pc *handsetCall, l *leg) {
	if l.handset.call != nil {
		l.handset.call.leg = nil
	}
	pc.leg, l.handset.call = l, pc
	if a := l.handset.asked; a != nil {
		a.told()
	}
}
