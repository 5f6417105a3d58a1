package main

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"mod_csta_socket/csta/ecma"
)

// Exit codes.
const (
	exitOK = iota
	// exitFailed: wrong usage, no connection, no answer.
	exitFailed
	// exitRefused: the server answered CSTAErrorCode.
	exitRefused
)

const defaultTimeout = 10 * time.Second

type streams struct {
	in       io.Reader
	out, err io.Writer
}

// app is what all commands share.
type app struct {
	streams
	server  string
	timeout time.Duration
	verbose bool
	secure  tlsFlags
	// heard is set when a frame came: the server speaks CSTA.
	heard atomic.Bool
	// user and password are who we are, for a server with applications.
	user, password string
}

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, s streams) int {
	a := &app{streams: s}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	report(s.err, err)
	var negative *ecma.Error
	if errors.As(err, &negative) {
		return exitRefused
	}
	return exitFailed
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "cstactl",
		Short: "A simulated switch with a CSTA server, and a CSTA client",
		Long: `cstactl runs a simulated switch with a CSTA server (cstactl sim), and talks
to any CSTA Phase III server (ECMA-323 XML over TCP) as a client.

Devices are written as
  1000                 a subscriber (dialingNumber)
  queue:9500           the queue 9500, that is the deviceNumber 029500
  trunk:20             the network interface 20, that is the deviceNumber 0120
A call is named by its callID; the first characters are enough where a device
is named with it.

Exit codes: 0 done, 1 wrong usage, no connection or no answer, 2 the server
refused (the CSTA error is named).`,
		Example: `  cstactl sim                     # one terminal: the switch
  cstactl monitor 1000 1001       # another one: events as they come
  cstactl call 1000 1001          # a third one: 1000 rings, then 1001
  cstactl hangup 1000`,
		Version:           version,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageError{cmd, err.Error()} })
	flags := root.PersistentFlags()
	flags.StringVarP(&a.server, "server", "s", "", "the CSTA server, HOST or HOST:PORT; $"+serverVariable+", or "+defaultServer)
	flags.DurationVarP(&a.timeout, "timeout", "t", defaultTimeout, "how long to wait for the connection and for each answer")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "show every frame on standard error")
	a.secure.add(flags)
	flags.StringVar(&a.user, "user", "", "name of our application, or our user name; $"+userVariable)
	flags.StringVar(&a.password, "password", "", "its secret; better in $"+passwordVariable+", where others do not see it")
	root.AddCommand(
		a.simCommand(), a.phoneCommand(), a.monitorCommand(), a.callCommand(), a.answerCommand(),
		a.hangupCommand(), a.snapshotCommand(), a.topCommand(), a.dndCommand(), a.forwardCommand(), a.statusCommand(), a.rawCommand(), a.consoleCommand(),
		a.replayCommand(), a.ladderCommand(), a.manualCommand(),
	)
	return root
}
