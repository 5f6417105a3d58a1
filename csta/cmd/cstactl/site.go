package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mod_csta_socket/csta/config"
	"mod_csta_socket/csta/console"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/metrics"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/setup"
	"mod_csta_socket/csta/sim"
	"mod_csta_socket/csta/web"
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
	// page: the page is served, to who comes by an address of this machine.
	page bool
	// origins are others whose pages may connect there.
	origins []string
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
	if o.page {
		o.server.Web = web.New(web.Options{Page: true})
	}
	s.server = server.New(s.engine, o.server, log)
	source := &metrics.Source{Engine: s.engine, Server: s.server, Version: version, Started: time.Now()}
	s.metrics = metrics.NewEndpoint(source, log)
	if err := s.server.Start(); err != nil {
		flag := "--listen"
		if s.server.Addr() != nil {
			flag = "--page"
		}
		return nil, errors.Join(elsewhere(err, flag), s.stop())
	}
	if o.page {
		// The port is known now.
		o.server.Web = web.New(web.Options{
			Origins: append(origins(s.server.WebAddr()), o.origins...), Page: true, Watch: pageWatches, Notes: notes(o.scripts),
			Hand: s.hand(o.scripts), Telephones: s.telephones,
		})
		s.server.Update(o.server)
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

// notes say how phones behave, and what there is to dial.
func notes(scripts map[string]sim.Behaviour) map[string]string {
	all := map[string]string{
		pageWatches[0]: "dial 9500",
		pageWatches[1]: "dial 20 and any number",
	}
	for number, b := range scripts {
		all[number] = b.String()
		for _, s := range scripted {
			if number >= s.first && number <= s.last && standardScript(number) == b.String() {
				all[number], _, _ = strings.Cut(s.says, " (")
			}
		}
	}
	return all
}

// hand moves phones for the page: what cstactl phone does, and free, which gives a phone
// the script that it began with, or has it ring if that was to be busy.
func (s *site) hand(scripts map[string]sim.Behaviour) func(telephone, command, argument string) error {
	moves := &control{sw: s.sw}
	return func(telephone, command, argument string) error {
		if command == "free" {
			p, err := moves.find(telephone)
			if err == nil {
				b := scripts[telephone]
				if b.Reaction == sim.Busy {
					b.Reaction = sim.Ring
				}
				p.SetBehaviour(b)
			}
			return err
		}
		_, err := moves.phone(telephone, command, strings.Fields(argument))
		return err
	}
}

// telephones are the phones that are busy whoever calls, and those that are not registered.
func (s *site) telephones() (engaged, unplugged []string) {
	for _, p := range s.sw.Phones() {
		if p.Behaviour().Reaction == sim.Busy {
			engaged = append(engaged, p.Number())
		}
		if !p.Registered() {
			unplugged = append(unplugged, p.Number())
		}
	}
	return engaged, unplugged
}

// pageWatches are the queue and the network interface that the page shows from the beginning,
// where the switch lists devices without a subscriber only when a call was there.
var pageWatches = []string{ecma.Queue("9500").Number, ecma.NetworkInterface("20").Number}

// origins are those of a page that is served at an address: by the addresses and names of
// this machine that lead there.
func origins(at net.Addr) []string {
	tcp, ok := at.(*net.TCPAddr)
	if !ok {
		return nil
	}
	hosts := []string{tcp.IP.String()}
	switch {
	case tcp.IP.IsUnspecified():
		hosts = []string{"localhost"}
		if name, err := os.Hostname(); err == nil {
			hosts = append(hosts, name)
		}
		// Without the list of addresses there are fewer.
		all, _ := net.InterfaceAddrs()
		for _, a := range all {
			if network, ok := a.(*net.IPNet); ok {
				hosts = append(hosts, network.IP.String())
			}
		}
	case tcp.IP.IsLoopback():
		hosts = append(hosts, "localhost")
	}
	var list []string
	for _, host := range hosts {
		authority := net.JoinHostPort(host, strconv.Itoa(tcp.Port))
		list = append(list, "http://"+strings.TrimSuffix(authority, ":80"))
	}
	return list
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
