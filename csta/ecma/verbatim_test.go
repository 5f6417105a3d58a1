package ecma

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVerbatimKeepsThePhonesNames(t *testing.T) {
	for _, name := range []string{"sip:1001@pbx.example", "1001", "00:04:F2:AB:CD:EF", "tel:+49-30-1", "sip:1001@192.0.2.7:5060;line=abc"} {
		want := &HoldCall{CallToBeHeld: ConnectionID{CallID: "7", Device: Subscriber(name)}}
		doc := AppendVerbatim(nil, Edition3, want)
		assert.Contains(t, string(doc), "<deviceID>"+name+"</deviceID>")
		got, ed, err := DecodeVerbatim(doc)
		require.NoError(t, err)
		assert.Equal(t, Edition3, ed)
		assert.Equal(t, want, got)
	}
	doc := AppendVerbatim(nil, Edition3, &MonitorStart{Object: MonitorObject{Device: Subscriber("sip:1001@pbx.example")}})
	assert.Equal(t, declaration+`<MonitorStart xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed3"><monitorObject><deviceObject>sip:1001@pbx.example</deviceObject></monitorObject></MonitorStart>`, string(doc))
	again, _, err := Decode(doc)
	require.NoError(t, err)
	assert.Equal(t, Subscriber("1001@pbx.example"), again.(*MonitorStart).Object.Device, "applications' names are normalised as before")
}

func TestVerbatimMends(t *testing.T) {
	event := func(name string) string {
		return `<OriginatedEvent><monitorCrossRefID>4</monitorCrossRefID><originatedConnection><callID>` + name + `</callID></originatedConnection><callingDevice><notKnown/></callingDevice><calledDevice><notKnown/></calledDevice><cause>newCall</cause></OriginatedEvent>`
	}
	for in, want := range map[string]string{
		"Smith & Sons":         "Smith & Sons",
		"M\xfcller":            "Müller",
		"M\xfcller & S\xf6hne": "Müller & Söhne",
		"a &amp; b & c":        "a & b & c",
		"&#65;&":               "A&",
		"Müller &":             "Müller &",
	} {
		m, _, err := DecodeVerbatim([]byte(event(in)))
		require.NoError(t, err, in)
		assert.Equal(t, want, m.(*OriginatedEvent).OriginatedConnection.CallID)
		assert.Equal(t, "4", CrossRefOf(m))
	}
	for _, bad := range []string{"", "<OriginatedEvent>", "<!DOCTYPE a><OriginatedEvent/>", "&&&", "\xff\xfe"} {
		_, _, err := DecodeVerbatim([]byte(bad))
		assert.Error(t, err, bad)
	}
}

func TestCrossRefOf(t *testing.T) {
	assert.Equal(t, "9", CrossRefOf(&DoNotDisturbEvent{MonitorCrossRefID: "9"}))
	assert.Equal(t, "8", CrossRefOf(&MonitorStop{MonitorCrossRefID: "8"}))
	assert.Empty(t, CrossRefOf(&HoldCall{}))
	assert.Empty(t, CrossRefOf(ErrOperationGeneric))
}

func FuzzDecodeVerbatim(f *testing.F) {
	f.Add([]byte("<HeldEvent><monitorCrossRefID>1</monitorCrossRefID><cause>a & b\xe4</cause></HeldEvent>"))
	f.Add([]byte("&"))
	f.Fuzz(func(t *testing.T, doc []byte) {
		m, ed, err := DecodeVerbatim(doc)
		if err != nil {
			return
		}
		CrossRefOf(m)
		if _, _, err := DecodeVerbatim(AppendVerbatim(nil, ed, m)); err != nil {
			t.Fatalf("what was decoded cannot be decoded again: %v", err)
		}
	})
}
