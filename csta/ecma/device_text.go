package ecma

import "strings"

// NormalizeDevice reduces the text of a device identifier to the number that it
// means. It takes away white space around it, the textual device format of
// ECMA-269 (N<number>name;...), angle brackets, the schemes tel:, sip: and sips:
// with all parameters, headers, passwords and ports, the visual separators of a
// tel: number, and the switch, address and instance parts of an identifier
// ext:switch:address:instance. A SIP address stays user@host. Other text is returned as
// it is. So is one that is longer than any identifier: the decoration may be nested, and
// what takes it away goes over the text for each layer.
func NormalizeDevice(text string) string {
	whole := text
	for len(text) <= maxDevice {
		s := strings.Trim(text, xmlSpace)
		s = withoutDecoration(s)
		if s == text {
			break
		}
		text = s
	}
	return without(text, whole)
}

// maxDevice is longer than any device identifier with its decoration.
const maxDevice = 1024

// visualSeparators stand in tel: numbers for the eye only (RFC 3966, section 3).
var visualSeparators = strings.NewReplacer("-", "", ".", "", "(", "", ")", "", " ", "")

func withoutDecoration(s string) string {
	if !strings.ContainsAny(s, "<:") {
		return s
	}
	if prefix, rest, ok := strings.Cut(s, "<"); ok {
		inner, _, closed := strings.Cut(rest, ">")
		if closed && (prefix == "" || prefix == "N" || scheme(inner) != "") {
			return inner
		}
		return s
	}
	switch name := scheme(s); name {
	case "tel:":
		s, _, _ = strings.Cut(s[len(name):], ";")
		return visualSeparators.Replace(s)
	case "sip:", "sips:":
		return sipAddress(s[len(name):])
	}
	if extension, rest, _ := strings.Cut(s, ":"); allIn(extension, "0123456789") && strings.Count(rest, ":") == 2 && allIn(strings.ToLower(rest), ":.-_0123456789abcdefghijklmnopqrstuvwxyz") {
		return extension
	}
	return s
}

// scheme is the URI scheme that s begins with, colon included, in lower case.
func scheme(s string) string {
	for _, name := range []string{"tel:", "sip:", "sips:"} {
		if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
			return name
		}
	}
	return ""
}

func sipAddress(s string) string {
	user, host, ok := strings.Cut(s, "@")
	if !ok {
		return before(user, ";?")
	}
	user = before(user, ";:")
	host = before(host, ";?")
	if end := strings.LastIndexByte(host, ':'); end >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:end]
	}
	return user + "@" + host
}

// allIn tells whether s is made of these characters.
func allIn(s, chars string) bool {
	return strings.Trim(s, chars) == ""
}

// before is s up to the first of the characters.
func before(s, chars string) string {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i]
	}
	return s
}
