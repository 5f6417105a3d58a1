// Package fsswitch is FreeSWITCH behind the port of package switching: it turns
// operations into calls of the bridge's C functions and their lists into facts.
// It holds no cgo itself, so that it is tested without a switch.
package fsswitch

import (
	"errors"
	"fmt"
	"time"

	"mod_csta_socket/csta/switching"
)

// Originate says how to call an endpoint (csta_originate).
type Originate struct {
	Leg string
	// Dial is a dial string without variables.
	Dial                     string
	CallerName, CallerNumber string
	// Variables are set on the leg before it is called.
	Variables []Variable
	// Timeout bounds the ringing.
	Timeout time.Duration
	// Then is dialled by the answered leg in Context; "" parks it.
	Then, Context string
	AutoAnswer    bool
	// Several: Dial may lead to several endpoints; Leg is the UUID of none of their
	// legs then.
	Several bool
}

// Variable is a channel variable.
type Variable struct{ Name, Value string }

// Calls are the bridge's C functions (bridge_c/bridge.h), one by one. Their
// errors wrap those of package switching; ErrStopped means that the module is
// going down.
type Calls interface {
	Originate(Originate) (cause string, err error)
	Cancel(leg string) error
	Answer(leg string) error
	// AskPhoneToTalk asks the phone by SIP NOTIFY to answer or unhold.
	AskPhoneToTalk(leg string) error
	HangUp(leg, cause string, forsaken bool) error
	Route(leg, number, context string) error
	Hold(leg string) error
	Unhold(leg string) error
	EndMusic(leg string) error
	Bridge(leg, other string, back bool) error
	PickUp(leg, caller, ringing string) error
	// Music plays the leg's hold music, which is the operator's choice.
	Music(leg string) error
	Protect(leg string, on bool) error
	KeepAfterBridge(leg string, on bool) error
	SetVariable(leg, name, value string) error
	Join(leg, room, profile string) error
	Play(leg, id, file string, stopOnDigit bool) error
	StopPlay(leg string) error
	// RecordLeg records until the limit; 0 = none.
	RecordLeg(leg, path string, limit time.Duration) error
	StopRecord(leg, path string) error
	GetVariable(leg, name string) (string, error)
	Global(name string) (string, error)
	// SetFeatures sets what the dialplan finds for a device by csta_feature.
	SetFeatures(device, features string) error
	// PhoneFeature has mod_sofia tell the subscribers to features of a user in a
	// profile; callID, if not empty, names the only one.
	PhoneFeature(profile, user, host, callID string, headers []Variable) error
	// LookUp asks for a subscriber of the directory. id is its own name if
	// user was an alias.
	LookUp(user, domain string) (known bool, id string, registered bool, err error)
	// DirectoryVariable is a variable of a subscriber in the directory, "" if there is
	// none.
	DirectoryVariable(user, domain, name string) (string, error)
	// Legs, Registrations and Subscribers, of the directory in the switch's files,
	// return lists of records (package translate).
	Legs() ([]byte, error)
	Registrations() ([]byte, error)
	Subscribers(most int) ([]byte, error)
}

// ErrStopped: the module is not loaded or is shutting down.
var ErrStopped = errors.New("the module is shutting down")

// address is the error for text that must not reach the switch.
func address(what, text string) error {
	return fmt.Errorf("%s %q: %w", what, text, switching.ErrInvalidAddress)
}
