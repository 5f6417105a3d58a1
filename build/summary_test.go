// Package build_test looks after the scripts of the Makefile.
package build_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Of tests that run side by side the reason is not told where they end.
func TestSummaryOfTests(t *testing.T) {
	if _, err := exec.LookPath("awk"); err != nil {
		t.Skip("awk is not installed")
	}
	summary := exec.Command("awk", "-f", "test_summary.awk")
	summary.Stdin = strings.NewReader(`=== RUN   TestA
=== RUN   TestA/one
=== PAUSE TestA/one
=== RUN   TestA/two
=== PAUSE TestA/two
=== CONT  TestA/one
=== CONT  TestA/two
    a_test.go:7: too slow
=== NAME  TestA/one
    a_test.go:8: not here
--- PASS: TestA (0.00s)
    --- SKIP: TestA/two (0.00s)
    --- SKIP: TestA/one (0.00s)
=== RUN   TestB
    a_test.go:9: not here
--- SKIP: TestB (0.00s)
PASS
ok  	example/a	0.1s
=== RUN   TestB
--- SKIP: TestB (0.00s)
=== RUN   TestC
    b_test.go:3: broken
--- FAIL: TestC (0.00s)
FAIL
FAIL	example/b	0.1s
`)
	said, err := summary.Output()
	require.NoError(t, err)
	text := string(said)
	assert.True(t, strings.HasPrefix(text, "ok  \texample/a\t0.1s\n=== RUN   TestB\n"), text)
	assert.Contains(t, text, "b_test.go:3: broken")
	assert.True(t, strings.HasSuffix(text, `skipped: too slow
    TestA/two
skipped: not here
    TestA/one
    TestB
skipped: no reason given
    TestB
1 passed, 1 failed, 4 skipped
`), text)
}
