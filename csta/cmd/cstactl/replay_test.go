package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what recordings bring now into their golden files")

// Recordings of a real switch bring what they brought: testdata/traces holds what the
// module recorded, and beside it what clients got and what the switch was asked for.
// A recording from the field becomes a test by being copied there.
func TestTraces(t *testing.T) {
	traces, err := filepath.Glob(filepath.Join("testdata", "traces", "*.jsonl"))
	require.NoError(t, err)
	require.NotEmpty(t, traces)
	for _, trace := range traces {
		t.Run(strings.TrimSuffix(filepath.Base(trace), ".jsonl"), func(t *testing.T) {
			var out, errs bytes.Buffer
			code := run(context.Background(), []string{"replay", "--operations", trace}, streams{strings.NewReader(""), &out, &errs})
			require.Equal(t, exitOK, code, errs.String())
			assert.NotContains(t, "\n"+out.String(), "\n!", "the engine does something else")
			golden := strings.TrimSuffix(trace, ".jsonl") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o600))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), out.String())
		})
	}
}

func TestReplayOfNoRecording(t *testing.T) {
	var out, errs bytes.Buffer
	assert.Equal(t, exitFailed, run(context.Background(), []string{"replay", "-"}, streams{strings.NewReader("{}\n"), &out, &errs}))
	assert.Contains(t, errs.String(), "line 1")
}
