package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/switching"
)

// queue is a client whose session hands over its requests one after the other.
type queue struct {
	*client
	yielded []uint16
}

func (q *queue) Yields(invoke uint16) bool {
	q.yielded = append(q.yielded, invoke)
	return true
}

func (q *queue) send(m ecma.Message) {
	q.next++
	q.core.step(&input{req: &Request{Session: q, Invoke: q.next, Edition: ecma.Edition4, Message: m}})
}

// A request that waits for a phone lets all others pass, but those about the same
// call or device.
func TestWhoWaitsForAPhoneHoldsUpNobodyElse(t *testing.T) {
	b := newBench(t)
	q := &queue{client: &client{bench: b, name: "q"}}
	b.core.openSession(q)
	b.ringing()
	b.take()
	callee := at("a", "1001")
	q.send(&ecma.AnswerCall{CallToBeAnswered: callee})
	require.Equal(t, []string{"op switching.Answer{quick:{} Leg:b AskPhone:true}"}, b.take())
	require.Equal(t, []uint16{1}, q.yielded)

	q.send(&ecma.SnapshotCall{Object: ecma.ConnectionID{CallID: "a"}})
	require.Equal(t, []string{"q endpoints [a/1000 connected a/1001 alerting] 1000>1001"}, b.take())
	q.send(&ecma.RetrieveCall{CallToBeRetrieved: at("a", "1000")})
	q.send(&ecma.HoldCall{CallToBeHeld: callee})
	q.send(&ecma.DeflectCall{CallToBeDiverted: ecma.ConnectionID{Device: callee.Device}, NewDestination: []ecma.DeviceID{ecma.Subscriber("1002")}})
	require.Empty(t, b.take(), "the same call, or the same device")
	require.Equal(t, []uint16{1, 3, 4, 5}, q.yielded)
	q.send(&ecma.AnswerCall{CallToBeAnswered: at("x", "1003")})
	require.Equal(t, []string{"q error invalidCallID"}, b.take(), "another call")

	b.simple(switching.LegAnswered, "b")
	require.Equal(t, []string{"q AnswerCallResponse"}, b.take())
	b.simple(switching.LegAnswered, "a")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	b.take()
	b.pass(0)
	require.Equal(t, []string{"q error invalidConnectionState", "op switching.Hold{quick:{} Leg:b}", "q error noActiveCall"}, b.take())
	require.Empty(t, q.order().waiting)
	require.Empty(t, q.order().behind)
	require.Equal(t, 1, len(q.order().yielded), "the one that is not answered")
}

// What came first is served first, also if the phone has answered and its turn is to
// come with the next look at the clock.
func TestNobodyOvertakesWhoWaitedForAPhone(t *testing.T) {
	b := newBench(t)
	q := &queue{client: &client{bench: b, name: "q"}}
	b.core.openSession(q)
	b.ringing()
	callee := at("a", "1001")
	q.send(&ecma.AnswerCall{CallToBeAnswered: callee})
	q.send(&ecma.HoldCall{CallToBeHeld: callee})
	b.simple(switching.LegAnswered, "b")
	b.simple(switching.LegAnswered, "a")
	b.event(switching.Event{Kind: switching.LegsBridged, Leg: "a", Other: "b"})
	b.take()
	q.send(&ecma.RetrieveCall{CallToBeRetrieved: callee})
	require.Empty(t, b.take(), "HoldCall came before it")
	b.pass(0)
	require.Equal(t, []string{"op switching.Hold{quick:{} Leg:b}", "q error invalidConnectionState"}, b.take())
}

// Who hangs up does not wait for the phone.
func TestClearConnectionPassesAnAnswerCallThatWaits(t *testing.T) {
	b := newBench(t)
	q := &queue{client: &client{bench: b, name: "q"}}
	b.core.openSession(q)
	b.ringing()
	b.take()
	q.send(&ecma.AnswerCall{CallToBeAnswered: at("a", "1001")})
	b.take()
	q.send(&ecma.ClearConnection{Connection: at("a", "1001")})
	require.Equal(t, []string{"q ClearConnectionResponse", "op switching.HangUp{quick:{} Leg:b Cause:NORMAL_CLEARING Forsaken:false}"}, b.take())
	b.hangUp("b", switching.CauseNormalClearing)
	require.Equal(t, []string{"q error invalidConnectionState"}, b.take())
}

// More than a session may have under way hold it up.
func TestRequestsBehindAnotherAreBounded(t *testing.T) {
	b := newBench(t)
	q := &queue{client: &client{bench: b, name: "q"}}
	b.core.openSession(q)
	b.ringing()
	b.take()
	for range maxBehind + 10 {
		q.send(&ecma.AnswerCall{CallToBeAnswered: at("a", "1001")})
	}
	require.Len(t, q.yielded, maxBehind+1)
	b.hangUp("b", switching.CauseUserBusy)
	b.pass(0)
	require.Len(t, b.services(), maxBehind+10)
	require.Empty(t, q.order().behind)
}

func (q *queue) order() *order { return &q.core.sessions[q].order }
