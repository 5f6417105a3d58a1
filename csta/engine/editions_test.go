package engine

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
)

// An event is encoded once for each namespace of its monitors, by the one goroutine that
// serves all clients: a client that monitors in a new namespace each time must not be
// able to hold up the others.
func TestNamespacesOfMonitorsAreBounded(t *testing.T) {
	b := newBench(t)
	cl := b.client("a")
	cl.monitor("1000")
	start := func(ed ecma.Edition) string {
		cl.next++
		b.core.step(&input{req: &Request{Session: cl, Invoke: cl.next, Edition: ed, Message: &ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Subscriber("1000")}}}})
		out := b.take()
		return out[len(out)-1]
	}
	own := func(i int) ecma.Edition { return ecma.Edition(fmt.Sprintf("urn:%d", i)) }
	for i := range maxEditions - 1 {
		require.Contains(t, start(own(i)), "a monitor", i)
	}
	require.Equal(t, "a error overallMonitorLimitExceeded", start(own(maxEditions)))
	require.Contains(t, start(own(3)), "a monitor", "one that is in use")
	require.Contains(t, start(ecma.Edition6), "a monitor", "one of the standard")
	require.Contains(t, start(""), "a monitor", "none")

	b.inbound("l", "1000", "1001")
	require.LessOrEqual(t, b.core.events.used, maxEditions+2)

	b.core.closeSession(cl)
	cl = b.client("b")
	cl.monitor("1000")
	require.Contains(t, start(own(maxEditions)), "b monitor", "the places are free again")
}
