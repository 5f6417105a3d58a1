package conformance

import (
	"strings"
	"time"
)

// ConsultingByKeys are consultations that the called party makes by keys which the
// switch itself obeys, as FreeSWITCH's own dialplan binds them: * 4 and a number, then #
// for back, 0 for all together, hanging up for a transfer.
func ConsultingByKeys() []Scenario {
	return []Scenario{
		{Name: "consultation by keys, transferred by hanging up", Play: func(p *Play) {
			k := p.consultsByKeys()
			k.answered()
			k.in.HangsUp()
			k.transferred("connected")
			p.talking("A", "C")
			k.cs.HangsUp()
			endedBy(k.c, k.a)
			k.out.Ended()
		}},
		{Name: "consultation by keys, transferred while it rings", Play: func(p *Play) {
			k := p.consultsByKeys()
			k.in.HangsUp()
			k.transferred("alerting")
			k.cs.Answers()
			for _, w := range []*Watch{k.a, k.c} {
				w.Gets("Established c:C A>C transfer connected last=B")
			}
			p.talking("A", "C")
			k.cs.HangsUp()
			endedBy(k.c, k.a)
		}},
		{Name: "consultation by keys, the third party hangs up", Play: func(p *Play) {
			k := p.consultsByKeys()
			k.answered()
			k.cs.HangsUp()
			k.c.Gets("ConnectionCleared d:C normalClearing null")
			k.b.Gets("ConnectionCleared d:C normalClearing connected")
			k.backAgain()
		}},
		{Name: "consultation by keys, back by a key", Play: func(p *Play) {
			k := p.consultsByKeys()
			k.answered()
			k.presses("d", "#", k.b, k.c)
			k.c.Gets("ConnectionCleared d:C normalClearing null")
			k.b.Gets("ConnectionCleared d:C normalClearing connected")
			k.cs.Ended()
			k.backAgain()
		}},
		{Name: "consultation by keys, back by a key while it rings", Play: func(p *Play) {
			k := p.consultsByKeys()
			k.presses("d", "#", k.b, k.c)
			k.c.Gets("ConnectionCleared d:C callNotAnswered null")
			k.b.Gets("ConnectionCleared d:C callNotAnswered connected")
			k.cs.Ended()
			k.backAgain()
		}},
		{Name: "consultation by keys, the third party is busy", Play: func(p *Play) {
			p.Phone("C").Behaves(Behaviour{RejectWith: 486})
			k := p.pressesForC()
			k.b.Gets("Originated d:B B>C consultation connected", "Failed d:C B>C busy connected")
			k.backAgain()
		}},
		{Name: "consultation by keys, the third party is not registered", Play: func(p *Play) {
			p.Phone("C").Leaves()
			k := p.pressesForC()
			k.b.Gets("Originated d:B B>C consultation connected", "Failed d:C B>C destOutOfOrder connected")
			k.backAgain()
		}},
		{Name: "consultation by keys, all three together", Play: func(p *Play) {
			k := p.consultsByKeys()
			k.answered()
			k.presses("d", "0", k.b, k.c)
			for _, w := range []*Watch{k.a, k.b, k.c} {
				w.Gets("Conferenced c:B+d:B c:B,c:A,c:C<d:C conference connected to=C")
			}
			time.Sleep(longestGuard)
			p.SnapshotCall("c", "A connected", "B connected", "C connected")
			// If one of the first two leaves, FreeSWITCH joins those who are left, or ends
			// the call, as its threads run.
			k.cs.HangsUp()
			for w, state := range map[*Watch]string{k.a: "connected", k.b: "connected", k.c: "null"} {
				w.Gets("ConnectionCleared c:C normalClearing " + state)
			}
			p.talking("A", "B")
			k.out.HangsUp()
			endedBy(k.a, k.b)
		}},
		{Name: "consultation by keys, the held party hangs up", Play: func(p *Play) {
			k := p.consultsByKeys()
			k.answered()
			k.out.HangsUp()
			k.a.Gets("ConnectionCleared c:A normalClearing null")
			k.b.Gets("ConnectionCleared c:A normalClearing hold", "ConnectionCleared c:B normalClearing null")
			p.Snapshot("B", "d:B connected connected")
			k.cs.HangsUp()
			k.c.Gets("ConnectionCleared d:C normalClearing null")
			k.b.Gets("ConnectionCleared d:C normalClearing connected", "ConnectionCleared d:B normalClearing null")
			k.in.Ended()
		}},
		{Name: "consultation by keys, services", Play: func(p *Play) {
			k := p.consultsByKeys()
			k.answered()
			for _, service := range []string{"AlternateCall", "ReconnectCall", "TransferCall", "ConferenceCall"} {
				p.Refused("stateIncompatibility/invalidActiveConnectionState", p.pair(service, "c:B", "d:B"))
			}
			p.Snapshot("B", "c:B hold connected", "d:B connected connected")
			p.Clears("d:B")
			k.c.Gets("ConnectionCleared d:C normalClearing null")
			k.b.Gets("ConnectionCleared d:C normalClearing connected")
			k.cs.Ended()
			k.backAgain()
		}},
	}
}

// keyed is a consultation by keys: B, called by A in call c, consults C in call d.
type keyed struct {
	*Play
	a, b, c     *Watch
	out, in, cs *Talk
}

// waitsForTone waits until the switch asks for the number: FreeSWITCH takes ten seconds
// at times to have a leg that talks execute something (switch_ivr_broadcast).
func (k *keyed) waitsForTone() {
	k.Helper()
	if _, is := k.backend.(*Real); !is {
		return
	}
	for end := time.Now().Add(2 * patience); !strings.Contains(k.console("show channels"), ",read,"); {
		if time.Now().After(end) {
			k.Fatal("the switch does not ask for the number")
		}
		time.Sleep(10 * poll)
	}
}

// pressesForC has B dial C by keys.
func (p *Play) pressesForC() *keyed {
	p.Helper()
	a, b, out, in := talk(p)
	k := &keyed{Play: p, a: a, b: b, out: out, in: in}
	k.presses("c", "*4", a, b)
	k.waitsForTone()
	k.presses("c", p.Device("C").Number, a, b)
	a.Gets("Held c:B consultation connected")
	b.Gets("Held c:B consultation hold", "ServiceInitiated d:B consultation initiated")
	return k
}

// consultsByKeys goes on until C rings.
func (p *Play) consultsByKeys() *keyed {
	p.Helper()
	c := p.Monitor("C")
	k := p.pressesForC()
	k.c = c
	k.cs = p.Phone("C").Rings()
	k.b.Gets("Originated d:B B>C consultation connected", "Delivered d:C B>C consultation connected")
	k.c.Gets("Delivered d:C B>C consultation alerting")
	return k
}

func (k *keyed) answered() {
	k.Helper()
	k.cs.Answers()
	for _, w := range []*Watch{k.b, k.c} {
		w.Gets("Established d:C B>C consultation connected")
	}
	k.talking("B", "C")
}

// presses has B press keys, of which those who watch hear.
func (k *keyed) presses(call, digits string, watches ...*Watch) {
	k.Helper()
	for _, digit := range digits {
		k.in.PressesInMedia(string(digit))
		for _, w := range watches {
			w.Gets("DtmfDetected " + call + ":B " + string(digit))
		}
	}
}

func (k *keyed) transferred(third string) {
	k.Helper()
	for w, state := range map[*Watch]string{k.a: "connected", k.b: "null", k.c: third} {
		w.Gets("Transfered c:B+d:B c:A,c:C<d:C transfer " + state + " to=C")
	}
}

// backAgain is B back with A, until the call ends.
func (k *keyed) backAgain() {
	k.Helper()
	k.b.Gets("ConnectionCleared d:B normalClearing null", "Retrieved c:B normal connected")
	k.a.Gets("Retrieved c:B normal connected")
	k.talking("A", "B")
	k.out.HangsUp()
	endedBy(k.a, k.b)
}
