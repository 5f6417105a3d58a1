package switchlog

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

type entry struct {
	level Level
	leg   string
	text  string
}

func logger(least slog.Level) (*slog.Logger, *[]entry) {
	var entries []entry
	return slog.New(New(func(level Level, file, function string, line int, leg, text string) {
		entries = append(entries, entry{level, leg, text})
	}, least)), &entries
}

func TestEntries(t *testing.T) {
	log, got := logger(slog.LevelDebug)
	log.Debug("d")
	log.Info("call", "leg", "uuid-1", "number", 1001, "name", "two words")
	log.Log(context.Background(), Notice, "listening", "address", "127.0.0.1:3000")
	log.Warn("refused", "peer", "x\ny", "empty", "")
	log.Error("bind\r\nfailed %s%n", "error", errors.New("in use"))
	log.With("session", 3, "leg", "uuid-2").WithGroup("g").Info("grouped", "leg", "kept", slog.Group("in", "k", "v"))
	log.Info("plain", slog.Attr{}, slog.Group("", "a", 1))
	assert.Equal(t, []entry{
		{Debug, "", "d"},
		{Info, "uuid-1", `call number=1001 name="two words"`},
		{Notices, "", "listening address=127.0.0.1:3000"},
		{Warning, "", `refused peer="x\ny" empty=""`},
		{Err, "", `bind  failed %s%n error="in use"`},
		{Info, "uuid-2", "grouped session=3 g.leg=kept g.in.k=v"},
		{Info, "", "plain a=1"},
	}, *got)
}

// C1 control characters are control characters, too.
func TestForeignText(t *testing.T) {
	log, got := logger(slog.LevelDebug)
	log.Info("uaCSTA \u009b31m \u202e", "phone", "x\u009b2J")
	assert.Equal(t, `uaCSTA  31m   phone="x\u009b2J"`, (*got)[0].text)
}

func TestStackIsReadable(t *testing.T) {
	log, got := logger(slog.LevelInfo)
	log.Error("panic", "stack", "a\n\tb")
	assert.Equal(t, "panic\na\n\tb", (*got)[0].text)
}

func TestLeastLevelAndLength(t *testing.T) {
	log, got := logger(slog.LevelInfo)
	log.Debug("not this")
	log.Info(strings.Repeat("x", 2*maxText))
	assert.Len(t, *got, 1)
	assert.Len(t, (*got)[0].text, maxText+3)
}

func TestSource(t *testing.T) {
	var file, function string
	log := slog.New(New(func(_ Level, f, fn string, line int, _, _ string) { file, function = f, fn }, slog.LevelInfo))
	log.Info("here")
	assert.Equal(t, "handler_test.go", file)
	assert.Equal(t, "switchlog.TestSource", function)
}
