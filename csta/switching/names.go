package switching

import (
	"fmt"
	"slices"
	"strconv"
)

// Names of what events tell, as recordings write them. The zero value of each has none.
var (
	kindNames = [...]string{
		"",
		LegCreated:         "LegCreated",
		LegRenamed:         "LegRenamed",
		LegProgress:        "LegProgress",
		LegEarlyMedia:      "LegEarlyMedia",
		LegAnswered:        "LegAnswered",
		LegsBridged:        "LegsBridged",
		LegsUnbridged:      "LegsUnbridged",
		LegHeld:            "LegHeld",
		LegUnheld:          "LegUnheld",
		LegResumed:         "LegResumed",
		LegParked:          "LegParked",
		LegRouted:          "LegRouted",
		CallFailed:         "CallFailed",
		ConsultationBegun:  "ConsultationBegun",
		ConsultationEnded:  "ConsultationEnded",
		TalksWithTwo:       "TalksWithTwo",
		LegHungUp:          "LegHungUp",
		LegDestroyed:       "LegDestroyed",
		QueueEntered:       "QueueEntered",
		OwnQueueEntered:    "OwnQueueEntered",
		OwnQueueLeft:       "OwnQueueLeft",
		TrunkEntered:       "TrunkEntered",
		TrunkLeaving:       "TrunkLeaving",
		WaitEnded:          "WaitEnded",
		PlayStarted:        "PlayStarted",
		PlayStopped:        "PlayStopped",
		RecordStarted:      "RecordStarted",
		RecordStopped:      "RecordStopped",
		DigitDetected:      "DigitDetected",
		ConferenceJoined:   "ConferenceJoined",
		ConferenceLeft:     "ConferenceLeft",
		TransferRequested:  "TransferRequested",
		GlueGone:           "GlueGone",
		DeviceRegistered:   "DeviceRegistered",
		DeviceUnregistered: "DeviceUnregistered",
		FeaturesApplied:    "FeaturesApplied",
		FeaturesWanted:     "FeaturesWanted",
		FeatureRequested:   "FeatureRequested",
		EventsLost:         "EventsLost",
		SwitchStopping:     "SwitchStopping",
	}
	directionNames = [...]string{"", Inbound: "inbound", Outbound: "outbound"}
	transferNames  = [...]string{"", TransferorBlind: "blind", TransferorAttended: "attended"}
	resultNames    = [...]string{Completed: "completed", Interrupted: "interrupted", NotFound: "not found", Failed: "failed", LegEnded: "leg ended"}
)

func (k Kind) MarshalText() ([]byte, error)      { return nameOf(k, kindNames[:]) }
func (d Direction) MarshalText() ([]byte, error) { return nameOf(d, directionNames[:]) }
func (t Transfer) MarshalText() ([]byte, error)  { return nameOf(t, transferNames[:]) }
func (r Result) MarshalText() ([]byte, error)    { return nameOf(r, resultNames[:]) }
func (f Feature) MarshalText() ([]byte, error)   { return nameOf(f, featureNames[:]) }

func (k *Kind) UnmarshalText(text []byte) error      { return named(k, text, kindNames[:]) }
func (d *Direction) UnmarshalText(text []byte) error { return named(d, text, directionNames[:]) }
func (t *Transfer) UnmarshalText(text []byte) error  { return named(t, text, transferNames[:]) }
func (r *Result) UnmarshalText(text []byte) error    { return named(r, text, resultNames[:]) }
func (f *Feature) UnmarshalText(text []byte) error   { return named(f, text, featureNames[:]) }

// nameOf is a value's name; one without a name is its number.
func nameOf[T ~uint8](v T, names []string) ([]byte, error) {
	if int(v) >= len(names) {
		return strconv.AppendUint(nil, uint64(v), 10), nil
	}
	return []byte(names[v]), nil
}

func named[T ~uint8](v *T, text []byte, names []string) error {
	if i := slices.Index(names, string(text)); i >= 0 {
		*v = T(i)
		return nil
	}
	n, err := strconv.ParseUint(string(text), 10, 8)
	if err != nil {
		return fmt.Errorf("%T has no value %.40q", *v, text)
	}
	*v = T(n)
	return nil
}
