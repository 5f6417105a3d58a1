package console

import (
	"strings"
	"unicode/utf8"

	"mod_csta_socket/csta/logline"
)

// columnGap stands between columns.
const columnGap = "  "

// table aligns rows in columns under an optional head. Empty cells become "-"
// if there is a head, except where the whole row continues the one above, as
// its empty first cell tells.
func table(head []string, rows [][]string) string {
	var all [][]string
	if head != nil {
		if len(rows) == 0 {
			return ""
		}
		all = append(all, head)
	}
	all = append(all, rows...)
	var width []int
	for _, row := range all {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], utf8.RuneCountInString(clean(cell)))
		}
	}
	var b strings.Builder
	for _, row := range all {
		var line strings.Builder
		for i, cell := range row {
			cell = clean(cell)
			if cell == "" && head != nil && row[0] != "" {
				cell = "-"
			}
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", width[i]-min(width[i], utf8.RuneCountInString(cell))))
			line.WriteString(columnGap)
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// clean keeps text that came from a client or a phone from moving the cursor of
// the operator's terminal.
func clean(s string) string { return logline.Printable(s, '?') }
