package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/measure"
	"mod_csta_socket/csta/server"
)

type fakeEngine struct {
	measures engine.Measures
	err      error
}

func (f *fakeEngine) Measures(context.Context) (engine.Measures, error) { return f.measures, f.err }

type fakeServer server.Stats

func (f fakeServer) Stats() server.Stats { return server.Stats(f) }

func example() (*Source, *fakeEngine) {
	e := &fakeEngine{measures: engine.Measures{
		Counters: engine.Counters{SwitchEvents: 7, EventsLost: 2, Panics: 1},
		Sent:     map[string]uint64{"delivered": 3, "established": 2},
		Services: measure.Outcomes{"MakeCall": {OK: 5, Failed: map[string]uint64{"operation": 1}}},
		Monitors: 4, Traced: []string{"1000"},
		Quick: engine.Workers{Limit: 32, Running: 1},
	}}
	e.measures.Event.Observe(3 * time.Microsecond)
	e.measures.Event.Observe(time.Hour)
	s := fakeServer{
		RefusedByList: 2, SlowClients: 1, RequestsDelayed: 6,
		Services: measure.Outcomes{"MakeCall": {Failed: map[string]uint64{"operation": 1}}, "SystemStatus": {OK: 9}},
		Sessions: []server.SessionStats{{Queued: 10, Outstanding: 1, Traced: true}, {Queued: 30, Outstanding: 2}},
	}
	return &Source{
		Engine: e, Server: s, Version: `1.0 "a\b"`, Started: time.Now().Add(-time.Hour),
		Ring: func() Ring { return Ring{Handled: 11, Lost: 1, Panics: 1} },
	}, e
}

func TestExposition(t *testing.T) {
	s, _ := example()
	text := string(s.Exposition(context.Background()))
	for _, line := range []string{
		"# HELP csta_sessions Connected clients", "# TYPE csta_sessions gauge", "csta_sessions 2",
		`csta_info{version="1.0 \"a\\b\""} 1`, "csta_engine_up 1", "csta_monitors 4", "csta_traces 2",
		`csta_connections_refused_total{reason="list"} 2`, `csta_connections_refused_total{reason="tls"} 0`,
		`csta_clients_disconnected_total{reason="slow"} 1`,
		`csta_answers_total{service="MakeCall",result="ok"} 5`, `csta_answers_total{service="MakeCall",result="failed"} 2`,
		`csta_answers_total{service="SystemStatus",result="ok"} 9`,
		`csta_failures_total{service="MakeCall",category="operation"} 2`,
		`csta_events_sent_total{event="delivered"} 3`, "csta_requests_open 3", "csta_requests_delayed_total 6",
		"csta_session_queue_bytes 40", "csta_session_queue_longest_bytes 30",
		"# TYPE csta_engine_input_seconds histogram",
		`csta_engine_input_seconds_bucket{input="event",le="2e-06"} 0`,
		`csta_engine_input_seconds_bucket{input="event",le="4e-06"} 1`,
		`csta_engine_input_seconds_bucket{input="event",le="16.777216"} 1`,
		`csta_engine_input_seconds_bucket{input="event",le="+Inf"} 2`,
		`csta_engine_input_seconds_sum{input="event"} 3600.000003`,
		`csta_engine_input_seconds_count{input="event"} 2`,
		`csta_event_delay_seconds_bucket{le="+Inf"} 0`, "csta_event_delay_seconds_sum 0",
		"csta_switch_events_lost_total 2", "csta_panics_total 2", "csta_ring_events_total 11",
		`csta_switch_operations_limit{pool="quick"} 32`,
	} {
		assert.Contains(t, text, line+"\n")
	}
	check(t, text)
}

var (
	sampleLine = regexp.MustCompile(`^([a-z_]+)(\{[a-z_]+="(?:[^"\\]|\\["\\n])*"(?:,[a-z_]+="(?:[^"\\]|\\["\\n])*")*\})? (\S+)$`)
	suffix     = regexp.MustCompile(`_(bucket|sum|count)$`)
)

// check reads the text as the format wants it: every sample behind the HELP and
// TYPE of its own metric, none twice, histograms rising to their count.
func check(t *testing.T, text string) {
	t.Helper()
	kinds := map[string]Kind{}
	for _, m := range All() {
		kinds[m.Name] = m.Kind
	}
	current, seen := "", map[string]bool{}
	last := map[string]float64{}
	require.True(t, strings.HasSuffix(text, "\n"))
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			current, _, _ = strings.Cut(rest, " ")
			require.False(t, seen["# "+current], "%s twice", current)
			seen["# "+current] = true
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			require.Equal(t, current+" "+string(kinds[current]), rest)
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		require.NotNil(t, m, line)
		name := m[1]
		if kinds[current] == Durations {
			name = suffix.ReplaceAllString(name, "")
		}
		require.Equal(t, current, name, line)
		require.False(t, seen[m[1]+m[2]], "%s twice", line)
		seen[m[1]+m[2]] = true
		v, err := strconv.ParseFloat(m[3], 64)
		require.NoError(t, err, line)
		if kinds[current] == Durations && strings.HasSuffix(m[1], "_bucket") {
			series := m[1] + regexp.MustCompile(`,?le="[^"]*"`).ReplaceAllString(m[2], "")
			require.GreaterOrEqual(t, v, last[series], line)
			last[series] = v
		}
	}
}

func TestEngineDoesNotAnswer(t *testing.T) {
	s, e := example()
	e.err = errors.New("stopped")
	s.Ring = nil
	text := string(s.Exposition(context.Background()))
	check(t, text)
	assert.Contains(t, text, "csta_engine_up 0\n")
	assert.Contains(t, text, "csta_sessions 2\n")
	assert.NotContains(t, text, "csta_monitors")
	assert.NotContains(t, text, "csta_ring")
}

func TestRows(t *testing.T) {
	s, _ := example()
	rows := map[string]string{}
	for _, r := range s.Rows(context.Background()) {
		rows[r.Name] = r.Value
	}
	assert.Equal(t, "2, mean 30m0s, p50 <= 4µs, p99 <= 33.554s", rows[`csta_engine_input_seconds{input="event"}`])
	assert.Equal(t, "none", rows["csta_event_delay_seconds"])
	assert.Equal(t, "2", rows["csta_sessions"])
	assert.Equal(t, "3600", rows["csta_up_seconds"])
}

func TestRegistry(t *testing.T) {
	name := regexp.MustCompile(`^csta_[a-z_]+$`)
	seen := map[string]bool{}
	for _, m := range All() {
		assert.Regexp(t, name, m.Name)
		assert.False(t, seen[m.Name], m.Name)
		seen[m.Name] = true
		assert.NotEmpty(t, m.Help, m.Name)
		assert.False(t, strings.HasSuffix(m.Help, "."), m.Name)
		assert.NotContains(t, m.Help+strings.Join(m.Labels, ""), "|", "goes into a table: "+m.Name)
		assert.Equal(t, m.Kind == Counter, strings.HasSuffix(m.Name, "_total"), m.Name)
		assert.Equal(t, m.Kind == Durations, strings.HasSuffix(m.Name, "_seconds") && m.Name != "csta_up_seconds", m.Name)
	}
}

// The table of metrics in the documentation is this package's.
func TestDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	assert.True(t, strings.Contains(string(text), Markdown()), "docs/operations.md lacks this table, as it is:\n%s", Markdown())
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func get(t *testing.T, url string) (int, string, http.Header) {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := client.Get(url)
	require.NoError(t, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return r.StatusCode, string(text), r.Header
}

var anyPort = netip.MustParseAddrPort("127.0.0.1:0")

func TestEndpoint(t *testing.T) {
	s, _ := example()
	e := NewEndpoint(s, discard())
	defer e.Stop()
	require.NoError(t, e.Listen(netip.AddrPort{}))
	assert.Nil(t, e.Addr())
	require.NoError(t, e.Listen(anyPort))
	base := "http://" + e.Addr().String()
	code, text, header := get(t, base+"/metrics")
	assert.Equal(t, http.StatusOK, code)
	assert.Equal(t, "text/plain; version=0.0.4; charset=utf-8", header.Get("Content-Type"))
	check(t, text)
	for _, path := range []string{"/", "/metrics/", "/debug/pprof/"} {
		code, _, _ = get(t, base+path)
		assert.Equal(t, http.StatusNotFound, code, path)
	}
	r, err := http.Post(base+"/metrics", "text/plain", strings.NewReader("x"))
	require.NoError(t, err)
	r.Body.Close()
	assert.Equal(t, http.StatusMethodNotAllowed, r.StatusCode)

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	assert.ErrorContains(t, e.Listen(taken.Addr().(*net.TCPAddr).AddrPort()), "address already in use")
	code, _, _ = get(t, base+"/metrics")
	assert.Equal(t, http.StatusOK, code, "the old one goes on")
	require.NoError(t, e.Listen(anyPort))
	_, err = net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	assert.Error(t, err, "it moved")
	e.Stop()
	e.Stop()
	assert.Nil(t, e.Addr())
}

func TestEndpointIsBounded(t *testing.T) {
	s, _ := example()
	e := NewEndpoint(s, discard())
	defer e.Stop()
	require.NoError(t, e.Listen(anyPort))
	var conns []net.Conn
	for range maxScrapers + 4 {
		c, err := net.Dial("tcp", e.Addr().String())
		require.NoError(t, err)
		defer c.Close()
		conns = append(conns, c)
	}
	last := conns[len(conns)-1]
	require.NoError(t, last.SetReadDeadline(time.Now().Add(10*time.Second)))
	_, err := last.Read(make([]byte, 1))
	require.Error(t, err)
	var timeout net.Error
	assert.False(t, errors.As(err, &timeout) && timeout.Timeout(), "closed at once")
	for _, c := range conns {
		c.Close()
	}
	require.Eventually(t, func() bool {
		r, err := http.Get(fmt.Sprintf("http://%s/metrics", e.Addr()))
		if err != nil {
			return false
		}
		r.Body.Close()
		return r.StatusCode == http.StatusOK
	}, 10*time.Second, 10*time.Millisecond, "places come back")
}
