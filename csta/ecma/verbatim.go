package ecma

import (
	"bytes"
	"reflect"
	"unicode/utf8"
)

// Telephones speak CSTA too (ECMA TR/87), in documents of the same form. Two
// things are different there: a phone names itself as it likes (bare number, SIP
// URI, MAC address) and wants to be called by exactly that name, and its parser
// is small.

// AppendVerbatim is Append for documents that telephones read: device
// identifiers are written as they stand, without the default typeOfNumber.
func AppendVerbatim(dst []byte, ed Edition, m Message) []byte {
	return appendDocument(dst, ed, m, true)
}

// DecodeVerbatim is Decode for documents that telephones write: device
// identifiers stay as they stand. A document that is no XML because of a bare
// ampersand or of ISO-8859-1 text without declaration, as display names bring
// them, is mended.
func DecodeVerbatim(doc []byte) (m Message, ed Edition, err error) {
	m, ed, err = decode(doc, true)
	if err == nil {
		return m, ed, nil
	}
	mended := mend(doc)
	if bytes.Equal(mended, doc) {
		return nil, ed, err
	}
	if m, ed, again := decode(mended, true); again == nil {
		return m, ed, nil
	}
	return nil, ed, err
}

// longestReference is how long the name of a character or entity reference may
// be: &#x10ffff;
const longestReference = len("#x10ffff")

// mend escapes ampersands that begin no reference, and turns bytes that are no
// UTF-8 into the characters they are in ISO-8859-1.
func mend(doc []byte) []byte {
	out := make([]byte, 0, len(doc)+16)
	for i := 0; i < len(doc); {
		if doc[i] == '&' && !isReference(doc[i+1:]) {
			out = append(out, "&amp;"...)
			i++
			continue
		}
		r, size := utf8.DecodeRune(doc[i:])
		if r == utf8.RuneError && size == 1 {
			r = rune(doc[i])
		}
		out = utf8.AppendRune(out, r)
		i += size
	}
	return out
}

func isReference(rest []byte) bool {
	end := bytes.IndexByte(rest[:min(len(rest), longestReference+1)], ';')
	return end > 0 && !bytes.ContainsAny(rest[:end], "& <>\"'")
}

// CrossRefOf is the monitorCrossRefID of an event or a MonitorStop; "" of any
// other message.
func CrossRefOf(m Message) string {
	v := reflect.ValueOf(m)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return ""
	}
	field := v.Elem().FieldByName("MonitorCrossRefID")
	if !field.IsValid() {
		return ""
	}
	return field.String()
}
