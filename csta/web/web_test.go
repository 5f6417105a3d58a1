package web_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/sim"
	"mod_csta_socket/csta/web"
	"mod_csta_socket/csta/wire"
)

// patience bounds every wait of a test; it is never reached on success.
const patience = 15 * time.Second

// loopback is any free port of this machine's own.
var loopback = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)

// home is where the pages of the tests' own are from.
const home = "https://phones.example"

// office is a simulated switch with a server that browsers get in at.
func office(t *testing.T, change func(*server.Options)) *server.Server {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	sw := sim.New(sim.DefaultOptions())
	e := engine.New(engine.Options{DefaultDomain: "csta.test"}, sw, log)
	sw.Attach(e)
	e.Start()
	opts := server.Options{
		Listen: loopback, WebListen: loopback, MinimumDumpInterval: -1,
		Web: web.New(web.Options{Origins: []string{home}, Page: true}),
	}
	if change != nil {
		change(&opts)
	}
	srv := server.New(e, opts, log)
	require.NoError(t, srv.Start())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		assert.NoError(t, srv.Stop(ctx))
		sw.Stop()
		assert.NoError(t, e.Stop(ctx))
	})
	return srv
}

func long(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// browser is a page's WebSocket.
type browser struct {
	*testing.T
	ws *websocket.Conn
}

func dial(t *testing.T, srv *server.Server, change func(*websocket.DialOptions)) (*browser, *http.Response, error) {
	t.Helper()
	opts := &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {home}}}
	if change != nil {
		change(opts)
	}
	scheme := "ws"
	if srv.Stats().TLS {
		scheme = "wss"
	}
	ws, response, err := websocket.Dial(long(t), fmt.Sprintf("%s://%s%s", scheme, srv.WebAddr(), web.Path), opts)
	if err != nil {
		return nil, response, err
	}
	ws.SetReadLimit(1 << 20)
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &browser{t, ws}, response, nil
}

func open(t *testing.T, srv *server.Server) *browser {
	t.Helper()
	b, _, err := dial(t, srv, nil)
	require.NoError(t, err)
	return b
}

func (b *browser) send(frame string) {
	b.Helper()
	require.NoError(b, b.ws.Write(long(b.T), websocket.MessageText, []byte(frame)))
}

// next is the next frame: the name of its message, what is in it, and its number; -1 for none.
func (b *browser) next() (name string, content map[string]any, invoke int) {
	b.Helper()
	kind, text, err := b.ws.Read(long(b.T))
	require.NoError(b, err)
	require.Equal(b, websocket.MessageText, kind)
	var frame map[string]any
	require.NoError(b, json.Unmarshal(text, &frame), "%s", text)
	invoke = -1
	for member, value := range frame {
		if member == "invokeID" {
			invoke = int(value.(float64))
		} else {
			name, content = member, value.(map[string]any)
		}
	}
	return name, content, invoke
}

// expect is what is in the next frame, which has to be that message.
func (b *browser) expect(name string, invoke int) map[string]any {
	b.Helper()
	got, content, number := b.next()
	require.Equal(b, name, got, "%v", content)
	require.Equal(b, invoke, number)
	return content
}

// closed is how the server ended it.
func (b *browser) closed() (websocket.StatusCode, string) {
	b.Helper()
	for {
		if _, _, err := b.ws.Read(long(b.T)); err != nil {
			var end websocket.CloseError
			if errors.As(err, &end) {
				return end.Code, end.Reason
			}
			return -1, err.Error()
		}
	}
}

// A page sees and does what a client of TCP does, in the same order, and the other one
// sees what it does.
func TestACallFromAPage(t *testing.T) {
	srv := office(t, nil)
	tcp, err := client.Dial(long(t), srv.Addr().String(), client.Options{})
	require.NoError(t, err)
	defer tcp.Close()
	_, err = tcp.MonitorStart(long(t), ecma.Subscriber("1000"), ecma.MonitorFilter{})
	require.NoError(t, err)

	b := open(t, srv)
	b.send(`{"invokeID":1,"MonitorStart":{"monitorObject":{"deviceObject":"1000"}}}`)
	monitor := b.expect("MonitorStartResponse", 1)["monitorCrossRefID"]
	b.send(`{"invokeID":2,"MakeCall":{"callingDevice":"1000","calledDirectoryNumber":{"number":"1001"},"autoOriginate":"doNotPrompt"}}`)
	made := b.expect("MakeCallResponse", 2)["callingDevice"].(map[string]any)
	for _, want := range []string{"ServiceInitiatedEvent", "OriginatedEvent", "DeliveredEvent"} {
		event := b.expect(want, -1)
		assert.Equal(t, monitor, event["monitorCrossRefID"])
		other := <-tcp.Events()
		assert.Equal(t, want, other.Message.Element())
	}
	b.send(fmt.Sprintf(`{"invokeID":3,"ClearConnection":{"connectionToBeCleared":{"callID":%q,"deviceID":"1000"}}}`, made["callID"]))
	b.expect("ClearConnectionResponse", 3)
	b.expect("ConnectionClearedEvent", -1)
	sessions := srv.Stats().Sessions
	require.Len(t, sessions, 2)
	assert.Equal(t, "WebSocket", sessions[1].Security)
	assert.Equal(t, ecma.Edition6, sessions[1].Edition)
	require.NoError(t, b.ws.Close(websocket.StatusNormalClosure, ""))
	require.Eventually(t, func() bool { return len(srv.Stats().Sessions) == 1 }, patience, time.Millisecond)
}

// What cannot be served is refused as it is over TCP, and the session lives on.
func TestRefusedRequests(t *testing.T) {
	b := open(t, office(t, nil))
	for frame, category := range map[string]string{
		`{"invokeID":5,"MakeCall":{"callingDevice":"1000"}}`:                                                            "operation",
		`{"invokeID":5,"MakeCall":{"callingDevice":"4711","calledDirectoryNumber":"1"}}`:                                "operation",
		`{"invokeID":5,"NoService":{}}`:                                                                                 "operation",
		`{"invokeID":5,"HoldCall":{"callToBeHeld":{"callID":"1","deviceID":"1000"},"connectionReservation":"perhaps"}}`: "operation",
		`{"invokeID":5,"MakeCall":{"userData":{"private":"<a>"}}}`:                                                      "operation",
		`{"invokeID":5,"MakeCall":` + strings.Repeat(`{"a":`, 5000) + `1` + strings.Repeat(`}`, 5000) + `}`:             "operation",
		`{"invokeID":5,"MakeCall":{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa":[` + strings.Repeat(`1,`, 20000) + `1]}}`:        "operation",
		`{"invokeID":5,"ClearConnection":{"connectionToBeCleared":{"callID":"none","deviceID":{"number":"1000"}}}}`:     "operation",
	} {
		b.send(frame)
		assert.Contains(t, b.expect("CSTAErrorCode", 5), category, "%.200s", frame)
	}
	b.send(`{"SystemStatus":{"systemStatus":"normal"}}`)
	b.expect("SystemStatusResponse", -1)
}

// What is no frame ends the session, as over TCP, and the page is told why.
func TestNoFrames(t *testing.T) {
	srv := office(t, nil)
	for frame, want := range map[string]string{
		`hello`:                              "no CSTA frame in JSON: invalid character 'h' looking for beginning of value",
		`{"invokeID":"1","SystemStatus":{}}`: "no CSTA frame in JSON: invokeID has to be a number from 0 to 9999",
		`<SystemStatus/>`:                    "no CSTA frame in JSON: invalid character '<' looking for beginning of value",
		`{"ä` + strings.Repeat("ä", 200) + `":1`: "no CSTA frame in JSON: unexpected end of JSON input",
		`{"A":{},"B":{}}`:                        "no CSTA frame in JSON: there is more than one message in it",
	} {
		b := open(t, srv)
		b.send(frame)
		status, reason := b.closed()
		assert.Equal(t, websocket.StatusInvalidFramePayloadData, status)
		assert.Equal(t, want, reason)
	}
	b := open(t, srv)
	require.NoError(t, b.ws.Write(long(t), websocket.MessageBinary, []byte("\x00\x00\x00\x080001")))
	status, _ := b.closed()
	assert.Equal(t, websocket.StatusUnsupportedData, status)
	b = open(t, srv)
	_ = b.ws.Write(long(t), websocket.MessageText, bytes.Repeat([]byte(" "), 100_000))
	status, _ = b.closed()
	assert.Contains(t, []websocket.StatusCode{websocket.StatusMessageTooBig, -1}, status)
	// In pieces, each of them short.
	b = open(t, srv)
	w, err := b.ws.Writer(long(t), websocket.MessageText)
	require.NoError(t, err)
	for range 100 {
		if _, err = w.Write(bytes.Repeat([]byte(" "), 1000)); err != nil {
			break
		}
	}
	status, _ = b.closed()
	assert.Contains(t, []websocket.StatusCode{websocket.StatusMessageTooBig, -1}, status)
	require.Eventually(t, func() bool { return srv.Stats().BadFrames == 8 }, patience, time.Millisecond)
}

// A page of somebody else's does not get in, however it writes where it is from.
func TestOrigins(t *testing.T) {
	srv := office(t, nil)
	refused := uint64(0)
	for _, c := range []struct {
		origins []string
		ok      bool
	}{
		{nil, true}, {[]string{home}, true}, {[]string{"HTTPS://Phones.Example"}, true},
		{[]string{"null"}, false}, {[]string{""}, false}, {[]string{"http://phones.example"}, false},
		{[]string{"https://phones.example:444"}, false}, {[]string{"https://phones.example.evil.example"}, false},
		{[]string{"https://evil.example/https://phones.example"}, false},
		{[]string{"http://" + srv.WebAddr().String()}, false},
		{[]string{home, "https://evil.example"}, false},
	} {
		_, response, err := dial(t, srv, func(o *websocket.DialOptions) { o.HTTPHeader = http.Header{"Origin": c.origins} })
		if c.ok {
			assert.NoError(t, err, c.origins)
			continue
		}
		refused++
		if assert.Error(t, err, "%q", c.origins) && assert.NotNil(t, response) {
			assert.Equal(t, http.StatusForbidden, response.StatusCode)
		}
	}
	// A name that leads here does not make its page one of ours.
	_, response, err := dial(t, srv, func(o *websocket.DialOptions) {
		o.HTTPHeader, o.Host = http.Header{"Origin": {"http://rebound.example"}}, "rebound.example"
	})
	require.Error(t, err)
	assert.Equal(t, http.StatusForbidden, response.StatusCode)
	require.Eventually(t, func() bool { return srv.Stats().RefusedOrigin == refused+1 }, patience, time.Millisecond)
	assert.Equal(t, refused+1, srv.Stats().Refused)
}

// Nothing is compressed: what is, unfolds to any length.
func TestNoCompression(t *testing.T) {
	srv := office(t, nil)
	b, response, err := dial(t, srv, func(o *websocket.DialOptions) { o.CompressionMode = websocket.CompressionContextTakeover })
	require.NoError(t, err)
	assert.Empty(t, response.Header.Get("Sec-WebSocket-Extensions"))
	b.send(`{"invokeID":1,"SystemStatus":{"systemStatus":"normal"}}`)
	b.expect("SystemStatusResponse", 1)
	// Compressed all the same.
	conn := raw(t, srv)
	handshake(t, conn)
	_, err = conn.Write([]byte{0xc1, 0x80 | 4, 0, 0, 0, 0, 1, 2, 3, 4})
	require.NoError(t, err)
	rest, _ := io.ReadAll(conn)
	require.NotEmpty(t, rest)
	assert.Equal(t, byte(0x88), rest[0], "it is closed")
}

// Pings keep no silent client alive.
func TestIdlePages(t *testing.T) {
	srv := office(t, func(o *server.Options) { o.IdleTimeout = time.Second })
	b := open(t, srv)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				_ = b.ws.Ping(ctx)
				cancel()
			}
		}
	}()
	status, _ := b.closed()
	assert.Equal(t, websocket.StatusGoingAway, status)
	assert.Equal(t, uint64(1), srv.Stats().IdleClients)
}

// A page that asks and does not read is disconnected, and costs no more memory than any
// other client.
func TestSlowPage(t *testing.T) {
	srv := office(t, nil)
	b := open(t, srv)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ; n++ {
			if b.ws.Write(t.Context(), websocket.MessageText, fmt.Appendf(nil, `{"invokeID":%d,"GetSwitchingFunctionCaps":{}}`, n%9000)) != nil {
				return
			}
		}
	}()
	other := open(t, srv)
	for open := true; open; {
		other.send(`{"invokeID":1,"SystemStatus":{"systemStatus":"normal"}}`)
		other.expect("SystemStatusResponse", 1)
		for _, s := range srv.Stats().Sessions {
			require.LessOrEqual(t, s.Queued, 4<<20)
		}
		select {
		case <-ended:
			open = false
		case <-time.After(10 * time.Millisecond):
		}
	}
	require.Eventually(t, func() bool { return srv.Stats().SlowClients == 1 }, patience, time.Millisecond, "it is not the page that went")
}

// turnedAway is the status that a connection is refused with before it has said anything;
// Go's client hears that only if it asks first.
func turnedAway(t *testing.T, srv *server.Server) int {
	t.Helper()
	conn, err := net.Dial("tcp", srv.WebAddr().String())
	require.NoError(t, err)
	defer conn.Close()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer response.Body.Close()
	return response.StatusCode
}

// Clients that the server has no place for, or that are on no list, are told so in HTTP.
func TestLimitsOfConnections(t *testing.T) {
	srv := office(t, func(o *server.Options) { o.MaxConnections = 1 })
	open(t, srv)
	assert.Equal(t, http.StatusServiceUnavailable, turnedAway(t, srv))
	assert.Equal(t, uint64(1), srv.Stats().RefusedTotal)

	srv = office(t, func(o *server.Options) { o.Allow = func(netip.Addr) bool { return false } })
	assert.Equal(t, http.StatusForbidden, turnedAway(t, srv))
	assert.Equal(t, uint64(1), srv.Stats().RefusedByList)
}

// A page logs in as every client does, and waits as long for the answer to a wrong guess.
func TestLogin(t *testing.T) {
	set, _, err := applications.Parse([]applications.Entry{
		{Application: "board", Name: "secret", Value: "hunter2 is long"}, {Application: "board", Name: "devices", Value: "1000"},
	}, false)
	require.NoError(t, err)
	srv := office(t, func(o *server.Options) { o.Applications = set })
	b := open(t, srv)
	login := func(invoke int, password string) {
		b.send(fmt.Sprintf(`{"invokeID":%d,"StartApplicationSession":{"applicationInfo":{"applicationID":"page","applicationSpecificInfo":{"SessionLoginInfo":{"userName":"board","password":%q}}},
			"requestedProtocolVersions":{"protocolVersion":["http://www.ecma-international.org/standards/ecma-323/csta/ed6"]},"requestedSessionDuration":60}}`, invoke, password))
	}
	const call = `{"invokeID":2,"MakeCall":{"callingDevice":"1000","calledDirectoryNumber":"1001","autoOriginate":"doNotPrompt"}}`
	b.send(call)
	assert.Equal(t, map[string]any{"operation": "securityViolation"}, b.expect("CSTAErrorCode", 2))
	begun := time.Now()
	login(3, "hunter1 is long")
	refused := b.expect("StartApplicationSessionNegResponse", 3)
	assert.Equal(t, map[string]any{"definedError": "invalidApplicationInfo"}, refused["errorCode"])
	assert.GreaterOrEqual(t, time.Since(begun), time.Second)
	login(4, "hunter2 is long")
	b.expect("StartApplicationSessionPosResponse", 4)
	b.send(call)
	b.expect("MakeCallResponse", 2)
	stats := srv.Stats()
	assert.Equal(t, uint64(1), stats.LoginsWrong)
	assert.Equal(t, "board", stats.Sessions[0].Application)
}

func TestHeartbeat(t *testing.T) {
	srv := office(t, func(o *server.Options) { o.SystemStatusTimer = 200 * time.Millisecond })
	b := open(t, srv)
	for range 4 {
		name, content, invoke := b.next()
		require.Equal(t, "SystemStatus", name)
		require.Equal(t, "normal", content["systemStatus"])
		b.send(fmt.Sprintf(`{"invokeID":%d,"SystemStatusResponse":{}}`, invoke))
	}
	for {
		if _, _, err := b.ws.Read(long(t)); err != nil {
			break
		}
	}
	require.Eventually(t, func() bool { return srv.Stats().MuteClients == 1 }, patience, time.Millisecond)
}

// raw is a connection to the port.
func raw(t *testing.T, srv *server.Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", srv.WebAddr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return conn
}

const upgrade = "GET " + web.Path + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

func handshake(t *testing.T, conn net.Conn) {
	t.Helper()
	_, err := conn.Write([]byte(upgrade))
	require.NoError(t, err)
	answer := make([]byte, 0, 512)
	for !bytes.HasSuffix(answer, []byte("\r\n\r\n")) {
		one := make([]byte, 1)
		_, err := conn.Read(one)
		require.NoError(t, err)
		answer = append(answer, one...)
	}
	require.Contains(t, string(answer), "101 Switching Protocols")
}

// Strangers get an answer or none, and keep no place.
func TestStrangers(t *testing.T) {
	srv := office(t, nil)
	for request, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n":                                           "HTTP/1.1 200 OK",
		"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n":                           "HTTP/1.1 307",
		"GET /etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n":                                 "HTTP/1.1 404",
		"GET /page/csta.js HTTP/1.1\r\nHost: x\r\n\r\n":                               "HTTP/1.1 404",
		"POST /csta HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc":              "HTTP/1.1 426",
		"GET /csta HTTP/1.1\r\nHost: x\r\n\r\n":                                       "HTTP/1.1 426",
		"GET /csta HTTP/1.0\r\n\r\n":                                                  "HTTP/1.0 426",
		"GET / HTTP/1.1\r\n\r\n":                                                      "HTTP/1.1 400",
		"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 20<<10) + "\r\n\r\n": "HTTP/1.1 431",
		"\x00\x00\x00\x2a0001<?xml version=\"1.0\"?><SystemStatus/>\r\n\r\n":          "HTTP/1.1 400",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n":                        "HTTP/1.1 400",
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + upgrade:                                 "HTTP/1.1 200 OK",
		strings.Replace(upgrade, "Version: 13", "Version: 8", 1):                      "HTTP/1.1 400",
	} {
		conn := raw(t, srv)
		_, _ = conn.Write([]byte(request))
		answer, _ := io.ReadAll(conn)
		assert.True(t, strings.HasPrefix(string(answer), want), "%.80q: %.80q", request, answer)
		assert.NotContains(t, string(answer), "101 Switching", request)
		assert.NotContains(t, string(answer), "root:")
	}
	begun := time.Now()
	silent := raw(t, srv)
	_, err := silent.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n"))
	require.NoError(t, err)
	_, _ = io.ReadAll(silent)
	assert.Less(t, time.Since(begun), 8*time.Second, "who does not say what it wants has to go")
	require.Empty(t, srv.Stats().Sessions)
	// What breaks the rules of WebSocket ends it.
	for _, frame := range []string{
		"\x81\x05hello",                                 // not masked
		"\x83\x80\x00\x00\x00\x00",                      // an opcode that there is not
		"\x80\x80\x00\x00\x00\x00",                      // goes on with nothing
		"\x09\x80\x00\x00\x00\x00",                      // a ping in pieces
		"\x89\xfe\x01\x00\x00\x00\x00\x00",              // a long ping
		"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff0000",  // longer than there are numbers
		"\x81\xff\x00\x00\x00\x7f\xff\xff\xff\xff00001", // longer than memory
	} {
		conn := raw(t, srv)
		handshake(t, conn)
		_, _ = conn.Write([]byte(frame))
		if frame[1] == '\xff' {
			_, _ = conn.Write(bytes.Repeat([]byte("0"), 100_000))
		}
		_, _ = io.Copy(io.Discard, conn)
	}
	require.Eventually(t, func() bool { return len(srv.Stats().Sessions) == 0 }, patience, time.Millisecond)
	assert.Zero(t, srv.Stats().Panics)
}

// The page is served with what keeps others' scripts out of it; without ws-page there is none.
func TestPage(t *testing.T) {
	srv := office(t, nil)
	get := func(path string) (*http.Response, string) {
		response, err := http.Get("http://" + srv.WebAddr().String() + path)
		require.NoError(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response, string(text)
	}
	response, text := get("/")
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Contains(t, text, "<title>")
	assert.Contains(t, response.Header.Get("Content-Security-Policy"), "default-src 'none'")
	assert.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
	opts := server.Options{Web: web.New(web.Options{}), MinimumDumpInterval: -1}
	srv.Update(opts)
	response, text = get("/")
	assert.Equal(t, http.StatusNotFound, response.StatusCode)
	assert.Contains(t, text, "/csta")
}

// Telephones are moved only for a page that is one of ours.
func TestHand(t *testing.T) {
	var moved []string
	srv := office(t, func(o *server.Options) {
		o.Web = web.New(web.Options{Origins: []string{home}, Page: true, Watch: []string{"029500"}, Hand: func(telephone, command, argument string) error {
			if command == "dance" {
				return errors.New("it cannot <dance>")
			}
			moved = append(moved, telephone+" "+command+" "+argument)
			return nil
		}})
	})
	url := "http://" + srv.WebAddr().String()
	ask := func(origin, body string) (int, string) {
		request, err := http.NewRequestWithContext(long(t), http.MethodPost, url+"/hand", strings.NewReader(body))
		require.NoError(t, err)
		if origin != "" {
			request.Header.Set("Origin", origin)
		}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		assert.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
		return response.StatusCode, string(text)
	}
	const dial = `{"telephone":"1000","command":"dial","argument":"1001"}`
	for _, origin := range []string{"", "null", "https://evil.example", url} {
		status, _ := ask(origin, dial)
		assert.Equal(t, http.StatusForbidden, status, origin)
	}
	for _, body := range []string{"", "1000", `{"telephone":1}`, `{"telephone":"` + strings.Repeat("1", 2000) + `"}`} {
		status, _ := ask(home, body)
		assert.Equal(t, http.StatusBadRequest, status, body)
	}
	status, text := ask(home, `{"telephone":"1000","command":"dance"}`)
	assert.Equal(t, http.StatusConflict, status)
	assert.Equal(t, "it cannot <dance>\n", text)
	assert.Empty(t, moved)
	status, _ = ask(home, dial)
	assert.Equal(t, http.StatusNoContent, status)
	assert.Equal(t, []string{"1000 dial 1001"}, moved)
	response, err := http.Get(url + "/about.json")
	require.NoError(t, err)
	defer response.Body.Close()
	about, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.JSONEq(t, `{"watch":["029500"],"hand":true}`, string(about))
	// Where there is nobody to move telephones, nobody does.
	srv = office(t, nil)
	url = "http://" + srv.WebAddr().String()
	status, _ = ask(home, dial)
	assert.Equal(t, http.StatusMethodNotAllowed, status)
}

// Who stands in the door does not keep the server from stopping, and pages are told.
func TestStop(t *testing.T) {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	sw := sim.New(sim.DefaultOptions())
	e := engine.New(engine.Options{}, sw, log)
	sw.Attach(e)
	e.Start()
	srv := server.New(e, server.Options{WebListen: loopback, MinimumDumpInterval: -1, Web: web.New(web.Options{Origins: []string{home}})}, log)
	require.NoError(t, srv.Start())
	assert.Nil(t, srv.Addr())
	b := open(t, srv)
	b.send(`{"invokeID":1,"SystemStatus":{"systemStatus":"normal"}}`)
	b.expect("SystemStatusResponse", 1)
	_, err := raw(t, srv).Write([]byte("GET / HT"))
	require.NoError(t, err)
	time.Sleep(50 * time.Millisecond)
	stopped := make(chan error)
	go func() { stopped <- srv.Stop(long(t)) }()
	status, _ := b.closed()
	assert.Equal(t, websocket.StatusGoingAway, status)
	require.NoError(t, <-stopped)
	sw.Stop()
	require.NoError(t, e.Stop(long(t)))
}

// The page's port speaks TLS by the certificate of the other.
func TestOverTLS(t *testing.T) {
	certificate, pool := selfSigned(t)
	srv := office(t, func(o *server.Options) {
		o.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	})
	b, _, err := dial(t, srv, func(o *websocket.DialOptions) {
		o.HTTPClient = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	})
	require.NoError(t, err)
	b.send(`{"invokeID":1,"SystemStatus":{"systemStatus":"normal"}}`)
	b.expect("SystemStatusResponse", 1)
	assert.Equal(t, "WebSocket TLS 1.3", srv.Stats().Sessions[0].Security)
	conn := raw(t, srv)
	_, err = conn.Write([]byte(upgrade))
	require.NoError(t, err)
	line, _ := bufio.NewReader(conn).ReadString('\n')
	assert.NotContains(t, line, "101")
	assert.Equal(t, uint64(1), srv.Stats().Handshakes)
	require.NoError(t, b.ws.Close(websocket.StatusNormalClosure, ""))
}

// FuzzConnection: whatever comes behind the handshake leaves the server as it was.
func FuzzConnection(f *testing.F) {
	text := func(s string) []byte { return append([]byte{0x81, 0x80 | byte(len(s)), 0, 0, 0, 0}, s...) }
	f.Add(text(`{"invokeID":1,"SystemStatus":{"systemStatus":"normal"}}`))
	f.Add(append([]byte{0x89, 0x80, 0, 0, 0, 0, 0x01, 0x83, 0, 0, 0, 0}, "{\"a"...))
	f.Add([]byte{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8})
	f.Fuzz(func(t *testing.T, stream []byte) {
		e := web.New(web.Options{})
		here, there := net.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer here.Close()
			conn, err := e.Open(context.Background(), here)
			if err != nil || conn == nil {
				return
			}
			r := wire.NewReader(conn)
			for {
				f, err := r.Next()
				if err != nil {
					return
				}
				if _, _, err := ecma.Decode(f.Body); err != nil && f.Body == nil {
					t.Error("a frame without a document")
				}
			}
		}()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		_, _ = there.Write([]byte(upgrade))
		_, _ = there.Write(stream)
		_ = there.Close()
		<-done
	})
}
