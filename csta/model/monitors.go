package model

import (
	"strconv"

	"mod_csta_socket/csta/ecma"
)

// Monitor is one monitor of a device or of a call.
type Monitor struct {
	CrossRefID string
	Device     *Device
	Call       *Call
	Filter     ecma.MonitorFilter
	// Edition is the namespace its events are sent in.
	Edition ecma.Edition
	// Owner is the session it belongs to.
	Owner Owner
}

// Owner is what a monitor's events are sent to.
type Owner interface {
	Label() string
}

// Monitors are the monitors that there are, by their cross-reference IDs.
type Monitors struct {
	byRef map[string]*Monitor
	// editions counts the monitors that have each.
	editions map[ecma.Edition]int
	last     uint64
}

// NextNumber is a cross-reference ID for what is no monitor: clients tell all of them
// apart.
func (s *Monitors) NextNumber() string {
	s.last++
	return strconv.FormatUint(s.last, 10)
}

// LastNumber is the cross-reference ID that was given last.
func (s *Monitors) LastNumber() uint64 { return s.last }

// NumberFrom has the next monitor get the cross-reference ID after last.
func (s *Monitors) NumberFrom(last uint64) { s.last = last }

// Find returns the monitor, or nil.
func (s *Monitors) Find(crossRefID string) *Monitor { return s.byRef[crossRefID] }

// Each calls f for every monitor, in no order.
func (s *Monitors) Each(f func(*Monitor)) {
	for _, mon := range s.byRef {
		f(mon)
	}
}

// Len is the number of monitors.
func (s *Monitors) Len() int { return len(s.byRef) }

// Editions is the number of editions that monitors have, and monitored whether one of
// them has this.
func (s *Monitors) Editions(ed ecma.Edition) (number int, monitored bool) {
	return len(s.editions), s.editions[ed] > 0
}

func (s *Monitors) add(filter ecma.MonitorFilter, ed ecma.Edition, owner Owner) *Monitor {
	mon := &Monitor{CrossRefID: s.NextNumber(), Filter: filter, Edition: ed, Owner: owner}
	s.byRef[mon.CrossRefID] = mon
	s.editions[ed]++
	return mon
}

func (s *Monitors) remove(mon *Monitor) {
	if s.byRef[mon.CrossRefID] == nil {
		return
	}
	if s.editions[mon.Edition]--; s.editions[mon.Edition] == 0 {
		delete(s.editions, mon.Edition)
	}
	delete(s.byRef, mon.CrossRefID)
}
