package ecma

import (
	"strings"
	"testing"
)

func delivered() *DeliveredEvent {
	return &DeliveredEvent{
		MonitorCrossRefID:     "1007",
		Connection:            ConnectionID{"5f3c9d0e-8a0b-4a52-9a0f-2f4d6f1b7c11", Subscriber("1001")},
		AlertingDevice:        Device(Subscriber("1001")),
		CallingDevice:         Device(Subscriber("1000")),
		CalledDevice:          Device(Subscriber("1001")),
		LastRedirectionDevice: RedirectedFrom(DeviceID{}),
		LocalConnectionInfo:   StateAlerting,
		Cause:                 CauseNewCall,
	}
}

func BenchmarkAppendDeliveredEvent(b *testing.B) {
	ev := delivered()
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buf = Append(buf[:0], Edition4, ev)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkTemplateCompile(b *testing.B) {
	var t Template
	ev := delivered()
	b.ReportAllocs()
	for b.Loop() {
		t.Compile(Edition4, ev)
	}
}

func BenchmarkTemplateAppend(b *testing.B) {
	var t Template
	t.Compile(Edition4, delivered())
	buf := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		buf = t.Append(buf[:0], "1007", StateAlerting)
	}
}

var makeCallDocument = `<?xml version="1.0" encoding="UTF-8"?>
<MakeCall xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed4">
  <callingDevice typeOfNumber="dialingNumber">1000</callingDevice>
  <calledDirectoryNumber>1001</calledDirectoryNumber>
  <autoOriginate>doNotPrompt</autoOriginate>
</MakeCall>`

func BenchmarkDecodeMakeCall(b *testing.B) {
	doc := []byte(makeCallDocument)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Decode(doc); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeLongList(b *testing.B) {
	r := &SnapshotDeviceResponse{}
	for range 150 {
		r.Calls = append(r.Calls, SnapshotDeviceInfo{ConnectionID{strings.Repeat("c", 36), Subscriber("1000")}, []LocalConnectionState{StateConnected, StateHold}})
	}
	doc := Append(nil, Edition6, r)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Decode(doc); err != nil {
			b.Fatal(err)
		}
	}
}
