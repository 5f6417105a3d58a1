package freeswitch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"mod_csta_socket/csta/conformance/child"
)

// ErrNotInstalled: there is no FreeSWITCH on this machine. Tests skip then.
var ErrNotInstalled = errors.New("FreeSWITCH is not installed (pkg-config freeswitch does not find it)")

// Installation is a FreeSWITCH found on the machine.
type Installation struct {
	Program, Modules, Configuration, Version string
}

// Find looks for an installed FreeSWITCH by pkg-config.
func Find() (Installation, error) {
	ask := func(what string) (string, error) {
		out, err := exec.Command("pkg-config", what, "freeswitch").Output()
		return strings.TrimSpace(string(out)), err
	}
	var in Installation
	var err error
	if in.Version, err = ask("--modversion"); err != nil {
		return in, ErrNotInstalled
	}
	if in.Modules, err = ask("--variable=modulesdir"); err != nil {
		return in, fmt.Errorf("pkg-config: %w", err)
	}
	if in.Configuration, err = ask("--variable=confdir"); err != nil {
		return in, fmt.Errorf("pkg-config: %w", err)
	}
	prefix, err := ask("--variable=prefix")
	if err != nil {
		return in, fmt.Errorf("pkg-config: %w", err)
	}
	if in.Program, err = exec.LookPath(filepath.Join(prefix, "bin", "freeswitch")); err == nil {
		return in, nil
	}
	if in.Program, err = exec.LookPath("freeswitch"); err != nil {
		return in, fmt.Errorf("%w: its development files are there, the program is not", ErrNotInstalled)
	}
	return in, nil
}

// Switch is a running instance.
type Switch struct {
	*Ports
	options   Options
	directory string
	temporary bool
	modules   []string
	process   *exec.Cmd
	exited    chan struct{}
	exitError error

	mu      sync.Mutex
	console *console
}

// Limits of starting and stopping. A quiet machine needs 2 s and 5 s.
const (
	startTimeout = 60 * time.Second
	stopTimeout  = 30 * time.Second
	pollInterval = 20 * time.Millisecond
)

// directories are those that FreeSWITCH is told of, by their option.
var directories = []string{"conf", "log", "db", "run", "temp", "sounds", "scripts", "recordings", "storage", "cache", "certs", "htdocs", "grammar", "mod"}

// Start runs a private instance and returns when it takes calls. Stop it after
// use.
func Start(ctx context.Context, options Options) (*Switch, error) {
	installed, err := Find()
	if err != nil {
		return nil, err
	}
	if err := options.complete(); err != nil {
		return nil, err
	}
	s := &Switch{options: options, directory: options.Directory, exited: make(chan struct{})}
	if s.directory == "" {
		if s.directory, err = os.MkdirTemp("", "freeswitch-"); err != nil {
			return nil, err
		}
		s.temporary = true
	}
	if err := s.start(ctx, installed); err != nil {
		return nil, errors.Join(err, s.Kill())
	}
	return s, nil
}

func (s *Switch) start(ctx context.Context, installed Installation) error {
	for _, d := range directories {
		if err := os.MkdirAll(filepath.Join(s.directory, d), 0o700); err != nil {
			return err
		}
	}
	err := os.MkdirAll(s.Sounds(), 0o700)
	if err != nil {
		return err
	}
	if s.Ports, err = claimPorts(); err != nil {
		return err
	}
	if err := s.configure(installed); err != nil {
		return err
	}
	return s.launch(ctx, installed)
}

func (s *Switch) configure(in Installation) error {
	if s.options.Vanilla {
		if err := s.linkVanilla(in); err != nil {
			return err
		}
		return s.writeVanilla(in.Configuration)
	}
	var err error
	required := requiredModules
	if s.options.DirectoryURL != "" {
		required = append([]string{"mod_xml_curl"}, required...)
	}
	if s.modules, err = s.linkModules(in.Modules, required, optionalModules); err != nil {
		return err
	}
	return s.writeConfiguration()
}

// launch runs the program and waits until it takes calls.
func (s *Switch) launch(ctx context.Context, installed Installation) error {
	arguments := []string{"-nonat", "-nc", "-nf", "-nocal"}
	if !s.options.RealTime {
		arguments = append(arguments, "-np")
	}
	for _, d := range directories {
		arguments = append(arguments, "-"+d, filepath.Join(s.directory, d))
	}
	arguments = append(arguments, s.options.Arguments...)
	command := slices.Concat(s.options.Wrapper, []string{installed.Program}, arguments)
	s.process = exec.Command(command[0], command[1:]...)
	s.process.Env = append(os.Environ(), s.options.Environment...)
	s.process.Dir = s.directory
	if err := s.run(); err != nil {
		return fmt.Errorf("FreeSWITCH: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, s.options.StartTime)
	defer cancel()
	return s.waitReady(ctx)
}

func (s *Switch) run() error {
	ended, err := child.Start(s.process)
	if err != nil {
		close(s.exited)
		return err
	}
	go func() {
		s.exitError = <-ended
		close(s.exited)
	}()
	return nil
}

func (s *Switch) waitReady(ctx context.Context) error {
	for _, step := range []struct {
		what string
		done func() bool
	}{
		{"the event socket", func() bool { return s.reachable(s.ESL) }},
		{"readiness", func() bool { out, err := s.FSCLI("status"); return err == nil && strings.Contains(out, "is ready") }},
		{"the SIP profiles", s.profilesRunning},
		{"the CSTA port", func() bool {
			return s.options.Module == "" || s.options.Parameters["xml-listen-port"] != "" || s.reachable(s.Ports.CSTA)
		}},
	} {
		if err := s.poll(ctx, step.done); err != nil {
			return fmt.Errorf("FreeSWITCH in %s: waiting for %s: %w%s", s.directory, step.what, err, s.tail())
		}
	}
	return nil
}

func (s *Switch) profilesRunning() bool {
	out, err := s.FSCLI("sofia status")
	return err == nil && strings.Count(out, "RUNNING") >= 3
}

func (s *Switch) reachable(port int) bool {
	conn, err := net.DialTimeout("tcp4", loopback(port), dialTimeout)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// poll repeats done until it is true.
func (s *Switch) poll(ctx context.Context, done func() bool) error {
	for {
		if done() {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("it ended: %v", s.exitError)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollInterval):
		}
	}
}

// FSCLI runs a command as fs_cli -x would and returns its output.
func (s *Switch) FSCLI(command string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.console == nil {
		c, err := openConsole(loopback(s.ESL))
		if err != nil {
			return "", fmt.Errorf("console: %w", err)
		}
		s.console = c
	}
	out, err := s.console.command(command)
	if err != nil {
		s.console.conn.Close()
		s.console = nil
		return "", fmt.Errorf("console command %q: %w", command, err)
	}
	return out, nil
}

// Channels is the number of channels the switch has now.
func (s *Switch) Channels() (int, error) { return s.count("show channels count") }

// count runs a console command that ends with "<n> total.".
func (s *Switch) count(command string) (int, error) {
	out, err := s.FSCLI(command)
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(out)
	if len(fields) < 2 || fields[len(fields)-1] != "total." {
		return 0, fmt.Errorf("%s: %q", command, out)
	}
	return strconv.Atoi(fields[len(fields)-2])
}

// WaitIdle waits until the switch has no channel.
func (s *Switch) WaitIdle(ctx context.Context) error {
	var last int
	err := s.poll(ctx, func() bool {
		n, err := s.Channels()
		last = n
		return err == nil && n == 0
	})
	if err != nil {
		shown, _ := s.FSCLI("show channels")
		return fmt.Errorf("%d channels left: %w\n%s", last, err, shown)
	}
	return nil
}

// endless are the applications in which a leg stays until it hangs up.
var endless = []string{"valet_park", "conference", "fifo", "park"}

// EndMachines waits until all channels have gone but for those by which the switch calls
// itself (mod_loopback) and of which both ends are in applications that never end, and
// ends these.
func (s *Switch) EndMachines(ctx context.Context) error {
	var left []channel
	err := s.poll(ctx, func() bool {
		var err error
		left, err = s.channels()
		return err == nil && !slices.ContainsFunc(left, func(c channel) bool {
			return !strings.HasPrefix(c.Name, "loopback/") || !slices.Contains(endless, c.Application)
		})
	})
	if err != nil {
		// Whoever waits for an idle switch says what is left.
		return nil
	}
	for _, c := range left {
		if out, err := s.FSCLI("uuid_kill " + c.UUID); err != nil || !strings.HasPrefix(out, "+OK") && !strings.Contains(out, "No such channel") {
			return fmt.Errorf("uuid_kill %s: %q %w", c.UUID, out, err)
		}
	}
	return nil
}

// channel is a row of the switch's list of channels.
type channel struct {
	UUID        string
	Name        string
	Application string
}

func (s *Switch) channels() ([]channel, error) {
	out, err := s.FSCLI("show channels as json")
	if err != nil {
		return nil, err
	}
	var list struct{ Rows []channel }
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		return nil, fmt.Errorf("show channels: %w", err)
	}
	return list.Rows, nil
}

// WaitBridged waits until the channels of two users are bridged to each other. A
// phone that transfers, holds or hangs up in the milliseconds between an answer
// and the bridge is out of luck, and no person is that fast. A leg in CS_CONSUME_MEDIA
// still waits for its own thread to take the bridge up.
func (s *Switch) WaitBridged(ctx context.Context, user, other string) error {
	var shown string
	err := s.poll(ctx, func() bool {
		shown, _ = s.FSCLI("show bridged_calls")
		for row := range strings.Lines(shown) {
			if hasChannelOf(row, user) && hasChannelOf(row, other) && !strings.Contains(row, ",CS_CONSUME_MEDIA,") {
				return true
			}
		}
		return false
	})
	if err != nil {
		return fmt.Errorf("waiting for %s and %s to be bridged: %w\n%s", user, other, err, shown)
	}
	return nil
}

// hasChannelOf tells whether a row of a list names a channel of that user, or its
// presence, since a phone may write into its contact what it likes. Channels
// through a gateway have no domain.
func hasChannelOf(row, user string) bool {
	return strings.Contains(row, "/"+user+"@") || strings.Contains(row, "/"+user+",") ||
		strings.Contains(row, ","+user+"@")
}

// SetRingTime changes how long phones may ring, in whole seconds.
func (s *Switch) SetRingTime(d time.Duration) error {
	_, err := s.FSCLI(fmt.Sprintf("global_setvar ring_seconds=%d", int(d.Seconds())))
	return err
}

// SetMedia has the dialplan keep media out of the switch: by bypass_media, by
// proxy_media, or, if empty, not.
func (s *Switch) SetMedia(variable string) error {
	_, err := s.FSCLI("global_setvar call_media=" + variable)
	return err
}

// CSTAAddress is where CSTA clients connect.
func (s *Switch) CSTAAddress() string { return loopback(s.Ports.CSTA) }

// Proxy is the SIP address that phones of a domain use.
func (s *Switch) Proxy(domain string) string {
	if domain == SecondDomain {
		return loopback(s.Branch)
	}
	return loopback(s.Internal)
}

// ExternalAddress is the SIP address of the trunk's profile.
func (s *Switch) ExternalAddress() string { return loopback(s.External) }

// TrunkAddress is where the trunk's far end listens.
func (s *Switch) TrunkAddress() string { return loopback(s.Trunk) }

// User finds a subscriber of the directory.
func (s *Switch) User(id, domain string) (User, bool) {
	for _, u := range s.options.Users {
		if u.ID == id && u.Domain == domain {
			return u, true
		}
	}
	return User{}, false
}

// HasMusic tells whether the instance's music on hold can be played. FreeSWITCH's
// own configuration names files that are installed apart from it.
func (s *Switch) HasMusic() bool { return !s.options.Vanilla }

// PassesUnseenToCaller tells whether callers hear anything when proxy_media is set.
// FreeSWITCH's own profile negotiates codecs after the dialplan
// (inbound-late-negotiation), and then only the called party hears the other one.
func (s *Switch) PassesUnseenToCaller() bool { return !s.options.Vanilla }

// Authenticates tells whether phones need their password.
func (s *Switch) Authenticates() bool { return s.options.Authenticate }

// Directory is where the instance lives.
func (s *Switch) Directory() string { return s.directory }

// Certificates is the switch's certs_dir.
func (s *Switch) Certificates() string { return filepath.Join(s.directory, "certs") }

// Sounds is the root of messages and recordings (sound_prefix).
func (s *Switch) Sounds() string { return filepath.Join(s.directory, "sounds", "en", "us", "callie") }

// PID is the process number.
func (s *Switch) PID() int { return s.process.Process.Pid }

// Alive tells whether the process runs.
func (s *Switch) Alive() bool {
	select {
	case <-s.exited:
		return false
	default:
		return s.process != nil
	}
}

// Exited is closed when the process has ended.
func (s *Switch) Exited() <-chan struct{} { return s.exited }

// Signal sends a signal to the process.
func (s *Switch) Signal(sig syscall.Signal) error { return s.process.Process.Signal(sig) }

// Stop shuts the switch down in order and removes its directory.
func (s *Switch) Stop(ctx context.Context) error { return s.StopWithin(ctx, stopTimeout) }

// StopWithin is Stop for a switch that takes longer than usual.
func (s *Switch) StopWithin(ctx context.Context, d time.Duration) error {
	if !s.Alive() {
		return errors.Join(fmt.Errorf("FreeSWITCH had ended before it was stopped: %v", s.exitError), s.cleanUp())
	}
	if err := s.Signal(syscall.SIGTERM); err != nil {
		return errors.Join(err, s.Kill())
	}
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	select {
	case <-s.exited:
		return s.cleanUp()
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("FreeSWITCH did not stop: %w%s", ctx.Err(), s.tail()), s.Kill())
	}
}

// Crash ends the process at once, as kill -9 does. Directory and ports stay: see
// Restart.
func (s *Switch) Crash() error {
	if err := s.process.Process.Kill(); err != nil {
		return err
	}
	<-s.exited
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.console != nil {
		s.console.conn.Close()
		s.console = nil
	}
	return nil
}

// Restart runs a crashed instance again, with its ports and what it has written
// of its calls.
func (s *Switch) Restart(ctx context.Context) error {
	installed, err := Find()
	if err != nil {
		return err
	}
	s.exited = make(chan struct{})
	return s.launch(ctx, installed)
}

// Kill ends the process at once, as kill -9 does, and removes its directory.
func (s *Switch) Kill() error {
	if s.process != nil && s.process.Process != nil {
		if err := s.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		<-s.exited
	}
	return s.cleanUp()
}

// cleanUp runs after the process has ended.
func (s *Switch) cleanUp() error {
	s.mu.Lock()
	if s.console != nil {
		s.console.conn.Close()
		s.console = nil
	}
	s.mu.Unlock()
	if s.Ports != nil {
		s.Ports.release()
	}
	if !s.temporary {
		return nil
	}
	return os.RemoveAll(s.directory)
}
