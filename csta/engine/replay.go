package engine

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// Replayed is something that a recording brings about when it is played.
type Replayed struct {
	// At is when, since the recording begins.
	At time.Duration
	// Session is the label of the one that gets Frame, a document, with this invoke
	// ID; Message is the same as data. An event has no invoke ID.
	Session string
	Invoke  uint16
	Message ecma.Message
	Frame   []byte
	// Operation is what the switch, or a phone, is asked for instead.
	Operation string
	// Differs tells how the engine does something else than it did when the recording
	// was made, instead.
	Differs string
}

// Replay plays a recording: its inputs go through a core as they did, nothing is asked
// of a switch, and what the core brings about is told out.
func Replay(recording io.Reader, log *slog.Logger, tell func(Replayed)) error {
	p := &replay{log: log, tell: tell, sessions: map[uint64]*replayedSession{}}
	err := readRecording(recording, p.begin, p.line)
	if err == nil {
		p.establish()
	}
	return err
}

// replay is a recording that is being played.
type replay struct {
	log      *slog.Logger
	tell     func(Replayed)
	header   header
	core     *core
	sessions map[uint64]*replayedSession
	at       time.Duration
	// restored is set once what stood stands again; legs are those that stood,
	// begun those that began since, if nothing is known of others.
	restored bool
	legs     []switching.LegState
	later    []stood
	begun    map[string]bool
	// now is the input that is being played: what it brought about is taken from it.
	now line
	// made counts the UUIDs that the recording has not.
	made int
}

func (p *replay) begin(h header) error {
	trunks, ok := switching.ParseTrunks(h.Trunks)
	if !ok {
		return fmt.Errorf("trunks %.80q", h.Trunks)
	}
	p.header = h
	o := Options{
		DefaultDomain: h.Domain, IgnoreRegistration: h.IgnoresRegistration, Trunks: trunks,
		PromptTimeout: h.PromptTimeout, AnswerTimeout: h.AnswerTimeout, SettleTime: h.SettleTime,
		SystemStatusTimer: h.SystemStatusTimer, CallNumbers: h.CallNumbers,
	}
	if h.ControlsPhones {
		o.Phones = noPhones{}
	}
	p.core = newCore(o, p, p.log)
	p.core.asks.by = askedOfNobody{p}
	p.core.uuids = p.uuid
	p.core.now = h.From
	if h.Begins == beginsAmid {
		p.begun = map[string]bool{}
	}
	return nil
}

// line takes a line behind the header.
func (p *replay) line(l line) error {
	if l.Stood != nil {
		if p.restored {
			return errors.New("what stood comes after inputs")
		}
		return p.restore(l.Stood)
	}
	p.establish()
	in, err := p.input(&l)
	if err != nil {
		return err
	}
	p.at, p.now = time.Duration(l.At), l
	p.core.now = p.header.From.Add(p.at)
	if in == nil || p.unknown(l.Event) {
		return nil
	}
	p.core.handle(in)
	p.core.flush()
	p.compare()
	return nil
}

// unknown tells whether an event is about a leg that the recording does not know the
// beginning of.
func (p *replay) unknown(ev *switching.Event) bool {
	if p.begun == nil || ev == nil || ev.Leg == "" {
		return false
	}
	if ev.Kind == switching.LegCreated || ev.Kind == switching.LegRenamed && p.begun[ev.Other] {
		p.begun[ev.Leg] = true
	}
	return !p.begun[ev.Leg]
}

// compare tells how what an input brought about differs from what it did.
func (p *replay) compare() {
	for _, rest := range [...][]string{p.now.Operations, p.now.Questions} {
		for _, was := range rest {
			p.differs(was + " was asked for and is not now")
		}
	}
	if n := len(p.now.UUIDs); n > 0 {
		p.differs(fmt.Sprintf("%d UUIDs that were made are not now", n))
	}
}

func (p *replay) differs(how string) { p.tell(Replayed{At: p.at, Differs: how}) }

// input is a line as the input that it was; nil if it was left out.
func (p *replay) input(l *line) (*input, error) {
	all, err := p.told(l)
	if err != nil {
		return nil, err
	}
	add := func(n news) { all = append(all, input{news: n}) }
	if l.Operation != nil {
		add(&operationEnded{l.Operation.Number, l.Operation.Outcome, l.Operation.Error.err()})
	}
	if l.Answer != nil {
		add(&phoneAnswered{l.Answer.Number, l.Answer.Outcome, l.Answer.Error.err()})
	}
	if l.IgnoresRegistration != nil {
		add(registrationIgnored(*l.IgnoresRegistration))
	}
	if l.Trunks != nil {
		trunks, ok := switching.ParseTrunks(*l.Trunks)
		if !ok {
			return nil, fmt.Errorf("trunks %.80q", *l.Trunks)
		}
		add(trunksChanged(trunks))
	}
	if l.Features != nil {
		if !switching.ValidDevice(l.Features.Device) {
			return nil, fmt.Errorf("features of device %.80q", l.Features.Device)
		}
		add(&featuresWanted{l.Features.Device, l.Features.Change, func(featuresFound) {}})
	}
	if l.Gap != 0 {
		add(gapFound(l.Gap))
	}
	if l.Audit {
		add(auditDue{})
	}
	if l.Clock {
		add(clockRead{})
	}
	if l.Started {
		add(started{})
	}
	switch {
	case len(all) == 1:
		return &all[0], nil
	case len(all) == 0 && l.Omitted != "":
		return nil, nil
	}
	return nil, fmt.Errorf("%d inputs, not one", len(all))
}

// told are the inputs in a line that somebody outside of the engine brought.
func (p *replay) told(l *line) (all []input, err error) {
	add := func(n news) { all = append(all, input{news: n}) }
	if l.Event != nil {
		if l.Event.Kind == 0 {
			return nil, errors.New("an event without a kind")
		}
		all = append(all, input{event: *l.Event})
	}
	if l.Request != nil {
		r, err := p.request(l.Request)
		if err != nil {
			return nil, err
		}
		all = append(all, input{req: r})
	}
	if l.Phones != nil {
		var events phonesTold
		for _, one := range l.Phones {
			if one.Kind == 0 {
				return nil, errors.New("a phone's event without a kind")
			}
			if one.Waits {
				one.Answer = func(telephone.Features, error) {}
			}
			events = append(events, one.Event)
		}
		add(events)
	}
	if l.Opened != nil {
		s, err := p.session(l.Opened)
		if err != nil {
			return nil, err
		}
		add(sessionOpened{s})
	}
	return all, p.toldOfSessions(l, add)
}

// toldOfSessions adds what a line tells of sessions that were opened before.
func (p *replay) toldOfSessions(l *line, add func(news)) error {
	if l.Closed != 0 {
		s := p.sessions[l.Closed]
		if s == nil {
			return fmt.Errorf("there is no session %d", l.Closed)
		}
		delete(p.sessions, l.Closed)
		add(sessionClosed{s.asSession()})
	}
	if number := l.Parted + l.Rejoined; number != 0 {
		s := p.sessions[number]
		if s == nil {
			return fmt.Errorf("there is no session %d", number)
		}
		add(sessionParted{s.asSession(), l.Rejoined != 0})
	}
	if l.Resumed != 0 {
		s := p.sessions[l.Resumed]
		if s == nil {
			return fmt.Errorf("there is no session %d", l.Resumed)
		}
		add(sessionResumed{s.asSession(), func() {}})
	}
	if l.Moved != nil {
		from, to := p.sessions[l.Moved.From], p.sessions[l.Moved.To]
		if from == nil || to == nil {
			return fmt.Errorf("there is no session %d or %d", l.Moved.From, l.Moved.To)
		}
		add(monitorsMoved{from.asSession(), to.asSession(), func() {}})
	}
	if l.Granted != nil {
		s := p.sessions[l.Granted.Number]
		if s == nil {
			return fmt.Errorf("there is no session %d", l.Granted.Number)
		}
		add(sessionGranted{s.asSession(), l.Granted.Grant})
	}
	return nil
}

func (p *replay) request(l *requestLine) (*Request, error) {
	s := p.sessions[l.Session]
	if s == nil {
		return nil, fmt.Errorf("there is no session %d", l.Session)
	}
	m, _, err := ecma.DecodeVerbatim([]byte(l.XML))
	if err != nil {
		return nil, fmt.Errorf("the request: %w", err)
	}
	if worded, is := m.(ecma.Worded); is && l.Words != "" {
		worded.SetWords(l.Words)
	}
	if len(l.Edition) > ecma.MaxEdition {
		return nil, errors.New("the edition is too long")
	}
	return &Request{Session: s.asSession(), Invoke: l.Invoke, Edition: l.Edition, Message: m}, nil
}

func (p *replay) session(l *sessionLine) (Session, error) {
	if p.sessions[l.Number] != nil {
		return nil, fmt.Errorf("session %d is open", l.Number)
	}
	s := &replayedSession{replay: p, label: l.Label, ordered: l.Ordered, serves: l.Serves}
	s.taking = &takingTurns{s}
	p.sessions[l.Number] = s
	return s.asSession(), nil
}

// restore makes something stand that did.
func (p *replay) restore(s *stood) error {
	c := p.core
	switch {
	case s.Features != nil:
		c.features.of[s.Features.Device] = s.Features.Features
	case s.Service != nil:
		for _, state := range [...]model.Service{model.InService, model.OutOfService} {
			if state.String() == s.Service.State {
				c.registrations.service[s.Service.Device] = state
			}
		}
	case s.Seen != nil:
		c.roster.seen[s.Seen.id()] = struct{}{}
	case s.Leg != nil:
		p.legs = append(p.legs, *s.Leg)
	case s.Session != nil, s.Monitor != nil, s.Phone != nil:
		p.later = append(p.later, *s)
	default:
		return errors.New("nothing that could have stood")
	}
	return s.check()
}

// check tells what can't be restored.
func (s *stood) check() error {
	if s.Monitor != nil {
		m, _, err := ecma.DecodeVerbatim([]byte(s.Monitor.XML))
		if err != nil {
			return err
		}
		if _, is := m.(*ecma.MonitorStart); !is || len(s.Monitor.Edition) > ecma.MaxEdition {
			return errors.New("that is no monitor")
		}
	}
	if s.Phone != nil && s.Phone.Kind != telephone.Up {
		return errors.New("a phone that is not up")
	}
	return nil
}

// establish brings the core to where it was when the recording begins. Nobody is told
// of what it does for that.
func (p *replay) establish() {
	if p.restored {
		return
	}
	c, told := p.core, p.tell
	p.tell = func(Replayed) {}
	wrong := map[string]uint64{}
	for i := range p.legs {
		wrong[p.legs[i].Leg] = 0
	}
	if len(p.legs) > 0 {
		c.guard(func() { c.comparison.mend(p.legs, wrong) })
	}
	for i := range p.later {
		c.guard(func() { p.establishOne(&p.later[i]) })
	}
	n := p.header.Numbers
	c.ops.waiting = ledger[switching.Outcome]{last: n.Operations}
	c.asks.waiting = ledger[telephone.Outcome]{last: n.Questions}
	c.model.Monitors.NumberFrom(n.Monitors)
	c.lastSession, c.handsets.last, c.born, c.asked = n.Sessions, n.Phones, n.Calls, n.Requests
	c.counters = Counters{SwitchEvents: n.Events}
	c.comparison.compared = compared{}
	if p.header.Listed != nil {
		c.comparison.last = p.header.From.Add(time.Duration(*p.header.Listed))
	}
	c.flush()
	p.tell, p.restored = told, true
}

func (p *replay) establishOne(s *stood) {
	c := p.core
	switch {
	case s.Session != nil:
		c.lastSession = s.Session.Number - 1
		if one, err := p.session(s.Session); err == nil {
			c.openSession(one)
			c.sessions[one].grant, c.sessions[one].parted = s.Session.Grant, s.Session.Parted
		}
	case s.Phone != nil:
		c.handsets.phoneEvent(s.Phone)
	case s.Monitor != nil:
		of := p.sessions[s.Monitor.Session]
		if of == nil {
			return
		}
		owner := c.sessions[of.asSession()]
		m, _, _ := ecma.DecodeVerbatim([]byte(s.Monitor.XML))
		start := m.(*ecma.MonitorStart)
		c.model.Monitors.NumberFrom(s.Monitor.Number - 1)
		var mon *model.Monitor
		if id := start.Object.Call.CallID; id != "" {
			cl := c.model.Calls.Find(id)
			if cl == nil {
				return
			}
			mon = c.model.MonitorCall(cl, start.Filter, s.Monitor.Edition, owner)
		} else {
			mon = c.model.MonitorDevice(start.Object.Device, start.Filter, s.Monitor.Edition, owner)
		}
		owner.monitors[mon.CrossRefID] = mon
	}
}

// start implements operations: what is asked of the switch is compared with what was,
// and told.
func (p *replay) start(number uint64, op switching.Operation, _ bool) func() {
	what := numbered(number, reflect.TypeOf(op).Name())
	p.asked(&p.now.Operations, what)
	p.tell(Replayed{At: p.at, Operation: strings.ReplaceAll(fmt.Sprintf("%s %+v", what, op), "quick:{} ", "")})
	return func() { p.tell(Replayed{At: p.at, Operation: what + " is cancelled"}) }
}

// asked takes what is asked for now from what was.
func (p *replay) asked(were *[]string, what string) {
	i := slices.Index(*were, what)
	if i < 0 {
		p.differs(what + " is asked for and was not")
		return
	}
	*were = slices.Delete(*were, i, i+1)
}

// uuid is the next of those that were made; if there are no more, one like no other.
func (p *replay) uuid() string {
	if len(p.now.UUIDs) == 0 {
		p.differs("a UUID is made and was not")
		p.made++
		return fmt.Sprintf("00000000-0000-4000-8000-%012x", p.made)
	}
	id := p.now.UUIDs[0]
	p.now.UUIDs = p.now.UUIDs[1:]
	return id
}

// askedOfNobody is the asker of a replay.
type askedOfNobody struct{ *replay }

func (p askedOfNobody) ask(number, phone uint64, r telephone.Request) {
	what := numbered(number, r.Service.String())
	p.asked(&p.now.Questions, what)
	p.tell(Replayed{At: p.at, Operation: fmt.Sprintf("%s of phone %d: %s", what, phone, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Call, r.Active, r.Number)))})
}

// noPhones is a port to phones at which nobody is.
type noPhones struct{ telephone.Phones }

func (noPhones) Wake(string)            {}
func (noPhones) Monitored(string, bool) {}

// replayedSession is a session whose frames are told.
type replayedSession struct {
	*replay
	label   string
	ordered bool
	serves  []string
	taking  *takingTurns
}

// takingTurns is a replayedSession that is Ordered.
type takingTurns struct{ *replayedSession }

// asSession is what the core knows the session by.
func (s *replayedSession) asSession() Session {
	if s.ordered {
		return s.taking
	}
	return s
}

// Yields implements Ordered as the session answered then.
func (s *takingTurns) Yields(uint16) bool {
	if len(s.now.Yields) == 0 {
		s.differs("a session is asked whether it lets a request pass by and was not")
		return true
	}
	yes := s.now.Yields[0]
	s.now.Yields = s.now.Yields[1:]
	return yes
}

func (s *replayedSession) Label() string { return s.label }
func (s *replayedSession) Flush()        {}

// Serves implements Serving.
func (s *replayedSession) Serves() []string { return s.serves }

func (s *replayedSession) Respond(invoke uint16, ed ecma.Edition, m ecma.Message) {
	s.tell(Replayed{At: s.at, Session: s.label, Invoke: invoke, Message: m, Frame: ecma.Append(nil, ed, m)})
}

func (s *replayedSession) Request(ed ecma.Edition, m ecma.Message) {
	s.tell(Replayed{At: s.at, Session: s.label, Message: m, Frame: ecma.Append(nil, ed, m)})
}

func (s *replayedSession) Notify(t *ecma.Template, monitorCrossRefID string, local ecma.LocalConnectionState) {
	frame := t.Append(nil, monitorCrossRefID, local)
	m, _, err := ecma.Decode(frame)
	if err != nil {
		s.differs("an event can't be read: " + err.Error())
		return
	}
	s.tell(Replayed{At: s.at, Session: s.label, Message: m, Frame: frame})
}
