package sim

import (
	"slices"
	"time"

	"mod_csta_socket/csta/switching"
)

// ownQueue is a queue of the switch's own: callers wait in it, agents are rung for
// them, or have come and wait for callers.
type ownQueue struct {
	name    string
	agents  []string
	waiting []*leg
	// serving are the legs of agents who have come.
	serving []*leg
}

// offerPause is how long a queue waits before it rings agents again.
const offerPause = time.Second

// ownQueue is the queue of that name.
func (s *Switch) ownQueue(name string) *ownQueue {
	q := s.own[name]
	if q == nil {
		q = &ownQueue{name: name}
		s.own[name] = q
	}
	return q
}

// enterOwnQueue is callcenter, and fifo in.
func (s *Switch) enterOwnQueue(l *leg, number string, o Queue) {
	q := s.ownQueue(o.Name)
	q.agents = o.Agents
	s.answers(l)
	l.waitsIn = q
	q.waiting = append(q.waiting, l)
	s.emit(switching.Event{Kind: switching.OwnQueueEntered, Leg: l.id, Name: q.name, Data: number})
	s.readDigits(l)
	s.distribute(q)
}

// serveQueue is fifo out wait.
func (s *Switch) serveQueue(l *leg, name string) {
	s.answers(l)
	l.serves = s.ownQueue(name)
	s.serveNext(l)
}

func (s *Switch) serveNext(l *leg) {
	l.serves.serving = append(l.serves.serving, l)
	s.distribute(l.serves)
}

// distribute gives the callers of a queue to agents that wait, and rings agents
// that do not talk for those who are left.
func (s *Switch) distribute(q *ownQueue) {
	for len(q.waiting) > 0 && len(q.serving) > 0 {
		caller, agent := q.waiting[0], q.serving[0]
		q.serving = q.serving[1:]
		s.leaveOwnQueue(caller)
		s.join(agent, caller)
	}
	for _, l := range q.waiting {
		if l.offered != nil {
			continue
		}
		for _, name := range q.agents {
			if p := s.subscriber(name); p != nil && p.registered && len(p.legs) == 0 {
				s.offer(q, l, p)
				break
			}
		}
		if l.offered == nil && len(q.agents) > 0 {
			s.offerLater(q, l)
		}
	}
}

// offerLater tries again for a caller who is still there.
func (s *Switch) offerLater(q *ownQueue, l *leg) {
	s.after(offerPause, func() {
		if l.waitsIn == q && l.offered == nil {
			s.distribute(q)
		}
	})
}

// offer rings an agent for a caller.
func (s *Switch) offer(q *ownQueue, caller *leg, p *Phone) {
	info := switching.LegInfo{Direction: switching.Outbound, Device: p.number, Dialled: p.User(), Originator: caller.id, Offer: true}
	info.Caller, info.CallerName = s.callerID(caller)
	l := s.newLeg("", info, p)
	caller.offered = l
	s.tellCreated(l)
	o := &originating{leg: l, sw: s, done: make(chan switching.Cause, 1)}
	o.failed = func() {
		caller.offered = nil
		s.offerLater(q, caller)
	}
	o.timer = s.after(s.o.RingTimeout, func() { s.hangUp(l, switching.CauseNoAnswer) })
	l.orig = o
	l.onAnswer = func() {
		s.agenda.remove(o.timer)
		caller.offered = nil
		s.leaveOwnQueue(caller)
		s.join(caller, l)
	}
	s.invite(l, false)
}

// leaveOwnQueue takes a leg out of the queue it waits in or serves.
func (s *Switch) leaveOwnQueue(l *leg) {
	if q := l.serves; q != nil {
		q.serving = slices.DeleteFunc(q.serving, func(o *leg) bool { return o == l })
	}
	q := l.waitsIn
	if q == nil {
		return
	}
	l.waitsIn = nil
	q.waiting = slices.DeleteFunc(q.waiting, func(o *leg) bool { return o == l })
	if l.offered != nil {
		s.hangUp(l.offered, switching.CauseOriginatorCancel)
	}
	s.emit(switching.Event{Kind: switching.OwnQueueLeft, Leg: l.id, Name: q.name})
}
