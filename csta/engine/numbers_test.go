package engine

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// numberedBench is a bench on which calls are known by numbers, of the leg l the number.
func numberedBench(t *testing.T) (b *bench, number func(leg string) string) {
	b = newBench(t)
	b.core.model.Calls.Number()
	return b, func(leg string) string { return b.core.model.Calls.Find(leg).Name }
}

// isNumber tells whether an identifier can be kept as a signed number of 64 bits.
func isNumber(t *testing.T, id string) {
	n, err := strconv.ParseInt(id, 10, 64)
	require.NoError(t, err)
	require.Positive(t, n)
}

func TestCallsKnownByNumbers(t *testing.T) {
	b, number := numberedBench(t)
	cl := b.client("s")
	ref := cl.monitor("1000")
	b.inbound("a", "1000", "1001")
	id := number("a")
	isNumber(t, id)
	require.Equal(t, []string{"s " + ref + " ServiceInitiated " + id + "/1000 newCall initiated"}, b.take())
	cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1000")})
	require.Equal(t, []string{"s calls [" + id + "/1000[initiated]]"}, b.take())
	cl.send(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "a"}})
	require.Equal(t, []string{"s error invalidCallID"}, b.take(), "it is not known by the leg's name")
	cl.send(&ecma.MonitorStart{Object: ecma.MonitorObject{Call: ecma.ConnectionID{CallID: id}}})
	require.Contains(t, b.take()[0], "s monitor")
	cl.send(&ecma.ClearConnection{Connection: ecma.ConnectionID{CallID: id, Device: ecma.Subscriber("1000")}})
	require.Contains(t, strings.Join(b.take(), "\n"), "op switching.HangUp")
	var monitored []string
	for _, m := range b.core.registrations.status(Counters{}).Monitors {
		monitored = append(monitored, m.Device)
	}
	require.ElementsMatch(t, []string{"1000", "call " + id}, monitored)
}

// What an application may begin is counted by what it was told.
func TestNumberedCallsCount(t *testing.T) {
	b, _ := numberedBench(t)
	a := b.granted("a", "devices", "queue:9500,1000-1999", "rights", "all", "dial", "*", "max-calls", "1")
	call := &ecma.MakeCall{CallingDevice: ecma.Queue("9500"), Called: ecma.Subscriber("1001")}
	made := func() string { return a.ask(call) }
	require.Contains(t, made(), "a made ")
	require.Contains(t, made(), "a error resourceLimitExceeded")
}

// Responses that name a device of the request do it in the client's words; an alias has
// its own name there.
func TestResponsesInTheWordsOfTheRequest(t *testing.T) {
	connection := "<callID>a</callID><deviceID>1001</deviceID>"
	for _, tt := range []struct{ request, known, want string }{
		{"<MakePredictiveCall><callingDevice typeOfNumber='deviceNumber'>029500</callingDevice><calledDirectoryNumber>tel:4930</calledDirectoryNumber></MakePredictiveCall>", "", "tel:4930"},
		{"<MakeCall><callingDevice>tel:1002</callingDevice><calledDirectoryNumber>1003</calledDirectoryNumber></MakeCall>", "1002", "tel:1002"},
		{"<MakeCall><callingDevice>tel:8002</callingDevice><calledDirectoryNumber>1003</calledDirectoryNumber></MakeCall>", "1002", "1002"},
		{"<DirectedPickupCall><callToBePickedUp>" + connection + "</callToBePickedUp><requestingDevice>tel:1002</requestingDevice></DirectedPickupCall>", "1002", "tel:1002"},
		{"<GroupPickupCall><newDestination>sip:1002@csta.test</newDestination></GroupPickupCall>", "1002", "sip:1002@csta.test"},
	} {
		b, _ := three(t)
		r := b.reader("r")
		b.ringing()
		m, _, err := ecma.Decode([]byte(tt.request))
		require.NoError(t, err, tt.request)
		r.ask(m)
		for look := b.last(switching.LookUpDevice{}); look.done != nil; look = b.last(switching.LookUpDevice{}) {
			look.done(switching.Outcome{Device: switching.DeviceStatus{Device: tt.known, Known: tt.known != "", Registered: tt.known != ""}}, nil)
			look.done = nil
		}
		if m.Element() == "GroupPickupCall" {
			b.last(switching.FindInGroup{}).done(switching.Outcome{Device: switching.DeviceStatus{Known: true, Device: "1001"}}, nil)
		}
		if strings.Contains(m.Element(), "Pickup") {
			b.rings("p", "1002")
			b.take()
			b.takesCall()
			b.done(switching.PickUp{})
			b.event(switching.Event{Kind: switching.LegsBridged, Leg: "p", Other: "a"})
		}
		require.Len(t, r.responses, 1, tt.request)
		response := reflect.ValueOf(r.responses[0]).Elem()
		require.Equal(t, m.Element()+"Response", r.responses[0].Element(), fmt.Sprint(r.responses[0]))
		require.Equal(t, tt.want, response.Field(0).Interface().(ecma.ConnectionID).Device.Number, tt.request)
	}
}
