package server

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
)

// startText is a StartApplicationSession for one protocol version.
func startText(space, version, duration string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><StartApplicationSession` + space + `><applicationInfo><applicationID>dialer</applicationID></applicationInfo>` +
		`<requestedProtocolVersions><protocolVersion>3.0</protocolVersion><protocolVersion>` + version + `</protocolVersion></requestedProtocolVersions>` +
		`<requestedSessionDuration>` + duration + `</requestedSessionDuration></StartApplicationSession>`
}

const leaseSpace = ` xmlns="` + string(ecma.ApplicationSession) + `"`

func TestApplicationSession(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	// The ID is any: it is written as ID here.
	ask := func(request, answer string) {
		t.Helper()
		p.send(3, strings.ReplaceAll(request, ">ID<", ">"+p.session+"<"))
		got := p.next()
		require.Equal(t, answer, strings.ReplaceAll(body(got), ">"+p.session+"<", ">ID<"))
		require.EqualValues(t, 3, got.Invoke)
	}
	ask(startText(leaseSpace, ed6, "180"),
		`<StartApplicationSessionPosResponse`+leaseSpace+`><sessionID>ID</sessionID><actualProtocolVersion>`+ed6+`</actualProtocolVersion><actualSessionDuration>180</actualSessionDuration></StartApplicationSessionPosResponse>`)
	assert.Equal(t, ecma.Edition6, s.(*client).spokenEdition())
	ask(startText(leaseSpace, ed6, "180"),
		`<StartApplicationSessionNegResponse`+leaseSpace+`><errorCode><definedError>maxNumberSessions</definedError></errorCode></StartApplicationSessionNegResponse>`)
	ask(`<ResetApplicationSessionTimer`+leaseSpace+`><sessionID>ID</sessionID><requestedSessionDuration>99999999</requestedSessionDuration></ResetApplicationSessionTimer>`,
		`<ResetApplicationSessionTimerPosResponse`+leaseSpace+`><actualSessionDuration>86400</actualSessionDuration></ResetApplicationSessionTimerPosResponse>`)
	ask(`<ResetApplicationSessionTimer`+leaseSpace+`><sessionID>s2</sessionID><requestedSessionDuration>10</requestedSessionDuration></ResetApplicationSessionTimer>`,
		`<ResetApplicationSessionTimerNegResponse`+leaseSpace+`><errorCode><definedError>invalidSessionID</definedError></errorCode></ResetApplicationSessionTimerNegResponse>`)
	ask(`<StopApplicationSession`+leaseSpace+`><sessionID>s2</sessionID></StopApplicationSession>`,
		`<StopApplicationSessionNegResponse`+leaseSpace+`><errorCode><definedError>invalidSessionID</definedError></errorCode></StopApplicationSessionNegResponse>`)
	ask(`<StopApplicationSession`+leaseSpace+`><sessionID>ID</sessionID><sessionEndReason><definedEndReason>normal</definedEndReason></sessionEndReason></StopApplicationSession>`,
		`<StopApplicationSessionPosResponse`+leaseSpace+`/>`)
	// The connection goes on without it, and may have another one.
	ask(`<SystemStatus/>`, `<SystemStatusResponse/>`)
	ask(startText(leaseSpace, ed3, "0"),
		`<StartApplicationSessionPosResponse`+leaseSpace+`><sessionID>ID</sessionID><actualProtocolVersion>`+ed3+`</actualProtocolVersion><actualSessionDuration>180</actualSessionDuration></StartApplicationSessionPosResponse>`)
}

func TestApplicationSessionDialects(t *testing.T) {
	vendor := ed3 + "/priv5"
	for _, c := range []struct{ name, request, want string }{
		{"no namespace", startText("", ed4, "60"), `<StartApplicationSessionPosResponse>`},
		{"CSTA namespace", startText(` xmlns="`+ed3+`"`, ed4, "60"), `<StartApplicationSessionPosResponse xmlns="` + ed3 + `">`},
		{"prefix", strings.NewReplacer("<StartA", "<a:StartA", "</StartA", "</a:StartA").Replace(startText(` xmlns:a="`+string(ecma.ApplicationSession)+`"`, ed4, "60")), `<StartApplicationSessionPosResponse` + leaseSpace + `>`},
		{"vendor's version", startText("", vendor, "60"), `<actualProtocolVersion>` + vendor + `</actualProtocolVersion>`},
		{"unknown version", startText("", "urn:other", "60"), `<StartApplicationSessionNegResponse><errorCode><definedError>requestedProtocolVersionNotSupported</definedError>`},
		{"edition to come", startText("", strings.Replace(ed6, "ed6", "ed7", 1), "60"), `requestedProtocolVersionNotSupported`},
		{"cut version", startText("", strings.TrimSuffix(ed6, "6"), "60"), `requestedProtocolVersionNotSupported`},
		{"no versions", `<StartApplicationSession><applicationInfo><applicationID>x</applicationID></applicationInfo><requestedProtocolVersions/></StartApplicationSession>`, `requestedProtocolVersionNotSupported`},
		{"no application", strings.Replace(startText("", ed4, "60"), "dialer", "", 1), `invalidApplicationInfo`},
		{"nothing", `<StartApplicationSession/>`, `<CSTAErrorCode`},
		{"ISO-8859-1", strings.Replace(startText("", ed4, "60"), "UTF-8", "ISO-8859-1", 1), `<StartApplicationSessionPosResponse>`},
		{"no duration", strings.Replace(startText("", ed4, "60"), "<requestedSessionDuration>60</requestedSessionDuration>", "", 1), `<actualSessionDuration>180<`},
		{"too long", startText("", ed4, "999999999"), `<actualSessionDuration>86400<`},
		{"not well-formed", `<StartApplicationSession><a></StartApplicationSession>`, `<operation>generic</operation>`},
		{"document type", `<!DOCTYPE x><StartApplicationSession/>`, `<operation>generic</operation>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, Options{})
			p, _ := f.join(t)
			p.send(3, c.request)
			assert.Contains(t, body(p.next()), c.want)
		})
	}
}

// A lease that is not renewed ends the connection.
func TestApplicationSessionExpires(t *testing.T) {
	f := start(t, Options{}, func(s *Server) { s.limits.lease = 50 * time.Millisecond })
	p, s := f.join(t)
	p.send(0, startText(leaseSpace, ed4, "180"))
	p.next()
	got := p.next()
	assert.Equal(t, `<ApplicationSessionTerminated`+leaseSpace+`><sessionID>`+p.session+`</sessionID><sessionTermReason><definedTermReason>sessionTimerExpired</definedTermReason></sessionTermReason></ApplicationSessionTerminated>`, body(got))
	p.expectClosed()
	p.Close()
	assert.Same(t, s, receive(t, f.engine.closed))
	require.Eventually(t, func() bool { return contains(f.log, errLease.Error()) }, patience, time.Millisecond)
}

func TestStoppedApplicationSessionDoesNotExpire(t *testing.T) {
	f := start(t, Options{}, func(s *Server) { s.limits.lease = 100 * time.Millisecond })
	p, _ := f.join(t)
	p.send(0, startText("", ed4, "1"))
	p.next()
	p.send(1, p.stopText())
	p.expect(1, `<StopApplicationSessionPosResponse`+leaseSpace+`/>`)
	p.quiet(300 * time.Millisecond)
}
