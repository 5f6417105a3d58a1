package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"mod_csta_socket/bridge_c"
	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/config"
	"mod_csta_socket/csta/console"
	"mod_csta_socket/csta/dumps"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/features"
	"mod_csta_socket/csta/metrics"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/setup"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/fsswitch"
	"mod_csta_socket/module/translate"
)

const (
	// sayGoodbye bounds the closing of the clients' sessions at shutdown.
	sayGoodbye = 2 * time.Second
	// stopEngine bounds the wait for switch operations that are under way.
	stopEngine = 5 * time.Second
	// firstSnapshot bounds the wait for the list of the switch's legs at load:
	// thousands of them take some 50 ms.
	firstSnapshot = 3 * time.Second
	// conferenceProfile is the profile of mod_conference that joined calls
	// use: the one that FreeSWITCH's own configuration brings.
	conferenceProfile = "default"
)

// service is everything between load and shutdown.
type service struct {
	log     *slog.Logger
	crash   *crashFile
	engine  *engine.Engine
	server  *server.Server
	calls   *fsswitch.Switch
	events  *events
	phones  *phones
	setup   *setup.Setup
	reloads *reloadWatch
	// reloading is held from when files are read until what they say counts.
	reloading sync.Mutex
	metrics   *metrics.Endpoint
	console   *console.Console
	// features is nil if what subscribers have set is not kept.
	features *features.Store
}

// start builds and starts everything. The events are bound already: what
// happens meanwhile waits in the ring. On failure nothing is left running.
func start(log *slog.Logger) (*service, error) {
	boundRuntime()
	params, err := loadParams(log)
	if err != nil {
		return nil, err
	}
	// Which domains are ours is known when the configuration is read.
	var domains translate.Domains
	users := func(ctx context.Context, user string) (applications.User, bool, error) {
		return usersWhoMayLogIn(domains, directory{})(ctx, user)
	}
	configured, warnings, err := setup.New(params, setup.Host{Allow: accessList(log), File: certFile, Directory: users})
	for _, w := range warnings {
		log.Warn(configFile + ": " + w)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", configFile, err)
	}
	conf := configured.Config()
	s := &service{log: log, crash: openCrashFile(log), setup: configured}
	if domains, err = ownDomains(conf); err != nil {
		s.crash.close()
		return nil, err
	}
	holdMusic, err := bridge.Global("hold_music")
	if err != nil {
		s.crash.close()
		return nil, fmt.Errorf("global variable hold_music: %w", err)
	}
	legs := translate.New(domains, holdMusic)
	s.calls = fsswitch.New(calls{}, legs, fsswitch.Options{
		Domains:           domains,
		Context:           conf.DialplanContext,
		Loopback:          loopbackVariables(conf.LoopbackOriginateParams),
		ConferenceProfile: conferenceProfile,
	}, log)
	if err := s.calls.SetRecordings(conf.RecordingsDir); err != nil {
		s.crash.close()
		return nil, fmt.Errorf("recordings-dir: %w", err)
	}
	if conf.UACSTA {
		if s.phones, err = startPhones(conf, domains, log); err != nil {
			s.crash.close()
			return nil, fmt.Errorf("use-uacsta=1: %w", err)
		}
	}
	if s.events, err = newEvents(legs, s.special, log); err != nil {
		if s.phones != nil {
			err = errors.Join(err, s.phones.stop())
		}
		s.crash.close()
		return nil, err
	}
	// Which phones are registered tells whose the calls of a profile without
	// authentication are; the engine asks for itself if it wants to know.
	if _, err := s.calls.Perform(context.Background(), switching.ListRegistrations{}); err != nil {
		log.Warn("the registrations are not known until phones register again", "error", err)
	}
	options := engine.Options{DefaultDomain: domains[0], IgnoreRegistration: !conf.CheckDeviceStateInDB, Trunks: conf.PredictiveCallAddresses, TraceDigits: conf.TraceDigits, SystemStatusTimer: conf.SystemStatusTimer, CallNumbers: conf.CallNumbers,
		Recording: conf.RecorderMemory, RecordPrivate: conf.RecorderPrivate, Version: versionText()}
	if dir, err := bridge.Global("log_dir"); err == nil && dir != "" {
		options.Dumps = dumps.In(dir, log)
	}
	if conf.FeaturesFile != "" {
		s.features = features.Open(inDirectory("db_dir", conf.FeaturesFile), log)
		options.Features, options.FeatureStore = s.features.All(), s.features
	}
	if s.phones != nil {
		options.Phones = s.phones.driver
	}
	options.Source = s.events
	s.engine = engine.New(options, s.calls, log)
	if s.phones != nil {
		s.phones.driver.Attach(s.engine)
	}
	s.server = server.New(s.engine, configured.Server(), log)
	source := &metrics.Source{Engine: s.engine, Server: s.server, Ring: ringCounters, Version: versionText(), Started: time.Now()}
	s.metrics = metrics.NewEndpoint(source, log)
	s.console = &console.Console{
		Engine: s.engine, Server: s.server, Version: source.Version, Started: source.Started,
		Metrics: source.Rows, Reload: s.reload,
	}
	s.reloads = newReloadWatch(s.reloadFound, log)
	s.engine.Start()
	s.waitForSnapshot()
	if s.phones != nil {
		s.console.Phones, s.console.PhoneCounters, s.console.Strangers = s.phones.agent.Phones, s.phones.agent.Counters, s.phones.socket.Strangers
		s.listPhones()
	}
	s.events.ring.Begin()
	if err = s.server.Start(); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	err = configured.Run(setup.Running{Server: s.server, Engine: s.engine, Switch: dialplan{s.calls}, Metrics: s.metrics})
	if err != nil {
		// Calls are worth more than figures about them.
		log.Error(configFile + ": " + err.Error())
	}
	return s, nil
}

// waitForSnapshot lets the engine see the calls that are up before its first
// client asks for them.
func (s *service) waitForSnapshot() {
	select {
	case <-s.calls.Listed():
	case <-time.After(firstSnapshot):
		s.log.Warn("the first snapshot of the switch takes long; clients are served without it")
	}
}

// listPhones takes the phones that have registered before. What changes
// meanwhile waits in the ring.
func (s *service) listPhones() {
	records, err := bridge.Registrations()
	if err == nil {
		err = s.phones.list(records)
	}
	if err != nil {
		s.log.Warn("uaCSTA: phones are not controlled until they register again", "error", err)
	}
}

// special sees to the records that are not for the engine alone.
func (s *service) special(record *translate.Record) {
	switch record.Type {
	case translate.SofiaRegister, translate.SofiaUnregister, translate.SofiaExpire:
		if s.phones != nil {
			s.phones.take(record)
		}
	case translate.RecordStop:
		s.calls.Recorded(strings.Clone(record.Get(translate.RecordFilePath)))
	case translate.Shutdown:
		s.server.SetSystemStatus(ecma.StatusDisabled)
	case translate.ReloadXML:
		s.reloads.look()
		s.engine.DirectoryChanged()
	}
}

// stop takes everything down and waits for it, within bounds. The error says
// what is left.
func (s *service) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), sayGoodbye)
	defer cancel()
	s.reloads.stop()
	s.metrics.Stop()
	left := s.server.Stop(ctx)
	ctx, cancelEngine := context.WithTimeout(context.Background(), stopEngine)
	defer cancelEngine()
	if s.phones != nil {
		left = errors.Join(left, s.phones.stop())
	}
	s.calls.Close()
	left = errors.Join(left, s.engine.Stop(ctx), s.events.ring.Close())
	if s.features != nil {
		s.features.Close()
	}
	s.crash.close()
	return left
}

// command answers what was typed after csta. stop is ours alone: only the
// switch has calls in csta_wait, and they keep the module from being unloaded.
func (s *service) command(line string) string {
	words := strings.Fields(line)
	if len(words) == 1 && strings.EqualFold(words[0], "stop") {
		return fmt.Sprintf("+OK %d calls leave csta_wait; the module can be unloaded when they have\n", bridge.ReleaseWaits())
	}
	answer := s.console.Run(context.Background(), line)
	if len(words) == 0 || strings.EqualFold(words[0], "help") {
		answer += "csta stop                                                                       let the calls in csta_wait go on, so that the module can be unloaded\n"
	}
	return answer
}

// ownDomains are the domains whose subscribers are known by their bare number.
func ownDomains(conf config.Config) (translate.Domains, error) {
	if conf.DefaultDomain != "" {
		return translate.Domains{conf.DefaultDomain}, nil
	}
	domain, err := bridge.DefaultDomain()
	if err != nil {
		return nil, fmt.Errorf("default domain of the switch: %w", err)
	}
	domains := translate.Domains{domain}
	for _, name := range []string{"domain", "domain_name"} {
		other, err := bridge.Global(name)
		if err != nil {
			return nil, fmt.Errorf("global variable %s: %w", name, err)
		}
		if other != "" && other != domain {
			domains = append(domains, other)
		}
	}
	return domains, nil
}

func loopbackVariables(list []config.Variable) []fsswitch.Variable {
	var variables []fsswitch.Variable
	for _, v := range list {
		variables = append(variables, fsswitch.Variable{Name: v.Name, Value: v.Value})
	}
	return variables
}

// dialplan is the switch as setup wants it.
type dialplan struct{ *fsswitch.Switch }

func (d dialplan) SetDialplan(context string, loopback []config.Variable) {
	d.Switch.SetDialplan(context, loopbackVariables(loopback))
}

// accessList makes checks of the switch's access lists.
func accessList(log *slog.Logger) func(list string) func(netip.Addr) bool {
	return func(list string) func(netip.Addr) bool {
		return func(peer netip.Addr) bool {
			allowed, err := bridge.ACLAllows(peer.String(), list)
			if err != nil {
				log.Error("access list cannot be asked; the client is refused", "list", list, "error", err)
				return false
			}
			return allowed
		}
	}
}

// certFile finds a file among the switch's certificates.
func certFile(name string) string { return inDirectory("certs_dir", name) }

// inDirectory is a file in one of the switch's directories, named by a global
// variable, unless its path is absolute.
func inDirectory(variable, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	dir, err := bridge.Global(variable)
	if err != nil || dir == "" {
		return name
	}
	return filepath.Join(dir, name)
}

// ringCounters are those of the event ring.
func ringCounters() metrics.Ring {
	c := bridge.Ring()
	return metrics.Ring{
		Handled: c.Handled, Lost: c.Lost, Truncated: c.Truncated, Wakeups: c.Wakeups,
		Waiting: c.Waiting, Deepest: c.Deepest, Panics: panics.Load(),
	}
}
