package fsswitch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
	"mod_csta_socket/module/translate"
)

// sounds is a switch with a directory of sounds. Its recordings have text in them
// as soon as they begin.
type sounds struct {
	*Switch
	fake *fakeCalls
	t    *testing.T
	root string
}

func newSounds(t *testing.T, files ...string) *sounds {
	root := filepath.Join(t.TempDir(), "sounds")
	require.NoError(t, os.Mkdir(root, 0o700))
	f := &fakeCalls{variables: map[string]string{"sound_prefix": root}}
	s := &sounds{Switch: newSwitch(f), fake: f, t: t, root: root}
	for _, file := range files {
		s.put(file, "a prompt")
	}
	return s
}

func (s *sounds) put(file, text string) {
	s.t.Helper()
	full := filepath.Join(s.root, file)
	require.NoError(s.t, os.MkdirAll(filepath.Dir(full), 0o700))
	require.NoError(s.t, os.WriteFile(full, []byte(text), 0o600))
}

// records records to a name, and returns the file that it went to, below the
// directory of the root.
func (s *sounds) records(name string) (string, error) {
	out, err := s.Perform(context.Background(), switching.Record{Leg: leg, File: name})
	if err != nil {
		return "", err
	}
	require.NoError(s.t, os.WriteFile(out.File, []byte("recorded"), 0o600))
	below, err := filepath.Rel(filepath.Dir(s.root), out.File)
	require.NoError(s.t, err)
	return below, nil
}

// recorded does the same and ends it.
func (s *sounds) recorded(name string) string {
	s.t.Helper()
	below, err := s.records(name)
	require.NoError(s.t, err, name)
	s.ended(below)
	return below
}

func (s *sounds) ended(below string) { s.Recorded(filepath.Join(filepath.Dir(s.root), below)) }

// plays is what the switch is given for a name.
func (s *sounds) plays(name string) string {
	s.t.Helper()
	_, err := s.Perform(context.Background(), switching.Play{Leg: leg, ID: "1", Files: []string{name}})
	require.NoError(s.t, err)
	calls := s.fake.calls()
	var on, id, file string
	var stop bool
	_, err = fmt.Sscanf(calls[len(calls)-1], "play %s %s %s %v", &on, &id, &file, &stop)
	require.NoError(s.t, err)
	return file
}

func TestRecordingsNeverReplaceSounds(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		want  error
	}{
		{"hello.wav", []string{"hello.wav"}, switching.ErrTaken},
		{"ivr/hello.wav", []string{"ivr/hello.wav"}, switching.ErrTaken},
		// A directory of a rate comes first for the switch, when it writes, too.
		{"ivr/hello.wav", []string{"ivr/8000/hello.wav"}, switching.ErrTaken},
		{"ivr/hello.wav", []string{"ivr/48000/hello.wav"}, switching.ErrTaken},
		{"ivr/hello.wav", []string{"ivr/22050/hello.wav"}, switching.ErrUnwritable},
		// And the recording would be played in place of the prompt.
		{"ivr/8000/hello.wav", []string{"ivr/hello.wav"}, switching.ErrTaken},
		{"ivr/8000/hello.wav", []string{"ivr/16000/hello.wav"}, switching.ErrTaken},
		// A bare name is the file of the leg's codec, or .wav.
		{"hello.wav", []string{"hello.PCMU"}, switching.ErrTaken},
		{"hello.wav", []string{"hello.iLBC"}, switching.ErrTaken},
		{"hello.mp3", []string{"hello.wav"}, switching.ErrTaken},
		{"ivr/hello.mp3", []string{"ivr/8000/hello.wav"}, switching.ErrUnwritable},
		// Another module than the one that looks into these directories may write it.
		{"ivr/other.mp3", []string{"ivr/8000/hello.wav"}, switching.ErrUnwritable},
		{"hello.wav/x.wav", []string{"hello.wav"}, switching.ErrUnwritable},
		{"hello/x.wav", []string{"hello"}, switching.ErrUnwritable},
	} {
		s := newSounds(t, c.files...)
		_, err := s.records(c.name)
		if errors.Is(c.want, switching.ErrUnwritable) && errors.Is(err, switching.ErrTaken) {
			err = switching.ErrUnwritable
		}
		require.ErrorIs(t, err, c.want, "%s beside %v", c.name, c.files)
		assert.Empty(t, s.fake.calls(), "the leg was touched for %s beside %v", c.name, c.files)
		for _, file := range c.files {
			text, err := os.ReadFile(filepath.Join(s.root, file))
			require.NoError(t, err)
			assert.Equal(t, "a prompt", string(text))
		}
	}
}

func TestRecordingsNeverFollowLinksOut(t *testing.T) {
	s := newSounds(t)
	outside := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(outside, "other.wav"), []byte("a secret"), 0o600))
	require.NoError(t, os.Symlink(outside, filepath.Join(s.root, "out")))
	require.NoError(t, os.Mkdir(filepath.Join(s.root, "ivr"), 0o700))
	require.NoError(t, os.Symlink(outside, filepath.Join(s.root, "ivr", "8000")))
	require.NoError(t, os.Symlink(filepath.Join(outside, "new.wav"), filepath.Join(s.root, "dangling.wav")))
	for _, name := range []string{"out/other.wav", "out/new.wav", "ivr/new.wav", "ivr/8000/new.wav", "dangling.wav"} {
		_, err := s.records(name)
		require.Error(t, err, name)
	}
	assert.Empty(t, s.fake.calls(), "the leg was touched")
	entries, err := os.ReadDir(outside)
	require.NoError(t, err)
	assert.Len(t, entries, 1, "something was written outside")
	// The operator's root itself may be a link.
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(s.root, link))
	s.fake.variables["sound_prefix"] = link
	_, err = s.Perform(context.Background(), switching.Record{Leg: leg, File: "fine.wav"})
	assert.NoError(t, err)
}

func TestRecordingsAreReplacedByThoseWhoMadeThem(t *testing.T) {
	s := newSounds(t)
	require.Equal(t, "sounds/notes/one.wav", s.recorded("notes/one.wav"))
	require.Equal(t, "sounds/notes/one.wav", s.recorded("notes/one.wav"))
	// Another one of ours beside it does no harm.
	s.recorded("notes/one.gsm")

	below, err := s.records("notes/one.wav")
	require.NoError(t, err)
	_, err = s.records("notes/one.wav")
	require.ErrorIs(t, err, switching.ErrInUse, "two recordings at once")
	s.ended(below)

	// What somebody else has put there since is not ours any more, whether it is a
	// new file (which often has the number of the old one) or new contents.
	full := filepath.Join(s.root, "notes/one.wav")
	require.NotNil(t, s.recordings.find(full).look(full))
	s.put("notes/one.wav", "a prompt made of it")
	_, err = s.records("notes/one.wav")
	require.ErrorIs(t, err, switching.ErrTaken)
	require.NoError(t, os.Remove(filepath.Join(s.root, "notes/one.wav")))
	s.put("notes/one.wav", "recorded")
	_, err = s.records("notes/one.wav")
	require.ErrorIs(t, err, switching.ErrTaken)

	// Another process, or the module loaded anew, knows nothing of them.
	again := &sounds{Switch: newSwitch(s.fake), fake: s.fake, t: t, root: s.root}
	_, err = again.records("notes/one.gsm")
	assert.ErrorIs(t, err, switching.ErrTaken)
}

// The switch may tell of a recording's end in vain: then it ended with its leg.
func TestRecordingEndsWithItsLeg(t *testing.T) {
	s := newSounds(t)
	_, err := s.records("notes/one.wav")
	require.NoError(t, err)
	legs := func(records ...map[translate.Field]string) {
		s.fake.list = list(records...)
		_, err := s.Perform(context.Background(), switching.ListLegs{})
		require.NoError(t, err)
	}
	for _, state := range []string{"answered", "hangup"} {
		legs(map[translate.Field]string{translate.UniqueID: leg, translate.AnswerState: state})
		_, err = s.records("notes/one.wav")
		require.ErrorIs(t, err, switching.ErrInUse, state)
	}
	legs()
	require.Equal(t, "sounds/notes/one.wav", s.recorded("notes/one.wav"))
	// A snapshot that was begun before shows nothing of it.
	begun := time.Now()
	_, err = s.records("notes/one.wav")
	require.NoError(t, err)
	s.recordings.retain(nil, begun)
	_, err = s.records("notes/one.wav")
	require.ErrorIs(t, err, switching.ErrInUse)
}

func TestRecordingsBesideDirectoriesOfRates(t *testing.T) {
	s := newSounds(t, "ivr/8000/hello.wav", "ivr/16000/hello.wav", "deep/8000/8000/x.wav")
	// The switch would write there; told so, it writes there in any case, and finds
	// it by the name.
	require.Equal(t, "sounds/ivr/8000/new.wav", s.recorded("ivr/new.wav"))
	require.Equal(t, "sounds/ivr/8000/new.wav", s.recorded("ivr/new.wav"))
	require.Equal(t, "sounds/ivr/8000/new.wav", s.recorded("ivr/8000/new.wav"))
	_, err := s.records("deep/new.wav")
	require.ErrorIs(t, err, switching.ErrUnwritable)
	require.NoError(t, os.Mkdir(filepath.Join(s.root, "deep", "48000"), 0o700))
	require.Equal(t, "sounds/deep/48000/new.wav", s.recorded("deep/new.wav"))
}

func TestRecordingThatFailsLeavesNothing(t *testing.T) {
	s := newSounds(t)
	failing := &failingRecords{s.fake}
	s.Switch.calls = failing
	_, err := s.records("x.wav")
	require.ErrorIs(t, err, switching.ErrNotPossible)
	_, err = os.Stat(filepath.Join(s.root, "x.wav"))
	require.ErrorIs(t, err, os.ErrNotExist)
	s.Switch.calls = s.fake
	assert.Equal(t, "sounds/x.wav", s.recorded("x.wav"))
	// One that was there stays.
	s.Switch.calls = failing
	_, err = s.records("x.wav")
	require.ErrorIs(t, err, switching.ErrNotPossible)
	s.Switch.calls = s.fake
	assert.Equal(t, "sounds/x.wav", s.recorded("x.wav"))
}

type failingRecords struct{ *fakeCalls }

func (*failingRecords) RecordLeg(string, string, time.Duration) error {
	return switching.ErrNotPossible
}

func TestRecordingsDirectory(t *testing.T) {
	s := newSounds(t, "hello.wav", "ivr/8000/welcome.wav")
	dir := filepath.Join(filepath.Dir(s.root), "recordings")
	require.NoError(t, s.SetRecordings(dir))
	require.Equal(t, "recordings/notes/one.wav", s.recorded("notes/one.wav"))
	assert.Equal(t, dir+"/notes/one.wav", s.plays("notes/one.wav"))
	assert.Equal(t, dir+"/notes/one.wav", s.plays("notes/one"))
	assert.Equal(t, "hello.wav", s.plays("hello.wav"))
	assert.Equal(t, "missing.wav", s.plays("missing.wav"))

	// Whatever lies there is replaced, whoever recorded it.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "old.wav"), []byte("of last year"), 0o600))
	require.Equal(t, "recordings/old.wav", s.recorded("old.wav"))
	below, err := s.records("old.wav")
	require.NoError(t, err)
	_, err = s.records("old.wav")
	require.ErrorIs(t, err, switching.ErrInUse)
	s.ended(below)

	// A name that a sound has would play the sound.
	for _, name := range []string{"hello.wav", "hello.gsm", "ivr/welcome.wav"} {
		_, err := s.records(name)
		require.ErrorIs(t, err, switching.ErrTaken, name)
	}
	// A sound that comes later is not hidden by a recording.
	s.put("notes/one.wav", "a prompt")
	assert.Equal(t, "notes/one.wav", s.plays("notes/one.wav"))

	// Nothing leads out of it.
	require.NoError(t, os.Symlink(s.root, filepath.Join(dir, "link")))
	require.NoError(t, os.Symlink(filepath.Join(s.root, "hello.wav"), filepath.Join(dir, "alias.wav")))
	for _, name := range []string{"link/new.wav", "alias.wav"} {
		_, err := s.records(name)
		require.Error(t, err, name)
	}
	// A leg may have another root of sounds.
	s.fake.variables["sound_prefix"] = dir + "/notes"
	_, err = s.records("x.wav")
	require.ErrorIs(t, err, switching.ErrUnwritable)
}

func TestRecordingsDirectoryIsNotThatOfSounds(t *testing.T) {
	s := newSounds(t, "ivr/8000/welcome.wav")
	parent := filepath.Dir(s.root)
	s.fake.variables["sounds_dir"] = filepath.Join(parent, "elsewhere", "sounds")
	link := filepath.Join(parent, "link")
	require.NoError(t, os.Symlink(s.root, link))
	blocked := filepath.Join(parent, "file")
	require.NoError(t, os.WriteFile(blocked, nil, 0o600))
	for _, dir := range []string{
		s.root, parent, "/", link, filepath.Join(parent, "elsewhere"), filepath.Join(parent, "elsewhere", "sounds"),
		filepath.Join(s.root, "ivr", "8000"), blocked, "relative", s.root + "/", s.root + "/../x", parent + "/with space",
	} {
		require.Error(t, s.SetRecordings(dir), dir)
	}
	for _, dir := range []string{filepath.Join(s.root, "recordings"), s.root + "-of-calls", ""} {
		require.NoError(t, s.SetRecordings(dir), dir)
	}
}

func TestRememberedRecordingsAreBounded(t *testing.T) {
	s := newSounds(t)
	for i := range maxRecordings + 10 {
		full := fmt.Sprintf("/nowhere/%d.wav", i)
		s.recordings.begun(full, leg, true)
		s.Recorded(full)
		s.Recorded(full)
	}
	assert.Len(t, s.recordings.made, maxRecordings)
	assert.Len(t, s.recordings.ended, maxRecordings)
	for range 10 {
		s.recordings.begun("/nowhere/same.wav", leg, false)
		s.Recorded("/nowhere/same.wav")
	}
	assert.Len(t, s.recordings.made, maxRecordings)
	assert.Len(t, s.recordings.ended, maxRecordings)
	s.Recorded("/nowhere/somebody else's.wav")
	assert.Len(t, s.recordings.made, maxRecordings)
}
