package ecma

import (
	"strconv"
	"unicode/utf8"

	"github.com/beevik/etree"
)

// appendText appends s as XML text or attribute value in US-ASCII: markup and
// all other characters as references, so that the document has as many bytes as
// characters whatever encoding its reader assumes. Characters that XML 1.0
// forbids are dropped, broken UTF-8 becomes U+FFFD.
func appendText(dst []byte, s string) []byte {
	start := plainPrefix(s)
	dst = append(dst, s[:start]...)
	for i := start; i < len(s); {
		if isPlain(s[i]) {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		start = i
		switch {
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case legalInXML(r):
			dst = append(dst, '&', '#')
			dst = strconv.AppendInt(dst, int64(r), 10)
			dst = append(dst, ';')
		}
	}
	return append(dst, s[start:]...)
}

// isPlain tells whether a byte stands for itself in text and in attributes
// between double quotes.
func isPlain(b byte) bool {
	return b >= 0x20 && b < 0x80 && b != '<' && b != '>' && b != '&' && b != '"'
}

// plainPrefix is the length of a prefix of s that needs no escaping: all of it
// for nearly every value of CSTA. It looks at eight bytes at a time, each in its
// lane of a word; a lane's highest bit is set by what may not stand for itself.
func plainPrefix(s string) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		control := (x - 0x20*ones) &^ x
		// '"' and '&' differ in one bit only, '<' and '>' too.
		quoteOrAmp := x&^(0x04*ones) ^ '"'*ones
		angle := x&^(0x02*ones) ^ '<'*ones
		if (x|control|(quoteOrAmp-ones)&^quoteOrAmp|(angle-ones)&^angle)&highs != 0 {
			return i
		}
	}
	for i < len(s) && isPlain(s[i]) {
		i++
	}
	return i
}

// legalInXML is the production Char of XML 1.0.
func legalInXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

// AppendText appends s as XML text or as an attribute's value between double quotes, in
// US-ASCII.
func AppendText(dst []byte, s string) []byte { return appendText(dst, s) }

// IsContent tells whether s can be the content of an element: well-formed XML that does
// not reach out of it.
func IsContent(s string) bool {
	doc := []byte("<content>" + s + "</content>")
	if _, err := scan(doc); err != nil {
		return false
	}
	tree := etree.Document{ReadSettings: etree.ReadSettings{CharsetReader: charsetReader, MaxDepth: maxDepth}}
	return tree.ReadFromBytes(doc) == nil
}
