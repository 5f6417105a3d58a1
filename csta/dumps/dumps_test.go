package dumps

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func content(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// A recording is its owner's alone, and the oldest ones go; other files stay.
func TestFewFilesForTheirOwner(t *testing.T) {
	dir := t.TempDir()
	d := In(dir, slog.New(slog.DiscardHandler))
	other := filepath.Join(dir, "freeswitch.log")
	require.NoError(t, os.WriteFile(other, nil, 0o600))
	var paths []string
	for range kept + 3 {
		path, err := d.Write("Audit", content("x"))
		require.NoError(t, err)
		paths = append(paths, path)
		time.Sleep(2 * time.Millisecond) // names sort by the millisecond
	}
	assert.Contains(t, paths[0], "-audit.jsonl")
	info, err := os.Stat(paths[len(paths)-1])
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(ownerOnly), info.Mode().Perm())
	left, err := filepath.Glob(filepath.Join(dir, prefix+"*"))
	require.NoError(t, err)
	assert.Equal(t, paths[3:], left)
	assert.FileExists(t, other)
}

// What can't be written leaves nothing, nor does what is too large.
func TestNoHalfFiles(t *testing.T) {
	dir := t.TempDir()
	d := In(dir, slog.New(slog.DiscardHandler))
	broken := errors.New("broken")
	_, err := d.Write("panic", func(io.Writer) error { return broken })
	require.ErrorIs(t, err, broken)
	_, err = d.Write("panic", func(w io.Writer) error {
		_, err := w.Write(make([]byte, largest+1))
		return err
	})
	require.ErrorIs(t, err, errTooLarge)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}
