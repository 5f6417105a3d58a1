package conformance

import "slices"

func consulting() []Scenario {
	return slices.Concat(
		fromBothSides(Scenario{Name: "ConsultationCall and ReconnectCall"}, func(t *trio) {
			zs := t.consulted()
			t.reconnects(zs)
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
		fromBothSides(Scenario{Name: "the consulted party is not registered", OwnDialplan: callsTheMailbox}, func(t *trio) {
			t.consultsInVain(func() string {
				t.Phone("C").Leaves()
				t.gets(t.z, "OutOfService C")
				return "destOutOfOrder"
			})
			t.must(t.pair("ReconnectCall", t.is("c:$x"), t.is("d:$x")))
			t.backFromVain()
		}),
		fromBothSides(Scenario{Name: "an unknown number is consulted"}, func(t *trio) {
			t.must(t.consult("d", t.is("c:$x"), "4711"))
			t.consultationBegins()
			t.gets(t.x, "Originated d:$x $x>4711 consultation connected", "Failed d:4711 $x>4711 destNotObtainable connected")
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
			t.hangsUp()
			t.over("d", t.x, t.z)
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "the consulting party hangs up"}, func(t *trio) {
			zs := t.consulted()
			t.hangsUp()
			t.gets(t.x, "ConnectionCleared c:$x normalClearing null", "ConnectionCleared d:$x normalClearing null")
			t.gets(t.y, "ConnectionCleared c:$x normalClearing connected", "ConnectionCleared c:$y normalClearing null")
			t.gets(t.z, "ConnectionCleared d:$x normalClearing connected", "ConnectionCleared d:$z normalClearing null")
			t.ys.Ended()
			zs.Ended()
		}),
		fromBothSides(Scenario{Name: "the consulting party hangs up while it rings"}, func(t *trio) {
			zs := t.consults()
			t.hangsUp()
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
			t.reconnects(zs)
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
		fromBothSides(Scenario{Name: "TransferCall after the consulted queue deflected the call"}, func(t *trio) {
			q := t.consultsQueue()
			t.must(t.deflect("d:Q", "C"))
			first := t.Phone("C").Rings()
			t.gets(t.x, "Diverted d:Q $x>9500 redirected connected", "Delivered d:$z $x>9500 redirected connected last=Q")
			t.gets(q, "Diverted d:Q $x>9500 redirected null")
			t.gets(t.z, "Delivered d:$z $x>9500 redirected alerting last=Q")
			t.transfers(true)
			zs := t.ringsOn(first)
			t.xs.Ended()
			zs.Answers()
			t.gets(t.y, "Established c:$z A>9500 transfer connected last=$x")
			t.gets(t.z, "Established c:$z A>9500 transfer connected last=$x")
			t.talking(t.y.role, "C")
			t.ys.HangsUp()
			t.over("c", t.y, t.z)
			zs.Ended()
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
				"Queued d:Q $x>9500 newCall connected", "Established d:Q $x>9500 newCall connected")
			t.gets(q, "Queued d:Q $x>9500 newCall queued", "Established d:Q $x>9500 newCall connected")
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
			t.hangsUp()
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
			t.hangsUp()
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
