// Package dumps keeps recordings of the engine's inputs in a directory, few and of
// bounded size.
package dumps

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// prefix and suffix are those of the files' names; only files that have both are
	// ever removed.
	prefix = "csta-record-"
	suffix = ".jsonl"
	// kept bounds the files in the directory.
	kept = 8
	// largest bounds a file in bytes. A recording of the default size has about three
	// times as many as text.
	largest = 64 << 20
	// nameTime is the part of a name that sorts by age.
	nameTime = "20060102-150405.000"
	// ownerOnly: numbers and names are nobody else's business.
	ownerOnly = 0o600
)

// errTooLarge: a recording is larger than a file may be.
var errTooLarge = errors.New("the recording is too large for a file")

// Directory is where recordings are kept.
type Directory struct {
	path string
	log  *slog.Logger
}

// In keeps recordings in a directory, which exists.
func In(path string, log *slog.Logger) *Directory { return &Directory{path, log} }

// Write implements engine.Dumps. The oldest files make room for the new one.
func (d *Directory) Write(why string, write func(io.Writer) error) (path string, err error) {
	d.makeRoom()
	name := prefix + time.Now().Format(nameTime) + "-" + word(why) + suffix
	path = filepath.Join(d.path, name)
	// Nobody else's file or link is written to.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, ownerOnly)
	if err != nil {
		return "", err
	}
	err = errors.Join(write(&bounded{file, largest}), file.Close())
	if err != nil {
		return "", errors.Join(fmt.Errorf("%s: %w", path, err), os.Remove(path))
	}
	return path, nil
}

// makeRoom removes the oldest recordings, so that one more may be there.
func (d *Directory) makeRoom() {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		d.log.Warn("recordings can't be listed", "error", err)
		return
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) && strings.HasSuffix(e.Name(), suffix) && e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	for ; len(names) >= kept; names = names[1:] {
		if err := os.Remove(filepath.Join(d.path, names[0])); err != nil && !errors.Is(err, fs.ErrNotExist) {
			d.log.Warn("an old recording can't be removed", "error", err)
		}
	}
}

// word is a reason as a part of a file's name.
func word(why string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, strings.ToLower(why))
}

// bounded is a file that takes so many bytes more.
type bounded struct {
	file *os.File
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.left {
		return 0, errTooLarge
	}
	b.left -= len(p)
	return b.file.Write(p)
}
