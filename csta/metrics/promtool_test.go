package metrics

import (
	"bytes"
	"context"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// Prometheus' own checker can read what is served, and has nothing to say about it.
func TestPromtoolReadsThem(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian: prometheus)")
	}
	s, _ := example()
	check := exec.Command(promtool, "check", "metrics")
	check.Stdin = bytes.NewReader(s.Exposition(context.Background()))
	said, err := check.CombinedOutput()
	require.NoError(t, err, "%s", said)
}
