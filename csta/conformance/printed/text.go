// Package printed lets a test read what somebody prints while he goes on: a program, a
// server's log, a command.
package printed

import (
	"bytes"
	"sync"
)

// Text is what has been printed so far. The zero value is empty.
type Text struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write adds to it.
func (t *Text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

func (t *Text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}
