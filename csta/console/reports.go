package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
)

func (c *Console) status(ctx context.Context) (string, error) {
	st, err := c.engineStatus(ctx)
	if err != nil {
		return "", err
	}
	srv := c.Server.Stats()
	listen := srv.Listen
	if listen == "" {
		listen = "not listening"
	}
	rows := [][]string{
		{"version", c.Version},
	}
	if !c.Started.IsZero() {
		rows = append(rows, []string{"up", time.Since(c.Started).Round(time.Second).String()})
	}
	rows = append(rows,
		[]string{"listen", listen},
		[]string{"system status", string(srv.Status)},
		[]string{"sessions", strconv.Itoa(len(srv.Sessions))},
		[]string{"monitors", strconv.Itoa(len(st.Monitors))},
		[]string{"devices", strconv.Itoa(len(st.Devices))},
		[]string{"calls", strconv.Itoa(len(st.Calls))},
	)
	n := st.Counters
	for _, counter := range []struct {
		name  string
		value uint64
	}{
		{"clients accepted", srv.Accepted},
		{"clients refused", srv.Refused},
		{"clients too slow", srv.SlowClients},
		{"clients mute", srv.MuteClients},
		{"bad frames", srv.BadFrames},
		{"requests", n.Requests},
		{"negative answers", n.Errors},
		{"CSTA events", n.CSTAEvents},
		{"switch events", n.SwitchEvents},
		{"repairs", n.Repairs},
		{"resyncs", n.Resyncs},
		{"audit findings", n.AuditFindings},
		{"panics", n.Panics + srv.Panics},
	} {
		rows = append(rows, []string{counter.name, strconv.FormatUint(counter.value, 10)})
	}
	return table(nil, rows), nil
}

func (c *Console) sessions(context.Context) (string, error) {
	var rows [][]string
	for _, s := range c.Server.Stats().Sessions {
		id, peer, _ := strings.Cut(s.Label, " ")
		rows = append(rows, []string{
			id, peer, time.Since(s.Since).Round(time.Second).String(), edition(s.Edition),
			strconv.FormatUint(s.Requests, 10), strconv.Itoa(s.Outstanding), strconv.FormatUint(s.Events, 10),
			strconv.FormatUint(s.BytesIn, 10), strconv.FormatUint(s.BytesOut, 10), strconv.Itoa(s.Queued),
		})
	}
	return listing("session", []string{"id", "peer", "up", "edition", "requests", "open", "events", "in", "out", "queued"}, rows), nil
}

// edition is the last part of a namespace, which is what differs.
func edition(ed ecma.Edition) string {
	if ed == "" {
		return "-"
	}
	return string(ed[strings.LastIndexByte(string(ed), '/')+1:])
}

func (c *Console) monitors(ctx context.Context) (string, error) {
	st, err := c.engineStatus(ctx)
	if err != nil {
		return "", err
	}
	var rows [][]string
	for _, m := range st.Monitors {
		rows = append(rows, []string{m.CrossRefID, m.Device, m.Session})
	}
	slices.SortFunc(rows, func(a, b []string) int { return byNumber(a[0], b[0]) })
	return listing("monitor", []string{"xref", "object", "session"}, rows), nil
}

func (c *Console) devices(ctx context.Context) (string, error) {
	st, err := c.engineStatus(ctx)
	if err != nil {
		return "", err
	}
	var rows [][]string
	for _, d := range st.Devices {
		rows = append(rows, []string{d.Device, d.Service, strconv.Itoa(d.Monitors), strconv.Itoa(d.Connections)})
	}
	slices.SortFunc(rows, func(a, b []string) int { return byNumber(a[0], b[0]) })
	return listing("device", []string{"device", "service", "monitors", "connections"}, rows), nil
}

func (c *Console) calls(ctx context.Context) (string, error) {
	st, err := c.engineStatus(ctx)
	if err != nil {
		return "", err
	}
	slices.SortFunc(st.Calls, func(a, b engine.CallStatus) int { return cmp.Compare(a.CallID, b.CallID) })
	var rows [][]string
	for _, call := range st.Calls {
		first := []string{call.CallID, call.Calling, call.Called}
		for _, con := range call.Connections {
			rows = append(rows, append(first, con.Device, con.State, con.Leg))
			first = []string{"", "", ""}
		}
		if len(call.Connections) == 0 {
			rows = append(rows, append(first, "", "", ""))
		}
	}
	text := table([]string{"call", "calling", "called", "device", "state", "leg"}, rows)
	return text + total(len(st.Calls), "call"), nil
}

// byNumber orders numbers by value and before other text.
func byNumber(a, b string) int {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	switch {
	case errX == nil && errY == nil:
		return cmp.Compare(x, y)
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return cmp.Compare(a, b)
}

// listing is a table with its number of rows below.
func listing(what string, head []string, rows [][]string) string {
	return table(head, rows) + total(len(rows), what)
}

func total(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s\n", n, what)
}
