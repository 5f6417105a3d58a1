package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"mod_csta_socket/csta/ecma"
)

// ErrInterrupted: the connection was lost before the answer came. Whether the server has done
// what was asked for is not known; its events tell.
var ErrInterrupted = errors.New("the connection was lost")

const (
	// defaultCleanupDelay is how long the server is asked to keep a session.
	defaultCleanupDelay = 2 * time.Minute
	// firstPause is the wait before a second attempt to connect, lastPause the longest.
	firstPause = 100 * time.Millisecond
	lastPause  = 10 * time.Second
	// attemptTime bounds an attempt.
	attemptTime = 10 * time.Second
)

// SessionOptions are those of a Session. The zero value is good where nobody has to log in.
type SessionOptions struct {
	// Options are those of each of its connections.
	Options
	Login Login
	// ApplicationID is what we call ourselves; empty = that of this package.
	ApplicationID string
	// CleanupDelay is how long the server is asked to keep the session without a
	// connection; 0 = two minutes. The server may keep it for less.
	CleanupDelay time.Duration
	// GiveUp is for how long a connection is tried to be made again; 0 = until Close.
	GiveUp time.Duration
}

// Resumption tells that a Session has lost its connection and goes on on another one.
type Resumption struct {
	// Lost is why the connection ended.
	Lost error
	// Complete: no event was missed. Otherwise the server could not give the session back,
	// and this is another one: what calls there are has to be asked for (SnapshotDevice).
	Complete bool
	// Monitors: they are those that there were. If not, they have to be started again.
	Monitors bool
}

// Session is an application session (ECMA-354) that outlives its connections: when one is
// lost it makes another and goes on where it was, so that Events has each event once and in
// order. Requests that have no answer yet when a connection is lost end with
// ErrInterrupted. Its methods may be called from any goroutine.
type Session struct {
	Services
	addr   string
	opts   SessionOptions
	events chan Event
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}

	mu sync.Mutex
	// current is the connection, ready is closed when there is one; id is the session's
	// name.
	current *Client
	ready   chan struct{}
	id      string
	err     error
	// last is the number of the last event; the session's goroutine has it.
	last uint64
	// before are the sessions that could not be had back, and whose monitors this one has
	// not been seen to have taken over; the session's goroutine has them.
	before []string
}

// OpenSession connects to addr and opens an application session. ctx bounds that only.
func OpenSession(ctx context.Context, addr string, opts SessionOptions) (*Session, error) {
	opts.ApplicationID = cmp.Or(opts.ApplicationID, applicationID)
	opts.CleanupDelay = cmp.Or(opts.CleanupDelay, defaultCleanupDelay)
	if opts.EventBuffer <= 0 {
		opts.EventBuffer = defaultEventBuffer
	}
	s := &Session{addr: addr, opts: opts, events: make(chan Event, opts.EventBuffer), done: make(chan struct{}), ready: make(chan struct{})}
	s.Services = Services{s}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	c, err := s.connect(ctx, "")
	if err != nil {
		s.cancel()
		return nil, err
	}
	s.connected(c)
	go s.run(c)
	return s, nil
}

// Events delivers what the server sends of its own accord, in order and without gaps: what
// was missed comes when the connection is back, behind an event with Resumption. It is
// closed when the session has ended; Err then says why.
func (s *Session) Events() <-chan Event { return s.events }

// Done is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.done }

// Err says why the session has ended; nil before.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// ID is the name of the application session.
func (s *Session) ID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// Close ends the session and, with it, the monitors. ctx bounds the goodbye.
func (s *Session) Close(ctx context.Context) error {
	s.mu.Lock()
	c, id := s.current, s.id
	if s.err == nil {
		s.err = ErrClosed
	}
	s.mu.Unlock()
	var err error
	if c != nil {
		_, err = c.Request(ctx, &ecma.StopApplicationSession{SessionID: id, Reason: ecma.SessionReason{Defined: ecma.SessionEndNormal}})
	}
	s.cancel()
	<-s.done
	return err
}

// Request sends m and waits for its answer, for a connection before if there is none. A
// negative answer is an *ecma.Error.
func (s *Session) Request(ctx context.Context, m ecma.Message) (ecma.Message, error) {
	c, err := s.connection(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Element(), err)
	}
	answer, err := c.Request(ctx, m)
	if lost := c.Err(); err != nil && lost != nil && errors.Is(err, lost) {
		return nil, fmt.Errorf("%s: %w: %w", m.Element(), ErrInterrupted, lost)
	}
	return answer, err
}

// connection waits for a connection.
func (s *Session) connection(ctx context.Context) (*Client, error) {
	for {
		s.mu.Lock()
		c, ready, err := s.current, s.ready, s.err
		s.mu.Unlock()
		switch {
		case err != nil:
			return nil, err
		case c != nil:
			return c, nil
		}
		select {
		case <-ready:
		case <-s.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *Session) connected(c *Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = c
	close(s.ready)
}

func (s *Session) disconnected() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.ready = nil, make(chan struct{})
}

// run takes the events of one connection after the other.
func (s *Session) run(c *Client) {
	defer close(s.done)
	defer close(s.events)
	for {
		s.forward(c)
		s.disconnected()
		_ = c.Close()
		if s.ctx.Err() != nil {
			return
		}
		next, r, err := s.again()
		if err != nil {
			s.fail(err)
			return
		}
		r.Lost = c.Err()
		c = next
		s.put(Event{At: time.Now(), Resumption: r})
		s.connected(c)
	}
}

// fail notes why the session has ended; the first reason counts.
func (s *Session) fail(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = reason
	}
}

// forward hands on the events of a connection, each once, until it ends.
func (s *Session) forward(c *Client) {
	for {
		select {
		case e, open := <-c.Events():
			if !open {
				return
			}
			if sec, numbered := ecma.SecurityOf(e.Raw); numbered {
				if sec.Number <= s.last {
					continue
				}
				s.last = sec.Number
			}
			s.put(e)
		case <-s.ctx.Done():
			return
		}
	}
}

// put waits for room: meanwhile those events wait that the connection brings.
func (s *Session) put(e Event) {
	select {
	case s.events <- e:
	case <-s.ctx.Done():
	}
}

// again makes a connection again, until it is there or must be given up.
func (s *Session) again() (*Client, *Resumption, error) {
	ctx := s.ctx
	if s.opts.GiveUp > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.opts.GiveUp)
		defer cancel()
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		c, r, err := s.resume(ctx)
		if err == nil {
			return c, r, nil
		}
		var refused *LoginError
		if errors.As(err, &refused) && refused.Reason.Defined != ecma.SessionServerResourcesBusy {
			return nil, nil, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, nil, err
		}
	}
}

// resume makes one attempt: to have the session back, or else to begin another one that has
// its monitors.
func (s *Session) resume(ctx context.Context) (*Client, *Resumption, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	old := s.ID()
	c, err := s.connect(ctx, old)
	var refused *LoginError
	switch {
	case err == nil && len(s.before) == 0:
		return c, &Resumption{Complete: true, Monitors: true}, nil
	case err == nil:
	case !errors.As(err, &refused) || refused.Reason.Defined == ecma.SessionServerResourcesBusy:
		return nil, nil, err
	default:
		if c, err = s.connect(ctx, ""); err != nil {
			return nil, nil, err
		}
		s.last = 0
		s.before = append(s.before, old)
	}
	r := &Resumption{}
	// The last one first: whatever it has taken over before comes with it. Then the first one,
	// which had the monitors, tells whether they are here.
	for _, from := range slices.Backward(s.before) {
		_, err := request[*ecma.TransferMonitorObjectsResponse](ctx, c, &ecma.TransferMonitorObjects{FromSessionID: from, ToSessionID: s.ID()})
		var no *ecma.Error
		if err != nil && !errors.As(err, &no) {
			_ = c.Close()
			return nil, nil, err
		}
		r.Monitors = err == nil
	}
	s.before = nil
	return c, r, nil
}

// connect connects and opens the application session of that name; "" is a new one.
func (s *Session) connect(ctx context.Context, id string) (*Client, error) {
	c, err := Dial(ctx, s.addr, s.opts.Options)
	if err != nil {
		return nil, err
	}
	login := ecma.SessionLogin{
		User: s.opts.Login.User, Password: s.opts.Login.Password,
		CleanupDelay: ecma.IntOf(int64(s.opts.CleanupDelay / time.Second)), EventNumbers: ecma.True,
	}
	if id != "" {
		login.SessionID, login.LastEventNumber = id, ecma.IntOf(int64(s.last)) //nolint:gosec // read from 63 bits
	}
	opened, err := c.start(ctx, s.opts.ApplicationID, login)
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	s.mu.Lock()
	s.id = opened
	s.mu.Unlock()
	return c, nil
}
