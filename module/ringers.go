package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"mod_csta_socket/bridge_c"
	"mod_csta_socket/csta/uacsta"
)

// ringersFile is the file in the switch's db_dir in which phones stand that
// rang at an attempt to control them: one JSON object a line. An operator who
// has changed such a phone's settings takes its line out while the module is
// unloaded.
const ringersFile = "mod_csta_socket.ringers"

// mostRingerBytes bounds what is read of it.
const mostRingerBytes = 4 << 20

// ringers keeps phones from being tried again after a restart.
type ringers struct {
	path string
	log  *slog.Logger
}

func openRingers(log *slog.Logger) ringers {
	dir, err := bridge.Global("db_dir")
	if err != nil || dir == "" {
		log.Warn("uaCSTA: db_dir is not known; phones that ring at an attempt to control them are tried again after a restart")
		return ringers{log: log}
	}
	return ringers{filepath.Join(dir, ringersFile), log}
}

func (f ringers) read() []uacsta.Ringer {
	if f.path == "" {
		return nil
	}
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		f.failed(err)
		return nil
	}
	defer file.Close()
	var list []uacsta.Ringer
	for lines := json.NewDecoder(file); lines.More() && lines.InputOffset() < mostRingerBytes; {
		var r uacsta.Ringer
		if err := lines.Decode(&r); err != nil {
			f.failed(err)
			break
		}
		list = append(list, r)
	}
	return list
}

func (f ringers) add(r uacsta.Ringer) {
	if f.path == "" {
		return
	}
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		f.failed(err)
		return
	}
	if err := errors.Join(json.NewEncoder(file).Encode(r), file.Close()); err != nil {
		f.failed(err)
	}
}

func (f ringers) failed(err error) {
	f.log.Warn("uaCSTA: the list of phones that rang is not usable; they may be tried again after a restart", "file", f.path, "error", err)
}
