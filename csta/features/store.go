package features

import (
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"time"

	"mod_csta_socket/csta/switching"
)

const (
	// writeDelay collects changes that come close together into one writing. It is
	// what a crash of the switch can cost, with the time that the writing takes.
	writeDelay = 100 * time.Millisecond
	// retryDelay is the time between attempts while the file cannot be written.
	retryDelay = 10 * time.Second
	// leastJournal is how much is added to a file before it is written anew without
	// what was overtaken; a file that is longer than that has to double.
	leastJournal = 256 << 10
)

// Store is the file of all subscribers' features: a line for each, and a line added
// for each change; the last one of a subscriber counts. Now and then it is written
// anew, under another name first. All that is done by a goroutine of its own, so that
// whoever sets features does not wait, and a crash leaves what was there a moment
// ago.
type Store struct {
	path string
	log  *slog.Logger

	mu      sync.Mutex
	current map[string]switching.Features
	// changed are the subscribers whose lines are still to be added.
	changed map[string]bool

	// size is the file's as we left it, compact what it was when written anew; the
	// goroutine's. A file of another size, -1 too, is written anew.
	size, compact int64

	wake    chan struct{}
	stopped chan struct{}
	done    chan struct{}
}

// Open reads the file and starts the writing. A file that is not there is empty.
// What cannot be read is left out, logged, and kept in a file beside it, since a
// switch without some users' features is better than none.
func Open(path string, log *slog.Logger) *Store {
	s := &Store{
		path: path, log: log, changed: map[string]bool{},
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
	s.changed[device] = true
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
	found := read(s.path)
	s.current, s.size, s.compact = found.all, found.size, found.size
	if found.err == nil && found.rejected == 0 {
		if !found.appendable {
			s.size = -1
		}
		return
	}
	// The good lines are written into a file of their own at the next change.
	s.size = -1
	kept := s.path + ".bad"
	if failed := keep(s.path, kept); failed != nil {
		kept = "nowhere: " + failed.Error()
	}
	s.log.Error("features of subscribers could not be read", "file", s.path, "error", found.err,
		"entries rejected", found.rejected, "subscribers read", len(found.all), "kept as", kept)
}

// keep gives a file a second name, which it has alone once it is replaced. That works
// for one that cannot be read as well.
func keep(path, name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Link(path, name)
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

// write writes the news, if there are any; it tells whether the file is up to date
// now.
func (s *Store) write() bool {
	s.mu.Lock()
	changed := s.changed
	if len(changed) == 0 {
		s.mu.Unlock()
		return true
	}
	s.changed = map[string]bool{}
	var news []byte
	for device := range changed {
		news = appendLine(news, device, s.current[device])
	}
	s.mu.Unlock()
	err := s.extend(news)
	if err == nil {
		return true
	}
	s.log.Error("features of subscribers could not be written; a restart would bring older ones", "file", s.path, "error", err)
	s.mu.Lock()
	for device := range changed {
		s.changed[device] = true
	}
	s.mu.Unlock()
	return false
}

// errNotOurs: the file is not as it was left.
var errNotOurs = errors.New("somebody else has changed the file")

// extend adds lines to the file, or writes it anew if that is due, or if lines cannot
// be added.
func (s *Store) extend(news []byte) error {
	size := s.size
	if size >= 0 && size+int64(len(news)) <= max(s.compact*2, s.compact+leastJournal) {
		if add(s.path, size, news) == nil {
			s.size = size + int64(len(news))
			return nil
		}
	}
	// What is there may end within a line.
	s.size = -1
	s.mu.Lock()
	text := encode(s.current)
	s.mu.Unlock()
	if err := replace(s.path, text); err != nil {
		return err
	}
	s.size, s.compact = int64(len(text)), int64(len(text))
	return nil
}

// add adds lines to a file of a known size.
func add(path string, size int64, lines []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.Size() != size:
		err = errNotOurs
	default:
		if _, err = f.Write(lines); err == nil {
			err = f.Sync()
		}
	}
	return errors.Join(err, f.Close())
}

// replace writes a file under another name and puts it in place. The name is always
// the same, so that crashes leave one at most.
func replace(path string, text []byte) error {
	name := path + ".new"
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(name, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return syncDirectory(filepath.Dir(path))
}

// syncDirectory makes a new name last.
func syncDirectory(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
