package conformance

import (
	"slices"
	"time"
)

// surveyNumber's dialplan calls 1001, and when that one has left asks the caller how it
// was.
const surveyNumber = "851001"

// surveyed is a scenario of a call to that number: x is the agent who was called, y the
// caller.
func surveyed(name string, play func(*trio)) Scenario {
	return Scenario{Name: "a survey behind the call: " + name, Play: func(p *Play) { play(surveyCall(p, "B")) }}
}

// surveyCall is such a call, with x as the device that consults.
func surveyCall(p *Play, x string) *trio {
	p.Helper()
	a, b, out, in := dialsOut(p, surveyNumber)
	in.Answers()
	answered(surveyNumber, a, b)
	p.joined("c")
	if x == "A" {
		return newTrio(p, a, b, out, in)
	}
	return newTrio(p, b, a, in, out)
}

// asked is what becomes of the caller when nobody is left for it: the survey, whose end
// is the call's. The dialplan knows whom the caller had dialled, and who it is.
func (t *trio) asked() {
	t.Helper()
	caller, line := t.y, t.ys
	if t.x.role == "A" {
		caller, line = t.x, t.xs
	}
	t.executesSurvey()
	t.Snapshot("A", "c:A connected")
	line.Ended()
	caller.Gets("ConnectionCleared c:A normalClearing null")
}

func (t *trio) executesSurvey() {
	t.Helper()
	if _, is := t.backend.(*Real); !is {
		return
	}
	t.executes("playback")
	if of := t.console("uuid_getvar " + t.names.calls["c"] + " survey_of"); of != surveyNumber+" 1000" {
		t.Errorf("the dialplan takes the caller and its number for %q", of)
	}
}

// agentLeaves has x, who was called, hang up; y is asked.
func (t *trio) agentLeaves() {
	t.Helper()
	t.xs.HangsUp()
	t.gets(t.x, "ConnectionCleared c:$x normalClearing null")
	t.gets(t.y, "ConnectionCleared c:$x normalClearing connected")
	t.asked()
}

// notAsked: the call ends, and nothing is behind it.
func (t *trio) notAsked() {
	t.Helper()
	begin := time.Now()
	t.ys.Ended()
	if took := time.Since(begin); took > surveyLasts-beforeTheEnd {
		t.Errorf("the caller's line ended after %v, as behind a survey", took)
	}
}

// surveyLasts is how long the survey takes.
const (
	surveyLasts  = 2 * time.Second
	beforeTheEnd = 300 * time.Millisecond
)

// surveys are calls whose dialplan goes on when the agent leaves, whatever services did
// to them before.
func surveys() []Scenario {
	agents := []Scenario{
		surveyed("no service", (*trio).agentLeaves),
		surveyed("ConsultationCall and ReconnectCall", func(t *trio) {
			zs := t.consulted()
			t.reconnects(zs)
			t.agentLeaves()
		}),
		surveyed("two consultations", func(t *trio) {
			for range 2 {
				zs := t.consulted()
				t.reconnects(zs)
				delete(t.names.calls, "d")
			}
			t.agentLeaves()
		}),
		surveyed("an unknown number is consulted", func(t *trio) {
			t.must(t.consult("d", t.is("c:$x"), "4711"))
			t.consultationBegins()
			t.gets(t.x, "Originated d:$x $x>4711 consultation connected", "Failed d:4711 $x>4711 destNotObtainable connected")
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
			t.backTogether()
			t.agentLeaves()
		}),
		surveyed("AlternateCall there and back", func(t *trio) {
			zs := t.consulted()
			t.alternates("d", "c")
			t.talking(t.x.role, t.y.role)
			t.alternates("c", "d")
			t.talking(t.x.role, "C")
			t.reconnects(zs)
			t.agentLeaves()
		}),
		surveyed("the agent leaves both calls after AlternateCall", func(t *trio) {
			zs := t.consulted()
			t.alternates("d", "c")
			t.talking(t.x.role, t.y.role)
			t.xs.HangsUp()
			t.leavesBoth()
			zs.Ended()
			t.asked()
		}),
		surveyed("the agent leaves both calls", func(t *trio) {
			zs := t.consulted()
			t.xs.HangsUp()
			t.leavesBoth()
			zs.Ended()
			t.asked()
		}),
		surveyed("ClearConnection of the held call", func(t *trio) {
			zs := t.consulted()
			t.Clears(t.is("c:$x"))
			t.gets(t.x, "ConnectionCleared c:$x normalClearing null")
			t.gets(t.y, "ConnectionCleared c:$x normalClearing connected")
			t.asked()
			zs.HangsUp()
			t.over("d", t.z, t.x)
		}),
		surveyed("not after TransferCall", func(t *trio) {
			zs := t.consulted()
			t.transfers(false)
			t.talking(t.y.role, "C")
			zs.HangsUp()
			t.notAsked()
			t.over("c", t.z, t.y)
		}),
		surveyed("not after a transfer at the phone", func(t *trio) {
			zs := t.consulted()
			t.reconnects(zs)
			t.xs.Transfers("C")
			zs = t.Phone("C").Rings()
			zs.Answers()
			t.talking(t.y.role, "C")
			zs.HangsUp()
			t.notAsked()
			t.endsAnyhow()
		}),
	}
	callers := []Scenario{{Name: "a survey behind the call: the caller consults", Play: func(p *Play) {
		t := surveyCall(p, "A")
		zs := t.consulted()
		t.reconnects(zs)
		t.ys.HangsUp()
		t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
		t.gets(t.x, "ConnectionCleared c:$y normalClearing connected")
		t.asked()
	}}}
	return slices.Concat(agents, callers)
}

// leavesBoth is what x's hang-up leaves of its two calls, y's being one of them.
func (t *trio) leavesBoth() {
	t.Helper()
	t.gets(t.y, "ConnectionCleared c:$x normalClearing connected")
	t.gets(t.z, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:$z normalClearing null")
	t.x.skip()
}
