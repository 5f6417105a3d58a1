package engine

import (
	"testing"

	"mod_csta_socket/csta/legs"
)

// A rule may bury a leg that a fact behind it is about still.
func TestTalksWithBuriedLeg(t *testing.T) {
	b := newBench(t)
	b.inbound("a", "1000", "1001")
	a := b.core.legs["a"]
	b.core.rules.fact(legs.Fact{Kind: legs.TalksWith, Leg: &a.Leg, Other: &legs.Leg{ID: "buried"}})
}
