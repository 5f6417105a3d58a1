package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

func TestANoteIsReadAsItWasWritten(t *testing.T) {
	for text, n := range map[string]note{
		"":                                 {},
		"call_a":                           {call: "a"},
		"call_a.room_csta-1":               {call: "a", room: "csta-1"},
		"call_d.held_b.in_a":               {call: "d", held: "b", heldCall: "a"},
		"call_a.room_r.trunk_20_x.-1.hold": {call: "a", room: "r", trunk: "20_x.-1.hold"},
		"trunk_20":                         {trunk: "20"},
		"call_a.astray":                    {call: "a", astray: true},
		"room_r.held_b.in_a.hold.trunk_2":  {room: "r", held: "b", heldCall: "a", trunk: "2", bySwitch: true},
	} {
		require.Equal(t, text, n.String())
		require.Equal(t, n, readNote(text))
	}
	require.Equal(t, note{call: "a"}, readNote("call_a.something_else..hold_x_y.call"[:len("call_a.something_else")]))
}

// A consulting device whose held party hung up while nobody looked has an
// ordinary call, and its leg is no longer kept in the switch.
func TestTheHeldPartyWentWhileTheModuleWasAway(t *testing.T) {
	b := newBench(t)
	b.core.comparison.resync("start")
	legs := talking()
	legs[1].Note = "call_d.held_gone.in_a"
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: legs}, nil)
	require.Equal(t, switching.Protect{Leg: "a"}, b.last(switching.Protect{}).op)
	cl := b.client("s")
	b.take()
	cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
	require.Equal(t, []string{"s calls [d/1000[connected connected]]"}, b.take())
	b.hangUp("b", switching.CauseNormalClearing)
	b.hangUp("a", switching.CauseNormalClearing)
	b.destroyed("b", "a")
	b.empty()
}

// Who was joined by services before the module was loaded has nothing to go on to,
// either: the switch may forget it when the other one goes.
func TestWhoCameAstrayIsKnownAfterALoad(t *testing.T) {
	b := newBench(t)
	b.core.comparison.resync("start")
	legs := talking()
	legs[0].Note, legs[1].Note = "call_a.astray", "astray"
	b.last(switching.ListLegs{}).done(switching.Outcome{Legs: legs}, nil)
	b.hangUp("b", switching.CauseNormalClearing)
	b.destroyed("b")
	b.pass(waits[forDialplan].atMost)
	require.Equal(t, switching.HangUp{Leg: "a", Cause: switching.CauseNormalClearing, Forsaken: true}, b.last(switching.HangUp{}).op)
	b.allHangUp("a")
	b.empty()
}

// A trunk's name may hold any character of a note; what a stranger wrote there
// must do no harm.
func FuzzReadNote(f *testing.F) {
	f.Add("call_a.held_b.in_c")
	f.Add("held_a.in_")
	f.Fuzz(func(t *testing.T, text string) {
		b := newBench(t)
		b.core.comparison.resync("start")
		legs := talking()
		legs[0].Note = text
		b.last(switching.ListLegs{}).done(switching.Outcome{Legs: legs}, nil)
		b.hangUp("b", switching.CauseNormalClearing)
		b.hangUp("a", switching.CauseNormalClearing)
		b.destroyed("b", "a")
		b.empty()
	})
}
