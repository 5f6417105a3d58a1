// Package check tests the C side of the module. It proves the declarations that
// bridge_c makes of FreeSWITCH's binary interface against FreeSWITCH's own
// headers, where these are installed (CSTA_FS_INCLUDE may name further
// directories of headers, separated by ':'), and builds and runs the programs of
// bridge_c/host.
package check

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// whole are the structures that the module itself allocates or that the core
// reads in full, so that their sizes must agree too.
var whole = []string{
	"switch_loadable_module_function_table_t", "switch_stream_handle_t", "switch_dtmf_t",
	"switch_frame_t", "switch_frame_geometry_t", "switch_event_header_t",
	"switch_state_handler_table_t",
}

// realName gives the switch's own name for what we had to call otherwise.
var realName = map[string]string{
	"switch_frame_geometry_t": "struct switch_frame_geometry",
	"switch_xml":              "struct switch_xml",
}

func headerDirs(t *testing.T) []string {
	t.Helper()
	var dirs []string
	for _, dir := range filepath.SplitList(os.Getenv("CSTA_FS_INCLUDE")) {
		require.FileExists(t, filepath.Join(dir, "switch.h"), "named in CSTA_FS_INCLUDE")
		dirs = append(dirs, dir)
	}
	candidates := []string{"/usr/local/include/freeswitch", "/usr/include/freeswitch"}
	if out, err := exec.Command("pkg-config", "--cflags-only-I", "freeswitch").Output(); err == nil {
		for _, flag := range strings.Fields(string(out)) {
			candidates = append([]string{strings.TrimPrefix(flag, "-I")}, candidates...)
		}
	}
	for _, dir := range candidates {
		if _, err := os.Stat(filepath.Join(dir, "switch.h")); err == nil && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
			break
		}
	}
	if len(dirs) == 0 {
		t.Skip("no FreeSWITCH headers found (pkg-config freeswitch, CSTA_FS_INCLUDE)")
	}
	return dirs
}

func compiler(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"gcc", "cc", "clang"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no C compiler found")
	return ""
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", name))
	require.NoError(t, err)
	return string(text)
}

var (
	comment       = regexp.MustCompile(`(?s)/\*.*?\*/`)
	switchName    = regexp.MustCompile(`\b(_?switch_\w+|SWITCH_\w+|C[FS]_\w+|CCS_\w+|SAF_\w+|SOF_\w+|SFF_\w+|SMF_\w+|SSH_\w+|SDP_\w+)\b`)
	enumBody      = regexp.MustCompile(`(?s)enum \{(.*?)\}\s*(\w*);`)
	enumerator    = regexp.MustCompile(`(\w+) = `)
	structBody    = regexp.MustCompile(`(?s)struct\s*(\w*)\s*\{(.*?)\n\}\s*(\w*);`)
	structField   = regexp.MustCompile(`(?m)(\w+)(?:\[\d+\])?;$`)
	functionTypes = regexp.MustCompile(`(?s)typedef [^;{]*?\(\*(switch_\w+)\)\([^;]*?\);`)
)

// assertions writes a C file of static assertions for every constant, field and
// function type of abi_types.h. It returns how many there are.
func assertions(t *testing.T) (text string, count int) {
	t.Helper()
	types := comment.ReplaceAllString(read(t, "abi_types.h"), "")
	var b strings.Builder
	assertThat := func(format string, args ...any) {
		claim := fmt.Sprintf(format, args...)
		fmt.Fprintf(&b, "_Static_assert(%s, %q);\n", claim, claim)
		count++
	}
	b.WriteString("#include <switch.h>\n")
	// Fields that have the name of a type would be renamed too.
	b.WriteString(switchName.ReplaceAllStringFunc(types, func(name string) string {
		if name == "switch_api_version" {
			return name
		}
		return "ours_" + name
	}))

	for _, e := range enumBody.FindAllStringSubmatch(types, -1) {
		for _, c := range enumerator.FindAllStringSubmatch(e[1], -1) {
			assertThat("(int)ours_%s == (int)%s", c[1], c[1])
		}
		if e[2] != "" {
			assertThat("sizeof(ours_%s) == sizeof(%s)", e[2], e[2])
		}
	}
	for _, s := range structBody.FindAllStringSubmatch(types, -1) {
		name := s[3]
		ours := "ours_" + name
		if name == "" {
			name = "struct " + s[1]
			ours = "struct ours_" + s[1]
		}
		theirs := name
		if real, ok := realName[name]; ok {
			theirs = real
		}
		fields := structField.FindAllStringSubmatch(s[2], -1)
		require.NotEmpty(t, fields, name)
		require.Equal(t, strings.Count(s[2], ";"), len(fields), "one field a line in %s", name)
		for _, f := range fields {
			assertThat("offsetof(%s, %s) == offsetof(%s, %s)", ours, f[1], theirs, f[1])
			assertThat("sizeof(((%s *)0)->%s) == sizeof(((%s *)0)->%s)", ours, f[1], theirs, f[1])
		}
		if slices.Contains(whole, name) || slices.Contains(whole, s[1]+"_t") {
			assertThat("sizeof(%s) == sizeof(%s)", ours, theirs)
		}
	}
	// A function type is written again with the switch's own types in it.
	for _, f := range functionTypes.FindAllStringSubmatch(types, -1) {
		b.WriteString(strings.Replace(f[0], "(*"+f[1]+")", "(*again_"+f[1]+")", 1) + "\n")
		assertThat("__builtin_types_compatible_p(again_%s, %s)", f[1], f[1])
	}
	return b.String(), count
}

func compile(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	here, err := filepath.Abs("..")
	require.NoError(t, err)
	out, err := exec.Command(compiler(t), "-fsyntax-only", "-std=gnu11", "-isystem", dir, "-I", here, file).CombinedOutput()
	assert.NoError(t, err, "%s with the headers of %s:\n%s", name, dir, out)
}

func TestDeclarationsAreTheSwitchs(t *testing.T) {
	for _, dir := range headerDirs(t) {
		t.Run(strings.ReplaceAll(strings.Trim(dir, "/"), "/", "_"), func(t *testing.T) {
			text, count := assertions(t)
			compile(t, dir, "types.c", text)
			// A declaration that differs from the switch's own is an error.
			functions := "#include <switch.h>\n#include \"abi_functions.h\"\n"
			compile(t, dir, "functions.c", functions)
			t.Logf("%d assertions on types and %d functions hold with the headers of %s",
				count, strings.Count(read(t, "abi_functions.h"), ");"), dir)
		})
	}
}

// TestChecksCanFail: a wrong offset, constant or argument is noticed.
func TestChecksCanFail(t *testing.T) {
	dir := headerDirs(t)[0]
	text, _ := assertions(t)
	wrong := map[string]string{
		"constant": strings.Replace(text, "ours_CF_BREAK = 23", "ours_CF_BREAK = 22", 1),
		"field":    strings.Replace(text, "char *name;\n\tchar *value;", "char *value;\n\tchar *name;", 1),
		"callback": strings.Replace(text, "(*again_switch_event_callback_t)(switch_event_t *)", "(*again_switch_event_callback_t)(int)", 1),
		"function": "#include <switch.h>\nvoid switch_event_destroy(switch_event_t *);\n",
	}
	for name, text := range wrong {
		file := filepath.Join(t.TempDir(), name+".c")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		err := exec.Command(compiler(t), "-fsyntax-only", "-std=gnu11", "-isystem", dir, file).Run()
		assert.Error(t, err, name)
	}
}
