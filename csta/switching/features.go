package switching

import "time"

// Features are what a subscriber has the switch do with the calls to it: logical
// device features of ECMA-269 22. The zero value is nothing.
type Features struct {
	DoNotDisturb bool `json:"doNotDisturb,omitzero"`
	// Immediate sends all calls on, Busy those that find the subscriber busy,
	// NoAnswer those that it does not answer in time.
	Immediate Forwarding `json:"immediate,omitzero"`
	Busy      Forwarding `json:"busy,omitzero"`
	NoAnswer  Forwarding `json:"noAnswer,omitzero"`
}

// Forwarding is where calls go. The number may outlive On, so that it can be
// switched on again without it.
type Forwarding struct {
	On     bool   `json:"on,omitzero"`
	Number string `json:"number,omitzero"`
	// Ring is how long the subscriber rings before NoAnswer; whole seconds, 0 for
	// the others.
	Ring time.Duration `json:"ring,omitzero"`
}

// Feature names one of Features.
type Feature uint8

const (
	DoNotDisturb Feature = iota + 1
	ForwardImmediate
	ForwardBusy
	ForwardNoAnswer
)

// Forwardings are the features that are a Forwarding.
var Forwardings = [...]Feature{ForwardImmediate, ForwardBusy, ForwardNoAnswer}

var featureNames = [...]string{"", "do not disturb", "forwarding", "forwarding when busy", "forwarding when not answered"}

func (f Feature) String() string {
	if int(f) < len(featureNames) {
		return featureNames[f]
	}
	return "unknown feature"
}

// Any tells whether any of them is on.
func (f Features) Any() bool {
	return f.DoNotDisturb || f.Immediate.On || f.Busy.On || f.NoAnswer.On
}

// Forwarding is the setting of that name; nil for DoNotDisturb.
func (f *Features) Forwarding(name Feature) *Forwarding {
	switch name {
	case ForwardImmediate:
		return &f.Immediate
	case ForwardBusy:
		return &f.Busy
	case ForwardNoAnswer:
		return &f.NoAnswer
	}
	return nil
}

// RingTime is the time of one ring: what phones that count rings are told in
// place of seconds, as deployed servers of feature keys do.
const RingTime = 6 * time.Second

// Rings is a ring time in rings, rounded up.
func Rings(d time.Duration) int { return int((d + RingTime - 1) / RingTime) }

// FeatureChange is what somebody wants of one feature.
type FeatureChange struct {
	Feature Feature `json:"feature,omitzero"`
	On      bool    `json:"on,omitzero"`
	// Number of a forwarding; empty: the one it had before.
	Number string `json:"number,omitzero"`
	// Ring is how long ForwardNoAnswer lets the subscriber ring; 0: as before.
	// Counted tells that it was given in rings.
	Ring    time.Duration `json:"ring,omitzero"`
	Counted bool          `json:"counted,omitzero"`
	// Forget drops the number, too, of what is switched off.
	Forget bool `json:"forget,omitzero"`
}

// DeviceFeatures are the features of one subscriber.
type DeviceFeatures struct {
	Device   string
	Features Features
}

// SetFeatures lets the switch's dialplan know subscribers' features from now on.
type SetFeatures struct {
	quick
	List []DeviceFeatures
}

// ShowFeatures tells the phones of a subscriber that have feature keys what is
// set, so that their lamps are right: one Feature, or all of them for 0.
// Phone, if not empty, is the only one to be told (Event.Data of FeaturesWanted
// and FeatureRequested). Phones that have no such keys hear nothing, and that is
// no error.
type ShowFeatures struct {
	quick
	Device   string
	Features Features
	Feature  Feature
	Phone    string
}
