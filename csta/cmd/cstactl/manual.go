package main

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manualCommand writes the manual pages from the same texts that --help shows. The
// build calls it; it is of no use to anybody else.
func (a *app) manualCommand() *cobra.Command {
	var seconds int64
	cmd := &cobra.Command{
		Use:    "manual DIRECTORY",
		Short:  "Write the manual pages",
		Long:   "Writes a manual page for cstactl and for each of its commands into a directory.",
		Hidden: true,
		Args:   between(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			date := time.Unix(seconds, 0).UTC()
			header := &doc.GenManHeader{Section: "1", Source: "cstactl", Manual: "mod_csta_socket", Date: &date}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, header, args[0])
		},
	}
	cmd.Flags().Int64Var(&seconds, "date", 0, "the date of the pages, seconds since 1970, so that builds can be repeated")
	return cmd
}
