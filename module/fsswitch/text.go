package fsswitch

import (
	"strings"

	"mod_csta_socket/csta/switching"
)

// maxUUID bounds the name of a leg; the core writes 36 characters.
const maxUUID = 63

func validWord(s string, limit int) bool {
	if s == "" || len(s) > limit || s[0] == '-' || s[0] == '.' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !wordByte(s[i]) {
			return false
		}
	}
	return true
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ||
		c == '.' || c == '_' || c == '-'
}

// shown makes a text fit to be shown at a phone: what FreeSWITCH could take for
// syntax where the caller's name is used again is left out.
func shown(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || strings.ContainsRune("{}[]<>|&^$'\"\\`%;,", c) {
			return -1
		}
		return c
	}, s)
}

// trunkDial turns [sofia/]profile/user@host[:port] or [sofia/]gateway/name/user
// into a dial string.
func trunkDial(uri string) (string, bool) {
	dial := "sofia/" + strings.TrimPrefix(uri, "sofia/")
	return dial, switching.ValidURI(dial)
}
