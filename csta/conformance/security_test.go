package conformance

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each line of docs/security.md names what proves it, and that is there.
func TestSecurityPageIsProven(t *testing.T) {
	const root = "../.."
	page, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	require.NoError(t, err)
	scenarios := map[string]bool{}
	for _, s := range Scenarios() {
		scenarios[s.Name] = true
	}
	tests := map[string]string{}
	exists := func(dir, name string) bool {
		if _, read := tests[dir]; !read {
			files, err := filepath.Glob(filepath.Join(root, dir, "*_test.go"))
			require.NoError(t, err)
			for _, file := range files {
				text, err := os.ReadFile(file)
				require.NoError(t, err)
				tests[dir] += string(text)
			}
		}
		return strings.Contains(tests[dir], "\nfunc "+name+"(")
	}
	test := regexp.MustCompile("`([a-z0-9_/]+) ((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	scenario := regexp.MustCompile("`scenario \"([^\"]+)\"`")
	lines := 0
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "- ") {
			continue
		}
		lines++
		proofs := 0
		for _, m := range test.FindAllStringSubmatch(line, -1) {
			proofs++
			assert.True(t, exists(m[1], m[2]), "%s has no %s", m[1], m[2])
		}
		for _, m := range scenario.FindAllStringSubmatch(line, -1) {
			proofs++
			assert.True(t, scenarios[m[1]], "there is no scenario %q", m[1])
		}
		assert.Positive(t, proofs, "nothing proves: %s", line)
	}
	assert.Greater(t, lines, 30)
}
