package ecma

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/beevik/etree"
)

// need says whether a child may be absent.
type need uint8

const (
	// optional: written if there is a value.
	optional need = iota
	// mandatory: always written; it is an error to miss it.
	mandatory
	// written: always written, but not missed.
	written
)

// codec visits the children of an element in schema order. Either it writes
// them (node is nil), or it reads them from node, by local name and in any
// order. Every message describes itself to it once, for both directions.
//
// Writing appends to buf. An absent optional child is left out, an absent
// mandatory one gets the emptiest value that the schema allows.
//
// Reading stops at the first error. Missing mandatory children are errors;
// values outside an enumeration are so only if strict is set, that is in
// requests, which can be refused. What another switch reports is taken as it is.
type codec struct {
	buf     []byte
	edition Edition
	holes   *Template
	// omit is what is left out in writing.
	omit omission
	// verbatim leaves device identifiers as they stand (AppendVerbatim,
	// DecodeVerbatim).
	verbatim bool

	node   *etree.Element
	strict bool
	err    *DecodeError
	// describing is the shape that is being found out, in reading of nothing (describe).
	describing *description
}

var (
	errMissing    = errors.New("mandatory element is missing")
	errNotInEnum  = errors.New("value is not in the enumeration")
	errNotBoolean = errors.New("value is not a boolean")
	errNotNumber  = errors.New("value is not a number")
	errOutOfRange = errors.New("number is out of range")
	errNotHex     = errors.New("value is not hexBinary")
	errNoChoice   = errors.New("none of the alternatives is there")
)

func (c *codec) reading() bool { return c.node != nil }

func (c *codec) fail(at *etree.Element, child string, reply *Error, cause error) {
	if c.err != nil {
		return
	}
	path := at.Tag
	for p := at.Parent(); p != nil && p.Tag != ""; p = p.Parent() {
		path = p.Tag + "/" + path
	}
	if child != "" {
		path += "/" + child
	}
	c.err = &DecodeError{Reply: reply, Path: path, Cause: cause}
}

// child is the first child of that local name, or nil.
func (c *codec) child(name string, n need) *etree.Element {
	if c.err != nil {
		return nil
	}
	for _, t := range c.node.Child {
		if e, ok := t.(*etree.Element); ok && e.Tag == name {
			return e
		}
	}
	if n == mandatory {
		c.fail(c.node, name, ErrAtLeastOneConditionalParameterNotProvided, errMissing)
	}
	return nil
}

// value is the first child of that local name that says something, or nil. An
// optional child with nothing in it counts as absent: programs that fill in
// templates write one for each parameter that they have no value for.
func (c *codec) value(name string, n need) *etree.Element {
	e := c.child(name, n)
	if e != nil && n == optional && isBlank(e) {
		return nil
	}
	return e
}

// isBlank tells whether an element has neither children nor text.
func isBlank(e *etree.Element) bool {
	for _, t := range e.Child {
		switch t := t.(type) {
		case *etree.Element:
			return false
		case *etree.CharData:
			if strings.Trim(t.Data, xmlSpace) != "" {
				return false
			}
		}
	}
	return true
}

const xmlSpace = " \t\r\n"

func textOf(e *etree.Element) string { return trimmed(e.Text()) }

// trimmed is a text without the white space around it, and keeps no more than a little
// of that in memory: the text may be kept for long.
func trimmed(s string) string { return without(strings.Trim(s, xmlSpace), s) }

// without is a part of a text that does not keep the rest in memory, if that is long.
func without(part, whole string) string {
	if len(whole)-len(part) > 64 {
		return strings.Clone(part)
	}
	return part
}

func (c *codec) open(name string) {
	b := append(c.buf, '<')
	b = append(b, name...)
	c.buf = append(b, '>')
}

func (c *codec) close(name string) {
	b := append(c.buf, '<', '/')
	b = append(b, name...)
	c.buf = append(b, '>')
}

func (c *codec) empty(name string) {
	b := append(c.buf, '<')
	b = append(b, name...)
	c.buf = append(b, '/', '>')
}

func (c *codec) element(name, text string) {
	b := append(c.buf, '<')
	b = append(b, name...)
	b = append(b, '>')
	b = appendText(b, c.omit.shortened(text))
	b = append(b, '<', '/')
	b = append(b, name...)
	c.buf = append(b, '>')
}

// enter steps into a child element. present tells the writer whether to write
// it. If it returns true, leave has to follow.
func (c *codec) enter(name string, n need, present bool) bool {
	if c.reading() {
		return c.descend(name, n)
	}
	if n == optional && (!present || c.omit >= omitOptional) {
		return false
	}
	c.open(name)
	return true
}

// descend is enter for the reader.
func (c *codec) descend(name string, n need) bool {
	if c.describing != nil {
		c.describing.enter(name, n)
		return true
	}
	e := c.value(name, n)
	if e == nil {
		return false
	}
	c.node = e
	return true
}

func (c *codec) leave(name string) {
	switch {
	case !c.reading():
		c.close(name)
	case c.describing != nil:
		c.describing.leave()
	default:
		c.node = c.node.Parent()
	}
}

// list visits the repeated item elements inside the current element.
func list[T any](c *codec, item string, items *[]T, visit func(*T, *codec)) {
	if !c.reading() {
		written := *items
		if c.omit >= omitListed && len(written) > maxListed {
			written = written[:maxListed]
		}
		for i := range written {
			c.open(item)
			visit(&written[i], c)
			c.close(item)
		}
		return
	}
	if c.describing != nil {
		c.describing.enter(item, optional).Repeated = true
		visit(new(T), c)
		c.describing.leave()
		return
	}
	wrapper := c.node
	for _, t := range wrapper.Child {
		e, ok := t.(*etree.Element)
		if !ok || e.Tag != item || c.err != nil {
			continue
		}
		var v T
		c.node = e
		visit(&v, c)
		*items = append(*items, v)
	}
	c.node = wrapper
}

// wrapped visits a wrapper element and its repeated items.
func wrapped[T any](c *codec, wrapper, item string, n need, items *[]T, visit func(*T, *codec)) {
	if c.enter(wrapper, n, len(*items) > 0) {
		list(c, item, items, visit)
		c.leave(wrapper)
	}
}

// text is a child with a string.
func (c *codec) text(name string, v *string, n need) {
	if c.reading() {
		if c.describes(name, Text, n) {
			return
		}
		if e := c.child(name, n); e != nil {
			*v = textOf(e)
		}
		return
	}
	if n != optional || *v != "" && c.omit < omitOptional {
		c.element(name, *v)
	}
}

// enumeration is a set of legal values.
type enumeration map[string]struct{}

func setOf[T ~string](values ...T) enumeration {
	s := make(enumeration, len(values))
	for _, v := range values {
		s[string(v)] = struct{}{}
	}
	return s
}

func (s enumeration) has(v string) bool {
	_, ok := s[v]
	return ok
}

// enum is a child with a value of an enumeration. An empty child is an absent
// one. A mandatory child without a value is written as def.
func (c *codec) enum(name string, v *string, values enumeration, n need, def string) {
	if !c.reading() {
		switch {
		case *v != "":
			c.element(name, *v)
		case n != optional:
			c.element(name, def)
		}
		return
	}
	if c.describesEnum(name, values, n) {
		return
	}
	e := c.value(name, n)
	if e == nil {
		return
	}
	s := textOf(e)
	switch {
	case s == "" && n == mandatory:
		c.fail(e, "", ErrAtLeastOneConditionalParameterNotProvided, errMissing)
	case s != "" && c.strict && !values.has(s):
		c.fail(e, "", ErrValueOutOfRange, errNotInEnum)
	default:
		*v = s
	}
}

func (c *codec) cause(name string, v *EventCause, n need) {
	c.enum(name, (*string)(v), causes, n, string(CauseNormal))
}

// reason is why a client wants what it asks for. What is asked for does not
// depend on it, so one that is no cause counts as absent: a button that hangs up
// has to work whatever its program calls that.
func (c *codec) reason(v *EventCause) {
	if !c.reading() {
		c.cause("reason", v, optional)
		return
	}
	if c.describesEnum("reason", causes, optional) {
		return
	}
	if e := c.value("reason", optional); e != nil && (!c.strict || causes.has(textOf(e))) {
		*v = EventCause(textOf(e))
	}
}

// mark reads a child that says no more than that something is so: false counts as absent.
func (c *codec) mark(name string) bool {
	if c.describes(name, Boolean, optional) {
		return false
	}
	e := c.value(name, optional)
	return e != nil && c.readBool(e)
}

func (c *codec) readBool(e *etree.Element) bool {
	switch textOf(e) {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	c.fail(e, "", ErrInvalidParameterValue, errNotBoolean)
	return false
}

// flag is a boolean child that is always written. Reading, an absent one is
// false.
func (c *codec) flag(name string, v *bool, n need) {
	if c.reading() {
		if c.describes(name, Boolean, n) {
			return
		}
		if e := c.value(name, n); e != nil {
			*v = c.readBool(e)
		}
		return
	}
	c.element(name, strconv.FormatBool(*v))
}

// boolean is a boolean child that may be absent.
func (c *codec) boolean(name string, v *Bool, n need) {
	if c.reading() {
		if c.describes(name, Boolean, n) {
			return
		}
		if e := c.value(name, n); e != nil {
			*v = BoolOf(c.readBool(e))
		}
		return
	}
	if *v != Unset || n != optional {
		c.element(name, strconv.FormatBool(*v == True))
	}
}

// maxNumber bounds numbers received, so that no arithmetic on them (milliseconds
// to durations) overflows.
const maxNumber = math.MaxInt32

// integer is a child with a number that is not negative: the schema allows
// negative ones, but none of the numbers of CSTA means anything below zero.
func (c *codec) integer(name string, v *Int, n need) {
	if c.reading() {
		if c.describes(name, Number, n) {
			return
		}
		if e := c.value(name, n); e != nil {
			*v = c.readInt(e)
		}
		return
	}
	if !v.Set && n == optional {
		return
	}
	c.open(name)
	c.buf = strconv.AppendInt(c.buf, v.Value, 10)
	c.close(name)
}

// content visits the number as an item of a list.
func (v *Int) content(c *codec) {
	switch {
	case !c.reading():
		c.buf = strconv.AppendInt(c.buf, v.Value, 10)
	case !c.isOf(Number):
		*v = c.readInt(c.node)
	}
}

func (c *codec) readInt(e *etree.Element) Int {
	i, err := strconv.ParseInt(textOf(e), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && (i < 0 || i > maxNumber):
		c.fail(e, "", ErrValueOutOfRange, errOutOfRange)
	case err != nil:
		c.fail(e, "", ErrInvalidParameterValue, errNotNumber)
	default:
		return IntOf(i)
	}
	return Int{}
}

// hex is a hexBinary child.
func (c *codec) hex(name string, v *HexBinary) {
	if !c.reading() {
		if *v != "" {
			c.element(name, string(*v))
		}
		return
	}
	if c.describes(name, HexText, optional) {
		return
	}
	if e := c.value(name, optional); e != nil {
		*v = c.readHex(e)
	}
}

func (c *codec) readHex(e *etree.Element) HexBinary {
	h, ok := normalizeHex(textOf(e))
	if !ok && c.strict {
		c.fail(e, "", ErrInvalidParameterValue, errNotHex)
	}
	return h
}

// nested is a child with children of its own.
func nested[T comparable](c *codec, name string, v *T, n need, visit func(*T, *codec)) {
	var zero T
	if c.enter(name, n, *v != zero) {
		visit(v, c)
		c.leave(name)
	}
}

// textContent visits the text of the current element.
func textContent(v *string, c *codec) {
	switch {
	case !c.reading():
		c.buf = appendText(c.buf, c.omit.shortened(*v))
	case !c.isOf(Text):
		*v = textOf(c.node)
	}
}
