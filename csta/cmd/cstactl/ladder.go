package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"mod_csta_socket/csta/client"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
)

func (a *app) ladderCommand() *cobra.Command {
	var recording string
	var limit time.Duration
	var asSVG bool
	cmd := &cobra.Command{
		Use:   "ladder DEVICE... | ladder --replay FILE",
		Short: "Draw what happens in calls as a sequence diagram",
		Long: `Monitors devices until Ctrl-C, then draws their events: a column for each device that
took part, a row for each event, an arrow from whom it comes to whom it concerns.
What several monitors told is drawn once. With --replay the events of a recording
(csta record dump) are drawn, - is standard input.`,
		Example: `  cstactl ladder 1000 1001
  cstactl ladder 1000 1001 --for 30s --svg >call.svg
  cstactl ladder --replay csta-record-20260131-120000.000-asked-for.jsonl`,
		Args: func(cmd *cobra.Command, args []string) error {
			if recording != "" {
				return between(0, 0)(cmd, args)
			}
			return between(1, unlimited)(cmd, args)
		},
		ValidArgsFunction: a.completeDevices(unlimited),
	}
	cmd.Flags().StringVar(&recording, "replay", "", "draw a recording instead of what happens now")
	cmd.Flags().DurationVar(&limit, "for", 0, "end after that time; 0 = by Ctrl-C")
	cmd.Flags().BoolVar(&asSVG, "svg", false, "draw a picture (SVG) instead of text")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		l := &ladder{}
		var err error
		if recording != "" {
			err = a.replayLadder(l, recording)
		} else {
			err = a.watchLadder(cmd.Context(), l, args, limit)
		}
		if err != nil && len(l.steps) == 0 {
			return err
		}
		draw := l.text
		if asSVG {
			draw = l.svg
		}
		_, writeErr := io.WriteString(a.out, draw())
		return errors.Join(err, writeErr)
	}
	return cmd
}

func (a *app) replayLadder(l *ladder, name string) error {
	in := a.in
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	return engine.Replay(in, slog.New(slog.DiscardHandler), func(r engine.Replayed) {
		if e, ok := r.Message.(ecma.Event); ok {
			l.add(fmt.Sprintf("%.3f", r.At.Seconds()), r.Session+" "+client.Event{Message: e}.Monitor(), e)
		}
	})
}

func (a *app) watchLadder(ctx context.Context, l *ladder, names []string, limit time.Duration) error {
	devices, err := parseDevices(names)
	if err != nil {
		return err
	}
	ctx, cancel := within(ctx, limit)
	defer cancel()
	for _, d := range devices {
		l.column(deviceName(d))
	}
	return a.watch(ctx, devices, true, func(e client.Event, _ map[string]ecma.DeviceID) error {
		if m, ok := e.Message.(ecma.Event); ok {
			l.add(e.At.Format(timeFormat), e.Monitor(), m)
		}
		return nil
	})
}

// ladder is a sequence diagram of events.
type ladder struct {
	// columns are the devices from left to right.
	columns []string
	steps   []*step
	// calls are the callIDs in the order in which they came.
	calls []string
}

// step is a row: from and to are columns. An event that concerns one device alone has it
// as both; what concerns none has -1.
type step struct {
	at, event, call string
	from, to        int
	// contents tell events apart, seen are the monitors that told this one.
	contents string
	seen     []string
}

// courses say between which devices an event is drawn, by its fields: from whom it comes
// and whom it concerns.
var courses = map[string]struct{ from, to string }{
	"ServiceInitiatedEvent":  {"InitiatingDevice", "InitiatingDevice"},
	"OriginatedEvent":        {"CallingDevice", "CalledDevice"},
	"OfferedEvent":           {"CallingDevice", "OfferedDevice"},
	"DeliveredEvent":         {"CallingDevice", "AlertingDevice"},
	"EstablishedEvent":       {"AnsweringDevice", "CallingDevice"},
	"ConnectionClearedEvent": {"ReleasingDevice", "ReleasingDevice"},
	"FailedEvent":            {"FailingDevice", "CallingDevice"},
	"QueuedEvent":            {"CallingDevice", "Queue"},
	"DivertedEvent":          {"DivertingDevice", "NewDestination"},
	"HeldEvent":              {"HoldingDevice", "HoldingDevice"},
	"RetrievedEvent":         {"RetrievingDevice", "RetrievingDevice"},
	"TransferedEvent":        {"TransferringDevice", "TransferredToDevice"},
	"ConferencedEvent":       {"ConferencingDevice", "AddedParty"},
	"NetworkReachedEvent":    {"CallingDevice", "NetworkInterfaceUsed"},
}

// add draws an event, unless it is drawn and another monitor tells it.
func (l *ladder) add(at, monitor string, m ecma.Event) {
	event := m.Element()
	contents := []string{event}
	devices := map[string]string{}
	subject, call := "", ""
	for _, f := range fieldsOf(m) {
		if f.name == "MonitorCrossRefID" || f.name == "LocalConnectionInfo" {
			continue
		}
		contents = append(contents, f.name+"="+text(f.value))
		switch v := f.value.Interface().(type) {
		case ecma.ExtendedDevice:
			if v.Presence != ecma.NotKnown && !v.Device.IsZero() {
				devices[f.name] = deviceName(v.Device)
			}
		case ecma.ConnectionID:
			if call == "" {
				subject, call = deviceName(v.Device), v.CallID
			}
		}
	}
	s := &step{at: at, event: strings.TrimSuffix(event, "Event"), call: call, contents: strings.Join(contents, " "), seen: []string{monitor}}
	for _, old := range slices.Backward(l.steps) {
		if old.contents == s.contents {
			if slices.Contains(old.seen, monitor) {
				break // it happened again
			}
			old.seen = append(old.seen, monitor)
			return
		}
	}
	if call != "" && !slices.Contains(l.calls, call) {
		l.calls = append(l.calls, call)
	}
	course := courses[event]
	s.from, s.to = l.column(devices[course.from]), l.column(devices[course.to])
	switch {
	case s.from < 0 && s.to < 0 && subject == "" && devices["Device"] != "":
		s.from = l.column(devices["Device"])
		s.to = s.from
	case s.from < 0 && s.to < 0:
		s.from = l.column(subject)
		s.to = s.from
	case s.from < 0:
		s.from = s.to
	case s.to < 0:
		s.to = s.from
	}
	l.steps = append(l.steps, s)
}

// column is that of a device, which gets one; -1 for none.
func (l *ladder) column(name string) int {
	if name == "" {
		return -1
	}
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
	i := slices.Index(l.columns, name)
	if i < 0 {
		i = len(l.columns)
		l.columns = append(l.columns, name)
	}
	return i
}

// label is what is written at a step: the event, and which call if there are several.
func (l *ladder) label(s *step) string {
	if len(l.calls) < 2 || s.call == "" {
		return s.event
	}
	return fmt.Sprintf("%s %d", s.event, slices.Index(l.calls, s.call)+1)
}

// width is that between two columns, in characters, and indent that of the times.
func (l *ladder) width() (width, indent int) {
	for _, c := range l.columns {
		width = max(width, utf8.RuneCountInString(c)+2)
	}
	for _, s := range l.steps {
		width = max(width, utf8.RuneCountInString(l.label(s))+6)
		indent = max(indent, len(s.at))
	}
	return width, indent + 2
}

// text draws for a terminal.
func (l *ladder) text() string {
	width, indent := l.width()
	var out strings.Builder
	row := func(at string, put func(line []rune) []rune) {
		line := []rune(strings.Repeat(" ", indent+width*len(l.columns)))
		copy(line, []rune(at))
		for i := range l.columns {
			line[indent+i*width] = '|'
		}
		out.WriteString(strings.TrimRight(string(put(line)), " ") + "\n")
	}
	write := func(line []rune, at int, text string) []rune {
		for i, r := range []rune(text) {
			if at+i >= len(line) {
				line = append(line, ' ')
			}
			line[at+i] = r
		}
		return line
	}
	row("", func(line []rune) []rune {
		for i, c := range l.columns {
			line = write(line, indent+i*width, c)
		}
		return line
	})
	for _, s := range l.steps {
		row(s.at, func(line []rune) []rune {
			label := l.label(s)
			from, to := indent+s.from*width, indent+s.to*width
			switch {
			case s.from < 0:
				return write(line, indent+1, label)
			case from == to:
				return write(line, from, "o "+label+" ")
			}
			left, right := min(from, to)+1, max(from, to)
			line = write(line, left, strings.Repeat("-", right-left))
			line = write(line, left+(right-left-utf8.RuneCountInString(label)-2)/2, " "+label+" ")
			if from < to {
				return write(line, right-1, ">")
			}
			return write(line, left, "<")
		})
	}
	for i, c := range l.calls {
		if len(l.calls) > 1 {
			fmt.Fprintf(&out, "%d = %s\n", i+1, c)
		}
	}
	return out.String()
}
