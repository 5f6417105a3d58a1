package server

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
)

// Nothing counts as served because the registry says so, nor is anything served that it
// does not announce.
func TestTheRegistryAnnouncesWhatIsServed(t *testing.T) {
	var announced []string
	for _, e := range ecma.Services() {
		if e.Implemented && e.Direction != ecma.SwitchToClient {
			announced = append(announced, e.Name)
		}
	}
	served := slices.Concat(engine.Services(), slices.Collect(maps.Keys(systemServices)))
	require.ElementsMatch(t, announced, served)
}

// A service that nobody serves is refused as such, whatever its parameters are like.
func TestParametersOfAServiceNotServed(t *testing.T) {
	f := start(t, Options{})
	f.engine.reply = func(engine.Request) ecma.Message { return ecma.ErrServiceNotSupported }
	p, _ := f.join(t)
	for _, e := range ecma.Services() {
		if e.Implemented || e.Direction == ecma.SwitchToClient {
			continue
		}
		for _, parameters := range []string{"", "<device/>", "<callToBePickedUp><callID>1</callID><deviceID>1</deviceID></callToBePickedUp>"} {
			p.send(1, "<"+e.Name+">"+parameters+"</"+e.Name+">")
			require.Contains(t, body(p.next()), "<operation>serviceNotSupported</operation>", "%s with parameters %q", e.Name, parameters)
		}
	}
}
