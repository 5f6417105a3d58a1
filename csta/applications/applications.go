// Package applications knows who may use the module and what each may do: the names,
// secrets, devices, rights and limits that the configuration gives. It decides, and does
// nothing: configuration and questions come in, answers go out.
package applications

import (
	"crypto/rand"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/bcrypt"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/rights"
	"mod_csta_socket/csta/switching"
)

// Entry is one parameter of an application as found in a configuration. Before those of an
// application comes one entry without a name; more than one are as many applications.
type Entry struct{ Application, Name, Value string }

// Application is one of the configuration.
type Application struct {
	Grant  Grant
	Secret Secret
	// Clients are the names in the certificates of its clients, Networks where they
	// come from: either proves who they are without a secret.
	Clients  []string
	Networks []netip.Prefix
	// EventNumbers: what its clients are sent of the module's own accord says its number
	// and time.
	EventNumbers bool
}

// Set is all that may use the module. The zero value is that there are no applications:
// everybody may do everything.
type Set struct {
	list []*Application
	// directory: users of the switch's directory may log in, too.
	directory bool
	// decoy is as dear as the dearest secret; nil if none is a hash.
	decoy *decoy
}

// decoy is a hash of nobody's, made when it is needed.
type decoy struct {
	cost   int
	once   sync.Once
	secret Secret
}

// ParamError is a parameter of an application with a value that is not allowed. The
// value of a secret is not in it.
type ParamError struct{ Application, Param, Value, Allowed string }

func (e *ParamError) Error() string {
	value := ""
	if e.Value != "" {
		value = fmt.Sprintf(" has the value %.200q", e.Value)
	}
	return fmt.Sprintf("application %.80q: parameter %s%s; allowed: %s", e.Application, e.Param, value, e.Allowed)
}

const (
	// maxApplications bounds the list: each connection is compared with all of it.
	maxApplications = 1024
	// maxName is the longest name.
	maxName = 64
	// maxLimit is the highest limit.
	maxLimit = 1_000_000
)

// param is one parameter of an application.
type param struct {
	name, allowed string
	set           func(a *Application, value string) bool
	// secret: its value is not shown.
	secret bool
}

var params = []param{
	{"secret", "up to 72 bytes, or a bcrypt hash of a cost of 12 or less", func(a *Application, v string) (ok bool) {
		a.Secret, ok = ParseSecret(v)
		return ok
	}, true},
	{"tls-client", "common names of certificates, separated by commas", func(a *Application, v string) bool {
		a.Clients = words(v)
		return true
	}, false},
	{"network", "IP addresses and networks such as 10.0.0.0/8, separated by commas", func(a *Application, v string) (ok bool) {
		a.Networks, ok = parseNetworks(v)
		return ok
	}, false},
	{"devices", "numbers, ranges, patterns, @domain, queue:, trunk:, group: and *, separated by commas", func(a *Application, v string) bool {
		scope, err := ParseScope(v)
		a.Grant.Devices = scope
		return err == nil
	}, false},
	{"domain", "a domain name", func(a *Application, v string) bool {
		a.Grant.Tenant = Tenant(strings.ToLower(v))
		return switching.ValidDevice("x@" + v)
	}, false},
	{"rights", rights.All.String() + " or all", func(a *Application, v string) bool {
		r, err := parseRights(words(v))
		a.Grant.Rights = r
		return err == nil
	}, false},
	{"dial", "patterns of numbers such as 0049*, 9???, *97, separated by commas", func(a *Application, v string) bool {
		d, err := ParseDial(v)
		a.Grant.Dial = d
		return err == nil
	}, false},
	{"addresses", "<profile>/<host>, <profile>/<host>:<port>, <profile>/* and gateway/<gateway>, separated by commas", func(a *Application, v string) bool {
		list, err := parseAddresses(v)
		a.Grant.Addresses = list
		return err == nil
	}, false},
	{"event-numbers", "0 or 1", func(a *Application, v string) bool {
		a.EventNumbers = v == "1"
		return v == "0" || v == "1"
	}, false},
	{"max-monitors", limitAllowed, limit(func(l *Limits) *int { return &l.Monitors }), false},
	{"max-calls", limitAllowed, limit(func(l *Limits) *int { return &l.Calls }), false},
	{"max-calls-per-second", limitAllowed, limit(func(l *Limits) *int { return &l.CallsPerSecond }), false},
}

const limitAllowed = "0 (no limit) to 1000000"

func limit(of func(*Limits) *int) func(*Application, string) bool {
	return func(a *Application, v string) bool {
		n, err := strconv.Atoi(v)
		*of(&a.Grant.Limits) = n
		return err == nil && n >= 0 && n <= maxLimit
	}
}

// Usual are the rights of an application without the parameter.
const Usual = rights.Monitor | rights.Control | rights.Features

// parseRights reads a list of rights.
func parseRights(list []string) (rights.Rights, error) {
	var all rights.Rights
	for _, name := range list {
		one, ok := rights.Parse(name)
		if name == "all" {
			one, ok = rights.All, true
		}
		if !ok {
			return rights.None, fmt.Errorf("%.80q is no right", name)
		}
		all |= one
	}
	return all, nil
}

func parseNetworks(list string) ([]netip.Prefix, bool) {
	var all []netip.Prefix
	for _, entry := range words(list) {
		network, err := netip.ParsePrefix(entry)
		if err != nil {
			address, err := netip.ParseAddr(entry)
			if err != nil || address.Zone() != "" {
				return nil, false
			}
			network = netip.PrefixFrom(address, address.BitLen())
		}
		all = append(all, network.Masked())
	}
	return all, true
}

// Parse reads the applications of a configuration. directory lets users of the switch's
// directory log in. warnings are what is most likely not meant. The error is for the
// first value that is not allowed.
func Parse(entries []Entry, directory bool) (set Set, warnings []string, err error) {
	set.directory = directory
	byName := map[string]*Application{}
	given := map[string]bool{}
	for _, e := range entries {
		a := byName[e.Application]
		if a == nil {
			if !validName(e.Application) || len(set.list) >= maxApplications {
				return Set{}, warnings, fmt.Errorf("application %.80q: a name has up to %d letters, digits and ._-@, and there are at most %d applications",
					e.Application, maxName, maxApplications)
			}
			a = &Application{Grant: Grant{Application: e.Application, Rights: Usual}}
			byName[e.Application] = a
			set.list = append(set.list, a)
		}
		if e.Name == "" && e.Value == "" {
			// Each begins so. Of two, one would have the rights of both.
			if given[e.Application] {
				return Set{}, warnings, fmt.Errorf("application %.80q is there more than once", e.Application)
			}
			given[e.Application] = true
			continue
		}
		i := slices.IndexFunc(params, func(p param) bool { return p.name == e.Name })
		if i < 0 {
			warnings = append(warnings, fmt.Sprintf("application %s: unknown parameter %.80q is ignored", e.Application, e.Name))
			continue
		}
		if key := e.Application + "/" + e.Name; given[key] {
			warnings = append(warnings, fmt.Sprintf("application %s: parameter %s is given more than once; the last one counts", e.Application, e.Name))
		} else {
			given[key] = true
		}
		if value := strings.TrimSpace(e.Value); !params[i].set(a, value) {
			if params[i].secret {
				value = ""
			}
			return Set{}, warnings, &ParamError{e.Application, e.Name, value, params[i].allowed}
		}
	}
	for _, a := range set.list {
		list := a.Grant.Tenant.within(a.Grant.Devices.String())
		if a.Grant.Devices, err = ParseScope(list); err != nil {
			return Set{}, warnings, &ParamError{a.Grant.Application, "devices", list, "numbers, ranges and patterns, as long as each may be with its domain"}
		}
	}
	set.decoy = decoyFor(set.list)
	return set, append(warnings, set.unwise()...), nil
}

func decoyFor(list []*Application) *decoy {
	cost := 0
	for _, a := range list {
		cost = max(cost, a.Secret.cost())
	}
	if cost == 0 {
		return nil
	}
	return &decoy{cost: cost}
}

// compare takes as long as it takes to find that a password is not the dearest secret.
func (d *decoy) compare(password string) {
	if d == nil {
		return
	}
	d.once.Do(func() {
		if hash, err := bcrypt.GenerateFromPassword([]byte(rand.Text()), d.cost); err == nil {
			d.secret = Secret{string(hash)}
		}
	})
	d.secret.Proven(password)
}

func validName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && !strings.ContainsRune("._-@", rune(c)) {
			return false
		}
	}
	return name != "" && len(name) <= maxName
}

// unwise names what is allowed, and most likely not meant.
func (s *Set) unwise() []string {
	var list []string
	for _, a := range s.list {
		name := a.Grant.Application
		if a.Secret.IsZero() && len(a.Clients) == 0 && len(a.Networks) == 0 {
			list = append(list, fmt.Sprintf("application %s has neither secret, tls-client nor network: nobody can be it", name))
		}
		if len(a.Grant.Devices.text) == 0 {
			list = append(list, fmt.Sprintf("application %s has no devices: it sees and steers nothing", name))
		}
	}
	return list
}

// Any tells whether there are applications: only then do clients have to say who they
// are.
func (s *Set) Any() bool { return len(s.list) > 0 || s.directory }

// Directory tells whether users of the switch's directory may log in.
func (s *Set) Directory() bool { return s.directory }

// All are the applications of the configuration, in its order.
func (s *Set) All() []*Application { return s.list }

// Named is the application of that name; nil if there is none.
func (s *Set) Named(name string) *Application {
	for _, a := range s.list {
		if a.Grant.Application == name {
			return a
		}
	}
	return nil
}

// Who is the application that a connection is by itself: by the name in the client's
// certificate (verified, "" if it showed none), or by its address; nil if it is none.
func (s *Set) Who(client string, peer netip.Addr) *Application {
	for _, a := range s.list {
		if client != "" && slices.Contains(a.Clients, client) {
			return a
		}
	}
	peer = peer.Unmap().WithZone("")
	for _, a := range s.list {
		for _, n := range a.Networks {
			if n.Contains(peer) {
				return a
			}
		}
	}
	return nil
}

// Login is the application of that name if the password is its secret; nil if not. It
// takes up to a quarter of a second of computing: as long for a name that there is not,
// or a secret that is no hash, as for the dearest hash.
func (s *Set) Login(name, password string) *Application {
	a := s.Named(name)
	var secret Secret
	if a != nil {
		secret = a.Secret
	}
	proven := secret.Proven(password)
	if !secret.hashed() {
		s.decoy.compare(password)
	}
	if !proven {
		return nil
	}
	return a
}

// User is what the switch's directory says of a user: his params csta-password,
// csta-devices and csta-rights, and his own device as the module names it.
type User struct{ Device, Password, Devices, Rights string }

// Usable tells whether the directory lets the user log in.
func (u User) Usable() bool { return u.Password != "" }

// Application is what a user of the directory is. Without devices it is his own. The
// error says which of his params is wrong.
func (u User) Application(name string) (*Application, error) {
	a := &Application{Grant: Grant{Application: name, Rights: Usual, Devices: Own(u.Device)}}
	var ok bool
	if a.Secret, ok = ParseSecret(u.Password); !ok {
		return nil, fmt.Errorf("csta-password of %.80q is no usable secret", name)
	}
	if u.Devices != "" {
		scope, err := ParseScope(u.Devices)
		if err != nil {
			return nil, fmt.Errorf("csta-devices of %.80q: %w", name, err)
		}
		a.Grant.Devices = scope
	}
	if u.Rights != "" {
		r, err := parseRights(words(u.Rights))
		if err != nil {
			return nil, fmt.Errorf("csta-rights of %.80q: %w", name, err)
		}
		a.Grant.Rights = r
	}
	return a, nil
}

// Equal tells whether two applications are the same in everything.
func (a *Application) Equal(b *Application) bool {
	return a.Secret == b.Secret && a.EventNumbers == b.EventNumbers && slices.Equal(a.Clients, b.Clients) && slices.Equal(a.Networks, b.Networks) && a.Grant.Equal(&b.Grant)
}

// Equal tells whether two grants allow the same.
func (g *Grant) Equal(o *Grant) bool {
	if g == nil || o == nil {
		return g == o
	}
	return g.Application == o.Application && g.Tenant == o.Tenant && g.Rights == o.Rights && g.Limits == o.Limits && g.Dial.text == o.Dial.text &&
		g.Devices.text == o.Devices.text && g.Addresses.String() == o.Addresses.String()
}

// Called tells how a number that is to be called concerns the grant, as far as that can be told
// without asking which devices there are: one that is named as his, or what he may dial.
func (g *Grant) Called(to ecma.DeviceID) bool {
	if g.Names(to) {
		return true
	}
	if to.Type == ecma.DeviceNumber {
		return false
	}
	number, _, _ := strings.Cut(to.Number, "@")
	return g.Dial.Has(number) || g.Devices.Names(ecma.DeviceID{Number: ecma.QueuePrefix + to.Number, Type: ecma.DeviceNumber})
}

// Reaches tells whether a trunk address may be called past the dialplan, of those that
// the site names. Without addresses of its own an application has the site's gateways;
// hosts only if it names them. In any case the number has to be one that it may dial.
func (g *Grant) Reaches(uri string, site switching.Trunks) bool {
	switch {
	case !site.Allow(uri):
		return false
	case g == nil:
		return true
	case !g.Dial.Has(switching.URIUser(uri)):
		return false
	case g.Addresses.String() == "":
		return switching.ByGateway(uri)
	}
	return g.Addresses.Allow(uri)
}
