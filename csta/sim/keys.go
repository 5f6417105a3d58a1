package sim

import "mod_csta_socket/csta/switching"

// keyedNumber is how many digits the keys for a consultation take.
const keyedNumber = 4

// keying is what a called party has typed of the keys that the switch obeys: * 4 and a
// number (FreeSWITCH: bind_meta_app, att_xfer).
type keying struct {
	typed string
	// aside is the bridge with the party who waits while third is called.
	aside *bridge
	third *leg
}

// consultsByKeys tells whether somebody waits for a leg that consults by keys.
func (l *leg) consultsByKeys() bool { return l.keys != nil && l.keys.aside != nil }

// pressed is a digit of a called party's that the switch has read.
func (s *Switch) pressed(l *leg, digit string) {
	k := l.keys
	switch {
	case !s.o.ConsultKeys || l.info.Direction != switching.Outbound || l.info.Originator == "":
	case k == nil:
		if digit == "*" && l.bridge != nil {
			l.keys = &keying{typed: digit}
		}
	case k.aside == nil:
		k.typed += digit
		if len(k.typed) == 2 && k.typed != "*4" {
			l.keys = nil
		} else if len(k.typed) == 2+keyedNumber {
			s.consultByKeys(l, k.typed[2:])
		}
	case digit == "*":
		s.hangUp(l, switching.CauseNormalClearing)
	case digit == "#" && l.dial != nil:
		d := l.dial
		for _, t := range d.dissolve(s) {
			s.hangUp(t, switching.CauseNoAnswer)
		}
		d.unreached(switching.CauseNoAnswer)
	case digit == "#":
		s.hangUp(k.third, switching.CauseNormalClearing)
	case digit == "0" && l.dial == nil:
		s.conferByKeys(l)
	}
}

// consultByKeys calls a subscriber for a leg whose partner waits.
func (s *Switch) consultByKeys(l *leg, number string) {
	if l.bridge == nil {
		l.keys = nil
		return
	}
	l.keys.aside = l.bridge
	s.emit(switching.Event{Kind: switching.ConsultationBegun, Leg: l.id, Device: number})
	d := s.beginDial(l)
	d.byKeys = true
	d.unreached = func(cause switching.Cause) {
		l.keys = nil
		s.emit(switching.Event{Kind: switching.ConsultationEnded, Leg: l.id, Cause: cause, Device: number})
	}
	if p := s.subscriber(number); p != nil && p.registered {
		l.keys.third = s.addTarget(d, p, switching.LegInfo{Device: p.number, Dialled: number})
	}
	s.mind(d, switching.CauseUserNotRegistered)
}

// backByKeys joins a leg with the party who waits for it again.
func (s *Switch) backByKeys(l *leg) {
	aside := l.keys.aside
	l.keys = nil
	s.tellPair(switching.LegsUnbridged, aside)
	s.join(l, aside.other(l))
	s.emit(switching.Event{Kind: switching.ConsultationEnded, Leg: l.id})
}

// conferByKeys has the three talk together: the third does by an application of its
// own (FreeSWITCH: three_way), the two others as before.
func (s *Switch) conferByKeys(l *leg) {
	k, talk := l.keys, l.bridge
	third := k.third
	l.bridge, third.bridge = nil, nil
	s.tellPair(switching.LegsUnbridged, talk)
	s.emit(switching.Event{Kind: switching.TalksWithTwo, Leg: third.id, Other: l.id})
	l.third, k.aside.other(l).third = third, third
	s.backByKeys(l)
}

// leavesByKeys: who consults has hung up, and the two others are joined. It tells
// whether that was so.
func (s *Switch) leavesByKeys(l *leg) bool {
	if !l.consultsByKeys() {
		return false
	}
	k := l.keys
	l.keys = nil
	first, talk, d := k.aside.other(l), l.bridge, l.dial
	l.bridge, l.dial, first.bridge = nil, nil, nil
	s.tellPair(switching.LegsUnbridged, k.aside)
	if d != nil {
		d.caller, d.unreached, first.dial = first, nil, d
		return true
	}
	k.third.bridge = nil
	s.park(k.third)
	s.tellPair(switching.LegsUnbridged, talk)
	s.join(k.third, first)
	return true
}

// goesAside: who waits for a leg that consults has hung up; the leg stays with the
// third. It tells whether that was so.
func (s *Switch) goesAside(br *bridge, left *leg) bool {
	l := br.other(left)
	if l.keys == nil || l.keys.aside != br || l.bridge == br && l.dial == nil {
		return false
	}
	l.keys, left.bridge = nil, nil
	if l.bridge == br {
		l.bridge, l.dial.unreached = nil, nil
	}
	return true
}
