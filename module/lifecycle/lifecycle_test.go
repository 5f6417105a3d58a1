package lifecycle

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
)

const (
	// rounds is how often the module is loaded and unloaded in a row.
	rounds = 20
	// patience bounds every wait for the switch.
	patience = 30 * time.Second
)

// modulePath is the module under test, CSTA_MODULE or what make builds.
func modulePath(t *testing.T) string {
	t.Helper()
	path := os.Getenv("CSTA_MODULE")
	if path == "" {
		path = "../../build/out/mod_csta_socket.so"
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the module is not built (make module): %v", err)
	}
	return path
}

// start runs a switch with the module, or skips where there is none.
func start(t *testing.T, options freeswitch.Options) *freeswitch.Switch {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a FreeSWITCH, which -short leaves out")
	}
	options.Module = modulePath(t)
	options.DialplanFiles = append(options.DialplanFiles, "../../conf/dialplan/default/csta_ivr.xml")
	s, err := freeswitch.Start(context.Background(), options)
	if errors.Is(err, freeswitch.ErrNotInstalled) {
		t.Skip(err)
	}
	require.NoError(t, err)
	t.Cleanup(func() {
		if s.Alive() {
			assert.NoError(t, s.Stop(context.Background()))
		}
	})
	return s
}

// do runs a console command that must succeed.
func do(t *testing.T, s *freeswitch.Switch, command string) string {
	t.Helper()
	out, err := s.FSCLI(command)
	require.NoError(t, err, command)
	return out
}

func listens(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// callQueue makes a call to the queue 9500 and returns when it is in csta_wait.
func callQueue(t *testing.T, s *freeswitch.Switch) {
	t.Helper()
	require.Contains(t, do(t, s, "originate loopback/9500/default &park()"), "+OK")
	require.Eventually(t, func() bool { return strings.Contains(do(t, s, "show channels"), "csta_wait") }, patience, 20*time.Millisecond)
}

func TestLoadAndUnload(t *testing.T) {
	loadAndUnload(t, map[string]string{"metrics-listen": freePort(t)})
}

func TestLoadAndUnloadWithUACSTA(t *testing.T) {
	_, port, err := net.SplitHostPort(freePort(t))
	require.NoError(t, err)
	loadAndUnload(t, map[string]string{"use-uacsta": "1", "uacsta-ip": "127.0.0.1", "uacsta-port": port})
}

func loadAndUnload(t *testing.T, parameters map[string]string) {
	s := start(t, freeswitch.Options{Parameters: parameters})
	require.Contains(t, do(t, s, "csta version"), "mod_csta_socket")

	cycle := func(round int) {
		require.Contains(t, do(t, s, "unload mod_csta_socket"), "+OK", "round %d", round)
		require.False(t, listens(s.CSTAAddress()), "round %d: the port is still open", round)
		require.Contains(t, do(t, s, "csta status"), "Command not found", "round %d", round)
		require.Contains(t, do(t, s, "load mod_csta_socket"), "+OK", "round %d", round)
		require.True(t, listens(s.CSTAAddress()), "round %d: the port is closed", round)
		require.Contains(t, do(t, s, "reload mod_csta_socket"), "+OK module loaded", "round %d", round)
		require.True(t, listens(s.CSTAAddress()), "round %d: the port is closed after reload", round)
	}
	// Go makes its threads as it needs them and keeps them.
	for round := range 3 {
		cycle(round)
	}
	files, tasks := descriptors(t, s.PID()), len(threads(t, s.PID()))
	for round := range rounds {
		cycle(round)
	}
	assert.Eventually(t, func() bool { return descriptors(t, s.PID()) <= files }, patience, 100*time.Millisecond,
		"%d open files, %d before", descriptors(t, s.PID()), files)
	assert.LessOrEqual(t, len(threads(t, s.PID())), tasks+2, "threads")
	assert.Contains(t, do(t, s, "csta status"), "panics")
	bad, err := s.LogErrors()
	require.NoError(t, err)
	for _, line := range bad {
		assert.Contains(t, line, "use-uacsta=1 has phones do MakeCall")
	}
	require.NoError(t, s.Stop(context.Background()))
}

func TestUnloadEndsSessions(t *testing.T) {
	s := start(t, freeswitch.Options{})
	var clients []net.Conn
	for range 20 {
		c, err := net.Dial("tcp", s.CSTAAddress())
		require.NoError(t, err)
		defer c.Close()
		clients = append(clients, c)
	}
	require.Eventually(t, func() bool { return strings.Count(do(t, s, "csta sessions"), "127.0.0.1") == 20 }, patience, 20*time.Millisecond)
	require.Contains(t, do(t, s, "unload mod_csta_socket"), "+OK")
	for _, c := range clients {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(patience)))
		_, err := io.Copy(io.Discard, c)
		assert.NoError(t, err, "the session ends in order")
	}
}

func TestCallsSurviveReloading(t *testing.T) {
	s := start(t, freeswitch.Options{DialplanFiles: []string{"testdata/parked.xml"}})
	require.Contains(t, do(t, s, "originate loopback/8000/default &park()"), "+OK")
	// The list of channels comes from a database that lags.
	both := func() bool {
		n, err := s.Channels()
		return err == nil && n == 2
	}
	require.Eventually(t, both, patience, 20*time.Millisecond)
	for range 3 {
		require.Contains(t, do(t, s, "reload mod_csta_socket"), "+OK module loaded")
		require.True(t, both())
	}
	do(t, s, "hupall")
	require.NoError(t, s.WaitIdle(context.Background()))
}

func TestUnloadWaitsForQueuedCalls(t *testing.T) {
	s := start(t, freeswitch.Options{})
	callQueue(t, s)
	assert.Contains(t, do(t, s, "unload mod_csta_socket"), "-ERR")
	assert.True(t, listens(s.CSTAAddress()), "the module goes on")
	do(t, s, "hupall")
	require.NoError(t, s.WaitIdle(context.Background()))
	assert.Contains(t, do(t, s, "unload mod_csta_socket"), "+OK")
}

func TestStopLetsQueuedCallsGo(t *testing.T) {
	s := start(t, freeswitch.Options{})
	callQueue(t, s)
	assert.Contains(t, do(t, s, "csta stop"), "+OK 1 ")
	assert.Eventually(t, func() bool { return strings.Contains(do(t, s, "unload mod_csta_socket"), "+OK") }, patience, 50*time.Millisecond)
}

func TestForcedUnloadWithQueuedCalls(t *testing.T) {
	s := start(t, freeswitch.Options{})
	callQueue(t, s)
	assert.Contains(t, do(t, s, "unload -f mod_csta_socket"), "+OK")
	assert.Contains(t, do(t, s, "load mod_csta_socket"), "+OK")
	assert.Contains(t, do(t, s, "csta status"), "listen")
	do(t, s, "hupall")
	require.NoError(t, s.WaitIdle(context.Background()))
}

func TestRefusedConfigurations(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	port := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	tests := []struct {
		name       string
		parameters map[string]string
		told       []string
	}{
		{"bad value", map[string]string{"xml-listen-port": port, "use-multi-threading": "perhaps"}, []string{"use-multi-threading", "perhaps", "0 or 1"}},
		{"certificate that is not there", map[string]string{"xml-listen-port": port, "tls-cert": "nowhere.pem"}, []string{"tls-cert", "there is no file", "certs/nowhere.pem"}},
		{"port in use", map[string]string{"xml-listen-port": port}, []string{"cannot listen", port, "address already in use"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, freeswitch.Options{Parameters: tt.parameters})
			assert.Contains(t, do(t, s, "csta status"), "Command not found")
			assert.Contains(t, do(t, s, "status"), "is ready")
			bad, err := s.LogErrors()
			require.NoError(t, err)
			text := strings.Join(bad, "\n")
			assert.Contains(t, text, "[ERR]")
			for _, word := range tt.told {
				assert.Contains(t, text, word)
			}
			assert.Contains(t, do(t, s, "load mod_csta_socket"), "-ERR", "a second attempt")
		})
	}
}

func TestOddConfigurations(t *testing.T) {
	s := start(t, freeswitch.Options{Parameters: map[string]string{"no-such-thing": "1", "uacsta-after-monitor": "1"}})
	bad, err := s.LogErrors()
	require.NoError(t, err)
	assert.Contains(t, strings.Join(bad, "\n"), "no-such-thing")
	assert.Contains(t, strings.Join(bad, "\n"), "uacsta-after-monitor")
	assert.True(t, listens(s.CSTAAddress()))
}

// TestThreads is about a FreeSWITCH started as root without -np: its threads
// are real-time ones, which Go's must not be, and its signal handlers must not
// run on Go's stacks.
func TestThreads(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root's FreeSWITCH makes real-time threads")
	}
	s := start(t, freeswitch.Options{RealTime: true})
	callQueue(t, s)
	var realTime, normal int
	for _, one := range threads(t, s.PID()) {
		switch one.policy {
		case schedFIFO:
			realTime++
			assert.False(t, one.blocks(syscall.SIGTERM), "FreeSWITCH's: %v", one)
		case schedOther:
			normal++
			for _, signal := range asynchronous {
				assert.True(t, one.blocks(signal), "Go's, %v: %v", signal, one)
			}
			assert.False(t, one.blocks(syscall.SIGURG), "Go preempts by it: %v", one)
			assert.False(t, one.blocks(syscall.SIGSEGV), "%v", one)
		default:
			t.Errorf("policy: %v", one)
		}
	}
	if realTime == 0 {
		t.Skip("the kernel gives FreeSWITCH no real-time scheduling here")
	}
	assert.GreaterOrEqual(t, normal, 3, "threads of Go")
	t.Logf("%d real-time threads of FreeSWITCH, %d normal ones of Go", realTime, normal)

	for range 5 {
		require.NoError(t, s.Signal(syscall.SIGHUP))
		assert.Contains(t, do(t, s, "system echo alive"), "alive")
	}
	assert.Contains(t, do(t, s, "csta status"), "listen")
	do(t, s, "hupall")
	require.NoError(t, s.Stop(context.Background()), "SIGTERM")
}

func TestDaemon(t *testing.T) {
	installed, err := freeswitch.Find()
	if errors.Is(err, freeswitch.ErrNotInstalled) {
		t.Skip(err)
	}
	require.NoError(t, err)
	dir := t.TempDir()
	s := start(t, freeswitch.Options{Directory: dir})
	address := s.CSTAAddress()
	require.NoError(t, s.Stop(context.Background()))
	require.False(t, listens(address))

	arguments := []string{"-nonat", "-nc", "-nocal", "-np"}
	for _, d := range []string{"conf", "log", "db", "run", "temp", "sounds", "scripts", "recordings", "storage", "cache", "certs", "htdocs", "grammar", "mod"} {
		arguments = append(arguments, "-"+d, filepath.Join(dir, d))
	}
	require.NoError(t, exec.Command(installed.Program, arguments...).Run())
	pid := 0
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "run", "freeswitch.pid"))
		if err == nil {
			pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		}
		return err == nil && listens(address)
	}, patience, 50*time.Millisecond)
	require.NoError(t, syscall.Kill(pid, syscall.SIGTERM))
	assert.Eventually(t, func() bool { return syscall.Kill(pid, 0) != nil }, patience, 50*time.Millisecond)
	assert.NoFileExists(t, filepath.Join(dir, "log", "mod_csta_socket-crash.log"))
}
