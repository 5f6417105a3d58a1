package engine

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// FuzzCore feeds the core any sequence of switch events, requests, results and
// time, also impossible ones, and checks what must hold whatever comes: nothing
// panics, the model is consistent, every monitor was told just what the model
// says (witness_test.go), every request is answered exactly once, and when all
// legs are gone nothing is left.
func FuzzCore(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 7))
		script := make([]byte, 200)
		for i := range script {
			script[i] = byte(r.Uint32())
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 2000 {
			return
		}
		w := newWalk(t, script)
		for len(w.script) > 0 {
			w.step()
			w.check()
		}
		w.end()
	})
}

// walk reads its choices from a script.
type walk struct {
	*bench
	script  []byte
	legs    []string
	open    []*startedOp
	answers *answers
	asked   []ecma.Message
	// passing is a second client, which comes and goes; nil: it is away.
	passing Session
	// contact, if set, is where a device's phone is.
	contact func(device string) netip.AddrPort
}

// answers is a client session that counts the responses to each request and
// watches what its monitors are told.
type answers struct {
	*witness
	asked uint16
	got   map[uint16]int
	// tape holds what the walk's sessions got.
	tape tape
}

func (a *answers) Notify(t *ecma.Template, ref string, local ecma.LocalConnectionState) {
	a.tape.frame(a, t.Append(nil, ref, local))
	a.witness.Notify(t, ref, local)
}

func (a *answers) Request(ed ecma.Edition, m ecma.Message) { a.tape.frame(a, ecma.Append(nil, ed, m)) }

func (a *answers) Respond(invoke uint16, ed ecma.Edition, m ecma.Message) {
	a.got[invoke]++
	a.tape.frame(a, ecma.Append(nil, ed, m))
}

func newWalk(t *testing.T, script []byte) *walk {
	b := newBench(t)
	w := &walk{bench: b, script: script, answers: &answers{witness: newWitness(t, b.core), got: map[uint16]int{}}}
	b.core.ops.by = w
	b.core.hears(sessionOpened{w.answers})
	for i := range 5 {
		w.answers.watch(w.answers, ecma.Subscriber(fmt.Sprint(1000+i)))
	}
	w.answers.watch(w.answers, ecma.Queue("9500"))
	return w
}

func (w *walk) start(number uint64, op switching.Operation, wanted bool) func() {
	s := &startedOp{op: op, done: w.core.ends(number, wanted)}
	w.note("operation", op)
	w.open = append(w.open, s)
	return func() { s.cancelled = true }
}

func (w *walk) choose(n int) int {
	if len(w.script) == 0 || n == 0 {
		return 0
	}
	c := int(w.script[0]) % n
	w.script = w.script[1:]
	return c
}

func (w *walk) device() string { return fmt.Sprint(1000 + w.choose(5)) }

func (w *walk) leg() string {
	if len(w.legs) == 0 {
		return "none"
	}
	return w.legs[w.choose(len(w.legs))]
}

// connection is one of the model's, or a wrong one.
func (w *walk) connection() ecma.ConnectionID {
	var all []ecma.ConnectionID
	for i := range len(w.legs) {
		if l := w.core.legs[w.legs[i]]; l != nil {
			for _, conn := range [...]*model.Connection{l.conn, l.queue.conn} {
				if conn != nil {
					all = append(all, conn.ID())
				}
			}
			if l.consult != nil {
				all = append(all, l.consult.held.conn.ID())
			}
			if l.duo != nil && l.duo.lone.conn != nil {
				all = append(all, l.duo.lone.conn.ID())
			}
		}
	}
	if len(all) == 0 {
		return at("x", w.device())
	}
	return all[w.choose(len(all))]
}

func (w *walk) step() {
	w.core.now = w.core.now.Add(time.Duration(w.choose(40)) * time.Millisecond)
	w.core.hears(clockRead{})
	switch w.choose(5) {
	case 0:
		w.switchActs()
	case 1:
		w.clientAsks()
	case 2:
		w.operationEnds()
	case 3:
		w.legLives()
	case 4:
		w.sessionLives()
	}
}

// sessionLives: clients come, look and go.
func (w *walk) sessionLives() {
	switch w.choose(8) {
	case 6:
		if w.passing != nil {
			w.core.hears(sessionParted{w.passing, false})
			w.core.hears(sessionResumed{w.passing, func() {}})
			w.core.hears(sessionParted{w.passing, true})
		}
	case 7:
		if w.passing != nil {
			// Another one takes its monitors over.
			from := w.passing
			w.passing = &taped{Session: &frames{}, tape: &w.answers.tape}
			w.core.hears(sessionOpened{w.passing})
			w.core.hears(monitorsMoved{from, w.passing, func() {}})
			w.core.hears(sessionClosed{from})
		}
	case 0:
		w.core.hears(sessionClosed{w.passing})
		w.passing = nil
	case 1, 2:
		if w.passing == nil {
			w.passing = &taped{Session: &frames{}, tape: &w.answers.tape}
			w.core.hears(sessionOpened{w.passing})
		}
		id := w.connection()
		w.ask(w.passing, &ecma.MonitorStart{Object: ecma.MonitorObject{Device: id.Device}})
		w.ask(w.passing, &ecma.MonitorStart{Object: ecma.MonitorObject{Call: id}})
	case 3:
		w.ask(w.answers, &ecma.SnapshotDevice{Object: ecma.Subscriber(w.device())})
	case 4:
		w.ask(w.answers, &ecma.SnapshotCall{Object: w.connection()})
	case 5:
		w.core.hears(auditDue{})
	}
}

func (w *walk) ask(s Session, m ecma.Message) {
	w.note("request "+m.Element(), m)
	r := &Request{Session: s, Edition: ecma.Edition6, Message: m}
	if s == w.answers {
		w.answers.asked++
		r.Invoke = w.answers.asked
		w.asked = append(w.asked, m)
	}
	w.core.step(&input{req: r})
}

func (w *walk) switchActs() {
	id := fmt.Sprintf("leg%d", len(w.legs))
	info := &switching.LegInfo{Direction: switching.Inbound, Device: w.device(), Caller: "1", Dialled: w.device()}
	switch w.choose(5) {
	case 1:
		info.Direction, info.Originator, info.Device = switching.Outbound, w.leg(), w.device()
	case 2:
		info.Direction, info.Originator, info.Device = switching.Outbound, w.leg(), ""
	case 3:
		info.Device = ""
	case 4:
		info.Glue, info.GluePeer = true, w.leg()
	}
	for _, s := range w.open {
		if o, ok := s.op.(switching.Originate); ok && w.choose(2) == 0 {
			id, info = o.Leg, &switching.LegInfo{Direction: switching.Outbound, Device: o.Device, Dialled: o.Device}
		}
	}
	w.legs = append(w.legs, id)
	w.tell(switching.Event{Kind: switching.LegCreated, Leg: id, Info: info})
}

var causes = []switching.Cause{
	switching.CauseNormalClearing, switching.CauseUserBusy, switching.CauseNoAnswer, switching.CauseOriginatorCancel, "UNHEARD_OF",
}

func (w *walk) legLives() {
	kinds := []switching.Kind{
		switching.LegProgress, switching.LegAnswered, switching.LegsBridged, switching.LegHungUp, switching.LegDestroyed,
		switching.LegEarlyMedia, switching.LegsUnbridged, switching.LegHeld, switching.LegUnheld, switching.LegParked,
		switching.LegRouted, switching.QueueEntered, switching.TrunkEntered, switching.TrunkLeaving, switching.PlayStarted,
		switching.PlayStopped, switching.RecordStarted, switching.RecordStopped, switching.DigitDetected,
		switching.TransferRequested, switching.EventsLost, switching.DeviceRegistered, switching.DeviceUnregistered,
		switching.LegRenamed, switching.WaitEnded, switching.ConferenceJoined, switching.ConferenceLeft, switching.GlueGone,
		switching.SwitchStopping, switching.FeaturesApplied, switching.FeaturesWanted, switching.FeatureRequested,
	}
	ev := switching.Event{Kind: kinds[w.choose(len(kinds))], Leg: w.leg(), Other: w.leg(), Name: "9500", Device: w.device()}
	switch ev.Kind {
	case switching.LegHungUp:
		ev.Cause = causes[w.choose(len(causes))]
		ev.Transfer = switching.Transfer(w.choose(3))
		ev.Follows = w.choose(2) == 0
	case switching.DigitDetected:
		ev.Name = "5"
	case switching.FeaturesApplied:
		ev.Feature, ev.Name = switching.Feature(w.choose(6)), w.device()
	case switching.FeatureRequested:
		ev.Wish = &switching.FeatureChange{Feature: switching.Feature(w.choose(6)), On: w.choose(2) == 0, Number: w.device()}
	case switching.TransferRequested:
		ev.Transfer, ev.Name = switching.Transfer(w.choose(3)), w.device()
	case switching.LegRenamed:
		ev.Leg, ev.Other = fmt.Sprintf("leg%d", len(w.legs)), ev.Leg
		w.legs = append(w.legs, ev.Leg)
	}
	w.tell(ev)
}

// tell gives the core an event. With -v every input is logged, to understand
// a script that fails.
func (w *walk) tell(ev switching.Event) {
	w.note("event", ev)
	if ev.Info != nil {
		if w.contact != nil {
			ev.Info.Contact = w.contact(ev.Info.Device)
		}
		w.note("  info", *ev.Info)
	}
	w.event(ev)
}

func (w *walk) note(what string, x any) {
	if testing.Verbose() {
		w.t.Logf("%s %+v", what, x)
	}
}

func (w *walk) clientAsks() {
	to := ecma.Subscriber(w.device())
	var m ecma.Message
	switch w.choose(19) {
	case 0:
		m = &ecma.MakeCall{CallingDevice: ecma.Subscriber(w.device()), Called: to}
	case 1:
		m = &ecma.AnswerCall{CallToBeAnswered: w.connection()}
	case 2:
		m = &ecma.ClearConnection{Connection: w.connection()}
	case 3:
		m = &ecma.HoldCall{CallToBeHeld: w.connection()}
	case 4:
		m = &ecma.RetrieveCall{CallToBeRetrieved: w.connection()}
	case 5, 6:
		m = &ecma.ConsultationCall{ExistingCall: w.connection(), ConsultedDevice: to}
	case 7:
		m = &ecma.AlternateCall{HeldCall: w.connection(), ActiveCall: w.connection()}
	case 8:
		m = &ecma.ReconnectCall{HeldCall: w.connection(), ActiveCall: w.connection()}
	case 9:
		m = &ecma.TransferCall{HeldCall: w.connection(), ActiveCall: w.connection()}
	case 10:
		m = &ecma.ConferenceCall{HeldCall: w.connection(), ActiveCall: w.connection()}
	case 11:
		m = &ecma.SingleStepTransferCall{ActiveCall: w.connection(), TransferredTo: to}
	case 12:
		m = &ecma.DeflectCall{CallToBeDiverted: w.connection(), NewDestination: []ecma.DeviceID{to}}
	case 13:
		m = &ecma.PlayMessage{OverConnection: w.connection(), MessageToBePlayed: "a.wav"}
	case 14:
		m = &ecma.RecordMessage{CallToBeRecorded: w.connection()}
	case 15:
		m = &ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: to}
	case 16:
		m = &ecma.Stop{Connection: w.connection()}
	case 17:
		m = &ecma.SetDoNotDisturb{Device: to, DoNotDisturbOn: w.choose(2) == 0}
	case 18:
		m = &ecma.SetForwarding{Device: to, ForwardingType: ecma.ForwardBusy, ActivateForward: w.choose(2) == 0, ForwardDN: ecma.Subscriber(w.device())}
	}
	w.ask(w.answers, m)
}

func (w *walk) operationEnds() {
	if len(w.open) == 0 {
		return
	}
	i := w.choose(len(w.open))
	s := w.open[i]
	w.open = append(w.open[:i], w.open[i+1:]...)
	w.note("ends", s.op)
	if s.done == nil {
		return
	}
	var out switching.Outcome
	if look, ok := s.op.(switching.LookUpDevice); ok {
		out.Device = switching.DeviceStatus{Device: look.Device, Known: true, Registered: w.choose(4) > 0}
	}
	if _, ok := s.op.(switching.ListLegs); ok {
		out.Legs = w.listed()
	}
	if rec, ok := s.op.(switching.Record); ok {
		out.File = "/sounds/" + rec.File
	}
	if w.choose(5) == 0 {
		s.done(switching.Outcome{}, switching.ErrNoSuchLeg)
		return
	}
	s.done(out, nil)
}

// listed is the switch's list of legs: as the model has it, so that nothing is
// mended, or with something missing and something new.
func (w *walk) listed() []switching.LegState {
	wrong := w.choose(3) == 0
	var list []switching.LegState
	for _, id := range w.legs {
		l := w.core.legs[id]
		if l == nil && !wrong || wrong && w.choose(4) == 0 {
			continue
		}
		s := switching.LegState{Leg: id, Info: switching.LegInfo{Direction: switching.Inbound, Device: w.device(), Dialled: "9500"}}
		if l != nil {
			s.Info, s.Answered = l.Info, l.Answered()
		}
		if wrong {
			s.Answered, s.Held, s.Partner = w.choose(2) == 0, w.choose(2) == 0, w.leg()
			if w.choose(3) == 0 {
				s.Queue = "9500"
			}
		}
		list = append(list, s)
	}
	return list
}

// check tests what always holds.
func (w *walk) check() {
	t := w.t
	w.core.model.Calls.Each(func(cl *model.Call) {
		require.NotNil(t, w.core.calls[cl.ID])
		for _, conn := range cl.Connections {
			require.Same(t, cl, conn.Call)
			require.True(t, slices.Contains(conn.Device.Connections, conn))
			require.NotEqual(t, ecma.StateNull, conn.State(), "a null connection is in a call")
		}
	})
	for id, l := range w.core.legs {
		require.Equal(t, id, l.ID)
		if l.call != nil {
			require.Same(t, l.call, w.core.calls[l.call.ID], "a leg is in a call that has ended")
			require.True(t, slices.Contains(l.call.legs, l))
		}
	}
	for invoke, n := range w.answers.got {
		require.Equal(t, 1, n, "request %d", invoke)
	}
	w.answers.compare()
}

// end hangs up everything and lets everything finish.
func (w *walk) end() {
	w.script = nil
	for round := 0; round < 50; round++ {
		for _, id := range w.legs {
			if w.core.legs[id] != nil {
				w.hangUp(id, switching.CauseNormalClearing)
				w.simple(switching.LegDestroyed, id)
			}
		}
		for len(w.open) > 0 {
			s := w.open[0]
			w.open = w.open[1:]
			if s.done != nil {
				s.done(switching.Outcome{Cause: switching.CauseNormalClearing}, switching.ErrNoSuchLeg)
			}
		}
		w.pass(10 * time.Second)
		w.check()
		w.legs = w.legs[:0]
		for id := range w.core.legs {
			w.legs = append(w.legs, id)
		}
		if len(w.open) == 0 && len(w.core.timers.heap) == 0 {
			break
		}
	}
	w.empty()
	for invoke := uint16(1); invoke <= w.answers.asked; invoke++ {
		require.Equal(w.t, 1, w.answers.got[invoke], "%T was not answered", w.asked[invoke-1])
	}
	if w.passing != nil {
		w.core.hears(sessionClosed{w.passing})
	}
	w.core.model.Devices.Each(func(d *model.Device) {
		require.NotEmpty(w.t, d.Monitors, "device %v is left", d.ID)
	})
}
