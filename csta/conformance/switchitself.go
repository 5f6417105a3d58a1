package conformance

import (
	"slices"
	"strings"
	"time"
)

// servedNumber is what the switch itself answers and serves until it is left: an
// echo. FreeSWITCH's own dialplan has it, too.
const servedNumber = "9196"

// longestGuard is longer than what the engine waits before it ends a leg that the
// switch forgot.
const longestGuard = 1500 * time.Millisecond

// consultsSwitch has x consult what the switch itself answers.
func (t *trio) consultsSwitch() {
	t.Helper()
	t.must(t.consult("d", t.is("c:$x"), servedNumber))
	t.consultationBegins()
	t.gets(t.x, "Originated d:$x $x>"+servedNumber+" consultation connected")
	t.Snapshot(t.x.role, t.is("c:$x hold connected"), t.is("d:$x connected"))
}

// serves waits until the switch runs that echo, longer than any guard of the
// engine's that might end it.
func (p *Play) serves() {
	p.Helper()
	if _, is := p.backend.(*Real); !is {
		return
	}
	time.Sleep(longestGuard)
	p.executes("echo")
}

// executes waits until a leg of the switch runs one of these applications, or is in
// that state.
func (p *Play) executes(which ...string) {
	p.Helper()
	for ctx := p.within(); ; time.Sleep(10 * poll) {
		channels := p.console("show channels")
		if slices.ContainsFunc(which, func(one string) bool { return strings.Contains(channels, ","+one+",") }) {
			return
		}
		if ctx.Err() != nil {
			p.Fatalf("nobody runs %s: %s", strings.Join(which, " or "), channels)
		}
	}
}

// bySwitchItself are calls to what the switch itself answers, where a party is
// connected and alone, and those that nobody makes but the switch.
func bySwitchItself() []Scenario {
	return slices.Concat(
		byOtherPrograms(),
		[]Scenario{
			{Name: "dialled by hand to what the switch answers", Play: func(p *Play) {
				a := p.Monitor("A")
				out := p.Phone("A").Dials(servedNumber)
				a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>"+servedNumber+" newCall connected")
				out.Connected()
				p.Snapshot("A", "c:A connected")
				out.HangsUp()
				a.Gets("ConnectionCleared c:A normalClearing null")
			}},
			{Name: "uuid_transfer of both to what the switch answers", RealOnly: noConsole, Play: func(p *Play) {
				a, b, out, in := talk(p)
				p.names.calls["d"] = p.partner(p.names.calls["c"])
				p.console("uuid_transfer " + p.names.calls["c"] + " -both " + servedNumber)
				p.ComesTo("A", "c:A connected")
				p.ComesTo("B", "d:B connected")
				out.HangsUp()
				in.HangsUp()
				p.settle()
				a.skip()
				b.skip()
			}},
		},
		fromBothSides(Scenario{Name: "TransferCall to what the switch answers"}, func(t *trio) {
			t.consultsSwitch()
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.pair("AlternateCall", t.is("c:$x"), t.is("d:$x")))
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.pair("ConferenceCall", t.is("c:$x"), t.is("d:$x")))
			answer, err := t.pairAnswer("TransferCall", t.is("c:$x"), t.is("d:$x"))
			t.must(err)
			t.leaves(answer, "transferredCall", t.is("c:$x"), t.y.role)
			t.gets(t.x, "Transfered c:$x+d:$x c:$y transfer null to="+servedNumber)
			t.gets(t.y, "Transfered c:$x+d:$x c:$y transfer connected to="+servedNumber)
			t.xs.Ended()
			t.Snapshot(t.y.role, t.is("c:$y connected"))
			t.serves()
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
		}),
		fromBothSides(Scenario{Name: "ReconnectCall from what the switch answers"}, func(t *trio) {
			t.consultsSwitch()
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
			t.backTogether()
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "the held party hangs up, the switch is consulted"}, func(t *trio) {
			t.consultsSwitch()
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.x, "ConnectionCleared c:$y normalClearing hold", "ConnectionCleared c:$x normalClearing null")
			t.serves()
			t.Snapshot(t.x.role, t.is("d:$x connected"))
			t.xs.HangsUp()
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
		}),
	)
}
