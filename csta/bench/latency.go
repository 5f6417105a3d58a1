//go:build linux

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// told pairs what both clients were told.
type told struct {
	// ahead is by how much the CSTA client was told before the event socket's;
	// negative: after it.
	ahead map[what]sample
	// missed counts facts that only one of them was told of.
	missed int
}

func (t *told) all() sample {
	var all sample
	for w := begun; w <= calleeGone; w++ {
		all = append(all, t.ahead[w]...)
	}
	return all
}

// compare pairs the facts from one on: the first leg of a call that the operator
// orders at the console is no call of a CSTA device yet.
func compare(csta, esl map[fact]int64, from what) *told {
	t := &told{ahead: map[what]sample{}}
	for f, at := range csta {
		if f.what < from {
			continue
		}
		other, both := esl[f]
		if !both {
			t.missed++
			continue
		}
		t.ahead[f.what] = append(t.ahead[f.what], other-at)
	}
	for f := range esl {
		if _, both := csta[f]; !both && f.what >= from {
			t.missed++
		}
	}
	return t
}

// first is the share of a sample in which the CSTA client was told first.
func first(s sample) string {
	n := 0
	for _, v := range s {
		if v > 0 {
			n++
		}
	}
	if len(s) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(len(s)))
}

// measureQuiet is the time from a phone's packet to each client's socket on a
// switch that has nothing else to do.
func (l *lab) measureQuiet(r *report, calls int) error {
	c, err := l.clients(true, true, []string{caller, callee})
	if err != nil {
		return err
	}
	defer c.close()
	time.Sleep(time.Second)
	c.toldCSTA.take()
	c.toldESL.take()
	all, err := l.quietCalls(calls)
	if err != nil {
		return err
	}
	csta, esl := c.toldCSTA.take(), c.toldESL.take()
	byCSTA, err := inOrder(csta, len(all))
	if err != nil {
		return fmt.Errorf("CSTA client: %w", err)
	}
	byESL, err := inOrder(esl, len(all))
	if err != nil {
		return fmt.Errorf("event-socket client: %w", err)
	}
	s := r.add("Quiet switch: from a phone's packet to the client's socket",
		"SIP phones, one event every 100 to 140 ms. The times contain what the switch does with the packet. mod_event_socket's thread for a client "+
			"waits for commands for up to 20 ms before it looks for events; its times are spread over that, by design. "+
			"\"First\" is the share of events of which the CSTA client was told first.",
		"fact", "events", "CSTA p50", "p90", "p99", "event socket p50", "p90", "p99", "CSTA first")
	var ours, theirs sample
	for _, w := range []what{begun, delivered, established, callerGone} {
		var a, b, ahead sample
		for i, steps := range all {
			for _, step := range steps {
				x, okX := csta[fact{step.fact.what, byCSTA[i]}]
				y, okY := esl[fact{step.fact.what, byESL[i]}]
				if step.fact.what == w && okX && okY {
					a, b, ahead = append(a, x-step.sent), append(b, y-step.sent), append(ahead, y-x)
				}
			}
		}
		s.row(slices.Concat([]string{factNames[w], strconv.Itoa(len(a))}, a.cells(), b.cells(), []string{first(ahead)})...)
		ours, theirs = append(ours, a...), append(theirs, b...)
	}
	s.row(slices.Concat([]string{"all", strconv.Itoa(len(ours))}, ours.cells(), theirs.cells(), []string{""})...)
	r.charts = append(r.charts, distribution{"Quiet: phone's packet → client's socket",
		[]series{{"CSTA (this module)", ours}, {"mod_event_socket", theirs}}})
	return nil
}

// inOrder are the calls in the order of their beginnings.
func inOrder(seen map[fact]int64, want int) ([]string, error) {
	var calls []string
	for f := range seen {
		if f.what == begun {
			calls = append(calls, f.call)
		}
	}
	if len(calls) != want {
		return nil, fmt.Errorf("told of %d calls, %d were made", len(calls), want)
	}
	slices.SortFunc(calls, func(a, b string) int { return int(seen[fact{begun, a}] - seen[fact{begun, b}]) })
	return calls, nil
}

// load is a rate of calls and how many of them.
type load struct {
	rate  float64
	calls int
}

// measureBusy is who is told first while calls come at a rate.
func (l *lab) measureBusy(r *report, loads []load) error {
	c, err := l.clients(true, true, allNullPhones())
	if err != nil {
		return err
	}
	defer c.close()
	table := r.add("Busy switch: who is told first, and by how much",
		"Calls between phones behind the null endpoint, each with two legs, 100 ms of ringing and about a second in all. "+
			"Positive times: the CSTA client was told before the event-socket client by that much; p1 is the worst of a hundred. "+
			"\"One only\" counts facts that only one of the two was told of.",
		"calls/s", "fact", "events", "CSTA first", "ahead by p1", "p10", "p50", "p90", "p99", "one only", "load average")
	size := r.add("Bytes per event", "What each client reads for the same calls, with frame and header.",
		"calls/s", "calls", "CSTA frames per call", "bytes per frame", "bytes per call", "event-socket events per call", "bytes per event", "bytes per call")
	for _, load := range loads {
		before := loadAverage()
		b := [4]uint64{c.csta.bytes.Load(), c.csta.count.Load(), c.esl.bytes.Load(), c.esl.count.Load()}
		if err := l.drive(load.rate, load.calls); err != nil {
			return err
		}
		a := [4]uint64{c.csta.bytes.Load(), c.csta.count.Load(), c.esl.bytes.Load(), c.esl.count.Load()}
		t := compare(c.toldCSTA.take(), c.toldESL.take(), delivered)
		rate := strconv.FormatFloat(load.rate, 'f', -1, 64)
		for w := delivered; w <= calleeGone; w++ {
			table.row(aheadCells(rate, factNames[w], t.ahead[w], "", "")...)
		}
		table.row(aheadCells(rate, "all", t.all(), strconv.Itoa(t.missed), before)...)
		n := uint64(load.calls)
		size.row(rate, strconv.Itoa(load.calls), per(a[1]-b[1], n), per(a[0]-b[0], a[1]-b[1]), per(a[0]-b[0], n),
			per(a[3]-b[3], n), per(a[2]-b[2], a[3]-b[3]), per(a[2]-b[2], n))
	}
	return nil
}

func aheadCells(rate, name string, s sample, missed, load string) []string {
	o := s.sorted()
	return []string{rate, name, strconv.Itoa(len(s)), first(s),
		duration(o.at(1)), duration(o.at(10)), duration(o.at(50)), duration(o.at(90)), duration(o.at(99)), missed, load}
}

func per(total, n uint64) string {
	if n == 0 {
		return "-"
	}
	v := float64(total) / float64(n)
	if v < 100 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// firing is one run of the probe.
type firing struct {
	name string
	// gap and spread are in microseconds.
	count, gap, spread int
}

// call makes one lasting call between null phones and returns its UUID.
func (l *lab) call() (string, error) {
	out, err := l.api("create_uuid")
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(out)
	if _, err := l.api(fmt.Sprintf("originate {origination_uuid=%s}user/%s@csta.test %s XML default", id, nullPhone(0), nullPhone(1))); err != nil {
		return "", err
	}
	time.Sleep(500 * time.Millisecond)
	return id, nil
}

// fire lets the probe fire and returns when it did, and when the switch's
// dispatcher came to a handler.
func (l *lab) fire(leg string, f firing) (fired, handled []int64, err error) {
	shots, err := l.shoot(leg, f)
	return shots.fired, shots.handled, err
}

// shots are when events were fired, when the switch's dispatcher came to the probe's
// handler, and when that had written to its sockets, if it was told to.
type shots struct{ fired, handled, written []int64 }

func (l *lab) shoot(leg string, f firing) (shots, error) {
	var s shots
	out, err := l.api(fmt.Sprintf("csta_probe %s %d %d %d", leg, f.count, f.gap, f.spread))
	if err != nil {
		return s, err
	}
	for line := range strings.Lines(out) {
		var a, b, c int64
		if _, err := fmt.Sscan(line, &a, &b, &c); err != nil {
			return s, fmt.Errorf("probe: %q: %w", line, err)
		}
		s.fired, s.handled, s.written = append(s.fired, fromMonotonic(a)), append(s.handled, fromMonotonic(b)), append(s.written, fromMonotonic(c))
	}
	if len(s.fired) != f.count {
		return s, fmt.Errorf("probe: %d of %d events were fired", len(s.fired), f.count)
	}
	return s, nil
}

// digits notes when a client was told of each digit.
type digits struct {
	times chan int64
}

func newDigits(n int) *digits { return &digits{times: make(chan int64, n)} }

// tellsDigits tells whether a document is the event of a digit.
func tellsDigits(doc []byte) bool {
	root := rootOf(doc)
	return root == "DTMFDetectedEvent" || root == "DtmfDetectedEvent"
}

func (d *digits) onDocument(at int64, doc []byte) {
	if tellsDigits(doc) {
		d.times <- at
	}
}

func (d *digits) onEvent(at int64, text []byte) {
	if string(header(text, "Event-Name")) == "DTMF" {
		d.times <- at
	}
}

// take waits for n of them.
func (d *digits) take(n int) ([]int64, error) {
	times := make([]int64, 0, n)
	patience := time.After(30 * time.Second)
	for len(times) < n {
		select {
		case at := <-d.times:
			times = append(times, at)
		case <-patience:
			return nil, fmt.Errorf("%d of %d events came", len(times), n)
		}
	}
	return times, nil
}

// measureFired is the time from the firing of an event on the switch to each
// client's socket.
func (l *lab) measureFired(r *report, firings []firing) error {
	if !l.probed {
		return nil
	}
	leg, err := l.call()
	if err != nil {
		return err
	}
	s := r.add("From the firing of an event to the client's socket",
		"DTMF events of a leg with all its headers, fired by a module of ours inside the switch at a known time, to one CSTA client with one monitor "+
			"and one event-socket client. \"Dispatch\" is the switch's own part, until its dispatcher calls a handler; \"module\" what the module "+
			"says of itself (csta_event_delay_seconds): from its handler through Go and the engine until the frame is written. The rest is the client's wake-up.",
		"events", "number", "dispatch p50", "p90", "p99", "module p50", "p99", "CSTA p50", "p90", "p99", "event socket p50", "p90", "p99", "CSTA first")
	for _, f := range firings {
		ours, theirs := newDigits(f.count), newDigits(f.count)
		csta, err := dialCSTA(l.sw.CSTAAddress(), ours.onDocument)
		if err != nil {
			return err
		}
		defer csta.close()
		if _, err := csta.monitor(nullPhone(0)); err != nil {
			return err
		}
		esl, err := dialEventSocket(l.sw, theirs.onEvent)
		if err != nil {
			return err
		}
		defer esl.close()
		if err := esl.subscribe("plain"); err != nil {
			return err
		}
		before, err := l.delays()
		if err != nil {
			return err
		}
		fired, handled, err := l.fire(leg, f)
		if err != nil {
			return err
		}
		a, err := ours.take(f.count)
		if err != nil {
			return fmt.Errorf("CSTA client: %w", err)
		}
		b, err := theirs.take(f.count)
		if err != nil {
			return fmt.Errorf("event-socket client: %w", err)
		}
		after, err := l.delays()
		if err != nil {
			return err
		}
		csta.close()
		esl.close()
		s.row(slices.Concat([]string{f.name, strconv.Itoa(f.count)}, minus(handled, fired).cells(),
			[]string{duration(after.between(before, 50)), duration(after.between(before, 99))},
			minus(a, fired).cells(), minus(b, fired).cells(), []string{first(minus(b, a))})...)
		r.charts = append(r.charts, distribution{"Fired → client's socket: " + f.name,
			[]series{{"CSTA (this module)", minus(a, fired)}, {"mod_event_socket", minus(b, fired)}}})
	}
	return l.clear(leg)
}

func (l *lab) clear(leg string) error {
	if _, err := l.api("uuid_kill " + leg); err != nil {
		return err
	}
	return l.settle()
}

func minus(a, b []int64) sample {
	s := make(sample, len(a))
	for i := range a {
		s[i] = a[i] - b[i]
	}
	return s
}

// measureMonitors is the time until the last of many clients is told of an event
// of one device: monitors of as many CSTA clients, and as many subscriptions.
func (l *lab) measureMonitors(r *report, counts []int, events int) error {
	if !l.probed {
		return nil
	}
	leg, err := l.call()
	if err != nil {
		return err
	}
	s := r.add("Many clients: until the last one is told",
		"The same events, 50 ms apart, to as many CSTA clients with a monitor on the device, or as many event-socket clients; the two kinds by turns.",
		"clients", "CSTA first client p50", "last client p50", "p99", "event socket first client p50", "last client p50", "p99")
	for _, n := range counts {
		ours, err := l.crowd(leg, n, events, l.cstaMember)
		if err != nil {
			return err
		}
		theirs, err := l.crowd(leg, n, events, l.eslMember)
		if err != nil {
			return err
		}
		s.row(strconv.Itoa(n), ours.first.cells()[0], ours.last.cells()[0], ours.last.cells()[2],
			theirs.first.cells()[0], theirs.last.cells()[0], theirs.last.cells()[2])
	}
	return l.clear(leg)
}

// crowd is when the first and the last of many clients were told.
type crowd struct{ first, last sample }

func (l *lab) crowd(leg string, n, events int, join func(*digits) (func(), error)) (crowd, error) {
	var members []*digits
	for range n {
		d := newDigits(events)
		leave, err := join(d)
		if err != nil {
			return crowd{}, err
		}
		defer leave()
		members = append(members, d)
	}
	time.Sleep(200 * time.Millisecond)
	return l.tell(leg, members, events)
}

// tell has all members told of events.
func (l *lab) tell(leg string, members []*digits, events int) (crowd, error) {
	fired, _, err := l.fire(leg, firing{count: events, gap: 45_000, spread: 10_000})
	if err != nil {
		return crowd{}, err
	}
	var c crowd
	for i, d := range members {
		times, err := d.take(events)
		if err != nil {
			return crowd{}, fmt.Errorf("client %d of %d: %w", i, len(members), err)
		}
		after := minus(times, fired)
		if i == 0 {
			c.first, c.last = slices.Clone(after), slices.Clone(after)
		}
		for e, v := range after {
			c.first[e], c.last[e] = min(c.first[e], v), max(c.last[e], v)
		}
	}
	return c, nil
}

func (l *lab) cstaMember(d *digits) (func(), error) {
	c, err := dialCSTA(l.sw.CSTAAddress(), d.onDocument)
	if err != nil {
		return nil, err
	}
	if _, err := c.monitor(nullPhone(0)); err != nil {
		return nil, err
	}
	return c.close, nil
}

func (l *lab) eslMember(d *digits) (func(), error) {
	c, err := dialEventSocket(l.sw, d.onEvent)
	if err != nil {
		return nil, err
	}
	return c.close, c.subscribe("plain")
}
