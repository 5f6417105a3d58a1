package translate

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

func TestOwnQueue(t *testing.T) {
	for _, c := range []struct{ application, argument, queue string }{
		{"callcenter", "support@default", "support@default"},
		{"callcenter", "", ""},
		{"fifo", "sales in", "sales"},
		{"fifo", "sales!3 in undef /music", "sales"},
		{"fifo", "sales out wait", ""},
		{"fifo", "sales", ""},
		{"fifo", "a,b in", ""},
		{"playback", "sales in", ""},
		{"callcenter", "<b>", ""},
	} {
		require.Equal(t, c.queue, OwnQueue(c.application, c.argument), "%s %s", c.application, c.argument)
	}
}

// An agent's leg is called for the caller whose leg its variables name; the caller's
// own variables do not make it one.
func TestLegThatAQueueOffersACall(t *testing.T) {
	domains := Domains{"csta.test"}
	agent := create("agent", "outbound", "variable_dialed_user", "1002", "variable_dialed_domain", "csta.test",
		"variable_cc_member_session_uuid", "caller")
	info := identify(agent, domains, nil)
	require.Equal(t, "caller", info.Originator)
	require.True(t, info.Offer)
	agent = create("agent", "outbound", "variable_fifo_bridge_uuid", "caller")
	require.True(t, identify(agent, domains, nil).Offer)
	standing := create("agent", "inbound", "variable_cc_member_session_uuid", "caller")
	info = identify(standing, domains, nil)
	require.Empty(t, info.Originator)
	require.False(t, info.Offer)
	require.Equal(t, switching.Inbound, info.Direction)
}
