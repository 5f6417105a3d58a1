package ecma

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// DecodeError says why a document could not be decoded.
type DecodeError struct {
	// Reply is the negative answer that the document deserves if it was a
	// request.
	Reply *Error
	// Request tells whether it was, or has to be taken for, a request. Events
	// and responses are never answered.
	Request bool
	// Element is the local name of the root element, "" if it could not be
	// found out.
	Element string
	// Path is where in the document the fault is: local names from the root
	// down, joined by slashes; "" if it could not be parsed at all.
	Path string
	// Cause is what is wrong there.
	Cause error
}

func (e *DecodeError) Error() string {
	where := e.Path
	if where == "" {
		where = e.Element
	}
	if where == "" {
		return fmt.Sprintf("csta document: %v", e.Cause)
	}
	return fmt.Sprintf("csta document: %s: %v", where, e.Cause)
}

func (e *DecodeError) Unwrap() error { return e.Cause }

var (
	errUnknownRoot     = errors.New("root element is not known")
	errUnsupportedRoot = errors.New("message is not supported")
	errLongNamespace   = fmt.Errorf("namespace has more than %d bytes", MaxEdition)
	errCharset         = errors.New("encoding is not supported")
)

// Decode reads one document (ECMA-323). ed is the namespace of its root, "" if
// it has none; it is returned beside most errors too, to answer in. Elements are
// found by local name whatever their namespace, prefix and order; unknown ones
// are ignored. The document may be UTF-8, ISO-8859-1 or US-ASCII and may have a
// byte order mark before and white space or NULs around it. Every error is a
// *DecodeError.
func Decode(doc []byte) (m Message, ed Edition, err error) { return decode(doc, false) }

func decode(doc []byte, verbatim bool) (m Message, ed Edition, err error) {
	doc = trimDocument(doc)
	name, err := scan(doc)
	if err != nil {
		return nil, "", unparsable(name, err)
	}
	tree := etree.Document{ReadSettings: etree.ReadSettings{CharsetReader: charsetReader, MaxDepth: maxDepth}}
	if err := tree.ReadFromBytes(doc); err != nil {
		return nil, "", unparsable(name, err)
	}
	root := tree.Root()
	if root == nil {
		return nil, "", unparsable(name, errNoElement)
	}
	ed = editionOf(root)
	name = root.Tag
	if len(ed) > MaxEdition {
		return nil, "", unparsable(name, errLongNamespace)
	}
	entry, ok := registry[name]
	if !ok {
		cause := errUnknownRoot
		if KnownName(name) {
			cause = errUnsupportedRoot
		}
		return nil, ed, &DecodeError{
			Reply: ErrServiceNotSupported, Request: CategoryOf(name) == RequestMessage,
			Element: name, Path: name, Cause: cause,
		}
	}
	m = entry.new()
	c := codec{edition: ed, node: root, strict: entry.category == RequestMessage, verbatim: verbatim}
	m.fields(&c)
	if c.err != nil {
		c.err.Element = name
		c.err.Request = entry.category == RequestMessage
		return nil, ed, c.err
	}
	return m, ed, nil
}

func unparsable(root string, cause error) *DecodeError {
	return &DecodeError{
		Reply: ErrOperationGeneric, Request: root == "" || CategoryOf(root) == RequestMessage,
		Element: root, Cause: cause,
	}
}

const byteOrderMark = "\xef\xbb\xbf"

func trimDocument(doc []byte) []byte {
	const around = xmlSpace + "\x00"
	doc = bytes.Trim(doc, around)
	doc = bytes.TrimPrefix(doc, []byte(byteOrderMark))
	return bytes.TrimLeft(doc, around)
}

// charsetReader is asked for every declared encoding other than UTF-8.
func charsetReader(charset string, input io.Reader) (io.Reader, error) {
	switch strings.ToLower(charset) {
	case "utf8", "utf-16", "unicode":
		// Programs that serialise to a string in memory declare UTF-16 and
		// then send UTF-8. In real UTF-16 the declaration is not readable.
		return input, nil
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "us-ascii", "ascii":
		return &latin1Reader{input: input}, nil
	}
	return nil, fmt.Errorf("%w: %q", errCharset, charset)
}

// latin1Reader turns ISO-8859-1, of which US-ASCII is a part, into UTF-8.
type latin1Reader struct {
	input   io.Reader
	in      [256]byte
	pending []byte
	out     [512]byte
}

func (r *latin1Reader) Read(p []byte) (int, error) {
	if len(r.pending) == 0 {
		n, err := r.input.Read(r.in[:])
		if n == 0 {
			return 0, err
		}
		out := r.out[:0]
		for _, b := range r.in[:n] {
			out = utf8.AppendRune(out, rune(b))
		}
		r.pending = out
	}
	n := copy(p, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}
