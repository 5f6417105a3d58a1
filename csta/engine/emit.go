package engine

import (
	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/wire"
)

// templates encodes one event once for each namespace, and each tenant in whose words it is
// told, in use among its monitors.
type templates struct {
	event ecma.Event
	used  int
	list  []*compiled
}

type compiled struct {
	edition  ecma.Edition
	tenant   applications.Tenant
	template ecma.Template
}

func (t *templates) begin(ev ecma.Event) {
	t.event = ev
	t.used = 0
}

// in returns the event's template in that namespace and the tenant's words.
func (t *templates) in(ed ecma.Edition, tenant applications.Tenant, words func(applications.Tenant) func(ecma.DeviceID) ecma.DeviceID) *ecma.Template {
	for _, done := range t.list[:t.used] {
		if done.edition == ed && done.tenant == tenant {
			return &done.template
		}
	}
	if t.used == len(t.list) {
		t.list = append(t.list, &compiled{})
	}
	next := t.list[t.used]
	t.used++
	next.edition, next.tenant = ed, tenant
	ev := t.event
	if tenant != "" {
		ev = applications.Reword(ev, words(tenant))
	}
	next.template.CompileWithin(wire.MaxSentBody, ed, ev)
	return &next.template
}

// audience are the sessions, which hear what happens in the picture (model.Sink).
type audience struct {
	*office
	sessions map[Session]*session
	// lastSession is the number of the session that was opened last.
	lastSession uint64
	// dirty are the sessions with frames to flush.
	dirty []*session
	// eventAt is when the switch reported the event that is being applied, in
	// Unix nanoseconds; 0 = none is.
	eventAt int64
	events  templates
	trace   trace
	// unseen is told of the monitor of a call in which its session sees no device any
	// more.
	unseen func(*model.Monitor)
	// subscribes tells whether a number is that of a subscriber of the default domain.
	subscribes func(number string) bool
	// sent counts the events that monitors got, by ecma.EventKind.
	sent [1 << 8]uint64
}

func newAudience(o *office) *audience {
	return &audience{office: o, sessions: map[Session]*session{}, trace: trace{office: o}}
}

// wordsFor names devices as an application of a tenant does.
func (a *audience) wordsFor(tenant applications.Tenant) func(ecma.DeviceID) ecma.DeviceID {
	return func(d ecma.DeviceID) ecma.DeviceID {
		domain := ""
		if d.Type != ecma.DeviceNumber && a.subscribes(d.Number) {
			domain = a.opts.DefaultDomain
		}
		return tenant.Outward(d, domain)
	}
}

// worded is a message in the words of the client that gets it.
func (a *audience) worded(s *session, m ecma.Message) ecma.Message {
	if tenant := s.grant.Speaks(); tenant != "" {
		return applications.Reword(m, a.wordsFor(tenant))
	}
	return m
}

// Begin implements model.Sink.
func (a *audience) Begin(ev ecma.Event) { a.events.begin(ev) }

// Impossible implements model.Sink.
func (a *audience) Impossible(conn *model.Connection, to ecma.LocalConnectionState) {
	a.counters.Repairs++
	a.log.Debug("impossible transition", "call", conn.Call.ID, "device", conn.Device.ID.Number, "from", conn.State(), "to", to)
}

// Tell implements model.Sink.
func (a *audience) Tell(m *model.Monitor, local ecma.LocalConnectionState) {
	kind := a.events.event.EventKind()
	if m.Filter.Suppresses(kind) {
		return
	}
	s := m.Owner.(*session)
	if s.gone {
		return
	}
	if m.Call != nil && s.grant != nil && !a.seesCall(s.grant, m.Call) {
		a.unseen(m)
		return
	}
	encoded := a.events.in(m.Edition, s.grant.Speaks(), a.wordsFor)
	s.Notify(encoded, m.CrossRefID, local)
	a.touch(s)
	if s.since == 0 {
		s.since = a.eventAt
	}
	a.counters.CSTAEvents++
	a.sent[kind]++
	if a.trace.on {
		a.trace.event(s, m, local, encoded)
	}
}

func (a *audience) openSession(s Session) {
	timed, _ := s.(Timed)
	ordered, _ := s.(Ordered)
	if ordered != nil {
		ordered = notedTurns{ordered, a.office}
	}
	a.lastSession++
	a.sessions[s] = &session{
		Session: s, number: a.lastSession, monitors: map[string]*model.Monitor{}, timed: timed, order: order{ordered: ordered}, serves: servedBy(s),
	}
}

func (a *audience) forgetSession(known *session, s Session) {
	if a.record != nil {
		ended := known.line()
		a.record.change(formerly{Session: &ended})
	}
	delete(a.sessions, s)
	known.gone = true
	a.trace.closed(s)
}

func (a *audience) push(s *session, ed ecma.Edition, m ecma.Message) {
	s.Request(ed, a.worded(s, m))
	a.touch(s)
}

// touch marks a session as having frames to flush.
func (a *audience) touch(s *session) {
	if !s.dirty {
		s.dirty = true
		a.dirty = append(a.dirty, s)
	}
}

func (a *audience) flush() {
	for i, s := range a.dirty {
		s.dirty = false
		if s.since != 0 && s.timed != nil {
			s.timed.Since(s.since)
		}
		s.since = 0
		s.Flush()
		a.dirty[i] = nil
	}
	a.dirty = a.dirty[:0]
	a.eventAt = 0
}
