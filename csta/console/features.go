package console

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/switching"
)

const (
	dndSyntax     = "<device> [on|off]"
	forwardSyntax = "<device> [off | immediate|busy|noanswer off|<number> [<seconds>]]"
)

// forwardings are the words for the kinds of forwarding.
var forwardings = map[string]switching.Feature{
	"immediate": switching.ForwardImmediate,
	"busy":      switching.ForwardBusy,
	"noanswer":  switching.ForwardNoAnswer,
}

// dnd shows or sets do not disturb.
func (c *Console) dnd(ctx context.Context, arguments []string) (string, error) {
	change := switching.FeatureChange{Feature: switching.DoNotDisturb}
	switch {
	case len(arguments) == 1:
		return c.featuresOf(ctx, arguments[0])
	case len(arguments) == 2 && arguments[1] == "on":
		change.On = true
	case len(arguments) == 2 && arguments[1] == "off":
	default:
		return "", errUsage
	}
	return c.setFeatures(ctx, arguments[0], change)
}

// forward shows or sets forwarding. Switched off here, the number is forgotten.
func (c *Console) forward(ctx context.Context, arguments []string) (string, error) {
	if len(arguments) < 2 {
		if len(arguments) == 0 {
			return "", errUsage
		}
		return c.featuresOf(ctx, arguments[0])
	}
	device, rest := arguments[0], arguments[1:]
	if len(rest) == 1 && rest[0] == "off" {
		var changes []switching.FeatureChange
		for _, f := range switching.Forwardings {
			changes = append(changes, switching.FeatureChange{Feature: f, Forget: true})
		}
		return c.setFeatures(ctx, device, changes...)
	}
	change, ok := forwardingChange(rest)
	if !ok {
		return "", errUsage
	}
	return c.setFeatures(ctx, device, change)
}

// forwardingChange reads a kind with off, or with a number and, for noanswer,
// seconds.
func forwardingChange(words []string) (switching.FeatureChange, bool) {
	change := switching.FeatureChange{Feature: forwardings[words[0]]}
	switch {
	case change.Feature == 0 || len(words) < 2 || len(words) > 3:
		return change, false
	case words[1] == "off":
		change.Forget = true
		return change, len(words) == 2
	}
	change.On, change.Number = true, words[1]
	if len(words) == 3 {
		seconds, err := strconv.ParseUint(words[2], 10, 16)
		if err != nil || seconds == 0 || change.Feature != switching.ForwardNoAnswer {
			return change, false
		}
		change.Ring = time.Duration(seconds) * time.Second
	}
	return change, true
}

// setFeatures changes features and shows what is set then.
func (c *Console) setFeatures(ctx context.Context, device string, changes ...switching.FeatureChange) (text string, err error) {
	for _, change := range changes {
		name, now, err := c.Engine.SetFeature(ctx, device, change)
		if err != nil {
			return "", featureError(device, err)
		}
		text = "+OK\n" + features(name, now)
	}
	return text, nil
}

func (c *Console) featuresOf(ctx context.Context, device string) (string, error) {
	name, now, err := c.Engine.Features(ctx, device)
	if err != nil {
		return "", featureError(device, err)
	}
	return features(name, now), nil
}

func featureError(device string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return noAnswer(err)
	}
	if errors.Is(err, engine.ErrUnknownSubscriber) {
		return fmt.Errorf("%s: %w", clean(device), err)
	}
	return err
}

// features shows what a subscriber has set.
func features(device string, f switching.Features) string {
	state := func(g switching.Forwarding) string {
		text := "off"
		if g.On {
			text = "to " + g.Number
		} else if g.Number != "" {
			text = "off, last to " + g.Number
		}
		if g.Ring > 0 {
			text += fmt.Sprintf(" after %d s", int(g.Ring/time.Second))
		}
		return text
	}
	dnd := "off"
	if f.DoNotDisturb {
		dnd = "on"
	}
	return table(nil, [][]string{
		{"subscriber", device},
		{"do not disturb", dnd},
		{"forwarding", state(f.Immediate)},
		{"when busy", state(f.Busy)},
		{"when not answered", state(f.NoAnswer)},
	})
}

// featureLines are those of csta status <device>.
func (c *Console) featureLines(ctx context.Context, device string) (string, error) {
	text, err := c.featuresOf(ctx, device)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(text, "\n") + "\n\n", nil
}
