package conformance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/probe"
)

// FreeSWITCH is killed while two phones talk, and started again. Clients learn of
// it by the end of their connections, come back, and see what there is: nothing,
// or the calls that the new process took up again.
func TestKilledAndStartedAgainOnFreeSWITCH(t *testing.T) {
	for _, recovers := range []bool{false, true} {
		t.Run(fmt.Sprintf("calls recovered %v", recovers), func(t *testing.T) {
			b := ownSwitch(t, freeswitch.Options{TrackCalls: true})
			p := newPlay(t, b, nil)
			p.start(longRing)
			p.Monitor("A")
			p.MonitorBy("another", "B")
			out := p.Phone("A").Dials("B")
			p.Phone("B").Rings().Answers()
			out.Connected()
			p.waitCall("c", "A", "connected", "connected")
			require.NoError(t, b.WaitTalking(p.within(), "1000", "1001"))
			// The switch writes down its calls a moment after they are answered.
			time.Sleep(time.Second)

			require.NoError(t, b.Switch.Crash())
			for _, client := range []string{app, "another"} {
				select {
				case <-p.clients[client].Closed():
				case <-time.After(patience):
					require.Fail(t, "the client does not hear that the switch has gone", client)
				}
			}
			require.NoError(t, b.Switch.Restart(t.Context()))

			c, err := probe.Dial(p.within(), b.Address())
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, c.Close()) })
			a, other := p.Device("A"), p.Device("B")
			entries, err := c.SnapshotDevice(p.within(), a)
			require.NoError(t, err)
			require.Empty(t, entries, "of the calls before nothing is left")
			if recovers {
				recovered(t, p, b, c)
			}
			// Life goes on: the next call is told of from its beginning to its end.
			require.NoError(t, p.phones["A"].HangUpAll(p.within()))
			require.NoError(t, p.phones["B"].HangUpAll(p.within()))
			require.NoError(t, b.WaitIdle(p.within()))
			for _, role := range []string{"A", "B"} {
				require.NoError(t, p.phones[role].Register(p.within()))
			}
			m, err := c.MonitorStart(p.within(), other)
			require.NoError(t, err)
			line, err := p.phones["A"].Dial(p.within(), other.Number)
			require.NoError(t, err)
			in, err := p.phones["B"].Rings(p.within())
			require.NoError(t, err)
			require.NoError(t, in.Answer(p.within()))
			require.NoError(t, line.WaitConnected(p.within()))
			require.NoError(t, line.HangUp(p.within()))
			for _, want := range []string{"DeliveredEvent", "EstablishedEvent", "ConnectionClearedEvent", "ConnectionClearedEvent"} {
				e, err := m.Next(p.within())
				require.NoError(t, err)
				require.Equal(t, want, e.Name())
			}
			for _, broken := range Violations(c.Log()) {
				t.Error(broken)
			}
			require.NoError(t, b.WaitIdle(p.within()))
			trouble, err := b.Trouble(p.within())
			require.NoError(t, err)
			for _, counter := range []string{"repairs", "audit findings", "panics"} {
				assert.Zero(t, trouble[counter], counter)
			}
		})
	}
}

// recovered has the new process take up the calls of the old one, and a client
// see them.
func recovered(t *testing.T, p *Play, b *Real, c *probe.Client) {
	t.Helper()
	out, err := b.Switch.FSCLI("sofia recover")
	require.NoError(t, err)
	t.Log(strings.TrimSpace(out))
	ctx := p.within()
	for _, device := range []probe.Device{p.Device("A"), p.Device("B")} {
		for {
			entries, err := c.SnapshotDevice(ctx, device)
			require.NoError(t, err)
			if len(entries) == 1 && fmt.Sprint(entries[0].States) == "[connected connected]" {
				break
			}
			if pause(ctx) != nil {
				channels, _ := b.Switch.FSCLI("show channels")
				calls, _ := b.Switch.FSCLI("csta calls")
				require.Fail(t, "the recovered call is not shown right", "%s: %v\n%s\n%s", device.Number, entries, channels, calls)
			}
		}
	}
}
