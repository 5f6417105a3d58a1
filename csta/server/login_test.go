package server

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/applications"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
)

// entries are the parameters of applications, as "name parameter value".
func entries(lines ...string) []applications.Entry {
	var list []applications.Entry
	for _, line := range lines {
		part := strings.SplitN(line, " ", 3)
		list = append(list, applications.Entry{Application: part[0], Name: part[1], Value: part[2]})
	}
	return list
}

func setOf(t *testing.T, directory bool, lines ...string) applications.Set {
	t.Helper()
	set, _, err := applications.Parse(entries(lines...), directory)
	require.NoError(t, err)
	return set
}

// loginText is a StartApplicationSession with a login.
func loginText(user, password string) string {
	return strings.Replace(startText(leaseSpace, ed6, "180"), "</applicationID>",
		`</applicationID><applicationSpecificInfo><l:SessionLoginInfo xmlns:l="urn:maker"><l:userName>`+user+`</l:userName><l:password>`+password+`</l:password></l:SessionLoginInfo></applicationSpecificInfo>`, 1)
}

const refusedLogin = "<definedError>invalidApplicationInfo</definedError>"

// ask is the answer to a request, as text.
func (p *peer) ask(request string) string {
	p.t.Helper()
	p.send(7, request)
	return body(p.next())
}

// may is what a session has been granted last, by the application's name: "everything"
// without applications.
func (f *fixture) may(s engine.Session) string {
	f.engine.mu.Lock()
	defer f.engine.mu.Unlock()
	list := f.engine.granted[s]
	if len(list) == 0 || list[len(list)-1] == nil {
		return "everything"
	}
	return list[len(list)-1].Application
}

// quickly lets logins that fail be answered soon.
func quickly(srv *Server) { srv.limits.wrongLogin = 20 * time.Millisecond }

func TestWithoutApplications(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	assert.Contains(t, p.ask(loginText("whoever", "whatever")), "PosResponse")
	assert.Equal(t, "everything", f.may(s))
	assert.Contains(t, f.log.String(), "whoever reaches the port may watch and steer every device")
	assert.Zero(t, f.Stats().LoginsRight+f.Stats().LoginsWrong)
}

func TestLogin(t *testing.T) {
	f := start(t, Options{Applications: setOf(t, false, "crm secret s3cret-word", "crm devices 1000", "board secret other")}, quickly)
	p, s := f.join(t)
	require.Eventually(t, func() bool { return f.may(s) == "" }, patience, time.Millisecond, "nobody")
	assert.Contains(t, p.ask(`<RequestSystemStatus/>`), "RequestSystemStatusResponse", "status is for everybody")
	assert.Contains(t, p.ask(startText(leaseSpace, ed6, "180")), refusedLogin, "it has to say who it is")
	for _, wrong := range [][2]string{{"crm", "other"}, {"crm", ""}, {"nobody", "s3cret-word"}, {"board", "s3cret-word"}, {"CRM", "s3cret-word"}} {
		begun := time.Now()
		assert.Contains(t, p.ask(loginText(wrong[0], wrong[1])), refusedLogin, "%v", wrong)
		assert.GreaterOrEqual(t, time.Since(begun), 20*time.Millisecond)
		assert.Equal(t, "", f.may(s))
	}
	assert.Contains(t, p.ask(loginText("crm", "s3cret-word")), "<sessionID>")
	assert.Equal(t, "crm", f.may(s))
	one := f.Stats().Sessions[0]
	assert.Equal(t, "crm", one.Application)
	assert.Equal(t, "login", one.By)
	assert.Contains(t, p.ask(loginText("board", "other")), "maxNumberSessions")
	assert.Contains(t, p.ask(p.stopText()), "PosResponse")
	assert.Equal(t, "", f.may(s), "the login ends with its application session")
	assert.Contains(t, p.ask(loginText("board", "other")), "PosResponse")
	assert.Equal(t, "board", f.may(s))
	st := f.Stats()
	assert.Equal(t, []uint64{2, 5, 0}, []uint64{st.LoginsRight, st.LoginsWrong, st.LoginsLimited})
	assert.NotContains(t, f.log.String(), "s3cret-word")
}

// Who is nobody for too long has to go: from the beginning, or since his login has ended.
// Who is somebody, or need not be, stays.
func TestWhoDoesNotLogIn(t *testing.T) {
	const timeout = 300 * time.Millisecond
	f := start(t, Options{Applications: setOf(t, false, "crm secret s3cret-word"), LoginTimeout: timeout})
	stranger, _ := f.join(t)
	somebody, _ := f.join(t)
	logged, _ := f.join(t)
	for _, p := range []*peer{somebody, logged} {
		require.Contains(t, p.ask(loginText("crm", "s3cret-word")), "<sessionID>")
	}
	begun := time.Now()
	stranger.expectClosed()
	assert.Less(t, time.Since(begun), patience)
	assert.EqualValues(t, 1, f.Stats().NobodyClients)
	require.Contains(t, logged.ask(logged.stopText()), "PosResponse")
	begun = time.Now()
	logged.expectClosed()
	assert.GreaterOrEqual(t, time.Since(begun), timeout/2)
	time.Sleep(timeout)
	assert.Contains(t, somebody.ask(`<RequestSystemStatus/>`), "RequestSystemStatusResponse")
	assert.EqualValues(t, 2, f.Stats().NobodyClients)
	assert.Contains(t, f.log.String(), "did not log in")

	open := start(t, Options{LoginTimeout: timeout})
	anybody, _ := open.join(t)
	time.Sleep(2 * timeout)
	assert.Contains(t, anybody.ask(`<RequestSystemStatus/>`), "RequestSystemStatusResponse")
}

// strangersAsk is a server with an application, which strangers may ask so much a second, and
// somebody who has asked as much as may be at once: n more take him n / perSecond seconds.
func strangersAsk(t *testing.T, perSecond int) (*fixture, *peer) {
	t.Helper()
	f := start(t, Options{Applications: setOf(t, false, "crm secret right"), RequestsBeforeLogin: perSecond}, quickly)
	p, _ := f.join(t)
	for range strangersBurst * perSecond {
		require.Contains(t, p.ask(`<RequestSystemStatus/>`), "RequestSystemStatusResponse")
	}
	return f, p
}

// How fast strangers may ask is bounded, by where they come from and in all; they get their
// answers late. Whatever they ask for counts, and what needs no answer, too.
func TestStrangersAskSlowly(t *testing.T) {
	const perSecond = 20
	for name, text := range map[string]string{
		"status":                      `<RequestSystemStatus/>`,
		"what they may not":           `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`,
		"a service that there is not": `<NoSuchService/>`,
		"a session without a login":   startText(leaseSpace, ed6, "180"),
		"a login of no version":       strings.Replace(loginText("crm", "wrong"), ed6, "urn:none", 1),
		"an answer to nothing":        `<SystemStatusResponse/>`,
		"what needs no answer":        `<ApplicationSessionTerminated/>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, p := strangersAsk(t, perSecond)
			f.engine.answer(func(engine.Request) ecma.Message { return ecma.ErrPrivilegeViolationSpecifiedDevice })
			assert.Zero(t, f.Stats().RequestsDelayed)
			begun := time.Now()
			for range perSecond {
				p.send(1, text)
			}
			p.send(2, `<RequestSystemStatus/>`)
			for p.next().Invoke != 2 {
			}
			assert.GreaterOrEqual(t, time.Since(begun), 900*time.Millisecond)
			assert.NotZero(t, f.Stats().RequestsDelayed)
			assert.Contains(t, f.log.String(), "asks faster than it may without a login")
		})
	}
}

// However much strangers ask, who comes from the same address may log in, and is then held up
// no more. Who need not log in never is.
func TestStrangersHoldUpNobodyElse(t *testing.T) {
	f, stranger := strangersAsk(t, 1)
	for range 20 {
		stranger.send(1, `<RequestSystemStatus/>`)
	}
	p, s := f.join(t)
	begun := time.Now()
	require.Contains(t, p.ask(loginText("crm", "right")), "PosResponse")
	assert.Equal(t, "crm", f.may(s))
	for range 100 {
		require.Contains(t, p.ask(`<RequestSystemStatus/>`), "Response")
	}
	// A reload brings a limit that nobody has used up, and none is none.
	opts := *f.options()
	opts.RequestsBeforeLogin = 0
	f.Update(opts)
	for range 20 {
		stranger.next()
	}
	opts.Applications = setOf(t, false, "crm secret right", "local network 127.0.0.1")
	opts.RequestsBeforeLogin = 1
	f.Update(opts)
	for range 100 {
		require.Contains(t, stranger.ask(`<RequestSystemStatus/>`), "Response")
	}
	opts.Applications = applications.Set{}
	f.Update(opts)
	for range 100 {
		require.Contains(t, stranger.ask(`<RequestSystemStatus/>`), "Response")
	}
	assert.Less(t, time.Since(begun), 10*time.Second)
}

// Strangers in many places do not hold up who comes from where somebody has logged in.
func TestStrangersInManyPlaces(t *testing.T) {
	f, _ := strangersAsk(t, 1)
	p, _ := f.join(t)
	require.Contains(t, p.ask(loginText("crm", "right")), "PosResponse")
	require.Contains(t, p.ask(p.stopText()), "PosResponse")
	now := time.Now()
	for i := range 2 * strangersBurst * strangersPlaces {
		f.asking.Load().Take(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), now)
	}
	begun := time.Now()
	require.Contains(t, p.ask(`<RequestSystemStatus/>`), "Response")
	assert.Less(t, time.Since(begun), patience/2)
	assert.False(t, f.asking.Load().Take(netip.MustParseAddr("192.0.2.1"), now), "there is a bound for all")
}

// A stranger who has to wait ends when he goes, or the server does.
func TestStrangerGoesWhileHeWaits(t *testing.T) {
	f, p := strangersAsk(t, 1)
	for range 20 {
		p.send(1, `<RequestSystemStatus/>`)
	}
	require.Eventually(t, func() bool { return f.Stats().RequestsDelayed > 0 }, patience, time.Millisecond)
	require.NoError(t, p.Close())
	require.Eventually(t, func() bool { return len(f.Stats().Sessions) == 0 }, time.Second, time.Millisecond)
	q, _ := f.join(t)
	q.send(1, `<RequestSystemStatus/>`)
	require.NoError(t, f.Stop(t.Context()))
}

// Nothing shows a password: neither the log nor a trace.
func TestNoPasswordInTraces(t *testing.T) {
	f := start(t, Options{Applications: setOf(t, false, "crm secret s3cret-word"), TraceDigits: true}, quickly)
	p, s := f.join(t)
	f.Trace(s.Label(), true)
	p.ask(loginText("crm", "s3cret-words"))
	p.ask(loginText("crm", "s3cret-word"))
	assert.Contains(t, f.log.String(), "***")
	assert.NotContains(t, f.log.String(), "s3cret")
}

// Who guesses has to wait, and is not listened to any more; another origin is.
func TestGuesses(t *testing.T) {
	f := start(t, Options{Applications: setOf(t, false, "crm secret right")}, func(srv *Server) { srv.limits.wrongLogin = time.Millisecond })
	p, _ := f.join(t)
	for range int(guessesOfOne.Burst) {
		require.Contains(t, p.ask(loginText("crm", "wrong")), refusedLogin)
	}
	require.Contains(t, p.ask(loginText("crm", "right")), "serverResourcesBusy")
	assert.EqualValues(t, 1, f.Stats().LoginsLimited)
	assert.True(t, f.guesses.Take(netip.MustParseAddr("192.0.2.1"), time.Now()))
}

// Whoever guesses from many places keeps nobody out who comes from where he has logged in
// before.
func TestGuessesFromManyPlaces(t *testing.T) {
	f := start(t, Options{Applications: setOf(t, false, "crm secret right")}, quickly)
	p, _ := f.join(t)
	require.Contains(t, p.ask(loginText("crm", "right")), "PosResponse")
	require.Contains(t, p.ask(p.stopText()), "PosResponse")
	now := time.Now()
	for i := range 2 * int(guessesOfAll.Burst) {
		f.guesses.Take(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), now)
	}
	// Their comparisons are under way, too.
	for range maxChecks {
		f.checks <- struct{}{}
	}
	assert.Contains(t, p.ask(loginText("crm", "right")), "PosResponse")
}

// Right logins cost nothing.
func TestManyRightLogins(t *testing.T) {
	f := start(t, Options{Applications: setOf(t, false, "crm secret right")})
	p, _ := f.join(t)
	for range 3 * int(guessesOfOne.Burst) {
		require.Contains(t, p.ask(loginText("crm", "right")), "PosResponse")
		require.Contains(t, p.ask(p.stopText()), "PosResponse")
	}
}

// A login that fails holds up nobody else.
func TestWrongLoginHoldsUpNobody(t *testing.T) {
	f := start(t, Options{Applications: setOf(t, false, "crm secret right")}, func(srv *Server) { srv.limits.wrongLogin = time.Hour })
	slow, _ := f.join(t)
	slow.send(1, loginText("crm", "wrong"))
	other, _ := f.join(t)
	assert.Contains(t, other.ask(loginText("crm", "right")), "PosResponse")
}

func TestByAddress(t *testing.T) {
	f := start(t, Options{Applications: setOf(t, false, "local network 127.0.0.0/8", "crm secret right")}, quickly)
	p, s := f.join(t)
	require.Eventually(t, func() bool { return f.may(s) == "local" }, patience, time.Millisecond)
	assert.Contains(t, p.ask(startText(leaseSpace, ed6, "180")), "PosResponse", "it is known who it is")
	assert.Equal(t, "local", f.may(s))
	assert.Equal(t, "address", f.Stats().Sessions[0].By)
	assert.Contains(t, p.ask(p.stopText()), "PosResponse")
	assert.Contains(t, p.ask(loginText("crm", "right")), "PosResponse")
	assert.Equal(t, "crm", f.may(s), "a login says more than an address")
	assert.Contains(t, p.ask(p.stopText()), "PosResponse")
	assert.Equal(t, "local", f.may(s))
}

func TestByCertificate(t *testing.T) {
	a := newAuthority(t)
	files := a.files()
	files.ClientCA = a.caFile()
	f := start(t, Options{TLS: a.server(files), Applications: setOf(t, false, "local network 127.0.0.1", "dialler tls-client another,dialer")})
	f.dialTLS(t, a.client("dialer"))
	s := receive(t, f.engine.opened)
	require.Eventually(t, func() bool { return f.may(s) == "dialler" }, patience, time.Millisecond, "it says more than the address")
	assert.Equal(t, "certificate", f.Stats().Sessions[0].By)
	f.dialTLS(t, a.client("somebody"))
	s = receive(t, f.engine.opened)
	require.Eventually(t, func() bool { return f.may(s) == "local" }, patience, time.Millisecond)
}

// The configuration changes under open sessions.
func TestApplicationsChange(t *testing.T) {
	f := start(t, Options{}, quickly)
	p, s := f.join(t)
	change := func(want string, lines ...string) {
		t.Helper()
		f.Update(Options{Applications: setOf(t, false, lines...)})
		// A session that is just being opened is told when it is.
		require.Eventually(t, func() bool { return f.may(s) == want }, patience, time.Millisecond, lines)
	}
	assert.Equal(t, "everything", f.may(s))
	change("", "crm secret right")
	assert.Contains(t, p.ask(loginText("crm", "right")), "PosResponse")
	change("crm", "crm secret right", "crm devices 1000")
	f.engine.mu.Lock()
	list := f.engine.granted[s]
	f.engine.mu.Unlock()
	assert.True(t, list[len(list)-1].Sees(ecma.Subscriber("1000")), "a login stays, and has what is new")
	change("", "crm secret other", "crm devices 1000")
	change("local", "local network 127.0.0.1")
	change("everything")
	assert.Contains(t, f.log.String(), "no applications are configured")
}

// A user of the directory logs in for his own device.
func TestUserOfTheDirectory(t *testing.T) {
	password := "right"
	var broken error
	directory := func(_ context.Context, user string) (applications.User, bool, error) {
		return applications.User{Device: user, Password: password}, user == "1000", broken
	}
	f := start(t, Options{Directory: directory, Applications: setOf(t, true, "crm secret x")}, quickly)
	p, s := f.join(t)
	assert.Contains(t, p.ask(loginText("1001", "right")), refusedLogin)
	assert.Contains(t, p.ask(loginText("1000", "wrong")), refusedLogin)
	assert.Contains(t, p.ask(loginText("1000", "right")), "PosResponse")
	assert.Equal(t, "1000", f.may(s))
	assert.Equal(t, "directory", f.Stats().Sessions[0].By)

	// He stays who he is as long as the directory does not say otherwise.
	broken = errors.New("far away")
	f.Update(*f.options())
	require.Eventually(t, func() bool { return strings.Contains(f.log.String(), "far away") }, patience, time.Millisecond)
	assert.Equal(t, "1000", f.may(s))
	broken, password = nil, "another"
	f.Update(*f.options())
	require.Eventually(t, func() bool { return f.may(s) == "" }, patience, time.Millisecond)
	f.Update(Options{Directory: directory, Applications: setOf(t, false, "crm secret x")})
	p.send(7, p.stopText())
	p.next()
	assert.Contains(t, p.ask(loginText("1000", "another")), refusedLogin, "users of the directory may not log in any more")
}

// A directory that does not answer costs who asks it some seconds, and nobody else
// anything, however often it is asked.
func TestDirectoryThatDoesNotAnswer(t *testing.T) {
	let := make(chan struct{})
	directory := func(context.Context, string) (applications.User, bool, error) {
		<-let
		return applications.User{}, false, nil
	}
	f := start(t, Options{Directory: directory, Applications: setOf(t, true, "crm secret right")},
		quickly, func(srv *Server) { srv.limits.lookup = 20 * time.Millisecond })
	defer close(let)
	p, s := f.join(t)
	for range maxLookups + 3 {
		require.Contains(t, p.ask(loginText("1000", "x")), "serverResourcesBusy")
	}
	assert.Len(t, f.lookups, maxLookups)
	assert.Contains(t, p.ask(`<RequestSystemStatus/>`), "Response")
	other, o := f.join(t)
	assert.Contains(t, other.ask(loginText("crm", "right")), "PosResponse", "applications need no directory")
	assert.Equal(t, "crm", f.may(o))
	assert.Equal(t, "", f.may(s))
}

// What is taken away while somebody logs in is not what he gets.
func TestReloadWhileSomebodyLogsIn(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	directory := func(context.Context, string) (applications.User, bool, error) {
		asked <- struct{}{}
		<-answer
		return applications.User{Device: "1000", Password: "right"}, true, nil
	}
	f := start(t, Options{Directory: directory, Applications: setOf(t, true, "crm secret right")}, quickly)
	p, s := f.join(t)
	said := make(chan string)
	go func() { said <- p.ask(loginText("1000", "right")) }()
	<-asked
	opts := *f.Server.options()
	opts.Applications = setOf(t, false, "crm secret right")
	f.Server.Update(opts)
	close(answer)
	require.Contains(t, <-said, "invalidApplicationInfo", "users of the directory may not log in any more")
	require.Equal(t, "", f.may(s))
}
