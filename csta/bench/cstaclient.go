//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/wire"
)

// cstaClient is as lean as eventSocket: it reads, notes the time and hands the
// document on.
type cstaClient struct {
	conn         net.Conn
	events       func(at int64, doc []byte)
	answers      chan []byte
	bytes, count atomic.Uint64
	out          []byte
}

// dialCSTA connects. events, which may be nil, gets the document of each event,
// valid until it returns.
func dialCSTA(address string, events func(int64, []byte)) (*cstaClient, error) {
	conn, err := net.Dial("tcp4", address)
	if err != nil {
		return nil, fmt.Errorf("CSTA: %w", err)
	}
	return newCSTAClient(conn, events), nil
}

func newCSTAClient(conn net.Conn, events func(int64, []byte)) *cstaClient {
	c := &cstaClient{conn: conn, events: events, answers: make(chan []byte, 1)}
	go c.read()
	return c
}

func (c *cstaClient) close() { c.conn.Close() }

func (c *cstaClient) read() {
	defer close(c.answers)
	r := wire.NewReader(c.conn)
	for {
		f, err := r.Next()
		if err != nil {
			return
		}
		if f.Invoke != wire.EventInvoke {
			c.answers <- bytes.Clone(f.Body)
			continue
		}
		at := now()
		c.bytes.Add(uint64(wire.HeaderLen + len(f.Body)))
		c.count.Add(1)
		if c.events != nil {
			c.events(at, f.Body)
		}
	}
}

// request sends a message and waits for the answer, which must be positive. Only
// one goroutine may do so.
func (c *cstaClient) request(m ecma.Message) ([]byte, error) {
	var err error
	out, mark := wire.Begin(c.out[:0], 1)
	if c.out, err = wire.End(ecma.Append(out, ecma.Edition4, m), mark); err != nil {
		return nil, err
	}
	if _, err = c.conn.Write(c.out); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Element(), err)
	}
	select {
	case answer, open := <-c.answers:
		if !open {
			return nil, fmt.Errorf("%s: %w", m.Element(), io.ErrUnexpectedEOF)
		}
		if name := rootOf(answer); name == "CSTAErrorCode" {
			return nil, fmt.Errorf("%s: %s", m.Element(), answer)
		}
		return answer, nil
	case <-time.After(commandPatience):
		return nil, fmt.Errorf("%s: no answer within %v", m.Element(), commandPatience)
	}
}

// monitor monitors a device and returns the cross-reference ID.
func (c *cstaClient) monitor(device string) (string, error) {
	answer, err := c.request(&ecma.MonitorStart{
		Object: ecma.MonitorObject{Device: ecma.Subscriber(device)}, Type: ecma.MonitorDevice,
	})
	return between(answer, "<monitorCrossRefID"), err
}

func (c *cstaClient) stopMonitor(ref string) error {
	_, err := c.request(&ecma.MonitorStop{MonitorCrossRefID: ref})
	return err
}

// rootOf is the name of a document's root element.
func rootOf(doc []byte) string {
	if bytes.HasPrefix(doc, []byte("<?xml")) {
		if i := bytes.Index(doc, []byte("?>")); i >= 0 {
			doc = bytes.TrimLeft(doc[i+2:], "\r\n")
		}
	}
	end := bytes.IndexAny(doc, " >/")
	if len(doc) == 0 || doc[0] != '<' || end < 1 {
		return ""
	}
	return string(doc[1:end])
}

// between is the text of the first element that begins with open.
func between(doc []byte, open string) string {
	i := bytes.Index(doc, []byte(open))
	if i < 0 {
		return ""
	}
	doc = doc[i:]
	from, to := bytes.IndexByte(doc, '>'), bytes.Index(doc, []byte("</"))
	if from < 0 || to < from {
		return ""
	}
	return string(doc[from+1 : to])
}
