// Package setup turns a configuration into the settings of the parts that run,
// and changes them while they run, under the clients' open sessions.
package setup

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"mod_csta_socket/csta/config"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/switching"
)

// Host is what a configuration refers to where the module runs. All may be nil.
type Host struct {
	// Allow makes the check of an access list; nil: there are none, everybody
	// may connect.
	Allow func(list string) func(netip.Addr) bool
	// File finds the file that a parameter names.
	File func(name string) string
	// Directory finds a user of the switch's directory, for directory-logins.
	Directory server.Directory
}

// Running are the parts that take new settings while they run. Fields may be
// nil.
type Running struct {
	Server interface{ Update(server.Options) }
	Engine interface {
		SetIgnoreRegistration(bool)
		SetTrunks(switching.Trunks)
		SetTraceDigits(bool)
		SetSystemStatusTimer(time.Duration)
		SetRecording(size int)
		SetRecordPrivate(bool)
	}
	Switch interface {
		SetDialplan(context string, loopback []config.Variable)
		SetRecordings(dir string) error
	}
	Metrics interface{ Listen(netip.AddrPort) error }
}

// Setup is the configuration in use.
type Setup struct {
	host Host

	mu      sync.Mutex
	params  []config.Param
	conf    config.Config
	server  server.Options
	running Running
	// renewed and warnings are what the options of one pass have to say.
	renewed  bool
	warnings []string
}

// New checks a configuration. The error is for the operator; nothing can be
// started then.
func New(params []config.Param, host Host) (*Setup, []string, error) {
	conf, warnings, err := config.Parse(params)
	s := &Setup{host: host, params: params, conf: conf}
	for _, w := range warnings {
		s.warn(w.String())
	}
	if err != nil {
		return nil, s.warnings, err
	}
	s.server.Listen, s.server.WebListen = conf.Listen(), conf.WSListen
	for _, p := range config.Parameters() {
		if o := options[p.Name]; o != nil && (o != option(certificates{}) || p.Name == certificateParameter) {
			if err := o.apply(s, conf); err != nil {
				return nil, s.warnings, err
			}
		}
	}
	return s, s.warnings, nil
}

// certificateParameter stands for all that make up the certificates.
const certificateParameter = "tls-cert"

func (s *Setup) warn(text string) { s.warnings = append(s.warnings, text) }

// Config is the configuration in use.
func (s *Setup) Config() config.Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conf
}

// Server are the server's options.
func (s *Setup) Server() server.Options {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.server
}

// Run names the parts that later changes are for, and opens the metrics'
// address. An error says that it could not be opened; everything else works.
func (s *Setup) Run(r Running) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = r
	return metricsAddress{}.apply(s, s.conf)
}

// Report is what a reload brought, in words.
type Report struct {
	// Changed names what counts from now on.
	Changed []string
	// Failed says what could not be changed: the old value stays.
	Failed []string
	// Module names what only counts after the module was loaded again.
	Module []string
	// Warnings are what Parse and the certificates warn of.
	Warnings []string
}

// Lines are the report for a reader; the first one begins with +OK or -ERR.
func (r Report) Lines() []string {
	first := "+OK nothing changed"
	switch {
	case len(r.Failed) > 0:
		first = "-ERR not everything could be changed"
	case len(r.Changed) > 0:
		first = "+OK changed"
	case len(r.Module) > 0:
		first = "+OK nothing changed that can be changed now"
	}
	lines := []string{first}
	for _, part := range []struct {
		mark string
		list []string
	}{{"changed:      ", r.Changed}, {"failed:       ", r.Failed}, {"needs reload: ", r.Module}, {"warning:      ", r.Warnings}} {
		for _, text := range part.list {
			lines = append(lines, part.mark+text)
		}
	}
	if len(r.Module) > 0 {
		lines = append(lines, "reload mod_csta_socket brings the latter into effect, and ends the clients' sessions")
	}
	return lines
}

// Reload brings a new configuration into effect, as far as that is possible under
// open sessions. The error is for a configuration that is not valid; nothing has
// changed then. Certificates are read again in any case.
func (s *Setup) Reload(params []config.Param) (Report, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warnings, s.renewed = nil, false
	now, warnings, err := config.Parse(params)
	for _, w := range warnings {
		s.warn(w.String())
	}
	if err != nil {
		return Report{Warnings: s.warnings}, err
	}
	var r Report
	// keep are the parameters whose old value stays in use.
	keep := map[string]string{}
	failed := map[option]error{}
	done := map[option]bool{}
	apply := func(name string) error {
		o := options[name]
		if !done[o] {
			done[o] = true
			failed[o] = o.apply(s, now)
		}
		return failed[o]
	}
	for _, c := range config.Changes(s.params, params) {
		text := fmt.Sprintf("%s: %s -> %s", c.Name, shown(c.Old), shown(c.New))
		if !c.Live {
			r.Module = append(r.Module, text)
			keep[c.Name] = c.Old
			continue
		}
		if err := apply(c.Name); err != nil {
			r.Failed = append(r.Failed, fmt.Sprintf("%v; %s %s stays", err, c.Name, shown(c.Old)))
			keep[c.Name] = c.Old
			continue
		}
		r.Changed = append(r.Changed, text)
	}
	if changed := config.ApplicationChanges(&s.conf.Applications, &now.Applications); len(changed) > 0 {
		if err := (whoMay{}).apply(s, now); err != nil {
			return r, err
		}
		r.Changed = append(r.Changed, changed...)
	}
	if s.conf.Applications.Any() && !now.Applications.Any() {
		s.warn("there are no applications any more: whoever reaches the port may watch and steer every device")
	}
	if !done[certificates{}] {
		if err := apply(certificateParameter); err != nil {
			r.Failed = append(r.Failed, err.Error()+"; the certificate read before stays in use")
		} else if s.renewed {
			r.Changed = append(r.Changed, "the certificate was read again: clients that connect from now on see the new one")
		}
	}
	if (len(r.Changed) > 0 || now.DirectoryLogins) && s.running.Server != nil {
		// What the directory says of users may have changed, too.
		s.running.Server.Update(s.server)
	}
	s.keep(params, keep)
	r.Warnings = s.warnings
	return r, nil
}

// keep makes params what is in use, but for those whose old value stays.
func (s *Setup) keep(params []config.Param, old map[string]string) {
	s.params = slices.Clone(params)
	for name, value := range old {
		s.params = append(s.params, config.Param{Name: name, Value: value})
	}
	// They were all accepted before.
	s.conf, _, _ = config.Parse(s.params)
}

func shown(value string) string {
	if value == "" {
		return "(empty)"
	}
	return value
}

// sameCertificates tells whether two sets show the same and ask for the same.
func sameCertificates(a, b *tls.Config) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.ClientAuth != b.ClientAuth || (a.ClientCAs == nil) != (b.ClientCAs == nil) ||
		a.ClientCAs != nil && !a.ClientCAs.Equal(b.ClientCAs) {
		return false
	}
	return slices.EqualFunc(a.Certificates[0].Certificate, b.Certificates[0].Certificate, bytes.Equal)
}
