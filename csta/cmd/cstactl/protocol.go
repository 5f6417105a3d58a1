package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"time"
)

// protocols are those that a wrong port is likely to speak, told by how a server begins.
var protocols = []struct{ begins, name string }{
	{"SSH-", "SSH"},
	{"HTTP/", "HTTP"},
	{"Content-Type: auth/request", "FreeSWITCH's event socket protocol"},
	{"Content-Type: text/rude-rejection", "FreeSWITCH's event socket protocol"},
	{"\x15\x03", "TLS"}, // an alert
	{"\x16\x03", "TLS"}, // a handshake
}

const (
	// probeTime bounds each look at a server that said nothing CSTA.
	probeTime = time.Second
	// probed is how much of what it says is looked at.
	probed = 64
)

// spoken names what a server speaks that is no CSTA server; "" if nothing is recognized.
// It is asked in three ways, on a connection each: by silence, by TLS, by HTTP.
func spoken(ctx context.Context, address string) string {
	for _, greet := range []func(net.Conn){
		func(net.Conn) {},
		func(c net.Conn) {
			// Its certificate may be wrong: that it has one was heard by then.
			_ = tls.Client(c, &tls.Config{ServerName: "localhost", MinVersion: tls.VersionTLS12}).Handshake()
		},
		func(c net.Conn) { _, _ = io.WriteString(c, "HEAD / HTTP/1.0\r\n\r\n") },
	} {
		beginning := overhear(ctx, address, greet)
		for _, p := range protocols {
			if bytes.HasPrefix(beginning, []byte(p.begins)) {
				return p.name
			}
		}
	}
	return ""
}

// overhear is the beginning of what a server says when it is greeted.
func overhear(ctx context.Context, address string, greet func(net.Conn)) []byte {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil
	}
	defer conn.Close()
	if conn.SetDeadline(time.Now().Add(probeTime)) != nil {
		return nil
	}
	e := &eavesdropper{Conn: conn}
	greet(e)
	if len(e.heard) == 0 {
		_, _ = e.Read(make([]byte, probed))
	}
	return e.heard
}

// eavesdropper keeps the beginning of what is read from a connection.
type eavesdropper struct {
	net.Conn
	heard []byte
}

func (e *eavesdropper) Read(p []byte) (int, error) {
	n, err := e.Conn.Read(p)
	e.heard = append(e.heard, p[:min(n, max(0, probed-len(e.heard)))]...)
	return n, err
}
