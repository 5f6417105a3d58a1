package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

// DefaultEdition is the namespace a Client speaks unless told otherwise.
const DefaultEdition = ecma.Edition4

const (
	// defaultEventBuffer is how many events may wait for the application; it
	// bounds memory, and is minutes of a busy switch's events.
	defaultEventBuffer = 1 << 16
	// writeTimeout bounds the wait for a server that does not read.
	writeTimeout = 10 * time.Second
	// lastInvoke is the highest invoke ID for requests; 9999 is for events.
	lastInvoke = wire.EventInvoke - 1
)

var (
	// ErrClosed: the connection was closed by Close.
	ErrClosed = errors.New("connection closed")
	// ErrSlowApplication: events were not taken from Events and filled its
	// buffer; the connection was closed.
	ErrSlowApplication = errors.New("events are not taken in time")
	// ErrTooManyRequests: every invoke ID is in use.
	ErrTooManyRequests = errors.New("too many requests without an answer")
)

// Options change how a Client works. The zero value is good.
type Options struct {
	// Edition is the namespace of our messages; empty = DefaultEdition.
	Edition ecma.Edition
	// Trace is called with every frame sent and received, in order per
	// direction, from the goroutine that sends or receives it. It must not
	// block, nor keep Body.
	Trace func(Frame)
	// TLS, if not nil, secures the connection that Dial makes. Without ServerName
	// the certificate has to be for the host that is dialled.
	TLS *tls.Config
	// EventBuffer is how many events may wait in Events; 0 = 65536.
	EventBuffer int
}

// Frame is one frame as seen by Options.Trace.
type Frame struct {
	At     time.Time
	Sent   bool
	Invoke uint16
	Body   []byte
}

// Event is a message that the server sent of its own accord: an event of a
// monitor, or a request such as MonitorStop (already answered).
type Event struct {
	// At is when it was received.
	At time.Time
	// Raw is the document.
	Raw []byte
	// Message is the decoded document, or nil if Err says why it is not.
	Message ecma.Message
	Err     error
	// Resumption is what an event of a Session is instead of a message, when its
	// connection was lost and it goes on on another.
	Resumption *Resumption
}

// Answer is the answer to RawRequest.
type Answer struct {
	At  time.Time
	Raw []byte
	// Message is the decoded document, or nil if Err says why it is not.
	Message ecma.Message
	Err     error
}

// Client is a connection to a CSTA server. Its methods may be called from any
// goroutine.
type Client struct {
	Services
	conn    net.Conn
	edition ecma.Edition
	trace   func(Frame)
	events  chan Event
	done    chan struct{}

	writing sync.Mutex // held while a frame is written; before mu
	out     []byte

	mu      sync.Mutex
	pending map[uint16]chan Answer
	last    uint16
	err     error
}

// Dial connects to addr ("host:port"). ctx bounds the connecting only.
func Dial(ctx context.Context, addr string, opts Options) (*Client, error) {
	conn, err := dial(ctx, addr, opts.TLS)
	if err != nil {
		return nil, fmt.Errorf("csta: %w", err)
	}
	return New(conn, opts), nil
}

func dial(ctx context.Context, addr string, config *tls.Config) (net.Conn, error) {
	if config == nil {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", addr)
	}
	d := tls.Dialer{Config: config}
	return d.DialContext(ctx, "tcp", addr)
}

// New runs a Client on a connection, which it owns from now on.
func New(conn net.Conn, opts Options) *Client {
	if opts.Edition == "" {
		opts.Edition = DefaultEdition
	}
	if opts.EventBuffer <= 0 {
		opts.EventBuffer = defaultEventBuffer
	}
	c := &Client{
		conn:    conn,
		edition: opts.Edition,
		trace:   opts.Trace,
		events:  make(chan Event, opts.EventBuffer),
		done:    make(chan struct{}),
		pending: map[uint16]chan Answer{},
	}
	c.Services = Services{c}
	go c.read()
	return c
}

// Events delivers what the server sends of its own accord, in order. It is
// closed when the connection ends; Err then says why. An application that does
// not take events for so long that the buffer fills loses the connection.
func (c *Client) Events() <-chan Event { return c.events }

// Done is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err says why the connection ended: ErrClosed, io.EOF if the server closed
// it, or another error. It is nil before.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// LocalAddr and RemoteAddr are the connection's ends.
func (c *Client) LocalAddr() net.Addr  { return c.conn.LocalAddr() }
func (c *Client) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }

// Close ends the connection and, with it, the monitors. It waits until Events
// is closed, so Options.Trace must not call it.
func (c *Client) Close() error {
	c.fail(ErrClosed)
	<-c.done
	return nil
}

// Request sends m and waits for its answer. A negative answer is an
// *ecma.Error; an answer that could not be decoded is an error too.
func (c *Client) Request(ctx context.Context, m ecma.Message) (ecma.Message, error) {
	answer, err := c.exchange(ctx, func(dst []byte) []byte { return ecma.Append(dst, c.edition, m) })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Element(), err)
	}
	if answer.Err != nil {
		return nil, fmt.Errorf("%s: answer: %w", m.Element(), answer.Err)
	}
	if negative, ok := answer.Message.(*ecma.Error); ok {
		return nil, negative
	}
	return answer.Message, nil
}

// RawRequest sends a document as it is and waits for the answer, whatever it
// is: a negative one is no error here.
func (c *Client) RawRequest(ctx context.Context, doc []byte) (Answer, error) {
	return c.exchange(ctx, func(dst []byte) []byte { return append(dst, doc...) })
}

// exchange sends what body appends, and waits.
func (c *Client) exchange(ctx context.Context, body func([]byte) []byte) (Answer, error) {
	if err := ctx.Err(); err != nil {
		return Answer{}, err
	}
	answer := make(chan Answer, 1)
	invoke, err := c.register(answer)
	if err != nil {
		return Answer{}, err
	}
	defer c.forget(invoke, answer)
	if err := c.send(invoke, body); err != nil {
		return Answer{}, err
	}
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	case <-c.done:
		select {
		case a := <-answer:
			return a, nil
		default:
			return Answer{}, c.Err()
		}
	}
}

// register chooses a free invoke ID.
func (c *Client) register(answer chan Answer) (uint16, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	for range lastInvoke + 1 {
		id := c.last
		if c.last++; c.last > lastInvoke {
			c.last = 0
		}
		if _, used := c.pending[id]; !used {
			c.pending[id] = answer
			return id, nil
		}
	}
	return 0, ErrTooManyRequests
}

// forget frees the invoke ID, unless it is already another request's.
func (c *Client) forget(invoke uint16, answer chan Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pending[invoke] == answer {
		delete(c.pending, invoke)
	}
}

// send writes one frame in one call.
func (c *Client) send(invoke uint16, body func([]byte) []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	out, mark := wire.Begin(c.out[:0], invoke)
	out, err := wire.End(body(out), mark)
	c.out = out
	if err != nil {
		return err
	}
	if c.trace != nil {
		c.trace(Frame{At: time.Now(), Sent: true, Invoke: invoke, Body: out[wire.HeaderLen:]})
	}
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return c.fail(err)
	}
	if _, err := c.conn.Write(out); err != nil {
		return c.fail(err)
	}
	return nil
}

// fail ends the connection; the first reason counts and is returned.
func (c *Client) fail(reason error) error {
	c.mu.Lock()
	if c.err == nil {
		c.err = reason
	}
	reason = c.err
	c.mu.Unlock()
	c.conn.Close()
	return reason
}

// read takes frames until the connection ends.
func (c *Client) read() {
	defer close(c.done)
	defer close(c.events)
	r := wire.NewReader(c.conn)
	for {
		f, err := r.Next()
		if err != nil {
			c.fail(err)
			return
		}
		at := time.Now()
		if c.trace != nil {
			c.trace(Frame{At: at, Invoke: f.Invoke, Body: f.Body})
		}
		if err := c.receive(at, f); err != nil {
			c.fail(err)
			return
		}
	}
}

func (c *Client) receive(at time.Time, f wire.Frame) error {
	raw := append([]byte(nil), f.Body...)
	m, ed, err := ecma.Decode(raw)
	if err != nil {
		m = nil
	}
	if isAnswer(m, err) {
		c.mu.Lock()
		answer := c.pending[f.Invoke]
		delete(c.pending, f.Invoke)
		c.mu.Unlock()
		if answer != nil {
			answer <- Answer{At: at, Raw: raw, Message: m, Err: err}
		}
		return nil
	}
	if reply := c.reply(m); reply != nil {
		if err := c.send(f.Invoke, func(dst []byte) []byte { return ecma.Append(dst, ed, reply) }); err != nil {
			return err
		}
	}
	if _, heartbeat := m.(*ecma.SystemStatus); heartbeat {
		return nil
	}
	select {
	case c.events <- Event{At: at, Raw: raw, Message: m, Err: err}:
		return nil
	default:
		return ErrSlowApplication
	}
}

// reply is the answer to a request of the server; nil for what is none.
func (c *Client) reply(m ecma.Message) ecma.Message {
	switch m.(type) {
	case *ecma.SystemStatus:
		return &ecma.SystemStatusResponse{}
	case *ecma.RequestSystemStatus:
		return &ecma.RequestSystemStatusResponse{Status: ecma.StatusNormal}
	case *ecma.MonitorStop:
		return &ecma.MonitorStopResponse{}
	}
	if m != nil && wantsAnswer[m.Element()] {
		return ecma.ErrServiceNotSupported
	}
	return nil
}

// wantsAnswer are the requests that have a response.
var wantsAnswer = func() map[string]bool {
	names := map[string]bool{}
	for _, e := range ecma.Services() {
		if e.NewResponse != nil {
			names[e.Name] = true
		}
	}
	return names
}()

// isAnswer tells whether a document answers a request. Those that ecma does not
// know (ECMA-354) are told by their root's name.
func isAnswer(m ecma.Message, err error) bool {
	if _, negative := m.(*ecma.Error); negative {
		return true
	}
	name := ""
	var undecoded *ecma.DecodeError
	switch {
	case m != nil:
		name = m.Element()
	case errors.As(err, &undecoded):
		name = undecoded.Element
	}
	return name == "CSTAErrorCode" || strings.HasSuffix(name, "Response")
}
