package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
)

// TLSFiles name the files that TLS needs, all in PEM.
type TLSFiles struct {
	// Cert holds the server's certificate and those of its issuers. Empty = no
	// TLS, and then the others have to be empty too.
	Cert string
	// Key holds the private key; empty = it is in Cert.
	Key string
	// ClientCA holds the issuers that clients' certificates are checked by;
	// empty = clients need none.
	ClientCA string
}

// certificateWarning is how long before its end a certificate is warned of.
const certificateWarning = 14 * 24 * time.Hour

// Load reads the files. The result is nil without Cert. warning is something
// that the operator should know and that keeps nothing from working yet. An
// error names the parameter and the file.
func (f TLSFiles) Load() (config *tls.Config, warning string, err error) {
	if f.Cert == "" {
		switch {
		case f.Key != "":
			return nil, "", errors.New("tls-key is set without tls-cert")
		case f.ClientCA != "":
			return nil, "", errors.New("tls-client-ca is set without tls-cert: clients could not be asked for certificates")
		}
		return nil, "", nil
	}
	certText, err := readPEM("tls-cert", f.Cert)
	if err != nil {
		return nil, "", err
	}
	keyText, keyFile := certText, f.Cert
	if f.Key != "" {
		keyFile = f.Key
		if keyText, err = readPEM("tls-key", f.Key); err != nil {
			return nil, "", err
		}
	}
	if !hasBlock(certText, "CERTIFICATE") {
		return nil, "", fmt.Errorf("tls-cert: there is no certificate in %s", f.Cert)
	}
	pair, err := tls.X509KeyPair(certText, keyText)
	if err != nil {
		if f.Key == "" {
			return nil, "", fmt.Errorf("tls-cert: %s (without tls-key it has to hold the private key as well): %w", f.Cert, err)
		}
		return nil, "", fmt.Errorf("tls-cert %s and tls-key %s do not go together: %w", f.Cert, keyFile, err)
	}
	config = &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{pair},
	}
	if f.ClientCA != "" {
		text, err := readPEM("tls-client-ca", f.ClientCA)
		if err != nil {
			return nil, "", err
		}
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(text) {
			return nil, "", fmt.Errorf("tls-client-ca: there is no certificate in %s", f.ClientCA)
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, f.validity(pair.Leaf, time.Now()), nil
}

// validity is a warning about the time in which clients accept a certificate.
func (f TLSFiles) validity(leaf *x509.Certificate, now time.Time) string {
	day := func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
	switch {
	case leaf == nil:
		return ""
	case now.Before(leaf.NotBefore):
		return fmt.Sprintf("the certificate in %s is not valid before %s: clients will refuse it", f.Cert, day(leaf.NotBefore))
	case now.After(leaf.NotAfter):
		return fmt.Sprintf("the certificate in %s has expired on %s: clients will refuse it", f.Cert, day(leaf.NotAfter))
	case leaf.NotAfter.Sub(now) < certificateWarning:
		return fmt.Sprintf("the certificate in %s expires on %s", f.Cert, day(leaf.NotAfter))
	}
	return ""
}

// maxPEM bounds what is read of a file that is meant to hold certificates.
const maxPEM = 4 << 20

func readPEM(parameter, name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: there is no file %s", parameter, name)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", parameter, err)
	case !info.Mode().IsRegular() || info.Size() > maxPEM:
		return nil, fmt.Errorf("%s: %s is no file of certificates or keys", parameter, name)
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%s: the switch's user may not read %s", parameter, name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", parameter, err)
	}
	if block, _ := pem.Decode(text); block == nil {
		return nil, fmt.Errorf("%s: %s is not in PEM format", parameter, name)
	}
	return text, nil
}

func hasBlock(text []byte, kind string) bool {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return false
		}
		if block.Type == kind {
			return true
		}
	}
}

// secured tells by what a connection is protected; the zero value: by nothing.
type secured struct {
	// over is what frames come in, if they do not come bare.
	over    string
	version string
	// client is the name in the client's certificate, if it showed one.
	client string
	// raw is the connection below TLS, and below over.
	raw net.Conn
}

func (p secured) String() string {
	return strings.Join(slices.DeleteFunc([]string{p.over, p.version, p.client}, func(s string) bool { return s == "" }), " ")
}

// transport is what to close so that nothing is written: conn itself without
// TLS.
func (p secured) transport(conn net.Conn) net.Conn {
	if p.raw != nil {
		return p.raw
	}
	return conn
}

// attributes are for the log.
func (p secured) attributes() []any {
	var list []any
	if p.over != "" {
		list = append(list, "by", p.over)
	}
	if p.version != "" {
		list = append(list, "security", p.version)
	}
	if p.client != "" {
		list = append(list, "client", p.client)
	}
	return list
}

// secure agrees on TLS with a client, within handshakeTime.
func (srv *Server) secure(conn net.Conn, config *tls.Config) (*tls.Conn, secured, error) {
	ctx, cancel := context.WithTimeout(srv.ctx, srv.limits.handshake)
	defer cancel()
	c := tls.Server(conn, config)
	if err := c.HandshakeContext(ctx); err != nil {
		return nil, secured{}, err
	}
	state := c.ConnectionState()
	p := secured{version: tls.VersionName(state.Version), raw: conn}
	if len(state.PeerCertificates) > 0 {
		p.client = state.PeerCertificates[0].Subject.CommonName
	}
	return c, p, nil
}

// insecure turns a client away with which TLS could not be agreed on. One that
// speaks CSTA in plain, to a port of CSTA, is told so.
func (srv *Server) insecure(conn net.Conn, err error, told bool) {
	srv.counters.handshakes.Add(1)
	var plain tls.RecordHeaderError
	reason := err
	switch {
	case errors.As(err, &plain) && plain.Conn != nil:
		reason = errors.New("the client does not speak TLS")
	case errors.Is(err, context.DeadlineExceeded):
		reason = fmt.Errorf("no TLS handshake within %v", srv.limits.handshake)
	}
	srv.strangers.Warn("CSTA client refused: no TLS", "peer", conn.RemoteAddr().String(), "reason", reason)
	if told && plain.Conn != nil && plain.RecordHeader[0] == 0 {
		// The first byte of a CSTA frame.
		srv.tell(plain.Conn, refusal(ecma.ErrSecurityGeneric))
	}
}
