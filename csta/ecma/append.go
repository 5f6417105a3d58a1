package ecma

import "sync"

const declaration = `<?xml version="1.0" encoding="UTF-8"?>`

// codecs keeps writers for Append: a codec escapes to the heap because messages
// are interfaces.
var codecs = sync.Pool{New: func() any { return new(codec) }}

// Append appends m as a whole document in the namespace ed (none if empty) to
// dst and returns the extended slice. Children stand in schema order; only what
// is common to editions 3 and 6 is written, except where they disagree about
// the form of an element (DeflectCall's newDestination). The document is pure
// US-ASCII.
func Append(dst []byte, ed Edition, m Message) []byte { return appendDocument(dst, ed, m, false) }

func appendDocument(dst []byte, ed Edition, m Message, verbatim bool) []byte {
	c := codecs.Get().(*codec)
	c.buf, c.edition, c.verbatim = dst, ed, verbatim
	c.document(m)
	dst = c.buf
	*c = codec{}
	codecs.Put(c)
	return dst
}

func (c *codec) document(m Message) {
	name := m.Element()
	b := append(c.buf, declaration...)
	b = append(b, '<')
	b = append(b, name...)
	if c.edition != "" {
		b = append(b, ` xmlns="`...)
		b = appendText(b, string(c.edition))
		b = append(b, '"')
	}
	c.buf = append(b, '>')
	start := len(c.buf)
	m.fields(c)
	if len(c.buf) == start {
		c.buf = append(c.buf[:start-1], '/', '>')
		return
	}
	c.close(name)
}
