package engine

import (
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/wire"
)

// templates encodes one event once for each namespace in use among its
// monitors.
type templates struct {
	event ecma.Event
	used  int
	list  []*compiled
}

type compiled struct {
	edition  ecma.Edition
	template ecma.Template
}

func (t *templates) begin(ev ecma.Event) {
	t.event = ev
	t.used = 0
}

// in returns the event's template in that namespace.
func (t *templates) in(ed ecma.Edition) *ecma.Template {
	for _, done := range t.list[:t.used] {
		if done.edition == ed {
			return &done.template
		}
	}
	if t.used == len(t.list) {
		t.list = append(t.list, &compiled{})
	}
	next := t.list[t.used]
	t.used++
	next.edition = ed
	next.template.CompileWithin(wire.MaxSentBody, ed, t.event)
	return &next.template
}

// audience has the sessions hear what happens in the picture (model.Sink).
type audience struct{ core *core }

func (a audience) Begin(ev ecma.Event) { a.core.events.begin(ev) }

func (a audience) Impossible(conn *model.Connection, to ecma.LocalConnectionState) {
	a.core.counters.Repairs++
	a.core.log.Debug("impossible transition", "call", conn.Call.ID, "device", conn.Device.ID.Number, "from", conn.State(), "to", to)
}

func (a audience) Tell(m *model.Monitor, local ecma.LocalConnectionState) {
	c, kind := a.core, a.core.events.event.EventKind()
	if m.Filter.Suppresses(kind) {
		return
	}
	s := m.Owner.(*session)
	encoded := c.events.in(m.Edition)
	s.Notify(encoded, m.CrossRefID, local)
	c.touch(s)
	if s.since == 0 {
		s.since = c.eventAt
	}
	c.counters.CSTAEvents++
	c.measured.sent[kind]++
	if c.trace.on {
		c.trace.event(s, m, local, encoded)
	}
}
