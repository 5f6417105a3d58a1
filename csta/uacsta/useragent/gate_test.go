package useragent

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

func TestOnlyPhonesAreDialled(t *testing.T) {
	p := phonesOnly{expected: map[netip.AddrPort]int{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	d := p.dialer(nil)
	_, err = d.Dial("tcp", l.Addr().String())
	require.ErrorIs(t, err, errNotAPhone)
	done := p.expect(netip.MustParseAddrPort(l.Addr().String()))
	conn, err := d.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	conn.Close()
	done()
	assert.Empty(t, p.expected)
	none := noDialer(nil)
	_, err = none.Dial("tcp", l.Addr().String())
	require.ErrorIs(t, err, errNotAPhone)
	_, err = noNames.LookupIPAddr(t.Context(), "phone.example")
	assert.Error(t, err)
}

func TestLimitsBySource(t *testing.T) {
	g := newGate(nil)
	for i := range connectionsPerPeer {
		assert.True(t, g.enter(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i))))
	}
	assert.False(t, g.enter(netip.MustParseAddr("2001:db8::ffff:1")), "another address of the same host")
	assert.True(t, g.enter(netip.MustParseAddr("2001:db8:0:1::1")))
	now := time.Now()
	taken := 0
	for range 3 * packetsPerSource {
		if g.within(netip.MustParseAddr("192.0.2.1"), now) {
			taken++
		}
	}
	assert.Equal(t, packetsPerSource, taken)
	assert.True(t, g.within(netip.MustParseAddr("192.0.2.2"), now), "who sends too much takes nothing from others")
}

// A connection that nobody registers by ends soon.
func TestIdleConnectionsEnd(t *testing.T) {
	g := newGate(nil)
	ours, theirs := net.Pipe()
	defer theirs.Close()
	at := netip.MustParseAddrPort("192.0.2.7:40000")
	require.True(t, g.enter(at.Addr()))
	seen := &deadlines{Conn: ours}
	c := g.accepted(seen, at)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(idleTimeout)))
	assert.WithinDuration(t, time.Now().Add(strangerIdle), seen.last, 5*time.Second)
	g.registered(at)
	assert.WithinDuration(t, time.Now().Add(idleTimeout), seen.last, 5*time.Second)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(idleTimeout)))
	assert.WithinDuration(t, time.Now().Add(idleTimeout), seen.last, 5*time.Second)
	require.NoError(t, c.Close())
	assert.Empty(t, g.conns)
	assert.Zero(t, g.total)
	assert.Empty(t, g.open)
}

type deadlines struct {
	net.Conn
	last time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.last = t
	return nil
}
