package engine

import (
	"context"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/measure"
)

// Measures is what the engine counted and measured since it started, and how
// much it holds now. Unlike Status it names nothing, so that taking it costs the
// same however many calls there are.
type Measures struct {
	Counters
	// Sessions, Monitors, Devices and Calls are those there are now.
	Sessions, Monitors, Devices, Calls int
	// Sent counts CSTA events by name, one for each monitor that got it.
	Sent map[string]uint64
	// Services counts the engine's answers.
	Services measure.Outcomes
	// Event, Request and Other are the times that the engine's goroutine spent
	// on one input: a switch event, a client's request, and anything else
	// (results of switch operations, sessions that open and close).
	Event, Request, Other measure.Histogram
	// Inbox is the number of inputs that waited when this was asked for,
	// InboxDeepest the most that ever waited.
	Inbox, InboxDeepest int
	// Quick and Slow are the workers of switch operations.
	Quick, Slow Workers
	// Waits are the kinds of waiting, in the order of their table.
	Waits []Waited
	// Traced are the devices whose frames are logged.
	Traced []string
	// Recorder keeps the last inputs.
	Recorder RecorderState
}

// Workers is one pool of workers for switch operations.
type Workers struct {
	// Running of at most Limit workers are at work, Waiting operations have
	// none yet.
	Running, Limit, Waiting int
}

// measures is what the core measures, beside its counters: plain fields of the
// single writer.
type measures struct {
	event   measure.Histogram
	request measure.Histogram
	other   measure.Histogram
	deepest int
}

// handled counts the time that an input took.
func (m *measures) handled(in *input, d time.Duration) {
	switch {
	case in.event.Kind != 0:
		m.event.Observe(d)
	case in.req != nil:
		m.request.Observe(d)
	default:
		m.other.Observe(d)
	}
}

// count counts the answer to a request.
func (q *requests) count(r *Request, answer ecma.Message) {
	category := ""
	if negative, ok := answer.(*ecma.Error); ok {
		category = string(negative.Category)
	}
	q.outcomes.Count(r.Message.Element(), category)
}

// Measures returns the engine's measures, taken between two inputs.
func (e *Engine) Measures(ctx context.Context) (Measures, error) {
	e.mu.Lock()
	waiting := len(e.inbox)
	e.mu.Unlock()
	m, err := ask(ctx, e, (*core).measures)
	if err != nil {
		return m, err
	}
	m.Inbox = waiting
	m.Recorder.Written, m.Recorder.Last = e.writing.state()
	m.Quick, m.Slow = e.ops.quick.state(), e.ops.slow.state()
	return m, nil
}

func (c *core) measures() Measures {
	m := Measures{
		Counters: c.counters,
		Sessions: len(c.sessions),
		Monitors: c.model.Monitors.Len(),
		Devices:  c.model.Devices.Len(),
		Calls:    c.model.Calls.Len(),
		Sent:     map[string]uint64{},
		Services: c.outcomes.Clone(),
		Event:    c.measured.event,
		Request:  c.measured.request,
		Other:    c.measured.other,

		InboxDeepest: c.measured.deepest,
		Traced:       c.trace.devices(),
		Recorder:     c.record.state(),
	}
	for w, n := range c.waited {
		if w := wait(w); w != forTurn && !waits[w].window {
			m.Waits = append(m.Waits, Waited{Name: waits[w].name, Came: n.came, RanOut: n.ranOut})
		}
	}
	for kind, n := range c.sent {
		if n > 0 {
			m.Sent[ecma.EventKind(kind).String()] = n
		}
	}
	return m
}

func (p *pool) state() Workers {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Workers{Running: p.workers, Limit: p.limit, Waiting: len(p.jobs)}
}
