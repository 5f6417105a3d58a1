package translate

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

// record makes a record from pairs of header and value.
func record(kind Type, pairs ...string) *Record {
	r := &Record{Type: kind}
	for i := 0; i < len(pairs); i += 2 {
		f := field(pairs[i])
		r.Set(f, pairs[i+1])
	}
	return r
}

func field(header string) Field {
	for f := range fields {
		if headers[f] == header && header != "" {
			return f
		}
	}
	panic("no field for header " + header)
}

func create(uuid, direction string, pairs ...string) *Record {
	return record(ChannelCreate, append([]string{"Unique-ID", uuid, "Call-Direction", direction}, pairs...)...)
}

// on is a record about one leg.
func on(kind Type, uuid string, pairs ...string) *Record {
	return record(kind, append([]string{"Unique-ID", uuid}, pairs...)...)
}

// at gives a record its time.
func at(when int64, r *Record) *Record {
	r.At = when
	return r
}

func newTranslator() *Translator {
	return New(Domains{"example.com"}, "/var/lib/music/hold.wav")
}

// run translates all records and returns the events, each with its kind and
// what it says; the births are checked elsewhere.
func run(tr *Translator, records ...*Record) []switching.Event {
	var out []switching.Event
	for _, r := range records {
		out = tr.Translate(r, out)
	}
	return out
}

func TestDeviceOfALeg(t *testing.T) {
	tests := []struct {
		name string
		r    *Record
		want switching.LegInfo
	}{
		{
			name: "authenticated phone calls",
			r: create("a", "inbound", "Channel-Name", "sofia/internal/1000@example.com",
				"Caller-Username", "1000", "variable_user_name", "1000", "variable_domain_name", "example.com",
				"variable_sofia_profile_name", "internal",
				"Caller-Caller-ID-Number", "1000", "Caller-Caller-ID-Name", "Anna", "Caller-Destination-Number", "1001"),
			want: switching.LegInfo{Direction: switching.Inbound, Device: "1000", Caller: "1000", CallerName: "Anna", Dialled: "1001"},
		},
		{
			name: "authenticated phone of another domain",
			r:    create("a", "inbound", "variable_user_name", "1000", "variable_domain_name", "branch.example.net"),
			want: switching.LegInfo{Direction: switching.Inbound, Device: "1000@branch.example.net"},
		},
		{
			name: "domain in other letters",
			r:    create("a", "inbound", "variable_user_name", "1000", "variable_domain_name", "EXAMPLE.com"),
			want: switching.LegInfo{Direction: switching.Inbound, Device: "1000"},
		},
		{
			name: "digest user without a directory user",
			r:    create("a", "inbound", "variable_sip_auth_username", "1004", "variable_sip_auth_realm", "example.com"),
			want: switching.LegInfo{Direction: switching.Inbound, Device: "1004"},
		},
		{
			name: "unauthenticated phone, registered on that profile",
			r: create("a", "inbound", "variable_sofia_profile_name", "internal",
				"Caller-Username", "1002", "variable_sip_from_user", "1002", "variable_sip_from_host", "192.0.2.7"),
			want: switching.LegInfo{Direction: switching.Inbound, Device: "1002"},
		},
		{
			name: "unauthenticated phone of another domain, registered",
			r: create("a", "inbound", "variable_sofia_profile_name", "internal",
				"Caller-Username", "1003", "variable_sip_from_host", "192.0.2.7"),
			want: switching.LegInfo{Direction: switching.Inbound, Device: "1003@branch.example.net"},
		},
		{
			name: "unauthenticated, not registered, on a profile for phones",
			r: create("a", "inbound", "variable_sofia_profile_name", "internal",
				"Caller-Username", "1009", "variable_sip_from_host", "127.0.0.1"),
			want: switching.LegInfo{Direction: switching.Inbound, Device: "1009"},
		},
		{
			name: "let in by an access list and not registered: a trunk on the phones' profile",
			r: create("a", "inbound", "variable_sofia_profile_name", "internal", "variable_sip_acl_authed_by", "carriers",
				"Caller-Username", "0301234", "variable_sip_from_host", "carrier.example.org"),
			want: switching.LegInfo{Direction: switching.Inbound},
		},
		{
			name: "inbound on a trunk's profile, even with a subscriber's number as caller",
			r: create("a", "inbound", "Channel-Name", "sofia/external/1002@192.0.2.1", "variable_sofia_profile_name", "external",
				"Caller-Username", "1002", "variable_sip_from_user", "1002", "Caller-Caller-ID-Number", "1002"),
			want: switching.LegInfo{Direction: switching.Inbound, Caller: "1002"},
		},
		{
			name: "a caller without a name",
			r:    create("a", "inbound", "variable_sofia_profile_name", "external", "Caller-Caller-ID-Number", "Anonymous"),
			want: switching.LegInfo{Direction: switching.Inbound, Withheld: true},
		},
		{
			name: "a caller who wishes not to be known",
			r: create("a", "inbound", "variable_sofia_profile_name", "external", "Caller-Caller-ID-Number", "0301234",
				"Caller-Privacy-Hide-Number", "true"),
			want: switching.LegInfo{Direction: switching.Inbound, Withheld: true},
		},
		{
			name: "a number that is none",
			r: create("a", "inbound", "variable_sofia_profile_name", "external", "Caller-Caller-ID-Number", "unavailable",
				"Caller-Privacy-Hide-Number", "false"),
			want: switching.LegInfo{Direction: switching.Inbound},
		},
		{
			name: "called by another program",
			r: create("a", "outbound", "Caller-Caller-ID-Number", "0000000000", "Caller-Destination-Number", "1000",
				"variable_dialed_user", "1000", "variable_dialed_domain", "example.com"),
			want: switching.LegInfo{Direction: switching.Outbound, Device: "1000", Dialled: "1000"},
		},
		{
			name: "inbound by a gateway on the phones' profile",
			r: create("a", "inbound", "variable_sofia_profile_name", "internal", "variable_sip_gateway", "gw1",
				"Caller-Username", "1002"),
			want: switching.LegInfo{Direction: switching.Inbound},
		},
		{
			name: "dialed_user says nothing of an inbound leg",
			r: create("a", "inbound", "variable_user_name", "1000", "variable_domain_name", "example.com",
				"variable_dialed_user", "1001", "variable_dialed_domain", "example.com"),
			want: switching.LegInfo{Direction: switching.Inbound, Device: "1000"},
		},
		{
			name: "called phone: its caller's names are not its own",
			r: create("b", "outbound", "Channel-Name", "sofia/internal/1001@192.0.2.8:5060", "Other-Type", "originator",
				"Other-Leg-Unique-ID", "a", "Channel-Presence-ID", "1001@example.com",
				"variable_dialed_user", "1001", "variable_dialed_domain", "example.com", "Caller-Username", "1000",
				"Caller-Caller-ID-Number", "1000", "Caller-Destination-Number", "1001"),
			want: switching.LegInfo{Direction: switching.Outbound, Device: "1001", Caller: "1000", Dialled: "1001", Originator: "a", Contact: netip.MustParseAddrPort("192.0.2.8:5060")},
		},
		{
			name: "contact of a phone that calls",
			r: create("a", "inbound", "variable_user_name", "1000", "variable_domain_name", "example.com",
				"Channel-Name", "sofia/internal/1000@example.com", "variable_sip_contact_uri", "1000@192.0.2.8:5062"),
			want: switching.LegInfo{Direction: switching.Inbound, Device: "1000", Contact: netip.MustParseAddrPort("192.0.2.8:5062")},
		},
		{
			name: "contact without a port, with parameters",
			r:    create("b", "outbound", "Channel-Name", "sofia/internal/1001@[2001:db8::8];line=abc", "variable_dialed_user", "1001"),
			want: switching.LegInfo{Direction: switching.Outbound, Device: "1001", Contact: netip.MustParseAddrPort("[2001:db8::8]:5060")},
		},
		{
			name: "called by its alias",
			r: create("b", "outbound", "variable_dialed_user", "1001", "variable_dialed_domain", "example.com",
				"Channel-Presence-ID", "1001@example.com", "Caller-Destination-Number", "7001"),
			want: switching.LegInfo{Direction: switching.Outbound, Device: "1001", Dialled: "7001"},
		},
		{
			name: "called by a directory dial string",
			r:    create("b", "outbound", "Channel-Presence-ID", "1001@branch.example.net"),
			want: switching.LegInfo{Direction: switching.Outbound, Device: "1001@branch.example.net"},
		},
		{
			name: "out by a gateway",
			r: create("b", "outbound", "Channel-Name", "sofia/external/5551234", "variable_sip_gateway_name", "gw1",
				"Other-Type", "originator", "Other-Leg-Unique-ID", "a", "Caller-Destination-Number", "5551234",
				"Channel-Presence-ID", "1000@example.com"),
			want: switching.LegInfo{Direction: switching.Outbound, Gateway: "gw1", Dialled: "5551234", Originator: "a"},
		},
		{
			name: "out to an address",
			r:    create("b", "outbound", "Channel-Name", "sofia/external/5551@192.0.2.1", "Caller-Destination-Number", "5551"),
			want: switching.LegInfo{Direction: switching.Outbound, Dialled: "5551"},
		},
		{
			name: "loopback",
			r: create("l", "inbound", "Channel-Name", "loopback/9500-b", "variable_loopback_leg", "B",
				"variable_other_loopback_leg_uuid", "k", "Caller-Destination-Number", "9500", "variable_user_name", "1000"),
			want: switching.LegInfo{Direction: switching.Inbound, Dialled: "9500", Glue: true, GluePeer: "k"},
		},
		{
			name: "recovered after a crash",
			r:    create("b", "outbound", "variable_recovered", "true", "variable_dialed_user", "1001"),
			want: switching.LegInfo{Direction: switching.Outbound, Device: "1001", Answered: true},
		},
		{
			name: "a name that no subscriber can have",
			r:    create("a", "inbound", "variable_user_name", "${system(reboot)}"),
			want: switching.LegInfo{Direction: switching.Inbound},
		},
		{
			name: "other half of an originate is not an originator",
			r:    create("a", "outbound", "Other-Type", "originatee", "Other-Leg-Unique-ID", "b"),
			want: switching.LegInfo{Direction: switching.Outbound},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTranslator()
			tr.Registered("internal", "1002", "example.com")
			tr.Registered("internal", "1003", "branch.example.net")
			got := run(tr, tt.r)
			require.Len(t, got, 1)
			assert.Equal(t, switching.LegCreated, got[0].Kind)
			assert.Equal(t, tt.want, *got[0].Info)
		})
	}
}

func TestDeviceIsDecidedOnce(t *testing.T) {
	tr := newTranslator()
	run(tr, create("a", "inbound", "variable_user_name", "1000", "variable_domain_name", "example.com"),
		on(ChannelProgress, "a", "variable_dialed_user", "1001"))
	assert.Equal(t, "1000", tr.Identify(on(ListedLeg, "a", "Call-Direction", "outbound", "variable_dialed_user", "1001")).Device)
	// A leg born before the module was loaded, which has called 1001 since.
	unseen := on(ListedLeg, "unseen", "Call-Direction", "outbound", "Channel-Presence-ID", "1005@example.com", "variable_dialed_user", "1001", "Channel-Call-State", "HELD")
	assert.Equal(t, "1005", tr.Identify(unseen).Device)
	assert.Equal(t, "1005", tr.Identify(on(ListedLeg, "unseen", "Call-Direction", "outbound", "variable_dialed_user", "1009")).Device)
	assert.True(t, tr.Held("unseen"))
	assert.Equal(t, "1006", tr.Identify(on(ListedLeg, "by user only", "Call-Direction", "outbound", "variable_dialed_user", "1006")).Device)
}

func TestACallOfAThreadOfItsOwnHasAnOriginator(t *testing.T) {
	tr := newTranslator()
	events := run(tr, create("b", "outbound", "variable_dialed_user", "1001", "variable_ent_originate_aleg_uuid", "a"))
	require.Len(t, events, 1)
	assert.Equal(t, "a", events[0].Info.Originator)
}

func TestARedirectionNamesItsDestination(t *testing.T) {
	tr := newTranslator()
	run(tr, create("b", "outbound"), create("c", "outbound"), create("d", "outbound"))
	events := run(tr,
		on(ChannelHangup, "d", "Hangup-Cause", "ORIGINATOR_CANCEL", "variable_sip_redirect_contact_user_0", "1003"),
		on(ChannelHangup, "b", "Hangup-Cause", "REDIRECTION_TO_NEW_DESTINATION", "variable_sip_redirect_contact_user_0", "1002"),
		on(ChannelHangup, "c", "Hangup-Cause", "USER_BUSY", "variable_sip_redirect_contact_user_0", "1002"))
	require.Len(t, events, 3)
	assert.Equal(t, "1003", events[0].Name)
	assert.Equal(t, "1002", events[1].Name)
	assert.Empty(t, events[2].Name)
}

func TestEvents(t *testing.T) {
	created := func(uuid string) *Record { return create(uuid, "inbound") }
	type want = switching.Event
	tests := []struct {
		name    string
		before  []*Record
		records []*Record
		want    []want
	}{
		{
			name:    "ringing, early media, answer",
			records: []*Record{on(ChannelProgress, "b"), on(ChannelProgressMedia, "b"), on(ChannelAnswer, "b")},
			want: []want{{Kind: switching.LegProgress, Leg: "b"}, {Kind: switching.LegEarlyMedia, Leg: "b"},
				{Kind: switching.LegAnswered, Leg: "b"}},
		},
		{
			name: "bridge and unbridge, told on either leg",
			records: []*Record{on(ChannelBridge, "a", "Bridge-A-Unique-ID", "a", "Bridge-B-Unique-ID", "b"),
				on(ChannelUnbridge, "b", "Bridge-A-Unique-ID", "a", "Bridge-B-Unique-ID", "b")},
			want: []want{{Kind: switching.LegsBridged, Leg: "a", Other: "b"}, {Kind: switching.LegsUnbridged, Leg: "a", Other: "b"}},
		},
		{
			name:    "hang-up and end",
			records: []*Record{on(ChannelHangup, "a", "Hangup-Cause", "USER_BUSY"), on(ChannelDestroy, "a")},
			want:    []want{{Kind: switching.LegHungUp, Leg: "a", Cause: "USER_BUSY"}, {Kind: switching.LegDestroyed, Leg: "a"}},
		},
		{
			name:    "second hang-up is not told",
			before:  []*Record{created("a"), on(ChannelHangup, "a", "Hangup-Cause", "NORMAL_CLEARING")},
			records: []*Record{on(ChannelHangup, "a", "Hangup-Cause", "NORMAL_CLEARING")},
		},
		{
			name:   "hold by the phone: two witnesses, one event",
			before: []*Record{created("a")},
			records: []*Record{
				on(ChannelCallState, "a", "Channel-Call-State", "HELD", "Original-Channel-Call-State", "ACTIVE"),
				on(ChannelHold, "a"),
				on(ChannelCallState, "a", "Channel-Call-State", "UNHELD", "Original-Channel-Call-State", "HELD"),
				on(ChannelUnhold, "a"),
				on(ChannelCallState, "a", "Channel-Call-State", "ACTIVE", "Original-Channel-Call-State", "UNHELD"),
			},
			want: []want{{Kind: switching.LegHeld, Leg: "a"}, {Kind: switching.LegUnheld, Leg: "a"}, {Kind: switching.LegResumed, Leg: "a"}},
		},
		{
			name:    "hold by the switch",
			before:  []*Record{created("a")},
			records: []*Record{on(ChannelHold, "a"), on(ChannelUnhold, "a")},
			want:    []want{{Kind: switching.LegHeld, Leg: "a"}, {Kind: switching.LegUnheld, Leg: "a"}},
		},
		{
			name:    "retrieve of what was never held",
			before:  []*Record{created("a")},
			records: []*Record{on(ChannelUnhold, "a")},
		},
		{
			name:    "hanging up a held leg does not retrieve it",
			before:  []*Record{created("a"), on(ChannelHold, "a")},
			records: []*Record{on(ChannelUnhold, "a", "Answer-State", "hangup"), on(ChannelHangup, "a", "Hangup-Cause", "NORMAL_CLEARING")},
			want:    []want{{Kind: switching.LegHungUp, Leg: "a", Cause: "NORMAL_CLEARING"}},
		},
		{
			name:    "call states that are not hold",
			before:  []*Record{created("a")},
			records: []*Record{on(ChannelCallState, "a", "Channel-Call-State", "RINGING"), on(ChannelCallState, "a", "Channel-Call-State", "ACTIVE", "Original-Channel-Call-State", "RINGING")},
		},
		{
			name:   "transferred into the dialplan",
			before: []*Record{created("a")},
			records: []*Record{
				on(ChannelExecute, "a", "Application", "bridge", "Caller-Transfer-Source", "1700000000:a:bl_xfer:1005/default/XML"),
				on(ChannelAnswer, "a", "Caller-Transfer-Source", "1700000000:a:bl_xfer:1005/default/XML"),
			},
			want: []want{{Kind: switching.LegRouted, Leg: "a", Name: "1005"}, {Kind: switching.LegAnswered, Leg: "a"}},
		},
		{
			name:   "inline applications and bridges are no destinations",
			before: []*Record{created("a")},
			records: []*Record{
				on(ChannelPark, "a", "Caller-Transfer-Source", "1700000000:a:bl_xfer:endless_playback:/m/h.wav/default/inline"),
				on(ChannelAnswer, "a", "Caller-Transfer-Source", "1700000001:a:uuid_br:b"),
			},
			want: []want{{Kind: switching.LegParked, Leg: "a"}, {Kind: switching.LegAnswered, Leg: "a"}},
		},
		{
			name:    "what a leg brings along at its birth is no transfer",
			records: []*Record{create("c", "outbound", "Caller-Transfer-Source", "1:x:bl_xfer:1/d/XML"), on(ChannelProgress, "c", "Caller-Transfer-Source", "1:x:bl_xfer:1/d/XML")},
			want:    []want{{Kind: switching.LegCreated, Leg: "c"}, {Kind: switching.LegProgress, Leg: "c"}},
		},
		{
			name:   "blind transfer asked by the phone",
			before: []*Record{created("p")},
			records: []*Record{
				on(SofiaTransferor, "p", "variable_transfer_to", "blind:11111111-2222-3333-4444-555555555555", "variable_transfer_destination", "blind:1005"),
				on(ChannelHangup, "p", "Hangup-Cause", "NORMAL_CLEARING", "variable_transfer_disposition", "recv_replace",
					"variable_transfer_to", "blind:11111111-2222-3333-4444-555555555555", "variable_endpoint_disposition", "BLIND_TRANSFER"),
			},
			want: []want{
				{Kind: switching.TransferRequested, Leg: "p", Transfer: switching.TransferorBlind, Other: "11111111-2222-3333-4444-555555555555", Name: "1005"},
				{Kind: switching.LegHungUp, Leg: "p", Cause: "NORMAL_CLEARING", Transfer: switching.TransferorBlind, Other: "11111111-2222-3333-4444-555555555555"},
			},
		},
		{
			name:   "attended transfer: both legs of the phone",
			before: []*Record{created("l1"), created("l2")},
			records: []*Record{
				on(SofiaReplaced, "l2", "att_xfer_replaced_by", "x"),
				on(SofiaTransferor, "l1", "variable_transfer_to", "att:aaaaaaaa-2222-3333-4444-555555555555", "att_xfer_destination_peer_uuid", "l2"),
				on(ChannelHangup, "l2", "Hangup-Cause", "ATTENDED_TRANSFER", "variable_transfer_disposition", "replaced"),
				on(ChannelHangup, "l1", "Hangup-Cause", "NORMAL_CLEARING", "variable_transfer_disposition", "recv_replace",
					"variable_transfer_to", "att:aaaaaaaa-2222-3333-4444-555555555555"),
			},
			want: []want{
				{Kind: switching.TransferRequested, Leg: "l1", Transfer: switching.TransferorAttended, Other: "l2"},
				{Kind: switching.LegHungUp, Leg: "l2", Cause: "ATTENDED_TRANSFER", Transfer: switching.TransferorAttended},
				{Kind: switching.LegHungUp, Leg: "l1", Cause: "NORMAL_CLEARING", Transfer: switching.TransferorAttended, Other: "aaaaaaaa-2222-3333-4444-555555555555"},
			},
		},
		{
			name:   "a transfer ends the hold of the phone's leg without a retrieve",
			before: []*Record{created("l1"), on(ChannelHold, "l1")},
			records: []*Record{
				at(1, on(SofiaTransferor, "l1", "variable_transfer_to", "att:aaaaaaaa-2222-3333-4444-555555555555")),
				at(2, on(ChannelUnhold, "l1", "Answer-State", "answered")),
			},
			want: []want{{Kind: switching.TransferRequested, Leg: "l1", At: 1, Transfer: switching.TransferorAttended, Other: "aaaaaaaa-2222-3333-4444-555555555555"}},
		},
		{
			name:   "a party transferred to one that rings and does not answer",
			before: []*Record{created("a")},
			records: []*Record{on(ChannelHangup, "a", "Hangup-Cause", "NORMAL_CLEARING", "variable_transfer_disposition", "replaced",
				"variable_transfer_to", "satt:a")},
			want: []want{{Kind: switching.LegHungUp, Leg: "a", Cause: "NO_ANSWER"}},
		},
		{
			name:    "the party that was transferred hangs up like any other",
			before:  []*Record{created("a")},
			records: []*Record{on(ChannelHangup, "a", "Hangup-Cause", "NORMAL_CLEARING", "variable_transfer_disposition", "bridge")},
			want:    []want{{Kind: switching.LegHungUp, Leg: "a", Cause: "NORMAL_CLEARING"}},
		},
		{
			name:   "digits, whoever pressed them; not those that the switch sends",
			before: []*Record{created("a")},
			records: []*Record{on(DTMF, "a", "DTMF-Digit", "5", "DTMF-Source", "RTP"), on(DTMF, "a", "DTMF-Digit", "#", "DTMF-Source", "ENDPOINT"),
				on(DTMF, "a", "DTMF-Digit", "7", "DTMF-Source", "APP"), on(DTMF, "a", "DTMF-Digit", "a", "DTMF-Source", "INBAND_AUDIO"), on(DTMF, "a", "DTMF-Digit", "F")},
			want: []want{{Kind: switching.DigitDetected, Leg: "a", Name: "5"}, {Kind: switching.DigitDetected, Leg: "a", Name: "#"}, {Kind: switching.DigitDetected, Leg: "a", Name: "A"}},
		},
		{
			name:   "recording",
			before: []*Record{created("a")},
			records: []*Record{on(RecordStart, "a", "Record-File-Path", "/r/x.wav"),
				on(RecordStop, "a", "Record-File-Path", "/r/x.wav", "Record-Completion-Cause", "success-maxtime"),
				on(RecordStop, "a", "Record-File-Path", "/r/y.wav", "Record-Completion-Cause", "uri-failure"),
				on(RecordStop, "a", "Record-File-Path", "/r/z.wav", "Answer-State", "hangup", "Record-Completion-Cause", "no-input-timeout")},
			want: []want{{Kind: switching.RecordStarted, Leg: "a", Name: "/r/x.wav"},
				{Kind: switching.RecordStopped, Leg: "a", Name: "/r/x.wav", Result: switching.Completed},
				{Kind: switching.RecordStopped, Leg: "a", Name: "/r/y.wav", Result: switching.Failed},
				{Kind: switching.RecordStopped, Leg: "a", Name: "/r/z.wav", Result: switching.LegEnded}},
		},
		{
			name:   "conference",
			before: []*Record{created("a")},
			records: []*Record{on(ConferenceMaintenance, "a", "Action", "add-member", "Conference-Name", "c1"),
				on(ConferenceMaintenance, "a", "Action", "floor-change", "Conference-Name", "c1"),
				on(ConferenceMaintenance, "a", "Action", "del-member", "Conference-Name", "c1"),
				record(ConferenceMaintenance, "Action", "conference-destroy", "Conference-Name", "c1")},
			want: []want{{Kind: switching.ConferenceJoined, Leg: "a", Name: "c1"}, {Kind: switching.ConferenceLeft, Leg: "a", Name: "c1"}},
		},
		{
			name:   "triggers",
			before: []*Record{created("a")},
			records: []*Record{on(Trigger, "a", "CSTA-Trigger", "queue", "CSTA-Name", "9500", "Caller-Destination-Number", "9599"), on(Trigger, "a", "CSTA-Trigger", "trunk-in", "CSTA-Name", "20"),
				on(Trigger, "a", "CSTA-Trigger", "trunk-out", "CSTA-Name", "21"), on(Trigger, "a", "CSTA-Trigger", "wait-end", "CSTA-Name", "time"), on(Trigger, "a", "CSTA-Trigger", "?")},
			want: []want{{Kind: switching.QueueEntered, Leg: "a", Name: "9500", Data: "9599"}, {Kind: switching.TrunkEntered, Leg: "a", Name: "20"},
				{Kind: switching.TrunkLeaving, Leg: "a", Name: "21"}, {Kind: switching.WaitEnded, Leg: "a", Data: "time"}},
		},
		{
			name:   "sent to what tells nothing else",
			before: []*Record{created("a")},
			records: []*Record{on(Trigger, "a", "CSTA-Trigger", "routed", "Caller-Transfer-Source", "1:x:bl_xfer:9196/default/XML"),
				on(Trigger, "a", "CSTA-Trigger", "routed", "Caller-Transfer-Source", "1:x:bl_xfer:9196/default/XML")},
			want: []want{{Kind: switching.LegRouted, Leg: "a", Name: "9196"}},
		},
		{
			name: "registrations",
			records: []*Record{record(SofiaRegister, "from-user", "1000", "from-host", "example.com", "profile-name", "internal"),
				record(SofiaUnregister, "from-user", "1000", "from-host", "branch.example.net"),
				record(SofiaExpire, "user", "1001", "host", "example.com"), record(SofiaExpire)},
			want: []want{{Kind: switching.DeviceRegistered, Device: "1000"}, {Kind: switching.DeviceUnregistered, Device: "1000@branch.example.net"},
				{Kind: switching.DeviceUnregistered, Device: "1001"}},
		},
		{
			name: "loopback legs leave: told once for the pair",
			before: []*Record{create("k", "outbound", "variable_loopback_leg", "A", "variable_other_loopback_leg_uuid", "l"),
				create("l", "inbound", "variable_loopback_leg", "B", "variable_other_loopback_leg_uuid", "k")},
			records: []*Record{record(LoopbackBowout, "Resigning-UUID", "k", "Resigning-Peer-UUID", "l"),
				on(ChannelHangup, "k", "Hangup-Cause", "NORMAL_UNSPECIFIED", "variable_loopback_hangup_cause", "bowout", "variable_other_loopback_leg_uuid", "l")},
			want: []want{{Kind: switching.GlueGone, Leg: "k", Other: "l"}, {Kind: switching.LegHungUp, Leg: "k", Cause: "NORMAL_UNSPECIFIED"}},
		},
		{
			name: "loopback legs leave without their own event",
			before: []*Record{create("k", "outbound", "variable_loopback_leg", "A", "variable_other_loopback_leg_uuid", "l"),
				create("l", "inbound", "variable_loopback_leg", "B", "variable_other_loopback_leg_uuid", "k")},
			records: []*Record{
				on(ChannelHangup, "l", "Hangup-Cause", "NORMAL_UNSPECIFIED", "variable_loopback_hangup_cause", "bridge", "variable_other_loopback_leg_uuid", "k"),
				on(ChannelHangup, "k", "Hangup-Cause", "NORMAL_UNSPECIFIED", "variable_loopback_hangup_cause", "bridge", "variable_other_loopback_leg_uuid", "l")},
			want: []want{{Kind: switching.GlueGone, Leg: "l", Other: "k"}, {Kind: switching.LegHungUp, Leg: "l", Cause: "NORMAL_UNSPECIFIED"},
				{Kind: switching.LegHungUp, Leg: "k", Cause: "NORMAL_UNSPECIFIED"}},
		},
		{
			name:    "renamed",
			before:  []*Record{created("old"), on(ChannelHold, "old")},
			records: []*Record{on(ChannelUUID, "new", "Old-Unique-ID", "old"), on(ChannelUnhold, "new")},
			want:    []want{{Kind: switching.LegRenamed, Leg: "new", Other: "old"}, {Kind: switching.LegUnheld, Leg: "new"}},
		},
		{
			name:    "housekeeping",
			records: []*Record{record(ReloadXML), record(Shutdown), record(None), on(ChannelOutgoing, "b"), on(SofiaTransferee, "b")},
			want:    []want{{Kind: switching.SwitchStopping}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTranslator()
			run(tr, tt.before...)
			got := run(tr, tt.records...)
			for i := range got {
				got[i].Info = nil
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestPlayback(t *testing.T) {
	const run1, ours = "11111111-2222-3333-4444-555555555555", PlayTag + "p7"
	execute := func(run, file string, more ...string) *Record {
		return on(ChannelExecute, "a", append([]string{"Application", "playback", "Application-Data", file, "Application-UUID", run}, more...)...)
	}
	complete := func(run, response string, more ...string) *Record {
		return on(ChannelExecuteComplete, "a", append([]string{"Application", "playback", "Application-UUID", run, "Application-Response", response}, more...)...)
	}
	start := func(path string) *Record { return on(PlaybackStart, "a", "Playback-File-Path", path) }
	stop := func(path, status string, more ...string) *Record {
		return on(PlaybackStop, "a", append([]string{"Playback-File-Path", path, "Playback-Status", status}, more...)...)
	}
	type want = switching.Event
	tests := []struct {
		name    string
		records []*Record
		want    []want
	}{
		{
			name:    "ours, to its end",
			records: []*Record{execute(ours, "ivr/hello.wav"), start("/s/ivr/hello.wav"), stop("/s/ivr/hello.wav", "done"), complete(ours, "FILE PLAYED")},
			want: []want{{Kind: switching.PlayStarted, Leg: "a", Name: "ivr/hello.wav", Data: "p7"},
				{Kind: switching.PlayStopped, Leg: "a", Name: "ivr/hello.wav", Data: "p7", Result: switching.Completed}},
		},
		{
			name:    "ours, stopped",
			records: []*Record{execute(ours, "a.wav"), start("/s/a.wav"), stop("/s/a.wav", "break"), complete(ours, "FILE PLAYED")},
			want: []want{{Kind: switching.PlayStarted, Leg: "a", Name: "a.wav", Data: "p7"},
				{Kind: switching.PlayStopped, Leg: "a", Name: "a.wav", Data: "p7", Result: switching.Interrupted}},
		},
		{
			name:    "ours, missing",
			records: []*Record{execute(ours, "no.wav"), complete(ours, "FILE NOT FOUND")},
			want:    []want{{Kind: switching.PlayStopped, Leg: "a", Name: "no.wav", Data: "p7", Result: switching.NotFound}},
		},
		{
			name:    "ours, not playable",
			records: []*Record{execute(ours, "bad.wav"), complete(ours, "PLAYBACK ERROR")},
			want:    []want{{Kind: switching.PlayStopped, Leg: "a", Name: "bad.wav", Data: "p7", Result: switching.Failed}},
		},
		{
			name: "hang-up in the middle",
			records: []*Record{execute(ours, "a.wav"), start("/s/a.wav"), on(ChannelHangup, "a", "Hangup-Cause", "NORMAL_CLEARING"),
				stop("/s/a.wav", "done", "Answer-State", "hangup"), complete(ours, "_none_", "Answer-State", "hangup")},
			want: []want{{Kind: switching.PlayStarted, Leg: "a", Name: "a.wav", Data: "p7"}, {Kind: switching.LegHungUp, Leg: "a", Cause: "NORMAL_CLEARING"},
				{Kind: switching.PlayStopped, Leg: "a", Name: "a.wav", Data: "p7", Result: switching.LegEnded}},
		},
		{
			name:    "the dialplan's",
			records: []*Record{execute(run1, "menu.wav"), start("/s/menu.wav"), stop("/s/menu.wav", "done"), complete(run1, "FILE PLAYED")},
			want: []want{{Kind: switching.PlayStarted, Leg: "a", Name: "menu.wav"},
				{Kind: switching.PlayStopped, Leg: "a", Name: "menu.wav", Result: switching.Completed}},
		},
		{
			name: "ours within the dialplan's",
			records: []*Record{execute(run1, "menu.wav"), start("/s/menu.wav"), execute(ours, "a.wav"), start("/s/a.wav"), stop("/s/a.wav", "done"),
				complete(ours, "FILE PLAYED"), stop("/s/menu.wav", "done"), complete(run1, "FILE PLAYED")},
			want: []want{{Kind: switching.PlayStarted, Leg: "a", Name: "menu.wav"}, {Kind: switching.PlayStarted, Leg: "a", Name: "a.wav", Data: "p7"},
				{Kind: switching.PlayStopped, Leg: "a", Name: "a.wav", Data: "p7"}, {Kind: switching.PlayStopped, Leg: "a", Name: "menu.wav"}},
		},
		{
			name:    "tones and streams",
			records: []*Record{execute(run1, "tone_stream://%(251,0,440)"), start("tone_stream://%(251,0,440)"), stop("tone_stream://%(251,0,440)", "break"), complete(run1, "FILE PLAYED")},
		},
		{
			name:    "the switch's hold music",
			records: []*Record{execute(run1, "/var/lib/music/hold.wav"), start("/var/lib/music/hold.wav"), stop("/var/lib/music/hold.wav", "break")},
		},
		{
			name:    "the leg's own hold music",
			records: []*Record{execute(run1, "/m/mine.wav", "variable_hold_music", "/m/mine.wav"), start("/m/mine.wav"), stop("/m/mine.wav", "break")},
		},
		{
			name: "anything while the partner holds",
			records: []*Record{create("h", "inbound"), on(ChannelBridge, "a", "Bridge-A-Unique-ID", "a", "Bridge-B-Unique-ID", "h"), on(ChannelHold, "h"),
				execute(run1, "/m/theirs.wav"), start("/m/theirs.wav"), stop("/m/theirs.wav", "break"), complete(run1, "FILE PLAYED")},
			want: []want{{Kind: switching.LegCreated, Leg: "h"}, {Kind: switching.LegsBridged, Leg: "a", Other: "h"}, {Kind: switching.LegHeld, Leg: "h"}},
		},
		{
			name:    "ring-back and other applications' prompts",
			records: []*Record{start("/s/prompt.wav"), stop("/s/prompt.wav", "done"), on(ChannelExecute, "a", "Application", "endless_playback", "Application-UUID", run1)},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTranslator()
			run(tr, create("a", "inbound"))
			got := run(tr, tt.records...)
			for i := range got {
				got[i].Info = nil
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestPlaying(t *testing.T) {
	tr := newTranslator()
	run(tr, create("a", "inbound"), on(ChannelExecute, "a", "Application", "playback", "Application-UUID", PlayTag+"7"))
	assert.True(t, tr.Playing("a", "7"))
	assert.False(t, tr.Playing("a", "8"))
	run(tr, on(ChannelExecuteComplete, "a", "Application", "playback", "Application-UUID", PlayTag+"7"))
	assert.False(t, tr.Playing("a", "7"))
}

func TestOldRefersDoNotCount(t *testing.T) {
	tr := newTranslator()
	now := time.Now()
	tr.now = func() time.Time { return now }
	refer := on(SofiaTransferor, "p", "variable_transfer_to", "blind:1005")
	hangup := on(ChannelHangup, "p", "Hangup-Cause", "NORMAL_CLEARING", "variable_transfer_disposition", "recv_replace", "variable_transfer_to", "blind:1005")
	run(tr, create("p", "inbound"), refer)
	now = now.Add(time.Minute)
	got := run(tr, hangup)
	assert.Equal(t, switching.NoTransfer, got[0].Transfer)
}

// Without fire-transfer-events nothing tells that a phone asked for a transfer but
// the Refer-To that is noted with its partner.
func TestTransfersThatNothingTellsOf(t *testing.T) {
	tr := newTranslator()
	sent := func(seconds, number, referTo string) *Record {
		return on(ChannelExecute, "b", "Application", "set", "Caller-Transfer-Source", seconds+":b:bl_xfer:"+number+"/default/XML", "variable_sip_refer_to", referTo)
	}
	run(tr, create("a", "inbound"), create("b", "outbound"), on(ChannelBridge, "a", "Bridge-A-Unique-ID", "a", "Bridge-B-Unique-ID", "b"))
	got := run(tr, sent("1", "1002", "<sip:1002@example.org>"))
	require.Len(t, got, 2)
	assert.Equal(t, switching.Event{Kind: switching.TransferRequested, Leg: "a", Other: "b", Transfer: switching.TransferorBlind, Name: "1002"},
		switching.Event{Kind: got[0].Kind, Leg: got[0].Leg, Other: got[0].Other, Transfer: got[0].Transfer, Name: got[0].Name})
	assert.Equal(t, switching.LegRouted, got[1].Kind)

	// The variable stays: what sends the leg on later is no request of its new
	// partner, unless it is another.
	run(tr, on(ChannelHangup, "a"), create("c", "outbound"), on(ChannelBridge, "b", "Bridge-A-Unique-ID", "b", "Bridge-B-Unique-ID", "c"))
	got = run(tr, sent("2", "1003", "<sip:1002@example.org>"))
	require.Len(t, got, 1)
	assert.Equal(t, switching.LegRouted, got[0].Kind)
	got = run(tr, sent("3", "1004", "<sip:1004@example.org>"))
	require.Len(t, got, 2)
	assert.Equal(t, "c", got[0].Leg)
}

// A phone that transfers its partner into a queue, in which it waits itself, names
// the call that it replaces: that is no single step to the queue's number.
func TestAttendedTransfersThatNothingTellsOf(t *testing.T) {
	for _, referTo := range []string{
		"<sip:9500@example.org?Replaces=1%40x%3Bto-tag%3D2%3Bfrom-tag%3D3>",
		"Queue <sip:9500@example.org:5060;transport=udp?Require=replaces&replaces=1%40x>;x=y",
		"sip:9500@example.org?Replaces=1%40x",
	} {
		tr := newTranslator()
		run(tr, create("a", "inbound"), create("b", "outbound"), on(ChannelBridge, "a", "Bridge-A-Unique-ID", "a", "Bridge-B-Unique-ID", "b"))
		got := run(tr, on(ChannelExecute, "a", "Application", "set", "Caller-Transfer-Source", "1:a:bl_xfer:9500/default/XML", "variable_sip_refer_to", referTo))
		require.Len(t, got, 2, referTo)
		assert.Equal(t, switching.Event{Kind: switching.TransferRequested, Leg: "b", Transfer: switching.TransferorAttended},
			switching.Event{Kind: got[0].Kind, Leg: got[0].Leg, Other: got[0].Other, Transfer: got[0].Transfer, Name: got[0].Name}, referTo)
		assert.Equal(t, switching.LegRouted, got[1].Kind)
	}
	for _, referTo := range []string{"<sip:9500@example.org?Subject=Replaces>", "<sip:9500@example.org>;x=?Replaces=1", "", "<sip:9500@example.org?XReplaces=1>"} {
		assert.False(t, replacing(referTo), referTo)
	}
}

// The hold of a call that an attended transfer replaces ends in its call state
// alone, before anything shows the transfer: nobody retrieved it.
func TestHoldsThatTransfersEnd(t *testing.T) {
	state := func(now, before string) *Record {
		return on(ChannelCallState, "a", "Channel-Call-State", now, "Original-Channel-Call-State", before)
	}
	held := []*Record{create("a", "inbound"), state("HELD", "ACTIVE"), on(ChannelHold, "a")}
	replaced := []string{"variable_transfer_disposition", "replaced", "variable_endpoint_disposition", "ATTENDED_TRANSFER"}
	asked := []string{"variable_transfer_disposition", "recv_replace", "variable_transfer_to", "att:11111111-2222-3333-4444-555555555555"}
	refused := []string{"variable_transfer_disposition", "recv_replace", "variable_endpoint_disposition", "ANSWER"}
	for _, tt := range []struct {
		name    string
		records []*Record
		want    []switching.Kind
	}{
		{"replaced", []*Record{state("UNHELD", "HELD"), state("ACTIVE", "UNHELD"), on(ChannelPark, "a", replaced...)}, []switching.Kind{switching.LegParked}},
		{"replaced, shown by its end", []*Record{state("UNHELD", "HELD"), on(ChannelHangup, "a", replaced...)}, []switching.Kind{switching.LegHungUp}},
		{"asked in", []*Record{state("UNHELD", "HELD"), on(ChannelUnhold, "a", asked...)}, nil},
		{"retrieved", []*Record{state("UNHELD", "HELD"), on(ChannelUnhold, "a"), state("ACTIVE", "UNHELD")}, []switching.Kind{switching.LegUnheld, switching.LegResumed}},
		{"retrieved after a refused transfer", []*Record{state("UNHELD", "HELD"), on(ChannelUnhold, "a", refused...)}, []switching.Kind{switching.LegUnheld}},
		{"media is faster", []*Record{state("UNHELD", "HELD"), state("ACTIVE", "UNHELD"), on(ChannelUnhold, "a")}, []switching.Kind{switching.LegUnheld, switching.LegResumed}},
		{"sent on by its partner", []*Record{state("UNHELD", "HELD"), on(ChannelExecute, "a", "Application", "set")}, []switching.Kind{switching.LegUnheld}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tr := newTranslator()
			run(tr, held...)
			var got []switching.Kind
			for _, e := range run(tr, tt.records...) {
				got = append(got, e.Kind)
			}
			assert.Equal(t, tt.want, got)
			assert.False(t, tr.Held("a"))
		})
	}
	t.Run("in bypass media only the call state tells", func(t *testing.T) {
		got := run(newTranslator(), create("a", "inbound"), state("HELD", "ACTIVE"), state("UNHELD", "HELD"))
		require.Len(t, got, 3)
		assert.Equal(t, switching.LegUnheld, got[2].Kind)
	})
}

// The end of the transferor may come first; it names the number, too.
func TestTransferorThatGoesFirst(t *testing.T) {
	tr := newTranslator()
	run(tr, create("a", "inbound"))
	got := run(tr, on(ChannelHangup, "a", "Hangup-Cause", "BLIND_TRANSFER", "variable_transfer_to", "blind:11111111-2222-3333-4444-555555555555", "variable_transfer_destination", "blind:1002"))
	require.Len(t, got, 1)
	assert.Equal(t, switching.TransferorBlind, got[0].Transfer)
	assert.Equal(t, "1002", got[0].Name)
}

func TestReplacedLeg(t *testing.T) {
	tr := newTranslator()
	const peer = "11111111-2222-3333-4444-555555555555"
	run(tr, create("leg", "inbound"), create(peer, "outbound"), on(ChannelBridge, "leg", "Bridge-A-Unique-ID", "leg", "Bridge-B-Unique-ID", peer))
	got := run(tr, create("new", "inbound", "variable_sip_replaces_call_id", "x@y", "Caller-Destination-Number", "answer,intercept:"+peer))
	assert.Equal(t, "leg", got[0].Info.Replaces)
	got = run(tr, create("newer", "inbound", "variable_sip_replaces_call_id", "x@y", "Caller-Destination-Number", "answer,park"))
	assert.Equal(t, "?", got[0].Info.Replaces)
}

func TestLegsAreForgotten(t *testing.T) {
	tr := newTranslator()
	run(tr, create("a", "inbound"), create("b", "outbound"), on(ChannelUUID, "c", "Old-Unique-ID", "b"))
	assert.Equal(t, 2, tr.Legs())
	run(tr, on(ChannelHangup, "a"), on(ChannelDestroy, "a"), on(ChannelDestroy, "c"), on(ChannelDestroy, "never seen"), on(ChannelHangup, "nor this"))
	assert.Zero(t, tr.Legs())
}

func TestRetain(t *testing.T) {
	tr := newTranslator()
	now := time.Now()
	tr.now = func() time.Time { return now }
	run(tr, create("gone", "inbound"), create("alive", "inbound"))
	now = now.Add(time.Second)
	begun := now
	// The time of day is set back while the switch lists its legs.
	young := create("young", "inbound")
	young.At = 1
	run(tr, young)
	tr.Retain(map[string]bool{"alive": true}, begun)
	assert.Equal(t, 2, tr.Legs())
	run(tr, on(ChannelDestroy, "alive"), on(ChannelDestroy, "young"))
	assert.Zero(t, tr.Legs())
}

func BenchmarkTranslateCall(b *testing.B) {
	tr := newTranslator()
	call := []*Record{
		create("a", "inbound", "variable_user_name", "1000", "variable_domain_name", "example.com"),
		create("b", "outbound", "variable_dialed_user", "1001", "Other-Type", "originator", "Other-Leg-Unique-ID", "a"),
		on(ChannelProgress, "b"), on(ChannelAnswer, "b"), on(ChannelAnswer, "a"),
		on(ChannelBridge, "a", "Bridge-A-Unique-ID", "a", "Bridge-B-Unique-ID", "b"),
		on(ChannelHangup, "a"), on(ChannelHangup, "b"), on(ChannelDestroy, "a"), on(ChannelDestroy, "b"),
	}
	var out []switching.Event
	b.ReportAllocs()
	for b.Loop() {
		out = out[:0]
		for _, r := range call {
			out = tr.Translate(r, out)
		}
	}
}

func TestWhoHungUpFirst(t *testing.T) {
	for _, tt := range []struct {
		name  string
		pairs []string
		want  bool
	}{
		{"its phone sent BYE", []string{"variable_sip_term_status", "200"}, false},
		{"its partner's phone sent BYE", []string{"variable_sip_hangup_phrase", "OK"}, true},
		{"both sent BYE", []string{"variable_sip_term_status", "200", "variable_sip_hangup_phrase", "OK"}, false},
		{"its partner was hung up", []string{"variable_last_bridge_hangup_cause", "NORMAL_CLEARING"}, true},
		{"it was hung up", nil, false},
		{"its phone was busy", []string{"variable_sip_term_status", "486"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			events := run(newTranslator(), create("a", "inbound"), on(ChannelHangup, "a", tt.pairs...))
			require.Equal(t, switching.LegHungUp, events[len(events)-1].Kind)
			assert.Equal(t, tt.want, events[len(events)-1].Follows)
		})
	}
}
