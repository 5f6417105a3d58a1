package config

import (
	"fmt"
	"strings"
)

// Markdown is the table of all parameters for the documentation.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| parameter | default | allowed | meaning | changed by |\n|---|---|---|---|---|\n")
	for _, p := range table {
		value := "(empty)"
		if p.Default != "" {
			value = "`" + p.Default + "`"
		}
		by := "`reload mod_csta_socket`"
		if p.Live {
			by = "`csta reload`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", p.Name, value, markdownText.Replace(p.Allowed), markdownText.Replace(p.Doc), by)
	}
	return b.String()
}

// markdownText keeps plain text from being read as Markdown inside a table.
var markdownText = strings.NewReplacer(
	`\`, `\\`, `|`, `\|`, `<`, `&lt;`, `&`, `&amp;`, `[`, `\[`, `*`, `\*`, `_`, `\_`, "`", "\\`",
)
