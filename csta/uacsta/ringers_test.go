package uacsta

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Phones name their software themselves, and where anybody may register, their
// address of record: neither fills memory, nor makes known ones be forgotten.
func TestRingersAreBounded(t *testing.T) {
	var listed []Ringer
	for n := range 3 * maxRang {
		listed = append(listed, Ringer{"1000", "csta.test", fmt.Sprint("phone ", n), "it rang"})
	}
	a := New(Options{Ringers: listed}, nil, nil, nil)
	require.Equal(t, listed[2*maxRang:], a.rang.of["1000@csta.test"], "the newest of what a file says")

	refused := 0
	for n := range 2 * maxRangBytes / ringerOverhead {
		if !a.rang.add(Ringer{fmt.Sprint("stranger", n), "csta.test", "phone", "it rang"}) {
			refused++
		}
	}
	assert.Positive(t, refused)
	assert.LessOrEqual(t, a.rang.bytes, maxRangBytes)
	assert.Len(t, a.rang.of["1000@csta.test"], maxRang, "those that were known stay so")

	bytes := 0
	for _, list := range a.rang.of {
		for _, r := range list {
			bytes += r.size()
		}
	}
	assert.Equal(t, bytes, a.rang.bytes)
}
