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
	serve   func(c *core, r *Request)
}

// services is the table of what the engine serves, by the root element of the request.
// What is known of a service beside its row is in ecma's registry: GetCSTAFeatures, the
// documentation, and the refusal of what is not served are made from both, and from what
// sessions serve themselves (Serving).
var services map[string]service

// init, as the rows lead to code that reads the table.
func init() {
	services = byElement([]service{
		{needs: rights.None, handler: atDesk(capabilityDesk, (*capabilities).features), looks: true},
		{needs: rights.None, handler: atDesk(capabilityDesk, (*capabilities).caps), looks: true},
		{needs: rights.All, handler: atDesk(rosterDesk, (*roster).devices), looks: true, aboutDevices: true},
		{needs: rights.All, handler: atDesk(rosterDesk, (*roster).logicalDevice), looks: true, aboutDevices: true},
		{needs: rights.All, handler: atDesk(rosterDesk, (*roster).physicalDevice), looks: true, aboutDevices: true},

		{needs: rights.Monitor, handler: atDesk(monitoringDesk, (*monitoring).start), looks: true, aboutDevices: true},
		{needs: rights.Monitor, handler: atDesk(monitoringDesk, (*monitoring).stop), looks: true},
		{needs: rights.Monitor, handler: atDesk(monitoringDesk, (*monitoring).changeFilter), looks: true},
		{needs: rights.Monitor, handler: atDesk(monitoringDesk, (*monitoring).list), looks: true},

		{needs: rights.Monitor, handler: atDesk(snapshotDesk, (*snapshots).device), looks: true},
		{needs: rights.Monitor, handler: atDesk(snapshotDesk, (*snapshots).call), looks: true},

		{needs: rights.Control, handler: row(makeCall)},
		{needs: rights.Predictive, handler: row(makePredictiveCall)},
		{needs: rights.Control, handler: row(answerCall)},
		{needs: rights.Control, handler: row(clearConnection), looks: true},
		{needs: rights.Control, handler: row(deflectCall)},
		{needs: rights.Control, handler: row(holdCall)},
		{needs: rights.Control, handler: row(retrieveCall)},
		{needs: rights.Control, handler: row(consultationCall)},
		{needs: rights.Control, handler: row(alternateCall)},
		{needs: rights.Control, handler: row(reconnectCall)},
		{needs: rights.Control, handler: row(transferCall)},
		{needs: rights.Control, handler: row(singleStepTransfer)},
		{needs: rights.Control, handler: row(conferenceCall)},
		{needs: rights.Control, handler: row(directedPickupCall)},
		{needs: rights.Control, handler: row(groupPickupCall)},

		{needs: rights.Features, handler: atDesk(featureDesk, (*featureBook).setForwarding), aboutDevices: true},
		{needs: rights.Features, handler: atDesk(featureDesk, (*featureBook).getForwarding), looks: true, aboutDevices: true},
		{needs: rights.Features, handler: atDesk(featureDesk, (*featureBook).setDoNotDisturb), aboutDevices: true},
		{needs: rights.Features, handler: atDesk(featureDesk, (*featureBook).getDoNotDisturb), looks: true, aboutDevices: true},

		{needs: rights.Voice, handler: row(playMessage)},
		{needs: rights.Record, handler: row(recordMessage)},
		{needs: rights.Voice | rights.Record, handler: row(stopVoice)},
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

// row is a service about calls.
func row[M ecma.Message](serve func(*core, *Request, M)) handler {
	return atDesk(func(c *core) *core { return c }, serve)
}

// atDesk is a service of a desk.
func atDesk[D any, M ecma.Message](desk func(*core) D, serve func(D, *Request, M)) handler {
	var of M
	return handler{of.Element(), func(c *core, r *Request) { serve(desk(c), r, r.Message.(M)) }}
}

func capabilityDesk(c *core) *capabilities { return c.capabilities }
func monitoringDesk(c *core) *monitoring   { return c.monitoring }
func snapshotDesk(c *core) *snapshots      { return c.snapshots }
func rosterDesk(c *core) *roster           { return c.roster }
func featureDesk(c *core) *featureBook     { return c.features }

// serve hands a request to its service, in the session's order.
func (c *core) serve(r *Request) {
	served, ok := services[r.Message.Element()]
	if !ok {
		c.refuse(r, ecma.ErrServiceNotSupported)
		return
	}
	c.permissions.admit(r, served, func() { served.serve(c, r) })
}
