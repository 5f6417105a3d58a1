package client

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

// patience bounds every wait of a test; it is never reached on success.
const patience = 10 * time.Second

const ed4 = string(ecma.Edition4)

// far is the server's end of a client's connection, driven by the test.
type far struct {
	t testing.TB
	net.Conn
	r *wire.Reader
}

// connect runs a Client against a far end.
func connect(t testing.TB, opts Options) (*Client, *far) {
	t.Helper()
	before := runtime.NumGoroutine()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	c, err := Dial(context.Background(), l.Addr().String(), opts)
	require.NoError(t, err)
	conn, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() {
		conn.Close()
		require.NoError(t, c.Close())
		require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+1 }, patience, time.Millisecond)
	})
	return c, &far{t: t, Conn: conn, r: wire.NewReader(conn)}
}

func (f *far) expect(doc string) uint16 {
	f.t.Helper()
	require.NoError(f.t, f.SetReadDeadline(time.Now().Add(patience)))
	got, err := f.r.Next()
	require.NoError(f.t, err)
	require.Equal(f.t, doc, strings.TrimPrefix(string(got.Body), `<?xml version="1.0" encoding="UTF-8"?>`))
	return got.Invoke
}

func (f *far) send(invoke uint16, doc string) {
	f.t.Helper()
	b, err := wire.Append(nil, invoke, []byte(doc))
	require.NoError(f.t, err)
	_, err = f.Write(b)
	require.NoError(f.t, err)
}

func receive[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// Each service's request and what its answer becomes.
func TestServices(t *testing.T) {
	a, b := ecma.Subscriber("1000"), ecma.Subscriber("1001")
	a1 := ecma.ConnectionID{CallID: "c1", Device: a}
	const a1Text = `<callID>c1</callID><deviceID>1000</deviceID>`
	for _, c := range []struct {
		name            string
		do              func(context.Context, *Client) (any, error)
		request, answer string
		want            any
	}{
		{
			"MonitorStart", func(ctx context.Context, c *Client) (any, error) { return c.MonitorStart(ctx, a, ecma.MonitorFilter{}) },
			`<MonitorStart xmlns="%s"><monitorObject><deviceObject typeOfNumber="dialingNumber">1000</deviceObject></monitorObject><monitorType>device</monitorType></MonitorStart>`,
			`<MonitorStartResponse xmlns="%s"><monitorCrossRefID>7</monitorCrossRefID></MonitorStartResponse>`,
			&ecma.MonitorStartResponse{MonitorCrossRefID: "7"},
		},
		{
			"MonitorStop", func(ctx context.Context, c *Client) (any, error) { return nil, c.MonitorStop(ctx, "7") },
			`<MonitorStop xmlns="%s"><monitorCrossRefID>7</monitorCrossRefID></MonitorStop>`, `<MonitorStopResponse xmlns="%s"/>`, nil,
		},
		{
			"MakeCall", func(ctx context.Context, c *Client) (any, error) { return c.MakeCall(ctx, a, b, ecma.DoNotPrompt) },
			`<MakeCall xmlns="%s"><callingDevice typeOfNumber="dialingNumber">1000</callingDevice><calledDirectoryNumber typeOfNumber="dialingNumber">1001</calledDirectoryNumber><autoOriginate>doNotPrompt</autoOriginate></MakeCall>`,
			`<MakeCallResponse xmlns="%s"><callingDevice>` + a1Text + `</callingDevice></MakeCallResponse>`, a1,
		},
		{
			"AnswerCall", func(ctx context.Context, c *Client) (any, error) { return nil, c.AnswerCall(ctx, a1) },
			`<AnswerCall xmlns="%s"><callToBeAnswered>` + a1Text + `</callToBeAnswered></AnswerCall>`, `<AnswerCallResponse xmlns="%s"/>`, nil,
		},
		{
			"ClearConnection", func(ctx context.Context, c *Client) (any, error) { return nil, c.ClearConnection(ctx, a1) },
			`<ClearConnection xmlns="%s"><connectionToBeCleared>` + a1Text + `</connectionToBeCleared></ClearConnection>`, `<ClearConnectionResponse xmlns="%s"/>`, nil,
		},
		{
			"SystemStatus", func(ctx context.Context, c *Client) (any, error) { return nil, c.SystemStatus(ctx) },
			`<SystemStatus xmlns="%s"><systemStatus>normal</systemStatus></SystemStatus>`, `<SystemStatusResponse xmlns="%s"/>`, nil,
		},
		{
			"RequestSystemStatus", func(ctx context.Context, c *Client) (any, error) { return c.RequestSystemStatus(ctx) },
			`<RequestSystemStatus xmlns="%s"/>`, `<RequestSystemStatusResponse xmlns="%s"><systemStatus>enabled</systemStatus></RequestSystemStatusResponse>`, ecma.StatusEnabled,
		},
		{
			"SnapshotDevice", func(ctx context.Context, c *Client) (any, error) { return c.SnapshotDevice(ctx, a) },
			`<SnapshotDevice xmlns="%s"><snapshotObject typeOfNumber="dialingNumber">1000</snapshotObject></SnapshotDevice>`,
			`<SnapshotDeviceResponse xmlns="%s"><crossRefIDorSnapshotData><snapshotData/></crossRefIDorSnapshotData></SnapshotDeviceResponse>`, []ecma.SnapshotDeviceInfo(nil),
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl, far := connect(t, Options{})
			type result struct {
				value any
				err   error
			}
			got := make(chan result, 1)
			go func() {
				v, err := c.do(within(t), cl)
				got <- result{v, err}
			}()
			id := far.expect(fmt.Sprintf(c.request, ed4))
			far.send(id, fmt.Sprintf(c.answer, ed4))
			r := receive(t, got)
			require.NoError(t, r.err)
			if want, ok := c.want.(*ecma.MonitorStartResponse); ok {
				assert.Equal(t, want.MonitorCrossRefID, r.value.(*ecma.MonitorStartResponse).MonitorCrossRefID)
				return
			}
			assert.Equal(t, c.want, r.value)
		})
	}
}

func TestNegativeAnswer(t *testing.T) {
	c, far := connect(t, Options{Edition: ecma.Edition6})
	failed := make(chan error, 1)
	go func() { failed <- c.MonitorStop(within(t), "x") }()
	far.send(far.expect(`<MonitorStop xmlns="`+string(ecma.Edition6)+`"><monitorCrossRefID>x</monitorCrossRefID></MonitorStop>`),
		`<CSTAErrorCode><operation>invalidMonitorCrossRefID</operation></CSTAErrorCode>`)
	err := receive(t, failed)
	assert.ErrorIs(t, err, ecma.ErrInvalidMonitorCrossRefID)
	var negative *ecma.Error
	assert.ErrorAs(t, err, &negative)
}

func TestOddAnswers(t *testing.T) {
	for name, c := range map[string]struct{ answer, want string }{
		"of another service": {`<MakeCallResponse><callingDevice><callID>1</callID></callingDevice></MakeCallResponse>`, "MonitorStop: unexpected answer MakeCallResponse"},
		"unknown":            {`<NoSuchResponse/>`, "MonitorStop: answer: csta document"},
	} {
		t.Run(name, func(t *testing.T) {
			cl, far := connect(t, Options{})
			failed := make(chan error, 1)
			go func() { failed <- cl.MonitorStop(within(t), "x") }()
			far.send(far.expect(`<MonitorStop xmlns="`+ed4+`"><monitorCrossRefID>x</monitorCrossRefID></MonitorStop>`), c.answer)
			assert.ErrorContains(t, receive(t, failed), c.want)
		})
	}
}

func TestAnswersMayOvertake(t *testing.T) {
	c, far := connect(t, Options{})
	const n = 50
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			a, err := c.RawRequest(within(t), fmt.Appendf(nil, `<SystemStatus><sysStatRegisterID>%d</sysStatRegisterID></SystemStatus>`, i))
			if assert.NoError(t, err) {
				assert.Contains(t, string(a.Raw), fmt.Sprintf(">%d<", i))
			}
		})
	}
	var seen []wire.Frame
	for range n {
		f, err := far.r.Next()
		require.NoError(t, err)
		f.Body = append([]byte(nil), f.Body...)
		seen = append(seen, f)
	}
	for i := range seen {
		f := seen[n-1-i]
		far.send(f.Invoke, strings.ReplaceAll(string(f.Body), "SystemStatus", "EchoResponse"))
	}
	wg.Wait()
}

func TestRawRequest(t *testing.T) {
	c, far := connect(t, Options{})
	answered := make(chan Answer, 1)
	go func() {
		a, err := c.RawRequest(within(t), []byte(`<MakeCoffee/>`))
		assert.NoError(t, err)
		answered <- a
	}()
	far.send(far.expect(`<MakeCoffee/>`), `<CSTAErrorCode><operation>serviceNotSupported</operation></CSTAErrorCode>`)
	a := receive(t, answered)
	assert.Equal(t, ecma.ErrServiceNotSupported, a.Message)
	assert.WithinDuration(t, time.Now(), a.At, patience)
}

func TestEvents(t *testing.T) {
	c, far := connect(t, Options{})
	const event = `<ConnectionClearedEvent xmlns="` + ed4 + `"><monitorCrossRefID>7</monitorCrossRefID><droppedConnection><callID>c1</callID><deviceID>1000</deviceID></droppedConnection><releasingDevice><notKnown/></releasingDevice><cause>normalClearing</cause></ConnectionClearedEvent>`
	far.send(wire.EventInvoke, event)
	far.send(wire.EventInvoke, `<NoSuchEvent/>`)
	e := receive(t, c.Events())
	require.NoError(t, e.Err)
	assert.Equal(t, event, string(e.Raw))
	assert.Equal(t, "c1", e.Message.(*ecma.ConnectionClearedEvent).DroppedConnection.CallID)
	e = receive(t, c.Events())
	assert.Error(t, e.Err)
	assert.Nil(t, e.Message)
	assert.Equal(t, `<NoSuchEvent/>`, string(e.Raw))
}

func TestTheServersRequests(t *testing.T) {
	c, far := connect(t, Options{})
	far.send(9000, `<SystemStatus><systemStatus>normal</systemStatus></SystemStatus>`)
	assert.Equal(t, uint16(9000), far.expect(`<SystemStatusResponse/>`))
	far.send(12, `<MonitorStop xmlns="`+ed4+`"><monitorCrossRefID>7</monitorCrossRefID></MonitorStop>`)
	assert.Equal(t, uint16(12), far.expect(`<MonitorStopResponse xmlns="`+ed4+`"/>`))
	far.send(13, `<RequestSystemStatus/>`)
	assert.Equal(t, uint16(13), far.expect(`<RequestSystemStatusResponse><systemStatus>normal</systemStatus></RequestSystemStatusResponse>`))
	far.send(14, `<SystemRegisterAbort><sysStatRegisterID>1</sysStatRegisterID></SystemRegisterAbort>`)
	far.send(15, `<SystemRegister><requestTypes/></SystemRegister>`)
	assert.Equal(t, uint16(15), far.expect(`<CSTAErrorCode><operation>serviceNotSupported</operation></CSTAErrorCode>`))
	assert.Equal(t, &ecma.MonitorStop{MonitorCrossRefID: "7"}, receive(t, c.Events()).Message, "the heartbeat is no event")
}

func TestTrace(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	c, far := connect(t, Options{Trace: func(f Frame) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, fmt.Sprintf("%v %04d %s", f.Sent, f.Invoke, f.Body))
	}})
	done := make(chan error, 1)
	go func() {
		_, err := c.RawRequest(within(t), []byte(`<SystemStatus/>`))
		done <- err
	}()
	far.send(far.expect(`<SystemStatus/>`), `<SystemStatusResponse/>`)
	require.NoError(t, receive(t, done))
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, []string{"true 0000 <SystemStatus/>", "false 0000 <SystemStatusResponse/>"}, lines)
}

func TestCancelledRequest(t *testing.T) {
	c, far := connect(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	go func() { failed <- c.SystemStatus(ctx) }()
	id := far.expect(`<SystemStatus xmlns="` + ed4 + `"><systemStatus>normal</systemStatus></SystemStatus>`)
	cancel()
	assert.ErrorIs(t, receive(t, failed), context.Canceled)
	far.send(id, `<SystemStatusResponse/>`)
	assert.ErrorIs(t, c.SystemStatus(ctx), context.Canceled, "not even sent")
	c.mu.Lock()
	defer c.mu.Unlock()
	assert.Empty(t, c.pending)
}

func TestEndOfConnection(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*Client, *far)
		want error
	}{
		"by the server": {func(_ *Client, f *far) { f.Close() }, io.EOF},
		"by us":         {func(c *Client, _ *far) { c.Close() }, ErrClosed},
		"garbage":       {func(_ *Client, f *far) { _, _ = f.Write([]byte("HTTP/1.1 400 Bad Request\r\n")) }, wire.ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			cl, far := connect(t, Options{})
			failed := make(chan error, 1)
			go func() { failed <- cl.SystemStatus(within(t)) }()
			far.expect(`<SystemStatus xmlns="` + ed4 + `"><systemStatus>normal</systemStatus></SystemStatus>`)
			require.NoError(t, cl.Err())
			c.end(cl, far)
			assert.ErrorIs(t, receive(t, failed), c.want)
			_, open := <-cl.Events()
			assert.False(t, open)
			receive(t, cl.Done())
			assert.ErrorIs(t, cl.Err(), c.want)
			assert.ErrorIs(t, cl.SystemStatus(within(t)), c.want)
		})
	}
}

func TestSlowApplication(t *testing.T) {
	c, far := connect(t, Options{EventBuffer: 2})
	for range 3 {
		far.send(wire.EventInvoke, `<NoSuchEvent/>`)
	}
	receive(t, c.Done())
	assert.ErrorIs(t, c.Err(), ErrSlowApplication)
}

func TestInvokeIDs(t *testing.T) {
	c := &Client{pending: map[uint16]chan Answer{}}
	answer := make(chan Answer)
	for i := range lastInvoke + 1 {
		id, err := c.register(answer)
		require.NoError(t, err)
		require.Equal(t, uint16(i), id)
	}
	_, err := c.register(answer)
	require.ErrorIs(t, err, ErrTooManyRequests)
	c.forget(4711, make(chan Answer))
	_, err = c.register(answer)
	require.ErrorIs(t, err, ErrTooManyRequests, "another's ID is not freed")
	c.forget(4711, answer)
	id, err := c.register(answer)
	require.NoError(t, err)
	assert.Equal(t, uint16(4711), id)
}

func TestTooLong(t *testing.T) {
	c, far := connect(t, Options{})
	_, err := c.RawRequest(within(t), make([]byte, wire.MaxBody+1))
	require.ErrorIs(t, err, wire.ErrTooLong)
	go func() { _, _ = c.RawRequest(context.Background(), []byte(`<SystemStatus/>`)) }()
	far.expect(`<SystemStatus/>`)
}

// selfSigned is a certificate for 127.0.0.1 and what trusts it.
func selfSigned(t *testing.T) (server, trusting *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: pool}
}

func TestTLS(t *testing.T) {
	config, trusting := selfSigned(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	require.NoError(t, err)
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r := wire.NewReader(conn)
				for {
					f, err := r.Next()
					if err != nil {
						return
					}
					b, err := wire.Append(nil, f.Invoke, []byte(`<SystemStatusResponse/>`))
					if err != nil {
						return
					}
					if _, err := conn.Write(b); err != nil {
						return
					}
				}
			}()
		}
	}()
	c, err := Dial(within(t), l.Addr().String(), Options{TLS: trusting})
	require.NoError(t, err)
	require.NoError(t, c.SystemStatus(within(t)))
	require.NoError(t, c.Close())

	var unknown x509.UnknownAuthorityError
	_, err = Dial(within(t), l.Addr().String(), Options{TLS: &tls.Config{}})
	assert.ErrorAs(t, err, &unknown, "a certificate that nobody vouches for")
}

func TestDialError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l.Close()
	_, err = Dial(context.Background(), l.Addr().String(), Options{})
	var op *net.OpError
	assert.True(t, errors.As(err, &op), "%v", err)
}
