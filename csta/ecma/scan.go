package ecma

import (
	"bytes"
	"errors"
	"fmt"
)

// Limits of a received document. They bound what the parser may build from one
// frame; everything legal stays far below.
const (
	// maxDepth bounds the nesting of elements.
	maxDepth = 32
	// maxElements bounds the number of elements: a full frame with a long list
	// of devices or connections has about two thousand.
	maxElements = 8192
	// maxAttributes bounds the number of attributes of the whole document, of
	// which no element of ECMA-323 has more than nine.
	maxAttributes = 8192
	// maxElementAttributes bounds the attributes of one element, since the
	// parser compares each with all before it.
	maxElementAttributes = 64
)

var (
	errDoctype           = errors.New("document type declarations are refused")
	errNoElement         = errors.New("document has no element")
	errSecondRoot        = errors.New("something stands outside the root element")
	errTooDeep           = fmt.Errorf("elements are nested more than %d deep", maxDepth)
	errTooManyElements   = fmt.Errorf("document has more than %d elements", maxElements)
	errTooManyAttributes = errors.New("too many attributes")
	errTruncated         = errors.New("document ends inside a tag")
)

// scan walks over the tags of doc before a tree is built from it, and refuses
// what could be made to hurt: document types, depth, numbers. It understands no
// more of XML than it needs to find the tags; the parser finds the other faults.
// root is the local name of the first element, even if there is an error.
func scan(doc []byte) (root string, err error) {
	var depth, elements, attributes int
	for {
		at := bytes.IndexByte(doc, '<')
		if depth == 0 && !isSpace(doc, at) {
			return root, errSecondRoot
		}
		if at < 0 {
			break
		}
		doc = doc[at+1:]
		var length int
		switch {
		case bytes.HasPrefix(doc, []byte("!--")):
			length = skip(doc, 3, "-->")
		case bytes.HasPrefix(doc, []byte("![CDATA[")):
			length = skip(doc, 8, "]]>")
		case bytes.HasPrefix(doc, []byte("!")):
			return root, errDoctype
		case bytes.HasPrefix(doc, []byte("?")):
			length = skip(doc, 1, "?>")
		case bytes.HasPrefix(doc, []byte("/")):
			depth--
			length = skip(doc, 1, ">")
		default:
			if elements == 0 {
				root = localName(doc)
			} else if depth == 0 {
				return root, errSecondRoot
			}
			if elements++; elements > maxElements {
				return root, errTooManyElements
			}
			if depth++; depth > maxDepth {
				return root, errTooDeep
			}
			var inTag int
			length, inTag = skipTag(doc)
			if attributes += inTag; attributes > maxAttributes || inTag > maxElementAttributes {
				return root, errTooManyAttributes
			}
			if length >= 2 && doc[length-2] == '/' {
				depth--
			}
		}
		if length < 0 {
			return root, errTruncated
		}
		doc = doc[length:]
	}
	if elements == 0 {
		return root, errNoElement
	}
	return root, nil
}

// isSpace tells whether doc is white space up to the index at, or, if that is
// negative, to its end.
func isSpace(doc []byte, at int) bool {
	if at < 0 {
		at = len(doc)
	}
	for _, b := range doc[:at] {
		switch b {
		case ' ', '\t', '\r', '\n':
		default:
			return false
		}
	}
	return true
}

// skip is the index behind the first end at or after from, or -1.
func skip(doc []byte, from int, end string) int {
	if from > len(doc) {
		return -1
	}
	i := bytes.Index(doc[from:], []byte(end))
	if i < 0 {
		return -1
	}
	return from + i + len(end)
}

// skipTag is the index behind the start tag that doc begins with, or -1, and
// the number of its attributes.
func skipTag(doc []byte) (length, attributes int) {
	for i := 0; i < len(doc); i++ {
		switch doc[i] {
		case '>':
			return i + 1, attributes
		case '=':
			attributes++
		case '"', '\'':
			end := bytes.IndexByte(doc[i+1:], doc[i])
			if end < 0 {
				return -1, attributes
			}
			i += end + 1
		}
	}
	return -1, attributes
}

// localName is the local part of the name that a start tag begins with.
func localName(tag []byte) string {
	end := bytes.IndexAny(tag, " \t\r\n/>")
	if end < 0 {
		return ""
	}
	if colon := bytes.LastIndexByte(tag[:end], ':'); colon >= 0 {
		return string(tag[colon+1 : end])
	}
	return string(tag[:end])
}
