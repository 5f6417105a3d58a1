package engine

import (
	"encoding/binary"
	"reflect"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// recorder keeps the last inputs of a core, so that what led to a fault can be played
// again. It is bounded in bytes, whatever the load, and a switch event costs it some
// tens of nanoseconds and no memory: inputs are kept in a form that is short and quickly
// written, and become text only when somebody wants to read them (recording.go).
type recorder struct {
	size int
	// sections are the parts of what is kept, the oldest first; the last one grows.
	sections []*section
	// record is where the record that is being written begins in the last one.
	record int
	// last is when the last input was.
	last time.Time
	// counted are the troubles when they were looked at last, dumped is when the last
	// recording was written because of one.
	counted [troubles]uint64
	dumped  [troubles]time.Time
}

// section is a part of a recording, with which one that is cut off can begin. Its
// bytes do not change once they are written, so that others may read them.
type section struct {
	start start
	buf   []byte
	// shared: somebody may read the bytes still.
	shared bool
}

// start is what a core was when a section began, as far as it can't be found out
// later (standing).
type start struct {
	beginning beginning
	at        time.Time
	numbers   numbers
	// listed is when the switch was asked for its legs last.
	listed  time.Time
	ignores bool
	trunks  switching.Trunks
	// legs are those there were, if there were any and not too many.
	legs []switching.LegState
}

// numbers are how many of everything that is numbered there have been.
type numbers struct {
	Operations uint64 `json:"operations,omitzero"`
	Questions  uint64 `json:"questions,omitzero"`
	Monitors   uint64 `json:"monitors,omitzero"`
	Sessions   uint64 `json:"sessions,omitzero"`
	Phones     uint64 `json:"phones,omitzero"`
	Calls      uint64 `json:"calls,omitzero"`
	Requests   uint64 `json:"requests,omitzero"`
	Events     uint64 `json:"events,omitzero"`
}

// beginning says how much is known of what was when a section began.
type beginning string

const (
	// beginsQuiet: there was no call, and nothing was under way. What is played from
	// here comes out as it did.
	beginsQuiet beginning = "quiet"
	// beginsWithLegs: there were calls, which are taken as from a list of the
	// switch's. What was under way with them is not known.
	beginsWithLegs beginning = "with legs"
	// beginsAmid: there were so many that nothing is known of them.
	beginsAmid beginning = "amid calls"
)

const (
	// sectionsKept is how many sections what is kept has.
	sectionsKept = 8
	// longestRecord bounds an input in bytes: as text it has a few times as many
	// (longestLine).
	longestRecord = 256 << 10
	// mostLegs bounds the legs that a section begins with: the engine's goroutine
	// writes them down.
	mostLegs = 1000
)

// record is a kind of what a section holds.
type record byte

const (
	// Inputs. The time since the one before follows.
	recordedEvent record = iota + 1
	recordedEnd
	recordedRequest
	recordedClock
	// recordedNews is any other, as JSON (line).
	recordedNews
	// recordedOmission stands for an input that was too large.
	recordedOmission
	// What the input before brought about.
	recordedUUID
	recordedOrder
	recordedQuestion
	recordedYield
	// recordedChange is what something that stands was before, as JSON (formerly).
	recordedChange
)

func newRecorder(size int) *recorder { return &recorder{size: max(size, leastRecording)} }

// leastRecording is the smallest size that is of any use.
const leastRecording = 64 << 10

// input records an input that is about to be applied.
func (r *recorder) input(c *core, in *input) {
	r.turn(c)
	switch {
	case in.event.Kind != 0:
		r.put(appendEvent(r.begin(recordedEvent, c.now), &in.event))
	case in.req != nil:
		r.request(c, in.req)
	default:
		r.news(c, in.news)
	}
}

func (r *recorder) request(c *core, req *Request) {
	s := c.sessions[req.Session]
	if s == nil {
		return
	}
	b := r.begin(recordedRequest, c.now)
	b = binary.AppendUvarint(b, s.number)
	b = binary.AppendUvarint(b, uint64(req.Invoke))
	b = appendText(b, req.Edition)
	words := ""
	if m, is := req.Message.(ecma.Worded); is {
		words = m.Words()
	}
	b = appendText(b, words)
	r.put(ecma.AppendVerbatim(b, req.Edition, req.Message))
}

func (r *recorder) news(c *core, n news) {
	var l line
	switch n := n.(type) {
	case question:
		return
	case clockRead:
		if len(c.delayed) == 0 && !c.timers.due(c.now) {
			return
		}
		r.put(r.begin(recordedClock, c.now))
		return
	case *operationEnded:
		r.put(appendEnd(r.begin(recordedEnd, c.now), n))
		return
	case *phoneAnswered:
		l.Answer = &answerLine{Number: n.number, Outcome: n.out, Error: describeError(n.err)}
	case phonesTold:
		for i := range n {
			l.Phones = append(l.Phones, phoneLine{n[i], n[i].Answer != nil})
		}
	case sessionOpened, sessionGranted, sessionClosed, sessionParted, sessionResumed, monitorsMoved:
		if !l.ofSession(c, n) {
			return
		}
	case registrationIgnored:
		ignores := bool(n)
		l.IgnoresRegistration = &ignores
	case trunksChanged:
		text := switching.Trunks(n).String()
		l.Trunks = &text
	case *featuresWanted:
		l.Features = &featuresLine{n.device, n.change}
	case gapFound:
		l.Gap = uint64(n)
	case auditDue:
		l.Audit = true
	case started:
		l.Started = true
	}
	r.put(appendJSON(r.begin(recordedNews, c.now), l))
}

// ofSession writes down what becomes of a session; false: it has gone.
func (l *line) ofSession(c *core, n news) bool {
	switch n := n.(type) {
	case sessionOpened:
		_, ordered := n.session.(Ordered)
		l.Opened = &sessionLine{Number: c.lastSession + 1, Label: n.session.Label(), Ordered: ordered, Serves: servedBy(n.session)}
	case sessionGranted:
		s := c.sessions[n.session]
		if s == nil {
			return false
		}
		granted := s.line()
		granted.Grant = n.grant
		l.Granted = &granted
	case sessionClosed:
		s := c.sessions[n.session]
		if s == nil {
			return false
		}
		l.Closed = s.number
	case sessionParted:
		s := c.sessions[n.session]
		if s == nil {
			return false
		}
		if n.back {
			l.Rejoined = s.number
		} else {
			l.Parted = s.number
		}
	case sessionResumed:
		s := c.sessions[n.session]
		if s == nil {
			return false
		}
		l.Resumed = s.number
	case monitorsMoved:
		from, to := c.sessions[n.from], c.sessions[n.to]
		if from == nil || to == nil {
			return false
		}
		l.Moved = &movedLine{from.number, to.number}
	}
	return true
}

// change records what something that stands was before it changed.
func (r *recorder) change(before formerly) {
	r.end(appendJSON(r.open(recordedChange), before))
}

func (r *recorder) uuid(id string) {
	r.end(append(r.open(recordedUUID), id...))
}

func (r *recorder) order(number uint64, op switching.Operation) {
	b := binary.AppendUvarint(r.open(recordedOrder), number)
	r.end(append(b, reflect.TypeOf(op).Name()...))
}

func (r *recorder) question(number uint64, s telephone.Service) {
	b := binary.AppendUvarint(r.open(recordedQuestion), number)
	r.end(append(b, s.String()...))
}

func (r *recorder) yield(yes bool) {
	r.end(append(r.open(recordedYield), bit(yes)))
}

// prefix is the size of a record's length, which stands before it.
const prefix = 4

// open begins a record, behind the ones that the last section has.
func (r *recorder) open(kind record) []byte {
	b := r.current().buf
	r.record = len(b)
	return append(b, 0, 0, 0, 0, byte(kind))
}

// begin begins the record of an input.
func (r *recorder) begin(kind record, now time.Time) []byte {
	b := binary.AppendVarint(r.open(kind), int64(now.Sub(r.last)))
	r.last = now
	return b
}

// end ends a record.
func (r *recorder) end(b []byte) {
	binary.LittleEndian.PutUint32(b[r.record:], uint32(len(b)-r.record-prefix))
	r.current().buf = b
}

// put ends the record of an input. One that takes much of the room there is is left
// out, and the next section begins behind it.
func (r *recorder) put(b []byte) {
	if len(b)-r.record <= min(r.room()/2, longestRecord) {
		r.end(b)
		return
	}
	r.end(r.open(recordedOmission))
	r.current().full()
}

func (r *recorder) current() *section { return r.sections[len(r.sections)-1] }

// room is the size of a section.
func (r *recorder) room() int { return r.size / sectionsKept }

// reserve is what is kept free in a section for what an input brings about.
const reserve = 1 << 10

// full lets the next input begin a section.
func (s *section) full() { s.buf = s.buf[:len(s.buf):len(s.buf)] }

// turn begins a section if the last one is full, or half full while no call is up: a
// recording had better begin then.
func (r *recorder) turn(c *core) {
	if len(r.sections) > 0 {
		s := r.current()
		if len(s.buf) < r.room()/2 && cap(s.buf) > len(s.buf)+reserve {
			return
		}
		if cap(s.buf) > len(s.buf)+reserve && !c.quiet() {
			return
		}
	}
	r.begins(c)
}

// begins begins a section.
func (r *recorder) begins(c *core) {
	next := &section{start: c.start()}
	if len(r.sections) >= sectionsKept {
		if oldest := r.sections[0]; !oldest.shared && cap(oldest.buf) == r.room() {
			next.buf = oldest.buf[:0]
		}
		r.sections = append(r.sections[:0], r.sections[1:]...)
	}
	if next.buf == nil {
		next.buf = make([]byte, 0, r.room())
	}
	r.sections = append(r.sections, next)
	r.last = c.now
}

// quiet tells whether there is no call, and nothing under way.
func (c *core) quiet() bool {
	if len(c.legs) > 0 || len(c.calls) > 0 || len(c.making) > 0 || len(c.picking) > 0 || len(c.predicting) > 0 || len(c.timers.heap) > 0 ||
		len(c.delayed) > 0 || len(c.unanswered) > 0 || len(c.ops.waiting.open) > 0 || len(c.asks.waiting.open) > 0 ||
		c.starting || c.comparison.running || c.comparison.again || c.comparison.suspects != nil || c.features.running ||
		len(c.features.steps) > 0 || !c.rules.settler.Quiet() {
		return false
	}
	for _, h := range c.handsets.byID {
		if len(h.calls) > 0 || h.dialing != nil || len(h.features) > 0 || h.lacking != 0 {
			return false
		}
	}
	return true
}

// start is what the core is now.
func (c *core) start() start {
	s := start{
		beginning: beginsQuiet, at: c.now, listed: c.comparison.last, ignores: c.opts.IgnoreRegistration, trunks: c.opts.Trunks,
		numbers: numbers{
			Operations: c.ops.waiting.last, Questions: c.asks.waiting.last, Monitors: c.model.Monitors.LastNumber(), Sessions: c.lastSession,
			Phones: c.handsets.last, Calls: c.born, Requests: c.asked, Events: c.counters.SwitchEvents,
		},
	}
	switch {
	case c.quiet():
	case len(c.legs) > mostLegs:
		s.beginning = beginsAmid
	default:
		s.beginning = beginsWithLegs
		s.legs = make([]switching.LegState, 0, len(c.legs))
		for _, l := range c.legs {
			s.legs = append(s.legs, l.asListed())
		}
	}
	return s
}

// asListed is a leg as the switch's list would show it.
func (l *leg) asListed() switching.LegState {
	s := switching.LegState{
		Leg: l.ID, Info: l.Info, Answered: l.Answered(), Ringing: l.Rings(), Partner: l.Bridge.Partner, Queue: l.queue.name, Note: l.noted.text,
	}
	if l.queue.own != nil {
		s.OwnQueue = l.queue.own.name
	}
	if l.conn != nil {
		s.Held = l.conn.State() == ecma.StateHold
	}
	if l.call != nil {
		s.Created = int64(l.call.born)
	}
	return s
}

// excerpt is what is kept, for others to read, with what stands now.
type excerpt struct {
	sections []section
	now      standing
}

// standing is what clients and subscribers have set up, and lasts.
type standing struct {
	sessions []sessionLine
	monitors []monitorLine
	services map[string]model.Service
	seen     map[ecma.DeviceID]struct{}
	features map[string]switching.Features
	phones   []standingPhone
}

// excerpt takes what is kept. The engine goes on writing behind it.
func (r *recorder) excerpt(c *core) excerpt {
	var e excerpt
	for _, s := range r.sections {
		s.shared = true
		e.sections = append(e.sections, section{start: s.start, buf: s.buf})
	}
	e.now = c.standing()
	return e
}
