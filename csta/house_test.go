// Package csta_test looks after the arrows between the packages (docs/internals.md).
package csta_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "mod_csta_socket/"

// rooms are what a package may know of this project: those that are there to be known by
// others, and nothing of what these are for.
var rooms = map[string][]string{
	"ecma":        {},
	"rights":      {},
	"association": {},
	"switching":   {"named"},
	"telephone":   {"named"},
	"model":       {"ecma"},
	"legs":        {"switching"},
	"features":    {"switching"},
	"sim":         {"switching"},
	"wire":        {"logline"},
	"jsonwire":    {"ecma", "wire"},
	"web":         {"ecma", "jsonwire", "wire"},
}

// above are the packages that a package must not know, since they stand on it.
var above = map[string][]string{
	"engine": {"server", "web", "setup", "console", "metrics", "sim", "uacsta", "config", "client", "cmd", "conformance", "bench"},
	"server": {"web", "setup", "console", "metrics", "sim", "uacsta", "client", "cmd", "conformance", "bench"},
	"config": {"engine", "server", "web", "setup", "console"},
	"uacsta": {"engine", "server", "sim", "conformance"},
	"client": {"engine", "server", "sim", "conformance"},
}

func TestArrowsPointDown(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == "testdata" {
			return err
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		require.NoError(t, err)
		from, _, _ := strings.Cut(filepath.ToSlash(path), "/")
		allowed, isRoom := rooms[from]
		for _, imported := range file.Imports {
			to, _ := strconv.Unquote(imported.Path.Value)
			require.NotEqual(t, "C", to, "%s: csta is built without cgo", path)
			within, ours := strings.CutPrefix(to, module)
			if !ours {
				continue
			}
			within, isOurs := strings.CutPrefix(within, "csta/")
			require.True(t, isOurs, "%s knows %s: nothing in csta knows the switch", path, to)
			of, _, _ := strings.Cut(within, "/")
			if of == from {
				continue
			}
			require.False(t, isRoom && !slices.Contains(allowed, of), "%s must not know %s", path, to)
			require.NotContains(t, above[from], of, "%s must not know %s", path, to)
		}
		return nil
	})
	require.NoError(t, err)
}
