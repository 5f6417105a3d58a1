package console

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/server"
)

type fakeEngine struct {
	status engine.Status
	err    error
}

func (f fakeEngine) Status(context.Context) (engine.Status, error) { return f.status, f.err }

type fakeServer server.Stats

func (f fakeServer) Stats() server.Stats { return server.Stats(f) }

func example() *Console {
	return &Console{
		Version: "1.2.3",
		Engine: fakeEngine{status: engine.Status{
			Monitors: []engine.MonitorStatus{
				{CrossRefID: "10", Device: "1001", Session: "2 10.0.0.7:5555"},
				{CrossRefID: "9", Device: "029500", Session: "1 127.0.0.1:51234"},
			},
			Devices: []engine.DeviceStatus{
				{Device: "alice", Service: "unknown", Monitors: 0, Connections: 1},
				{Device: "1001", Service: "out", Monitors: 1},
				{Device: "1000", Service: "in", Monitors: 12, Connections: 2},
			},
			Calls: []engine.CallStatus{
				{CallID: "bbb", Calling: "1000", Called: "1001", Connections: []engine.ConnectionStatus{
					{Device: "1000", State: "connected", Leg: "bbb"}, {Device: "1001", State: "alerting", Leg: "ccc"}}},
				{CallID: "aaa", Called: "evil\x1b[2J"},
			},
			Counters: engine.Counters{SwitchEvents: 1, CSTAEvents: 2, Requests: 3, Errors: 4, Repairs: 5, Resyncs: 6, AuditFindings: 7, Panics: 8},
		}},
		Server: fakeServer{
			Listen: "127.0.0.1:3000", Status: ecma.StatusNormal, Accepted: 11, Refused: 12, SlowClients: 13, MuteClients: 14, BadFrames: 15, Panics: 1,
			Sessions: []server.SessionStats{
				{ID: 1, Label: "1 127.0.0.1:51234", Since: time.Now().Add(-90 * time.Second), Edition: ecma.Edition4, Requests: 3, Events: 200, BytesIn: 300, BytesOut: 99999},
				{ID: 2, Label: "2 10.0.0.7:5555", Since: time.Now(), Outstanding: 1, Queued: 17},
			},
		},
	}
}

func TestCommands(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"status", `
version           1.2.3
listen            127.0.0.1:3000
system status     normal
sessions          2
monitors          2
devices           3
calls             2
clients accepted  11
clients refused   12
clients too slow  13
clients mute      14
bad frames        15
requests          3
negative answers  4
CSTA events       2
switch events     1
repairs           5
resyncs           6
audit findings    7
panics            9
`},
		{"sessions", `
id  peer             up     edition  requests  open  events  in   out    queued
1   127.0.0.1:51234  1m30s  ed4      3         0     200     300  99999  0
2   10.0.0.7:5555    0s     -        0         1     0       0    0      17
2 sessions
`},
		{"monitors", `
xref  object  session
9     029500  1 127.0.0.1:51234
10    1001    2 10.0.0.7:5555
2 monitors
`},
		{"devices", `
device  service  monitors  connections
1000    in       12        2
1001    out      1         0
alice   unknown  0         1
3 devices
`},
		{"calls", `
call  calling  called    device  state      leg
aaa   -        evil?[2J  -       -          -
bbb   1000     1001      1000    connected  bbb
                         1001    alerting   ccc
2 calls
`},
		{"version", "\nmod_csta_socket 1.2.3\n"},
		{" VERSION ", "\nmod_csta_socket 1.2.3\n"},
		{"", `
csta status    state of the module, and its counters
csta sessions  connected clients
csta monitors  active monitors
csta devices   devices that are monitored or in calls
csta calls     calls and their connections
csta version   version of the module
csta help      this list
`},
		{"restart", "\n-ERR usage: csta status|sessions|monitors|devices|calls|version|help\n"},
		{"calls all", "\n-ERR usage: csta status|sessions|monitors|devices|calls|version|help\n"},
	} {
		t.Run(c.line, func(t *testing.T) {
			assert.Equal(t, strings.TrimPrefix(c.want, "\n"), example().Run(context.Background(), c.line))
		})
	}
}

func TestNothingToShow(t *testing.T) {
	c := &Console{Version: "1", Engine: fakeEngine{}, Server: fakeServer{}}
	for line, want := range map[string]string{
		"sessions": "0 sessions\n", "monitors": "0 monitors\n", "devices": "0 devices\n", "calls": "0 calls\n",
	} {
		assert.Equal(t, want, c.Run(context.Background(), line))
	}
	assert.Contains(t, c.Run(context.Background(), "status"), "listen            not listening\n")
}

func TestUpTime(t *testing.T) {
	c := example()
	c.Started = time.Now().Add(-time.Hour)
	assert.Contains(t, c.Run(context.Background(), "status"), "up                1h0m0s\n")
}

func TestEngineDoesNotAnswer(t *testing.T) {
	c := &Console{Engine: fakeEngine{err: errors.New("stopped")}, Server: fakeServer{}}
	for _, line := range []string{"status", "monitors", "devices", "calls"} {
		assert.Equal(t, "-ERR the engine does not answer: stopped\n", c.Run(context.Background(), line))
	}
}

func TestCompletions(t *testing.T) {
	assert.Equal(t, []string{"status", "sessions", "monitors", "devices", "calls", "version", "help"}, Completions())
	for _, word := range Completions() {
		assert.NotContains(t, example().Run(context.Background(), word), "-ERR")
	}
}
