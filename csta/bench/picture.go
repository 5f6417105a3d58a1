//go:build linux

package main

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// chart is one panel of the picture.
type chart interface {
	draw(b *strings.Builder, x, y float64)
}

// distribution shows what share of a sample's times is not longer than a given
// one; the times stand on a logarithmic scale.
type distribution struct {
	title  string
	series []series
}

type series struct {
	name   string
	values sample
}

// bars shows one number for each of several things.
type bars struct {
	title, unit string
	names       []string
	values      []float64
}

const (
	panelWidth, panelHeight = 520.0, 300.0
	plotLeft, plotTop       = 60.0, 44.0
	plotWidth, plotHeight   = 430.0, 200.0
)

var colours = []string{"#1b6ca8", "#d1495b", "#5b8c5a", "#edae49", "#6b5b95"}

// svg writes the charts side by side, two in a row. A library for plots would
// bring fonts and rasterisers; this is the little we need.
func svg(w io.Writer, title string, charts []chart) error {
	rows := (len(charts) + 1) / 2
	height := 40 + float64(rows)*panelHeight
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="12">`+"\n", 2*panelWidth, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	label(&b, panelWidth, 24, "middle", `font-size="16"`, title)
	for i, c := range charts {
		c.draw(&b, float64(i%2)*panelWidth, 40+float64(i/2)*panelHeight)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func label(b *strings.Builder, x, y float64, anchor, more, text string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" %s>%s</text>`+"\n", x, y, anchor, more, html.EscapeString(text))
}

func line(b *strings.Builder, x1, y1, x2, y2 float64) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#ccc"/>`+"\n", x1, y1, x2, y2)
}

func (d distribution) draw(b *strings.Builder, x, y float64) {
	label(b, x+plotLeft, y+18, "start", `font-weight="bold"`, d.title)
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range d.series {
		o := s.values.sorted()
		if len(o) > 0 {
			low = math.Min(low, math.Log10(math.Max(1e3, float64(o[0]))))
			high = math.Max(high, math.Log10(math.Max(1e3, float64(o.at(99.9)))))
		}
	}
	low, high = math.Floor(low), math.Ceil(high)
	if !(high > low) {
		return
	}
	across := func(ns float64) float64 {
		return x + plotLeft + (math.Log10(math.Max(1e3, ns))-low)/(high-low)*plotWidth
	}
	up := func(share float64) float64 { return y + plotTop + (1-share)*plotHeight }
	for power := low; power <= high; power++ {
		at := across(math.Pow(10, power))
		line(b, at, up(0), at, up(1))
		label(b, at, up(0)+16, "middle", "", duration(int64(math.Pow(10, power))))
	}
	for _, share := range []float64{0, 0.5, 0.9, 0.99, 1} {
		line(b, x+plotLeft, up(share), x+plotLeft+plotWidth, up(share))
		if share != 1 {
			label(b, x+plotLeft-6, up(share)+4, "end", "", fmt.Sprintf("%.0f %%", share*100))
		}
	}
	for i, s := range d.series {
		o := s.values.sorted()
		if len(o) == 0 {
			continue
		}
		var points strings.Builder
		for p := 0.0; p <= 100; p += 0.25 {
			fmt.Fprintf(&points, "%.1f,%.1f ", math.Min(across(float64(o.at(p))), x+plotLeft+plotWidth), up(p/100))
		}
		fmt.Fprintf(b, `<polyline fill="none" stroke="%s" stroke-width="2" points="%s"/>`+"\n", colours[i], points.String())
		label(b, x+plotLeft+10+float64(i)*plotWidth/2, y+36, "start", fmt.Sprintf(`fill="%s"`, colours[i]), s.name)
	}
}

func (c bars) draw(b *strings.Builder, x, y float64) {
	label(b, x+plotLeft, y+18, "start", `font-weight="bold"`, c.title)
	most := 0.0
	for _, v := range c.values {
		most = math.Max(most, v)
	}
	if most == 0 {
		return
	}
	step := plotHeight / float64(len(c.values))
	for i, v := range c.values {
		top := y + plotTop + float64(i)*step
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n",
			x+plotLeft, top, v/most*plotWidth*0.75, step*0.5, colours[i%len(colours)])
		label(b, x+plotLeft, top-3, "start", "", c.names[i])
		label(b, x+plotLeft+6+v/most*plotWidth*0.75, top+step*0.35, "start", "", fmt.Sprintf("%.2f %s", v, c.unit))
	}
}
