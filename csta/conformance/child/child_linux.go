package child

import "syscall"

// diesWithParent makes the kernel kill the process when its parent ends in whatever way.
func diesWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
