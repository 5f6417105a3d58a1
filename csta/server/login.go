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
	// maxKnownChecks bounds those for clients from where somebody has logged in before:
	// they do not stand in line with those who guess.
	maxKnownChecks = 1
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

// login is a client's login, guarded by client.granting: application is nil if it has
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

// who is who the client is, and how that is known; c.granting is held.
func (c *client) who(set *applications.Set) (*applications.Application, proof) {
	if c.login.application != nil {
		return c.login.application, c.login.proof
	}
	return connected(set, c.certificate, c.peer)
}

// connected is who a client is by its connection alone.
func connected(set *applications.Set, certificate string, peer netip.Addr) (*applications.Application, proof) {
	if certificate != "" {
		if a := set.Who(certificate, netip.Addr{}); a != nil {
			return a, byCertificate
		}
	}
	if a := set.Who("", peer); a != nil {
		return a, byAddress
	}
	return nil, noProof
}

// identity is who the client is, and how that is known, in words.
func (c *client) identity() (application, by string) {
	c.granting.Lock()
	defer c.granting.Unlock()
	a, proof := c.who(&c.srv.options().Applications)
	if a != nil {
		application = a.Grant.Application
	}
	return application, proof.String()
}

// regrant finds out what the client may do now, and tells the engine if that has
// changed; c.granting is held.
func (c *client) regrant() {
	if !c.opened {
		return
	}
	set := &c.srv.options().Applications
	var now *applications.Grant
	counts := false
	if set.Any() {
		now = applications.Nobody
		if a, _ := c.who(set); a != nil {
			now, counts = &a.Grant, a.EventNumbers
		}
	}
	c.count(counts)
	if s := c.connection(); s != nil {
		s.expectLogin(now == applications.Nobody)
	}
	if now.Equal(c.granted) {
		return
	}
	c.granted = now
	c.srv.engine.Grant(c, now)
}

// count has the client's messages numbered, if its application wants that.
func (c *client) count(counts bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts != counts {
		c.counts, c.numbered = counts, counts
	}
}

// opens is called when the engine knows the client, on its first connection.
func (c *client) opens(s *session) {
	c.granting.Lock()
	defer c.granting.Unlock()
	c.opened, c.certificate, c.peer = true, s.secured.client, s.peer()
	c.regrant()
}

// revise looks again at what the client may do: the configuration has changed. A login
// by a secret that is another one now has ended.
func (c *client) revise() {
	c.granting.Lock()
	defer c.granting.Unlock()
	set := &c.srv.options().Applications
	switch c.login.proof {
	case byPassword:
		now := set.Named(c.login.application.Grant.Application)
		if now == nil || now.Secret != c.login.application.Secret {
			c.loggedOut("its application or the secret has changed")
		} else {
			c.login.application = now
		}
	case byDirectory:
		if !set.Directory() {
			c.loggedOut("users of the directory may not log in any more")
		} else if c.srv.begin() {
			go c.reviseUser(c.login.application)
		}
	}
	c.regrant()
}

// reviseUser asks the directory again about a user who has logged in. If it does not
// answer, he stays who he is.
func (c *client) reviseUser(was *applications.Application) {
	defer c.srv.running.Done()
	defer c.srv.recovered("login", func() {})
	now, err := c.srv.lookUp(c.srv.ctx.Done(), was.Grant.Application)
	c.granting.Lock()
	defer c.granting.Unlock()
	if c.login.application != was {
		return
	}
	switch {
	case err != nil:
		c.srv.log.Warn("the directory does not tell about a user who is logged in", "session", c.Label(), "error", err)
		return
	case now == nil || now.Secret != was.Secret:
		c.loggedOut("the directory has changed")
	default:
		c.login.application = now
	}
	c.regrant()
}

// loggedOut ends the client's login; c.granting is held.
func (c *client) loggedOut(why string) {
	c.srv.log.Info("CSTA client is logged out", "session", c.Label(), "application", c.login.application.Grant.Application, "reason", why)
	c.login = login{}
}

// logOut is what the end of an application session brings.
func (c *client) logOut() {
	c.granting.Lock()
	defer c.granting.Unlock()
	if c.login.application != nil {
		c.loggedOut("its application session has ended")
		c.regrant()
	}
}

// identify finds out who a client is that starts an application session, and whose that is
// therefore. why is "" if it is who it says, or need not say it. It takes its time, in the
// session's own goroutine.
func (s *session) identify(m *ecma.StartApplicationSession) (found login, of owner, opts *Options, why string) {
	l := &m.Login
	opts = s.srv.options()
	if !opts.Applications.Any() {
		return login{}, owner{user: l.User, name: m.ApplicationID}, opts, ""
	}
	if l.User == "" {
		a, _ := connected(&opts.Applications, s.secured.client, s.peer())
		if a == nil {
			return login{}, owner{}, opts, ecma.SessionInvalidApplicationInfo
		}
		return login{}, owner{application: a.Grant.Application}, opts, ""
	}
	begun := time.Now()
	found, v := s.verify(opts, l)
	log := []any{"session", s.label, "user", l.User}
	c := &s.srv.counters
	switch v {
	case right:
		return found, owner{application: found.application.Grant.Application}, opts, ""
	case notNow:
		c.loginsLimited.Add(1)
		why = ecma.SessionServerResourcesBusy
		s.srv.strangers.Warn("CSTA login refused: too many have failed, or are under way", log...)
	case wrong:
		c.loginsWrong.Add(1)
		why = ecma.SessionInvalidApplicationInfo
		s.srv.strangers.Warn("CSTA login refused: unknown user or wrong password", log...)
	}
	s.wait(begun.Add(s.srv.limits.wrongLogin))
	return login{}, owner{}, opts, why
}

// enter has a client be who it has proven to be on a connection by options; false: these are
// no longer the server's. Whoever changes them looks at what each client has entered
// afterwards.
func (c *client) enter(s *session, opts *Options, found login) bool {
	c.granting.Lock()
	defer c.granting.Unlock()
	if c.srv.options() != opts {
		return false
	}
	c.login, c.certificate, c.peer = found, s.secured.client, s.peer()
	c.regrant()
	if found.application != nil {
		c.srv.counters.loginsRight.Add(1)
		c.srv.log.Info("CSTA client has logged in", "session", s.label, "user", found.application.Grant.Application, "by", found.proof.String())
	}
	return true
}

// wait waits for a time; false if the session ends before, or has.
func (s *session) wait(until time.Time) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.ending:
	case <-s.done:
	}
	return false
}

// verify decides on a login.
func (s *session) verify(opts *Options, l *ecma.SessionLogin) (login, verdict) {
	srv, peer := s.srv, s.peer()
	if !srv.guesses.Take(peer, time.Now()) {
		return login{}, notNow
	}
	set := &opts.Applications
	if a := s.checked(func() *applications.Application { return set.Login(l.User, l.Password) }); a != nil {
		srv.proven(peer)
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
	srv.proven(peer)
	return login{byDirectory, a}, right
}

// proven notes that a login from there was right. Others who guess or ask, from however many
// places, do not keep it from being so again.
func (srv *Server) proven(peer netip.Addr) {
	now := time.Now()
	srv.guesses.Return(peer, now)
	srv.guesses.Vouch(peer, now)
	if may := srv.asking.Load(); may != nil {
		may.Vouch(peer, now)
	}
}

// peer is the address of the client.
func (s *session) peer() netip.Addr { return peerAddr(s.secured.transport(s.conn)) }

// checked makes a comparison that takes computing, when there is room for it; nil if the
// session ends before.
func (s *session) checked(compare func() *applications.Application) *applications.Application {
	places := s.srv.checks
	if s.srv.guesses.Vouched(s.peer()) {
		places = s.srv.knownChecks
	}
	select {
	case places <- struct{}{}:
		defer func() { <-places }()
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
