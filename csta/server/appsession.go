package server

import (
	"strings"
	"time"

	"mod_csta_socket/csta/association"
	"mod_csta_socket/csta/ecma"
)

// Application sessions of ECMA-354. Some clients open one before they use CSTA,
// most do not. It is a lease that the client has to renew, and what lets its association
// outlive its connection (client).

// lease is the time that an application session has while its client is connected; guarded
// by client.mu.
type lease struct {
	timer *time.Timer
	// edition is the namespace the client used for it.
	edition ecma.Edition
	// run tells a timer that fires late from the current one.
	run int
}

// serveLease answers the requests about application sessions; false if the request is none.
func (s *session) serveLease(in inbound) bool {
	var reply ecma.Message
	switch m := in.message.(type) {
	case *ecma.StartApplicationSession:
		if reply = s.startLease(in, m); reply == nil {
			return true
		}
	case *ecma.ResetApplicationSessionTimer:
		reply = s.resetLease(m)
	case *ecma.StopApplicationSession:
		reply = s.stopLease(m)
	case *ecma.TransferMonitorObjects:
		s.transferMonitors(in, m)
		return true
	default:
		return false
	}
	s.answer(in, reply)
	return true
}

// isLease tells whether a message is one of ECMA-354's: its namespace then says
// nothing about the client's CSTA.
func isLease(m ecma.Message) bool {
	switch m.(type) {
	case *ecma.StartApplicationSession, *ecma.ResetApplicationSessionTimer, *ecma.StopApplicationSession:
		return true
	}
	return false
}

// startLease begins an application session, or goes on with one that the client had. The
// answer is nil if it was given already.
func (s *session) startLease(in inbound, m *ecma.StartApplicationSession) ecma.Message {
	refuse := func(why ecma.SessionReason) ecma.Message {
		return &ecma.StartApplicationSessionNegResponse{Error: why}
	}
	version, spoken := chooseVersion(m.ProtocolVersions)
	own := s.client()
	again := m.Login.SessionID != "" && m.Login.SessionID == own.sessionID()
	switch {
	case m.ApplicationID == "" && m.Login.User == "":
		return refuse(ecma.SessionReason{Defined: ecma.SessionInvalidApplicationInfo})
	case version == "":
		return refuse(ecma.SessionReason{Defined: ecma.SessionVersionNotSupported})
	case own.sessionID() != "" && !again:
		return refuse(ecma.SessionReason{Defined: ecma.SessionMaxNumberSessions})
	}
	for {
		found, of, opts, why := s.identify(m)
		if why != "" {
			return refuse(ecma.SessionReason{Defined: why})
		}
		into := own
		if m.Login.SessionID != "" && !again {
			entry := s.srv.book.Find(m.Login.SessionID)
			if entry == nil || !entry.Of.belongs(of) {
				s.srv.counters.resumesRefused.Add(1)
				return refuse(unknownSession)
			}
			into = entry.Of
		}
		if again && !own.belongs(of) {
			return refuse(unknownSession)
		}
		if !into.enter(s, opts, found) {
			// The applications were changed meanwhile.
			continue
		}
		positive := func(c *client) ecma.Message {
			return &ecma.StartApplicationSessionPosResponse{
				SessionID: c.association.ID(), ProtocolVersion: version, Duration: wholeSeconds(s.srv.leaseTime(m.Duration)),
			}
		}
		s.spoke(spoken)
		if into != own {
			if refused := s.resume(in, m, into, positive); refused != nil {
				return refuse(*refused)
			}
			return nil
		}
		own.mu.Lock()
		defer own.mu.Unlock()
		if !again {
			own.starts(of)
		}
		own.begins(in.edition, m)
		return positive(own)
	}
}

// sessionID is that of the client's application session; "" if it has none.
func (c *client) sessionID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.association.ID()
}

// starts gives the association an application session; c.mu is held.
func (c *client) starts(of owner) {
	id := association.NewID()
	c.association.Start(id)
	c.of = of
	c.entry = c.srv.book.Enter(id, of.application, c)
}

// begins sets what a client asks for when it starts its application session, or comes back
// to it; c.mu is held.
func (c *client) begins(ed ecma.Edition, m *ecma.StartApplicationSession) {
	most := c.srv.options().CleanupDelay
	c.delay = min(defaultCleanupDelay, most)
	if asked := m.Login.CleanupDelay; asked.Set {
		// The longest that a time.Duration takes is far beyond what is read of it.
		c.delay = min(time.Duration(asked.Value)*time.Second, most)
	}
	c.wanted = m.Login.CleanupDelay.Set
	c.numbered = c.counts || m.Login.EventNumbers == ecma.True
	c.lease.edition = ed
	c.stopLease()
	c.setLeaseTimer(c.srv.leaseTime(m.Duration))
}

func (s *session) resetLease(m *ecma.ResetApplicationSessionTimer) ecma.Message {
	refuse := func(why string) ecma.Message {
		return &ecma.ResetApplicationSessionTimerNegResponse{Error: ecma.SessionReason{Defined: why}}
	}
	d := s.srv.leaseTime(m.Duration)
	c := s.client()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.association.ID() == "" || m.SessionID != c.association.ID() {
		return refuse(ecma.SessionInvalidSessionID)
	}
	if !c.lease.timer.Stop() {
		return refuse(ecma.SessionServerCannotResetTimer)
	}
	c.setLeaseTimer(d)
	return &ecma.ResetApplicationSessionTimerPosResponse{Duration: wholeSeconds(d)}
}

// stopLease ends the lease and the login that came with it; the connection stays, and
// its monitors if nobody needs to log in, as for a client that never had one.
func (s *session) stopLease(m *ecma.StopApplicationSession) ecma.Message {
	c := s.client()
	c.mu.Lock()
	if c.association.ID() == "" || m.SessionID != c.association.ID() {
		c.mu.Unlock()
		return &ecma.StopApplicationSessionNegResponse{Error: ecma.SessionReason{Defined: ecma.SessionInvalidSessionID}}
	}
	c.stopLease()
	c.association.Stop()
	c.numbered = c.counts
	entry := c.entry
	c.entry = nil
	c.mu.Unlock()
	c.srv.book.Strike(entry)
	c.logOut()
	return &ecma.StopApplicationSessionPosResponse{}
}

// stopLease stops the timer; c.mu is held.
func (c *client) stopLease() {
	c.lease.run++
	if c.lease.timer != nil {
		c.lease.timer.Stop()
	}
}

// setLeaseTimer is called with c.mu held.
func (c *client) setLeaseTimer(d time.Duration) {
	c.lease.run++
	run := c.lease.run
	c.lease.timer = time.AfterFunc(d, func() { c.leaseExpired(run) })
}

// leaseExpired ends a connection whose client has not renewed its application session. If
// the client has said for how long it wants to come back, it may: most likely its connection
// is half-open.
func (c *client) leaseExpired(run int) {
	defer c.srv.recovered("application session timer", func() {})
	c.mu.Lock()
	s, id, ed := c.line, c.association.ID(), c.lease.edition
	current := run == c.lease.run && id != "" && s != nil
	entry := c.entry
	ends := current && !c.wanted
	if ends {
		c.association.Stop()
		c.entry = nil
	}
	c.mu.Unlock()
	if !current {
		return
	}
	if ends {
		c.srv.book.Strike(entry)
	}
	s.out.cut()
	s.request(ed, &ecma.ApplicationSessionTerminated{
		SessionID: id, Reason: ecma.SessionReason{Defined: ecma.SessionTermSessionTimerExpired},
	}, ecma.Security{})
	s.goodbye(errLease)
}

// leaseTime is what is granted of a requested duration in seconds.
func (srv *Server) leaseTime(requested ecma.Int) time.Duration {
	n := requested.Value
	if !requested.Set || n <= 0 {
		return min(defaultLease, srv.limits.lease)
	}
	if n > int64(srv.limits.lease/time.Second) {
		return srv.limits.lease
	}
	return time.Duration(n) * time.Second
}

// wholeSeconds rounds down, but never to 0, which would mean no time at all.
func wholeSeconds(d time.Duration) ecma.Int { return ecma.IntOf(max(1, int64(d/time.Second))) }

// editionMark is what the namespaces of all editions of ECMA-323 have in
// common; the digit follows.
const editionMark = "/ecma-323/csta/ed"

// chooseVersion is the first requested protocol version that we know, as the
// client wrote it, and the namespace in it (vendors append to it).
func chooseVersion(versions []string) (string, ecma.Edition) {
	for _, version := range versions {
		i := strings.Index(version, editionMark)
		if i < 0 {
			continue
		}
		end := i + len(editionMark) + 1
		if end > len(version) || version[end-1] < '1' || version[end-1] > '6' {
			continue
		}
		return version, ecma.Edition(version[:end])
	}
	return "", ""
}
