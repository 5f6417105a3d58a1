package freeswitch

import "syscall"

// diesWithParent makes the kernel kill the switch when the test ends in
// whatever way.
func diesWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
