package conformance

import (
	"fmt"
	"slices"
	"time"
)

// TwoCalls are the services on two calls of a device, played in the ways of
// Telephones: the phone that consults by itself shows both calls, and what it then
// refuses, or does not do, is done to the other parties' legs.
func TwoCalls(takeRequests bool) []Scenario {
	manners := []Manner{Willing}
	if takeRequests {
		manners = []Manner{Willing, Refusing, Clumsy, Late, Mute, Silent, Idle, Leaving, Losing, Restarting, Skewed}
	}
	services := []struct {
		service, how string
		play         func(*trio, Manner)
	}{
		{"ConsultationCall", "", consultedByPhone},
		{"AlternateCall", "", alternatedByPhone},
		{"ReconnectCall", "", reconnectedByPhone},
		{"TransferCall", "", transferredByPhone},
		{"TransferCall", " while it rings", transferredRinging},
		{"ConferenceCall", "", conferredByPhone},
	}
	var list []Scenario
	for _, m := range manners {
		for _, s := range services {
			for _, one := range fromBothSides(Scenario{Name: s.service + s.how + " by the phone"}, func(t *trio) {
				phone := t.Phone(t.x.role)
				if m != Willing && !(phone.Knows("ConsultationCall") && phone.Knows(s.service)) {
					t.Skip("the phone does not do it by itself, whatever its manner")
				}
				s.play(t, m)
			}) {
				one.Name = fmt.Sprintf("%s, %s", one.Name, m)
				one.Slow = m != Willing && m != Refusing && m != Leaving
				list = append(list, one)
			}
		}
	}
	for _, s := range []struct {
		name string
		play func(*trio, *Talk, *Talk)
	}{{"AlternateCall and TransferCall", transfersMade}, {"ReconnectCall", reconnectsMade}, {"ConferenceCall", confersMade}} {
		list = append(list, fromBothSides(Scenario{Name: s.name + " of two calls that the user made"}, func(t *trio) {
			out, in := t.made()
			s.play(t, out, in)
		})...)
	}
	list = append(list, fromBothSides(Scenario{Name: "AlternateCall of a call that the user answered beside another"}, besideAnother)...)
	if !takeRequests {
		return list
	}
	consulting := func(name string, m Manner, play func(*trio)) {
		list = append(list, fromBothSides(Scenario{Name: name}, func(t *trio) {
			if !t.Phone(t.x.role).Knows("ConsultationCall") {
				t.Skip("the phone does not consult by itself")
			}
			t.Phone(t.x.role).Takes(m).Behaves(Behaviour{Talk: true})
			play(t)
		})...)
	}
	consulting("a phone that holds to consult and does not dial", OnlyHolding, holdsOnly)
	consulting("a phone that consults and does not hold", NotHolding, mixes)
	consulting("a phone that numbers a transferred call anew", Renumbering, renumbers)
	consulting("a phone that restarts its session and keeps its calls", Willing, findsAgain)
	for _, m := range []Manner{Willing, Clumsy} {
		name := fmt.Sprintf("TransferCall to a queue by the phone, %s", m)
		list = append(list, fromBothSides(Scenario{Name: name, Cast: queueAndTrunk}, func(t *trio) { queuedByPhone(t, m) })...)
	}
	return list
}

// queuedByPhone: the party transferred takes the place in the queue.
func queuedByPhone(t *trio, m Manner) {
	phone := t.Phone(t.x.role)
	q := t.consultsQueue()
	phone.Takes(m)
	answer, err := t.pairAnswer("TransferCall", t.is("c:$x"), t.is("d:$x"))
	t.must(err)
	t.leaves(answer, "transferredCall", t.is("c:$x"), "Q")
	line := "Transfered c:$x+d:$x c:$y,c:Q<d:Q transfer "
	t.gets(t.x, line+"null to=Q")
	t.gets(t.y, line+"connected to=Q")
	t.gets(q, line+"connected to=Q")
	t.xs.Ended()
	if phone.Knows("ConsultationCall") {
		phone.WasAsked("TransferCall", true)
		phone.Displays()
	}
	t.Snapshot("Q", t.is("c:Q connected connected"))
	t.ys.HangsUp()
	t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
	t.gets(q, "ConnectionCleared c:$y normalClearing connected", "ConnectionCleared c:Q normalClearing null")
}

// holdsOnly: the client hears of the hold, and the call is taken up again.
func holdsOnly(t *trio) {
	t.Refused(mayStillDial, t.consult("d", t.is("c:$x"), "C"))
	t.bothGet("Held", "normal", "hold", "connected")
	t.backTogether()
	t.z.GetsNothing()
	t.xs.HangsUp()
	t.over("c", t.x, t.y)
}

// mixes: both calls are active, as the switch sees them.
func mixes(t *trio) {
	zs := t.consults()
	t.bothGet("Retrieved", "normal", "connected", "connected")
	zs.Answers()
	t.gets(t.x, "Established d:$z $x>$z consultation connected")
	t.gets(t.z, "Established d:$z $x>$z consultation connected")
	t.talking(t.x.role, "C")
	t.Snapshot(t.x.role, t.is("c:$x connected connected"), t.is("d:$x connected connected"))
	t.Refused("stateIncompatibility/invalidHeldConnectionState", t.pair("AlternateCall", t.is("c:$x"), t.is("d:$x")))
	zs.HangsUp()
	t.over("d", t.z, t.x)
	t.xs.HangsUp()
	t.over("c", t.x, t.y)
}

// findsAgain: the phone is asked for the calls that it had before its session began.
func findsAgain(t *trio) {
	phone := t.Phone(t.x.role)
	if !phone.Knows("SnapshotDevice") {
		t.Skip("the phone does not tell its calls")
	}
	_, zs := t.byPhone(Restarting, false)
	t.Refused(notThisPhone, t.pair("AlternateCall", t.is("c:$x"), t.is("d:$x")))
	phone.Takes(Willing)
	ctx := t.within()
	for t.pair("AlternateCall", t.is("c:$x"), t.is("d:$x")) != nil {
		time.Sleep(100 * time.Millisecond)
		t.must(ctx.Err())
	}
	phone.WasAsked("SnapshotDevice", true)
	t.gets(t.x, "Held d:$x alternate hold", "Retrieved c:$x alternate connected")
	t.gets(t.y, "Retrieved c:$x alternate connected")
	t.gets(t.z, "Held d:$x alternate connected")
	phone.Displays(t.y.role+" connected", "C hold")
	zs.HangsUp()
	t.gets(t.z, "ConnectionCleared d:$z normalClearing null")
	t.gets(t.x, "ConnectionCleared d:$z normalClearing hold", "ConnectionCleared d:$x normalClearing null")
	t.xs.HangsUp()
	t.over("c", t.x, t.y)
}

// renumbers: the phone takes requests about its next call as before.
func renumbers(t *trio) {
	phone := t.Phone(t.x.role)
	zs := t.consulted()
	t.transfers(false)
	t.xs.Ended()
	phone.Displays()
	zs.HangsUp()
	t.over("c", t.z, t.y)
	t.ys.Ended()
	out := t.Phone("C").Dials(t.x.role)
	in := t.Phone(t.x.role).Rings()
	t.gets(t.z, "ServiceInitiated e:$z newCall initiated", "Originated e:$z $z>$x newCall connected", "Delivered e:$x $z>$x newCall connected")
	t.gets(t.x, "Delivered e:$x $z>$x newCall alerting")
	t.must(t.answer(t.is("e:$x")))
	t.gets(t.z, "Established e:$x $z>$x newCall connected")
	t.gets(t.x, "Established e:$x $z>$x newCall connected")
	out.Connected()
	phone.WasAsked("AnswerCall", true)
	out.HangsUp()
	t.over("e", t.z, t.x)
	in.Ended()
}

// byPhone has x consult z by its own phone, if that takes requests, and gives it a
// manner then.
func (t *trio) byPhone(m Manner, ringing bool) (owned bool, zs *Talk) {
	t.Helper()
	phone := t.Phone(t.x.role).Takes(Willing).Behaves(Behaviour{Talk: true})
	if ringing {
		zs = t.consults()
	} else {
		zs = t.consulted()
	}
	owned = phone.Knows("ConsultationCall")
	if owned {
		phone.WasAsked("ConsultationCall", true)
		phone.Displays(t.y.role+" hold", "C connected")
	}
	phone.Takes(m)
	return owned, zs
}

// left is what all three get when x's phone ends its calls instead, the first of
// them first.
func (t *trio) left(zs *Talk, local string) {
	t.Helper()
	cause := "normalClearing"
	if local == "alerting" {
		cause = "callCancelled"
	}
	t.gets(t.x, "ConnectionCleared c:$x normalClearing null", "ConnectionCleared d:$x normalClearing null")
	t.gets(t.y, "ConnectionCleared c:$x normalClearing connected", "ConnectionCleared c:$y normalClearing null")
	t.gets(t.z, "ConnectionCleared d:$x normalClearing "+local, "ConnectionCleared d:$z "+cause+" null")
	t.ys.Ended()
	zs.Ended()
}

const (
	// mayStillDial is what a client is told if the phone said yes to a consultation,
	// or nothing, and no call came.
	mayStillDial = "operation/requestIncompatibleWithConnection"
	// notThisPhone: it said yes, or nothing, and nothing happened.
	notThisPhone = "operation/requestIncompatibleWithDevice"
	noneHeld     = "stateIncompatibility/invalidHeldConnectionState"
	noneActive   = "stateIncompatibility/invalidActiveConnectionState"
)

func consultedByPhone(t *trio, m Manner) {
	phone := t.Phone(t.x.role).Takes(m)
	owned := phone.Knows("ConsultationCall")
	switch {
	case m.inVain():
		t.Refused(mayStillDial, t.consult("d", t.is("c:$x"), "C"))
		t.x.GetsNothing()
		t.xs.HangsUp()
		t.over("c", t.x, t.y)
		return
	case m == Leaving:
		t.Refused("stateIncompatibility/invalidConnectionState", t.consult("d", t.is("c:$x"), "C"))
		t.over("c", t.x, t.y)
		return
	}
	zs := t.consulted()
	switch {
	case owned && m != Refusing && m != Clumsy:
		phone.WasAsked("ConsultationCall", true)
		phone.Displays(t.y.role+" hold", "C connected")
	case owned:
		phone.WasAsked("ConsultationCall", true)
		phone.Displays(t.y.role + " connected")
	}
	phone.Takes(Willing)
	t.reconnects(zs)
	phone.mayDisplay(t.y.role + " connected")
	t.xs.HangsUp()
	t.over("c", t.x, t.y)
}

func alternatedByPhone(t *trio, m Manner) {
	owned, zs := t.byPhone(m, false)
	phone := t.Phone(t.x.role)
	refusal := ""
	if m == Refusing {
		refusal = noneActive
	} else if m.inVain() {
		refusal = notThisPhone
	}
	switch {
	case m == Leaving:
		t.Refused(noneHeld, t.pair("AlternateCall", t.is("c:$x"), t.is("d:$x")))
		t.left(zs, "connected")
		return
	case owned && refusal != "":
		t.Refused(refusal, t.pair("AlternateCall", t.is("c:$x"), t.is("d:$x")))
		t.x.GetsNothing()
		t.Snapshot(t.x.role, t.is("c:$x hold connected"), t.is("d:$x connected connected"))
		phone.Displays(t.y.role+" hold", "C connected")
	default:
		t.alternates("d", "c")
		t.talking(t.x.role, t.y.role)
		if owned {
			phone.Displays(t.y.role+" connected", "C hold")
		}
		t.alternates("c", "d")
		if owned {
			phone.Displays(t.y.role+" hold", "C connected")
		}
	}
	if owned {
		phone.WasAsked("AlternateCall", true)
	}
	phone.Takes(Willing)
	t.reconnects(zs)
	t.xs.HangsUp()
	t.over("c", t.x, t.y)
}

func reconnectedByPhone(t *trio, m Manner) {
	owned, zs := t.byPhone(m, false)
	if m == Leaving {
		t.Refused(noneHeld, t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
		t.left(zs, "connected")
		return
	}
	t.reconnects(zs)
	if owned {
		t.Phone(t.x.role).WasAsked("ReconnectCall", true)
		t.Phone(t.x.role).Displays(t.y.role + " connected")
	}
	t.ys.HangsUp()
	t.over("c", t.y, t.x)
}

func transferredByPhone(t *trio, m Manner) {
	owned, zs := t.byPhone(m, false)
	if m == Leaving {
		t.Refused(noneHeld, t.pair("TransferCall", t.is("c:$x"), t.is("d:$x")))
		t.left(zs, "connected")
		return
	}
	t.transfers(false)
	t.xs.Ended()
	if owned {
		t.Phone(t.x.role).WasAsked("TransferCall", true)
		t.Phone(t.x.role).Displays()
	}
	t.talking(t.y.role, "C")
	zs.HangsUp()
	t.over("c", t.z, t.y)
}

func transferredRinging(t *trio, m Manner) {
	owned, zs := t.byPhone(m, true)
	if m == Leaving {
		t.Refused(noneHeld, t.pair("TransferCall", t.is("c:$x"), t.is("d:$x")))
		t.left(zs, "alerting")
		return
	}
	t.transfers(true)
	zs = t.ringsOn(zs)
	if owned {
		t.Phone(t.x.role).WasAsked("TransferCall", true)
		t.Phone(t.x.role).Displays()
	}
	zs.Answers()
	t.gets(t.y, "Established c:$z A>$z transfer connected last=$x")
	t.gets(t.z, "Established c:$z A>$z transfer connected last=$x")
	t.talking(t.y.role, "C")
	t.ys.HangsUp()
	t.over("c", t.y, t.z)
}

// conferredByPhone: the switch mixes, whatever the phone is like; its display shows
// the one call that it is left with.
func conferredByPhone(t *trio, m Manner) {
	owned, zs := t.byPhone(m, false)
	t.confers()
	if owned {
		t.Phone(t.x.role).Displays("C connected")
	}
	t.hangsUp()
	t.goes(t.x, t.y, t.z)
	t.talking(t.y.role, "C")
	zs.HangsUp()
	t.over("c", t.z, t.y)
	t.ys.Ended()
}

// made has x hold y and call z by hand.
func (t *trio) made() (out, in *Talk) {
	t.Helper()
	t.Phone(t.x.role).Behaves(Behaviour{Talk: true})
	out, in = t.redials()
	in.Answers()
	t.gets(t.x, "Established d:$z $x>$z newCall connected")
	t.gets(t.z, "Established d:$z $x>$z newCall connected")
	t.talking(t.x.role, "C")
	return out, in
}

// swaps tells whether two calls of the phone can be swapped: it does that when asked
// to, or takes no requests, but talks when the switch asks it to.
func (a *Actor) swaps() bool { return a.Knows("AlternateCall") || !a.Knows("MakeCall") }

// besideAnother has x hold y, answer z's call, and go back to y.
func besideAnother(t *trio) {
	phone := t.Phone(t.x.role).Behaves(Behaviour{Talk: true})
	if !phone.swaps() {
		t.Skip("the phone does not do it")
	}
	zs := t.Phone("C").Dials(t.x.role)
	second := phone.Rings()
	t.gets(t.z, "ServiceInitiated d:$z newCall initiated", "Originated d:$z $z>$x newCall connected", "Delivered d:$x $z>$x newCall connected")
	t.gets(t.x, "Delivered d:$x $z>$x newCall alerting")
	t.xs.Holds()
	t.bothGet("Held", "normal", "hold", "connected")
	second.Answers()
	t.gets(t.x, "Established d:$x $z>$x newCall connected")
	t.gets(t.z, "Established d:$x $z>$x newCall connected")
	t.talking(t.x.role, "C")
	t.alternates("d", "c")
	t.Snapshot(t.x.role, t.is("c:$x connected connected"), t.is("d:$x hold connected"))
	t.alternates("c", "d")
	zs.HangsUp()
	t.over("d", t.z, t.x)
	t.must(t.retrieve(t.is("c:$x")))
	t.backTogether()
	t.ys.HangsUp()
	t.over("c", t.y, t.x)
}

func transfersMade(t *trio, out, in *Talk) {
	phone := t.Phone(t.x.role)
	if phone.swaps() {
		t.alternates("d", "c")
		if phone.Knows("AlternateCall") {
			phone.Displays(t.y.role+" connected", "C hold")
		}
		t.alternates("c", "d")
	}
	t.must(t.pair("TransferCall", t.is("c:$x"), t.is("d:$x")))
	t.merges("Transfered", "transfer", "", "null", false)
	out.Ended()
	t.xs.Ended()
	t.talking(t.y.role, "C")
	in.HangsUp()
	t.over("c", t.z, t.y)
}

func reconnectsMade(t *trio, out, in *Talk) {
	t.reconnects(in)
	out.Ended()
	t.ys.HangsUp()
	t.over("c", t.y, t.x)
}

func confersMade(t *trio, _, in *Talk) {
	t.confers()
	t.hangsUp()
	t.goes(t.x, t.y, t.z)
	t.talking(t.y.role, "C")
	in.HangsUp()
	t.over("c", t.z, t.y)
}

// Displays waits until the phone's display shows these calls, oldest first: each the
// other party's role and the state.
func (a *Actor) Displays(lines ...string) {
	a.play.Helper()
	ctx := a.play.within()
	for {
		var shown []string
		for _, c := range a.phone.(controlled).Display() {
			role := c.number
			for name, device := range a.play.cast {
				if device == c.number {
					role = name
				}
			}
			shown = append(shown, role+" "+c.state)
		}
		if slices.Equal(shown, lines) {
			return
		}
		if err := pause(ctx); err != nil {
			a.play.Fatalf("phone %s shows %q instead of %q", a.role, shown, lines)
		}
	}
}

// mayDisplay is Displays of a phone that has a display to look at.
func (a *Actor) mayDisplay(lines ...string) {
	a.play.Helper()
	if a.Knows("MakeCall") {
		a.Displays(lines...)
	}
}
