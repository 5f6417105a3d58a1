package translate

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"mod_csta_socket/csta/switching"
)

// Domains are the names of the switch's default domain: subscribers in it are
// known by their bare extension (FreeSWITCH: switch_core_get_domain, the
// global variables domain and domain_name).
type Domains []string

// Device is the identifier of a subscriber: the bare extension in a default
// domain, user@domain elsewhere. It is "" for names that cannot be a
// subscriber's.
func (d Domains) Device(user, domain string) string {
	if user == "" {
		return ""
	}
	device := user
	if domain != "" && !d.isDefault(domain) {
		device = user + "@" + domain
	}
	if !switching.ValidDevice(device) {
		return ""
	}
	return device
}

// Split is the reverse of Device: the directory user and domain of a
// subscriber.
func (d Domains) Split(device string) (user, domain string) {
	user, domain, found := strings.Cut(device, "@")
	if !found && len(d) > 0 {
		domain = d[0]
	}
	return user, domain
}

// Names are all by which the switch may know a subscriber: in a default domain also
// user@domain, for each of them.
func (d Domains) Names(device string) []string {
	names := []string{device}
	if user, domain := d.Split(device); d.Device(user, domain) == user {
		for _, own := range d {
			names = append(names, user+"@"+own)
		}
	}
	return names
}

func (d Domains) isDefault(domain string) bool {
	for _, own := range d {
		if strings.EqualFold(own, domain) {
			return true
		}
	}
	return false
}

// registrations remembers who registered where. An unauthenticated leg (a
// profile with auth-calls=false, or one let in by an ACL) names its phone only
// by the From header, which anybody can write: it counts when that user is
// registered with the profile, or at least when the profile serves phones at
// all and asked for no credentials. Trunk profiles have no registrations.
type registrations map[string]map[string]string

func (r registrations) add(profile, user, device string) {
	users := r[profile]
	if users == nil {
		users = map[string]string{}
		r[profile] = users
	}
	if _, there := users[user]; !there {
		makeRoom(users, maxSubscribers)
	}
	users[user] = device
}

// maxSubscribers bounds what is remembered of subscribers: a profile that takes any
// registration lets strangers make them up.
const maxSubscribers = 100_000

// makeRoom forgets one of the map's entries, whichever, if it has so many.
func makeRoom[K comparable, V any](m map[K]V, most int) {
	if len(m) < most {
		return
	}
	for k := range m {
		delete(m, k)
		return
	}
}

// profiles are those that a device is known to have registered with.
func (r registrations) profiles(device string) []string {
	var list []string
	for profile, users := range r {
		for _, of := range users {
			if of == device {
				list = append(list, profile)
				break
			}
		}
	}
	return list
}

// identify decides what a leg is, from the headers of its CHANNEL_CREATE. Later
// events show other names for the same leg (dialed_user of the leg it calls,
// caller IDs turned round by a transfer), so this is done once.
func identify(r *Record, domains Domains, known registrations) switching.LegInfo {
	info := switching.LegInfo{
		Direction:  switching.Inbound,
		CallerName: r.Get(CallerIDName),
		Dialled:    r.Get(DestinationNumber),
		Answered:   r.Get(VarRecovered) != "" || r.Get(AnswerState) == "answered",
	}
	info.Caller, info.Withheld = caller(r)
	info.Order = r.Get(VarMark)
	if r.Get(CallDirection) == "outbound" {
		info.Direction = switching.Outbound
	}
	// Nobody called for an inbound leg; one that was bridged by command shows its
	// partner there.
	if r.Get(OtherType) == "originator" && (info.Direction == switching.Outbound || isLoopback(r)) {
		info.Originator = r.Get(OtherLegUniqueID)
	}
	if info.Originator == "" && info.Direction == switching.Outbound {
		// Legs called by threads of their own have no originator of the
		// switch's kind.
		info.Originator = r.Get(VarEnterpriseLeg)
	}
	if info.Direction == switching.Outbound {
		if waiting := offeredCall(r); waiting != "" {
			info.Originator, info.Offer = waiting, true
		}
	}
	info.Confirms = info.Direction == switching.Outbound && r.Get(VarGroupConfirm) != ""
	if isLoopback(r) {
		info.Glue = true
		info.GluePeer = r.Get(VarOtherLoopbackLeg)
		return info
	}
	if info.Direction == switching.Outbound {
		info.Gateway = r.Get(VarSIPGatewayName)
		if info.Gateway == "" {
			info.Device = calledDevice(r, domains)
		}
	} else {
		info.Device = callingDevice(r, domains, known)
	}
	if info.Device != "" {
		info.Contact = contact(r)
	}
	return info
}

// offeredCall is the leg that waits in a queue of FreeSWITCH's own which calls an
// agent by this one. The queue's thread calls without an originator, but tells the
// agent's leg whom for.
func offeredCall(r *Record) string {
	return cmp.Or(r.Get(VarCallcenterMember), r.Get(VarFifoCaller))
}

// What stands in the place of a calling number: the user of a From that names
// nobody (RFC 3323 4.1.1.3 and what gateways write instead), and FreeSWITCH's own
// number for calls that it makes itself (switch_ivr_originate).
var (
	withheldNumbers = []string{"anonymous", "restricted", "private", "withheld", "blocked"}
	unknownNumbers  = []string{"unknown", "unavailable", "0000000000"}
)

// caller is the calling number that a leg shows, if it is one, and whether the
// calling party wished not to be known: it said so in the number's place, or beside
// it (Privacy: id, RFC 3325 9.3).
func caller(r *Record) (number string, withheld bool) {
	number = r.Get(CallerIDNumber)
	is := func(word string) bool { return strings.EqualFold(number, word) }
	switch {
	case r.Get(PrivacyHideNumber) == "true", slices.ContainsFunc(withheldNumbers, is):
		return "", true
	case slices.ContainsFunc(unknownNumbers, is):
		return "", false
	}
	return number, false
}

// sipPort is that of a SIP address without one (RFC 3261 19.1.2).
const sipPort = 5060

// contact is the address in the Contact of a leg's endpoint: an inbound leg has it
// in a variable; an outbound leg is named by what it calls,
// sofia/<profile>/<user>@<host>:<port>;<parameters>.
func contact(r *Record) netip.AddrPort {
	text := r.Get(VarContact)
	if r.Get(CallDirection) == "outbound" {
		text = r.Get(ChannelName)
	}
	text = text[strings.LastIndexByte(text, '@')+1:]
	if end := strings.IndexAny(text, ";?>"); end >= 0 {
		text = text[:end]
	}
	if address, err := netip.ParseAddrPort(text); err == nil {
		return netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
	}
	if address, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return netip.AddrPortFrom(address.Unmap(), sipPort)
	}
	return netip.AddrPort{}
}

func isLoopback(r *Record) bool {
	return r.Get(VarLoopbackLeg) != "" || strings.HasPrefix(r.Get(ChannelName), "loopback/")
}

// calledDevice names the subscriber an outbound leg goes to. The user endpoint
// and directory dial strings mark such a leg; an address dialled directly is
// nobody's. dialed_user is the directory's user even when an alias was dialled,
// but once the leg itself calls somebody it is that one's: on a leg found in a
// list, or recovered after a crash, the presence ID comes first.
func calledDevice(r *Record, domains Domains) string {
	dialled := domains.Device(r.Get(VarDialedUser), r.Get(VarDialedDomain))
	presence := ""
	if user, domain, found := strings.Cut(r.Get(PresenceID), "@"); found {
		presence = domains.Device(user, domain)
	}
	if r.Type == ListedLeg || r.Get(VarRecovered) != "" {
		return cmp.Or(presence, dialled)
	}
	return cmp.Or(dialled, presence)
}

// callingDevice names the subscriber whose phone made an inbound leg.
func callingDevice(r *Record, domains Domains, known registrations) string {
	if r.Get(VarSIPGateway) != "" {
		return ""
	}
	if user := r.Get(VarUserName); user != "" {
		return domains.Device(user, r.Get(VarDomainName))
	}
	if user := r.Get(VarSIPAuthUsername); user != "" {
		return domains.Device(user, r.Get(VarSIPAuthRealm))
	}
	users := known[r.Get(VarSofiaProfileName)]
	if users == nil {
		return ""
	}
	user := r.Get(CallerUsername)
	if user == "" {
		user = r.Get(VarSIPFromUser)
	}
	if device, registered := users[user]; registered {
		return device
	}
	if r.Get(VarSIPACLAuthedBy) != "" {
		return ""
	}
	domain := r.Get(VarSIPFromHost)
	if _, err := netip.ParseAddr(domain); err == nil {
		domain = ""
	}
	return domains.Device(user, domain)
}
