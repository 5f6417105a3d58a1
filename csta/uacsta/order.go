package uacsta

import (
	"cmp"
	"slices"
	"time"

	"mod_csta_socket/csta/ecma"
)

// order puts a phone's events into the order in which the phone sent them. Over
// UDP, and with requests served by several threads, they may overtake each
// other; the phone's CSeq tells. Numbers must not be missed for long, though:
// what waits is let go at due.
type order struct {
	// last is the highest number, seen has a bit for each of those up to it.
	last uint32
	seen uint64
	// waiting are events with a gap before them.
	waiting []numbered
	due     time.Time
}

type numbered struct {
	cseq  uint32
	event ecma.Event
}

// window is how many numbers are remembered.
const window = 64

// fresh tells whether a request with that number is a new one.
func (o *order) fresh(cseq uint32) bool {
	if o.seen == 0 || cseq > o.last {
		return true
	}
	behind := o.last - cseq
	return behind < window && o.seen&(1<<behind) == 0
}

// add takes a fresh request; event is nil if it brought none. It returns the
// events whose turn has come. The very first event waits, too: nothing tells
// whether it has overtaken another one.
func (o *order) add(now time.Time, cseq uint32, event ecma.Event) []ecma.Event {
	first := o.seen == 0
	late := !first && cseq < o.last
	gap := first && event != nil || !first && !late && cseq != o.last+1
	switch {
	case late:
		o.seen |= 1 << (o.last - cseq)
	case !first && cseq-o.last < window:
		o.seen, o.last = o.seen<<(cseq-o.last)|1, cseq
	default:
		o.seen, o.last = 1, cseq
	}
	if !gap && len(o.waiting) == 0 {
		if event == nil {
			return nil
		}
		return []ecma.Event{event}
	}
	if len(o.waiting) == 0 {
		o.due = now.Add(outOfOrder)
	}
	o.waiting = append(o.waiting, numbered{cseq, event})
	if late && o.complete() {
		return o.flush()
	}
	return nil
}

// complete tells whether the numbers from the one before the first that waits
// up to the last are all there.
func (o *order) complete() bool {
	least := slices.MinFunc(o.waiting, byNumber).cseq
	span := o.last - least + 2
	return span <= window && ^(o.seen|^uint64(0)<<span) == 0
}

// flush returns all events that wait, in order.
func (o *order) flush() []ecma.Event {
	slices.SortStableFunc(o.waiting, byNumber)
	var events []ecma.Event
	for _, n := range o.waiting {
		if n.event != nil {
			events = append(events, n.event)
		}
	}
	o.waiting, o.due = nil, time.Time{}
	return events
}

func byNumber(a, b numbered) int { return cmp.Compare(a.cseq, b.cseq) }
