package check

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The C programs of ../host play the switch's core to the module: unit runs the
// C side alone under sanitizers, host loads the built module, bench measures the
// event handler.

// hangs is when a program is taken to hang: a hundred times what it needs.
const hangs = 4 * time.Minute

var warnings = []string{"-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g"}

// moduleSources are the C files of the module.
func moduleSources(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../*.c")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// build compiles a program and returns its path.
func build(t testing.TB, name string, flags, sources []string) string {
	t.Helper()
	return buildWith(t, compiler(t), name, flags, sources)
}

func buildWith(t testing.TB, compiler, name string, flags, sources []string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	args := append(append(append([]string{"-o", out}, warnings...), flags...), sources...)
	text, err := exec.Command(compiler, append(args, "-lpthread", "-ldl")...).CombinedOutput()
	if err != nil && strings.Contains(string(text), "cannot find -l") {
		t.Skipf("the compiler lacks a sanitizer: %s", text)
	}
	require.NoError(t, err, "%s", text)
	return out
}

func run(t testing.TB, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hangs)
	defer cancel()
	command := exec.CommandContext(ctx, program, args...)
	command.Env = append(os.Environ(), "ASAN_OPTIONS=detect_leaks=1", "TSAN_OPTIONS=halt_on_error=1")
	text, err := command.CombinedOutput()
	require.NoError(t, err, "%s", text)
	return string(text)
}

func TestCSideUnderSanitizers(t *testing.T) {
	sources := append([]string{"../host/unit.c", "../host/reader.c", "../host/stub.c", "../host/core.c"}, moduleSources(t)...)
	for name, flags := range map[string][]string{
		"address and undefined": {"-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"},
		// It does not know fences; the atomics beside ours say enough.
		"thread": {"-O1", "-fsanitize=thread", "-Wno-tsan"},
		"none":   {"-O2"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, run(t, build(t, "unit", flags, sources)), "all expectations hold")
		})
	}
}

// ringSources are what the event ring is without the rest of the module.
var ringSources = []string{"../host/stress.c", "../host/reader.c", "../ring.c"}

// TestRingRefusesNothingWhileNearlyEmpty: several producers at once, disturbed in
// the middle of what they do.
func TestRingRefusesNothingWhileNearlyEmpty(t *testing.T) {
	for name, with := range map[string]struct {
		flags   []string
		records string
	}{
		"address and undefined": {[]string{"-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"}, "20000"},
		"thread":                {[]string{"-O1", "-fsanitize=thread", "-Wno-tsan"}, "20000"},
		"none":                  {[]string{"-O2"}, "80000"},
	} {
		t.Run(name, func(t *testing.T) {
			text := run(t, build(t, "stress", with.flags, ringSources), with.records)
			assert.Contains(t, text, "all expectations hold")
			t.Log(strings.TrimSpace(text))
		})
	}
}

// TestRingOnARM64 shows that the ring is compiled to what an arm64 processor
// takes, and works there. Under an emulator on another processor it does not show
// more than that: what arm64 may reorder, the emulator's host may not.
func TestRingOnARM64(t *testing.T) {
	const compiler, emulator = "aarch64-linux-gnu-gcc", "qemu-aarch64"
	for _, needed := range []string{compiler, emulator} {
		if _, err := exec.LookPath(needed); err != nil {
			t.Skip("not installed: " + needed)
		}
	}
	text := run(t, emulator, buildWith(t, compiler, "stress", []string{"-O2", "-static"}, ringSources), "2000")
	assert.Contains(t, text, "all expectations hold")
	t.Log(strings.TrimSpace(text))
}

// freePort returns a TCP port that nobody listens on just now.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func TestBuiltModule(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the module")
	}
	if out, err := exec.Command("go", "env", "CGO_ENABLED").Output(); err != nil || strings.TrimSpace(string(out)) != "1" {
		t.Skip("cgo is not enabled")
	}
	module := filepath.Join(t.TempDir(), "mod_csta_socket.so")
	text, err := exec.Command("go", "build", "-buildmode=c-shared", "-o", module, "../../module").CombinedOutput()
	require.NoError(t, err, "%s", text)
	for name, flags := range map[string][]string{
		"address":   {"-O1", "-rdynamic", "-fsanitize=address"},
		"undefined": {"-O1", "-rdynamic", "-fsanitize=undefined", "-fno-sanitize-recover=all"},
		"none":      {"-O1", "-rdynamic"},
	} {
		t.Run(name, func(t *testing.T) {
			host := build(t, "host", flags, []string{"../host/host.c", "../host/core.c"})
			text := run(t, host, module, freePort(t))
			assert.Contains(t, text, "all expectations hold")
			t.Log(strings.TrimSpace(text))
		})
	}
}

// BenchmarkHandler reports the handler's median in a burst over all events, and
// of the two that come most often. Budgets: 2500, 1000 and 1000 ns.
func BenchmarkHandler(b *testing.B) {
	bench := build(b, "bench", []string{"-O2"}, append([]string{"../host/bench.c", "../host/reader.c", "../host/stub.c", "../host/core.c"}, moduleSources(b)...))
	var text string
	for b.Loop() {
		text = run(b, bench)
	}
	b.ReportMetric(0, "ns/op")
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) != 4 || (f[0] != "all" && f[0] != "CALLSTATE" && f[0] != "DTMF") {
			continue
		}
		p50, err := strconv.ParseFloat(f[2], 64)
		require.NoError(b, err)
		b.ReportMetric(p50, f[0]+"-p50-ns")
	}
	b.Log("\n" + text)
}

// TestProbeCompiles: the module for measurements is compiled only when something
// is measured, by csta/bench.
func TestProbeCompiles(t *testing.T) {
	build(t, "mod_csta_probe.so", []string{"-O2", "-fPIC", "-shared", "-fvisibility=hidden"}, []string{"../probe/mod_csta_probe.c"})
}
