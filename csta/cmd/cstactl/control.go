package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"

	"mod_csta_socket/csta/console"
	"mod_csta_socket/csta/sim"
	"mod_csta_socket/csta/switching"
)

// The control port of a simulated switch takes one command a line and answers
// with any number of lines that begin with a space, then with OK or with
// "ERR reason".

// maxControlLine bounds a command, so that nonsense on the port can't fill the
// memory.
const maxControlLine = 1024

// maxControls bounds the connections to the control port at once, for the same
// reason.
const maxControls = 32

// control serves the control port.
type control struct {
	listener net.Listener
	sw       *sim.Switch
	console  *console.Console
	running  sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
}

func serveControl(l net.Listener, sw *sim.Switch, c *console.Console) *control {
	ctl := &control{listener: l, sw: sw, console: c, conns: make(map[net.Conn]struct{})}
	ctl.running.Go(ctl.accept)
	return ctl
}

func (c *control) addr() string { return c.listener.Addr().String() }

func (c *control) stop() {
	c.mu.Lock()
	c.closed = true
	for conn := range c.conns {
		conn.Close()
	}
	c.mu.Unlock()
	c.listener.Close()
	c.running.Wait()
}

func (c *control) accept() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.mu.Lock()
		if c.closed || len(c.conns) >= maxControls {
			conn.Close()
		} else {
			c.conns[conn] = struct{}{}
			c.running.Go(func() { c.serve(conn) })
		}
		c.mu.Unlock()
	}
}

func (c *control) serve(conn net.Conn) {
	defer func() {
		conn.Close()
		c.mu.Lock()
		delete(c.conns, conn)
		c.mu.Unlock()
	}()
	in := bufio.NewScanner(conn)
	in.Buffer(make([]byte, maxControlLine), maxControlLine)
	for in.Scan() {
		if _, err := conn.Write([]byte(c.answer(in.Text()))); err != nil {
			return
		}
	}
}

// answer does one command.
func (c *control) answer(line string) string {
	words := strings.Fields(line)
	if len(words) == 0 {
		return "ERR empty command\n"
	}
	var text string
	var err error
	switch words[0] {
	case "csta":
		text = c.console.Run(context.Background(), strings.Join(words[1:], " "))
		if reason, failed := strings.CutPrefix(text, "-ERR "); failed {
			return "ERR " + reason
		}
	case "phones":
		text = c.phones()
	case "phone":
		if len(words) < 3 {
			return "ERR phone NUMBER COMMAND expected\n"
		}
		text, err = c.phone(words[1], words[2], words[3:])
	default:
		return fmt.Sprintf("ERR unknown command %q; known are csta, phone, phones\n", words[0])
	}
	if err != nil {
		return "ERR " + strings.ReplaceAll(err.Error(), "\n", " ") + "\n"
	}
	var out strings.Builder
	for l := range strings.Lines(text) {
		out.WriteString(" " + strings.TrimSuffix(l, "\n") + "\n")
	}
	return out.String() + "OK\n"
}

// outside marks a party in the network.
const outside = "net:"

func (c *control) find(number string) (*sim.Phone, error) {
	if rest, ok := strings.CutPrefix(number, outside); ok {
		if !switching.ValidNumber(rest) {
			return nil, fmt.Errorf("%q is no number", rest)
		}
		return c.sw.Network(rest), nil
	}
	if p := c.sw.Phone(number); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("there is no phone %s (a party in the network is %sNUMBER)", number, outside)
}

// phones lists the subscribers in the order of their numbers.
func (c *control) phones() string {
	var out strings.Builder
	for _, p := range c.sw.Phones() {
		state := "registered"
		if !p.Registered() {
			state = "away"
		}
		fmt.Fprintf(&out, "%-6s %-10s %-22s %d calls\n", p.Number(), state, p.Behaviour(), len(p.Legs()))
	}
	return out.String()
}

// handles are the things to be done by hand at a phone that need at most one
// argument. The argument is nil for those that take none.
var handles = map[string]func(p *sim.Phone, argument string) error{
	"answer":     func(p *sim.Phone, _ string) error { return p.Answer("") },
	"ring":       func(p *sim.Phone, _ string) error { return p.Ring("") },
	"early":      func(p *sim.Phone, _ string) error { return p.EarlyMedia("") },
	"hangup":     func(p *sim.Phone, _ string) error { return p.HangUp("") },
	"hold":       func(p *sim.Phone, _ string) error { return p.Hold("") },
	"retrieve":   func(p *sim.Phone, _ string) error { return p.Retrieve("") },
	"attended":   func(p *sim.Phone, _ string) error { return p.AttendedTransfer("", "") },
	"register":   func(p *sim.Phone, _ string) error { p.Register(); return nil },
	"unregister": func(p *sim.Phone, _ string) error { p.Unregister(); return nil },
}

// phoneArguments are the things to be done by hand that need an argument, and which.
var phoneArguments = map[string]string{
	"dial": "a number", "transfer": "a number", "redirect": "a number", "digits": "digits", "script": "a script",
}

// phone does something at a phone, or gives it a script.
func (c *control) phone(number, command string, arguments []string) (string, error) {
	p, err := c.find(number)
	if err != nil {
		return "", err
	}
	argument := strings.Join(arguments, " ")
	if needs := phoneArguments[command]; needs != "" && argument == "" {
		return "", fmt.Errorf("%s needs %s", command, needs)
	}
	if handle := handles[command]; handle != nil {
		if argument != "" {
			return "", fmt.Errorf("%s takes nothing", command)
		}
		return "", handle(p, argument)
	}
	switch command {
	case "dial":
		return p.Dial(argument)
	case "reject":
		return "", p.Reject("", switching.Cause(argument))
	case "redirect":
		return "", p.Redirect("", argument)
	case "transfer":
		return "", p.BlindTransfer("", argument)
	case "digits":
		for _, d := range []byte(argument) {
			if err := p.Digit("", d); err != nil {
				return "", err
			}
		}
		return "", nil
	case "script":
		command, argument = argument, ""
	}
	b, err := sim.ParseBehaviour(strings.TrimSpace(command + " " + argument))
	if err != nil {
		return "", fmt.Errorf("neither an action nor a script: %w", err)
	}
	p.SetBehaviour(b)
	return "", nil
}
