package ecma

import (
	"reflect"
	"strings"
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
			`<requestedSessionDuration>180</requestedSessionDuration></StartApplicationSession>`: &StartApplicationSession{"dialer", []string{string(Edition4)}, IntOf(180), SessionLogin{}},
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

// Makers put their logins into namespaces of their own, and some into elements of their
// own as well.
func TestLoginsOfManyMakers(t *testing.T) {
	want := SessionLogin{User: "crm", Password: " p&ss ", SessionID: "s7", CleanupDelay: IntOf(60)}
	const inside = `<userName>crm</userName><password> p&amp;ss </password><sessionCleanupDelay>60</sessionCleanupDelay><sessionID>s7</sessionID>`
	for name, info := range map[string]string{
		"Avaya's":           `<SessionLoginInfo xmlns="http://www.avaya.com/csta">` + inside + `</SessionLoginInfo>`,
		"with a prefix":     `<e:SessionLoginInfo xmlns:e="http://www.eltex.org/csta"><e:userName>crm</e:userName><e:password> p&amp;ss </e:password><e:sessionID>s7</e:sessionID><e:sessionCleanupDelay>60</e:sessionCleanupDelay></e:SessionLoginInfo>`,
		"without one":       `<SessionLoginInfo>` + inside + `</SessionLoginInfo>`,
		"further down":      `<x><y/><private><SessionLoginInfo>` + inside + `</SessionLoginInfo></private></x>`,
		"by another name":   `<SessionLoginInfo>` + strings.ReplaceAll(inside, "userName", "user") + `</SessionLoginInfo>`,
		"with other things": `<other>1</other><SessionLoginInfo>` + inside + `<more/></SessionLoginInfo>`,
	} {
		m, _, err := Decode([]byte(`<StartApplicationSession><applicationInfo><applicationID>x</applicationID><applicationSpecificInfo>` + info +
			`</applicationSpecificInfo></applicationInfo><requestedProtocolVersions/></StartApplicationSession>`))
		require.NoError(t, err, name)
		assert.Equal(t, want, m.(*StartApplicationSession).Login, name)
	}
	for name, info := range map[string]string{
		"none":               `<applicationSpecificInfo><password>x</password></applicationSpecificInfo>`,
		"elsewhere":          `<SessionLoginInfo><userName>crm</userName></SessionLoginInfo>`,
		"odd delay, no name": `<applicationSpecificInfo><SessionLoginInfo><sessionCleanupDelay>soon</sessionCleanupDelay></SessionLoginInfo></applicationSpecificInfo>`,
	} {
		m, _, err := Decode([]byte(`<StartApplicationSession><applicationInfo><applicationID>x</applicationID>` + info + `</applicationInfo><requestedProtocolVersions/></StartApplicationSession>`))
		require.NoError(t, err, name)
		assert.Zero(t, m.(*StartApplicationSession).Login, name)
	}
	_, _, err := Decode([]byte(`<StartApplicationSession><applicationInfo><applicationSpecificInfo><SessionLoginInfo><password>` + strings.Repeat("x", maxLogin+1) +
		`</password></SessionLoginInfo></applicationSpecificInfo></applicationInfo><requestedProtocolVersions/></StartApplicationSession>`))
	require.Error(t, err)
}

// Whatever stands where makers put their logins is a login of bounded length, or none.
func FuzzLogin(f *testing.F) {
	f.Add(`<SessionLoginInfo><userName>crm</userName><password>x</password></SessionLoginInfo>`)
	f.Add(`<a:x xmlns:a="urn:a"><a:SessionLoginInfo><a:user>crm</a:user><a:password><b/>x</a:password><a:sessionCleanupDelay>-1</a:sessionCleanupDelay></a:SessionLoginInfo></a:x>`)
	f.Fuzz(func(t *testing.T, info string) {
		m, _, err := Decode([]byte(`<StartApplicationSession><applicationInfo><applicationID>x</applicationID><applicationSpecificInfo>` + info +
			`</applicationSpecificInfo></applicationInfo><requestedProtocolVersions/></StartApplicationSession>`))
		if err != nil {
			return
		}
		if start, is := m.(*StartApplicationSession); is {
			l := start.Login
			require.LessOrEqual(t, max(len(l.User), len(l.Password), len(l.SessionID)), maxLogin)
			again, _, err := Decode(Append(nil, ApplicationSession, start))
			require.NoError(t, err)
			require.Equal(t, l.User, again.(*StartApplicationSession).Login.User)
			require.Equal(t, l.Password, again.(*StartApplicationSession).Login.Password)
		}
	})
}
