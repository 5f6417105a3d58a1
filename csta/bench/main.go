//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"mod_csta_socket/csta/conformance/freeswitch"
)

// plan is how much of everything is measured.
type plan struct {
	quietCalls    int
	loads         []load
	firings       []firing
	monitors      []int
	monitorEvents int
	costRate      float64
	costCalls     int
	costRounds    int
	connections   []int
	requests      int
	invites       int
	// budgets are measured only where they are named.
	budgets effort
}

var whole = plan{
	quietCalls: 150,
	loads:      []load{{5, 150}, {30, 900}, {100, 3000}, {150, 3000}, {200, 3000}},
	firings: []firing{
		{"one every 80 to 120 ms", 500, 80_000, 40_000}, {"500 a second", 10_000, 2000, 0},
		{"2,000 a second", 20_000, 500, 0}, {"a burst of 2,000", 2000, 0, 0},
	},
	monitors: []int{1, 10, 100}, monitorEvents: 200,
	costRate: 30, costCalls: 400, costRounds: 4,
	connections: []int{1, 8}, requests: 3000, invites: 50,
	budgets: effort{turns: 3, events: 150, crowdEvents: 100, busy: load{200, 3000}, costCalls: 300, costTurns: 5, requests: 1000},
}

var short = plan{
	quietCalls: 25,
	loads:      []load{{5, 40}, {30, 300}, {100, 800}},
	firings: []firing{
		{"one every 80 to 120 ms", 100, 80_000, 40_000}, {"500 a second", 2000, 2000, 0}, {"a burst of 2,000", 2000, 0, 0},
	},
	monitors: []int{1, 10, 100}, monitorEvents: 30,
	costRate: 30, costCalls: 200, costRounds: 1,
	connections: []int{1, 8}, requests: 500, invites: 10,
	budgets: effort{turns: 2, events: 30, crowdEvents: 20, busy: load{100, 500}, costCalls: 100, costTurns: 1, requests: 200},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	quick := flag.Bool("short", false, "two to three minutes instead of fifteen")
	out := flag.String("out", filepath.Join("build", "out"), "directory for bench-switch.md and bench-switch.svg")
	module := flag.String("module", filepath.Join("build", "out", freeswitch.ModuleName+".so"), "the module to measure")
	probe := flag.String("probe", filepath.Join("bridge_c", "probe", "mod_csta_probe.c"), "source of the module that fires events")
	only := flag.String("only", "", "comma-separated list of memory, quiet, fired, busy, monitors, requests, makecall, cost, or budgets; empty: all but that")
	isolated := flag.Bool("isolated", false, "give the switch, all its threads and this program real-time priority, on a machine that others use")
	flag.Parse()
	installed, err := freeswitch.Find()
	if errors.Is(err, freeswitch.ErrNotInstalled) {
		fmt.Println("Nothing is measured:", err)
		return nil
	}
	if err != nil {
		return err
	}
	p := whole
	if *quick {
		p = short
	}
	l, why, err := openLab(ctx, *module, *probe)
	if err != nil {
		return err
	}
	r := &report{facts: []string{
		"FreeSWITCH " + installed.Version + ", " + machine() + ", " + runtime.Version(),
		"Module " + version() + ", " + time.Now().Format(time.DateOnly) + "; load average at the start " + loadAverage() +
			" (switch, both clients and the phones share the machine)",
		"Both clients read only: they note the time, look for the names that tell the fact, and throw the rest away. " +
			"The event-socket client subscribes exactly the event names that the module binds, as plain text, with TCP_NODELAY.",
	}}
	if why != "" {
		r.facts = append(r.facts, why)
	}
	if *isolated {
		if err := errors.Join(l.isolate(), aboveOthers(os.Getpid())); err != nil {
			return errors.Join(err, l.close())
		}
		r.facts = append(r.facts, "The switch with all its threads, the module's too, and this program ran at one real-time priority (-isolated), so that other programs on the machine took no time from them.")
	}
	err = errors.Join(measure(l, r, p, *only), l.close())
	return errors.Join(err, write(r, *out))
}

// budgets is the part that repeats of others what a budget is set for.
const budgets = "budgets"

// measure runs the parts in an order in which none disturbs a later one.
func measure(l *lab, r *report, p plan, only string) error {
	wanted := strings.FieldsFunc(only, func(c rune) bool { return c == ',' })
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"memory", func() error { return l.measureMemory(r) }},
		{"quiet", func() error { return l.measureQuiet(r, p.quietCalls) }},
		{"fired", func() error { return l.measureFired(r, p.firings) }},
		{"busy", func() error { return l.measureBusy(r, p.loads) }},
		{"monitors", func() error { return l.measureMonitors(r, p.monitors, p.monitorEvents) }},
		{"requests", func() error { return l.measureRequests(r, p.connections, p.requests) }},
		{"makecall", func() error { return l.measureMakeCall(r, p.invites) }},
		{"cost", func() error { return l.measureCost(r, p.costRate, p.costCalls, p.costRounds) }},
		{budgets, func() error { return l.measureBudgets(r, p.budgets) }},
	} {
		if !slices.Contains(wanted, part.name) && (len(wanted) > 0 || part.name == budgets) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s %s (load average %s)\n", time.Now().Format(time.TimeOnly), part.name, loadAverage())
		if err := part.run(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// version names the state of the sources, if git knows it.
func version() string {
	out, err := exec.Command("git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		return "of an unknown version"
	}
	return strings.TrimSpace(string(out))
}

// write puts the report on standard output and, with its picture, into dir.
func write(r *report, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	table, err := os.Create(filepath.Join(dir, "bench-switch.md"))
	if err != nil {
		return err
	}
	defer table.Close()
	picture, err := os.Create(filepath.Join(dir, "bench-switch.svg"))
	if err != nil {
		return err
	}
	defer picture.Close()
	return errors.Join(r.markdown(os.Stdout), r.markdown(table),
		svg(picture, "mod_csta_socket beside mod_event_socket in one FreeSWITCH", r.charts))
}
