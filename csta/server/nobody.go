package server

import (
	"errors"
	"time"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/origin"
)

// A client that is nobody, where there are applications, has to become somebody in its time,
// and may not ask fast meanwhile.

const (
	// strangersBurst is how many seconds' requests those of one origin may ask at once that
	// are nobody: who looks around before he logs in does not notice the limit.
	strangersBurst = 5
	// strangersPlaces is how many times as much all origins may.
	strangersPlaces = 20
	// strangersPause is how long one waits before it is looked again whether he may ask.
	strangersPause = 50 * time.Millisecond
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

// strangersMay is how fast those may ask that are nobody, if that many requests a second are
// right for one origin; nil: as fast as they like.
func strangersMay(perSecond int) *origin.Limiter {
	if perSecond <= 0 {
		return nil
	}
	n := float64(perSecond)
	one := origin.Rate{Burst: strangersBurst * n, PerSecond: n}
	return origin.NewLimiter(one, origin.Rate{Burst: strangersPlaces * one.Burst, PerSecond: strangersPlaces * one.PerSecond})
}

// isNobody tells whether the client has to say who it is, and has not.
func (c *client) isNobody() bool {
	c.granting.Lock()
	defer c.granting.Unlock()
	return c.granted == applications.Nobody
}

// mayAsk waits until a client may have a request served: who is nobody asks no faster than
// such may. A login is not among that, for it has a limit of its own (guesses), and strangers
// are to keep nobody from it. False if the session ends before.
func (s *session) mayAsk(in inbound) bool { return s.logsIn(in) || s.takesTurn() }

// takesTurn waits for a turn among those who are nobody, unless the client is somebody; false
// if the session ends before.
func (s *session) takesTurn() bool {
	for waits := false; s.client().isNobody(); waits = true {
		if may := s.srv.asking.Load(); may == nil || may.Take(s.peer(), time.Now()) {
			return true
		}
		if !waits {
			s.srv.counters.delayed.Add(1)
			s.srv.strangers.Warn("CSTA client asks faster than it may without a login, and has to wait",
				"session", s.label, "requests-before-login", s.srv.options().RequestsBeforeLogin)
		}
		if !s.wait(time.Now().Add(strangersPause)) {
			return false
		}
	}
	return true
}

// unasked is what a client sends that is no request, and costs time all the same. It is we
// who do not read while nobody's turn has not come.
func (s *session) unasked() {
	s.stalled.Store(true)
	defer s.stalled.Store(false)
	s.takesTurn()
}

// logsIn tells whether a request is a login whose secret will be looked at.
func (s *session) logsIn(in inbound) bool {
	m, is := in.message.(*ecma.StartApplicationSession)
	if !is || m.Login.User == "" || s.client().sessionID() != "" {
		return false
	}
	version, _ := chooseVersion(m.ProtocolVersions)
	return version != ""
}
