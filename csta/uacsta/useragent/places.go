package useragent

import (
	"container/list"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mod_csta_socket/csta/origin"
)

// places bounds the connections, whoever opened them. Where there is no room, a
// stranger makes it, the longest there first.
type places struct {
	mu   sync.Mutex
	open map[netip.Prefix]int
	// all are the connections by the other side's address: a client may use one port
	// of his for several of ours.
	all map[netip.AddrPort][]*place
	// strangers are the places of those, in the order they came.
	strangers list.List
	total     int
	closed    bool
	refused   atomic.Uint64
}

const (
	// connectionsPerPeer and connectionsInAll bound TCP and TLS.
	connectionsPerPeer = 64
	connectionsInAll   = 8192
)

// standing is what a connection's other side has shown.
type standing uint8

const (
	// stranger: nothing.
	stranger standing = iota
	// acquainted: it is a phone's that we have opened, or a request of a session or
	// of a phone that may ask came by it.
	acquainted
	// registered: a phone has registered by it.
	registered
)

const (
	// strangerTime is how long a stranger may stay.
	strangerTime = time.Minute
	// acquaintedIdle ends a connection that can be opened again. A session that has
	// one is refreshed, or looked at, more often.
	acquaintedIdle = 20 * time.Minute
	// registeredIdle ends a connection that a phone has forgotten: longer than a
	// registration's refresh.
	registeredIdle = 2 * time.Hour
)

// place is one connection's.
type place struct {
	of        *places
	address   netip.AddrPort
	transport string
	since     time.Time
	standing  standing
	// conn is nil while it is being opened.
	conn net.Conn
	// waiting is its element in strangers.
	waiting *list.Element
	left    bool
}

func newPlaces() places {
	return places{open: map[netip.Prefix]int{}, all: map[netip.AddrPort][]*place{}}
}

// enter takes a place; nil if there is none. conn may be given later.
func (p *places) enter(address netip.AddrPort, transport string, as standing, conn net.Conn) *place {
	address = netip.AddrPortFrom(address.Addr().Unmap(), address.Port())
	source := origin.Of(address.Addr())
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	if p.open[source] >= connectionsPerPeer && !p.makeRoom(func(other *place) bool { return origin.Of(other.address.Addr()) == source }) ||
		p.total >= connectionsInAll && !p.makeRoom(func(*place) bool { return true }) {
		p.refused.Add(1)
		return nil
	}
	n := &place{of: p, address: address, transport: transport, since: time.Now(), standing: as, conn: conn}
	if as == stranger {
		n.waiting = p.strangers.PushBack(n)
	}
	p.total++
	p.open[source]++
	p.all[address] = append(p.all[address], n)
	return n
}

// makeRoom ends the connection of a stranger. p.mu is held.
func (p *places) makeRoom(suits func(*place) bool) bool {
	for e := p.strangers.Front(); e != nil; e = e.Next() {
		if n := e.Value.(*place); suits(n) {
			n.leave()
			_ = n.conn.Close()
			return true
		}
	}
	return false
}

// leave gives the place back. p.mu is held.
func (n *place) leave() {
	if n.left {
		return
	}
	n.left = true
	p := n.of
	if n.waiting != nil {
		p.strangers.Remove(n.waiting)
		n.waiting = nil
	}
	here := p.all[n.address]
	if len(here) == 1 {
		delete(p.all, n.address)
	} else {
		own := slices.Index(here, n)
		p.all[n.address] = slices.Delete(here, own, own+1)
	}
	p.total--
	source := origin.Of(n.address.Addr())
	if p.open[source]--; p.open[source] == 0 {
		delete(p.open, source)
	}
}

// free is leave for those outside.
func (n *place) free() {
	n.of.mu.Lock()
	defer n.of.mu.Unlock()
	n.leave()
}

// rise gives a connection a better standing. Its reader may be waiting already.
func (n *place) rise(to standing) {
	n.of.mu.Lock()
	defer n.of.mu.Unlock()
	n.raise(to)
}

// raise is rise. p.mu is held.
func (n *place) raise(to standing) {
	if to <= n.standing {
		return
	}
	n.standing = to
	if n.waiting != nil {
		n.of.strangers.Remove(n.waiting)
		n.waiting = nil
	}
	if n.conn != nil {
		_ = n.conn.SetReadDeadline(n.deadline())
	}
}

// opened gives the place its connection. ok is false if the place is gone.
func (n *place) opened(conn net.Conn) (ok bool) {
	n.of.mu.Lock()
	defer n.of.mu.Unlock()
	n.conn = conn
	return !n.left
}

// deadline is until when something has to come. p.mu is held.
func (n *place) deadline() time.Time {
	switch n.standing {
	case registered:
		return time.Now().Add(registeredIdle)
	case acquainted:
		return time.Now().Add(acquaintedIdle)
	default:
		return n.since.Add(strangerTime)
	}
}

// await sets the deadline of the next read.
func (n *place) await() error {
	n.of.mu.Lock()
	defer n.of.mu.Unlock()
	return n.conn.SetReadDeadline(n.deadline())
}

// stands tells the standing.
func (n *place) stands() standing {
	n.of.mu.Lock()
	defer n.of.mu.Unlock()
	return n.standing
}

// registered lets the connection stay by which a phone has registered.
func (p *places) registered(address netip.AddrPort, transport string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range p.all[address] {
		if n.transport == transport {
			n.raise(registered)
		}
	}
}

// end ends all connections, and there will be no others.
func (p *places) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, here := range p.all {
		for _, n := range slices.Clone(here) {
			n.leave()
			if n.conn != nil {
				_ = n.conn.Close()
			}
		}
	}
}
