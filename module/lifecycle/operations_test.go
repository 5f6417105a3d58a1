package lifecycle

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/ecma"
)

// dial connects a client, over TLS if config is not nil.
func dial(t *testing.T, s *freeswitch.Switch, config *tls.Config) *client.Client {
	t.Helper()
	c, err := client.Dial(within(t), s.CSTAAddress(), client.Options{TLS: config})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
	return c
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// logged waits until the module has logged a text.
func logged(t *testing.T, s *freeswitch.Switch, text string) {
	t.Helper()
	require.Eventually(t, func() bool {
		lines, err := s.OwnLog()
		return err == nil && strings.Contains(strings.Join(lines, "\n"), text)
	}, patience, 50*time.Millisecond, "%q is not in the log", text)
}

// freePort is a TCP port on the loopback interface that nobody uses now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func metricsOf(t *testing.T, address string) string {
	t.Helper()
	r, err := (&http.Client{Timeout: patience}).Get("http://" + address + "/metrics")
	require.NoError(t, err)
	defer r.Body.Close()
	require.Equal(t, http.StatusOK, r.StatusCode)
	text, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return string(text)
}

// certificate writes a new self-signed certificate for 127.0.0.1 with its key and
// returns what trusts it.
func certificate(t *testing.T, path string) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	text, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	require.NoError(t, os.WriteFile(path, append(cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})...), 0o600))
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(cert))
	return &tls.Config{RootCAs: pool}
}

// sessionOf is the number of a client's session. Whoever looked whether the module
// listens may have had one before.
func sessionOf(t *testing.T, s *freeswitch.Switch, c *client.Client) string {
	t.Helper()
	for line := range strings.Lines(do(t, s, "csta sessions")) {
		if f := strings.Fields(line); len(f) > 1 && f[1] == c.LocalAddr().String() {
			return f[0]
		}
	}
	require.Fail(t, "no session of the client")
	return ""
}

func TestMetricsAndTraceInTheSwitch(t *testing.T) {
	address := freePort(t)
	s := start(t, freeswitch.Options{Parameters: map[string]string{"metrics-listen": address}})
	c := dial(t, s, nil)
	_, err := c.MonitorStart(within(t), ecma.Queue("9500"), ecma.MonitorFilter{})
	require.NoError(t, err)

	require.Contains(t, do(t, s, "csta trace on 029500"), "+OK")
	require.Contains(t, do(t, s, "csta status"), "traced              029500")
	callQueue(t, s)
	logged(t, s, "trace "+sessionOf(t, s, c)+" "+c.LocalAddr().String()+" -> 9999 <QueuedEvent")
	_, err = c.SnapshotDevice(within(t), ecma.Queue("9500"))
	require.NoError(t, err)
	logged(t, s, "<- 0001 <SnapshotDevice")
	logged(t, s, "-> 0001 <SnapshotDeviceResponse")
	require.Contains(t, do(t, s, "csta trace off all"), "+OK 1 ")
	require.Contains(t, do(t, s, "csta trace on session:"+sessionOf(t, s, c)), "+OK")
	require.NoError(t, c.SystemStatus(within(t)))
	logged(t, s, "<- 0002 <SystemStatus")
	logged(t, s, "-> 0002 <SystemStatusResponse")

	text := metricsOf(t, address)
	for _, line := range []string{
		"csta_engine_up 1", "csta_sessions 1", "csta_monitors 1", "csta_traces 1", "csta_audit_findings_total 0", "csta_panics_total 0",
		`csta_answers_total{service="MonitorStart",result="ok"} 1`, `csta_answers_total{service="SystemStatus",result="ok"} 1`,
		`csta_events_sent_total{event="queued"} 1`, "csta_switch_events_lost_total 0", "csta_ring_lost_total 0",
	} {
		assert.Contains(t, text, line+"\n")
	}
	assert.NotContains(t, text, "csta_event_delay_seconds_count 0\n")
	assert.NotContains(t, text, "csta_ring_events_total 0\n")
	shown := do(t, s, "csta metrics")
	assert.Contains(t, shown, "csta_event_delay_seconds")
	t.Log(do(t, s, "csta status"))
	t.Log(shown)

	do(t, s, "hupall")
	require.NoError(t, s.WaitIdle(context.Background()))
	require.Contains(t, do(t, s, "csta trace on 029500"), "+OK")
	require.Contains(t, do(t, s, "reload mod_csta_socket"), "+OK module loaded")
	assert.Contains(t, do(t, s, "csta status"), "traced              nothing", "traces end with the module")
	assert.Contains(t, metricsOf(t, address), "csta_sessions 0\n")
	require.Contains(t, do(t, s, "unload mod_csta_socket"), "+OK")
	assert.False(t, listens(address), "the metrics' port is open without the module")
}

func TestReloadOfTheConfiguration(t *testing.T) {
	s := start(t, freeswitch.Options{})
	clients := []*client.Client{dial(t, s, nil), dial(t, s, nil), dial(t, s, nil)}
	for _, c := range clients {
		_, err := c.MonitorStart(within(t), ecma.Queue("9500"), ecma.MonitorFilter{})
		require.NoError(t, err)
	}
	alive := func() {
		t.Helper()
		for i, c := range clients {
			require.NoError(t, c.SystemStatus(within(t)), "client %d", i)
		}
		require.Contains(t, do(t, s, "csta status"), fmt.Sprintf("monitors            %d", len(clients)))
	}
	reload := func(parameters map[string]string) string {
		t.Helper()
		require.NoError(t, s.SetParameters(parameters))
		answer := do(t, s, "csta reload")
		alive()
		return answer
	}
	assert.Equal(t, "+OK nothing changed", strings.TrimSpace(do(t, s, "csta reload")))

	address := freePort(t)
	answer := reload(map[string]string{
		"apply-inbound-acl": "10.0.0.0/8", "system-status-timer": "1", "metrics-listen": address, "default-domain": "other.test",
	})
	for _, part := range []string{
		"+OK changed", "changed:      apply-inbound-acl: (empty) -> 10.0.0.0/8", "changed:      system-status-timer: 0 -> 1",
		"needs reload: default-domain: (empty) -> other.test",
	} {
		assert.Contains(t, answer, part)
	}
	assert.Contains(t, metricsOf(t, address), "csta_sessions 3\n")
	refused, err := net.Dial("tcp", s.CSTAAddress())
	require.NoError(t, err)
	defer refused.Close()
	require.NoError(t, refused.SetReadDeadline(time.Now().Add(patience)))
	told, err := io.ReadAll(refused)
	require.NoError(t, err)
	assert.Contains(t, string(told), "<security>generic</security>")

	// reloadxml does the same.
	require.NoError(t, s.SetParameters(map[string]string{"idle-timeout": "3600"}))
	require.Contains(t, do(t, s, "reloadxml"), "+OK")
	logged(t, s, "csta_socket.conf has changed: idle-timeout: 0 -> 3600")
	alive()

	// Who asks for it is told, although the watch for reloadxml hears of the files, too.
	for i := range 30 {
		value := strconv.Itoa(3601 + i)
		assert.Contains(t, reload(map[string]string{"idle-timeout": value}), "+OK changed\nchanged:      idle-timeout: "+strconv.Itoa(3600+i)+" -> "+value)
	}

	// TLS on, for those who come from now on; certificates are read anew.
	file := filepath.Join(s.Certificates(), "csta.pem")
	trust := certificate(t, file)
	assert.Contains(t, reload(map[string]string{"tls-cert": "csta.pem"}), "changed:      tls-cert: (empty) -> csta.pem")
	clients = append(clients, dial(t, s, trust))
	_, err = clients[3].MonitorStart(within(t), ecma.Queue("9500"), ecma.MonitorFilter{})
	require.NoError(t, err)
	alive()
	assert.Contains(t, do(t, s, "csta sessions"), "TLS 1.3")
	renewed := certificate(t, file)
	assert.Contains(t, reload(map[string]string{"tls-cert": "csta.pem"}), "the certificate was read again")
	_, err = client.Dial(within(t), s.CSTAAddress(), client.Options{TLS: trust})
	require.Error(t, err, "the old certificate is not shown any more")
	dial(t, s, renewed)

	// A bad file: the old certificate stays.
	require.NoError(t, os.WriteFile(file, []byte("nonsense"), 0o600))
	answer = reload(map[string]string{"tls-cert": "csta.pem"})
	assert.Contains(t, answer, "-ERR")
	assert.Contains(t, answer, "is not in PEM format; the certificate read before stays in use")
	dial(t, s, renewed)

	// A value that is not allowed, and a file that is no XML: nothing changes.
	assert.Contains(t, reload(map[string]string{"idle-timeout": "never"}), "-ERR nothing changed: csta_socket.conf: parameter idle-timeout")
	broken := filepath.Join(s.Directory(), "conf", "freeswitch.xml")
	require.NoError(t, os.WriteFile(broken, []byte("<document"), 0o600))
	assert.Contains(t, do(t, s, "csta reload"), "-ERR the switch cannot read its configuration files, nothing changed")
	alive()
}
