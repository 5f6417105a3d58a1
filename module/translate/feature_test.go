package translate

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"mod_csta_socket/csta/switching"
)

// subscribe is a SUBSCRIBE as-feature-event as mod_sofia tells of it.
func subscribe(more ...string) *Record {
	return record(PhoneFeature, append([]string{"user", "1001", "host", "example.com", "profile_name", "internal", "call-id", "s1", "expires", "3600"}, more...)...)
}

func TestFeatureKeys(t *testing.T) {
	key := func(action, enabled, name string, more ...string) *Record {
		return subscribe(append([]string{"Feature-Action", action, "Feature-Enabled", enabled, "Action-Name", name}, more...)...)
	}
	wanted := switching.Event{Kind: switching.FeaturesWanted, Device: "1001", Data: "s1"}
	requested := func(wish switching.FeatureChange) switching.Event {
		return switching.Event{Kind: switching.FeatureRequested, Device: "1001", Data: "s1", Wish: &wish}
	}
	for name, c := range map[string]struct {
		record *Record
		want   switching.Event
	}{
		"no body":   {subscribe(), wanted},
		"dnd on":    {key("SetDoNotDisturb", "true", "doNotDisturbOn"), requested(switching.FeatureChange{Feature: switching.DoNotDisturb, On: true})},
		"dnd off":   {key("SetDoNotDisturb", "false", "doNotDisturbOn"), requested(switching.FeatureChange{Feature: switching.DoNotDisturb})},
		"immediate": {key("SetCallForward", "true", "forward_immediate", "Action-Value", "1002"), requested(switching.FeatureChange{Feature: switching.ForwardImmediate, On: true, Number: "1002"})},
		"busy off":  {key("SetCallForward", "false", "forward_busy", "Action-Value", " "), requested(switching.FeatureChange{Feature: switching.ForwardBusy})},
		"no answer": {key("SetCallForward", "true", "forward_no_answer", "Action-Value", "1002", "ringCount", "3"),
			requested(switching.FeatureChange{Feature: switching.ForwardNoAnswer, On: true, Number: "1002", Ring: 18 * time.Second, Counted: true})},
		"not all of it":      {subscribe("Feature-Action", "SetCallForward"), wanted},
		"neither on nor off": {key("SetDoNotDisturb", "maybe", "doNotDisturbOn"), wanted},
		"another feature":    {key("SetCallForward", "true", "forward_sometimes"), wanted},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, []switching.Event{c.want}, New(Domains{"example.com"}, "").Translate(c.record, nil))
		})
	}
}

func TestSubscriptions(t *testing.T) {
	tr := New(Domains{"example.com"}, "")
	now := time.Unix(1000, 0)
	tr.now = func() time.Time { return now }
	tr.Translate(subscribe(), nil)
	tr.Translate(subscribe("call-id", "s2", "expires", "60"), nil)
	assert.Len(t, tr.Subscriptions("1001"), 2)
	assert.Empty(t, tr.Translate(subscribe("call-id", "s1", "expires", "0"), nil), "it wants nothing any more")
	assert.Equal(t, []Subscription{{Profile: "internal", User: "1001", Host: "example.com", CallID: "s2"}}, tr.Subscriptions("1001"))
	now = now.Add(time.Hour)
	tr.Translate(subscribe("call-id", "s3"), nil)
	assert.Equal(t, []Subscription{{Profile: "internal", User: "1001", Host: "example.com", CallID: "s3"}}, tr.Subscriptions("1001"), "s2 was not refreshed")
	tr.Translate(subscribe("call-id", "s3", "expires", "nonsense"), nil)
	assert.Empty(t, tr.subscribed)
	for i := range 1000 {
		tr.Translate(subscribe("call-id", strconv.Itoa(i)), nil)
	}
	assert.LessOrEqual(t, len(tr.Subscriptions("1001")), maxSubscriptions)

	assert.Empty(t, tr.Translate(subscribe("user", "${x}"), nil))
	assert.Empty(t, tr.Translate(subscribe("profile_name", ""), nil))
	tr.Registered("branch", "2000", "branch.test")
	out := tr.Translate(subscribe("profile_name", "branch", "user", "2000", "host", "192.0.2.1"), nil)
	assert.Equal(t, "2000@branch.test", out[0].Device, "it names the switch by its address")
	assert.Equal(t, []string{"branch"}, tr.Profiles("2000@branch.test"))
}

func TestAppliedFeatures(t *testing.T) {
	tr := New(Domains{"example.com"}, "")
	out := tr.Translate(record(Trigger, "Unique-ID", "a", "CSTA-Trigger", "forward-no-answer", "CSTA-Device", "1001", "CSTA-Name", "1002"), nil)
	assert.Equal(t, []switching.Event{{Kind: switching.FeaturesApplied, Leg: "a", Device: "1001", Name: "1002", Feature: switching.ForwardNoAnswer}}, out)
	for said, device := range map[string]string{"1001@Example.com": "1001", "1001@branch.test": "1001@branch.test", "${x}": ""} {
		out = tr.Translate(record(Trigger, "Unique-ID", "a", "CSTA-Trigger", "do-not-disturb", "CSTA-Device", said), nil)
		assert.Equal(t, device, out[0].Device)
	}
	assert.Empty(t, tr.Translate(record(Trigger, "Unique-ID", "a", "CSTA-Trigger", "forward-never"), nil))
}
