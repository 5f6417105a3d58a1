package console

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	kept "mod_csta_socket/csta/features"
	"mod_csta_socket/csta/measure"
	"mod_csta_socket/csta/metrics"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/switching"
)

type fakeEngine struct {
	status   engine.Status
	measures engine.Measures
	err      error
	features map[string]switching.Features
}

func (f *fakeEngine) Features(_ context.Context, name string) (string, switching.Features, error) {
	now, known := f.features[name]
	switch {
	case f.err != nil:
		return "", now, context.Canceled
	case !known:
		return "", now, engine.ErrUnknownSubscriber
	}
	return name, now, nil
}

func (f *fakeEngine) SetFeature(ctx context.Context, name string, change switching.FeatureChange) (string, switching.Features, error) {
	_, was, err := f.Features(ctx, name)
	if err != nil {
		return "", was, err
	}
	now, err := kept.Apply(name, was, change)
	if err == nil {
		f.features[name] = now
	}
	return name, now, err
}

func (f *fakeEngine) Status(context.Context) (engine.Status, error) { return f.status, f.err }

func (f *fakeEngine) Measures(context.Context) (engine.Measures, error) { return f.measures, f.err }

func (f *fakeEngine) Trace(_ context.Context, device string, on bool) (bool, error) {
	if on == slices.Contains(f.measures.Traced, device) {
		return false, f.err
	}
	f.measures.Traced = slices.DeleteFunc(f.measures.Traced, func(d string) bool { return d == device })
	if on {
		f.measures.Traced = append(f.measures.Traced, device)
	}
	return true, f.err
}

func (f *fakeEngine) Record(_ context.Context, on bool) (bool, error) {
	changed := f.measures.Recorder.On != on
	f.measures.Recorder.On = on
	return changed, f.err
}

func (f *fakeEngine) Dump(context.Context) (string, error) {
	if !f.measures.Recorder.On {
		return "", engine.ErrNotRecording
	}
	f.measures.Recorder.Written++
	f.measures.Recorder.Last = "/var/log/r.jsonl"
	return f.measures.Recorder.Last, f.err
}

type fakeServer server.Stats

func (f *fakeServer) Stats() server.Stats { return server.Stats(*f) }

func (f *fakeServer) Trace(session string, on bool) (string, bool) {
	for i := range f.Sessions {
		s := &f.Sessions[i]
		if id, _, _ := strings.Cut(s.Label, " "); id == session {
			changed := s.Traced != on
			s.Traced = on
			return s.Label, changed
		}
	}
	return "", false
}

func example() *Console {
	return &Console{
		Version: "1.2.3",
		Engine: &fakeEngine{measures: engine.Measures{
			Counters: engine.Counters{SwitchEvents: 1, CSTAEvents: 2, Repairs: 5, Resyncs: 6, AuditFindings: 7, Panics: 8, EventsLost: 9},
			Monitors: 2, Devices: 3, Calls: 2, Inbox: 4, InboxDeepest: 44,
			Services: measure.Outcomes{"MakeCall": {OK: 7, Failed: map[string]uint64{"operation": 4}}},
			Quick:    engine.Workers{Running: 1, Waiting: 2}, Slow: engine.Workers{Running: 3},
		}, status: engine.Status{
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
					{Device: "1000", State: "connected", Leg: "bbb"}, {Device: "1001", State: "alerting", Leg: "ccc"}},
					UnderWay: []engine.Doing{{Device: "1001", What: "Answer Call", State: "asked", WaitsFor: "the phone answers, or does not"}}},
				{CallID: "aaa", Called: "evil\x1b[2J"},
			},
		}},
		Metrics: func(context.Context) []metrics.Row {
			return []metrics.Row{{Name: "csta_x", Value: "1"}, {Name: "csta_yy", Value: "2"}}
		},
		Reload: func(context.Context) []string { return []string{"+OK changed", "changed: x"} },
		Server: &fakeServer{
			Listen: "127.0.0.1:3000", Status: ecma.StatusNormal, Accepted: 11, Refused: 12, SlowClients: 13, MuteClients: 14, IdleClients: 16, NobodyClients: 20, BadFrames: 15, LoginsRight: 17, LoginsWrong: 18, LoginsLimited: 19, RequestsDelayed: 21, Panics: 1, Requests: 3,
			Services: measure.Outcomes{"SystemStatus": {OK: 1}},
			Sessions: []server.SessionStats{
				{ID: 1, Label: "1 127.0.0.1:51234", Since: time.Now().Add(-90 * time.Second), Edition: ecma.Edition4, Security: "TLS 1.3 dialer", Application: "dialer", By: "certificate", Requests: 3, Events: 200, BytesIn: 300, BytesOut: 99999},
				{ID: 2, Label: "2 10.0.0.7:5555", Since: time.Now(), Outstanding: 1, Queued: 17},
			},
		},
	}
}

// Under a head a long list goes on below, so that no other line is longer for it.
func TestLongLists(t *testing.T) {
	devices := strings.TrimSuffix(strings.Repeat("1000-1019,", 12), ",")
	text := table([]string{"application", "devices", "calls"}, [][]string{{"dialler", devices, "30"}, {"wallboard", "*", ""}})
	assert.Equal(t, `application  devices                                   calls
dialler      1000-1019,1000-1019,1000-1019,1000-1019,  30
             1000-1019,1000-1019,1000-1019,1000-1019,
             1000-1019,1000-1019,1000-1019,1000-1019
wallboard    *                                         -
`, text)
	whole := strings.Repeat("x", 90)
	assert.Equal(t, "a\n"+whole+"\n", table([]string{"a"}, [][]string{{whole}}), "what is no list stays whole")
	assert.Equal(t, "a\n"+whole+",\ny\n", table([]string{"a"}, [][]string{{whole + ",y"}}))
}

func TestCommands(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"status", `
version             1.2.3
listen              127.0.0.1:3000
system status       normal
sessions            2
sessions waiting    0, 0 bytes kept; 0 came back, 0 refused, 0 expired, 0 lost events
monitors            2
devices             3
calls               2
traced              nothing
clients accepted    11
clients refused     12
clients too slow    13
clients mute        14
clients idle        16
clients unknown     20
bad frames          15
logins              17, 18 wrong, 19 refused unseen
requests            3
requests delayed    21
positive answers    8
negative answers    4
CSTA events         2
event delay         none
waiting to be read  17 bytes, 17 of one client
switch events       1
events lost         9
engine, per event   none
engine inbox        4, deepest 44
switch operations   4 running, 2 waiting
repairs             5
resyncs             6
audit findings      7
panics              9
`},
		{"sessions", `
id  peer             up     security        application           edition  requests  open  events  in   out    queued  state
1   127.0.0.1:51234  1m30s  TLS 1.3 dialer  dialer (certificate)  ed4      3         0     200     300  99999  0       bare
2   10.0.0.7:5555    0s     -               -                     -        0         1     0       0    0      17      bare
2 sessions
`},
		{"applications", `
0 applications
whoever reaches the port may watch and steer every device
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

call  device  under way    state  waits for
bbb   1001    Answer Call  asked  the phone answers, or does not
`},
		{"version", "\nmod_csta_socket 1.2.3\n"},
		{" VERSION ", "\nmod_csta_socket 1.2.3\n"},
		{"", `
csta status [<device>]                                                          state of the module and its counters, or a device's features and how its phones are driven
csta sessions                                                                   connected clients
csta applications                                                               who may use the module, and what each may do
csta monitors                                                                   active monitors
csta devices                                                                    devices that are monitored or in calls
csta calls                                                                      calls, their connections, and what they wait for
csta dnd <device> [on|off]                                                      do not disturb of a subscriber
csta forward <device> [off | immediate|busy|noanswer off|<number> [<seconds>]]  forwarding of a subscriber
csta metrics                                                                    everything that is counted and measured
csta trace [on <device>|session:<id> | off <device>|session:<id>|all]           log the frames of a device or a session; without arguments, list them
csta record [on|off|dump]                                                       the recorder of what happened last; without arguments, what it has
csta reload                                                                     bring the configuration into effect under open sessions
csta version                                                                    version of the module
csta help                                                                       this list
`},
		{"metrics", "\ncsta_x   1\ncsta_yy  2\n"},
		{"reload", "\n+OK changed\nchanged: x\n"},
		{"restart", "\n-ERR usage: csta status|sessions|applications|monitors|devices|calls|dnd|forward|metrics|trace|record|reload|version|help\n"},
		{"calls all", "\n-ERR usage: csta calls\n"},
	} {
		t.Run(c.line, func(t *testing.T) {
			assert.Equal(t, strings.TrimPrefix(c.want, "\n"), example().Run(context.Background(), c.line))
		})
	}
}

func TestNothingToShow(t *testing.T) {
	c := &Console{Version: "1", Engine: &fakeEngine{}, Server: &fakeServer{}}
	assert.Contains(t, c.Run(context.Background(), "reload"), "-ERR")
	assert.Contains(t, c.Run(context.Background(), "metrics"), "-ERR")
	for line, want := range map[string]string{
		"sessions": "0 sessions\n", "monitors": "0 monitors\n", "devices": "0 devices\n", "calls": "0 calls\n",
	} {
		assert.Equal(t, want, c.Run(context.Background(), line))
	}
	assert.Contains(t, c.Run(context.Background(), "status"), "listen              not listening\n")
}

func TestUpTime(t *testing.T) {
	c := example()
	c.Started = time.Now().Add(-time.Hour)
	assert.Contains(t, c.Run(context.Background(), "status"), "up                  1h0m0s\n")
}

func TestEngineDoesNotAnswer(t *testing.T) {
	c := &Console{Engine: &fakeEngine{err: errors.New("stopped")}, Server: &fakeServer{}}
	for _, line := range []string{"status", "monitors", "devices", "calls", "trace", "trace off all", "record", "record on"} {
		assert.Equal(t, "-ERR the engine does not answer: stopped\n", c.Run(context.Background(), line))
	}
}

func TestRecord(t *testing.T) {
	c := example()
	for _, step := range []struct{ line, want string }{
		{"record", "nothing is recorded\n"},
		{"record dump", "-ERR nothing is recorded\n"},
		{"record off", "+OK nothing was recorded\n"},
		{"record on", "+OK what happens from now on is recorded\n"},
		{"record on", "+OK it is recorded already\n"},
		{"record dump", "+OK /var/log/r.jsonl (cstactl replay plays it)\n"},
		{"record", "recorded since 0001-01-01 00:00:00: 0 KiB of at most 0 KiB; written 1 times, last to /var/log/r.jsonl\n"},
		{"record off", "+OK nothing is recorded any more, and what was is forgotten\n"},
		{"record on 1000", "-ERR usage: csta record [on|off|dump]\n"},
		{"record all", "-ERR usage: csta record [on|off|dump]\n"},
	} {
		assert.Equal(t, step.want, c.Run(context.Background(), step.line), step.line)
	}
}

func TestTrace(t *testing.T) {
	c := example()
	for _, step := range []struct{ line, want string }{
		{"trace", "traced: nothing\n"},
		{"trace on 1000", "+OK the frames of 1000 are in the log, level INFO, until csta trace off\n"},
		{"trace on 1000", "+OK 1000 was traced already\n"},
		{"trace on session:2", "+OK the frames of session:2 are in the log, level INFO, until csta trace off\n"},
		{"trace on session:99", "-ERR there is no session 99 (csta sessions lists them)\n"},
		{"trace", "traced: 1000 session:2\n"},
		{"trace off 1001", "+OK 1001 was not traced\n"},
		{"trace off 1000", "+OK 1000 is not traced any more\n"},
		{"trace on 029500", "+OK the frames of 029500 are in the log, level INFO, until csta trace off\n"},
		{"trace on queue:9500", "+OK 029500 was traced already\n"},
		{"trace on trunk:20@one.example", "+OK the frames of 0120@one.example are in the log, level INFO, until csta trace off\n"},
		{"trace off trunk:20@one.example", "+OK 0120@one.example is not traced any more\n"},
		{"trace off all", "+OK 2 traces ended\n"},
		{"trace", "traced: nothing\n"},
		{"trace on", "-ERR usage: csta trace " + traceSyntax + "\n"},
		{"trace on all", "-ERR usage: csta trace " + traceSyntax + "\n"},
		{"trace 1000", "-ERR usage: csta trace " + traceSyntax + "\n"},
		{"trace on 1000 1001", "-ERR usage: csta trace " + traceSyntax + "\n"},
	} {
		assert.Equal(t, step.want, c.Run(context.Background(), step.line), step.line)
	}
	require.NotEmpty(t, c.Run(context.Background(), "trace on 1000"))
	assert.Contains(t, c.Run(context.Background(), "status"), "traced              1000\n")
}

func TestCompletions(t *testing.T) {
	assert.Equal(t, []string{"status", "sessions", "applications", "monitors", "devices", "calls", "dnd", "forward", "metrics", "trace", "record", "reload", "version", "help"}, Completions())
	for _, word := range Completions() {
		answer := example().Run(context.Background(), word)
		if word == "dnd" || word == "forward" {
			// These need to know whose.
			assert.Contains(t, answer, "-ERR usage: csta "+word)
			continue
		}
		assert.NotContains(t, answer, "-ERR")
	}
}

// Nothing that csta applications shows is a secret.
func TestApplications(t *testing.T) {
	entry := func(application, name, value string) applications.Entry {
		return applications.Entry{Application: application, Name: name, Value: value}
	}
	set, _, err := applications.Parse([]applications.Entry{
		entry("crm", "secret", "s3cret"), entry("crm", "devices", "1000-1019,queue:1"), entry("crm", "dial", "0*"), entry("crm", "max-calls", "3"),
		entry("board", "network", "192.0.2.0/28"), entry("board", "tls-client", "a,b"), entry("board", "rights", "monitor"),
	}, true)
	require.NoError(t, err)
	srv := &fakeServer{Applications: set.All(), Directory: true, Sessions: []server.SessionStats{
		{Application: "crm", By: "login"}, {Application: "crm", By: "login"}, {Application: "1000", By: "directory"},
	}}
	c := &Console{Engine: &fakeEngine{}, Server: srv}
	require.Equal(t, strings.TrimPrefix(`
application  sessions  known by          rights                    devices            dial  monitors  calls  calls/s
crm          2         secret            monitor,control,features  1000-1019,queue:1  0*    -         3      -
board        0         a,b,192.0.2.0/28  monitor                   -                  -     -         -      -
1000         1         directory         -                         -                  -     -         -      -
3 applications
users of the directory may log in as well
`, "\n"), c.Run(context.Background(), "applications"))
}
