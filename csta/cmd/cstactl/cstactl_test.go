package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/conformance/printed"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/sim"
)

// screen is an output that can be read while it grows.
type screen struct{ printed.Text }

// await waits until the screen shows something.
func (s *screen) await(t *testing.T, what string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(s.String(), what) },
		10*time.Second, 2*time.Millisecond, "%q is not shown in:\n%s", what, s)
}

// desk is a running simulated switch and the flags that lead to it.
type desk struct {
	t               *testing.T
	site            *site
	server, control string
}

func newDesk(t *testing.T) *desk {
	o := siteOptions{
		server:  server.Options{Listen: netip.MustParseAddrPort("127.0.0.1:0"), MinimumDumpInterval: -1},
		engine:  engine.Options{DefaultDomain: "csta.test"},
		sim:     sim.DefaultOptions(),
		control: "127.0.0.1:0",
	}
	s, err := startSite(o, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.stop()) })
	return &desk{t, s, s.server.Addr().String(), s.control.addr()}
}

type outcome struct {
	code     int
	out, err string
}

// run executes cstactl with the server's address added.
func (d *desk) run(args ...string) outcome {
	return d.runWith("", args...)
}

func (d *desk) runWith(input string, args ...string) outcome {
	var out, err bytes.Buffer
	code := run(d.t.Context(), append(args, "--server", d.server), streams{strings.NewReader(input), &out, &err})
	return outcome{code, out.String(), err.String()}
}

func (d *desk) phone(args ...string) outcome { return d.atControl("phone", args...) }

func (d *desk) atControl(command string, args ...string) outcome {
	var out, err bytes.Buffer
	args = append([]string{command, "--control", d.control}, args...)
	code := run(d.t.Context(), args, streams{strings.NewReader(""), &out, &err})
	return outcome{code, out.String(), err.String()}
}

// watch runs a command in the background; end interrupts it and gives its exit
// code.
func (d *desk) watch(args ...string) (out, err *screen, end func() int) {
	out, err = &screen{}, &screen{}
	ctx, cancel := context.WithCancel(d.t.Context())
	done := make(chan int, 1)
	go func() { done <- run(ctx, append(args, "--server", d.server), streams{strings.NewReader(""), out, err}) }()
	return out, err, func() int {
		cancel()
		select {
		case code := <-done:
			return code
		case <-time.After(10 * time.Second):
			require.Fail(d.t, "the command does not end")
			return -1
		}
	}
}

var variable = regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{3}|[0-9a-f]{8}(-[0-9a-f-]{27})?`)

// steady replaces times and call IDs.
func steady(text string) string {
	return variable.ReplaceAllStringFunc(text, func(s string) string {
		if strings.Contains(s, ":") {
			return "TIME"
		}
		return "CALL"
	})
}

func TestCallFromBeginningToEnd(t *testing.T) {
	d := newDesk(t)
	out, errs, end := d.watch("monitor", "1001")
	errs.await(t, "on 1001")

	made := d.run("call", "--auto", "1000", "1001")
	require.Equal(t, outcome{code: 0, out: made.out}, made)
	assert.Regexp(t, `^[0-9a-f-]{36}\n$`, made.out)
	call := strings.TrimSpace(made.out)
	out.await(t, "Delivered")

	shown := d.run("snapshot", "1001")
	assert.Equal(t, exitOK, shown.code, shown.err)
	assert.Contains(t, shown.out, call+"  alerting connected")
	assert.Contains(t, d.run("snapshot", "--call", call[:8], "1001").out, "device 1001  alerting")
	assert.Contains(t, d.run("snapshot", "--call", call).out, "calling      1000")

	assert.Equal(t, outcome{}, d.run("answer", "1001"))
	out.await(t, "Established")
	assert.Equal(t, outcome{}, d.run("hangup", call[:8], "1000"))
	out.await(t, "null")

	assert.Equal(t, exitOK, end(), errs)
	lines := strings.Split(strings.TrimSpace(steady(out.String())), "\n")
	require.Len(t, lines, 4)
	assert.Equal(t, "TIME 1001 Delivered         alerting  connection=CALL/1001 alerting=1001 calling=1000 called=1001 cause=newCall", lines[0])
	assert.Regexp(t, `^TIME 1001 Established +connected `, lines[1])
	assert.Regexp(t, `^TIME 1001 ConnectionCleared connected .*CALL/1000 releasing=1000 cause=normalClearing`, lines[2])
	assert.Regexp(t, `^TIME 1001 ConnectionCleared null `, lines[3])

	status, err := d.site.engine.Status(t.Context())
	require.NoError(t, err)
	assert.Empty(t, status.Monitors, "Ctrl-C stops the monitors")
	assert.Equal(t, "1001 has no calls\n", d.run("snapshot", "1001").out)
}

func TestMonitorFormats(t *testing.T) {
	d := newDesk(t)
	asXML, _, endXML := d.watch("monitor", "--xml", "1001")
	asJSON, _, endJSON := d.watch("monitor", "--json", "1001")
	require.Eventually(t, func() bool {
		s, err := d.site.engine.Status(t.Context())
		return err == nil && len(s.Monitors) == 2
	}, 10*time.Second, time.Millisecond)

	assert.Equal(t, exitOK, d.phone("1000", "dial", "1001").code)
	asXML.await(t, "</DeliveredEvent>")
	asJSON.await(t, "\n")
	assert.Equal(t, exitOK, endXML())
	assert.Equal(t, exitOK, endJSON())

	var got struct {
		Time                   time.Time
		Monitor, Device, Event string
		Contents               map[string]any
	}
	line, _, _ := strings.Cut(asJSON.String(), "\n")
	require.NoError(t, json.Unmarshal([]byte(line), &got))
	assert.Equal(t, "DeliveredEvent", got.Event)
	assert.Equal(t, "1001", got.Device)
	assert.Equal(t, "1000", got.Contents["callingDevice"])
	assert.Equal(t, "alerting", got.Contents["localConnectionInfo"])
	assert.Equal(t, "1001", got.Contents["connection"].(map[string]any)["deviceID"])
}

func TestMonitorEnds(t *testing.T) {
	d := newDesk(t)
	got := d.run("monitor", "1000", "--for", "300ms")
	assert.Equal(t, exitOK, got.code, got.err)
	got = d.run("monitor", "--xml", "--json", "1000")
	assert.Equal(t, exitFailed, got.code)

	_, errs, end := d.watch("monitor", "1000")
	errs.await(t, "on 1000")
	require.NoError(t, d.site.server.Stop(t.Context()))
	errs.await(t, "cstactl: ")
	assert.Equal(t, exitFailed, end())
}

func TestRefusals(t *testing.T) {
	d := newDesk(t)
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"call", "1000", "1001,1002"}, exitRefused, "MakeCall: the server refused: csta error operation invalidCalledDeviceID"},
		{[]string{"answer", "no-such-call", "1001"}, exitRefused, "AnswerCall: the server refused: csta error operation invalid"},
		{[]string{"snapshot", "--call", "no-such-call"}, exitRefused, "SnapshotCall: the server refused: csta error operation invalid"},
		{[]string{"answer", "1001"}, exitFailed, "AnswerCall: 1001 has no call"},
		{[]string{"hangup", "1001"}, exitFailed, "ClearConnection: 1001 has no call"},
		{[]string{"hangup", "queue:"}, exitFailed, "has no name"},
		{[]string{"hangup", ""}, exitFailed, "empty device"},
		{[]string{"snapshot"}, exitFailed, "a DEVICE or --call is needed"},
		{[]string{"call", "1000"}, exitFailed, "2 arguments are needed, there are 1"},
		{[]string{"monitor"}, exitFailed, "arguments are missing"},
		{[]string{"nonsense"}, exitFailed, "unknown command"},
		{[]string{"status", "--nonsense"}, exitFailed, "unknown flag"},
		{[]string{"raw", filepath.Join(t.TempDir(), "none.xml")}, exitFailed, "no such file"},
		{[]string{"phone", "1000"}, exitFailed, "what should the phone do?"},
	} {
		got := d.run(tt.args...)
		assert.Equal(t, tt.code, got.code, "%v: %s", tt.args, got.err)
		assert.Contains(t, got.err, tt.says, "%v", tt.args)
		assert.Empty(t, got.out, "%v", tt.args)
	}
}

// A server with applications wants to know who we are.
func TestLogIn(t *testing.T) {
	d := newDesk(t)
	set, _, err := applications.Parse([]applications.Entry{
		{Application: "crm", Name: "secret", Value: "right"}, {Application: "crm", Name: "devices", Value: "1000"},
	}, false)
	require.NoError(t, err)
	d.site.server.Update(server.Options{Applications: set})
	assert.Contains(t, d.run("snapshot", "1000").err, "securityViolation")
	assert.Zero(t, d.run("snapshot", "1000", "--user", "crm", "--password", "right").code)
	t.Setenv(userVariable, "crm")
	t.Setenv(passwordVariable, "right")
	assert.Zero(t, d.run("snapshot", "1000").code)
	assert.Contains(t, d.run("snapshot", "1001").err, "invalidDeviceID")
	refused := d.run("snapshot", "1000", "--password", "wrong")
	assert.NotZero(t, refused.code)
	assert.Contains(t, refused.err, "as crm: login refused: invalidApplicationInfo")
}

func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	free := l.Addr().String()
	require.NoError(t, l.Close())
	d := &desk{t: t, server: free, control: free}
	for _, args := range [][]string{{"status"}, {"monitor", "1000"}, {"call", "1000", "1001"}, {"raw", "-"}} {
		got := d.runWith("<RequestSystemStatus/>", args...)
		assert.Equal(t, exitFailed, got.code)
		assert.Contains(t, got.err, "no CSTA server at "+free)
	}
	assert.Contains(t, d.phone().err, "no simulated switch at "+free)
}

// A server that accepts, but never answers.
func TestNoAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	d := &desk{t: t, server: l.Addr().String()}
	got := d.run("status", "--timeout", "50ms")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.err, "did not answer in time")
}

func TestSeveralCalls(t *testing.T) {
	d := newDesk(t)
	for _, caller := range []string{"1000", "1002"} {
		require.Equal(t, exitOK, d.phone(caller, "dial", "1001").code)
	}
	require.Eventually(t, func() bool {
		return strings.Count(d.run("snapshot", "1001").out, "alerting") == 2
	}, 10*time.Second, 5*time.Millisecond)
	got := d.run("answer", "1001")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.err, "1001 has several calls, name one: ")
	d.site.sw.Phone("1002").HangUpAll()
	require.Eventually(t, func() bool { return d.run("answer", "1001").code == exitOK }, 10*time.Second, 5*time.Millisecond)
	got = d.run("answer", "1001")
	assert.Contains(t, got.err, "1001 has no call in a state for that: ")
}

func TestStatus(t *testing.T) {
	d := newDesk(t)
	got := d.run("status")
	require.Equal(t, exitOK, got.code, got.err)
	assert.Contains(t, got.out, "status    normal\n")
	assert.Regexp(t, `(?m)^services  .`, got.out)
}

func TestRaw(t *testing.T) {
	d := newDesk(t)
	got := d.runWith("<RequestSystemStatus/>", "raw", "-")
	assert.Equal(t, exitOK, got.code, got.err)
	assert.Contains(t, got.out, "<systemStatus>normal</systemStatus>")

	file := filepath.Join(t.TempDir(), "monitor.xml")
	doc := `<MonitorStart xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed5"><monitorObject><deviceObject>1001</deviceObject></monitorObject></MonitorStart>`
	require.NoError(t, os.WriteFile(file, []byte(doc), 0o600))
	out, errs, end := d.watch("raw", file, "--wait", "1m", "-v")
	out.await(t, "monitorCrossRefID")
	require.Equal(t, exitOK, d.phone("1000", "dial", "1001").code)
	out.await(t, "DeliveredEvent")
	assert.Equal(t, exitOK, end())
	assert.Contains(t, out.String(), "csta/ed5")
	assert.Regexp(t, `(?m)^\d\d:\d\d:\d\d\.\d\d\d > \d{4} <MonitorStart`, errs.String())
	assert.Regexp(t, `(?m)^\d\d:\d\d:\d\d\.\d\d\d < 9999 `, errs.String())

	got = d.runWith("<MakeCoffee/>", "raw", "-")
	assert.Equal(t, exitRefused, got.code)
	assert.Contains(t, got.out, "CSTAErrorCode")
	assert.Contains(t, got.err, "the server refused: csta error operation")
	assert.Contains(t, d.runWith("", "raw", "-").err, "is empty")
	assert.Contains(t, d.runWith(strings.Repeat(" ", 65536), "raw", "-").err, "longer than a frame")
	assert.Equal(t, exitOK, d.runWith("<RequestSystemStatus/>", "raw", "-", "--wait", "5ms").code)
}

func TestPhone(t *testing.T) {
	d := newDesk(t)
	assert.Regexp(t, `(?m)^1019 +registered +silent +0 calls$`, d.phone().out)

	made := d.phone("1000", "dial", "1001")
	require.Equal(t, exitOK, made.code, made.err)
	assert.Regexp(t, `^[0-9a-f-]{36}\n$`, made.out)
	steps := [][]string{
		{"1001", "ring"}, {"1001", "answer"}, {"1001", "hold"}, {"1001", "retrieve"}, {"1001", "digits", "12#"},
		{"1001", "transfer", "1002"}, {"1002", "reject", "USER_BUSY"}, {"1002", "answer:1s,hangup:5s"},
		{"1003", "busy"}, {"1004", "unregister"}, {"1004", "register"}, {"1005", "script", "away"},
		{"net:5550", "silent"}, {"net:5550", "dial", "193190"}, {"net:5550", "hangup"},
		{"1000", "dial", "20777"}, {"net:777", "early"}, {"net:777", "answer"}, {"1000", "dial", "1001"},
		{"1001", "answer"}, {"1000", "attended"},
	}
	for _, s := range steps {
		got := d.phone(s...)
		assert.Equal(t, exitOK, got.code, "%v: %s", s, got.err)
	}
	list := d.phone().out
	assert.Regexp(t, `(?m)^1002 +registered +answer:1s,hangup:5s +0 calls$`, list)
	assert.Regexp(t, `(?m)^1005 +away `, list)

	for _, tt := range []struct {
		says string
		args []string
	}{
		{"there is no phone 4711", []string{"4711", "answer"}},
		{"no such call", []string{"1009", "answer"}},
		{"needs a number", []string{"1009", "dial"}},
		{"needs digits", []string{"1009", "digits"}},
		{"no digit", []string{"1001", "digits", "x"}},
		{"takes nothing", []string{"1009", "answer", "now"}},
		{"neither an action nor a script", []string{"1009", "dance"}},
		{"is no number", []string{"net:a;b", "answer"}},
		{"does not fit", []string{"1009", "dial", "1\nphone 1000 dial 1001"}},
		{"does not fit", []string{"1009", "dial", strings.Repeat("1", maxControlLine)}},
	} {
		got := d.phone(tt.args...)
		assert.Equal(t, exitFailed, got.code, "%v", tt.args)
		assert.Contains(t, got.err, tt.says, "%v", tt.args)
	}
}

func TestConsole(t *testing.T) {
	d := newDesk(t)
	require.Equal(t, exitOK, d.phone("1000", "dial", "1001").code)
	got := d.atControl("console", "status")
	assert.Equal(t, exitOK, got.code, got.err)
	assert.Regexp(t, `(?m)^listen +`+regexp.QuoteMeta(d.server)+`$`, got.out)
	assert.Contains(t, d.atControl("console", "calls").out, "1001")
	assert.Contains(t, d.atControl("console").out, "csta calls")
	got = d.atControl("console", "nonsense")
	assert.Equal(t, exitFailed, got.code)
	assert.Contains(t, got.err, "usage: csta")
}

func TestControlPort(t *testing.T) {
	d := newDesk(t)
	assert.Equal(t, "ERR empty command\n", d.site.control.answer(" "))
	assert.Contains(t, d.site.control.answer("nonsense"), "ERR unknown command")
	assert.Contains(t, d.site.control.answer("phone 1000"), "ERR phone NUMBER COMMAND expected")
	assert.Regexp(t, `(?s)^ .*calls.*\nOK\n$`, d.site.control.answer("csta status"))
	assert.Regexp(t, `^ERR `, d.site.control.answer("csta nonsense"))

	conns := make([]net.Conn, maxControls+1)
	for i := range conns {
		c, err := net.Dial("tcp", d.control)
		require.NoError(t, err)
		defer c.Close()
		conns[i] = c
	}
	last := conns[maxControls]
	require.NoError(t, last.SetDeadline(time.Now().Add(10*time.Second)))
	_, err := last.Read(make([]byte, 1))
	assert.Error(t, err, "one connection too many is closed")
}

func TestSimCommand(t *testing.T) {
	conf := filepath.Join(t.TempDir(), "csta_socket.conf.xml")
	require.NoError(t, os.WriteFile(conf, []byte(`<configuration name="csta_socket.conf"><settings>
		<param name="system-status-timer" value="30"/>
		<param name="apply-inbound-acl" value="csta"/>
		<param name="nonsense" value="1"/>
	</settings></configuration>`), 0o600))
	out, errs := &screen{}, &screen{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{
			"sim", "--config", conf, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--phone", "1001=answer:50ms", "-v",
		}, streams{strings.NewReader(""), out, errs})
	}()
	out.await(t, "Ctrl-C ends.")
	address := regexp.MustCompile(`connect to  (\S+)`).FindStringSubmatch(out.String())[1]
	assert.Contains(t, out.String(), "1001       but: answer:50ms")
	assert.Contains(t, errs.String(), "nonsense")
	assert.Contains(t, errs.String(), "apply-inbound-acl needs a switch")
	assert.Contains(t, errs.String(), "level=NOTICE")
	d := &desk{t: t, server: address}
	assert.Contains(t, d.run("status").out, "status    normal")
	cancel()
	assert.Equal(t, exitOK, <-done)
}

// The page is where the start says, and moves the phones of this switch.
func TestSimServesThePage(t *testing.T) {
	out, errs := &screen{}, &screen{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"sim", "--listen", "127.0.0.1:0", "--page", "127.0.0.1:0", "--control", "", "--origins", "http://LOCALHOST:8000"}, streams{strings.NewReader(""), out, errs})
	}()
	out.await(t, "Ctrl-C ends.")
	url := regexp.MustCompile(`Page for a browser +(\S+)/`).FindStringSubmatch(out.String())[1]
	port := url[strings.LastIndex(url, ":"):]
	response, err := http.Get(url + "/")
	require.NoError(t, err)
	page, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Contains(t, string(page), "<title>CSTA</title>")
	move := func(origin, command string) (status int, text string) {
		request, err := http.NewRequest(http.MethodPost, url+"/hand", strings.NewReader(`{"telephone":"1018","command":"`+command+`"}`))
		require.NoError(t, err)
		request.Header.Set("Origin", origin)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, string(answer)
	}
	for _, origin := range []string{url, "http://localhost" + port, "http://localhost:8000"} {
		for _, command := range []string{"silent", "free", "unregister", "register"} {
			status, text := move(origin, command)
			assert.Equal(t, http.StatusNoContent, status, text)
		}
	}
	// A page that is loaded anew shows them as they are.
	told := func() (here struct{ Engaged, Unplugged []string }) {
		response, err := http.Get(url + "/about.json")
		require.NoError(t, err)
		defer response.Body.Close()
		require.NoError(t, json.NewDecoder(response.Body).Decode(&here))
		return here
	}
	move(url, "unregister")
	assert.Equal(t, []string{"1018", "1019"}, told().Unplugged)
	move(url, "busy")
	assert.Equal(t, []string{"1018"}, told().Engaged)
	move(url, "free")
	assert.Empty(t, told().Engaged, "freed by hand, although its script was to be busy")
	status, text := move(url, "answer")
	assert.Equal(t, http.StatusConflict, status)
	assert.Contains(t, text, "no such call")
	status, _ = move("http://evil.example"+port, "busy")
	assert.Equal(t, http.StatusForbidden, status)
	cancel()
	assert.Equal(t, exitOK, <-done)
}

// Where every address is listened on, the page may come by each of this machine's.
func TestOriginsOfThePage(t *testing.T) {
	all := origins(&net.TCPAddr{IP: net.IPv4zero, Port: 3080})
	assert.Subset(t, all, []string{"http://localhost:3080", "http://127.0.0.1:3080"})
	assert.Equal(t, []string{"http://127.0.0.1", "http://localhost"}, origins(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80}))
	assert.Equal(t, []string{"http://[2001:db8::7]:3080"}, origins(&net.TCPAddr{IP: net.ParseIP("2001:db8::7"), Port: 3080}))
}

func TestSimCommandFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	taken := l.Addr().String()
	bad := filepath.Join(t.TempDir(), "bad.xml")
	require.NoError(t, os.WriteFile(bad, []byte(`<configuration name="csta_socket.conf"><settings>
		<param name="xml-listen-port" value="many"/></settings></configuration>`), 0o600))
	for says, args := range map[string][]string{
		"address already in use; --listen":     {"--listen", taken},
		"address already in use; --page":       {"--listen", "127.0.0.1:0", "--page", taken},
		"address already in use; --control":    {"--listen", "127.0.0.1:0", "--page", "", "--control", taken},
		"phones can't be controlled":           {"--listen", "127.0.0.1:0", "--page", "", "--control", taken},
		"the configuration says where":         {"--config", bad, "--page", "127.0.0.1:0"},
		"says where the page is":               {"--config", bad, "--origins", "http://localhost:8000"},
		"origins such as":                      {"--listen", "127.0.0.1:0", "--page", "127.0.0.1:0", "--origins", "localhost:8000"},
		"neither an address nor the name":      {"--listen", "here.invalid"},
		"there is no phone 4711":               {"--listen", "127.0.0.1:0", "--page", "", "--phone", "4711=busy"},
		"NUMBER=SCRIPT expected":               {"--phone", "1000"},
		"unknown word":                         {"--phone", "1000=dancing"},
		"no such file":                         {"--config", filepath.Join(t.TempDir(), "none.xml")},
		`xml-listen-port has the value "many"`: {"--config", bad},
	} {
		var out, errs bytes.Buffer
		code := run(t.Context(), append([]string{"sim"}, args...), streams{strings.NewReader(""), &out, &errs})
		assert.Equal(t, exitFailed, code)
		assert.Contains(t, errs.String(), says)
	}
}

func TestHelp(t *testing.T) {
	d := &desk{t: t}
	for _, args := range [][]string{
		{"--help"}, {"sim", "--help"}, {"phone", "--help"}, {"monitor", "--help"}, {"call", "--help"}, {"answer", "--help"},
		{"hangup", "--help"}, {"snapshot", "--help"}, {"status", "--help"}, {"raw", "--help"}, {"console", "--help"}, {"--version"},
	} {
		got := d.run(args...)
		assert.Equal(t, exitOK, got.code)
		assert.NotEmpty(t, got.out)
		assert.Empty(t, got.err)
	}
}

// Clients and phones of a simulated switch do not fill the log either.
func TestSimulationsLogIsBounded(t *testing.T) {
	var err bytes.Buffer
	a := &app{streams: streams{err: &err}}
	log := a.siteLog()
	const lines = 1000
	for range lines {
		log.Warn("a client left", "session", "1 192.0.2.1:1")
	}
	written := strings.Count(err.String(), "a client left")
	assert.Positive(t, written)
	assert.Less(t, written, lines/10)
}
