package ecma

// MonitorFilter is a set of events that a monitor does not want (ECMA-323
// monitorFilter, where true means suppressed). It is comparable; the zero value
// suppresses nothing and is an absent element.
type MonitorFilter struct {
	bits [2]uint64
}

// Suppresses tells whether events of kind k are held back.
func (f MonitorFilter) Suppresses(k EventKind) bool {
	return f.bits[k>>6&1]&(1<<(k&63)) != 0
}

// With is f with the given kinds suppressed too.
func (f MonitorFilter) With(kinds ...EventKind) MonitorFilter {
	for _, k := range kinds {
		if k != noEvent && k < eventKinds {
			f.bits[k>>6] |= 1 << (k & 63)
		}
	}
	return f
}

// Union suppresses what either suppresses.
func (f MonitorFilter) Union(g MonitorFilter) MonitorFilter {
	return MonitorFilter{[2]uint64{f.bits[0] | g.bits[0], f.bits[1] | g.bits[1]}}
}

// IsZero tells whether nothing is suppressed.
func (f MonitorFilter) IsZero() bool { return f == MonitorFilter{} }

func (f MonitorFilter) suppressesAny(first, last EventKind, ed Edition) bool {
	for k := first; k <= last; k++ {
		if f.Suppresses(k) && inEdition(k, ed) {
			return true
		}
	}
	return false
}

// inEdition tells whether the schema of the edition knows the event: edition 3
// has no presence.
func inEdition(k EventKind, ed Edition) bool {
	return k != EventPresenceState || ed == Edition6
}

func (c *codec) filter(name string, f *MonitorFilter, n need) {
	if !c.enter(name, n, !f.IsZero()) {
		return
	}
	for i := range filterGroups {
		g := &filterGroups[i]
		if !c.enter(g.name, optional, !c.reading() && f.suppressesAny(g.first, g.last, c.edition)) {
			continue
		}
		for k := g.first; k <= g.last; k++ {
			if !c.reading() {
				if f.Suppresses(k) && inEdition(k, c.edition) {
					c.element(k.String(), "true")
				}
			} else if c.mark(k.String()) {
				*f = f.With(k)
			}
		}
		c.leave(g.name)
	}
	c.leave(name)
}
