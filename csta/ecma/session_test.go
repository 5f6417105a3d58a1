package ecma

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSessionMessagesSurviveAppendAndDecode(t *testing.T) {
	for name, r := range sessionRoots {
		assert.Equal(t, name, r.new().Element())
		for _, reason := range []SessionReason{{Defined: SessionInvalidSessionID}, {Own: "closed <for> lunch"}} {
			samples[reflect.TypeFor[SessionReason]()] = reason
			m := r.new()
			fill(t, reflect.ValueOf(m).Elem(), name)
			got, ed, err := Decode(Append(nil, ApplicationSession, m))
			require.NoError(t, err)
			assert.Equal(t, ApplicationSession, ed)
			assert.Equal(t, m, got)
		}
	}
}

func TestSessionMessagesAsTheStandardWritesThem(t *testing.T) {
	const ns = ` xmlns="http://www.ecma-international.org/standards/ecma-354/appl_session"`
	for want, m := range map[string]Message{
		`<StartApplicationSession` + ns + `><applicationInfo><applicationID>dialer</applicationID></applicationInfo>` +
			`<requestedProtocolVersions><protocolVersion>http://www.ecma-international.org/standards/ecma-323/csta/ed4</protocolVersion></requestedProtocolVersions>` +
			`<requestedSessionDuration>180</requestedSessionDuration></StartApplicationSession>`: &StartApplicationSession{"dialer", []string{string(Edition4)}, IntOf(180)},
		`<StartApplicationSessionPosResponse` + ns + `><sessionID>s1</sessionID>` +
			`<actualProtocolVersion>http://www.ecma-international.org/standards/ecma-323/csta/ed4</actualProtocolVersion>` +
			`<actualSessionDuration>180</actualSessionDuration></StartApplicationSessionPosResponse>`: &StartApplicationSessionPosResponse{"s1", string(Edition4), IntOf(180)},
		`<StartApplicationSessionNegResponse` + ns + `><errorCode><definedError>serverResourcesBusy</definedError></errorCode></StartApplicationSessionNegResponse>`:                        &StartApplicationSessionNegResponse{SessionReason{Defined: SessionServerResourcesBusy}},
		`<ApplicationSessionTerminated` + ns + `><sessionID>s1</sessionID><sessionTermReason><serverTermReason>lunch</serverTermReason></sessionTermReason></ApplicationSessionTerminated>`: &ApplicationSessionTerminated{"s1", SessionReason{Own: "lunch"}},
		`<StopApplicationSessionPosResponse` + ns + `/>`: &StopApplicationSessionPosResponse{},
	} {
		assert.Equal(t, declaration+want, string(Append(nil, ApplicationSession, m)))
	}
}

func TestStatusFilter(t *testing.T) {
	var f StatusFilter
	for _, b := range statusFilterBits {
		assert.False(t, f.Suppresses(b.status))
		f = f.With(b.status)
		assert.True(t, f.Suppresses(b.status))
	}
	assert.False(t, f.Suppresses("tea"))
	assert.Equal(t, f, f.With("tea"))
}
