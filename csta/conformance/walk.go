package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// Walk has five people at their phones, one behind a network interface, and an
// application do random things, legal and illegal, at random moments: dial each
// other, a queue, the network and numbers that do not exist, answer, refuse,
// hold, transfer, press digits, hang up; and ask for every service on every
// connection. What comes of it is not known beforehand;
// checked is that nothing is refused in a way that no service has, that the
// rules for every sequence of events hold, and that in the end nothing is left.
// The same seed makes the same choices, as far as the switch's own timing lets
// it.
func Walk(t testing.TB, b Backend, g Ground, steps int, seed uint64) {
	t.Helper()
	t.Logf("seed %d", seed)
	cast := maps.Clone(queueAndTrunk)
	for n := range walkers {
		cast[walkerRole(n)] = strconv.Itoa(firstStormPhone + n)
	}
	p := newPlay(t, b, cast)
	p.start(longRing)
	p.Outside()
	for role := range p.cast {
		p.Monitor(role)
	}
	w := &walk{Play: p, Ground: g, random: rand.New(rand.NewPCG(seed, 1)), lines: make(map[string][]Line)}
	for range steps {
		if err := w.step(); err != nil {
			p.Error(err)
			break
		}
		time.Sleep(time.Duration(w.random.Int64N(int64(longestPause))))
	}
	if err := w.clearAll(); err != nil {
		p.Error(err)
	}
	w.hangUpAll()
	if err := w.endMachines(); err != nil {
		p.Error(err)
	}
	p.settle()
	for _, watch := range p.watches {
		watch.skip()
	}
	p.finish()
}

// Ground is what people find to dial and to press on a switch, beside each other
// and the network.
type Ground struct {
	// Numbers are dialled now and then, each as often as the others: one that is
	// there twice is dialled twice as often.
	Numbers []string
	// Codes are keys that are pressed one after the other during a call.
	Codes []string
	// Moody: phones that take requests change the manner in which they do.
	Moody bool
}

// ownGround is the dialplan that the project ships.
func ownGround() Ground { return Ground{Numbers: []string{"9500", "9500", "5551234"}} }

// vanillaGround is what FreeSWITCH's own dialplan offers beside subscribers, with
// a call centre, a fifo and a survey that a site adds: ring groups, a colleague
// whose phone is not there, intercept of a colleague's and of any call, redial,
// the operator, mailboxes, menus, conference rooms, parking, echo, music, clock,
// and what callers get by keys during a call.
func vanillaGround() Ground {
	return Ground{
		Numbers: []string{
			"9500", "9500", "8500", "8500", "8501", "8502", "851003", "851004",
			"1019", "2000", "2001", "0", "*8", "**1003", "**1004", "886", "870",
			"4000", "5000", "3000", "3000", "5900", "6000", "9195", "9196", "9664", "9170", "9198",
		},
		Codes: []string{"*1", "*2", "*3", "*41005#", "*4**", "1", "2", "1003", "#", "0"},
	}
}

// hangUpAll has everybody hang up. FreeSWITCH leaves a BYE unanswered for as long
// as the thread of the leg is busy with something else, such as a re-INVITE that
// came while it called somebody: that is no failure, as long as all is over in
// the end.
func (w *walk) hangUpAll() {
	for role, phone := range w.phones {
		if err := phone.HangUpAll(w.within()); err != nil {
			w.Logf("phone %s: %v", role, err)
		}
	}
}

// machines are two parts of the switch that talk to each other and would for ever.
type machines interface {
	EndMachines(ctx context.Context) error
}

// endMachines has the operator end what users have left behind: who transfers the room
// that he talks to into a parking place joins two that never hang up.
func (w *walk) endMachines() error {
	if b, may := w.backend.(machines); may {
		return b.EndMachines(w.within())
	}
	return nil
}

// clearAll has the application end the calls of the queue: those that it made
// from the queue to the queue have nobody to hang up.
func (w *walk) clearAll() error {
	ctx := w.within()
	entries, err := w.Client(app).SnapshotDevice(ctx, w.Device("Q"))
	if err != nil {
		return fmt.Errorf("SnapshotDevice of the queue: %w", err)
	}
	for _, e := range entries {
		var refused *probe.RefusedError
		if err := w.Client(app).ClearConnection(ctx, e.Connection); err != nil && !errors.As(err, &refused) {
			return fmt.Errorf("ClearConnection of the queue: %w", err)
		}
	}
	return nil
}

const (
	walkers = 5
	// glance is how long a walker looks whether its phone rings.
	glance = 5 * time.Millisecond
	// keptLines bounds the ended lines that a walker still tries to use.
	keptLines = 4
)

func walkerRole(n int) string { return "W" + strconv.Itoa(n) }

// walk is the state of a random walk.
type walk struct {
	*Play
	Ground
	random *rand.Rand
	lines  map[string][]Line
}

func (w *walk) someone() string { return walkerRole(w.random.IntN(walkers)) }

// anyone may be the party in the network as well.
func (w *walk) anyone() string {
	if w.random.IntN(walkers+1) == 0 {
		return outsider
	}
	return w.someone()
}

// device is what a service is asked for: a walker's mostly, the queue or the
// network interface.
func (w *walk) device() probe.Device {
	switch w.random.IntN(6) {
	case 0:
		return w.Device("Q")
	case 1:
		return w.Device("N")
	}
	return w.Device(w.someone())
}

// number is what somebody dials: a colleague, mostly.
func (w *walk) number() string {
	switch w.random.IntN(12) {
	case 0, 1, 2:
		return w.Numbers[w.random.IntN(len(w.Numbers))]
	case 3, 4:
		return outsideNumber
	}
	return w.cast.text(w.someone())
}

func (w *walk) step() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	role := w.anyone()
	if phone, takes := w.phones[role].(controlled); takes && w.Moody && w.random.IntN(6) == 0 {
		phone.Takes(Manner(w.random.IntN(int(manners))))
	}
	switch w.random.IntN(10) {
	case 0, 1:
		return w.dial(ctx, role)
	case 2, 3, 4:
		return w.takeCall(ctx, role)
	case 5, 6:
		w.use(ctx, role)
		return nil
	}
	return w.ask(ctx, w.device())
}

func (w *walk) dial(ctx context.Context, role string) error {
	if len(w.live(role)) >= 2 {
		return nil
	}
	number := w.number()
	if role == outsider {
		number = inboundNumber
	}
	line, err := w.phones[role].Dial(ctx, number)
	switch {
	case errors.Is(err, errForeign):
		return nil
	case err != nil:
		return fmt.Errorf("%s dials: %w", role, err)
	}
	w.lines[role] = append(w.lines[role], line)
	return nil
}

// live are a phone's lines that have not ended; a few ended ones stay, since
// people press keys too late, too.
func (w *walk) live(role string) []Line {
	var live []Line
	for _, l := range w.lines[role] {
		if !l.Over() {
			live = append(live, l)
		}
	}
	if len(w.lines[role]) > keptLines {
		w.lines[role] = live
	}
	return live
}

// takeCall answers, refuses or ignores a ringing phone. What a phone makes of a
// call that ends at that moment is its own affair.
func (w *walk) takeCall(ctx context.Context, role string) error {
	short, cancel := context.WithTimeout(ctx, glance)
	defer cancel()
	line, err := w.phones[role].Rings(short)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s looks at its phone: %w", role, err)
	}
	w.lines[role] = append(w.lines[role], line)
	switch w.random.IntN(6) {
	case 0:
		_ = line.Reject(ctx, 486)
	case 1:
		_ = line.Reject(ctx, 603)
	case 2:
	default:
		_ = line.Answer(ctx)
	}
	return nil
}

// use does something with one of a phone's lines; it may be in no state for it.
func (w *walk) use(ctx context.Context, role string) {
	lines := w.lines[role]
	if len(lines) == 0 {
		return
	}
	line := lines[w.random.IntN(len(lines))]
	if line.Over() {
		return
	}
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	switch w.random.IntN(10) {
	case 0:
		_ = line.Hold(short)
	case 1:
		_ = line.Retrieve(short)
	case 2:
		_ = line.Digit(short, rune("0123456789*#"[w.random.IntN(12)]))
	case 3, 4:
		_ = line.HangUp(short)
	case 5:
		_ = line.BlindTransfer(short, w.number())
	case 6:
		if other := lines[w.random.IntN(len(lines))]; other != line && !other.Over() {
			_ = line.AttendedTransfer(short, other)
		}
	case 7:
		if len(w.Codes) == 0 {
			return
		}
		for _, key := range w.Codes[w.random.IntN(len(w.Codes))] {
			_ = line.Digit(short, key)
		}
	}
}

// ask has the application ask for a service, on connections of a device or,
// often enough, on the wrong ones.
func (w *walk) ask(ctx context.Context, d probe.Device) error {
	c := w.Client(app)
	entries, err := c.SnapshotDevice(ctx, d)
	if err != nil {
		return fmt.Errorf("SnapshotDevice of %s: %w", d.Number, err)
	}
	one, two := w.connection(d, entries), w.connection(d, entries)
	to := probe.Device{Number: w.number(), Type: "dialingNumber"}
	element := probe.ConnectionElement
	both := element("heldCall", two) + element("activeCall", one)
	requests := []struct{ root, children string }{
		{"MakeCall", probe.DeviceElement("callingDevice", d) + probe.DeviceElement("calledDirectoryNumber", to)},
		{"MakeCall", probe.DeviceElement("callingDevice", d) + probe.DeviceElement("calledDirectoryNumber", to) + probe.Element("autoOriginate", "doNotPrompt")},
		{"ClearConnection", element("connectionToBeCleared", one)},
		{"HoldCall", element("callToBeHeld", one)},
		{"RetrieveCall", element("callToBeRetrieved", one)},
		{"ConsultationCall", element("existingCall", one) + probe.DeviceElement("consultedDevice", to)},
		{"ConsultationCall", element("existingCall", one) + probe.DeviceElement("consultedDevice", to)},
		{"AlternateCall", both},
		{"ReconnectCall", element("activeCall", one) + element("heldCall", two)},
		{"TransferCall", both},
		{"ConferenceCall", both},
		{"SingleStepTransferCall", element("activeCall", one) + probe.DeviceElement("transferredTo", to)},
		{"DeflectCall", element("callToBeDiverted", one) + probe.DeviceElement("newDestination", to)},
		{"PlayMessage", probe.Element("messageToBePlayed", "no/such/file.wav") + element("overConnection", one)},
		{"RecordMessage", element("callToBeRecorded", one)},
		{"Stop", element("connection", one)},
		{"SnapshotCall", element("snapshotObject", one)},
		{"AnswerCall", element("callToBeAnswered", one)},
		{"MakePredictiveCall", probe.DeviceElement("callingDevice", d) + probe.DeviceElement("calledDirectoryNumber", to)},
		{"MonitorStart", "<monitorObject>" + element("callObject", one) + "</monitorObject>"},
		{"RequestSystemStatus", ""},
	}
	r := requests[w.random.IntN(len(requests))]
	_, err = c.Do(ctx, r.root, r.children)
	var refused *probe.RefusedError
	switch {
	case err == nil:
	case !errors.As(err, &refused):
		return fmt.Errorf("%s for %s: %w", r.root, d.Number, err)
	case strings.Contains(refused.Error(), "generic"):
		return fmt.Errorf("%s for %s is refused with a value that tells nothing: %w", r.root, d.Number, err)
	}
	return nil
}

// connection is one of the device's, or now and then one that it has not.
func (w *walk) connection(d probe.Device, entries []probe.SnapshotEntry) probe.Connection {
	if len(entries) == 0 || w.random.IntN(8) == 0 {
		return probe.Connection{CallID: "00000000-0000-4000-8000-000000000000", Device: d}
	}
	return entries[w.random.IntN(len(entries))].Connection
}
