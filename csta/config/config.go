// Package config holds the parameters of csta_socket.conf: their names,
// defaults, allowed values and meaning in one table, and the reading of them.
package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/switching"
)

// Config is a complete, valid configuration.
type Config struct {
	// ListenIP and Port say where clients connect; Port 0 = nothing listens.
	ListenIP netip.Addr
	Port     uint16
	// WSListen is where clients connect by WebSocket; the zero value: nowhere.
	// WSOrigins are those of the pages that may, WSPage: one is served.
	WSListen  netip.AddrPort
	WSOrigins []string
	WSPage    bool
	// InboundACL names the access list that clients must be on; empty = none.
	InboundACL string
	// SystemStatusTimer is the interval of the heartbeat; 0 = none.
	SystemStatusTimer time.Duration
	// Greeting is when clients are sent System Status as soon as they connect.
	Greeting Greeting
	// MinimumDumpInterval is the least time between two dumps of the call and
	// device maps to the log; 0 = every request dumps, negative = never.
	MinimumDumpInterval time.Duration
	// TraceDigits shows digits and codes in traces.
	TraceDigits bool
	// RecorderMemory bounds, in bytes, what is kept of the last inputs; 0 = nothing.
	// RecorderPrivate leaves digits, codes and the data of applications in what is
	// written of it.
	RecorderMemory  int
	RecorderPrivate bool
	// LoopbackOriginateParams are set on legs that are called through the
	// dialplan, in this order.
	LoopbackOriginateParams []Variable
	// MultiThreading lets the requests of a client run in parallel.
	MultiThreading bool
	// UACSTA controls phones by uaCSTA, UACSTAAfterMonitor only those of
	// monitored devices.
	UACSTA, UACSTAAfterMonitor bool
	// UACSTAUnproven controls also those for which nobody had to authenticate.
	UACSTAUnproven bool
	// UACSTAIP and UACSTAPort are those of our SIP user agent; the zero address =
	// the switch's own. UACSTAExtIP is what phones are told instead; the zero
	// value = the same.
	UACSTAIP, UACSTAExtIP netip.Addr
	UACSTAPort            uint16
	// UACSTATLSPort takes TLS, with the certificate and key in UACSTATLSCert; 0 =
	// none.
	UACSTATLSPort uint16
	UACSTATLSCert string
	// UACSTAACL names the access list of the user agent; empty = none.
	UACSTAACL string
	// CheckDeviceStateInDB takes the state of devices from the switch's
	// database at start.
	CheckDeviceStateInDB bool
	// DialplanContext is where dialled numbers are looked up.
	DialplanContext string
	// PredictiveCallAddresses are the trunk addresses that Make Predictive Call
	// may name.
	PredictiveCallAddresses switching.Trunks
	// DefaultDomain is left out of device identifiers; empty = the switch's.
	DefaultDomain string
	// CallNumbers has clients know calls by numbers, not by UUIDs.
	CallNumbers bool
	// FeaturesFile keeps do not disturb and forwarding of subscribers; empty = they
	// are forgotten when the module is unloaded.
	FeaturesFile string
	// RecordingsDir is where recordings are written; empty = where the sounds are.
	RecordingsDir string
	// MaxConnections bounds the clients' connections, MaxConnectionsPerAddress
	// those from one address; 0 = only by MaxConnections.
	MaxConnections, MaxConnectionsPerAddress int
	// IdleTimeout is how long a client may send nothing; 0 = for ever.
	IdleTimeout time.Duration
	// LoginTimeout is how long a client may be nobody where applications are configured;
	// 0 = for ever.
	LoginTimeout time.Duration
	// RequestsBeforeLogin is how many requests a second the clients of one address may make
	// that are nobody where applications are configured; 0 = any number.
	RequestsBeforeLogin int
	// SessionCleanupDelay is how long an application session outlives its client's
	// connection at most; 0 = not at all. SessionMemory bounds, in bytes, what is kept for
	// all such clients.
	SessionCleanupDelay time.Duration
	SessionMemory       int
	// TLSCert, TLSKey and TLSClientCA are files in PEM. TLSCert empty = no TLS,
	// TLSKey empty = the key is in TLSCert, TLSClientCA empty = clients need no
	// certificate.
	TLSCert, TLSKey, TLSClientCA string
	// DirectoryLogins lets users of the switch's directory log in.
	DirectoryLogins bool
	// Applications are who may use the module; the zero value: everybody.
	Applications applications.Set
	// MetricsListen is where metrics are served over HTTP; the zero value:
	// nowhere.
	MetricsListen netip.AddrPort
}

// Greeting is when a client is sent something that it did not ask for, when it
// connects.
type Greeting uint8

const (
	// GreetWithHeartbeat: if SystemStatusTimer sends more.
	GreetWithHeartbeat Greeting = iota
	GreetAlways
	GreetNever
)

// Variable is one channel variable.
type Variable struct{ Name, Value string }

// Listen is the address to listen on; the zero value if there is none.
func (c Config) Listen() netip.AddrPort {
	if c.Port == 0 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(c.ListenIP, c.Port)
}

// Param is one parameter as found in a configuration. Application is the one whose it
// is; "" = it is one of the module's.
type Param struct{ Name, Value, Application string }

// divided are the parameters of the module and those of applications.
func divided(params []Param) (own []Param, of []applications.Entry) {
	for _, p := range params {
		if p.Application == "" {
			own = append(own, p)
		} else {
			of = append(of, applications.Entry{Application: p.Application, Name: p.Name, Value: p.Value})
		}
	}
	return own, of
}

// Warning is something odd that does not keep the module from working.
type Warning struct {
	// Param is the parameter concerned.
	Param string
	Text  string
}

func (w Warning) String() string { return w.Text }

// ValueError is a parameter with a value that is not allowed.
type ValueError struct {
	Param, Value, Allowed string
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("parameter %s has the value %q; allowed: %s", e.Param, e.Value, e.Allowed)
}

// Default is the configuration without any parameter.
func Default() Config {
	var c Config
	for _, p := range table {
		if !p.set(&c, p.Default) {
			panic("config: default of " + p.Name + " is not allowed")
		}
	}
	return c
}

// Parse checks params and sets them over the defaults. The error is a
// *ValueError or *applications.ParamError, for the first bad value. Unknown and repeated parameters bring
// warnings; of repeated ones the last counts, as everywhere in FreeSWITCH.
func Parse(params []Param) (Config, []Warning, error) {
	c := Default()
	var warnings []Warning
	own, of := divided(params)
	seen := make(map[string]bool, len(own))
	for _, in := range own {
		p := find(in.Name)
		if p == nil {
			warnings = append(warnings, Warning{in.Name, fmt.Sprintf("unknown parameter %q is ignored", in.Name)})
			continue
		}
		if seen[p.Name] {
			warnings = append(warnings, Warning{in.Name, fmt.Sprintf("parameter %s is given more than once; the last one counts", p.Name)})
		}
		seen[p.Name] = true
		if !p.set(&c, strings.TrimSpace(in.Value)) {
			return Config{}, warnings, &ValueError{Param: p.Name, Value: in.Value, Allowed: p.Allowed}
		}
	}
	set, more, err := applications.Parse(of, c.DirectoryLogins)
	for _, text := range more {
		warnings = append(warnings, Warning{Text: text})
	}
	if err != nil {
		return Config{}, warnings, err
	}
	c.Applications = set
	warnings = append(warnings, withoutEffect(c)...)
	return c, append(warnings, unwise(c)...), nil
}

// unwise names what is allowed, and most likely not meant.
func unwise(c Config) []Warning {
	var warnings []Warning
	if c.IdleTimeout > 0 && c.SystemStatusTimer > 0 && c.IdleTimeout <= c.SystemStatusTimer {
		warnings = append(warnings, Warning{"idle-timeout", fmt.Sprintf(
			"idle-timeout (%v) is not longer than system-status-timer (%v): clients that only answer the heartbeat are disconnected", c.IdleTimeout, c.SystemStatusTimer)})
	}
	if c.MetricsListen.IsValid() && !c.MetricsListen.Addr().IsLoopback() {
		warnings = append(warnings, Warning{"metrics-listen", fmt.Sprintf(
			"metrics-listen %s is no loopback address: everybody who reaches it can read the metrics", c.MetricsListen)})
	}
	if c.WSListen.IsValid() && len(c.WSOrigins) == 0 {
		warnings = append(warnings, Warning{"ws-origins", "ws-listen without ws-origins lets programs in, and no page of a browser"})
	}
	return warnings
}

// Change is a parameter whose value differs between two configurations.
type Change struct {
	*Parameter
	// Old and New are the values as they were written, or the default.
	Old, New string
}

// Changes compares two configurations that Parse accepted, in the order of the
// documentation. Different ways to write one value are no change.
func Changes(old, now []Param) []Change {
	var list []Change
	before, after := values(old), values(now)
	for i := range table {
		p := &table[i]
		var a, b Config
		p.set(&a, before[p.Name])
		p.set(&b, after[p.Name])
		if !reflect.DeepEqual(a, b) {
			list = append(list, Change{p, before[p.Name], after[p.Name]})
		}
	}
	return list
}

// ApplicationChanges names the applications that differ between two configurations that
// Parse accepted.
func ApplicationChanges(old, now *applications.Set) []string {
	var list []string
	for _, a := range old.All() {
		switch b := now.Named(a.Grant.Application); {
		case b == nil:
			list = append(list, "application "+a.Grant.Application+" is gone")
		case !a.Equal(b):
			list = append(list, "application "+a.Grant.Application+" is another")
		}
	}
	for _, a := range now.All() {
		if old.Named(a.Grant.Application) == nil {
			list = append(list, "application "+a.Grant.Application+" is new")
		}
	}
	return list
}

// values are what counts of each parameter.
func values(params []Param) map[string]string {
	own, _ := divided(params)
	m := make(map[string]string, len(table))
	for _, p := range table {
		m[p.Name] = p.Default
	}
	for _, in := range own {
		if _, known := m[in.Name]; known {
			m[in.Name] = strings.TrimSpace(in.Value)
		}
	}
	return m
}

// withoutEffect names what is set but not served.
func withoutEffect(c Config) []Warning {
	var warnings []Warning
	if c.UACSTA {
		warnings = append(warnings, Warning{"use-uacsta", "use-uacsta=1 has phones do MakeCall with doNotPrompt, AnswerCall, HoldCall, RetrieveCall, ConsultationCall, AlternateCall, ReconnectCall and TransferCall (csta status <device>); the switch does all other services"})
	}
	if c.UACSTAAfterMonitor && !c.UACSTA {
		warnings = append(warnings, Warning{"uacsta-after-monitor", "uacsta-after-monitor=1 has no effect without use-uacsta=1"})
	}
	if c.UACSTATLSPort != 0 && c.UACSTATLSCert == "" {
		warnings = append(warnings, Warning{"uacsta-tls-port", "uacsta-tls-port has no effect without uacsta-tls-cert"})
	}
	if !c.WSListen.IsValid() && (c.WSPage || len(c.WSOrigins) > 0) {
		warnings = append(warnings, Warning{"ws-listen", "ws-origins and ws-page have no effect without ws-listen"})
	}
	return warnings
}
