package uaphone_test

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/freeswitch"
	"mod_csta_socket/csta/conformance/probe"
	"mod_csta_socket/csta/conformance/uaphone"
	"mod_csta_socket/csta/ecma"
)

// relay is another port that a phone is reached at.
type relay struct {
	conn  *net.UDPConn
	phone *net.UDPAddr

	mu    sync.Mutex
	peers map[netip.AddrPort]*net.UDPConn
}

func newRelay(t *testing.T, phone string) *relay {
	address, err := net.ResolveUDPAddr("udp", phone)
	require.NoError(t, err)
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: address.IP})
	require.NoError(t, err)
	r := &relay{conn: conn, phone: address, peers: map[netip.AddrPort]*net.UDPConn{}}
	go r.inward()
	t.Cleanup(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		conn.Close()
		for _, c := range r.peers {
			c.Close()
		}
	})
	return r
}

func (r *relay) address() netip.AddrPort { return r.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func (r *relay) inward() {
	buffer := make([]byte, 65536)
	for {
		n, from, err := r.conn.ReadFromUDPAddrPort(buffer)
		if err != nil {
			return
		}
		r.mu.Lock()
		peer := r.peers[from]
		if peer == nil {
			if peer, err = net.DialUDP("udp", nil, r.phone); err != nil {
				r.mu.Unlock()
				return
			}
			r.peers[from] = peer
			go r.outward(peer, from)
		}
		r.mu.Unlock()
		_, _ = peer.Write(buffer[:n])
	}
}

func (r *relay) outward(peer *net.UDPConn, to netip.AddrPort) {
	buffer := make([]byte, 65536)
	for {
		n, err := peer.Read(buffer)
		if err != nil {
			return
		}
		_, _ = r.conn.WriteToUDPAddrPort(buffer[:n], to)
	}
}

// A phone whose contact moves to another port in a call gets a new session. The
// call that it has is the switch's from then on, and the next ones are its own.
func TestContactMovesInACallOnFreeSWITCH(t *testing.T) {
	s, _ := startSwitch(t, true, nil, func(o *freeswitch.Options) { o.SeveralContacts = false })
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p := registered(t, s, uaphone.Yealink, "1005")
	p.Couple()
	other := registered(t, s, uaphone.Plain, "1000")
	shows(t, s, "1005", "uaCSTA session")
	client, err := probe.Dial(ctx, s.CSTAAddress())
	require.NoError(t, err)
	defer client.Close()
	device := func(number string) probe.Device { return probe.Device{Number: number, Type: "dialingNumber"} }
	ask := func(service, element string, connection probe.Connection) error {
		_, err := client.Do(ctx, service, probe.ConnectionElement(element, connection))
		return err
	}
	monitor, err := client.MonitorStart(ctx, device("1005"))
	require.NoError(t, err)
	connection, err := client.MakeCall(ctx, device("1005"), device("1000"), probe.DoNotPrompt)
	require.NoError(t, err)
	in, err := other.WaitIncoming(ctx)
	require.NoError(t, err)
	require.NoError(t, in.Answer(ctx))
	require.NoError(t, in.WaitConnected(ctx))

	moved := newRelay(t, p.Address())
	p.MoveTo(moved.address())
	require.NoError(t, p.Register(ctx))
	shows(t, s, "1005", moved.address().String(), "uaCSTA session")
	until(t, func() bool { return p.Sessions() == 1 }, "the old session is over")
	asked := len(p.Asked())
	until(t, func() bool { return ask("HoldCall", "callToBeHeld", connection) == nil }, "the switch holds")
	require.NoError(t, ask("RetrieveCall", "callToBeRetrieved", connection))
	assert.NotContains(t, p.Asked()[asked:], "HoldCall")
	assert.Equal(t, ecma.StateConnected, p.Screen()[0].State, "nothing happened to it at the phone")
	require.NoError(t, client.ClearConnection(ctx, connection))
	_, err = in.WaitEnded(ctx)
	require.NoError(t, err)

	call, err := other.Dial(ctx, "1005")
	require.NoError(t, err)
	_, err = p.WaitIncoming(ctx)
	require.NoError(t, err)
	var entries []probe.SnapshotEntry
	until(t, func() bool {
		entries, err = client.SnapshotDevice(ctx, device("1005"))
		return err != nil || len(entries) == 1
	}, "the call is known in a moment")
	require.NoError(t, err)
	require.NoError(t, client.AnswerCall(ctx, entries[0].Connection))
	require.NoError(t, call.WaitConnected(ctx))
	assert.Contains(t, p.Asked()[asked:], "AnswerCall")
	require.NoError(t, call.HangUp(ctx))
	require.NoError(t, client.MonitorStop(ctx, monitor.CrossRef))
}
