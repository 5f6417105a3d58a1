package server

import (
	"fmt"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/association"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/wire"
)

// kept are the options of a server that keeps application sessions for a minute.
var kept = Options{CleanupDelay: time.Minute}

// resumeText is a StartApplicationSession that wants a session back, as Avaya's clients send
// it; more are elements of ours, or a login.
func resumeText(session string, more ...string) string {
	return strings.Replace(startText(leaseSpace, ed6, "180"), "</applicationID>",
		`</applicationID><applicationSpecificInfo><l:SessionLoginInfo xmlns:l="http://www.avaya.com/csta">`+strings.Join(more, "")+
			`<l:sessionID>`+session+`</l:sessionID></l:SessionLoginInfo></applicationSpecificInfo>`, 1)
}

func last(number int) string {
	return "<l:lastEventNumber>" + strconv.Itoa(number) + "</l:lastEventNumber>"
}

const (
	numbers = "<l:eventNumbers>true</l:eventNumbers>"
	lost    = "<applError>eventsLost</applError>"
)

// open opens an application session.
func (p *peer) open(more ...string) {
	p.t.Helper()
	require.Contains(p.t, p.ask(resumeText("", more...)), "PosResponse")
}

// tell has sessions send an event, whose monitor is what tells them apart.
func tell(s engine.Session, monitors ...int) {
	e := delivered()
	for _, m := range monitors {
		s.Notify(e, strconv.Itoa(m), "")
	}
	s.Flush()
}

// hears takes events by their monitors.
func (p *peer) hears(monitors ...int) {
	p.t.Helper()
	for _, m := range monitors {
		got := body(p.next())
		require.Contains(p.t, got, fmt.Sprintf("<monitorCrossRefID>%d<", m))
	}
}

// waits waits until the server waits for so many clients.
func (f *fixture) waits(t *testing.T, clients int) {
	t.Helper()
	require.Eventually(t, func() bool { return f.Stats().Waiting == clients }, patience, time.Millisecond)
}

func TestResume(t *testing.T) {
	f := start(t, kept)
	p, s := f.join(t)
	p.open()
	id := p.session
	assert.GreaterOrEqual(t, len(id), 26, "nobody guesses it")
	tell(s, 1, 2)
	p.hears(1, 2)
	p.Close()
	f.waits(t, 1)
	assert.Empty(t, f.engine.closed, "it goes on")
	assert.True(t, f.engine.waitsFor(s))
	tell(s, 3, 4)
	s.Request(ecma.Edition4, &ecma.MonitorStop{MonitorCrossRefID: "5"})

	q, own := f.join(t)
	tell(own, 40)
	q.hears(40)
	q.send(7, resumeText(id))
	assert.Contains(t, body(q.next()), "<sessionID>"+id+"<")
	assert.False(t, f.engine.waitsFor(s))
	q.hears(3, 4)
	stop := q.next()
	assert.Contains(t, body(stop), "<MonitorStop")
	assert.GreaterOrEqual(t, stop.Invoke, uint16(firstOwnInvoke))
	tell(s, 6)
	q.hears(6)
	assert.Same(t, own, receive(t, f.engine.closed), "what the connection was before ends")
	assert.Equal(t, [][2]engine.Session{{own, s}}, f.engine.moves(), "its monitors do not")
	q.send(8, `<SystemStatus/>`)
	q.expect(8, `<SystemStatusResponse/>`)
	st := f.Stats()
	assert.Equal(t, []uint64{1, 1, 0}, []uint64{st.Parted, st.Resumed, st.ResumesRefused})
	assert.Zero(t, st.Kept)

	// As often as it likes.
	q.Close()
	f.waits(t, 1)
	tell(s, 7)
	r, _ := f.join(t)
	r.send(7, resumeText(id))
	r.next()
	r.hears(7)
}

// What was sent and did not come is sent again; what came is not.
func TestResumeAfterWhatCame(t *testing.T) {
	f := start(t, kept)
	p, s := f.join(t)
	p.open()
	for i := range 200 {
		tell(s, i)
	}
	require.NoError(t, p.Conn.(*net.TCPConn).CloseWrite())
	heard := 0
	for ; ; heard++ {
		require.NoError(t, p.SetReadDeadline(time.Now().Add(patience)))
		if _, err := p.r.Next(); err != nil {
			break
		}
	}
	f.waits(t, 1)
	tell(s, 200)
	q, _ := f.join(t)
	q.send(7, resumeText(p.session))
	q.next()
	for i := heard; i <= 200; i++ {
		q.hears(i)
	}
}

// A client that counts says what it has, whatever its host has acknowledged.
func TestResumeByNumber(t *testing.T) {
	f := start(t, kept)
	p, s := f.join(t)
	p.open(numbers)
	tell(s, 11, 12, 13)
	got := body(p.next())
	assert.Contains(t, got, "<extensions><security><messageSequenceNumber>1</messageSequenceNumber><timeStamp>")
	p.hears(12, 13)
	p.Close()
	f.waits(t, 1)
	tell(s, 14)
	q, _ := f.join(t)
	assert.Contains(t, q.ask(resumeText(p.session, numbers, last(5))), lost, "there is no such message")
	q.send(7, resumeText(p.session, numbers, last(1)))
	q.next()
	q.hears(12, 13)
	got = body(q.next())
	assert.Contains(t, got, "<messageSequenceNumber>4<")
}

// Half-open connections are the usual case: the server has not heard that the client has
// gone.
func TestTakeOver(t *testing.T) {
	f := start(t, kept)
	p, s := f.join(t)
	p.open()
	tell(s, 1)
	p.hears(1)
	q, _ := f.join(t)
	q.send(7, resumeText(p.session))
	assert.Contains(t, body(q.next()), "PosResponse")
	p.expectClosed()
	tell(s, 2)
	q.hears(2)
	// Asked again it is the same, and once more with another one's.
	assert.Contains(t, q.ask(resumeText(p.session)), p.session)
	assert.Contains(t, q.ask(resumeText("other")), "maxNumberSessions")
	tell(s, 3)
	q.hears(3)
}

func TestResumeIsRefused(t *testing.T) {
	set := setOf(t, false, "crm secret crmcrm", "board secret boardboard")
	f := start(t, Options{CleanupDelay: time.Minute, Applications: set}, quickly)
	login := func(name string) string {
		return "<l:userName>" + name + "</l:userName><l:password>" + name + name + "</l:password>"
	}
	p, s := f.join(t)
	p.open(login("crm"))
	p.Close()
	f.waits(t, 1)
	q, _ := f.join(t)
	assert.Contains(t, q.ask(resumeText(p.session, login("board"))), refusedLogin, "another application")
	assert.Contains(t, q.ask(resumeText(p.session)), refusedLogin, "nobody")
	assert.Contains(t, q.ask(resumeText(p.session, "<l:userName>crm</l:userName><l:password>wrong</l:password>")), refusedLogin)
	assert.Contains(t, q.ask(resumeText("x", login("crm"))), refusedLogin, "no such session")
	assert.Equal(t, 1, f.Stats().Waiting)
	tell(s, 1)
	q.send(7, resumeText(p.session, login("crm")))
	assert.Contains(t, body(q.next()), "PosResponse")
	q.hears(1)
	assert.Equal(t, "crm", f.may(s))
}

// Without applications it is the same if the client calls itself so.
func TestResumeByAnotherName(t *testing.T) {
	f := start(t, kept)
	p, _ := f.join(t)
	p.open("<l:userName>me</l:userName>")
	p.Close()
	f.waits(t, 1)
	q, _ := f.join(t)
	assert.Contains(t, q.ask(resumeText(p.session, "<l:userName>you</l:userName>")), refusedLogin)
	assert.Contains(t, q.ask(strings.Replace(resumeText(p.session, "<l:userName>me</l:userName>"), "dialer", "other", 1)), refusedLogin)
	assert.Contains(t, q.ask(resumeText(p.session, "<l:userName>me</l:userName>")), "PosResponse")
}

// Nobody comes in time.
func TestAssociationExpires(t *testing.T) {
	f := start(t, Options{CleanupDelay: 50 * time.Millisecond})
	p, s := f.join(t)
	p.open("<l:sessionCleanupDelay>3600</l:sessionCleanupDelay>")
	p.Close()
	assert.Same(t, s, receive(t, f.engine.closed), "the configuration bounds what a client asks for")
	q, _ := f.join(t)
	assert.Contains(t, q.ask(resumeText(p.session)), refusedLogin)
	assert.Contains(t, q.ask(resumeText("")), "PosResponse", "but may start anew")
	st := f.Stats()
	assert.Equal(t, []uint64{1, 1, 1}, []uint64{st.Parted, st.Expired, st.ResumesRefused})
	assert.Zero(t, st.Waiting)
}

// A client that wants none of it is told at once that its monitors are gone; one without an
// application session notices nothing.
func TestNothingIsKept(t *testing.T) {
	f := start(t, kept)
	p, s := f.join(t)
	p.open("<l:sessionCleanupDelay>0</l:sessionCleanupDelay>")
	p.Close()
	assert.Same(t, s, receive(t, f.engine.closed))
	p, s = f.join(t)
	p.Close()
	assert.Same(t, s, receive(t, f.engine.closed))
	p, s = f.join(t)
	p.open()
	assert.Contains(t, p.ask(p.stopText()), "PosResponse")
	p.Close()
	assert.Same(t, s, receive(t, f.engine.closed))
	assert.Zero(t, f.Stats().Parted)
}

// More happens than is kept: the client has to start anew, and takes its monitors over.
func TestOverflowAndTransferMonitorObjects(t *testing.T) {
	f := start(t, Options{CleanupDelay: time.Minute, SessionMemory: 256 << 10})
	p, s := f.join(t)
	p.open()
	p.Close()
	f.waits(t, 1)
	for i := range 1000 {
		tell(s, i)
	}
	st := f.Stats()
	assert.EqualValues(t, 1, st.Overflown)
	assert.Equal(t, 1, st.Waiting, "its monitors are still there")
	assert.Zero(t, st.Kept)
	old := p.session
	q, own := f.join(t)
	assert.Contains(t, q.ask(resumeText(old)), lost)
	q.open()
	take := func(from, to string) string {
		return q.ask(`<TransferMonitorObjects xmlns="` + ed3 + `/priv6"><fromSessionID>` + from + `</fromSessionID><toSessionID>` + to + `</toSessionID></TransferMonitorObjects>`)
	}
	assert.Contains(t, take("unknown", q.session), "invalidParameterValue")
	assert.Contains(t, take(old, "unknown"), "invalidParameterValue")
	for range 3 {
		assert.Equal(t, `<TransferMonitorObjectsResponse xmlns="`+ed3+`/priv6"/>`, take(old, q.session))
	}
	require.Eventually(t, func() bool { return len(f.engine.moves()) == 1 }, patience, time.Millisecond, "behind the answer")
	assert.Equal(t, [2]engine.Session{s, own}, f.engine.moves()[0])
	assert.Same(t, s, receive(t, f.engine.closed))
	assert.Contains(t, take(q.session, q.session), "TransferMonitorObjectsResponse")
	assert.Contains(t, q.ask(`<TransferMonitorObjects><fromSessionID>`+old+`</fromSessionID></TransferMonitorObjects>`), "CSTAErrorCode")

	// Whoever takes over has what was taken over before, and is told so.
	s4, fourth := f.join(t)
	s4.open()
	for _, from := range []string{q.session, old, q.session} {
		assert.Contains(t, s4.ask(`<TransferMonitorObjects><fromSessionID>`+from+`</fromSessionID><toSessionID>`+s4.session+`</toSessionID></TransferMonitorObjects>`), "TransferMonitorObjectsResponse")
	}
	q.expectClosed()
	require.Eventually(t, func() bool { return len(f.engine.moves()) == 2 }, patience, time.Millisecond)
	assert.Equal(t, [2]engine.Session{own, fourth}, f.engine.moves()[1])
	q, own = s4, fourth

	// Of a session whose connection is still open as well.
	r, third := f.join(t)
	r.open()
	assert.Contains(t, r.ask(`<TransferMonitorObjects><fromSessionID>`+q.session+`</fromSessionID><toSessionID>`+r.session+`</toSessionID></TransferMonitorObjects>`), "TransferMonitorObjectsResponse")
	q.expectClosed()
	require.Eventually(t, func() bool { return len(f.engine.moves()) == 3 }, patience, time.Millisecond)
	assert.Equal(t, [2]engine.Session{own, third}, f.engine.moves()[2])
}

// A client that does not read is disconnected, and may come back for what it has not read.
func TestSlowClientComesBack(t *testing.T) {
	f := start(t, kept, func(srv *Server) { srv.limits.queued = 1 << 20 })
	p, s := f.join(t)
	p.open(numbers)
	sent := 0
	for f.Stats().SlowClients == 0 {
		sent++
		tell(s, sent)
	}
	f.waits(t, 1)
	tell(s, sent+1)
	q, _ := f.join(t)
	q.send(7, resumeText(p.session, numbers, last(0)))
	if answer := body(q.next()); strings.Contains(answer, lost) {
		// The system took much, and more of it is gone than is kept.
		q.send(7, resumeText(p.session, numbers))
		require.Contains(t, body(q.next()), "PosResponse")
		return
	}
	for i := 1; i <= sent+1; i++ {
		q.hears(i)
	}
}

// The lease runs out on a half-open connection: the client may still come back, if it has
// said so.
func TestLeaseExpiresOnHalfOpenConnection(t *testing.T) {
	f := start(t, kept, func(s *Server) { s.limits.lease = 50 * time.Millisecond })
	p, s := f.join(t)
	p.open("<l:sessionCleanupDelay>60</l:sessionCleanupDelay>")
	assert.Contains(t, body(p.next()), "ApplicationSessionTerminated")
	f.waits(t, 1)
	tell(s, 1)
	q, _ := f.join(t)
	q.send(7, resumeText(p.session))
	assert.Contains(t, body(q.next()), "PosResponse")
	q.hears(1)
}

// Answers to requests of the old connection go to nobody, whatever has the same invoke ID.
func TestAnswersOfTheOldConnection(t *testing.T) {
	f := start(t, kept)
	p, s := f.join(t)
	p.open()
	p.send(5, `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
	receive(t, f.engine.asked)
	p.Close()
	f.waits(t, 1)
	s.Respond(5, "", &ecma.MonitorStopResponse{})
	q, _ := f.join(t)
	q.send(7, resumeText(p.session))
	q.next()
	q.quiet(50 * time.Millisecond)
	assert.NotContains(t, f.log.String(), "level=ERROR")
}

// A client comes back, and another connection of its takes the place of that one before
// anybody has looked at how the first went.
func TestResumedAndGoneAtOnce(t *testing.T) {
	f := start(t, kept)
	p, s := f.join(t)
	p.open()
	f.engine.resumed = func() { s.(*client).connection().fail(errTakenOver) }
	// What is looked at first is left to chance.
	for range 20 {
		q, own := f.join(t)
		q.send(1, resumeText(p.session))
		q.expectClosed()
		f.waits(t, 1)
		require.Eventually(t, func() bool { return f.engine.waitsFor(s) }, patience, time.Millisecond)
		assert.Same(t, own, receive(t, f.engine.closed))
		moves := f.engine.moves()
		assert.Equal(t, [2]engine.Session{own, s}, moves[len(moves)-1])
	}
	assert.NotContains(t, f.log.String(), "answer to no request")
}

// Who has much sent again and again gets it as often as the engine has time for it.
func TestResumedAgainAndAgain(t *testing.T) {
	const rest = 200 * time.Millisecond
	f := start(t, kept, func(s *Server) { s.limits.resumeRest = rest })
	p, s := f.join(t)
	p.open(numbers)
	p.Close()
	f.waits(t, 1)
	e := event(t, 10_000)
	for range 200 {
		s.Notify(e, "1", "")
	}
	begun := time.Now()
	for range 3 {
		q, _ := f.join(t)
		q.send(1, resumeText(p.session, numbers, last(0)))
		require.Contains(t, body(q.next()), "PosResponse")
		q.Close()
		f.waits(t, 1)
	}
	assert.GreaterOrEqual(t, time.Since(begun), 2*rest)
}

// Many want the same session at once: one has it in the end, and nothing is lost, doubled or
// left over.
func TestTakeoverRaces(t *testing.T) {
	f := start(t, kept)
	p, s := f.join(t)
	p.open(numbers)
	done := make(chan struct{})
	var telling sync.WaitGroup
	sent := 0
	telling.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
				// No more than is kept in any case.
				if sent < 60 {
					sent++
					tell(s, sent)
				}
			}
		}
	})
	var racing sync.WaitGroup
	request, err := wire.Append(nil, 7, []byte(resumeText(p.session, numbers, last(0))))
	require.NoError(t, err)
	for range 20 {
		q := f.dial(t)
		racing.Go(func() {
			for range 3 {
				_, _ = q.Write(request)
				_ = q.SetReadDeadline(time.Now().Add(patience))
				if _, err := q.r.Next(); err != nil {
					return
				}
			}
		})
	}
	racing.Wait()
	close(done)
	telling.Wait()
	q := f.dial(t)
	q.send(7, resumeText(p.session, numbers, last(0)))
	require.Contains(t, body(q.next()), "PosResponse")
	for i := 1; i <= sent; i++ {
		q.hears(i)
	}
	q.quiet(20 * time.Millisecond)
	require.Eventually(t, func() bool { return len(f.Stats().Sessions) == 1 }, patience, time.Millisecond)
	assert.Zero(t, f.Stats().Panics)
}

// Those who have lost their connections longest give way to others, of one origin first to
// its own.
func TestWaitingGivesWay(t *testing.T) {
	f := start(t, Options{CleanupDelay: time.Minute, MaxConnections: 3, MaxPerAddress: 2})
	var all []engine.Session
	for i := range 4 {
		p, s := f.join(t)
		p.open()
		p.Close()
		all = append(all, s)
		f.waits(t, min(i+1, 2))
		if i >= 2 {
			assert.Same(t, all[i-2], receive(t, f.engine.closed))
		}
	}
	require.NotNil(t, f.book.Find(all[3].(*client).association.ID()))
	assert.Equal(t, association.Ended, all[0].(*client).association.State())
}

// Nobody takes over the monitors of another application.
func TestTransferIsRefused(t *testing.T) {
	set := setOf(t, false, "crm secret crmcrm", "board secret boardboard")
	f := start(t, Options{CleanupDelay: time.Minute, Applications: set}, quickly)
	login := func(name string) string {
		return "<l:userName>" + name + "</l:userName><l:password>" + name + name + "</l:password>"
	}
	p, _ := f.join(t)
	p.open(login("crm"))
	q, _ := f.join(t)
	transfer := func() string {
		return q.ask(`<TransferMonitorObjects><fromSessionID>` + p.session + `</fromSessionID><toSessionID>` + q.session + `</toSessionID></TransferMonitorObjects>`)
	}
	assert.Contains(t, transfer(), "invalidParameterValue", "without a session of its own")
	q.open(login("board"))
	assert.Contains(t, transfer(), "invalidParameterValue", "open")
	p.Close()
	f.waits(t, 1)
	assert.Contains(t, transfer(), "invalidParameterValue", "waiting")
	assert.Empty(t, f.engine.moves())
}

// Those who are waited for take no more than the limits say, however many they are and
// whatever happens.
func TestThousandWaiting(t *testing.T) {
	f := start(t, Options{CleanupDelay: time.Minute, SessionMemory: 16 << 20, MaxConnections: 1000})
	before := heap()
	var all []engine.Session
	for range 1000 {
		p, s := f.join(t)
		p.open()
		p.Close()
		all = append(all, s)
	}
	f.waits(t, 1000)
	idle := int(heap()-before) / 1000
	for i := range 40 {
		for _, s := range all {
			tell(s, i)
		}
	}
	st := f.Stats()
	assert.LessOrEqual(t, st.Kept, 16<<20)
	assert.Positive(t, st.Overflown, "a thousand times 40 events are more than that")
	assert.Less(t, st.Overflown, uint64(1000), "but not all lose theirs")
	grown := int(heap() - before)
	t.Logf("%d bytes for each that nothing has happened for; %d bytes for all with %d bytes kept", idle, grown, st.Kept)
	assert.Less(t, idle, 8<<10)
	assert.Less(t, grown, 16<<20*3/2+1000*8<<10)
}

// heap is what is in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
