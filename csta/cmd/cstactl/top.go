package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/logline"
)

// topFlags are the flags of the top command.
type topFlags struct {
	every            time.Duration
	metrics, control string
	once             bool
}

func (a *app) topCommand() *cobra.Command {
	var f topFlags
	cmd := &cobra.Command{
		Use:   "top [DEVICE...]",
		Short: "Watch devices, calls, sessions and rates live",
		Long: `Shows what devices do, the calls there are and for how long, drawn anew every two
seconds until Ctrl-C; where standard output is no terminal, once. Without a DEVICE
it is all that the server lists.

Devices and calls come by CSTA: each device is monitored, and asked again
(SnapshotDevice, SnapshotCall) when an event has told of it. The age of what was
there before is not known (-). Sessions and the server's rates are no matter of
CSTA: they are read from the metrics (--metrics, metrics-listen on a real switch),
and of a simulated switch on this machine from its control port.`,
		Example: `  cstactl top
  cstactl top 1000 1001 queue:9500
  cstactl top --server pbx.example.com --metrics http://pbx.example.com:9300/metrics
  cstactl top | grep alerting`,
		Args:              between(0, unlimited),
		ValidArgsFunction: a.completeDevices(unlimited),
	}
	cmd.Flags().DurationVar(&f.every, "every", 2*time.Second, "how often it is drawn")
	cmd.Flags().StringVar(&f.metrics, "metrics", "", "URL of the server's metrics")
	controlFlag(cmd, &f.control)
	cmd.Flags().BoolVar(&f.once, "once", false, "draw it once and end, on a terminal, too")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		devices, err := parseDevices(args)
		if err != nil {
			return err
		}
		if f.every < minEvery {
			return usageError{cmd, fmt.Sprintf("--every is %v at least", minEvery)}
		}
		return a.top(cmd.Context(), devices, f)
	}
	return cmd
}

// minEvery keeps top from asking without a pause.
const minEvery = 100 * time.Millisecond

// display is where a live picture is drawn.
type display interface {
	io.Writer
	// size is in characters; all zero if it is not known.
	size() (width, height int)
}

// terminal is a display.
type terminal struct{ *os.File }

func (t terminal) size() (width, height int) {
	width, height, err := term.GetSize(int(t.Fd()))
	if err != nil {
		return 0, 0
	}
	return width, height
}

func (a *app) top(ctx context.Context, devices []ecma.DeviceID, f topFlags) error {
	c, err := a.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	w := &watching{app: a, client: c, figures: a.figuresFrom(f), ages: map[string]time.Time{}}
	if err := w.begin(ctx, devices); err != nil {
		return a.failure("top", err)
	}
	if file, ok := a.out.(*os.File); ok && !f.once && term.IsTerminal(int(file.Fd())) {
		return w.live(ctx, terminal{file}, f.every)
	}
	picture, err := w.look(ctx)
	if err != nil {
		return a.failure("top", err)
	}
	_, err = io.WriteString(a.out, strings.Join(picture.lines(), "\n")+"\n")
	return err
}

// What a terminal is told (ECMA-48): the picture is drawn on a screen of its own, over the
// one before, and what was on the terminal is back afterwards.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l"
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	toTheTop    = "\x1b[H"
	restOfLine  = "\x1b[K"
	restBelow   = "\x1b[J"
)

// live draws until ctx ends, which is success.
func (w *watching) live(ctx context.Context, d display, every time.Duration) (err error) {
	if _, err := io.WriteString(d, enterScreen); err != nil {
		return err
	}
	defer func() {
		_, leaveErr := io.WriteString(d, leaveScreen)
		err = errors.Join(err, leaveErr)
	}()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		picture, err := w.look(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return w.app.failure("top", err)
		}
		var b strings.Builder
		b.WriteString(toTheTop)
		width, height := d.size()
		b.WriteString(strings.Join(fitted(picture.lines(), width, height), restOfLine+"\r\n"))
		b.WriteString(restOfLine + restBelow)
		if _, err := io.WriteString(d, b.String()); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// fitted cuts lines to a size; 0 is no bound.
func fitted(lines []string, width, height int) []string {
	if height > 0 && len(lines) > height {
		lines = append(slices.Clone(lines[:height-1]), fmt.Sprintf("(and %d lines more)", len(lines)-height+1))
	}
	for i, l := range lines {
		if width > 0 && utf8.RuneCountInString(l) > width {
			lines[i] = string([]rune(l)[:width])
		}
	}
	return lines
}

// picture is what there is at one moment.
type picture struct {
	at             time.Time
	server, status string
	devices        []deviceRow
	calls          []callRow
	// told are the events that came to us since the picture before, which is that long ago;
	// all zero for the first one.
	told  int
	since time.Duration
	// now and before are the server's figures; nil if they are not known.
	now, before map[string]float64
	sessions    []string
}

// deviceRow is one connection of a device, or a device without any.
type deviceRow struct {
	device, state, call, with, age string
}

// callRow is one call.
type callRow struct {
	call, calling, called, parties, age string
}

// lines are the picture as text.
func (p *picture) lines() []string {
	busy := 0
	last := ""
	for _, d := range p.devices {
		if d.call != "" && d.device != last {
			busy++
		}
		last = d.device
	}
	head := fmt.Sprintf("%s  %s  %s, %d of %d devices in calls, %d calls", p.at.Format("15:04:05"), p.server, p.status, busy, countDevices(p.devices), len(p.calls))
	if p.since > 0 {
		head += fmt.Sprintf(", %.1f events/s", float64(p.told)/p.since.Seconds())
	}
	lines := []string{head}
	if p.now != nil {
		lines = append(lines, p.rates())
	}
	devices := [][]string{{"DEVICE", "STATE", "CALL", "WITH", "FOR"}}
	for _, d := range p.devices {
		devices = append(devices, []string{d.device, d.state, short(d.call), d.with, d.age})
	}
	calls := [][]string{{"CALL", "CALLING", "CALLED", "DEVICES", "FOR"}}
	for _, c := range p.calls {
		calls = append(calls, []string{short(c.call), c.calling, c.called, c.parties, c.age})
	}
	for _, table := range [][][]string{calls, devices} {
		if len(table) > 1 {
			lines = append(append(lines, ""), columns(table)...)
		}
	}
	if len(p.sessions) > 0 {
		lines = append(append(lines, ""), p.sessions...)
	}
	for i, l := range lines {
		lines[i] = logline.Printable(l, '?')
	}
	return lines
}

func countDevices(rows []deviceRow) int {
	names := map[string]bool{}
	for _, r := range rows {
		names[r.device] = true
	}
	return len(names)
}

// rates are the server's figures.
func (p *picture) rates() string {
	words := []string{
		fmt.Sprintf("%.0f sessions", p.now["csta_sessions"]), fmt.Sprintf("%.0f monitors", p.now["csta_monitors"]),
	}
	for _, counter := range []struct{ name, says string }{
		{"csta_requests_total", "requests"}, {"csta_failures_total", "refused"}, {"csta_events_sent_total", "events sent"}, {"csta_switch_events_total", "of the switch"},
	} {
		text := fmt.Sprintf("%.0f %s", p.now[counter.name], counter.says)
		if p.before != nil && p.since > 0 {
			text += fmt.Sprintf(" (%.1f/s)", max(0, p.now[counter.name]-p.before[counter.name])/p.since.Seconds())
		}
		words = append(words, text)
	}
	return "server: " + strings.Join(words, ", ")
}

// columns aligns rows; an empty cell is a dash.
func columns(rows [][]string) []string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, logline.Printable(cmp.Or(cell, "-"), '?'))
		}
		fmt.Fprintln(w)
	}
	// A strings.Builder takes everything.
	_ = w.Flush()
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}
