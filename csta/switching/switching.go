// Package switching is the port between the call model and a switch: the
// commands the engine gives (Operation) and the facts it hears (Event). Two
// backends implement it, the FreeSWITCH module and the simulated switch
// (csta/sim). The vocabulary is that of a B2BUA: a leg is one dialogue between
// the switch and an endpoint, named by a UUID; a call of the model is made of
// legs.
package switching

import (
	"context"
	"errors"
	"strings"
)

// Switch performs operations. Perform blocks until the operation is done (an
// Originate blocks while the endpoint rings) and is called from worker
// goroutines only, many at a time. A cancelled ctx ends a pending Originate.
//
// Success means that the switch accepted the operation; what it did to the
// legs is told by events.
type Switch interface {
	Perform(ctx context.Context, op Operation) (Outcome, error)
}

// Sink receives the switch's events, in the order in which they happened. The
// batch belongs to the caller again when Events returns. Events never blocks.
type Sink interface {
	Events(batch []Event)
}

// Errors of Perform that the engine turns into CSTA error values. Backends wrap
// them with context; test with errors.Is.
var (
	// ErrNoSuchLeg: no leg of that UUID, or it is already hanging up.
	ErrNoSuchLeg = errors.New("no such leg")
	// ErrNotPossible: the leg exists, but the switch refused the operation.
	ErrNotPossible = errors.New("not possible in this state")
	// ErrNotSupported: the endpoint or the backend cannot do it at all.
	ErrNotSupported = errors.New("not supported")
	// ErrInvalidAddress: a number, URI or file name holds characters that must
	// not reach the switch. Backends check again what the engine has checked.
	ErrInvalidAddress = errors.New("invalid address")
	// ErrUnwritable: a recording can't be written.
	ErrUnwritable = errors.New("cannot be written")
	// ErrTaken: a file that is no recording of ours has that name.
	ErrTaken = errors.New("another file has that name")
	// ErrInUse: that file is being recorded.
	ErrInUse = errors.New("in use")
)

// Outcome is what an operation brings back beside success. Which fields are
// meant is said at each operation.
type Outcome struct {
	// Cause says why an Originate failed.
	Cause Cause `json:"cause,omitzero"`
	// Device is the answer to LookUpDevice.
	Device DeviceStatus `json:"device,omitzero"`
	// Legs is the answer to ListLegs.
	Legs []LegState `json:"legs,omitzero"`
	// Devices is the answer to ListRegistrations and ListSubscribers.
	Devices []string `json:"devices,omitzero"`
	// File is the full path of a recording.
	File string `json:"file,omitzero"`
}

// DeviceStatus is what the switch knows of a subscriber.
type DeviceStatus struct {
	// Device is the subscriber's own identifier; it differs from the one
	// asked for when that was an alias.
	Device     string `json:"device,omitzero"`
	Known      bool   `json:"known,omitzero"`
	Registered bool   `json:"registered,omitzero"`
}

// LegState is one leg in a snapshot of the switch.
type LegState struct {
	Leg      string  `json:"leg,omitzero"`
	Info     LegInfo `json:"info,omitzero"`
	Answered bool    `json:"answered,omitzero"`
	Ringing  bool    `json:"ringing,omitzero"`
	Held     bool    `json:"held,omitzero"`
	// Partner is the leg this one is bridged to, if any.
	Partner string `json:"partner,omitzero"`
	// Queue is the queue the leg waits in (csta_trigger_queue), if known.
	Queue string `json:"queue,omitzero"`
	// OwnQueue is the queue of the switch's own that the leg waits in, if any.
	OwnQueue string `json:"ownQueue,omitzero"`
	// TrunkIn and TrunkOut name the network interface the leg came in by or
	// goes out by, if known.
	TrunkIn  string `json:"trunkIn,omitzero"`
	TrunkOut string `json:"trunkOut,omitzero"`
	// Note is the text of the last Note operation.
	Note string `json:"note,omitzero"`
	// Created and AnsweredAt are in Unix nanoseconds; 0 if unknown.
	Created    int64 `json:"created,omitzero"`
	AnsweredAt int64 `json:"answeredAt,omitzero"`
}

// ValidNumber tells whether s may be dialled: 1 to 64 characters of
// [0-9A-Za-z*#+._-], not beginning with '-' or '.', without "..". Everything else
// could be read as syntax by a switch's dial strings, dialplans or variable
// expansion, or as a way up where a dialplan makes a file's name of a number.
func ValidNumber(s string) bool {
	if s == "" || len(s) > maxNumber || s[0] == '-' || s[0] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !numberByte(s[i]) {
			return false
		}
	}
	return true
}

// maxNumber bounds a dialled number; no numbering plan comes near it.
const maxNumber = 64

func numberByte(c byte) bool {
	return alphanumeric(c) || c == '*' || c == '#' || c == '+' || c == '.' || c == '_' || c == '-'
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// ValidDevice tells whether s may name a subscriber: a number, or
// number@domain where the domain holds only [0-9A-Za-z.-] (or a bracketless
// IPv6 address is not accepted).
func ValidDevice(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '@' {
			return ValidNumber(s[:i]) && validHost(s[i+1:])
		}
	}
	return ValidNumber(s)
}

// maxHost is the length limit of a domain name (RFC 1035, 2.3.4).
const maxHost = 253

func validHost(s string) bool {
	if s == "" || len(s) > maxHost || s[0] == '-' || s[0] == '.' || strings.Contains(s, "..") {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !alphanumeric(c) && c != '.' && c != '-' {
			return false
		}
	}
	return true
}
