package fsswitch

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// contextFresh is how long what the directory told of a device's context counts
	// without being asked for again; a reload of the settings forgets it.
	contextFresh = time.Minute
	// noContextFresh is the same where it told of none: a directory that is away tells
	// no more than one that does not know the device.
	noContextFresh = 5 * time.Second
	// contextWait is how long a call waits for the directory, which may be far away
	// (mod_xml_curl).
	contextWait = 2 * time.Second
	// contextsAsked bounds the questions that are on their way to the directory, and
	// with them the threads that it holds up.
	contextsAsked = 16
	// maxContexts bounds the devices whose context is remembered.
	maxContexts = 100_000
)

// errSlowDirectory: the directory has not answered, or too many wait for it.
var errSlowDirectory = errors.New("the directory does not answer")

// contexts remembers in which context each device dials. A directory that is slow, or
// away, is asked once at a time for a device, holds nobody up for longer than wait,
// and the context that it told last counts until it tells another one.
type contexts struct {
	ask  func(device string) (string, error)
	log  *slog.Logger
	now  func() time.Time
	wait time.Duration

	mu     sync.Mutex
	of     map[string]*deviceContext
	asking int
}

// deviceContext is what is known of one device. answered is not nil while the
// directory is being asked, and closed then.
type deviceContext struct {
	context  string
	err      error
	until    time.Time
	known    bool
	answered chan struct{}
}

func newContexts(ask func(device string) (string, error), log *slog.Logger) *contexts {
	return &contexts{ask: ask, log: log, now: time.Now, wait: contextWait, of: map[string]*deviceContext{}}
}

// forget has the directory asked anew for all.
func (c *contexts) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of = map[string]*deviceContext{}
}

// context is the device's, "" if it has none. errSlowDirectory if the directory has
// never told.
func (c *contexts) context(device string) (string, error) {
	c.mu.Lock()
	d := c.of[device]
	if d == nil {
		d = c.add(device)
	}
	if d.known && c.now().Before(d.until) {
		defer c.mu.Unlock()
		return d.context, d.err
	}
	if d.answered == nil && c.asking < contextsAsked {
		c.asking++
		d.answered = make(chan struct{})
		go c.look(device, d, d.answered)
	}
	answered := d.answered
	c.mu.Unlock()
	if answered != nil {
		patience := time.NewTimer(c.wait)
		defer patience.Stop()
		select {
		case <-answered:
		case <-patience.C:
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !d.known {
		return "", errSlowDirectory
	}
	return d.context, d.err
}

func (c *contexts) add(device string) *deviceContext {
	if len(c.of) >= maxContexts {
		for other, d := range c.of {
			if d.answered == nil {
				delete(c.of, other)
				break
			}
		}
	}
	d := &deviceContext{}
	c.of[device] = d
	return d
}

// look asks the directory.
func (c *contexts) look(device string, d *deviceContext, answered chan struct{}) {
	context, err := c.guarded(device)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking--
	fresh := contextFresh
	if context == "" {
		fresh = noContextFresh
	}
	if context != "" || d.context == "" {
		d.context, d.err = context, err
	}
	d.answered, d.known, d.until = nil, true, c.now().Add(fresh)
	close(answered)
}

// guarded asks the directory; a panic becomes an error.
func (c *contexts) guarded(device string) (context string, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("panic", "in", "the directory's answer", "value", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("directory: panic: %v", p)
		}
	}()
	return c.ask(device)
}
