package ecma

import (
	"fmt"
	"strings"
)

// Markdown is the registry as a table for readers: every service and event of
// which there is a message type, and whether a switch has it, named by its root element.
func Markdown(has func(element string) bool) string {
	var b strings.Builder
	b.WriteString("| chapter | served | known, answered with serviceNotSupported or never sent |\n|---|---|---|\n")
	var groups []Group
	served, known := map[Group][]string{}, map[Group][]string{}
	for _, e := range entries {
		if served[e.Group] == nil && known[e.Group] == nil {
			groups = append(groups, e.Group)
		}
		list := known
		if has(e.Name) {
			list = served
		}
		list[e.Group] = append(list[e.Group], e.Name)
	}
	for _, g := range groups {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", g, strings.Join(served[g], ", "), strings.Join(known[g], ", "))
	}
	return b.String()
}
