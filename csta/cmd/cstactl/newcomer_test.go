package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWrongUsageShowsTheUse(t *testing.T) {
	d := &desk{t: t}
	for use, args := range map[string][]string{
		"cstactl call FROM TO":        {"call"},
		"cstactl monitor DEVICE...":   {"monitor"},
		"cstactl hangup [CALL]":       {"hangup"},
		"cstactl forward DEVICE":      {"forward", "1000", "busy"},
		"cstactl snapshot DEVICE":     {"snapshot"},
		"cstactl phone [NUMBER":       {"phone", "1000"},
		"cstactl sim [flags]":         {"sim", "1000"},
		"cstactl raw FILE":            {"raw", "a", "b"},
		"cstactl status [flags]":      {"status", "--nonsense"},
		"cstactl dnd DEVICE [on|off]": {"dnd"},
	} {
		got := d.run(args...)
		assert.Equal(t, exitFailed, got.code, args)
		assert.Contains(t, got.err, "\nusage: "+use, args)
		assert.Contains(t, got.err, "cstactl "+args[0]+" --help tells the rest", args)
		assert.Empty(t, got.out)
	}
}

func TestCommandsExplainThemselves(t *testing.T) {
	a := &app{}
	for _, cmd := range a.root().Commands() {
		assert.NotEmpty(t, cmd.Long, cmd.Name())
		assert.True(t, cmd.Hidden || cmd.HasExample(), cmd.Name())
	}
}

func TestAddresses(t *testing.T) {
	for given, want := range map[string]string{
		"pbx": "pbx:3000", "pbx:4000": "pbx:4000", "pbx:": "pbx:3000", ":4000": "127.0.0.1:4000", "192.0.2.1": "192.0.2.1:3000",
		"::1": "[::1]:3000", "[::1]": "[::1]:3000", "[::1]:4000": "[::1]:4000", "2001:db8::4000": "[2001:db8::4000]:3000",
	} {
		assert.Equal(t, want, withPort(given, defaultPort), given)
	}
	for given, want := range map[string]string{
		":4000": "0.0.0.0:4000", "127.0.0.1": "127.0.0.1:3000", "localhost:4000": "127.0.0.1:4000", "localhost": "127.0.0.1:3000",
		"[::1]:4000": "[::1]:4000", "::": "[::]:3000", "127.0.0.1:0": "127.0.0.1:0",
	} {
		got, err := listenAddress(t.Context(), given, defaultPort)
		require.NoError(t, err, given)
		assert.Equal(t, want, got.String(), given)
	}
	for _, given := range []string{"127.0.0.1:70000", "127.0.0.1:http", "127.0.0.1:-1", "1:2:3:x"} {
		_, err := listenAddress(t.Context(), given, defaultPort)
		assert.Error(t, err, given)
	}
}

// speaker is a server that is no CSTA server; it gets each connection.
func speaker(t *testing.T, speak func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				speak(conn)
			}()
		}
	}()
	return l.Addr().String()
}

func TestWrongServersAreNamed(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	certificate := filepath.Join(t.TempDir(), "server.pem")
	pemFile(t, certificate, "server")
	pair, err := tls.LoadX509KeyPair(certificate, certificate)
	require.NoError(t, err)
	says := func(text string) func(net.Conn) {
		return func(c net.Conn) {
			_, _ = io.WriteString(c, text)
			_, _ = io.Copy(io.Discard, c)
		}
	}
	ssh, events := speaker(t, says("SSH-2.0-OpenSSH_9.2p1\r\n")), speaker(t, says("Content-Type: auth/request\n\n"))
	secured := speaker(t, func(c net.Conn) {
		_ = tls.Server(c, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}).Handshake()
	})
	csta := newDesk(t).server
	for _, tt := range []struct {
		server, says string
		flags        []string
	}{
		{ssh, "speaks SSH, it is no CSTA server", nil},
		{ssh, "speaks SSH, it is no CSTA server", []string{"--tls"}},
		{events, "speaks FreeSWITCH's event socket protocol", nil},
		{web.Listener.Addr().String(), "speaks HTTP, it is no CSTA server", nil},
		{secured, "speaks TLS: --tls is missing", nil},
		{csta, "does not speak TLS", []string{"--tls"}},
	} {
		d := &desk{t: t, server: tt.server}
		for _, args := range [][]string{{"status"}, {"monitor", "1000"}} {
			got := d.run(append(append(args, "--timeout", "500ms"), tt.flags...)...)
			assert.Equal(t, exitFailed, got.code, tt.says)
			assert.Contains(t, got.err, tt.says)
		}
	}
}

func TestCompletions(t *testing.T) {
	d := newDesk(t)
	complete := func(args ...string) []string {
		var out, errs bytes.Buffer
		require.Equal(t, exitOK, run(t.Context(), append([]string{cobra.ShellCompNoDescRequestCmd}, args...), streams{strings.NewReader(""), &out, &errs}), errs.String())
		return strings.Fields(out.String())
	}
	assert.Subset(t, complete("dnd", "1000", ""), []string{"on", "off"})
	assert.Subset(t, complete("forward", "1000", ""), []string{"busy", "immediate", "noanswer"})
	assert.Subset(t, complete("phone", "--control", d.control, ""), []string{"1000", "1019", "net:"})
	assert.Subset(t, complete("phone", "--control", d.control, "1000", ""), []string{"dial", "answer", "hangup", "busy", "away", "notalk"})
	assert.Subset(t, complete("console", ""), []string{"status", "calls"})
	assert.NotContains(t, complete("call", "--server", "192.0.2.1", ""), "1000", "of a server elsewhere nothing is known")
	for _, word := range scriptWords {
		assert.NotContains(t, d.phone("1000", strings.TrimSuffix(word, ":")+map[bool]string{true: ":1"}[strings.HasSuffix(word, ":")]).err, "unknown word", word)
	}
}

func TestManualPages(t *testing.T) {
	dir := t.TempDir()
	var out, errs bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), []string{"manual", "--date", "86400", dir}, streams{strings.NewReader(""), &out, &errs}), errs.String())
	a := &app{}
	for _, cmd := range a.root().Commands() {
		_, err := os.Stat(filepath.Join(dir, "cstactl-"+cmd.Name()+".1"))
		assert.Equal(t, cmd.Hidden, err != nil, cmd.Name())
	}
	page, err := os.ReadFile(filepath.Join(dir, "cstactl.1"))
	require.NoError(t, err)
	assert.Contains(t, string(page), `"Jan 1970"`)
}

// The simulated switch as make run starts it: its hints are typed as they are printed, by a
// shell in another directory, and signals end it with success.
func TestSimulatedSwitchAsAProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "a program")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	text, err := build.CombinedOutput()
	require.NoError(t, err, "%s", text)
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd := exec.Command(program, "sim", "--listen", "127.0.0.1:0", "--page", "127.0.0.1:0", "--control", "127.0.0.1:0", "--phone", "1000=answer:0s", "--phone", "1001=answer:0s")
		said, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		var hints []string
		lines := bufio.NewScanner(said)
		for lines.Scan() && lines.Text() != "Ctrl-C ends." {
			if strings.Contains(lines.Text(), " --server ") || strings.Contains(lines.Text(), " --control ") {
				hints = append(hints, strings.TrimSpace(lines.Text()))
			}
		}
		assert.Len(t, hints, 6)
		for _, hint := range hints {
			typed := strings.Replace(hint, " monitor ", " monitor --for 3s ", 1)
			// The call that a hint before has made may need a moment until it can be cleared.
			assert.Eventually(t, func() bool {
				shell := exec.CommandContext(t.Context(), "sh", "-c", typed)
				shell.Dir = t.TempDir()
				text, err := shell.CombinedOutput()
				if err != nil {
					t.Logf("%s: %s", typed, text)
				}
				return err == nil
			}, time.Minute, 200*time.Millisecond, typed)
			if signal != os.Interrupt {
				break
			}
		}
		require.NoError(t, cmd.Process.Signal(signal))
		rest, err := io.ReadAll(said)
		require.NoError(t, err)
		assert.Empty(t, string(rest))
		assert.NoError(t, cmd.Wait(), "ended by %v", signal)
	}
}
