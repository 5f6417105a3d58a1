package engine

import (
	"time"

	"mod_csta_socket/csta/switching"
)

// partyLeft looks at a call that a leg has just left: a held party that goes
// ends the consulting device's held call, nobody stays alone in a conference,
// and two who are left of one talk to each other directly.
func (c *core) partyLeft(cl *call) {
	if c.calls[cl.ID] != cl {
		return
	}
	for _, l := range cl.legs {
		con := l.consult
		if con == nil || con.held.call != cl {
			continue
		}
		last := con.held.far(l) == nil
		con.heldPartyLeft()
		if last {
			return
		}
	}
	switch {
	case cl.conference == "":
		c.strays.stranded(cl)
	case len(cl.legs) == 1:
		c.ops.start(switching.HangUp{Leg: cl.legs[0].ID, Cause: switching.CauseNormalClearing}, nil)
	case len(cl.legs) == 2 && !holdsIn(cl):
		// The switch would end a hold to bridge them.
		t := &lastTwo{course: begins(c, "end of a conference", lastTwoStages, lastTwoInRoom), call: cl, one: cl.legs[0], two: cl.legs[1]}
		cl.leaving = t
		t.leave()
	}
}

// lastTwoState is how far the last two of a conference are.
type lastTwoState uint8

const (
	lastTwoInRoom lastTwoState = iota
	lastTwoJoin
	lastTwoOver
)

var lastTwoStages = []stage[lastTwoState]{
	lastTwoInRoom: {"in the room", "both have come into the room", []lastTwoState{lastTwoJoin, lastTwoOver}},
	lastTwoJoin:   {"joins", "the two are joined", []lastTwoState{lastTwoOver}},
	lastTwoOver:   {name: "over"},
}

// lastTwo are the two that are left of a conference, on their way out of its room: they
// need none, and every service is for them again then.
type lastTwo struct {
	course[lastTwoState]
	call     *call
	one, two *leg
}

func (t *lastTwo) ready() bool { return t.left() <= 0 }

// left is how long the two had better not be moved. Joined now, one that is just being
// sent into the room, or has only just come, would go on without the other, who ends with
// that.
func (t *lastTwo) left() time.Duration {
	_, ones := t.c.settlesLeg(t.one)
	_, twos := t.c.settlesLeg(t.two)
	return max(ones, twos)
}

// again: who is left may have changed since they began to wait.
func (t *lastTwo) again() {
	t.over()
	t.c.partyLeft(t.call)
}

// leave joins the two, as soon as that can be.
func (t *lastTwo) leave() {
	c, one, two := t.c, t.one, t.two
	if left := t.left(); left > 0 {
		c.when(forRoom, left, t)
		return
	}
	t.goes(lastTwoJoin)
	astray(one, two)
	c.noteCall(t.call)
	c.perform(t,
		switching.KeepAfterBridge{Leg: one.ID, On: false},
		switching.KeepAfterBridge{Leg: two.ID, On: false},
		switching.Bridge{Leg: one.ID, Other: two.ID},
	)
}

func (t *lastTwo) performed(err error) {
	if err != nil {
		t.over()
		return
	}
	t.c.expect(forTwoLeft, t)
}

func (t *lastTwo) late(wait) bool {
	t.over()
	return t.one.Bridge.Partner != t.two.ID
}

func (t *lastTwo) over() {
	t.goes(lastTwoOver)
	t.call.leaving = nil
}
