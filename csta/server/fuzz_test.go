package server

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/wire"
)

// FuzzReceive: whatever a client sends in a frame brings at most one answer,
// with its invoke ID, that can be decoded; and the session stays usable.
func FuzzReceive(f *testing.F) {
	for _, doc := range []string{
		makeCallText, `<SystemStatus/>`, `<SystemRegister><requestTypes/></SystemRegister>`, `<SystemRegisterCancel/>`,
		`<RequestSystemStatus xmlns="x"><sysStatRegisterID>1</sysStatRegisterID></RequestSystemStatus>`,
		startText(leaseSpace, ed4, "60"), `<StopApplicationSession><sessionID>s1</sessionID></StopApplicationSession>`,
		`<DeliveredEvent/>`, `<SystemStatusResponse/>`, `<`, ``, "\x00", `<!DOCTYPE a>`,
	} {
		f.Add([]byte(doc))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		if len(doc) > wire.MaxBody {
			return
		}
		e := newFakeEngine()
		e.answer(func(engine.Request) ecma.Message { return ecma.ErrServiceNotSupported })
		s := idle(e)
		defer s.stopTimers()
		for _, frame := range []wire.Frame{{Invoke: 42, Body: doc}, {Invoke: 43, Body: []byte(`<SystemStatus/>`)}} {
			require.True(t, s.receive(frame))
			for len(s.inbox) > 0 {
				s.serve(<-s.inbox)
			}
		}
		require.Empty(t, s.outstanding)
		out := wire.NewReader(bytes.NewReader(s.out.pending))
		got, err := out.Next()
		require.NoError(t, err)
		if got.Invoke == 42 {
			_, _, err := ecma.Decode(got.Body)
			require.NoError(t, err, "%s", got.Body)
			got, err = out.Next()
			require.NoError(t, err)
		}
		require.Equal(t, uint16(43), got.Invoke)
		require.True(t, strings.HasSuffix(string(got.Body), `<SystemStatusResponse/>`))
		_, err = out.Next()
		require.Error(t, err)
	})
}
