package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/printed"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/wire"
)

func TestAnswersInTheClientsNamespace(t *testing.T) {
	f := start(t, Options{})
	p, _ := f.join(t)
	for _, c := range []struct{ name, request, want string }{
		{"edition 3", `<SystemStatus xmlns="` + ed3 + `"><systemStatus>normal</systemStatus></SystemStatus>`, `<SystemStatusResponse xmlns="` + ed3 + `"/>`},
		{"none", `<SystemStatus/>`, `<SystemStatusResponse/>`},
		{"prefix", `<n:RequestSystemStatus xmlns:n="` + ed6 + `"/>`, `<RequestSystemStatusResponse xmlns="` + ed6 + `"><systemStatus>normal</systemStatus></RequestSystemStatusResponse>`},
		{"misspelt", `<SystemStatus xmlns="hhttp://example.org/ed4"/>`, `<SystemStatusResponse xmlns="hhttp://example.org/ed4"/>`},
		{"unknown service", `<MakeCoffee xmlns="` + ed6 + `"/>`, `<CSTAErrorCode xmlns="` + ed6 + `"><operation>serviceNotSupported</operation></CSTAErrorCode>`},
		{"bad parameter", `<MonitorStop xmlns="` + ed3 + `"/>`, `<CSTAErrorCode xmlns="` + ed3 + `"><operation>atLeastOneConditionalParameterNotProvided</operation></CSTAErrorCode>`},
		{"unparsable, as the last request", `<MonitorStop`, `<CSTAErrorCode xmlns="` + ed3 + `"><operation>generic</operation></CSTAErrorCode>`},
		{"empty document", ``, `<CSTAErrorCode xmlns="` + ed3 + `"><operation>generic</operation></CSTAErrorCode>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.send(17, c.request)
			p.expect(17, c.want)
		})
	}
}

func TestInvokeIDsAreEchoed(t *testing.T) {
	f := start(t, Options{})
	p, _ := f.join(t)
	for _, id := range []uint16{0, 0, 1, 8999, 9000, 9998, 9999} {
		p.send(id, `<SystemStatus/>`)
		p.expect(id, `<SystemStatusResponse/>`)
	}
}

func TestNothingIsSaidToWhatIsNoRequest(t *testing.T) {
	f := start(t, Options{})
	p, _ := f.join(t)
	for _, doc := range []string{
		`<SystemStatusResponse/>`, `<MonitorStopResponse/>`, `<CSTAErrorCode><operation>generic</operation></CSTAErrorCode>`,
		`<DeliveredEvent/>`, `<NoSuchResponse/>`, `<NoSuchEvent/>`, `<SystemRegisterAbort><sysStatRegisterID>1</sysStatRegisterID></SystemRegisterAbort>`,
		`<CSTAErrorCode><operation>`, `<DeliveredEvent><`,
	} {
		p.send(1, doc)
	}
	p.send(2, `<SystemStatus/>`)
	p.expect(2, `<SystemStatusResponse/>`)
	assert.Empty(t, f.engine.asked)
}

func TestRequestsReachTheEngine(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	p.send(5, `<MonitorStop xmlns="`+ed6+`"><monitorCrossRefID>7</monitorCrossRefID></MonitorStop>`)
	r := receive(t, f.engine.asked)
	assert.Same(t, s, r.Session)
	assert.Equal(t, engine.Request{Session: s, Invoke: 5, Edition: ecma.Edition6, Message: &ecma.MonitorStop{MonitorCrossRefID: "7"}}, r)
	assert.Contains(t, s.Label(), p.LocalAddr().String())

	s.Respond(5, ecma.Edition6, &ecma.MonitorStopResponse{})
	var event ecma.Template
	event.Compile(ecma.Edition6, &ecma.CallClearedEvent{Cause: "normalClearing"})
	s.Notify(&event, "7", "")
	s.Flush()
	p.expect(5, `<MonitorStopResponse xmlns="`+ed6+`"/>`)
	got := p.next()
	assert.Equal(t, uint16(9999), got.Invoke)
	assert.Contains(t, string(got.Body), `<monitorCrossRefID>7</monitorCrossRefID>`)
}

func TestTheEnginesOwnRequests(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	p.send(9000, `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
	receive(t, f.engine.asked)
	s.Request(ecma.Edition4, &ecma.MonitorStop{MonitorCrossRefID: "1"})
	s.Flush()
	p.expect(9001, `<MonitorStop xmlns="`+ed4+`"><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
	p.send(9001, `<MonitorStopResponse/>`)
	s.Respond(9000, "", ecma.ErrInvalidMonitorCrossRefID)
	s.Flush()
	p.expect(9000, `<CSTAErrorCode><operation>invalidMonitorCrossRefID</operation></CSTAErrorCode>`)
}

// Without use-multi-threading the next request waits for the previous answer.
func TestOneAtATime(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	p.send(1, `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
	p.send(2, `<SystemStatus/>`)
	p.send(3, `<MonitorStop><monitorCrossRefID>3</monitorCrossRefID></MonitorStop>`)
	receive(t, f.engine.asked)
	p.quiet(50 * time.Millisecond)
	assert.Empty(t, f.engine.asked)
	p.r = newReader(p)
	s.Respond(1, "", &ecma.MonitorStopResponse{})
	s.Flush()
	p.expect(1, `<MonitorStopResponse/>`)
	p.expect(2, `<SystemStatusResponse/>`)
	assert.Equal(t, uint16(3), receive(t, f.engine.asked).Invoke)
}

// One that waits for a phone lets the next pass; its answer frees nothing any more.
func TestYieldingRequest(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	for i := range uint16(4) {
		p.send(i+1, `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
	}
	receive(t, f.engine.asked)
	assert.True(t, s.(engine.Ordered).Yields(1))
	assert.Equal(t, uint16(2), receive(t, f.engine.asked).Invoke)
	s.Respond(1, "", &ecma.MonitorStopResponse{})
	s.Flush()
	p.expect(1, `<MonitorStopResponse/>`)
	p.quiet(20 * time.Millisecond)
	p.r = newReader(p)
	assert.Empty(t, f.engine.asked)
	s.Respond(2, "", &ecma.MonitorStopResponse{})
	s.Flush()
	p.expect(2, `<MonitorStopResponse/>`)
	assert.Equal(t, uint16(3), receive(t, f.engine.asked).Invoke)
	p.quiet(20 * time.Millisecond)
	p.r = newReader(p)
	assert.Empty(t, f.engine.asked)
}

func TestParallel(t *testing.T) {
	f := start(t, Options{Parallel: true})
	p, s := f.join(t)
	for i := range uint16(10) {
		p.send(i, `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
	}
	for range 10 {
		receive(t, f.engine.asked)
	}
	for i := range uint16(10) {
		s.Respond(9-i, "", &ecma.MonitorStopResponse{})
	}
	s.Flush()
	for i := range uint16(10) {
		p.expect(9-i, `<MonitorStopResponse/>`)
	}
}

// What a client sends without waiting for answers is bounded, in the engine and
// in the session; TCP holds the rest.
func TestReadAheadIsBounded(t *testing.T) {
	const sent = 400
	for _, c := range []struct {
		name     string
		parallel bool
		asked    int
	}{{"one at a time", false, 1}, {"parallel", true, maxParallel}} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, Options{Parallel: c.parallel})
			p, s := f.join(t)
			for i := range uint16(sent) {
				p.send(i, `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
			}
			require.Eventually(t, func() bool {
				return s.(*client).connection().stalled.Load() && len(f.engine.asked) == c.asked
			}, patience, time.Millisecond)
			p.quiet(20 * time.Millisecond)
			p.r = newReader(p)
			assert.Len(t, f.engine.asked, c.asked)
			// The dispatcher and the reader hold one each beside the inbox.
			assert.LessOrEqual(t, f.Stats().Sessions[0].Outstanding, c.asked+maxReadAhead+2)
			for range sent {
				r := receive(t, f.engine.asked)
				s.Respond(r.Invoke, "", &ecma.MonitorStopResponse{})
				s.Flush()
				p.expect(r.Invoke, `<MonitorStopResponse/>`)
			}
			assert.Zero(t, f.Stats().Sessions[0].Outstanding)
		})
	}
}

func TestAnswerToNoRequestIsDropped(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	s.Respond(1, "", &ecma.MonitorStopResponse{})
	s.Flush()
	p.send(2, `<SystemStatus/>`)
	p.expect(2, `<SystemStatusResponse/>`)
	assert.Contains(t, f.log.String(), "answer to no request")
}

func TestAnswerThatDoesNotFit(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	p.send(1, `<SnapshotDevice><snapshotObject>1</snapshotObject></SnapshotDevice>`)
	receive(t, f.engine.asked)
	calls := make([]ecma.SnapshotDeviceInfo, 1000)
	for i := range calls {
		calls[i].Connection = ecma.ConnectionID{CallID: fmt.Sprint(i), Device: ecma.Subscriber("1000")}
		calls[i].States = []ecma.LocalConnectionState{ecma.StateConnected}
	}
	s.Respond(1, "", &ecma.SnapshotDeviceResponse{Calls: calls})
	s.Flush()
	p.expect(1, `<CSTAErrorCode><systemResourceAvailibility>resourceLimitExceeded</systemResourceAvailibility></CSTAErrorCode>`)
}

func TestAccessList(t *testing.T) {
	var asked []netip.Addr
	f := start(t, Options{Allow: func(a netip.Addr) bool { asked = append(asked, a); return false }})
	p := f.dial(t)
	p.expect(0, `<CSTAErrorCode xmlns="`+ed4+`"><security>generic</security></CSTAErrorCode>`)
	p.Close()
	require.Eventually(t, func() bool { return f.Stats().Refused == 1 }, patience, time.Millisecond)
	assert.Equal(t, []netip.Addr{netip.MustParseAddr("127.0.0.1")}, asked)
	assert.Empty(t, f.engine.opened)
	assert.Contains(t, f.log.String(), "level=WARN msg=\"CSTA client refused by access list\" peer=127.0.0.1:")
}

// The frame survives a peer that has sent bytes before it was refused.
func TestRefusalReachesATalkativePeer(t *testing.T) {
	release := make(chan struct{})
	f := start(t, Options{Allow: func(netip.Addr) bool { <-release; return false }})
	p := f.dial(t)
	for i := range uint16(100) {
		p.send(i, `<SystemStatus/>`)
	}
	close(release)
	p.expect(0, `<CSTAErrorCode xmlns="`+ed4+`"><security>generic</security></CSTAErrorCode>`)
	p.expectClosed()
}

func TestSessionLimit(t *testing.T) {
	f := start(t, Options{MaxConnections: 2})
	first, _ := f.join(t)
	f.join(t)
	third := f.dial(t)
	third.expect(0, `<CSTAErrorCode xmlns="`+ed4+`"><systemResourceAvailibility>resourceLimitExceeded</systemResourceAvailibility></CSTAErrorCode>`)
	third.expectClosed()
	first.Close()
	receive(t, f.engine.closed)
	require.Eventually(t, func() bool { return len(f.Stats().Sessions) == 1 }, patience, time.Millisecond)
	p, _ := f.join(t)
	p.send(1, `<SystemStatus/>`)
	p.expect(1, `<SystemStatusResponse/>`)
}

func TestGarbageEndsOnlyItsSession(t *testing.T) {
	f := start(t, Options{})
	good, _ := f.join(t)
	for name, bytes := range map[string]string{
		"HTTP":         "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"TLS":          "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"short length": "\x00\x00\x00\x010001",
		"no invoke ID": "\x00\x00\x00\x10abcd<a></a>",
		"zeros":        strings.Repeat("\x00", 100),
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := f.join(t)
			_, err := p.Write([]byte(bytes))
			require.NoError(t, err)
			p.expectClosed()
			receive(t, f.engine.closed)
		})
	}
	good.send(1, `<SystemStatus/>`)
	good.expect(1, `<SystemStatusResponse/>`)
	assert.EqualValues(t, 5, f.Stats().BadFrames)
	assert.Contains(t, f.log.String(), "unsupported frame format")
}

func TestHalfFrameThenGone(t *testing.T) {
	for name, half := range map[string]string{"header": "\x00\x00\x00", "body": "\x00\x00\x01\x000001<SystemStatus"} {
		t.Run(name, func(t *testing.T) {
			f := start(t, Options{})
			p, s := f.join(t)
			_, err := p.Write([]byte(half))
			require.NoError(t, err)
			require.NoError(t, p.Close())
			assert.Same(t, s, receive(t, f.engine.closed))
		})
	}
}

// A client that dies with a reset while requests are open.
func TestKilledClient(t *testing.T) {
	f := start(t, Options{Parallel: true})
	p, s := f.join(t)
	p.send(1, `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
	receive(t, f.engine.asked)
	require.NoError(t, p.Conn.(*net.TCPConn).SetLinger(0))
	require.NoError(t, p.Close())
	assert.Same(t, s, receive(t, f.engine.closed))
	// The engine may not know yet.
	s.Respond(1, "", &ecma.MonitorStopResponse{})
	s.Request("", &ecma.MonitorStop{MonitorCrossRefID: "1"})
	s.Flush()
	assert.Empty(t, f.engine.closed, "closed once")
}

func TestTwoHundredAtOnce(t *testing.T) {
	const clients = 200
	f := start(t, Options{})
	f.engine.answer(func(engine.Request) ecma.Message { return &ecma.MonitorStopResponse{} })
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			p := f.dial(t)
			for id := range uint16(20) {
				p.send(id, `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
			}
			for id := range uint16(20) {
				p.expect(id, `<MonitorStopResponse/>`)
			}
			p.Close()
		})
	}
	wg.Wait()
	for range clients {
		receive(t, f.engine.closed)
	}
	assert.EqualValues(t, clients, f.Stats().Accepted)
}

func event(t testing.TB, size int) *ecma.Template {
	t.Helper()
	var e ecma.Template
	e.Compile(ecma.Edition4, &ecma.CallClearedEvent{
		ClearedCall: ecma.ConnectionID{CallID: strings.Repeat("c", size)}, Cause: "normalClearing",
	})
	return &e
}

// A client that does not read fills its own queue, loses its session and
// nothing else.
func TestNeverReadingClient(t *testing.T) {
	f := start(t, Options{}, func(s *Server) { s.limits.queued = 1 << 20 })
	_, slow := f.join(t)
	connection := slow.(*client).connection()
	good, fast := f.join(t)
	e := event(t, 10000)
	for range 10000 {
		slow.Notify(e, "1", "")
		slow.Flush()
		if len(f.engine.closed) > 0 {
			break
		}
	}
	assert.Same(t, slow, receive(t, f.engine.closed))
	assert.LessOrEqual(t, connection.out.queued(), 2<<20)
	fast.Notify(e, "2", "")
	fast.Flush()
	assert.Contains(t, string(good.next().Body), "<monitorCrossRefID>2<")
	require.Eventually(t, func() bool { return f.Stats().SlowClients == 1 }, patience, time.Millisecond)
	assert.Contains(t, f.log.String(), "too slow")
}

func TestUnreadBytesGetTooOld(t *testing.T) {
	f := start(t, Options{}, func(s *Server) {
		s.limits.unsentAge, s.limits.minWriteTime = 100*time.Millisecond, 10*time.Millisecond
		s.limits.queued = 64 << 20
	})
	_, s := f.join(t)
	e := event(t, 30000)
	// More than the socket's buffers take, less than the queue's limit.
	for range 1000 {
		s.Notify(e, "1", "")
	}
	s.Flush()
	assert.Same(t, s, receive(t, f.engine.closed))
	assert.Contains(t, f.log.String(), errTooOld.Error())
}

// Who does not read answers is not given more of them: anybody may ask, with many connections.
func TestAnswersThatNobodyReads(t *testing.T) {
	const asked = 1000
	for name, parallel := range map[string]bool{"one at a time": false, "parallel": true} {
		t.Run(name, func(t *testing.T) {
			f := start(t, Options{Parallel: parallel}, func(s *Server) { s.limits.unsentAge = patience })
			calls := make([]ecma.SnapshotDeviceInfo, 100)
			for i := range calls {
				calls[i].Connection = ecma.ConnectionID{CallID: fmt.Sprint(i), Device: ecma.Subscriber("1000")}
			}
			f.engine.answer(func(engine.Request) ecma.Message { return &ecma.SnapshotDeviceResponse{Calls: calls} })
			p, s := f.join(t)
			out := s.(*client).connection().out
			var requests []byte
			for i := range uint16(asked) {
				var err error
				requests, err = wire.Append(requests, i, []byte(`<SnapshotDevice><snapshotObject>1</snapshotObject></SnapshotDevice>`))
				require.NoError(t, err)
			}
			go func() { _, _ = p.Write(requests) }()
			require.Eventually(t, func() bool { return out.unread() > maxUnread }, patience, time.Millisecond)
			most := 0
			for range 50 {
				time.Sleep(time.Millisecond)
				most = max(most, out.queued())
			}
			assert.Less(t, most, maxUnread+2*wire.MaxSent)
			for i := range uint16(asked) {
				require.Equal(t, i, p.next().Invoke)
			}
			assert.Zero(t, out.unread())
		})
	}
}

// A slow but reading client gets everything, in order.
func TestBurstArrivesInOrder(t *testing.T) {
	const events = 5000
	f := start(t, Options{})
	p, s := f.join(t)
	e := event(t, 100)
	go func() {
		for i := range events {
			s.Notify(e, fmt.Sprint(i), "")
			if i%7 == 0 {
				s.Flush()
			}
		}
		s.Flush()
	}()
	for i := range events {
		require.Contains(t, string(p.next().Body), fmt.Sprintf("<monitorCrossRefID>%d</", i))
	}
}

func TestStopTellsAndCloses(t *testing.T) {
	f := start(t, Options{})
	p, _ := f.join(t)
	p.send(1, `<SystemRegister xmlns="`+ed6+`"><requestTypes><systemStatus>true</systemStatus></requestTypes></SystemRegister>`)
	p.expect(1, `<SystemRegisterResponse xmlns="`+ed6+`"><sysStatRegisterID>1</sysStatRegisterID></SystemRegisterResponse>`)
	quiet, _ := f.join(t)
	stopped := make(chan error)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		stopped <- f.Stop(ctx)
	}()
	p.expect(9000, `<SystemStatus xmlns="`+ed6+`"><sysStatRegisterID>1</sysStatRegisterID><systemStatus>disabled</systemStatus></SystemStatus>`)
	p.expect(9001, `<SystemRegisterAbort xmlns="`+ed6+`"><sysStatRegisterID>1</sysStatRegisterID></SystemRegisterAbort>`)
	p.expectClosed()
	quiet.expectClosed()
	p.Close()
	quiet.Close()
	require.NoError(t, receive(t, stopped))
	_, err := net.Dial("tcp", f.Addr().String())
	assert.Error(t, err)
}

// Clients that neither read nor close do not hold up a stop.
func TestStopIsBounded(t *testing.T) {
	f := start(t, Options{})
	_, s := f.join(t)
	e := event(t, 30000)
	for range 100 {
		s.Notify(e, "1", "")
	}
	s.Flush()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, f.Stop(ctx))
	assert.Same(t, s, receive(t, f.engine.closed))
}

func TestStopCutsOff(t *testing.T) {
	block := make(chan struct{})
	f := start(t, Options{Allow: func(netip.Addr) bool { <-block; return true }})
	p := f.dial(t)
	require.Eventually(t, func() bool { return f.Stats().Accepted == 1 }, patience, time.Millisecond)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, f.Stop(ctx), context.Canceled)
	close(block)
	p.expectClosed()
	assert.Empty(t, f.engine.opened)
}

func TestStartErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	log := &printed.Text{}
	addr := netip.MustParseAddrPort(taken.Addr().String())
	srv := New(newFakeEngine(), Options{Listen: addr}, slog.New(slog.NewTextHandler(log, nil)))
	err = srv.Start()
	require.EqualError(t, err, "cannot listen for CSTA clients on "+addr.String()+": bind: address already in use")
	assert.Contains(t, log.String(), "level=ERROR")
	assert.Nil(t, srv.Addr())
	require.NoError(t, srv.Stop(context.Background()))
}

func TestWithoutAPort(t *testing.T) {
	log := &printed.Text{}
	srv := New(newFakeEngine(), Options{}, slog.New(slog.NewTextHandler(log, nil)))
	require.NoError(t, srv.Start())
	assert.Contains(t, log.String(), "level=INFO+2")
	assert.Contains(t, log.String(), "nothing listens")
	assert.Equal(t, "", srv.Stats().Listen)
	require.NoError(t, srv.Stop(context.Background()))
}

func TestListensOnIPv6(t *testing.T) {
	l, err := Listen(netip.MustParseAddrPort("[::1]:0"))
	if err != nil {
		t.Skipf("no IPv6 on this machine: %v", err)
	}
	defer l.Close()
	assert.Contains(t, l.Addr().String(), "[::1]:")
}

// 0.0.0.0 must not open the port for IPv6.
func TestIPv4WildcardIsIPv4(t *testing.T) {
	l, err := Listen(netip.MustParseAddrPort("0.0.0.0:0"))
	require.NoError(t, err)
	defer l.Close()
	assert.Contains(t, l.Addr().String(), "0.0.0.0:")
}

// A bug in the engine's code, run by our goroutines, costs the session alone.
func TestPanicEndsTheSession(t *testing.T) {
	f := start(t, Options{})
	var once atomic.Bool
	f.engine.answer(func(engine.Request) ecma.Message {
		if !once.Swap(true) {
			panic("bug")
		}
		return &ecma.MonitorStopResponse{}
	})
	bad, _ := f.join(t)
	good, _ := f.join(t)
	bad.send(1, `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
	bad.expectClosed()
	good.send(1, `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
	good.expect(1, `<MonitorStopResponse/>`)
	assert.EqualValues(t, 1, f.Stats().Panics)
	assert.Contains(t, f.log.String(), "panic=bug")
}

// Several clients read a frame's length as a signed number: nothing longer leaves.
func TestAnswersTooLongAreRefused(t *testing.T) {
	f := start(t, Options{})
	answer := func(size int) ecma.Message {
		return &ecma.RecordMessageResponse{ResultingMessage: strings.Repeat("m", size)}
	}
	most := wire.MaxSentBody - len(ecma.Append(nil, "", answer(0)))
	p, _ := f.join(t)
	for i, size := range []int{most, most + 1} {
		f.engine.answer(func(engine.Request) ecma.Message { return answer(size) })
		p.send(uint16(i), `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
		body := string(p.next().Body)
		if size == most {
			assert.Len(t, body, wire.MaxSentBody)
		} else {
			assert.Contains(t, body, "resourceLimitExceeded")
		}
	}
	assert.Contains(t, f.log.String(), "clients can read 32759")
}

func TestStats(t *testing.T) {
	f := start(t, Options{})
	p, _ := f.join(t)
	p.send(1, `<SystemStatus xmlns="`+ed6+`"/>`)
	p.expect(1, `<SystemStatusResponse xmlns="`+ed6+`"/>`)
	st := f.Stats()
	require.Len(t, st.Sessions, 1)
	assert.Equal(t, f.Addr().String(), st.Listen)
	assert.Equal(t, ecma.StatusNormal, st.Status)
	s := st.Sessions[0]
	assert.EqualValues(t, 1, s.ID)
	assert.Equal(t, "1 "+p.LocalAddr().String(), s.Label)
	assert.Equal(t, ecma.Edition6, s.Edition)
	assert.EqualValues(t, 1, s.Requests)
	assert.NotZero(t, s.BytesIn)
}
