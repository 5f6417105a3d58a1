package conformance

import (
	"path"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// outsider is the number of the party in the network.
const outsider = "4955512"

// queueAndTrunk are the roles of the shipped dialplan's queue and network
// interface.
var queueAndTrunk = Cast{"Q": "029500/deviceNumber", "N": "0120/deviceNumber"}

// Outside is the party in the network.
func (p *Play) Outside() *Actor {
	p.Helper()
	return p.OutsideAs(outsider)
}

// OutsideAs is a party in the network with another number.
func (p *Play) OutsideAs(number string) *Actor {
	p.Helper()
	if p.phones[number] == nil {
		phone, err := p.backend.Party(p.within(), number)
		p.must(err)
		p.phones[number] = phone
	}
	return &Actor{play: p, role: number, phone: p.phones[number]}
}

// RegistersFor registers the phone for that time only.
func (a *Actor) RegistersFor(d time.Duration) {
	a.play.Helper()
	a.play.must(a.phone.RegisterFor(a.play.within(), d))
}

// Caller is the calling number that the phone shows, where phones do.
func (t *Talk) Caller() (number string, known bool) {
	line, ok := t.line.(*sipLine)
	if !ok {
		return "", false
	}
	return line.Call.Caller(), true
}

// Presses sends digits by signalling.
func (t *Talk) Presses(digits string) {
	t.play.Helper()
	for _, d := range digits {
		t.must("press a key", t.line.Digit(t.play.within(), d))
	}
}

// PressesInMedia sends digits in the media stream.
func (t *Talk) PressesInMedia(digits string) {
	t.play.Helper()
	for _, d := range digits {
		t.must("press a key", t.line.DigitByMedia(t.play.within(), d))
	}
}

// Shows checks fields of the event that came last, given as name and value by
// turns. A device is written as its role, "" means that the field is not there.
func (w *Watch) Shows(fields ...string) {
	w.play.Helper()
	e := w.Last()
	for i := 0; i+1 < len(fields); i += 2 {
		name, want := fields[i], fields[i+1]
		got := e.Value(name)
		if d := e.DeviceIn(name); got == "" && d.Form != absentForm {
			got = w.play.cast.role(d)
		}
		if known, ok := w.play.cast[want]; got != want && !(ok && got == known) {
			w.play.Errorf("monitor on %s: %s has %s %q instead of %q\n%s", w.role, e.Name(), name, got, want, e.Text)
		}
	}
}

// connectionElement is a connection as the root's child.
func (p *Play) connectionElement(tag, connection string) string {
	return probe.ConnectionElement(tag, p.Connection(connection))
}

// plays asks for Play Message over a connection, with more elements behind.
func (p *Play) plays(connection, message string, more ...string) error {
	p.Helper()
	return p.Ask("PlayMessage", probe.Element("messageToBePlayed", message)+
		p.connectionElement("overConnection", connection)+strings.Join(more, ""))
}

// Plays has the app play a message.
func (p *Play) Plays(connection, message string, more ...string) {
	p.Helper()
	p.must(p.plays(connection, message, more...))
}

// records asks for Record Message and returns the file.
func (p *Play) records(connection, file string, limit time.Duration) (string, error) {
	p.Helper()
	more := ""
	if limit > 0 {
		more = probe.Element("maxDuration", strconv.FormatInt(limit.Milliseconds(), 10))
	}
	answer, err := p.Client(app).Do(p.within(), "RecordMessage",
		p.connectionElement("callToBeRecorded", connection)+probe.Element("resource", file)+more)
	if err != nil {
		return "", err
	}
	return answer.Value("resultingMessage"), nil
}

// Records has the app record a call; it returns the file.
func (p *Play) Records(connection, file string, limit time.Duration) string {
	p.Helper()
	full, err := p.records(connection, file, limit)
	p.must(err)
	return full
}

// stops asks for Stop.
func (p *Play) stops(connection string, more ...string) error {
	p.Helper()
	return p.Ask("Stop", p.connectionElement("connection", connection)+strings.Join(more, ""))
}

// Stops has the app stop what plays or records.
func (p *Play) Stops(connection string, more ...string) {
	p.Helper()
	p.must(p.stops(connection, more...))
}

func (p *Play) deflect(connection, to string) error {
	p.Helper()
	return p.Ask("DeflectCall", p.connectionElement("callToBeDiverted", connection)+
		probe.DeviceElement("newDestination", p.dialled(to)))
}

func (p *Play) stepTransfer(connection, to string) error {
	p.Helper()
	return p.Ask("SingleStepTransferCall", p.connectionElement("activeCall", connection)+
		probe.DeviceElement("transferredTo", p.dialled(to)))
}

// dialled is the number that reaches a role.
func (p *Play) dialled(to string) probe.Device {
	d := p.Device(to)
	d.Number, _, _ = strings.Cut(d.Number, "@")
	return d
}

// predicts asks for Make Predictive Call and binds the call's ID to a name.
func (p *Play) predicts(call, calling string, called probe.Device, more ...string) error {
	p.Helper()
	answer, err := p.Client(app).Do(p.within(), "MakePredictiveCall",
		probe.DeviceElement("callingDevice", p.Device(calling))+
			probe.DeviceElement("calledDirectoryNumber", called)+strings.Join(more, ""))
	if err != nil {
		return err
	}
	id, ok := answer.ConnectionAt("initiatedCall")
	if !ok || id.CallID == "" {
		p.Fatalf("MakePredictiveCallResponse without a connection: %s", answer.Text)
	}
	// The called device's, whose connection is the first one (ECMA-269 17.1.20).
	if user(path.Base(id.Device.Number)) != user(path.Base(called.Number)) {
		p.Fatalf("MakePredictiveCallResponse names device %v instead of %v", id.Device, called)
	}
	p.names.calls[call] = id.CallID
	return nil
}

// Predicts has the app make a predictive call.
func (p *Play) Predicts(call, calling string, called probe.Device, more ...string) {
	p.Helper()
	p.must(p.predicts(call, calling, called, more...))
}
