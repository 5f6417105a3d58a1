package server

import (
	"net"
	"syscall"
	"unsafe"
)

// acknowledged is how much of what was written to the connection the client's host has
// acknowledged: what it may have of it. With TLS, which adds to what is written, it is a
// little less, and where what is written is said in other words it is all or nothing: what is
// not certain is sent again to a client that comes back.
func (s *session) acknowledged() uint64 {
	written := s.bytesOut.Load()
	tcp, ok := s.secured.transport(s.conn).(*net.TCPConn)
	if !ok {
		return written
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0
	}
	// SIOCOUTQ, by the name that package syscall has for its number: see tcp(7).
	var unsent int32
	failed := syscall.Errno(0)
	if err := raw.Control(func(fd uintptr) {
		// #nosec G103 -- the kernel writes the number, and keeps nothing.
		_, _, failed = syscall.RawSyscall(syscall.SYS_IOCTL, fd, syscall.TIOCOUTQ, uintptr(unsafe.Pointer(&unsent)))
	}); err != nil || failed != 0 || unsent < 0 {
		return 0
	}
	if s.secured.over != "" && unsent > 0 {
		return 0
	}
	return written - min(written, uint64(unsent))
}
