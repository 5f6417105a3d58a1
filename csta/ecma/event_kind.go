package ecma

// EventKind names an event by its bit in monitor filters (ECMA-323
// monitorFilter). The zero value is no event.
type EventKind uint8

const (
	noEvent EventKind = iota

	EventBridged
	EventCallCleared
	EventConferenced
	EventConnectionCleared
	EventDelivered
	EventDigitsDialed
	EventDiverted
	EventEstablished
	EventFailed
	EventHeld
	EventNetworkCapabilitiesChanged
	EventNetworkReached
	EventOffered
	EventOriginated
	EventQueued
	EventRetrieved
	EventServiceInitiated
	EventTransferred

	EventCallInformation
	EventCharging
	EventDigitsGenerated
	EventTelephonyTonesGenerated
	EventServiceCompletionFailure

	EventMediaAttached
	EventMediaDetached

	EventButtonInformation
	EventButtonPress
	EventDisplayUpdated
	EventHookswitch
	EventLampMode
	EventMessageWaiting
	EventMicrophoneGain
	EventMicrophoneMute
	EventRingerStatus
	EventSpeakerMute
	EventSpeakerVolume

	EventAgentBusy
	EventAgentLoggedOn
	EventAgentLoggedOff
	EventAgentNotReady
	EventAgentReady
	EventAgentWorkingAfterCall
	EventAutoAnswer
	EventAutoWorkMode
	EventCallBack
	EventCallBackMessage
	EventCallerIDStatus
	EventDoNotDisturb
	EventForwarding
	EventPresenceState
	EventRouteingMode

	EventBackInService
	EventDeviceCapabilityChanged
	EventOutOfService
	EventPartiallyInService

	EventBookmarkReached
	EventCompleted
	EventDTMFDetected
	EventEmptied
	EventInterruptionDetected
	EventNotRecognized
	EventPlay
	EventRecognized
	EventRecord
	EventReview
	EventStarted
	EventSilenceTimeoutExpired
	EventSpeechDetected
	EventStop
	EventSuspendPlay
	EventSuspendRecord
	EventVoiceAttributesChanged
	EventVoiceErrorOccurred

	EventPrivate

	eventKinds
)

// eventKindNames are the elements of the filter, in schema order.
var eventKindNames = [eventKinds]string{
	EventBridged:                    "bridged",
	EventCallCleared:                "callCleared",
	EventConferenced:                "conferenced",
	EventConnectionCleared:          "connectionCleared",
	EventDelivered:                  "delivered",
	EventDigitsDialed:               "digitsDialed",
	EventDiverted:                   "diverted",
	EventEstablished:                "established",
	EventFailed:                     "failed",
	EventHeld:                       "held",
	EventNetworkCapabilitiesChanged: "networkCapabilitiesChanged",
	EventNetworkReached:             "networkReached",
	EventOffered:                    "offered",
	EventOriginated:                 "originated",
	EventQueued:                     "queued",
	EventRetrieved:                  "retrieved",
	EventServiceInitiated:           "serviceInitiated",
	EventTransferred:                "transferred",
	EventCallInformation:            "callInformation",
	EventCharging:                   "charging",
	EventDigitsGenerated:            "digitsGenerated",
	EventTelephonyTonesGenerated:    "telephonyTonesGenerated",
	EventServiceCompletionFailure:   "serviceCompletionFailure",
	EventMediaAttached:              "mediaAttached",
	EventMediaDetached:              "mediaDetached",
	EventButtonInformation:          "buttonInformation",
	EventButtonPress:                "buttonPress",
	EventDisplayUpdated:             "displayUpdated",
	EventHookswitch:                 "hookswitch",
	EventLampMode:                   "lampMode",
	EventMessageWaiting:             "messageWaiting",
	EventMicrophoneGain:             "microphoneGain",
	EventMicrophoneMute:             "microphoneMute",
	EventRingerStatus:               "ringerStatus",
	EventSpeakerMute:                "speakerMute",
	EventSpeakerVolume:              "speakerVolume",
	EventAgentBusy:                  "agentBusy",
	EventAgentLoggedOn:              "agentLoggedOn",
	EventAgentLoggedOff:             "agentLoggedOff",
	EventAgentNotReady:              "agentNotReady",
	EventAgentReady:                 "agentReady",
	EventAgentWorkingAfterCall:      "agentWorkingAfterCall",
	EventAutoAnswer:                 "autoAnswer",
	EventAutoWorkMode:               "autoWorkMode",
	EventCallBack:                   "callBack",
	EventCallBackMessage:            "callBackMessage",
	EventCallerIDStatus:             "callerIDStatus",
	EventDoNotDisturb:               "doNotDisturb",
	EventForwarding:                 "forwarding",
	EventPresenceState:              "presenceState",
	EventRouteingMode:               "routeingMode",
	EventBackInService:              "backInService",
	EventDeviceCapabilityChanged:    "deviceCapabilityChanged",
	EventOutOfService:               "outOfService",
	EventPartiallyInService:         "partiallyInService",
	EventBookmarkReached:            "bookmarkReached",
	EventCompleted:                  "completed",
	EventDTMFDetected:               "dtmfDetected",
	EventEmptied:                    "emptied",
	EventInterruptionDetected:       "interruptionDetected",
	EventNotRecognized:              "notRecognized",
	EventPlay:                       "play",
	EventRecognized:                 "recognized",
	EventRecord:                     "record",
	EventReview:                     "review",
	EventStarted:                    "started",
	EventSilenceTimeoutExpired:      "silenceTimeoutExpired",
	EventSpeechDetected:             "speechDetected",
	EventStop:                       "stop",
	EventSuspendPlay:                "suspendPlay",
	EventSuspendRecord:              "suspendRecord",
	EventVoiceAttributesChanged:     "voiceAttributesChanged",
	EventVoiceErrorOccurred:         "voiceErrorOccurred",
	EventPrivate:                    "private",
}

// filterGroups are the groups of the filter in schema order, each with its first
// and last event.
var filterGroups = [...]struct {
	name        string
	first, last EventKind
}{
	{"callcontrol", EventBridged, EventTransferred},
	{"callAssociated", EventCallInformation, EventServiceCompletionFailure},
	{"mediaAttachment", EventMediaAttached, EventMediaDetached},
	{"physicalDeviceFeature", EventButtonInformation, EventSpeakerVolume},
	{"logicalDeviceFeature", EventAgentBusy, EventRouteingMode},
	{"maintenance", EventBackInService, EventPartiallyInService},
	{"voice", EventBookmarkReached, EventVoiceErrorOccurred},
	{"private", EventPrivate, EventPrivate},
}

// String is the name of the event in monitor filters.
func (k EventKind) String() string {
	if k == noEvent || k >= eventKinds {
		return "none"
	}
	return eventKindNames[k]
}
