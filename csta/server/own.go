package server

import (
	"slices"

	"mod_csta_socket/csta/wire"
)

// Our own requests take invoke IDs from the upper end: clients count from 0 or
// 1, many look an answer up by its ID before they look at what it is, and so
// must not find one of theirs in a request of ours.
const (
	firstOwnInvoke = 9000
	lastOwnInvoke  = wire.EventInvoke - 1
)

// ownRequests are the invoke IDs of the switching function's requests that wait for the client's
// response, oldest first.
type ownRequests struct {
	waiting []uint16
	last    uint16
}

// newInvoke chooses an invoke ID that neither side has outstanding, and
// remembers it.
func (s *session) newInvoke() uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := &s.own
	for range lastOwnInvoke - firstOwnInvoke + 1 {
		o.last++
		if o.last < firstOwnInvoke || o.last > lastOwnInvoke {
			o.last = firstOwnInvoke
		}
		if s.outstanding[o.last] == 0 && o.find(o.last) < 0 {
			break
		}
	}
	if len(o.waiting) == maxOwnRequests {
		o.waiting = append(o.waiting[:0], o.waiting[1:]...)
	}
	o.waiting = append(o.waiting, o.last)
	return o.last
}

func (o *ownRequests) find(invoke uint16) int {
	return slices.Index(o.waiting, invoke)
}

// answered takes a response of the client.
func (s *session) answered(invoke uint16) {
	s.mu.Lock()
	i := s.own.find(invoke)
	if i >= 0 {
		s.own.waiting = slices.Delete(s.own.waiting, i, i+1)
	}
	s.mu.Unlock()
	if i < 0 {
		s.srv.log.Debug("CSTA response to no request is ignored", "session", s.label, "invoke", invoke)
	}
}
