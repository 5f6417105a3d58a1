// Package useragent carries the SIP messages of uaCSTA: a user agent with
// sockets of its own on the address that the phones know as their registrar's.
// It decides nothing: sessions and registrations are package uacsta's.
package useragent

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"mod_csta_socket/csta/uacsta"
)

// Options are the settings of a UserAgent.
type Options struct {
	// Address is bound, for UDP and TCP. It is also what phones are told, so it
	// must be a real one (not 0.0.0.0). Port 0 = any, for tests.
	Address netip.AddrPort
	// Advertised is the address that phones are told instead; zero = Address.
	Advertised netip.Addr
	// TLSPort, if not 0, takes TLS connections with TLS.
	TLSPort uint16
	TLS     *tls.Config
	// Allow tells whether a peer may talk to us; nil = everybody. It may be slow:
	// its answers are remembered for a while.
	Allow func(netip.Addr) bool
	// Name is shown as User-Agent.
	Name string
}

// Phones takes what comes from phones: *uacsta.Agent.
type Phones interface {
	Response(uacsta.Response)
	Incoming(uacsta.Incoming, func(uacsta.Reply))
	// Knows and Expects tell before anything is done for a message whether it comes
	// from where a phone is, and whether it can belong to a session. They are called
	// from several goroutines, and do not wait.
	Knows(host netip.Addr) bool
	Expects(callID string, host netip.Addr) bool
	// Forged counts a request that neither can be.
	Forged()
}

// Registrar takes registrations: *uacsta.Registrar.
type Registrar interface {
	Register(context.Context, uacsta.Register) uacsta.Reply
	// Stranger answers what needs no state, and no answer of a directory.
	Stranger(uacsta.Register) (reply uacsta.Reply, ok bool)
}

// UserAgent implements uacsta.Transport.
type UserAgent struct {
	opts      Options
	log       *slog.Logger
	phones    Phones
	registrar Registrar
	door      *door

	agent  *sipgo.UserAgent
	client *sipgo.Client
	server *sipgo.Server

	udp      net.PacketConn
	tcp, tls *entrance
	port     uint16
	running  sync.WaitGroup
	exchange sync.WaitGroup
	ctx      context.Context
	cancel   context.CancelFunc

	mu      sync.Mutex
	closed  bool
	invites map[uint64]*sip.Request
	lanes   map[string]*lane
	acks    map[string]chan struct{}
}

const (
	// writeTimeout bounds the wait for a phone that does not read its connection.
	writeTimeout = 2 * time.Second
	// dialTimeout bounds the wait for a phone's TCP.
	dialTimeout = 3 * time.Second
	// replyTime bounds the wait for the agent's reply.
	replyTime = 2 * time.Second
	// restartPause keeps a reader that ends again and again from spinning.
	restartPause = time.Millisecond
	// farewell bounds the wait for what is still being sent at Stop.
	farewell = time.Second
	// largestDatagram: the SIP library refuses to send datagrams that a path with
	// a small MTU would have to fragment (RFC 3261 18.1.1 wants TCP then). A phone
	// that has UDP only is better off with fragments.
	largestDatagram = 8192
)

// quiet drops the library's own messages: anybody who can send a packet could
// fill the operator's log with them.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// The library keeps its logger and the limit of datagrams in variables, that it
// reads in all its goroutines: they are set before there is any.
var _ = func() bool {
	sip.SetDefaultLogger(quiet)
	sip.UDPMTUSize = largestDatagram
	return true
}()

// New binds the sockets. Start begins to read them; Stop is needed in any case.
func New(opts Options, log *slog.Logger) (*UserAgent, error) {
	if !opts.Address.Addr().IsValid() || opts.Address.Addr().IsUnspecified() {
		return nil, fmt.Errorf("uaCSTA user agent: %s is no address that a phone could be told", opts.Address.Addr())
	}
	if !opts.Advertised.IsValid() {
		opts.Advertised = opts.Address.Addr()
	}
	u := &UserAgent{
		opts: opts, log: log, door: &door{gate: newGate(opts.Allow), log: log, seed: maphash.MakeSeed()},
		invites: map[uint64]*sip.Request{}, lanes: map[string]*lane{}, acks: map[string]chan struct{}{},
	}
	u.ctx, u.cancel = context.WithCancel(context.Background())
	if err := u.bind(); err != nil {
		u.closeSockets()
		return nil, fmt.Errorf("uaCSTA user agent: %w", err)
	}
	return u, nil
}

func (u *UserAgent) bind() error {
	var udp net.PacketConn
	var tcp net.Listener
	var err error
	// With port 0 the port that UDP got may be taken for TCP.
	for range 10 {
		if udp, err = net.ListenPacket("udp", u.opts.Address.String()); err != nil {
			return err
		}
		u.port = udp.LocalAddr().(*net.UDPAddr).AddrPort().Port()
		tcp, err = net.Listen("tcp", netip.AddrPortFrom(u.opts.Address.Addr(), u.port).String())
		if err == nil {
			break
		}
		udp.Close()
		if u.opts.Address.Port() != 0 {
			return err
		}
	}
	if err != nil {
		return err
	}
	u.udp, u.tcp = u.door.datagrams(udp), newEntrance(tcp, u.door, "tcp", nil)
	if u.opts.TLSPort == 0 {
		return nil
	}
	plain, err := net.Listen("tcp", netip.AddrPortFrom(u.opts.Address.Addr(), u.opts.TLSPort).String())
	if err != nil {
		return err
	}
	u.tls = newEntrance(plain, u.door, "tls", u.opts.TLS)
	return nil
}

// Address is where UDP and TCP are bound.
func (u *UserAgent) Address() netip.AddrPort {
	return netip.AddrPortFrom(u.opts.Address.Addr(), u.port)
}

// Start serves the sockets.
func (u *UserAgent) Start(phones Phones, registrar Registrar) error {
	u.phones, u.registrar = phones, registrar
	u.door.phones, u.door.registrar = phones, registrar
	transports := sip.TransportsConfig{
		TCP: &sip.TransportTCP{WriteTimeout: writeTimeout, DialerCreate: noDialer},
		TLS: &sip.TransportTLS{TransportTCP: &sip.TransportTCP{WriteTimeout: writeTimeout, DialerCreate: noDialer}},
	}
	var err error
	u.agent, err = sipgo.NewUA(
		sipgo.WithUserAgent("csta"),
		sipgo.WithUserAgentDNSResolver(noNames),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet), sip.WithTransportLayerTransports(transports)),
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(quiet),
			sip.WithTransactionLayerTerminateOnConnClose(),
			sip.WithTransactionLayerUnhandledResponseHandler(u.onStray),
		),
	)
	if err != nil {
		return fmt.Errorf("uaCSTA user agent: %w", err)
	}
	if u.client, err = sipgo.NewClient(u.agent, sipgo.WithClientLogger(quiet)); err != nil {
		return fmt.Errorf("uaCSTA user agent: %w", err)
	}
	if u.server, err = sipgo.NewServer(u.agent, sipgo.WithServerLogger(quiet)); err != nil {
		return fmt.Errorf("uaCSTA user agent: %w", err)
	}
	u.server.OnRegister(u.guarded(u.onRegister))
	u.server.OnInvite(u.guarded(u.onInvite))
	u.server.OnAck(u.guarded(u.onAck))
	u.server.OnNoRoute(u.guarded(u.onRequest))
	u.serve(func() error { return u.server.ServeUDP(u.udp) })
	u.tcp.open()
	u.serve(func() error { return u.server.ServeTCP(u.tcp) })
	if u.tls != nil {
		u.tls.open()
		u.serve(func() error { return u.server.ServeTLS(u.tls) })
	}
	return u.waitServing()
}

// guarded keeps a bug of ours from ending the program in a goroutine of the library's.
func (u *UserAgent) guarded(handle sipgo.RequestHandler) sipgo.RequestHandler {
	return func(req *sip.Request, tx sip.ServerTransaction) {
		u.door.guarded(func() { handle(req, tx) })
	}
}

// serve runs a reader until Stop. The library's reader ends when the gate makes
// it forget the addresses it has seen, and begins anew on the same socket.
func (u *UserAgent) serve(read func() error) {
	u.running.Add(1)
	go func() {
		defer u.running.Done()
		for u.ctx.Err() == nil {
			pause := restartPause
			if err := read(); err != nil && u.ctx.Err() == nil {
				u.log.Error("uaCSTA: the SIP socket cannot be read", "error", err)
				pause = time.Second
			}
			select {
			case <-time.After(pause):
			case <-u.ctx.Done():
			}
		}
	}()
}

// servingWait bounds the start of the readers.
const servingWait = 5 * time.Second

// waitServing returns when requests will leave by the socket that is bound:
// before that the library would open another one.
func (u *UserAgent) waitServing() error {
	for deadline := time.Now().Add(servingWait); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		conn, err := u.agent.TransportLayer().GetConnection("udp", u.Address().String())
		if err == nil && conn != nil {
			_, err = conn.TryClose()
			return err
		}
	}
	return errors.New("uaCSTA user agent: the reader of its socket did not start")
}

// Strangers counts since the start.
func (u *UserAgent) Strangers() uacsta.Strangers {
	g := u.door.gate
	return uacsta.Strangers{
		Answered: u.door.answered.Load(), Refused: g.refused.Load(), Limited: g.limited.Load() + g.places.refused.Load(),
		Unreadable: u.door.unreadable.Load(), Panics: u.door.panics.Load(),
	}
}

// Stop waits a moment for what is being sent, then closes everything.
func (u *UserAgent) Stop() {
	u.mu.Lock()
	u.closed = true
	u.mu.Unlock()
	done := make(chan struct{})
	go func() {
		u.exchange.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(farewell):
	}
	u.cancel()
	u.closeSockets()
	if u.agent != nil {
		_ = u.agent.Close()
	}
	u.running.Wait()
	<-done
}

func (u *UserAgent) closeSockets() {
	if u.udp != nil {
		_ = u.udp.Close()
	}
	for _, e := range []*entrance{u.tcp, u.tls} {
		if e != nil {
			_ = e.Close()
		}
	}
}
