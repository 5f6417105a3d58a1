package engine

import (
	"sort"
	"time"

	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/switching"
)

// resyncPause is the least time between two snapshots, so that a burst of
// inconsistencies costs one.
const resyncPause = 500 * time.Millisecond

// resyncRetry is how long to wait after a snapshot that failed.
const resyncRetry = 5 * time.Second

// snapshot is the state of the comparison with the switch's own list of legs.
type snapshot struct {
	running bool
	again   bool
	last    time.Time
	// begun is the count of switch events when the running one began.
	begun uint64
	// gone holds the legs that ended while one is running: the list may still
	// show them.
	gone map[string]bool
}

func (s *snapshot) created(id string) {
	if s.running {
		delete(s.gone, id)
	}
}

func (s *snapshot) destroyed(id string) {
	if s.running {
		s.gone[id] = true
	}
}

func (s *snapshot) isDestroyed(id string) bool { return s.gone[id] }

// eventsLost mends what a gap in the switch's events left.
func (c *core) eventsLost(n uint64) {
	c.log.Warn("switch events were lost; comparing with the switch", "events", n)
	c.counters.Repairs++
	c.resync("events lost")
}

// resync compares the model with the switch's list of legs and mends it, soon.
func (c *core) resync(why string) {
	c.compare(why, false)
}

// audit looks for calls whose legs are gone. It should find none.
func (c *core) audit() {
	if len(c.legs) > 0 && !c.snapshot.running {
		c.compare("audit", true)
	}
}

func (c *core) compare(why string, audit bool) {
	s := &c.snapshot
	if s.running {
		s.again = s.again || !audit
		return
	}
	if wait := s.last.Add(resyncPause).Sub(c.now); wait > 0 && !s.last.IsZero() {
		if !s.again {
			s.again = true
			c.after(wait, func() {
				s.again = false
				c.compare(why, audit)
			})
		}
		return
	}
	s.running, s.again = true, false
	s.last = c.now
	s.begun = c.counters.SwitchEvents
	s.gone = map[string]bool{}
	if !audit {
		c.counters.Resyncs++
		c.log.Debug("taking a snapshot of the switch", "why", why)
	}
	c.ops.start(switching.ListLegs{}, func(out switching.Outcome, err error) {
		s.running = false
		if err != nil {
			s.gone = nil
			c.log.Warn("no snapshot of the switch", "why", why, "error", err)
			c.after(resyncRetry, func() { c.compare(why, audit) })
			return
		}
		found := c.mend(out.Legs, s.begun)
		s.gone = nil
		if audit && found > 0 {
			c.counters.AuditFindings += uint64(found)
			c.log.Warn("audit: the picture of the calls was wrong", "legs", found)
		}
		if s.again {
			s.again = false
			c.compare("again", false)
		}
	})
}

// mend applies the difference between the switch's list and ours as the events
// that were missed, and returns the number of legs concerned. Legs that had
// events since the list was asked for are newer than the list.
func (c *core) mend(list []switching.LegState, begun uint64) int {
	sort.SliceStable(list, func(i, j int) bool { return list[i].Created < list[j].Created })
	listed := make(map[string]bool, len(list))
	found := 0
	for i := range list {
		listed[list[i].Leg] = true
	}
	for id, l := range c.legs {
		if listed[id] || l.seen > begun {
			continue
		}
		found++
		c.switchEvent(&switching.Event{Kind: switching.LegHungUp, Leg: id, Cause: switching.CauseNormalClearing})
		c.switchEvent(&switching.Event{Kind: switching.LegDestroyed, Leg: id})
	}
	// Legs called on behalf of others come after these.
	for pass := 0; pass < 2; pass++ {
		for i := range list {
			s := &list[i]
			if (s.Info.Originator != "") != (pass == 1) || c.snapshot.gone[s.Leg] {
				continue
			}
			if c.adopt(s, begun) {
				found++
			}
		}
	}
	for i := range list {
		s := &list[i]
		if s.Partner != "" && c.legs[s.Leg] != nil && c.legs[s.Partner] != nil {
			c.switchEvent(&switching.Event{Kind: switching.LegsBridged, Leg: s.Leg, Other: s.Partner})
		}
	}
	return found
}

// adopt brings one listed leg up to date; it tells whether something was
// missing.
func (c *core) adopt(s *switching.LegState, begun uint64) bool {
	l := c.legs[s.Leg]
	missing := l == nil
	if missing {
		info := s.Info
		c.switchEvent(&switching.Event{Kind: switching.LegCreated, Leg: s.Leg, Info: &info})
	} else if l.seen > begun {
		return false
	}
	l = c.legs[s.Leg]
	if l == nil {
		return missing
	}
	if s.Ringing && !s.Answered && l.info.Direction == switching.Outbound && l.conn == nil && !l.calling {
		c.switchEvent(&switching.Event{Kind: switching.LegProgress, Leg: s.Leg})
	}
	if s.Answered && !l.answered {
		missing = true
		c.switchEvent(&switching.Event{Kind: switching.LegAnswered, Leg: s.Leg})
	}
	return missing
}

// rebuild forgets all calls, without telling anybody, and takes them from the
// switch again: the way out of a panic. Monitors stay.
func (c *core) rebuild() {
	defer func() {
		if r := recover(); r != nil {
			c.log.Error("engine: panic while rebuilding", "panic", r)
		}
	}()
	for _, cl := range c.calls {
		for len(cl.Monitors) > 0 {
			c.stopMonitor(cl.Monitors[0])
		}
		c.model.RemoveCall(cl.Call)
	}
	c.legs = map[string]*leg{}
	c.calls = map[string]*call{}
	c.making = map[string]*makeCall{}
	c.predicting = map[string]*predictiveCall{}
	c.snapshot = snapshot{}
	c.resync("panic")
}

// stopMonitor ends a monitor and makes its session forget it.
func (c *core) stopMonitor(m *model.Monitor) {
	delete(m.Owner.(*session).monitors, m.CrossRefID)
	c.model.StopMonitor(m)
}
