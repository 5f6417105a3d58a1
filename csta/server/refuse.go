package server

import (
	"io"
	"net"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

// refuseInvoke is the invoke ID of the error that a refused peer gets. Nothing
// was read from it, so there is no request to repeat the ID of; most clients
// begin with 0.
const refuseInvoke = 0

// maxRefusedBytes bounds what is taken from a refused peer, see refuse.
const maxRefusedBytes = 64 << 10

// refuse tells a peer why it may not connect, unless the port speaks TLS: nothing
// was agreed on yet, and a handshake is work that a stranger should not be able
// to cause. The caller closes the connection.
func (srv *Server) refuse(conn net.Conn, told []byte) {
	if srv.options().TLS == nil {
		srv.tell(conn, told)
	}
}

// refusal is a frame that tells why.
func refusal(why *ecma.Error) []byte {
	frame, mark := wire.Begin(nil, refuseInvoke)
	// An error fits into a frame.
	frame, _ = wire.End(ecma.Append(frame, DefaultEdition, why), mark)
	return frame
}

// tell sends a refused peer the reason.
func (srv *Server) tell(conn net.Conn, told []byte) {
	select {
	case srv.refusals <- struct{}{}:
		defer func() { <-srv.refusals }()
	default:
		return
	}
	// A peer that is gone already needs no answer: errors end the attempt.
	if conn.SetDeadline(time.Now().Add(refusalTime)) != nil {
		return
	}
	if _, err := conn.Write(told); err != nil {
		return
	}
	// Closing with unread bytes in the socket would reset the connection and
	// could take the answer away from the peer, so what it sends is thrown away
	// until it closes.
	if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.CopyN(io.Discard, conn, maxRefusedBytes)
	}
}
