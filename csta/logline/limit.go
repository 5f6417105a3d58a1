package logline

import (
	"context"
	"log/slog"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"time"
)

// window is the time in which lines are counted.
const window = 10 * time.Second

// Limit is how many lines of a kind there may be in ten seconds.
type Limit struct {
	// perSource is how many one source gets, perKind how many all get.
	perSource, perKind int
	// moreDebug is how many times as many debug lines there may be.
	moreDebug int
}

var (
	// Usual is for all lines of a program.
	Usual = Limit{perSource: 10, perKind: 100, moreDebug: 20}
	// Strangers is for what anybody can cause who reaches a port: one line tells the
	// operator, and counters count.
	Strangers = Limit{perSource: 1, perKind: 1, moreDebug: 1}
)

// sources are the attributes that tell who caused a line, the plainest first.
var sources = [...]string{"peer", "from", "session", "device", "user", "phone", "leg"}

// Limited passes records on, but not more than so many of a kind and a source in a
// time, since many lines can be caused by strangers, as often as they like. A kind is
// the place in the program that writes the line. The next line of a kind that is
// passed on says how many were left out since.
func Limited(next slog.Handler, limit Limit) slog.Handler {
	return &limited{next, &limits{Limit: limit, kinds: map[place]*kind{}, now: time.Now}}
}

// Unlimited is the logger without the limits of Limited, for lines that the operator
// has asked for.
func Unlimited(log *slog.Logger) *slog.Logger {
	if h, is := log.Handler().(*limited); is {
		return slog.New(h.next)
	}
	return log
}

type limited struct {
	next slog.Handler
	*limits
}

// limits are shared by all loggers that come from one.
type limits struct {
	Limit
	mu    sync.Mutex
	kinds map[place]*kind
	now   func() time.Time
}

// kind counts the lines of one place since the window began. perKind bounds by.
type kind struct {
	since   time.Time
	written int
	by      map[string]int
	left    int
}

// place is a line of the program. The counter in a record is none: what a compiler
// puts into several functions has several.
type place struct {
	file string
	line int
}

func placeOf(r slog.Record) place {
	frame, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
	return place{frame.File, frame.Line}
}

// Enabled implements slog.Handler.
func (h *limited) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (h *limited) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &limited{h.next.WithAttrs(attrs), h.limits}
}

// WithGroup implements slog.Handler.
func (h *limited) WithGroup(name string) slog.Handler {
	return &limited{h.next.WithGroup(name), h.limits}
}

// Handle implements slog.Handler.
func (h *limited) Handle(ctx context.Context, r slog.Record) error {
	more := 1
	if r.Level < slog.LevelInfo {
		more = h.moreDebug
	}
	left, due := h.due(placeOf(r), source(r), more)
	if !due {
		return nil
	}
	if left > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int("more since the last such line", left))
	}
	return h.next.Handle(ctx, r)
}

func (l *limits) due(at place, source string, more int) (left int, due bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	k := l.kinds[at]
	switch {
	case k == nil:
		k = &kind{since: now, by: map[string]int{}}
		l.kinds[at] = k
	case now.Sub(k.since) >= window:
		k.since, k.written = now, 0
		clear(k.by)
	}
	if k.written >= more*l.perKind || k.by[source] >= more*l.perSource {
		k.left++
		return 0, false
	}
	k.written++
	k.by[source]++
	left, k.left = k.left, 0
	return left, true
}

// source is who caused a line: an address without its port, or a name.
func source(r slog.Record) string {
	best, found := len(sources), ""
	r.Attrs(func(a slog.Attr) bool {
		for i, name := range sources[:best] {
			if a.Key == name {
				best, found = i, a.Value.String()
			}
		}
		return best > 0
	})
	// A session's label ends with its address.
	last := found[strings.LastIndexByte(found, ' ')+1:]
	if address, err := netip.ParseAddrPort(last); err == nil {
		return address.Addr().String()
	}
	return found
}
