//go:build linux

package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/ecma"
)

// asker asks one thing and waits for the answer.
type asker struct {
	name string
	// open connects and returns what asks once, and what closes.
	open func() (ask func() error, leave func(), err error)
}

// measureRequests is how fast either interface answers what costs it little.
func (l *lab) measureRequests(r *report, connections []int, each int) error {
	leg, err := l.call()
	if err != nil {
		return err
	}
	askers := []asker{
		{"SnapshotDevice", l.asksCSTA(func(c *cstaClient) func() error {
			m := &ecma.SnapshotDevice{Object: ecma.Subscriber(nullPhone(0))}
			return func() error { _, err := c.request(m); return err }
		})},
		{"api uuid_exists", l.asksESL("api uuid_exists " + leg)},
		{"MonitorStart + MonitorStop", l.asksCSTA(startAndStop)},
		{"event + nixevent", l.asksESL("event plain DTMF", "nixevent DTMF")},
		{"api version", l.asksESL("api version")},
	}
	s := r.add("Requests", "Each connection asks again as soon as it is answered. A pair of two requests counts as one.",
		"request", "connections", "answers/s", "p50", "p90", "p99")
	for _, n := range connections {
		for _, a := range askers {
			times, rate, err := a.run(n, each)
			if err != nil {
				return fmt.Errorf("%s: %w", a.name, err)
			}
			s.row(append([]string{a.name, fmt.Sprint(n), fmt.Sprintf("%.0f", rate)}, times.cells()...)...)
		}
	}
	return l.clear(leg)
}

// startAndStop starts a monitor and stops it.
func startAndStop(c *cstaClient) func() error {
	return func() error {
		ref, err := c.monitor(nullPhone(0))
		if err != nil {
			return err
		}
		return c.stopMonitor(ref)
	}
}

func (l *lab) asksCSTA(ask func(*cstaClient) func() error) func() (func() error, func(), error) {
	return func() (func() error, func(), error) {
		c, err := dialCSTA(l.sw.CSTAAddress(), nil)
		if err != nil {
			return nil, nil, err
		}
		return ask(c), c.close, nil
	}
}

func (l *lab) asksESL(commands ...string) func() (func() error, func(), error) {
	return func() (func() error, func(), error) {
		c, err := dialEventSocket(l.sw, nil)
		if err != nil {
			return nil, nil, err
		}
		return func() error {
			for _, command := range commands {
				if _, err := c.command(command); err != nil {
					return err
				}
			}
			return nil
		}, c.close, nil
	}
}

// run asks on n connections at a time and returns the times and the answers per
// second over all of them.
func (a asker) run(n, each int) (sample, float64, error) {
	var mu sync.Mutex
	var all sample
	var failed error
	var wait sync.WaitGroup
	began := time.Now()
	for range n {
		ask, leave, err := a.open()
		if err != nil {
			return nil, 0, err
		}
		defer leave()
		wait.Go(func() {
			times := make(sample, 0, each)
			var err error
			for range each {
				from := now()
				if err = ask(); err != nil {
					break
				}
				times = append(times, now()-from)
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, times...)
			if err != nil {
				failed = err
			}
		})
	}
	wait.Wait()
	return all, float64(len(all)) / time.Since(began).Seconds(), failed
}

// measureMakeCall is the time from a client's request to the INVITE at the phone.
func (l *lab) measureMakeCall(r *report, calls int) error {
	csta, err := dialCSTA(l.sw.CSTAAddress(), nil)
	if err != nil {
		return err
	}
	defer csta.close()
	esl, err := dialEventSocket(l.sw, nil)
	if err != nil {
		return err
	}
	defer esl.close()
	l.caller.Set(phone.Behaviour{Silent: true})
	defer l.caller.Set(phone.Behaviour{})
	monitoring, err := dialCSTA(l.sw.CSTAAddress(), nil)
	if err != nil {
		return err
	}
	defer monitoring.close()
	makeCall := func() (string, error) {
		answer, err := csta.request(&ecma.MakeCall{
			CallingDevice: ecma.Subscriber(caller), Called: ecma.Subscriber(callee), AutoOriginate: ecma.Prompt,
		})
		return between(answer, "<callID"), err
	}
	ways := []*way{
		{name: "MakeCall, device monitored", ask: makeCall},
		{name: "MakeCall, no monitor", ask: makeCall},
		{name: "bgapi originate", ask: func() (string, error) {
			id := uuid.NewString()
			_, err := esl.command(fmt.Sprintf("bgapi originate {origination_uuid=%s}user/%s@%s %s XML default", id, caller, freeswitch.Domain, callee))
			return id, err
		}},
	}
	for range calls {
		for i, w := range ways {
			ref := ""
			if i == 0 {
				if ref, err = monitoring.monitor(caller); err != nil {
					return err
				}
			}
			if err := l.invite(w); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if i == 0 {
				if err := monitoring.stopMonitor(ref); err != nil {
					return err
				}
			}
		}
	}
	s := r.add("From a request to the INVITE at the phone", "By turns. bgapi answers before it does anything; MakeCallResponse says that the device exists and is in service, and names the connection. "+
		"Of a device without a monitor the module first asks FreeSWITCH's directory and registrar.",
		"request", "calls", "answer p50", "p90", "p99", "INVITE p50", "p90", "p99")
	for _, w := range ways {
		s.row(append(append([]string{w.name, fmt.Sprint(calls)}, w.answers.cells()...), w.invites.cells()...)...)
	}
	return nil
}

// way is one way to have a phone called.
type way struct {
	name             string
	ask              func() (leg string, err error)
	answers, invites sample
}

// invite asks for a call, notes how long the answer and the INVITE took, and ends
// the call.
func (l *lab) invite(w *way) error {
	l.caller.ForgetIncoming()
	from := now()
	leg, err := w.ask()
	if err != nil {
		return err
	}
	w.answers = append(w.answers, now()-from)
	in, err := l.caller.WaitIncoming(l.ctx)
	if err != nil {
		return err
	}
	w.invites = append(w.invites, since(in.Received())-from)
	if _, err := l.api("uuid_kill " + leg); err != nil {
		return err
	}
	// A leg killed this soon may take FreeSWITCH half a second to hang up, and the
	// device is busy until then.
	if _, err := in.WaitEnded(l.ctx); err != nil {
		return err
	}
	return l.settle()
}
