package engine

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
	"mod_csta_socket/csta/wire"
)

// A recording as text: JSON, one object a line. The first line is the header; lines of
// what stood when the recording begins follow, then one for each input.

// header is the first line of a recording.
type header struct {
	// Recording is the version of the format.
	Recording int `json:"recording"`
	// Version is that of the module.
	Version string `json:"version,omitzero"`
	// Why tells what the recording was written for.
	Why string `json:"why,omitzero"`
	// Begins says how much is known of what was before, From is when that was by the
	// switch's clock: the times of inputs count from there.
	Begins beginning `json:"begins"`
	From   time.Time `json:"from"`
	// Private: digits, codes and what applications attach to calls are in it.
	Private bool `json:"private,omitzero"`
	// Settings of the engine.
	Domain              string        `json:"domain,omitzero"`
	IgnoresRegistration bool          `json:"ignoresRegistration,omitzero"`
	Trunks              string        `json:"trunks,omitzero"`
	PromptTimeout       time.Duration `json:"promptTimeout"`
	AnswerTimeout       time.Duration `json:"answerTimeout"`
	SettleTime          time.Duration `json:"settleTime"`
	SystemStatusTimer   time.Duration `json:"systemStatusTimer,omitzero"`
	CallNumbers         bool          `json:"callNumbers,omitzero"`
	// ControlsPhones: there was a port to phones.
	ControlsPhones bool `json:"controlsPhones,omitzero"`
	// Numbers are how many of what is numbered there had been.
	Numbers numbers `json:"numbers,omitzero"`
	// Listed is when the switch was asked for its legs last.
	Listed *seconds `json:"listed,omitempty"`
}

// recordingVersion is that of the format written here.
const recordingVersion = 1

// line is a line of a recording behind its header. At is the time of an input, exactly
// one of the next fields what it is; or else Stood is something that stood before.
type line struct {
	At seconds `json:"at"`

	Event               *switching.Event `json:"event,omitempty"`
	Request             *requestLine     `json:"request,omitempty"`
	Operation           *endLine         `json:"operation,omitempty"`
	Answer              *answerLine      `json:"answer,omitempty"`
	Phones              []phoneLine      `json:"phones,omitempty"`
	Opened              *sessionLine     `json:"opened,omitempty"`
	Closed              uint64           `json:"closed,omitempty"`
	Parted              uint64           `json:"parted,omitempty"`
	Rejoined            uint64           `json:"rejoined,omitempty"`
	Resumed             uint64           `json:"resumed,omitempty"`
	Moved               *movedLine       `json:"moved,omitempty"`
	Granted             *sessionLine     `json:"granted,omitempty"`
	IgnoresRegistration *bool            `json:"ignoresRegistration,omitempty"`
	Trunks              *string          `json:"trunks,omitempty"`
	Features            *featuresLine    `json:"features,omitempty"`
	Gap                 uint64           `json:"gap,omitempty"`
	Audit               bool             `json:"audit,omitempty"`
	Clock               bool             `json:"clock,omitempty"`
	Started             bool             `json:"started,omitempty"`
	// Omitted tells why an input is not there.
	Omitted string `json:"omitted,omitempty"`

	Stood *stood `json:"stood,omitempty"`

	// What the input brought about: UUIDs that were made, operations that the switch
	// was asked for, services that phones were asked for, both with their numbers, and
	// whether sessions let another request pass by (Ordered).
	UUIDs      []string `json:"uuids,omitempty"`
	Operations []string `json:"operations,omitempty"`
	Questions  []string `json:"questions,omitempty"`
	Yields     []bool   `json:"yields,omitempty"`
}

// stood is one thing that stood when the recording began.
type stood struct {
	Session  *sessionLine        `json:"session,omitempty"`
	Monitor  *monitorLine        `json:"monitor,omitempty"`
	Service  *serviceLine        `json:"service,omitempty"`
	Features *deviceFeaturesLine `json:"features,omitempty"`
	Phone    *telephone.Event    `json:"phone,omitempty"`
	Leg      *switching.LegState `json:"leg,omitempty"`
	Seen     *seenLine           `json:"seen,omitempty"`
}

type (
	requestLine struct {
		Session uint64       `json:"session"`
		Invoke  uint16       `json:"invoke"`
		Edition ecma.Edition `json:"edition"`
		// Words are those of the client for the device that the response names, if
		// they are others.
		Words string `json:"words,omitzero"`
		XML   string `json:"xml"`
	}
	// endLine is the end of the switch operation of that number.
	endLine struct {
		Number  uint64            `json:"number"`
		Outcome switching.Outcome `json:"outcome,omitzero"`
		Error   *errorLine        `json:"error,omitempty"`
	}
	// answerLine is what the phone answered that was asked with that number.
	answerLine struct {
		Number  uint64            `json:"number"`
		Outcome telephone.Outcome `json:"outcome,omitzero"`
		Error   *errorLine        `json:"error,omitempty"`
	}
	// errorLine is an error; Is names the one of the ports' that it is.
	errorLine struct {
		Is   string `json:"is,omitzero"`
		Text string `json:"text,omitzero"`
	}
	phoneLine struct {
		telephone.Event
		// Waits: the phone waits for an answer.
		Waits bool `json:"waits,omitzero"`
	}
	sessionLine struct {
		Number  uint64 `json:"number"`
		Label   string `json:"label"`
		Ordered bool   `json:"ordered,omitzero"`
		// Serves are the services that it answers itself.
		Serves []string `json:"serves,omitempty"`
		// Grant is what it may do; nil: everything.
		Grant *applications.Grant `json:"grant,omitempty"`
		// Parted: its client has lost its connection.
		Parted bool `json:"parted,omitzero"`
	}
	// movedLine is that the monitors of one session are another's.
	movedLine struct {
		From uint64 `json:"from"`
		To   uint64 `json:"to"`
	}
	// monitorLine is a monitor as the request that would start it.
	monitorLine struct {
		Number  uint64       `json:"number"`
		Session uint64       `json:"session"`
		Edition ecma.Edition `json:"edition"`
		XML     string       `json:"xml"`
	}
	serviceLine struct {
		Device string `json:"device"`
		State  string `json:"state,omitzero"`
	}
	// seenLine is a device that a call was at; Internal: it is a queue or a network
	// interface.
	seenLine struct {
		Device   string `json:"device"`
		Internal bool   `json:"internal,omitzero"`
	}
	featuresLine struct {
		Device string                   `json:"device"`
		Change *switching.FeatureChange `json:"change,omitempty"`
	}
	deviceFeaturesLine struct {
		Device   string             `json:"device"`
		Features switching.Features `json:"features"`
	}
)

// formerly is what something that stands was before it changed; the section holds it
// that the change was made in.
type formerly struct {
	// Monitor and Session have ended.
	Monitor *monitorLine `json:"monitor,omitempty"`
	Session *sessionLine `json:"session,omitempty"`
	// Granted is a session that may do something else now, or whose client has gone, or
	// come back.
	Granted *sessionLine `json:"granted,omitempty"`
	// Filtered is a monitor that has another filter now.
	Filtered *monitorLine `json:"filtered,omitempty"`
	// Owned are monitors that another session has now.
	Owned    *ownedLine          `json:"owned,omitempty"`
	Service  *serviceLine        `json:"service,omitempty"`
	Features *deviceFeaturesLine `json:"features,omitempty"`
	Phone    *standingPhone      `json:"phone,omitempty"`
	// Seen is a device that is not remembered any more, Unseen one that was not yet.
	Seen   *seenLine `json:"seen,omitempty"`
	Unseen *seenLine `json:"unseen,omitempty"`
}

// ownedLine are monitors of a session, by their numbers.
type ownedLine struct {
	Session  uint64   `json:"session"`
	Monitors []uint64 `json:"monitors"`
}

// standingPhone is a phone that takes requests. Number tells how many came up to it.
type standingPhone struct {
	Number uint64          `json:"number"`
	Up     telephone.Event `json:"up"`
}

// seconds is a time since the beginning of a recording, written with all its digits.
type seconds time.Duration

func (s seconds) MarshalJSON() ([]byte, error) {
	sign, d := "", time.Duration(s)
	if d < 0 {
		sign, d = "-", -d
	}
	return fmt.Appendf(nil, "%s%d.%09d", sign, d/time.Second, d%time.Second), nil
}

var errTime = errors.New("not a time in seconds")

func (s *seconds) UnmarshalJSON(text []byte) error {
	digits, negative := strings.CutPrefix(string(text), "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	const most = uint64(1<<63-1) / uint64(time.Second)
	n, err := strconv.ParseUint(whole, 10, 64)
	if err != nil || n >= most || len(fraction) > 9 {
		return errTime
	}
	nanos := uint64(0)
	if fraction != "" {
		if nanos, err = strconv.ParseUint((fraction + "000000000")[:9], 10, 64); err != nil {
			return errTime
		}
	}
	*s = seconds(n)*seconds(time.Second) + seconds(nanos)
	if negative {
		*s = -*s
	}
	return nil
}

// standing is what stands now.
func (c *core) standing() standing {
	now := standing{services: maps.Clone(c.registrations.service), features: maps.Clone(c.features.of), seen: maps.Clone(c.roster.seen)}
	for _, s := range c.sessions {
		now.sessions = append(now.sessions, s.line())
	}
	c.model.Monitors.Each(func(m *model.Monitor) { now.monitors = append(now.monitors, lineOfMonitor(m)) })
	for _, h := range c.handsets.byID {
		now.phones = append(now.phones, h.standing())
	}
	return now
}

func (s *session) line() sessionLine {
	return sessionLine{s.number, s.Label(), s.order.ordered != nil, s.serves, s.grant, s.parted}
}

func lineOfMonitor(m *model.Monitor) monitorLine {
	start := ecma.MonitorStart{Filter: m.Filter}
	if m.Device != nil {
		start.Object.Device = m.Device.ID
	} else {
		start.Object.Call = ecma.ConnectionID{CallID: m.Call.ID}
	}
	return monitorLine{numberOf(m), m.Owner.(*session).number, m.Edition, string(ecma.AppendVerbatim(nil, m.Edition, &start))}
}

func lineOfSeen(id ecma.DeviceID) *seenLine {
	return &seenLine{id.Number, id.Type == ecma.DeviceNumber}
}

func (l *seenLine) id() ecma.DeviceID {
	if l.Internal {
		return ecma.DeviceID{Number: l.Device, Type: ecma.DeviceNumber}
	}
	return ecma.Subscriber(l.Device)
}

func lineOfService(device string, s model.Service) serviceLine {
	if s == model.ServiceUnknown {
		return serviceLine{Device: device}
	}
	return serviceLine{device, s.String()}
}

func (h *handset) standing() standingPhone {
	return standingPhone{h.number, telephone.Event{
		Kind: telephone.Up, Phone: h.id, Device: h.device, Contact: h.contact, Source: h.source, Tells: h.tells,
	}}
}

// before takes back what was changed, so that what stands now becomes what stood when
// the recording begins.
func (now standing) before(at start, changes []formerly) []stood {
	was := now.byName()
	// The first change is the one that tells what was at the beginning.
	for _, ch := range slices.Backward(changes) {
		was.undo(ch)
	}
	return was.lines(at)
}

// standingByName is what stands, each found by its name or number.
type standingByName struct {
	sessions map[uint64]sessionLine
	monitors map[uint64]monitorLine
	phones   map[uint64]telephone.Event
	services map[string]serviceLine
	features map[string]switching.Features
	seen     map[ecma.DeviceID]struct{}
}

func (now standing) byName() standingByName {
	all := standingByName{
		sessions: map[uint64]sessionLine{}, monitors: map[uint64]monitorLine{}, phones: map[uint64]telephone.Event{},
		services: map[string]serviceLine{}, features: now.features, seen: now.seen,
	}
	for _, s := range now.sessions {
		all.sessions[s.Number] = s
	}
	for _, m := range now.monitors {
		all.monitors[m.Number] = m
	}
	for _, p := range now.phones {
		all.phones[p.Number] = p.Up
	}
	for device, s := range now.services {
		all.services[device] = lineOfService(device, s)
	}
	return all
}

// undo takes a change back.
func (s *standingByName) undo(ch formerly) {
	switch {
	case ch.Session != nil:
		s.sessions[ch.Session.Number] = *ch.Session
	case ch.Granted != nil:
		s.sessions[ch.Granted.Number] = *ch.Granted
	case ch.Monitor != nil:
		s.monitors[ch.Monitor.Number] = *ch.Monitor
	case ch.Filtered != nil:
		s.monitors[ch.Filtered.Number] = *ch.Filtered
	case ch.Owned != nil:
		for _, number := range ch.Owned.Monitors {
			m := s.monitors[number]
			m.Session = ch.Owned.Session
			s.monitors[number] = m
		}
	case ch.Service != nil:
		s.services[ch.Service.Device] = *ch.Service
	case ch.Features != nil:
		s.features[ch.Features.Device] = ch.Features.Features
	case ch.Phone != nil:
		s.phones[ch.Phone.Number] = ch.Phone.Up
	case ch.Seen != nil:
		s.seen[ch.Seen.id()] = struct{}{}
	case ch.Unseen != nil:
		delete(s.seen, ch.Unseen.id())
	}
}

// lines are what stood when a section began, in the order in which a core takes it.
func (s *standingByName) lines(at start) []stood {
	var all []stood
	for _, device := range slices.Sorted(maps.Keys(s.features)) {
		if f := s.features[device]; f != (switching.Features{}) {
			all = append(all, stood{Features: &deviceFeaturesLine{device, f}})
		}
	}
	for _, device := range slices.Sorted(maps.Keys(s.services)) {
		if service := s.services[device]; service.State != "" {
			all = append(all, stood{Service: &service})
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(s.seen), func(a, b ecma.DeviceID) int {
		return cmp.Or(strings.Compare(string(a.Type), string(b.Type)), strings.Compare(a.Number, b.Number))
	}) {
		all = append(all, stood{Seen: lineOfSeen(id)})
	}
	legs := slices.Clone(at.legs)
	slices.SortFunc(legs, func(a, b switching.LegState) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.Leg, b.Leg))
	})
	for i := range legs {
		all = append(all, stood{Leg: &legs[i]})
	}
	for _, number := range slices.Sorted(maps.Keys(s.sessions)) {
		if session := s.sessions[number]; number <= at.numbers.Sessions {
			all = append(all, stood{Session: &session})
		}
	}
	for _, number := range slices.Sorted(maps.Keys(s.phones)) {
		if p := s.phones[number]; number <= at.numbers.Phones {
			all = append(all, stood{Phone: &p})
		}
	}
	for _, number := range slices.Sorted(maps.Keys(s.monitors)) {
		if m := s.monitors[number]; number <= at.numbers.Monitors {
			all = append(all, stood{Monitor: &m})
		}
	}
	return all
}

// begin drops the sections before the one that a recording had better begin with: the
// oldest that began without calls, else the oldest that knows the calls there were.
func (e *excerpt) begin() {
	for _, wanted := range [...]beginning{beginsQuiet, beginsWithLegs} {
		i := slices.IndexFunc(e.sections, func(s section) bool { return s.start.beginning == wanted })
		if i >= 0 {
			e.sections = e.sections[i:]
			return
		}
	}
}

// errRecord: a section is not as it was written.
var errRecord = errors.New("the record of an input is damaged")

// read tells out the inputs of the sections, in order, and the changes of what stands.
func (e *excerpt) read(input func(line) error, changed func(formerly)) error {
	at := e.sections[0].start.at
	clock := time.Duration(0)
	var next *line
	flush := func() error {
		if next == nil {
			return nil
		}
		l := *next
		next = nil
		return input(l)
	}
	for _, s := range e.sections {
		clock = s.start.at.Sub(at)
		for b := (bytesRead{rest: s.buf}); len(b.rest) > 0; {
			r := bytesRead{rest: b.record()}
			kind := record(r.byte())
			if b.bad || r.bad {
				return errRecord
			}
			if kind <= recordedOmission {
				if err := flush(); err != nil {
					return err
				}
				next = &line{}
				if kind != recordedOmission {
					clock += time.Duration(r.varint())
				}
			}
			if err := r.into(kind, next, changed); err != nil {
				return err
			}
			if next != nil {
				next.At = seconds(clock)
			}
		}
	}
	return flush()
}

// record is the next one.
func (b *bytesRead) record() []byte {
	length := b.bytes(prefix)
	if b.bad {
		return nil
	}
	return b.bytes(uint64(binary.LittleEndian.Uint32(length)))
}

// into reads one record into the line of its input.
func (b *bytesRead) into(kind record, l *line, changed func(formerly)) error {
	switch kind {
	case recordedEvent:
		l.Event = b.event()
	case recordedEnd:
		l.Operation = b.end()
	case recordedRequest:
		l.Request = &requestLine{b.uvarint(), uint16(b.uvarint()), ecma.Edition(b.text()), b.text(), string(b.rest)}
	case recordedClock:
		l.Clock = true
	case recordedNews:
		if err := json.Unmarshal(b.rest, l); err != nil {
			return err
		}
	case recordedOmission:
		l.Omitted = "too large"
	case recordedUUID:
		l.UUIDs = append(l.UUIDs, string(b.rest))
	case recordedOrder:
		l.Operations = append(l.Operations, b.numbered())
	case recordedQuestion:
		l.Questions = append(l.Questions, b.numbered())
	case recordedYield:
		l.Yields = append(l.Yields, b.byte() != 0)
	case recordedChange:
		var ch formerly
		if err := json.Unmarshal(b.rest, &ch); err != nil {
			return err
		}
		changed(ch)
	default:
		return errRecord
	}
	if b.bad {
		return errRecord
	}
	return nil
}

func (b *bytesRead) numbered() string {
	number := b.uvarint()
	return numbered(number, string(b.rest))
}

func numbered(number uint64, what string) string {
	return strconv.FormatUint(number, 10) + " " + what
}

// write writes a recording as text. What is private is left out unless the header says
// otherwise.
func (e *excerpt) write(w io.Writer, h header) error {
	e.begin()
	at := e.sections[0].start
	h.Recording, h.Begins, h.From, h.Numbers = recordingVersion, at.beginning, at.at.UTC().Round(0), at.numbers
	h.IgnoresRegistration, h.Trunks = at.ignores, at.trunks.String()
	if !at.listed.IsZero() {
		listed := seconds(at.listed.Sub(at.at))
		h.Listed = &listed
	}
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	if err := lines.Encode(h); err != nil {
		return err
	}
	var changes []formerly
	err := e.read(func(line) error { return nil }, func(ch formerly) { changes = append(changes, ch) })
	if err != nil {
		return err
	}
	for _, s := range e.now.before(at, changes) {
		if err := lines.Encode(struct {
			Stood stood `json:"stood"`
		}{s}); err != nil {
			return err
		}
	}
	err = e.read(func(l line) error {
		if !h.Private {
			l.hide()
		}
		return lines.Encode(l)
	}, func(formerly) {})
	if err != nil {
		return err
	}
	return out.Flush()
}

// hiddenDigit stands for one that somebody pressed.
const hiddenDigit = "0"

// hide leaves out of an input what may be a PIN, and what applications attach to
// calls.
func (l *line) hide() {
	switch {
	case l.Event != nil && l.Event.Kind == switching.DigitDetected:
		l.Event.Name = hiddenDigit
	case l.Request != nil:
		l.Request.XML = string(wire.WithoutPrivate([]byte(l.Request.XML)))
	}
}

// longestLine bounds a line of a recording.
const longestLine = 16 * longestRecord

// readRecording reads a recording as text and tells out its lines; the error says which
// line it is about.
func readRecording(r io.Reader, begin func(header) error, next func(line) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	n, begun := 0, false
	for lines.Scan() {
		n++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		var err error
		if !begun {
			begun = true
			var h header
			if err = readLine(text, &h); err == nil && h.Recording != recordingVersion {
				err = fmt.Errorf("a recording of format %d; this reads format %d", h.Recording, recordingVersion)
			}
			if err == nil {
				err = begin(h)
			}
		} else {
			var l line
			if err = readLine(text, &l); err == nil {
				err = next(l)
			}
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	switch {
	case lines.Err() != nil:
		return fmt.Errorf("line %d: %w", n+1, lines.Err())
	case !begun:
		return errors.New("the recording is empty")
	}
	return nil
}

// readLine reads one JSON object, of known fields only.
func readLine(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("more than one object")
	}
	return nil
}

// numberOf is a monitor's number, of which its cross reference is the text.
func numberOf(m *model.Monitor) uint64 {
	number, _ := strconv.ParseUint(m.CrossRefID, 10, 64)
	return number
}
