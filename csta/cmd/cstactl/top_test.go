package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
)

func TestTopInAPipe(t *testing.T) {
	d := newDesk(t)
	require.Equal(t, exitOK, d.phone("1000", "dial", "1001").code)
	require.Equal(t, exitOK, d.phone("1001", "answer").code)
	require.Equal(t, exitOK, d.phone("1002", "dial", "1003").code)
	var got outcome
	require.Eventually(t, func() bool {
		got = d.run("top", "--control", d.control)
		return strings.Contains(got.out, "alerting") && strings.Contains(got.out, "1000    connected")
	}, 10*time.Second, 50*time.Millisecond)
	require.Equal(t, exitOK, got.code, got.err)
	lines := strings.Split(steady(got.out), "\n")
	assert.Regexp(t, `^\d\d:\d\d:\d\d  127\.0\.0\.1:\d+  \w+, 4 of \d\d devices in calls, 2 calls$`, lines[0])
	assert.Regexp(t, `^server: 1 sessions, \d+ monitors, \d+ requests, \d+ refused, \d+ events sent, \d+ of the switch$`, lines[1])
	for _, row := range []string{
		`(?m)^1000 +connected +CALL +1001 +-$`, `(?m)^1001 +connected +CALL +1000 +-$`,
		`(?m)^1003 +alerting +CALL +1002 +-$`, `(?m)^1002 +connected +CALL +1003 alerting +-$`,
		`(?m)^1004 +idle +- +- +-$`, `(?m)^CALL +1000 +1001 +1000, 1001 +-$`,
	} {
		assert.Regexp(t, row, strings.Join(lines, "\n"))
	}

	some := d.run("top", "1004", "queue:9500", "--control", d.control)
	assert.Regexp(t, `(?s)^[^\n]*0 of 2 devices in calls, 0 calls\nserver: .*\n1004 +idle.*queue:9500 +idle`, some.out)
	assert.NotContains(t, some.out, "\x1b")

	wrong := d.run("top", "4711")
	assert.Equal(t, exitFailed, wrong.code)
	assert.Contains(t, wrong.err, "no device can be monitored: 4711: ")
	assert.Equal(t, exitFailed, d.run("top", "--every", "1ms").code)
}

// paper is a display that keeps what was drawn.
type paper struct {
	screen
	width, height int
}

func (p *paper) size() (int, int) { return p.width, p.height }

func TestTopOnATerminal(t *testing.T) {
	d := newDesk(t)
	a := &app{streams: streams{strings.NewReader(""), io.Discard, io.Discard}, server: d.server, timeout: defaultTimeout}
	ctx, end := context.WithCancel(t.Context())
	c, err := a.connect(ctx)
	require.NoError(t, err)
	defer c.Close()
	w := &watching{app: a, client: c, figures: a.figuresFrom(topFlags{control: d.control}), ages: map[string]time.Time{}}
	require.NoError(t, w.begin(ctx, []ecma.DeviceID{ecma.Subscriber("1000"), ecma.Subscriber("1001")}))
	p := &paper{width: 90, height: 10}
	done := make(chan error, 1)
	go func() { done <- w.live(ctx, p, 20*time.Millisecond) }()
	p.await(t, "0 of 2 devices in calls")
	require.Equal(t, exitOK, d.phone("1000", "dial", "1001").code)
	p.await(t, "1001    alerting")
	require.Equal(t, exitOK, d.phone("1001", "answer").code)
	p.await(t, "1001    connected")
	p.await(t, "events/s")
	d.site.sw.Phone("1000").HangUpAll()
	end()
	require.NoError(t, <-done)
	text := p.String()
	assert.True(t, strings.HasPrefix(text, enterScreen) && strings.HasSuffix(text, leaveScreen), "the terminal is as it was")
	assert.Regexp(t, `1001 +alerting +[0-9a-f]{8} +1000 +\ds`, text, "what began under our eyes has an age")
	sequences := regexp.MustCompile(`\x1b\[[?0-9]*[a-zA-Z]`)
	for drawn := range strings.SplitSeq(text, toTheTop) {
		lines := strings.Split(sequences.ReplaceAllString(drawn, ""), "\r\n")
		assert.LessOrEqual(t, len(lines), 10)
		for _, l := range lines {
			assert.LessOrEqual(t, len(l), 90, l)
		}
	}
}

func TestTopNeedsItsServer(t *testing.T) {
	d := newDesk(t)
	metrics := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "# HELP csta_sessions Connected clients\ncsta_sessions 7\ncsta_events_sent_total{event=\"a b\"} 3\ncsta_events_sent_total{event=\"c\"} 4\n")
	}))
	t.Cleanup(metrics.Close)
	assert.Contains(t, d.run("top", "1000", "--metrics", metrics.URL).out, "\nserver: 7 sessions, 0 monitors, 0 requests, 0 refused, 7 events sent, ")
	gone := d.run("top", "1000", "--metrics", "http://127.0.0.1:1/metrics")
	assert.Equal(t, exitFailed, gone.code)
	assert.Contains(t, gone.err, "top: ")
	assert.NotContains(t, d.run("top", "1000").out, "server:", "of a server elsewhere there are no figures")

	t.Setenv(serverVariable, d.server)
	t.Setenv(controlVariable, d.control)
	elsewhere := &desk{t: t}
	assert.Equal(t, exitOK, elsewhere.run("status").code, "an empty --server is none")
	assert.Contains(t, elsewhere.run("top", "1000").out, "server:")
}

func TestPicturesFit(t *testing.T) {
	assert.Equal(t, []string{"ab", "(a"}, fitted([]string{"abc", "d", "e"}, 2, 2))
	assert.Equal(t, []string{"é€", "d"}, fitted([]string{"é€x", "d"}, 2, 2))
	assert.Equal(t, []string{"abc"}, fitted([]string{"abc"}, 0, 0))
	assert.Equal(t, []string{"A    B", "aaa  -"}, columns([][]string{{"A", "B"}, {"aaa", ""}}))
	p := &picture{devices: []deviceRow{{device: "evil\x1b[2J", call: "c"}}}
	assert.NotContains(t, strings.Join(p.lines(), "\n"), "\x1b")
}
