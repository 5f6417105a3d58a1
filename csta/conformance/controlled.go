package conformance

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"mod_csta_socket/csta/conformance/uaphone"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/sim"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// Manner is how a phone that takes requests treats them.
type Manner uint8

const (
	// Willing does what it is asked.
	Willing Manner = iota
	// Refusing says no.
	Refusing
	// Late does it after a second.
	Late
	// Mute does it and does not answer.
	Mute
	// Silent neither does it nor answers.
	Silent
	// Idle says yes and does nothing.
	Idle
	// Leaving ends its call, and then looks what it was asked for.
	Leaving
	// Clumsy refuses whatever concerns two calls, and consultations.
	Clumsy
	// OnlyHolding holds for a consultation and does not dial, NotHolding dials and
	// does not hold. Renumbering gives a transferred call another identifier.
	OnlyHolding
	NotHolding
	Renumbering
	// Losing ends its session instead, Restarting restarts and registers anew.
	Losing
	Restarting
	// Misnaming is willing, but shows a name in place of each number, Prefixing
	// another number, Nameless none.
	Misnaming
	Prefixing
	Nameless
	// Skewed is willing, but what it tells and what it does come up to half a
	// second late, each for itself.
	Skewed
	// manners is their number.
	manners
)

func (m Manner) String() string {
	return [...]string{
		"willing", "refusing", "late", "mute", "silent", "idle", "leaving", "clumsy", "only holding", "not holding", "renumbering", "losing", "restarting", "misnaming", "prefixing", "nameless", "skewed",
	}[m]
}

// obeys tells whether a phone of that manner does what it is asked.
func (m Manner) obeys() bool { return m != Refusing && m != Leaving && !m.inVain() }

// inVain tells whether it does nothing and says nothing that would tell so.
func (m Manner) inVain() bool { return m == Silent || m == Idle || m == Losing || m == Restarting }

// misnamed are the numbers that phones show, by their manner.
var misnamed = map[Manner]func(string) string{
	Misnaming: func(string) string { return "Alice Müller" },
	Prefixing: func(number string) string { return "0" + number },
	Nameless:  func(string) string { return "" },
}

// skew is by how much the words and deeds of a Skewed phone are late at the most.
const skew = 500 * time.Millisecond

// controlled is a phone that takes requests.
type controlled interface {
	Takes(Manner)
	// Asked are the requests that came, oldest first.
	Asked() []string
	// Knows says whether the phone knows a service, Tells whether it tells of its
	// calls.
	Knows(service string) bool
	Tells() bool
	// Display are its calls, oldest first.
	Display() []shownCall
	// SwitchesFeature has the user switch a feature at the phone, ShownFeature is
	// what the phone shows of one, as FeatureLamps.
	// Features says whether it has a part in that one, by a service or by asking.
	Features(service string) bool
	SwitchesFeature(FeatureKey) error
	ShownFeature(name string) string
}

// shownCall is a call on a display.
type shownCall struct{ number, state string }

// Takes gives the phone a manner.
func (a *Actor) Takes(m Manner) *Actor {
	if p, ok := a.phone.(controlled); ok {
		p.Takes(m)
	}
	return a
}

// Knows tells whether the phone takes requests and knows that one.
func (a *Actor) Knows(service string) bool {
	p, ok := a.phone.(controlled)
	return ok && p.Knows(service)
}

// WasAsked checks that the phone has got a request since it was given its manner,
// if it knows it: one that does not is asked once.
func (a *Actor) WasAsked(service string, want bool) {
	a.play.Helper()
	if !a.Knows(service) {
		return
	}
	asked := a.phone.(controlled).Asked()
	if slices.Contains(asked, service) != want {
		a.play.Errorf("phone %s was asked for %v; %s: %t was to be expected", a.role, asked, service, want)
	}
}

const (
	// lateness is that of a phone that is Late.
	lateness = time.Second
	// simulatedPatience is how long a simulated phone that is silent is waited
	// for; a real one is for 4 s.
	simulatedPatience = 200 * time.Millisecond
)

func (p *sipPhone) Takes(m Manner) {
	if p.control == nil {
		return
	}
	p.control.Misbehave(map[Manner]uaphone.Faults{
		Refusing: {Refusing: true}, Late: {Silence: lateness}, Mute: {Mute: true}, Silent: {Ignoring: true}, Idle: {Idle: true}, Leaving: {HangsUp: true},
		Clumsy: {Clumsy: true}, OnlyHolding: {OnlyHolds: true}, NotHolding: {HoldsNot: true}, Renumbering: {NewCallID: true},
		Losing: {ByeInstead: true}, Restarting: {RebootInstead: true}, Skewed: {Skew: skew},
		Misnaming: {Shown: misnamed[Misnaming]}, Prefixing: {Shown: misnamed[Prefixing]}, Nameless: {Shown: misnamed[Nameless]},
	}[m])
	p.asked = len(p.control.Asked())
	p.lost = p.lost || m == Losing
}

func (p *sipPhone) Asked() []string { return p.control.Asked()[p.asked:] }

func (p *sipPhone) Knows(service string) bool {
	return p.control != nil && slices.Contains(p.control.Profile().Services, service)
}

func (p *sipPhone) Tells() bool { return p.control.Profile().Events }

func (p *sipPhone) Display() []shownCall {
	var list []shownCall
	for _, c := range p.control.Screen() {
		list = append(list, shownCall{c.Number, string(c.State)})
	}
	return list
}

// simulatedControl is telephone.Phones for simulated phones. It hears the
// switch's events, as the phones hear what the switch does with them.
type simulatedControl struct {
	sw     *sim.Switch
	phones map[string]*simulatedHandset
	byID   map[uint64]*simulatedHandset

	mu   sync.Mutex
	next switching.Sink
	told telephone.Sink
	legs map[string]*simulatedCall
}

type simulatedHandset struct {
	id     uint64
	device string
	phone  *sim.Phone
	all    *simulatedControl
	manner Manner
	asked  []string
	last   int
	// spoken is when it tells what it told last.
	spoken time.Time
	// lost: it takes no requests until it is given another manner.
	lost bool
	// lamps are what it shows of features.
	lamps FeatureLamps
}

// simulatedCall is a call as its phone knows it.
type simulatedCall struct {
	of       *simulatedHandset
	id       string
	incoming bool
	number   string
}

func newSimulatedControl(sw *sim.Switch, devices []string) *simulatedControl {
	c := &simulatedControl{sw: sw, phones: map[string]*simulatedHandset{}, byID: map[uint64]*simulatedHandset{}, legs: map[string]*simulatedCall{}}
	for i, device := range devices {
		h := &simulatedHandset{id: uint64(i + 1), device: device, phone: sw.Phone(device), all: c, last: 32783}
		c.phones[device], c.byID[h.id] = h, h
	}
	return c
}

// between lets the phones hear the switch, and tells the sink that they are up.
func (c *simulatedControl) between(sink interface {
	switching.Sink
	telephone.Sink
}) switching.Sink {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next, c.told = sink, sink
	for _, h := range c.phones {
		c.up(h)
	}
	return c
}

// Events implements switching.Sink.
func (c *simulatedControl) Events(batch []switching.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range batch {
		c.hear(&batch[i])
	}
	c.next.Events(batch)
}

func (c *simulatedControl) hear(ev *switching.Event) {
	call := c.legs[ev.Leg]
	switch ev.Kind {
	case switching.LegCreated:
		if h := c.phones[ev.Info.Device]; h != nil {
			h.last++
			call = &simulatedCall{of: h, id: strconv.Itoa(h.last), incoming: ev.Info.Direction == switching.Outbound, number: ev.Info.Caller}
			c.legs[ev.Leg] = call
			if !call.incoming {
				call.number = ev.Info.Dialled
				c.tell(telephone.Dialling, call)
			}
		}
	case switching.LegProgress, switching.LegEarlyMedia:
		if call != nil && call.incoming {
			c.tell(telephone.Ringing, call)
		}
	case switching.LegAnswered, switching.LegHeld, switching.LegUnheld:
		if call != nil {
			c.tell(telephone.Talking, call)
		}
	case switching.LegHungUp:
		if call != nil {
			c.tell(telephone.Cleared, call)
			delete(c.legs, ev.Leg)
		}
	}
}

func (c *simulatedControl) tell(kind telephone.Kind, call *simulatedCall) {
	h := call.of
	number := call.number
	if shown := misnamed[h.manner]; shown != nil {
		number = shown(number)
	}
	words := []telephone.Event{{Kind: kind, Phone: h.id, Device: h.device, Call: call.id, Number: number}}
	if h.manner != Skewed {
		c.told.Phones(words)
		return
	}
	// In order, each some time after the one before.
	h.spoken = later(h.spoken)
	time.AfterFunc(time.Until(h.spoken), func() { c.told.Phones(words) })
}

// later is a time some time after the last and after now, but no later than a
// Skewed phone can be.
func later(last time.Time) time.Time {
	due := time.Now().Add(rand.N(skew))
	if !due.After(last) {
		due = last.Add(time.Millisecond)
	}
	return due
}

// up tells that a phone takes requests.
func (c *simulatedControl) up(h *simulatedHandset) {
	contact := h.phone.Contact()
	c.told.Phones([]telephone.Event{{Kind: telephone.Up, Phone: h.id, Device: h.device, Contact: contact, Source: contact.Addr(), Tells: true}})
}

// down tells that it does not any more. What it will be is another phone.
func (c *simulatedControl) down(h *simulatedHandset) {
	c.told.Phones([]telephone.Event{{Kind: telephone.Down, Phone: h.id, Device: h.device}})
	delete(c.byID, h.id)
	h.id += uint64(len(c.phones))
	c.byID[h.id] = h
}

// Wake and Monitored implement telephone.Phones: simulated phones are always
// there.
func (c *simulatedControl) Wake(string)            {}
func (c *simulatedControl) Monitored(string, bool) {}

// Ask implements telephone.Phones.
func (c *simulatedControl) Ask(ctx context.Context, id uint64, r telephone.Request) (telephone.Outcome, error) {
	c.mu.Lock()
	h := c.byID[id]
	if h == nil {
		c.mu.Unlock()
		return telephone.Outcome{}, telephone.ErrLost
	}
	manner := h.manner
	h.asked = append(h.asked, r.Service.String())
	leg, active := c.legOf(h, r.Call), c.legOf(h, r.Active)
	if manner == Losing || manner == Restarting {
		c.down(h)
		if h.lost = manner == Losing; !h.lost {
			c.up(h)
		}
		c.mu.Unlock()
		return telephone.Outcome{}, telephone.ErrLost
	}
	c.mu.Unlock()
	wait := func(d time.Duration) {
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
	}
	if manner == Refusing || manner == Clumsy && r.Service >= telephone.ConsultationCall {
		return telephone.Outcome{}, telephone.ErrRefused
	}
	switch manner {
	case Late:
		wait(lateness)
	case Skewed:
		wait(rand.N(skew))
	case Silent:
		wait(simulatedPatience)
		return telephone.Outcome{}, telephone.ErrSilent
	case Idle:
		return telephone.Outcome{Call: "1"}, nil
	case Leaving:
		if r.Service != telephone.AnswerCall || h.phone.Reject(leg, switching.CauseUserBusy) != nil {
			h.phone.HangUpAll()
		}
	}
	if h.shows(r) {
		return telephone.Outcome{}, nil
	}
	out, err := h.do(r, manner, leg, active)
	if manner == Mute {
		wait(simulatedPatience)
		return telephone.Outcome{}, telephone.ErrSilent
	}
	return out, err
}

// shows switches a feature at the phone, which tells of it.
func (h *simulatedHandset) shows(r telephone.Request) bool {
	switch r.Service {
	case telephone.SetDoNotDisturb:
		h.switches(FeatureKey{Name: doNotDisturbKey, On: r.On})
	case telephone.SetForwarding:
		f := r.Forwarding
		h.switches(FeatureKey{Name: f.Type, On: f.On, Number: f.Number, Rings: f.Rings})
	default:
		return false
	}
	return true
}

// switches has a feature switched at the phone, by its user or by a request.
func (h *simulatedHandset) switches(k FeatureKey) {
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	if h.lamps == nil {
		h.lamps = FeatureLamps{}
	}
	h.lamps[k.Name] = lampText(k.On, k.Number, k.Rings)
	ev := telephone.Event{Kind: telephone.DoNotDisturb, Phone: h.id, Device: h.device, On: k.On}
	if k.Name != doNotDisturbKey {
		ev.Kind = telephone.Forwarding
		ev.Forwarding = telephone.ForwardingSetting{Type: k.Name, On: k.On, Number: k.Number, Rings: k.Rings}
	}
	h.all.told.Phones([]telephone.Event{ev})
}

// SwitchesFeature has the user of a phone that takes requests switch a feature at it.
func (p *simulatedPhone) SwitchesFeature(k FeatureKey) error {
	p.control.switches(k)
	return nil
}

// ShownFeature is what it shows of a feature.
func (p *simulatedPhone) ShownFeature(name string) string {
	h := p.control
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	return cmp.Or(h.lamps[name], "off")
}

func (p *simulatedPhone) Features(string) bool { return p.control != nil }

func (p *sipPhone) Features(service string) bool {
	return p.Knows(service) || p.control != nil && p.control.Profile().Notify
}

func (p *sipPhone) SwitchesFeature(k FeatureKey) error {
	if k.Name == doNotDisturbKey {
		return p.control.PressDoNotDisturb(k.On)
	}
	f := ecma.ForwardListItem{ForwardingType: ecma.ForwardingType(k.Name), ForwardStatus: k.On}
	if k.Number != "" {
		f.ForwardDN = ecma.Subscriber(k.Number)
	}
	if k.Rings > 0 {
		f.RingCount = ecma.IntOf(int64(k.Rings))
	}
	return p.control.PressForwarding(f)
}

func (p *sipPhone) ShownFeature(name string) string {
	if name == doNotDisturbKey {
		return onOff(strconv.FormatBool(p.control.DoNotDisturb()))
	}
	f := p.control.Forwarding(ecma.ForwardingType(name))
	return lampText(f.ForwardStatus, f.ForwardDN.Number, int(f.RingCount.Value))
}

func (h *simulatedHandset) do(r telephone.Request, manner Manner, leg, active string) (telephone.Outcome, error) {
	var err error
	switch r.Service {
	case telephone.MakeCall:
		return h.dial(r.Number)
	case telephone.ConsultationCall:
		if manner != NotHolding {
			err = h.phone.Hold(leg)
		}
		if manner == OnlyHolding {
			return telephone.Outcome{Call: "1"}, nil
		}
		if err == nil {
			return h.dial(r.Number)
		}
	case telephone.SnapshotDevice:
		return telephone.Outcome{Calls: h.shown()}, nil
	case telephone.AlternateCall:
		if err = h.phone.Hold(active); err == nil {
			err = h.phone.Retrieve(leg)
		}
	case telephone.ReconnectCall:
		if err = h.phone.HangUp(active); err == nil {
			err = h.phone.Retrieve(leg)
		}
	case telephone.TransferCall:
		err = h.phone.AttendedTransfer(leg, active)
	case telephone.AnswerCall:
		err = h.phone.Answer(leg)
	case telephone.HoldCall:
		err = h.phone.Hold(leg)
	case telephone.RetrieveCall:
		err = h.phone.Retrieve(leg)
	case telephone.ClearConnection:
		err = h.phone.HangUp(leg)
	}
	if err != nil || leg == "" {
		return telephone.Outcome{}, telephone.ErrRefused
	}
	return telephone.Outcome{}, nil
}

// shown are its calls; none of them rings.
func (h *simulatedHandset) shown() []telephone.Shown {
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	var list []telephone.Shown
	for leg, call := range h.all.legs {
		switch {
		case call.of != h:
		case h.phone.Holds(leg):
			list = append(list, telephone.Shown{Call: call.id, State: telephone.Holding})
		default:
			list = append(list, telephone.Shown{Call: call.id, State: telephone.Connected})
		}
	}
	return list
}

func (h *simulatedHandset) dial(number string) (telephone.Outcome, error) {
	leg, err := h.phone.Dial(number)
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	if call := h.all.legs[leg]; err == nil && call != nil {
		return telephone.Outcome{Call: call.id}, nil
	}
	return telephone.Outcome{}, telephone.ErrRefused
}

func (c *simulatedControl) legOf(h *simulatedHandset, id string) string {
	for leg, call := range c.legs {
		if call.of == h && call.id == id {
			return leg
		}
	}
	return "none"
}

// Takes implements controlled.
func (p *simulatedPhone) Takes(m Manner) {
	if h := p.control; h != nil {
		h.all.mu.Lock()
		defer h.all.mu.Unlock()
		h.manner, h.asked = m, nil
		if h.lost {
			h.lost = false
			h.all.up(h)
		}
	}
}

// Asked implements controlled.
func (p *simulatedPhone) Asked() []string {
	h := p.control
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	return slices.Clone(h.asked)
}

// Knows and Tells implement controlled.
func (p *simulatedPhone) Knows(string) bool { return p.control != nil }
func (p *simulatedPhone) Tells() bool       { return true }

// Display implements controlled.
func (p *simulatedPhone) Display() []shownCall {
	h := p.control
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	var list []shownCall
	for _, leg := range h.phone.Legs() {
		state := "connected"
		if h.phone.Holds(leg) {
			state = "hold"
		}
		if call := h.all.legs[leg]; call != nil {
			list = append(list, shownCall{call.number, state})
		}
	}
	return list
}
