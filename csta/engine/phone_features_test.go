package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// featureBench has 1001 with two phones that take requests, and a client.
func featureBench(t *testing.T) (*phoneBench, *client) {
	b := newPhoneBench(t)
	s := b.client("s")
	s.monitor("1001")
	b.up(1, "1001", deskPhone, true)
	b.up(2, "1001", softPhone, true)
	return b, s
}

// wishes has a phone of a subscriber in the directory tell or ask something.
func (b *phoneBench) wishes(ev *telephone.Event) {
	b.core.handsets.phoneEvent(ev)
	b.knowsPhones()
}

// news lets the switch know of a change, and takes what came of it, without
// operations.
func (b *phoneBench) news() []string {
	b.done(switching.SetFeatures{})
	b.done(switching.ShowFeatures{})
	return b.take("SetFeatures", "ShowFeatures", "LookUpDevice")
}

func TestPhonesShowFeatures(t *testing.T) {
	b, s := featureBench(t)
	set := func(on bool) {
		s.send(&ecma.SetDoNotDisturb{Device: ecma.Subscriber("1001"), DoNotDisturbOn: on})
		b.knows(switching.DeviceStatus{Device: "1001", Known: true})
	}
	set(true)
	require.Equal(t, []string{"s SetDoNotDisturbResponse", "s 1 DoNotDisturb 1001 true", "ask 1 SetDoNotDisturb ", "ask 2 SetDoNotDisturb "}, b.news())
	require.True(t, b.asked[0].r.On)
	// It is switched off before the first phone has answered: that one is asked
	// afterwards.
	b.asked[1].done(telephone.Outcome{}, nil)
	set(false)
	require.Equal(t, []string{"s SetDoNotDisturbResponse", "s 1 DoNotDisturb 1001 false", "ask 2 SetDoNotDisturb "}, b.news())
	b.asked[0].done(telephone.Outcome{}, nil)
	require.Equal(t, []string{"ask 1 SetDoNotDisturb "}, b.take())
	require.False(t, b.asked[3].r.On)
	// What the phones tell of it is no news.
	for _, on := range []bool{true, false} {
		b.wishes(&telephone.Event{Kind: telephone.DoNotDisturb, Phone: 1, Device: "1001", On: on})
	}
	require.Empty(t, b.take())
	// A refusal is no error; a phone that does not know it is not asked again.
	b.asked[2].done(telephone.Outcome{}, telephone.ErrUnsupported)
	b.asked[3].done(telephone.Outcome{}, telephone.ErrRefused)
	set(true)
	require.Equal(t, []string{"s SetDoNotDisturbResponse", "s 1 DoNotDisturb 1001 true", "ask 1 SetDoNotDisturb "}, b.news())
	b.asked[4].done(telephone.Outcome{}, nil)

	// One that comes up shows what is on.
	b.wishes(&telephone.Event{Kind: telephone.Down, Phone: 2})
	b.up(3, "1001", softPhone, true)
	require.Equal(t, []string{"ask 3 SetDoNotDisturb "}, b.take())
}

func TestFeaturesAreSwitchedAtAPhone(t *testing.T) {
	b, _ := featureBench(t)
	b.wishes(&telephone.Event{Kind: telephone.DoNotDisturb, Phone: 1, Device: "1001", On: true})
	require.Equal(t, []string{"s 1 DoNotDisturb 1001 true", "ask 2 SetDoNotDisturb "}, b.news(), "the phone itself knows")
	b.asked[0].done(telephone.Outcome{}, nil)
	b.wishes(&telephone.Event{Kind: telephone.DoNotDisturb, Phone: 2, Device: "1001", On: true})
	require.Empty(t, b.take())
	b.pass(waits[forEcho].atMost)
	b.wishes(&telephone.Event{Kind: telephone.DoNotDisturb, Phone: 2, Device: "1001"})
	require.Equal(t, []string{"s 1 DoNotDisturb 1001 false", "ask 1 SetDoNotDisturb "}, b.news())
	b.wishes(&telephone.Event{Kind: telephone.Forwarding, Phone: 1, Device: "1001",
		Forwarding: telephone.ForwardingSetting{Type: "forwardNoAns", On: true, Number: "1002", Rings: 3}})
	require.Equal(t, []string{"s 1 Forwarding 1001 forwardNoAns true to 1002 rings 3", "ask 2 SetForwarding "}, b.news())
	require.Equal(t, telephone.ForwardingSetting{Type: "forwardNoAns", On: true, Number: "1002", Rings: 3}, b.asked[2].r.Forwarding)
	require.Equal(t, 18*time.Second, b.core.features.of["1001"].NoAnswer.Ring)
	for _, bad := range []telephone.ForwardingSetting{{Type: "forwardBusyExt", On: true, Number: "1"}, {Type: "forwardBusy", On: true}, {Type: "forwardBusy", On: true, Number: "1001"}} {
		b.wishes(&telephone.Event{Kind: telephone.Forwarding, Phone: 1, Device: "1001", Forwarding: bad})
	}
	require.Empty(t, b.take())
}

func TestAPhoneAsksForFeatures(t *testing.T) {
	b, _ := featureBench(t)
	var got telephone.Features
	var refusal error
	answered := 0
	asks := func(ev telephone.Event) {
		ev.Device = "1001"
		ev.Answer = func(f telephone.Features, err error) { got, refusal, answered = f, err, answered+1 }
		b.wishes(&ev)
	}
	asks(telephone.Event{Kind: telephone.DoNotDisturb, On: true})
	require.Zero(t, answered, "not before the switch knows")
	b.done(switching.SetFeatures{})
	require.Equal(t, 1, answered)
	require.Equal(t, telephone.Features{DoNotDisturb: true}, got)
	b.done(switching.ShowFeatures{})
	asks(telephone.Event{Kind: telephone.Forwarding, Forwarding: telephone.ForwardingSetting{Type: "forwardBusy", On: true, Number: "9500"}})
	b.done(switching.SetFeatures{})
	b.done(switching.ShowFeatures{})
	asks(telephone.Event{Kind: telephone.FeaturesAsked})
	require.NoError(t, refusal)
	require.Equal(t, telephone.Features{DoNotDisturb: true, Forwarding: []telephone.ForwardingSetting{{Type: "forwardBusy", On: true, Number: "9500"}}}, got)
	for _, bad := range []struct {
		setting telephone.ForwardingSetting
		want    error
	}{
		{telephone.ForwardingSetting{Type: "forwardDND", On: true, Number: "1"}, ecma.ErrInvalidForwardingType},
		{telephone.ForwardingSetting{Type: "forwardImmediate", On: true}, ecma.ErrInvalidForwardingDestination},
	} {
		asks(telephone.Event{Kind: telephone.Forwarding, Forwarding: bad.setting})
		require.Equal(t, bad.want, refusal)
	}
	require.Equal(t, 5, answered)
	b.wishes(&telephone.Event{Kind: telephone.FeaturesAsked, Device: "${x}", Answer: func(_ telephone.Features, err error) { refusal = err }})
	require.Equal(t, ecma.ErrInvalidDeviceID, refusal)
}
