//go:build !linux

package server

import (
	"syscall"
	"time"
)

func boundUnacknowledged(syscall.RawConn, time.Duration) error { return nil }
