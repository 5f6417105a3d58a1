package engine

import (
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// dialState is how far a call is that a phone was asked to make.
type dialState uint8

const (
	dialAsked dialState = iota
	dialAgreed
	dialDoubted
	dialFailed
	dialBegun
	dialOver
)

var dialStages = []stage[dialState]{
	dialAsked:   {"asked", "the phone answers, or its leg is there", []dialState{dialAgreed, dialDoubted, dialBegun, dialOver}},
	dialAgreed:  {"agreed", "the phone's leg is there", []dialState{dialFailed, dialOver}},
	dialDoubted: {"doubted", "the leg of a phone that has not answered is there all the same", []dialState{dialOver}},
	dialFailed:  {"failed", "the leg of a call is there of which the phone tells that it failed", []dialState{dialFailed, dialOver}},
	dialBegun:   {"begun", "the phone whose leg is there answers, and names its call", []dialState{dialOver}},
	dialOver:    {name: "over"},
}

// dialing is a call that a phone was asked to make. It is there when the phone's
// leg is.
type dialing struct {
	track[dialState]
	c       *handsets
	h       *handset
	service telephone.Service
	number  string
	begun   time.Time
	// cause is what the leg begins with.
	cause ecma.EventCause
	by    phoneDials
	// blind: nobody knows what the phone said.
	blind bool
	// call is the phone's own identifier once it has agreed, unless it tells none.
	call  string
	leg   *leg
	timer *timer
}

// answered takes the phone's answer.
func (d *dialing) answered(out telephone.Outcome, err error) {
	d.c.noteRefusal(d.h, d.service, err)
	d.blind = out.Blind
	if d.h.dialing != d {
		return
	}
	switch {
	case d.leg != nil:
		d.over()
		if err == nil {
			d.c.name(d.h, d.leg, out.Call)
		}
	case err == nil:
		d.call = out.Call
		d.goes(dialAgreed)
		d.c.name(d.h, d.h.dialled(d), out.Call)
		if d.state == dialAgreed {
			d.timer = d.c.expect(forDialling, d)
		}
	case mayHaveDone(err):
		d.goes(dialDoubted)
		d.timer = d.c.expect(forDoubt, d)
	default:
		d.over()
		d.by.notDialled()
	}
}

func (d *dialing) over() {
	d.goes(dialOver)
	d.h.dialing = nil
}

// late: the phone said yes, or nothing, and there is no leg. It may still dial, so that
// the switch must not call it.
func (d *dialing) late(wait) bool {
	h := d.h
	if h.dialing != d || d.leg != nil {
		return true
	}
	failed := d.state == dialFailed
	d.over()
	if d.blind {
		h.inVain(d.service)
	}
	d.c.log.Info("a phone was asked for a call and has not dialled", "device", h.device, "number", d.number)
	d.by.mayDial()
	if d.call != "" && !failed && d.c.byID[h.id] == h {
		d.c.asks.ask(h.id, telephone.Request{Service: telephone.ClearConnection, Call: d.call}, nil)
	}
	return true
}

// phoneDials is who has a phone make a call.
type phoneDials interface {
	// dialled takes the leg, before anything is told of it.
	dialled(l *leg)
	// notDialled: the phone has not dialled for certain.
	notDialled()
	// mayDial: it has not, and may still do so, or would have to be heard of. It must
	// not be called in addition.
	mayDial()
}

// dial asks a phone, which is asked for no other call now, to make one.
func (hs *handsets) dial(h *handset, r telephone.Request, cause ecma.EventCause, by phoneDials) *dialing {
	d := &dialing{
		track: tracks(hs.office, r.Service.String()+" at the phone", dialStages, dialAsked), c: hs,
		h: h, service: r.Service, number: r.Number, begun: hs.now, cause: cause, by: by,
	}
	h.dialing = d
	hs.asks.ask(h.id, r, d.answered)
	return d
}

// dialled is a leg without a call of the phone's that came after the phone was
// asked: it dials another number than it was given, perhaps with a prefix.
func (h *handset) dialled(d *dialing) *leg {
	for _, l := range h.legs {
		if l.Info.Direction == switching.Inbound && l.handset.call == nil && !l.Gone() && !l.handset.since.Before(d.begun) {
			return l
		}
	}
	return nil
}

// name gives a call that we asked for the phone's own identifier, and ties it to
// its leg, if that is there.
func (hs *handsets) name(h *handset, l *leg, call string) {
	if call == "" {
		if l != nil {
			h.dials(l)
		}
		return
	}
	pc := h.call(call)
	if pc != nil && pc.leg != nil && pc.leg != l {
		// The phone uses the identifier of an earlier call again.
		h.forget(pc)
		pc = nil
	}
	if pc == nil {
		pc = h.add(call, hs.now)
	}
	pc.begins = switching.Inbound
	if l == nil {
		l = pc.leg
	}
	if l != nil && l.handset != nil && l.handset.handset == h {
		hs.bound(pc, l)
		h.dials(l)
	}
}

// callEnded: the phone tells that a call has ended. If the switch has not told of it
// yet, it may still have seen it.
func (h *handset) callEnded(call string) {
	d := h.dialing
	if d == nil || d.call == "" || d.call != call || d.leg != nil {
		return
	}
	d.goes(dialFailed)
	d.c.cancel(d.timer)
	d.timer = d.c.expect(forDoubt, d)
}

// causeOfDialling completes the service that a new calling leg comes of, if one
// does, and is the cause that the leg begins with.
func (hs *handsets) causeOfDialling(l *leg) ecma.EventCause {
	hs.foundAtPhone(l)
	if l.handset == nil {
		return ecma.CauseNewCall
	}
	h := l.handset.handset
	h.notAloneAnyMore()
	d := h.dialing
	if d == nil {
		return ecma.CauseNewCall
	}
	theirs := d.call != "" && l.handset.call != nil && l.handset.call.id == d.call
	agreed := d.state == dialAgreed || d.state == dialFailed
	if d.leg == nil && (theirs || l.Info.Dialled == d.number || agreed && l.handset.call == nil) {
		h.dials(l)
	}
	if d.leg == l {
		return d.cause
	}
	return ecma.CauseNewCall
}

// dials: the leg is what the phone was asked to dial, if it was.
func (h *handset) dials(l *leg) {
	d := h.dialing
	if d == nil || d.leg != nil || l.call == nil {
		return
	}
	d.leg = l
	d.c.cancel(d.timer)
	d.by.dialled(l)
	if d.state == dialAsked {
		d.goes(dialBegun)
		return
	}
	d.over()
	if d.call != "" && l.handset.call == nil {
		d.c.name(h, l, d.call)
	}
}
