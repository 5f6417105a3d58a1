package jsonwire

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

var update = flag.Bool("update", false, "write the schema and the examples anew")

// Where they are published.
var (
	schemaFile   = filepath.Join("..", "..", "docs", "json", "csta.schema.json")
	examplesFile = filepath.Join("..", "..", "docs", "json", "examples.jsonl")
)

// published compares a file with what is made now.
func published(t *testing.T, file string, now []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, now, 0o644))
	}
	is, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, bytes.Equal(is, now), "%s is not up to date: go test ./csta/jsonwire -update", file)
}

func TestSchemaIsPublished(t *testing.T) { published(t, schemaFile, Schema()) }

// compiled is the schema, ready to be held against frames.
func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("csta.schema.json", doc))
	s, err := c.Compile("csta.schema.json")
	require.NoError(t, err)
	return s
}

func valid(t testing.TB, s *jsonschema.Schema, frame []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(frame))
	require.NoError(t, err, "%s", frame)
	require.NoError(t, s.Validate(v), "%s", frame)
}

// invokeOf is a fitting number for a message.
func invokeOf(name string) uint16 {
	if ecma.CategoryOf(name) == ecma.EventMessage {
		return wire.EventInvoke
	}
	return 1
}

// examples are those of XML, by name, one a message.
func examples(t testing.TB) (names []string, docs [][]byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "ecma", "testdata", "examples", "ed6", "*.xml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		doc, err := os.ReadFile(file)
		require.NoError(t, err)
		name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".xml"), "-")
		names, docs = append(names, name), append(docs, doc)
	}
	return names, docs
}

// The examples of XML are published as JSON, are valid by the schema, and mean the same.
func TestExamplesArePublished(t *testing.T) {
	s := compiled(t)
	var all []byte
	names, docs := examples(t)
	for i, doc := range docs {
		want, _, err := ecma.Decode(doc)
		require.NoError(t, err)
		frame, err := Encode(nil, wire.Frame{Invoke: invokeOf(names[i]), Body: ecma.Append(nil, ecma.Edition6, want)})
		require.NoError(t, err)
		valid(t, s, frame)
		f, err := Decode(nil, frame)
		require.NoError(t, err)
		assert.Equal(t, invokeOf(names[i]), f.Invoke)
		got, _, err := ecma.Decode(f.Body)
		require.NoError(t, err, "%s", f.Body)
		assert.Equal(t, want, got)
		all = append(append(all, frame...), '\n')
	}
	published(t, examplesFile, all)
}

// What a message says of itself, its number above all, is told as well.
func TestNumberOfAMessage(t *testing.T) {
	s := compiled(t)
	at := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for _, e := range ecma.Events() {
		frame, err := Encode(nil, wire.Frame{Invoke: wire.EventInvoke, Body: ecma.AppendSecured(nil, ecma.Edition6, e.New(), ecma.Security{Number: 17, At: at})})
		require.NoError(t, err)
		valid(t, s, frame)
		assert.Contains(t, string(frame), `"extensions":{"security":{"messageSequenceNumber":17,"timeStamp":"2026-11-30T12:00:00.000Z"}}`)
		back, err := Decode(nil, frame)
		require.NoError(t, err)
		said, ok := ecma.SecurityOf(back.Body)
		require.True(t, ok)
		assert.Equal(t, ecma.Security{Number: 17, At: at}, said)
	}
}

// writer makes up documents by shapes.
type writer struct {
	*rand.Rand
	out []byte
}

func (w *writer) pick(s ...string) string { return s[w.IntN(len(s))] }

func (w *writer) element(s *ecma.Shape) {
	attribute := ""
	if s.Kind == ecma.Identifier && w.IntN(3) > 0 {
		attribute = ` typeOfNumber="` + w.pick("dialingNumber", "deviceNumber", "other") + `"`
	}
	w.out = fmt.Appendf(w.out, "<%s%s>", s.Name, attribute)
	w.content(s)
	w.out = fmt.Appendf(w.out, "</%s>", s.Name)
}

func (w *writer) content(s *ecma.Shape) {
	text := func(s string) { w.out = ecma.AppendText(w.out, s) }
	switch s.Kind {
	case ecma.Structure:
		for _, child := range s.Children {
			n := w.IntN(2)
			if child.Repeated {
				n = w.IntN(4)
			}
			if child.Required {
				n = 1
			}
			for range n {
				w.element(child)
			}
		}
	case ecma.Marks:
		for range w.IntN(3) {
			w.out = append(w.out, "<"...)
			name := w.pick("deviceIDOnly", "userData", "alerting")
			w.out = fmt.Appendf(w.out, "%s>true</%s>", name, name)
		}
	case ecma.Boolean:
		text(w.pick("true", "false"))
	case ecma.Number:
		text(w.pick("0", "7", "-500", "2147483647"))
	case ecma.Enumeration:
		text(w.pick(s.Values...))
	case ecma.HexText:
		text(w.pick("", "00FF", "C0FFEE00"))
	case ecma.Markup:
		w.out = append(w.out, w.pick("", "a &amp; b", `<a xmlns="urn:x"><b c="&quot;1&quot;">2</b><d></d></a>`, "<x>&#228;</x> ]] <y></y>")...)
	case ecma.Text, ecma.Identifier:
		text(w.pick("1000", "", "true", "17", `a <b> & "c" 'd' \ é € 𝄞`, "two\nlines\t\r", "null", "{}", "\u2028</script>"))
	}
}

// Every message of the registry, whatever is in it, comes back from JSON byte for byte as
// it was, and is valid by the schema on the way.
func TestRoundTripOfEveryMessage(t *testing.T) {
	s := compiled(t)
	w := writer{Rand: rand.New(rand.NewPCG(1, 2))}
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	for _, name := range ecma.Roots() {
		t.Run(name, func(t *testing.T) {
			for range rounds {
				w.out = fmt.Appendf(w.out[:0], `<?xml version="1.0" encoding="UTF-8"?><%s xmlns="%s">`, name, Edition)
				w.content(ecma.ShapeOf(name))
				w.out = fmt.Appendf(w.out, "</%s>", name)
				invoke := uint16(w.IntN(wire.MaxInvoke + 1))
				frame, err := Encode(nil, wire.Frame{Invoke: invoke, Body: w.out})
				require.NoError(t, err, "%s", w.out)
				valid(t, s, frame)
				back, err := Decode(nil, frame)
				require.NoError(t, err)
				require.Equal(t, invoke, back.Invoke)
				require.Equal(t, string(w.out), string(back.Body))
			}
		})
	}
}

func TestWhatClientsMayWrite(t *testing.T) {
	const ns = ` xmlns="http://www.ecma-international.org/standards/ecma-323/csta/ed6">`
	for frame, want := range map[string]string{
		`{"MakeCall":{"callingDevice":"1000","calledDirectoryNumber":{"number":"1001"}},"invokeID":7}`:                  `<MakeCall` + ns + `<callingDevice>1000</callingDevice><calledDirectoryNumber>1001</calledDirectoryNumber></MakeCall>`,
		` {"invokeID" : 7, "MakeCall" : {"callingDevice" : 1000 } } `:                                                   `<MakeCall` + ns + `<callingDevice>1000</callingDevice></MakeCall>`,
		`{"invokeID":7,"MakeCall":{"callingDevice":{"typeOfNumber":"deviceNumber","number":"02a&b"}}}`:                  `<MakeCall` + ns + `<callingDevice typeOfNumber="deviceNumber">02a&amp;b</callingDevice></MakeCall>`,
		`{"invokeID":7,"MakeCall":{"callingDevice":{"number":1000,"x":1},"userData":null}}`:                             `<MakeCall` + ns + `<callingDevice>1000</callingDevice></MakeCall>`,
		`{"invokeID":7,"Later":{"list":["a",true,2,{"b":{}}],"\u0061\u0031":"<&>"}}`:                                    `<Later` + ns + `<list>a</list><list>true</list><list>2</list><list><b></b></list><a1>&lt;&amp;&gt;</a1></Later>`,
		`{"invokeID":7,"CSTAErrorCode":{"unspecified":true}}`:                                                           `<CSTAErrorCode` + ns + `<unspecified></unspecified></CSTAErrorCode>`,
		`{"invokeID":7,"CSTAErrorCode":{"unspecified":false}}`:                                                          `<CSTAErrorCode` + ns + `</CSTAErrorCode>`,
		`{"invokeID":7,"AnswerCall":{"userData":{"private":"<a>1</a>"}}}`:                                               `<AnswerCall` + ns + `<userData><private><a>1</a></private></userData></AnswerCall>`,
		`{"invokeID":7,"MakeCall":{"a><b":1}}`:                                                                          ``,
		`{"invokeID":7,"MakeCall":{"":1}}`:                                                                              ``,
		`{"invokeID":7,"MakeCall":{"x":[[1]]}}`:                                                                         ``,
		`{"invokeID":7,"MakeCall":{"callingDevice":{"number":{}}}}`:                                                     ``,
		`{"invokeID":7,"MakeCall":{"userData":{"private":"</private></userData><authCode>47</authCode><u><p>"}}}`:       ``,
		`{"invokeID":7,"MakeCall":{"userData":{"private":"a & b"}}}`:                                                    ``,
		`{"invokeID":7,"MakeCall":{"userData":{"private":"<!DOCTYPE a>"}}}`:                                             ``,
		`{"invokeID":7,"MakeCall":{"userData":{"private":"<!-- "}}}`:                                                    ``,
		`{"invokeID":7,"MakeCall":{"a":` + strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40) + `}}`:           ``,
		`{"invokeID":7,"MakeCall":{"` + strings.Repeat("a", 64) + `":[` + strings.Repeat("1,", 2000) + `1]}}`:           ``,
		`{"invokeID":7,"MakeCall":{"callingDevice":[` + strings.Repeat(`{"number":"<<<<<<<<<<<<<<<<"},`, 2000) + `1]}}`: ``,
		`{"invokeID":7,"MakeCall":{"` + strings.Repeat("a", 65) + `":1}}`:                                               ``,
	} {
		f, err := Decode([]byte("before"), []byte(frame))
		require.NoError(t, err, frame)
		require.Equal(t, uint16(7), f.Invoke)
		if want != "" {
			assert.Equal(t, `<?xml version="1.0" encoding="UTF-8"?>`+want, string(f.Body), frame)
			continue
		}
		require.LessOrEqual(t, len(f.Body), 200)
		_, _, err = ecma.Decode(f.Body)
		var bad *ecma.DecodeError
		require.ErrorAs(t, err, &bad, "%.200s", frame)
		assert.Equal(t, "MakeCall", bad.Element)
		assert.Equal(t, ecma.ErrOperationGeneric, bad.Reply)
		assert.True(t, bad.Request)
	}
}

func TestWhatIsNoFrame(t *testing.T) {
	for frame, why := range map[string]string{
		``:                                   "unexpected end of JSON input",
		`[]`:                                 "an object is expected",
		`"MakeCall"`:                         "an object is expected",
		`{`:                                  "unexpected end of JSON input",
		`{}`:                                 "there is no message in it",
		`{"invokeID":1}`:                     "there is no message in it",
		`{"invokeID":1,"invokeID":2,"A":{}}`: "invokeID is there twice",
		`{"invokeID":10000,"A":{}}`:          "invokeID has to be a number from 0 to 9999",
		`{"invokeID":-1,"A":{}}`:             "invokeID has to be a number from 0 to 9999",
		`{"invokeID":1.5,"A":{}}`:            "invokeID has to be a number from 0 to 9999",
		`{"invokeID":"1","A":{}}`:            "invokeID has to be a number from 0 to 9999",
		`{"invokeID":null,"A":{}}`:           "invokeID has to be a number from 0 to 9999",
		`{"invokeID":{},"A":{}}`:             "invokeID has to be a number from 0 to 9999",
		`{"A":{},"B":{}}`:                    "there is more than one message in it",
		`{"A":{},"A":{}}`:                    "there is more than one message in it",
		`{"A B":{}}`:                         "no message has such a name",
		`{"A":[]}`:                           "A has to be an object",
		`{"A":1}`:                            "A has to be an object",
		`{"A":{}} {"A":{}}`:                  "invalid character '{' after top-level value",
		`{"A":{"b":` + "\"\xff\"" + `}}`:     "not UTF-8",
		`{"A":{}}` + strings.Repeat(" ", MaxFrame): "more than 65527 bytes",
		strings.Repeat("[", 60000):                 "exceeded max depth",
		`<MakeCall/>`:                              "invalid character '<' looking for beginning of value",
	} {
		_, err := Decode(nil, []byte(frame))
		var bad *FrameError
		require.ErrorAs(t, err, &bad, "%.200s", frame)
		require.ErrorIs(t, err, wire.ErrNoFrame)
		assert.Contains(t, bad.Reason, why)
	}
}

// What the server says is a document of ecma; another one is an error, not a frame.
func TestEncodeRefusesWhatIsNoDocument(t *testing.T) {
	for _, doc := range []string{"", "text", "<a>", "<a><b></a", `<HoldCall><connectionReservation>maybe</connectionReservation></HoldCall>`, "<MakeCall><userData><private><x>"} {
		out, err := Encode([]byte("kept"), wire.Frame{Body: []byte(doc)})
		assert.Error(t, err, doc)
		assert.Equal(t, "kept", string(out))
	}
}

// FuzzDecode: whatever a client sends is a frame or it is not; what the frame's document
// means survives the way back.
func FuzzDecode(f *testing.F) {
	names, docs := examples(f)
	for i, doc := range docs {
		m, _, err := ecma.Decode(doc)
		require.NoError(f, err)
		frame, err := Encode(nil, wire.Frame{Invoke: invokeOf(names[i]), Body: ecma.Append(nil, ecma.Edition6, m)})
		require.NoError(f, err)
		f.Add(frame)
	}
	f.Add([]byte(`{"MakeCall":{"callingDevice":"1","userData":{"private":"<a>"},"x":[1,[2]],"y":null,"z":{"":0}}}`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		got, err := Decode(nil, frame)
		if err != nil {
			require.ErrorIs(t, err, wire.ErrNoFrame)
			return
		}
		require.True(t, json.Valid(frame))
		require.LessOrEqual(t, len(got.Body), wire.MaxBody+2*maxName+MaxFrame)
		first, _, err := ecma.Decode(got.Body)
		if err != nil {
			var bad *ecma.DecodeError
			require.ErrorAs(t, err, &bad)
			require.NotEmpty(t, bad.Element, "it is known what is refused")
			return
		}
		settled, _, err := ecma.Decode(ecma.Append(nil, ecma.Edition6, first))
		require.NoError(t, err)
		doc := ecma.Append(nil, ecma.Edition6, settled)
		again, err := Encode(nil, wire.Frame{Invoke: got.Invoke, Body: doc})
		require.NoError(t, err, "%s", doc)
		require.True(t, json.Valid(again), "%s", again)
		if len(again) > MaxFrame {
			return
		}
		back, err := Decode(nil, again)
		require.NoError(t, err)
		require.Equal(t, got.Invoke, back.Invoke)
		last, _, err := ecma.Decode(back.Body)
		require.NoError(t, err, "%s", back.Body)
		require.Equal(t, settled, last)
	})
}

func BenchmarkEncodeEvent(b *testing.B) {
	var doc []byte
	names, docs := examples(b)
	for i, name := range names {
		if name == "DeliveredEvent" {
			doc = docs[i]
		}
	}
	var out []byte
	for b.Loop() {
		var err error
		if out, err = Encode(out[:0], wire.Frame{Invoke: wire.EventInvoke, Body: doc}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeMakeCall(b *testing.B) {
	frame := []byte(`{"invokeID":7,"MakeCall":{"callingDevice":{"number":"1000"},"calledDirectoryNumber":{"number":"1001"},"autoOriginate":"doNotPrompt"}}`)
	var out []byte
	for b.Loop() {
		f, err := Decode(out[:0], frame)
		if err != nil {
			b.Fatal(err)
		}
		out = f.Body
	}
}
