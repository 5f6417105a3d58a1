package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mod_csta_socket/csta/console"
)

func (a *app) consoleCommand() *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "console [" + console.Syntax() + "] [ARGUMENTS]",
		Short: "The operator's csta command, on a running cstactl sim",
		Long: `Shows what the csta command of fs_cli shows on a real switch: the state of the
server and its counters, its clients, monitors, devices and calls.`,
		Example: `  cstactl console status
  cstactl console calls
  cstactl console trace on 1000`,
		Args:      between(0, 5),
		ValidArgs: console.Completions(),
	}
	controlFlag(cmd, &address)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		return a.control(address, "csta "+strings.Join(args, " "))
	}
	return cmd
}
