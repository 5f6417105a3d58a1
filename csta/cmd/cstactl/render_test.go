package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
)

func TestLine(t *testing.T) {
	at := time.Date(2024, 5, 6, 7, 8, 9, 10_000_000, time.Local)
	connection := ecma.ConnectionID{CallID: "3f2a9c1d-0001-4000-8000-000000000000", Device: ecma.Queue("9500")}
	for want, m := range map[string]ecma.Event{
		"07:08:09.010 queue:9500 Queued            queued    connection=3f2a9c1d/queue:9500 queue=queue:9500 calling=1000 called=9500 numberQueued=1 callsInFront=0 cause=newCall": &ecma.QueuedEvent{
			MonitorCrossRefID: "7", QueuedConnection: connection, Queue: ecma.Device(ecma.Queue("9500")),
			CallingDevice: ecma.Device(ecma.Subscriber("1000")), CalledDevice: ecma.Device(ecma.Subscriber("9500")),
			LastRedirectionDevice: ecma.RedirectedFrom(ecma.DeviceID{}),
			NumberQueued:          ecma.IntOf(1), CallsInFront: ecma.IntOf(0),
			LocalConnectionInfo: ecma.StateQueued, Cause: ecma.CauseNewCall,
		},
		"07:08:09.010 queue:9500 Delivered         alerting  connection=c/1001 alerting=1001 calling=notKnown redirected=queue:9500 cause=redirected": &ecma.DeliveredEvent{
			Connection: ecma.ConnectionID{CallID: "c", Device: ecma.Subscriber("1001")}, AlertingDevice: ecma.Device(ecma.Subscriber("1001")),
			CallingDevice: ecma.Device(ecma.DeviceID{}), LastRedirectionDevice: ecma.RedirectedFrom(ecma.Queue("9500")),
			LocalConnectionInfo: ecma.StateAlerting, Cause: ecma.CauseRedirected,
		},
		"07:08:09.010 queue:9500 BackInService     -         device=1001": &ecma.BackInServiceEvent{Device: ecma.Device(ecma.Subscriber("1001"))},
		`07:08:09.010 queue:9500 Play              -         connection=3f2a9c1d/queue:9500 message="a\nb"`: &ecma.PlayEvent{
			Connection: connection, Message: "a\nb",
		},
	} {
		s := sight{Event: client.Event{At: at, Message: m}, device: ecma.Queue("9500")}
		assert.Equal(t, want, s.line())
	}
}

// Every event can be shown, whatever it holds.
func TestAllEventsCanBeShown(t *testing.T) {
	for _, e := range ecma.Events() {
		m := e.New()
		s := sight{Event: client.Event{Message: m}}
		assert.NotEmpty(t, s.line(), e.Name)
		out, err := s.json()
		require.NoError(t, err, e.Name)
		assert.True(t, json.Valid([]byte(out)), e.Name)
	}
}

func TestConnectionLists(t *testing.T) {
	item := ecma.ConnectionListItem{}
	item.NewConnection = ecma.ConnectionID{CallID: "c", Device: ecma.Subscriber("1001")}
	s := sight{Event: client.Event{Message: &ecma.TransferedEvent{TransferredConnections: []ecma.ConnectionListItem{item}}}}
	assert.Contains(t, s.line(), "[{newConnection:c/1001}]")
	out, err := s.json()
	require.NoError(t, err)
	assert.Contains(t, out, `"transferredConnections":[{"newConnection":{"callID":"c","deviceID":"1001"}}]`)
}

func TestDevices(t *testing.T) {
	for text, want := range map[string]ecma.DeviceID{
		"1000":         ecma.Subscriber("1000"),
		"1000@a.b":     ecma.Subscriber("1000@a.b"),
		"queue:9500":   ecma.Queue("9500"),
		"trunk:20":     ecma.NetworkInterface("20"),
		"tel:1000":     ecma.Subscriber("tel:1000"),
		"sip:1000@a.b": ecma.Subscriber("sip:1000@a.b"),
	} {
		got, err := parseDevice(text)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Equal(t, text, deviceName(got))
	}
}

func TestElementNames(t *testing.T) {
	for name, want := range map[string]string{
		"CallingDevice": "callingDevice", "DTMFChar": "dtmfChar", "OriginatingNIDConnection": "originatingNIDConnection", "ID": "id", "Message": "message",
	} {
		assert.Equal(t, want, lowerFirst(name))
	}
}
