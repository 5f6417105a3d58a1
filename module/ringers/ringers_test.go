package ringers

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/uacsta"
)

func TestListIsKeptAndBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ringers")
	var log bytes.Buffer
	f := Open(path, slog.New(slog.NewTextHandler(&log, nil)))
	assert.Empty(t, f.Read())
	one := uacsta.Ringer{User: "1000", Domain: "csta.test", UserAgent: "Somebody's 1.0", Why: "it rang"}
	f.Add(one)
	f.Add(one)
	assert.Equal(t, []uacsta.Ringer{one, one}, f.Read())
	assert.Empty(t, log.String())

	other := one
	other.UserAgent = strings.Repeat("x", maxBytes)
	f.Add(other)
	before, err := os.Stat(path)
	require.NoError(t, err)
	f.Add(one)
	after, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, before.Size(), after.Size(), "the list grows on")
	assert.Contains(t, log.String(), "it is full")
	assert.Len(t, f.Read(), 3)

	require.NoError(t, os.WriteFile(path, []byte("{broken"), 0o600))
	assert.Empty(t, f.Read())
	Open("", slog.New(slog.DiscardHandler)).Add(one)
}
