package uacsta

import (
	"errors"
	"net/netip"
	"strings"
	"sync"

	"mod_csta_socket/csta/ecma"
)

// Do-not-disturb and forwarding are the server's in some systems: then the phone
// is the one who asks, in its session or, without one, by NOTIFY.

// isFeature tells whether a request of a phone's is for who knows what is
// switched on at its device.
func isFeature(m ecma.Message) bool {
	switch m.(type) {
	case *ecma.SetDoNotDisturb, *ecma.GetDoNotDisturb, *ecma.SetForwarding, *ecma.GetForwarding:
		return true
	}
	return false
}

// changes tells whether a message would set a feature.
func changes(m ecma.Message) bool {
	switch m.(type) {
	case *ecma.SetDoNotDisturb, *ecma.SetForwarding, *ecma.DoNotDisturbEvent, *ecma.ForwardingEvent:
		return true
	}
	return false
}

// asServer words what phones without sessions are told as by their server. They
// keep no do-not-disturb and no forwarding themselves: they show what the server
// says of it (OpenStage takes DoNotDisturbEvent and ForwardingEvent, and no Set).
func asServer(m ecma.Message) ecma.Message {
	switch m := m.(type) {
	case *ecma.SetDoNotDisturb:
		return &ecma.DoNotDisturbEvent{Device: ecma.Device(m.Device), DoNotDisturbOn: m.DoNotDisturbOn}
	case *ecma.SetForwarding:
		return &ecma.ForwardingEvent{
			Device: ecma.Device(m.Device), ForwardingType: m.ForwardingType, ForwardStatus: m.ActivateForward, ForwardTo: m.ForwardDN, RingCount: m.RingCount,
		}
	}
	return m
}

// refusalOf is the answer to a request that cannot be read; nil if it is none, or
// nothing is known of it.
func refusalOf(err error) *ecma.Error {
	var unreadable *ecma.DecodeError
	if errors.As(err, &unreadable) && unreadable.Request && unreadable.Element != "" {
		return unreadable.Reply
	}
	return nil
}

// answering is a 200 with a document.
func answering(m ecma.Message) Reply {
	return Reply{
		Status: statusOK, Body: ecma.AppendVerbatim(nil, ecma.Edition3, m),
		Headers: []Header{{"Content-Disposition", "signal;handling=required"}},
	}
}

// serve has a request of the phone's answered.
func (a *Agent) serve(p *phone, m ecma.Message, reply func(Reply)) {
	a.counters.Served++
	var once sync.Once
	a.sink.PhoneRequest(p.name(), m, func(answer ecma.Message) {
		once.Do(func() { reply(answering(answer)) })
	})
}

// notified takes a NOTIFY outside of any session, as phones without sessions ask
// for something (OpenStage, Mitel). ok is false if it is none, or nobody's whom we
// know. Nothing in this scheme proves who sent it; so it has to come from where a
// phone with that user registered, of a subscriber with uacsta on; and it changes
// nothing for phones that have sessions, which prove more.
func (a *Agent) notified(in Incoming, reply func(Reply)) (ok bool) {
	if in.Method != methodNotify || !strings.EqualFold(mediaType(in.Event), EventPackage) || in.ToTag != "" {
		return false
	}
	p := a.senderOf(in)
	if p == nil {
		return false
	}
	if !isCSTA(in.ContentType) {
		reply(Reply{Status: statusUnsupportedMedia, Headers: []Header{{"Accept", ContentCSTA}}})
		return true
	}
	m, _, err := ecma.DecodeVerbatim(in.Body)
	switch event, isEvent := m.(ecma.Event); {
	case err != nil:
		a.counters.Ignored[ignoredNames[unreadable]]++
		if refusal := refusalOf(err); refusal != nil {
			reply(answering(refusal))
		} else {
			reply(Reply{Status: statusOK})
		}
	case p.reg.Mode != NotifyMode && changes(m):
		a.counters.Ignored[ignoredNames[forged]]++
		reply(Reply{Status: statusForbidden})
	case isEvent:
		reply(Reply{Status: statusOK})
		switch event.(type) {
		case *ecma.DoNotDisturbEvent, *ecma.ForwardingEvent:
			a.counters.Events++
			a.sink.PhoneEvent(p.name(), event)
		default:
			// Without a session there is no order in which calls could be told.
			a.counters.Ignored[ignoredNames[strayEvent]]++
		}
	case isFeature(m):
		a.serve(p, m, reply)
	default:
		r := Reply{Status: statusOK}
		if answer := served(m); answer != nil {
			r = answering(answer)
		}
		reply(r)
	}
	return true
}

// senderOf is the phone that a request outside of sessions comes from.
func (a *Agent) senderOf(in Incoming) *phone {
	var found []*phone
	for _, p := range a.byUser[in.FromUser] {
		switch {
		case !sentBy(p, in.Source, in.Transport):
		case p.reg.Domain == in.FromDomain:
			return p
		default:
			// Phones write an address in place of the domain, too.
			found = append(found, p)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return nil
}

// sentBy tells whether a request can be a phone's by where it came from. A
// datagram has to come from the very port that the phone registered from or takes
// its calls at. Of a connection the address says little, as others may share it: it
// has to be the one that the phone registered with us by.
func sentBy(p *phone, source netip.AddrPort, transport string) bool {
	if transport != "udp" {
		return p.line.Way == OwnLine && p.reg.Transport == transport && p.reg.Source == source
	}
	return p.reg.Transport == "udp" && p.reg.Source == source || p.contact == source
}
