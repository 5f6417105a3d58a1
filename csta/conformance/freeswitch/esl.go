package freeswitch

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// ESLPassword is that of the event socket.
const ESLPassword = "csta-test"

const (
	// commandTimeout bounds one command; unload may wait 10 s for users.
	commandTimeout = 60 * time.Second
	dialTimeout    = 2 * time.Second
)

// console is one connection to mod_event_socket, used as fs_cli would.
type console struct {
	conn   net.Conn
	reader *textproto.Reader
	buffer *bufio.Reader
}

func openConsole(address string) (*console, error) {
	conn, err := net.DialTimeout("tcp4", address, dialTimeout)
	if err != nil {
		return nil, err
	}
	buffer := bufio.NewReader(conn)
	c := &console{conn: conn, buffer: buffer, reader: textproto.NewReader(buffer)}
	if err := c.authenticate(); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

func (c *console) authenticate() error {
	if err := c.conn.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return err
	}
	if _, _, err := c.receive(); err != nil {
		return fmt.Errorf("event socket greeting: %w", err)
	}
	header, _, err := c.exchange("auth " + ESLPassword)
	if err != nil {
		return err
	}
	if reply := header.Get("Reply-Text"); !strings.HasPrefix(reply, "+OK") {
		return fmt.Errorf("event socket: %s", reply)
	}
	return nil
}

func (c *console) exchange(command string) (textproto.MIMEHeader, string, error) {
	if _, err := io.WriteString(c.conn, command+"\n\n"); err != nil {
		return nil, "", fmt.Errorf("event socket: %w", err)
	}
	return c.receive()
}

func (c *console) receive() (textproto.MIMEHeader, string, error) {
	header, err := c.reader.ReadMIMEHeader()
	if err != nil {
		return nil, "", fmt.Errorf("event socket: %w", err)
	}
	length := header.Get("Content-Length")
	if length == "" {
		return header, "", nil
	}
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 {
		return nil, "", fmt.Errorf("event socket: content length %q", length)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(c.buffer, body); err != nil {
		return nil, "", fmt.Errorf("event socket: %w", err)
	}
	return header, string(body), nil
}

// command runs one API command and returns its whole output.
func (c *console) command(text string) (string, error) {
	if strings.ContainsAny(text, "\r\n") {
		return "", fmt.Errorf("console command %q has several lines", text)
	}
	if err := c.conn.SetDeadline(time.Now().Add(commandTimeout)); err != nil {
		return "", err
	}
	_, body, err := c.exchange("api " + text)
	return body, err
}
