package translate

import (
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/switching"
)

// appliedFeatures are the triggers of a dialplan that applies a feature to its leg.
var appliedFeatures = map[string]switching.Feature{
	"do-not-disturb":    switching.DoNotDisturb,
	"forward-immediate": switching.ForwardImmediate,
	"forward-busy":      switching.ForwardBusy,
	"forward-no-answer": switching.ForwardNoAnswer,
}

// featureNames are the names of features in PHONE_FEATURE_SUBSCRIBE
// (sofia_presence_handle_sip_i_subscribe), and in PHONE_FEATURE.
var featureNames = map[string]switching.Feature{
	"doNotDisturbOn":    switching.DoNotDisturb,
	"forward_immediate": switching.ForwardImmediate,
	"forward_busy":      switching.ForwardBusy,
	"forward_no_answer": switching.ForwardNoAnswer,
}

// Subscription is where a phone with feature keys listens, in the words that it
// used: mod_sofia finds it by no others.
type Subscription struct {
	Profile, User, Host string
	// CallID names it among those of the same user.
	CallID string
}

const (
	// maxSubscriptions bounds those of one device: a phone that is switched off and
	// on leaves its old one behind.
	maxSubscriptions = 32
	// subscriptionGrace is how long one that should have been refreshed is kept.
	subscriptionGrace = time.Minute
)

// subscriptions are those that were seen, by device, with their ends.
type subscriptions map[string]map[Subscription]time.Time

// note remembers a subscription, or forgets it.
func (all subscriptions) note(device string, s Subscription, expires time.Duration, now time.Time) {
	of := all[device]
	for other, end := range of {
		if now.After(end) || len(of) >= maxSubscriptions {
			delete(of, other)
		}
	}
	switch {
	case expires <= 0:
		delete(of, s)
	case of == nil:
		makeRoom(all, maxSubscribers)
		of = map[Subscription]time.Time{}
		all[device] = of
		fallthrough
	default:
		of[s] = now.Add(expires + subscriptionGrace)
	}
	if len(of) == 0 {
		delete(all, device)
	}
}

// Subscriptions are those of a device's phones that were seen.
func (t *Translator) Subscriptions(device string) []Subscription {
	t.mu.Lock()
	defer t.mu.Unlock()
	var list []Subscription
	for s := range t.subscribed[device] {
		list = append(list, s)
	}
	return list
}

// Profiles are those that the device has registered with, as far as that was seen.
func (t *Translator) Profiles(device string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.known.profiles(device)
}

// feature reads PHONE_FEATURE_SUBSCRIBE.
func (t *Translator) feature(r *Record, out []switching.Event) []switching.Event {
	s := Subscription{
		Profile: strings.Clone(r.Get(FeatureProfile)), User: strings.Clone(r.Get(User)),
		Host: strings.Clone(r.Get(Host)), CallID: strings.Clone(r.Get(RegCallID)),
	}
	device := t.domains.Device(s.User, s.Host)
	if known := t.known[s.Profile][s.User]; known != "" && !t.domains.isDefault(s.Host) {
		// A phone may name the switch by an address.
		device = known
	}
	if device == "" || s.Profile == "" || s.CallID == "" {
		return out
	}
	seconds, err := strconv.ParseUint(r.Get(RegExpires), 10, 31)
	if err != nil {
		seconds = 0
	}
	t.subscribed.note(device, s, time.Duration(seconds)*time.Second, t.now())
	if seconds == 0 {
		return out
	}
	e := switching.Event{Kind: switching.FeaturesWanted, At: r.At, Seq: r.Seq, Device: device, Data: s.CallID}
	if wish := featureWish(r); wish != nil {
		e.Kind, e.Wish = switching.FeatureRequested, wish
	}
	return append(out, e)
}

// featureWish is what a phone's key asks for; nil if it asks for nothing, or if the
// switch did not understand its body: it is told what is set then.
func featureWish(r *Record) *switching.FeatureChange {
	wish := switching.FeatureChange{Feature: featureNames[r.Get(FeatureName)], Number: strings.TrimSpace(r.Get(FeatureNumber))}
	switch r.Get(FeatureEnabled) {
	case "true", "1":
		wish.On = true
	case "false", "0":
	default:
		return nil
	}
	if wish.Feature == 0 || r.Get(FeatureAction) == "" {
		return nil
	}
	wish.Number = strings.Clone(wish.Number)
	if rings, err := strconv.ParseUint(r.Get(FeatureRings), 10, 16); err == nil && rings > 0 && wish.Feature == switching.ForwardNoAnswer {
		wish.Ring, wish.Counted = time.Duration(rings)*switching.RingTime, true
	}
	return &wish
}
