package fsswitch

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/translate"
)

// Options are the settings of a Switch.
type Options struct {
	// Domains: the first one is where bare extensions live.
	Domains translate.Domains
	// Context is the dialplan context in which numbers are looked up for whom no
	// other is known.
	Context string
	// Loopback variables are set on legs called through the dialplan.
	Loopback []Variable
	// ConferenceProfile is the profile of mod_conference for joined calls.
	ConferenceProfile string
}

// Switch implements switching.Switch on FreeSWITCH.
type Switch struct {
	calls  Calls
	legs   *translate.Translator
	opts   Options
	log    *slog.Logger
	limits limits

	recordings  recordings
	contexts    *contexts
	subscribers subscribers

	once   sync.Once
	listed chan struct{}

	// mu guards opts.Context and opts.Loopback.
	mu sync.Mutex
}

// New returns a Switch. legs is what the events' translator knows of the legs.
func New(calls Calls, legs *translate.Translator, opts Options, log *slog.Logger) *Switch {
	s := &Switch{calls: calls, legs: legs, opts: opts, log: log, listed: make(chan struct{})}
	s.contexts = newContexts(s.contextOf, log)
	return s
}

// SetDialplan changes Options.Context and Options.Loopback for the operations to
// come, and has the directory asked anew for the contexts of devices.
func (s *Switch) SetDialplan(context string, loopback []Variable) {
	s.contexts.forget()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.Context, s.opts.Loopback = context, loopback
}

func (s *Switch) dialplan() (context string, loopback []Variable) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opts.Context, s.opts.Loopback
}

// Listed is closed when a snapshot of the legs was taken for the first time, or
// failed.
func (s *Switch) Listed() <-chan struct{} { return s.listed }

// Close ends the timers of limited plays and records. Operations begun later
// set none.
func (s *Switch) Close() { s.limits.close() }

// Perform implements switching.Switch.
func (s *Switch) Perform(ctx context.Context, op switching.Operation) (switching.Outcome, error) {
	switch o := op.(type) {
	case switching.Originate:
		return s.originate(ctx, o)
	case switching.Play:
		return switching.Outcome{}, s.play(o)
	case switching.Record:
		return s.record(o)
	case switching.LookUpDevice:
		return s.lookUp(o)
	case switching.FindInGroup:
		return s.findInGroup(o)
	case switching.ListLegs:
		defer s.once.Do(func() { close(s.listed) })
		return s.listLegs()
	case switching.ListRegistrations:
		return s.listRegistrations()
	case switching.ListSubscribers:
		return s.subscribers.list(s)
	case switching.SetFeatures:
		return switching.Outcome{}, s.setFeatures(o)
	case switching.ShowFeatures:
		return switching.Outcome{}, s.showFeatures(o)
	}
	return switching.Outcome{}, s.simple(op)
}

// simple performs the operations that are one call of the bridge.
func (s *Switch) simple(op switching.Operation) error {
	leg, act := s.action(op)
	if act == nil {
		return fmt.Errorf("operation %T: %w", op, switching.ErrNotSupported)
	}
	if !validWord(leg, maxUUID) {
		return address("leg", leg)
	}
	if err := act(); err != nil {
		return fmt.Errorf("%T of leg %s: %w", op, leg, err)
	}
	return nil
}

func (s *Switch) action(op switching.Operation) (leg string, act func() error) {
	c := s.calls
	switch o := op.(type) {
	case switching.Answer:
		if o.AskPhone {
			return o.Leg, func() error { return c.AskPhoneToTalk(o.Leg) }
		}
		return o.Leg, func() error { return c.Answer(o.Leg) }
	case switching.HangUp:
		return o.Leg, func() error { return c.HangUp(o.Leg, string(o.Cause), o.Forsaken) }
	case switching.Route:
		return o.Leg, func() error { return s.route(o) }
	case switching.Hold:
		return o.Leg, func() error { return c.Hold(o.Leg) }
	case switching.Unhold:
		return o.Leg, func() error { return c.Unhold(o.Leg) }
	case switching.EndMusic:
		return o.Leg, func() error { return c.EndMusic(o.Leg) }
	case switching.Bridge:
		return o.Leg, func() error {
			if !validWord(o.Other, maxUUID) {
				return address("leg", o.Other)
			}
			return c.Bridge(o.Leg, o.Other, o.Back)
		}
	case switching.PickUp:
		return o.Leg, func() error {
			for _, other := range [...]string{o.Caller, o.Ringing} {
				if !validWord(other, maxUUID) {
					return address("leg", other)
				}
			}
			return c.PickUp(o.Leg, o.Caller, o.Ringing)
		}
	case switching.Music:
		return o.Leg, func() error { return c.Music(o.Leg) }
	case switching.Protect:
		return o.Leg, func() error { return c.Protect(o.Leg, o.On) }
	case switching.KeepAfterBridge:
		return o.Leg, func() error { return c.KeepAfterBridge(o.Leg, o.On) }
	case switching.Note:
		return o.Leg, func() error {
			if o.Text != "" && !validNote(o.Text) {
				return address("note", o.Text)
			}
			return c.SetVariable(o.Leg, noteVariable, o.Text)
		}
	case switching.Join:
		return o.Leg, func() error {
			if !validWord(o.Conference, maxUUID) {
				return address("conference", o.Conference)
			}
			return c.Join(o.Leg, o.Conference, s.opts.ConferenceProfile)
		}
	case switching.StopPlay:
		return o.Leg, func() error { return c.StopPlay(o.Leg) }
	case switching.StopRecord:
		return o.Leg, func() error { return c.StopRecord(o.Leg, o.File) }
	}
	return "", nil
}

// noteVariable keeps a Note; maxNote is what the bridge's records have room for.
const (
	noteVariable = "csta_note"
	maxNote      = 255
)

// validNote: it may end with the name of a network interface, with its tenant's behind
// that.
func validNote(s string) bool {
	before, tenant, has := strings.Cut(s, "@")
	return len(s) <= maxNote && validWord(before, maxNote) && (!has || validWord(tenant, maxNote))
}

func (s *Switch) route(o switching.Route) error {
	if !switching.ValidNumber(o.Number) {
		return address("number", o.Number)
	}
	in, err := s.dialsIn(o.For, o.Leg)
	if err != nil {
		return err
	}
	for _, v := range in.variables() {
		if err := s.calls.SetVariable(o.Leg, v.Name, v.Value); err != nil {
			return err
		}
	}
	return s.calls.Route(o.Leg, o.Number, in.context)
}

// Variables of subscribers' legs, as mod_sofia sets them when a phone calls: from the
// directory the context in which it dials, and the domain, whose subscribers a dialplan
// that serves several domains calls (user/$1@${domain_name}).
const (
	contextVariable = "user_context"
	domainVariable  = "domain_name"
)

// legContext is how a leg's variables show the context that its number was looked up
// in last (the caller profile's).
const legContext = "context"

// dialling is where a device dials: in which context of the dialplan, and in which
// domain; "": in the default one.
type dialling struct{ context, domain string }

// variables are those that a leg needs to dial there.
func (d dialling) variables() []Variable {
	if d.domain == "" {
		return nil
	}
	return []Variable{{domainVariable, d.domain}}
}

// dialsIn tells where a number is dialled for a device: where the device dials itself,
// whichever leg goes there, since the leg may be that of somebody in another domain, to
// whom the number is another phone's. A leg that nobody dials for (a queue's) goes on
// in the context that it is in. Options.Context is for devices of the default domain
// about whom the directory tells nothing; in another domain, where a number of the
// default one may be another phone, nothing is dialled then, unless the leg is in that
// domain. leg is "" for one that is still to be called.
func (s *Switch) dialsIn(device, leg string) (dialling, error) {
	if device == "" {
		return dialling{context: cmp.Or(s.variableOf(leg, legContext), s.fallback())}, nil
	}
	if !switching.ValidDevice(device) {
		return dialling{}, address("device", device)
	}
	context, err := s.contexts.context(device)
	user, domain := s.opts.Domains.Split(device)
	if s.opts.Domains.Device(user, domain) == user {
		if err != nil {
			s.log.Warn("the directory does not tell a device's context; its number is dialled in dialplan-context", "device", device, "error", err)
		}
		return dialling{context: cmp.Or(context, s.fallback())}, nil
	}
	if context == "" && strings.EqualFold(s.variableOf(leg, domainVariable), domain) {
		context = s.variableOf(leg, legContext)
	}
	switch {
	case context != "":
		return dialling{context, domain}, nil
	case err != nil:
		return dialling{}, fmt.Errorf("context of %s: %w: %w", device, err, switching.ErrNotPossible)
	}
	return dialling{}, fmt.Errorf("%s has no %s in the directory: %w", device, contextVariable, switching.ErrNotPossible)
}

func (s *Switch) fallback() string {
	context, _ := s.dialplan()
	return context
}

// contextOf asks the directory for a device's context; "" if it has none that is a
// context's name.
func (s *Switch) contextOf(device string) (string, error) {
	user, domain := s.opts.Domains.Split(device)
	context, err := s.calls.DirectoryVariable(user, domain, contextVariable)
	if err != nil || !validWord(context, maxContext) {
		return "", err
	}
	return context, nil
}

// variableOf is a leg's variable that names a context or a domain; "" if it has none.
func (s *Switch) variableOf(leg, name string) string {
	if !validWord(leg, maxUUID) {
		return ""
	}
	value, err := s.calls.GetVariable(leg, name)
	if err != nil || !validWord(value, maxContext) {
		return ""
	}
	return value
}

// maxContext is what the bridge has room for.
const maxContext = 64

// lookUp asks the directory and sofia's registrations.
func (s *Switch) lookUp(o switching.LookUpDevice) (switching.Outcome, error) {
	if !switching.ValidDevice(o.Device) {
		return switching.Outcome{}, address("device", o.Device)
	}
	user, domain := s.opts.Domains.Split(o.Device)
	known, id, registered, err := s.calls.LookUp(user, domain)
	if err != nil {
		return switching.Outcome{}, fmt.Errorf("look up %s: %w", o.Device, err)
	}
	device := o.Device
	if known && id != "" {
		if own := s.opts.Domains.Device(id, domain); own != "" {
			device = own
		}
	}
	return switching.Outcome{Device: switching.DeviceStatus{
		Device: device, Known: known, Registered: registered,
	}}, nil
}

func (s *Switch) listRegistrations() (switching.Outcome, error) {
	list, err := s.calls.Registrations()
	if err != nil {
		return switching.Outcome{}, fmt.Errorf("list registrations: %w", err)
	}
	var out switching.Outcome
	seen := map[string]bool{}
	err = translate.Each(list, func(r *translate.Record) {
		user, host := strings.Clone(r.Get(translate.FromUser)), strings.Clone(r.Get(translate.FromHost))
		s.legs.Registered(strings.Clone(r.Get(translate.ProfileName)), user, host)
		if device := s.opts.Domains.Device(user, host); device != "" && !seen[device] {
			seen[device] = true
			out.Devices = append(out.Devices, device)
		}
	})
	if err != nil {
		return switching.Outcome{}, fmt.Errorf("list registrations: %w", err)
	}
	return out, nil
}
