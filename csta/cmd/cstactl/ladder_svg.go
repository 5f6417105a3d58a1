package main

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// Measures of the picture, in its units.
const (
	svgCharacter = 8  // the width of a character
	svgRow       = 26 // from one step to the next
	svgTop       = 30 // where the devices' names stand
	svgMargin    = 60 // left of the first column's line, for half of its name
)

// svg draws a picture that needs nothing but a browser.
func (l *ladder) svg() string {
	width, indent := l.width()
	x := func(column int) int { return svgMargin + indent*svgCharacter + column*width*svgCharacter }
	bottom := svgTop + (len(l.steps)+1)*svgRow
	right := x(len(l.columns)-1) + width*svgCharacter
	height := bottom
	if len(l.calls) > 1 {
		height += len(l.calls) * svgRow
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="monospace" font-size="13">
<defs><marker id="tip" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 10 5 0 10z"/></marker></defs>
<rect width="100%%" height="100%%" fill="white"/>
`, right, height, right, height)
	words := func(x, y int, anchor, text string) {
		var escaped strings.Builder
		// Writing into memory does not fail.
		_ = xml.EscapeText(&escaped, []byte(text))
		fmt.Fprintf(&out, `<text x="%d" y="%d" text-anchor="%s">%s</text>`+"\n", x, y, anchor, &escaped)
	}
	for i, c := range l.columns {
		words(x(i), svgTop-12, "middle", c)
		fmt.Fprintf(&out, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="silver"/>`+"\n", x(i), svgTop-6, x(i), bottom)
	}
	for i, s := range l.steps {
		y := svgTop + (i+1)*svgRow
		words(10, y, "start", s.at)
		from, to := x(max(0, s.from)), x(max(0, s.to))
		if from == to {
			fmt.Fprintf(&out, `<circle cx="%d" cy="%d" r="4"/>`+"\n", from, y-4)
			words(from+10, y, "start", l.label(s))
			continue
		}
		words((from+to)/2, y-5, "middle", l.label(s))
		fmt.Fprintf(&out, `<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="black" marker-end="url(#tip)"/>`+"\n", from, y, to, y)
	}
	for i, c := range l.calls {
		if len(l.calls) > 1 {
			words(10, bottom+i*svgRow+10, "start", fmt.Sprintf("%d = %s", i+1, c))
		}
	}
	out.WriteString("</svg>\n")
	return out.String()
}
