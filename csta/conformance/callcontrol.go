package conformance

import (
	"slices"
)

// CallControl are the services and features on calls that exist: hold,
// consultation, transfer, conference, deflection, asked for by a client or done
// at the phone.
func CallControl() []Scenario {
	return slices.Concat(holding(), consulting(), consultingFromConferences(), clearing(), transferring(), stepTransfers(), phoneTransfers(), deflecting(), consultingQueues(), bySwitchItself(), others(), surveys(), byOperator(), given(), pickingUp(), stepsFromOtherStates(), media())
}

func holding() []Scenario {
	return slices.Concat(
		fromBothSides(Scenario{Name: "HoldCall and RetrieveCall"}, func(t *trio) {
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.Snapshot(t.y.role, t.is("c:$y connected hold"))
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "HoldCall, then hold and retrieve at the phone"}, func(t *trio) {
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.xs.IsHeld()
			t.xs.Holds()
			t.xs.Retrieves()
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "hold and retrieve at the phone"}, func(t *trio) {
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			t.xs.Retrieves()
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.ys.HangsUp()
			t.over("c", t.y, t.x)
			t.xs.Ended()
		}),
		fromBothSides(Scenario{Name: "the holding party hangs up"}, func(t *trio) {
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "the held party hangs up"}, func(t *trio) {
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.x, "ConnectionCleared c:$y normalClearing hold", "ConnectionCleared c:$x normalClearing null")
			t.xs.Ended()
		}),
		fromBothSides(Scenario{Name: "hold at the phone, the holding party hangs up"}, func(t *trio) {
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "hold at the phone, the held party hangs up"}, func(t *trio) {
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.x, "ConnectionCleared c:$y normalClearing hold", "ConnectionCleared c:$x normalClearing null")
			t.xs.Ended()
		}),
		fromBothSides(Scenario{Name: "PlayMessage to a party on hold"}, func(t *trio) {
			t.message("hello.wav", briefly)
			refused := func() {
				t.Helper()
				for _, c := range []string{"c:$x", "c:$y"} {
					t.Refused("stateIncompatibility/invalidConnectionState", t.plays(t.is(c), "hello.wav"))
				}
			}
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			refused()
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			refused()
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "both hold"}, func(t *trio) {
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.must(t.hold(t.is("c:$y")))
			t.gets(t.x, "Held c:$y normal hold")
			t.gets(t.y, "Held c:$y normal hold")
			t.Snapshot(t.x.role, t.is("c:$x hold hold"))
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "hold")
			t.must(t.retrieve(t.is("c:$y")))
			t.gets(t.x, "Retrieved c:$y normal connected")
			t.gets(t.y, "Retrieved c:$y normal connected")
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
		}),
		fromBothSides(Scenario{Name: "ClearConnection of the holding and the held party"}, func(t *trio) {
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.Clears(t.is("c:$y"))
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.x, "ConnectionCleared c:$y normalClearing hold", "ConnectionCleared c:$x normalClearing null")
			t.xs.Ended()
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "RetrieveCall of a hold made at the phone"}, func(t *trio) {
			t.Phone(t.x.role).Behaves(Behaviour{Talk: true})
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
		}),
		[]Scenario{
			{Name: "HoldCall refused", Play: func(p *Play) {
				a, b, out, in := ring(p)
				p.Monitor("C")
				p.Refused("stateIncompatibility/invalidConnectionState", p.hold("c:B"))
				p.Refused("stateIncompatibility/invalidConnectionState", p.hold("c:A"))
				p.Refused("operation/invalidConnectionID", p.hold("c:C"))
				p.Refused("operation/invalidCallID", p.hold("nothing:A"))
				p.Refused("stateIncompatibility/invalidConnectionState", p.retrieve("c:A"))
				in.Answers()
				established(a, b)
				out.Connected()
				p.Refused("stateIncompatibility/invalidConnectionState", p.retrieve("c:A"))
				p.must(p.hold("c:A"))
				a.Gets("Held c:A normal hold")
				b.Gets("Held c:A normal connected")
				p.Refused("stateIncompatibility/invalidConnectionState", p.hold("c:A"))
				p.Refused("stateIncompatibility/invalidConnectionState", p.retrieve("c:B"))
				out.HangsUp()
				endedBy(a, b)
				p.Refused("operation/invalidCallID", p.hold("c:A"))
				p.Refused("operation/invalidCallID", p.retrieve("c:A"))
			}},
		},
	)
}

// merges is what all three get of a transfer or conference of x's two calls.
func (t *trio) merges(event, cause, left, x string, ringing bool) {
	t.Helper()
	line := event + " c:$x+d:$x " + left + "c:$y,c:$z<d:$z " + cause + " "
	t.gets(t.x, line+x+" to=$z")
	t.gets(t.y, line+"connected to=$z")
	local := "connected"
	if ringing {
		local = "alerting"
	}
	t.gets(t.z, line+local+" to=$z")
}

// transfers asks for Transfer Call and checks the answer and the events.
func (t *trio) transfers(ringing bool) {
	t.Helper()
	answer, err := t.pairAnswer("TransferCall", t.is("c:$x"), t.is("d:$x"))
	t.must(err)
	t.leaves(answer, "transferredCall", t.is("c:$x"), "C")
	t.merges("Transfered", "transfer", "", "null", ringing)
}

// confers asks for Conference Call and checks the answer and the events.
func (t *trio) confers() {
	t.Helper()
	answer, err := t.pairAnswer("ConferenceCall", t.is("c:$x"), t.is("d:$x"))
	t.must(err)
	t.leaves(answer, "conferenceCall", t.is("c:$x"), t.x.role)
	t.merges("Conferenced", "conference", "c:$x,", "connected", false)
	t.SnapshotCall("c", t.is("$x connected"), t.is("$y connected"), t.is("$z connected"))
}

// reconnects asks for Reconnect Call and checks the events.
func (t *trio) reconnects(zs *Talk) {
	t.Helper()
	t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
	t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
	t.gets(t.z, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:$z normalClearing null")
	zs.Ended()
	t.backTogether()
}

// goes is what those in a conference get when one goes by itself.
func (t *trio) goes(who *Watch, stay ...*Watch) {
	t.Helper()
	line := "ConnectionCleared c:" + who.role + " normalClearing "
	who.Gets(line + "null")
	for _, w := range stay {
		w.Gets(line + "connected")
	}
}

func transferring() []Scenario {
	return slices.Concat(
		fromBothSides(Scenario{Name: "TransferCall"}, func(t *trio) {
			zs := t.consulted()
			t.transfers(false)
			t.xs.Ended()
			t.talking(t.y.role, "C")
			t.x.GetsNothing()
			t.SnapshotCall("c", t.is("$y connected"), t.is("$z connected"))
			zs.HangsUp()
			t.over("c", t.z, t.y)
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "TransferCall after AlternateCall"}, func(t *trio) {
			t.consulted()
			t.alternates("d", "c")
			t.must(t.pair("TransferCall", t.is("d:$x"), t.is("c:$x")))
			t.gets(t.x, "Transfered d:$x+c:$x d:$z,d:$y<c:$y transfer null to=$y")
			t.gets(t.y, "Transfered d:$x+c:$x d:$z,d:$y<c:$y transfer connected to=$y")
			t.gets(t.z, "Transfered d:$x+c:$x d:$z,d:$y<c:$y transfer connected to=$y")
			t.xs.Ended()
			t.talking(t.y.role, "C")
			t.ys.HangsUp()
			t.over("d", t.y, t.z)
		}),
		fromBothSides(Scenario{Name: "TransferCall while the consulted party rings, answered"}, func(t *trio) {
			first := t.consults()
			t.transfers(true)
			zs := t.ringsOn(first)
			t.xs.Ended()
			t.x.GetsNothing()
			zs.Answers()
			t.gets(t.y, "Established c:$z A>$z transfer connected last=$x")
			t.gets(t.z, "Established c:$z A>$z transfer connected last=$x")
			t.talking(t.y.role, "C")
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "TransferCall while the consulted party rings, not answered", RingTime: 2 * shortRing}, func(t *trio) {
			first := t.consults()
			t.transfers(true)
			zs := t.ringsOn(first)
			t.gets(t.y, "ConnectionCleared c:$z callNotAnswered connected", "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared c:$z callNotAnswered null")
			zs.Ended()
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "TransferCall while the consulted party rings, the transferred one gives up"}, func(t *trio) {
			first := t.consults()
			t.transfers(true)
			zs := t.ringsOn(first)
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared c:$y normalClearing alerting", "ConnectionCleared c:$z callCancelled null")
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "TransferCall after the consulted party deflected the call", Cast: Cast{"D": "1003"}}, func(t *trio) {
			first := t.consults()
			d := t.Monitor("D")
			t.must(t.deflect("d:C", "D"))
			first.Ended()
			second := t.Phone("D").Rings()
			t.gets(t.x, "Diverted d:$z $x>$z redirected connected", "Delivered d:D $x>$z redirected connected last=$z")
			t.gets(t.z, "Diverted d:$z $x>$z redirected null")
			t.gets(d, "Delivered d:D $x>$z redirected alerting last=$z")
			t.must(t.pair("TransferCall", t.is("c:$x"), t.is("d:$x")))
			line := "Transfered c:$x+d:$x c:$y,c:D<d:D transfer "
			t.gets(t.x, line+"null to=D")
			t.gets(t.y, line+"connected to=D")
			t.gets(d, line+"alerting to=D")
			t.xs.Ended()
			second.Ended()
			ds := t.Phone("D").Rings()
			ds.Answers()
			t.gets(t.y, "Established c:D A>$z transfer connected last=$x")
			t.gets(d, "Established c:D A>$z transfer connected last=$x")
			t.talking(t.y.role, "D")
			t.ys.HangsUp()
			t.over("c", t.y, d)
			ds.Ended()
		}),
		fromBothSides(Scenario{Name: "calls with a party that consults are not joined", Cast: Cast{"D": "1003"}}, func(t *trio) {
			d := t.Monitor("D")
			t.must(t.consult("e", t.is("c:$y"), "C"))
			zs := t.Phone("C").Rings()
			zs.Answers()
			t.talking(t.y.role, "C")
			t.xs.Holds()
			out := t.Phone(t.x.role).Dials("D")
			ds := t.Phone("D").Rings()
			t.gets(d, "Delivered d:D $x>D newCall alerting")
			ds.Answers()
			t.talking(t.x.role, "D")
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.pair("TransferCall", t.is("c:$x"), t.is("d:$x")))
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.pair("ConferenceCall", t.is("c:$x"), t.is("d:$x")))
			t.xs.JoinsInVain(out)
			out.JoinsInVain(t.xs)
			t.talking(t.y.role, "C")
			t.talking(t.x.role, "D")
			// The call of the party that consults may also be the one it has taken up again.
			t.must(t.pair("AlternateCall", t.is("c:$y"), t.is("e:$y")))
			t.xs.JoinsInVain(out)
			t.talking(t.x.role, t.y.role)
			t.must(t.pair("AlternateCall", t.is("e:$y"), t.is("c:$y")))
			t.talking(t.y.role, "C")
			for _, w := range t.watches {
				w.skip()
			}
			t.must(t.pair("ReconnectCall", t.is("c:$y"), t.is("e:$y")))
			zs.Ended()
			t.talking(t.x.role, t.y.role)
			out.HangsUp()
			ds.Ended()
			t.xs.HangsUp()
			t.ys.Ended()
			t.endsAnyhow()
		}),
		fromBothSides(Scenario{Name: "TransferCall and the like refused"}, func(t *trio) {
			connected := t.is("c:$x")
			t.Refused("operation/invalidActiveCallObject", t.pair("TransferCall", connected, connected))
			t.Refused("operation/notSameDevice", t.pair("TransferCall", t.is("c:$y"), connected))
			t.Refused("operation/invalidHeldConnectionID", t.pair("ConferenceCall", "c:C", connected))
			t.Refused("operation/invalidCallID", t.pair("AlternateCall", "nothing:A", connected))
			t.Refused("operation/invalidCalledDeviceID", t.consult("d", connected, "1;rm"))
			zs := t.consults()
			held, active := t.is("c:$x"), t.is("d:$x")
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.pair("AlternateCall", held, active))
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.pair("ConferenceCall", held, active))
			t.Refused("stateIncompatibility/invalidHeldConnectionState", t.pair("TransferCall", active, held))
			t.Refused("stateIncompatibility/connectedCallExists", t.retrieve(held))
			t.Refused("stateIncompatibility/invalidConnectionState", t.consult("e", held, "C"))
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.transfer(active, "C"))
			zs.Answers()
			t.gets(t.x, "Established d:$z $x>$z consultation connected")
			t.gets(t.z, "Established d:$z $x>$z consultation connected")
			t.talking(t.x.role, "C")
			t.Refused("stateIncompatibility/connectedCallExists", t.retrieve(held))
			t.Refused("stateIncompatibility/invalidConnectionState", t.consult("e", active, t.y.role))
			t.confers()
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.transfer(held, "C"))
			t.hangsUp()
			t.goes(t.x, t.y, t.z)
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
			t.Refused("operation/invalidCallID", t.pair("TransferCall", held, active))
		}),
		fromBothSides(Scenario{Name: "HoldCall in a conference"}, func(t *trio) {
			t.consulted()
			t.confers()
			// Each of them, the first at once.
			for _, w := range []*Watch{t.x, t.y, t.z} {
				others := []*Watch{t.x, t.y, t.z}
				t.must(t.hold("c:" + w.role))
				for _, o := range others {
					o.Gets("Held c:" + w.role + " normal " + map[bool]string{true: "hold", false: "connected"}[o == w])
				}
				t.Snapshot(w.role, "c:"+w.role+" hold connected connected")
				t.Refused("stateIncompatibility/invalidConnectionState", t.hold("c:"+w.role))
				t.must(t.retrieve("c:" + w.role))
				for _, o := range others {
					o.Gets("Retrieved c:" + w.role + " normal connected")
				}
			}
			t.xs.HangsUp()
			t.goes(t.x, t.y, t.z)
			t.talking(t.y.role, "C")
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
		}),
		fromBothSides(Scenario{Name: "HoldCall in a conference, and another one goes"}, func(t *trio) {
			zs := t.consulted()
			t.confers()
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.gets(t.z, "Held c:$x normal connected")
			zs.HangsUp()
			t.z.Gets("ConnectionCleared c:C normalClearing null")
			t.x.Gets("ConnectionCleared c:C normalClearing hold")
			t.y.Gets("ConnectionCleared c:C normalClearing connected")
			t.must(t.retrieve(t.is("c:$x")))
			t.backTogether()
			t.ys.HangsUp()
			t.over("c", t.y, t.x)
		}),
		fromBothSides(Scenario{Name: "ConferenceCall, the conferring party goes first"}, func(t *trio) {
			zs := t.consulted()
			t.confers()
			t.hangsUp()
			t.goes(t.x, t.y, t.z)
			zs.HangsUp()
			t.over("c", t.z, t.y)
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "ConferenceCall, the first partner goes first"}, func(t *trio) {
			zs := t.consulted()
			t.confers()
			t.ys.HangsUp()
			t.goes(t.y, t.x, t.z)
			t.hangsUp()
			t.over("c", t.x, t.z)
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "ConferenceCall after AlternateCall, cleared by the client"}, func(t *trio) {
			zs := t.consulted()
			t.alternates("d", "c")
			t.alternates("c", "d")
			t.confers()
			t.Clears(t.is("c:$z"))
			t.goes(t.z, t.x, t.y)
			zs.Ended()
			t.Clears(t.is("c:$x"))
			t.over("c", t.x, t.y)
			t.xs.Ended()
			t.ys.Ended()
		}),
	)
}

// reaches is what the remaining party and the new one get of a call that goes
// to z, as far as it rings there.
func (t *trio) reaches(cause string) {
	t.Helper()
	t.gets(t.y, "Delivered c:$z $y>$z "+cause+" connected last=$x")
	t.gets(t.z, "Delivered c:$z $y>$z "+cause+" alerting last=$x")
}

// stepTransferred is what x and y get of a single step or blind transfer.
func (t *trio) stepTransferred(to string) {
	t.Helper()
	line := "Transfered c:$x c:$y,c:" + to + " singleStepTransfer "
	t.gets(t.x, line+"null to="+to)
	t.gets(t.y, line+"connected to="+to)
}

// stepsToC is the story from a single step transfer to C on: C answers, and the one
// who was transferred hangs up.
func (t *trio) stepsToC() {
	t.Helper()
	t.stepTransferred("C")
	zs := t.Phone("C").Rings()
	t.reaches("singleStepTransfer")
	t.xs.Ended()
	t.x.GetsNothing()
	zs.Answers()
	t.gets(t.y, "Established c:$z $y>$z singleStepTransfer connected last=$x")
	t.gets(t.z, "Established c:$z $y>$z singleStepTransfer connected last=$x")
	t.talking(t.y.role, "C")
	t.ys.HangsUp()
	t.over("c", t.y, t.z)
	zs.Ended()
}

// way is how a call is sent on: by a client, or at the phone.
type way struct {
	name string
	send func(t *trio, to string)
}

var stepWays = []way{
	{"SingleStepTransferCall", func(t *trio, to string) { t.Helper(); t.must(t.transfer(t.is("c:$x"), to)) }},
	{"blind transfer at the phone", func(t *trio, to string) { t.Helper(); t.xs.Transfers(to) }},
}

func stepTransfers() []Scenario {
	var all []Scenario
	for _, w := range stepWays {
		all = append(all, slices.Concat(
			fromBothSides(Scenario{Name: w.name}, func(t *trio) {
				w.send(t, "C")
				t.stepsToC()
			}),
			fromBothSides(Scenario{Name: w.name + " to somebody busy"}, func(t *trio) {
				t.busy()
				w.send(t, "C")
				t.stepTransferred("C")
				t.gets(t.y, "Failed c:$z $y>$z busy connected last=$x", "ConnectionCleared c:$y normalClearing null")
				t.ys.Ended()
				t.xs.Ended()
				t.x.GetsNothing()
				t.z.GetsNothing()
			}),
			fromBothSides(Scenario{Name: w.name + ", not answered", RingTime: shortRing}, func(t *trio) {
				w.send(t, "C")
				t.stepTransferred("C")
				zs := t.Phone("C").Rings()
				t.reaches("singleStepTransfer")
				t.gets(t.y, "ConnectionCleared c:$z callNotAnswered connected", "ConnectionCleared c:$y normalClearing null")
				t.gets(t.z, "ConnectionCleared c:$z callNotAnswered null")
				zs.Ended()
				t.xs.Ended()
				t.x.GetsNothing()
			}),
			fromBothSides(Scenario{Name: w.name + " to an unknown number", OwnDialplan: takesEveryNumber}, func(t *trio) {
				w.send(t, "4711")
				t.stepTransferred("4711")
				t.gets(t.y, "Failed c:4711 $y>4711 destNotObtainable connected last=$x", "ConnectionCleared c:$y normalClearing null")
				t.ys.Ended()
				t.xs.Ended()
				t.x.GetsNothing()
			}),
			fromBothSides(Scenario{Name: w.name + ", the transferred party gives up"}, func(t *trio) {
				w.send(t, "C")
				t.stepTransferred("C")
				zs := t.Phone("C").Rings()
				t.reaches("singleStepTransfer")
				t.ys.HangsUp()
				t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
				t.gets(t.z, "ConnectionCleared c:$y normalClearing alerting", "ConnectionCleared c:$z callCancelled null")
				zs.Ended()
				t.xs.Ended()
			}),
		)...)
	}
	return all
}

// redials has x, which holds y, call z by a second line of its phone.
func (t *trio) redials() (out, in *Talk) {
	t.Helper()
	t.xs.Holds()
	t.bothGet("Held", "normal", "hold", "connected")
	out = t.Phone(t.x.role).Dials("C")
	in = t.Phone("C").Rings()
	t.gets(t.x, "ServiceInitiated d:$x newCall initiated", "Originated d:$x $x>$z newCall connected", "Delivered d:$z $x>$z newCall connected")
	t.gets(t.z, "Delivered d:$z $x>$z newCall alerting")
	out.HearsRinging()
	return out, in
}

func phoneTransfers() []Scenario {
	return slices.Concat(
		fromBothSides(Scenario{Name: "attended transfer at the phone"}, func(t *trio) {
			out, in := t.redials()
			in.Answers()
			t.gets(t.x, "Established d:$z $x>$z newCall connected")
			t.gets(t.z, "Established d:$z $x>$z newCall connected")
			t.talking(t.x.role, "C")
			t.xs.Joins(out)
			t.merges("Transfered", "transfer", "", "null", false)
			t.xs.Ended()
			out.Ended()
			t.talking(t.y.role, "C")
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
			in.Ended()
		}),
		fromBothSides(Scenario{Name: "attended transfer at the phone while it rings"}, func(t *trio) {
			out, in := t.redials()
			t.xs.Joins(out)
			t.merges("Transfered", "transfer", "", "null", true)
			t.xs.Ended()
			out.Ended()
			in.Answers()
			t.gets(t.y, "Established c:$z A>$z transfer connected last=$x")
			t.gets(t.z, "Established c:$z A>$z transfer connected last=$x")
			t.talking(t.y.role, "C")
			in.HangsUp()
			t.over("c", t.z, t.y)
		}),
		fromBothSides(Scenario{Name: "attended transfer at the phone while it rings, rejected"}, func(t *trio) {
			out, in := t.redials()
			t.xs.Joins(out)
			t.merges("Transfered", "transfer", "", "null", true)
			t.xs.Ended()
			in.Rejects(486)
			t.gets(t.y, "ConnectionCleared c:$z busy connected", "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared c:$z busy null")
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "attended transfer at the phone while it rings, not answered", RingTime: 2 * shortRing}, func(t *trio) {
			out, in := t.redials()
			t.xs.Joins(out)
			t.merges("Transfered", "transfer", "", "null", true)
			t.xs.Ended()
			t.gets(t.y, "ConnectionCleared c:$z callNotAnswered connected", "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared c:$z callNotAnswered null")
			in.Ended()
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "attended transfer at the phone while it rings, the transferred party gives up"}, func(t *trio) {
			out, in := t.redials()
			t.xs.Joins(out)
			t.merges("Transfered", "transfer", "", "null", true)
			t.xs.Ended()
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared c:$y normalClearing alerting", "ConnectionCleared c:$z callCancelled null")
			in.Ended()
		}),
		fromBothSides(Scenario{Name: "attended transfer at the phone to a party that had called"}, func(t *trio) {
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			zs := t.Phone("C").Dials(t.x.role)
			second := t.Phone(t.x.role).Rings()
			t.gets(t.z, "ServiceInitiated d:$z newCall initiated", "Originated d:$z $z>$x newCall connected", "Delivered d:$x $z>$x newCall connected")
			t.gets(t.x, "Delivered d:$x $z>$x newCall alerting")
			second.Answers()
			t.gets(t.z, "Established d:$x $z>$x newCall connected")
			t.gets(t.x, "Established d:$x $z>$x newCall connected")
			t.talking(t.x.role, "C")
			second.Joins(t.xs)
			t.merges("Transfered", "transfer", "", "null", false)
			t.xs.Ended()
			second.Ended()
			t.talking(t.y.role, "C")
			zs.HangsUp()
			t.over("c", t.z, t.y)
		}),
		fromBothSides(Scenario{Name: "two calls at the phone, neither transferred"}, func(t *trio) {
			out, in := t.redials()
			in.Answers()
			t.gets(t.x, "Established d:$z $x>$z newCall connected")
			t.gets(t.z, "Established d:$z $x>$z newCall connected")
			t.talking(t.x.role, "C")
			out.Holds()
			t.gets(t.x, "Held d:$x normal hold")
			t.gets(t.z, "Held d:$x normal connected")
			t.xs.Retrieves()
			t.bothGet("Retrieved", "normal", "connected", "connected")
			t.Snapshot(t.x.role, t.is("c:$x connected connected"), t.is("d:$x hold connected"))
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
			out.Retrieves()
			t.gets(t.x, "Retrieved d:$x normal connected")
			t.gets(t.z, "Retrieved d:$x normal connected")
			in.HangsUp()
			t.over("d", t.z, t.x)
		}),
	)
}

// deflects has B's ringing call deflected to z and gives what A and B get.
func (t *trio) deflects(to string) {
	t.Helper()
	t.must(t.deflect("c:B", to))
	t.y.Gets("Diverted c:B A>B redirected connected")
	t.x.Gets("Diverted c:B A>B redirected null")
}

// ringingWays are a call that rings at B, dialled by hand and by a client. x is
// B, y is A.
var ringingWays = []struct {
	name string
	ring func(p *Play) *trio
}{
	{"", func(p *Play) *trio {
		a, b, out, in := ring(p)
		return newTrio(p, b, a, in, out)
	}},
	{" of a MakeCall", func(p *Play) *trio {
		a, b, prompt := prompted(p)
		prompt.Answers()
		in := p.Phone("B").Rings()
		delivered(a, b)
		return newTrio(p, b, a, in, prompt)
	}},
}

func deflecting() []Scenario {
	var all []Scenario
	for _, w := range ringingWays {
		scene := func(name string, ringTime int, play func(*trio)) *Scenario {
			s := Scenario{Name: "DeflectCall" + w.name + name, Play: func(p *Play) { play(w.ring(p)) }}
			if ringTime > 0 {
				s.RingTime = shortRing
			}
			all = append(all, s)
			return &all[len(all)-1]
		}
		scene(", answered", 0, func(t *trio) {
			t.deflects("C")
			t.xs.Ended()
			zs := t.Phone("C").Rings()
			t.y.Gets("Delivered c:C A>B redirected connected last=B")
			t.z.Gets("Delivered c:C A>B redirected alerting last=B")
			zs.Answers()
			t.y.Gets("Established c:C A>B redirected connected last=B")
			t.z.Gets("Established c:C A>B redirected connected last=B")
			t.talking("A", "C")
			t.x.GetsNothing()
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
			zs.Ended()
		})
		scene(" to somebody busy", 0, func(t *trio) {
			t.busy()
			t.deflects("C")
			t.y.Gets("Failed c:C A>B busy connected last=B", "ConnectionCleared c:A normalClearing null")
			t.ys.Ended()
			t.z.GetsNothing()
		})
		scene(" to an unknown number", 0, func(t *trio) {
			t.deflects("4711")
			t.y.Gets("Failed c:4711 A>B destNotObtainable connected last=B", "ConnectionCleared c:A normalClearing null")
			t.ys.Ended()
		}).OwnDialplan = takesEveryNumber
		scene(", not answered", 1, func(t *trio) {
			t.deflects("C")
			zs := t.Phone("C").Rings()
			t.y.Gets("Delivered c:C A>B redirected connected last=B")
			t.z.Gets("Delivered c:C A>B redirected alerting last=B")
			t.y.Gets("ConnectionCleared c:C callNotAnswered connected", "ConnectionCleared c:A normalClearing null")
			t.z.Gets("ConnectionCleared c:C callNotAnswered null")
			zs.Ended()
		})
		scene(" twice, back to where it was", 0, func(t *trio) {
			t.deflects("C")
			zs := t.Phone("C").Rings()
			t.y.Gets("Delivered c:C A>B redirected connected last=B")
			t.z.Gets("Delivered c:C A>B redirected alerting last=B")
			t.must(t.deflect("c:C", "B"))
			t.y.Gets("Diverted c:C A>B redirected connected last=B")
			t.z.Gets("Diverted c:C A>B redirected null last=B")
			zs.Ended()
			in := t.Phone("B").Rings()
			t.y.Gets("Delivered c:B A>B redirected connected last=C")
			t.x.Gets("Delivered c:B A>B redirected alerting last=C")
			in.Answers()
			t.y.Gets("Established c:B A>B redirected connected last=C")
			t.x.Gets("Established c:B A>B redirected connected last=C")
			t.talking("A", "B")
			in.HangsUp()
			t.over("c", t.x, t.y)
		})
	}
	return append(all, Scenario{Name: "DeflectCall refused", Play: func(p *Play) {
		a, b, out, in := ring(p)
		p.Refused("stateIncompatibility/invalidConnectionState", p.deflect("c:A", "C"))
		p.Refused("operation/invalidConnectionID", p.deflect("c:C", "C"))
		p.Refused("operation/invalidCallID", p.deflect("nothing:B", "C"))
		p.Refused("operation/invalidDestination", p.deflect("c:B", "1;rm"))
		p.Refused("stateIncompatibility/invalidActiveConnectionState", p.transfer("c:A", "C"))
		in.Answers()
		established(a, b)
		out.Connected()
		p.Refused("stateIncompatibility/invalidConnectionState", p.deflect("c:B", "C"))
		p.Refused("operation/invalidDestination", p.transfer("c:B", "$x"))
		p.Refused("operation/invalidActiveConnectionID", p.transfer("c:C", "C"))
		out.HangsUp()
		endedBy(a, b)
		p.Refused("operation/invalidCallID", p.deflect("c:B", "C"))
	}})
}
