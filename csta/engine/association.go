package engine

import (
	"maps"
	"slices"

	"mod_csta_socket/csta/model"
)

// A session is an association, which may outlive the client's connection.

type (
	// sessionParted: its client has lost its connection, and may come back; back: it has.
	sessionParted struct {
		session Session
		back    bool
	}
	// sessionResumed: its client has come back on another connection. then runs behind it.
	sessionResumed struct {
		session Session
		then    func()
	}
	// monitorsMoved: those of one session are another's now. then runs behind it.
	monitorsMoved struct {
		from, to Session
		then     func()
	}
)

// Part tells that the client of a session has lost its connection, and may come back, Rejoin
// that it has another one.
func (e *Engine) Part(s Session)   { e.post(input{news: sessionParted{s, false}}) }
func (e *Engine) Rejoin(s Session) { e.post(input{news: sessionParted{s, true}}) }

// Resume tells that the client of a session has come back on another connection. then is
// called by the loop, before any other input.
func (e *Engine) Resume(s Session, then func()) {
	e.post(input{news: sessionResumed{s, then}})
}

// MoveMonitors lets the monitors of one session be another's. then is called by the loop,
// behind it.
func (e *Engine) MoveMonitors(from, to Session, then func()) {
	e.post(input{news: monitorsMoved{from, to, then}})
}

func (in sessionParted) take(c *core) {
	s := c.sessions[in.session]
	if s == nil {
		return
	}
	if c.record != nil {
		before := s.line()
		c.record.change(formerly{Granted: &before})
	}
	s.parted = !in.back
}

func (in sessionResumed) take(c *core) {
	defer in.then()
	if s := c.sessions[in.session]; s != nil {
		c.resumed(s)
	}
}

func (in monitorsMoved) take(c *core) {
	defer in.then()
	from, to := c.sessions[in.from], c.sessions[in.to]
	if from != nil && to != nil && from != to {
		c.moveMonitors(from, to)
	}
}

// resumed: who asked for something on the connection that a session had does not wait for
// the answer any more. What was asked for is done all the same.
func (c *core) resumed(s *session) {
	c.forgetRequests(s.Session)
	c.early = slices.DeleteFunc(c.early, func(r *Request) bool { return r.Session == s.Session })
	c.trace.closed(s.Session)
	s.order = order{ordered: s.order.ordered}
}

// moveMonitors lets the monitors of one session be another's, as far as that may have them.
func (c *core) moveMonitors(from, to *session) {
	if c.record != nil {
		for part := range slices.Chunk(slices.Collect(maps.Values(from.monitors)), monitorsAtOnce) {
			before := ownedLine{Session: from.number}
			for _, m := range part {
				before.Monitors = append(before.Monitors, numberOf(m))
			}
			c.record.change(formerly{Owned: &before})
		}
	}
	var others []*model.Monitor
	if !to.shares(from) {
		others = slices.Collect(maps.Values(from.monitors))
	}
	for _, m := range from.monitors {
		m.Owner = to
	}
	if len(to.monitors) == 0 {
		from.monitors, to.monitors = to.monitors, from.monitors
	} else {
		maps.Copy(to.monitors, from.monitors)
		clear(from.monitors)
	}
	c.permissions.withdraw(to)
	c.permissions.cutBack(to, others)
}
