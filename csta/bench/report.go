//go:build linux

package main

import (
	"fmt"
	"io"
	"strings"
)

// report is what a run found: tables, and the charts of its picture.
type report struct {
	facts    []string
	sections []*section
	charts   []chart
}

// section is one table with what one should know of it.
type section struct {
	title, text string
	header      []string
	rows        [][]string
}

func (r *report) add(title, text string, header ...string) *section {
	s := &section{title: title, text: text, header: header}
	r.sections = append(r.sections, s)
	return s
}

func (s *section) row(cells ...string) { s.rows = append(s.rows, cells) }

// markdown writes the report as text that reads well with or without a renderer.
func (r *report) markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# mod_csta_socket beside mod_event_socket\n\n")
	for _, f := range r.facts {
		fmt.Fprintf(&b, "- %s\n", f)
	}
	for _, s := range r.sections {
		fmt.Fprintf(&b, "\n## %s\n\n", s.title)
		if s.text != "" {
			fmt.Fprintf(&b, "%s\n\n", s.text)
		}
		s.table(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *section) table(b *strings.Builder) {
	if len(s.rows) == 0 {
		b.WriteString("Not measured.\n")
		return
	}
	widths := make([]int, len(s.header))
	for _, row := range append([][]string{s.header}, s.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	line := func(row []string) {
		for i, cell := range row {
			fmt.Fprintf(b, "| %-*s ", widths[i], cell)
		}
		b.WriteString("|\n")
	}
	line(s.header)
	for _, w := range widths {
		b.WriteString("|" + strings.Repeat("-", w+2))
	}
	b.WriteString("|\n")
	for _, row := range s.rows {
		line(row)
	}
}
