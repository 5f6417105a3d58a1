package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/telephone"
)

// askForCalls asks the phone of a leg for its calls, if it has told of none that the
// leg could be: the calls of before its session began, or what it told was lost.
func (hs *handsets) askForCalls(l *leg) (asked bool) {
	at := l.handset
	if at == nil || at.call != nil || l.Gone() || !at.tells || at.listing || at.lacks(telephone.SnapshotDevice) || hs.byID[at.id] != at.handset {
		return false
	}
	h := at.handset
	h.listing = true
	hs.asks.ask(h.id, telephone.Request{Service: telephone.SnapshotDevice}, func(out telephone.Outcome, err error) {
		h.listing = false
		hs.noteRefusal(h, telephone.SnapshotDevice, err)
		if err == nil && hs.byID[h.id] == h {
			hs.bindShown(h, out.Calls)
		}
	})
	return true
}

// untold is a leg at a telephone that tells of its calls, and has not told of this one.
type untold struct {
	c *handsets
	l *leg
}

func (u untold) late(wait) bool { return u.c.askForCalls(u.l) }

// bindShown finds the legs of the calls that a phone shows, by their states. What
// two of them could be stays without.
func (hs *handsets) bindShown(h *handset, shown []telephone.Shown) {
	for _, state := range telephone.States() {
		var id string
		var found *leg
		calls, legs := 0, 0
		for _, s := range shown {
			if pc := h.call(s.Call); s.State == state && s.Call != "" && (pc == nil || pc.leg == nil) {
				id = s.Call
				calls++
			}
		}
		for _, l := range h.legs {
			if l.handset.call == nil && l.shownState() == state {
				found = l
				legs++
			}
		}
		if calls != 1 || legs != 1 {
			continue
		}
		pc := h.call(id)
		if pc == nil {
			pc = h.add(id, hs.now)
		}
		hs.bound(pc, found)
	}
}

// shownState is how its phone must show a leg.
func (l *leg) shownState() telephone.State {
	switch {
	case l.conn == nil || l.Gone():
		return telephone.Other
	case l.conn.State() == ecma.StateAlerting:
		return telephone.Alerting
	case l.conn.State() == ecma.StateHold && !l.hold.bySwitch:
		return telephone.Holding
	}
	return telephone.Connected
}
