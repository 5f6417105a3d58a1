// Package ringers keeps the list of phones that rang at an attempt to control them,
// so that they are not tried again after a restart.
package ringers

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"

	"mod_csta_socket/csta/uacsta"
)

// maxBytes bounds the file: a phone names its software itself, and could be a new
// one each time.
const maxBytes = 4 << 20

// File is the list: one JSON object a line. An operator who has changed such a
// phone's settings takes its line out while the module is unloaded.
type File struct {
	path string
	log  *slog.Logger
}

// Open returns the list in a file that need not be there. With an empty path
// nothing is kept.
func Open(path string, log *slog.Logger) File { return File{path, log} }

// Read returns all that stand in it; what is broken ends it.
func (f File) Read() []uacsta.Ringer {
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
	for lines := json.NewDecoder(file); lines.More() && lines.InputOffset() < maxBytes; {
		var r uacsta.Ringer
		if err := lines.Decode(&r); err != nil {
			f.failed(err)
			break
		}
		list = append(list, r)
	}
	return list
}

var errFull = errors.New("it is full")

// Add writes one more down.
func (f File) Add(r uacsta.Ringer) {
	if f.path == "" {
		return
	}
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		f.failed(err)
		return
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case info.Size() >= maxBytes:
		err = errFull
	default:
		err = json.NewEncoder(file).Encode(r)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		f.failed(err)
	}
}

func (f File) failed(err error) {
	f.log.Warn("uaCSTA: the list of phones that rang is not usable; they may be tried again after a restart", "file", f.path, "error", err)
}
