package ecma

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzDecode checks that nothing makes the decoder panic, and that what it read
// stays the same when written and read again.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"testdata/examples/*/*.xml", "testdata/torture/*/*.xml"} {
		files, err := filepath.Glob(pattern)
		require.NoError(f, err)
		for _, file := range files {
			doc, err := os.ReadFile(file)
			require.NoError(f, err)
			f.Add(doc)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		first, ed, err := Decode(doc)
		if err != nil {
			var bad *DecodeError
			require.True(t, errors.As(err, &bad))
			require.NotNil(t, bad.Reply)
			require.NotEmpty(t, err.Error())
			return
		}
		written := Append(nil, ed, first)
		second, again, err := Decode(written)
		require.NoError(t, err, "%s", written)
		require.Equal(t, ed, again)
		// What is written without a value (a mandatory choice, an item of a
		// list) may gain one by the first round, but not by the second.
		settled := Append(nil, ed, second)
		third, _, err := Decode(settled)
		require.NoError(t, err, "%s", settled)
		require.Equal(t, second, third)
		require.Equal(t, string(settled), string(Append(nil, ed, third)))
	})
}

func FuzzNormalizeDevice(f *testing.F) {
	for _, s := range []string{"1000", "tel:+1-2;x", "sip:a:b@[::1]:5060;c?d", "N<1>;n=2", "a:b:c:d", "<<>>", "N<N<tel:sip:x@y>>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := NormalizeDevice(s)
		require.Equal(t, n, NormalizeDevice(n))
		require.LessOrEqual(t, len(n), len(s))
	})
}
