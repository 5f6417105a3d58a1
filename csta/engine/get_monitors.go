package engine

import (
	"cmp"
	"slices"

	"mod_csta_socket/csta/ecma"
	"mod_csta_socket/csta/model"
	"mod_csta_socket/csta/wire"
)

// monitorsInOne is how many monitors are listed in one message.
const monitorsInOne = 100

// otherNumber is the type of a call's identifier where there is only place for a device's.
const otherNumber ecma.TypeOfNumber = "other"

// list is Get Monitors (ECMA-269 15.1.4): a client that has come back may look at what it
// has. What does not fit into the response follows in segments.
func (d *monitoring) list(r *Request, _ *ecma.GetMonitors) {
	s := d.asker(r)
	type numbered struct {
		number uint64
		entry  ecma.MonitorListEntry
	}
	all := make([]numbered, 0, len(s.monitors))
	for _, m := range s.monitors {
		all = append(all, numbered{numberOf(m), entryOf(m)})
	}
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	entries := make([]ecma.MonitorListEntry, len(all))
	for i := range all {
		entries[i] = all[i].entry
	}
	if len(entries) <= monitorsInOne {
		whole := &ecma.GetMonitorsResponse{Monitors: entries}
		if len(ecma.Append(nil, r.Edition, whole)) <= wire.MaxSentBody {
			d.respond(r, whole)
			return
		}
	}
	ref := d.model.Monitors.NextNumber()
	segment := func(part []ecma.MonitorListEntry, number int64, last bool) ecma.Message {
		return &ecma.MonitorInfo{ServiceCrossRefID: ref, SegmentID: ecma.IntOf(number), LastSegment: last, Monitors: part}
	}
	d.follow(r, &ecma.GetMonitorsResponse{ServiceCrossRefID: ref}, segmented(r.Edition, entries, monitorsInOne, segment))
}

// entryOf is a monitor in a list.
func entryOf(m *model.Monitor) ecma.MonitorListEntry {
	if m.Call != nil {
		return ecma.MonitorListEntry{MonitorCrossRefID: m.CrossRefID, Object: ecma.DeviceID{Number: m.Call.Name, Type: otherNumber}}
	}
	return ecma.MonitorListEntry{MonitorCrossRefID: m.CrossRefID, Object: m.Device.ID}
}
