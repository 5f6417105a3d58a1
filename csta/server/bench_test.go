package server

import (
	"io"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/wire"
)

// makeCallText is a request of about 300 bytes, as clients send it.
const makeCallText = `<?xml version="1.0" encoding="UTF-8"?><MakeCall xmlns="` + string(ecma.Edition4) + `">` +
	`<callingDevice typeOfNumber="dialingNumber">1000</callingDevice><calledDirectoryNumber typeOfNumber="dialingNumber">1001</calledDirectoryNumber>` +
	`<autoOriginate>doNotPrompt</autoOriginate></MakeCall>`

func delivered() *ecma.Template {
	device := func(n string) ecma.ExtendedDevice { return ecma.Device(ecma.Subscriber(n)) }
	var e ecma.Template
	e.Compile(ecma.Edition4, &ecma.DeliveredEvent{
		Connection:     ecma.ConnectionID{CallID: "5b6ad2f0-93b1-4c60-a8a5-4f3d1a7d9c11", Device: ecma.Subscriber("1001")},
		AlertingDevice: device("1001"), CallingDevice: device("1000"), CalledDevice: device("1001"),
		LastRedirectionDevice: ecma.RedirectedFrom(ecma.DeviceID{}), Cause: ecma.CauseNewCall,
	})
	return &e
}

// discard is a connection that takes everything and says nothing.
type discard struct{ net.Conn }

func (discard) Write(p []byte) (int, error)      { return len(p), nil }
func (discard) Close() error                     { return nil }
func (discard) SetWriteDeadline(time.Time) error { return nil }
func (discard) SetDeadline(time.Time) error      { return nil }
func (discard) RemoteAddr() net.Addr             { return nil }

// idle is a session without goroutines.
func idle(e Engine) *session {
	srv := New(e, Options{Parallel: true}, slog.New(slog.DiscardHandler))
	s := newSession(srv, 1, "1 test", discard{})
	s.out.start = func() {}
	return s
}

func TestNotifyDoesNotAllocate(t *testing.T) {
	s := idle(newFakeEngine())
	e := delivered()
	send := func() {
		s.of.Notify(e, "4711", ecma.StateConnected)
		s.Flush()
		if next, err := s.out.take(); next != outWriting || err != nil {
			t.Fatal("nothing queued")
		}
		if err := s.out.write(); err != nil {
			t.Fatal(err)
		}
	}
	send()
	send()
	assert.Zero(t, testing.AllocsPerRun(100, send), "by the writer")
	s = idle(newFakeEngine())
	s.out.try = func(b []byte) (int, error) { return len(b), nil }
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		s.of.Notify(e, "4711", ecma.StateConnected)
		s.Flush()
	}), "at once")
}

// BenchmarkNotify is one event to one session, encoded by its template and
// queued; the writes are those of an idle connection.
func BenchmarkNotify(b *testing.B) {
	s := idle(newFakeEngine())
	e := delivered()
	b.ReportAllocs()
	for b.Loop() {
		s.of.Notify(e, "4711", ecma.StateConnected)
		s.Flush()
		if _, err := s.out.take(); err != nil {
			b.Fatal(err)
		}
		if err := s.out.write(); err != nil {
			b.Fatal(err)
		}
	}
}

// nullEngine answers nothing.
type nullEngine struct{ Engine }

func (nullEngine) Request(engine.Request) {}

// BenchmarkDecodeAndDispatch is a request from its frame to the engine.
func BenchmarkDecodeAndDispatch(b *testing.B) {
	s := idle(nullEngine{})
	frame := wire.Frame{Invoke: 1, Body: []byte(makeCallText)}
	b.SetBytes(int64(len(frame.Body)))
	b.ReportAllocs()
	for b.Loop() {
		if !s.receive(frame) {
			b.Fatal("session ended")
		}
		s.serve(<-s.inbox)
		s.settle(1)
	}
}

// BenchmarkRoundTrip is a request and its answer over TCP, answered by the
// server itself.
func BenchmarkRoundTrip(b *testing.B) {
	clients, stop := benchClients(b, 1, newFakeEngine())
	defer stop()
	p := clients[0]
	request, err := wire.Append(nil, 1, []byte(`<SystemStatus/>`))
	require.NoError(b, err)
	r := wire.NewReader(p)
	for b.Loop() {
		if _, err := p.Write(request); err != nil {
			b.Fatal(err)
		}
		if _, err := r.Next(); err != nil {
			b.Fatal(err)
		}
	}
}

func benchClients(b *testing.B, n int, e Engine) (conns []net.Conn, stop func()) {
	b.Helper()
	srv := New(e, Options{Listen: netip.MustParseAddrPort("127.0.0.1:0")}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	require.NoError(b, srv.Start())
	for range n {
		c, err := net.Dial("tcp", srv.Addr().String())
		require.NoError(b, err)
		conns = append(conns, c)
	}
	return conns, func() {
		for _, c := range conns {
			c.Close()
		}
		require.NoError(b, srv.Stop(b.Context()))
	}
}
