package server

import (
	"strings"
	"sync"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/measure"
)

// measures are what the server measures beside its counters.
type measures struct {
	// delay is the time from the switch's report of an event until it was
	// handed to a client's socket.
	delay measure.Shared

	mu       sync.Mutex
	services measure.Outcomes
}

// Names under which requests are counted whose service is not known, and
// negative answers that have no category of their own (ECMA-354).
const (
	unknownService     = "unknown"
	applicationSession = "applicationSession"
)

// answered counts an answer of the server itself.
func (m *measures) answered(in inbound, answer ecma.Message) {
	service := unknownService
	switch {
	case in.message != nil:
		service = in.message.Element()
	case known[in.element]:
		service = in.element
	}
	category := ""
	if negative, ok := answer.(*ecma.Error); ok {
		category = string(negative.Category)
	} else if strings.HasSuffix(answer.Element(), "NegResponse") {
		category = applicationSession
	}
	m.mu.Lock()
	m.services.Count(service, category)
	m.mu.Unlock()
}

// known are the services that may be named in a counter.
var known = func() map[string]bool {
	names := map[string]bool{}
	for _, e := range ecma.Services() {
		names[e.Name] = true
	}
	return names
}()

func (m *measures) outcomes() measure.Outcomes {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.services.Clone()
}
