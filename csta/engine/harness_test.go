package engine

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/legs"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// bench is a core under test: inputs go in by its methods, outputs are
// collected as readable lines, in order.
type bench struct {
	t    *testing.T
	core *core
	out  []string
	ops  []*startedOp
}

// startedOp is an operation that the core handed to the switch.
type startedOp struct {
	op        switching.Operation
	done      result
	cancelled bool
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t}
	trunks, ok := switching.ParseTrunks("external/127.0.0.1:5080")
	require.True(t, ok)
	b.core = newCore(Options{
		DefaultDomain: "csta.test",
		Trunks:        trunks,
		PromptTimeout: defaultPromptTimeout,
		AnswerTimeout: defaultAnswerTimeout,
	}, b, slog.New(ordinary{slog.NewTextHandler(io.Discard, nil), t}))
	b.core.now = time.Unix(1000, 0)
	return b
}

// ordinary is a log in which no leg does what none of a switch does, and no service
// what its table does not allow.
type ordinary struct {
	slog.Handler
	t testing.TB
}

func (o ordinary) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == impossibleStep {
		o.t.Error(r.Message)
		r.Attrs(func(a slog.Attr) bool {
			o.t.Errorf("%s: %v", a.Key, a.Value)
			return true
		})
	}
	r.Attrs(func(a slog.Attr) bool {
		if _, is := a.Value.Any().(*legs.Impossible); is {
			o.t.Errorf("%s: %v", r.Message, a.Value)
		}
		return true
	})
	return o.Handler.Handle(ctx, r)
}

func (b *bench) start(number uint64, op switching.Operation, wanted bool) func() {
	s := &startedOp{op: op, done: b.core.ends(number, wanted)}
	b.ops = append(b.ops, s)
	b.out = append(b.out, fmt.Sprintf("op %T%+v", op, op))
	return func() {
		s.cancelled = true
		b.out = append(b.out, fmt.Sprintf("cancel %T", op))
	}
}

// ends has an operation's end reach the core as it does in the engine; nil if it is
// not wanted.
func (c *core) ends(number uint64, wanted bool) result {
	if !wanted {
		return nil
	}
	return func(out switching.Outcome, err error) {
		c.step(&input{news: &operationEnded{number, out, err}})
	}
}

// hears applies an input.
func (c *core) hears(n news) { c.step(&input{news: n}) }

// answers has a phone's answer reach the core as it does in the engine.
func (c *core) answers(number uint64) func(telephone.Outcome, error) {
	return func(out telephone.Outcome, err error) {
		c.step(&input{news: &phoneAnswered{number, out, err}})
	}
}

// last is the newest operation of the type of want.
func (b *bench) last(want switching.Operation) *startedOp {
	for i := len(b.ops) - 1; i >= 0; i-- {
		if fmt.Sprintf("%T", b.ops[i].op) == fmt.Sprintf("%T", want) {
			return b.ops[i]
		}
	}
	require.Failf(b.t, "no such operation", "%T", want)
	return nil
}

// knows answers the newest LookUpDevice, unless it was answered: a monitored
// device in service is not asked about again.
func (b *bench) knows(st switching.DeviceStatus) {
	if look := b.last(switching.LookUpDevice{}); look.done != nil {
		look.done(switching.Outcome{Device: st}, nil)
	}
}

// knowsPhones has the directory know the subscribers that phones' wishes wait for,
// without a word.
func (b *bench) knowsPhones() {
	for range len(b.core.features.wishes) {
		look := b.last(switching.LookUpDevice{})
		b.ops = slices.DeleteFunc(b.ops, func(s *startedOp) bool { return s == look })
		b.out = slices.DeleteFunc(b.out, func(line string) bool { return line == fmt.Sprintf("op %T%+v", look.op, look.op) })
		look.done(switching.Outcome{Device: switching.DeviceStatus{Device: look.op.(switching.LookUpDevice).Device, Known: true}}, nil)
	}
}

func (b *bench) event(ev switching.Event) {
	b.core.step(&input{event: ev})
}

func (b *bench) inbound(leg, device, dialled string) {
	b.event(switching.Event{Kind: switching.LegCreated, Leg: leg, Info: &switching.LegInfo{
		Direction: switching.Inbound, Device: device, Caller: device, Dialled: dialled,
	}})
}

func (b *bench) outbound(leg, device, originator string) {
	b.event(switching.Event{Kind: switching.LegCreated, Leg: leg, Info: &switching.LegInfo{
		Direction: switching.Outbound, Device: device, Dialled: device, Originator: originator,
	}})
}

func (b *bench) simple(kind switching.Kind, leg string) {
	b.event(switching.Event{Kind: kind, Leg: leg})
}

func (b *bench) hangUp(leg string, cause switching.Cause) {
	b.event(switching.Event{Kind: switching.LegHungUp, Leg: leg, Cause: cause})
}

func (b *bench) destroyed(legs ...string) {
	for _, l := range legs {
		b.simple(switching.LegDestroyed, l)
	}
}

// pass lets time go by.
func (b *bench) pass(d time.Duration) {
	b.core.now = b.core.now.Add(d)
	b.core.hears(clockRead{})
}

// take returns the lines since the last take, without switch operations whose
// type is named in but.
func (b *bench) take(but ...string) []string {
	var lines []string
	for _, l := range b.out {
		skip := false
		for _, s := range but {
			skip = skip || strings.HasPrefix(l, "op switching."+s)
		}
		if !skip {
			lines = append(lines, l)
		}
	}
	b.out = nil
	return lines
}

// done lets the newest operation of the type of op succeed.
func (b *bench) done(op switching.Operation) {
	b.last(op).succeed(switching.Outcome{})
}

// phoneHolds: the switch refuses to end a hold, which is the phone's.
func (b *bench) phoneHolds() {
	b.last(switching.Unhold{}).done(switching.Outcome{}, switching.ErrNotPossible)
}

func (s *startedOp) succeed(out switching.Outcome) {
	if s.done != nil {
		s.done(out, nil)
	}
}

// client is a session that writes what it gets into the bench.
type client struct {
	*bench
	name string
	next uint16
}

func (b *bench) client(name string) *client {
	cl := &client{bench: b, name: name}
	b.core.openSession(cl)
	return cl
}

func (cl *client) Label() string { return cl.name }
func (cl *client) Flush()        {}

func (cl *client) Respond(_ uint16, _ ecma.Edition, m ecma.Message) {
	cl.out = append(cl.out, cl.name+" "+describe(m))
}

func (cl *client) Request(_ ecma.Edition, m ecma.Message) {
	cl.out = append(cl.out, cl.name+" request "+m.Element())
}

func (cl *client) Notify(t *ecma.Template, ref string, local ecma.LocalConnectionState) {
	doc := t.Append(nil, ref, local)
	m, _, err := ecma.Decode(doc)
	require.NoError(cl.t, err, string(doc))
	cl.out = append(cl.out, cl.name+" "+describe(m))
}

func (cl *client) send(m ecma.Message) {
	cl.next++
	cl.core.step(&input{req: &Request{Session: cl, Invoke: cl.next, Edition: ecma.Edition4, Message: m}})
}

// monitor monitors a subscriber that is registered and returns its
// cross-reference ID.
func (cl *client) monitor(device string) string {
	cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber(device)}})
	for i := len(cl.ops) - 1; i >= 0; i-- {
		if op, ok := cl.ops[i].op.(switching.LookUpDevice); ok && op.Device == device && cl.ops[i].done != nil {
			cl.ops[i].done(switching.Outcome{Device: switching.DeviceStatus{Device: device, Known: true, Registered: true}}, nil)
			cl.ops[i].done = nil
			break
		}
	}
	out := cl.take()
	line := out[len(out)-1]
	return line[strings.LastIndexByte(line, ' ')+1:]
}

// describe puts the fields that matter on one line.
func describe(m ecma.Message) string {
	conn := func(c ecma.ConnectionID) string { return c.CallID + "/" + c.Device.Number }
	dev := func(d ecma.ExtendedDevice) string {
		if d.Presence == ecma.NotKnown {
			return "?"
		}
		return d.Device.Number
	}
	switch m := m.(type) {
	case *ecma.Error:
		return "error " + m.Value
	case *ecma.MonitorStartResponse:
		return "monitor " + m.MonitorCrossRefID
	case *ecma.MakeCallResponse:
		return "made " + conn(m.CallingDevice)
	case *ecma.ServiceInitiatedEvent:
		return fmt.Sprintf("%s ServiceInitiated %s %s %s", m.MonitorCrossRefID, conn(m.InitiatedConnection), m.Cause, m.LocalConnectionInfo)
	case *ecma.OriginatedEvent:
		return fmt.Sprintf("%s Originated %s %s>%s %s %s", m.MonitorCrossRefID, conn(m.OriginatedConnection), dev(m.CallingDevice), dev(m.CalledDevice), m.Cause, m.LocalConnectionInfo)
	case *ecma.DeliveredEvent:
		return fmt.Sprintf("%s Delivered %s %s>%s at %s %s %s", m.MonitorCrossRefID, conn(m.Connection), dev(m.CallingDevice), dev(m.CalledDevice), dev(m.AlertingDevice), m.Cause, m.LocalConnectionInfo)
	case *ecma.EstablishedEvent:
		return fmt.Sprintf("%s Established %s %s>%s by %s %s %s", m.MonitorCrossRefID, conn(m.EstablishedConnection), dev(m.CallingDevice), dev(m.CalledDevice), dev(m.AnsweringDevice), m.Cause, m.LocalConnectionInfo)
	case *ecma.FailedEvent:
		return fmt.Sprintf("%s Failed %s at %s %s %s", m.MonitorCrossRefID, conn(m.FailedConnection), dev(m.FailingDevice), m.Cause, m.LocalConnectionInfo)
	case *ecma.ConnectionClearedEvent:
		return fmt.Sprintf("%s ConnectionCleared %s %s %s", m.MonitorCrossRefID, conn(m.DroppedConnection), m.Cause, m.LocalConnectionInfo)
	case *ecma.QueuedEvent:
		return fmt.Sprintf("%s Queued %s %s>%s %d/%d %s %s", m.MonitorCrossRefID, conn(m.QueuedConnection), dev(m.CallingDevice), dev(m.CalledDevice), m.NumberQueued.Value, m.CallsInFront.Value, m.Cause, m.LocalConnectionInfo)
	case *ecma.NetworkReachedEvent:
		return fmt.Sprintf("%s NetworkReached %s %s>%s %s %s", m.MonitorCrossRefID, conn(m.OutboundConnection), dev(m.CallingDevice), dev(m.CalledDevice), m.Cause, m.LocalConnectionInfo)
	case *ecma.DivertedEvent:
		return fmt.Sprintf("%s Diverted %s to %s %s %s", m.MonitorCrossRefID, conn(m.Connection), dev(m.NewDestination), m.Cause, m.LocalConnectionInfo)
	case *ecma.HeldEvent:
		return fmt.Sprintf("%s Held %s %s %s", m.MonitorCrossRefID, conn(m.HeldConnection), m.Cause, m.LocalConnectionInfo)
	case *ecma.RetrievedEvent:
		return fmt.Sprintf("%s Retrieved %s %s %s", m.MonitorCrossRefID, conn(m.RetrievedConnection), m.Cause, m.LocalConnectionInfo)
	case *ecma.TransferedEvent:
		s := fmt.Sprintf("%s Transfered %s", m.MonitorCrossRefID, conn(m.PrimaryOldCall))
		if !m.SecondaryOldCall.IsZero() {
			s += "+" + conn(m.SecondaryOldCall)
		}
		for _, item := range m.TransferredConnections {
			s += " " + conn(item.NewConnection)
		}
		return s + fmt.Sprintf(" by %s to %s %s %s", dev(m.TransferringDevice), dev(m.TransferredToDevice), m.Cause, m.LocalConnectionInfo)
	case *ecma.ConferencedEvent:
		s := fmt.Sprintf("%s Conferenced %s+%s", m.MonitorCrossRefID, conn(m.PrimaryOldCall), conn(m.SecondaryOldCall))
		for _, item := range m.ConferenceConnections {
			s += " " + conn(item.NewConnection)
		}
		return s + fmt.Sprintf(" %s %s", m.Cause, m.LocalConnectionInfo)
	case *ecma.PlayEvent:
		return fmt.Sprintf("%s Play %s %s", m.MonitorCrossRefID, conn(m.Connection), m.Message)
	case *ecma.RecordEvent:
		return fmt.Sprintf("%s Record %s %s", m.MonitorCrossRefID, conn(m.Connection), m.Message)
	case *ecma.StopEvent:
		return fmt.Sprintf("%s Stop %s %s %s", m.MonitorCrossRefID, conn(m.Connection), m.Message, m.Cause)
	case *ecma.DtmfDetectedEvent:
		return fmt.Sprintf("%s Dtmf %s %s", m.MonitorCrossRefID, conn(m.OverConnection), m.DTMFChar)
	case *ecma.RecordMessageResponse:
		return "recording " + m.ResultingMessage
	case *ecma.SingleStepTransferCallResponse:
		return "transferred " + conn(m.TransferredCall)
	case *ecma.TransferCallResponse:
		return "transferred " + conn(m.TransferredCall)
	case *ecma.ConferenceCallResponse:
		return "conference " + conn(m.ConferenceCall)
	case *ecma.ConsultationCallResponse:
		return "consults " + conn(m.InitiatedCall)
	case *ecma.MakePredictiveCallResponse:
		return "predicts " + conn(m.InitiatedCall)
	case *ecma.SnapshotDeviceResponse:
		var calls []string
		for _, info := range m.Calls {
			calls = append(calls, fmt.Sprintf("%s%v", conn(info.Connection), info.States))
		}
		return fmt.Sprintf("calls %v", calls)
	case *ecma.DoNotDisturbEvent:
		return fmt.Sprintf("%s DoNotDisturb %s %v", m.MonitorCrossRefID, dev(m.Device), m.DoNotDisturbOn)
	case *ecma.ForwardingEvent:
		return fmt.Sprintf("%s Forwarding %s %s %v to %s rings %d", m.MonitorCrossRefID, dev(m.Device), m.ForwardingType, m.ForwardStatus, m.ForwardTo.Number, m.RingCount.Value)
	case *ecma.GetDoNotDisturbResponse:
		return fmt.Sprintf("disturb %v", !m.DoNotDisturbOn)
	case *ecma.GetForwardingResponse:
		s := "forwards"
		for _, item := range m.ForwardingList {
			s += fmt.Sprintf(" %s %v %s %d", item.ForwardingType, item.ForwardStatus, item.ForwardDN.Number, item.RingCount.Value)
		}
		return s
	case *ecma.SnapshotCallResponse:
		var ends []string
		for _, e := range m.Endpoints {
			ends = append(ends, conn(e.Connection)+" "+string(e.State))
		}
		return fmt.Sprintf("endpoints %v %s>%s", ends, dev(m.CallingDevice), dev(m.CalledDevice))
	}
	return m.Element()
}

// empty asserts that nothing of any call is left.
func (b *bench) empty() {
	b.t.Helper()
	require.Empty(b.t, b.core.legs)
	require.Empty(b.t, b.core.calls)
	require.Empty(b.t, b.core.making)
	require.Zero(b.t, b.core.model.Calls.Len())
}
