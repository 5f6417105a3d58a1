package ecma

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// variants are messages beside the full and the empty one of each type that have
// their own form in XML.
func variants() map[string]Message {
	return map[string]Message{
		"call monitor":               &MonitorStart{Object: MonitorObject{Call: ConnectionID{CallID: "42"}}, Type: MonitorCall},
		"every filter":               &MonitorStart{Object: MonitorObject{Device: Queue("9500")}, Filter: everyKind()},
		"call only":                  &SnapshotCall{ConnectionID{CallID: "42"}},
		"device only":                &AnswerCall{CallToBeAnswered: ConnectionID{Device: Subscriber("1000")}},
		"segmented device snapshot":  &SnapshotDeviceResponse{ServiceCrossRefID: "5"},
		"segmented call snapshot":    &SnapshotCallResponse{ServiceCrossRefID: "5"},
		"unknown state":              &SnapshotDeviceResponse{Calls: []SnapshotDeviceInfo{{Connection: ConnectionID{CallID: "42"}}}},
		"private correlator":         &CallClearedEvent{CorrelatorData: Data{Private: `<order xmlns="urn:shop">7</order>`}},
		"unspecified error":          ErrUnspecified,
		"private error":              &Error{CategoryPrivateErrorCode, "URM Denied"},
		"withheld caller":            &DeliveredEvent{CallingDevice: ExtendedDevice{Presence: Restricted}},
		"redirection not specified":  &DeliveredEvent{LastRedirectionDevice: RedirectionDevice{Presence: NotSpecified}},
		"foreign presence":           &DeliveredEvent{CallingDevice: ExtendedDevice{Presence: NotRequired}},
		"no retry count":             &RouteSelect{RemainRetries: RetryValue{NoCountAvailable: True}},
		"no retry list":              &RouteSelect{RemainRetries: RetryValue{NoListAvailable: True}},
		"end of message":             &Reposition{PeriodOfReposition: Period{Absolute: AtEnd}},
		"supported features":         Features(everything),
		"supported capabilities":     SupportedCaps(Site{Domain: "csta.test", SystemStatusTimer: 30, Has: everything}),
		"numbered":                   SupportedCaps(Site{Domain: "csta.test", Numbers: MessagesOf{AllEvents: True}, Has: everything}),
		"segmented monitors":         &GetMonitorsResponse{ServiceCrossRefID: "5"},
		"a station":                  stationInformation(),
		"left connection without ID": &ConferencedEvent{ConferenceConnections: []ConnectionListItem{{AssociatedNID: ExtendedDevice{Presence: NotKnown}, Endpoint: ExtendedDevice{Presence: Restricted}}}},
	}
}

func everyKind() MonitorFilter {
	var f MonitorFilter
	for k := noEvent + 1; k < eventKinds; k++ {
		f = f.With(k)
	}
	return f
}

func TestEverythingSentIsValidInBothEditions(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed (Debian: libxml2-utils)")
	}
	for name, ed := range map[string]Edition{"ed3": Edition3, "ed6": Edition6} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			args := []string{"--noout", "--schema", filepath.Join("testdata", "xsd", "csta-"+name+".xsd")}
			write := func(label string, m Message) {
				file := filepath.Join(dir, m.Element()+" "+label+".xml")
				require.NoError(t, os.WriteFile(file, Append(nil, ed, m), 0o600))
				args = append(args, file)
			}
			for _, construct := range constructors() {
				if ed == Edition3 && afterEdition3[construct().Element()] {
					continue
				}
				write("full", fullMessage(t, construct))
				if m := construct(); m.Element() != "SystemStatus" {
					write("minimal", m)
				}
			}
			for label, m := range variants() {
				if ed != Edition3 || !afterEdition3[m.Element()] {
					write(label, m)
				}
			}
			out, err := exec.Command(xmllint, args...).CombinedOutput()
			assert.NoError(t, err)
			for _, line := range strings.Split(string(out), "\n") {
				if line != "" && !strings.HasSuffix(line, " validates") {
					t.Error(line)
				}
			}
		})
	}
}

// schema is what the tests need to know of an edition's schema.
type schema struct {
	roots []string
	enums map[string][]string
	// children are the elements of complex types, by type, in order.
	children map[string][]string
}

func loadSchema(t *testing.T, edition string) schema {
	t.Helper()
	tree := etree.NewDocument()
	require.NoError(t, tree.ReadFromFile(filepath.Join("testdata", "xsd", "csta-"+edition+".xsd")))
	s := schema{enums: map[string][]string{}, children: map[string][]string{}}
	for _, e := range tree.Root().ChildElements() {
		name := e.SelectAttrValue("name", "")
		switch e.Tag {
		case "element":
			if strings.ToUpper(name[:1]) == name[:1] && name != "ErrorValue" {
				s.roots = append(s.roots, name)
			}
		case "simpleType":
			for _, v := range e.FindElements(".//enumeration") {
				s.enums[name] = append(s.enums[name], v.SelectAttrValue("value", ""))
			}
		case "complexType":
			for _, c := range e.FindElements("./sequence/element") {
				s.children[name] = append(s.children[name], c.SelectAttrValue("name", ""))
			}
		}
	}
	sort.Strings(s.roots)
	return s
}

func TestRegistryAgreesWithSchemas(t *testing.T) {
	ed3, ed6 := loadSchema(t, "ed3"), loadSchema(t, "ed6")
	assert.Equal(t, strings.Join(ed6.roots, "\n")+"\n", knownRoots)
	for _, name := range ed3.roots {
		assert.True(t, KnownName(name), name)
	}
	seen := map[string]bool{}
	for _, construct := range constructors() {
		name := construct().Element()
		assert.False(t, seen[name], "%s is declared twice", name)
		seen[name] = true
		assert.Equal(t, !afterEdition3[name], slices.Contains(ed3.roots, name), name)
		assert.Contains(t, ed6.roots, name)
		assert.Equal(t, "*ecma."+name, strings.Replace(reflect.TypeOf(construct()).String(), "ecma.Error", "ecma.CSTAErrorCode", 1))
	}
	for _, e := range entries {
		assert.Equal(t, e.Name, e.New().Element())
		assert.Equal(t, e.Category == EventMessage, strings.HasSuffix(e.Name, "Event"))
		_, isEvent := e.New().(Event)
		assert.Equal(t, e.Category == EventMessage, isEvent, e.Name)
		if e.NewResponse != nil {
			assert.Equal(t, e.Name+"Response", e.NewResponse().Element())
		} else if slices.Contains(ed6.roots, e.Name+"Response") {
			assert.Equal(t, "QueryVoiceAttribute", e.Name, "response without type")
		}
	}
}

func everything(string) bool { return true }

// afterEdition3 are the messages that edition 3 does not know.
var afterEdition3 = map[string]bool{"GetMonitors": true, "GetMonitorsResponse": true, "MonitorInfo": true}

func TestFeaturesAreOfWhatThereIs(t *testing.T) {
	none := Features(func(string) bool { return false })
	require.Empty(t, slices.Concat(none.Services, none.Events))
	few := Features(func(element string) bool { return element == "MakeCall" || element == "HeldEvent" })
	require.Equal(t, []Feature{{"callControlServList", "makeCall"}}, few.Services)
	require.Equal(t, []Feature{{"callControlEvtsList", "held"}}, few.Events)
	r := Features(everything)
	decoded, _, err := Decode(Append(nil, Edition6, r))
	require.NoError(t, err)
	got := decoded.(*GetCSTAFeaturesResponse)
	assert.ElementsMatch(t, r.Services, got.Services, "every service of the registry has its place in the response")
	assert.ElementsMatch(t, r.Events, got.Events)
}

// stationInformation is the longest answer to GetLogicalDeviceInformation.
func stationInformation() *GetLogicalDeviceInformationResponse {
	m := &GetLogicalDeviceInformationResponse{DeviceCategory: CategoryStation, TransAndConfSetup: SupportedTransAndConfSetup()}
	m.Services, m.Events, m.Maintenance = DeviceCapabilities(CategoryStation, everything)
	return m
}

func TestOptionsOfDevices(t *testing.T) {
	station, _, _ := DeviceCapabilities(CategoryStation, everything)
	queue, _, maintenance := DeviceCapabilities(CategoryAcd, everything)
	trunk, _, _ := DeviceCapabilities(CategoryNetworkInterface, everything)
	assert.Empty(t, maintenance)
	assert.Greater(t, len(station), len(queue))
	assert.Greater(t, len(queue), len(trunk))
	for _, some := range [][]Capability{queue, trunk} {
		for _, capability := range some {
			assert.Contains(t, station, capability)
		}
	}
	// One option of an older schema is no name for another one of a newer.
	for option := range onlyInEdition6 {
		ed3, err := os.ReadFile(filepath.Join("testdata", "xsd", "csta-ed3.xsd"))
		require.NoError(t, err)
		assert.NotContains(t, string(ed3), `<xs:element name="`+option+`" type="xs:boolean"`)
	}
}

func TestCapabilitiesSurvive(t *testing.T) {
	for _, ed := range []Edition{Edition3, Edition6} {
		doc := Append(nil, ed, SupportedCaps(Site{Domain: "csta.test", Has: everything}))
		m, _, err := Decode(doc)
		require.NoError(t, err)
		got := m.(*GetSwitchingFunctionCapsResponse).Capabilities
		want := SupportedCapabilities(everything)
		if ed == Edition6 {
			assert.Len(t, got, len(want))
		}
		for _, capability := range want {
			if ed != Edition6 && newFeatures[capability.Feature.Name] {
				assert.False(t, slices.ContainsFunc(got, func(c Capability) bool { return c.Feature == capability.Feature }))
				continue
			}
			if ed != Edition6 {
				capability.Options = slices.DeleteFunc(slices.Clone(capability.Options), func(option string) bool { return onlyInEdition6[option] })
			}
			i := slices.IndexFunc(got, func(c Capability) bool { return c.Feature == capability.Feature })
			if assert.GreaterOrEqual(t, i, 0, capability.Feature) {
				assert.ElementsMatch(t, capability.Options, got[i].Options, capability.Feature)
			}
		}
		assert.Less(t, len(doc), room)
	}
}

func TestEveryEntryHasItsFeature(t *testing.T) {
	all := everyFeature()
	for _, e := range entries {
		lists := featureLists[e.Group]
		if e.Category == EventMessage {
			assert.Contains(t, all.Events, Feature{lists.events, e.Feature}, e.Name)
		} else {
			assert.Contains(t, all.Services, Feature{lists.services, e.Feature}, e.Name)
		}
	}
}

func TestEventKindsAreDistinct(t *testing.T) {
	seen := map[EventKind]string{}
	for _, e := range Events() {
		k := e.New().(Event).EventKind()
		assert.Empty(t, seen[k], "%s and %s", e.Name, seen[k])
		seen[k] = e.Name
	}
}

func keys(s enumeration) []string {
	out := make([]string, 0, len(s))
	for v := range s {
		out = append(out, v)
	}
	return out
}

func TestEnumerationsAgreeWithSchemas(t *testing.T) {
	ed3, ed6 := loadSchema(t, "ed3"), loadSchema(t, "ed6")
	enums := map[string]enumeration{
		"EventCause": causes, "LocalConnectionState": connectionStates, "AutoOriginate": autoOriginates,
		"SystemStatusValue": systemStatuses, "TelephonyTone": telephonyTones,
		"ConsultOptions": consultOptionsValues, "SignallingCondition": signallingConditionValues,
		"SignallingConditionsAction": signallingConditionsActionValues, "DestinationCondition": destinationConditionValues,
		"DetectionAction": detectionActionValues, "ParticipationType": participationTypeValues,
		"EncodingAlgorithm": encodingAlgorithmValues, "DeviceCategory": deviceCategoryValues,
		"ReqDeviceCategory": requestedDeviceCategoryValues, "NamedDeviceTypes": namedDeviceTypeValues,
		"ForwardingType": forwardingTypeValues, "ForwardDefault": forwardDefaultValues,
		"ReqAgentState": requestedAgentStateValues, "AgentState": agentStateValues,
		"PendingAgentState": pendingAgentStateValues, "AgentStateCondition": agentStateConditionValues,
		"RejectCause": rejectCauseValues, "SelectValue": routeingAlgorithmValues, "DigitMode": digitModeValues,
		"AttributeToQuery": attributeToQueryValues, "AppearanceType": appearanceTypeValues,
		"DynamicFeatureSupported": dynamicFeaturesValues, "IgnoreUnsupportedParameters": unsupportedParametersValues, "ConnectionView": connectionViewValues,
	}
	for name, got := range enums {
		assert.ElementsMatch(t, ed6.enums[name], keys(got), name)
		assert.Subset(t, keys(got), ed3.enums[name], name)
	}
}

func TestErrorValuesAgreeWithSchema(t *testing.T) {
	source, err := os.ReadFile("error_values.go")
	require.NoError(t, err)
	ed6 := loadSchema(t, "ed6")
	declared := 1 // ErrUnspecified
	for category, enum := range map[string]string{
		"Operation": "OperationErrors", "StateIncompatibility": "StateIncompatibilityErrors",
		"SystemResourceAvailability":     "SystemResourceAvailabilityErrors",
		"SubscribedResourceAvailability": "SubscribedResourceAvailabilityErrors",
		"PerformanceManagement":          "PerformanceManagementErrors",
		"Security":                       "SecurityErrors", "PrivateData": "PrivateDataInfoErrors",
	} {
		values := ed6.enums[enum]
		require.NotEmpty(t, values, enum)
		for _, v := range values {
			assert.Contains(t, string(source), fmt.Sprintf("&Error{Category%s, %q}", category, v))
		}
		declared += len(values)
	}
	assert.Equal(t, declared, strings.Count(string(source), "&Error{"))
}

func TestMonitorFilterAgreesWithSchema(t *testing.T) {
	ed6 := loadSchema(t, "ed6")
	var groups, kinds []string
	for _, g := range filterGroups {
		groups = append(groups, g.name)
		for k := g.first; k <= g.last; k++ {
			kinds = append(kinds, k.String())
		}
	}
	assert.Equal(t, ed6.children["MonitorFilter"], groups)
	var want []string
	for _, name := range []string{
		"CallControlEvents", "CallAssociatedEvents", "MediaAttachmentEvents", "PhysicalDeviceFeatureEvents",
		"LogicalDeviceFeatureEvents", "DeviceMaintenanceEvents", "VoiceEvents", "VendorSpecEvents",
	} {
		want = append(want, ed6.children[name]...)
	}
	assert.Equal(t, want, kinds)
	assert.Len(t, kinds, int(eventKinds)-1)
}

func TestFullMessagesSurviveAppendAndDecode(t *testing.T) {
	for _, ed := range []Edition{"", Edition3, Edition6, `urn:"odd"&<namespace>`} {
		for _, construct := range constructors() {
			m := fullMessage(t, construct)
			got, gotEdition, err := Decode(Append(nil, ed, m))
			if !assert.NoError(t, err, "%s", Append(nil, ed, m)) {
				continue
			}
			assert.Equal(t, ed, gotEdition)
			switch m := m.(type) {
			case *MonitorStart, *MonitorStartResponse, *ChangeMonitorFilter, *ChangeMonitorFilterResponse,
				*GetLogicalDeviceInformationResponse, *GetPhysicalDeviceInformationResponse, *GetSwitchingFunctionCapsResponse, *GetCSTAFeaturesResponse:
				if ed != Edition6 { // other editions lack a kind of the sample filter, and options
					continue
				}
			case *DeflectCall:
				if ed != Edition6 {
					m.NewDestination = m.NewDestination[:1]
				}
			case *SetForwarding:
				if ed != Edition6 {
					m.RingDuration = Int{}
				}
			case *ForwardingEvent:
				if ed != Edition6 {
					m.RingDuration = Int{}
				}
			case *GetForwardingResponse:
				for i := range m.ForwardingList {
					if ed != Edition6 {
						m.ForwardingList[i].RingDuration = Int{}
					}
				}
			}
			assert.Equal(t, m, got)
		}
	}
}
