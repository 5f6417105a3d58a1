package fsswitch

import (
	"fmt"
	"path"
	"sync"
	"time"

	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/translate"
)

const (
	// maxPlayID bounds the ID of a Play so that it fits an Application-UUID
	// with its tag.
	maxPlayID = 63 - len(translate.PlayTag)
	// recordGrace is added to the switch's own limit of a recording, which
	// counts whole seconds of the clock and may end one early. The module's
	// timer ends it on time.
	recordGrace = 2 * time.Second
	// stopAgain and stopTries are for a limited Play found between two of its
	// files.
	stopAgain = 100 * time.Millisecond
	stopTries = 3
)

// play queues the files of a Play; the switch plays them in that order.
func (s *Switch) play(o switching.Play) error {
	if !validWord(o.Leg, maxUUID) {
		return address("leg", o.Leg)
	}
	if !validWord(o.ID, maxPlayID) {
		return address("play ID", o.ID)
	}
	if len(o.Files) == 0 {
		return address("message", "")
	}
	for _, file := range o.Files {
		if !switching.ValidFile(file) {
			return address("message", file)
		}
	}
	files, err := s.played(o)
	if err != nil {
		return err
	}
	for i, file := range files {
		if err := s.calls.Play(o.Leg, translate.PlayTag+o.ID, file, o.StopOnDigit); err != nil {
			return fmt.Errorf("play message %d of %d on leg %s: %w", i+1, len(o.Files), o.Leg, err)
		}
	}
	if o.Limit > 0 {
		s.limits.after(o.Limit, func() { s.endPlay(o) })
	}
	return nil
}

// played are the files of a Play, as the switch finds them: recordings may lie in a
// directory of their own.
func (s *Switch) played(o switching.Play) ([]string, error) {
	if s.recordings.directory() == "" {
		return o.Files, nil
	}
	root, err := s.soundRoot(o.Leg)
	if err != nil {
		return nil, err
	}
	files := make([]string, len(o.Files))
	for i, file := range o.Files {
		files[i] = s.recordings.played(root, file)
	}
	return files, nil
}

// endPlay stops a Play at its limit if it still runs.
func (s *Switch) endPlay(o switching.Play) {
	for range stopTries {
		if s.legs.Playing(o.Leg, o.ID) {
			if err := s.calls.StopPlay(o.Leg); err != nil {
				s.log.Debug("message not stopped at its limit", "leg", o.Leg, "error", err)
			}
			return
		}
		time.Sleep(stopAgain)
	}
}

// record begins a recording below the sound root, where the messages are too, or in
// the operator's directory of recordings.
func (s *Switch) record(o switching.Record) (switching.Outcome, error) {
	if !validWord(o.Leg, maxUUID) {
		return switching.Outcome{}, address("leg", o.Leg)
	}
	if !switching.ValidRecording(o.File) {
		return switching.Outcome{}, address("recording", o.File)
	}
	root, err := s.soundRoot(o.Leg)
	if err != nil {
		return switching.Outcome{}, err
	}
	full, err := s.recordings.reserve(o.Leg, root, o.File)
	if err != nil {
		return switching.Outcome{}, fmt.Errorf("record leg %s to %s: %w", o.Leg, o.File, err)
	}
	limit := o.Limit
	if limit > 0 {
		limit += recordGrace
	}
	if err := s.calls.RecordLeg(o.Leg, full, limit); err != nil {
		s.recordings.release(full)
		return switching.Outcome{}, fmt.Errorf("record leg %s to %s: %w", o.Leg, full, err)
	}
	if o.Limit > 0 {
		s.limits.after(o.Limit, func() {
			if err := s.calls.StopRecord(o.Leg, full); err != nil {
				s.log.Debug("recording not stopped at its limit", "leg", o.Leg, "file", full, "error", err)
			}
		})
	}
	return switching.Outcome{File: full}, nil
}

// soundRoot is the directory that relative names of messages are resolved
// against: the leg's sound_prefix, the global one, else sounds_dir.
func (s *Switch) soundRoot(leg string) (string, error) {
	root, err := s.calls.GetVariable(leg, "sound_prefix")
	if err != nil {
		return "", fmt.Errorf("sound_prefix of leg %s: %w", leg, err)
	}
	if root == "" {
		if root, err = s.calls.Global("sounds_dir"); err != nil {
			return "", fmt.Errorf("sounds_dir: %w", err)
		}
	}
	if !path.IsAbs(root) {
		return "", fmt.Errorf("sound root %q is not absolute: %w", root, switching.ErrUnwritable)
	}
	return root, nil
}

// Recorded: the switch has closed the file of a recording. It does not block.
func (s *Switch) Recorded(full string) { s.recordings.finished(full) }

// SetRecordings makes dir the directory of recordings; empty: they go to the sound
// root. The error says why it cannot be; the one before stays then.
func (s *Switch) SetRecordings(dir string) error {
	var sounds []string
	for _, name := range []string{"sound_prefix", "sounds_dir"} {
		root, err := s.calls.Global(name)
		if err != nil {
			return fmt.Errorf("global variable %s: %w", name, err)
		}
		if root != "" {
			sounds = append(sounds, root)
		}
	}
	return s.recordings.use(dir, sounds...)
}

// limits are the timers of plays and recordings that end on time.
type limits struct {
	mu      sync.Mutex
	timers  map[*time.Timer]struct{}
	running sync.WaitGroup
	closed  bool
}

// after calls f later, unless close comes first.
func (l *limits) after(d time.Duration, f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	if l.timers == nil {
		l.timers = map[*time.Timer]struct{}{}
	}
	var timer *time.Timer
	timer = time.AfterFunc(d, func() {
		l.mu.Lock()
		delete(l.timers, timer)
		if l.closed {
			l.mu.Unlock()
			return
		}
		l.running.Add(1)
		l.mu.Unlock()
		defer l.running.Done()
		f()
	})
	l.timers[timer] = struct{}{}
}

// close stops all timers and waits for those that have just fired.
func (l *limits) close() {
	l.mu.Lock()
	l.closed = true
	for timer := range l.timers {
		timer.Stop()
	}
	clear(l.timers)
	l.mu.Unlock()
	l.running.Wait()
}
