package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"mod_csta_socket/bridge_c"
)

const (
	// memoryLimit is when Go begins to collect harder: far above what ten
	// thousand calls take, and far below what would push the switch out of
	// memory. GOMEMLIMIT in the environment overrides it.
	memoryLimit = 1 << 30
	// crashName is where Go writes its last words, in the switch's log_dir. A
	// daemon has no stderr.
	crashName = "mod_csta_socket-crash.log"
)

// boundRuntime leaves at least half of the cores to the switch's media threads
// while Go collects garbage.
func boundRuntime() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(1, runtime.NumCPU()/2))
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	debug.SetTraceback("crash")
}

// crashFile receives the report of a fatal error of Go's runtime.
type crashFile struct {
	path string
	log  *slog.Logger
}

// openCrashFile makes the file ready; without one the module works as well.
func openCrashFile(log *slog.Logger) *crashFile {
	c := &crashFile{log: log}
	dir, err := bridge.Global("log_dir")
	if err != nil || dir == "" {
		log.Warn("no log_dir: a crash of the module would leave no report", "error", err)
		return c
	}
	path := filepath.Join(dir, crashName)
	// #nosec G302 -- the switch's own logs may be read by its group, too.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		log.Warn("a crash of the module would leave no report", "error", err)
		return c
	}
	defer file.Close()
	if err := debug.SetCrashOutput(file, debug.CrashOptions{}); err != nil {
		log.Warn("a crash of the module would leave no report", "error", err)
		return c
	}
	c.path = path
	return c
}

// close lets go of the file and removes it if nothing was written.
func (c *crashFile) close() {
	if c.path == "" {
		return
	}
	if err := debug.SetCrashOutput(nil, debug.CrashOptions{}); err != nil {
		c.log.Warn("crash report file not closed", "error", err)
	}
	if info, err := os.Stat(c.path); err == nil && info.Size() == 0 {
		if err := os.Remove(c.path); err != nil {
			c.log.Warn("empty crash report not removed", "error", err)
		}
	}
}
