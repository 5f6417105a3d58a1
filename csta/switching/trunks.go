package switching

import (
	"strconv"
	"strings"
)

// gatewayProfile stands where a profile's name would: a gateway's follows, by
// which FreeSWITCH chooses profile and host. It reads the word in any case.
const gatewayProfile = "gateway"

// trunkAddress is sofia/<profile>/<user>@<host>[:<port>], or
// sofia/gateway/<gateway>/<user>: then host is empty.
type trunkAddress struct {
	profile, gateway, user, host string
	port                         uint64 // 0: none given
}

// parseTrunk reads an address; ok is false if it is not of either form, or holds
// anything that is syntax somewhere in a switch. A gateway with a host is neither:
// FreeSWITCH would send such a call to the host, past the gateway's proxy.
func parseTrunk(s string) (a trunkAddress, ok bool) {
	parts := strings.Split(s, "/")
	switch {
	case len(parts) < 3 || parts[0] != "sofia" || !ValidNumber(parts[1]):
		return a, false
	case strings.EqualFold(parts[1], gatewayProfile):
		if len(parts) != 4 || !ValidNumber(parts[2]) || !ValidNumber(parts[3]) {
			return a, false
		}
		return trunkAddress{gateway: parts[2], user: parts[3]}, true
	case len(parts) != 3:
		return a, false
	}
	user, host, ok := strings.Cut(parts[2], "@")
	if !ok || !ValidNumber(user) {
		return a, false
	}
	a = trunkAddress{profile: parts[1], user: user}
	a.host, a.port, ok = hostAndPort(host)
	return a, ok
}

func hostAndPort(s string) (host string, port uint64, ok bool) {
	host, digits, given := strings.Cut(s, ":")
	if given {
		var err error
		if port, err = strconv.ParseUint(digits, 10, 16); err != nil || port == 0 {
			return "", 0, false
		}
	}
	return host, port, validHost(host)
}

// ValidURI tells whether s is a trunk address of the form
// sofia/<profile>/<user>@<host>[:<port>] or sofia/gateway/<gateway>/<user>, made of
// harmless characters only.
func ValidURI(s string) bool {
	_, ok := parseTrunk(s)
	return ok
}

// URIUser is the user part of a valid trunk address: the number called.
func URIUser(s string) string {
	a, _ := parseTrunk(s)
	return a.user
}

// ByGateway tells whether a trunk address is one of a gateway, which the operator has
// configured with its host.
func ByGateway(s string) bool {
	a, ok := parseTrunk(s)
	return ok && a.gateway != ""
}

// Trunks are the trunk addresses that clients may call. The zero value allows
// none.
type Trunks struct{ allowed []trunkAddress }

// anyHost is the host of an entry that allows all hosts of a profile.
const anyHost = "*"

// ParseTrunks reads a list of <profile>/<host>, <profile>/<host>:<port>,
// <profile>/* and gateway/<gateway>, separated by commas. ok is false if an
// entry is none of these.
func ParseTrunks(list string) (t Trunks, ok bool) {
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		profile, target, found := strings.Cut(entry, "/")
		a := trunkAddress{profile: profile, host: target}
		switch {
		case !found || !ValidNumber(profile) || strings.Contains(profile, "*"):
			return Trunks{}, false
		case strings.EqualFold(profile, gatewayProfile):
			if !ValidNumber(target) || strings.Contains(target, "*") {
				return Trunks{}, false
			}
			a = trunkAddress{gateway: target}
		case target != anyHost:
			if a.host, a.port, ok = hostAndPort(target); !ok {
				return Trunks{}, false
			}
		}
		t.allowed = append(t.allowed, a)
	}
	return t, true
}

// String is the list as ParseTrunks reads it.
func (t Trunks) String() string {
	var entries []string
	for _, a := range t.allowed {
		entry := a.profile + "/" + a.host
		switch {
		case a.gateway != "":
			entry = gatewayProfile + "/" + a.gateway
		case a.port != 0:
			entry += ":" + strconv.FormatUint(a.port, 10)
		}
		entries = append(entries, entry)
	}
	return strings.Join(entries, ",")
}

// Allow tells whether a client may call the trunk address. Names of profiles and
// gateways are FreeSWITCH's and compared as they are, hosts in any case; nothing
// is resolved or shortened, so that what only looks like an allowed host is not
// one. An entry without a port allows addresses without one: where those go is
// the DNS's to say (RFC 3263), where others go is the client's.
func (t Trunks) Allow(uri string) bool {
	a, ok := parseTrunk(uri)
	if !ok {
		return false
	}
	for _, entry := range t.allowed {
		if entry.profile != a.profile || entry.gateway != a.gateway {
			continue
		}
		if entry.host == anyHost || strings.EqualFold(entry.host, a.host) && entry.port == a.port {
			return true
		}
	}
	return false
}
