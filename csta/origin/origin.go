// Package origin knows what counts as one origin in the limits.
package origin

import "net/netip"

// hostBits is how much of an IPv6 address a host has to itself: all the addresses of a
// /64 network may be its own (RFC 4291, 2.5.1).
const hostBits = 64

// Of is what counts as one source of messages and connections: an IPv4 address,
// also one that is written as an IPv6 address, or an IPv6 network of 64 bits.
func Of(address netip.Addr) netip.Prefix {
	address = address.Unmap().WithZone("")
	bits := address.BitLen()
	if address.Is6() {
		bits = hostBits
	}
	source, _ := address.Prefix(bits) // no address has fewer bits
	return source
}
