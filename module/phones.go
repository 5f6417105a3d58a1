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
	// known remembers what the directory said while the registration lasts, of each
	// one's last source. It belongs to the goroutine.
	known map[registrationKey]knownPhone
	// roster finds registrations that the switch has replaced; the goroutine's, too.
	roster translate.Roster
}

type registrationKey struct {
	translate.Account
	callID string
}

// knownPhone is what the directory said of the phone of a registration.
type knownPhone struct {
	origin translate.Origin
	mode   uacsta.Mode
	// identity is who registered: of a refresh as much as of a first registration.
	identity translate.Identity
	authUser string
	// password is the directory's uacsta-password, of one whose owner registered.
	password string
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
		stopped: make(chan struct{}), known: map[registrationKey]knownPhone{}, driver: &driver.Driver{},
	}
	if p.socket, err = useragent.New(opts, log); err != nil {
		return nil, err
	}
	ringers := openRingers(log)
	p.agent = uacsta.New(uacsta.Options{
		AfterMonitor: conf.UACSTAAfterMonitor, Realms: append([]string{p.socket.Address().Addr().String()}, domains...), Ringers: ringers.Read(), Remember: ringers.Add, Notify: p.notify,
	}, p.socket, p.driver, log)
	p.driver.Drive(p.agent)
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
			p.guarded(reg)
		case now := <-look.C:
			p.lookForReplaced(now)
		case <-p.stopped:
			return
		}
	}
}

// lookForReplaced ends the control of phones whose registrations the switch has
// replaced without telling.
func (p *phones) lookForReplaced(now time.Time) {
	defer caught(p.log, "registrations of phones", func() {})
	for _, of := range p.roster.Due(now) {
		contacts, err := bridge.Contacts(of.Profile, of.User, of.Domain)
		if err != nil {
			// Then they end when they expire.
			p.log.Debug("uaCSTA: the switch does not tell the contacts", "user", of.User, "error", err)
			continue
		}
		for _, reg := range p.roster.Replaced(of, contacts, now) {
			p.registered(reg)
		}
	}
}

func (p *phones) guarded(reg translate.Registration) {
	defer caught(p.log, "registrations of phones", func() {})
	p.registered(reg)
}

// registered hands a registration on with what the directory says. It is asked
// once in a registration's life, not at every refresh.
func (p *phones) registered(reg translate.Registration) {
	r := uacsta.Registration{
		Registrar: reg.Profile, CallID: reg.CallID, Device: reg.Device, User: reg.User, Domain: reg.Domain, Contact: reg.Contact,
		Transport: reg.Transport, Source: reg.Source, UserAgent: reg.UserAgent, Expires: reg.Expires,
	}
	account := translate.Account{Profile: reg.Profile, User: reg.User, Domain: reg.Domain}
	key := registrationKey{account, reg.CallID}
	for _, replaced := range p.roster.Note(reg, time.Now()) {
		delete(p.known, registrationKey{account, replaced})
	}
	if reg.Gone {
		delete(p.known, key)
		p.agent.Unregistered(r)
		return
	}
	known, seen := p.known[key]
	if seen = seen && known.origin == reg.Origin(); !seen {
		known = knownPhone{origin: reg.Origin()}
	}
	if !seen || known.authUser != reg.AuthUser {
		known.identity, known.authUser, known.password = reg.Identity(p.domains, directoryID), reg.AuthUser, ""
		seen = false
	}
	if reg.Variables {
		known.mode = p.mode(reg.UACSTA, reg.Device)
	} else if !seen {
		known.mode = p.lookUpMode(reg.User, reg.Domain)
	}
	if known.identity == translate.Another {
		if !seen {
			p.log.Warn("uaCSTA: a phone is not controlled: it registered for a subscriber with the credentials of another one",
				"device", reg.Device, "authenticated", reg.AuthUser, "from", reg.Source.String(), "profile", reg.Profile)
		}
		known.mode = uacsta.Off
	}
	if known.mode != uacsta.Off && !seen && known.identity == translate.Owner {
		// Without it a phone that asks for its password is out of reach, no more.
		known.password, _ = bridge.DirectoryParam(reg.User, reg.Domain, "uacsta-password")
	}
	p.known[key] = known
	r.Mode, r.Password, r.Realm = known.mode, known.password, reg.Realm
	p.agent.Registered(r)
}

// directoryID is a subscriber's own name in the directory; "" = it is not known.
func directoryID(user, domain string) string {
	found, err := bridge.LookUp(user, domain)
	if err != nil || !found.Known {
		return ""
	}
	return found.ID
}

func (p *phones) lookUpMode(user, domain string) uacsta.Mode {
	value, err := bridge.DirectoryVariable(user, domain, "uacsta")
	if err != nil {
		p.log.Warn("uaCSTA: the directory cannot be asked", "user", user, "domain", domain, "error", err)
		return uacsta.Off
	}
	return p.mode(value, user+"@"+domain)
}

func (p *phones) mode(value, of string) uacsta.Mode {
	mode, ok := uacsta.ParseMode(value)
	if !ok {
		p.log.Warn("uaCSTA: the directory variable uacsta must be session, notify or off", "subscriber", of, "value", value)
	}
	return mode
}

// Subscriber implements uacsta.Directory: who may register a CSTA line.
func (p *phones) Subscriber(_ context.Context, user, domain string) (uacsta.Subscriber, error) {
	found, err := bridge.LookUp(user, domain)
	switch {
	case errors.Is(ported(err), fsswitch.ErrStopped):
		return uacsta.Subscriber{}, err
	case err != nil, !found.Known, found.ID != user:
		return uacsta.Subscriber{}, uacsta.ErrUnknownSubscriber
	}
	s := uacsta.Subscriber{Mode: p.lookUpMode(user, domain), Device: p.domains.Device(user, domain)}
	owner, err := bridge.DirectoryVariable(user, domain, "uacsta_device")
	if err == nil && owner != "" {
		ownerUser, ownerDomain := p.domains.Split(owner)
		s.Device = p.domains.Device(ownerUser, ownerDomain)
	}
	if s.Device == "" {
		return uacsta.Subscriber{}, uacsta.ErrUnknownSubscriber
	}
	if s.A1, err = bridge.DirectoryParam(user, domain, "a1-hash"); err != nil {
		return uacsta.Subscriber{}, fmt.Errorf("a1-hash of %s: %w", user, err)
	}
	if s.Password, err = bridge.DirectoryParam(user, domain, "password"); err != nil {
		return uacsta.Subscriber{}, fmt.Errorf("password of %s: %w", user, err)
	}
	if s.PhonePassword, err = bridge.DirectoryParam(user, domain, "uacsta-password"); err != nil {
		return uacsta.Subscriber{}, fmt.Errorf("uacsta-password of %s: %w", user, err)
	}
	return s, nil
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
