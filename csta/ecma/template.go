package ecma

import "unicode/utf8"

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

// omission says what an event leaves out to fit into a frame. Each level leaves
// out what those before it do: first what the client that sent it knows by itself,
// then what tells calls apart, at last what other events and Snapshot Call tell.
type omission uint8

const (
	omitNothing omission = iota
	omitUserData
	omitCorrelatorData
	// omitListed cuts lists to their first maxListed items.
	omitListed
	// omitOptional leaves out all texts and structures that the schema lets be
	// absent.
	omitOptional
	// omitLength cuts texts and identifiers to their first maxText bytes. No switch
	// has longer ones; with it every event fits, whatever is in it.
	omitLength
)

// maxListed is how much of a list always fits, maxText how much of each text.
const (
	maxListed = 8
	maxText   = 64
)

// shortened is what is written of a text.
func (o omission) shortened(s string) string {
	if o < omitLength || len(s) <= maxText {
		return s
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

// leavesOut tells whether data of that name are left out.
func (o omission) leavesOut(data string) bool {
	return o >= omitUserData && data == "userData" || o >= omitCorrelatorData && data == "correlatorData"
}

// holesRoom is more than AppendSecured adds for any monitor.
const holesRoom = 128 + securityRoom

// CompileWithin does what Compile does, and leaves out of ev what is needed for
// no document of Append to be longer than room bytes: userData, correlatorData,
// the end of lists, all that is optional, the ends of texts. whole tells whether nothing had to go.
func (t *Template) CompileWithin(room int, ed Edition, ev Event) (whole bool) {
	t.Compile(ed, ev)
	if len(t.doc) <= room-holesRoom {
		return true
	}
	for omit := omitUserData; len(t.doc) > room-holesRoom && omit <= omitLength; omit++ {
		t.compile(ed, ev, omit)
	}
	return false
}

// Compile encodes ev in the namespace ed. What ev holds as MonitorCrossRefID and
// LocalConnectionInfo is not looked at.
func (t *Template) Compile(ed Edition, ev Event) { t.compile(ed, ev, omitNothing) }

func (t *Template) compile(ed Edition, ev Event, omit omission) {
	t.crossRefAt, t.localAt = -1, -1
	t.codec = codec{buf: t.doc[:0], edition: ed, holes: t, omit: omit}
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
