package server

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/origin"
)

// Who a client is: by its certificate, by its address, or by a login in
// StartApplicationSession. What it may do follows from that, and the engine is told.

// Directory finds a user of the switch's directory who may log in; known is false if
// there is none. It may block, and is called from goroutines of its own.
type Directory func(ctx context.Context, user string) (u applications.User, known bool, err error)

const (
	// wrongLoginTime is after what time a login that fails is answered: it tells nothing
	// of why it fails, and slows down who guesses.
	wrongLoginTime = time.Second
	// maxChecks bounds the comparisons of secrets at a time: a hash takes a processor
	// for up to a quarter of a second.
	maxChecks = 2
	// maxLookups bounds the questions to the directory that are under way, lookupTime
	// the wait for one.
	maxLookups = 16
	lookupTime = 5 * time.Second
)

var (
	// guessesOfOne are the logins of one origin that may fail, guessesOfAll those of all.
	guessesOfOne = origin.Rate{Burst: 20, PerSecond: 1. / 6}
	guessesOfAll = origin.Rate{Burst: 1000, PerSecond: 20}
)

// proof is what a client has shown of who it is.
type proof uint8

const (
	noProof proof = iota
	byCertificate
	byAddress
	byPassword
	byDirectory
)

func (p proof) String() string {
	return [...]string{"", "certificate", "address", "login", "directory"}[p]
}

// login is a client's login, guarded by session.granting: application is nil if it has
// none.
type login struct {
	proof       proof
	application *applications.Application
}

// verdict is the answer to a login.
type verdict uint8

const (
	wrong verdict = iota
	right
	// notNow: too many have failed, or are under way.
	notNow
)

// who is who the session's client is, and how that is known; s.granting is held.
func (s *session) who(set *applications.Set) (*applications.Application, proof) {
	if s.login.application != nil {
		return s.login.application, s.login.proof
	}
	if s.secured.client != "" {
		if a := set.Who(s.secured.client, netip.Addr{}); a != nil {
			return a, byCertificate
		}
	}
	if a := set.Who("", s.peer()); a != nil {
		return a, byAddress
	}
	return nil, noProof
}

// regrant finds out what the session may do now, and tells the engine if that has
// changed; s.granting is held.
func (s *session) regrant() {
	if !s.opened {
		return
	}
	set := &s.srv.options().Applications
	var now *applications.Grant
	if set.Any() {
		now = applications.Nobody
		if a, _ := s.who(set); a != nil {
			now = &a.Grant
		}
	}
	if now.Equal(s.granted) {
		return
	}
	s.granted = now
	s.srv.engine.Grant(s, now)
}

// opens is called when the engine knows the session.
func (s *session) opens() {
	s.granting.Lock()
	defer s.granting.Unlock()
	s.opened = true
	s.regrant()
}

// revise looks again at what the session may do: the configuration has changed. A login
// by a secret that is another one now has ended.
func (s *session) revise() {
	s.granting.Lock()
	defer s.granting.Unlock()
	set := &s.srv.options().Applications
	switch s.login.proof {
	case byPassword:
		now := set.Named(s.login.application.Grant.Application)
		if now == nil || now.Secret != s.login.application.Secret {
			s.loggedOut("its application or the secret has changed")
		} else {
			s.login.application = now
		}
	case byDirectory:
		if !set.Directory() {
			s.loggedOut("users of the directory may not log in any more")
		} else if s.srv.begin() {
			go s.reviseUser(s.login.application)
		}
	}
	s.regrant()
}

// reviseUser asks the directory again about a user who has logged in. If it does not
// answer, he stays who he is.
func (s *session) reviseUser(was *applications.Application) {
	defer s.srv.running.Done()
	defer s.srv.recovered("login", func() { s.fail(errPanic) })
	now, err := s.srv.lookUp(s.done, was.Grant.Application)
	s.granting.Lock()
	defer s.granting.Unlock()
	if s.login.application != was {
		return
	}
	switch {
	case err != nil:
		s.srv.log.Warn("the directory does not tell about a user who is logged in", "session", s.label, "error", err)
		return
	case now == nil || now.Secret != was.Secret:
		s.loggedOut("the directory has changed")
	default:
		s.login.application = now
	}
	s.regrant()
}

// loggedOut ends the session's login; s.granting is held.
func (s *session) loggedOut(why string) {
	s.srv.log.Info("CSTA client is logged out", "session", s.label, "application", s.login.application.Grant.Application, "reason", why)
	s.login = login{}
}

// logOut is what the end of an application session brings.
func (s *session) logOut() {
	s.granting.Lock()
	defer s.granting.Unlock()
	if s.login.application != nil {
		s.loggedOut("its application session has ended")
		s.regrant()
	}
}

// logIn takes the login of StartApplicationSession. The error value is "" if the client
// is who it says, or need not say it. It takes its time, in the session's own goroutine.
func (s *session) logIn(l *ecma.SessionLogin) (refusal string) {
	opts := s.srv.options()
	if !opts.Applications.Any() {
		return ""
	}
	if l.User == "" {
		s.granting.Lock()
		defer s.granting.Unlock()
		if a, _ := s.who(&opts.Applications); a == nil {
			return ecma.SessionInvalidApplicationInfo
		}
		return ""
	}
	begun := time.Now()
	found, v := s.verify(opts, l)
	for v == right && !s.enter(opts, found) {
		// The applications were changed meanwhile.
		opts = s.srv.options()
		found, v = s.verify(opts, l)
	}
	log := []any{"session", s.label, "user", l.User}
	c := &s.srv.counters
	switch v {
	case right:
		c.loginsRight.Add(1)
		s.srv.log.Info("CSTA client has logged in", append(log, "by", found.proof.String())...)
		return ""
	case notNow:
		c.loginsLimited.Add(1)
		refusal = ecma.SessionServerResourcesBusy
		s.srv.strangers.Warn("CSTA login refused: too many have failed, or are under way", log...)
	case wrong:
		c.loginsWrong.Add(1)
		refusal = ecma.SessionInvalidApplicationInfo
		s.srv.strangers.Warn("CSTA login refused: unknown user or wrong password", log...)
	}
	s.wait(begun.Add(s.srv.limits.wrongLogin))
	return refusal
}

// enter has the session be who it has proven to be by options; false: these are no longer
// the server's. Whoever changes them looks at what each session has entered afterwards.
func (s *session) enter(opts *Options, found login) bool {
	s.granting.Lock()
	defer s.granting.Unlock()
	if s.srv.options() != opts {
		return false
	}
	s.login = found
	s.regrant()
	return true
}

// wait waits for a time, or for the end of the session.
func (s *session) wait(until time.Time) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ending:
	case <-s.done:
	}
}

// verify decides on a login.
func (s *session) verify(opts *Options, l *ecma.SessionLogin) (login, verdict) {
	srv, peer := s.srv, s.peer()
	if !srv.guesses.Take(peer, time.Now()) {
		return login{}, notNow
	}
	set := &opts.Applications
	if a := s.checked(func() *applications.Application { return set.Login(l.User, l.Password) }); a != nil {
		srv.guesses.Return(peer, time.Now())
		return login{byPassword, a}, right
	}
	if !set.Directory() || set.Named(l.User) != nil {
		return login{}, wrong
	}
	a, err := srv.lookUp(s.done, l.User)
	switch {
	case err != nil:
		srv.log.Warn("the directory does not tell about a user who wants to log in", "session", s.label, "error", err)
		srv.guesses.Return(peer, time.Now())
		return login{}, notNow
	case a == nil:
		return login{}, wrong
	}
	if s.checked(func() *applications.Application {
		if a.Secret.Proven(l.Password) {
			return a
		}
		return nil
	}) == nil {
		return login{}, wrong
	}
	srv.guesses.Return(peer, time.Now())
	return login{byDirectory, a}, right
}

// peer is the address of the client.
func (s *session) peer() netip.Addr { return peerAddr(s.secured.transport(s.conn)) }

// checked makes a comparison that takes computing, when there is room for it; nil if the
// session ends before.
func (s *session) checked(compare func() *applications.Application) *applications.Application {
	select {
	case s.srv.checks <- struct{}{}:
		defer func() { <-s.srv.checks }()
		return compare()
	case <-s.done:
	case <-s.ending:
	}
	return nil
}

var (
	errNoDirectory = errors.New("there is no directory")
	errLookups     = errors.New("too many questions are under way")
)

// lookUp asks the directory for a user who may log in; nil if there is none. The directory
// may be far away: who waits for it does not wait longer than lookupTime, and a question
// that is not answered keeps its place among the few that may be under way.
func (srv *Server) lookUp(done <-chan struct{}, user string) (*applications.Application, error) {
	directory := srv.options().Directory
	if directory == nil {
		return nil, errNoDirectory
	}
	select {
	case srv.lookups <- struct{}{}:
	default:
		return nil, errLookups
	}
	type answer struct {
		u     applications.User
		known bool
		err   error
	}
	answered := make(chan answer, 1)
	ctx, cancel := context.WithTimeout(srv.ctx, srv.limits.lookup)
	defer cancel()
	go func() {
		defer func() { <-srv.lookups }()
		defer srv.recovered("directory", func() { answered <- answer{err: errPanic} })
		u, known, err := directory(ctx, user)
		answered <- answer{u, known, err}
	}()
	select {
	case a := <-answered:
		if a.err != nil || !a.known || !a.u.Usable() {
			return nil, a.err
		}
		return a.u.Application(user)
	case <-ctx.Done():
		return nil, fmt.Errorf("no answer: %w", ctx.Err())
	case <-done:
		return nil, errStopping
	}
}
