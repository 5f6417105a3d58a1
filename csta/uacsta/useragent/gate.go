package useragent

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// gate decides who may talk to us, and bounds what strangers can make the SIP
// library remember.
type gate struct {
	allow func(netip.Addr) bool

	mu    sync.Mutex
	known map[netip.Addr]verdict
	// bucket is everybody's, buckets each source's.
	bucket  bucket
	buckets map[netip.Prefix]*bucket
	open    map[netip.Prefix]int
	total   int
	conns   map[netip.AddrPort]*gatedConn
	// refused counts packets and connections turned away.
	refused uint64
}

type verdict struct {
	allowed bool
	until   time.Time
}

const (
	// verdictTime is how long the access list's answer is remembered: asking it
	// costs the switch a lookup.
	verdictTime = 30 * time.Second
	// mostVerdicts bounds how many are remembered.
	mostVerdicts = 16384
	// peersBeforeForgetting bounds the UDP peers that the SIP library remembers.
	peersBeforeForgetting = 16384
	// packetsPerSecond bounds the datagrams taken; 1,000 phones in calls send a
	// tenth of it.
	packetsPerSecond = 5000
	// packetsPerSource leaves half for the others, and is enough for all phones
	// behind one proxy.
	packetsPerSource = packetsPerSecond / 2
	// mostBuckets bounds the sources that are remembered.
	mostBuckets = 16384
	// strangerIdle ends a connection by which nobody has registered.
	strangerIdle = time.Minute
	// connectionsPerPeer and connectionsInAll bound TCP and TLS.
	connectionsPerPeer = 64
	connectionsInAll   = 8192
)

func newGate(allow func(netip.Addr) bool) *gate {
	return &gate{
		allow: allow, known: map[netip.Addr]verdict{}, open: map[netip.Prefix]int{}, conns: map[netip.AddrPort]*gatedConn{},
		bucket: bucket{rate: packetsPerSecond}, buckets: map[netip.Prefix]*bucket{},
	}
}

// sourceOf is what counts as one source: an IPv6 host has a whole /64.
func sourceOf(peer netip.Addr) netip.Prefix {
	peer = peer.Unmap().WithZone("")
	bits := 32
	if peer.Is6() {
		bits = 64
	}
	source, _ := peer.Prefix(bits)
	return source
}

// within takes a datagram's tokens, the source's first: who sends too much takes
// nothing from the others.
func (g *gate) within(peer netip.Addr, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	source := sourceOf(peer)
	own := g.buckets[source]
	if own == nil {
		if len(g.buckets) >= mostBuckets {
			clear(g.buckets)
		}
		own = &bucket{rate: packetsPerSource}
		g.buckets[source] = own
	}
	return own.take(now) && g.bucket.take(now)
}

// admits asks the access list.
func (g *gate) admits(peer netip.Addr) bool {
	if g.allow == nil {
		return true
	}
	peer = peer.Unmap()
	now := time.Now()
	g.mu.Lock()
	v, known := g.known[peer]
	g.mu.Unlock()
	if known && now.Before(v.until) {
		return v.allowed
	}
	v = verdict{g.allow(peer), now.Add(verdictTime)}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.known) >= mostVerdicts {
		clear(g.known)
	}
	g.known[peer] = v
	return v.allowed
}

// bucket is a token bucket that holds one second's tokens.
type bucket struct {
	rate   float64
	tokens float64
	at     time.Time
}

func (b *bucket) take(now time.Time) bool {
	b.tokens = min(b.rate, b.tokens+now.Sub(b.at).Seconds()*b.rate)
	b.at = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// errNotAPhone refuses to open connections.
var errNotAPhone = errors.New("not a phone's address")

// phonesOnly keeps the SIP library from opening connections of its own accord: it
// would answer a request whose connection has gone by dialling what its Via says.
type phonesOnly struct {
	mu       sync.Mutex
	expected map[netip.AddrPort]int
}

// expect allows connections to a phone until done is called.
func (p *phonesOnly) expect(phone netip.AddrPort) (done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected[phone]++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.expected[phone]--; p.expected[phone] == 0 {
			delete(p.expected, phone)
		}
	}
}

func (p *phonesOnly) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errNotAPhone
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.expected[netip.AddrPortFrom(to.Addr().Unmap(), to.Port())] == 0 {
		return errNotAPhone
	}
	return nil
}

// dialer is for TCP.
func (p *phonesOnly) dialer(net.Addr) net.Dialer {
	return net.Dialer{Timeout: dialTimeout, Control: p.control}
}

// noDialer is for TLS, which only phones open.
func noDialer(net.Addr) net.Dialer {
	return net.Dialer{Control: func(string, string, syscall.RawConn) error { return errNotAPhone }}
}

// noNames resolves nothing: the names are strangers', and phones have addresses.
var noNames = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
	return nil, errors.New("names are not looked up")
}}

// datagrams is conn behind the gate.
func (g *gate) datagrams(conn net.PacketConn) net.PacketConn {
	return &gatedDatagrams{PacketConn: conn, gate: g, peers: map[netip.AddrPort]struct{}{}}
}

type gatedDatagrams struct {
	net.PacketConn
	gate *gate
	// peers belongs to the one reader.
	peers map[netip.AddrPort]struct{}
}

// errForget ends the SIP library's reader, which remembers every peer that it
// ever heard of; it is started again at once.
var errForget = errors.Join(net.ErrClosed, errors.New("too many peers"))

func (c *gatedDatagrams) ReadFrom(b []byte) (int, net.Addr, error) {
	if len(c.peers) >= peersBeforeForgetting {
		clear(c.peers)
		return 0, nil, errForget
	}
	for {
		n, addr, err := c.PacketConn.ReadFrom(b)
		if err != nil {
			return n, addr, err
		}
		udp, ok := addr.(*net.UDPAddr)
		if !ok {
			continue
		}
		peer := udp.AddrPort()
		if !c.gate.admits(peer.Addr()) || !c.gate.within(peer.Addr(), time.Now()) {
			c.gate.mu.Lock()
			c.gate.refused++
			c.gate.mu.Unlock()
			continue
		}
		c.peers[peer] = struct{}{}
		return n, addr, nil
	}
}

// connections is l behind the gate.
func (g *gate) connections(l net.Listener) net.Listener { return &gatedListener{l, g} }

type gatedListener struct {
	net.Listener
	gate *gate
}

func (l *gatedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		address := conn.RemoteAddr().(*net.TCPAddr).AddrPort()
		address = netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
		if !l.gate.admits(address.Addr()) || !l.gate.enter(address.Addr()) {
			conn.Close()
			continue
		}
		return l.gate.accepted(conn, address), nil
	}
}

func (g *gate) enter(peer netip.Addr) bool {
	source := sourceOf(peer)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= connectionsInAll || g.open[source] >= connectionsPerPeer {
		g.refused++
		return false
	}
	g.total++
	g.open[source]++
	return true
}

func (g *gate) accepted(conn net.Conn, address netip.AddrPort) net.Conn {
	c := &gatedConn{Conn: conn}
	c.leave = sync.OnceFunc(func() { g.leave(c, address) })
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns[address] = c
	return c
}

func (g *gate) leave(c *gatedConn, address netip.AddrPort) {
	source := sourceOf(address.Addr())
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.conns[address] == c {
		delete(g.conns, address)
	}
	g.total--
	if g.open[source]--; g.open[source] == 0 {
		delete(g.open, source)
	}
}

// registered lets the connection stay by which a phone has registered.
func (g *gate) registered(address netip.AddrPort) {
	g.mu.Lock()
	c := g.conns[address]
	g.mu.Unlock()
	if c != nil {
		c.lasting.Store(true)
		_ = c.Conn.SetReadDeadline(time.Now().Add(idleTimeout))
	}
}

type gatedConn struct {
	net.Conn
	leave func()
	// lasting: a phone has registered by it.
	lasting atomic.Bool
}

// SetReadDeadline is asked for by the SIP library before it reads.
func (c *gatedConn) SetReadDeadline(t time.Time) error {
	if limit := time.Now().Add(strangerIdle); !c.lasting.Load() && t.After(limit) {
		t = limit
	}
	return c.Conn.SetReadDeadline(t)
}

func (c *gatedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
