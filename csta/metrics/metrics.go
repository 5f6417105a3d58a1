// Package metrics is the registry of what the module counts and measures, and
// shows it as text: to operators, and in the exposition format of Prometheus.
//
// The format is written here and not by Prometheus' client library, of which nothing but its
// writer would be used: docs/decisions/0007-libraries.md has the figures.
package metrics

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mod_csta_socket/csta/engine"
	"mod_csta_socket/csta/measure"
	"mod_csta_socket/csta/server"
)

// answerTime bounds how long a look may wait for the engine.
const answerTime = 3 * time.Second

// Engine gives the engine's measures.
type Engine interface {
	Measures(context.Context) (engine.Measures, error)
}

// Server gives the server's picture of itself.
type Server interface {
	Stats() server.Stats
}

// Ring is what is counted between the switch and the engine.
type Ring struct {
	// Handled counts events that the switch handed over, Lost those of them
	// that found the ring full, Truncated fields that were cut, Wakeups the
	// times the reader was woken, Panics bugs caught outside engine and server.
	Handled, Lost, Truncated, Wakeups, Panics uint64
	// Waiting bytes are in the ring, Deepest is the most there ever were.
	Waiting, Deepest int
}

// Source is where metrics come from. Ring may be nil.
type Source struct {
	Engine  Engine
	Server  Server
	Ring    func() Ring
	Version string
	Started time.Time
}

func (s *Source) picture(ctx context.Context) *picture {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	p := &picture{source: s, server: s.Server.Stats(), now: time.Now()}
	if m, err := s.Engine.Measures(ctx); err == nil {
		p.engine = &m
	}
	if s.Ring != nil {
		r := s.Ring()
		p.ring = &r
	}
	return p
}

// Exposition is everything in the text format of Prometheus, version 0.0.4.
func (s *Source) Exposition(ctx context.Context) []byte {
	p := s.picture(ctx)
	var b []byte
	for _, m := range table {
		list := m.samples(p)
		if len(list) == 0 {
			continue
		}
		b = fmt.Appendf(b, "# HELP %s %s\n# TYPE %s %s\n", m.Name, helpText.Replace(m.Help), m.Name, m.Kind)
		for _, one := range list {
			if one.histogram != nil {
				b = appendHistogram(b, m, one)
				continue
			}
			b = append(b, m.Name...)
			b = appendLabels(b, m.Labels, one.labels, "")
			b = append(b, ' ')
			b = strconv.AppendFloat(b, one.value, 'g', -1, 64)
			b = append(b, '\n')
		}
	}
	return b
}

func appendHistogram(b []byte, m Metric, one sample) []byte {
	var n uint64
	for i, c := range one.histogram.Counts {
		n += c
		le := "+Inf"
		if bound, finite := measure.Bound(i); finite {
			le = strconv.FormatFloat(bound.Seconds(), 'g', -1, 64)
		}
		b = append(b, m.Name+"_bucket"...)
		b = appendLabels(b, m.Labels, one.labels, le)
		b = fmt.Appendf(b, " %d\n", n)
	}
	b = append(b, m.Name+"_sum"...)
	b = appendLabels(b, m.Labels, one.labels, "")
	b = append(b, ' ')
	b = strconv.AppendFloat(b, one.histogram.Sum.Seconds(), 'g', -1, 64)
	b = append(b, "\n"+m.Name+"_count"...)
	b = appendLabels(b, m.Labels, one.labels, "")
	return fmt.Appendf(b, " %d\n", n)
}

// helpText and labelText escape what the format asks for.
var (
	helpText  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelText = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

func appendLabels(b []byte, names, values []string, le string) []byte {
	if len(names) == 0 && le == "" {
		return b
	}
	open := byte('{')
	add := func(name, value string) {
		b = append(b, open)
		open = ','
		b = append(b, name+`="`+labelText.Replace(value)+`"`...)
	}
	for i, name := range names {
		add(name, values[i])
	}
	if le != "" {
		add("le", le)
	}
	return append(b, '}')
}

// Row is one value for a reader: the metric's name with its labels, and the
// value.
type Row struct{ Name, Value string }

// Rows is everything as rows, in the order of the registry. A histogram is one
// row.
func (s *Source) Rows(ctx context.Context) []Row {
	p := s.picture(ctx)
	var rows []Row
	for _, m := range table {
		for _, one := range m.samples(p) {
			value := strconv.FormatFloat(one.value, 'f', -1, 64)
			if h := one.histogram; h != nil {
				value = Summary(h)
			} else if m.Name == "csta_up_seconds" {
				value = strconv.FormatFloat(one.value, 'f', 0, 64)
			}
			rows = append(rows, Row{string(appendLabels([]byte(m.Name), m.Labels, one.labels, "")), value})
		}
	}
	return rows
}

// Summary is a histogram on one line.
func Summary(h *measure.Histogram) string {
	if h.Count() == 0 {
		return "none"
	}
	return fmt.Sprintf("%d, mean %s, p50 <= %s, p99 <= %s", h.Count(), short(h.Mean()), short(h.Quantile(0.5)), short(h.Quantile(0.99)))
}

// short is a duration with three digits at most behind its point.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(time.Microsecond).String()
	}
	return d.String()
}

// Markdown is the registry as a table for the documentation.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| metric | type | labels | meaning |\n|---|---|---|---|\n")
	for _, m := range table {
		labels := strings.Join(m.Labels, ", ")
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s. |\n", m.Name, m.Kind, labels, m.Help)
	}
	return b.String()
}
