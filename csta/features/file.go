package features

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"time"

	"mod_csta_socket/csta/switching"
)

// The file has one JSON object a line, meant to be read by people, too: the first
// says the version, each other one what a subscriber has set. Version 1 was one
// document with all subscribers.
const (
	fileVersion = 2
	oldVersion  = 1
	// maxLine bounds a line; ours have a tenth of it.
	maxLine = 8 << 10
)

type header struct {
	Version int `json:"version"`
}

// line is what a subscriber has set; nothing, if there is nothing more.
type line struct {
	Subscriber string `json:"subscriber"`
	entry
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

// encode is a whole file.
func encode(all map[string]switching.Features) []byte {
	text := appendJSON(nil, header{fileVersion})
	for _, device := range slices.Sorted(maps.Keys(all)) {
		text = appendLine(text, device, all[device])
	}
	return text
}

func appendLine(text []byte, device string, now switching.Features) []byte {
	return appendJSON(text, line{device, entry{
		DoNotDisturb: now.DoNotDisturb, Immediate: kept(now.Immediate), Busy: kept(now.Busy), NoAnswer: kept(now.NoAnswer),
	}})
}

func appendJSON(text []byte, v any) []byte {
	one, err := json.Marshal(v)
	if err != nil {
		// Strings, numbers and booleans have no other form.
		panic(err)
	}
	return append(append(text, one...), '\n')
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

// found is what was read of a file.
type found struct {
	all map[string]switching.Features
	// rejected counts lines and entries that make no sense.
	rejected int
	size     int64
	// appendable: it is of the present form, and lines can be added.
	appendable bool
	// err is why the file, or the rest of it, was not read at all.
	err error
}

// read reads a file, however long it is. What makes no sense in it is left out and
// counted.
func read(path string) found {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return found{all: map[string]switching.Features{}}
	}
	if err != nil {
		return found{all: map[string]switching.Features{}, err: err}
	}
	defer f.Close()
	return decode(f)
}

// decode reads the text of a file, a line at a time.
func decode(file io.Reader) found {
	out := found{all: map[string]switching.Features{}}
	in := bufio.NewReaderSize(file, maxLine)
	for first := true; ; first = false {
		text, err := nextLine(in, &out.size)
		var h header
		switch {
		case errors.Is(err, errLong):
			out.rejected++
			continue
		case errors.Is(err, io.EOF) && len(text) == 0:
			if first {
				// Ours have their version at least.
				out.rejected++
			}
			return out
		case err != nil && !errors.Is(err, io.EOF):
			out.err = err
			return out
		case first && isOld(text):
			rest, failed := io.ReadAll(in)
			out.old(append(bytes.Clone(text), rest...))
			out.err = errors.Join(out.err, failed)
			return out
		case first && strict(text, &h):
			if h.Version != fileVersion {
				out.err = fmt.Errorf("its version is %d, not %d", h.Version, fileVersion)
				return out
			}
			out.appendable = true
		case !out.line(text):
			out.rejected++
		}
		if err != nil {
			// The last line has no end: one that is added would be a part of it.
			out.appendable = false
			return out
		}
	}
}

// errLong: the line is longer than maxLine.
var errLong = errors.New("the line is too long")

// nextLine reads a line and counts its bytes. With io.EOF it is the last one, which
// has no end. One that is too long is passed over, which is errLong.
func nextLine(in *bufio.Reader, size *int64) ([]byte, error) {
	text, err := in.ReadSlice('\n')
	*size += int64(len(text))
	if !errors.Is(err, bufio.ErrBufferFull) {
		return text, err
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		text, err = in.ReadSlice('\n')
		*size += int64(len(text))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return nil, errLong
}

// strict reads one object that has nothing unknown in it.
func strict(text []byte, into any) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if d.Decode(into) != nil {
		return false
	}
	_, err := d.Token()
	return errors.Is(err, io.EOF)
}

// line takes the line of a subscriber; it tells whether it makes sense.
func (out *found) line(text []byte) bool {
	var l line
	return strict(text, &l) && out.take(l.Subscriber, l.entry)
}

func (out *found) take(device string, e entry) bool {
	now := switching.Features{
		DoNotDisturb: e.DoNotDisturb, Immediate: e.Immediate.setting(), Busy: e.Busy.setting(), NoAnswer: e.NoAnswer.setting(),
	}
	switch {
	case !switching.ValidDevice(device) || !valid(device, now):
		return false
	case now == (switching.Features{}):
		delete(out.all, device)
	default:
		out.all[device] = now
	}
	return true
}

// oldMember is the name of all subscribers' object in a file of version 1.
const oldMember = `"subscribers":`

func isOld(text []byte) bool {
	return bytes.Equal(bytes.TrimSpace(text), []byte("{")) || bytes.Contains(text, []byte(oldMember))
}

var oldHeader = regexp.MustCompile(`"version":\s*(\d+)`)

// old reads a file of version 1. Where it is broken it goes on with the next entry,
// which begins on a line of its own.
func (out *found) old(text []byte) {
	head, text, isThere := bytes.Cut(text, []byte(oldMember))
	version := oldHeader.FindSubmatch(head)
	switch {
	case version == nil || !isThere:
		out.err = errors.New("it is not of the form that it should be")
		return
	case string(version[1]) != strconv.Itoa(oldVersion):
		out.err = fmt.Errorf("its version is %s, not %d", version[1], oldVersion)
		return
	}
	for {
		at := out.oldEntries(text)
		if at < 0 {
			return
		}
		out.rejected++
		next := bytes.Index(text[at:], []byte("\n  \""))
		if next < 0 {
			return
		}
		text = append([]byte("{"), text[at+next:]...)
	}
}

// oldEntries reads entries as long as they are readable. It returns where an
// unreadable one begins, or -1.
func (out *found) oldEntries(text []byte) int {
	d := json.NewDecoder(bytes.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return 0
	}
	for d.More() {
		at := int(d.InputOffset())
		device, err := d.Token()
		name, isName := device.(string)
		var one json.RawMessage
		if err != nil || !isName || d.Decode(&one) != nil {
			// Not the line break before it: that would be the same entry again.
			return at + len(text[at:]) - len(bytes.TrimLeft(text[at:], ", \r\n\t"))
		}
		var e entry
		if !strict(one, &e) || !out.take(name, e) {
			out.rejected++
		}
	}
	if _, err := d.Token(); err != nil {
		return len(text)
	}
	return -1
}
