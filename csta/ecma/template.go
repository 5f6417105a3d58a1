package ecma

// Template is an event encoded once for all monitors that get it. Two things
// differ from monitor to monitor and are filled in by Append: monitorCrossRefID
// and localConnectionInfo. The zero value is ready for Compile; a Template may
// be compiled again and keeps its buffer. It is not safe for concurrent use
// while Compile runs; Append may run concurrently.
type Template struct {
	codec codec
	doc   []byte
	// crossRefAt and localAt are the places of the holes in doc; localAt is -1
	// in an event without localConnectionInfo.
	crossRefAt, localAt int
}

// Compile encodes ev in the namespace ed. What ev holds as MonitorCrossRefID and
// LocalConnectionInfo is not looked at.
func (t *Template) Compile(ed Edition, ev Event) {
	t.crossRefAt, t.localAt = -1, -1
	t.codec = codec{buf: t.doc[:0], edition: ed, holes: t}
	t.codec.document(ev)
	t.doc = t.codec.buf
	t.codec = codec{}
}

// Append appends the event's whole document to dst. An empty local leaves
// localConnectionInfo out, as monitors of calls want it (ECMA-269 6.1.5); events
// that have no such element ignore it.
func (t *Template) Append(dst []byte, monitorCrossRefID string, local LocalConnectionState) []byte {
	doc := t.doc
	at := 0
	if t.crossRefAt >= 0 {
		at = t.crossRefAt
		dst = append(dst, doc[:at]...)
		dst = appendText(dst, monitorCrossRefID)
	}
	if t.localAt >= 0 && local != "" {
		dst = append(dst, doc[at:t.localAt]...)
		at = t.localAt
		dst = append(dst, "<localConnectionInfo>"...)
		dst = appendText(dst, string(local))
		dst = append(dst, "</localConnectionInfo>"...)
	}
	return append(dst, doc[at:]...)
}

// crossRef visits monitorCrossRefID.
func (c *codec) crossRef(v *string) {
	const name = "monitorCrossRefID"
	if c.holes != nil {
		c.open(name)
		c.holes.crossRefAt = len(c.buf)
		c.close(name)
		return
	}
	c.text(name, v, mandatory)
}

// local visits an event's localConnectionInfo.
func (c *codec) local(v *LocalConnectionState) {
	if c.holes != nil {
		c.holes.localAt = len(c.buf)
		return
	}
	c.state("localConnectionInfo", v, optional)
}
