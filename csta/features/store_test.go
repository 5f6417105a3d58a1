package features

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
	f.Add([]byte("{\n \"version\": 1,\n \"subscribers\": {\n  \"1\": {,\n  \"2\": {\"doNotDisturb\": true}\n }\n}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		out := decode(bytes.NewReader(text))
		for device, now := range out.all {
			require.True(t, switching.ValidDevice(device))
			for _, name := range switching.Forwardings {
				if g := now.Forwarding(name); g.On {
					require.True(t, switching.ValidNumber(g.Number))
				}
			}
		}
		again := decode(bytes.NewReader(encode(out.all)))
		require.NoError(t, again.err)
		require.Zero(t, again.rejected)
		require.Equal(t, out.all, again.all)
	})
}

// A file that cannot be read is kept as it is when another one takes its place.
func TestStoreKeepsWhatItCannotRead(t *testing.T) {
	const long = 64<<20 + 1
	path := filepath.Join(t.TempDir(), "features.json")
	require.NoError(t, os.WriteFile(path, []byte("precious"), 0o640))
	require.NoError(t, os.Truncate(path, long))
	require.NoError(t, os.WriteFile(path+".bad", []byte("older"), 0o640))
	s := Open(path, slog.New(slog.DiscardHandler))
	s.Keep("1000", switching.Features{DoNotDisturb: true})
	s.Close()
	info, err := os.Stat(path + ".bad")
	require.NoError(t, err)
	assert.EqualValues(t, long, info.Size())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(text), "1000")
}

// No file is too long: what follows the longest nonsense is read.
func TestStoreReadsLongFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "features.json")
	require.NoError(t, os.WriteFile(path, encode(map[string]switching.Features{"1000": everything}), 0o640))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	info, err := f.Stat()
	require.NoError(t, err)
	require.NoError(t, f.Truncate(info.Size()+64<<20))
	_, err = f.Write(appendLine([]byte("\n"), "1001", switching.Features{DoNotDisturb: true}))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	s, log := open(t, path)
	defer s.Close()
	assert.Equal(t, map[string]switching.Features{"1000": everything, "1001": {DoNotDisturb: true}}, s.All())
	assert.Contains(t, log.String(), `"entries rejected"=1`)
}

// What is unreadable costs only itself, in files of all versions.
func TestStoreLosesOnlyWhatIsUnreadable(t *testing.T) {
	good := map[string]switching.Features{"1000": {DoNotDisturb: true}, "1003": {DoNotDisturb: true}}
	const one, three = `{"subscriber":"1000","doNotDisturb":true}`, `{"subscriber":"1003","doNotDisturb":true}`
	for name, text := range map[string]string{
		"a line":            "{\"version\":2}\n" + one + "\n{\"subscriber\":\"1001\",,}\n" + three + "\n",
		"a field":           "{\"version\":2}\n" + one + "\n{\"subscriber\":\"1001\",\"colour\":1}\n" + three + "\n",
		"a type":            "{\"version\":2}\n" + one + "\n{\"subscriber\":\"1001\",\"doNotDisturb\":7}\n" + three + "\n",
		"the header":        "{\"versi\n" + one + "\n" + three + "\n",
		"the end":           "{\"version\":2}\n" + one + "\n" + three + "\n{\"subscriber\":\"10",
		"a long line":       "{\"version\":2}\n" + one + "\n" + strings.Repeat("x", 5*maxLine) + "\n" + three + "\n",
		"version 1, type":   "{\n \"version\": 1,\n \"subscribers\": {\n  \"1000\": {\n   \"doNotDisturb\": true\n  },\n  \"1001\": {\n   \"doNotDisturb\": 7\n  },\n  \"1003\": {\n   \"doNotDisturb\": true\n  }\n }\n}\n",
		"version 1, syntax": "{\n \"version\": 1,\n \"subscribers\": {\n  \"1000\": {\n   \"doNotDisturb\": true\n  },\n  \"1001\": {,\n   \"doNotDisturb\": true\n  },\n  \"1003\": {\n   \"doNotDisturb\": true\n  }\n }\n}\n",
		"version 1, end":    "{\n \"version\": 1,\n \"subscribers\": {\n  \"1000\": {\n   \"doNotDisturb\": true\n  },\n  \"1003\": {\n   \"doNotDisturb\": true\n  },\n  \"1004\": {\n   \"doNot",
	} {
		path := filepath.Join(t.TempDir(), "features.json")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o640))
		s, log := open(t, path)
		assert.Equal(t, good, s.All(), name)
		assert.Contains(t, log.String(), "could not be read", name)
		s.Keep("1005", switching.Features{DoNotDisturb: true})
		s.Close()
		s, log = open(t, path)
		assert.Len(t, s.All(), len(good)+1, name)
		assert.Empty(t, log.String(), name)
		s.Close()
		bad, err := os.ReadFile(path + ".bad")
		require.NoError(t, err)
		assert.Equal(t, text, string(bad), name)
	}
}

// A file of version 1 is read and becomes one of the present version.
func TestStoreReadsVersion1(t *testing.T) {
	path := filepath.Join(t.TempDir(), "features.json")
	require.NoError(t, os.WriteFile(path, []byte(`{"version": 1, "subscribers": {"1000": {"doNotDisturb": true}, "1001": {"forwardBusy": {"on": true, "number": "9"}}}}`), 0o640))
	s, log := open(t, path)
	assert.Len(t, s.All(), 2)
	s.Keep("1002", everything)
	s.Close()
	s, _ = open(t, path)
	assert.Len(t, s.All(), 3)
	s.Close()
	assert.Empty(t, log.String())
}

// A change costs a line, not a file, and changes do not make the file grow without
// end.
func TestStoreAddsLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "features.json")
	many := map[string]switching.Features{}
	for n := range 5000 {
		many[strconv.Itoa(100000+n)] = everything
	}
	require.NoError(t, os.WriteFile(path, encode(many), 0o640))
	before, err := os.Stat(path)
	require.NoError(t, err)
	s, _ := open(t, path)
	s.Keep("100000", switching.Features{})
	s.Close()
	after, err := os.Stat(path)
	require.NoError(t, err)
	assert.True(t, os.SameFile(before, after), "not written anew")
	assert.Less(t, after.Size(), before.Size()+200)

	s, _ = open(t, path)
	defer s.Close()
	for n := range 200 {
		news := appendLine(nil, "100001", everything)
		require.NoError(t, s.extend(bytes.Repeat(news, 100)), n)
	}
	after, err = os.Stat(path)
	require.NoError(t, err)
	assert.LessOrEqual(t, after.Size(), 2*before.Size()+leastJournal)
}

// A file that is not as it was left is written anew, whole.
func TestStoreDoesNotAddToAnotherFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "features.json")
	s, _ := open(t, path)
	s.Keep("1000", everything)
	require.Eventually(t, func() bool { _, err := os.Stat(path); return err == nil }, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, os.Remove(path))
	s.Keep("1001", everything)
	s.Close()
	s, _ = open(t, path)
	assert.Len(t, s.All(), 2)
	s.Close()
}
