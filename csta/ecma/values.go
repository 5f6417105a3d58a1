// Package ecma holds the messages of CSTA Phase III (ECMA-269) in their XML
// form (ECMA-323): types, encoder, decoder, enumerations, error values, and the
// registry of the services and events that this project implements.
package ecma

import (
	"strconv"
	"strings"
)

// TypeOfNumber is the typeOfNumber attribute of a DeviceID (ECMA-323).
type TypeOfNumber string

const (
	// DialingNumber is what one dials; the attribute's default.
	DialingNumber TypeOfNumber = "dialingNumber"
	// DeviceNumber is a static identifier of the switching function, not
	// diallable.
	DeviceNumber TypeOfNumber = "deviceNumber"
)

// DeviceID is the plain form of a device identifier. The zero value is an
// absent one. It is comparable: the decoder writes the default type as
// DialingNumber and leaves other attributes out.
type DeviceID struct {
	Number string
	Type   TypeOfNumber
}

// IsZero tells whether the identifier is absent.
func (d DeviceID) IsZero() bool { return d.Number == "" }

// Subscriber is the identifier of an internal subscriber.
func Subscriber(number string) DeviceID { return DeviceID{number, DialingNumber} }

// Prefixes of the device numbers of network interfaces and queues.
const (
	NetworkInterfacePrefix = "01"
	QueuePrefix            = "02"
)

// Queue is the identifier of the queue of that name.
func Queue(name string) DeviceID { return DeviceID{QueuePrefix + name, DeviceNumber} }

// NetworkInterface is the identifier of the network interface of that name.
func NetworkInterface(name string) DeviceID {
	return DeviceID{NetworkInterfacePrefix + name, DeviceNumber}
}

// partySeparator stands between a network interface and the number of a party
// behind it: a character that no interface's name has.
const partySeparator = "#"

// IsInterface tells whether the identifier is a network interface's.
func (d DeviceID) IsInterface() bool {
	return d.Type == DeviceNumber && strings.HasPrefix(d.Number, NetworkInterfacePrefix)
}

// Party is the identifier of the nth party behind a network interface in one call:
// that of the interface for the first, and for others a dynamic one, which names
// nothing outside of the call (ECMA-269 12.3.9: a connection's device identifier may
// be dynamic).
func (d DeviceID) Party(n int) DeviceID {
	if n > 1 {
		d.Number += partySeparator + strconv.Itoa(n)
	}
	return d
}

// Interface takes an identifier of a party apart; n is 1 for all but those of
// second and later parties.
func (d DeviceID) Interface() (of DeviceID, n int) {
	if d.IsInterface() {
		if name, text, ok := strings.Cut(d.Number, partySeparator); ok {
			if n, err := strconv.Atoi(text); err == nil && n > 1 {
				return DeviceID{name, d.Type}, n
			}
		}
	}
	return d, 1
}

// ConnectionID names one device's part in one call (ECMA-269 6.1.3). Either
// half may be absent on input.
type ConnectionID struct {
	CallID string
	Device DeviceID
}

// IsZero tells whether both halves are absent.
func (c ConnectionID) IsZero() bool { return c.CallID == "" && c.Device.IsZero() }

// Presence says which alternative of a wrapped device identifier is meant.
type Presence uint8

const (
	// Absent: the element is left out.
	Absent Presence = iota
	// Known: deviceIdentifier, or numberDialed of a redirection device.
	Known
	NotKnown
	Restricted
	// NotRequired and NotSpecified are for redirection devices only.
	NotRequired
	NotSpecified
)

// ExtendedDevice is the wrapped form used by events: SubjectDeviceID,
// CallingDeviceID, CalledDeviceID, network and associated devices. The zero
// value is an absent element.
type ExtendedDevice struct {
	Presence Presence
	Device   DeviceID
}

// Device wraps an identifier; an absent one becomes notKnown.
func Device(d DeviceID) ExtendedDevice {
	if d.IsZero() {
		return ExtendedDevice{Presence: NotKnown}
	}
	return ExtendedDevice{Known, d}
}

// OptionalDevice wraps an identifier for an element that is left out when it is absent.
func OptionalDevice(d DeviceID) ExtendedDevice {
	if d.IsZero() {
		return ExtendedDevice{}
	}
	return ExtendedDevice{Known, d}
}

// RedirectionDevice is the form of lastRedirectionDevice. The zero value is an
// absent element.
type RedirectionDevice struct {
	Presence Presence
	Device   DeviceID
}

// RedirectedFrom is the redirection device d; notRequired if d is absent.
func RedirectedFrom(d DeviceID) RedirectionDevice {
	if d.IsZero() {
		return RedirectionDevice{Presence: NotRequired}
	}
	return RedirectionDevice{Known, d}
}

// LocalConnectionState is the state of a connection (ECMA-269 6.1.5). The zero
// value is an absent element; the state null is StateNull.
type LocalConnectionState string

const (
	StateNull      LocalConnectionState = "null"
	StateInitiated LocalConnectionState = "initiated"
	StateAlerting  LocalConnectionState = "alerting"
	StateConnected LocalConnectionState = "connected"
	StateHold      LocalConnectionState = "hold"
	StateQueued    LocalConnectionState = "queued"
	StateFail      LocalConnectionState = "fail"
)

// AutoOriginate is MakeCall's autoOriginate.
type AutoOriginate string

const (
	Prompt      AutoOriginate = "prompt"
	DoNotPrompt AutoOriginate = "doNotPrompt"
)

// MonitorType is MonitorStart's monitorType; empty if absent.
type MonitorType string

const (
	MonitorDevice MonitorType = "device"
	MonitorCall   MonitorType = "call"
)

// SystemStatusValue is a value of systemStatus; empty if absent.
type SystemStatusValue string

const (
	StatusDisabled          SystemStatusValue = "disabled"
	StatusPartiallyDisabled SystemStatusValue = "partiallyDisabled"
	StatusEnabled           SystemStatusValue = "enabled"
	StatusInitializing      SystemStatusValue = "initializing"
	StatusMessagesLost      SystemStatusValue = "messagesLost"
	StatusNormal            SystemStatusValue = "normal"
	StatusOverloadImminent  SystemStatusValue = "overloadImminent"
	StatusOverloadReached   SystemStatusValue = "overloadReached"
	StatusOverloadRelieved  SystemStatusValue = "overloadRelieved"
)

// Edition is an XML namespace of ECMA-323; it marks the edition. Any text of at most
// MaxEdition bytes is legal: a client is answered in the namespace it used.
type Edition string

// MaxEdition bounds a namespace: it is kept with each monitor and written into each
// event. Those of the standard have 64 bytes.
const MaxEdition = 255

const (
	Edition3 Edition = "http://www.ecma-international.org/standards/ecma-323/csta/ed3"
	Edition4 Edition = "http://www.ecma-international.org/standards/ecma-323/csta/ed4"
	Edition5 Edition = "http://www.ecma-international.org/standards/ecma-323/csta/ed5"
	Edition6 Edition = "http://www.ecma-international.org/standards/ecma-323/csta/ed6"
)

// IsStandard tells whether a namespace is one of an edition of ECMA-323, or none.
func (ed Edition) IsStandard() bool {
	if ed == "" {
		return true
	}
	number, ok := strings.CutPrefix(string(ed), "http://www.ecma-international.org/standards/ecma-323/csta/ed")
	if !ok {
		// The first editions, before Ecma moved.
		number, ok = strings.CutPrefix(string(ed), "http://www.ecma.ch/standards/ecma-323/csta/ed")
	}
	return ok && len(number) == 1 && number >= "1" && number <= "9"
}
