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

// What an event leaves out to fit goes in a fixed order, and what is mandatory
// stays.
func TestEventsLeaveOutWhatIsOptional(t *testing.T) {
	const room = 32759
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
