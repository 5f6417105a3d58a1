package engine

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

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
	assert.Len(t, b.core.service, maxServices)
	assert.Equal(t, model.InService, b.core.service["1000"])
}
