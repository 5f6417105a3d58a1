package engine

import (
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// counter is a loop without an engine: all that a desk needs. What it brings about is
// written down, in order.
type counter struct {
	office
	who   *session
	lines []string
	// asked are the operations that have not ended, waits the times that run.
	asked []result
	waits []waiter
	event ecma.Event
}

// newCounter is a counter with one session, which waits for the answer to each request.
func newCounter(t *testing.T) *counter {
	d := &counter{who: &session{Session: &frames{}, number: 1, monitors: map[string]*model.Monitor{}}}
	d.office = office{loop: d, opts: &Options{DefaultDomain: "csta.test"}, log: discard(), model: model.New(d)}
	t.Cleanup(func() { require.Empty(t, d.lines, "unread") })
	return d
}

func (d *counter) say(format string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

func (d *counter) respond(_ *Request, m ecma.Message)              { d.say("%s", describe(m)) }
func (d *counter) refuse(_ *Request, e *ecma.Error)                { d.say("%s", describe(e)) }
func (d *counter) asker(*Request) *session                         { return d.who }
func (d *counter) clock() time.Time                                { return time.Unix(1000, 0) }
func (d *counter) lasting(_ wait, who waiter)                      { d.waits = append(d.waits, who) }
func (d *counter) push(_ *session, _ ecma.Edition, m ecma.Message) { d.say("push %s", m.Element()) }
func (d *counter) inquire(op switching.Operation, done result) {
	d.say("asks %T", op)
	d.asked = append(d.asked, done)
}

// ends ends the oldest operation.
func (d *counter) ends(st switching.DeviceStatus) {
	done := d.asked[0]
	d.asked = d.asked[1:]
	done(switching.Outcome{Device: st}, nil)
}

// Begin, Tell and Impossible make it the model's sink.
func (d *counter) Begin(ev ecma.Event) { d.event = ev }
func (d *counter) Tell(m *model.Monitor, _ ecma.LocalConnectionState) {
	d.say("%s to %s", d.event.Element(), m.CrossRefID)
}
func (d *counter) Impossible(*model.Connection, ecma.LocalConnectionState) { d.say("impossible") }

// take are the lines since the last take.
func (d *counter) take() []string {
	lines := d.lines
	d.lines = nil
	return lines
}

// watch monitors a subscriber that is registered.
func (d *counter) watch(m *monitoring, number string) string {
	m.start(&Request{Edition: ecma.Edition4}, &ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber(number)}})
	d.ends(switching.DeviceStatus{Device: number, Known: true, Registered: true})
	d.take()
	return fmt.Sprint(d.model.Monitors.LastNumber())
}

func TestMonitoringByItself(t *testing.T) {
	d := newCounter(t)
	desk := &monitoring{&d.office, newRegistrations(&d.office)}
	r := &Request{Edition: ecma.Edition4}
	desk.start(r, &ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber("1000@csta.test")}})
	require.Equal(t, []string{"asks switching.LookUpDevice"}, d.take())
	d.ends(switching.DeviceStatus{Device: "1000", Known: true, Registered: true})
	require.Equal(t, []string{"monitor 1"}, d.take())
	require.Len(t, d.who.monitors, 1)
	require.Equal(t, model.InService, desk.registrations.service["1000"])

	desk.start(r, &ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber("nobody")}})
	d.take()
	d.ends(switching.DeviceStatus{})
	require.Equal(t, []string{"error invalidDeviceID"}, d.take())

	desk.stop(r, &ecma.MonitorStop{MonitorCrossRefID: "99"})
	desk.stop(r, &ecma.MonitorStop{MonitorCrossRefID: "1"})
	require.Equal(t, []string{"error invalidMonitorCrossRefID", "MonitorStopResponse"}, d.take())
	require.Zero(t, d.model.Monitors.Len())
	require.Empty(t, d.who.monitors)
}

func TestRegistrationsByThemselves(t *testing.T) {
	d := newCounter(t)
	desk := newRegistrations(&d.office)
	ref := d.watch(&monitoring{&d.office, desk}, "1000")
	desk.unregistered("1000")
	require.Equal(t, []string{"asks switching.LookUpDevice"}, d.take())
	d.ends(switching.DeviceStatus{Registered: true})
	require.Empty(t, d.take(), "another contact, or the switch is not done")
	require.True(t, d.waits[0].late(forOtherContact))
	d.take()
	d.ends(switching.DeviceStatus{})
	require.Equal(t, []string{"OutOfServiceEvent to " + ref}, d.take())
	desk.registered("1000@CSTA.test")
	require.Equal(t, []string{"BackInServiceEvent to " + ref}, d.take())
	desk.registered("1000")
	require.Empty(t, d.take(), "a refresh")
	require.Len(t, desk.status(Counters{}).Monitors, 1)
}

func TestSnapshotsByThemselves(t *testing.T) {
	d := newCounter(t)
	desk := &snapshots{&d.office}
	cl := d.model.NewCall("a")
	d.model.Connect(cl, ecma.Subscriber("1000"), ecma.StateConnected, "")
	d.model.Connect(cl, ecma.Subscriber("1001"), ecma.StateAlerting, "")
	r := &Request{}
	desk.device(r, &ecma.SnapshotDevice{Object: ecma.Subscriber("1001")})
	desk.call(r, &ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "b"}})
	require.Equal(t, []string{"calls [a/1001[alerting connected]]", "error invalidCallID"}, d.take())
	desk.device(r, &ecma.SnapshotDevice{Object: ecma.Subscriber("1002")})
	d.ends(switching.DeviceStatus{Device: "1002", Known: true})
	require.Equal(t, []string{"asks switching.LookUpDevice", "calls []"}, d.take())
	d.who = nil
	desk.device(r, &ecma.SnapshotDevice{Object: ecma.Subscriber("1002")})
	d.take()
	d.ends(switching.DeviceStatus{Device: "1002", Known: true})
	require.Empty(t, d.take(), "nobody waits any more")
}

func TestCapabilitiesByThemselves(t *testing.T) {
	d := newCounter(t)
	desk := &capabilities{&d.office}
	desk.features(&Request{}, &ecma.GetCSTAFeatures{})
	desk.caps(&Request{}, &ecma.GetSwitchingFunctionCaps{})
	require.Equal(t, []string{"GetCSTAFeaturesResponse", "GetSwitchingFunctionCapsResponse"}, d.take())
}

func TestRosterByItself(t *testing.T) {
	d := newCounter(t)
	desk := newRoster(&d.office, newRegistrations(&d.office))
	desk.saw(ecma.Queue("9500"))
	desk.devices(&Request{}, &ecma.GetSwitchingFunctionDevices{})
	d.asked[0](switching.Outcome{Devices: []string{"1000"}}, nil)
	require.Equal(t, []string{"asks switching.ListSubscribers", "GetSwitchingFunctionDevicesResponse", "push SwitchingFunctionDevices"}, d.take())
	require.Equal(t, []ecma.ListedDevice{
		{DeviceID: ecma.Subscriber("1000"), DeviceCategory: ecma.CategoryStation},
		{DeviceID: ecma.Queue("9500"), DeviceCategory: ecma.CategoryAcd},
	}, desk.list(d.who, ""))
	require.False(t, desk.changed)
	desk.registrations.registered("1001")
	require.True(t, desk.changed)
	desk.physicalDevice(&Request{}, &ecma.GetPhysicalDeviceInformation{Device: ecma.Queue("9500")})
	desk.logicalDevice(&Request{}, &ecma.GetLogicalDeviceInformation{Device: ecma.Queue("9500")})
	require.Equal(t, []string{"GetPhysicalDeviceInformationResponse", "GetLogicalDeviceInformationResponse"}, d.take())
	d.who = nil
	desk.devices(&Request{}, &ecma.GetSwitchingFunctionDevices{})
	d.asked[1](switching.Outcome{}, nil)
	require.Equal(t, []string{"asks switching.ListSubscribers"}, d.take(), "nobody waits any more")
}

// shownBy are telephones that take requests, by themselves.
type shownBy struct {
	*counter
	phones []*handset
}

func (s *shownBy) phone(uint64) *handset { return s.phones[0] }
func (s *shownBy) at(string) []*handset  { return s.phones }
func (s *shownBy) show(_ *handset, r telephone.Request, done func()) {
	s.say("phone: %s %t", r.Service, r.On)
	done()
}

func TestFeaturesByThemselves(t *testing.T) {
	d := newCounter(t)
	kept := keeper{}
	d.opts.FeatureStore = kept
	desk := newFeatureBook(&d.office, &shownBy{d, []*handset{{id: 1, device: "1000"}}})
	ref := d.watch(&monitoring{&d.office, newRegistrations(&d.office)}, "1000")
	desk.setDoNotDisturb(&Request{}, &ecma.SetDoNotDisturb{Device: ecma.Subscriber("1000"), DoNotDisturbOn: true})
	d.ends(switching.DeviceStatus{Device: "1000", Known: true})
	require.True(t, kept["1000"].DoNotDisturb)
	require.Len(t, d.take(), 2, "who is it, and what the switch is told")
	d.ends(switching.DeviceStatus{})
	lines := d.take()
	require.Equal(t, []string{"SetDoNotDisturbResponse", "DoNotDisturbEvent to " + ref}, lines[:2], "the switch knows first")
	require.Equal(t, "phone: SetDoNotDisturb true", lines[len(lines)-1])
	d.ends(switching.DeviceStatus{})
	desk.getDoNotDisturb(&Request{}, &ecma.GetDoNotDisturb{Device: ecma.Subscriber("1000")})
	d.ends(switching.DeviceStatus{Device: "1000", Known: true})
	require.Len(t, d.take(), 2)
}

func TestTracesByThemselves(t *testing.T) {
	d := newCounter(t)
	tr := trace{office: &d.office}
	changed, err := tr.set("1000", true)
	require.NoError(t, err)
	require.True(t, changed)
	require.True(t, tr.concerns(d.who, []byte("<deviceID>1000</deviceID>")))
	require.True(t, tr.concerns(d.who, []byte("<deviceID>1000@csta.test</deviceID>")))
	require.False(t, tr.concerns(d.who, []byte("<deviceID>10001</deviceID>")))
	d.watch(&monitoring{&d.office, newRegistrations(&d.office)}, "1000")
	require.True(t, tr.concerns(d.who, []byte("<monitorCrossRefID>1</monitorCrossRefID>")))
}

// Desks are given what they may ask of the loop, and nothing of calls in motion.
func TestDesksKnowNeitherCoreNorLegs(t *testing.T) {
	for _, file := range []string{"monitoring.go", "snapshots.go", "capability.go", "registration.go", "status.go", "roster.go", "segments.go", "features.go", "phone_features.go", "desk.go", "emit.go", "order.go"} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Nil(t, regexp.MustCompile(`\*(core|leg|call)\b`).Find(source), file)
	}
}

// answered is a session that counts the answers it gets.
type answered struct {
	frames
	times int
}

func (a *answered) Respond(uint16, ecma.Edition, ecma.Message) { a.times++ }

// Requests are answered once, in the order that matters, and not at all when their
// session has gone.
func TestRequestsByThemselves(t *testing.T) {
	d := newCounter(t)
	heard := newAudience(&d.office)
	heard.subscribes = func(string) bool { return false }
	var served []*Request
	q := newRequests(&d.office, heard, func(r *Request) { served = append(served, r) })
	first, second := &answered{}, &answered{}
	heard.openSession(first)
	heard.openSession(second)
	one, other := &Request{Session: first, Message: &ecma.HoldCall{}}, &Request{Session: second, Invoke: 2, Message: &ecma.HoldCall{}}
	q.request(one)
	q.request(other)
	require.Equal(t, []*Request{one, other}, served)
	require.Equal(t, served, q.waitingRequests())
	q.respond(one, &ecma.HoldCallResponse{})
	q.refuse(one, ecma.ErrUnspecified)
	require.Equal(t, 1, first.times)
	require.Nil(t, q.asker(one))
	require.NotNil(t, q.asker(other))
	heard.forgetSession(q.asker(other), second)
	q.forgetRequests(second)
	q.respond(other, &ecma.HoldCallResponse{})
	require.Zero(t, second.times)
	q.request(&Request{Session: second, Message: &ecma.HoldCall{}})
	require.Len(t, served, 2)
	heard.flush()
}

func TestPermissionsByThemselves(t *testing.T) {
	d := newCounter(t)
	heard := newAudience(&d.office)
	watching := &monitoring{&d.office, newRegistrations(&d.office)}
	desk := &permissions{&d.office, heard, newRequests(&d.office, heard, nil), watching, nil, nil}
	admitted := 0
	ask := func(m ecma.Message) {
		desk.admit(&Request{Message: m}, services[m.Element()], func() { admitted++ })
	}
	ask(&ecma.HoldCall{})
	require.Equal(t, 1, admitted, "without applications everything is allowed")
	d.watch(watching, "1000")
	desk.grant(d.who, applications.Nobody)
	require.Zero(t, d.model.Monitors.Len(), "what it may not have any more has ended")
	ask(&ecma.GetCSTAFeatures{})
	require.Equal(t, 2, admitted)
	ask(&ecma.HoldCall{})
	require.Equal(t, 2, admitted)
	require.Equal(t, []string{"error securityViolation"}, d.take())
}
