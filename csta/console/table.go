package console

import (
	"fmt"
	"regexp"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"mod_csta_socket/csta/logline"
)

const (
	// columnGap is how far columns are apart.
	columnGap = 2
	// widest is how long a cell under a head may be before it is broken, if it has
	// commas: one long list would make all lines as long.
	widest = 40
)

// table aligns rows in columns under an optional head. Empty cells become "-"
// if there is a head, except where the whole row continues the one above, as
// its empty first cell tells.
func table(head []string, rows [][]string) string {
	if head != nil {
		if len(rows) == 0 {
			return ""
		}
		rows = append([][]string{head}, broken(rows)...)
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, columnGap, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			cell = clean(cell)
			if cell == "" && head != nil && row[0] != "" {
				cell = "-"
			}
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	}
	// A strings.Builder takes everything.
	_ = w.Flush()
	return trailing.ReplaceAllString(b.String(), "\n")
}

// trailing are the spaces of cells that are empty.
var trailing = regexp.MustCompile(` +\n`)

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
