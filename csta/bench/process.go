//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// ticksPerSecond is the unit of /proc/<pid>/stat (USER_HZ), which Linux fixes.
const ticksPerSecond = 100

// cpuOf is the processor time a process has used, utime and stime.
func cpuOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name in brackets may hold anything.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const utime, stime = 11, 12
	if len(fields) <= stime {
		return 0, fmt.Errorf("/proc/%d/stat: %q", pid, text)
	}
	var ticks int64
	for _, f := range []string{fields[utime], fields[stime]} {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * (time.Second / ticksPerSecond), nil
}

// ownCPUOf is the processor time of the module's own threads among a switch's. Theirs
// are told from the switch's by the signals that they block (bridge_c/threads.c). What
// a thread used that has ended is not in it; Go keeps its threads.
func ownCPUOf(pid int) (time.Duration, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, task := range tasks {
		status, err := os.ReadFile(task + "/status")
		if err != nil {
			continue
		}
		_, blocked, _ := strings.Cut(string(status), "SigBlk:")
		blocked, _, _ = strings.Cut(blocked, "\n")
		mask, err := strconv.ParseUint(strings.TrimSpace(blocked), 16, 64)
		if err != nil || mask&(1<<(syscall.SIGHUP-1)) == 0 {
			continue
		}
		text, err := os.ReadFile(task + "/schedstat")
		if err != nil {
			continue
		}
		on, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(on, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s/schedstat: %q", task, text)
		}
		sum += time.Duration(n)
	}
	return sum, nil
}

// residentOf is a process's memory in RAM, in KiB.
func residentOf(pid int) (int, error) {
	return statusField(fmt.Sprintf("/proc/%d/status", pid), "VmRSS:")
}

func statusField(file, name string) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return strconv.Atoi(strings.Fields(rest)[0])
		}
	}
	return 0, fmt.Errorf("%s lacks %s", file, name)
}

// loadAverage is what the machine did in the last minute.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	return strings.Join(strings.Fields(string(text))[:1], " ")
}

// machine describes the computer.
func machine() string {
	model, cores := "", 0
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			if strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				cores++
			}
		}
	}
	kernel, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		kernel = []byte("?")
	}
	return fmt.Sprintf("%d × %s, Linux %s", cores, model, strings.TrimSpace(string(kernel)))
}

// aboveOthers gives every thread of a process real-time priority, and so all
// threads that they start: what else runs on the machine then takes no time from
// it. The module's own threads, which are never real-time otherwise, are no
// exception, so that all compete as they do on a machine of their own.
func aboveOthers(pid int) error {
	const roundRobin, priority = 2, 1
	parameter := struct{ priority int32 }{priority}
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil {
		return err
	}
	for _, task := range tasks {
		id, err := strconv.Atoi(filepath.Base(task))
		if err != nil {
			return err
		}
		_, _, errno := syscall.Syscall(syscall.SYS_SCHED_SETSCHEDULER, uintptr(id), roundRobin, uintptr(unsafe.Pointer(&parameter)))
		if errno != 0 && errno != syscall.ESRCH {
			return fmt.Errorf("real-time priority for thread %d: %w", id, errno)
		}
	}
	return nil
}
