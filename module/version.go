package main

import (
	"runtime"
	"runtime/debug"
)

// versionText is the version with what it was built from.
func versionText() string {
	text := version
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && version == "development" {
				text += " " + s.Value
			}
		}
	}
	return text + " (" + runtime.Version() + " " + runtime.GOARCH + ")"
}
