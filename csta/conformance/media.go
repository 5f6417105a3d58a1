package conformance

import "slices"

// media are calls whose media does not come to the switch: the phones send it to
// each other (bypass_media), or the switch passes it on without looking at it
// (proxy_media). What needs the switch's own sound fetches the media first, or is
// refused.
func media() []Scenario {
	past := func(name string, play func(*trio)) []Scenario {
		return fromBothSides(Scenario{Name: "media past the switch: " + name, Media: "bypass_media", Speaks: true}, play)
	}
	unseen := func(name string, play func(*trio)) []Scenario {
		return fromBothSides(Scenario{Name: "media through the switch unseen: " + name, Media: "proxy_media", Speaks: true, RealOnly: noSound}, play)
	}
	return slices.Concat(
		past("HoldCall and RetrieveCall", func(t *trio) {
			for range 2 {
				t.must(t.hold(t.is("c:$x")))
				t.bothGet("Held", "normal", "hold", "connected")
				t.ys.listens(music)
				t.must(t.retrieve(t.is("c:$x")))
				t.bothGet("Retrieved", "normal", "connected", "connected")
				listen(t.xs, t.ys)
			}
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
			t.ys.Ended()
		}),
		past("ConsultationCall, AlternateCall, ReconnectCall", func(t *trio) {
			zs := t.consulted()
			listen(t.xs, zs)
			t.ys.listens(music)
			t.alternates("d", "c")
			listen(t.xs, t.ys)
			t.alternates("c", "d")
			t.reconnects(zs)
			listen(t.xs, t.ys)
			t.ys.HangsUp()
			t.over("c", t.y, t.x)
		}),
		past("ConsultationCall and TransferCall", func(t *trio) {
			zs := t.consulted()
			t.transfers(false)
			t.xs.Ended()
			listen(t.ys, zs)
			zs.HangsUp()
			t.over("c", t.z, t.y)
		}),
		past("ConferenceCall", func(t *trio) {
			zs := t.consulted()
			t.confers()
			zs.listens(t.x.role, t.y.role)
			t.hangsUp()
			t.goes(t.x, t.y, t.z)
			t.talking(t.y.role, "C")
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
		}),
		past("SingleStepTransferCall", func(t *trio) {
			t.must(t.transfer(t.is("c:$x"), "C"))
			t.gets(t.x, "Transfered c:$x c:$y,c:C singleStepTransfer null to=C")
			t.gets(t.y, "Transfered c:$x c:$y,c:C singleStepTransfer connected to=C")
			t.xs.Ended()
			zs := t.Phone("C").Rings()
			t.gets(t.y, "Delivered c:$z $y>$z singleStepTransfer connected last=$x")
			t.gets(t.z, "Delivered c:$z $y>$z singleStepTransfer alerting last=$x")
			zs.Answers()
			t.gets(t.y, "Established c:$z $y>$z singleStepTransfer connected last=$x")
			t.gets(t.z, "Established c:$z $y>$z singleStepTransfer connected last=$x")
			listen(t.ys, zs)
			zs.HangsUp()
			t.over("c", t.z, t.y)
		}),
		past("PlayMessage", func(t *trio) {
			t.message("hello.wav", briefly)
			t.Plays(t.is("c:$y"), "hello.wav")
			for _, w := range []*Watch{t.x, t.y} {
				t.gets(w, "Play c:$y hello.wav", "Stop c:$y hello.wav endOfMessageDetected")
			}
			listen(t.xs, t.ys)
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
		}),
		unseen("services refused", func(t *trio) {
			const incompatible = "operation/requestIncompatibleWithDevice"
			t.message("hello.wav", briefly)
			t.Refused(incompatible, t.hold(t.is("c:$x")))
			t.Refused(incompatible, t.consult("d", t.is("c:$x"), "C"))
			t.Refused(incompatible, t.plays(t.is("c:$y"), "hello.wav"))
			t.listenUnseen()
			t.z.GetsNothing()
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
		}),
	)
}

// listens is Hears where there is sound.
func (t *Talk) listens(what ...string) {
	t.play.Helper()
	if _, ok := t.line.(Listener); ok {
		t.Hears(what...)
	}
}

// listen tells that two lines hear each other where there is sound.
func listen(one, other *Talk) {
	one.play.Helper()
	one.listens(other.role)
	other.listens(one.role)
}

// listenUnseen is listen where the switch passes the media on without looking at it,
// but for a caller to whom it passes none.
func (t *trio) listenUnseen() {
	t.Helper()
	real, ok := t.backend.(*Real)
	deaf := ok && !real.Switch.PassesUnseenToCaller()
	for _, pair := range [...][2]*Talk{{t.xs, t.ys}, {t.ys, t.xs}} {
		if one, other := pair[0], pair[1]; one.role != "A" || !deaf {
			one.listens(other.role)
		}
	}
}
