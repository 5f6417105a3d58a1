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

// What a group's members must press is a variable of their legs, or of the leg that
// calls the group.
func TestLegWhoseAnswerMustBeConfirmed(t *testing.T) {
	tr := New(Domains{"csta.test"}, "")
	confirms := func(r *Record) bool {
		events := tr.Translate(r, nil)
		require.Equal(t, switching.LegCreated, events[0].Kind)
		return events[0].Info.Confirms
	}
	require.False(t, confirms(create("a", "inbound", "variable_group_confirm_key", "1")))
	require.True(t, confirms(create("b", "outbound", "variable_group_confirm_key", "1")))
	member := func(uuid string) *Record {
		return create(uuid, "outbound", "Other-Type", "originator", "Other-Leg-Unique-ID", "a")
	}
	require.False(t, confirms(member("c")))
	tr.Translate(on(ChannelExecute, "a", "Application", "bridge", "variable_group_confirm_key", "1"), nil)
	require.True(t, confirms(member("d")))
	tr.Translate(on(ChannelExecuteComplete, "a", "Application", "bridge", "variable_group_confirm_key", "1"), nil)
	require.False(t, confirms(member("e")))
}
