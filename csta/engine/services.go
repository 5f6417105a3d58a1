package engine

import (
	"maps"
	"slices"

	"mod_csta_socket/csta/ecma"
)

// service is a row of the table of services.
type service struct {
	serve func(c *core, s *session, r *Request)
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
		"GetCSTAFeatures": {looks: true, serve: row(func(c *core, r *Request, _ *ecma.GetCSTAFeatures) {
			c.respond(r, ecma.SupportedFeatures())
		})},
		"GetSwitchingFunctionCaps": {looks: true, serve: row(func(c *core, r *Request, _ *ecma.GetSwitchingFunctionCaps) {
			c.respond(r, ecma.SupportedCaps(c.opts.DefaultDomain))
		})},

		"MonitorStart":        {serve: ofSession((*core).monitorStart), looks: true, aboutDevices: true},
		"MonitorStop":         {serve: ofSession((*core).monitorStop), looks: true},
		"ChangeMonitorFilter": {serve: ofSession((*core).changeMonitorFilter), looks: true},

		"SnapshotDevice": {serve: row((*core).snapshotDevice), looks: true},
		"SnapshotCall":   {serve: row((*core).snapshotCall), looks: true},

		"MakeCall":               {serve: row((*core).makeCall)},
		"MakePredictiveCall":     {serve: row((*core).makePredictiveCall)},
		"AnswerCall":             {serve: row((*core).answerCall)},
		"ClearConnection":        {serve: row((*core).clearConnection), looks: true},
		"DeflectCall":            {serve: row((*core).deflectCall)},
		"HoldCall":               {serve: row((*core).holdCall)},
		"RetrieveCall":           {serve: row((*core).retrieveCall)},
		"ConsultationCall":       {serve: row((*core).consultationCall)},
		"AlternateCall":          {serve: row((*core).alternateCall)},
		"ReconnectCall":          {serve: row((*core).reconnectCall)},
		"TransferCall":           {serve: row((*core).transferCall)},
		"SingleStepTransferCall": {serve: row((*core).singleStepTransfer)},
		"ConferenceCall":         {serve: row((*core).conferenceCall)},
		"DirectedPickupCall":     {serve: row((*core).directedPickupCall)},
		"GroupPickupCall":        {serve: row((*core).groupPickupCall)},

		"SetForwarding":   {serve: row((*core).setForwarding), aboutDevices: true},
		"GetForwarding":   {serve: row((*core).getForwarding), looks: true, aboutDevices: true},
		"SetDoNotDisturb": {serve: row((*core).setDoNotDisturb), aboutDevices: true},
		"GetDoNotDisturb": {serve: row((*core).getDoNotDisturb), looks: true, aboutDevices: true},

		"PlayMessage":   {serve: row((*core).playMessage)},
		"RecordMessage": {serve: row((*core).recordMessage)},
		"Stop":          {serve: row((*core).stopVoice)},
	}
}

// Services are the root elements of the requests that the engine serves, sorted. Any
// other is answered with serviceNotSupported.
func Services() []string { return slices.Sorted(maps.Keys(services)) }

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
