package engine

import (
	"maps"
	"slices"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/rights"
)

// service is a row of the table of services.
type service struct {
	handler
	// needs are the rights of which a session has to have one.
	needs rights.Rights
	// looks: it changes nothing that another service is about, or is what somebody in a
	// hurry asks for, so that it does not wait behind others.
	looks bool
	// aboutDevices: it is about devices and their settings alone, and what it waits for
	// has nothing to do with calls.
	aboutDevices bool
}

// handler serves the requests of one type.
type handler struct {
	// element is the root element of the requests.
	element string
	serve   func(c *core, s *session, r *Request)
}

// services is the table of what the engine serves, by the root element of the request.
// What is known of a service beside its row is in ecma's registry: GetCSTAFeatures, the
// README, and the refusal of what is not served are made from both, and from what
// sessions serve themselves (Serving).
var services map[string]service

// init, as the rows lead to code that reads the table.
func init() {
	services = byElement([]service{
		{needs: rights.None, handler: ofSession((*core).getFeatures), looks: true},
		{needs: rights.None, handler: row((*core).getCaps), looks: true},

		{needs: rights.Monitor, handler: ofSession((*core).monitorStart), looks: true, aboutDevices: true},
		{needs: rights.Monitor, handler: ofSession((*core).monitorStop), looks: true},
		{needs: rights.Monitor, handler: ofSession((*core).changeMonitorFilter), looks: true},

		{needs: rights.Monitor, handler: row((*core).snapshotDevice), looks: true},
		{needs: rights.Monitor, handler: row((*core).snapshotCall), looks: true},

		{needs: rights.Control, handler: row((*core).makeCall)},
		{needs: rights.Predictive, handler: row((*core).makePredictiveCall)},
		{needs: rights.Control, handler: row((*core).answerCall)},
		{needs: rights.Control, handler: row((*core).clearConnection), looks: true},
		{needs: rights.Control, handler: row((*core).deflectCall)},
		{needs: rights.Control, handler: row((*core).holdCall)},
		{needs: rights.Control, handler: row((*core).retrieveCall)},
		{needs: rights.Control, handler: row((*core).consultationCall)},
		{needs: rights.Control, handler: row((*core).alternateCall)},
		{needs: rights.Control, handler: row((*core).reconnectCall)},
		{needs: rights.Control, handler: row((*core).transferCall)},
		{needs: rights.Control, handler: row((*core).singleStepTransfer)},
		{needs: rights.Control, handler: row((*core).conferenceCall)},
		{needs: rights.Control, handler: row((*core).directedPickupCall)},
		{needs: rights.Control, handler: row((*core).groupPickupCall)},

		{needs: rights.Features, handler: row((*core).setForwarding), aboutDevices: true},
		{needs: rights.Features, handler: row((*core).getForwarding), looks: true, aboutDevices: true},
		{needs: rights.Features, handler: row((*core).setDoNotDisturb), aboutDevices: true},
		{needs: rights.Features, handler: row((*core).getDoNotDisturb), looks: true, aboutDevices: true},

		{needs: rights.Voice, handler: row((*core).playMessage)},
		{needs: rights.Record, handler: row((*core).recordMessage)},
		{needs: rights.Voice | rights.Record, handler: row((*core).stopVoice)},
	})
}

func byElement(rows []service) map[string]service {
	table := make(map[string]service, len(rows))
	for _, s := range rows {
		table[s.element] = s
	}
	return table
}

// Services are the root elements of the requests that the engine serves, sorted. Any
// other is answered with serviceNotSupported.
func Services() []string { return slices.Sorted(maps.Keys(services)) }

// Needs are the rights of which a session has to have one to ask for a service, named
// by the root element of its request; false if the engine does not serve it.
func Needs(element string) (rights.Rights, bool) {
	served, ok := services[element]
	return served.needs, ok
}

// row is a service that does not look at who asks.
func row[M ecma.Message](serve func(*core, *Request, M)) handler {
	return ofSession(func(c *core, _ *session, r *Request, m M) { serve(c, r, m) })
}

// ofSession is a service about what its session has.
func ofSession[M ecma.Message](serve func(*core, *session, *Request, M)) handler {
	var of M
	return handler{of.Element(), func(c *core, s *session, r *Request) { serve(c, s, r, r.Message.(M)) }}
}

// serve hands a request to its service, in the session's order.
func (c *core) serve(s *session, r *Request) {
	served, ok := services[r.Message.Element()]
	if !ok {
		c.refuse(r, ecma.ErrServiceNotSupported)
		return
	}
	served.serve(c, s, r)
}
