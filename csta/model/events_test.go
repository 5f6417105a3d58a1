package model

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
)

// nobody hears nothing.
type nobody struct{}

func (nobody) Begin(ecma.Event)                                  {}
func (nobody) Tell(*Monitor, ecma.LocalConnectionState)          {}
func (nobody) Impossible(*Connection, ecma.LocalConnectionState) {}

// listener writes down who hears what.
type listener struct {
	event ecma.Event
	lines []string
}

func (l *listener) Begin(ev ecma.Event) { l.event = ev }

func (l *listener) Tell(m *Monitor, local ecma.LocalConnectionState) {
	l.lines = append(l.lines, fmt.Sprintf("%s %s %s", m.CrossRefID, l.event.EventKind(), local))
}

func (l *listener) Impossible(conn *Connection, to ecma.LocalConnectionState) {
	l.lines = append(l.lines, fmt.Sprintf("impossible %s %s", conn.State(), to))
}

func (l *listener) heard() []string {
	lines := l.lines
	l.lines = nil
	return lines
}

// watchedCall is a call between 1000 and 1001, monitors 1 and 2 on these, 3 on the call.
func watchedCall() (m *Model, l *listener, cl *Call, a, b *Connection) {
	l = &listener{}
	m = New(l)
	cl = m.NewCall("c")
	cl.Calling, cl.Called = ecma.Subscriber("1000"), ecma.Subscriber("1001")
	a = m.Connect(cl, cl.Calling, ecma.StateNull, "a")
	b = m.Connect(cl, cl.Called, ecma.StateNull, "b")
	m.MonitorDevice(cl.Calling, ecma.MonitorFilter{}, ecma.Edition6, owner("s"))
	m.MonitorDevice(cl.Called, ecma.MonitorFilter{}, ecma.Edition6, owner("s"))
	m.MonitorCall(cl, ecma.MonitorFilter{}, ecma.Edition6, owner("s"))
	return m, l, cl, a, b
}

// Every transition has its event, and everybody in the call hears of it with the state
// of its own device.
func TestEachTransitionIsTold(t *testing.T) {
	m, l, cl, a, b := watchedCall()
	for _, step := range []struct {
		do   func()
		want []string
	}{
		{func() { m.Initiate(a, ecma.CauseNewCall) }, []string{"1 serviceInitiated initiated", "2 serviceInitiated null", "3 serviceInitiated "}},
		{func() { m.Originate(a, ecma.CauseNewCall) }, []string{"1 originated connected", "2 originated null", "3 originated "}},
		{func() { m.Deliver(b, cl.Called, ecma.CauseNewCall) }, []string{"1 delivered connected", "2 delivered alerting", "3 delivered "}},
		{func() { m.Establish(b, cl.Called, ecma.CauseNewCall) }, []string{"1 established connected", "2 established connected", "3 established "}},
		{func() { m.Hold(a, ecma.CauseNormal) }, []string{"1 held hold", "2 held connected", "3 held "}},
		{func() { m.Retrieve(a, ecma.CauseNormal) }, []string{"1 retrieved connected", "2 retrieved connected", "3 retrieved "}},
		{func() { m.Divert(b, ecma.Subscriber("1002"), ecma.CauseRedirected) }, []string{"1 diverted connected", "2 diverted null", "3 diverted "}},
		{func() { m.FailAt(cl, ecma.Subscriber("1002"), ecma.CauseBusy) }, []string{"1 failed connected", "3 failed "}},
		{func() { m.Clear(a, ecma.CauseNormalClearing) }, []string{"1 connectionCleared null", "3 connectionCleared "}},
		{func() { m.EndCall(cl) }, []string{"3 callCleared "}},
	} {
		step.do()
		require.Equal(t, step.want, l.heard())
	}
	assert.Empty(t, cl.Connections)
	assert.Equal(t, ecma.Subscriber("1001"), cl.LastRedirection)
}

func TestWhatTheStateModelDoesNotKnowIsToldAndDone(t *testing.T) {
	m, l, _, a, _ := watchedCall()
	m.Hold(a, ecma.CauseNormal)
	m.Initiate(a, ecma.CauseNewCall)
	assert.Contains(t, l.heard(), "impossible hold initiated")
	assert.Equal(t, ecma.StateInitiated, a.State())
}

// The transferring device hears of the transfer, and is out of the call with it.
func TestTransferTakesTheTransferorOut(t *testing.T) {
	m, l, cl, a, b := watchedCall()
	m.Originate(a, ecma.CauseNewCall)
	m.Establish(b, cl.Called, ecma.CauseNewCall)
	cl.Correlator = ecma.Data{Hex: "A5"}
	l.heard()
	ev := &ecma.TransferedEvent{PrimaryOldCall: a.ID()}
	m.Transfer(cl, ev, a)
	assert.Equal(t, []string{"1 transferred null", "2 transferred connected", "3 transferred "}, l.heard())
	assert.Equal(t, cl.Correlator, ev.CorrelatorData)
	assert.Equal(t, []*Connection{b}, cl.Connections)
}

// A network interface with several parties in a call hears of each event once.
func TestAnInterfaceHearsOnce(t *testing.T) {
	l := &listener{}
	m := New(l)
	cl := m.NewCall("c")
	trunk := ecma.NetworkInterface("20")
	one := m.Connect(cl, trunk, ecma.StateNull, "a")
	two := m.Connect(cl, trunk, ecma.StateNull, "b")
	m.MonitorDevice(trunk, ecma.MonitorFilter{}, ecma.Edition6, owner("s"))
	m.Establish(one, trunk, ecma.CauseNewCall)
	m.Establish(two, trunk, ecma.CauseNewCall)
	assert.Equal(t, []string{"1 established connected", "1 established connected"}, l.heard())
	m.Clear(one, ecma.CauseNormalClearing)
	assert.Equal(t, []string{"1 connectionCleared connected"}, l.heard(), "the other party is there")
	m.Clear(two, ecma.CauseNormalClearing)
	assert.Equal(t, []string{"1 connectionCleared null"}, l.heard())
}
