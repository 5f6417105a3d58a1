package uaphone_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/phone"
	"mod_csta_socket/csta/conformance/uaphone"
	"mod_csta_socket/csta/uacsta"
	"mod_csta_socket/csta/uacsta/useragent"
)

// selfSigned is a certificate for that address, and who trusts it.
func selfSigned(t *testing.T, address string) (tls.Certificate, *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "csta"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP(address)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	parsed, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// pemFile is a certificate and its key in one file, as FreeSWITCH has them.
func pemFile(t *testing.T, certificate tls.Certificate) string {
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	require.NoError(t, err)
	text := append(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...,
	)
	file := filepath.Join(t.TempDir(), "agent.pem")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return file
}

// whole plays a session from the opening to its end: requests both ways, events,
// refreshes by either side.
func whole(t *testing.T, a *application, p *uaphone.Phone, user string) {
	t.Helper()
	st := a.waitState(user, uacsta.Open)
	dials(t, a, p, st)
	require.NoError(t, p.PressDoNotDisturb(true))
	until(t, func() bool { return len(a.heard()) == 3 })
	assert.Equal(t, 200, p.Refresh(sip.UPDATE, 10*time.Minute))
	assert.Equal(t, 200, p.Refresh(sip.INVITE, 10*time.Minute))
	assert.Zero(t, a.ignored("forged"))
	a.agent.Unregistered(uacsta.Registration{Registrar: "internal", User: p.Device(), Domain: domain, CallID: "reg-" + p.Address()})
}

func TestLinesOverTLS(t *testing.T) {
	certificate, pool := selfSigned(t, "127.0.0.1")
	port, err := strconv.Atoi(freePort(t))
	require.NoError(t, err)
	a := newApplicationAt(t, uacsta.Options{}, useragent.Options{
		Address: netip.MustParseAddrPort("127.0.0.1:0"), TLSPort: uint16(port), TLS: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
	})
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	server := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	p := a.newPhone(uaphone.Panasonic, "1001", func(c *phone.Config) { c.TLS = &tls.Config{RootCAs: pool} })
	status, err := p.RegisterLine(ctx, "tls", server, "1001", password, time.Hour)
	require.NoError(t, err)
	require.Equal(t, 200, status)
	st := a.waitState("1001", uacsta.Open)
	assert.Equal(t, uacsta.OwnLine, st.Way)
	assert.Equal(t, "tls", st.Transport)
	whole(t, a, p, "1001")
	status, err = p.RegisterLine(ctx, "tls", server, "1001", password, 0)
	require.NoError(t, err)
	require.Equal(t, 200, status)
	until(t, func() bool { return p.Sessions() == 0 })

	// Who trusts nobody gets no further, and neither does who speaks no TLS.
	stranger := a.newPhone(uaphone.Panasonic, "1002")
	_, err = stranger.RegisterLine(ctx, "tls", server, "1002", password, time.Hour)
	require.Error(t, err)
	conn, err := net.Dial("tcp", server)
	require.NoError(t, err)
	_, err = conn.Write([]byte("OPTIONS sip:csta SIP/2.0\r\n\r\n"))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	for buffer := make([]byte, 1000); err == nil; {
		// An alert, then the end.
		_, err = conn.Read(buffer)
	}
	assert.NotErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, conn.Close())
}

func TestIPv6(t *testing.T) {
	if conn, err := net.ListenPacket("udp", "[::1]:0"); err != nil {
		t.Skip("no IPv6: ", err)
	} else {
		require.NoError(t, conn.Close())
	}
	newSix := func(t *testing.T) *application {
		return newApplicationAt(t, uacsta.Options{}, useragent.Options{Address: netip.MustParseAddrPort("[::1]:0")})
	}
	six := func(c *phone.Config) { c.Listen = "[::1]:0" }
	t.Run("to its contact", func(t *testing.T) {
		a := newSix(t)
		p := a.newPhone(uaphone.Snom, "1001", six)
		a.register(p)
		whole(t, a, p, "1001")
		until(t, func() bool { return p.Sessions() == 0 })
	})
	for _, network := range []string{"udp", "tcp"} {
		t.Run("own line over "+network, func(t *testing.T) {
			a := newSix(t)
			p := a.newPhone(uaphone.Panasonic, "1001", six)
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			status, err := p.RegisterLine(ctx, network, a.socket.Address().String(), "1001", password, time.Hour)
			require.NoError(t, err)
			require.Equal(t, 200, status)
			whole(t, a, p, "1001")
		})
	}
	t.Run("NOTIFY", func(t *testing.T) {
		a := newSix(t)
		p := a.newPhone(uaphone.OpenStage, "1001", six)
		a.register(p)
		st := a.waitState("1001", uacsta.Open)
		_, err := a.dial(st.ID)
		require.NoError(t, err)
		p.Serves(a.socket.Address().String())
		require.NoError(t, p.PressDoNotDisturb(true))
	})
}

func TestPhoneThatListensForTCP(t *testing.T) {
	a := newApplication(t, uacsta.Options{})
	p := a.newPhone(uaphone.Grandstream, "1001", func(c *phone.Config) { c.TCP = true })
	a.register(p, func(r *uacsta.Registration) { r.Transport = "tcp" })
	assert.Equal(t, "tcp", a.waitState("1001", uacsta.Open).Transport)
	whole(t, a, p, "1001")
	until(t, func() bool { return p.Sessions() == 0 })
}

// The proxy that a registration came by stays in the way of everything.
func TestByProxy(t *testing.T) {
	a := newApplication(t, uacsta.Options{})
	edge := newProxy(t, "", "")
	p := a.newPhone(uaphone.Snom, "1001")
	a.register(p, func(r *uacsta.Registration) {
		r.Contact = `"" <` + p.ContactURI() + ";fs_path=" + "sip%3A" + edge.address() + "%3Blr>"
		r.Source = netip.MustParseAddrPort("127.0.0.1:5060")
	})
	st := a.waitState("1001", uacsta.Open)
	assert.Equal(t, uacsta.ByProxy, st.Way)
	whole(t, a, p, "1001")
	until(t, func() bool { return p.Sessions() == 0 })
	seen := map[string]int{}
	for len(edge.routed) > 0 {
		seen[<-edge.routed]++
	}
	for _, method := range []string{"OPTIONS", "INVITE", "ACK", "INFO", "UPDATE", "BYE"} {
		assert.NotZero(t, seen[method], method)
	}
}

// Behind NAT on our side phones are told the public address; the socket keeps its
// own.
func TestAdvertisedAddress(t *testing.T) {
	a := newApplicationAt(t, uacsta.Options{}, useragent.Options{Address: netip.MustParseAddrPort("127.0.0.1:0"), Advertised: netip.MustParseAddr("192.0.2.10")})
	p := a.newPhone(uaphone.Yealink, "1001")
	a.register(p)
	a.waitState("1001", uacsta.Open)
	session, ok := p.Identify()
	require.True(t, ok)
	assert.Equal(t, a.socket.Address().String(), session.Application)
	assert.Contains(t, session.Target, "192.0.2.10:"+strconv.Itoa(int(a.socket.Address().Port())))
	whole(t, a, p, "1001")
}
