package uacsta

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
)

// State is a session's.
type State uint8

const (
	// Idle: no session is wanted, or its turn to be opened has not come.
	Idle State = iota
	// Probing: OPTIONS was sent.
	Probing
	// Opening: INVITE was sent.
	Opening
	// Proving: the phone accepted without saying so in CSTA and is asked again
	// by INFO.
	Proving
	// Starting: the monitor is being started.
	Starting
	// Open: the phone takes requests.
	Open
	// Closing: the monitor is being stopped.
	Closing
	// Waiting: it failed and will be tried again.
	Waiting
	// Refused: it failed and is not tried again before the phone registers anew.
	Refused
	// Rang: the phone took the session for a call. It is never tried again.
	Rang
)

var stateNames = [...]string{"idle", "probing", "opening", "proving", "starting", "open", "closing", "waiting", "refused", "rang"}

func (s State) String() string { return stateNames[s] }

// Limits and times.
const (
	// answerTime bounds a phone's answer, be it to a request or to OPTIONS; SIP's
	// own 32 s (RFC 3261 timer F) are too long for a person who waits.
	answerTime = 4 * time.Second
	// inviteTime bounds the answer to INVITE. It is longer, as a phone that
	// answers later would be left with a session that nobody uses.
	inviteTime = 10 * time.Second
	// closeTime bounds what is said at a session's end.
	closeTime = time.Second
	// sessionExpires is what we propose (RFC 4028).
	sessionExpires = 1800 * time.Second
	// leastExpires and mostExpires bound what we accept: RFC 4028 5 wants 90 s,
	// and a day is not a check of anything any more.
	leastExpires = 90 * time.Second
	mostExpires  = 24 * time.Hour
	// checkInterval is between two RequestSystemStatus to a phone without session
	// timer.
	checkInterval = 5 * time.Minute
	// firstPause and longestPause bound the doubling pause between two attempts
	// with a phone that is busy, retryPause is between those with a silent one,
	// of which there are silentTries.
	firstPause   = 30 * time.Second
	longestPause = 10 * time.Minute
	retryPause   = 5 * time.Second
	silentTries  = 3
	// glarePause is before a refresh that met the phone's own is tried again
	// (RFC 3261 14.1: 2.1 to 4 s for who made the dialogue).
	glarePause = 2500 * time.Millisecond
	// healthyTime is how long a session must have been up for its end to count as
	// a new trouble.
	healthyTime = time.Minute
	// maxAsks bounds the requests that wait for a phone: it takes one at a time.
	maxAsks = 16
	// maxEarly bounds the events kept while the monitor is being started.
	maxEarly = 16
	// outOfOrder is how long an event waits for one before it.
	outOfOrder = 50 * time.Millisecond
)

// Errors of requests. A phone's own refusal is an *ecma.Error, a SIP status a
// *StatusError.
var (
	// ErrNoSession: no phone of the device is controlled now.
	ErrNoSession = errors.New("no phone is controlled by uaCSTA")
	// ErrSilent: the phone did not answer in time. It may do what it was asked.
	ErrSilent = errors.New("the phone does not answer")
	// ErrLost: the session ended meanwhile. The phone may do what it was asked.
	ErrLost = errors.New("the session with the phone was lost")
	// ErrBusy: too many requests wait for the phone.
	ErrBusy = errors.New("too many requests wait for the phone")
	// ErrMeaningless: the phone answered with something else than the response.
	ErrMeaningless = errors.New("the phone's answer has no meaning")
)

// StatusError is a phone's refusal on the SIP level.
type StatusError struct{ Status int }

func (e *StatusError) Error() string {
	return fmt.Sprintf("the phone answers with SIP status %d", e.Status)
}

// Actions are what a session wants done, in order.
type (
	action interface{}
	// doSend sends a request.
	doSend struct{ Request }
	// doNotify has the switch send a request.
	doNotify struct{ Notice }
	// doReply answers the Incoming of that number.
	doReply struct {
		Number uint64
		Reply
	}
	// doServe has the Incoming of that number answered by who knows.
	doServe struct {
		Number  uint64
		Message ecma.Message
	}
	// doAnswer completes a request of ours.
	doAnswer struct {
		Ask     uint64
		Message ecma.Message
		Err     error
	}
	// doReport hands an event on.
	doReport struct{ ecma.Event }
	// doReady asks for a turn to open.
	doReady struct{}
	// doState tells that State or reason changed.
	doState struct{ Old, New State }
	// doWarn tells the operator.
	doWarn struct{ Text string }
	// doCount counts what was ignored.
	doCount struct{ What ignored }
)

// ignored is a kind of message that changed nothing.
type ignored uint8

const (
	forged ignored = iota
	unreadable
	strayEvent
	repeated
	ignoredKinds
)

var ignoredNames = [...]string{"forged", "unreadable", "stray events", "repeated"}

// purpose is what a request of ours is for.
type purpose uint8

const (
	forNothing purpose = iota
	forProbe
	forInvite
	forProof
	forMonitor
	forAsk
	forCheck
	forRefresh
	forStop
)

// flight is the one request that is under way.
type flight struct {
	purpose
	request Request
	ask     ask
	// challenged: it was sent again with credentials.
	challenged bool
	// separate: its 200 had no body; the response comes in an INFO. response is
	// that response if it was faster.
	separate bool
	response ecma.Message
	// tells: it is an event, which no response but the 200 answers.
	tells bool
	// rang: the phone answered an opening with ringing, and CANCEL was sent.
	rang bool
}

// ask is a CSTA request that somebody wants answered.
type ask struct {
	number   uint64
	build    func(self ecma.DeviceID) ecma.Message
	deadline time.Time
}

// session is the control of one phone.
type session struct {
	line  Line
	state State
	// why tells why it is not open.
	why string
	// unique makes a text that nobody can guess, number a number that no other
	// transaction has.
	unique func() string
	number func() uint64
	out    []action
	// switchRealm tells whether a realm is one that the switch challenges with.
	switchRealm func(string) bool

	dialogue
	flight
	asks []ask
	// credentials, once the phone wanted some.
	credentials credentials

	// names are what the phone may want to be called, the working one first once
	// monitored or not.
	names   []string
	monitor string
	early   []ecma.Event
	order   order

	openedAt                               time.Time
	retryAt, refreshAt, expiresAt, checkAt time.Time
	deadline                               time.Time
	// failures counts attempts since the last healthy session, silences those
	// without any answer.
	failures, silences int
	expires            time.Duration
	// lacking are the services the phone refused.
	lacking map[string]bool
	// accepts: the phone said in OPTIONS that it takes CSTA.
	accepts bool
}

// dialogue is the SIP dialogue (RFC 3261 12).
type dialogue struct {
	callID, localTag, remoteTag string
	target                      string
	routes                      []string
	cseq, inviteCSeq            uint32
	up                          bool
}

func newSession(line Line, unique func() string, number func() uint64) *session {
	s := &session{line: line, unique: unique, number: number, switchRealm: func(string) bool { return false }}
	s.names = []string{"sip:" + line.User + "@" + line.Domain, line.User}
	return s
}

// take returns the actions that have come together.
func (s *session) take() []action {
	out := s.out
	s.out = nil
	return out
}

func (s *session) do(a action) { s.out = append(s.out, a) }

func (s *session) set(state State, why string) {
	old := s.state
	s.state, s.why = state, why
	if old != state {
		s.do(doState{old, state})
	}
}

// due is when tick has to be called next; zero = never.
func (s *session) due() time.Time {
	var first time.Time
	refreshAt, checkAt := s.refreshAt, s.checkAt
	if s.flight.purpose != forNothing || s.state != Open {
		// They have to wait for that to end (next), not for the time.
		refreshAt, checkAt = time.Time{}, time.Time{}
	}
	for _, t := range [...]time.Time{s.retryAt, refreshAt, s.expiresAt, checkAt, s.deadline, s.order.due} {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

func reached(t, now time.Time) bool { return !t.IsZero() && !now.Before(t) }

// tick does what is due.
func (s *session) tick(now time.Time) {
	if reached(s.retryAt, now) {
		s.retryAt = time.Time{}
		s.do(doReady{})
	}
	if reached(s.order.due, now) {
		s.report(s.order.flush())
	}
	if reached(s.deadline, now) {
		// Only a response that was to come in an INFO is waited for here; the
		// transaction's time is the transport's.
		s.deadline = time.Time{}
		if s.flight.separate {
			s.noResponse(now)
		}
	}
	if reached(s.expiresAt, now) {
		s.lost(now, "the phone did not refresh the session")
		return
	}
	s.next(now)
}

// open begins, when its turn has come.
func (s *session) open(now time.Time) {
	if s.state != Idle && s.state != Waiting {
		return
	}
	s.retryAt = time.Time{}
	if s.line.Mode == NotifyMode {
		// There is no harmless way to try it: the first request will tell.
		s.openedAt = now
		s.set(Open, "")
		return
	}
	s.newDialogue()
	s.set(Probing, "")
	s.begin(forProbe, s.request(methodOptions, Header{"Accept", ContentCSTA}))
}

func (s *session) newDialogue() {
	s.dialogue = dialogue{callID: s.unique(), localTag: s.unique(), target: s.line.Target}
	s.routes = s.line.Routes
	s.order = order{}
	s.monitor, s.early = "", nil
}

// request makes the next request of the dialogue.
func (s *session) request(method string, headers ...Header) Request {
	s.cseq++
	return Request{
		Tx: s.number(), Method: method, URI: s.target,
		From: "sip:csta@" + s.line.Domain, FromTag: s.localTag,
		To: "sip:" + s.line.User + "@" + s.line.Domain, ToTag: s.remoteTag,
		CallID: s.callID, CSeq: s.cseq, Routes: s.routes, Headers: headers,
		Transport: s.line.Transport, Destination: s.line.Destination, Flow: s.line.Way == OwnLine,
		Timeout: answerTime,
	}
}

// begin sends the request that everything else waits for.
func (s *session) begin(p purpose, r Request) {
	if h, ok := s.credentials.next(r.Method, r.URI); ok {
		r.Headers = append(r.Headers, h)
	}
	s.flight = flight{purpose: p, request: r}
	s.do(doSend{r})
}

// csta makes a request with a CSTA document.
func (s *session) csta(method string, m ecma.Message, headers ...Header) Request {
	headers = append(headers, Header{"Content-Type", ContentCSTA}, Header{"Content-Disposition", "signal;handling=required"})
	r := s.request(method, headers...)
	r.Body = ecma.AppendVerbatim(nil, ecma.Edition3, m)
	return r
}

// invite opens the dialogue, or refreshes it.
func (s *session) invite(p purpose) {
	expires := s.expires
	if expires == 0 {
		expires = sessionExpires
	}
	headers := []Header{
		{"Allow", allowed}, {"Accept", ContentCSTA}, {"Supported", "timer"},
		{"Session-Expires", fmt.Sprintf("%d;refresher=uac", int(expires.Seconds()))},
	}
	if s.expires != 0 {
		headers = append(headers, Header{"Min-SE", fmt.Sprint(int(s.expires.Seconds()))})
	}
	r := s.csta(methodInvite, &ecma.RequestSystemStatus{}, headers...)
	r.Timeout = inviteTime
	s.inviteCSeq = r.CSeq
	s.begin(p, r)
}

// allowed are the methods our side of a session takes.
const allowed = "INVITE, ACK, BYE, CANCEL, INFO, OPTIONS, UPDATE, NOTIFY"

// acknowledge sends the ACK of a positive answer to INVITE.
func (s *session) acknowledge() {
	r := s.request(methodAck)
	s.cseq--
	r.Tx, r.CSeq = 0, s.inviteCSeq
	s.do(doSend{r})
}

// bye says good-bye to a dialogue and forgets it. Its answer does not matter.
func (s *session) bye() {
	if s.up {
		r := s.request(methodBye)
		if h, ok := s.credentials.next(r.Method, r.URI); ok {
			r.Headers = append(r.Headers, h)
		}
		r.Timeout = closeTime
		s.do(doSend{r})
	}
	s.forget()
}

// forget ends everything that belongs to the dialogue.
func (s *session) forget() {
	s.report(s.order.flush())
	s.dialogue = dialogue{}
	s.monitor, s.early, s.order = "", nil, order{}
	s.refreshAt, s.expiresAt, s.checkAt, s.deadline = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	if f := s.flight; f.purpose == forAsk {
		s.do(doAnswer{Ask: f.ask.number, Err: ErrLost})
	}
	s.flight = flight{}
	for _, a := range s.asks {
		s.do(doAnswer{Ask: a.number, Err: ErrLost})
	}
	s.asks = nil
	s.openedAt = time.Time{}
}

// close ends the session because nobody wants it any more.
func (s *session) close(why string) {
	if s.state == Refused || s.state == Rang {
		return
	}
	s.retryAt = time.Time{}
	switch {
	case s.flight.purpose == forInvite:
		// What the phone says decides whether there is something to end.
		s.set(Closing, why)
	case s.up && s.monitor != "" && s.flight.purpose == forNothing:
		s.set(Closing, why)
		r := s.csta(methodInfo, &ecma.MonitorStop{MonitorCrossRefID: s.monitor})
		r.Timeout = closeTime
		s.begin(forStop, r)
	case s.state == Closing:
	default:
		s.bye()
		s.set(Idle, why)
	}
}

// drop ends it without ceremony: the phone is gone, or somewhere else.
func (s *session) drop(why string) {
	s.retryAt = time.Time{}
	if s.flight.purpose == forInvite {
		s.set(Closing, why)
		return
	}
	s.bye()
	s.set(Idle, why)
}

// done tells whether a session that was closed or dropped has nothing left to
// wait for.
func (s *session) done() bool { return s.state == Idle && s.flight.purpose == forNothing }

// renewed tells that the phone registered: with anew, it has started again or
// is another one.
func (s *session) renewed(line Line, anew bool) {
	if line.Password != s.line.Password {
		s.credentials = credentials{}
	}
	s.line = line
	switch {
	case s.state == Refused && (anew || s.silences > 0):
		s.silences, s.failures = 0, 0
		s.set(Idle, "")
		s.do(doReady{})
	case s.line.Mode == NotifyMode:
		// It is there: all that is ever heard of it unasked.
		s.silences = 0
	}
}

// fail ends an attempt and says when the next one may be: after pause, or, if
// that is 0, when the phone registers anew.
func (s *session) fail(now time.Time, pause time.Duration, why string) {
	s.bye()
	if pause == 0 {
		s.retryAt = time.Time{}
		s.set(Refused, why)
		return
	}
	s.retryAt = now.Add(pause)
	s.set(Waiting, why)
}

// pause is the time until the next attempt; it doubles.
func (s *session) pause() time.Duration {
	s.failures++
	return min(longestPause, firstPause<<min(s.failures-1, 8))
}

// lost: the session ended without our doing.
func (s *session) lost(now time.Time, why string) {
	healthy := !s.openedAt.IsZero() && now.Sub(s.openedAt) >= healthyTime
	if healthy {
		s.failures = 0
		s.fail(now, time.Second, why)
		return
	}
	s.fail(now, s.pause(), why)
}

// rang: the phone took us for a call.
func (s *session) rang(why string) {
	s.bye()
	s.retryAt = time.Time{}
	s.set(Rang, why)
	s.do(doWarn{fmt.Sprintf("uaCSTA: the phone of %s (%s) %s; it was hung up at once and is not tried again. Set the directory variable uacsta to off for it.",
		s.line.Device, s.line.UserAgent, why)})
}

// next sends what waits, one at a time.
func (s *session) next(now time.Time) {
	if s.flight.purpose != forNothing || s.state != Open {
		return
	}
	switch {
	case reached(s.refreshAt, now):
		s.refreshAt = time.Time{}
		s.invite(forRefresh)
	case len(s.asks) > 0:
		a := s.asks[0]
		s.asks = s.asks[1:]
		if !now.Before(a.deadline) {
			s.do(doAnswer{Ask: a.number, Err: ErrSilent})
			s.next(now)
			return
		}
		s.send(now, a)
	case reached(s.checkAt, now):
		s.checkAt = time.Time{}
		s.begin(forCheck, s.csta(methodInfo, &ecma.RequestSystemStatus{}))
	}
}

// send carries a CSTA request to the phone.
func (s *session) send(now time.Time, a ask) {
	m := a.build(s.self())
	if s.line.Way == BySwitch {
		s.sendBlind(a, asServer(m))
		s.next(now)
		return
	}
	var r Request
	if s.line.Mode == NotifyMode {
		m = asServer(m)
		s.newDialogue()
		r = s.csta(methodNotify, m, Header{"Event", EventPackage}, Header{"Subscription-State", "active"})
	} else {
		r = s.csta(methodInfo, m)
	}
	r.Timeout = min(answerTime, a.deadline.Sub(now))
	s.begin(forAsk, r)
	s.flight.ask = a
	_, s.flight.tells = m.(ecma.Event)
}

// sendBlind has the switch carry a request. Nobody hears what the phone answers, so
// nothing can be asked that is about the answer.
func (s *session) sendBlind(a ask, m ecma.Message) {
	switch m.(type) {
	case *ecma.GetDoNotDisturb, *ecma.GetForwarding:
		s.do(doAnswer{Ask: a.number, Err: ecma.ErrServiceNotSupported})
		return
	}
	address := "sip:" + s.line.User + "@" + s.line.Domain
	s.do(doNotify{Notice{
		Registrar: s.line.Registrar, Contact: s.line.Contact, From: address, To: address, Event: EventPackage,
		ContentType: ContentCSTA, Body: ecma.AppendVerbatim(nil, ecma.Edition3, m),
	}})
	s.do(doAnswer{Ask: a.number})
}

// EventPackage is the event package of phones without sessions (OpenStage, Mitel).
const EventPackage = "uaCSTA"

// self is what the phone wants to be called.
func (s *session) self() ecma.DeviceID {
	if s.line.Mode == NotifyMode {
		return ecma.Subscriber(s.line.User)
	}
	return ecma.Subscriber(s.names[0])
}

// ask asks a service of the phone; its document is built when its turn comes.
func (s *session) ask(now time.Time, a ask) {
	switch {
	case s.state != Open:
		s.do(doAnswer{Ask: a.number, Err: ErrNoSession})
	case len(s.asks) >= maxAsks:
		s.do(doAnswer{Ask: a.number, Err: ErrBusy})
	default:
		s.asks = append(s.asks, a)
		s.next(now)
	}
}

// isCSTA and isSDP tell what a body is.
func isCSTA(contentType string) bool { return mediaType(contentType) == ContentCSTA }

func carriesSDP(contentType string, body []byte) bool {
	t := mediaType(contentType)
	return t == "application/sdp" || strings.HasPrefix(t, "multipart/") && strings.Contains(strings.ToLower(string(body)), "application/sdp")
}

func mediaType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(t))
}
