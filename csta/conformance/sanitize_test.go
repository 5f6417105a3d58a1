package conformance

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/probe"
)

// sanitizeVariable chooses the tool under which a private FreeSWITCH runs the
// module (make switch-sanitize): valgrind or asan.
const sanitizeVariable = "CSTA_SANITIZER"

// builtFor is the module built for that tool, by make switch-sanitize.
func builtFor(tool string) string {
	return filepath.Join("..", "..", "build", "out", "sanitize", tool+".so")
}

const (
	// slowStart and slowEnd bound what takes seconds without a tool.
	slowStart = 10 * time.Minute
	slowEnd   = 5 * time.Minute
	// sanitizedCalls are made in waves into a queue and hung up at once.
	sanitizedCalls, sanitizedWave = 100, 20
)

// shimFiles are the sources of bridge_c: an error counts if one of them is in its
// stack. The Go runtime's own doings with stacks and memory are not to be judged
// by tools made for C, nor is FreeSWITCH here.
func shimFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../bridge_c/*.c")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	return files
}

// A hundred calls, with clients that watch, ask and make calls, on a FreeSWITCH
// under a memory checker; the module is also unloaded and loaded in between.
func TestModuleUnderMemoryChecker(t *testing.T) {
	tool := os.Getenv(sanitizeVariable)
	if tool == "" {
		t.Skip("only with make switch-sanitize")
	}
	report := filepath.Join(t.TempDir(), "report")
	options := freeswitch.Options{
		Module: builtFor(tool), DialplanFiles: []string{shipped("default", "csta_ivr.xml")}, StartTime: slowStart,
	}
	switch tool {
	case "valgrind":
		program, err := exec.LookPath("valgrind")
		require.NoError(t, err)
		// -vg: FreeSWITCH then leaves its stack limit alone.
		options.Arguments = []string{"-vg"}
		options.Wrapper = []string{program, "--tool=memcheck", "--error-limit=no", "--num-callers=40", "--fair-sched=yes",
			"--xml=yes", "--xml-file=" + report}
	case "asan":
		library, err := exec.Command("gcc", "-print-file-name=libasan.so").Output()
		require.NoError(t, err)
		options.Environment = []string{
			"LD_PRELOAD=" + strings.TrimSpace(string(library)),
			// FreeSWITCH's own leaks are not ours, and Go handles its signals itself.
			"ASAN_OPTIONS=detect_leaks=0,handle_segv=0,handle_sigbus=0,handle_sigill=0,handle_sigfpe=0,use_sigaltstack=0,halt_on_error=0,log_path=" + report,
		}
	default:
		require.Fail(t, "no such tool", tool)
	}
	s, err := freeswitch.Start(t.Context(), options)
	if errors.Is(err, freeswitch.ErrNotInstalled) {
		t.Skip(err)
	}
	require.NoError(t, err)
	b := NewReal(s)
	began := time.Now()
	useEverything(t, b)
	t.Logf("%d calls and the rest in %v", sanitizedCalls, time.Since(began).Round(time.Second))
	ctx, cancel := context.WithTimeout(context.Background(), slowEnd)
	defer cancel()
	require.NoError(t, b.Close())
	var found, others int
	if tool == "valgrind" {
		assert.NoError(t, s.StopWithin(ctx, slowEnd))
		found, others = valgrindErrors(t, report)
	} else {
		// With libasan loaded before it, FreeSWITCH waits for ever in exit(3),
		// also without the module; that is unloaded by now.
		assert.NoError(t, s.Kill())
		found, others = addressErrors(t, report)
	}
	t.Logf("%d errors with the shim in their stack, %d others", found, others)
	assert.Zero(t, found)
}

// useEverything drives the module through its services with patience.
func useEverything(t *testing.T, b *Real) {
	t.Helper()
	within := func() context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), stormPatience)
		t.Cleanup(cancel)
		return ctx
	}
	c, err := probe.Dial(within(), b.Address())
	require.NoError(t, err)
	queue := probe.Device{Number: "02" + crowdQueue, Type: "deviceNumber"}
	m, err := c.MonitorStart(within(), queue)
	require.NoError(t, err)
	for range sanitizedCalls / sanitizedWave {
		require.NoError(t, b.CallQueue(within(), sanitizedWave))
		entries, err := c.SnapshotDevice(within(), queue)
		require.NoError(t, err)
		for _, e := range entries {
			askEverything(t, within(), c, e.Connection)
		}
		require.NoError(t, b.HangUpAll(within()))
		require.NoError(t, b.WaitIdle(within()))
	}
	for _, command := range []string{"status", "sessions", "monitors", "devices", "calls", "version"} {
		out, err := b.Switch.FSCLI("csta " + command)
		require.NoError(t, err)
		require.NotContains(t, out, "-ERR")
	}
	t.Logf("%d events", len(m.Unread()))
	require.GreaterOrEqual(t, len(m.Unread()), 2*sanitizedCalls)
	phones(t, within(), b, c)
	require.NoError(t, c.Close())
	for _, command := range []string{"unload mod_csta_socket", "load mod_csta_socket", "reload mod_csta_socket", "unload mod_csta_socket"} {
		out, err := b.Switch.FSCLI(command)
		require.NoError(t, err)
		require.Contains(t, out, "+OK")
	}
}

// askEverything asks for each service on a connection; most are refused.
func askEverything(t *testing.T, ctx context.Context, c *probe.Client, own probe.Connection) {
	t.Helper()
	element := probe.ConnectionElement
	to := probe.Device{Number: "1001"}
	for _, r := range []struct{ root, children string }{
		{"PlayMessage", probe.Element("messageToBePlayed", "no/such/file.wav") + element("overConnection", own)},
		{"RecordMessage", element("callToBeRecorded", own)},
		{"Stop", element("connection", own)},
		{"SnapshotCall", element("snapshotObject", own)},
		{"HoldCall", element("callToBeHeld", own)},
		{"ConsultationCall", element("existingCall", own) + probe.DeviceElement("consultedDevice", to)},
		{"SingleStepTransferCall", element("activeCall", own) + probe.DeviceElement("transferredTo", to)},
		{"DeflectCall", element("callToBeDiverted", own) + probe.DeviceElement("newDestination", to)},
		{"ClearConnection", element("connectionToBeCleared", own)},
	} {
		var refused *probe.RefusedError
		if _, err := c.Do(ctx, r.root, r.children); err != nil && !errors.As(err, &refused) {
			require.NoError(t, err, r.root)
		}
	}
}

// phones has a client make, hold and end a call between two SIP phones.
func phones(t *testing.T, ctx context.Context, b *Real, c *probe.Client) {
	t.Helper()
	caller, err := b.Phone(ctx, "1000")
	require.NoError(t, err)
	called, err := b.Phone(ctx, "1001")
	require.NoError(t, err)
	own, other := probe.Device{Number: "1000"}, probe.Device{Number: "1001"}
	id, err := c.MakeCall(ctx, own, other, probe.Prompt)
	require.NoError(t, err)
	prompt, err := caller.Rings(ctx)
	require.NoError(t, err)
	require.NoError(t, prompt.Answer(ctx))
	in, err := called.Rings(ctx)
	require.NoError(t, err)
	require.NoError(t, in.Answer(ctx))
	require.NoError(t, prompt.WaitConnected(ctx))
	require.NoError(t, b.WaitTalking(ctx, "1000", "1001"))
	mine := probe.Connection{CallID: id.CallID, Device: own}
	for _, r := range []struct{ root, tag string }{{"HoldCall", "callToBeHeld"}, {"RetrieveCall", "callToBeRetrieved"}, {"ClearConnection", "connectionToBeCleared"}} {
		_, err := c.Do(ctx, r.root, probe.ConnectionElement(r.tag, mine))
		require.NoError(t, err, r.root)
		time.Sleep(aWhile)
	}
	require.NoError(t, b.WaitIdle(ctx))
}

// valgrindError is an error of memcheck's XML report.
type valgrindError struct {
	Kind  string `xml:"kind"`
	What  string `xml:"what"`
	XWhat string `xml:"xwhat>text"`
	Stack []struct {
		Frames []struct {
			Object   string `xml:"obj"`
			Function string `xml:"fn"`
			File     string `xml:"file"`
			Line     string `xml:"line"`
		} `xml:"frame"`
	} `xml:"stack"`
}

func valgrindErrors(t *testing.T, report string) (found, others int) {
	t.Helper()
	file, err := os.Open(report)
	require.NoError(t, err)
	defer file.Close()
	shim := shimFiles(t)
	decoder := xml.NewDecoder(file)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return found, others
		}
		require.NoError(t, err)
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "error" {
			continue
		}
		var e valgrindError
		require.NoError(t, decoder.DecodeElement(&e, &start))
		if ours := e.in(shim); strings.HasPrefix(e.Kind, "Leak_") {
			continue
		} else if !ours {
			others++
			continue
		}
		found++
		t.Log(e.text())
	}
}

func (e *valgrindError) in(files []string) bool {
	for _, stack := range e.Stack {
		for _, frame := range stack.Frames {
			if slices.Contains(files, frame.File) {
				return true
			}
		}
	}
	return false
}

func (e *valgrindError) text() string {
	lines := []string{e.Kind + " " + e.What + e.XWhat}
	for _, stack := range e.Stack {
		for _, frame := range stack.Frames {
			lines = append(lines, fmt.Sprintf("  %s (%s:%s) %s", frame.Function, frame.File, frame.Line, filepath.Base(frame.Object)))
		}
	}
	return strings.Join(lines, "\n")
}

// addressErrors reads the reports of the address sanitizer, one file a process.
func addressErrors(t *testing.T, report string) (found, others int) {
	t.Helper()
	files, err := filepath.Glob(report + ".*")
	require.NoError(t, err)
	shim := shimFiles(t)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, one := range strings.Split(string(text), "ERROR: AddressSanitizer")[1:] {
			if slices.ContainsFunc(shim, func(name string) bool { return strings.Contains(one, name+":") }) {
				found++
				t.Log(one)
			} else {
				others++
			}
		}
	}
	return found, others
}
