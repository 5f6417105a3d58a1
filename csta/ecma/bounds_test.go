package ecma

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every request that carries data of a client bounds them, before anything is
// done for it.
func TestClientDataAreBounded(t *testing.T) {
	found := 0
	for name, entry := range registry {
		if entry.category != RequestMessage {
			continue
		}
		fields := reflect.TypeOf(entry.new()).Elem()
		for field, want := range map[string]*Error{"correlatorData": ErrCorrelatorDataOutOfRange, "userData": ErrValueOutOfRange} {
			if _, has := fields.FieldByName(strings.ToUpper(field[:1]) + field[1:]); !has {
				continue
			}
			found++
			full := string(Append(nil, Edition6, fullMessage(t, entry.new)))
			open, end := strings.Index(full, "<"+field+">"), strings.Index(full, "</"+field+">")
			require.Positive(t, open, full)
			for _, kind := range []struct{ tag, unit string }{{"string", "A5"}, {"private", "ab"}} {
				document := func(n int) []byte {
					return fmt.Appendf(nil, "%s<%s><%s>%s</%s>%s", full[:open], field, kind.tag, strings.Repeat(kind.unit, n), kind.tag, full[end:])
				}
				_, _, err := Decode(document(MaxData / 2))
				require.NoError(t, err, name)
				_, _, err = Decode(document(MaxData/2 + 1))
				var bad *DecodeError
				require.True(t, errors.As(err, &bad), "%s %s %s", name, field, kind.tag)
				assert.Equal(t, want, bad.Reply, name)
				assert.ErrorIs(t, err, errDataTooLong)
			}
		}
	}
	assert.GreaterOrEqual(t, found, 10)
}

// The bounds are announced in octets, and what is as long as announced is taken.
func TestBoundsAreAnnounced(t *testing.T) {
	doc := Append(nil, Edition6, SupportedCaps(Site{Domain: "csta.test", Has: everything}))
	m, _, err := Decode(doc)
	require.NoError(t, err)
	caps := m.(*GetSwitchingFunctionCapsResponse)
	assert.Equal(t, True, caps.CorrelatorDataSupported)
	longest := caps.MaxLengthParameters
	assert.Equal(t, longest.CorrelatorData, longest.UserData)
	call := func(octets int64) error {
		data := Data{Hex: HexBinary(strings.Repeat("A5", int(octets)))}
		_, _, err := Decode(Append(nil, Edition6, &MakeCall{CallingDevice: Subscriber("1"), Called: Subscriber("2"), CorrelatorData: data, UserData: data}))
		return err
	}
	assert.NoError(t, call(longest.CorrelatorData.Value))
	assert.ErrorIs(t, call(longest.CorrelatorData.Value+1), errDataTooLong)
}

// room is what a frame leaves a document (ECMA-323 J.2: 32,767 bytes, eight of them
// before it).
const room = 32759

// What an event leaves out to fit goes in a fixed order, and what is mandatory
// stays.
func TestEventsLeaveOutWhatIsOptional(t *testing.T) {
	long := func(n int) Data { return Data{Hex: HexBinary(strings.Repeat("A5", n/2))} }
	device := Device(Subscriber("1000"))
	connection := ConnectionID{CallID: "c", Device: Subscriber("1000")}
	event := func() *TransferedEvent {
		return &TransferedEvent{
			PrimaryOldCall: connection, TransferringDevice: device, TransferredToDevice: device,
			CorrelatorData: Data{Hex: "AA"}, UserData: Data{Hex: "BB"}, Cause: CauseTransfer,
			TransferredConnections: []ConnectionListItem{{NewConnection: connection}},
		}
	}
	for _, tt := range []struct {
		name      string
		change    func(*TransferedEvent)
		whole     bool
		has, gone []string
	}{
		{name: "it fits", change: func(*TransferedEvent) {}, whole: true, has: []string{"<correlatorData>", "<userData>"}},
		{
			name: "user data", change: func(e *TransferedEvent) { e.UserData = long(room) },
			has: []string{"<correlatorData>"}, gone: []string{"<userData>"},
		},
		{
			name: "correlator data", change: func(e *TransferedEvent) { e.CorrelatorData = long(room) },
			gone: []string{"<userData>", "<correlatorData>"},
		},
		{
			name: "a list", change: func(e *TransferedEvent) {
				for range 1000 {
					e.TransferredConnections = append(e.TransferredConnections, e.TransferredConnections[0])
				}
			},
			has: []string{"<connectionListItem>"}, gone: []string{"<userData>", "<correlatorData>"},
		},
		{
			name: "what is optional", change: func(e *TransferedEvent) {
				e.SecondaryOldCall = ConnectionID{CallID: strings.Repeat("x", room), Device: Subscriber("1000")}
			},
			has: []string{"<primaryOldCall>", "<connectionListItem>"}, gone: []string{"<secondaryOldCall>", "<userData>"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ev := event()
			tt.change(ev)
			var template Template
			assert.Equal(t, tt.whole, template.CompileWithin(room, Edition6, ev))
			doc := string(template.Append(nil, "4294967295", StateConnected))
			assert.LessOrEqual(t, len(doc), room)
			for _, part := range append(tt.has, "<transferringDevice>", "<transferredConnections>", "<cause>", "<localConnectionInfo>") {
				assert.Contains(t, doc, part)
			}
			for _, part := range tt.gone {
				assert.NotContains(t, doc, part)
			}
			_, _, err := Decode([]byte(doc))
			assert.NoError(t, err)
		})
	}
}

// An event that nobody can send, with all its texts and lists far too long, is
// sent all the same: what is mandatory alone never exceeds a frame.
func TestEveryEventFits(t *testing.T) {
	long := strings.Repeat(`&"<é`, 1500)
	var stretch func(v reflect.Value)
	stretch = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			v.SetString(long)
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					stretch(v.Field(i))
				}
			}
		case reflect.Slice:
			one := reflect.New(v.Type().Elem()).Elem()
			stretch(one)
			for range 100 {
				v.Set(reflect.Append(v, one))
			}
		}
	}
	events := 0
	for _, e := range entries {
		if e.Category != EventMessage {
			continue
		}
		events++
		ev := fullMessage(t, e.New).(Event)
		stretch(reflect.ValueOf(ev).Elem())
		var template Template
		assert.False(t, template.CompileWithin(room, Edition6, ev), e.Name)
		doc := template.Append(nil, strings.Repeat("9", 20), StateConnected)
		assert.LessOrEqual(t, len(doc), room, e.Name)
		_, _, err := Decode(doc)
		assert.NoError(t, err, e.Name)
	}
	assert.Greater(t, events, 20)
}
