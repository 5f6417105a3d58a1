package engine

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// Whoever registers, where the switch lets strangers, what is remembered is
// bounded, and does not cost those that are monitored.
func TestServiceStatesAreBounded(t *testing.T) {
	b, _ := watched(t)

	b.event(switching.Event{Kind: switching.DeviceRegistered, Device: "1000"})
	for n := range maxServices + 100 {
		b.event(switching.Event{Kind: switching.DeviceRegistered, Device: fmt.Sprint("u", n)})
	}
	assert.Len(t, b.core.registrations.service, maxServices)
	assert.Equal(t, model.InService, b.core.registrations.service["1000"])
}

// A recording ends, whether or not the client says when, and what stands in its
// way is told in the words of ECMA-269.
func TestRecordingsEnd(t *testing.T) {
	b, cl := three(t)
	b.inbound("a", "1000", "9500")
	b.event(switching.Event{Kind: switching.QueueEntered, Leg: "a", Name: "9500"})
	queue := ecma.ConnectionID{CallID: "a", Device: ecma.Queue("9500")}
	b.services()
	for err, want := range map[error]string{
		switching.ErrTaken: "invalidFile", switching.ErrUnwritable: "invalidFile", switching.ErrInUse: "resourceBusy",
	} {
		cl.send(&ecma.RecordMessage{CallToBeRecorded: queue, Resource: "x.wav"})
		record := b.last(switching.Record{})
		assert.Equal(t, maxRecording, record.op.(switching.Record).Limit)
		record.done(switching.Outcome{}, err)
		assert.Equal(t, []string{"s error " + want}, b.services())
	}
	cl.send(&ecma.RecordMessage{CallToBeRecorded: queue, MaxDuration: ecma.IntOf(1 << 30)})
	assert.Equal(t, maxRecording, b.last(switching.Record{}).op.(switching.Record).Limit)
}
