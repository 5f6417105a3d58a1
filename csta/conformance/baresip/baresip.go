// Package baresip drives baresip, a telephone that nobody of this project wrote,
// over its control port (module ctrl_tcp: JSON in netstrings). One process is one
// phone with one call at a time.
package baresip

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// ErrNotInstalled: there is no baresip on this machine. Tests skip then.
var ErrNotInstalled = errors.New("baresip is not installed (Debian package baresip-core)")

// Config says who the phone is and where its switch is.
type Config struct {
	// User and Domain make its address of record, Password answers challenges.
	User, Domain, Password string
	// Proxy is the host:port of the switch.
	Proxy string
	// Tone is the frequency in hertz of the tone that is its voice.
	Tone int
}

// Call is what the phone shows of a call.
type Call struct {
	phone *Phone
	// number tells one call of the phone from the next.
	number int
	// id is the phone's own name of the call, empty until it is heard.
	id    string
	state State
}

// State of a call at the phone.
type State uint8

const (
	// Calling: dialled, nothing has been heard of the far end.
	Calling State = iota
	// FarEndRings: dialled, the far end rings or sends early media.
	FarEndRings
	// Incoming: rings here.
	Incoming
	// Established: answered.
	Established
	// Ended: over.
	Ended
)

func (s State) String() string {
	return [...]string{"calling", "far end rings", "incoming", "established", "ended"}[s]
}

// Phone is one process. All methods may be called from any goroutine.
type Phone struct {
	cfg       Config
	directory string
	process   *exec.Cmd
	ended     chan struct{}
	control   net.Conn

	mu         sync.Mutex
	changed    chan struct{}
	registered bool
	calls      []*Call
	taken      int
	answers    map[string]answer
	tokens     int
	journal    []string
	failed     error
}

type answer struct {
	ok   bool
	text string
}

const (
	startTime = 10 * time.Second
	dialPause = 50 * time.Millisecond
	// keyPause is what a user takes until a key is pressed. What the switch sends after
	// an event may still be on its way, and of two offers that cross neither is taken
	// (RFC 3261 14.2).
	keyPause     = 100 * time.Millisecond
	journalLimit = 200
	portTries    = 10
	// moduleDirectory of Debian's package is below the library directory.
	modules = "baresip/modules"
	// outputFile takes what the process prints.
	outputFile = "output"
	voiceFile  = "voice.wav"
)

// New starts a phone and registers it. Close it after use.
func New(ctx context.Context, cfg Config) (*Phone, error) {
	program, err := exec.LookPath("baresip")
	if err != nil {
		return nil, ErrNotInstalled
	}
	p := &Phone{cfg: cfg, changed: make(chan struct{}), answers: make(map[string]answer)}
	if p.directory, err = os.MkdirTemp("", "baresip-"); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := p.start(ctx, program); err != nil {
		return nil, errors.Join(fmt.Errorf("baresip %s: %w", cfg.User, err), p.Close())
	}
	return p, nil
}

// moduleDirectory is where the package has put the modules.
func moduleDirectory() (string, error) {
	for _, pattern := range []string{"/usr/lib/" + modules, "/usr/lib/*/" + modules, "/usr/local/lib/" + modules} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0], nil
		}
	}
	return "", fmt.Errorf("%w: its modules are not below /usr/lib", ErrNotInstalled)
}

func (p *Phone) start(ctx context.Context, program string) error {
	from, err := moduleDirectory()
	if err != nil {
		return err
	}
	control, err := freePort()
	if err != nil {
		return err
	}
	sip, err := freeSIPPort()
	if err != nil {
		return err
	}
	config := fmt.Sprintf("sip_listen 127.0.0.1:%d\nnet_interface 127.0.0.1\naudio_player aufile,%s\naudio_source aufile,%s\naudio_alert aufile,%s\ncall_max_calls 4\nctrl_tcp_listen 127.0.0.1:%d\nmodule_path %s\nmodule g711.so\nmodule aufile.so\nmodule_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n",
		sip, filepath.Join(p.directory, "heard.wav"), filepath.Join(p.directory, voiceFile), filepath.Join(p.directory, "alert.wav"), control, from)
	account := fmt.Sprintf("<sip:%s@%s>;auth_user=%s;auth_pass=%s;outbound=\"sip:%s\";regint=600;answermode=manual;audio_codecs=PCMU/8000/1,PCMA/8000/1",
		p.cfg.User, p.cfg.Domain, p.cfg.User, p.cfg.Password, p.cfg.Proxy)
	for name, text := range map[string]string{"config": config, "accounts": "", "contacts": "", voiceFile: string(voice(p.cfg.Tone))} {
		if err := os.WriteFile(filepath.Join(p.directory, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	output, err := os.Create(filepath.Join(p.directory, outputFile))
	if err != nil {
		return err
	}
	defer output.Close()
	p.process = exec.Command(program, "-4", "-f", p.directory)
	p.process.Stdout, p.process.Stderr = output, output
	p.process.Dir = p.directory
	ended, err := child.Start(p.process)
	if err != nil {
		p.process = nil
		return err
	}
	p.ended = make(chan struct{})
	go func() {
		<-ended
		close(p.ended)
	}()
	for p.control == nil {
		if p.control, err = net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", control)); err == nil {
			break
		}
		p.control = nil
		select {
		case <-p.ended:
			said, _ := os.ReadFile(output.Name())
			return fmt.Errorf("it ended at once: %s", said)
		case <-ctx.Done():
			return fmt.Errorf("control port: %w", err)
		case <-time.After(dialPause):
		}
	}
	go p.read()
	// With an account in its file it would register before anybody could see it.
	if _, err := p.Command(ctx, "uanew", account); err != nil {
		return err
	}
	return p.Register(ctx)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// freeSIPPort is a port that is free for UDP and TCP, and the one behind it for TLS: the
// phone takes all of them, and ends if it cannot.
func freeSIPPort() (int, error) {
	var port int
	var err error
	for range portTries {
		if port, err = freePort(); err == nil {
			if err = free(port); err == nil {
				return port, nil
			}
		}
	}
	return 0, err
}

func free(port int) error {
	udp, err := net.ListenPacket("udp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer udp.Close()
	tls, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port+1))
	if err != nil {
		return err
	}
	return tls.Close()
}

// Close ends the process.
func (p *Phone) Close() error {
	if p.control != nil {
		p.control.Close()
	}
	if p.process != nil {
		if err := p.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		select {
		case <-p.ended:
		case <-time.After(startTime):
			_ = p.process.Process.Kill()
			<-p.ended
		}
	}
	return os.RemoveAll(p.directory)
}

// message is what the phone says: an event or the answer to a command.
type message struct {
	Event, Response, OK      bool
	Type, Param, Data, Token string
	// ID is the call that an event is about.
	ID string
}

func (p *Phone) read() {
	reader := bufio.NewReader(p.control)
	for {
		text, err := readNetstring(reader)
		if err != nil {
			p.note(func() { p.failed = fmt.Errorf("control port: %w", err) })
			return
		}
		var m message
		if err := json.Unmarshal(text, &m); err != nil {
			p.note(func() { p.failed = fmt.Errorf("control port: %q: %w", text, err) })
			return
		}
		p.note(func() { p.take(m, text) })
	}
}

const netstringLimit = 1 << 20

func readNetstring(r *bufio.Reader) ([]byte, error) {
	size, err := r.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(size, ":"))
	if err != nil || n < 0 || n > netstringLimit {
		return nil, fmt.Errorf("length %q", size)
	}
	text := make([]byte, n+1)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, err
	}
	return text[:n], nil
}

// note changes the phone's state and wakes those who wait for it.
func (p *Phone) note(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Phone) take(m message, text []byte) {
	p.journal = append(p.journal, time.Now().Format("15:04:05.000 ")+string(text))
	p.journal = p.journal[max(0, len(p.journal)-journalLimit):]
	if m.Response {
		p.answers[m.Token] = answer{m.OK, m.Data}
		return
	}
	switch m.Type {
	case "REGISTER_OK":
		p.registered = true
	case "UNREGISTERING":
		p.registered = false
	case "CALL_INCOMING":
		p.begin(Incoming).id = m.ID
	case "CALL_RINGING", "CALL_PROGRESS":
		p.reach(m.ID, FarEndRings)
	case "CALL_ESTABLISHED":
		p.reach(m.ID, Established)
	case "CALL_CLOSED":
		p.reach(m.ID, Ended)
	}
}

func (p *Phone) begin(s State) *Call {
	c := &Call{phone: p, number: len(p.calls) + 1, state: s}
	p.calls = append(p.calls, c)
	return c
}

// reach brings the call of that name into a state. A name that was not heard yet is
// that of the call that was dialled: the next call may come in before the one before
// it has ended, so that the newest is not always meant.
func (p *Phone) reach(id string, s State) {
	i := slices.IndexFunc(p.calls, func(c *Call) bool { return c.id == id })
	if i < 0 {
		i = slices.IndexFunc(p.calls, func(c *Call) bool { return c.id == "" && c.state != Ended })
	}
	if i < 0 || p.calls[i].state == Ended {
		return
	}
	p.calls[i].id, p.calls[i].state = id, s
}

// under tells which calls have not ended.
func (p *Phone) under() []*Call {
	return slices.DeleteFunc(slices.Clone(p.calls), func(c *Call) bool { return c.state == Ended })
}

// await waits until met is true, which is called with the phone locked.
func (p *Phone) await(ctx context.Context, what string, met func() bool) error {
	for {
		p.mu.Lock()
		done, failed, changed := met(), p.failed, p.changed
		p.mu.Unlock()
		switch {
		case done:
			return nil
		case failed != nil:
			return failed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("baresip %s: waiting for %s: %w", p.cfg.User, what, ctx.Err())
		}
	}
}

// Command has the phone run a command of its menu and returns what it prints.
func (p *Phone) Command(ctx context.Context, name, parameters string) (string, error) {
	p.mu.Lock()
	p.tokens++
	token := strconv.Itoa(p.tokens)
	p.mu.Unlock()
	text, err := json.Marshal(map[string]string{"command": name, "params": parameters, "token": token})
	if err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(p.control, "%d:%s,", len(text), text); err != nil {
		return "", fmt.Errorf("baresip %s: %w", p.cfg.User, err)
	}
	var said answer
	if err := p.await(ctx, "the answer to "+name, func() bool {
		var ok bool
		said, ok = p.answers[token]
		delete(p.answers, token)
		return ok
	}); err != nil {
		return "", err
	}
	if !said.ok {
		return "", fmt.Errorf("baresip %s: %s: %s", p.cfg.User, name, said.text)
	}
	return said.text, nil
}

// Register waits until the phone, which registers by itself, is registered.
func (p *Phone) Register(ctx context.Context) error {
	return p.await(ctx, "its registration", func() bool { return p.registered })
}

// Dial calls a number.
func (p *Phone) Dial(ctx context.Context, number string) (*Call, error) {
	var c *Call
	p.note(func() { c = p.begin(Calling); p.taken = c.number })
	_, err := p.Command(ctx, "dial", "sip:"+number+"@"+p.cfg.Domain)
	return c, err
}

// WaitIncoming waits for the next incoming call.
func (p *Phone) WaitIncoming(ctx context.Context) (*Call, error) {
	var c *Call
	err := p.await(ctx, "an incoming call", func() bool {
		if len(p.calls) <= p.taken {
			return false
		}
		p.taken = len(p.calls)
		c = p.calls[p.taken-1]
		return true
	})
	return c, err
}

// ForgetIncoming lets WaitIncoming wait for calls to come only.
func (p *Phone) ForgetIncoming() { p.note(func() { p.taken = len(p.calls) }) }

// HangUpAll ends the calls there are.
func (p *Phone) HangUpAll(ctx context.Context) error {
	p.mu.Lock()
	calls := p.under()
	p.mu.Unlock()
	// Each time the phone ends the one that is current.
	for range calls {
		if _, err := p.Command(ctx, "hangup", ""); err != nil {
			return err
		}
	}
	return p.await(ctx, "the end of its calls", func() bool { return len(p.under()) == 0 })
}

// Busy tells whether there is a call.
func (p *Phone) Busy() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.under()) > 0
}

// Journal is what the phone said on its control port, and then what it printed.
func (p *Phone) Journal() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	printed, err := os.ReadFile(filepath.Join(p.directory, outputFile))
	if err != nil {
		printed = []byte(err.Error())
	}
	return append(slices.Clone(p.journal), strings.Split(strings.TrimSpace(string(printed)), "\n")...)
}

// Over tells whether the call has ended.
func (c *Call) Over() bool {
	c.phone.mu.Lock()
	defer c.phone.mu.Unlock()
	return c.state == Ended
}

// errOver: what was waited for cannot come any more.
var errOver = errors.New("the call is over")

func (c *Call) wait(ctx context.Context, what string, states ...State) error {
	over := false
	err := c.phone.await(ctx, what, func() bool {
		over = c.state == Ended && !slices.Contains(states, Ended)
		return over || slices.Contains(states, c.state)
	})
	if err == nil && over {
		return errOver
	}
	return err
}

// WaitRinging waits until the far end of a dialled call rings.
func (c *Call) WaitRinging(ctx context.Context) error {
	return c.wait(ctx, "ringing", FarEndRings, Established)
}

// WaitConnected waits until the call is answered.
func (c *Call) WaitConnected(ctx context.Context) error {
	return c.wait(ctx, "the answer", Established)
}

// WaitEnded waits until the call is over.
func (c *Call) WaitEnded(ctx context.Context) error { return c.wait(ctx, "the end", Ended) }

// Answer answers an incoming call.
func (c *Call) Answer(ctx context.Context) error {
	if _, err := c.phone.Command(ctx, "accept", ""); err != nil {
		return err
	}
	return c.WaitConnected(ctx)
}

// HangUp ends the call, whatever its state.
func (c *Call) HangUp(ctx context.Context) error {
	if c.Over() {
		return nil
	}
	if _, err := c.phone.Command(ctx, "hangup", ""); err != nil {
		return err
	}
	return c.WaitEnded(ctx)
}

// Hold holds the call; it returns when the phone has sent its offer.
func (c *Call) Hold(ctx context.Context) error { return c.press(ctx, "hold") }

// Retrieve ends Hold.
func (c *Call) Retrieve(ctx context.Context) error { return c.press(ctx, "resume") }

func (c *Call) press(ctx context.Context, key string) error {
	time.Sleep(keyPause)
	return c.command(ctx, key, "")
}

// BlindTransfer sends the other party to a number.
func (c *Call) BlindTransfer(ctx context.Context, number string) error {
	return c.command(ctx, "transfer", "sip:"+number+"@"+c.phone.cfg.Domain)
}

func (c *Call) command(ctx context.Context, name, parameters string) error {
	_, err := c.phone.Command(ctx, name, parameters)
	return err
}
