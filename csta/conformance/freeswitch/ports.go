package freeswitch

import (
	"errors"
	"fmt"
	"net"
)

// Ports are those of one instance, all on 127.0.0.1.
type Ports struct {
	// ESL is the event socket, CSTA the module's listener.
	ESL, CSTA int
	// Internal is the SIP profile of the default domain, Branch that of the
	// second one, External that of the trunk.
	Internal, Branch, External int
	// Trunk is where the test's far end of the trunk has to listen.
	Trunk int
	// RTPFirst to RTPLast are for media.
	RTPFirst, RTPLast int

	// claim keeps other instances, also of other processes, off the block.
	claim net.PacketConn
}

// Instances take blocks of blockSize ports from firstBlock on, below the range
// from which systems give out ephemeral ports.
const (
	firstBlock = 17000
	lastBlock  = 31800
	blockSize  = 200
	// rtpOffset leaves room for the ports that have names.
	rtpOffset = 20
)

var errNoPorts = errors.New("no free block of ports on 127.0.0.1")

// claimPorts finds a free block. The socket that claims it stays open until
// release.
func claimPorts() (*Ports, error) {
	for base := firstBlock; base <= lastBlock; base += blockSize {
		claim, err := net.ListenPacket("udp4", loopback(base))
		if err != nil {
			continue
		}
		p := &Ports{
			ESL: base + 1, CSTA: base + 2,
			Internal: base + 4, Branch: base + 6, External: base + 8, Trunk: base + 10,
			RTPFirst: base + rtpOffset, RTPLast: base + blockSize - 1,
			claim: claim,
		}
		if p.free() {
			return p, nil
		}
		claim.Close()
	}
	return nil, fmt.Errorf("%w between %d and %d", errNoPorts, firstBlock, lastBlock+blockSize)
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// free tells whether the named ports can be bound.
func (p *Ports) free() bool {
	for _, port := range []int{p.ESL, p.CSTA, p.Internal, p.Branch, p.External} {
		l, err := net.Listen("tcp4", loopback(port))
		if err != nil {
			return false
		}
		l.Close()
	}
	for _, port := range []int{p.Internal, p.Branch, p.External, p.Trunk, p.RTPFirst} {
		c, err := net.ListenPacket("udp4", loopback(port))
		if err != nil {
			return false
		}
		c.Close()
	}
	return true
}

func (p *Ports) release() { p.claim.Close() }
