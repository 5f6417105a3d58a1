package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// FuzzCore feeds the core any sequence of switch events, requests, results and
// time, also impossible ones, and checks what must hold whatever comes: nothing
// panics, the model is consistent, every request is answered exactly once, and
// when all legs are gone nothing is left.
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
}

// answers is a client session that counts the responses to each request.
type answers struct {
	client
	asked uint16
	got   map[uint16]int
}

func (a *answers) Respond(invoke uint16, ed ecma.Edition, m ecma.Message) {
	a.got[invoke]++
	ecma.Append(nil, ed, m)
}
func (a *answers) Notify(t *ecma.Template, ref string, l ecma.LocalConnectionState) {}

func newWalk(t *testing.T, script []byte) *walk {
	b := newBench(t)
	w := &walk{bench: b, script: script, answers: &answers{client: client{bench: b, name: "w"}, got: map[uint16]int{}}}
	b.core.ops = w
	b.core.openSession(w.answers)
	for i := range 5 {
		m := b.core.model.MonitorDevice(ecma.Subscriber(fmt.Sprint(1000+i)), ecma.MonitorFilter{}, ecma.Edition4, b.core.sessions[w.answers])
		b.core.sessions[w.answers].monitors[m.CrossRefID] = m
	}
	return w
}

func (w *walk) start(op switching.Operation, done result) func() {
	s := &startedOp{op: op, done: done}
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
			for _, conn := range [...]*model.Connection{l.conn, l.queue} {
				if conn != nil {
					all = append(all, conn.ID())
				}
			}
			if l.consult != nil {
				all = append(all, l.consult.held.conn.ID())
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
	w.core.expire()
	switch w.choose(4) {
	case 0:
		w.switchActs()
	case 1:
		w.clientAsks()
	case 2:
		w.operationEnds()
	case 3:
		w.legLives()
	}
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
	w.event(switching.Event{Kind: switching.LegCreated, Leg: id, Info: info})
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
	}
	ev := switching.Event{Kind: kinds[w.choose(len(kinds))], Leg: w.leg(), Other: w.leg(), Name: "9500", Device: w.device()}
	switch ev.Kind {
	case switching.LegHungUp:
		ev.Cause = causes[w.choose(len(causes))]
		ev.Transfer = switching.Transfer(w.choose(3))
		ev.Follows = w.choose(2) == 0
	case switching.DigitDetected:
		ev.Name = "5"
	case switching.TransferRequested:
		ev.Transfer, ev.Name = switching.Transfer(w.choose(3)), w.device()
	}
	w.event(ev)
}

func (w *walk) clientAsks() {
	to := ecma.Subscriber(w.device())
	var m ecma.Message
	switch w.choose(16) {
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
	}
	w.answers.asked++
	w.asked = append(w.asked, m)
	w.core.step(&input{req: &Request{Session: w.answers, Invoke: w.answers.asked, Edition: ecma.Edition6, Message: m}})
}

func (w *walk) operationEnds() {
	if len(w.open) == 0 {
		return
	}
	i := w.choose(len(w.open))
	s := w.open[i]
	w.open = append(w.open[:i], w.open[i+1:]...)
	if s.done == nil {
		return
	}
	var out switching.Outcome
	if look, ok := s.op.(switching.LookUpDevice); ok {
		out.Device = switching.DeviceStatus{Device: look.Device, Known: true, Registered: w.choose(4) > 0}
	}
	if _, ok := s.op.(switching.ListLegs); ok {
		// The switch's list as the model has it, so that nothing is mended.
		for id := range w.core.legs {
			out.Legs = append(out.Legs, switching.LegState{Leg: id})
		}
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

// check tests what always holds.
func (w *walk) check() {
	t := w.t
	w.core.model.Calls(func(cl *model.Call) {
		require.NotNil(t, w.core.calls[cl.ID])
		for _, conn := range cl.Connections {
			require.Same(t, cl, conn.Call)
			require.Contains(t, conn.Device.Connections, conn)
			require.NotEqual(t, ecma.StateNull, conn.State, "a null connection is in a call")
		}
	})
	for id, l := range w.core.legs {
		require.Equal(t, id, l.id)
		if l.call != nil {
			require.Same(t, l.call, w.core.calls[l.call.ID], "a leg is in a call that has ended")
			require.Contains(t, l.call.legs, l)
		}
	}
	for invoke, n := range w.answers.got {
		require.Equal(t, 1, n, "request %d", invoke)
	}
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
		if len(w.open) == 0 && len(w.core.timers.heap) == 0 {
			break
		}
	}
	w.empty()
	for invoke := uint16(1); invoke <= w.answers.asked; invoke++ {
		require.Equal(w.t, 1, w.answers.got[invoke], "%T was not answered", w.asked[invoke-1])
	}
	w.core.model.Devices(func(d *model.Device) {
		require.NotEmpty(w.t, d.Monitors, "device %v is left", d.ID)
	})
}
