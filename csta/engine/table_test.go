package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/rights"
)

// What somebody may ask for who has no right is what a switch can do, and nothing else.
func TestWhatAnybodyMayAskFor(t *testing.T) {
	var free []string
	for _, name := range Services() {
		if needs, served := Needs(name); served && rights.None.Allow(needs) {
			free = append(free, name)
		}
	}
	require.Equal(t, []string{"GetCSTAFeatures", "GetSwitchingFunctionCaps"}, free)
	_, served := Needs("JoinCall")
	require.False(t, served)
}
