package ecma

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadmeListsWhatTheRegistryDeclares(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	require.Contains(t, string(readme), Markdown(), "the README's table should read:\n%s", Markdown())
}
