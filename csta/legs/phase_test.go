package legs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPhases is the life of a leg, by the table.
func TestPhases(t *testing.T) {
	steps := map[string]func(*Life) error{
		"ring": (*Life).Ring, "confirm": (*Life).Confirm, "answer": (*Life).Answer, "park": (*Life).Park,
		"unpark": (*Life).Unpark, "leave": (*Life).Leave, "end": (*Life).End,
	}
	for _, story := range []struct {
		name  string
		steps []string
		// phases are those behind each step.
		phases []Phase
		// answered, rings and parked are what is known of it at the end.
		answered, rings, parked bool
	}{
		{name: "an ordinary call", steps: []string{"ring", "answer", "end"}, phases: []Phase{Ringing, Answered, Gone}, answered: true},
		{name: "nobody answers", steps: []string{"ring", "ring", "end"}, phases: []Phase{Ringing, Ringing, Gone}, rings: true},
		{name: "ringing that is told late", steps: []string{"answer", "ring"}, phases: []Phase{Answered, Answered}, answered: true},
		{name: "parked and taken up", steps: []string{"answer", "park", "park", "unpark"}, phases: []Phase{Answered, Parked, Parked, Answered}, answered: true},
		{name: "parked before it is answered", steps: []string{"ring", "park", "answer"}, phases: []Phase{Ringing, Waiting, Parked}, answered: true, parked: true},
		{name: "joined before it is answered", steps: []string{"park", "unpark"}, phases: []Phase{Waiting, Ringing}, rings: true},
		{name: "joined while it is in its dialplan", steps: []string{"unpark"}, phases: []Phase{Announced}},
		{name: "a mailbox of the phone's own", steps: []string{"ring", "confirm", "end"}, phases: []Phase{Ringing, Confirming, Gone}, rings: true},
		{name: "answered and confirmed", steps: []string{"ring", "confirm", "answer"}, phases: []Phase{Ringing, Confirming, Answered}, answered: true},
		{name: "a hang-up that waits, and the answer behind it", steps: []string{"ring", "leave", "answer", "end"}, phases: []Phase{Ringing, Leaving, Leaving, Gone}, answered: true},
	} {
		t.Run(story.name, func(t *testing.T) {
			var l Life
			for i, step := range story.steps {
				require.NoError(t, steps[step](&l))
				require.Equal(t, story.phases[i], l.Phase(), "after %s", step)
			}
			require.Equal(t, story.answered, l.Answered())
			require.Equal(t, story.rings, l.Rings())
			require.Equal(t, story.parked, l.Parked())
		})
	}
}

// TestImpossiblePhases: what no leg does is an error; a leg that has gone stays gone.
func TestImpossiblePhases(t *testing.T) {
	var l Life
	require.NoError(t, l.Answer())
	require.EqualError(t, l.Confirm(), "a leg that is answered became confirming")
	require.Equal(t, Confirming, l.Phase(), "the switch is the truth")
	require.NoError(t, l.End())
	var impossible *Impossible
	for _, step := range []func(*Life) error{(*Life).Answer, (*Life).Park, (*Life).Leave} {
		require.ErrorAs(t, step(&l), &impossible)
		require.Equal(t, Gone, impossible.From)
		require.True(t, l.Gone())
	}
}

// TestTransitions: each phase can be reached, and left for the end.
func TestTransitions(t *testing.T) {
	reached := map[Phase]bool{Announced: true}
	for from := range phases {
		require.NotEmpty(t, from.String())
		for to := range phases {
			if Legal(from, to) {
				require.NotEqual(t, from, to)
				reached[to] = true
			}
		}
		require.Equal(t, from != Gone, Legal(from, Gone), from)
	}
	require.Len(t, reached, int(phases))
	require.Equal(t, "unknown", phases.String())
	require.False(t, Legal(phases, Gone))
}
