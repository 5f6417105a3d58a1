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
	// New makes an empty request or event, NewResponse an empty positive
	// response. NewResponse is nil for events, for requests that have no
	// response, and where the response has no type here.
	New         func() Message
	NewResponse func() Message
}

// entries is the one declaration of all services and events with a message type
// here. Which of them are served, or sent, is known to those who do it.
var entries = []Entry{
	{"GetCSTAFeatures", RequestMessage, CapabilityGroup, ClientToSwitch, "getCSTAFeatures", of[GetCSTAFeatures], of[GetCSTAFeaturesResponse]},
	{"GetSwitchingFunctionCaps", RequestMessage, CapabilityGroup, ClientToSwitch, "getSwitchingFunctionCaps", of[GetSwitchingFunctionCaps], of[GetSwitchingFunctionCapsResponse]},
	{"GetSwitchingFunctionDevices", RequestMessage, CapabilityGroup, ClientToSwitch, "getSwitchingFunctionDevices", of[GetSwitchingFunctionDevices], of[GetSwitchingFunctionDevicesResponse]},
	{"SwitchingFunctionDevices", RequestMessage, CapabilityGroup, SwitchToClient, "switchingFunctionDevices", of[SwitchingFunctionDevices], nil},
	{"GetLogicalDeviceInformation", RequestMessage, CapabilityGroup, ClientToSwitch, "getLogicalDeviceInformation", of[GetLogicalDeviceInformation], of[GetLogicalDeviceInformationResponse]},
	{"GetPhysicalDeviceInformation", RequestMessage, CapabilityGroup, ClientToSwitch, "getPhysicalDeviceInformation", of[GetPhysicalDeviceInformation], of[GetPhysicalDeviceInformationResponse]},

	{"SystemStatus", RequestMessage, SystemGroup, BothWays, "systemStatus", of[SystemStatus], of[SystemStatusResponse]},
	{"RequestSystemStatus", RequestMessage, SystemGroup, BothWays, "requestSystemStatus", of[RequestSystemStatus], of[RequestSystemStatusResponse]},
	{"SystemRegister", RequestMessage, SystemGroup, ClientToSwitch, "systemRegister", of[SystemRegister], of[SystemRegisterResponse]},
	{"SystemRegisterCancel", RequestMessage, SystemGroup, ClientToSwitch, "systemStatusRegisterCancel", of[SystemRegisterCancel], of[SystemRegisterCancelResponse]},
	{"SystemRegisterAbort", RequestMessage, SystemGroup, SwitchToClient, "systemStatusRegisterAbort", of[SystemRegisterAbort], nil},
	{"ChangeSysStatFilter", RequestMessage, SystemGroup, ClientToSwitch, "changeSystemStatusFilter", of[ChangeSysStatFilter], of[ChangeSysStatFilterResponse]},
	{"SwFunctionDevicesChanged", RequestMessage, SystemGroup, SwitchToClient, "swFunctionDevicesChanged", of[SwFunctionDevicesChanged], of[SwFunctionDevicesChangedResponse]},

	{"MonitorStart", RequestMessage, MonitoringGroup, ClientToSwitch, "monitorStart", of[MonitorStart], of[MonitorStartResponse]},
	{"MonitorStop", RequestMessage, MonitoringGroup, BothWays, "monitorStop", of[MonitorStop], of[MonitorStopResponse]},
	{"ChangeMonitorFilter", RequestMessage, MonitoringGroup, ClientToSwitch, "changeMonitorFilter", of[ChangeMonitorFilter], of[ChangeMonitorFilterResponse]},
	{"GetMonitors", RequestMessage, MonitoringGroup, ClientToSwitch, "getMonitors", of[GetMonitors], of[GetMonitorsResponse]},
	{"MonitorInfo", RequestMessage, MonitoringGroup, SwitchToClient, "monitorInfo", of[MonitorInfo], nil},

	{"SnapshotDevice", RequestMessage, SnapshotGroup, ClientToSwitch, "snapshotDevice", of[SnapshotDevice], of[SnapshotDeviceResponse]},
	{"SnapshotDeviceData", RequestMessage, SnapshotGroup, SwitchToClient, "snapshotDeviceData", of[SnapshotDeviceData], nil},
	{"SnapshotCall", RequestMessage, SnapshotGroup, ClientToSwitch, "snapshotCall", of[SnapshotCall], of[SnapshotCallResponse]},

	{"MakeCall", RequestMessage, CallControlGroup, ClientToSwitch, "makeCall", of[MakeCall], of[MakeCallResponse]},
	{"MakePredictiveCall", RequestMessage, CallControlGroup, ClientToSwitch, "makePredictiveCall", of[MakePredictiveCall], of[MakePredictiveCallResponse]},
	{"AnswerCall", RequestMessage, CallControlGroup, ClientToSwitch, "answerCall", of[AnswerCall], of[AnswerCallResponse]},
	{"AcceptCall", RequestMessage, CallControlGroup, ClientToSwitch, "acceptCall", of[AcceptCall], of[AcceptCallResponse]},
	{"ClearConnection", RequestMessage, CallControlGroup, ClientToSwitch, "clearConnection", of[ClearConnection], of[ClearConnectionResponse]},
	{"ClearCall", RequestMessage, CallControlGroup, ClientToSwitch, "clearCall", of[ClearCall], of[ClearCallResponse]},
	{"DeflectCall", RequestMessage, CallControlGroup, ClientToSwitch, "deflectCall", of[DeflectCall], of[DeflectCallResponse]},
	{"HoldCall", RequestMessage, CallControlGroup, ClientToSwitch, "holdCall", of[HoldCall], of[HoldCallResponse]},
	{"RetrieveCall", RequestMessage, CallControlGroup, ClientToSwitch, "retrieveCall", of[RetrieveCall], of[RetrieveCallResponse]},
	{"ConsultationCall", RequestMessage, CallControlGroup, ClientToSwitch, "consultationCall", of[ConsultationCall], of[ConsultationCallResponse]},
	{"AlternateCall", RequestMessage, CallControlGroup, ClientToSwitch, "alternateCall", of[AlternateCall], of[AlternateCallResponse]},
	{"ReconnectCall", RequestMessage, CallControlGroup, ClientToSwitch, "reconnectCall", of[ReconnectCall], of[ReconnectCallResponse]},
	{"TransferCall", RequestMessage, CallControlGroup, ClientToSwitch, "transferCall", of[TransferCall], of[TransferCallResponse]},
	{"SingleStepTransferCall", RequestMessage, CallControlGroup, ClientToSwitch, "singleStepTransfer", of[SingleStepTransferCall], of[SingleStepTransferCallResponse]},
	{"ConferenceCall", RequestMessage, CallControlGroup, ClientToSwitch, "conferenceCall", of[ConferenceCall], of[ConferenceCallResponse]},
	{"SingleStepConferenceCall", RequestMessage, CallControlGroup, ClientToSwitch, "singleStepConference", of[SingleStepConferenceCall], of[SingleStepConferenceCallResponse]},
	{"JoinCall", RequestMessage, CallControlGroup, ClientToSwitch, "joinCall", of[JoinCall], of[JoinCallResponse]},
	{"IntrudeCall", RequestMessage, CallControlGroup, ClientToSwitch, "intrudeCall", of[IntrudeCall], of[IntrudeCallResponse]},
	{"CamponCall", RequestMessage, CallControlGroup, ClientToSwitch, "campOnCall", of[CamponCall], of[CamponCallResponse]},
	{"DirectedPickupCall", RequestMessage, CallControlGroup, ClientToSwitch, "directedPickupCall", of[DirectedPickupCall], of[DirectedPickupCallResponse]},
	{"GroupPickupCall", RequestMessage, CallControlGroup, ClientToSwitch, "groupPickupCall", of[GroupPickupCall], of[GroupPickupCallResponse]},
	{"ParkCall", RequestMessage, CallControlGroup, ClientToSwitch, "parkCall", of[ParkCall], of[ParkCallResponse]},
	{"DialDigits", RequestMessage, CallControlGroup, ClientToSwitch, "dialDigits", of[DialDigits], of[DialDigitsResponse]},
	{"CallBack", RequestMessage, CallControlGroup, ClientToSwitch, "callBack", of[CallBack], of[CallBackResponse]},
	{"ServiceInitiatedEvent", EventMessage, CallControlGroup, SwitchToClient, "serviceInitiated", of[ServiceInitiatedEvent], nil},
	{"OriginatedEvent", EventMessage, CallControlGroup, SwitchToClient, "originated", of[OriginatedEvent], nil},
	{"DigitsDialedEvent", EventMessage, CallControlGroup, SwitchToClient, "digitsDialed", of[DigitsDialedEvent], nil},
	{"OfferedEvent", EventMessage, CallControlGroup, SwitchToClient, "offered", of[OfferedEvent], nil},
	{"DeliveredEvent", EventMessage, CallControlGroup, SwitchToClient, "delivered", of[DeliveredEvent], nil},
	{"EstablishedEvent", EventMessage, CallControlGroup, SwitchToClient, "established", of[EstablishedEvent], nil},
	{"ConnectionClearedEvent", EventMessage, CallControlGroup, SwitchToClient, "connectionCleared", of[ConnectionClearedEvent], nil},
	{"FailedEvent", EventMessage, CallControlGroup, SwitchToClient, "failed", of[FailedEvent], nil},
	{"QueuedEvent", EventMessage, CallControlGroup, SwitchToClient, "queued", of[QueuedEvent], nil},
	{"DivertedEvent", EventMessage, CallControlGroup, SwitchToClient, "diverted", of[DivertedEvent], nil},
	{"HeldEvent", EventMessage, CallControlGroup, SwitchToClient, "held", of[HeldEvent], nil},
	{"RetrievedEvent", EventMessage, CallControlGroup, SwitchToClient, "retrieved", of[RetrievedEvent], nil},
	{"TransferedEvent", EventMessage, CallControlGroup, SwitchToClient, "transferred", of[TransferedEvent], nil},
	{"ConferencedEvent", EventMessage, CallControlGroup, SwitchToClient, "conferenced", of[ConferencedEvent], nil},
	{"BridgedEvent", EventMessage, CallControlGroup, SwitchToClient, "bridged", of[BridgedEvent], nil},
	{"NetworkReachedEvent", EventMessage, CallControlGroup, SwitchToClient, "netwReached", of[NetworkReachedEvent], nil},
	{"NetworkCapabilitiesChangedEvent", EventMessage, CallControlGroup, SwitchToClient, "netwCapsChanged", of[NetworkCapabilitiesChangedEvent], nil},
	{"CallClearedEvent", EventMessage, CallControlGroup, SwitchToClient, "callCleared", of[CallClearedEvent], nil},

	{"AssociateData", RequestMessage, CallAssociatedGroup, ClientToSwitch, "associateData", of[AssociateData], of[AssociateDataResponse]},
	{"GenerateDigits", RequestMessage, CallAssociatedGroup, ClientToSwitch, "generateDigits", of[GenerateDigits], of[GenerateDigitsResponse]},
	{"GenerateTelephonyTones", RequestMessage, CallAssociatedGroup, ClientToSwitch, "generateTelephonyTones", of[GenerateTelephonyTones], of[GenerateTelephonyTonesResponse]},
	{"CallInformationEvent", EventMessage, CallAssociatedGroup, SwitchToClient, "callInformation", of[CallInformationEvent], nil},
	{"DigitsGeneratedEvent", EventMessage, CallAssociatedGroup, SwitchToClient, "digitsGenerated", of[DigitsGeneratedEvent], nil},
	{"TelephonyTonesGeneratedEvent", EventMessage, CallAssociatedGroup, SwitchToClient, "telephonyTonesGenerated", of[TelephonyTonesGeneratedEvent], nil},
	{"ServiceCompletionFailureEvent", EventMessage, CallAssociatedGroup, SwitchToClient, "serviceCompletionFailure", of[ServiceCompletionFailureEvent], nil},

	{"RouteRegister", RequestMessage, RouteingGroup, ClientToSwitch, "routeRegister", of[RouteRegister], of[RouteRegisterResponse]},
	{"RouteRegisterCancel", RequestMessage, RouteingGroup, ClientToSwitch, "routeRegisterCancel", of[RouteRegisterCancel], of[RouteRegisterCancelResponse]},
	{"RouteRegisterAbort", RequestMessage, RouteingGroup, SwitchToClient, "routeRegisterAbort", of[RouteRegisterAbort], nil},
	{"RouteRequest", RequestMessage, RouteingGroup, SwitchToClient, "routeRequest", of[RouteRequest], nil},
	{"RouteSelect", RequestMessage, RouteingGroup, ClientToSwitch, "routeSelect", of[RouteSelect], nil},
	{"RouteUsed", RequestMessage, RouteingGroup, SwitchToClient, "routeUsed", of[RouteUsed], nil},
	{"ReRoute", RequestMessage, RouteingGroup, SwitchToClient, "reRoute", of[ReRoute], nil},
	{"RouteEnd", RequestMessage, RouteingGroup, BothWays, "routeEnd", of[RouteEnd], nil},
	{"RouteReject", RequestMessage, RouteingGroup, BothWays, "routeReject", of[RouteReject], nil},

	{"SetForwarding", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "setForwarding", of[SetForwarding], of[SetForwardingResponse]},
	{"GetForwarding", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "getForwarding", of[GetForwarding], of[GetForwardingResponse]},
	{"SetDoNotDisturb", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "setDoNotDisturb", of[SetDoNotDisturb], of[SetDoNotDisturbResponse]},
	{"GetDoNotDisturb", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "getDoNotDisturb", of[GetDoNotDisturb], of[GetDoNotDisturbResponse]},
	{"SetAgentState", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "setAgentState", of[SetAgentState], of[SetAgentStateResponse]},
	{"GetAgentState", RequestMessage, LogicalDeviceGroup, ClientToSwitch, "getAgentState", of[GetAgentState], of[GetAgentStateResponse]},
	{"ForwardingEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "forwarding", of[ForwardingEvent], nil},
	{"DoNotDisturbEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "doNotDisturb", of[DoNotDisturbEvent], nil},
	{"AgentLoggedOnEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentLoggedOn", of[AgentLoggedOnEvent], nil},
	{"AgentLoggedOffEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentLoggedOff", of[AgentLoggedOffEvent], nil},
	{"AgentReadyEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentReady", of[AgentReadyEvent], nil},
	{"AgentNotReadyEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentNotReady", of[AgentNotReadyEvent], nil},
	{"AgentBusyEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentBusy", of[AgentBusyEvent], nil},
	{"AgentWorkingAfterCallEvent", EventMessage, LogicalDeviceGroup, SwitchToClient, "agentWorkingAfterCall", of[AgentWorkingAfterCallEvent], nil},

	{"OutOfServiceEvent", EventMessage, DeviceMaintenanceGroup, SwitchToClient, "outOfService", of[OutOfServiceEvent], nil},
	{"BackInServiceEvent", EventMessage, DeviceMaintenanceGroup, SwitchToClient, "backInService", of[BackInServiceEvent], nil},
	{"PartiallyInServiceEvent", EventMessage, DeviceMaintenanceGroup, SwitchToClient, "partiallyInService", of[PartiallyInServiceEvent], nil},
	{"DeviceCapsChangedEvent", EventMessage, DeviceMaintenanceGroup, SwitchToClient, "deviceCapsChanged", of[DeviceCapsChangedEvent], nil},

	{"PlayMessage", RequestMessage, VoiceGroup, ClientToSwitch, "playMsg", of[PlayMessage], of[PlayMessageResponse]},
	{"RecordMessage", RequestMessage, VoiceGroup, ClientToSwitch, "recordMsg", of[RecordMessage], of[RecordMessageResponse]},
	{"Stop", RequestMessage, VoiceGroup, ClientToSwitch, "stop", of[Stop], of[StopResponse]},
	{"Suspend", RequestMessage, VoiceGroup, ClientToSwitch, "suspend", of[Suspend], of[SuspendResponse]},
	{"Resume", RequestMessage, VoiceGroup, ClientToSwitch, "resume", of[Resume], of[ResumeResponse]},
	{"Review", RequestMessage, VoiceGroup, ClientToSwitch, "review", of[Review], of[ReviewResponse]},
	{"Reposition", RequestMessage, VoiceGroup, ClientToSwitch, "reposition", of[Reposition], of[RepositionResponse]},
	{"DeleteMessage", RequestMessage, VoiceGroup, ClientToSwitch, "deleteMsg", of[DeleteMessage], of[DeleteMessageResponse]},
	{"ConcatenateMessage", RequestMessage, VoiceGroup, ClientToSwitch, "concatenateMsg", of[ConcatenateMessage], of[ConcatenateMessageResponse]},
	{"SynthesizeMessage", RequestMessage, VoiceGroup, ClientToSwitch, "synthesizeMsg", of[SynthesizeMessage], of[SynthesizeMessageResponse]},
	{"QueryVoiceAttribute", RequestMessage, VoiceGroup, ClientToSwitch, "queryVoiceAttrib", of[QueryVoiceAttribute], nil},
	{"DtmfDetectedEvent", EventMessage, VoiceGroup, SwitchToClient, "dtmfDetected", of[DtmfDetectedEvent], nil},
	{"PlayEvent", EventMessage, VoiceGroup, SwitchToClient, "play", of[PlayEvent], nil},
	{"RecordEvent", EventMessage, VoiceGroup, SwitchToClient, "record", of[RecordEvent], nil},
	{"StopEvent", EventMessage, VoiceGroup, SwitchToClient, "stopEvent", of[StopEvent], nil},
	{"SuspendPlayEvent", EventMessage, VoiceGroup, SwitchToClient, "suspendPlay", of[SuspendPlayEvent], nil},
	{"SuspendRecordEvent", EventMessage, VoiceGroup, SwitchToClient, "suspendRecord", of[SuspendRecordEvent], nil},
	{"ReviewEvent", EventMessage, VoiceGroup, SwitchToClient, "reviewEvent", of[ReviewEvent], nil},
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

// Features is the answer to GetCSTAFeatures of a switch that has those services and
// events, named by their root elements.
func Features(has func(element string) bool) *GetCSTAFeaturesResponse {
	var r GetCSTAFeaturesResponse
	for _, e := range entries {
		switch {
		case !has(e.Name):
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

// Site is what capability exchange tells of a switch beside what is true of every one.
type Site struct {
	// Domain is its name.
	Domain string
	// SystemStatusTimer is the interval of the heartbeat in seconds; 0: there is none.
	SystemStatusTimer int64
	// Numbers are the messages that say their numbers and times to the client that asks.
	Numbers MessagesOf
	// Has tells whether it has a service or event, named by its root element.
	Has func(element string) bool
}

// maxSystemStatusTimer bounds what can be told of the heartbeat (ECMA-269 13.1.4).
const maxSystemStatusTimer = 180

// SupportedTransAndConfSetup are the ways to two calls that Transfer Call and
// Conference Call join.
func SupportedTransAndConfSetup() TransAndConfSetup {
	return TransAndConfSetup{ConsultationCall: True, HoldCallMakeCall: True, AlternateCall: True}
}

// SupportedCaps is the answer to GetSwitchingFunctionCaps of a switch: what is true of
// every device. A length of 0 stands for what is not kept.
func SupportedCaps(site Site) *GetSwitchingFunctionCapsResponse {
	return &GetSwitchingFunctionCapsResponse{
		SwitchingSubDomainName: site.Domain,
		ManufacturerName:       "mod_csta_socket",
		Profiles:               Profiles{BasicTelephonyProfile: True},
		DeviceIDFormat: DeviceIDFormat{
			DialableDigitsAsterix: True, DialableDigitsHash: True, DialableDigitsAt: True, DeviceNumber: True,
		},
		SwDomainFeatures: SwDomainFeatures{
			IsForwardingAfter: True, UserSpecific: True, SupportFailedWithAssConnNotReportet: True,
			ExtCallsIncoming: True, ExtCallsOutgoing: True, Prompting: True,
		},
		SwAppearanceAddressability:  SwAppearanceAddressability{NonAddressable: True},
		SwAppearanceTypes:           SwAppearanceTypes{SelectedStandard: True},
		IgnoreUnsupportedParameters: UnsupportedIgnoreParameters,
		TransAndConfSetup:           SupportedTransAndConfSetup(),
		CorrelatorDataSupported:     True,
		DynamicFeatureSupported:     DynamicFeaturesNone,
		AcdModels:                   ACDModels{NonVisibleACDRelatedDevices: True},
		ConnectionView:              ViewFixed,
		MaxLengthParameters: MaxLengthParameters{
			CallIDInConnectionID: IntOf(maxCallID), DeviceIdentifiers: IntOf(maxDeviceID),
			CorrelatorData: IntOf(MaxData / octet), UserData: IntOf(MaxData / octet),
		},
		MessageSeqNumbers: site.Numbers, TimeStampMode: site.Numbers,
		Capabilities:      SupportedCapabilities(site.Has),
		SystemStatusTimer: IntOf(min(site.SystemStatusTimer, maxSystemStatusTimer)),
	}
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

// New is an empty message of that root element, nil if it is not known.
func New(element string) Message {
	if r, ok := registry[element]; ok {
		return r.new()
	}
	return nil
}
