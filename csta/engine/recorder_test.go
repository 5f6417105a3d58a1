package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// tape is what sessions got, in order.
type tape []string

func (t *tape) frame(s Session, doc []byte) { *t = append(*t, s.Label()+" "+string(doc)) }

// taped is a session whose frames are on a tape.
type taped struct {
	Session
	tape *tape
}

func (s *taped) Respond(_ uint16, ed ecma.Edition, m ecma.Message) {
	s.tape.frame(s, ecma.Append(nil, ed, m))
}
func (s *taped) Request(ed ecma.Edition, m ecma.Message) { s.tape.frame(s, ecma.Append(nil, ed, m)) }
func (s *taped) Notify(t *ecma.Template, ref string, l ecma.LocalConnectionState) {
	s.tape.frame(s, t.Append(nil, ref, l))
}

// replayed plays what a core has recorded and returns what sessions get.
func replayed(t *testing.T, c *core) tape {
	d := c.dumpable("test")
	d.header.Private = true
	var text bytes.Buffer
	require.NoError(t, d.write(&text))
	var got tape
	err := Replay(bytes.NewReader(text.Bytes()), discard(), func(r Replayed) {
		require.Empty(t, r.Differs)
		if r.Frame != nil {
			got = append(got, r.Session+" "+string(r.Frame))
		}
	})
	require.NoError(t, err)
	return got
}

func randomScript(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 13))
	script := make([]byte, n)
	for i := range script {
		script[i] = byte(r.Uint32())
	}
	return script
}

// Whatever happens to a core: what it recorded brings the same frames again.
func TestRecordingReplaysToTheSameFrames(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := newWalk(t, randomScript(seed, 400))
			w.core.keepRecord(newRecorder(1 << 20))
			for len(w.script) > 0 {
				w.step()
			}
			w.end()
			require.Equal(t, w.answers.tape, replayed(t, w.core))
		})
	}
}

// The same with phones that take requests.
func TestRecordingOfPhonesReplaysToTheSameFrames(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := &phoneWalk{walk: newWalk(t, randomScript(seed, 600))}
			w.core.asks.by = w
			w.contact = func(device string) netip.AddrPort {
				if device == "" {
					return netip.AddrPort{}
				}
				return netip.AddrPortFrom(deskPhone.Addr(), uint16(5000+int(device[len(device)-1]-'0')))
			}
			w.core.keepRecord(newRecorder(1 << 20))
			for device := range 5 {
				w.phone(telephone.Up, uint64(device))
			}
			for len(w.script) > 0 {
				if w.choose(3) == 0 {
					w.phonesLive()
				} else {
					w.step()
				}
			}
			w.endAsks()
			w.end()
			require.Equal(t, w.answers.tape, replayed(t, w.core))
		})
	}
}

// recordedText is what a core has recorded, as text.
func recordedText(t *testing.T, c *core, private bool) string {
	d := c.dumpable("test")
	d.header.Private = private
	var text bytes.Buffer
	require.NoError(t, d.write(&text))
	return text.String()
}

// A recording that is cut off begins with a section before which there was no call:
// monitors, sessions, features, service states and phones stand as they did then,
// whatever became of them since.
func TestRecordingBeginsWithoutCalls(t *testing.T) {
	b := newPhoneBench(t)
	b.core.keepRecord(newRecorder(leastRecording))
	var got tape
	client := &client{bench: b.bench, name: "client"}
	s := &taped{Session: client, tape: &got}
	ask := func(m ecma.Message) {
		b.core.step(&input{req: &Request{Session: s, Edition: ecma.Edition4, Message: m}})
	}
	b.core.hears(sessionOpened{s})
	for _, device := range []string{"1000", "1001", "1002"} {
		ask(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber(device)}})
		b.knows(switching.DeviceStatus{Device: device, Known: true, Registered: true})
	}
	b.core.hears(phonesTold{{Kind: telephone.Up, Phone: 7, Device: "1001", Contact: deskPhone, Source: deskPhone.Addr()}})
	calls := func(n int) {
		for i := range n {
			events := callOf(fmt.Sprint("of ", len(got), " ", i), "1000", "1001")
			for _, ev := range events {
				b.event(ev)
			}
		}
	}
	calls(1000)
	require.Len(t, b.core.record.sections, sectionsKept)
	from := len(got)
	// What stood is changed within what is kept.
	ask(&ecma.MonitorStop{MonitorCrossRefID: "3"})
	ask(&ecma.ChangeMonitorFilter{MonitorCrossRefID: "2", Filter: ecma.MonitorFilter{}.With(ecma.EventEstablished)})
	b.core.hears(phonesTold{{Kind: telephone.Down, Phone: 7, Device: "1001"}})
	b.event(switching.Event{Kind: switching.DeviceUnregistered, Device: "1001"})
	b.knows(switching.DeviceStatus{Device: "1001", Known: true})
	b.pass(time.Minute)
	calls(20)
	text := recordedText(t, b.core, true)
	lines := strings.Split(text, "\n")
	require.Contains(t, lines[0], `"begins":"quiet"`)
	for _, stood := range []string{`{"session":{"number":1,`, `{"monitor":{"number":1,`, `{"monitor":{"number":2,`, `{"monitor":{"number":3,`, `{"phone":{"kind":"Up","phone":7,`, `{"service":{"device":"1001","state":"in"}}`} {
		require.Contains(t, text, `{"stood":`+stood)
	}
	again := replayed(t, b.core)
	require.Greater(t, len(again), len(got)-from)
	require.Equal(t, got[len(got)-len(again):], again)
}

// Where there is always a call, a recording begins with the legs there were; where there
// are too many, with none, and what is about those is left out.
func TestRecordingBeginsAmidCalls(t *testing.T) {
	for _, calls := range []int{5, mostLegs} {
		t.Run(fmt.Sprint(calls), func(t *testing.T) {
			c := loaded(10, calls, 1)
			c.keepRecord(newRecorder(leastRecording))
			events := callOf("new", fmt.Sprint(firstDevice), fmt.Sprint(firstDevice+1))
			for i := range events {
				c.step(&input{event: events[i]})
			}
			c.step(&input{event: switching.Event{Kind: switching.LegHeld, Leg: "held0a"}})
			text := recordedText(t, c, true)
			if calls == 5 {
				require.Contains(t, text, `"begins":"with legs"`)
				require.Equal(t, 10, strings.Count(text, `{"stood":{"leg":`))
			} else {
				require.Contains(t, text, `"begins":"amid calls"`)
				require.NotContains(t, text, `{"stood":{"leg":`)
			}
			seen := 0
			require.NoError(t, Replay(strings.NewReader(text), discard(), func(r Replayed) {
				require.Empty(t, r.Differs)
				if r.Message != nil {
					seen++
				}
			}))
			require.Equal(t, 9, seen, "the new call's events")
		})
	}
}

// An input that would take all the room is left out, and what comes then is whole.
func TestLargeInputIsLeftOut(t *testing.T) {
	c := loaded(10, 0, 1)
	c.keepRecord(newRecorder(leastRecording))
	var legs []switching.LegState
	for i := range 1000 {
		legs = append(legs, switching.LegState{Leg: fmt.Sprint(i), Note: strings.Repeat("x", 40)})
	}
	c.hears(&operationEnded{number: 77, out: switching.Outcome{Legs: legs}})
	events := callOf("new", fmt.Sprint(firstDevice), fmt.Sprint(firstDevice+1))
	for i := range events {
		c.step(&input{event: events[i]})
	}
	text := recordedText(t, c, true)
	require.Contains(t, text, `"omitted"`)
	require.Len(t, replayed(t, c), 9)
}

// Digits and what applications attach to calls are in a recording only if the operator
// wants them.
func TestRecordingHidesWhatIsPrivate(t *testing.T) {
	b := newBench(t)
	b.core.keepRecord(newRecorder(leastRecording))
	cl := &client{bench: b, name: "client"}
	b.core.hears(sessionOpened{cl})
	b.event(switching.Event{Kind: switching.DigitDetected, Leg: "none", Name: "7"})
	cl.send(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1000"), Called: ecma.Subscriber("1001"), AccountCode: "5EC1", AuthCode: "5EC2",
		CorrelatorData: ecma.Data{Hex: "C0FFEE"}})
	shown := recordedText(t, b.core, true)
	for _, private := range []string{`"name":"7"`, "5EC1", "5EC2", "C0FFEE"} {
		require.Contains(t, strings.ToLower(shown), strings.ToLower(private))
	}
	hidden := recordedText(t, b.core, false)
	for _, private := range []string{`"name":"7"`, "5EC", "C0FFEE"} {
		require.NotContains(t, strings.ToLower(hidden), strings.ToLower(private))
	}
	require.NoError(t, Replay(strings.NewReader(hidden), discard(), func(r Replayed) { require.Empty(t, r.Differs) }))
}

// What somebody asks about the engine is not recorded, so that nothing comes of it: a
// service whose time has come waits for the next input that is.
func TestQuestionLetsNothingGoOn(t *testing.T) {
	b := newBench(t)
	b.core.opts.SettleTime = defaultSettleTime
	b.core.keepRecord(newRecorder(leastRecording))
	var got tape
	client := &client{bench: b, name: "client"}
	b.core.hears(sessionOpened{&taped{Session: client, tape: &got}})
	b.inbound("a", "1000", "1001")
	b.outbound("b", "1001", "a")
	b.simple(switching.LegAnswered, "b")
	b.simple(switching.LegAnswered, "a")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	for s := range b.core.sessions {
		b.core.step(&input{req: &Request{Session: s, Edition: ecma.Edition4, Message: &ecma.HoldCall{CallToBeHeld: at("a", "1001")}}})
	}
	require.Len(t, b.core.delayed, 1)
	b.core.now = b.core.now.Add(defaultSettleTime)
	b.core.hears(question(func(*core) {}))
	b.core.hears(clockRead{})
	require.Empty(t, b.core.delayed)
	b.done(switching.Hold{})
	require.Equal(t, got, replayed(t, b.core))
}

// keptDumps keeps what it is given.
type keptDumps struct {
	mu  sync.Mutex
	why []string
}

func (k *keptDumps) Write(why string, write func(io.Writer) error) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.why = append(k.why, why)
	return "kept", write(io.Discard)
}

func (k *keptDumps) all() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]string(nil), k.why...)
}

// A panic and a repair have what led to them written down, and not again and again.
func TestTroubleIsWrittenDown(t *testing.T) {
	kept := &keptDumps{}
	e := New(Options{Recording: leastRecording, Dumps: kept}, quietSwitch{}, discard())
	e.Start()
	for range 3 {
		e.post(input{news: question(func(*core) { panic("a bug of ours") })})
	}
	require.Eventually(t, func() bool { return len(kept.all()) == 1 }, 5*time.Second, time.Millisecond)
	require.Eventually(t, func() bool { m, err := e.Measures(context.Background()); return err == nil && m.Recorder.Written == 1 }, 5*time.Second, time.Millisecond)
	for range 3 {
		e.post(input{news: gapFound(1)})
	}
	require.Eventually(t, func() bool { return len(kept.all()) == 2 }, 5*time.Second, time.Millisecond)
	path, err := "", errWriting
	require.Eventually(t, func() bool { path, err = e.Dump(context.Background()); return err == nil }, 5*time.Second, time.Millisecond)
	require.Equal(t, "kept", path)
	require.NoError(t, e.Stop(context.Background()))
	require.Equal(t, []string{"panic", "repair", "asked for"}, kept.all())
}

// The operator begins and ends it.
func TestRecordOnAndOff(t *testing.T) {
	e := New(Options{}, quietSwitch{}, discard())
	e.Start()
	defer e.Stop(context.Background())
	ctx := context.Background()
	_, err := e.Dump(ctx)
	require.ErrorIs(t, err, ErrNotRecording)
	for _, on := range []bool{true, false, true} {
		changed, err := e.Record(ctx, on)
		require.NoError(t, err)
		require.True(t, changed)
		changed, err = e.Record(ctx, on)
		require.NoError(t, err)
		require.False(t, changed)
	}
	m, err := e.Measures(ctx)
	require.NoError(t, err)
	require.Equal(t, DefaultRecording, m.Recorder.Size)
	_, err = e.Dump(ctx)
	require.ErrorIs(t, err, errNowhere)
	e.SetRecording(1 << 20)
	m, err = e.Measures(ctx)
	require.NoError(t, err)
	require.Equal(t, 1<<20, m.Recorder.Size)
	e.SetRecording(0)
	require.ErrorIs(t, e.WriteRecording(ctx, io.Discard), ErrNotRecording)
}

// FuzzReplay reads any text as a recording: it is refused, or played, whatever it says.
func FuzzReplay(f *testing.F) {
	for seed := range uint64(3) {
		w := newWalk(&testing.T{}, randomScript(seed, 100))
		w.core.keepRecord(newRecorder(leastRecording))
		for len(w.script) > 0 {
			w.step()
		}
		d := w.core.dumpable("fuzz")
		var text bytes.Buffer
		if err := d.write(&text); err != nil {
			f.Fatal(err)
		}
		f.Add(text.Bytes())
	}
	f.Add([]byte(`{"recording":1}`))
	f.Add([]byte("{\"recording\":1,\"begins\":\"with legs\"}\n" + `{"stood":{"leg":{"leg":"a","partner":"a"}}}` + "\n" + `{"at":-1.5,"phones":[{"kind":"Up"}]}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		_ = Replay(bytes.NewReader(text), discard(), func(Replayed) {})
	})
}

// fill gives every field of a struct a value of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch {
	case v.Type() == reflect.TypeFor[netip.AddrPort]():
		v.Set(reflect.ValueOf(deskPhone))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "At" && name != "Seq" {
				fill(v.Field(i), n)
			}
		}
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case v.Kind() == reflect.String:
		v.SetString(fmt.Sprint("text ", *n))
	case v.Kind() == reflect.Bool:
		v.SetBool(true)
	case v.CanInt():
		v.SetInt(int64(*n))
	case v.CanUint():
		v.SetUint(uint64(*n % 200))
	default:
		panic(v.Type())
	}
}

// Nothing that an event or a result tells is lost, be it new.
func TestRecordsHoldEveryField(t *testing.T) {
	n := 0
	var ev switching.Event
	fill(reflect.ValueOf(&ev).Elem(), &n)
	read := bytesRead{rest: appendEvent(nil, &ev)}
	require.Equal(t, &ev, read.event())
	require.False(t, read.bad)

	var out switching.Outcome
	fill(reflect.ValueOf(&out).Elem(), &n)
	// Of the engine's operations none lists registrations.
	out.Devices = nil
	end := operationEnded{number: 300, out: out, err: fmt.Errorf("gone: %w", switching.ErrNoSuchLeg)}
	read = bytesRead{rest: appendEnd(nil, &end)}
	got := read.end()
	require.False(t, read.bad)
	require.Empty(t, read.rest)
	require.Equal(t, end.number, got.Number)
	require.Equal(t, out, got.Outcome)
	require.ErrorIs(t, got.Error.err(), switching.ErrNoSuchLeg)
	require.EqualError(t, got.Error.err(), end.err.Error())
	// One that is cut off is not taken for a whole one.
	whole := appendEnd(nil, &end)
	for i := range whole {
		read = bytesRead{rest: whole[:i]}
		read.end()
		require.True(t, read.bad)
	}
}

func TestSecondsAsText(t *testing.T) {
	for _, d := range []time.Duration{0, 1, time.Second, -time.Nanosecond, -90*time.Second - 5, 1<<62 + 1} {
		text, err := json.Marshal(seconds(d))
		require.NoError(t, err)
		var back seconds
		require.NoError(t, json.Unmarshal(text, &back), string(text))
		require.Equal(t, seconds(d), back)
	}
	for _, text := range []string{`"1"`, `1e3`, `1.0000000001`, `99999999999999999999`, `9223372036854775807`, `-`, `1.-5`, `1.+5`} {
		var s seconds
		require.Error(t, s.UnmarshalJSON([]byte(text)), text)
	}
}
