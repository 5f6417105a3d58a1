package useragent

import (
	"container/list"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"mod_csta_socket/csta/origin"
)

// gate decides by addresses alone who may talk to us, and how much.
type gate struct {
	allow    func(netip.Addr) bool
	verdicts *verdicts
	// phones limits what comes from hosts of phones, strangers what comes from all
	// others, and what is answered to whom we have nothing to do with.
	phones, strangers *origin.Limiter
	places            places
	// refused counts datagrams and connections that the access list turned away,
	// limited those above a limit.
	refused, limited atomic.Uint64
}

const (
	// verdictTime is how long the access list's answer is remembered: asking it
	// costs the switch a lookup.
	verdictTime = 30 * time.Second
	// mostVerdicts bounds how many are remembered.
	mostVerdicts = 16384
	// packetsPerSecond bounds the datagrams taken from phones; 1,000 phones in calls
	// send a tenth of it.
	packetsPerSecond = 5000
	// packetsPerSource leaves half for the others, and is enough for all phones
	// behind one proxy.
	packetsPerSource = packetsPerSecond / 2
	// strangersPerSecond bounds the requests taken from anybody else: phones that
	// register a CSTA line, which 1,000 do within seconds after a power cut.
	strangersPerSecond = 1000
	// strangersPerSource bounds them of one source, and so what somebody gets who
	// never asked, because another one writes his address.
	strangersPerSource = strangersPerSecond / 5
)

func newGate(allow func(netip.Addr) bool) *gate {
	return &gate{
		allow: allow, verdicts: newVerdicts(),
		phones:    origin.NewLimiter(origin.PerSecond(packetsPerSource), origin.PerSecond(packetsPerSecond)),
		strangers: origin.NewLimiter(origin.PerSecond(strangersPerSource), origin.PerSecond(strangersPerSecond)),
		places:    newPlaces(),
	}
}

// admits asks the access list.
func (g *gate) admits(peer netip.Addr) bool {
	if g.allow == nil {
		return true
	}
	peer = peer.Unmap()
	now := time.Now()
	allowed, known := g.verdicts.of(peer, now)
	if !known {
		allowed = g.allow(peer)
		g.verdicts.keep(verdict{peer, allowed, now.Add(verdictTime)})
	}
	if !allowed {
		g.refused.Add(1)
	}
	return allowed
}

// within takes a message's tokens. phone: its host is one of a phone's.
func (g *gate) within(peer netip.Addr, phone bool) bool {
	l := g.strangers
	if phone {
		l = g.phones
	}
	if !l.Take(peer, time.Now()) {
		g.limited.Add(1)
		return false
	}
	return true
}

// mayAnswer takes what an answer to somebody costs who may be another one. A stranger
// has paid it with his message.
func (g *gate) mayAnswer(peer netip.Addr, phone bool) bool { return !phone || g.within(peer, false) }

// verdicts are answers of the access list. The one that was asked for longest ago
// makes room: who sends from many addresses costs lookups, and nothing else.
type verdicts struct {
	mu    sync.Mutex
	found map[netip.Addr]*list.Element
	order list.List
}

type verdict struct {
	peer    netip.Addr
	allowed bool
	until   time.Time
}

func newVerdicts() *verdicts { return &verdicts{found: map[netip.Addr]*list.Element{}} }

func (v *verdicts) of(peer netip.Addr, now time.Time) (allowed, known bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	e := v.found[peer]
	if e == nil {
		return false, false
	}
	v.order.MoveToBack(e)
	answer := e.Value.(verdict)
	return answer.allowed, now.Before(answer.until)
}

func (v *verdicts) keep(answer verdict) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if e := v.found[answer.peer]; e != nil {
		e.Value = answer
		return
	}
	if v.order.Len() >= mostVerdicts {
		delete(v.found, v.order.Remove(v.order.Front()).(verdict).peer)
	}
	v.found[answer.peer] = v.order.PushBack(answer)
}
