package legs

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

// house is an owner with a list of legs.
type house struct {
	t       *testing.T
	legs    map[string]*Leg
	ordered map[string]bool
	buried  map[string]bool
	// apart are legs in calls of their own.
	apart   map[string]bool
	awaited []Wait
	// awaitedOf are whose.
	awaitedOf []string
	repaired  int
	// cancels counts the waits that were cancelled.
	cancels int
	settler *Settler
}

func newHouse(t *testing.T, legs ...string) *house {
	h := &house{t: t, legs: map[string]*Leg{}, ordered: map[string]bool{}, buried: map[string]bool{}, apart: map[string]bool{}}
	h.settler = NewSettler(h)
	for _, id := range legs {
		h.legs[id] = &Leg{ID: id}
	}
	return h
}

func (h *house) Leg(id string) *Leg      { return h.legs[id] }
func (h *house) Ordered(id string) bool  { return h.ordered[id] }
func (h *house) Buried(id string) bool   { return h.buried[id] }
func (h *house) Together(a, b *Leg) bool { return !h.apart[a.ID] && !h.apart[b.ID] }
func (h *house) Await(w Wait, leg string) Awaited {
	h.awaited, h.awaitedOf = append(h.awaited, w), append(h.awaitedOf, leg)
	return cancelled{h}
}

// cancelled counts the waits of a house that were cancelled.
type cancelled struct{ *house }

func (c cancelled) Cancel()                 { c.cancels++ }
func (h *house) Repaired(*Leg, string)      { h.repaired++ }
func (h *house) Impossible(l *Leg, e error) { h.t.Errorf("%s: %v", l.ID, e) }

var factNames = map[Kind]string{
	Told: "told", Appeared: "appeared", Recovered: "recovered", Missed: "missed", Unknown: "unknown", Rang: "rang", HasToConfirm: "has to confirm",
	HasAnswered: "answered", TalksWith: "talks with", Parted: "parted", HasParked: "parked", SentOn: "sent on", TakenUp: "taken up", MovesOn: "moves on", Renamed: "renamed", HungUp: "hung up",
	Destroyed: "destroyed",
}

// tell settles an event and has the facts take effect, as an owner does.
func (h *house) tell(kind switching.Kind, leg string, with ...func(*switching.Event)) []string {
	ev := &switching.Event{Kind: kind, Leg: leg}
	for _, f := range with {
		f(ev)
	}
	h.settler.At(time.Unix(1000, 0), 7)
	return h.take(h.settler.Settle(ev, nil))
}

func (h *house) take(facts []Fact) (lines []string) {
	for _, f := range facts {
		line := factNames[f.Kind] + " " + f.Event.Leg
		switch f.Kind {
		case Appeared:
			h.legs[f.Event.Leg] = &Leg{ID: f.Event.Leg, Info: *f.Event.Info}
		case HungUp:
			line = factNames[f.Kind] + " " + f.Leg.ID
			require.True(h.t, f.Leg.Leaving())
			require.NoError(h.t, f.Leg.End())
		case HasAnswered:
			line = factNames[f.Kind] + " " + f.Leg.ID
		case TalksWith:
			line += " " + f.Other.ID
		case Destroyed:
			delete(h.legs, f.Event.Leg)
		}
		lines = append(lines, line)
	}
	return lines
}

func (h *house) overdue(w Wait, leg string) ([]string, bool) {
	facts, late := h.settler.Overdue(w, leg, nil)
	return h.take(facts), late
}

func with(other string) func(*switching.Event) { return func(ev *switching.Event) { ev.Other = other } }
func follows(ev *switching.Event)              { ev.Follows = true }
func as(info switching.LegInfo) func(*switching.Event) {
	return func(ev *switching.Event) { ev.Info = &info }
}

// TestEarlyEvents: what is told of a leg before it is announced waits for that.
func TestEarlyEvents(t *testing.T) {
	h := newHouse(t)
	require.Empty(t, h.tell(switching.LegAnswered, "a"))
	require.Empty(t, h.tell(switching.QueueEntered, "a"))
	require.Equal(t, []Wait{Birth}, h.awaited)
	require.False(t, h.settler.Quiet())
	require.Equal(t, []string{"appeared a"}, h.tell(switching.LegCreated, "a", as(switching.LegInfo{})))
	kept := h.settler.Kept("a")
	require.Len(t, kept, 2)
	require.Equal(t, []string{"answered a"}, h.take(h.settler.Settle(&kept[0], nil)))
	require.True(t, h.settler.Quiet())
	facts, late := h.overdue(Birth, "a")
	require.Empty(t, facts)
	require.False(t, late)
	require.Empty(t, h.tell(switching.LegCreated, "a", as(switching.LegInfo{})), "it is known")
}

// TestEarlyEventsAreBounded: a leg that is never announced costs little.
func TestEarlyEventsAreBounded(t *testing.T) {
	h := newHouse(t)
	for range 3 * maxKept {
		require.Empty(t, h.tell(switching.LegProgress, "a"))
	}
	require.Equal(t, []Wait{Birth}, h.awaited)
	require.Len(t, h.settler.Kept("a"), maxKept)
}

// TestMissedBirth: a leg is told of that is never announced.
func TestMissedBirth(t *testing.T) {
	h := newHouse(t)
	h.tell(switching.LegAnswered, "a")
	facts, late := h.overdue(Birth, "a")
	require.Equal(t, []string{"unknown a"}, facts)
	require.True(t, late)
	h.tell(switching.LegAnswered, "b")
	require.Equal(t, []string{"missed b", "destroyed b"}, h.tell(switching.LegDestroyed, "b"))
	require.True(t, h.settler.Quiet())
	h.buried["c"] = true
	require.Empty(t, h.tell(switching.LegAnswered, "c"), "it is late, not early")
	require.True(t, h.settler.Quiet())
}

// TestOrderedLeg: nobody has to wait for the birth of a leg that a service waits for.
func TestOrderedLeg(t *testing.T) {
	h := newHouse(t)
	h.ordered["a"] = true
	require.Empty(t, h.tell(switching.LegHungUp, "a"))
	require.Empty(t, h.tell(switching.LegDestroyed, "a"))
	require.Empty(t, h.awaited)
	require.Len(t, h.settler.Kept("a"), 2)
}

// TestStillborn: a leg hangs up before it is announced.
func TestStillborn(t *testing.T) {
	h := newHouse(t)
	require.Empty(t, h.tell(switching.LegHungUp, "a"))
	require.Equal(t, []Wait{LateBirth}, h.awaited)
	require.True(t, h.settler.Stillborn("a"))
	_, late := h.overdue(LateBirth, "a")
	require.False(t, late)
	h.tell(switching.LegHungUp, "b")
	_, late = h.overdue(LateBirth, "b")
	require.True(t, late)
	require.True(t, h.settler.Quiet())
}

// TestForerunner: a leg is announced before the one on whose behalf it was called.
func TestForerunner(t *testing.T) {
	h := newHouse(t)
	h.tell(switching.LegCreated, "b", as(switching.LegInfo{Originator: "a"}))
	require.Equal(t, "b", h.settler.Forerunner("a"))
	require.Empty(t, h.settler.Forerunner("a"))
	h.tell(switching.LegCreated, "c", as(switching.LegInfo{Originator: "x"}))
	h.tell(switching.LegHungUp, "c")
	h.tell(switching.LegDestroyed, "c")
	require.True(t, h.settler.Quiet())
}

// TestRecovered: the switch was restarted and has brought a leg back.
func TestRecovered(t *testing.T) {
	h := newHouse(t)
	require.Equal(t, []string{"recovered a"}, h.tell(switching.LegCreated, "a", as(switching.LegInfo{Answered: true})))
	require.Empty(t, h.tell(switching.LegAnswered, "a"))
	h.settler.Listed("a")
	require.True(t, h.settler.Quiet())
	h.tell(switching.LegCreated, "b", as(switching.LegInfo{Answered: true}))
	require.Empty(t, h.tell(switching.LegDestroyed, "b"))
	require.True(t, h.settler.Quiet())
}

// TestOrderOfHangUps: who hung up first is told of first, whichever event comes first.
func TestOrderOfHangUps(t *testing.T) {
	joined := func(t *testing.T) *house {
		h := newHouse(t, "a", "b")
		require.Equal(t, []string{"talks with a b"}, h.tell(switching.LegsBridged, "a", with("b")))
		require.True(t, h.legs["a"].Bridge.Runs)
		return h
	}
	for _, c := range []struct {
		name string
		play func(*house) []string
		want []string
	}{
		{"in order", func(h *house) []string {
			return append(h.tell(switching.LegHungUp, "a"), h.tell(switching.LegHungUp, "b", follows)...)
		}, []string{"hung up a", "hung up b"}},
		{"out of order", func(h *house) []string {
			return append(h.tell(switching.LegHungUp, "b", follows), h.tell(switching.LegHungUp, "a")...)
		}, []string{"hung up a", "hung up b"}},
		{"the bridge has ended before", func(h *house) []string {
			h.tell(switching.LegsUnbridged, "a", with("b"))
			return append(h.tell(switching.LegHungUp, "b", follows), h.tell(switching.LegHungUp, "a")...)
		}, []string{"hung up a", "hung up b"}},
		{"both because of the other", func(h *house) []string {
			return append(h.tell(switching.LegHungUp, "b", follows), h.tell(switching.LegHungUp, "a", follows)...)
		}, []string{"hung up b", "hung up a"}},
		{"it is told again", func(h *house) []string {
			h.tell(switching.LegHungUp, "b", follows)
			return append(h.tell(switching.LegHungUp, "b", follows), h.tell(switching.LegHungUp, "b")...)
		}, []string{"hung up b"}},
		{"the other is not told of", func(h *house) []string {
			h.tell(switching.LegHungUp, "b", follows)
			facts, late := h.overdue(PartnersHangUp, "b")
			require.True(h.t, late)
			return append(facts, h.tell(switching.LegHungUp, "a")...)
		}, []string{"hung up b", "hung up a"}},
		{"it is destroyed meanwhile", func(h *house) []string {
			h.tell(switching.LegHungUp, "b", follows)
			facts := h.tell(switching.LegDestroyed, "b")
			_, late := h.overdue(PartnersHangUp, "b")
			require.False(h.t, late)
			return append(facts, h.tell(switching.LegHungUp, "a")...)
		}, []string{"hung up b", "destroyed b", "hung up a"}},
		{"it is renamed meanwhile", func(h *house) []string {
			h.tell(switching.LegHungUp, "b", follows)
			h.tell(switching.LegRenamed, "c", with("b"))
			h.legs["c"], h.legs["b"].ID = h.legs["b"], "c"
			delete(h.legs, "b")
			require.Equal(h.t, []string{"b", "c"}, h.awaitedOf)
			facts, late := h.overdue(PartnersHangUp, "c")
			require.True(h.t, late)
			return facts
		}, []string{"hung up c"}},
		{"in another call", func(h *house) []string {
			h.apart["a"] = true
			return h.tell(switching.LegHungUp, "b", follows)
		}, []string{"hung up b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := joined(t)
			require.Equal(t, c.want, c.play(h))
			require.Zero(t, h.repaired)
		})
	}
}

// TestDestroyedUnheard: a leg is destroyed whose hang-up nobody told of.
func TestDestroyedUnheard(t *testing.T) {
	h := newHouse(t, "a")
	require.Equal(t, []string{"hung up a", "destroyed a"}, h.tell(switching.LegDestroyed, "a"))
	require.Equal(t, 1, h.repaired)
}

// TestConfirmation: a phone's answer is not that of the call, until somebody has taken it.
func TestConfirmation(t *testing.T) {
	h := newHouse(t, "a", "b")
	h.legs["b"].Info.Confirms = true
	require.Equal(t, []string{"has to confirm b"}, h.tell(switching.LegAnswered, "b"))
	require.True(t, h.legs["b"].Confirming())
	require.Equal(t, []string{"answered b", "talks with a b"}, h.tell(switching.LegsBridged, "a", with("b")))
	require.True(t, h.legs["b"].Answered())
	require.Empty(t, h.tell(switching.LegAnswered, "b"), "it was answered")
}

// TestBridges is with whom a leg is joined.
func TestBridges(t *testing.T) {
	h := newHouse(t, "a", "b", "c")
	require.Empty(t, h.tell(switching.LegsBridged, "a", with("x")))
	h.tell(switching.LegsBridged, "a", with("b"))
	h.tell(switching.LegsBridged, "c", with("b"))
	h.tell(switching.LegsUnbridged, "a", with("b"))
	require.Equal(t, Bridge{Former: "b", Runs: true}, h.legs["a"].Bridge)
	require.Equal(t, Bridge{Partner: "c"}, h.legs["b"].Bridge, "it has another partner by now")
	h.tell(switching.LegUnheld, "c")
	require.Equal(t, time.Unix(1000, 0), h.legs["b"].Bridge.MusicEnded)
	h.tell(switching.ConferenceJoined, "a", func(ev *switching.Event) { ev.Name = "room" })
	require.Equal(t, "room", h.legs["a"].Bridge.Room)
	h.tell(switching.ConferenceLeft, "a")
	require.Empty(t, h.legs["a"].Bridge.Room)
	require.Equal(t, []string{"renamed d"}, h.tell(switching.LegRenamed, "d", with("c")))
	require.EqualValues(t, 7, h.legs["c"].Seen)
	require.Equal(t, []string{"hung up b"}, h.tell(switching.LegHungUp, "b"))
	require.Empty(t, h.tell(switching.LegParked, "b"), "it has gone")
}

// A hold that ends may be the beginning of a hang-up: what a leg does next tells.
func TestEndOfHold(t *testing.T) {
	begin := func() (*house, *Leg) {
		h := newHouse(t, "a", "b")
		h.tell(switching.LegAnswered, "a")
		h.settler.Unhold(h.legs["a"])
		require.True(t, h.legs["a"].Unheld())
		require.Equal(t, []Wait{HangUpBehindUnhold}, h.awaited)
		return h, h.legs["a"]
	}
	t.Run("it talks", func(t *testing.T) {
		h, a := begin()
		require.Equal(t, []string{"taken up a"}, h.tell(switching.LegResumed, "a"))
		require.False(t, a.Unheld())
		require.Equal(t, 1, h.cancels)
		require.Empty(t, h.tell(switching.LegResumed, "a"), "that is known")
	})
	t.Run("nothing more is heard", func(t *testing.T) {
		h, a := begin()
		facts, late := h.settler.Overdue(HangUpBehindUnhold, "a", nil)
		require.True(t, late)
		require.Equal(t, []Fact{{Kind: TakenUp, Leg: a}}, facts)
		facts, late = h.settler.Overdue(HangUpBehindUnhold, "a", nil)
		require.False(t, late)
		require.Empty(t, facts)
	})
	t.Run("it is sent on", func(t *testing.T) {
		h, a := begin()
		facts := h.settler.Settle(&switching.Event{Kind: switching.LegRouted, Leg: "a"}, nil)
		require.Len(t, facts, 2)
		require.Equal(t, Fact{Kind: MovesOn, Leg: a}, facts[0])
		require.Equal(t, SentOn, facts[1].Kind)
		require.Equal(t, 1, h.cancels)
	})
	t.Run("it is held again", func(t *testing.T) {
		h, a := begin()
		require.Equal(t, []string{"told a"}, h.tell(switching.LegHeld, "a"))
		require.False(t, a.Unheld())
		require.Empty(t, h.settler.MovesOn(a, nil))
	})
	t.Run("it hangs up behind its partner, of whom nothing is heard yet", func(t *testing.T) {
		h, a := begin()
		h.tell(switching.LegsBridged, "a", func(ev *switching.Event) { ev.Other = "b" })
		require.Empty(t, h.tell(switching.LegHungUp, "a", func(ev *switching.Event) { ev.Follows = true }))
		require.False(t, a.Unheld(), "it is not taken up any more")
		require.Equal(t, 1, h.cancels)
	})
	t.Run("it is renamed", func(t *testing.T) {
		h, a := begin()
		h.tell(switching.LegRenamed, "c", func(ev *switching.Event) { ev.Other = "a" })
		require.True(t, a.Unheld())
		require.Equal(t, []string{"a", "c"}, h.awaitedOf)
	})
}
