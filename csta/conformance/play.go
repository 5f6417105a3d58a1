package conformance

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// Scenario is one story: who does what, and what each monitor must get.
type Scenario struct {
	Name string
	// Cast gives devices to roles other than the usual ones.
	Cast Cast
	// RingTime is how long the dialplan lets phones ring; 0 = long enough
	// for everything.
	RingTime time.Duration
	// RealOnly says why the simulated switch can't play it; empty: it can.
	RealOnly string
	// OwnDialplan says why FreeSWITCH's own dialplan makes another story of it;
	// empty: it does not.
	OwnDialplan string
	// Media keeps the media of calls out of the switch (Backend.SetMedia).
	Media string
	// Speaks: the phones of the usual cast speak, each with its own voice.
	Speaks bool
	// Slow: -short leaves it out on the simulated switch.
	Slow bool
	Play func(*Play)
}

// usualCast are the roles of every scenario.
var usualCast = Cast{"A": "1000", "B": "1001", "C": "1002"}

const (
	// longRing is the ring time of scenarios that do not care.
	longRing = 30 * time.Second
	// patience bounds every single wait. A good run never comes near it.
	patience = 10 * time.Second
	// aftermath is how long to collect more events before a wrong one is
	// reported, so that the report shows what came instead.
	aftermath = 300 * time.Millisecond
)

// reportedLines is how much of the server's log a failure shows.
const reportedLines = 60

// RingTimeOf is the ring time a scenario needs.
func RingTimeOf(s Scenario) time.Duration {
	if s.RingTime == 0 {
		return longRing
	}
	return s.RingTime
}

// Play is a scenario being played. Its methods fail the test when something is
// not as it should be.
type Play struct {
	testing.TB
	backend Backend
	cast    Cast
	names   *notation
	phones  map[string]Phone
	clients map[string]*probe.Client
	order   []string
	watches []*Watch
	trouble map[string]uint64
	// warnings: the log may hold new warnings after the scenario.
	warnings bool
}

// Run plays a scenario on a backend and checks what must be true after each.
func Run(t testing.TB, b Backend, s Scenario) {
	t.Helper()
	p := newPlay(t, b, s.Cast)
	p.start(RingTimeOf(s))
	if s.Media != "" {
		p.must(b.SetMedia(s.Media))
		t.Cleanup(func() { p.must(b.SetMedia("")) })
	}
	if s.Speaks {
		p.speak()
	}
	s.Play(p)
	p.finish()
}

// newPlay sets a stage with the usual cast, where others do not take its roles.
func newPlay(t testing.TB, b Backend, others Cast) *Play {
	p := &Play{
		TB: t, backend: b, cast: make(Cast),
		phones:  make(map[string]Phone),
		clients: make(map[string]*probe.Client),
	}
	maps.Copy(p.cast, usualCast)
	maps.Copy(p.cast, others)
	p.names = newNotation(p.cast)
	t.Cleanup(p.close)
	return p
}

// start gets the phones ready and notes what trouble there was before.
func (p *Play) start(ringTime time.Duration) {
	p.Helper()
	p.recordAnew()
	p.must(p.backend.SetRingTime(ringTime))
	// All phones are there before anything is monitored: a device that comes
	// into service is an event of its own.
	for role := range p.cast {
		if p.Device(role).Type == dialingNumber {
			p.Phone(role)
		}
	}
	var err error
	p.trouble, err = p.backend.Trouble(p.within())
	p.must(err)
}

func (p *Play) within() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	p.Cleanup(cancel)
	return ctx
}

func (p *Play) must(err error) {
	p.Helper()
	p.foreign(err)
	if err != nil {
		p.Fatal(err)
	}
}

// foreign skips a scenario that asks of a telephone what it does not do.
func (p *Play) foreign(err error) {
	p.Helper()
	if errors.Is(err, errForeign) {
		p.Skip(err)
	}
}

// close reports what is needed to understand a failure and hangs up.
func (p *Play) close() {
	if p.Failed() {
		p.report()
	}
	for role, phone := range p.phones {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		if err := phone.HangUpAll(ctx); err != nil {
			p.Errorf("phone %s: %v", role, err)
		}
		cancel()
	}
	for _, c := range p.clients {
		_ = c.Close()
	}
	if p.Failed() || p.Skipped() {
		// It ended in the middle of its calls, whose end is nothing to the next one.
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := p.backend.WaitIdle(ctx); err != nil {
			p.Log(err)
		}
		time.Sleep(aftermath)
	}
}

func (p *Play) report() {
	for _, name := range p.order {
		p.Logf("client %s:", name)
		for _, e := range p.clients[name].Log() {
			switch {
			case e.Event != nil:
				p.Logf("  %s monitor %s: %s", e.Event.At.Format("15:04:05.000"), e.Event.CrossRef, p.names.write(e.Event))
			case e.Response != nil:
				p.Logf("  %s answer %s %s %s", e.Response.At.Format("15:04:05.000"), e.Invoke, e.Response.Name(), e.Response.Error())
			case e.Sent != "":
				p.Logf("               request %s %s", e.Invoke, e.Sent[strings.Index(e.Sent, "?>")+2:])
			}
		}
	}
	p.Log("log of the server:")
	lines := p.backend.Log()
	for _, line := range lines[max(0, len(lines)-reportedLines):] {
		p.Logf("  %s", line)
	}
	for role, phone := range p.phones {
		p.Logf("phone %s:", role)
		for _, line := range phone.Journal() {
			p.Logf("  %s", line)
		}
	}
}

// Client is the CSTA client of that name; it connects on first use.
func (p *Play) Client(name string) *probe.Client {
	p.Helper()
	if c := p.clients[name]; c != nil {
		return c
	}
	c, err := probe.Dial(p.within(), p.backend.Address())
	p.must(err)
	p.clients[name] = c
	p.order = append(p.order, name)
	return c
}

// app is the client that most scenarios use.
const app = "app"

// Backend is the switch being played on.
func (p *Play) Backend() Backend { return p.backend }

// Device is the device that plays a role.
func (p *Play) Device(role string) probe.Device { return p.cast.device(role) }

// Connection is the connection written call:role.
func (p *Play) Connection(text string) probe.Connection {
	name, role, _ := strings.Cut(text, ":")
	id, ok := p.names.calls[name]
	if !ok {
		id = name
	}
	c := probe.Connection{CallID: id}
	if role != "" {
		c.Device = p.Device(role)
	}
	return c
}

// Watch is a monitor on the device of a role.
type Watch struct {
	*probe.Monitor
	play *Play
	role string
}

// Monitor starts a monitor on a role's device.
func (p *Play) Monitor(role string) *Watch { p.Helper(); return p.MonitorBy(app, role) }

// MonitorBy starts a monitor for another client, without the events named.
func (p *Play) MonitorBy(client, role string, filtered ...string) *Watch {
	p.Helper()
	m, err := p.Client(client).MonitorStart(p.within(), p.Device(role), filtered...)
	p.must(err)
	w := &Watch{Monitor: m, play: p, role: role}
	p.watches = append(p.watches, w)
	return w
}

// MonitorCall starts a monitor on the call of a connection, written call:role.
func (p *Play) MonitorCall(connection string) *Watch {
	p.Helper()
	m, err := p.Client(app).MonitorCall(p.within(), p.Connection(connection))
	p.must(err)
	w := &Watch{Monitor: m, play: p, role: "the call of " + connection}
	p.watches = append(p.watches, w)
	return w
}

// Stop stops the monitor.
func (w *Watch) Stop() {
	w.play.Helper()
	w.play.must(w.Client().MonitorStop(w.play.within(), w.CrossRef))
}

// Gets waits for the events of the lines, in that order and no other. After
// them it takes a snapshot of a monitored device, which the checker compares with
// what the events said.
func (w *Watch) Gets(lines ...string) {
	p := w.play
	p.Helper()
	var got []string
	for _, line := range lines {
		e, err := w.Next(p.within())
		if err != nil {
			p.Fatalf("monitor on %s: %v\nmissing: %s\ngot before:\n%s", w.role, err, line, indent(got))
		}
		p.names.bind(line, e)
		text := p.names.write(e)
		got = append(got, text)
		if text != line {
			p.Fatalf("monitor on %s: wrong event\nwant: %s\ngot:  %s\nbefore:\n%safter:\n%s\n%s",
				w.role, line, text, indent(got[:len(got)-1]), indent(w.rest()), e.Text)
		}
	}
	w.snapshot()
}

// GetsInAnyOrder waits for the events of the lines, where two threads of the
// switch bring them about, and returns them as they came. None of them may name a
// call for the first time.
func (w *Watch) GetsInAnyOrder(lines ...string) (got []string) {
	w.play.Helper()
	for range lines {
		e, err := w.Next(w.play.within())
		w.play.must(err)
		got = append(got, w.play.names.write(e))
	}
	if !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(lines))) {
		w.play.Fatalf("monitor on %s: wrong events\nwant, in any order:\n%sgot:\n%s", w.role, indent(lines), indent(got))
	}
	w.snapshot()
	return got
}

func (w *Watch) rest() []string {
	time.Sleep(aftermath)
	var lines []string
	for _, e := range w.Unread() {
		lines = append(lines, w.play.names.write(e))
	}
	return lines
}

func indent(lines []string) string {
	if len(lines) == 0 {
		return "  (nothing)\n"
	}
	return "  " + strings.Join(lines, "\n  ") + "\n"
}

func (w *Watch) snapshot() {
	if w.Device == (probe.Device{}) {
		return
	}
	w.play.Helper()
	_, err := w.Client().SnapshotDevice(w.play.within(), w.Device)
	w.play.must(err)
}

// GetsNothing checks that no event has come that was not expected, after a
// round trip to the server.
func (w *Watch) GetsNothing() {
	w.play.Helper()
	w.snapshot()
	if unread := w.Unread(); len(unread) > 0 {
		w.play.Fatalf("monitor on %s: unexpected events:\n%s", w.role, indent(w.rest()))
	}
}

// Phone is the phone that plays a role.
func (p *Play) Phone(role string) *Actor {
	p.Helper()
	phone := p.phones[role]
	if phone == nil {
		var err error
		phone, err = p.backend.Phone(p.within(), p.cast.text(role))
		p.must(err)
		p.phones[role] = phone
	}
	return &Actor{play: p, role: role, phone: phone}
}

func (c Cast) text(role string) string {
	if text, ok := c[role]; ok {
		return text
	}
	return role
}

// Actor is a phone in a scenario.
type Actor struct {
	play  *Play
	role  string
	phone Phone
}

// Behaves changes what the phone does by itself.
func (a *Actor) Behaves(b Behaviour) *Actor {
	a.play.Helper()
	a.play.must(a.phone.Behave(b))
	return a
}

// Leaves unregisters the phone; it comes back at the end of the scenario.
func (a *Actor) Leaves() {
	a.play.Helper()
	a.play.must(a.phone.Unregister(a.play.within()))
	a.play.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := a.phone.Register(ctx); err != nil {
			a.play.Errorf("phone %s: %v", a.role, err)
		}
	})
}

// Returns registers the phone.
func (a *Actor) Returns() {
	a.play.Helper()
	a.play.must(a.phone.Register(a.play.within()))
}

// Dials calls a role or a literal number.
func (a *Actor) Dials(to string) *Talk {
	a.play.Helper()
	number, _, _ := strings.Cut(a.play.cast.text(to), "@")
	line, err := a.phone.Dial(a.play.within(), number)
	a.play.must(err)
	return &Talk{play: a.play, role: a.role, line: line}
}

// Rings waits for the next incoming call.
func (a *Actor) Rings() *Talk {
	a.play.Helper()
	line, err := a.phone.Rings(a.play.within())
	a.play.must(err)
	return &Talk{play: a.play, role: a.role, line: line}
}

// Talk is one call at a phone in a scenario.
type Talk struct {
	play *Play
	role string
	line Line
}

func (t *Talk) must(what string, err error) {
	t.play.Helper()
	t.play.foreign(err)
	if err != nil {
		t.play.Fatalf("phone %s: %s: %v", t.role, what, err)
	}
}

// HearsRinging waits until the far end rings.
func (t *Talk) HearsRinging() {
	t.play.Helper()
	t.must("far end rings", t.line.WaitRinging(t.play.within()))
}

// Answers answers.
func (t *Talk) Answers() {
	t.play.Helper()
	t.must("answer", t.line.Answer(t.play.within()))
}

// Rejects refuses with a SIP status.
func (t *Talk) Rejects(status int) {
	t.play.Helper()
	t.must("reject", t.line.Reject(t.play.within(), status))
}

// Redirects sends the call on to a role or a literal number.
func (t *Talk) Redirects(to string) {
	t.play.Helper()
	number, _, _ := strings.Cut(t.play.cast.text(to), "@")
	t.must("redirect", t.line.Redirect(t.play.within(), number))
}

// HangsUp ends the call, whatever its state.
func (t *Talk) HangsUp() {
	t.play.Helper()
	t.must("hang up", t.line.HangUp(t.play.within()))
}

// Connected waits until the call is answered.
func (t *Talk) Connected() {
	t.play.Helper()
	t.must("connected", t.line.WaitConnected(t.play.within()))
}

// Ended waits until the call is over.
func (t *Talk) Ended() {
	t.play.Helper()
	t.must("ended", t.line.WaitEnded(t.play.within()))
}

// MakeCall has the app ask for a call and binds its ID to a name.
func (p *Play) MakeCall(call, calling, called, originate string) {
	p.Helper()
	p.MakeCallBy(app, call, calling, called, originate)
}

// MakeCallBy has a client ask for a call.
func (p *Play) MakeCallBy(client, call, calling, called, originate string) {
	p.Helper()
	number := p.Device(called)
	number.Number, _, _ = strings.Cut(number.Number, "@")
	id, err := p.Client(client).MakeCall(p.within(), p.Device(calling), number, originate)
	p.must(err)
	if id.Device != p.Device(calling) {
		p.Fatalf("MakeCallResponse names device %v instead of %v", id.Device, p.Device(calling))
	}
	if id.CallID == "" {
		p.Fatal("MakeCallResponse without a call ID")
	}
	p.names.calls[call] = id.CallID
}

// Clears has the app clear a connection, written call:role.
func (p *Play) Clears(connection string) {
	p.Helper()
	p.must(p.Client(app).ClearConnection(p.within(), p.Connection(connection)))
}

// Answers has the app answer a connection, written call:role.
func (p *Play) Answers(connection string) {
	p.Helper()
	p.must(p.Client(app).AnswerCall(p.within(), p.Connection(connection)))
}

// Refused checks that an error is a negative answer with that value
// (category/value).
func (p *Play) Refused(want string, err error) {
	p.Helper()
	var refused *probe.RefusedError
	switch {
	case err == nil:
		p.Errorf("accepted, but %s was to be expected", want)
	case !errors.As(err, &refused):
		p.Errorf("no negative answer: %v", err)
	case refused.Value != want:
		p.Errorf("refused with %s instead of %s", refused.Value, want)
	}
}

// Ask sends a request of the app as it is and returns the error, if any.
func (p *Play) Ask(root, children string) error {
	p.Helper()
	_, err := p.Client(app).Do(p.within(), root, children)
	return err
}

// Snapshot checks the calls of a device, written "call:role state state…", the
// device's own state first. The states of the others are compared in any order.
func (p *Play) Snapshot(role string, want ...string) {
	p.Helper()
	slices.Sort(want)
	if got := p.snapshots(role); !slices.Equal(got, want) {
		p.Errorf("Snapshot Device of %s:\nwant:\n%sgot:\n%s", role, indent(want), indent(got))
	}
}

// ComesTo waits until a Snapshot shows that.
func (p *Play) ComesTo(role string, want ...string) {
	p.Helper()
	slices.Sort(want)
	ctx := p.within()
	for {
		got := p.snapshots(role)
		if slices.Equal(got, want) {
			return
		}
		if err := pause(ctx); err != nil {
			p.Fatalf("Snapshot Device of %s never shows:\n%sbut:\n%s", role, indent(want), indent(got))
		}
	}
}

func (p *Play) snapshots(role string) []string {
	p.Helper()
	entries, err := p.Client(app).SnapshotDevice(p.within(), p.Device(role))
	p.must(err)
	var got []string
	for _, e := range entries {
		if len(e.States) > 2 {
			slices.Sort(e.States[1:])
		}
		got = append(got, p.names.snapshot(e))
	}
	slices.Sort(got)
	return got
}

// SnapshotCall checks the connections of a call, written "role state".
func (p *Play) SnapshotCall(call string, want ...string) {
	p.Helper()
	endpoints, err := p.Client(app).SnapshotCall(p.within(), p.Connection(call))
	p.must(err)
	var got []string
	for _, e := range endpoints {
		if e.Connection.Device != e.Device {
			p.Errorf("Snapshot Call: device %v has a connection of %v", e.Device, e.Connection.Device)
		}
		got = append(got, p.cast.role(e.Device)+" "+e.State)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		p.Errorf("Snapshot Call of %s:\nwant:\n%sgot:\n%s", call, indent(want), indent(got))
	}
}

// skip marks all events of the monitor as expected.
func (w *Watch) skip() {
	for range w.Unread() {
		// There is one for each, so that nothing is waited for.
		_, _ = w.Next(w.play.within())
	}
}

// endsAnyhow ends a scenario in which what is told of the end does not count.
func (p *Play) endsAnyhow() {
	p.Helper()
	p.settle()
	for _, w := range p.watches {
		w.skip()
	}
}

// finish hangs everything up and checks what must be true after any scenario:
// no leg, no call, no event nobody expected, no broken rule, no repair.
func (p *Play) finish() {
	p.Helper()
	p.settle()
	for _, w := range p.watches {
		if len(w.Unread()) > 0 {
			p.Errorf("monitor on %s: events that nobody expected:\n%s", w.role, indent(w.rest()))
		}
	}
	p.checkRules()
	p.checkRecording()
	for _, name := range p.order {
		log := p.clients[name].Log()
		for _, left := range Leftovers(log) {
			p.Errorf("client %s: not ended: %s", name, left)
		}
	}
	after, err := p.backend.Trouble(p.within())
	if err != nil {
		p.Error(err)
	}
	for what, n := range after {
		if strings.HasPrefix(what, logTrouble) && p.warnings {
			continue
		}
		if n != p.trouble[what] {
			p.Errorf("%d more %s", n-p.trouble[what], what)
		}
	}
}

// checkRules checks what the clients have seen so far.
func (p *Play) checkRules() {
	p.Helper()
	for _, name := range p.order {
		for _, broken := range Violations(p.clients[name].Log()) {
			p.Errorf("client %s: rule broken: %s", name, broken)
		}
	}
}

// settle ends all calls and waits until switch and model know.
func (p *Play) settle() {
	p.Helper()
	for role, phone := range p.phones {
		if err := phone.HangUpAll(p.within()); err != nil {
			p.Errorf("phone %s: %v", role, err)
		}
	}
	if err := p.backend.WaitIdle(p.within()); err != nil {
		p.Errorf("after the scenario: %v", err)
	}
	p.waitModelEmpty()
}

// waitModelEmpty waits until no device of the cast has a call. The switch may
// be done before its last events have reached the model. Every client asks, so
// that all events before the answers have been read.
func (p *Play) waitModelEmpty() {
	p.Helper()
	ctx := p.within()
	for _, name := range append([]string{app}, p.order...) {
		for role := range p.cast {
			for {
				entries, err := p.Client(name).SnapshotDevice(ctx, p.Device(role))
				if err != nil {
					p.Errorf("after the scenario: %v", err)
					return
				}
				if len(entries) == 0 {
					break
				}
				if err := pause(ctx); err != nil {
					p.Errorf("after the scenario device %s still has calls: %v", role, entries)
					return
				}
			}
		}
	}
}
