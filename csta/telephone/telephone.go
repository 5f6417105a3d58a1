// Package telephone is the port between the call model and telephones that let
// themselves be asked for services: beside csta/switching, which is the port to
// the switch that carries their calls. A telephone knows its own calls by
// identifiers of its own; what they are to the switch is found out by the engine.
// The switch's legs stay the truth of every call.
package telephone

import (
	"context"
	"errors"
	"net/netip"
)

// Phones asks telephones for services. It is called from worker goroutines, but
// Wake and Monitored, which never block, from the engine's.
type Phones interface {
	// Ask asks a phone that is up for a service and waits for its answer, 4 s at
	// the most. Success is the phone's word only; what it did is told by the
	// switch.
	Ask(ctx context.Context, phone uint64, r Request) (Outcome, error)
	// Wake says that a service for the device would have had use for its phones.
	Wake(device string)
	// Monitored says that a device has got its first monitor, or lost its last.
	Monitored(device string, on bool)
}

// Service is what a phone may be asked for.
type Service uint8

const (
	// MakeCall dials Number. Outcome.Call is the new call.
	MakeCall Service = iota + 1
	// AnswerCall answers Call, which rings.
	AnswerCall
	// HoldCall holds Call.
	HoldCall
	// RetrieveCall takes Call up again.
	RetrieveCall
	// ClearConnection hangs Call up.
	ClearConnection
	// SetDoNotDisturb switches it On or off at the phone.
	SetDoNotDisturb
	// GetDoNotDisturb asks for it. Outcome.Features.DoNotDisturb.
	GetDoNotDisturb
	// SetForwarding makes Forwarding the phone's.
	SetForwarding
	// GetForwarding asks for all of them. Outcome.Features.Forwarding.
	GetForwarding
	// ConsultationCall holds Call and dials Number. Outcome.Call is the new call.
	ConsultationCall
	// AlternateCall holds Active and takes Call up again.
	AlternateCall
	// ReconnectCall hangs Active up and takes Call up again.
	ReconnectCall
	// TransferCall joins the other parties of Call, which is held, and Active, and
	// leaves both.
	TransferCall
	// SnapshotDevice asks for the calls that the phone has. Outcome.Calls.
	SnapshotDevice
)

var serviceNames = [...]string{
	"", "MakeCall", "AnswerCall", "HoldCall", "RetrieveCall", "ClearConnection",
	"SetDoNotDisturb", "GetDoNotDisturb", "SetForwarding", "GetForwarding",
	"ConsultationCall", "AlternateCall", "ReconnectCall", "TransferCall", "SnapshotDevice",
}

func (s Service) String() string { return serviceNames[s] }

// Request asks for a service.
type Request struct {
	Service Service
	// Call is the phone's own identifier of the call; empty: the call that it
	// has, for phones that tell of none.
	Call string
	// Active is the active one of two calls of the phone; Call is the held one
	// then.
	Active string
	// Number is what MakeCall and ConsultationCall dial.
	Number string
	// On is that of SetDoNotDisturb, Forwarding that of SetForwarding.
	On         bool
	Forwarding ForwardingSetting
}

// Outcome is what the phone answered beside yes.
type Outcome struct {
	Call     string   `json:"call,omitzero"`
	Calls    []Shown  `json:"calls,omitzero"`
	Features Features `json:"features,omitzero"`
	// Blind: the request was sent, and nobody hears what the phone says to it.
	Blind bool `json:"blind,omitzero"`
}

// Shown is a call as the phone shows it.
type Shown struct {
	Call  string `json:"call,omitzero"`
	State State  `json:"state,omitzero"`
}

// State is a phone's own part in a call.
type State uint8

const (
	// Other is one that says nothing of which call it is.
	Other State = iota
	// Alerting: it rings.
	Alerting
	// Connected: the phone is in it, or calls somebody.
	Connected
	// Holding: the phone holds it.
	Holding
)

// States are all of them that tell calls apart.
func States() []State { return []State{Alerting, Connected, Holding} }

// Features are what is switched on at a phone, or at the subscriber's device.
type Features struct {
	DoNotDisturb bool `json:"doNotDisturb,omitzero"`
	// Forwarding are the settings that are known; what is not listed is off.
	Forwarding []ForwardingSetting `json:"forwarding,omitzero"`
}

// ForwardingSetting is one kind of forwarding.
type ForwardingSetting struct {
	// Type is a forwardingType of ECMA-269 (forwardImmediate, forwardBusy,
	// forwardNoAns, ...), never empty.
	Type string `json:"type,omitzero"`
	On   bool   `json:"on,omitzero"`
	// Number is where calls go. It may be there although it is off, and may be
	// missing: the one that is set already.
	Number string `json:"number,omitzero"`
	// Rings is after how many rings (forwardNoAns); 0 = not said.
	Rings int `json:"rings,omitzero"`
}

// Errors of Ask, to be tested with errors.Is. The first two say that the phone
// has done nothing, the others that it may have done what it was asked for.
var (
	// ErrUnsupported: the phone does not know the service.
	ErrUnsupported = errors.New("the phone does not know the service")
	// ErrRefused: it does not do it now.
	ErrRefused = errors.New("the phone refuses")
	// ErrSilent: it has not answered in time.
	ErrSilent = errors.New("the phone is silent")
	// ErrLost: it was lost before it answered.
	ErrLost = errors.New("the phone was lost")
)

// Kind says what a phone told. The comment of each names the fields of Event that
// it fills beside Phone and Device.
type Kind uint8

const (
	// Up: the phone takes requests now. Contact, Source, Tells.
	Up Kind = iota + 1
	// Down ends Up. Nothing that was known of the phone's calls holds any more.
	Down
	// Dialling: the user, or a request, began a call. Call; Number if known.
	Dialling
	// Ringing: a call rings at the phone. Call; Number is the caller's.
	Ringing
	// Talking: a call was answered, held or taken up again, so that it is there.
	// Call.
	Talking
	// Cleared: the call has ended for the phone. Call.
	Cleared
	// Failed: the call could not be made. It may still be there. Call.
	Failed
	// DoNotDisturb: it was switched at the phone, or the phone asks that it be
	// switched (Answer). On. This kind and the next two may come of phones that
	// are not up: they take no requests, but make some.
	DoNotDisturb
	// Forwarding is the same for a kind of forwarding. Forwarding.
	Forwarding
	// FeaturesAsked: the phone asks what is switched on. Answer.
	FeaturesAsked
)

// Event is one fact told by a phone. It is a hint: it never changes what is known
// of the switch's calls.
type Event struct {
	Kind Kind `json:"kind,omitzero"`
	// Phone names the phone from Up to Down. Device is the subscriber whose phone
	// it is, as the switch writes it.
	Phone  uint64 `json:"phone,omitzero"`
	Device string `json:"device,omitzero"`
	// Call is the phone's own identifier.
	Call string `json:"call,omitzero"`
	// Number is the other party's, as the phone shows it: perhaps with a prefix,
	// perhaps a name.
	Number string `json:"number,omitzero"`
	// Contact is where the phone takes its calls; zero if that is not known (a
	// line of its own registered for this control only). Source is the address
	// that it is at.
	Contact netip.AddrPort `json:"contact,omitzero"`
	Source  netip.Addr     `json:"source,omitzero"`
	// Tells: the phone tells of its calls.
	Tells bool `json:"tells,omitzero"`
	// On and Forwarding say what was switched.
	On         bool              `json:"on,omitzero"`
	Forwarding ForwardingSetting `json:"forwarding,omitzero"`
	// Answer, if not nil, is a phone that waits for an answer: it is to be called
	// soon, with what is switched on at the device after the event, or with the
	// reason why nothing was changed: an error of csta/ecma, which the phone is
	// told. It does not block. Any goroutine may call it; it counts once.
	Answer func(Features, error) `json:"-"`
}

// Sink receives the phones' events, in the order in which they happened. Phones
// never blocks.
type Sink interface {
	Phones(batch []Event)
}
