package engine

import (
	"maps"
	"slices"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/rights"
)

// service is a row of the table of services.
type service struct {
	serve func(c *core, s *session, r *Request)
	// needs are the rights of which a session has to have one.
	needs rights.Rights
	// looks: it changes nothing that another service is about, or is what somebody in a
	// hurry asks for, so that it does not wait behind others.
	looks bool
	// aboutDevices: it is about devices and their settings alone, and what it waits for
	// has nothing to do with calls.
	aboutDevices bool
}

// services is the table of what the engine serves, by the root element of the request.
// What GetCSTAFeatures and the README say of a service is in ecma's registry; that both
// name the same is tested in csta/server, which serves the rest.
var services map[string]service

// init, as the rows lead to code that reads the table.
func init() {
	services = map[string]service{
		"GetCSTAFeatures": {needs: rights.None, looks: true, serve: row(func(c *core, r *Request, _ *ecma.GetCSTAFeatures) {
			c.respond(r, ecma.SupportedFeatures())
		})},
		"GetSwitchingFunctionCaps": {needs: rights.None, looks: true, serve: row(func(c *core, r *Request, _ *ecma.GetSwitchingFunctionCaps) {
			c.respond(r, ecma.SupportedCaps(c.opts.DefaultDomain))
		})},

		"MonitorStart":        {needs: rights.Monitor, serve: ofSession((*core).monitorStart), looks: true, aboutDevices: true},
		"MonitorStop":         {needs: rights.Monitor, serve: ofSession((*core).monitorStop), looks: true},
		"ChangeMonitorFilter": {needs: rights.Monitor, serve: ofSession((*core).changeMonitorFilter), looks: true},

		"SnapshotDevice": {needs: rights.Monitor, serve: row((*core).snapshotDevice), looks: true},
		"SnapshotCall":   {needs: rights.Monitor, serve: row((*core).snapshotCall), looks: true},

		"MakeCall":               {needs: rights.Control, serve: row((*core).makeCall)},
		"MakePredictiveCall":     {needs: rights.Predictive, serve: row((*core).makePredictiveCall)},
		"AnswerCall":             {needs: rights.Control, serve: row((*core).answerCall)},
		"ClearConnection":        {needs: rights.Control, serve: row((*core).clearConnection), looks: true},
		"DeflectCall":            {needs: rights.Control, serve: row((*core).deflectCall)},
		"HoldCall":               {needs: rights.Control, serve: row((*core).holdCall)},
		"RetrieveCall":           {needs: rights.Control, serve: row((*core).retrieveCall)},
		"ConsultationCall":       {needs: rights.Control, serve: row((*core).consultationCall)},
		"AlternateCall":          {needs: rights.Control, serve: row((*core).alternateCall)},
		"ReconnectCall":          {needs: rights.Control, serve: row((*core).reconnectCall)},
		"TransferCall":           {needs: rights.Control, serve: row((*core).transferCall)},
		"SingleStepTransferCall": {needs: rights.Control, serve: row((*core).singleStepTransfer)},
		"ConferenceCall":         {needs: rights.Control, serve: row((*core).conferenceCall)},
		"DirectedPickupCall":     {needs: rights.Control, serve: row((*core).directedPickupCall)},
		"GroupPickupCall":        {needs: rights.Control, serve: row((*core).groupPickupCall)},

		"SetForwarding":   {needs: rights.Features, serve: row((*core).setForwarding), aboutDevices: true},
		"GetForwarding":   {needs: rights.Features, serve: row((*core).getForwarding), looks: true, aboutDevices: true},
		"SetDoNotDisturb": {needs: rights.Features, serve: row((*core).setDoNotDisturb), aboutDevices: true},
		"GetDoNotDisturb": {needs: rights.Features, serve: row((*core).getDoNotDisturb), looks: true, aboutDevices: true},

		"PlayMessage":   {needs: rights.Voice, serve: row((*core).playMessage)},
		"RecordMessage": {needs: rights.Record, serve: row((*core).recordMessage)},
		"Stop":          {needs: rights.Voice | rights.Record, serve: row((*core).stopVoice)},
	}
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
func row[M ecma.Message](serve func(*core, *Request, M)) func(*core, *session, *Request) {
	return func(c *core, _ *session, r *Request) { serve(c, r, r.Message.(M)) }
}

// ofSession is a service about what its session has.
func ofSession[M ecma.Message](serve func(*core, *session, *Request, M)) func(*core, *session, *Request) {
	return func(c *core, s *session, r *Request) { serve(c, s, r, r.Message.(M)) }
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
