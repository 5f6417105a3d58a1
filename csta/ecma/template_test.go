package ecma

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
)

// setText sets a string field of that name, if the message has one.
func setText(m Message, field, text string) {
	if f := reflect.ValueOf(m).Elem().FieldByName(field); f.IsValid() {
		f.SetString(text)
	}
}

func TestTemplateIsAppendWithHoles(t *testing.T) {
	var tmpl Template // reused over all events
	for _, e := range Events() {
		for _, local := range []LocalConnectionState{"", StateNull, StateAlerting} {
			for _, ev := range []Message{fullMessage(t, e.New), e.New()} {
				setText(ev, "LocalConnectionInfo", "queued")
				tmpl.Compile(Edition5, ev.(Event))
				setText(ev, "MonitorCrossRefID", `7&"8"`)
				setText(ev, "LocalConnectionInfo", string(local))
				assert.Equal(t, "before "+string(Append(nil, Edition5, ev)), string(tmpl.Append([]byte("before "), `7&"8"`, local)))
			}
		}
	}
}

func TestAppendLeavesWhatIsThere(t *testing.T) {
	dst := make([]byte, 8, 4096)
	copy(dst, "12345678")
	got := Append(dst, "", &MonitorStopResponse{})
	assert.Equal(t, `12345678<?xml version="1.0" encoding="UTF-8"?><MonitorStopResponse/>`, string(got))
	assert.Same(t, &dst[0], &got[0])
}

func TestAppendText(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"plain text, 0-9*#":         "plain text, 0-9*#",
		`<a href="x">&'</a>`:        `&lt;a href=&quot;x&quot;&gt;&amp;'&lt;/a&gt;`,
		"Müller €𝄞":                 "M&#252;ller &#8364;&#119070;",
		"tab\tline\nreturn\r":       "tab&#9;line&#10;return&#13;",
		"a\x00b\x01c\x1fd\ufffee":   "abcde",
		"bad \xff\xc3":              "bad &#65533;&#65533;",
		"del\x7f":                   "del\x7f",
		"12345678<2345678":          "12345678&lt;2345678",
		"1234567\x80":               "1234567&#65533;",
		"exactly8\"exactly8exactly": "exactly8&quot;exactly8exactly",
	} {
		assert.Equal(t, want, string(appendText(nil, in)), "%q", in)
	}
}

func TestPlainPrefixAgreesWithIsPlain(t *testing.T) {
	for length := range 20 {
		for at := range length {
			for b := range 256 {
				s := []byte("abcdefghijklmnopqrst"[:length])
				s[at] = byte(b)
				n := plainPrefix(string(s))
				for i := range n {
					assert.True(t, isPlain(s[i]), "%q", s)
				}
				if isPlain(byte(b)) {
					assert.Equal(t, length, n, "%q", s)
				}
			}
		}
	}
}

func TestEncodingDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector lets pools forget what they hold")
	}
	for _, e := range Events() {
		ev := fullMessage(t, e.New).(Event)
		buf := make([]byte, 0, 16<<10)
		assert.Zero(t, testing.AllocsPerRun(100, func() { buf = Append(buf[:0], Edition6, ev) }), e.Name)
		var tmpl Template
		tmpl.Compile(Edition6, ev)
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			tmpl.Compile(Edition6, ev)
			buf = tmpl.Append(buf[:0], "1007", StateAlerting)
		}), e.Name)
	}
}
