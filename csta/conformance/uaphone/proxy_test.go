package uaphone_test

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy is an operator's edge proxy as far as it matters here: it stays in the
// path of registrations (RFC 3327) and of dialogues (RFC 3261 16.6), by UDP.
type proxy struct {
	conn *net.UDPConn
	// registrar takes REGISTER, and what is meant for the domain.
	registrar string
	// public is the address that 127.0.0.1 has seen from here; "" = its own.
	public string
	// routed counts the requests that it passed on.
	routed chan string
}

func newProxy(t *testing.T, registrar, public string) *proxy {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 3)})
	require.NoError(t, err)
	p := &proxy{conn: conn, registrar: registrar, public: public, routed: make(chan string, 1024)}
	go p.serve()
	t.Cleanup(func() { conn.Close() })
	return p
}

func (p *proxy) uri() string { return "sip:" + p.address() + ";lr" }

func (p *proxy) address() string { return p.conn.LocalAddr().String() }

func (p *proxy) serve() {
	buffer := make([]byte, 65536)
	for {
		n, from, err := p.conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		head, body, _ := bytes.Cut(buffer[:n], []byte("\r\n\r\n"))
		lines := strings.Split(string(head), "\r\n")
		to := ""
		if strings.HasPrefix(lines[0], "SIP/2.0 ") {
			lines, to = p.response(lines)
		} else {
			lines, to = p.request(lines, from)
		}
		if destination, err := netip.ParseAddrPort(to); err == nil {
			_, _ = p.conn.WriteToUDPAddrPort(fmt.Appendf(nil, "%s\r\n\r\n%s", strings.Join(lines, "\r\n"), body), destination)
		}
	}
}

// at is where the first header of that name stands; -1 = it is not there.
func at(lines []string, name string) int {
	return slices.IndexFunc(lines, func(line string) bool {
		before, _, found := strings.Cut(line, ":")
		return found && strings.EqualFold(before, name)
	})
}

func (p *proxy) request(lines []string, from netip.AddrPort) ([]string, string) {
	method, rest, _ := strings.Cut(lines[0], " ")
	uri, _, _ := strings.Cut(rest, " ")
	to := hostPort(uri)
	if i := at(lines, "Route"); i >= 0 && strings.Contains(lines[i], p.address()) {
		// Several may stand in one header.
		if _, others, found := strings.Cut(lines[i], ","); found {
			lines[i] = "Route: " + others
		} else {
			lines = slices.Delete(lines, i, i+1)
		}
	}
	if i := at(lines, "Route"); i >= 0 {
		to = hostPort(lines[i])
	}
	switch host, port, err := net.SplitHostPort(to); {
	case err != nil:
		to = p.registrar
	case host == p.public:
		to = net.JoinHostPort("127.0.0.1", port)
	}
	branch := fmt.Sprintf("z9hG4bKp%x", branchOf(lines))
	via := at(lines, "Via")
	lines[via] += fmt.Sprintf(";received=%s", from.Addr())
	lines[via] = strings.Replace(lines[via], ";rport;", fmt.Sprintf(";rport=%d;", from.Port()), 1)
	if strings.Contains(lines[via], ";rport;received") || strings.HasSuffix(lines[via], ";rport") {
		lines[via] = strings.Replace(lines[via], ";rport", fmt.Sprintf(";rport=%d", from.Port()), 1)
	}
	lines = slices.Insert(lines, via, fmt.Sprintf("Via: SIP/2.0/UDP %s;branch=%s", p.address(), branch))
	switch method {
	case "REGISTER":
		to = p.registrar
		lines = append(lines, "Path: <"+p.uri()+">", "Supported: path")
	case "INVITE":
		lines = slices.Insert(lines, via, "Record-Route: <"+p.uri()+">")
	}
	select {
	case p.routed <- method:
	default:
	}
	return lines, to
}

func branchOf(lines []string) string {
	_, rest, _ := strings.Cut(lines[at(lines, "Via")], "branch=")
	end := strings.IndexAny(rest, ";,")
	if end < 0 {
		end = len(rest)
	}
	return rest[:end]
}

func (p *proxy) response(lines []string) ([]string, string) {
	via := at(lines, "Via")
	if _, others, found := strings.Cut(lines[via], ","); found {
		lines[via] = "Via:" + others
	} else {
		lines = slices.Delete(lines, via, via+1)
	}
	via = at(lines, "Via")
	if via < 0 {
		// A 100 is for us alone.
		return lines, ""
	}
	line := lines[via]
	_, sent, _ := strings.Cut(line, "SIP/2.0/UDP ")
	sent, _, _ = strings.Cut(sent, ";")
	host, port, err := net.SplitHostPort(strings.TrimSpace(sent))
	if err != nil {
		host, port = sent, "5060"
	}
	for parameter := range strings.SplitSeq(line, ";") {
		switch name, value, _ := strings.Cut(parameter, "="); name {
		case "received":
			host = value
		case "rport":
			if value != "" {
				port = value
			}
		}
	}
	return lines, net.JoinHostPort(host, port)
}

// hostPort is that of the first URI in a text.
func hostPort(text string) string {
	_, text, _ = strings.Cut(text, "sip:")
	if end := strings.IndexAny(text, ";>,? "); end >= 0 {
		text = text[:end]
	}
	return text[strings.LastIndexByte(text, '@')+1:]
}
