package ecma

// Logical device features and device maintenance (ECMA-269 22, 23).

// ForwardingType is when calls are forwarded, and which.
type ForwardingType string

const (
	ForwardImmediate ForwardingType = "forwardImmediate"
	ForwardBusy      ForwardingType = "forwardBusy"
	ForwardNoAns     ForwardingType = "forwardNoAns"
	ForwardDND       ForwardingType = "forwardDND"
	ForwardBusyInt   ForwardingType = "forwardBusyInt"
	ForwardBusyExt   ForwardingType = "forwardBusyExt"
	ForwardNoAnsInt  ForwardingType = "forwardNoAnsInt"
	ForwardNoAnsExt  ForwardingType = "forwardNoAnsExt"
	ForwardImmInt    ForwardingType = "forwardImmInt"
	ForwardImmExt    ForwardingType = "forwardImmExt"
	ForwardDNDInt    ForwardingType = "forwardDNDInt"
	ForwardDNDExt    ForwardingType = "forwardDNDExt"
)

var forwardingTypeValues = setOf(
	ForwardImmediate,
	ForwardBusy,
	ForwardNoAns,
	ForwardDND,
	ForwardBusyInt,
	ForwardBusyExt,
	ForwardNoAnsInt,
	ForwardNoAnsExt,
	ForwardImmInt,
	ForwardImmExt,
	ForwardDNDInt,
	ForwardDNDExt,
)

// SetForwarding switches a kind of forwarding of a device on or off.
type SetForwarding struct {
	Device          DeviceID
	ForwardingType  ForwardingType
	ActivateForward bool
	ForwardDN       DeviceID
	RingCount       Int
	RingDuration    Int
}

// Element implements Message.
func (*SetForwarding) Element() string { return "SetForwarding" }

func (m *SetForwarding) fields(c *codec) {
	c.device("device", &m.Device, mandatory)
	c.enum("forwardingType", (*string)(&m.ForwardingType), forwardingTypeValues, optional, string(ForwardImmediate))
	c.flag("activateForward", &m.ActivateForward, mandatory)
	c.device("forwardDN", &m.ForwardDN, optional)
	c.integer("ringCount", &m.RingCount, optional)
	c.ringDuration(&m.RingDuration)
}

// ringDuration is a ring time in seconds. Edition 3 does not have it, edition 6 does:
// it is read in all editions and written in the latter, beside ringCount.
func (c *codec) ringDuration(v *Int) {
	if c.reading() || c.edition == Edition6 {
		c.integer("ringDuration", v, optional)
	}
}

// SetForwardingResponse is the positive response to SetForwarding.
type SetForwardingResponse struct{}

// Element implements Message.
func (*SetForwardingResponse) Element() string { return "SetForwardingResponse" }

func (*SetForwardingResponse) fields(*codec) {}

// GetForwarding asks for the forwarding settings of a device.
type GetForwarding struct {
	Device DeviceID
}

// Element implements Message.
func (*GetForwarding) Element() string { return "GetForwarding" }

func (m *GetForwarding) fields(c *codec) {
	c.device("device", &m.Device, mandatory)
}

// ForwardDefault says which parts of a setting are the switch's defaults.
type ForwardDefault string

const (
	DefaultForwardingTypeAndForwardDN ForwardDefault = "forwardingTypeAndForwardDN"
	DefaultForwardingType             ForwardDefault = "forwardingType"
	DefaultForwardDN                  ForwardDefault = "forwardDN"
)

var forwardDefaultValues = setOf(
	DefaultForwardingTypeAndForwardDN,
	DefaultForwardingType,
	DefaultForwardDN,
)

// ForwardListItem is one forwarding setting of a device.
type ForwardListItem struct {
	ForwardingType ForwardingType
	ForwardStatus  bool
	ForwardDN      DeviceID
	ForwardDefault ForwardDefault
	RingCount      Int
	RingDuration   Int
}

func (m *ForwardListItem) content(c *codec) {
	c.enum("forwardingType", (*string)(&m.ForwardingType), forwardingTypeValues, optional, string(ForwardImmediate))
	c.flag("forwardStatus", &m.ForwardStatus, mandatory)
	c.device("forwardDN", &m.ForwardDN, optional)
	c.enum("forwardDefault", (*string)(&m.ForwardDefault), forwardDefaultValues, optional, string(DefaultForwardingTypeAndForwardDN))
	c.integer("ringCount", &m.RingCount, optional)
	c.ringDuration(&m.RingDuration)
}

// GetForwardingResponse is the positive response to GetForwarding.
type GetForwardingResponse struct {
	ForwardingList []ForwardListItem
}

// Element implements Message.
func (*GetForwardingResponse) Element() string { return "GetForwardingResponse" }

func (m *GetForwardingResponse) fields(c *codec) {
	wrapped(c, "forwardingList", "forwardListItem", mandatory, &m.ForwardingList, (*ForwardListItem).content)
}

// ForwardingEvent: a forwarding setting changed.
type ForwardingEvent struct {
	MonitorCrossRefID string
	Device            ExtendedDevice
	ForwardingType    ForwardingType
	ForwardStatus     bool
	ForwardTo         DeviceID
	ForwardDefault    ForwardDefault
	RingCount         Int
	RingDuration      Int
}

// Element implements Message.
func (*ForwardingEvent) Element() string { return "ForwardingEvent" }

// EventKind implements Event.
func (*ForwardingEvent) EventKind() EventKind { return EventForwarding }

func (m *ForwardingEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("device", &m.Device, mandatory)
	c.enum("forwardingType", (*string)(&m.ForwardingType), forwardingTypeValues, optional, string(ForwardImmediate))
	c.flag("forwardStatus", &m.ForwardStatus, mandatory)
	c.device("forwardTo", &m.ForwardTo, optional)
	c.enum("forwardDefault", (*string)(&m.ForwardDefault), forwardDefaultValues, optional, string(DefaultForwardingTypeAndForwardDN))
	c.integer("ringCount", &m.RingCount, optional)
	c.ringDuration(&m.RingDuration)
}

// CallOrigination says which calls are meant.
type CallOrigination struct {
	Internal Bool
	External Bool
}

func (m *CallOrigination) content(c *codec) {
	c.boolean("internal", &m.Internal, optional)
	c.boolean("external", &m.External, optional)
}

// SetDoNotDisturb switches do not disturb on or off.
type SetDoNotDisturb struct {
	Device            DeviceID
	DoNotDisturbOn    bool
	CallOrigination   CallOrigination
	CallingDeviceList []DeviceID
}

// Element implements Message.
func (*SetDoNotDisturb) Element() string { return "SetDoNotDisturb" }

func (m *SetDoNotDisturb) fields(c *codec) {
	c.device("device", &m.Device, mandatory)
	c.flag("doNotDisturbOn", &m.DoNotDisturbOn, mandatory)
	nested(c, "callOrigination", &m.CallOrigination, optional, (*CallOrigination).content)
	c.devices("callingDeviceList", "callingDevice", optional, &m.CallingDeviceList)
}

// SetDoNotDisturbResponse is the positive response to SetDoNotDisturb.
type SetDoNotDisturbResponse struct{}

// Element implements Message.
func (*SetDoNotDisturbResponse) Element() string { return "SetDoNotDisturbResponse" }

func (*SetDoNotDisturbResponse) fields(*codec) {}

// GetDoNotDisturb asks whether a device is not to be disturbed.
type GetDoNotDisturb struct {
	Device DeviceID
}

// Element implements Message.
func (*GetDoNotDisturb) Element() string { return "GetDoNotDisturb" }

func (m *GetDoNotDisturb) fields(c *codec) {
	c.device("device", &m.Device, mandatory)
}

// GetDoNotDisturbResponse is the positive response to GetDoNotDisturb.
type GetDoNotDisturbResponse struct {
	DoNotDisturbOn    bool
	CallOrigination   CallOrigination
	CallingDeviceList []DeviceID
}

// Element implements Message.
func (*GetDoNotDisturbResponse) Element() string { return "GetDoNotDisturbResponse" }

func (m *GetDoNotDisturbResponse) fields(c *codec) {
	c.flag("doNotDisturbOn", &m.DoNotDisturbOn, mandatory)
	nested(c, "callOrigination", &m.CallOrigination, optional, (*CallOrigination).content)
	c.devices("callingDeviceList", "callingDevice", optional, &m.CallingDeviceList)
}

// DoNotDisturbEvent: do not disturb was switched on or off.
type DoNotDisturbEvent struct {
	MonitorCrossRefID string
	Device            ExtendedDevice
	DoNotDisturbOn    bool
	CallOrigination   CallOrigination
	CallingDeviceList []DeviceID
}

// Element implements Message.
func (*DoNotDisturbEvent) Element() string { return "DoNotDisturbEvent" }

// EventKind implements Event.
func (*DoNotDisturbEvent) EventKind() EventKind { return EventDoNotDisturb }

func (m *DoNotDisturbEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("device", &m.Device, mandatory)
	c.flag("doNotDisturbOn", &m.DoNotDisturbOn, mandatory)
	nested(c, "callOrigination", &m.CallOrigination, optional, (*CallOrigination).content)
	c.devices("callingDeviceList", "callingDevice", optional, &m.CallingDeviceList)
}

// RequestedAgentState is the state that an agent asks for.
type RequestedAgentState string

const (
	RequestLoggedOn         RequestedAgentState = "loggedOn"
	RequestLoggedOff        RequestedAgentState = "loggedOff"
	RequestNotReady         RequestedAgentState = "notReady"
	RequestReady            RequestedAgentState = "ready"
	RequestWorkingAfterCall RequestedAgentState = "workingAfterCall"
)

var requestedAgentStateValues = setOf(
	RequestLoggedOn,
	RequestLoggedOff,
	RequestNotReady,
	RequestReady,
	RequestWorkingAfterCall,
)

// SetAgentState changes the state of an agent.
type SetAgentState struct {
	Device              DeviceID
	RequestedAgentState RequestedAgentState
	AgentID             string
	Password            HexBinary
	Group               DeviceID
}

// Element implements Message.
func (*SetAgentState) Element() string { return "SetAgentState" }

func (m *SetAgentState) fields(c *codec) {
	c.device("device", &m.Device, mandatory)
	c.enum("requestedAgentState", (*string)(&m.RequestedAgentState), requestedAgentStateValues, mandatory, string(RequestLoggedOn))
	c.text("agentID", &m.AgentID, optional)
	c.hex("password", &m.Password)
	c.device("group", &m.Group, optional)
}

// PendingAgentState is the state that an agent will have after the current call.
type PendingAgentState string

const (
	PendingAgentNotReady         PendingAgentState = "agentNotReady"
	PendingAgentNull             PendingAgentState = "agentNull"
	PendingAgentReady            PendingAgentState = "agentReady"
	PendingAgentWorkingAfterCall PendingAgentState = "agentWorkingAfterCall"
)

var pendingAgentStateValues = setOf(
	PendingAgentNotReady,
	PendingAgentNull,
	PendingAgentReady,
	PendingAgentWorkingAfterCall,
)

// SetAgentStateResponse is the positive response to SetAgentState.
type SetAgentStateResponse struct {
	PendingAgentState PendingAgentState
}

// Element implements Message.
func (*SetAgentStateResponse) Element() string { return "SetAgentStateResponse" }

func (m *SetAgentStateResponse) fields(c *codec) {
	c.enum("pendingAgentState", (*string)(&m.PendingAgentState), pendingAgentStateValues, optional, string(PendingAgentNotReady))
}

// GetAgentState asks for the state of the agents at a device.
type GetAgentState struct {
	Device   DeviceID
	AcdGroup DeviceID
}

// Element implements Message.
func (*GetAgentState) Element() string { return "GetAgentState" }

func (m *GetAgentState) fields(c *codec) {
	c.device("device", &m.Device, mandatory)
	c.device("acdGroup", &m.AcdGroup, optional)
}

// AgentState is the state of an agent (ECMA-269 6.4).
type AgentState string

const (
	AgentNotReady         AgentState = "agentNotReady"
	AgentNull             AgentState = "agentNull"
	AgentReady            AgentState = "agentReady"
	AgentBusy             AgentState = "agentBusy"
	AgentWorkingAfterCall AgentState = "agentWorkingAfterCall"
)

var agentStateValues = setOf(
	AgentNotReady,
	AgentNull,
	AgentReady,
	AgentBusy,
	AgentWorkingAfterCall,
)

// AgentStateCondition says why an agent has its state.
type AgentStateCondition string

const (
	ConditionForcedPause AgentStateCondition = "forcedPause"
	ConditionOther       AgentStateCondition = "other"
)

var agentStateConditionValues = setOf(
	ConditionForcedPause,
	ConditionOther,
)

// AgentInfo is the state of an agent in one group.
type AgentInfo struct {
	AcdGroup            DeviceID
	AgentState          AgentState
	PendingAgentState   PendingAgentState
	AgentStateCondition AgentStateCondition
}

func (m *AgentInfo) content(c *codec) {
	c.device("acdGroup", &m.AcdGroup, optional)
	c.enum("agentState", (*string)(&m.AgentState), agentStateValues, mandatory, string(AgentNotReady))
	c.enum("pendingAgentState", (*string)(&m.PendingAgentState), pendingAgentStateValues, optional, string(PendingAgentNotReady))
	c.enum("agentStateCondition", (*string)(&m.AgentStateCondition), agentStateConditionValues, optional, string(ConditionForcedPause))
}

// AgentStateEntry is one agent at a device.
type AgentStateEntry struct {
	AgentID       string
	LoggedOnState bool
	AgentInfo     []AgentInfo
}

func (m *AgentStateEntry) content(c *codec) {
	c.text("agentID", &m.AgentID, optional)
	c.flag("loggedOnState", &m.LoggedOnState, mandatory)
	wrapped(c, "agentInfo", "agentInfoItem", optional, &m.AgentInfo, (*AgentInfo).content)
}

// GetAgentStateResponse is the positive response to GetAgentState.
type GetAgentStateResponse struct {
	AgentStateList []AgentStateEntry
}

// Element implements Message.
func (*GetAgentStateResponse) Element() string { return "GetAgentStateResponse" }

func (m *GetAgentStateResponse) fields(c *codec) {
	wrapped(c, "agentStateList", "agentStateEntry", mandatory, &m.AgentStateList, (*AgentStateEntry).content)
}

// AgentLoggedOnEvent: an agent logged on.
type AgentLoggedOnEvent struct {
	MonitorCrossRefID string
	AgentDevice       ExtendedDevice
	AgentID           string
	AcdGroup          DeviceID
	AgentPassword     HexBinary
	Cause             EventCause
}

// Element implements Message.
func (*AgentLoggedOnEvent) Element() string { return "AgentLoggedOnEvent" }

// EventKind implements Event.
func (*AgentLoggedOnEvent) EventKind() EventKind { return EventAgentLoggedOn }

func (m *AgentLoggedOnEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("agentDevice", &m.AgentDevice, mandatory)
	c.text("agentID", &m.AgentID, optional)
	c.device("acdGroup", &m.AcdGroup, optional)
	c.hex("agentPassword", &m.AgentPassword)
	c.cause("cause", &m.Cause, optional)
}

// AgentLoggedOffEvent: an agent logged off.
type AgentLoggedOffEvent struct {
	MonitorCrossRefID string
	AgentDevice       ExtendedDevice
	AgentID           string
	AcdGroup          DeviceID
	AgentPassword     HexBinary
	Cause             EventCause
}

// Element implements Message.
func (*AgentLoggedOffEvent) Element() string { return "AgentLoggedOffEvent" }

// EventKind implements Event.
func (*AgentLoggedOffEvent) EventKind() EventKind { return EventAgentLoggedOff }

func (m *AgentLoggedOffEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("agentDevice", &m.AgentDevice, mandatory)
	c.text("agentID", &m.AgentID, optional)
	c.device("acdGroup", &m.AcdGroup, optional)
	c.hex("agentPassword", &m.AgentPassword)
	c.cause("cause", &m.Cause, optional)
}

// AgentReadyEvent: an agent is ready for calls.
type AgentReadyEvent struct {
	MonitorCrossRefID string
	AgentDevice       ExtendedDevice
	AgentID           string
	AcdGroup          DeviceID
	Cause             EventCause
}

// Element implements Message.
func (*AgentReadyEvent) Element() string { return "AgentReadyEvent" }

// EventKind implements Event.
func (*AgentReadyEvent) EventKind() EventKind { return EventAgentReady }

func (m *AgentReadyEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("agentDevice", &m.AgentDevice, mandatory)
	c.text("agentID", &m.AgentID, optional)
	c.device("acdGroup", &m.AcdGroup, optional)
	c.cause("cause", &m.Cause, optional)
}

// AgentNotReadyEvent: an agent is logged on, but not for calls.
type AgentNotReadyEvent struct {
	MonitorCrossRefID string
	AgentDevice       ExtendedDevice
	AgentID           string
	AcdGroup          DeviceID
	Cause             EventCause
}

// Element implements Message.
func (*AgentNotReadyEvent) Element() string { return "AgentNotReadyEvent" }

// EventKind implements Event.
func (*AgentNotReadyEvent) EventKind() EventKind { return EventAgentNotReady }

func (m *AgentNotReadyEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("agentDevice", &m.AgentDevice, mandatory)
	c.text("agentID", &m.AgentID, optional)
	c.device("acdGroup", &m.AcdGroup, optional)
	c.cause("cause", &m.Cause, optional)
}

// AgentBusyEvent: an agent has a call of the group.
type AgentBusyEvent struct {
	MonitorCrossRefID string
	AgentDevice       ExtendedDevice
	AgentID           string
	AcdGroup          DeviceID
	PendingAgentState PendingAgentState
	Cause             EventCause
}

// Element implements Message.
func (*AgentBusyEvent) Element() string { return "AgentBusyEvent" }

// EventKind implements Event.
func (*AgentBusyEvent) EventKind() EventKind { return EventAgentBusy }

func (m *AgentBusyEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("agentDevice", &m.AgentDevice, mandatory)
	c.text("agentID", &m.AgentID, optional)
	c.device("acdGroup", &m.AcdGroup, optional)
	c.enum("pendingAgentState", (*string)(&m.PendingAgentState), pendingAgentStateValues, optional, string(PendingAgentNotReady))
	c.cause("cause", &m.Cause, optional)
}

// AfterWorkState is the state that an agent will have after its work.
type AfterWorkState string

const (
	AfterWorkNotReady AfterWorkState = "notReady"
	AfterWorkReady    AfterWorkState = "ready"
	AfterWorkNull     AfterWorkState = "null"
)

var afterWorkStateValues = setOf(
	AfterWorkNotReady,
	AfterWorkReady,
	AfterWorkNull,
)

// AgentWorkingAfterCallEvent: an agent does the work that follows a call.
type AgentWorkingAfterCallEvent struct {
	MonitorCrossRefID string
	AgentDevice       ExtendedDevice
	AgentID           string
	AcdGroup          DeviceID
	PendingAgentState AfterWorkState
	Cause             EventCause
}

// Element implements Message.
func (*AgentWorkingAfterCallEvent) Element() string { return "AgentWorkingAfterCallEvent" }

// EventKind implements Event.
func (*AgentWorkingAfterCallEvent) EventKind() EventKind { return EventAgentWorkingAfterCall }

func (m *AgentWorkingAfterCallEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("agentDevice", &m.AgentDevice, mandatory)
	c.text("agentID", &m.AgentID, optional)
	c.device("acdGroup", &m.AcdGroup, optional)
	c.enum("pendingAgentState", (*string)(&m.PendingAgentState), afterWorkStateValues, optional, string(AfterWorkNotReady))
	c.cause("cause", &m.Cause, optional)
}

// OutOfServiceEvent: the device cannot be used any more.
type OutOfServiceEvent struct {
	MonitorCrossRefID string
	Device            ExtendedDevice
	Cause             EventCause
}

// Element implements Message.
func (*OutOfServiceEvent) Element() string { return "OutOfServiceEvent" }

// EventKind implements Event.
func (*OutOfServiceEvent) EventKind() EventKind { return EventOutOfService }

func (m *OutOfServiceEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("device", &m.Device, mandatory)
	c.cause("cause", &m.Cause, optional)
}

// BackInServiceEvent: the device can be used again.
type BackInServiceEvent struct {
	MonitorCrossRefID string
	Device            ExtendedDevice
	Cause             EventCause
}

// Element implements Message.
func (*BackInServiceEvent) Element() string { return "BackInServiceEvent" }

// EventKind implements Event.
func (*BackInServiceEvent) EventKind() EventKind { return EventBackInService }

func (m *BackInServiceEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("device", &m.Device, mandatory)
	c.cause("cause", &m.Cause, optional)
}

// PartiallyInServiceEvent: the device can be used in part.
type PartiallyInServiceEvent struct {
	MonitorCrossRefID string
	Device            ExtendedDevice
	Cause             EventCause
}

// Element implements Message.
func (*PartiallyInServiceEvent) Element() string { return "PartiallyInServiceEvent" }

// EventKind implements Event.
func (*PartiallyInServiceEvent) EventKind() EventKind { return EventPartiallyInService }

func (m *PartiallyInServiceEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("device", &m.Device, mandatory)
	c.cause("cause", &m.Cause, optional)
}

// DeviceCapsChangedEvent: the capabilities of the device changed.
type DeviceCapsChangedEvent struct {
	MonitorCrossRefID string
	Device            ExtendedDevice
	Cause             EventCause
}

// Element implements Message.
func (*DeviceCapsChangedEvent) Element() string { return "DeviceCapsChangedEvent" }

// EventKind implements Event.
func (*DeviceCapsChangedEvent) EventKind() EventKind { return EventDeviceCapabilityChanged }

func (m *DeviceCapsChangedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.extended("device", &m.Device, mandatory)
	c.cause("cause", &m.Cause, optional)
}
