// Package child starts programs that end with the test that needs them: a telephone that
// outlived it would register at the next test's switch, and take its calls.
package child

import (
	"os/exec"
	"runtime"
)

// Start starts a program, from a thread that lives until it has ended: the kernel ends
// the program with the thread that made it. ended gets what Wait returns.
func Start(program *exec.Cmd) (ended <-chan error, err error) {
	program.SysProcAttr = diesWithParent()
	started, waited := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := program.Start()
		started <- err
		if err == nil {
			waited <- program.Wait()
		}
	}()
	return waited, <-started
}
