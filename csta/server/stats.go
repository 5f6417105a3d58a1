package server

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/association"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/measure"
)

// Stats is a picture of the server for operators.
type Stats struct {
	// Listen is the address listened on, empty if none.
	Listen string
	// WebListen is that of the other way in (Options.Web), Web its protocol.
	WebListen, Web string
	// TLS tells whether clients that connect now have to speak it.
	TLS bool
	// CertificateEnd is when the certificate of TLS expires.
	CertificateEnd time.Time
	Status         ecma.SystemStatusValue
	// Accepted counts connections since the start, Refused those turned away.
	Accepted, Refused uint64
	// RefusedByList, RefusedTotal, RefusedAddress, Handshakes and RefusedOrigin
	// count them: by the access list, by the limit of all connections, by that
	// of one address, because TLS could not be agreed on, and because they were
	// sent by a page of somebody else's.
	RefusedByList, RefusedTotal, RefusedAddress, Handshakes, RefusedOrigin uint64
	// SlowClients counts sessions ended because the client did not read,
	// MuteClients those that left System Status requests unanswered,
	// IdleClients those that sent nothing for idle-timeout, BadFrames those
	// that sent something that is no frame.
	SlowClients, MuteClients, IdleClients, BadFrames, NobodyClients uint64
	Panics                                                          uint64
	// LoginsRight, LoginsWrong and LoginsLimited count logins: those that succeeded, those
	// with an unknown user or a wrong password, and those refused unseen because too many
	// had failed or were under way.
	LoginsRight, LoginsWrong, LoginsLimited uint64
	// RequestsDelayed counts what had to wait since it came from those who were nobody, and
	// asked too fast.
	RequestsDelayed uint64
	// Waiting are the application sessions whose clients have lost their connections and
	// may come back, Kept the bytes that are kept for them.
	Waiting, Kept int
	// Parted counts how often a client lost its connection so, Resumed how often one came
	// back, ResumesRefused those that could not have their session, Expired those that did
	// not come in time, Overflown those for whom more happened than is kept.
	Parted, Resumed, ResumesRefused, Expired, Overflown uint64
	// Applications are those that are configured, Directory: users of the directory may
	// log in as well.
	Applications []*applications.Application
	Directory    bool
	// Requests, Events, BytesIn and BytesOut are the sums over all sessions
	// since the start.
	Requests, Events, BytesIn, BytesOut uint64
	// Services counts the answers that the server gave without the engine.
	Services measure.Outcomes
	// Delay is the time from the switch's report of an event until the frame
	// was handed to the client's socket: of each write, its oldest event.
	Delay measure.Histogram
	// Sessions are those open now, oldest first, Alone the associations whose clients have
	// lost their connections; Since is when, and Queued what is kept.
	Sessions, Alone []SessionStats
}

// SessionStats is one session.
type SessionStats struct {
	ID    uint64
	Label string
	Since time.Time
	// State is that of its association.
	State association.State
	// Application is who the client is, By how that is known; both are "" if it has not
	// said it.
	Application, By string
	// Edition is the namespace the client used last.
	Edition ecma.Edition
	// Security is the version of TLS, and the name in the client's certificate
	// if it showed one; empty for plain TCP.
	Security string
	// Traced: its frames are logged.
	Traced bool
	// Requests counts those of the client, Outstanding are the ones not yet
	// answered, Events those sent to it.
	Requests, Events  uint64
	Outstanding       int
	BytesIn, BytesOut uint64
	// Queued is the number of bytes waiting for the client to read.
	Queued int
}

type counters struct {
	accepted, byList, total, perAddress, handshakes, byOrigin atomic.Uint64
	slow, mute, idle, nobody, badFrames, panics               atomic.Uint64
	loginsRight, loginsWrong, loginsLimited, delayed          atomic.Uint64
	parted, resumed, resumesRefused                           atomic.Uint64
	expired, overflown                                        atomic.Uint64
}

// traffic is what sessions that have ended carried.
type traffic struct{ requests, events, bytesIn, bytesOut uint64 }

// Stats takes a picture of the server.
func (srv *Server) Stats() Stats {
	c := &srv.counters
	st := Stats{
		TLS:             srv.options().TLS != nil,
		Status:          srv.systemStatus(),
		Accepted:        c.accepted.Load(),
		RefusedByList:   c.byList.Load(),
		RefusedTotal:    c.total.Load(),
		RefusedAddress:  c.perAddress.Load(),
		Handshakes:      c.handshakes.Load(),
		RefusedOrigin:   c.byOrigin.Load(),
		SlowClients:     c.slow.Load(),
		MuteClients:     c.mute.Load(),
		IdleClients:     c.idle.Load(),
		NobodyClients:   c.nobody.Load(),
		BadFrames:       c.badFrames.Load(),
		Panics:          c.panics.Load(),
		LoginsRight:     c.loginsRight.Load(),
		LoginsWrong:     c.loginsWrong.Load(),
		LoginsLimited:   c.loginsLimited.Load(),
		RequestsDelayed: c.delayed.Load(),
		Parted:          c.parted.Load(),
		Resumed:         c.resumed.Load(),
		ResumesRefused:  c.resumesRefused.Load(),
		Expired:         c.expired.Load(),
		Overflown:       c.overflown.Load(),
		Applications:    srv.options().Applications.All(),
		Directory:       srv.options().Applications.Directory(),
		Services:        srv.measured.outcomes(),
		Delay:           srv.measured.delay.Snapshot(),
	}
	st.Waiting, st.Kept = srv.book.Alone()
	st.Refused = st.RefusedByList + st.RefusedTotal + st.RefusedAddress + st.Handshakes + st.RefusedOrigin
	if config := srv.options().TLS; config != nil && len(config.Certificates) > 0 && config.Certificates[0].Leaf != nil {
		st.CertificateEnd = config.Certificates[0].Leaf.NotAfter
	}
	if a := srv.Addr(); a != nil {
		st.Listen = a.String()
	}
	if a := srv.WebAddr(); a != nil {
		st.WebListen, st.Web = a.String(), srv.options().Web.String()
	}
	open, past := srv.allAndPast()
	st.Requests, st.Events, st.BytesIn, st.BytesOut = past.requests, past.events, past.bytesIn, past.bytesOut
	for _, s := range open {
		one := s.stats()
		st.Requests += one.Requests
		st.Events += one.Events
		st.BytesIn += one.BytesIn
		st.BytesOut += one.BytesOut
		st.Sessions = append(st.Sessions, one)
	}
	for _, c := range srv.book.All() {
		if one, alone := c.stats(); alone {
			st.Alone = append(st.Alone, one)
		}
	}
	slices.SortFunc(st.Alone, func(a, b SessionStats) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(st.Sessions, func(a, b SessionStats) int { return cmp.Compare(a.ID, b.ID) })
	return st
}
