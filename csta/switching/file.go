package switching

import (
	"path"
	"strings"
)

// maxFile bounds the name of a message or recording; what is put before it has
// to fit a path as well.
const maxFile = 200

// Format says what can be done with files of an extension.
type Format uint8

const (
	// Playable files hold what a codec makes, without a header: a switch plays
	// them to legs with that codec, and cannot mix both directions into one.
	Playable Format = iota + 1
	// Recordable files can be played and recorded.
	Recordable
)

// Formats are the extensions, in lower case, that are known to name a file with
// sound. A switch picks the format by the extension, and has formats that are
// none of a file: lists, generated tones, streams, programs, texts to be spoken.
// Some take a name, see their own extension in it, and open themselves without
// end. So what is not listed here is refused.
var Formats = map[string]Format{
	"wav": Recordable, "w64": Recordable, "rf64": Recordable, "caf": Recordable,
	"au": Recordable, "aiff": Recordable, "voc": Recordable, "flac": Recordable,
	"oga": Recordable, "ogg": Recordable, "opus": Recordable, "mp3": Recordable, "mpga": Recordable,
	"raw": Recordable, "r8": Recordable, "r16": Recordable, "r24": Recordable, "r32": Recordable,
	"gsm": Recordable, "ul": Recordable, "ulaw": Recordable, "al": Recordable, "alaw": Recordable,
	"adpcm": Recordable, "vox": Recordable,

	"pcmu": Playable, "pcma": Playable, "l16": Playable, "g722": Playable, "g7221": Playable,
	"g723": Playable, "g729": Playable, "ilbc": Playable, "speex": Playable, "silk": Playable,
	"amr": Playable, "amr-wb": Playable, "bv16": Playable, "bv32": Playable, "dvi4": Playable, "lpc": Playable,
	"g726-16": Playable, "g726-24": Playable, "g726-32": Playable, "g726-40": Playable,
	"aal2-g726-16": Playable, "aal2-g726-24": Playable, "aal2-g726-32": Playable, "aal2-g726-40": Playable,
}

// ValidFile tells whether s may name a message below its root: a relative path
// of plain characters that does not climb, and is no syntax to a switch, with an
// extension of Formats or none, which leaves the format to the switch.
func ValidFile(s string) bool {
	if s == "" || len(s) > maxFile || s[0] == '-' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '/' && c != '.' && c != '_' && c != '-' && !alphanumeric(c) {
			return false
		}
	}
	for part := range strings.SplitSeq(s, "/") {
		if part == "" || part == "." || strings.Contains(part, "..") {
			return false
		}
	}
	// A dot in a directory, too, is where a switch looks for the extension if
	// the name itself has none.
	dot := strings.LastIndexByte(s, '.')
	return dot < 0 || Formats[strings.ToLower(s[dot+1:])] != 0
}

// ValidRecording tells whether s may name a recording: as ValidFile, with an
// extension that can be recorded.
func ValidRecording(s string) bool {
	return ValidFile(s) && Formats[strings.ToLower(strings.TrimPrefix(path.Ext(s), "."))] == Recordable
}

// ValidDirectory tells whether s may be the root of messages and recordings: an
// absolute path of what ValidFile allows.
func ValidDirectory(s string) bool {
	below, absolute := strings.CutPrefix(s, "/")
	return absolute && ValidFile(below+"/x.wav")
}
