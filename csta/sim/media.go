package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/switching"
)

// playback is what a leg plays: one message now, others behind it.
type playback struct {
	queue []message
	// now is the message that plays; end its end, limit the operation's.
	now        message
	end, limit *task
}

type message struct {
	file, id    string
	limit       time.Duration
	stopOnDigit bool
	// first marks the first message of an operation: its limit begins here.
	first bool
}

type recording struct {
	// file is the full path, name what was asked for.
	file, name string
	began      time.Time
	end        *task
}

// maxRecorded bounds the recordings that can be played.
const maxRecorded = 4096

// opensMedia lets an inbound leg that was not answered yet send sound (SIP
// 183), as FreeSWITCH's playback does.
func (s *Switch) opensMedia(l *leg) error {
	if l.answered || l.early {
		return nil
	}
	if l.info.Direction == switching.Outbound {
		return fmt.Errorf("leg %s was not answered: %w", l.id, switching.ErrNotPossible)
	}
	s.markEarly(l)
	return nil
}

func (s *Switch) play(op switching.Play) error {
	l, err := s.leg(op.Leg)
	if err != nil {
		return err
	}
	if len(op.Files) == 0 {
		return fmt.Errorf("nothing to play: %w", switching.ErrInvalidAddress)
	}
	for _, f := range op.Files {
		if !switching.ValidFile(f) {
			return fmt.Errorf("message %q: %w", f, switching.ErrInvalidAddress)
		}
	}
	if err := s.opensMedia(l); err != nil {
		return err
	}
	if l.playing == nil {
		l.playing = &playback{}
	}
	for i, f := range op.Files {
		l.playing.queue = append(l.playing.queue, message{
			file: f, id: op.ID, limit: op.Limit, stopOnDigit: op.StopOnDigit, first: i == 0,
		})
	}
	if l.playing.end == nil {
		s.playNext(l)
	}
	return nil
}

// playNext begins the next message that exists.
func (s *Switch) playNext(l *leg) {
	p := l.playing
	p.end = nil
	for len(p.queue) > 0 {
		p.now, p.queue = p.queue[0], p.queue[1:]
		if p.now.first {
			s.agenda.remove(p.limit)
			p.limit = nil
			if p.now.limit > 0 {
				p.limit = s.after(p.now.limit, func() { s.cutOperation(l) })
			}
		}
		length, exists := s.message(p.now.file)
		if !exists {
			s.tellPlayed(l, switching.NotFound)
			continue
		}
		s.emit(switching.Event{Kind: switching.PlayStarted, Leg: l.id, Name: p.now.file, Data: p.now.id})
		p.end = s.after(length, func() {
			s.tellPlayed(l, switching.Completed)
			s.playNext(l)
		})
		s.readDigits(l)
		return
	}
	s.agenda.remove(p.limit)
	l.playing = nil
}

// message is the length of a message: one that was there, or a recording.
func (s *Switch) message(file string) (time.Duration, bool) {
	if length, exists := s.o.Message(file); exists {
		return length, true
	}
	length, exists := s.recorded[file]
	return length, exists
}

func (s *Switch) tellPlayed(l *leg, r switching.Result) {
	m := l.playing.now
	s.emit(switching.Event{Kind: switching.PlayStopped, Leg: l.id, Name: m.file, Data: m.id, Result: r})
}

// cutOperation ends the operation that plays, not those behind it.
func (s *Switch) cutOperation(l *leg) {
	p := l.playing
	s.agenda.remove(p.end)
	s.tellPlayed(l, switching.Interrupted)
	for len(p.queue) > 0 && !p.queue[0].first {
		p.queue = p.queue[1:]
	}
	s.playNext(l)
}

// stopPlaying ends all that plays or waits to.
func (s *Switch) stopPlaying(l *leg) { s.endPlaying(l, switching.Interrupted) }

func (s *Switch) endPlaying(l *leg, r switching.Result) {
	p := l.playing
	if p == nil {
		return
	}
	s.agenda.remove(p.end)
	s.agenda.remove(p.limit)
	s.tellPlayed(l, r)
	l.playing = nil
}

func (s *Switch) stopPlay(op switching.StopPlay) error {
	l, err := s.leg(op.Leg)
	if err != nil {
		return err
	}
	if l.playing == nil {
		return fmt.Errorf("leg %s plays nothing: %w", l.id, switching.ErrNotPossible)
	}
	s.stopPlaying(l)
	return nil
}

func (s *Switch) record(op switching.Record) (switching.Outcome, error) {
	l, err := s.leg(op.Leg)
	if err != nil {
		return switching.Outcome{}, err
	}
	if !switching.ValidRecording(op.File) {
		return switching.Outcome{}, fmt.Errorf("recording %q: %w", op.File, switching.ErrInvalidAddress)
	}
	full := strings.TrimSuffix(s.o.RecordingsRoot, "/") + "/" + op.File
	if !s.o.Writable(op.File) {
		return switching.Outcome{}, fmt.Errorf("recording %s: %w", full, switching.ErrUnwritable)
	}
	if s.o.Taken(op.File) {
		return switching.Outcome{}, fmt.Errorf("recording %s: %w", full, switching.ErrTaken)
	}
	for _, other := range s.legs {
		for _, r := range other.recordings {
			if r.file == full {
				return switching.Outcome{}, fmt.Errorf("recording %s runs already: %w", full, switching.ErrInUse)
			}
		}
	}
	if !l.answered && !l.early {
		return switching.Outcome{}, fmt.Errorf("recording %s: leg %s has no media: %w", full, l.id, switching.ErrNotPossible)
	}
	r := &recording{file: full, name: op.File, began: s.o.Clock.Now()}
	l.recordings = append(l.recordings, r)
	s.emit(switching.Event{Kind: switching.RecordStarted, Leg: l.id, Name: full})
	if op.Limit > 0 {
		r.end = s.after(op.Limit, func() { s.endRecording(l, r, switching.Completed) })
	}
	return switching.Outcome{File: full}, nil
}

func (s *Switch) endRecording(l *leg, r *recording, result switching.Result) {
	s.agenda.remove(r.end)
	l.recordings = slices.DeleteFunc(l.recordings, func(other *recording) bool { return other == r })
	if _, again := s.recorded[r.name]; again || len(s.recorded) < maxRecorded {
		s.recorded[r.name] = s.o.Clock.Now().Sub(r.began)
	}
	s.emit(switching.Event{Kind: switching.RecordStopped, Leg: l.id, Name: r.file, Result: result})
}

func (s *Switch) stopRecord(op switching.StopRecord) error {
	l, err := s.leg(op.Leg)
	if err != nil {
		return err
	}
	for _, r := range l.recordings {
		if r.file == op.File {
			// FreeSWITCH does not tell a recording that was stopped from one
			// that took all its time.
			s.endRecording(l, r, switching.Completed)
			return nil
		}
	}
	return fmt.Errorf("leg %s does not record to %q: %w", l.id, op.File, switching.ErrNotPossible)
}

// endMedia is the end of everything that is heard on a leg that hung up.
func (s *Switch) endMedia(l *leg) {
	s.endPlaying(l, switching.LegEnded)
	for len(l.recordings) > 0 {
		s.endRecording(l, l.recordings[0], switching.LegEnded)
	}
}

// maxDigits is how many unread digits a leg keeps, FreeSWITCH's own bound.
const maxDigits = 100

// digit: the endpoint sent one. It is noticed when something reads it.
func (s *Switch) digit(l *leg, d string) {
	if len(l.digits) < maxDigits {
		l.digits = append(l.digits, d)
	}
	if l.info.Confirms && l.answered && !l.confirmed {
		l.digits = l.digits[:0]
		s.emit(switching.Event{Kind: switching.DigitDetected, Leg: l.id, Name: d})
		if l.confirmed = d == confirmingDigit; l.confirmed {
			s.taken(l)
		}
		return
	}
	s.readDigits(l)
}

// confirmingDigit takes a call that was answered.
const confirmingDigit = "1"

func (s *Switch) readDigits(l *leg) {
	if l.over || l.bridge == nil && l.playing == nil && l.waiting == nil && !l.parked && !l.music && l.conference == "" {
		return
	}
	for len(l.digits) > 0 {
		d := l.digits[0]
		l.digits = l.digits[1:]
		s.emit(switching.Event{Kind: switching.DigitDetected, Leg: l.id, Name: d})
		s.pressed(l, d)
		if l.playing != nil && l.playing.end != nil && l.playing.now.stopOnDigit {
			s.cutOperation(l)
		}
	}
}
