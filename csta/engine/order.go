package engine

import (
	"reflect"
	"slices"

	"mod_csta_socket/csta/ecma"
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
	c  *core
}

func (n notedTurns) Yields(invoke uint16) bool {
	yes := n.of.Yields(invoke)
	if n.c.record != nil {
		n.c.record.yield(yes)
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

// yields: the answer to a request depends on a phone from now on.
func (c *core) yields(r *Request) {
	s := c.sessions[r.Session]
	if s == nil || c.unanswered[r] == 0 || slices.Contains(s.order.waiting, r) || !s.order.yield(r) {
		return
	}
	s.order.waiting = append(s.order.waiting, r)
}

// letsPass: the answer to r depends on a phone, and until that has done
// something the service touches nothing that others are about.
func (c *core) letsPass(r *Request) {
	if s := c.sessions[r.Session]; s != nil && c.unanswered[r] != 0 {
		s.order.yield(r)
	}
}

// yields: the service depends on a phone from now on.
func (p *pending) yields() {
	if !p.done {
		p.c.yields(p.r)
	}
}

// inOrder serves a request, or lets it wait for one before it.
func (c *core) inOrder(s *session, r *Request) {
	o := &s.order
	if !c.waitsBehind(o, r) {
		c.serve(r)
		return
	}
	if len(o.behind) < maxBehind {
		o.yield(r)
	}
	o.behind = append(o.behind, r)
}

// waitsBehind tells whether a request has to wait for one before it.
func (c *core) waitsBehind(o *order, r *Request) bool {
	if len(o.waiting)+len(o.behind) == 0 || services[r.Message.Element()].looks {
		return false
	}
	about := c.subjects(r.Message)
	same := func(before *Request) bool {
		return slices.ContainsFunc(c.subjects(before.Message), func(subject string) bool { return slices.Contains(about, subject) })
	}
	return slices.ContainsFunc(o.waiting, same) || slices.ContainsFunc(o.behind, same)
}

// answeredInOrder lets those go on that waited for a request, once the events of its
// service are sent.
func (c *core) answeredInOrder(s *session, r *Request) {
	o := &s.order
	if i := slices.Index(o.yielded, r); i >= 0 {
		o.yielded = slices.Delete(o.yielded, i, i+1)
	}
	i := slices.Index(o.waiting, r)
	if i < 0 {
		return
	}
	o.waiting = slices.Delete(o.waiting, i, i+1)
	c.soon(func() {
		behind := o.behind
		o.behind = nil
		for _, next := range behind {
			if c.unanswered[next] != 0 {
				c.inOrder(s, next)
			}
		}
	})
}

// subjects are the calls and devices that a request is about: all that its elements
// name.
func (c *core) subjects(m ecma.Message) []string {
	var subjects []string
	v := reflect.ValueOf(m).Elem()
	for i := range v.NumField() {
		switch field := v.Field(i).Interface().(type) {
		case ecma.ConnectionID:
			if field.CallID != "" {
				subjects = append(subjects, "call "+field.CallID)
			}
			if !field.Device.IsZero() {
				subjects = append(subjects, c.deviceID(field.Device).Number)
			}
		case ecma.DeviceID:
			if !field.IsZero() {
				subjects = append(subjects, c.deviceID(field).Number)
			}
		case []ecma.DeviceID:
			for _, d := range field {
				subjects = append(subjects, c.deviceID(d).Number)
			}
		}
	}
	return subjects
}
