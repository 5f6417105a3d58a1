package engine

import "slices"

// procedure is a service under way, or something else that goes on about a call until
// the switch or a phone has shown something.
type procedure interface {
	// doing is what goes on, as operators are told.
	doing() Doing
}

// stage is a row of a procedure's table of states.
type stage[S ~uint8] struct {
	// name is the state's, waitsFor what is waited for in it.
	name, waitsFor string
	// next are the states that may follow it.
	next []S
}

// course is how far a procedure has come in its table of states.
type course[S ~uint8] struct {
	track[S]
	// c is the loop that the procedure runs in.
	c *core
}

// track is how far something has come in its table of states.
type track[S ~uint8] struct {
	office *office
	// what is its name.
	what  string
	table []stage[S]
	state S
}

// begins is the course of a procedure in its first state.
func begins[S ~uint8](c *core, what string, table []stage[S], first S) course[S] {
	return course[S]{tracks(c.office, what, table, first), c}
}

// tracks is the track of something in its first state.
func tracks[S ~uint8](o *office, what string, table []stage[S], first S) track[S] {
	return track[S]{o, what, table, first}
}

// impossibleStep is logged when a procedure does what its table does not allow.
const impossibleStep = "impossible step of a service"

// goes brings it to its next state, unless it is there. What its table does
// not allow is counted, and done all the same.
func (p *track[S]) goes(to S) {
	if to != p.state && !slices.Contains(p.table[p.state].next, to) {
		p.office.counters.Repairs++
		p.office.log.Error(impossibleStep, "service", p.what, "from", p.table[p.state].name, "to", p.table[to].name)
	}
	p.state = to
}

func (p *track[S]) doing() Doing {
	row := &p.table[p.state]
	return Doing{What: p.what, State: row.name, WaitsFor: row.waitsFor}
}
