package conformance

import (
	"slices"

	"mod_csta_socket/csta/conformance/probe"
)

// Mailboxes are calls to subscribers who have a mailbox, as FreeSWITCH's own dialplan
// gives one to each: it answers for who cannot be reached, or does not want to talk.
// What became of the subscriber is told; the mailbox is no device.
func Mailboxes() []Scenario {
	return slices.Concat(
		[]Scenario{
			{Name: "mailbox, the called party is not registered", Play: func(p *Play) {
				p.Phone("B").Leaves()
				a := p.Monitor("A")
				out := p.Phone("A").Dials("B")
				a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>B newCall connected", "Failed c:B A>B destOutOfOrder connected")
				p.inMailbox(a, out)
			}},
			{Name: "mailbox, the called party is busy", Play: func(p *Play) {
				p.Phone("B").Behaves(Behaviour{RejectWith: 486})
				a, b := p.Monitor("A"), p.Monitor("B")
				out := p.Phone("A").Dials("B")
				a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>B newCall connected", "Failed c:B A>B busy connected")
				p.inMailbox(a, out)
				b.GetsNothing()
			}},
			{Name: "mailbox, the called party declines", Play: func(p *Play) {
				a, b, out, in := ring(p)
				in.Rejects(603)
				a.Gets("ConnectionCleared c:B callCancelled connected")
				b.Gets("ConnectionCleared c:B callCancelled null")
				p.inMailbox(a, out)
				b.GetsNothing()
			}},
			{Name: "mailbox, the called party does not answer", RingTime: shortRing, Play: func(p *Play) {
				a, b, out, in := ring(p)
				a.Gets("ConnectionCleared c:B callNotAnswered connected")
				b.Gets("ConnectionCleared c:B callNotAnswered null")
				in.Ended()
				p.inMailbox(a, out)
				b.GetsNothing()
			}},
			{Name: "mailbox, MakeCall to who is not registered", Play: func(p *Play) {
				p.Phone("B").Leaves()
				a, phone := p.Monitor("A"), p.Phone("A")
				p.MakeCall("c", "A", "B", probe.Prompt)
				prompt := phone.Rings()
				a.Gets("ServiceInitiated c:A makeCall initiated")
				prompt.Answers()
				a.Gets("Originated c:A A>B newCall connected", "Failed c:B A>B destOutOfOrder connected")
				p.inMailbox(a, prompt)
			}},
			{Name: "mailbox, DeflectCall to who is not registered", Play: func(p *Play) {
				p.Phone("C").Leaves()
				a, b, out, in := ring(p)
				p.must(p.deflect("c:B", "C"))
				a.Gets("Diverted c:B A>B redirected connected", "Failed c:C A>B destOutOfOrder connected last=B")
				b.Gets("Diverted c:B A>B redirected null")
				in.Ended()
				p.inMailbox(a, out)
			}},
		},
		fromBothSides(Scenario{Name: "mailbox, SingleStepTransferCall to who is not registered"}, func(t *trio) {
			t.leavesUs("C")
			t.must(t.transfer(t.is("c:$x"), "C"))
			t.gets(t.x, "Transfered c:$x c:$y,c:C singleStepTransfer null to=C")
			t.gets(t.y, "Transfered c:$x c:$y,c:C singleStepTransfer connected to=C", "Failed c:C $y>C destOutOfOrder connected last=$x")
			t.xs.Ended()
			t.inMailbox(t.y, t.ys)
		}),
		fromBothSides(Scenario{Name: "mailbox, ReconnectCall from that of who is not registered"}, func(t *trio) {
			t.consultsMailbox()
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "mailbox, ReconnectCall from that of somebody busy", RealOnly: noConsole}, func(t *trio) {
			t.consultsInVain(t.busy)
			t.executes("voicemail")
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "mailbox, TransferCall to that of who is not registered"}, func(t *trio) {
			t.consultsMailbox()
			_, err := t.pairAnswer("TransferCall", t.is("c:$x"), t.is("d:$x"))
			t.must(err)
			t.gets(t.x, "Transfered c:$x+d:$x c:$y transfer null to=C")
			t.gets(t.y, "Transfered c:$x+d:$x c:$y transfer connected to=C", "Failed c:C A>C destOutOfOrder connected last=$x")
			t.xs.Ended()
			t.inMailbox(t.y, t.ys)
		}),
	)
}

// leavesUs unregisters the phone of a role.
func (t *trio) leavesUs(role string) {
	t.Helper()
	t.Phone(role).Leaves()
	t.gets(t.z, "OutOfService "+role)
}

// consultsMailbox has x consult C, who is not registered, as far as the mailbox.
func (t *trio) consultsMailbox() {
	t.Helper()
	t.consultsInVain(func() string {
		t.leavesUs("C")
		return "destOutOfOrder"
	})
	t.Snapshot(t.x.role, t.is("c:$x hold connected"), t.is("d:$x connected"))
}

// inMailbox: the party of a monitor is with the mailbox, alone in call c, until that
// one, which may have nothing to say, ends it.
func (p *Play) inMailbox(w *Watch, t *Talk) {
	p.Helper()
	t.Connected()
	p.Snapshot(w.role, "c:"+w.role+" connected")
	t.Ended()
	w.Gets("ConnectionCleared c:" + w.role + " normalClearing null")
}
