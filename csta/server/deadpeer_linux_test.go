package server

import (
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// vanish lets a client's machine disappear from the network: its socket takes no
// packet any more, not even an acknowledgement, and sends none.
func (p *peer) vanish() {
	p.t.Helper()
	raw, err := p.Conn.(*net.TCPConn).SyscallConn()
	require.NoError(p.t, err)
	// The filter program "return 0": every packet is dropped (socket(7)).
	program := syscall.SockFilter{Code: syscall.BPF_RET | syscall.BPF_K}
	filter := syscall.SockFprog{Len: 1, Filter: &program}
	var failed syscall.Errno
	require.NoError(p.t, raw.Control(func(fd uintptr) {
		_, _, failed = syscall.Syscall6(syscall.SYS_SETSOCKOPT, fd, syscall.SOL_SOCKET, syscall.SO_ATTACH_FILTER,
			uintptr(unsafe.Pointer(&filter)), unsafe.Sizeof(filter), 0)
	}))
	require.Zero(p.t, failed)
}

func TestHalfOpenConnectionsAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("keep-alive works in seconds: not with -short")
	}
	for name, sends := range map[string]bool{"idle": false, "with bytes on their way": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := start(t, Options{}, func(s *Server) {
				s.limits.keepAlive = net.KeepAliveConfig{Enable: true, Idle: time.Second, Interval: time.Second, Count: 1}
			})
			good, _ := f.join(t)
			p, s := f.join(t)
			p.vanish()
			if sends {
				s.Notify(event(t, 100), "1", "")
				s.Flush()
			}
			require.Same(t, s, receive(t, f.engine.closed))
			good.send(1, `<SystemStatus/>`)
			good.expect(1, `<SystemStatusResponse/>`)
			// The engine is told before the line is written.
			require.Eventually(t, func() bool { return strings.Contains(f.log.String(), "timed out") }, 5*time.Second, 10*time.Millisecond)
		})
	}
}
