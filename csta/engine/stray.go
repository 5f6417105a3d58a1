package engine

import (
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// A party may lose its partner without being hung up: it serves a queue and waits
// for its next caller, or its dialplan goes on with it, while the partner was sent
// on and talks to somebody else. The two have nothing to do with each other any
// more, and what becomes of the one is not the other's call: such a party is a
// stray, and gets a call of its own.

// strays are the rules for parties that are left over.
type strays struct {
	*switchboard
	*clockwork
}

// isStray tells whether a leg's device has no part in its call any more, or shares
// it only with others who talk to each other without it.
func (st *strays) isStray(l *leg) bool {
	if l.Gone() || l.Leaving() || !l.Answered() || l.call == nil || l.call.conference != "" || l.Info.Glue || l.device.IsZero() ||
		st.legs[l.Bridge.TalksWith] != nil && st.legs[l.Bridge.TalksWith].call == l.call || l.order.making != nil || l.order.predicted != nil || l.consult != nil || l.duo.busy() || l.routing != nil || l.queue.conn != nil {
		return false
	}
	if l.conn == nil || l.conn.State() == ecma.StateNull {
		return l.left
	}
	if l.Bridge.Partner != "" && st.legs[l.Bridge.Partner] != nil && st.legs[l.Bridge.Partner].call == l.call || l.conn.State() == ecma.StateHold {
		return false
	}
	return st.talkWithout(l)
}

// talkWithout tells whether two others in the leg's call are joined with each
// other. Who is joined through glue, or in several ways, cannot be told.
func (st *strays) talkWithout(l *leg) bool {
	for _, o := range l.call.legs {
		if o == l || o.call != l.call || o.conn == nil || o.conn == l.conn || o.Gone() || !o.Answered() || o.Info.Glue {
			continue
		}
		p := st.legs[o.Bridge.Partner]
		if p != nil && p != l && p.call == l.call && p.conn != nil && p.conn != l.conn && !p.Gone() && p.Answered() && !p.Info.Glue {
			return true
		}
	}
	return false
}

// lookForStrays looks, in a moment, whether two who were joined left somebody behind
// in their call.
func (st *strays) lookForStrays(cl *call) {
	if cl != nil {
		st.expect(forStray, mayHaveStrays{st, cl})
	}
}

// mayHaveStrays is a call in which somebody may be left behind.
type mayHaveStrays struct {
	c  *strays
	cl *call
}

func (s mayHaveStrays) late(wait) (found bool) {
	c, cl := s.c, s.cl
	for _, l := range append([]*leg(nil), cl.legs...) {
		if l.call == cl && c.calls[cl.ID] == cl && l.conn != nil && c.isStray(l) {
			c.ownCall(l)
			found = true
		}
	}
	return found
}

// ownCall gives the device of a leg a call of its own, in which it is alone.
func (st *strays) ownCall(l *leg) {
	from := l.call
	if l.conn != nil && l.conn.State() != ecma.StateNull {
		if sharing(l) == nil {
			st.model.Clear(l.conn, ecma.CauseNormalClearing)
		}
	}
	l.conn, l.left = nil, false
	st.dropLeg(from, l)
	// The leg may have had a call of its own name before, which has been cleared.
	own := st.newCall(st.newUUID())
	own.Calling, own.tenant = l.alerting(), domainOfLeg(l)
	if l.Info.Direction == switching.Inbound {
		own.Called = dialled(l.Info.Dialled, domainOfLeg(l))
	}
	l.calling = true
	own.reached = true
	st.join(l, own)
	l.conn = st.model.Connect(own.Call, l.device, ecma.StateNull, l.ID)
	if con := l.consult; con != nil {
		own.Called = dialled(con.number, domainOfLeg(l))
		con.active = side{own, l.conn}
	}
	st.model.Initiate(l.conn, ecma.CauseNewCall)
	st.callerOnItsWay(own)
	st.noteDown(l)
	st.endIfEmpty(from)
}

// letEnd lets a leg end with its partner again.
func (st *strays) letEnd(l *leg) {
	if l.Gone() {
		return
	}
	l.plan.letGo = st.now
	st.ops.start(switching.KeepAfterBridge{Leg: l.ID, On: false}, nil)
}

// goesOn tells whether the leg's dialplan, or the application that it is in, goes
// on with it when its partner has gone (a survey after the call, an agent who waits
// for the next caller): a leg that calls or runs its bridge, unless a service took
// it out of that. One that was called, and nothing else, has none; the switch may
// forget it while the hold music for it is being ended.
func (st *strays) goesOn(l *leg) bool {
	if l.plan.left == ledAstray {
		return false
	}
	return l.Bridge.Runs || l.calling || l.Info.Direction == switching.Inbound || !st.within(forMusic, l.Bridge.MusicEnded)
}

// justLetGo tells whether the switch may still keep a leg when its partner goes,
// although it was told a moment ago to keep it no longer.
func (st *strays) justLetGo(l *leg) bool { return st.within(forLetGo, l.plan.letGo) }

// stranded looks after the party that is left of a call whose parties a service
// had joined, or of a consultation that has just ended: it is hung up unless it goes
// on to somewhere.
func (st *strays) stranded(cl *call) {
	var left *leg
	for _, l := range cl.legs {
		if l.Gone() || l.Info.Glue || left != nil || l.plan.left == untouched && !st.justLetGo(l) || l.consult != nil || l.queue.conn != nil {
			return
		}
		left = l
	}
	if left == nil {
		return
	}
	// It was kept from ending with the other one until a moment ago. Which came
	// first in the switch is not known: it may be parked for that alone.
	s := strandedParty{st, left, cl, left.Changed, st.justLetGo(left), st.goesOn(left)}
	if !s.goesOn || s.kept {
		st.expect(forDialplan, s)
	}
}

// strandedParty is a party without a partner, as it was when that went.
type strandedParty struct {
	c            *strays
	l            *leg
	call         *call
	changed      time.Time
	kept, goesOn bool
}

func (s strandedParty) late(wait) bool {
	l := s.l
	if l.Gone() || l.call != s.call || len(s.call.legs) > 1 || l.Changed != s.changed || l.plan.sentOn || l.Parked() && !s.kept ||
		s.goesOn && !l.Parked() || l.queue.conn != nil || l.routing != nil {
		return false
	}
	s.c.log.Debug("the switch left a party alone", "call", s.call.ID, "leg", l.ID)
	s.c.ops.start(switching.HangUp{Leg: l.ID, Cause: switching.CauseNormalClearing, Forsaken: true}, nil)
	return true
}

// mayBeStray is a leg whose device has left its call, and that may be left over.
type mayBeStray struct {
	c *strays
	l *leg
}

func (s mayBeStray) late(wait) bool {
	stray := s.c.isStray(s.l)
	if stray {
		s.c.ownCall(s.l)
	}
	return stray
}
