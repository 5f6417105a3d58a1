// Package observe_test checks what is here for other programs to look at the module with:
// Wireshark's dissector, Prometheus' rules, Grafana's dashboard.
package observe_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/metrics"
	"mod_csta_socket/csta/wire"
)

// installed is a program's path; without it the test is skipped.
func installed(t *testing.T, program, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed (Debian: %s)", program, pkg)
	}
	return path
}

// capture is a TCP conversation as a file of tcpdump (pcap, raw IP packets).
type capture struct {
	bytes.Buffer
	seen [2]uint32 // how much each side has sent
}

func newCapture() *capture {
	c := &capture{}
	for _, field := range []any{uint32(0xa1b2c3d4), uint16(2), uint16(4), int32(0), uint32(0), uint32(65535), uint32(101)} {
		_ = binary.Write(c, binary.LittleEndian, field)
	}
	return c
}

// send adds a segment with text; from 0 is the client, 1 the server.
func (c *capture) send(from int, text []byte) {
	ends := [2]netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:40000"), netip.MustParseAddrPort("192.0.2.2:3000")}
	source, target := ends[from], ends[1-from]
	var p bytes.Buffer
	total := 40 + len(text)
	p.Write([]byte{0x45, 0, byte(total >> 8), byte(total), 0, 0, 0, 0, 64, 6, 0, 0})
	p.Write(source.Addr().AsSlice())
	p.Write(target.Addr().AsSlice())
	for _, field := range []any{source.Port(), target.Port(), 1000 + c.seen[from], 1000 + c.seen[1-from], uint16(0x5018), uint16(65535), uint32(0)} {
		_ = binary.Write(&p, binary.BigEndian, field)
	}
	p.Write(text)
	c.seen[from] += uint32(len(text))
	for _, field := range []uint32{1, 0, uint32(total), uint32(total)} {
		_ = binary.Write(c, binary.LittleEndian, field)
	}
	c.Write(p.Bytes())
}

func frame(t *testing.T, invoke uint16, document string) []byte {
	t.Helper()
	f, err := wire.Append(nil, invoke, []byte(document))
	require.NoError(t, err)
	return f
}

func TestDissector(t *testing.T) {
	tshark := installed(t, "tshark", "tshark")
	const ns = ` xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed4"`
	c := newCapture()
	c.send(0, frame(t, 7, `<?xml version="1.0"?><MonitorStart`+ns+`><monitorObject><deviceObject>1000</deviceObject></monitorObject></MonitorStart>`)) // 1
	c.send(1, frame(t, 7, `<c:MonitorStartResponse xmlns:c="urn:other"><c:monitorCrossRefID>42</c:monitorCrossRefID></c:MonitorStartResponse>`))       // 2
	// Two frames in one segment, the second one cut.
	event := frame(t, wire.EventInvoke, `<DeliveredEvent`+ns+`><monitorCrossRefID>42</monitorCrossRefID><connection><callID>abc</callID></connection></DeliveredEvent>`)
	c.send(0, frame(t, 8, `<AnswerCall`+ns+`/>`)) // 3
	refusal := frame(t, 8, `<CSTAErrorCode`+ns+`><operation>invalidCallID</operation></CSTAErrorCode>`)
	c.send(1, append(slices.Clone(refusal), event[:20]...)) // 4
	c.send(1, event[20:])                                   // 5
	c.send(1, frame(t, 0, ""))                              // 6
	c.send(0, []byte("GET / HTTP/1.0\r\n\r\n"))             // 7
	file := filepath.Join(t.TempDir(), "csta.pcap")
	require.NoError(t, os.WriteFile(file, c.Bytes(), 0o600))

	script := "lua_script:" + filepath.Join("wireshark", "csta.lua")
	fields := func(passes []string, names ...string) []string {
		args := append([]string{"-X", script, "-r", file, "-T", "fields", "-E", "separator=|", "-E", "occurrence=a"}, passes...)
		for _, name := range names {
			args = append(args, "-e", name)
		}
		cmd := exec.Command(tshark, args...)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		require.NotContains(t, errs.String(), "Lua", "an error of the dissector")
		if os.Geteuid() == 0 && strings.Contains(errs.String(), "fields aren't valid") {
			t.Skip("this tshark runs no scripts for root")
		}
		require.NoError(t, err, errs.String())
		// Booleans are 0 and 1, or False and True in later versions.
		text := strings.NewReplacer("|True|", "|1|", "|False|", "|0|").Replace(string(out))
		return strings.Split(strings.TrimSpace(text), "\n")
	}
	const ed4 = "http://www.ecma-international.org/standards/ecma-323/csta/ed4"
	got := fields(nil, "frame.number", "_ws.col.Protocol", "csta.invoke", "csta.message", "csta.edition", "csta.event", "csta.monitor", "csta.call",
		"csta.error", "csta.request", "_ws.expert.message")
	require.Len(t, got, 7)
	assert.Equal(t, []string{
		"1|CSTA|0007|MonitorStart|" + ed4 + "|0|||||",
		"2|CSTA|0007|MonitorStartResponse|urn:other|0|42|||1|",
		"3|CSTA|0008|AnswerCall|" + ed4 + "|0|||||",
		"4|CSTA|0008|CSTAErrorCode|" + ed4 + "|0|||operation: invalidCallID|3|operation: invalidCallID",
		"5|CSTA|9999|DeliveredEvent|" + ed4 + "|1|42|abc|||",
		"6|CSTA|0000||||||||",
	}, got[:6])
	assert.Contains(t, got[6], "the header is not that of Annex J.2")
	// Where the answer is, is known when the packets are read a second time.
	answers := fields([]string{"-2"}, "frame.number", "csta.answer", "_ws.col.Info")
	assert.Regexp(t, `^1\|2\|`, answers[0])
	assert.Regexp(t, `^3\|4\|`, answers[2])
	assert.Contains(t, answers[3], "0008 CSTAErrorCode invalidCallID")
}

var metricName = regexp.MustCompile(`\bcsta_[a-z_]+\b`)

// unknown are the metrics of an expression that the module does not have.
func unknown(expression string) []string {
	known := map[string]bool{}
	for _, m := range metrics.All() {
		known[m.Name] = true
		if m.Kind == metrics.Durations {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				known[m.Name+suffix] = true
			}
		}
	}
	var missing []string
	for _, name := range metricName.FindAllString(expression, -1) {
		if !known[name] {
			missing = append(missing, name)
		}
	}
	return missing
}

// The rules are those that docs/operations.md explains, and no others.
func TestRules(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("prometheus", "csta.rules.yml"))
	require.NoError(t, err)
	var expressions []string
	for _, found := range regexp.MustCompile(`(?m)^ +(?:- )?expr: (.+)$`).FindAllStringSubmatch(string(text), -1) {
		expressions = append(expressions, found[1])
		assert.Empty(t, unknown(found[1]), found[1])
	}
	operations, err := os.ReadFile(filepath.Join("..", "docs", "operations.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(operations), "Worth an alert")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n## ")
	var explained []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(table, -1) {
		explained = append(explained, row[1])
	}
	assert.Equal(t, explained, expressions)

	promtool := installed(t, "promtool", "prometheus")
	said, err := exec.Command(promtool, "check", "rules", filepath.Join("prometheus", "csta.rules.yml")).CombinedOutput()
	require.NoError(t, err, "%s", said)
	said, err = exec.Command(promtool, "test", "rules", filepath.Join("prometheus", "csta.rules.test.yml")).CombinedOutput()
	require.NoError(t, err, "%s", said)
}

func TestDashboard(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("grafana", "csta.json"))
	require.NoError(t, err)
	var dashboard struct {
		Title, UID    string
		SchemaVersion int
		Panels        []struct {
			ID         int
			Title      string
			Datasource struct{ UID string }
			GridPos    struct{ X, Y, W, H int }
			Targets    []struct{ Expr, RefID string }
		}
	}
	require.NoError(t, json.Unmarshal(text, &dashboard))
	assert.NotEmpty(t, dashboard.UID)
	ids := map[int]bool{}
	shown := ""
	for _, p := range dashboard.Panels {
		assert.False(t, ids[p.ID], "two panels %d", p.ID)
		ids[p.ID] = true
		assert.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			assert.Empty(t, unknown(target.Expr), p.Title)
			shown += target.Expr + "\n"
		}
	}
	for _, metric := range []string{"csta_calls", "csta_sessions", "csta_monitors", "csta_answers_total", "csta_events_sent_total", "csta_event_delay_seconds_bucket"} {
		assert.Contains(t, shown, metric)
	}
	// promtool knows PromQL: the dashboard's expressions as rules.
	promtool := installed(t, "promtool", "prometheus")
	var rules strings.Builder
	rules.WriteString("groups:\n- name: dashboard\n  rules:\n")
	for i, expr := range strings.Split(strings.TrimSpace(strings.ReplaceAll(shown, "$__rate_interval", "5m")), "\n") {
		quoted, err := json.Marshal(expr)
		require.NoError(t, err)
		rules.WriteString("  - record: panel:" + strings.Repeat("x", i+1) + "\n    expr: " + string(quoted) + "\n")
	}
	file := filepath.Join(t.TempDir(), "dashboard.yml")
	require.NoError(t, os.WriteFile(file, []byte(rules.String()), 0o600))
	said, err := exec.Command(promtool, "check", "rules", file).CombinedOutput()
	require.NoError(t, err, "%s", said)
}
