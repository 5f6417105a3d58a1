package conformance

import (
	"context"
	"errors"
	"maps"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/conformance/probe"
	"mod_csta_socket/csta/conformance/uaphone"
	"mod_csta_socket/csta/uacsta"
)

// alike are manners that are much like others to the engine: restarting like losing,
// and what the phone shows instead of a number. few are those that differ most.
var (
	alike = []Manner{Restarting, Prefixing, Nameless}
	few   = []Manner{Willing, Refusing, Losing, Skewed}
)

// of tells whether a scenario is played in one of these manners.
func of(s Scenario, manners []Manner) bool {
	return slices.ContainsFunc(manners, func(m Manner) bool { return strings.HasSuffix(s.Name, ", "+m.String()) })
}

func TestTelephonesOnSimulatedSwitch(t *testing.T) {
	for name, start := range map[string]func(time.Duration) (*Simulated, error){"plain": NewSimulated, "controlled": NewControlled} {
		takeRequests := name == "controlled"
		for _, s := range slices.Concat(Telephones(takeRequests), TwoCalls(takeRequests)) {
			t.Run(name+"/"+s.Name, func(t *testing.T) {
				if testing.Short() && of(s, alike) {
					t.Skip("much the same as with another manner: not with -short")
				}
				if s.Slow && testing.Short() {
					t.Skip("-short plays the most important manners only")
				}
				t.Parallel()
				b, err := start(RingTimeOf(s))
				require.NoError(t, err)
				t.Cleanup(func() { assert.NoError(t, b.Close()) })
				Run(t, b, s)
			})
		}
	}
}

// Phones that take requests must not change what else clients see.
func TestSimulatedSwitchWithTelephones(t *testing.T) {
	if testing.Short() {
		t.Skip("the same scenarios as with plain phones")
	}
	for _, s := range CallControl() {
		t.Run(s.Name, func(t *testing.T) {
			if s.RealOnly != "" {
				t.Skip("not on the simulated switch: " + s.RealOnly)
			}
			t.Parallel()
			b, err := NewControlled(RingTimeOf(s))
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, b.Close()) })
			Run(t, b, s)
		})
	}
}

func TestTelephonesOnFreeSWITCH(t *testing.T) {
	t.Run("without uaCSTA", func(t *testing.T) {
		b := realSwitch(t)
		for _, s := range slices.Concat(Telephones(false), TwoCalls(false)) {
			t.Run(s.Name, func(t *testing.T) { Run(t, b, s) })
		}
	})
	for _, p := range []struct {
		uaphone.Profile
		// all: they play call control, too, and all manners. Whoever plays that with
		// the phones of one way has played it with those of all; every is for who
		// wants to see.
		all bool
	}{
		{uaphone.Yealink, true}, {uaphone.Gigaset, true}, {uaphone.OpenStage, true}, {uaphone.Plain, true},
		{uaphone.Poly, every}, {uaphone.Snom, every}, {uaphone.Grandstream, every}, {uaphone.Fanvil, every}, {uaphone.Panasonic, every}, {uaphone.Rude, every},
	} {
		t.Run(p.Name, func(t *testing.T) {
			// Each has a FreeSWITCH of its own, and the scenarios mostly wait.
			t.Parallel()
			b := controlledSwitch(t, p.Profile, nil)
			controlled := p.Sessions || p.Notify
			two := TwoCalls(controlled)
			if !slices.Contains(p.Services, "ConsultationCall") {
				// The manners are those of a phone that consults by itself.
				two = slices.DeleteFunc(two, func(s Scenario) bool { return !of(s, []Manner{Willing}) })
			}
			scenarios := slices.Concat(Telephones(controlled), two)
			if p.all {
				scenarios = append(scenarios, CallControl()...)
			} else {
				scenarios = slices.DeleteFunc(scenarios, func(s Scenario) bool {
					for m := Willing; m <= Skewed; m++ {
						if of(s, []Manner{m}) {
							return !slices.Contains(few, m)
						}
					}
					return false
				})
			}
			for _, s := range scenarios {
				t.Run(s.Name, func(t *testing.T) { Run(t, b, s) })
			}
		})
	}
}

// everyVariable has the phones of all profiles play all scenarios.
const everyVariable = "CSTA_EVERY_PROFILE"

var every = os.Getenv(everyVariable) != ""

// With uacsta-after-monitor=1 a phone is left alone until its device is monitored,
// or a service would have use for it.
func TestPhonesAfterMonitorOnFreeSWITCH(t *testing.T) {
	b := controlledSwitch(t, uaphone.Yealink, map[string]string{"uacsta-after-monitor": "1"})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	phones := map[string]*sipPhone{}
	for _, device := range []string{"1000", "1001", "1002"} {
		subscriber, _ := b.Switch.User(device, freeswitch.Domain)
		p, err := b.newPhone(phone.Config{User: device, Domain: freeswitch.Domain, Password: subscriber.Password, Proxy: b.Switch.Proxy(freeswitch.Domain)})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, p.phone.Close()) })
		require.NoError(t, p.Register(ctx))
		phones[device] = p
	}
	time.Sleep(time.Second)
	client, err := probe.Dial(ctx, b.Address())
	require.NoError(t, err)
	defer client.Close()
	opened := func(device string) func() bool { return func() bool { return phones[device].control.Sessions() == 1 } }
	for device := range phones {
		assert.Zero(t, phones[device].control.Openings(), device)
	}
	monitor, err := client.MonitorStart(ctx, probe.Device{Number: "1000", Type: dialingNumber})
	require.NoError(t, err)
	require.Eventually(t, opened("1000"), patience, 10*time.Millisecond)

	// The first call is made by the switch, and wakes the phone.
	require.NoError(t, phones["1001"].Behave(Behaviour{AutoAnswer: true}))
	call, err := client.MakeCall(ctx, probe.Device{Number: "1001", Type: dialingNumber}, probe.Device{Number: "1002", Type: dialingNumber}, probe.DoNotPrompt)
	require.NoError(t, err)
	require.Eventually(t, opened("1001"), patience, 10*time.Millisecond)
	assert.Zero(t, phones["1002"].control.Openings())
	require.NoError(t, client.ClearConnection(ctx, call))
	require.NoError(t, b.WaitIdle(ctx))
	require.NoError(t, client.MonitorStop(ctx, monitor.CrossRef))
}

// Phones that were there before the module are controlled if their owner registered
// them, with his password, and left alone if another one did, as without a reload.
func TestPhonesBeforeTheModuleOnFreeSWITCH(t *testing.T) {
	b := controlledSwitch(t, uaphone.Snom, nil)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	register := func(user, as string) *sipPhone {
		subscriber, _ := b.Switch.User(as, freeswitch.Domain)
		p, err := b.newPhone(phone.Config{User: user, AuthUser: as, Domain: freeswitch.Domain, Password: subscriber.Password, Proxy: b.Switch.Proxy(freeswitch.Domain)})
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, p.phone.Close()) })
		require.NoError(t, p.Register(ctx))
		return p
	}
	own, stolen := register("1000", "1000"), register("1001", "1002")
	require.Eventually(t, func() bool { return own.control.Sessions() == 1 }, patience, 10*time.Millisecond)
	openings := own.control.Openings()
	require.NoError(t, b.Reload(ctx))
	require.Eventually(t, func() bool { return own.control.Openings() > openings && own.control.Sessions() == 1 }, patience, 10*time.Millisecond)
	assert.Zero(t, stolen.control.Openings())
	lines, err := b.Switch.OwnLog()
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(strings.Join(lines, "\n"), "with the credentials of another one"), "once in each life")
}

// controlledSwitch is a FreeSWITCH of its own, whose phones take requests by
// uaCSTA.
func controlledSwitch(t *testing.T, profile uaphone.Profile, parameters map[string]string) *Real {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a FreeSWITCH, which -short leaves out")
	}
	if _, err := os.Stat(moduleFile); err != nil {
		t.Skip("the module has not been built (make)")
	}
	mode := uacsta.SessionMode
	if profile.Notify {
		mode = uacsta.NotifyMode
	}
	users := freeswitch.Subscribers()
	for i := range users {
		users[i].Variables = map[string]string{"uacsta": mode.String()}
		users[i].PhonePassword = uaphone.Password
	}
	port, err := phone.FreePort()
	require.NoError(t, err)
	all := map[string]string{"use-uacsta": "1", "uacsta-ip": "127.0.0.1", "uacsta-port": port}
	maps.Copy(all, parameters)
	s, err := freeswitch.Start(context.Background(), freeswitch.Options{
		Module: moduleFile, Authenticate: true, Users: users, Parameters: all,
		DialplanFiles: shippedDialplan(), PublicDialplanFiles: []string{shipped("public", "csta_inbound.xml")},
	})
	if errors.Is(err, freeswitch.ErrNotInstalled) && os.Getenv(demandVariable) == "" {
		t.Skip(err)
	}
	require.NoError(t, err)
	b := NewReal(s)
	b.Profile, b.Agent = &profile, net.JoinHostPort("127.0.0.1", port)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		assert.NoError(t, errors.Join(b.Close(), s.Stop(ctx)))
	})
	return b
}
