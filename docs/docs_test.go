// Package docs_test runs what is in the documentation.
package docs_test

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"mod_csta_socket/csta/conformance/printed"
	"mod_csta_socket/csta/console"
)

// root is the top of the tree.
const root = ".."

// patience bounds each wait for what a command prints.
const patience = 30 * time.Second

// block is one fenced block of a page. info are the words behind the fence: the language
// and, for commands that only some machines can run, why.
type block struct {
	page string
	line int
	info []string
	text string
}

func (b block) String() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// notRun are the words that mark commands which are checked in form only.
var notRun = []string{"root", "switch", "make"}

// pages are those that users read.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("*.md")
	require.NoError(t, err)
	return append(found, filepath.Join(root, "README.md"), filepath.Join(root, "SECURITY.md"), filepath.Join(root, "CONTRIBUTING.md"))
}

// internal are pages for those who read the code: their fences hold what they like.
var internal = []string{"internals.md", "benchmarks.md"}

func blocks(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	var all []block
	var open *block
	for i, line := range strings.Split(string(text), "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open == nil:
			open = &block{page: page, line: i + 1, info: strings.Fields(fence)}
		case isFence:
			all, open = append(all, *open), nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	require.Nil(t, open, "%s: a fence is left open", page)
	return all
}

// Whatever is in a fence says what it is, and is checked as that.
func TestBlocks(t *testing.T) {
	program, goals := cstactl(t), makeGoals(t)
	for _, page := range pages(t) {
		if slices.Contains(internal, page) {
			continue
		}
		for _, b := range blocks(t, page) {
			if !assert.NotEmpty(t, b.info, "%s: say what it is", b) {
				continue
			}
			switch b.info[0] {
			case "sh", "console":
				wellFormed(t, program, goals, b)
			case "fs_cli":
				operatorsCommands(t, b)
			case "xml":
				// An ellipsis stands for what is left out, also among attributes and tags.
				assert.NoError(t, readable(strings.ReplaceAll(b.text, "…", " ")), b)
			case "yaml":
				assert.NoError(t, yaml.Unmarshal([]byte(b.text), new(any)), b)
			case "json":
				assert.True(t, json.Valid([]byte(b.text)), b)
			case "python", "js", "text":
			default:
				assert.Fail(t, "unknown kind of block", "%s: %s", b, b.info[0])
			}
		}
	}
}

func readable(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// wellFormed checks commands without running them: a shell can read them, what they
// make is a goal, and cstactl knows the command and its flags.
func wellFormed(t *testing.T, program string, goals []string, b block) {
	t.Helper()
	script := b.text
	if b.info[0] == "console" {
		script = ""
		for _, s := range steps(b.text) {
			script += s.command + "\n"
		}
	}
	shell := exec.Command("bash", "-n")
	shell.Stdin = strings.NewReader(script)
	said, err := shell.CombinedOutput()
	assert.NoError(t, err, "%s: %s", b, said)
	if len(b.info) > 1 {
		assert.Contains(t, notRun, b.info[1], b)
	}
	for line := range strings.Lines(strings.ReplaceAll(script, "\\\n", " ")) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if i := slices.Index(words, "make"); i == 0 || i == 1 && words[0] == "sudo" {
			for _, goal := range words[i+1:] {
				if !strings.Contains(goal, "=") {
					assert.Contains(t, goals, goal, b)
				}
			}
		}
		if i := slices.Index(words, "cstactl"); i >= 0 {
			knownToCstactl(t, program, b, words[i+1:])
		}
	}
}

// knownToCstactl looks a command and its flags up in its help.
func knownToCstactl(t *testing.T, program string, b block, words []string) {
	t.Helper()
	commands := regexp.MustCompile(`(?m)^  ([a-z]+) `)
	help := output(t, program, "--help")
	var known []string
	for _, m := range commands.FindAllStringSubmatch(help, -1) {
		known = append(known, m[1])
	}
	i := slices.IndexFunc(words, func(w string) bool { return slices.Contains(known, w) })
	if !assert.GreaterOrEqual(t, i, 0, "%s: cstactl has no command among %q", b, words) {
		return
	}
	help = output(t, program, words[i], "--help")
	for _, w := range words {
		if strings.HasPrefix(w, "--") {
			flag, _, _ := strings.Cut(w, "=")
			assert.Contains(t, help, flag+" ", b)
		}
	}
}

var outputs sync.Map

// output is what a program prints, which is the same each time.
func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	command := strings.Join(append([]string{program}, args...), " ")
	if said, known := outputs.Load(command); known {
		return said.(string)
	}
	said, err := exec.Command(program, args...).Output()
	require.NoError(t, err)
	outputs.Store(command, string(said))
	return string(said)
}

// operatorsCommands are those of fs_cli: csta's words are known to the module.
func operatorsCommands(t *testing.T, b block) {
	t.Helper()
	for line := range strings.Lines(b.text) {
		_, typed, prompt := strings.Cut(line, "> ")
		if !prompt {
			typed = line
		}
		if words := strings.Fields(typed); len(words) > 1 && words[0] == "csta" {
			assert.Contains(t, console.Completions(), words[1], b)
		}
	}
}

func makeGoals(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	m := regexp.MustCompile(`(?m)^\.PHONY: (.*)$`).FindStringSubmatch(string(text))
	require.NotNil(t, m)
	return strings.Fields(m[1])
}

// Commands in the text are there, too: those of make, cstactl and csta.
func TestCommandsInTheText(t *testing.T) {
	program, goals := cstactl(t), makeGoals(t)
	inline := regexp.MustCompile("`(make|cstactl|csta) ([a-z][a-z-]*)[^`]*`")
	help := output(t, program, "--help")
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range inline.FindAllStringSubmatch(string(text), -1) {
			switch m[1] {
			case "make":
				assert.Contains(t, goals, m[2], "%s: %s", page, m[0])
			case "csta":
				assert.Contains(t, console.Completions(), m[2], "%s: %s", page, m[0])
			case "cstactl":
				assert.Regexp(t, `(?m)^  `+m[2]+` `, help, "%s: %s", page, m[0])
			}
		}
	}
}

// Links lead to files, and to headings of them.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(target); !assert.NoError(t, err, "%s: %s", page, m[1]) || anchor == "" {
				continue
			}
			assert.Contains(t, anchors(t, target), anchor, "%s: %s", page, m[1])
		}
	}
}

// anchors are those that a page's headings get.
func anchors(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	gone := regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
	var all []string
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			all = append(all, strings.ReplaceAll(gone.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), ""), " ", "-"))
		}
	}
	return all
}

var builds struct {
	sync.Once
	program string
	err     error
}

// cstactl builds the program that the documentation is about, once.
func cstactl(t *testing.T) string {
	t.Helper()
	builds.Do(func() {
		dir, err := os.MkdirTemp("", "docs-")
		if err != nil {
			builds.err = err
			return
		}
		builds.program = filepath.Join(dir, "cstactl")
		build := exec.Command("go", "build", "-o", builds.program, "../csta/cmd/cstactl")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if said, err := build.CombinedOutput(); err != nil {
			builds.err = fmt.Errorf("%w: %s", err, said)
		}
	})
	require.NoError(t, builds.err)
	return builds.program
}

func TestMain(m *testing.M) {
	code := m.Run()
	if builds.program != "" {
		_ = os.RemoveAll(filepath.Dir(builds.program))
	}
	os.Exit(code)
}

// simulated starts the simulated switch as make run does, on ports of its own, and returns
// the environment that leads to it.
func simulated(t *testing.T, flags ...string) []string {
	t.Helper()
	program := cstactl(t)
	// Phones answer after one second instead of two: commands that wait for them may take
	// longer on a machine that is busy.
	for number := 1000; number < 1010; number++ {
		flags = append(flags, "--phone", fmt.Sprintf("%d=answer:1s", number))
	}
	sw := exec.Command(program, append([]string{"sim", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"}, flags...)...)
	said, err := sw.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, sw.Start())
	t.Cleanup(func() {
		assert.NoError(t, sw.Process.Signal(os.Interrupt))
		assert.NoError(t, sw.Wait())
	})
	environment := append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
	lines := bufio.NewScanner(said)
	address := regexp.MustCompile(`CSTA clients connect to +(\S+)|--control (\S+)`)
	for lines.Scan() && lines.Text() != "Ctrl-C ends." {
		if m := address.FindStringSubmatch(lines.Text()); m != nil && m[1] != "" {
			environment = append(environment, "CSTA_SERVER="+m[1])
		} else if m != nil {
			environment = append(environment, "CSTA_CONTROL="+m[2])
		}
	}
	go func() { _, _ = io.Copy(io.Discard, said) }()
	return environment
}

// The commands of each page work one after the other, against a switch of its own.
func TestCommands(t *testing.T) {
	for _, page := range pages(t) {
		var run []block
		for _, b := range blocks(t, page) {
			if len(b.info) == 1 && (b.info[0] == "sh" || b.info[0] == "console") {
				run = append(run, b)
			}
		}
		if len(run) == 0 || slices.Contains(internal, page) {
			continue
		}
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			environment, dir := simulated(t, "--page", "127.0.0.1:0"), t.TempDir()
			examples(t, page, dir)
			for _, b := range run {
				if b.info[0] == "console" {
					transcript(t, environment, dir, b)
					continue
				}
				shell := exec.Command("bash", "-euo", "pipefail")
				shell.Env, shell.Dir, shell.Stdin = environment, dir, strings.NewReader(b.text)
				said, err := shell.CombinedOutput()
				require.NoError(t, err, "%s:\n%s", b, said)
			}
		})
	}
}

// examples puts the programs of a page where its commands look for them.
func examples(t *testing.T, page, dir string) {
	t.Helper()
	for _, b := range blocks(t, page) {
		if b.info[0] != "python" {
			continue
		}
		if _, err := exec.LookPath("python3"); err != nil {
			t.Skip("python3 is not installed")
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, "click_to_dial.py"), []byte(b.text), 0o600))
		client, err := os.ReadFile(filepath.Join(root, "python", "csta.py"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "csta.py"), client, 0o600))
	}
}

// step is a command of a transcript and what is printed before the next one.
type step struct {
	command string
	prints  []string
}

func steps(text string) []step {
	var all []step
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, step{command: command})
		} else if len(all) > 0 {
			last := &all[len(all)-1]
			last.prints = append(last.prints, line)
		}
	}
	return all
}

var variable = regexp.MustCompile(`\d\d:\d\d:\d\d\.\d{3}|[0-9a-f]{8}(-[0-9a-f-]{27})?`)

// steady is a line without what is another each time.
func steady(line string) string {
	line = variable.ReplaceAllStringFunc(line, func(s string) string { return strings.Repeat("x", len(s)) })
	return strings.Join(strings.Fields(line), " ")
}

// transcript types what a block shows as typed, and waits for what it shows as printed
// before it types the next command: each line, in whatever order two programs print.
func transcript(t *testing.T, environment []string, dir string, b block) {
	t.Helper()
	shell := exec.Command("bash")
	out := &printed.Text{}
	shell.Env, shell.Dir, shell.Stdout, shell.Stderr = environment, dir, out, out
	in, err := shell.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, shell.Start())
	var expected []string
	for _, s := range steps(b.text) {
		_, err := io.WriteString(in, s.command+"\n")
		require.NoError(t, err)
		if strings.HasSuffix(s.command, "&") {
			// It prints on standard error that it has begun.
			expected = append(expected, "")
			require.Eventually(t, func() bool { return strings.Contains(out.String(), "monitor ") }, patience, 10*time.Millisecond, "%s: %s:\n%s", b, s.command, out)
			time.Sleep(200 * time.Millisecond)
		}
		for _, line := range s.prints {
			expected = append(expected, steady(line))
		}
		require.Eventually(t, func() bool { return len(missing(expected, out.String())) == 0 }, patience, 10*time.Millisecond,
			"%s: %s does not print\n%s\nbut\n%s", b, s.command, strings.Join(missing(expected, out.String()), "\n"), out)
	}
	_, err = io.WriteString(in, "kill $(jobs -p) 2>/dev/null; wait; exit 0\n")
	require.NoError(t, err)
	require.NoError(t, in.Close())
	require.NoError(t, shell.Wait(), "%s:\n%s", b, out)
}

// missing are the lines that have not been printed as often as they should.
func missing(expected []string, printed string) []string {
	there := map[string]int{}
	for line := range strings.Lines(printed) {
		there[steady(line)]++
	}
	var left []string
	for _, line := range expected {
		if line == "" {
			continue
		}
		if there[line]--; there[line] < 0 {
			left = append(left, line)
		}
	}
	return left
}
