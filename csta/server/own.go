package server

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

// Our own requests take invoke IDs from the upper end: clients count from 0 or
// 1, many look an answer up by its ID before they look at what it is, and so
// must not find one of theirs in a request of ours.
const (
	firstOwnInvoke = 9000
	lastOwnInvoke  = wire.EventInvoke - 1
)

// ownRequests are the switching function's requests that wait for the client's
// response, oldest first.
type ownRequests struct {
	waiting []ownRequest
	last    uint16
}

type ownRequest struct {
	invoke uint16
	beat   bool
}

// newInvoke chooses an invoke ID that neither side has outstanding, and
// remembers it.
func (s *session) newInvoke(beat bool) uint16 {
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
	o.waiting = append(o.waiting, ownRequest{o.last, beat})
	return o.last
}

func (o *ownRequests) find(invoke uint16) int {
	for i := range o.waiting {
		if o.waiting[i].invoke == invoke {
			return i
		}
	}
	return -1
}

// answered takes a response of the client; m is nil if it could not be decoded.
// A SystemStatusResponse shows that the client lives, whatever its invoke ID.
func (s *session) answered(invoke uint16, m ecma.Message) {
	_, alive := m.(*ecma.SystemStatusResponse)
	s.mu.Lock()
	i := s.own.find(invoke)
	if i >= 0 {
		alive = alive || s.own.waiting[i].beat
		s.own.waiting = append(s.own.waiting[:i], s.own.waiting[i+1:]...)
	}
	if alive {
		s.beat.alive()
	}
	s.mu.Unlock()
	if i < 0 && !alive {
		s.srv.log.Debug("CSTA response to no request is ignored", "session", s.label, "invoke", invoke)
	}
}
