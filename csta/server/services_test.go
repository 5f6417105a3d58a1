package server

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
)

func TestDocumentationListsWhatIsServed(t *testing.T) {
	page, err := os.ReadFile("../../docs/services.md")
	require.NoError(t, err)
	table := ecma.Markdown(Has)
	require.Contains(t, string(page), table, "the table of docs/services.md should read:\n%s", table)
}

// What is served has a place in GetCSTAFeatures' answer, and one place that serves it.
func TestWhatIsServedIsAnnounced(t *testing.T) {
	known := map[string]ecma.Entry{}
	for _, e := range ecma.Services() {
		known[e.Name] = e
	}
	for _, name := range append(engine.Services(), ownServices...) {
		e := known[name]
		require.NotEmpty(t, e.Feature, name)
		require.NotEqual(t, ecma.SwitchToClient, e.Direction, name)
		require.NotNil(t, e.NewResponse, name)
	}
	for _, own := range ownServices {
		require.NotContains(t, engine.Services(), own)
	}
}

// A service that nobody serves is refused as such, whatever its parameters are like:
// every known one, whether its message has a type here or not.
func TestParametersOfAServiceNotServed(t *testing.T) {
	f := start(t, Options{})
	f.engine.answer(func(engine.Request) ecma.Message { return ecma.ErrServiceNotSupported })
	p, _ := f.join(t)
	roots, err := os.ReadFile("../ecma/known_roots.txt")
	require.NoError(t, err)
	refused := 0
	for _, name := range strings.Fields(string(roots)) {
		if ecma.CategoryOf(name) != ecma.RequestMessage || Has(name) || ours[name] {
			continue
		}
		refused++
		for _, parameters := range []string{
			"",
			"<device/>",
			"<callToBePickedUp><callID>1</callID><deviceID>1</deviceID></callToBePickedUp>",
			"<device typeOfNumber='nonsense'>1</device><serviceCrossRefID/>",
			"<device></call>",
			"<a b='&nothing;'>",
		} {
			p.send(1, "<"+name+">"+parameters+"</"+name+">")
			require.Contains(t, body(p.next()), "<operation>serviceNotSupported</operation>", "%s with parameters %q", name, parameters)
		}
	}
	require.Greater(t, refused, 60)
}

// A client that sends what only a switching function may send gets no answer, however
// it is written.
func TestRequestsOfOursAreNotAnswered(t *testing.T) {
	f := start(t, Options{})
	p, _ := f.join(t)
	for name := range ours {
		p.send(1, "<"+name+"/>")
		p.send(2, "<"+name+"><device></call></"+name+">")
	}
	p.send(3, "<SystemStatus><systemStatus>normal</systemStatus></SystemStatus>")
	require.Contains(t, body(p.next()), "SystemStatusResponse")
}
