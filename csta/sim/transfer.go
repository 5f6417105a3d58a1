package sim

import (
	"fmt"

	"mod_csta_socket/csta/switching"
)

// The ways of a transfer made at a phone were recorded on FreeSWITCH 1.11.

// causeTemporaryFailure ends the leg of a phone that transferred to a party
// which still rang.
const causeTemporaryFailure switching.Cause = "NORMAL_TEMPORARY_FAILURE"

// BlindTransfer sends the other party of a call to a number (SIP REFER) and
// leaves. id "" means the active call.
func (p *Phone) BlindTransfer(id, number string) error {
	return p.with(id, (*Phone).activeLeg, "transfer", func(l *leg) error {
		br := l.bridge
		if br == nil || !l.answered || !br.other(l).answered {
			return fmt.Errorf("nobody to transfer: %w", switching.ErrNotPossible)
		}
		s, rest := p.s, br.other(l)
		s.transferAsked(switching.Event{
			Leg: l.id, Other: rest.id, Transfer: switching.TransferorBlind, Name: number,
		})
		left := switching.Event{
			Cause: switching.CauseNormalClearing, Transfer: switching.TransferorBlind, Other: rest.id,
		}
		s.unhold(rest)
		br.a.bridge, br.b.bridge = nil, nil
		if br.a == rest {
			s.hangUpBy(l, left)
			s.tellRouted(rest, number)
			s.tellPair(switching.LegsUnbridged, br)
			s.stopDoing(rest)
			s.run(rest, number)
			return nil
		}
		// The party transferred is faster than the phone's leg, which runs the
		// bridge.
		s.tellRouted(rest, number)
		s.stopDoing(rest)
		s.run(rest, number)
		s.tellPair(switching.LegsUnbridged, br)
		s.hangUpBy(l, left)
		return nil
	})
}

// AttendedTransfer joins the other parties of two calls of the phone (SIP REFER
// with Replaces) and leaves both: first is the call the phone held, second the
// one it consulted in, which may still ring. "" means the obvious two: the
// oldest and the newest.
func (p *Phone) AttendedTransfer(first, second string) error {
	oldest := func(p *Phone) *leg {
		if len(p.legs) < 2 {
			return nil
		}
		return p.legs[0]
	}
	return p.with(first, oldest, "transfer", func(one *leg) error {
		two, err := p.consulting(one, second)
		if err != nil {
			return err
		}
		// Two legs of the phone that are joined with each other can't be
		// transferred, nor can a party that did not answer.
		if one.bridge == nil || two.bridge == nil && two.dial == nil && two.waiting == nil || two.bridge == one.bridge {
			return fmt.Errorf("nobody to transfer: %w", switching.ErrNotPossible)
		}
		for _, l := range []*leg{one, two} {
			if l.denies() || l.bridge != nil && l.bridge.other(l).denies() {
				return fmt.Errorf("a party of it consults, or is held by one that does: %w", switching.ErrNotPossible)
			}
		}
		s := p.s
		rest := one.bridge.other(one)
		if !rest.answered || two.bridge != nil && !two.bridge.other(two).answered {
			return fmt.Errorf("nobody to transfer: %w", switching.ErrNotPossible)
		}
		s.transferAsked(switching.Event{Leg: one.id, Other: two.id, Transfer: switching.TransferorAttended})
		if two.waiting != nil {
			s.replaceInQueue(one, two)
			return nil
		}
		if two.bridge == nil {
			s.adopt(one, two)
			return nil
		}
		other := two.bridge.other(two)
		s.takeOut(two, switching.Event{Cause: switching.CauseNormalClearing})
		s.takeOut(one, switching.Event{Cause: switching.CauseNormalClearing, Other: other.id})
		s.stopDoing(rest)
		s.stopDoing(other)
		s.join(rest, other)
		return nil
	})
}

// denies tells whether calls of the leg are no phone's to transfer.
func (l *leg) denies() bool { return l.protect || l.waits }

func (p *Phone) consulting(one *leg, id string) (*leg, error) {
	for i := len(p.legs) - 1; i >= 0; i-- {
		if l := p.legs[i]; l != one && !l.over && (id == "" || l.id == id) {
			return l, nil
		}
	}
	return nil, ErrNoCall
}

// adopt transfers one's partner to the party that two still calls: it goes on
// ringing, now for the partner, which hears music.
func (s *Switch) adopt(one, two *leg) {
	rest, d := one.bridge.other(one), two.dial
	two.dial, d.adopted = nil, true
	s.hangUpBy(two, switching.Event{
		Cause: causeTemporaryFailure, Transfer: switching.TransferorAttended, Other: rest.id,
	})
	s.takeOut(one, switching.Event{Cause: switching.CauseNormalClearing})
	s.stopDoing(rest)
	rest.music, rest.dial, d.caller = true, d, rest
}

// replaceInQueue transfers one's partner to the queue in which two waits: it runs
// what two had run to come there, and is faster than two's end.
func (s *Switch) replaceInQueue(one, two *leg) {
	br := one.bridge
	rest := br.other(one)
	s.stopDoing(rest)
	br.a.bridge, br.b.bridge = nil, nil
	s.run(rest, two.queueNumber)
	s.tellPair(switching.LegsUnbridged, br)
	s.hangUpBy(two, switching.Event{Cause: switching.CauseNormalClearing, Transfer: switching.TransferorAttended, Other: rest.id})
	s.hangUpBy(one, switching.Event{Cause: switching.CauseNormalClearing, Transfer: switching.TransferorAttended})
}

// takeOut ends a transferring phone's leg and leaves its partner in the air.
func (s *Switch) takeOut(l *leg, e switching.Event) {
	e.Transfer = switching.TransferorAttended
	br := l.bridge
	br.a.bridge, br.b.bridge = nil, nil
	if br.a == l {
		s.tellPair(switching.LegsUnbridged, br)
		s.hangUpBy(l, e)
	} else {
		s.hangUpBy(l, e)
		s.tellPair(switching.LegsUnbridged, br)
	}
}

func (s *Switch) transferAsked(e switching.Event) {
	if !s.o.NoTransferRequests {
		e.Kind = switching.TransferRequested
		s.emit(e)
	}
}
