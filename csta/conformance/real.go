package conformance

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/conformance/uaphone"
)

// Real is a private FreeSWITCH with the module, and SIP phones.
type Real struct {
	Switch *freeswitch.Switch
	// Profile is what the phones are like that take requests by uaCSTA; nil: they
	// take none.
	Profile *uaphone.Profile
	// Agent is where the module's SIP user agent is, host:port.
	Agent string

	// Foreign gives subscribers of the default domain baresips instead of phones
	// of our own.
	Foreign bool

	// admitted is set while stories have the server know applications; takenBack counts
	// how often they took them back.
	admitted  bool
	takenBack int

	mu      sync.Mutex
	phones  map[string]*sipPhone
	foreign map[string]*foreignPhone
	party   *sipPhone
}

// NewReal puts phones on a running instance. Close them after use; the instance
// stays.
func NewReal(s *freeswitch.Switch) *Real {
	return &Real{Switch: s, phones: make(map[string]*sipPhone), foreign: make(map[string]*foreignPhone)}
}

// Close closes all phones.
func (r *Real) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	for _, p := range r.phones {
		errs = append(errs, p.phone.Close())
	}
	for _, p := range r.foreign {
		errs = append(errs, p.Close())
	}
	if r.party != nil {
		errs = append(errs, r.party.phone.Close())
	}
	r.phones, r.foreign, r.party = make(map[string]*sipPhone), make(map[string]*foreignPhone), nil
	return errors.Join(errs...)
}

func (r *Real) Name() string    { return "FreeSWITCH" }
func (r *Real) Address() string { return r.Switch.CSTAAddress() }

func (r *Real) SetRingTime(d time.Duration) error  { return r.Switch.SetRingTime(d) }
func (r *Real) SetMedia(variable string) error     { return r.Switch.SetMedia(variable) }
func (r *Real) WaitIdle(ctx context.Context) error { return r.Switch.WaitIdle(ctx) }

// EndMachines implements machines.
func (r *Real) EndMachines(ctx context.Context) error { return r.Switch.EndMachines(ctx) }

// reaction is less time than a person needs to hear that a call was answered.
const reaction = 50 * time.Millisecond

// legOf is the UUID of a call's first leg: the call ID, but for a leg that the
// server had the switch call, which names the call.
func (r *Real) legOf(callID string) (string, error) {
	out, err := r.Switch.FSCLI("uuid_exists " + callID)
	if err != nil || strings.TrimSpace(out) == "true" {
		return callID, err
	}
	list, err := r.Switch.FSCLI("show channels")
	if err != nil {
		return "", err
	}
	for row := range strings.Lines(list) {
		uuid, _, found := strings.Cut(row, ",")
		if !found || strings.HasPrefix(row, "uuid,") {
			continue
		}
		mark, err := r.Switch.FSCLI("uuid_getvar " + uuid + " csta_mark")
		if err != nil {
			return "", err
		}
		if strings.TrimSpace(mark) == callID {
			return uuid, nil
		}
	}
	return callID, nil
}

// WaitJoined asks the switch whom the call's first leg is bridged to. A phone that
// hangs up in the milliseconds between the answer and the bridge makes FreeSWITCH end
// the two legs in any order; no person is that fast.
func (r *Real) WaitJoined(ctx context.Context, callID string) error {
	var peer string
	for {
		leg, err := r.legOf(callID)
		if err != nil {
			return err
		}
		for _, variable := range [...]string{"bridge_uuid", "signal_bridge_to"} {
			if peer, err = r.Switch.FSCLI("uuid_getvar " + leg + " " + variable); err != nil {
				return err
			}
			if peer == "" || peer == "_undef_" || strings.HasPrefix(peer, "-ERR") {
				continue
			}
			begun, err := r.inBridge(strings.TrimSpace(peer))
			if err != nil {
				return err
			}
			if begun {
				time.Sleep(reaction)
				return nil
			}
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("the parties of %s are not joined: %q: %w", callID, peer, err)
		}
	}
}

// inBridge tells whether a leg's own thread has taken up the bridge that the other
// leg's thread has set up. FreeSWITCH hangs both up, as out of order, if one of them is
// parked or transferred before (switch_ivr_bridge.c, audio_bridge_thread).
func (r *Real) inBridge(leg string) (bool, error) {
	shown, err := r.Switch.FSCLI("uuid_dump " + leg)
	return !strings.Contains(shown, "Channel-State: CS_CONSUME_MEDIA"), err
}

// WaitTalking asks the switch for the bridge between two subscribers' legs.
func (r *Real) WaitTalking(ctx context.Context, device, other string) error {
	if err := r.Switch.WaitBridged(ctx, user(device), user(other)); err != nil {
		return err
	}
	time.Sleep(reaction)
	return nil
}

func user(device string) string {
	name, _, _ := strings.Cut(device, "@")
	return name
}

// Legs reads the switch's own count of sessions since it started.
func (r *Real) Legs(context.Context) (uint64, error) {
	out, err := r.Switch.FSCLI("status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(out) {
		if strings.Contains(line, "session(s) since startup") {
			return strconv.ParseUint(strings.Fields(line)[0], 10, 64)
		}
	}
	return 0, fmt.Errorf("status does not tell the number of sessions: %s", out)
}

// Operator runs a csta command as fs_cli would.
func (r *Real) Operator(_ context.Context, command string) (string, error) {
	return r.Switch.FSCLI("csta " + command)
}

func (r *Real) Admit(_ context.Context, all []freeswitch.Application, directoryLogins bool) error {
	if err := r.Switch.SetApplications(all, directoryLogins); err != nil {
		return err
	}
	out, err := r.Switch.FSCLI("csta reload")
	if err == nil && !strings.HasPrefix(out, "+OK") {
		err = fmt.Errorf("csta reload: %s", out)
	}
	if err != nil {
		return err
	}
	admits := len(all) > 0 || directoryLogins
	if r.admitted && !admits {
		r.takenBack++
	}
	r.admitted = admits
	return nil
}

func (r *Real) Reload(context.Context) error {
	out, err := r.Switch.FSCLI("reload " + freeswitch.ModuleName)
	if err == nil && !strings.Contains(out, "+OK module loaded") {
		err = fmt.Errorf("reload: %s", out)
	}
	return err
}

// noApplications is logged when applications are taken back, once each time.
const noApplications = "there are no applications any more"

// troubleCounters are those of `csta status` that should stay zero.
var troubleCounters = []string{"repairs", "resyncs", "audit findings", "panics"}

func (r *Real) Trouble(context.Context) (map[string]uint64, error) {
	out, err := r.Switch.FSCLI("csta status")
	if err != nil {
		return nil, err
	}
	trouble := make(map[string]uint64)
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		for _, name := range troubleCounters {
			rest, ok := strings.CutPrefix(line, name+" ")
			if !ok {
				continue
			}
			if trouble[name], err = strconv.ParseUint(strings.TrimSpace(rest), 10, 64); err != nil {
				return nil, fmt.Errorf("csta status: %q: %w", line, err)
			}
		}
	}
	if len(trouble) != len(troubleCounters) {
		return nil, fmt.Errorf("csta status lacks a counter of %v: %s", troubleCounters, out)
	}
	logged, err := r.Switch.LogErrors()
	if err != nil {
		return nil, err
	}
	told := 0
	for _, line := range logged {
		if strings.Contains(line, noApplications) && told < r.takenBack {
			told++
			continue
		}
		trouble[logTrouble+line]++
	}
	return trouble, nil
}

func (r *Real) Log() []string {
	lines, err := r.Switch.OwnLog()
	if err != nil {
		return []string{err.Error()}
	}
	return lines
}

func (r *Real) Phone(ctx context.Context, device string) (Phone, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Foreign && device == user(device) {
		return r.foreignPhone(ctx, device)
	}
	p := r.phones[device]
	if p == nil {
		user, domain, ok := strings.Cut(device, "@")
		if !ok {
			domain = freeswitch.Domain
		}
		subscriber, known := r.Switch.User(user, domain)
		if !known {
			return nil, fmt.Errorf("%s is not in the directory", device)
		}
		var err error
		if p, err = r.newPhone(phone.Config{
			User: user, Domain: domain, Password: subscriber.Password, Proxy: r.Switch.Proxy(domain), Tone: toneOf(device),
		}); err != nil {
			return nil, err
		}
		r.phones[device] = p
	}
	p.phone.ForgetIncoming()
	if err := p.Behave(Behaviour{}); err != nil {
		return nil, err
	}
	if p.lost {
		// It would be tried again only in half a minute.
		p.control.Reboot()
		p.registered, p.lost = false, false
	}
	if !p.registered || p.control != nil && p.control.Profile().Notify {
		// Of a phone without sessions the module hears nothing else.
		if err := r.register(ctx, p); err != nil {
			return nil, err
		}
		p.registered = true
	}
	p.Takes(Willing)
	return p, r.waitControlled(ctx, p, device)
}

func (r *Real) newPhone(cfg phone.Config) (*sipPhone, error) {
	if r.Profile == nil {
		made, err := phone.New(cfg)
		return &sipPhone{phone: made, sw: r.Switch}, err
	}
	made, err := uaphone.New(*r.Profile, cfg)
	if err != nil {
		return nil, err
	}
	made.Couple()
	made.Serves(r.Agent)
	p := &sipPhone{phone: made.Phone, control: made, sw: r.Switch, user: cfg.User, password: cfg.Password}
	made.Afterwards(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := r.register(ctx, p); err != nil {
			made.Note("%v", err)
		}
	})
	return p, nil
}

// lineTime is how long a CSTA line registers for: longer than any test.
const lineTime = time.Hour

// register registers a phone, and its CSTA line if it has one.
func (r *Real) register(ctx context.Context, p *sipPhone) error {
	if err := p.phone.Register(ctx); err != nil || p.control == nil || p.control.Profile().Line == "" {
		return err
	}
	status, err := p.control.RegisterLine(ctx, p.control.Profile().Line, r.Agent, p.user, p.password, lineTime)
	if err == nil && status != sip.StatusOK {
		err = fmt.Errorf("the CSTA line of %s is answered with %d", p.user, status)
	}
	return err
}

// waitControlled waits until a phone with uaCSTA takes requests, or has shown that
// it takes none.
func (r *Real) waitControlled(ctx context.Context, p *sipPhone, device string) error {
	if p.control == nil {
		return nil
	}
	want := "uaCSTA session"
	switch profile := p.control.Profile(); {
	case profile.Line != "":
		want = "over the CSTA line it registered with us"
	case profile.Notify:
		want = "uaCSTA in NOTIFY"
	case profile.TakesForCall:
		want = "rang ("
	case !profile.Sessions:
		want = "no uaCSTA in the phone"
	}
	for {
		out, err := r.Switch.FSCLI("csta status " + device)
		if err != nil || strings.Contains(out, want) {
			return err
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("csta status does not say %q of the phone of %s: %s: %w", want, device, out, err)
		}
	}
}

// Party is a SIP trunk's far end. It has one address, so that there is one such
// party at a time.
func (r *Real) Party(_ context.Context, number string) (Phone, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.party != nil && r.party.phone.Device() != number {
		if err := r.party.phone.Close(); err != nil {
			return nil, err
		}
		r.party = nil
	}
	if r.party == nil {
		made, err := phone.New(phone.Config{
			User: number, Domain: trunkDomain, Proxy: r.Switch.ExternalAddress(), Listen: r.Switch.TrunkAddress(), Tone: toneOf(number),
		})
		if err != nil {
			return nil, err
		}
		r.party = &sipPhone{phone: made, sw: r.Switch, registered: true}
	}
	r.party.phone.ForgetIncoming()
	return r.party, r.party.Behave(Behaviour{})
}

// trunkDomain is what the trunk's far end writes behind its number.
const trunkDomain = "network.test"

func (r *Real) TrunkURI(number string) string {
	return "sofia/external/" + number + "@" + r.Switch.TrunkAddress()
}

type sipPhone struct {
	phone *phone.Phone
	// control is the same phone, if it takes requests.
	control *uaphone.Phone
	// asked is how many requests it had got when it was given its manner.
	asked      int
	sw         *freeswitch.Switch
	registered bool
	// user and password are those of its CSTA line.
	user, password string
	// lost: it has ended its session.
	lost bool
}

func (p *sipPhone) Register(ctx context.Context) error {
	err := p.phone.Register(ctx)
	p.registered = err == nil
	return err
}

func (p *sipPhone) Unregister(ctx context.Context) error {
	p.registered = false
	return p.phone.Unregister(ctx)
}

func (p *sipPhone) RegisterFor(ctx context.Context, d time.Duration) error {
	p.registered = false
	return p.phone.RegisterFor(ctx, d)
}

func (p *sipPhone) Behave(b Behaviour) error {
	sound := phone.NoSound
	if b.Speaks {
		sound = phone.Tone
	}
	p.phone.Set(phone.Behaviour{
		Sound:  sound,
		Silent: b.Silent, RejectWith: b.RejectWith, RedirectTo: b.RedirectTo, EarlyMedia: b.EarlyMedia,
		AnswerAfter: b.AutoAnswer, Talk: b.Talk, HoldByNotify: b.Talk, AnswerIn: b.AnswerIn,
	})
	return nil
}

func (p *sipPhone) Dial(ctx context.Context, number string) (Line, error) {
	c, err := p.phone.Dial(ctx, number)
	if err != nil {
		return nil, err
	}
	return &sipLine{c}, nil
}

func (p *sipPhone) Rings(ctx context.Context) (Line, error) {
	c, err := p.phone.WaitIncoming(ctx)
	if err != nil {
		return nil, err
	}
	return &sipLine{c}, nil
}

func (p *sipPhone) SubscribeFeatures(ctx context.Context) error {
	return p.phone.SubscribeFeatures(ctx)
}

func (p *sipPhone) PressFeatureKey(ctx context.Context, key FeatureKey) error {
	return p.phone.PressFeatureKey(ctx, phone.FeatureKey(key))
}

func (p *sipPhone) FeatureLamps() (FeatureLamps, int) {
	seen, told := p.phone.Features()
	lamps := FeatureLamps{}
	for name, f := range seen {
		lamps[name] = lampText(f.On, f.Number, f.Rings)
	}
	return lamps, told
}

func (p *sipPhone) HangUpAll(ctx context.Context) error { return p.phone.HangUpAll(ctx) }
func (p *sipPhone) Journal() []string                   { return p.phone.Journal() }

type sipLine struct{ *phone.Call }

func (l *sipLine) WaitEnded(ctx context.Context) error {
	_, err := l.Call.WaitEnded(ctx)
	return err
}

func (l *sipLine) DigitByMedia(ctx context.Context, digit rune) error {
	return l.DigitByRTP(ctx, digit)
}

func (l *sipLine) Redirect(_ context.Context, number string) error { return l.Call.Redirect(number) }

func (l *sipLine) BlindTransfer(ctx context.Context, number string) error {
	return l.Transfer(ctx, number)
}

func (l *sipLine) AttendedTransfer(ctx context.Context, other Line) error {
	second, ok := other.(*sipLine)
	if !ok {
		return fmt.Errorf("%T is no line of a SIP phone", other)
	}
	return l.TransferTo(ctx, second.Call)
}

func (l *sipLine) Over() bool { return l.State() == phone.Ended }
