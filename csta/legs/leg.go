package legs

import (
	"time"

	"mod_csta_socket/csta/switching"
)

// Leg is what the switch has said about one of its legs, settled.
type Leg struct {
	ID   string
	Info switching.LegInfo
	Life
	Bridge Bridge
	// Changed is when it was last answered, joined with another, sent to whom its
	// device consults, or left by that one.
	Changed time.Time
	// Seen is the count of the last switch event about it.
	Seen uint64
	// HungUpAt is when its hang-up was heard.
	HungUpAt time.Time

	// unheld waits for what the end of its hold means; nil: that is known.
	unheld Awaited
	// late is its hang-up while that waits for another leg's, before the leg that waits
	// so for this one's.
	late   *lateHangUp
	before *Leg
}

// Confirming tells whether its phone was answered by somebody who has not taken the
// call yet.
func (l *Leg) Confirming() bool { return l.Lived() == Confirming }

// Unheld tells whether its hold has ended, and what that means is not known yet.
func (l *Leg) Unheld() bool { return l.unheld != nil }

// Bridge is with whom a leg is joined. Others are named by their identifiers: they may
// be unknown, or have gone.
type Bridge struct {
	// Partner is the leg that it is bridged with.
	Partner string
	// Former is the partner of the bridge that ended last: the news of that may come
	// before the hang-up that ended it.
	Former string
	// TalksWith is the leg that it talks with beside that one's partner.
	TalksWith string
	// Room is the conference room that it is in.
	Room string
	// RefersTo is the leg that its phone asked to join it with.
	RefersTo string
	// Runs is set while it runs its bridge: its dialplan, or the application that
	// made the bridge, goes on with it afterwards.
	Runs bool
	// MusicEnded is when its partner's hold ended last.
	MusicEnded time.Time
}

// join bridges two legs; the first of them runs the bridge.
func join(runs, other *Leg, now time.Time) {
	runs.Bridge.Partner, other.Bridge.Partner = other.ID, runs.ID
	runs.Changed, other.Changed = now, now
	runs.Bridge.Runs, other.Bridge.Runs = true, false
}

// part ends the leg's bridge with another one, if it has one with that.
func (l *Leg) part(from string) {
	if l.Bridge.Partner == from {
		l.Bridge.Partner, l.Bridge.Former = "", from
	}
}
