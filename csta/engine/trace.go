package engine

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/logline"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/wire"
)

// maxTraced bounds the devices traced at once: each line of a trace is work for
// the switch's log.
const maxTraced = 64

// ErrTooManyTraces: maxTraced devices are traced already.
var ErrTooManyTraces = errors.New("too many devices are traced already")

// trace logs the frames that concern chosen devices. While none is chosen, on is
// false, and that is all that the engine looks at.
type trace struct {
	*office
	on      bool
	numbers map[string]bool
	// pending are requests that were logged and whose answers will be.
	pending map[requestKey]bool
}

type requestKey struct {
	session Session
	invoke  uint16
}

// Trace starts or stops logging the frames that concern a device, named as in
// Status. It tells whether that changed anything.
func (e *Engine) Trace(ctx context.Context, device string, on bool) (bool, error) {
	type answer struct {
		changed bool
		err     error
	}
	a, err := ask(ctx, e, func(c *core) answer {
		changed, err := c.trace.set(c.canonical(device), on)
		return answer{changed, err}
	})
	return a.changed, errors.Join(err, a.err)
}

func (t *trace) set(device string, on bool) (changed bool, err error) {
	if t.numbers[device] == on {
		return false, nil
	}
	switch {
	case !on:
		delete(t.numbers, device)
	case len(t.numbers) >= maxTraced:
		return false, ErrTooManyTraces
	case t.numbers == nil:
		t.numbers = map[string]bool{device: true}
	default:
		t.numbers[device] = true
	}
	t.on = len(t.numbers) > 0
	switch {
	case !t.on:
		t.pending = nil
	case t.pending == nil:
		t.pending = map[requestKey]bool{}
	}
	return true, nil
}

// devices are the traced ones, sorted.
func (t *trace) devices() []string {
	var list []string
	for device := range t.numbers {
		list = append(list, device)
	}
	slices.Sort(list)
	return list
}

// closed forgets a session.
func (t *trace) closed(s Session) {
	for key := range t.pending {
		if key.session == s {
			delete(t.pending, key)
		}
	}
}

// request logs a request that names a traced device, or a monitor on one.
// It is the request as it was understood, not as it was written.
func (t *trace) request(s *session, r *Request) {
	doc := ecma.Append(nil, r.Edition, r.Message)
	if !t.concerns(s, doc) {
		return
	}
	t.pending[requestKey{r.Session, r.Invoke}] = true
	t.frame(s, wire.FromClient, r.Invoke, doc)
}

// frame logs a document of a session.
func (t *trace) frame(s *session, d wire.Direction, invoke uint16, doc []byte) {
	logline.Unlimited(t.log).Info("trace " + wire.Readable(s.Label(), d, invoke, doc, t.opts.TraceDigits))
}

// concerns tells whether a document names a traced device as the text of an
// element, or a traced device's monitor.
func (t *trace) concerns(s *session, doc []byte) bool {
	for device := range t.numbers {
		if bytes.Contains(doc, []byte(">"+device+"<")) || bytes.Contains(doc, []byte(">"+device+"@")) {
			return true
		}
	}
	_, rest, found := strings.Cut(string(doc), "<monitorCrossRefID>")
	if !found {
		return false
	}
	id, _, _ := strings.Cut(rest, "<")
	m := s.monitors[id]
	return m != nil && t.isOf(m)
}

// answer logs the answer to a logged request.
func (t *trace) answer(s *session, r *Request, m ecma.Message) {
	key := requestKey{r.Session, r.Invoke}
	if !t.pending[key] {
		return
	}
	delete(t.pending, key)
	t.frame(s, wire.ToClient, r.Invoke, ecma.Append(nil, r.Edition, m))
}

// event logs an event for a monitor of a traced device.
func (t *trace) event(s *session, m *model.Monitor, local ecma.LocalConnectionState, of *ecma.Template) {
	if !t.isOf(m) {
		return
	}
	doc := of.Append(nil, m.CrossRefID, local)
	t.frame(s, wire.ToClient, wire.EventInvoke, doc)
}

// isOf tells whether a monitor is on a traced device, or on a call that
// one takes part in.
func (t *trace) isOf(m *model.Monitor) bool {
	if m.Device != nil {
		return t.numbers[m.Device.ID.Number]
	}
	for _, conn := range m.Call.Connections {
		if t.numbers[conn.Device.ID.Number] {
			return true
		}
	}
	return false
}
