package switching

import "mod_csta_socket/csta/named"

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

func (k Kind) MarshalText() ([]byte, error)      { return named.Text(k, kindNames[:]) }
func (d Direction) MarshalText() ([]byte, error) { return named.Text(d, directionNames[:]) }
func (t Transfer) MarshalText() ([]byte, error)  { return named.Text(t, transferNames[:]) }
func (r Result) MarshalText() ([]byte, error)    { return named.Text(r, resultNames[:]) }
func (f Feature) MarshalText() ([]byte, error)   { return named.Text(f, featureNames[:]) }

func (k *Kind) UnmarshalText(text []byte) error      { return named.Read(k, text, kindNames[:]) }
func (d *Direction) UnmarshalText(text []byte) error { return named.Read(d, text, directionNames[:]) }
func (t *Transfer) UnmarshalText(text []byte) error  { return named.Read(t, text, transferNames[:]) }
func (r *Result) UnmarshalText(text []byte) error    { return named.Read(r, text, resultNames[:]) }
func (f *Feature) UnmarshalText(text []byte) error   { return named.Read(f, text, featureNames[:]) }
