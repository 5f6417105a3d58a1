package ecma

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// privateCall is a request with private XML in its user data.
func privateCall(declarations, content string) []byte {
	return []byte(`<MakeCall xmlns="urn:csta" ` + declarations + `><callingDevice>1000</callingDevice><calledDirectoryNumber>1001</calledDirectoryNumber>` +
		`<userData><private>` + content + `</private></userData></MakeCall>`)
}

// Private XML goes to other clients, whose parsers know namespaces: what they would
// take for no XML must not reach them.
func TestPrivateXMLIsXMLForAll(t *testing.T) {
	for what, content := range map[string]string{
		"element that begins with a colon":   `<:x/>`,
		"element that ends with a colon":     `<x:></x:>`,
		"attribute that begins with a colon": `<x :a="1"/>`,
		"declaration of no prefix":           `<x xmlns:="urn:x"/>`,
		"XML's namespace, as the default":    `<x xmlns="http://www.w3.org/XML/1998/namespace"/>`,
		"XML's namespace, with a prefix":     `<p:x xmlns:p="http://www.w3.org/XML/1998/namespace"/>`,
		"the namespace of declarations":      `<y><x xmlns="http://www.w3.org/2000/xmlns/"/></y>`,
	} {
		_, _, err := Decode(privateCall("", content))
		var bad *DecodeError
		if assert.ErrorAs(t, err, &bad, what) {
			assert.Equal(t, ErrInvalidParameterValue, bad.Reply, what)
		}
	}
	m, _, err := Decode(privateCall("", `<xml:x xml:lang="en" p:a="1" a="2"/>`))
	require.NoError(t, err)
	require.Equal(t, `<x xmlns="" a="2"></x>`, m.(*MakeCall).UserData.Private)
}

// A prefix is short, and the namespace that it stands for may be long.
func TestPrivateXMLDoesNotGrow(t *testing.T) {
	long, many := `xmlns:n="`+strings.Repeat("n", 25_000)+`"`, strings.Repeat(`<n:x/>`, 5_000)
	grown := func(doc []byte) (bytes uint64, err error) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err = Decode(doc)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc, err
	}
	bytes, err := grown(privateCall(long, many))
	var bad *DecodeError
	require.ErrorAs(t, err, &bad)
	require.Equal(t, ErrValueOutOfRange, bad.Reply)
	require.Less(t, bytes, uint64(20<<20))

	bytes, err = grown([]byte(`<CallClearedEvent ` + long + `><monitorCrossRefID>7</monitorCrossRefID><clearedCall><callID>1</callID></clearedCall><correlatorData><private>` +
		many + `</private></correlatorData><cause>normal</cause></CallClearedEvent>`))
	require.NoError(t, err, "what is not asked for is not refused")
	require.Less(t, bytes, uint64(20<<20))
}
