package ecma

import "strconv"

// Voice services and events (ECMA-269 26).

// TerminatingConditions says what ends a message.
type TerminatingConditions struct {
	DurationExceeded     Bool
	DTMFDigitDetected    Bool
	EndOfMessageDetected Bool
	SpeechDetected       Bool
}

func (m *TerminatingConditions) content(c *codec) {
	c.boolean("durationExceeded", &m.DurationExceeded, optional)
	c.boolean("dTMFDigitDetected", &m.DTMFDigitDetected, optional)
	c.boolean("endOfMessageDetected", &m.EndOfMessageDetected, optional)
	c.boolean("speechDetected", &m.SpeechDetected, optional)
}

// PlayMessage plays a message on a connection.
type PlayMessage struct {
	MessageToBePlayed string
	OverConnection    ConnectionID
	Duration          Int // milliseconds
	Termination       TerminatingConditions
}

// Element implements Message.
func (*PlayMessage) Element() string { return "PlayMessage" }

func (m *PlayMessage) fields(c *codec) {
	c.text("messageToBePlayed", &m.MessageToBePlayed, mandatory)
	c.connection("overConnection", &m.OverConnection, mandatory)
	c.integer("duration", &m.Duration, optional)
	nested(c, "termination", &m.Termination, optional, (*TerminatingConditions).content)
}

// PlayMessageResponse is the positive response to PlayMessage.
type PlayMessageResponse struct{}

// Element implements Message.
func (*PlayMessageResponse) Element() string { return "PlayMessageResponse" }

func (*PlayMessageResponse) fields(*codec) {}

// EncodingAlgorithm is the coding of a recorded message.
type EncodingAlgorithm string

const (
	EncodingADPCM6K    EncodingAlgorithm = "aDPCM6K"
	EncodingADPCM8K    EncodingAlgorithm = "aDPCM8K"
	EncodingMuLawPCM6K EncodingAlgorithm = "muLawPCM6K"
	EncodingALawPCM6K  EncodingAlgorithm = "aLawPCM6K"
)

var encodingAlgorithmValues = setOf(
	EncodingADPCM6K,
	EncodingADPCM8K,
	EncodingMuLawPCM6K,
	EncodingALawPCM6K,
)

// RecordMessage records a connection.
type RecordMessage struct {
	CallToBeRecorded  ConnectionID
	Resource          string
	SamplingRate      Int
	EncodingAlgorithm EncodingAlgorithm
	MaxDuration       Int // milliseconds
	Termination       TerminatingConditions
}

// Element implements Message.
func (*RecordMessage) Element() string { return "RecordMessage" }

func (m *RecordMessage) fields(c *codec) {
	c.connection("callToBeRecorded", &m.CallToBeRecorded, mandatory)
	c.text("resource", &m.Resource, optional)
	c.integer("samplingRate", &m.SamplingRate, optional)
	c.enum("encodingAlgorithm", (*string)(&m.EncodingAlgorithm), encodingAlgorithmValues, optional, string(EncodingADPCM6K))
	c.integer("maxDuration", &m.MaxDuration, optional)
	nested(c, "termination", &m.Termination, optional, (*TerminatingConditions).content)
}

// RecordMessageResponse carries the identifier of the message.
type RecordMessageResponse struct {
	ResultingMessage string
}

// Element implements Message.
func (*RecordMessageResponse) Element() string { return "RecordMessageResponse" }

func (m *RecordMessageResponse) fields(c *codec) {
	c.text("resultingMessage", &m.ResultingMessage, mandatory)
}

// Stop ends playing and recording on a connection; all of it if neither message
// nor resource is given.
type Stop struct {
	Connection         ConnectionID
	MessageToBeStopped string
	Resource           string
}

// Element implements Message.
func (*Stop) Element() string { return "Stop" }

func (m *Stop) fields(c *codec) {
	c.connection("connection", &m.Connection, mandatory)
	c.text("messageToBeStopped", &m.MessageToBeStopped, optional)
	c.text("resource", &m.Resource, optional)
}

// StopResponse is the positive response to Stop.
type StopResponse struct{}

// Element implements Message.
func (*StopResponse) Element() string { return "StopResponse" }

func (*StopResponse) fields(*codec) {}

// Suspend pauses a message.
type Suspend struct {
	Connection ConnectionID
	Message    string
	Resource   string
}

// Element implements Message.
func (*Suspend) Element() string { return "Suspend" }

func (m *Suspend) fields(c *codec) {
	c.connection("connection", &m.Connection, mandatory)
	c.text("message", &m.Message, mandatory)
	c.text("resource", &m.Resource, optional)
}

// SuspendResponse is the positive response to Suspend.
type SuspendResponse struct{}

// Element implements Message.
func (*SuspendResponse) Element() string { return "SuspendResponse" }

func (*SuspendResponse) fields(*codec) {}

// Resume goes on with a suspended message.
type Resume struct {
	Connection      ConnectionID
	MessageToResume string
	Resource        string
	Duration        Int
}

// Element implements Message.
func (*Resume) Element() string { return "Resume" }

func (m *Resume) fields(c *codec) {
	c.connection("connection", &m.Connection, mandatory)
	c.text("messageToResume", &m.MessageToResume, mandatory)
	c.text("resource", &m.Resource, optional)
	c.integer("duration", &m.Duration, optional)
}

// ResumeResponse is the positive response to Resume.
type ResumeResponse struct{}

// Element implements Message.
func (*ResumeResponse) Element() string { return "ResumeResponse" }

func (*ResumeResponse) fields(*codec) {}

// ReviewPeriod is how much to play again: the last Length milliseconds, or, if
// that is not set, everything from the start.
type ReviewPeriod struct{ Length Int }

func (m *ReviewPeriod) content(c *codec) {
	c.integer("lengthOfReview", &m.Length, optional)
	if c.describes("startOfMessage", Sign, optional) {
		return
	}
	if !c.reading() && !m.Length.Set {
		c.empty("startOfMessage")
	}
}

// Period is a position in a message: the start or the end, or so many
// milliseconds from the current position, negative to go back.
type Period struct {
	Absolute PeriodPosition
	Relative int64
}

// PeriodPosition is an absolute position; empty if the position is relative.
type PeriodPosition string

const (
	AtStart PeriodPosition = "startOfMessage"
	AtEnd   PeriodPosition = "endOfMessage"
)

var periodPositions = setOf(AtStart, AtEnd)

func (m *Period) content(c *codec) {
	const relative = "relativePosition"
	if !c.reading() {
		if m.Absolute != "" {
			c.element("absolutePosition", string(m.Absolute))
		} else {
			c.element(relative, strconv.FormatInt(m.Relative, 10))
		}
		return
	}
	c.enum("absolutePosition", (*string)(&m.Absolute), periodPositions, optional, "")
	if c.describes(relative, Number, optional) {
		return
	}
	e := c.value(relative, optional)
	if e == nil {
		return
	}
	v, err := strconv.ParseInt(textOf(e), 10, 32)
	if err != nil {
		c.fail(e, "", ErrInvalidParameterValue, errNotNumber)
	}
	m.Relative = v
}

// Review plays the last part of a message that is being recorded.
type Review struct {
	Connection      ConnectionID
	MessageToReview string
	Resource        string
	PeriodToReview  ReviewPeriod
}

// Element implements Message.
func (*Review) Element() string { return "Review" }

func (m *Review) fields(c *codec) {
	c.connection("connection", &m.Connection, mandatory)
	c.text("messageToReview", &m.MessageToReview, mandatory)
	c.text("resource", &m.Resource, optional)
	nested(c, "periodToReview", &m.PeriodToReview, mandatory, (*ReviewPeriod).content)
}

// ReviewResponse is the positive response to Review.
type ReviewResponse struct{}

// Element implements Message.
func (*ReviewResponse) Element() string { return "ReviewResponse" }

func (*ReviewResponse) fields(*codec) {}

// Reposition moves within a message.
type Reposition struct {
	Connection          ConnectionID
	MessageToReposition string
	Resource            string
	PeriodOfReposition  Period
}

// Element implements Message.
func (*Reposition) Element() string { return "Reposition" }

func (m *Reposition) fields(c *codec) {
	c.connection("connection", &m.Connection, mandatory)
	c.text("messageToReposition", &m.MessageToReposition, mandatory)
	c.text("resource", &m.Resource, optional)
	nested(c, "periodOfReposition", &m.PeriodOfReposition, mandatory, (*Period).content)
}

// RepositionResponse is the positive response to Reposition.
type RepositionResponse struct{}

// Element implements Message.
func (*RepositionResponse) Element() string { return "RepositionResponse" }

func (*RepositionResponse) fields(*codec) {}

// DeleteMessage deletes a message.
type DeleteMessage struct {
	MessageToBeDeleted string
}

// Element implements Message.
func (*DeleteMessage) Element() string { return "DeleteMessage" }

func (m *DeleteMessage) fields(c *codec) {
	c.text("messageToBeDeleted", &m.MessageToBeDeleted, mandatory)
}

// DeleteMessageResponse is the positive response to DeleteMessage.
type DeleteMessageResponse struct{}

// Element implements Message.
func (*DeleteMessageResponse) Element() string { return "DeleteMessageResponse" }

func (*DeleteMessageResponse) fields(*codec) {}

// ConcatenateMessage joins messages to a new one.
type ConcatenateMessage struct {
	MessagesToConcatenate []string
}

// Element implements Message.
func (*ConcatenateMessage) Element() string { return "ConcatenateMessage" }

func (m *ConcatenateMessage) fields(c *codec) {
	wrapped(c, "messagesToConcatenate", "messageIDItem", optional, &m.MessagesToConcatenate, textContent)
}

// ConcatenateMessageResponse is the positive response to ConcatenateMessage.
type ConcatenateMessageResponse struct {
	ConcatenatedMessage string
}

// Element implements Message.
func (*ConcatenateMessageResponse) Element() string { return "ConcatenateMessageResponse" }

func (m *ConcatenateMessageResponse) fields(c *codec) {
	c.text("concatenatedMessage", &m.ConcatenatedMessage, optional)
}

// VoiceGender is the voice that reads a text.
type VoiceGender string

const (
	VoiceMale   VoiceGender = "male"
	VoiceFemale VoiceGender = "female"
)

var voiceGenderValues = setOf(
	VoiceMale,
	VoiceFemale,
)

// SpeechControl says how to read a text.
type SpeechControl struct {
	Gender   VoiceGender
	Language string
}

func (m *SpeechControl) content(c *codec) {
	c.enum("gender", (*string)(&m.Gender), voiceGenderValues, mandatory, string(VoiceMale))
	c.text("language", &m.Language, optional)
}

// SynthesizeMessage makes a message of a text.
type SynthesizeMessage struct {
	TextToBeSynthesized string
	Control             SpeechControl
}

// Element implements Message.
func (*SynthesizeMessage) Element() string { return "SynthesizeMessage" }

func (m *SynthesizeMessage) fields(c *codec) {
	c.text("textToBeSynthesized", &m.TextToBeSynthesized, mandatory)
	nested(c, "control", &m.Control, optional, (*SpeechControl).content)
}

// SynthesizeMessageResponse is the positive response to SynthesizeMessage.
type SynthesizeMessageResponse struct {
	SynthesizedMessage string
}

// Element implements Message.
func (*SynthesizeMessageResponse) Element() string { return "SynthesizeMessageResponse" }

func (m *SynthesizeMessageResponse) fields(c *codec) {
	c.text("synthesizedMessage", &m.SynthesizedMessage, optional)
}

// AttributeToQuery names a property of a message.
type AttributeToQuery string

const (
	AttributeEncodingAlgorithm  AttributeToQuery = "encodingAlgorithm"
	AttributeSamplingRate       AttributeToQuery = "samplingRate"
	AttributeDuration           AttributeToQuery = "duration"
	AttributeFilename           AttributeToQuery = "filename"
	AttributeCurrentPosition    AttributeToQuery = "currentPosition"
	AttributeCurrentSpeed       AttributeToQuery = "currentSpeed"
	AttributeCurrentVolume      AttributeToQuery = "currentVolume"
	AttributeCurrentLevel       AttributeToQuery = "currentLevel"
	AttributeCurrentState       AttributeToQuery = "currentState"
	AttributeGrammars           AttributeToQuery = "grammars"
	AttributeLanguage           AttributeToQuery = "language"
	AttributeMode               AttributeToQuery = "mode"
	AttributeRetainAudio        AttributeToQuery = "retainAudio"
	AttributeSilenceTimeout     AttributeToQuery = "silenceTimeout"
	AttributeMaxTimeout         AttributeToQuery = "maxTimeout"
	AttributeBabbleTimeout      AttributeToQuery = "babbleTimeout"
	AttributeEndSilence         AttributeToQuery = "endSilence"
	AttributeRejectionThreshold AttributeToQuery = "rejectionThreshold"
	AttributeAutoInterruptible  AttributeToQuery = "autoInterruptible"
	AttributeInnerXml           AttributeToQuery = "innerXml"
	AttributeInterdigitTimeout  AttributeToQuery = "interdigitTimeout"
	AttributePreflush           AttributeToQuery = "preflush"
)

var attributeToQueryValues = setOf(
	AttributeEncodingAlgorithm,
	AttributeSamplingRate,
	AttributeDuration,
	AttributeFilename,
	AttributeCurrentPosition,
	AttributeCurrentSpeed,
	AttributeCurrentVolume,
	AttributeCurrentLevel,
	AttributeCurrentState,
	AttributeGrammars,
	AttributeLanguage,
	AttributeMode,
	AttributeRetainAudio,
	AttributeSilenceTimeout,
	AttributeMaxTimeout,
	AttributeBabbleTimeout,
	AttributeEndSilence,
	AttributeRejectionThreshold,
	AttributeAutoInterruptible,
	AttributeInnerXml,
	AttributeInterdigitTimeout,
	AttributePreflush,
)

// QueryVoiceAttribute asks for a property of a message.
type QueryVoiceAttribute struct {
	MessageToQuery   string
	Resource         string
	AttributeToQuery AttributeToQuery
	Connection       ConnectionID
}

// Element implements Message.
func (*QueryVoiceAttribute) Element() string { return "QueryVoiceAttribute" }

func (m *QueryVoiceAttribute) fields(c *codec) {
	c.text("messageToQuery", &m.MessageToQuery, mandatory)
	c.text("resource", &m.Resource, optional)
	c.enum("attributeToQuery", (*string)(&m.AttributeToQuery), attributeToQueryValues, mandatory, string(AttributeEncodingAlgorithm))
	c.connection("connection", &m.Connection, mandatory)
}

// DtmfDetectedEvent: a DTMF digit was heard on a connection.
type DtmfDetectedEvent struct {
	MonitorCrossRefID string
	OverConnection    ConnectionID
	Resource          string
	DTMFChar          string // one of 0-9 * # A-D
	Cause             EventCause
}

// Element implements Message.
func (*DtmfDetectedEvent) Element() string { return "DtmfDetectedEvent" }

// EventKind implements Event.
func (*DtmfDetectedEvent) EventKind() EventKind { return EventDTMFDetected }

func (m *DtmfDetectedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("overConnection", &m.OverConnection, mandatory)
	c.text("resource", &m.Resource, optional)
	c.text("dtmfChar", &m.DTMFChar, mandatory)
	c.cause("cause", &m.Cause, optional)
}

// PlayEvent: a message starts to be played.
type PlayEvent struct {
	MonitorCrossRefID string
	Connection        ConnectionID
	Message           string
	Resource          string
	Length            Int // milliseconds
	CurrentPosition   Int // milliseconds
	Speed             Int
	Cause             EventCause
}

// Element implements Message.
func (*PlayEvent) Element() string { return "PlayEvent" }

// EventKind implements Event.
func (*PlayEvent) EventKind() EventKind { return EventPlay }

func (m *PlayEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("connection", &m.Connection, mandatory)
	c.text("message", &m.Message, mandatory)
	c.text("resource", &m.Resource, optional)
	c.integer("length", &m.Length, optional)
	c.integer("currentPosition", &m.CurrentPosition, optional)
	c.integer("speed", &m.Speed, optional)
	c.cause("cause", &m.Cause, optional)
}

// RecordEvent: a message starts to be recorded.
type RecordEvent struct {
	MonitorCrossRefID string
	Connection        ConnectionID
	Message           string
	Resource          string
	Length            Int // milliseconds
	CurrentPosition   Int // milliseconds
	Cause             EventCause
}

// Element implements Message.
func (*RecordEvent) Element() string { return "RecordEvent" }

// EventKind implements Event.
func (*RecordEvent) EventKind() EventKind { return EventRecord }

func (m *RecordEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("connection", &m.Connection, mandatory)
	c.text("message", &m.Message, mandatory)
	c.text("resource", &m.Resource, optional)
	c.integer("length", &m.Length, optional)
	c.integer("currentPosition", &m.CurrentPosition, optional)
	c.cause("cause", &m.Cause, optional)
}

// StopEvent: playing or recording a message has ended.
type StopEvent struct {
	MonitorCrossRefID string
	Connection        ConnectionID
	Message           string
	Resource          string
	Length            Int // milliseconds
	CurrentPosition   Int // milliseconds
	Cause             EventCause
}

// Element implements Message.
func (*StopEvent) Element() string { return "StopEvent" }

// EventKind implements Event.
func (*StopEvent) EventKind() EventKind { return EventStop }

func (m *StopEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("connection", &m.Connection, mandatory)
	c.text("message", &m.Message, mandatory)
	c.text("resource", &m.Resource, optional)
	c.integer("length", &m.Length, optional)
	c.integer("currentPosition", &m.CurrentPosition, optional)
	c.cause("cause", &m.Cause, optional)
}

// SuspendPlayEvent: playing was paused.
type SuspendPlayEvent struct {
	MonitorCrossRefID string
	Connection        ConnectionID
	Message           string
	Resource          string
	Length            Int // milliseconds
	CurrentPosition   Int // milliseconds
	Cause             EventCause
}

// Element implements Message.
func (*SuspendPlayEvent) Element() string { return "SuspendPlayEvent" }

// EventKind implements Event.
func (*SuspendPlayEvent) EventKind() EventKind { return EventSuspendPlay }

func (m *SuspendPlayEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("connection", &m.Connection, mandatory)
	c.text("message", &m.Message, mandatory)
	c.text("resource", &m.Resource, optional)
	c.integer("length", &m.Length, optional)
	c.integer("currentPosition", &m.CurrentPosition, optional)
	c.cause("cause", &m.Cause, optional)
}

// SuspendRecordEvent: recording was paused.
type SuspendRecordEvent struct {
	MonitorCrossRefID string
	Connection        ConnectionID
	Message           string
	Resource          string
	Length            Int // milliseconds
	CurrentPosition   Int // milliseconds
	Cause             EventCause
}

// Element implements Message.
func (*SuspendRecordEvent) Element() string { return "SuspendRecordEvent" }

// EventKind implements Event.
func (*SuspendRecordEvent) EventKind() EventKind { return EventSuspendRecord }

func (m *SuspendRecordEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("connection", &m.Connection, mandatory)
	c.text("message", &m.Message, mandatory)
	c.text("resource", &m.Resource, optional)
	c.integer("length", &m.Length, optional)
	c.integer("currentPosition", &m.CurrentPosition, optional)
	c.cause("cause", &m.Cause, optional)
}

// ReviewEvent: the last part of a message is played.
type ReviewEvent struct {
	MonitorCrossRefID string
	Connection        ConnectionID
	Message           string
	Resource          string
	Length            Int // milliseconds
	CurrentPosition   Int // milliseconds
	Cause             EventCause
}

// Element implements Message.
func (*ReviewEvent) Element() string { return "ReviewEvent" }

// EventKind implements Event.
func (*ReviewEvent) EventKind() EventKind { return EventReview }

func (m *ReviewEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("connection", &m.Connection, mandatory)
	c.text("message", &m.Message, mandatory)
	c.text("resource", &m.Resource, optional)
	c.integer("length", &m.Length, optional)
	c.integer("currentPosition", &m.CurrentPosition, optional)
	c.cause("cause", &m.Cause, optional)
}
