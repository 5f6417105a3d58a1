package wire

import (
	"bytes"
	"fmt"
	"regexp"

	"mod_csta_socket/csta/logline"
)

// Direction is which way a frame went, as a log shows it.
type Direction string

const (
	FromClient Direction = "<-"
	ToClient   Direction = "->"
)

// Readable is a frame as one line for a log: the session, the direction, the
// invoke ID and the document without its XML declaration. Control characters,
// line breaks among them, become spaces (see logline.Printable), digits that somebody
// pressed or sent become asterisks unless withDigits: they may be a PIN. Passwords of
// logins always do.
func Readable(session string, d Direction, invoke uint16, body []byte, withDigits bool) string {
	if bytes.HasPrefix(body, []byte("<?xml")) {
		if _, rest, ok := bytes.Cut(body, []byte("?>")); ok {
			body = rest
		}
	}
	body = bytes.TrimSpace(body)
	body = password.ReplaceAll(body, []byte("${1}***${2}"))
	if !withDigits {
		body = secret.ReplaceAll(body, []byte("${1}***${2}"))
	}
	return fmt.Sprintf("%s %s %04d %s", session, d, invoke, logline.Printable(string(body), ' '))
}

// secret are the elements with digits and codes, up to their end: characters sent and
// heard (GenerateDigits, DigitsGeneratedEvent, DtmfDetectedEvent), digits dialled one
// after the other, account and authorisation codes. They need not be well-formed.
var secret = content(secretNames)

// password are the elements with passwords.
var password = content("password")

// content finds the content of elements of these names.
func content(names string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)(<(?:[^\s<>/:]+:)?(?:` + names + `)(?:\s(?:[^>]*[^>/])?)?>).*?` +
		`(?:(</(?:[^\s<>/:]+:)?(?:` + names + `)\s*>)|$)`)
}

const secretNames = "charactersToSend|dtmfChar|digitGeneratedList|diallingSequence|dialingSequence|accountCode|authCode"

// WithoutPrivate is a document of ours without what may be a PIN and what applications
// attach to calls: the elements are left out, so that it can still be read.
func WithoutPrivate(body []byte) []byte { return private.ReplaceAll(body, nil) }

// private are those elements.
var private = regexp.MustCompile(`(?s)<(?:` + privateNames + `)(?:\s[^>]*)?(?:/>|>.*?</(?:` + privateNames + `)\s*>)`)

const privateNames = secretNames + "|userData|correlatorData|privateData"
