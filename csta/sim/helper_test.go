package sim

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/switching"
)

// rig is a switch with a virtual clock whose events are written down in short:
// legs are named A, B, C… in the order of their birth.
type rig struct {
	*Switch
	t     *testing.T
	clock *VirtualClock

	mu    sync.Mutex
	names map[string]string
	log   []string
	raw   []switching.Event
}

func newRig(t *testing.T, change ...func(*Options)) *rig {
	r := &rig{t: t, clock: NewVirtualClock(), names: map[string]string{}}
	n := 0
	o := DefaultOptions()
	o.Clock = r.clock
	o.NewUUID = func() string { n++; return fmt.Sprintf("uuid-%d", n) }
	for _, c := range change {
		c(&o)
	}
	r.Switch = New(o)
	r.Attach(r)
	return r
}

func (r *rig) Events(batch []switching.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range batch {
		r.log = append(r.log, r.short(e))
		r.raw = append(r.raw, e)
	}
}

var kindNames = map[switching.Kind]string{
	switching.LegCreated: "created", switching.LegRenamed: "renamed", switching.LegProgress: "progress",
	switching.LegEarlyMedia: "early", switching.LegAnswered: "answered", switching.LegsBridged: "bridged",
	switching.LegsUnbridged: "unbridged", switching.LegHeld: "held", switching.LegUnheld: "unheld", switching.LegResumed: "resumed",
	switching.LegParked: "parked", switching.CallFailed: "failed", switching.LegRouted: "routed", switching.LegHungUp: "hungup",
	switching.LegDestroyed: "destroyed", switching.QueueEntered: "queue", switching.TrunkEntered: "trunk-in",
	switching.TrunkLeaving: "trunk-out", switching.WaitEnded: "wait-ended", switching.PlayStarted: "play",
	switching.PlayStopped: "played", switching.RecordStarted: "record", switching.RecordStopped: "recorded",
	switching.DigitDetected: "digit", switching.ConferenceJoined: "joined", switching.ConferenceLeft: "left",
	switching.TransferRequested: "transfer", switching.GlueGone: "glue-gone",
	switching.DeviceRegistered: "registered", switching.DeviceUnregistered: "unregistered",
	switching.EventsLost: "lost", switching.SwitchStopping: "stopping",
}

var resultNames = map[switching.Result]string{
	switching.Completed: "completed", switching.Interrupted: "interrupted", switching.NotFound: "not-found",
	switching.Failed: "failed", switching.LegEnded: "leg-ended",
}

func (r *rig) short(e switching.Event) string {
	words := []string{kindNames[e.Kind]}
	if e.Leg != "" {
		words = append(words, r.name(e.Leg))
	}
	if e.Other != "" {
		words = append(words, r.name(e.Other))
	}
	data := e.Data
	if e.Kind == switching.QueueEntered && data == e.Name {
		data = ""
	}
	for _, w := range []string{e.Device, e.Name, data, string(e.Cause)} {
		if w != "" {
			words = append(words, w)
		}
	}
	switch e.Transfer {
	case switching.TransferorBlind:
		words = append(words, "blind")
	case switching.TransferorAttended:
		words = append(words, "attended")
	}
	switch e.Kind {
	case switching.PlayStopped, switching.RecordStopped:
		words = append(words, resultNames[e.Result])
	case switching.EventsLost:
		words = append(words, fmt.Sprint(e.Count))
	case switching.LegCreated:
		words = append(words, map[switching.Direction]string{switching.Inbound: "in", switching.Outbound: "out"}[e.Info.Direction])
		for _, f := range []struct{ label, value string }{
			{"dev", e.Info.Device}, {"from", e.Info.Caller}, {"to", e.Info.Dialled}, {"gw", e.Info.Gateway},
		} {
			if f.value != "" {
				words = append(words, f.label+"="+f.value)
			}
		}
		if e.Info.Originator != "" {
			words = append(words, "by="+r.name(e.Info.Originator))
		}
		if e.Info.Glue {
			words = append(words, "glue="+r.name(e.Info.GluePeer))
		}
	}
	return strings.Join(words, " ")
}

func (r *rig) name(leg string) string {
	n, ok := r.names[leg]
	if !ok {
		n = string(rune('A' + len(r.names)))
		r.names[leg] = n
	}
	return n
}

// leg is the UUID of the leg named so.
func (r *rig) leg(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, n := range r.names {
		if n == name {
			return id
		}
	}
	r.t.Fatalf("no leg %s", name)
	return ""
}

// expect compares what was told since the last time, one event a line.
func (r *rig) expect(want string) {
	r.t.Helper()
	assert.Equal(r.t, lines(want), r.take())
}

func lines(text string) []string {
	var all []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

func (r *rig) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	log := r.log
	r.log = nil
	return log
}

func (r *rig) dial(phone, number string) string {
	r.t.Helper()
	id, err := r.Phone(phone).Dial(number)
	require.NoError(r.t, err)
	return id
}

func (r *rig) script(phone, text string) {
	r.t.Helper()
	b, err := ParseBehaviour(text)
	require.NoError(r.t, err)
	r.Phone(phone).SetBehaviour(b)
}

func (r *rig) do(op switching.Operation) switching.Outcome {
	r.t.Helper()
	out, err := r.Perform(context.Background(), op)
	require.NoError(r.t, err)
	return out
}

func (r *rig) refuse(op switching.Operation, want error) {
	r.t.Helper()
	_, err := r.Perform(context.Background(), op)
	require.ErrorIs(r.t, err, want)
}

func (r *rig) advance(d time.Duration) { r.clock.Advance(d) }

// talk connects two phones and forgets how.
func (r *rig) talk(a, b string) {
	r.t.Helper()
	r.dial(a, b)
	require.NoError(r.t, r.Phone(b).Answer(""))
	r.take()
}

type result struct {
	out switching.Outcome
	err error
}

// originate begins an Originate and waits until the switch knows of it.
func (r *rig) originate(ctx context.Context, op switching.Originate) <-chan result {
	r.t.Helper()
	ch := make(chan result, 1)
	before := len(r.raws())
	go func() {
		out, err := r.Perform(ctx, op)
		ch <- result{out, err}
	}()
	require.Eventually(r.t, func() bool { return len(r.raws()) > before }, 5*time.Second, time.Millisecond)
	return ch
}

func (r *rig) raws() []switching.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.raw
}

// idle checks that nothing is left over.
func (r *rig) idle() {
	r.t.Helper()
	assert.Empty(r.t, r.Legs())
	r.Switch.mu.Lock()
	defer r.Switch.mu.Unlock()
	assert.Empty(r.t, r.legs)
	for _, p := range r.phones {
		assert.Empty(r.t, p.legs, p.number)
	}
}
