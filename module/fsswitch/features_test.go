package fsswitch

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/translate"
)

func sorted(f *fakeCalls) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := f.seen
	f.seen = nil
	slices.Sort(seen)
	return seen
}

var all = switching.Features{
	DoNotDisturb: true,
	Immediate:    switching.Forwarding{On: true, Number: "1002"},
	Busy:         switching.Forwarding{Number: "1003"},
	NoAnswer:     switching.Forwarding{On: true, Number: "9500", Ring: 20 * time.Second},
}

func TestFeaturesForTheDialplan(t *testing.T) {
	f := &fakeCalls{}
	s := newSwitch(f)
	set := func(list ...switching.DeviceFeatures) error {
		_, err := s.Perform(context.Background(), switching.SetFeatures{List: list})
		return err
	}
	less := all
	less.DoNotDisturb, less.NoAnswer.On, less.Busy.On = false, false, true
	require.NoError(t, set(
		switching.DeviceFeatures{Device: "1001", Features: all},
		switching.DeviceFeatures{Device: "2000@branch.test", Features: less},
		switching.DeviceFeatures{Device: "1002"},
	))
	assert.Equal(t, []string{
		`features 1001 "dnd immediate=1002 noanswer=9500 seconds=20"`, `features 1001@example.com "dnd immediate=1002 noanswer=9500 seconds=20"`,
		`features 1002 ""`, `features 1002@example.com ""`, `features 2000@branch.test "immediate=1002 busy=1003"`,
	}, sorted(f))
	for _, bad := range hostile {
		require.ErrorIs(t, set(switching.DeviceFeatures{Device: bad}), switching.ErrInvalidAddress, bad)
		require.ErrorIs(t, set(switching.DeviceFeatures{Device: "1", Features: switching.Features{Busy: switching.Forwarding{On: true, Number: bad}}}),
			switching.ErrInvalidAddress, bad)
		assert.Empty(t, sorted(f))
	}
	f.err = ErrStopped
	require.ErrorIs(t, set(switching.DeviceFeatures{Device: "1001"}, switching.DeviceFeatures{Device: "1002"}), ErrStopped)
}

func TestPhonesAreShown(t *testing.T) {
	f := &fakeCalls{}
	s := newSwitch(f)
	show := func(feature switching.Feature, phone string) []string {
		_, err := s.Perform(context.Background(), switching.ShowFeatures{Device: "1001", Features: all, Feature: feature, Phone: phone})
		require.NoError(t, err)
		return sorted(f)
	}
	assert.Empty(t, show(0, ""), "nobody listens")
	s.legs.Registered("internal", "1001", "example.com")
	subscribe := translate.Record{Type: translate.PhoneFeature}
	subscribe.Set(translate.User, "1001")
	subscribe.Set(translate.Host, "192.0.2.10")
	subscribe.Set(translate.FeatureProfile, "internal")
	subscribe.Set(translate.RegExpires, "3600")
	for _, id := range []string{"a", "b"} {
		subscribe.Set(translate.RegCallID, id)
		s.legs.Translate(&subscribe, nil)
	}
	dnd := `"" [{Feature-Event DoNotDisturbEvent} {device 1001} {doNotDisturbOn true}]`
	assert.Equal(t, []string{"feature internal 1001@192.0.2.10 " + dnd, "feature internal 1001@example.com " + dnd}, show(switching.DoNotDisturb, ""),
		"where it subscribed, and where it may have before")
	assert.Equal(t, []string{`feature internal 1001@192.0.2.10 "b" [{Feature-Event init} {device 1001} {doNotDisturbOn true} {forward_immediate 1002} ` +
		`{forward_immediate_enabled true} {forward_busy 1003} {forward_busy_enabled false} {forward_no_answer 9500} {forward_no_answer_enabled true} {ringCount 4}]`},
		show(0, "b"))
	assert.Equal(t, []string{`feature internal 1001@192.0.2.10 "a" [{Feature-Event ForwardingEvent} {device 1001} {forward_busy 1003} {forward_busy_enabled false}]`},
		show(switching.ForwardBusy, "a"))
	assert.Empty(t, show(0, "c"))
	_, err := s.Perform(context.Background(), switching.ShowFeatures{Device: "${x}"})
	require.ErrorIs(t, err, switching.ErrInvalidAddress)
	f.err = ErrStopped
	_, err = s.Perform(context.Background(), switching.ShowFeatures{Device: "1001"})
	require.ErrorIs(t, err, ErrStopped)
}
