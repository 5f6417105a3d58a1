package server

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/logline"
)

// dumper writes the engine's picture of calls and devices to the log, on
// Request System Status, but not more often than configured.
type dumper struct {
	srv    *Server
	ctx    context.Context
	cancel context.CancelFunc

	mu   sync.Mutex
	last time.Time
	busy bool
}

func (d *dumper) init(srv *Server) {
	d.srv = srv
	d.ctx, d.cancel = context.WithCancel(context.Background())
}

func (d *dumper) stop() { d.cancel() }

// request dumps in a goroutine of its own, if it is time.
func (d *dumper) request() {
	if !d.due(time.Now()) || !d.srv.begin() {
		return
	}
	go func() {
		defer d.srv.running.Done()
		defer d.done()
		defer d.srv.recovered("dump", func() {})
		d.dump()
	}()
}

func (d *dumper) due(now time.Time) bool {
	interval := d.srv.options().MinimumDumpInterval
	d.mu.Lock()
	defer d.mu.Unlock()
	if interval < 0 || d.busy || !d.last.IsZero() && now.Sub(d.last) < interval {
		return false
	}
	d.last, d.busy = now, true
	return true
}

func (d *dumper) done() {
	d.mu.Lock()
	d.busy = false
	d.mu.Unlock()
}

func (d *dumper) dump() {
	ctx, cancel := context.WithTimeout(d.ctx, dumpTimeout)
	defer cancel()
	st, err := d.srv.engine.Status(ctx)
	if err != nil {
		d.srv.log.Warn("no dump of calls and devices", "error", err)
		return
	}
	for _, line := range dumpLines(st) {
		logline.Unlimited(d.srv.log).Info(line)
	}
}

func dumpLines(st engine.Status) []string {
	lines := []string{fmt.Sprintf("dump: %d calls, %d devices, %d monitors", len(st.Calls), len(st.Devices), len(st.Monitors))}
	for _, c := range st.Calls {
		var b strings.Builder
		fmt.Fprintf(&b, "dump: call %s from %s to %s:", c.CallID, orDash(c.Calling), orDash(c.Called))
		for _, con := range c.Connections {
			fmt.Fprintf(&b, " %s %s (%s)", con.Device, con.State, con.Leg)
		}
		lines = append(lines, b.String())
	}
	for _, dev := range st.Devices {
		lines = append(lines, fmt.Sprintf("dump: device %s service %s, %d monitors, %d connections",
			dev.Device, dev.Service, dev.Monitors, dev.Connections))
	}
	for _, m := range st.Monitors {
		lines = append(lines, fmt.Sprintf("dump: monitor %s on %s for session %s", m.CrossRefID, m.Device, m.Session))
	}
	return lines
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
