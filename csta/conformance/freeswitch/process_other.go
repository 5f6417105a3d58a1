//go:build !linux

package freeswitch

import "syscall"

func diesWithParent() *syscall.SysProcAttr { return nil }
