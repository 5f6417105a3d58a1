package ecma

import (
	"slices"
	"strings"
)

// Capability exchange (ECMA-269 13). Of the long responses only the mandatory
// children and those that a switch like this can tell are described.

// Feature is one service or event in GetCSTAFeaturesResponse: the element that
// stands for it, in the list of its group.
type Feature struct{ List, Name string }

// featureList is a list with its elements in schema order.
type featureList struct {
	name  string
	items []string
}

// serviceLists and eventLists are the lists of groups that the registry has, as
// far as editions 3 and 6 agree.
var serviceLists = []featureList{
	{"capExchangeServList", []string{
		"getCSTAFeatures", "getLogicalDeviceInformation", "getPhysicalDeviceInformation",
		"getSwitchingFunctionCaps", "getSwitchingFunctionDevices", "switchingFunctionDevices",
	}},
	{"systemStatServList", []string{
		"changeSystemStatusFilter", "systemRegister", "systemStatusRegisterAbort",
		"systemStatusRegisterCancel", "requestSystemStatus", "systemStatus", "swFunctionCapsChanged",
		"swFunctionDevicesChanged",
	}},
	{"monitoringServList", []string{
		"changeMonitorFilter", "monitorStart", "monitorStop", "getMonitors", "monitorInfo",
	}},
	{"snapshotServList", []string{
		"snapshotCall", "snapshotDevice", "snapshotCallData", "snapshotDeviceData",
	}},
	{"callControlServList", []string{
		"acceptCall", "alternateCall", "answerCall", "callBack", "callBackMessage", "campOnCall",
		"clearCall", "clearConnection", "conferenceCall", "consultationCall", "deflectCall",
		"dialDigits", "directedPickupCall", "groupPickupCall", "holdCall", "intrudeCall", "joinCall",
		"makeCall", "makePredictiveCall", "parkCall", "reconnectCall", "retrieveCall", "sendMessage",
		"singleStepConference", "singleStepTransfer", "transferCall",
	}},
	{"callAssociatedServList", []string{
		"associateData", "cancelTelephonyTones", "changeConnectionInformation", "generateDigits",
		"generateTelephonyTones", "sendUserInformation",
	}},
	{"mediaServList", []string{
		"attachMediaService", "detachMediaService",
	}},
	{"routeingServList", []string{
		"routeRegister", "routeRegisterCancel", "routeRegisterAbort", "reRoute", "routeEnd",
		"routeReject", "routeRequest", "routeSelect", "routeUsed",
	}},
	{"physDevServList", []string{
		"buttonPress", "getAuditoryApparatusInfo", "getButtonInformation", "getDisplay",
		"getHookSwitchStatus", "getLampInfo", "getLampMode", "getMessageWaitingIndicator",
		"getMicrophoneGain", "getMicrophoneMute", "getRingerStatus", "getSpeakerMute",
		"getSpeakerVolume", "setButtonInformation", "setDisplay", "setHookSwitchStatus", "setLampMode",
		"setMessageWaitingIndicator", "setMicrophoneGain", "setMicrophoneMute", "setRingerStatus",
		"setSpeakerMute", "setSpeakerVolume",
	}},
	{"logicalServList", []string{
		"callBackNonCallRel", "callBackMsgNonCallRel", "cancelCallBack", "cancelCallBackMsg",
		"getAgentState", "getAutoAnswer", "getAutoWorkMode", "getCallerIDStatus", "getDoNotDisturb",
		"getForwarding", "getLastNumberDialed", "getRouteingMode", "setAgentState", "setAutoAnswer",
		"setAutoWorkMode", "setCallerIDStatus", "setDoNotDisturb", "setForwarding", "setRouteingMode",
	}},
	{"voiceServList", []string{
		"activate", "clear", "deactivate", "concatenateMsg", "deleteMsg", "queueService", "playMsg",
		"queryVoiceAttrib", "recordMsg", "reposition", "resume", "review", "start", "setVoiceAttrib",
		"stop", "suspend", "synthesizeMsg",
	}},
}

var eventLists = []featureList{
	{"callControlEvtsList", []string{
		"bridged", "callCleared", "conferenced", "connectionCleared", "delivered", "digitsDialed",
		"diverted", "established", "failed", "held", "netwCapsChanged", "netwReached", "offered",
		"originated", "queued", "retrieved", "serviceInitiated", "transferred",
	}},
	{"callAssociatedEvtsList", []string{
		"callInformation", "charging", "digitsGenerated", "telephonyTonesGenerated",
		"serviceCompletionFailure",
	}},
	{"mediaEvtsList", []string{
		"mediaAttached", "mediaDetached",
	}},
	{"physDevEvtsList", []string{
		"buttonInformation", "buttonPress", "displayUpdated", "hookswitch", "lampMode",
		"messageWaiting", "microphoneGain", "microphoneMute", "ringerStatus", "speakerMute",
		"speakerVolume",
	}},
	{"logicalEvtsList", []string{
		"agentBusy", "agentLoggedOff", "agentLoggedOn", "agentNotReady", "agentReady",
		"agentWorkingAfterCall", "autoAnswer", "autoWorkMode", "callBack", "callBackMessage",
		"callerIDStatus", "doNotDisturb", "forwarding", "routeingMode",
	}},
	{"deviceMaintEvtsList", []string{
		"backInService", "deviceCapsChanged", "outOfService", "partiallyInService",
	}},
	{"voiceEvtsList", []string{
		"bookmarkReached", "completed", "dtmfDetected", "emptied", "interruptionDetected",
		"notRecognized", "play", "recognized", "record", "reviewEvent", "started",
		"silenceTimeoutExpired", "speechDetected", "stopEvent", "suspendPlay", "suspendRecord",
		"voiceAttribChanged", "voiceErrorOccurred",
	}},
}

// GetCSTAFeatures asks which services and events are supported.
type GetCSTAFeatures struct{}

// Element implements Message.
func (*GetCSTAFeatures) Element() string { return "GetCSTAFeatures" }

func (*GetCSTAFeatures) fields(*codec) {}

// GetCSTAFeaturesResponse names what is supported. The order of the features is
// of no importance. See Features.
type GetCSTAFeaturesResponse struct {
	Services []Feature
	Events   []Feature
}

// Element implements Message.
func (*GetCSTAFeaturesResponse) Element() string { return "GetCSTAFeaturesResponse" }

func (m *GetCSTAFeaturesResponse) fields(c *codec) {
	c.features("supportedServices", serviceLists, &m.Services)
	c.features("supportedEvents", eventLists, &m.Events)
}

func (c *codec) features(name string, lists []featureList, features *[]Feature) {
	if !c.enter(name, optional, len(*features) > 0) {
		return
	}
	for _, l := range lists {
		inList := func(f Feature) bool { return f.List == l.name }
		if !c.enter(l.name, optional, slices.ContainsFunc(*features, inList)) {
			continue
		}
		for _, item := range l.items {
			f := Feature{l.name, item}
			if c.describes(item, Sign, optional) {
				continue
			}
			if c.reading() {
				if c.child(item, optional) != nil {
					*features = append(*features, f)
				}
			} else if slices.Contains(*features, f) && c.knows(item) {
				c.empty(item)
			}
		}
		c.leave(l.name)
	}
	c.leave(name)
}

// newFeatures are those that editions up to 3 do not know.
var newFeatures = map[string]bool{"getMonitors": true, "monitorInfo": true}

// knows tells whether the edition that is written has the name of a service.
func (c *codec) knows(feature string) bool {
	if !newFeatures[feature] {
		return true
	}
	_, edition, _ := strings.Cut(string(c.edition), "/csta/ed")
	return edition == "" || edition[0] > '3'
}

// MessagesOf says which messages have a property.
type MessagesOf struct{ AllEvents, AllAcks, AllServReqs Bool }

func (m *MessagesOf) content(c *codec) {
	c.boolean("allEvents", &m.AllEvents, optional)
	c.boolean("allAcks", &m.AllAcks, optional)
	c.boolean("allServReqs", &m.AllServReqs, optional)
}

// GetSwitchingFunctionCaps asks what the switching function can do.
type GetSwitchingFunctionCaps struct{}

// Element implements Message.
func (*GetSwitchingFunctionCaps) Element() string { return "GetSwitchingFunctionCaps" }

func (*GetSwitchingFunctionCaps) fields(*codec) {}

// UnsupportedParameters is what happens to a request with a parameter that is not
// supported.
type UnsupportedParameters string

const (
	UnsupportedIgnoreParameters UnsupportedParameters = "ignoreParameters"
	UnsupportedRejectMessage    UnsupportedParameters = "rejectMessage"
)

var unsupportedParametersValues = setOf(
	UnsupportedIgnoreParameters,
	UnsupportedRejectMessage,
)

// ConnectionView says whether connections keep their identifiers (fixed) or have
// them from the view of the monitored device (local).
type ConnectionView string

const (
	ViewFixed ConnectionView = "fixed"
	ViewLocal ConnectionView = "local"
)

var connectionViewValues = setOf(
	ViewFixed,
	ViewLocal,
)

// Profiles are the CSTA profiles that the switching function conforms to.
type Profiles struct {
	BasicTelephonyProfile  Bool
	RouteingProfile        Bool
	L1aVoiceBrowserProfile Bool
	L1bVoiceBrowserProfile Bool
	L2VoiceBrowserProfile  Bool
}

func (m *Profiles) content(c *codec) {
	c.boolean("basicTelephonyProfile", &m.BasicTelephonyProfile, optional)
	c.boolean("routeingProfile", &m.RouteingProfile, optional)
	c.boolean("l1aVoiceBrowserProfile", &m.L1aVoiceBrowserProfile, optional)
	c.boolean("l1bVoiceBrowserProfile", &m.L1bVoiceBrowserProfile, optional)
	c.boolean("l2VoiceBrowserProfile", &m.L2VoiceBrowserProfile, optional)
}

// DeviceIDFormat says which characters and forms of device identifiers are
// understood.
type DeviceIDFormat struct {
	DialableDigitsAsterix     Bool
	DialableDigitsHash        Bool
	DialableDigitsABCD        Bool
	DialableDigitsExclamation Bool
	DialableDigitsP           Bool
	DialableDigitsT           Bool
	DialableDigitsComma       Bool
	DialableDigitsW           Bool
	DialableDigitsAt          Bool
	DialableDigitsDollar      Bool
	DialableDigitsSemicolon   Bool
	SFReprExclamation         Bool
	SFReprEt                  Bool
	SFReprSlash               Bool
	SFReprPercent             Bool
	SFReprNM                  Bool
	SFReprGeneric             Bool
	SFReprImplicitTON         Bool
	SFReprPubTONUnkown        Bool
	SFReprPubTONInternal      Bool
	SFReprPubTONNational      Bool
	SFReprPubTONSubscriber    Bool
	SFReprPubTONAbbreviated   Bool
	SFReprPriTONUnknown       Bool
	SFReprPriTONLevel3        Bool
	SFReprPriTONLevel2        Bool
	SFReprPriTONLevel1        Bool
	SFReprPriTONLocal         Bool
	SFReprPriTONAbbreviated   Bool
	SFReprOther               Bool
	DeviceNumber              Bool
}

func (m *DeviceIDFormat) content(c *codec) {
	c.boolean("dialableDigitsAsterix", &m.DialableDigitsAsterix, optional)
	c.boolean("dialableDigitsHash", &m.DialableDigitsHash, optional)
	c.boolean("dialableDigitsABCD", &m.DialableDigitsABCD, optional)
	c.boolean("dialableDigitsExclamation", &m.DialableDigitsExclamation, optional)
	c.boolean("dialableDigitsP", &m.DialableDigitsP, optional)
	c.boolean("dialableDigitsT", &m.DialableDigitsT, optional)
	c.boolean("dialableDigitsComma", &m.DialableDigitsComma, optional)
	c.boolean("dialableDigitsW", &m.DialableDigitsW, optional)
	c.boolean("dialableDigitsAt", &m.DialableDigitsAt, optional)
	c.boolean("dialableDigitsDollar", &m.DialableDigitsDollar, optional)
	c.boolean("dialableDigitsSemicolon", &m.DialableDigitsSemicolon, optional)
	c.boolean("sFReprExclamation", &m.SFReprExclamation, optional)
	c.boolean("sFReprEt", &m.SFReprEt, optional)
	c.boolean("sFReprSlash", &m.SFReprSlash, optional)
	c.boolean("sFReprPercent", &m.SFReprPercent, optional)
	c.boolean("sFReprNM", &m.SFReprNM, optional)
	c.boolean("sFReprGeneric", &m.SFReprGeneric, optional)
	c.boolean("sFReprImplicitTON", &m.SFReprImplicitTON, optional)
	c.boolean("sFReprPubTONUnkown", &m.SFReprPubTONUnkown, optional)
	c.boolean("sFReprPubTONInternal", &m.SFReprPubTONInternal, optional)
	c.boolean("sFReprPubTONNational", &m.SFReprPubTONNational, optional)
	c.boolean("sFReprPubTONSubscriber", &m.SFReprPubTONSubscriber, optional)
	c.boolean("sFReprPubTONAbbreviated", &m.SFReprPubTONAbbreviated, optional)
	c.boolean("sFReprPriTONUnknown", &m.SFReprPriTONUnknown, optional)
	c.boolean("sFReprPriTONLevel3", &m.SFReprPriTONLevel3, optional)
	c.boolean("sFReprPriTONLevel2", &m.SFReprPriTONLevel2, optional)
	c.boolean("sFReprPriTONLevel1", &m.SFReprPriTONLevel1, optional)
	c.boolean("sFReprPriTONLocal", &m.SFReprPriTONLocal, optional)
	c.boolean("sFReprPriTONAbbreviated", &m.SFReprPriTONAbbreviated, optional)
	c.boolean("sFReprOther", &m.SFReprOther, optional)
	c.boolean("deviceNumber", &m.DeviceNumber, optional)
}

// SwDomainFeatures are features of the switching domain.
type SwDomainFeatures struct {
	IsForwardingBefore                    Bool
	IsForwardingAfter                     Bool
	SwFunctionDefaultSettings             Bool
	UserSpecific                          Bool
	UserSpecificDefaultFowardingType      Bool
	UserSpecificDefaultForwardDestination Bool
	NegativeAcknowledgment                Bool
	SupportFailedWithAssConn              Bool
	SupportFailedWithoutAssConn           Bool
	SupportFailedWithAssConnNotReportet   Bool
	Recall                                Bool
	CallBack                              Bool
	ExtCallsIncoming                      Bool
	ExtCallsOutgoing                      Bool
	Prompting                             Bool
}

func (m *SwDomainFeatures) content(c *codec) {
	c.boolean("isForwardingBefore", &m.IsForwardingBefore, optional)
	c.boolean("isForwardingAfter", &m.IsForwardingAfter, optional)
	c.boolean("swFunctionDefaultSettings", &m.SwFunctionDefaultSettings, optional)
	c.boolean("userSpecific", &m.UserSpecific, optional)
	c.boolean("userSpecificDefaultFowardingType", &m.UserSpecificDefaultFowardingType, optional)
	c.boolean("userSpecificDefaultForwardDestination", &m.UserSpecificDefaultForwardDestination, optional)
	c.boolean("negativeAcknowledgment", &m.NegativeAcknowledgment, optional)
	c.boolean("supportFailedWithAssConn", &m.SupportFailedWithAssConn, optional)
	c.boolean("supportFailedWithoutAssConn", &m.SupportFailedWithoutAssConn, optional)
	c.boolean("supportFailedWithAssConnNotReportet", &m.SupportFailedWithAssConnNotReportet, optional)
	c.boolean("recall", &m.Recall, optional)
	c.boolean("callBack", &m.CallBack, optional)
	c.boolean("extCallsIncoming", &m.ExtCallsIncoming, optional)
	c.boolean("extCallsOutgoing", &m.ExtCallsOutgoing, optional)
	c.boolean("prompting", &m.Prompting, optional)
}

// SwAppearanceAddressability says whether appearances can be addressed.
type SwAppearanceAddressability struct {
	NonAddressable Bool
	Addressable    Bool
}

func (m *SwAppearanceAddressability) content(c *codec) {
	c.boolean("nonAddressable", &m.NonAddressable, optional)
	c.boolean("addressable", &m.Addressable, optional)
}

// SwAppearanceTypes are the kinds of appearances.
type SwAppearanceTypes struct {
	SelectedStandard            Bool
	BasicStandard               Bool
	BasicBridged                Bool
	ExclusiveBridged            Bool
	IndependentSharedBridged    Bool
	InterDependentSharedBridged Bool
}

func (m *SwAppearanceTypes) content(c *codec) {
	c.boolean("selectedStandard", &m.SelectedStandard, optional)
	c.boolean("basicStandard", &m.BasicStandard, optional)
	c.boolean("basicBridged", &m.BasicBridged, optional)
	c.boolean("exclusiveBridged", &m.ExclusiveBridged, optional)
	c.boolean("independentSharedBridged", &m.IndependentSharedBridged, optional)
	c.boolean("interDependentSharedBridged", &m.InterDependentSharedBridged, optional)
}

// MaxLengthParameters are the longest values that are taken, in octets.
type MaxLengthParameters struct {
	AccountInfo          Int
	AuthCode             Int
	AgentID              Int
	AgentPassword        Int
	CallIDInConnectionID Int
	CorrelatorData       Int
	PrivateData          Int
	DeviceIdentifiers    Int
	UserData             Int
	ButtonLabel          Int
	LampLabel            Int
	CharactersToSend     Int
}

func (m *MaxLengthParameters) content(c *codec) {
	c.integer("accountInfo", &m.AccountInfo, mandatory)
	c.integer("authCode", &m.AuthCode, mandatory)
	c.integer("agentID", &m.AgentID, mandatory)
	c.integer("agentPassword", &m.AgentPassword, mandatory)
	c.integer("callIDInConnectionID", &m.CallIDInConnectionID, mandatory)
	c.integer("correlatorData", &m.CorrelatorData, mandatory)
	c.integer("privateData", &m.PrivateData, mandatory)
	c.integer("deviceIdentifiers", &m.DeviceIdentifiers, mandatory)
	c.integer("userData", &m.UserData, mandatory)
	c.integer("buttonLabel", &m.ButtonLabel, mandatory)
	c.integer("lampLabel", &m.LampLabel, mandatory)
	c.integer("charactersToSend", &m.CharactersToSend, mandatory)
}

// GetSwitchingFunctionCapsResponse is the positive response to GetSwitchingFunctionCaps.
type GetSwitchingFunctionCapsResponse struct {
	SwitchingSubDomainName      string
	ManufacturerName            string
	Profiles                    Profiles
	DeviceIDFormat              DeviceIDFormat
	SwDomainFeatures            SwDomainFeatures
	SwAppearanceAddressability  SwAppearanceAddressability
	SwAppearanceTypes           SwAppearanceTypes
	IgnoreUnsupportedParameters UnsupportedParameters
	MessageSeqNumbers           MessagesOf
	TimeStampMode               MessagesOf
	TransAndConfSetup           TransAndConfSetup
	CorrelatorDataSupported     Bool
	DynamicFeatureSupported     DynamicFeatures
	AcdModels                   ACDModels
	ConnectionView              ConnectionView
	MaxLengthParameters         MaxLengthParameters
	// Capabilities are servEvtsList.
	Capabilities      []Capability
	SystemStatusTimer Int
}

// DynamicFeatures says for how many devices events tell which services are possible
// (servicesPermitted).
type DynamicFeatures string

const (
	DynamicFeaturesNone DynamicFeatures = "none"
	DynamicFeaturesAll  DynamicFeatures = "all"
	DynamicFeaturesSome DynamicFeatures = "some"
)

var dynamicFeaturesValues = setOf(
	DynamicFeaturesNone,
	DynamicFeaturesAll,
	DynamicFeaturesSome,
)

// TransAndConfSetup says how the two calls may have come about that a transfer or a
// conference joins. Absent: by Consultation Call only.
type TransAndConfSetup struct {
	ConsultationCall    Bool
	HoldCallMakeCall    Bool
	AlternateCall       Bool
	TwoCallsInHold      Bool
	TwoCallsInConnected Bool
}

func (m *TransAndConfSetup) content(c *codec) {
	c.boolean("consultationCall", &m.ConsultationCall, optional)
	c.boolean("holdCallMakeCall", &m.HoldCallMakeCall, optional)
	c.boolean("alternateCall", &m.AlternateCall, optional)
	c.boolean("twoCallsInHold", &m.TwoCallsInHold, optional)
	c.boolean("twoCallsInConnected", &m.TwoCallsInConnected, optional)
}

// Element implements Message.
func (*GetSwitchingFunctionCapsResponse) Element() string { return "GetSwitchingFunctionCapsResponse" }

func (m *GetSwitchingFunctionCapsResponse) fields(c *codec) {
	c.text("switchingSubDomainName", &m.SwitchingSubDomainName, mandatory)
	c.text("manufacturerName", &m.ManufacturerName, mandatory)
	nested(c, "profiles", &m.Profiles, mandatory, (*Profiles).content)
	nested(c, "deviceIDFormat", &m.DeviceIDFormat, mandatory, (*DeviceIDFormat).content)
	nested(c, "swDomainFeatures", &m.SwDomainFeatures, mandatory, (*SwDomainFeatures).content)
	nested(c, "swAppearanceAddressability", &m.SwAppearanceAddressability, mandatory, (*SwAppearanceAddressability).content)
	nested(c, "swAppearanceTypes", &m.SwAppearanceTypes, mandatory, (*SwAppearanceTypes).content)
	c.enum("ignoreUnsupportedParameters", (*string)(&m.IgnoreUnsupportedParameters), unsupportedParametersValues, mandatory, string(UnsupportedIgnoreParameters))
	nested(c, "messageSeqNumbers", &m.MessageSeqNumbers, optional, (*MessagesOf).content)
	nested(c, "timeStampMode", &m.TimeStampMode, optional, (*MessagesOf).content)
	nested(c, "transAndConfSetup", &m.TransAndConfSetup, optional, (*TransAndConfSetup).content)
	c.boolean("correlatorDataSupported", &m.CorrelatorDataSupported, optional)
	c.enum("dynamicFeatureSupported", (*string)(&m.DynamicFeatureSupported), dynamicFeaturesValues, optional, string(DynamicFeaturesNone))
	nested(c, "aCDModels", &m.AcdModels, optional, (*ACDModels).content)
	c.enum("connectionView", (*string)(&m.ConnectionView), connectionViewValues, mandatory, string(ViewFixed))
	nested(c, "maxLengthParameters", &m.MaxLengthParameters, mandatory, (*MaxLengthParameters).content)
	c.capabilities("servEvtsList", capabilityLists, &m.Capabilities)
	c.integer("systemStatusTimer", &m.SystemStatusTimer, optional)
}

// RequestedDeviceCategory is the kind of devices asked for.
type RequestedDeviceCategory string

const (
	RequestedAcd              RequestedDeviceCategory = "acd"
	RequestedGroupACD         RequestedDeviceCategory = "groupACD"
	RequestedGroupHunt        RequestedDeviceCategory = "groupHunt"
	RequestedGroupPick        RequestedDeviceCategory = "groupPick"
	RequestedGroupUser        RequestedDeviceCategory = "groupUser"
	RequestedGroupOther       RequestedDeviceCategory = "groupOther"
	RequestedNetworkInterface RequestedDeviceCategory = "networkInterface"
	RequestedPark             RequestedDeviceCategory = "park"
	RequestedRouteingDevice   RequestedDeviceCategory = "routeingDevice"
	RequestedStation          RequestedDeviceCategory = "station"
	RequestedVoiceUnit        RequestedDeviceCategory = "voiceUnit"
	RequestedGenericIV        RequestedDeviceCategory = "genericIV"
	RequestedListenerIV       RequestedDeviceCategory = "listenerIV"
	RequestedDtmfIV           RequestedDeviceCategory = "dtmfIV"
	RequestedPromptIV         RequestedDeviceCategory = "promptIV"
	RequestedPromptQueue      RequestedDeviceCategory = "promptQueue"
	RequestedMessageIV        RequestedDeviceCategory = "messageIV"
	RequestedConference       RequestedDeviceCategory = "conference"
	RequestedOther            RequestedDeviceCategory = "other"
)

var requestedDeviceCategoryValues = setOf(
	RequestedAcd,
	RequestedGroupACD,
	RequestedGroupHunt,
	RequestedGroupPick,
	RequestedGroupUser,
	RequestedGroupOther,
	RequestedNetworkInterface,
	RequestedPark,
	RequestedRouteingDevice,
	RequestedStation,
	RequestedVoiceUnit,
	RequestedGenericIV,
	RequestedListenerIV,
	RequestedDtmfIV,
	RequestedPromptIV,
	RequestedPromptQueue,
	RequestedMessageIV,
	RequestedConference,
	RequestedOther,
)

// GetSwitchingFunctionDevices asks for the list of devices.
type GetSwitchingFunctionDevices struct {
	RequestedDeviceID       DeviceID
	RequestedDeviceCategory RequestedDeviceCategory
}

// Element implements Message.
func (*GetSwitchingFunctionDevices) Element() string { return "GetSwitchingFunctionDevices" }

func (m *GetSwitchingFunctionDevices) fields(c *codec) {
	c.device("requestedDeviceID", &m.RequestedDeviceID, optional)
	c.enum("requestedDeviceCategory", (*string)(&m.RequestedDeviceCategory), requestedDeviceCategoryValues, optional, string(RequestedAcd))
}

// GetSwitchingFunctionDevicesResponse announces the list, which follows in
// SwitchingFunctionDevices messages.
type GetSwitchingFunctionDevicesResponse struct {
	ServiceCrossRefID string
}

// Element implements Message.
func (*GetSwitchingFunctionDevicesResponse) Element() string {
	return "GetSwitchingFunctionDevicesResponse"
}

func (m *GetSwitchingFunctionDevicesResponse) fields(c *codec) {
	c.text("serviceCrossRefID", &m.ServiceCrossRefID, mandatory)
}

// DeviceCategory is the kind of a device.
type DeviceCategory string

const (
	CategoryAcd                         DeviceCategory = "acd"
	CategoryGroup                       DeviceCategory = "group"
	CategoryNetworkInterface            DeviceCategory = "networkInterface"
	CategoryPark                        DeviceCategory = "park"
	CategoryRouteingDevice              DeviceCategory = "routeingDevice"
	CategoryStation                     DeviceCategory = "station"
	CategoryVoiceUnit                   DeviceCategory = "voiceUnit"
	CategoryGenericInteractiveVoice     DeviceCategory = "genericInteractiveVoice"
	CategoryListenerInteractiveVoice    DeviceCategory = "listenerInteractiveVoice"
	CategoryDtmfInteractiveVoice        DeviceCategory = "dtmfInteractiveVoice"
	CategoryPromptInteractiveVoice      DeviceCategory = "promptInteractiveVoice"
	CategoryPromptQueueInteractiveVoice DeviceCategory = "promptQueueInteractiveVoice"
	CategoryMessageInteractiveVoice     DeviceCategory = "messageInteractiveVoice"
	CategoryConference                  DeviceCategory = "conference"
	CategoryOther                       DeviceCategory = "other"
)

var deviceCategoryValues = setOf(
	CategoryAcd,
	CategoryGroup,
	CategoryNetworkInterface,
	CategoryPark,
	CategoryRouteingDevice,
	CategoryStation,
	CategoryVoiceUnit,
	CategoryGenericInteractiveVoice,
	CategoryListenerInteractiveVoice,
	CategoryDtmfInteractiveVoice,
	CategoryPromptInteractiveVoice,
	CategoryPromptQueueInteractiveVoice,
	CategoryMessageInteractiveVoice,
	CategoryConference,
	CategoryOther,
)

// NamedDeviceType is the kind of a device in terms of ECMA-179.
type NamedDeviceType string

const (
	NamedAcd              NamedDeviceType = "acd"
	NamedAcdGroup         NamedDeviceType = "acdGroup"
	NamedButton           NamedDeviceType = "button"
	NamedButtonGroup      NamedDeviceType = "buttonGroup"
	NamedConferenceBridge NamedDeviceType = "conferenceBridge"
	NamedLine             NamedDeviceType = "line"
	NamedLineGroup        NamedDeviceType = "lineGroup"
	NamedOperator         NamedDeviceType = "operator"
	NamedOperatorGroup    NamedDeviceType = "operatorGroup"
	NamedParkingDevice    NamedDeviceType = "parkingDevice"
	NamedStation          NamedDeviceType = "station"
	NamedStationGroup     NamedDeviceType = "stationGroup"
	NamedTrunk            NamedDeviceType = "trunk"
	NamedTrunkGroup       NamedDeviceType = "trunkGroup"
	NamedOther            NamedDeviceType = "other"
	NamedOtherGroup       NamedDeviceType = "otherGroup"
)

var namedDeviceTypeValues = setOf(
	NamedAcd,
	NamedAcdGroup,
	NamedButton,
	NamedButtonGroup,
	NamedConferenceBridge,
	NamedLine,
	NamedLineGroup,
	NamedOperator,
	NamedOperatorGroup,
	NamedParkingDevice,
	NamedStation,
	NamedStationGroup,
	NamedTrunk,
	NamedTrunkGroup,
	NamedOther,
	NamedOtherGroup,
)

// ListedDevice is one device of the list.
type ListedDevice struct {
	DeviceID         DeviceID
	DeviceCategory   DeviceCategory
	NamedDeviceTypes NamedDeviceType
	DeviceModelName  string
	NidGroup         DeviceID
}

func (m *ListedDevice) content(c *codec) {
	c.device("deviceID", &m.DeviceID, mandatory)
	c.enum("deviceCategory", (*string)(&m.DeviceCategory), deviceCategoryValues, optional, string(CategoryAcd))
	c.enum("namedDeviceTypes", (*string)(&m.NamedDeviceTypes), namedDeviceTypeValues, optional, string(NamedAcd))
	c.text("deviceModelName", &m.DeviceModelName, optional)
	c.device("nidGroup", &m.NidGroup, optional)
}

// SwitchingFunctionDevices carries a part of the list. It has no response.
type SwitchingFunctionDevices struct {
	ServiceCrossRefID string
	SegmentID         Int
	LastSegment       bool
	DeviceList        []ListedDevice
}

// Element implements Message.
func (*SwitchingFunctionDevices) Element() string { return "SwitchingFunctionDevices" }

func (m *SwitchingFunctionDevices) fields(c *codec) {
	c.text("serviceCrossRefID", &m.ServiceCrossRefID, mandatory)
	c.integer("segmentID", &m.SegmentID, optional)
	c.flag("lastSegment", &m.LastSegment, mandatory)
	wrapped(c, "deviceList", "device", mandatory, &m.DeviceList, (*ListedDevice).content)
}

// GetLogicalDeviceInformation asks what a device can do.
type GetLogicalDeviceInformation struct {
	Device DeviceID
}

// Element implements Message.
func (*GetLogicalDeviceInformation) Element() string { return "GetLogicalDeviceInformation" }

func (m *GetLogicalDeviceInformation) fields(c *codec) {
	c.device("device", &m.Device, mandatory)
}

// GroupDeviceAttributes says what kind of group a device is.
type GroupDeviceAttributes struct {
	Acd   Bool
	Hunt  Bool
	Pick  Bool
	User  Bool
	Other Bool
}

func (m *GroupDeviceAttributes) content(c *codec) {
	c.boolean("acd", &m.Acd, optional)
	c.boolean("hunt", &m.Hunt, optional)
	c.boolean("pick", &m.Pick, optional)
	c.boolean("user", &m.User, optional)
	c.boolean("other", &m.Other, optional)
}

// ACDModels says how ACD devices are presented.
type ACDModels struct {
	VisibleACDRelatedDevices    Bool
	NonVisibleACDRelatedDevices Bool
}

func (m *ACDModels) content(c *codec) {
	c.boolean("visibleACDRelatedDevices", &m.VisibleACDRelatedDevices, optional)
	c.boolean("nonVisibleACDRelatedDevices", &m.NonVisibleACDRelatedDevices, optional)
}

// AppearanceType is the kind of appearances of a device.
type AppearanceType string

const (
	AppearanceSelectedStandard            AppearanceType = "selectedStandard"
	AppearanceBasicStandard               AppearanceType = "basicStandard"
	AppearanceBasicBridged                AppearanceType = "basicBridged"
	AppearanceExclusiveBridged            AppearanceType = "exclusiveBridged"
	AppearanceIndependentSharedBridged    AppearanceType = "independentSharedBridged"
	AppearanceInterdependentSharedBridged AppearanceType = "interdependentSharedBridged"
)

var appearanceTypeValues = setOf(
	AppearanceSelectedStandard,
	AppearanceBasicStandard,
	AppearanceBasicBridged,
	AppearanceExclusiveBridged,
	AppearanceIndependentSharedBridged,
	AppearanceInterdependentSharedBridged,
)

// GetLogicalDeviceInformationResponse is the positive response to GetLogicalDeviceInformation.
type GetLogicalDeviceInformationResponse struct {
	DeviceCategory                  DeviceCategory
	GroupDeviceAttributes           GroupDeviceAttributes
	NamedDeviceTypes                NamedDeviceType
	ShortFormDeviceID               DeviceID
	HasPhysicalElement              bool
	AcdModels                       ACDModels
	AppearanceAddressable           bool
	AppearanceType                  AppearanceType
	OtherPhysicalDeviceList         []DeviceID
	AssociatedGroupList             []DeviceID
	MaxCallbacks                    Int
	MaxAutoAnswerRings              Int
	MaxActiveCalls                  Int
	MaxHeldCalls                    Int
	MaxFwdSettings                  Int
	MaxDevicesInConf                Int
	TransAndConfSetup               TransAndConfSetup
	DeviceOnDeviceMonitorFilter     MonitorFilter
	DeviceOnConnectionMonitorFilter MonitorFilter
	CallOnDeviceMonitorFilter       MonitorFilter
	CallOnConnectionMonitorFilter   MonitorFilter
	// Services and Events are logDevServList and logDevEvtsList, Maintenance is
	// deviceMaintEvtsList.
	Services, Events, Maintenance []Capability
}

// Element implements Message.
func (*GetLogicalDeviceInformationResponse) Element() string {
	return "GetLogicalDeviceInformationResponse"
}

func (m *GetLogicalDeviceInformationResponse) fields(c *codec) {
	c.enum("deviceCategory", (*string)(&m.DeviceCategory), deviceCategoryValues, optional, string(CategoryAcd))
	nested(c, "groupDeviceAttributes", &m.GroupDeviceAttributes, optional, (*GroupDeviceAttributes).content)
	c.enum("namedDeviceTypes", (*string)(&m.NamedDeviceTypes), namedDeviceTypeValues, optional, string(NamedAcd))
	c.device("shortFormDeviceID", &m.ShortFormDeviceID, optional)
	c.flag("hasPhysicalElement", &m.HasPhysicalElement, mandatory)
	nested(c, "acdModels", &m.AcdModels, mandatory, (*ACDModels).content)
	c.flag("appearanceAddressable", &m.AppearanceAddressable, mandatory)
	c.enum("appearanceType", (*string)(&m.AppearanceType), appearanceTypeValues, mandatory, string(AppearanceSelectedStandard))
	c.devices("otherPhysicalDeviceList", "deviceID", optional, &m.OtherPhysicalDeviceList)
	c.devices("associatedGroupList", "deviceID", optional, &m.AssociatedGroupList)
	c.integer("maxCallbacks", &m.MaxCallbacks, optional)
	c.integer("maxAutoAnswerRings", &m.MaxAutoAnswerRings, optional)
	c.integer("maxActiveCalls", &m.MaxActiveCalls, optional)
	c.integer("maxHeldCalls", &m.MaxHeldCalls, optional)
	c.integer("maxFwdSettings", &m.MaxFwdSettings, optional)
	c.integer("maxDevicesInConf", &m.MaxDevicesInConf, optional)
	nested(c, "transAndConfSetup", &m.TransAndConfSetup, optional, (*TransAndConfSetup).content)
	c.filter("deviceOnDeviceMonitorFilter", &m.DeviceOnDeviceMonitorFilter, optional)
	c.filter("deviceOnConnectionMonitorFilter", &m.DeviceOnConnectionMonitorFilter, optional)
	c.filter("callOnDeviceMonitorFilter", &m.CallOnDeviceMonitorFilter, optional)
	c.filter("callOnConnectionMonitorFilter", &m.CallOnConnectionMonitorFilter, optional)
	c.capabilities("logDevServList", logDevServLists, &m.Services)
	c.capabilities("logDevEvtsList", logDevEvtsLists, &m.Events)
	c.capabilityList(maintEvtsLists[0], "deviceMaintEvtsList", &m.Maintenance)
}

// GetPhysicalDeviceInformation asks for the physical side of a device.
type GetPhysicalDeviceInformation struct {
	Device DeviceID
}

// Element implements Message.
func (*GetPhysicalDeviceInformation) Element() string { return "GetPhysicalDeviceInformation" }

func (m *GetPhysicalDeviceInformation) fields(c *codec) {
	c.device("device", &m.Device, mandatory)
}

// GetPhysicalDeviceInformationResponse is the positive response to GetPhysicalDeviceInformation.
type GetPhysicalDeviceInformationResponse struct {
	DeviceCategory                  DeviceCategory
	GroupDeviceAttributes           GroupDeviceAttributes
	NamedDeviceTypes                NamedDeviceType
	HasLogicalElement               bool
	OtherLogicalDeviceList          []DeviceID
	DeviceModelName                 string
	DeviceOnDeviceMonitorFilter     MonitorFilter
	DeviceOnConnectionMonitorFilter MonitorFilter
	CallOnDeviceMonitorFilter       MonitorFilter
	CallOnConnectionMonitorFilter   MonitorFilter
	MaxDisplays                     Int
	MaxButtons                      Int
	MaxLamps                        Int
	MaxRingPatterns                 Int
}

// Element implements Message.
func (*GetPhysicalDeviceInformationResponse) Element() string {
	return "GetPhysicalDeviceInformationResponse"
}

func (m *GetPhysicalDeviceInformationResponse) fields(c *codec) {
	c.enum("deviceCategory", (*string)(&m.DeviceCategory), deviceCategoryValues, mandatory, string(CategoryAcd))
	nested(c, "groupDeviceAttributes", &m.GroupDeviceAttributes, optional, (*GroupDeviceAttributes).content)
	c.enum("namedDeviceTypes", (*string)(&m.NamedDeviceTypes), namedDeviceTypeValues, optional, string(NamedAcd))
	c.flag("hasLogicalElement", &m.HasLogicalElement, mandatory)
	c.devices("otherLogicalDeviceList", "deviceID", optional, &m.OtherLogicalDeviceList)
	c.text("deviceModelName", &m.DeviceModelName, optional)
	c.filter("deviceOnDeviceMonitorFilter", &m.DeviceOnDeviceMonitorFilter, optional)
	c.filter("deviceOnConnectionMonitorFilter", &m.DeviceOnConnectionMonitorFilter, optional)
	c.filter("callOnDeviceMonitorFilter", &m.CallOnDeviceMonitorFilter, optional)
	c.filter("callOnConnectionMonitorFilter", &m.CallOnConnectionMonitorFilter, optional)
	c.integer("maxDisplays", &m.MaxDisplays, optional)
	c.integer("maxButtons", &m.MaxButtons, optional)
	c.integer("maxLamps", &m.MaxLamps, optional)
	c.integer("maxRingPatterns", &m.MaxRingPatterns, optional)
}
