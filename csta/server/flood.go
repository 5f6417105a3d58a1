package server

import (
	"log/slog"
	"sync"
	"time"
)

// floodPause is the least time between two warnings of one kind that anybody who
// reaches the port can cause as often as they like.
const floodPause = 10 * time.Second

// flood keeps strangers from filling the operator's log: of each kind of warning
// the first is written at once, then one per floodPause, with the number of
// those left out since. The counters count them all.
type flood struct {
	mu   sync.Mutex
	seen map[string]*floodKind
}

type floodKind struct {
	last    time.Time
	skipped int
}

// warn logs a warning; its text is its kind.
func (f *flood) warn(log *slog.Logger, text string, attributes ...any) {
	skipped, due := f.due(text, time.Now())
	if !due {
		return
	}
	if skipped > 0 {
		attributes = append(attributes, "more since the last such line", skipped)
	}
	log.Warn(text, attributes...)
}

func (f *flood) due(text string, now time.Time) (skipped int, due bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil {
		f.seen = map[string]*floodKind{}
	}
	kind := f.seen[text]
	switch {
	case kind == nil:
		f.seen[text] = &floodKind{last: now}
		return 0, true
	case now.Sub(kind.last) < floodPause:
		kind.skipped++
		return 0, false
	}
	skipped = kind.skipped
	*kind = floodKind{last: now}
	return skipped, true
}
