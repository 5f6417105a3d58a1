//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mod_csta_socket/csta/wire"
)

// effort is how much is measured for the budgets of one event's way.
type effort struct {
	turns                int
	events, crowdEvents  int
	busy                 load
	costCalls, costTurns int
	requests             int
}

const (
	// budgetClients are those that are told of the same event.
	budgetClients = 100
	// costRate is at which calls come whose processor time is compared.
	costRate = 30
	// reached is the share of a rate of calls from which on it counts as that rate.
	reached = 0.95
	// firingGap and firingSpread make single events, in microseconds.
	firingGap, firingSpread = 80_000, 40_000
)

// verdicts is the table of the budgets.
type verdicts struct{ *section }

// most says whether a figure is no more than a budget.
func (v verdicts) most(path, budget, figure, with string, value, limit float64) {
	v.row(path, budget, figure, with, metOr(value <= limit))
}

func metOr(met bool) string {
	if met {
		return "met"
	}
	return "missed"
}

// measureBudgets measures by turns what an event and a monitor may cost beside a C
// program and mod_event_socket, and says whether that is kept.
func (l *lab) measureBudgets(r *report, e effort) error {
	v := verdicts{r.add("Budgets of one event's way",
		"Each by turns with what it is compared with. C writes the bytes of the same frame to its clients from the switch's dispatch thread "+
			"(bridge_c/probe), while the module is not loaded. Load average "+loadAverage()+" before.",
		"path", "budget", "measured", "compared with", "")}
	if !l.probed {
		return nil
	}
	for _, part := range []func(verdicts, effort) error{l.budgetOfOne, l.budgetOfMany, l.budgetOfMonitors, l.budgetOfFirst, l.budgetOfCost} {
		if err := part(v, e); err != nil {
			return err
		}
	}
	return nil
}

// floor are clients that the probe's handler writes to.
type floor struct {
	l       *lab
	members []*digits
	clients []*cstaClient
}

// frameOf is what a client with a monitor reads of a digit of a leg's.
func (l *lab) frameOf(leg string) ([]byte, error) {
	docs := make(chan []byte, 1)
	c, err := dialCSTA(l.sw.CSTAAddress(), func(_ int64, doc []byte) {
		if !tellsDigits(doc) {
			return
		}
		select {
		case docs <- slices.Clone(doc):
		default:
		}
	})
	if err != nil {
		return nil, err
	}
	defer c.close()
	if _, err := c.monitor(nullPhone(0)); err != nil {
		return nil, err
	}
	if _, _, err := l.fire(leg, firing{count: 1}); err != nil {
		return nil, err
	}
	select {
	case doc := <-docs:
		return wire.Append(nil, wire.EventInvoke, doc)
	case <-time.After(commandPatience):
		return nil, fmt.Errorf("no event came within %v", commandPatience)
	}
}

// callAndFrame makes one lasting call, and tells the frame of its digits.
func (l *lab) callAndFrame() (leg string, frame []byte, err error) {
	if leg, err = l.call(); err == nil {
		frame, err = l.frameOf(leg)
	}
	return leg, frame, err
}

// openFloor takes the module away, which else wakes for the same events, and has the
// probe write a frame to clients of its own. The floor's close brings it back.
func (l *lab) openFloor(frame []byte, clients, events int) (*floor, error) {
	file := filepath.Join(l.dir, "frame")
	if err := os.WriteFile(file, frame, 0o600); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer listener.Close()
	if err := l.unloadModule(); err != nil {
		return nil, err
	}
	f := &floor{l: l}
	var joined sync.WaitGroup
	joined.Go(func() {
		for range clients {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			d := newDigits(events)
			f.members, f.clients = append(f.members, d), append(f.clients, newCSTAClient(conn, d.onDocument))
		}
	})
	_, err = l.api(fmt.Sprintf("csta_probe_writes %d %d %s", listener.Addr().(*net.TCPAddr).Port, clients, file))
	if err != nil {
		listener.Close()
	}
	joined.Wait()
	if err == nil && len(f.members) < clients {
		err = fmt.Errorf("%d of %d sockets of the probe came", len(f.members), clients)
	}
	if err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func (f *floor) close() error {
	for _, c := range f.clients {
		c.close()
	}
	_, err := f.l.api("csta_probe_writes 1 0 /dev/null")
	return errors.Join(err, f.l.loadModule())
}

// budgetOfOne: from the handler to the written frame, single events, one client.
func (l *lab) budgetOfOne(v verdicts, e effort) error {
	leg, frame, err := l.callAndFrame()
	if err != nil {
		return err
	}
	single := firing{count: e.events, gap: firingGap, spread: firingSpread}
	var module []float64
	var bare, told, toldBare sample
	for range e.turns {
		f, err := l.openFloor(frame, 1, e.events)
		if err != nil {
			return err
		}
		s, err := l.shoot(leg, single)
		if err != nil {
			return err
		}
		times, err := f.members[0].take(e.events)
		if err != nil {
			return fmt.Errorf("client of the probe: %w", err)
		}
		if err := f.close(); err != nil {
			return err
		}
		bare, toldBare = append(bare, minus(s.written, s.handled)...), append(toldBare, minus(times, s.fired)...)

		d := newDigits(e.events)
		leave, err := l.cstaMember(d)
		if err != nil {
			return err
		}
		before, err := l.delays()
		if err != nil {
			return err
		}
		if s, err = l.shoot(leg, single); err != nil {
			return err
		}
		if times, err = d.take(e.events); err != nil {
			return fmt.Errorf("CSTA client: %w", err)
		}
		after, err := l.delays()
		if err != nil {
			return err
		}
		leave()
		module, told = append(module, float64(after.between(before, 50))), append(told, minus(times, s.fired)...)
	}
	ours, c := median(module), float64(bare.sorted().at(50))
	const path = "single event, handler → written frame, p50"
	v.most(path, "≤ 100 µs", duration(int64(ours)), "", ours, 100e3)
	v.most(path, "≤ 2 times C in the dispatch thread", ratio(ours, c), "C "+duration(int64(c)), ours, 2*c)
	a, b := float64(told.sorted().at(50)), float64(toldBare.sorted().at(50))
	// Not from the handler: the probe's may come before the module's or behind it, when
	// the module's thread has already run.
	v.row("single event, firing → client has read it, p50", "", duration(int64(a)), "C "+duration(int64(b)), ratio(a, b))
	return l.clear(leg)
}

func ratio(a, b float64) string { return fmt.Sprintf("%.2f times", a/b) }

// budgetOfMany: until the last of many clients has read the event.
func (l *lab) budgetOfMany(v verdicts, e effort) error {
	leg, frame, err := l.callAndFrame()
	if err != nil {
		return err
	}
	var ours, bare sample
	for range e.turns {
		f, err := l.openFloor(frame, budgetClients, e.crowdEvents)
		if err != nil {
			return err
		}
		c, err := l.tell(leg, f.members, e.crowdEvents)
		if err != nil {
			return err
		}
		if err := f.close(); err != nil {
			return err
		}
		bare = append(bare, c.last...)
		if c, err = l.crowd(leg, budgetClients, e.crowdEvents, l.cstaMember); err != nil {
			return err
		}
		ours = append(ours, c.last...)
	}
	for _, p := range []struct {
		percent float64
		budget  string
	}{{50, ""}, {99, "≤ 1.3 times C"}} {
		a, b := float64(ours.sorted().at(p.percent)), float64(bare.sorted().at(p.percent))
		path := fmt.Sprintf("last of %d clients, from the firing, p%g", budgetClients, p.percent)
		with := "C " + duration(int64(b)) + ": " + ratio(a, b)
		if p.budget == "" {
			v.row(path, "", duration(int64(a)), with, "")
			continue
		}
		v.most(path, p.budget, duration(int64(a)), with, a, 1.3*b)
	}
	return l.clear(leg)
}

// budgetOfMonitors: a monitor beside a subscription, one connection.
func (l *lab) budgetOfMonitors(v verdicts, e effort) error {
	monitors := asker{"MonitorStart + MonitorStop", l.asksCSTA(startAndStop)}
	subscriptions := asker{"event + nixevent", l.asksESL("event plain DTMF", "nixevent DTMF")}
	var ours, theirs sample
	for range e.turns {
		times, _, err := monitors.run(1, e.requests)
		if err != nil {
			return fmt.Errorf("%s: %w", monitors.name, err)
		}
		ours = append(ours, times...)
		if times, _, err = subscriptions.run(1, e.requests); err != nil {
			return fmt.Errorf("%s: %w", subscriptions.name, err)
		}
		theirs = append(theirs, times...)
	}
	a, b := float64(ours.sorted().at(50)), float64(theirs.sorted().at(50))
	v.most("MonitorStart + MonitorStop, one connection, p50", "≤ event + nixevent", duration(int64(a)), duration(int64(b))+": "+ratio(a, b), a, b)
	return nil
}

// budgetOfFirst: who is told first on a busy switch.
func (l *lab) budgetOfFirst(v verdicts, e effort) error {
	c, err := l.clients(true, true, allNullPhones())
	if err != nil {
		return err
	}
	defer c.close()
	if err := l.drive(e.busy.rate, e.busy.calls); err != nil {
		return err
	}
	csta, esl := c.toldCSTA.take(), c.toldESL.take()
	t := compare(csta, esl, delivered)
	all := t.all()
	ahead := 0
	for _, by := range all {
		if by > 0 {
			ahead++
		}
	}
	share := float64(ahead) / float64(max(1, len(all)))
	rate, verdict := came(esl), metOr(share >= 0.99)
	if rate < reached*e.busy.rate {
		verdict = fmt.Sprintf("not reached: %s at %.0f", verdict, rate)
	}
	v.row(fmt.Sprintf("told before the event socket, %g calls a second", e.busy.rate), "≥ 99 %", first(all),
		fmt.Sprintf("%d facts, %d told to one only, %.0f calls a second came, load average %s", len(all), t.missed, rate, loadAverage()), verdict)
	return nil
}

// came is at which rate calls a second came to ring, by what a client was told.
func came(told map[fact]int64) float64 {
	var rang []int64
	for f, at := range told {
		if f.what == delivered {
			rang = append(rang, at)
		}
	}
	if len(rang) < 2 {
		return 0
	}
	return float64(len(rang)-1) / time.Duration(slices.Max(rang)-slices.Min(rang)).Seconds()
}

// budgetOfCost: the switch's processor time.
func (l *lab) budgetOfCost(v verdicts, e effort) error {
	nothing, subscriber, client := &variant{name: "nothing"}, &variant{name: "event socket, one subscriber", esl: true},
		&variant{name: "module, one client, all devices monitored", module: true, csta: true}
	if err := l.costs([]*variant{nothing, subscriber, client}, costRate, e.costCalls, e.costTurns); err != nil {
		return err
	}
	base := median(nothing.cost)
	a, b, own := median(client.cost)-base, median(subscriber.cost)-base, median(client.own)
	verdict := metOr(a <= b/2)
	if a < own {
		// The module can't cost less than its threads: the switch's own work scatters more.
		verdict = "not told: scatters"
	}
	v.row("processor time for 1,000 calls, one client, over nothing", "≤ half an event-socket subscriber's", fmt.Sprintf("%+.2f s", a),
		fmt.Sprintf("%+.2f s, over %.2f s (%.2f to %.2f): %s", b, base, slices.Min(nothing.cost), slices.Max(nothing.cost), ratio(a, b)), verdict)
	v.row("of it the module's own threads", "", fmt.Sprintf("%.2f s", own),
		fmt.Sprintf("%s of the subscriber's; %d turns of %d calls", ratio(own, b), e.costTurns, e.costCalls), "")
	return nil
}
