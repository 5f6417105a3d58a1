// Package logline keeps the operator's log and terminal readable, whatever strangers
// send: text of theirs is made printable, and no line is repeated without end.
package logline

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable is foreign text with a replacement for each character that is not shown
// as itself: control characters of both sets (C1, too: 0x9b begins a sequence on many
// terminals), those that turn the direction of writing or take no place, line and
// paragraph separators, and bytes that are no UTF-8.
func Printable(s string, replacement rune) string {
	if !strings.ContainsFunc(s, hidden) && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(c rune) rune {
		if hidden(c) || c == utf8.RuneError {
			return replacement
		}
		return c
	}, s)
}

// hidden tells whether a character is not shown as itself (categories C, Zl, Zp).
func hidden(c rune) bool {
	return unicode.In(c, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}
