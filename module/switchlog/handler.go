// Package switchlog writes slog records to the switch's log.
package switchlog

import (
	"context"
	"log/slog"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"mod_csta_socket/csta/logline"
)

// Notice is FreeSWITCH's level NOTICE, between slog's Info and Warn.
const Notice = slog.LevelInfo + 2

// Level is one of FreeSWITCH's log levels (switch_log_level_t).
type Level int

// The levels that the handler uses.
const (
	Err     Level = 3
	Warning Level = 4
	Notices Level = 5
	Info    Level = 6
	Debug   Level = 7
)

// Write puts one entry into the switch's log. text is data, never a format.
// leg is the UUID of the channel concerned, or "".
type Write func(level Level, file, function string, line int, leg, text string)

// legKey is the attribute that names the channel an entry is about.
const legKey = "leg"

// maxText bounds an entry; the longest are stacks.
const maxText = 16 << 10

// Handler is a slog.Handler. The switch adds time and level itself.
type Handler struct {
	write Write
	least slog.Leveler
	leg   string
	group string
	attrs string
}

// New returns a handler that passes records of at least that level.
func New(write Write, least slog.Leveler) *Handler {
	return &Handler{write: write, least: least}
}

// Enabled implements slog.Handler.
func (h *Handler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.least.Level()
}

// Handle implements slog.Handler.
func (h *Handler) Handle(_ context.Context, r slog.Record) error {
	var text strings.Builder
	text.WriteString(clean(r.Message))
	text.WriteString(h.attrs)
	leg := h.leg
	r.Attrs(func(a slog.Attr) bool {
		appendAttr(&text, &leg, h.group, a)
		return true
	})
	entry := text.String()
	if len(entry) > maxText {
		entry = entry[:maxText] + "..."
	}
	frame, _ := runtime.CallersFrames([]uintptr{r.PC}).Next()
	h.write(level(r.Level), filepath.Base(frame.File), filepath.Base(frame.Function), frame.Line, leg, entry)
	return nil
}

// WithAttrs implements slog.Handler.
func (h *Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	var text strings.Builder
	text.WriteString(h.attrs)
	for _, a := range attrs {
		appendAttr(&text, &next.leg, h.group, a)
	}
	next.attrs = text.String()
	return &next
}

// WithGroup implements slog.Handler.
func (h *Handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	next := *h
	next.group += name + "."
	return &next
}

func appendAttr(text *strings.Builder, leg *string, group string, a slog.Attr) {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, inner := range value.Group() {
			appendAttr(text, leg, group, inner)
		}
		return
	}
	if a.Equal(slog.Attr{}) {
		return
	}
	s := value.String()
	if a.Key == legKey && group == "" {
		*leg = s
		return
	}
	if a.Key == "stack" {
		// A stack is ours and is read line by line.
		text.WriteString("\n" + s)
		return
	}
	text.WriteByte(' ')
	text.WriteString(group + a.Key)
	text.WriteByte('=')
	text.WriteString(quoted(s))
}

// quoted keeps foreign text from pretending to be more attributes or entries.
func quoted(s string) string {
	if s == "" || strings.ContainsAny(s, " =\"") || clean(s) != s {
		return strconv.Quote(s)
	}
	return s
}

// clean takes characters out that are not shown.
func clean(s string) string { return logline.Printable(s, ' ') }

func level(l slog.Level) Level {
	switch {
	case l >= slog.LevelError:
		return Err
	case l >= slog.LevelWarn:
		return Warning
	case l >= Notice:
		return Notices
	case l >= slog.LevelInfo:
		return Info
	}
	return Debug
}
