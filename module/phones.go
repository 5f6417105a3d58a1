package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"mod_csta_socket/bridge_c"
	"mod_csta_socket/csta/config"
	"mod_csta_socket/csta/uacsta"
	"mod_csta_socket/csta/uacsta/driver"
	"mod_csta_socket/csta/uacsta/useragent"
	"mod_csta_socket/module/fsswitch"
	"mod_csta_socket/module/registrations"
	"mod_csta_socket/module/translate"
)

const (
	// stopPhones bounds the farewell to the phones.
	stopPhones = 2 * time.Second
	// waitingRegistrations bounds those that wait for the directory.
	waitingRegistrations = 8192
	// waitingNotices bounds those that wait for the switch to take an event.
	waitingNotices = 1024
	// lookInterval is between two looks at whether registrations were replaced.
	lookInterval = time.Second
)

// phones is the control of phones by uaCSTA, fed with the switch's
// registrations. It is there only with use-uacsta=1.
type phones struct {
	agent   *uacsta.Agent
	driver  *driver.Driver
	socket  *useragent.UserAgent
	domains translate.Domains
	log     *slog.Logger

	// waiting are registrations whose subscribers have to be looked up, in order
	// with those that end.
	waiting chan translate.Registration
	// notices are what the switch is to send to phones.
	notices chan uacsta.Notice
	stopped chan struct{}
	running sync.WaitGroup
	// keeper belongs to the goroutine.
	keeper *registrations.Keeper
}

// startPhones opens the user agent and takes the registrations that there are.
func startPhones(conf config.Config, domains translate.Domains, log *slog.Logger) (*phones, error) {
	opts, err := userAgentOptions(conf, log)
	if err != nil {
		return nil, err
	}
	p := &phones{
		domains: domains, log: log, waiting: make(chan translate.Registration, waitingRegistrations),
		notices: make(chan uacsta.Notice, waitingNotices),
		stopped: make(chan struct{}), driver: &driver.Driver{},
	}
	if p.socket, err = useragent.New(opts, log); err != nil {
		return nil, err
	}
	ringers := openRingers(log)
	p.agent = uacsta.New(uacsta.Options{
		AfterMonitor: conf.UACSTAAfterMonitor, Realms: append([]string{p.socket.Address().Addr().String()}, domains...), Ringers: ringers.Read(), Remember: ringers.Add, Notify: p.notify,
	}, p.socket, p.driver, log)
	p.driver.Drive(p.agent)
	p.keeper = registrations.New(registrations.Options{Domains: domains, Unproven: conf.UACSTAUnproven}, directory{}, p.agent, log)
	if err := p.socket.Start(p.agent, uacsta.NewRegistrar(p, p.agent, log)); err != nil {
		p.socket.Stop()
		return nil, err
	}
	p.agent.Start()
	p.running.Add(2)
	go p.run()
	go p.send()
	log.Info("uaCSTA: the user agent listens", "address", p.socket.Address().String())
	return p, nil
}

func userAgentOptions(conf config.Config, log *slog.Logger) (useragent.Options, error) {
	ip := conf.UACSTAIP
	if !ip.IsValid() {
		own, err := bridge.Global("local_ip_v4")
		if err == nil {
			ip, err = netip.ParseAddr(own)
		}
		if err != nil {
			return useragent.Options{}, fmt.Errorf("uacsta-ip is not set, and local_ip_v4 is no address: %w", err)
		}
	}
	opts := useragent.Options{
		Address: netip.AddrPortFrom(ip, conf.UACSTAPort), Advertised: conf.UACSTAExtIP, Name: "mod_csta_socket/" + version,
	}
	if conf.UACSTAACL != "" {
		opts.Allow = accessList(log)(conf.UACSTAACL)
	}
	if conf.UACSTATLSPort != 0 && conf.UACSTATLSCert != "" {
		file := certFile(conf.UACSTATLSCert)
		certificate, err := tls.LoadX509KeyPair(file, file)
		if err != nil {
			return useragent.Options{}, fmt.Errorf("uacsta-tls-cert: %w", err)
		}
		opts.TLSPort = conf.UACSTATLSPort
		opts.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	return opts, nil
}

// take takes a record of a registration. It does not block.
func (p *phones) take(r *translate.Record) {
	reg, ok := p.domains.Registration(r)
	if !ok {
		return
	}
	select {
	case p.waiting <- reg:
	default:
		p.log.Warn("uaCSTA: too many registrations at once; a phone is not controlled until it registers again", "device", reg.Device)
	}
}

// list takes the registrations that were there before the module.
func (p *phones) list(records []byte) error { return translate.Each(records, p.take) }

// notify has mod_sofia send a NOTIFY. It does not block: a full queue of the
// switch's events would.
func (p *phones) notify(n uacsta.Notice) {
	select {
	case p.notices <- n:
	default:
		p.log.Warn("uaCSTA: too many requests wait for the switch; one is lost", "phone", n.To)
	}
}

func (p *phones) send() {
	defer p.running.Done()
	for {
		select {
		case n := <-p.notices:
			// mod_sofia general_event_handler: with contact-uri it goes by fs_path.
			err := bridge.Fire("NOTIFY", map[string]string{
				"profile": n.Registrar, "contact-uri": n.Contact, "from-uri": n.From, "to-uri": n.To,
				"event-string": n.Event, "content-type": n.ContentType,
			}, string(n.Body))
			if err != nil {
				p.log.Warn("uaCSTA: the switch does not send a request to a phone", "phone", n.To, "error", err)
			}
		case <-p.stopped:
			return
		}
	}
}

func (p *phones) run() {
	defer p.running.Done()
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	for {
		select {
		case reg := <-p.waiting:
			p.guarded(func() { p.keeper.Take(reg, time.Now()) })
		case now := <-look.C:
			p.guarded(func() { p.keeper.Look(now) })
		case <-p.stopped:
			return
		}
	}
}

func (p *phones) guarded(f func()) {
	defer caught(p.log, "registrations of phones", func() {})
	f()
}

// Subscriber implements uacsta.Directory: who may register a CSTA line.
func (p *phones) Subscriber(_ context.Context, user, domain string) (uacsta.Subscriber, error) {
	return p.keeper.Subscriber(user, domain)
}

// directory is the switch as registrations wants it.
type directory struct{}

func (directory) LookUp(user, domain string) (id string, known bool, err error) {
	found, err := bridge.LookUp(user, domain)
	if errors.Is(ported(err), fsswitch.ErrStopped) {
		err = errors.Join(registrations.ErrStopped, err)
	}
	return found.ID, found.Known, err
}

func (directory) Variable(user, domain, name string) (string, error) {
	return bridge.DirectoryVariable(user, domain, name)
}

func (directory) Param(user, domain, name string) (string, error) {
	return bridge.DirectoryParam(user, domain, name)
}

func (directory) Shown(profile, user, domain string) (string, error) {
	return bridge.Registered(profile, user, domain)
}

func (directory) Contacts(profile, user, domain string) (string, error) {
	return bridge.Contacts(profile, user, domain)
}

// stop says good-bye to the phones and closes the sockets.
func (p *phones) stop() error {
	close(p.stopped)
	ctx, cancel := context.WithTimeout(context.Background(), stopPhones)
	defer cancel()
	err := p.agent.Stop(ctx)
	p.socket.Stop()
	p.running.Wait()
	return err
}
