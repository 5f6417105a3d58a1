package sim

import (
	"time"

	"mod_csta_socket/csta/switching"
)

// dialling is a bridge application that waits for one of its targets.
type dialling struct {
	caller  *leg
	targets []*leg
	timer   *task
	// adopted: the caller was transferred to it while it rang.
	adopted bool
	// unreached, if not nil, is what the dialplan does when nobody was reached.
	unreached func(switching.Cause)
	// device is the only subscriber who is called; called counts the legs.
	device string
	called uint64
	// byKeys: the caller consults by keys, and is in no dialplan of its own.
	byKeys bool
}

// Causes of a dialplan that finds nobody; FreeSWITCH's own.
const causeInvalidNumber switching.Cause = "INVALID_NUMBER_FORMAT"

// run lets the dialplan take the leg to a number.
func (s *Switch) run(l *leg, number string) {
	if l.over {
		return
	}
	l.trunkOut = ""
	if l.protect {
		l.takenOut()
	} else {
		l.place = placeNone
	}
	// A list of legs shows where each went last, and one that had been called
	// as a caller.
	l.info.Dialled = number
	if l.info.Direction == switching.Outbound && l.phone != nil {
		l.info.Caller, l.info.CallerName = l.phone.User(), ""
	}
	if !switching.ValidNumber(number) {
		s.hangUp(l, causeInvalidNumber)
		return
	}
	if in, ok := s.o.Inbound[number]; ok && l.phone != nil && l.phone.external {
		if in.Name != "" {
			l.trunkIn = in.Name
			s.emit(switching.Event{Kind: switching.TrunkEntered, Leg: l.id, Name: in.Name})
		}
		s.tellRouted(l, in.Number)
		number, l.dialsIn = in.Number, in.Tenant
	}
	if name, ok := s.o.Serving[number]; ok {
		s.serveQueue(l, name)
		return
	}
	q, ok := s.o.Queues[number+"@"+l.dialsIn]
	if !ok {
		q, ok = s.o.Queues[number]
	}
	if ok && q.Own {
		s.enterOwnQueue(l, number, q)
		return
	}
	if ok {
		s.enterQueue(l, number, q)
		return
	}
	if s.o.Served[number] {
		s.answers(l)
		s.readDigits(l)
		return
	}
	if name, ok := s.o.Surveys[number]; ok {
		if !l.protect {
			l.place = placeBefore
		}
		s.callPhones(l, number, []string{name})
		return
	}
	if members, ok := s.o.Groups[number]; ok {
		s.callPhones(l, number, members)
		return
	}
	if p := s.subscriber(s.seenFrom(l, number)); p != nil {
		s.callSubscriber(l, number, p)
		return
	}
	if t, rest, ok := s.o.trunkFor(number); ok {
		s.callOut(l, t, rest)
		return
	}
	if l.protect {
		s.park(l)
		return
	}
	s.hangUp(l, switching.CauseNoRouteDestination)
}

// seenFrom is the subscriber that a number means to a leg: within another
// domain than the default one, that domain's.
func (s *Switch) seenFrom(l *leg, number string) string {
	if own := number + "@" + l.dialsIn; l.dialsIn != "" && s.subscriber(own) != nil {
		return own
	}
	return number
}

// enterQueue is csta_trigger_queue, answer, csta_wait.
func (s *Switch) enterQueue(l *leg, number string, q Queue) {
	if q.Name == "" {
		q.Name = number
	}
	if q.Wait == 0 {
		q.Wait = queueWait
	}
	l.queue, l.queueNumber = q.Name, number
	s.emit(switching.Event{Kind: switching.QueueEntered, Leg: l.id, Name: q.Name, Data: number})
	if !q.Silent {
		s.answers(l)
	}
	l.waiting = s.after(q.Wait, func() {
		s.endWait(l, "time")
		if q.Then != "" {
			s.callPhones(l, number, []string{q.Then})
			return
		}
		s.hangUp(l, switching.CauseNormalClearing)
	})
	s.readDigits(l)
}

func (s *Switch) endWait(l *leg, reason string) {
	if l.waiting == nil {
		return
	}
	s.agenda.remove(l.waiting)
	l.waiting = nil
	s.emit(switching.Event{Kind: switching.WaitEnded, Leg: l.id, Data: reason})
}

// callPhones calls subscribers on behalf of a leg.
func (s *Switch) callPhones(caller *leg, dialled string, names []string) {
	d := s.beginDial(caller)
	if len(names) == 1 {
		d.device = names[0]
		if s.o.Mailboxes {
			d.unreached = func(switching.Cause) { s.mailbox(caller) }
		}
	}
	for _, name := range names {
		if p := s.subscriber(name); p != nil && p.registered {
			s.addTarget(d, p, switching.LegInfo{Device: p.number, Dialled: dialled, Confirms: s.o.Confirming[dialled]})
		}
	}
	s.mind(d, switching.CauseUserNotRegistered)
}

// callOut calls a party in the network.
func (s *Switch) callOut(caller *leg, t Trunk, number string) {
	caller.trunkOut = t.Name
	s.emit(switching.Event{Kind: switching.TrunkLeaving, Leg: caller.id, Name: t.Name})
	d := s.beginDial(caller)
	l := s.addTarget(d, s.outsider(number), switching.LegInfo{Gateway: t.Gateway, Dialled: number})
	l.trunkOut = t.Name
	s.mind(d, switching.CauseNoRouteDestination)
}

func (s *Switch) beginDial(caller *leg) *dialling {
	d := &dialling{caller: caller}
	caller.dial = d
	return d
}

func (s *Switch) addTarget(d *dialling, p *Phone, info switching.LegInfo) *leg {
	info.Direction = switching.Outbound
	info.Originator = d.caller.id
	info.Caller, info.CallerName = s.callerID(d.caller)
	l := s.newLeg("", info, p)
	l.calledBy = d
	d.targets = append(d.targets, l)
	d.called++
	s.tellCreated(l)
	s.invite(l, false)
	return l
}

// callerID is what a leg shows when it calls: its own number, also if the
// switch had called it.
func (s *Switch) callerID(l *leg) (number, name string) {
	if l.info.Direction == switching.Inbound || l.phone == nil {
		return l.info.Caller, l.info.CallerName
	}
	return l.phone.User(), ""
}

// mind starts the ring timer, or ends a dialling that has nobody to call.
func (s *Switch) mind(d *dialling, nobody switching.Cause) { s.mindFor(d, s.o.RingTimeout, nobody) }

func (s *Switch) mindFor(d *dialling, ring time.Duration, nobody switching.Cause) {
	if len(d.targets) == 0 {
		d.caller.dial = nil
		s.unreachable(d, nobody)
		return
	}
	d.timer = s.after(ring, func() {
		cause := switching.CauseNoAnswer
		if d.adopted {
			cause = switching.CauseAttendedTransfer
		}
		for _, l := range d.dissolve(s) {
			s.hangUp(l, cause)
		}
		s.unreachable(d, switching.CauseNoAnswer)
	})
}

// dissolve ends the dialling for all concerned and returns the legs still
// called.
func (d *dialling) dissolve(s *Switch) []*leg {
	s.agenda.remove(d.timer)
	d.caller.dial = nil
	legs := d.targets
	d.targets = nil
	for _, l := range legs {
		l.calledBy = nil
	}
	return legs
}

// giveUp: the caller is no longer interested.
func (s *Switch) giveUp(d *dialling) {
	cause := switching.CauseOriginatorCancel
	if d.adopted {
		cause = switching.CauseAttendedTransfer
	}
	for _, l := range d.dissolve(s) {
		s.hangUp(l, cause)
	}
}

// won: one of the legs called answered, or sent media.
func (s *Switch) won(d *dialling, winner *leg) {
	for _, l := range d.dissolve(s) {
		if l != winner {
			s.hangUp(l, switching.CauseLoseRace)
		}
	}
}

// lost: one of the legs called hung up.
func (s *Switch) lost(d *dialling, l *leg, cause switching.Cause) {
	l.calledBy = nil
	for i, t := range d.targets {
		if t == l {
			d.targets = append(d.targets[:i], d.targets[i+1:]...)
			break
		}
	}
	if len(d.targets) == 0 {
		d.dissolve(s)
		s.unreachable(d, cause)
	}
}

// redirect: the endpoint of a called leg answered that the call should go
// elsewhere. The switch sends the caller there; who else rang for it stops.
func (s *Switch) redirect(l *leg, number string) {
	d := l.calledBy
	if d == nil {
		s.hangUp(l, switching.CauseRedirected)
		return
	}
	caller := d.caller
	legs := d.dissolve(s)
	s.hangUpBy(l, switching.Event{Cause: switching.CauseRedirected, Name: number})
	for _, other := range legs {
		if other != l {
			s.hangUp(other, switching.CauseOriginatorCancel)
		}
	}
	s.tellRouted(caller, number)
	s.run(caller, number)
}

// tellFailed: nobody was reached, and the dialplan goes on.
func (s *Switch) tellFailed(d *dialling, cause switching.Cause) {
	ev := switching.Event{Kind: switching.CallFailed, Leg: d.caller.id, Cause: cause, Count: d.called}
	if d.called == 0 {
		ev.Device = d.device
	}
	s.emit(ev)
}

// unreachable is the end of a bridge application that reached nobody.
func (s *Switch) unreachable(d *dialling, cause switching.Cause) {
	switch {
	case d.caller.over:
	case d.byKeys && d.unreached != nil:
		d.unreached(cause)
	case d.unreached != nil:
		s.tellFailed(d, cause)
		d.unreached(cause)
	case d.caller.protect:
		s.tellFailed(d, cause)
		s.parkAfter(d.caller, cause)
	case d.adopted:
		s.hangUp(d.caller, switching.CauseNoAnswer)
	default:
		s.hangUp(d.caller, cause)
	}
}
