package server

import (
	"net"
	"os"
	"syscall"
	"unsafe"
)

// trying is how a connection is written to without waiting; nil if it cannot be, as with
// TLS, whose records may not be written in part.
//
// The system call is a raw one: it does not block, and around others Go wakes a thread
// that watches them, if all have slept. That costs an event that comes alone more than
// the write.
func trying(conn net.Conn) trySocket {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	var (
		data  []byte
		n     int
		errno syscall.Errno
	)
	write := func(fd uintptr) {
		for {
			// #nosec G103 -- data is not kept by the call.
			wrote, _, failed := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(data))), uintptr(len(data)))
			if n, errno = int(wrote), failed; errno != syscall.EINTR {
				return
			}
		}
	}
	return func(b []byte) (int, error) {
		data = b
		err := raw.Control(write)
		data = nil
		switch {
		case err != nil:
			return 0, err
		case errno == 0:
			return n, nil
		case errno == syscall.EAGAIN:
			return 0, nil
		}
		return 0, os.NewSyscallError("write", errno)
	}
}
