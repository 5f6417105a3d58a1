package engine

import (
	"slices"
	"time"

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

// pushed are the root elements of the requests that sessions get beside responses.
var pushed = []string{"SwitchingFunctionDevices", "SnapshotDeviceData", "MonitorInfo"}

// Has tells whether the engine serves the requests, or sends the events, of that root
// element.
func Has(element string) bool {
	_, served := services[element]
	return served || slices.Contains(pushed, element) || slices.ContainsFunc(sent, func(ev ecma.Event) bool { return ev.Element() == element })
}

// capabilities is the desk that tells what the switch can do.
type capabilities struct{ *office }

// features is Get CSTA Features (ECMA-269 13.1.1).
func (d *capabilities) features(r *Request, _ *ecma.GetCSTAFeatures) {
	d.respond(r, ecma.Features(d.asker(r).has))
}

// numbersFor are the messages that say their numbers to the client of a session.
func numbersFor(s Session) ecma.MessagesOf {
	if n, is := s.(Numbered); is && n.Numbered() {
		return ecma.MessagesOf{AllEvents: ecma.True}
	}
	return ecma.MessagesOf{}
}

// has is Has with what the session serves itself.
func (s *session) has(element string) bool { return Has(element) || slices.Contains(s.serves, element) }

// caps is Get Switching Function Capabilities (ECMA-269 13.1.4).
func (d *capabilities) caps(r *Request, _ *ecma.GetSwitchingFunctionCaps) {
	d.respond(r, ecma.SupportedCaps(ecma.Site{
		Domain: d.opts.DefaultDomain, SystemStatusTimer: int64(d.opts.SystemStatusTimer / time.Second), Has: d.asker(r).has,
		Numbers: numbersFor(d.asker(r).Session),
	}))
}
