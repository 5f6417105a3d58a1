package sim

import (
	"time"

	"mod_csta_socket/csta/switching"
)

// place is where a leg is in a dialplan that has something for it behind its bridge: a
// survey. Others hang it up there (hangup_after_bridge).
type place int

const (
	placeNone place = iota
	// placeBefore: it goes on when its bridge ends.
	placeBefore
	// placeNoted: a service took it out, and the switch knows where.
	placeNoted
	// placeBack: it is back with its partner, and goes on when that bridge ends.
	placeBack
	// placeBehind: it is there.
	placeBehind
)

// surveyTime is how long a survey takes.
const surveyTime = 2 * time.Second

// takenOut: a service takes the leg out of its dialplan.
func (l *leg) takenOut() {
	switch l.place {
	case placeBefore, placeBack:
		l.place = placeNoted
	case placeBehind:
		l.place = placeNone
	}
}

// joins: a service joins the leg with another one, back with who was its partner, or not.
func (l *leg) joins(back bool) {
	switch {
	case !back:
		l.place = placeNone
	case l.place == placeNoted:
		l.place = placeBack
	}
}

// goesOn tells whether its dialplan goes on when its bridge ends.
func (l *leg) goesOn() bool { return l.place == placeBefore || l.place == placeBack }

// forsaken lets the dialplan of a leg go on that nobody is left for. false: it has none.
func (l *leg) forsaken(s *Switch) bool {
	switch l.place {
	case placeNoted, placeBack:
		s.stopDoing(l)
		s.leaveBridge(l)
		if !l.over && l.place != placeBehind {
			s.survey(l)
		}
		return true
	case placeBehind:
		return true
	}
	return false
}

// survey is what a dialplan has behind its bridge.
func (s *Switch) survey(l *leg) {
	if l.place != placeBefore {
		s.tellRouted(l, l.info.Dialled)
	}
	l.place = placeBehind
	l.scripted(s.after(surveyTime, func() {
		if l.place == placeBehind {
			s.hangUp(l, switching.CauseNormalClearing)
		}
	}))
}
