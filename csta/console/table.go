package console

import (
	"strings"
	"unicode/utf8"

	"mod_csta_socket/csta/logline"
)

const (
	// columnGap stands between columns.
	columnGap = "  "
	// widest is how long a cell under a head may be before it is broken, if it has
	// commas: one long list would make all lines as long.
	widest = 40
)

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
		rows = broken(rows)
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

// broken goes on below with lists that are too long for one line.
func broken(rows [][]string) [][]string {
	var all [][]string
	for _, row := range rows {
		for more := true; more; {
			more = false
			line, rest := make([]string, len(row)), make([]string, len(row))
			for i, cell := range row {
				line[i], rest[i] = breakList(cell)
				more = more || rest[i] != ""
			}
			all = append(all, line)
			row = rest
		}
	}
	return all
}

// breakList is as much of a list as one line takes, and the rest of it. The first cell
// of a row is its name, so that one line has all of it if it has no comma.
func breakList(cell string) (line, rest string) {
	if utf8.RuneCountInString(cell) <= widest {
		return cell, ""
	}
	end := strings.LastIndexByte(cell[:widest], ',')
	if end < 0 {
		end = strings.IndexByte(cell, ',')
	}
	if end < 0 {
		return cell, ""
	}
	return cell[:end+1], cell[end+1:]
}

// clean keeps text that came from a client or a phone from moving the cursor of
// the operator's terminal.
func clean(s string) string { return logline.Printable(s, '?') }
