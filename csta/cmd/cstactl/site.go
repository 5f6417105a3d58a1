package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"syscall"
	"time"

	"mod_csta_socket/csta/config"
	"mod_csta_socket/csta/console"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/metrics"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/setup"
	"mod_csta_socket/csta/sim"
)

// site is a simulated switch with everything that belongs to it.
type site struct {
	sw      *sim.Switch
	engine  *engine.Engine
	server  *server.Server
	metrics *metrics.Endpoint
	control *control
}

// siteOptions are what the sim command was told.
type siteOptions struct {
	server server.Options
	engine engine.Options
	sim    sim.Options
	// scripts are the phones' behaviours.
	scripts map[string]sim.Behaviour
	// control is where phones can be moved; empty = nowhere.
	control string
	// certificate is the file of the configured one; empty without.
	certificate string
	// setup is the configuration, and reread reads it again; nil without a file.
	setup  *setup.Setup
	reread func() ([]config.Param, error)
}

// stopTime bounds how long the sessions may take to say goodbye.
const stopTime = 5 * time.Second

// startSite builds the switch, and everything on top of it in the order in
// which it depends on each other.
func startSite(o siteOptions, log *slog.Logger) (*site, error) {
	s := &site{sw: sim.New(o.sim)}
	for number, b := range o.scripts {
		p := s.sw.Phone(number)
		if p == nil {
			return nil, fmt.Errorf("there is no phone %s", number)
		}
		p.SetBehaviour(b)
	}
	s.engine = engine.New(o.engine, s.sw, log)
	s.sw.Attach(s.engine)
	s.engine.Start()
	s.server = server.New(s.engine, o.server, log)
	source := &metrics.Source{Engine: s.engine, Server: s.server, Version: version, Started: time.Now()}
	s.metrics = metrics.NewEndpoint(source, log)
	if err := s.server.Start(); err != nil {
		return nil, errors.Join(elsewhere(err, "--listen"), s.stop())
	}
	operator := &console.Console{
		Engine: s.engine, Server: s.server, Version: version, Started: source.Started, Metrics: source.Rows,
	}
	if o.setup != nil {
		if err := o.setup.Run(setup.Running{Server: s.server, Engine: s.engine, Metrics: s.metrics}); err != nil {
			return nil, errors.Join(err, s.stop())
		}
		operator.Reload = func(context.Context) []string { return reload(o.setup, o.reread) }
	}
	if o.control != "" {
		listener, err := net.Listen("tcp", withPort(o.control, defaultControlPort))
		if err != nil {
			return nil, errors.Join(elsewhere(fmt.Errorf("phones can't be controlled: %w", err), "--control"), s.stop())
		}
		s.control = serveControl(listener, s.sw, operator)
	}
	return s, nil
}

// elsewhere adds to the failure to listen on a port that is taken which flag helps.
func elsewhere(err error, flag string) error {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return err
	}
	return fmt.Errorf("%w; %s HOST:PORT chooses another port (make run ARGS='%s HOST:PORT')", err, flag, flag)
}

// reload is csta reload.
func reload(s *setup.Setup, reread func() ([]config.Param, error)) []string {
	params, err := reread()
	if err != nil {
		return []string{fmt.Sprintf("-ERR nothing changed: %v", err)}
	}
	report, err := s.Reload(params)
	if err != nil {
		return []string{fmt.Sprintf("-ERR nothing changed: %v", err)}
	}
	return report.Lines()
}

func (s *site) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if s.control != nil {
		s.control.stop()
	}
	s.metrics.Stop()
	err := s.server.Stop(ctx)
	s.sw.Stop()
	return errors.Join(err, s.engine.Stop(ctx))
}
