package useragent

import (
	"hash/maphash"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// someone is a telephone system with one phone, whose session has the Call-ID "ours".
type someone struct{ nobody }

func (someone) Knows(host netip.Addr) bool           { return host == phoneAt.Addr() }
func (someone) Expects(id string, h netip.Addr) bool { return id == "ours" && h == phoneAt.Addr() }

var phoneAt, strangerAt = at("192.0.2.1:5060"), at("192.0.2.2:5060")

// newDoor is a door with a phone behind it whose requests have the branch "z9hG4bKours".
func newDoor() *door {
	d := &door{gate: newGate(nil), phones: someone{}, registrar: someone{}, log: slog.New(slog.NewTextHandler(io.Discard, nil)), seed: maphash.MakeSeed()}
	d.awaited.add("z9hG4bKours", time.Now())
	return d
}

// seeds are messages of all kinds, and those that SIP torture tests are made of.
func seeds() (messages []string) {
	for i, method := range []string{"INVITE", "REGISTER", "OPTIONS", "INFO", "BYE", "NOTIFY", "ACK", "CANCEL", "UPDATE"} {
		stranger := request(method, "UDP", "192.0.2.1:5060", i)
		messages = append(messages, stranger,
			strings.NewReplacer("Call-ID: "+string(rune('0'+i))+"@192.0.2.1:5060", "i: ours", "To: <sip:c@d>", "t: <sip:c@d>;tag=b").Replace(stranger))
	}
	ours := "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bKours;rport=5070;received=192.0.2.9\r\nRecord-Route: <sip:p;lr>, <sip:q;lr>\r\nf: <sip:a@b>;tag=a\r\nt: <sip:c@d>;tag=b\r\ni: ours\r\nCSeq: 1 INVITE\r\nm: \"x\" <sip:c@[2001:db8::1]:5060;transport=tcp>;expires=1\r\nSession-Expires: 90;refresher=uac\r\nAccept: application/csta+xml, application/sdp\r\nc: application/csta+xml\r\nl: 4\r\n\r\n<a/>"
	messages = append(messages, ours, strings.Replace(ours, "200 OK", "401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\"", 1),
		"REGISTER sip:d SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@d>;tag=\r\nTo: \"A\" <sip:a@d>\r\nCall-ID: x\r\nCSeq: 2 REGISTER\r\nContact: *\r\nContact: <sip:a@h>;expires=0, <sip:b@h>\r\nExpires: 0\r\nAuthorization: Digest username=\"a\", realm=\"d\", nonce=\"n\", uri=\"sip:d\", response=\"r\", qop=auth, nc=00000001, cnonce=\"c\"\r\nContent-Length: 0\r\n\r\n",
		"\r\n\r\n", "\x00", "SIP/2.0 ", "INVITE  SIP/2.0\r\n\r\n")
	return messages
}

// FuzzDoor throws bytes at the door as a datagram and as a stream in pieces: whatever
// they are, the library hears of nothing but what the door may let through, what
// it hears of can be read by all that read it, and the answer is one message.
func FuzzDoor(f *testing.F) {
	for _, m := range seeds() {
		f.Add([]byte(m), true, uint8(7))
		f.Add([]byte(m), false, uint8(0))
	}
	d := newDoor()
	f.Fuzz(func(t *testing.T, data []byte, fromPhone bool, piece uint8) {
		peer := strangerAt
		if fromPhone {
			peer = phoneAt
		}
		before := d.panics.Load()
		d.gate = newGate(nil)
		admitted, answer, to := d.datagram(data, peer)
		if admitted {
			heardBy(t, data, fromPhone)
		}
		if answer != nil {
			require.False(t, admitted)
			require.Equal(t, peer.Addr(), to.Addr())
			require.LessOrEqual(t, len(answer), mostAmplified*len(data))
			msg, err := sip.ParseMessage(answer)
			require.NoError(t, err, "%q", answer)
			require.IsType(t, &sip.Response{}, msg)
			require.Equal(t, len(answer)-4, strings.Index(string(answer), "\r\n\r\n"), "%q", answer)
		}
		stream(t, d, data, peer, int(piece)+1)
		require.Equal(t, before, d.panics.Load(), "the library panics")
	})
}

// heardBy reads a message that was admitted in all ways that it is read.
func heardBy(t *testing.T, data []byte, fromPhone bool) {
	msg, err := sip.ParseMessage(data)
	require.NoError(t, err)
	msg.SetSource(phoneAt.String())
	msg.SetTransport("udp")
	switch m := msg.(type) {
	case *sip.Request:
		require.True(t, fromPhone, "a stranger's request")
		in, ok := incomingOf(m)
		require.True(t, ok)
		require.True(t, in.CallID == "ours" && in.ToTag != "" || m.Method == sip.NOTIFY && in.ToTag == "")
		_ = registerOf(m, in)
		_ = sip.NewResponseFromRequest(m, 200, "OK", nil).String()
	case *sip.Response:
		require.Equal(t, "z9hG4bKours", branchOf(m))
		_ = responseOf(m)
	}
	_ = msg.String()
}

// stream sends data over a connection in pieces.
func stream(t *testing.T, d *door, data []byte, peer netip.AddrPort, piece int) {
	p := newPlaces()
	conn := &pieces{data: data, size: piece}
	v := newVisitor(conn, &entrance{door: d, transport: "tcp"}, p.enter(peer, "tcp", stranger, conn))
	var heard []byte
	buf := make([]byte, 100)
	for {
		n, err := v.Read(buf)
		heard = append(heard, buf[:n]...)
		if err != nil {
			break
		}
	}
	require.NoError(t, v.Close())
	require.LessOrEqual(t, len(heard), len(data))
	if len(heard) == 0 {
		return
	}
	// The library finds the same messages in it.
	parser := sip.NewParser().NewSIPStream()
	require.NoError(t, parser.ParseSIPStream(heard, func(msg sip.Message) {
		if res, ok := msg.(*sip.Response); ok {
			require.Equal(t, "z9hG4bKours", branchOf(res))
		} else {
			require.Equal(t, phoneAt, peer)
		}
	}))
}

// pieces is a connection that delivers data in pieces and swallows what is written.
type pieces struct {
	net.Conn
	data []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.size)], p.data)
	p.data = p.data[n:]
	return n, nil
}

func (*pieces) Write(b []byte) (int, error)      { return len(b), nil }
func (*pieces) Close() error                     { return nil }
func (*pieces) SetReadDeadline(time.Time) error  { return nil }
func (*pieces) SetWriteDeadline(time.Time) error { return nil }
