package fsswitch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"mod_csta_socket/csta/switching"
)

const (
	// maxRecordings bounds the recordings that have ended and are remembered: those
	// of the sound root may be recorded again under the same name.
	maxRecordings = 4096
	// What a recording makes has the rights that the switch itself would give it.
	recordingRights = 0o666
	directoryRights = 0o750
	// backupExtension is what the switch plays for a name without extension, after
	// that of the leg's codec.
	backupExtension = ".wav"
)

// rates are the sampling rates that a leg can have. FreeSWITCH's mod_sndfile looks
// for dir/name in dir/<the leg's rate> and then in dir/<rate> of anyRate first,
// when it writes, too: it would overwrite dir/8000/name, or begin it.
var rates = []string{"8000", "11025", "12000", "16000", "22050", "24000", "32000", "44100", "48000", "88200", "96000", "192000"}

// anyRate are those of rates in which a file is found whatever the leg's rate is.
var anyRate = []string{"8000", "16000", "32000", "48000"}

// rateFree are the extensions that another module than mod_sndfile may write, which
// does not look into directories of rates.
var rateFree = map[string]bool{"mp3": true, "mpga": true, "opus": true, "ogg": true, "oga": true}

// recordings decides which file a recording is written to, and keeps it from being
// one that was not recorded by us: it is made here, for us alone, before the switch
// opens it; and the switch gets a path that it cannot take for another one. All of
// it may wait for a disk.
type recordings struct {
	// reserving is held while a name is looked at and taken.
	reserving sync.Mutex

	mu sync.Mutex
	// dir is the operator's directory of recordings; empty: the sound root.
	dir string
	// made are recordings by their full path, those that ended at most maxRecordings;
	// ended has these in their order.
	made  map[string]*recorded
	ended []string
}

// recorded is a file of ours.
type recorded struct {
	// running is true until the switch has closed the file; fresh, if it was not
	// there before.
	running, fresh bool
	// leg is the recorded one; since is when that began.
	leg   string
	since time.Time
	// once looks at the closed file: what it is then, it has to be still when it
	// is to be overwritten. Nil if it has gone, or was thrown away as empty.
	once sync.Once
	info fs.FileInfo
}

// look says what the file was when its recording ended.
func (r *recorded) look(full string) fs.FileInfo {
	r.once.Do(func() {
		if info, err := os.Lstat(full); err == nil {
			r.info = info
		}
	})
	return r.info
}

// use makes dir the directory of recordings; empty: the sound root. It must not
// equal or contain any of the directories of sounds, nor be one of a rate within
// them, or recordings would be overwritten sounds.
func (r *recordings) use(dir string, sounds ...string) error {
	if dir != "" {
		// The bridge passes no other path on.
		if !switching.ValidDirectory(dir) {
			return fmt.Errorf("%q is no absolute path of letters, digits and any of ._-", dir)
		}
		if isRate(path.Base(dir)) {
			return fmt.Errorf("%s has the name of a sampling rate", dir)
		}
		if err := os.MkdirAll(dir, directoryRights); err != nil {
			return err
		}
		for _, root := range sounds {
			if within, err := contains(dir, root); err != nil {
				return err
			} else if within {
				return fmt.Errorf("%s is or contains the directory of sounds %s", dir, root)
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dir = dir
	return nil
}

// contains tells whether dir is root or above it, symbolic links resolved. A root
// that is not there is looked at as it is written.
func contains(dir, root string) (bool, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false, err
	}
	real, err := filepath.EvalSymlinks(root)
	if errors.Is(err, fs.ErrNotExist) {
		real, err = path.Clean(root), nil
	}
	if err != nil {
		return false, err
	}
	return real == dir || strings.HasPrefix(real, strings.TrimSuffix(dir, "/")+"/"), nil
}

func (r *recordings) directory() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.dir
}

// reserve finds the file for a recording of that name on a leg with that sound
// root, and makes it ours. release or finished follows. switching.ErrTaken: a file
// that is none of ours stands there, or would be played in its place, or the other
// way round. switching.ErrInUse: it is being recorded.
func (r *recordings) reserve(leg, sounds, name string) (full string, err error) {
	r.reserving.Lock()
	defer r.reserving.Unlock()
	root, own := sounds, false
	if dir := r.directory(); dir != "" {
		if within, err := contains(dir, sounds); err != nil || within {
			return "", fmt.Errorf("recordings in %s beside sounds in %s: %w", dir, sounds, errors.Join(err, switching.ErrUnwritable))
		}
		// The sound would be played, not the recording.
		if exists(sounds, name, everyExtension(name)) {
			return "", fmt.Errorf("%s is a sound in %s: %w", name, sounds, switching.ErrTaken)
		}
		root, own = dir, true
	}
	if err := os.MkdirAll(root, directoryRights); err != nil {
		return "", unwritable(err)
	}
	// It does not follow links out of the directory.
	opened, err := os.OpenRoot(root)
	if err != nil {
		return "", unwritable(err)
	}
	defer opened.Close()
	relative, err := exact(opened, name)
	if err != nil {
		return "", err
	}
	if !own {
		if err := r.unshadowed(opened, root, name); err != nil {
			return "", err
		}
	}
	full = path.Join(root, relative)
	info, err := opened.Lstat(relative)
	fresh := errors.Is(err, fs.ErrNotExist)
	switch {
	case err == nil:
		if err := r.again(full, info, own); err != nil {
			return "", err
		}
	case fresh:
		if err := create(opened, relative); err != nil {
			return "", err
		}
	default:
		return "", unwritable(err)
	}
	r.begun(full, leg, fresh)
	return full, nil
}

// create makes a new, empty file.
func create(root *os.Root, name string) error {
	if err := root.MkdirAll(path.Dir(name), directoryRights); err != nil {
		return unwritable(err)
	}
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, recordingRights)
	if err != nil {
		return unwritable(err)
	}
	return unwritable(file.Close())
}

// again tells whether a file may be recorded again.
func (r *recordings) again(full string, info fs.FileInfo, own bool) error {
	entry := r.find(full)
	switch {
	case entry != nil && r.isRunning(entry):
		return fmt.Errorf("%s is being recorded: %w", full, switching.ErrInUse)
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no regular file: %w", full, switching.ErrTaken)
	case own || entry != nil && unchanged(entry.look(full), info):
		return nil
	}
	return fmt.Errorf("%s was not recorded by this module: %w", full, switching.ErrTaken)
}

// unshadowed looks for files that are not ours and would be played for the same
// name, or for the name without its extension.
func (r *recordings) unshadowed(root *os.Root, base, name string) error {
	for _, other := range family(root.Lstat, name, everyExtension(name)) {
		info, err := root.Lstat(other)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			continue
		}
		if err != nil {
			return unwritable(err)
		}
		if err := r.again(path.Join(base, other), info, false); err != nil {
			return err
		}
	}
	return nil
}

// unchanged tells whether a file is what it was.
func unchanged(before, now fs.FileInfo) bool {
	return before != nil && os.SameFile(before, now) && before.Size() == now.Size() && before.ModTime().Equal(now.ModTime())
}

// exact is the name by which the switch writes, and finds, just that file, though
// there are directories of rates.
func exact(root *os.Root, name string) (string, error) {
	folder, base := path.Split(name)
	here := ratesIn(root.Lstat, folder)
	if len(here) == 0 {
		return name, nil
	}
	if !rateFree[strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".")] {
		for _, rate := range anyRate {
			if inner := path.Join(folder, rate); here[rate] && len(ratesIn(root.Lstat, inner)) == 0 {
				return path.Join(inner, base), nil
			}
		}
	}
	return "", fmt.Errorf("%s would be written into a directory of a sampling rate: %w", name, switching.ErrUnwritable)
}

// ratesIn are the directories of rates in a directory.
func ratesIn(stat statFunc, folder string) map[string]bool {
	found := map[string]bool{}
	for _, rate := range rates {
		// What leads out of the root counts as well: the switch follows it.
		if info, err := stat(path.Join(folder, rate)); err == nil && !info.Mode().IsRegular() {
			found[rate] = true
		}
	}
	return found
}

// statFunc looks at a file below a root.
type statFunc func(name string) (fs.FileInfo, error)

func isRate(name string) bool { return slices.Contains(rates, name) }

// family are the files that the switch may play for a name, or in place of which
// it may play that name, with one of the extensions: of its directory and of those
// for rates beside.
func family(stat statFunc, name string, extensions []string) []string {
	folder, base := path.Split(name)
	if parent, last := path.Split(strings.TrimSuffix(folder, "/")); isRate(last) {
		folder = parent
	}
	folders := []string{folder}
	for rate := range ratesIn(stat, folder) {
		folders = append(folders, path.Join(folder, rate))
	}
	stem := strings.TrimSuffix(base, path.Ext(base))
	list := make([]string, 0, len(folders)*len(extensions))
	for _, folder := range folders {
		for _, extension := range extensions {
			list = append(list, path.Join(folder, stem+extension))
		}
	}
	return list
}

// everyExtension are the extensions of sound, in both cases (those of codecs are
// upper case for the switch), and that of the name itself.
func everyExtension(name string) []string {
	list := make([]string, 0, 2*len(switching.Formats)+2)
	list = append(list, path.Ext(name))
	for format := range switching.Formats {
		list = append(list, "."+format, "."+strings.ToUpper(format))
	}
	// The one codec in mixed case.
	return append(list, ".iLBC")
}

// exists tells whether there is a file of the family below a directory.
func exists(dir, name string, extensions []string) bool {
	stat := func(name string) (fs.FileInfo, error) { return os.Stat(path.Join(dir, name)) }
	for _, other := range family(stat, name, extensions) {
		if info, err := stat(other); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// played is what the switch is to play for a name: a sound, or else a recording.
func (r *recordings) played(sounds, name string) string {
	dir := r.directory()
	if dir == "" {
		return name
	}
	recording, extensions := name, []string{path.Ext(name)}
	if path.Ext(name) == "" {
		recording, extensions = name+backupExtension, everyExtension(name)
	}
	if exists(dir, recording, []string{path.Ext(recording)}) && !exists(sounds, name, extensions) {
		return path.Join(dir, recording)
	}
	return name
}

func (r *recordings) find(full string) *recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.made[full]
}

func (r *recordings) isRunning(entry *recorded) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return entry.running
}

// begun: the file is ours, and the switch writes it.
func (r *recordings) begun(full, leg string, fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made == nil {
		r.made = map[string]*recorded{}
	}
	r.forget(full)
	r.made[full] = &recorded{running: true, fresh: fresh, leg: leg, since: time.Now()}
}

// forget takes a path out of ended. Callers hold mu.
func (r *recordings) forget(full string) {
	if old := r.made[full]; old == nil || old.running {
		return
	}
	if i := slices.Index(r.ended, full); i >= 0 {
		r.ended = slices.Delete(r.ended, i, i+1)
	}
}

// finished: the switch has closed the file. It does not wait for the disk: what
// the file is then is looked at beside.
func (r *recordings) finished(full string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finish(full)
}

// retain finishes the recordings of all legs but those listed, and those that began
// after the given time: what a snapshot begun then shows to be over. It is needed
// when a RECORD_STOP was lost.
func (r *recordings) retain(listed map[string]bool, begun time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for full, entry := range r.made {
		if entry.running && !listed[entry.leg] && entry.since.Before(begun) {
			r.finish(full)
		}
	}
}

// finish is finished. Callers hold mu.
func (r *recordings) finish(full string) {
	entry := r.made[full]
	if entry == nil || !entry.running {
		return
	}
	entry.running = false
	r.ended = append(r.ended, full)
	if len(r.ended) > maxRecordings {
		delete(r.made, r.ended[0])
		r.ended = r.ended[1:]
	}
	go entry.look(full)
}

// release: the switch did not begin the recording. A file that was made for it
// goes again, if nothing was written.
func (r *recordings) release(full string) {
	r.reserving.Lock()
	defer r.reserving.Unlock()
	if entry := r.find(full); entry != nil && entry.fresh {
		if info, err := os.Lstat(full); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
			_ = os.Remove(full)
		}
	}
	r.finished(full)
}

func unwritable(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, fs.ErrExist) {
		return errors.Join(err, switching.ErrTaken)
	}
	return errors.Join(err, switching.ErrUnwritable)
}
