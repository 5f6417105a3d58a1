package uacsta

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Mode is how the operator wants a subscriber's phones driven: the directory
// variable uacsta.
type Mode uint8

const (
	// Off: not at all; also if the variable is absent. A phone is never probed
	// unasked.
	Off Mode = iota
	// SessionMode: by a session.
	SessionMode
	// NotifyMode: by single requests in NOTIFY.
	NotifyMode
)

var modeNames = [...]string{"off", "session", "notify"}

func (m Mode) String() string { return modeNames[m] }

// ParseMode reads the directory variable. ok is false for a word it does not
// know.
func ParseMode(s string) (m Mode, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" {
		return Off, true
	}
	for i, name := range modeNames {
		if s == name {
			return Mode(i), true
		}
	}
	return Off, false
}

// Registration is one phone's registration, with the switch or with our own
// registrar.
type Registration struct {
	// Registrar tells registrations of different registrars apart: the switch's
	// profile, or ownRegistrar.
	Registrar string
	// CallID is that of the REGISTER: it stays with refreshes and changes when
	// the phone starts anew.
	CallID string
	// Device is the subscriber as applications name it.
	Device string
	// User and Domain make the address of record.
	User, Domain string
	// Contact is the phone's contact: a URI, or what the switch makes of one:
	// "name" <sip:…;fs_nat=yes;fs_path=…>.
	Contact string
	// Transport is "udp", "tcp" or "tls".
	Transport string
	// Source is where the REGISTER came from.
	Source netip.AddrPort
	// UserAgent is what the phone says it is.
	UserAgent string
	// Mode is the directory's wish.
	Mode Mode
	// Expires is how long it is good from now; 0 = unknown.
	Expires time.Duration
	// Password answers the phone's own challenge; "" = it is not answered. It must
	// not be one that the switch takes, or the phone could use it against others.
	Password string
	// Realm is what the phone named the realm of the registrar's challenge; "" if
	// there was none. It counts for this phone alone: who registers chooses it.
	Realm string
}

// ownRegistrar is Registration.Registrar of CSTA lines, which register with us.
const ownRegistrar = ""

func (r *Registration) key() string {
	return r.Registrar + "\x00" + r.User + "\x00" + r.Domain + "\x00" + r.CallID
}

// Way is how a phone is reached.
type Way uint8

const (
	// NoWay: not at all.
	NoWay Way = iota
	// OwnLine: the phone registered with us; requests go back over the flow that
	// it opened.
	OwnLine
	// ByProxy: through the proxy that its registration came by.
	ByProxy
	// Direct: to its contact.
	Direct
	// BySwitch: through the switch, as it sends its own requests to the phone. It
	// carries single requests only, and nobody hears the answer.
	BySwitch
)

var wayNames = [...]string{"none", "own line", "proxy", "direct", "switch"}

func (w Way) String() string { return wayNames[w] }

// Line is a phone as a session sees it: where to, and as whom.
type Line struct {
	Way
	Device       string
	User, Domain string
	// Target is the Request-URI, Routes are the URIs of the proxies on the way.
	Target string
	Routes []string
	// Transport is "udp", "tcp" or "tls", Destination host:port.
	Transport   string
	Destination netip.AddrPort
	UserAgent   string
	Mode        Mode
	Password    string
	// Realm is that of the registration.
	Realm string
	// Registrar is that of the registration, Contact its contact with what the
	// switch has added to find the phone again: for BySwitch.
	Registrar, Contact string
}

// lineOf decides how the phone of a registration can be reached (in this order:
// registered with us, through the operator's proxy, directly, and for phones
// without sessions through the switch). why says why better ways are closed, or
// why there is none.
func lineOf(r *Registration) (line Line, why string) {
	line, why = ownWay(r)
	if line.Way != NoWay || r.Mode != NotifyMode || line.Target == "" {
		return line, why
	}
	if contact := contactURI(r.Contact); usableURI(contact) {
		line.Way, line.Registrar, line.Contact = BySwitch, r.Registrar, contact
	}
	return line, why
}

// ownWay is the way by our own sockets.
func ownWay(r *Registration) (line Line, why string) {
	line = Line{
		Device: r.Device, User: r.User, Domain: r.Domain, Transport: r.Transport, Destination: r.Source,
		UserAgent: r.UserAgent, Mode: r.Mode, Password: r.Password, Realm: r.Realm,
	}
	uri := contactURI(r.Contact)
	target, parameters := cutSwitchParameters(uri)
	line.Target = target
	if r.Registrar == ownRegistrar {
		line.Way = OwnLine
		return line, ""
	}
	const notOwn = "it has no CSTA line registered with us"
	if target == "" {
		return line, notOwn + "; its contact is unusable"
	}
	host, transport := hostOf(target)
	if transport != "" {
		line.Transport = transport
	}
	if routes, address, transport, isProxy := proxiesOf(parameters["fs_path"], parameters["fs_nat"] != "", r.Source.Addr()); isProxy {
		if routes == nil {
			return line, notOwn + "; the proxy it registered through is not given by address"
		}
		if line.Transport = transport; line.Transport != "tls" {
			line.Way, line.Routes, line.Destination = ByProxy, routes, address
			return line, notOwn
		}
	}
	switch {
	case line.Transport == "tls":
		return line, notOwn + "; it uses TLS, which only the phone may open"
	case line.Transport != "udp" && line.Transport != "tcp":
		return line, notOwn + "; its transport " + line.Transport + " is not for us"
	case parameters["fs_nat"] != "":
		return line, notOwn + "; it is behind NAT"
	}
	address, ok := addressOf(host, line.Transport)
	switch {
	case !ok:
		return line, notOwn + "; its contact names no address"
	case address.Addr() != r.Source.Addr():
		return line, notOwn + "; its contact is not where it registered from (NAT?)"
	}
	line.Way = Direct
	line.Destination = address
	if line.Transport == "udp" {
		line.Destination = r.Source
	}
	return line, notOwn
}

// proxiesOf reads mod_sofia's fs_path. That is either the Path of the REGISTER, whole
// header values with their brackets (sofia_glue_get_encoded_fs_path), or the
// phone's own address as seen from outside its NAT, a bare URI. routes is nil if the
// first proxy is not given by address.
func proxiesOf(path string, nat bool, source netip.Addr) (routes []string, address netip.AddrPort, transport string, isProxy bool) {
	path = strings.TrimSpace(path)
	if path == "" {
		return nil, netip.AddrPort{}, "", false
	}
	for part := range strings.SplitSeq(path, ",") {
		uri := strings.Trim(part, "<> ")
		if !usableURI(uri) {
			return nil, netip.AddrPort{}, "", true
		}
		routes = append(routes, withLooseRoute(uri))
	}
	hop, transport := hostOf(routes[0])
	transport = cmp.Or(transport, "udp")
	address, ok := addressOf(hop, transport)
	if path[0] != '<' && (nat || ok && address.Addr() == source) {
		return nil, netip.AddrPort{}, "", false
	}
	if !ok {
		return nil, netip.AddrPort{}, "", true
	}
	return routes, address, transport, true
}

// callContact is the address of the contact that the phone takes calls at.
func callContact(line Line) netip.AddrPort {
	if line.Way == OwnLine {
		return netip.AddrPort{}
	}
	host, _ := hostOf(line.Target)
	address, _ := addressOf(host, line.Transport)
	return address
}

// contactURI takes the URI out of a Contact header's value.
func contactURI(contact string) string {
	if _, rest, found := strings.Cut(contact, "<"); found {
		uri, _, _ := strings.Cut(rest, ">")
		return strings.TrimSpace(uri)
	}
	return strings.TrimSpace(contact)
}

// cutSwitchParameters takes mod_sofia's own parameters off a contact. All
// others stay, as phones that ring on several lines want them back.
func cutSwitchParameters(uri string) (target string, cut map[string]string) {
	parts := strings.Split(uri, ";")
	kept := parts[:1]
	cut = map[string]string{}
	for i := 1; i < len(parts); i++ {
		name, value, _ := strings.Cut(parts[i], "=")
		if !strings.HasPrefix(name, "fs_") {
			kept = append(kept, parts[i])
			continue
		}
		if name == "fs_path" {
			// The path brings its own parameters, up to the end.
			value = strings.Join(append([]string{value}, parts[i+1:]...), ";")
			if plain, err := url.PathUnescape(value); err == nil {
				value = plain
			}
			cut[name] = value
			break
		}
		cut[name] = value
	}
	target = strings.Join(kept, ";")
	if !usableURI(target) {
		return "", cut
	}
	return target, cut
}

// usableURI keeps what could not be put into a request line off it.
func usableURI(uri string) bool {
	scheme, rest, found := strings.Cut(uri, ":")
	if !found || rest == "" || !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") {
		return false
	}
	for i := range len(uri) {
		if c := uri[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`<>"`, c) >= 0 {
			return false
		}
	}
	return true
}

// hostOf is host[:port] of a SIP URI and its transport ("" if it has none).
func hostOf(uri string) (host, transport string) {
	scheme, rest, found := strings.Cut(uri, ":")
	if !found {
		return "", ""
	}
	if strings.EqualFold(scheme, "sips") {
		transport = "tls"
	}
	rest, _, _ = strings.Cut(rest, "?")
	host, parameters, _ := strings.Cut(rest, ";")
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	for p := range strings.SplitSeq(parameters, ";") {
		if name, value, _ := strings.Cut(p, "="); strings.EqualFold(name, "transport") {
			transport = strings.ToLower(value)
		}
	}
	return host, transport
}

// addressOf reads host[:port], the port being the transport's usual one if it
// is not there. ok is false for names: phones register addresses, and nothing
// here waits for a name server.
func addressOf(host, transport string) (netip.AddrPort, bool) {
	if address, err := netip.ParseAddrPort(host); err == nil {
		return netip.AddrPortFrom(address.Addr().Unmap(), address.Port()), true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return netip.AddrPort{}, false
	}
	port := uint16(5060)
	if transport == "tls" {
		port = 5061
	}
	return netip.AddrPortFrom(address.Unmap(), port), true
}

func withLooseRoute(uri string) string {
	if strings.Contains(uri, ";lr") {
		return uri
	}
	return uri + ";lr"
}
