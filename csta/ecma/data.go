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

// maxPrivate bounds private XML that others than clients send: it can grow by being
// made independent of its surroundings.
const maxPrivate = 1 << 16

var (
	errDataTooLong = errors.New("data are longer than the switch keeps")
	errName        = errors.New("name with a colon too many")
	errReserved    = errors.New("namespace of XML itself")
)

// refuseData refuses data with the service's error for them. It has one for
// correlatorData that are too long only.
func (c *codec) refuseData(name string, err error) {
	switch {
	case !c.strict:
	case !errors.Is(err, errDataTooLong):
		c.fail(c.node, "", ErrInvalidParameterValue, err)
	case name == "correlatorData":
		c.fail(c.node, "", ErrCorrelatorDataOutOfRange, err)
	default:
		c.fail(c.node, "", ErrValueOutOfRange, err)
	}
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
	} else if c.describing != nil {
		c.describes("string", HexText, optional)
		c.describes("private", Markup, optional)
	} else if e := c.child("string", optional); e != nil {
		d.Hex = c.readHex(e)
		d.Null = d.Hex == ""
		if len(d.Hex) > MaxData {
			c.refuseData(name, errDataTooLong)
		}
	} else if e := c.child("private", optional); e != nil {
		var err error
		if d.Private, err = c.privateXML(e); err != nil {
			c.refuseData(name, err)
		}
	}
	c.leave(name)
}

func (c *codec) correlatorData(d *Data) { c.data("correlatorData", d) }
func (c *codec) userData(d *Data)       { c.data("userData", d) }

// privateXML is the content of e, made independent of its surroundings: no
// prefixes, a namespace of its own where it differs from that of the message. It goes
// to other clients, so it has to be well-formed for all parsers, those that know
// namespaces as well.
func (c *codec) privateXML(e *etree.Element) (string, error) {
	p := private{most: maxPrivate}
	if c.strict {
		p.most = MaxData
	}
	p.append(e, namespaceOf(e))
	if p.err != nil {
		return "", p.err
	}
	return string(p.buf), nil
}

// private is private XML that is being written.
type private struct {
	buf  []byte
	most int
	err  error
}

// name writes the name of an element or attribute without its prefix. The parser
// leaves a colon in a name that is none with a prefix (XML Namespaces 1.0, 3).
func (p *private) name(name string) {
	if strings.Contains(name, ":") {
		p.err = errName
	}
	p.buf = append(p.buf, name...)
}

// namespace declares one for an element and what is in it. XML's own cannot be
// declared so (XML Namespaces 1.0, 3).
func (p *private) namespace(ns string) {
	switch ns {
	case "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/":
		p.err = errReserved
	}
	p.attribute("xmlns", ns)
}

func (p *private) attribute(name, value string) {
	p.buf = append(p.buf, ' ')
	p.name(name)
	p.buf = append(p.buf, `="`...)
	p.buf = appendText(p.buf, value)
	p.buf = append(p.buf, '"')
}

// append writes the content of e, and ends where it is too long: a few bytes of the
// document that name a namespace may stand for as many as it has.
func (p *private) append(e *etree.Element, outer string) {
	for _, t := range e.Child {
		switch t := t.(type) {
		case *etree.CharData:
			p.buf = appendText(p.buf, t.Data)
		case *etree.Element:
			p.element(t, outer)
		}
		if len(p.buf) > p.most && p.err == nil {
			p.err = errDataTooLong
		}
		if p.err != nil {
			return
		}
	}
}

func (p *private) element(e *etree.Element, outer string) {
	ns := namespaceOf(e)
	p.buf = append(p.buf, '<')
	p.name(e.Tag)
	if ns != outer {
		p.namespace(ns)
	}
	for _, a := range e.Attr {
		if a.Space == "" && a.Key != "xmlns" {
			p.attribute(a.Key, a.Value)
		}
	}
	p.buf = append(p.buf, '>')
	p.append(e, ns)
	p.buf = append(p.buf, '<', '/')
	p.name(e.Tag)
	p.buf = append(p.buf, '>')
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
