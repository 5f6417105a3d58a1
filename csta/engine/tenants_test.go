package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// An application of a tenant says and sees the numbers of its tenant without the domain,
// in requests, answers and events; others are told apart.
func TestApplicationOfATenant(t *testing.T) {
	b := newBench(t)
	a, every := b.granted("a", "domain", "tenant.test", "rights", "all", "dial", "*"), b.client("e")
	b.event(switching.Event{Kind: switching.DeviceRegistered, Device: "1000"})
	a.send(startOf("1001"))
	require.Equal(t, []string{"op switching.LookUpDevice{quick:{} Device:1001@tenant.test}"}, b.take())
	b.knows(switching.DeviceStatus{Device: "1001@tenant.test", Known: true, Registered: true})
	a.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Device: ecma.Queue("9500")}})
	every.monitor("1001@tenant.test")
	b.take()
	// The default domain's 1000 calls the tenant's 1001, which calls its own 1000 then.
	b.inbound("l1", "1000", "721001")
	b.outbound("l2", "1001@tenant.test", "l1")
	b.take()
	b.simple(switching.LegProgress, "l2")
	require.Equal(t, []string{
		"a 1 Delivered l1/1001 1000@csta.test>721001 at 1001 newCall alerting",
		"e 3 Delivered l1/1001@tenant.test 1000>721001 at 1001@tenant.test newCall alerting",
	}, b.take())
	require.Equal(t, "a calls [l1/1001[alerting connected]]", a.ask(&ecma.SnapshotDevice{Object: ecma.Subscriber("1001")}))
	require.Equal(t, "a error invalidDeviceID", a.ask(startOf("1000@csta.test")), "another tenant's is not seen")
	a.send(&ecma.ClearConnection{Connection: connection("l1", "1001")})
	require.Equal(t, []string{"a ClearConnectionResponse", "op switching.HangUp{quick:{} Leg:l2 Cause:NORMAL_CLEARING Forsaken:false}"}, b.take())
}
