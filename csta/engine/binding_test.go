package engine

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

// phoneBench is a bench with telephones that take requests.
type phoneBench struct {
	*bench
	asked []*askedPhone
}

type askedPhone struct {
	phone uint64
	r     telephone.Request
	done  func(telephone.Outcome, error)
}

func newPhoneBench(t *testing.T) *phoneBench {
	b := &phoneBench{bench: newBench(t)}
	b.core.asks.by = b
	return b
}

func (b *phoneBench) ask(number, phone uint64, r telephone.Request) {
	b.asked = append(b.asked, &askedPhone{phone, r, b.core.answers(number)})
	b.out = append(b.out, fmt.Sprintf("ask %d %s %s%s", phone, r.Service, r.Call, r.Number))
}

// says answers what a phone was asked last.
func (b *phoneBench) says(call string, err error) {
	b.asked[len(b.asked)-1].done(telephone.Outcome{Call: call}, err)
}

var (
	deskPhone = netip.MustParseAddrPort("192.0.2.71:5060")
	softPhone = netip.MustParseAddrPort("192.0.2.71:5070")
)

func (b *phoneBench) up(id uint64, device string, contact netip.AddrPort, tells bool) {
	b.core.handsets.phoneEvent(&telephone.Event{Kind: telephone.Up, Phone: id, Device: device, Contact: contact, Source: deskPhone.Addr(), Tells: tells})
}

func (b *phoneBench) tells(id uint64, kind telephone.Kind, call, number string) {
	b.core.handsets.phoneEvent(&telephone.Event{Kind: kind, Phone: id, Call: call, Number: number})
}

func (b *phoneBench) dials(leg, device, number string, from netip.AddrPort) {
	b.event(switching.Event{Kind: switching.LegCreated, Leg: leg, Info: &switching.LegInfo{
		Direction: switching.Inbound, Device: device, Caller: device, Dialled: number, Contact: from,
	}})
}

// ringsAt has the switch call a device's phone for a leg.
func (b *phoneBench) ringsAt(leg, device string, to netip.AddrPort, originator, caller string) {
	b.event(switching.Event{Kind: switching.LegCreated, Leg: leg, Info: &switching.LegInfo{
		Direction: switching.Outbound, Device: device, Dialled: device, Originator: originator, Caller: caller, Contact: to,
	}})
	b.simple(switching.LegProgress, leg)
}

func makeCallOf(device, number string) *ecma.MakeCall {
	return &ecma.MakeCall{CallingDevice: ecma.Subscriber(device), Called: ecma.Subscriber(number), AutoOriginate: ecma.DoNotPrompt}
}

func TestPhoneDials(t *testing.T) {
	for name, play := range map[string]func(b *phoneBench){
		"answer, leg": func(b *phoneBench) {
			b.says("7", nil)
			b.tells(1, telephone.Dialling, "7", "1002")
			b.dials("l", "1001", "1002", deskPhone)
		},
		"leg, answer": func(b *phoneBench) {
			b.dials("l", "1001", "1002", deskPhone)
			b.says("7", nil)
		},
		"event, leg, answer": func(b *phoneBench) {
			b.tells(1, telephone.Dialling, "7", "")
			b.dials("l", "1001", "1002", deskPhone)
			b.says("7", nil)
		},
		"leg, no answer": func(b *phoneBench) {
			b.dials("l", "1001", "1002", deskPhone)
			b.tells(1, telephone.Dialling, "7", "sip:1002@csta.test")
			b.says("", telephone.ErrSilent)
		},
		"with a prefix": func(b *phoneBench) {
			b.says("7", nil)
			b.dials("l", "1001", "91002", deskPhone)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newPhoneBench(t)
			b.up(1, "1001@csta.test", deskPhone, true)
			cl := b.client("x")
			ref := cl.monitor("1001")
			cl.send(makeCallOf("1001", "1002"))
			require.Equal(t, []string{"ask 1 MakeCall 1002"}, b.take())
			play(b)
			require.Equal(t, []string{"x made l/1001", "x " + ref + " ServiceInitiated l/1001 makeCall initiated"}, b.take())
			require.NotNil(t, b.core.legs["l"].handset.call)
			require.Equal(t, "7", b.core.legs["l"].handset.call.id)
			require.Nil(t, b.core.handsets.byID[1].dialing)
			b.hangUp("l", switching.CauseOriginatorCancel)
			b.destroyed("l")
			require.Empty(t, b.core.handsets.byID[1].legs)
			require.Empty(t, b.core.handsets.byID[1].calls)
			b.empty()
		})
	}
}

func TestPhoneDoesNotDial(t *testing.T) {
	const refused = "x error requestIncompatibleWithCallingDevice"
	for _, tt := range []struct {
		name string
		play func(b *phoneBench)
		want []string
	}{
		{"refuses: the switch calls it", func(b *phoneBench) { b.says("", telephone.ErrRefused) }, []string{"made", "op"}},
		{"says yes and nothing happens", func(b *phoneBench) { b.says("7", nil); b.pass(waits[forDialling].atMost) }, []string{refused, "ask 1 ClearConnection 7"}},
		{"is silent", func(b *phoneBench) { b.says("", telephone.ErrSilent); b.pass(waits[forDoubt].atMost) }, []string{refused}},
		{"is lost", func(b *phoneBench) { b.says("", telephone.ErrLost); b.pass(waits[forDoubt].atMost) }, []string{refused}},
		{"tells that it failed", func(b *phoneBench) {
			b.says("7", nil)
			b.tells(1, telephone.Failed, "7", "")
			b.pass(waits[forDoubt].atMost)
		}, []string{refused}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newPhoneBench(t)
			b.up(1, "1001", deskPhone, true)
			cl := b.client("x")
			cl.monitor("1001")
			cl.send(makeCallOf("1001", "1002"))
			b.take()
			tt.play(b)
			got := b.take()
			if tt.want[0] == "made" {
				require.Len(t, got, 2)
				require.Contains(t, got[0], "x made ")
				require.Contains(t, got[1], "op switching.Originate")
				return
			}
			require.Equal(t, tt.want, got)
			b.empty()
		})
	}
}

// The leg of a device's other phone is not that of the one that takes requests.
func TestLegsAreToldApartByContact(t *testing.T) {
	b := newPhoneBench(t)
	b.up(1, "1001", deskPhone, true)
	b.inbound("a", "1000", "1001")
	b.ringsAt("soft", "1001", softPhone, "a", "1000")
	b.ringsAt("desk", "1001", deskPhone, "a", "1000")
	b.tells(1, telephone.Ringing, "7", "Alice")
	require.Nil(t, b.core.legs["soft"].handset)
	require.Equal(t, "7", b.core.legs["desk"].handset.call.id)

	// A line that only controls: the address has to do.
	b.up(2, "1002", netip.AddrPort{}, true)
	b.dials("d", "1002", "1000", softPhone)
	require.NotNil(t, b.core.legs["d"].handset)
	b.dials("e", "1002", "1000", netip.MustParseAddrPort("192.0.2.72:5060"))
	require.Nil(t, b.core.legs["e"].handset)
}

// Of several calls the numbers decide, else the order.
func TestSeveralCallsAtOnePhone(t *testing.T) {
	b := newPhoneBench(t)
	b.up(1, "1001", deskPhone, true)
	b.inbound("a", "1000", "1001")
	b.inbound("c", "1002", "1001")
	b.ringsAt("b", "1001", deskPhone, "a", "1000")
	b.ringsAt("d", "1001", deskPhone, "c", "1002")
	b.tells(1, telephone.Ringing, "8", "1002")
	b.tells(1, telephone.Ringing, "7", "Alice")
	require.Equal(t, "7", b.core.legs["b"].handset.call.id)
	require.Equal(t, "8", b.core.legs["d"].handset.call.id)

	// The phone's word about a call changes nothing but the binding.
	cl := b.client("x")
	cl.monitor("1001")
	b.tells(1, telephone.Cleared, "8", "")
	require.Nil(t, b.core.legs["d"].handset.call)
	require.Empty(t, b.take())
	b.hangUp("d", switching.CauseOriginatorCancel)
	b.tells(1, telephone.Ringing, "7", "1000")
	require.Equal(t, "7", b.core.legs["b"].handset.call.id)
}

// What a phone tells of a call that is over does not stick to the next leg.
func TestLateWordOfACallThatIsOver(t *testing.T) {
	for name, late := range map[string]func(b *phoneBench){
		"before the next leg": func(b *phoneBench) {
			b.tells(1, telephone.Talking, "7", "")
			b.core.handsets.byID[1].ended = nil
			b.tells(1, telephone.Talking, "7", "")
			b.pass(time.Second)
			b.ringsAt("d", "1001", deskPhone, "c", "1002")
		},
		"behind the next leg": func(b *phoneBench) {
			b.ringsAt("d", "1001", deskPhone, "c", "1002")
			b.tells(1, telephone.Talking, "7", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newPhoneBench(t)
			b.up(1, "1001", deskPhone, true)
			b.inbound("a", "1000", "1001")
			b.ringsAt("b", "1001", deskPhone, "a", "1000")
			b.tells(1, telephone.Ringing, "7", "1000")
			b.hangUp("b", switching.CauseNormalClearing)
			b.tells(1, telephone.Cleared, "7", "")
			late(b)
			require.Nil(t, b.core.legs["d"].handset.call)
			b.tells(1, telephone.Ringing, "8", "1002")
			require.Equal(t, "8", b.core.legs["d"].handset.call.id)
			b.hangUp("d", switching.CauseNormalClearing)
			b.ringsAt("e", "1001", deskPhone, "c", "1002")
			b.tells(1, telephone.Ringing, "8", "1002")
			require.Equal(t, "8", b.core.legs["e"].handset.call.id, "the phone uses the identifier again")
		})
	}
}

// A phone rings before it says so: AnswerCall waits for that, not for long.
func TestAnswerWaitsForThePhonesWord(t *testing.T) {
	b := newPhoneBench(t)
	b.up(1, "1001", deskPhone, true)
	b.inbound("a", "1000", "1001")
	b.ringsAt("b", "1001", deskPhone, "a", "1000")
	cl := b.client("x")
	b.take()
	answer := &ecma.AnswerCall{CallToBeAnswered: ecma.ConnectionID{CallID: "a", Device: ecma.Subscriber("1001")}}
	cl.send(answer)
	require.Empty(t, b.take())
	b.tells(1, telephone.Ringing, "7", "")
	require.Equal(t, []string{"ask 1 AnswerCall 7"}, b.take())
	b.says("", nil)
	b.simple(switching.LegAnswered, "b")
	require.Equal(t, []string{"x AnswerCallResponse"}, b.take())

	b.inbound("c", "1002", "1001")
	b.ringsAt("d", "1001", deskPhone, "c", "1002")
	cl.send(&ecma.AnswerCall{CallToBeAnswered: ecma.ConnectionID{CallID: "c", Device: ecma.Subscriber("1001")}})
	require.Empty(t, b.take())
	b.pass(waits[forTelling].atMost)
	require.Equal(t, []string{"op switching.Answer{quick:{} Leg:d AskPhone:true}"}, b.take())
	b.pass(defaultAnswerTimeout)
	require.Equal(t, []string{"ask 1 SnapshotDevice ", "x error requestIncompatibleWithDevice"}, b.take())
}

// A phone that names no calls is asked if only one of them can be meant.
func TestPhoneThatNamesNoCalls(t *testing.T) {
	b := newPhoneBench(t)
	b.up(1, "1001", deskPhone, false)
	b.talk()
	cl := b.client("x")
	b.inbound("c", "1002", "1001")
	b.ringsAt("d", "1001", deskPhone, "c", "1002")
	b.core.legs["b"].handset.call = nil
	b.take()
	cl.send(&ecma.AnswerCall{CallToBeAnswered: ecma.ConnectionID{CallID: "c", Device: ecma.Subscriber("1001")}})
	require.Equal(t, []string{"ask 1 AnswerCall "}, b.take(), "the one that rings")
	cl.send(&ecma.HoldCall{CallToBeHeld: ecma.ConnectionID{CallID: "a", Device: ecma.Subscriber("1001")}})
	require.Equal(t, []string{"ask 1 HoldCall "}, b.take(), "the one that somebody talks in")
}

// A phone that has told nothing of a call is asked for its calls; what two of them
// could be stays without.
func TestPhoneIsAskedForItsCalls(t *testing.T) {
	b := newPhoneBench(t)
	b.inbound("a", "1000", "1001")
	b.ringsAt("b", "1001", deskPhone, "a", "1000")
	b.simple(switching.LegAnswered, "b")
	b.simple(switching.LegHeld, "b")
	b.dials("d", "1001", "1002", deskPhone)
	b.ringsAt("e", "1002", softPhone, "d", "1001")
	b.ringsAt("f", "1001", deskPhone, "", "1003")
	b.ringsAt("g", "1001", deskPhone, "", "1004")
	b.take()
	b.up(1, "1001", deskPhone, true)
	b.pass(waits[forPhonesCalls].atMost)
	require.Equal(t, []string{"ask 1 SnapshotDevice "}, b.take(), "once for all")
	b.asked[0].done(telephone.Outcome{Calls: []telephone.Shown{
		{Call: "7", State: telephone.Connected}, {Call: "8", State: telephone.Holding},
		{Call: "9", State: telephone.Alerting}, {Call: "10", State: telephone.Alerting}, {Call: "11"},
	}}, nil)
	require.Equal(t, "8", b.core.legs["b"].handset.call.id)
	require.Equal(t, "7", b.core.legs["d"].handset.call.id)
	require.Nil(t, b.core.legs["f"].handset.call)
	require.Nil(t, b.core.legs["g"].handset.call)

	b.ringsAt("h", "1001", deskPhone, "", "1005")
	b.pass(waits[forPhonesCalls].atMost)
	require.Equal(t, []string{"ask 1 SnapshotDevice "}, b.take())
	b.says("", telephone.ErrUnsupported)
	b.ringsAt("i", "1001", deskPhone, "", "1006")
	b.pass(2 * waits[forPhonesCalls].atMost)
	require.Empty(t, b.take())
}

// A phone that was silent for its whole time has a second for NOTIFY talk, and not
// the time that one has which was never asked.
func TestSilentPhoneIsNotWaitedForTwice(t *testing.T) {
	for name, err := range map[string]error{"silent": telephone.ErrSilent, "idle": nil} {
		t.Run(name, func(t *testing.T) {
			b := newPhoneBench(t)
			b.up(1, "1001", deskPhone, true)
			b.inbound("a", "1000", "1001")
			b.ringsAt("b", "1001", deskPhone, "a", "1000")
			b.tells(1, telephone.Ringing, "7", "")
			b.client("x").send(&ecma.AnswerCall{CallToBeAnswered: of("a", "1001")})
			b.says("", err)
			b.pass(waits[forProof].atMost)
			b.take()
			b.pass(waits[forSecondAnswer].atMost)
			require.Equal(t, []string{"x error requestIncompatibleWithDevice"}, b.take())
		})
	}
}

// A phone whose words lag may still tell of a call that is over: what it has just
// named is the call that it dials.
func TestLateWordsOfAnEarlierCall(t *testing.T) {
	b := newPhoneBench(t)
	b.up(1, "1001", deskPhone, true)
	cl := b.client("x")
	cl.monitor("1001")
	b.tells(1, telephone.Dialling, "6", "1002")
	cl.send(makeCallOf("1001", "1002"))
	b.says("7", nil)
	b.dials("l", "1001", "1002", deskPhone)
	require.Equal(t, "7", b.core.legs["l"].handset.call.id)
}
