package useragent

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/uacsta"
)

// descriptors counts the open descriptors of this process.
func descriptors(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc")
	}
	return len(entries)
}

// listening is a user agent with TLS whose one phone is at 127.0.3.1.
func listening(t *testing.T, phones Phones) *UserAgent {
	u, err := New(Options{
		Address: at("127.0.0.1:0"), TLSPort: freePort(t), TLS: &tls.Config{MinVersion: tls.VersionTLS12},
		Allow: func(peer netip.Addr) bool { return peer != netip.MustParseAddr("127.0.4.1") },
	}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	require.NoError(t, err)
	t.Cleanup(u.Stop)
	require.NoError(t, u.Start(phones, nobody{}))
	return u
}

func freePort(t *testing.T) uint16 {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).AddrPort().Port()
}

func connectFrom(t *testing.T, to, from string) net.Conn {
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).Dial("tcp", to)
	require.NoError(t, err)
	return conn
}

// taken counts the places that are taken.
func taken(u *UserAgent) int {
	u.door.gate.places.mu.Lock()
	defer u.door.gate.places.mu.Unlock()
	return u.door.gate.places.total
}

// Whatever becomes of a connection, its descriptor comes back, and it was counted as
// long as it was there.
func TestDescriptorsComeBack(t *testing.T) {
	u := listening(t, nobody{})
	tcp, tlsPort := u.Address().String(), fmt.Sprintf("127.0.0.1:%d", u.opts.TLSPort)
	victim, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer victim.Close()
	before := descriptors(t)
	var wait sync.WaitGroup
	for i := range 30 {
		for _, c := range []struct{ to, from, says string }{
			{tcp, "127.0.3.2", request("INFO", "TCP", victim.Addr().String(), i)},
			{tcp, "127.0.3.3", strings.Repeat(request("OPTIONS", "TCP", "phone.example:5060", i), 5)},
			{tcp, "127.0.3.4", ""},
			{tcp, "127.0.3.5", "INVITE sip:a@b SIP/2.0\r\nVia: "},
			{tcp, "127.0.3.6", "GET / HTTP/1.1\r\n\r\n"},
			{tcp, "127.0.4.1", "refused by the access list"},
			{tlsPort, "127.0.3.7", "no TLS"},
			{tlsPort, "127.0.3.8", ""},
		} {
			wait.Go(func() {
				conn := connectFrom(t, c.to, c.from)
				defer conn.Close()
				_, _ = io.WriteString(conn, c.says)
				_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
				_, _ = io.Copy(io.Discard, conn)
			})
		}
	}
	wait.Wait()
	places := &u.door.gate.places
	assert.Eventually(t, func() bool {
		places.mu.Lock()
		defer places.mu.Unlock()
		return places.total == 0 && len(places.open) == 0 && len(places.all) == 0
	}, 5*time.Second, 10*time.Millisecond)
	assert.Eventually(t, func() bool { return descriptors(t) <= before }, 5*time.Second, 10*time.Millisecond)
	require.NoError(t, victim.(*net.TCPListener).SetDeadline(time.Now()))
	_, err = victim.Accept()
	assert.Error(t, err, "nobody is dialled for a Via")
}

// No more connections are open than there are places, and who is silent makes room
// for who comes.
func TestSilentConnectionsMakeRoom(t *testing.T) {
	u := listening(t, nobody{})
	before := descriptors(t)
	var conns []net.Conn
	for range 3 * connectionsPerPeer {
		conn := connectFrom(t, u.Address().String(), "127.0.3.2")
		defer conn.Close()
		conns = append(conns, conn)
	}
	assert.Eventually(t, func() bool { return descriptors(t) <= before+len(conns)+connectionsPerPeer }, 5*time.Second, 10*time.Millisecond)
	last := conns[len(conns)-1]
	_, err := io.WriteString(last, request("OPTIONS", "TCP", last.LocalAddr().String(), 1))
	require.NoError(t, err)
	require.NoError(t, last.SetReadDeadline(time.Now().Add(5*time.Second)))
	line, err := bufio.NewReader(last).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "SIP/2.0 200 OK\r\n", line)
}

// Nobody keeps the user agent from stopping by connecting to its ports from one of his.
func TestStopEndsConnectionsOfOneAddress(t *testing.T) {
	u := listening(t, nobody{})
	shared := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.3.9")}, Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		return errors.Join(c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
		}), err)
	}}
	for i, port := range []uint16{u.Address().Port(), u.opts.TLSPort} {
		conn, err := shared.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		require.NoError(t, err)
		defer conn.Close()
		shared.LocalAddr = conn.LocalAddr()
		require.Eventually(t, func() bool { return taken(u) == i+1 }, 5*time.Second, time.Millisecond)
	}
	stopped := make(chan struct{})
	go func() {
		u.Stop()
		close(stopped)
	}()
	await(t, stopped)
}

// friends is a system whose phone at 127.0.3.1 has a session with the Call-ID "ours".
type friends struct {
	nobody
	incoming  chan uacsta.Incoming
	responses chan uacsta.Response
}

func newFriends() friends {
	return friends{incoming: make(chan uacsta.Incoming, 100), responses: make(chan uacsta.Response, 100)}
}

func (friends) Knows(host netip.Addr) bool             { return host == netip.MustParseAddr("127.0.3.1") }
func (f friends) Expects(id string, h netip.Addr) bool { return id == "ours" && f.Knows(h) }
func (f friends) Response(r uacsta.Response)           { f.responses <- r }
func (f friends) Incoming(in uacsta.Incoming, reply func(uacsta.Reply)) {
	f.incoming <- in
	reply(uacsta.Reply{Status: 200})
}

func await[T any](t *testing.T, from chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(5 * time.Second):
		t.Fatal("nothing came")
	}
	return v
}

// A connection to a phone is opened by us alone, counts as all others do, and is
// used again; requests of the phone's session come by it.
func TestConnectionToPhone(t *testing.T) {
	f := newFriends()
	u := listening(t, f)
	phone, err := net.Listen("tcp", "127.0.3.1:0")
	require.NoError(t, err)
	defer phone.Close()
	before := descriptors(t)
	ask := func(tx uint64) {
		u.Send(uacsta.Request{
			Tx: tx, Method: "OPTIONS", URI: "sip:1001@127.0.3.1", From: "sip:csta@b", FromTag: "f", To: "sip:1001@b", CallID: "ours", CSeq: uint32(tx),
			Transport: "tcp", Destination: netip.MustParseAddrPort(phone.Addr().String()), Timeout: 4 * time.Second,
		})
	}
	ask(1)
	conn, err := phone.Accept()
	require.NoError(t, err)
	read := bufio.NewReader(conn)
	answer := func() {
		var headers strings.Builder
		for {
			line, err := read.ReadString('\n')
			require.NoError(t, err)
			if line == "\r\n" {
				break
			}
			for _, name := range []string{"Via:", "From:", "To:", "Call-ID:", "CSeq:"} {
				if strings.HasPrefix(line, name) {
					headers.WriteString(line)
				}
			}
		}
		// In pieces, as TCP delivers it.
		for _, piece := range strings.SplitAfter("SIP/2.0 200 OK\r\n"+headers.String()+"Content-Length: 0\r\n\r\n", "\n") {
			_, err := io.WriteString(conn, piece)
			require.NoError(t, err)
		}
	}
	answer()
	assert.Equal(t, 200, await(t, f.responses).Status)
	assert.Equal(t, 1, taken(u))
	ask(2)
	answer()
	assert.EqualValues(t, 2, await(t, f.responses).Tx)
	assert.Equal(t, 1, taken(u))
	info := strings.NewReplacer("Call-ID: 7@127.0.3.1:5060", "Call-ID: ours", "To: <sip:c@d>", "To: <sip:c@d>;tag=t").Replace(request("INFO", "TCP", "127.0.3.1:5060", 7))
	_, err = io.WriteString(conn, "\r\n\r\n"+info)
	require.NoError(t, err)
	assert.Equal(t, "ours", await(t, f.incoming).CallID)
	require.NoError(t, conn.Close())
	assert.Eventually(t, func() bool { return descriptors(t) <= before }, 5*time.Second, 10*time.Millisecond)
	assert.Zero(t, taken(u))
	for i := range connectionsPerPeer {
		require.NotNil(t, u.door.gate.places.enter(at(fmt.Sprintf("127.0.3.1:%d", i+1)), "tcp", acquainted, nil))
	}
	ask(3)
	assert.Equal(t, errNoPlace.Error(), await(t, f.responses).Reason)
}

// A response counts if it is one to a request of ours, and a request if it belongs to
// a session; the answer to all others is the same each time, and nothing is kept.
func TestOnlyOurOwnIsHeard(t *testing.T) {
	d := newDoor()
	response := "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=%s\r\nFrom: <sip:a@b>;tag=a\r\nTo: <sip:c@d>;tag=b\r\nCall-ID: ours\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
	heard, answer, _ := d.datagram(fmt.Appendf(nil, response, "z9hG4bKours"), phoneAt)
	assert.True(t, heard)
	assert.Nil(t, answer)
	heard, answer, _ = d.datagram(fmt.Appendf(nil, response, "z9hG4bKother"), phoneAt)
	assert.False(t, heard)
	assert.Nil(t, answer)
	ours := strings.NewReplacer("Call-ID: 1@192.0.2.1:5060", "Call-ID: ours", "To: <sip:c@d>", "To: <sip:c@d>;tag=t").Replace
	for _, c := range []struct {
		message string
		from    netip.AddrPort
		heard   bool
		status  string
	}{
		{ours(request("INFO", "UDP", "192.0.2.1:5060", 1)), phoneAt, true, ""},
		{ours(request("INFO", "UDP", "192.0.2.1:5060", 1)), strangerAt, false, "481"},
		{ours(request("ACK", "UDP", "192.0.2.1:5060", 1)), phoneAt, true, ""},
		{request("INFO", "UDP", "192.0.2.1:5060", 1), phoneAt, false, "481"},
		{request("INVITE", "UDP", "192.0.2.1:5060", 1), phoneAt, false, "481"},
		{request("NOTIFY", "UDP", "192.0.2.1:5060", 1), phoneAt, true, ""},
		{request("NOTIFY", "UDP", "192.0.2.1:5060", 1), strangerAt, false, "481"},
		{request("OPTIONS", "UDP", "192.0.2.1:5060", 1), strangerAt, false, "200"},
		{request("REGISTER", "UDP", "192.0.2.1:5060", 1), strangerAt, false, "401"},
		{request("ACK", "UDP", "192.0.2.1:5060", 1), strangerAt, false, ""},
		{strings.Replace(request("OPTIONS", "UDP", "192.0.2.1:5060", 1), "User-Agent: f", "User-Agent: \x1b[2J", 1), strangerAt, false, ""},
		{strings.Replace(request("OPTIONS", "UDP", "192.0.2.1:5060", 1), "User-Agent: f", "User-Agent: \nf", 1), strangerAt, false, ""},
		{strings.Replace(request("OPTIONS", "UDP", "192.0.2.1:5060", 1), "CSeq", "X", 1), strangerAt, false, ""},
	} {
		heard, answer, to := d.datagram([]byte(c.message), c.from)
		assert.Equal(t, c.heard, heard, c.message)
		if c.status == "" {
			assert.Empty(t, answer, c.message)
			continue
		}
		assert.Equal(t, c.from, to)
		assert.True(t, strings.HasPrefix(string(answer), "SIP/2.0 "+c.status+" "), "%s: %s", c.message, answer)
		_, again, _ := d.datagram([]byte(c.message), c.from)
		assert.Equal(t, string(answer), string(again))
	}
	assert.EqualValues(t, 3, d.unreadable.Load())
	// RFC 3261 18.2.2: without rport it goes to the port in Via.
	_, _, to := d.datagram([]byte(strings.NewReplacer(";rport", "", "UDP 192.0.2.1:5060", "UDP 192.0.2.1:5077").Replace(request("OPTIONS", "UDP", "192.0.2.1:5060", 1))), strangerAt)
	assert.Equal(t, at("192.0.2.2:5077"), to)
	// The shortest requests get nothing.
	heard, answer, _ = d.datagram([]byte("OPTIONS sip:a SIP/2.0\r\nv:SIP/2.0/UDP b\r\nf:<sip:a>;tag=a\r\nt:<sip:a>\r\ni:a\r\nCSeq:1 OPTIONS\r\n\r\n"), strangerAt)
	assert.False(t, heard)
	assert.Nil(t, answer)
}
