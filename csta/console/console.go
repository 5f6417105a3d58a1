// Package console is the operator's csta command as text: the same in fs_cli
// and in cstactl.
package console

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/server"
)

// answerTime bounds how long a command may wait for the engine; a console
// thread of the switch waits with it.
const answerTime = 3 * time.Second

// Engine gives a picture of the engine.
type Engine interface {
	Status(context.Context) (engine.Status, error)
}

// Server gives a picture of the server.
type Server interface {
	Stats() server.Stats
}

// Console runs commands. All fields but Started are needed.
type Console struct {
	Engine  Engine
	Server  Server
	Version string
	// Started is when the module was loaded; zero = not shown.
	Started time.Time
}

// command is one word of the csta command.
type command struct {
	name, doc string
	run       func(c *Console, ctx context.Context) (string, error)
}

// commands is filled in init because help lists them.
var commands []command

func init() {
	commands = []command{
		{"status", "state of the module, and its counters", (*Console).status},
		{"sessions", "connected clients", (*Console).sessions},
		{"monitors", "active monitors", (*Console).monitors},
		{"devices", "devices that are monitored or in calls", (*Console).devices},
		{"calls", "calls and their connections", (*Console).calls},
		{"version", "version of the module", (*Console).version},
		{"help", "this list", (*Console).help},
	}
}

// Syntax is the command's usage without its name.
func Syntax() string { return strings.Join(Completions(), "|") }

// Completions are the words that may follow csta.
func Completions() []string {
	var names []string
	for _, c := range commands {
		names = append(names, c.name)
	}
	return names
}

// Run executes what was typed after csta and returns the text to be shown,
// ending in a newline. A failure begins with -ERR. Nothing typed is help.
func (c *Console) Run(ctx context.Context, line string) string {
	words := strings.Fields(line)
	if len(words) == 0 {
		words = []string{"help"}
	}
	i := slices.IndexFunc(commands, func(cmd command) bool { return cmd.name == strings.ToLower(words[0]) })
	if i < 0 || len(words) > 1 {
		return "-ERR usage: csta " + Syntax() + "\n"
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	text, err := commands[i].run(c, ctx)
	if err != nil {
		return fmt.Sprintf("-ERR %v\n", err)
	}
	return text
}

func (c *Console) help(context.Context) (string, error) {
	rows := [][]string{}
	for _, cmd := range commands {
		rows = append(rows, []string{"csta " + cmd.name, cmd.doc})
	}
	return table(nil, rows), nil
}

func (c *Console) version(context.Context) (string, error) {
	return "mod_csta_socket " + c.Version + "\n", nil
}

func (c *Console) engineStatus(ctx context.Context) (engine.Status, error) {
	st, err := c.Engine.Status(ctx)
	if err != nil {
		return st, fmt.Errorf("the engine does not answer: %w", err)
	}
	return st, nil
}
