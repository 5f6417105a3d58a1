package ecma

import (
	_ "embed"
	"maps"
	"strings"
)

// MessageCategory is the part that a root element plays.
type MessageCategory uint8

const (
	RequestMessage MessageCategory = iota + 1
	ResponseMessage
	EventMessage
	// OtherMessage is CSTAErrorCode.
	OtherMessage
)

// Group is the chapter of ECMA-269 that a service or event belongs to.
type Group string

const (
	CapabilityGroup        Group = "Capability Exchange"
	SystemGroup            Group = "System"
	MonitoringGroup        Group = "Monitoring"
	SnapshotGroup          Group = "Snapshot"
	CallControlGroup       Group = "Call Control"
	CallAssociatedGroup    Group = "Call Associated"
	RouteingGroup          Group = "Routeing"
	LogicalDeviceGroup     Group = "Logical Device"
	DeviceMaintenanceGroup Group = "Device Maintenance"
	VoiceGroup             Group = "Voice"
)

// featureLists are the lists of GetCSTAFeaturesResponse for each group.
var featureLists = map[Group]struct{ services, events string }{
	CapabilityGroup:        {services: "capExchangeServList"},
	SystemGroup:            {services: "systemStatServList"},
	MonitoringGroup:        {services: "monitoringServList"},
	SnapshotGroup:          {services: "snapshotServList"},
	CallControlGroup:       {"callControlServList", "callControlEvtsList"},
	CallAssociatedGroup:    {"callAssociatedServList", "callAssociatedEvtsList"},
	RouteingGroup:          {services: "routeingServList"},
	LogicalDeviceGroup:     {"logicalServList", "logicalEvtsList"},
	DeviceMaintenanceGroup: {events: "deviceMaintEvtsList"},
	VoiceGroup:             {"voiceServList", "voiceEvtsList"},
}

// Direction is who sends a request or event. Responses go the other way.
type Direction uint8

const (
	ClientToSwitch Direction = iota + 1
	SwitchToClient
	BothWays
)

// Entry is what is known of a service, that is its request and its response, or
// of an event.
type Entry struct {
	// Name is the root element of the request or event.
	Name      string
	Category  MessageCategory // RequestMessage or EventMessage
	Group     Group
	Direction Direction
	// Feature is its name in GetCSTAFeaturesResponse, in the list of its group.
	Feature string
	// Implemented tells whether this project serves it, and not only knows its
	// message.
	Implemented bool
	// New makes an empty request or event, NewResponse an empty positive
	// response. NewResponse is nil for events, for requests that have no
	// response, and where the response has no type here.
	New         func() Message
	NewResponse func() Message
}

// Marks of the table's column Implemented.
const (
	implemented = true
	messageOnly = false
)

// entries is the one declaration of all services and events with a message type
// here. Whatever tells about them is made from it.
var entries = []Entry{
	{"GetCSTAFeatures", RequestMessage, CapabilityGroup, ClientToSwitch, "getCSTAFeatures", implemented, of[GetCSTAFeatures], of[GetCSTAFeaturesResponse]},
	{"GetSwitchingFunctionCaps", RequestMessage, CapabilityGroup, ClientToSwitch, "getSwitchingFunctionCaps", implemented, of[GetSwitchingFunctionCaps], of[GetSwitchingFunctionCapsResponse]},
	{"GetSwitchingFunctionDevices", RequestMessage, CapabilityGroup, ClientToSwitch, "getSwitchingFunctionDevices", messageOnly, of[GetSwitchingFunctionDevices], of[GetSwitchingFunctionDevicesResponse]},
	{"SwitchingFunctionDevices", RequestMessage, CapabilityGroup, SwitchToClient, "switchingFunctionDevices", messageOnly, of[SwitchingFunctionDevices], nil},
	{"GetLogicalDeviceInformation", RequestMessage, CapabilityGroup, ClientToSwitch, "getLogicalDeviceInformation", messageOnly, of[GetLogicalDeviceInformation], of[GetLogicalDeviceInformationResponse]},
	{"GetPhysicalDeviceInformation", RequestMessage, CapabilityGroup, ClientToSwitch, "getPhysicalDeviceInformation", messageOnly, of[GetPhysicalDeviceInformation], of[GetPhysicalDeviceInformationResponse]},

	{"SystemStatus", RequestMessage, SystemGroup, BothWays, "systemStatus", implemented, of[SystemStatus], of[SystemStatusResponse]},
	{"RequestSystemStatus", RequestMessage, SystemGroup, BothWays, "requestSystemStatus", implemented, of[RequestSystemStatus], of[RequestSystemStatusResponse]},
	{"SystemRegister", RequestMessage, SystemGroup, ClientToSwitch, "systemRegister", implemented, of[SystemRegister], of[SystemRegisterResponse]},
	{"SystemRegisterCancel", RequestMessage, SystemGroup, ClientToSwitch, "systemStatusRegisterCancel", implemented, of[SystemRegisterCancel], of[SystemRegisterCancelResponse]},
	{"SystemRegisterAbort", RequestMessage, SystemGroup, SwitchToClient, "systemStatusRegisterAbort", messageOnly, of[SystemRegisterAbort], nil},
	{"ChangeSysStatFilter", RequestMessage, SystemGroup, ClientToSwitch, "changeSystemStatusFilter", implemented, of[ChangeSysStatFilter], of[ChangeSysStatFilterResponse]},
	{"SwFunctionDevicesChanged", RequestMessage, SystemGroup, SwitchToClient, "swFunctionDevicesChanged", messageOnly, of[SwFunctionDevicesChanged], of[SwFunctionDevicesChangedResponse]},

	{"MonitorStart", RequestMessage, MonitoringGroup, ClientToSwitch, "monitorStart", implemented, of[MonitorStart], of[MonitorStartResponse]},
	{"MonitorStop", RequestMessage, MonitoringGroup, BothWays, "monitorStop", implemented, of[MonitorStop], of[MonitorStopResponse]},
	{"ChangeMonitorFilter", RequestMessage, MonitoringGroup, ClientToSwitch, "changeMonitorFilter", implemented, of[ChangeMonitorFilter], of[ChangeMonitorFilterResponse]},

	{"SnapshotDevice", RequestMessage, SnapshotGroup, ClientToSwitch, "snapshotDevice", implemented, of[SnapshotDevice], of[SnapshotDeviceResponse]},
	{"SnapshotDeviceData", RequestMessage, SnapshotGroup, SwitchToClient, "snapshotDeviceData", messageOnly, of[SnapshotDeviceData], nil},
	{"SnapshotCall", RequestMessage, SnapshotGroup, ClientToSwitch, "snapshotCall", implemented, of[SnapshotCall], of[SnapshotCallResponse]},

	{"MakeCall", RequestMessage, CallControlGroup, ClientToSwitch, "makeCall", implemented, of[MakeCall], of[MakeCallResponse]},
	{"MakePredictiveCall", RequestMessage, CallControlGroup, ClientToSwitch, "makePredictiveCall", implemented, of[MakePredictiveCall], of[MakePredictiveCallResponse]},
	{"AnswerCall", RequestMessage, CallControlGroup, ClientToSwitch, "answerCall", implemented, of[AnswerCall], of[AnswerCallResponse]},
	{"AcceptCall", RequestMessage, CallControlGroup, ClientToSwitch, "acceptCall", messageOnly, of[AcceptCall], of[AcceptCallResponse]},
	{"ClearConnection", RequestMessage, CallControlGroup, ClientToSwitch, "clearConnection", implemented, of[ClearConnection], of[ClearConnectionResponse]},
	{"ClearCall", RequestMessage, CallControlGroup, ClientToSwitch, "clearCall", messageOnly, of[ClearCall], of[ClearCallResponse]},
	{"DeflectCall", RequestMessage, CallControlGroup, ClientToSwitch, "deflectCall", implemented, of[DeflectCall], of[DeflectCallResponse]},
	{"HoldCall", RequestMessage, CallControlGroup, ClientToSwitch, "holdCall", implemented, of[HoldCall], of[HoldCallResponse]},
	{"RetrieveCall", RequestMessage, CallControlGroup, ClientToSwitch, "retrieveCall", implemented, of[RetrieveCall], of[RetrieveCallResponse]},
	{"ConsultationCall", RequestMessage, CallControlGroup, ClientToSwitch, "consultationCall", implemented, of[ConsultationCall], of[ConsultationCallResponse]},
	{"AlternateCall", RequestMessage, CallControlGroup, ClientToSwitch, "alternateCall", implemented, of[AlternateCall], of[AlternateCallResponse]},
	{"ReconnectCall", RequestMessage, CallControlGroup, ClientToSwitch, "reconnectCall", implemented, of[ReconnectCall], of[ReconnectCallResponse]},
	{"TransferCall", RequestMessage, CallControlGroup, ClientToSwitch, "transferCall", implemented, of[TransferCall], of[TransferCallResponse]},
	{"SingleStepTransferCall", RequestMessage, CallControlGroup, ClientToSwitch, "singleStepTransfer", implemented, of[SingleStepTransferCall], of[SingleStepTransferCallResponse]},
	{"ConferenceCall", RequestMessage, CallControlGroup, ClientToSwitch, "conferenceCall", implemented, of[ConferenceCall], of[ConferenceCallResponse]},
	{"SingleStepConferenceCall", RequestMessage, CallControlGroup, ClientToSwitch, "singleStepConference", messageOnly, of[SingleStepConferenceCall], of[SingleStepConferenceCallResponse]},
	{"JoinCall", RequestMessage, CallControlGroup, ClientToSwitch, "joinCall", messageOnly, of[JoinCall], of[JoinCallResponse]},
	{"IntrudeCall", RequestMessage, CallControlGroup, ClientToSwitch, "intrudeCall", messageOnly, of[IntrudeCall], of[IntrudeCallResponse]},
	{"CamponCall", RequestMessage, CallControlGroup, ClientToSwitch, "campOnCall", messageOnly, of[CamponCall], of[CamponCallResponse]},
	{"DirectedPickupCall", RequestMessage, CallControlGroup, ClientToSwitch, "directedPickupCall", implemented, of[DirectedPickupCall], of[DirectedPickupCallResponse]},
	{"GroupPickupCall", RequestMessage, CallControlGroup, ClientToSwitch, "groupPickupCall", implemented, of[GroupPickupCall], of[GroupPickupCallResponse]},
	{"ParkCall", RequestMessage, CallControlGroup, ClientToSwitch, "parkCall", messageOnly, of[ParkCall], of[ParkCallResponse]},
	{"DialDigits", RequestMessage, CallControlGroup, ClientToSwitch, "dialDigits", messageOnly, of[DialDigits], of[DialDigitsResponse]},
	{"CallBack", RequestMessage, CallControlGroup, ClientToSwitch, "callBack", messageOnly, of[CallBack], of[CallBackResponse]},
	{"ServiceInitiatedEvent", EventMessage, CallControlGroup, SwitchToClient, "serviceInitiated", implemented, of[ServiceInitiatedEvent], nil},
	{"OriginatedEvent", EventMessage, CallControlGroup, SwitchToClient, "originated", implemented, of[OriginatedEvent], nil},
	{"DigitsDialedEvent", EventMessage, CallControlGroup, SwitchToClient, "digitsDialed", messageOnly, of[DigitsDialedEvent], nil},
	{"OfferedEvent", EventMessage, CallControlGroup, SwitchToClient, "offered", messageOnly, of[OfferedEvent], nil},
	{"DeliveredEvent", EventMessage, CallControlGroup, SwitchToClient, "delivered", implemented, of[DeliveredEvent], nil},
	{"EstablishedEvent", EventMessage, CallControlGroup, SwitchToClient, "established", implemented, of[EstablishedEvent], nil},
	{"ConnectionClearedEvent", EventMessage, CallControlGroup, SwitchToClient, "connectionCleared", implemented, of[ConnectionClearedEvent], nil},
	{"FailedEvent", EventMessage, CallControlGroup, SwitchToClient, "failed", implemented, of[FailedEvent], nil},
	{"QueuedEvent", EventMessage, CallControlGroup, SwitchToClient, "queued", implemented, of[QueuedEvent], nil},
	{"DivertedEvent", EventMessage, CallControlGroup, SwitchToClient, "diverted", implemented, of[DivertedEvent], nil},
	{"HeldEvent", EventMessage, CallControlGroup, SwitchToClient, "held", implemented, of[HeldEvent], nil},
	{"RetrievedEvent", EventMessage, CallControlGroup, SwitchToClient, "retrieved", implemented, of[RetrievedEvent], nil},
	{"TransferedEvent", EventMessage, CallControlGroup, SwitchToClient, "transferred", implemented, of[TransferedEvent], nil},
	{"ConferencedEvent", EventMessage, CallControlGroup, SwitchToClient, "conferenced", implemented, of[ConferencedEvent], nil},
	{"BridgedEvent", EventMessage, CallControlGroup, SwitchToClient, "bridged", messageOnly, of[BridgedEvent], nil},
	{"NetworkReachedEvent", EventMessage, CallControlGroup, SwitchToClient, "netwReached", implemented, of[NetworkReachedEvent], nil},
	{"NetworkCapabilitiesChangedEvent", EventMessage, CallControlGroup, SwitchToClient, "netwCapsChanged", messageOnly, of[NetworkCapabilitiesChangedEvent], nil},
	{"CallClearedEvent", EventMessage, CallControlGroup, SwitchToClient, "callCleared", implemented, of[CallClearedEvent], nil},

	{"AssociateData", RequestMessage, CallAssociatedGroup, ClientToSwitch, "associateData", messageOnly, of[AssociateData], of[AssociateDataResponse]},
	{"GenerateDigits", RequestMessage, CallAssociatedGroup, ClientToSwitch, "generateDigits", messageOnly, of[GenerateDigits], of[GenerateDigitsResponse]},
	{"GenerateTelephonyTones", RequestMessage, CallAssociatedGroup, ClientToSwitch, "generateTelephonyTones", messageOnly, of[GenerateTelephonyTones], of[GenerateTelephonyTonesResponse]},
	{"CallInformationEvent", EventMessage, CallAssociatedGroup, SwitchToClient, "callInformation", messageOnly, of[CallInformationEvent], nil},
	{"DigitsGeneratedEvent", EventMessage, CallAssociatedGroup, SwitchToClient, "digitsGenerated", messageOnly, of[DigitsGeneratedEvent], nil},
	{"TelephonyTonesGeneratedEvent", EventMessage, CallAssociatedGroup, SwitchToClient, "telephonyTonesGenerated", messageOnly, of[TelephonyTonesGeneratedEvent], nil},
	{"ServiceCompletionFailureEvent", EventMessage, CallAssociatedGroup, SwitchToClient, "serviceCompletionFailure", messageOnly, of[ServiceCompletionFailureEvent], nil},

	{"RouteRegister", RequestMessage, RouteingGroup, ClientToSwitch, "routeRegister", messageOnly, of[RouteRegister], of[RouteRegisterResponse]},
	{"RouteRegisterCancel", RequestMessage, RouteingGroup, ClientToSwitch, "routeRegisterCancel", messageOnly, of[RouteRegisterCancel], of[RouteRegisterCancelResponse]},
	{"RouteRegisterAbort", RequestMessage, RouteingGroup, SwitchToClient, "routeRegisterAbort", messageOnly, of[RouteRegisterAbort], nil},
	{"RouteRequest", RequestMessage, RouteingGroup, SwitchToClient, "routeRequest", messageOnly, of[RouteRequest], nil},
	{"RouteSelect", RequestMessage, RouteingGroup, ClientToSwitch, "routeSelect", messageOnly, of[RouteSelect], nil},
	{"RouteUsed", RequestMessage, RouteingGroup, SwitchToClient, "routeUsed", messageOnly, of[RouteUsed], nil},
	{"ReRoute", RequestMessage, RouteingGroup, SwitchToClient, "reRoute", messageOnly, of[ReRoute], nil},
	{"RouteEnd", RequestMessage, RouteingGroup, BothWays, "routeEnd", messageOnly, of[RouteEnd], nil},
	{"RouteReject", RequestMessage, RouteingGroup, BothWays, "routeReject", messageOnly, of[RouteReject], nil},

	{"SetForwarding", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "setForwarding", implemented, of[SetForwarding], of[SetForwardingResponse]},
	{"GetForwarding", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "getForwarding", implemented, of[GetForwarding], of[GetForwardingResponse]},
	{"SetDoNotDisturb", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "setDoNotDisturb", implemented, of[SetDoNotDisturb], of[SetDoNotDisturbResponse]},
	{"GetDoNotDisturb", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "getDoNotDisturb", implemented, of[GetDoNotDisturb], of[GetDoNotDisturbResponse]},
	{"SetAgentState", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "setAgentState", messageOnly, of[SetAgentState], of[SetAgentStateResponse]},
	{"GetAgentState", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "getAgentState", messageOnly, of[GetAgentState], of[GetAgentStateResponse]},
	{"ForwardingEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "forwarding", implemented, of[ForwardingEvent], nil},
	{"DoNotDisturbEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "doNotDisturb", implemented, of[DoNotDisturbEvent], nil},
	{"AgentLoggedOnEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentLoggedOn", messageOnly, of[AgentLoggedOnEvent], nil},
	{"AgentLoggedOffEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentLoggedOff", messageOnly, of[AgentLoggedOffEvent], nil},
	{"AgentReadyEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentReady", messageOnly, of[AgentReadyEvent], nil},
	{"AgentNotReadyEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentNotReady", messageOnly, of[AgentNotReadyEvent], nil},
	{"AgentBusyEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentBusy", messageOnly, of[AgentBusyEvent], nil},
	{"AgentWorkingAfterCallEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentWorkingAfterCall", messageOnly, of[AgentWorkingAfterCallEvent], nil},

	{"OutOfServiceEvent", EventMessage, DeviceMaintenanceGroup, SwitchToClient, "outOfService", implemented, of[OutOfServiceEvent], nil},
	{"BackInServiceEvent", EventMessage, DeviceMaintenanceGroup, SwitchToClient, "backInService", implemented, of[BackInServiceEvent], nil},
	{"PartiallyInServiceEvent", EventMessage, DeviceMaintenanceGroup, SwitchToClient, "partiallyInService", messageOnly, of[PartiallyInServiceEvent], nil},
	{"DeviceCapsChangedEvent", EventMessage, DeviceMaintenanceGroup, SwitchToClient, "deviceCapsChanged", messageOnly, of[DeviceCapsChangedEvent], nil},

	{"PlayMessage", RequestMessage, VoiceGroup, ClientToSwitch, "playMsg", implemented, of[PlayMessage], of[PlayMessageResponse]},
	{"RecordMessage", RequestMessage, VoiceGroup, ClientToSwitch, "recordMsg", implemented, of[RecordMessage], of[RecordMessageResponse]},
	{"Stop", RequestMessage, VoiceGroup, ClientToSwitch, "stop", implemented, of[Stop], of[StopResponse]},
	{"Suspend", RequestMessage, VoiceGroup, ClientToSwitch, "suspend", messageOnly, of[Suspend], of[SuspendResponse]},
	{"Resume", RequestMessage, VoiceGroup, ClientToSwitch, "resume", messageOnly, of[Resume], of[ResumeResponse]},
	{"Review", RequestMessage, VoiceGroup, ClientToSwitch, "review", messageOnly, of[Review], of[ReviewResponse]},
	{"Reposition", RequestMessage, VoiceGroup, ClientToSwitch, "reposition", messageOnly, of[Reposition], of[RepositionResponse]},
	{"DeleteMessage", RequestMessage, VoiceGroup, ClientToSwitch, "deleteMsg", messageOnly, of[DeleteMessage], of[DeleteMessageResponse]},
	{"ConcatenateMessage", RequestMessage, VoiceGroup, ClientToSwitch, "concatenateMsg", messageOnly, of[ConcatenateMessage], of[ConcatenateMessageResponse]},
	{"SynthesizeMessage", RequestMessage, VoiceGroup, ClientToSwitch, "synthesizeMsg", messageOnly, of[SynthesizeMessage], of[SynthesizeMessageResponse]},
	{"QueryVoiceAttribute", RequestMessage, VoiceGroup, ClientToSwitch, "queryVoiceAttrib", messageOnly, of[QueryVoiceAttribute], nil},
	{"DtmfDetectedEvent", EventMessage, VoiceGroup, SwitchToClient, "dtmfDetected", implemented, of[DtmfDetectedEvent], nil},
	{"PlayEvent", EventMessage, VoiceGroup, SwitchToClient, "play", implemented, of[PlayEvent], nil},
	{"RecordEvent", EventMessage, VoiceGroup, SwitchToClient, "record", implemented, of[RecordEvent], nil},
	{"StopEvent", EventMessage, VoiceGroup, SwitchToClient, "stopEvent", implemented, of[StopEvent], nil},
	{"SuspendPlayEvent", EventMessage, VoiceGroup, SwitchToClient, "suspendPlay", messageOnly, of[SuspendPlayEvent], nil},
	{"SuspendRecordEvent", EventMessage, VoiceGroup, SwitchToClient, "suspendRecord", messageOnly, of[SuspendRecordEvent], nil},
	{"ReviewEvent", EventMessage, VoiceGroup, SwitchToClient, "reviewEvent", messageOnly, of[ReviewEvent], nil},
}

func of[T any, P interface {
	*T
	Message
}]() Message {
	return P(new(T))
}

// Services lists the services, in the order of ECMA-269's chapters.
func Services() []Entry { return entriesOf(RequestMessage) }

// Events lists the events, in the order of ECMA-269's chapters.
func Events() []Entry { return entriesOf(EventMessage) }

func entriesOf(category MessageCategory) []Entry {
	var out []Entry
	for _, e := range entries {
		if e.Category == category {
			out = append(out, e)
		}
	}
	return out
}

// SupportedFeatures is the answer to GetCSTAFeatures: everything implemented.
func SupportedFeatures() *GetCSTAFeaturesResponse {
	var r GetCSTAFeaturesResponse
	for _, e := range entries {
		switch {
		case !e.Implemented:
		case e.Category == EventMessage:
			r.Events = append(r.Events, Feature{featureLists[e.Group].events, e.Feature})
		default:
			r.Services = append(r.Services, Feature{featureLists[e.Group].services, e.Feature})
		}
	}
	return &r
}

// Bounds of what clients send, as SupportedCaps says them.
const (
	// maxCallID is how long a leg's UUID may be.
	maxCallID = 63
	// maxDeviceID is a number of 64 characters, @ and a domain of 253 (RFC 1035,
	// 2.3.4).
	maxDeviceID = 64 + 1 + 253
	// octet is the digits of one in hexBinary.
	octet = 2
)

// SupportedCaps is the answer to GetSwitchingFunctionCaps of a switch with that
// name: what is true of every device. A length of 0 stands for what is not kept.
func SupportedCaps(domain string) *GetSwitchingFunctionCapsResponse {
	return &GetSwitchingFunctionCapsResponse{
		SwitchingSubDomainName: domain,
		ManufacturerName:       "mod_csta_socket",
		Profiles:               Profiles{BasicTelephonyProfile: True},
		DeviceIDFormat: DeviceIDFormat{
			DialableDigitsAsterix: True, DialableDigitsHash: True, DialableDigitsAt: True, DeviceNumber: True,
		},
		SwDomainFeatures:            SwDomainFeatures{ExtCallsIncoming: True, ExtCallsOutgoing: True, Prompting: True},
		SwAppearanceAddressability:  SwAppearanceAddressability{NonAddressable: True},
		SwAppearanceTypes:           SwAppearanceTypes{SelectedStandard: True},
		IgnoreUnsupportedParameters: UnsupportedIgnoreParameters,
		CorrelatorDataSupported:     True,
		ConnectionView:              ViewFixed,
		MaxLengthParameters: MaxLengthParameters{
			CallIDInConnectionID: IntOf(maxCallID), DeviceIdentifiers: IntOf(maxDeviceID),
			CorrelatorData: IntOf(MaxData / octet), UserData: IntOf(MaxData / octet),
		},
	}
}

// UnimplementedEvents suppresses every event that is never sent here: what
// actualMonitorFilter has to hold beside the requested filter.
func UnimplementedEvents() MonitorFilter {
	var sent MonitorFilter
	for _, e := range entries {
		if e.Category == EventMessage && e.Implemented {
			sent = sent.With(e.New().(Event).EventKind())
		}
	}
	var f MonitorFilter
	for k := noEvent + 1; k < eventKinds; k++ {
		if !sent.Suppresses(k) {
			f = f.With(k)
		}
	}
	return f
}

// root is how a document of a certain root element is decoded.
type root struct {
	category MessageCategory
	new      func() Message
}

var registry = func() map[string]root {
	r := map[string]root{"CSTAErrorCode": {OtherMessage, of[Error]}}
	for _, e := range entries {
		r[e.Name] = root{e.Category, e.New}
		if e.NewResponse != nil {
			r[e.NewResponse().Element()] = root{ResponseMessage, e.NewResponse}
		}
	}
	maps.Copy(r, sessionRoots)
	return r
}()

// knownRoots are the root elements of all messages of edition 6, which include
// those of edition 3, one a line.
//
//go:embed known_roots.txt
var knownRoots string

var known = func() map[string]struct{} {
	k := make(map[string]struct{})
	for name := range strings.Lines(knownRoots) {
		k[strings.TrimSuffix(name, "\n")] = struct{}{}
	}
	return k
}()

// KnownName tells whether name is the root element of a CSTA message, whether it has
// a type here or not.
func KnownName(name string) bool {
	_, ok := known[name]
	return ok
}

// CategoryOf is the category of the message with that root element. What is not
// in the registry is judged by its name, as the standard forms it; any other
// name is that of a request.
func CategoryOf(name string) MessageCategory {
	if r, ok := registry[name]; ok {
		return r.category
	}
	switch {
	case strings.HasSuffix(name, "Response"):
		return ResponseMessage
	case strings.HasSuffix(name, "Event"):
		return EventMessage
	}
	return RequestMessage
}
