package applications

import (
	"strings"

	"mod_csta_socket/csta/switching"
)

// mask is a pattern of numbers: ? is any character, and * at the end whatever follows.
// Elsewhere * is the key, as in *97.
type mask struct {
	// prefix is what numbers begin with, ? included.
	prefix string
	// open: anything may follow.
	open bool
	// literal: it stands for one number.
	literal bool
}

// anything is the mask of all numbers.
const anything = "*"

// parseMask reads a mask; ok is false if no number can be meant.
func parseMask(s string) (m mask, ok bool) {
	m.prefix, m.open = strings.CutSuffix(s, anything)
	if m.prefix == "" {
		return m, m.open
	}
	m.literal = !m.open && !strings.Contains(m.prefix, "?")
	return m, switching.ValidNumber(strings.ReplaceAll(m.prefix, "?", "0"))
}

func (m *mask) has(number string) bool {
	if len(number) < len(m.prefix) || !m.open && len(number) != len(m.prefix) {
		return false
	}
	for i := range len(m.prefix) {
		if m.prefix[i] != '?' && m.prefix[i] != number[i] {
			return false
		}
	}
	return true
}
