package fsswitch

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/translate"
)

// fakeCalls notes what reaches the bridge.
type fakeCalls struct {
	mu        sync.Mutex
	seen      []string
	originate Originate
	ringing   chan struct{}
	cancelled chan struct{}
	err       error
	cause     string
	variables map[string]string
	lookUp    func(user, domain string) (bool, string, bool)
	list      []byte
	directory []byte
}

func (f *fakeCalls) note(format string, a ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, fmt.Sprintf(format, a...))
	return f.err
}

func (f *fakeCalls) calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.seen...)
}

func (f *fakeCalls) Originate(o Originate) (string, error) {
	f.originate = o
	if f.ringing != nil {
		close(f.ringing)
		<-f.cancelled
		return "ORIGINATOR_CANCEL", switching.ErrNotPossible
	}
	return f.cause, f.note("originate %s", o.Dial)
}

func (f *fakeCalls) Cancel(leg string) error {
	// The first attempt comes too early: the switch does not know it yet.
	n := len(f.calls())
	_ = f.note("cancel %s", leg)
	if n == 0 {
		return switching.ErrNoSuchLeg
	}
	if n == 1 {
		close(f.cancelled)
	}
	return nil
}

func (f *fakeCalls) Answer(leg string) error           { return f.note("answer %s", leg) }
func (f *fakeCalls) AskPhoneToTalk(leg string) error   { return f.note("talk %s", leg) }
func (f *fakeCalls) Route(leg, n, c string) error      { return f.note("route %s %s %s", leg, n, c) }
func (f *fakeCalls) Hold(leg string) error             { return f.note("hold %s", leg) }
func (f *fakeCalls) Unhold(leg string) error           { return f.note("unhold %s", leg) }
func (f *fakeCalls) EndMusic(leg string) error         { return f.note("end music %s", leg) }
func (f *fakeCalls) Music(leg string) error            { return f.note("music %s", leg) }
func (f *fakeCalls) Protect(leg string, on bool) error { return f.note("protect %s %v", leg, on) }
func (f *fakeCalls) HangUp(leg, cause string, forsaken bool) error {
	return f.note("hangup %s %s %v", leg, cause, forsaken)
}
func (f *fakeCalls) Bridge(leg, other string, back bool) error {
	return f.note("bridge %s %s %v", leg, other, back)
}
func (f *fakeCalls) PickUp(leg, caller, ringing string) error {
	return f.note("pick up %s %s %s", leg, caller, ringing)
}
func (f *fakeCalls) Join(leg, room, prof string) error {
	return f.note("join %s %s %s", leg, room, prof)
}
func (f *fakeCalls) StopPlay(leg string) error          { return f.note("stopplay %s", leg) }
func (f *fakeCalls) StopRecord(leg, path string) error  { return f.note("stoprecord %s %s", leg, path) }
func (f *fakeCalls) Global(name string) (string, error) { return f.variables[name], f.err }
func (f *fakeCalls) DirectoryVariable(user, domain, name string) (string, error) {
	return f.variables[user+"@"+domain+" "+name], f.err
}
func (f *fakeCalls) Legs() ([]byte, error)                   { return f.list, f.err }
func (f *fakeCalls) Registrations() ([]byte, error)          { return f.list, f.err }
func (f *fakeCalls) Subscribers(int) ([]byte, error)         { return f.directory, f.note("subscribers") }
func (f *fakeCalls) GetVariable(_, n string) (string, error) { return f.variables[n], f.err }

func (f *fakeCalls) SetFeatures(device, features string) error {
	return f.note("features %s %q", device, features)
}

func (f *fakeCalls) PhoneFeature(profile, user, host, callID string, headers []Variable) error {
	return f.note("feature %s %s@%s %q %v", profile, user, host, callID, headers)
}

func (f *fakeCalls) KeepAfterBridge(leg string, on bool) error {
	return f.note("keep %s %v", leg, on)
}

func (f *fakeCalls) SetVariable(leg, name, value string) error {
	return f.note("set %s %s %q", leg, name, value)
}

func (f *fakeCalls) Play(leg, id, file string, stop bool) error {
	return f.note("play %s %s %s %v", leg, id, file, stop)
}

func (f *fakeCalls) RecordLeg(leg, path string, limit time.Duration) error {
	return f.note("record %s %s %s", leg, path, limit)
}

func (f *fakeCalls) LookUp(user, domain string) (bool, string, bool, error) {
	known, id, registered := f.lookUp(user, domain)
	return known, id, registered, f.err
}

func newSwitch(f *fakeCalls) *Switch {
	domains := translate.Domains{"example.com"}
	return New(f, translate.New(domains, ""), Options{
		Domains: domains, Context: "default", ConferenceProfile: "default",
		Loopback: []Variable{{"ignore_early_media", "true"}},
	}, slog.New(slog.DiscardHandler))
}

const leg = "11111111-2222-3333-4444-555555555555"

func TestSimpleOperations(t *testing.T) {
	tests := []struct {
		op   switching.Operation
		want string
	}{
		{switching.Answer{Leg: leg}, "answer " + leg},
		{switching.Answer{Leg: leg, AskPhone: true}, "talk " + leg},
		{switching.HangUp{Leg: leg, Cause: switching.CauseCallRejected}, "hangup " + leg + " CALL_REJECTED false"},
		{switching.HangUp{Leg: leg, Forsaken: true}, "hangup " + leg + "  true"},
		{switching.Route{Leg: leg, Number: "1005"}, "route " + leg + " 1005 default"},
		{switching.Hold{Leg: leg}, "hold " + leg},
		{switching.Unhold{Leg: leg}, "unhold " + leg},
		{switching.EndMusic{Leg: leg}, "end music " + leg},
		{switching.Bridge{Leg: leg, Other: "o"}, "bridge " + leg + " o false"},
		{switching.Bridge{Leg: leg, Other: "o", Back: true}, "bridge " + leg + " o true"},
		{switching.PickUp{Leg: leg, Caller: "a", Ringing: "b"}, "pick up " + leg + " a b"},
		{switching.Music{Leg: leg}, "music " + leg},
		{switching.Protect{Leg: leg, On: true}, "protect " + leg + " true"},
		{switching.KeepAfterBridge{Leg: leg}, "keep " + leg + " false"},
		{switching.Note{Leg: leg, Text: "call_a-1.held_b"}, "set " + leg + ` csta_note "call_a-1.held_b"`},
		{switching.Note{Leg: leg, Text: "call_a.trunk_20@branch.test"}, "set " + leg + ` csta_note "call_a.trunk_20@branch.test"`},
		{switching.Note{Leg: leg}, "set " + leg + ` csta_note ""`},
		{switching.Join{Leg: leg, Conference: "c-1"}, "join " + leg + " c-1 default"},
		{switching.StopPlay{Leg: leg}, "stopplay " + leg},
		{switching.StopRecord{Leg: leg, File: "/r/x.wav"}, "stoprecord " + leg + " /r/x.wav"},
		{switching.Play{Leg: leg, ID: "7", Files: []string{"a.wav", "b/c.wav"}, StopOnDigit: true},
			"play " + leg + " csta-play-7 a.wav true|play " + leg + " csta-play-7 b/c.wav true"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%T", tt.op), func(t *testing.T) {
			f := &fakeCalls{}
			_, err := newSwitch(f).Perform(context.Background(), tt.op)
			require.NoError(t, err)
			assert.Equal(t, tt.want, strings.Join(f.calls(), "|"))

			f = &fakeCalls{err: switching.ErrNoSuchLeg}
			_, err = newSwitch(f).Perform(context.Background(), tt.op)
			assert.ErrorIs(t, err, switching.ErrNoSuchLeg)
		})
	}
}

func TestFindInGroup(t *testing.T) {
	f := &fakeCalls{variables: map[string]string{
		"1000@example.com callgroup":         "sales",
		"1001@example.com callgroup":         "service",
		"1002@example.com call_group":        "service, sales",
		"1000@branch.example.net call_group": "sales",
	}}
	tests := []struct {
		op   switching.FindInGroup
		want switching.DeviceStatus
	}{
		{switching.FindInGroup{Device: "1000", Among: []string{"1003", "1001", "1002"}}, switching.DeviceStatus{Known: true, Device: "1002"}},
		{switching.FindInGroup{Device: "1002", Among: []string{"1001", "1000"}}, switching.DeviceStatus{Known: true, Device: "1001"}},
		{switching.FindInGroup{Device: "1000@branch.example.net", Among: []string{"1000"}}, switching.DeviceStatus{Known: true, Device: "1000"}},
		{switching.FindInGroup{Device: "1000", Among: []string{"1001"}}, switching.DeviceStatus{Known: true}},
		{switching.FindInGroup{Device: "1000"}, switching.DeviceStatus{Known: true}},
		{switching.FindInGroup{Device: "1003", Among: []string{"1000"}}, switching.DeviceStatus{}},
		{switching.FindInGroup{Device: "1003", Group: "service", Among: []string{"1000", "1001"}}, switching.DeviceStatus{Known: true, Device: "1001"}},
		{switching.FindInGroup{Device: "1003", Group: "${x}", Among: []string{"1000"}}, switching.DeviceStatus{Known: true}},
	}
	for _, tt := range tests {
		out, err := newSwitch(f).Perform(context.Background(), tt.op)
		require.NoError(t, err)
		assert.Equal(t, tt.want, out.Device, "%+v", tt.op)
	}
	_, err := newSwitch(f).Perform(context.Background(), switching.FindInGroup{Device: "1000", Among: []string{"${x}"}})
	assert.ErrorIs(t, err, switching.ErrInvalidAddress)
}

type unknown struct{ switching.ListLegs }

func TestUnknownOperation(t *testing.T) {
	_, err := newSwitch(&fakeCalls{}).Perform(context.Background(), unknown{})
	assert.ErrorIs(t, err, switching.ErrNotSupported)
}

func TestOriginate(t *testing.T) {
	marked := []Variable{{"csta_mark", leg}}
	tests := []struct {
		name string
		op   switching.Originate
		want Originate
	}{
		{
			name: "a subscriber",
			op:   switching.Originate{Leg: leg, Device: "1000", Then: "1001", CallerNumber: "1001", CallerName: "Zoë ${x}", AutoAnswer: true, Timeout: 20 * time.Second},
			want: Originate{Leg: leg, Dial: "user/1000@example.com", Then: "1001", Context: "default", CallerNumber: "1001", CallerName: "Zoë x", AutoAnswer: true, Several: true, Variables: marked, Timeout: 20 * time.Second},
		},
		{
			name: "a subscriber of another domain, parked",
			op:   switching.Originate{Leg: leg, Device: "1000@branch.example.net"},
			want: Originate{Leg: leg, Dial: "user/1000@branch.example.net", Several: true, Variables: marked, Timeout: time.Minute},
		},
		{
			name: "for a subscriber of another domain",
			op:   switching.Originate{Leg: leg, Device: "1000@branch.example.net", Then: "1001", For: "1000@branch.example.net"},
			want: Originate{Leg: leg, Dial: "user/1000@branch.example.net", Then: "1001", Context: "branch", Several: true, Variables: slices.Concat(marked, []Variable{{"domain_name", "branch.example.net"}}), Timeout: time.Minute},
		},
		{
			name: "a trunk address",
			op:   switching.Originate{Leg: leg, URI: "external/5551@192.0.2.1:5080", Then: "9500"},
			want: Originate{Leg: leg, Dial: "sofia/external/5551@192.0.2.1:5080", Then: "9500", Context: "default", Timeout: time.Minute},
		},
		{
			name: "a trunk address written with its endpoint",
			op:   switching.Originate{Leg: leg, URI: "sofia/external/5551@sip.example.org"},
			want: Originate{Leg: leg, Dial: "sofia/external/5551@sip.example.org", Timeout: time.Minute},
		},
		{
			name: "a gateway",
			op:   switching.Originate{Leg: leg, URI: "sofia/gateway/carrier/5551"},
			want: Originate{Leg: leg, Dial: "sofia/gateway/carrier/5551", Timeout: time.Minute},
		},
		{
			name: "a number of the dialplan",
			op:   switching.Originate{Leg: leg, Number: "205551", Then: "9500", CallerNumber: "not a number"},
			want: Originate{Leg: leg, Dial: "loopback/205551/default", Then: "9500", Context: "default", Timeout: time.Minute,
				Variables: []Variable{
					{"origination_callee_id_number", "205551"}, {"origination_callee_id_name", "205551"},
					{"media_mix_inbound_outbound_codecs", "true"}, {"export_vars", "media_mix_inbound_outbound_codecs"},
					{"ignore_early_media", "true"},
				}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &fakeCalls{variables: map[string]string{"1000@branch.example.net user_context": "branch"}}
			_, err := newSwitch(f).Perform(context.Background(), tt.op)
			require.NoError(t, err)
			assert.Equal(t, tt.want, f.originate)
		})
	}
}

func TestOriginateFails(t *testing.T) {
	f := &fakeCalls{err: switching.ErrNotPossible, cause: "USER_BUSY"}
	out, err := newSwitch(f).Perform(context.Background(), switching.Originate{Leg: leg, Device: "1000"})
	assert.ErrorIs(t, err, switching.ErrNotPossible)
	assert.Equal(t, switching.CauseUserBusy, out.Cause)
}

func TestOriginateIsCancelledHoweverEarly(t *testing.T) {
	f := &fakeCalls{ringing: make(chan struct{}), cancelled: make(chan struct{})}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-f.ringing
		cancel()
	}()
	out, err := newSwitch(f).Perform(ctx, switching.Originate{Leg: leg, Device: "1000"})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, switching.CauseOriginatorCancel, out.Cause)
	assert.GreaterOrEqual(t, len(f.calls()), 2)
}

func TestCancelledBeforeItBegins(t *testing.T) {
	f := &fakeCalls{}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := newSwitch(f).Perform(ctx, switching.Originate{Leg: leg, Device: "1000"})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, f.calls())
}

// hostile texts must reach no function of the bridge, wherever they stand.
var hostile = []string{
	"", "{origination_uuid=x}sofia/internal/1", "&system(touch /tmp/x)", "1001,1002", "1001|1002", "error/USER_BUSY",
	"1001 inline", "1001\n", "${system(x)}", "$${x}", "1001'", `1001"`, "10\x0001", "a`b`", "^^:1", "[x=y]1001", "<1001>",
	"app=park", "-1", "../1", "1001;x", "1001\\", "%[x]", strings.Repeat("1", 65), "sofia/internal/1@2", "x@y@z", "1@-h",
}

func TestNothingHostilePasses(t *testing.T) {
	ops := map[string]func(string) switching.Operation{
		"device": func(s string) switching.Operation { return switching.Originate{Leg: leg, Device: s} },
		"number": func(s string) switching.Operation { return switching.Originate{Leg: leg, Number: s} },
		"URI":    func(s string) switching.Operation { return switching.Originate{Leg: leg, URI: s + "/1@h"} },
		"URI user": func(s string) switching.Operation {
			return switching.Originate{Leg: leg, URI: "external/" + s + "@h"}
		},
		"URI host": func(s string) switching.Operation {
			return switching.Originate{Leg: leg, URI: "external/1@" + s + ",x"}
		},
		"URI port": func(s string) switching.Operation {
			return switching.Originate{Leg: leg, URI: "external/1@h:" + s + ","}
		},
		"route":      func(s string) switching.Operation { return switching.Route{Leg: leg, Number: s} },
		"conference": func(s string) switching.Operation { return switching.Join{Leg: leg, Conference: s + "@"} },
		"note":       func(s string) switching.Operation { return switching.Note{Leg: leg, Text: s + "@"} },
		"other leg":  func(s string) switching.Operation { return switching.Bridge{Leg: leg, Other: s + "/"} },
		"leg":        func(s string) switching.Operation { return switching.Hold{Leg: s + "/"} },
		"play": func(s string) switching.Operation {
			return switching.Play{Leg: leg, ID: "1", Files: []string{s + "::x"}}
		},
		"play ID": func(s string) switching.Operation { return switching.Play{Leg: leg, ID: s + ":", Files: []string{"x"}} },
		"record":  func(s string) switching.Operation { return switching.Record{Leg: leg, File: s + "!"} },
		"look up": func(s string) switching.Operation { return switching.LookUpDevice{Device: s} },
	}
	for name, op := range ops {
		t.Run(name, func(t *testing.T) {
			for _, s := range hostile {
				f := &fakeCalls{lookUp: func(string, string) (bool, string, bool) { panic("reached the directory") },
					variables: map[string]string{"sound_prefix": "/sounds"}}
				_, err := newSwitch(f).Perform(context.Background(), op(s))
				assert.ErrorIs(t, err, switching.ErrInvalidAddress, "%q", s)
				assert.Empty(t, f.calls(), "%q", s)
			}
		})
	}
	// Two ways to say whom to call are none.
	_, err := newSwitch(&fakeCalls{}).Perform(context.Background(), switching.Originate{Leg: leg, Device: "1", Number: "1"})
	assert.ErrorIs(t, err, switching.ErrInvalidAddress)
}

func FuzzTexts(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if dial, ok := trunkDial(s); ok && strings.ContainsAny(dial, "{}[]<>,|&^!$%'\"\\=;()`~ \t\r\n\x00") {
			t.Fatalf("dial string %q", dial)
		}
		if strings.ContainsAny(shown(s), "{}$\x00\n") {
			t.Fatalf("shown %q", shown(s))
		}
	})
}

// FuzzOriginate: whatever a client makes the engine ask for, what reaches the
// switch's dial strings, dialplan and variables is no syntax there.
func FuzzOriginate(f *testing.F) {
	for _, s := range hostile {
		f.Add("leg", s, "", "", s, s, s)
		f.Add("leg", "", s, "", "9500", s, s)
		f.Add(s, "", "", s, "9500", "1000", s)
	}
	f.Add("leg", "", "sofia/external/5551234@192.0.2.1:5060", "", "1000", "1000", "1000")
	f.Fuzz(func(t *testing.T, leg, device, uri, number, then, caller, name string) {
		s := newSwitch(&fakeCalls{})
		call, err := s.call(switching.Originate{
			Leg: leg, Device: device, URI: uri, Number: number, Then: then, CallerNumber: caller, CallerName: name,
		})
		if err != nil {
			return
		}
		const syntax = "{}[]<>,|&^!$%'\"\\=;()`~ \t\r\n\x00"
		for _, text := range []string{call.Leg, call.Dial, call.Then, call.CallerNumber} {
			if strings.ContainsAny(text, syntax) {
				t.Fatalf("%+v", call)
			}
		}
		if strings.ContainsAny(call.CallerName, "{}$\r\n\x00") {
			t.Fatalf("caller name %q", call.CallerName)
		}
		for _, v := range call.Variables {
			if v.Name == "origination_callee_id_number" && strings.ContainsAny(v.Value, syntax) {
				t.Fatalf("variable %+v", v)
			}
		}
	})
}

// FuzzLegs: no list of legs that the bridge may hand over makes a leg without a
// name or a direction.
func FuzzLegs(f *testing.F) {
	f.Add(list(map[translate.Field]string{translate.UniqueID: "a", translate.CallDirection: "inbound", translate.AnswerState: "answered"}))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, records []byte) {
		s := newSwitch(&fakeCalls{list: records})
		out, err := s.Perform(context.Background(), switching.ListLegs{})
		if err != nil {
			return
		}
		for _, l := range out.Legs {
			if l.Leg == "" || l.Info.Direction == 0 {
				t.Fatalf("%+v", l)
			}
		}
	})
}

func TestLookUp(t *testing.T) {
	f := &fakeCalls{lookUp: func(user, domain string) (bool, string, bool) {
		if user == "7001" && domain == "example.com" {
			return true, "1001", true
		}
		return domain == "branch.example.net", "", false
	}}
	s := newSwitch(f)
	out, err := s.Perform(context.Background(), switching.LookUpDevice{Device: "7001"})
	require.NoError(t, err)
	assert.Equal(t, switching.DeviceStatus{Device: "1001", Known: true, Registered: true}, out.Device)
	out, err = s.Perform(context.Background(), switching.LookUpDevice{Device: "1@branch.example.net"})
	require.NoError(t, err)
	assert.Equal(t, switching.DeviceStatus{Device: "1@branch.example.net", Known: true}, out.Device)
	out, err = s.Perform(context.Background(), switching.LookUpDevice{Device: "4711"})
	require.NoError(t, err)
	assert.Equal(t, switching.DeviceStatus{Device: "4711"}, out.Device)
}

// list writes records as the bridge does.
func list(records ...map[translate.Field]string) []byte {
	order := binary.NativeEndian
	var out []byte
	for _, fields := range records {
		buf := make([]byte, 32)
		for f, v := range fields {
			buf = order.AppendUint16(buf, uint16(f))
			buf = order.AppendUint16(buf, uint16(len(v)))
			buf = append(buf, v...)
		}
		for len(buf)%8 != 0 {
			buf = append(buf, 0)
		}
		order.PutUint32(buf, uint32(len(buf)))
		order.PutUint16(buf[4:], uint16(translate.ListedLeg))
		order.PutUint16(buf[6:], uint16(len(fields)))
		out = append(out, buf...)
	}
	return out
}

func TestListLegs(t *testing.T) {
	f := &fakeCalls{list: list(
		map[translate.Field]string{translate.UniqueID: "a", translate.CallDirection: "inbound", translate.VarUserName: "1000",
			translate.VarDomainName: "example.com", translate.AnswerState: "answered", translate.CallState: "HELD", translate.Partner: "b",
			translate.CreatedTime: "1700000000000001", translate.AnsweredTime: "1700000001000000", translate.VarTrunkOut: "20",
			translate.VarQueue: "9500"},
		map[translate.Field]string{translate.UniqueID: "b", translate.CallDirection: "outbound", translate.VarSIPGatewayName: "gw1",
			translate.OtherType: "originator", translate.OtherLegUniqueID: "a", translate.AnswerState: "early", translate.CallState: "EARLY",
			translate.Partner: "a", translate.AnsweredTime: "0"},
		map[translate.Field]string{translate.UniqueID: "q", translate.CallDirection: "inbound", translate.VarQueue: "9500", translate.VarTrunkIn: "21",
			translate.AnswerState: "ringing", translate.CallState: "RING_WAIT"},
		map[translate.Field]string{translate.UniqueID: "gone", translate.AnswerState: "hangup"},
	)}
	s := newSwitch(f)
	stale := translate.Record{Type: translate.ChannelCreate, At: 1}
	stale.Set(translate.UniqueID, "stale")
	s.legs.Translate(&stale, nil)

	out, err := s.Perform(context.Background(), switching.ListLegs{})
	require.NoError(t, err)
	<-s.Listed()
	assert.Equal(t, []switching.LegState{
		{Leg: "a", Info: switching.LegInfo{Direction: switching.Inbound, Device: "1000"}, Answered: true, Held: true, Partner: "b",
			Created: 1700000000000001000, AnsweredAt: 1700000001000000000},
		{Leg: "b", Info: switching.LegInfo{Direction: switching.Outbound, Gateway: "gw1", Originator: "a"}, Ringing: true, Partner: "a", TrunkOut: "20"},
		{Leg: "q", Info: switching.LegInfo{Direction: switching.Inbound}, Queue: "9500", TrunkIn: "21"},
	}, out.Legs)
	assert.Equal(t, 3, s.legs.Legs(), "what the snapshot does not show is forgotten")
	f.list = nil
	_, err = s.Perform(context.Background(), switching.ListLegs{})
	require.NoError(t, err)
	assert.Zero(t, s.legs.Legs())
}

func TestListsFail(t *testing.T) {
	for _, op := range []switching.Operation{switching.ListLegs{}, switching.ListRegistrations{}, switching.ListSubscribers{}} {
		_, err := newSwitch(&fakeCalls{err: ErrStopped}).Perform(context.Background(), op)
		assert.ErrorIs(t, err, ErrStopped)
		_, err = newSwitch(&fakeCalls{list: []byte("not a record")}).Perform(context.Background(), op)
		assert.ErrorIs(t, err, translate.ErrRecord)
	}
}

func TestListRegistrations(t *testing.T) {
	one := map[translate.Field]string{translate.FromUser: "1000", translate.FromHost: "example.com", translate.ProfileName: "internal"}
	f := &fakeCalls{list: list(one, one, map[translate.Field]string{translate.FromUser: "1", translate.FromHost: "branch.example.net"})}
	s := newSwitch(f)
	out, err := s.Perform(context.Background(), switching.ListRegistrations{})
	require.NoError(t, err)
	assert.Equal(t, []string{"1000", "1@branch.example.net"}, out.Devices)

	call := translate.Record{Type: translate.ListedLeg}
	call.Set(translate.CallerUsername, "1000")
	call.Set(translate.VarSofiaProfileName, "internal")
	assert.Equal(t, "1000", s.legs.Identify(&call).Device, "an unauthenticated leg is known by its registration")
}

func subscriber(user, host string) map[translate.Field]string {
	return map[translate.Field]string{translate.FromUser: user, translate.FromHost: host}
}

func TestListSubscribers(t *testing.T) {
	f := &fakeCalls{
		directory: list(subscriber("1001", "example.com"), subscriber("1000", "example.com"), subscriber("1", "branch.example.net"), subscriber("a b", "example.com")),
		list:      list(subscriber("1000", "example.com"), subscriber("1009", "example.com")),
	}
	s := newSwitch(f)
	for range 3 {
		out, err := s.Perform(context.Background(), switching.ListSubscribers{})
		require.NoError(t, err)
		assert.Equal(t, []string{"1000", "1001", "1009", "1@branch.example.net"}, out.Devices)
	}
	assert.Equal(t, []string{"subscribers"}, f.calls(), "the list serves for a while")
	s.subscribers.taken = s.subscribers.taken.Add(-subscribersKept)
	f.directory, f.list = nil, nil
	out, err := s.Perform(context.Background(), switching.ListSubscribers{})
	require.NoError(t, err)
	assert.Empty(t, out.Devices)
}

func TestRecordEndsAtItsLimit(t *testing.T) {
	root := t.TempDir()
	f := &fakeCalls{variables: map[string]string{"sound_prefix": root}}
	s := newSwitch(f)
	out, err := s.Perform(context.Background(), switching.Record{Leg: leg, File: "msg/1.wav", Limit: 10 * time.Millisecond})
	require.NoError(t, err)
	assert.Equal(t, root+"/msg/1.wav", out.File)
	assert.Equal(t, "record "+leg+" "+root+"/msg/1.wav 2.01s", f.calls()[0])
	assert.Eventually(t, func() bool {
		return strings.Contains(strings.Join(f.calls(), "|"), "stoprecord "+leg+" "+root+"/msg/1.wav")
	}, 5*time.Second, time.Millisecond)
}

func TestRecordRoot(t *testing.T) {
	root := t.TempDir()
	f := &fakeCalls{variables: map[string]string{"sounds_dir": root}}
	out, err := newSwitch(f).Perform(context.Background(), switching.Record{Leg: leg, File: "x.wav"})
	require.NoError(t, err)
	assert.Equal(t, root+"/x.wav", out.File)
	_, err = newSwitch(&fakeCalls{}).Perform(context.Background(), switching.Record{Leg: leg, File: "x.wav"})
	assert.ErrorIs(t, err, switching.ErrUnwritable)
}

func TestPlayEndsAtItsLimit(t *testing.T) {
	f := &fakeCalls{}
	s := newSwitch(f)
	execute := translate.Record{Type: translate.ChannelExecute}
	execute.Set(translate.UniqueID, leg)
	execute.Set(translate.Application, "playback")
	execute.Set(translate.ApplicationUUID, translate.PlayTag+"7")
	s.legs.Translate(&execute, nil)
	_, err := s.Perform(context.Background(), switching.Play{Leg: leg, ID: "7", Files: []string{"a"}, Limit: time.Millisecond})
	require.NoError(t, err)
	assert.Eventually(t, func() bool { return len(f.calls()) == 2 }, 5*time.Second, time.Millisecond)
	assert.Equal(t, "stopplay "+leg, f.calls()[1])
}

func TestCloseEndsTheTimers(t *testing.T) {
	f := &fakeCalls{variables: map[string]string{"sound_prefix": t.TempDir()}}
	s := newSwitch(f)
	_, err := s.Perform(context.Background(), switching.Record{Leg: leg, File: "x.wav", Limit: time.Hour})
	require.NoError(t, err)
	s.Close()
	assert.Empty(t, s.limits.timers)
	_, err = s.Perform(context.Background(), switching.Record{Leg: leg, File: "y.wav", Limit: time.Hour})
	require.NoError(t, err)
	assert.Empty(t, s.limits.timers)
}
