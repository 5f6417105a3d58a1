package features

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

func open(t *testing.T, path string) (*Store, *bytes.Buffer) {
	var log bytes.Buffer
	return Open(path, slog.New(slog.NewTextHandler(&log, nil))), &log
}

var everything = switching.Features{
	DoNotDisturb: true,
	Immediate:    switching.Forwarding{On: true, Number: "+442079460000"},
	Busy:         switching.Forwarding{Number: "*98"},
	NoAnswer:     switching.Forwarding{On: true, Number: "9500", Ring: 12 * time.Second},
}

func TestStoreOutlivesItself(t *testing.T) {
	path := filepath.Join(t.TempDir(), "features.json")
	s, log := open(t, path)
	assert.Empty(t, s.All())
	s.Keep("1000", everything)
	s.Keep("alice@branch.test", switching.Features{DoNotDisturb: true})
	s.Keep("1001", switching.Features{DoNotDisturb: true})
	s.Keep("1001", switching.Features{})
	s.Close()
	s, _ = open(t, path)
	assert.Equal(t, map[string]switching.Features{"1000": everything, "alice@branch.test": {DoNotDisturb: true}}, s.All())
	s.Close()
	assert.Empty(t, log.String())
	files, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, files, 1, "nothing is left beside the file")
}

func TestStoreWritesSoon(t *testing.T) {
	path := filepath.Join(t.TempDir(), "features.json")
	s, _ := open(t, path)
	defer s.Close()
	s.Keep("1000", everything)
	assert.Eventually(t, func() bool {
		text, err := os.ReadFile(path)
		return err == nil && bytes.Contains(text, []byte(`"1000"`))
	}, 10*time.Second, 10*time.Millisecond)
}

func TestStoreSurvivesItsFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "features.json")
	for text, left := range map[string]int{
		"":                               0,
		"{":                              0,
		`{"version":2,"subscribers":{}}`: 0,
		`{"version":1,"subscribers":{"1000":{"doNotDisturb":true},"${x}":{"doNotDisturb":true},"1001":{"forwardBusy":{"on":true,"number":"&x"}}}}`: 1,
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		s, log := open(t, path)
		assert.Len(t, s.All(), left, text)
		s.Close()
		assert.Contains(t, log.String(), "could not be read", text)
		bad, err := os.ReadFile(path + ".bad")
		require.NoError(t, err)
		assert.Equal(t, text, string(bad))
	}
}

func TestStoreWithoutADirectory(t *testing.T) {
	s, log := open(t, filepath.Join(t.TempDir(), "none", "features.json"))
	s.Keep("1000", everything)
	s.Close()
	assert.Contains(t, log.String(), "could not be written")
}

// FuzzDecode: no file makes the switch do what a client may not ask for.
func FuzzDecode(f *testing.F) {
	f.Add(encode(map[string]switching.Features{"1000": everything, "alice@branch.test": {DoNotDisturb: true}}))
	f.Add([]byte(`{"version":1,"subscribers":{"1":{"forwardNoAnswer":{"on":true,"number":"2","seconds":-1}}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, _, err := decode(text)
		if err != nil {
			return
		}
		for device, now := range all {
			require.True(t, switching.ValidDevice(device))
			for _, name := range switching.Forwardings {
				if g := now.Forwarding(name); g.On {
					require.True(t, switching.ValidNumber(g.Number))
				}
			}
		}
		again, rejected, err := decode(encode(all))
		require.NoError(t, err)
		require.Zero(t, rejected)
		require.Equal(t, all, again)
	})
}

// A file that is too long to be read is kept as it is when another one takes its
// place.
func TestStoreKeepsWhatItCannotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "features.json")
	require.NoError(t, os.WriteFile(path, []byte("precious"), 0o640))
	require.NoError(t, os.Truncate(path, maxFile+1))
	require.NoError(t, os.WriteFile(path+".bad", []byte("older"), 0o640))
	s := Open(path, slog.New(slog.DiscardHandler))
	s.Keep("1000", switching.Features{DoNotDisturb: true})
	s.Close()
	info, err := os.Stat(path + ".bad")
	require.NoError(t, err)
	assert.EqualValues(t, maxFile+1, info.Size())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(text), "1000")
}
