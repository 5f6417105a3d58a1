package server

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every hostile document of the codec's tests is answered with an error, on a
// session that goes on.
func TestHostileDocumentsAreAnswered(t *testing.T) {
	files, err := filepath.Glob("../ecma/testdata/torture/invalid/*.xml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	f := start(t, Options{})
	p, _ := f.join(t)
	for i, file := range files {
		doc, err := os.ReadFile(file)
		require.NoError(t, err)
		if len(doc) > 60000 {
			continue
		}
		want := "<operation>generic</operation>"
		if filepath.Base(file) == "unknown_root.xml" {
			want = "<operation>serviceNotSupported</operation>"
		}
		invoke := uint16(i)
		p.send(invoke, string(doc))
		got := p.next()
		require.Contains(t, body(got), want, file)
		require.Equal(t, invoke, got.Invoke)
	}
	require.Empty(t, f.engine.asked)
}
