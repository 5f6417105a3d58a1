package conformance

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/uaphone"
)

func TestTelephonesOnSimulatedSwitch(t *testing.T) {
	for name, takeRequests := range map[string]bool{"plain": false, "controlled": true} {
		for _, s := range Telephones(takeRequests) {
			t.Run(name+"/"+s.Name, func(t *testing.T) {
				t.Parallel()
				b, err := newSimulated(RingTimeOf(s), takeRequests)
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
	t.Run("plain", func(t *testing.T) {
		b := realSwitch(t)
		for _, s := range Telephones(false) {
			t.Run(s.Name, func(t *testing.T) { Run(t, b, s) })
		}
	})
	for _, profile := range []uaphone.Profile{uaphone.Yealink, uaphone.Poly, uaphone.Snom} {
		t.Run(profile.Name, func(t *testing.T) {
			b := controlledSwitch(t, profile)
			for _, s := range append(Telephones(true), CallControl()...) {
				t.Run(s.Name, func(t *testing.T) { Run(t, b, s) })
			}
		})
	}
}

// controlledSwitch is a FreeSWITCH of its own, whose phones take requests by
// uaCSTA.
func controlledSwitch(t *testing.T, profile uaphone.Profile) *Real {
	t.Helper()
	if testing.Short() {
		t.Skip("needs FreeSWITCH")
	}
	if _, err := os.Stat(moduleFile); err != nil {
		t.Skip("the module has not been built (make)")
	}
	users := freeswitch.Subscribers()
	for i := range users {
		users[i].Variables = map[string]string{"uacsta": "session"}
	}
	s, err := freeswitch.Start(context.Background(), freeswitch.Options{
		Module: moduleFile, Authenticate: true, Users: users,
		Parameters:          map[string]string{"use-uacsta": "1", "uacsta-ip": "127.0.0.1", "uacsta-port": freeUDPPort(t)},
		DialplanFiles:       []string{shipped("default", "csta_ivr.xml"), shipped("default", "csta_outbound.xml")},
		PublicDialplanFiles: []string{shipped("public", "csta_inbound.xml")},
	})
	if errors.Is(err, freeswitch.ErrNotInstalled) && os.Getenv(demandVariable) == "" {
		t.Skip(err)
	}
	require.NoError(t, err)
	b := NewReal(s)
	b.Profile = &profile
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		assert.NoError(t, errors.Join(b.Close(), s.Stop(ctx)))
	})
	return b
}

// freeUDPPort is a port that is free for UDP and, most likely, TCP.
func freeUDPPort(t *testing.T) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer conn.Close()
	return strconv.Itoa(conn.LocalAddr().(*net.UDPAddr).Port)
}
