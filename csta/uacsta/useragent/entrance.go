package useragent

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/emiago/sipgo/sip"
)

// entrance is the listener that the SIP library gets: it hears of a connection when
// something has come by it that it shall hear of, and of those that we have opened.
type entrance struct {
	net.Listener
	door      *door
	transport string
	// tls is nil for TCP.
	tls      *tls.Config
	arrivals chan *visitor
	closed   chan struct{}
	close    func() error
	running  sync.WaitGroup
	// last is the one that the library was given.
	last *visitor
}

func newEntrance(l net.Listener, d *door, transport string, conf *tls.Config) *entrance {
	e := &entrance{Listener: l, door: d, transport: transport, tls: conf, arrivals: make(chan *visitor), closed: make(chan struct{})}
	e.close = sync.OnceValue(func() error {
		close(e.closed)
		return l.Close()
	})
	return e
}

// Close ends the entrance and all that wait in it.
func (e *entrance) Close() error {
	err := e.close()
	e.door.gate.places.end()
	e.running.Wait()
	return err
}

// acceptPause is after an error of the listener: as a rule there are no descriptors.
const acceptPause = time.Second

// open begins to take connections.
func (e *entrance) open() {
	e.running.Add(1)
	go func() {
		defer e.running.Done()
		for {
			conn, err := e.Listener.Accept()
			switch {
			case err == nil:
				e.accepted(conn)
				continue
			case errors.Is(err, net.ErrClosed):
				return
			}
			e.door.log.Error("uaCSTA: no connection can be taken", "error", err)
			select {
			case <-time.After(acceptPause):
			case <-e.closed:
				return
			}
		}
	}()
}

// accepted gives a connection its place, in the order that they come in.
func (e *entrance) accepted(conn net.Conn) {
	peer := conn.RemoteAddr().(*net.TCPAddr).AddrPort()
	if !e.door.gate.admits(peer.Addr()) {
		_ = conn.Close()
		return
	}
	place := e.door.gate.places.enter(peer, e.transport, stranger, conn)
	if place == nil {
		_ = conn.Close()
		return
	}
	if e.tls != nil {
		conn = tls.Server(conn, e.tls)
	}
	e.running.Add(1)
	go func() {
		defer e.running.Done()
		e.door.guarded(func() { e.receive(newVisitor(conn, e, place)) })
	}()
}

// receive reads a connection until something comes that the library shall hear of.
func (e *entrance) receive(v *visitor) {
	if v.next() != nil {
		_ = v.Close()
		return
	}
	_ = e.introduce(context.Background(), v)
}

// introduce gives a connection to the library, and waits until it knows it.
func (e *entrance) introduce(ctx context.Context, v *visitor) error {
	select {
	case e.arrivals <- v:
	case <-e.closed:
		_ = v.Close()
		return net.ErrClosed
	case <-ctx.Done():
		_ = v.Close()
		return ctx.Err()
	}
	select {
	case <-v.known:
		return nil
	case <-e.closed:
		return net.ErrClosed
	}
}

// Accept implements net.Listener. The library calls it again when it knows the one
// before.
func (e *entrance) Accept() (net.Conn, error) {
	if e.last != nil {
		close(e.last.known)
		e.last = nil
	}
	select {
	case v := <-e.arrivals:
		e.last = v
		return v, nil
	case <-e.closed:
		return nil, net.ErrClosed
	}
}

// errNoPlace: too many connections are open.
var errNoPlace = errors.New("too many connections")

// errTooMany ends a connection whose source sends more than it may.
var errTooMany = errors.New("too many messages")

// dial opens a connection to a phone, which counts as all others do.
func (e *entrance) dial(ctx context.Context, to netip.AddrPort) error {
	place := e.door.gate.places.enter(to, e.transport, acquainted, nil)
	if place == nil {
		return errNoPlace
	}
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", to.String())
	if err != nil {
		place.free()
		return err
	}
	v := newVisitor(conn, e, place)
	if !place.opened(conn) {
		_ = v.Close()
		return net.ErrClosed
	}
	return e.introduce(ctx, v)
}

// visitor is a connection that lets through what the library shall hear of.
type visitor struct {
	net.Conn
	door      *door
	place     *place
	peer      netip.AddrPort
	transport string
	// known is closed when the library can send by the connection.
	known chan struct{}

	// The rest is the one reader's. raw is what the parser has taken and not made a
	// message of, heard what of a message the library has not read yet. long messages
	// are taken from who is no stranger any more.
	parser     *sip.ParserStream
	long       bool
	raw, heard []byte
	buf        []byte
}

const (
	// longestOfStranger bounds the messages of who has shown nothing.
	longestOfStranger = 8 << 10
	// longestMessage bounds all others: as long as a datagram.
	longestMessage = 64 << 10
	readSize       = 4 << 10
)

var strangersParser, messageParser = parserFor(longestOfStranger), parserFor(longestMessage)

func parserFor(longest int) *sip.Parser {
	p := sip.NewParser()
	p.MaxMessageLength = longest
	return p
}

func newVisitor(conn net.Conn, e *entrance, p *place) *visitor {
	v := &visitor{
		Conn: conn, door: e.door, place: p, peer: p.address, transport: e.transport, known: make(chan struct{}),
		long: p.stands() != stranger, parser: strangersParser.NewSIPStream(), buf: make([]byte, readSize),
	}
	if v.long {
		v.parser = messageParser.NewSIPStream()
	}
	return v
}

// Read implements net.Conn: whole messages, those that the library shall hear of.
func (v *visitor) Read(b []byte) (int, error) {
	if len(v.heard) == 0 {
		if err := v.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, v.heard)
	v.heard = v.heard[n:]
	return n, nil
}

// SetReadDeadline does nothing: how long somebody may be silent depends on his
// standing.
func (v *visitor) SetReadDeadline(time.Time) error { return nil }

// Close implements net.Conn.
func (v *visitor) Close() error {
	v.place.free()
	return v.Conn.Close()
}

// next waits for a message that the library shall hear of.
func (v *visitor) next() error {
	for {
		data, msg, err := v.message()
		if err != nil {
			return err
		}
		if !v.door.gate.within(v.peer.Addr(), v.place.stands() != stranger) {
			// Unlike datagrams, these came from who is there.
			return errTooMany
		}
		admitted, answer := v.door.judge(msg, data, v.peer, v.transport)
		if admitted {
			v.admitted(msg)
			v.heard = data
			return nil
		}
		if answer == nil {
			continue
		}
		v.door.answered.Add(1)
		_ = v.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := io.WriteString(v.Conn, answer.String()); err != nil {
			return err
		}
	}
}

// admitted is the door's opinion of who sent such a message. A REGISTER counts when
// it has succeeded.
func (v *visitor) admitted(msg sip.Message) {
	if req, ok := msg.(*sip.Request); ok && req.Method != sip.REGISTER {
		v.place.rise(acquainted)
	}
	if !v.long {
		v.long = true
		v.parser.Close()
		v.parser = messageParser.NewSIPStream()
		_, _ = v.parser.Write(v.raw)
	}
}

// message waits for the next message.
func (v *visitor) message() (data []byte, msg sip.Message, err error) {
	for {
		n := 0
		if len(v.raw) > 0 {
			if !v.door.guarded(func() { msg, n, err = v.parser.ParseNext() }) {
				err = errUnreadable
			}
			switch {
			case err == nil:
				data = v.raw[:n:n]
				v.raw = bytes.Clone(v.raw[n:])
				return data, msg, nil
			case !errors.Is(err, io.ErrUnexpectedEOF):
				v.door.unreadable.Add(1)
				return nil, nil, err
			}
		}
		if err := v.place.await(); err != nil {
			return nil, nil, err
		}
		n, err = v.Conn.Read(v.buf)
		if err != nil {
			return nil, nil, err
		}
		chunk := v.buf[:n]
		if len(v.raw) == 0 && len(bytes.Trim(chunk, "\r\n")) == 0 {
			// A keep-alive, which is answered if it is whole (RFC 5626 4.4.1).
			if string(chunk) == "\r\n\r\n" {
				_ = v.SetWriteDeadline(time.Now().Add(writeTimeout))
				if _, err := io.WriteString(v.Conn, "\r\n"); err != nil {
					return nil, nil, err
				}
			}
			continue
		}
		v.raw = append(v.raw, chunk...)
		_, _ = v.parser.Write(chunk)
	}
}

// errDials: only dial opens connections.
var errDials = errors.New("the SIP library opens no connections")

// noDialer keeps the library from opening connections of its own accord: it would
// answer a request whose connection has gone by dialling what its Via says.
func noDialer(net.Addr) net.Dialer {
	return net.Dialer{Control: func(string, string, syscall.RawConn) error { return errDials }}
}

// noNames resolves nothing: the names are strangers', and phones have addresses.
var noNames = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("names are not looked up")
}}
