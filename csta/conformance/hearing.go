package conformance

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Who hears whom is the truth that no event shows. On the real switch each phone
// speaks with a tone of its own, and tells which tones it hears.

// Frequencies of the voices in hertz: multiples of 50, so that a packet holds
// whole waves, and none a multiple of another's that a codec could make of it.
const (
	firstVoice   = 550
	voiceSpacing = 50
	strangeVoice = 2150
	// musicTone is what the test configuration plays to who is held.
	musicTone = 440
)

// audible is the amplitude from which a tone counts as heard. Phones speak with
// 8,000, a conference may turn that down; what leaks from one frequency to the
// next stays below.
const audible = 700

// music is what Hears calls the switch's music on hold.
const music = "music"

// toneOf is the voice of a device's phone.
func toneOf(device string) int {
	n, err := strconv.Atoi(user(device))
	if err != nil || n < 1000 || n > 1019 {
		return strangeVoice
	}
	return firstVoice + voiceSpacing*(n-1000)
}

// Listener is a line whose sound can be listened to.
type Listener interface {
	// Amplitude is how loud a tone of that frequency has been lately.
	Amplitude(hertz int) float64
}

// steadyFor is how long what is heard must stay as it should be.
const steadyFor = 300 * time.Millisecond

// Hears waits until the call carries just the voices of these roles, or music,
// and nothing else of what the scenario's cast could say.
func (t *Talk) Hears(what ...string) {
	t.play.Helper()
	listener, ok := t.line.(Listener)
	if !ok {
		t.must("listen", errForeign)
	}
	want := slices.Sorted(slices.Values(what))
	if real, ok := t.play.backend.(*Real); ok && !real.Switch.HasMusic() {
		// Who is held on such a switch hears silence.
		want = slices.DeleteFunc(want, func(voice string) bool { return voice == music })
	}
	var heard []string
	var since time.Time
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(poll) {
		if heard = t.heard(listener); !slices.Equal(heard, want) {
			since = time.Time{}
			continue
		}
		if since.IsZero() {
			since = time.Now()
		}
		if time.Since(since) >= steadyFor {
			return
		}
	}
	t.play.Fatalf("phone %s hears %s instead of %s", t.role, spoken(heard), spoken(want))
}

func (t *Talk) heard(l Listener) []string {
	var heard []string
	if l.Amplitude(musicTone) > audible {
		heard = append(heard, music)
	}
	for role := range t.play.cast {
		if role != t.role && l.Amplitude(toneOf(t.play.cast.text(role))) > audible {
			heard = append(heard, role)
		}
	}
	slices.Sort(heard)
	return heard
}

func spoken(voices []string) string {
	if len(voices) == 0 {
		return "nothing"
	}
	return strings.Join(voices, " and ")
}

// speak has the phones of the usual cast speak.
func (p *Play) speak() {
	p.Helper()
	for role := range usualCast {
		p.Phone(role).Behaves(Behaviour{Speaks: true})
	}
}

// heard tells that two lines hear each other and nothing else.
func heard(one, other *Talk) {
	one.play.Helper()
	one.Hears(other.role)
	other.Hears(one.role)
}

const noSound = "the simulated switch carries no sound"

// hearing makes two scenarios of one, in which only what is heard counts: what
// events come is told by others.
func hearing(name string, play func(*trio)) []Scenario {
	return fromBothSides(Scenario{Name: "who hears whom: " + name, RealOnly: noSound, Speaks: true}, func(t *trio) {
		heard(t.xs, t.ys)
		play(t)
		t.endsAnyhow()
	})
}

// Hearing are scenarios that check after each step who hears whom.
func Hearing() []Scenario {
	byService := hearing("HoldCall and RetrieveCall", func(t *trio) {
		for range 2 {
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.ys.Hears(music)
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			heard(t.xs, t.ys)
		}
	})
	atOnce := hearing("HoldCall and RetrieveCall at once", func(t *trio) {
		t.must(t.hold(t.is("c:$x")))
		t.must(t.retrieve(t.is("c:$x")))
		heard(t.xs, t.ys)
	})
	return slices.Concat(
		byService, atOnce,
		hearing("HoldCall, then hold and retrieve at the phone", func(t *trio) {
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.ys.Hears(music)
			t.xs.Holds()
			t.ys.Hears(music)
			t.xs.Retrieves()
			t.bothGet("Retrieved", "normal", "connected", "connected")
			heard(t.xs, t.ys)
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.ys.Hears(music)
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			heard(t.xs, t.ys)
		}),
		hearing("hold and retrieve at the phone", func(t *trio) {
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			t.ys.Hears(music)
			t.xs.Retrieves()
			t.bothGet("Retrieved", "normal", "connected", "connected")
			heard(t.xs, t.ys)
		}),
		hearing("consultation, alternation, reconnection", func(t *trio) {
			zs := t.consulted()
			heard(t.xs, zs)
			t.ys.Hears(music)
			t.alternates("d", "c")
			heard(t.xs, t.ys)
			zs.Hears(music)
			t.alternates("c", "d")
			heard(t.xs, zs)
			t.ys.Hears(music)
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			zs.Ended()
			heard(t.xs, t.ys)
		}),
		hearing("TransferCall", func(t *trio) {
			zs := t.consulted()
			heard(t.xs, zs)
			t.must(t.pair("TransferCall", t.is("c:$x"), t.is("d:$x")))
			t.xs.Ended()
			heard(t.ys, zs)
		}),
		hearing("ConferenceCall", func(t *trio) {
			zs := t.consulted()
			heard(t.xs, zs)
			t.must(t.pair("ConferenceCall", t.is("c:$x"), t.is("d:$x")))
			t.xs.Hears(t.ys.role, zs.role)
			t.ys.Hears(t.xs.role, zs.role)
			zs.Hears(t.xs.role, t.ys.role)
		}),
		hearing("SingleStepTransferCall", func(t *trio) {
			t.must(t.transfer(t.is("c:$x"), "C"))
			zs := t.Phone("C").Rings()
			zs.Answers()
			t.xs.Ended()
			heard(t.ys, zs)
		}),
	)
}
