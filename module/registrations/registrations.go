// Package registrations decides what a registration with the switch means for
// uaCSTA: whose phone it is, whether it may be controlled, and with which password.
// It knows no switch: what it asks, it asks by a port.
package registrations

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mod_csta_socket/csta/uacsta"
	"mod_csta_socket/module/translate"
)

// Switch is what is asked of the switch. All of it may block.
type Switch interface {
	// LookUp is a subscriber's own name in the directory. known is false if it is
	// in none.
	LookUp(user, domain string) (id string, known bool, err error)
	// Variable and Param are a subscriber's in the directory, "" if there is none.
	Variable(user, domain, name string) (string, error)
	Param(user, domain, name string) (string, error)
	// Shown is what mod_sofia shows of a subscriber's registrations
	// (translate.Registration.Shown).
	Shown(profile, user, domain string) (string, error)
	// Contacts are where the switch would call a subscriber (translate.Roster).
	Contacts(profile, user, domain string) (string, error)
}

// ErrStopped: the switch is being left, and answers nothing any more.
var ErrStopped = errors.New("the switch is being left")

// Agent takes what is decided: *uacsta.Agent.
type Agent interface {
	Registered(uacsta.Registration)
	Unregistered(uacsta.Registration)
}

// Options are the settings of a Keeper.
type Options struct {
	Domains translate.Domains
	// Unproven has phones controlled also if nobody had to authenticate for them.
	// None of them gets a password.
	Unproven bool
}

// Keeper knows the registrations. Its methods belong to one goroutine.
type Keeper struct {
	opts  Options
	to    Switch
	agent Agent
	log   *slog.Logger
	// known is what was found out while the registration lasts, of each one's last
	// source.
	known map[key]known
	// roster finds registrations that the switch has replaced.
	roster translate.Roster
	sweep  time.Time
}

type key struct {
	translate.Account
	callID string
}

// known is what was found out of the phone of a registration.
type known struct {
	origin translate.Origin
	// mode is what the directory says.
	mode uacsta.Mode
	// identity is who registered: of a refresh as much as of a first registration.
	// identified is false until that has been of interest.
	identity        translate.Identity
	identified      bool
	authUser, realm string
	// password is the directory's uacsta-password, of one whose owner registered.
	password string
	// until is when it is forgotten if nobody tells that the registration ended.
	until time.Time
}

const (
	// sweepInterval is between two looks for what has run out.
	sweepInterval = time.Minute
	// overdue is how long the news of an end is waited for, unlimited how long a
	// registration counts whose time is not known.
	overdue   = 5 * time.Minute
	unlimited = 24 * time.Hour
	// mostKnown bounds what is remembered.
	mostKnown = 1 << 16
)

// New makes a Keeper.
func New(opts Options, to Switch, agent Agent, log *slog.Logger) *Keeper {
	return &Keeper{opts: opts, to: to, agent: agent, log: log, known: map[key]known{}}
}

// Take takes a registration, its refresh or its end, and hands it on with what is
// known of it. The directory is asked once in a registration's life, not at every
// refresh.
func (k *Keeper) Take(reg translate.Registration, now time.Time) {
	r := uacsta.Registration{
		Registrar: reg.Profile, CallID: reg.CallID, Device: reg.Device, User: reg.User, Domain: reg.Domain, Contact: reg.Contact,
		Transport: reg.Transport, Source: reg.Source, UserAgent: reg.UserAgent, Expires: reg.Expires,
	}
	account := translate.Account{Profile: reg.Profile, User: reg.User, Domain: reg.Domain}
	of := key{account, reg.CallID}
	for _, replaced := range k.roster.Note(reg, now) {
		delete(k.known, key{account, replaced})
	}
	if reg.Gone {
		delete(k.known, of)
		k.agent.Unregistered(r)
		return
	}
	found, mode := k.find(reg, of)
	life := reg.Expires
	if life <= 0 {
		life = unlimited
	}
	found.until = now.Add(life + overdue)
	if _, there := k.known[of]; !there && len(k.known) >= mostKnown {
		// Any: it is asked for anew.
		for other := range k.known {
			delete(k.known, other)
			break
		}
	}
	k.known[of] = found
	r.Mode, r.Password, r.Realm = mode, found.password, found.realm
	k.agent.Registered(r)
}

// show asks mod_sofia who authenticated for a registration that was there before us.
func (k *Keeper) show(reg *translate.Registration) {
	list, err := k.to.Shown(reg.Profile, reg.User, reg.Domain)
	if err != nil || !reg.Shown(list) {
		k.log.Debug("uaCSTA: the switch does not show who registered a phone", "device", reg.Device, "profile", reg.Profile, "error", err)
	}
}

// find tells what is known of a registration, and finds out what is not; and what that
// makes of the phone.
func (k *Keeper) find(reg translate.Registration, of key) (found known, mode uacsta.Mode) {
	found, seen := k.known[of]
	// A list does not tell who authenticated.
	if !seen || found.origin != reg.Origin() || !reg.Listed && !found.by(&reg) {
		found, seen = known{origin: reg.Origin(), authUser: reg.AuthUser, realm: reg.Realm}, false
	}
	if reg.Variables {
		found.mode = k.mode(reg.UACSTA, reg.Device)
	} else if !seen {
		found.mode = k.lookUpMode(reg.User, reg.Domain)
	}
	if found.mode == uacsta.Off {
		return found, uacsta.Off
	}
	if reg.Listed {
		k.show(&reg)
		if !found.by(&reg) {
			found.authUser, found.realm, found.password, found.identified = reg.AuthUser, reg.Realm, "", false
		}
	}
	first := !found.identified
	if first {
		found.identity, found.identified = reg.Identity(k.opts.Domains, k.id), true
	}
	if why := k.objection(found.identity, reg.Listed); why != "" {
		if first {
			k.log.Warn("uaCSTA: a phone is not controlled: "+why,
				"device", reg.Device, "authenticated", reg.AuthUser, "from", reg.Source.String(), "profile", reg.Profile)
		}
		return found, uacsta.Off
	}
	if first && found.identity == translate.Owner {
		// Without it a phone that asks for its password is out of reach, no more.
		found.password, _ = k.to.Param(reg.User, reg.Domain, "uacsta-password")
	}
	return found, found.mode
}

// by tells whether a registration was authenticated by the same one.
func (f *known) by(reg *translate.Registration) bool {
	return f.authUser == reg.AuthUser && f.realm == reg.Realm
}

// objection says why a phone is left alone; "" = it is not.
func (k *Keeper) objection(identity translate.Identity, listed bool) string {
	switch {
	case identity == translate.Another:
		return "it registered for a subscriber with the credentials of another one"
	case identity == translate.Owner || k.opts.Unproven:
		return ""
	case listed:
		return "it is not known who registered it before the module was there, until it does again"
	default:
		return "nobody had to authenticate for it (uacsta-unproven allows that)"
	}
}

// id is a subscriber's own name in the directory; "" = it is not known.
func (k *Keeper) id(user, domain string) string {
	id, known, err := k.to.LookUp(user, domain)
	if err != nil || !known {
		return ""
	}
	return id
}

func (k *Keeper) lookUpMode(user, domain string) uacsta.Mode {
	value, err := k.to.Variable(user, domain, "uacsta")
	if err != nil {
		k.log.Warn("uaCSTA: the directory cannot be asked", "user", user, "domain", domain, "error", err)
		return uacsta.Off
	}
	return k.mode(value, user+"@"+domain)
}

func (k *Keeper) mode(value, of string) uacsta.Mode {
	mode, ok := uacsta.ParseMode(value)
	if !ok {
		k.log.Warn("uaCSTA: the directory variable uacsta must be session, notify or off", "subscriber", of, "value", value)
	}
	return mode
}

// Look ends the control of phones whose registrations the switch has replaced without
// telling, and forgets those whose end it has never told.
func (k *Keeper) Look(now time.Time) {
	for _, of := range k.roster.Due(now) {
		contacts, err := k.to.Contacts(of.Profile, of.User, of.Domain)
		if err != nil {
			// Then they end when they expire.
			k.log.Debug("uaCSTA: the switch does not tell the contacts", "user", of.User, "error", err)
			continue
		}
		for _, reg := range k.roster.Replaced(of, contacts, now) {
			k.Take(reg, now)
		}
	}
	if now.Before(k.sweep) {
		return
	}
	k.sweep = now.Add(sweepInterval)
	for of, found := range k.known {
		if now.After(found.until) {
			delete(k.known, of)
			k.roster.Note(translate.Registration{Gone: true, Profile: of.Profile, User: of.User, Domain: of.Domain, CallID: of.callID}, now)
		}
	}
}

// Subscriber tells who may register a CSTA line. Unlike all else here it may be called
// from any goroutine.
func (k *Keeper) Subscriber(user, domain string) (uacsta.Subscriber, error) {
	id, known, err := k.to.LookUp(user, domain)
	switch {
	case errors.Is(err, ErrStopped):
		return uacsta.Subscriber{}, err
	case err != nil, !known, id != user:
		return uacsta.Subscriber{}, uacsta.ErrUnknownSubscriber
	}
	s := uacsta.Subscriber{Mode: k.lookUpMode(user, domain), Device: k.opts.Domains.Device(user, domain)}
	owner, err := k.to.Variable(user, domain, "uacsta_device")
	if err == nil && owner != "" {
		s.Device = k.opts.Domains.Device(k.opts.Domains.Split(owner))
	}
	if s.Device == "" {
		return uacsta.Subscriber{}, uacsta.ErrUnknownSubscriber
	}
	for name, to := range map[string]*string{"a1-hash": &s.A1, "password": &s.Password, "uacsta-password": &s.PhonePassword} {
		if *to, err = k.to.Param(user, domain, name); err != nil {
			return uacsta.Subscriber{}, fmt.Errorf("%s of %s: %w", name, user, err)
		}
	}
	return s, nil
}
