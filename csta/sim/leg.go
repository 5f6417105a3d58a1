package sim

import (
	"cmp"
	"slices"

	"mod_csta_socket/csta/switching"
)

// leg is one dialogue between the switch and an endpoint.
type leg struct {
	id    string
	birth uint64
	info  switching.LegInfo
	// dialsIn is the domain in which the leg's numbers are looked up, "" for the default
	// one.
	dialsIn string
	// phone is the endpoint, nil for a glue leg; peer is a glue leg's other half.
	phone *Phone
	peer  *leg

	ringing, early, answered bool
	// confirmed: its phone took the call that it must confirm.
	confirmed bool
	// over: it has hung up and only waits to be destroyed.
	over bool
	// held: the switch holds the endpoint; holding: the endpoint holds.
	held, holding       bool
	created, answeredAt int64

	// What the leg does, at most one of these.
	bridge  *bridge
	dial    *dialling
	waiting *task
	pause   *task
	keys    *keying
	// third talks with the leg and its partner.
	third      *leg
	parked     bool
	music      bool
	conference string

	// calledBy is the dialling that wants this leg, orig the operation; until
	// it answers or fails.
	calledBy *dialling
	orig     *originating
	onAnswer func()

	// keep parks the leg when its bridge ends, protect when its dialling
	// reached nobody. switching.Protect changes both, switching.KeepAfterBridge
	// one of them; on FreeSWITCH they are channel variables.
	keep, protect bool
	// waits is set while it has music because a service of two calls holds its party, of
	// whom no phone makes a transfer; nor of one that is protected.
	waits bool

	queue, trunkIn, trunkOut string
	// queueNumber is what was dialled to come into the queue.
	queueNumber string

	// place is where it is in a dialplan that goes on behind its bridge.
	place place

	// waitsIn is the queue of the switch's own that it waits in, offered the agent's
	// leg that rings for it, serves the queue whose calls it takes.
	waitsIn *ownQueue
	offered *leg
	serves  *ownQueue

	// forwardedBy are the subscribers that sent the leg on since it talked last.
	forwardedBy []string

	// note is what switching.Note wrote down.
	note string

	playing    *playback
	recordings []*recording
	// digits were sent while nothing read them.
	digits []string
	// script holds what the endpoint is going to do by itself.
	script []*task
}

// bridge joins two legs; a runs it.
type bridge struct{ a, b *leg }

func (b *bridge) other(l *leg) *leg {
	if b.a == l {
		return b.b
	}
	return b.a
}

func (s *Switch) newLeg(id string, info switching.LegInfo, p *Phone) *leg {
	if id == "" {
		id = s.o.NewUUID()
	}
	if p != nil && info.Device != "" {
		info.Contact = p.contact
	}
	s.born++
	l := &leg{id: id, birth: s.born, info: info, dialsIn: domainOf(info.Device), phone: p, created: s.o.Clock.Now().UnixNano()}
	s.legs[id] = l
	if p != nil {
		p.legs = append(p.legs, l)
	}
	return l
}

// newGlue makes a pair of legs that stand for no endpoint: near has the id, and is
// called for info's Originator.
func (s *Switch) newGlue(id string, info switching.LegInfo) (near, far *leg) {
	info.Glue, info.Direction = true, switching.Outbound
	near = s.newLeg(id, info, nil)
	info.Direction, info.Originator = switching.Inbound, ""
	far = s.newLeg("", info, nil)
	near.peer, far.peer = far, near
	near.info.GluePeer, far.info.GluePeer = far.id, near.id
	return near, far
}

func (s *Switch) tellCreated(l *leg) {
	info := l.info
	s.emit(switching.Event{Kind: switching.LegCreated, Leg: l.id, Info: &info})
}

func (s *Switch) tell(kind switching.Kind, l *leg) {
	s.emit(switching.Event{Kind: kind, Leg: l.id})
}

func (s *Switch) tellPair(kind switching.Kind, b *bridge) {
	s.emit(switching.Event{Kind: kind, Leg: b.a.id, Other: b.b.id})
}

// legsByAge lists the legs that have not hung up.
func (s *Switch) legsByAge() []*leg {
	var all []*leg
	for _, l := range s.legs {
		if !l.over {
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b *leg) int { return cmp.Compare(a.birth, b.birth) })
	return all
}

// scripted does f after d unless the leg hangs up before.
func (l *leg) scripted(t *task) { l.script = append(l.script, t) }

// rings: the endpoint said so; whoever dialled it hears it.
func (s *Switch) rings(l *leg) {
	if l.over || l.answered || l.early || l.ringing {
		return
	}
	l.ringing = true
	s.tell(switching.LegProgress, l)
	if l.peer != nil {
		s.rings(l.peer)
	}
	if l.calledBy != nil {
		caller := l.calledBy.caller
		if caller.peer != nil {
			s.rings(caller.peer)
		}
		s.rings(caller)
	}
}

// earlyMedia: the endpoint sends media before its answer. The switch joins it
// with whoever dialled it at once, and stops to count the ringing.
func (s *Switch) earlyMedia(l *leg) {
	if l.over || l.answered || l.early {
		return
	}
	s.markEarly(l)
	if d := l.calledBy; d != nil {
		s.markEarly(d.caller)
		s.won(d, l)
		s.join(d.caller, l)
	}
}

func (s *Switch) markEarly(l *leg) {
	if l.over || l.answered || l.early {
		return
	}
	l.early = true
	s.tell(switching.LegEarlyMedia, l)
	if l.peer != nil {
		s.markEarly(l.peer)
	}
}

// answers: the endpoint, or the switch for an inbound leg, answered.
func (s *Switch) answers(l *leg) {
	if l.over || l.answered {
		return
	}
	s.markAnswered(l)
	if l.info.Confirms && !l.confirmed {
		return
	}
	s.taken(l)
}

// taken: who answered a leg gets the call.
func (s *Switch) taken(l *leg) {
	if d := l.calledBy; d != nil {
		s.won(d, l)
		s.markAnswered(d.caller)
		s.join(d.caller, l)
	} else if l.bridge != nil {
		s.markAnswered(l.bridge.other(l))
		s.bowOut(l.bridge)
	}
	if l.phone != nil && l.info.Direction == switching.Outbound {
		if d := l.phone.behaviour.HangUpAfter; d > 0 {
			l.scripted(s.after(d, func() { s.hangUp(l, switching.CauseNormalClearing) }))
		}
	}
}

// markAnswered tells of the answer; of a pair of glue legs the outer one first.
func (s *Switch) markAnswered(l *leg) {
	if l.over || l.answered {
		return
	}
	l.answered = true
	l.answeredAt = s.o.Clock.Now().UnixNano()
	s.stopScript(l)
	if l.peer != nil {
		s.markAnswered(l.peer)
	}
	s.tell(switching.LegAnswered, l)
	if l.orig != nil {
		s.originated(l)
	}
}

func (s *Switch) stopScript(l *leg) {
	for _, t := range l.script {
		s.agenda.remove(t)
	}
	l.script = nil
}

// join bridges two free legs.
func (s *Switch) join(a, b *leg) {
	for _, l := range []*leg{a, b} {
		l.parked, l.music, l.waits, l.forwardedBy = false, false, false, nil
	}
	br := &bridge{a, b}
	a.bridge, b.bridge = br, br
	s.tellPair(switching.LegsBridged, br)
	s.readDigits(a)
	s.readDigits(b)
	s.bowOut(br)
}

// part takes a bridge apart because left leaves it, and decides what becomes of
// the other leg: it parks if it is kept, else it hangs up. The leg that runs the
// bridge tells of its end before it hangs up itself, and hangs up the other one
// before it tells. first, if not nil, happens just before the end is told.
func (s *Switch) part(br *bridge, left *leg, cause switching.Cause, first func()) {
	stays := br.other(left)
	if s.goesAside(br, left) {
		return
	}
	br.a.bridge, br.b.bridge = nil, nil
	if stays == br.b && !stays.keep && !stays.goesOn() && !stays.consultsByKeys() && stays.third == nil {
		s.hangUp(stays, cause)
	}
	if first != nil {
		first()
	}
	s.tellPair(switching.LegsUnbridged, br)
	s.alone(stays, cause)
}

// alone decides what becomes of a leg that lost its partner.
func (s *Switch) alone(l *leg, cause switching.Cause) {
	switch {
	case l.over:
	case l.consultsByKeys():
		s.backByKeys(l)
	case l.third != nil && !l.third.over:
		third := l.third
		l.third = nil
		s.join(third, l)
	case l.keep:
		s.park(l)
	case l.serves != nil:
		s.serveNext(l)
	case l.goesOn():
		s.survey(l)
	default:
		s.hangUp(l, cause)
	}
}

func (s *Switch) park(l *leg) { s.parkAfter(l, "") }

// parkAfter parks a leg whose attempt to call somebody ended so.
func (s *Switch) parkAfter(l *leg, cause switching.Cause) {
	l.parked = true
	s.emit(switching.Event{Kind: switching.LegParked, Leg: l.id, Cause: cause})
	s.readDigits(l)
}

// hangUp ends a leg and lets happen what follows from it.
func (s *Switch) hangUp(l *leg, cause switching.Cause) {
	s.hangUpBy(l, switching.Event{Cause: cause})
}

// hangUpBy is hangUp with the circumstances: Cause, Transfer, Other of e.
func (s *Switch) hangUpBy(l *leg, e switching.Event) {
	if l.over {
		return
	}
	s.end(l, e)
	if o := l.orig; o != nil {
		l.orig = nil
		o.fail(e.Cause)
	}
	if s.leavesByKeys(l) {
		return
	}
	if d := l.dial; d != nil {
		s.giveUp(d)
	}
	if d := l.calledBy; d != nil {
		s.lost(d, l, e.Cause)
	}
	if br := l.bridge; br != nil {
		cause := switching.CauseNormalClearing
		switch {
		case br.b.answered:
		case l == br.a:
			cause = switching.CauseOriginatorCancel
		default:
			cause = e.Cause
		}
		s.part(br, l, cause, nil)
	}
	if l.peer != nil && !l.peer.over {
		s.hangUp(l.peer, e.Cause)
	}
}

// end is the end of the leg itself and of what it did alone.
func (s *Switch) end(l *leg, e switching.Event) {
	// FreeSWITCH takes a held channel off hold before it hangs up.
	s.unhold(l)
	l.over = true
	e.Kind, e.Leg = switching.LegHungUp, l.id
	s.emit(e)
	s.graves = append(s.graves, l)
	s.stopScript(l)
	s.endPause(l)
	s.endMedia(l)
	s.endWait(l, "hangup")
	s.leaveConference(l)
	s.leaveOwnQueue(l)
}

// bury destroys the legs that have hung up.
func (s *Switch) bury() {
	for _, l := range s.graves {
		s.tell(switching.LegDestroyed, l)
		delete(s.legs, l.id)
		if l.phone != nil {
			l.phone.forget(l)
		}
	}
	clear(s.graves)
	s.graves = s.graves[:0]
}

// stopDoing ends whatever the leg does, except a bridge, because something
// else is to begin.
func (s *Switch) stopDoing(l *leg) {
	s.unhold(l)
	if d := l.dial; d != nil {
		s.giveUp(d)
	}
	s.endPause(l)
	s.stopPlaying(l)
	s.endWait(l, "moved")
	s.leaveConference(l)
	s.leaveOwnQueue(l)
	l.parked, l.music, l.waits, l.queue, l.serves = false, false, false, "", nil
}

// leaveBridge takes the leg out of its bridge, if it is in one.
func (s *Switch) leaveBridge(l *leg) {
	if l.bridge != nil {
		s.part(l.bridge, l, switching.CauseNormalClearing, nil)
	}
}

func (s *Switch) unhold(l *leg) {
	if l.held || l.holding {
		l.held, l.holding = false, false
		s.tell(switching.LegUnheld, l)
	}
}

// bowOut removes a pair of glue legs when endpoints talk through it on both
// sides, and joins these directly (FreeSWITCH: loopback::bowout).
func (s *Switch) bowOut(br *bridge) {
	glue := br.a
	if glue.peer == nil {
		glue = br.b
	}
	if glue.peer == nil || glue.bridge == nil || glue.peer.bridge == nil {
		return
	}
	if glue.info.Direction == switching.Inbound {
		glue = glue.peer
	}
	peer := glue.peer
	one, two := glue.bridge.other(glue), peer.bridge.other(peer)
	if one.peer != nil || two.peer != nil || !one.answered || !two.answered {
		return
	}
	s.after(0, func() {
		if glue.bridge == nil || peer.bridge == nil || glue.over || peer.over {
			return
		}
		s.emit(switching.Event{Kind: switching.GlueGone, Leg: glue.id, Other: peer.id})
		first, second := glue.bridge, peer.bridge
		for _, l := range []*leg{glue, peer} {
			l.bridge, l.peer = nil, nil
			s.end(l, switching.Event{Cause: switching.CauseNormalClearing})
		}
		one.bridge, two.bridge = nil, nil
		s.tellPair(switching.LegsUnbridged, first)
		s.tellPair(switching.LegsUnbridged, second)
		s.join(two, one)
	})
}
