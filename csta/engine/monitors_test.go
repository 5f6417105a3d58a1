package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
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
