package sim

import (
	"context"
	"fmt"
	"slices"

	"mod_csta_socket/csta/switching"
)

// Perform does one operation; see switching.Switch.
func (s *Switch) Perform(ctx context.Context, op switching.Operation) (switching.Outcome, error) {
	if err := ctx.Err(); err != nil {
		return switching.Outcome{}, fmt.Errorf("%T: %w", op, err)
	}
	if o, ok := op.(switching.Originate); ok {
		return s.originate(ctx, o)
	}
	s.mu.Lock()
	defer s.leave()
	if s.stopped {
		return switching.Outcome{}, fmt.Errorf("%T: the switch is down: %w", op, switching.ErrNotPossible)
	}
	out, err := s.perform(op)
	if err != nil {
		return out, fmt.Errorf("%T: %w", op, err)
	}
	return out, nil
}

func (s *Switch) perform(op switching.Operation) (out switching.Outcome, err error) {
	switch op := op.(type) {
	case switching.Answer:
		err = s.answer(op)
	case switching.HangUp:
		err = s.kill(op)
	case switching.Route:
		err = s.route(op)
	case switching.Hold:
		err = s.hold(op)
	case switching.Unhold:
		err = s.retrieve(op)
	case switching.EndMusic:
		err = s.endMusic(op)
	case switching.Bridge:
		err = s.bridgeLegs(op)
	case switching.PickUp:
		err = s.pickUp(op)
	case switching.Music:
		err = s.musicOn(op)
	case switching.Protect:
		err = s.set(op.Leg, func(l *leg) { l.protect, l.keep = op.On, op.On })
	case switching.KeepAfterBridge:
		err = s.set(op.Leg, func(l *leg) { l.keep = op.On })
	case switching.Note:
		err = s.set(op.Leg, func(l *leg) { l.note = op.Text })
	case switching.Join:
		err = s.joinConference(op)
	case switching.Play:
		err = s.play(op)
	case switching.StopPlay:
		err = s.stopPlay(op)
	case switching.Record:
		return s.record(op)
	case switching.StopRecord:
		err = s.stopRecord(op)
	case switching.LookUpDevice:
		return s.lookUp(op)
	case switching.FindInGroup:
		return s.findInGroup(op)
	case switching.ListLegs:
		out.Legs = s.states()
	case switching.ListRegistrations:
		out.Devices = s.registrations()
	case switching.ListSubscribers:
		out.Devices = s.subscribers()
	case switching.SetFeatures:
		err = s.setFeatures(op.List)
	case switching.ShowFeatures:
		err = s.showFeatures(op)
	default:
		err = switching.ErrNotSupported
	}
	return out, err
}

// leg finds a leg that has not hung up.
func (s *Switch) leg(id string) (*leg, error) {
	l := s.legs[id]
	if l == nil || l.over {
		return nil, fmt.Errorf("leg %q: %w", id, switching.ErrNoSuchLeg)
	}
	return l, nil
}

// answeredLeg finds a leg that was answered, as most operations need.
func (s *Switch) answeredLeg(id string) (*leg, error) {
	l, err := s.leg(id)
	if err == nil && !l.answered {
		return nil, fmt.Errorf("leg %s was not answered: %w", id, switching.ErrNotPossible)
	}
	return l, err
}

func (s *Switch) set(id string, change func(*leg)) error {
	l, err := s.leg(id)
	if err == nil {
		change(l)
	}
	return err
}

func (s *Switch) answer(op switching.Answer) error {
	l, err := s.leg(op.Leg)
	if err != nil {
		return err
	}
	if op.AskPhone {
		return s.askPhone(l)
	}
	if l.info.Direction == switching.Outbound {
		return fmt.Errorf("leg %s can only be answered by its endpoint: %w", l.id, switching.ErrNotSupported)
	}
	if l.answered {
		return fmt.Errorf("leg %s was answered already: %w", l.id, switching.ErrNotPossible)
	}
	s.answers(l)
	return nil
}

// askPhone asks a phone to talk (SIP NOTIFY): to answer if it rings, to take up
// its call if it holds.
func (s *Switch) askPhone(l *leg) error {
	rings := l.info.Direction == switching.Outbound && !l.answered
	if l.phone == nil || !rings && !l.holding {
		return fmt.Errorf("leg %s has no phone that rings or holds: %w", l.id, switching.ErrNotPossible)
	}
	switch l.phone.behaviour.Talk {
	case TalkRefused:
		return fmt.Errorf("phone %s can't be asked to talk: %w", l.phone.number, switching.ErrNotSupported)
	case TalkAnswers:
		l.scripted(s.after(s.o.Latency, func() {
			if l.answered {
				s.unhold(l)
				s.tell(switching.LegResumed, l)
				return
			}
			s.answers(l)
		}))
	}
	return nil
}

func (s *Switch) kill(op switching.HangUp) error {
	l, err := s.leg(op.Leg)
	if err != nil {
		return err
	}
	if op.Forsaken && l.forsaken(s) {
		return nil
	}
	cause := op.Cause
	if cause == "" {
		cause = switching.CauseNormalClearing
	}
	s.hangUp(l, cause)
	return nil
}

func (s *Switch) route(op switching.Route) error {
	l, err := s.leg(op.Leg)
	if err != nil {
		return err
	}
	if !switching.ValidNumber(op.Number) {
		return fmt.Errorf("number %q: %w", op.Number, switching.ErrInvalidAddress)
	}
	if l.info.Direction == switching.Outbound && !l.answered {
		return fmt.Errorf("leg %s was not answered: %w", l.id, switching.ErrNotPossible)
	}
	if op.For != "" {
		l.dialsIn = domainOf(op.For)
	}
	s.sendTo(l, op.Number)
	return nil
}

// sendTo takes a leg away from what it does and to a number. FreeSWITCH tells of
// the new destination with the next event of the leg: whoever it called or
// talked to is gone by then.
func (s *Switch) sendTo(l *leg, number string) {
	s.unhold(l)
	if l.dial != nil {
		s.giveUp(l.dial)
	}
	told := false
	tell := func() {
		if !told && !l.over {
			told = true
			s.tellRouted(l, number)
		}
	}
	if br := l.bridge; br != nil {
		var first func()
		if br.a == l {
			first = tell
		}
		s.part(br, l, switching.CauseNormalClearing, first)
	}
	if l.over {
		return
	}
	tell()
	s.stopDoing(l)
	s.run(l, number)
}

func (s *Switch) tellRouted(l *leg, number string) {
	s.emit(switching.Event{Kind: switching.LegRouted, Leg: l.id, Name: number})
}

func (s *Switch) hold(op switching.Hold) error {
	l, err := s.answeredLeg(op.Leg)
	if err != nil {
		return err
	}
	if l.held || l.holding {
		return fmt.Errorf("leg %s is held already: %w", l.id, switching.ErrNotPossible)
	}
	l.held = true
	s.tell(switching.LegHeld, l)
	return nil
}

func (s *Switch) retrieve(op switching.Unhold) error {
	l, err := s.leg(op.Leg)
	if err != nil {
		return err
	}
	if !l.held {
		return fmt.Errorf("the switch does not hold leg %s: %w", l.id, switching.ErrNotPossible)
	}
	s.unhold(l)
	return nil
}

// endMusic has nothing to end: there is no sound.
func (s *Switch) endMusic(op switching.EndMusic) error {
	l, err := s.answeredLeg(op.Leg)
	if err == nil && (l.held || l.holding) {
		err = fmt.Errorf("leg %s is held: %w", l.id, switching.ErrNotPossible)
	}
	return err
}

func (s *Switch) bridgeLegs(op switching.Bridge) error {
	a, err := s.answeredLeg(op.Leg)
	if err != nil {
		return err
	}
	b, err := s.answeredLeg(op.Other)
	if err != nil {
		return err
	}
	if a == b || a.peer == b {
		return fmt.Errorf("leg %s with itself: %w", a.id, switching.ErrNotPossible)
	}
	if a.bridge != nil && a.bridge == b.bridge {
		return fmt.Errorf("legs %s and %s are bridged already: %w", a.id, b.id, switching.ErrNotPossible)
	}
	// A protected leg that still calls somebody loses the race: the bridge is
	// accepted, but the end of the call parks the leg (seen on FreeSWITCH).
	for _, l := range []*leg{a, b} {
		if l.dial != nil && l.protect {
			s.giveUp(l.dial)
			s.park(l)
			return nil
		}
	}
	s.stopDoing(a)
	s.stopDoing(b)
	s.leaveBridge(a)
	s.leaveBridge(b)
	a.joins(op.Back)
	b.joins(op.Back)
	switch {
	case !a.over && !b.over:
		s.join(a, b)
	// Through glue legs the end of one bridge may end the other leg too.
	case !a.over:
		s.alone(a, switching.CauseNormalClearing)
	case !b.over:
		s.alone(b, switching.CauseNormalClearing)
	}
	return nil
}

func (s *Switch) musicOn(op switching.Music) error {
	l, err := s.answeredLeg(op.Leg)
	if err != nil {
		return err
	}
	l.takenOut()
	s.stopDoing(l)
	s.leaveBridge(l)
	if l.over {
		return fmt.Errorf("leg %s: %w", l.id, switching.ErrNoSuchLeg)
	}
	l.music, l.waits = true, true
	s.readDigits(l)
	return nil
}

func (s *Switch) joinConference(op switching.Join) error {
	l, err := s.answeredLeg(op.Leg)
	if err != nil {
		return err
	}
	if !switching.ValidNumber(op.Conference) {
		return fmt.Errorf("conference %q: %w", op.Conference, switching.ErrInvalidAddress)
	}
	if l.conference == op.Conference {
		return nil
	}
	s.stopDoing(l)
	s.leaveBridge(l)
	if l.over {
		return fmt.Errorf("leg %s: %w", l.id, switching.ErrNoSuchLeg)
	}
	l.place = placeNone
	l.conference = op.Conference
	s.emit(switching.Event{Kind: switching.ConferenceJoined, Leg: l.id, Name: op.Conference})
	s.readDigits(l)
	return nil
}

func (s *Switch) leaveConference(l *leg) {
	if l.conference == "" {
		return
	}
	s.emit(switching.Event{Kind: switching.ConferenceLeft, Leg: l.id, Name: l.conference})
	l.conference = ""
}

func (s *Switch) lookUp(op switching.LookUpDevice) (switching.Outcome, error) {
	if !switching.ValidDevice(op.Device) {
		return switching.Outcome{}, fmt.Errorf("device %q: %w", op.Device, switching.ErrInvalidAddress)
	}
	status := switching.DeviceStatus{Device: s.o.canonical(op.Device)}
	if p := s.subscriber(op.Device); p != nil {
		status = switching.DeviceStatus{Device: p.number, Known: true, Registered: p.registered}
	}
	return switching.Outcome{Device: status}, nil
}

// Params are what the directory says of a subscriber, by the names of its params; known
// is false if there is none. It may be called from any goroutine.
func (s *Switch) Params(subscriber string) (params map[string]string, known bool) {
	return s.o.Params[subscriber], slices.Contains(s.o.Phones, subscriber)
}

func (s *Switch) registrations() []string {
	devices := []string{}
	for _, p := range s.phones {
		if p.registered {
			devices = append(devices, p.number)
		}
	}
	slices.Sort(devices)
	return devices
}

// subscribers are those that the directory can list, and those that are registered.
func (s *Switch) subscribers() []string {
	devices := s.registrations()
	if !s.o.UnlistedDirectory {
		for number := range s.phones {
			devices = append(devices, number)
		}
	}
	slices.Sort(devices)
	return slices.Compact(devices)
}

func (s *Switch) states() []switching.LegState {
	legs := s.legsByAge()
	states := make([]switching.LegState, 0, len(legs))
	for _, l := range legs {
		st := switching.LegState{
			Leg: l.id, Info: l.info, Answered: l.answered, Ringing: l.ringing && !l.answered,
			Held: l.held || l.holding, Queue: l.queue, TrunkIn: l.trunkIn, TrunkOut: l.trunkOut, Note: l.note,
			Created: l.created, AnsweredAt: l.answeredAt,
		}
		if l.waitsIn != nil {
			st.OwnQueue = l.waitsIn.name
		}
		if l.bridge != nil {
			st.Partner = l.bridge.other(l).id
		}
		states = append(states, st)
	}
	return states
}

// Legs is a snapshot of all legs, oldest first, as switching.ListLegs gives it.
func (s *Switch) Legs() []switching.LegState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.states()
}
