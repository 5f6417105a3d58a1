package lifecycle

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Scheduling policies of the kernel (sched.h).
const (
	schedOther = 0
	schedFIFO  = 1
)

// asynchronous are the signals that no thread of Go may be given: FreeSWITCH's
// handlers must not run on a goroutine's stack. SIGCHLD is not among them: Go
// unblocks it in its threads, and FreeSWITCH has no handler for it.
var asynchronous = []syscall.Signal{
	syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2,
	syscall.SIGALRM, syscall.SIGTERM,
}

// thread is one thread of a process.
type thread struct {
	id      int
	policy  int
	blocked uint64
}

func (t thread) blocks(s syscall.Signal) bool { return t.blocked&(1<<(uint(s)-1)) != 0 }

func (t thread) String() string {
	return fmt.Sprintf("thread %d: policy %d, blocked signals %016x", t.id, t.policy, t.blocked)
}

// threads lists the threads of a process.
func threads(t *testing.T, pid int) []thread {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/task", pid)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var list []thread
	for _, e := range entries {
		one, err := readThread(filepath.Join(dir, e.Name()))
		if os.IsNotExist(err) {
			continue // It ended meanwhile.
		}
		require.NoError(t, err)
		list = append(list, one)
	}
	return list
}

// policyField is the place of the policy among the fields of /proc/PID/stat
// that follow the name (proc(5) counts it 41).
const policyField = 41 - 3

func readThread(dir string) (thread, error) {
	var one thread
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return one, err
	}
	name := strings.LastIndexByte(string(stat), ')')
	fields := strings.Fields(string(stat)[name+1:])
	if name < 0 || len(fields) <= policyField {
		return one, fmt.Errorf("%s/stat: %q", dir, stat)
	}
	if one.policy, err = strconv.Atoi(fields[policyField]); err != nil {
		return one, err
	}
	if one.id, err = strconv.Atoi(filepath.Base(dir)); err != nil {
		return one, err
	}
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return one, err
	}
	for line := range strings.Lines(string(status)) {
		if mask, found := strings.CutPrefix(line, "SigBlk:"); found {
			one.blocked, err = strconv.ParseUint(strings.TrimSpace(mask), 16, 64)
			return one, err
		}
	}
	return one, fmt.Errorf("%s/status has no SigBlk", dir)
}

// descriptors counts the open files of a process.
func descriptors(t *testing.T, pid int) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	require.NoError(t, err)
	return len(entries)
}
