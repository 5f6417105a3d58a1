package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

const (
	defaultPort        = "3000"
	defaultControlPort = "3001"
	defaultPagePort    = "3080"
	defaultServer      = "127.0.0.1:" + defaultPort
	defaultPage        = "127.0.0.1:" + defaultPagePort
	defaultControl     = "127.0.0.1:" + defaultControlPort
)

// serverVariable and controlVariable name in the environment where the server is, and the
// control port of its simulated switch, unless a flag says so.
const (
	serverVariable  = "CSTA_SERVER"
	controlVariable = "CSTA_CONTROL"
)

// address is where the server is.
func (a *app) address() string {
	return withPort(cmp.Or(a.server, os.Getenv(serverVariable), defaultServer), defaultPort)
}

// atHome tells whether the usual control port is that of the server.
func (a *app) atHome() bool {
	return a.address() == defaultServer || a.server == "" && os.Getenv(controlVariable) != ""
}

// controlFlag is the flag that says where the control port is.
func controlFlag(cmd *cobra.Command, address *string) {
	cmd.Flags().StringVar(address, "control", "", "the control port of cstactl sim; $"+controlVariable+", or "+defaultControl)
}

// controlAddress is where the control port is, by that flag.
func controlAddress(flag string) string {
	return withPort(cmp.Or(flag, os.Getenv(controlVariable), defaultControl), defaultControlPort)
}

// withPort completes an address that lacks its port: HOST, [::1] and ::1 get usual.
// An address without a host (:4000) is this machine.
func withPort(address, usual string) string {
	host, port, err := net.SplitHostPort(address)
	if bare, isIP := bareIP(address); isIP {
		host, port = bare, usual
	} else if err != nil {
		host, port = address, usual
	}
	if host == "" {
		host = "127.0.0.1"
	}
	if port == "" {
		port = usual
	}
	return net.JoinHostPort(host, port)
}

// bareIP is an IP address without a port, of IPv6 also in brackets.
func bareIP(text string) (string, bool) {
	text = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")
	_, err := netip.ParseAddr(text)
	return text, err == nil
}

// listenAddress reads where to listen: an address or name of this machine, and a port,
// which is usual if it is not there. Without a host (:4000) it is every IPv4 address.
func listenAddress(ctx context.Context, text, usual string) (netip.AddrPort, error) {
	if strings.HasPrefix(text, ":") && !strings.HasPrefix(text, "::") {
		text = "0.0.0.0" + text
	}
	host, service, err := net.SplitHostPort(withPort(text, usual))
	if err != nil {
		return netip.AddrPort{}, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is no port", service)
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(addr, uint16(port)), nil
	}
	for _, network := range []string{"ip4", "ip6"} {
		found, lookupErr := net.DefaultResolver.LookupNetIP(ctx, network, host)
		if lookupErr == nil && len(found) > 0 {
			return netip.AddrPortFrom(found[0].Unmap(), uint16(port)), nil
		}
		err = lookupErr
	}
	return netip.AddrPort{}, fmt.Errorf("%q is neither an address nor the name of a host: %w", host, err)
}
