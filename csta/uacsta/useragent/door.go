package useragent

import (
	"bytes"
	"errors"
	"hash/maphash"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"mod_csta_socket/csta/uacsta"
)

// door decides by what a message says whether the SIP library hears of it, which
// remembers each request and parses in goroutines where nobody recovers from its
// panics. It hears of responses to our requests, of requests in our sessions, of
// phones that may ask outside of them, and of REGISTER requests whose sender has
// proven to be where he says. All others are answered here, if at all, as by a server
// without state (RFC 3261 8.2.7): nothing is kept, and nothing is sent twice.
type door struct {
	gate      *gate
	phones    Phones
	registrar Registrar
	log       *slog.Logger
	awaited   awaited
	seed      maphash.Seed

	// answered were answered here, unreadable dropped, panics are those of the SIP
	// library with what was to be read.
	answered, unreadable, panics atomic.Uint64
}

// mostAmplified is how many times longer than a datagram its answer may be. Who sent
// the datagram may have written another one's address on it.
const mostAmplified = 2

// errUnreadable ends a connection.
var errUnreadable = errors.New("not to be read as SIP")

// guarded recovers from a panic, which counts.
func (d *door) guarded(f func()) (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			d.panics.Add(1)
			d.log.Error("uaCSTA: internal error", "panic", r, "stack", string(debug.Stack()))
		}
	}()
	f()
	return true
}

// datagram tells whether the library shall hear of one, and else what is answered;
// nil = nothing.
func (d *door) datagram(data []byte, from netip.AddrPort) (admitted bool, answer []byte, to netip.AddrPort) {
	if len(bytes.Trim(data, "\r\n\x00")) == 0 {
		return false, nil, to // A keep-alive.
	}
	var msg sip.Message
	var err error
	if !d.guarded(func() { msg, err = sip.ParseMessage(data) }) || err != nil {
		d.unreadable.Add(1)
		return false, nil, to
	}
	admitted, res := d.judge(msg, data, from, "udp")
	if res == nil || !d.gate.mayAnswer(from.Addr(), d.phones.Knows(from.Addr())) {
		return admitted, nil, to
	}
	answer = []byte(res.String())
	if len(answer) > mostAmplified*len(data) {
		d.gate.limited.Add(1)
		return false, nil, to
	}
	d.answered.Add(1)
	return false, answer, backTo(msg.(*sip.Request), from)
}

// backTo is where the response to a datagram goes (RFC 3261 18.2.2, RFC 3581 4).
func backTo(req *sip.Request, from netip.AddrPort) netip.AddrPort {
	via := req.Via()
	if via.Params.Has("rport") {
		return from
	}
	if via.Port > 0 && via.Port <= 0xffff {
		return netip.AddrPortFrom(from.Addr(), uint16(via.Port))
	}
	return netip.AddrPortFrom(from.Addr(), 5060)
}

// judge tells whether the library shall hear of a message, and else how it is
// answered; nil = not at all.
func (d *door) judge(msg sip.Message, data []byte, from netip.AddrPort, transport string) (admitted bool, answer *sip.Response) {
	readable := false
	ok := d.guarded(func() {
		if !plain(data) {
			return
		}
		msg.SetSource(from.String())
		msg.SetTransport(transport)
		switch m := msg.(type) {
		case *sip.Response:
			if _, err := sip.ClientTxKeyMake(m); err == nil {
				_ = responseOf(m)
				readable, admitted = true, d.awaited.has(branchOf(m))
			}
		case *sip.Request:
			in, complete := incomingOf(m)
			if _, err := sip.ServerTxKeyMake(m); err == nil && complete && sound(m) {
				readable = true
				admitted, answer = d.request(m, in)
			}
		}
	})
	if !ok || !readable {
		d.unreadable.Add(1)
		return false, nil
	}
	return admitted, answer
}

// sound tells whether a request is one that can be answered.
func sound(req *sip.Request) bool {
	return req.SipVersion == "SIP/2.0" && req.Method != "" && req.CSeq().MethodName == req.Method && req.Via().Host != ""
}

// plain tells whether a message's head has no control characters but those that end
// lines: neither our answers nor the log carry any.
func plain(data []byte) bool {
	head, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\r\n\r\n"))
	for i, c := range head {
		switch {
		case c == '\n' && (i == 0 || head[i-1] != '\r'):
			return false
		case c < ' ' && c != '\t' && c != '\r' && c != '\n', c == 0x7f:
			return false
		}
	}
	return true
}

func branchOf(msg sip.Message) string {
	via := msg.Via()
	if via == nil {
		return ""
	}
	branch, _ := via.Params.Get("branch")
	return branch
}

// request judges a request.
func (d *door) request(req *sip.Request, in uacsta.Incoming) (admitted bool, answer *sip.Response) {
	host := in.Source.Addr()
	forged := false
	reply := uacsta.Reply{Status: sip.StatusCallTransactionDoesNotExists}
	switch {
	case in.ToTag != "" && d.phones.Expects(in.CallID, host):
		return true, nil
	case req.Method == sip.ACK:
		return false, nil
	case req.Method == sip.REGISTER:
		refusal, refused := d.registrar.Stranger(registerOf(req, in))
		if !refused {
			return true, nil
		}
		reply = refusal
	case in.ToTag != "":
		forged = true
	case req.Method == sip.NOTIFY && d.phones.Knows(host):
		return true, nil
	case req.Method == sip.OPTIONS:
		// It tells nothing, so that everybody may know it.
		reply = uacsta.Reply{Status: sip.StatusOK, Headers: []uacsta.Header{{Name: "Allow", Value: allowed}, {Name: "Accept", Value: uacsta.ContentCSTA}}}
	default:
		forged = true
	}
	if forged {
		d.phones.Forged()
	}
	if to := req.To(); !to.Params.Has("tag") {
		// The same one for each copy of the request (RFC 3261 8.2.7).
		var h maphash.Hash
		h.SetSeed(d.seed)
		_, _ = h.WriteString(in.CallID + "\x00" + in.FromTag)
		to.Params.Add("tag", strconv.FormatUint(h.Sum64(), 36))
	}
	return false, composed(req, reply)
}

// awaited are the branches of our own requests: what their responses name in Via, and
// nobody can guess.
type awaited struct {
	mu    sync.Mutex
	known map[string]struct{}
	order []sentBranch
}

type sentBranch struct {
	branch string
	at     time.Time
}

// awaitedFor is how long a response may take: longer than any request waits, and as
// long as a phone repeats its 200 to an INVITE (RFC 3261 13.3.1.4) after that.
const awaitedFor = 45 * time.Second

func (a *awaited) add(branch string, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.order) > 0 && now.Sub(a.order[0].at) > awaitedFor {
		delete(a.known, a.order[0].branch)
		a.order = a.order[1:]
	}
	if a.known == nil {
		a.known = map[string]struct{}{}
	}
	a.known[branch] = struct{}{}
	a.order = append(a.order, sentBranch{branch, now})
}

func (a *awaited) has(branch string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, known := a.known[branch]
	return known
}

// datagrams is conn behind the gate and the door.
func (d *door) datagrams(conn net.PacketConn) net.PacketConn {
	return &heardDatagrams{PacketConn: conn, door: d, peers: map[netip.AddrPort]struct{}{}}
}

type heardDatagrams struct {
	net.PacketConn
	door *door
	// peers belongs to the one reader.
	peers map[netip.AddrPort]struct{}
}

// peersBeforeForgetting bounds the UDP peers that the SIP library remembers.
const peersBeforeForgetting = 16384

// errForget ends the SIP library's reader, which remembers every peer that it
// ever heard of; it is started again at once.
var errForget = errors.Join(net.ErrClosed, errors.New("too many peers"))

func (c *heardDatagrams) ReadFrom(b []byte) (int, net.Addr, error) {
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
		peer := netip.AddrPortFrom(udp.AddrPort().Addr().Unmap(), udp.AddrPort().Port())
		if !c.door.gate.admits(peer.Addr()) || !c.door.gate.within(peer.Addr(), c.door.phones.Knows(peer.Addr())) {
			continue
		}
		admitted, answer, to := c.door.datagram(b[:n], peer)
		switch {
		case admitted:
			c.peers[peer] = struct{}{}
			return n, addr, nil
		case answer != nil:
			_, _ = c.WriteTo(answer, net.UDPAddrFromAddrPort(to))
		}
	}
}
