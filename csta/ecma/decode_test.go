package ecma

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTortureValid(t *testing.T) {
	files, err := filepath.Glob("testdata/torture/valid/*.xml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			doc, err := os.ReadFile(file)
			require.NoError(t, err)
			m, _, err := Decode(doc)
			require.NoError(t, err)
			require.IsType(t, &MakeCall{}, m)
			call := m.(*MakeCall)
			assert.Equal(t, Subscriber("1000"), call.CallingDevice)
			assert.Equal(t, Subscriber("1001"), call.Called)
		})
	}
}

func TestTortureInvalid(t *testing.T) {
	files, err := filepath.Glob("testdata/torture/invalid/*.xml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			doc, err := os.ReadFile(file)
			require.NoError(t, err)
			m, _, err := Decode(doc)
			assert.Nil(t, m)
			var bad *DecodeError
			require.ErrorAs(t, err, &bad)
			assert.True(t, bad.Request)
			assert.NotEmpty(t, bad.Error())
			want := ErrOperationGeneric
			if filepath.Base(file) == "unknown_root.xml" {
				want = ErrServiceNotSupported
			}
			assert.Same(t, want, bad.Reply)
		})
	}
}

func TestDecodeTextInOtherEncodings(t *testing.T) {
	for _, charset := range []string{"ISO-8859-1", "iso-8859-1", "latin1", "US-ASCII"} {
		doc := `<?xml version="1.0" encoding="` + charset + `"?><MakeCall><callingDevice>1</callingDevice><calledDirectoryNumber>2</calledDirectoryNumber><subjectOfCall>` +
			strings.Repeat("\xe4\xf6\xfc", 400) + `</subjectOfCall></MakeCall>`
		m, _, err := Decode([]byte(doc))
		require.NoError(t, err, charset)
		assert.Equal(t, strings.Repeat("äöü", 400), m.(*MakeCall).SubjectOfCall)
	}
}

func TestDecodeEdition(t *testing.T) {
	for _, c := range []struct {
		doc  string
		want Edition
	}{
		{`<SystemStatus/>`, ""},
		{`<SystemStatus xmlns=""/>`, ""},
		{`<SystemStatus xmlns="` + string(Edition3) + `"/>`, Edition3},
		{`<x:SystemStatus xmlns:x="` + string(Edition5) + `" xmlns="urn:other"/>`, Edition5},
		{`<SystemStatus xmlns=" urn:with space "/>`, "urn:with space"},
		{`<x:SystemStatus/>`, ""},
		{`<x:MonitorStart><x:monitorObject xmlns:y="urn:other" xmlns:x="` + string(Edition4) + `">1</x:monitorObject></x:MonitorStart>`, Edition4},
		{`<x:SystemStatus a="" xmlns:x="` + string(Edition6) + `"/>`, Edition6},
		{`<MakeCoffee xmlns="urn:kitchen"/>`, "urn:kitchen"},
		{`<MakeCall xmlns="urn:incomplete"/>`, "urn:incomplete"},
	} {
		_, ed, _ := Decode([]byte(c.doc))
		assert.Equal(t, c.want, ed, c.doc)
	}
}

func TestDecodeErrors(t *testing.T) {
	const devices = `<callingDevice>1</callingDevice><calledDirectoryNumber>2</calledDirectoryNumber>`
	for _, c := range []struct {
		doc     string
		reply   *Error
		request bool
		path    string
		cause   error
	}{
		{`<MakeCoffee/>`, ErrServiceNotSupported, true, "MakeCoffee", errUnknownRoot},
		{`<callingDevice/>`, ErrServiceNotSupported, true, "callingDevice", errUnknownRoot},
		{`<makecall/>`, ErrServiceNotSupported, true, "makecall", errUnknownRoot},
		{`<ButtonPress/>`, ErrServiceNotSupported, true, "ButtonPress", errUnsupportedRoot},
		{`<ButtonPressEvent/>`, ErrServiceNotSupported, false, "ButtonPressEvent", errUnsupportedRoot},
		{`<ButtonPressResponse/>`, ErrServiceNotSupported, false, "ButtonPressResponse", errUnsupportedRoot},
		{`<SomethingEvent/>`, ErrServiceNotSupported, false, "SomethingEvent", errUnknownRoot},
		{`<MakeCall/>`, ErrAtLeastOneConditionalParameterNotProvided, true, "MakeCall/callingDevice", errMissing},
		{`<MakeCall><callingDevice>1</callingDevice></MakeCall>`, ErrAtLeastOneConditionalParameterNotProvided, true, "MakeCall/calledDirectoryNumber", errMissing},
		{`<MakeCall>` + devices + `<autoOriginate>maybe</autoOriginate></MakeCall>`, ErrValueOutOfRange, true, "MakeCall/autoOriginate", errNotInEnum},
		{`<MakeCall>` + devices + `<correlatorData><string>xyz</string></correlatorData></MakeCall>`, ErrInvalidParameterValue, true, "MakeCall/correlatorData/string", errNotHex},
		{`<MakeCall>` + devices + `<accountCode>1</accountCode></MakeCall>`, ErrInvalidParameterValue, true, "MakeCall/accountCode", errNotHex},
		{`<MonitorStart/>`, ErrAtLeastOneConditionalParameterNotProvided, true, "MonitorStart/monitorObject", errMissing},
		{`<MonitorStart><monitorObject/></MonitorStart>`, ErrAtLeastOneConditionalParameterNotProvided, true, "MonitorStart/monitorObject", errNoChoice},
		{`<MonitorStart><monitorObject>1</monitorObject><monitorType>all</monitorType></MonitorStart>`, ErrValueOutOfRange, true, "MonitorStart/monitorType", errNotInEnum},
		{`<MonitorStart><monitorObject>1</monitorObject><requestedMonitorFilter><callcontrol><held>yes</held></callcontrol></requestedMonitorFilter></MonitorStart>`,
			ErrInvalidParameterValue, true, "MonitorStart/requestedMonitorFilter/callcontrol/held", errNotBoolean},
		{`<RecordMessage><callToBeRecorded/><maxDuration>-1</maxDuration></RecordMessage>`, ErrValueOutOfRange, true, "RecordMessage/maxDuration", errOutOfRange},
		{`<RecordMessage><callToBeRecorded/><maxDuration>99999999999999999999</maxDuration></RecordMessage>`, ErrValueOutOfRange, true, "RecordMessage/maxDuration", errOutOfRange},
		{`<RecordMessage><callToBeRecorded/><maxDuration>long</maxDuration></RecordMessage>`, ErrInvalidParameterValue, true, "RecordMessage/maxDuration", errNotNumber},
		{`<SystemStatus><systemStatus>fine</systemStatus></SystemStatus>`, ErrValueOutOfRange, true, "SystemStatus/systemStatus", errNotInEnum},
		{`<JoinCall><activeCall/><joiningDevice/><autoOriginate/><participationType/></JoinCall>`, ErrAtLeastOneConditionalParameterNotProvided, true, "JoinCall/autoOriginate", errMissing},
		{`<MakePredictiveCall>` + devices + `<destinationDetection><detectionItem/></destinationDetection></MakePredictiveCall>`,
			ErrAtLeastOneConditionalParameterNotProvided, true, "MakePredictiveCall/destinationDetection/detectionItem/destinationCondition", errMissing},
		{`<MakeCallResponse/>`, ErrAtLeastOneConditionalParameterNotProvided, false, "MakeCallResponse/callingDevice", errMissing},
		{`<DeliveredEvent/>`, ErrAtLeastOneConditionalParameterNotProvided, false, "DeliveredEvent/monitorCrossRefID", errMissing},
		{`<DeliveredEvent`, ErrOperationGeneric, true, "", errTruncated},
		{`<DeliveredEvent>`, ErrOperationGeneric, false, "", nil},
		{`<MakeCallResponse><a></MakeCallResponse>`, ErrOperationGeneric, false, "", nil},
		{`<!DOCTYPE x><MakeCall/>`, ErrOperationGeneric, true, "", errDoctype},
	} {
		m, _, err := Decode([]byte(c.doc))
		assert.Nil(t, m, c.doc)
		var bad *DecodeError
		if !assert.ErrorAs(t, err, &bad, c.doc) {
			continue
		}
		assert.Same(t, c.reply, bad.Reply, c.doc)
		assert.Equal(t, c.request, bad.Request, c.doc)
		assert.Equal(t, c.path, bad.Path, c.doc)
		if c.cause != nil {
			assert.ErrorIs(t, err, c.cause, c.doc)
		}
	}
}

func TestDecodeLeniency(t *testing.T) {
	for _, c := range []struct {
		name, doc string
		want      Message
	}{
		{"empty SystemStatus", `<SystemStatus/>`, &SystemStatus{}},
		{"deviceObject", `<MonitorStart><monitorObject><deviceObject typeOfNumber="deviceNumber">029500</deviceObject></monitorObject></MonitorStart>`,
			&MonitorStart{Object: MonitorObject{Device: Queue("9500")}}},
		{"number in monitorObject", `<MonitorStart><monitorObject> 1000 </monitorObject></MonitorStart>`,
			&MonitorStart{Object: MonitorObject{Device: Subscriber("1000")}}},
		{"empty deviceObject", `<MonitorStart><monitorObject><deviceObject/></monitorObject></MonitorStart>`, &MonitorStart{}},
		{"callObject", `<MonitorStart><monitorObject><callObject><callID>7</callID></callObject></monitorObject><monitorType>call</monitorType></MonitorStart>`,
			&MonitorStart{Object: MonitorObject{Call: ConnectionID{CallID: "7"}}, Type: MonitorCall}},
		{"reason that is no cause", `<ClearConnection><connectionToBeCleared/><reason>bored</reason></ClearConnection>`, &ClearConnection{}},
		{"reason of another form", `<DeflectCall><callToBeDiverted/><newDestination>2</newDestination><reason><cause>busy</cause></reason></DeflectCall>`,
			&DeflectCall{NewDestination: []DeviceID{Subscriber("2")}}},
		{"reason", `<SingleStepTransferCall><activeCall/><transferredTo>2</transferredTo><reason> busy </reason></SingleStepTransferCall>`,
			&SingleStepTransferCall{TransferredTo: Subscriber("2"), Reason: CauseBusy}},
		{"empty number", `<RecordMessage><callToBeRecorded/><maxDuration/></RecordMessage>`, &RecordMessage{}},
		{"empty optional elements", `<MakePredictiveCall><callingDevice>1</callingDevice><calledDirectoryNumber>2</calledDirectoryNumber><signallingDetection/><destinationDetection> </destinationDetection>
			<defaultAction/><accountCode></accountCode><authCode/><autoOriginate/><alertTime/><correlatorData/><userData/><subjectOfCall/></MakePredictiveCall>`,
			&MakePredictiveCall{CallingDevice: Subscriber("1"), Called: Subscriber("2")}},
		{"empty filter", `<MonitorStart><monitorObject>1</monitorObject><requestedMonitorFilter><callcontrol><held/></callcontrol><voice/></requestedMonitorFilter><monitorType/></MonitorStart>`,
			&MonitorStart{Object: MonitorObject{Device: Subscriber("1")}}},
		{"deviceObject in snapshotObject", `<SnapshotDevice><snapshotObject><deviceObject typeOfNumber="deviceNumber">029500</deviceObject></snapshotObject></SnapshotDevice>`,
			&SnapshotDevice{Object: Queue("9500")}},
		{"callObject in snapshotObject", `<SnapshotCall><snapshotObject><callObject><callID>7</callID></callObject></snapshotObject></SnapshotCall>`,
			&SnapshotCall{Object: ConnectionID{CallID: "7"}}},
		{"deviceIdentifier in a number", `<MakeCall><callingDevice><deviceIdentifier>1</deviceIdentifier></callingDevice><calledDirectoryNumber><x/><deviceID>2</deviceID></calledDirectoryNumber></MakeCall>`,
			&MakeCall{CallingDevice: Subscriber("1"), Called: Subscriber("2")}},
		{"booleans", `<MonitorStart><monitorObject>1</monitorObject><requestedMonitorFilter><voice><stop> 1 </stop><play>0</play></voice><callcontrol><held>true</held><queued>false</queued></callcontrol></requestedMonitorFilter></MonitorStart>`,
			&MonitorStart{Object: MonitorObject{Device: Subscriber("1")}, Filter: MonitorFilter{}.With(EventStop, EventHeld)}},
		{"deviceID before callID", `<AnswerCall><callToBeAnswered><deviceID>1001</deviceID><callID>7</callID></callToBeAnswered></AnswerCall>`,
			&AnswerCall{CallToBeAnswered: ConnectionID{"7", Subscriber("1001")}}},
		{"empty halves of a connection", `<AnswerCall><callToBeAnswered><callID/><deviceID/></callToBeAnswered></AnswerCall>`, &AnswerCall{}},
		{"called number still to be dialled", `<MakeCall><callingDevice>1</callingDevice><calledDirectoryNumber/></MakeCall>`,
			&MakeCall{CallingDevice: Subscriber("1")}},
		{"calling device is my own", `<MakeCall><callingDevice/><calledDirectoryNumber>2</calledDirectoryNumber></MakeCall>`,
			&MakeCall{Called: Subscriber("2")}},
		{"white space around an enumeration", `<MakeCall><callingDevice>1</callingDevice><calledDirectoryNumber>2</calledDirectoryNumber><autoOriginate> doNotPrompt
			</autoOriginate></MakeCall>`, &MakeCall{CallingDevice: Subscriber("1"), Called: Subscriber("2"), AutoOriginate: DoNotPrompt}},
		{"deflection of editions 3 and 4", `<DeflectCall><callToBeDiverted><callID>7</callID></callToBeDiverted><newDestination typeOfNumber="deviceNumber">029500</newDestination></DeflectCall>`,
			&DeflectCall{CallToBeDiverted: ConnectionID{CallID: "7"}, NewDestination: []DeviceID{Queue("9500")}}},
		{"deflection of edition 6", `<DeflectCall><callToBeDiverted><callID>7</callID></callToBeDiverted><newDestination>
			<device>1002</device><device/><device>1003</device></newDestination></DeflectCall>`,
			&DeflectCall{CallToBeDiverted: ConnectionID{CallID: "7"}, NewDestination: []DeviceID{Subscriber("1002"), Subscriber("1003")}}},
		{"deflection to nowhere", `<DeflectCall><callToBeDiverted><callID>7</callID></callToBeDiverted><newDestination/></DeflectCall>`,
			&DeflectCall{CallToBeDiverted: ConnectionID{CallID: "7"}}},
		{"device without wrapper", `<OutOfServiceEvent><monitorCrossRefID>7</monitorCrossRefID><device>1000</device></OutOfServiceEvent>`,
			&OutOfServiceEvent{MonitorCrossRefID: "7", Device: Device(Subscriber("1000"))}},
		{"empty wrapper", `<OutOfServiceEvent><monitorCrossRefID>7</monitorCrossRefID><device/></OutOfServiceEvent>`,
			&OutOfServiceEvent{MonitorCrossRefID: "7", Device: ExtendedDevice{Presence: NotKnown}}},
		{"cause of another edition in an event", `<BackInServiceEvent><monitorCrossRefID>7</monitorCrossRefID><device><restricted/></device><cause>tea</cause></BackInServiceEvent>`,
			&BackInServiceEvent{MonitorCrossRefID: "7", Device: ExtendedDevice{Presence: Restricted}, Cause: "tea"}},
		{"simpleCallState", `<SnapshotDeviceResponse><crossRefIDorSnapshotData><snapshotData><snapshotDeviceResponseInfo><connectionIdentifier><callID>7</callID></connectionIdentifier>` +
			`<localCallState><simpleCallState>callDelivered</simpleCallState></localCallState></snapshotDeviceResponseInfo></snapshotData></crossRefIDorSnapshotData></SnapshotDeviceResponse>`,
			&SnapshotDeviceResponse{Calls: []SnapshotDeviceInfo{{ConnectionID{CallID: "7"}, []LocalConnectionState{StateConnected, StateAlerting}}}}},
		{"error without a known category", `<CSTAErrorCode><mystery>1</mystery></CSTAErrorCode>`, ErrUnspecified},
		{"private error", `<CSTAErrorCode><privateErrorCode>URM Denied</privateErrorCode></CSTAErrorCode>`, &Error{CategoryPrivateErrorCode, "URM Denied"}},
		{"application session in a namespace of CSTA", `<StartApplicationSession xmlns="` + string(Edition3) + `"><applicationInfo><applicationID>dialer</applicationID></applicationInfo>` +
			`<requestedProtocolVersions><protocolVersion>a</protocolVersion><protocolVersion>b</protocolVersion></requestedProtocolVersions><requestedSessionDuration>180</requestedSessionDuration></StartApplicationSession>`,
			&StartApplicationSession{"dialer", []string{"a", "b"}, IntOf(180), SessionLogin{}}},
	} {
		m, _, err := Decode([]byte(c.doc))
		if assert.NoError(t, err, c.name) {
			assert.Equal(t, c.want, m, c.name)
		}
	}
}

func TestDecodePrivateData(t *testing.T) {
	decode := func(doc string) Data {
		m, _, err := Decode([]byte(doc))
		require.NoError(t, err)
		return m.(*CallClearedEvent).CorrelatorData
	}
	const head, tail = `<monitorCrossRefID>7</monitorCrossRefID><clearedCall><callID>1</callID></clearedCall><correlatorData><private>`, `</private></correlatorData><cause>normal</cause></CallClearedEvent>`
	for _, c := range []struct{ root, content, want string }{
		{`<CallClearedEvent>`, `<order>7</order>`, `<order>7</order>`},
		{`<CallClearedEvent xmlns="urn:csta">`, `<order xmlns="urn:shop" a="&lt;" b='"'><no>7</no></order>`, `<order xmlns="urn:shop" a="&lt;" b="&quot;"><no>7</no></order>`},
		{`<CallClearedEvent xmlns="urn:csta" xmlns:s="urn:shop">`, `<s:order><plain/></s:order>`, `<order xmlns="urn:shop"><plain xmlns="urn:csta"></plain></order>`},
		{`<CallClearedEvent xmlns="urn:csta">`, `text &amp; <order xmlns=""/>`, `text &amp; <order xmlns=""></order>`},
	} {
		got := decode(c.root + head + c.content + tail)
		assert.Equal(t, Data{Private: c.want}, got)
		again := decode(string(Append(nil, "urn:csta", &CallClearedEvent{CorrelatorData: got})))
		assert.Equal(t, got, again)
	}
}

func TestNormalizeDevice(t *testing.T) {
	for in, want := range map[string]string{
		"1000":                          "1000",
		"  1000\r\n":                    "1000",
		"":                              "",
		"tel:1000":                      "1000",
		"TEL:+1-201-555.0100":           "+12015550100",
		"tel:1000;phone-context=x":      "1000",
		"sip:1000@example.com":          "1000@example.com",
		"SIP:1000@example.com:5060":     "1000@example.com",
		"sips:1000@[::1]:5061;lr":       "1000@[::1]",
		"sip:1000@[2001:db8::1]":        "1000@[2001:db8::1]",
		"sip:1000;x=y@example.com;lr?h": "1000@example.com",
		"sip:1000:secret@example.com":   "1000@example.com",
		"sip:1000":                      "1000",
		"sip:1000;user=phone":           "1000",
		"N<302118840100>":               "302118840100",
		"N<302118840100>;noa=nk":        "302118840100",
		"N<1000>Bob":                    "1000",
		`"Bob" <sip:1000@example.com>`:  "1000@example.com",
		"<sip:1000@example.com>;tag=1":  "1000@example.com",
		"N<tel:1000>":                   "1000",
		"1000:CM1::0":                   "1000",
		"1000:CM1:10.0.0.1:0":           "1000",
		"1000@example.com":              "1000@example.com",
		"029500":                        "029500",
		"sofia/gw/1@host:5060":          "sofia/gw/1@host:5060",
		"1001,1002":                     "1001,1002",
		"1001 inline":                   "1001 inline",
		"m:^:system:ls":                 "m:^:system:ls",
		"1001:^:system:ls":              "1001:^:system:ls",
		"{x=y}1001":                     "{x=y}1001",
		"{x=y}sofia/a<b>":               "{x=y}sofia/a<b>",
		"N<1000":                        "N<1000",
		"&system(x)":                    "&system(x)",
		"tel:tel:1000":                  "1000",
	} {
		assert.Equal(t, want, NormalizeDevice(in), "%q", in)
	}
}

func TestErrors(t *testing.T) {
	assert.ErrorIs(t, &Error{CategoryOperation, "invalidCallID"}, ErrInvalidCallID)
	assert.ErrorIs(t, fmt.Errorf("refused: %w", ErrResourceBusy), &Error{CategorySystemResourceAvailability, "resourceBusy"})
	assert.False(t, errors.Is(ErrOperationGeneric, ErrStateIncompatibilityGeneric))
	assert.False(t, errors.Is(ErrOperationGeneric, (*Error)(nil)))
	assert.Equal(t, "csta error systemResourceAvailibility resourceBusy", ErrResourceBusy.Error())
	assert.Equal(t, "csta error unspecified", ErrUnspecified.Error())
	assert.Equal(t, `csta document: MakeCall/callingDevice: mandatory element is missing`, func() string {
		_, _, err := Decode([]byte(`<MakeCall/>`))
		return err.Error()
	}())
}

func TestMonitorFilter(t *testing.T) {
	var f MonitorFilter
	assert.True(t, f.IsZero())
	assert.True(t, f.With().IsZero())
	assert.True(t, f.With(noEvent, eventKinds, 200).IsZero())
	f = f.With(EventDelivered, EventPrivate)
	for k := noEvent; k < eventKinds; k++ {
		assert.Equal(t, k == EventDelivered || k == EventPrivate, f.Suppresses(k), k.String())
	}
	assert.Equal(t, everyKind(), f.Union(everyKind()))
	assert.Equal(t, f, MonitorFilter{}.With(EventPrivate).Union(MonitorFilter{}.With(EventDelivered)))
}
