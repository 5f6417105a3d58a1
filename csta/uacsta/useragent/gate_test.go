package useragent

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/origin"
	"mod_csta_socket/csta/uacsta"
)

type nobody struct{}

func (nobody) Response(uacsta.Response) {}
func (nobody) Incoming(_ uacsta.Incoming, reply func(uacsta.Reply)) {
	reply(uacsta.Reply{Status: 481})
}

func (nobody) Register(context.Context, uacsta.Register) uacsta.Reply {
	return uacsta.Reply{Status: 401}
}

func (nobody) Stranger(uacsta.Register) (uacsta.Reply, bool) {
	return uacsta.Reply{Status: 401, Headers: []uacsta.Header{{Name: "WWW-Authenticate", Value: `Digest realm="b", nonce="` + strings.Repeat("x", 67) + `", algorithm=MD5, qop="auth"`}}}, true
}

func (nobody) Knows(netip.Addr) bool           { return false }
func (nobody) Expects(string, netip.Addr) bool { return false }
func (nobody) Forged()                         {}

// A Via is a stranger's word: nothing is opened because of it.
func TestNoConnectionIsOpenedForARequest(t *testing.T) {
	u, err := New(Options{Address: netip.MustParseAddrPort("127.0.0.1:0")}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	require.NoError(t, err)
	defer u.Stop()
	require.NoError(t, u.Start(nobody{}, nobody{}))
	victim, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer victim.Close()
	for i := range 20 {
		conn, err := net.Dial("tcp", u.Address().String())
		require.NoError(t, err)
		require.NoError(t, conn.(*net.TCPConn).SetLinger(0))
		for j := range 20 {
			fmt.Fprintf(conn, "INFO sip:csta@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP %s;branch=z9hG4bK%dx%d\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: %d\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n", victim.Addr(), i, j, j)
		}
		conn.Close()
	}
	require.NoError(t, victim.(*net.TCPListener).SetDeadline(time.Now().Add(time.Second)))
	_, err = victim.Accept()
	assert.Error(t, err)
}

// Who is refused is answered once, whoever it was that asked.
func TestRefusalsAreNotRepeated(t *testing.T) {
	u, err := New(Options{Address: netip.MustParseAddrPort("127.0.0.1:0")}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	require.NoError(t, err)
	defer u.Stop()
	require.NoError(t, u.Start(nobody{}, nobody{}))
	conn, err := net.Dial("udp", u.Address().String())
	require.NoError(t, err)
	defer conn.Close()
	methods := []string{"INVITE", "REGISTER", "OPTIONS", "INFO", "BYE", "NOTIFY", "ACK"}
	for _, method := range methods {
		fmt.Fprintf(conn, "%s sip:csta@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n", method, conn.LocalAddr(), method, method)
	}
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(4*time.Second)))
	answers := 0
	for buf := make([]byte, 4096); ; answers++ {
		if _, err := conn.Read(buf); err != nil {
			break
		}
	}
	assert.Equal(t, len(methods)-1, answers)
}

func TestTheLibraryDialsNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	d := noDialer(nil)
	_, err = d.Dial("tcp", l.Addr().String())
	require.ErrorIs(t, err, errDials)
	_, err = noNames.LookupIPAddr(t.Context(), "phone.example")
	assert.Error(t, err)
}

func at(address string) netip.AddrPort { return netip.MustParseAddrPort(address) }

// pipe is one end of a connection that nobody uses.
func pipe(t *testing.T) net.Conn {
	ours, theirs := net.Pipe()
	t.Cleanup(func() { theirs.Close() })
	return ours
}

// Where there is no room a stranger makes it, the one that came first; whom we know
// stays. The other addresses of an IPv6 host are the same host.
func TestPlacesOfOneSource(t *testing.T) {
	p := newPlaces()
	conns := make([]net.Conn, connectionsPerPeer)
	for i := range conns {
		conns[i] = pipe(t)
		n := p.enter(at(fmt.Sprintf("[2001:db8::%x]:5060", i)), "tcp", stranger, conns[i])
		require.NotNil(t, n)
		if i == 0 {
			n.rise(acquainted)
		}
	}
	require.NotNil(t, p.enter(at("[2001:db8::ffff:1]:5060"), "tcp", acquainted, pipe(t)))
	assert.Equal(t, connectionsPerPeer, p.total)
	_, err := conns[1].Read(make([]byte, 1))
	require.ErrorIs(t, err, io.ErrClosedPipe, "the first stranger was sent away")
	require.NoError(t, conns[0].SetDeadline(time.Time{}))
	for i := range 3 * connectionsPerPeer {
		p.enter(at(fmt.Sprintf("[2001:db8::1:%x]:5060", i)), "tcp", acquainted, pipe(t))
	}
	assert.Equal(t, connectionsPerPeer, p.total, "we dial no more than others may")
	assert.Positive(t, p.refused.Load())
	require.NotNil(t, p.enter(at("[2001:db8:0:1::1]:5060"), "tcp", stranger, pipe(t)), "another host")
	// Two of one address, and one that has left it.
	both := []net.Conn{pipe(t), pipe(t)}
	plain, secure := p.enter(at("192.0.2.9:5060"), "tcp", stranger, both[0]), p.enter(at("192.0.2.9:5060"), "tls", stranger, both[1])
	p.enter(at("192.0.2.9:5060"), "tls", stranger, pipe(t)).free()
	p.registered(at("192.0.2.9:5060"), "tcp")
	assert.Equal(t, registered, plain.stands())
	assert.Equal(t, stranger, secure.stands())
	p.end()
	for _, conn := range both {
		_ = conn.SetReadDeadline(time.Now())
		_, err := conn.Read(make([]byte, 1))
		assert.ErrorIs(t, err, io.ErrClosedPipe)
	}
	assert.Zero(t, p.total)
	assert.Empty(t, p.open)
	assert.Empty(t, p.all)
	assert.Zero(t, p.strangers.Len())
	assert.Nil(t, p.enter(at("192.0.2.1:1"), "tcp", stranger, pipe(t)))
}

func TestPlacesInAll(t *testing.T) {
	p := newPlaces()
	first := pipe(t)
	require.NotNil(t, p.enter(at("192.0.2.1:1"), "tcp", stranger, first))
	for i := range connectionsInAll {
		require.NotNil(t, p.enter(at(fmt.Sprintf("10.0.%d.%d:1", i/250, i%250)), "tcp", acquainted, nil))
	}
	assert.Equal(t, connectionsInAll, p.total)
	_, err := first.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.ErrClosedPipe)
	assert.Nil(t, p.enter(at("192.0.2.2:1"), "tcp", stranger, pipe(t)))
}

// What phones may send does not depend on what strangers send.
func TestPhonesHaveLimitsOfTheirOwn(t *testing.T) {
	g := newGate(nil)
	for i := range 10 * strangersPerSecond {
		g.within(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), false)
	}
	assert.False(t, g.within(netip.MustParseAddr("192.0.2.1"), false))
	assert.True(t, g.within(netip.MustParseAddr("192.0.2.1"), true))
}

// A connection ends with the message that is one too many.
func TestTooManyMessagesByConnection(t *testing.T) {
	d := newDoor()
	d.gate.strangers = origin.NewLimiter(origin.Rate{}, origin.Rate{})
	p := newPlaces()
	conn := &pieces{data: []byte(request("OPTIONS", "TCP", "192.0.2.2:5060", 1)), size: 100}
	_, err := newVisitor(conn, &entrance{door: d, transport: "tcp"}, p.enter(strangerAt, "tcp", stranger, conn)).Read(make([]byte, 1))
	assert.EqualError(t, err, "too many messages")
}

// Whom the access list refuses takes no tokens: what is behind it cannot be used up
// from in front of it.
func TestAccessListBeforeLimits(t *testing.T) {
	asked := 0
	u, err := New(Options{Address: at("127.0.0.1:0"), Allow: func(peer netip.Addr) bool {
		asked++
		return peer != netip.MustParseAddr("127.0.2.1")
	}}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	require.NoError(t, err)
	defer u.Stop()
	require.NoError(t, u.Start(nobody{}, nobody{}))
	refused := dialFrom(t, u, "127.0.2.1")
	for i := range 2 * strangersPerSecond {
		_, err := io.WriteString(refused, request("OPTIONS", "UDP", "127.0.2.1:5060", i))
		require.NoError(t, err)
	}
	allowed := dialFrom(t, u, "127.0.2.2")
	require.Eventually(t, func() bool {
		// The system may have dropped it: its buffer is full of the others.
		_, err := io.WriteString(allowed, request("OPTIONS", "UDP", "127.0.2.2:5060", 1))
		require.NoError(t, err)
		require.NoError(t, allowed.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
		_, err = allowed.Read(make([]byte, 4096))
		return err == nil
	}, 10*time.Second, time.Millisecond)
	g := u.door.gate
	assert.Positive(t, g.refused.Load())
	assert.Zero(t, g.limited.Load())
	assert.Equal(t, 1, g.strangers.Sources())
	assert.Equal(t, 2, asked, "the answer is remembered")
}

func dialFrom(t *testing.T, u *UserAgent, from string) net.Conn {
	conn, err := (&net.Dialer{LocalAddr: &net.UDPAddr{IP: net.ParseIP(from)}}).Dial("udp", u.Address().String())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

func TestVerdictsAreBounded(t *testing.T) {
	g := newGate(func(peer netip.Addr) bool { return peer.As4()[3]&1 == 0 })
	for i := range 2 * mostVerdicts {
		peer := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		assert.Equal(t, i&1 == 0, g.admits(peer))
		assert.Equal(t, i&1 == 0, g.admits(peer))
	}
	assert.Len(t, g.verdicts.found, mostVerdicts)
	assert.Equal(t, mostVerdicts, g.verdicts.order.Len())
}

// A stranger has a minute, whatever he sends; who is known is only sent away when he
// is silent.
func TestIdleConnectionsEnd(t *testing.T) {
	p := newPlaces()
	seen := &deadlines{Conn: pipe(t)}
	peer := at("192.0.2.7:40000")
	n := p.enter(peer, "tcp", stranger, seen)
	n.since = time.Now().Add(-strangerTime / 2)
	for range 2 {
		require.NoError(t, n.await())
		assert.WithinDuration(t, time.Now().Add(strangerTime/2), seen.last, 5*time.Second)
	}
	n.rise(acquainted)
	assert.WithinDuration(t, time.Now().Add(acquaintedIdle), seen.last, 5*time.Second)
	p.registered(peer, "tcp")
	assert.WithinDuration(t, time.Now().Add(registeredIdle), seen.last, 5*time.Second)
	n.rise(acquainted)
	require.NoError(t, n.await())
	assert.WithinDuration(t, time.Now().Add(registeredIdle), seen.last, 5*time.Second)
	n.free()
	assert.Zero(t, p.total)
}

type deadlines struct {
	net.Conn
	last time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.last = t
	return nil
}
