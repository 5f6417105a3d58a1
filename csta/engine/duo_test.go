package engine

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
	"mod_csta_socket/csta/telephone"
)

func of(call, device string) ecma.ConnectionID {
	return ecma.ConnectionID{CallID: call, Device: ecma.Subscriber(device)}
}

// consulting is a bench with 1001, called by 1000, whose phone takes requests.
func consulting(t *testing.T) (b *phoneBench, cl *client, ref string) {
	b = newPhoneBench(t)
	b.up(1, "1001", deskPhone, true)
	b.talk()
	cl = b.client("x")
	ref = cl.monitor("1001")
	return b, cl, ref
}

func consultationOf(number string) *ecma.ConsultationCall {
	return &ecma.ConsultationCall{ExistingCall: of("a", "1001"), ConsultedDevice: ecma.Subscriber(number)}
}

// consulted is as far as the consulted party, on leg e, has answered.
func consulted(t *testing.T) (b *phoneBench, cl *client, ref string) {
	b, cl, ref = consulting(t)
	b.consultsRinging(cl)
	b.simple(switching.LegAnswered, "e")
	b.simple(switching.LegAnswered, "d")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "d", Other: "e"})
	b.pass(time.Second)
	b.take()
	return b, cl, ref
}

func (b *phoneBench) consultsRinging(cl *client) {
	cl.send(consultationOf("1002"))
	b.simple(switching.LegHeld, "b")
	b.dials("d", "1001", "1002", deskPhone)
	b.says("8", nil)
	b.ringsAt("e", "1002", softPhone, "d", "1001")
	b.take()
}

// switchList is the switch's list while none of the legs here is held.
func (b *phoneBench) switchList() []switching.LegState {
	var list []switching.LegState
	for id, l := range b.core.legs {
		list = append(list, switching.LegState{Leg: id, Info: l.Info, Answered: l.Answered(), Ringing: l.Rings(), Partner: l.Bridge.Partner})
	}
	return list
}

func pairOf(m ecma.Message) ecma.Message {
	held, active := of("a", "1001"), of("d", "1001")
	switch m := m.(type) {
	case *ecma.AlternateCall:
		m.HeldCall, m.ActiveCall = held, active
	case *ecma.ReconnectCall:
		m.HeldCall, m.ActiveCall = held, active
	case *ecma.TransferCall:
		m.HeldCall, m.ActiveCall = held, active
	case *ecma.ConferenceCall:
		m.HeldCall, m.ActiveCall = held, active
	}
	return m
}

// The response comes with the second leg, and all events after it.
func TestPhoneConsults(t *testing.T) {
	for name, play := range map[string]func(b *phoneBench){
		"hold, answer, leg": func(b *phoneBench) {
			b.simple(switching.LegHeld, "b")
			b.says("8", nil)
			require.Empty(b.t, b.take())
			b.dials("d", "1001", "1002", deskPhone)
		},
		"leg, hold, answer": func(b *phoneBench) {
			b.dials("d", "1001", "1002", deskPhone)
			b.simple(switching.LegHeld, "b")
			b.says("8", nil)
		},
		"hold, leg, silence": func(b *phoneBench) {
			b.simple(switching.LegHeld, "b")
			b.dials("d", "1001", "1002", deskPhone)
			b.says("", telephone.ErrSilent)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, cl, ref := consulting(t)
			cl.send(consultationOf("1002"))
			require.Equal(t, []string{"ask 1 ConsultationCall 71002"}, b.take())
			play(b)
			require.Equal(t, []string{
				"x consults d/1001",
				"x " + ref + " Held a/1001 consultation hold",
				"x " + ref + " ServiceInitiated d/1001 consultation initiated",
			}, b.take("Note"))
			b.ringsAt("e", "1002", softPhone, "d", "1001")
			require.Equal(t, []string{
				"x " + ref + " Originated d/1001 1001>1002 consultation connected",
				"x " + ref + " Delivered d/1002 1001>1002 at 1002 consultation connected",
			}, b.take())
			b.pass(2 * waits[forPhonesHold].atMost)
			for _, line := range b.take("Note") {
				require.Equal(t, "ask 1 SnapshotDevice ", line)
			}
		})
	}
}

func TestPhoneDoesNotConsult(t *testing.T) {
	const refused = "x error requestIncompatibleWithConnection"
	for _, tt := range []struct {
		name string
		play func(b *phoneBench)
		want func(ref string) []string
	}{
		{"refuses: the switch does it", func(b *phoneBench) { b.says("", telephone.ErrRefused) }, func(string) []string {
			return []string{"op switching.Protect{quick:{} Leg:b On:true}"}
		}},
		{"is silent", func(b *phoneBench) { b.says("", telephone.ErrSilent); b.pass(waits[forDoubt].atMost) }, func(string) []string {
			return []string{refused}
		}},
		{"says yes and nothing happens", func(b *phoneBench) { b.says("8", nil); b.pass(waits[forDialling].atMost) }, func(string) []string {
			return []string{refused, "ask 1 ClearConnection 8"}
		}},
		{"holds and refuses", func(b *phoneBench) { b.simple(switching.LegHeld, "b"); b.says("", telephone.ErrRefused) }, func(ref string) []string {
			return []string{refused, "x " + ref + " Held a/1001 normal hold", "ask 1 RetrieveCall 7"}
		}},
		{"ends the call", func(b *phoneBench) { b.hangUp("b", switching.CauseNormalClearing) }, func(ref string) []string {
			return []string{"x error invalidConnectionState", "x " + ref + " ConnectionCleared a/1001 normalClearing null"}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, cl, ref := consulting(t)
			cl.send(consultationOf("1002"))
			b.take()
			tt.play(b)
			require.Equal(t, tt.want(ref), b.take("Note"))
			require.Nil(t, b.core.legs["b"].duo)
			if b.core.legs["b"].consult == nil {
				// What the phone does later is a call of its user's.
				b.dials("d", "1001", "1002", deskPhone)
				require.Equal(t, []string{"x " + ref + " ServiceInitiated d/1001 newCall initiated"}, b.take("Note"))
			}
		})
	}
}

// A phone that dials and does not hold is shown as it is.
func TestPhoneConsultsWithoutHold(t *testing.T) {
	b, cl, ref := consulting(t)
	cl.send(consultationOf("1002"))
	b.dials("d", "1001", "1002", deskPhone)
	b.says("8", nil)
	b.take()
	for range 2 {
		b.core.comparison.audit()
		b.last(switching.ListLegs{}).done(switching.Outcome{Legs: b.switchList()}, nil)
		b.pass(waits[forSecondLook].atMost / 2)
	}
	require.Zero(t, b.core.counters.AuditFindings)
	b.pass(waits[forPhonesHold].atMost)
	require.Equal(t, []string{"x " + ref + " Retrieved a/1001 normal connected"}, b.take("Note", "ListLegs"))
}

func TestAlternateAtThePhone(t *testing.T) {
	b, cl, ref := consulted(t)
	swapped := []string{"x AlternateCallResponse", "x " + ref + " Held d/1001 alternate hold", "x " + ref + " Retrieved a/1001 alternate connected"}
	cl.send(pairOf(&ecma.AlternateCall{}))
	require.Equal(t, []string{"ask 1 AlternateCall 7"}, b.take())
	require.Equal(t, "8", b.asked[len(b.asked)-1].r.Active)
	b.says("", nil)
	b.simple(switching.LegUnheld, "b")
	require.Empty(t, b.take("Note"))
	b.simple(switching.LegHeld, "d")
	require.Equal(t, swapped, b.take("Note"))

	// A phone that refuses is asked for the two halves.
	cl.send(&ecma.AlternateCall{HeldCall: of("d", "1001"), ActiveCall: of("a", "1001")})
	b.says("", telephone.ErrUnsupported)
	require.Equal(t, []string{"ask 1 AlternateCall 8", "ask 1 HoldCall 7"}, b.take())
	b.says("", nil)
	b.simple(switching.LegHeld, "b")
	require.Equal(t, []string{"ask 1 RetrieveCall 8"}, b.take("Note"))
	b.says("", nil)
	b.simple(switching.LegUnheld, "d")
	require.Equal(t, []string{"x AlternateCallResponse", "x " + ref + " Held a/1001 alternate hold", "x " + ref + " Retrieved d/1001 alternate connected"}, b.take("Note"))

	// One that does half of it leaves an error, and the truth.
	cl.send(pairOf(&ecma.AlternateCall{}))
	require.Equal(t, []string{"ask 1 HoldCall 8"}, b.take(), "the phone has said what it does not know")
	b.says("", nil)
	b.simple(switching.LegHeld, "d")
	b.says("", telephone.ErrRefused)
	require.Equal(t, []string{"ask 1 RetrieveCall 7", "op switching.Unhold{quick:{} Leg:b}"}, b.take("Note"))
	b.phoneHolds()
	require.Equal(t, []string{"op switching.Answer{quick:{} Leg:b AskPhone:true}"}, b.take("Note"))
	b.pass(defaultAnswerTimeout)
	require.Equal(t, []string{"x error requestIncompatibleWithDevice", "x " + ref + " Held d/1001 normal hold"}, b.take("Note"))
}

func TestReconnectAtThePhone(t *testing.T) {
	cleared := func(ref string) []string {
		return []string{"x ReconnectCallResponse", "x " + ref + " ConnectionCleared d/1001 normalClearing null"}
	}
	for name, play := range map[string]func(b *phoneBench, ref string){
		"the phone does": func(b *phoneBench, ref string) {
			b.says("", nil)
			b.hangUp("d", switching.CauseOriginatorCancel)
			require.Equal(b.t, cleared(ref), b.take("Note"))
			b.simple(switching.LegUnheld, "b")
		},
		"in another order": func(b *phoneBench, ref string) {
			b.says("", nil)
			b.simple(switching.LegUnheld, "b")
			require.Empty(b.t, b.take("Note"))
			b.hangUp("d", switching.CauseOriginatorCancel)
			require.Equal(b.t, cleared(ref), b.out[:2])
			b.out = b.out[2:]
		},
		"it clears and forgets the other": func(b *phoneBench, ref string) {
			b.says("", nil)
			b.hangUp("d", switching.CauseOriginatorCancel)
			require.Equal(b.t, cleared(ref), b.take("Note"))
			b.pass(waits[forProof].atMost)
			require.Equal(b.t, []string{"op switching.Unhold{quick:{} Leg:b}"}, b.take("Note"))
			b.phoneHolds()
			require.Equal(b.t, []string{"op switching.Answer{quick:{} Leg:b AskPhone:true}"}, b.take("Note"))
			b.simple(switching.LegUnheld, "b")
		},
		"it refuses": func(b *phoneBench, ref string) {
			b.says("", telephone.ErrRefused)
			b.pass(waits[forRefusal].atMost)
			require.Equal(b.t, []string{"op switching.HangUp{quick:{} Leg:d Cause:NORMAL_CLEARING Forsaken:false}"}, b.take("Note"))
			b.hangUp("d", switching.CauseNormalClearing)
			require.Equal(b.t, append(cleared(ref), "ask 1 RetrieveCall 7"), b.take("Note"))
			b.says("", nil)
			b.simple(switching.LegUnheld, "b")
		},
		"it is silent": func(b *phoneBench, ref string) {
			b.says("", telephone.ErrSilent)
			b.pass(waits[forDoubt].atMost)
			require.Equal(b.t, []string{"op switching.HangUp{quick:{} Leg:d Cause:NORMAL_CLEARING Forsaken:false}"}, b.take("Note"))
			b.hangUp("d", switching.CauseNormalClearing)
			require.Equal(b.t, append(cleared(ref), "op switching.Unhold{quick:{} Leg:b}"), b.take("Note"))
			b.phoneHolds()
			require.Equal(b.t, []string{"op switching.Answer{quick:{} Leg:b AskPhone:true}"}, b.take("Note"))
			b.simple(switching.LegUnheld, "b")
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, cl, ref := consulting(t)
			b.consultsRinging(cl)
			cl.send(pairOf(&ecma.ReconnectCall{}))
			require.Equal(t, []string{"ask 1 ReconnectCall 7"}, b.take("Note"))
			play(b, ref)
			b.hangUp("e", switching.CauseOriginatorCancel)
			require.Contains(t, b.take("Note"), "x "+ref+" Retrieved a/1001 normal connected")
			require.Nil(t, b.core.legs["b"].duo)
		})
	}
}

// A service ended the consulted party's call: it is no call that was given up.
func TestReconnectEndsTheConsultedPartysCallNormally(t *testing.T) {
	b, cl, _ := consulting(t)
	b.consultsRinging(cl)
	ref := cl.monitor("1002")
	cl.send(pairOf(&ecma.ReconnectCall{}))
	b.says("", nil)
	b.hangUp("d", switching.CauseOriginatorCancel)
	b.take()
	b.hangUp("e", switching.CauseOriginatorCancel)
	require.Equal(t, []string{"x " + ref + " ConnectionCleared d/1002 normalClearing null"}, b.take("Note"))
}

// The consulting device stays in its second call when nobody else is left there,
// although its phone has ended it.
func TestConsultingDeviceStaysAlone(t *testing.T) {
	for name, leave := range map[string]func(b *phoneBench, cl *client, ref string){
		"ReconnectCall": func(b *phoneBench, cl *client, ref string) {
			cl.send(pairOf(&ecma.ReconnectCall{}))
			require.Equal(b.t, []string{"x ReconnectCallResponse", "x " + ref + " ConnectionCleared d/1001 normalClearing null", "ask 1 RetrieveCall 7"}, b.take("Note"))
			b.says("", nil)
		},
		"RetrieveCall": func(b *phoneBench, cl *client, ref string) {
			cl.send(&ecma.RetrieveCall{CallToBeRetrieved: of("a", "1001")})
			require.Equal(b.t, []string{"x RetrieveCallResponse", "x " + ref + " ConnectionCleared d/1001 normalClearing null", "ask 1 RetrieveCall 7"}, b.take("Note"))
			b.says("", nil)
		},
		"the user": func(b *phoneBench, _ *client, ref string) {
			b.simple(switching.LegUnheld, "b")
			b.simple(switching.LegResumed, "b")
			require.Equal(b.t, []string{"x " + ref + " ConnectionCleared d/1001 normalClearing null"}, b.out[:1])
		},
		"a new call": func(b *phoneBench, _ *client, ref string) {
			b.dials("f", "1001", "1003", deskPhone)
			require.Equal(b.t, []string{"x " + ref + " ConnectionCleared d/1001 normalClearing null", "x " + ref + " ServiceInitiated f/1001 newCall initiated"}, b.take("Note"))
			b.hangUp("f", switching.CauseOriginatorCancel)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, cl, ref := consulting(t)
			cl.send(consultationOf("1002"))
			b.simple(switching.LegHeld, "b")
			b.dials("d", "1001", "1002", deskPhone)
			b.says("8", nil)
			b.hangUp("d", switching.CauseUserBusy)
			b.destroyed("d")
			b.take()
			cl.send(&ecma.SnapshotDevice{Object: ecma.Subscriber("1001")})
			require.Equal(t, []string{"x calls [a/1001[hold connected] d/1001[connected]]"}, b.take())
			leave(b, cl, ref)
			b.simple(switching.LegUnheld, "b")
			b.pass(time.Second)
			require.Nil(t, b.core.calls["d"])
			for _, l := range []string{"b", "a"} {
				b.hangUp(l, switching.CauseNormalClearing)
				b.destroyed(l)
			}
			b.destroyed("f")
			b.empty()
		})
	}
}

// What the phone does not transfer is joined by the switch; its legs may end before
// that is heard of.
func TestTransferOfTwoLinesBySwitch(t *testing.T) {
	b, cl, ref := consulted(t)
	cl.send(pairOf(&ecma.TransferCall{}))
	require.Equal(t, []string{"ask 1 TransferCall 7"}, b.take())
	b.says("", telephone.ErrRefused)
	b.pass(waits[forRefusal].atMost)
	require.Equal(t, []string{"op switching.Bridge{quick:{} Leg:a Other:e Back:false}"}, b.take())
	b.simple(switching.LegUnheld, "b")
	b.pass(waits[forHangUpBehindUnhold].atMost)
	require.Empty(t, b.take("Note"), "nobody took it up")
	b.hangUp("b", switching.CauseNormalClearing)
	require.Equal(t, []string{
		"x transferred a/1002",
		"x " + ref + " Transfered a/1001+d/1001 a/1000 a/1002 by 1001 to 1002 transfer null",
	}, b.take("Note"))
	b.hangUp("d", switching.CauseNormalClearing)
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "e"})
	b.done(switching.Bridge{})
	b.pass(5 * time.Second)
	require.Empty(t, b.take("Note"))
	require.Len(t, b.core.calls, 1)
}

// The held call keeps its identifier, whichever is the older one.
func TestTransferAtThePhoneGoesIntoTheHeldCall(t *testing.T) {
	b, cl, ref := consulted(t)
	cl.send(pairOf(&ecma.AlternateCall{}))
	b.simple(switching.LegHeld, "d")
	b.simple(switching.LegUnheld, "b")
	b.says("", nil)
	b.pass(time.Second)
	b.take()
	cl.send(&ecma.TransferCall{HeldCall: of("d", "1001"), ActiveCall: of("a", "1001")})
	b.says("", nil)
	b.take()
	b.event(switching.Event{Kind: switching.LegHungUp, Leg: "b", Cause: switching.CauseNormalClearing, Transfer: switching.TransferorAttended})
	b.event(switching.Event{Kind: switching.LegHungUp, Leg: "d", Cause: switching.CauseNormalClearing, Transfer: switching.TransferorAttended})
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "e"})
	require.Equal(t, []string{
		"x transferred d/1000",
		"x " + ref + " Transfered d/1001+a/1001 d/1002 d/1000 by 1001 to 1000 transfer null",
	}, b.take("Note"))
	b.pass(5 * time.Second)
	require.Empty(t, b.take("Note", "HangUp"))
}

// A transfer that the phone began and the switch did not complete fails.
func TestTransferAtThePhoneThatComesToNothing(t *testing.T) {
	b, cl, ref := consulted(t)
	cl.send(pairOf(&ecma.TransferCall{}))
	b.says("", nil)
	b.take()
	for _, l := range []string{"b", "d"} {
		b.event(switching.Event{Kind: switching.LegHungUp, Leg: l, Cause: switching.CauseNormalClearing, Transfer: switching.TransferorAttended})
	}
	b.pass(waits[forTransfer].atMost)
	require.ElementsMatch(t, []string{
		"x error invalidHeldConnectionState",
		"x " + ref + " ConnectionCleared a/1001 normalClearing null",
		"x " + ref + " ConnectionCleared d/1001 normalClearing null",
	}, b.take("Note"))
}

// All meet in a room of the switch; the device goes on with its active leg.
func TestConferenceOfTwoLines(t *testing.T) {
	b, cl, ref := consulted(t)
	cl.send(pairOf(&ecma.ConferenceCall{}))
	room := ""
	for _, op := range []switching.Operation{switching.Protect{}, switching.Join{}, switching.Join{}, switching.Join{}, switching.Protect{}} {
		last := b.last(op)
		if j, ok := last.op.(switching.Join); ok {
			room = j.Conference
			if j.Leg == "e" {
				b.hangUp("b", switching.CauseNormalClearing)
			}
		}
		b.take()
		last.succeed(switching.Outcome{})
	}
	require.Equal(t, []string{
		"x conference a/1001",
		"x " + ref + " Conferenced a/1001+d/1001 a/1001 a/1000 a/1002 conference connected",
	}, b.take("Note"))
	require.Equal(t, room, b.core.calls["a"].conference)
	require.Equal(t, "d", b.core.calls["a"].Of(ecma.Subscriber("1001")).Leg)
	b.hangUp("d", switching.CauseNormalClearing)
	require.Equal(t, []string{"x " + ref + " ConnectionCleared a/1001 normalClearing null"}, b.take("Note", "KeepAfterBridge"))
}
