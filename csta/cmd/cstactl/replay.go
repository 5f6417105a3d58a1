package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
)

func (a *app) replayCommand() *cobra.Command {
	var how replayed
	cmd := &cobra.Command{
		Use:   "replay FILE",
		Short: "Play a recording of the module and print what clients got",
		Long: `Plays a recording that csta record dump wrote, or the module by itself when
something went wrong, and prints what each client would have got: a line with the
time since the recording begins, the client, and the event or answer. What happened
goes through the same code as in the module; no switch is asked for anything. A line
that begins with ! tells where this version does something else than the one that
made the recording. FILE - is standard input.`,
		Example: `  cstactl replay csta-record-20260131-120000.000-asked-for.jsonl
  cstactl replay --operations --xml record.jsonl`,
		Args: between(1, 1),
	}
	cmd.Flags().BoolVar(&how.xml, "xml", false, "print the frames themselves")
	cmd.Flags().BoolVar(&how.operations, "operations", false, "print what the switch and phones are asked for, too")
	cmd.Flags().BoolVar(&how.log, "log", false, "show the log on standard error")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		in := a.in
		if args[0] != "-" {
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close()
			in = file
		}
		logTo := io.Discard
		if how.log {
			logTo = a.err
		}
		return how.print(in, a.out, slog.New(slog.NewTextHandler(logTo, &slog.HandlerOptions{Level: slog.LevelDebug})))
	}
	return cmd
}

// replayed is how a recording is printed.
type replayed struct{ xml, operations, log bool }

func (how replayed) print(recording io.Reader, out io.Writer, log *slog.Logger) error {
	return engine.Replay(recording, log, func(r engine.Replayed) {
		at := fmt.Sprintf("%10.3f", r.At.Seconds())
		switch {
		case r.Differs != "":
			fmt.Fprintf(out, "! %s %s\n", at, r.Differs)
		case r.Operation != "":
			if how.operations {
				fmt.Fprintf(out, "  %s switch: %s\n", at, r.Operation)
			}
		case how.xml:
			fmt.Fprintf(out, "  %s %s: %s\n", at, r.Session, r.Frame)
		default:
			fmt.Fprintf(out, "  %s %s: %s\n", at, r.Session, messageLine(r.Invoke, r.Message))
		}
	})
}

// messageLine is an event, with its monitor, or another message, with its invoke ID, in
// one line.
func messageLine(invoke uint16, m ecma.Message) string {
	about := fmt.Sprintf("%04d", invoke)
	var rest []string
	for _, f := range fieldsOf(m) {
		switch f.name {
		case "MonitorCrossRefID":
			if _, event := m.(ecma.Event); event {
				about = "monitor " + f.value.String()
				continue
			}
			rest = append(rest, "monitor="+f.value.String())
		case "LocalConnectionInfo":
			rest = append([]string{text(f.value)}, rest...)
		case "LastRedirectionDevice":
			if r := f.value.Interface().(ecma.RedirectionDevice); r.Presence != ecma.NotRequired {
				rest = append(rest, "redirected="+text(f.value))
			}
		default:
			rest = append(rest, label(f)+"="+text(f.value))
		}
	}
	return strings.TrimSpace(about + " " + strings.TrimSuffix(m.Element(), "Event") + " " + strings.Join(rest, " "))
}
