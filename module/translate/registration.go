package translate

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Registration is what the switch tells of a phone's registration: in
// sofia::register, unregister and expire, and in its list of them.
type Registration struct {
	// Gone: it ended. Then only Profile, CallID, User, Domain, Device and Contact
	// are known.
	Gone bool
	// Profile is that of mod_sofia.
	Profile string
	// CallID is the REGISTER's.
	CallID       string
	User, Domain string
	Device       string
	// Contact is as the switch keeps it, with its own parameters.
	Contact string
	// Transport is "udp", "tcp", "tls", "ws" or "wss".
	Transport string
	// Source is where the REGISTER came from.
	Source    netip.AddrPort
	UserAgent string
	// Expires is from now; 0 = unknown.
	Expires time.Duration
	// UACSTA is the subscriber's directory variable; Variables tells whether it
	// would be there: not in lists, and not if the phone registered without
	// authentication.
	UACSTA    string
	Variables bool
	// AuthUser and AuthDomain are the subscriber who authenticated; "" if nobody
	// had to, or it is not told. Realm is that of the switch's challenge.
	AuthUser, AuthDomain, Realm string
	// Listed: it comes from the switch's list, which does not tell that; Shown may.
	Listed bool
}

// Origin names a registration and where it came from. What the directory said of
// one does not hold for another: its Call-ID is the phone's to choose.
type Origin struct {
	Account
	CallID string
	Source netip.AddrPort
}

// Origin returns the registration's.
func (r *Registration) Origin() Origin {
	return Origin{Account{r.Profile, r.User, r.Domain}, r.CallID, r.Source}
}

// Identity is who registered an address of record.
type Identity uint8

const (
	// Unproven: the switch does not say who, or asked nobody (accept-blind-reg,
	// apply-register-acl).
	Unproven Identity = iota
	// Owner: the subscriber that it is of.
	Owner
	// Another subscriber did: mod_sofia lets him unless the profile has
	// inbound-reg-force-matching-username.
	Another
)

// Identity tells who registered. id gives a subscriber's own name in the directory,
// as number-alias gives him a second one; "" = it is not known.
func (r *Registration) Identity(d Domains, id func(user, domain string) string) Identity {
	if r.AuthUser == "" {
		return Unproven
	}
	domain := cmp.Or(r.AuthDomain, r.Realm)
	if d.Device(r.AuthUser, domain) == r.Device {
		return Owner
	}
	if d.Device("x", domain) != d.Device("x", r.Domain) {
		return Another
	}
	if own := id(r.AuthUser, domain); own != "" && own == id(r.User, r.Domain) {
		return Owner
	}
	return Another
}

// Registration reads such a record. ok is false for any other one, and for a
// subscriber that cannot be one.
func (d Domains) Registration(r *Record) (reg Registration, ok bool) {
	switch r.Type {
	case SofiaRegister, SofiaUnregister, ListedRegistration:
		reg.User, reg.Domain = r.Get(FromUser), r.Get(FromHost)
	case SofiaExpire:
		reg.User, reg.Domain = r.Get(User), r.Get(Host)
	default:
		return Registration{}, false
	}
	reg.Gone = r.Type == SofiaUnregister || r.Type == SofiaExpire
	reg.Device = d.Device(reg.User, reg.Domain)
	reg.Profile, reg.CallID, reg.Contact = r.Get(ProfileName), r.Get(RegCallID), r.Get(RegContact)
	if reg.Device == "" || reg.CallID == "" {
		return Registration{}, false
	}
	reg.Device = strings.Clone(reg.Device)
	for _, s := range []*string{&reg.User, &reg.Domain, &reg.Profile, &reg.CallID, &reg.Contact} {
		*s = strings.Clone(*s)
	}
	if reg.Gone {
		return reg, true
	}
	reg.Transport = transportOf(r.Get(RegStatus))
	if address, err := netip.ParseAddr(strings.Trim(r.Get(RegIP), "[]")); err == nil {
		port, _ := strconv.ParseUint(r.Get(RegPort), 10, 16)
		reg.Source = netip.AddrPortFrom(address.Unmap(), uint16(port))
	}
	reg.UserAgent = strings.Clone(r.Get(RegAgent))
	if n, err := strconv.ParseInt(r.Get(RegExpires), 10, 64); err == nil && n > 0 {
		reg.Expires = time.Duration(min(n, maxExpiry)) * time.Second
		if r.Type == ListedRegistration {
			reg.Expires = max(time.Second, time.Until(time.Unix(min(n, maxUnix), 0)))
		}
	}
	reg.UACSTA = strings.Clone(r.Get(RegUACSTA))
	reg.Listed = r.Type == ListedRegistration
	name := r.Get(RegAuthUser)
	if r.Type == SofiaRegister && name != "" && name != nobody {
		reg.AuthUser, reg.AuthDomain = strings.Clone(name), strings.Clone(r.Get(RegAuthDomain))
		reg.Realm = strings.Clone(r.Get(RegAuthRealm))
	}
	reg.Variables = reg.UACSTA != "" || reg.AuthUser != ""
	return reg, true
}

// nobody is what mod_sofia writes where nobody had to authenticate
// (sofia_reg_handle_register_token).
const nobody = "unknown"

// shownRow are the lines in which mod_sofia shows a registration
// (show_reg_callback), in their order.
var shownRow = [...]string{
	"Call-ID", "User", "Contact", "Agent", "Status", "Ping-Status", "Ping-Time", "Host", "IP", "Port", "Auth-User", "Auth-Realm", "MWI-Account",
}

// Shown takes who authenticated from what mod_sofia shows of its user's
// registrations. ok is false if that cannot be said for sure. What phones write
// themselves is in there, too: only a list that has nothing but what mod_sofia writes
// is believed.
func (r *Registration) Shown(list string) (ok bool) {
	_, list, found := strings.Cut(list, "\nRegistrations:\n")
	rule, list, _ := strings.Cut(list, "\n")
	list, found2 := strings.CutSuffix(list, rule+"\n")
	if !found || !found2 || rule == "" || strings.Trim(rule, "=") != "" {
		return false
	}
	rows := strings.Split(list, "\n\n")
	total := rows[len(rows)-1]
	rows = rows[:len(rows)-1]
	if total != fmt.Sprintf("Total items returned: %d\n", len(rows)) {
		return false
	}
	matched, who, realm := false, "", ""
	for _, row := range rows {
		values, whole := shownValues(row)
		switch {
		case !whole:
			return false
		case values["Call-ID"] != r.CallID || values["User"] != r.User+"@"+r.Domain || !from(values["IP"], values["Port"], r.Source):
		case matched && (values["Auth-User"] != who || values["Auth-Realm"] != realm):
			return false
		default:
			matched, who, realm = true, values["Auth-User"], values["Auth-Realm"]
		}
	}
	if who == nobody {
		who, realm = "", ""
	}
	if matched {
		r.AuthUser, r.Realm = strings.Clone(who), strings.Clone(realm)
	}
	return matched
}

// shownValues reads one registration. whole is false if any line is not one of
// mod_sofia's.
func shownValues(row string) (values map[string]string, whole bool) {
	lines := strings.Split(row, "\n")
	if len(lines) != len(shownRow) {
		return nil, false
	}
	values = map[string]string{}
	for i, line := range lines {
		name, value, found := strings.Cut(line, "\t")
		if !found || strings.TrimRight(name, ": ") != shownRow[i] || strings.ContainsRune(value, '\r') {
			return nil, false
		}
		values[shownRow[i]] = value
	}
	return values, true
}

func from(ip, port string, source netip.AddrPort) bool {
	address, err := netip.ParseAddr(strings.Trim(ip, "[]"))
	return err == nil && address.Unmap() == source.Addr() && port == strconv.Itoa(int(source.Port()))
}

const (
	// maxExpiry keeps durations from overflowing: a year.
	maxExpiry = 365 * 24 * 3600
	// maxUnix is the year 2100.
	maxUnix = 4102444800
)

// transportOf reads "Registered(UDP-NAT)" and "udp".
func transportOf(status string) string {
	status = strings.ToLower(status)
	for _, transport := range []string{"wss", "ws", "tls", "tcp"} {
		if strings.Contains(status, transport) {
			return transport
		}
	}
	return "udp"
}
