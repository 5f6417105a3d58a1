package uaphone_test

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/conformance/uaphone"
	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/uacsta"
)

func forwardNoAns(number string) ecma.ForwardListItem {
	return ecma.ForwardListItem{ForwardingType: ecma.ForwardNoAns, ForwardStatus: true, ForwardDN: ecma.Subscriber(number), RingCount: ecma.IntOf(3)}
}

// Phones with sessions keep do-not-disturb and forwarding themselves: they are
// asked, and tell what their users do.
func TestFeaturesOfPhonesWithSessions(t *testing.T) {
	a := newApplication(t, uacsta.Options{})
	p := a.newPhone(uaphone.Snom, "1001")
	a.register(p)
	st := a.waitState("1001", uacsta.Open)
	self := ecma.Subscriber("1001")

	_, err := a.ask(st.ID, &ecma.SetDoNotDisturb{Device: self, DoNotDisturbOn: true})
	require.NoError(t, err)
	assert.True(t, p.DoNotDisturb())
	m, err := a.ask(st.ID, &ecma.GetDoNotDisturb{Device: self})
	require.NoError(t, err)
	assert.True(t, m.(*ecma.GetDoNotDisturbResponse).DoNotDisturbOn)
	_, err = a.ask(st.ID, &ecma.SetForwarding{Device: self, ForwardingType: ecma.ForwardNoAns, ActivateForward: true, ForwardDN: ecma.Subscriber("1009"), RingCount: ecma.IntOf(3)})
	require.NoError(t, err)
	assert.Equal(t, forwardNoAns("1009"), p.Forwarding(ecma.ForwardNoAns))
	m, err = a.ask(st.ID, &ecma.GetForwarding{Device: self})
	require.NoError(t, err)
	assert.Equal(t, []ecma.ForwardListItem{forwardNoAns("1009")}, m.(*ecma.GetForwardingResponse).ForwardingList)

	require.NoError(t, p.PressDoNotDisturb(false))
	require.NoError(t, p.PressForwarding(ecma.ForwardListItem{ForwardingType: ecma.ForwardBusy}))
	until(t, func() bool { return len(a.heard()) == 4 })
	assert.Equal(t, []string{"DoNotDisturbEvent", "ForwardingEvent", "DoNotDisturbEvent", "ForwardingEvent"}, a.heard())
	assert.False(t, p.DoNotDisturb())

	// Some ask their server although they have a session.
	m, err = p.AskSession(&ecma.SetDoNotDisturb{DoNotDisturbOn: true})
	require.NoError(t, err)
	assert.Equal(t, "SetDoNotDisturbResponse", m.Element())
	m, err = p.AskSession(&ecma.GetDoNotDisturb{Device: self})
	require.NoError(t, err)
	assert.True(t, m.(*ecma.GetDoNotDisturbResponse).DoNotDisturbOn)
	m, err = p.AskSession(&ecma.SetForwarding{Device: self, ActivateForward: true, ForwardDN: ecma.Subscriber("666")})
	require.NoError(t, err)
	assert.ErrorIs(t, m.(*ecma.Error), ecma.ErrInvalidForwardingDestination)
	m, err = p.AskSession(&ecma.SetForwarding{Device: self, ForwardingType: "someday", ActivateForward: true})
	require.NoError(t, err)
	assert.ErrorIs(t, m.(*ecma.Error), ecma.ErrValueOutOfRange, "unreadable requests are refused")
	m, err = p.AskSession(&ecma.AnswerCall{})
	require.NoError(t, err)
	assert.ErrorIs(t, m.(*ecma.Error), ecma.ErrServiceNotSupported)
}

// Phones without sessions ask their server, and show what it tells.
func TestFeaturesOfPhonesWithoutSessions(t *testing.T) {
	a := newApplication(t, uacsta.Options{})
	p := a.newPhone(uaphone.OpenStage, "1001")
	p.Serves(a.socket.Address().String())
	require.Error(t, p.PressDoNotDisturb(true), "nobody knows the phone")
	assert.False(t, p.DoNotDisturb())
	assert.EqualValues(t, 1, a.ignored("forged"))
	a.register(p, func(r *uacsta.Registration) { r.Mode = uacsta.Off })
	require.Error(t, p.PressDoNotDisturb(true), "uacsta is off")
	a.register(p)
	st := a.waitState("1001", uacsta.Open)

	require.NoError(t, p.PressDoNotDisturb(true))
	assert.True(t, p.DoNotDisturb())
	require.NoError(t, p.PressForwarding(forwardNoAns("1009")))
	require.ErrorIs(t, p.PressForwarding(forwardNoAns("666")), ecma.ErrInvalidForwardingDestination)
	assert.Equal(t, "1009", p.Forwarding(ecma.ForwardNoAns).ForwardDN.Number)
	m, err := p.AskServer(&ecma.GetDoNotDisturb{})
	require.NoError(t, err)
	assert.True(t, m.(*ecma.GetDoNotDisturbResponse).DoNotDisturbOn)
	m, err = p.AskServer(&ecma.GetForwarding{})
	require.NoError(t, err)
	assert.Equal(t, []ecma.ForwardListItem{forwardNoAns("1009")}, m.(*ecma.GetForwardingResponse).ForwardingList)
	m, err = p.AskServer(&ecma.MakeCall{CallingDevice: ecma.Subscriber("1001"), Called: ecma.Subscriber("1")})
	require.NoError(t, err)
	assert.ErrorIs(t, m.(*ecma.Error), ecma.ErrServiceNotSupported)

	_, err = a.ask(st.ID, &ecma.SetDoNotDisturb{Device: ecma.Subscriber("1001")})
	require.NoError(t, err)
	assert.False(t, p.DoNotDisturb())
	_, err = a.ask(st.ID, &ecma.SetForwarding{Device: ecma.Subscriber("1001"), ForwardingType: ecma.ForwardBusy, ActivateForward: true, ForwardDN: ecma.Subscriber("1008")})
	require.NoError(t, err)
	assert.Equal(t, "1008", p.Forwarding(ecma.ForwardBusy).ForwardDN.Number)
	assert.Equal(t, []string{"DoNotDisturbEvent", "ForwardingEvent"}, p.Asked())
	a.waitState("1001", uacsta.Open)
}

// A NOTIFY proves nothing. It is believed only from where the phone is.
func TestForgedNotifyChangesNothing(t *testing.T) {
	a := newApplication(t, uacsta.Options{})
	p := a.newPhone(uaphone.OpenStage, "1001")
	a.register(p)
	a.waitState("1001", uacsta.Open)
	doc := string(ecma.AppendVerbatim(nil, ecma.Edition3, &ecma.SetDoNotDisturb{Device: ecma.Subscriber("1001"), DoNotDisturbOn: true}))
	forge := func(network, from, user, event string) string {
		conn, err := net.Dial(network, a.socket.Address().String())
		if from != "" {
			address := netip.MustParseAddrPort(from + ":0")
			conn, err = (&net.Dialer{LocalAddr: net.UDPAddrFromAddrPort(address)}).Dial(network, a.socket.Address().String())
		}
		require.NoError(t, err)
		defer conn.Close()
		fmt.Fprintf(conn, "NOTIFY sip:csta@%s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=z9hG4bK%d;rport\r\nFrom: <sip:%s@%s>;tag=a\r\nTo: <sip:csta@%s>\r\nCall-ID: %d\r\nCSeq: 1 NOTIFY\r\nMax-Forwards: 70\r\nEvent: %s\r\nContent-Type: application/csta+xml\r\nContent-Length: %d\r\n\r\n%s",
			a.socket.Address(), strings.ToUpper(network), conn.LocalAddr(), time.Now().UnixNano(), user, domain, domain, time.Now().UnixNano(), event, len(doc), doc)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
		answer := make([]byte, 2000)
		n, err := conn.Read(answer)
		require.NoError(t, err)
		line, _, _ := strings.Cut(string(answer[:n]), "\r\n")
		return line
	}
	const refused = "SIP/2.0 481 Call/Transaction Does Not Exist"
	assert.Equal(t, refused, forge("udp", "127.0.0.2", "1001", "uaCSTA"), "another address")
	assert.Equal(t, refused, forge("udp", "", "1001", "uaCSTA"), "another port")
	assert.Equal(t, refused, forge("tcp", "", "1002", "uaCSTA"), "another user")
	assert.Equal(t, refused, forge("tcp", "", "1001", "message-summary"), "another package")
	assert.Equal(t, refused, forge("tcp", "", "1001", "uaCSTA"), "a connection from the phone's address, which others may share")
	a.mu.Lock()
	defer a.mu.Unlock()
	assert.False(t, a.dnd)
	assert.EqualValues(t, 5, a.ignored("forged"))
}
