package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/spf13/pflag"
)

// tlsFlags say how to reach a server whose port speaks TLS.
type tlsFlags struct {
	on            bool
	ca, cert, key string
}

func (f *tlsFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.on, "tls", false, "speak TLS with the server")
	flags.StringVar(&f.ca, "ca", "", "issuers (PEM) that the server's certificate is checked by, instead of the system's; implies --tls")
	flags.StringVar(&f.cert, "cert", "", "our certificate (PEM), for a server that asks for one; implies --tls")
	flags.StringVar(&f.key, "key", "", "our private key (PEM); without it, it is in the file of --cert")
}

// wanted tells whether any of the flags asks for TLS.
func (f *tlsFlags) wanted() bool { return f.on || f.ca != "" || f.cert != "" || f.key != "" }

// config is nil without TLS.
func (f *tlsFlags) config() (*tls.Config, error) {
	if !f.wanted() {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.ca != "" {
		text, err := os.ReadFile(f.ca)
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--ca: there is no certificate in %s", f.ca)
		}
	}
	if f.cert == "" {
		if f.key != "" {
			return nil, fmt.Errorf("--key is of no use without --cert")
		}
		return c, nil
	}
	key := f.key
	if key == "" {
		key = f.cert
	}
	pair, err := tls.LoadX509KeyPair(f.cert, key)
	if err != nil {
		return nil, fmt.Errorf("--cert, --key: %w", err)
	}
	c.Certificates = []tls.Certificate{pair}
	return c, nil
}
