package jsonwire

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

// Encode appends a frame of the server's to dst, as JSON. The document is one that ecma
// has written; an error says that it is none.
func Encode(dst []byte, f wire.Frame) ([]byte, error) {
	e := encoder{in: xml.NewDecoder(bytes.NewReader(f.Body)), doc: f.Body, out: append(dst, '{')}
	if f.Invoke != wire.EventInvoke {
		e.out = strconv.AppendUint(append(e.out, `"`+invokeName+`":`...), uint64(f.Invoke), 10)
		e.out = append(e.out, ',')
	}
	root, err := e.start()
	if err != nil {
		return dst, err
	}
	e.name(root.Name.Local)
	// Of a root element even nothing is an object.
	if err := e.structure(ecma.ShapeOf(root.Name.Local)); err != nil {
		return dst, err
	}
	return append(e.out, '}'), nil
}

type encoder struct {
	in  *xml.Decoder
	doc []byte
	out []byte
}

// start is the first start tag.
func (e *encoder) start() (xml.StartElement, error) {
	for {
		t, err := e.in.RawToken()
		if err != nil {
			return xml.StartElement{}, fmt.Errorf("document for JSON: %w", err)
		}
		if tag, is := t.(xml.StartElement); is {
			return tag, nil
		}
	}
}

func (e *encoder) name(s string) {
	e.text(s)
	e.out = append(e.out, ':')
}

// text appends a text. Characters that end a line in scripts are escaped, too.
func (e *encoder) text(s string) {
	plain := true
	for i := range len(s) {
		if b := s[i]; b < 0x20 || b >= 0x7f || b == '"' || b == '\\' || b == '<' || b == '>' || b == '&' {
			plain = false
			break
		}
	}
	if plain {
		e.out = append(append(append(e.out, '"'), s...), '"')
		return
	}
	// Texts are always encoded.
	quoted, _ := json.Marshal(s)
	e.out = append(e.out, quoted...)
}

// value appends the content of the element whose start tag has been read.
func (e *encoder) value(s *ecma.Shape, tag xml.StartElement) error {
	switch {
	case s == nil, s.Kind == ecma.Structure, s.Kind == ecma.Marks:
		return e.structure(s)
	case s.Kind == ecma.Markup:
		from := e.in.InputOffset()
		to, err := e.skip()
		if err != nil {
			return err
		}
		e.text(string(e.doc[from:to]))
		return nil
	}
	text, err := e.content()
	if err != nil {
		return err
	}
	switch s.Kind {
	case ecma.Identifier:
		e.out = append(e.out, '{')
		e.name(numberName)
		e.text(text)
		for _, a := range tag.Attr {
			if a.Name.Local == typeName {
				e.out = append(e.out, ',')
				e.name(typeName)
				e.text(a.Value)
			}
		}
		e.out = append(e.out, '}')
	case ecma.Sign:
		e.out = append(e.out, "true"...)
	case ecma.Boolean, ecma.Number:
		if !json.Valid([]byte(text)) {
			return fmt.Errorf("document for JSON: %s is %q", tag.Name.Local, text)
		}
		e.out = append(e.out, text...)
	default:
		e.text(text)
	}
	return nil
}

// structure appends the elements of an element as an object; of one that has no shape,
// or is a list of marks, what is text as text.
func (e *encoder) structure(s *ecma.Shape) error {
	e.out = append(e.out, '{')
	list, first := "", true
	for {
		t, err := e.in.RawToken()
		if err != nil {
			return fmt.Errorf("document for JSON: %w", err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if list != "" {
				e.out = append(e.out, ']')
			}
			e.out = append(e.out, '}')
			return nil
		case xml.StartElement:
			name := t.Name.Local
			of := s.Child(name)
			if of == nil {
				of = &ecma.Shape{Name: name, Kind: ecma.Text}
				if s != nil && s.Kind == ecma.Marks {
					of.Kind = ecma.Boolean
				}
			}
			if list != "" && list != name {
				e.out = append(e.out, ']')
			}
			if !first {
				e.out = append(e.out, ',')
			}
			first = false
			if list != name || list == "" {
				list = ""
				e.name(name)
				if of.Repeated {
					list = name
					e.out = append(e.out, '[')
				}
			}
			if err := e.value(of, t); err != nil {
				return err
			}
		}
	}
}

// content is the text of the element whose start tag has been read, up to its end.
func (e *encoder) content() (string, error) {
	var text strings.Builder
	for depth := 1; ; {
		t, err := e.in.RawToken()
		if err != nil {
			return "", fmt.Errorf("document for JSON: %w", err)
		}
		switch t := t.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			depth++
		case xml.EndElement:
			if depth--; depth == 0 {
				return text.String(), nil
			}
		}
	}
}

// skip is where the end tag of the element begins whose start tag has been read.
func (e *encoder) skip() (int64, error) {
	for depth := 1; ; {
		at := e.in.InputOffset()
		t, err := e.in.RawToken()
		if err != nil {
			return 0, fmt.Errorf("document for JSON: %w", err)
		}
		switch t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			if depth--; depth == 0 {
				return at, nil
			}
		}
	}
}
