package engine

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/measure"
)

// Ordered is a Session that hands over its client's requests one after the other,
// each when the one before it was answered. It is optional.
type Ordered interface {
	// Yields tells that the answer to a request depends on a phone now, which may
	// take seconds: the next request is handed over meanwhile. It returns false if
	// the session hands them over side by side anyway.
	Yields(invoke uint16) bool
}

// notedTurns is a session whose answers are recorded.
type notedTurns struct {
	of Ordered
	*office
}

func (n notedTurns) Yields(invoke uint16) bool {
	yes := n.of.Yields(invoke)
	if n.record != nil {
		n.record.yield(yes)
	}
	return yes
}

// order keeps the order of a session's requests where it matters, while one of them
// waits for a phone: what is asked about the same call or device waits with it, all
// else goes on.
type order struct {
	ordered Ordered
	// waiting depend on phones, behind wait for these.
	waiting, behind []*Request
	// yielded are those for which the session has handed over another one.
	yielded []*Request
}

// maxBehind bounds the requests that wait behind others without holding up the
// session: more of them do.
const maxBehind = 64

// yield lets the session go on with the next request; false if it does anyway.
func (o *order) yield(r *Request) bool {
	switch {
	case o.ordered == nil:
		return false
	case slices.Contains(o.yielded, r):
		return true
	case !o.ordered.Yields(r.Invoke):
		return false
	}
	o.yielded = append(o.yielded, r)
	return true
}

// requests are the clients' requests that have got no answer yet: they are served in
// the order that matters, and answered once.
type requests struct {
	*office
	audience *audience
	// serve hands a request to its service.
	serve func(*Request)
	// unanswered are the requests, each with how many came up to it.
	unanswered map[*Request]uint64
	// asked counts the requests.
	asked uint64
	// outcomes counts the answers.
	outcomes measure.Outcomes
	// usage is what applications do that have limits, by their names.
	usage map[string]*usage
}

func newRequests(o *office, a *audience, serve func(*Request)) *requests {
	return &requests{office: o, audience: a, serve: serve, unanswered: map[*Request]uint64{}, usage: map[string]*usage{}}
}

// forgetRequests forgets those of a session that has gone.
func (q *requests) forgetRequests(s Session) {
	for r := range q.unanswered {
		if r.Session == s {
			delete(q.unanswered, r)
		}
	}
}

// request takes a request.
func (q *requests) request(r *Request) {
	s := q.audience.sessions[r.Session]
	if s == nil {
		return
	}
	q.asked++
	q.unanswered[r] = q.asked
	if q.audience.trace.on {
		q.audience.trace.request(s, r)
	}
	q.inOrder(s, r)
}

// mayOriginate is where the call is counted that a request's client may have ring beside its
// others; nil if it may not, which is refused, or has gone.
func (q *requests) mayOriginate(r *Request) (originates *int) {
	s := q.audience.sessions[r.Session]
	if s == nil {
		return nil
	}
	originates = &s.originates
	if s.named() {
		originates = &q.usageOf(s.grant.Application).originates
	}
	if *originates >= maxOriginates {
		q.refuse(r, ecma.ErrResourceBusy)
		return nil
	}
	return originates
}

// respond answers a request, unless it was answered before or its session has
// gone.
func (q *requests) respond(r *Request, m ecma.Message) {
	if q.unanswered[r] == 0 {
		return
	}
	delete(q.unanswered, r)
	q.count(r, m)
	s := q.audience.sessions[r.Session]
	if s == nil {
		return
	}
	if q.audience.trace.on {
		q.audience.trace.answer(s, r, m)
	}
	q.begins(s, m)
	s.Respond(r.Invoke, r.Edition, q.audience.worded(s, m))
	q.audience.touch(s)
	q.answeredInOrder(s, r)
}

// asker implements loop.
func (q *requests) asker(r *Request) *session {
	if q.unanswered[r] == 0 {
		return nil
	}
	return q.audience.sessions[r.Session]
}

// refuse answers a request negatively.
func (q *requests) refuse(r *Request, e *ecma.Error) {
	q.counters.Errors++
	q.respond(r, e)
}

// waitingRequests are the unanswered ones, as they came.
func (q *requests) waitingRequests() []*Request {
	list := slices.Collect(maps.Keys(q.unanswered))
	slices.SortFunc(list, func(a, b *Request) int { return cmp.Compare(q.unanswered[a], q.unanswered[b]) })
	return list
}

// yields: the answer to a request depends on a phone from now on.
func (q *requests) yields(r *Request) {
	s := q.audience.sessions[r.Session]
	if s == nil || q.unanswered[r] == 0 || slices.Contains(s.order.waiting, r) || !s.order.yield(r) {
		return
	}
	s.order.waiting = append(s.order.waiting, r)
}

// letsPass: the answer to r depends on a phone, and until that has done
// something the service touches nothing that others are about.
func (q *requests) letsPass(r *Request) {
	if s := q.audience.sessions[r.Session]; s != nil && q.unanswered[r] != 0 {
		s.order.yield(r)
	}
}

// inOrder serves a request, or lets it wait for one before it.
func (q *requests) inOrder(s *session, r *Request) {
	o := &s.order
	if !q.waitsBehind(o, r) {
		q.serve(r)
		return
	}
	if len(o.behind) < maxBehind {
		o.yield(r)
	}
	o.behind = append(o.behind, r)
}

// waitsBehind tells whether a request has to wait for one before it.
func (q *requests) waitsBehind(o *order, r *Request) bool {
	if len(o.waiting)+len(o.behind) == 0 || services[r.Message.Element()].looks {
		return false
	}
	about := q.subjects(r.Message)
	same := func(before *Request) bool {
		return slices.ContainsFunc(q.subjects(before.Message), func(subject string) bool { return slices.Contains(about, subject) })
	}
	return slices.ContainsFunc(o.waiting, same) || slices.ContainsFunc(o.behind, same)
}

// answeredInOrder lets those go on that waited for a request, once the events of its
// service are sent.
func (q *requests) answeredInOrder(s *session, r *Request) {
	o := &s.order
	if i := slices.Index(o.yielded, r); i >= 0 {
		o.yielded = slices.Delete(o.yielded, i, i+1)
	}
	i := slices.Index(o.waiting, r)
	if i < 0 {
		return
	}
	o.waiting = slices.Delete(o.waiting, i, i+1)
	q.lasting(forTurn, nextInOrder{q, s})
}

// nextInOrder is a session whose next requests have their turn.
type nextInOrder struct {
	q *requests
	s *session
}

func (n nextInOrder) late(wait) bool {
	behind := n.s.order.behind
	n.s.order.behind = nil
	for _, next := range behind {
		if n.q.unanswered[next] != 0 {
			n.q.inOrder(n.s, next)
		}
	}
	return true
}

// subjects are the calls and devices that a request is about: all that its elements
// name.
func (q *requests) subjects(m ecma.Message) []string {
	var subjects []string
	v := reflect.ValueOf(m).Elem()
	for i := range v.NumField() {
		switch field := v.Field(i).Interface().(type) {
		case ecma.ConnectionID:
			if field.CallID != "" {
				subjects = append(subjects, "call "+field.CallID)
			}
			if !field.Device.IsZero() {
				subjects = append(subjects, q.deviceID(field.Device).Number)
			}
		case ecma.DeviceID:
			if !field.IsZero() {
				subjects = append(subjects, q.deviceID(field).Number)
			}
		case []ecma.DeviceID:
			for _, d := range field {
				subjects = append(subjects, q.deviceID(d).Number)
			}
		}
	}
	return subjects
}
