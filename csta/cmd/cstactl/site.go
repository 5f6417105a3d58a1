package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"mod_csta_socket/csta/console"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/sim"
)

// site is a simulated switch with everything that belongs to it.
type site struct {
	sw      *sim.Switch
	engine  *engine.Engine
	server  *server.Server
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
	if err := s.server.Start(); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	if o.control != "" {
		listener, err := net.Listen("tcp", o.control)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("phones can't be controlled: %w", err), s.stop())
		}
		s.control = serveControl(listener, s.sw, &console.Console{
			Engine: s.engine, Server: s.server, Version: version, Started: time.Now(),
		})
	}
	return s, nil
}

func (s *site) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if s.control != nil {
		s.control.stop()
	}
	err := s.server.Stop(ctx)
	s.sw.Stop()
	return errors.Join(err, s.engine.Stop(ctx))
}
