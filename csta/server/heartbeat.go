package server

import (
	"time"

	"mod_csta_socket/csta/ecma"
)

// heartbeat is the periodic System Status to a client (ECMA-269 14.2.2). It is
// guarded by session.mu.
type heartbeat struct {
	timer *time.Timer
	// waiting: the client has sent nothing since the last one. missed counts those
	// before it.
	waiting bool
	missed  int
}

func (b *heartbeat) alive() { b.waiting, b.missed = false, 0 }

// hears notes that a whole frame has come. Whatever is in it shows that the client
// lives: some never answer System Status.
func (s *session) hears() {
	s.heard.Store(int64(time.Since(s.since)))
	s.mu.Lock()
	s.beat.alive()
	s.mu.Unlock()
}

// Greeting is when a client that has just connected is sent System Status before
// it has asked for anything: some wait for it and do nothing until it comes, others
// are confused by what they did not ask for.
type Greeting uint8

const (
	// GreetWithHeartbeat: if more will follow.
	GreetWithHeartbeat Greeting = iota
	GreetAlways
	GreetNever
)

// greet begins to count, if the heartbeat is on, and sends the greeting.
func (s *session) greet() {
	beats := s.setHeartbeat()
	if greeting := s.srv.options().Greeting; greeting == GreetAlways || greeting == GreetWithHeartbeat && beats {
		s.sendStatus(s.srv.systemStatus(), true)
	}
}

// setHeartbeat sets the timer to the interval that is configured now; false if
// the heartbeat is off, or the session is ending.
func (s *session) setHeartbeat() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.beat.timer != nil {
		s.beat.timer.Stop()
		s.beat.timer = nil
	}
	interval := s.srv.options().SystemStatusTimer
	if interval <= 0 || s.isDone || s.isLeave {
		s.beat.alive()
		return false
	}
	s.beat.timer = time.AfterFunc(interval, s.heartbeat)
	return true
}

// heartbeat runs when the interval has passed.
func (s *session) heartbeat() {
	defer s.srv.recovered("heartbeat", func() { s.fail(errPanic) })
	s.mu.Lock()
	interval := s.srv.options().SystemStatusTimer
	if s.isDone || s.isLeave || s.beat.timer == nil || interval <= 0 {
		s.mu.Unlock()
		return
	}
	if s.beat.waiting && !s.stalled.Load() {
		s.beat.missed++
	}
	s.beat.waiting = false
	mute := s.beat.missed >= missedBeats
	if !mute {
		s.beat.timer.Reset(interval)
	}
	s.mu.Unlock()
	if mute {
		s.fail(errMute)
		return
	}
	s.sendStatus(s.srv.systemStatus(), true)
}

// announce tells the client of a change of our status, if it registered for it
// or the heartbeat is on.
func (s *session) announce(v ecma.SystemStatusValue) {
	s.sendStatus(v, s.srv.options().SystemStatusTimer > 0)
}

// sendStatus sends System Status for each registration that wants it, or, if
// there is no registration, once when unregistered is true.
func (s *session) sendStatus(v ecma.SystemStatusValue, unregistered bool) {
	c := s.client()
	c.mu.Lock()
	var ids []string
	for i := range c.registered {
		if c.registered[i].wants(v) {
			ids = append(ids, c.registered[i].id)
		}
	}
	if len(c.registered) == 0 && unregistered {
		ids = append(ids, "")
	}
	c.mu.Unlock()
	s.mu.Lock()
	// An answer may come before the loop ends.
	s.beat.waiting = s.beat.waiting || len(ids) > 0
	ed := s.edition
	s.mu.Unlock()
	for _, id := range ids {
		m := &ecma.SystemStatus{SysStatRegisterID: id, Status: v}
		invoke := s.newInvoke()
		s.out.cut()
		s.unsent(s.frame(invoke, func(dst []byte) []byte { return ecma.Append(dst, ed, m) }), m.Element())
		s.out.cut()
	}
	s.Flush()
}

func (s *session) stopTimers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.beat.timer != nil {
		s.beat.timer.Stop()
	}
	if s.idleTimer != nil {
		s.idleTimer.Stop()
	}
	if s.loginTimer != nil {
		s.loginTimer.Stop()
	}
}
