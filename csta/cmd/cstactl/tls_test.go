package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pemFile writes a self-signed certificate for 127.0.0.1 with its key.
func pemFile(t *testing.T, path, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(1000 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	text, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	file := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})...)
	require.NoError(t, os.WriteFile(path, file, 0o600))
}

// A switch that is configured by a file, whose port speaks TLS with clients that
// have a certificate; the file is changed and read again.
func TestTLSAndReload(t *testing.T) {
	dir := t.TempDir()
	server, ours, conf := filepath.Join(dir, "server.pem"), filepath.Join(dir, "client.pem"), filepath.Join(dir, "csta_socket.conf.xml")
	pemFile(t, server, "server")
	pemFile(t, ours, "console")
	write := func(more string) {
		require.NoError(t, os.WriteFile(conf, []byte(`<configuration name="csta_socket.conf"><settings>`+
			`<param name="tls-cert" value="`+server+`"/>`+more+`</settings></configuration>`), 0o600))
	}
	write(`<param name="tls-client-ca" value="` + ours + `"/>`)
	a := &app{}
	o, err := a.siteOptions(t.Context(), simFlags{config: conf, listen: "127.0.0.1:0", control: "127.0.0.1:0"}, true, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	s, err := startSite(o, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.stop()) })
	d := &desk{t, s, s.server.Addr().String(), s.control.addr()}

	out := d.run("--ca", server, "--cert", ours, "status")
	require.Equal(t, exitOK, out.code, out.err)
	assert.Contains(t, out.out, "normal")
	out = d.run("status")
	assert.Equal(t, exitRefused, out.code, "without TLS: told that it is about security")
	assert.Contains(t, out.err, "security")
	for _, args := range [][]string{{"--tls", "status"}, {"--ca", server, "status"}, {"--key", ours, "status"}, {"--ca", conf, "status"}} {
		out = d.run(args...)
		assert.Equal(t, exitFailed, out.code, args)
	}
	assert.Contains(t, d.console(t, "status"), "(TLS)")

	write("")
	answer := d.console(t, "reload")
	assert.Contains(t, answer, "+OK changed")
	assert.Contains(t, answer, "tls-client-ca: "+ours+" -> (empty)")
	out = d.run("--ca", server, "status")
	assert.Equal(t, exitOK, out.code, out.err)
	assert.Contains(t, d.console(t, "trace on 1000"), "+OK")
	assert.Contains(t, d.console(t, "status"), "traced              1000")
	assert.Contains(t, d.console(t, "metrics"), "csta_traces")
	_, err = o.reread()
	require.NoError(t, err)
}

// console runs the operator's command on the switch.
func (d *desk) console(t *testing.T, line string) string {
	t.Helper()
	return d.site.control.console.Run(context.Background(), line)
}
