package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// consultState is where the leg of a consulting device is with its second call.
type consultState uint8

const (
	consultOrdered consultState = iota
	consultSent
	consultThere
	consultGoesOn
	consultForsaken
	// consultByKeys: the switch does it, as the user's keys tell; nothing is asked of the
	// switch for it.
	consultByKeys
	consultOver
)

var consultStages = []stage[consultState]{
	consultOrdered:  {"ordered", "the switch sends the leg to the number", []consultState{consultSent, consultThere, consultGoesOn, consultForsaken, consultOver}},
	consultSent:     {"sent", "the leg comes to the number", []consultState{consultThere, consultGoesOn, consultForsaken, consultOver}},
	consultThere:    {"there", "the consulted party, or a service on the two calls", []consultState{consultGoesOn, consultForsaken, consultOver}},
	consultGoesOn:   {"goes on", "the number's dialplan, which goes on behind a call in vain", []consultState{consultThere, consultForsaken, consultOver}},
	consultForsaken: {"forsaken", "a service on the two calls; the consulted party has gone", []consultState{consultThere, consultGoesOn, consultOver}},
	consultByKeys:   {"by keys", "the user's keys", []consultState{consultOver}},
	consultOver:     {name: "over"},
}

// way is how far the leg of a consulting device has come to whom it consults.
//
//   - consultGoesOn: whom the number's dialplan called could not be reached, and the
//     dialplan goes on with the leg, until that waits, or somebody else is called.
//   - consultForsaken: a party of the active call that had answered has gone: the leg
//     waits then, or is about to. Where nobody answered, its dialplan may go on with it
//     instead, to a mailbox for instance.
type way struct {
	course[consultState]
	con *consultation
}

// accepted: the switch sends the leg to the consulted number. Nothing else may tell: the
// switch does not say that it answers a leg which it has answered before.
func (w *way) accepted() {
	if w.state == consultOrdered {
		w.goes(consultSent)
	}
	w.con.leg.Changed = w.c.now
	w.c.callerOnItsWay(w.con.active.call)
}

// arrives: the leg was sent somewhere, to the number or on from there.
func (w *way) arrives() {
	if w.state == consultOrdered || w.state == consultSent {
		w.goes(consultThere)
	}
	w.con.leg.Changed = w.c.now
}

// dialplanGoesOn: whom it called could not be reached.
func (w *way) dialplanGoesOn() {
	if !w.con.byKeys() {
		w.goes(consultGoesOn)
	}
	w.con.leg.Changed = w.c.now
}

// callsSomebody: somebody is called for the leg.
func (w *way) callsSomebody() {
	if w.state == consultGoesOn {
		w.goes(consultThere)
	}
}

// partyGone: a party of the active call has hung up.
func (w *way) partyGone(answered bool) {
	switch {
	case w.con.byKeys():
	case answered:
		w.goes(consultForsaken)
	case w.state == consultForsaken:
		w.goes(consultThere)
	}
	w.con.leg.Changed = w.c.now
}

// parked: the leg waits. It does so when its partner was taken away, but also when it
// could not reach anybody, and no other leg shows that.
func (w *way) parked(cause switching.Cause) {
	switch {
	case w.state == consultOrdered, w.state == consultSent, w.con.byKeys(), w.reached():
	case failure(cause) && cause != "":
		w.reachedNobody(eventCause(cause))
	default:
		// Either the dialplan does not know the number, or the leg is only on its
		// way there.
		w.c.expect(forWay, w)
	}
}

func (w *way) late(wait) bool {
	if w.con.leg.consult != w.con || !w.con.leg.Parked() || w.reached() {
		return false
	}
	w.reachedNobody(ecma.CauseDestNotObtainable)
	return true
}

// reached tells whether the consulted party was heard of, or somebody is being
// called.
func (w *way) reached() bool {
	return w.con.active.call == nil || w.con.active.call.reached || w.con.givenUp() || w.con.active.far(w.con.leg) != nil
}

func (w *way) reachedNobody(cause ecma.EventCause) {
	second := w.con.active.call
	w.c.callerOnItsWay(second)
	second.reached = true
	w.c.model.FailAt(second.Call, second.Called, cause)
}
