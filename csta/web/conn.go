package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"mod_csta_socket/csta/jsonwire"
	"mod_csta_socket/csta/wire"
)

// goodbyeTime bounds the wait for a client's half of the end.
const goodbyeTime = 500 * time.Millisecond

// conn carries frames (csta/wire) over a WebSocket, each as one text message of JSON. Its
// deadlines are those of the connection below, for the first write that exceeds one ends
// the WebSocket as well. Read, and Write, are called from one goroutine at a time.
type conn struct {
	net.Conn
	ws *websocket.Conn

	// message is what is read of one, document what it stands for, unread the rest of
	// its frame.
	message          bytes.Buffer
	document, frame  []byte
	unread           []byte
	unwritten, spoke []byte
}

func newConn(below net.Conn, ws *websocket.Conn) *conn {
	ws.SetReadLimit(jsonwire.MaxFrame)
	return &conn{Conn: below, ws: ws}
}

// Read implements net.Conn. The end of the WebSocket is io.EOF; of a client that sent no
// frame, the error is wire.ErrNoFrame, and it has been told why.
func (c *conn) Read(p []byte) (int, error) {
	for len(c.unread) == 0 {
		if err := c.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.unread)
	c.unread = c.unread[n:]
	return n, nil
}

// keptBuffer is what stays of a buffer that a long frame has made grow.
const keptBuffer = 16 << 10

func (c *conn) next() error {
	if c.message.Cap() > keptBuffer {
		c.message = bytes.Buffer{}
	}
	if cap(c.document)+cap(c.frame) > 2*keptBuffer {
		c.document, c.frame = nil, nil
	}
	c.message.Reset()
	kind, r, err := c.ws.Reader(context.Background())
	if err == nil {
		_, err = c.message.ReadFrom(r)
	}
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		// The library has told the client.
		return fmt.Errorf("%w: more than %d bytes", wire.ErrNoFrame, jsonwire.MaxFrame)
	case websocket.CloseStatus(err) != -1:
		return io.EOF
	case err != nil:
		return err
	case kind != websocket.MessageText:
		return c.refuse(websocket.StatusUnsupportedData, &jsonwire.FrameError{Reason: "messages have to be text"})
	}
	f, err := jsonwire.Decode(c.document[:0], c.message.Bytes())
	if err != nil {
		return c.refuse(websocket.StatusInvalidFramePayloadData, err)
	}
	c.document = f.Body
	if c.frame, err = wire.Append(c.frame[:0], f.Invoke, f.Body); err != nil {
		return err
	}
	c.unread = c.frame
	return nil
}

// refuse ends the WebSocket of a client that sent no frame, and returns why.
func (c *conn) refuse(status websocket.StatusCode, why error) error {
	c.end(status, why.Error())
	return why
}

// maxReason is how much of a reason fits (RFC 6455, 5.5).
const maxReason = 123

// end says goodbye, and gives the client a moment to do so, too.
func (c *conn) end(status websocket.StatusCode, reason string) {
	if len(reason) > maxReason {
		reason = reason[:maxReason]
		for !utf8.ValidString(reason) {
			reason = reason[:len(reason)-1]
		}
	}
	if c.SetDeadline(time.Now().Add(goodbyeTime)) == nil {
		// Errors end the WebSocket as well.
		_ = c.ws.Close(status, reason)
	}
}

// CloseWrite is called when everything is written: the client is told the end, and not
// cut off.
func (c *conn) CloseWrite() error {
	c.end(websocket.StatusGoingAway, "")
	return nil
}

// Close implements net.Conn.
func (c *conn) Close() error {
	_ = c.ws.CloseNow()
	return c.Conn.Close()
}

// Write implements net.Conn: each whole frame is one message.
func (c *conn) Write(p []byte) (int, error) {
	rest := p
	if len(c.unwritten) > 0 {
		c.unwritten = append(c.unwritten, p...)
		rest = c.unwritten
	}
	for {
		f, after, whole, err := wire.Split(rest)
		if err == nil && whole {
			err = c.write(f)
		}
		if err != nil {
			return 0, err
		}
		if !whole {
			break
		}
		rest = after
	}
	c.unwritten = append(c.unwritten[:0], rest...)
	return len(p), nil
}

// write sends one frame.
func (c *conn) write(f wire.Frame) (err error) {
	if cap(c.spoke) > keptBuffer {
		c.spoke = nil
	}
	if c.spoke, err = jsonwire.Encode(c.spoke[:0], f); err != nil {
		return err
	}
	return c.ws.Write(context.Background(), websocket.MessageText, c.spoke)
}
