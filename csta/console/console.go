// Package console is the operator's csta command as text: the same in fs_cli
// and in cstactl.
package console

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/metrics"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/uacsta"
)

// answerTime bounds how long a command may wait for the engine; a console
// thread of the switch waits with it.
const answerTime = 3 * time.Second

// Engine gives pictures of the engine, and traces devices.
type Engine interface {
	Status(context.Context) (engine.Status, error)
	Measures(context.Context) (engine.Measures, error)
	Trace(ctx context.Context, device string, on bool) (changed bool, err error)
	Record(ctx context.Context, on bool) (changed bool, err error)
	Dump(context.Context) (path string, err error)
	// Features are what a subscriber has set, SetFeature changes one; device is
	// the subscriber's own name.
	Features(ctx context.Context, name string) (device string, f switching.Features, err error)
	SetFeature(ctx context.Context, name string, change switching.FeatureChange) (device string, f switching.Features, err error)
}

// Server gives a picture of the server, and traces sessions.
type Server interface {
	Stats() server.Stats
	Trace(session string, on bool) (label string, changed bool)
}

// Console runs commands. All fields but Started, Phones, PhoneCounters, Strangers,
// Metrics and Reload are needed.
type Console struct {
	Engine  Engine
	Server  Server
	Version string
	// Started is when the module was loaded; zero = not shown.
	Started time.Time
	// Phones lists the phones of a device that are or could be controlled by
	// uaCSTA, of all devices if it is ""; nil if uaCSTA is off.
	Phones func(ctx context.Context, device string) ([]uacsta.PhoneStatus, error)
	// PhoneCounters counts what they were asked and what they said; nil if uaCSTA
	// is off.
	PhoneCounters func(context.Context) (uacsta.Counters, error)
	// Strangers counts what came to the port of uaCSTA from others; nil as
	// PhoneCounters.
	Strangers func() uacsta.Strangers
	// Metrics lists everything that is counted.
	Metrics func(context.Context) []metrics.Row
	// Reload brings the configuration into effect and tells what changed, in
	// lines of which the first begins with +OK or -ERR.
	Reload func(context.Context) []string
}

// command is one word of the csta command.
type command struct {
	name, arguments, doc string
	run                  func(c *Console, ctx context.Context, arguments []string) (string, error)
}

// commands is filled in init because help lists them.
var commands []command

func init() {
	commands = []command{
		{"status", "[<device>]", "state of the module and its counters, or a device's features and how its phones are driven", (*Console).statusOf},
		{"sessions", "", "connected clients", plain((*Console).sessions)},
		{"applications", "", "who may use the module, and what each may do", plain((*Console).applications)},
		{"monitors", "", "active monitors", plain((*Console).monitors)},
		{"devices", "", "devices that are monitored or in calls", plain((*Console).devices)},
		{"calls", "", "calls, their connections, and what they wait for", plain((*Console).calls)},
		{"dnd", dndSyntax, "do not disturb of a subscriber", (*Console).dnd},
		{"forward", forwardSyntax, "forwarding of a subscriber", (*Console).forward},
		{"metrics", "", "everything that is counted and measured", plain((*Console).metrics)},
		{"trace", traceSyntax, "log the frames of a device or a session; without arguments, list them", (*Console).trace},
		{"record", recordSyntax, "the recorder of what happened last; without arguments, what it has", (*Console).record},
		{"reload", "", "bring the configuration into effect under open sessions", plain((*Console).reload)},
		{"version", "", "version of the module", plain((*Console).version)},
		{"help", "", "this list", plain((*Console).help)},
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
	if i < 0 {
		return "-ERR usage: csta " + Syntax() + "\n"
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	text, err := commands[i].run(c, ctx, words[1:])
	switch {
	case errors.Is(err, errUsage):
		return "-ERR usage: csta " + strings.TrimSpace(commands[i].name+" "+commands[i].arguments) + "\n"
	case err != nil:
		return fmt.Sprintf("-ERR %v\n", err)
	}
	return text
}

// errUsage: the arguments are not those that the command takes.
var errUsage = errors.New("usage")

// plain is a command that takes no arguments.
func plain(run func(*Console, context.Context) (string, error)) func(*Console, context.Context, []string) (string, error) {
	return func(c *Console, ctx context.Context, arguments []string) (string, error) {
		if len(arguments) > 0 {
			return "", errUsage
		}
		return run(c, ctx)
	}
}

func (c *Console) help(context.Context) (string, error) {
	rows := [][]string{}
	for _, cmd := range commands {
		rows = append(rows, []string{strings.TrimSpace("csta " + cmd.name + " " + cmd.arguments), cmd.doc})
	}
	return table(nil, rows), nil
}

func (c *Console) version(context.Context) (string, error) {
	return "mod_csta_socket " + c.Version + "\n", nil
}

func (c *Console) engineStatus(ctx context.Context) (engine.Status, error) {
	st, err := c.Engine.Status(ctx)
	if err != nil {
		return st, noAnswer(err)
	}
	return st, nil
}

func noAnswer(err error) error { return fmt.Errorf("the engine does not answer: %w", err) }
