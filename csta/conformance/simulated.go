package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/console"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/features"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/sim"
	"mod_csta_socket/csta/switching"
)

// Simulated is the simulated switch with engine and server, in process.
type Simulated struct {
	options sim.Options
	sw      *sim.Switch
	engine  *engine.Engine
	server  *server.Server
	created *counter
	book    *logbook
	// messages are the lengths of those that exist, by name.
	messages *sync.Map
	// control is that of the phones; nil if they take no requests.
	control *simulatedControl
	// features keeps what subscribers have set, in a directory of its own.
	features  *features.Store
	directory string
	// change are what its engine has beside the usual settings.
	change []func(*engine.Options)
}

// counter sits between the switch and the engine and counts the legs made.
type counter struct {
	next switching.Sink
	legs atomic.Uint64
}

func (c *counter) Events(batch []switching.Event) {
	for i := range batch {
		if batch[i].Kind == switching.LegCreated {
			c.legs.Add(1)
		}
	}
	c.next.Events(batch)
}

// logbook collects log records, and those of level Warn and above apart.
type logbook struct {
	mu       sync.Mutex
	all      []string
	warnings []string
}

// logLimit bounds the lines that a logbook keeps of the lower levels.
const logLimit = 2000

func (b *logbook) Enabled(context.Context, slog.Level) bool { return true }
func (b *logbook) WithAttrs([]slog.Attr) slog.Handler       { return b }
func (b *logbook) WithGroup(string) slog.Handler            { return b }
func (b *logbook) Handle(_ context.Context, r slog.Record) error {
	text := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.all) < logLimit {
		b.all = append(b.all, r.Time.Format("15:04:05.000 ")+text)
	}
	if r.Level >= slog.LevelWarn {
		b.warnings = append(b.warnings, text)
	}
	return nil
}

// simulatedTrunk is where the parties outside are.
const simulatedTrunk = "192.0.2.1:5080"

// poll is how often the state of a simulated phone is looked at.
const poll = time.Millisecond

// NewSimulated starts a simulated switch that lets phones ring for ringTime, also
// when they prompt for a MakeCall.
// Close it after use.
func NewSimulated(ringTime time.Duration) (*Simulated, error) {
	return startSimulated(simulatedOptions(ringTime), false)
}

// NewControlled does the same, with phones that take requests.
func NewControlled(ringTime time.Duration) (*Simulated, error) {
	return startSimulated(simulatedOptions(ringTime), true)
}

// NewTenants does what NewSimulated does, with a device, a queue and ways in of the second
// domain whose numbers the default domain has, too.
func NewTenants(ringTime time.Duration) (*Simulated, error) {
	const tenant = "@" + freeswitch.SecondDomain
	o := simulatedOptions(ringTime, "1001"+tenant)
	o.Aliases[freeswitch.ToTenant+"2000"] = "2000" + tenant
	o.Aliases[freeswitch.GuestDials] = "1000"
	o.Queues["9500"+tenant] = sim.Queue{Name: "9500" + tenant}
	o.Inbound[freeswitch.InToTenantsQueue] = sim.Inbound{Name: "20" + tenant, Number: "9500", Tenant: freeswitch.SecondDomain}
	o.Inbound[freeswitch.InToTenant] = sim.Inbound{Number: "2000", Tenant: freeswitch.SecondDomain}
	o.PickupGroups = maps.Clone(o.PickupGroups)
	for _, user := range [...]string{"1001", "2000", "2001"} {
		o.PickupGroups[user+tenant] = []string{"techsupport"}
	}
	return startSimulated(o, false)
}

// NewWithMailboxes does what NewSimulated does, with a mailbox for each subscriber.
func NewWithMailboxes(ringTime time.Duration) (*Simulated, error) {
	o := simulatedOptions(ringTime)
	o.Mailboxes = true
	return startSimulated(o, false)
}

// simulatedOptions are the tests' installation, with more subscribers.
func simulatedOptions(ringTime time.Duration, more ...string) sim.Options {
	o := sim.DefaultOptions()
	o.RingTimeout = ringTime
	o.Aliases, o.Params = make(map[string]string), make(map[string]map[string]string)
	o.Phones = nil
	for _, u := range freeswitch.Subscribers() {
		name := u.ID
		if u.Domain != "" {
			name += "@" + u.Domain
		}
		o.Phones = append(o.Phones, name)
		if u.Params != nil {
			o.Params[name] = u.Params
		}
		if u.Alias != "" {
			o.Aliases[u.Alias] = name
		}
	}
	o.Phones = append(o.Phones, more...)
	// The dialplan of the tests calls subscribers of the second domain by
	// their bare number.
	o.Aliases["2000"] = "2000@" + freeswitch.SecondDomain
	o.Aliases["2001"] = "2001@" + freeswitch.SecondDomain
	// The queues of the tests' dialplan.
	o.Served = map[string]bool{servedNumber: true}
	o.Groups = map[string][]string{"9700": {"1001", "1002"}, "9703": {"1001", "1002"}}
	o.PickupGroups = freeswitch.PickupGroups
	o.Surveys = map[string]string{surveyNumber: "1001"}
	o.Confirming = map[string]bool{"9703": true}
	o.Queues["9600"] = sim.Queue{Silent: true}
	o.Queues["9601"] = sim.Queue{Wait: time.Second}
	o.Queues["9602"] = sim.Queue{Wait: 300 * time.Millisecond, Then: "1001"}
	o.Queues["8500"] = sim.Queue{Name: "support@default", Own: true, Agents: []string{"1002"}}
	o.Queues["8501"] = sim.Queue{Name: "waiting", Own: true}
	o.Serving = map[string]string{"8502": "waiting"}
	o.ConsultKeys = true
	return o
}

// NewNumbered does what NewSimulated does, where clients know calls by numbers.
func NewNumbered(ringTime time.Duration) (*Simulated, error) {
	return startSimulated(simulatedOptions(ringTime), false, func(o *engine.Options) { o.CallNumbers = true })
}

func startSimulated(o sim.Options, controlled bool, change ...func(*engine.Options)) (*Simulated, error) {
	messages := &sync.Map{}
	o.Message = func(file string) (time.Duration, bool) {
		length, exists := messages.Load(file)
		if !exists {
			return 0, false
		}
		return length.(time.Duration), true
	}
	o.Taken = func(file string) bool {
		taken := false
		messages.Range(func(name, _ any) bool {
			taken = taken || stem(name.(string)) == stem(file)
			return !taken
		})
		return taken
	}
	s := &Simulated{options: o, sw: sim.New(o), book: &logbook{}, messages: messages, change: change}
	var err error
	if s.directory, err = os.MkdirTemp("", "features-"); err != nil {
		return nil, err
	}
	if controlled {
		s.control = newSimulatedControl(s.sw, o.Phones)
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// stem is a name without its extension.
func stem(name string) string { return strings.TrimSuffix(name, filepath.Ext(name)) }

// load starts engine and server.
func (s *Simulated) load() error {
	log := slog.New(s.book)
	s.features = features.Open(filepath.Join(s.directory, "features.json"), log)
	trunks, ok := switching.ParseTrunks("external/" + simulatedTrunk)
	if !ok {
		return fmt.Errorf("trunk address %q is not valid", simulatedTrunk)
	}
	options := engine.Options{
		Trunks:        trunks,
		DefaultDomain: s.options.Domain, PromptTimeout: s.options.RingTimeout,
		Features: s.features.All(), FeatureStore: s.features,
		Recording: engine.DefaultRecording, RecordPrivate: true,
	}
	if s.control != nil {
		options.Phones = s.control
	}
	for _, change := range s.change {
		change(&options)
	}
	s.engine = engine.New(options, s.sw, log)
	s.created = &counter{next: s.engine}
	if s.control != nil {
		s.created.next = s.control.between(s.engine)
	}
	s.sw.Attach(s.created)
	s.engine.Start()
	s.server = server.New(s.engine, s.serverOptions(applications.Set{}), log)
	return s.server.Start()
}

func (s *Simulated) serverOptions(set applications.Set) server.Options {
	return server.Options{
		Listen: netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0), MinimumDumpInterval: -1,
		CleanupDelay: 10 * time.Minute, Applications: set, Directory: s.directoryUser,
	}
}

// Admit does what csta reload would.
func (s *Simulated) Admit(_ context.Context, all []freeswitch.Application, directoryLogins bool) error {
	var entries []applications.Entry
	for _, a := range all {
		entries = append(entries, applications.Entry{Application: a.Name})
		for _, p := range a.Params {
			entries = append(entries, applications.Entry{Application: a.Name, Name: p.Name, Value: p.Value})
		}
	}
	set, _, err := applications.Parse(entries, directoryLogins)
	if err == nil {
		s.server.Update(s.serverOptions(set))
	}
	return err
}

// directoryUser is a user who may log in.
func (s *Simulated) directoryUser(_ context.Context, user string) (applications.User, bool, error) {
	params, known := s.sw.Params(user)
	return applications.User{Device: user, Password: params["csta-password"], Devices: params["csta-devices"], Rights: params["csta-rights"]}, known, nil
}

func (s *Simulated) Reload(ctx context.Context) error {
	if err := s.server.Stop(ctx); err != nil {
		return err
	}
	s.sw.Attach(nil)
	if err := s.engine.Stop(ctx); err != nil {
		return err
	}
	s.features.Close()
	return s.load()
}

// Operator runs a command of the operator's console.
func (s *Simulated) Operator(ctx context.Context, command string) (string, error) {
	operator := &console.Console{Engine: s.engine, Server: s.server}
	return operator.Run(ctx, command), nil
}

// WriteRecording writes what the engine has recorded.
func (s *Simulated) WriteRecording(ctx context.Context, w io.Writer) error {
	return s.engine.WriteRecording(ctx, w)
}

// stopTimeout bounds the end of a simulated installation.
const stopTimeout = 5 * time.Second

// Close stops server, engine and switch.
func (s *Simulated) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := s.server.Stop(ctx)
	s.sw.Stop()
	err = errors.Join(err, s.engine.Stop(ctx))
	s.features.Close()
	return errors.Join(err, os.RemoveAll(s.directory))
}

func (s *Simulated) Name() string    { return "simulated" }
func (s *Simulated) Address() string { return s.server.Addr().String() }

// SetMedia has nothing to set: there is no media to pass.
func (s *Simulated) SetMedia(string) error { return nil }

// SetRingTime only accepts the time the switch was made with.
func (s *Simulated) SetRingTime(d time.Duration) error {
	if d != s.options.RingTimeout {
		return fmt.Errorf("the simulated switch was made with a ring time of %v", s.options.RingTimeout)
	}
	return nil
}

func (s *Simulated) Legs(context.Context) (uint64, error) { return s.created.legs.Load(), nil }

// WaitJoined and WaitTalking have nothing to wait for: an answer joins the
// parties.
func (s *Simulated) WaitJoined(context.Context, string) error          { return nil }
func (s *Simulated) WaitTalking(context.Context, string, string) error { return nil }

func (s *Simulated) WaitIdle(ctx context.Context) error {
	for {
		out, err := s.sw.Perform(ctx, switching.ListLegs{})
		if err != nil {
			return fmt.Errorf("listing legs: %w", err)
		}
		if len(out.Legs) == 0 {
			return nil
		}
		if err := pause(ctx); err != nil {
			return fmt.Errorf("legs left: %v: %w", out.Legs, err)
		}
	}
}

func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(poll):
		return nil
	}
}

func (s *Simulated) Trouble(ctx context.Context) (map[string]uint64, error) {
	status, err := s.engine.Status(ctx)
	if err != nil {
		return nil, err
	}
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	trouble := map[string]uint64{
		"repairs":        status.Counters.Repairs,
		"resyncs":        status.Counters.Resyncs,
		"audit findings": status.Counters.AuditFindings,
		"panics":         status.Counters.Panics + s.server.Stats().Panics,
	}
	for _, text := range s.book.warnings {
		trouble[logTrouble+text]++
	}
	return trouble, nil
}

func (s *Simulated) Log() []string {
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	return slices.Clone(s.book.all)
}

func (s *Simulated) Phone(_ context.Context, device string) (Phone, error) {
	p := s.sw.Phone(device)
	if p == nil {
		return nil, fmt.Errorf("no simulated phone %s", device)
	}
	phone := &simulatedPhone{phone: p}
	if s.control != nil {
		phone.control = s.control.phones[device]
		phone.Takes(Willing)
	}
	return phone, phone.Behave(Behaviour{})
}

func (s *Simulated) Party(_ context.Context, number string) (Phone, error) {
	phone := &simulatedPhone{phone: s.sw.Network(number)}
	return phone, phone.Behave(Behaviour{})
}

func (s *Simulated) TrunkURI(number string) string {
	return "sofia/external/" + number + "@" + simulatedTrunk
}

func (s *Simulated) PutMessage(name string, length time.Duration) error {
	s.messages.Store(name, length)
	return nil
}

func (s *Simulated) Recorded(string) (time.Duration, bool, error) { return 0, false, nil }

type simulatedPhone struct {
	phone *sim.Phone
	// control is nil if the phone takes no requests.
	control *simulatedHandset
	mu      sync.Mutex
	seen    []string
	notes   []string
}

func (p *simulatedPhone) Register(context.Context) error   { p.phone.Register(); return nil }
func (p *simulatedPhone) Unregister(context.Context) error { p.phone.Unregister(); return nil }

func (p *simulatedPhone) RegisterFor(_ context.Context, d time.Duration) error {
	p.phone.Register()
	time.AfterFunc(d, p.phone.Unregister)
	return nil
}

func (p *simulatedPhone) Behave(b Behaviour) error {
	script := sim.Behaviour{NoRing: b.Silent, EarlyMedia: b.EarlyMedia, NoAutoAnswer: !b.AutoAnswer, Talk: sim.TalkIgnored}
	if b.Talk {
		script.Talk = sim.TalkAnswers
	}
	switch b.RejectWith {
	case 0:
	case 486:
		script.Reaction = sim.Busy
	default:
		cause, ok := refusals[b.RejectWith]
		if !ok {
			return fmt.Errorf("a simulated phone can't refuse with %d", b.RejectWith)
		}
		script.Reaction, script.Cause, script.NoRing = sim.Reject, cause, true
	}
	if b.RedirectTo != "" {
		script.Reaction, script.To, script.NoRing = sim.Redirect, b.RedirectTo, true
	}
	if b.AnswerIn > 0 {
		script.Reaction, script.After = sim.Answer, b.AnswerIn
	}
	p.phone.SetBehaviour(script)
	return nil
}

func (p *simulatedPhone) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes = append(p.notes, time.Now().Format("15:04:05.000 ")+p.phone.Number()+" "+fmt.Sprintf(format, args...))
}

func (p *simulatedPhone) Journal() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.notes)
}

func (p *simulatedPhone) Dial(_ context.Context, number string) (Line, error) {
	p.note("dials %s", number)
	id, err := p.phone.Dial(number)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, id)
	return &simulatedLine{phone: p, id: id}, nil
}

func (p *simulatedPhone) Rings(ctx context.Context) (Line, error) {
	for {
		for _, id := range p.phone.Legs() {
			p.mu.Lock()
			known := slices.Contains(p.seen, id)
			if !known {
				p.seen = append(p.seen, id)
			}
			p.mu.Unlock()
			if !known {
				p.note("rings")
				return &simulatedLine{phone: p, id: id}, nil
			}
		}
		if err := pause(ctx); err != nil {
			return nil, fmt.Errorf("phone %s does not ring: %w", p.phone.Number(), err)
		}
	}
}

func (p *simulatedPhone) SubscribeFeatures(context.Context) error {
	p.note("subscribes to its features")
	p.phone.SubscribeFeatures()
	return nil
}

func (p *simulatedPhone) PressFeatureKey(_ context.Context, key FeatureKey) error {
	p.note("presses %+v", key)
	p.phone.PressFeatureKey(switching.FeatureChange{
		Feature: featureKeys[key.Name], On: key.On, Number: key.Number,
		Ring: time.Duration(key.Rings) * switching.RingTime, Counted: key.Rings > 0,
	})
	return nil
}

func (p *simulatedPhone) FeatureLamps() (FeatureLamps, int) {
	lamps, told := p.phone.FeatureLamps()
	shown := FeatureLamps{}
	if told > 0 {
		shown[doNotDisturbKey] = onOff(strconv.FormatBool(lamps.DoNotDisturb))
		for name, feature := range featureKeys {
			if f := lamps.Forwarding(feature); f != nil {
				shown[name] = lampText(f.On, f.Number, switching.Rings(f.Ring))
			}
		}
	}
	return shown, told
}

func (p *simulatedPhone) HangUpAll(context.Context) error {
	p.phone.HangUpAll()
	return nil
}

type simulatedLine struct {
	phone *simulatedPhone
	id    string
}

// WaitRinging and WaitConnected have nothing to wait for: a simulated phone
// hears at once what the switch does.
func (l *simulatedLine) WaitRinging(context.Context) error   { return nil }
func (l *simulatedLine) WaitConnected(context.Context) error { return nil }

func (l *simulatedLine) WaitEnded(ctx context.Context) error {
	for slices.Contains(l.phone.phone.Legs(), l.id) {
		if err := pause(ctx); err != nil {
			return fmt.Errorf("phone %s: the call does not end: %w", l.phone.phone.Number(), err)
		}
	}
	return nil
}

func (l *simulatedLine) Over() bool { return !slices.Contains(l.phone.phone.Legs(), l.id) }

func (l *simulatedLine) Answer(context.Context) error {
	l.phone.note("answers")
	return l.phone.phone.Answer(l.id)
}

// refusals are the causes that FreeSWITCH gives to SIP statuses.
var refusals = map[int]switching.Cause{
	404: switching.CauseUnallocatedNumber,
	480: switching.CauseNoUserResponse,
	486: switching.CauseUserBusy,
	488: switching.CauseIncompatibleDestination,
	603: switching.CauseCallRejected,
}

func (l *simulatedLine) Reject(_ context.Context, status int) error {
	cause, ok := refusals[status]
	if !ok {
		return fmt.Errorf("a simulated phone can't refuse with %d", status)
	}
	l.phone.note("rejects with %s", cause)
	return l.phone.phone.Reject(l.id, cause)
}

func (l *simulatedLine) HangUp(context.Context) error {
	l.phone.note("hangs up")
	err := l.phone.phone.HangUp(l.id)
	if errors.Is(err, sim.ErrNoCall) {
		return nil
	}
	return err
}

func (l *simulatedLine) Hold(context.Context) error     { return l.phone.phone.Hold(l.id) }
func (l *simulatedLine) Retrieve(context.Context) error { return l.phone.phone.Retrieve(l.id) }
func (l *simulatedLine) Digit(_ context.Context, digit rune) error {
	return l.phone.phone.Digit(l.id, byte(digit))
}

func (l *simulatedLine) DigitByMedia(ctx context.Context, digit rune) error {
	return l.Digit(ctx, digit)
}

func (l *simulatedLine) BlindTransfer(_ context.Context, number string) error {
	l.phone.note("transfers to %s", number)
	return l.phone.phone.BlindTransfer(l.id, number)
}

func (l *simulatedLine) AttendedTransfer(_ context.Context, other Line) error {
	second, ok := other.(*simulatedLine)
	if !ok {
		return fmt.Errorf("%T is no line of a simulated phone", other)
	}
	l.phone.note("joins two calls")
	return l.phone.phone.AttendedTransfer(l.id, second.id)
}

func (l *simulatedLine) Redirect(_ context.Context, number string) error {
	l.phone.note("redirects to %s", number)
	return l.phone.phone.Redirect(l.id, number)
}
