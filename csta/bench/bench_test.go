//go:build linux

package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"mod_csta_socket/csta/ecma"
)

func TestPercentiles(t *testing.T) {
	var s sample
	for n := int64(100); n > 0; n-- {
		s = append(s, n)
	}
	o := s.sorted()
	assert.Equal(t, int64(100), s[0], "the sample itself is left as it is")
	assert.Equal(t, []int64{1, 50, 99, 100}, []int64{o.at(0), o.at(50), o.at(99), o.at(100)})
	assert.Zero(t, sample{}.at(50))
	assert.Equal(t, 2.5, median([]float64{4, 1, 3, 2}))
}

func TestDurations(t *testing.T) {
	assert.Equal(t, "999 µs", duration(999_400))
	assert.Equal(t, "-1.25 ms", duration(-1_250_000))
	assert.Equal(t, "250 ms", duration(250_000_000))
}

func TestRateOfCalls(t *testing.T) {
	told := map[fact]int64{{established, "a"}: 0}
	assert.Zero(t, came(told))
	for i, call := range []string{"a", "b", "c"} {
		told[fact{delivered, call}] = int64(i) * 250e6
	}
	assert.Equal(t, 4.0, came(told), "gaps, not calls")
}

// TestFacts: what a document and an event of the switch tell of the same call is
// the same fact.
func TestFacts(t *testing.T) {
	const call, other = "5b6ad2f0-93b1-4c60-a8a5-4f3d1a7d9c11", "0c0ffee0-93b1-4c60-a8a5-4f3d1a7d9c11"
	connection := func(device string) ecma.ConnectionID {
		return ecma.ConnectionID{CallID: call, Device: ecma.Subscriber(device)}
	}
	csta := newArrivals()
	for i, m := range []ecma.Message{
		&ecma.ServiceInitiatedEvent{InitiatedConnection: connection("1000")},
		&ecma.DeliveredEvent{Connection: connection("1000")},
		&ecma.DeliveredEvent{Connection: connection("1001")},
		&ecma.EstablishedEvent{EstablishedConnection: connection("1001")},
		&ecma.EstablishedEvent{EstablishedConnection: connection("1001")},
		&ecma.ConnectionClearedEvent{DroppedConnection: connection("1001")},
		&ecma.ConnectionClearedEvent{DroppedConnection: connection("1000")},
	} {
		csta.onDocument(int64(i), ecma.Append(nil, ecma.Edition4, m))
	}
	assert.Equal(t, map[fact]int64{
		{begun, call}: 0, {delivered, call}: 2, {established, call}: 3, {calleeGone, call}: 5, {callerGone, call}: 6,
	}, csta.take())
	esl := newArrivals()
	for i, e := range []string{
		"CHANNEL_CREATE " + call + " " + call, "CHANNEL_PROGRESS " + call + " " + call, "CHANNEL_CREATE " + other + " " + call,
		"CHANNEL_PROGRESS " + other + " " + call, "CHANNEL_ANSWER " + other + " " + call, "CHANNEL_ANSWER " + call + " " + call,
		"CHANNEL_HANGUP " + other + " " + other, "CHANNEL_HANGUP " + call + " " + call,
	} {
		f := strings.Fields(e)
		esl.onEvent(int64(i), []byte("Event-Name: "+f[0]+"\nUnique-ID: "+f[1]+"\nChannel-Call-UUID: "+f[2]+"\n\n"))
	}
	assert.Equal(t, map[fact]int64{
		{begun, call}: 0, {delivered, call}: 3, {established, call}: 4, {calleeGone, call}: 6, {callerGone, call}: 7,
	}, esl.take())
}

func TestReport(t *testing.T) {
	r := &report{facts: []string{"a fact"}}
	r.add("Numbers", "text", "name", "µs").row("a", "1")
	r.add("Empty", "", "name")
	var b bytes.Buffer
	require.NoError(t, r.markdown(&b))
	assert.Contains(t, b.String(), "| name | µs |\n|------|----|\n| a    | 1  |\n")
	assert.Contains(t, b.String(), "## Empty\n\nNot measured.\n")
}

func TestPictureIsXML(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, svg(&b, "a < b", []chart{
		distribution{"one", []series{{"x", sample{1000, 20_000, 5_000_000}}, {"y", nil}}},
		bars{"two", "s", []string{"a", "b & c"}, []float64{1, 2}},
		distribution{"none", nil},
	}))
	d := xml.NewDecoder(&b)
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
}

func TestOwnProcess(t *testing.T) {
	before, err := cpuOf(os.Getpid())
	require.NoError(t, err)
	for began := time.Now(); time.Since(began) < 50*time.Millisecond; {
		median([]float64{1, 2, 3})
	}
	after, err := cpuOf(os.Getpid())
	require.NoError(t, err)
	assert.GreaterOrEqual(t, after, before)
	kib, err := residentOf(os.Getpid())
	require.NoError(t, err)
	assert.Positive(t, kib)
}

// TestClock: a reading of CLOCK_MONOTONIC is on our own time line.
func TestClock(t *testing.T) {
	assert.InDelta(t, now(), fromMonotonic(monotonicAtOrigin+now()), float64(time.Second))
	assert.Less(t, max(readMonotonic()-monotonicAtOrigin, monotonicAtOrigin-readMonotonic()), int64(10*time.Millisecond))
}

func TestDelaysBetweenTwoReadings(t *testing.T) {
	bounds := []float64{1e-6, 2e-6, 4e-6, math.Inf(1)}
	earlier := buckets{bounds, []uint64{5, 5, 5, 5}}
	later := buckets{bounds, []uint64{5, 15, 105, 105}}
	assert.Equal(t, int64(1500), later.between(earlier, 5))
	assert.InDelta(t, 4000, later.between(earlier, 100), 1)
	assert.Zero(t, earlier.between(earlier, 50))
}
