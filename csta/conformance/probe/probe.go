// Package probe is a black-box CSTA client for tests. It shares no code with
// the product: it builds requests as text and reads answers with a general XML
// reader, so that an error of the product's own codec cannot hide itself. It
// keeps a log of everything it sent and received, in order.
package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/beevik/etree"
)

// Namespace is the edition that a client uses unless it is told otherwise.
const Namespace = "http://www.ecma-international.org/standards/ecma-323/csta/ed4"

const (
	// headerLength is that of a frame (ECMA-323 Annex J.2).
	headerLength = 8
	// lastInvoke is the highest ID the probe uses; then it starts again at 1.
	lastInvoke  = 9998
	dialTimeout = 5 * time.Second
)

// Message is one frame that was received.
type Message struct {
	Invoke string
	Root   *etree.Element
	Text   string
	At     time.Time
}

// Name is the local name of the root element.
func (m *Message) Name() string { return m.Root.Tag }

// Value is the text of the descendant at a path of local names, "" if absent.
func (m *Message) Value(path ...string) string { return value(m.Root, path...) }

// Has tells whether there is an element at a path of local names.
func (m *Message) Has(path ...string) bool { return find(m.Root, path...) != nil }

// Parse reads a document that is not in a frame.
func Parse(text string) (*Message, error) {
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil {
		return nil, err
	}
	if doc.Root() == nil {
		return nil, errors.New("no root element")
	}
	return &Message{Root: doc.Root(), Text: text}, nil
}

func value(e *etree.Element, path ...string) string {
	if e = find(e, path...); e == nil {
		return ""
	}
	return strings.TrimSpace(e.Text())
}

func find(e *etree.Element, path ...string) *etree.Element {
	for _, tag := range path {
		if e == nil {
			return nil
		}
		e = child(e, tag)
	}
	return e
}

func child(e *etree.Element, tag string) *etree.Element {
	for _, c := range e.ChildElements() {
		if c.Tag == tag {
			return c
		}
	}
	return nil
}

// Client is one TCP connection. Its methods may be called from any goroutine.
type Client struct {
	conn      net.Conn
	namespace string

	mu       sync.Mutex
	next     int
	waiting  map[string]chan *Message
	monitors map[string]*Monitor
	log      []Entry
	requests chan *Message
	closed   chan struct{}
	err      error
}

// Dial connects to a CSTA server.
func Dial(ctx context.Context, address string) (*Client, error) {
	return DialAs(ctx, address, Namespace)
}

// DialAs connects as a client of another edition: namespace is its XML
// namespace, "" for a client that sends none.
func DialAs(ctx context.Context, address, namespace string) (*Client, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("CSTA client: %w", err)
	}
	c := &Client{
		conn: conn, namespace: namespace,
		waiting:  make(map[string]chan *Message),
		monitors: make(map[string]*Monitor),
		requests: make(chan *Message, 64),
		closed:   make(chan struct{}),
	}
	go c.read()
	return c, nil
}

// Close ends the connection.
func (c *Client) Close() error {
	err := c.conn.Close()
	<-c.closed
	return err
}

// Closed is closed when the connection has ended; Err says why.
func (c *Client) Closed() <-chan struct{} { return c.closed }

// Err is what ended the connection.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Conn is the raw connection, for tests that misuse it.
func (c *Client) Conn() net.Conn { return c.conn }

// Requests are those that the server sent (System Status, Monitor Stop). Each
// has been answered with an empty response already.
func (c *Client) Requests() <-chan *Message { return c.requests }

// Frame puts a header before an XML text.
func Frame(invoke, text string) []byte {
	frame := make([]byte, headerLength, headerLength+len(text))
	binary.BigEndian.PutUint16(frame[2:], uint16(headerLength+len(text)))
	copy(frame[4:], invoke)
	return append(frame, text...)
}

// ReadFrame reads one frame from a connection.
func ReadFrame(r io.Reader) (invoke, text string, err error) {
	header := make([]byte, headerLength)
	if _, err := io.ReadFull(r, header); err != nil {
		return "", "", err
	}
	length := int(binary.BigEndian.Uint16(header[2:]))
	if header[0] != 0 || header[1] != 0 || length <= headerLength {
		return "", "", fmt.Errorf("not a frame: header % x", header)
	}
	body := make([]byte, length-headerLength)
	if _, err := io.ReadFull(r, body); err != nil {
		return "", "", err
	}
	return string(header[4:]), string(body), nil
}

func (c *Client) read() {
	defer close(c.closed)
	for {
		invoke, text, err := ReadFrame(c.conn)
		if err != nil {
			c.fail(err)
			return
		}
		m, err := Parse(text)
		if err != nil {
			c.fail(fmt.Errorf("unreadable XML from the server: %w: %s", err, text))
			return
		}
		m.Invoke, m.At = invoke, time.Now()
		c.dispatch(m)
	}
}

func (c *Client) fail(err error) {
	if errors.Is(err, net.ErrClosed) {
		err = net.ErrClosed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	for _, ch := range c.waiting {
		close(ch)
	}
	c.waiting = make(map[string]chan *Message)
	for _, m := range c.monitors {
		m.wake()
	}
}

func (c *Client) dispatch(m *Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := m.Name()
	switch {
	case strings.HasSuffix(name, "Event"):
		event := ParseEvent(m)
		c.log = append(c.log, Entry{Event: event})
		mon := c.monitor(event.CrossRef)
		mon.events = append(mon.events, event)
		mon.wake()
	case strings.HasSuffix(name, "Response") || name == "CSTAErrorCode":
		ch := c.waiting[m.Invoke]
		if ch == nil {
			c.log = append(c.log, Entry{Stray: m})
			return
		}
		delete(c.waiting, m.Invoke)
		c.log = append(c.log, Entry{Response: m, Invoke: m.Invoke})
		ch <- m
	default:
		c.log = append(c.log, Entry{Request: m})
		go c.send(m.Invoke, fmt.Sprintf("<%sResponse xmlns=%q/>", name, c.namespace))
		select {
		case c.requests <- m:
		default:
		}
	}
}

func (c *Client) send(invoke, text string) error {
	_, err := c.conn.Write(Frame(invoke, text))
	return err
}

// Request sends a document and waits for its answer, positive or negative.
func (c *Client) Request(ctx context.Context, document string) (*Message, error) {
	c.mu.Lock()
	if c.err != nil {
		defer c.mu.Unlock()
		return nil, fmt.Errorf("CSTA client: the connection has ended: %w", c.err)
	}
	c.next = c.next%lastInvoke + 1
	invoke := fmt.Sprintf("%04d", c.next)
	answer := make(chan *Message, 1)
	c.waiting[invoke] = answer
	c.log = append(c.log, Entry{Sent: document, Invoke: invoke})
	c.mu.Unlock()
	if err := c.send(invoke, document); err != nil {
		return nil, fmt.Errorf("CSTA client: %w", err)
	}
	select {
	case m, ok := <-answer:
		if !ok {
			return nil, fmt.Errorf("CSTA client: the connection ended before the answer to %s: %w", document, c.Err())
		}
		return m, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("CSTA client: no answer to %s: %w", document, ctx.Err())
	}
}

// Entry is one line of a client's log; exactly one field is set, and Invoke
// with Sent and Response.
type Entry struct {
	Sent     string
	Invoke   string
	Response *Message
	Event    *Event
	// Request is one of the server's, Stray an answer to nothing.
	Request *Message
	Stray   *Message
}

// Log is everything the client sent and received so far.
func (c *Client) Log() []Entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Entry(nil), c.log...)
}
