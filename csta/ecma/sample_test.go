package ecma

import (
	"fmt"
	"reflect"
	"testing"
)

// samples are legal values for the fields of messages, by type. Text that is not
// in an enumeration has characters that must be escaped.
var samples = map[reflect.Type]any{
	reflect.TypeFor[string]():                     `a <b> & "c" é €`,
	reflect.TypeFor[bool]():                       true,
	reflect.TypeFor[Bool]():                       False,
	reflect.TypeFor[Int]():                        IntOf(3),
	reflect.TypeFor[HexBinary]():                  HexBinary("00FF"),
	reflect.TypeFor[Data]():                       Data{Hex: "6F72646572"},
	reflect.TypeFor[DeviceID]():                   Queue("9500"),
	reflect.TypeFor[ConnectionID]():               ConnectionID{"5f3c9d0e-8a0b-4a52-9a0f-2f4d6f1b7c11", NetworkInterface("20")},
	reflect.TypeFor[ExtendedDevice]():             Device(Subscriber("1000")),
	reflect.TypeFor[RedirectionDevice]():          RedirectedFrom(Subscriber("1001")),
	reflect.TypeFor[MonitorObject]():              MonitorObject{Device: Subscriber("1000")},
	reflect.TypeFor[MonitorFilter]():              MonitorFilter{}.With(EventBridged, EventDelivered, EventPresenceState, EventDTMFDetected, EventPrivate),
	reflect.TypeFor[StatusFilter]():               StatusFilter{}.With(StatusMessagesLost, StatusNormal),
	reflect.TypeFor[EventCause]():                 CauseDTMFDigitDetected,
	reflect.TypeFor[LocalConnectionState]():       StateNull,
	reflect.TypeFor[MonitorType]():                MonitorCall,
	reflect.TypeFor[AutoOriginate]():              DoNotPrompt,
	reflect.TypeFor[SystemStatusValue]():          StatusMessagesLost,
	reflect.TypeFor[ConsultOptions]():             ConsultTransferOnly,
	reflect.TypeFor[SignallingCondition]():        SignallingOnCallEstablished,
	reflect.TypeFor[SignallingConditionsAction](): SignallingThenRemainConnected,
	reflect.TypeFor[DestinationCondition]():       DetectedAnsweringMachine,
	reflect.TypeFor[DetectionAction]():            DetectionThenRemainConnected,
	reflect.TypeFor[ParticipationType]():          ParticipationActive,
	reflect.TypeFor[EncodingAlgorithm]():          EncodingALawPCM6K,
	reflect.TypeFor[DeviceCategory]():             CategoryStation,
	reflect.TypeFor[RequestedDeviceCategory]():    RequestedGroupACD,
	reflect.TypeFor[NamedDeviceType]():            NamedTrunkGroup,
	reflect.TypeFor[ForwardingType]():             ForwardNoAns,
	reflect.TypeFor[ForwardDefault]():             DefaultForwardDN,
	reflect.TypeFor[RequestedAgentState]():        RequestLoggedOn,
	reflect.TypeFor[AgentState]():                 AgentReady,
	reflect.TypeFor[PendingAgentState]():          PendingAgentNull,
	reflect.TypeFor[AfterWorkState]():             AfterWorkReady,
	reflect.TypeFor[AgentStateCondition]():        ConditionForcedPause,
	reflect.TypeFor[RejectCause]():                RejectBusyOverflow,
	reflect.TypeFor[RouteingAlgorithm]():          RouteLeastCost,
	reflect.TypeFor[RetryValue]():                 RetryValue{RetryCount: IntOf(0)},
	reflect.TypeFor[*Error]():                     ErrInvalidDestination,
	reflect.TypeFor[Error]():                      *ErrResourceBusy,
	reflect.TypeFor[DigitMode]():                  DigitsDTMF,
	reflect.TypeFor[TelephonyTone]():              TelephonyTone("switchSpec100"),
	reflect.TypeFor[NetworkType]():                NetworkISDNPublic,
	reflect.TypeFor[AttributeToQuery]():           AttributeDuration,
	reflect.TypeFor[AppearanceType]():             AppearanceBasicBridged,
	reflect.TypeFor[VoiceGender]():                VoiceFemale,
	reflect.TypeFor[ProgressLocation]():           ProgressAtUser,
	reflect.TypeFor[ProgressDescription]():        ProgressISDNProgressDesc,
	reflect.TypeFor[UnsupportedParameters]():      UnsupportedRejectMessage,
	reflect.TypeFor[ConnectionView]():             ViewFixed,
	reflect.TypeFor[ReviewPeriod]():               ReviewPeriod{IntOf(5000)},
	reflect.TypeFor[Period]():                     Period{Relative: -500},
	reflect.TypeFor[Feature]():                    nil,
	reflect.TypeFor[Capability]():                 nil,
	reflect.TypeFor[DynamicFeatures]():            DynamicFeaturesSome,
}

// fill sets all fields of v that may be set together.
func fill(t testing.TB, v reflect.Value, path string) {
	t.Helper()
	if sample, ok := samples[v.Type()]; ok {
		if sample != nil {
			v.Set(reflect.ValueOf(sample))
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if !v.Type().Field(i).IsExported() {
				continue
			}
			fill(t, v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(t, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	default:
		t.Fatalf("no sample for %s of type %s", path, v.Type())
	}
}

// constructors makes one empty message of every type.
func constructors() []func() Message {
	all := []func() Message{of[Error]}
	for _, e := range entries {
		all = append(all, e.New)
		if e.NewResponse != nil {
			all = append(all, e.NewResponse)
		}
	}
	return all
}

// fullMessage is the message with all its fields set.
func fullMessage(t testing.TB, construct func() Message) Message {
	t.Helper()
	m := construct()
	fill(t, reflect.ValueOf(m).Elem(), m.Element())
	switch m := m.(type) {
	case *SnapshotDeviceResponse:
		m.ServiceCrossRefID = ""
	case *GetMonitorsResponse:
		m.ServiceCrossRefID = ""
	case *SnapshotCallResponse:
		m.ServiceCrossRefID = ""
	case *GetCSTAFeaturesResponse:
		*m = *everyFeature()
	case *GetSwitchingFunctionCapsResponse:
		m.Capabilities = everyCapability(capabilityLists)
	case *GetLogicalDeviceInformationResponse:
		m.Services, m.Events, m.Maintenance = everyCapability(logDevServLists), everyCapability(logDevEvtsLists), everyCapability(maintEvtsLists)
	}
	return m
}

// everyFeature names all services and events that the response can name.
func everyFeature() *GetCSTAFeaturesResponse {
	var m GetCSTAFeaturesResponse
	for _, l := range serviceLists {
		for _, item := range l.items {
			m.Services = append(m.Services, Feature{l.name, item})
		}
	}
	for _, l := range eventLists {
		for _, item := range l.items {
			m.Events = append(m.Events, Feature{l.name, item})
		}
	}
	return &m
}

// everyCapability names all services and events that the lists can name, with the
// options that are supported.
func everyCapability(lists []featureList) []Capability {
	supported := SupportedCapabilities(everything)
	var all []Capability
	for _, l := range lists {
		for _, item := range l.items {
			one := Capability{Feature: Feature{l.name, item}}
			for _, has := range supported {
				if has.Feature == one.Feature {
					one.Options = has.Options
				}
			}
			all = append(all, one)
		}
	}
	return all
}
