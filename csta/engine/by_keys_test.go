package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

// keyed has the called party of a call consult 1002, who rings, by keys.
func keyed(t *testing.T) *bench {
	b, _ := three(t)
	b.talk()
	b.event(switching.Event{Kind: switching.ConsultationBegun, Leg: "b", Device: "1002"})
	b.outbound("c", "1002", "b")
	b.simple(switching.LegProgress, "c")
	b.take()
	b.ops = nil
	return b
}

// asked is what the switch was asked to do, but for notes.
func (b *bench) asked() []switching.Operation {
	var list []switching.Operation
	for _, op := range b.ops {
		if _, is := op.op.(switching.Note); !is {
			list = append(list, op.op)
		}
	}
	return list
}

// Nothing is asked of the switch in any of the ends that a consultation by keys can have.
func TestConsultationByKeysAsksNothing(t *testing.T) {
	for name, end := range map[string]func(*bench){
		"the held party goes first": func(b *bench) {
			b.hangUp("a", switching.CauseNormalClearing)
			b.hangUp("c", switching.CauseNormalClearing)
			b.event(switching.Event{Kind: switching.ConsultationEnded, Leg: "b"})
			b.hangUp("b", switching.CauseNormalClearing)
		},
		"the third party refuses": func(b *bench) {
			b.hangUp("c", switching.CauseUserBusy)
			b.event(switching.Event{Kind: switching.ConsultationEnded, Leg: "b", Cause: switching.CauseUserBusy})
			require.Equal(t, b.core.legs["a"].call, b.core.legs["b"].call)
			b.hangUp("b", switching.CauseNormalClearing)
			b.hangUp("a", switching.CauseNormalClearing)
		},
		"the user goes before the third answers": func(b *bench) {
			b.hangUp("b", switching.CauseNormalClearing)
			require.Equal(t, b.core.legs["a"].call, b.core.legs["c"].call)
			b.simple(switching.LegAnswered, "c")
			b.event(switching.Event{Kind: switching.LegsBridged, Leg: "c", Other: "a"})
			b.hangUp("c", switching.CauseNormalClearing)
			b.hangUp("a", switching.CauseNormalClearing)
		},
		"the user goes, and the third with it": func(b *bench) {
			b.simple(switching.LegAnswered, "c")
			b.event(switching.Event{Kind: switching.LegsBridged, Leg: "b", Other: "c"})
			b.hangUp("c", switching.CauseNormalClearing)
			b.hangUp("b", switching.CauseNormalClearing)
			b.hangUp("a", switching.CauseNormalClearing)
		},
		"the switch never says that they are joined again": func(b *bench) {
			b.simple(switching.LegAnswered, "c")
			b.event(switching.Event{Kind: switching.LegsBridged, Leg: "b", Other: "c"})
			b.event(switching.Event{Kind: switching.LegsUnbridged, Leg: "b", Other: "c"})
			b.hangUp("c", switching.CauseNormalClearing)
			b.event(switching.Event{Kind: switching.ConsultationEnded, Leg: "b"})
			b.pass(waits[forJoin].atMost)
			require.Equal(t, b.core.legs["a"].call, b.core.legs["b"].call)
			b.hangUp("a", switching.CauseNormalClearing)
			b.hangUp("b", switching.CauseNormalClearing)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := keyed(t)
			end(b)
			b.destroyed("a", "b", "c")
			b.empty()
			require.Empty(t, b.asked())
			require.Zero(t, b.core.counters.Repairs)
			require.Zero(t, b.core.counters.Resyncs)
		})
	}
}
