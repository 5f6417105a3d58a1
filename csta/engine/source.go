package engine

import (
	"time"

	"mod_csta_socket/csta/switching"
)

// Source is where the loop takes the switch's events from by itself, and what it sleeps
// in: whatever has to be done next, one wake-up brings it.
type Source interface {
	// Take appends the events that are there and returns the list; it does not wait.
	// They are in the order in which the switch told of them.
	Take([]switching.Event) []switching.Event
	// Wait returns when there may be events, at a time, or when Interrupt was called
	// since the last Wait. It may return for no reason. Only the loop calls Take and
	// Wait.
	Wait(until time.Time)
	// Interrupt may be called from any goroutine. It does not wait.
	Interrupt()
}

// alarm is the source of an engine whose events are posted (Engine.Events).
type alarm struct {
	rings chan struct{}
	timer *time.Timer
}

func newAlarm() *alarm {
	return &alarm{rings: make(chan struct{}, 1), timer: time.NewTimer(0)}
}

func (*alarm) Take(none []switching.Event) []switching.Event { return none }

func (a *alarm) Wait(until time.Time) {
	a.timer.Reset(time.Until(until))
	select {
	case <-a.rings:
	case <-a.timer.C:
	}
}

func (a *alarm) Interrupt() {
	select {
	case a.rings <- struct{}{}:
	default:
	}
}
