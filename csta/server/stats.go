package server

import (
	"cmp"
	"slices"
	"sync/atomic"
	"time"

	"mod_csta_socket/csta/ecma"
)

// Stats is a picture of the server for operators.
type Stats struct {
	// Listen is the address listened on, empty if none.
	Listen string
	Status ecma.SystemStatusValue
	// Accepted counts connections since the start, Refused those turned away
	// by the access list or the session limit.
	Accepted, Refused uint64
	// SlowClients counts sessions ended because the client did not read,
	// MuteClients those that left System Status requests unanswered,
	// BadFrames those that sent something that is no frame.
	SlowClients, MuteClients, BadFrames uint64
	Panics                              uint64
	// Sessions are those open now, oldest first.
	Sessions []SessionStats
}

// SessionStats is one session.
type SessionStats struct {
	ID    uint64
	Label string
	Since time.Time
	// Edition is the namespace the client used last.
	Edition ecma.Edition
	// Requests counts those of the client, Outstanding are the ones not yet
	// answered, Events those sent to it.
	Requests, Events  uint64
	Outstanding       int
	BytesIn, BytesOut uint64
	// Queued is the number of bytes waiting for the client to read.
	Queued int
}

type counters struct {
	accepted, refused, slow, mute, badFrames, panics atomic.Uint64
}

// Stats takes a picture of the server.
func (srv *Server) Stats() Stats {
	st := Stats{
		Status:      srv.systemStatus(),
		Accepted:    srv.counters.accepted.Load(),
		Refused:     srv.counters.refused.Load(),
		SlowClients: srv.counters.slow.Load(),
		MuteClients: srv.counters.mute.Load(),
		BadFrames:   srv.counters.badFrames.Load(),
		Panics:      srv.counters.panics.Load(),
	}
	if a := srv.Addr(); a != nil {
		st.Listen = a.String()
	}
	for _, s := range srv.all() {
		st.Sessions = append(st.Sessions, s.stats())
	}
	slices.SortFunc(st.Sessions, func(a, b SessionStats) int { return cmp.Compare(a.ID, b.ID) })
	return st
}
