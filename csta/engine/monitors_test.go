package engine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// A client that monitors again and again must not take the places of all others.
func TestOneClientLeavesPlacesForOthers(t *testing.T) {
	b := newBench(t)
	greedy, other := b.client("a"), b.client("b")
	b.inbound("l", "1000", "1001")
	b.take()
	device := ecma.MonitorObject{Device: ecma.Subscriber("1000")}
	call := ecma.MonitorObject{Call: ecma.ConnectionID{CallID: "l"}}
	start := func(cl *client, object ecma.MonitorObject) string {
		cl.send(&ecma.MonitorStart{Object: object})
		out := b.take()
		return out[len(out)-1]
	}
	greedy.monitor("1000")
	require.Contains(t, start(greedy, call), "a monitor")
	for range maxMonitorsPerDevice/2 - 1 {
		require.Contains(t, start(greedy, device), "a monitor")
		require.Contains(t, start(greedy, call), "a monitor")
	}
	for _, object := range []ecma.MonitorObject{device, call} {
		require.Equal(t, "a error objectMonitorLimitExceeded", start(greedy, object))
		require.Contains(t, start(other, object), "b monitor")
	}
}

// Each call that rings for a client occupies a worker, for ten minutes if it wants.
func TestOneClientLeavesCallsForOthers(t *testing.T) {
	b := newBench(t)
	greedy, other := b.client("a"), b.client("b")
	call := func(cl *client) string {
		cl.send(&ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("sofia/external/4930@127.0.0.1:5080"), AlertTime: ecma.IntOf(600)})
		return strings.Join(b.take(), "\n")
	}
	prompt := func(cl *client) string {
		cl.send(&ecma.MakeCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("4930")})
		return strings.Join(b.take(), "\n")
	}
	for range maxOriginates / 2 {
		require.Contains(t, call(greedy), "op switching.Originate")
		require.Contains(t, prompt(greedy), "op switching.Originate")
	}
	for _, try := range []func(*client) string{call, prompt} {
		calls := len(b.core.calls)
		require.Equal(t, "a error resourceBusy", try(greedy))
		require.Equal(t, calls, len(b.core.calls), "nothing is touched")
		require.Contains(t, try(other), "op switching.Originate")
	}
	b.ops[0].done(switching.Outcome{Cause: switching.CauseNoAnswer}, nil)
	require.Contains(t, call(greedy), "op switching.Originate", "a place is free again")
	require.Equal(t, "a error resourceBusy", call(greedy))
}
