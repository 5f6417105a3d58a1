package server

import (
	"errors"
	"time"
)

var errNobody = errors.New("client did not say who it is for the login time-out")

// expectLogin gives a client that is nobody its time to become somebody; one that is has
// all the time there is. It counts anew when the client has become nobody again.
func (s *session) expectLogin(nobody bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loginTimer != nil {
		s.loginTimer.Stop()
		s.loginTimer = nil
	}
	if timeout := s.srv.options().LoginTimeout; nobody && timeout > 0 && !s.isDone && !s.isLeave {
		s.loginTimer = time.AfterFunc(timeout, s.unknown)
	}
}

// unknown runs when the time to log in has passed. Meanwhile the connection may have come to
// be that of somebody who came back to his application session.
func (s *session) unknown() {
	defer s.srv.recovered("login timer", func() { s.fail(errPanic) })
	opts := s.srv.options()
	if application, _ := s.client().identity(); application != "" || !opts.Applications.Any() || opts.LoginTimeout <= 0 {
		return
	}
	s.srv.counters.nobody.Add(1)
	s.srv.strangers.Warn("CSTA client did not log in and is disconnected", "session", s.label, "login-timeout", opts.LoginTimeout)
	s.goodbye(errNobody)
}
