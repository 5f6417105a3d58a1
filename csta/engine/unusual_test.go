package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

func TestAPhoneRedirects(t *testing.T) {
	for name, c := range map[string]struct {
		rang  bool
		cause switching.Cause
	}{
		"after it rang":                          {true, switching.CauseRedirected},
		"at once":                                {false, switching.CauseRedirected},
		"and what called it is faster to end it": {false, switching.CauseOriginatorCancel},
	} {
		t.Run(name, func(t *testing.T) {
			rang := c.rang
			b, _ := watched(t)
			b.inbound("a", "1000", "1001")
			b.outbound("b", "1001", "a")
			if rang {
				b.simple(switching.LegProgress, "b")
			}
			b.take()
			b.event(switching.Event{Kind: switching.LegHungUp, Leg: "b", Cause: c.cause, Name: "1002"})
			b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "1002"})
			b.destroyed("b")
			b.outbound("c", "1002", "a")
			b.hangUp("c", switching.CauseUserBusy)
			b.hangUp("a", switching.CauseUserBusy)
			b.destroyed("c", "a")
			want := []string{
				"s 1 Diverted a/1001 to 1002 callForward connected",
				"s 2 Diverted a/1001 to 1002 callForward null",
				"s 1 Failed a/1002 at 1002 busy connected",
				"s 1 ConnectionCleared a/1000 normalClearing null",
			}
			if !rang {
				want = append([]string{"s 1 Originated a/1000 1000>1001 newCall connected"}, want...)
			}
			require.Equal(t, want, b.take())
			b.empty()
			require.Zero(t, b.core.counters.Repairs)
		})
	}
}

// A caller gives up where a phone has sent the call elsewhere by itself.
func TestACallerGivesUpBehindARedirection(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1001")
	b.outbound("b", "1001", "a")
	b.simple(switching.LegProgress, "b")
	b.take()
	b.hangUp("a", switching.CauseOriginatorCancel)
	b.event(switching.Event{Kind: switching.LegHungUp, Leg: "b", Cause: switching.CauseOriginatorCancel, Name: "1002"})
	b.destroyed("a", "b")
	for _, event := range b.take() {
		require.NotContains(t, event, "Diverted")
	}
	b.empty()
}

// A mailbox as FreeSWITCH's own dialplan calls it: bridge loopback/app=voicemail:…
func TestTheMailboxAnswersBeforeItIsAnnounced(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1001")
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "near", Info: &switching.LegInfo{
		Direction: switching.Outbound, Glue: true, GluePeer: "far", Originator: "a"}})
	b.simple(switching.LegEarlyMedia, "far")
	b.simple(switching.LegAnswered, "far")
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "far", Info: &switching.LegInfo{
		Direction: switching.Inbound, Glue: true, GluePeer: "near"}})
	b.simple(switching.LegAnswered, "near")
	b.simple(switching.LegAnswered, "a")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "near"})
	require.Equal(t, []string{
		"s 1 ServiceInitiated a/1000 newCall initiated",
		"s 1 Originated a/1000 1000>1001 newCall connected",
	}, b.take())
	b.pass(waits[forBirth].atMost)
	require.True(t, b.core.legs["far"].Answered())
	b.allHangUp("a", "near", "far")
	require.Zero(t, b.core.counters.Repairs)
	require.Zero(t, b.core.counters.Resyncs)
}

// Whom a dialplan calls in vain may have no leg by which that would show: it goes on.
func TestTheDialplanGoesOnBehindACallToNobody(t *testing.T) {
	begins := []string{"s 1 ServiceInitiated a/1000 newCall initiated", "s 1 Originated a/1000 1000>1001 newCall connected"}
	b, _ := watched(t)
	b.inbound("a", "1000", "1001")
	failed := func(count uint64, device string, cause switching.Cause) {
		b.event(switching.Event{Kind: switching.CallFailed, Leg: "a", Count: count, Device: device, Cause: cause})
	}
	failed(0, "1001", switching.CauseUserNotRegistered)
	require.Equal(t, append(begins, "s 1 Failed a/1001 at 1001 destOutOfOrder connected"), b.take())
	// A second try in vain is no news, and neither is what the caller ends.
	failed(0, "1001", switching.CauseUserNotRegistered)
	failed(0, "1001", switching.CauseOriginatorCancel)
	b.simple(switching.LegAnswered, "a")
	require.Empty(t, b.take())
	b.hangUp("a", switching.CauseNormalClearing)
	require.Equal(t, []string{"s 1 ConnectionCleared a/1000 normalClearing null"}, b.take())
	b.destroyed("a")

	b.inbound("a", "1000", "1001")
	b.outbound("b", "1001", "a")
	b.hangUp("b", switching.CauseUserBusy)
	failed(1, "", switching.CauseUserBusy)
	require.Equal(t, append(begins, "s 1 Failed a/1001 at 1001 busy connected"), b.take())
	// The next is behind a network interface whose gateway is down.
	b.event(switching.Event{Kind: switching.TrunkLeaving, Leg: "a", Name: "20"})
	failed(0, "", "GATEWAY_DOWN")
	require.Equal(t, []string{"s 1 Failed a/0120 at 1001 destOutOfOrder connected"}, b.take())
	b.allHangUp("a", "b")
	b.take()

	b.inbound("a", "1000", "1001")
	b.applied("a", switching.ForwardNoAnswer, "1001", "1002")
	failed(0, "1001", switching.CauseUserNotRegistered)
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "1002"})
	require.Equal(t, append(begins,
		"s 1 Diverted a/1001 to 1002 callForwardNoAnswer connected",
		"s 2 Diverted a/1001 to 1002 callForwardNoAnswer null"), b.take())
	b.allHangUp("a")
	require.Zero(t, b.core.counters.Repairs)
}

func TestAnotherProgramConnectsTwoParties(t *testing.T) {
	b, _ := watched(t)
	b.outbound("a", "1000", "")
	b.simple(switching.LegProgress, "a")
	b.simple(switching.LegAnswered, "a")
	require.Equal(t, []string{
		"s 1 Delivered a/1000 ?>1000 at 1000 newCall alerting",
		"s 1 Established a/1000 ?>1000 by 1000 newCall connected",
	}, b.take())
	b.outbound("b", "1001", "a")
	b.simple(switching.LegProgress, "b")
	b.simple(switching.LegAnswered, "b")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	require.Equal(t, []string{
		"s 1 Delivered a/1001 1000>1001 at 1001 newCall connected",
		"s 2 Delivered a/1001 1000>1001 at 1001 newCall alerting",
		"s 1 Established a/1001 1000>1001 by 1001 newCall connected",
		"s 2 Established a/1001 1000>1001 by 1001 newCall connected",
	}, b.take())
	b.allHangUp("a", "b")
}

// served has a leg dial a number that an application of the switch answers.
func (b *bench) served(leg, device, number string) {
	b.inbound(leg, device, number)
	b.simple(switching.LegAnswered, leg)
}

func TestSomebodyComesForAWaitingParty(t *testing.T) {
	b, _ := watched(t)
	b.served("a", "1000", "5901")
	b.served("b", "1001", "5901")
	b.take()
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	require.Equal(t, []string{
		"s 2 ConnectionCleared b/1001 normalClearing null",
		"s 1 Established a/1001 1000>5901 by 1001 callPickup connected",
		"s 2 Established a/1001 1000>5901 by 1001 callPickup connected",
	}, b.take("Note"))
	b.hangUp("a", switching.CauseNormalClearing)
	b.take()
	// The one who stays comes into the call of the next, as an agent of a
	// fifo does.
	b.served("c", "1002", "5901")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "c", Other: "b"})
	require.Equal(t, []string{
		"s 2 ConnectionCleared a/1001 normalClearing null",
		"s 2 Established c/1001 1002>5901 by 1001 callPickup connected",
	}, b.take("Note"))
	b.hangUp("b", switching.CauseNormalClearing)
	b.hangUp("c", switching.CauseNormalClearing)
	b.destroyed("a", "b", "c")
	b.empty()
	require.Zero(t, b.core.counters.Repairs)
}

func TestSomebodyComesForAPartyInAQueue(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "9742")
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "a", Name: "sales"})
	b.simple(switching.LegAnswered, "a")
	b.served("b", "1001", "9741")
	b.take()
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	require.Equal(t, []string{
		"s 2 ConnectionCleared b/1001 normalClearing null",
		"s 1 Diverted a/02sales to 1001 callPickup connected",
		"s 1 Established a/1001 1000>9742 by 1001 callPickup connected",
		"s 2 Established a/1001 1000>9742 by 1001 callPickup connected",
	}, b.take("Note"))
}

func TestTheFarHalfOfGlueComesFirst(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "9729")
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "far", Info: &switching.LegInfo{Direction: switching.Inbound, Glue: true, GluePeer: "near"}})
	b.outbound("b", "1001", "far")
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "near", Info: &switching.LegInfo{
		Direction: switching.Outbound, Glue: true, GluePeer: "far", Originator: "a"}})
	b.take()
	b.simple(switching.LegProgress, "b")
	require.Equal(t, []string{
		"s 1 Originated a/1000 1000>9729 newCall connected",
		"s 1 Delivered a/1001 1000>9729 at 1001 newCall connected",
		"s 2 Delivered a/1001 1000>9729 at 1001 newCall alerting",
	}, b.take())
	b.hangUp("a", switching.CauseOriginatorCancel)
	b.hangUp("near", switching.CauseOriginatorCancel)
	b.hangUp("far", switching.CauseOriginatorCancel)
	b.hangUp("b", switching.CauseOriginatorCancel)
	b.destroyed("a", "near", "far", "b")
	b.empty()
	require.Zero(t, b.core.counters.Repairs)
}

func TestBothPartiesAreSentElsewhere(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.simple(switching.LegAnswered, "b")
	b.simple(switching.LegAnswered, "a")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	b.take()
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "b", Name: "1002"})
	b.outbound("c", "1002", "b")
	b.simple(switching.LegProgress, "c")
	b.take()
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "1003"})
	require.Equal(t, []string{
		"s 1 ConnectionCleared a/1001 normalClearing connected",
		"s 2 ConnectionCleared a/1001 normalClearing null",
		"s 2 ServiceInitiated b/1001 newCall initiated",
		"s 2 Originated b/1001 1001>1002 newCall connected",
		"s 1 ConnectionCleared a/1002 normalClearing connected",
		"s 2 Delivered b/1002 1001>1002 at 1002 newCall connected",
	}, b.take())
	for _, l := range []string{"a", "b", "c"} {
		b.hangUp(l, switching.CauseNormalClearing)
	}
	b.destroyed("a", "b", "c")
	b.empty()
	require.Zero(t, b.core.counters.Repairs)
}

func TestADeviceRefusesItsOwnCall(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1000")
	b.outbound("b", "1000", "a")
	b.hangUp("b", switching.CauseUserBusy)
	b.hangUp("a", switching.CauseUserBusy)
	b.destroyed("a", "b")
	require.Equal(t, []string{
		"s 1 ServiceInitiated a/1000 newCall initiated",
		"s 1 Originated a/1000 1000>1000 newCall connected",
		"s 1 Failed a/ at 1000 busy connected",
		"s 1 ConnectionCleared a/1000 normalClearing null",
	}, b.take())
	b.empty()
}

// A subscriber's second phone that is busy, or declines before it rings, while
// the first one rings is no news of the subscriber.
func TestTwoPhonesOfWhichOneIsBusy(t *testing.T) {
	b, _ := watched(t)
	b.ringing()
	b.outbound("b2", "1001", "a")
	b.take()
	b.hangUp("b2", switching.CauseUserBusy)
	require.Empty(t, b.take())
	b.hangUp("b", switching.CauseUserBusy)
	require.Equal(t, []string{"s 1 ConnectionCleared a/1001 busy connected", "s 2 ConnectionCleared a/1001 busy null"}, b.take())
	b.hangUp("a", switching.CauseUserBusy)
	b.destroyed("b", "b2", "a")
	b.empty()
	require.Zero(t, b.core.counters.Repairs)
}

// Phones choose the user part of the contact that they register, which is what the
// switch dials to reach them (baresip: 1000-0x55ad9465ac20).
func TestCalledDeviceOfACallForNobody(t *testing.T) {
	b, _ := watched(t)
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "a", Info: &switching.LegInfo{
		Direction: switching.Outbound, Device: "1000", Dialled: "1000-0x55ad9465ac20", Caller: "0000000000",
	}})
	b.simple(switching.LegProgress, "a")
	require.Equal(t, ecma.Subscriber("1000"), b.core.calls["a"].Called)
	b.allHangUp("a")
}

func TestCalledDeviceOfWhoIsConnectedByAnotherProgram(t *testing.T) {
	b, _ := watched(t)
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "a", Info: &switching.LegInfo{
		Direction: switching.Outbound, Device: "1000", Dialled: "1000-0x55ad9465ac20", Caller: "0000000000",
	}})
	b.simple(switching.LegAnswered, "a")
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "b", Info: &switching.LegInfo{
		Direction: switching.Outbound, Device: "1001", Dialled: "1001-0x55f54c2fec20", Originator: "a",
	}})
	require.Equal(t, ecma.Subscriber("1001"), b.core.calls["a"].Called)
	b.allHangUp("a", "b")
}

// A caller from outside may show a subscriber's number: who monitors that one is told of
// the part that it has in the call, as of any other.
func TestOutsideCallerShowsASubscribersNumber(t *testing.T) {
	b, _ := watched(t)
	b.event(switching.Event{Kind: switching.LegCreated, Leg: "a", Info: &switching.LegInfo{
		Direction: switching.Inbound, Dialled: "1001", Caller: "1000",
	}})
	b.outbound("b", "1001", "a")
	b.simple(switching.LegProgress, "b")
	require.Equal(t, []string{
		"s 1 Originated a/1000 1000>1001 newCall connected",
		"s 1 Delivered a/1001 1000>1001 at 1001 newCall connected",
		"s 2 Delivered a/1001 1000>1001 at 1001 newCall alerting",
	}, b.take("Note"))
	b.allHangUp("a", "b")
}
