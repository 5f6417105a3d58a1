package ecma

import "strconv"

// Call associated services and events (ECMA-269 18).

// AssociateData attaches data to a call.
type AssociateData struct {
	ExistingCall       ConnectionID
	AccountCode        HexBinary
	AuthCode           HexBinary
	CorrelatorData     Data
	CallQualifyingData HexBinary
	SubjectOfCall      string
}

// Element implements Message.
func (*AssociateData) Element() string { return "AssociateData" }

func (m *AssociateData) fields(c *codec) {
	c.connection("existingCall", &m.ExistingCall, mandatory)
	c.hex("accountCode", &m.AccountCode)
	c.hex("authCode", &m.AuthCode)
	c.correlatorData(&m.CorrelatorData)
	c.hex("callQualifyingData", &m.CallQualifyingData)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// AssociateDataResponse is the positive response to AssociateData.
type AssociateDataResponse struct{}

// Element implements Message.
func (*AssociateDataResponse) Element() string { return "AssociateDataResponse" }

func (*AssociateDataResponse) fields(*codec) {}

// DigitMode is how digits are sent.
type DigitMode string

const (
	DigitsRotaryPulse DigitMode = "rotaryPulse"
	DigitsDTMF        DigitMode = "dTMF"
)

var digitModeValues = setOf(
	DigitsRotaryPulse,
	DigitsDTMF,
)

// GenerateDigits sends digits on behalf of a device.
type GenerateDigits struct {
	ConnectionToSendDigits ConnectionID
	DigitMode              DigitMode
	CharactersToSend       string
	ToneDuration           Int // milliseconds
	PulseRate              Int
	PauseDuration          Int // milliseconds
}

// Element implements Message.
func (*GenerateDigits) Element() string { return "GenerateDigits" }

func (m *GenerateDigits) fields(c *codec) {
	c.connection("connectionToSendDigits", &m.ConnectionToSendDigits, mandatory)
	c.enum("digitMode", (*string)(&m.DigitMode), digitModeValues, optional, string(DigitsRotaryPulse))
	c.text("charactersToSend", &m.CharactersToSend, mandatory)
	c.integer("toneDuration", &m.ToneDuration, optional)
	c.integer("pulseRate", &m.PulseRate, optional)
	c.integer("pauseDuration", &m.PauseDuration, optional)
}

// GenerateDigitsResponse is the positive response to GenerateDigits.
type GenerateDigitsResponse struct{}

// Element implements Message.
func (*GenerateDigitsResponse) Element() string { return "GenerateDigitsResponse" }

func (*GenerateDigitsResponse) fields(*codec) {}

// TelephonyTone is a tone: one of the constants, or switchSpec0 to switchSpec100.
type TelephonyTone string

const (
	ToneBeep          TelephonyTone = "beep"
	ToneBilling       TelephonyTone = "billing"
	ToneBusy          TelephonyTone = "busy"
	ToneCarrier       TelephonyTone = "carrier"
	ToneConfirmation  TelephonyTone = "confirmation"
	ToneDial          TelephonyTone = "dial"
	ToneFaxCNG        TelephonyTone = "faxCNG"
	ToneHold          TelephonyTone = "hold"
	ToneHowler        TelephonyTone = "howler"
	ToneIntrusion     TelephonyTone = "intrusion"
	ToneModemCNG      TelephonyTone = "modemCNG"
	TonePark          TelephonyTone = "park"
	ToneRecordWarning TelephonyTone = "recordWarning"
	ToneReorder       TelephonyTone = "reorder"
	ToneRingback      TelephonyTone = "ringback"
	ToneSilence       TelephonyTone = "silence"
	ToneSitVC         TelephonyTone = "sitVC"
	ToneSitIC         TelephonyTone = "sitIC"
	ToneSitRO         TelephonyTone = "sitRO"
	ToneSitNC         TelephonyTone = "sitNC"
)

// lastSwitchSpecificTone is the number of the last tone of the switch's own.
const lastSwitchSpecificTone = 100

var telephonyTones = func() enumeration {
	tones := setOf(
		ToneBeep, ToneBilling, ToneBusy, ToneCarrier, ToneConfirmation, ToneDial, ToneFaxCNG, ToneHold,
		ToneHowler, ToneIntrusion, ToneModemCNG, TonePark, ToneRecordWarning, ToneReorder, ToneRingback,
		ToneSilence, ToneSitVC, ToneSitIC, ToneSitRO, ToneSitNC,
	)
	for i := range lastSwitchSpecificTone + 1 {
		tones["switchSpec"+strconv.Itoa(i)] = struct{}{}
	}
	return tones
}()

// GenerateTelephonyTones sends a tone on behalf of a device.
type GenerateTelephonyTones struct {
	ConnectionToSendTone ConnectionID
	ToneToSend           TelephonyTone
	ToneDuration         Int // milliseconds
}

// Element implements Message.
func (*GenerateTelephonyTones) Element() string { return "GenerateTelephonyTones" }

func (m *GenerateTelephonyTones) fields(c *codec) {
	c.connection("connectionToSendTone", &m.ConnectionToSendTone, mandatory)
	c.enum("toneToSend", (*string)(&m.ToneToSend), telephonyTones, mandatory, string(ToneBeep))
	c.integer("toneDuration", &m.ToneDuration, optional)
}

// GenerateTelephonyTonesResponse is the positive response to GenerateTelephonyTones.
type GenerateTelephonyTonesResponse struct{}

// Element implements Message.
func (*GenerateTelephonyTonesResponse) Element() string { return "GenerateTelephonyTonesResponse" }

func (*GenerateTelephonyTonesResponse) fields(*codec) {}

// CallInformationEvent: data attached to a call changed.
type CallInformationEvent struct {
	MonitorCrossRefID  string
	Connection         ConnectionID
	Device             ExtendedDevice
	CallingDevice      ExtendedDevice
	AccountInfo        HexBinary
	AuthCode           HexBinary
	CorrelatorData     Data
	UserData           Data
	CallQualifyingData HexBinary
	SubjectOfCall      string
}

// Element implements Message.
func (*CallInformationEvent) Element() string { return "CallInformationEvent" }

// EventKind implements Event.
func (*CallInformationEvent) EventKind() EventKind { return EventCallInformation }

func (m *CallInformationEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("connection", &m.Connection, mandatory)
	c.extended("device", &m.Device, mandatory)
	c.extended("callingDevice", &m.CallingDevice, optional)
	c.hex("accountInfo", &m.AccountInfo)
	c.hex("authCode", &m.AuthCode)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.hex("callQualifyingData", &m.CallQualifyingData)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// DigitsGeneratedEvent: digits were sent on behalf of a device.
type DigitsGeneratedEvent struct {
	MonitorCrossRefID  string
	Connection         ConnectionID
	DigitGeneratedList string
	DigitDurationList  []Int
	PauseDurationList  []Int
}

// Element implements Message.
func (*DigitsGeneratedEvent) Element() string { return "DigitsGeneratedEvent" }

// EventKind implements Event.
func (*DigitsGeneratedEvent) EventKind() EventKind { return EventDigitsGenerated }

func (m *DigitsGeneratedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("connection", &m.Connection, mandatory)
	c.text("digitGeneratedList", &m.DigitGeneratedList, mandatory)
	wrapped(c, "digitDurationList", "digitDuration", optional, &m.DigitDurationList, (*Int).content)
	wrapped(c, "pauseDurationList", "pauseDuration", optional, &m.PauseDurationList, (*Int).content)
}

// TelephonyTonesGeneratedEvent: a tone was sent on behalf of a device.
type TelephonyTonesGeneratedEvent struct {
	MonitorCrossRefID string
	Connection        ConnectionID
	ToneGenerated     TelephonyTone
	ToneFrequency     Int
	ToneDuration      Int // milliseconds
	PauseDuration     Int // milliseconds
}

// Element implements Message.
func (*TelephonyTonesGeneratedEvent) Element() string { return "TelephonyTonesGeneratedEvent" }

// EventKind implements Event.
func (*TelephonyTonesGeneratedEvent) EventKind() EventKind { return EventTelephonyTonesGenerated }

func (m *TelephonyTonesGeneratedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("connection", &m.Connection, mandatory)
	c.enum("toneGenerated", (*string)(&m.ToneGenerated), telephonyTones, optional, string(ToneBeep))
	c.integer("toneFrequency", &m.ToneFrequency, optional)
	c.integer("toneDuration", &m.ToneDuration, optional)
	c.integer("pauseDuration", &m.PauseDuration, optional)
}

// FailedCall is the state of the device's part in a call after a service failed.
type FailedCall struct {
	DeviceID             DeviceID
	ConnectionID         ConnectionID
	LocalConnectionState LocalConnectionState
}

func (m *FailedCall) content(c *codec) {
	c.device("deviceID", &m.DeviceID, optional)
	c.connection("connectionID", &m.ConnectionID, optional)
	c.state("localConnectionState", &m.LocalConnectionState, mandatory)
}

// FailedCallDevice is the state of another device in such a call.
type FailedCallDevice struct {
	DeviceID             DeviceID
	ConnectionID         ConnectionID
	LocalConnectionState LocalConnectionState
}

func (m *FailedCallDevice) content(c *codec) {
	c.device("deviceID", &m.DeviceID, optional)
	c.connection("connectionID", &m.ConnectionID, optional)
	c.state("localConnectionState", &m.LocalConnectionState, optional)
}

// ServiceCompletionFailureEvent: a service that had been acknowledged failed.
type ServiceCompletionFailureEvent struct {
	MonitorCrossRefID          string
	PrimaryCall                FailedCall
	SecondaryCall              FailedCall
	OtherDevsPrimaryCallList   []FailedCallDevice
	OtherDevsSecondaryCallList []FailedCallDevice
	Cause                      EventCause
}

// Element implements Message.
func (*ServiceCompletionFailureEvent) Element() string { return "ServiceCompletionFailureEvent" }

// EventKind implements Event.
func (*ServiceCompletionFailureEvent) EventKind() EventKind { return EventServiceCompletionFailure }

func (m *ServiceCompletionFailureEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	nested(c, "primaryCall", &m.PrimaryCall, optional, (*FailedCall).content)
	nested(c, "secondaryCall", &m.SecondaryCall, optional, (*FailedCall).content)
	wrapped(c, "otherDevsPrimaryCallList", "otherDevsPrimaryCall", optional, &m.OtherDevsPrimaryCallList, (*FailedCallDevice).content)
	wrapped(c, "otherDevsSecondaryCallList", "otherDevsSecondaryCall", optional, &m.OtherDevsSecondaryCallList, (*FailedCallDevice).content)
	c.cause("cause", &m.Cause, optional)
}
