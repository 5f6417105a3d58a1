package conformance

import "slices"

// quartet is a conference of three, and D, whom x consults from it in call e.
type quartet struct {
	*trio
	zs *Talk
	d  *Watch
}

// fromConference makes two scenarios of one: x is the caller of the first call in the
// first, the callee in the second.
func fromConference(s Scenario, play func(*quartet)) []Scenario {
	s.Name = "ConsultationCall from a conference, " + s.Name
	s.Cast = Cast{"D": "1003"}
	return fromBothSides(s, func(t *trio) {
		q := &quartet{trio: t, zs: t.consulted()}
		t.confers()
		q.d = t.Monitor("D")
		play(q)
	})
}

// members get a line of the held call each, of which only the state differs, x's first.
func (q *quartet) members(line, own string) {
	q.Helper()
	q.gets(q.x, line+" "+own)
	q.gets(q.y, line+" connected")
	q.gets(q.z, line+" connected")
}

// leavesForD has x consult D, as far as D rings.
func (q *quartet) leavesForD() *Talk {
	q.Helper()
	q.must(q.consult("e", q.is("c:$x"), "D"))
	in := q.Phone("D").Rings()
	q.gets(q.x, "Held c:$x consultation hold", "ServiceInitiated e:$x consultation initiated",
		"Originated e:$x $x>D consultation connected", "Delivered e:D $x>D consultation connected")
	q.gets(q.y, "Held c:$x consultation connected")
	q.gets(q.z, "Held c:$x consultation connected")
	q.gets(q.d, "Delivered e:D $x>D consultation alerting")
	return in
}

// withD goes on until D has answered.
func (q *quartet) withD() *Talk {
	q.Helper()
	in := q.leavesForD()
	in.Answers()
	q.gets(q.x, "Established e:D $x>D consultation connected")
	q.gets(q.d, "Established e:D $x>D consultation connected")
	q.talking(q.x.role, "D")
	q.Snapshot(q.x.role, q.is("c:$x hold connected connected"), q.is("e:$x connected connected"))
	return in
}

// leavesD is Reconnect Call from the call to D, in which D is in a state.
func (q *quartet) leavesD(ds *Talk, state string) {
	q.Helper()
	q.must(q.pair("ReconnectCall", q.is("c:$x"), q.is("e:$x")))
	q.gets(q.x, "ConnectionCleared e:$x normalClearing null")
	q.gets(q.d, "ConnectionCleared e:$x normalClearing "+state, "ConnectionCleared e:D normalClearing null")
	ds.Ended()
}

// zGoes has z leave the conference that x holds.
func (q *quartet) zGoes() {
	q.Helper()
	q.zs.HangsUp()
	q.gets(q.z, "ConnectionCleared c:$z normalClearing null")
	q.gets(q.x, "ConnectionCleared c:$z normalClearing hold")
	q.gets(q.y, "ConnectionCleared c:$z normalClearing connected")
}

// consultingFromConferences are consultations of somebody who is in a conference: its
// room goes on without him meanwhile.
func consultingFromConferences() []Scenario {
	return slices.Concat(
		fromConference(Scenario{Name: "ReconnectCall"}, func(q *quartet) {
			ds := q.withD()
			q.Refused("stateIncompatibility/invalidActiveConnectionState", q.pair("AlternateCall", q.is("c:$x"), q.is("e:$x")))
			q.leavesD(ds, "connected")
			q.members("Retrieved c:$x normal", "connected")
			// It can do so again.
			delete(q.names.calls, "e")
			ds = q.withD()
			ds.HangsUp()
			q.gets(q.x, "ConnectionCleared e:D normalClearing connected")
			q.gets(q.d, "ConnectionCleared e:D normalClearing null")
			q.must(q.retrieve(q.is("c:$x")))
			q.gets(q.x, "ConnectionCleared e:$x normalClearing null")
			q.members("Retrieved c:$x normal", "connected")
			q.zs.HangsUp()
			q.goes(q.z, q.x, q.y)
			q.talking(q.x.role, q.y.role)
			q.xs.HangsUp()
			q.over("c", q.x, q.y)
		}),
		fromConference(Scenario{Name: "ReconnectCall while the consulted party rings"}, func(q *quartet) {
			ds := q.leavesForD()
			q.Refused("stateIncompatibility/invalidActiveConnectionState", q.pair("TransferCall", q.is("c:$x"), q.is("e:$x")))
			q.leavesD(ds, "alerting")
			q.members("Retrieved c:$x normal", "connected")
			q.hangsUp()
			q.goes(q.x, q.y, q.z)
			q.talking(q.y.role, "C")
			q.ys.HangsUp()
			q.over("c", q.y, q.z)
		}),
		fromConference(Scenario{Name: "TransferCall"}, func(q *quartet) {
			ds := q.withD()
			answer, err := q.pairAnswer("TransferCall", q.is("c:$x"), q.is("e:$x"))
			q.must(err)
			q.leaves(answer, "transferredCall", q.is("c:$x"), "D")
			line := "Transfered c:$x+e:$x c:$y,c:$z,c:D<e:D transfer "
			q.gets(q.x, line+"null to=D")
			for _, w := range []*Watch{q.y, q.z, q.d} {
				q.gets(w, line+"connected to=D")
			}
			q.xs.Ended()
			q.SnapshotCall("c", q.is("$y connected"), q.is("$z connected"), "D connected")
			q.zs.HangsUp()
			q.goes(q.z, q.y, q.d)
			q.talking(q.y.role, "D")
			ds.HangsUp()
			q.over("c", q.d, q.y)
			q.ys.Ended()
		}),
		fromConference(Scenario{Name: "ConferenceCall"}, func(q *quartet) {
			ds := q.withD()
			answer, err := q.pairAnswer("ConferenceCall", q.is("c:$x"), q.is("e:$x"))
			q.must(err)
			q.leaves(answer, "conferenceCall", q.is("c:$x"), q.x.role)
			line := "Conferenced c:$x+e:$x c:$x,c:$y,c:$z,c:D<e:D conference connected to=D"
			for _, w := range []*Watch{q.x, q.y, q.z, q.d} {
				q.gets(w, line)
			}
			q.SnapshotCall("c", q.is("$x connected"), q.is("$y connected"), q.is("$z connected"), "D connected")
			q.hangsUp()
			q.goes(q.x, q.y, q.z, q.d)
			q.ys.HangsUp()
			q.goes(q.y, q.z, q.d)
			q.talking("C", "D")
			ds.HangsUp()
			q.over("c", q.d, q.z)
			q.zs.Ended()
		}),
		fromConference(Scenario{Name: "the others go"}, func(q *quartet) {
			ds := q.withD()
			q.zGoes()
			q.ys.HangsUp()
			q.gets(q.y, "ConnectionCleared c:$y normalClearing null")
			q.gets(q.x, "ConnectionCleared c:$y normalClearing hold", "ConnectionCleared c:$x normalClearing null")
			q.talking(q.x.role, "D")
			ds.HangsUp()
			q.over("e", q.d, q.x)
			q.xs.Ended()
		}),
		fromConference(Scenario{Name: "ReconnectCall to the only one left"}, func(q *quartet) {
			ds := q.withD()
			q.zGoes()
			q.leavesD(ds, "connected")
			q.backTogether()
			q.ys.HangsUp()
			q.over("c", q.y, q.x)
			q.xs.Ended()
		}),
		fromConference(Scenario{Name: "the consulting party hangs up"}, func(q *quartet) {
			ds := q.withD()
			q.hangsUp()
			q.gets(q.x, "ConnectionCleared c:$x normalClearing null", "ConnectionCleared e:$x normalClearing null")
			q.gets(q.y, "ConnectionCleared c:$x normalClearing connected")
			q.gets(q.z, "ConnectionCleared c:$x normalClearing connected")
			q.gets(q.d, "ConnectionCleared e:$x normalClearing connected", "ConnectionCleared e:D normalClearing null")
			ds.Ended()
			q.talking(q.y.role, "C")
			q.zs.HangsUp()
			q.over("c", q.z, q.y)
			q.ys.Ended()
		}),
		fromConference(Scenario{Name: "ClearConnection of the held call"}, func(q *quartet) {
			ds := q.withD()
			q.Clears(q.is("c:$x"))
			q.goes(q.x, q.y, q.z)
			q.talking(q.y.role, "C")
			q.talking(q.x.role, "D")
			ds.HangsUp()
			q.over("e", q.d, q.x)
			q.xs.Ended()
			q.ys.HangsUp()
			q.over("c", q.y, q.z)
		}),
		fromConference(Scenario{Name: "who hears whom", RealOnly: noSound, Speaks: true}, func(q *quartet) {
			q.Phone("D").Behaves(Behaviour{Speaks: true})
			x, y, z := q.x.role, q.y.role, "C"
			q.xs.Hears(y, z)
			ds := q.withD()
			heard(q.xs, ds)
			heard(q.ys, q.zs)
			q.must(q.pair("ReconnectCall", q.is("c:$x"), q.is("e:$x")))
			q.xs.Hears(y, z)
			q.ys.Hears(x, z)
			delete(q.names.calls, "e")
			q.x.skip()
			q.y.skip()
			q.z.skip()
			q.d.skip()
			q.must(q.consult("e", q.is("c:$x"), "D"))
			ds = q.Phone("D").Rings()
			ds.Answers()
			heard(q.xs, ds)
			q.must(q.pair("TransferCall", q.is("c:$x"), q.is("e:$x")))
			q.xs.Ended()
			q.ys.Hears(z, "D")
			q.zs.Hears(y, "D")
			ds.Hears(y, z)
			q.endsAnyhow()
		}),
	)
}
