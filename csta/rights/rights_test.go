package rights

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryRightHasItsName(t *testing.T) {
	require.Equal(t, Administrate, Rights(1)<<(len(names)-1), "as many names as rights")
	var all Rights
	for name := range strings.SplitSeq(All.String(), ",") {
		one, ok := Parse(name)
		require.True(t, ok, name)
		require.Equal(t, name, one.String())
		all |= one
	}
	require.Equal(t, All, all)
	_, ok := Parse("none")
	require.False(t, ok, "no right is none")
	require.Equal(t, "none", None.String())
}

func TestOneOfTheRightsNeededSuffices(t *testing.T) {
	require.True(t, None.Allow(None))
	require.False(t, None.Allow(Monitor))
	require.True(t, Record.Allow(Voice|Record))
	require.False(t, (Monitor | Control).Allow(Voice|Record))
}
