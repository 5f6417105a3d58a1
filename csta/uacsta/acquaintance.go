package uacsta

import (
	"net/netip"
	"sync"
	"sync/atomic"
)

// acquaintance is what the transport may ask about a message before it does anything
// for it: whom the agent has to do with. The agent keeps it; anybody may ask.
type acquaintance struct {
	mu sync.RWMutex
	// hosts counts the phones at an address.
	hosts map[netip.Addr]int
	// dialogues are the sessions, by Call-ID, and where the phone is.
	dialogues map[string]netip.Addr
	// forged counts requests that the transport turned away.
	forged atomic.Uint64
}

func newAcquaintance() *acquaintance {
	return &acquaintance{hosts: map[netip.Addr]int{}, dialogues: map[string]netip.Addr{}}
}

// met and parted count a phone's addresses, each once a call.
func (a *acquaintance) met(hosts []netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, host := range hosts {
		a.hosts[host]++
	}
}

func (a *acquaintance) parted(hosts []netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, host := range hosts {
		if a.hosts[host]--; a.hosts[host] == 0 {
			delete(a.hosts, host)
		}
	}
}

func (a *acquaintance) began(callID string, at netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dialogues[callID] = at
}

func (a *acquaintance) ended(callID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.dialogues, callID)
}

// hostsOf are the addresses that a registered phone may send from.
func hostsOf(p *phone) []netip.Addr {
	var hosts []netip.Addr
	for _, host := range [...]netip.Addr{p.reg.Source.Addr().Unmap(), p.line.Destination.Addr().Unmap(), p.contact.Addr().Unmap()} {
		if host.IsValid() {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// Knows tells whether a phone with uaCSTA has registered from an address, takes its
// calls there, or is reached by it.
func (a *Agent) Knows(host netip.Addr) bool {
	host = host.Unmap()
	a.acquaintance.mu.RLock()
	defer a.acquaintance.mu.RUnlock()
	return a.acquaintance.hosts[host] > 0
}

// Expects tells whether a request from an address may belong to a session: whether
// the phone with that Call-ID is there.
func (a *Agent) Expects(callID string, host netip.Addr) bool {
	host = host.Unmap()
	a.acquaintance.mu.RLock()
	defer a.acquaintance.mu.RUnlock()
	at, known := a.acquaintance.dialogues[callID]
	return known && at == host
}

// Forged counts a request of nobody's that belongs to no session.
func (a *Agent) Forged() { a.acquaintance.forged.Add(1) }
