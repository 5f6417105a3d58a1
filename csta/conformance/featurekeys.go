package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/switching"
)

// FeatureKey is a feature key of a phone, and what its user wants.
type FeatureKey struct {
	// Name is doNotDisturb, or a ForwardingType.
	Name string
	On   bool
	// Number and Rings are what the user put in; empty and 0: nothing.
	Number string
	Rings  int
}

// FeatureLamps are what the feature keys of a phone show, by name: "off", "on", or
// for forwarding "on 1002", "off 1002" and "on 1002 4" with the rings.
type FeatureLamps map[string]string

const doNotDisturbKey = "doNotDisturb"

// featureKeys are the keys there are.
var featureKeys = map[string]switching.Feature{
	doNotDisturbKey:    switching.DoNotDisturb,
	"forwardImmediate": switching.ForwardImmediate,
	"forwardBusy":      switching.ForwardBusy,
	"forwardNoAns":     switching.ForwardNoAnswer,
}

func lampText(on bool, number string, rings int) string {
	text := onOff(strconv.FormatBool(on))
	if number != "" {
		text += " " + number
	}
	if rings > 0 {
		text += " " + strconv.Itoa(rings)
	}
	return text
}

// HasKeys gives the phone feature keys, and waits until their lamps show what is
// set.
func (a *Actor) HasKeys(lamps ...string) *Actor {
	a.play.Helper()
	a.play.must(a.phone.SubscribeFeatures(a.play.within()))
	a.Shows(lamps...)
	return a
}

// Presses has the user press a feature key, "doNotDisturb on", "forwardBusy on
// 1002", "forwardNoAns on 1002 3", "forwardBusy off".
func (a *Actor) Presses(key string) {
	a.play.Helper()
	a.play.must(a.phone.PressFeatureKey(a.play.within(), featureKey(key)))
}

func featureKey(text string) FeatureKey {
	words := strings.Fields(text)
	k := FeatureKey{Name: words[0], On: words[1] == "on"}
	if len(words) > 2 {
		k.Number = words[2]
	}
	if len(words) > 3 {
		k.Rings, _ = strconv.Atoi(words[3])
	}
	return k
}

// Switches has the user of a phone that takes requests switch a feature at it, as
// Presses for its keys.
func (a *Actor) Switches(key string) {
	a.play.Helper()
	a.play.must(a.phone.(controlled).SwitchesFeature(featureKey(key)))
}

// ComesToShow waits until a phone that takes requests shows that of a feature.
func (a *Actor) ComesToShow(lamp string) {
	a.play.Helper()
	name, want, _ := strings.Cut(lamp, " ")
	phone := a.phone.(controlled)
	a.play.eventually(func() bool { return phone.ShownFeature(name) == want }, func() string {
		return fmt.Sprintf("phone %s shows %s %s instead of %s", a.role, name, phone.ShownFeature(name), want)
	})
}

// Shows waits until the lamps of the feature keys show that; those that are not
// named are off and have never had a number.
func (a *Actor) Shows(lamps ...string) {
	a.play.Helper()
	want := FeatureLamps{}
	for name := range featureKeys {
		want[name] = "off"
	}
	for _, lamp := range lamps {
		name, text, _ := strings.Cut(lamp, " ")
		want[name] = text
	}
	var shown FeatureLamps
	a.play.eventually(func() bool {
		shown, _ = a.phone.FeatureLamps()
		return maps.Equal(shown, want)
	}, func() string { return fmt.Sprintf("phone %s shows %v instead of %v", a.role, shown, want) })
}

// Told is how often the switch has said something about the phone's features.
func (a *Actor) Told() int {
	_, told := a.phone.FeatureLamps()
	return told
}

// IsTold waits until the switch has said something more about its features than
// before.
func (a *Actor) IsTold(before int) {
	a.play.Helper()
	a.play.eventually(func() bool { return a.Told() > before }, func() string {
		return "phone " + a.role + " gets no confirmation"
	})
}

// eventually waits for something that no event tells of.
func (p *Play) eventually(done func() bool, failed func() string) {
	p.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(poll) {
		if time.Now().After(deadline) {
			p.Fatal(failed())
		}
	}
}

// forgetsFeatures has the operator switch off what the scenario's subscribers have
// set, when it is over.
func (p *Play) forgetsFeatures() {
	p.Helper()
	forget := func() {
		for _, role := range slices.Sorted(maps.Keys(p.cast)) {
			d := p.Device(role)
			if d.Type != dialingNumber {
				continue
			}
			for _, command := range []string{"dnd " + d.Number + " off", "forward " + d.Number + " off"} {
				if out, err := p.backend.Operator(p.within(), command); err != nil || !strings.HasPrefix(out, "+OK") {
					p.Errorf("csta %s: %s %v", command, out, err)
				}
			}
		}
	}
	p.Cleanup(forget)
}
