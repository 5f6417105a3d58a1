package conformance

import (
	"slices"
	"strings"
)

// CallControl are the services and features on calls that exist: hold,
// consultation, transfer, conference, deflection, asked for by a client or done
// at the phone.
func CallControl() []Scenario {
	return slices.Concat(holding(), consulting(), clearing(), transferring(), stepTransfers(), phoneTransfers(), deflecting(), consultingQueues(), others(), byOperator())
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

func consulting() []Scenario {
	return slices.Concat(
		fromBothSides(Scenario{Name: "ConsultationCall and ReconnectCall"}, func(t *trio) {
			zs := t.consulted()
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
			t.gets(t.z, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:$z normalClearing null")
			zs.Ended()
			t.backTogether()
			t.ys.HangsUp()
			t.over("c", t.y, t.x)
			t.xs.Ended()
		}),
		fromBothSides(Scenario{Name: "ReconnectCall while the consulted party rings"}, func(t *trio) {
			zs := t.consults()
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
			t.gets(t.z, "ConnectionCleared d:$x normalClearing alerting", "ConnectionCleared d:$z normalClearing null")
			zs.Ended()
			t.backTogether()
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "the consulted party is busy, ReconnectCall"}, func(t *trio) {
			t.consultsInVain(t.busy)
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "the consulted party is busy, RetrieveCall"}, func(t *trio) {
			t.consultsInVain(t.busy)
			t.must(t.retrieve(t.is("c:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "the consulted party is not registered"}, func(t *trio) {
			t.consultsInVain(func() string {
				t.Phone("C").Leaves()
				t.gets(t.z, "OutOfService C")
				return "destOutOfOrder"
			})
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "an unknown number is consulted"}, func(t *trio) {
			t.must(t.consult("d", t.is("c:$x"), "5551234"))
			t.consultationBegins()
			t.gets(t.x, "Originated d:$x $x>5551234 consultation connected", "Failed d:5551234 $x>5551234 destNotObtainable connected")
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "the consulted party is busy, the consulting one hangs up"}, func(t *trio) {
			t.consultsInVain(t.busy)
			t.xs.HangsUp()
			t.gets(t.x, "ConnectionCleared c:$x normalClearing null", "ConnectionCleared d:$x normalClearing null")
			t.gets(t.y, "ConnectionCleared c:$x normalClearing connected", "ConnectionCleared c:$y normalClearing null")
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "the consulted party does not answer", RingTime: shortRing}, func(t *trio) {
			zs := t.consults()
			t.gets(t.x, "ConnectionCleared d:$z callNotAnswered connected")
			t.gets(t.z, "ConnectionCleared d:$z callNotAnswered null")
			zs.Ended()
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "the consulted party hangs up"}, func(t *trio) {
			zs := t.consulted()
			zs.HangsUp()
			t.gets(t.x, "ConnectionCleared d:$z normalClearing connected")
			t.gets(t.z, "ConnectionCleared d:$z normalClearing null")
			t.must(t.retrieve(t.is("c:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "the consulted party rejects"}, func(t *trio) {
			zs := t.consults()
			zs.Rejects(603)
			t.gets(t.x, "ConnectionCleared d:$z callCancelled connected")
			t.gets(t.z, "ConnectionCleared d:$z callCancelled null")
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "the held party hangs up during a consultation"}, func(t *trio) {
			zs := t.consulted()
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.x, "ConnectionCleared c:$y normalClearing hold", "ConnectionCleared c:$x normalClearing null")
			t.z.GetsNothing()
			zs.HangsUp()
			t.over("d", t.z, t.x)
			t.xs.Ended()
		}),
		fromBothSides(Scenario{Name: "the held party hangs up while the consulted one rings"}, func(t *trio) {
			zs := t.consults()
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.x, "ConnectionCleared c:$y normalClearing hold", "ConnectionCleared c:$x normalClearing null")
			zs.Answers()
			t.gets(t.x, "Established d:$z $x>$z consultation connected")
			t.gets(t.z, "Established d:$z $x>$z consultation connected")
			t.talking(t.x.role, "C")
			t.xs.HangsUp()
			t.over("d", t.x, t.z)
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "the consulting party hangs up"}, func(t *trio) {
			zs := t.consulted()
			t.xs.HangsUp()
			t.gets(t.x, "ConnectionCleared c:$x normalClearing null", "ConnectionCleared d:$x normalClearing null")
			t.gets(t.y, "ConnectionCleared c:$x normalClearing connected", "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:$z normalClearing null")
			t.ys.Ended()
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "the consulting party hangs up while it rings"}, func(t *trio) {
			zs := t.consults()
			t.xs.HangsUp()
			t.gets(t.x, "ConnectionCleared c:$x normalClearing null", "ConnectionCleared d:$x normalClearing null")
			t.gets(t.y, "ConnectionCleared c:$x normalClearing connected", "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared d:$x normalClearing alerting", "ConnectionCleared d:$z callCancelled null")
			t.ys.Ended()
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "AlternateCall there and back"}, func(t *trio) {
			zs := t.consulted()
			t.alternates("d", "c")
			t.talking(t.x.role, t.y.role)
			t.alternates("c", "d")
			t.talking(t.x.role, "C")
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
			t.gets(t.z, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:$z normalClearing null")
			zs.Ended()
			t.backTogether()
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
		}),
		fromBothSides(Scenario{Name: "AlternateCall, then ReconnectCall to the consulted party"}, func(t *trio) {
			zs := t.consulted()
			t.alternates("d", "c")
			t.must(t.pair("ReconnectCall", t.is("d:$x"), t.is("c:$x")))
			t.gets(t.x, "ConnectionCleared c:$x normalClearing null")
			t.gets(t.y, "ConnectionCleared c:$x normalClearing connected", "ConnectionCleared c:$y normalClearing null")
			t.gets(t.x, "Retrieved d:$x normal connected")
			t.gets(t.z, "Retrieved d:$x normal connected")
			t.talking(t.x.role, "C")
			zs.HangsUp()
			t.over("d", t.z, t.x)
		}),
		fromBothSides(Scenario{Name: "AlternateCall, then everybody hangs up"}, func(t *trio) {
			zs := t.consulted()
			t.alternates("d", "c")
			zs.HangsUp()
			t.gets(t.z, "ConnectionCleared d:$z normalClearing null")
			t.gets(t.x, "ConnectionCleared d:$z normalClearing hold", "ConnectionCleared d:$x normalClearing null")
			t.ys.HangsUp()
			t.over("c", t.y, t.x)
			t.xs.Ended()
		}),
	)
}

// busy makes z busy.
func (t *trio) busy() string {
	t.Helper()
	t.Phone("C").Behaves(Behaviour{RejectWith: 486})
	return "busy"
}

// consultsInVain has x consult z, which cannot be reached; why makes it so and
// names the cause.
func (t *trio) consultsInVain(why func() string) {
	t.Helper()
	cause := why()
	t.must(t.consult("d", t.is("c:$x"), "C"))
	t.consultationBegins()
	t.gets(t.x, "Originated d:$x $x>$z consultation connected", "Failed d:$z $x>$z "+cause+" connected")
}

// backFromVain is what happens when x returns from a call that has no other
// party left, and the end of the first one.
func (t *trio) backFromVain() {
	t.Helper()
	t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
	t.backTogether()
	t.z.GetsNothing()
	t.xs.HangsUp()
	t.over("c", t.x, t.y)
	t.ys.Ended()
}

// alternates has x hold one call and take up the other.
func (t *trio) alternates(from, to string) {
	t.Helper()
	t.must(t.pair("AlternateCall", to+":"+t.x.role, from+":"+t.x.role))
	partner := map[string]*Watch{"c": t.y, "d": t.z}
	t.gets(t.x, "Held "+from+":$x alternate hold", "Retrieved "+to+":$x alternate connected")
	t.gets(partner[from], "Held "+from+":$x alternate connected")
	t.gets(partner[to], "Retrieved "+to+":$x alternate connected")
}

// alternatesAtOnce looks at x's events only, so that the next request comes
// within milliseconds.
func (t *trio) alternatesAtOnce(from, to string) {
	t.Helper()
	t.must(t.pair("AlternateCall", to+":"+t.x.role, from+":"+t.x.role))
	t.gets(t.x, "Held "+from+":$x alternate hold", "Retrieved "+to+":$x alternate connected")
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
			first.Ended()
			zs := t.Phone("C").Rings()
			t.xs.Ended()
			t.x.GetsNothing()
			zs.Answers()
			t.gets(t.y, "Established c:$z A>B transfer connected last=$x")
			t.gets(t.z, "Established c:$z A>B transfer connected last=$x")
			t.talking(t.y.role, "C")
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "TransferCall while the consulted party rings, not answered", RingTime: 2 * shortRing}, func(t *trio) {
			first := t.consults()
			t.transfers(true)
			first.Ended()
			zs := t.Phone("C").Rings()
			t.gets(t.y, "ConnectionCleared c:$z callNotAnswered connected", "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared c:$z callNotAnswered null")
			zs.Ended()
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "TransferCall while the consulted party rings, the transferred one gives up"}, func(t *trio) {
			first := t.consults()
			t.transfers(true)
			first.Ended()
			zs := t.Phone("C").Rings()
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared c:$y normalClearing alerting", "ConnectionCleared c:$z callCancelled null")
			zs.Ended()
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
			t.Refused("stateIncompatibility/invalidConnectionState", t.retrieve(held))
			t.Refused("stateIncompatibility/invalidConnectionState", t.consult("e", held, "C"))
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.transfer(active, "C"))
			zs.Answers()
			t.gets(t.x, "Established d:$z $x>$z consultation connected")
			t.gets(t.z, "Established d:$z $x>$z consultation connected")
			t.talking(t.x.role, "C")
			t.Refused("stateIncompatibility/invalidConnectionState", t.retrieve(held))
			t.Refused("stateIncompatibility/invalidConnectionState", t.consult("e", active, t.y.role))
			t.confers()
			t.Refused("stateIncompatibility/invalidConnectionState", t.consult("e", held, "C"))
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.transfer(held, "C"))
			t.xs.HangsUp()
			t.goes(t.x, t.y, t.z)
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
			t.Refused("operation/invalidCallID", t.pair("TransferCall", held, active))
		}),
		fromBothSides(Scenario{Name: "ConferenceCall, the conferring party goes first"}, func(t *trio) {
			zs := t.consulted()
			t.confers()
			t.xs.HangsUp()
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
			t.xs.HangsUp()
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

// consultsQueue has x consult the queue 9500, as far as its dialplan has
// answered.
func (t *trio) consultsQueue() (q *Watch) {
	t.Helper()
	q = t.Monitor("Q")
	t.must(t.consult("d", t.is("c:$x"), "9500"))
	t.consultationBegins()
	t.gets(t.x, "Originated d:$x $x>9500 consultation connected",
		"Queued d:Q $x>9500 consultation connected", "Established d:Q $x>9500 consultation connected")
	t.gets(q, "Queued d:Q $x>9500 consultation queued", "Established d:Q $x>9500 consultation connected")
	t.Snapshot(t.x.role, t.is("c:$x hold connected"), t.is("d:$x connected connected"))
	return q
}

// consultingQueues are consultations whose third party is a queue.
func consultingQueues() []Scenario {
	scenarios := slices.Concat(
		fromBothSides(Scenario{Name: "TransferCall to a queue"}, func(t *trio) {
			q := t.consultsQueue()
			answer, err := t.pairAnswer("TransferCall", t.is("c:$x"), t.is("d:$x"))
			t.must(err)
			t.leaves(answer, "transferredCall", t.is("c:$x"), "Q")
			line := "Transfered c:$x+d:$x c:$y,c:Q<d:Q transfer "
			t.gets(t.x, line+"null to=Q")
			t.gets(t.y, line+"connected to=Q")
			t.gets(q, line+"connected to=Q")
			t.xs.Ended()
			t.Snapshot("Q", t.is("c:Q connected connected"))
			t.Snapshot(t.y.role, t.is("c:$y connected connected"))
			t.must(t.transfer("c:Q", "C"))
			zs := t.Phone("C").Rings()
			t.gets(t.y, "Transfered c:Q c:$y,c:$z singleStepTransfer connected to=$z", "Delivered c:$z $y>$z singleStepTransfer connected last=Q")
			t.gets(q, "Transfered c:Q c:$y,c:$z singleStepTransfer null to=$z")
			t.gets(t.z, "Delivered c:$z $y>$z singleStepTransfer alerting last=Q")
			zs.Answers()
			t.gets(t.y, "Established c:$z $y>$z singleStepTransfer connected last=Q")
			t.gets(t.z, "Established c:$z $y>$z singleStepTransfer connected last=Q")
			t.talking(t.y.role, "C")
			zs.HangsUp()
			t.over("c", t.z, t.y)
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "TransferCall to a queue, the transferred party gives up"}, func(t *trio) {
			q := t.consultsQueue()
			t.must(t.pair("TransferCall", t.is("c:$x"), t.is("d:$x")))
			line := "Transfered c:$x+d:$x c:$y,c:Q<d:Q transfer "
			t.gets(t.x, line+"null to=Q")
			t.gets(t.y, line+"connected to=Q")
			t.gets(q, line+"connected to=Q")
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(q, "ConnectionCleared c:$y normalClearing connected", "ConnectionCleared c:Q normalClearing null")
			t.xs.Ended()
		}),
		fromBothSides(Scenario{Name: "attended transfer at the phone into a queue"}, func(t *trio) {
			q := t.Monitor("Q")
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			out := t.Phone(t.x.role).Dials("9500")
			t.gets(t.x, "ServiceInitiated d:$x newCall initiated", "Originated d:$x $x>9500 newCall connected",
				"Queued d:Q $x>9500 enteringDistribution connected", "Established d:Q $x>9500 newCall connected")
			t.gets(q, "Queued d:Q $x>9500 enteringDistribution queued", "Established d:Q $x>9500 newCall connected")
			out.Connected()
			t.xs.Joins(out)
			line := "Transfered c:$x+d:$x c:$y,c:Q<d:Q transfer "
			t.gets(t.x, line+"null to=Q")
			t.gets(t.y, line+"connected to=Q")
			t.gets(q, line+"connected to=Q")
			t.xs.Ended()
			out.Ended()
			t.Snapshot("Q", t.is("c:Q connected connected"))
			t.ys.HangsUp()
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(q, "ConnectionCleared c:$y normalClearing connected", "ConnectionCleared c:Q normalClearing null")
		}),
		fromBothSides(Scenario{Name: "ReconnectCall from a queue"}, func(t *trio) {
			q := t.consultsQueue()
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.pair("AlternateCall", t.is("c:$x"), t.is("d:$x")))
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.pair("ConferenceCall", t.is("c:$x"), t.is("d:$x")))
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
			t.gets(q, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:Q normalClearing null")
			t.backTogether()
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
			t.ys.Ended()
		}),
		fromBothSides(Scenario{Name: "a consulted queue, the consulting party hangs up"}, func(t *trio) {
			q := t.consultsQueue()
			t.xs.HangsUp()
			t.gets(t.x, "ConnectionCleared c:$x normalClearing null", "ConnectionCleared d:$x normalClearing null")
			t.gets(q, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:Q normalClearing null")
			t.gets(t.y, "ConnectionCleared c:$x normalClearing connected", "ConnectionCleared c:$y normalClearing null")
			t.ys.Ended()
		}),
	)
	for i := range scenarios {
		scenarios[i].Cast = queueAndTrunk
	}
	return scenarios
}

// others are stories of several services.
func others() []Scenario {
	return slices.Concat(
		fromBothSides(Scenario{Name: "the two left of a conference"}, func(t *trio) {
			zs := t.consulted()
			t.confers()
			zs.HangsUp()
			t.goes(t.z, t.x, t.y)
			t.talking(t.x.role, t.y.role)
			t.must(t.hold(t.is("c:$x")))
			t.bothGet("Held", "normal", "hold", "connected")
			t.must(t.retrieve(t.is("c:$x")))
			t.bothGet("Retrieved", "normal", "connected", "connected")
			second := t.consulted()
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
			t.gets(t.z, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:$z normalClearing null")
			second.Ended()
			t.backTogether()
			t.ys.HangsUp()
			t.over("c", t.y, t.x)
		}),
		fromBothSides(Scenario{Name: "three consultations, one after the other"}, func(t *trio) {
			for range 2 {
				zs := t.consulted()
				t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
				t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
				t.gets(t.z, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:$z normalClearing null")
				zs.Ended()
				t.backTogether()
				delete(t.names.calls, "d")
			}
			t.consultsInVain(t.busy)
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "both parties consult, one after the other"}, func(t *trio) {
			t.consulted()
			t.transfers(false)
			t.xs.Ended()
			t.talking(t.y.role, "C")
			// The party transferred consults the one that transferred it.
			t.must(t.consult("e", t.is("c:$y"), t.x.role))
			xs := t.Phone(t.x.role).Rings()
			t.gets(t.y, "Held c:$y consultation hold", "ServiceInitiated e:$y consultation initiated",
				"Originated e:$y $y>$x consultation connected", "Delivered e:$x $y>$x consultation connected")
			t.gets(t.z, "Held c:$y consultation connected")
			t.gets(t.x, "Delivered e:$x $y>$x consultation alerting")
			xs.Answers()
			t.gets(t.y, "Established e:$x $y>$x consultation connected")
			t.gets(t.x, "Established e:$x $y>$x consultation connected")
			t.talking(t.x.role, t.y.role)
			t.must(t.pair("TransferCall", t.is("c:$y"), t.is("e:$y")))
			t.gets(t.y, "Transfered c:$y+e:$y c:$z,c:$x<e:$x transfer null to=$x")
			t.gets(t.z, "Transfered c:$y+e:$y c:$z,c:$x<e:$x transfer connected to=$x")
			t.gets(t.x, "Transfered c:$y+e:$y c:$z,c:$x<e:$x transfer connected to=$x")
			t.ys.Ended()
			t.talking(t.x.role, "C")
			xs.HangsUp()
			t.over("c", t.x, t.z)
		}),
		fromBothSides(Scenario{Name: "SingleStepTransferCall of a call on hold at the phone"}, func(t *trio) {
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			t.Refused("stateIncompatibility/invalidActiveConnectionState", t.transfer(t.is("c:$x"), "C"))
			t.must(t.transfer(t.is("c:$y"), "C"))
			t.gets(t.y, "Transfered c:$y c:$x,c:C singleStepTransfer null to=C")
			t.gets(t.x, "Transfered c:$y c:$x,c:C singleStepTransfer hold to=C")
			t.ys.Ended()
			zs := t.Phone("C").Rings()
			t.gets(t.x, "Retrieved c:$x normal connected", "Delivered c:$z $x>$z singleStepTransfer connected last=$y")
			t.gets(t.z, "Delivered c:$z $x>$z singleStepTransfer alerting last=$y")
			zs.Answers()
			t.gets(t.x, "Established c:$z $x>$z singleStepTransfer connected last=$y")
			t.gets(t.z, "Established c:$z $x>$z singleStepTransfer connected last=$y")
			t.talking(t.x.role, "C")
			zs.HangsUp()
			t.over("c", t.z, t.x)
		}),
		fromBothSides(Scenario{Name: "ConsultationCall out of a call on hold at the phone"}, func(t *trio) {
			t.xs.Holds()
			t.bothGet("Held", "normal", "hold", "connected")
			t.Refused("stateIncompatibility/invalidConnectionState", t.consult("d", t.is("c:$x"), "C"))
			t.xs.Retrieves()
			t.bothGet("Retrieved", "normal", "connected", "connected")
			zs := t.consulted()
			t.transfers(false)
			t.talking(t.y.role, "C")
			zs.HangsUp()
			t.over("c", t.z, t.y)
		}),
		[]Scenario{
			{Name: "ConsultationCall and TransferCall of a MakeCall", Play: func(p *Play) {
				a, b, prompt := prompted(p)
				prompt.Answers()
				in := p.Phone("B").Rings()
				delivered(a, b)
				in.Answers()
				established(a, b)
				t := newTrio(p, a, b, prompt, in)
				zs := t.consulted()
				t.transfers(false)
				prompt.Ended()
				t.talking("B", "C")
				zs.HangsUp()
				t.over("c", t.z, t.y)
				in.Ended()
			}},
			{Name: "an application in a hurry", Play: func(p *Play) {
				a, b, out, in := ring(p)
				in.Answers()
				a.Gets("Established c:B A>B newCall connected")
				t := newTrio(p, a, b, out, in)
				t.must(t.consult("d", "c:A", "C"))
				b.Gets("Established c:B A>B newCall connected")
				zs := t.Phone("C").Rings()
				t.consultationBegins()
				t.gets(t.x, "Originated d:$x $x>$z consultation connected", "Delivered d:$z $x>$z consultation connected")
				t.gets(t.z, "Delivered d:$z $x>$z consultation alerting")
				zs.Answers()
				t.gets(t.x, "Established d:$z $x>$z consultation connected")
				t.alternatesAtOnce("d", "c")
				t.alternatesAtOnce("c", "d")
				t.gets(t.z, "Established d:$z $x>$z consultation connected", "Held d:$x alternate connected", "Retrieved d:$x alternate connected")
				t.gets(t.y, "Retrieved c:$x alternate connected", "Held c:$x alternate connected")
				t.transfers(false)
				t.xs.Ended()
				t.must(t.transfer("c:C", "A"))
				t.gets(t.z, "Transfered c:C c:B,c:A singleStepTransfer null to=A")
				t.gets(t.y, "Transfered c:C c:B,c:A singleStepTransfer connected to=A")
				last := t.Phone("A").Rings()
				t.gets(t.y, "Delivered c:A B>A singleStepTransfer connected last=C")
				t.gets(t.x, "Delivered c:A B>A singleStepTransfer alerting last=C")
				last.Answers()
				t.gets(t.y, "Established c:A B>A singleStepTransfer connected last=C")
				t.gets(t.x, "Established c:A B>A singleStepTransfer connected last=C")
				t.must(t.hold("c:A"))
				t.bothGet("Held", "normal", "hold", "connected")
				t.must(t.retrieve("c:A"))
				t.bothGet("Retrieved", "normal", "connected", "connected")
				last.HangsUp()
				t.over("c", t.x, t.y)
			}},
			{Name: "ring group, one wins", Play: func(p *Play) {
				a, b, c, bs, cs, out := rings(p)
				cs.Answers()
				a.Gets("Delivered c:C A>9700 newCall connected", "Established c:C A>9700 newCall connected", "ConnectionCleared c:B callCancelled connected")
				b.Gets("Delivered c:C A>9700 newCall alerting", "Established c:C A>9700 newCall alerting", "ConnectionCleared c:B callCancelled null")
				c.Gets("Delivered c:C A>9700 newCall alerting", "Established c:C A>9700 newCall connected", "ConnectionCleared c:B callCancelled connected")
				bs.Ended()
				p.talking("A", "C")
				out.HangsUp()
				endedBy(a, c)
			}},
			{Name: "ring group, another wins", Play: func(p *Play) {
				a, b, c, bs, cs, out := rings(p)
				bs.Answers()
				a.Gets("Established c:B A>9700 newCall connected")
				b.Gets("Established c:B A>9700 newCall connected")
				cs.Ended()
				p.talking("A", "B")
				c.GetsNothing()
				out.HangsUp()
				endedBy(a, b)
			}},
			{Name: "ring group, the caller gives up", Play: func(p *Play) {
				a, b, c, bs, cs, out := rings(p)
				out.HangsUp()
				abandoned(a, b)
				bs.Ended()
				cs.Ended()
				c.GetsNothing()
			}},
			{Name: "ring group, one rejects, another answers", Play: func(p *Play) {
				a, b, c, bs, cs, out := rings(p)
				bs.Rejects(486)
				a.Gets("ConnectionCleared c:B busy connected")
				b.Gets("ConnectionCleared c:B busy null")
				cs.Answers()
				a.Gets("Delivered c:C A>9700 newCall connected", "Established c:C A>9700 newCall connected")
				c.Gets("Delivered c:C A>9700 newCall alerting", "Established c:C A>9700 newCall connected")
				p.talking("A", "C")
				out.HangsUp()
				endedBy(a, c)
			}},
			{Name: "one number after the other", RealOnly: "its dialplan calls numbers together only", Play: func(p *Play) {
				p.Phone("B").Behaves(Behaviour{RejectWith: 486})
				a, b, c := p.Monitor("A"), p.Monitor("B"), p.Monitor("C")
				out := p.Phone("A").Dials("9701")
				a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9701 newCall connected", "Failed c:B A>9701 busy connected")
				cs := p.Phone("C").Rings()
				a.Gets("Delivered c:C A>9701 newCall connected")
				c.Gets("Delivered c:C A>9701 newCall alerting")
				cs.Answers()
				a.Gets("Established c:C A>9701 newCall connected")
				c.Gets("Established c:C A>9701 newCall connected")
				p.talking("A", "C")
				b.GetsNothing()
				out.HangsUp()
				endedBy(a, c)
			}},
		},
	)
}

// rings has A call a group whose members B and C are called together. B rings;
// C gives no sign, so that it is certain who is heard of first.
func rings(p *Play) (a, b, c *Watch, bs, cs, out *Talk) {
	p.Helper()
	p.Phone("C").Behaves(Behaviour{Silent: true})
	a, b, c = p.Monitor("A"), p.Monitor("B"), p.Monitor("C")
	out = p.Phone("A").Dials("9700")
	bs, cs = p.Phone("B").Rings(), p.Phone("C").Rings()
	a.Gets("ServiceInitiated c:A newCall initiated", "Originated c:A A>9700 newCall connected", "Delivered c:B A>9700 newCall connected")
	b.Gets("Delivered c:B A>9700 newCall alerting")
	return a, b, c, bs, cs, out
}

// clearing are Clear Connections of each connection of a consultation.
func clearing() []Scenario {
	return slices.Concat(
		fromBothSides(Scenario{Name: "ClearConnection of the active call"}, func(t *trio) {
			zs := t.consulted()
			t.Clears(t.is("d:$x"))
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
			t.gets(t.z, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:$z normalClearing null")
			zs.Ended()
			t.backTogether()
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
		}),
		fromBothSides(Scenario{Name: "ClearConnection of the active call while it rings"}, func(t *trio) {
			zs := t.consults()
			t.Clears(t.is("d:$x"))
			t.gets(t.x, "ConnectionCleared d:$x normalClearing null")
			t.gets(t.z, "ConnectionCleared d:$x normalClearing alerting", "ConnectionCleared d:$z normalClearing null")
			zs.Ended()
			t.backTogether()
			t.xs.HangsUp()
			t.over("c", t.x, t.y)
		}),
		fromBothSides(Scenario{Name: "ClearConnection of the consulted party"}, func(t *trio) {
			zs := t.consulted()
			t.Clears(t.is("d:$z"))
			t.gets(t.x, "ConnectionCleared d:$z normalClearing connected")
			t.gets(t.z, "ConnectionCleared d:$z normalClearing null")
			zs.Ended()
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "ClearConnection of the held party"}, func(t *trio) {
			zs := t.consulted()
			t.Clears(t.is("c:$y"))
			t.gets(t.y, "ConnectionCleared c:$y normalClearing null")
			t.gets(t.x, "ConnectionCleared c:$y normalClearing hold", "ConnectionCleared c:$x normalClearing null")
			t.ys.Ended()
			zs.HangsUp()
			t.over("d", t.z, t.x)
			t.xs.Ended()
		}),
		fromBothSides(Scenario{Name: "ClearConnection of the held call"}, func(t *trio) {
			zs := t.consulted()
			t.Clears(t.is("c:$x"))
			t.gets(t.x, "ConnectionCleared c:$x normalClearing null")
			t.gets(t.y, "ConnectionCleared c:$x normalClearing connected", "ConnectionCleared c:$y normalClearing null")
			t.ys.Ended()
			t.xs.HangsUp()
			t.over("d", t.x, t.z)
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "ClearConnection of the held call, nobody consulted"}, func(t *trio) {
			t.consultsInVain(t.busy)
			t.Clears(t.is("c:$x"))
			t.gets(t.x, "ConnectionCleared c:$x normalClearing null", "ConnectionCleared d:$x normalClearing null")
			t.gets(t.y, "ConnectionCleared c:$x normalClearing connected", "ConnectionCleared c:$y normalClearing null")
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
			fromBothSides(Scenario{Name: w.name + " to an unknown number"}, func(t *trio) {
				w.send(t, "5551234")
				t.stepTransferred("5551234")
				t.gets(t.y, "Failed c:5551234 $y>5551234 destNotObtainable connected last=$x", "ConnectionCleared c:$y normalClearing null")
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
			t.gets(t.y, "Established c:$z A>B transfer connected last=$x")
			t.gets(t.z, "Established c:$z A>B transfer connected last=$x")
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
		scene := func(name string, ringTime int, play func(*trio)) {
			s := Scenario{Name: "DeflectCall" + w.name + name, Play: func(p *Play) { play(w.ring(p)) }}
			if ringTime > 0 {
				s.RingTime = shortRing
			}
			all = append(all, s)
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
			t.deflects("5551234")
			t.y.Gets("Failed c:5551234 A>B destNotObtainable connected last=B", "ConnectionCleared c:A normalClearing null")
			t.ys.Ended()
		})
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
		p.Refused("stateIncompatibility/invalidActiveConnectionState", p.transfer("c:B", "C"))
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

// noConsole is why the simulated switch does not play what an operator does.
const noConsole = "it has no operator's console"

// console runs a command at the operator's console.
func (p *Play) console(command string) string {
	p.Helper()
	out, err := p.backend.(*Real).Switch.FSCLI(command)
	p.must(err)
	return strings.TrimSpace(out)
}

// partner is the leg that a leg talks to.
func (p *Play) partner(leg string) string {
	p.Helper()
	return p.console("uuid_getvar " + leg + " bridge_uuid")
}

// byOperator are calls that somebody changes at the switch's console, and
// features of its dialplan. The call ID is the UUID of the caller's leg.
func byOperator() []Scenario {
	return []Scenario{
		{Name: "uuid_kill of the caller", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := talk(p)
			p.console("uuid_kill " + p.names.calls["c"])
			endedBy(a, b)
			out.Ended()
			in.Ended()
		}},
		{Name: "uuid_kill of the callee", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := talk(p)
			p.console("uuid_kill " + p.partner(p.names.calls["c"]))
			endedBy(b, a)
			out.Ended()
			in.Ended()
		}},
		{Name: "uuid_kill while it rings", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := ring(p)
			p.console("uuid_kill " + p.names.calls["c"])
			abandoned(a, b)
			out.Ended()
			in.Ended()
		}},
		{Name: "uuid_transfer of the caller", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := talk(p)
			c := p.Monitor("C")
			p.console("uuid_transfer " + p.names.calls["c"] + " 1002")
			a.Gets("ConnectionCleared c:B normalClearing connected")
			b.Gets("ConnectionCleared c:B normalClearing null")
			in.Ended()
			cs := p.Phone("C").Rings()
			a.Gets("Delivered c:C A>B newCall connected")
			c.Gets("Delivered c:C A>B newCall alerting")
			cs.Answers()
			a.Gets("Established c:C A>B newCall connected")
			c.Gets("Established c:C A>B newCall connected")
			p.talking("A", "C")
			out.HangsUp()
			endedBy(a, c)
		}},
		{Name: "uuid_transfer of the callee", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := talk(p)
			c := p.Monitor("C")
			p.console("uuid_transfer " + p.names.calls["c"] + " -bleg 1002")
			a.Gets("ConnectionCleared c:A normalClearing null")
			b.Gets("ConnectionCleared c:A normalClearing connected")
			out.Ended()
			cs := p.Phone("C").Rings()
			b.Gets("Delivered c:C B>C newCall connected")
			c.Gets("Delivered c:C B>C newCall alerting")
			cs.Answers()
			b.Gets("Established c:C B>C newCall connected")
			c.Gets("Established c:C B>C newCall connected")
			p.talking("B", "C")
			in.HangsUp()
			endedBy(b, c)
		}},
		{Name: "uuid_bridge of two calls", RealOnly: noConsole, Cast: Cast{"D": "1003"}, Play: func(p *Play) {
			a, b, out, in := talk(p)
			c, d := p.Monitor("C"), p.Monitor("D")
			second := p.Phone("C").Dials("D")
			fourth := p.Phone("D").Rings()
			fourth.Answers()
			c.Gets("ServiceInitiated d:C newCall initiated", "Originated d:C C>D newCall connected",
				"Delivered d:D C>D newCall connected", "Established d:D C>D newCall connected")
			d.Gets("Delivered d:D C>D newCall alerting", "Established d:D C>D newCall connected")
			p.joined("d")
			p.console("uuid_bridge " + p.names.calls["c"] + " " + p.names.calls["d"])
			in.Ended()
			fourth.Ended()
			p.talking("A", "C")
			a.Gets("ConnectionCleared c:B normalClearing connected", "Transfered c:A+d:C c:A,c:C<d:C transfer connected by=? to=C")
			b.Gets("ConnectionCleared c:B normalClearing null")
			c.Gets("ConnectionCleared d:D normalClearing connected", "Transfered c:A+d:C c:A,c:C<d:C transfer connected by=? to=C")
			d.Gets("ConnectionCleared d:D normalClearing null")
			second.HangsUp()
			endedBy(c, a)
			out.Ended()
		}},
		{Name: "a ringing call is picked up", RealOnly: noConsole, Play: func(p *Play) {
			a, b, out, in := ring(p)
			c := p.Monitor("C")
			number := "pick-" + p.names.calls["c"]
			picker := p.Phone("C").Dials(number)
			picker.Connected()
			in.Ended()
			p.talking("A", "C")
			a.Gets("Diverted c:B A>B callPickup connected", "Established c:C A>B callPickup connected last=B")
			b.Gets("Diverted c:B A>B callPickup null")
			c.Gets(
				"ServiceInitiated d:C newCall initiated",
				"Originated d:C C>"+number+" newCall connected",
				"ConnectionCleared d:C normalClearing null",
				"Established c:C A>B callPickup connected last=B",
			)
			p.SnapshotCall("c", "A connected", "C connected")
			out.HangsUp()
			endedBy(a, c)
			picker.Ended()
		}},
	}
}
