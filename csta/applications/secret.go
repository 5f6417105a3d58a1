package applications

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// Secret is what somebody proves by that he is who he says: as it is, or its bcrypt
// hash. The zero value is no secret, and nothing proves it.
type Secret struct{ text string }

// mostCost bounds how long a comparison takes: each step doubles it, and twelve is a
// quarter of a second.
const mostCost = 12

// maxSecret is the longest secret that bcrypt takes.
const maxSecret = 72

// ParseSecret reads a secret as the configuration has it; ok is false for a hash that is
// none, or would take too long, and for a secret that nobody can send.
func ParseSecret(text string) (s Secret, ok bool) {
	s.text = text
	if s.hashed() {
		cost := s.cost()
		return s, cost != 0 && cost <= mostCost
	}
	return s, len(text) <= maxSecret
}

// cost is a hash's; 0 for a secret that is none.
func (s Secret) cost() int {
	if !s.hashed() {
		return 0
	}
	cost, err := bcrypt.Cost([]byte(s.text))
	if err != nil {
		return 0
	}
	return cost
}

func (s Secret) hashed() bool {
	for _, version := range [...]string{"$2a$", "$2b$", "$2y$"} {
		if strings.HasPrefix(s.text, version) {
			return true
		}
	}
	return false
}

// IsZero tells whether there is no secret.
func (s Secret) IsZero() bool { return s.text == "" }

// String keeps secrets out of logs.
func (s Secret) String() string {
	if s.IsZero() {
		return "none"
	}
	return "***"
}

// Proven tells whether a password is the secret. Of a secret as it is, how long it
// takes does not depend on how much of it is right; a hash takes as long as its cost
// says.
func (s Secret) Proven(password string) bool {
	if s.IsZero() || len(password) > maxSecret {
		return false
	}
	if s.hashed() {
		return bcrypt.CompareHashAndPassword([]byte(s.text), []byte(password)) == nil
	}
	want, got := sha256.Sum256([]byte(s.text)), sha256.Sum256([]byte(password))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1
}
