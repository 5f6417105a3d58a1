package server

import (
	"errors"
	"time"
)

var errIdle = errors.New("client sent nothing for the idle time-out")

// setIdleTimer sets the timer to the time-out that is configured now.
func (s *session) setIdleTimer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.idleTimer != nil {
		s.idleTimer.Stop()
		s.idleTimer = nil
	}
	if timeout := s.srv.options().IdleTimeout; timeout > 0 && !s.isDone && !s.isLeave {
		s.idleTimer = time.AfterFunc(timeout-s.silence(), s.idle)
	}
}

// silence is how long no whole frame has come.
func (s *session) silence() time.Duration {
	return time.Since(s.since) - time.Duration(s.heard.Load())
}

// idle runs when the time-out may have passed: frames do not set the timer, they
// only note when they came.
func (s *session) idle() {
	defer s.srv.recovered("idle timer", func() { s.fail(errPanic) })
	s.mu.Lock()
	timeout := s.srv.options().IdleTimeout
	if s.isDone || s.isLeave || s.idleTimer == nil || timeout <= 0 {
		s.mu.Unlock()
		return
	}
	left := timeout - s.silence()
	if s.stalled.Load() {
		// It is we who do not read.
		left = timeout
	}
	if left > 0 {
		s.idleTimer.Reset(left)
	}
	s.mu.Unlock()
	if left > 0 {
		return
	}
	s.srv.counters.idle.Add(1)
	s.srv.log.Info("CSTA client was silent and is disconnected", "session", s.label, "idle-timeout", timeout)
	if c := s.client(); !c.outlasts() {
		c.abortRegistrations()
	}
	s.goodbye(errIdle)
}
