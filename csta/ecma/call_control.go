package ecma

// Services of call control (ECMA-269 17.1). Fields stand in schema order; a zero
// field is an absent element. A field whose element is mandatory is always
// written.

// MakeCall originates a call between two devices. Called may be empty if the
// number is still to be dialled.
type MakeCall struct {
	CallingDevice  DeviceID
	Called         DeviceID // calledDirectoryNumber
	AccountCode    HexBinary
	AuthCode       HexBinary
	AutoOriginate  AutoOriginate
	CorrelatorData Data
	UserData       Data
	SubjectOfCall  string

	wording
}

// Worded is a request whose response names a device of it: the one of the connection
// that the service is about.
type Worded interface {
	Message
	// Names is that device.
	Names() DeviceID
	// Words are what the client wrote for it, scheme and parameters included, "" if it
	// wrote the identifier. SetWords makes these the client's words.
	Words() string
	SetWords(words string)
}

// wording keeps the words of a Worded.
type wording struct{ words string }

func (w *wording) Words() string         { return w.words }
func (w *wording) SetWords(words string) { w.words = words }

// Names implements Worded.
func (m *MakeCall) Names() DeviceID { return m.CallingDevice }

// Element implements Message.
func (*MakeCall) Element() string { return "MakeCall" }

func (m *MakeCall) fields(c *codec) {
	c.device("callingDevice", &m.CallingDevice, mandatory)
	c.words("callingDevice", m.CallingDevice, &m.words)
	c.device("calledDirectoryNumber", &m.Called, mandatory)
	c.hex("accountCode", &m.AccountCode)
	c.hex("authCode", &m.AuthCode)
	c.autoOriginate(&m.AutoOriginate, optional)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// MakeCallResponse acknowledges MakeCall. CallingDevice is a connection in spite
// of its name.
type MakeCallResponse struct {
	CallingDevice ConnectionID
}

// Element implements Message.
func (*MakeCallResponse) Element() string { return "MakeCallResponse" }

func (m *MakeCallResponse) fields(c *codec) {
	c.connection("callingDevice", &m.CallingDevice, mandatory)
}

// MakePredictiveCall calls the called party first and gives the call to the
// calling device then.
type MakePredictiveCall struct {
	CallingDevice        DeviceID
	Called               DeviceID // calledDirectoryNumber
	SignallingDetection  SignallingDetection
	DestinationDetection []DetectionItem
	DefaultAction        DetectionAction
	AccountCode          HexBinary
	AuthCode             HexBinary
	AutoOriginate        AutoOriginate
	AlertTime            Int // seconds
	CorrelatorData       Data
	UserData             Data
	SubjectOfCall        string

	wording
}

// Names implements Worded.
func (m *MakePredictiveCall) Names() DeviceID { return m.Called }

// Element implements Message.
func (*MakePredictiveCall) Element() string { return "MakePredictiveCall" }

func (m *MakePredictiveCall) fields(c *codec) {
	c.device("callingDevice", &m.CallingDevice, mandatory)
	c.device("calledDirectoryNumber", &m.Called, mandatory)
	c.words("calledDirectoryNumber", m.Called, &m.words)
	nested(c, "signallingDetection", &m.SignallingDetection, optional, (*SignallingDetection).content)
	wrapped(c, "destinationDetection", "detectionItem", optional, &m.DestinationDetection, (*DetectionItem).content)
	c.enum("defaultAction", (*string)(&m.DefaultAction), detectionActionValues, optional, string(DetectionThenClearCalledConnection))
	c.hex("accountCode", &m.AccountCode)
	c.hex("authCode", &m.AuthCode)
	c.autoOriginate(&m.AutoOriginate, optional)
	c.integer("alertTime", &m.AlertTime, optional)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// SignallingCondition is the progress of a predictive call that counts as
// success.
type SignallingCondition string

const (
	SignallingOnCallDelivered   SignallingCondition = "callDelivered"
	SignallingOnCallEstablished SignallingCondition = "callEstablished"
)

var signallingConditionValues = setOf(
	SignallingOnCallDelivered,
	SignallingOnCallEstablished,
)

// SignallingConditionsAction is what happens at the SignallingCondition.
type SignallingConditionsAction string

const (
	SignallingThenDestinationDetection SignallingConditionsAction = "destinationDetection"
	SignallingThenRemainConnected      SignallingConditionsAction = "remainConnected"
)

var signallingConditionsActionValues = setOf(
	SignallingThenDestinationDetection,
	SignallingThenRemainConnected,
)

// SignallingDetection is when a predictive call has reached its destination, and
// what to do then.
type SignallingDetection struct {
	SignallingCondition        SignallingCondition
	SignallingConditionsAction SignallingConditionsAction
}

func (m *SignallingDetection) content(c *codec) {
	c.enum("signallingCondition", (*string)(&m.SignallingCondition), signallingConditionValues, mandatory, string(SignallingOnCallDelivered))
	c.enum("signallingConditionsAction", (*string)(&m.SignallingConditionsAction), signallingConditionsActionValues, mandatory, string(SignallingThenDestinationDetection))
}

// DestinationCondition is what answered a predictive call.
type DestinationCondition string

const (
	DetectedHumanVoice       DestinationCondition = "humanVoice"
	DetectedAnsweringMachine DestinationCondition = "answeringMachine"
	DetectedFacsimileMachine DestinationCondition = "facsimileMachine"
)

var destinationConditionValues = setOf(
	DetectedHumanVoice,
	DetectedAnsweringMachine,
	DetectedFacsimileMachine,
)

// DetectionAction is what to do with a predictive call that was answered.
type DetectionAction string

const (
	DetectionThenClearCalledConnection DetectionAction = "clearCalledConnection"
	DetectionThenRemainConnected       DetectionAction = "remainConnected"
)

var detectionActionValues = setOf(
	DetectionThenClearCalledConnection,
	DetectionThenRemainConnected,
)

// DetectionItem is what to do if a certain kind of destination answers.
type DetectionItem struct {
	DestinationCondition DestinationCondition
	DetectionAction      DetectionAction
}

func (m *DetectionItem) content(c *codec) {
	c.enum("destinationCondition", (*string)(&m.DestinationCondition), destinationConditionValues, mandatory, string(DetectedHumanVoice))
	c.enum("detectionAction", (*string)(&m.DetectionAction), detectionActionValues, mandatory, string(DetectionThenClearCalledConnection))
}

// MakePredictiveCallResponse is the positive response to MakePredictiveCall.
type MakePredictiveCallResponse struct {
	InitiatedCall ConnectionID
}

// Element implements Message.
func (*MakePredictiveCallResponse) Element() string { return "MakePredictiveCallResponse" }

func (m *MakePredictiveCallResponse) fields(c *codec) {
	c.connection("initiatedCall", &m.InitiatedCall, mandatory)
}

// AnswerCall connects an alerting connection.
type AnswerCall struct {
	CallToBeAnswered ConnectionID
	CorrelatorData   Data
	UserData         Data
}

// Element implements Message.
func (*AnswerCall) Element() string { return "AnswerCall" }

func (m *AnswerCall) fields(c *codec) {
	c.connection("callToBeAnswered", &m.CallToBeAnswered, mandatory)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
}

// AnswerCallResponse is the positive response to AnswerCall.
type AnswerCallResponse struct{}

// Element implements Message.
func (*AnswerCallResponse) Element() string { return "AnswerCallResponse" }

func (*AnswerCallResponse) fields(*codec) {}

// AcceptCall makes an offered call alert.
type AcceptCall struct {
	CallToBeAccepted ConnectionID
	CorrelatorData   Data
	UserData         Data
}

// Element implements Message.
func (*AcceptCall) Element() string { return "AcceptCall" }

func (m *AcceptCall) fields(c *codec) {
	c.connection("callToBeAccepted", &m.CallToBeAccepted, mandatory)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
}

// AcceptCallResponse is the positive response to AcceptCall.
type AcceptCallResponse struct{}

// Element implements Message.
func (*AcceptCallResponse) Element() string { return "AcceptCallResponse" }

func (*AcceptCallResponse) fields(*codec) {}

// ClearConnection releases one device from a call.
type ClearConnection struct {
	Connection     ConnectionID // connectionToBeCleared
	CorrelatorData Data
	UserData       Data
	Reason         EventCause
}

// Element implements Message.
func (*ClearConnection) Element() string { return "ClearConnection" }

func (m *ClearConnection) fields(c *codec) {
	c.connection("connectionToBeCleared", &m.Connection, mandatory)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.reason(&m.Reason)
}

// ClearConnectionResponse is the positive response to ClearConnection.
type ClearConnectionResponse struct{}

// Element implements Message.
func (*ClearConnectionResponse) Element() string { return "ClearConnectionResponse" }

func (*ClearConnectionResponse) fields(*codec) {}

// ClearCall releases all devices from a call.
type ClearCall struct {
	CallToBeCleared ConnectionID
	UserData        Data
}

// Element implements Message.
func (*ClearCall) Element() string { return "ClearCall" }

func (m *ClearCall) fields(c *codec) {
	c.connection("callToBeCleared", &m.CallToBeCleared, mandatory)
	c.userData(&m.UserData)
}

// ClearCallResponse is the positive response to ClearCall.
type ClearCallResponse struct{}

// Element implements Message.
func (*ClearCallResponse) Element() string { return "ClearCallResponse" }

func (*ClearCallResponse) fields(*codec) {}

// DeflectCall moves an alerting or queued call to another device.
type DeflectCall struct {
	CallToBeDiverted ConnectionID
	// NewDestination has more than one device only in edition 6, for
	// destinations that are to alert together.
	NewDestination []DeviceID
	CorrelatorData Data
	UserData       Data
	SubjectOfCall  string
	Reason         EventCause
}

// Element implements Message.
func (*DeflectCall) Element() string { return "DeflectCall" }

func (m *DeflectCall) fields(c *codec) {
	c.connection("callToBeDiverted", &m.CallToBeDiverted, mandatory)
	m.newDestination(c)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
	c.reason(&m.Reason)
}

// newDestination is a list of devices in edition 6, but the text of one device
// in editions 3 and 4. Both are read in all editions; the text is written in
// all but 6.
func (m *DeflectCall) newDestination(c *codec) {
	const name = "newDestination"
	if !c.reading() {
		if c.edition == Edition6 {
			c.devices(name, "device", mandatory, &m.NewDestination)
			return
		}
		var first DeviceID
		if len(m.NewDestination) > 0 {
			first = m.NewDestination[0]
		}
		c.device(name, &first, mandatory)
		return
	}
	if c.describing != nil {
		c.devices(name, "device", mandatory, &m.NewDestination)
		return
	}
	e := c.child(name, mandatory)
	if e == nil {
		return
	}
	for _, child := range e.ChildElements() {
		if child.Tag != "device" {
			continue
		}
		if d := c.readDevice(child); !d.IsZero() {
			m.NewDestination = append(m.NewDestination, d)
		}
	}
	if d := c.readDevice(e); len(m.NewDestination) == 0 && !d.IsZero() {
		m.NewDestination = []DeviceID{d}
	}
}

// DeflectCallResponse is the positive response to DeflectCall.
type DeflectCallResponse struct{}

// Element implements Message.
func (*DeflectCallResponse) Element() string { return "DeflectCallResponse" }

func (*DeflectCallResponse) fields(*codec) {}

// HoldCall puts a connected connection on hold.
type HoldCall struct {
	CallToBeHeld          ConnectionID
	ConnectionReservation Bool
}

// Element implements Message.
func (*HoldCall) Element() string { return "HoldCall" }

func (m *HoldCall) fields(c *codec) {
	c.connection("callToBeHeld", &m.CallToBeHeld, mandatory)
	c.boolean("connectionReservation", &m.ConnectionReservation, optional)
}

// HoldCallResponse is the positive response to HoldCall.
type HoldCallResponse struct{}

// Element implements Message.
func (*HoldCallResponse) Element() string { return "HoldCallResponse" }

func (*HoldCallResponse) fields(*codec) {}

// RetrieveCall connects a held connection again.
type RetrieveCall struct {
	CallToBeRetrieved ConnectionID
}

// Element implements Message.
func (*RetrieveCall) Element() string { return "RetrieveCall" }

func (m *RetrieveCall) fields(c *codec) {
	c.connection("callToBeRetrieved", &m.CallToBeRetrieved, mandatory)
}

// RetrieveCallResponse is the positive response to RetrieveCall.
type RetrieveCallResponse struct{}

// Element implements Message.
func (*RetrieveCallResponse) Element() string { return "RetrieveCallResponse" }

func (*RetrieveCallResponse) fields(*codec) {}

// ConsultOptions says what a consultation is meant for.
type ConsultOptions string

const (
	ConsultUnrestricted   ConsultOptions = "unrestricted"
	ConsultConsultOnly    ConsultOptions = "consultOnly"
	ConsultTransferOnly   ConsultOptions = "transferOnly"
	ConsultConferenceOnly ConsultOptions = "conferenceOnly"
)

var consultOptionsValues = setOf(
	ConsultUnrestricted,
	ConsultConsultOnly,
	ConsultTransferOnly,
	ConsultConferenceOnly,
)

// ConsultationCall holds an existing call of a device and calls another device
// from it.
type ConsultationCall struct {
	ExistingCall          ConnectionID
	ConsultedDevice       DeviceID
	ConnectionReservation Bool
	AccountCode           HexBinary
	AuthCode              HexBinary
	CorrelatorData        Data
	UserData              Data
	ConsultOptions        ConsultOptions
	SubjectOfCall         string
}

// Element implements Message.
func (*ConsultationCall) Element() string { return "ConsultationCall" }

func (m *ConsultationCall) fields(c *codec) {
	c.connection("existingCall", &m.ExistingCall, mandatory)
	c.device("consultedDevice", &m.ConsultedDevice, mandatory)
	c.boolean("connectionReservation", &m.ConnectionReservation, optional)
	c.hex("accountCode", &m.AccountCode)
	c.hex("authCode", &m.AuthCode)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.enum("consultOptions", (*string)(&m.ConsultOptions), consultOptionsValues, optional, string(ConsultUnrestricted))
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// ConsultationCallResponse carries the connection in the new call.
type ConsultationCallResponse struct {
	InitiatedCall ConnectionID
}

// Element implements Message.
func (*ConsultationCallResponse) Element() string { return "ConsultationCallResponse" }

func (m *ConsultationCallResponse) fields(c *codec) {
	c.connection("initiatedCall", &m.InitiatedCall, mandatory)
}

// AlternateCall holds the active call of a device and retrieves its held one.
type AlternateCall struct {
	HeldCall              ConnectionID
	ActiveCall            ConnectionID
	ConnectionReservation Bool
	ConsultOptions        ConsultOptions
}

// Element implements Message.
func (*AlternateCall) Element() string { return "AlternateCall" }

func (m *AlternateCall) fields(c *codec) {
	c.connection("heldCall", &m.HeldCall, mandatory)
	c.connection("activeCall", &m.ActiveCall, mandatory)
	c.boolean("connectionReservation", &m.ConnectionReservation, optional)
	c.enum("consultOptions", (*string)(&m.ConsultOptions), consultOptionsValues, optional, string(ConsultUnrestricted))
}

// AlternateCallResponse is the positive response to AlternateCall.
type AlternateCallResponse struct{}

// Element implements Message.
func (*AlternateCallResponse) Element() string { return "AlternateCallResponse" }

func (*AlternateCallResponse) fields(*codec) {}

// ReconnectCall clears the active call of a device and retrieves its held one.
type ReconnectCall struct {
	ActiveCall ConnectionID
	HeldCall   ConnectionID
}

// Element implements Message.
func (*ReconnectCall) Element() string { return "ReconnectCall" }

func (m *ReconnectCall) fields(c *codec) {
	c.connection("activeCall", &m.ActiveCall, mandatory)
	c.connection("heldCall", &m.HeldCall, mandatory)
}

// ReconnectCallResponse is the positive response to ReconnectCall.
type ReconnectCallResponse struct{}

// Element implements Message.
func (*ReconnectCallResponse) Element() string { return "ReconnectCallResponse" }

func (*ReconnectCallResponse) fields(*codec) {}

// ConnectionListItem is one connection of the call that results from a service.
// NewConnection is absent for a device that left, OldConnection for a connection
// that was not reported before; AssociatedNID is there for external parties
// (ECMA-269 12.2.9).
type ConnectionListItem struct {
	NewConnection ConnectionID
	OldConnection ConnectionID
	Endpoint      ExtendedDevice
	AssociatedNID ExtendedDevice
}

func (m *ConnectionListItem) content(c *codec) {
	c.connection("newConnection", &m.NewConnection, optional)
	c.connection("oldConnection", &m.OldConnection, optional)
	c.wrappedDevice("endpoint", "deviceID", &m.Endpoint.Presence, &m.Endpoint.Device, optional, Restricted, NotKnown)
	c.wrappedDevice("associatedNID", "deviceID", &m.AssociatedNID.Presence, &m.AssociatedNID.Device, optional, NotKnown, NotKnown)
}

// TransferCall joins the held and the active call of a device, which leaves.
type TransferCall struct {
	HeldCall   ConnectionID
	ActiveCall ConnectionID
}

// Element implements Message.
func (*TransferCall) Element() string { return "TransferCall" }

func (m *TransferCall) fields(c *codec) {
	c.connection("heldCall", &m.HeldCall, mandatory)
	c.connection("activeCall", &m.ActiveCall, mandatory)
}

// TransferCallResponse is the positive response to TransferCall.
type TransferCallResponse struct {
	TransferredCall ConnectionID
	Connections     []ConnectionListItem
}

// Element implements Message.
func (*TransferCallResponse) Element() string { return "TransferCallResponse" }

func (m *TransferCallResponse) fields(c *codec) {
	c.connection("transferredCall", &m.TransferredCall, mandatory)
	wrapped(c, "connections", "connectionListItem", optional, &m.Connections, (*ConnectionListItem).content)
}

// SingleStepTransferCall replaces a device in a call by another device.
type SingleStepTransferCall struct {
	ActiveCall     ConnectionID
	TransferredTo  DeviceID
	AccountCode    HexBinary
	AuthCode       HexBinary
	CorrelatorData Data
	UserData       Data
	SubjectOfCall  string
	Reason         EventCause
}

// Element implements Message.
func (*SingleStepTransferCall) Element() string { return "SingleStepTransferCall" }

func (m *SingleStepTransferCall) fields(c *codec) {
	c.connection("activeCall", &m.ActiveCall, mandatory)
	c.device("transferredTo", &m.TransferredTo, mandatory)
	c.hex("accountCode", &m.AccountCode)
	c.hex("authCode", &m.AuthCode)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
	c.reason(&m.Reason)
}

// SingleStepTransferCallResponse is the positive response to SingleStepTransferCall.
type SingleStepTransferCallResponse struct {
	TransferredCall ConnectionID
	Connections     []ConnectionListItem
}

// Element implements Message.
func (*SingleStepTransferCallResponse) Element() string { return "SingleStepTransferCallResponse" }

func (m *SingleStepTransferCallResponse) fields(c *codec) {
	c.connection("transferredCall", &m.TransferredCall, mandatory)
	wrapped(c, "connections", "connectionListItem", optional, &m.Connections, (*ConnectionListItem).content)
}

// ConferenceCall joins the held and the active call of a device, which stays.
type ConferenceCall struct {
	HeldCall   ConnectionID
	ActiveCall ConnectionID
}

// Element implements Message.
func (*ConferenceCall) Element() string { return "ConferenceCall" }

func (m *ConferenceCall) fields(c *codec) {
	c.connection("heldCall", &m.HeldCall, mandatory)
	c.connection("activeCall", &m.ActiveCall, mandatory)
}

// ConferenceCallResponse is the positive response to ConferenceCall.
type ConferenceCallResponse struct {
	ConferenceCall ConnectionID
	Connections    []ConnectionListItem
}

// Element implements Message.
func (*ConferenceCallResponse) Element() string { return "ConferenceCallResponse" }

func (m *ConferenceCallResponse) fields(c *codec) {
	c.connection("conferenceCall", &m.ConferenceCall, mandatory)
	wrapped(c, "connections", "connectionListItem", optional, &m.Connections, (*ConnectionListItem).content)
}

// ParticipationType says how a device takes part in a call that it joins.
type ParticipationType string

const (
	ParticipationSilent ParticipationType = "silent"
	ParticipationActive ParticipationType = "active"
	ParticipationNone   ParticipationType = "none"
)

var participationTypeValues = setOf(
	ParticipationSilent,
	ParticipationActive,
	ParticipationNone,
)

// SingleStepConferenceCall adds a device to a call.
type SingleStepConferenceCall struct {
	ActiveCall        ConnectionID
	DeviceToJoin      DeviceID
	ParticipationType ParticipationType
	AccountCode       HexBinary
	AuthCode          HexBinary
	CorrelatorData    Data
	UserData          Data
	SubjectOfCall     string
}

// Element implements Message.
func (*SingleStepConferenceCall) Element() string { return "SingleStepConferenceCall" }

func (m *SingleStepConferenceCall) fields(c *codec) {
	c.connection("activeCall", &m.ActiveCall, mandatory)
	c.device("deviceToJoin", &m.DeviceToJoin, mandatory)
	c.enum("participationType", (*string)(&m.ParticipationType), participationTypeValues, mandatory, string(ParticipationSilent))
	c.hex("accountCode", &m.AccountCode)
	c.hex("authCode", &m.AuthCode)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// SingleStepConferenceCallResponse is the positive response to SingleStepConferenceCall.
type SingleStepConferenceCallResponse struct {
	ConferencedCall ConnectionID
}

// Element implements Message.
func (*SingleStepConferenceCallResponse) Element() string { return "SingleStepConferenceCallResponse" }

func (m *SingleStepConferenceCallResponse) fields(c *codec) {
	c.connection("conferencedCall", &m.ConferencedCall, mandatory)
}

// JoinCall lets a device join a call on its own behalf.
type JoinCall struct {
	ActiveCall        ConnectionID
	JoiningDevice     DeviceID
	AutoOriginate     AutoOriginate
	ParticipationType ParticipationType
	AccountCode       HexBinary
	AuthCode          HexBinary
	CorrelatorData    Data
	UserData          Data
}

// Element implements Message.
func (*JoinCall) Element() string { return "JoinCall" }

func (m *JoinCall) fields(c *codec) {
	c.connection("activeCall", &m.ActiveCall, mandatory)
	c.device("joiningDevice", &m.JoiningDevice, mandatory)
	c.autoOriginate(&m.AutoOriginate, mandatory)
	c.enum("participationType", (*string)(&m.ParticipationType), participationTypeValues, mandatory, string(ParticipationSilent))
	c.hex("accountCode", &m.AccountCode)
	c.hex("authCode", &m.AuthCode)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
}

// JoinCallResponse is the positive response to JoinCall.
type JoinCallResponse struct {
	ConferencedCall ConnectionID
}

// Element implements Message.
func (*JoinCallResponse) Element() string { return "JoinCallResponse" }

func (m *JoinCallResponse) fields(c *codec) {
	c.connection("conferencedCall", &m.ConferencedCall, mandatory)
}

// IntrudeCall adds the calling device to the call of a busy called device.
type IntrudeCall struct {
	Intrude           ConnectionID
	ParticipationType ParticipationType
	UserData          Data
}

// Element implements Message.
func (*IntrudeCall) Element() string { return "IntrudeCall" }

func (m *IntrudeCall) fields(c *codec) {
	c.connection("intrude", &m.Intrude, mandatory)
	c.enum("participationType", (*string)(&m.ParticipationType), participationTypeValues, mandatory, string(ParticipationSilent))
	c.userData(&m.UserData)
}

// IntrudeCallResponse is the positive response to IntrudeCall.
type IntrudeCallResponse struct {
	ConferencedCall ConnectionID
}

// Element implements Message.
func (*IntrudeCallResponse) Element() string { return "IntrudeCallResponse" }

func (m *IntrudeCallResponse) fields(c *codec) {
	c.connection("conferencedCall", &m.ConferencedCall, mandatory)
}

// CamponCall queues a call at a busy device.
type CamponCall struct {
	CamponConnection ConnectionID
}

// Element implements Message.
func (*CamponCall) Element() string { return "CamponCall" }

func (m *CamponCall) fields(c *codec) {
	c.connection("camponConnection", &m.CamponConnection, mandatory)
}

// CamponCallResponse is the positive response to CamponCall.
type CamponCallResponse struct{}

// Element implements Message.
func (*CamponCallResponse) Element() string { return "CamponCallResponse" }

func (*CamponCallResponse) fields(*codec) {}

// DirectedPickupCall moves a call that alerts at another device.
type DirectedPickupCall struct {
	CallToBePickedUp ConnectionID
	RequestingDevice DeviceID
	CorrelatorData   Data
	UserData         Data

	wording
}

// Names implements Worded.
func (m *DirectedPickupCall) Names() DeviceID { return m.RequestingDevice }

// Element implements Message.
func (*DirectedPickupCall) Element() string { return "DirectedPickupCall" }

func (m *DirectedPickupCall) fields(c *codec) {
	c.connection("callToBePickedUp", &m.CallToBePickedUp, mandatory)
	c.device("requestingDevice", &m.RequestingDevice, mandatory)
	c.words("requestingDevice", m.RequestingDevice, &m.words)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
}

// DirectedPickupCallResponse is the positive response to DirectedPickupCall.
type DirectedPickupCallResponse struct {
	PickedCall ConnectionID
}

// Element implements Message.
func (*DirectedPickupCallResponse) Element() string { return "DirectedPickupCallResponse" }

func (m *DirectedPickupCallResponse) fields(c *codec) {
	c.connection("pickedCall", &m.PickedCall, optional)
}

// GroupPickupCall moves a call that alerts in a pick-up group.
type GroupPickupCall struct {
	NewDestination DeviceID
	PickGroup      DeviceID
	CorrelatorData Data
	UserData       Data

	wording
}

// Names implements Worded.
func (m *GroupPickupCall) Names() DeviceID { return m.NewDestination }

// Element implements Message.
func (*GroupPickupCall) Element() string { return "GroupPickupCall" }

func (m *GroupPickupCall) fields(c *codec) {
	c.device("newDestination", &m.NewDestination, mandatory)
	c.words("newDestination", m.NewDestination, &m.words)
	c.device("pickGroup", &m.PickGroup, optional)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
}

// GroupPickupCallResponse is the positive response to GroupPickupCall.
type GroupPickupCallResponse struct {
	PickedCall ConnectionID
}

// Element implements Message.
func (*GroupPickupCallResponse) Element() string { return "GroupPickupCallResponse" }

func (m *GroupPickupCallResponse) fields(c *codec) {
	c.connection("pickedCall", &m.PickedCall, optional)
}

// ParkCall moves a connected call into a parking place.
type ParkCall struct {
	Parking        ConnectionID
	ParkTo         DeviceID
	CorrelatorData Data
	SubjectOfCall  string
}

// Element implements Message.
func (*ParkCall) Element() string { return "ParkCall" }

func (m *ParkCall) fields(c *codec) {
	c.connection("parking", &m.Parking, mandatory)
	c.device("parkTo", &m.ParkTo, mandatory)
	c.correlatorData(&m.CorrelatorData)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// ParkCallResponse is the positive response to ParkCall.
type ParkCallResponse struct {
	ParkedTo ConnectionID
}

// Element implements Message.
func (*ParkCallResponse) Element() string { return "ParkCallResponse" }

func (m *ParkCallResponse) fields(c *codec) {
	c.connection("parkedTo", &m.ParkedTo, optional)
}

// DialDigits goes on dialling in an initiated call.
type DialDigits struct {
	DiallingConnection ConnectionID
	DiallingSequence   DeviceID
	CorrelatorData     Data
}

// Element implements Message.
func (*DialDigits) Element() string { return "DialDigits" }

func (m *DialDigits) fields(c *codec) {
	c.connection("diallingConnection", &m.DiallingConnection, mandatory)
	c.device("diallingSequence", &m.DiallingSequence, mandatory)
	c.correlatorData(&m.CorrelatorData)
}

// DialDigitsResponse is the positive response to DialDigits.
type DialDigitsResponse struct{}

// Element implements Message.
func (*DialDigitsResponse) Element() string { return "DialDigitsResponse" }

func (*DialDigitsResponse) fields(*codec) {}

// CallBack asks for a call as soon as a busy or absent device is free.
type CallBack struct {
	CallbackConnection ConnectionID
	SubjectOfCall      string
}

// Element implements Message.
func (*CallBack) Element() string { return "CallBack" }

func (m *CallBack) fields(c *codec) {
	c.connection("callbackConnection", &m.CallbackConnection, mandatory)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// CallBackResponse is the positive response to CallBack.
type CallBackResponse struct {
	TargetDevice DeviceID
}

// Element implements Message.
func (*CallBackResponse) Element() string { return "CallBackResponse" }

func (m *CallBackResponse) fields(c *codec) {
	c.device("targetDevice", &m.TargetDevice, optional)
}
