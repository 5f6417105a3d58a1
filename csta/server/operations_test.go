package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/measure"
	"mod_csta_socket/csta/wire"
)

// refused is what a peer that may not connect is told.
func refused(category, value string) string {
	return `<CSTAErrorCode xmlns="` + ed4 + `"><` + category + `>` + value + `</` + category + `></CSTAErrorCode>`
}

func TestConnectionsPerAddress(t *testing.T) {
	f := start(t, Options{MaxConnections: 10, MaxPerAddress: 2})
	first, _ := f.join(t)
	f.join(t)
	for range 5 {
		p := f.dial(t)
		p.expect(0, refused("systemResourceAvailibility", "resourceLimitExceeded"))
		p.expectClosed()
	}
	require.Eventually(t, func() bool { return f.Stats().RefusedAddress == 5 }, patience, time.Millisecond)
	assert.EqualValues(t, 5, f.Stats().Refused)
	assert.Equal(t, 1, strings.Count(f.log.String(), "too many connections from its address"), "the log is not flooded")
	other := dialFrom(t, f, "127.0.0.2")
	receive(t, f.engine.opened)
	other.send(1, `<SystemStatus/>`)
	other.expect(1, `<SystemStatusResponse/>`)
	first.Close()
	receive(t, f.engine.closed)
	require.Eventually(t, func() bool { return len(f.Stats().Sessions) == 2 }, patience, time.Millisecond)
	f.join(t)
}

// dialFrom connects from another address of this machine.
func dialFrom(t *testing.T, f *fixture, address string) *peer {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	conn, err := d.Dial("tcp", f.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return &peer{t: t, Conn: conn, r: wire.NewReader(conn)}
}

// Those whom the access list refuses take nobody's place while they are told.
func TestRefusedPeersTakeNoPlace(t *testing.T) {
	f := start(t, Options{MaxConnections: 1, Allow: func(a netip.Addr) bool { return a != netip.MustParseAddr("127.0.0.2") }})
	for range 3 {
		dialFrom(t, f, "127.0.0.2").expect(0, refused("security", "generic"))
	}
	f.join(t)
	assert.EqualValues(t, 3, f.Stats().RefusedByList)
}

func TestIdleClientIsDisconnected(t *testing.T) {
	f := start(t, Options{IdleTimeout: 600 * time.Millisecond})
	quiet, _ := f.join(t)
	talking, _ := f.join(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for id := range uint16(20) {
			talking.send(id, `<SystemStatus/>`)
			talking.expect(id, `<SystemStatusResponse/>`)
			time.Sleep(50 * time.Millisecond)
		}
	}()
	began := time.Now()
	quiet.expectClosed()
	assert.GreaterOrEqual(t, time.Since(began), 500*time.Millisecond)
	<-done
	assert.EqualValues(t, 1, f.Stats().IdleClients, "the one that talks stays")
	talking.expectClosed()
	assert.Contains(t, f.log.String(), "CSTA client was silent")
	receive(t, f.engine.closed)
	require.Eventually(t, func() bool { return contains(f.log, "reason=\""+errIdle.Error()) }, patience, time.Millisecond)
}

// A client that answers the heartbeat is not silent; half a frame is.
func TestIdleTimeoutAndHeartbeat(t *testing.T) {
	f := start(t, Options{IdleTimeout: 600 * time.Millisecond, SystemStatusTimer: 50 * time.Millisecond})
	good, _ := f.join(t)
	half, _ := f.join(t)
	go func() {
		for range 40 {
			if _, err := half.Write([]byte{0}); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	until := time.Now().Add(1200 * time.Millisecond)
	for time.Now().Before(until) {
		beat := good.next()
		good.send(beat.Invoke, `<SystemStatusResponse/>`)
	}
	assert.Len(t, f.Stats().Sessions, 1, "the one that answers")
}

func TestUpdate(t *testing.T) {
	f := start(t, Options{})
	p, _ := f.join(t)
	p.quiet(50 * time.Millisecond)
	p.r = newReader(p)

	f.Update(Options{SystemStatusTimer: 30 * time.Millisecond})
	for range 3 {
		beat := p.next()
		assert.Contains(t, body(beat), "<SystemStatus")
		p.send(beat.Invoke, `<SystemStatusResponse/>`)
	}
	f.Update(Options{})
	time.Sleep(40 * time.Millisecond)
	require.NoError(t, p.SetReadDeadline(time.Now().Add(time.Millisecond)))
	for {
		if _, err := p.r.Next(); err != nil {
			break
		}
	}
	p.r = newReader(p)
	p.quiet(100 * time.Millisecond)
	p.r = newReader(p)

	f.Update(Options{Allow: func(netip.Addr) bool { return false }})
	f.dial(t).expect(0, refused("security", "generic"))
	p.send(1, `<SystemStatus/>`)
	p.expect(1, `<SystemStatusResponse/>`)

	f.Update(Options{MaxConnections: 1})
	f.dial(t).expect(0, refused("systemResourceAvailibility", "resourceLimitExceeded"))

	f.Update(Options{IdleTimeout: 50 * time.Millisecond})
	p.expectClosed()
	assert.EqualValues(t, 1, f.Stats().IdleClients)
}

func TestTraceOfASession(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	other, _ := f.join(t)
	id, address, _ := strings.Cut(s.Label(), " ")
	for _, name := range []string{id, address, s.Label()} {
		label, changed := f.Trace(name, true)
		assert.Equal(t, s.Label(), label)
		assert.True(t, changed)
		assert.True(t, f.Stats().Sessions[0].Traced)
		_, changed = f.Trace(name, true)
		assert.False(t, changed)
		p.send(7, "<SystemStatus>\n</SystemStatus>")
		p.expect(7, `<SystemStatusResponse/>`)
		other.send(8, `<SystemStatus/>`)
		other.expect(8, `<SystemStatusResponse/>`)
		_, changed = f.Trace(name, false)
		assert.True(t, changed)
	}
	s.Notify(delivered(), "4711", ecma.StateConnected)
	s.Flush()
	p.next()
	text := f.log.String()
	assert.Equal(t, 3, strings.Count(text, `level=INFO msg="trace `+s.Label()+` <- 0007 <SystemStatus> </SystemStatus>"`), text)
	assert.Equal(t, 3, strings.Count(text, `msg="trace `+s.Label()+` -> 0007 <SystemStatusResponse/>"`), text)
	assert.Equal(t, 6, strings.Count(text, "trace "), "nothing of the other session, nothing when it is off: %s", text)
	label, _ := f.Trace("99", true)
	assert.Empty(t, label)
}

// Digits that may be a PIN are shown only to the operator who wants them.
func TestTraceOfDigits(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	f.Trace(s.Label(), true)
	const request = `<SystemStatus><charactersToSend>4711</charactersToSend></SystemStatus>`
	for invoke, show := range map[uint16]bool{7: false, 8: true} {
		f.Update(Options{TraceDigits: show})
		p.send(invoke, request)
		p.expect(invoke, `<SystemStatusResponse/>`)
		assert.Equal(t, show, strings.Contains(f.log.String(), fmt.Sprintf(" <- %04d %s", invoke, request)))
	}
	assert.Contains(t, f.log.String(), "<- 0007 <SystemStatus><charactersToSend>***</charactersToSend></SystemStatus>")
}

func TestNothingPrivateInTheLog(t *testing.T) {
	f := start(t, Options{Parallel: true})
	p, _ := f.join(t)
	p.send(1, `<MakeCall xmlns="`+ed4+`"><callingDevice>1000</callingDevice><calledDirectoryNumber>0405551234567</calledDirectoryNumber><correlatorData><string>736563726574</string></correlatorData></MakeCall>`)
	receive(t, f.engine.asked)
	p.send(2, `<MakeCall><callingDevice><secret/></callingDevice></MakeCall>`)
	p.send(3, `<Secret>0405551234567</Secret>`)
	p.send(4, `<MakeCall>0405551234567`)
	p.Close()
	receive(t, f.engine.closed)
	assert.NotContains(t, f.log.String(), "0405551234567")
	assert.NotContains(t, f.log.String(), "secret")
	assert.NotContains(t, f.log.String(), "736563726574")
}

func TestMeasuresOfTheServer(t *testing.T) {
	f := start(t, Options{})
	p, s := f.join(t)
	for _, doc := range []string{
		`<SystemStatus/>`, `<RequestSystemStatus><sysStatRegisterID>9</sysStatRegisterID></RequestSystemStatus>`,
		`<MakeCall/>`, `<MakeCoffee/>`, `<Make`, `<StopApplicationSession><sessionID>1</sessionID></StopApplicationSession>`,
	} {
		p.send(1, doc)
		p.next()
	}
	at := time.Now().Add(-3 * time.Millisecond)
	s.Notify(delivered(), "4711", ecma.StateConnected)
	s.(engine.Timed).Since(at.UnixNano())
	s.(engine.Timed).Since(time.Now().UnixNano())
	s.Flush()
	p.next()
	require.Eventually(t, func() bool { h := f.Stats().Delay; return h.Count() == 1 }, patience, time.Millisecond)
	st := f.Stats()
	assert.GreaterOrEqual(t, st.Delay.Sum, 3*time.Millisecond, "of the oldest event")
	assert.Equal(t, measure.Outcomes{
		"SystemStatus":           {OK: 1},
		"RequestSystemStatus":    {Failed: map[string]uint64{"operation": 1}},
		"MakeCall":               {Failed: map[string]uint64{"operation": 1}},
		"unknown":                {Failed: map[string]uint64{"operation": 2}},
		"StopApplicationSession": {Failed: map[string]uint64{"applicationSession": 1}},
	}, st.Services)
	assert.EqualValues(t, 6, st.Requests)
	assert.EqualValues(t, 1, st.Events)
	p.Close()
	require.Eventually(t, func() bool { return len(f.Stats().Sessions) == 0 }, patience, time.Millisecond)
	after := f.Stats()
	assert.Equal(t, []uint64{st.Requests, st.Events, st.BytesIn, st.BytesOut}, []uint64{after.Requests, after.Events, after.BytesIn, after.BytesOut},
		"what a session carried stays counted when it has ended")
}

// authority issues certificates for tests and writes them to files.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	last int64
}

func newAuthority(t *testing.T) *authority {
	a := &authority{t: t, dir: t.TempDir()}
	a.key = a.newKey()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	require.NoError(t, err)
	a.cert, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	return key
}

// issue returns PEM of a certificate for 127.0.0.1 and of its key.
func (a *authority) issue(name string, until time.Time) (cert, key []byte) {
	a.last++
	k := a.newKey()
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(100 + a.last), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert, &k.PublicKey, a.key)
	require.NoError(a.t, err)
	text, err := x509.MarshalPKCS8PrivateKey(k)
	require.NoError(a.t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})
}

func (a *authority) file(name string, parts ...[]byte) string {
	path := filepath.Join(a.dir, name)
	var all []byte
	for _, p := range parts {
		all = append(all, p...)
	}
	require.NoError(a.t, os.WriteFile(path, all, 0o600))
	return path
}

func (a *authority) caFile() string {
	return a.file("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

// files are those of a server; the key is in the certificate's file.
func (a *authority) files() TLSFiles {
	cert, key := a.issue("server", time.Now().Add(1000*time.Hour))
	return TLSFiles{Cert: a.file("server.pem", cert, key)}
}

func (a *authority) server(files TLSFiles) *tls.Config {
	config, warning, err := files.Load()
	require.NoError(a.t, err)
	require.Empty(a.t, warning)
	return config
}

func (a *authority) client(name string) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	config := &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
	if name != "" {
		cert, key := a.issue(name, time.Now().Add(time.Hour))
		pair, err := tls.X509KeyPair(cert, key)
		require.NoError(a.t, err)
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

func (f *fixture) dialTLS(t *testing.T, config *tls.Config) *peer {
	t.Helper()
	conn, err := tls.Dial("tcp", f.Addr().String(), config)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return &peer{t: t, Conn: conn, r: wire.NewReader(conn)}
}

func TestTLS(t *testing.T) {
	a := newAuthority(t)
	f := start(t, Options{TLS: a.server(a.files()), SystemStatusTimer: time.Hour})
	p := f.dialTLS(t, a.client(""))
	s := receive(t, f.engine.opened)
	assert.Contains(t, body(p.next()), "<SystemStatus ")
	p.send(1, `<SystemStatus/>`)
	p.expect(1, `<SystemStatusResponse/>`)
	st := f.Stats()
	assert.True(t, st.TLS)
	assert.Equal(t, "TLS 1.3", st.Sessions[0].Security)
	assert.Contains(t, f.log.String(), `security="TLS 1.3"`)

	// Everything queued arrives before the end, as without TLS.
	p.send(2, `<MonitorStop><monitorCrossRefID>1</monitorCrossRefID></MonitorStop>`)
	receive(t, f.engine.asked)
	s.Respond(2, "", &ecma.MonitorStopResponse{})
	s.(*client).connection().goodbye(errStopping)
	p.expect(2, `<MonitorStopResponse/>`)
	p.expectClosed()
}

func TestOldTLSIsRefused(t *testing.T) {
	a := newAuthority(t)
	f := start(t, Options{TLS: a.server(a.files())})
	old := a.client("")
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	_, err := tls.Dial("tcp", f.Addr().String(), old)
	require.ErrorContains(t, err, "protocol version")
	at12 := a.client("")
	at12.MaxVersion = tls.VersionTLS12
	f.dialTLS(t, at12)
	receive(t, f.engine.opened)
	// The client may know of the refusal before it is counted.
	require.Eventually(t, func() bool { return f.Stats().Handshakes == 1 }, patience, time.Millisecond)
}

func TestMutualTLS(t *testing.T) {
	a := newAuthority(t)
	files := a.files()
	files.ClientCA = a.caFile()
	f := start(t, Options{TLS: a.server(files)})
	f.dialTLS(t, a.client("dialer"))
	receive(t, f.engine.opened)
	assert.Equal(t, "TLS 1.3 dialer", f.Stats().Sessions[0].Security)
	assert.Contains(t, f.log.String(), "client=dialer")
	for name, config := range map[string]*tls.Config{"none": a.client(""), "of another issuer": newAuthority(t).client("dialer")} {
		t.Run(name, func(t *testing.T) {
			config.RootCAs = a.client("").RootCAs
			conn, err := tls.Dial("tcp", f.Addr().String(), config)
			if err == nil { // With TLS 1.3 the client hears of it when it reads.
				defer conn.Close()
				_, err = conn.Read(make([]byte, 1))
			}
			require.Error(t, err)
		})
	}
	require.Eventually(t, func() bool { return f.Stats().Handshakes == 2 }, patience, time.Millisecond)
	assert.Len(t, f.Stats().Sessions, 1)
}

// A client that speaks CSTA in plain to a port with TLS is told that it is about
// security, in a frame that it understands.
func TestPlainClientOnAPortWithTLS(t *testing.T) {
	a := newAuthority(t)
	f := start(t, Options{TLS: a.server(a.files())})
	p := f.dial(t)
	p.send(1, `<SystemStatus/>`)
	p.expect(0, refused("security", "generic"))
	p.expectClosed()
	require.Eventually(t, func() bool { return contains(f.log, "the client does not speak TLS") }, patience, time.Millisecond)
	assert.Empty(t, f.engine.opened)
}

// Strangers are not worth a handshake.
func TestRefusedByListOnAPortWithTLS(t *testing.T) {
	a := newAuthority(t)
	f := start(t, Options{TLS: a.server(a.files()), Allow: func(netip.Addr) bool { return false }})
	p := f.dial(t)
	p.expectClosed()
	require.Eventually(t, func() bool { return f.Stats().RefusedByList == 1 }, patience, time.Millisecond)
}

func TestHandshakeTakesTooLong(t *testing.T) {
	a := newAuthority(t)
	f := start(t, Options{TLS: a.server(a.files())}, func(s *Server) { s.limits.handshake = 50 * time.Millisecond })
	p := f.dial(t)
	p.expectClosed()
	require.Eventually(t, func() bool { return f.Stats().Handshakes == 1 }, patience, time.Millisecond)
	require.Eventually(t, func() bool { return contains(f.log, "no TLS handshake within 50ms") }, patience, time.Millisecond)
}

func TestStopDuringAHandshake(t *testing.T) {
	a := newAuthority(t)
	f := start(t, Options{TLS: a.server(a.files())}, func(s *Server) { s.limits.handshake = time.Hour })
	f.dial(t)
	require.Eventually(t, func() bool { return f.Stats().Accepted == 1 }, patience, time.Millisecond)
	// The fixture's end stops it and finds nothing left.
}

// Ending a session that does not read never waits for it, though TLS would like
// to say goodbye: the engine may be who does it.
func TestSlowTLSClientHoldsUpNobody(t *testing.T) {
	a := newAuthority(t)
	f := start(t, Options{TLS: a.server(a.files())}, func(s *Server) { s.limits.queued = 1 << 20 })
	f.dialTLS(t, a.client(""))
	s := receive(t, f.engine.opened)
	connection := s.(*client).connection()
	event := delivered()
	var slowest time.Duration
	for range 100_000 {
		began := time.Now()
		s.Notify(event, "4711", ecma.StateConnected)
		s.Flush()
		slowest = max(slowest, time.Since(began))
		if connection.out.queued() == 0 && f.Stats().SlowClients > 0 {
			break
		}
	}
	require.Eventually(t, func() bool { return f.Stats().SlowClients == 1 }, patience, time.Millisecond)
	assert.Less(t, slowest, time.Second)
}

func TestCertificateFiles(t *testing.T) {
	a := newAuthority(t)
	cert, key := a.issue("server", time.Now().Add(1000*time.Hour))
	_, otherKey := a.issue("other", time.Now().Add(1000*time.Hour))
	expired, expiredKey := a.issue("old", time.Now().Add(-time.Hour))
	soon, soonKey := a.issue("soon", time.Now().Add(24*time.Hour))
	good := a.file("cert.pem", cert)
	for _, c := range []struct {
		name          string
		files         TLSFiles
		err, warning  string
		authenticated bool
	}{
		{name: "none"},
		{name: "apart", files: TLSFiles{Cert: good, Key: a.file("key.pem", key)}},
		{name: "in one file", files: TLSFiles{Cert: a.file("both.pem", key, cert)}},
		{name: "mutual", files: TLSFiles{Cert: a.file("both.pem", key, cert), ClientCA: a.caFile()}, authenticated: true},
		{name: "expired", files: TLSFiles{Cert: a.file("expired.pem", expired, expiredKey)}, warning: "has expired on"},
		{name: "soon expired", files: TLSFiles{Cert: a.file("soon.pem", soon, soonKey)}, warning: "expires on"},
		{name: "no file", files: TLSFiles{Cert: filepath.Join(a.dir, "nowhere.pem")}, err: "tls-cert: there is no file " + a.dir},
		{name: "no key file", files: TLSFiles{Cert: good, Key: filepath.Join(a.dir, "nowhere.pem")}, err: "tls-key: there is no file"},
		{name: "directory", files: TLSFiles{Cert: a.dir}, err: "is no file of certificates"},
		{name: "no PEM", files: TLSFiles{Cert: a.file("x.pem", []byte("hello"))}, err: "is not in PEM format"},
		{name: "key only", files: TLSFiles{Cert: a.file("keyonly.pem", key)}, err: "there is no certificate in"},
		{name: "no key", files: TLSFiles{Cert: good}, err: "without tls-key it has to hold the private key"},
		{name: "another's key", files: TLSFiles{Cert: good, Key: a.file("other.pem", otherKey)}, err: "do not go together"},
		{name: "broken certificate", files: TLSFiles{Cert: a.file("broken.pem", []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), key)}, err: "tls-cert"},
		{name: "client CA without certificate", files: TLSFiles{Cert: good, Key: a.file("key.pem", key), ClientCA: a.file("caless.pem", key)}, err: "tls-client-ca: there is no certificate"},
		{name: "key alone", files: TLSFiles{Key: good}, err: "tls-key is set without tls-cert"},
		{name: "client CA alone", files: TLSFiles{ClientCA: good}, err: "tls-client-ca is set without tls-cert"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config, warning, err := c.files.Load()
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.files.Cert == "", config == nil)
			assert.Equal(t, c.warning == "", warning == "", warning)
			assert.Contains(t, warning, c.warning)
			if config != nil {
				assert.EqualValues(t, tls.VersionTLS12, config.MinVersion)
				assert.Equal(t, c.authenticated, config.ClientAuth == tls.RequireAndVerifyClientCert)
			}
		})
	}
}

// A new certificate counts for clients that connect from now on.
func TestUpdateOfTheCertificate(t *testing.T) {
	a, b := newAuthority(t), newAuthority(t)
	f := start(t, Options{TLS: a.server(a.files())})
	p := f.dialTLS(t, a.client(""))
	receive(t, f.engine.opened)
	f.Update(Options{TLS: b.server(b.files())})
	f.dialTLS(t, b.client(""))
	receive(t, f.engine.opened)
	_, err := tls.Dial("tcp", f.Addr().String(), a.client(""))
	require.Error(t, err)
	p.send(1, `<SystemStatus/>`)
	p.expect(1, `<SystemStatusResponse/>`)
	f.Update(Options{})
	plain, _ := f.join(t)
	plain.send(1, `<SystemStatus/>`)
	plain.expect(1, `<SystemStatusResponse/>`)
	assert.Equal(t, "TLS 1.3|TLS 1.3|", fmt.Sprintf("%s|%s|%s", f.Stats().Sessions[0].Security, f.Stats().Sessions[1].Security, f.Stats().Sessions[2].Security))
}
