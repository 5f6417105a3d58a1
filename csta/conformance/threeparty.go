package conformance

import (
	"strings"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// trio is a conversation of two that a third party may join. The scenarios are
// written with x for the device that holds, consults or transfers, y for its
// first partner and z for the third; who of x and y called whom differs.
type trio struct {
	*Play
	x, y, z *Watch
	// xs and ys are the call at their phones.
	xs, ys *Talk
	// words puts the roles into lines.
	words *strings.Replacer
}

// fromBothSides makes two scenarios of one: x is the caller in the first, the
// callee in the second.
func fromBothSides(s Scenario, play func(*trio)) []Scenario {
	byCaller, byCallee := s, s
	byCaller.Name += ", by the caller"
	byCallee.Name += ", by the callee"
	byCaller.Play = func(p *Play) {
		a, b, out, in := talk(p)
		play(newTrio(p, a, b, out, in))
	}
	byCallee.Play = func(p *Play) {
		a, b, out, in := talk(p)
		play(newTrio(p, b, a, in, out))
	}
	return []Scenario{byCaller, byCallee}
}

func newTrio(p *Play, x, y *Watch, xs, ys *Talk) *trio {
	p.Helper()
	return &trio{
		Play: p, x: x, y: y, z: p.Monitor("C"), xs: xs, ys: ys,
		words: strings.NewReplacer("$x", x.role, "$y", y.role, "$z", "C"),
	}
}

// is puts the roles into a text.
func (t *trio) is(text string) string { return t.words.Replace(text) }

// gets is Gets of lines with $x, $y and $z.
func (t *trio) gets(w *Watch, lines ...string) {
	t.Helper()
	filled := make([]string, len(lines))
	for i, line := range lines {
		filled[i] = t.is(line)
	}
	w.Gets(filled...)
}

// bothGet is what x and y get of an event about x's connection in their call.
func (t *trio) bothGet(event, cause, x, y string) {
	t.Helper()
	t.gets(t.x, event+" c:$x "+cause+" "+x)
	t.gets(t.y, event+" c:$x "+cause+" "+y)
}

// talking waits until two devices hear each other.
func (p *Play) talking(one, other string) {
	p.Helper()
	p.must(p.backend.WaitTalking(p.within(), p.cast.text(one), p.cast.text(other)))
}

// The services, as the app asks for them; connections are written call:role.

func (p *Play) hold(connection string) error {
	p.Helper()
	return p.Ask("HoldCall", probe.ConnectionElement("callToBeHeld", p.Connection(connection)))
}

func (p *Play) retrieve(connection string) error {
	p.Helper()
	return p.Ask("RetrieveCall", probe.ConnectionElement("callToBeRetrieved", p.Connection(connection)))
}

// consult asks for a Consultation Call and binds the second call's ID to a name.
func (p *Play) consult(call, connection, to string) error {
	p.Helper()
	answer, err := p.Client(app).Do(p.within(), "ConsultationCall",
		probe.ConnectionElement("existingCall", p.Connection(connection))+
			probe.DeviceElement("consultedDevice", p.Device(to)))
	if err != nil {
		return err
	}
	initiated, ok := answer.ConnectionAt("initiatedCall")
	if !ok || initiated.CallID == "" {
		p.Fatalf("ConsultationCallResponse without initiatedCall: %s", answer.Text)
	}
	if own := p.Connection(connection); initiated.Device != own.Device || initiated.CallID == own.CallID {
		p.Fatalf("ConsultationCallResponse names %v for a consultation of %v", initiated, own)
	}
	p.names.calls[call] = initiated.CallID
	return nil
}

// pair asks for one of the services on a held and an active connection.
func (p *Play) pair(service, held, active string) error {
	p.Helper()
	_, err := p.pairAnswer(service, held, active)
	return err
}

func (p *Play) pairAnswer(service, held, active string) (*probe.Message, error) {
	p.Helper()
	return p.Client(app).Do(p.within(), service,
		probe.ConnectionElement("heldCall", p.Connection(held))+
			probe.ConnectionElement("activeCall", p.Connection(active)))
}

// transfer asks for a Single Step Transfer Call and checks what the answer says
// of the call that it leaves.
func (p *Play) transfer(connection, to string) error {
	p.Helper()
	number := p.Device(to)
	answer, err := p.Client(app).Do(p.within(), "SingleStepTransferCall",
		probe.ConnectionElement("activeCall", p.Connection(connection))+
			probe.DeviceElement("transferredTo", number))
	if err != nil {
		return err
	}
	p.leaves(answer, "transferredCall", connection, to)
	return nil
}

// leaves checks the connection an answer names: the call of another connection,
// and a device.
func (p *Play) leaves(answer *probe.Message, tag, connection, role string) {
	p.Helper()
	got, _ := answer.ConnectionAt(tag)
	want := probe.Connection{CallID: p.Connection(connection).CallID, Device: p.Device(role)}
	if got != want {
		p.Errorf("%s names %v instead of %v", answer.Name(), got, want)
	}
}

// Holds has the phone hold the call.
func (t *Talk) Holds() {
	t.play.Helper()
	t.must("hold", t.line.Hold(t.play.within()))
}

// IsHeld waits until the phone has been told by the switch that it is on hold, as its user
// sees. Where the two tell each other of a hold in the same moment, mod_sofia of 1.10 takes
// neither the phone's, nor its end, for one (hold_laps): the call stays held.
func (t *Talk) IsHeld() {
	t.play.Helper()
	if line, is := t.line.(*sipLine); is {
		t.must("is held", line.WaitRemoteHold(t.play.within(), true))
	}
}

// Retrieves ends Holds.
func (t *Talk) Retrieves() {
	t.play.Helper()
	t.must("retrieve", t.line.Retrieve(t.play.within()))
}

// Transfers has the phone send its partner to a role or a literal number.
func (t *Talk) Transfers(to string) {
	t.play.Helper()
	number, _, _ := strings.Cut(t.play.cast.text(to), "@")
	t.must("transfer", t.line.BlindTransfer(t.play.within(), number))
}

// Joins has the phone join its partner with that of another call.
func (t *Talk) Joins(other *Talk) {
	t.play.Helper()
	t.must("transfer", t.line.AttendedTransfer(t.play.within(), other.line))
}

// JoinsInVain has the phone try to do so, and the switch refuse: the calls stay as they
// are.
func (t *Talk) JoinsInVain(other *Talk) {
	t.play.Helper()
	err := t.line.AttendedTransfer(t.play.within(), other.line)
	line, is := t.line.(*sipLine)
	if !is {
		if err == nil {
			t.play.Errorf("the transfer was not refused")
		}
		return
	}
	t.must("transfer", err)
	status, err := line.WaitTransferred(t.play.within())
	t.must("end of the transfer", err)
	if status != forbidden {
		t.play.Errorf("the transfer ended with %d", status)
	}
}

// forbidden is what a phone is told whose transfer is refused.
const forbidden = 403

// hangsUp has x hang up, which may have a line of its phone for each of its calls.
func (t *trio) hangsUp() {
	t.Helper()
	t.must(t.Phone(t.x.role).phone.HangUpAll(t.within()))
}

// ringsOn is z's ringing call after a transfer to it: the same, if x's phone made
// the transfer, or another one.
func (t *trio) ringsOn(first *Talk) *Talk {
	t.Helper()
	t.xs.Ended()
	for range int(ringsAnew / poll) {
		if first.line.Over() {
			return t.Phone(t.z.role).Rings()
		}
		time.Sleep(poll)
	}
	return first
}

// ringsAnew is how long a ringing call goes on at the most after a transfer that
// ends it.
const ringsAnew = 300 * time.Millisecond

// consults has x consult z until z rings.
func (t *trio) consults() *Talk {
	t.Helper()
	t.must(t.consult("d", t.is("c:$x"), "C"))
	in := t.Phone("C").Rings()
	t.consultationBegins()
	t.gets(t.x, "Originated d:$x $x>$z consultation connected", "Delivered d:$z $x>$z consultation connected")
	t.gets(t.z, "Delivered d:$z $x>$z consultation alerting")
	return in
}

// consultationBegins is what x and y get before the consulted party is reached.
func (t *trio) consultationBegins() {
	t.Helper()
	t.gets(t.x, "Held c:$x consultation hold", "ServiceInitiated d:$x consultation initiated")
	t.gets(t.y, "Held c:$x consultation connected")
}

// consulted goes on until z has answered.
func (t *trio) consulted() *Talk {
	t.Helper()
	in := t.consults()
	in.Answers()
	t.gets(t.x, "Established d:$z $x>$z consultation connected")
	t.gets(t.z, "Established d:$z $x>$z consultation connected")
	t.talking(t.x.role, "C")
	t.Snapshot(t.x.role, t.is("c:$x hold connected"), t.is("d:$x connected connected"))
	return in
}

// over is what the two parties of a call get when the first ends it.
func (t *trio) over(call string, first, second *Watch) {
	t.Helper()
	first.Gets("ConnectionCleared " + call + ":" + first.role + " normalClearing null")
	second.Gets(
		"ConnectionCleared "+call+":"+first.role+" normalClearing connected",
		"ConnectionCleared "+call+":"+second.role+" normalClearing null",
	)
}

// promptly is less time than the engine's guards wait for a word of the switch: a
// service that takes longer has waited for what does not come.
const promptly = 900 * time.Millisecond

// backTogether is what x and y get when x takes its held call up again, and
// that they hear each other then.
func (t *trio) backTogether() {
	t.Helper()
	began := time.Now()
	t.bothGet("Retrieved", "normal", "connected", "connected")
	if took := time.Since(began); took > promptly {
		t.Errorf("%s is back after %v", t.x.role, took)
	}
	t.talking(t.x.role, t.y.role)
}
