package server

import (
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
)

// Application sessions of ECMA-354. Some clients open one before they use CSTA,
// most do not. Here the association is the TCP connection; the application
// session is only a lease on it that the client has to renew.

// lease is a session's application session, guarded by session.mu. id is empty
// if there is none.
type lease struct {
	id    string
	timer *time.Timer
	// edition is the namespace the client used for it.
	edition ecma.Edition
	// run tells a timer that fires late from the current one.
	run int
}

// serveLease answers the requests of ECMA-354; false if the request is none.
func (s *session) serveLease(in inbound) bool {
	var reply ecma.Message
	switch m := in.message.(type) {
	case *ecma.StartApplicationSession:
		reply = s.startLease(in.edition, m)
	case *ecma.ResetApplicationSessionTimer:
		reply = s.resetLease(m)
	case *ecma.StopApplicationSession:
		reply = s.stopLease(m)
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

func (s *session) startLease(ed ecma.Edition, m *ecma.StartApplicationSession) ecma.Message {
	refuse := func(why string) ecma.Message {
		return &ecma.StartApplicationSessionNegResponse{Error: ecma.SessionReason{Defined: why}}
	}
	version, spoken := chooseVersion(m.ProtocolVersions)
	switch {
	case m.ApplicationID == "":
		return refuse(ecma.SessionInvalidApplicationInfo)
	case version == "":
		return refuse(ecma.SessionVersionNotSupported)
	}
	if s.hasLease() {
		return refuse(ecma.SessionMaxNumberSessions)
	}
	if why := s.logIn(&m.Login); why != "" {
		return refuse(why)
	}
	d := s.leaseTime(m.Duration)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lease.id = "s" + strconv.FormatUint(s.id, 10)
	s.lease.edition = ed
	s.setLeaseTimer(d)
	s.edition = spoken
	return &ecma.StartApplicationSessionPosResponse{SessionID: s.lease.id, ProtocolVersion: version, Duration: wholeSeconds(d)}
}

func (s *session) hasLease() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lease.id != ""
}

func (s *session) resetLease(m *ecma.ResetApplicationSessionTimer) ecma.Message {
	refuse := func(why string) ecma.Message {
		return &ecma.ResetApplicationSessionTimerNegResponse{Error: ecma.SessionReason{Defined: why}}
	}
	d := s.leaseTime(m.Duration)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lease.id == "" || m.SessionID != s.lease.id {
		return refuse(ecma.SessionInvalidSessionID)
	}
	if !s.lease.timer.Stop() {
		return refuse(ecma.SessionServerCannotResetTimer)
	}
	s.setLeaseTimer(d)
	return &ecma.ResetApplicationSessionTimerPosResponse{Duration: wholeSeconds(d)}
}

// stopLease ends the lease and the login that came with it; the connection stays, and
// its monitors if nobody needs to log in, as for a client that never had one.
func (s *session) stopLease(m *ecma.StopApplicationSession) ecma.Message {
	reply := s.endLease(m)
	if _, ended := reply.(*ecma.StopApplicationSessionPosResponse); ended {
		s.logOut()
	}
	return reply
}

func (s *session) endLease(m *ecma.StopApplicationSession) ecma.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lease.id == "" || m.SessionID != s.lease.id {
		return &ecma.StopApplicationSessionNegResponse{Error: ecma.SessionReason{Defined: ecma.SessionInvalidSessionID}}
	}
	s.lease.timer.Stop()
	s.lease.id = ""
	s.lease.run++
	return &ecma.StopApplicationSessionPosResponse{}
}

// setLeaseTimer is called with s.mu held.
func (s *session) setLeaseTimer(d time.Duration) {
	s.lease.run++
	run := s.lease.run
	s.lease.timer = time.AfterFunc(d, func() { s.leaseExpired(run) })
}

func (s *session) leaseExpired(run int) {
	defer s.srv.recovered("application session timer", func() { s.fail(errPanic) })
	s.mu.Lock()
	id, ed := s.lease.id, s.lease.edition
	current := run == s.lease.run && id != "" && !s.isDone
	if current {
		s.lease.id = ""
	}
	s.mu.Unlock()
	if !current {
		return
	}
	s.out.cut()
	s.Request(ed, &ecma.ApplicationSessionTerminated{
		SessionID: id, Reason: ecma.SessionReason{Defined: ecma.SessionTermSessionTimerExpired},
	})
	s.goodbye(errLease)
}

// leaseTime is what is granted of a requested duration in seconds.
func (s *session) leaseTime(requested ecma.Int) time.Duration {
	n := requested.Value
	if !requested.Set || n <= 0 {
		return min(defaultLease, s.srv.limits.lease)
	}
	if n > int64(s.srv.limits.lease/time.Second) {
		return s.srv.limits.lease
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
