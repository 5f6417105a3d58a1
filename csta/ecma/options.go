package ecma

import (
	"slices"

	"github.com/beevik/etree"
)

// Capability is what servEvtsList tells of a service or event (ECMA-269 13, tables
// 13-9 and following): that it is supported, and which of the parameters, connection
// states and ways to behave that the standard makes optional for it are. What is
// left out is not supported.
type Capability struct {
	Feature Feature
	Options []string
}

// capabilityLists are the lists of servEvtsList in schema order: those of
// GetCSTAFeaturesResponse, one of them by another name.
var capabilityLists = func() []featureList {
	byName := map[string]featureList{}
	for _, l := range slices.Concat(serviceLists, eventLists) {
		byName[l.name] = l
	}
	var lists []featureList
	for _, name := range []string{
		"capExchangeServList", "systemStatServList", "monitoringServList", "snapshotServList",
		"callControlServList", "callControlEvtsList", "callAssociatedServList", "callAssociatedEvtsList",
		"mediaServList", "mediaEvtsList", "routeingServList", "physDevServList", "physDevEvtsList",
		"logicalServList", "logicalEvtsList", "deviceMaintEvtsList", "voiceServList", "voiceEvtsList",
	} {
		lists = append(lists, byName[name])
	}
	return lists
}()

// logDevServLists and logDevEvtsLists are those of one device, in schema order.
var (
	logDevServLists = listsOf("callControlServList", "callAssociatedServList", "logicalServList", "mediaServList", "voiceServList")
	logDevEvtsLists = listsOf("callControlEvtsList", "callAssociatedEvtsList", "logicalEvtsList", "mediaEvtsList", "voiceEvtsList")
	maintEvtsLists  = listsOf("deviceMaintEvtsList")
)

func listsOf(names ...string) []featureList {
	var lists []featureList
	for _, name := range names {
		lists = append(lists, capabilityLists[slices.IndexFunc(capabilityLists, func(l featureList) bool { return l.name == name })])
	}
	return lists
}

// elementOf is a list's name within servEvtsList.
func elementOf(list string) string {
	if list == "systemStatServList" {
		return "systemServList"
	}
	return list
}

// capabilities visits lists of capabilities. Which options there are belongs to each
// service; read, whatever is set is one.
func (c *codec) capabilities(name string, lists []featureList, all *[]Capability) {
	some := func(l featureList) bool {
		return slices.ContainsFunc(*all, func(has Capability) bool { return has.Feature.List == l.name })
	}
	if !c.enter(name, optional, slices.ContainsFunc(lists, some)) {
		return
	}
	for _, l := range lists {
		c.capabilityList(l, elementOf(l.name), all)
	}
	c.leave(name)
}

func (c *codec) capabilityList(l featureList, element string, all *[]Capability) {
	if !c.enter(element, optional, slices.ContainsFunc(*all, func(has Capability) bool { return has.Feature.List == l.name })) {
		return
	}
	for _, item := range l.items {
		f := Feature{l.name, item}
		if c.describes(item, Marks, optional) {
			continue
		}
		if c.reading() {
			if e := c.child(item, optional); e != nil {
				*all = append(*all, Capability{f, optionsIn(e)})
			}
			continue
		}
		for i := range *all {
			if has := &(*all)[i]; has.Feature == f && c.knows(item) {
				c.open(item)
				for _, option := range has.Options {
					if c.edition == Edition6 || !onlyInEdition6[option] {
						c.element(option, "true")
					}
				}
				c.close(item)
				break
			}
		}
	}
	c.leave(element)
}

// maxOptions is more than any service has.
const maxOptions = 128

// optionsIn are the names of the children that are true.
func optionsIn(e *etree.Element) []string {
	var options []string
	for _, child := range e.ChildElements() {
		if value := textOf(child); (value == "true" || value == "1") && len(options) < maxOptions && isOptionName(child.Tag) {
			options = append(options, child.Tag)
		}
	}
	return options
}

func isOptionName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// onlyInEdition6 are the options that edition 3 does not know.
var onlyInEdition6 = map[string]bool{"ringDuration": true}

// Parameters of any state filter, by the prefix that they have.
var statusOptions = []string{
	"Initializing", "Enabled", "Normal", "MessageLost", "Disabled", "PartiallyDisabled", "OverloadImminent", "OverloadReached", "OverloadRelieved",
}

func prefixed(prefix string, names []string) []string {
	var out []string
	for _, name := range names {
		out = append(out, prefix+name)
	}
	return out
}

// options are those that are supported of each service and event, by the name of its
// root element, in schema order. What ECMA-269 makes optional and is not named is left
// out: it is ignored in requests (UnsupportedIgnoreParameters), refused as a state that
// the service does not begin in, and not sent.
//
// Services that answer before what they do is done, and tell the rest by events, say
// ackModelMultiStep.
var options = map[string][]string{
	"GetLogicalDeviceInformation": {"maxFwdSettingsInAck", "transAndConfSetupParameter", "transAndConfSetupConsultationInAck", "transAndConfSetupHoldMakeInAck", "transAndConfSetupAlternateInAck"},
	"GetSwitchingFunctionCaps": {
		"transAndConfSetupParameterInAck", "transAndConfSetupConsultationInAck", "transAndConfSetupHoldMakeInAck", "transAndConfSetupAlternateInAck",
		"correlatorDataSupportedInAck", "dynamicFeatureSupportedInAck", "acdModelsInAck",
	},
	"GetSwitchingFunctionDevices": {"requestedDeviceID", "requestedDeviceCategoryACD", "requestedDeviceCategoryNetwInterface", "requestedDeviceCategoryStation"},
	"SwitchingFunctionDevices":    {"segmentID", "deviceListDeviceCategory"},
	"SystemRegister":              append([]string{"requestTypesSystemStatus", "requestTypesSwitchingFuncionDevicesChanged"}, prefixed("statusFilter", statusOptions)...),
	"ChangeSysStatFilter":         prefixed("requestedStatusFilter", statusOptions),
	"MonitorStart": {
		"monitorObjectDevice", "monitorObjectCall", "requestedMonitorFilter", "monitorTypeCall", "monitorTypeDevice",
		"monitorExistingCallsInAck", "callIDOnly", "acceptsMonitorStartWhileOOS",
	},
	"GetMonitors":        {"segmentedResponseProvided"},
	"MonitorInfo":        {"segmentID"},
	"SnapshotDevice":     {"localCallStateCompoundCallState", "reportsWithSnapsDeviceData"},
	"SnapshotDeviceData": {"segmentID", "localCallStateCompoundCallState"},
	"SnapshotCall":       {"locaConnectionStateInAck", "callingDeviceInAck", "calledDeviceInAck", "callIDOnly"},

	"MakeCall": {
		"null", "autoOriginatePrompt", "autoOriginateDoNotPrompt", "correlatorData", "userData",
		"supportsPrompting", "ackModelMultiStep",
	},
	"MakePredictiveCall":     {"alertTime", "correlatorData", "userData", "reservesCallingDevice", "ackModelMultiStep"},
	"AnswerCall":             {"alerting", "initiated", "queued", "correlatorData", "userData", "deviceIDOnly"},
	"ClearConnection":        {"alerting", "connected", "queued", "initiated", "hold", "correlatorData", "userData", "reason", "deviceIDOnly"},
	"DeflectCall":            {"alerting", "queued", "correlatorData", "userData", "deviceIDOnly"},
	"HoldCall":               {"deviceIDOnly"},
	"RetrieveCall":           {"deviceIDOnly"},
	"ConsultationCall":       {"correlatorData", "userData", "consultOptionUnrestricted", "deviceIDOnly", "ackModelMultiStep"},
	"AlternateCall":          {"hold", "consultOptionUnrestricted", "deviceIDOnly"},
	"ReconnectCall":          {"alerting", "connected", "initiated", "queued", "deviceIDOnly", "ackModelMultiStep"},
	"TransferCall":           {"activeCallConnected", "heldCallHold", "connectionsParameterInAck", "endpointDeviceID", "deviceIDOnly"},
	"SingleStepTransferCall": {"correlatorData", "userData", "connectionParameterInAck", "endpointDeviceID", "deviceIDOnly"},
	"ConferenceCall":         {"activeCallConnected", "heldCallHold", "connectionParameterInAck", "endpointDeviceID", "deviceIDOnly"},
	"DirectedPickupCall":     {"alerting", "correlatorData", "userData", "pickedCallInAck", "deviceIDOnly", "supportsPrompting"},
	"GroupPickupCall":        {"alerting", "pickGroup", "correlatorData", "userData", "pickedCallInAck", "supportsPrompting"},

	"ServiceInitiatedEvent":  {"netwCallingDevice", "netwCalledDevice"},
	"OriginatedEvent":        {"netwCallingDevice", "netwCalledDevice"},
	"DeliveredEvent":         {"userData", "netwCallingDevice", "netwCalledDevice"},
	"EstablishedEvent":       {"userData", "netwCallingDevice", "netwCalledDevice"},
	"ConnectionClearedEvent": {"correlatorData", "userData"},
	"FailedEvent":            {"userData", "netwCallingDevice", "netwCalledDevice"},
	"QueuedEvent":            {"numberQueued", "callsInFront", "userData", "netwCallingDevice", "netwCalledDevice"},
	"DivertedEvent":          {"callingDevice", "calledDevice", "userData", "netwCallingDevice", "netwCalledDevice", "sendsDivertedToAll"},
	"HeldEvent":              {"correlatorData"},
	"RetrievedEvent":         {"correlatorData"},
	"TransferedEvent":        {"transferredConnectionsEndpointDeviceID", "userData"},
	"ConferencedEvent":       {"conferenceConnectionsEndpointDeviceID", "userData"},
	"NetworkReachedEvent":    {"userData", "netwCallingDevice", "netwCalledDevice"},
	"CallClearedEvent":       {"correlatorData", "callIDOnly"},

	"SetForwarding": {"forwardingTypeBusy", "forwardingTypeNoAns", "forwardingTypeImmediate", "forwardDN", "ringCount", "ringDuration"},
	"GetForwarding": {"forwardListInAck", "forwardListImmediateInAck", "forwardListBusyInAck", "forwardListNoAnsInAck", "forwardDNInAck", "ringCountInAck"},
	"ForwardingEvent": {
		"forwardingTypeBusy", "forwardingTypeNoAns", "forwardingTypeImmediate", "forwardTo", "ringCount", "ringDuration",
	},

	"PlayMessage":   {"duration", "terminationParameter", "terminationDTMFDigitDetected"},
	"RecordMessage": {"resource", "maxDuration"},
	"Stop":          {"msgToBeStopped", "resource"},
	"PlayEvent":     {"message"},
	"RecordEvent":   {"message"},
	"StopEvent":     {"message", "cause"},
}

// SupportedCapabilities are those of a switch that has these services and events, named
// by their root elements.
func SupportedCapabilities(has func(element string) bool) []Capability {
	return capabilitiesOf(func(e Entry) bool { return has(e.Name) })
}

func capabilitiesOf(wanted func(Entry) bool) []Capability {
	var all []Capability
	for _, e := range entries {
		if !wanted(e) {
			continue
		}
		list := featureLists[e.Group].services
		if e.Category == EventMessage {
			list = featureLists[e.Group].events
		}
		all = append(all, Capability{Feature{list, e.Feature}, options[e.Name]})
	}
	return all
}

// DeviceCapabilities are those of services and events of devices of a category, of those
// that the switch has, in the lists of Get Logical Device Information: a station does
// all that there is, a queue takes calls and gives them away, and what is behind a
// network interface is in others' calls.
func DeviceCapabilities(category DeviceCategory, has func(element string) bool) (services, events, maintenance []Capability) {
	serves := func(e Entry) bool {
		switch category {
		case CategoryStation:
			return true
		case CategoryAcd:
			return e.Group == VoiceGroup || atQueues[e.Name]
		}
		return e.Group == VoiceGroup || e.Name == "ClearConnection"
	}
	services = capabilitiesOf(func(e Entry) bool {
		return has(e.Name) && e.Category == RequestMessage && serves(e) && isOfDevices(logDevServLists, featureLists[e.Group].services)
	})
	features := func(e Entry) bool { return e.Group == LogicalDeviceGroup || e.Group == DeviceMaintenanceGroup }
	tells := func(lists []featureList) []Capability {
		return capabilitiesOf(func(e Entry) bool {
			return has(e.Name) && e.Category == EventMessage && isOfDevices(lists, featureLists[e.Group].events) &&
				(category == CategoryStation || !features(e))
		})
	}
	return services, tells(logDevEvtsLists), tells(maintEvtsLists)
}

func isOfDevices(lists []featureList, list string) bool {
	return slices.ContainsFunc(lists, func(l featureList) bool { return l.name == list })
}

// atQueues are the services of call control that are possible with a queue.
var atQueues = map[string]bool{
	"AnswerCall": true, "ClearConnection": true, "DeflectCall": true, "SingleStepTransferCall": true,
	"MakeCall": true, "MakePredictiveCall": true,
}
