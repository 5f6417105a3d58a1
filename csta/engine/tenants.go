package engine

import (
	"strings"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// A number means something within a domain only: each tenant of a switch may have a
// 1001. So whatever is dialled, shown or set for somebody of another domain than the
// default one is number@domain in the picture, as its subscribers are; the switch gets
// the number alone, with the device for whom it is dialled.

// domainOf is the domain of a subscriber; "" for the default one, and for queues and
// network interfaces, whose names need not say whose they are.
func domainOf(device ecma.DeviceID) string {
	if device.Type == ecma.DeviceNumber {
		return ""
	}
	_, domain, _ := strings.Cut(device.Number, "@")
	return domain
}

// dialled is the identifier of a number as somebody of a domain dialled it; absent if
// the switch put something else there.
func dialled(number, domain string) ecma.DeviceID {
	if domain != "" && switching.ValidNumber(number) {
		number += "@" + domain
	}
	if !switching.ValidDevice(number) {
		return ecma.DeviceID{}
	}
	return ecma.Subscriber(number)
}

// numberIn is the number by which somebody of a domain calls a device: one of the same
// domain by the user's name alone. It is "" if there is none, as for a device of
// another domain: what the dialplan makes of that is not known.
func numberIn(domain string, called ecma.DeviceID) string {
	number, of, _ := strings.Cut(called.Number, "@")
	if called.Type == ecma.DeviceNumber || !strings.EqualFold(of, domain) && of != "" || !switching.ValidNumber(number) {
		return ""
	}
	return number
}

// domainOfLeg is the domain whose numbers the party of a leg dials: a subscriber's own,
// else that of the tenant whose call it is.
func domainOfLeg(l *leg) string {
	if domain := domainOf(l.device); domain != "" || l.call == nil || l.Info.Device != "" {
		return domain
	}
	return l.call.tenant
}

// destinationIn is destination for somebody of a domain: of another domain than the default one
// a number is that domain's, unless the request says which it means.
func (o *office) destinationIn(d ecma.DeviceID, domain string) ecma.DeviceID {
	to := o.destination(d)
	switch {
	case domain == "" || to.Type == ecma.DeviceNumber || strings.Contains(to.Number, "@"):
		return to
	case strings.Contains(d.Number, "@"):
		// The default domain is meant, of whose devices the number alone is known.
		domain = o.opts.DefaultDomain
	}
	return ecma.Subscriber(to.Number + "@" + domain)
}

// nameOf is the name of a queue or network interface as the picture has it: without the
// default domain. tenant is whose it is; "": nobody's in particular.
func (o *office) nameOf(name string) (own, tenant string) {
	own = o.canonical(name)
	_, tenant, _ = strings.Cut(own, "@")
	return own, tenant
}

// callsAs tells whether a leg shows its own device's number as the caller's: it calls
// somebody, though the switch had called it.
func callsAs(info *switching.LegInfo) bool {
	user, _, _ := strings.Cut(info.Device, "@")
	return info.Caller == info.Device || info.Caller == user
}

// understand takes the devices that a request is about for those of the tenant in whose
// words its client speaks. What it wants called is dialled, and by that a number of the
// domain of the device that calls.
func understand(tenant applications.Tenant, m ecma.Message) {
	if tenant == "" {
		return
	}
	about := named(m)
	for _, d := range about.devices {
		*d = tenant.Inward(*d)
	}
	for _, id := range about.connections {
		id.Device = tenant.Inward(id.Device)
	}
}

// subscribes tells whether a number without a domain is known to be a subscriber's.
func (g *registrations) subscribes(number string) bool {
	return g.service[number] != model.ServiceUnknown
}
