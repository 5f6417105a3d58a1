package features

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

func TestApply(t *testing.T) {
	var none switching.Features
	to1002 := switching.Forwarding{On: true, Number: "1002"}
	after20 := switching.Forwarding{On: true, Number: "1002", Ring: 20 * time.Second}
	for name, c := range map[string]struct {
		was    switching.Features
		change switching.FeatureChange
		want   switching.Features
		err    error
	}{
		"do not disturb": {none, switching.FeatureChange{Feature: switching.DoNotDisturb, On: true}, switching.Features{DoNotDisturb: true}, nil},
		"off":            {switching.Features{DoNotDisturb: true}, switching.FeatureChange{Feature: switching.DoNotDisturb}, none, nil},
		"immediate":      {none, switching.FeatureChange{Feature: switching.ForwardImmediate, On: true, Number: "1002"}, switching.Features{Immediate: to1002}, nil},
		"the number stays": {switching.Features{Busy: to1002}, switching.FeatureChange{Feature: switching.ForwardBusy},
			switching.Features{Busy: switching.Forwarding{Number: "1002"}}, nil},
		"and is used again": {switching.Features{Busy: switching.Forwarding{Number: "1002"}}, switching.FeatureChange{Feature: switching.ForwardBusy, On: true},
			switching.Features{Busy: to1002}, nil},
		"forgotten":          {switching.Features{NoAnswer: after20}, switching.FeatureChange{Feature: switching.ForwardNoAnswer, Number: "1003", Forget: true}, none, nil},
		"no answer, no time": {none, switching.FeatureChange{Feature: switching.ForwardNoAnswer, On: true, Number: "1002"}, switching.Features{NoAnswer: after20}, nil},
		"no answer, a time": {switching.Features{NoAnswer: after20}, switching.FeatureChange{Feature: switching.ForwardNoAnswer, On: true, Ring: 7 * time.Second},
			switching.Features{NoAnswer: switching.Forwarding{On: true, Number: "1002", Ring: 7 * time.Second}}, nil},
		"rings that mean the same": {switching.Features{NoAnswer: after20}, switching.FeatureChange{Feature: switching.ForwardNoAnswer, On: true, Ring: 24 * time.Second, Counted: true},
			switching.Features{NoAnswer: after20}, nil},
		"other rings": {switching.Features{NoAnswer: after20}, switching.FeatureChange{Feature: switching.ForwardNoAnswer, On: true, Ring: 18 * time.Second, Counted: true},
			switching.Features{NoAnswer: switching.Forwarding{On: true, Number: "1002", Ring: 18 * time.Second}}, nil},
		"off without a number": {none, switching.FeatureChange{Feature: switching.ForwardNoAnswer, Ring: 6 * time.Second}, none, nil},
		"no number":            {none, switching.FeatureChange{Feature: switching.ForwardBusy, On: true}, none, ErrNoNumber},
		"no such number":       {none, switching.FeatureChange{Feature: switching.ForwardBusy, On: true, Number: "${x}"}, none, ErrNumber},
		"its own":              {none, switching.FeatureChange{Feature: switching.ForwardImmediate, On: true, Number: "1001"}, none, ErrNumber},
		"a long time":          {none, switching.FeatureChange{Feature: switching.ForwardNoAnswer, On: true, Number: "1002", Ring: time.Hour}, none, ErrRing},
		"nothing":              {none, switching.FeatureChange{On: true}, none, ErrFeature},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Apply("1001", c.was, c.change)
			require.ErrorIs(t, err, c.err)
			assert.Equal(t, c.want, got)
			if c.err == ErrNumber {
				_, err := Apply("1001@branch.test", c.was, c.change)
				require.ErrorIs(t, err, c.err, "its own number in another domain")
			}
			if err == nil {
				assert.True(t, valid("1001", got))
			}
		})
	}
}

func TestRings(t *testing.T) {
	for d, rings := range map[time.Duration]int{0: 0, time.Second: 1, 6 * time.Second: 1, 7 * time.Second: 2, 20 * time.Second: 4, 24 * time.Second: 4} {
		assert.Equal(t, rings, switching.Rings(d), d)
	}
}
