// Package phone is a SIP telephone for tests: an in-process user agent over UDP
// on the loopback interface. A test tells it what to do (dial, answer, reject,
// stay silent, hang up, hold, transfer, press keys) and waits for what happens
// to it. It tolerates whatever a B2BUA sends.
package phone

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// Config says who the phone is and where its switch is.
type Config struct {
	// User and Domain make its address of record.
	User, Domain string
	// Password answers digest challenges; empty: the phone answers none.
	Password string
	// AuthUser is who it says to be then; "" = User.
	AuthUser string
	// Proxy is the host:port of the switch; all requests outside a dialogue go
	// there.
	Proxy string
	// Listen is the address to bind, 127.0.0.1:0 if empty.
	Listen string
	// Tone is the frequency in hertz of the tone that is its voice, a multiple of
	// 50; 0 = 500.
	Tone int
	// TCP has it listen for TCP, too, on the same port, and say so in its contact.
	TCP bool
	// TLS is what it opens TLS connections with; only extensions do.
	TLS *tls.Config
	// DisplayName is shown to called parties; may be empty.
	DisplayName string
	// UserAgent is what it calls itself when it registers; may be empty.
	UserAgent string
	// Advertise is the host:port in its contact, if it is not its own: that of a
	// phone behind NAT, which knows only its private address.
	Advertise string
	// ContactParameters stand behind its contact's address, e.g. "line=abc".
	ContactParameters string
	// Extension, if set, is offered every request before the phone sees it, in a
	// goroutine of its own; it returns true if it has answered.
	Extension func(*sip.Request, sip.ServerTransaction) bool
	// Observe, if set, is called with every new call, in a goroutine of its own.
	Observe func(*Call)
}

// Behaviour is how the phone treats the switch's requests. It may be changed at
// any time; a call takes the behaviour that holds when a request arrives.
type Behaviour struct {
	// Silent: an incoming call gets no response at all beside 100.
	Silent bool
	// RejectWith is a final status sent at once, without ringing; 0 = ring.
	RejectWith int
	// RedirectTo sends calls on to that number at once (302); empty = ring.
	RedirectTo string
	// EarlyMedia rings with 183 and a session description instead of 180.
	EarlyMedia bool
	// AnswerAfter obeys Call-Info answer-after (auto-answer on request of the
	// caller).
	AnswerAfter bool
	// Talk and HoldByNotify obey NOTIFY with Event: talk and Event: hold.
	// Otherwise they are answered with 489.
	Talk, HoldByNotify bool
	// AnswerIn answers by itself after ringing for that long; 0 = never.
	AnswerIn time.Duration
	// Sound is what is sent as RTP once a call has media.
	Sound Sound
}

// Sound is what the phone's microphone picks up.
type Sound uint8

const (
	// NoSound sends no packets at all.
	NoSound Sound = iota
	// Silence sends packets of PCMU silence.
	Silence
	// Tone sends the phone's own tone as PCMU.
	Tone
)

// Phone is one user agent. All methods may be called from any goroutine.
type Phone struct {
	cfg     Config
	agent   *sipgo.UserAgent
	client  *sipgo.Client
	listen  *net.UDPConn
	stream  net.Listener
	addr    *net.UDPAddr
	contact sip.ContactHeader

	behaviour atomic.Pointer[Behaviour]

	mu       sync.Mutex
	calls    map[string]*Call
	made     int
	incoming chan *Call
	journal  journal
	register registration
	features featureKeys
	served   chan struct{}
	closed   bool
}

// incomingLimit bounds calls that nobody asked for with WaitIncoming; a test
// that lets more ring is broken, and the oldest stay reachable by Calls.
const incomingLimit = 64

// New makes a phone and starts to listen. Close it after use.
func New(cfg Config) (*Phone, error) {
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	local, err := net.ResolveUDPAddr("udp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("phone %s: listen address: %w", cfg.User, err)
	}
	conn, stream, err := bind(local, cfg.TCP)
	if err != nil {
		return nil, fmt.Errorf("phone %s: %w", cfg.User, err)
	}
	p := &Phone{
		cfg:      cfg,
		listen:   conn,
		stream:   stream,
		addr:     conn.LocalAddr().(*net.UDPAddr),
		calls:    make(map[string]*Call),
		incoming: make(chan *Call, incomingLimit),
		served:   make(chan struct{}),
	}
	p.behaviour.Store(&Behaviour{})
	p.contact = sip.ContactHeader{Address: sip.Uri{
		Scheme: "sip", User: cfg.User, Host: p.addr.IP.String(), Port: p.addr.Port,
	}}
	if cfg.Advertise != "" {
		public, err := netip.ParseAddrPort(cfg.Advertise)
		if err != nil {
			p.closeStream()
			conn.Close()
			return nil, fmt.Errorf("phone %s: advertised address: %w", cfg.User, err)
		}
		p.contact.Address.Host, p.contact.Address.Port = public.Addr().String(), int(public.Port())
	}
	for parameter := range strings.SplitSeq(cfg.ContactParameters, ";") {
		if name, value, _ := strings.Cut(parameter, "="); name != "" {
			p.contact.Address.UriParams.Add(name, value)
		}
	}
	if cfg.TCP {
		p.contact.Address.UriParams.Add("transport", "tcp")
	}
	if err := p.start(); err != nil {
		p.closeStream()
		conn.Close()
		return nil, fmt.Errorf("phone %s: %w", cfg.User, err)
	}
	return p, nil
}

// bindAttempts bounds how many ports are tried: one that is free for UDP may be
// somebody's for TCP.
const bindAttempts = 20

// bind listens for UDP and, if asked for, for TCP on the same port.
func bind(local *net.UDPAddr, tcp bool) (conn *net.UDPConn, stream net.Listener, err error) {
	for range bindAttempts {
		if conn, err = net.ListenUDP("udp", local); err != nil || !tcp {
			return conn, nil, err
		}
		if stream, err = net.Listen("tcp", conn.LocalAddr().String()); err == nil {
			return conn, stream, nil
		}
		if closed := conn.Close(); closed != nil || local.Port != 0 {
			break
		}
	}
	return nil, nil, err
}

// FreePort is a port of the loopback interface that was free for UDP and TCP a moment
// ago.
func FreePort() (port string, err error) {
	conn, stream, err := bind(&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}, true)
	if err != nil {
		return "", err
	}
	_, port, err = net.SplitHostPort(conn.LocalAddr().String())
	return port, errors.Join(err, stream.Close(), conn.Close())
}

// quiet drops the SIP library's own messages: a phone reports by its journal.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// The library reads its logger in all its goroutines.
var _ = func() bool {
	sip.SetDefaultLogger(quiet)
	return true
}()

func (p *Phone) start() error {
	var err error
	p.agent, err = sipgo.NewUA(
		sipgo.WithUserAgent(p.cfg.User),
		sipgo.WithUserAgenTLSConfig(p.cfg.TLS),
		sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet)),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)),
	)
	if err != nil {
		return err
	}
	server, err := sipgo.NewServer(p.agent, sipgo.WithServerLogger(quiet))
	if err != nil {
		return err
	}
	p.client, err = sipgo.NewClient(p.agent,
		sipgo.WithClientLogger(quiet),
		sipgo.WithClientAddr(p.addr.String()),
		sipgo.WithClientConnectionAddr(p.addr.String()),
	)
	if err != nil {
		return err
	}
	server.OnInvite(p.offered(p.onInvite))
	server.OnAck(p.offered(p.onAck))
	server.OnBye(p.offered(p.onBye))
	server.OnNotify(p.offered(p.onNotify))
	server.OnNoRoute(p.offered(p.onOther))
	go func() {
		defer close(p.served)
		// It ends with an error when Close closes the socket.
		_ = server.ServeUDP(p.listen)
	}()
	if p.stream != nil {
		go func() { _ = server.ServeTCP(p.stream) }()
	}
	return p.waitServing()
}

func (p *Phone) closeStream() {
	if p.stream != nil {
		p.stream.Close()
	}
}

// offered lets the extension have a request first.
func (p *Phone) offered(handler sipgo.RequestHandler) sipgo.RequestHandler {
	if p.cfg.Extension == nil {
		return handler
	}
	return func(req *sip.Request, tx sip.ServerTransaction) {
		if !p.cfg.Extension(req, tx) {
			handler(req, tx)
		}
	}
}

// servingWait bounds the start of the reader goroutine.
const servingWait = 5 * time.Second

// waitServing returns when requests will leave by the listening socket: before
// that the SIP library would open a socket of its own.
func (p *Phone) waitServing() error {
	deadline := time.Now().Add(servingWait)
	for time.Now().Before(deadline) {
		conn, err := p.agent.TransportLayer().GetConnection("udp", p.addr.String())
		if err == nil && conn != nil {
			_, err = conn.TryClose()
			return err
		}
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("the SIP listener did not start within %v", servingWait)
}

// Close ends all calls without ceremony and frees the port. It does not
// unregister.
func (p *Phone) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	calls := make([]*Call, 0, len(p.calls))
	for _, c := range p.calls {
		calls = append(calls, c)
	}
	p.mu.Unlock()
	for _, c := range calls {
		c.end(Ending{By: Nobody, Reason: "phone closed"})
	}
	p.closeStream()
	err := p.listen.Close()
	<-p.served
	p.agent.Close()
	return err
}

// Device is the phone's user part.
func (p *Phone) Device() string { return p.cfg.User }

// Address is the socket the phone listens on.
func (p *Phone) Address() string { return p.addr.String() }

// UserAgent is the SIP stack, for extensions: what they send with Do leaves by
// the phone's own socket.
func (p *Phone) UserAgent() *sipgo.UserAgent { return p.agent }

// Do sends a request of an extension by UDP and returns the final response.
func (p *Phone) Do(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	return p.client.Do(ctx, req)
}

// Contact is the phone's contact.
func (p *Phone) Contact() *sip.ContactHeader {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.contact.Clone()
}

// MoveTo changes the contact's address: the one that the phone is seen at has
// changed. The next REGISTER tells it.
func (p *Phone) MoveTo(address netip.AddrPort) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.contact.Address.Host, p.contact.Address.Port = address.Addr().String(), int(address.Port())
}

// Note writes a line into the journal.
func (p *Phone) Note(format string, args ...any) { p.journal.note(format, args...) }

// Set changes the behaviour.
func (p *Phone) Set(b Behaviour) { p.behaviour.Store(&b) }

// Behaviour is the one that holds now.
func (p *Phone) Behaviour() Behaviour { return *p.behaviour.Load() }

// Calls are the calls that have not ended, oldest first.
func (p *Phone) Calls() []*Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(maps.Values(p.calls), func(a, b *Call) int { return cmp.Compare(a.number, b.number) })
}

// WaitIncoming returns the next incoming call that it has not returned before;
// the call may have ended meanwhile.
func (p *Phone) WaitIncoming(ctx context.Context) (*Call, error) {
	select {
	case c := <-p.incoming:
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("phone %s: no incoming call: %w", p.cfg.User, ctx.Err())
	}
}

// HangUpAll ends every call of the phone and waits for it.
func (p *Phone) HangUpAll(ctx context.Context) error {
	for _, c := range p.Calls() {
		if err := c.HangUp(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Journal is what the phone saw and did, one line each, oldest first.
func (p *Phone) Journal() []string { return p.journal.lines() }

// ForgetIncoming drops the calls that WaitIncoming has not returned yet.
func (p *Phone) ForgetIncoming() {
	for {
		select {
		case <-p.incoming:
		default:
			return
		}
	}
}

func (p *Phone) add(c *Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.made++
	c.number = p.made
	p.calls[c.id] = c
	if p.cfg.Observe != nil {
		go p.cfg.Observe(c)
	}
}

func (p *Phone) remove(c *Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls[c.id] == c {
		delete(p.calls, c.id)
	}
}

// call finds the call of an in-dialogue request.
func (p *Phone) call(req *sip.Request) *Call {
	id := req.CallID()
	if id == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[id.Value()]
}
