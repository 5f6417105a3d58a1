package useragent

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// gate decides who may talk to us, and bounds what strangers can make the SIP
// library remember.
type gate struct {
	allow func(netip.Addr) bool

	mu     sync.Mutex
	known  map[netip.Addr]verdict
	bucket bucket
	open   map[netip.Addr]int
	total  int
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
	// connectionsPerPeer and connectionsInAll bound TCP and TLS.
	connectionsPerPeer = 64
	connectionsInAll   = 8192
)

func newGate(allow func(netip.Addr) bool) *gate {
	return &gate{allow: allow, known: map[netip.Addr]verdict{}, open: map[netip.Addr]int{}, bucket: bucket{rate: packetsPerSecond}}
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
		c.gate.mu.Lock()
		within := c.gate.bucket.take(time.Now())
		c.gate.mu.Unlock()
		if !within || !c.gate.admits(peer.Addr()) {
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
		peer := conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap()
		if !l.gate.admits(peer) || !l.gate.enter(peer) {
			conn.Close()
			continue
		}
		return &gatedConn{Conn: conn, leave: sync.OnceFunc(func() { l.gate.leave(peer) })}, nil
	}
}

func (g *gate) enter(peer netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.total >= connectionsInAll || g.open[peer] >= connectionsPerPeer {
		g.refused++
		return false
	}
	g.total++
	g.open[peer]++
	return true
}

func (g *gate) leave(peer netip.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total--
	if g.open[peer]--; g.open[peer] == 0 {
		delete(g.open, peer)
	}
}

type gatedConn struct {
	net.Conn
	leave func()
}

func (c *gatedConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
