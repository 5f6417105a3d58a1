package phone

import (
	"fmt"
	"sync"
	"time"
)

// journalLimit bounds a phone's memory of what it saw: enough for a scenario
// with several calls.
const journalLimit = 400

type journal struct {
	mu      sync.Mutex
	entries []string
}

func (j *journal) note(format string, args ...any) {
	line := time.Now().Format("15:04:05.000 ") + fmt.Sprintf(format, args...)
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) >= journalLimit {
		j.entries = append(j.entries[:0], j.entries[journalLimit/2:]...)
	}
	j.entries = append(j.entries, line)
}

func (j *journal) lines() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.entries...)
}
