package uacsta

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
)

// bench holds one session and a clock.
type bench struct {
	t       *testing.T
	s       *session
	now     time.Time
	last    uint64
	unique  int
	actions []action
}

var peer = netip.MustParseAddrPort("192.0.2.71:5060")

func testLine() Line {
	return Line{
		Way: Direct, Device: "1001", User: "1001", Domain: "pbx.example", Target: "sip:1001@192.0.2.71:5060;line=abc",
		Transport: "udp", Destination: peer, UserAgent: "phone/1", Mode: SessionMode,
	}
}

func newBench(t *testing.T, line Line) *bench {
	b := &bench{t: t, now: time.Unix(1_700_000_000, 0)}
	b.s = newSession(line, func() string { b.unique++; return fmt.Sprintf("u%d", b.unique) }, func() uint64 { b.last++; return b.last })
	return b
}

// does runs f and says in short what the session wants done.
func (b *bench) does(f func()) []string {
	b.t.Helper()
	f()
	b.actions = b.s.take()
	var said []string
	for _, a := range b.actions {
		switch a := a.(type) {
		case doSend:
			text := a.Method
			if a.Method == methodInfo || a.Method == methodNotify {
				text += " " + requestIn(a.Body)
			}
			said = append(said, text)
		case doNotify:
			said = append(said, "through the switch "+requestIn(a.Body))
		case doReply:
			said = append(said, fmt.Sprintf("reply %d", a.Status))
		case doAnswer:
			switch {
			case a.Err != nil:
				said = append(said, "answer "+a.Err.Error())
			case a.Message == nil:
				said = append(said, "answer")
			default:
				said = append(said, "answer "+a.Message.Element())
			}
		case doServe:
			said = append(said, "serve "+a.Message.Element())
		case doReport:
			said = append(said, "event "+a.Element())
		case doReady:
			said = append(said, "ready")
		case doState:
			said = append(said, a.New.String())
		case doWarn:
			said = append(said, "warn")
		case doCount:
			said = append(said, ignoredNames[a.What])
		}
	}
	return said
}

func (b *bench) sent() Request {
	for i := len(b.actions) - 1; i >= 0; i-- {
		if s, ok := b.actions[i].(doSend); ok {
			return s.Request
		}
	}
	require.Fail(b.t, "nothing was sent")
	return Request{}
}

// answered lets the phone answer the request under way.
func (b *bench) answered(status int, change ...func(*Response)) []string {
	b.t.Helper()
	return b.does(func() {
		r := Response{Tx: b.s.flight.request.Tx, Status: status, ToTag: "p1"}
		for _, f := range change {
			f(&r)
		}
		b.s.response(b.now, r)
	})
}

func body(m ecma.Message) func(*Response) {
	return func(r *Response) { r.ContentType, r.Body = ContentCSTA, ecma.AppendVerbatim(nil, ecma.Edition3, m) }
}

func timer(value string) func(*Response) { return func(r *Response) { r.SessionExpires = value } }

var normal = body(&ecma.RequestSystemStatusResponse{Status: ecma.StatusNormal})

func (b *bench) after(d time.Duration) []string {
	b.now = b.now.Add(d)
	return b.does(func() { b.s.tick(b.now) })
}

func (b *bench) open() *bench {
	b.t.Helper()
	require.Equal(b.t, []string{"probing", "OPTIONS"}, b.does(func() { b.s.open(b.now) }))
	require.Equal(b.t, []string{"opening", "INVITE"}, b.answered(200))
	require.Equal(b.t, []string{"ACK", "starting", "INFO MonitorStart"}, b.answered(200, normal, timer("1800;refresher=uac")))
	require.Equal(b.t, []string{"open"}, b.answered(200, body(&ecma.MonitorStartResponse{MonitorCrossRefID: "43"})))
	require.Equal(b.t, []string{"reply 200"}, b.incoming(methodOptions, 0, nil), "the phone's numbering is known")
	return b
}

func (b *bench) ask(m ecma.Message) []string {
	return b.does(func() {
		b.s.ask(b.now, ask{number: 99, build: func(ecma.DeviceID) ecma.Message { return m }, deadline: b.now.Add(answerTime)})
	})
}

func hold() ecma.Message { return &ecma.HoldCall{CallToBeHeld: ecma.ConnectionID{CallID: "7"}} }

func (b *bench) incoming(method string, cseq uint32, m ecma.Message, change ...func(*Incoming)) []string {
	in := Incoming{Method: method, CSeq: cseq, CallID: b.s.callID, FromTag: b.s.remoteTag, ToTag: b.s.localTag, Source: peer}
	if m != nil {
		in.ContentType, in.Body = ContentCSTA, ecma.AppendVerbatim(nil, ecma.Edition3, m)
	}
	for _, f := range change {
		f(&in)
	}
	return b.does(func() { b.s.incoming(b.now, 5, in) })
}

func held(xref string) ecma.Event {
	return &ecma.HeldEvent{MonitorCrossRefID: xref, HeldConnection: ecma.ConnectionID{CallID: "7"}, HoldingDevice: ecma.Device(ecma.Subscriber("1001")), Cause: ecma.CauseNormal}
}

func TestOpeningGoesByTheBook(t *testing.T) {
	b := newBench(t, testLine())
	b.does(func() { b.s.open(b.now) })
	options := b.sent()
	assert.Equal(t, []Header{{"Accept", ContentCSTA}}, options.Headers)
	b.answered(200)
	invite := b.sent()
	assert.Equal(t, Request{
		Tx: 2, Method: "INVITE", URI: "sip:1001@192.0.2.71:5060;line=abc", From: "sip:csta@pbx.example", FromTag: "u2", To: "sip:1001@pbx.example",
		CallID: "u1", CSeq: 2, Transport: "udp", Destination: peer, Timeout: inviteTime,
		Headers: []Header{
			{"Allow", allowed}, {"Accept", ContentCSTA}, {"Supported", "timer"}, {"Session-Expires", "1800;refresher=uac"},
			{"Content-Type", ContentCSTA}, {"Content-Disposition", "signal;handling=required"},
		},
		Body: []byte(`<?xml version="1.0" encoding="UTF-8"?><RequestSystemStatus xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed3"/>`),
	}, invite)
	b.answered(200, normal, func(r *Response) { r.Contact = "sip:1001@192.0.2.71:5062"; r.Routes = []string{"sip:proxy.example;lr"} })
	info := b.sent()
	assert.Equal(t, "p1", info.ToTag)
	assert.EqualValues(t, 3, info.CSeq)
	assert.Equal(t, "sip:1001@192.0.2.71:5062", info.URI)
	assert.Equal(t, []string{"sip:proxy.example;lr"}, info.Routes)
	assert.Contains(t, string(info.Body), "<deviceObject>sip:1001@pbx.example</deviceObject>")
	ack := b.actions[0].(doSend)
	assert.Equal(t, "ACK", ack.Method)
	assert.EqualValues(t, 2, ack.CSeq)
	assert.Zero(t, ack.Tx)
}

func TestAnswersToTheOpening(t *testing.T) {
	for _, c := range []struct {
		status int
		state  State
		pause  time.Duration
		why    string
	}{
		{415, Refused, 0, "no uaCSTA"}, {488, Refused, 0, "no uaCSTA"}, {606, Refused, 0, "no uaCSTA"}, {501, Refused, 0, "no uaCSTA"}, {405, Refused, 0, "no uaCSTA"},
		{400, Refused, 0, "trust"}, {403, Refused, 0, "trust"}, {401, Refused, 0, "password"}, {407, Refused, 0, "password"}, {404, Refused, 0, "own contact"},
		{480, Waiting, firstPause, "now"}, {486, Waiting, firstPause, "now"}, {600, Waiting, firstPause, "now"}, {603, Waiting, firstPause, "now"},
		{500, Waiting, firstPause, "now"}, {503, Waiting, firstPause, "now"}, {302, Waiting, firstPause, "now"}, {481, Waiting, firstPause, "restarting"},
		{0, Waiting, retryPause, "does not answer"}, {422, Refused, 0, "session timer"},
	} {
		b := newBench(t, testLine())
		b.does(func() { b.s.open(b.now) })
		b.answered(200)
		b.answered(c.status)
		assert.Equal(t, c.state, b.s.state, c.status)
		assert.Contains(t, b.s.why, c.why, c.status)
		if c.pause > 0 {
			assert.Equal(t, b.now.Add(c.pause), b.s.due(), c.status)
			assert.Equal(t, []string{"ready"}, b.after(c.pause))
		} else {
			assert.Zero(t, b.s.due(), c.status)
		}
	}
}

func TestRetryAfterAndGrowingPauses(t *testing.T) {
	b := newBench(t, testLine())
	var pauses []time.Duration
	for range 8 {
		b.does(func() { b.s.open(b.now) })
		b.answered(200)
		b.answered(486)
		pauses = append(pauses, b.s.retryAt.Sub(b.now))
		b.after(pauses[len(pauses)-1])
	}
	assert.Equal(t, []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute}, pauses)
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	b.answered(503, func(r *Response) { r.RetryAfter = 7 * time.Second })
	assert.Equal(t, 7*time.Second, b.s.retryAt.Sub(b.now))
}

func TestSilentPhoneIsLeftAlone(t *testing.T) {
	b := newBench(t, testLine())
	for try := 1; try <= silentTries; try++ {
		b.does(func() { b.s.open(b.now) })
		b.answered(0)
		if try < silentTries {
			require.Equal(t, Waiting, b.s.state)
			b.after(b.s.due().Sub(b.now))
		}
	}
	assert.Equal(t, Refused, b.s.state)
	assert.Zero(t, b.s.due())
	// Its next REGISTER gives it another chance, even a refresh.
	assert.Equal(t, []string{"idle", "ready"}, b.does(func() { b.s.renewed(testLine(), false) }))
}

func TestRefusedPhoneGetsAnotherChanceOnlyAnew(t *testing.T) {
	b := newBench(t, testLine())
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	b.answered(415)
	assert.Empty(t, b.does(func() { b.s.renewed(testLine(), false) }))
	assert.Equal(t, []string{"idle", "ready"}, b.does(func() { b.s.renewed(testLine(), true) }))
}

func TestPhoneThatRings(t *testing.T) {
	for _, status := range []int{180, 183, 182} {
		b := newBench(t, testLine())
		b.does(func() { b.s.open(b.now) })
		b.answered(200)
		invite := b.sent()
		assert.Empty(t, b.answered(100))
		assert.Equal(t, []string{"CANCEL"}, b.answered(status), "at once")
		assert.Equal(t, invite.Tx, b.sent().Tx)
		assert.Empty(t, b.answered(180), "once")
		assert.Equal(t, []string{"rang", "warn"}, b.answered(487))
		assert.Zero(t, b.s.due())
		assert.Empty(t, b.does(func() { b.s.renewed(testLine(), true); b.s.open(b.now) }), "never again")
	}
	t.Run("answered while it was cancelled", func(t *testing.T) {
		b := newBench(t, testLine())
		b.does(func() { b.s.open(b.now) })
		b.answered(200)
		b.answered(180)
		assert.Equal(t, []string{"ACK", "BYE", "rang", "warn"}, b.answered(200))
	})
	t.Run("answered with SDP", func(t *testing.T) {
		for _, contentType := range []string{"application/sdp", "Application/SDP ; x=y", "multipart/mixed; boundary=z"} {
			b := newBench(t, testLine())
			b.does(func() { b.s.open(b.now) })
			b.answered(200)
			assert.Equal(t, []string{"ACK", "BYE", "rang", "warn"}, b.answered(200, func(r *Response) {
				r.ContentType, r.Body = contentType, []byte("Content-Type: application/sdp\r\n\r\nv=0\r\n")
			}))
		}
	})
}

func TestProbing(t *testing.T) {
	for _, status := range []int{200, 401, 403, 404, 405, 415, 481, 501} {
		b := newBench(t, testLine())
		b.does(func() { b.s.open(b.now) })
		assert.Equal(t, []string{"opening", "INVITE"}, b.answered(status), "OPTIONS proves nothing against it")
	}
	b := newBench(t, testLine())
	b.does(func() { b.s.open(b.now) })
	b.answered(486)
	assert.Equal(t, Waiting, b.s.state, "a phone in a call is not rung at")
}

func TestAcceptedWithoutCSTA(t *testing.T) {
	start := func(t *testing.T) *bench {
		b := newBench(t, testLine())
		b.does(func() { b.s.open(b.now) })
		b.answered(200)
		require.Equal(t, []string{"ACK", "proving", "INFO RequestSystemStatus"}, b.answered(200))
		return b
	}
	assert.Equal(t, []string{"starting", "INFO MonitorStart"}, start(t).answered(200, normal))
	assert.Equal(t, []string{"BYE", "refused"}, start(t).answered(0))
	assert.Equal(t, []string{"BYE", "refused"}, start(t).answered(415))
	b := start(t)
	assert.Empty(t, b.answered(200), "it may answer in an INFO of its own")
	assert.Equal(t, []string{"reply 200", "starting", "INFO MonitorStart"}, b.incoming(methodInfo, 1, &ecma.RequestSystemStatusResponse{Status: ecma.StatusNormal}))
}

func TestSystemStatusOtherThanNormal(t *testing.T) {
	b := newBench(t, testLine())
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	assert.Equal(t, []string{"ACK", "BYE", "waiting"}, b.answered(200, body(&ecma.RequestSystemStatusResponse{Status: ecma.StatusDisabled})))
	b = newBench(t, testLine())
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	assert.Equal(t, []string{"ACK", "BYE", "refused"}, b.answered(200, body(ecma.ErrServiceNotSupported)))
}

func TestChallenge(t *testing.T) {
	const challenge = `Digest realm="phone", nonce="n1", algorithm=md5, qop="auth"`
	line := testLine()
	line.Password = "secret"
	b := newBench(t, line)
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	first := b.sent()
	assert.Equal(t, []string{"INVITE"}, b.answered(401, func(r *Response) { r.Challenge = challenge }))
	again := b.sent()
	assert.Equal(t, first.CSeq+1, again.CSeq)
	assert.Equal(t, first.CallID, again.CallID)
	assert.NotEqual(t, first.Tx, again.Tx)
	assert.Contains(t, again.Headers[len(again.Headers)-1].Value, `username="1001"`)
	assert.Equal(t, []string{"ACK", "starting", "INFO MonitorStart"}, b.answered(200, normal))
	assert.EqualValues(t, again.CSeq, b.actions[0].(doSend).CSeq)
	info := b.sent()
	assert.Contains(t, info.Headers[len(info.Headers)-1].Value, "nc=00000002", "the same challenge serves again")
	assert.Equal(t, []string{"INFO MonitorStart"}, b.answered(407, func(r *Response) { r.Challenge = challenge }))
	assert.Equal(t, "Proxy-Authorization", b.sent().Headers[len(b.sent().Headers)-1].Name)
	b.answered(401, func(r *Response) { r.Challenge = challenge })
	assert.Equal(t, Open, b.s.state)
	assert.Contains(t, b.s.why, "without events")

	b = newBench(t, line)
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	b.answered(401, func(r *Response) { r.Challenge = challenge })
	b.answered(401, func(r *Response) { r.Challenge = challenge })
	assert.Equal(t, "the phone does not accept uacsta-password (401 )", b.s.why)
	b = newBench(t, line)
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	assert.Equal(t, []string{"warn", "refused"}, b.answered(401, func(r *Response) { r.Challenge = `Digest realm="x", nonce="y", algorithm=rot13` }))
}

// What is answered to a challenge in the switch's name could be used against the
// switch: the phone may only have passed it on.
func TestChallengeOfTheSwitch(t *testing.T) {
	for realm, answered := range map[string]bool{"phone": true, "pbx.example": false, "PBX.example": false, "realm of its REGISTER": false, "192.0.2.1": false} {
		line := testLine()
		line.Password, line.Domain, line.Realm = "secret", "pbx.example", "realm of its REGISTER"
		b := newBench(t, line)
		b.s.switchRealm = New(Options{Realms: []string{"192.0.2.1"}}, nil, nil, nil).switchRealm
		b.does(func() { b.s.open(b.now) })
		b.answered(200)
		challenge := func(r *Response) { r.Challenge = `Digest realm="` + realm + `", nonce="n1"` }
		if answered {
			assert.Equal(t, []string{"INVITE"}, b.answered(401, challenge), realm)
			continue
		}
		assert.Equal(t, []string{"warn", "refused"}, b.answered(401, challenge), realm)
		assert.NotContains(t, fmt.Sprint(b.actions), "secret")
	}
}

// Credentials do not outlive what made the module have them.
func TestPasswordTakenAway(t *testing.T) {
	line := testLine()
	line.Password = "secret"
	b := newBench(t, line)
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	b.answered(401, func(r *Response) { r.Challenge = `Digest realm="phone", nonce="n1"` })
	b.answered(200, normal)
	require.NotEmpty(t, b.s.credentials.password)
	line.Password = ""
	b.does(func() { b.s.renewed(line, false) })
	_, ok := b.s.credentials.next("INFO", "sip:x")
	assert.False(t, ok)
}

func TestSessionIntervalTooSmall(t *testing.T) {
	b := newBench(t, testLine())
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	first := b.sent()
	assert.Equal(t, []string{"INVITE"}, b.answered(422, func(r *Response) { r.MinSE = "3600" }))
	again := b.sent()
	assert.NotEqual(t, first.CallID, again.CallID)
	assert.Contains(t, again.Headers, Header{"Session-Expires", "3600;refresher=uac"})
	assert.Contains(t, again.Headers, Header{"Min-SE", "3600"})
	b.answered(422, func(r *Response) { r.MinSE = "3600" })
	assert.Equal(t, Refused, b.s.state, "no endless haggling")
}

func TestNamesAreTried(t *testing.T) {
	b := newBench(t, testLine())
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	b.answered(200, normal)
	assert.Equal(t, []string{"starting", "INFO MonitorStart"}[1:], b.answered(200, body(ecma.ErrInvalidDeviceID)))
	assert.Contains(t, string(b.sent().Body), "<deviceObject>1001</deviceObject>")
	assert.Equal(t, []string{"open"}, b.answered(200, body(&ecma.MonitorStartResponse{MonitorCrossRefID: "1"})))
	b.does(func() {
		b.s.ask(b.now, ask{number: 1, deadline: b.now.Add(answerTime), build: func(self ecma.DeviceID) ecma.Message {
			return &ecma.MakeCall{CallingDevice: self, Called: ecma.Subscriber("1002"), AutoOriginate: ecma.DoNotPrompt}
		}})
	})
	assert.Contains(t, string(b.sent().Body), "<callingDevice>1001</callingDevice>")
}

func TestPhoneWithoutEventsStillTakesRequests(t *testing.T) {
	b := newBench(t, testLine())
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	b.answered(200, normal)
	b.answered(200, body(ecma.ErrServiceNotSupported))
	assert.Equal(t, []string{"open"}, b.answered(200, body(ecma.ErrServiceNotSupported)))
	assert.Contains(t, b.s.why, "without events")
}

func TestRequestsGoOneByOne(t *testing.T) {
	b := newBench(t, testLine()).open()
	assert.Equal(t, []string{"INFO HoldCall"}, b.ask(hold()))
	assert.Empty(t, b.ask(&ecma.RetrieveCall{}))
	assert.Equal(t, []string{"answer HoldCallResponse", "INFO RetrieveCall"}, b.answered(200, body(&ecma.HoldCallResponse{})))
	assert.Equal(t, []string{"answer csta error stateIncompatibility invalidConnectionState"}, b.answered(200, body(&ecma.Error{Category: ecma.CategoryStateIncompatibility, Value: "invalidConnectionState"})))
	assert.Equal(t, []string{"INFO HoldCall"}, b.ask(hold()))
	assert.Equal(t, []string{"answer the phone answers with SIP status 500"}, b.answered(500))
	b.ask(hold())
	assert.Equal(t, []string{"answer the phone's answer has no meaning: an unexpected response"}, b.answered(200, body(&ecma.RetrieveCallResponse{})))
	b.ask(hold())
	assert.Equal(t, []string{"answer csta error operation serviceNotSupported"}, b.answered(200, body(ecma.ErrServiceNotSupported)))
	assert.True(t, b.s.lacking["HoldCall"])
	b.ask(hold())
	for range maxAsks {
		assert.Empty(t, b.ask(hold()))
	}
	assert.Equal(t, []string{"answer too many requests wait for the phone"}, b.ask(hold()))
}

func TestSilenceIsLookedInto(t *testing.T) {
	b := newBench(t, testLine()).open()
	b.ask(hold())
	assert.Equal(t, []string{"answer the phone does not answer", "INFO RequestSystemStatus"}, b.answered(0))
	assert.Empty(t, b.answered(200, normal))
	assert.Equal(t, Open, b.s.state)
	b.ask(hold())
	b.answered(0)
	assert.Equal(t, []string{"BYE", "waiting"}, b.answered(0))
}

// What has to wait for the request under way is not due before that ends: whoever
// does what is due would do nothing else.
func TestNothingIsDueThatCannotBegin(t *testing.T) {
	b := newBench(t, testLine()).open()
	b.ask(hold())
	assert.Empty(t, b.ask(hold()))
	assert.Equal(t, []string{"answer the phone does not answer", "INFO HoldCall"}, b.answered(0))
	assert.True(t, b.s.due().IsZero() || b.s.due().After(b.now))
	assert.Equal(t, []string{"answer HoldCallResponse", "INFO RequestSystemStatus"}, b.answered(200, body(&ecma.HoldCallResponse{})))
	assert.Empty(t, b.answered(200, normal))
	b.s.refreshAt = b.now
	assert.Equal(t, b.now, b.s.due())
	b.ask(hold())
	assert.True(t, b.s.due().IsZero() || b.s.due().After(b.now))
}

func TestResponseInAnInfoOfItsOwn(t *testing.T) {
	b := newBench(t, testLine()).open()
	b.ask(hold())
	assert.Empty(t, b.answered(200))
	assert.Equal(t, []string{"reply 200", "answer HoldCallResponse"}, b.incoming(methodInfo, 1, &ecma.HoldCallResponse{}))
	b.ask(hold())
	assert.Equal(t, []string{"reply 200"}, b.incoming(methodInfo, 5, &ecma.HoldCallResponse{}), "faster than the 200")
	assert.Equal(t, []string{"answer HoldCallResponse"}, b.answered(200))
	b.ask(hold())
	b.answered(200)
	assert.Equal(t, []string{"reply 200"}, b.incoming(methodInfo, 2, &ecma.RetrieveCallResponse{}), "the response to something else")
	assert.Equal(t, []string{"answer the phone does not answer", "INFO RequestSystemStatus"}, b.after(answerTime))
}

func TestEvents(t *testing.T) {
	b := newBench(t, testLine()).open()
	assert.Equal(t, []string{"reply 200", "event HeldEvent"}, b.incoming(methodInfo, 1, held("43")))
	assert.Equal(t, []string{"repeated", "reply 200"}, b.incoming(methodInfo, 1, held("43")))
	assert.Equal(t, []string{"reply 200", "stray events"}, b.incoming(methodInfo, 2, held("44")))
	assert.Equal(t, []string{"unreadable", "reply 200"}, b.incoming(methodInfo, 3, nil, func(in *Incoming) { in.ContentType, in.Body = ContentCSTA, []byte("<a") }))
	assert.Equal(t, []string{"reply 415"}, b.incoming(methodInfo, 4, nil, func(in *Incoming) { in.ContentType, in.Body = "text/plain", []byte("x") }))
	b.ask(hold())
	assert.Equal(t, []string{"reply 200", "event HeldEvent"}, b.incoming(methodInfo, 5, held("43")), "before the response that causes it")
}

func TestEventsBeforeTheMonitorIsKnown(t *testing.T) {
	b := newBench(t, testLine())
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	b.answered(200, normal)
	assert.Equal(t, []string{"reply 200"}, b.incoming(methodInfo, 2, held("9")))
	assert.Equal(t, []string{"reply 200"}, b.incoming(methodInfo, 1, held("43")))
	assert.Empty(t, b.after(outOfOrder))
	assert.Equal(t, []string{"stray events", "open", "event HeldEvent"}, b.answered(200, body(&ecma.MonitorStartResponse{MonitorCrossRefID: "43"})))
}

func TestOvertakenEvents(t *testing.T) {
	b := newBench(t, testLine()).open()
	b.incoming(methodInfo, 1, held("43"))
	assert.Equal(t, []string{"reply 200"}, b.incoming(methodInfo, 3, &ecma.RetrievedEvent{MonitorCrossRefID: "43"}))
	assert.Equal(t, []string{"reply 200", "event HeldEvent", "event RetrievedEvent"}, b.incoming(methodInfo, 2, held("43")))
	assert.Equal(t, []string{"reply 200"}, b.incoming(methodInfo, 5, held("43")))
	assert.Equal(t, []string{"event HeldEvent"}, b.after(outOfOrder), "a missing one is not waited for")
	assert.Equal(t, []string{"reply 200", "event HeldEvent"}, b.incoming(methodInfo, 4, held("43")))
	assert.Equal(t, []string{"reply 200", "event HeldEvent"}, b.incoming(methodInfo, 6, held("43")))
	b.incoming(methodInfo, 200, held("43"))
	assert.Equal(t, []string{"event HeldEvent"}, b.after(outOfOrder))
	assert.Equal(t, []string{"repeated", "reply 200"}, b.incoming(methodInfo, 7, held("43")), "too old")
}

func TestForgedRequestsChangeNothing(t *testing.T) {
	b := newBench(t, testLine()).open()
	for name, forge := range map[string]func(*Incoming){
		"from another address": func(in *Incoming) { in.Source = netip.MustParseAddrPort("192.0.2.72:5060") },
		"wrong Call-ID":        func(in *Incoming) { in.CallID = "x" },
		"wrong phone tag":      func(in *Incoming) { in.FromTag = "x" },
		"wrong tag of ours":    func(in *Incoming) { in.ToTag = "x" },
		"no tag":               func(in *Incoming) { in.ToTag = "" },
	} {
		for _, method := range []string{methodInfo, methodBye, methodInvite, methodUpdate} {
			assert.Equal(t, []string{"forged", "reply 481"}, b.incoming(method, 500, held("43"), forge), name)
			assert.Equal(t, Open, b.s.state)
		}
	}
	assert.Equal(t, []string{"reply 200", "event HeldEvent"}, b.incoming(methodInfo, 1, held("43")), "what was forged before did not take its number")
}

func TestPhonesOwnRequests(t *testing.T) {
	b := newBench(t, testLine()).open()
	for i, c := range []struct {
		m    ecma.Message
		want string
	}{
		{&ecma.SystemStatus{Status: ecma.StatusNormal}, "SystemStatusResponse"},
		{&ecma.RequestSystemStatus{}, "RequestSystemStatusResponse"},
		{&ecma.SetForwarding{Device: ecma.Subscriber("1"), ForwardingType: "someday"}, "CSTAErrorCode"},
		{&ecma.HoldCall{}, "CSTAErrorCode"},
	} {
		if i == 2 {
			assert.Equal(t, []string{"unreadable", "reply 200"}, b.incoming(methodInfo, uint32(10+i), c.m))
			assert.Equal(t, c.want, requestIn(b.actions[1].(doReply).Body))
			continue
		}
		assert.Equal(t, []string{"reply 200"}, b.incoming(methodInfo, uint32(10+i), c.m))
		assert.Equal(t, c.want, requestIn(b.actions[0].(doReply).Body))
	}
	assert.Equal(t, []string{"serve SetDoNotDisturb"}, b.incoming(methodInfo, 14, &ecma.SetDoNotDisturb{DoNotDisturbOn: true}))
	assert.Equal(t, []string{"serve GetForwarding"}, b.incoming(methodInfo, 15, &ecma.GetForwarding{}))
	assert.Equal(t, []string{"reply 200", "starting", "INFO MonitorStart"}, b.incoming(methodInfo, 20, &ecma.MonitorStop{MonitorCrossRefID: "43"}))
	assert.Equal(t, []string{"open"}, b.answered(200, body(&ecma.MonitorStartResponse{MonitorCrossRefID: "44"})))
	assert.Equal(t, []string{"reply 200"}, b.incoming(methodOptions, 21, nil))
	assert.Equal(t, []string{"reply 405"}, b.incoming("REFER", 22, nil))
}

func TestSessionTimer(t *testing.T) {
	b := newBench(t, testLine()).open()
	assert.Equal(t, b.now.Add(900*time.Second), b.s.due())
	assert.Equal(t, []string{"INVITE"}, b.after(900*time.Second))
	assert.Equal(t, "RequestSystemStatus", requestIn(b.sent().Body))
	assert.Equal(t, "p1", b.sent().ToTag)
	assert.Empty(t, b.ask(hold()), "one at a time")
	assert.Equal(t, []string{"ACK", "INFO HoldCall"}, b.answered(200, normal, timer("1800;refresher=uac")))
	b.answered(200, body(&ecma.HoldCallResponse{}))
	assert.Equal(t, b.now.Add(900*time.Second), b.s.due())

	assert.Equal(t, []string{"INVITE"}, b.after(900*time.Second))
	assert.Empty(t, b.answered(491))
	assert.Equal(t, []string{"INVITE"}, b.after(glarePause))
	assert.Empty(t, b.answered(500), "the session stands until its time is over")
	assert.Equal(t, []string{"INVITE"}, b.after(firstPause))
	assert.Equal(t, []string{"waiting"}, b.answered(481)[1:])
	assert.Equal(t, time.Second, b.s.retryAt.Sub(b.now), "it was healthy for long")
}

func TestPhoneRefreshes(t *testing.T) {
	start := func() *bench {
		b := newBench(t, testLine())
		b.does(func() { b.s.open(b.now) })
		b.answered(200)
		b.answered(200, normal, timer("600;refresher=uas"))
		b.answered(200, body(&ecma.MonitorStartResponse{MonitorCrossRefID: "43"}))
		return b
	}
	b := start()
	assert.Equal(t, b.now.Add(568*time.Second), b.s.due())
	b.now = b.now.Add(300 * time.Second)
	assert.Equal(t, []string{"reply 200"}, b.incoming(methodUpdate, 1, nil, func(in *Incoming) { in.SessionExpires = "600;refresher=uac" }))
	assert.Contains(t, b.actions[0].(doReply).Headers, Header{"Session-Expires", "600;refresher=uac"})
	assert.Equal(t, b.now.Add(568*time.Second), b.s.due())
	assert.Equal(t, []string{"reply 200"}, b.incoming(methodInvite, 2, nil, func(in *Incoming) { in.SessionExpires = "600;refresher=uas" }))
	assert.Equal(t, "RequestSystemStatusResponse", requestIn(b.actions[0].(doReply).Body))
	assert.Equal(t, b.now.Add(300*time.Second), b.s.due(), "now it is our turn")
	assert.Equal(t, []string{"INVITE"}, b.after(300*time.Second))
	assert.Equal(t, []string{"reply 491"}, b.incoming(methodInvite, 3, nil))
	assert.Equal(t, []string{"reply 488"}, start().incoming(methodInvite, 4, nil, func(in *Incoming) { in.ContentType, in.Body = "application/sdp", []byte("v=0") }))

	b = start()
	assert.Equal(t, []string{"BYE", "waiting"}, b.after(568*time.Second), "it never did")
}

func TestPhoneWithoutSessionTimerIsAsked(t *testing.T) {
	b := newBench(t, testLine())
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	b.answered(200, normal)
	b.answered(200, body(&ecma.MonitorStartResponse{MonitorCrossRefID: "43"}))
	for range 3 {
		assert.Equal(t, []string{"INFO RequestSystemStatus"}, b.after(checkInterval))
		assert.Empty(t, b.answered(200, normal))
	}
	b.after(checkInterval)
	assert.Equal(t, []string{"BYE", "waiting"}, b.answered(481))
}

func TestLostSessions(t *testing.T) {
	b := newBench(t, testLine()).open()
	b.ask(hold())
	b.ask(hold())
	assert.Equal(t, []string{"reply 200", "answer the session with the phone was lost", "answer the session with the phone was lost", "waiting"}, b.incoming(methodBye, 1, nil))
	assert.Equal(t, firstPause, b.s.retryAt.Sub(b.now), "a session that never was healthy")
	assert.Equal(t, []string{"answer no phone is controlled by uaCSTA"}, b.ask(hold()))
	assert.Equal(t, []string{"ready"}, b.after(firstPause))
	b.open()
	b.ask(hold())
	assert.Equal(t, []string{"answer the session with the phone was lost", "BYE", "waiting"}, b.answered(481))
}

func TestClosing(t *testing.T) {
	b := newBench(t, testLine()).open()
	assert.Equal(t, []string{"closing", "INFO MonitorStop"}, b.does(func() { b.s.close("enough") }))
	assert.Equal(t, []string{"BYE", "idle"}, b.answered(200, body(&ecma.MonitorStopResponse{})))
	assert.True(t, b.s.done())
	assert.Zero(t, b.s.due())
	b.open()
	b.does(func() { b.s.close("enough") })
	assert.Equal(t, []string{"BYE", "idle"}, b.answered(0))
	b.open()
	b.ask(hold())
	assert.Equal(t, []string{"BYE", "answer the session with the phone was lost", "idle"}, b.does(func() { b.s.close("enough") }))
	b.open()
	b.does(func() { b.s.close("enough") })
	assert.Equal(t, []string{"reply 200", "idle"}, b.incoming(methodBye, 1, nil), "the phone was faster")
	b.does(func() { b.s.open(b.now) })
	b.answered(200)
	assert.Equal(t, []string{"closing"}, b.does(func() { b.s.close("enough") }))
	assert.False(t, b.s.done())
	assert.Equal(t, []string{"CANCEL"}, b.answered(100))
	assert.Equal(t, []string{"ACK", "BYE", "idle"}, b.answered(200, normal))
	b.does(func() { b.s.open(b.now) })
	assert.Equal(t, []string{"idle"}, b.does(func() { b.s.drop("gone") }))
}

func TestLostAcknowledgement(t *testing.T) {
	b := newBench(t, testLine()).open()
	assert.Equal(t, []string{"ACK"}, b.does(func() { b.s.response(b.now, Response{Status: 200, CallID: "u1", CSeq: 2}) }))
	assert.Empty(t, b.does(func() { b.s.response(b.now, Response{Status: 200, CallID: "u1", CSeq: 9}) }))
}

func TestNotifyPhone(t *testing.T) {
	line := testLine()
	line.Mode = NotifyMode
	b := newBench(t, line)
	assert.Equal(t, []string{"open"}, b.does(func() { b.s.open(b.now) }))
	assert.Equal(t, []string{"NOTIFY HoldCall"}, b.ask(&ecma.HoldCall{CallToBeHeld: ecma.ConnectionID{Device: ecma.Subscriber("1001")}}))
	first := b.sent()
	assert.Contains(t, first.Headers, Header{"Event", "uaCSTA"})
	assert.Equal(t, "u1", first.CallID)
	assert.Equal(t, []string{"answer HoldCallResponse"}, b.answered(200, body(&ecma.HoldCallResponse{})))
	b.ask(hold())
	assert.NotEqual(t, first.CallID, b.sent().CallID)
	assert.Equal(t, []string{"answer csta error operation serviceNotSupported"}, b.answered(200, body(ecma.ErrServiceNotSupported)))
	b.ask(hold())
	assert.Equal(t, []string{"answer the phone answers with SIP status 481", "refused"}, b.answered(481))
	b.does(func() { b.s.renewed(line, true); b.s.open(b.now) })
	b.ask(hold())
	assert.Equal(t, []string{"answer the phone's answer has no meaning", "refused"}, b.answered(200), "it says yes and does nothing")

	b.does(func() { b.s.renewed(line, true); b.s.open(b.now) })
	for range 2 {
		b.ask(hold())
		assert.Equal(t, []string{"answer the phone does not answer"}, b.answered(0))
	}
	b.does(func() { b.s.renewed(line, false) })
	for range 2 {
		b.ask(hold())
		assert.Equal(t, []string{"answer the phone does not answer"}, b.answered(0), "it has registered meanwhile")
	}
	b.ask(hold())
	assert.Equal(t, []string{"answer the phone does not answer", "refused"}, b.answered(0))
	assert.Equal(t, []string{"idle", "ready"}, b.does(func() { b.s.renewed(line, false) }))
}

// What is switched on for a phone without sessions is its server's: it is told.
func TestNotifyPhoneIsToldOfFeatures(t *testing.T) {
	line := testLine()
	line.Mode = NotifyMode
	b := newBench(t, line)
	b.does(func() { b.s.open(b.now) })
	assert.Equal(t, []string{"NOTIFY DoNotDisturbEvent"}, b.ask(&ecma.SetDoNotDisturb{DoNotDisturbOn: true}))
	assert.Equal(t, []string{"answer"}, b.answered(200))
	assert.Equal(t, []string{"NOTIFY ForwardingEvent"}, b.ask(&ecma.SetForwarding{ForwardingType: ecma.ForwardBusy}))
	assert.Equal(t, []string{"answer csta error operation serviceNotSupported"}, b.answered(200, body(ecma.ErrServiceNotSupported)))
	assert.Equal(t, []string{"NOTIFY ForwardingEvent"}, b.ask(&ecma.SetForwarding{ForwardingType: ecma.ForwardBusy}))
	assert.Equal(t, []string{"answer"}, b.answered(200, body(&ecma.SetForwardingResponse{})), "whatever it says to an event")
	assert.Equal(t, []string{"NOTIFY HoldCall"}, b.ask(hold()))
}

// Through the switch nothing but requests can be sent.
func TestNotifyPhoneBehindTheSwitch(t *testing.T) {
	line := testLine()
	line.Mode, line.Way, line.Registrar, line.Contact = NotifyMode, BySwitch, "internal", "sip:1001@10.0.0.7;fs_path=x"
	b := newBench(t, line)
	assert.Equal(t, []string{"open"}, b.does(func() { b.s.open(b.now) }))
	for range 2 {
		assert.Equal(t, []string{"through the switch HoldCall", "answer"}, b.ask(hold()))
	}
	assert.Equal(t, []string{"through the switch DoNotDisturbEvent", "answer"}, b.ask(&ecma.SetDoNotDisturb{}))
	n := b.actions[0].(doNotify)
	n.Body = nil
	assert.Equal(t, Notice{Registrar: "internal", Contact: "sip:1001@10.0.0.7;fs_path=x", From: "sip:1001@pbx.example", To: "sip:1001@pbx.example", Event: "uaCSTA", ContentType: ContentCSTA}, n.Notice)
	assert.Equal(t, []string{"answer csta error operation serviceNotSupported"}, b.ask(&ecma.GetDoNotDisturb{}))
	assert.Equal(t, []string{"idle"}, b.does(func() { b.s.drop("gone") }))
}

// FuzzSession: whatever a phone does, in whatever order, a session stays sane:
// no panic, one request under way at most, every ask answered once.
func FuzzSession(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	f.Add([]byte{0, 2, 2, 3, 20, 20, 21, 22, 30, 31, 40})
	statuses := []int{100, 180, 200, 401, 404, 415, 422, 481, 486, 487, 491, 500, 0}
	bodies := []func(*Response){
		func(*Response) {}, normal, body(&ecma.MonitorStartResponse{MonitorCrossRefID: "43"}), body(&ecma.HoldCallResponse{}), body(ecma.ErrInvalidDeviceID),
		func(r *Response) { r.ContentType, r.Body = ContentCSTA, []byte("<") }, func(r *Response) { r.ContentType, r.Body = "application/sdp", []byte("v=0") },
	}
	messages := []ecma.Message{held("43"), &ecma.HoldCallResponse{}, &ecma.SystemStatus{}, &ecma.MonitorStop{MonitorCrossRefID: "43"}, nil, &ecma.SetDoNotDisturb{DoNotDisturbOn: true}, &ecma.GetForwarding{}, &ecma.SetForwarding{ForwardingType: "x"}}
	asks := []ecma.Message{hold(), &ecma.SetDoNotDisturb{}, &ecma.SetForwarding{}, &ecma.GetForwarding{}}
	f.Fuzz(func(t *testing.T, input []byte) {
		line := testLine()
		if len(input) > 0 && input[0]&1 == 1 {
			line.Password = "x"
		}
		if len(input) > 0 && input[0]&6 == 6 {
			line.Mode = NotifyMode
			if input[0]&8 != 0 {
				line.Way, line.Contact = BySwitch, line.Target
			}
		}
		b := newBench(t, line)
		open := map[uint64]bool{}
		var asked uint64
		replies := 0
		check := func() {
			under := 0
			for _, a := range b.s.take() {
				switch a := a.(type) {
				case doReply, doServe:
					replies--
				case doAnswer:
					require.True(t, open[a.Ask], "answered twice")
					delete(open, a.Ask)
				case doSend:
					if a.Method != methodBye && a.Method != methodAck && a.Method != methodCancel {
						under++
					}
				}
			}
			require.LessOrEqual(t, under, 1)
			require.Zero(t, replies, "a request of the phone's is answered once")
			require.LessOrEqual(t, len(b.s.asks), maxAsks)
			if b.s.state != Open {
				require.Empty(t, b.s.asks)
			}
		}
		for i := 0; i+1 < len(input); i += 2 {
			x, y := int(input[i]), int(input[i+1])
			switch x % 8 {
			case 0:
				b.s.open(b.now)
			case 1, 2:
				r := Response{Tx: b.s.flight.request.Tx, Status: statuses[y%len(statuses)], ToTag: "p1", Challenge: `Digest realm="a", nonce="b"`, MinSE: "3600", SessionExpires: []string{"", "90;refresher=uas", "1800"}[y%3]}
				bodies[y/16%len(bodies)](&r)
				b.s.response(b.now, r)
			case 3:
				in := Incoming{Method: []string{methodInfo, methodBye, methodInvite, methodUpdate, methodOptions}[y%5], CSeq: uint32(x/8*3 + y/8), CallID: b.s.callID, FromTag: b.s.remoteTag, ToTag: b.s.localTag, Source: peer}
				if m := messages[y/5%len(messages)]; m != nil {
					in.ContentType, in.Body = ContentCSTA, ecma.AppendVerbatim(nil, ecma.Edition3, m)
				}
				replies++
				b.s.incoming(b.now, 1, in)
			case 4:
				asked++
				open[asked] = true
				b.s.ask(b.now, ask{number: asked, build: func(ecma.DeviceID) ecma.Message { return asks[y%len(asks)] }, deadline: b.now.Add(answerTime)})
			case 5:
				b.now = b.now.Add(time.Duration(y) * 10 * time.Second)
				b.s.tick(b.now)
			case 6:
				b.s.renewed(line, y&1 == 1)
			case 7:
				if y&1 == 1 {
					b.s.close("x")
				} else {
					b.s.drop("x")
				}
			}
			check()
		}
		b.s.drop("end")
		check()
		if b.s.flight.purpose != forInvite {
			require.Empty(t, open, "never answered: %s", strings.Join(b.does(func() {}), " "))
		}
	})
}
