package engine

import "mod_csta_socket/csta/ecma"

// pending is a request whose response waits until the switch has accepted what
// it asks, or has shown so by an event.
type pending struct {
	q    *requests
	r    *Request
	ok   ecma.Message
	done bool
	// by is told of a refusal; nil: nobody is.
	by interface{ missed() }
}

func (q *requests) pend(r *Request, ok ecma.Message) *pending {
	return &pending{q: q, r: r, ok: ok}
}

// succeed answers; a nil pending is of something that nobody has asked for.
func (p *pending) succeed() {
	if p != nil && !p.done {
		p.done = true
		p.q.respond(p.r, p.ok)
	}
}

// fail tells whether the refusal could still be sent.
func (p *pending) fail(e *ecma.Error) bool {
	if p == nil || p.done {
		return false
	}
	p.done = true
	p.q.refuse(p.r, e)
	if p.by != nil {
		p.by.missed()
	}
	return true
}

// yields: the service depends on a phone from now on.
func (p *pending) yields() {
	if !p.done {
		p.q.yields(p.r)
	}
}

// answeredAlready is a pending request whose response went out before.
func (q *requests) answeredAlready() *pending { return &pending{q: q, done: true} }
