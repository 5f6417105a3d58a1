package uaphone_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/conformance/probe"
	"mod_csta_socket/csta/conformance/uaphone"
	"mod_csta_socket/csta/ecma"
)

// moduleFile is what make module builds.
const moduleFile = "../../../build/out/mod_csta_socket.so"

func freePort(t *testing.T) string {
	t.Helper()
	port, err := phone.FreePort()
	require.NoError(t, err)
	return port
}

func startSwitch(t *testing.T, authenticate bool, parameters map[string]string, change ...func(*freeswitch.Options)) (*freeswitch.Switch, string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a FreeSWITCH, which -short leaves out")
	}
	port := freePort(t)
	all := map[string]string{"use-uacsta": "1", "uacsta-ip": "127.0.0.1", "uacsta-port": port}
	for name, value := range parameters {
		all[name] = value
	}
	users := freeswitch.Subscribers()
	for i := range users {
		users[i].PhonePassword = uaphone.Password
		switch users[i].ID {
		case "1000":
		case "1001":
			users[i].Variables = map[string]string{"uacsta": "notify"}
		case "1002":
			users[i].Variables = map[string]string{"uacsta": "sesion"}
		case "1003":
			users[i].Variables = map[string]string{"uacsta": "session", "uacsta_device": "1004"}
		default:
			users[i].Variables = map[string]string{"uacsta": "session"}
		}
	}
	options := freeswitch.Options{Module: moduleFile, Parameters: all, Users: users, Authenticate: authenticate, SeveralContacts: true}
	for _, f := range change {
		f(&options)
	}
	s, err := freeswitch.Start(context.Background(), options)
	if errors.Is(err, freeswitch.ErrNotInstalled) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Kill()) })
	return s, "127.0.0.1:" + port
}

func registered(t *testing.T, s *freeswitch.Switch, profile uaphone.Profile, user string, change ...func(*phone.Config)) *uaphone.Phone {
	t.Helper()
	subscriber, ok := s.User(user, freeswitch.Domain)
	require.True(t, ok)
	cfg := phone.Config{User: user, Domain: freeswitch.Domain, Password: subscriber.Password, Proxy: s.Proxy(freeswitch.Domain)}
	for _, f := range change {
		f(&cfg)
	}
	p, err := uaphone.New(profile, cfg)
	require.NoError(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(strings.Join(p.Journal(), "\n"))
		}
		assert.NoError(t, p.Close())
	})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(t, p.Register(ctx))
	return p
}

func shows(t *testing.T, s *freeswitch.Switch, device string, texts ...string) {
	t.Helper()
	var last string
	until(t, func() bool {
		var err error
		last, err = s.FSCLI("csta status " + device)
		if err != nil {
			return false
		}
		for _, text := range texts {
			if !strings.Contains(last, text) {
				return false
			}
		}
		return true
	}, func() string { return last })
}

// Phones that register with a real FreeSWITCH are controlled as the directory
// says.
func TestFreeSWITCHTellsOfPhones(t *testing.T) {
	for name, authenticate := range map[string]bool{"with passwords": true, "without passwords": false} {
		t.Run(name, func(t *testing.T) {
			var parameters map[string]string
			if !authenticate {
				parameters = map[string]string{"uacsta-unproven": "1"}
			}
			s, agent := startSwitch(t, authenticate, parameters)
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()

			p := registered(t, s, uaphone.Snom, "1005")
			if authenticate {
				shows(t, s, "1005", "snomD735", "line=abc", "uaCSTA session, to its contact (udp)")
				assert.Equal(t, 1, p.Sessions())
				require.NoError(t, p.Register(ctx), "a refresh changes nothing")
				time.Sleep(300 * time.Millisecond)
				assert.Equal(t, 1, p.Sessions())
				assert.LessOrEqual(t, p.Openings(), 2, "one, and one with the password")
			} else {
				shows(t, s, "1005", "snomD735", "driven by  the switch", "nobody authenticated for it")
				assert.Zero(t, p.Sessions(), "whose phone it is was not proven")
			}

			registered(t, s, uaphone.Yealink, "1000")
			shows(t, s, "1000", "driven by the switch: no phone")
			registered(t, s, uaphone.OpenStage, "1001")
			shows(t, s, "1001", "uaCSTA in NOTIFY, to its contact (udp)")
			registered(t, s, uaphone.Yealink, "1002")
			shows(t, s, "1002", "driven by the switch: no phone")
			plain := registered(t, s, uaphone.Plain, "1006")
			shows(t, s, "1006", "driven by  the switch", "no uaCSTA in the phone")
			assert.Equal(t, 1, plain.Openings())
			rude := registered(t, s, uaphone.Rude, "1007")
			shows(t, s, "1007", "driven by  the switch", "rang")
			assert.Equal(t, 1, rude.Cancelled())
			assert.Empty(t, rude.Calls())

			// A CSTA line of its own, of the phone that has the account 1004.
			own := registered(t, s, uaphone.Gigaset, "1004")
			shows(t, s, "1004", "to its contact (udp)")
			subscriber, _ := s.User("1003", freeswitch.Domain)
			status, err := own.RegisterLine(ctx, "tcp", agent, "1003", subscriber.Password, time.Hour)
			require.NoError(t, err)
			assert.Equal(t, 200, status)
			shows(t, s, "1004", "over the CSTA line it registered with us (tcp)", "the phone has a CSTA line of its own")
			status, err = own.RegisterLine(ctx, "tcp", agent, "1003", "wrong", time.Hour)
			require.NoError(t, err)
			assert.Equal(t, 401, status)

			// Restart of the phone, and the end of its registration.
			p.Reboot()
			require.NoError(t, p.Register(ctx))
			if authenticate {
				until(t, func() bool { return p.Sessions() == 1 }, "the session of the phone that has restarted")
			}
			require.NoError(t, p.Unregister(ctx))
			until(t, func() bool { return p.Sessions() == 0 }, "the session of a phone that has left")
			shows(t, s, "1005", "driven by the switch: no phone")

			// Calls go on as ever.
			shows(t, s, "1004", "uaCSTA session")
			caller := registered(t, s, uaphone.Yealink, "1008")
			call, err := caller.Dial(ctx, "1004")
			require.NoError(t, err)
			in, err := own.WaitIncoming(ctx)
			require.NoError(t, err)
			require.NoError(t, in.Answer(ctx))
			require.NoError(t, call.WaitConnected(ctx))
			require.NoError(t, call.HangUp(ctx))

			// The module comes back and finds the phones that are registered.
			until(t, func() bool { return caller.Sessions() == 1 }, "before the reload")
			out, err := s.FSCLI("reload mod_csta_socket")
			require.NoError(t, err)
			require.Contains(t, out, "+OK", out)
			shows(t, s, "1008", "uaCSTA session, to its contact (udp)")
			until(t, func() bool { return caller.Sessions() == 1 }, "after the reload")
			shows(t, s, "1007", "driven by  the switch", "rang")
			assert.Equal(t, 1, rude.Openings(), "never again")
			out, err = s.FSCLI("csta status")
			require.NoError(t, err)
			assert.Contains(t, out, "phones by uaCSTA")
			bad, err := s.LogErrors()
			require.NoError(t, err)
			for _, line := range bad {
				t.Log(line)
			}
			assert.Contains(t, strings.Join(bad, "\n"), `must be session, notify or off`)
			assert.Contains(t, strings.Join(bad, "\n"), `uaCSTA: the phone of 1007 (Rude phone 1.0) rang (180)`)
		})
	}
}

// Where nobody has to authenticate, anybody could say that a phone is a subscriber's.
func TestUnprovenPhonesAreLeftAloneByFreeSWITCH(t *testing.T) {
	s, _ := startSwitch(t, false, nil)
	p := registered(t, s, uaphone.Yealink, "1006")
	until(t, func() bool {
		lines, err := s.OwnLog()
		require.NoError(t, err)
		return strings.Contains(strings.Join(lines, "\n"), "nobody had to authenticate for it (uacsta-unproven allows that)")
	}, "the log says why")
	shows(t, s, "1006", "driven by the switch: no phone")
	assert.Zero(t, p.Openings())
}

// Without use-uacsta there is no socket.
func TestFreeSWITCHWithoutUACSTA(t *testing.T) {
	s, agent := startSwitch(t, true, map[string]string{"use-uacsta": "0"})
	p := registered(t, s, uaphone.Yealink, "1005")
	conn, err := net.ListenPacket("udp", agent)
	require.NoError(t, err, "nobody has the port")
	assert.NoError(t, conn.Close())
	shows(t, s, "1005", "uaCSTA is off")
	time.Sleep(time.Second)
	assert.Zero(t, p.Openings())
}

// A phone without sessions behind NAT is reached through the switch, whose
// registration knows the way back. Nothing tells what it answers.
func TestNotifyThroughFreeSWITCH(t *testing.T) {
	s, _ := startSwitch(t, true, nil)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	natted := func(c *phone.Config) { c.Advertise = "192.0.2.71:5060" }
	p := registered(t, s, uaphone.OpenStage, "1001", natted)
	p.Couple()
	shows(t, s, "1001", "192.0.2.71:5060", "uaCSTA in NOTIFY, through the switch, which hides its answers (udp)", "it is behind NAT")
	// A session needs the answers.
	registered(t, s, uaphone.Yealink, "1005", natted)
	shows(t, s, "1005", "driven by  the switch", "it is behind NAT")

	other := registered(t, s, uaphone.Plain, "1000")
	client, err := probe.Dial(ctx, s.CSTAAddress())
	require.NoError(t, err)
	defer client.Close()
	device := func(number string) probe.Device { return probe.Device{Number: number, Type: "dialingNumber"} }
	connection, err := client.MakeCall(ctx, device("1001"), device("1000"), probe.DoNotPrompt)
	require.NoError(t, err)
	in, err := other.WaitIncoming(ctx)
	require.NoError(t, err)
	assert.Equal(t, "1001", in.Caller(), "the phone has dialled by itself")
	require.NoError(t, in.Answer(ctx))
	require.NoError(t, in.WaitConnected(ctx))
	ask := func(service, element string) error {
		_, err := client.Do(ctx, service, probe.ConnectionElement(element, connection))
		return err
	}
	until(t, func() bool { return ask("HoldCall", "callToBeHeld") == nil }, "it has its call in a moment")
	assert.Equal(t, ecma.StateHold, p.Screen()[0].State)
	require.NoError(t, ask("RetrieveCall", "callToBeRetrieved"))
	assert.Equal(t, ecma.StateConnected, p.Screen()[0].State)
	assert.Equal(t, []string{"MakeCall", "HoldCall", "RetrieveCall"}, p.Asked())
	require.NoError(t, client.ClearConnection(ctx, connection))
	_, err = in.WaitEnded(ctx)
	require.NoError(t, err)
}

// The ways that are not plain UDP to the contact, on a real FreeSWITCH.
func TestWaysOnFreeSWITCH(t *testing.T) {
	certificate, pool := selfSigned(t, "127.0.0.1")
	port := freePort(t)
	s, agent := startSwitch(t, true, map[string]string{
		"uacsta-tls-port": port, "uacsta-tls-cert": pemFile(t, certificate), "uacsta-ext-ip": "192.0.2.10",
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := probe.Dial(ctx, s.CSTAAddress())
	require.NoError(t, err)
	defer client.Close()
	other := registered(t, s, uaphone.Plain, "1000")
	// dials has a phone dial by itself, and hold, if it can.
	dials := func(t *testing.T, p *uaphone.Phone, hold string) {
		t.Helper()
		connection, err := client.MakeCall(ctx, probe.Device{Number: p.Device(), Type: "dialingNumber"}, probe.Device{Number: "1000", Type: "dialingNumber"}, probe.DoNotPrompt)
		require.NoError(t, err)
		in, err := other.WaitIncoming(ctx)
		require.NoError(t, err)
		require.NoError(t, in.Answer(ctx))
		require.NoError(t, in.WaitConnected(ctx))
		assert.Contains(t, p.Asked(), "MakeCall")
		assert.Len(t, p.Screen(), 1)
		if hold != "" {
			until(t, func() bool {
				_, err = client.Do(ctx, hold, probe.ConnectionElement("callToBeHeld", connection))
				return err == nil
			}, "it has its call in a moment")
			assert.Contains(t, p.Asked(), hold, "its call is tied to its leg")
			assert.Equal(t, ecma.StateHold, p.Screen()[0].State)
		}
		require.NoError(t, client.ClearConnection(ctx, connection))
		_, err = in.WaitEnded(ctx)
		require.NoError(t, err)
	}
	t.Run("proxy", func(t *testing.T) {
		edge := newProxy(t, s.Proxy(freeswitch.Domain), "192.0.2.10")
		p := registered(t, s, uaphone.Snom, "1005", func(c *phone.Config) { c.Proxy = edge.address() })
		p.Couple()
		shows(t, s, "1005", "uaCSTA session, through its proxy (udp)")
		session, ok := p.Identify()
		require.True(t, ok)
		assert.Equal(t, edge.address(), session.Application)
		assert.Contains(t, session.Target, "192.0.2.10:", "uacsta-ext-ip")
		dials(t, p, "HoldCall")
	})
	t.Run("line over TLS", func(t *testing.T) {
		p := registered(t, s, uaphone.Panasonic, "1006", func(c *phone.Config) { c.TLS = &tls.Config{RootCAs: pool} })
		p.Couple()
		subscriber, _ := s.User("1006", freeswitch.Domain)
		status, err := p.RegisterLine(ctx, "tls", "127.0.0.1:"+port, "1006", subscriber.Password, time.Hour)
		require.NoError(t, err)
		require.Equal(t, 200, status)
		shows(t, s, "1006", "over the CSTA line it registered with us (tls)")
		dials(t, p, "HoldCall")
	})
	t.Run("two handsets on one connection", func(t *testing.T) {
		base, handset := registered(t, s, uaphone.Panasonic, "1008"), registered(t, s, uaphone.Panasonic, "1009")
		require.NoError(t, handset.ShareConnection(base, "tcp"))
		for _, p := range []*uaphone.Phone{base, handset} {
			p.Couple()
			subscriber, _ := s.User(p.Device(), freeswitch.Domain)
			status, err := p.RegisterLine(ctx, "tcp", agent, p.Device(), subscriber.Password, time.Hour)
			require.NoError(t, err)
			require.Equal(t, 200, status)
			shows(t, s, p.Device(), "over the CSTA line it registered with us (tcp)")
		}
		one, _ := base.Identify()
		two, _ := handset.Identify()
		assert.Equal(t, one.Application, two.Application)
		dials(t, base, "HoldCall")
		dials(t, handset, "HoldCall")
	})
	t.Run("listens for TCP", func(t *testing.T) {
		p := registered(t, s, uaphone.Grandstream, "1007", func(c *phone.Config) { c.TCP = true })
		p.Couple()
		shows(t, s, "1007", "uaCSTA session, to its contact (tcp)")
		// Its calls go by UDP, whatever its contact says: FreeSWITCH knows no such
		// dialogue when it holds.
		dials(t, p, "")
	})
}

// Unless a profile has multiple-registrations, the switch forgets what a subscriber
// had registered before, without a word.
func TestReplacedRegistrationOnFreeSWITCH(t *testing.T) {
	s, _ := startSwitch(t, true, nil, func(o *freeswitch.Options) { o.SeveralContacts = false })
	first := registered(t, s, uaphone.Yealink, "1005")
	shows(t, s, "1005", first.ContactURI(), "uaCSTA session")
	second := registered(t, s, uaphone.Yealink, "1005")
	shows(t, s, "1005", second.ContactURI(), "uaCSTA session")
	until(t, func() bool {
		text, err := s.FSCLI("csta status 1005")
		return err == nil && !strings.Contains(text, first.ContactURI()) && strings.Contains(text, second.ContactURI())
	}, "the first is given up")
	until(t, func() bool { return first.Sessions() == 0 }, "and told so")
	assert.Equal(t, 1, second.Sessions())
	// A phone that has restarted replaces itself.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	second.Reboot()
	require.NoError(t, second.Register(ctx))
	until(t, func() bool { return second.Sessions() == 1 })
	time.Sleep(5 * time.Second)
	shows(t, s, "1005", second.ContactURI(), "uaCSTA session")
	assert.Equal(t, 1, second.Sessions())

	// Where a subscriber may have several, both stay.
	several, _ := startSwitch(t, true, nil)
	first, second = registered(t, several, uaphone.Yealink, "1005"), registered(t, several, uaphone.Yealink, "1005")
	time.Sleep(5 * time.Second)
	shows(t, several, "1005", first.ContactURI(), second.ContactURI())
	assert.Equal(t, 1, first.Sessions())
	assert.Equal(t, 1, second.Sessions())
}
