// Command mod_csta_socket is the FreeSWITCH module, built as a C shared object:
//
//	go build -buildmode=c-shared -o mod_csta_socket.so ./module
//
// The switch loads it and calls bridge_c's C functions; these call the three
// exported here. A shared object of Go stays in memory for ever, so that
// package variables outlive unload and load: everything that runs hangs on the
// one variable running, built by load and taken down by shutdown.
package main

/*
#cgo CFLAGS: -I${SRCDIR}/../bridge_c
#include <stdlib.h>
#include <string.h>
#include "bridge.h"
*/
import "C"

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"unsafe"

	"mod_csta_socket/bridge_c"
	"mod_csta_socket/csta/logline"
	"mod_csta_socket/module/switchlog"
)

// version is set by the build: -ldflags "-X main.version=...".
var version = "development"

var (
	mu      sync.Mutex
	running *service
)

func main() {}

//export go_csta_load
func go_csta_load() (refused C.int) {
	log := newLogger()
	defer caught(log, "load", func() { refused = 1 })
	mu.Lock()
	defer mu.Unlock()
	if running != nil {
		log.Error("load: the module is running already")
		return 1
	}
	s, err := start(log)
	if err != nil {
		log.Error("mod_csta_socket does not load: " + err.Error())
		return 1
	}
	running = s
	log.Log(context.Background(), switchlog.Notice, "mod_csta_socket "+versionText()+" loaded")
	return 0
}

//export go_csta_shutdown
func go_csta_shutdown() (left C.int) {
	log := newLogger()
	defer caught(log, "shutdown", func() { left = 1 })
	mu.Lock()
	defer mu.Unlock()
	s := running
	running = nil
	if s == nil {
		return 0
	}
	if err := s.stop(); err != nil {
		log.Error("mod_csta_socket did not stop completely: " + err.Error())
		return 1
	}
	return 0
}

//export go_csta_command
func go_csta_command(arguments C.csta_str) (answer C.csta_text) {
	log := newLogger()
	defer caught(log, "command", func() { answer = text("-ERR internal error, see the log\n") })
	mu.Lock()
	s := running
	mu.Unlock()
	if s == nil {
		return text("-ERR mod_csta_socket is not running\n")
	}
	line := C.GoStringN(arguments.p, C.int(arguments.n))
	return text(s.command(line))
}

// text copies a string for C, which frees it, and puts a NUL behind it.
func text(s string) C.csta_text {
	p := C.malloc(C.size_t(len(s) + 1))
	if p == nil {
		return C.csta_text{}
	}
	to := unsafe.Slice((*byte)(p), len(s)+1)
	copy(to, s)
	to[len(s)] = 0
	return C.csta_text{p: (*C.char)(p), n: C.size_t(len(s))}
}

func newLogger() *slog.Logger {
	return slog.New(logline.Limited(switchlog.New(func(level switchlog.Level, file, function string, line int, leg, text string) {
		bridge.Log(bridge.LogLevel(level), file, function, line, leg, text)
	}, slog.LevelDebug), logline.Usual))
}

// panics counts the bugs that caught was there for, of all loads.
var panics atomic.Uint64

// caught is deferred at the top of whatever the switch or a goroutine runs: a
// bug of ours must not end the switch's calls.
func caught(log *slog.Logger, where string, then func()) {
	if r := recover(); r != nil {
		panics.Add(1)
		log.Error("panic", "where", where, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		then()
	}
}
