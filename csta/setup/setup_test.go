package setup

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/config"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/switching"
)

// parts note what they are told.
type parts struct {
	updates []server.Options
	ignore  []bool
	digits  []bool
	memory  []int
	private []bool
	trunks  []switching.Trunks
	context string
	params  []config.Variable
	metrics []netip.AddrPort
	records []string
	refuse  error
}

func (p *parts) Update(o server.Options)          { p.updates = append(p.updates, o) }
func (p *parts) SetIgnoreRegistration(on bool)    { p.ignore = append(p.ignore, on) }
func (p *parts) SetTrunks(t switching.Trunks)     { p.trunks = append(p.trunks, t) }
func (p *parts) SetRecording(size int)            { p.memory = append(p.memory, size) }
func (p *parts) SetRecordPrivate(is bool)         { p.private = append(p.private, is) }
func (p *parts) SetTraceDigits(show bool)         { p.digits = append(p.digits, show) }
func (*parts) SetSystemStatusTimer(time.Duration) {}
func (p *parts) SetDialplan(context string, loopback []config.Variable) {
	p.context, p.params = context, loopback
}
func (p *parts) SetRecordings(dir string) error {
	if p.refuse != nil {
		return p.refuse
	}
	p.records = append(p.records, dir)
	return nil
}
func (p *parts) Listen(a netip.AddrPort) error {
	if p.refuse != nil {
		return p.refuse
	}
	p.metrics = append(p.metrics, a)
	return nil
}

// certificate writes a new self-signed certificate with its key.
func certificate(t *testing.T, path string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<60))
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: serial, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	text, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	file := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})...)
	require.NoError(t, os.WriteFile(path, file, 0o600))
}

func param(pairs ...string) []config.Param {
	var list []config.Param
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, config.Param{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}

// What csta reload applies is what the documentation says it does.
func TestEveryLiveParameterHasAnOption(t *testing.T) {
	for _, p := range config.Parameters() {
		assert.Equal(t, p.Live, options[p.Name] != nil, p.Name)
	}
	known := map[string]bool{}
	for _, p := range config.Parameters() {
		known[p.Name] = true
	}
	for name := range options {
		assert.True(t, known[name], name)
	}
}

func TestStart(t *testing.T) {
	cert := filepath.Join(t.TempDir(), "csta.pem")
	certificate(t, cert)
	var asked string
	s, warnings, err := New(param("xml-listen-port", "3000", "ws-listen", "127.0.0.1:3080", "ws-origins", "https://a.test", "ws-page", "1", "apply-inbound-acl", "csta", "system-status-timer", "30", "greeting", "never",
		"idle-timeout", "90", "max-connections", "7", "max-connections-per-address", "3", "use-multi-threading", "1",
		"minimum-dump-interval", "5", "trace-digits", "1", "tls-cert", "csta.pem", "metrics-listen", "127.0.0.1:9300", "unknown", "1",
		"dialplan-context", "x", "check-device-state-in-db", "0"), Host{
		Allow: func(list string) func(netip.Addr) bool { asked = list; return func(netip.Addr) bool { return false } },
		File:  func(name string) string { return filepath.Join(filepath.Dir(cert), name) },
	})
	require.NoError(t, err)
	assert.Equal(t, []string{`unknown parameter "unknown" is ignored`}, warnings)
	assert.Equal(t, "csta", asked)
	o := s.Server()
	assert.NotNil(t, o.Allow)
	assert.NotNil(t, o.TLS)
	assert.NotNil(t, o.Web)
	o.Allow, o.TLS, o.Web = nil, nil, nil
	assert.Equal(t, server.Options{
		Listen: netip.MustParseAddrPort("127.0.0.1:3000"), WebListen: netip.MustParseAddrPort("127.0.0.1:3080"), SystemStatusTimer: 30 * time.Second, Greeting: server.GreetNever, MinimumDumpInterval: 5 * time.Second, TraceDigits: true,
		Parallel: true, MaxConnections: 7, MaxPerAddress: 3, IdleTimeout: 90 * time.Second, LoginTimeout: time.Minute, RequestsBeforeLogin: 10,
		CleanupDelay: 10 * time.Minute, SessionMemory: 64 << 20,
	}, o)
	p := &parts{}
	require.NoError(t, s.Run(Running{Server: p, Engine: p, Switch: p, Metrics: p}))
	assert.Equal(t, []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:9300")}, p.metrics)
	assert.Empty(t, p.updates)
	assert.Equal(t, "x", s.Config().DialplanContext)
}

func TestRefusedStart(t *testing.T) {
	_, _, err := New(param("idle-timeout", "soon"), Host{})
	assert.ErrorContains(t, err, "idle-timeout")
	_, _, err = New(param("tls-cert", "/nowhere/csta.pem"), Host{})
	assert.EqualError(t, err, "tls-cert: there is no file /nowhere/csta.pem")
}

func TestReload(t *testing.T) {
	dir := t.TempDir()
	cert, broken := filepath.Join(dir, "csta.pem"), filepath.Join(dir, "broken.pem")
	certificate(t, cert)
	require.NoError(t, os.WriteFile(broken, []byte("nonsense"), 0o600))
	start := param("xml-listen-port", "3000", "idle-timeout", "90", "tls-cert", cert)
	s, _, err := New(start, Host{})
	require.NoError(t, err)
	p := &parts{}
	require.NoError(t, s.Run(Running{Server: p, Engine: p, Switch: p, Metrics: p}))
	p.metrics = nil

	lines := func(params []config.Param) string {
		t.Helper()
		r, err := s.Reload(params)
		require.NoError(t, err)
		return strings.Join(r.Lines(), "\n")
	}
	assert.Equal(t, "+OK nothing changed", lines(start))
	assert.Empty(t, p.updates)

	changed := param("xml-listen-port", "3001", "idle-timeout", "60", "tls-cert", cert, "default-domain", "x.test",
		"check-device-state-in-db", "0", "dialplan-context", "y", "loopback-originate-params", "a=b", "metrics-listen", "127.0.0.1:9300", "predictive-call-addresses", "gateway/x", "trace-digits", "1", "recorder-memory", "8", "recorder-private", "1")
	assert.Equal(t, `+OK changed
changed:      trace-digits: 0 -> 1
changed:      recorder-memory: 4 -> 8
changed:      recorder-private: 0 -> 1
changed:      loopback-originate-params: (empty) -> a=b
changed:      check-device-state-in-db: 1 -> 0
changed:      dialplan-context: default -> y
changed:      predictive-call-addresses: (empty) -> gateway/x
changed:      idle-timeout: 90 -> 60
changed:      metrics-listen: (empty) -> 127.0.0.1:9300
needs reload: xml-listen-port: 3000 -> 3001
needs reload: default-domain: (empty) -> x.test
reload mod_csta_socket brings the latter into effect, and ends the clients' sessions`, lines(changed))
	require.Len(t, p.updates, 1)
	assert.Equal(t, time.Minute, p.updates[0].IdleTimeout)
	assert.NotNil(t, p.updates[0].TLS)
	assert.Equal(t, []bool{true}, p.ignore)
	assert.Equal(t, []bool{true}, p.digits)
	assert.True(t, p.updates[0].TraceDigits)
	assert.Equal(t, []int{8 << 20}, p.memory)
	assert.Equal(t, []bool{true}, p.private)
	require.Len(t, p.trunks, 1)
	assert.True(t, p.trunks[0].Allow("sofia/gateway/x/1"))
	assert.Equal(t, "y", p.context)
	assert.Equal(t, []config.Variable{{Name: "a", Value: "b"}}, p.params)
	assert.Equal(t, []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:9300")}, p.metrics)
	assert.Equal(t, `+OK nothing changed that can be changed now
needs reload: xml-listen-port: 3000 -> 3001
needs reload: default-domain: (empty) -> x.test
reload mod_csta_socket brings the latter into effect, and ends the clients' sessions`, lines(changed), "it still is not in effect")
	assert.EqualValues(t, 3000, s.Config().Port)

	// A new certificate under the old name.
	base := param("xml-listen-port", "3000", "idle-timeout", "60", "tls-cert", cert, "predictive-call-addresses", "gateway/x", "dialplan-context", "y", "trace-digits", "1", "recorder-memory", "8", "recorder-private", "1",
		"check-device-state-in-db", "0", "loopback-originate-params", "a=b", "metrics-listen", "127.0.0.1:9300")
	old := s.Server().TLS
	certificate(t, cert)
	assert.Equal(t, "+OK changed\nchanged:      the certificate was read again: clients that connect from now on see the new one", lines(base))
	renewed := s.Server().TLS
	assert.NotSame(t, old, renewed)
	require.Len(t, p.updates, 2)

	// A bad one: the old one stays, the rest changes.
	require.NoError(t, os.WriteFile(cert, []byte("nonsense"), 0o600))
	assert.Equal(t, "-ERR not everything could be changed\nfailed:       tls-cert: "+cert+" is not in PEM format; the certificate read before stays in use", lines(base))
	bad := append(base[:len(base):len(base)], param("tls-cert", broken, "idle-timeout", "70")...)
	assert.Equal(t, `-ERR not everything could be changed
changed:      idle-timeout: 60 -> 70
failed:       tls-cert: `+broken+` is not in PEM format; tls-cert `+cert+` stays
warning:      parameter tls-cert is given more than once; the last one counts
warning:      parameter idle-timeout is given more than once; the last one counts`, lines(bad))
	assert.Same(t, renewed, s.Server().TLS)
	assert.Equal(t, cert, s.Config().TLSCert)
	assert.Equal(t, 70*time.Second, s.Config().IdleTimeout)

	// An address that is taken.
	p.refuse = errors.New("address already in use")
	certificate(t, cert)
	moved := param("xml-listen-port", "3000", "idle-timeout", "70", "tls-cert", cert, "predictive-call-addresses", "gateway/x", "dialplan-context", "y",
		"check-device-state-in-db", "0", "loopback-originate-params", "a=b", "metrics-listen", "127.0.0.1:9301")
	assert.Contains(t, lines(moved), "failed:       address already in use; metrics-listen 127.0.0.1:9300 stays")

	_, err = s.Reload(param("idle-timeout", "never"))
	assert.ErrorContains(t, err, "idle-timeout")
	assert.Equal(t, 70*time.Second, s.Config().IdleTimeout, "nothing of an invalid configuration counts")

	// TLS off.
	assert.Contains(t, lines(param("xml-listen-port", "3000")), "changed:      tls-cert: "+cert+" -> (empty)")
	assert.Nil(t, s.Server().TLS)
}

// Which pages may counts at once, where they connect after the next load.
// Who takes the last application away, or misspells their section, hears what that means.
func TestNoApplicationsAnyMore(t *testing.T) {
	crm := []config.Param{{Application: "crm"}, {Name: "secret", Value: "x", Application: "crm"}, {Name: "devices", Value: "*", Application: "crm"}}
	s, _, err := New(crm, Host{})
	require.NoError(t, err)
	r, err := s.Reload(nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"application crm is gone"}, r.Changed)
	assert.Equal(t, []string{"there are no applications any more: whoever reaches the port may watch and steer every device"}, r.Warnings)
	r, err = s.Reload(nil)
	require.NoError(t, err)
	assert.Empty(t, r.Warnings)
	r, err = s.Reload(crm)
	require.NoError(t, err)
	assert.Empty(t, r.Warnings)
}

func TestPagesOnReload(t *testing.T) {
	s, _, err := New(param("ws-listen", "127.0.0.1:3080", "ws-origins", "https://a.test"), Host{})
	require.NoError(t, err)
	p := &parts{}
	require.NoError(t, s.Run(Running{Server: p}))
	before := s.Server().Web
	r, err := s.Reload(param("ws-listen", "127.0.0.1:3081", "ws-origins", "https://a.test,https://b.test", "ws-page", "1"))
	require.NoError(t, err)
	assert.Equal(t, `+OK changed
changed:      ws-origins: https://a.test -> https://a.test,https://b.test
changed:      ws-page: 0 -> 1
needs reload: ws-listen: 127.0.0.1:3080 -> 127.0.0.1:3081
reload mod_csta_socket brings the latter into effect, and ends the clients' sessions`, strings.Join(r.Lines(), "\n"))
	require.Len(t, p.updates, 1)
	assert.NotEqual(t, before, p.updates[0].Web)
	assert.Equal(t, netip.MustParseAddrPort("127.0.0.1:3080"), p.updates[0].WebListen)
}
