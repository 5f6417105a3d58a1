package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"mod_csta_socket/bridge_c"
	"mod_csta_socket/csta/config"
	"mod_csta_socket/csta/console"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/server"
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
	events  *eventReader
	reloads *reloadWatch
	console *console.Console
}

// start builds and starts everything. The events are bound already: what
// happens meanwhile waits in the ring. On failure nothing is left running.
func start(log *slog.Logger) (*service, error) {
	boundRuntime()
	found, conf, err := readConfig()
	if err != nil {
		return nil, err
	}
	found.tell(log)
	s := &service{log: log, crash: openCrashFile(log)}
	domains, err := ownDomains(conf)
	if err != nil {
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
		Loopback:          loopbackVariables(conf),
		ConferenceProfile: conferenceProfile,
	}, log)
	// Which phones are registered tells whose the calls of a profile without
	// authentication are; the engine asks for itself if it wants to know.
	if _, err := s.calls.Perform(context.Background(), switching.ListRegistrations{}); err != nil {
		log.Warn("the registrations are not known until phones register again", "error", err)
	}
	s.engine = engine.New(engine.Options{
		DefaultDomain:      domains[0],
		IgnoreRegistration: !conf.CheckDeviceStateInDB,
	}, s.calls, log)
	s.server = server.New(s.engine, serverOptions(conf, log), log)
	s.console = &console.Console{Engine: s.engine, Server: s.server, Version: versionText(), Started: time.Now()}
	s.reloads = newReloadWatch(found, log)
	s.engine.Start()
	s.waitForSnapshot()
	s.events, err = startEvents(legs, s.engine, s.special, log)
	if err == nil {
		err = s.server.Start()
	}
	if err != nil {
		return nil, errors.Join(err, s.stop())
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

// special sees to the records that are not for the engine alone.
func (s *service) special(kind translate.Type) {
	switch kind {
	case translate.Shutdown:
		s.server.SetSystemStatus(ecma.StatusDisabled)
	case translate.ReloadXML:
		s.reloads.look()
	}
}

// stop takes everything down and waits for it, within bounds. The error says
// what is left.
func (s *service) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), sayGoodbye)
	defer cancel()
	left := s.server.Stop(ctx)
	ctx, cancelEngine := context.WithTimeout(context.Background(), stopEngine)
	defer cancelEngine()
	if s.events != nil {
		left = errors.Join(left, s.events.stop())
	}
	s.calls.Close()
	left = errors.Join(left, s.engine.Stop(ctx))
	s.reloads.stop()
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
		answer += "csta stop      let the calls in csta_wait go on, so that the module can be unloaded\n"
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

func loopbackVariables(conf config.Config) []fsswitch.Variable {
	var variables []fsswitch.Variable
	for _, v := range conf.LoopbackOriginateParams {
		variables = append(variables, fsswitch.Variable{Name: v.Name, Value: v.Value})
	}
	return variables
}

func serverOptions(conf config.Config, log *slog.Logger) server.Options {
	opts := server.Options{
		Listen:              conf.Listen(),
		SystemStatusTimer:   conf.SystemStatusTimer,
		MinimumDumpInterval: conf.MinimumDumpInterval,
		Parallel:            conf.MultiThreading,
	}
	if list := conf.InboundACL; list != "" {
		opts.Allow = func(peer netip.Addr) bool {
			allowed, err := bridge.ACLAllows(peer.String(), list)
			if err != nil {
				log.Error("access list cannot be asked; the client is refused", "list", list, "error", err)
				return false
			}
			return allowed
		}
	}
	return opts
}
