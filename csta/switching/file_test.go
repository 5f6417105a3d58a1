package switching

import (
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// noFiles are the formats of FreeSWITCH 1.10 and 1.11 that are registered for
// an extension and are no file with sound (every SWITCH_FILE_INTERFACE of their
// modules), and words that other releases or modules use so.
var noFiles = []string{
	"file_string", "file", "tts", "say", "phrase", "tone_stream", "silence_stream", "local_stream", "shell_stream", "shell",
	"http", "https", "http_cache", "memcache", "memory", "shout", "shouts", "av", "rtmp", "rtmps", "rtsp", "vlc", "youtube",
	"mp4", "m4a", "m4v", "mov", "mkv", "webm", "fsv", "png", "imgk", "pdf", "gif", "portaudio", "ssml", "gtx", "hash", "unknown",
}

func TestValidFile(t *testing.T) {
	for _, s := range []string{
		"hello.wav", "ivr/hello.wav", "ivr/8000/hello.WAV", "x_y-1/z.mp3", "hello", "ivr/hello", "a.b/hello.wav", "1.2.wav", "x.PCMU", ".wav",
		strings.Repeat("a", 196) + ".wav",
	} {
		require.True(t, ValidFile(s), s)
	}
	bad := append([]string{
		"/hello.wav", "../x.wav", "a/../b.wav", "a..b.wav", "a//b.wav", "a/", ".", "..", "./a.wav", "hello.wav/..", "hello.wav/.",
		"-hello.wav", "a:b.wav", "~/x.wav", "x.wav ", "x.", "x.wav.", "a.b/hello", "x.wav/file_string", "x.file_string/x",
		"x.wav@@1", "x.wav!y.wav", "x.wav&y.wav", "x.wav;y", "[x=y]x.wav", strings.Repeat("a", 197) + ".wav", "x.wäv",
	}, hostile[:3]...)
	for _, s := range bad {
		require.False(t, ValidFile(s), s)
	}
	for _, f := range noFiles {
		for _, s := range []string{
			"x." + f, "x." + strings.ToUpper(f), "dir/x." + f, "." + f, "dir/." + f, "x.wav." + f,
			f + "://x.wav", f + ":x.wav", f + "://x", "{a=b}" + f + "://x", "x." + f + "/", "x." + f + "/..",
		} {
			require.False(t, ValidFile(s), s)
			require.False(t, ValidRecording(s), s)
		}
	}
}

func TestValidRecording(t *testing.T) {
	for _, s := range []string{"hello.wav", "notes/hello.MP3"} {
		require.True(t, ValidRecording(s), s)
	}
	for _, s := range []string{"hello", "hello.PCMU", "a.wav/hello", "../hello.wav", "hello."} {
		require.False(t, ValidRecording(s), s)
	}
}

func TestValidDirectory(t *testing.T) {
	for _, s := range []string{"/recordings", "/var/lib/csta-recordings", "/srv/a.b/c_d"} {
		require.True(t, ValidDirectory(s), s)
	}
	for _, s := range append(hostile, "/", "relative", "/a/", "/a//b", "/a/../b", "/a/./b", "/a b", "/-a/$b", "//a", "/"+strings.Repeat("a", 200)) {
		require.False(t, ValidDirectory(s), s)
	}
}

// FuzzValidFile: a name that is let through stays under any root, and FreeSWITCH,
// which takes what follows the last dot of the whole path for the format, finds
// a format of files there, or none.
func FuzzValidFile(f *testing.F) {
	for _, s := range noFiles {
		f.Add("x." + s)
		f.Add(s + "://x")
		f.Add("x.wav/" + s)
	}
	for _, s := range hostile {
		f.Add(s + ".wav")
	}
	f.Fuzz(func(t *testing.T, s string) {
		if ValidRecording(s) && !ValidFile(s) {
			t.Fatalf("%q can be recorded and not played", s)
		}
		if !ValidFile(s) {
			return
		}
		const root = "/usr/share/sounds"
		full := root + "/" + s
		if path.Clean(full) != full || !strings.HasPrefix(full, root+"/") {
			t.Fatalf("%q leaves its root", s)
		}
		if strings.ContainsAny(s, ":!{}[]<>&|;,$%@\\'\"`~*?() \t\r\n\x00") || strings.HasPrefix(s, "-") {
			t.Fatalf("%q has syntax in it", s)
		}
		if dot := strings.LastIndexByte(full, '.'); dot >= 0 && Formats[strings.ToLower(full[dot+1:])] == 0 {
			t.Fatalf("%q is no file", s)
		}
	})
}
