package translate

import (
	"encoding/binary"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// encode writes a record as the bridge does.
func encode(r *Record, seq uint64) []byte {
	order := binary.NativeEndian
	buf := make([]byte, headerSize)
	count := 0
	for f := range fields {
		v := r.Get(f)
		if v == "" {
			continue
		}
		count++
		buf = order.AppendUint16(buf, uint16(f))
		buf = order.AppendUint16(buf, uint16(len(v)))
		buf = append(buf, v...)
	}
	for len(buf)%align != 0 {
		buf = append(buf, 0)
	}
	order.PutUint32(buf, uint32(len(buf)))
	order.PutUint16(buf[4:], uint16(r.Type))
	order.PutUint16(buf[6:], uint16(count))
	order.PutUint64(buf[8:], uint64(r.At))
	order.PutUint64(buf[16:], seq)
	return buf
}

func TestDecode(t *testing.T) {
	a := record(ChannelCreate, "Unique-ID", "leg-a", "Caller-Caller-ID-Name", "Zoë")
	a.At, a.Seq = 1700000000000000001, 4711
	b := record(DTMF, "Unique-ID", "leg-b", "DTMF-Digit", "5")
	buf := append(encode(a, 4711), encode(b, 0)...)

	var got Record
	rest, err := Decode(buf, &got)
	require.NoError(t, err)
	assert.Equal(t, *a, got)
	rest, err = Decode(rest, &got)
	require.NoError(t, err)
	assert.Equal(t, *b, got)
	assert.Empty(t, rest)
}

func TestDecodeLeavesOutTheUnknown(t *testing.T) {
	buf := encode(record(ChannelCreate, "Unique-ID", "x"), 1)
	binary.NativeEndian.PutUint16(buf[4:], 999)
	binary.NativeEndian.PutUint16(buf[headerSize:], 999)
	var got Record
	_, err := Decode(buf, &got)
	require.NoError(t, err)
	assert.Equal(t, None, got.Type)
	assert.Equal(t, "", got.Get(UniqueID))
}

func TestDecodeRefuses(t *testing.T) {
	good := encode(record(ChannelCreate, "Unique-ID", "abcd"), 1)
	change := func(f func([]byte)) []byte {
		buf := append([]byte(nil), good...)
		f(buf)
		return buf
	}
	order := binary.NativeEndian
	for name, buf := range map[string][]byte{
		"empty":              {},
		"short header":       good[:headerSize-1],
		"size below header":  change(func(b []byte) { order.PutUint32(b, 8) }),
		"size not aligned":   change(func(b []byte) { order.PutUint32(b, headerSize+1) }),
		"size beyond buffer": change(func(b []byte) { order.PutUint32(b, 4096) }),
		"field count":        change(func(b []byte) { order.PutUint16(b[6:], 9) }),
		"field length":       change(func(b []byte) { order.PutUint16(b[headerSize+2:], 4096) }),
	} {
		t.Run(name, func(t *testing.T) {
			var r Record
			_, err := Decode(buf, &r)
			assert.ErrorIs(t, err, ErrRecord)
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(record(ChannelCreate, "Unique-ID", "leg-a", "Call-Direction", "inbound"), 1))
	f.Add(encode(record(ChannelHangup, "Unique-ID", "leg-a", "Hangup-Cause", "USER_BUSY"), 2))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, buf []byte) {
		tr := New(Domains{"example.com"}, "")
		_ = Each(buf, func(r *Record) {
			for _, e := range tr.Translate(r, nil) {
				if e.Kind == 0 {
					t.Fatalf("event without a kind from %v", r.Type)
				}
			}
			tr.Identify(r)
			Domains{"example.com"}.Registration(r)
		})
	})
}

// TestNamesAreTheBridges keeps the two lists of names in step: a field added in
// the middle of one of them would give every later one another meaning.
func TestNamesAreTheBridges(t *testing.T) {
	text, err := os.ReadFile("../../bridge_c/bridge.h")
	require.NoError(t, err)
	entry := regexp.MustCompile(`X\((\w+), ("[^"]*"), `)

	list := block(t, string(text), "CSTA_FIELDS")
	found := entry.FindAllStringSubmatch(list, -1)
	require.Equal(t, int(fields)-1, len(found), "fields")
	for i, m := range found {
		assert.Equal(t, strings.Trim(m[2], `"`), Field(i+1).String(), "field %s", m[1])
	}

	kinds := entry.FindAllStringSubmatch(block(t, string(text), "CSTA_EVENT_KINDS"), -1)
	require.Equal(t, int(ListedLeg)-1, len(kinds), "kinds")
	for i, name := range []struct {
		kind Type
		name string
	}{
		{ChannelCreate, "CREATE"}, {ChannelOutgoing, "OUTGOING"}, {ChannelUUID, "RENAMED"},
		{ChannelProgress, "PROGRESS"}, {ChannelProgressMedia, "PROGRESS_MEDIA"},
		{ChannelAnswer, "ANSWER"}, {ChannelBridge, "BRIDGE"}, {ChannelUnbridge, "UNBRIDGE"},
		{ChannelCallState, "CALLSTATE"}, {ChannelHold, "HOLD"}, {ChannelUnhold, "UNHOLD"},
		{ChannelHangup, "HANGUP"}, {ChannelDestroy, "DESTROY"}, {ChannelExecute, "EXECUTE"},
		{ChannelExecuteComplete, "EXECUTE_COMPLETE"}, {PlaybackStart, "PLAYBACK_START"},
		{PlaybackStop, "PLAYBACK_STOP"}, {RecordStart, "RECORD_START"}, {RecordStop, "RECORD_STOP"},
		{DTMF, "DTMF"}, {ChannelPark, "PARK"}, {ChannelUnpark, "UNPARK"},
		{SofiaRegister, "REGISTER"}, {SofiaUnregister, "UNREGISTER"}, {SofiaExpire, "EXPIRE"},
		{SofiaTransferor, "TRANSFEROR"}, {SofiaTransferee, "TRANSFEREE"}, {SofiaReplaced, "REPLACED"},
		{SofiaIntercepted, "INTERCEPTED"}, {ConferenceMaintenance, "CONFERENCE"},
		{LoopbackBowout, "BOWOUT"}, {LoopbackDirect, "DIRECT"}, {Trigger, "TRIGGER"}, {PhoneFeature, "FEATURE"},
		{ReloadXML, "RELOADXML"}, {Shutdown, "SHUTDOWN"},
	} {
		assert.Equal(t, name.name, kinds[i][1])
		assert.Equal(t, Type(i+1), name.kind, name.name)
	}
	assert.Equal(t, types, ListedSubscriber+1)
}

func block(t *testing.T, text, name string) string {
	_, rest, found := strings.Cut(text, "#define "+name+"(X) \\\n")
	require.True(t, found, name)
	list, _, found := strings.Cut(rest, "\n\n")
	require.True(t, found)
	return list
}

func BenchmarkDecode(b *testing.B) {
	buf := encode(create("a", "inbound", "Caller-Username", "1000", "variable_user_name", "1000",
		"variable_domain_name", "example.com", "Caller-Caller-ID-Number", "1000",
		"Caller-Destination-Number", "1001"), 1)
	var r Record
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(buf, &r); err != nil {
			b.Fatal(err)
		}
	}
}
