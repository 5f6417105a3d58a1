package ecma

import (
	"errors"
	"strings"

	"github.com/beevik/etree"
)

// HexBinary is an XML hexBinary value: upper-case hexadecimal digits, an even
// number of them. The zero value is an absent element.
type HexBinary string

// Data is the content of correlatorData and userData: either octets (string) or
// private XML. The zero value is an absent element.
type Data struct {
	Hex HexBinary
	// Private is well-formed XML, the content of the private element. It is
	// written as it stands.
	Private string
	// Null is a string that is there and empty: it takes away the data that a call
	// has (ECMA-269 12.2.10). Only requests bring it.
	Null bool
}

// IsZero tells whether there is no data.
func (d Data) IsZero() bool { return d == Data{} }

// Bool is a boolean that may be absent.
type Bool uint8

const (
	Unset Bool = iota
	False
	True
)

// BoolOf is True or False.
func BoolOf(b bool) Bool {
	if b {
		return True
	}
	return False
}

// Int is a number that may be absent; zero is a value of its own (a queue may
// have no calls in front).
type Int struct {
	Set   bool
	Value int64
}

// IntOf is a number that is there.
func IntOf(v int64) Int { return Int{true, v} }

// normalizeHex takes the white space out of s and raises its letters. ok is
// false if the rest is not an even number of hexadecimal digits.
func normalizeHex(s string) (h HexBinary, ok bool) {
	if strings.ContainsAny(s, xmlSpace) {
		s = strings.Join(strings.Fields(s), "")
	}
	s = strings.ToUpper(s)
	for i := range len(s) {
		if b := s[i]; (b < '0' || b > '9') && (b < 'A' || b > 'F') {
			return HexBinary(s), false
		}
	}
	return HexBinary(s), len(s)%2 == 0
}

// MaxData bounds correlatorData and userData that come in requests: characters
// of hexBinary (two an octet), or bytes of private XML. Events repeat both to
// every monitor of the call; ECMA-269 12.2.10 and 12.2.30 leave the bound to the
// switch.
const MaxData = 4096

var errDataTooLong = errors.New("data are longer than the switch keeps")

// bound refuses data that are too long with the service's error for them. It has
// one for correlatorData only.
func (c *codec) bound(name string, d Data) {
	if !c.strict || len(d.Hex) <= MaxData && len(d.Private) <= MaxData {
		return
	}
	reply := ErrValueOutOfRange
	if name == "correlatorData" {
		reply = ErrCorrelatorDataOutOfRange
	}
	c.fail(c.node, "", reply, errDataTooLong)
}

func (c *codec) data(name string, d *Data) {
	if !c.reading() && c.omit.leavesOut(name) {
		return
	}
	if !c.enter(name, optional, !d.IsZero()) {
		return
	}
	if !c.reading() {
		if d.Private != "" {
			c.open("private")
			c.buf = append(c.buf, d.Private...)
			c.close("private")
		} else {
			c.element("string", string(d.Hex))
		}
	} else if e := c.child("string", optional); e != nil {
		d.Hex = c.readHex(e)
		d.Null = d.Hex == ""
	} else if e := c.child("private", optional); e != nil {
		d.Private = privateXML(e)
	}
	if c.reading() {
		c.bound(name, *d)
	}
	c.leave(name)
}

func (c *codec) correlatorData(d *Data) { c.data("correlatorData", d) }
func (c *codec) userData(d *Data)       { c.data("userData", d) }

// privateXML is the content of e, made independent of its surroundings: no
// prefixes, a namespace of its own where it differs from that of the message.
func privateXML(e *etree.Element) string {
	return string(appendPrivate(nil, e, namespaceOf(e)))
}

func appendPrivate(dst []byte, e *etree.Element, outer string) []byte {
	for _, t := range e.Child {
		switch t := t.(type) {
		case *etree.CharData:
			dst = appendText(dst, t.Data)
		case *etree.Element:
			ns := namespaceOf(t)
			dst = append(dst, '<')
			dst = append(dst, t.Tag...)
			if ns != outer {
				dst = append(dst, ` xmlns="`...)
				dst = appendText(dst, ns)
				dst = append(dst, '"')
			}
			for _, a := range t.Attr {
				if a.Space != "" || a.Key == "xmlns" {
					continue
				}
				dst = append(dst, ' ')
				dst = append(dst, a.Key...)
				dst = append(dst, `="`...)
				dst = appendText(dst, a.Value)
				dst = append(dst, '"')
			}
			dst = append(dst, '>')
			dst = appendPrivate(dst, t, ns)
			dst = append(dst, '<', '/')
			dst = append(dst, t.Tag...)
			dst = append(dst, '>')
		}
	}
	return dst
}

// namespaceOf resolves the element's prefix. (etree stops at an empty default
// namespace and goes on with the next outer one.)
func namespaceOf(e *etree.Element) string {
	for p := e; p != nil; p = p.Parent() {
		if ns, ok := declared(p, e.Space); ok {
			return ns
		}
	}
	return ""
}

// declared is the namespace that e declares for a prefix, or for none.
func declared(e *etree.Element, prefix string) (string, bool) {
	for _, a := range e.Attr {
		if prefix == "" && a.Space == "" && a.Key == "xmlns" || prefix != "" && a.Space == "xmlns" && a.Key == prefix {
			return a.Value, true
		}
	}
	return "", false
}

// editionOf is the namespace of the root. Some clients use a prefix there and
// declare it in an element further down only.
func editionOf(root *etree.Element) Edition {
	ns := namespaceOf(root)
	if ns == "" && root.Space != "" {
		ns, _ = declaredIn(root, root.Space)
	}
	return Edition(trimmed(ns))
}

// declaredIn is what the first element that declares the prefix in or below e
// declares it as.
func declaredIn(e *etree.Element, prefix string) (string, bool) {
	if ns, ok := declared(e, prefix); ok {
		return ns, true
	}
	for _, t := range e.Child {
		if inner, ok := t.(*etree.Element); ok {
			if ns, ok := declaredIn(inner, prefix); ok {
				return ns, true
			}
		}
	}
	return "", false
}
