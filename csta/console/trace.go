package console

import (
	"context"
	"fmt"
	"strings"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/server"
)

// traceSyntax says what csta trace takes; nothing = list them. A session is
// marked, since its number could be a device's as well. all is for off alone.
const traceSyntax = "[on <device>|session:<id> | off <device>|session:<id>|all]"

// sessionMark stands before a session's number or address.
const sessionMark = "session:"

// trace starts and ends traces, and lists them.
func (c *Console) trace(ctx context.Context, arguments []string) (string, error) {
	if len(arguments) == 0 {
		m, err := c.Engine.Measures(ctx)
		if err != nil {
			return "", noAnswer(err)
		}
		return "traced: " + c.traced(m, c.Server.Stats()) + "\n", nil
	}
	on := strings.EqualFold(arguments[0], "on")
	if len(arguments) != 2 || !on && !strings.EqualFold(arguments[0], "off") {
		return "", errUsage
	}
	what := traceable(arguments[1])
	if strings.EqualFold(what, "all") {
		if on {
			return "", errUsage
		}
		return c.traceNothing(ctx)
	}
	changed, err := c.setTrace(ctx, what, on)
	if err != nil {
		return "", err
	}
	switch {
	case on && changed:
		return fmt.Sprintf("+OK the frames of %s are in the log, level INFO, until csta trace off\n", clean(what)), nil
	case on:
		return fmt.Sprintf("+OK %s was traced already\n", clean(what)), nil
	case changed:
		return fmt.Sprintf("+OK %s is not traced any more\n", clean(what)), nil
	}
	return fmt.Sprintf("+OK %s was not traced\n", clean(what)), nil
}

// traceable is a device as the engine names it: an operator knows queues and network
// interfaces as the configuration and cstactl write them, too.
func traceable(what string) string {
	if name, is := strings.CutPrefix(what, "queue:"); is {
		return ecma.Queue(name).Number
	}
	if name, is := strings.CutPrefix(what, "trunk:"); is {
		return ecma.NetworkInterface(name).Number
	}
	return what
}

func (c *Console) setTrace(ctx context.Context, what string, on bool) (changed bool, err error) {
	session, isSession := strings.CutPrefix(what, sessionMark)
	if !isSession {
		changed, err = c.Engine.Trace(ctx, what, on)
		if err != nil {
			return false, fmt.Errorf("trace of %s: %w", clean(what), err)
		}
		return changed, nil
	}
	label, changed := c.Server.Trace(session, on)
	if label == "" {
		return false, fmt.Errorf("there is no session %s (csta sessions lists them)", clean(session))
	}
	return changed, nil
}

func (c *Console) traceNothing(ctx context.Context) (string, error) {
	m, err := c.Engine.Measures(ctx)
	if err != nil {
		return "", noAnswer(err)
	}
	ended := 0
	for _, what := range traces(m, c.Server.Stats()) {
		changed, err := c.setTrace(ctx, what, false)
		if err != nil {
			return "", err
		}
		if changed {
			ended++
		}
	}
	return fmt.Sprintf("+OK %d traces ended\n", ended), nil
}

// traces are those there are, as they are named to end them.
func traces(m engine.Measures, srv server.Stats) []string {
	list := append([]string(nil), m.Traced...)
	for _, s := range srv.Sessions {
		if s.Traced {
			id, _, _ := strings.Cut(s.Label, " ")
			list = append(list, sessionMark+id)
		}
	}
	return list
}

func (c *Console) traced(m engine.Measures, srv server.Stats) string {
	if list := traces(m, srv); len(list) > 0 {
		return strings.Join(list, " ")
	}
	return "nothing"
}
