package conformance

import (
	"slices"

	"mod_csta_socket/csta/conformance/freeswitch"
)

// endsByItself are consultations, on FreeSWITCH's own configuration, of numbers whose
// dialplan ends by itself, or never: the held party stays held meanwhile, and is there
// again after Reconnect Call.
func endsByItself() []Scenario {
	return slices.Concat(
		hearing("consultation of the talking clock", func(t *trio) {
			t.consultsServed("9170")
			t.waitsParked()
			t.comesBack()
		}),
		hearing("consultation of an echo", func(t *trio) {
			t.consultsServed(servedNumber)
			t.serves()
			t.comesBack()
		}),
		hearing("consultation of a busy colleague with a mailbox", func(t *trio) {
			t.Phone("C").Behaves(Behaviour{RejectWith: 486})
			t.must(t.consult("d", t.is("c:$x"), "C"))
			t.ys.Hears(music)
			t.executes("voicemail")
			t.xs.PressesInMedia("#")
			t.waitsParked()
			t.comesBack()
		}),
		hearing("consultation of a conference room, and put out of it", func(t *trio) {
			t.consultsServed("3000")
			t.executes("conference")
			t.console("conference 3000-" + freeswitch.Domain + " kick all")
			t.waitsParked()
			t.comesBack()
		}),
		hearing("consultation of a mailbox that ends by itself", func(t *trio) {
			t.consultsServed("8590")
			t.executes("voicemail")
			t.ys.Hears(music)
			t.xs.PressesInMedia("#")
			t.waitsParked()
			t.comesBack()
		}),
		hearing("consultation of an application that hangs up by itself, behind loopback", func(t *trio) {
			t.consultsServed("8591")
			t.waitsParked()
			t.comesBack()
		}),
		[]Scenario{{Name: "a survey behind a call centre: ConsultationCall and ReconnectCall", Cast: ownQueueCast, Play: func(p *Play) {
			p.Monitor("A")
			p.Monitor("C")
			out := p.answered("A", "8504")
			in := p.Phone("C").Rings()
			in.Answers()
			p.talking("A", "C")
			b := p.Monitor("B")
			p.must(p.consult("d", "c:C", "B"))
			bs := p.Phone("B").Rings()
			bs.Answers()
			p.talking("C", "B")
			p.must(p.pair("ReconnectCall", "c:C", "d:C"))
			bs.Ended()
			p.talking("A", "C")
			b.skip()
			in.HangsUp()
			p.executes("playback")
			p.Snapshot("A", "c:A connected")
			out.Ended()
			p.endsAnyhow()
		}}},
		[]Scenario{{Name: "consultation by who has an application to execute behind the bridge", Play: func(p *Play) {
			out := p.Phone("A").Dials("861001")
			in := p.Phone("B").Rings()
			in.Answers()
			out.Connected()
			p.talking("A", "B")
			a := p.Monitor("A")
			entries, err := p.Client(app).SnapshotDevice(p.within(), p.Device("A"))
			p.must(err)
			p.names.calls["c"] = entries[0].Connection.CallID
			p.must(p.consult("d", "c:A", "C"))
			p.Phone("C").Rings().Answers()
			p.talking("A", "C")
			p.Snapshot("A", "c:A hold connected", "d:A connected connected")
			a.skip()
			p.endsAnyhow()
		}}},
		fromBothSides(Scenario{Name: "an application hangs up who consults it"}, func(t *trio) {
			t.must(t.consult("d", t.is("c:$x"), "8592"))
			t.consultationBegins()
			t.gets(t.x, "Originated d:$x $x>8592 consultation connected")
			t.xs.Ended()
			t.gets(t.x, "ConnectionCleared c:$x normalClearing null", "Failed d:8592 $x>8592 callCancelled connected",
				"ConnectionCleared d:$x normalClearing null")
			t.gets(t.y, "ConnectionCleared c:$x normalClearing connected", "ConnectionCleared c:$y normalClearing null")
			t.ys.Ended()
		}),
	)
}

// consultsServed has x consult a number that the switch itself serves.
func (t *trio) consultsServed(number string) {
	t.Helper()
	t.must(t.consult("d", t.is("c:$x"), number))
	t.consultationBegins()
	t.gets(t.x, "Originated d:$x $x>"+number+" consultation connected")
	t.ys.Hears(music)
}

// waitsParked waits until the number consulted has ended, which leaves who consulted
// it alone and the held party as it was.
func (t *trio) waitsParked() {
	t.Helper()
	t.executes("park", "CS_PARK")
	t.Snapshot(t.x.role, t.is("c:$x hold connected"), t.is("d:$x connected"))
	t.Snapshot(t.y.role, t.is("c:$y connected hold"))
	t.ys.Hears(music)
}

// comesBack is Reconnect Call from a call that has nobody else left.
func (t *trio) comesBack() {
	t.Helper()
	t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
	heard(t.xs, t.ys)
	t.Snapshot(t.x.role, t.is("c:$x connected connected"))
}
