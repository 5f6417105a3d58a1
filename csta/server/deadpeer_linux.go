package server

import (
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT (RFC 5482, tcp(7)), which package syscall
// does not name.
const tcpUserTimeout = 18

// boundUnacknowledged limits how long bytes that we sent may stay without an
// acknowledgement. Keep-alive probes are not sent meanwhile, and without the limit
// the system would try for a quarter of an hour to reach a client whose machine is
// gone. Connections inherit it from their listener.
func boundUnacknowledged(conn syscall.RawConn, d time.Duration) error {
	var failed error
	if err := conn.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(d.Milliseconds()))
	}); err != nil {
		return err
	}
	return failed
}
