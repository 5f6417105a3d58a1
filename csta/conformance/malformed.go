package conformance

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/conformance/probe"
)

// malformedFiles are conversations of broken and hostile clients, each with the
// answer that it must get. A line of one is
//
//	# text                 a remark
//	send text              bytes as they are
//	frame 0001 text        a document in a frame with that invoke ID
//	bytes 0001 text        the same, byte by byte
//	end                    the client's half of the connection ends
//	answer 0001 value      the next frame: a negative answer (category/value) or
//	                       a response (name of its root)
//	closed                 the server closes the connection, perhaps behind the
//	                       answers to what came before
//
// where text is a sum of strings as Go writes them, each with *n to repeat it.
//
//go:embed testdata/malformed/*.txt
var malformedFiles embed.FS

// Malformed plays every file on a connection of its own, while a call is up that
// must not notice.
func Malformed() Scenario {
	return Scenario{Name: "malformed frames and documents", Play: func(p *Play) {
		p.toleratesWarnings()
		a, b, out, in := ring(p)
		files, err := fs.Glob(malformedFiles, "testdata/malformed/*.txt")
		p.must(err)
		for _, file := range files {
			text, err := malformedFiles.ReadFile(file)
			p.must(err)
			if err := converse(p.stranger(), string(text)); err != nil {
				p.Errorf("%s: %v", file, err)
			}
		}
		in.Answers()
		established(a, b)
		out.HangsUp()
		endedBy(a, b)
	}}
}

// converse has a connection follow the lines of a file.
func converse(conn net.Conn, file string) error {
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	for n, line := range strings.Split(file, "\n") {
		if err := follow(conn, line); err != nil {
			return fmt.Errorf("line %d, %.60q: %w", n+1, line, err)
		}
	}
	return nil
}

func follow(conn net.Conn, line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "", "#":
		return nil
	case "closed":
		return expectClosed(conn)
	case "end":
		return conn.(*net.TCPConn).CloseWrite()
	case "send":
		text, err := sum(rest)
		if err != nil {
			return err
		}
		// The server may close before it has taken everything.
		_, _ = io.WriteString(conn, text)
		return nil
	}
	invoke, rest, _ := strings.Cut(rest, " ")
	if verb == "answer" {
		return expectAnswer(conn, invoke, rest)
	}
	text, err := sum(rest)
	if err != nil {
		return err
	}
	frame := probe.Frame(invoke, text)
	switch verb {
	case "frame":
		_, err = conn.Write(frame)
	case "bytes":
		for i := range frame {
			if _, err = conn.Write(frame[i : i+1]); err != nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
	default:
		err = errors.New("no such line")
	}
	return err
}

var term = regexp.MustCompile("^ *(\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`)(?:\\*([0-9]+))?(?: *\\+)?")

// sum evaluates "a"*2 + `b`.
func sum(text string) (string, error) {
	var all strings.Builder
	for text != "" {
		m := term.FindStringSubmatch(text)
		if m == nil {
			return "", fmt.Errorf("no sum of strings: %.40s", text)
		}
		text = text[len(m[0]):]
		part, err := strconv.Unquote(m[1])
		if err != nil {
			return "", err
		}
		times := 1
		if m[2] != "" {
			if times, err = strconv.Atoi(m[2]); err != nil {
				return "", err
			}
		}
		all.WriteString(strings.Repeat(part, times))
	}
	return all.String(), nil
}

func expectAnswer(conn net.Conn, invoke, want string) error {
	gotInvoke, text, err := probe.ReadFrame(conn)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	m, err := probe.Parse(text)
	if err != nil {
		return fmt.Errorf("unreadable answer: %w: %s", err, text)
	}
	got := m.Name()
	if got == "CSTAErrorCode" {
		for _, category := range m.Root.ChildElements() {
			got = category.Tag + "/" + category.Text()
		}
	}
	if got != want || gotInvoke != invoke {
		return fmt.Errorf("answer %s %s instead", gotInvoke, got)
	}
	return nil
}

func expectClosed(conn net.Conn) error {
	for {
		_, _, err := probe.ReadFrame(conn)
		var late net.Error
		switch {
		case err == nil:
			continue
		case errors.As(err, &late) && late.Timeout():
			return errors.New("the connection stays open")
		}
		return nil
	}
}
