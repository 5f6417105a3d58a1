package main

import (
	"bytes"
	"encoding/xml"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
)

func TestLadderOfARecording(t *testing.T) {
	var out, errs bytes.Buffer
	trace := filepath.Join("testdata", "traces", "consultation-and-transfer-call-1.11.jsonl")
	require.Equal(t, exitOK, run(t.Context(), []string{"ladder", "--replay", trace}, streams{strings.NewReader(""), &out, &errs}), errs.String())
	assert.Equal(t, `
       1000                     1001                     1002
0.033  o ServiceInitiated 1     |                        |
0.043  |----- Originated 1 ---->|                        |
0.043  |----- Delivered 1 ----->|                        |
0.070  |<--- Established 1 -----|                        |
0.191  o Held 1                 |                        |
0.191  o ServiceInitiated 2     |                        |
0.192  |----------------- Originated 2 ----------------->|
0.248  |------------------ Delivered 2 ----------------->|
0.290  |<---------------- Established 2 -----------------|
0.466  |----------------- Transfered 1 ----------------->|
0.931  |                        |                        o ConnectionCleared 1
0.938  |                        o ConnectionCleared 1    |
1 = 947f5322-b307-45f7-a8fb-d56af9c3cfcb
2 = aa75f9d6-8993-4ad2-9051-1f2be84ab124
`, "\n"+out.String())

	out.Reset()
	require.Equal(t, exitOK, run(t.Context(), []string{"ladder", "--svg", "--replay", trace}, streams{strings.NewReader(""), &out, &errs}))
	words, arrows := 0, 0
	picture := xml.NewDecoder(&out)
	for {
		token, err := picture.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		if e, ok := token.(xml.StartElement); ok {
			switch {
			case e.Name.Local == "text":
				words++
			case e.Name.Local == "line" && e.Attr[len(e.Attr)-1].Name.Local == "marker-end":
				arrows++
			}
		}
	}
	assert.Equal(t, 3+2*12+2, words, "devices, times and events, calls")
	assert.Equal(t, 7, arrows)
}

func TestLadderOfWhatHappens(t *testing.T) {
	d := newDesk(t)
	out, errs, end := d.watch("ladder", "1000", "1001")
	errs.await(t, "on 1001")
	require.Equal(t, exitOK, d.phone("1000", "dial", "1001").code)
	require.Equal(t, exitOK, d.phone("1001", "answer").code)
	d.site.sw.Phone("1000").HangUpAll()
	require.Eventually(t, func() bool { return strings.Contains(d.run("snapshot", "1001").out, "has no calls") }, 10*time.Second, 5*time.Millisecond)
	require.Equal(t, exitOK, end(), errs.String())
	assert.Regexp(t, `(?s)^ +1000 +1001\n.*\|-+ Delivered -+>\|.*\|<-+ Established -+\|.* o ConnectionCleared`, out.String())
	assert.Equal(t, 1, strings.Count(out.String(), "Delivered"), "two monitors, one event")

	assert.Equal(t, exitFailed, d.run("ladder").code)
	assert.Equal(t, exitFailed, d.run("ladder", "--replay", filepath.Join(t.TempDir(), "none")).code)
}

// Whatever an event holds, and whatever the server calls its devices, can be drawn.
func TestEveryEventCanBeDrawn(t *testing.T) {
	l := &ladder{}
	for _, e := range ecma.Events() {
		l.add("1", "1", e.New().(ecma.Event))
	}
	strange := ecma.Subscriber("<1000>\n\x1b[2J&")
	for range 2 {
		l.add("2", "1", &ecma.DeliveredEvent{
			Connection: ecma.ConnectionID{CallID: "<c>", Device: strange}, AlertingDevice: ecma.Device(strange), CallingDevice: ecma.Device(ecma.Subscriber("1001")),
		})
	}
	assert.Equal(t, len(ecma.Events())+2, strings.Count(l.text(), "\n")-1, "one monitor that tells the same twice tells of two events")
	assert.NotContains(t, l.text(), "\x1b")
	assert.NoError(t, xml.Unmarshal([]byte(l.svg()), new(struct{})))
	assert.NotContains(t, l.svg(), "<1000>")
	for event := range courses {
		known := false
		for _, e := range ecma.Events() {
			known = known || e.Name == event
		}
		assert.True(t, known, event)
	}
}
