package translate

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

func TestDialledDevice(t *testing.T) {
	tr := New(Domains{"csta.test"}, "")
	for dial, device := range map[string]string{
		"user/1001@csta.test":                       "1001",
		"user/1001":                                 "1001",
		"user/1001@branch.test":                     "1001@branch.test",
		"{a=b,c='d'}[leg_timeout=5]user/1001":       "1001",
		"{a=b} user/1001":                           "1001",
		"{a=b":                                      "",
		"user/1001,user/1002":                       "",
		"user/1001|user/1002":                       "",
		"user/1001@csta.test:_:user/1002@csta.test": "",
		"sofia/gateway/example_gw/555":              "",
		"group/sales@csta.test":                     "",
		"error/user_busy":                           "",
		"":                                          "",
	} {
		require.Equal(t, device, tr.dialledDevice(dial), dial)
	}
}

// What a dialplan called could not be reached, and it goes on.
func TestCallsThatFail(t *testing.T) {
	bridge := func(kind Type, pairs ...string) *Record {
		return on(kind, "a", append([]string{"Application", "bridge", "Application-Data", "user/1001@example.com"}, pairs...)...)
	}
	ends := func(disposition string, pairs ...string) *Record {
		return bridge(ChannelExecuteComplete, append([]string{"variable_originate_disposition", disposition}, pairs...)...)
	}
	called := create("b", "outbound", "Other-Type", "originator", "Other-Leg-Unique-ID", "a")
	sentOn := []string{"Caller-Transfer-Source", "1:x:bl_xfer:1002/default/XML"}
	failed := switching.Event{Kind: switching.CallFailed, Leg: "a", Cause: switching.CauseUserNotRegistered, Device: "1001"}
	busy := switching.Event{Kind: switching.CallFailed, Leg: "a", Cause: switching.CauseUserBusy, Count: 1}
	routed := switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "1002"}
	for name, c := range map[string]struct {
		records []*Record
		want    []switching.Event
	}{
		"nobody has a leg":                   {[]*Record{bridge(ChannelExecute), ends("USER_NOT_REGISTERED")}, []switching.Event{failed}},
		"busy":                               {[]*Record{bridge(ChannelExecute), called, ends("USER_BUSY")}, []switching.Event{busy}},
		"answered":                           {[]*Record{bridge(ChannelExecute), called, ends("SUCCESS")}, nil},
		"in the switch's own words":          {[]*Record{bridge(ChannelExecute), ends("failure")}, nil},
		"loaded in the middle":               {[]*Record{ends("USER_BUSY")}, nil},
		"hung up for it":                     {[]*Record{bridge(ChannelExecute), on(ChannelHangup, "a"), ends("USER_NOT_REGISTERED")}, nil},
		"sent elsewhere for it":              {[]*Record{bridge(ChannelExecute), ends("USER_NOT_REGISTERED", sentOn...)}, []switching.Event{failed, routed}},
		"ended because it is sent elsewhere": {[]*Record{bridge(ChannelExecute), on(ChannelCallState, "a", sentOn...), ends("NORMAL_CLEARING", sentOn...)}, []switching.Event{routed}},
		"the second of two": {[]*Record{bridge(ChannelExecute), called, ends("USER_BUSY"), bridge(ChannelExecute), ends("USER_NOT_REGISTERED")},
			[]switching.Event{busy, failed}},
	} {
		tr := newTranslator()
		tr.Translate(create("a", "inbound"), nil)
		var got []switching.Event
		for _, e := range run(tr, c.records...) {
			if e.Kind == switching.CallFailed || e.Kind == switching.LegRouted {
				got = append(got, e)
			}
		}
		require.Equal(t, c.want, got, name)
	}
}

// A consultation by keys, and the third party who talks with both others.
func TestConsultationsByKeys(t *testing.T) {
	tr := newTranslator()
	run(tr, create("b", "outbound"), create("c", "outbound"))
	keys := func(kind Type, pairs ...string) *Record {
		return on(kind, "b", append([]string{"Application", "att_xfer", "Application-Data", "user/1002@example.com"}, pairs...)...)
	}
	require.Equal(t, []switching.Event{
		{Kind: switching.ConsultationBegun, Leg: "b", Device: "1002"},
		{Kind: switching.TalksWithTwo, Leg: "c", Other: "b"},
		{Kind: switching.ConsultationEnded, Leg: "b", Device: "1002", Cause: switching.CauseUserNotRegistered},
		{Kind: switching.ConsultationEnded, Leg: "b", Device: "1002"},
	}, run(tr,
		keys(ChannelExecute),
		on(ChannelExecute, "c", "Application", "three_way", "Application-Data", "b"),
		on(ChannelExecuteComplete, "c", "Application", "three_way", "Application-Data", "b"),
		keys(ChannelExecuteComplete, "variable_originate_disposition", "USER_NOT_REGISTERED"),
		keys(ChannelExecuteComplete, "variable_originate_disposition", "SUCCESS")))
}
