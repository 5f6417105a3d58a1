package fsswitch

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

// The bridge checks names once more, with a list of its own.
func TestBridgeKnowsTheSameFormats(t *testing.T) {
	source, err := os.ReadFile("../../bridge_c/text.c")
	require.NoError(t, err)
	list := regexp.MustCompile(`(?s)formats\[\] = \{(.*?)\}`).FindSubmatch(source)
	require.NotNil(t, list)
	known := map[string]bool{}
	for _, word := range regexp.MustCompile(`"([^"]*)"`).FindAllSubmatch(list[1], -1) {
		known[string(word[1])] = true
	}
	for format := range switching.Formats {
		assert.True(t, known[format], "the bridge refuses .%s", format)
		assert.Equal(t, strings.ToLower(format), format)
	}
	assert.Len(t, known, len(switching.Formats), "the bridge takes more")
}
