package engine

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"

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

func (h *handset) lacks(s telephone.Service) bool { return h.lacking>>s&1 != 0 }

// has tells whether a leg leads to the phone, by the contact of the leg's end.
func (h *handset) has(contact netip.AddrPort) bool {
	if h.contact.IsValid() {
		return contact == h.contact
	}
	return contact.IsValid() && contact.Addr() == h.source
}

// inVain: nothing came of a service, and whether the phone knows it cannot be heard.
// It is not asked again: its user would wait each time.
func (h *handset) inVain(s telephone.Service) { h.lacking |= 1 << s }

// only tells whether no other leg at the phone is in the state that this one is in.
func (at *atHandset) only(l *leg) bool {
	for _, o := range at.legs {
		if o != l && !o.Gone() && (o.conn == nil || l.conn == nil || o.conn.State() == l.conn.State()) {
			return false
		}
	}
	return true
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
