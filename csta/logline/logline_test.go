package logline

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "",
		"Zoë 北京 \u00a0":            "Zoë 北京 \u00a0",
		"a\x1b[2Jb\r\n\x7f":        "a?[2Jb???",
		"\u009b31m\u0085":          "?31m?",
		"\u202egpj.exe":            "?gpj.exe",
		"a\u2028b\u2029c\u200bd":   "a?b?c?d",
		"\xff\xc2\x9b\x9b":         "???",
		"\U000e0041\ue000 is done": "?? is done",
	} {
		assert.Equal(t, want, Printable(text, '?'), "%q", text)
	}
}

func limitedLog(limit Limit) (*slog.Logger, *bytes.Buffer, *limits) {
	var out bytes.Buffer
	h := Limited(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}), limit).(*limited)
	return slog.New(h), &out, h.limits
}

func TestLinesOfOneSource(t *testing.T) {
	log, out, limits := limitedLog(Usual)
	now := time.Unix(1, 0)
	limits.now = func() time.Time { return now }
	refused := func(port int) { log.Warn("refused", "user", port, "from", fmt.Sprintf("192.0.2.1:%d", port)) }
	for port := range 5000 {
		refused(port + 1)
	}
	assert.Equal(t, Usual.perSource, strings.Count(out.String(), "refused"))
	log.With("x", 1).Warn("another line")
	assert.Contains(t, out.String(), "another line", "other kinds have their own")
	now = now.Add(window)
	out.Reset()
	refused(1)
	refused(1)
	assert.Contains(t, out.String(), fmt.Sprintf(`"more since the last such line"=%d`, 5000-Usual.perSource))
	assert.Equal(t, 1, strings.Count(out.String(), "more since"))
}

func TestLinesOfManySources(t *testing.T) {
	log, out, limits := limitedLog(Usual)
	for n := range 5000 {
		log.Info(fmt.Sprint("refused ", n), "session", fmt.Sprintf("%d 192.0.2.%d:1", n, n%256))
	}
	assert.Equal(t, Usual.perKind, strings.Count(out.String(), "refused"))
	for _, k := range limits.kinds {
		assert.LessOrEqual(t, len(k.by), Usual.perKind, "nor is memory filled")
	}
	out.Reset()
	for range 2 * Usual.perKind {
		Unlimited(log).Info("asked for")
	}
	assert.Equal(t, 2*Usual.perKind, strings.Count(out.String(), "asked for"))
}

// Who reaches a port gets one line of each kind, however many he is.
func TestLinesOfStrangers(t *testing.T) {
	log, out, limits := limitedLog(Strangers)
	now := time.Unix(1, 0)
	limits.now = func() time.Time { return now }
	refused := func(n int) { log.Warn("refused", "peer", fmt.Sprintf("192.0.2.%d:1", n)) }
	for i, want := range []struct {
		after time.Duration
		left  int
		due   bool
	}{{0, 0, true}, {0, 0, false}, {window - 1, 0, false}, {1, 2, true}, {window, 0, true}} {
		now = now.Add(want.after)
		out.Reset()
		refused(i)
		assert.Equal(t, want.due, out.Len() > 0, i)
		assert.Equal(t, want.left > 0, strings.Contains(out.String(), "more since"), i)
		if want.left > 0 {
			assert.Contains(t, out.String(), fmt.Sprintf(`msg=refused peer=192.0.2.%d:1 "more since the last such line"=%d`, i, want.left))
		}
	}
	out.Reset()
	log.Warn("another line")
	assert.Contains(t, out.String(), "another line", "each kind for itself")
}
