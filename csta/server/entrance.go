package server

import (
	"context"
	"net"

	"mod_csta_socket/csta/ecma"
)

// Entrance lets clients in that put frames into another protocol. Connections come to it
// when they are admitted, and secured if there is TLS: the limits of connections and the
// access list have been looked at, and what holds for a session holds for one that came
// this way.
type Entrance interface {
	// Open agrees with the client on the protocol, within a time of its own, or that
	// of ctx, and returns the frames in it (csta/wire) as a connection. That is nil if
	// the client wanted something else and has got it. An error tells by what origin of
	// its own it was turned away.
	Open(ctx context.Context, conn net.Conn) (net.Conn, error)
	// Refusal is what a client is told that may not connect; nil: nothing.
	Refusal(why *ecma.Error) []byte
	// String names the protocol.
	String() string
}

// bare is the entrance of clients that send frames, and nothing around them.
type bare struct{}

func (bare) Open(_ context.Context, conn net.Conn) (net.Conn, error) { return conn, nil }
func (bare) String() string                                          { return "" }
func (bare) Refusal(why *ecma.Error) []byte                          { return refusal(why) }

// door is a port and what is spoken there.
type door struct {
	net.Listener
	// web: the entrance is that of Options.Web, as it is when a client comes.
	web bool
}

func (d door) entrance(opts *Options) Entrance {
	if d.web {
		return opts.Web
	}
	return bare{}
}

// enter opens a connection at an entrance; nil if the client is none, or turned away.
func (srv *Server) enter(at Entrance, conn net.Conn) net.Conn {
	opened, err := at.Open(srv.ctx, conn)
	if err != nil {
		srv.counters.byOrigin.Add(1)
		srv.strangers.Warn("CSTA client refused: "+err.Error(), "peer", conn.RemoteAddr().String())
		return nil
	}
	return opened
}
