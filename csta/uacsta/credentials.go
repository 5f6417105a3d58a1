package uacsta

import (
	"fmt"
	"strings"

	"github.com/icholy/digest"
)

// credentials answer a phone's challenge with the password that is meant for it, as
// phones that check their CSTA application want it (RFC 3261 22.4).
type credentials struct {
	challenge      *digest.Challenge
	header         string
	user, password string
	count          int
}

// accept takes a challenge. It is an error if it cannot be answered.
func (c *credentials) accept(status int, challenge, user, password string) error {
	parsed, err := digest.ParseChallenge(challenge)
	if err != nil {
		return fmt.Errorf("challenge: %w", err)
	}
	// SIP phones write "md5" too.
	parsed.Algorithm = strings.ToUpper(parsed.Algorithm)
	if !digest.CanDigest(parsed) {
		return fmt.Errorf("challenge: algorithm %q is not known", parsed.Algorithm)
	}
	*c = credentials{challenge: parsed, header: "Authorization", user: user, password: password}
	if status == statusProxyAuthenticationRequired {
		c.header = "Proxy-Authorization"
	}
	return nil
}

// next makes the credentials of the next request; ok is false before any
// challenge came.
func (c *credentials) next(method, uri string) (h Header, ok bool) {
	if c.challenge == nil {
		return Header{}, false
	}
	c.count++
	made, err := digest.Digest(c.challenge, digest.Options{
		Method: method, URI: uri, Count: c.count, Username: c.user, Password: c.password,
	})
	if err != nil {
		return Header{}, false
	}
	return Header{c.header, made.String()}, true
}
