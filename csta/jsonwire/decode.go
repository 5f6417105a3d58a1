package jsonwire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

// Decode translates a client's frame. dst is appended to: the document is in the frame's
// Body. A frame without invokeID has that of events, and is answered without.
//
// The error is a *FrameError for what is no frame. A message that is none in XML either
// (a name that no element has, private XML that is not well-formed, a document that gets
// too long) becomes a document that ends in its first tag, so that it is refused as
// everything is that cannot be read.
func Decode(dst, frame []byte) (wire.Frame, error) {
	if len(frame) > MaxFrame {
		return wire.Frame{}, noFrame("more than %d bytes", MaxFrame)
	}
	if !utf8.Valid(frame) {
		return wire.Frame{}, noFrame("not UTF-8")
	}
	if !json.Valid(frame) {
		return wire.Frame{}, noFrame("%v", fault(frame))
	}
	d := decoder{in: json.NewDecoder(bytes.NewReader(frame)), out: dst, from: len(dst)}
	d.in.UseNumber()
	invoke, err := d.frame()
	if err != nil {
		return wire.Frame{}, err
	}
	return wire.Frame{Invoke: invoke, Body: d.out[d.from:]}, nil
}

// fault is what is wrong with a text that is no JSON.
func fault(frame []byte) error {
	var v json.RawMessage
	if err := json.Unmarshal(frame, &v); err != nil {
		return err
	}
	return errors.New("not JSON")
}

// decoder translates one frame, whose text is known to be JSON.
type decoder struct {
	in    *json.Decoder
	out   []byte
	from  int
	depth int
}

func (d *decoder) frame() (invoke uint16, err error) {
	if t := d.next(); t != json.Delim('{') {
		return 0, noFrame("an object is expected")
	}
	invoke = wire.EventInvoke
	name, numbered := "", false
	for d.in.More() {
		member := d.member()
		switch {
		case member == invokeName && numbered:
			return 0, noFrame("%s is there twice", invokeName)
		case member == invokeName:
			numbered = true
			n, ok := d.next().(json.Number)
			v, err := strconv.ParseUint(n.String(), 10, 16)
			if !ok || err != nil || v > wire.MaxInvoke {
				return 0, noFrame("%s has to be a number from 0 to %d", invokeName, wire.MaxInvoke)
			}
			invoke = uint16(v)
		case name != "":
			return 0, noFrame("there is more than one message in it")
		case !isName(member):
			return 0, noFrame("no message has such a name")
		default:
			name = member
			if err := d.message(name); err != nil {
				return 0, err
			}
		}
	}
	if name == "" {
		return 0, noFrame("there is no message in it")
	}
	return invoke, nil
}

// next is the next token. There is one: the text is JSON, and ends with its object.
func (d *decoder) next() json.Token {
	t, err := d.in.Token()
	if err != nil {
		return nil
	}
	return t
}

func (d *decoder) member() string {
	name, _ := d.next().(string)
	return name
}

// message translates a message into a document.
func (d *decoder) message(name string) error {
	var content json.RawMessage
	if err := d.in.Decode(&content); err != nil {
		return noFrame("%v", err)
	}
	if content[0] != '{' {
		return noFrame("%s has to be an object", name)
	}
	start := `<?xml version="1.0" encoding="UTF-8"?><` + name + ` xmlns="` + string(Edition) + `"`
	d.out = append(append(d.out, start...), '>')
	outer := d.in
	d.in = json.NewDecoder(bytes.NewReader(content))
	d.in.UseNumber()
	d.next()
	err := d.members(ecma.ShapeOf(name))
	d.in = outer
	if err != nil {
		d.out = append(append(d.out[:d.from], start...), "><"...)
		return nil
	}
	d.close(name)
	return nil
}

// members translates the members of an object whose brace has been read.
func (d *decoder) members(s *ecma.Shape) error {
	if d.depth++; d.depth > maxDepth {
		return errUnspeakable
	}
	for d.in.More() {
		name := d.member()
		if !isName(name) {
			return errUnspeakable
		}
		if err := d.element(name, s.Child(name)); err != nil {
			return err
		}
	}
	d.next()
	d.depth--
	return nil
}

// element translates a member: one element, or as many as an array has items.
func (d *decoder) element(name string, s *ecma.Shape) error {
	t := d.next()
	if t != json.Delim('[') {
		return d.item(name, s, t)
	}
	for d.in.More() {
		t := d.next()
		if t == json.Delim('[') {
			return errUnspeakable
		}
		if err := d.item(name, s, t); err != nil {
			return err
		}
	}
	d.next()
	return nil
}

// item translates one value, which begins with t.
func (d *decoder) item(name string, s *ecma.Shape, t json.Token) error {
	kind := ecma.Structure
	if s != nil {
		kind = s.Kind
	}
	switch v := t.(type) {
	case nil:
		// null: the element is absent.
	case json.Delim:
		if kind == ecma.Identifier {
			if err := d.identifier(name); err != nil {
				return err
			}
			break
		}
		d.open(name)
		if err := d.members(s); err != nil {
			return err
		}
		d.close(name)
	case bool:
		switch {
		case kind == ecma.Sign && v:
			d.open(name)
			d.close(name)
		case kind == ecma.Sign:
		default:
			d.value(name, strconv.FormatBool(v))
		}
	case json.Number:
		d.value(name, v.String())
	case string:
		if kind == ecma.Markup {
			if !ecma.IsContent(v) {
				return errUnspeakable
			}
			d.open(name)
			d.out = append(d.out, v...)
			d.close(name)
		} else {
			d.value(name, v)
		}
	}
	if len(d.out)-d.from > wire.MaxBody {
		return errUnspeakable
	}
	return nil
}

// identifier translates an object of a device identifier, whose brace has been read.
func (d *decoder) identifier(name string) error {
	var number, kind string
	for d.in.More() {
		member := d.member()
		switch v := d.next().(type) {
		case string:
			switch member {
			case numberName:
				number = v
			case typeName:
				kind = v
			}
		case json.Number:
			if member == numberName {
				number = v.String()
			}
		case json.Delim:
			return errUnspeakable
		}
	}
	d.next()
	d.out = append(append(d.out, '<'), name...)
	if kind != "" {
		d.out = ecma.AppendText(append(d.out, " "+typeName+`="`...), kind)
		d.out = append(d.out, '"')
	}
	d.out = ecma.AppendText(append(d.out, '>'), number)
	d.close(name)
	return nil
}

func (d *decoder) open(name string)  { d.out = append(append(append(d.out, '<'), name...), '>') }
func (d *decoder) close(name string) { d.out = append(append(append(d.out, '<', '/'), name...), '>') }

func (d *decoder) value(name, text string) {
	d.open(name)
	d.out = ecma.AppendText(d.out, text)
	d.close(name)
}
