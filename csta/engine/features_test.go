package engine

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// keeper is a FeatureStore that remembers.
type keeper map[string]switching.Features

func (k keeper) Keep(device string, f switching.Features) { k[device] = f }

func TestFeaturesOfAClient(t *testing.T) {
	b := newBench(t)
	kept := keeper{}
	b.core.opts.FeatureStore = kept
	s := b.client("s")
	s.monitor("1001")
	known := func() {
		b.knows(switching.DeviceStatus{Device: "1001", Known: true})
	}
	s.send(&ecma.SetDoNotDisturb{Device: ecma.Subscriber("1001@csta.test"), DoNotDisturbOn: true})
	known()
	set := "op switching.SetFeatures{quick:{} List:[{Device:1001 Features:{DoNotDisturb:true Immediate:{On:false Number: Ring:0s} Busy:{On:false Number: Ring:0s} NoAnswer:{On:false Number: Ring:0s}}}]}"
	require.Equal(t, []string{set}, b.take("LookUpDevice"), "the switch knows before the client")
	require.Equal(t, keeper{"1001": {DoNotDisturb: true}}, kept)
	b.done(switching.SetFeatures{})
	require.Equal(t, []string{"s SetDoNotDisturbResponse", "s 1 DoNotDisturb 1001 true"}, b.take("ShowFeatures"))
	show := b.last(switching.ShowFeatures{}).op.(switching.ShowFeatures)
	require.Equal(t, switching.ShowFeatures{Device: "1001", Features: switching.Features{DoNotDisturb: true}, Feature: switching.DoNotDisturb}, show)
	b.done(switching.ShowFeatures{})

	s.send(&ecma.SetDoNotDisturb{Device: ecma.Subscriber("1001"), DoNotDisturbOn: true,
		CallOrigination: ecma.CallOrigination{Internal: ecma.True, External: ecma.True}})
	known()
	s.send(&ecma.GetDoNotDisturb{Device: ecma.Subscriber("1001")})
	known()
	s.send(&ecma.SetForwarding{Device: ecma.Subscriber("1001"), ActivateForward: true, ForwardDN: ecma.Queue("9500")})
	known()
	b.done(switching.SetFeatures{})
	b.done(switching.ShowFeatures{})
	s.send(&ecma.SetForwarding{Device: ecma.Subscriber("1001"), ForwardingType: ecma.ForwardNoAns, ActivateForward: true,
		ForwardDN: ecma.Subscriber("1002"), RingDuration: ecma.IntOf(7)})
	known()
	b.done(switching.SetFeatures{})
	b.done(switching.ShowFeatures{})
	s.send(&ecma.GetForwarding{Device: ecma.Subscriber("1001")})
	known()
	require.Equal(t, []string{
		"s SetDoNotDisturbResponse",
		"s disturb false",
		"s SetForwardingResponse",
		"s 1 Forwarding 1001 forwardImmediate true to 9500 rings 0",
		"s SetForwardingResponse",
		"s 1 Forwarding 1001 forwardNoAns true to 1002 rings 2",
		"s forwards forwardImmediate true 9500 0 forwardNoAns true 1002 2",
	}, b.take("LookUpDevice", "SetFeatures", "ShowFeatures"))
}

func TestFeaturesThatAreRefused(t *testing.T) {
	b := newBench(t)
	s := b.client("s")
	one := ecma.Subscriber("1001")
	for _, c := range []struct {
		m    ecma.Message
		want string
	}{
		{&ecma.SetDoNotDisturb{Device: one, CallOrigination: ecma.CallOrigination{Internal: ecma.True}}, "parameterNotSupported"},
		{&ecma.SetDoNotDisturb{Device: one, CallingDeviceList: []ecma.DeviceID{one}}, "parameterNotSupported"},
		{&ecma.SetForwarding{Device: one, ForwardingType: ecma.ForwardImmExt, ActivateForward: true, ForwardDN: ecma.Subscriber("1002")}, "invalidForwardingType"},
		{&ecma.SetForwarding{Device: one, ForwardingType: ecma.ForwardDND, ActivateForward: true, ForwardDN: ecma.Subscriber("1002")}, "invalidForwardingType"},
		{&ecma.SetForwarding{Device: one, ActivateForward: true}, "invalidForwardingDestination"},
		{&ecma.SetForwarding{Device: one, ActivateForward: true, ForwardDN: one}, "invalidForwardingDestination"},
		{&ecma.SetForwarding{Device: one, ActivateForward: true, ForwardDN: ecma.Subscriber("${x}")}, "invalidForwardingDestination"},
		{&ecma.SetForwarding{Device: one, ActivateForward: true, ForwardDN: ecma.NetworkInterface("20")}, "invalidForwardingDestination"},
		{&ecma.SetForwarding{Device: one, ForwardingType: ecma.ForwardNoAns, ActivateForward: true, ForwardDN: ecma.Subscriber("1002"), RingCount: ecma.IntOf(0)}, "ringCountOutOfRange"},
		{&ecma.SetForwarding{Device: one, ForwardingType: ecma.ForwardNoAns, ActivateForward: true, ForwardDN: ecma.Subscriber("1002"), RingCount: ecma.IntOf(1 << 30)}, "ringCountOutOfRange"},
		{&ecma.GetForwarding{Device: ecma.Subscriber("a b")}, "invalidDeviceID"},
	} {
		b.ops = nil
		s.send(c.m)
		if len(b.ops) > 0 {
			b.knows(switching.DeviceStatus{Device: "1001", Known: true})
		}
		require.Equal(t, []string{"s error " + c.want}, b.take("LookUpDevice"), "%+v", c.m)
	}
	s.send(&ecma.SetDoNotDisturb{Device: ecma.Subscriber("4711"), DoNotDisturbOn: true})
	b.knows(switching.DeviceStatus{Device: "4711"})
	require.Equal(t, []string{"s error invalidDeviceID"}, b.take("LookUpDevice"))
}

// ofPhone are the operations that phones were told by, shortly.
func (b *bench) ofPhone() []switching.ShowFeatures {
	var shown []switching.ShowFeatures
	for _, s := range b.ops {
		if op, ok := s.op.(switching.ShowFeatures); ok {
			shown = append(shown, op)
		}
	}
	b.ops, b.out = nil, nil
	return shown
}

func (b *bench) key(phone string, wish switching.FeatureChange) {
	b.event(switching.Event{Kind: switching.FeatureRequested, Device: "1001@csta.test", Data: phone, Wish: &wish})
	b.knowsPhones()
}

func TestFeatureKeys(t *testing.T) {
	b := newBench(t)
	s := b.client("s")
	s.monitor("1001")
	b.event(switching.Event{Kind: switching.FeaturesWanted, Device: "1001", Data: "p1"})
	b.done(switching.ShowFeatures{})
	require.Equal(t, []switching.ShowFeatures{{Device: "1001", Phone: "p1"}}, b.ofPhone())

	on := switching.FeatureChange{Feature: switching.DoNotDisturb, On: true}
	b.key("p1", on)
	b.done(switching.SetFeatures{})
	require.Equal(t, []string{"s 1 DoNotDisturb 1001 true"}, b.take("SetFeatures", "ShowFeatures"))
	b.done(switching.ShowFeatures{})
	set := switching.Features{DoNotDisturb: true}
	require.Equal(t, []switching.ShowFeatures{{Device: "1001", Features: set, Feature: switching.DoNotDisturb}}, b.ofPhone(), "all phones")

	b.key("p2", on)
	require.Empty(t, b.take("ShowFeatures"), "no news")
	b.done(switching.ShowFeatures{})
	require.Equal(t, []switching.ShowFeatures{{Device: "1001", Features: set, Feature: switching.DoNotDisturb, Phone: "p2"}}, b.ofPhone(), "it waits for an answer")

	b.key("p1", switching.FeatureChange{Feature: switching.ForwardBusy, On: true})
	require.Empty(t, b.take("ShowFeatures"))
	require.Equal(t, []switching.ShowFeatures{{Device: "1001", Features: set, Feature: switching.ForwardBusy, Phone: "p1"}}, b.ofPhone(), "impossible: its lamp goes out")
	b.event(switching.Event{Kind: switching.FeatureRequested, Device: "1001"})
	b.event(switching.Event{Kind: switching.FeaturesWanted, Device: "${x}"})
	require.Empty(t, b.ops)
}

func TestFeaturesAreToldInOrder(t *testing.T) {
	b := newBench(t)
	b.key("", switching.FeatureChange{Feature: switching.DoNotDisturb, On: true})
	b.key("", switching.FeatureChange{Feature: switching.DoNotDisturb})
	require.Len(t, b.ops, 1, "one operation at a time")
	for range 4 {
		b.ops[len(b.ops)-1].done(switching.Outcome{}, nil)
	}
	var order []string
	for _, s := range b.ops {
		switch op := s.op.(type) {
		case switching.SetFeatures:
			order = append(order, map[bool]string{true: "set on", false: "set off"}[op.List[0].Features.DoNotDisturb])
		case switching.ShowFeatures:
			order = append(order, map[bool]string{true: "show on", false: "show off"}[op.Features.DoNotDisturb])
		}
	}
	require.Equal(t, []string{"set on", "set off", "show off", "show off"}, order, "what phones are shown is what is set then")
	require.Empty(t, b.core.features.of)
}

// FreeSWITCH may bring a phone what it was told last before what it was told first.
func TestPhonesAreToldOnceMore(t *testing.T) {
	b := newBench(t)
	wanted := func() {
		b.event(switching.Event{Kind: switching.FeaturesWanted, Device: "1001", Data: "p1"})
		b.done(switching.ShowFeatures{})
	}
	wanted()
	b.key("p2", switching.FeatureChange{Feature: switching.DoNotDisturb, On: true})
	b.done(switching.SetFeatures{})
	b.done(switching.ShowFeatures{})
	require.Len(t, b.ofPhone(), 2)
	set := switching.Features{DoNotDisturb: true}
	b.pass(waits[forLamps].atMost)
	b.done(switching.ShowFeatures{})
	require.Equal(t, []switching.ShowFeatures{{Device: "1001", Features: set}}, b.ofPhone(), "all that is set, to all its phones")
	b.pass(waits[forLamps].atMost)
	require.Empty(t, b.ofPhone())

	wanted()
	b.pass(waits[forLamps].atMost)
	wanted()
	b.pass(waits[forLamps].atMost)
	require.Len(t, b.ofPhone(), 2, "they are apart")
	require.Empty(t, b.core.features.shown)
}

func TestTheSwitchFailsToKnow(t *testing.T) {
	b := newBench(t)
	s := b.client("s")
	s.send(&ecma.SetDoNotDisturb{Device: ecma.Subscriber("1001"), DoNotDisturbOn: true})
	b.knows(switching.DeviceStatus{Device: "1001", Known: true})
	b.last(switching.SetFeatures{}).done(switching.Outcome{}, errors.New("no"))
	require.Contains(t, b.take(), "s error generic")
}

func TestFeaturesThatWereKept(t *testing.T) {
	b := newBench(t)
	b.core.features.restore(map[string]switching.Features{"1001@csta.test": {DoNotDisturb: true}, "2000@branch.test": {DoNotDisturb: true}})
	b.core.features.announce()
	op := b.last(switching.SetFeatures{}).op.(switching.SetFeatures)
	require.Equal(t, []switching.DeviceFeatures{
		{Device: "1001", Features: switching.Features{DoNotDisturb: true}}, {Device: "2000@branch.test", Features: switching.Features{DoNotDisturb: true}},
	}, op.List)
}

// applied is the dialplan's news of a feature.
func (b *bench) applied(leg string, feature switching.Feature, device, number string) {
	b.event(switching.Event{Kind: switching.FeaturesApplied, Leg: leg, Device: device, Name: number, Feature: feature})
}

const calls = "s 1 Originated a/1000 1000>1001 newCall connected"

func TestCallsToWhoIsNotToBeDisturbed(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1001")
	b.take()
	b.applied("a", switching.DoNotDisturb, "1001", "")
	b.hangUp("a", switching.CauseUserBusy)
	b.destroyed("a")
	require.Equal(t, []string{calls, "s 1 Failed a/1001 at 1001 doNotDisturb connected", "s 1 ConnectionCleared a/1000 normalClearing null"}, b.take())
	b.empty()
}

func TestForwardedCalls(t *testing.T) {
	rings := func(b *bench) { b.outbound("b", "1001", "a"); b.simple(switching.LegProgress, "b") }
	busy := switching.CauseUserBusy
	delivered := func(cause string) []string {
		return []string{"s 1 Delivered a/1002 1000>1001 at 1002 " + cause + " connected"}
	}
	diverted := func(cause string) []string {
		return append([]string{"s 1 Diverted a/1001 to 1002 " + cause + " connected", "s 2 Diverted a/1001 to 1002 " + cause + " null"}, delivered(cause)...)
	}
	for name, c := range map[string]struct {
		play func(*bench)
		want []string
	}{
		"immediately": {func(b *bench) { b.applied("a", switching.ForwardImmediate, "1001", "1002") },
			append([]string{calls}, diverted("callForwardImmediate")...)},
		"busy": {func(b *bench) {
			b.applied("a", switching.ForwardBusy, "1001", "1002")
			b.applied("a", switching.ForwardNoAnswer, "1001", "1003")
			b.outbound("b", "1001", "a")
			b.hangUp("b", busy)
			b.destroyed("b")
		}, append([]string{calls}, diverted("callForwardBusy")...)},
		"not answered": {func(b *bench) {
			b.applied("a", switching.ForwardNoAnswer, "1001", "1002")
			rings(b)
			b.take()
			b.hangUp("b", switching.CauseNoAnswer)
			b.destroyed("b")
		}, diverted("callForwardNoAnswer")},
		"not there": {func(b *bench) { b.applied("a", switching.ForwardNoAnswer, "1001", "1002") },
			append([]string{calls}, diverted("callForwardNoAnswer")...)},
		"two phones, one busy": {func(b *bench) {
			b.applied("a", switching.ForwardNoAnswer, "1001", "1002")
			rings(b)
			b.outbound("b2", "1001", "a")
			b.take()
			b.hangUp("b2", busy)
			b.hangUp("b", switching.CauseNoAnswer)
			b.destroyed("b", "b2")
		}, diverted("callForwardNoAnswer")},
		"two phones, the first one stops": {func(b *bench) {
			b.applied("a", switching.ForwardBusy, "1001", "1002")
			rings(b)
			b.outbound("b2", "1001", "a")
			b.take()
			b.hangUp("b", busy)
			b.hangUp("b2", busy)
			b.destroyed("b", "b2")
		}, diverted("callForwardBusy")},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := watched(t)
			b.inbound("a", "1000", "1001")
			b.take()
			c.play(b)
			b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "1002"})
			b.outbound("c", "1002", "a")
			b.simple(switching.LegProgress, "c")
			require.Equal(t, c.want, b.take())
			b.hangUp("a", switching.CauseOriginatorCancel)
			b.hangUp("c", switching.CauseOriginatorCancel)
			b.destroyed("a", "c")
			b.empty()
			require.Zero(t, b.core.counters.Repairs)
		})
	}
}

func TestForwardingThatDoesNotApply(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1001")
	b.applied("a", switching.ForwardBusy, "1001", "1002")
	b.applied("a", switching.ForwardImmediate, "1001", "")
	b.applied("a", switching.ForwardImmediate, "", "1002")
	b.outbound("b", "1001", "a")
	b.simple(switching.LegProgress, "b")
	b.take()
	b.hangUp("b", switching.CauseCallRejected)
	b.hangUp("a", switching.CauseCallRejected)
	b.destroyed("a", "b")
	require.Equal(t, []string{
		"s 1 ConnectionCleared a/1001 callCancelled connected", "s 2 ConnectionCleared a/1001 callCancelled null",
		"s 1 ConnectionCleared a/1000 normalClearing null",
	}, b.take())
	b.empty()
}

func TestCalledAgainInVain(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1001")
	for _, id := range []string{"b1", "b2", "b3", "b4"} {
		b.outbound(id, "1001", "a")
		if id == "b3" {
			b.simple(switching.LegProgress, id)
		}
		b.hangUp(id, switching.CauseUserBusy)
		b.destroyed(id)
	}
	b.hangUp("a", switching.CauseUserBusy)
	b.destroyed("a")
	require.Equal(t, []string{
		"s 1 ServiceInitiated a/1000 newCall initiated", "s 1 Originated a/1000 1000>1001 newCall connected",
		"s 1 Failed a/1001 at 1001 busy connected",
		"s 1 Delivered a/1001 1000>1001 at 1001 newCall connected", "s 2 Delivered a/1001 1000>1001 at 1001 newCall alerting",
		"s 1 ConnectionCleared a/1001 busy connected", "s 2 ConnectionCleared a/1001 busy null",
		"s 1 Failed a/1001 at 1001 busy connected",
		"s 1 ConnectionCleared a/1000 normalClearing null",
	}, b.take())
	b.empty()
}

func TestCallsToOneself(t *testing.T) {
	b, _ := watched(t)
	b.inbound("a", "1000", "1000")
	b.applied("a", switching.ForwardImmediate, "1000", "1002")
	b.event(switching.Event{Kind: switching.LegRouted, Leg: "a", Name: "1002"})
	b.outbound("c", "1002", "a")
	b.simple(switching.LegProgress, "c")
	require.Contains(t, b.take(), "s 1 Delivered a/1002 1000>1000 at 1002 callForwardImmediate connected")
	b.hangUp("a", switching.CauseOriginatorCancel)
	b.hangUp("c", switching.CauseOriginatorCancel)
	b.destroyed("a", "c")
	b.empty()
	b.inbound("a", "1000", "1000")
	b.applied("a", switching.DoNotDisturb, "1000", "")
	b.hangUp("a", switching.CauseUserBusy)
	b.destroyed("a")
	b.empty()
}

func TestPredictiveCallsGoByTheDialplanOfFeatures(t *testing.T) {
	b := newBench(t)
	b.core.features.restore(map[string]switching.Features{"1001": {DoNotDisturb: true}})
	s := b.client("s")
	s.send(&ecma.MakePredictiveCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("1001")})
	b.knows(switching.DeviceStatus{Device: "1001", Known: true, Registered: true})
	op := b.last(switching.Originate{}).op.(switching.Originate)
	require.Equal(t, "1001", op.Number)
	require.Empty(t, op.Device)
	require.Equal(t, time.Minute, op.Timeout)
}

// Whoever sets a forwarding may write the number with the subscriber's own domain.
func TestForwardingToANumberWithItsDomain(t *testing.T) {
	for device, domain := range map[string]string{"1001": "csta.test", "1001@tenant.test": "tenant.test"} {
		for number, want := range map[string]string{"1002@" + domain: "1002", "1002": "1002", "1002@other.test": "", "1001@" + domain: ""} {
			for who, sets := range map[string]func(*bench){
				"client": func(b *bench) {
					b.client("s").send(&ecma.SetForwarding{Device: ecma.Subscriber(device), ActivateForward: true, ForwardDN: ecma.Subscriber(number)})
				},
				"operator": func(b *bench) {
					b.core.features.forOperator(&featuresWanted{device, &switching.FeatureChange{Feature: switching.ForwardImmediate, On: true, Number: number}, func(featuresFound) {}})
				},
				"feature key": func(b *bench) {
					b.event(switching.Event{Kind: switching.FeatureRequested, Device: device, Data: "p", Wish: &switching.FeatureChange{Feature: switching.ForwardImmediate, On: true, Number: number}})
				},
				"phone": func(b *bench) {
					b.core.handsets.phoneEvent(&telephone.Event{Kind: telephone.Forwarding, Device: device, Forwarding: telephone.ForwardingSetting{On: true, Number: number}})
				},
			} {
				b := newBench(t)
				sets(b)
				if len(b.ops) > 0 {
					b.knows(switching.DeviceStatus{Device: device, Known: true})
				}
				require.Equal(t, want, b.core.features.of[device].Immediate.Number, "%s forwards %s to %s", who, device, number)
			}
		}
	}
}

// Who is not in the directory has nothing kept, whoever wants it: phones of some
// profiles need not be anybody's.
func TestFeaturesOfTheUnknownAreNotKept(t *testing.T) {
	b := newBench(t)
	kept := keeper{}
	b.core.opts.FeatureStore = kept
	s := b.client("s")
	on := switching.FeatureChange{Feature: switching.DoNotDisturb, On: true}
	var refusal error
	for name, asks := range map[string]func(){
		"feature key": func() {
			b.event(switching.Event{Kind: switching.FeatureRequested, Device: "4711", Data: "p", Wish: &on})
		},
		"phone": func() {
			b.core.handsets.phoneEvent(&telephone.Event{Kind: telephone.DoNotDisturb, Device: "4711", On: true,
				Answer: func(_ telephone.Features, err error) { refusal = err }})
		},
		"client": func() { s.send(&ecma.SetDoNotDisturb{Device: ecma.Subscriber("4711"), DoNotDisturbOn: true}) },
	} {
		for _, st := range []switching.DeviceStatus{{Device: "4711"}, {Device: "4711", Registered: true}} {
			b.ops = nil
			asks()
			b.knows(st)
			require.Len(t, b.ops, 1, name)
			require.Empty(t, kept, name)
			require.Empty(t, b.core.features.of, name)
			require.Empty(t, b.core.features.wishes, name)
		}
	}
	require.Equal(t, ecma.ErrInvalidDeviceID, refusal)
	require.Equal(t, []string{"s error invalidDeviceID", "s error invalidDeviceID"}, b.take("LookUpDevice"))
}

// However many phones ask for however much, what waits has an end, and what is too
// much is not kept.
func TestWishesOfPhonesAreBounded(t *testing.T) {
	b := newBench(t)
	on := switching.FeatureChange{Feature: switching.DoNotDisturb, On: true}
	for n := range 2 * maxWishers {
		for range 2 * maxWishes {
			b.event(switching.Event{Kind: switching.FeatureRequested, Device: strconv.Itoa(1000 + n), Wish: &on})
		}
	}
	require.Len(t, b.core.features.wishes, maxWishers)
	require.Len(t, b.core.features.wishes["1000"], maxWishes)
	require.Len(t, b.ops, maxWishers, "one look-up for each device")

	b = newBench(t)
	for n := range 2 * maxFeatureSteps {
		b.event(switching.Event{Kind: switching.FeaturesWanted, Device: "1000", Data: strconv.Itoa(n)})
	}
	require.Len(t, b.core.features.steps, maxFeatureSteps)
	b.key("p", on)
	require.Empty(t, b.core.features.of)
	require.LessOrEqual(t, len(b.core.features.steps), maxFeatureSteps)
}

// A device has its calls forwarded, or its phone redirects them, and is the caller: as an
// outside caller who shows its number is.
func TestForwardedCallToItself(t *testing.T) {
	for name, caller := range map[string]switching.LegInfo{
		"its own phone": {Direction: switching.Inbound, Device: "1001", Caller: "1001", Dialled: "1001"},
		"from outside":  {Direction: switching.Inbound, Caller: "1001", Dialled: "1001"},
	} {
		for what, happens := range map[string]func(*bench){
			"forwarded": func(b *bench) { b.applied("a", switching.ForwardImmediate, "1001", "1002") },
			"redirected": func(b *bench) {
				b.outbound("b", "1001", "a")
				b.event(switching.Event{Kind: switching.LegHungUp, Leg: "b", Cause: switching.CauseRedirected, Name: "1002"})
				b.destroyed("b")
			},
		} {
			b, cl := watched(t)
			b.event(switching.Event{Kind: switching.LegCreated, Leg: "a", Info: &caller})
			b.simple(switching.LegRouted, "a")
			happens(b)
			b.take()
			cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1001")})
			require.Equal(t, []string{"s calls [a/1001[connected]]"}, b.take(), "%s, %s", name, what)
		}
	}
}
