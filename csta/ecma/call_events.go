package ecma

// Events of call control (ECMA-269 17.2). Fields stand in schema order; a zero
// field is an absent element. A field whose element is mandatory is always
// written, if zero as notKnown, notRequired or cause normal. MonitorCrossRefID and
// LocalConnectionInfo are filled per monitor (see Template).

// ServiceInitiatedEvent: a device went off-hook, or is prompted to.
type ServiceInitiatedEvent struct {
	MonitorCrossRefID       string
	InitiatedConnection     ConnectionID
	InitiatingDevice        ExtendedDevice
	LocalConnectionInfo     LocalConnectionState
	CorrelatorData          Data
	Cause                   EventCause
	NetworkCallingDevice    ExtendedDevice
	NetworkCalledDevice     ExtendedDevice
	AssociatedCallingDevice ExtendedDevice
	SubjectOfCall           string
}

// Element implements Message.
func (*ServiceInitiatedEvent) Element() string { return "ServiceInitiatedEvent" }

// EventKind implements Event.
func (*ServiceInitiatedEvent) EventKind() EventKind { return EventServiceInitiated }

func (m *ServiceInitiatedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("initiatedConnection", &m.InitiatedConnection, mandatory)
	c.extended("initiatingDevice", &m.InitiatingDevice, mandatory)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.cause("cause", &m.Cause, mandatory)
	c.extended("networkCallingDevice", &m.NetworkCallingDevice, optional)
	c.extended("networkCalledDevice", &m.NetworkCalledDevice, optional)
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// OriginatedEvent: the calling device has called.
type OriginatedEvent struct {
	MonitorCrossRefID       string
	OriginatedConnection    ConnectionID
	CallingDevice           ExtendedDevice
	CalledDevice            ExtendedDevice
	OriginatingDevice       DeviceID
	LocalConnectionInfo     LocalConnectionState
	CorrelatorData          Data
	Cause                   EventCause
	NetworkCallingDevice    ExtendedDevice
	NetworkCalledDevice     ExtendedDevice
	AssociatedCallingDevice ExtendedDevice
	AssociatedCalledDevice  ExtendedDevice
	SubjectOfCall           string
}

// Element implements Message.
func (*OriginatedEvent) Element() string { return "OriginatedEvent" }

// EventKind implements Event.
func (*OriginatedEvent) EventKind() EventKind { return EventOriginated }

func (m *OriginatedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("originatedConnection", &m.OriginatedConnection, mandatory)
	c.extended("callingDevice", &m.CallingDevice, mandatory)
	c.extended("calledDevice", &m.CalledDevice, mandatory)
	c.device("originatingDevice", &m.OriginatingDevice, optional)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.cause("cause", &m.Cause, mandatory)
	c.extended("networkCallingDevice", &m.NetworkCallingDevice, optional)
	c.extended("networkCalledDevice", &m.NetworkCalledDevice, optional)
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
	c.extended("associatedCalledDevice", &m.AssociatedCalledDevice, optional)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// DigitsDialedEvent: part of a number was dialled.
type DigitsDialedEvent struct {
	MonitorCrossRefID       string
	DialingConnection       ConnectionID
	DialingDevice           ExtendedDevice
	DialingSequence         DeviceID
	LocalConnectionInfo     LocalConnectionState
	CorrelatorData          Data
	Cause                   EventCause
	NetworkCallingDevice    ExtendedDevice
	NetworkCalledDevice     ExtendedDevice
	AssociatedCallingDevice ExtendedDevice
	AssociatedCalledDevice  ExtendedDevice
}

// Element implements Message.
func (*DigitsDialedEvent) Element() string { return "DigitsDialedEvent" }

// EventKind implements Event.
func (*DigitsDialedEvent) EventKind() EventKind { return EventDigitsDialed }

func (m *DigitsDialedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("dialingConnection", &m.DialingConnection, mandatory)
	c.extended("dialingDevice", &m.DialingDevice, mandatory)
	c.device("dialingSequence", &m.DialingSequence, mandatory)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.cause("cause", &m.Cause, mandatory)
	c.extended("networkCallingDevice", &m.NetworkCallingDevice, optional)
	c.extended("networkCalledDevice", &m.NetworkCalledDevice, optional)
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
	c.extended("associatedCalledDevice", &m.AssociatedCalledDevice, optional)
}

// OfferedEvent: a call is offered to a device before it alerts.
type OfferedEvent struct {
	MonitorCrossRefID        string
	OfferedConnection        ConnectionID
	OfferedDevice            ExtendedDevice
	CallingDevice            ExtendedDevice
	CalledDevice             ExtendedDevice
	LastRedirectionDevice    RedirectionDevice
	OriginatingNIDConnection ConnectionID
	LocalConnectionInfo      LocalConnectionState
	CorrelatorData           Data
	UserData                 Data
	Cause                    EventCause
	NetworkCallingDevice     ExtendedDevice
	NetworkCalledDevice      ExtendedDevice
	AssociatedCallingDevice  ExtendedDevice
	AssociatedCalledDevice   ExtendedDevice
	SubjectOfCall            string
}

// Element implements Message.
func (*OfferedEvent) Element() string { return "OfferedEvent" }

// EventKind implements Event.
func (*OfferedEvent) EventKind() EventKind { return EventOffered }

func (m *OfferedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("offeredConnection", &m.OfferedConnection, mandatory)
	c.extended("offeredDevice", &m.OfferedDevice, mandatory)
	c.extended("callingDevice", &m.CallingDevice, mandatory)
	c.extended("calledDevice", &m.CalledDevice, mandatory)
	c.lastRedirection(&m.LastRedirectionDevice)
	c.connection("originatingNIDConnection", &m.OriginatingNIDConnection, optional)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.cause("cause", &m.Cause, mandatory)
	c.extended("networkCallingDevice", &m.NetworkCallingDevice, optional)
	c.extended("networkCalledDevice", &m.NetworkCalledDevice, optional)
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
	c.extended("associatedCalledDevice", &m.AssociatedCalledDevice, optional)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// DeliveredEvent: a device alerts.
type DeliveredEvent struct {
	MonitorCrossRefID        string
	Connection               ConnectionID
	AlertingDevice           ExtendedDevice
	CallingDevice            ExtendedDevice
	CalledDevice             ExtendedDevice
	LastRedirectionDevice    RedirectionDevice
	OriginatingNIDConnection ConnectionID
	LocalConnectionInfo      LocalConnectionState
	CorrelatorData           Data
	UserData                 Data
	Cause                    EventCause
	NetworkCallingDevice     ExtendedDevice
	NetworkCalledDevice      ExtendedDevice
	AssociatedCallingDevice  ExtendedDevice
	AssociatedCalledDevice   ExtendedDevice
	SubjectOfCall            string
}

// Element implements Message.
func (*DeliveredEvent) Element() string { return "DeliveredEvent" }

// EventKind implements Event.
func (*DeliveredEvent) EventKind() EventKind { return EventDelivered }

func (m *DeliveredEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("connection", &m.Connection, mandatory)
	c.extended("alertingDevice", &m.AlertingDevice, mandatory)
	c.extended("callingDevice", &m.CallingDevice, mandatory)
	c.extended("calledDevice", &m.CalledDevice, mandatory)
	c.lastRedirection(&m.LastRedirectionDevice)
	c.connection("originatingNIDConnection", &m.OriginatingNIDConnection, optional)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.cause("cause", &m.Cause, mandatory)
	c.extended("networkCallingDevice", &m.NetworkCallingDevice, optional)
	c.extended("networkCalledDevice", &m.NetworkCalledDevice, optional)
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
	c.extended("associatedCalledDevice", &m.AssociatedCalledDevice, optional)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// EstablishedEvent: a device answered.
type EstablishedEvent struct {
	MonitorCrossRefID        string
	EstablishedConnection    ConnectionID
	AnsweringDevice          ExtendedDevice
	CallingDevice            ExtendedDevice
	CalledDevice             ExtendedDevice
	LastRedirectionDevice    RedirectionDevice
	OriginatingNIDConnection ConnectionID // originatinNIDConnection (sic)
	LocalConnectionInfo      LocalConnectionState
	CorrelatorData           Data
	UserData                 Data
	Cause                    EventCause
	NetworkCallingDevice     ExtendedDevice
	NetworkCalledDevice      ExtendedDevice
	AssociatedCallingDevice  ExtendedDevice
	AssociatedCalledDevice   ExtendedDevice
	SubjectOfCall            string
}

// Element implements Message.
func (*EstablishedEvent) Element() string { return "EstablishedEvent" }

// EventKind implements Event.
func (*EstablishedEvent) EventKind() EventKind { return EventEstablished }

func (m *EstablishedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("establishedConnection", &m.EstablishedConnection, mandatory)
	c.extended("answeringDevice", &m.AnsweringDevice, mandatory)
	c.extended("callingDevice", &m.CallingDevice, mandatory)
	c.extended("calledDevice", &m.CalledDevice, mandatory)
	c.lastRedirection(&m.LastRedirectionDevice)
	c.connection("originatinNIDConnection", &m.OriginatingNIDConnection, optional)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.cause("cause", &m.Cause, mandatory)
	c.extended("networkCallingDevice", &m.NetworkCallingDevice, optional)
	c.extended("networkCalledDevice", &m.NetworkCalledDevice, optional)
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
	c.extended("associatedCalledDevice", &m.AssociatedCalledDevice, optional)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// ConnectionClearedEvent: a device left the call.
type ConnectionClearedEvent struct {
	MonitorCrossRefID   string
	DroppedConnection   ConnectionID
	ReleasingDevice     ExtendedDevice
	LocalConnectionInfo LocalConnectionState
	CorrelatorData      Data
	UserData            Data
	Cause               EventCause
}

// Element implements Message.
func (*ConnectionClearedEvent) Element() string { return "ConnectionClearedEvent" }

// EventKind implements Event.
func (*ConnectionClearedEvent) EventKind() EventKind { return EventConnectionCleared }

func (m *ConnectionClearedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("droppedConnection", &m.DroppedConnection, mandatory)
	c.extended("releasingDevice", &m.ReleasingDevice, mandatory)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.cause("cause", &m.Cause, mandatory)
}

// FailedEvent: a call could not be completed.
type FailedEvent struct {
	MonitorCrossRefID        string
	FailedConnection         ConnectionID
	FailingDevice            ExtendedDevice
	CallingDevice            ExtendedDevice
	CalledDevice             ExtendedDevice
	LastRedirectionDevice    RedirectionDevice
	OriginatingNIDConnection ConnectionID
	LocalConnectionInfo      LocalConnectionState
	CorrelatorData           Data
	UserData                 Data
	Cause                    EventCause
	NetworkCallingDevice     ExtendedDevice
	NetworkCalledDevice      ExtendedDevice
	AssociatedCallingDevice  ExtendedDevice
	AssociatedCalledDevice   ExtendedDevice
	SubjectOfCall            string
}

// Element implements Message.
func (*FailedEvent) Element() string { return "FailedEvent" }

// EventKind implements Event.
func (*FailedEvent) EventKind() EventKind { return EventFailed }

func (m *FailedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("failedConnection", &m.FailedConnection, mandatory)
	c.extended("failingDevice", &m.FailingDevice, mandatory)
	c.extended("callingDevice", &m.CallingDevice, mandatory)
	c.extended("calledDevice", &m.CalledDevice, mandatory)
	c.lastRedirection(&m.LastRedirectionDevice)
	c.connection("originatingNIDConnection", &m.OriginatingNIDConnection, optional)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.cause("cause", &m.Cause, mandatory)
	c.extended("networkCallingDevice", &m.NetworkCallingDevice, optional)
	c.extended("networkCalledDevice", &m.NetworkCalledDevice, optional)
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
	c.extended("associatedCalledDevice", &m.AssociatedCalledDevice, optional)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// QueuedEvent: a call waits at a device.
type QueuedEvent struct {
	MonitorCrossRefID       string
	QueuedConnection        ConnectionID
	Queue                   ExtendedDevice
	CallingDevice           ExtendedDevice
	CalledDevice            ExtendedDevice
	LastRedirectionDevice   RedirectionDevice
	NumberQueued            Int // calls in the queue, this one included
	CallsInFront            Int // calls ahead of this one
	LocalConnectionInfo     LocalConnectionState
	CorrelatorData          Data
	UserData                Data
	Cause                   EventCause
	NetworkCallingDevice    ExtendedDevice
	NetworkCalledDevice     ExtendedDevice
	AssociatedCallingDevice ExtendedDevice
	AssociatedCalledDevice  ExtendedDevice
	SubjectOfCall           string
}

// Element implements Message.
func (*QueuedEvent) Element() string { return "QueuedEvent" }

// EventKind implements Event.
func (*QueuedEvent) EventKind() EventKind { return EventQueued }

func (m *QueuedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("queuedConnection", &m.QueuedConnection, mandatory)
	c.extended("queue", &m.Queue, mandatory)
	c.extended("callingDevice", &m.CallingDevice, mandatory)
	c.extended("calledDevice", &m.CalledDevice, mandatory)
	c.lastRedirection(&m.LastRedirectionDevice)
	c.integer("numberQueued", &m.NumberQueued, optional)
	c.integer("callsInFront", &m.CallsInFront, optional)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.cause("cause", &m.Cause, mandatory)
	c.extended("networkCallingDevice", &m.NetworkCallingDevice, optional)
	c.extended("networkCalledDevice", &m.NetworkCalledDevice, optional)
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
	c.extended("associatedCalledDevice", &m.AssociatedCalledDevice, optional)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// DivertedEvent: a call was moved away from a device.
type DivertedEvent struct {
	MonitorCrossRefID       string
	Connection              ConnectionID
	DivertingDevice         ExtendedDevice
	NewDestination          ExtendedDevice
	CallingDevice           ExtendedDevice
	CalledDevice            ExtendedDevice
	LastRedirectionDevice   RedirectionDevice
	LocalConnectionInfo     LocalConnectionState
	CorrelatorData          Data
	UserData                Data
	Cause                   EventCause
	NetworkCallingDevice    ExtendedDevice
	NetworkCalledDevice     ExtendedDevice
	AssociatedCallingDevice ExtendedDevice
	AssociatedCalledDevice  ExtendedDevice
	SubjectOfCall           string
}

// Element implements Message.
func (*DivertedEvent) Element() string { return "DivertedEvent" }

// EventKind implements Event.
func (*DivertedEvent) EventKind() EventKind { return EventDiverted }

func (m *DivertedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("connection", &m.Connection, mandatory)
	c.extended("divertingDevice", &m.DivertingDevice, mandatory)
	c.extended("newDestination", &m.NewDestination, mandatory)
	c.extended("callingDevice", &m.CallingDevice, optional)
	c.extended("calledDevice", &m.CalledDevice, optional)
	c.lastRedirection(&m.LastRedirectionDevice)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.cause("cause", &m.Cause, mandatory)
	c.extended("networkCallingDevice", &m.NetworkCallingDevice, optional)
	c.extended("networkCalledDevice", &m.NetworkCalledDevice, optional)
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
	c.extended("associatedCalledDevice", &m.AssociatedCalledDevice, optional)
	c.text("subjectOfCall", &m.SubjectOfCall, optional)
}

// HeldEvent: a device holds its connection.
type HeldEvent struct {
	MonitorCrossRefID   string
	HeldConnection      ConnectionID
	HoldingDevice       ExtendedDevice
	LocalConnectionInfo LocalConnectionState
	CorrelatorData      Data
	Cause               EventCause
}

// Element implements Message.
func (*HeldEvent) Element() string { return "HeldEvent" }

// EventKind implements Event.
func (*HeldEvent) EventKind() EventKind { return EventHeld }

func (m *HeldEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("heldConnection", &m.HeldConnection, mandatory)
	c.extended("holdingDevice", &m.HoldingDevice, mandatory)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.cause("cause", &m.Cause, mandatory)
}

// RetrievedEvent: a device connected its held connection again.
type RetrievedEvent struct {
	MonitorCrossRefID   string
	RetrievedConnection ConnectionID
	RetrievingDevice    ExtendedDevice
	LocalConnectionInfo LocalConnectionState
	CorrelatorData      Data
	Cause               EventCause
}

// Element implements Message.
func (*RetrievedEvent) Element() string { return "RetrievedEvent" }

// EventKind implements Event.
func (*RetrievedEvent) EventKind() EventKind { return EventRetrieved }

func (m *RetrievedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("retrievedConnection", &m.RetrievedConnection, mandatory)
	c.extended("retrievingDevice", &m.RetrievingDevice, mandatory)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.cause("cause", &m.Cause, mandatory)
}

// TransferedEvent (sic): two calls were joined without the transferring device, or
// a device was replaced in a call. SecondaryOldCall is absent then.
type TransferedEvent struct {
	MonitorCrossRefID      string
	PrimaryOldCall         ConnectionID
	SecondaryOldCall       ConnectionID
	TransferringDevice     ExtendedDevice
	TransferredToDevice    ExtendedDevice
	TransferredConnections []ConnectionListItem
	LocalConnectionInfo    LocalConnectionState
	CorrelatorData         Data
	UserData               Data
	Cause                  EventCause
}

// Element implements Message.
func (*TransferedEvent) Element() string { return "TransferedEvent" }

// EventKind implements Event.
func (*TransferedEvent) EventKind() EventKind { return EventTransferred }

func (m *TransferedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("primaryOldCall", &m.PrimaryOldCall, mandatory)
	c.connection("secondaryOldCall", &m.SecondaryOldCall, optional)
	c.extended("transferringDevice", &m.TransferringDevice, mandatory)
	c.extended("transferredToDevice", &m.TransferredToDevice, mandatory)
	wrapped(c, "transferredConnections", "connectionListItem", mandatory, &m.TransferredConnections, (*ConnectionListItem).content)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.cause("cause", &m.Cause, mandatory)
}

// ConferencedEvent: two calls were joined, or a device was added to a call.
type ConferencedEvent struct {
	MonitorCrossRefID     string
	PrimaryOldCall        ConnectionID
	SecondaryOldCall      ConnectionID
	ConferencingDevice    ExtendedDevice
	AddedParty            ExtendedDevice
	ConferenceConnections []ConnectionListItem
	LocalConnectionInfo   LocalConnectionState
	CorrelatorData        Data
	UserData              Data
	Cause                 EventCause
}

// Element implements Message.
func (*ConferencedEvent) Element() string { return "ConferencedEvent" }

// EventKind implements Event.
func (*ConferencedEvent) EventKind() EventKind { return EventConferenced }

func (m *ConferencedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("primaryOldCall", &m.PrimaryOldCall, mandatory)
	c.connection("secondaryOldCall", &m.SecondaryOldCall, optional)
	c.extended("conferencingDevice", &m.ConferencingDevice, mandatory)
	c.extended("addedParty", &m.AddedParty, mandatory)
	wrapped(c, "conferenceConnections", "connectionListItem", mandatory, &m.ConferenceConnections, (*ConnectionListItem).content)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.cause("cause", &m.Cause, mandatory)
}

// BridgedEvent: a shared appearance of a device joined or left.
type BridgedEvent struct {
	MonitorCrossRefID   string
	BridgedConnection   ConnectionID
	BridgedAppearance   ExtendedDevice
	LocalConnectionInfo LocalConnectionState
	CorrelatorData      Data
	UserData            Data
	Cause               EventCause
}

// Element implements Message.
func (*BridgedEvent) Element() string { return "BridgedEvent" }

// EventKind implements Event.
func (*BridgedEvent) EventKind() EventKind { return EventBridged }

func (m *BridgedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("bridgedConnection", &m.BridgedConnection, mandatory)
	c.extended("bridgedAppearance", &m.BridgedAppearance, mandatory)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.cause("cause", &m.Cause, mandatory)
}

// NetworkReachedEvent: the call left through a network interface.
type NetworkReachedEvent struct {
	MonitorCrossRefID        string
	OutboundConnection       ConnectionID
	NetworkInterfaceUsed     ExtendedDevice
	CallingDevice            ExtendedDevice
	CalledDevice             ExtendedDevice
	LastRedirectionDevice    RedirectionDevice
	OriginatingNIDConnection ConnectionID
	LocalConnectionInfo      LocalConnectionState
	CorrelatorData           Data
	UserData                 Data
	NetworkCapability        NetworkCapability
	Cause                    EventCause
	NetworkCallingDevice     ExtendedDevice
	NetworkCalledDevice      ExtendedDevice
	AssociatedCallingDevice  ExtendedDevice
}

// Element implements Message.
func (*NetworkReachedEvent) Element() string { return "NetworkReachedEvent" }

// EventKind implements Event.
func (*NetworkReachedEvent) EventKind() EventKind { return EventNetworkReached }

func (m *NetworkReachedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("outboundConnection", &m.OutboundConnection, mandatory)
	c.extended("networkInterfaceUsed", &m.NetworkInterfaceUsed, mandatory)
	c.extended("callingDevice", &m.CallingDevice, mandatory)
	c.extended("calledDevice", &m.CalledDevice, mandatory)
	c.lastRedirection(&m.LastRedirectionDevice)
	c.connection("originatingNIDConnection", &m.OriginatingNIDConnection, optional)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	nested(c, "networkCapability", &m.NetworkCapability, optional, (*NetworkCapability).content)
	c.cause("cause", &m.Cause, mandatory)
	c.extended("networkCallingDevice", &m.NetworkCallingDevice, optional)
	c.extended("networkCalledDevice", &m.NetworkCalledDevice, optional)
	c.extended("associatedCallingDevice", &m.AssociatedCallingDevice, optional)
}

// NetworkType is the kind of network behind a network interface.
type NetworkType string

const (
	NetworkISDNPublic     NetworkType = "iSDNPublic"
	NetworkNonISDNPublic  NetworkType = "nonISDNPublic"
	NetworkISDNPrivate    NetworkType = "iSDNPrivate"
	NetworkNonISDNPrivate NetworkType = "nonISDNPrivate"
	NetworkOther          NetworkType = "other"
)

var networkTypeValues = setOf(
	NetworkISDNPublic,
	NetworkNonISDNPublic,
	NetworkISDNPrivate,
	NetworkNonISDNPrivate,
	NetworkOther,
)

// NetworkCapability is what the network behind a network interface can report.
type NetworkCapability struct {
	NetworkType NetworkType
}

func (m *NetworkCapability) content(c *codec) {
	c.enum("networkType", (*string)(&m.NetworkType), networkTypeValues, mandatory, string(NetworkISDNPublic))
}

// NetworkCapabilitiesChangedEvent: the network reports more or less than before.
type NetworkCapabilitiesChangedEvent struct {
	MonitorCrossRefID    string
	OutboundConnection   ConnectionID
	NetworkInterfaceUsed ExtendedDevice
	CalledDevice         ExtendedDevice
	ProgressIndicator    ProgressIndicator
	LocalConnectionInfo  LocalConnectionState
	CorrelatorData       Data
	UserData             Data
	NetworkCapability    NetworkCapability
	Cause                EventCause
}

// Element implements Message.
func (*NetworkCapabilitiesChangedEvent) Element() string { return "NetworkCapabilitiesChangedEvent" }

// EventKind implements Event.
func (*NetworkCapabilitiesChangedEvent) EventKind() EventKind { return EventNetworkCapabilitiesChanged }

func (m *NetworkCapabilitiesChangedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("outboundConnection", &m.OutboundConnection, mandatory)
	c.extended("networkInterfaceUsed", &m.NetworkInterfaceUsed, mandatory)
	c.extended("calledDevice", &m.CalledDevice, mandatory)
	nested(c, "progressIndicator", &m.ProgressIndicator, mandatory, (*ProgressIndicator).content)
	c.local(&m.LocalConnectionInfo)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	nested(c, "networkCapability", &m.NetworkCapability, mandatory, (*NetworkCapability).content)
	c.cause("cause", &m.Cause, mandatory)
}

// ProgressLocation is where progress of a call was seen.
type ProgressLocation string

const (
	ProgressAtUser                    ProgressLocation = "user"
	ProgressAtPrivateNetServingLocal  ProgressLocation = "privateNetServingLocal"
	ProgressAtPublicNetServingLocal   ProgressLocation = "publicNetServingLocal"
	ProgressAtTransitNetwork          ProgressLocation = "transitNetwork"
	ProgressAtPublicNetServingRemote  ProgressLocation = "publicNetServingRemote"
	ProgressAtPrivateNetServingRemote ProgressLocation = "privateNetServingRemote"
	ProgressAtLocalInterface          ProgressLocation = "localInterface"
	ProgressAtInternationalNetwork    ProgressLocation = "internationalNetwork"
	ProgressAtNetworkBeyondInterwk    ProgressLocation = "networkBeyondInterwk"
	ProgressAtOther                   ProgressLocation = "other"
)

var progressLocationValues = setOf(
	ProgressAtUser,
	ProgressAtPrivateNetServingLocal,
	ProgressAtPublicNetServingLocal,
	ProgressAtTransitNetwork,
	ProgressAtPublicNetServingRemote,
	ProgressAtPrivateNetServingRemote,
	ProgressAtLocalInterface,
	ProgressAtInternationalNetwork,
	ProgressAtNetworkBeyondInterwk,
	ProgressAtOther,
)

// ProgressDescription is the coding of a progress indicator.
type ProgressDescription string

const (
	ProgressISDNProgressDesc ProgressDescription = "iSDNProgressDesc"
	ProgressQSIGProgressDesc ProgressDescription = "qSIGProgressDesc"
	ProgressOther            ProgressDescription = "other"
)

var progressDescriptionValues = setOf(
	ProgressISDNProgressDesc,
	ProgressQSIGProgressDesc,
	ProgressOther,
)

// ProgressIndicator is the progress that a network reported.
type ProgressIndicator struct {
	ProgressLocation    ProgressLocation
	ProgressDescription ProgressDescription
}

func (m *ProgressIndicator) content(c *codec) {
	c.enum("progressLocation", (*string)(&m.ProgressLocation), progressLocationValues, mandatory, string(ProgressAtUser))
	c.enum("progressDescription", (*string)(&m.ProgressDescription), progressDescriptionValues, mandatory, string(ProgressISDNProgressDesc))
}

// CallClearedEvent: the call has ended. Only monitors of calls get it.
type CallClearedEvent struct {
	MonitorCrossRefID string
	ClearedCall       ConnectionID
	CorrelatorData    Data
	UserData          Data
	Cause             EventCause
}

// Element implements Message.
func (*CallClearedEvent) Element() string { return "CallClearedEvent" }

// EventKind implements Event.
func (*CallClearedEvent) EventKind() EventKind { return EventCallCleared }

func (m *CallClearedEvent) fields(c *codec) {
	c.crossRef(&m.MonitorCrossRefID)
	c.connection("clearedCall", &m.ClearedCall, mandatory)
	c.correlatorData(&m.CorrelatorData)
	c.userData(&m.UserData)
	c.cause("cause", &m.Cause, mandatory)
}
