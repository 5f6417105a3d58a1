package server

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"mod_csta_socket/csta/association"
	"mod_csta_socket/csta/ecma"
)

// A client comes back to its association: StartApplicationSession with the ID of its
// application session, which is Avaya's (SessionLoginInfo); ECMA-354 has nothing like it.

// errTakenOver: the client has come back on another connection.
var errTakenOver = errors.New("its application session goes on on another connection")

// eventsLost is why a client can't have its session back: it would not hear of all that has
// happened. It starts a new one, and may take the monitors over.
var eventsLost = ecma.SessionReason{Own: "eventsLost"}

// unknownSession is why a client can't have a session back that there is not, or not for it.
var unknownSession = ecma.SessionReason{Defined: ecma.SessionInvalidApplicationInfo}

// outlives tells whether an association may outlive a connection that has gone for that
// reason.
func outlives(why error) bool { return !errors.Is(why, errStopping) && !errors.Is(why, errPanic) }

// resume makes the connection that of a client which wants its association back, and
// answers. refused is why it does not: nothing has happened then.
func (s *session) resume(in inbound, m *ecma.StartApplicationSession, c *client, answer func(*client) ecma.Message) (refused *ecma.SessionReason) {
	select {
	case c.arrival <- struct{}{}:
		defer func() { <-c.arrival }()
	case <-s.done:
		return &unknownSession
	case <-s.ending:
		return &unknownSession
	}
	if !s.wait(c.rests) {
		return &unknownSession
	}
	r := association.Resumption{Last: uint64(m.Login.LastEventNumber.Value), Known: m.Login.LastEventNumber.Set} //nolint:gosec // not negative
	if refused := c.awaits(r); refused != nil {
		s.srv.counters.resumesRefused.Add(1)
		return refused
	}
	// Half-open connections are the usual case: the old one is closed. Nothing more comes
	// of it once it is gone.
	if old := c.connection(); old != nil {
		old.fail(errTakenOver)
		select {
		case <-old.gone:
		case <-s.done:
			return &unknownSession
		}
	}
	own := s.client()
	attached := make(chan bool, 1)
	s.srv.engine.Resume(c, func() {
		attached <- c.attach(s, r, func() {
			c.begins(in.edition, m)
			s.answer(in, answer(c))
		})
	})
	select {
	case ok := <-attached:
		if !ok {
			s.srv.counters.resumesRefused.Add(1)
			// More has happened meanwhile than is kept, or one of the two has gone.
			return cmp.Or(c.awaits(r), &unknownSession)
		}
	case <-s.done:
		// It may have come back, and have gone again before that was looked at: it ends
		// then, as what it was before does.
		if s.client() != c {
			return &unknownSession
		}
	}
	c.rests = time.Now().Add(time.Duration(c.kept()) * s.srv.limits.resumeRest >> 20)
	s.srv.counters.resumed.Add(1)
	s.srv.log.Info("CSTA client has come back", "session", s.label)
	// What the connection had until now goes on, too.
	s.srv.engine.MoveMonitors(own, c, func() {})
	own.leaves()
	return nil
}

// kept is how many bytes are kept for the client.
func (c *client) kept() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.association.Kept()
}

// belongs tells whether an application session is somebody's.
func (c *client) belongs(of owner) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of == of && c.association.ID() != ""
}

// awaits tells whether the client that comes back will have all that it has missed; else
// why not.
func (c *client) awaits(r association.Resumption) *ecma.SessionReason {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.association.State() {
	case association.Attached:
		// What its host has acknowledged is known when the connection has gone.
		if r.Known && !c.association.Complete(r) {
			return &eventsLost
		}
		return nil
	case association.Waiting, association.Lost:
		if c.association.Complete(r) {
			return nil
		}
		return &eventsLost
	}
	return &unknownSession
}

// transferMonitors is TransferMonitorObjects, which is Avaya's: a client that could not have
// its session back, or did not want it, takes the monitors of that over. That session ends.
func (s *session) transferMonitors(in inbound, m *ecma.TransferMonitorObjects) {
	own := s.client()
	refuse := func() { s.answer(in, ecma.ErrInvalidParameterValue) }
	of, done, mine := own.transfers(m)
	switch {
	case !mine:
		refuse()
		return
	case done:
		s.answer(in, &ecma.TransferMonitorObjectsResponse{})
		return
	}
	entry := s.srv.book.Find(m.FromSessionID)
	if entry == nil || !entry.Of.belongs(of) {
		refuse()
		return
	}
	from := entry.Of
	select {
	case from.arrival <- struct{}{}:
		defer func() { <-from.arrival }()
	case <-s.done:
		return
	}
	if old := from.connection(); old != nil {
		old.fail(errTakenOver)
		select {
		case <-old.gone:
		case <-s.done:
			return
		}
	}
	if !from.belongs(of) || !from.finishes() {
		// It has come to its end meanwhile.
		refuse()
		return
	}
	own.took(m.FromSessionID, from)
	s.answer(in, &ecma.TransferMonitorObjectsResponse{})
	s.srv.engine.MoveMonitors(from, own, func() {})
	s.srv.engine.CloseSession(from)
}

// maxTaken bounds the sessions of which it is remembered that their monitors were taken over.
const maxTaken = 16

// transfers tells whose the client's session is, whether the transfer was done before, and
// whether it is to that session at all.
func (c *client) transfers(m *ecma.TransferMonitorObjects) (of owner, done, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := c.association.ID()
	return c.of, m.FromSessionID == id || slices.Contains(c.taken, m.FromSessionID), id != "" && m.ToSessionID == id
}

// took notes that the monitors of a session were taken over, and with them those that it had
// taken over itself.
func (c *client) took(session string, from *client) {
	from.mu.Lock()
	taken := append(slices.Clone(from.taken), session)
	from.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = append(c.taken, taken...)
	if more := len(c.taken) - maxTaken; more > 0 {
		c.taken = slices.Delete(c.taken, 0, more)
	}
}
