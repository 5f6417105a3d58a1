package engine

// routing is the mark on a leg that is being sent to another destination by a
// service, or by its partner's phone: the first sign that it happened is told, once.
type routing struct {
	by   routes
	legs []*leg
}

// routes is whose routing it is.
type routes interface {
	procedure
	routed()
}

// mark makes r the routing of the legs whose events may show it.
func (r *routing) mark(legs ...*leg) {
	for _, l := range legs {
		if l != nil {
			l.routing = r
			r.legs = append(r.legs, l)
		}
	}
}

// clear takes the mark from those that have it still; it tells whether one has.
func (r *routing) clear() (found bool) {
	for _, l := range r.legs {
		if l.routing == r {
			l.routing, found = nil, true
		}
	}
	return found
}

// routed applies the leg's routing, if it has one.
func (l *leg) routed() {
	if r := l.routing; r != nil {
		r.clear()
		r.by.routed()
	}
}
