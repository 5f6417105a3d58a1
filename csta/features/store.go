package features

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"mod_csta_socket/csta/switching"
)

const (
	// writeDelay collects changes that come close together into one writing.
	writeDelay = 100 * time.Millisecond
	// retryDelay is the time between attempts while the file cannot be written.
	retryDelay = 10 * time.Second
	// maxFile bounds what is read: a hundred thousand subscribers with everything
	// set.
	maxFile = 64 << 20
)

// Store is the file of all subscribers' features. It is written by a goroutine of
// its own, as a whole and under another name first, so that whoever sets features
// does not wait and a crash leaves the old file or the new one.
type Store struct {
	path string
	log  *slog.Logger

	mu      sync.Mutex
	current map[string]switching.Features
	dirty   bool

	wake    chan struct{}
	stopped chan struct{}
	done    chan struct{}
}

// Open reads the file and starts the writing. A file that is not there is empty.
// One that cannot be read is logged and kept beside the new one, since a switch
// without its users' features is better than none.
func Open(path string, log *slog.Logger) *Store {
	s := &Store{
		path: path, log: log, current: map[string]switching.Features{},
		wake: make(chan struct{}, 1), stopped: make(chan struct{}), done: make(chan struct{}),
	}
	s.load()
	go s.run()
	return s
}

// All is what the file held, by subscriber.
func (s *Store) All() map[string]switching.Features {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.current)
}

// Keep remembers the features of a subscriber. It does not block.
func (s *Store) Keep(device string, f switching.Features) {
	s.mu.Lock()
	if f == (switching.Features{}) {
		delete(s.current, device)
	} else {
		s.current[device] = f
	}
	s.dirty = true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Close writes what has not been written yet and ends the writing. It is called
// once.
func (s *Store) Close() {
	close(s.stopped)
	<-s.done
}

func (s *Store) load() {
	text, err := read(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var rejected int
	if err == nil {
		s.current, rejected, err = decode(text)
	}
	if err != nil || rejected > 0 {
		kept := s.path + ".bad"
		if failed := keep(s.path, kept); failed != nil {
			kept = "nowhere: " + failed.Error()
		}
		s.log.Error("features of subscribers could not be read", "file", s.path, "error", err, "subscribers rejected", rejected, "kept as", kept)
	}
}

// keep gives a file a second name, which it has alone once it is replaced. That works
// for one that cannot be read as well.
func keep(path, name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Link(path, name)
}

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("it is longer than %d bytes", maxFile)
	}
	return os.ReadFile(path)
}

func (s *Store) run() {
	defer close(s.done)
	for {
		select {
		case <-s.wake:
		case <-s.stopped:
			s.write()
			return
		}
		if !s.pause(writeDelay) || s.write() {
			continue
		}
		if s.pause(retryDelay) {
			select {
			case s.wake <- struct{}{}:
			default:
			}
		}
	}
}

// pause waits, but not longer than until the store is closed.
func (s *Store) pause(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-s.stopped:
		return false
	}
}

// write writes the file if there is news; it tells whether the file is up to
// date now.
func (s *Store) write() bool {
	s.mu.Lock()
	if !s.dirty {
		s.mu.Unlock()
		return true
	}
	s.dirty = false
	text := encode(s.current)
	s.mu.Unlock()
	if err := replace(s.path, text); err != nil {
		s.log.Error("features of subscribers could not be written; a restart would bring older ones", "file", s.path, "error", err)
		s.mu.Lock()
		s.dirty = true
		s.mu.Unlock()
		return false
	}
	return true
}

// replace writes a file under another name and puts it in place.
func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// file is the form of the file, meant to be read by people, too.
type file struct {
	Version     int              `json:"version"`
	Subscribers map[string]entry `json:"subscribers"`
}

type entry struct {
	DoNotDisturb bool        `json:"doNotDisturb,omitempty"`
	Immediate    *forwarding `json:"forwardImmediate,omitempty"`
	Busy         *forwarding `json:"forwardBusy,omitempty"`
	NoAnswer     *forwarding `json:"forwardNoAnswer,omitempty"`
}

type forwarding struct {
	On      bool   `json:"on"`
	Number  string `json:"number"`
	Seconds int    `json:"seconds,omitempty"`
}

const fileVersion = 1

func encode(all map[string]switching.Features) []byte {
	f := file{Version: fileVersion, Subscribers: make(map[string]entry, len(all))}
	for device, now := range all {
		f.Subscribers[device] = entry{
			DoNotDisturb: now.DoNotDisturb, Immediate: kept(now.Immediate), Busy: kept(now.Busy), NoAnswer: kept(now.NoAnswer),
		}
	}
	text, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		// Strings, numbers and booleans have no other form.
		panic(err)
	}
	return append(text, '\n')
}

func kept(f switching.Forwarding) *forwarding {
	if f == (switching.Forwarding{}) {
		return nil
	}
	return &forwarding{On: f.On, Number: f.Number, Seconds: int(f.Ring / time.Second)}
}

func (f *forwarding) setting() switching.Forwarding {
	if f == nil {
		return switching.Forwarding{}
	}
	return switching.Forwarding{On: f.On, Number: f.Number, Ring: time.Duration(f.Seconds) * time.Second}
}

// decode reads a file. Subscribers that make no sense are left out and counted.
func decode(text []byte) (all map[string]switching.Features, rejected int, err error) {
	all = map[string]switching.Features{}
	var f file
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return all, 0, err
	}
	if f.Version != fileVersion {
		return all, 0, fmt.Errorf("its version is %d, not %d", f.Version, fileVersion)
	}
	for device, e := range f.Subscribers {
		now := switching.Features{
			DoNotDisturb: e.DoNotDisturb, Immediate: e.Immediate.setting(), Busy: e.Busy.setting(), NoAnswer: e.NoAnswer.setting(),
		}
		if !switching.ValidDevice(device) || !valid(device, now) {
			rejected++
			continue
		}
		if now != (switching.Features{}) {
			all[device] = now
		}
	}
	return all, rejected, nil
}
