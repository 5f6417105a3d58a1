package client

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"mod_csta_socket/csta/ecma"
)

func TestEventsSayWhoseTheyAre(t *testing.T) {
	for _, e := range ecma.Events() {
		m := e.New()
		doc := ecma.Append(nil, ecma.Edition4, m)
		assert.Contains(t, string(doc), "<monitorCrossRefID", e.Name)
		assert.Empty(t, Event{Message: m}.Monitor(), e.Name)
	}
	held := Event{Message: &ecma.HeldEvent{MonitorCrossRefID: "7", LocalConnectionInfo: ecma.StateHold}}
	assert.Equal(t, "7", held.Monitor())
	assert.Equal(t, ecma.StateHold, held.LocalState())
	assert.Equal(t, "8", Event{Message: &ecma.MonitorStop{MonitorCrossRefID: "8"}}.Monitor())
	for _, none := range []Event{{}, {Message: &ecma.SystemStatus{}}, {Message: ecma.ErrInvalidDeviceID}} {
		assert.Empty(t, none.Monitor())
		assert.Empty(t, none.LocalState())
	}
}
