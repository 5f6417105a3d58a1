package engine

import (
	"slices"

	"mod_csta_socket/csta/ecma"
)

// sent are the events that monitors get.
var sent = []ecma.Event{
	(*ecma.ServiceInitiatedEvent)(nil),
	(*ecma.OriginatedEvent)(nil),
	(*ecma.DeliveredEvent)(nil),
	(*ecma.EstablishedEvent)(nil),
	(*ecma.ConnectionClearedEvent)(nil),
	(*ecma.FailedEvent)(nil),
	(*ecma.QueuedEvent)(nil),
	(*ecma.DivertedEvent)(nil),
	(*ecma.HeldEvent)(nil),
	(*ecma.RetrievedEvent)(nil),
	(*ecma.TransferedEvent)(nil),
	(*ecma.ConferencedEvent)(nil),
	(*ecma.NetworkReachedEvent)(nil),
	(*ecma.CallClearedEvent)(nil),
	(*ecma.ForwardingEvent)(nil),
	(*ecma.DoNotDisturbEvent)(nil),
	(*ecma.OutOfServiceEvent)(nil),
	(*ecma.BackInServiceEvent)(nil),
	(*ecma.DtmfDetectedEvent)(nil),
	(*ecma.PlayEvent)(nil),
	(*ecma.RecordEvent)(nil),
	(*ecma.StopEvent)(nil),
}

// Has tells whether the engine serves the requests, or sends the events, of that root
// element.
func Has(element string) bool {
	_, served := services[element]
	return served || slices.ContainsFunc(sent, func(ev ecma.Event) bool { return ev.Element() == element })
}

// capabilities is the desk that tells what the switch can do.
type capabilities struct{ *office }

// features is Get CSTA Features (ECMA-269 13.1.1).
func (d *capabilities) features(r *Request, _ *ecma.GetCSTAFeatures) {
	own := d.asker(r).serves
	d.respond(r, ecma.Features(func(element string) bool { return Has(element) || slices.Contains(own, element) }))
}

// caps is Get Switching Function Capabilities (ECMA-269 13.1.4).
func (d *capabilities) caps(r *Request, _ *ecma.GetSwitchingFunctionCaps) {
	d.respond(r, ecma.SupportedCaps(d.opts.DefaultDomain))
}
