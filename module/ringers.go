package main

import (
	"log/slog"
	"path/filepath"

	"mod_csta_socket/bridge_c"
	"mod_csta_socket/module/ringers"
)

// ringersFile is the file in the switch's db_dir in which phones stand that
// rang at an attempt to control them.
const ringersFile = "mod_csta_socket.ringers"

func openRingers(log *slog.Logger) ringers.File {
	dir, err := bridge.Global("db_dir")
	if err != nil || dir == "" {
		log.Warn("uaCSTA: db_dir is not known; phones that ring at an attempt to control them are tried again after a restart")
		return ringers.Open("", log)
	}
	return ringers.Open(filepath.Join(dir, ringersFile), log)
}
