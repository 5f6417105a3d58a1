package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/metrics"
	"mod_csta_socket/csta/server"
	"mod_csta_socket/csta/uacsta"
)

func (c *Console) status(ctx context.Context) (string, error) {
	m, err := c.Engine.Measures(ctx)
	if err != nil {
		return "", noAnswer(err)
	}
	srv := c.Server.Stats()
	rows := [][]string{
		{"version", c.Version},
	}
	if !c.Started.IsZero() {
		rows = append(rows, []string{"up", time.Since(c.Started).Round(time.Second).String()})
	}
	requested, failed := m.Services.Totals()
	own, ownFailed := srv.Services.Totals()
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	queued, longest := 0, 0
	for _, s := range srv.Sessions {
		queued += s.Queued
		longest = max(longest, s.Queued)
	}
	if c.Phones != nil {
		list, err := c.Phones(ctx, "")
		if err != nil {
			return "", fmt.Errorf("the control of phones does not answer: %w", err)
		}
		rows = append(rows, []string{"phones by uaCSTA", fmt.Sprintf("%d of %d", controlled(list), len(list))})
	}
	var phones uacsta.Counters
	if c.PhoneCounters != nil {
		if phones, err = c.PhoneCounters(ctx); err != nil {
			return "", fmt.Errorf("the control of phones does not answer: %w", err)
		}
		rows = append(rows,
			[]string{"asked of phones", fmt.Sprintf("%d, %d in vain", phones.Asked, phones.Unanswered)},
			[]string{"asked by phones", number(phones.Served)},
			[]string{"told by phones", number(phones.Events)},
			[]string{"ignored of phones", ignored(phones)},
		)
	}
	var strangers uacsta.Strangers
	if c.Strangers != nil {
		strangers = c.Strangers()
		rows = append(rows, []string{"strangers by SIP", fmt.Sprintf("%d answered, %d refused, %d above the limits, %d unreadable",
			strangers.Answered, strangers.Refused, strangers.Limited, strangers.Unreadable)})
	}
	rows = append(rows,
		[]string{"listen", listening(srv)},
		[]string{"system status", string(srv.Status)},
		[]string{"sessions", strconv.Itoa(len(srv.Sessions))},
		[]string{"sessions waiting", fmt.Sprintf("%d, %d bytes kept; %d came back, %d refused, %d expired, %d lost events",
			srv.Waiting, srv.Kept, srv.Resumed, srv.ResumesRefused, srv.Expired, srv.Overflown)},
		[]string{"monitors", strconv.Itoa(m.Monitors)},
		[]string{"devices", strconv.Itoa(m.Devices)},
		[]string{"calls", strconv.Itoa(m.Calls)},
		[]string{"traced", c.traced(m, srv)},
		[]string{"clients accepted", number(srv.Accepted)},
		[]string{"clients refused", number(srv.Refused)},
		[]string{"clients too slow", number(srv.SlowClients)},
		[]string{"clients mute", number(srv.MuteClients)},
		[]string{"clients idle", number(srv.IdleClients)},
		[]string{"clients unknown", number(srv.NobodyClients)},
		[]string{"bad frames", number(srv.BadFrames)},
		[]string{"logins", fmt.Sprintf("%d, %d wrong, %d refused unseen", srv.LoginsRight, srv.LoginsWrong, srv.LoginsLimited)},
		[]string{"requests", number(srv.Requests)},
		[]string{"requests delayed", number(srv.RequestsDelayed)},
		[]string{"positive answers", number(requested + own)},
		[]string{"negative answers", number(failed + ownFailed)},
		[]string{"CSTA events", number(m.CSTAEvents)},
		[]string{"event delay", metrics.Summary(&srv.Delay)},
		[]string{"waiting to be read", fmt.Sprintf("%d bytes, %d of one client", queued, longest)},
		[]string{"switch events", number(m.SwitchEvents)},
		[]string{"events lost", number(m.EventsLost)},
		[]string{"engine, per event", metrics.Summary(&m.Event)},
		[]string{"engine inbox", fmt.Sprintf("%d, deepest %d", m.Inbox, m.InboxDeepest)},
		[]string{"switch operations", fmt.Sprintf("%d running, %d waiting", m.Quick.Running+m.Slow.Running, m.Quick.Waiting+m.Slow.Waiting)},
		[]string{"repairs", number(m.Repairs)},
		[]string{"resyncs", number(m.Resyncs)},
		[]string{"audit findings", number(m.AuditFindings)},
		[]string{"panics", number(m.Panics + srv.Panics + phones.Panics + strangers.Panics)},
	)
	return table(nil, rows), nil
}

func listening(srv server.Stats) string {
	var doors []string
	if srv.Listen != "" {
		doors = append(doors, srv.Listen)
	}
	if srv.WebListen != "" {
		doors = append(doors, srv.WebListen+" by "+srv.Web)
	}
	switch {
	case len(doors) == 0:
		return "not listening"
	case srv.TLS:
		return strings.Join(doors, ", ") + " (TLS)"
	}
	return strings.Join(doors, ", ")
}

func (c *Console) metrics(ctx context.Context) (string, error) {
	if c.Metrics == nil {
		return "", errors.New("there are no metrics here")
	}
	var rows [][]string
	for _, r := range c.Metrics(ctx) {
		rows = append(rows, []string{r.Name, r.Value})
	}
	return table(nil, rows), nil
}

func (c *Console) reload(ctx context.Context) (string, error) {
	if c.Reload == nil {
		return "", errors.New("there is no configuration file to be read again")
	}
	var b strings.Builder
	for _, line := range c.Reload(ctx) {
		b.WriteString(clean(line) + "\n")
	}
	return b.String(), nil
}

func (c *Console) sessions(context.Context) (string, error) {
	var rows [][]string
	st := c.Server.Stats()
	for _, s := range slices.Concat(st.Sessions, st.Alone) {
		id, peer, _ := strings.Cut(s.Label, " ")
		rows = append(rows, []string{
			id, peer, time.Since(s.Since).Round(time.Second).String(), s.Security, who(s), edition(s.Edition),
			strconv.FormatUint(s.Requests, 10), strconv.Itoa(s.Outstanding), strconv.FormatUint(s.Events, 10),
			strconv.FormatUint(s.BytesIn, 10), strconv.FormatUint(s.BytesOut, 10), strconv.Itoa(s.Queued), s.State.String(),
		})
	}
	return listing("session", []string{"id", "peer", "up", "security", "application", "edition", "requests", "open", "events", "in", "out", "queued", "state"}, rows), nil
}

// who is a session's application, and by what it is known to be it.
func who(s server.SessionStats) string {
	if s.Application == "" {
		return ""
	}
	return s.Application + " (" + s.By + ")"
}

// applications lists what is configured, without secrets, and users of the directory who
// have logged in.
func (c *Console) applications(context.Context) (string, error) {
	st := c.Server.Stats()
	sessions := map[string]int{}
	users := map[string]bool{}
	for _, s := range st.Sessions {
		sessions[s.Application]++
		if s.By == "directory" {
			users[s.Application] = true
		}
	}
	limit := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	var rows [][]string
	for _, a := range st.Applications {
		g := &a.Grant
		var known []string
		if !a.Secret.IsZero() {
			known = append(known, "secret")
		}
		known = append(known, a.Clients...)
		for _, n := range a.Networks {
			known = append(known, n.String())
		}
		rows = append(rows, []string{
			g.Application, strconv.Itoa(sessions[g.Application]), strings.Join(known, ","), g.Rights.String(), g.Devices.String(), g.Dial.String(),
			limit(g.Limits.Monitors), limit(g.Limits.Calls), limit(g.Limits.CallsPerSecond),
		})
	}
	for _, name := range slices.Sorted(maps.Keys(users)) {
		rows = append(rows, []string{name, strconv.Itoa(sessions[name]), "directory", "", "", "", "", "", ""})
	}
	text := listing("application", []string{"application", "sessions", "known by", "rights", "devices", "dial", "monitors", "calls", "calls/s"}, rows)
	switch {
	case len(st.Applications) == 0 && !st.Directory:
		text += "whoever reaches the port may watch and steer every device\n"
	case st.Directory:
		text += "users of the directory may log in as well\n"
	}
	return text, nil
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
	return text + total(len(st.Calls), "call") + underWay(st.Calls), nil
}

// underWay lists what calls wait for; nothing, if none does.
func underWay(calls []engine.CallStatus) string {
	var rows [][]string
	for _, call := range calls {
		for _, d := range call.UnderWay {
			rows = append(rows, []string{call.CallID, d.Device, d.What, d.State, d.WaitsFor})
		}
	}
	if len(rows) == 0 {
		return ""
	}
	return "\n" + table([]string{"call", "device", "under way", "state", "waits for"}, rows)
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
