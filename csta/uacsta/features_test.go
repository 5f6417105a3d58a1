package uacsta

import (
	"io"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
)

// told is a sink that answers every request at once, and twice.
type told struct {
	events   []ecma.Event
	requests []ecma.Message
}

func (s *told) PhoneUp(Phone)                    {}
func (s *told) PhoneDown(Phone)                  {}
func (s *told) PhoneEvent(_ Phone, e ecma.Event) { s.events = append(s.events, e) }
func (s *told) PhoneRequest(_ Phone, m ecma.Message, answer func(ecma.Message)) {
	s.requests = append(s.requests, m)
	answer(&ecma.SetDoNotDisturbResponse{})
	answer(ecma.ErrOperationGeneric)
}

type nowhere struct{}

func (nowhere) Send(Request) {}

var notifying = netip.MustParseAddrPort("192.0.2.71:5060")

func notifyAgent(sink Sink) *Agent {
	a := New(Options{}, nowhere{}, sink, slog.New(slog.NewTextHandler(io.Discard, nil)))
	for user, mode := range map[string]Mode{"1001": NotifyMode, "1002": SessionMode, "1003": Off} {
		a.registered(time.Unix(1_700_000_000, 0), Registration{
			Registrar: "internal", CallID: user, Device: user, User: user, Domain: "pbx.example", Contact: "<sip:" + user + "@192.0.2.71:5060>",
			Transport: "udp", Source: notifying, Mode: mode,
		})
	}
	return a
}

func notification(user string, doc []byte) Incoming {
	return Incoming{
		Method: methodNotify, CSeq: 1, CallID: "x", FromUser: user, FromDomain: "pbx.example", FromTag: "a", Source: notifying, Transport: "udp",
		Event: EventPackage, ContentType: ContentCSTA, Body: doc,
	}
}

func TestNotifications(t *testing.T) {
	doc := func(m ecma.Message) []byte { return ecma.AppendVerbatim(nil, ecma.Edition3, m) }
	for _, c := range []struct {
		name   string
		in     Incoming
		change func(*Incoming)
		status int
		answer string
	}{
		{name: "a request", in: notification("1001", doc(&ecma.SetDoNotDisturb{DoNotDisturbOn: true})), status: 200, answer: "SetDoNotDisturbResponse"},
		{name: "of a phone with a session", in: notification("1002", doc(&ecma.GetForwarding{})), status: 200, answer: "SetDoNotDisturbResponse"},
		{name: "a change for a phone with a session", in: notification("1002", doc(&ecma.SetForwarding{ActivateForward: true})), status: 403},
		{name: "an event of a phone with a session", in: notification("1002", doc(&ecma.DoNotDisturbEvent{DoNotDisturbOn: true})), status: 403},
		{name: "an order that the schema forbids", in: notification("1001", []byte("<SetForwarding xmlns='x'><forwardDN>1009</forwardDN><ringCount>3</ringCount><activateForward>1</activateForward><device>1001</device></SetForwarding>")), status: 200, answer: "SetDoNotDisturbResponse"},
		{name: "a prefixed root in ISO-8859-1", in: notification("1001", []byte("<?xml version='1.0' encoding='ISO-8859-1'?><c:SetDoNotDisturb xmlns:c='http://www.ecma-international.org/standards/ecma-323/csta/ed4'><c:device>M\xfcller</c:device><c:doNotDisturbOn>true</c:doNotDisturbOn></c:SetDoNotDisturb>")), status: 200, answer: "SetDoNotDisturbResponse"},
		{name: "an event", in: notification("1001", doc(&ecma.DoNotDisturbEvent{DoNotDisturbOn: true})), status: 200},
		{name: "an event of calls", in: notification("1001", doc(held("1"))), status: 200},
		{name: "whether we are there", in: notification("1001", doc(&ecma.SystemStatus{Status: ecma.StatusNormal})), status: 200, answer: "SystemStatusResponse"},
		{name: "a service that is not ours", in: notification("1001", doc(&ecma.HoldCall{})), status: 200, answer: "CSTAErrorCode"},
		{name: "an unknown value", in: notification("1001", doc(&ecma.SetForwarding{ForwardingType: "x"})), status: 200, answer: "CSTAErrorCode"},
		{name: "no XML", in: notification("1001", []byte("hello")), status: 200},
		{name: "no CSTA", in: notification("1001", []byte("v=0")), change: func(in *Incoming) { in.ContentType = "application/sdp" }, status: 415},
		{name: "uacsta off", in: notification("1003", doc(&ecma.SetDoNotDisturb{}))},
		{name: "nobody", in: notification("", doc(&ecma.SetDoNotDisturb{}))},
		{name: "another port", in: notification("1001", nil), change: func(in *Incoming) { in.Source = netip.MustParseAddrPort("192.0.2.71:5061") }},
		{name: "another address by TCP", in: notification("1001", nil), change: func(in *Incoming) { in.Transport, in.Source = "tcp", netip.MustParseAddrPort("192.0.2.72:5060") }},
		{name: "the same address by TCP", in: notification("1001", nil), change: func(in *Incoming) { in.Transport, in.Source = "tcp", netip.MustParseAddrPort("192.0.2.71:40000") }},
		{name: "the same address and port by TCP", in: notification("1001", nil), change: func(in *Incoming) { in.Transport = "tcp" }},
		{name: "in a dialogue", in: notification("1001", nil), change: func(in *Incoming) { in.ToTag = "b" }},
		{name: "another package", in: notification("1001", nil), change: func(in *Incoming) { in.Event = "refer" }},
	} {
		if c.change != nil {
			c.change(&c.in)
		}
		var replies []Reply
		ok := notifyAgent(&told{}).notified(c.in, func(r Reply) { replies = append(replies, r) })
		require.Equal(t, c.status != 0, ok, c.name)
		if ok {
			require.Len(t, replies, 1, c.name)
			assert.Equal(t, c.status, replies[0].Status, c.name)
			assert.Equal(t, c.answer, requestIn(replies[0].Body), c.name)
		}
	}
}

// Over TCP a phone is believed by the connection that it registered with us by.
// Others may share its address, and be somebody else.
func TestNotificationsByConnection(t *testing.T) {
	for _, c := range []struct {
		source, transport string
		ok                bool
	}{
		{"192.0.2.71:40000", "tcp", true},
		{"192.0.2.71:40001", "tcp", false},
		{"192.0.2.71:40000", "tls", false},
		{"192.0.2.71:40000", "udp", false},
	} {
		sink := &told{}
		a := notifyAgent(sink)
		a.registered(time.Unix(1_700_000_000, 0), Registration{
			Registrar: ownRegistrar, CallID: "own", Device: "1004", User: "1004", Domain: "pbx.example", Contact: "<sip:1004@10.0.0.9:5060;transport=tcp>",
			Transport: "tcp", Source: netip.MustParseAddrPort("192.0.2.71:40000"), Mode: NotifyMode,
		})
		in := notification("1004", ecma.AppendVerbatim(nil, ecma.Edition3, &ecma.SetForwarding{ActivateForward: true}))
		in.Source, in.Transport = netip.MustParseAddrPort(c.source), c.transport
		assert.Equal(t, c.ok, a.notified(in, func(Reply) {}), "%s %s", c.source, c.transport)
		assert.Equal(t, c.ok, len(sink.requests) == 1)
	}
}

// FuzzNotified: whatever a phone sends outside of a session is answered once, and
// nothing but the features gets through.
func FuzzNotified(f *testing.F) {
	f.Add("1001", ContentCSTA, ecma.AppendVerbatim(nil, ecma.Edition3, &ecma.SetForwarding{ForwardingType: ecma.ForwardBusy, ActivateForward: true}))
	f.Add("1002", "Application/CSTA+xml; charset=utf-8", []byte("<DoNotDisturbEvent><doNotDisturbOn>1</doNotDisturbOn></DoNotDisturbEvent>"))
	f.Fuzz(func(t *testing.T, user, contentType string, doc []byte) {
		sink := &told{}
		in := notification(user, doc)
		in.ContentType = contentType
		replies := 0
		ok := notifyAgent(sink).notified(in, func(r Reply) {
			replies++
			if r.Status != 200 && r.Status != 415 && (r.Status != 403 || user != "1002") {
				t.Fatalf("answered with %d", r.Status)
			}
		})
		if ok != (replies == 1) || replies > 1 {
			t.Fatalf("%t, but answered %d times", ok, replies)
		}
		if known := user == "1001" || user == "1002"; !known && ok {
			t.Fatalf("%q is believed", user)
		}
		for _, m := range sink.requests {
			if !isFeature(m) || user == "1002" && changes(m) {
				t.Fatalf("%s got through", m.Element())
			}
		}
		for _, e := range sink.events {
			switch e.(type) {
			case *ecma.DoNotDisturbEvent, *ecma.ForwardingEvent:
			default:
				t.Fatalf("%s got through", e.Element())
			}
		}
	})
}
