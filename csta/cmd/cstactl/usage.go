package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// usageError is a command line that can't be meant: its report shows the use.
type usageError struct {
	cmd *cobra.Command
	why string
}

func (e usageError) Error() string { return e.why }

// unlimited is as many arguments as one likes.
const unlimited = 1 << 16

// between allows from least to most arguments.
func between(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 && least > 0:
			return usageError{cmd, "arguments are missing"}
		case len(args) < least:
			return usageError{cmd, fmt.Sprintf("%d arguments are needed, there are %d", least, len(args))}
		case len(args) > most && most == 0:
			return usageError{cmd, fmt.Sprintf("no arguments are expected, such as %q", args[0])}
		case len(args) > most:
			return usageError{cmd, fmt.Sprintf("%q is an argument too many", args[most])}
		}
		return nil
	}
}

// report says what went wrong, and for wrong usage what is right.
func report(out io.Writer, err error) {
	fmt.Fprintf(out, "cstactl: %v\n", err)
	var wrong usageError
	if errors.As(err, &wrong) {
		fmt.Fprintf(out, "usage: %s\n%s --help tells the rest\n", wrong.cmd.UseLine(), wrong.cmd.CommandPath())
	}
}
