//go:build linux

package main

import (
	"time"

	"mod_csta_socket/csta/conformance/phone"
)

// step is one event that a phone's packet causes: when it was sent, and the fact
// both clients should be told.
type step struct {
	fact fact
	sent int64
}

// pauseBetween is the least time between two events of a quiet switch; a random
// part keeps it from falling into step with anybody's poll.
const (
	pauseBetween = 100 * time.Millisecond
	pauseRandom  = 40 * time.Millisecond
)

func (l *lab) pause() { time.Sleep(pauseBetween + time.Duration(l.random.Int64N(int64(pauseRandom)))) }

// quietCalls makes calls between the SIP phones, one event at a time.
func (l *lab) quietCalls(calls int) ([][]step, error) {
	// The phone rings when it is told to, so that the moment is known.
	l.callee.Set(phone.Behaviour{Silent: true})
	defer l.callee.Set(phone.Behaviour{})
	var all [][]step
	for range calls {
		steps, err := l.quietCall()
		if err != nil {
			return nil, err
		}
		all = append(all, steps)
	}
	return all, l.settle()
}

func (l *lab) quietCall() ([]step, error) {
	l.callee.ForgetIncoming()
	var steps []step
	sent := func(w what) { steps = append(steps, step{fact: fact{what: w}, sent: now()}) }
	sent(begun)
	out, err := l.caller.Dial(l.ctx, callee)
	if err != nil {
		return nil, err
	}
	in, err := l.callee.WaitIncoming(l.ctx)
	if err != nil {
		return nil, err
	}
	l.pause()
	sent(delivered)
	if err := in.Ring(); err != nil {
		return nil, err
	}
	l.pause()
	sent(established)
	if err := in.Answer(l.ctx); err != nil {
		return nil, err
	}
	if err := out.WaitConnected(l.ctx); err != nil {
		return nil, err
	}
	l.pause()
	sent(callerGone)
	if err := out.HangUp(l.ctx); err != nil {
		return nil, err
	}
	l.pause()
	return steps, nil
}
