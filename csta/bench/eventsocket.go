//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mod_csta_socket/csta/conformance/freeswitch"
)

// boundEvents are the events that the module binds, so that both clients are
// told the same. mod_event_socket can't filter by application or action.
const boundEvents = "CHANNEL_CREATE CHANNEL_OUTGOING CHANNEL_UUID CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA " +
	"CHANNEL_ANSWER CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_CALLSTATE CHANNEL_HOLD CHANNEL_UNHOLD " +
	"CHANNEL_HANGUP CHANNEL_DESTROY CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE PLAYBACK_START PLAYBACK_STOP " +
	"RECORD_START RECORD_STOP DTMF CHANNEL_PARK CHANNEL_UNPARK RELOADXML SHUTDOWN " +
	"CUSTOM sofia::register sofia::unregister sofia::expire sofia::transferor sofia::transferee " +
	"sofia::replaced sofia::intercepted conference::maintenance loopback::bowout loopback::direct csta::trigger"

// commandPatience bounds the wait for the answer to a command.
const commandPatience = 60 * time.Second

// eventSocket is a lean client of mod_event_socket: it reads, notes the time and
// hands the text on.
type eventSocket struct {
	conn    net.Conn
	reader  *bufio.Reader
	events  func(at int64, text []byte)
	replies chan string
	// forget drops the answers of commands that nobody waits for.
	forget atomic.Bool
	// bytes and count are of events, with their headers.
	bytes, count atomic.Uint64
	writing      sync.Mutex
}

// dialEventSocket logs in. events, which may be nil, gets the text of each event,
// valid until it returns.
func dialEventSocket(sw *freeswitch.Switch, events func(int64, []byte)) (*eventSocket, error) {
	// Go's connections have TCP_NODELAY set.
	conn, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", sw.ESL))
	if err != nil {
		return nil, fmt.Errorf("event socket: %w", err)
	}
	s := &eventSocket{conn: conn, reader: bufio.NewReaderSize(conn, 64<<10), events: events, replies: make(chan string, 1)}
	go s.read()
	// The greeting asks for the password and counts as an answer.
	if _, err := s.answer(); err != nil {
		return nil, err
	}
	if reply, err := s.command("auth " + freeswitch.ESLPassword); err != nil || !strings.HasPrefix(reply, "+OK") {
		conn.Close()
		return nil, fmt.Errorf("event socket: login: %q %w", reply, err)
	}
	return s, nil
}

func (s *eventSocket) close() { s.conn.Close() }

// subscribe asks for the facts that the module binds.
func (s *eventSocket) subscribe(format string) error {
	reply, err := s.command("event " + format + " " + boundEvents)
	if err == nil && !strings.HasPrefix(reply, "+OK") {
		err = fmt.Errorf("event socket: subscription: %s", reply)
	}
	return err
}

// send writes a command without waiting for its answer.
func (s *eventSocket) send(command string) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	_, err := io.WriteString(s.conn, command+"\n\n")
	return err
}

// command waits for the answer: the reply text, or the output of an api command.
func (s *eventSocket) command(text string) (string, error) {
	if err := s.send(text); err != nil {
		return "", fmt.Errorf("event socket: %w", err)
	}
	return s.answer()
}

func (s *eventSocket) answer() (string, error) {
	select {
	case reply, open := <-s.replies:
		if !open {
			return "", fmt.Errorf("event socket: %w", io.ErrUnexpectedEOF)
		}
		return reply, nil
	case <-time.After(commandPatience):
		return "", fmt.Errorf("event socket: no answer within %v", commandPatience)
	}
}

func (s *eventSocket) read() {
	defer close(s.replies)
	var body []byte
	for {
		length, size, kind, reply := 0, 0, byte(0), ""
		for {
			line, err := s.reader.ReadSlice('\n')
			if err != nil {
				return
			}
			size += len(line)
			if len(line) == 1 {
				break
			}
			switch {
			case bytes.HasPrefix(line, []byte("Content-Length: ")):
				length, _ = strconv.Atoi(string(bytes.TrimSpace(line[16:])))
			case bytes.HasPrefix(line, []byte("Content-Type: text/event")):
				kind = 'e'
			case bytes.HasPrefix(line, []byte("Content-Type: text/disconnect")):
				kind = 'd'
			case bytes.HasPrefix(line, []byte("Reply-Text: ")):
				reply = string(bytes.TrimSpace(line[12:]))
			}
		}
		if cap(body) < length {
			body = make([]byte, length)
		}
		body = body[:length]
		if _, err := io.ReadFull(s.reader, body); err != nil {
			return
		}
		if kind == 'e' {
			at := now()
			s.bytes.Add(uint64(size + length))
			s.count.Add(1)
			if s.events != nil {
				s.events(at, body)
			}
			continue
		}
		if kind == 'd' || s.forget.Load() {
			continue
		}
		if length > 0 {
			reply = string(body)
		}
		s.replies <- reply
	}
}

// header finds a header of a plain event.
func header(text []byte, name string) []byte {
	for len(text) > 0 {
		line := text
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			text = nil
		}
		if len(line) > len(name)+1 && line[len(name)] == ':' && string(line[:len(name)]) == name {
			return line[len(name)+2:]
		}
	}
	return nil
}
