package ecma

import (
	"bytes"
	"strconv"
	"time"
)

// Security is what a message says of itself in extensions/security (ECMA-269 12.2.26):
// its number among those of its association, and when it was sent. The zero value says
// nothing.
type Security struct {
	Number uint64
	At     time.Time
}

// stampForm is that of timeStamp: ISO 8601, in UTC.
const stampForm = "2006-01-02T15:04:05.000Z"

// securityRoom is more than Security adds to any message: two numbers of 20 digits' room,
// and the elements.
const securityRoom = 176

// AppendSecured is Append, and says sec of the message.
func AppendSecured(dst []byte, ed Edition, m Message, sec Security) []byte {
	from := len(dst)
	return sec.put(Append(dst, ed, m), from)
}

// AppendSecured is Append, and says sec of the event.
func (t *Template) AppendSecured(dst []byte, monitorCrossRefID string, local LocalConnectionState, sec Security) []byte {
	from := len(dst)
	return sec.put(t.Append(dst, monitorCrossRefID, local), from)
}

// put puts it into the document that begins at from: as the last child, which extensions
// are in every message.
func (s Security) put(doc []byte, from int) []byte {
	if s == (Security{}) {
		return doc
	}
	var kept [64]byte
	end := kept[:0]
	if i := bytes.LastIndex(doc[from:], []byte("</")); i >= 0 {
		end = append(end, doc[from+i:]...)
		doc = doc[:from+i]
	} else {
		// It has no children: <Name xmlns="..."/>.
		name := doc[from+len(declaration)+1:]
		if i := bytes.IndexAny(name, " />"); i >= 0 {
			name = name[:i]
		}
		end = append(append(append(end, "</"...), name...), '>')
		doc = append(doc[:len(doc)-len("/>")], '>')
	}
	doc = append(doc, "<extensions><security><messageSequenceNumber>"...)
	doc = strconv.AppendUint(doc, s.Number, 10)
	doc = append(doc, "</messageSequenceNumber><timeStamp>"...)
	doc = s.At.UTC().AppendFormat(doc, stampForm)
	doc = append(doc, "</timeStamp></security></extensions>"...)
	return append(doc, end...)
}

// describeSecurity notes it in a shape.
func (d *description) describeSecurity() {
	d.enter("extensions", optional)
	d.enter("security", optional)
	d.has("messageSequenceNumber", Number, optional)
	d.has("timeStamp", Text, optional)
	d.leave()
	d.leave()
}

// SecurityOf is what a document says of itself; false if it has no number.
func SecurityOf(doc []byte) (Security, bool) {
	i := bytes.LastIndex(doc, []byte("security>"))
	if i < 0 {
		return Security{}, false
	}
	// Only the last child of a message is ours to look at.
	rest := doc[max(0, i-maxSecurity):i]
	number, err := strconv.ParseUint(string(between(rest, "messageSequenceNumber>")), 10, 63)
	if err != nil {
		return Security{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, string(between(rest, "timeStamp>")))
	if err != nil {
		at = time.Time{}
	}
	return Security{number, at}, true
}

// maxSecurity is how far back SecurityOf looks.
const maxSecurity = 512

// between is the text of the last element whose tags end in that.
func between(doc []byte, tag string) []byte {
	end := bytes.LastIndex(doc, []byte(tag))
	if end < 0 {
		return nil
	}
	start := bytes.LastIndex(doc[:end], []byte(tag))
	if start < 0 {
		return nil
	}
	text := doc[start+len(tag) : end]
	if i := bytes.IndexByte(text, '<'); i >= 0 {
		text = text[:i]
	}
	return bytes.Trim(text, xmlSpace)
}
