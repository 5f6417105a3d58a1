// Package conformance plays scenarios against a CSTA server and checks every
// event it sends. A scenario says who does what at which phone, what the client
// asks for, and which events each monitor must get, in order. The same scenario
// runs on the simulated switch and on a real FreeSWITCH with SIP phones; the
// client is a black box on the other end of a TCP connection.
package conformance

import (
	"context"
	"time"

	"mod_csta_socket/csta/conformance/freeswitch"
)

// Backend is a switch with a CSTA server on it.
type Backend interface {
	// Name is "simulated" or "FreeSWITCH".
	Name() string
	// Address is where CSTA clients connect.
	Address() string
	// Phone is the phone of a subscriber (a bare extension, or user@domain
	// outside the default domain), registered and with no behaviour.
	Phone(ctx context.Context, device string) (Phone, error)
	// Party is somebody outside, behind the network interface.
	Party(ctx context.Context, number string) (Phone, error)
	// TrunkURI is the address of such a party (MakePredictiveCall).
	TrunkURI(number string) string
	// PutMessage makes a message of that length, to be played.
	PutMessage(name string, length time.Duration) error
	// Recorded is the length of the sound in a message that was recorded; known
	// is false on a switch without files.
	Recorded(name string) (length time.Duration, known bool, err error)
	// SetRingTime sets how long phones may ring, whoever calls them.
	SetRingTime(d time.Duration) error
	// SetMedia sets whether media passes the switch: a variable of FreeSWITCH that
	// keeps it out, empty: it passes.
	SetMedia(variable string) error
	// WaitJoined waits until the two parties of an answered call, known to the
	// switch by the ID that the server gave it, hear each other.
	WaitJoined(ctx context.Context, callID string) error
	// WaitTalking does the same for two devices, whatever their call.
	WaitTalking(ctx context.Context, device, other string) error
	// Operator runs a csta command of the operator's.
	Operator(ctx context.Context, command string) (string, error)
	// Admit has the server know these applications only, and users of the directory
	// if they may log in, as csta reload does; none and false: everybody.
	Admit(ctx context.Context, all []freeswitch.Application, directoryLogins bool) error
	// Reload loads the module anew; sessions end, calls do not.
	Reload(ctx context.Context) error
	// WaitIdle waits until the switch has no leg.
	WaitIdle(ctx context.Context) error
	// Legs counts the legs that the switch has made since it started.
	Legs(ctx context.Context) (uint64, error)
	// Trouble counts what should never happen: repairs, resyncs, audit
	// findings, panics, warnings and errors in the log.
	Trouble(ctx context.Context) (map[string]uint64, error)
	// Log is what the server logged, at all levels, for the report of a
	// failure.
	Log() []string
}

// logTrouble begins the names of trouble that is a line of the log.
const logTrouble = "log: "

// Phone is an endpoint that a scenario drives.
type Phone interface {
	Register(ctx context.Context) error
	Unregister(ctx context.Context) error
	// RegisterFor registers for that time only, in whole seconds.
	RegisterFor(ctx context.Context, d time.Duration) error
	// Behave changes what the phone does by itself with calls to come.
	Behave(b Behaviour) error
	// Dial calls a number.
	Dial(ctx context.Context, number string) (Line, error)
	// Rings waits for the next incoming call.
	Rings(ctx context.Context) (Line, error)
	HangUpAll(ctx context.Context) error
	// SubscribeFeatures gives the phone feature keys, whose lamps the switch
	// lights.
	SubscribeFeatures(ctx context.Context) error
	// PressFeatureKey asks the switch for a change of a feature.
	PressFeatureKey(ctx context.Context, key FeatureKey) error
	// FeatureLamps are what the keys show, and how often the switch said
	// something about them.
	FeatureLamps() (lamps FeatureLamps, told int)
	// Journal is what the phone saw, for the report of a failure.
	Journal() []string
}

// Behaviour is what a phone does by itself.
type Behaviour struct {
	// RejectWith refuses calls at once with that SIP status; 0 = ring.
	RejectWith int
	// RedirectTo sends calls on to that number at once (SIP 302).
	RedirectTo string
	// Silent: it gives no sign of ringing.
	Silent bool
	// EarlyMedia sends media (SIP 183) instead of ringing.
	EarlyMedia bool
	// AutoAnswer obeys a caller's wish that it answer by itself.
	AutoAnswer bool
	// Talk obeys the switch's request to answer (NOTIFY talk).
	Talk bool
	// AnswerIn answers by itself after that time; 0 = never.
	AnswerIn time.Duration
	// Speaks: it sends sound.
	Speaks bool
}

// Line is one call at a phone.
type Line interface {
	// Over tells whether the call has ended.
	Over() bool
	// WaitRinging waits until the far end of a dialled call rings.
	WaitRinging(ctx context.Context) error
	WaitConnected(ctx context.Context) error
	WaitEnded(ctx context.Context) error
	Answer(ctx context.Context) error
	// Reject refuses an incoming call with a SIP status.
	Reject(ctx context.Context, status int) error
	// Redirect sends an incoming call on to a number (SIP 302).
	Redirect(ctx context.Context, number string) error
	HangUp(ctx context.Context) error
	Hold(ctx context.Context) error
	Retrieve(ctx context.Context) error
	Digit(ctx context.Context, digit rune) error
	// DigitByMedia sends a digit in the media stream (RFC 4733), not by
	// signalling.
	DigitByMedia(ctx context.Context, digit rune) error
	// BlindTransfer sends the other party to a number (SIP REFER). It returns
	// when the switch has accepted.
	BlindTransfer(ctx context.Context, number string) error
	// AttendedTransfer joins the other party with that of another line of the
	// same phone (SIP REFER with Replaces).
	AttendedTransfer(ctx context.Context, other Line) error
}
