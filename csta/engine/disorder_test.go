package engine

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/sim"
	"mod_csta_socket/csta/switching"
)

// disorder is a switch whose people do legal things, and two cores that hear of
// it: one everything, in order; the other through a port that loses, repeats and
// swaps events. Time is virtual, and the same seed makes the same history.
type disorder struct {
	t          *testing.T
	seed       uint64
	random     *rand.Rand
	clock      *sim.VirtualClock
	sw         *sim.Switch
	sound      *listener
	disturbed  *listener
	faults     faults
	nextAudit  time.Time
	witness    *witness
	injections int
}

// faults are the chances, in percent, that an event is lost, repeated, or comes
// after its successor.
type faults struct{ drop, repeat, swap int }

// listener is a core on the switch.
type listener struct {
	core    *core
	heard   []switching.Event
	pending []*startedOp
}

func (l *listener) start(number uint64, op switching.Operation, wanted bool) func() {
	l.pending = append(l.pending, &startedOp{op: op, done: l.core.ends(number, wanted)})
	return func() {}
}

// Events implements switching.Sink for the sound listener and the disturbed one;
// neither may call the switch back at once.
func (d *disorder) Events(batch []switching.Event) {
	for i := range batch {
		d.sound.heard = append(d.sound.heard, batch[i])
		chance := d.random.IntN(100)
		f := d.faults
		switch n := len(d.disturbed.heard); {
		case chance < f.drop:
			d.injections++
		case chance < f.drop+f.repeat:
			d.injections++
			d.disturbed.heard = append(d.disturbed.heard, batch[i], batch[i])
		case chance < f.drop+f.repeat+f.swap && n > 0:
			d.injections++
			d.disturbed.heard = slices.Insert(d.disturbed.heard, n-1, batch[i])
		default:
			d.disturbed.heard = append(d.disturbed.heard, batch[i])
		}
	}
}

var disorderPhones = []string{"1000", "1001", "1002", "1003"}

func newDisorder(t *testing.T, seed uint64, f faults) *disorder {
	d := &disorder{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 3)), clock: sim.NewVirtualClock(), faults: f}
	o := sim.DefaultOptions()
	o.Clock = d.clock
	d.sw = sim.New(o)
	for _, l := range []**listener{&d.sound, &d.disturbed} {
		*l = &listener{}
		(*l).core = newCore(Options{PromptTimeout: time.Minute, AnswerTimeout: time.Second, AuditInterval: defaultAuditInterval},
			*l, slog.New(slog.NewTextHandler(io.Discard, nil)))
		(*l).core.now = d.clock.Now()
	}
	d.witness = newWitness(t, d.disturbed.core)
	d.disturbed.core.openSession(d.witness)
	for _, number := range disorderPhones {
		d.witness.watch(d.witness, ecma.Subscriber(number))
	}
	d.witness.watch(d.witness, ecma.Queue("9500"))
	d.sw.Attach(d)
	return d
}

// settle lets the cores hear what happened and perform what they ask for.
func (d *disorder) settle() {
	for _, l := range []*listener{d.sound, d.disturbed} {
		l.core.now = d.clock.Now()
		for busy := true; busy; {
			busy = len(l.heard) > 0 || len(l.pending) > 0
			events, operations := l.heard, l.pending
			l.heard, l.pending = nil, nil
			for i := range events {
				l.core.step(&input{event: events[i]})
				d.watch(l)
			}
			l.core.hears(clockRead{})
			for _, s := range operations {
				out, err := d.sw.Perform(context.Background(), s.op)
				if s.done != nil {
					s.done(out, err)
				}
			}
			d.watch(l)
		}
	}
}

func (d *disorder) watch(l *listener) {
	if l == d.disturbed {
		d.witness.compare()
	}
}

// pass lets time go by, with audits when they are due.
func (d *disorder) pass(t time.Duration) {
	const step = 20 * time.Millisecond
	for ; t > 0; t -= step {
		d.clock.Advance(step)
		d.settle()
		if now := d.clock.Now(); now.After(d.nextAudit) {
			d.nextAudit = now.Add(defaultAuditInterval)
			d.sound.core.comparison.audit()
			d.disturbed.core.comparison.audit()
			d.settle()
		}
	}
}

// audit has one audit look, and look again.
func (d *disorder) audit() {
	d.sound.core.comparison.audit()
	d.disturbed.core.comparison.audit()
	d.settle()
	d.pass(2 * waits[forSecondLook].atMost)
}

// act has somebody do something.
func (d *disorder) act() {
	who := d.random.IntN(len(disorderPhones))
	p := d.sw.Phone(disorderPhones[who])
	// A phone that calls itself is more than a picture of calls and devices can
	// tell: it has one connection for two legs.
	another := disorderPhones[(who+1+d.random.IntN(len(disorderPhones)-1))%len(disorderPhones)]
	switch d.random.IntN(16) {
	case 0, 1, 2:
		_, _ = p.Dial([]string{"9500", "205550", another, another, another, another}[d.random.IntN(6)])
	case 3, 4, 5, 6, 7:
		_ = p.Answer("")
	case 8:
		_ = p.HangUp("")
	case 9:
		_ = p.Reject("", "")
	case 10, 11:
		_ = p.Hold("")
	case 12:
		_ = p.Retrieve("")
	case 13:
		_ = p.BlindTransfer("", another)
	case 14:
		_ = p.AttendedTransfer("", "")
	case 15:
		_ = d.sw.Network("5550").Answer("")
	}
	d.settle()
	d.pass(time.Duration(d.random.IntN(300)) * time.Millisecond)
}

// states are those of a device's connections, without the calls' identifiers: a
// call whose first leg was missed has another one.
func states(c *core, device ecma.DeviceID) []string {
	var all []string
	if d := c.model.Devices.Find(device); d != nil {
		for _, conn := range d.Connections {
			state := conn.State()
			if l := c.legs[conn.Leg]; l != nil && l.call != nil && sharing(l) != nil && state == ecma.StateHold {
				// It calls itself: held at one end.
				state = ecma.StateConnected
			}
			all = append(all, string(state))
		}
	}
	slices.Sort(all)
	return all
}

// picture is the states of all devices that are looked at, each behind its name,
// and the number of calls.
func (l *listener) picture() []string {
	lines := []string{fmt.Sprintf("%d calls", l.core.model.Calls.Len()), fmt.Sprintf("9500: %v", states(l.core, ecma.Queue("9500")))}
	for _, device := range disorderPhones {
		lines = append(lines, fmt.Sprintf("%s: %v", device, states(l.core, ecma.Subscriber(device))))
	}
	return lines
}

// agree tells how the disturbed picture differs from the sound one; "" if it
// does not.
func (d *disorder) agree() string {
	got := d.disturbed.picture()
	for i, sound := range d.sound.picture() {
		if got[i] != sound {
			return got[i] + " instead of " + sound
		}
	}
	return ""
}

// told tells whether the switch's list says of every leg which call it is in. It
// does not of one that still rings while the party it was called for has been
// transferred to it: their legs are no pair yet, and the transferor's has gone.
func (d *disorder) told() bool {
	listed := map[string]bool{"": true}
	legs := d.sw.Legs()
	for _, s := range legs {
		listed[s.Leg] = true
	}
	return !slices.ContainsFunc(legs, func(s switching.LegState) bool {
		return !s.Answered && !listed[s.Info.Originator]
	})
}

// end has everybody hang up and waits until the picture must be right.
func (d *disorder) end() {
	for _, l := range d.sw.Legs() {
		_, _ = d.sw.Perform(context.Background(), switching.HangUp{Leg: l.Leg})
	}
	d.settle()
	d.pass(3 * defaultAuditInterval)
}

func (d *disorder) empty(l *listener) {
	require.Empty(d.t, d.sw.Legs())
	require.Empty(d.t, l.core.legs)
	require.Empty(d.t, l.core.calls)
	l.core.model.Calls.Each(func(cl *model.Call) { require.Fail(d.t, "a call is left", cl.ID) })
}

// mended is what the core counted: everything that was not as it should be.
func (l *listener) mended() uint64 {
	return l.core.counters.Repairs + l.core.counters.AuditFindings
}

// tally is what many histories brought.
type tally struct {
	histories, injections int
	// wrong pictures there were before the audit; untold are the histories of
	// which no list tells all.
	wrong, untold int
	counted       uint64
}

// play lets people act, and then end it all.
func (d *disorder) play(acts int, sum *tally) {
	t := d.t
	defer func() {
		if t.Failed() {
			t.Logf("the history of seed %d", d.seed)
		}
	}()
	f := d.faults
	for range acts {
		d.act()
	}
	// Nothing more happens, so that an audit can put it right.
	d.faults = faults{}
	d.pass(waits[forReferred].atMost + waits[forTransfer].atMost)
	difference, sound := d.agree(), d.sound.picture()
	d.audit()
	if d.told() {
		require.Empty(t, d.agree())
	} else {
		sum.untold++
	}
	if difference != "" && d.agree() == "" && slices.Equal(sound, d.sound.picture()) {
		sum.wrong++
		require.NotZero(t, d.disturbed.mended(), "%s was mended, but not counted", difference)
	}
	d.faults = f
	d.end()
	require.Zero(t, d.sound.mended())
	d.empty(d.sound)
	d.empty(d.disturbed)
	sum.injections += d.injections
	sum.counted += d.disturbed.mended()
}

func TestDisorderedEventsAreMended(t *testing.T) {
	const acts = 60
	histories := 600
	if testing.Short() {
		histories = 60
	}
	for _, c := range []struct {
		name string
		faults
	}{
		{"order kept", faults{}},
		{"lost", faults{drop: 5}},
		{"repeated", faults{repeat: 10}},
		{"swapped", faults{swap: 10}},
		{"all at once", faults{drop: 3, repeat: 3, swap: 3}},
	} {
		f := c.faults
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sum := tally{histories: histories}
			for seed := range uint64(histories) {
				newDisorder(t, seed, f).play(acts, &sum)
			}
			t.Logf("%+v", sum)
			if f == (faults{}) {
				require.Zero(t, sum.counted)
			} else if f.drop > 0 {
				require.NotZero(t, sum.counted)
			}
		})
	}
}
