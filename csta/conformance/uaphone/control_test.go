package uaphone_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/conformance/printed"
	"mod_csta_socket/csta/conformance/uaphone"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/uacsta"
	"mod_csta_socket/csta/uacsta/useragent"
)

const (
	domain   = "pbx.example"
	password = "secret"
	patience = 20 * time.Second
	poll     = 5 * time.Millisecond
)

// application is our side: agent, sockets, registrar, and what the sink heard.
type application struct {
	t      *testing.T
	agent  *uacsta.Agent
	socket *useragent.UserAgent
	log    *printed.Text

	// toClose are the phones, to be closed when they were told good-bye.
	toClose []*uaphone.Phone

	mu     sync.Mutex
	up     map[string]int
	downs  int
	events []ecma.Event
	// dnd and forwarding are what phones asked for to be switched.
	dnd        bool
	forwarding []ecma.ForwardListItem
}

func (a *application) PhoneUp(p uacsta.Phone) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.up[p.Device]++
}

func (a *application) PhoneDown(p uacsta.Phone) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.up[p.Device]--
	a.downs++
}

func (a *application) PhoneEvent(_ uacsta.Phone, e ecma.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events = append(a.events, e)
}

// PhoneRequest is a server that keeps what it is told, but a number it refuses.
func (a *application) PhoneRequest(_ uacsta.Phone, m ecma.Message, answer func(ecma.Message)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch m := m.(type) {
	case *ecma.SetDoNotDisturb:
		a.dnd = m.DoNotDisturbOn
		answer(&ecma.SetDoNotDisturbResponse{})
	case *ecma.GetDoNotDisturb:
		answer(&ecma.GetDoNotDisturbResponse{DoNotDisturbOn: a.dnd})
	case *ecma.SetForwarding:
		if m.ForwardDN.Number == "666" {
			answer(ecma.ErrInvalidForwardingDestination)
			return
		}
		a.forwarding = append(a.forwarding, ecma.ForwardListItem{ForwardingType: m.ForwardingType, ForwardStatus: m.ActivateForward, ForwardDN: m.ForwardDN, RingCount: m.RingCount})
		answer(&ecma.SetForwardingResponse{})
	case *ecma.GetForwarding:
		answer(&ecma.GetForwardingResponse{ForwardingList: a.forwarding})
	}
	answer(ecma.ErrOperationGeneric)
}

func (a *application) heard() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var names []string
	for _, e := range a.events {
		names = append(names, e.Element())
	}
	return names
}

func (a *application) Subscriber(_ context.Context, user, in string) (uacsta.Subscriber, error) {
	if in != domain || strings.HasPrefix(user, "9") {
		return uacsta.Subscriber{}, uacsta.ErrUnknownSubscriber
	}
	mode := uacsta.SessionMode
	if strings.HasPrefix(user, "off") {
		mode = uacsta.Off
	}
	return uacsta.Subscriber{Device: strings.TrimSuffix(user, "csta"), Mode: mode, Password: password, PhonePassword: uaphone.Password}, nil
}

func newApplication(t *testing.T, opts uacsta.Options) *application {
	t.Helper()
	return newApplicationAt(t, opts, useragent.Options{Address: netip.MustParseAddrPort("127.0.0.1:0")})
}

func newApplicationAt(t *testing.T, opts uacsta.Options, at useragent.Options) *application {
	t.Helper()
	at.Name = "test"
	a := &application{t: t, up: map[string]int{}, log: &printed.Text{}}
	log := slog.New(slog.NewTextHandler(a.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	a.socket, err = useragent.New(at, log)
	require.NoError(t, err)
	if opts.OpeningInterval == 0 {
		opts.OpeningInterval = time.Millisecond
	}
	opts.SettleTime = 10 * time.Millisecond
	a.agent = uacsta.New(opts, a.socket, a, log)
	require.NoError(t, a.socket.Start(a.agent, uacsta.NewRegistrar(a, a.agent, log)))
	a.agent.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if t.Failed() {
			t.Log(a.log.String())
		}
		counters, err := a.agent.Counters(ctx)
		assert.NoError(t, err)
		assert.Zero(t, counters.Panics)
		assert.Zero(t, counters.Dropped)
		assert.NoError(t, a.agent.Stop(ctx))
		a.socket.Stop()
		for _, p := range a.toClose {
			if t.Failed() {
				t.Log(strings.Join(p.Journal(), "\n"))
			}
			assert.NoError(t, p.Close())
		}
	})
	return a
}

func (a *application) newPhone(profile uaphone.Profile, user string, change ...func(*phone.Config)) *uaphone.Phone {
	a.t.Helper()
	cfg := phone.Config{User: user, Domain: domain, Password: password, Proxy: "127.0.0.1:9"}
	for _, f := range change {
		f(&cfg)
	}
	p, err := uaphone.New(profile, cfg)
	require.NoError(a.t, err)
	a.toClose = append(a.toClose, p)
	return p
}

// register is what the switch tells of a phone that registers with it.
func (a *application) register(p *uaphone.Phone, change ...func(*uacsta.Registration)) uacsta.Registration {
	mode := uacsta.SessionMode
	if p.Profile().Notify {
		mode = uacsta.NotifyMode
	}
	r := uacsta.Registration{
		Registrar: "internal", CallID: "reg-" + p.Address(), Device: p.Device(), User: p.Device(), Domain: domain, Contact: "<" + p.ContactURI() + ">",
		Transport: "udp", Source: netip.MustParseAddrPort(p.Address()), UserAgent: p.Profile().UserAgent, Mode: mode, Password: uaphone.Password,
	}
	for _, f := range change {
		f(&r)
	}
	a.agent.Registered(r)
	return r
}

func (a *application) phones(device string) []uacsta.PhoneStatus {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	list, err := a.agent.Phones(ctx, device)
	require.NoError(a.t, err)
	return list
}

// waitState waits until the device's only phone has that state.
func (a *application) waitState(device string, want uacsta.State) uacsta.PhoneStatus {
	a.t.Helper()
	var last []uacsta.PhoneStatus
	until(a.t, func() bool {
		last = a.phones(device)
		return len(last) == 1 && last[0].State == want
	}, "%s is not %s", device, want)
	return last[0]
}

// until waits for a condition in the test's own goroutine.
func until(t *testing.T, met func() bool, why ...any) {
	t.Helper()
	for deadline := time.Now().Add(patience); !met(); time.Sleep(poll) {
		if time.Now().After(deadline) {
			for i := range why {
				if tell, ok := why[i].(func() string); ok {
					why[i] = tell()
				}
			}
			require.Fail(t, "it did not come to that in time", why...)
		}
	}
}

func (a *application) ask(id uint64, m ecma.Message) (ecma.Message, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	return a.agent.Ask(ctx, id, func(ecma.DeviceID) ecma.Message { return m })
}

func (a *application) dial(id uint64) (ecma.Message, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	return a.agent.Ask(ctx, id, func(self ecma.DeviceID) ecma.Message {
		return &ecma.MakeCall{CallingDevice: self, Called: ecma.Subscriber("1002"), AutoOriginate: ecma.DoNotPrompt}
	})
}

func (a *application) ignored(kind string) uint64 {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := a.agent.Counters(ctx)
	require.NoError(a.t, err)
	return c.Ignored[kind]
}

func TestProfiles(t *testing.T) {
	for _, profile := range uaphone.Profiles() {
		t.Run(profile.Name, func(t *testing.T) {
			t.Parallel()
			a := newApplication(t, uacsta.Options{})
			p := a.newPhone(profile, "1001")
			a.register(p)
			switch {
			case profile.TakesForCall:
				st := a.waitState("1001", uacsta.Rang)
				assert.Contains(t, a.log.String(), "level=WARN")
				assert.NotEmpty(t, st.Why)
				a.register(p)
				a.register(p, func(r *uacsta.Registration) { r.CallID = "another" })
				a.waitState("1001", uacsta.Rang)
				time.Sleep(200 * time.Millisecond)
				assert.Equal(t, 1, p.Openings(), "never again")
				assert.Zero(t, p.Sessions())
				if !profile.AnswersCalls {
					assert.Equal(t, 1, p.Cancelled())
				}
			case profile.Notify:
				st := a.waitState("1001", uacsta.Open)
				m, err := a.dial(st.ID)
				require.NoError(t, err)
				assert.Equal(t, "MakeCallResponse", m.Element())
				m, err = a.ask(st.ID, &ecma.HoldCall{CallToBeHeld: ecma.ConnectionID{Device: ecma.Subscriber("1001")}})
				require.NoError(t, err, "the call it has")
				assert.Equal(t, "HoldCallResponse", m.Element())
				assert.Equal(t, ecma.StateHold, p.Screen()[0].State)
			case !profile.Sessions:
				st := a.waitState("1001", uacsta.Refused)
				assert.Contains(t, st.Why, "415")
			default:
				st := a.waitState("1001", uacsta.Open)
				m, err := a.dial(st.ID)
				require.NoError(t, err)
				connection := m.(*ecma.MakeCallResponse).CallingDevice
				assert.Equal(t, p.Name(), connection.Device.Number, "as the phone says it")
				until(t, func() bool { return len(a.heard()) == 2 })
				assert.Equal(t, []string{"ServiceInitiatedEvent", "OriginatedEvent"}, a.heard())
				_, err = a.ask(st.ID, &ecma.ConferenceCall{})
				assert.ErrorIs(t, err, ecma.ErrServiceNotSupported)
				m, err = a.ask(st.ID, &ecma.ClearConnection{Connection: connection})
				require.NoError(t, err)
				assert.Equal(t, "ClearConnectionResponse", m.Element())
				a.agent.Unregistered(uacsta.Registration{Registrar: "internal", User: p.Device(), Domain: domain, CallID: "reg-" + p.Address()})
				until(t, func() bool { return p.Sessions() == 0 })
				assert.Equal(t, 1, p.Openings()-b2i(profile.ChallengeInvite))
			}
		})
	}
}

// A phone that rang is known in the next life, too.
func TestPhoneThatRangIsRemembered(t *testing.T) {
	var remembered []uacsta.Ringer
	a := newApplication(t, uacsta.Options{Remember: func(r uacsta.Ringer) { remembered = append(remembered, r) }})
	p := a.newPhone(uaphone.Rude, "1001")
	a.register(p)
	a.waitState("1001", uacsta.Rang)
	require.Len(t, remembered, 1)
	assert.Equal(t, uacsta.Ringer{User: "1001", Domain: domain, UserAgent: p.Profile().UserAgent, Why: "rang (180)"}, remembered[0])

	b := newApplication(t, uacsta.Options{Ringers: remembered, Remember: func(uacsta.Ringer) { assert.Fail(t, "again") }})
	b.register(p, func(r *uacsta.Registration) { r.UserAgent = "" })
	b.waitState("1001", uacsta.Rang)
	b.register(p)
	b.waitState("1001", uacsta.Rang)
	assert.Equal(t, 1, p.Openings())
	q := b.newPhone(uaphone.Yealink, "1001")
	b.register(q)
	until(t, func() bool { return q.Sessions() == 1 }, "another phone of the same subscriber")
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// faultCase is one bad behaviour and what must come of it.
type faultCase struct {
	name    string
	profile uaphone.Profile
	faults  uaphone.Faults
	// state is where the opening ends; Open if zero.
	state uacsta.State
	// check goes on from there.
	check func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus)
}

func dials(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
	m, err := a.dial(st.ID)
	require.NoError(t, err)
	assert.Equal(t, "MakeCallResponse", m.Element())
	until(t, func() bool { return len(a.heard()) == 2 })
	assert.Equal(t, []string{"ServiceInitiatedEvent", "OriginatedEvent"}, a.heard())
}

// shown is dials, with what the phone shows as the called number.
func shown(number string) func(*testing.T, *application, *uaphone.Phone, uacsta.PhoneStatus) {
	return func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
		dials(t, a, p, st)
		a.mu.Lock()
		defer a.mu.Unlock()
		assert.Equal(t, number, a.events[1].(*ecma.OriginatedEvent).CalledDevice.Device.Number)
	}
}

func withRaw(f func([]byte) []byte) uaphone.Faults { return uaphone.Faults{Raw: f} }

func TestFaults(t *testing.T) {
	yealink := uaphone.Yealink
	strangers := uaphone.Poly
	strangers.Trusted = "192.0.2.1"
	for _, c := range []faultCase{
		{name: "response in an INFO of its own", faults: uaphone.Faults{SeparateResponse: true}, check: dials},
		{name: "accepts without a body", faults: uaphone.Faults{EmptyAccept: true}, check: dials},
		{name: "accepts without a body, answers separately", faults: uaphone.Faults{EmptyAccept: true, SeparateResponse: true}, check: dials},
		{name: "event before its response", faults: uaphone.Faults{EventFirst: true}, check: dials},
		{name: "events twice", faults: uaphone.Faults{EventsTwice: true}, check: dials},
		{name: "events shuffled", faults: uaphone.Faults{Shuffled: true}, check: dials},
		{name: "200 to INVITE twice", faults: uaphone.Faults{TwiceAccepted: true}, check: dials},
		{name: "events of an unknown monitor", faults: uaphone.Faults{StrangeMonitor: true}, check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			_, err := a.dial(st.ID)
			require.NoError(t, err)
			until(t, func() bool { return a.ignored("stray events") == 2 })
			assert.Empty(t, a.heard())
		}},
		{name: "words late", faults: uaphone.Faults{Skew: 300 * time.Millisecond}, check: dials},
		{name: "a name in place of the number", faults: uaphone.Faults{Shown: func(string) string { return "Müller & Söhne" }}, check: shown("Müller & Söhne")},
		{name: "a prefix before the number", faults: uaphone.Faults{Shown: func(n string) string { return "sip:0" + n + "@pbx.example" }}, check: shown("sip:01002@pbx.example")},
		{name: "no number", faults: uaphone.Faults{Shown: func(string) string { return "" }}, check: shown("")},
		{name: "restarts in the middle of a request", faults: uaphone.Faults{RebootInstead: true}, check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			p.Afterwards(func() { a.register(p, func(r *uacsta.Registration) { r.CallID = "anew" }) })
			_, err := a.dial(st.ID)
			require.ErrorIs(t, err, uacsta.ErrLost)
			p.Misbehave(uaphone.Faults{})
			until(t, func() bool {
				l := a.phones("1001")
				return len(l) == 1 && l[0].ID != st.ID && l[0].State == uacsta.Open
			})
			dials(t, a, p, a.phones("1001")[0])
		}},
		{name: "silence of a second", faults: uaphone.Faults{Silence: time.Second}, check: dials},
		{name: "every third INFO fails", faults: uaphone.Faults{FailThird: true}, check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			failed := 0
			for range 6 {
				if _, err := a.dial(st.ID); err != nil {
					var status *uacsta.StatusError
					require.ErrorAs(t, err, &status)
					assert.Equal(t, 500, status.Status)
					failed++
				}
			}
			assert.InDelta(t, 2, failed, 1)
			a.waitState("1001", uacsta.Open)
		}},
		{name: "rebooted without REGISTER", check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			p.Reboot()
			_, err := a.dial(st.ID)
			require.ErrorIs(t, err, uacsta.ErrLost)
			a.waitState("1001", uacsta.Waiting)
		}},
		{name: "rebooted with a new REGISTER", check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			p.Reboot()
			a.register(p, func(r *uacsta.Registration) { r.CallID = "anew" })
			until(t, func() bool {
				l := a.phones("1001")
				return len(l) == 1 && l[0].ID != st.ID && l[0].State == uacsta.Open
			})
			assert.Equal(t, 1, p.Sessions())
			dials(t, a, p, a.phones("1001")[0])
		}},
		{name: "BYE in the middle of a request", faults: uaphone.Faults{ByeInstead: true}, check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			_, err := a.dial(st.ID)
			require.ErrorIs(t, err, uacsta.ErrLost)
			a.waitState("1001", uacsta.Waiting)
			a.mu.Lock()
			defer a.mu.Unlock()
			assert.Equal(t, 1, a.downs)
		}},
		{name: "session timer too short", faults: uaphone.Faults{MinSE: time.Hour}, check: dials},
		{name: "another application has it", faults: uaphone.Faults{Busy: true}, state: uacsta.Waiting, check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			assert.WithinDuration(t, time.Now().Add(30*time.Second), st.Retry, 2*time.Second)
			_, err := a.dial(st.ID)
			assert.ErrorIs(t, err, uacsta.ErrNoSession)
		}},
		{name: "CSTA disabled", faults: uaphone.Faults{NotReady: true}, state: uacsta.Waiting},
		{name: "untrusted address", profile: strangers, state: uacsta.Refused, check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			assert.Contains(t, st.Why, "trust")
		}},
		{name: "says yes and does nothing", faults: uaphone.Faults{Idle: true}, check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			_, err := a.dial(st.ID)
			require.NoError(t, err)
			assert.Empty(t, p.Screen())
		}},
		{name: "does it and says nothing", faults: uaphone.Faults{Mute: true}, check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			_, err := a.dial(st.ID)
			require.ErrorIs(t, err, uacsta.ErrSilent)
			assert.Len(t, p.Screen(), 1)
			a.waitState("1001", uacsta.Open)
		}},
		{name: "the callID of the last call", faults: uaphone.Faults{SameCallID: true}, check: dials},
		{name: "ISO-8859-1 without saying so", faults: withRaw(func(doc []byte) []byte {
			return bytes.ReplaceAll(doc, []byte(">1002<"), []byte(">M\xfcller<"))
		}), check: dials},
		{name: "a bare ampersand", faults: withRaw(func(doc []byte) []byte {
			return bytes.ReplaceAll(doc, []byte(">1002<"), []byte(">A & B<"))
		}), check: dials},
		{name: "a document of 8 kB", faults: withRaw(func(doc []byte) []byte {
			return bytes.Replace(doc, []byte("</"), append([]byte("<!--"), append(bytes.Repeat([]byte("x"), 7000), []byte("--></")...)...), 1)
		}), check: dials},
		{name: "a prefixed root", faults: withRaw(func(doc []byte) []byte {
			text := strings.ReplaceAll(string(doc), "</", "<&/")
			text = strings.ReplaceAll(text, "<", "<c:")
			text = strings.NewReplacer("<c:?", "<?", "<c:&/", "</c:", "xmlns=", "xmlns:c=").Replace(text)
			return []byte(text)
		}), check: dials},
		{name: "a DOCTYPE", faults: withRaw(func(doc []byte) []byte {
			return bytes.Replace(doc, []byte("?><"), []byte("?><!DOCTYPE a [<!ENTITY b 'c'>]><"), 1)
		}), state: uacsta.Refused},
		{name: "no XML at all", faults: withRaw(func([]byte) []byte { return []byte("hello") }), state: uacsta.Refused},
		{name: "481 to the opening", faults: uaphone.Faults{Refuse: 481}, state: uacsta.Waiting},
		{name: "the phone's own BYE", check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			p.Bye()
			a.waitState("1001", uacsta.Waiting)
		}},
		{name: "the phone refreshes by UPDATE and INVITE", faults: uaphone.Faults{Refresher: true}, check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			assert.Equal(t, 200, p.Refresh(sip.UPDATE, 10*time.Minute))
			assert.Equal(t, 200, p.Refresh(sip.INVITE, 10*time.Minute))
			dials(t, a, p, st)
		}},
		{name: "the phone asks its application", check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			assert.Equal(t, 200, p.Ask(&ecma.SystemStatus{Status: ecma.StatusNormal}))
			assert.Equal(t, 200, p.Ask(&ecma.SwitchingFunctionDevices{}))
			assert.Equal(t, 200, p.Ask(&ecma.GetForwarding{Device: ecma.Subscriber("1001")}))
			dials(t, a, p, st)
		}},
		{name: "events after the monitor stopped", faults: uaphone.Faults{EventsAfterStop: true}, check: func(t *testing.T, a *application, p *uaphone.Phone, st uacsta.PhoneStatus) {
			p.Tell(&ecma.DoNotDisturbEvent{Device: ecma.Device(ecma.Subscriber("1001")), DoNotDisturbOn: true})
			until(t, func() bool { return len(a.heard()) == 1 })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := newApplication(t, uacsta.Options{})
			if c.profile.Name == "" {
				c.profile = yealink
			}
			p := a.newPhone(c.profile, "1001")
			p.Misbehave(c.faults)
			a.register(p)
			want := c.state
			if want == uacsta.Idle {
				want = uacsta.Open
			}
			st := a.waitState("1001", want)
			if c.check != nil {
				c.check(t, a, p, st)
			}
			assert.LessOrEqual(t, p.Sessions(), 1)
		})
	}
}

// A phone that is silent for longer than anybody waits.
func TestLongSilence(t *testing.T) {
	if testing.Short() {
		t.Skip("waits out long silences: not with -short")
	}
	for _, silence := range []time.Duration{5 * time.Second, 12 * time.Second, 40 * time.Second} {
		t.Run(silence.String(), func(t *testing.T) {
			t.Parallel()
			a := newApplication(t, uacsta.Options{})
			p := a.newPhone(uaphone.Yealink, "1001")
			a.register(p)
			st := a.waitState("1001", uacsta.Open)
			p.Misbehave(uaphone.Faults{Silence: silence})
			begun := time.Now()
			_, err := a.dial(st.ID)
			require.ErrorIs(t, err, uacsta.ErrSilent)
			assert.Less(t, time.Since(begun), 5*time.Second)
			p.Misbehave(uaphone.Faults{})
			until(t, func() bool {
				l := a.phones("1001")
				return len(l) == 1 && (l[0].State == uacsta.Open || l[0].State == uacsta.Waiting)
			})
		})
	}
	t.Run("answers the opening too late", func(t *testing.T) {
		t.Parallel()
		a := newApplication(t, uacsta.Options{})
		p := a.newPhone(uaphone.Yealink, "1001")
		p.Misbehave(uaphone.Faults{Silence: 11 * time.Second})
		a.register(p)
		until(t, func() bool { l := a.phones("1001"); return len(l) == 1 && l[0].State == uacsta.Waiting })
		p.Misbehave(uaphone.Faults{Refuse: 415})
		until(t, func() bool { l := a.phones("1001"); return l[0].State == uacsta.Refused })
		until(t, func() bool { return p.Sessions() == 0 }, "what was accepted too late is ended")
	})
}

func TestForgedInfoChangesNothing(t *testing.T) {
	a := newApplication(t, uacsta.Options{})
	p := a.newPhone(uaphone.Yealink, "1001")
	a.register(p)
	a.waitState("1001", uacsta.Open)
	session, ok := p.Identify()
	require.True(t, ok)
	event := string(ecma.AppendVerbatim(nil, ecma.Edition3, &ecma.DoNotDisturbEvent{MonitorCrossRefID: "43", Device: ecma.Device(ecma.Subscriber("1001")), DoNotDisturbOn: true}))
	forge := func(from, callID, phoneTag, ourTag, method string) string {
		conn, err := net.Dial("udp", a.socket.Address().String())
		if from != "" {
			conn, err = net.DialUDP("udp", &net.UDPAddr{IP: net.ParseIP(from)}, net.UDPAddrFromAddrPort(a.socket.Address()))
		}
		require.NoError(t, err)
		defer conn.Close()
		fmt.Fprintf(conn, "%s sip:csta@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d;rport\r\nFrom: <sip:1001@%s>;tag=%s\r\nTo: <sip:csta@%s>;tag=%s\r\nCall-ID: %s\r\nCSeq: 900 %s\r\nMax-Forwards: 70\r\nContent-Type: application/csta+xml\r\nContent-Length: %d\r\n\r\n%s",
			method, a.socket.Address(), conn.LocalAddr(), time.Now().UnixNano(), domain, phoneTag, domain, ourTag, callID, method, len(event), event)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
		answer := make([]byte, 2000)
		n, err := conn.Read(answer)
		require.NoError(t, err)
		line, _, _ := strings.Cut(string(answer[:n]), "\r\n")
		return line
	}
	const refused = "SIP/2.0 481 Call/Transaction Does Not Exist"
	for _, method := range []string{"INFO", "BYE", "UPDATE", "NOTIFY", "MESSAGE", "INVITE"} {
		assert.Equal(t, refused, forge("127.0.0.2", session.CallID, session.PhoneTag, session.OurTag, method), "another address")
		assert.Equal(t, refused, forge("", "other", session.PhoneTag, session.OurTag, method))
		assert.Equal(t, refused, forge("", session.CallID, "other", session.OurTag, method))
		assert.Equal(t, refused, forge("", session.CallID, session.PhoneTag, "other", method))
		assert.Equal(t, refused, forge("", session.CallID, session.PhoneTag, "", method))
	}
	assert.Empty(t, a.heard())
	a.waitState("1001", uacsta.Open)
	assert.EqualValues(t, 30, a.ignored("forged"))
	assert.Equal(t, "SIP/2.0 200 OK", forge("", session.CallID, session.PhoneTag, session.OurTag, "INFO"), "the real one, from another port of the phone")
}

func TestOwnLines(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			a := newApplication(t, uacsta.Options{})
			p := a.newPhone(uaphone.Gigaset, "1001")
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			line := func(user, secret string, expires time.Duration) int {
				status, err := p.RegisterLine(ctx, network, a.socket.Address().String(), user, secret, expires)
				require.NoError(t, err)
				return status
			}
			assert.Equal(t, 401, line("1001", "wrong", time.Hour))
			assert.Equal(t, 401, line("9001", password, time.Hour), "who is not there is not told from a wrong password")
			assert.Equal(t, 403, line("off1", password, time.Hour))
			assert.Equal(t, 423, line("1001", password, 10*time.Second))
			// The switch's registration of the same phone is driven directly until
			// the line of its own is there.
			a.register(p)
			a.waitState("1001", uacsta.Open)
			assert.Equal(t, 200, line("1001csta", password, time.Hour))
			assert.Equal(t, 200, line("1002", password, time.Hour), "a second handset on the same connection")
			until(t, func() bool {
				l := a.phones("1001")
				return len(l) == 2 && l[0].State == uacsta.Idle && l[1].State == uacsta.Open && l[1].Way == uacsta.OwnLine && l[1].Transport == network
			})
			second := a.waitState("1002", uacsta.Open)
			for _, id := range []uint64{a.phones("1001")[1].ID, second.ID} {
				_, err := a.dial(id)
				require.NoError(t, err)
			}
			until(t, func() bool { return len(a.heard()) == 4 })
			assert.Equal(t, 200, line("1001csta", password, 0))
			until(t, func() bool { l := a.phones("1001"); return len(l) == 1 && l[0].State == uacsta.Open }, "the other way again")
		})
	}
}

func TestAfterMonitor(t *testing.T) {
	a := newApplication(t, uacsta.Options{AfterMonitor: true})
	p := a.newPhone(uaphone.Yealink, "1001")
	a.register(p)
	time.Sleep(200 * time.Millisecond)
	a.waitState("1001", uacsta.Idle)
	assert.Zero(t, p.Openings())
	a.agent.Monitored("1001", true)
	a.waitState("1001", uacsta.Open)
	a.agent.Monitored("1001", false)
	time.Sleep(50 * time.Millisecond)
	a.waitState("1001", uacsta.Open)

	q := a.newPhone(uaphone.Yealink, "1002")
	a.register(q)
	time.Sleep(100 * time.Millisecond)
	a.agent.Wake("1002")
	a.waitState("1002", uacsta.Open)
}

func TestMovedPhone(t *testing.T) {
	a := newApplication(t, uacsta.Options{})
	p := a.newPhone(uaphone.Yealink, "1001")
	r := a.register(p)
	a.waitState("1001", uacsta.Open)
	q := a.newPhone(uaphone.Yealink, "1001")
	a.register(q, func(n *uacsta.Registration) { n.CallID = r.CallID })
	until(t, func() bool { return q.Sessions() == 1 && p.Sessions() == 0 })
	a.waitState("1001", uacsta.Open)
}

func TestTwoPhonesOfOneSubscriber(t *testing.T) {
	a := newApplication(t, uacsta.Options{})
	p, q := a.newPhone(uaphone.Yealink, "1001"), a.newPhone(uaphone.Poly, "1001")
	a.register(p)
	a.register(q)
	until(t, func() bool {
		l := a.phones("1001")
		return len(l) == 2 && l[0].State == uacsta.Open && l[1].State == uacsta.Open
	})
	assert.Equal(t, 1, p.Sessions())
	assert.Equal(t, 1, q.Sessions())
}
