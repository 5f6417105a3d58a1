package uacsta

const (
	// maxRang bounds the phones of one address of record that are remembered: they
	// name their software themselves.
	maxRang = 32
	// maxRangBytes bounds what is remembered in all: where a profile lets anybody
	// register, addresses of record are made up, too.
	maxRangBytes = 4 << 20
)

// ringers are the phones that rang, by address of record.
type ringers struct {
	of    map[string][]Ringer
	bytes int
}

// add remembers one more, in the place of the oldest of its address of record if that
// has many. It tells whether there was room: those that are known are not given up
// for others, since they would ring again.
func (r *ringers) add(one Ringer) bool {
	of := addressOfRecord(one.User, one.Domain)
	known := r.of[of]
	more := one.size()
	if len(known) >= maxRang {
		more -= known[0].size()
		known = known[1:]
	}
	if r.bytes+more > maxRangBytes {
		return false
	}
	r.bytes += more
	r.of[of] = append(known, one)
	return true
}

// ringerOverhead is about what a Ringer takes beside its texts.
const ringerOverhead = 128

func (r Ringer) size() int {
	return ringerOverhead + len(r.User) + len(r.Domain) + len(r.UserAgent) + len(r.Why)
}
