package conformance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// Storm has pairs of phones call each other at the same time, again and again,
// each call made and ended in a random way and at a random moment. What the
// monitors must get is not known beforehand; the rules that hold for every
// sequence of events (Violations), the end of all calls and the counters of
// trouble are checked. The same seed makes the same choices.
func Storm(t testing.TB, b Backend, pairs, calls int, seed uint64) {
	t.Helper()
	t.Logf("seed %d", seed)
	p := newPlay(t, b, stormCast(pairs))
	p.start(longRing)
	for role := range p.cast {
		p.Monitor(role)
		p.MonitorBy("another", role)
	}
	var wait sync.WaitGroup
	errs := make([]error, pairs)
	for i := range pairs {
		wait.Go(func() {
			s := &stormPair{
				caller: p.phones[stormRole(2*i)], callee: p.phones[stormRole(2*i+1)],
				from: p.Device(stormRole(2 * i)), to: p.Device(stormRole(2*i + 1)),
				client: p.clients[app],
				random: rand.New(rand.NewPCG(seed, uint64(i))),
			}
			for n := range calls {
				if err := s.call(); err != nil {
					errs[i] = fmt.Errorf("pair %d, call %d: %w", i, n, err)
					return
				}
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		p.Error(err)
	}
	p.settle()
	for _, w := range p.watches {
		w.skip()
	}
	p.finish()
}

func stormRole(n int) string { return "P" + strconv.Itoa(n) }

// firstStormPhone begins the row of phones that no other role plays.
const firstStormPhone = 1003

func stormCast(pairs int) Cast {
	cast := make(Cast)
	for n := range 2 * pairs {
		cast[stormRole(n)] = strconv.Itoa(firstStormPhone + n)
	}
	return cast
}

// stormPair is one phone that calls another.
type stormPair struct {
	caller, callee Phone
	from, to       probe.Device
	client         *probe.Client
	random         *rand.Rand
}

// The longest random pause between two things that people do.
const longestPause = 60 * time.Millisecond

func (s *stormPair) pause() { time.Sleep(time.Duration(s.random.Int64N(int64(longestPause)))) }

// call makes one call and ends it.
func (s *stormPair) call() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	busy := s.random.IntN(8) == 0
	if err := s.callee.Behave(s.behaviour(busy)); err != nil {
		return err
	}
	out, id, err := s.begin(ctx)
	if err != nil || out == nil {
		return err
	}
	if busy {
		if err := out.WaitEnded(ctx); err != nil {
			return err
		}
		return s.forget(ctx)
	}
	if s.random.IntN(8) == 0 {
		// The caller gives up, perhaps before the other phone rings.
		s.pause()
		if err := out.HangUp(ctx); err != nil {
			return err
		}
		return s.forget(ctx)
	}
	in, err := s.callee.Rings(ctx)
	if err != nil {
		return err
	}
	if id == "" {
		id = s.callID(ctx)
	}
	return errors.Join(s.finish(ctx, out, in, id), out.WaitEnded(ctx), in.WaitEnded(ctx))
}

func (s *stormPair) behaviour(busy bool) Behaviour {
	b := Behaviour{EarlyMedia: s.random.IntN(4) == 0, Talk: s.random.IntN(2) == 0}
	if busy {
		b = Behaviour{RejectWith: 486}
	}
	return b
}

// begin dials by hand or by MakeCall. A nil line: the prompt was not answered.
func (s *stormPair) begin(ctx context.Context) (Line, string, error) {
	if s.random.IntN(2) == 0 {
		line, err := s.caller.Dial(ctx, s.to.Number)
		return line, "", err
	}
	id, err := s.client.MakeCall(ctx, s.from, s.to, probe.Prompt)
	if err != nil {
		// The model may still see the end of the last call.
		if strings.Contains(err.Error(), "invalidCallingDeviceState") {
			return nil, "", nil
		}
		return nil, "", err
	}
	prompt, err := s.caller.Rings(ctx)
	if err != nil {
		return nil, "", err
	}
	s.pause()
	if s.random.IntN(8) == 0 {
		return nil, "", errors.Join(prompt.Reject(ctx, 603), prompt.WaitEnded(ctx))
	}
	return prompt, id.CallID, prompt.Answer(ctx)
}

// forget takes a call that was refused or given up, so that it is not taken for
// the next one. It may have reached the callee or not, and later than its end
// the caller.
func (s *stormPair) forget(ctx context.Context) error {
	short, cancel := context.WithTimeout(ctx, 2*longestPause)
	defer cancel()
	in, err := s.callee.Rings(short)
	if err != nil {
		return nil
	}
	return in.WaitEnded(ctx)
}

// callID asks for the call ID of the ringing callee; "" if it is over already.
func (s *stormPair) callID(ctx context.Context) string {
	entries, err := s.client.SnapshotDevice(ctx, s.to)
	if err != nil || len(entries) == 0 {
		return ""
	}
	return entries[0].Connection.CallID
}

// finish lets the callee answer or not, and somebody end it.
func (s *stormPair) finish(ctx context.Context, out, in Line, id string) error {
	s.pause()
	switch s.random.IntN(6) {
	case 0:
		return in.Reject(ctx, 486)
	case 1:
		return out.HangUp(ctx)
	case 2:
		return s.clear(ctx, id, out)
	}
	if err := in.Answer(ctx); err != nil {
		return err
	}
	// FreeSWITCH does not cope with a phone that answers and hangs up before
	// the caller has heard of the answer: it then answers a caller that it has
	// already forgotten.
	if err := out.WaitConnected(ctx); err != nil {
		return err
	}
	s.pause()
	switch s.random.IntN(3) {
	case 0:
		return in.HangUp(ctx)
	case 1:
		return s.clear(ctx, id, out)
	}
	return out.HangUp(ctx)
}

// clear has the client clear either connection. The server may not know it yet,
// if the switch is behind with its events: then the caller hangs up.
func (s *stormPair) clear(ctx context.Context, id string, out Line) error {
	connection := probe.Connection{CallID: id, Device: s.from}
	if s.random.IntN(2) == 0 {
		connection.Device = s.to
	}
	if id == "" {
		return out.HangUp(ctx)
	}
	var refused *probe.RefusedError
	err := s.client.ClearConnection(ctx, connection)
	if errors.As(err, &refused) {
		return out.HangUp(ctx)
	}
	return err
}
